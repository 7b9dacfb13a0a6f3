//! What a chain takes in memory.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use suyuan_synth::{ChainSink, Plan};

/// Bytes a link, but for the texts themselves. The goal is 64.
const BOUND: f64 = 84.0;

#[test]
fn a_link_takes_no_more_than_its_share() {
    let mut sink = ChainSink::new();
    Plan::new(150_000, 4).generate(&mut sink).unwrap();
    let memory = sink.build().unwrap().chain.memory();
    assert!(memory.per_link() < BOUND, "\n{memory}");
    // The parts are those of a chain with something in each.
    assert!(memory.parts.iter().all(|(_, bytes)| *bytes > 0), "\n{memory}");
    assert!(memory.texts > 10 * memory.links, "\n{memory}");
}
