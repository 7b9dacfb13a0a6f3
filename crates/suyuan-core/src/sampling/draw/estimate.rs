//! What a drawn sample says of its frame: totals, means, variances by design weights.
//!
//! Floating point: statistics. Estimates for reports, with intervals, are `suyuan-stats`'s; these
//! are what the draw itself must be checked with.
//!
//! ```
//! use suyuan_core::sampling::draw::estimate::{horvitz_thompson, hajek_mean};
//! let (found, probabilities) = ([3.0, 0.0, 1.0], [0.5, 0.25, 0.5]);
//! assert_eq!(horvitz_thompson(&found, &probabilities), 8.0);
//! assert_eq!(hajek_mean(&found, &probabilities), 1.0);
//! ```

/// The total of the frame: `sum y / π` (Horvitz and Thompson 1952). Unbiased when every unit has a
/// chance.
#[must_use]
pub fn horvitz_thompson(y: &[f64], probabilities: &[f64]) -> f64 {
    y.iter().zip(probabilities).map(|(y, p)| y / p).sum()
}

/// The mean of the frame: the total over the estimated number of units (Hájek 1971).
#[must_use]
pub fn hajek_mean(y: &[f64], probabilities: &[f64]) -> f64 {
    let units: f64 = probabilities.iter().map(|p| 1.0 / p).sum();
    horvitz_thompson(y, probabilities) / units
}

/// Estimated variance of the total from joint probabilities (Horvitz and Thompson 1952); the
/// diagonal of `joint` holds the probabilities themselves. Can be negative.
#[must_use]
pub fn horvitz_thompson_variance(y: &[f64], joint: &[Vec<f64>]) -> f64 {
    let p = |k: usize| joint[k][k];
    let mut sum = 0.0;
    for k in 0..y.len() {
        for l in 0..y.len() {
            sum += (joint[k][l] - p(k) * p(l)) / joint[k][l] * (y[k] / p(k)) * (y[l] / p(l));
        }
    }
    sum
}

/// Estimated variance of the total of a design of fixed size (Sen 1953; Yates and Grundy 1953).
#[must_use]
pub fn sen_yates_grundy_variance(y: &[f64], joint: &[Vec<f64>]) -> f64 {
    let p = |k: usize| joint[k][k];
    let mut sum = 0.0;
    for k in 0..y.len() {
        for l in 0..k {
            let off = y[k] / p(k) - y[l] / p(l);
            sum += (p(k) * p(l) - joint[k][l]) / joint[k][l] * off * off;
        }
    }
    sum
}

/// Estimated variance of the total without joint probabilities (Deville 1993): for designs of
/// large entropy, such as conditional Poisson, Sampford and Pareto.
#[must_use]
pub fn deville_variance(y: &[f64], probabilities: &[f64]) -> f64 {
    let all: f64 = probabilities.iter().map(|p| 1.0 - p).sum();
    let share = |p: &f64| (1.0 - p) / all;
    let middle: f64 = y.iter().zip(probabilities).map(|(y, p)| share(p) * (y / p)).sum();
    let squares: f64 = probabilities.iter().map(|p| share(p) * share(p)).sum();
    let off = |(y, p): (&f64, &f64)| (1.0 - p) * (y / p - middle).powi(2);
    y.iter().zip(probabilities).map(off).sum::<f64>() / (1.0 - squares)
}

/// Estimated variance of the total, each unit weighed by `(1 - π) n / (n - 1)` (Brewer 2002).
#[must_use]
pub fn brewer_variance(y: &[f64], probabilities: &[f64]) -> f64 {
    let n = y.len() as f64;
    let middle = horvitz_thompson(y, probabilities) / n;
    let off = |(y, p): (&f64, &f64)| (1.0 - p) * (y / p - middle).powi(2);
    y.iter().zip(probabilities).map(off).sum::<f64>() * n / (n - 1.0)
}

/// Joint probability of two units drawn systematically from a frame in random order, nearly
/// (Hartley and Rao 1962); `squares` is the sum of squared probabilities of the whole frame.
#[must_use]
pub fn hartley_rao_joint(one: f64, two: f64, quota: f64, squares: f64) -> f64 {
    one * two * (quota - 1.0) / (quota - one - two + squares / quota)
}
