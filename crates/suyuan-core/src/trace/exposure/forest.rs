//! The graph of states without its cycles, and what dominates what.
//!
//! States that reach one another are one node. A node `d` dominates `v` when every path from a
//! source to `v` passes `d`; the immediate dominators form a forest. What reaches `d` reaches all
//! it dominates, so a search that enters `d` from outside need not walk there: it adds the weight
//! of the whole subtree and leaves through the links that cross out of it. A node with one input
//! is the plain case. In topological order the immediate dominator of `v` is the nearest common
//! ancestor of the nodes that point to it (Cooper, Harvey and Kennedy 2001), which skew-binary
//! jump pointers find in O(log n) (Myers 1983).
//!
//! Nodes are numbered in preorder, siblings in topological order. So subtrees are ranges, weights
//! of subtrees are differences of prefix sums, and every link leads to a larger number.

use std::ops::Range;

use rayon::prelude::*;

use super::ancestors::Ancestors;
use super::flow::{NONE, joined, starts};
use super::order::Order;
use super::states::States;
use super::weight::Weight;
use crate::fetch::fetch;

/// Dominator forest of the acyclic graph, in preorder.
pub(super) struct Forest<const D: usize> {
    /// The node of each state.
    pub(super) node: Vec<u32>,
    /// The end of each node's subtree.
    pub(super) end: Vec<u32>,
    pub(super) parent: Vec<u32>,
    /// Links to nodes that the link's source does not dominate immediately; by `cross_starts`.
    pub(super) cross: Vec<u32>,
    pub(super) cross_starts: Vec<u32>,
    /// Weight of all nodes before each one; one longer than there are nodes.
    pub(super) before: Vec<Weight<D>>,
    pub(super) operators: Vec<u32>,
    pub(super) operator_starts: Vec<u32>,
}

/// The graph of groups of states, in topological order.
struct Groups {
    order: Order,
    starts: Vec<u32>,
    targets: Vec<u32>,
}

/// How many links ahead a node is asked for.
const AHEAD: usize = 32;

/// Runs of nodes for all threads.
fn run(nodes: usize) -> usize {
    (nodes / (16 * rayon::current_num_threads()) + 1).max(4096)
}

impl Groups {
    fn new<const D: usize>(states: &States<D>) -> Self {
        let order = Order::new(&states.starts, &states.targets);
        let range = |state: u32| {
            states.starts[state as usize] as usize..states.starts[state as usize + 1] as usize
        };
        let (run, count) = (run(order.len()), order.len());
        let part = |at: usize| {
            let nodes = at * run..count.min((at + 1) * run);
            let mut counts = Vec::with_capacity(nodes.len());
            let mut targets: Vec<u32> = Vec::with_capacity(3 * nodes.len());
            for node in nodes {
                // What later nodes need, in three steps of which each needs the one before.
                if let Some(state) = order.state(node + 3 * AHEAD) {
                    fetch(&states.starts, state as usize);
                }
                if let Some(state) = order.state(node + 2 * AHEAD) {
                    fetch(&states.targets, range(state).start);
                }
                if let Some(state) = order.state(node + AHEAD) {
                    for target in states.targets[range(state)].iter().take(4) {
                        fetch(&order.place, *target as usize);
                    }
                }
                let before = targets.len();
                for state in order.group(node) {
                    let places = states.targets[range(*state)].iter();
                    let places = places.map(|target| order.place[*target as usize]);
                    targets.extend(places.filter(|place| *place as usize != node));
                }
                counts.push(((targets.len() - before) as u32, 0));
            }
            (counts, targets)
        };
        let parts = (0..count.div_ceil(run)).into_par_iter().map(part);
        let (counts, targets): (Vec<_>, Vec<_>) = parts.unzip();
        let ((starts, _), targets) =
            rayon::join(|| starts(count, counts, false), || joined(targets));
        Self { order, starts, targets }
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn range(&self, node: u32) -> Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    /// The immediate dominator of each node, or [`NONE`].
    fn dominators(&self) -> Vec<u32> {
        const UNSEEN: u32 = u32::MAX - 1;
        let mut up = Ancestors::new(self.len());
        let mut dominator = vec![UNSEEN; self.len()];
        for node in 0..self.len() as u32 {
            let parent = &mut dominator[node as usize];
            if *parent == UNSEEN {
                *parent = NONE;
            }
            up.settle(*parent);
            let range = self.range(node);
            for at in range {
                if let Some(target) = self.targets.get(at + 2 * AHEAD) {
                    fetch(&dominator, *target as usize);
                }
                if let Some(target) = self.targets.get(at + AHEAD) {
                    up.fetch(dominator[*target as usize]);
                }
                let slot = &mut dominator[self.targets[at] as usize];
                *slot = match *slot {
                    UNSEEN => node,
                    NONE => NONE,
                    other => up.meet(other, node),
                };
            }
        }
        dominator
    }
}

/// What a run of nodes gives, in preorder.
struct Part<const D: usize> {
    parent: Vec<u32>,
    end: Vec<u32>,
    /// How many links and operators each node has.
    counts: Vec<(u32, u32)>,
    cross: Vec<u32>,
    weights: Vec<Weight<D>>,
    operators: Vec<u32>,
}

/// Where every node lies in preorder.
struct Preorder {
    parent: Vec<u32>,
    size: Vec<u32>,
    position: Vec<u32>,
    /// The node at each position.
    at: Vec<u32>,
}

impl Preorder {
    /// Of parents that come before their children.
    fn new(parent: Vec<u32>) -> Self {
        let count = parent.len();
        let mut size = vec![1_u32; count];
        for node in (0..count).rev() {
            if parent[node] != NONE {
                size[parent[node] as usize] += size[node];
            }
        }
        let mut position = vec![0_u32; count];
        let mut next = vec![0_u32; count];
        let mut root = 0;
        let mut at = vec![0_u32; count];
        for node in 0..count {
            let slot = match parent[node] {
                NONE => &mut root,
                parent => &mut next[parent as usize],
            };
            position[node] = *slot;
            *slot += size[node];
            next[node] = position[node] + 1;
            at[position[node] as usize] = node as u32;
        }
        Self { parent, size, position, at }
    }

    /// The nodes at some positions.
    fn part<const D: usize>(
        &self,
        states: &States<D>,
        groups: &Groups,
        range: Range<usize>,
    ) -> Part<D> {
        let mut part = Part {
            parent: Vec::with_capacity(range.len()),
            end: Vec::with_capacity(range.len()),
            counts: Vec::with_capacity(range.len()),
            cross: Vec::with_capacity(2 * range.len()),
            weights: Vec::with_capacity(range.len()),
            operators: Vec::new(),
        };
        for at in range {
            self.fetch(states, groups, at);
            let node = self.at[at];
            let above = self.parent[node as usize];
            part.parent.push(if above == NONE { NONE } else { self.position[above as usize] });
            part.end.push(at as u32 + self.size[node as usize]);
            let first = part.cross.len();
            for target in &groups.targets[groups.range(node)] {
                if self.parent[*target as usize] != node {
                    part.cross.push(self.position[*target as usize]);
                }
            }
            if part.cross.len() > first + 1 {
                part.cross[first..].sort_unstable();
                dedup_from(&mut part.cross, first);
            }
            let mut weight = Weight::ZERO;
            let listed = part.operators.len();
            for state in groups.order.group(node as usize) {
                weight += states.weights[*state as usize];
                if states.has_operators() {
                    let operators = states.operator_starts[*state as usize] as usize
                        ..states.operator_starts[*state as usize + 1] as usize;
                    part.operators.extend_from_slice(&states.operators[operators]);
                }
            }
            part.weights.push(weight);
            let counts = (part.cross.len() - first, part.operators.len() - listed);
            part.counts.push((counts.0 as u32, counts.1 as u32));
        }
        part
    }

    /// Asks for what later positions need, in two steps.
    #[inline(always)]
    fn fetch<const D: usize>(&self, states: &States<D>, groups: &Groups, at: usize) {
        if let Some(node) = self.at.get(at + 2 * AHEAD) {
            fetch(&groups.starts, *node as usize);
            fetch(&self.parent, *node as usize);
            fetch(&self.size, *node as usize);
            if let Some(state) = groups.order.state(*node as usize) {
                fetch(&states.weights, state as usize);
            }
        }
        if let Some(node) = self.at.get(at + AHEAD) {
            for target in groups.targets[groups.range(*node)].iter().take(4) {
                fetch(&self.parent, *target as usize);
                fetch(&self.position, *target as usize);
            }
        }
    }
}

impl<const D: usize> Forest<D> {
    pub(super) fn new(states: &States<D>) -> Self {
        let groups = Groups::new(states);
        let preorder = Preorder::new(groups.dominators());
        let (run, count) = (run(groups.len()), groups.len());
        let part = |at: usize| preorder.part(states, &groups, at * run..count.min((at + 1) * run));
        let parts: Vec<Part<D>> = (0..count.div_ceil(run)).into_par_iter().map(part).collect();
        let (mut parent, mut end, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cross, mut weights, mut operators) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            parent.push(part.parent);
            end.push(part.end);
            counts.push(part.counts);
            cross.push(part.cross);
            weights.push(part.weights);
            operators.push(part.operators);
        }
        let place = groups.order.place.par_iter().with_min_len(run);
        let node = || place.map(|place| preorder.position[*place as usize]).collect();
        let starts = || starts(count, counts, states.has_operators());
        let ((before, operators), (node, (lists, (parent, end, cross)))) = rayon::join(
            || (sums(count, weights), joined(operators)),
            || (node(), (starts(), (joined(parent), joined(end), joined(cross)))),
        );
        let (cross_starts, operator_starts) = lists;
        Self { node, end, parent, cross, cross_starts, before, operators, operator_starts }
    }

    pub(super) fn len(&self) -> usize {
        self.end.len()
    }

    /// The weight of a node and all it dominates.
    pub(super) fn subtree(&self, node: u32) -> Weight<D> {
        self.before[self.end[node as usize] as usize] - self.before[node as usize]
    }

    /// Where the links that leave a node's subtree lead; a target may come more than once.
    pub(super) fn exits(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.end[node as usize];
        let range =
            self.cross_starts[node as usize] as usize..self.cross_starts[end as usize] as usize;
        self.cross[range].iter().copied().filter(move |target| *target >= end)
    }

    /// The operators of what a node itself counts, with repetitions.
    pub(super) fn own_operators(&self, node: u32) -> &[u32] {
        let at = node as usize;
        &self.operators[self.operator_starts[at] as usize..self.operator_starts[at + 1] as usize]
    }

    /// The operators of what a subtree counts, with repetitions.
    pub(super) fn operators(&self, node: u32) -> &[u32] {
        let end = self.end[node as usize] as usize;
        &self.operators
            [self.operator_starts[node as usize] as usize..self.operator_starts[end] as usize]
    }
}

fn dedup_from(list: &mut Vec<u32>, first: usize) {
    let mut kept = first;
    for at in first..list.len() {
        if at == first || list[at] != list[kept - 1] {
            list[kept] = list[at];
            kept += 1;
        }
    }
    list.truncate(kept);
}

/// The sums of all weights before each one, and of all.
fn sums<const D: usize>(count: usize, weights: Vec<Vec<Weight<D>>>) -> Vec<Weight<D>> {
    let mut before = Vec::with_capacity(count + 1);
    let mut sum = Weight::ZERO;
    before.push(sum);
    for weight in weights.into_iter().flatten() {
        sum += weight;
        before.push(sum);
    }
    before
}
