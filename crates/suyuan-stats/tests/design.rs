//! Designs worked by hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use suyuan_stats::Error;
use suyuan_stats::design::Survey;

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
