//! Conditional Poisson and Sampford: fixed size, exact probabilities, known joint probabilities.
//!
//! Both are Poisson samples given their size, Sampford's with each sample weighed by the sum of
//! `1 - π` over its units. Everything follows from the distribution of the number of units drawn
//! among the first k, which is built up from positive terms only.
//!
//! Floating point: statistics. Only sums, products and quotients are used, in a stated order, so
//! that a draw comes out the same on any machine.

use super::super::error::{SamplingError, Subject};
use super::random::Stream;
use super::targets::Targets;

/// The largest table of units x quota, or of units x units: 2^25 numbers, 256 MiB.
pub const MOST_TABLE: u64 = 1 << 25;

/// `at(k, r)`: the probability that r of the units from k on are drawn, when each is drawn by
/// itself with its own probability.
struct Tails {
    table: Vec<f64>,
    width: usize,
}

impl Tails {
    fn new(p: &[f64], most: usize) -> Self {
        let width = most + 1;
        let mut table = vec![0.0; (p.len() + 1) * width];
        table[p.len() * width] = 1.0;
        for k in (0..p.len()).rev() {
            let (before, after) = table.split_at_mut((k + 1) * width);
            let row = &mut before[k * width..];
            for r in 0..width {
                let drawn = if r > 0 { p[k] * after[r - 1] } else { 0.0 };
                row[r] = drawn + (1.0 - p[k]) * after[r];
            }
        }
        Self { table, width }
    }

    fn at(&self, k: usize, r: usize) -> f64 {
        self.table[k * self.width + r]
    }

    fn row(&self, k: usize) -> &[f64] {
        &self.table[k * self.width..(k + 1) * self.width]
    }
}

/// The next row of numbers drawn among the first units, one unit more.
fn extend(row: &mut [f64], p: f64) {
    for r in (0..row.len()).rev() {
        let drawn = if r > 0 { p * row[r - 1] } else { 0.0 };
        row[r] = drawn + (1.0 - p) * row[r];
    }
}

/// As [`check_table`], of a table of joint probabilities.
fn check_pairs(units: usize) -> Result<(), SamplingError> {
    if units as u128 * units as u128 > u128::from(MOST_TABLE) {
        let what = "the pairs of units of joint probabilities";
        return Err(SamplingError::TooLarge { what, limit: MOST_TABLE });
    }
    Ok(())
}

fn check_table(units: usize, quota: usize) -> Result<(), SamplingError> {
    if units as u128 * (quota as u128 + 1) > u128::from(MOST_TABLE) {
        let what = "units times quota of a stratum drawn by Sampford or conditional Poisson";
        return Err(SamplingError::TooLarge { what, limit: MOST_TABLE });
    }
    Ok(())
}

/// Probabilities from 0 to 1, or strictly between them.
fn check_probabilities(p: &[f64], strictly: bool) -> Result<(), SamplingError> {
    let bad = |p: &f64| {
        let inside = if strictly { *p > 0.0 && *p < 1.0 } else { (0.0..=1.0).contains(p) };
        !inside
    };
    p.iter().position(bad).map_or(Ok(()), |at| {
        let expected =
            if strictly { "a number strictly between 0 and 1" } else { "a number from 0 to 1" };
        Err(SamplingError::value("the probability", Subject::Stratum(at), p[at], expected))
    })
}

/// The whole number that probabilities sum to, within 1e-9.
fn check_sum(p: &[f64]) -> Result<usize, SamplingError> {
    let sum: f64 = p.iter().sum();
    if (sum - sum.round()).abs() > 1e-9 * sum.max(1.0) {
        let (what, expected) = ("the sum of the probabilities", "a whole number");
        return Err(SamplingError::value(what, Subject::Whole, sum, expected));
    }
    Ok(sum.round() as usize)
}

/// Inclusion probabilities of a Poisson sample with probabilities `p`, given that it has `quota`
/// units. O(units x quota).
///
/// # Errors
/// [`SamplingError::TooLarge`] above [`MOST_TABLE`]; [`SamplingError::Value`] for a probability
/// outside 0 to 1, or a quota that no sample has.
pub fn conditional_inclusion(p: &[f64], quota: usize) -> Result<Vec<f64>, SamplingError> {
    check_table(p.len(), quota)?;
    check_probabilities(p, false)?;
    if quota == 0 {
        return Ok(vec![0.0; p.len()]);
    }
    let tails = Tails::new(p, quota);
    let all = tails.at(0, quota);
    if all == 0.0 {
        let expected = "the size of a sample that can be drawn";
        return Err(SamplingError::value("the quota", Subject::Whole, quota, expected));
    }
    let mut heads = vec![0.0; quota + 1];
    heads[0] = 1.0;
    let mut found = Vec::with_capacity(p.len());
    for (k, p) in p.iter().enumerate() {
        let after = tails.row(k + 1);
        let others: f64 = (0..quota).map(|r| heads[r] * after[quota - 1 - r]).sum();
        found.push(p * others / all);
        extend(&mut heads, *p);
    }
    Ok(found)
}

/// The probabilities of the Poisson sample that, given its size, includes each unit with its
/// target probability (Chen, Dempster, Liu 1994), by adding the difference until none exceeds
/// 1e-14. Targets lie strictly between 0 and 1 and sum to `quota`.
///
/// # Errors
/// [`SamplingError::NoConvergence`] after 2,000 rounds, [`SamplingError::TooLarge`];
/// [`SamplingError::Value`] for targets that do not lie so.
pub fn working_probabilities(targets: &[f64], quota: usize) -> Result<Vec<f64>, SamplingError> {
    const ROUNDS: u32 = 2000;
    check_probabilities(targets, true)?;
    let sum = check_sum(targets)?;
    if sum != quota {
        let expected = "the sum of the targets";
        return Err(SamplingError::value("the quota", Subject::Whole, quota, expected));
    }
    let mut p = targets.to_vec();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let found = conditional_inclusion(&p, quota)?;
        let off = targets.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Rounding sets a floor: stop there too.
        if off <= 1e-14 || (off <= 1e-12 && off >= best) {
            return Ok(p);
        }
        best = best.min(off);
        for ((p, target), found) in p.iter_mut().zip(targets).zip(&found) {
            let next = *p + (target - found);
            *p = if next <= 0.0 {
                *p / 2.0
            } else if next >= 1.0 {
                (*p + 1.0) / 2.0
            } else {
                next
            };
        }
    }
    Err(SamplingError::NoConvergence { what: "the conditional Poisson design", rounds: ROUNDS })
}

/// Draws unit by unit: k is drawn when the next random number is below the probability that it
/// belongs to a sample with the given number still to come.
fn draw_given(p: &[f64], quota: usize, stream: &mut Stream) -> Vec<usize> {
    let tails = Tails::new(p, quota);
    let mut left = quota;
    let mut drawn = Vec::with_capacity(quota);
    for k in 0..p.len() {
        if left == 0 {
            break;
        }
        let uniform = stream.unit();
        // When as many units are left as are to come, all are drawn whatever rounding says.
        let all = p.len() - k == left;
        if all || uniform * tails.at(k, left) < p[k] * tails.at(k + 1, left - 1) {
            drawn.push(k);
            left -= 1;
        }
    }
    drawn
}

/// What is open of a stratum, and how many of it.
fn open(targets: &Targets) -> (Vec<usize>, Vec<f64>, usize) {
    let open = targets.open();
    let p = open.iter().map(|unit| targets.probability(*unit)).collect();
    let quota = targets.quota() as usize - targets.certain().len();
    (open, p, quota)
}

fn with_certain(targets: &Targets, open: &[usize], drawn: &[usize]) -> Vec<usize> {
    let mut all = targets.certain();
    all.extend(drawn.iter().map(|at| open[*at]));
    all.sort_unstable();
    all
}

/// Conditional Poisson draw (Hájek 1964): of all designs with these probabilities the one of
/// largest entropy. O(units x quota) for each round of the iteration and for the draw.
///
/// # Errors
/// As [`working_probabilities`].
pub fn conditional_poisson(
    targets: &Targets,
    stream: &mut Stream,
) -> Result<Vec<usize>, SamplingError> {
    let (units, p, quota) = open(targets);
    let working = working_probabilities(&p, quota)?;
    let drawn = draw_given(&working, quota, stream);
    Ok(with_certain(targets, &units, &drawn))
}

/// Sampford's draw (1967) without rejection: the first unit, then a Poisson sample of the others
/// given its size. The sample s has probability in proportion to the product of odds over s times
/// the sum of `1 - π`; with one unit i of s taken out, the summand of i is
/// `π_i x (product of odds over the rest)`. O(units x quota).
///
/// # Errors
/// [`SamplingError::TooLarge`] above [`MOST_TABLE`].
pub fn sampford(targets: &Targets, stream: &mut Stream) -> Result<Vec<usize>, SamplingError> {
    let (units, p, quota) = open(targets);
    check_table(p.len(), quota)?;
    if quota == 0 {
        return Ok(with_certain(targets, &units, &[]));
    }
    let tails = Tails::new(&p, quota);
    let mut heads = vec![0.0; quota + 1];
    heads[0] = 1.0;
    let mut weights = Vec::with_capacity(p.len());
    let mut sum = 0.0;
    for (k, p) in p.iter().enumerate() {
        let after = tails.row(k + 1);
        let others: f64 = (0..quota).map(|r| heads[r] * after[quota - 1 - r]).sum();
        sum += p * (1.0 - p) * others;
        weights.push(sum);
        extend(&mut heads, *p);
    }
    let goal = stream.unit() * sum;
    let first = weights.partition_point(|weight| *weight <= goal).min(p.len() - 1);
    let mut rest = p;
    rest.remove(first);
    let mut drawn: Vec<usize> = draw_given(&rest, quota - 1, stream)
        .into_iter()
        .map(|at| if at < first { at } else { at + 1 })
        .collect();
    drawn.push(first);
    Ok(with_certain(targets, &units, &drawn))
}

/// The distribution of the number drawn, and of the number together with the sum of weights.
#[derive(Clone)]
struct Weighed {
    plain: Vec<f64>,
    sum: Vec<f64>,
}

impl Weighed {
    fn new(most: usize) -> Self {
        let mut plain = vec![0.0; most + 1];
        plain[0] = 1.0;
        Self { plain, sum: vec![0.0; most + 1] }
    }

    fn extend(&mut self, p: f64, weight: f64) {
        for r in (0..self.plain.len()).rev() {
            let (plain, sum) = match r.checked_sub(1) {
                Some(q) => (p * self.plain[q], p * (self.sum[q] + weight * self.plain[q])),
                None => (0.0, 0.0),
            };
            self.plain[r] = plain + (1.0 - p) * self.plain[r];
            self.sum[r] = sum + (1.0 - p) * self.sum[r];
        }
    }

    /// Both parts of `count` units, from these and those.
    fn join(&self, other: &Self, count: usize) -> (f64, f64) {
        (0..=count).fold((0.0, 0.0), |(plain, sum), r| {
            let q = count - r;
            (
                plain + self.plain[r] * other.plain[q],
                sum + self.sum[r] * other.plain[q] + self.plain[r] * other.sum[q],
            )
        })
    }
}

/// Joint inclusion probabilities of a Poisson sample given its size, each sample weighed by the
/// sum of its units' weights, or not at all. O(units² x quota).
fn joint(p: &[f64], weights: Option<&[f64]>, quota: usize) -> Vec<Vec<f64>> {
    let units = p.len();
    let weight = |k: usize| weights.map_or(0.0, |weights| weights[k]);
    let value = |(plain, sum): (f64, f64), own: f64| {
        if weights.is_some() { own * plain + sum } else { plain }
    };
    let mut all = Weighed::new(quota);
    (0..units).for_each(|k| all.extend(p[k], weight(k)));
    let whole = value((all.plain[quota], all.sum[quota]), 0.0);
    let mut found = vec![vec![0.0; units]; units];
    for k in 0..units {
        // Tails of the units other than k, from the last to the first.
        let mut tails = vec![Weighed::new(quota)];
        for l in (0..units).rev() {
            let mut next = tails[tails.len() - 1].clone();
            if l != k {
                next.extend(p[l], weight(l));
            }
            tails.push(next);
        }
        let one = &tails[units];
        if quota >= 1 {
            let parts = (one.plain[quota - 1], one.sum[quota - 1]);
            found[k][k] = p[k] * value(parts, weight(k)) / whole;
        }
        let mut heads = Weighed::new(quota);
        for l in 0..units {
            if l == k {
                continue;
            }
            if quota >= 2 {
                let parts = heads.join(&tails[units - 1 - l], quota - 2);
                found[k][l] = p[k] * p[l] * value(parts, weight(k) + weight(l)) / whole;
            }
            heads.extend(p[l], weight(l));
        }
    }
    found
}

/// Joint probabilities of what is open, with certain and impossible units around them.
fn around(
    targets: &[f64],
    open_joint: impl Fn(&[f64], usize) -> Result<Vec<Vec<f64>>, SamplingError>,
) -> Result<Vec<Vec<f64>>, SamplingError> {
    check_pairs(targets.len())?;
    check_probabilities(targets, false)?;
    check_sum(targets)?;
    let open: Vec<usize> =
        (0..targets.len()).filter(|unit| targets[*unit] > 0.0 && targets[*unit] < 1.0).collect();
    let p: Vec<f64> = open.iter().map(|unit| targets[*unit]).collect();
    let quota = check_sum(&p)?;
    check_table(p.len(), quota)?;
    // Of two units one of which is certain or impossible, each is drawn by itself.
    let mut found: Vec<Vec<f64>> =
        targets.iter().map(|one| targets.iter().map(|two| one * two).collect()).collect();
    for (row, one) in open_joint(&p, quota)?.into_iter().zip(&open) {
        for (value, two) in row.into_iter().zip(&open) {
            found[*one][*two] = value;
        }
    }
    Ok(found)
}

/// Joint inclusion probabilities of the conditional Poisson design of these targets, from 0 to 1
/// and summing to a whole number; the diagonal holds the inclusion probabilities.
/// O(units² x quota).
///
/// # Errors
/// As [`working_probabilities`].
pub fn conditional_poisson_joint(targets: &[f64]) -> Result<Vec<Vec<f64>>, SamplingError> {
    around(targets, |p, quota| Ok(joint(&working_probabilities(p, quota)?, None, quota)))
}

/// Joint inclusion probabilities of Sampford's design, as [`conditional_poisson_joint`].
///
/// # Errors
/// [`SamplingError::TooLarge`] above [`MOST_TABLE`]; [`SamplingError::Value`] for targets outside 0
/// to 1 or whose sum is not whole.
pub fn sampford_joint(targets: &[f64]) -> Result<Vec<Vec<f64>>, SamplingError> {
    around(targets, |p, quota| {
        let weights: Vec<f64> = p.iter().map(|p| 1.0 - p).collect();
        Ok(joint(p, Some(&weights), quota))
    })
}

/// Joint inclusion probabilities of Tillé's elimination design (1996) for sizes and a quota: the
/// product, over the sizes of sample from all units down to the quota, of the probability that
/// neither of a pair is eliminated. O(units³).
///
/// # Errors
/// As [`Targets::of_sizes`].
pub fn elimination_joint(sizes: &[u64], quota: u64) -> Result<Vec<Vec<f64>>, SamplingError> {
    let units = sizes.len();
    check_pairs(units)?;
    let mut found = vec![vec![1.0; units]; units];
    let mut above = vec![1.0; units];
    for count in (quota..units as u64).rev() {
        let targets = Targets::of_sizes(sizes, count)?;
        let now: Vec<f64> = (0..units).map(|unit| targets.probability(unit)).collect();
        let gone: Vec<f64> = now.iter().zip(&above).map(|(now, above)| 1.0 - now / above).collect();
        for k in 0..units {
            for l in 0..units {
                let both = if k == l { gone[k] } else { gone[k] + gone[l] };
                found[k][l] *= 1.0 - both;
            }
        }
        above = now;
    }
    Ok(found)
}

/// Joint inclusion probabilities of Midzuno's design (1952) with given probabilities, as generalised by
/// Deville and Tillé (1998): what Tillé's elimination design for the complements leaves out. With
/// probabilities proportional to sizes plus a constant it is Midzuno's own: one unit by size, the
/// others at random. O(units³).
///
/// # Errors
/// As [`Targets::of_probabilities`].
pub fn midzuno_joint(targets: &[f64]) -> Result<Vec<Vec<f64>>, SamplingError> {
    around(targets, |p, quota| {
        let drawn = Targets::of_probabilities(p)?;
        let rest: Vec<u64> = drawn.parts().iter().map(|part| drawn.whole() - part).collect();
        let mut found = elimination_joint(&rest, (p.len() - quota) as u64)?;
        for (k, row) in found.iter_mut().enumerate() {
            for (l, neither) in row.iter_mut().enumerate() {
                let both = p[k] + p[l] - (1.0 - *neither);
                *neither = if k == l { p[k] } else { both.max(0.0) };
            }
        }
        Ok(found)
    })
}

/// True inclusion probabilities of a Pareto draw with these targets, strictly between 0 and 1
/// and summing to `quota`: its targets are met only nearly (Rosén 1997; Aires 1999). The integral
/// over the logarithm of the rank is taken by the trapezoidal rule, which for such integrands is
/// accurate to rounding (Trefethen and Weideman 2014). O(units x quota x sqrt(quota)).
///
/// # Errors
/// [`SamplingError::TooLarge`] above [`MOST_TABLE`]; [`SamplingError::Value`] for a target that
/// does not lie so, [`SamplingError::QuotaAboveFrame`].
pub fn pareto_inclusion(targets: &[f64], quota: usize) -> Result<Vec<f64>, SamplingError> {
    check_table(targets.len(), quota)?;
    check_probabilities(targets, true)?;
    if quota > targets.len() {
        let (quota, frame) = (quota as u64, targets.len() as u64);
        return Err(SamplingError::QuotaAboveFrame { subject: Subject::Whole, quota, frame });
    }
    let units = targets.len();
    if quota == 0 || quota >= units {
        return Ok(vec![if quota == 0 { 0.0 } else { 1.0 }; units]);
    }
    // A rank is below e^z with probability 1 / (1 + c e^-z), c the odds against the target.
    let against: Vec<f64> = targets.iter().map(|p| (1.0 - p) / p).collect();
    let (low, high) =
        against.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), c| (low.min(*c), high.max(*c)));
    let step = (0.5 / (quota as f64).sqrt()).min(0.25);
    let (from, to) = (low.ln() - 40.0, high.ln() + 40.0);
    let mut found = vec![0.0; units];
    for at in 0..=((to - from) / step).ceil() as usize {
        let rank = (from + at as f64 * step).exp();
        let p: Vec<f64> = against.iter().map(|c| rank / (rank + c)).collect();
        let tails = Tails::new(&p, quota - 1);
        // Below: at most quota - 1 of the others have a smaller rank.
        let mut sums = vec![0.0; quota + 1];
        let mut heads = vec![0.0; quota];
        heads[0] = 1.0;
        for k in 0..units {
            let after = tails.row(k + 1);
            sums[0] = 0.0;
            for r in 0..quota {
                sums[r + 1] = sums[r] + after[r];
            }
            let fewer: f64 = (0..quota).map(|r| heads[r] * sums[quota - r]).sum();
            found[k] += step * p[k] * (1.0 - p[k]) * fewer;
            extend(&mut heads, p[k]);
        }
    }
    Ok(found)
}
