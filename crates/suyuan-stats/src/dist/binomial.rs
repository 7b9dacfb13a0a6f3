//! The binomial distribution.

use std::f64::consts::PI;

use crate::error::{Result, trials, unit};
use crate::numeric::exact::centred;
use crate::numeric::roots::first_true;
use crate::special::beta::{Point, Shapes};
use crate::special::gamma::{excess, stirling_error};

/// The number of events in `n` independent trials of probability `p`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binomial {
    n: u64,
    p: f64,
}

impl Binomial {
    /// `n` trials of probability `p`.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability or `n` above 1e12.
    pub fn new(n: u64, p: f64) -> Result<Self> {
        Ok(Self { n: trials(n)?, p: unit("probability", p)? })
    }

    /// For callers that have checked both.
    pub(crate) const fn raw(n: u64, p: f64) -> Self {
        Self { n, p }
    }

    /// `P(X = k)`. Constant time.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        let Self { n, p } = *self;
        if k > n {
            return 0.0;
        }
        if p == 0.0 || p == 1.0 {
            return f64::from(u8::from(k == if p == 0.0 { 0 } else { n }));
        }
        let (hits, misses, whole) = (k as f64, (n - k) as f64, n as f64);
        if k == 0 {
            return (whole * (-p).ln_1p()).exp();
        }
        if k == n {
            return (whole * p.ln()).exp();
        }
        let gap = centred(hits, misses, p);
        let side = |count: f64, z: f64, ratio: f64| {
            count * if z < -0.4 { z - ratio.ln() } else { excess(z) }
        };
        let deviance = side(hits, -gap / hits, whole * p / hits)
            + side(misses, gap / misses, whole * (1.0 - p) / misses);
        let errors = stirling_error(whole) - stirling_error(hits) - stirling_error(misses);
        (errors - deviance).exp() * (whole / (2.0 * PI * hits * misses)).sqrt()
    }

    /// `P(X <= k)`.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        if k >= self.n {
            return 1.0;
        }
        Shapes::new((k + 1) as f64, (self.n - k) as f64).tails(Point::new(self.p)).upper
    }

    /// `P(X > k)`.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        if k >= self.n {
            return 0.0;
        }
        Shapes::new((k + 1) as f64, (self.n - k) as f64).tails(Point::new(self.p)).lower
    }

    /// `P(X >= k)`.
    #[must_use]
    pub fn at_least(&self, k: u64) -> f64 {
        if k == 0 { 1.0 } else { self.sf(k - 1) }
    }

    /// The smallest `k` with `P(X <= k) >= p`. O(log n) tails.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn quantile(&self, p: f64) -> Result<u64> {
        let p = unit("p", p)?;
        Ok(first_true(0, self.n, |k| self.cdf(k) >= p).unwrap_or(self.n))
    }
}
