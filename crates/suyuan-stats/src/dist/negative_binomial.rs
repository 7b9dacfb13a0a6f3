//! The negative binomial distribution.

use crate::error::{Result, moderate, open_unit};
use crate::numeric::roots::first_true_from;
use crate::special::beta::{Point, Shapes};

/// Counts with a given mean and variance `mean + mean^2 / size`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    size: f64,
    mean: f64,
}

impl NegativeBinomial {
    /// Size and mean, both from 1e-100 to 1e12.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) otherwise.
    pub fn new(size: f64, mean: f64) -> Result<Self> {
        Ok(Self { size: moderate("size", size)?, mean: moderate("mean", mean)? })
    }

    fn point(&self) -> Point {
        let whole = self.size + self.mean;
        Point { x: self.size / whole, y: self.mean / whole }
    }

    /// `P(X = k)`.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        let Point { x, y } = self.point();
        if k == 0 {
            return if x > 0.5 { self.size * (-y).ln_1p() } else { self.size * x.ln() }.exp();
        }
        let k = k as f64;
        Shapes::new(self.size, k).density(Point { x, y }) / k
    }

    /// `P(X <= k)`.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        Shapes::new(self.size, k as f64 + 1.0).tails(self.point()).lower
    }

    /// `P(X > k)`.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        Shapes::new(self.size, k as f64 + 1.0).tails(self.point()).upper
    }

    /// The smallest `k` with `P(X <= k) >= p`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is not above 0 and below 1.
    pub fn quantile(&self, p: f64) -> Result<u64> {
        let p = open_unit("p", p)?;
        let spread = (self.mean + self.mean * self.mean / self.size).sqrt();
        let guess = self.mean + 3.0 * spread + 1.0;
        Ok(first_true_from(0, guess as u64, u64::MAX / 4, |k| self.cdf(k) >= p).unwrap_or(u64::MAX))
    }
}
