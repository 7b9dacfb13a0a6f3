//! Why a stock is affected, and why another is not.

use std::collections::VecDeque;

use super::scope::{Scope, rules};
use crate::chain::index::{Node, is_stock};
use crate::chain::{LinkRef, SupplyChain};
use crate::error::Error;
use crate::id::{ShipmentId, StockId};
use crate::time::Minute;
use crate::trace::Step;

/// The answer to "why is this stock affected, or why not".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// It is affected; the steps of its witness path from a source. Empty for a source itself.
    Affected(Vec<Step>),
    /// Material could have come from an affected stock but for what stopped it.
    Stopped(Blocked),
    /// No chain of records leads from the sources to it, whatever the dates.
    Unconnected,
}

/// The link nearest to a stock at which affected material was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocked {
    /// The affected stock the link leaves.
    pub from: StockId,
    /// The link.
    pub link: LinkRef,
    /// The stock it reaches.
    pub to: StockId,
    /// What stopped it.
    pub barrier: Barrier,
    /// Links from there to the stock asked about.
    pub distance: u32,
}

/// What stops material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Barrier {
    /// The goods left by `departed`, before affected material can have been there.
    LeftBefore {
        /// The last minute at which they can have left.
        departed: Minute,
        /// The first minute at which affected material can have been there.
        since: Minute,
    },
    /// A process that inactivates the hazard.
    KillStep,
    /// The link had not begun by the minute asked for.
    NotBegun,
}

/// Explains one stock by a scope that [`recall`](super::recall) gave of this chain, and by the
/// policy of that scope. O(n + l) in the stocks and links upstream of an unaffected stock.
///
/// # Errors
/// [`Error::OtherChain`] when the scope or the stock is of another chain.
pub fn explain(chain: &SupplyChain, scope: &Scope, stock: StockId) -> Result<Answer, Error> {
    chain.knows(&scope.chain, "the scope")?;
    chain.has_all([stock])?;
    if let Some(path) = scope.trace.path(stock) {
        return Ok(Answer::Affected(path));
    }
    let blocked = scope.policy.blocked(chain);
    let rules = rules(&scope.policy, &blocked);
    // Breadth first against the links, whatever their dates, until an affected stock is met. The
    // walk keeps stocks and inner nodes apart: an inner node is part of the link.
    let mut seen = hashbrown::HashSet::new();
    let mut queue = VecDeque::from([(stock, 0_u32)]);
    seen.insert(stock.0);
    while let Some((stock, distance)) = queue.pop_front() {
        for link in chain.links().into.get(stock.0) {
            let node = Node::of(link.node);
            if !is_stock(link.node) && !seen.insert(link.node) {
                continue;
            }
            let sources: Vec<(StockId, Minute)> = match node {
                Node::Stock(from) => vec![(from, link.departs)],
                Node::Orphans(batch) => {
                    let here = chain.stocks_of_batch(batch);
                    here.map(|from| (from, Minute::UNBOUNDED_FUTURE)).collect()
                }
                Node::Transformation(id) | Node::Apart(id) => {
                    let departs = |contradicted: bool| {
                        let written = chain.transformation_time(id).latest;
                        if contradicted { Minute::UNBOUNDED_FUTURE } else { written }
                    };
                    let lines = chain.input_range(id).zip(chain.inputs(id));
                    lines
                        .map(|(at, line)| (line.stock, departs(chain.is_line_contradicted(at))))
                        .collect()
                }
            };
            for (from, departed) in sources {
                if let Some(row) = scope.trace.find(from) {
                    let link = match node {
                        Node::Stock(_) => LinkRef::Shipment(ShipmentId(link.record())),
                        Node::Transformation(id) | Node::Apart(id) => LinkRef::Transformation(id),
                        Node::Orphans(_) => LinkRef::Inferred,
                    };
                    let barrier = if matches!(link, LinkRef::Transformation(id) if rules.blocks(id))
                    {
                        Barrier::KillStep
                    } else if departed < row.minute {
                        Barrier::LeftBefore { departed, since: row.minute }
                    } else {
                        Barrier::NotBegun
                    };
                    let blocked = Blocked { from, link, to: stock, barrier, distance };
                    return Ok(Answer::Stopped(blocked));
                }
                if seen.insert(from.0) {
                    queue.push_back((from, distance + 1));
                }
            }
        }
    }
    Ok(Answer::Unconnected)
}
