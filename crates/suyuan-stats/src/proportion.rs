//! Intervals for one proportion, and comparisons of two.
//!
//! Estimand: the probability `p` that one sample fails (or passes), from `x` events in `n`
//! independent samples. Every interval lies in `[0, 1]` and is symmetric under swapping pass and
//! fail.
//!
//! | method | what it guarantees | source |
//! |---|---|---|
//! | [`Method::ClopperPearson`] | coverage at least as stated, for every `p` and `n` | Clopper and Pearson 1934 |
//! | [`Method::Blaker`] | the same, shorter, nested in Clopper and Pearson's | Blaker 2000 |
//! | [`Method::Sterne`] | coverage at least as stated, by the least likely outcomes | Sterne 1954 |
//! | [`Method::Wilson`] | coverage near the stated one on average | Wilson 1927 |
//! | [`Method::WilsonCorrected`] | Wilson with continuity correction | Newcombe 1998 |
//! | [`Method::AgrestiCoull`] | near Wilson, wider, cut to `[0, 1]` | Agresti and Coull 1998 |
//! | [`Method::Jeffreys`], [`Method::JeffreysEqualTailed`] | equal-tailed posterior under the Beta(1/2, 1/2) prior | Brown, Cai and DasGupta 2001 |
//! | [`Method::Wald`], [`Method::Logit`], [`Method::Cloglog`], [`Method::Probit`] | poor for small `n p`; for comparison with older reports | |
//!
//! When not to use: samples drawn without replacement from a small lot ([`finite`]), drawn with
//! unequal chances or in clusters ([`design`](crate::design)), or judged by an imperfect test
//! ([`screening`](crate::screening)); and samples of more than one purpose, never.
//!
//! ```
//! use suyuan_stats::proportion::{Method, interval};
//! let exact = interval(1, 20, 0.95, Method::ClopperPearson)?;
//! assert!((exact.upper - 0.248_732_762_772_028).abs() < 1e-12);
//! assert!(interval(21, 20, 0.95, Method::Wilson).is_err());
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Result, events, open_unit};
use crate::special::normal;

pub mod compare;
mod exact;
pub mod finite;
mod score;
pub mod stratified;
mod transformed;

pub(crate) use score::{wilson_limits, wilson_weighted};

/// How an interval is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Two one-sided exact tests.
    ClopperPearson,
    /// The exact test of Blaker's acceptability.
    Blaker,
    /// The exact test that rejects the least likely outcomes.
    Sterne,
    /// The score test.
    Wilson,
    /// The score test with continuity correction.
    WilsonCorrected,
    /// Wald's interval about Wilson's centre, cut to `[0, 1]`.
    AgrestiCoull,
    /// Equal tails of the posterior under Jeffreys' prior; one-sided with the whole error at
    /// `x = 0` and `x = n`, where the other limit is 0 or 1 (as R's binom).
    Jeffreys,
    /// Equal tails of the same posterior everywhere: at `x = 0` the lower limit is above 0.
    JeffreysEqualTailed,
    /// The normal approximation about `x / n`, cut to `[0, 1]`.
    Wald,
    /// Wald's on the log odds; exact one-sided limits at 0 and n.
    Logit,
    /// Wald's on `ln(-ln p)`; exact one-sided limits at 0 and n.
    Cloglog,
    /// Wald's on the normal quantile; exact one-sided limits at 0 and n.
    Probit,
}

impl Method {
    /// Every method.
    pub const ALL: &'static [Self] = &[
        Self::ClopperPearson,
        Self::Blaker,
        Self::Sterne,
        Self::Wilson,
        Self::WilsonCorrected,
        Self::AgrestiCoull,
        Self::Jeffreys,
        Self::JeffreysEqualTailed,
        Self::Wald,
        Self::Logit,
        Self::Cloglog,
        Self::Probit,
    ];

    /// The name used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClopperPearson => "clopper_pearson",
            Self::Blaker => "blaker",
            Self::Sterne => "sterne",
            Self::Wilson => "wilson",
            Self::WilsonCorrected => "wilson_corrected",
            Self::AgrestiCoull => "agresti_coull",
            Self::Jeffreys => "jeffreys",
            Self::JeffreysEqualTailed => "jeffreys_equal_tailed",
            Self::Wald => "wald",
            Self::Logit => "logit",
            Self::Cloglog => "cloglog",
            Self::Probit => "probit",
        }
    }

    /// Whether the coverage is at least the stated one for every `p`.
    #[must_use]
    pub const fn is_conservative(self) -> bool {
        matches!(self, Self::ClopperPearson | Self::Blaker | Self::Sterne)
    }
}

/// An estimate with its limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// How it was made.
    pub method: &'static str,
    /// The point estimate.
    pub estimate: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// The stated two-sided coverage.
    pub confidence: f64,
}

impl Interval {
    pub(crate) fn new(
        method: &'static str,
        estimate: f64,
        (lower, upper): (f64, f64),
        confidence: f64,
    ) -> Self {
        Self { method, estimate, lower, upper, confidence }
    }

    /// Whether a value lies between the limits, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// The interval of `1 - p`.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self {
            estimate: 1.0 - self.estimate,
            lower: 1.0 - self.upper,
            upper: 1.0 - self.lower,
            ..*self
        }
    }
}

/// An interval for the probability behind `x` events in `n` samples. Constant time but for Blaker
/// and Sterne, which take O(log n) tails.
///
/// # Errors
/// [`Error::Empty`](crate::Error::Empty) when `n` is 0, [`Error::Exceeds`](crate::Error::Exceeds)
/// when `x` is above `n`, [`Error::Domain`](crate::Error::Domain) when the confidence is not
/// between 0 and 1.
pub fn interval(x: u64, n: u64, confidence: f64, method: Method) -> Result<Interval> {
    events(x, n)?;
    let alpha = 1.0 - open_unit("confidence", confidence)?;
    let limits = limits(x, n, alpha, method);
    Ok(Interval::new(method.name(), x as f64 / n as f64, limits, confidence))
}

/// The limits, for arguments that have been checked.
pub(crate) fn limits(x: u64, n: u64, alpha: f64, method: Method) -> (f64, f64) {
    match method {
        Method::ClopperPearson => exact::clopper_pearson(x, n, alpha),
        Method::Blaker => exact::blaker(x, n, alpha),
        Method::Sterne => exact::sterne(x, n, alpha),
        Method::Jeffreys => exact::jeffreys(x, n, alpha),
        Method::JeffreysEqualTailed => exact::jeffreys_equal_tailed(x, n, alpha),
        Method::Wilson => wilson_limits(x, n, normal::upper_quantile(0.5 * alpha)),
        Method::WilsonCorrected => score::corrected(x, n, normal::upper_quantile(0.5 * alpha)),
        Method::AgrestiCoull => score::agresti_coull(x, n, normal::upper_quantile(0.5 * alpha)),
        Method::Wald => transformed::wald(x, n, normal::upper_quantile(0.5 * alpha)),
        Method::Logit | Method::Cloglog | Method::Probit => {
            transformed::limits(x, n, alpha, method)
        }
    }
}

/// Clopper and Pearson's limits of many counts at once, on all threads.
///
/// # Errors
/// As [`interval`], for the first pair that is wrong.
pub fn clopper_pearson_many(pairs: &[(u64, u64)], confidence: f64) -> Result<Vec<(f64, f64)>> {
    use rayon::prelude::*;
    let alpha = 1.0 - open_unit("confidence", confidence)?;
    pairs.iter().try_for_each(|&(x, n)| events(x, n))?;
    let z = normal::upper_quantile(0.5 * alpha);
    Ok(pairs
        .par_iter()
        .with_min_len(256)
        .map(|&(x, n)| exact::clopper_pearson_at(x, n, alpha, z))
        .collect())
}

/// The probability under `p` of a count at least as extreme as `x` by the test that the interval
/// of [`Method::ClopperPearson`], [`Method::Blaker`] or [`Method::Sterne`] inverts; the score
/// test's normal probability for [`Method::Wilson`].
///
/// # Errors
/// As [`interval`]; [`Error::NotEstimable`](crate::Error::NotEstimable) for methods that invert no
/// test.
pub fn p_value(x: u64, n: u64, p: f64, method: Method) -> Result<f64> {
    events(x, n)?;
    crate::error::unit("probability", p)?;
    match method {
        Method::ClopperPearson => Ok(exact::central_p_value(x, n, p)),
        Method::Blaker => Ok(exact::blaker_p_value(x, n, p)),
        Method::Sterne => Ok(exact::sterne_p_value(x, n, p)),
        Method::Wilson => Ok(score::p_value(x, n, p)),
        _ => Err(crate::Error::NotEstimable {
            what: "a p-value",
            reason: "the interval is not the inverse of a test",
        }),
    }
}
