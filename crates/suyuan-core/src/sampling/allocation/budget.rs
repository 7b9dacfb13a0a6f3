//! The integer optimum that a budget pays for.
//!
//! With one price for all strata this is [`optimum`](super::optimum()). With different prices a
//! cheaper sample elsewhere may be what fits best into the rest of the budget, so that the samples
//! that help most for their price need not be the best ones. Branch and bound (Land and Doig 1960)
//! with the real-valued optimum (Cochran 1977, 5.5) as the bound gives the best one.

use super::super::error::{Conflict, Requirement, Sense};
use super::continuous::{RealBounds, for_cost};
use super::{Bounds, SamplingError, Subject, check_length, check_weights};

/// The most parts of the problem looked at.
const ROUNDS: u32 = 500_000;

/// How far sums of prices may be above the budget: what rounding makes of equal sums.
const SLACK: f64 = 1e-12;

/// The least of `sum a² / n` with `sum cost n <= budget`, `n` whole and within bounds. A stratum with
/// an `a` above zero gets at least one sample, one with an `a` of zero its lower bound. Of
/// allocations that are equally good to twelve digits one is given, always the same.
///
/// Some hundred times O(H log H) for H strata where prices differ a little; exponential at worst.
///
/// # Errors
/// [`SamplingError::Value`] for an `a` that is negative or not finite, or a cost that is not above
/// zero; [`SamplingError::Length`]; [`SamplingError::Empty`] when all `a` are zero;
/// [`SamplingError::Infeasible`] when the budget does not pay for the lower bounds;
/// [`SamplingError::NoConvergence`] where the best one is not found in half a million rounds.
///
/// ```
/// use suyuan_core::sampling::{Bounds, optimum_for_budget};
/// let best = optimum_for_budget(&[30.0, 20.0], &[3.0, 2.0], &[Bounds::default(); 2], 31.0)?;
/// assert_eq!(best, [7, 5]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
pub fn optimum_for_budget(
    a: &[f64],
    costs: &[f64],
    bounds: &[Bounds],
    budget: f64,
) -> Result<Vec<u64>, SamplingError> {
    check_length("bounds", bounds.len(), a.len())?;
    check_weights("the total", &[budget], |_| Subject::Whole)?;
    let whole = |value: f64| value.clamp(0.0, u64::MAX as f64) as u64;
    let mut first: Vec<Bounds> = Vec::with_capacity(a.len());
    for ((a, bounds), cost) in a.iter().zip(bounds).zip(costs) {
        let lower = bounds.lower.max(u64::from(*a > 0.0));
        // What the whole budget would pay for here.
        let most = (budget * (1.0 + SLACK) / cost) as u64;
        let upper = if *a > 0.0 { bounds.upper.min(most).max(lower) } else { bounds.lower };
        first.push(Bounds::new(lower, upper));
    }
    let problem = Problem { a, costs, budget };
    // The real-valued optimum checks what is given; it needs bounds that can hold.
    let least: Vec<u64> = first.iter().map(|bounds| bounds.lower).collect();
    let wide: Vec<RealBounds> = vec![RealBounds::default(); a.len()];
    for_cost(a, costs, &wide, budget)?;
    if let Some(at) = (0..a.len()).find(|at| bounds[*at].upper < first[*at].lower) {
        let (lower, upper) = (first[at].lower, bounds[at].upper);
        let members = vec![
            Requirement::new(Subject::Stratum(at), Sense::AtLeast, lower),
            Requirement::new(Subject::Stratum(at), Sense::AtMost, upper),
        ];
        return Err(Conflict { members, needed: lower, available: upper }.into());
    }
    if problem.price(&least) > budget * (1.0 + SLACK) {
        let members =
            std::iter::once(Requirement::new(Subject::Whole, Sense::AtMost, whole(budget)))
                .chain(
                    (0..a.len()).filter(|at| least[*at] > 0).map(|at| {
                        Requirement::new(Subject::Stratum(at), Sense::AtLeast, least[at])
                    }),
                )
                .collect();
        let needed = whole(problem.price(&least).ceil());
        return Err(Conflict { members, needed, available: whole(budget) }.into());
    }
    problem.search(first)
}

struct Problem<'a> {
    a: &'a [f64],
    costs: &'a [f64],
    budget: f64,
}

impl Problem<'_> {
    fn price(&self, samples: &[u64]) -> f64 {
        samples.iter().zip(self.costs).map(|(n, cost)| *n as f64 * cost).sum()
    }

    fn value(&self, n: impl Iterator<Item = f64>) -> f64 {
        self.a.iter().zip(n).map(|(a, n)| if *a > 0.0 { a * a / n } else { 0.0 }).sum()
    }

    fn search(&self, first: Vec<Bounds>) -> Result<Vec<u64>, SamplingError> {
        let mut best: Vec<u64> = first.iter().map(|bounds| bounds.lower).collect();
        let mut least = self.value(best.iter().map(|n| *n as f64));
        let mut open = vec![first];
        let mut rounds = 0;
        while let Some(bounds) = open.pop() {
            rounds += 1;
            if rounds > ROUNDS {
                return Err(SamplingError::NoConvergence {
                    what: "the optimum for a budget",
                    rounds: ROUNDS,
                });
            }
            let lowest: Vec<u64> = bounds.iter().map(|bounds| bounds.lower).collect();
            if self.price(&lowest) > self.budget * (1.0 + SLACK) {
                continue;
            }
            let real = self.relaxed(&bounds)?;
            if self.value(real.iter().copied()) >= least * (1.0 - SLACK) {
                continue;
            }
            // Rounded down, and what is left of the budget spent where it helps most.
            let mut samples: Vec<u64> = real
                .iter()
                .zip(&bounds)
                .map(|(n, b)| ((n + 1e-9) as u64).clamp(b.lower, b.upper))
                .collect();
            self.top_up(&mut samples, &bounds);
            let value = self.value(samples.iter().map(|n| *n as f64));
            if value < least * (1.0 - SLACK) && self.price(&samples) <= self.budget * (1.0 + SLACK)
            {
                (best, least) = (samples, value);
            }
            // Split where the real-valued optimum is farthest from a whole number.
            let off = |at: &usize| (real[*at] - real[*at].round()).abs();
            let split = (0..real.len())
                .filter(|at| bounds[*at].lower < bounds[*at].upper)
                .max_by(|one, two| off(one).total_cmp(&off(two)).then(two.cmp(one)));
            let Some(at) = split.filter(|at| off(at) > 1e-9) else { continue };
            let floor = real[at].floor() as u64;
            let (mut below, mut above) = (bounds.clone(), bounds);
            below[at].upper = floor;
            above[at].lower = floor + 1;
            // The nearer side is looked at first.
            let nearer_above = real[at] - real[at].floor() > 0.5;
            open.extend(if nearer_above { [below, above] } else { [above, below] });
        }
        Ok(best)
    }

    /// The real-valued optimum within bounds; all upper bounds where the budget pays for them.
    fn relaxed(&self, bounds: &[Bounds]) -> Result<Vec<f64>, SamplingError> {
        let highest: Vec<u64> = bounds.iter().map(|bounds| bounds.upper).collect();
        let lowest: Vec<u64> = bounds.iter().map(|bounds| bounds.lower).collect();
        if self.price(&highest) <= self.budget {
            return Ok(highest.into_iter().map(|n| n as f64).collect());
        }
        if self.price(&lowest) >= self.budget * (1.0 - SLACK) {
            return Ok(lowest.into_iter().map(|n| n as f64).collect());
        }
        let real: Vec<RealBounds> =
            bounds.iter().map(|b| RealBounds::new(b.lower as f64, b.upper as f64)).collect();
        for_cost(self.a, self.costs, &real, self.budget)
    }

    /// Adds samples where they help most for their price, as long as they fit: some, as this is for a
    /// good start only.
    fn top_up(&self, samples: &mut [u64], bounds: &[Bounds]) {
        let mut left = self.budget * (1.0 + SLACK) - self.price(samples);
        for _ in 0..4 * samples.len() + 16 {
            let help = |at: usize| {
                let n = samples[at] as f64;
                self.a[at] * self.a[at] / (n * (n + 1.0) * self.costs[at])
            };
            let next = (0..samples.len())
                .filter(|at| samples[*at] < bounds[*at].upper && self.a[*at] > 0.0)
                .filter(|at| self.costs[*at] <= left)
                .max_by(|one, two| help(*one).total_cmp(&help(*two)).then(two.cmp(one)));
            let Some(at) = next else { return };
            samples[at] += 1;
            left -= self.costs[at];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::optimum;
    use super::*;

    /// Every allocation within bounds.
    fn every(bounds: &[Bounds]) -> Vec<Vec<u64>> {
        bounds.iter().fold(vec![vec![]], |all, bounds| {
            all.iter()
                .flat_map(|head: &Vec<u64>| {
                    (bounds.lower..=bounds.upper).map(move |n| {
                        let mut next = head.clone();
                        next.push(n);
                        next
                    })
                })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn nothing_that_the_budget_pays_for_is_better(
            strata in prop::collection::vec((0_u32..40, 1_u32..12, 0_u64..3, 0_u64..9), 1..5),
            budget in 1_u32..160,
        ) {
            let a: Vec<f64> = strata.iter().map(|s| f64::from(s.0) / 4.0).collect();
            let costs: Vec<f64> = strata.iter().map(|s| f64::from(s.1) / 2.0).collect();
            let bounds: Vec<_> = strata.iter().map(|s| Bounds::new(s.2, s.2 + s.3)).collect();
            let problem = Problem { a: &a, costs: &costs, budget: f64::from(budget) / 2.0 };
            let value = |n: &[u64]| problem.value(n.iter().map(|n| *n as f64));
            let possible = every(&bounds)
                .into_iter()
                .filter(|n| problem.price(n) <= problem.budget)
                .filter(|n| n.iter().zip(&a).all(|(n, a)| *n > 0 || *a == 0.0))
                .map(|n| value(&n))
                .min_by(f64::total_cmp);
            match optimum_for_budget(&a, &costs, &bounds, problem.budget) {
                Ok(best) => {
                    prop_assert!(problem.price(&best) <= problem.budget);
                    prop_assert!(best.iter().zip(&bounds).all(|(n, b)| b.lower <= *n && *n <= b.upper));
                    let least = possible.unwrap();
                    prop_assert!(value(&best) <= least * (1.0 + 1e-9), "{:?} {}", best, least);
                }
                Err(SamplingError::Infeasible(_)) => prop_assert!(possible.is_none()),
                Err(SamplingError::Empty { .. }) => prop_assert!(a.iter().all(|a| *a == 0.0)),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn one_price_is_the_optimum_of_so_many_samples() {
        let a = [408.6, 50_000.0, 3712.0, 250.0, 6720.0, 1300.0, 11_700.0, 39_000.0];
        let bounds = [Bounds::new(2, 400); 8];
        let best = optimum_for_budget(&a, &[2.5; 8], &bounds, 1001.0).unwrap();
        assert_eq!(best, optimum(&a, &bounds, 400).unwrap().samples);
    }

    #[test]
    fn what_cannot_be_bought_is_refused() {
        let bounds = [Bounds::new(3, 9), Bounds::new(0, 9)];
        for (budget, ok) in [(4.0, true), (3.9, false), (f64::NAN, false), (-1.0, false)] {
            assert_eq!(optimum_for_budget(&[2.0, 1.0], &[1.0; 2], &bounds, budget).is_ok(), ok);
        }
        for costs in [&[1.0, 0.0][..], &[1.0, f64::INFINITY], &[1.0]] {
            assert!(optimum_for_budget(&[2.0, 1.0], costs, &bounds, 50.0).is_err());
        }
        let huge = [Bounds::default(); 2];
        assert!(optimum_for_budget(&[2.0, 1.0], &[1e-300, 1.0], &huge, 1e9).is_ok());
    }
}
