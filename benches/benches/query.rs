//! Recall and trace-back on a chain of a million shipments, against petgraph's search on the same
//! graph.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use petgraph::visit::{Bfs, Walker};
use suyuan::chain::SupplyChain;
use suyuan::csv::{ReadOptions, read_dir};
use suyuan::recall::{Policy, RecallSource, recall};
use suyuan::time::Minute;
use suyuan::trace::{TraceOptions, Tracer};
use suyuan_benches::write_city;

fn chain() -> SupplyChain {
    let dir = tempfile::tempdir().unwrap();
    write_city(dir.path(), 1_000_000, 1).unwrap();
    read_dir(dir.path(), &ReadOptions::default()).unwrap().chain
}

fn queries(criterion: &mut Criterion) {
    let chain = chain();
    let samples: Vec<_> = chain
        .sample_ids()
        .filter(|id| chain.sample(*id).verdict == Some(suyuan::model::Verdict::Fail))
        .take(64)
        .collect();
    let stocks: Vec<_> = samples.iter().map(|id| chain.sample(*id).stock).collect();
    let mut group = criterion.benchmark_group(format!("{} queries", samples.len()));
    group.sample_size(20);
    let mut tracer = Tracer::new(&chain);
    group.bench_function("recall, one question alone", |bench| {
        bench.iter(|| {
            for id in &samples {
                let source = RecallSource::Samples(vec![*id]);
                black_box(recall(&chain, &source, &Policy::default()));
            }
        });
    });
    group.bench_function("recall, full scope", |bench| {
        bench.iter(|| {
            for id in &samples {
                let source = RecallSource::Samples(vec![*id]);
                black_box(tracer.recall(&source, &Policy::default()));
            }
        });
    });
    group.bench_function("forward trace", |bench| {
        bench.iter(|| {
            for stock in &stocks {
                let seeds = [(*stock, Minute::UNBOUNDED_PAST)];
                black_box(tracer.forward(&seeds, &TraceOptions::default()));
            }
        });
    });
    group.bench_function("backward trace", |bench| {
        bench.iter(|| {
            for stock in &stocks {
                let targets = [(*stock, Minute::UNBOUNDED_FUTURE)];
                black_box(tracer.backward(&targets, &TraceOptions::default()));
            }
        });
    });
    group.bench_function("petgraph Bfs on the same chain, without dates", |bench| {
        bench.iter(|| {
            for stock in &stocks {
                black_box(Bfs::new(&chain, *stock).iter(&chain).count());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
