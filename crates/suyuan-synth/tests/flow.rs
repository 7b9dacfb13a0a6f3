//! Sizes, quantities and the shape of what is generated.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::Books;
use proptest::prelude::*;
use suyuan_core::chain::{Finding, FindingCode, Table};
use suyuan_core::time::{Minute, UtcOffset};
use suyuan_core::trace::{TraceOptions, Tracer};
use suyuan_synth::{ChainSink, Counts, Plan, Share};

#[test]
fn the_links_asked_for_are_there() {
    for links in [1_000, 3_333, 50_000, 200_000] {
        let mut counts = Counts::default();
        let summary = Plan::new(links, 9).generate(&mut counts).unwrap();
        assert_eq!(counts, summary.counts);
        assert!(summary.links >= links && (summary.links - links) * 100 <= links, "{summary:?}");
        if links > 20_000 {
            assert!((270..480).contains(&summary.days), "{links} links in {} days", summary.days);
        }
    }
}

/// Shops throw away what is left long after its shelf life, which is told as a date far off.
fn is_late_removal(finding: &Finding) -> bool {
    finding.code == FindingCode::DateFarOff
        && finding.records.iter().all(|record| record.table == Table::Removals)
}

#[test]
fn a_clean_chain_has_nothing_to_find() {
    for seed in 0..3 {
        let mut sink = ChainSink::new();
        let summary = Plan::new(60_000, seed).clean().generate(&mut sink).unwrap();
        let built = sink.build().unwrap();
        let others = built.findings.iter().filter(|finding| !is_late_removal(finding));
        assert_eq!(others.count(), 0, "seed {seed}: {:?}", built.findings);
        built.chain.verify().unwrap();
        assert_eq!(built.chain.link_count(), summary.links);
        assert_eq!(built.chain.stock_count() as u64, summary.stocks);
        assert_eq!(built.chain.transformation_ids().len() as u64, summary.transformations);
    }
}

#[test]
fn days_instead_of_minutes_contradict_nothing() {
    let mut plan = Plan::new(60_000, 4).clean();
    plan.days_only = Share::ONE;
    let mut sink = ChainSink::new();
    plan.generate(&mut sink).unwrap();
    let findings = sink.build().unwrap().findings;
    // Two equal removals of one day are told as a note.
    let others = findings.iter().filter(|finding| finding.code != FindingCode::IdenticalLines);
    let others = others.filter(|finding| !is_late_removal(finding));
    assert_eq!(others.count(), 0, "{findings:?}");
}

#[test]
fn missing_waybills_leave_orphans_and_nothing_worse() {
    let mut plan = Plan::new(60_000, 5).clean();
    plan.missing_links = Share::per_million(30_000);
    let mut sink = ChainSink::new();
    let summary = plan.generate(&mut sink).unwrap();
    let built = sink.build().unwrap();
    let orphans = built.chain.stock_ids().filter(|stock| built.chain.is_orphan(*stock)).count();
    assert_eq!(orphans as u64, summary.missing_links);
    assert_eq!(built.chain.stock_count() as u64, summary.stocks);
    for finding in &built.findings {
        let expected = [FindingCode::Orphan, FindingCode::NeverHeld, FindingCode::SampleNotHeld];
        let late = is_late_removal(finding);
        assert!(late || expected.contains(&finding.code), "{finding}");
    }
}

#[test]
fn most_stocks_reach_nothing_and_a_few_reach_thousands() {
    let mut sink = ChainSink::new();
    Plan::new(100_000, 6).clean().generate(&mut sink).unwrap();
    let chain = sink.build().unwrap().chain;
    let mut tracer = Tracer::new(&chain);
    let options = TraceOptions::default();
    let mut reach: Vec<usize> = chain
        .stock_ids()
        .map(|stock| {
            tracer.forward(&[(stock, Minute::UNBOUNDED_PAST)], &options).unwrap().rows().len() - 1
        })
        .collect();
    reach.sort_unstable();
    let mean = reach.iter().sum::<usize>() / reach.len();
    assert!((60..300).contains(&mean), "mean {mean}");
    let none = reach.iter().take_while(|reached| **reached == 0).count();
    assert!((60..85).contains(&(none * 100 / reach.len())), "{none} of {}", reach.len());
    assert!(reach[reach.len() * 99 / 100] > 1_000, "{}", reach[reach.len() * 99 / 100]);
    assert!(some_goods_go_back(&chain), "returns make cycles");
}

/// Whether some shipment goes back where its batch came from.
fn some_goods_go_back(chain: &suyuan_core::chain::SupplyChain) -> bool {
    let ways: std::collections::BTreeSet<_> =
        chain.shipment_ids().map(|id| (chain.shipment(id).from, chain.shipment(id).to)).collect();
    ways.iter().any(|(from, to)| ways.contains(&(*to, *from)))
}

#[test]
fn the_first_day_is_that_of_the_plan() {
    let mut plan = Plan::new(2_000, 1);
    plan.start = "2024-02-29".parse().unwrap();
    let mut sink = ChainSink::new();
    plan.generate(&mut sink).unwrap();
    let chain = sink.build().unwrap().chain;
    let made = |id| chain.batch(id).produced_on.earliest;
    let begins = chain.batch_ids().map(made).min().unwrap();
    let first = suyuan_core::time::Span::parse("2024-02-29", UtcOffset::CHINA).unwrap();
    assert!(first.earliest <= begins && begins <= first.latest, "{begins}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_more_leaves_a_stock_than_came(
        links in 1_000_u64..12_000,
        seed: u64,
        shares in proptest::array::uniform5(0_u32..=1_000_000),
        days in 60_u16..500,
    ) {
        let mut plan = Plan::new(links, seed).clean();
        let [returns, repeats, rework, removals, samples] = shares.map(Share::per_million);
        (plan.returns, plan.repeats, plan.rework) = (returns, repeats, rework);
        (plan.removals, plan.samples, plan.days) = (removals, samples, days);
        let mut books = Books::default();
        let summary = plan.generate(&mut books).unwrap();
        prop_assert!(summary.links >= links && (summary.links - links) <= 24, "{summary:?}");
        prop_assert!(books.finish() as u64 >= summary.transformations);
    }
}
