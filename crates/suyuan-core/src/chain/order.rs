//! The order that records alone decide, whatever their numbers.
//!
//! The numbers of a chain that was built at once are in that order already; those that growth
//! added are not.

use std::cmp::Ordering;

use super::SupplyChain;
use super::index::{Node, is_stock};
use crate::id::{BatchId, OperatorId, ShipmentId, StockId};

impl SupplyChain {
    /// Whether records were appended, so that numbers are in no order.
    #[inline]
    pub(crate) fn is_grown(&self) -> bool {
        self.grown
    }

    /// Sort key of results: operator code, then batch code.
    pub(crate) fn by_code(&self, stock: StockId) -> (u64, u64) {
        let (batch, operator) = self.stock(stock);
        (self.operator_codes.rank(operator.0), self.batch_codes.rank(batch.0))
    }

    /// A number that orders operators by code.
    pub(crate) fn operator_rank(&self, operator: OperatorId) -> u64 {
        self.operator_codes.rank(operator.0)
    }

    /// A number that orders inner nodes by kind and code.
    pub(crate) fn node_rank(&self, node: u32) -> (u8, u64) {
        match Node::of(node) {
            Node::Stock(id) => (0, u64::from(id.0)),
            Node::Transformation(id) => (1, self.transformation_codes.rank(id.0)),
            Node::Orphans(id) => (2, self.batch_codes.rank(id.0)),
            Node::Apart(id) => (3, self.transformation_codes.rank(id.0)),
        }
    }

    /// Whether one explanation comes before another of as many links. Of stocks (`of_stock`) both
    /// are shipments or inner nodes, of inner nodes both are the nodes before them.
    pub(crate) fn comes_first(&self, a: u32, b: u32, of_stock: bool) -> bool {
        if !self.grown {
            return a < b;
        }
        match (is_stock(a), is_stock(b)) {
            (true, true) if of_stock => self.order_shipments(ShipmentId(a), ShipmentId(b)).is_lt(),
            (true, true) => self.order_stocks(StockId(a), StockId(b)).is_lt(),
            (false, false) => self.node_rank(a) < self.node_rank(b),
            (a_is_outer, _) => a_is_outer,
        }
    }

    /// By first event of the batch, batch, first event and operator.
    fn order_stocks(&self, a: StockId, b: StockId) -> Ordering {
        let batches = (self.stock(a).0, self.stock(b).0);
        let of_batch =
            |batch: BatchId| (self.stocks.first_of_batch(batch), self.batch_codes.rank(batch.0));
        let of_stock = |stock: StockId| (self.stocks.first[stock.index()], self.by_code(stock));
        if batches.0 == batches.1 {
            of_stock(a).cmp(&of_stock(b))
        } else {
            of_batch(batches.0).cmp(&of_batch(batches.1))
        }
    }

    /// Whether something else than shipments leaves a stock.
    fn goes_into_more(&self, stock: StockId) -> bool {
        self.links.out.get(stock.0).iter().any(|link| !is_stock(link.node))
    }

    /// By sender, those last that something else leaves too, latest departure, times, receiver,
    /// quantity, code and source.
    fn order_shipments(&self, a: ShipmentId, b: ShipmentId) -> Ordering {
        let one = self.shipments.waybill(a.index());
        let two = self.shipments.waybill(b.index());
        let (code, source) = ((one.code, two.code), (one.source, two.source));
        let (one, two) = (one.row, two.row);
        self.goes_into_more(one.from)
            .cmp(&self.goes_into_more(two.from))
            .then_with(|| self.order_stocks(one.from, two.from))
            .then_with(|| (one.order(), one.arrives).cmp(&(two.order(), two.arrives)))
            .then_with(|| self.order_stocks(one.to, two.to))
            .then_with(|| one.amount.cmp(&two.amount))
            .then_with(|| {
                let text = |code| self.shipment_codes.text(code);
                text(code.0).cmp(text(code.1))
            })
            .then_with(|| source.0.cmp(&source.1))
    }
}
