//! Long chains, long cycles and wide transformations: exact, quick, and without stack growth.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use rust_decimal::Decimal;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{Batch, Role, Shipment, Source, TransformationLine};
use suyuan_core::quantity::Unit;
use suyuan_core::recall::{Answer, Policy, RecallSource, Scope, StartFrom, explain, recall};
use suyuan_core::time::{Minute, Span, UtcOffset};
use suyuan_core::trace::{TraceOptions, backward, forward};

/// Stocks in a row. A call a stock would need far more than [`STACK`].
const LENGTH: usize = 1_000_000;
/// Bytes of stack of the thread that does everything.
const STACK: usize = 256 * 1024;
/// Inputs and outputs of the wide transformation: 4e8 links.
const WIDTH: usize = 20_000;

/// Runs on a small stack; worker threads of rayon have their own.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    thread.join().unwrap();
}

fn day() -> Span {
    Span::parse("2026-03-01", UtcOffset::CHINA).unwrap()
}

/// A shipment of one kilogram of `B` to the next operator; all on one day, so that every order
/// is possible.
fn ship(builder: &mut ChainBuilder, from: usize, to: usize) {
    let row = Shipment {
        code: format!("S{from}").into(),
        batch: "B".into(),
        from: format!("O{from}").into(),
        to: format!("O{to}").into(),
        shipped_on: day(),
        received_on: day(),
        quantity: Some(Decimal::ONE),
        unit: Some(Unit::Kilogram),
        ..Shipment::default()
    };
    builder.add_shipment(&row, Source::NONE).unwrap();
}

/// A transformation of one kilogram of `from` into one of `B` at the first operator.
fn feed(builder: &mut ChainBuilder, from: &'static str) {
    let batch = Batch {
        code: from.into(),
        product: "P".into(),
        operator: "O0".into(),
        produced_on: day(),
        quantity: Some(Decimal::ONE),
        unit: Some(Unit::Kilogram),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    for (role, batch) in [(Role::Input, from), (Role::Output, "B")] {
        let line = TransformationLine {
            code: format!("T{from}").into(),
            operator: "O0".into(),
            transformed_on: day(),
            role,
            batch: batch.into(),
            quantity: Some(Decimal::ONE),
            unit: Some(Unit::Kilogram),
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
}

/// `B` is made of a foul and a clean batch in equal parts, and passed on from hand to hand; in a
/// cycle the last hand passes it to the first.
fn long_chain(length: usize, cycle: bool) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    feed(&mut builder, "FOUL");
    feed(&mut builder, "CLEAN");
    for from in 0..length - usize::from(!cycle) {
        ship(&mut builder, from, (from + 1) % length);
    }
    builder.build().unwrap().chain
}

fn half(scope: &Scope, chain: &SupplyChain) {
    let document = scope.document(chain);
    assert_eq!(document.affected.len(), LENGTH + 1);
    let half = Decimal::new(5, 1);
    for row in document.affected.iter().filter(|row| row.batch == "B") {
        assert_eq!(row.share, half, "{row:?}");
        assert!(row.contaminated_max >= row.contaminated_expected, "{row:?}");
    }
}

fn trace_and_recall(cycle: bool) {
    let chain = long_chain(LENGTH, cycle);
    chain.verify().unwrap();
    assert_eq!(chain.stock_count(), LENGTH + 2);
    assert_eq!(chain.link_count(), LENGTH as u64 + 2 - u64::from(!cycle));
    let foul = chain.find_stock("FOUL", "O0").unwrap();
    let first = chain.find_stock("B", "O0").unwrap();
    let last = chain.find_stock("B", &format!("O{}", LENGTH - 1)).unwrap();

    let ahead =
        forward(&chain, &[(foul, Minute::UNBOUNDED_PAST)], &TraceOptions::default()).unwrap();
    assert_eq!(ahead.rows().len(), LENGTH + 1);
    assert_eq!(ahead.find(last).unwrap().hops, LENGTH as u32);
    let path = ahead.path(last).unwrap();
    assert_eq!((path.len(), path[0].from, path[LENGTH - 1].to), (LENGTH, foul, last));

    let back =
        backward(&chain, &[(last, Minute::UNBOUNDED_FUTURE)], &TraceOptions::default()).unwrap();
    assert_eq!(back.rows().len(), LENGTH + 2);
    assert_eq!(back.find(first).unwrap().hops, LENGTH as u32 - 1);
    assert_eq!(back.path(foul).unwrap().len(), LENGTH);

    let policy = Policy::default().carry_over_days(1);
    let source = RecallSource::new(&chain, StartFrom::Stocks(vec![foul])).unwrap();
    let scope = recall(&chain, &source, &Policy::default()).unwrap();
    half(&scope, &chain);
    let clean = chain.find_stock("CLEAN", "O0").unwrap();
    assert_eq!(explain(&chain, &scope, clean), Ok(Answer::Unconnected));
    // Equipment carries the foul batch over into the other making too.
    let carried = recall(&chain, &source, &policy).unwrap();
    assert_eq!(carried.affected.len(), LENGTH + 1);
}

#[test]
fn a_million_shipments_in_a_row() {
    on_a_small_stack(|| trace_and_recall(false));
}

#[test]
fn a_cycle_of_a_million_shipments() {
    on_a_small_stack(|| trace_and_recall(true));
}

#[test]
fn large_chains_are_the_same_on_one_thread_and_two() {
    let written = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let chain = long_chain(60_000, true);
            let source = RecallSource::stock(&chain, "FOUL@O0").unwrap();
            let scope = recall(&chain, &source, &Policy::default()).unwrap();
            serde_json::to_string(&scope.document(&chain)).unwrap()
        })
    };
    assert!(written(1) == written(2), "one thread and two write different documents");
}

#[test]
fn a_transformation_as_wide_as_it_is_deep() {
    on_a_small_stack(|| {
        let mut builder = ChainBuilder::new();
        for number in 0..2 * WIDTH {
            let role = if number % 2 == 0 { Role::Input } else { Role::Output };
            let batch = format!("B{number}");
            let line = TransformationLine {
                code: "T".into(),
                operator: "O".into(),
                transformed_on: day(),
                role,
                batch: batch.clone().into(),
                quantity: Some(Decimal::ONE),
                unit: Some(Unit::Kilogram),
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&line, Source::NONE).unwrap();
            if role == Role::Input {
                let row = Batch {
                    code: batch.into(),
                    product: "P".into(),
                    operator: "O".into(),
                    produced_on: day(),
                    quantity: Some(Decimal::ONE),
                    unit: Some(Unit::Kilogram),
                    ..Batch::default()
                };
                builder.add_batch(&row, Source::NONE).unwrap();
            }
        }
        let chain = builder.build().unwrap().chain;
        chain.verify().unwrap();
        assert_eq!(chain.link_count(), (WIDTH * WIDTH) as u64);
        let source = RecallSource::batch(&chain, "B0").unwrap();
        let scope = recall(&chain, &source, &Policy::default()).unwrap().document(&chain);
        assert_eq!(scope.affected.len(), WIDTH + 1);
        let made = scope.affected.iter().filter(|row| row.batch != "B0");
        for row in made {
            // One of 20,000 kilograms is foul, and it may all have gone here.
            assert_eq!(row.share, Decimal::new(50, 6), "{row:?}");
            assert_eq!(row.contaminated_max, Decimal::ONE, "{row:?}");
        }
        let operator = chain.find_operator("O").unwrap();
        let (from, to) = (Minute::UNBOUNDED_PAST, Minute::UNBOUNDED_FUTURE);
        let source = RecallSource::new(&chain, StartFrom::Operator { operator, from, to }).unwrap();
        let all = recall(&chain, &source, &Policy::default()).unwrap();
        assert_eq!(all.affected.len(), 2 * WIDTH);
        // n + m, not n x m: pairs would take minutes.
    });
}
