//! The chain as the counting needs it: stocks that one node alone feeds and no link leaves become
//! weight of that node, everything else a dense node with its links.

use rayon::prelude::*;

use super::reader::{Cargo, Passage, Reader};
use super::weight::Weight;
use crate::fetch::fetch;

/// No node: a leaf, or a transformation without outputs.
pub(super) const NONE: u32 = u32::MAX;

/// A final stock folded into the node that feeds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf<const D: usize> {
    pub(super) gate: i32,
    pub(super) operator: u32,
    pub(super) weight: Weight<D>,
}

/// Dense nodes and their links, latest departure first.
pub(super) struct Flow<const D: usize> {
    /// The dense node of each node of the chain, or [`NONE`].
    pub(super) dense: Vec<u32>,
    /// The chain's node of each dense one.
    pub(super) node: Vec<u32>,
    pub(super) starts: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) gates: Vec<i32>,
    pub(super) values: Vec<i32>,
    /// Smallest gate of all links, those to leaves included.
    pub(super) shuts: Vec<i32>,
    /// Leaves and the node itself where it is final.
    pub(super) weights: Vec<Weight<D>>,
    /// Operators of what `weights` counts, with repetitions; by `operator_starts`.
    pub(super) operators: Vec<u32>,
    pub(super) operator_starts: Vec<u32>,
}

/// Whether a stock becomes weight of the node that feeds it.
fn is_leaf(reader: &Reader<'_>, stock: u32) -> bool {
    !reader.has_links(stock) && reader.has_one_source(stock)
}

/// How many nodes are read together, so that what they need of memory is asked for at once.
const TOGETHER: usize = 32;

/// Numbers what is kept: stocks in their order, which is nearly that of time, and inner nodes
/// before the first stock they feed.
fn number(reader: &Reader<'_>) -> (Vec<u32>, Vec<u32>) {
    const RUN: u32 = 1 << 15;
    let kept = |run: u32| -> Vec<u32> {
        let mut kept = Vec::with_capacity(RUN as usize / 2);
        for stock in run * RUN..reader.stocks().min((run + 1) * RUN) {
            let inner = |source: &u32| *source >= reader.stocks();
            kept.extend(reader.sources(stock).map(|(source, _)| source).filter(inner));
            if !is_leaf(reader, stock) {
                kept.push(stock);
            }
        }
        kept
    };
    let kept: Vec<Vec<u32>> =
        (0..reader.stocks().div_ceil(RUN)).into_par_iter().map(kept).collect();
    let mut dense = vec![NONE; reader.nodes() as usize];
    let mut node = Vec::with_capacity(kept.iter().map(Vec::len).sum());
    for of in kept.into_iter().flatten() {
        let slot = &mut dense[of as usize];
        if *slot == NONE {
            *slot = node.len() as u32;
            node.push(of);
        }
    }
    (dense, node)
}

/// What a run of dense nodes gives.
struct Part<const D: usize> {
    counts: Vec<(u32, u32)>,
    targets: Vec<u32>,
    gates: Vec<i32>,
    values: Vec<i32>,
    shuts: Vec<i32>,
    weights: Vec<Weight<D>>,
    operators: Vec<u32>,
}

/// Reads a run of nodes; operators are left out where nobody asks for them.
fn part<const D: usize>(
    reader: &Reader<'_>,
    dense: &[u32],
    nodes: &[u32],
    operators: bool,
) -> Part<D> {
    let mut part = Part {
        counts: Vec::with_capacity(nodes.len()),
        targets: Vec::with_capacity(2 * nodes.len()),
        gates: Vec::with_capacity(2 * nodes.len()),
        values: Vec::with_capacity(2 * nodes.len()),
        shuts: Vec::with_capacity(nodes.len()),
        weights: Vec::with_capacity(nodes.len()),
        operators: Vec::new(),
    };
    let mut links: Vec<Passage> = Vec::new();
    let mut ends: Vec<(Cargo<'_>, usize)> = Vec::new();
    for together in nodes.chunks(TOGETHER) {
        links.clear();
        ends.clear();
        for node in together {
            let cargo = reader.cargo(*node);
            let from = links.len();
            links.extend(reader.links(*node));
            for link in &links[from..] {
                if link.is_sole {
                    cargo.fetch(*link);
                } else {
                    fetch(dense, link.target as usize);
                }
            }
            ends.push((cargo, links.len()));
        }
        let mut from = 0;
        for (node, (cargo, end)) in together.iter().zip(&mut ends) {
            part.add(reader, dense, (*node, cargo), &links[from..*end], operators);
            from = *end;
        }
    }
    part
}

impl<const D: usize> Part<D> {
    fn add(
        &mut self,
        reader: &Reader<'_>,
        dense: &[u32],
        (node, cargo): (u32, &mut Cargo<'_>),
        links: &[Passage],
        operators: bool,
    ) {
        let before = (self.targets.len(), self.operators.len());
        let (mut weight, own) = own_weight(reader, node);
        for link in links {
            let target = if link.is_sole { NONE } else { dense[link.target as usize] };
            if target != NONE {
                self.targets.push(target);
                self.gates.push(link.gate);
                self.values.push(link.value);
            } else if link.target < reader.stocks()
                && let Some(leaf) = cargo.leaf(*link)
            {
                weight += leaf;
                if operators {
                    self.operators.push(reader.operator(link.target).0);
                }
            }
        }
        self.operators.extend(own.filter(|_| operators));
        self.shuts.push(links.last().map_or(i32::MAX, |link| link.gate));
        self.weights.push(weight);
        let after = (self.targets.len(), self.operators.len());
        self.counts.push(((after.0 - before.0) as u32, (after.1 - before.1) as u32));
    }
}

/// A final stock's own weight and operator.
pub(super) fn own_weight<const D: usize>(
    reader: &Reader<'_>,
    node: u32,
) -> (Weight<D>, Option<u32>) {
    if node < reader.stocks() && reader.is_final(node) {
        (reader.final_weight(node), Some(reader.operator(node).0))
    } else {
        (Weight::ZERO, None)
    }
}

/// The parts of a column one after another.
pub(super) fn joined<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.iter().for_each(|part| all.extend_from_slice(part));
    all
}

/// Where the lists of each of `count` nodes begin, by how long they are; one longer than there are
/// nodes. Those of operators are empty where nobody asks for them.
pub(super) fn starts(
    count: usize,
    counts: Vec<Vec<(u32, u32)>>,
    operators: bool,
) -> (Vec<u32>, Vec<u32>) {
    let mut starts = (Vec::with_capacity(count + 1), Vec::new());
    let (mut links, mut listed) = (0, 0);
    starts.0.push(links);
    if operators {
        starts.1.reserve_exact(count + 1);
        starts.1.push(listed);
    }
    for (more, more_listed) in counts.into_iter().flatten() {
        links += more;
        starts.0.push(links);
        if operators {
            listed += more_listed;
            starts.1.push(listed);
        }
    }
    starts
}

impl<const D: usize> Flow<D> {
    /// Reads the chain in time and memory linear in it; without operators, lists of them are
    /// empty.
    pub(super) fn new(reader: &Reader<'_>, operators: bool) -> Self {
        let (dense, node) = number(reader);
        let run = (node.len() / (16 * rayon::current_num_threads()) + 1).max(4096);
        let parts: Vec<Part<D>> =
            node.par_chunks(run).map(|nodes| part(reader, &dense, nodes, operators)).collect();
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut weights, mut lists) = (Vec::new(), Vec::new());
        for part in parts {
            columns.0.push(part.counts);
            columns.1.push(part.targets);
            columns.2.push(part.gates);
            columns.3.push(part.values);
            columns.4.push(part.shuts);
            weights.push(part.weights);
            lists.push(part.operators);
        }
        let (counts, targets, gates, values, shuts) = columns;
        let ((weights, operators), ((starts, operator_starts), (targets, gates, values, shuts))) =
            rayon::join(
                || (joined(weights), joined(lists)),
                || {
                    let starts = starts(node.len(), counts, operators);
                    (starts, (joined(targets), joined(gates), joined(values), joined(shuts)))
                },
            );
        Self {
            starts,
            targets,
            gates,
            values,
            shuts,
            weights,
            operators,
            operator_starts,
            dense,
            node,
        }
    }

    /// Whether final operators are to be counted.
    pub(super) fn has_operators(&self) -> bool {
        !self.operator_starts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.node.len()
    }

    pub(super) fn range(&self, node: u32) -> std::ops::Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    /// The leaves of a dense node, and the node itself where it is final, largest gate first.
    pub(super) fn leaves(&self, reader: &Reader<'_>, dense: u32) -> Vec<Leaf<D>> {
        let node = self.node[dense as usize];
        let (weight, operator) = own_weight(reader, node);
        let own = operator.map(|operator| Leaf { gate: i32::MAX, operator, weight });
        let mut leaves: Vec<Leaf<D>> = own.into_iter().collect();
        let mut cargo = reader.cargo(node);
        for link in reader.links(node) {
            let folded = self.dense[link.target as usize] == NONE && link.target < reader.stocks();
            if folded && let Some(weight) = cargo.leaf(link) {
                let operator = reader.operator(link.target).0;
                leaves.push(Leaf { gate: link.gate, operator, weight });
            }
        }
        leaves
    }
}
