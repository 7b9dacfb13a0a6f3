//! How large snapshots are and how fast, against importing the CSV they replace. Not run by
//! default: `SUYUAN_SNAPSHOT_LINKS=1000000 cargo test --release -p suyuan-snapshot --test speed
//! -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::time::{Duration, Instant};

use suyuan_csv::{ReadOptions, read_dir};
use suyuan_synth::{CsvFolder, Plan};

/// The shortest of some runs.
fn shortest<T>(runs: usize, run: impl Fn() -> T) -> Duration {
    let time = || {
        let start = Instant::now();
        let made = run();
        let time = start.elapsed();
        drop(made);
        time
    };
    (0..runs).map(|_| time()).min().unwrap()
}

#[test]
#[ignore = "takes a while and needs an optimised build"]
fn opening_is_at_least_twenty_times_as_fast_as_importing() {
    let links = std::env::var("SUYUAN_SNAPSHOT_LINKS").ok();
    let links = links.and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::new(links, 1);
    let mut sink = CsvFolder::create(folder.path(), &plan).unwrap();
    plan.generate(&mut sink).unwrap();
    sink.finish().unwrap();
    let options = ReadOptions::default();
    let chain = read_dir(folder.path(), &options).unwrap().chain;
    let import = shortest(3, || read_dir(folder.path(), &options).unwrap());
    let path = folder.path().join("chain.suyuan");
    let save = shortest(3, || suyuan_snapshot::save(&chain, &path).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    let write = shortest(3, || chain.write_snapshot(&mut std::io::sink()).unwrap());
    let read = shortest(5, || suyuan_core::chain::SupplyChain::read_snapshot(&bytes).unwrap());
    let open = shortest(5, || suyuan_snapshot::open(&path).unwrap());
    let ratio = import.as_secs_f64() / open.as_secs_f64();
    println!(
        "{} links, {} bytes ({:.1} a link); import {import:.2?}, save {save:.2?} (without the \
         disk {write:.2?}), open {open:.2?} (decoding {read:.2?}), {ratio:.1} times as fast",
        chain.link_count(),
        bytes.len(),
        bytes.len() as f64 / chain.link_count() as f64,
    );
    assert!(ratio >= 20.0, "{ratio}");
}
