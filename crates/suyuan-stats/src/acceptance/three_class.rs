//! Three-class plans `n, c, m, M`: a lot passes when no unit is above `M` and at most `c` lie
//! between `m` and `M`.
//!
//! `Pa = sum over k <= c of C(n, k) pm^k (1 - pm - pd)^(n - k)` with the shares `pm` of marginal
//! and `pd` of unacceptable units (Bray et al. 1973).
//!
//! When not to use: with `M = m`, which is a two-class plan ([`attributes`](super::attributes)).
//!
//! ```
//! use suyuan_stats::acceptance::three_class::ThreeClass;
//! let plan = ThreeClass { n: 5, c: 2 };
//! assert!((plan.accept(0.1, 0.01)? - 0.943).abs() < 0.001);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::dist::Binomial;
use crate::error::{Error, Result, unit};

/// Test `n`; accept when none is unacceptable and at most `c` are marginal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreeClass {
    /// Units tested.
    pub n: u64,
    /// The most marginal ones accepted.
    pub c: u64,
}

impl ThreeClass {
    /// The probability of acceptance.
    ///
    /// # Errors
    /// [`Error::Empty`] when `n` is 0; [`Error::Domain`] when a share is no probability or the two
    /// add up to more than 1.
    pub fn accept(&self, marginal: f64, unacceptable: f64) -> Result<f64> {
        if self.n == 0 {
            return Err(Error::Empty { what: "units tested (n = 0)" });
        }
        let (pm, pd) = (
            unit("share of marginal units", marginal)?,
            unit("share of unacceptable units", unacceptable)?,
        );
        // Shares computed apart may add up to a rounding error more than 1.
        if pm + pd > 1.0 + 1e-12 {
            return Err(Error::Domain {
                what: "sum of the two shares",
                value: pm + pd,
                expected: "at most 1",
            });
        }
        if pd >= 1.0 {
            return Ok(0.0);
        }
        // None unacceptable, and of units that are not, at most c marginal.
        let none = (self.n as f64 * (-pd).ln_1p()).exp();
        Ok(none * Binomial::raw(self.n, (pm / (1.0 - pd)).min(1.0)).cdf(self.c))
    }
}
