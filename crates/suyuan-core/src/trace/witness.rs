//! Which link gave each stock its minute: the shortest explanation.

use std::collections::BTreeMap;

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
    let mut carried: BTreeMap<TransformationId, Vec<TransformationId>> = BTreeMap::new();
    for (left, entered) in &search.carried {
        carried.entry(*entered).or_default().push(*left);
    }
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
    // Inner nodes met on this level: the node, the stock material came from, and the
    // transformation entered where it is an equipment node.
    let mut inner: Vec<(u32, u32, Option<TransformationId>)> = Vec::new();
    let mut next: Vec<u32> = Vec::new();
    while !level.is_empty() {
        hops += 1;
        level.sort_unstable();
        for &from in &level {
            for at in attaining::<W>(chain, search, rules, from, search.label(from)) {
                let node = side.node[at];
                if !seen.enter(node) {
                    continue;
                }
                if links.is_stock(node) {
                    let via = Via::Shipment(ShipmentId(side.record[at] & !POSSIBLE));
                    let witness = Witness {
                        from: StockId(from),
                        via,
                    };
                    rows.push(row::<W>(search, StockId(node), hops, Some(witness)));
                    next.push(node);
                    continue;
                }
                inner.push((node, from, None));
                if let Node::Transformation(entered) = links.node(node) {
                    for left in carried.get(&entered).into_iter().flatten() {
                        if seen.enter(nodes + left.0) {
                            inner.push((nodes + left.0, from, Some(entered)));
                        }
                    }
                }
            }
        }
        inner.sort_unstable();
        for (node, from, entered) in inner.drain(..) {
            let (base, via) = match entered {
                Some(entered) => {
                    let left = TransformationId(node - nodes);
                    (
                        links.transformation_node(left),
                        Via::CarryOver { entered, left },
                    )
                }
                None => match links.node(node) {
                    Node::Transformation(id) => (node, Via::Transformation(id)),
                    _ => (node, Via::Inferred),
                },
            };
            if matches!(via, Via::Transformation(id) | Via::CarryOver { left: id, .. } if rules.blocks(id))
            {
                continue;
            }
            for at in attaining::<W>(chain, search, rules, base, search.label(node)) {
                let stock = side.node[at];
                if seen.enter(stock) {
                    let witness = Witness {
                        from: StockId(from),
                        via,
                    };
                    rows.push(row::<W>(search, StockId(stock), hops, Some(witness)));
                    next.push(stock);
                }
            }
        }
        std::mem::swap(&mut level, &mut next);
        next.clear();
    }
    rows
}

/// Positions of the links of `node` that, taken at `label`, give their target its label.
fn attaining<'a, W: Way>(
    chain: &'a SupplyChain,
    search: &'a Search,
    rules: &'a Rules<'_>,
    node: u32,
    label: i32,
) -> impl Iterator<Item = usize> + 'a {
    let side = W::side(chain.links());
    side.range(node)
        .take_while(move |at| W::gate(side, *at) >= label)
        .filter(move |at| label.max(W::value(side, *at)) == search.label(side.node[*at]))
        .filter(move |at| rules.allows(chain, side, node, *at))
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

/// Marks over the nodes a search reached, without a pass over those it did not.
struct Seen {
    /// Reached nodes, sorted, with a mark each.
    nodes: Vec<u32>,
    marks: Vec<bool>,
}

impl Seen {
    fn new(search: &Search) -> Self {
        let mut nodes = search.settled.clone();
        nodes.sort_unstable();
        let marks = vec![false; nodes.len()];
        Self { nodes, marks }
    }

    fn enter(&mut self, node: u32) -> bool {
        match self.nodes.binary_search(&node) {
            Ok(at) => !std::mem::replace(&mut self.marks[at], true),
            Err(_) => false,
        }
    }
}
