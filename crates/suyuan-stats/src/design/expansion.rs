//! Estimators from inclusion probabilities.
//!
//! Estimand: the total (or mean) of `y` over the population.
//!
//! Formulas: Horvitz-Thompson `T = sum y_i / pi_i`; Hajek `N T / sum(1 / pi_i)`; variances of `T`
//! from second-order probabilities by Horvitz and Thompson and by Sen, Yates and Grundy (designs of
//! fixed size), without them by Deville and by Brewer.
//!
//! When not to use: Sen-Yates-Grundy for designs of random size; Deville's and Brewer's
//! approximations where units with second-order probabilities far from `pi_i pi_j` abound
//! (systematic draws from an ordered list).
//!
//! ```
//! use suyuan_stats::design::expansion::horvitz_thompson;
//! let total = horvitz_thompson(&[9.0, 14.0], &[0.5, 0.7])?;
//! assert!((total - 38.0).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use crate::error::{Error, Result, finite, same_length};
use crate::numeric::exact::sum;

fn checked(y: &[f64], pi: &[f64]) -> Result<()> {
    same_length("inclusion probabilities", pi.len(), y.len())?;
    if y.is_empty() {
        return Err(Error::Empty { what: "units" });
    }
    y.iter().try_for_each(|&value| finite("value", value).map(|_| ()))?;
    pi.iter().try_for_each(|&value| inclusion(value))
}

fn inclusion(value: f64) -> Result<()> {
    if value > 0.0 && value <= 1.0 {
        Ok(())
    } else {
        let expected = "a number above 0, at most 1";
        Err(Error::Domain { what: "inclusion probability", value, expected })
    }
}

/// `sum y_i / pi_i`.
///
/// # Errors
/// [`Error::Length`], [`Error::Empty`], [`Error::Domain`] for wrong input.
pub fn horvitz_thompson(y: &[f64], pi: &[f64]) -> Result<f64> {
    checked(y, pi)?;
    Ok(sum(y.iter().zip(pi).map(|(y, pi)| y / pi)))
}

/// The Hajek mean, `(sum y_i / pi_i) / (sum 1 / pi_i)`.
///
/// # Errors
/// As [`horvitz_thompson`].
pub fn hajek_mean(y: &[f64], pi: &[f64]) -> Result<f64> {
    Ok(horvitz_thompson(y, pi)? / sum(pi.iter().map(|pi| 1.0 / pi)))
}

fn pairs(y: &[f64], pi: &[f64], joint: &[Vec<f64>]) -> Result<()> {
    checked(y, pi)?;
    same_length("rows of second-order probabilities", joint.len(), y.len())?;
    for row in joint {
        same_length("second-order probabilities", row.len(), y.len())?;
        row.iter().try_for_each(|&value| inclusion(value))?;
    }
    Ok(())
}

/// Horvitz and Thompson's variance of the total. It can be negative.
///
/// # Errors
/// As [`horvitz_thompson`], for the second-order probabilities too.
pub fn variance_horvitz_thompson(y: &[f64], pi: &[f64], joint: &[Vec<f64>]) -> Result<f64> {
    pairs(y, pi, joint)?;
    let n = y.len();
    Ok(sum((0..n).flat_map(|i| {
        (0..n).map(move |j| {
            let both = if i == j { pi[i] } else { joint[i][j] };
            (both - pi[i] * pi[j]) / both * (y[i] / pi[i]) * (y[j] / pi[j])
        })
    })))
}

/// Sen, Yates and Grundy's variance of the total, for designs of fixed size.
///
/// # Errors
/// As [`variance_horvitz_thompson`].
pub fn variance_sen_yates_grundy(y: &[f64], pi: &[f64], joint: &[Vec<f64>]) -> Result<f64> {
    pairs(y, pi, joint)?;
    let n = y.len();
    Ok(sum((0..n).flat_map(|i| {
        (i + 1..n).map(move |j| {
            let gap = y[i] / pi[i] - y[j] / pi[j];
            (pi[i] * pi[j] - joint[i][j]) / joint[i][j] * gap * gap
        })
    })))
}

/// Deville's variance of the total, from first-order probabilities.
///
/// # Errors
/// As [`horvitz_thompson`]; [`Error::NotEstimable`] from fewer than two units that were not
/// certain.
pub fn variance_deville(y: &[f64], pi: &[f64]) -> Result<f64> {
    checked(y, pi)?;
    let open: f64 = pi.iter().map(|pi| 1.0 - pi).sum();
    if pi.iter().filter(|pi| **pi < 1.0).count() < 2 {
        return certain(pi);
    }
    let shares: Vec<f64> = pi.iter().map(|pi| (1.0 - pi) / open).collect();
    let centre = sum(shares.iter().zip(y.iter().zip(pi)).map(|(a, (y, pi))| a * y / pi));
    let squares: f64 = shares.iter().map(|a| a * a).sum();
    let spread = sum(y.iter().zip(pi).map(|(y, pi)| (1.0 - pi) * (y / pi - centre).powi(2)));
    Ok(spread / (1.0 - squares))
}

/// Brewer's variance of the total, from first-order probabilities.
///
/// # Errors
/// As [`variance_deville`].
pub fn variance_brewer(y: &[f64], pi: &[f64]) -> Result<f64> {
    checked(y, pi)?;
    if pi.iter().filter(|pi| **pi < 1.0).count() < 2 {
        return certain(pi);
    }
    let n = y.len() as f64;
    let centre = horvitz_thompson(y, pi)? / n;
    let spread = sum(y.iter().zip(pi).map(|(y, pi)| (1.0 - pi) * (y / pi - centre).powi(2)));
    Ok(spread * n / (n - 1.0))
}

fn certain(pi: &[f64]) -> Result<f64> {
    if pi.iter().all(|pi| *pi == 1.0) {
        return Ok(0.0);
    }
    Err(Error::NotEstimable {
        what: "a variance",
        reason: "only one unit was drawn with a probability below 1",
    })
}
