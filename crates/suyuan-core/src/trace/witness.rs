//! Which link gave each stock its minute: the shortest explanation.

use super::carry::Reached;
use super::search::{Rules, Search, Way};
use super::{Certainty, Traced};
use crate::chain::SupplyChain;
use crate::chain::index::{Node, POSSIBLE};
use crate::id::{ShipmentId, StockId, TransformationId};
use crate::time::Minute;

/// What passed material on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Via {
    /// A shipment.
    Shipment(ShipmentId),
    /// A transformation.
    Transformation(TransformationId),
    /// Inferred: the receiver is an orphan and the sender another stock of its batch.
    Inferred,
    /// Equipment: material entered one transformation and was carried over into another.
    CarryOver {
        /// The transformation that affected material entered.
        entered: TransformationId,
        /// The later one at the same operator.
        left: TransformationId,
    },
}

/// The link that gave a stock its minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Witness {
    /// The stock before it on the path. Forward that is where the material came from, backward
    /// where it went.
    pub from: StockId,
    /// What passed the material on.
    pub via: Via,
}

/// One link of a witness path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Step {
    /// The stock it starts from, in the direction of the trace.
    pub from: StockId,
    /// What passed the material on.
    pub via: Via,
    /// The stock it leads to.
    pub to: StockId,
}

/// Breadth first from the roots over the links that attain their target's label, so that every
/// witness path is as short as any that attains it. Among equally short ones the lowest stock id
/// and link order decide, which depend on the records alone.
pub(super) fn explain<W: Way>(
    chain: &SupplyChain,
    search: &Search,
    roots: &[(StockId, Minute)],
    rules: &Rules<'_>,
) -> Vec<Traced> {
    let links = chain.links();
    let side = W::side(links);
    let nodes = links.node_count() as u32;
    let mut carried = rules.carry_over.map(|rule| Reached::new(chain, search, rule));
    let mut seen = Seen::new(search);
    let mut rows: Vec<Traced> = Vec::new();
    let mut level: Vec<u32> = Vec::new();
    for (stock, minute) in roots {
        if W::label(*minute) == search.label(stock.0) && seen.enter(stock.0) {
            rows.push(row::<W>(search, *stock, 0, None));
            level.push(stock.0);
        }
    }
    let mut hops = 0;
    let mut inner: Vec<Entry> = Vec::new();
    let mut next: Vec<u32> = Vec::new();
    while !level.is_empty() {
        hops += 1;
        level.sort_unstable();
        for &from in &level {
            let label = search.label(from);
            for at in rules.passable::<W>(chain, from, label) {
                let node = side.node[at];
                let given = label.max(W::value(side, at));
                if !links.is_stock(node) {
                    inner.push(Entry { node, from, given, entered: None });
                    let (Some(carried), Node::Transformation(entered)) =
                        (&mut carried, links.node(node))
                    else {
                        continue;
                    };
                    if given == search.label(node) {
                        for left in carried.opened_by(chain, entered, given) {
                            let node = nodes + left.0;
                            let given = search.label(node);
                            inner.push(Entry { node, from, given, entered: Some(entered) });
                        }
                    }
                } else if given == search.label(node) && seen.enter(node) {
                    let via = Via::Shipment(ShipmentId(side.record[at] & !POSSIBLE));
                    let witness = Witness { from: StockId(from), via };
                    rows.push(row::<W>(search, StockId(node), hops, Some(witness)));
                    next.push(node);
                }
            }
        }
        inner.sort_unstable();
        for entries in inner.chunk_by(|a, b| a.node == b.node) {
            let node = entries[0].node;
            let (base, via) = match entries[0].entered {
                Some(entered) => {
                    let left = TransformationId(node - nodes);
                    (links.transformation_node(left), Via::CarryOver { entered, left })
                }
                None => match links.node(node) {
                    Node::Transformation(id) => (node, Via::Transformation(id)),
                    _ => (node, Via::Inferred),
                },
            };
            if matches!(via, Via::Transformation(id) if rules.blocks(id)) {
                continue;
            }
            let best = entries.iter().map(|entry| entry.given).min().unwrap_or(i32::MAX);
            // Only the best label explains, or one that what leaves clamps anyway.
            let clamp = match via {
                Via::Transformation(id) => W::clamp(chain.transformation_time(id)),
                _ => None,
            };
            let clamped = clamp.is_some_and(|clamp| best <= clamp && seen.best(node) > clamp);
            if (best != search.label(node) && !clamped) || !seen.improve(node, best) {
                continue;
            }
            for at in rules.passable::<W>(chain, base, best) {
                let stock = side.node[at];
                let value = W::value(side, at);
                // What enters later than the rest still explains what leaves later anyway.
                let explains = |entry: &&Entry| {
                    W::gate(side, at) >= entry.given
                        && entry.given.max(value) == search.label(stock)
                };
                if best.max(value) != search.label(stock) || seen.contains(stock) {
                    continue;
                }
                if let Some(entry) = entries.iter().find(explains)
                    && seen.enter(stock)
                {
                    let witness = Witness { from: StockId(entry.from), via };
                    rows.push(row::<W>(search, StockId(stock), hops, Some(witness)));
                    next.push(stock);
                }
            }
        }
        inner.clear();
        std::mem::swap(&mut level, &mut next);
        next.clear();
    }
    rows
}

/// A way into an inner node: from a stock, with the label it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    node: u32,
    from: u32,
    given: i32,
    /// The transformation entered, where `node` is another one's equipment.
    entered: Option<TransformationId>,
}

fn row<W: Way>(search: &Search, stock: StockId, hops: u32, witness: Option<Witness>) -> Traced {
    Traced {
        stock,
        minute: W::minute(search.label(stock.0)),
        certainty: Certainty::Recorded,
        hops,
        witness,
    }
}

/// What the walk has met of the nodes a search reached, without a pass over those it did not.
struct Seen {
    /// Reached nodes, sorted.
    nodes: Vec<u32>,
    /// For stocks a mark, for inner nodes the smallest label they were entered with.
    best: Vec<i32>,
}

impl Seen {
    fn new(search: &Search) -> Self {
        let mut nodes = search.settled.clone();
        nodes.sort_unstable();
        let best = vec![i32::MAX; nodes.len()];
        Self { nodes, best }
    }

    fn best(&self, node: u32) -> i32 {
        self.nodes.binary_search(&node).map_or(i32::MAX, |at| self.best[at])
    }

    /// Takes a label below the best so far.
    fn improve(&mut self, node: u32, label: i32) -> bool {
        match self.nodes.binary_search(&node) {
            Ok(at) if label < self.best[at] => {
                self.best[at] = label;
                true
            }
            _ => false,
        }
    }

    /// Marks a stock; whether it had no mark.
    fn enter(&mut self, stock: u32) -> bool {
        self.improve(stock, i32::MIN)
    }

    fn contains(&self, stock: u32) -> bool {
        self.best(stock) != i32::MAX
    }
}
