//! Smallest examples of what the properties found, so that it stays found.

use std::collections::BTreeSet;

use suyuan_core::chain::Built;
use suyuan_core::model::{Batch, Role, Sample, Shipment, TransformationLine};
use suyuan_core::recall::{Policy, RecallSource, StartFrom, recall};
use suyuan_core::time::Minute;
use suyuan_core::trace::{TraceOptions, backward, trace_back};

use crate::common::compare::engine_back;
use crate::common::generate::{Precision, date};
use crate::common::oracle::World;
use crate::common::query::Origin;
use crate::common::records::{Records, build};
use crate::same;

fn on(day: u8) -> suyuan_core::time::Span {
    date(day, Precision::Day)
}

/// `ChainBuilder` promises that "every check waits for build, whose result does not depend on the
/// order of records"; the finding about a missing row named the first ten self-shipments in the
/// order they were added.
#[test]
fn findings_about_missing_rows_do_not_depend_on_the_order_of_records() {
    let mut records = Records::default();
    for number in 10..22 {
        records.shipments.push(Shipment {
            code: format!("S{number}").into(),
            batch: "B".into(),
            from: "O".into(),
            to: "O".into(),
            ..Shipment::default()
        });
    }
    let named = |built: &Built| -> Vec<Vec<String>> {
        let findings = built.findings.iter();
        findings.map(|f| f.records.iter().map(|r| r.code.clone()).collect()).collect()
    };
    let forward = records.all();
    let backward: Vec<_> = forward.iter().rev().copied().collect();
    assert_eq!(named(&build(&forward)), named(&build(&backward)));
}

/// As of day 3 the stock of the first sample has no record yet, but targets are "excepted", its
/// inferred link to the orphan B@O0 is "always followed", and `until(source) = max over links`:
/// the later sample extends its `until`, in `trace_back` and in `backward`.
#[test]
fn a_target_not_begun_is_extended_by_another_target() {
    let sample = |code: &'static str, operator: &'static str, day| Sample {
        code: code.into(),
        batch: "B".into(),
        operator: operator.into(),
        sampled_on: on(day),
        ..Sample::default()
    };
    let records = Records {
        shipments: vec![Shipment {
            code: "S".into(),
            batch: "B".into(),
            from: "O0".into(),
            to: "O2".into(),
            shipped_on: date(2, Precision::Month),
            received_on: date(2, Precision::Month),
            ..Shipment::default()
        }],
        samples: vec![sample("X1", "O1", 5), sample("X2", "O2", 6)],
        ..Records::default()
    };
    let chain = records.build().chain;
    let targets = ["X1", "X2"].map(|code| Origin::Samples(vec![code.to_owned()]));
    let as_of: Minute = on(3).latest;
    let named: Vec<_> = targets.iter().map(|target| target.engine_target(&chain)).collect();
    let back = trace_back(&chain, &named, &TraceOptions::as_of(as_of)).unwrap();
    let oracle = World::new(&records).trace_back(&targets, as_of);
    same("upstream", &engine_back(&chain, &back).upstream, &oracle.upstream).unwrap();

    // The plain trace from the same targets must say the same.
    let ends: Vec<_> = named.iter().flat_map(|target| target.stocks().to_vec()).collect();
    let plain = backward(&chain, &ends, &TraceOptions::as_of(as_of)).unwrap();
    let until = |operator: &str| plain.find(chain.find_stock("B", operator).unwrap());
    assert_eq!(until("O1").unwrap().minute, on(6).latest);
}

/// The window of carry-over opens at the earliest minute at which affected material can enter, as
/// the semantics say, and closes its length later. Of a transformation dated to a month, whose
/// inputs were there at different times, the window of the later input alone can therefore hold
/// what the window of both does not.
#[test]
fn the_window_of_carry_over_opens_at_the_earliest_entry_alone() {
    let batch = |code: &'static str, day| Batch {
        code: code.into(),
        product: "P".into(),
        operator: "O".into(),
        produced_on: on(day),
        ..Batch::default()
    };
    let line = |code: &'static str, role, batch: &'static str, when| TransformationLine {
        code: code.into(),
        operator: "O".into(),
        transformed_on: when,
        role,
        batch: batch.into(),
        ..TransformationLine::default()
    };
    let sample = |code: &'static str, batch: &'static str| Sample {
        code: code.into(),
        batch: batch.into(),
        operator: "O".into(),
        sampled_on: on(21),
        ..Sample::default()
    };
    let march = date(2, Precision::Month);
    let records = Records {
        batches: vec![batch("A", 2), batch("B", 20), batch("C", 2)],
        lines: vec![
            line("T1", Role::Input, "A", march),
            line("T1", Role::Input, "B", march),
            line("T1", Role::Output, "D", march),
            line("T2", Role::Input, "C", on(21)),
            line("T2", Role::Output, "E", on(21)),
        ],
        samples: vec![sample("XA", "A"), sample("XB", "B")],
        ..Records::default()
    };
    let chain = records.build().chain;
    let scope = |codes: &[&str]| -> BTreeSet<String> {
        let samples = codes.iter().flat_map(|code| chain.find_samples(code).unwrap());
        let source = RecallSource::new(&chain, StartFrom::Samples(samples.collect())).unwrap();
        let scope = recall(&chain, &source, &Policy::default().carry_over_days(2)).unwrap();
        scope.affected.iter().map(|row| chain.stock_label(row.traced.stock)).collect()
    };
    let (one, both) = (scope(&["XB"]), scope(&["XA", "XB"]));
    assert!(one.contains("E@O") && !both.contains("E@O"), "of B: {one:?}, of both: {both:?}");
}
