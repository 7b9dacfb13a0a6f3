//! The engine against a naive oracle on random record sets, and the laws its results must obey.
//!
//! `SUYUAN_PROPERTY_CASES` sets how many cases run in total (5,000 by default; nightly runs take
//! more) and `SUYUAN_PROPERTY_SEED` where they start, so that a run is repeatable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

#[path = "properties/cases.rs"]
mod cases_by_hand;
#[path = "properties/coverage.rs"]
mod coverage;
#[path = "properties/examples.rs"]
mod examples;
#[path = "properties/exposure.rs"]
mod exposure;
#[path = "properties/graph.rs"]
mod graph;
#[path = "properties/history.rs"]
mod history;
#[path = "properties/laws.rs"]
mod laws;
#[path = "properties/missing.rs"]
mod missing;
#[path = "properties/oracle.rs"]
mod oracle;
#[path = "properties/rules.rs"]
mod rules;
#[path = "properties/snapshot.rs"]
mod snapshot;
#[path = "properties/what_if.rs"]
mod what_if;

use common::generate::{queries, record_sets};
use common::query::RawQuery;
use common::records::Records;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Runs a property on its part (in thousandths) of all cases.
fn check<S: Strategy>(part: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), String>) {
    let read = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let total = read("SUYUAN_PROPERTY_CASES").unwrap_or(5_000);
    let config = Config {
        cases: (u64::from(total) * u64::from(part)).div_ceil(1_000) as u32,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(u64::from(read("SUYUAN_PROPERTY_SEED").unwrap_or(20_260_301))),
        max_shrink_iters: 3_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config)
        .run(&strategy, |value| property(value).map_err(TestCaseError::fail));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, oracle: &T) -> Result<(), String> {
    if engine == oracle {
        Ok(())
    } else {
        Err(format!("{what}\n  engine: {engine:?}\n  oracle: {oracle:?}"))
    }
}

/// Record sets of at most `steps` records beside tables, with questions.
fn cases(steps: usize) -> impl Strategy<Value = (Records, Vec<RawQuery>)> {
    (record_sets(steps), prop::collection::vec(queries(), 1..4))
}
