//! Exact sums: most follow from a node below, the rest from a search over the forest.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::flow::NONE;
use super::forest::Forest;
use super::sketch::{Pieces, Sampler};
use super::weight::Weight;

/// How the sum of a node follows from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// All it reaches lies in its subtree.
    Closed,
    /// All else it reaches is what this node reaches.
    Through(u32),
    /// Its subtree is left as the subtree of this child is.
    As(u32),
    /// By a search.
    Search,
}

/// The rule of every node, in linear time.
pub(super) fn rules<const D: usize>(forest: &Forest<D>) -> Vec<Rule> {
    const MANY: u32 = NONE - 1;
    const ANY: u32 = 0;
    let nodes = forest.len();
    // Of the links that leave a subtree: the farthest target, and the nearest where it is known.
    let mut far = vec![0_u32; nodes];
    let mut near = vec![NONE; nodes];
    let mut heir = vec![NONE; nodes];
    let mut rules = vec![Rule::Closed; nodes];
    for node in (0..nodes).rev() {
        let end = forest.end[node];
        let own = forest.cross_starts[node] as usize..forest.cross_starts[node + 1] as usize;
        let has_own = !own.is_empty();
        for target in &forest.cross[own] {
            far[node] = far[node].max(*target);
            near[node] = near[node].min(*target);
        }
        if far[node] >= end {
            rules[node] = if near[node] == far[node] {
                Rule::Through(far[node])
            } else if !has_own && heir[node] < MANY {
                Rule::As(heir[node])
            } else {
                Rule::Search
            };
        }
        let parent = forest.parent[node];
        if parent != NONE && far[node] >= end {
            let up = parent as usize;
            // What leaves this subtree may end within the parent's.
            let outer = forest.end[up];
            if far[node] >= outer {
                far[up] = far[up].max(far[node]);
                let known = if near[node] >= outer { near[node] } else { ANY };
                near[up] = near[up].min(known);
                let alone = heir[up] == NONE && known != ANY;
                heir[up] = if alone { node as u32 } else { MANY };
            }
        }
    }
    rules
}

/// A reusable search over the forest.
pub(super) struct Walker {
    seen: Vec<u32>,
    epoch: u32,
    stack: Vec<u32>,
    pub(super) reached: Vec<u32>,
}

impl Walker {
    pub(super) fn new(nodes: usize) -> Self {
        Self { seen: vec![0; nodes], epoch: 0, stack: Vec::new(), reached: Vec::new() }
    }

    /// Collects the subtrees that are reached from a node outside its own.
    pub(super) fn walk<const D: usize>(&mut self, forest: &Forest<D>, from: u32) {
        self.epoch += 1;
        if self.epoch == u32::MAX {
            self.seen.fill(0);
            self.epoch = 1;
        }
        self.reached.clear();
        self.stack.push(from);
        while let Some(node) = self.stack.pop() {
            for target in forest.exits(node) {
                let seen = &mut self.seen[target as usize];
                if *seen != self.epoch {
                    *seen = self.epoch;
                    self.stack.push(target);
                    self.reached.push(target);
                }
            }
        }
    }
}

/// What every node reaches outside its own subtree by `search`, and whether that is exact, for
/// those that need it; the rest follows.
fn follow<const D: usize, S>(
    forest: &Forest<D>,
    rules: &[Rule],
    init: impl Fn() -> S + Sync + Send,
    search: impl Fn(&mut S, u32) -> (Weight<D>, bool) + Sync + Send,
) -> Vec<(Weight<D>, bool)> {
    let searched: Vec<u32> =
        (0..forest.len() as u32).filter(|node| rules[*node as usize] == Rule::Search).collect();
    let run = (searched.len() / (16 * rayon::current_num_threads()) + 1).max(64);
    let found: Vec<Vec<(Weight<D>, bool)>> = searched
        .par_chunks(run)
        .map_init(init, |state, nodes| nodes.iter().map(|node| search(state, *node)).collect())
        .collect();
    let mut sums = vec![(Weight::ZERO, true); forest.len()];
    let mut found = found.into_iter().rev().flat_map(|part| part.into_iter().rev());
    for node in (0..forest.len()).rev() {
        let own = forest.subtree(node as u32);
        sums[node] = match rules[node] {
            Rule::Closed => (own, true),
            Rule::Through(other) => {
                let (sum, exact) = sums[other as usize];
                (own + sum, exact)
            }
            Rule::As(child) => {
                let (sum, exact) = sums[child as usize];
                (own + (sum - forest.subtree(child)), exact)
            }
            Rule::Search => {
                let (sum, exact) = found.next().unwrap_or((Weight::ZERO, false));
                (own + sum, exact)
            }
        };
    }
    sums
}

/// What every node reaches.
pub(super) fn sums<const D: usize>(forest: &Forest<D>, rules: &[Rule]) -> Vec<(Weight<D>, bool)> {
    follow(
        forest,
        rules,
        || Walker::new(forest.len()),
        |walker, node| {
            walker.walk(forest, node);
            let reached = walker.reached.iter();
            (reached.fold(Weight::ZERO, |sum, node| sum + forest.subtree(*node)), true)
        },
    )
}

/// The same from samples of `k` pieces, and about how many subtrees [`sums`] would visit.
pub(super) fn estimates<const D: usize>(
    forest: &Forest<D>,
    rules: &[Rule],
    pieces: &Pieces<D>,
    k: usize,
) -> (Vec<(Weight<D>, bool)>, u64) {
    let lists = pieces.piece_lists(forest, k);
    let steps = AtomicU64::new(0);
    let rows = follow(
        forest,
        rules,
        || Sampler::new(k, &pieces.ranks),
        |sampler, node| {
            let found = pieces.outside(forest, &lists, node, sampler);
            steps.fetch_add(found.pieces, Ordering::Relaxed);
            (found.weight, found.is_exact)
        },
    );
    (rows, steps.into_inner())
}
