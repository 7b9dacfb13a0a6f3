//! Small areas: what must hold at the boundary, against enumeration, and in repeated sampling.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;
use suyuan_stats::Error;
use suyuan_stats::dist::Beta;
use suyuan_stats::proportion::{Method, interval};
use suyuan_stats::small_area::hierarchy::{Area, posterior};
use suyuan_stats::small_area::{beta_binomial, gamma_poisson, ranking};

/// Regions of which none has a failure but one with one sample, which failed.
const BOUNDARY: [(u64, u64); 13] = [
    (0, 16),
    (0, 15),
    (0, 26),
    (0, 8),
    (0, 21),
    (0, 9),
    (0, 7),
    (0, 14),
    (0, 12),
    (0, 18),
    (0, 24),
    (0, 14),
    (1, 1),
];

#[test]
fn no_region_is_certain_from_one_sample_or_from_none_failing() {
    let found = posterior(&BOUNDARY).unwrap();
    let areas = found.areas(0.95).unwrap();
    let one = areas[12];
    assert!((one.direct_lower - 0.025).abs() < 1e-12 && one.direct_upper == 1.0, "{one:?}");
    assert!(one.lower < 0.05 && one.upper == 1.0 && one.estimate < 0.9, "{one:?}");
    let eight = areas[3];
    assert!(eight.direct_lower == 0.0 && (eight.direct_upper - 0.369).abs() < 5e-4, "{eight:?}");
    assert!(eight.lower == 0.0 && eight.upper > 0.01 && eight.estimate > 0.0, "{eight:?}");
    let ranks = found.ranks().unwrap();
    let worst: f64 = ranks.iter().map(|rank| rank.probabilities[0]).sum();
    assert!((worst - 1.0).abs() < 1e-12, "{worst}");
    assert!(ranks[12].probabilities[0] > 0.5 && ranks[12].probabilities[0] < 0.999);
    assert!(ranks.iter().all(|rank| rank.probabilities[0] > 0.0));
    // A fit has no maximum there, and says so.
    assert!(matches!(beta_binomial::fit(&BOUNDARY), Err(Error::NotEstimable { .. })));
}

#[test]
fn counts_at_every_boundary_have_a_posterior() {
    let extreme: [&[(u64, u64)]; 9] = [
        &[(0, 1)],
        &[(1, 1)],
        &[(0, 5), (0, 5)],
        &[(5, 5), (3, 3)],
        &[(0, 1), (1, 1)],
        &[(0, 1_000_000_000), (1_000_000_000, 1_000_000_000)],
        &[(0, 1_000_000_000), (1, 1), (0, 1)],
        &[(1, 2), (500_000, 1_000_000), (499_000, 1_000_000), (501_000, 1_000_000)],
        &[(0, 1 << 32), (1 << 31, 1 << 32)],
    ];
    for counts in extreme {
        let found = posterior(counts).unwrap();
        for area in found.areas(0.95).unwrap() {
            let ordered = [0.0, area.lower, area.estimate, area.upper, 1.0];
            assert!(ordered.windows(2).all(|pair| pair[0] <= pair[1]), "{counts:?} {area:?}");
            assert!(area.lower < area.upper, "{counts:?} {area:?}");
            assert!(area.x > 0 || area.lower == 0.0);
            assert!(area.x < area.n || area.upper == 1.0);
        }
        let ranks = found.ranks().unwrap();
        for rank in 0..counts.len() {
            let sum: f64 = ranks.iter().map(|of| of.probabilities[rank]).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{counts:?} {sum}");
        }
    }
    assert!(posterior(&[]).is_err() && posterior(&[(0, 0)]).is_err());
    assert!(posterior(&[(3, 2)]).is_err() && posterior(&[(0, u64::MAX), (0, u64::MAX)]).is_err());
}

/// The posterior by a plain fine grid over the mean and the size, each pair's areas independent.
fn by_grid(counts: &[(u64, u64)], x: f64, at: usize) -> (f64, f64) {
    let ln_rising = |b: f64, k: u64| (0..k).map(|j| (b + j as f64).ln()).sum::<f64>();
    let mut sizes: Vec<u64> = counts.iter().map(|c| c.1).collect();
    sizes.sort_unstable();
    let scale = sizes[(sizes.len() - 1) / 2] as f64;
    let (mut all, mut below, mut mean) = (0.0, 0.0, 0.0);
    for i in 0..160 {
        // Shares of the common rate, uniform.
        let share = (f64::from(i) + 0.5) / 160.0;
        let size = scale * share / (1.0 - share);
        for j in 0..160 {
            let angle = (f64::from(j) + 0.5) / 160.0 * std::f64::consts::FRAC_PI_2;
            let (a, b) = (size * angle.sin().powi(2), size * angle.cos().powi(2));
            let ln: f64 = counts
                .iter()
                .map(|&(x, n)| ln_rising(a, x) + ln_rising(b, n - x) - ln_rising(size, n))
                .sum();
            let weight = ln.exp();
            let (hits, n) = (counts[at].0 as f64, counts[at].1 as f64);
            all += weight;
            mean += weight * (a + hits) / (size + n);
            if weight > 1e-14 * all {
                below += weight * Beta::new(a + hits, b + n - hits).unwrap().cdf(x).unwrap();
            }
        }
    }
    (mean / all, below / all)
}

#[test]
fn posteriors_are_those_of_a_plain_grid() {
    let counts = [(1, 12), (0, 9), (4, 15), (2, 30), (0, 3)];
    let areas = posterior(&counts).unwrap().areas(0.9).unwrap();
    for (at, area) in areas.iter().enumerate() {
        let (mean, below) = by_grid(&counts, area.upper, at);
        assert!((area.estimate - mean).abs() < 2e-4, "{area:?} {mean}");
        assert!((below - 0.95).abs() < 5e-4, "{area:?} {below}");
        if area.x > 0 {
            let (_, below) = by_grid(&counts, area.lower, at);
            assert!((below - 0.05).abs() < 5e-4, "{area:?} {below}");
        }
    }
}

#[test]
fn much_data_leaves_little_to_the_prior() {
    // Forty areas of known variation: the posterior is near the maximum likelihood fit.
    let counts: Vec<(u64, u64)> = (0..40).map(|i| (20 + (i * 37) % 61, 1000 + 10 * i)).collect();
    let fit = beta_binomial::fit(&counts).unwrap();
    let found = posterior(&counts).unwrap();
    assert!(
        (found.mean / fit.mean - 1.0).abs() < 0.02 && found.correlation > 0.5 * fit.correlation
    );
    let shrunk = fit.shrunk(&counts).unwrap();
    for (area, shrunk) in found.areas(0.95).unwrap().iter().zip(shrunk) {
        assert!((area.estimate - shrunk).abs() < 0.1 * (area.upper - area.lower));
    }
}

#[test]
fn fits_stand_to_the_last_digits() {
    let counts = [(3, 120), (0, 80), (5, 150), (1, 95), (12, 210), (2, 160), (0, 40), (7, 130)];
    let fit = beta_binomial::fit(&counts).unwrap();
    // The derivatives of the likelihood by both shapes, term by term.
    let rise = |b: f64, k: u64| (0..k).map(|j| 1.0 / (b + j as f64)).sum::<f64>();
    let gradient = |a: f64, b: f64| {
        counts.iter().fold((0.0, 0.0), |sum, &(x, n)| {
            let common = rise(a + b, n);
            (sum.0 + rise(a, x) - common, sum.1 + rise(b, n - x) - common)
        })
    };
    // 1e-11 more or less of either shape changes the sign of what it adds to the likelihood.
    for (up_a, up_b) in [(1e-11, 0.0), (0.0, 1e-11)] {
        let side = |s: f64| {
            let g = gradient(fit.a * (1.0 + s * up_a), fit.b * (1.0 + s * up_b));
            if up_a > 0.0 { g.0 } else { g.1 }
        };
        assert!(side(1.0) < 0.0 && side(-1.0) > 0.0, "{} {}", side(1.0), side(-1.0));
    }
}

#[test]
fn gamma_poisson_fits_are_at_their_maximum() {
    let counts = [(3, 1.2), (0, 0.8), (9, 1.5), (1, 0.95), (14, 2.1), (2, 1.6), (0, 0.4), (7, 1.3)];
    let best = gamma_poisson::fit(&counts).unwrap();
    assert!(!best.pooled);
    for (shape, rate) in [(1.001, 1.0), (0.999, 1.0), (1.0, 1.001), (1.0, 0.999), (1.001, 1.001)] {
        let other = gamma_poisson::ln_likelihood(&counts, best.shape * shape, best.rate * rate);
        assert!(other < best.ln_likelihood);
    }
    // At the maximum the shrunk rates' exposure-weighted excess vanishes: sum (shape e - rate y) /
    // (rate + e) = 0.
    let left: f64 = counts
        .iter()
        .map(|&(y, e)| (best.shape * e - best.rate * y as f64) / (best.rate + e))
        .sum();
    assert!(left.abs() < 1e-10, "{left}");
    // Clayton and Kaldor's two equations hold where their rounds end.
    let found = gamma_poisson::moments(&counts).unwrap();
    let shrunk = found.shrunk(&counts).unwrap();
    let mean = shrunk.iter().sum::<f64>() / 8.0;
    let variance = counts
        .iter()
        .zip(&shrunk)
        .map(|(c, t)| (1.0 + found.rate / c.1) * (t - mean) * (t - mean))
        .sum::<f64>()
        / 7.0;
    assert!(
        (mean / found.mean - 1.0).abs() < 1e-10 && (variance / found.variance - 1.0).abs() < 1e-10
    );
    // Marshall's, worked by hand: three areas of exposure 1 with 0, 2 and 7 events. Mean 3, spread
    // 26/3, less 3 for counting: 17/3; the last area is 3 + 4 (17/3) / (17/3 + 3).
    let three = [(0, 1.0), (2, 1.0), (7, 1.0)];
    let global = gamma_poisson::global(&three).unwrap();
    assert!((global.variance - 17.0 / 3.0).abs() < 1e-12);
    let shrunk = global.shrunk(&three).unwrap();
    assert!((shrunk[2] - (3.0 + 4.0 * 17.0 / 26.0)).abs() < 1e-12, "{shrunk:?}");
    // Less varied than counting makes them.
    for fit in [gamma_poisson::fit, gamma_poisson::global] {
        assert!(fit(&[(2, 1.0), (2, 1.0), (2, 1.0)]).unwrap().pooled);
    }
    assert!(gamma_poisson::fit(&[(0, 1.0), (0, 2.0)]).is_err());
    assert!(gamma_poisson::fit(&[(1, 0.0), (0, 2.0)]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ranks_are_those_of_draws_from_tiny_shapes_too(
        shapes in prop::collection::vec((-5.0_f64..5.0, -3.0_f64..6.0), 2..6)
    ) {
        let shapes: Vec<(f64, f64)> = shapes.iter().map(|(a, b)| (a.exp(), b.exp())).collect();
        let ranks = ranking::ranks(&shapes).unwrap();
        for rank in &ranks {
            let sum: f64 = rank.probabilities.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
        }
        // Pairs: P(first above second) by the exceedances of a fine grid of the second's quantiles.
        let pair = ranking::ranks(&shapes[..2]).unwrap();
        let (one, two) = (Beta::new(shapes[0].0, shapes[0].1).unwrap(), Beta::new(shapes[1].0, shapes[1].1).unwrap());
        let steps = 4000;
        let above: f64 = (0..steps)
            .map(|i| one.sf(two.quantile((f64::from(i) + 0.5) / f64::from(steps)).unwrap()).unwrap())
            .sum::<f64>() / f64::from(steps);
        // Quantiles that are 0 or 1 as numbers are ties here and none in truth.
        let tied = two.cdf(1e-300).unwrap() + two.sf(1.0 - 1e-15).unwrap();
        prop_assert!((pair[0].probabilities[0] - above).abs() < 2e-3 + tied, "{above} {pair:?}");
    }
}

/// Uniform, gamma and beta draws; log-gamma so that tiny shapes do not underflow.
struct Draws(Pcg64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * 2.0_f64.powi(-53) + 2.0_f64.powi(-54)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.uniform() * n as f64) as u64
    }

    /// The logarithm of a gamma draw (Marsaglia and Tsang 2000).
    fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.ln_gamma(shape + 1.0) + self.uniform().ln() / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let (u, v) = (self.uniform(), self.uniform());
            let z = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
            let w = (1.0 + c * z).powi(3);
            if w > 0.0 && self.uniform().ln() < 0.5 * z * z + d - d * w + d * w.ln() {
                return d.ln() + w.ln();
            }
        }
    }

    fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (one, two) = (self.ln_gamma(a), self.ln_gamma(b));
        1.0 / (1.0 + (two - one).exp())
    }

    fn binomial(&mut self, n: u64, p: f64) -> u64 {
        (0..n).filter(|_| self.uniform() < p).count() as u64
    }
}

/// One setting of the simulation and what came of it.
struct Coverage {
    held: f64,
    held_above: f64,
    held_below: f64,
    width: f64,
    exact_width: f64,
}

fn simulate(regions: usize, rate: f64, correlation: f64, sets: usize, seed: u64) -> Coverage {
    let mut draws = Draws(Pcg64::new(seed.into(), 0xa02_bdbf_7bb3_c0a7));
    let (mut areas_seen, mut held, mut above, mut below) = (0.0, 0.0, 0.0, 0.0);
    let (mut width, mut exact_width) = (0.0, 0.0);
    for _ in 0..sets {
        let mut truth = Vec::new();
        let counts: Vec<(u64, u64)> = (0..regions)
            .map(|_| {
                let size = 1.0 / correlation.max(1e-12) - 1.0;
                let p = if correlation == 0.0 {
                    rate
                } else {
                    draws.beta(rate * size, (1.0 - rate) * size)
                };
                // A few and many samples: 10 to 300.
                let n = 10 + draws.below(291);
                truth.push(p);
                (draws.binomial(n, p), n)
            })
            .collect();
        let areas: Vec<Area> = posterior(&counts).unwrap().areas(0.95).unwrap();
        for (area, p) in areas.iter().zip(truth) {
            areas_seen += 1.0;
            held += f64::from(u8::from(area.lower <= p && p <= area.upper));
            above += f64::from(u8::from(p <= area.upper));
            below += f64::from(u8::from(p >= area.lower));
            width += area.upper - area.lower;
            let exact = interval(area.x, area.n, 0.95, Method::ClopperPearson).unwrap();
            exact_width += exact.upper - exact.lower;
        }
    }
    Coverage {
        held: held / areas_seen,
        held_above: above / areas_seen,
        held_below: below / areas_seen,
        width: width / areas_seen,
        exact_width: exact_width / areas_seen,
    }
}

#[test]
fn intervals_hold_the_truth_as_often_as_stated() {
    for (regions, rate, correlation) in [(5, 0.05, 0.01), (10, 0.001, 0.001), (12, 0.2, 0.05)] {
        let found = simulate(regions, rate, correlation, 60, 1);
        println!("{regions} {rate} {correlation}: {:.3}", found.held);
        // Four standard errors of 300 and more areas.
        assert!(found.held > 0.95 - 4.0 * (0.05 * 0.95 / (60.0 * regions as f64)).sqrt());
    }
}

/// The table of the page of documentation: `cargo test --release -p suyuan-stats --test small_area --
/// --ignored --nocapture coverage_table`; `SUYUAN_SIMULATIONS` sets per line, 400 unless told.
#[test]
#[ignore = "minutes"]
fn coverage_table() {
    let sets = std::env::var("SUYUAN_SIMULATIONS").map_or(400, |text| text.parse().unwrap());
    println!(
        "| regions | rate | correlation | coverage | below the upper limit | above the lower limit | width / exact width |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let mut least = 1.0_f64;
    for regions in [5, 10, 20, 50] {
        for rate in [0.001, 0.005, 0.02, 0.05, 0.2] {
            for correlation in [0.0, 0.005, 0.05] {
                let found = simulate(regions, rate, correlation, sets, 20_261_201);
                println!(
                    "| {regions} | {:.1} % | {correlation} | {:.3} | {:.3} | {:.3} | {:.2} |",
                    100.0 * rate,
                    found.held,
                    found.held_above,
                    found.held_below,
                    found.width / found.exact_width
                );
                least = least.min(found.held);
            }
        }
    }
    println!("least coverage {least:.3}");
    assert!(least > 0.92, "{least}");
}
