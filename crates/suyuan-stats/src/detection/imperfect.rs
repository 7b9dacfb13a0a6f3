//! Freedom from a hazard shown with tests that give false positives.
//!
//! Estimand: with `n` samples and a cut `c`, the hazard counts as present when more than `c` test
//! positive. The plan's sensitivity is `P(T > c)` at the design prevalence, its specificity
//! `P(T <= c)` in a population free of the hazard.
//!
//! Formula: `T` is the sum of the positives among bad and good units, the number of bad ones drawn
//! being hypergeometric (Cameron and Baldock 1998, modified hypergeometric).
//!
//! With a specificity below 1 what `n` achieves is **not monotone in n**: each step of the cut
//! costs sensitivity. The whole region is therefore reported, not one number.
//!
//! When not to use: with a perfect specificity [`sample_size`](super::sample_size) is simpler and
//! the same.
//!
//! ```
//! use suyuan_stats::detection::imperfect::region;
//! use suyuan_stats::screening::Accuracy;
//! let region = region(1000, 0.05, Accuracy::new(0.9, 0.98)?, 0.95, 0.95, 1000)?;
//! assert!(region.passes(197) && (201..=215).all(|n| !region.passes(n)));
//! assert!(region.settled_from.unwrap() > 215);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

use crate::detection::bad_units;
use crate::dist::{Binomial, Hypergeometric};
use crate::error::{Error, Result, open_unit};
use crate::numeric::exact::Sum;
use crate::screening::Accuracy;

/// `P(at most cut positives)` among `drawn` of `population` with `bad` bad units. O(bad drawn x
/// cut).
///
/// # Errors
/// [`Error::Exceeds`] when `bad` or `drawn` is above `population`.
pub fn at_most(population: u64, bad: u64, drawn: u64, test: Accuracy, cut: u64) -> Result<f64> {
    for x in [bad, drawn] {
        if x > population {
            return Err(Error::Exceeds { x, n: population });
        }
    }
    Ok(at_most_raw(population, bad, drawn, test, cut))
}

fn at_most_raw(population: u64, bad: u64, drawn: u64, test: Accuracy, cut: u64) -> f64 {
    let law = Hypergeometric::raw(population, bad, drawn);
    let mean = drawn as f64 * bad as f64 / population.max(1) as f64;
    let mut sum = Sum::default();
    for count in law.least()..=law.greatest() {
        let weight = law.pmf(count);
        if weight < 1e-18 {
            if count as f64 > mean {
                break;
            }
            continue;
        }
        sum.add(weight * given_drawn(count, drawn - count, test, cut));
    }
    sum.value().min(1.0)
}

/// `P(at most cut positives)` from given numbers of bad and good units.
fn given_drawn(bad: u64, good: u64, test: Accuracy, cut: u64) -> f64 {
    let hits = Binomial::raw(bad, test.sensitivity());
    if test.specificity() >= 1.0 {
        return hits.cdf(cut);
    }
    let false_alarms = Binomial::raw(good, 1.0 - test.specificity());
    // Running sums of both sides: P(hits = j) P(false alarms <= cut - j).
    let most = cut.min(bad);
    let mut sum = 0.0;
    let mut below = false_alarms.cdf(cut - most);
    for j in (0..=most).rev() {
        sum += hits.pmf(j) * below;
        below += false_alarms.pmf(cut - j + 1);
    }
    sum
}

/// A number of samples with its cut and what they achieve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Samples.
    pub n: u64,
    /// The most positives that still count as absence.
    pub cut: u64,
    /// `P(more than cut positives)` at the design prevalence.
    pub sensitivity: f64,
    /// `P(at most cut positives)` without the hazard.
    pub specificity: f64,
}

/// Consecutive numbers of samples that all meet both targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// Every number of samples that meets both targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Region {
    /// How it was computed.
    pub method: &'static str,
    /// Units in the population.
    pub population: u64,
    /// Bad units at the design prevalence.
    pub bad: u64,
    /// The smallest number that meets both targets; larger ones may not.
    pub smallest: Point,
    /// All that do, in runs.
    pub runs: Vec<Run>,
    /// From here on every number up to `limit` does.
    pub settled_from: Option<u64>,
    /// The largest number looked at.
    pub limit: u64,
}

impl Region {
    /// Whether a number of samples meets both targets, with its best cut.
    #[must_use]
    pub fn passes(&self, n: u64) -> bool {
        self.runs.iter().any(|run| (run.from..=run.to).contains(&n))
    }
}

/// What `n` samples achieve with the lowest cut that keeps the target specificity: no other cut
/// that keeps it finds more.
///
/// # Errors
/// [`Error::Domain`] for prevalence or target outside (0, 1); [`Error::Exceeds`] when `n` is above
/// the population; [`Error::Empty`] for an empty population.
pub fn best_cut(
    population: u64,
    prevalence: f64,
    test: Accuracy,
    n: u64,
    target_specificity: f64,
) -> Result<Point> {
    open_unit("design prevalence", prevalence)?;
    open_unit("target specificity", target_specificity)?;
    if population == 0 {
        return Err(Error::Empty { what: "population" });
    }
    if n > population {
        return Err(Error::Exceeds { x: n, n: population });
    }
    let cut = Binomial::raw(n, 1.0 - test.specificity()).quantile(target_specificity)?;
    Ok(point(population, bad_units(population, prevalence), test, n, cut))
}

fn point(population: u64, bad: u64, test: Accuracy, n: u64, cut: u64) -> Point {
    Point {
        n,
        cut,
        sensitivity: 1.0 - at_most_raw(population, bad, n, test, cut),
        specificity: Binomial::raw(n, 1.0 - test.specificity()).cdf(cut),
    }
}

/// The numbers of samples up to `limit` that reach both targets. O(limit) evaluations of
/// [`at_most`].
///
/// # Errors
/// [`Error::Domain`] and [`Error::Empty`] as [`best_cut`]; [`Error::Impossible`] when no number up
/// to `limit` will do.
pub fn region(
    population: u64,
    prevalence: f64,
    test: Accuracy,
    target_sensitivity: f64,
    target_specificity: f64,
    limit: u64,
) -> Result<Region> {
    open_unit("design prevalence", prevalence)?;
    open_unit("target sensitivity", target_sensitivity)?;
    open_unit("target specificity", target_specificity)?;
    if population == 0 {
        return Err(Error::Empty { what: "population" });
    }
    let bad = bad_units(population, prevalence);
    let limit = limit.min(population);
    let (mut cut, mut smallest, mut runs) = (0, None, Vec::<Run>::new());
    for n in 1..=limit {
        let false_alarms = Binomial::raw(n, 1.0 - test.specificity());
        while false_alarms.cdf(cut) < target_specificity {
            cut += 1;
        }
        let here = point(population, bad, test, n, cut);
        if here.sensitivity < target_sensitivity {
            continue;
        }
        smallest.get_or_insert(here);
        match runs.last_mut() {
            Some(run) if run.to + 1 == n => run.to = n,
            _ => runs.push(Run { from: n, to: n }),
        }
    }
    let Some(smallest) = smallest else {
        return Err(Error::Impossible {
            what: "a number of samples",
            reason: format!(
                "none up to {limit} reaches sensitivity {target_sensitivity} and specificity \
                 {target_specificity} together"
            ),
        });
    };
    let settled_from = runs.last().filter(|run| run.to == limit).map(|run| run.from);
    Ok(Region {
        method: "modified_hypergeometric_exact",
        population,
        bad,
        smallest,
        runs,
        settled_from,
        limit,
    })
}
