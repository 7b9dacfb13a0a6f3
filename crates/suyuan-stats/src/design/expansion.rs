//! Estimators from inclusion probabilities.
//!
//! Estimand: the total (or mean) of `y` over the population.
//!
//! Formulas: Horvitz-Thompson `T = sum y_i / pi_i`; Hajek `N T / sum(1 / pi_i)`; variances of `T`
//! from second-order probabilities by Horvitz and Thompson and by Sen, Yates and Grundy (designs of
//! fixed size), without them by Deville and by Brewer, or with Hartley and Rao's approximation of
//! them. [`true_variance`] is that of the design itself, for a population known whole.
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

use crate::error::{Error, Result, finite, same_length, settled};
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
/// [`Error::Length`], [`Error::Empty`], [`Error::Domain`] for wrong input; [`Error::NotEstimable`]
/// where the result is beyond double precision.
pub fn horvitz_thompson(y: &[f64], pi: &[f64]) -> Result<f64> {
    checked(y, pi)?;
    settled("a total", sum(y.iter().zip(pi).map(|(y, pi)| y / pi)))
}

/// The Hajek mean, `(sum y_i / pi_i) / (sum 1 / pi_i)`.
///
/// # Errors
/// As [`horvitz_thompson`].
pub fn hajek_mean(y: &[f64], pi: &[f64]) -> Result<f64> {
    // Weights relative to the greatest: the sum of the weights themselves may be no number.
    let least = pi.iter().copied().fold(1.0, f64::min);
    checked(y, pi)?;
    let total = sum(y.iter().zip(pi).map(|(y, pi)| y * (least / pi)));
    settled("a mean", total / sum(pi.iter().map(|pi| least / pi)))
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
    settled(
        "a variance",
        sum((0..n).flat_map(|i| {
            (0..n).map(move |j| {
                let both = if i == j { pi[i] } else { joint[i][j] };
                (both - pi[i] * pi[j]) / both * (y[i] / pi[i]) * (y[j] / pi[j])
            })
        })),
    )
}

/// Sen, Yates and Grundy's variance of the total, for designs of fixed size.
///
/// # Errors
/// As [`variance_horvitz_thompson`].
pub fn variance_sen_yates_grundy(y: &[f64], pi: &[f64], joint: &[Vec<f64>]) -> Result<f64> {
    pairs(y, pi, joint)?;
    let n = y.len();
    settled(
        "a variance",
        sum((0..n).flat_map(|i| {
            (i + 1..n).map(move |j| {
                let gap = y[i] / pi[i] - y[j] / pi[j];
                (pi[i] * pi[j] - joint[i][j]) / joint[i][j] * gap * gap
            })
        })),
    )
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
    settled("a variance", spread / (1.0 - squares))
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
    settled("a variance", spread * n / (n - 1.0))
}

/// Hartley and Rao's approximation of second-order probabilities: `(n - 1) pi_i pi_j / (n - pi_i -
/// pi_j + S / n)` for systematic draws from a list in random order, with n units drawn and S the
/// sum of squared probabilities over the whole population. Where only the sample's are known, the
/// sum of `pi` over the sample estimates S. The diagonal holds `pi`.
///
/// # Errors
/// [`Error::Empty`], [`Error::Domain`] for wrong input, or where the approximation is no
/// probability.
pub fn hartley_rao_joint(pi: &[f64], squares: f64) -> Result<Vec<Vec<f64>>> {
    checked(&vec![0.0; pi.len()], pi)?;
    crate::error::positive("sum of squared probabilities", squares)?;
    let n = pi.len() as f64;
    let mut joint = vec![vec![0.0; pi.len()]; pi.len()];
    for (i, row) in joint.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = if i == j {
                pi[i]
            } else {
                (n - 1.0) * pi[i] * pi[j] / (n - pi[i] - pi[j] + squares / n)
            };
            inclusion(*cell)?;
        }
    }
    Ok(joint)
}

/// The variance of the total with Hartley and Rao's approximation (1962) of second-order
/// probabilities, see [`hartley_rao_joint`], in Horvitz and Thompson's formula.
///
/// # Errors
/// As [`hartley_rao_joint`]; [`Error::NotEstimable`] as [`variance_deville`].
pub fn variance_hartley_rao(y: &[f64], pi: &[f64], squares: f64) -> Result<f64> {
    checked(y, pi)?;
    if pi.iter().filter(|pi| **pi < 1.0).count() < 2 {
        return certain(pi);
    }
    variance_horvitz_thompson(y, pi, &hartley_rao_joint(pi, squares)?)
}

/// The true variance of the Horvitz-Thompson total under a design of fixed size, from the values
/// and probabilities of the whole population (Sen 1953; Yates and Grundy 1953): `sum over pairs of
/// (pi_i pi_j - pi_ij) (y_i / pi_i - y_j / pi_j)^2`. Pairs that are never drawn together count.
///
/// # Errors
/// As [`variance_horvitz_thompson`], second-order probabilities of 0 being allowed.
pub fn true_variance(y: &[f64], pi: &[f64], joint: &[Vec<f64>]) -> Result<f64> {
    checked(y, pi)?;
    same_length("rows of second-order probabilities", joint.len(), y.len())?;
    for row in joint {
        same_length("second-order probabilities", row.len(), y.len())?;
        for &value in row {
            if value != 0.0 {
                inclusion(value)?;
            }
        }
    }
    let n = y.len();
    settled(
        "a variance",
        sum((0..n).flat_map(|i| {
            (i + 1..n).map(move |j| {
                let gap = y[i] / pi[i] - y[j] / pi[j];
                (pi[i] * pi[j] - joint[i][j]) * gap * gap
            })
        })),
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Five units, two drawn: every pair with its probability.
    const PAIRS: [(usize, usize, f64); 10] = [
        (0, 1, 0.05),
        (0, 2, 0.05),
        (0, 3, 0.1),
        (0, 4, 0.1),
        (1, 2, 0.1),
        (1, 3, 0.1),
        (1, 4, 0.15),
        (2, 3, 0.0),
        (2, 4, 0.15),
        (3, 4, 0.2),
    ];

    #[test]
    fn the_true_variance_is_that_of_all_samples() {
        let y = [3.0, 8.0, 1.0, 4.0, 9.0];
        let (mut pi, mut joint) = (vec![0.0; 5], vec![vec![0.0; 5]; 5]);
        for (a, b, p) in PAIRS {
            pi[a] += p;
            pi[b] += p;
            (joint[a][b], joint[b][a]) = (p, p);
        }
        for unit in 0..5 {
            joint[unit][unit] = pi[unit];
        }
        let total: f64 = y.iter().sum();
        let (mut mean, mut variance) = (0.0, 0.0);
        for (a, b, p) in PAIRS {
            let estimate = horvitz_thompson(&[y[a], y[b]], &[pi[a], pi[b]]).unwrap();
            mean += p * estimate;
            variance += p * (estimate - total).powi(2);
        }
        assert!((mean - total).abs() < 1e-12);
        let found = true_variance(&y, &pi, &joint).unwrap();
        assert!((found - variance).abs() < 1e-12 * variance, "{found} {variance}");
        assert!(variance_sen_yates_grundy(&y, &pi, &joint).is_err());
    }

    #[test]
    fn hartley_and_rao_are_exact_for_equal_probabilities() {
        // n of N with equal probabilities: n (n - 1) / N (N - 1), nearly.
        let (n, units) = (4_usize, 1000.0);
        let pi = vec![n as f64 / units; n];
        let joint = hartley_rao_joint(&pi, units * (n as f64 / units).powi(2)).unwrap();
        let exact = 4.0 * 3.0 / (units * (units - 1.0));
        assert!((joint[0][1] / exact - 1.0).abs() < 1e-6, "{} {exact}", joint[0][1]);
        assert!(hartley_rao_joint(&[0.5, 0.0], 0.5).is_err());
        assert!(hartley_rao_joint(&[], 0.5).is_err());
        assert!(hartley_rao_joint(&pi, f64::NAN).is_err());
        assert!(variance_hartley_rao(&[1.0], &[0.5], 0.5).is_err());
        assert_eq!(variance_hartley_rao(&[1.0, 2.0], &[1.0, 1.0], 2.0), Ok(0.0));
    }
}
