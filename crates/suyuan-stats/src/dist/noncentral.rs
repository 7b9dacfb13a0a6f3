//! Student's distribution with a shift.

use crate::error::{Result, finite, moderate};
use crate::numeric::quadrature::Legendre;
use crate::special::gamma::{HALF_LN_TAU, excess, ln_gamma, ln_gamma_1p, stirling_error};
use crate::special::normal;

/// The lowest logarithm of s looked at one by one.
const LOWEST: f64 = 700.0;

fn ln_gamma_of_next(a: f64) -> f64 {
    if a <= 0.5 { ln_gamma_1p(a) } else { ln_gamma(1.0 + a) }
}

/// `(Z + shift) / sqrt(chi^2 / df)`.
///
/// Source: the integral of the normal tail over the chi distribution (Johnson, Kotz and
/// Balakrishnan 1995, 31.3), by Gauss and Legendre's rule; every term is positive, so both tails
/// keep their relative precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoncentralT {
    df: f64,
    shift: f64,
}

impl NoncentralT {
    /// Degrees of freedom from 1e-100 to 1e12 and a finite shift.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) otherwise.
    pub fn new(df: f64, shift: f64) -> Result<Self> {
        Ok(Self { df: moderate("degrees of freedom", df)?, shift: finite("shift", shift)? })
    }

    /// The probability at or below `t`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `t` is not finite.
    pub fn cdf(&self, t: f64) -> Result<f64> {
        let t = finite("t", t)?;
        Ok(self.integral(|s| t * s - self.shift, normal::lower))
    }

    /// The probability above `t`.
    ///
    /// # Errors
    /// As [`NoncentralT::cdf`].
    pub fn sf(&self, t: f64) -> Result<f64> {
        let t = finite("t", t)?;
        Ok(self.integral(|s| t * s - self.shift, normal::upper))
    }

    /// The mean of `tail(z(s))` over `s = sqrt(chi^2 / df)`, in the variable `ln s`.
    fn integral(&self, z: impl Fn(f64) -> f64, tail: impl Fn(f64) -> f64) -> f64 {
        let half = 0.5 * self.df;
        // The density of w = ln s is 2 exp(-half E(w)) times a constant, E = s^2 - 1 - 2 w.
        let scale = std::f64::consts::LN_2 + 0.5 * half.ln() - HALF_LN_TAU - stirling_error(half);
        let energy = |w: f64| {
            let grown = (2.0 * w).exp_m1();
            if w.abs() < 0.2 { excess(grown) } else { grown - 2.0 * w }
        };
        let weight = |w: f64| scale - half * energy(w);
        // Where the integrand peaks and where it is negligible, found by scanning.
        let value = |w: f64| weight(w) + tail(z(w.exp())).max(1e-320).ln();
        let sd = (0.5 / half.min(1e12)).sqrt();
        // Above, the density of ln s falls like exp(-half s^2).
        let low = -(40.0_f64.max(40.0 * sd).min(LOWEST));
        let high = (12.0 * sd.max(0.02)).min(0.5 * (2000.0 / half).ln().max(0.0) + 1.0);
        let steps = 4000;
        let at = |k: usize| low + (high - low) * k as f64 / steps as f64;
        let (mut best, mut peak) = (f64::NEG_INFINITY, 0);
        for k in 0..=steps {
            let here = value(at(k));
            if here > best {
                (best, peak) = (here, k);
            }
        }
        let floor = best - 42.0;
        let mut first = peak;
        while first > 0 && value(at(first)) > floor {
            first -= 1;
        }
        let mut last = peak;
        while last < steps && value(at(last)) > floor {
            last += 1;
        }
        let (from, to) = (at(first), at(last));
        let rule = Legendre::new(40);
        let pieces = 16.max(((to - from) / 2.0) as usize);
        let inside = rule.integrate(from, to, pieces, |w| weight(w).exp() * tail(z(w.exp())));
        // With few degrees of freedom s is often nothing, and T then as far out as its numerator's
        // sign says: what lies below the range, where the density of ln s is a power of s.
        let ln_below = half * (half.ln() + 2.0 * low) - ln_gamma_of_next(half);
        let below = if first == 0 { ln_below.exp() * tail(z(0.0)) } else { 0.0 };
        (inside + below).clamp(0.0, 1.0)
    }
}
