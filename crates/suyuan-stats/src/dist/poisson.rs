//! The Poisson distribution.

use crate::error::{Error, Result, non_negative, open_unit};
use crate::numeric::roots::first_true_from;
use crate::special::incomplete;

/// The number of events with a given mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poisson {
    mean: f64,
}

impl Poisson {
    /// A mean from 0 to 1e12.
    ///
    /// # Errors
    /// [`Error::Domain`] otherwise.
    pub fn new(mean: f64) -> Result<Self> {
        if non_negative("mean", mean)? > 1e12 {
            return Err(Error::Domain { what: "mean", value: mean, expected: "at most 1e12" });
        }
        Ok(Self { mean })
    }

    /// `P(X = k)`.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        if self.mean == 0.0 {
            return f64::from(u8::from(k == 0));
        }
        if k == 0 {
            return (-self.mean).exp();
        }
        incomplete::ln_density(k as f64, self.mean).exp() / k as f64
    }

    /// `P(X <= k)`.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        incomplete::tails(k as f64 + 1.0, self.mean).upper
    }

    /// `P(X > k)`.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        incomplete::tails(k as f64 + 1.0, self.mean).lower
    }

    /// The smallest `k` with `P(X <= k) >= p`.
    ///
    /// # Errors
    /// [`Error::Domain`] when `p` is not above 0 and below 1.
    pub fn quantile(&self, p: f64) -> Result<u64> {
        let p = open_unit("p", p)?;
        let guess = self.mean + 3.0 * self.mean.sqrt() + 1.0;
        Ok(first_true_from(0, guess as u64, u64::MAX / 4, |k| self.cdf(k) >= p).unwrap_or(u64::MAX))
    }
}
