//! Where to cut a size variable into strata: cumulative root frequencies and Lavallée-Hidiroglou.
//!
//! Statistics in floating point. A unit lies in stratum h when its size is at or above boundary h
//! and below boundary h + 1; boundaries rise, and there is one fewer of them than of strata.
//!
//! | question | function |
//! |---|---|
//! | strata of about equal spread, cheaply | [`cumulative_root`] (Dalenius and Hodges 1959) |
//! | strata that need the fewest samples for a precision | [`lavallee_hidiroglou`] (1988), by Sethi's iteration (1963) |
//! | the moments of strata cut at given boundaries | [`moments`] |
//!
//! When not to use: where strata are given by law or by region, or where the size says little of
//! what is measured (the boundaries are best for the size itself).
//!
//! ```
//! use suyuan_core::sampling::boundaries::{cumulative_root, moments};
//! // Twelve shops by tonnes sold a year.
//! let tonnes = [1.0, 1.2, 1.5, 2.0, 2.1, 2.4, 3.0, 9.0, 10.0, 11.0, 40.0, 41.0];
//! let cut = cumulative_root(&tonnes, 2, 10)?;
//! assert_eq!(cut, [9.0]);
//! let strata = moments(&tonnes, &cut)?;
//! assert_eq!((strata[0].units, strata[1].units), (7.0, 5.0));
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::BTreeMap;

use super::continuous::{Exponents, Moments};
use super::{SamplingError, Subject, check_length, check_weights};

/// The most strata a size variable is cut into.
pub const MOST_STRATA: usize = 1000;

/// The most classes of [`cumulative_root`].
pub const MOST_CLASSES: usize = 1 << 20;

/// Rounds of Sethi's iteration before it is given up.
const ROUNDS: u32 = 500;

/// Sizes in order, after a check of them and of the number of strata.
fn sorted(sizes: &[f64], strata: usize) -> Result<Vec<f64>, SamplingError> {
    if sizes.is_empty() {
        return Err(SamplingError::Empty { what: "the sizes" });
    }
    check_weights("the size", sizes, Subject::Stratum)?;
    if strata == 0 || strata > MOST_STRATA {
        let expected = "between 1 and 1000";
        return Err(SamplingError::value("the strata", Subject::Whole, strata, expected));
    }
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable_by(f64::total_cmp);
    let mut distinct = sizes.clone();
    distinct.dedup();
    if distinct.len() < strata {
        let expected = "at most the number of distinct sizes";
        return Err(SamplingError::value("the strata", Subject::Whole, strata, expected));
    }
    Ok(sizes)
}

/// Units, mean and standard deviation (divided by N) of the strata that boundaries cut sizes into.
/// An empty stratum has mean and deviation 0. O(n log n).
///
/// # Errors
/// [`SamplingError::Empty`] without sizes; [`SamplingError::Value`] for a size that is negative or
/// not finite, or boundaries that do not rise.
pub fn moments(sizes: &[f64], boundaries: &[f64]) -> Result<Vec<Moments>, SamplingError> {
    let sizes = sorted(sizes, 1)?;
    let rising = boundaries.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || boundaries.iter().any(|boundary| !boundary.is_finite()) {
        let expected = "finite numbers that rise";
        let value = format!("{boundaries:?}");
        return Err(SamplingError::value("the boundaries", Subject::Whole, value, expected));
    }
    Ok(cut(&sizes, boundaries))
}

/// [`moments`] of sizes in order.
fn cut(sizes: &[f64], boundaries: &[f64]) -> Vec<Moments> {
    let mut from = 0;
    let ends = boundaries.iter().map(|boundary| sizes.partition_point(|size| size < boundary));
    ends.chain([sizes.len()])
        .map(|end| {
            let inside = &sizes[from.min(end)..end];
            from = end;
            let units = inside.len() as f64;
            if inside.is_empty() {
                return Moments { units, mean: 0.0, deviation: 0.0 };
            }
            let mean = inside.iter().sum::<f64>() / units;
            let squares: f64 = inside.iter().map(|size| (size - mean).powi(2)).sum();
            Moments { units, mean, deviation: (squares / units).sqrt() }
        })
        .collect()
}

/// Boundaries by cumulative root frequencies (Dalenius and Hodges 1959; Cochran 1977, 5A.7): the
/// range of the sizes is cut into classes of one width, and classes are joined to strata whose sums
/// of root frequencies are near a target, the mean of all strata.
///
/// A stratum takes classes while their sum stays below the target, or one class more; of all strata
/// made so, those with the least sum of squared distances from the target are taken, smaller strata
/// first where two are equal (as R's stratification). O(n log n + strata² log classes).
///
/// # Errors
/// [`SamplingError::Empty`] without sizes; [`SamplingError::Value`] for a size that is negative or
/// not finite, for more strata than distinct sizes, for fewer classes than strata, or when no
/// joining leaves a class to every stratum: then more classes help.
pub fn cumulative_root(
    sizes: &[f64],
    strata: usize,
    classes: usize,
) -> Result<Vec<f64>, SamplingError> {
    let sizes = sorted(sizes, strata)?;
    if classes < strata || classes > MOST_CLASSES {
        let expected = "at least the number of strata and at most 2^20";
        return Err(SamplingError::value("the classes", Subject::Whole, classes, expected));
    }
    let (least, most) = (sizes[0], sizes[sizes.len() - 1]);
    let end = |class: usize| least + (most - least) * (class as f64 / classes as f64);
    // Running sums of root frequencies: `sums[c]` over the first c classes; the last is closed.
    let mut sums = vec![0.0; classes + 1];
    let mut before = 0;
    for class in 1..=classes {
        let below = sizes.partition_point(|size| *size < end(class));
        let upto = if class == classes { sizes.len() } else { below.max(before) };
        sums[class] = sums[class - 1] + ((upto - before) as f64).sqrt();
        before = upto;
    }
    let target = sums[classes] / strata as f64;
    // Ways to have joined the classes so far: where the last stratum ended, what it cost, and the
    // ends of all. Two ways with one end are one, the cheaper.
    let mut ways: Vec<(usize, f64, Vec<usize>)> = vec![(0, 0.0, Vec::new())];
    for _ in 1..strata {
        let mut next: Vec<(usize, f64, Vec<usize>)> = Vec::new();
        for (from, cost, ends) in &ways {
            let under = sums.partition_point(|sum| sum - sums[*from] < target).saturating_sub(1);
            for to in [under, under + 1] {
                if to <= *from || to >= classes {
                    continue;
                }
                let cost = cost + (sums[to] - sums[*from] - target).powi(2);
                match next.iter_mut().find(|way| way.0 == to) {
                    Some(known) if known.1 <= cost => {}
                    Some(known) => {
                        *known = (to, cost, ends.iter().copied().chain([to]).collect());
                    }
                    None => next.push((to, cost, ends.iter().copied().chain([to]).collect())),
                }
            }
        }
        ways = next;
    }
    let whole =
        |way: &(usize, f64, Vec<usize>)| way.1 + (sums[classes] - sums[way.0] - target).powi(2);
    let best = ways.iter().min_by(|a, b| whole(a).total_cmp(&whole(b)).then_with(|| a.2.cmp(&b.2)));
    best.map(|way| way.2.iter().map(|class| end(*class)).collect()).ok_or_else(|| {
        let expected = "enough for a class in every stratum";
        SamplingError::value("the classes", Subject::Whole, classes, expected)
    })
}

/// What [`lavallee_hidiroglou`] is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// Strata, the top one among them.
    pub strata: usize,
    /// Coefficient of variation of the estimated total, above zero.
    pub cv: f64,
    /// How samples are shared among strata: Neyman's is (1/2, 0, 1/2).
    pub exponents: Exponents,
    /// How many of the uppermost strata are taken whole at least.
    pub taken_whole: usize,
    /// Boundaries to start from; `None` for a geometric progression between the least and the
    /// largest size (Gunning and Horgan 2004), or equal distances where the least is 0.
    pub start: Option<Vec<f64>>,
}

impl Precision {
    /// A coefficient of variation with so many strata, samples shared as Neyman's.
    #[must_use]
    pub const fn new(strata: usize, cv: f64) -> Self {
        let exponents = Exponents { units: 0.5, mean: 0.0, deviation: 0.5 };
        Self { strata, cv, exponents, taken_whole: 0, start: None }
    }
}

/// Strata that need the fewest samples for a precision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stratification {
    /// Where sizes are cut, rising.
    pub boundaries: Vec<f64>,
    /// The strata by their moments.
    pub strata: Vec<Moments>,
    /// Samples before rounding.
    pub real: Vec<f64>,
    /// Samples, rounded up.
    pub samples: Vec<u64>,
    /// How many of the uppermost strata are taken whole.
    pub taken_whole: usize,
    /// The coefficient of variation that the rounded samples reach.
    pub cv: f64,
    /// Rounds of the iteration.
    pub rounds: u32,
    /// Whether it came round instead of standing still: the best of the round is given.
    pub cycled: bool,
}

/// The strata that need the fewest samples for a coefficient of variation of the estimated total of
/// the size (Lavallée and Hidiroglou 1988), with samples in proportion to `units^2q1 x mean^2q2 x
/// deviation^2q3`: each boundary is moved to where the derivative of the number of samples vanishes
/// (Sethi 1963; Baillargeon, Rivest and Ferland 2007), until none moves.
/// Where a stratum would need more samples than it has units, or no derivative vanishes, one more of
/// the uppermost strata is taken whole, and the iteration starts again.
///
/// The least found may be a local one, and other starts find others: those of
/// [`cumulative_root`] are worth a second try, the fewer samples to be kept.
/// O(rounds x (n + strata)).
///
/// ```
/// use suyuan_core::sampling::boundaries::{Precision, lavallee_hidiroglou};
/// let sizes: Vec<f64> = (1..=900).map(|at| 1000.0 / f64::from(at).sqrt()).collect();
/// let found = lavallee_hidiroglou(&sizes, &Precision::new(4, 0.02))?;
/// assert!(found.cv <= 0.02 && found.samples.iter().sum::<u64>() < 80, "{found:?}");
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Empty`], [`SamplingError::Value`] for sizes, strata or a precision that cannot
/// be used; [`SamplingError::NoConvergence`] when a stratum runs empty or loses its spread on the
/// way, or after 500 rounds: then other numbers of strata may succeed.
pub fn lavallee_hidiroglou(
    sizes: &[f64],
    precision: &Precision,
) -> Result<Stratification, SamplingError> {
    let sizes = sorted(sizes, precision.strata)?;
    let Exponents { units, mean, deviation } = precision.exponents;
    check_weights("the exponent", &[units, mean, deviation], |_| Subject::Whole)?;
    if !(precision.cv > 0.0 && precision.cv.is_finite()) {
        let expected = "a finite number above zero";
        let what = "the coefficient of variation";
        return Err(SamplingError::value(what, Subject::Whole, precision.cv, expected));
    }
    if precision.taken_whole >= precision.strata {
        let expected = "fewer than the strata";
        let what = "the strata taken whole";
        return Err(SamplingError::value(what, Subject::Whole, precision.taken_whole, expected));
    }
    if let Some(start) = &precision.start {
        check_length("boundaries to start from", start.len(), precision.strata - 1)?;
        moments(&sizes, start)?;
    }
    if sizes[sizes.len() - 1] == 0.0 {
        return Err(SamplingError::Empty { what: "the sizes" });
    }
    let search = Search { sizes: &sizes, precision };
    let mut whole = precision.taken_whole;
    loop {
        let found = match search.run(whole) {
            Ok(found) => found,
            // The uppermost stratum is what loses the others most often.
            Err(_) if whole + 1 < precision.strata => {
                whole += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let partly = precision.strata - whole;
        let over = (0..partly).any(|h| found.real[h] > found.strata[h].units);
        if !over || partly <= 1 {
            return Ok(found);
        }
        whole += 1;
    }
}

struct Search<'a> {
    sizes: &'a [f64],
    precision: &'a Precision,
}

/// How the number of samples changes with a stratum's units, sum and sum of squares, each as a part
/// of the population's units.
#[derive(Clone, Copy)]
struct Slope {
    units: f64,
    sum: f64,
    squares: f64,
}

/// Where the number of samples is lowest between two strata: of the two zeros of its slope, the one
/// where it goes from falling to rising.
fn lowest(pair: &[Slope]) -> Option<f64> {
    let a = pair[0].squares - pair[1].squares;
    let b = pair[0].sum - pair[1].sum;
    let c = pair[0].units - pair[1].units;
    let root = if a == 0.0 { -c / b } else { (-b + (b * b - 4.0 * a * c).sqrt()) / (2.0 * a) };
    root.is_finite().then_some(root)
}

impl Search<'_> {
    fn lost() -> SamplingError {
        SamplingError::NoConvergence { what: "the boundaries of strata", rounds: ROUNDS }
    }

    fn run(&self, whole: usize) -> Result<Stratification, SamplingError> {
        let strata = self.precision.strata;
        let (least, most) = (self.sizes[0], self.sizes[self.sizes.len() - 1]);
        let part = |h: usize| h as f64 / strata as f64;
        let mut boundaries: Vec<f64> = match &self.precision.start {
            Some(start) => start.clone(),
            None if least > 0.0 => {
                (1..strata).map(|h| least * (most / least).powf(part(h))).collect()
            }
            None => (1..strata).map(|h| most * part(h)).collect(),
        };
        // The next boundaries follow from which units lie in which stratum alone: once those come
        // again, so does everything after them.
        let mut seen: BTreeMap<Vec<u64>, (u32, f64, Vec<f64>)> = BTreeMap::new();
        for rounds in 1..=ROUNDS {
            let cells = cut(self.sizes, &boundaries);
            let units: Vec<u64> = cells.iter().map(|cell| cell.units as u64).collect();
            if let Some((first, ..)) = seen.get(&units) {
                // A round of one is a standstill; of the strata of a longer one the best are taken.
                let first = *first;
                let round = seen.into_values().filter(|(at, ..)| *at >= first);
                let best = round.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
                let cycled = first + 1 < rounds;
                let boundaries = best.filter(|_| cycled).map_or(boundaries, |best| best.2);
                return self.found(boundaries, whole, rounds, cycled);
            }
            let slopes = self.slopes(&cells, whole)?;
            let next = slopes.windows(2).map(lowest).collect::<Option<Vec<f64>>>();
            let next = next.ok_or_else(Self::lost)?;
            if next.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(Self::lost());
            }
            seen.insert(units, (rounds, self.needed(&cells, whole)?, boundaries));
            boundaries = next;
        }
        Err(Self::lost())
    }

    /// Samples that strata need, before rounding.
    fn needed(&self, cells: &[Moments], whole: usize) -> Result<f64, SamplingError> {
        let (partly, taken) = cells.split_at(cells.len() - whole);
        let (f, g, d) = self.parts(partly)?;
        Ok(taken.iter().map(|cell| cell.units).sum::<f64>() + f * g / d)
    }

    /// Shares that samples are in proportion to, by stratum.
    fn share(&self, cell: &Moments) -> f64 {
        let Exponents { units, mean, deviation } = self.precision.exponents;
        let part = cell.units / self.sizes.len() as f64;
        part.powf(2.0 * units) * cell.mean.powf(2.0 * mean) * cell.deviation.powf(2.0 * deviation)
    }

    /// The parts of `n = whole units + F G / D`: F the sum of shares, G that of `W² S² / share`,
    /// D the square of the mean's standard error plus `sum W S² / N`.
    fn parts(&self, cells: &[Moments]) -> Result<(f64, f64, f64), SamplingError> {
        let n = self.sizes.len() as f64;
        let mean = self.sizes.iter().sum::<f64>() / n;
        let (mut f, mut g, mut d) = (0.0, 0.0, (self.precision.cv * mean).powi(2));
        for cell in cells {
            let (part, share) = (cell.units / n, self.share(cell));
            let square = cell.deviation * cell.deviation;
            if !(share > 0.0 && square > 0.0) {
                return Err(Self::lost());
            }
            f += share;
            g += part * part * square / share;
            d += part * square / n;
        }
        Ok((f, g, d))
    }

    fn slopes(&self, cells: &[Moments], whole: usize) -> Result<Vec<Slope>, SamplingError> {
        let n = self.sizes.len() as f64;
        let (partly, taken) = cells.split_at(cells.len() - whole);
        let (f, g, d) = self.parts(partly)?;
        let Exponents { units: q1, mean: q2, deviation: q3 } = self.precision.exponents;
        let slope = |cell: &Moments| {
            let (part, mean) = (cell.units / n, cell.mean);
            let square = cell.deviation * cell.deviation;
            let share = self.share(cell);
            let spread = part * part * square / share;
            // Relative changes of the share's three factors.
            let change = |units: f64, mean: f64, square_by: f64| {
                let share_by = share * (2.0 * q1 * units + 2.0 * q2 * mean + q3 * square_by);
                let spread_by = spread * (2.0 * units + square_by) - spread * share_by / share;
                let below = part * square * (units + square_by) / n;
                (share_by * g + f * spread_by) / d - f * g * below / (d * d)
            };
            let by_mean = if mean > 0.0 { 1.0 / (part * mean) } else { 0.0 };
            Slope {
                units: change(1.0 / part, -1.0 / part, (mean * mean - square) / (part * square)),
                sum: change(0.0, by_mean, -2.0 * mean / (part * square)),
                squares: change(0.0, 0.0, 1.0 / (part * square)),
            }
        };
        let taken = taken.iter().map(|_| Slope { units: n, sum: 0.0, squares: 0.0 });
        Ok(partly.iter().map(slope).chain(taken).collect())
    }

    fn found(
        &self,
        boundaries: Vec<f64>,
        whole: usize,
        rounds: u32,
        cycled: bool,
    ) -> Result<Stratification, SamplingError> {
        let strata = cut(self.sizes, &boundaries);
        let partly = strata.len() - whole;
        let (f, g, d) = self.parts(&strata[..partly])?;
        let real: Vec<f64> = strata
            .iter()
            .enumerate()
            .map(|(h, cell)| if h < partly { g / d * self.share(cell) } else { cell.units })
            .collect();
        debug_assert!((real[..partly].iter().sum::<f64>() - f * g / d).abs() < 1e-6 * f * g / d);
        let samples: Vec<u64> = real
            .iter()
            .zip(&strata)
            .map(|(n, cell)| (n.ceil() as u64).min(cell.units as u64))
            .collect();
        let variance: f64 = strata[..partly]
            .iter()
            .zip(&samples)
            .map(|(cell, n)| {
                let a = cell.units * cell.deviation;
                a * a / *n as f64 - cell.units * cell.deviation * cell.deviation
            })
            .sum();
        let cv = variance.max(0.0).sqrt() / self.sizes.iter().sum::<f64>();
        Ok(Stratification {
            boundaries,
            strata,
            real,
            samples,
            taken_whole: whole,
            cv,
            rounds,
            cycled,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sizes with a long tail: the quantiles of a Pareto distribution.
    fn heavy(count: u32) -> Vec<f64> {
        (0..count).map(|at| 100.0 * ((f64::from(at) + 0.5) / f64::from(count)).powf(-0.7)).collect()
    }

    /// Samples that boundaries need under Neyman's shares, straight from the formula.
    fn needed(sizes: &[f64], boundaries: &[f64], cv: f64) -> f64 {
        let strata = moments(sizes, boundaries).unwrap();
        let spread: f64 = strata.iter().map(|s| s.units * s.deviation).sum();
        let squares: f64 = strata.iter().map(|s| s.units * s.deviation.powi(2)).sum();
        let goal = (cv * sizes.iter().sum::<f64>()).powi(2);
        spread * spread / (goal + squares)
    }

    #[test]
    fn no_boundary_nearby_needs_fewer_samples() {
        // Evenly spread sizes: the optimum is flat, the derivative vanishes at it.
        let sizes: Vec<f64> = (0..4000).map(|at| 50.0 + f64::from(at) / 10.0).collect();
        for strata in [2, 3, 5] {
            let found = lavallee_hidiroglou(&sizes, &Precision::new(strata, 0.01)).unwrap();
            let least = needed(&sizes, &found.boundaries, 0.01);
            assert!((found.real.iter().sum::<f64>() - least).abs() < 1e-6 * least);
            assert!(found.cv <= 0.01 && found.taken_whole == 0);
            for h in 0..strata - 1 {
                for off in [-20.0, -5.0, 5.0, 20.0] {
                    let mut other = found.boundaries.clone();
                    other[h] += off;
                    assert!(needed(&sizes, &other, 0.01) >= least - 1e-6, "{strata} {h} {off}");
                }
            }
        }
    }

    #[test]
    fn a_stratum_that_needs_all_its_units_is_taken_whole() {
        let found = lavallee_hidiroglou(&heavy(500), &Precision::new(3, 0.02)).unwrap();
        assert!(found.taken_whole >= 1, "{found:?}");
        let top = found.samples.len() - 1;
        assert_eq!(found.samples[top], found.strata[top].units as u64);
        assert!(found.cv <= 0.02, "{found:?}");
        for (n, cell) in found.samples.iter().zip(&found.strata) {
            assert!(*n as f64 <= cell.units);
        }
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let sizes = [1.0, 2.0, 4.0, 8.0];
        assert!(cumulative_root(&[], 2, 10).is_err());
        assert!(cumulative_root(&sizes, 0, 10).is_err());
        assert!(cumulative_root(&sizes, 5, 10).is_err());
        assert!(cumulative_root(&sizes, 3, 2).is_err());
        assert!(cumulative_root(&[1.0, f64::NAN], 1, 2).is_err());
        assert!(cumulative_root(&[3.0, 3.0], 2, 2).is_err());
        assert_eq!(cumulative_root(&sizes, 1, 4).unwrap(), Vec::<f64>::new());
        assert!(moments(&sizes, &[3.0, 2.0]).is_err());
        for cv in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(lavallee_hidiroglou(&sizes, &Precision::new(2, cv)).is_err());
        }
        assert!(lavallee_hidiroglou(&[0.0, 0.0], &Precision::new(1, 0.1)).is_err());
        // Two sizes in two strata have no spread left.
        let error =
            lavallee_hidiroglou(&[1.0, 1.0, 9.0, 9.0], &Precision::new(2, 0.1)).unwrap_err();
        assert!(matches!(error, SamplingError::NoConvergence { .. }), "{error}");
        let start =
            |start: &[f64]| Precision { start: Some(start.to_vec()), ..Precision::new(3, 0.1) };
        assert!(lavallee_hidiroglou(&sizes, &start(&[3.0])).is_err());
        assert!(lavallee_hidiroglou(&sizes, &start(&[3.0, 2.0])).is_err());
        let whole = Precision { taken_whole: 2, ..Precision::new(2, 0.1) };
        assert!(lavallee_hidiroglou(&sizes, &whole).is_err());
    }

    /// All ways to join classes that the rule allows, one stratum after another.
    fn by_hand(roots: &[f64], strata: usize, target: f64) -> f64 {
        if strata == 1 {
            return if roots.is_empty() {
                f64::INFINITY
            } else {
                (roots.iter().sum::<f64>() - target).powi(2)
            };
        }
        let mut under = 0;
        while under < roots.len() && roots[..=under].iter().sum::<f64>() < target {
            under += 1;
        }
        [under, under + 1]
            .into_iter()
            .filter(|take| *take > 0 && *take < roots.len())
            .map(|take| {
                let here = (roots[..take].iter().sum::<f64>() - target).powi(2);
                here + by_hand(&roots[take..], strata - 1, target)
            })
            .fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn joined_classes_are_the_best_of_those_allowed(
            sizes in prop::collection::vec(0.0..1000.0_f64, 12..80),
            strata in 1_usize..6,
            classes in 6_usize..25,
        ) {
            let found = cumulative_root(&sizes, strata, classes);
            let least = sizes.iter().copied().fold(f64::INFINITY, f64::min);
            let most = sizes.iter().copied().fold(0.0, f64::max);
            let class = |size: f64| {
                (1..classes)
                    .filter(|k| size >= least + (most - least) * (*k as f64 / classes as f64))
                    .count()
            };
            let mut counts = vec![0.0_f64; classes];
            for size in &sizes {
                counts[class(*size)] += 1.0;
            }
            let roots: Vec<f64> = counts.iter().map(|count| count.sqrt()).collect();
            let target = roots.iter().sum::<f64>() / strata as f64;
            let best = by_hand(&roots, strata, target);
            match found {
                Err(_) => prop_assert!(best.is_infinite()),
                Ok(found) => {
                    prop_assert_eq!(found.len(), strata - 1);
                    let ends: Vec<usize> = found.iter().map(|b| class(*b)).chain([classes]).collect();
                    let (mut from, mut cost) = (0, 0.0);
                    for end in ends {
                        cost += (roots[from..end].iter().sum::<f64>() - target).powi(2);
                        from = end;
                    }
                    prop_assert!((cost - best).abs() < 1e-9 * (1.0 + best), "{} {}", cost, best);
                }
            }
        }
    }
}
