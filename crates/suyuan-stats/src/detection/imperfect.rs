//! Freedom from a hazard shown with tests that give false positives.
//!
//! Estimand: with `n` samples and a cut `c`, the hazard counts as present when more than `c` test
//! positive. The plan's sensitivity is `P(T > c)` at the design prevalence, its specificity
//! `P(T <= c)` in a population free of the hazard.
//!
//! Formula: `T` is the sum of the positives among bad and good units, the number of bad ones drawn
//! being hypergeometric (Cameron and Baldock 1998, modified hypergeometric). Where no population is
//! given (`None`) it is taken as so large that drawing does not change it: `T` is then binomial with
//! `p* Se + (1 - p*)(1 - Sp)`, the binomial law of FreeCalc.
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
use crate::error::{Error, Result, countable, open_unit, unit};
use crate::numeric::exact::Sum;
use crate::numeric::roots::{first_true, first_true_from};
use crate::screening::Accuracy;

/// `P(at most cut positives)` among `drawn` of `population` with `bad` bad units. The terms that
/// count: O(standard deviation of the bad units drawn x that of their positives).
///
/// # Errors
/// [`Error::Exceeds`] when `bad` or `drawn` is above `population`; [`Error::Domain`] when that is
/// above 2^53.
pub fn at_most(population: u64, bad: u64, drawn: u64, test: Accuracy, cut: u64) -> Result<f64> {
    Hypergeometric::new(population, bad, drawn)?;
    Ok(Drawn::Counted { population, bad }.at_most(drawn, test, cut))
}

/// `P(at most cut positives)` among `drawn` of a population so large that drawing does not change
/// its share of bad units. Constant time.
///
/// # Errors
/// [`Error::Domain`] when the share is no probability.
pub fn at_most_binomial(share: f64, drawn: u64, test: Accuracy, cut: u64) -> Result<f64> {
    Ok(Drawn::Share(unit("share of bad units", share)?).at_most(drawn, test, cut))
}

/// What samples are drawn from.
#[derive(Clone, Copy)]
enum Drawn {
    /// So many units of which so many are bad.
    Counted {
        /// Units.
        population: u64,
        /// Bad ones.
        bad: u64,
    },
    /// So many that only the share of bad ones counts.
    Share(f64),
}

impl Drawn {
    /// What has the design prevalence.
    fn checked(population: Option<u64>, prevalence: f64) -> Result<Self> {
        open_unit("design prevalence", prevalence)?;
        Ok(match population {
            Some(0) => return Err(Error::Empty { what: "population" }),
            Some(population) => Self::Counted {
                population: countable("units in the population", population)?,
                bad: bad_units(population, prevalence),
            },
            None => Self::Share(prevalence),
        })
    }

    fn at_most(self, drawn: u64, test: Accuracy, cut: u64) -> f64 {
        let (population, bad) = match self {
            Self::Share(share) => return Binomial::raw(drawn, test.apparent(share)).cdf(cut),
            Self::Counted { population, bad } => (population, bad),
        };
        let law = Hypergeometric::raw(population, bad, drawn);
        let (least, greatest) = (law.least(), law.greatest());
        let mean = drawn as f64 * (bad as f64 / population as f64);
        let middle = (mean as u64).clamp(least, greatest);
        let mut sum = Sum::default();
        let mut add = |count: u64| {
            let weight = law.pmf(count);
            if weight >= 1e-20 {
                sum.add(weight * given_drawn(count, drawn - count, test, cut));
            }
            weight >= 1e-20
        };
        // From the middle outwards, until the rest adds up to nothing.
        for count in middle..=greatest {
            if !add(count) {
                break;
            }
        }
        for count in (least..middle).rev() {
            if !add(count) {
                break;
            }
        }
        sum.value().min(1.0)
    }
}

/// `P(at most cut positives)` from given numbers of bad and good units.
fn given_drawn(bad: u64, good: u64, test: Accuracy, cut: u64) -> f64 {
    let hits = Binomial::raw(bad, test.sensitivity());
    if test.specificity() >= 1.0 {
        return hits.cdf(cut);
    }
    let false_alarms = Binomial::raw(good, 1.0 - test.specificity());
    // P(hits = j) P(false alarms <= cut - j), for the j that count: beyond ten standard deviations
    // and ten counts more of the mean lies less than 1e-22 (Bernstein's inequality).
    let mean = bad as f64 * test.sensitivity();
    let width = 10.0 * (mean * (1.0 - test.sensitivity())).sqrt() + 40.0;
    let most = cut.min(bad).min((mean + width) as u64);
    let least = (mean - width).max(0.0) as u64;
    if least > most {
        return 0.0;
    }
    let mut sum = 0.0;
    let mut below = false_alarms.cdf(cut - most);
    for j in (least..=most).rev() {
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
    /// Units in the population; none for one so large that drawing does not change it.
    pub population: Option<u64>,
    /// Bad units at the design prevalence, in a population of known size.
    pub bad: Option<u64>,
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
/// that keeps it finds more. The population is a number of units, or `None`.
///
/// # Errors
/// [`Error::Domain`] for prevalence or target outside (0, 1); [`Error::Exceeds`] when `n` is above
/// the population; [`Error::Empty`] for an empty population.
pub fn best_cut(
    population: impl Into<Option<u64>>,
    prevalence: f64,
    test: Accuracy,
    n: u64,
    target_specificity: f64,
) -> Result<Point> {
    let population = population.into();
    let drawn = Drawn::checked(population, prevalence)?;
    open_unit("target specificity", target_specificity)?;
    countable("samples", n)?;
    if let Some(population) = population.filter(|&population| n > population) {
        return Err(Error::Exceeds { x: n, n: population });
    }
    let cut = Binomial::raw(n, 1.0 - test.specificity()).quantile(target_specificity)?;
    Ok(drawn.point(test, n, cut))
}

impl Drawn {
    fn point(self, test: Accuracy, n: u64, cut: u64) -> Point {
        Point {
            n,
            cut,
            sensitivity: 1.0 - self.at_most(n, test, cut),
            specificity: Binomial::raw(n, 1.0 - test.specificity()).cdf(cut),
        }
    }
}

/// The most units that [`region`] looks at.
const REACH: u64 = 1_000_000_000;

/// The numbers of samples up to `limit` that reach both targets. The population is a number of
/// units, or `None`. With a cut held fixed more samples find more and keep less specificity, so that
/// each cut has one run, found by bisection: O(cuts x log limit) evaluations of [`at_most`].
///
/// # Errors
/// [`Error::Domain`] and [`Error::Empty`] as [`best_cut`]; [`Error::Impossible`] when no number up
/// to `limit` (at most 1e9) will do.
pub fn region(
    population: impl Into<Option<u64>>,
    prevalence: f64,
    test: Accuracy,
    target_sensitivity: f64,
    target_specificity: f64,
    limit: u64,
) -> Result<Region> {
    let population = population.into();
    let drawn = Drawn::checked(population, prevalence)?;
    open_unit("target sensitivity", target_sensitivity)?;
    open_unit("target specificity", target_specificity)?;
    let limit = limit.min(population.unwrap_or(REACH)).min(REACH);
    let (mut from, mut smallest, mut runs) = (1, None, Vec::<Run>::new());
    for cut in 0.. {
        if from > limit {
            break;
        }
        let too_many_alarms =
            |n: u64| Binomial::raw(n, 1.0 - test.specificity()).cdf(cut) < target_specificity;
        let guess = from + from / 8 + 16;
        let mut to = first_true_from(from, guess, limit, too_many_alarms).map_or(limit, |n| n - 1);
        if to < from {
            continue;
        }
        let missed = |n: u64| drawn.at_most(n, test, cut);
        let enough = |missed: f64| 1.0 - missed >= target_sensitivity;
        let missed_first = missed(from);
        let first = if enough(missed_first) {
            Some(from)
        } else {
            first_true(from + 1, to, |n| enough(missed(n)))
        };
        if let Some(first) = first {
            smallest.get_or_insert_with(|| drawn.point(test, first, cut));
            // What is missed falls exponentially with the number of samples: from here on no step
            // of the cut brings it back to the target.
            if missed_first < 1e-9 * (1.0 - target_sensitivity) {
                to = limit;
            }
            match runs.last_mut() {
                Some(run) if run.to + 1 == first => run.to = to,
                _ => runs.push(Run { from: first, to }),
            }
        }
        from = to + 1;
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
    let (method, bad) = match drawn {
        Drawn::Counted { bad, .. } => ("modified_hypergeometric_exact", Some(bad)),
        Drawn::Share(_) => ("freecalc_binomial", None),
    };
    Ok(Region { method, population, bad, smallest, runs, settled_from, limit })
}
