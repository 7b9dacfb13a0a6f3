//! The probability that an area is worst, second worst, and so on.
//!
//! Estimand: the ranks of the true rates, rank 1 for the highest. For independent posteriors the
//! probability that exactly `r - 1` others exceed area `i` is the integral over its posterior of a
//! Poisson-binomial probability; it is computed by Gauss and Legendre's rule over log odds common to
//! all areas, not by simulation, so that the same data always rank the same (after Laird and Louis 1989). Every
//! rank is taken by one area and every area has one rank: rows and columns add up to 1.
//!
//! When not to use: to publish a league table of areas whose rank probabilities are flat: say so
//! instead.

use serde::Serialize;

use crate::error::{Error, Result, positive};
use crate::numeric::quadrature::Legendre;
use crate::special::beta::Shapes;

/// What is known of one area's rank.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rank {
    /// How it was computed.
    pub method: &'static str,
    /// The probability of rank 1 (the highest rate), 2, ...
    pub probabilities: Vec<f64>,
    /// The expected rank.
    pub expected: f64,
    /// The position by expected rank, 1 for the highest rate; ties by the order given.
    pub position: usize,
}

/// Rank probabilities of independent beta posteriors, given by their shapes. O(areas^2) for each of
/// some hundred rates. Areas whose shapes were estimated are not independent: take
/// [`Hierarchy::ranks`](super::hierarchy::Hierarchy::ranks).
///
/// # Errors
/// [`Error::Empty`] without areas; [`Error::Domain`] for a shape below 1e-90 or above 1e12.
pub fn ranks(posteriors: &[(f64, f64)]) -> Result<Vec<Rank>> {
    if posteriors.is_empty() {
        return Err(Error::Empty { what: "areas to rank" });
    }
    for &(a, b) in posteriors {
        for (what, value) in [("first shape", a), ("second shape", b)] {
            positive(what, value)?;
            if !(1e-90..=1e12).contains(&value) {
                return Err(Error::Domain { what, value, expected: "a number from 1e-90 to 1e12" });
            }
        }
    }
    let shapes = posteriors.iter().map(|&(a, b)| Shapes::new(a, b)).collect();
    Ok(of_mixture("rank_probabilities_exact", &[(1.0, shapes)]))
}

/// Rank probabilities of areas that are independent given a state, of which each has its weight.
pub(crate) fn of_mixture(method: &'static str, states: &[(f64, Vec<Shapes>)]) -> Vec<Rank> {
    use rayon::prelude::*;
    let count = states.first().map_or(0, |(_, shapes)| shapes.len());
    let parts: Vec<Vec<f64>> = states
        .par_iter()
        .map(|(weight, shapes)| {
            let mut part = vec![0.0; count * count];
            add_state(shapes, *weight, &mut part);
            part
        })
        .collect();
    // In the order of the states, whatever thread was first.
    let mut table = vec![0.0; count * count];
    for part in parts {
        table.iter_mut().zip(part).for_each(|(sum, p)| *sum += p);
    }
    balance(&mut table, count);
    let mut ranks: Vec<Rank> = (0..count)
        .map(|at| {
            let probabilities = table[at * count..(at + 1) * count].to_vec();
            let expected =
                probabilities.iter().enumerate().map(|(rank, p)| (rank as f64 + 1.0) * p).sum();
            Rank { method, probabilities, expected, position: 0 }
        })
        .collect();
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|&i, &j| ranks[i].expected.total_cmp(&ranks[j].expected).then(i.cmp(&j)));
    for (position, at) in order.into_iter().enumerate() {
        ranks[at].position = position + 1;
    }
    ranks
}

/// Makes rows and columns add up to 1: what quadrature left, some 1e-8, is spread in proportion.
fn balance(table: &mut [f64], count: usize) {
    for _ in 0..4 {
        for row in table.chunks_mut(count) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum);
        }
        for rank in 0..count {
            let sum: f64 = (0..count).map(|at| table[at * count + rank]).sum();
            (0..count).for_each(|at| table[at * count + rank] /= sum);
        }
    }
}

/// The log odds at which rates are looked at, with weights: Gauss and Legendre's rule on panels half
/// as long as the spread of the area that bends most closely there, longer with the distance from
/// all of them, where tails are exponential or gone.
fn rates(shapes: &[Shapes]) -> Vec<(f64, f64)> {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    let bends: Vec<(f64, f64)> = shapes
        .iter()
        .map(|shape| {
            let (a, b) = (shape.first(), shape.second());
            let spread = (1.0 / (a + 0.5) + 1.0 / (b + 0.5)).sqrt();
            let middle = ((a + 0.5) / (b + 0.5)).ln();
            // Tails fall like exp(a w) and exp(-b w), or faster.
            least = least.min(middle - 8.0 * spread - 25.0 / a);
            most = most.max(middle + 8.0 * spread + 25.0 / b);
            (middle, spread)
        })
        .collect();
    let rule = Legendre::new(5);
    let mut found = Vec::new();
    let mut from = least;
    while from < most {
        let scale = bends
            .iter()
            .map(|(middle, spread)| spread.max(0.25 * (from - middle).abs()))
            .fold(f64::INFINITY, f64::min);
        let to = from + 0.5 * scale;
        rule.nodes_on(from, to, |w, weight| found.push((w, weight)));
        from = to;
    }
    found
}

/// Adds the rank probabilities of independent areas to a table of areas by ranks.
fn add_state(shapes: &[Shapes], weight: f64, table: &mut [f64]) {
    let count = shapes.len();
    let mut above = vec![0.0; count];
    let mut below = vec![0.0; count];
    // The number of areas above the rate: all of them, then all but one.
    let (mut all, mut others) = (vec![0.0; count + 1], vec![0.0; count]);
    for (w, step) in rates(shapes) {
        all.fill(0.0);
        all[0] = 1.0;
        for (at, shape) in shapes.iter().enumerate() {
            let tails = shape.tails_at(w);
            (above[at], below[at]) = (tails.upper, tails.lower);
            for exceed in (1..=at + 1).rev() {
                all[exceed] = all[exceed] * tails.lower + all[exceed - 1] * tails.upper;
            }
            all[0] *= tails.lower;
        }
        for (at, shape) in shapes.iter().enumerate() {
            let density = weight * step * shape.ln_density_at(w).exp();
            if density < 1e-30 {
                continue;
            }
            // Takes the area out again, from the side where nothing is divided by less than 1/2.
            let (p, q) = (above[at], below[at]);
            if p <= 0.5 {
                let mut before = 0.0;
                for exceed in 0..count {
                    before = ((all[exceed] - p * before) / q).max(0.0);
                    others[exceed] = before;
                }
            } else {
                let mut after = 0.0;
                for exceed in (0..count).rev() {
                    after = ((all[exceed + 1] - q * after) / p).max(0.0);
                    others[exceed] = after;
                }
            }
            let row = &mut table[at * count..(at + 1) * count];
            row.iter_mut().zip(&others).for_each(|(sum, p)| *sum += density * p);
        }
    }
}
