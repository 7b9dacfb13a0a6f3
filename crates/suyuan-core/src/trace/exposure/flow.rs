//! The chain as the counting needs it: stocks that one node alone feeds and no link leaves become
//! weight of that node, everything else a dense node with its links.

use rayon::prelude::*;

use super::reader::Reader;
use super::weight::Weight;

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

/// Numbers what is kept: stocks in their order, which is that of time, and inner nodes before
/// the first stock they feed.
fn number(reader: &Reader<'_>) -> (Vec<u32>, Vec<u32>) {
    let mut dense = vec![NONE; reader.nodes() as usize];
    let mut node = Vec::with_capacity(dense.len() / 2);
    let mut give = |of: u32, node: &mut Vec<u32>| {
        let slot = &mut dense[of as usize];
        if *slot == NONE {
            *slot = node.len() as u32;
            node.push(of);
        }
    };
    for stock in 0..reader.stocks() {
        for (source, _) in reader.sources(stock) {
            if source >= reader.stocks() {
                give(source, &mut node);
            }
        }
        if !is_leaf(reader, stock) {
            give(stock, &mut node);
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

fn part<const D: usize>(reader: &Reader<'_>, dense: &[u32], nodes: &[u32]) -> Part<D> {
    let mut part = Part {
        counts: Vec::with_capacity(nodes.len()),
        targets: Vec::with_capacity(2 * nodes.len()),
        gates: Vec::with_capacity(2 * nodes.len()),
        values: Vec::with_capacity(2 * nodes.len()),
        shuts: Vec::with_capacity(nodes.len()),
        weights: Vec::with_capacity(nodes.len()),
        operators: Vec::with_capacity(2 * nodes.len()),
    };
    for node in nodes {
        let before = (part.targets.len(), part.operators.len());
        let (own, mut operator) = own_weight(reader, *node);
        let mut weight = own;
        let mut shut = i32::MAX;
        let mut cargo = None;
        for link in reader.links(*node) {
            shut = link.gate;
            let target = dense[link.target as usize];
            if target != NONE {
                part.targets.push(target);
                part.gates.push(link.gate);
                part.values.push(link.value);
            } else if link.target < reader.stocks() {
                let cargo = cargo.get_or_insert_with(|| reader.cargo(*node));
                if let Some((leaf, at)) = cargo.leaf(link) {
                    weight += leaf;
                    part.operators.push(at.0);
                }
            }
        }
        part.operators.extend(operator.take());
        part.shuts.push(shut);
        part.weights.push(weight);
        let after = (part.targets.len(), part.operators.len());
        part.counts.push(((after.0 - before.0) as u32, (after.1 - before.1) as u32));
    }
    part
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

impl<const D: usize> Flow<D> {
    /// Reads the chain in time and memory linear in it.
    pub(super) fn new(reader: &Reader<'_>) -> Self {
        let (dense, node) = number(reader);
        let run = (node.len() / (8 * rayon::current_num_threads()) + 1).max(4096);
        let parts: Vec<Part<D>> =
            node.par_chunks(run).map(|nodes| part(reader, &dense, nodes)).collect();
        let sum = |count: fn(&Part<D>) -> usize| parts.iter().map(count).sum::<usize>();
        let (links, operators) = (sum(|part| part.targets.len()), sum(|part| part.operators.len()));
        let mut flow = Self {
            starts: Vec::with_capacity(node.len() + 1),
            targets: Vec::with_capacity(links),
            gates: Vec::with_capacity(links),
            values: Vec::with_capacity(links),
            shuts: Vec::with_capacity(node.len()),
            weights: Vec::with_capacity(node.len()),
            operators: Vec::with_capacity(operators),
            operator_starts: Vec::with_capacity(node.len() + 1),
            dense,
            node,
        };
        flow.starts.push(0);
        flow.operator_starts.push(0);
        let (mut link, mut operator) = (0, 0);
        for part in parts {
            for (links, operators) in part.counts {
                link += links;
                operator += operators;
                flow.starts.push(link);
                flow.operator_starts.push(operator);
            }
            flow.targets.extend(part.targets);
            flow.gates.extend(part.gates);
            flow.values.extend(part.values);
            flow.shuts.extend(part.shuts);
            flow.weights.extend(part.weights);
            flow.operators.extend(part.operators);
        }
        flow
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
            if folded && let Some((weight, operator)) = cargo.leaf(link) {
                leaves.push(Leaf { gate: link.gate, operator: operator.0, weight });
            }
        }
        leaves
    }
}
