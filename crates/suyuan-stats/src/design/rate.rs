//! Intervals for rates estimated with weights.
//!
//! Estimand: the share of bad units in the population; input is its estimate, the design-based
//! variance, the number of samples and the degrees of freedom, as [`Survey::mean`] gives them.
//!
//! | method | formula | source |
//! |---|---|---|
//! | [`Method::KornGraubard`] | Clopper and Pearson's limits at the effective number of samples, with the ratio of the two Student quantiles | Korn and Graubard 1998 |
//! | [`Method::Logit`] | Student's on the log odds | Korn and Graubard 1999 |
//! | [`Method::Wilson`] | Wilson's with Student's quantile at `p q / variance` samples | Dean and Pagano 2015 |
//! | [`Method::Arcsine`] | Student's on `arcsin(sqrt(p))`; near 0 and 1 limits are reflected, not cut | Korn and Graubard 1999 |
//! | [`Method::Likelihood`] | the likelihood ratio divided by the design effect and by the dispersion `n / (n - 1)`, against F(1, df) | Rao and Scott 1984 |
//! | [`Method::Mean`] | Student's on the rate, cut to `[0, 1]` | |
//!
//! When no variance is seen (a rate of 0 or 1) the design effect cannot be estimated and is taken
//! as 1 by Korn-Graubard and Wilson; the other methods are errors then.
//!
//! When not to use: with so few clusters that the degrees of freedom are a handful and the rate is
//! near 0; report Korn-Graubard there.
//!
//! ```
//! use suyuan_stats::design::rate::{Method, Rate, interval};
//! let rate = Rate { p: 0.021857923497, variance: 0.000511775283, n: 183, df: 14.0 };
//! let limits = interval(rate, 0.95, Method::KornGraubard)?;
//! assert!((limits.upper - 0.137_507_76).abs() < 1e-8);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::design::Survey;
use crate::dist::student_upper_quantile;
use crate::error::{Error, Result, non_negative, open_unit, positive, unit};
use crate::numeric::roots::bracketed;
use crate::proportion::{Interval, wilson_weighted};
use crate::special::beta::Shapes;

/// How the interval is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Exact limits at the effective number of samples.
    KornGraubard,
    /// On the log odds.
    Logit,
    /// Score limits at the effective number of samples.
    Wilson,
    /// On the variance-stabilising scale.
    Arcsine,
    /// Scaled likelihood ratio.
    Likelihood,
    /// On the rate itself.
    Mean,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::KornGraubard => "korn_graubard",
            Self::Logit => "design_logit",
            Self::Wilson => "design_wilson",
            Self::Arcsine => "design_arcsine",
            Self::Likelihood => "design_likelihood",
            Self::Mean => "design_mean",
        }
    }
}

/// A rate as a design estimates it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The estimate.
    pub p: f64,
    /// Its variance.
    pub variance: f64,
    /// Samples.
    pub n: u64,
    /// Degrees of freedom of the design.
    pub df: f64,
}

impl Rate {
    /// The rate of a survey's 0 and 1 values.
    ///
    /// # Errors
    /// As [`Survey::mean`]; [`Error::Domain`] for values other than 0 and 1.
    pub fn of(survey: &Survey, y: &[f64]) -> Result<Self> {
        for &value in y {
            if value != 0.0 && value != 1.0 {
                return Err(Error::Domain { what: "value", value, expected: "0 or 1" });
            }
        }
        let mean = survey.mean(y)?;
        let p = mean.estimate.clamp(0.0, 1.0);
        Ok(Self { p, variance: mean.se * mean.se, n: y.len() as u64, df: mean.df })
    }
}

/// An interval for a rate.
///
/// # Errors
/// [`Error::Domain`] for values out of range, [`Error::Empty`] without samples;
/// [`Error::NotEstimable`] when the method needs a variance and there is none.
pub fn interval(rate: Rate, confidence: f64, method: Method) -> Result<Interval> {
    let Rate { p, variance, n, df } = rate;
    unit("rate", p)?;
    non_negative("variance", variance)?;
    positive("degrees of freedom", df)?;
    let half = 0.5 * (1.0 - open_unit("confidence", confidence)?);
    if n == 0 {
        return Err(Error::Empty { what: "samples" });
    }
    let q = 1.0 - p;
    let flat = variance == 0.0 || p == 0.0 || p == 1.0;
    let t = student_upper_quantile(df, half);
    let limits = match method {
        Method::KornGraubard => {
            let effective = if flat {
                n as f64
            } else {
                let ratio =
                    if n > 1 { student_upper_quantile((n - 1) as f64, half) / t } else { 1.0 };
                // More samples than distribution functions are computed for change no digit.
                (p * q / variance * ratio * ratio).min(1e12)
            };
            korn_graubard(p, effective, half)
        }
        Method::Wilson => {
            let effective = if flat { n as f64 } else { p * q / variance };
            wilson_weighted(p, effective, t)
        }
        _ if flat => {
            return Err(Error::NotEstimable {
                what: "an interval by this method",
                reason: "no variance was seen; use Korn-Graubard or Wilson",
            });
        }
        Method::Logit => {
            let (at, spread) = ((p / q).ln(), t * variance.sqrt() / (p * q));
            let back = |u: f64| 1.0 / (1.0 + (-u).exp());
            (back(at - spread), back(at + spread))
        }
        Method::Arcsine => {
            let (at, spread) = (p.sqrt().asin(), t * variance.sqrt() / (2.0 * (p * q).sqrt()));
            // As R's survey: an angle beyond 0 or a right one is not cut but reflected.
            let back = |u: f64| u.sin().powi(2);
            (back(at - spread), back(at + spread))
        }
        Method::Likelihood => {
            // 2 n KL(p, r) / (deff phi) with deff = variance n / (p q) and, as R's survey has it,
            // the dispersion phi = n / (n - 1) of the quasi-binomial fit.
            let shrink = if n > 1 { (n - 1) as f64 / n as f64 } else { 1.0 };
            let scale = 2.0 * p * q / variance * shrink;
            let excess = |r: f64| scale * (p * (p / r).ln() + q * (q / (1.0 - r)).ln()) - t * t;
            (bracketed(1e-300, p, excess), bracketed(p, 1.0 - 1e-16, excess))
        }
        Method::Mean => {
            let spread = t * variance.sqrt();
            ((p - spread).max(0.0), (p + spread).min(1.0))
        }
    };
    Ok(Interval::new(method.name(), p, limits, confidence))
}

fn korn_graubard(p: f64, n: f64, half: f64) -> (f64, f64) {
    let (hits, misses) = (n * p, n * (1.0 - p));
    let lower =
        if hits > 0.0 { Shapes::new(hits, misses + 1.0).quantile(half, false).x } else { 0.0 };
    let upper =
        if misses > 0.0 { Shapes::new(hits + 1.0, misses).quantile(half, true).x } else { 1.0 };
    (lower, upper)
}
