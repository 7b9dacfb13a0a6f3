//! The beta-binomial model of areas.
//!
//! Estimand: what areas have in common. The rates of areas are drawn from a Beta(a, b)
//! distribution; `x` of `n` samples fail in an area with its rate. With `a` and `b` given, an area's
//! rate is Beta(a + x, b + n - x) distributed: its mean lies between the area's own rate and the
//! mean of all.
//!
//! Estimators of `a` and `b`: maximum likelihood (Newton's method on their logarithms, to 1e-12),
//! and Kleinman's moments with weights `n`. Data no more variable than one common rate would make
//! them have no maximum: the limit, one rate for all, is then stated by [`Fit::pooled`]. Data as
//! variable as 0 and 1 (every area nothing but failures or nothing but passes) have none either,
//! which is an error.
//!
//! When not to use: for an interval. What is estimated here is not known: [`hierarchy`](super::hierarchy)
//! gives areas' intervals and ranks that carry that. Not for areas that are known to differ (fit
//! each group of similar areas).

use serde::Serialize;

use crate::error::{Error, Result, events, total};
use crate::numeric::exact::{Sum, sum};
use crate::numeric::newton::{Peak, STEPS, maximise};
use crate::special::gamma::{digamma_rise, ln_gamma, ln_rising, trigamma_fall};

/// Events and samples of one area.
pub type Counts = (u64, u64);

/// The model fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// How it was fitted.
    pub method: &'static str,
    /// The first shape; 0 when pooled.
    pub a: f64,
    /// The second shape; 0 when pooled.
    pub b: f64,
    /// The mean rate.
    pub mean: f64,
    /// The correlation of two samples of one area, `1 / (a + b + 1)`; 0 when pooled.
    pub correlation: f64,
    /// The log likelihood of the counts.
    pub ln_likelihood: f64,
    /// No variation between areas was seen beyond that of sampling: every area gets the common
    /// rate.
    pub pooled: bool,
}

fn checked(counts: &[Counts]) -> Result<(f64, f64)> {
    if counts.len() < 2 {
        return Err(Error::Empty { what: "areas to compare: at least two are needed" });
    }
    counts.iter().try_for_each(|&(x, n)| events(x, n))?;
    let whole = total("samples", counts.iter().map(|&(_, n)| n))?;
    let hits = total("events", counts.iter().map(|&(x, _)| x))?;
    if hits == 0 || hits == whole {
        return Err(Error::NotEstimable {
            what: "variation between areas",
            reason: "no area has an event, or every sample is one",
        });
    }
    Ok((hits as f64, whole as f64))
}

/// The log likelihood of the counts at shapes `a` and `b`.
#[must_use]
pub fn ln_likelihood(counts: &[Counts], a: f64, b: f64) -> f64 {
    sum(counts.iter().map(|&(x, n)| {
        let (hits, misses, whole) = (x as f64, (n - x) as f64, n as f64);
        ln_choose(whole, hits) + ln_rising(a, hits) + ln_rising(b, misses) - ln_rising(a + b, whole)
    }))
}

fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

fn binomial_ln_likelihood(counts: &[Counts], p: f64) -> f64 {
    sum(counts.iter().map(|&(x, n)| {
        let (hits, whole) = (x as f64, n as f64);
        ln_choose(whole, hits) + hits * p.ln() + (whole - hits) * (-p).ln_1p()
    }))
}

fn pooled(method: &'static str, counts: &[Counts], mean: f64) -> Fit {
    let ln_likelihood = binomial_ln_likelihood(counts, mean);
    Fit { method, a: 0.0, b: 0.0, mean, correlation: 0.0, ln_likelihood, pooled: true }
}

fn shaped(method: &'static str, counts: &[Counts], a: f64, b: f64) -> Fit {
    Fit {
        method,
        a,
        b,
        mean: a / (a + b),
        correlation: 1.0 / (a + b + 1.0),
        ln_likelihood: ln_likelihood(counts, a, b),
        pooled: false,
    }
}

/// Kleinman's moment estimator with weights proportional to `n`. O(areas).
///
/// # Errors
/// [`Error::Empty`] for fewer than two areas or one without samples; [`Error::Exceeds`];
/// [`Error::NotEstimable`] when there is no event at all, or nothing else, or one sample an area.
pub fn moments(counts: &[Counts]) -> Result<Fit> {
    let (hits, whole) = checked(counts)?;
    let p = hits / whole;
    let (mut square, mut among, mut within) = (0.0, 0.0, 0.0);
    for &(x, n) in counts {
        let weight = n as f64 / whole;
        let gap = x as f64 / n as f64 - p;
        square += weight * gap * gap;
        among += weight * (1.0 - weight);
        within += weight * (1.0 - weight) / n as f64;
    }
    if among - within <= 0.0 {
        return Err(Error::NotEstimable {
            what: "variation between areas",
            reason: "every area has one sample",
        });
    }
    let rho = (square - p * (1.0 - p) * within) / (p * (1.0 - p) * (among - within));
    if rho <= 0.0 {
        return Ok(pooled("kleinman_moments", counts, p));
    }
    let size = 1.0 / rho - 1.0;
    if size <= 0.0 {
        return Err(AS_0_AND_1);
    }
    let mut fit = shaped("kleinman_moments", counts, p * size, (1.0 - p) * size);
    fit.correlation = rho;
    Ok(fit)
}

/// The maximum likelihood fit. O(areas) a step.
///
/// # Errors
/// As [`moments`], but for one sample an area, where the fit is pooled; [`Error::NotEstimable`] too
/// when every area has nothing but events or none; [`Error::NoConvergence`].
pub fn fit(counts: &[Counts]) -> Result<Fit> {
    let (hits, whole) = checked(counts)?;
    let p = hits / whole;
    if score_of_variation(counts, p) <= 0.0 {
        return Ok(pooled("beta_binomial_ml", counts, p));
    }
    if counts.iter().all(|&(x, n)| x == 0 || x == n) {
        return Err(AS_0_AND_1);
    }
    let start = match moments(counts) {
        Ok(fit) if !fit.pooled => (fit.a, fit.b),
        _ => (p * 1e4, (1.0 - p) * 1e4),
    };
    let value = |u: [f64; 2]| ln_likelihood(counts, u[0].exp(), u[1].exp());
    let derivatives = |u: [f64; 2]| derivatives(counts, u[0].exp(), u[1].exp());
    match maximise([start.0.ln(), start.1.ln()], value, derivatives) {
        Peak::At(u) => Ok(shaped("beta_binomial_ml", counts, u[0].exp(), u[1].exp())),
        Peak::Beyond => Ok(pooled("beta_binomial_ml", counts, p)),
        Peak::NotFound => {
            Err(Error::NoConvergence { what: "the beta-binomial model", iterations: STEPS })
        }
    }
}

const AS_0_AND_1: Error = Error::NotEstimable {
    what: "variation between areas",
    reason: "areas differ as much as 0 and 1 do",
};

/// The derivative of the likelihood by the correlation at none (Tarone 1979), with the rate at its
/// maximum: above 0 when areas vary more than sampling.
fn score_of_variation(counts: &[Counts], p: f64) -> f64 {
    sum(counts.iter().map(|&(x, n)| {
        let (hits, whole) = (x as f64, n as f64);
        let misses = whole - hits;
        0.5 * (hits * (hits - 1.0) / p + misses * (misses - 1.0) / (1.0 - p)
            - whole * (whole - 1.0))
    }))
}

/// The gradient and the Hessian by the logarithms of the shapes.
fn derivatives(counts: &[Counts], a: f64, b: f64) -> ([f64; 2], [[f64; 2]; 2]) {
    let (mut g, mut h) = ([Sum::default(); 2], [Sum::default(); 3]);
    for &(x, n) in counts {
        let (hits, misses, whole) = (x as f64, (n - x) as f64, n as f64);
        let common = digamma_rise(a + b, whole);
        g[0].add(digamma_rise(a, hits) - common);
        g[1].add(digamma_rise(b, misses) - common);
        let common = trigamma_fall(a + b, whole);
        h[0].add(common - trigamma_fall(a, hits));
        h[1].add(common - trigamma_fall(b, misses));
        h[2].add(common);
    }
    let gradient = [a * g[0].value(), b * g[1].value()];
    let hessian = [
        [a * a * h[0].value() + gradient[0], a * b * h[2].value()],
        [a * b * h[2].value(), b * b * h[1].value() + gradient[1]],
    ];
    (gradient, hessian)
}

impl Fit {
    /// Every area's rate given the fit: `(a + x) / (a + b + n)`, the common rate when pooled.
    ///
    /// # Errors
    /// [`Error::Empty`] for an area without samples; [`Error::Exceeds`].
    pub fn shrunk(&self, counts: &[Counts]) -> Result<Vec<f64>> {
        counts
            .iter()
            .map(|&(x, n)| {
                events(x, n)?;
                Ok(if self.pooled {
                    self.mean
                } else {
                    (self.a + x as f64) / (self.a + self.b + n as f64)
                })
            })
            .collect()
    }
}
