//! The integer optimum under box constraints.
//!
//! `sum A² / n` is least when samples go one by one to the stratum they help most, by
//! `A / sqrt(n (n - 1))` for the n-th (Wright 2012; Friedrich, Münnich, de Vries, Wagner 2015). The
//! fast form finds a threshold of that priority by bisection, gives all samples clearly above it,
//! and orders the few near it exactly.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::super::error::{Conflict, Requirement, Sense};
use super::super::exact::cmp_square_ratio;
use super::{
    Bounds, MOST_SAMPLES, SamplingError, Subject, check_length, check_total, check_weights,
};

/// An integer allocation with the proof that none is better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Optimum {
    /// Samples of each stratum.
    pub samples: Vec<u64>,
    /// Why it is the optimum.
    pub certificate: Certificate,
}

/// Proof of an optimum: the last sample given and the first one refused.
///
/// `sum A² / n` is convex in each `n`, so an allocation is optimal when no sample given beyond the
/// lower bounds helps less than one refused within the upper bounds. Both are given as the
/// stratum, from 0; the sample is the stratum's last, or the one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The stratum whose last sample helps least; `None` where all are at their lower bounds.
    pub last_given: Option<usize>,
    /// The stratum whose next sample would help most; `None` where all are at their upper bounds.
    pub first_refused: Option<usize>,
}

/// The priority of the `number`-th sample of a stratum: `a / sqrt(number (number - 1))`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Priority {
    pub(super) a: f64,
    pub(super) number: u64,
    pub(super) at: usize,
}

impl Priority {
    /// First by what the sample helps, exactly, then by the order of strata. The first sample of a
    /// stratum with `a` above 0 comes before all others; among those the larger `a` comes first.
    pub(super) fn cmp_help(&self, other: &Self) -> Ordering {
        match (self.number <= 1 && self.a > 0.0, other.number <= 1 && other.a > 0.0) {
            (true, true) => self.a.total_cmp(&other.a),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => {
                let over = |number: u64| {
                    let number = u128::from(number.max(2));
                    number * (number - 1)
                };
                cmp_square_ratio(self.a, over(self.number), other.a, over(other.number))
            }
        }
    }

    /// As [`Priority::cmp_help`], ties to the stratum that comes first, then to its earlier sample.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_help(other).then((other.at, other.number).cmp(&(self.at, self.number)))
    }
}

impl Certificate {
    /// Finds the last sample given and the first refused. O(H).
    fn of(a: &[f64], bounds: &[Bounds], samples: &[u64]) -> Self {
        let given = (0..a.len()).filter(|at| samples[*at] > bounds[*at].lower);
        let refused = (0..a.len()).filter(|at| samples[*at] < bounds[*at].upper);
        let priority = |at: usize, more: u64| Priority { a: a[at], number: samples[at] + more, at };
        Self {
            last_given: given.min_by(|x, y| priority(*x, 0).cmp(&priority(*y, 0))),
            first_refused: refused.max_by(|x, y| priority(*x, 1).cmp(&priority(*y, 1))),
        }
    }

    /// Whether the certificate proves these samples optimal for their sum: recomputed from the
    /// strata alone, in O(H).
    #[must_use]
    pub fn holds(&self, a: &[f64], bounds: &[Bounds], samples: &[u64]) -> bool {
        if a.len() != bounds.len() || a.len() != samples.len() {
            return false;
        }
        let within = bounds.iter().zip(samples).all(|(b, n)| b.lower <= *n && *n <= b.upper);
        let priority = |at: usize, more: u64| Priority { a: a[at], number: samples[at] + more, at };
        // A certificate from elsewhere may name strata that are not there.
        if !within || Self::of(a, bounds, samples) != *self {
            return false;
        }
        match (self.last_given, self.first_refused) {
            (Some(last), Some(first)) => {
                priority(last, 0).cmp_help(&priority(first, 1)) != Ordering::Less
            }
            _ => true,
        }
    }
}

/// The least of `sum A² / n` with `lower <= n <= upper` in each stratum and `total` in all.
///
/// Ties go to the stratum that comes first. A stratum with `A` above 0 gets a first sample before
/// any gets a second; where there are too few for that, the largest `A` get one. Strata with
/// `A` = 0 get no more than their lower bound before all others are full. Takes O(H log H) at
/// worst for H strata, in practice some twenty passes over them.
///
/// # Errors
/// [`SamplingError::Value`] for an `A` that is negative or not finite; [`SamplingError::Length`];
/// [`SamplingError::TooLarge`]; [`SamplingError::Infeasible`] with a smallest set of bounds that
/// cannot hold together.
pub fn optimum(a: &[f64], bounds: &[Bounds], total: u64) -> Result<Optimum, SamplingError> {
    check_length("bounds", bounds.len(), a.len())?;
    check_weights("A", a, Subject::Stratum)?;
    check_total(total)?;
    let samples = if let Some(rest) = room(bounds, total)? {
        fill(a, bounds, rest)
    } else {
        bounds.iter().map(|bounds| bounds.lower).collect()
    };
    let certificate = Certificate::of(a, bounds, &samples);
    Ok(Optimum { samples, certificate })
}

/// What is to be given beyond the lower bounds; `None` for nothing.
fn room(bounds: &[Bounds], total: u64) -> Result<Option<u64>, SamplingError> {
    let conflict = |members, needed: u128, available: u128| {
        let cut = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
        Conflict { members, needed: cut(needed), available: cut(available) }
    };
    if let Some(at) = bounds.iter().position(|bounds| bounds.lower > bounds.upper) {
        let Bounds { lower, upper } = bounds[at];
        let subject = Subject::Stratum(at);
        let members = vec![
            Requirement::new(subject.clone(), Sense::AtLeast, lower),
            Requirement::new(subject, Sense::AtMost, upper),
        ];
        return Err(conflict(members, lower.into(), upper.into()).into());
    }
    let lower: u128 = bounds.iter().map(|bounds| u128::from(bounds.lower)).sum();
    let upper: u128 = bounds.iter().map(|bounds| u128::from(bounds.upper)).sum();
    let whole = Requirement::new(Subject::Whole, Sense::Exactly, total);
    if lower > u128::from(total) {
        // The fewest: the largest lower bounds until they exceed the total.
        let mut order: Vec<usize> = (0..bounds.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(bounds[*at].lower));
        let mut sum = 0_u128;
        let mut members = vec![whole];
        for at in order {
            if sum > u128::from(total) {
                break;
            }
            sum += u128::from(bounds[at].lower);
            let subject = Subject::Stratum(at);
            members.push(Requirement::new(subject, Sense::AtLeast, bounds[at].lower));
        }
        return Err(conflict(members, sum, total.into()).into());
    }
    if upper < u128::from(total) {
        let limit = |(at, bounds): (usize, &Bounds)| {
            Requirement::new(Subject::Stratum(at), Sense::AtMost, bounds.upper)
        };
        let members = std::iter::once(whole).chain(bounds.iter().enumerate().map(limit)).collect();
        return Err(conflict(members, total.into(), upper).into());
    }
    let rest = u128::from(total) - lower;
    Ok((rest > 0).then_some(rest as u64))
}

/// Gives `rest` samples beyond the lower bounds.
fn fill(a: &[f64], bounds: &[Bounds], rest: u64) -> Vec<u64> {
    let mut samples: Vec<u64> = bounds.iter().map(|bounds| bounds.lower).collect();
    let bare = |at: usize| a[at] > 0.0 && bounds[at].lower == 0 && bounds[at].upper > 0;
    let first: Vec<usize> = (0..a.len()).filter(|at| bare(*at)).collect();
    if first.len() as u64 >= rest {
        let mut order = first;
        order.sort_by(|x, y| a[*y].total_cmp(&a[*x]).then(x.cmp(y)));
        order.iter().take(rest as usize).for_each(|at| samples[*at] = 1);
        return samples;
    }
    first.iter().for_each(|at| samples[*at] = 1);
    let mut rest = rest - first.len() as u64;
    let open = |at: &usize| a[*at] > 0.0;
    let free: u128 =
        (0..a.len()).filter(open).map(|at| u128::from(bounds[at].upper - samples[at])).sum();
    if free <= u128::from(rest) {
        // Every stratum that counts is full; the others take what is left, in their order.
        rest -= free as u64;
        for at in 0..a.len() {
            if a[at] > 0.0 {
                samples[at] = bounds[at].upper;
            } else {
                let more = rest.min(bounds[at].upper - samples[at]);
                samples[at] += more;
                rest -= more;
            }
        }
        return samples;
    }
    // One turn, but for strata so much lighter than others that their quotient counts as zero: a
    // turn covers some 290 orders of magnitude of `A`.
    while rest > 0 {
        rest = Threshold::new(a, bounds, &samples, rest).settle(a, &mut samples, rest);
    }
    samples
}

/// Counts of samples above a threshold of priority, in floating point: whole numbers below 2^50,
/// which it holds exactly. Only their comparison with the total steers the search; what lies
/// within [`SLACK`] of the threshold is ordered exactly afterwards.
struct Threshold {
    a: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    total: f64,
}

/// Relative distance within which a floating-point count may be wrong, many times over.
const SLACK: f64 = 1e-12;

/// The lowest threshold looked for is 1 over this: above what a stratum whose quotient counts as
/// zero can ask for.
const LOWEST: f64 = 1e307;

/// Adding and taking this rounds to a whole number.
const ROUND: f64 = (1_u64 << 52) as f64;

impl Threshold {
    fn new(a: &[f64], bounds: &[Bounds], samples: &[u64], rest: u64) -> Self {
        let open = |at: usize| a[at] > 0.0 && samples[at] < bounds[at].upper;
        let largest = (0..a.len()).filter(|at| open(*at)).map(|at| a[at]).fold(0.0, f64::max);
        let given: u64 = samples.iter().sum();
        // A stratum that counts for nothing keeps what it has.
        let upper = |at: usize| {
            let upper = if open(at) { bounds[at].upper } else { samples[at] };
            upper.min(MOST_SAMPLES) as f64
        };
        Self {
            // Below the normal numbers a quotient has too few digits to be compared.
            a: a.iter()
                .map(|a| (a / largest).min(1.0))
                .map(|a| if a < f64::MIN_POSITIVE { 0.0 } else { a })
                .collect(),
            lower: samples.iter().map(|n| *n as f64).collect(),
            upper: (0..a.len()).map(upper).collect(),
            total: (given + rest) as f64,
        }
    }

    /// The n with `n (n - 1) <= x²`: 1/2 + sqrt(1/4 + x²), rounded down.
    fn number(a: f64, over: f64, lower: f64, upper: f64) -> f64 {
        let x = a * over;
        let root = (0.25 + x * x).sqrt();
        // Halves are within the slack, so rounding to even does no harm.
        let n = if root < ROUND { (root + ROUND) - ROUND } else { root };
        n.max(lower).min(upper)
    }

    /// Samples at or above threshold `1 / over`.
    fn count(&self, over: f64) -> f64 {
        let strata = self.a.iter().zip(&self.lower).zip(&self.upper);
        strata.map(|((a, lower), upper)| Self::number(*a, over, *lower, *upper)).sum()
    }

    /// Two thresholds as `over`: the first counts no more than the total, the second no fewer.
    fn bracket(&self) -> (f64, f64) {
        let sum: f64 = self.a.iter().sum();
        let mut low = (self.total / sum).clamp(1.0 / LOWEST, LOWEST);
        let mut low_count = self.count(low);
        let (mut high, mut high_count) = (low, low_count);
        let mut step = 2.0;
        while low_count > self.total {
            (high, high_count) = (low, low_count);
            low = (low / step).max(1.0 / LOWEST);
            low_count = self.count(low);
            step *= 2.0;
        }
        step = 2.0;
        while high_count < self.total {
            (low, low_count) = (high, high_count);
            high = (high * step).min(LOWEST);
            high_count = self.count(high);
            step *= 2.0;
            if high == LOWEST && high_count < self.total {
                return (high, high);
            }
        }
        let near = (self.a.len() as f64 / 64.0).max(64.0);
        // False position, halved when one side stays; then bisection.
        let (mut low_weight, mut high_weight) = (1.0, 1.0);
        for round in 0..200 {
            if high_count - low_count <= near || high <= low * (1.0 + SLACK) {
                break;
            }
            let below = (self.total - low_count) * low_weight;
            let above = (high_count - self.total) * high_weight;
            let part = if round < 40 { below / (below + above) } else { 0.5 };
            let part = part.clamp(1e-3, 1.0 - 1e-3);
            // The quotient of the two may be too large for a double.
            let mid = low.powf(1.0 - part) * high.powf(part);
            if mid <= low || mid >= high {
                break;
            }
            let count = self.count(mid);
            if count <= self.total {
                (low, low_count) = (mid, count);
                low_weight = 1.0;
                high_weight /= 2.0;
            }
            if count >= self.total {
                (high, high_count) = (mid, count);
                high_weight = 1.0;
                low_weight /= if count > self.total { 2.0 } else { 1.0 };
            }
        }
        (low, high)
    }

    /// Gives the samples clearly above the bracket, and the best of those within it; returns how
    /// many are left where even the lowest threshold does not take all.
    fn settle(&self, a: &[f64], samples: &mut [u64], rest: u64) -> u64 {
        let (low, high) = self.bracket();
        let (sure, near) = (low * (1.0 - 2.0 * SLACK), high * (1.0 + 2.0 * SLACK));
        let mut rest = rest;
        let mut candidates = Vec::new();
        for (at, sample) in samples.iter_mut().enumerate() {
            let number =
                |over| Self::number(self.a[at], over, self.lower[at], self.upper[at]) as u64;
            let (from, to) = (number(sure).max(*sample), number(near));
            rest -= (from - *sample).min(rest);
            *sample = from;
            candidates.extend((from + 1..=to).map(|number| Priority { a: a[at], number, at }));
        }
        let best = |x: &Priority, y: &Priority| y.cmp(x);
        let count = (rest as usize).min(candidates.len());
        if count > 0 && count < candidates.len() {
            candidates.select_nth_unstable_by(count - 1, best);
        }
        for candidate in &candidates[..count] {
            samples[candidate.at] = samples[candidate.at].max(candidate.number);
        }
        rest - count as u64
    }
}

#[cfg(test)]
pub(super) mod tests;
