//! The beta-binomial model of areas.
//!
//! Estimand: the rate of every area, given all of them. The rates of areas are drawn from a
//! Beta(a, b) distribution; `x` of `n` samples fail in an area with its rate. The posterior of an
//! area is Beta(a + x, b + n - x): its mean lies between the area's own rate and the mean of all.
//!
//! Estimators of `a` and `b`: maximum likelihood (Newton's method on their logarithms), and
//! Kleinman's moments with weights `n`. Data no more variable than one common rate would make them
//! have no maximum: the limit, one rate for all, is then stated by [`Fit::pooled`].
//!
//! The intervals take `a` and `b` as known and are a little short for few areas.
//!
//! When not to use: for areas that are known to differ (fit each group of similar areas), or to
//! hide a bad area: its own numbers belong beside the shrunk ones.

use serde::Serialize;

use crate::error::{Error, Result, events, open_unit};
use crate::numeric::exact::sum;
use crate::special::beta::Shapes;
use crate::special::gamma::{digamma, ln_gamma, ln_rising, trigamma};

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

/// One area's rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Area {
    /// How it was made.
    pub method: &'static str,
    /// Events.
    pub x: u64,
    /// Samples.
    pub n: u64,
    /// The area's own rate.
    pub direct: f64,
    /// The posterior mean.
    pub estimate: f64,
    /// The lower posterior limit.
    pub lower: f64,
    /// The upper posterior limit.
    pub upper: f64,
    /// The stated posterior probability.
    pub confidence: f64,
    /// The weight of the common rate.
    pub shrinkage: f64,
    /// The shapes of the posterior.
    pub posterior: (f64, f64),
}

fn checked(counts: &[Counts]) -> Result<(f64, f64)> {
    if counts.len() < 2 {
        return Err(Error::Empty { what: "areas to compare: at least two are needed" });
    }
    counts.iter().try_for_each(|&(x, n)| events(x, n))?;
    let hits: u64 = counts.iter().map(|(x, _)| x).sum();
    let whole: u64 = counts.iter().map(|(_, n)| n).sum();
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
        return Err(Error::NotEstimable {
            what: "variation between areas",
            reason: "areas differ as much as 0 and 1 do",
        });
    }
    let mut fit = shaped("kleinman_moments", counts, p * size, (1.0 - p) * size);
    fit.correlation = rho;
    Ok(fit)
}

/// The maximum likelihood fit. O(areas) a step.
///
/// # Errors
/// As [`moments`], and [`Error::NoConvergence`].
pub fn fit(counts: &[Counts]) -> Result<Fit> {
    let (hits, whole) = checked(counts)?;
    let p = hits / whole;
    if score_of_variation(counts, p) <= 0.0 {
        return Ok(pooled("beta_binomial_ml", counts, p));
    }
    let start = match moments(counts) {
        Ok(fit) if !fit.pooled => (fit.a, fit.b),
        _ => (p * 1e4, (1.0 - p) * 1e4),
    };
    let mut u = [start.0.ln(), start.1.ln()];
    let value = |u: [f64; 2]| ln_likelihood(counts, u[0].exp(), u[1].exp());
    let mut best = value(u);
    const STEPS: usize = 500;
    for _ in 0..STEPS {
        let (gradient, hessian) = derivatives(counts, u[0].exp(), u[1].exp());
        let step = ascent(gradient, hessian);
        // Twice the gain that the step promises.
        let slope = gradient[0] * step[0] + gradient[1] * step[1];
        if slope.abs() <= 1e-14 * (1.0 + best.abs()) {
            return Ok(shaped("beta_binomial_ml", counts, u[0].exp(), u[1].exp()));
        }
        let mut scale = 1.0_f64.min(3.0 / step[0].abs().max(step[1].abs()).max(1e-300));
        loop {
            let next = [u[0] + scale * step[0], u[1] + scale * step[1]];
            let there = value(next);
            if there >= best + 1e-4 * scale * slope - 1e-13 * best.abs() {
                (u, best) = (next, there);
                break;
            }
            scale *= 0.5;
            if scale < 1e-12 {
                break;
            }
        }
        let moved = scale * step[0].abs().max(step[1].abs());
        if u[0].max(u[1]) > 60.0 {
            return Ok(pooled("beta_binomial_ml", counts, p));
        }
        if moved < 1e-11 {
            return Ok(shaped("beta_binomial_ml", counts, u[0].exp(), u[1].exp()));
        }
    }
    Err(Error::NoConvergence { what: "the beta-binomial model", iterations: STEPS })
}

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
    let (mut g, mut h) = ([0.0; 2], [[0.0; 2]; 2]);
    for &(x, n) in counts {
        let (hits, misses, whole) = (x as f64, (n - x) as f64, n as f64);
        let common = digamma(a + b) - digamma(a + b + whole);
        let common2 = trigamma(a + b) - trigamma(a + b + whole);
        g[0] += digamma(a + hits) - digamma(a) + common;
        g[1] += digamma(b + misses) - digamma(b) + common;
        h[0][0] += trigamma(a + hits) - trigamma(a) + common2;
        h[1][1] += trigamma(b + misses) - trigamma(b) + common2;
        h[0][1] += common2;
    }
    let gradient = [a * g[0], b * g[1]];
    let hessian = [
        [a * a * h[0][0] + gradient[0], a * b * h[0][1]],
        [a * b * h[0][1], b * b * h[1][1] + gradient[1]],
    ];
    (gradient, hessian)
}

/// Newton's step, or the gradient where the surface is not concave.
fn ascent(g: [f64; 2], h: [[f64; 2]; 2]) -> [f64; 2] {
    let mut ridge = 0.0;
    for _ in 0..60 {
        let (h00, h11) = (h[0][0] - ridge, h[1][1] - ridge);
        let det = h00 * h11 - h[0][1] * h[0][1];
        if h00 < 0.0 && det > 1e-14 * (h00 * h11).abs() {
            let step = [(-g[0] * h11 + g[1] * h[0][1]) / det, (-g[1] * h00 + g[0] * h[0][1]) / det];
            return step;
        }
        ridge =
            if ridge == 0.0 { 1e-8 * (h[0][0].abs() + h[1][1].abs() + 1e-8) } else { ridge * 4.0 };
    }
    g
}

impl Fit {
    /// Every area's rate with its posterior interval of equal tails. When pooled, the posterior is
    /// that of the common rate under Jeffreys' prior.
    ///
    /// # Errors
    /// As [`moments`] for the counts; [`Error::Domain`] for the confidence.
    pub fn areas(&self, counts: &[Counts], confidence: f64) -> Result<Vec<Area>> {
        let half = 0.5 * (1.0 - open_unit("confidence", confidence)?);
        let hits: u64 = counts.iter().map(|(x, _)| x).sum();
        let whole: u64 = counts.iter().map(|(_, n)| n).sum();
        counts
            .iter()
            .map(|&(x, n)| {
                events(x, n)?;
                let posterior = if self.pooled {
                    (hits as f64 + 0.5, (whole - hits) as f64 + 0.5)
                } else {
                    (self.a + x as f64, self.b + (n - x) as f64)
                };
                let shapes = Shapes::new(posterior.0, posterior.1);
                Ok(Area {
                    method: self.method,
                    x,
                    n,
                    direct: x as f64 / n as f64,
                    estimate: if self.pooled {
                        self.mean
                    } else {
                        posterior.0 / (posterior.0 + posterior.1)
                    },
                    lower: shapes.quantile(half, false).x,
                    upper: shapes.quantile(half, true).x,
                    confidence,
                    shrinkage: if self.pooled {
                        1.0
                    } else {
                        (self.a + self.b) / (self.a + self.b + n as f64)
                    },
                    posterior,
                })
            })
            .collect()
    }
}
