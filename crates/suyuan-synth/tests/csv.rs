//! Folders of CSV: the same bytes for the same plan, and the same chain as without files.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::labels;
use suyuan_core::chain::Table;
use suyuan_core::model::Source;
use suyuan_csv::{Import, ReadOptions, read_dir, schema};
use suyuan_synth::{Broken, ChainSink, CsvFolder, Plan, Share, Summary};

fn written(dir: &Path, plan: &Plan) -> (Summary, Broken) {
    let mut folder = CsvFolder::create(dir, plan).unwrap();
    let summary = plan.generate(&mut folder).unwrap();
    (summary, folder.finish().unwrap())
}

fn import(dir: &Path) -> Import {
    read_dir(dir, &ReadOptions::default()).unwrap()
}

/// FNV-1a of 64 bits over all files, by name.
fn digest(dir: &Path) -> u64 {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 9);
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for byte in names.iter().flat_map(|name| fs::read(name).unwrap()) {
        digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    digest
}

fn digest_of(plan: &Plan) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), plan);
    digest(dir.path())
}

#[test]
fn a_plan_always_gives_the_same_bytes() {
    let golden = [
        (1_000, 1, 516_305_918_767_338_372),
        (1_000, 2, 34_812_416_608_888_278),
        (30_000, 1, 9_374_023_608_908_522_346_u64),
    ];
    let digests = golden.map(|(links, seed, _)| (links, seed, digest_of(&Plan::new(links, seed))));
    assert_eq!(digests, golden, "a change of these bytes belongs into the changelog");
    assert_ne!(digests[0].2, digests[1].2);
}

#[test]
fn headers_are_those_that_the_reader_knows() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &Plan::new(1_000, 1));
    // Generated goods are measured, so that no pack table is written.
    for table in schema::TABLES.into_iter().filter(|table| *table != Table::Packs) {
        let text = fs::read_to_string(dir.path().join(format!("{table}.csv"))).unwrap();
        let header: Vec<_> = schema::columns(table).iter().map(|column| column.name).collect();
        // What only merged files need, product and producer of a lot, stands behind and is left out.
        let written: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        assert!(header.starts_with(&written) && header.len() <= written.len() + 2, "{table}");
    }
}

#[test]
fn files_give_the_chain_that_records_give() {
    let mut plan = Plan::new(60_000, 8);
    plan.missing_links = Share::per_million(10_000);
    plan.broken_rows = Share::ZERO;
    let dir = tempfile::tempdir().unwrap();
    let (summary, broken) = written(dir.path(), &plan);
    assert_eq!(broken, Broken::default());
    let read = import(dir.path());
    let mut sink = ChainSink::new();
    plan.generate(&mut sink).unwrap();
    let built = sink.build().unwrap();
    assert_eq!(labels(&read.chain), labels(&built.chain));
    assert_eq!(read.chain.link_count(), built.chain.link_count());
    assert_eq!(read.chain.stock_count() as u64, summary.stocks);
    assert_eq!(read.findings, built.findings);
    assert_eq!(read.report.rows_rejected() + read.report.rows_repaired(), 0);
    assert_eq!(read.report.ignored, ["truth.csv"]);
    for (one, other) in read.chain.shipment_ids().zip(built.chain.shipment_ids()) {
        let (one, other) = (read.chain.shipment(one), built.chain.shipment(other));
        assert_eq!(
            (one.code, one.departs, one.arrives),
            (other.code, other.departs, other.arrives)
        );
        assert_eq!((one.amount, one.source), (other.amount, other.source));
        assert_ne!(one.source, Source::NONE);
    }
}

#[test]
fn broken_rows_are_the_rows_the_reader_objects_to() {
    let mut plan = Plan::new(40_000, 8);
    plan.broken_rows = Share::per_million(20_000);
    let dir = tempfile::tempdir().unwrap();
    let (summary, broken) = written(dir.path(), &plan);
    assert!(
        [broken.quantity, broken.unit, broken.long, broken.code, broken.short]
            .iter()
            .all(|count| *count > 50)
    );
    let read = import(dir.path());
    assert_eq!(read.report.rows_rejected(), broken.rejected());
    assert_eq!(read.report.rows_repaired(), broken.repaired());
    let rows: u64 = read.report.files.iter().map(|file| file.rows).sum();
    assert_eq!(rows, summary.counts.records() + broken.rejected());
    let mut sink = ChainSink::new();
    plan.generate(&mut sink).unwrap();
    let chain = sink.build().unwrap().chain;
    assert_eq!(labels(&read.chain), labels(&chain));
    assert_eq!(read.chain.link_count(), chain.link_count());
}
