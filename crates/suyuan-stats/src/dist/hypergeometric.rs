//! The hypergeometric distribution.

use std::f64::consts::PI;

use crate::dist::Binomial;
use crate::error::{Error, Result, countable, unit};
use crate::numeric::exact::Sum;
use crate::numeric::roots::first_true;
use crate::special::gamma::stirling_error;

/// The number of marked units among `drawn` taken without replacement from `total`, of which
/// `marked` are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hypergeometric {
    total: u64,
    marked: u64,
    drawn: u64,
}

impl Hypergeometric {
    /// At most `total` marked and at most `total` drawn.
    ///
    /// # Errors
    /// [`Error::Exceeds`] otherwise; [`Error::Domain`] for a total above 2^53.
    pub fn new(total: u64, marked: u64, drawn: u64) -> Result<Self> {
        countable("units in the population", total)?;
        for x in [marked, drawn] {
            if x > total {
                return Err(Error::Exceeds { x, n: total });
            }
        }
        Ok(Self { total, marked, drawn })
    }

    /// For callers that know `marked` and `drawn` to be at most `total`, and that at most 2^53.
    pub(crate) const fn raw(total: u64, marked: u64, drawn: u64) -> Self {
        Self { total, marked, drawn }
    }

    /// The least possible count.
    #[must_use]
    pub const fn least(&self) -> u64 {
        self.marked.saturating_sub(self.total - self.drawn)
    }

    /// The greatest possible count.
    #[must_use]
    pub fn greatest(&self) -> u64 {
        self.marked.min(self.drawn)
    }

    /// `P(X = k)`: three binomial probabilities (Loader 2000). Constant time.
    #[must_use]
    pub fn pmf(&self, k: u64) -> f64 {
        let Self { total, marked, drawn } = *self;
        if k < self.least() || k > self.greatest() {
            return 0.0;
        }
        if drawn == 0 || drawn == total || marked == 0 || marked == total {
            return 1.0;
        }
        let p = drawn as f64 / total as f64;
        let whole = total as f64;
        let (inside, outside) = (drawn as f64, (total - drawn) as f64);
        // The binomial probability of `drawn` in `total` at p has no deviance.
        let errors = stirling_error(whole) - stirling_error(inside) - stirling_error(outside);
        let base = errors.exp() * (whole / (2.0 * PI * inside * outside)).sqrt();
        Binomial::raw(marked, p).pmf(k) * (Binomial::raw(total - marked, p).pmf(drawn - k) / base)
    }

    fn below(&self, k: u64) -> f64 {
        let (mut at, mut term, mut sum) = (k, self.pmf(k), 0.0);
        loop {
            sum += term;
            if at == self.least() || term <= 1e-18 * sum {
                return sum;
            }
            at -= 1;
            term /= self.ratio(at);
        }
    }

    fn above(&self, k: u64) -> f64 {
        let (mut at, mut sum) = (k + 1, 0.0);
        let mut term = self.pmf(at);
        loop {
            sum += term;
            if at >= self.greatest() || term <= 1e-18 * sum {
                return sum;
            }
            term *= self.ratio(at);
            at += 1;
        }
    }

    /// `P(X = k + 1) / P(X = k)`, which falls with `k`.
    fn ratio(&self, k: u64) -> f64 {
        let Self { total, marked, drawn } = *self;
        (marked - k) as f64 * (drawn - k) as f64
            / ((k + 1) as f64 * (total + k + 1 - marked - drawn) as f64)
    }

    /// The mean of `factor^X` for a factor from 0 to 1: the terms that count, on both sides of the
    /// greatest, about as many as their standard deviation.
    pub(crate) fn mean_power(&self, factor: f64) -> f64 {
        let (least, greatest) = (self.least(), self.greatest());
        let peak = first_true(least, greatest, |k| k == greatest || self.ratio(k) * factor < 1.0)
            .unwrap_or(greatest);
        let top = if peak == 0 { 1.0 } else { (peak as f64 * factor.ln()).exp() } * self.pmf(peak);
        let mut sum = Sum::default();
        let (mut at, mut term) = (peak, top);
        while term > 1e-18 * top {
            sum.add(term);
            if at == greatest {
                break;
            }
            term *= self.ratio(at) * factor;
            at += 1;
        }
        let (mut at, mut term) = (peak, top);
        while at > least {
            at -= 1;
            term /= self.ratio(at) * factor;
            if term <= 1e-18 * top {
                break;
            }
            sum.add(term);
        }
        sum.value().min(1.0)
    }

    fn lower_is_small(&self, k: u64) -> bool {
        let mean = self.drawn as f64 * (self.marked as f64 / self.total as f64);
        (k as f64) < mean
    }

    /// `P(X <= k)`. The sum of the terms that count, about as many as the standard deviation.
    #[must_use]
    pub fn cdf(&self, k: u64) -> f64 {
        if k < self.least() {
            0.0
        } else if k >= self.greatest() {
            1.0
        } else if self.lower_is_small(k) {
            self.below(k).min(1.0)
        } else {
            (1.0 - self.above(k)).max(0.0)
        }
    }

    /// `P(X > k)`.
    #[must_use]
    pub fn sf(&self, k: u64) -> f64 {
        if k < self.least() {
            1.0
        } else if k >= self.greatest() {
            0.0
        } else if self.lower_is_small(k) {
            (1.0 - self.below(k)).max(0.0)
        } else {
            self.above(k).min(1.0)
        }
    }

    /// `P(X >= k)`.
    #[must_use]
    pub fn at_least(&self, k: u64) -> f64 {
        if k == 0 { 1.0 } else { self.sf(k - 1) }
    }

    /// The smallest `k` with `P(X <= k) >= p`.
    ///
    /// # Errors
    /// [`Error::Domain`] when `p` is no probability.
    pub fn quantile(&self, p: f64) -> Result<u64> {
        let p = unit("p", p)?;
        let (low, high) = (self.least(), self.greatest());
        Ok(first_true(low, high, |k| self.cdf(k) >= p).unwrap_or(high))
    }
}
