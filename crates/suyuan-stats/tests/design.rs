//! Designs worked by hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use suyuan_stats::Error;
use suyuan_stats::design::rate::{Method, Rate, interval};
use suyuan_stats::design::{Quantity, Simple, Survey, satterthwaite};

/// Three clusters of thirty, two shops each, of two kinds.
fn shops() -> (Survey, [f64; 6], [&'static str; 6]) {
    let survey = Survey::new(vec![10.0; 6])
        .unwrap()
        .clusters(&["A", "A", "B", "B", "C", "C"])
        .unwrap()
        .population(&[30.0; 6])
        .unwrap();
    (
        survey,
        [4.0, 7.0, 5.0, 6.0, 9.0, 3.0],
        ["retail", "canteen", "retail", "retail", "canteen", "retail"],
    )
}

#[test]
fn post_stratified_totals_are_those_worked_by_hand() {
    let (survey, y, kind) = shops();
    let sizes = BTreeMap::from([("retail", 50.0), ("canteen", 24.0)]);
    let found = survey.post_stratified_total(&y, &kind, &sizes).unwrap();
    // Weights 12.5 and 12; means of the kinds 4.5 and 8; what is left of the clusters: -18.25, 25
    // and -6.75, whose squares add up to 1003.625.
    assert!((found.estimate - 417.0).abs() < 1e-12);
    let variance: f64 = 0.9 * 1.5 * 1003.625;
    assert!((found.se - variance.sqrt()).abs() < 1e-12);
    assert!(found.df == 2.0);
}

#[test]
fn groups_that_do_not_fit_are_refused() {
    let (survey, y, kind) = shops();
    let sizes = BTreeMap::from([("retail", 50.0)]);
    assert!(matches!(
        survey.post_stratified_total(&y, &kind, &sizes),
        Err(Error::Impossible { .. })
    ));
    let sizes = BTreeMap::from([("retail", 50.0), ("canteen", 24.0), ("market", 3.0)]);
    assert!(matches!(survey.post_stratified_total(&y, &kind, &sizes), Err(Error::Empty { .. })));
}

#[test]
fn likelihood_limits_have_the_ratio_that_rs_survey_asks_for() {
    // apiclus1, schools without learners: rate, variance and degrees of freedom of R's svyciprop.
    let (p, variance, n, df) = (0.0218579234972678, 0.00051177528296442, 183_u64, 14.0);
    let rate = Rate { p, variance, n, df };
    let found = interval(rate, 0.95, Method::Likelihood).unwrap();
    let design_effect = variance * n as f64 / (p * (1.0 - p));
    // A quasi-binomial fit with weights of mean 1 has the dispersion n / (n - 1).
    let dispersion = n as f64 / (n as f64 - 1.0);
    let t = 2.144_786_687_916_93;
    for limit in [found.lower, found.upper] {
        let deviance =
            2.0 * n as f64 * (p * (p / limit).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - limit)).ln());
        let ratio = deviance / (design_effect * dispersion) / (t * t);
        assert!((ratio - 1.0).abs() < 1e-10, "{limit}: {ratio}");
    }
    // R interpolates its profile by a spline and straight lines: 0.3 % of either limit.
    assert!((found.lower / 0.000663921180934205 - 1.0).abs() < 4e-3, "{found:?}");
    assert!((found.upper / 0.107778408381593 - 1.0).abs() < 4e-3, "{found:?}");
}

#[test]
fn design_effects_are_those_worked_by_hand() {
    // A simple random sample has none: 5 of 20.
    let y = [3.0, 1.0, 4.0, 1.0, 5.0];
    let simple = Survey::new(vec![4.0; 5]).unwrap().population(&[20.0; 5]).unwrap();
    for of in [Quantity::Mean, Quantity::Total] {
        let found = simple.design_effect(&y, of, Simple::WithoutReplacement).unwrap();
        assert!((found - 1.0).abs() < 1e-12, "{found}");
        let found = simple.design_effect(&y, of, Simple::WithReplacement).unwrap();
        assert!((found - 0.75).abs() < 1e-12, "{found}");
    }
    // Clusters that are all alike count once: three of them, two units each; the variance of the
    // mean is that of three values, 7/9, beside (14/5) / 6 for six.
    let alike = Survey::new(vec![10.0; 6]).unwrap().clusters(&[1, 1, 2, 2, 3, 3]).unwrap();
    let y = [1.0, 1.0, 2.0, 2.0, 4.0, 4.0];
    let found = alike.design_effect(&y, Quantity::Mean, Simple::WithReplacement).unwrap();
    let expected = (7.0 / 3.0 / 3.0) / (28.0 / 3.0 / 5.0 / 6.0);
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    // Weights 1, 1, 2: 3 (1 + 1 + 4) / 16.
    let weighted = Survey::new(vec![1.0, 1.0, 2.0]).unwrap();
    assert!((weighted.weighting_effect() - 18.0 / 16.0).abs() < 1e-15);
    assert!(alike.design_effect(&[2.0; 6], Quantity::Mean, Simple::WithReplacement).is_err());
    let one = Survey::new(vec![1.0; 2]).unwrap();
    let none = one.design_effect(&[1.0, 2.0], Quantity::Mean, Simple::WithoutReplacement);
    assert!(matches!(none, Err(Error::NotEstimable { .. })));
}

#[test]
fn satterthwaites_degrees_of_freedom_are_those_worked_by_hand() {
    // Welch's test of two groups: s^2 / n = 4 / 8 and 9 / 5.
    let df = satterthwaite([(0.5, 7.0), (1.8, 4.0)]).unwrap();
    assert!((df - 2.3 * 2.3 / (0.25 / 7.0 + 3.24 / 4.0)).abs() < 1e-12);
    // Equal parts with equal degrees of freedom add up.
    assert!((satterthwaite([(3.0, 5.0); 4]).unwrap() - 20.0).abs() < 1e-12);
    assert!((satterthwaite([(1e-300, 5.0); 4]).unwrap() - 20.0).abs() < 1e-12);
    // Two strata, 3 of 30 and 2 of 20 units, weights 10: Cochran's g = N (N - n) / n.
    let survey = Survey::new(vec![10.0; 5])
        .unwrap()
        .strata(&["A", "A", "A", "B", "B"])
        .unwrap()
        .population(&[30.0, 30.0, 30.0, 20.0, 20.0])
        .unwrap();
    let y = [1.0, 4.0, 7.0, 2.0, 8.0];
    let (one, two) = (30.0 * 27.0 / 3.0 * 9.0, 20.0 * 18.0 / 2.0 * 18.0);
    let expected = (one + two) * (one + two) / (one * one / 2.0 + two * two / 1.0);
    let found = survey.satterthwaite_df(&y.map(|y| 10.0 * y)).unwrap();
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    assert!(found < survey.df());
    for bad in
        [vec![], vec![(0.0, 3.0)], vec![(-1.0, 3.0)], vec![(1.0, 0.0)], vec![(f64::NAN, 1.0)]]
    {
        assert!(satterthwaite(bad).is_err());
    }
}
