//! Cumulative sums: small rises that last.
//!
//! Estimand: whether a mean (or a share) has risen from a known level to another; the sum
//! `S = max(0, S + z - k)` of standardised counts crosses `h` soon after it has.
//!
//! Formulas: the standardised count `z` is `(x - m) / sqrt(m)`, Rossi's
//! `(x - 3 m + 2 sqrt(x m)) / (2 sqrt(m))`, or Anscombe's `3/2 (x^(2/3) - m^(2/3)) / m^(1/6)`;
//! alarm from `S >= h` on. For shares the terms are the binomial log-likelihood ratios of `p1`
//! against `p0` (Steiner et al. 2000); alarm above `h`, after which the sum starts again from 0 if
//! asked for.
//!
//! When not to use: with a level `m` estimated from data that hold an outbreak, or for seasonal
//! series without the season taken out.
//!
//! ```
//! use suyuan_stats::warning::cusum::{Cusum, Transform};
//! let weeks = [2, 3, 2, 3, 6, 7, 8];
//! let chart = Cusum { mean: 2.8, k: 1.04, h: 2.26, transform: Transform::Rossi };
//! assert!(chart.watch(&weeks)?.last().is_some_and(|week| week.alarm));
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, events, finite, open_unit, positive, same_length};
use crate::warning::Signal;

/// How counts are standardised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Transform {
    /// `(x - m) / sqrt(m)`.
    Standard,
    /// Rossi's, nearer to normal for small means.
    Rossi,
    /// Anscombe's power 2/3.
    Anscombe,
    /// None.
    None,
}

/// A CUSUM of counts with a known mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    /// The mean in control.
    pub mean: f64,
    /// The reference value: half of the rise to find, in standard deviations.
    pub k: f64,
    /// The decision limit.
    pub h: f64,
    /// How counts are standardised.
    pub transform: Transform,
}

impl Cusum {
    fn standardised(&self, x: f64) -> f64 {
        let m = self.mean;
        match self.transform {
            Transform::Standard => (x - m) / m.sqrt(),
            Transform::Rossi => (x - 3.0 * m + 2.0 * (x * m).sqrt()) / (2.0 * m.sqrt()),
            Transform::Anscombe => 1.5 * (x.cbrt().powi(2) - m.cbrt().powi(2)) / m.cbrt().sqrt(),
            Transform::None => x,
        }
    }

    /// The count whose standardised value is `z`: rounded up to a whole one where it is linear in the
    /// count, as R's surveillance has it.
    fn count_at(&self, z: f64) -> f64 {
        let m = self.mean;
        let x = match self.transform {
            Transform::Standard => (z * m.sqrt() + m).ceil(),
            Transform::Rossi => {
                // x + 2 sqrt(x m) - 3 m - 2 z sqrt(m) = 0; not rounded.
                let root = (4.0 * m + 2.0 * z * m.sqrt()).max(0.0).sqrt() - m.sqrt();
                if root > 0.0 { root * root } else { 0.0 }
            }
            Transform::Anscombe => {
                let base = z * m.cbrt().sqrt() / 1.5 + m.cbrt().powi(2);
                if base > 0.0 { base.powf(1.5) } else { 0.0 }
            }
            Transform::None => z.ceil(),
        };
        x.max(0.0)
    }

    /// The sum after every week, its limit as a count, and alarms. O(weeks).
    ///
    /// # Errors
    /// [`Error::Domain`] when the mean or `h` is not above 0 or `k` is not finite.
    pub fn watch(&self, counts: &[u64]) -> Result<Vec<Signal>> {
        positive("mean in control", self.mean)?;
        positive("decision limit", self.h)?;
        finite("reference value", self.k)?;
        let mut sum = 0.0;
        Ok(counts
            .iter()
            .enumerate()
            .map(|(at, &x)| {
                let limit = self.count_at(self.h + self.k - sum);
                sum = f64::max(0.0, sum + self.standardised(x as f64) - self.k);
                Signal {
                    expected: Some(self.mean),
                    limit: Some(limit),
                    statistic: Some(sum),
                    alarm: sum >= self.h,
                    ..Signal::new("cusum", at, x as f64)
                }
            })
            .collect())
    }
}

/// A log-likelihood CUSUM of shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinomialCusum {
    /// The share in control.
    pub p0: f64,
    /// The share to find.
    pub p1: f64,
    /// The decision limit.
    pub h: f64,
    /// Whether the sum starts again after an alarm.
    pub reset: bool,
}

impl BinomialCusum {
    /// The sum after every week and alarms. O(weeks).
    ///
    /// # Errors
    /// [`Error::Domain`] when a share is not between 0 and 1 or `h` is not above 0;
    /// [`Error::Length`], [`Error::Exceeds`] for wrong counts. A week without samples adds nothing.
    pub fn watch(&self, x: &[u64], n: &[u64]) -> Result<Vec<Signal>> {
        let (p0, p1) =
            (open_unit("share in control", self.p0)?, open_unit("share to find", self.p1)?);
        positive("decision limit", self.h)?;
        same_length("numbers tested", n.len(), x.len())?;
        let (hit, miss) = ((p1 / p0).ln(), (-p1).ln_1p() - (-p0).ln_1p());
        let mut sum = 0.0;
        x.iter()
            .zip(n)
            .enumerate()
            .map(|(at, (&x, &n))| {
                if n > 0 {
                    events(x, n)?;
                } else if x > 0 {
                    return Err(Error::Exceeds { x, n });
                }
                sum = f64::max(0.0, sum + x as f64 * hit + (n - x) as f64 * miss);
                let alarm = sum > self.h;
                let signal = Signal {
                    expected: Some(n as f64 * p0),
                    limit: Some(self.h),
                    statistic: Some(sum),
                    alarm,
                    ..Signal::new("cusum_binomial", at, x as f64)
                };
                if alarm && self.reset {
                    sum = 0.0;
                }
                Ok(signal)
            })
            .collect()
    }
}
