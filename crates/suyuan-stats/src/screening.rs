//! Prevalence seen through imperfect tests.
//!
//! | module | estimand | source |
//! |---|---|---|
//! | [`true_prevalence`] | the share of truly bad units, from the share of positive tests | Rogan and Gladen 1978 |
//! | [`lang_reiczigel`] | the same when sensitivity and specificity are estimates themselves | Lang and Reiczigel 2014 |
//! | [`double`] | quick test for all, laboratory for some: both used, and what is cheapest | Tenenbein 1970; Cochran 1977, 12 |
//! | [`pooled`] | the share of bad units from pools that were tested as one | Chiang and Reeves 1962 |
//!
//! No prevalence is ever negative: estimates and limits are cut to `[0, 1]`, and `unconstrained`
//! keeps what the formula gave. An unconstrained estimate below 0 says that the specificity is
//! overstated or that nothing is there.
//!
//! When not to use: with sensitivity + specificity of 1 or less, where a positive result says
//! nothing (an error).
//!
//! ```
//! use suyuan_stats::proportion::Method;
//! use suyuan_stats::screening::{Accuracy, true_prevalence};
//! let test = Accuracy::new(0.96, 0.89)?;
//! let found = true_prevalence(45, 500, test, 0.95, Method::Wilson)?;
//! assert_eq!((found.estimate, found.lower), (0.0, 0.0));
//! assert!(found.unconstrained.0 < -0.02);
//! assert!(Accuracy::new(0.5, 0.5).is_err());
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, events, open_unit, unit};
use crate::proportion::{Interval, Method, interval};
use crate::special::normal;

pub mod double;
pub mod pooled;

/// How well a test tells bad from good. Sensitivity + specificity is above 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
pub struct Accuracy {
    sensitivity: f64,
    specificity: f64,
}

impl TryFrom<(f64, f64)> for Accuracy {
    type Error = Error;
    fn try_from((sensitivity, specificity): (f64, f64)) -> Result<Self> {
        Self::new(sensitivity, specificity)
    }
}

impl From<Accuracy> for (f64, f64) {
    fn from(test: Accuracy) -> Self {
        (test.sensitivity, test.specificity)
    }
}

impl Accuracy {
    /// A test that errs on nothing.
    pub const PERFECT: Self = Self { sensitivity: 1.0, specificity: 1.0 };

    /// Sensitivity and specificity, each a probability.
    ///
    /// # Errors
    /// [`Error::Domain`] when one is no probability; [`Error::NotEstimable`] when they add up to 1
    /// or less.
    pub fn new(sensitivity: f64, specificity: f64) -> Result<Self> {
        unit("sensitivity", sensitivity)?;
        unit("specificity", specificity)?;
        if sensitivity + specificity <= 1.0 {
            return Err(Error::NotEstimable {
                what: "a prevalence",
                reason: "sensitivity + specificity is 1 or less: the test does no better than a coin",
            });
        }
        Ok(Self { sensitivity, specificity })
    }

    /// The probability that a bad unit tests positive.
    #[must_use]
    pub const fn sensitivity(self) -> f64 {
        self.sensitivity
    }

    /// The probability that a good unit tests negative.
    #[must_use]
    pub const fn specificity(self) -> f64 {
        self.specificity
    }

    /// Youden's index, above 0.
    #[must_use]
    pub fn gain(self) -> f64 {
        self.sensitivity + self.specificity - 1.0
    }

    /// The share of positive tests at a prevalence.
    #[must_use]
    pub fn apparent(self, prevalence: f64) -> f64 {
        prevalence * self.sensitivity + (1.0 - prevalence) * (1.0 - self.specificity)
    }

    fn invert(self, apparent: f64) -> f64 {
        (apparent + self.specificity - 1.0) / self.gain()
    }
}

/// A prevalence behind imperfect tests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prevalence {
    /// How it was made.
    pub method: &'static str,
    /// The estimate, in `[0, 1]`.
    pub estimate: f64,
    /// The lower limit, in `[0, 1]`.
    pub lower: f64,
    /// The upper limit, in `[0, 1]`.
    pub upper: f64,
    /// The stated two-sided coverage.
    pub confidence: f64,
    /// Estimate, lower and upper limit before they were cut.
    pub unconstrained: (f64, f64, f64),
    /// The share of positive tests with its own interval.
    pub apparent: Interval,
}

fn cut(
    method: &'static str,
    (estimate, lower, upper): (f64, f64, f64),
    apparent: Interval,
) -> Prevalence {
    Prevalence {
        method,
        estimate: estimate.clamp(0.0, 1.0),
        lower: lower.clamp(0.0, 1.0),
        upper: upper.clamp(0.0, 1.0),
        confidence: apparent.confidence,
        unconstrained: (estimate, lower, upper),
        apparent,
    }
}

/// Rogan and Gladen's estimate, `(a + specificity - 1) / (sensitivity + specificity - 1)` for the
/// apparent share `a`, and the same function of the limits of `a` by `method`.
///
/// # Errors
/// As [`interval`].
pub fn true_prevalence(
    positive: u64,
    tested: u64,
    test: Accuracy,
    confidence: f64,
    method: Method,
) -> Result<Prevalence> {
    let apparent = interval(positive, tested, confidence, method)?;
    let values = [apparent.estimate, apparent.lower, apparent.upper].map(|a| test.invert(a));
    Ok(cut("rogan_gladen", (values[0], values[1], values[2]), apparent))
}

/// Results of validating a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// Positive results among known bad units.
    pub true_positives: u64,
    /// Known bad units tested.
    pub bad: u64,
    /// Negative results among known good units.
    pub true_negatives: u64,
    /// Known good units tested.
    pub good: u64,
}

/// Rogan and Gladen's estimate when the accuracy was itself estimated in a validation study:
/// shares shrunk by `(x + 1) / (n + 2)`, the apparent share by Agresti and Coull, a variance that
/// adds the three sources and a shift `dp` for their skewness (Lang and Reiczigel 2014, formula
/// 9). The apparent interval reported is Wilson's.
///
/// # Errors
/// As [`interval`] for each of the three samples; [`Error::NotEstimable`] when the shrunk
/// sensitivity and specificity add up to 1 or less.
pub fn lang_reiczigel(
    positive: u64,
    tested: u64,
    study: Validation,
    confidence: f64,
) -> Result<Prevalence> {
    events(study.true_positives, study.bad)?;
    events(study.true_negatives, study.good)?;
    let apparent = interval(positive, tested, confidence, Method::Wilson)?;
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    let square = z * z;
    let (bad, good) = (study.bad as f64 + 2.0, study.good as f64 + 2.0);
    let se = (study.true_positives as f64 + 1.0) / bad;
    let sp = (study.true_negatives as f64 + 1.0) / good;
    let test = Accuracy::new(se, sp)?;
    let whole = tested as f64 + square;
    let share = (positive as f64 + 0.5 * square) / whole;
    let estimate = test.invert(share);
    let (of_se, of_sp) = (se * (1.0 - se) / bad, sp * (1.0 - sp) / good);
    let shift = 2.0 * square * (estimate * of_se - (1.0 - estimate) * of_sp);
    let variance = share * (1.0 - share) / whole
        + estimate * estimate * of_se
        + (1.0 - estimate) * (1.0 - estimate) * of_sp;
    let spread = z * variance.sqrt() / test.gain();
    let centre = estimate + shift;
    Ok(cut("lang_reiczigel", (estimate, centre - spread, centre + spread), apparent))
}
