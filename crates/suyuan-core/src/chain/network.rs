//! The operator network: who trades with whom, as a petgraph graph.

use std::collections::BTreeMap;

use petgraph::graph::DiGraph;

use super::SupplyChain;
use crate::id::OperatorId;
use crate::time::Minute;

/// The operator-to-operator network. Node weights are operators in id order, so a node's index is
/// its operator's; edges are in order of (sender, receiver).
pub type OperatorNetwork = DiGraph<OperatorId, Trade>;

/// All shipments from one operator to another, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trade {
    /// Shipment lines.
    pub shipments: u32,
    /// Distinct batches.
    pub batches: u32,
    /// First minute at which one can have departed.
    pub first: Minute,
    /// Last minute at which one can have arrived.
    pub last: Minute,
}

impl SupplyChain {
    /// The operator network. O(n log n) in the shipments.
    ///
    /// ```
    /// use petgraph::algo::dominators::simple_fast;
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Shipment, Source};
    /// let mut builder = ChainBuilder::new();
    /// for (code, from, to) in [("1", "FARM", "MARKET"), ("2", "MARKET", "SHOP"), ("3", "MARKET", "CANTEEN")] {
    ///     let shipment = Shipment {
    ///         code: code.into(), batch: "B".into(), from: from.into(), to: to.into(),
    ///         ..Shipment::default()
    ///     };
    ///     builder.add_shipment(&shipment, Source::NONE)?;
    /// }
    /// let chain = builder.build()?.chain;
    /// let network = chain.operator_network();
    /// let node = |code| petgraph::graph::NodeIndex::new(chain.find_operator(code).unwrap().index());
    /// // Whatever reaches the canteen from the farm passes the market.
    /// let dominators = simple_fast(&network, node("FARM"));
    /// assert_eq!(dominators.immediate_dominator(node("CANTEEN")), Some(node("MARKET")));
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    #[must_use]
    pub fn operator_network(&self) -> OperatorNetwork {
        let mut network = OperatorNetwork::with_capacity(self.operators.len(), 0);
        for operator in self.operator_ids() {
            network.add_node(operator);
        }
        let mut trades: BTreeMap<(OperatorId, OperatorId), Trade> = BTreeMap::new();
        let mut batches: Vec<_> = Vec::with_capacity(self.shipments.len());
        for row in self.shipments.iter() {
            let (batch, from) = self.stock(row.from);
            let to = self.stock(row.to).1;
            batches.push((from, to, batch));
            let trade = trades.entry((from, to)).or_insert(Trade {
                shipments: 0,
                batches: 0,
                first: Minute::UNBOUNDED_FUTURE,
                last: Minute::UNBOUNDED_PAST,
            });
            trade.shipments += 1;
            trade.first = trade.first.min(row.departs.earliest);
            trade.last = trade.last.max(row.arrives.latest);
        }
        batches.sort_unstable();
        batches.dedup();
        for pair in batches.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if let Some(trade) = trades.get_mut(&(pair[0].0, pair[0].1)) {
                trade.batches = pair.len() as u32;
            }
        }
        for ((from, to), trade) in trades {
            network.add_edge(from.0.into(), to.0.into(), trade);
        }
        network
    }
}
