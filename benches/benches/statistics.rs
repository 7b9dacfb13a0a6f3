//! Statistics: many series watched, many intervals, hard quantiles.
//!
//! What is asked for: 1000 series x 52 weeks of Farrington flexible in 2 s on two cores, 1e6
//! Clopper-Pearson intervals in 1 s.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use suyuan::stats::detection::imperfect::region;
use suyuan::stats::dist::Beta;
use suyuan::stats::proportion::{Method, clopper_pearson_many, interval};
use suyuan::stats::screening::Accuracy;
use suyuan::stats::small_area::ranking::ranks;
use suyuan::stats::warning::farrington::Farrington;
use suyuan_benches::Random;

/// Seven years of weekly counts with a season, the mean differing between series.
fn series(count: usize) -> Vec<Vec<u64>> {
    let mut random = Random::new(7);
    (0..count)
        .map(|at| {
            let level = 1.0 + (at % 40) as f64;
            (0..364)
                .map(|week| {
                    let season = (f64::from(week) / 52.0 * std::f64::consts::TAU).cos();
                    let mean = level * (1.0 + 0.4 * season);
                    // The sum of uniform numbers: about as spread as counts are.
                    (0..4).map(|_| random.below((mean * 0.5) as u64 + 2)).sum()
                })
                .collect()
        })
        .collect()
}

fn warning(c: &mut Criterion) {
    let series = series(1000);
    let mut group = c.benchmark_group("farrington_1000_series_52_weeks");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.throughput(Throughput::Elements(52_000));
    for (name, settings) in
        [("original", Farrington::original()), ("noufaily", Farrington::noufaily())]
    {
        group.bench_function(name, |b| {
            b.iter(|| settings.watch_many(black_box(&series), 312..364).unwrap_or_default().len());
        });
    }
    group.finish();
}

fn intervals(c: &mut Criterion) {
    let mut random = Random::new(11);
    let pairs: Vec<(u64, u64)> = (0..1_000_000)
        .map(|_| {
            let n = 1 + random.heavy(5000);
            (random.below(n + 1).min(random.below(n + 1)), n)
        })
        .collect();
    let mut group = c.benchmark_group("intervals");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("clopper_pearson_1e6", |b| {
        b.iter(|| clopper_pearson_many(black_box(&pairs), 0.95).map_or(0, |all| all.len()));
    });
    group.throughput(Throughput::Elements(1));
    for method in [Method::ClopperPearson, Method::Blaker, Method::Sterne, Method::Wilson] {
        group.bench_function(method.name(), |b| {
            b.iter(|| interval(black_box(37), black_box(1200), 0.95, method).map(|i| i.upper).ok());
        });
    }
    group.finish();
}

fn hard(c: &mut Criterion) {
    let mut group = c.benchmark_group("hard");
    for (name, a, b) in [("1e3", 400.0, 600.0), ("1e5", 4e4, 6e4), ("1e7", 4e6, 6e6)] {
        group.bench_function(format!("beta_quantile_shapes_{name}"), |bench| {
            bench.iter(|| Beta::new(black_box(a), b).and_then(|law| law.quantile(0.025)).ok());
        });
    }
    let test = Accuracy::new(0.9, 0.98);
    group.bench_function("acceptance_region_1000", |b| {
        b.iter(|| {
            let test = test.clone().ok()?;
            region(black_box(1000), 0.05, test, 0.95, 0.95, 1000).ok()
        });
    });
    let posteriors: Vec<(f64, f64)> =
        (0..36).map(|k| (2.0 + f64::from(k % 7), 60.0 + f64::from(k * 11 % 50))).collect();
    group.sample_size(10);
    group
        .bench_function("rank_probabilities_36", |b| b.iter(|| ranks(black_box(&posteriors)).ok()));
    group.finish();
}

criterion_group!(benches, warning, intervals, hard);
criterion_main!(benches);
