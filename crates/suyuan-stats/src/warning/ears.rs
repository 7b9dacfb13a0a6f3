//! EARS C1, C2 and C3: for series with little history.
//!
//! Estimand: the mean and standard deviation of a week, from the 7 before it (C1), the 7 that end
//! two weeks before it (C2), or C2 of the last three weeks together (C3).
//!
//! Formulas: C1 and C2 alarm above `mean + z sd`. With `C2(i) = (x - mean) / sd`, C3 alarms when
//! `sum over the last two weeks of max(0, C2 - 1)` exceeds `z`, put as the limit
//! `max(0, x + sd (z - sum))` (Fricker, Hegler and Dunfee 2008, as R's surveillance computes it).
//! A baseline without spread has sd 0: for C1 and C2 any count above the mean then alarms; for C3
//! its term is infinite above the mean and 0 otherwise, unless `least_sd` is set.
//!
//! When not to use: for seasonal series with years of history ([`farrington`](super::farrington)).
//!
//! ```
//! use suyuan_stats::warning::ears::{Ears, Variant};
//! let weeks = [3, 2, 4, 3, 2, 3, 4, 3, 12];
//! let found = Ears::new(Variant::C1).watch(&weeks, 7..9)?;
//! assert!(!found[0].alarm && found[1].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, non_negative, open_unit};
use crate::special::normal;
use crate::warning::{Signal, check_range};

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Variant {
    /// Baseline just before the week.
    C1,
    /// Baseline that ends two weeks before.
    C2,
    /// C2 of the last three weeks together.
    C3,
}

/// The settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ears {
    /// Which of the three.
    pub variant: Variant,
    /// Weeks of the baseline, at least 3.
    pub baseline: usize,
    /// One-sided error of the limit.
    pub alpha: f64,
    /// Standard deviations are at least this.
    pub least_sd: f64,
}

impl Ears {
    /// The usual settings: 7 weeks; alpha 0.001, for C3 0.025.
    #[must_use]
    pub const fn new(variant: Variant) -> Self {
        let alpha = if matches!(variant, Variant::C3) { 0.025 } else { 0.001 };
        Self { variant, baseline: 7, alpha, least_sd: 0.0 }
    }

    /// Time points needed before the first one judged.
    #[must_use]
    pub const fn history(&self) -> usize {
        match self.variant {
            Variant::C1 => self.baseline,
            Variant::C2 => self.baseline.saturating_add(2),
            Variant::C3 => self.baseline.saturating_add(4),
        }
    }

    fn baseline(&self, counts: &[u64], at: usize, lag: usize) -> (f64, f64) {
        let window = &counts[at - lag - self.baseline..at - lag];
        let n = window.len() as f64;
        let mean = window.iter().map(|&x| x as f64).sum::<f64>() / n;
        let square = window.iter().map(|&x| (x as f64 - mean).powi(2)).sum::<f64>();
        (mean, (square / (n - 1.0)).sqrt().max(self.least_sd))
    }

    /// How far C2 of a week lies above 1.
    fn beyond(&self, counts: &[u64], at: usize) -> f64 {
        let (mean, sd) = self.baseline(counts, at, 2);
        let gap = counts[at] as f64 - mean;
        if gap <= 0.0 { 0.0 } else { (gap / sd - 1.0).max(0.0) }
    }

    /// Judges the weeks of a range. O(baseline) a week.
    ///
    /// # Errors
    /// [`Error::Domain`] for wrong settings; [`Error::Length`] when the range needs more history.
    pub fn watch(&self, counts: &[u64], range: Range<usize>) -> Result<Vec<Signal>> {
        let z = normal::upper_quantile(open_unit("alpha", self.alpha)?);
        non_negative("least standard deviation", self.least_sd)?;
        if self.baseline < 3 {
            let value = self.baseline as f64;
            return Err(Error::Domain { what: "baseline", value, expected: "at least 3 weeks" });
        }
        check_range(&range, counts.len(), self.history())?;
        Ok(range.map(|at| self.signal(counts, at, z)).collect())
    }

    fn signal(&self, counts: &[u64], at: usize, z: f64) -> Signal {
        let x = counts[at] as f64;
        let (name, lag) = match self.variant {
            Variant::C1 => ("ears_c1", 0),
            Variant::C2 => ("ears_c2", 2),
            Variant::C3 => ("ears_c3", 2),
        };
        let (mean, sd) = self.baseline(counts, at, lag);
        let limit = if self.variant == Variant::C3 {
            let beyond = self.beyond(counts, at - 1) + self.beyond(counts, at - 2);
            // An infinite term outweighs a standard deviation of 0.
            if beyond.is_infinite() { 0.0 } else { (x + sd * (z - beyond)).max(0.0) }
        } else {
            mean + z * sd
        };
        let p_value = match self.variant {
            Variant::C3 => None,
            _ if sd > 0.0 => Some(normal::upper((x - mean) / sd)),
            _ => Some(if x > mean { 0.0 } else { 1.0 }),
        };
        Signal {
            expected: Some(mean),
            limit: Some(limit),
            p_value,
            alarm: x > limit,
            ..Signal::new(name, at, x)
        }
    }
}
