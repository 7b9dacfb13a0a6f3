//! The probability that an area is worst, second worst, and so on.
//!
//! Estimand: the ranks of the true rates, rank 1 for the highest. For independent posteriors the
//! probability that exactly `r - 1` others exceed area `i` is the integral over its posterior of a
//! Poisson-binomial probability; it is computed by Gauss and Legendre's rule, not by simulation, so
//! that the same data always rank the same (after Laird and Louis 1989).
//!
//! When not to use: to publish a league table of areas whose rank probabilities are flat: say so
//! instead.

use serde::Serialize;

use crate::error::{Error, Result, positive};
use crate::numeric::quadrature::Legendre;
use crate::special::beta::{Point, Shapes};

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

/// Rank probabilities of beta posteriors, given by their shapes. O(areas^3) times 320 nodes.
///
/// # Errors
/// [`Error::Empty`] without areas; [`Error::Domain`] for a shape that is not above 0.
pub fn ranks(posteriors: &[(f64, f64)]) -> Result<Vec<Rank>> {
    use rayon::prelude::*;
    if posteriors.is_empty() {
        return Err(Error::Empty { what: "areas to rank" });
    }
    for &(a, b) in posteriors {
        positive("first shape", a)?;
        positive("second shape", b)?;
    }
    let shapes: Vec<Shapes> = posteriors.iter().map(|&(a, b)| Shapes::new(a, b)).collect();
    let rule = Legendre::new(16);
    let mut ranks: Vec<Rank> = (0..shapes.len())
        .into_par_iter()
        .map(|at| {
            let probabilities = one(&shapes, at, &rule);
            let expected =
                probabilities.iter().enumerate().map(|(rank, p)| (rank as f64 + 1.0) * p).sum();
            Rank { method: "rank_probabilities_exact", probabilities, expected, position: 0 }
        })
        .collect();
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by(|&i, &j| ranks[i].expected.total_cmp(&ranks[j].expected).then(i.cmp(&j)));
    for (position, at) in order.into_iter().enumerate() {
        ranks[at].position = position + 1;
    }
    Ok(ranks)
}

/// Rank probabilities of one area: the variable of integration is the probability under its own
/// posterior, in pieces that shrink towards both ends.
fn one(shapes: &[Shapes], at: usize, rule: &Legendre) -> Vec<f64> {
    let count = shapes.len();
    let mut total = vec![0.0; count];
    let ends = [0.0, 1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.04, 0.1, 0.2, 0.35, 0.5];
    let mut pieces: Vec<(f64, f64)> = ends.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mirrored: Vec<(f64, f64)> = pieces.clone();
    let mut distribution = vec![0.0; count];
    let mut add = |u: f64, of_upper: bool, weight: f64| {
        let point: Point = shapes[at].quantile(u, of_upper);
        distribution.fill(0.0);
        distribution[0] = 1.0;
        let mut seen = 0;
        for (other, shape) in shapes.iter().enumerate() {
            if other == at {
                continue;
            }
            let above = shape.tails(point).upper;
            seen += 1;
            for exceed in (0..=seen).rev() {
                let stay = if exceed < seen { distribution[exceed] * (1.0 - above) } else { 0.0 };
                let rise = if exceed > 0 { distribution[exceed - 1] * above } else { 0.0 };
                distribution[exceed] = stay + rise;
            }
        }
        for (sum, p) in total.iter_mut().zip(&distribution) {
            *sum += weight * p;
        }
    };
    for (low, high) in pieces.drain(..) {
        rule.nodes_on(low, high, |u, weight| add(u, false, weight));
    }
    for (low, high) in mirrored {
        rule.nodes_on(low, high, |u, weight| add(u, true, weight));
    }
    let whole: f64 = total.iter().sum();
    total.iter().map(|p| p / whole).collect()
}
