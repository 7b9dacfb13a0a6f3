//! Jackknife replicates.
//!
//! Estimand: the variance of any smooth statistic of the weights. Each replicate leaves out one
//! cluster and raises the others of its stratum by `n_h / (n_h - 1)`; the variance is
//! `sum (1 - f_h)(n_h - 1) / n_h (theta_r - theta)^2` (JKn, Rust and Rao 1996), about the estimate
//! from all clusters.
//!
//! When not to use: for medians and other statistics that jump.
//!
//! ```
//! use suyuan_stats::design::{Survey, replicates::jackknife};
//! let survey = Survey::new(vec![10.0; 5])?;
//! let y = [3.0, 1.0, 4.0, 1.0, 5.0];
//! let mean = |w: &[f64]| {
//!     w.iter().zip(&y).map(|(w, y)| w * y).sum::<f64>() / w.iter().sum::<f64>()
//! };
//! let jack = jackknife(&survey, mean)?;
//! assert!((jack.se - survey.mean(&y)?.se).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use crate::design::{Estimate, Survey};
use crate::error::{Error, Result, finite};

/// The statistic with its jackknife error. One evaluation for every cluster.
///
/// # Errors
/// [`Error::NotEstimable`] when a stratum has one cluster only; [`Error::Domain`] when the
/// statistic is not finite.
pub fn jackknife(survey: &Survey, statistic: impl Fn(&[f64]) -> f64) -> Result<Estimate> {
    let estimate = finite("statistic", statistic(survey.weights()))?;
    let mut variance = 0.0;
    let strata = survey.strata_counts();
    for (dropped, &stratum) in survey.stratum_of_cluster().iter().enumerate() {
        let (count, left) = strata[stratum];
        if left <= 0.0 {
            continue;
        }
        if count < 2 {
            return Err(Error::NotEstimable {
                what: "a jackknife error",
                reason: "a stratum has one sampled cluster only: join it with another",
            });
        }
        let raise = count as f64 / (count as f64 - 1.0);
        let weights: Vec<f64> = survey
            .weights()
            .iter()
            .zip(survey.cluster_of())
            .map(|(weight, &cluster)| {
                if cluster == dropped {
                    0.0
                } else if survey.stratum_of_cluster()[cluster] == stratum {
                    weight * raise
                } else {
                    *weight
                }
            })
            .collect();
        let gap = finite("statistic", statistic(&weights))? - estimate;
        variance += left / raise * gap * gap;
    }
    Ok(Estimate {
        method: "jackknife_jkn",
        estimate,
        se: variance.sqrt(),
        df: survey.df(),
        n: survey.len(),
    })
}
