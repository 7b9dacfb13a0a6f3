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

use hashbrown::HashSet;

use super::flow::{Flow, NONE};
use super::reader::Reader;
use super::weight::Weight;

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
        steady[node as usize] = bound(&steady, node);
    }
    let mut heap: BinaryHeap<Reverse<(i32, u32)>> = BinaryHeap::new();
    for node in (0..flow.len() as u32).rev() {
        let least = bound(&steady, node);
        if least < steady[node as usize] {
            steady[node as usize] = least;
            heap.push(Reverse((least, node)));
        }
    }
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
    let mut states: Vec<(u32, i32)> = Vec::new();
    for stock in 0..reader.stocks() {
        let node = flow.dense[stock as usize];
        if node != NONE && reader.start(stock) > steady[node as usize] {
            states.push((node, reader.start(stock)));
        }
    }
    for (target, value) in flow.targets.iter().zip(&flow.values) {
        if *value > steady[*target as usize] {
            states.push((*target, *value));
        }
    }
    states.sort_unstable();
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
            starts: Vec::with_capacity(flow.starts.len() + late.states.len()),
            targets: Vec::with_capacity(flow.targets.len() + late.states.len()),
            weights: Vec::new(),
            operators: Vec::with_capacity(flow.operators.len()),
            operator_starts: Vec::with_capacity(flow.operator_starts.len() + late.states.len()),
            base,
            steady,
            late,
            dense: Vec::new(),
        };
        states.expand(reader, flow);
        u32::try_from(states.targets.len()).is_ok().then_some(states)
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
        self.weights = std::mem::take(&mut flow.weights);
        self.weights.resize(self.base as usize + self.late.states.len(), Weight::ZERO);
        self.starts.push(0);
        self.operator_starts.push(0);
        let late = self.late.states.clone();
        let mut split: Vec<Split<D>> = Vec::new();
        let mut next = late.as_slice();
        for node in 0..self.base {
            let count = next.iter().take_while(|(other, _)| *other == node).count();
            let (here, rest) = next.split_at(count);
            next = rest;
            if here.is_empty() {
                for at in flow.range(node) {
                    let target = self.state(flow.targets[at], flow.values[at]);
                    self.targets.push(target);
                }
                let operators = flow.operator_starts[node as usize] as usize
                    ..flow.operator_starts[node as usize + 1] as usize;
                self.operators.extend_from_slice(&flow.operators[operators]);
            } else {
                let labels = std::iter::once(i32::MIN).chain(here.iter().map(|(_, label)| *label));
                let labels: Vec<i32> = labels.collect();
                let mut states = self.split(reader, &flow, node, &labels).into_iter();
                if let Some(first) = states.next() {
                    self.push(node, first);
                }
                split.extend(states);
                continue;
            }
            self.close();
        }
        for (at, state) in split.into_iter().enumerate() {
            self.push(self.base + at as u32, state);
        }
        self.dense = flow.dense;
    }

    fn close(&mut self) {
        self.starts.push(self.targets.len() as u32);
        self.operator_starts.push(self.operators.len() as u32);
    }

    fn push(&mut self, state: u32, split: Split<D>) {
        self.targets.extend(split.targets);
        self.operators.extend(split.operators);
        self.weights[state as usize] = split.weight;
        self.close();
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
                state.operators.push(leaf.operator);
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
