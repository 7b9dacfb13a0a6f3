//! Weights that reproduce known totals.
//!
//! Estimand: the same as of the design weights; calibrated weights `g_i d_i` are the closest to
//! the design weights `d_i` (by a distance that the method names) with `sum g_i d_i x_i` equal to
//! known totals (Deville and Särndal 1992). Solved by Newton's method.
//!
//! When not to use: with totals from another year or another definition; with auxiliary columns
//! that depend on each other (an error).
//!
//! ```
//! use suyuan_stats::design::calibrate::{Method, calibrate};
//! let x = [[1.0, 10.0], [1.0, 33.0], [1.0, 40.0], [1.0, 60.0]].map(Vec::from);
//! let g = calibrate(&x, &[2.5; 4], &[11.0, 390.0], Method::Linear)?;
//! assert!((g[0] - 1.126_218_915_214_41).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, positive, same_length};
use crate::numeric::linear::solve_spd;

/// The distance that the weights keep short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Chi-square: generalised regression. Weights can be negative.
    Linear,
    /// Chi-square, cut to bounds.
    Truncated {
        /// The least factor, below 1.
        lower: f64,
        /// The greatest factor, above 1.
        upper: f64,
    },
    /// Kullback-Leibler: raking ratio. Weights are above 0.
    Raking,
    /// Logit between bounds.
    Logit {
        /// The least factor, below 1.
        lower: f64,
        /// The greatest factor, above 1.
        upper: f64,
    },
}

impl Method {
    /// The factor and its derivative at `u`.
    fn factor(self, u: f64) -> (f64, f64) {
        match self {
            Self::Linear => (1.0 + u, 1.0),
            Self::Truncated { lower, upper } => {
                let g = 1.0 + u;
                if g < lower {
                    (lower, 0.0)
                } else if g > upper {
                    (upper, 0.0)
                } else {
                    (g, 1.0)
                }
            }
            Self::Raking => {
                let g = u.min(700.0).exp();
                (g, g)
            }
            Self::Logit { lower, upper } => {
                let a = (upper - lower) / ((1.0 - lower) * (upper - 1.0));
                let e = (a * u).clamp(-700.0, 700.0).exp();
                let below = (upper - 1.0) + (1.0 - lower) * e;
                let g = (lower * (upper - 1.0) + upper * (1.0 - lower) * e) / below;
                let slope = a * (g - lower) * (upper - g) / (upper - lower);
                (g, slope)
            }
        }
    }

    fn check(self) -> Result<()> {
        if let Self::Truncated { lower, upper } | Self::Logit { lower, upper } = self {
            finite("lower bound", lower)?;
            finite("upper bound", upper)?;
            if lower >= 1.0 || upper <= 1.0 {
                return Err(Error::Domain {
                    what: "bounds of the factors",
                    value: if lower >= 1.0 { lower } else { upper },
                    expected: "one below 1 and one above 1",
                });
            }
        }
        Ok(())
    }
}

/// The factors `g`. `x` holds a row of auxiliary values for every unit. O(units x columns^2) a
/// step.
///
/// # Errors
/// [`Error::Length`], [`Error::Domain`], [`Error::Empty`] for wrong input;
/// [`Error::NotEstimable`] when columns depend on each other; [`Error::NoConvergence`] when no
/// factors within the bounds reach the totals.
pub fn calibrate(
    x: &[Vec<f64>],
    weights: &[f64],
    totals: &[f64],
    method: Method,
) -> Result<Vec<f64>> {
    method.check()?;
    same_length("weights", weights.len(), x.len())?;
    if x.is_empty() || totals.is_empty() {
        return Err(Error::Empty { what: "units or totals" });
    }
    for row in x {
        same_length("auxiliary values of a unit", row.len(), totals.len())?;
        row.iter().try_for_each(|&value| finite("auxiliary value", value).map(|_| ()))?;
    }
    weights.iter().try_for_each(|&w| positive("weight", w).map(|_| ()))?;
    totals.iter().try_for_each(|&t| finite("total", t).map(|_| ()))?;
    // Columns are scaled so that one tolerance serves all.
    let columns = totals.len();
    let scales: Vec<f64> = (0..columns)
        .map(|k| {
            let size: f64 = x.iter().zip(weights).map(|(row, w)| w * row[k].abs()).sum();
            size.max(totals[k].abs()).max(f64::MIN_POSITIVE)
        })
        .collect();
    let mut lambda = vec![0.0; columns];
    let mut factors = vec![1.0; x.len()];
    let mut best = f64::INFINITY;
    let mut stalled = 0;
    const STEPS: usize = 200;
    for _ in 0..STEPS {
        let mut gap: Vec<f64> = totals.to_vec();
        let mut matrix = vec![vec![0.0; columns]; columns];
        for ((row, &weight), factor) in x.iter().zip(weights).zip(&mut factors) {
            let u: f64 = row.iter().zip(&lambda).map(|(x, l)| x * l).sum();
            let (g, slope) = method.factor(u);
            *factor = g;
            for i in 0..columns {
                gap[i] -= weight * g * row[i];
                for j in 0..=i {
                    matrix[i][j] += weight * slope * row[i] * row[j];
                }
            }
        }
        let miss = gap.iter().zip(&scales).map(|(g, s)| (g / s).abs()).fold(0.0, f64::max);
        if miss < 1e-15 {
            return Ok(factors);
        }
        stalled = if miss < 0.5 * best { 0 } else { stalled + 1 };
        best = best.min(miss);
        if stalled > 3 && best < 1e-12 {
            return Ok(factors);
        }
        let Some(step) = solve_spd(&matrix, &gap) else {
            return Err(Error::NotEstimable {
                what: "calibrated weights",
                reason: "auxiliary columns depend on each other, or all factors are at a bound",
            });
        };
        for (l, s) in lambda.iter_mut().zip(step) {
            *l += s;
        }
        if lambda.iter().any(|l| !l.is_finite()) {
            break;
        }
    }
    Err(Error::NoConvergence { what: "calibrated weights", iterations: STEPS })
}

/// Weights scaled so that every group adds up to its known size. O(units log groups).
///
/// # Errors
/// [`Error::Length`] when a unit has no group; [`Error::Domain`] for a size that is not above 0;
/// [`Error::Empty`] when a group has no unit; [`Error::Impossible`] when a unit's group has no
/// size.
pub fn post_stratify<K: Ord>(
    weights: &[f64],
    group: &[K],
    sizes: &BTreeMap<K, f64>,
) -> Result<Vec<f64>> {
    same_length("groups", group.len(), weights.len())?;
    let mut sums: BTreeMap<&K, f64> = sizes.keys().map(|key| (key, 0.0)).collect();
    for (key, &weight) in group.iter().zip(weights) {
        let Some(sum) = sums.get_mut(key) else {
            return Err(Error::Impossible {
                what: "post-stratified weights",
                reason: "a unit lies in a group of unknown size".to_owned(),
            });
        };
        *sum += positive("weight", weight)?;
    }
    for (key, sum) in &sums {
        positive("size of a group", sizes.get(key).copied().unwrap_or(0.0))?;
        if *sum <= 0.0 {
            return Err(Error::Empty { what: "units in a group of known size" });
        }
    }
    Ok(group
        .iter()
        .zip(weights)
        .map(|(key, weight)| {
            let size = sizes.get(key).copied().unwrap_or(0.0);
            weight * size / sums.get(key).copied().unwrap_or(1.0)
        })
        .collect())
}
