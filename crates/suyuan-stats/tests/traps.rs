//! Known traps, degenerate input, and what must hold for every input.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use suyuan_stats::Error;
use suyuan_stats::acceptance::attributes::Single;
use suyuan_stats::acceptance::stages::{Plan, Stage};
use suyuan_stats::acceptance::three_class::ThreeClass;
use suyuan_stats::acceptance::{Law as PlanLaw, find};
use suyuan_stats::detection::imperfect::{best_cut, region};
use suyuan_stats::detection::{Law, sample_size, sensitivity};
use suyuan_stats::dist::{Beta, Binomial, Gamma, Hypergeometric};
use suyuan_stats::proportion::{Method, compare, finite, interval, p_value, stratified};
use suyuan_stats::screening::{Accuracy, true_prevalence};
use suyuan_stats::small_area::{beta_binomial, ranking};

#[test]
fn exact_sizes_are_one_less_than_the_approximations() {
    for (population, exact, approximate) in
        [(50, 35, 36), (100, 50, 51), (500, 62, 63), (1000, 64, 65)]
    {
        let size = |law| sample_size(law, 0.05, 0.9, 0.95).unwrap().n;
        assert_eq!(size(Law::Exact { population }), exact);
        assert_eq!(size(Law::MacDiarmid { population }), approximate);
        let at = |n| sensitivity(Law::Exact { population }, 0.05, 0.9, n).unwrap();
        assert!(at(exact) >= 0.95 && at(exact - 1) < 0.95);
    }
}

#[test]
fn the_acceptance_region_has_gaps() {
    let test = Accuracy::new(0.9, 0.98).unwrap();
    let found = region(1000, 0.05, test, 0.95, 0.95, 1000).unwrap();
    assert_eq!(found.smallest.n, 197);
    assert!(found.passes(197));
    assert!((201..=215).all(|n| !found.passes(n)));
    assert!(found.runs.len() > 1 && found.settled_from.is_some_and(|n| n > 215));
    for n in [197, 205, 300] {
        let point = best_cut(1000, 0.05, test, n, 0.95).unwrap();
        assert_eq!(point.sensitivity >= 0.95 && point.specificity >= 0.95, found.passes(n));
    }
}

#[test]
fn quantiles_with_large_shapes_end() {
    for (a, b) in [(1e4, 1e4), (15_000.0, 3e5), (1e7, 1e-3), (1e7, 1e7), (1e-3, 1e7), (0.5, 1e6)] {
        let law = Beta::new(a, b).unwrap();
        for p in [1e-300, 1e-20, 0.025, 0.5, 0.975, 1.0 - 1e-12] {
            let x = law.quantile(p).unwrap();
            assert!((0.0..=1.0).contains(&x));
            if x > 1e-290 && x < 1.0 - 1e-9 {
                let back = law.cdf(x).unwrap();
                // Moving x by its last digit moves the tail by this much.
                let slack = 1e-12 + 4e-16 * (a + b).min(a * 2e3 + b);
                assert!(((back - p) / p).abs() < slack.max(1e-11), "{a} {b} {p}: {back}");
            }
        }
    }
}

#[test]
fn no_number_of_input_gives_a_nan() {
    assert!(matches!(interval(0, 0, 0.95, Method::Wilson), Err(Error::Empty { .. })));
    assert!(matches!(interval(3, 2, 0.95, Method::Wilson), Err(Error::Exceeds { x: 3, n: 2 })));
    for confidence in [0.0, 1.0, f64::NAN, -1.0, f64::INFINITY] {
        assert!(matches!(interval(1, 2, confidence, Method::Wilson), Err(Error::Domain { .. })));
    }
    for method in Method::ALL {
        for (x, n) in [(0, 1), (1, 1), (0, 10_000_000), (10_000_000, 10_000_000), (1, 2)] {
            let got = interval(x, n, 0.95, *method).unwrap();
            assert!((0.0..=1.0).contains(&got.lower) && got.lower <= got.upper && got.upper <= 1.0);
        }
    }
    assert!(Accuracy::new(0.4, 0.6).is_err() && Accuracy::new(f64::NAN, 0.9).is_err());
    let found = true_prevalence(0, 100, Accuracy::new(0.9, 0.95).unwrap(), 0.95, Method::Wilson);
    let found = found.unwrap();
    assert!(found.estimate == 0.0 && found.lower == 0.0 && found.unconstrained.0 < 0.0);
    assert!(finite::exact(1, 5, 4, 0.95).is_err());
    let whole = finite::exact(2, 10, 10, 0.95).unwrap();
    assert_eq!((whole.least, whole.most), (2, 2));
    assert!(compare::ratio((0, 10), (0, 12), 0.95).is_err());
    let none = compare::difference((0, 10), (0, 12), 0.95).unwrap();
    assert!(none.lower < 0.0 && none.upper > 0.0);
    assert!(beta_binomial::fit(&[(1, 10)]).is_err());
    assert!(beta_binomial::fit(&[(0, 10), (0, 12)]).is_err());
    let same = beta_binomial::fit(&[(2, 40), (2, 40), (2, 40)]).unwrap();
    assert!(same.pooled && same.mean == 0.05);
    assert!(stratified::wilson(&[], 0.95).is_err());
    assert!(Binomial::new(5, f64::NAN).is_err() && Beta::new(0.0, 1.0).is_err());
    assert!(Gamma::new(1.0).unwrap().cdf(f64::NAN).is_err());
    assert!(Hypergeometric::new(10, 11, 2).is_err());
    assert!(Single { n: 0, c: 0 }.accept(PlanLaw::Binomial, 0.1).is_err());
    assert!(ThreeClass { n: 5, c: 1 }.accept(0.7, 0.7).is_err());
    assert!(find::single(PlanLaw::Binomial, (0.05, 0.9), (0.01, 0.1)).is_err());
    assert!(sample_size(Law::Exact { population: 20 }, 0.05, 0.5, 0.95).is_err());
    assert!(region(50, 0.05, Accuracy::new(0.6, 0.9).unwrap(), 0.95, 0.95, 50).is_err());
}

#[test]
fn one_stratum_is_wilson() {
    let one = stratified::wilson(&[stratified::Stratum { x: 3, n: 50, share: 7.0 }], 0.95).unwrap();
    let plain = interval(3, 50, 0.95, Method::Wilson).unwrap();
    assert!((one.lower - plain.lower).abs() < 1e-14 && (one.upper - plain.upper).abs() < 1e-14);
}

#[test]
fn a_double_plan_that_decides_at_once_is_a_single_plan() {
    let double = Plan::new(vec![
        Stage { n: 50, accept: Some(2), reject: 3 },
        Stage { n: 30, accept: Some(4), reject: 5 },
    ])
    .unwrap();
    for law in [PlanLaw::Binomial, PlanLaw::Poisson, PlanLaw::Hypergeometric { lot: 500 }] {
        let got = double.evaluate(law, 0.04).unwrap();
        let single = Single { n: 50, c: 2 }.accept(law, 0.04).unwrap();
        assert!((got.accept - single).abs() < 1e-14 && got.tested == 50.0);
    }
}

#[test]
fn ranks_of_equal_areas_are_equal() {
    let ranks = ranking::ranks(&[(2.0, 30.0), (2.0, 30.0), (2.0, 30.0)]).unwrap();
    for rank in &ranks {
        assert!(rank.probabilities.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-9));
    }
    // Two areas: P(first above second), in closed form for whole shapes.
    let ranks = ranking::ranks(&[(3.0, 5.0), (2.0, 7.0)]).unwrap();
    let beta = |a: u32, b: u32| {
        let f = |n: u32| (1..n).map(f64::from).product::<f64>();
        f(a) * f(b) / f(a + b)
    };
    let above: f64 =
        (0..3).map(|i| beta(2 + i, 12) / (f64::from(5 + i) * beta(1 + i, 5) * beta(2, 7))).sum();
    assert!((ranks[0].probabilities[0] - above).abs() < 1e-9, "{above} {ranks:?}");
}

fn counts() -> impl Strategy<Value = (u64, u64)> {
    (1_u64..400).prop_flat_map(|n| (0..=n, Just(n)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn swapping_pass_and_fail_mirrors_every_interval((x, n) in counts(), level in 0.5_f64..0.999) {
        for method in Method::ALL {
            if *method == Method::Cloglog {
                // Its scale is not symmetric.
                continue;
            }
            let fails = interval(x, n, level, *method).unwrap();
            let passes = interval(n - x, n, level, *method).unwrap().complement();
            prop_assert!((fails.lower - passes.lower).abs() < 1e-11, "{method:?} {x} {n}");
            prop_assert!((fails.upper - passes.upper).abs() < 1e-11, "{method:?} {x} {n}");
        }
    }

    #[test]
    fn intervals_are_what_their_tests_do_not_reject((x, n) in counts(), level in 0.6_f64..0.99) {
        let alpha = 1.0 - level;
        for method in [Method::ClopperPearson, Method::Blaker, Method::Sterne, Method::Wilson] {
            let got = interval(x, n, level, method).unwrap();
            // Just outside every value is rejected; just inside the ends none is.
            let step = 1e-7;
            if got.lower > 2.0 * step {
                prop_assert!(p_value(x, n, got.lower - step, method).unwrap() <= alpha + 1e-9);
                prop_assert!(p_value(x, n, got.lower + step, method).unwrap() >= alpha - 1e-4, "{method:?} {x} {n} {level}");
            }
            if got.upper < 1.0 - 2.0 * step {
                prop_assert!(p_value(x, n, got.upper + step, method).unwrap() <= alpha + 1e-9);
                prop_assert!(p_value(x, n, got.upper - step, method).unwrap() >= alpha - 1e-4, "{method:?} {x} {n} {level}");
            }
        }
    }

    #[test]
    fn blaker_lies_within_clopper_and_pearson((x, n) in counts()) {
        let outer = interval(x, n, 0.95, Method::ClopperPearson).unwrap();
        let inner = interval(x, n, 0.95, Method::Blaker).unwrap();
        prop_assert!(inner.lower >= outer.lower - 1e-12 && inner.upper <= outer.upper + 1e-12);
    }

    #[test]
    fn operating_characteristics_fall(n in 1_u64..300, c in 0_u64..20, lot in 300_u64..2000) {
        let plan = Single { n, c };
        for law in [PlanLaw::Binomial, PlanLaw::Poisson, PlanLaw::Hypergeometric { lot }] {
            let shares: Vec<f64> = (0..=40).map(|k| f64::from(k) / 40.0).collect();
            let oc = plan.oc(law, &shares).unwrap();
            prop_assert!(oc[0].accept == 1.0);
            prop_assert!(oc.windows(2).all(|pair| pair[1].accept <= pair[0].accept + 1e-14));
            let looser = Single { n, c: c + 1 }.oc(law, &shares).unwrap();
            prop_assert!(oc.iter().zip(&looser).all(|(a, b)| a.accept <= b.accept + 1e-14));
        }
    }

    #[test]
    fn plans_found_pass_through_both_points(p1 in 0.002_f64..0.05, gap in 2.0_f64..8.0) {
        let (producer, consumer) = ((p1, 0.95), ((p1 * gap).min(0.9), 0.1));
        let plan = find::single(PlanLaw::Binomial, producer, consumer).unwrap();
        let accept = |plan: Single, p| plan.accept(PlanLaw::Binomial, p).unwrap();
        prop_assert!(accept(plan, producer.0) >= 0.95 && accept(plan, consumer.0) <= 0.1);
        // No smaller plan does, whatever its c.
        for c in 0..=plan.c {
            let smaller = Single { n: plan.n - 1, c };
            prop_assert!(accept(smaller, producer.0) < 0.95 || accept(smaller, consumer.0) > 0.1);
        }
    }

    #[test]
    fn probabilities_of_counts_add_up(n in 1_u64..60, p in 0.0_f64..1.0, marked in 0_u64..60) {
        let law = Binomial::new(n, p).unwrap();
        let mut below = 0.0;
        for k in 0..=n {
            below += law.pmf(k);
            prop_assert!((law.cdf(k) - below).abs() < 1e-13);
            prop_assert!((law.cdf(k) + law.sf(k) - 1.0).abs() < 1e-13);
        }
        let law = Hypergeometric::new(60, marked, n).unwrap();
        let mut below = 0.0;
        for k in 0..=n {
            below += law.pmf(k);
            prop_assert!((law.cdf(k) - below).abs() < 1e-13);
        }
    }

    #[test]
    fn finite_intervals_hold_the_truth_often_enough(population in 20_u64..120, share in 0.0_f64..1.0) {
        let n = population / 3;
        let bad = (population as f64 * share) as u64;
        let law = Hypergeometric::new(population, bad, n).unwrap();
        let mut covered = 0.0;
        for x in 0..=n {
            let got = finite::exact(x, n, population, 0.9).unwrap();
            if (got.least..=got.most).contains(&bad) {
                covered += law.pmf(x);
            }
        }
        prop_assert!(covered >= 0.9 - 1e-12, "{covered}");
    }
}
