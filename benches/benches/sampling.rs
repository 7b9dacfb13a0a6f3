//! Allocations and draws against sorting the same array. One thread.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use suyuan::chain::{ChainBuilder, SupplyChain};
use suyuan::model::{Region, SampleKind, Source};
use suyuan::sampling::draw::{Design, Seed, Stream, Targets, draw};
use suyuan::sampling::plan::{PlanOptions, TierQuota, plan};
use suyuan::sampling::progress::PurposeShare;
use suyuan::sampling::{Bounds, Rounding, TwoWayProblem, apportion, optimum, optimum_two_way};
use suyuan_benches::Random;

fn weights(count: u64) -> Vec<f64> {
    let mut random = Random::new(count);
    (0..count).map(|_| 1.0 + random.heavy(1 << 20) as f64 / 7.0).collect()
}

fn sizes(count: u64) -> Vec<u64> {
    let mut random = Random::new(count);
    (0..count).map(|_| 1 + random.heavy(1000)).collect()
}

fn allocation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocation");
    group.sample_size(10);
    for count in [100_000_u64, 1_000_000] {
        let a = weights(count);
        let mut random = Random::new(7);
        let bounds: Vec<Bounds> =
            (0..count).map(|_| Bounds::new(1, 2 + random.below(400))).collect();
        let total = count * 20;
        group.bench_function(format!("integer optimum, {count} strata"), |bench| {
            bench.iter(|| black_box(optimum(&a, &bounds, total).unwrap()));
        });
        let people = sizes(count);
        group.bench_function(format!("Webster, {count} regions"), |bench| {
            bench.iter(|| black_box(apportion(&people, total, Rounding::Webster).unwrap()));
        });
        group.bench_function(format!("sort of {count} weights"), |bench| {
            let sort = |mut a: Vec<f64>| {
                a.sort_unstable_by(f64::total_cmp);
                a
            };
            bench.iter_batched(|| a.clone(), sort, BatchSize::LargeInput);
        });
    }
    let (rows, columns) = (150_u64, 34_u64);
    let margins = |count: u64| {
        let totals = apportion(&sizes(count), 507_638, Rounding::Webster).unwrap();
        totals.into_iter().map(Bounds::exactly).collect::<Vec<_>>()
    };
    let problem = TwoWayProblem {
        a: weights(rows * columns),
        cells: vec![Bounds::default(); (rows * columns) as usize],
        rows: margins(rows),
        columns: margins(columns),
        total: None,
    };
    group.bench_function("two-way optimum, 150 counties x 34 categories", |bench| {
        bench.iter(|| black_box(optimum_two_way(&problem).unwrap()));
    });
    group.finish();
}

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    group.sample_size(10);
    for (design, count) in [
        (Design::SystematicPps, 1_000_000_u64),
        (Design::Pareto, 1_000_000),
        (Design::SimpleRandom, 1_000_000),
        (Design::LocalPivotal, 100_000),
        (Design::ConditionalPoisson, 1_000),
        (Design::Sampford, 1_000),
    ] {
        let sizes = sizes(count);
        let mut random = Random::new(3);
        let places: Vec<(i32, i32)> = (0..count)
            .map(|_| (random.below(400_000) as i32, random.below(400_000) as i32))
            .collect();
        group.bench_function(format!("{design}, {} of {count}", count / 100), |bench| {
            bench.iter(|| {
                let targets = Targets::of_sizes(&sizes, count / 100).unwrap();
                let mut stream = Stream::new(Seed::derive("bench", "", ""));
                black_box(draw(design, &targets, &places, &[], &mut stream).unwrap())
            });
        });
        group.bench_function(format!("sort of {count} sizes, for {design}"), |bench| {
            let sort = |mut sizes: Vec<u64>| {
                sizes.sort_unstable();
                sizes
            };
            bench.iter_batched(|| sizes.clone(), sort, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Counties, or towns, under one parent, the province arranging some samples itself.
fn regions(count: u64) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    let people = sizes(count);
    let mut add = |code: String, parent: &str, people: u64| {
        let region = Region {
            code: code.into(),
            parent: parent.to_owned().into(),
            population: Some(people),
            ..Region::default()
        };
        builder.add_region(&region, Source::NONE).unwrap();
    };
    add("37".to_owned(), "", people.iter().sum());
    for (at, people) in people.iter().enumerate() {
        add(format!("37{at:06}"), "37", 40 * people);
    }
    builder.build().unwrap().chain
}

fn plans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for count in [8_000, 80_000] {
        let chain = regions(count);
        let mut options = PlanOptions::new(2026);
        options.purposes = vec![
            PurposeShare::new(SampleKind::Supervision, 8),
            PurposeShare::new(SampleKind::Monitoring, 2),
        ];
        options.quotas = vec![TierQuota { region: "37".to_owned(), samples: count / 10 }];
        group.bench_function(format!("a year, {count} regions under one"), |bench| {
            bench.iter(|| black_box(plan(&chain, &options).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, allocation, draws, plans);
criterion_main!(benches);
