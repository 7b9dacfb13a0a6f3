//! Microbiological criteria on counts that vary within a lot.
//!
//! The logarithm (base 10) of the concentration is normal with a mean and a standard deviation
//! within the lot (ICMSF 2002). A count above a limit has the probability of a normal tail; a
//! presence test of `g` grams finds the organism with probability `E[1 - exp(-g 10^L)]`, the
//! Poisson-log-normal law (van Schothorst et al. 2009), computed by Gauss and Legendre's rule.
//!
//! When not to use: for clumped organisms, or a standard deviation that was guessed for another
//! product.
//!
//! ```
//! use suyuan_stats::acceptance::microbial::Lot;
//! use suyuan_stats::acceptance::three_class::ThreeClass;
//! let lot = Lot::new(3.0, 0.8)?;
//! let (marginal, bad) = lot.classes(4.0, 5.0)?;
//! let accept = ThreeClass { n: 5, c: 2 }.accept(marginal, bad)?;
//! assert!((accept - 0.961_022_895_277_702).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, positive};
use crate::numeric::quadrature::Legendre;
use crate::special::normal;

/// A lot with log-normal concentrations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lot {
    /// Mean of log10 CFU per gram.
    pub mean: f64,
    /// Standard deviation of log10 CFU per gram.
    pub sd: f64,
}

impl Lot {
    /// A finite mean, a standard deviation above 0.
    ///
    /// # Errors
    /// [`Error::Domain`] otherwise.
    pub fn new(mean: f64, sd: f64) -> Result<Self> {
        Ok(Self { mean: finite("mean", mean)?, sd: positive("standard deviation", sd)? })
    }

    /// The share of units above a limit given as log10 CFU per gram.
    #[must_use]
    pub fn above(&self, limit: f64) -> f64 {
        normal::upper((limit - self.mean) / self.sd)
    }

    /// The shares of marginal (above `m` up to `M`) and unacceptable (above `M`) units.
    ///
    /// # Errors
    /// [`Error::Domain`] when `M` is below `m`.
    pub fn classes(&self, m: f64, large_m: f64) -> Result<(f64, f64)> {
        finite("m", m)?;
        if finite("M", large_m)? < m {
            return Err(Error::Domain { what: "M", value: large_m, expected: "at least m" });
        }
        let (z_m, z_big) = ((m - self.mean) / self.sd, (large_m - self.mean) / self.sd);
        let marginal = if z_m > 0.0 {
            normal::upper(z_m) - normal::upper(z_big)
        } else {
            normal::lower(z_big) - normal::lower(z_m)
        };
        Ok((marginal, normal::upper(z_big)))
    }

    /// The probability that a portion of `grams` holds at least one organism.
    ///
    /// # Errors
    /// [`Error::Domain`] unless `grams` is above 0.
    pub fn detect(&self, grams: f64) -> Result<f64> {
        let ln_grams = positive("grams", grams)?.ln();
        let ln10 = std::f64::consts::LN_10;
        let found = |z: f64| {
            let expected = (ln_grams + ln10 * (self.mean + self.sd * z)).exp();
            -(-expected).exp_m1()
        };
        // Beyond the first organism the integrand is a shifted normal density: follow its peak.
        let shift = self.sd * ln10;
        let rule = Legendre::new(40);
        let value = rule
            .integrate(-40.0, 40.0 + shift, 60 + shift as usize, |z| normal::density(z) * found(z));
        Ok(value.clamp(0.0, 1.0))
    }
}
