//! Limits from the same weeks of past years: the Bayes and the RKI methods.
//!
//! Estimand: the predictive distribution of a week's count, taken to be that of the reference
//! weeks: the `half_width` weeks before it (of the present year, when asked for) and the
//! `2 half_width + 1` weeks about it in each of the last `years` years.
//!
//! Formulas: **Bayes** (Riebler 2004): under Jeffreys' prior the count is negative binomial with
//! size `sum + 1/2` and probability `m / (m + 1)` for `m` reference weeks; the limit is its upper
//! quantile. **RKI**: with a mean above 20, `mean + 2 sd`; else the upper 95 % limit of Crow and
//! Gardner (1959) for a Poisson count of `floor(mean)`.
//!
//! When not to use: for series with a trend.
//!
//! ```
//! use suyuan_stats::warning::past::Past;
//! let weeks: Vec<u64> = (0..120).map(|t| if t == 119 { 9 } else { t % 3 }).collect();
//! let found = Past { frequency: 52, years: 2, half_width: 4, present_year: true }
//!     .bayes(&weeks, 0.05, 119..120)?;
//! assert!(found[0].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dist::NegativeBinomial;
use crate::error::{Error, Result, open_unit};
use crate::warning::{Signal, check_range};

/// Upper 95 % limits for a Poisson mean, given a count of 0 to 20 (Crow and Gardner 1959).
const CROW_GARDNER: [f64; 21] = [
    3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633, 19.050,
    20.335, 21.364, 22.945, 23.762, 25.400, 26.306, 27.735, 28.966, 30.017,
];

/// Which weeks are the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Time points in a year.
    pub frequency: usize,
    /// Years back.
    pub years: usize,
    /// Half width of the window.
    pub half_width: usize,
    /// Whether the weeks just before the present one count too.
    pub present_year: bool,
}

impl Past {
    /// RKI 1: 6 weeks of the present year. RKI 2: and one year back. RKI 3: two years back, 4 weeks.
    #[must_use]
    pub const fn rki(number: u8) -> Self {
        match number {
            1 => Self { frequency: 52, years: 0, half_width: 6, present_year: true },
            2 => Self { frequency: 52, years: 1, half_width: 6, present_year: true },
            _ => Self { frequency: 52, years: 2, half_width: 4, present_year: false },
        }
    }

    /// Time points needed before the first one judged.
    #[must_use]
    pub const fn history(&self) -> usize {
        self.years.saturating_mul(self.frequency).saturating_add(self.half_width)
    }

    fn reference(&self, counts: &[u64], at: usize) -> Vec<u64> {
        let mut weeks = Vec::new();
        if self.present_year {
            weeks.extend_from_slice(&counts[at - self.half_width..at]);
        }
        for year in 1..=self.years {
            let middle = at - year * self.frequency;
            weeks.extend_from_slice(&counts[middle - self.half_width..=middle + self.half_width]);
        }
        weeks
    }

    fn check(&self, counts: &[u64], range: &Range<usize>) -> Result<()> {
        let none = self.years == 0 && (!self.present_year || self.half_width == 0);
        if none || (self.years > 0 && self.frequency <= self.half_width) {
            return Err(Error::Empty { what: "reference weeks before the present one" });
        }
        check_range(range, counts.len(), self.history())
    }

    /// The Bayes method. O(reference weeks) a week.
    ///
    /// # Errors
    /// [`Error::Domain`] for the error; [`Error::Empty`] without reference weeks;
    /// [`Error::Length`] when the range needs more history.
    pub fn bayes(&self, counts: &[u64], alpha: f64, range: Range<usize>) -> Result<Vec<Signal>> {
        open_unit("alpha", alpha)?;
        self.check(counts, &range)?;
        range
            .map(|at| {
                let reference = self.reference(counts, at);
                let size = reference.iter().map(|&x| x as f64).sum::<f64>() + 0.5;
                let mean = size / reference.len() as f64;
                let law = NegativeBinomial::new(size, mean)?;
                let limit = law.quantile(1.0 - alpha)?;
                let x = counts[at];
                Ok(Signal {
                    expected: Some(mean),
                    limit: Some(limit as f64),
                    p_value: Some(x.checked_sub(1).map_or(1.0, |k| law.sf(k))),
                    alarm: x > limit,
                    ..Signal::new("bayes", at, x as f64)
                })
            })
            .collect()
    }

    /// The RKI method. O(reference weeks) a week.
    ///
    /// # Errors
    /// As [`Past::bayes`]; [`Error::Empty`] with a single reference week.
    pub fn rki_limits(&self, counts: &[u64], range: Range<usize>) -> Result<Vec<Signal>> {
        self.check(counts, &range)?;
        range
            .map(|at| {
                let reference = self.reference(counts, at);
                let n = reference.len() as f64;
                if n < 2.0 {
                    return Err(Error::Empty { what: "second reference week" });
                }
                let mean = reference.iter().map(|&x| x as f64).sum::<f64>() / n;
                let limit = match CROW_GARDNER.get(mean.floor() as usize) {
                    Some(limit) if mean <= 20.0 => *limit,
                    _ => {
                        let square: f64 =
                            reference.iter().map(|&x| (x as f64 - mean).powi(2)).sum();
                        mean + 2.0 * (square / (n - 1.0)).sqrt()
                    }
                };
                let x = counts[at] as f64;
                Ok(Signal {
                    expected: Some(mean),
                    limit: Some(limit),
                    alarm: x > limit,
                    ..Signal::new("rki", at, x)
                })
            })
            .collect()
    }
}
