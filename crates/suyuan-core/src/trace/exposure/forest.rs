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

use super::ancestors::Ancestors;
use super::flow::NONE;
use super::order::Order;
use super::states::States;
use super::weight::Weight;

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

/// The targets of a component's links, other components in topological order.
fn links<'a, const D: usize>(
    states: &'a States<D>,
    place: &'a [u32],
    members: &'a [u32],
) -> impl Iterator<Item = u32> + 'a {
    let own = members.first().map(|state| place[*state as usize]);
    members.iter().flat_map(move |state| {
        let range =
            states.starts[*state as usize] as usize..states.starts[*state as usize + 1] as usize;
        states.targets[range]
            .iter()
            .map(|target| place[*target as usize])
            .filter(move |to| Some(*to) != own)
    })
}

impl<const D: usize> Forest<D> {
    pub(super) fn new(states: &States<D>) -> Self {
        let order = Order::new(&states.starts, &states.targets);
        let count = order.len();
        let mut up = Ancestors::new(count);
        const UNSEEN: u32 = u32::MAX - 1;
        let mut dominator = vec![UNSEEN; count];
        for node in 0..count as u32 {
            let parent = dominator[node as usize];
            up.settle(if parent == UNSEEN { NONE } else { parent });
            for target in links(states, &order.place, order.group(node as usize)) {
                let slot = &mut dominator[target as usize];
                *slot = match *slot {
                    UNSEEN => node,
                    NONE => NONE,
                    other => up.meet(other, node),
                };
            }
        }
        let parent = up.into_parents();
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
        drop(next);
        let mut forest = Self {
            node: order.place.iter().map(|at| position[*at as usize]).collect(),
            end: Vec::with_capacity(count),
            parent: Vec::with_capacity(count),
            cross: Vec::new(),
            cross_starts: Vec::with_capacity(count + 1),
            before: Vec::with_capacity(count + 1),
            operators: Vec::with_capacity(states.operators.len()),
            operator_starts: Vec::with_capacity(count + 1),
        };
        let mut sum = Weight::ZERO;
        forest.before.push(sum);
        forest.cross_starts.push(0);
        forest.operator_starts.push(0);
        for (at, node) in at.iter().enumerate() {
            let above = parent[*node as usize];
            forest.parent.push(if above == NONE { NONE } else { position[above as usize] });
            forest.end.push(at as u32 + size[*node as usize]);
            let members = order.group(*node as usize);
            let first = forest.cross.len();
            for target in links(states, &order.place, members) {
                if parent[target as usize] != *node {
                    forest.cross.push(position[target as usize]);
                }
            }
            if forest.cross.len() > first + 1 {
                forest.cross[first..].sort_unstable();
                dedup_from(&mut forest.cross, first);
            }
            for state in members {
                sum += states.weights[*state as usize];
                let operators = states.operator_starts[*state as usize] as usize
                    ..states.operator_starts[*state as usize + 1] as usize;
                forest.operators.extend_from_slice(&states.operators[operators]);
            }
            forest.cross_starts.push(forest.cross.len() as u32);
            forest.operator_starts.push(forest.operators.len() as u32);
            forest.before.push(sum);
        }
        forest
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
