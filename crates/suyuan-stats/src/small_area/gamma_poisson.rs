//! The gamma-Poisson model of areas: events over an exposure.
//!
//! Estimand: the rate of events per unit of exposure (complaints per 10,000 people, or observed over
//! expected cases) of every area, given all of them. Rates are drawn from a Gamma distribution with a
//! shape and a rate parameter; events are Poisson. With both given, an area's rate is
//! Gamma(shape + events, rate + exposure) distributed.
//!
//! | estimator | formula | source |
//! |---|---|---|
//! | [`fit`] | maximum likelihood of negative binomial counts | Clayton and Kaldor 1987 |
//! | [`moments`] | `m = mean of the shrunk rates`, `v = sum (1 + rate / e)(shrunk - m)^2 / (areas - 1)`, `rate = m / v`, again until they stand | Clayton and Kaldor 1987 |
//! | [`global`] | `m = sum y / sum e`, `v = sum e (y / e - m)^2 / sum e - m areas / sum e` | Marshall 1991 |
//!
//! When not to use: for failing samples among tested ones, which are at most as many:
//! [`hierarchy`](super::hierarchy). For an interval: what is estimated here is not known.
//!
//! ```
//! use suyuan_stats::small_area::gamma_poisson::fit;
//! let counts = [(3, 1.2), (0, 0.8), (9, 1.5), (1, 0.95), (14, 2.1)];
//! let shrunk = fit(&counts)?.shrunk(&counts)?;
//! assert!(shrunk[1] > 0.0 && shrunk[4] < 14.0 / 2.1);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

use crate::error::{Error, Result, positive, total};
use crate::numeric::exact::{Sum, sum};
use crate::numeric::newton::{Peak, STEPS, maximise};
use crate::special::gamma::{digamma_rise, ln_gamma, ln_rising, trigamma_fall};

/// Events and exposure of one area.
pub type Counts = (u64, f64);

/// The model fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// How it was fitted.
    pub method: &'static str,
    /// The shape of areas' rates; 0 when pooled.
    pub shape: f64,
    /// Their rate parameter, in units of exposure; 0 when pooled.
    pub rate: f64,
    /// The mean rate.
    pub mean: f64,
    /// The variance of areas' rates.
    pub variance: f64,
    /// The log likelihood of the counts.
    pub ln_likelihood: f64,
    /// No variation between areas was seen beyond that of counting: every area gets the mean.
    pub pooled: bool,
}

fn checked(counts: &[Counts]) -> Result<(f64, f64)> {
    if counts.len() < 2 {
        return Err(Error::Empty { what: "areas to compare: at least two are needed" });
    }
    for &(_, exposure) in counts {
        positive("exposure", exposure)?;
    }
    let events = total("events", counts.iter().map(|&(y, _)| y))?;
    let exposure = positive("sum of exposures", sum(counts.iter().map(|&(_, e)| e)))?;
    if events == 0 {
        return Err(Error::NotEstimable {
            what: "variation between areas",
            reason: "no area has an event",
        });
    }
    Ok((events as f64, exposure))
}

/// The log likelihood of the counts at a shape and a rate parameter.
#[must_use]
pub fn ln_likelihood(counts: &[Counts], shape: f64, rate: f64) -> f64 {
    sum(counts.iter().map(|&(y, e)| {
        let events = y as f64;
        let counted =
            if y == 0 { 0.0 } else { events * (e / (rate + e)).ln() + ln_rising(shape, events) };
        counted - ln_gamma(events + 1.0) - shape * (e / rate).ln_1p()
    }))
}

fn poisson_ln_likelihood(counts: &[Counts], mean: f64) -> f64 {
    sum(counts.iter().map(|&(y, e)| {
        let events = y as f64;
        events * (e * mean).ln() - e * mean - ln_gamma(events + 1.0)
    }))
}

fn pooled(method: &'static str, counts: &[Counts], mean: f64) -> Fit {
    let ln_likelihood = poisson_ln_likelihood(counts, mean);
    Fit { method, shape: 0.0, rate: 0.0, mean, variance: 0.0, ln_likelihood, pooled: true }
}

fn shaped(method: &'static str, counts: &[Counts], shape: f64, rate: f64) -> Fit {
    Fit {
        method,
        shape,
        rate,
        mean: shape / rate,
        variance: shape / (rate * rate),
        ln_likelihood: ln_likelihood(counts, shape, rate),
        pooled: false,
    }
}

/// Marshall's estimator from the moments of all areas. O(areas).
///
/// # Errors
/// [`Error::Empty`] for fewer than two areas; [`Error::Domain`] for an exposure that is not above 0;
/// [`Error::NotEstimable`] without an event.
pub fn global(counts: &[Counts]) -> Result<Fit> {
    let (events, exposure) = checked(counts)?;
    let mean = events / exposure;
    let spread = sum(counts.iter().map(|&(y, e)| e / exposure * (y as f64 / e - mean).powi(2)));
    let variance = spread - mean * counts.len() as f64 / exposure;
    if variance <= 0.0 {
        return Ok(pooled("marshall_global", counts, mean));
    }
    let rate = mean / variance;
    Ok(shaped("marshall_global", counts, mean * rate, rate))
}

/// Clayton and Kaldor's moments, repeated until shape and rate stand to 1e-12. O(areas) a step.
///
/// # Errors
/// As [`global`]; [`Error::NoConvergence`].
pub fn moments(counts: &[Counts]) -> Result<Fit> {
    const METHOD: &str = "clayton_kaldor_moments";
    let start = global(counts)?;
    let areas = counts.len() as f64;
    // Every area's own rate is where the shrunk ones begin.
    let mut shrunk: Vec<f64> = counts.iter().map(|&(y, e)| y as f64 / e).collect();
    let (mut shape, mut rate) = (0.0, 0.0);
    const ROUNDS: usize = 100_000;
    for _ in 0..ROUNDS {
        let mean = sum(shrunk.iter().copied()) / areas;
        let spread = counts
            .iter()
            .zip(&shrunk)
            .map(|(&(_, e), theta)| (1.0 + rate / e) * (theta - mean).powi(2));
        let variance = sum(spread) / (areas - 1.0);
        if variance <= 1e-12 * mean * mean {
            return Ok(pooled(METHOD, counts, start.mean));
        }
        let (next_rate, before) = (mean / variance, (shape, rate));
        (shape, rate) = (mean * next_rate, next_rate);
        let moved = (shape / before.0 - 1.0).abs().max((rate / before.1 - 1.0).abs());
        if moved < 1e-12 {
            return Ok(shaped(METHOD, counts, shape, rate));
        }
        for (theta, &(y, e)) in shrunk.iter_mut().zip(counts) {
            *theta = (shape + y as f64) / (rate + e);
        }
    }
    Err(Error::NoConvergence { what: "the gamma-Poisson moments", iterations: ROUNDS })
}

/// The maximum likelihood fit, to 1e-12. O(areas) a step.
///
/// # Errors
/// As [`moments`].
pub fn fit(counts: &[Counts]) -> Result<Fit> {
    const METHOD: &str = "gamma_poisson_ml";
    let (events, exposure) = checked(counts)?;
    let mean = events / exposure;
    // The derivative of the likelihood by the variance of the rates, at none.
    let score = sum(counts.iter().map(|&(y, e)| (y as f64 - e * mean).powi(2) - y as f64));
    if score <= 0.0 {
        return Ok(pooled(METHOD, counts, mean));
    }
    let start = global(counts)?;
    // In expected events, so that shape and rate are of one size.
    let start = if start.pooled { (100.0, 100.0) } else { (start.shape, start.rate * mean) };
    let expected: Vec<Counts> = counts.iter().map(|&(y, e)| (y, e * mean)).collect();
    let value = |u: [f64; 2]| ln_likelihood(&expected, u[0].exp(), u[1].exp());
    let derivatives = |u: [f64; 2]| derivatives(&expected, u[0].exp(), u[1].exp());
    match maximise([start.0.ln(), start.1.ln()], value, derivatives) {
        Peak::At(u) => Ok(shaped(METHOD, counts, u[0].exp(), u[1].exp() / mean)),
        Peak::Beyond => Ok(pooled(METHOD, counts, mean)),
        Peak::NotFound => {
            Err(Error::NoConvergence { what: "the gamma-Poisson model", iterations: STEPS })
        }
    }
}

/// The gradient and the Hessian by the logarithms of shape and rate.
fn derivatives(counts: &[Counts], shape: f64, rate: f64) -> ([f64; 2], [[f64; 2]; 2]) {
    let (mut g, mut h) = ([Sum::default(); 2], [Sum::default(); 3]);
    for &(y, e) in counts {
        let events = y as f64;
        let whole = rate + e;
        g[0].add(digamma_rise(shape, events) - (e / rate).ln_1p());
        g[1].add((shape * e - rate * events) / (rate * whole));
        h[0].add(-trigamma_fall(shape, events));
        h[1].add((events + shape) / (whole * whole) - shape / (rate * rate));
        h[2].add(e / (rate * whole));
    }
    let gradient = [shape * g[0].value(), rate * g[1].value()];
    let cross = shape * rate * h[2].value();
    let hessian = [
        [shape * shape * h[0].value() + gradient[0], cross],
        [cross, rate * rate * h[1].value() + gradient[1]],
    ];
    (gradient, hessian)
}

impl Fit {
    /// Every area's rate given the fit: `(shape + events) / (rate + exposure)`, the mean when pooled.
    ///
    /// # Errors
    /// [`Error::Domain`] for an exposure that is not above 0.
    pub fn shrunk(&self, counts: &[Counts]) -> Result<Vec<f64>> {
        counts
            .iter()
            .map(|&(y, e)| {
                positive("exposure", e)?;
                Ok(if self.pooled { self.mean } else { (self.shape + y as f64) / (self.rate + e) })
            })
            .collect()
    }
}
