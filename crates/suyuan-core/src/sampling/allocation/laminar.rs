//! The integer optimum with bounds on nested tiers: province, city, county, stratum.

use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::super::error::{Conflict, Requirement, Sense};
use super::optimum::Priority;
use super::{
    Bounds, MOST_SAMPLES, SamplingError, Subject, check_length, check_total, check_weights,
};

/// A tier with the fewest and the most samples in all that lies within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The tier it lies in, by index; `None` for the top.
    pub parent: Option<usize>,
    /// Its bounds.
    pub bounds: Bounds,
}

/// Tiers within tiers, and the strata at their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierTree {
    tiers: Vec<Tier>,
    /// The tier of each stratum.
    strata: Vec<Option<usize>>,
    /// Tiers so that each comes after the one it lies in.
    order: Vec<usize>,
}

impl TierTree {
    /// From tiers and, for each stratum, the tier it lies in.
    ///
    /// # Errors
    /// [`SamplingError::Unknown`] for a tier that does not exist, [`SamplingError::Cycle`] for
    /// tiers that lie within themselves.
    pub fn new(tiers: Vec<Tier>, strata: Vec<Option<usize>>) -> Result<Self, SamplingError> {
        let unknown = |tier: usize, subject: Subject| SamplingError::Unknown {
            kind: "tier",
            code: (tier + 1).to_string(),
            subject,
        };
        for (at, tier) in tiers.iter().enumerate() {
            if let Some(parent) = tier.parent.filter(|parent| *parent >= tiers.len()) {
                return Err(unknown(parent, Subject::Tier(at)));
            }
        }
        for (at, tier) in strata.iter().enumerate() {
            if let Some(tier) = tier.filter(|tier| *tier >= tiers.len()) {
                return Err(unknown(tier, Subject::Stratum(at)));
            }
        }
        let mut children = vec![Vec::new(); tiers.len()];
        let mut order: Vec<usize> = Vec::with_capacity(tiers.len());
        for (at, tier) in tiers.iter().enumerate() {
            match tier.parent {
                Some(parent) => children[parent].push(at),
                None => order.push(at),
            }
        }
        let mut next = 0;
        while next < order.len() {
            order.extend_from_slice(&children[order[next]]);
            next += 1;
        }
        if order.len() < tiers.len() {
            let mut seen = vec![false; tiers.len()];
            order.iter().for_each(|at| seen[*at] = true);
            let at = seen.iter().position(|seen| !seen).unwrap_or(0);
            return Err(SamplingError::Cycle { code: (at + 1).to_string() });
        }
        Ok(Self { tiers, strata, order })
    }

    /// The tiers.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// Samples in each tier, of samples in each stratum; sums stop at `u64::MAX`.
    #[must_use]
    pub fn sums(&self, samples: &[u64]) -> Vec<u64> {
        let mut sums = vec![0_u64; self.tiers.len()];
        for (tier, n) in self.strata.iter().zip(samples) {
            if let Some(tier) = tier {
                sums[*tier] = u64::saturating_add(sums[*tier], *n);
            }
        }
        for at in self.order.iter().rev() {
            if let Some(parent) = self.tiers[*at].parent {
                sums[parent] = sums[parent].saturating_add(sums[*at]);
            }
        }
        sums
    }
}

/// The least of `sum A² / n` with bounds on strata and on every tier, and `total` in all.
///
/// Nested bounds make the feasible allocations an integral polymatroid's, so the greedy choice
/// is exact: each sample goes where it helps most among the strata whose tiers all still have
/// room, what their lower bounds still ask for set aside (Federgruen and Groenevelt 1986; Hochbaum
/// 1994). Ties as in [`optimum`](super::optimum()). O(total (log H + depth)) for H strata.
///
/// ```
/// use suyuan_core::sampling::{Bounds, Tier, TierTree, optimum_in_tiers};
/// // Two cities of two districts each; the first city may take 10 samples, no more.
/// let city = |upper| Tier { parent: None, bounds: Bounds::new(0, upper) };
/// let tree = TierTree::new(vec![city(10), city(100)], vec![Some(0), Some(0), Some(1), Some(1)])?;
/// let a = [9.0, 3.0, 1.0, 1.0];
/// let samples = optimum_in_tiers(&a, &[Bounds::at_least(1); 4], &tree, 20)?;
/// assert_eq!(samples, [7, 3, 5, 5]);
/// assert_eq!(tree.sums(&samples), [10, 10]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// As [`optimum`](super::optimum()); tiers are named [`Subject::Tier`].
pub fn optimum_in_tiers(
    a: &[f64],
    bounds: &[Bounds],
    tree: &TierTree,
    total: u64,
) -> Result<Vec<u64>, SamplingError> {
    check_length("bounds", bounds.len(), a.len())?;
    check_length("strata in tiers", tree.strata.len(), a.len())?;
    check_weights("A", a, Subject::Stratum)?;
    check_total(total)?;
    if let Some(conflict) = conflict(bounds, tree, total) {
        return Err(conflict.into());
    }
    let mut state = State::new(bounds, tree, total);
    let mut samples: Vec<u64> = bounds.iter().map(|bounds| bounds.lower).collect();
    let mut left = total - samples.iter().sum::<u64>();
    let next =
        |at: usize, samples: &[u64]| Next(Priority { a: a[at], number: samples[at] + 1, at });
    let open = (0..a.len()).filter(|at| samples[*at] < bounds[*at].upper);
    let mut heap: BinaryHeap<Next> = open.map(|at| next(at, &samples)).collect();
    while left > 0 {
        // A stratum that finds no room never finds it again: only others come into its place.
        let Some(Next(best)) = heap.pop() else { break };
        if state.give(tree, best.at) {
            samples[best.at] += 1;
            left -= 1;
            if samples[best.at] < bounds[best.at].upper {
                heap.push(next(best.at, &samples));
            }
        }
    }
    Ok(samples)
}

/// A priority in a heap.
struct Next(Priority);

impl Ord for Next {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Next {}

/// What each tier holds, and what its lower bounds and those within it still ask for. The last
/// entry is the whole plan.
struct State {
    held: Vec<u64>,
    /// What the tiers directly within ask for.
    asked: Vec<u64>,
    bounds: Vec<Bounds>,
}

impl State {
    fn new(bounds: &[Bounds], tree: &TierTree, total: u64) -> Self {
        let lower: Vec<u64> = bounds.iter().map(|bounds| bounds.lower).collect();
        let top = tree.tiers.len();
        let mut held = tree.sums(&lower);
        held.push(lower.iter().sum());
        let mut all: Vec<Bounds> = tree.tiers.iter().map(|tier| tier.bounds).collect();
        all.push(Bounds::new(total, total));
        let mut state = Self { held, asked: vec![0; top + 1], bounds: all };
        for at in tree.order.iter().rev() {
            let need = state.need(*at);
            state.asked[tree.tiers[*at].parent.unwrap_or(top)] += need;
        }
        state
    }

    fn need(&self, tier: usize) -> u64 {
        self.bounds[tier].lower.saturating_sub(self.held[tier]).max(self.asked[tier])
    }

    /// Gives one sample to a stratum if every tier above has room beyond what it must keep.
    fn give(&mut self, tree: &TierTree, stratum: usize) -> bool {
        let top = tree.tiers.len();
        let path = || {
            let first = tree.strata[stratum].unwrap_or(top);
            std::iter::successors(Some(first), move |at| {
                (*at != top).then(|| tree.tiers[*at].parent.unwrap_or(top))
            })
        };
        // Whether the sample meets a need counted so far on the way up.
        let mut meets = 0;
        for at in path() {
            let before = self.need(at);
            let own = self.bounds[at].lower.saturating_sub(self.held[at] + 1);
            let after = own.max(self.asked[at] - meets);
            if self.held[at] + 1 + after > self.bounds[at].upper {
                return false;
            }
            meets = before - after;
        }
        let mut meets = 0;
        for at in path() {
            let before = self.need(at);
            self.held[at] += 1;
            self.asked[at] -= meets;
            meets = before - self.need(at);
        }
        true
    }
}

/// What a part of the tree can hold at least or at most, and the bounds that say so.
#[derive(Clone, Copy)]
struct Reach {
    value: u128,
    /// Whether its own bound says so, or those within.
    own: bool,
}

/// The lowest tier whose bounds cannot hold together with those within it, and a smallest set of
/// them.
fn conflict(bounds: &[Bounds], tree: &TierTree, total: u64) -> Option<Conflict> {
    let top = tree.tiers.len();
    let own = |node: usize| match node.checked_sub(top + 1) {
        Some(stratum) => bounds[stratum],
        None if node == top => Bounds::new(total, total),
        None => tree.tiers[node].bounds,
    };
    // Nodes: the tiers, the whole plan, the strata.
    let mut within = vec![Vec::new(); top + 1];
    for (at, tier) in tree.tiers.iter().enumerate() {
        within[tier.parent.unwrap_or(top)].push(at);
    }
    for (at, tier) in tree.strata.iter().enumerate() {
        within[tier.unwrap_or(top)].push(top + 1 + at);
    }
    let nodes = top + 1 + bounds.len();
    let mut least = vec![Reach { value: 0, own: true }; nodes];
    let mut most = least.clone();
    // A tier without strata holds nothing, whatever its bounds.
    let mut empty = vec![false; nodes];
    let strata = top + 1..nodes;
    let order = strata.chain(tree.order.iter().rev().copied()).chain([top]);
    for node in order {
        let bounds = own(node);
        (least[node].value, most[node].value) = (bounds.lower.into(), bounds.upper.into());
        if let Some(parts) = within.get(node) {
            let low: u128 = parts.iter().map(|part| least[*part].value).sum();
            let high: u128 = parts.iter().map(|part| most[*part].value).sum();
            if low > least[node].value {
                least[node] = Reach { value: low, own: false };
            }
            empty[node] = parts.iter().all(|part| empty[*part]);
            if high < most[node].value || empty[node] {
                most[node] = Reach { value: high, own: false };
            }
        }
        if least[node].value > most[node].value {
            return Some(explain(node, top, &within, &least, &most));
        }
    }
    None
}

fn explain(
    node: usize,
    top: usize,
    within: &[Vec<usize>],
    least: &[Reach],
    most: &[Reach],
) -> Conflict {
    // The bounds at which the sums start: each node's own, or those of its parts.
    let collect = |reach: &[Reach]| {
        let mut open = vec![node];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            match within.get(node).filter(|_| !reach[node].own) {
                Some(parts) => open.extend_from_slice(parts),
                None => found.push(node),
            }
        }
        found.sort_unstable();
        found
    };
    let (mut lower, upper) = (collect(least), collect(most));
    let available = most[node].value;
    lower.sort_by_key(|node| std::cmp::Reverse(least[*node].value));
    let mut needed = 0_u128;
    lower.retain(|node| {
        let keep = needed <= available;
        needed += if keep { least[*node].value } else { 0 };
        keep
    });
    let requirement = |node: usize, sense: Sense, value: u128| {
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        match node.checked_sub(top + 1) {
            Some(stratum) => Requirement::new(Subject::Stratum(stratum), sense, value),
            None if node == top => Requirement::new(Subject::Whole, Sense::Exactly, value),
            None => Requirement::new(Subject::Tier(node), sense, value),
        }
    };
    let low = lower.iter().map(|node| requirement(*node, Sense::AtLeast, least[*node].value));
    let high = upper.iter().map(|node| requirement(*node, Sense::AtMost, most[*node].value));
    let members = low.chain(high).collect();
    let cut = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    Conflict { members, needed: cut(needed), available: cut(available) }
}

impl Default for Tier {
    fn default() -> Self {
        Self { parent: None, bounds: Bounds::new(0, MOST_SAMPLES) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::optimum::tests::{every, objective};
    use super::*;

    #[derive(Debug, Clone)]
    struct Case {
        a: Vec<f64>,
        bounds: Vec<Bounds>,
        tiers: Vec<Tier>,
        strata: Vec<Option<usize>>,
        total: u64,
    }

    fn case() -> impl Strategy<Value = Case> {
        let bounds = |width| (0_u64..4, 0_u64..width).prop_map(|(l, w)| Bounds::new(l, l + w));
        let weight = prop_oneof![Just(0.0), (1_u32..5).prop_map(f64::from), 0.1..9.0_f64];
        let stratum = (weight, bounds(5), prop::option::weighted(0.9, 0_usize..4));
        let tier = (bounds(9), prop::option::weighted(0.6, 0_usize..4));
        (prop::collection::vec(stratum, 1..5), prop::collection::vec(tier, 4), 0_u64..12).prop_map(
            |(strata, tiers, total)| Case {
                a: strata.iter().map(|s| s.0).collect(),
                bounds: strata.iter().map(|s| s.1).collect(),
                strata: strata.iter().map(|s| s.2).collect(),
                tiers: tiers
                    .iter()
                    .enumerate()
                    .map(|(at, t)| Tier { parent: t.1.filter(|p| *p < at), bounds: t.0 })
                    .collect(),
                total,
            },
        )
    }

    fn feasible(case: &Case) -> Vec<Vec<u64>> {
        let tree = TierTree::new(case.tiers.clone(), case.strata.clone()).unwrap();
        let mut all = every(&case.bounds, case.total);
        all.retain(|samples| {
            let sums = tree.sums(samples);
            sums.iter().zip(&case.tiers).all(|(n, t)| t.bounds.lower <= *n && *n <= t.bounds.upper)
        });
        all
    }

    /// The case with the members of a conflict alone, but one.
    fn only(case: &Case, members: &[Requirement], without: usize) -> (Case, bool) {
        let free = Bounds::new(0, 60);
        let mut left = case.clone();
        left.bounds.iter_mut().for_each(|bounds| *bounds = free);
        left.tiers.iter_mut().for_each(|tier| tier.bounds = free);
        let mut whole = false;
        for (at, member) in members.iter().enumerate() {
            let bounds = match &member.subject {
                _ if at == without => continue,
                Subject::Whole => {
                    assert_eq!(member.value, case.total);
                    whole = true;
                    continue;
                }
                Subject::Stratum(at) => &mut left.bounds[*at],
                Subject::Tier(at) => &mut left.tiers[*at].bounds,
                other => panic!("{other}"),
            };
            match member.sense {
                Sense::AtLeast => bounds.lower = member.value,
                _ => bounds.upper = member.value,
            }
        }
        (left, whole)
    }

    fn can_hold((case, whole): &(Case, bool)) -> bool {
        let totals = if *whole { case.total..=case.total } else { 0..=50 };
        let tree = TierTree::new(case.tiers.clone(), case.strata.clone()).unwrap();
        totals.into_iter().any(|total| super::conflict(&case.bounds, &tree, total).is_none())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn nothing_is_better(case in case()) {
            let tree = TierTree::new(case.tiers.clone(), case.strata.clone()).unwrap();
            let all = feasible(&case);
            match optimum_in_tiers(&case.a, &case.bounds, &tree, case.total) {
                Ok(samples) => {
                    let least = all.iter().map(|samples| objective(&case.a, samples)).min();
                    prop_assert!(all.contains(&samples), "{:?}", samples);
                    prop_assert_eq!(Some(objective(&case.a, &samples)), least);
                }
                Err(SamplingError::Infeasible(conflict)) => {
                    prop_assert!(all.is_empty());
                    let members = &conflict.members;
                    prop_assert!(!can_hold(&only(&case, members, usize::MAX)), "{}", conflict);
                    for at in 0..members.len() {
                        prop_assert!(
                            can_hold(&only(&case, members, at)),
                            "{} does without {}", conflict, members[at]
                        );
                    }
                }
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn tiers_must_be_a_forest() {
        let tier = |parent| Tier { parent, ..Tier::default() };
        assert!(matches!(
            TierTree::new(vec![tier(Some(1)), tier(Some(0))], vec![]),
            Err(SamplingError::Cycle { .. })
        ));
        assert!(matches!(
            TierTree::new(vec![tier(Some(7))], vec![]),
            Err(SamplingError::Unknown { .. })
        ));
        assert!(matches!(TierTree::new(vec![], vec![Some(0)]), Err(SamplingError::Unknown { .. })));
    }
}
