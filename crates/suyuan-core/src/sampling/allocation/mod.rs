//! From a number of samples to a number for each stratum: whole numbers, exactly, with a
//! certificate.
//!
//! | question | function |
//! |---|---|
//! | in proportion to whole weights | [`apportion`]: Hamilton, Webster, Jefferson |
//! | where to cut sizes into strata | [`boundaries`] |
//! | real quotas (Neyman, cost, power, precision goals) | [`continuous`] |
//! | the integer optimum within bounds | [`optimum`] |
//! | the integer optimum that a budget pays for | [`optimum_for_budget`] |
//! | the same with bounds on provinces, cities and counties | [`optimum_in_tiers`] |
//! | the same with row and column totals | [`optimum_two_way`], [`control_rounding`] |
//!
//! The optimum is that of the variance of an estimated total, `sum A² / n` with `A` = size x
//! standard deviation (Neyman 1934); other goals only change what `A` means: risk, exposure.
//!
//! ```
//! use suyuan_core::sampling::{Bounds, optimum};
//! let strata = [36.4, 75.0, 24.2, 46.2];
//! let bounds = [Bounds::new(2, 12), Bounds::new(1, 9), Bounds::new(1, 8), Bounds::new(3, 20)];
//! let best = optimum(&strata, &bounds, 20)?;
//! assert_eq!(best.samples, [4, 8, 3, 5]);
//! assert!(best.certificate.holds(&strata, &bounds, &best.samples));
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

mod apportion;
pub mod boundaries;
mod budget;
pub mod continuous;
pub(crate) mod flow;
mod laminar;
mod optimum;
mod rounding;
mod two_way;

use serde::{Deserialize, Serialize};

pub use apportion::{Rounding, apportion, whole_weights};
pub use budget::optimum_for_budget;
pub use laminar::{Tier, TierTree, optimum_in_tiers};
pub use optimum::{Certificate, Optimum, optimum};
pub use rounding::control_rounding;
pub use two_way::{TwoWay, TwoWayProblem, optimum_two_way};

pub(crate) use two_way::spread;

use super::error::{SamplingError, Subject};

/// The largest number of samples a plan may hold: 2^48, so that sums and products stay exact.
pub const MOST_SAMPLES: u64 = 1 << 48;

/// The fewest and the most samples of a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bounds {
    /// No fewer than this.
    pub lower: u64,
    /// No more than this.
    pub upper: u64,
}

impl Bounds {
    /// From the fewest to the most.
    #[must_use]
    pub const fn new(lower: u64, upper: u64) -> Self {
        Self { lower, upper }
    }

    /// This many, neither more nor fewer.
    #[must_use]
    pub const fn exactly(samples: u64) -> Self {
        Self { lower: samples, upper: samples }
    }

    /// Any number, at least `lower`.
    #[must_use]
    pub const fn at_least(lower: u64) -> Self {
        Self { lower, upper: MOST_SAMPLES }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::at_least(0)
    }
}

/// Weights that are finite and not negative.
pub(crate) fn check_weights(
    what: &'static str,
    weights: &[f64],
    subject: impl Fn(usize) -> Subject,
) -> Result<(), SamplingError> {
    // One branch for all: the usual case is that none is bad.
    if weights.iter().all(|weight| *weight >= 0.0 && *weight < f64::INFINITY) {
        return Ok(());
    }
    let bad = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0).unwrap_or(0);
    Err(SamplingError::value(what, subject(bad), weights[bad], "a finite number, zero or more"))
}

pub(crate) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), SamplingError> {
    if found == expected { Ok(()) } else { Err(SamplingError::Length { what, found, expected }) }
}

pub(crate) fn check_total(total: u64) -> Result<(), SamplingError> {
    if total <= MOST_SAMPLES {
        Ok(())
    } else {
        Err(SamplingError::TooLarge { what: "the number of samples", limit: MOST_SAMPLES })
    }
}
