//! Ids of another chain: never a row, never a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use suyuan_core::Error;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::id::{
    BatchId, OperatorId, ProductId, RegionId, RemovalId, SampleId, ShipmentId, StockId,
    TransformationId,
};
use suyuan_core::model::{
    Batch, Removal, Role, Sample, Shipment, Source, TransformationLine, Verdict,
};
use suyuan_core::quantity::Amount;
use suyuan_core::recall::drill::{DrillOptions, drill};
use suyuan_core::recall::what_if::{Basis, Variant, compare, cut};
use suyuan_core::recall::{Detail, Policy, RecallSource, StartFrom, difference, explain, recall};
use suyuan_core::sampling::followup::{FollowUpOptions, follow_up};
use suyuan_core::time::{Minute, Span};
use suyuan_core::trace::exposure::{ExposureOptions, Exposures, exposure_of};
use suyuan_core::trace::sources::{SourceOptions, rank_sources};
use suyuan_core::trace::{Target, TraceOptions, Tracer, Tracers, backward, forward, trace_back};

/// Goods of some batches on their way from a farm to some shops, one of which makes more of them.
fn records(batches: u32, prefix: &str) -> ChainBuilder {
    let mut builder = ChainBuilder::new();
    for at in 0..batches {
        let text = |what: &str| format!("{prefix}{what}{at}");
        let batch = Batch {
            code: text("B").into(),
            product: "P".into(),
            operator: "FARM".into(),
            ..Batch::default()
        };
        builder.add_batch(&batch, Source::NONE).unwrap();
        let shipment = Shipment {
            code: text("W").into(),
            batch: text("B").into(),
            from: "FARM".into(),
            to: text("SHOP").into(),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
        for (role, batch) in [(Role::Input, text("B")), (Role::Output, text("C"))] {
            let line = TransformationLine {
                code: text("T").into(),
                operator: text("SHOP").into(),
                role,
                batch: batch.into(),
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&line, Source::NONE).unwrap();
        }
        let removal = Removal {
            batch: text("C").into(),
            operator: text("SHOP").into(),
            ..Removal::default()
        };
        builder.add_removal(&removal, Source::NONE).unwrap();
        let sample = Sample {
            code: text("S").into(),
            batch: text("B").into(),
            operator: text("SHOP").into(),
            verdict: Some(Verdict::Fail),
            ..Sample::default()
        };
        builder.add_sample(&sample, Source::NONE).unwrap();
    }
    builder
}

fn chain(batches: u32, prefix: &str) -> SupplyChain {
    records(batches, prefix).build().unwrap().chain
}

fn refused<T>(answer: Result<T, Error>) {
    assert!(matches!(answer.map(|_| ()), Err(Error::OtherChain { .. })));
}

/// Every public function that takes an id, with one beyond the chain's.
#[test]
fn ids_beyond_the_chain_are_nothing_or_an_error() {
    let chain = chain(2, "");
    let all = Minute::UNBOUNDED_FUTURE;
    for number in [1 << 10, (1 << 30) - 1, 1 << 30, 3 << 30, u32::MAX - 1, u32::MAX] {
        let stock = StockId::new(number);
        let (batch, operator) = (BatchId::new(number), OperatorId::new(number));
        assert_eq!(chain.operator(operator).code, "");
        assert!(!chain.operator(operator).registered);
        assert_eq!(chain.product(ProductId::new(number)).code, "");
        assert_eq!(chain.region(RegionId::new(number)).code, "");
        let view = chain.batch(batch);
        assert_eq!((view.code, view.product, view.producer), ("", None, None));
        let view = chain.shipment(ShipmentId::new(number));
        assert_eq!((view.code, chain.stock_codes(view.from)), ("", ("", "")));
        let view = chain.transformation(TransformationId::new(number));
        assert_eq!((view.code, view.inputs.len(), view.outputs.len()), ("", 0, 0));
        let view = chain.removal(RemovalId::new(number));
        assert_eq!((view.codes, chain.stock_codes(view.stock)), (("", ""), ("", "")));
        let view = chain.sample(SampleId::new(number));
        assert_eq!((view.code, chain.stock_codes(view.stock)), ("", ("", "")));
        assert_eq!(chain.stock_codes(stock), ("", ""));
        assert_eq!(chain.stock_label(stock), "@");
        assert_eq!((chain.first(stock), chain.begun(stock)), (None, all));
        assert_eq!((chain.unit(stock), chain.is_orphan(stock)), (None, false));
        assert!(!chain.on_hand(stock).complete && !chain.ledger(stock, all).is_complete());
        assert!(chain.inflows(stock).is_empty() && chain.outflows(stock).is_empty());
        for direction in [petgraph::Direction::Outgoing, petgraph::Direction::Incoming] {
            assert_eq!(chain.links_of(stock, direction).count(), 0);
        }
        assert_eq!(chain.stocks_of_batch(batch).len(), 0);
        assert_eq!(chain.stocks_at(operator), []);
        assert_eq!(chain.stock_of(batch, operator), None);
        assert_eq!(chain.producer_stock(batch), None);
        assert_eq!(chain.inferred_rule(stock, TransformationId::new(number)), None);
        assert!(!chain.is_inferred(TransformationId::new(number)));

        let (options, policy) = (TraceOptions::default(), Policy::default());
        refused(forward(&chain, &[(stock, all)], &options));
        refused(backward(&chain, &[(stock, all)], &options));
        let mut tracer = Tracer::new(&chain);
        refused(tracer.reach_forward(&[(stock, all)], &options));
        refused(tracer.reach_backward(&[(stock, all)], &options));
        refused(tracer.exposure(stock));
        refused(exposure_of(&chain, stock));
        assert_eq!(Exposures::exact(&chain, &ExposureOptions::default()).get(stock), None);
        refused(Target::new(&chain, vec![(stock, all)]));
        let window = StartFrom::Operator { operator, from: Minute::UNBOUNDED_PAST, to: all };
        for start in [
            StartFrom::Stocks(vec![stock]),
            StartFrom::Batches(vec![batch]),
            StartFrom::Samples(vec![SampleId::new(0), SampleId::new(number)]),
            window,
        ] {
            refused(RecallSource::new(&chain, start));
        }
        refused(drill(&chain, batch, &DrillOptions::default()));
        let mut options = DrillOptions::default();
        options.counts.insert(stock, Amount::ZERO);
        refused(drill(&chain, BatchId::new(0), &options));
        let mut options = DrillOptions::default();
        options.answered = Some([operator].into());
        refused(drill(&chain, BatchId::new(0), &options));
        refused(follow_up(&chain, SampleId::new(number), &FollowUpOptions::default()));
        let source = RecallSource::batch(&chain, "B0").unwrap();
        let scope = recall(&chain, &source, &policy).unwrap();
        refused(explain(&chain, &scope, stock));
        assert!(scope.trace.find(stock).is_none() && scope.trace.path(stock).is_none());
    }
}

/// Numbers that other chains have too do not make a source, a target or a scope theirs.
#[test]
fn sources_targets_and_scopes_know_their_chain() {
    let (mine, other) = (chain(3, ""), chain(3, "X"));
    let policy = Policy::default();
    let window = Span::UNKNOWN;
    for source in [
        RecallSource::batch(&mine, "B1").unwrap(),
        RecallSource::stock(&mine, "B1@FARM").unwrap(),
        RecallSource::sample(&mine, "S1").unwrap(),
        RecallSource::operator(&mine, "FARM", window, window).unwrap(),
        RecallSource::new(&mine, StartFrom::Samples(Vec::new())).unwrap(),
    ] {
        refused(recall(&other, &source, &policy));
        refused(Tracer::new(&other).recall(&source, &policy));
        refused(Tracer::new(&other).reach_recall(&source, &policy, Detail::Ledger));
        refused(Tracers::new(&other).recalls(std::slice::from_ref(&source), &policy));
        refused(compare(&other, &source, &[Variant::new("as written", policy.clone())]));
        refused(cut(&other, &source, &policy, Minute::UNBOUNDED_FUTURE, Basis::Recorded));
        let scope = recall(&mine, &source, &policy).unwrap();
        refused(explain(&other, &scope, StockId::new(0)));
        refused(difference((&other, &scope), (&mine, &scope)));
    }
    for target in [
        Target::batch(&mine, "B1").unwrap(),
        Target::stock(&mine, "B1@FARM").unwrap(),
        Target::sample(&mine, "S1").unwrap(),
    ] {
        let targets = [target];
        refused(trace_back(&other, &targets, &TraceOptions::default()));
        refused(rank_sources(&other, &targets, &[], &SourceOptions::default()));
    }
}

/// A source stays good where its ids do: in a chain that grew, in one of the same records, in one
/// read back; not in one that grew otherwise.
#[test]
fn sources_are_good_where_their_ids_are() {
    let policy = Policy::default();
    let old = chain(3, "");
    let day = |prefix: &str| old.append(records(2, prefix)).unwrap().chain;
    let source = RecallSource::batch(&old, "B1").unwrap();
    let again = |chain: &SupplyChain| {
        let mut bytes = Vec::new();
        chain.write_snapshot(&mut bytes).unwrap();
        SupplyChain::read_snapshot(&bytes).unwrap()
    };
    let (grown, other) = (day("Y"), day("Z"));
    for chain in [&grown, &other, &again(&old), &again(&grown), &chain(3, "")] {
        assert_eq!(recall(chain, &source, &policy).unwrap().affected.len(), 3);
    }
    let later = RecallSource::batch(&grown, "YB1").unwrap();
    assert_eq!(recall(&again(&grown), &later, &policy).unwrap().affected.len(), 3);
    for chain in [&old, &other, &again(&other)] {
        refused(recall(chain, &later, &policy));
    }
    let twice = grown.append(records(1, "V")).unwrap().chain;
    assert!(recall(&twice, &later, &policy).is_ok() && recall(&twice, &source, &policy).is_ok());
}

#[test]
fn an_explanation_is_by_the_policy_of_the_scope() {
    let chain = chain(1, "");
    let source = RecallSource::stock(&chain, "B0@FARM").unwrap();
    let as_of = Policy::default().as_of(Minute::from_minutes(0));
    let scope = recall(&chain, &source, &as_of).unwrap();
    assert_eq!(scope.policy, as_of);
}

#[test]
fn the_length_of_an_answer_is_its_number_of_stocks() {
    let chain = chain(2, "");
    let (options, policy) = (TraceOptions::default(), Policy::default());
    let mut tracer = Tracer::new(&chain);
    for stock in chain.stock_ids() {
        let reach = tracer.reach_forward(&[(stock, Minute::UNBOUNDED_PAST)], &options).unwrap();
        assert_eq!((reach.len(), reach.is_empty()), (reach.iter().count(), false));
        let reach = tracer.reach_backward(&[(stock, Minute::UNBOUNDED_FUTURE)], &options).unwrap();
        assert_eq!((reach.len(), reach.is_empty()), (reach.iter().count(), false));
        let source = RecallSource::new(&chain, StartFrom::Stocks(vec![stock])).unwrap();
        let reach = tracer.reach_recall(&source, &policy, Detail::Ledger).unwrap();
        assert_eq!(reach.len(), reach.iter().count());
    }
    let reach = tracer.reach_forward(&[], &options).unwrap();
    assert_eq!((reach.len(), reach.is_empty()), (0, true));
}

proptest! {
    /// Whatever number it is, a question about it is answered or refused.
    #[test]
    fn any_number_is_answered_or_refused(number in any::<u32>(), batches in 0..4_u32) {
        let chain = chain(batches, "");
        let stock = StockId::new(number % 64);
        let known = stock.index() < chain.stock_count();
        let trace = forward(&chain, &[(stock, Minute::UNBOUNDED_PAST)], &TraceOptions::default());
        prop_assert_eq!(trace.is_ok(), known);
        prop_assert_eq!(RecallSource::new(&chain, StartFrom::Stocks(vec![stock])).is_ok(), known);
        prop_assert_eq!(exposure_of(&chain, stock).is_ok(), known);
        let _ = (chain.stock_label(stock), chain.ledger(stock, Minute::from_minutes(0)));
        let _ = (chain.shipment(ShipmentId::new(number)), chain.removal(RemovalId::new(number)));
    }
}
