//! Extreme values through the API: errors, not aborts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use suyuan_core::Error;
use suyuan_core::chain::history::{History, Record};
use suyuan_core::chain::missing::InferenceRules;
use suyuan_core::chain::{BuildOptions, ChainBuilder, SupplyChain};
use suyuan_core::model::{
    Batch, Pack, Product, Removal, Sample, SampleKind, Shipment, Source, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::recall::drill::{DrillOptions, drill};
use suyuan_core::recall::what_if::{Variant, compare};
use suyuan_core::recall::{Following, Policy, Question, RecallSource, recall};
use suyuan_core::time::{Minute, Span};
use suyuan_core::trace::exposure::{ExposureOptions, Exposures, Measure};
use suyuan_core::trace::gaps;

fn builder(quantity: Decimal, options: &BuildOptions) -> ChainBuilder {
    let mut builder = ChainBuilder::with_options(options.clone());
    let product = Product {
        code: "P".into(),
        shelf_life_days: Some(u32::MAX),
        pack_quantity: Some(quantity),
        base_unit: Some(Unit::Kilogram),
        ..Product::default()
    };
    builder.add_product(&product, Source::NONE).unwrap();
    let minutes = [i32::MIN + 1, 0, i32::MAX - 1].map(Minute::from_minutes);
    let batch = Batch {
        code: "B".into(),
        product: "P".into(),
        operator: "F".into(),
        produced_on: Span::at(minutes[0]),
        expires_on: Span::at(minutes[2]),
        quantity: Some(quantity),
        unit: Some(Unit::Tonne),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    for (at, minute) in minutes.into_iter().enumerate() {
        let shipment = Shipment {
            code: format!("W{at}").into(),
            batch: "B".into(),
            from: "F".into(),
            to: format!("S{at}").into(),
            shipped_on: Span::at(minute),
            received_on: Span { earliest: minute, latest: minutes[2] },
            quantity: Some(quantity),
            unit: Some(Unit::Piece),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
        let removal = Removal {
            batch: "B".into(),
            operator: format!("S{at}").into(),
            removed_on: Span::at(minute),
            quantity: Some(quantity),
            unit: Some(Unit::Case),
            ..Removal::default()
        };
        builder.add_removal(&removal, Source::NONE).unwrap();
    }
    builder
}

#[test]
fn quantities_and_minutes_at_their_ends_are_answered() {
    for quantity in [Decimal::MAX, Decimal::MIN, Decimal::new(1, 28), Decimal::new(i64::MAX, 6)] {
        let options = BuildOptions::default();
        let built = builder(quantity, &options).build().unwrap();
        let chain = built.chain;
        chain.verify().unwrap();
        let source = RecallSource::batch(&chain, "B").unwrap();
        for as_of in [i32::MIN, i32::MIN + 1, 0, i32::MAX - 1, i32::MAX].map(Minute::from_minutes) {
            let mut policy = Policy::default().as_of(as_of).carry_over_days(u32::MAX);
            let scope = recall(&chain, &source, &policy).unwrap();
            let _ = scope.document(&chain);
            for window in [i32::MIN, -1, 0, i32::MAX] {
                policy.carry_over = Some(window);
                let _ = recall(&chain, &source, &policy).unwrap();
            }
            let wide = Variant::new("wide", policy.clone()).widened(u32::MAX);
            let _ = compare(&chain, &source, &[wide]).unwrap();
        }
        let batch = chain.find_batch("B").unwrap();
        let _ = drill(&chain, batch, &DrillOptions::default()).unwrap().document(&chain);
        let rules = InferenceRules::window_days(u32::MAX).fifo();
        let _ = chain.infer(&rules).unwrap();
        let _ = gaps(&chain, &rules);
        let mut options = ExposureOptions::default();
        options.steps = u64::MAX;
        let _ = Exposures::auto(&chain, &options).top(usize::MAX, Measure::FinalStocks);
    }
}

#[test]
fn tolerances_lie_where_they_mean_something() {
    let one = Decimal::ONE;
    for (tolerance, fits) in [
        (Decimal::MAX, false),
        (Decimal::MIN, false),
        (Decimal::new(-1, 28), false),
        (Decimal::ZERO, true),
        (Decimal::new(1, 28), true),
        (one, true),
        (one + Decimal::new(1, 27), false),
    ] {
        let mut options = BuildOptions::default();
        options.balance_tolerance = tolerance;
        let built = builder(one, &options).build();
        assert_eq!(built.is_ok(), fits, "{tolerance}");
        assert!(matches!(built.map(|_| ()), Ok(()) | Err(Error::Tolerance { .. })));
        let mut history = History::with_options(options);
        let batch = Batch { code: "B".into(), operator: "F".into(), ..Batch::default() };
        history.add(Record::Batch(batch), Source::NONE, Minute::UNBOUNDED_PAST).unwrap();
        let question = Question::Batch("B".to_owned());
        let now = Minute::from_minutes(0);
        assert_eq!(Following::new(&history, question, Policy::default(), now).is_ok(), fits);
    }
    let chain = builder(one, &BuildOptions::default()).build().unwrap().chain;
    let batch = chain.find_batch("B").unwrap();
    for (tolerance, fits) in [
        (Decimal::MAX, false),
        (Decimal::MIN, false),
        (Decimal::NEGATIVE_ONE, false),
        (Decimal::ZERO, true),
        (Decimal::ONE_HUNDRED, true),
    ] {
        let mut options = DrillOptions::default();
        options.tolerance = tolerance;
        assert_eq!(drill(&chain, batch, &options).is_ok(), fits, "{tolerance}");
    }
}

#[test]
fn packs_hold_something() {
    for (quantity, fits) in
        [(Decimal::MAX, true), (Decimal::ZERO, false), (Decimal::MIN, false), (Decimal::ONE, true)]
    {
        let pack = Pack {
            product: "P".into(),
            batch: "".into(),
            unit: Unit::Case,
            quantity,
            of_unit: Unit::Kilogram,
        };
        let mut builder = builder(Decimal::ONE, &BuildOptions::default());
        assert_eq!(builder.add_pack(&pack, Source::NONE).is_ok(), fits, "{quantity}");
        builder.build().unwrap().chain.verify().unwrap();
    }
    let pack = Pack {
        product: " ".into(),
        batch: "B".into(),
        unit: Unit::Case,
        quantity: Decimal::ONE,
        of_unit: Unit::Kilogram,
    };
    assert!(ChainBuilder::new().add_pack(&pack, Source::NONE).is_err());
}

#[test]
fn years_at_the_ends_are_intervals_or_nothing() {
    for year in [i32::MIN, -1, 0, 1, 5999, 6000, 262_143, i32::MAX] {
        for month in [0, 1, 12, 13, u32::MAX] {
            if let Some(span) = Span::month(year, month) {
                assert!(span.is_interval(), "{year}-{month}: {span:?}");
                let _ = span.earliest.to_string();
            }
        }
    }
    for day in [chrono::NaiveDate::MIN, chrono::NaiveDate::MAX] {
        assert!(Span::day(day).is_interval());
    }
}

#[test]
fn a_sample_with_the_opposite_verdict_is_not_appended() {
    let sample = |operator: &'static str, verdict| Sample {
        code: "S".into(),
        batch: "B".into(),
        operator: operator.into(),
        kind: Some(SampleKind::Supervision),
        verdict,
        ..Sample::default()
    };
    let chain = |verdict| -> SupplyChain {
        let mut builder = builder(Decimal::ONE, &BuildOptions::default());
        builder.add_sample(&sample("S0", verdict), Source::NONE).unwrap();
        builder.build().unwrap().chain
    };
    let (pass, fail, pending) = (Some(Verdict::Pass), Some(Verdict::Fail), Some(Verdict::Pending));
    for (old, operator, new, fits) in [
        (pass, "S0", fail, false),
        (fail, "S0", pass, false),
        (fail, "S0", fail, true),
        (pending, "S0", fail, true),
        (fail, "S0", pending, true),
        (None, "S0", fail, true),
        // Another sample that shares the code.
        (fail, "S1", pass, true),
    ] {
        let mut day = ChainBuilder::new();
        day.add_sample(&sample(operator, new), Source::NONE).unwrap();
        let grown = chain(old).append(day);
        assert_eq!(grown.is_ok(), fits, "{old:?} {operator} {new:?}");
        assert!(matches!(grown.map(|_| ()), Ok(()) | Err(Error::NeedsRebuild { .. })));
    }
}
