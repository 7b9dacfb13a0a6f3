//! Tails of the beta-binomial, numbers of samples in large populations, and acceptance regions,
//! against enumeration.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use suyuan_stats::Error;
use suyuan_stats::detection::imperfect::{at_most, at_most_binomial, best_cut, region};
use suyuan_stats::detection::{Law, bad_units, sample_size, sensitivity};
use suyuan_stats::dist::{Beta, BetaBinomial, Binomial, Gamma, Hypergeometric};
use suyuan_stats::proportion::finite;
use suyuan_stats::screening::Accuracy;
use suyuan_stats::warning::proportion::beta_binomial_at_least;

#[test]
fn beta_binomial_tails_keep_their_digits() {
    let (mut worst, mut seen) = (0.0_f64, 0);
    for line in include_str!("data/beta_binomial.csv").lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let (k, n): (u64, u64) = (cells[0].parse().unwrap(), cells[1].parse().unwrap());
        let [a, b, expected] = [2, 3, 4].map(|at| cells[at].parse::<f64>().unwrap());
        let law = BetaBinomial::new(n, a, b).unwrap();
        let found = law.at_least(k);
        let error = ((found - expected) / expected).abs();
        // The other tail is never one less this one.
        let below = law.cdf(k - 1);
        // Beyond shapes of 1e9 some digits are lost, as the page of documentation says.
        let large = a.max(b) > 1e9;
        let allowed = if large { 1e-11 } else { 1e-12 };
        assert!((found + below - 1.0).abs() < allowed, "{line}: {found} and {below}");
        assert!(error < allowed, "{line}: {found}, {error:e}");
        if !large {
            worst = worst.max(error);
        }
        seen += 1;
    }
    println!("{seen} tails, worst relative error {worst:.1e}");
    assert!(seen >= 150);
}

#[test]
fn tails_that_underflowed_are_right() {
    for (k, n, a, b, expected) in
        [(990, 2000, 2000.0, 2000.0, 0.649), (19_900, 1_000_000, 1e3, 4.9e4, 0.558)]
    {
        let found = beta_binomial_at_least(k, n, a, b).unwrap();
        assert!((found - expected).abs() < 5e-4, "{found}");
    }
}

/// `P(X >= k)` for whole shapes as a quotient of whole numbers.
fn counted(k: u64, n: u64, a: u64, b: u64) -> f64 {
    let choose =
        |n: u64, k: u64| (0..k).fold(1_u128, |c, i| c * u128::from(n - i) / u128::from(i + 1));
    let ways = |j: u64| choose(j + a - 1, j) * choose(n - j + b - 1, n - j);
    let above: u128 = (k..=n).map(ways).sum();
    above as f64 / choose(n + a + b - 1, n) as f64
}

/// What is missed, by the definition.
fn missed(population: u64, bad: u64, drawn: u64, se: f64) -> f64 {
    let law = Hypergeometric::new(population, bad, drawn).unwrap();
    (law.least()..=law.greatest()).map(|k| law.pmf(k) * (1.0 - se).powi(k as i32)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn beta_binomial_tails_are_those_counted(n in 1_u64..40, part in 0.0_f64..1.0, a in 1_u64..12, b in 1_u64..12) {
        let k = (part * (n + 1) as f64) as u64;
        let law = BetaBinomial::new(n, a as f64, b as f64).unwrap();
        let expected = counted(k, n, a, b);
        prop_assert!((law.at_least(k) - expected).abs() <= 1e-13 * expected, "{} {expected}", law.at_least(k));
        let pmf: f64 = (0..=n).map(|j| law.pmf(j)).sum();
        prop_assert!((pmf - 1.0).abs() < 1e-12);
        let quantile = law.quantile(0.9).unwrap();
        prop_assert!(law.cdf(quantile) >= 0.9 && (quantile == 0 || law.cdf(quantile - 1) < 0.9));
    }

    #[test]
    fn quantiles_of_any_shapes_have_their_tails(
        ln_a in -6.0_f64..9.0, ln_b in -6.0_f64..9.0, p in 0.0005_f64..0.9995,
    ) {
        let law = Beta::new(ln_a.exp(), ln_b.exp()).unwrap();
        for of_upper in [false, true] {
            let x = if of_upper { law.upper_quantile(p) } else { law.quantile(p) }.unwrap();
            let tail = |x: f64| if of_upper { law.sf(x) } else { law.cdf(x) }.unwrap();
            // The numbers next to x lie on either side; 0 and 1 where there is none between.
            let (one, two) = (tail((x * (1.0 - 1e-9)).max(0.0)), tail((x + 1e-9 * (1.0 - x).max(1e-7)).min(1.0)));
            let (low, high) = (one.min(two), one.max(two));
            prop_assert!(low <= p * (1.0 + 1e-9) && p <= high * (1.0 + 1e-9) || x < 1e-290, "{x}: {low} {high}");
            let lower = if of_upper { 1.0 - p } else { p };
            prop_assert!(x >= 1e-290 || law.cdf(1e-280).unwrap() >= lower * (1.0 - 1e-9));
        }
        let law = Gamma::new(ln_a.exp()).unwrap();
        for (x, tail) in [
            (law.quantile(p).unwrap(), law.cdf(law.quantile(p).unwrap()).unwrap()),
            (law.upper_quantile(p).unwrap(), law.sf(law.upper_quantile(p).unwrap()).unwrap()),
        ] {
            prop_assert!((tail / p - 1.0).abs() < 1e-9 || x < 1e-290, "{x}: {tail}");
        }
    }

    #[test]
    fn beta_binomial_sums_and_integrals_agree(
        // On either side of the number of terms from which tails are integrated.
        n in 900_u64..1100, part in 0.0_f64..1.0, ln_a in -6.0_f64..12.0, ln_b in -6.0_f64..12.0,
    ) {
        let k = (part * n as f64) as u64;
        let law = BetaBinomial::new(n, ln_a.exp(), ln_b.exp()).unwrap();
        let sum: f64 = (k..=n).map(|j| law.pmf(j)).sum();
        let found = law.at_least(k);
        prop_assert!((found - sum).abs() <= 1e-11 * sum + 1e-300, "{k} {found} {sum}");
    }

    #[test]
    fn exact_sizes_are_those_of_enumeration(
        population in 1_u64..400, prevalence in 0.001_f64..0.6, se in 0.05_f64..1.0, target in 0.05_f64..0.999,
    ) {
        let law = Law::Exact { population };
        let bad = bad_units(population, prevalence);
        let first = (1..=population).find(|&n| missed(population, bad, n, se) <= 1.0 - target);
        match (sample_size(law, prevalence, se, target), first) {
            (Ok(found), Some(n)) => prop_assert_eq!(found.n, n),
            (Err(Error::Impossible { .. }), None) => {}
            (found, n) => prop_assert!(false, "{:?} {:?}", found, n),
        }
    }

    #[test]
    fn regions_are_those_of_enumeration(
        population in 5_u64..160, finite in any::<bool>(), prevalence in 0.02_f64..0.5,
        se in 0.6_f64..1.0, sp in prop_oneof![Just(1.0), 0.85_f64..1.0], target in 0.3_f64..0.97,
    ) {
        let test = Accuracy::new(se, sp).unwrap();
        let within = finite.then_some(population);
        let meets = |n: u64| {
            let point = best_cut(within, prevalence, test, n, 0.9).unwrap();
            point.sensitivity >= target && point.specificity >= 0.9
        };
        let expected: Vec<u64> = (1..=population).filter(|&n| meets(n)).collect();
        match region(within, prevalence, test, target, 0.9, population) {
            Ok(found) => {
                let passing: Vec<u64> = (1..=population).filter(|&n| found.passes(n)).collect();
                prop_assert_eq!(&passing, &expected);
                prop_assert_eq!(found.smallest.n, expected[0]);
                prop_assert_eq!(found.population, within);
            }
            Err(_) => prop_assert!(expected.is_empty()),
        }
    }

    #[test]
    fn the_binomial_law_is_that_of_large_populations(n in 1_u64..60, cut in 0_u64..8, share in 0.0_f64..0.4) {
        let test = Accuracy::new(0.9, 0.97).unwrap();
        let found = at_most_binomial(share, n, test, cut).unwrap();
        let apparent = share * 0.9 + (1.0 - share) * 0.03;
        prop_assert!((found - Binomial::new(n, apparent).unwrap().cdf(cut)).abs() < 1e-14);
        let population = 100_000_000;
        let large = at_most(population, (share * population as f64) as u64, n, test, cut).unwrap();
        prop_assert!((found - large).abs() < 1e-4, "{} {}", found, large);
    }
}

#[test]
fn the_two_laws_of_freecalc_differ_in_small_populations() {
    // Half of 60 units drawn: the binomial law thinks that less is seen.
    let test = Accuracy::new(0.9, 0.98).unwrap();
    let exact = region(60, 0.1, test, 0.9, 0.9, 60).unwrap().smallest;
    let binomial = region(None, 0.1, test, 0.9, 0.9, 200).unwrap().smallest;
    assert!(exact.n < binomial.n, "{exact:?} {binomial:?}");
}

#[test]
fn large_populations_take_no_longer() {
    let started = Instant::now();
    let population = 100_000_000;
    for se in [1.0, 0.9, 0.3, 0.01] {
        for prevalence in [1e-7, 1e-4, 0.05, 0.5] {
            let law = Law::Exact { population };
            let found = match sample_size(law, prevalence, se, 0.95) {
                Ok(found) => found,
                Err(Error::Impossible { .. }) => continue,
                Err(error) => panic!("{error}"),
            };
            assert!(sensitivity(law, prevalence, se, found.n).unwrap() >= 0.95);
            assert!(found.n == 1 || sensitivity(law, prevalence, se, found.n - 1).unwrap() < 0.95);
            // With replacement a few more are needed, with a vanishing share no more.
            let least = sample_size(Law::Binomial, prevalence, se, 0.95).unwrap().n;
            assert!(found.n <= least, "{found:?} {least}");
        }
    }
    println!("sizes {:?}", started.elapsed());
    let interval = finite::exact(12, 400, population, 0.95).unwrap();
    assert!(interval.least > 1_500_000 && interval.most < 5_500_000, "{interval:?}");
    let half = finite::exact(25_000_000, 50_000_000, population, 0.95).unwrap();
    assert!(half.least < 50_000_000 && half.most > 50_000_000);
    println!("intervals {:?}", started.elapsed());
    let test = Accuracy::new(0.9, 0.98).unwrap();
    let found = region(population, 0.01, test, 0.95, 0.95, population).unwrap();
    assert!(found.settled_from.is_some_and(|n| n < 100_000), "{found:?}");
    println!("region {:?}", started.elapsed());
    let tail = beta_binomial_at_least(50_000_000, population, 2.0, 2.0).unwrap();
    assert!((tail - 0.5).abs() < 1e-7, "{tail}");
    // Without optimisation, on a machine that is shared.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    println!("{:?}", started.elapsed());
}
