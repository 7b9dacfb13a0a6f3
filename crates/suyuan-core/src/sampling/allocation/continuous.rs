//! Real-valued optima: Neyman, cost, power, and several precision goals at once.
//!
//! Statistics in floating point; [`whole_weights`](super::whole_weights) and
//! [`apportion`](super::apportion()) make whole numbers of them, or [`optimum`](super::optimum())
//! gives the integer optimum at once.
//!
//! ```
//! use suyuan_core::sampling::continuous::{RealBounds, neyman};
//! use suyuan_core::sampling::{Rounding, apportion, whole_weights};
//! // Size x standard deviation of four strata.
//! let a = [144_000.0, 316_000.0, 380_000.0, 32_000.0];
//! let n = neyman(&a, &[RealBounds::default(); 4], 190.0)?;
//! assert!((n[0] - 31.3761467889908).abs() < 1e-12);
//! assert_eq!(apportion(&whole_weights(&n)?, 190, Rounding::Hamilton)?, [31, 69, 83, 7]);
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use super::super::error::{Conflict, Requirement, Sense};
use super::{SamplingError, Subject, check_length, check_weights};

/// The least and the most of a real-valued allocation in one stratum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealBounds {
    /// No less than this; zero or more.
    pub lower: f64,
    /// No more than this; infinite for no limit.
    pub upper: f64,
}

impl Default for RealBounds {
    fn default() -> Self {
        Self { lower: 0.0, upper: f64::INFINITY }
    }
}

impl RealBounds {
    /// From the least to the most.
    #[must_use]
    pub const fn new(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }
}

/// The least of `sum a² / n` with `sum n = total` within bounds: Neyman (1934) with bounds
/// (Wesołowski, Wieczorkowski, Wójciak 2024). O(H log H) for H strata.
///
/// # Errors
/// [`SamplingError::Value`] for an `a`, a bound or a total that cannot be used;
/// [`SamplingError::Empty`] when all `a` are zero; [`SamplingError::Infeasible`].
pub fn neyman(a: &[f64], bounds: &[RealBounds], total: f64) -> Result<Vec<f64>, SamplingError> {
    for_cost(a, &vec![1.0; a.len()], bounds, total)
}

/// The least of `sum a² / n` with `sum cost n = budget` within bounds (Cochran 1977, 5.5).
/// O(H log H).
///
/// # Errors
/// As [`neyman`]; a cost must be above zero.
pub fn for_cost(
    a: &[f64],
    costs: &[f64],
    bounds: &[RealBounds],
    budget: f64,
) -> Result<Vec<f64>, SamplingError> {
    let rays = Rays::new(a, costs, bounds)?;
    check_weights("the total", &[budget], |_| Subject::Whole)?;
    rays.solve(budget, Meter::Cost)
}

/// The cheapest allocation whose variance `sum a² / n - constant` is at most `variance`, within
/// bounds (Wesołowski, Wieczorkowski, Wójciak 2024; totvar of PracTools without bounds). The
/// `constant` is `sum N S²`. O(H log H).
///
/// # Errors
/// As [`neyman`]; [`SamplingError::Infeasible`] when even the upper bounds do not suffice.
pub fn for_variance(
    a: &[f64],
    costs: &[f64],
    bounds: &[RealBounds],
    constant: f64,
    variance: f64,
) -> Result<Vec<f64>, SamplingError> {
    let rays = Rays::new(a, costs, bounds)?;
    check_weights("the variance", &[variance, constant], |_| Subject::Whole)?;
    rays.solve(variance + constant, Meter::Variance)
}

/// What an allocation is measured by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meter {
    /// `sum cost n`, which grows with the allocation.
    Cost,
    /// `sum a² / n`, which falls.
    Variance,
}

/// `n = clamp(t a / sqrt(cost))` for one multiplier t: the form of every optimum here.
struct Rays<'a> {
    a: &'a [f64],
    costs: &'a [f64],
    bounds: &'a [RealBounds],
    slope: Vec<f64>,
}

impl<'a> Rays<'a> {
    fn new(
        a: &'a [f64],
        costs: &'a [f64],
        bounds: &'a [RealBounds],
    ) -> Result<Self, SamplingError> {
        check_length("bounds", bounds.len(), a.len())?;
        check_length("costs", costs.len(), a.len())?;
        check_weights("a", a, Subject::Stratum)?;
        check_weights("the cost", costs, Subject::Stratum)?;
        if let Some(at) = costs.iter().position(|cost| *cost == 0.0) {
            let subject = Subject::Stratum(at);
            return Err(SamplingError::value("the cost", subject, 0, "above zero"));
        }
        for (at, RealBounds { lower, upper }) in bounds.iter().enumerate() {
            if !(lower.is_finite() && *lower >= 0.0 && *upper >= *lower) {
                let value = format!("{lower} to {upper}");
                let expected = "an interval of numbers that are not negative";
                return Err(SamplingError::value(
                    "the bounds",
                    Subject::Stratum(at),
                    value,
                    expected,
                ));
            }
        }
        if a.iter().all(|a| *a == 0.0) {
            return Err(SamplingError::Empty { what: "the strata" });
        }
        let slope = a.iter().zip(costs).map(|(a, cost)| a / cost.sqrt()).collect();
        Ok(Self { a, costs, bounds, slope })
    }

    fn at(&self, stratum: usize, t: f64) -> f64 {
        let RealBounds { lower, upper } = self.bounds[stratum];
        if self.slope[stratum] == 0.0 {
            lower
        } else {
            (self.slope[stratum] * t).clamp(lower, upper)
        }
    }

    fn meter(&self, stratum: usize, n: f64, meter: Meter) -> f64 {
        match meter {
            Meter::Cost => self.costs[stratum] * n,
            Meter::Variance if self.a[stratum] == 0.0 => 0.0,
            Meter::Variance => self.a[stratum] * self.a[stratum] / n,
        }
    }

    fn measure(&self, t: f64, meter: Meter) -> f64 {
        (0..self.a.len()).map(|at| self.meter(at, self.at(at, t), meter)).sum()
    }

    /// The multiplier at which the measure is `goal`: between two neighbouring breakpoints the
    /// measure is `fixed + free t` or `fixed + free / t`.
    fn solve(&self, goal: f64, meter: Meter) -> Result<Vec<f64>, SamplingError> {
        let mut points: Vec<f64> = (0..self.a.len())
            .filter(|at| self.slope[*at] > 0.0)
            .flat_map(|at| {
                let RealBounds { lower, upper } = self.bounds[at];
                [lower / self.slope[at], upper / self.slope[at]]
            })
            .filter(|t| t.is_finite())
            .collect();
        points.push(0.0);
        points.sort_unstable_by(f64::total_cmp);
        points.dedup();
        // Whether an allocation at t stays below what is asked for.
        let short = |t: f64| match meter {
            Meter::Cost => self.measure(t, meter) < goal,
            Meter::Variance => self.measure(t, meter) > goal,
        };
        let past = points.partition_point(|t| short(*t));
        let from = if past == 0 { 0.0 } else { points[past - 1] };
        let to = points.get(past).copied().unwrap_or(f64::INFINITY);
        let inside = if to.is_finite() { f64::midpoint(from, to) } else { 2.0 * from + 1.0 };
        let (mut fixed, mut free) = (0.0, 0.0);
        for at in 0..self.a.len() {
            let n = self.at(at, inside);
            let RealBounds { lower, upper } = self.bounds[at];
            if n > lower && n < upper {
                free += match meter {
                    Meter::Cost => self.costs[at] * self.slope[at],
                    Meter::Variance => self.a[at] * self.costs[at].sqrt(),
                };
            } else {
                fixed += self.meter(at, n, meter);
            }
        }
        let t = match meter {
            _ if free == 0.0 => to.min(f64::MAX),
            Meter::Cost => (goal - fixed) / free,
            Meter::Variance => free / (goal - fixed),
        };
        let t = if t.is_finite() { t.clamp(from, to) } else { from };
        let mut n: Vec<f64> = (0..self.a.len()).map(|at| self.at(at, t)).collect();
        if meter == Meter::Cost {
            self.fill_the_rest(&mut n, goal);
        }
        let reached: f64 = n.iter().enumerate().map(|(at, n)| self.meter(at, *n, meter)).sum();
        let miss = match meter {
            Meter::Cost => (reached - goal).abs() > 1e-9 * goal.max(1.0),
            Meter::Variance => reached > goal * (1.0 + 1e-9),
        };
        if miss || !reached.is_finite() { Err(self.conflict(goal, reached, meter)) } else { Ok(n) }
    }

    /// What all strata with an `a` above zero leave over goes to the others, first to the first.
    fn fill_the_rest(&self, n: &mut [f64], goal: f64) {
        let mut rest = goal - n.iter().zip(self.costs).map(|(n, cost)| n * cost).sum::<f64>();
        for at in (0..n.len()).filter(|at| self.slope[*at] == 0.0) {
            if rest <= 1e-9 * goal.max(1.0) {
                return;
            }
            let more = (rest / self.costs[at]).min(self.bounds[at].upper - n[at]);
            n[at] += more;
            rest -= more * self.costs[at];
        }
    }

    /// The goal with the fewest bounds that make it impossible: leave any one out, and the rest can
    /// hold.
    fn conflict(&self, goal: f64, reached: f64, meter: Meter) -> SamplingError {
        let whole = |value: f64| value.clamp(0.0, u64::MAX as f64) as u64;
        let lower = meter == Meter::Cost && reached > goal;
        // What each bound adds to the measure by itself.
        let mut bounds: Vec<(f64, usize)> = (0..self.a.len())
            .map(|at| {
                let RealBounds { lower: least, upper: most } = self.bounds[at];
                (self.meter(at, if lower { least } else { most }, meter), at)
            })
            .filter(|(part, _)| *part > 0.0 || (meter == Meter::Cost && !lower))
            .collect();
        bounds.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1)));
        // Too little room needs every upper bound; too much asked for, or too large a variance, the
        // largest parts that exceed the goal.
        if lower || meter == Meter::Variance {
            let mut sum = 0.0;
            let enough = bounds.iter().position(|(part, _)| {
                sum += part;
                // A variance is met by no finite allocation when the others must have none.
                sum > goal || (meter == Meter::Variance && sum >= goal)
            });
            bounds.truncate(enough.map_or(bounds.len(), |at| at + 1));
        }
        bounds.sort_by_key(|(_, at)| *at);
        let bound = |(_, at): (f64, usize)| {
            let RealBounds { lower: least, upper: most } = self.bounds[at];
            let (sense, value) =
                if lower { (Sense::AtLeast, least) } else { (Sense::AtMost, most) };
            Requirement::new(Subject::Stratum(at), sense, whole(value))
        };
        let first = Requirement::new(Subject::Whole, Sense::Exactly, whole(goal));
        let members = std::iter::once(first).chain(bounds.into_iter().map(bound)).collect();
        Conflict { members, needed: whole(goal.max(reached)), available: whole(goal.min(reached)) }
            .into()
    }
}

/// Power allocation (Bankier 1988): `n` in proportion to `size^q x cv`, between equal precision
/// for all strata (q = 0) and Neyman's allocation (q = 1 where size is the total).
///
/// # Errors
/// As [`neyman`].
pub fn power(sizes: &[f64], cvs: &[f64], q: f64, total: f64) -> Result<Vec<f64>, SamplingError> {
    check_length("coefficients of variation", cvs.len(), sizes.len())?;
    check_weights("the size", sizes, Subject::Stratum)?;
    check_weights("the coefficient of variation", cvs, Subject::Stratum)?;
    check_weights("the exponent", &[q], |_| Subject::Whole)?;
    let a: Vec<f64> = sizes.iter().zip(cvs).map(|(size, cv)| size.powf(q) * cv).collect();
    neyman(&a, &vec![RealBounds::default(); a.len()], total)
}

/// Exponents of a general power allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponents {
    /// Of the number of units.
    pub units: f64,
    /// Of the mean.
    pub mean: f64,
    /// Of the standard deviation.
    pub deviation: f64,
}

/// A stratum by its moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Number of units.
    pub units: f64,
    /// Mean of the study variable.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

/// General power allocation (Hidiroglou and Srinath 1993): `n` in proportion to
/// `units^2q1 x mean^2q2 x deviation^2q3`. Neyman is (1/2, 0, 1/2).
///
/// # Errors
/// As [`neyman`].
pub fn general_power(
    strata: &[Moments],
    exponents: Exponents,
    total: f64,
) -> Result<Vec<f64>, SamplingError> {
    let a: Vec<f64> = strata
        .iter()
        .map(|stratum| {
            stratum.units.powf(2.0 * exponents.units)
                * stratum.mean.powf(2.0 * exponents.mean)
                * stratum.deviation.powf(2.0 * exponents.deviation)
        })
        .collect();
    neyman(&a, &vec![RealBounds::default(); a.len()], total)
}

/// One precision goal of several: `sum a / n <= 1` over the strata, `a` scaled so.
///
/// For a coefficient of variation of at most `cv` of a total `t` in a domain, `a = N² S² /
/// ((cv t)² + sum N S²)` in the domain's strata and 0 in others.
pub type Goal = Vec<f64>;

/// The cheapest allocation that meets every goal (Bethel 1989, by Chromy's iteration 1987):
/// `sum cost n` least with `sum goal / n <= 1` for each goal.
///
/// Stops when no multiplier moves by more than 1e-11. O(rounds x goals x strata).
///
/// # Errors
/// [`SamplingError::Value`], [`SamplingError::Length`], [`SamplingError::Empty`] as [`neyman`];
/// [`SamplingError::NoConvergence`] after 100,000 rounds.
pub fn for_goals(goals: &[Goal], costs: &[f64]) -> Result<Vec<f64>, SamplingError> {
    const ROUNDS: u32 = 100_000;
    check_weights("the cost", costs, Subject::Stratum)?;
    for goal in goals {
        check_length("the strata of a goal", goal.len(), costs.len())?;
        check_weights("the goal", goal, Subject::Stratum)?;
    }
    if goals.iter().flatten().all(|a| *a == 0.0) {
        return Err(SamplingError::Empty { what: "the precision goals" });
    }
    let strata = costs.len();
    let mut weights = vec![1.0 / goals.len() as f64; goals.len()];
    for _ in 0..ROUNDS {
        let mixed: Vec<f64> = (0..strata)
            .map(|h| goals.iter().zip(&weights).map(|(goal, w)| w * goal[h]).sum::<f64>())
            .collect();
        let sum: f64 = mixed.iter().zip(costs).map(|(a, cost)| (a * cost).sqrt()).sum();
        // 1 / n, zero where no goal that counts needs the stratum.
        let inverse: Vec<f64> = mixed
            .iter()
            .zip(costs)
            .map(|(a, cost)| if *a > 0.0 { (cost / a).sqrt() / sum } else { 0.0 })
            .collect();
        let used: Vec<f64> = goals
            .iter()
            .map(|goal| goal.iter().zip(&inverse).map(|(a, x)| a * x).sum::<f64>())
            .collect();
        let all: f64 = weights.iter().zip(&used).map(|(w, used)| w * used * used).sum();
        let next: Vec<f64> =
            weights.iter().zip(&used).map(|(w, used)| w * used * used / all).collect();
        let moved = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        weights = next;
        if moved < 1e-11 {
            // The last multipliers meet the goals to the accuracy of the iteration; scale the
            // rest of the way so that the strictest is met exactly.
            let strictest = used.iter().copied().fold(0.0, f64::max);
            let n = |x: &f64| if *x > 0.0 { strictest / x } else { 0.0 };
            let found: Vec<f64> = inverse.iter().map(n).collect();
            // Goals too far apart for doubles lose their multipliers.
            if found.iter().all(|n| n.is_finite()) && weights.iter().all(|w| w.is_finite()) {
                return Ok(found);
            }
            break;
        }
    }
    Err(SamplingError::NoConvergence { what: "the multipliers of the goals", rounds: ROUNDS })
}

/// `sum a² / n` of an allocation; infinite where a stratum with `a` above zero has no sample.
#[must_use]
pub fn variance_sum(a: &[f64], samples: &[u64]) -> f64 {
    let part = |(a, n): (&f64, &u64)| if *a == 0.0 { 0.0 } else { a * a / *n as f64 };
    a.iter().zip(samples).map(part).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// First-order conditions: strata between their bounds share one `a / n`; those at the
        /// lower bound have less, those at the upper bound more.
        #[test]
        fn neyman_meets_its_conditions(
            strata in prop::collection::vec((0.01..50.0_f64, 0.0..5.0_f64, 0.1..40.0_f64), 1..9),
            part in 0.01..0.99_f64,
        ) {
            let a: Vec<f64> = strata.iter().map(|s| s.0).collect();
            let bounds: Vec<_> =
                strata.iter().map(|s| RealBounds::new(s.1, s.1 + s.2)).collect();
            let lower: f64 = bounds.iter().map(|b| b.lower).sum();
            let upper: f64 = bounds.iter().map(|b| b.upper).sum();
            let total = lower + (upper - lower) * part;
            let n = neyman(&a, &bounds, total).unwrap();
            prop_assert!((n.iter().sum::<f64>() - total).abs() < 1e-9 * total);
            let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
            for h in 0..a.len() {
                if n[h] > bounds[h].lower { least = least.min(a[h] / n[h]); }
                if n[h] < bounds[h].upper { most = most.max(a[h] / n[h]); }
            }
            prop_assert!(most <= least * (1.0 + 1e-9), "{} {}", most, least);
        }

        /// The variance is met, and no cheaper allocation along any exchange meets it.
        #[test]
        fn cheapest_for_a_variance(
            strata in prop::collection::vec((0.1..50.0_f64, 0.5..4.0_f64, 1.0..40.0_f64), 1..7),
            part in 1.05..9.0_f64,
        ) {
            let a: Vec<f64> = strata.iter().map(|s| s.0).collect();
            let costs: Vec<f64> = strata.iter().map(|s| s.1).collect();
            let bounds: Vec<_> = strata.iter().map(|s| RealBounds::new(0.0, s.2)).collect();
            let least: f64 = strata.iter().map(|s| s.0 * s.0 / s.2).sum();
            let n = for_variance(&a, &costs, &bounds, least * 0.5, least * (part - 0.5)).unwrap();
            let reached: f64 = a.iter().zip(&n).map(|(a, n)| a * a / n).sum();
            prop_assert!((reached / (least * part) - 1.0).abs() < 1e-9);
            for h in 0..a.len() {
                for k in 0..a.len() {
                    if n[h] < bounds[h].upper * (1.0 - 1e-9) {
                        let gain = |h: usize| a[h] * a[h] / n[h] / n[h] / costs[h];
                        prop_assert!(gain(h) <= gain(k) * (1.0 + 1e-6));
                    }
                }
            }
        }
    }

    proptest! {
        /// Without any one of the bounds named, what was asked for can be had.
        #[test]
        fn no_bound_named_can_be_left_out(
            strata in prop::collection::vec((0_u32..4, 0_u32..9, 0_u32..9, 1_u32..5), 1..7),
            total in 1_u32..60,
            by_variance in any::<bool>(),
        ) {
            let a: Vec<f64> = strata.iter().map(|s| f64::from(s.0)).collect();
            let costs: Vec<f64> = strata.iter().map(|s| f64::from(s.3)).collect();
            let bounds: Vec<_> = strata
                .iter()
                .map(|s| RealBounds::new(f64::from(s.1), f64::from(s.1 + s.2)))
                .collect();
            prop_assume!(a.iter().any(|a| *a > 0.0));
            let solve = |bounds: &[RealBounds]| {
                if by_variance {
                    for_variance(&a, &costs, bounds, 0.0, f64::from(total) / 4.0)
                } else {
                    for_cost(&a, &costs, bounds, f64::from(total))
                }
            };
            if let Err(SamplingError::Infeasible(conflict)) = solve(&bounds) {
                for member in &conflict.members[1..] {
                    let Subject::Stratum(at) = member.subject else { panic!("{member}") };
                    // Only the bounds named are there, but for the one left out.
                    let named = |at: usize| {
                        conflict.members.iter().any(|m| m.subject == Subject::Stratum(at))
                    };
                    let mut free = bounds.clone();
                    for (other, bound) in free.iter_mut().enumerate() {
                        if other == at || !named(other) {
                            *bound = RealBounds::default();
                        }
                    }
                    prop_assert!(solve(&free).is_ok(), "{} does without {}", conflict, member);
                }
            }
        }
    }

    #[test]
    fn what_is_left_over_goes_to_strata_without_spread() {
        let bounds = [RealBounds::new(0.0, 4.0), RealBounds::default()];
        assert_eq!(neyman(&[1.0, 0.0], &bounds, 9.0).unwrap(), [4.0, 5.0]);
    }

    #[test]
    fn bounds_that_cannot_hold_are_named() {
        let bounds = [RealBounds::new(3.0, 4.0), RealBounds::new(3.0, 4.0)];
        for total in [5.0, 9.0] {
            let error = neyman(&[1.0, 2.0], &bounds, total).unwrap_err();
            assert!(matches!(error, SamplingError::Infeasible(_)), "{error}");
        }
        assert!(neyman(&[1.0, f64::NAN], &bounds, 7.0).is_err());
        assert!(neyman(&[0.0, 0.0], &bounds, 7.0).is_err());
        let upside_down = [RealBounds::new(4.0, 3.0)];
        assert!(neyman(&[1.0], &upside_down, 3.0).is_err());
    }

    #[test]
    fn goals_are_met_and_bind() {
        let goals = [vec![40.0, 10.0, 0.0], vec![0.0, 30.0, 60.0], vec![1.0, 1.0, 1.0]];
        let n = for_goals(&goals, &[1.0, 2.0, 1.0]).unwrap();
        let used: Vec<f64> =
            goals.iter().map(|g| g.iter().zip(&n).map(|(a, n)| a / n).sum()).collect();
        assert!(used.iter().all(|u| *u <= 1.0 + 1e-9), "{used:?}");
        assert!(used[0] > 1.0 - 1e-6 && used[1] > 1.0 - 1e-6, "{used:?}");
        assert!(for_goals(&[vec![0.0]], &[1.0]).is_err());
    }
}
