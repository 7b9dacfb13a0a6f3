//! From a folder of CSV to a frozen chain, and from a snapshot of it: rows and bytes a second.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use suyuan::csv::{ReadOptions, read_dir};
use suyuan::snapshot;
use suyuan::synth::{CsvFolder, Plan};
use suyuan_benches::workload;

fn import(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let plan = Plan::new(workload::links(), 1);
    let mut sink = CsvFolder::create(dir.path(), &plan).unwrap();
    plan.generate(&mut sink).unwrap();
    sink.finish().unwrap();
    let files = std::fs::read_dir(dir.path()).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let chain = read_dir(dir.path(), &ReadOptions::default()).unwrap().chain;
    let mut group = criterion.benchmark_group(format!("import of {} links", chain.link_count()));
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("a folder of CSV", |bench| {
        bench.iter(|| black_box(read_dir(dir.path(), &ReadOptions::default()).unwrap()));
    });
    let path = dir.path().join("chain.suyuan");
    snapshot::save(&chain, &path).unwrap();
    group.throughput(Throughput::Bytes(path.metadata().unwrap().len()));
    group.bench_function("saving a snapshot", |bench| {
        bench.iter(|| snapshot::save(&chain, &path).unwrap());
    });
    group.bench_function("opening a snapshot", |bench| {
        bench.iter(|| black_box(snapshot::open(&path).unwrap()));
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
