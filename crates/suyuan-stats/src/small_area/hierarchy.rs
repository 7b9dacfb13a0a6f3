//! Areas' rates with intervals and ranks that carry how little is known of what areas have in
//! common.
//!
//! Estimand: the rate of every area, given all of them, and its rank. The model is that of
//! [`beta_binomial`](super::beta_binomial); its mean `m = a / (a + b)` and size `s = a + b` are not
//! set to estimates but integrated over. What they are before the data:
//!
//! - `m` is Beta(1/2, 1/2) distributed (Jeffreys);
//! - the share of the common rate in an area with the median number of samples `n`, `s / (s + n)`,
//!   is uniform from 0 to 1 (Christiansen and Morris 1997, whose prior for Poisson rates this is;
//!   Daniels 1999; Natarajan and Kass 2000 call it the uniform shrinkage prior). It is the proper
//!   one that comes nearest to the usual flat one on `1 / s`.
//!
//! Both are proper: there is an answer for any counts, also where a fit has none (no area has an
//! event, or every area has nothing else or none: for these the flat prior on `1 / s` has no
//! posterior, Tak and Morris 2017). Coverage at fixed rates was simulated, see the crate's page of
//! documentation.
//!
//! An interval has equal tails; where nothing failed it begins at 0 and where nothing passed it ends
//! at 1, as exact limits do. The exact limits (Clopper and Pearson) of the area's own counts stand
//! beside it: they owe nothing to other areas.
//!
//! Quadrature: trapezoids in `ln s` and in the angle `asin(sqrt(m))`, in which the first prior is
//! flat and the integrand is smooth and even at both ends; nothing is simulated, the same counts give
//! the same digits. Pairs of shapes that weigh less than 1e-7 in all are left out.
//!
//! When not to use: for areas that are known to differ (take each group of similar areas by itself),
//! or to hide a bad area: its own numbers belong beside the shrunk ones.
//!
//! ```
//! use suyuan_stats::small_area::hierarchy::posterior;
//! // One sample, which failed, beside areas without a failure: neither certain nor forgotten.
//! let found = posterior(&[(0, 16), (0, 15), (0, 26), (0, 8), (1, 1)])?;
//! let areas = found.areas(0.95)?;
//! assert!(areas[4].lower < 0.05 && areas[4].direct_lower < 0.026);
//! assert!(areas[3].upper > 0.02 && areas[3].direct_upper < 0.37);
//! let worst: f64 = found.ranks()?.iter().map(|rank| rank.probabilities[0]).sum();
//! assert!((worst - 1.0).abs() < 1e-9);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::f64::consts::FRAC_PI_2;

use serde::Serialize;

use crate::error::{Error, Result, events, open_unit, total};
use crate::numeric::exact::{Sum, sum};
use crate::proportion::{Method, interval};
use crate::small_area::beta_binomial::Counts;
use crate::small_area::ranking::{Rank, of_mixture};
use crate::special::beta::{Point, Shapes};
use crate::special::gamma::ln_rising;

/// What the counts say of areas' rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hierarchy {
    /// How it was made.
    pub method: &'static str,
    /// The posterior mean of the mean rate of areas.
    pub mean: f64,
    /// The posterior mean of the correlation of two samples of one area, `1 / (s + 1)`.
    pub correlation: f64,
    /// The prior median of `s`, the median number of samples of an area.
    pub scale: f64,
    #[serde(skip)]
    counts: Vec<Counts>,
    #[serde(skip)]
    nodes: Vec<Node>,
}

/// A pair of shapes with its posterior probability.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    weight: f64,
    a: f64,
    b: f64,
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
    /// The exact lower limit of the area's own counts.
    pub direct_lower: f64,
    /// The exact upper limit of the area's own counts.
    pub direct_upper: f64,
    /// The posterior mean.
    pub estimate: f64,
    /// The lower posterior limit.
    pub lower: f64,
    /// The upper posterior limit.
    pub upper: f64,
    /// The stated probability of either pair of limits.
    pub confidence: f64,
    /// The weight of the common rate, its posterior mean.
    pub shrinkage: f64,
}

const METHOD: &str = "beta_binomial_hierarchy";

/// What the pairs left out weigh together.
const LEFT_OUT: f64 = 1e-7;

/// How far below the peak the logarithm of a weight counts as nothing.
const DEPTH: f64 = 15.0;

/// The posterior of the shapes. O(areas) for each of some ten thousand pairs.
///
/// # Errors
/// [`Error::Empty`] without areas or for one without samples; [`Error::Exceeds`];
/// [`Error::Domain`] when samples add up to more than 1e10.
pub fn posterior(counts: &[Counts]) -> Result<Hierarchy> {
    if counts.is_empty() {
        return Err(Error::Empty { what: "areas" });
    }
    counts.iter().try_for_each(|&(x, n)| events(x, n))?;
    let samples = total("samples", counts.iter().map(|&(_, n)| n))?;
    // The logarithm of a likelihood has so many digits and no more.
    if samples > 10_000_000_000 {
        let (what, value) = ("samples of all areas", samples as f64);
        return Err(Error::Domain { what, value, expected: "at most 1e10" });
    }
    let mut sizes: Vec<u64> = counts.iter().map(|&(_, n)| n).collect();
    sizes.sort_unstable();
    let scale = sizes[(sizes.len() - 1) / 2] as f64;
    let layers = layers(counts, scale);
    let top = layers.iter().map(|layer| layer.ln_weight).fold(f64::NEG_INFINITY, f64::max);
    let mut nodes: Vec<Node> = layers
        .iter()
        .flat_map(|layer| {
            let outer = (layer.ln_weight - top).exp();
            layer.angles.iter().map(move |&(angle, share)| {
                let (sin, cos) = angle.sin_cos();
                Node {
                    weight: outer * share,
                    a: (layer.size * (sin * sin)).max(LEAST),
                    b: (layer.size * (cos * cos)).max(LEAST),
                }
            })
        })
        .collect();
    nodes.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    let all = sum(nodes.iter().map(|node| node.weight));
    let mut left = all;
    nodes.retain(|node| {
        let kept = left > LEFT_OUT * all;
        left -= node.weight;
        kept
    });
    let kept = sum(nodes.iter().map(|node| node.weight));
    nodes.iter_mut().for_each(|node| node.weight /= kept);
    let of = |value: fn(&Node) -> f64| sum(nodes.iter().map(|node| node.weight * value(node)));
    Ok(Hierarchy {
        method: METHOD,
        mean: of(|node| node.a / (node.a + node.b)),
        correlation: of(|node| 1.0 / (node.a + node.b + 1.0)),
        scale,
        counts: counts.to_vec(),
        nodes,
    })
}

/// The least shape: a weight on smaller ones is below what is left out.
const LEAST: f64 = 1e-90;

/// All pairs of one size.
struct Layer {
    size: f64,
    /// The logarithm of the integral over the angle.
    ln_weight: f64,
    /// Angles with their shares of it.
    angles: Vec<(f64, f64)>,
}

/// The sizes that count, equally far apart in their logarithm.
fn layers(counts: &[Counts], scale: f64) -> Vec<Layer> {
    let at = |ln: f64| layer(counts, scale, ln);
    // A first look at steps of 1 finds the highest layer, wherever there are several.
    let centre = scale.ln();
    let mut best = at(centre);
    let mut peak = centre;
    for step in 1..=24 {
        for side in [-1.0, 1.0] {
            let ln = centre + side * f64::from(step);
            let here = at(ln);
            if here.ln_weight > best.ln_weight {
                (best, peak) = (here, ln);
            }
        }
    }
    // How wide it is: twice the second difference, looked at ever closer.
    let mut width = 1.0;
    for _ in 0..12 {
        let (below, above) = (at(peak - width), at(peak + width));
        if below.ln_weight > best.ln_weight {
            (best, peak) = (below, peak - width);
            continue;
        }
        if above.ln_weight > best.ln_weight {
            (best, peak) = (above, peak + width);
            continue;
        }
        if 2.0 * best.ln_weight - below.ln_weight - above.ln_weight < 1.3 {
            break;
        }
        width *= 0.6;
    }
    let top = best.ln_weight;
    let mut found = vec![best];
    for side in [-1.0, 1.0] {
        let mut ln = peak;
        // Beyond this lies less than exp(-30) of the prior.
        while (ln - centre).abs() < 30.0 + width {
            ln += side * width;
            let here = at(ln);
            let deep = here.ln_weight < top - DEPTH;
            found.push(here);
            if deep {
                break;
            }
        }
    }
    found
}

/// Angles in a layer.
const ANGLES: usize = 12;

fn layer(counts: &[Counts], scale: f64, ln_size: f64) -> Layer {
    let size = ln_size.exp();
    let fixed = sum(counts.iter().map(|&(_, n)| -ln_rising(size, n as f64)));
    let value = |angle: f64| {
        let (sin, cos) = angle.sin_cos();
        let (a, b) = ((size * (sin * sin)).max(LEAST), (size * (cos * cos)).max(LEAST));
        let mut total = Sum::default();
        for &(x, n) in counts {
            if x > 0 {
                total.add(ln_rising(a, x as f64));
            }
            if x < n {
                total.add(ln_rising(b, (n - x) as f64));
            }
        }
        total.value()
    };
    let (peak, top) = summit(value);
    let reach = |end: f64| {
        if value(end) > top - DEPTH {
            return end;
        }
        let (mut inner, mut outer) = (peak, end);
        for _ in 0..60 {
            if (outer - inner).abs() <= 0.05 * (outer - peak).abs() {
                break;
            }
            let middle = 0.5 * (inner + outer);
            if value(middle) > top - DEPTH {
                inner = middle;
            } else {
                outer = middle;
            }
        }
        outer
    };
    let (low, high) = (reach(0.0), reach(FRAC_PI_2));
    let step = (high - low) / ANGLES as f64;
    let mut angles: Vec<(f64, f64)> = (0..ANGLES)
        .map(|at| {
            let angle = low + (at as f64 + 0.5) * step;
            (angle, step * (value(angle) - top).exp())
        })
        .collect();
    let whole: f64 = angles.iter().map(|(_, share)| share).sum();
    angles.iter_mut().for_each(|(_, share)| *share /= whole);
    // The share s / (s + scale) is uniform: its density by ln s.
    let prior = ln_size - 2.0 * (size + scale).ln();
    Layer { size, ln_weight: fixed + top + whole.ln() + prior, angles }
}

/// The peak of the likelihood over the angle, which has one.
fn summit(value: impl Fn(f64) -> f64) -> (f64, f64) {
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..60 {
        // The top is known well enough when it is flat.
        if high - low < 1e-9 || (at_left - at_right).abs() < 1e-4 && high - low < 1e-3 {
            break;
        }
        if at_left > at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = value(right);
        }
    }
    if at_left > at_right { (left, at_left) } else { (right, at_right) }
}

impl Hierarchy {
    /// Every area's rate with its posterior and its exact limits, in the order of the counts. Some
    /// thousand beta tails an area.
    ///
    /// # Errors
    /// [`Error::Domain`] for the confidence.
    pub fn areas(&self, confidence: f64) -> Result<Vec<Area>> {
        use rayon::prelude::*;
        open_unit("confidence", confidence)?;
        self.counts.par_iter().map(|&counts| self.area(counts, confidence)).collect()
    }

    fn area(&self, (x, n): Counts, confidence: f64) -> Result<Area> {
        let exact = interval(x, n, confidence, Method::ClopperPearson)?;
        let (hits, misses) = (x as f64, (n - x) as f64);
        let (mut mean, mut square, mut shrinkage) = (0.0, 0.0, 0.0);
        for node in &self.nodes {
            let size = node.a + node.b;
            let (hits, whole) = (node.a + hits, size + n as f64);
            mean += node.weight * hits / whole;
            square += node.weight * hits / whole * ((hits + 1.0) / (whole + 1.0));
            shrinkage += node.weight * size / whole;
        }
        // The beta distribution with this mean and this variance.
        let variance = (square - mean * mean).max(1e-12 * mean * (1.0 - mean));
        let size = (mean * (1.0 - mean) / variance - 1.0).max(1e-3);
        let near = (mean * size, (1.0 - mean) * size);
        let shapes: Vec<(f64, Shapes)> = self
            .nodes
            .iter()
            .map(|node| (node.weight, Shapes::new(node.a + hits, node.b + misses)))
            .collect();
        let half = 0.5 * (1.0 - confidence);
        Ok(Area {
            method: METHOD,
            x,
            n,
            direct: x as f64 / n as f64,
            direct_lower: exact.lower,
            direct_upper: exact.upper,
            estimate: mean,
            lower: if x == 0 { 0.0 } else { quantile(&shapes, half, near, false) },
            upper: if x == n { 1.0 } else { quantile(&shapes, half, near, true) },
            confidence,
            shrinkage,
        })
    }

    /// The probability of every rank of every area. O(areas^2) for each of some hundred rates and
    /// each pair of shapes.
    ///
    /// # Errors
    /// None that counts which made a posterior can cause.
    pub fn ranks(&self) -> Result<Vec<Rank>> {
        let mixture: Vec<(f64, Vec<Shapes>)> = self
            .nodes
            .iter()
            .map(|node| {
                let shapes = self
                    .counts
                    .iter()
                    .map(|&(x, n)| Shapes::new(node.a + x as f64, node.b + (n - x) as f64))
                    .collect();
                (node.weight, shapes)
            })
            .collect();
        Ok(of_mixture("rank_probabilities_hierarchy", &mixture))
    }
}

/// The rate beyond which a mixture has the stated tail: Newton's method on the logarithm of the tail
/// over log odds, from the quantile of the beta distribution with the mixture's mean and variance,
/// within a bracket that only shrinks.
fn quantile(mixture: &[(f64, Shapes)], tail: f64, (a, b): (f64, f64), of_upper: bool) -> f64 {
    let outward = if of_upper { 1.0 } else { -1.0 };
    // The logarithm of the tail over the one wanted, and its fall outwards.
    let look = |w: f64| {
        let (mut mass, mut density) = (0.0, 0.0);
        for (weight, shapes) in mixture {
            let tails = shapes.tails_at(w);
            mass += weight * if of_upper { tails.upper } else { tails.lower };
            density += weight * shapes.ln_density_at(w).exp();
        }
        ((mass.max(f64::MIN_POSITIVE) / tail).ln(), density / mass.max(f64::MIN_POSITIVE))
    };
    let start = Shapes::new(a, b).quantile(tail, of_upper);
    let mut w = (start.x.max(f64::MIN_POSITIVE) / start.y.max(f64::MIN_POSITIVE)).ln();
    let (mut inner, mut outer) = (-outward * f64::INFINITY, outward * f64::INFINITY);
    for _ in 0..200 {
        let (gap, fall) = look(w);
        if gap > 0.0 {
            inner = w
        } else {
            outer = w
        }
        let step = if fall > 0.0 { gap / fall } else { gap };
        let next = w + outward * step.clamp(-20.0, 20.0);
        if step.abs() <= 1e-10 * (1.0 + w.abs()) {
            w = next;
            break;
        }
        let inside = (next - inner) * outward > 0.0 && (outer - next) * outward > 0.0;
        w = if inside || !(inner + outer).is_finite() { next } else { 0.5 * (inner + outer) };
    }
    Point::of_log_odds(w).x
}
