//! Reachability through time as reachability in a plain graph.
//!
//! What a node passes on depends on its label, but rarely: goods mostly leave after all receipts.
//! Let `steady(u)` be the greatest solution of
//!
//! ```text
//! steady(u) = min over links u -> w of min(gate, max(value, steady(w)))
//! ```
//!
//! All labels `s <= steady(u)` reach the same stocks: they can take every link of `u`, and
//! arrive at `w` either with one and the same label `value` (where `value > steady(w)`, so that
//! `s <= value`) or all with labels `<= steady(w)`; equal behaviour follows by coinduction. They
//! share the node's *base* state, which takes each link as the label -infinity would. A label
//! above `steady` gets a state of its own, *late*. Late states arise from receipts and starts
//! above `steady`, and from links that a late state takes.
//!
//! A smaller label reaches all that a larger one does. So each state of a node points to the
//! node's next later one, and keeps only those links that the next one cannot take, or takes to
//! another state; a leaf is thus pointed to once, not once a state.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::flow::{Flow, NONE, joined, starts};
use super::reader::Reader;
use super::weight::Weight;
use crate::fetch::fetch;

/// How many links ahead a node is asked for.
const AHEAD: usize = 32;
/// The least that a thread looks through at a time.
const TOGETHER: usize = 1 << 12;

/// The graph of states: base states are the flow's nodes, late ones follow.
pub(super) struct States<const D: usize> {
    pub(super) starts: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) weights: Vec<Weight<D>>,
    pub(super) operators: Vec<u32>,
    pub(super) operator_starts: Vec<u32>,
    base: u32,
    steady: Vec<i32>,
    late: Late,
    dense: Vec<u32>,
}

/// Late states by node and label.
#[derive(Default)]
struct Late {
    states: Vec<(u32, i32)>,
}

impl Late {
    fn of(&self, node: u32) -> &[(u32, i32)] {
        let from = self.states.partition_point(|(other, _)| *other < node);
        let rest = &self.states[from..];
        &rest[..rest.partition_point(|(other, _)| *other == node)]
    }

    /// The place of a state among all late ones.
    fn at(&self, node: u32, label: i32) -> u32 {
        self.states.partition_point(|state| *state < (node, label)) as u32
    }
}

/// The greatest solution: one sweep against time, then a repair of what it left, smallest first,
/// as in a shortest-path search; labels never decrease against a link.
fn steady<const D: usize>(reader: &Reader<'_>, flow: &Flow<D>) -> Vec<i32> {
    let mut steady = flow.shuts.clone();
    let bound = |steady: &[i32], node: u32| {
        flow.range(node).fold(steady[node as usize], |least, at| {
            least.min(flow.values[at].max(steady[flow.targets[at] as usize]))
        })
    };
    for node in (0..flow.len() as u32).rev() {
        if let Some(target) = flow.targets.get(flow.range(node).start.wrapping_sub(AHEAD)) {
            fetch(&steady, *target as usize);
        }
        steady[node as usize] = bound(&steady, node);
    }
    // Whatever is still too large is so by a link of its own, so all can be looked at together.
    let left: Vec<Reverse<(i32, u32)>> = (0..flow.len() as u32)
        .into_par_iter()
        .with_min_len(TOGETHER)
        .filter_map(|node| {
            let least = bound(&steady, node);
            (least < steady[node as usize]).then_some(Reverse((least, node)))
        })
        .collect();
    for Reverse((least, node)) in &left {
        steady[*node as usize] = *least;
    }
    let mut heap = BinaryHeap::from(left);
    while let Some(Reverse((label, node))) = heap.pop() {
        if steady[node as usize] < label {
            continue;
        }
        for (source, value) in reader.sources(flow.node[node as usize]) {
            let source = flow.dense[source as usize];
            let least = value.max(label);
            if least < steady[source as usize] {
                steady[source as usize] = least;
                heap.push(Reverse((least, source)));
            }
        }
    }
    steady
}

/// Every late state, or `None` when there are more than `limit`.
fn late_states<const D: usize>(
    reader: &Reader<'_>,
    flow: &Flow<D>,
    steady: &[i32],
    limit: usize,
) -> Option<Late> {
    let starts = (0..reader.stocks()).into_par_iter().with_min_len(TOGETHER).filter_map(|stock| {
        let node = flow.dense[stock as usize];
        let late = node != NONE && reader.start(stock) > steady[node as usize];
        late.then(|| (node, reader.start(stock)))
    });
    let receipts = flow.targets.par_iter().zip(&flow.values).with_min_len(TOGETHER);
    let receipts = receipts.filter(|(target, value)| **value > steady[**target as usize]);
    let mut states: Vec<(u32, i32)> =
        starts.chain(receipts.map(|(target, value)| (*target, *value))).collect();
    states.par_sort_unstable();
    states.dedup();
    let mut known: HashSet<(u32, i32)> = states.iter().copied().collect();
    // Only a link whose value the label exceeds gives a state that is not listed yet.
    let mut fresh = states.clone();
    while !fresh.is_empty() {
        let mut next = Vec::new();
        for here in fresh.chunk_by(|a, b| a.0 == b.0) {
            for at in flow.range(here[0].0) {
                let (target, value) = (flow.targets[at], flow.values[at]);
                let from = here.partition_point(|(_, label)| *label <= value);
                let to = here.partition_point(|(_, label)| *label <= flow.gates[at]);
                for (_, label) in here.get(from..to).unwrap_or_default() {
                    if *label > steady[target as usize] && known.insert((target, *label)) {
                        next.push((target, *label));
                    }
                }
            }
            if known.len() > limit {
                return None;
            }
        }
        next.sort_unstable();
        states.extend_from_slice(&next);
        fresh = next;
    }
    states.sort_unstable();
    Some(Late { states })
}

impl<const D: usize> States<D> {
    /// The states of a flow; `None` when late ones exceed `limit`.
    pub(super) fn new(reader: &Reader<'_>, flow: Flow<D>, limit: usize) -> Option<Self> {
        let steady = steady(reader, &flow);
        let late = late_states(reader, &flow, &steady, limit)?;
        let base = flow.len() as u32;
        if late.states.len() as u64 + u64::from(base) >= u64::from(NONE) {
            return None;
        }
        let mut states = Self {
            starts: Vec::new(),
            targets: Vec::new(),
            weights: Vec::new(),
            operators: Vec::new(),
            operator_starts: Vec::new(),
            base,
            steady,
            late,
            dense: Vec::new(),
        };
        states.expand(reader, flow);
        u32::try_from(states.targets.len()).is_ok().then_some(states)
    }

    /// Whether final operators are to be counted.
    pub(super) fn has_operators(&self) -> bool {
        !self.operator_starts.is_empty()
    }

    /// The state of a label at a node.
    fn state(&self, node: u32, label: i32) -> u32 {
        if label <= self.steady[node as usize] {
            node
        } else {
            self.base + self.late.at(node, label)
        }
    }

    /// The state that a search of one stock starts in; `None` for a leaf.
    pub(super) fn seed(&self, reader: &Reader<'_>, stock: u32) -> Option<u32> {
        let node = self.dense[stock as usize];
        (node != NONE).then(|| self.state(node, reader.start(stock)))
    }

    fn expand(&mut self, reader: &Reader<'_>, mut flow: Flow<D>) {
        let run = (flow.len() / (16 * rayon::current_num_threads()) + 1).max(4096) as u32;
        let runs = self.base.div_ceil(run);
        let range = |at: u32| at * run..self.base.min((at + 1) * run);
        let parts: Vec<Expanded<D>> =
            (0..runs).into_par_iter().map(|at| self.part(reader, &flow, range(at))).collect();
        let mut weights = std::mem::take(&mut flow.weights);
        weights.reserve_exact(self.late.states.len());
        let (mut counts, mut targets, mut operators) = (Vec::new(), Vec::new(), Vec::new());
        let mut later = Expanded::default();
        for part in parts {
            counts.push(part.counts);
            targets.push(part.targets);
            operators.push(part.operators);
            for (node, weight) in part.weights {
                weights[node as usize] = weight;
            }
            for state in part.later {
                weights.push(state.weight);
                later.push(state);
            }
        }
        counts.push(later.counts);
        targets.push(later.targets);
        operators.push(later.operators);
        let ((starts, operator_starts), (targets, operators)) = rayon::join(
            || starts(weights.len(), counts, flow.has_operators()),
            || (joined(targets), joined(operators)),
        );
        self.starts = starts;
        self.operator_starts = operator_starts;
        self.targets = targets;
        self.operators = operators;
        self.weights = weights;
        self.dense = flow.dense;
    }

    /// The states of some nodes.
    fn part(&self, reader: &Reader<'_>, flow: &Flow<D>, nodes: Range<u32>) -> Expanded<D> {
        let links = flow.starts[nodes.end as usize] - flow.starts[nodes.start as usize];
        let mut part = Expanded {
            counts: Vec::with_capacity(nodes.len()),
            targets: Vec::with_capacity(links as usize),
            ..Expanded::default()
        };
        let late = &self.late.states;
        let mut next = &late[late.partition_point(|(other, _)| *other < nodes.start)..];
        for node in nodes {
            let count = next.iter().take_while(|(other, _)| *other == node).count();
            let (here, rest) = next.split_at(count);
            next = rest;
            if here.is_empty() {
                let range = flow.range(node);
                for at in range.clone() {
                    if let Some(target) = flow.targets.get(at + AHEAD) {
                        fetch(&self.steady, *target as usize);
                    }
                    part.targets.push(self.state(flow.targets[at], flow.values[at]));
                }
                let operators = if flow.has_operators() {
                    flow.operator_starts[node as usize] as usize
                        ..flow.operator_starts[node as usize + 1] as usize
                } else {
                    0..0
                };
                part.counts.push((range.len() as u32, operators.len() as u32));
                part.operators.extend_from_slice(&flow.operators[operators]);
            } else {
                let labels = std::iter::once(i32::MIN).chain(here.iter().map(|(_, label)| *label));
                let labels: Vec<i32> = labels.collect();
                let mut states = self.split(reader, flow, node, &labels).into_iter();
                if let Some(first) = states.next() {
                    part.weights.push((node, first.weight));
                    part.push(first);
                }
                part.later.extend(states);
            }
        }
        part
    }

    /// The states of a node whose labels are these, ascending, the first standing for the base.
    fn split(
        &self,
        reader: &Reader<'_>,
        flow: &Flow<D>,
        node: u32,
        labels: &[i32],
    ) -> Vec<Split<D>> {
        let mut split: Vec<Split<D>> = labels.iter().map(|_| Split::default()).collect();
        for at in flow.range(node) {
            let (target, gate, value) = (flow.targets[at], flow.gates[at], flow.values[at]);
            let usable = labels.partition_point(|label| *label <= gate);
            let mut later = None;
            for (label, state) in labels[..usable].iter().zip(&mut split).rev() {
                let reached = self.state(target, value.max(*label));
                if later != Some(reached) {
                    state.targets.push(reached);
                }
                later = Some(reached);
                if *label <= value {
                    break;
                }
            }
        }
        for leaf in flow.leaves(reader, node) {
            let usable = labels.partition_point(|label| *label <= leaf.gate);
            if let Some(state) = split[..usable].last_mut() {
                state.weight += leaf.weight;
                if flow.has_operators() {
                    state.operators.push(leaf.operator);
                }
            }
        }
        // A state is followed by the next later one of its node.
        for (state, (_, label)) in split.iter_mut().zip(self.late.of(node)) {
            state.targets.push(self.state(node, *label));
        }
        split
    }
}

/// A state of a node that has several.
struct Split<const D: usize> {
    targets: Vec<u32>,
    operators: Vec<u32>,
    weight: Weight<D>,
}

impl<const D: usize> Default for Split<D> {
    fn default() -> Self {
        Self { targets: Vec::new(), operators: Vec::new(), weight: Weight::ZERO }
    }
}

/// The states of a run of nodes.
struct Expanded<const D: usize> {
    counts: Vec<(u32, u32)>,
    targets: Vec<u32>,
    operators: Vec<u32>,
    /// New weights of nodes that have several states.
    weights: Vec<(u32, Weight<D>)>,
    /// The late states, by node and label.
    later: Vec<Split<D>>,
}

impl<const D: usize> Default for Expanded<D> {
    fn default() -> Self {
        Self {
            counts: Vec::new(),
            targets: Vec::new(),
            operators: Vec::new(),
            weights: Vec::new(),
            later: Vec::new(),
        }
    }
}

impl<const D: usize> Expanded<D> {
    /// Adds the links and operators of a state.
    fn push(&mut self, state: Split<D>) {
        self.counts.push((state.targets.len() as u32, state.operators.len() as u32));
        self.targets.extend(state.targets);
        self.operators.extend(state.operators);
    }
}
