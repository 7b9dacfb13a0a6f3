//! What the generator says contaminations reached, against what the engine finds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{Pair, WithTruth};
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;
use suyuan_core::recall::{Policy, RecallSource, StartFrom, recall};
use suyuan_core::time::Minute;
use suyuan_core::trace::{TraceOptions, forward};
use suyuan_synth::{Origin, Plan, Share, Summary};

fn generated(plan: &Plan) -> (SupplyChain, WithTruth, Summary) {
    let mut sink = WithTruth::default();
    let summary = plan.generate(&mut sink).unwrap();
    let chain = std::mem::take(&mut sink.chain).build().unwrap().chain;
    (chain, sink, summary)
}

fn pairs(chain: &SupplyChain, stocks: impl Iterator<Item = StockId>) -> BTreeSet<Pair> {
    let codes = stocks.map(|stock| chain.stock_codes(stock));
    codes.map(|(batch, operator)| (batch.to_owned(), operator.to_owned())).collect()
}

#[test]
fn without_dirt_the_truth_is_the_forward_trace() {
    for seed in 0..6 {
        let mut plan = Plan::new(40_000, seed).clean().sources(24);
        plan.returns = Share::per_million(100_000);
        plan.rework = Share::per_million(50_000);
        let (chain, sink, summary) = generated(&plan);
        assert_eq!(summary.sources.len(), 24);
        for (number, source) in (0..).zip(&summary.sources) {
            let stock = chain.find_stock(&source.batch, &source.operator).unwrap();
            let seeds = [(stock, Minute::UNBOUNDED_PAST)];
            let trace = forward(&chain, &seeds, &TraceOptions::default()).unwrap();
            let traced = pairs(&chain, trace.rows().iter().map(|row| row.stock));
            assert_eq!(sink.reached[&number], traced, "seed {seed}, {source:?}");
            assert_eq!(source.reached, traced.len() as u64);
        }
        for origin in Origin::ALL {
            let of = summary.sources.iter().filter(|source| source.origin == *origin);
            assert_eq!(of.clone().count(), 6);
            assert!(of.map(|source| source.reached).max() > Some(1), "{origin:?}");
        }
    }
}

#[test]
fn with_dirt_the_truth_lies_within_the_recall() {
    let mut larger = 0;
    for seed in 0..6 {
        let mut plan = Plan::new(40_000, seed).sources(24);
        plan.returns = Share::per_million(100_000);
        plan.days_only = Share::per_million(700_000);
        plan.partial_dates = Share::per_million(100_000);
        plan.missing_links = Share::per_million(40_000);
        let (chain, sink, summary) = generated(&plan);
        assert!(summary.missing_links > 500 && summary.partial_dates > 1_000);
        for (number, source) in (0..).zip(&summary.sources) {
            let stock = chain.find_stock(&source.batch, &source.operator).unwrap();
            let source = RecallSource::new(&chain, StartFrom::Stocks(vec![stock])).unwrap();
            let scope = recall(&chain, &source, &Policy::default()).unwrap();
            let affected = pairs(&chain, scope.affected.iter().map(|row| row.traced.stock));
            let truth = &sink.reached[&number];
            let beyond: Vec<_> = truth.difference(&affected).collect();
            assert!(beyond.is_empty(), "seed {seed}, {source:?}: {beyond:?}");
            larger += affected.len() - truth.len();
        }
    }
    assert!(larger > 0, "dirt makes no scope larger");
}

#[test]
fn failing_samples_lie_in_stocks_that_were_reached() {
    let (chain, sink, summary) = generated(&Plan::new(60_000, 2).sources(8));
    let planted: u64 = summary.sources.iter().map(|source| source.failing).sum();
    assert!(planted >= 8, "{summary:?}");
    let reached: BTreeSet<_> = sink.reached.values().flatten().cloned().collect();
    assert!(sink.failing.is_subset(&reached));
    assert!(!sink.failing.is_empty());
    for source in &summary.sources {
        assert!(source.failing <= 3);
        assert!(source.failing >= 1 || source.reached == 1, "{source:?}");
    }
    for (batch, operator) in &sink.failing {
        assert!(chain.find_stock(batch, operator).is_ok());
    }
}

#[test]
fn planting_changes_nothing_that_flows() {
    let (none, ..) = generated(&Plan::new(20_000, 3).sources(0));
    let (many, ..) = generated(&Plan::new(20_000, 3).sources(64));
    assert_eq!(common::labels(&none), common::labels(&many));
    assert_eq!(none.link_count(), many.link_count());
}
