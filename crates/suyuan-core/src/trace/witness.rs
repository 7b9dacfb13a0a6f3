//! Which link gave each stock its minute: the shortest explanation.

use super::carry::Opened;
use super::search::{Offer, Rules, Search, Side, Way, beyond};
use crate::chain::SupplyChain;
use crate::chain::index::{Node, is_stock};
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

impl Search {
    /// The witness of the node at a place; `None` for a root.
    pub(super) fn witness<W: Way>(&self, place: u32) -> Option<Witness> {
        let reached = self.reached();
        let row = reached[place as usize];
        let before = reached.get(row.from as usize)?;
        let stock = |place: u32| StockId(reached[place as usize].node);
        let (from, via) = match Node::of(before.node) {
            Node::Stock(from) => (from, Via::Shipment(ShipmentId(row.via))),
            Node::Transformation(id) => (stock(before.from), Via::Transformation(id)),
            Node::Orphans(_) => (stock(before.from), Via::Inferred),
            Node::Apart(left) if W::FORWARD => {
                let entered = reached[before.from as usize];
                let Node::Transformation(id) = Node::of(entered.node) else {
                    return None;
                };
                (stock(entered.from), Via::CarryOver { entered: id, left })
            }
            Node::Apart(id) => (stock(before.from), Via::Transformation(id)),
        };
        Some(Witness { from, via })
    }
}

/// Finds every path anew, breadth first from the roots over the links that attain their target's
/// label, so that each is as short as any that attains it. Among equally short ones the lowest
/// record decides, as in the search itself.
pub(super) fn shortest<W: Way>(
    chain: &SupplyChain,
    search: &mut Search,
    roots: &[(StockId, Minute)],
    rules: &Rules<'_>,
) {
    let mut opened = rules.carry_over.map(|rule| Opened::new(chain, search, rule));
    for row in search.reached_mut() {
        row.forget_path();
    }
    let mut level: Vec<u32> = Vec::new();
    for (stock, minute) in roots {
        if let Some(place) = search.place(stock.0) {
            let row = &mut search.reached_mut()[place as usize];
            if row.label == W::label(*minute) && row.hops != 0 {
                row.hops = 0;
                level.push(place);
            }
        }
    }
    let links = W::side(chain.links());
    let mut inner: Vec<u32> = Vec::new();
    let mut next: Vec<u32> = Vec::new();
    while !level.is_empty() {
        for (at, &from) in level.iter().enumerate() {
            // The links of the nodes ahead, and where those of later ones lie.
            let ahead = |by: usize| Some(search.reached()[*level.get(at + by)? as usize].node);
            ahead(16).into_iter().for_each(|node| links.fetch_start(node));
            ahead(8).into_iter().for_each(|node| links.fetch_items(node));
            let row = search.reached()[from as usize];
            for link in rules.passable::<W>(chain, row.node, row.label) {
                let label = row.label.max(W::value(&link));
                if is_stock(link.node) {
                    let (hops, via) = (row.hops + 1, link.record());
                    let offer =
                        Offer { node: link.node, label, certain: 0, hops, from, via, last: false };
                    explain(chain, search, offer, &mut next);
                    continue;
                }
                let (node, hops, via) = (link.node, row.hops, row.node);
                let offer = Offer { node, label, certain: 0, hops, from, via, last: false };
                explain(chain, search, offer, &mut inner);
                if let (false, Node::Transformation(id)) = (W::FORWARD, Node::of(link.node))
                    && chain.is_contradicted(id)
                {
                    let node = Node::Apart(id).number();
                    let offer = Offer { node, label: row.label, ..offer };
                    explain(chain, search, offer, &mut inner);
                }
            }
        }
        if let Some(opened) = &mut opened {
            let rank = |place: &u32| chain.node_rank(search.reached()[*place as usize].node);
            inner.sort_unstable_by_key(rank);
            for at in 0..inner.len() {
                let from = inner[at];
                let row = search.reached()[from as usize];
                let Node::Transformation(entered) = Node::of(row.node) else { continue };
                for left in opened.by(chain, entered, row.label) {
                    let node = Node::Apart(left).number();
                    if let Some(place) = search.place(node) {
                        let label = search.reached()[place as usize].label;
                        let (hops, via) = (row.hops, row.node);
                        let offer = Offer { node, label, certain: 0, hops, from, via, last: false };
                        explain(chain, search, offer, &mut inner);
                    }
                }
            }
        }
        for from in inner.drain(..) {
            let row = search.reached()[from as usize];
            let (hops, via) = (row.hops + 1, row.node);
            let offer =
                Offer { node: 0, label: row.label, certain: 0, hops, from, via, last: false };
            for stock in beyond::<W>(chain, rules, row.node) {
                explain(chain, search, Offer { node: stock.0, ..offer }, &mut next);
            }
        }
        std::mem::swap(&mut level, &mut next);
        next.clear();
    }
}

/// Takes a path to a node where it attains the node's label and is better than the one it has;
/// notes the node in `found` when it is its first.
fn explain(chain: &SupplyChain, search: &mut Search, offer: Offer, found: &mut Vec<u32>) {
    let Some(place) = search.place(offer.node) else { return };
    let row = &mut search.reached_mut()[place as usize];
    if offer.label != row.label {
        return;
    }
    if row.hops == u32::MAX {
        found.push(place);
        row.explain_by(&offer);
    } else if row.is_explained_better_by(&offer, chain) {
        row.explain_by(&offer);
    }
}
