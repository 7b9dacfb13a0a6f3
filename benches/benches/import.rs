//! From a folder of CSV to a frozen chain: rows and bytes a second.
//!
//! `SUYUAN_BENCH_SHIPMENTS` sets the number of shipment rows (1,000,000 by default).
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use suyuan::csv::{ReadOptions, read_dir};
use suyuan_benches::write_city;

fn import(criterion: &mut Criterion) {
    let shipments = std::env::var("SUYUAN_BENCH_SHIPMENTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let dir = tempfile::tempdir().unwrap();
    let rows = write_city(dir.path(), shipments, 1).unwrap();
    let bytes: u64 = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    let mut group = criterion.benchmark_group(format!("import/{} rows", rows.total()));
    group.sample_size(10);
    group.throughput(Throughput::ElementsAndBytes { elements: rows.total(), bytes });
    group.bench_function("read_dir", |bench| {
        bench.iter(|| black_box(read_dir(dir.path(), &ReadOptions::default()).unwrap()));
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
