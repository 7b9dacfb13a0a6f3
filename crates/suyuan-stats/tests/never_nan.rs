//! A result is a number or an error, whatever is given: extreme numbers and counts, one by one and in
//! pairs, through every door that takes numbers. Nothing panics, and nothing takes for ever.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Debug;

use suyuan_stats::acceptance::attributes::Single;
use suyuan_stats::acceptance::microbial::Lot;
use suyuan_stats::acceptance::stages::{Plan, Stage};
use suyuan_stats::acceptance::variables::{Sigma, Variables};
use suyuan_stats::acceptance::{Law as PlanLaw, find};
use suyuan_stats::design::calibrate::{Method as Distance, calibrate};
use suyuan_stats::design::rate::{Method as RateMethod, Rate, interval as rate_interval};
use suyuan_stats::design::{Quantity, Simple, Survey, expansion, satterthwaite};
use suyuan_stats::detection::{Law, freedom, imperfect, risk, sample_size, sensitivity};
use suyuan_stats::dist::{
    Beta, BetaBinomial, Binomial, Gamma, Hypergeometric, NegativeBinomial, NoncentralT, Normal,
    Poisson, StudentT,
};
use suyuan_stats::proportion::{Method, compare, finite, interval, stratified};
use suyuan_stats::screening::{Accuracy, double, true_prevalence};
use suyuan_stats::small_area::{beta_binomial, gamma_poisson, hierarchy, ranking};
use suyuan_stats::warning::cusum::{Cusum, Transform};
use suyuan_stats::warning::ears::{Ears, Variant};
use suyuan_stats::warning::farrington::Farrington;
use suyuan_stats::warning::past::Past;
use suyuan_stats::warning::proportion::Baseline;
use suyuan_stats::warning::{charts, glr};

const REALS: [f64; 24] = [
    0.0,
    5e-324,
    1e-310,
    1e-200,
    1e-20,
    1e-3,
    0.3,
    0.5,
    0.999_999_999_999_999_9,
    1.0,
    1.5,
    30.0,
    1e5,
    1e10,
    1e12,
    1e20,
    1e160,
    1e308,
    f64::MAX,
    f64::INFINITY,
    f64::NAN,
    -1.0,
    -1e-310,
    -1e308,
];
const COUNTS: [u64; 8] = [0, 1, 2, 7, 1000, 1_000_000, 1 << 53, u64::MAX];

/// No number in what is shown is not one.
#[track_caller]
fn number(what: &str, given: impl Debug, found: impl Debug) {
    let shown = format!("{found:?}");
    assert!(!shown.contains("NaN"), "{what} of {given:?}: {shown}");
}

/// As [`number`] for a result; an error may quote what was given.
#[track_caller]
fn result<T: Debug, E>(what: &str, given: impl Debug, found: Result<T, E>) {
    if let Ok(found) = found {
        number(what, given, found);
    }
}

#[test]
fn distributions() {
    for a in REALS {
        result("normal", a, Normal.cdf(a));
        result("normal", a, Normal.quantile(a));
        for b in REALS {
            let given = (a, b);
            // Of two shapes at the very limit every tail takes a million steps.
            let costly = a.min(b) > 1e11;
            if let Some(law) = Beta::new(a, b).ok().filter(|_| !costly) {
                for x in REALS {
                    result("beta cdf", (given, x), law.cdf(x));
                    result("beta sf", (given, x), law.sf(x));
                    result("beta quantile", (given, x), law.quantile(x));
                    result("beta upper quantile", (given, x), law.upper_quantile(x));
                }
            }
            if let Ok(law) = Gamma::new(a) {
                result("gamma", given, law.cdf(b));
                result("gamma", given, law.sf(b));
                result("gamma", given, law.quantile(b));
                result("gamma", given, law.upper_quantile(b));
            }
            if let Ok(law) = StudentT::new(a) {
                result("t", given, law.cdf(b));
                result("t quantile", given, law.quantile(b));
            }
            for k in COUNTS {
                if let Ok(law) = NegativeBinomial::new(a, b) {
                    number("negative binomial", (given, k), [law.pmf(k), law.cdf(k), law.sf(k)]);
                }
                if let Ok(law) = Poisson::new(a) {
                    number("poisson", (given, k), [law.pmf(k), law.cdf(k), law.sf(k)]);
                }
                if let Ok(law) = Binomial::new(k, a) {
                    for j in COUNTS {
                        number("binomial", (k, a, j), [law.pmf(j), law.cdf(j), law.sf(j)]);
                    }
                }
                let law = BetaBinomial::new(k.min(100_000), a, b).ok();
                if let Some(law) = law.filter(|_| a.min(b) < 1e9) {
                    for j in [0, 1, 999, 99_999] {
                        number("beta-binomial", (given, k, j), [law.at_least(j), law.pmf(j)]);
                    }
                }
            }
        }
    }
    for a in COUNTS {
        for b in COUNTS {
            for c in COUNTS {
                if let Ok(law) = Hypergeometric::new(a, b, c) {
                    let all = COUNTS.map(|k| (law.pmf(k), law.cdf(k), law.sf(k), law.at_least(k)));
                    number("hypergeometric", (a, b, c), all);
                }
            }
        }
    }
}

#[test]
fn noncentral_t_with_any_degrees_of_freedom() {
    for df in REALS {
        for shift in REALS {
            if let Ok(law) = NoncentralT::new(df, shift) {
                for t in REALS {
                    let (below, above) = (law.cdf(t), law.sf(t));
                    if let (Ok(below), Ok(above)) = (&below, &above) {
                        let whole = below + above;
                        assert!((whole - 1.0).abs() < 1e-6, "{df} {shift} {t}: {below} {above}");
                    }
                    result("noncentral t", (df, shift, t), below);
                }
            }
        }
    }
    // Without degrees of freedom T is as far out as the sign of its numerator says.
    let law = NoncentralT::new(1e-30, 0.7).unwrap();
    let negative = Normal.cdf(-0.7).unwrap();
    assert!((law.cdf(-5.0).unwrap() - negative).abs() < 1e-9);
    assert!((law.cdf(5.0).unwrap() - negative).abs() < 1e-9);
    // Without a shift it is Student's.
    for df in [0.01, 0.1, 0.7, 3.0] {
        let (shifted, plain) = (NoncentralT::new(df, 0.0).unwrap(), StudentT::new(df).unwrap());
        for t in [0.1, 2.0, 50.0] {
            let (found, expected) = (shifted.sf(t).unwrap(), plain.sf(t).unwrap());
            assert!((found / expected - 1.0).abs() < 1e-7, "{df} {t}: {found} {expected}");
        }
    }
}

#[test]
fn proportions_and_detection() {
    for x in COUNTS {
        for n in COUNTS {
            for method in Method::ALL {
                result("interval", (x, n, method), interval(x, n, 0.95, *method));
            }
            for m in COUNTS {
                result("difference", (x, n, m), compare::difference((x, n), (1, m), 0.9));
                result(
                    "score difference",
                    (x, n, m),
                    compare::difference_score((x, n), (1, m), 0.9),
                );
                result("ratio", (x, n, m), compare::ratio((x, n), (1, m), 0.9));
                result("log ratio", (x, n, m), compare::ratio_log((x, n), (1, m), 0.9));
                result("finite", (x, n, m), finite::exact(x, n, m, 0.95));
                result("finite", (x, n, m), finite::wilson(x, n, m, 0.95));
            }
            let test = Accuracy::new(0.9, 0.95).unwrap();
            result("prevalence", (x, n), true_prevalence(x, n, test, 0.95, Method::Wilson));
            let part = double::Confirmed { screened: n, confirmed: x, bad: 0 };
            result("double", (x, n), double::estimate(part, part, 0.95));
            for size in REALS {
                let strata = [
                    stratified::Stratum { x, n, share: size },
                    stratified::Stratum { x: 1, n: 2, share: 1.0 },
                ];
                result("stratified", (x, n, size), stratified::wilson(&strata, 0.95));
            }
        }
    }
    for p in REALS {
        for se in REALS {
            for n in COUNTS {
                for law in
                    [Law::Binomial, Law::Exact { population: n }, Law::MacDiarmid { population: n }]
                {
                    result("sensitivity", (law, p, se, n), sensitivity(law, p, se, n.min(1000)));
                    result("size", (law, p, se), sample_size(law, p, se, 0.95));
                }
                result(
                    "freedom",
                    (p, se, n),
                    freedom::size(Law::Exact { population: n }, p, se, 0.01, 0.9, 0.95),
                );
                if let Ok(test) = Accuracy::new(se, 0.98) {
                    result("region", (n, p, se), imperfect::region(n, p, test, 0.9, 0.9, 60));
                    result("cut", (n, p, se), imperfect::best_cut(None, p, test, n.min(1000), 0.9));
                }
                result("pools", (n, p, se), risk::pooled(n, 5, p, se, 0.99));
            }
            result("pools", (p, se), risk::pools_needed(5, p, se, 0.99, 0.95));
            let group = |risk, size| risk::Group {
                relative_risk: risk,
                population: size,
                samples: 3.0,
                sensitivity: 0.9,
            };
            let groups = [group(p, se), group(1.0, 1.0)];
            result("risk", (p, se), risk::sensitivity(&groups, 0.01));
            result("risk", (p, se), risk::sensitivity_finite(&groups, 0.01));
            result("risk", (p, se), risk::size(&groups, 0.01, 0.95));
            result("track", (p, se), freedom::track(p, &[(se, p)]));
            result("plan", (p, se), double::plan(p, se, 0.98, 20.0, 500.0, 0.01, 0.95));
            result("plan", (p, se), double::plan(0.05, 0.9, 0.98, p, se, 0.01, 0.95));
        }
    }
}

#[test]
fn designs_and_areas() {
    for a in REALS {
        for b in REALS {
            let (y, pi) = ([a, 1.0, b], [b, 0.5, a]);
            result("total", (a, b), expansion::horvitz_thompson(&y, &pi));
            result("hajek", (a, b), expansion::hajek_mean(&y, &pi));
            result("deville", (a, b), expansion::variance_deville(&y, &pi));
            result("brewer", (a, b), expansion::variance_brewer(&y, &pi));
            result("hartley-rao", (a, b), expansion::variance_hartley_rao(&y, &pi, b));
            let joint = vec![vec![b; 3]; 3];
            result("ht", (a, b), expansion::variance_horvitz_thompson(&y, &[0.5; 3], &joint));
            result("syg", (a, b), expansion::variance_sen_yates_grundy(&y, &pi, &joint));
            result("true", (a, b), expansion::true_variance(&y, &pi, &joint));
            if let Ok(survey) = Survey::new(vec![a, b, 1.0, 2.0]) {
                for y in REALS {
                    let values = [y, 1.0, 0.0, a];
                    result("total", (a, b, y), survey.total(&values));
                    result("mean", (a, b, y), survey.mean(&values));
                    result("ratio", (a, b, y), survey.ratio(&values, &[1.0, y, y, 1.0]));
                    let effect =
                        survey.design_effect(&values, Quantity::Total, Simple::WithReplacement);
                    result("effect", (a, b, y), effect);
                    result("df", (a, b, y), survey.satterthwaite_df(&values));
                }
                number("weights", (a, b), survey.weighting_effect());
            }
            result("df", (a, b), satterthwaite([(a, b), (1.0, 2.0), (b, a)]));
            let x = [vec![1.0, a], vec![1.0, 2.0], vec![b, 1.0]];
            for method in
                [Distance::Linear, Distance::Raking, Distance::Logit { lower: 0.5, upper: 2.0 }]
            {
                result("calibrate", (a, b), calibrate(&x, &[1.0, 2.0, 1.0], &[3.0, a], method));
            }
            for method in [
                RateMethod::KornGraubard,
                RateMethod::Logit,
                RateMethod::Wilson,
                RateMethod::Arcsine,
                RateMethod::Likelihood,
                RateMethod::Mean,
            ] {
                for df in [0.0, 1e-310, 1e-20, 0.5, 30.0, 1e20, f64::MAX, f64::INFINITY, f64::NAN] {
                    let rate = Rate { p: a, variance: b, n: 50, df };
                    result("rate", (a, b, df, method), rate_interval(rate, 0.95, method));
                }
            }
            if a >= 1e-50 && b >= 1e-50 {
                result("ranks", (a, b), ranking::ranks(&[(a, b), (b, a), (1.0, 2.0)]));
            }
            result("gamma", (a, b), gamma_poisson::fit(&[(1, a), (5, b), (0, 1.0)]));
            result("gamma", (a, b), gamma_poisson::global(&[(1, a), (5, b), (0, 1.0)]));
        }
    }
    for x in COUNTS {
        for n in COUNTS {
            let counts = [(x, n), (1, 7), (0, n)];
            result("fit", counts, beta_binomial::fit(&counts));
            result("moments", counts, beta_binomial::moments(&counts));
            if n <= 1_000_000 {
                result("areas", counts, hierarchy::posterior(&counts).and_then(|h| h.areas(0.95)));
            } else {
                assert!(hierarchy::posterior(&counts).is_err());
            }
        }
    }
}

#[test]
fn plans_and_warnings() {
    for n in COUNTS {
        for c in COUNTS {
            for p in REALS {
                for law in [PlanLaw::Binomial, PlanLaw::Poisson, PlanLaw::Hypergeometric { lot: c }]
                {
                    result("accept", (n, c, p, law), Single { n, c }.accept(law, p));
                    result("outgoing", (n, c, p, law), Single { n, c }.outgoing(law, 2000, p));
                }
                let stages = vec![
                    Stage { n, accept: Some(0), reject: c },
                    Stage { n, accept: Some(c), reject: c.saturating_add(1) },
                ];
                if let Ok(plan) = Plan::new(stages) {
                    if n.min(c) <= 1000 {
                        result("stages", (n, c, p), plan.evaluate(PlanLaw::Binomial, p));
                    }
                }
            }
        }
        for k in REALS {
            for p in REALS {
                for sigma in [Sigma::Known, Sigma::Unknown] {
                    result("variables", (n, k, p), Variables { n, k, sigma }.accept(p));
                }
            }
        }
    }
    for a in REALS {
        for b in REALS {
            result(
                "find",
                (a, b),
                find::single(PlanLaw::Hypergeometric { lot: 500 }, (a, 0.95), (b, 0.1)),
            );
            if let Ok(lot) = Lot::new(a, b) {
                result("classes", (a, b), lot.classes(a, b));
                if b < 1e3 {
                    result("detect", (a, b), lot.detect(25.0));
                }
            }
            result("glr", (a, b), glr::watch(&[1, 2, 3], &[a, b, 1.0], 5.0));
            for transform in
                [Transform::Standard, Transform::Rossi, Transform::Anscombe, Transform::None]
            {
                let chart = Cusum { mean: a, k: 1.04, h: b, transform };
                result("cusum", (a, b), chart.watch(&[0, 3, u64::MAX]));
            }
            result("ewma", (a, b), charts::ewma(&[a, b, 1.0], (a, b), 0.2, 3.0));
            result("level", (a, b), charts::level_of(&[a, b, 1.0]));
        }
    }
    let series = [2_u64, 3, 1, 0, 4, 2, u64::MAX, 3, 2, 5, 1, 2, 3, 0, 2, 4];
    for size in [0, 1, 2, 3, 8, usize::MAX / 2, usize::MAX] {
        result("baseline", size, glr::seasonal_baseline(&series, 12, size, 1, true));
        result("baseline", size, glr::seasonal_baseline(&series, 12, 4, size, false));
        result("baseline", size, glr::seasonal_baseline(&series, size, 4, 1, false));
        for variant in [Variant::C1, Variant::C2, Variant::C3] {
            let ears = Ears { baseline: size, ..Ears::new(variant) };
            result("ears", (size, variant), ears.watch(&series, 8..16));
            result("ears", (size, variant), Ears::new(variant).watch(&series, 0..size));
        }
        for other in [0, 1, usize::MAX] {
            let past = Past { frequency: size, years: other, half_width: 1, present_year: true };
            result("bayes", (size, other), past.bayes(&series, 0.05, 12..16));
            let past = Past { frequency: 4, years: other, half_width: size, present_year: false };
            result("rki", (size, other), past.rki_limits(&series, 12..16));
            let watch = Farrington {
                years: other,
                frequency: size,
                seasons: 1,
                guard: other,
                ..Farrington::original()
            };
            result("farrington", (size, other), watch.watch(&series, None, 12..16));
            let watch = Farrington { half_width: size, seasons: other, ..Farrington::original() };
            result("farrington", (size, other), watch.watch(&series, None, 12..16));
            let weeks = Baseline { weeks: size, guard: other };
            result("proportion", (size, other), weeks.watch(&[1; 16], &[9; 16], 0.01, 12..16));
        }
    }
    for x in COUNTS {
        for n in COUNTS {
            result("p chart", (x, n), charts::p_chart(&[x, 1], &[n, 5], 3.0));
            result("np chart", (x, n), charts::np_chart(&[x, 1], &[n, 5], 3.0));
        }
    }
}
