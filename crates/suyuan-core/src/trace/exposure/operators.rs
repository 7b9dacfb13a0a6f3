//! Distinct operators of what is reached.

use rayon::prelude::*;

use super::ancestors::Ancestors;
use super::exact::{Rule, Walker};
use super::flow::NONE;
use super::forest::Forest;
use super::sketch::{Pieces, Sampler, distinct, uniform};
use super::weight::Weight;

/// The distinct operators of every subtree, in O(n log n): each occurrence counts one, and each
/// pair of neighbouring occurrences of one operator takes one away from where they meet.
fn of_subtrees<const D: usize>(forest: &Forest<D>, operators: usize) -> Vec<i32> {
    let mut up = Ancestors::new(forest.len());
    for parent in &forest.parent {
        up.settle(*parent);
    }
    let mut counts = vec![0_i32; forest.len()];
    let mut last = vec![NONE; operators];
    for node in 0..forest.len() {
        for operator in forest.own_operators(node as u32) {
            counts[node] += 1;
            let before = std::mem::replace(&mut last[*operator as usize], node as u32);
            if before != NONE {
                let meet = up.meet(before, node as u32);
                if meet != NONE {
                    counts[meet as usize] -= 1;
                }
            }
        }
    }
    for node in (0..forest.len()).rev() {
        let parent = forest.parent[node];
        if parent != NONE {
            counts[parent as usize] += counts[node];
        }
    }
    counts
}

/// Whether a node has the operators of another one that its rule names.
fn same_as<const D: usize>(forest: &Forest<D>, node: u32, rule: Rule) -> Option<u32> {
    match rule {
        Rule::Through(other) => forest.operators(node).is_empty().then_some(other),
        Rule::As(child) => {
            let same = forest.operators(node).len() == forest.operators(child).len();
            same.then_some(child)
        }
        Rule::Closed | Rule::Search => None,
    }
}

/// What counting operators needs of a forest.
pub(super) struct Distinct<'f, const D: usize> {
    forest: &'f Forest<D>,
    rules: &'f [Rule],
    operators: usize,
    /// Nodes whose count follows from no other.
    searched: Vec<u32>,
}

impl<'f, const D: usize> Distinct<'f, D> {
    pub(super) fn new(forest: &'f Forest<D>, rules: &'f [Rule], operators: usize) -> Self {
        let needs = |node: &u32| {
            let rule = rules[*node as usize];
            rule != Rule::Closed && same_as(forest, *node, rule).is_none()
        };
        let searched = (0..forest.len() as u32).filter(needs).collect();
        Self { forest, rules, operators, searched }
    }

    /// About how many final stocks [`Distinct::exact`] looks at.
    pub(super) fn steps(&self, rows: &[(Weight<D>, bool)]) -> u64 {
        self.searched.iter().map(|node| u64::from(rows[*node as usize].0.finals)).sum()
    }

    /// Counts those that need it by `count`; the rest follows.
    fn follow<S>(
        &self,
        init: impl Fn() -> S + Sync + Send,
        count: impl Fn(&mut S, u32) -> (u32, bool) + Sync + Send,
    ) -> Vec<(u32, bool)> {
        let run = (self.searched.len() / (16 * rayon::current_num_threads()) + 1).max(64);
        let count = |state: &mut S, nodes: &[u32]| -> Vec<(u32, bool)> {
            nodes.iter().map(|node| count(state, *node)).collect()
        };
        let (own, found): (Vec<i32>, Vec<Vec<(u32, bool)>>) = rayon::join(
            || of_subtrees(self.forest, self.operators),
            || self.searched.par_chunks(run).map_init(init, count).collect(),
        );
        let mut found = found.into_iter().rev().flat_map(|part| part.into_iter().rev());
        let mut counts = vec![(0, true); self.forest.len()];
        for node in (0..self.forest.len()).rev() {
            let rule = self.rules[node];
            counts[node] = match same_as(self.forest, node as u32, rule) {
                Some(other) => counts[other as usize],
                None if rule == Rule::Closed => (own[node].max(0).unsigned_abs(), true),
                None => found.next().unwrap_or_default(),
            };
        }
        counts
    }

    /// Distinct operators each node reaches.
    pub(super) fn exact(&self) -> Vec<(u32, bool)> {
        let forest = self.forest;
        self.follow(
            || (Walker::new(forest.len()), vec![0_u32; self.operators], 0_u32),
            |(walker, seen, epoch), node| {
                *epoch += 1;
                if *epoch == u32::MAX {
                    seen.fill(0);
                    *epoch = 1;
                }
                walker.walk(forest, node);
                let mut count = 0;
                for part in std::iter::once(&node).chain(&walker.reached) {
                    for operator in forest.operators(*part) {
                        let seen = &mut seen[*operator as usize];
                        count += u32::from(*seen != *epoch);
                        *seen = *epoch;
                    }
                }
                (count, true)
            },
        )
    }

    /// The same from samples of `k` operators.
    pub(super) fn estimate(&self, pieces: &Pieces<D>, k: usize, seed: u64) -> Vec<(u32, bool)> {
        let forest = self.forest;
        let rank = |operator| uniform(operator, !seed) as f32;
        let ranks: Vec<f32> = (0..self.operators as u32).map(rank).collect();
        let lists = pieces.lists(forest, k, &ranks, |_, node, sampler| {
            sampler.add(forest.operators(node), true);
        });
        self.follow(
            || Sampler::new(k, &ranks),
            |sampler, node| {
                sampler.start();
                sampler.add(forest.operators(node), true);
                pieces.add_exits(forest, &lists, node, sampler);
                distinct(sampler)
            },
        )
    }
}
