//! Confidence in freedom, period after period.
//!
//! Estimand: the probability that a population is free of the hazard at the design prevalence,
//! given that samples of each period found nothing.
//!
//! Formula: before a period the belief in freedom falls by what may have been introduced,
//! `f' = f (1 - i)`; finding nothing with sensitivity `s` raises it to `f' / (1 - (1 - f') s)`
//! (Martin, Cameron and Greiner 2007).
//!
//! When not to use: after a positive, which ends freedom whatever the history says.
//!
//! ```
//! use suyuan_stats::detection::freedom::track;
//! let months = track(0.5, &[(0.02, 0.6), (0.02, 0.7)])?;
//! assert!((months[1].free - 0.882_169_232_465).abs() < 1e-9);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

use crate::detection::{Law, Size, sample_size};
use crate::error::{Error, Result, open_unit, unit};

/// One period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Period {
    /// The belief in freedom after what may have been introduced, before its samples.
    pub before: f64,
    /// The sensitivity of its samples.
    pub sensitivity: f64,
    /// The belief in freedom after they found nothing.
    pub free: f64,
}

/// The belief in freedom over periods, each with the probability of introduction before it and
/// the sensitivity of its samples. O(periods).
///
/// # Errors
/// [`Error::Domain`] for values that are no probabilities; [`Error::NotEstimable`] when the belief
/// is 0 and a sensitivity of 1 finds nothing, which contradict each other.
pub fn track(prior: f64, periods: &[(f64, f64)]) -> Result<Vec<Period>> {
    let mut free = unit("prior belief in freedom", prior)?;
    periods
        .iter()
        .map(|&(introduced, sensitivity)| {
            let before = free * (1.0 - unit("probability of introduction", introduced)?);
            let missed = 1.0 - unit("sensitivity", sensitivity)?;
            let nothing_found = before + (1.0 - before) * missed;
            if nothing_found <= 0.0 {
                return Err(Error::NotEstimable {
                    what: "the belief in freedom",
                    reason: "it was 0 and a test that misses nothing found nothing",
                });
            }
            free = before / nothing_found;
            Ok(Period { before, sensitivity, free })
        })
        .collect()
}

/// The samples of one period that raise the belief to a target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FreedomSize {
    /// The belief before the samples.
    pub before: f64,
    /// The sensitivity they must have.
    pub sensitivity_needed: f64,
    /// The samples.
    pub size: Size,
}

/// How many samples that find nothing raise the belief in freedom to `target`.
///
/// # Errors
/// [`Error::Domain`] for values outside (0, 1); [`Error::Impossible`] when the belief already is
/// there, or the population is too small.
pub fn size(
    law: Law,
    prior: f64,
    introduced: f64,
    prevalence: f64,
    test_sensitivity: f64,
    target: f64,
) -> Result<FreedomSize> {
    let before = open_unit("prior belief in freedom", prior)?
        * (1.0 - unit("probability of introduction", introduced)?);
    let target = open_unit("target belief", target)?;
    let needed = (1.0 - before / target) / (1.0 - before);
    if needed <= 0.0 {
        return Err(Error::Impossible {
            what: "a number of samples",
            reason: format!("the belief {before:.4} is at the target without samples"),
        });
    }
    let size = sample_size(law, prevalence, test_sensitivity, needed)?;
    Ok(FreedomSize { before, sensitivity_needed: needed, size })
}
