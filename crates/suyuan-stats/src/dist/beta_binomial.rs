//! The beta-binomial distribution.

use crate::error::{Result, moderate, trials, unit};
use crate::numeric::exact::Sum;
use crate::numeric::quadrature::log_concave;
use crate::numeric::roots::first_true;
use crate::special::beta::{Point, Shapes};

/// The number of events in `n` trials whose common probability is itself Beta(a, b) distributed
/// (Skellam 1948).
///
/// Every tail is a sum or an integral of positive terms of its own, never one less the other tail:
/// small tails keep their digits and nothing is lost where the probability of no event underflows.
/// Up to 1000 terms are summed; beyond, `X >= k` is the event that the share is above the
/// `k`-th smallest of `n` uniform numbers, which is Beta(k, n - k + 1) distributed: a density times a
/// tail, integrated over log odds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaBinomial {
    n: u64,
    a: f64,
    b: f64,
}

/// The most terms that are summed. Each step of the recurrence may cost a rounding.
const TERMS: u64 = 1000;

impl BetaBinomial {
    /// `n` trials, shapes `a` and `b` from 1e-100 to 1e12.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) for other shapes, or when `n` is above 1e12.
    pub fn new(n: u64, a: f64, b: f64) -> Result<Self> {
        moderate("first shape", a)?;
        moderate("second shape", b)?;
        trials(n)?;
        Ok(Self { n, a, b })
    }

    /// The mean, `n a / (a + b)`.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.n as f64 * (self.a / (self.a + self.b))
    }

    const fn mirrored(&self) -> Self {
        Self { n: self.n, a: self.b, b: self.a }
    }

    fn ln_pmf(&self, k: u64) -> f64 {
        let Self { n, a, b } = *self;
        // Three negative binomial probabilities at one point: any will do, at this one none of them
        // lies far from its mode (after Loader 2000).
        let (whole, trials) = (a + b, n as f64);
        let at = Point { x: whole / (whole + trials), y: trials / (whole + trials) };
        let part = |size: f64, count: u64| {
            if count == 0 {
                let ln = if at.y < 0.5 { (-at.y).ln_1p() } else { at.x.ln() };
                size * ln
            } else {
                let count = count as f64;
                Shapes::new(size, count).ln_density_of(at) - count.ln()
            }
        };
        part(a, k) + part(b, n - k) - part(whole, n)
    }

    /// `P(X = k)`. Constant time.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        if k > self.n {
            return 0.0;
        }
        if self.n == 0 { 1.0 } else { self.ln_pmf(k).exp().min(1.0) }
    }

    /// `P(X >= k)`. At most 1000 terms, or some hundred beta densities and tails.
    #[must_use]
    pub fn at_least(&self, k: u64) -> f64 {
        if k == 0 {
            return 1.0;
        }
        if k > self.n {
            return 0.0;
        }
        let found = if self.n - k < TERMS { self.sum_from(k) } else { self.integral_from(k) };
        found.min(1.0)
    }

    /// `P(X <= k)`.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        if k >= self.n { 1.0 } else { self.mirrored().at_least(self.n - k) }
    }

    /// `P(X > k)`.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        if k >= self.n { 0.0 } else { self.at_least(k + 1) }
    }

    /// The smallest `k` with `P(X <= k) >= p`. O(log n) tails.
    ///
    /// # Errors
    /// [`Error::Domain`](crate::Error::Domain) when `p` is no probability.
    pub fn quantile(&self, p: f64) -> Result<u64> {
        let p = unit("p", p)?;
        Ok(first_true(0, self.n, |k| self.cdf(k) >= p).unwrap_or(self.n))
    }

    /// The terms from `k` on, relative to the first one and scaled down together when they grow.
    fn sum_from(&self, k: u64) -> f64 {
        const SHRINK: f64 = 1e-100;
        let (mut term, mut sum, mut ln_scale) = (1.0, Sum::default(), self.ln_pmf(k));
        for j in k..self.n {
            sum.add(term);
            let left = (self.n - j - 1) as f64;
            term *= (left + 1.0) / (j as f64 + 1.0) * ((self.a + j as f64) / (self.b + left));
            if term > 1.0 / SHRINK {
                term *= SHRINK;
                let so_far = sum.value() * SHRINK;
                sum = Sum::default();
                sum.add(so_far);
                ln_scale -= SHRINK.ln();
            }
        }
        sum.add(term);
        (ln_scale + sum.value().ln()).exp()
    }

    /// `P(share > U)` for the share and `U`, the `k`-th smallest of `n` uniform numbers: the density
    /// of the one that is known better times the tail of the other.
    fn integral_from(&self, k: u64) -> f64 {
        let (hits, misses) = (k as f64, (self.n - k + 1) as f64);
        let (share, order) = (Shapes::new(self.a, self.b), Shapes::new(hits, misses));
        if 1.0 / hits + 1.0 / misses <= 1.0 / self.a + 1.0 / self.b {
            let start = (hits / misses).ln();
            log_concave(start, |w| order.ln_density_at(w) + share.ln_upper_at(w))
        } else {
            let start = (self.a / self.b).ln();
            log_concave(start, |w| share.ln_density_at(w) + order.ln_lower_at(w))
        }
    }
}
