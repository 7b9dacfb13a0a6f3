//! Failing shares when the number of samples changes from week to week.
//!
//! Estimand: the predictive distribution of the failing samples among this week's `n`, if the
//! share were what it was in the weeks of the baseline.
//!
//! Formula: the baseline's weekly shares are beta distributed, fitted as areas are
//! ([`beta_binomial`](crate::small_area::beta_binomial)); the count is then beta-binomial
//! (Skellam 1948), and with no variation between weeks beta-binomial with the posterior of the
//! common share under Jeffreys' prior. The p-value is `P(at least so many)`.
//!
//! A baseline without a failing sample is covered by the common share: its posterior is above 0.
//!
//! When not to use: when more samples were taken *because* more failed (follow-up sampling):
//! purposes of sampling are not mixed.
//!
//! ```
//! use suyuan_stats::warning::proportion::Baseline;
//! let x = [2, 1, 3, 2, 0, 1, 2, 3, 1, 2, 2, 12];
//! let n = [100, 60, 140, 90, 40, 80, 100, 120, 70, 90, 80, 110];
//! let found = Baseline { weeks: 10, guard: 0 }.watch(&x, &n, 0.01, 10..12)?;
//! assert!(!found[0].alarm && found[1].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dist::BetaBinomial;
use crate::error::{Error, Result, events, open_unit, same_length, total};
use crate::small_area::beta_binomial::fit;
use crate::warning::{Signal, check_range};

/// Which weeks the share is learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Weeks of the baseline.
    pub weeks: usize,
    /// Weeks left out between it and the present one.
    pub guard: usize,
}

/// `P(X >= k)` among `n` with a Beta(a, b) share: [`BetaBinomial::at_least`].
///
/// # Errors
/// As [`BetaBinomial::new`].
pub fn beta_binomial_at_least(k: u64, n: u64, a: f64, b: f64) -> Result<f64> {
    Ok(BetaBinomial::new(n, a, b)?.at_least(k))
}

impl Baseline {
    /// Judges the weeks of a range; weeks without samples are left out of baselines and never
    /// alarm. O(weeks of the baseline + 1000 log n) a week.
    ///
    /// # Errors
    /// [`Error::Domain`] for the error; [`Error::Length`], [`Error::Exceeds`] for wrong input;
    /// [`Error::Empty`] when a baseline has no samples.
    pub fn watch(
        &self,
        x: &[u64],
        n: &[u64],
        alpha: f64,
        range: Range<usize>,
    ) -> Result<Vec<Signal>> {
        open_unit("alpha", alpha)?;
        same_length("numbers tested", n.len(), x.len())?;
        for (&x, &n) in x.iter().zip(n) {
            if n > 0 {
                events(x, n)?;
            } else if x > 0 {
                return Err(Error::Exceeds { x, n });
            }
        }
        if self.weeks == 0 {
            return Err(Error::Empty { what: "weeks of the baseline" });
        }
        check_range(&range, x.len(), self.weeks.saturating_add(self.guard))?;
        range.map(|at| self.signal(x, n, alpha, at)).collect()
    }

    fn signal(&self, x: &[u64], n: &[u64], alpha: f64, at: usize) -> Result<Signal> {
        let end = at - self.guard;
        let counts: Vec<(u64, u64)> = (end - self.weeks..end)
            .filter(|&week| n[week] > 0)
            .map(|week| (x[week], n[week]))
            .collect();
        if counts.is_empty() {
            return Err(Error::Empty { what: "samples in the baseline" });
        }
        let signal = Signal::new("proportion", at, x[at] as f64);
        if n[at] == 0 {
            return Ok(signal);
        }
        let (a, b) = match fit(&counts) {
            Ok(fit) if !fit.pooled => (fit.a, fit.b),
            Ok(_) | Err(Error::NotEstimable { .. } | Error::Empty { .. }) => {
                let hits = total("failing samples", counts.iter().map(|&(x, _)| x))?;
                let whole = total("samples", counts.iter().map(|&(_, n)| n))?;
                (hits as f64 + 0.5, (whole - hits) as f64 + 0.5)
            }
            Err(error) => return Err(error),
        };
        let law = BetaBinomial::new(n[at], a, b)?;
        let p_value = law.at_least(x[at]);
        // The least count whose probability of being reached is at most alpha, less one.
        let beyond = crate::numeric::roots::first_true(0, n[at] + 1, |k| law.at_least(k) <= alpha);
        Ok(Signal {
            expected: Some(n[at] as f64 * a / (a + b)),
            limit: beyond.map(|k| k as f64 - 1.0),
            p_value: Some(p_value),
            alarm: p_value <= alpha,
            ..signal
        })
    }
}
