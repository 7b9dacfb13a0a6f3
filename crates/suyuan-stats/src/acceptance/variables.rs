//! Plans on a measured value with one limit: accept when `(limit - mean) / s >= k`.
//!
//! For a normal value with share `p` beyond the limit, `Pa = Phi(sqrt(n) (z_p - k))` with known
//! sigma; with `s` from the sample, `Pa = P(T >= k sqrt(n))` for Student's noncentral distribution
//! with `n - 1` degrees of freedom and shift `z_p sqrt(n)` (Lieberman and Resnikoff 1955).
//!
//! When not to use: for values that are not normal (take logarithms of counts), or with results
//! below the limit of quantification.
//!
//! ```
//! use suyuan_stats::acceptance::variables::{Sigma, Variables};
//! let plan = Variables { n: 20, k: 1.8, sigma: Sigma::Unknown };
//! assert!((plan.accept(0.01)? - 0.931_167_804_146_2).abs() < 1e-10);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::dist::NoncentralT;
use crate::error::{Error, Result, finite, unit};
use crate::special::normal;

/// Whether the standard deviation is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sigma {
    /// Known from long experience.
    Known,
    /// Estimated from the sample.
    Unknown,
}

/// Test `n`, accept when the mean lies at least `k` standard deviations inside the limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variables {
    /// Units measured.
    pub n: u64,
    /// The acceptability constant.
    pub k: f64,
    /// What is known of the standard deviation.
    pub sigma: Sigma,
}

impl Variables {
    /// The probability of acceptance at the share `p` beyond the limit.
    ///
    /// # Errors
    /// [`Error::Domain`] when `p` is no probability or `k` not finite; [`Error::Empty`] when there
    /// are too few units: 1, or 2 with sigma unknown.
    pub fn accept(&self, p: f64) -> Result<f64> {
        finite("k", self.k)?;
        unit("share beyond the limit", p)?;
        let least = if self.sigma == Sigma::Known { 1 } else { 2 };
        if self.n < least {
            return Err(Error::Empty { what: "units to estimate from" });
        }
        if p == 0.0 || p == 1.0 {
            return Ok(1.0 - p);
        }
        let root = (self.n as f64).sqrt();
        let z = normal::upper_quantile(p);
        match self.sigma {
            Sigma::Known => Ok(normal::lower(root * (z - self.k))),
            Sigma::Unknown => NoncentralT::new((self.n - 1) as f64, z * root)?.sf(self.k * root),
        }
    }
}
