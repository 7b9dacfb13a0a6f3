//! Simple random, systematic, Madow, Pareto and sequential draws.

use super::super::error::{SamplingError, Subject};
use super::random::{Stream, unit};
use super::targets::{Targets, check_units};

/// Every set of `quota` units equally likely: the first places of a random order, made by
/// swapping place i with one of the places from i on (Fisher and Yates). Sorted by index. O(n).
///
/// # Errors
/// [`SamplingError::TooLarge`] above [`MOST_UNITS`](super::MOST_UNITS).
pub fn simple(
    units: usize,
    quota: usize,
    stream: &mut Stream,
) -> Result<Vec<usize>, SamplingError> {
    check_units(units)?;
    let mut order: Vec<usize> = (0..units).collect();
    let quota = quota.min(units);
    for place in 0..quota {
        let other = place + stream.below((units - place) as u64) as usize;
        order.swap(place, other);
    }
    order.truncate(quota);
    order.sort_unstable();
    Ok(order)
}

/// All units in random order.
pub(crate) fn shuffled(units: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..units).collect();
    for place in 0..units {
        let other = place + stream.below((units - place) as u64) as usize;
        order.swap(place, other);
    }
    order
}

/// Systematic with unequal probabilities (Madow 1949): with the parts added up in frame order, the
/// units at `start, start + whole, start + 2 whole ...`; `start` is below `whole`. In whole
/// numbers, so the probability of each unit is exactly `part / whole`. O(n).
///
/// ```
/// use suyuan_core::sampling::draw::{Targets, systematic};
/// let targets = Targets::of_sizes(&[20, 50, 14, 80, 36, 66, 10, 24, 90, 44], 4)?;
/// assert_eq!(systematic(&targets, targets.whole() / 2), [1, 3, 6, 8]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
#[must_use]
pub fn systematic(targets: &Targets, start: u64) -> Vec<usize> {
    let mut drawn = Vec::with_capacity(targets.quota() as usize);
    // The sum of all parts is quota x whole, below 2^62.
    let (mut sum, mut next) = (0_u64, start);
    for (unit, part) in targets.parts().iter().enumerate() {
        sum += part;
        if next < sum {
            drawn.push(unit);
            next += targets.whole();
        }
    }
    drawn
}

/// The unit's rank in a Pareto draw (Rosén 1997): odds of its random number over odds of its
/// target. Four operations of IEEE 754 doubles, in this order.
pub(crate) fn pareto_rank(uniform: f64, part: u64, whole: u64) -> f64 {
    (uniform / (1.0 - uniform)) * ((whole - part) as f64 / part as f64)
}

/// Pareto draw (Rosén 1997): the certain units and, of the others, those of the smallest ranks;
/// ties go to the unit that comes first. `uniforms` has a number strictly between 0 and 1 for every
/// unit. O(n) for n units, plus O(quota log quota).
///
/// # Errors
/// [`SamplingError::Length`], [`SamplingError::Value`] for a number outside.
pub fn pareto(targets: &Targets, uniforms: &[f64]) -> Result<Vec<usize>, SamplingError> {
    super::super::allocation::check_length("random numbers", uniforms.len(), targets.len())?;
    if let Some(at) = uniforms.iter().position(|u| !(*u > 0.0 && *u < 1.0)) {
        let subject = Subject::Named(format!("unit {}", at + 1));
        let expected = "strictly between 0 and 1";
        return Err(SamplingError::value("the random number", subject, uniforms[at], expected));
    }
    let whole = targets.whole();
    let mut drawn = Vec::with_capacity(targets.quota() as usize);
    let mut ranks: Vec<(f64, u32)> = Vec::with_capacity(targets.len());
    for (unit, (part, uniform)) in targets.parts().iter().zip(uniforms).enumerate() {
        if *part == whole {
            drawn.push(unit);
        } else if *part > 0 {
            ranks.push((pareto_rank(*uniform, *part, whole), unit as u32));
        }
    }
    smallest(&mut ranks, targets.quota() as usize - drawn.len(), |a, b| {
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
    drawn.extend(ranks.iter().map(|(_, unit)| *unit as usize));
    drawn.sort_unstable();
    Ok(drawn)
}

/// Uniform numbers for a Pareto draw, one a unit in frame order, certain units included.
pub(crate) fn uniforms(units: usize, stream: &mut Stream) -> Vec<f64> {
    (0..units).map(|_| stream.unit()).collect()
}

/// Uniform numbers from permanent ones.
pub(crate) fn permanent_uniforms(words: &[u64]) -> Vec<f64> {
    words.iter().map(|word| unit(*word)).collect()
}

/// Sequential simple random draw by permanent numbers: the `quota` smallest, as seen from the
/// start (Atmer, Thulin, Bäcklund 1975: JALES). Ties go to the unit that comes first. O(n).
#[must_use]
pub fn sequential(words: &[u64], quota: usize) -> Vec<usize> {
    let mut order: Vec<(u64, u32)> =
        words.iter().enumerate().map(|(unit, word)| (*word, unit as u32)).collect();
    smallest(&mut order, quota, Ord::cmp);
    let mut drawn: Vec<usize> = order.iter().map(|(_, unit)| *unit as usize).collect();
    drawn.sort_unstable();
    drawn
}

/// Keeps the `count` smallest.
fn smallest<T>(values: &mut Vec<T>, count: usize, by: impl FnMut(&T, &T) -> std::cmp::Ordering) {
    if count < values.len() && count > 0 {
        values.select_nth_unstable_by(count - 1, by);
    }
    values.truncate(count);
}
