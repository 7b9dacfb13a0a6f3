//! Rechecking every invariant of a frozen chain.

use super::SupplyChain;
use super::ends::Sides;
use super::index::{Link, Node, is_stock};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, StockId};
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
        let mut last: Option<(Minute, BatchId, Minute, OperatorId)> = None;
        for stock in self.stock_ids() {
            let (batch, operator) = self.stock(stock);
            let of_batch = match last {
                Some((first, before, _, _)) if before == batch => first,
                _ => self.stocks.first_of_batch(batch),
            };
            let order = (of_batch, batch, self.stocks.first[stock.index()], operator);
            ensure(self.grown || last < Some(order), || {
                format!("stock {stock:?} is out of order")
            })?;
            last = Some(order);
            ensure(self.stock_of(batch, operator) == Some(stock), || {
                format!("{} is not found at its operator", self.stock_label(stock))
            })?;
            ensure(self.stocks_of_batch(batch).holds(stock), || {
                format!("{} is not found by its batch", self.stock_label(stock))
            })?;
            ensure(self.is_balanced(stock), || {
                format!("{} has another balance", self.stock_label(stock))
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
            for index in 0..codes.len() as u32 {
                let text = codes.text(index);
                ensure(codes.get(text) == Some(index), || format!("code {text:?} is not found"))?;
                let ranked = (codes.rank(index), text);
                let next = (codes.rank(index + 1), codes.text(index + 1));
                let last = index as usize + 1 == codes.len();
                ensure(last || ranked.0.cmp(&next.0) == ranked.1.cmp(next.1), || {
                    format!("code {text:?} is out of order")
                })?;
            }
        }
        Ok(())
    }

    fn verify_sides(&self) -> Result<(), Error> {
        let (out, into) = (&self.links.out, &self.links.into);
        let mut ways = [Vec::new(), Vec::new()];
        for stock in self.stock_ids() {
            let links = out.get(stock.0);
            ensure(links.iter().is_sorted_by(|a, b| a.departs >= b.departs), || {
                format!("departures of {} are out of order", self.stock_label(stock))
            })?;
            let passage = |link: &Link, ends: (u32, u32)| {
                (ends, link.record(), link.is_possible(), link.departs, link.arrives)
            };
            let shipped = links.iter().filter(|link| is_stock(link.node));
            ways[0].extend(shipped.map(|link| passage(&link, (stock.0, link.node))));
            let links = into.get(stock.0);
            ensure(links.is_sorted_by(|a, b| a.arrives <= b.arrives), || {
                format!("arrivals of {} are out of order", self.stock_label(stock))
            })?;
            let received = links.iter().filter(|link| is_stock(link.node));
            ways[1].extend(received.map(|link| passage(link, (link.node, stock.0))));
        }
        for way in &mut ways {
            way.sort_unstable();
        }
        ensure(ways[0] == ways[1], || "the two directions hold different links".to_owned())
    }

    fn verify_records(&self) -> Result<(), Error> {
        let mut shipments = vec![false; self.shipments.len()];
        let mut lines = vec![false; self.lines.len()];
        for stock in self.stock_ids() {
            for outgoing in [true, false] {
                for link in self.links.of(outgoing, stock.0) {
                    let record = link.record() as usize;
                    let leads_on =
                        is_stock(link.node) && !self.links.of(outgoing, link.node).is_empty();
                    ensure(!(link.is_last() && leads_on), || {
                        format!("a link of {} goes on", self.stock_label(stock))
                    })?;
                    let leading = |stock| self.links.of(!outgoing, stock).len();
                    let sole = is_stock(link.node) && leading(link.node) == 1 && {
                        let (batch, operator) = self.stock(StockId(link.node));
                        !(outgoing && self.batches[batch.index()].is_made_at(operator))
                    };
                    ensure(!link.is_sole() || (link.is_last() && sole), || {
                        format!("a link of {} is not the only one", self.stock_label(stock))
                    })?;
                    let fits = match Node::of(link.node) {
                        Node::Stock(other) => {
                            shipments[record] = true;
                            let row = self.shipments.row(record);
                            let ends = if outgoing { (stock, other) } else { (other, stock) };
                            let same_batch = self.stock(stock).0 == self.stock(other).0;
                            (row.from, row.to) == ends && stock != other && same_batch
                        }
                        Node::Transformation(id) => {
                            lines[record] = true;
                            let row = &self.transformations[id.index()];
                            let range = if outgoing { &row.inputs } else { &row.outputs };
                            let line = &self.lines[record];
                            let apart = link.departs == Minute::UNBOUNDED_FUTURE;
                            range.contains(&(record as u32))
                                && line.stock == stock
                                && (!outgoing
                                    || !self.is_line_contradicted(record as u32)
                                    || (apart && row.contradicted))
                        }
                        Node::Orphans(batch) => {
                            batch == self.stock(stock).0 && (outgoing || self.is_orphan(stock))
                        }
                        Node::Apart(_) => false,
                    };
                    ensure(fits, || {
                        format!("a link of {} fits no record", self.stock_label(stock))
                    })?;
                }
            }
        }
        ensure(shipments.into_iter().all(|seen| seen), || "a shipment has no link".to_owned())?;
        // Growth leaves the lines of a transformation that it made anew behind.
        let mut used =
            self.transformations.iter().flat_map(|row| row.inputs.start..row.outputs.end);
        ensure(used.all(|line| lines[line as usize]), || "a line has no link".to_owned())?;
        let sides =
            Sides { out: &self.links.out, into: &self.links.into, shared: &self.shared.lines };
        for (id, row) in (0..).zip(self.transformations.iter()) {
            let lines = [self.lines_of(&row.inputs), self.lines_of(&row.outputs)];
            let ends = &self.links.ends;
            ensure(sides.of(row, lines) == [ends.inputs.get(id), ends.outputs.get(id)], || {
                format!("a transformation has other ends: {}", self.transformation_codes.text(id))
            })?;
        }
        for (row, stock) in self.shipments.iter().map(|row| (row, row.to)) {
            ensure(self.first(stock).is_some_and(|first| first <= row.arrives.earliest), || {
                format!("{} begins after a receipt", self.stock_label(stock))
            })?;
        }
        Ok(())
    }
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Invariant(message())) }
}
