//! Rechecking every invariant of a frozen chain.

use super::SupplyChain;
use super::index::{Node, POSSIBLE, Side};
use crate::error::Error;
use crate::id::StockId;
use crate::time::Minute;

impl SupplyChain {
    /// Rechecks every invariant the engine relies on. For tests and for the suspicious; O(n log n)
    /// in the chain.
    ///
    /// # Errors
    /// [`Error::Invariant`] naming the first one that does not hold.
    pub fn verify(&self) -> Result<(), Error> {
        self.verify_stocks()?;
        self.verify_sides()?;
        self.verify_records()
    }

    fn verify_stocks(&self) -> Result<(), Error> {
        let mut last = None;
        for stock in self.stock_ids() {
            let (batch, operator) = self.stock(stock);
            let order = (self.stocks.first[stock.index()], operator, batch);
            ensure(last < Some(order), || format!("stock {stock:?} is out of order"))?;
            last = Some(order);
            ensure(self.stock_of(batch, operator) == Some(stock), || {
                format!("{} is not found at its operator", self.stock_label(stock))
            })?;
            let hands = self.stocks_of_batch(batch);
            let at = hands.partition_point(|other| self.stock(*other).1 < operator);
            ensure(hands.get(at) == Some(&stock), || {
                format!("{} is not found by its batch", self.stock_label(stock))
            })?;
            ensure(self.begun(stock) != Minute::UNBOUNDED_FUTURE, || {
                format!("{} is shown by no record", self.stock_label(stock))
            })?;
        }
        for codes in [
            &self.operator_codes,
            &self.batch_codes,
            &self.product_codes,
            &self.region_codes,
            &self.transformation_codes,
        ] {
            let texts = (0..codes.len() as u32).map(|i| codes.text(i));
            ensure(texts.is_sorted_by(|a, b| a < b), || "codes are out of order".to_owned())?;
        }
        Ok(())
    }

    fn verify_sides(&self) -> Result<(), Error> {
        let nodes = self.links.node_count() as u32;
        let (out, into) = (&self.links.out, &self.links.into);
        ensure(out.len() == into.len(), || "the two directions differ in size".to_owned())?;
        let mut ways = [Vec::with_capacity(out.len()), Vec::with_capacity(into.len())];
        for node in 0..nodes {
            let departures = &out.departs[out.range(node)];
            ensure(departures.is_sorted_by(|a, b| a >= b), || {
                format!("departures of node {node} are out of order")
            })?;
            let arrivals = &into.arrives[into.range(node)];
            ensure(arrivals.is_sorted(), || format!("arrivals of node {node} are out of order"))?;
            let entry =
                |side: &Side, at: usize| (side.departs[at], side.arrives[at], side.record[at]);
            ways[0].extend(out.range(node).map(|at| (node, out.node[at], entry(out, at))));
            ways[1].extend(into.range(node).map(|at| (into.node[at], node, entry(into, at))));
        }
        for way in &mut ways {
            way.sort_unstable();
        }
        ensure(ways[0] == ways[1], || "the two directions hold different links".to_owned())
    }

    fn verify_records(&self) -> Result<(), Error> {
        let out = &self.links.out;
        let mut shipments = vec![false; self.shipments.len()];
        let mut lines = vec![false; self.lines.len()];
        for node in 0..self.links.node_count() as u32 {
            for at in out.range(node) {
                let record = (out.record[at] & !POSSIBLE) as usize;
                let target = self.links.node(out.node[at]);
                let fits = match (self.links.node(node), target) {
                    (Node::Stock(from), Node::Stock(to)) => {
                        shipments[record] = true;
                        let row = &self.shipments[record];
                        let same_batch = self.stock(from).0 == self.stock(to).0;
                        (row.from, row.to) == (from, to) && from != to && same_batch
                    }
                    (Node::Stock(stock), Node::Transformation(id)) => {
                        lines[record] = true;
                        let inside =
                            self.transformations[id.index()].inputs.contains(&(record as u32));
                        inside && self.lines[record].stock == stock
                    }
                    (Node::Transformation(id), Node::Stock(stock)) => {
                        lines[record] = true;
                        let inside =
                            self.transformations[id.index()].outputs.contains(&(record as u32));
                        inside && self.lines[record].stock == stock
                    }
                    (Node::Stock(stock), Node::Orphans(hub)) => self.hub_fits(stock, hub),
                    (Node::Orphans(hub), Node::Stock(stock)) => {
                        self.hub_fits(stock, hub) && self.is_orphan(stock)
                    }
                    _ => false,
                };
                ensure(fits, || format!("entry {at} of node {node} fits no record"))?;
            }
        }
        ensure(shipments.into_iter().all(|seen| seen), || "a shipment has no link".to_owned())?;
        ensure(lines.into_iter().all(|seen| seen), || "a line has no link".to_owned())?;
        for (row, stock) in self.shipments.iter().map(|row| (row, row.to)) {
            ensure(self.first(stock).is_some_and(|first| first <= row.arrives.earliest), || {
                format!("{} begins after a receipt", self.stock_label(stock))
            })?;
        }
        Ok(())
    }

    fn hub_fits(&self, stock: StockId, hub: u32) -> bool {
        self.links.orphan_hubs[hub as usize] == self.stock(stock).0
    }
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Invariant(message())) }
}
