//! Intervals for a lot or a register of known size.
//!
//! Estimand: the number (or share) of bad units among the `N` of a population of which `n` were
//! drawn without replacement and tested. When `n` is not small beside `N`, intervals that forget
//! it are too wide.
//!
//! Sources: inversion of the two one-sided hypergeometric tests (Konijn 1973); Wilson's interval
//! with the effective number `n (N - 1) / (N - n)` (Cochran 1977, 2.8).
//!
//! When not to use: for the process that made the lot (future lots too), which is an infinite
//! population: [`interval`](crate::proportion::interval).
//!
//! ```
//! use suyuan_stats::proportion::finite::{exact, wilson};
//! let bad = exact(12, 400, 1000, 0.95)?;
//! assert_eq!((bad.least, bad.most), (19, 47));
//! assert!(wilson(12, 400, 1000, 0.95)?.upper < 0.046);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

use crate::dist::Hypergeometric;
use crate::error::{Error, Result, countable, events, open_unit};
use crate::numeric::roots::first_true;
use crate::proportion::{Interval, wilson_weighted};
use crate::special::normal;

/// How many units of the population may be bad.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FiniteInterval {
    /// How it was made.
    pub method: &'static str,
    /// Units in the population.
    pub population: u64,
    /// The estimated number, `N x / n`.
    pub estimate: f64,
    /// The least number that the samples do not reject.
    pub least: u64,
    /// The greatest.
    pub most: u64,
    /// The share estimated.
    pub share: f64,
    /// `least / N`.
    pub lower: f64,
    /// `most / N`.
    pub upper: f64,
    /// The stated two-sided coverage.
    pub confidence: f64,
}

/// The exact interval: every number whose two one-sided tails are both above half the error.
/// O(log N) hypergeometric tails.
///
/// # Errors
/// [`Error::Empty`] when `n` is 0, [`Error::Exceeds`] when `x > n` or `n > N`,
/// [`Error::Domain`] for a confidence outside (0, 1).
pub fn exact(x: u64, n: u64, population: u64, confidence: f64) -> Result<FiniteInterval> {
    check(x, n, population)?;
    let half = 0.5 * (1.0 - open_unit("confidence", confidence)?);
    let most_possible = population - (n - x);
    let law = |bad: u64| Hypergeometric::raw(population, bad, n);
    let least = first_true(x, most_possible, |bad| law(bad).at_least(x) > half).unwrap_or(x);
    let beyond = first_true(least, most_possible, |bad| law(bad).cdf(x) <= half);
    let most = beyond.map_or(most_possible, |bad| bad - 1);
    let share = x as f64 / n as f64;
    let whole = population as f64;
    Ok(FiniteInterval {
        method: "hypergeometric_exact",
        population,
        estimate: whole * share,
        least,
        most,
        share,
        lower: least as f64 / whole,
        upper: most as f64 / whole,
        confidence,
    })
}

/// Wilson's interval with the correction for a finite population; a point when all were tested.
///
/// # Errors
/// As [`exact`].
pub fn wilson(x: u64, n: u64, population: u64, confidence: f64) -> Result<Interval> {
    check(x, n, population)?;
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    let share = x as f64 / n as f64;
    let limits = if n == population {
        (share, share)
    } else {
        let effective = n as f64 * (population - 1) as f64 / (population - n) as f64;
        wilson_weighted(share, effective, z)
    };
    Ok(Interval::new("wilson_finite", share, limits, confidence))
}

fn check(x: u64, n: u64, population: u64) -> Result<()> {
    events(x, n)?;
    countable("units in the population", population)?;
    if n > population { Err(Error::Exceeds { x: n, n: population }) } else { Ok(()) }
}
