//! What came into a stock and what left it: flows, sums as of a minute, balance.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::SupplyChain;
use super::index::{Link, Node, is_stock};
use super::making::{Evidence, Flows, Making};
use crate::id::{BatchId, RemovalId, ShipmentId, StockId, TransformationId};
use crate::quantity::{Amount, Total};
use crate::time::{Minute, Span};

/// Something that came into a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inflow {
    /// Where it came from.
    pub from: InflowFrom,
    /// First minute at which it can have departed; of what did not travel, have been made.
    pub departs: Minute,
    /// First minute at which it can have arrived or been made.
    pub arrives: Minute,
    /// How much, in the batch's base unit.
    pub amount: Option<Amount>,
    /// Whether it counts towards the intake. An output of unknown quantity does not where the
    /// batch's own quantity stands for what was produced.
    pub counted: bool,
}

/// Where an inflow came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InflowFrom {
    /// Made here: the batch's own quantity at its producer.
    Made,
    /// A shipment.
    Shipment(ShipmentId),
    /// An output of a transformation.
    Transformation(TransformationId),
    /// Found at stock-taking.
    Gained(RemovalId),
    /// The inferred receipt of an orphan, from the other stocks of its batch.
    Inferred,
}

/// Something that left a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outflow {
    /// Where it went.
    pub to: OutflowTo,
    /// When it left, as written.
    pub departs: Span,
    /// Last minute at which it can have left, unbounded where the records contradict each other.
    pub gone_by: Minute,
    /// First minute of the record: for a shipment the earlier of its two dates.
    pub begins: Minute,
    /// How much, in the batch's base unit.
    pub amount: Option<Amount>,
    /// Whether its departure contradicts the records.
    pub contradicts: bool,
    /// The shipment, transformation line or removal.
    pub(crate) record: u32,
}

/// Where an outflow went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutflowTo {
    /// A shipment.
    Shipment(ShipmentId),
    /// An input of a transformation.
    Transformation(TransformationId),
    /// A removal.
    Removal(RemovalId),
}

/// The sums of a stock's events that began by a minute, in its batch's base unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Made here.
    pub produced: Total,
    /// Received from others, inferred receipts as an unknown part.
    pub received: Total,
    /// Shipped to others.
    pub shipped: Total,
    /// Consumed by transformations.
    pub consumed: Total,
    /// Removed.
    pub removed: Total,
    /// Shipped towards this stock, departed and not arrived.
    pub in_transit: Total,
}

impl Outflow {
    /// Last minute at which it can have left, as it was written.
    #[inline]
    pub(crate) fn left_by(&self) -> Minute {
        if self.contradicts { self.departs.latest } else { self.gone_by }
    }
}

impl Ledger {
    /// Produced and received less shipped, consumed and removed; the known parts. Negative where
    /// the records say that more left than came.
    #[must_use]
    pub fn on_hand(&self) -> Total {
        Total {
            millionths: self.intake().millionths
                - self.shipped.millionths
                - self.consumed.millionths
                - self.removed.millionths,
            complete: self.intake().complete
                && self.shipped.complete
                && self.consumed.complete
                && self.removed.complete,
        }
    }

    /// Produced and received.
    #[must_use]
    pub fn intake(&self) -> Total {
        Total {
            millionths: self.produced.millionths + self.received.millionths,
            complete: self.produced.complete && self.received.complete,
        }
    }

    /// Adds an inflow as it stands at a minute.
    #[inline]
    pub(crate) fn add_inflow(&mut self, flow: &Inflow, as_of: Minute) {
        let made = matches!(flow.from, InflowFrom::Made | InflowFrom::Transformation(_));
        let sum = match (made, flow.arrives <= as_of) {
            (false, true) => &mut self.received,
            (false, false) if flow.departs <= as_of => &mut self.in_transit,
            (true, true) if flow.counted => &mut self.produced,
            _ => return,
        };
        sum.add(flow.amount);
    }

    /// Adds an outflow as it stands at a minute.
    #[inline]
    pub(crate) fn add_outflow(&mut self, flow: &Outflow, as_of: Minute) {
        if flow.departs.earliest <= as_of {
            let sum = match flow.to {
                OutflowTo::Shipment(_) => &mut self.shipped,
                OutflowTo::Transformation(_) => &mut self.consumed,
                OutflowTo::Removal(_) => &mut self.removed,
            };
            sum.add(flow.amount);
        }
    }

    /// Whether every quantity in it is known.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.on_hand().complete && self.in_transit.complete
    }
}

impl SupplyChain {
    /// What came into a stock, ever, by arrival. O(n log n) in the flows.
    #[must_use]
    pub fn inflows(&self, stock: StockId) -> Vec<Inflow> {
        let mut flows = Vec::new();
        self.each_inflow(stock, |flow, _| flows.push(flow));
        flows.sort_by_key(|flow: &Inflow| flow.arrives);
        flows
    }

    /// What came with a shipment.
    #[inline(always)]
    pub(crate) fn receipt(&self, id: ShipmentId) -> Inflow {
        let row = self.shipments.passage(id.index());
        Inflow {
            from: InflowFrom::Shipment(id),
            departs: row.departs.earliest,
            arrives: row.arrives.earliest,
            amount: row.amount,
            counted: true,
        }
    }

    /// Last minute at which the first receipt of a stock can have left its sender, as tracing
    /// takes it.
    pub(crate) fn gone_by_of_sole_receipt(&self, stock: StockId) -> Minute {
        self.links.into.get(stock.0).first().map_or(Minute::UNBOUNDED_FUTURE, |link| link.departs)
    }

    /// Gives what came into a stock, ever, in any order, with the link it came by, if any.
    #[inline(always)]
    pub(crate) fn each_inflow(&self, stock: StockId, mut give: impl FnMut(Inflow, Option<&Link>)) {
        let links = self.links.into.get(stock.0);
        let (batch, operator) = self.stock(stock);
        let Some(batch) = self.batches.get(batch.index()) else { return };
        let made_here = batch.is_made_at(operator);
        let stands = made_here && batch.making == Making::Stands;
        if made_here {
            let made = Inflow {
                from: InflowFrom::Made,
                departs: batch.produced_on.earliest,
                arrives: batch.produced_on.earliest,
                amount: batch.amount,
                counted: true,
            };
            give(made, None);
        }
        if self.removals.has_gains() {
            self.removals.each(stock, |id, time, amount, gained| {
                if gained {
                    give(gain(id, time, amount), None);
                }
            });
        }
        if self.is_orphan(stock) {
            // Its goods came from somewhere, in an unknown quantity.
            let inferred = Inflow {
                from: InflowFrom::Inferred,
                departs: Minute::UNBOUNDED_PAST,
                arrives: Minute::UNBOUNDED_PAST,
                amount: None,
                counted: true,
            };
            give(inferred, None);
        }
        for link in links {
            let record = link.record();
            let flow = match Node::of(link.node) {
                Node::Stock(_) => self.receipt(ShipmentId(record)),
                Node::Transformation(id) | Node::Apart(id) => {
                    let line = self.line(record);
                    Inflow {
                        from: InflowFrom::Transformation(id),
                        departs: link.arrives,
                        arrives: link.arrives,
                        amount: line.amount,
                        counted: !stands,
                    }
                }
                Node::Orphans(_) => continue,
            };
            give(flow, Some(link));
        }
    }

    /// What left a stock, ever; latest departures last. O(n log n) in the flows.
    #[must_use]
    pub fn outflows(&self, stock: StockId) -> Vec<Outflow> {
        let mut flows = Vec::new();
        self.each_outflow(stock, |flow| flows.push(flow));
        flows.sort_by_key(|flow: &Outflow| flow.gone_by);
        flows
    }

    /// Gives what left a stock, ever, in any order.
    #[inline(always)]
    pub(crate) fn each_outflow(&self, stock: StockId, mut give: impl FnMut(Outflow)) {
        let links = self.links.out.get(stock.0);
        for link in links {
            let record = link.record();
            let gone_by = link.departs;
            give(match Node::of(link.node) {
                Node::Stock(_) => {
                    let row = self.shipments.passage(record as usize);
                    Outflow {
                        to: OutflowTo::Shipment(ShipmentId(record)),
                        departs: row.departs,
                        gone_by,
                        begins: row.departs.earliest.min(row.arrives.earliest),
                        amount: row.amount,
                        contradicts: self.is_shipment_contradicted(record),
                        record,
                    }
                }
                Node::Transformation(id) | Node::Apart(id) => {
                    let time = self.transformation_time(id);
                    let line = self.line(record);
                    Outflow {
                        to: OutflowTo::Transformation(id),
                        departs: time,
                        gone_by,
                        begins: time.earliest,
                        amount: line.amount,
                        contradicts: self.is_line_contradicted(record),
                        record,
                    }
                }
                Node::Orphans(_) => continue,
            });
        }
        self.each_removal(stock, give);
    }

    /// Gives what was removed from a stock, ever, in any order.
    #[inline(always)]
    pub(crate) fn each_removal(&self, stock: StockId, mut give: impl FnMut(Outflow)) {
        self.removals.each(stock, |id, time, amount, gained| {
            if gained {
                return;
            }
            give(Outflow {
                to: OutflowTo::Removal(id),
                departs: time,
                gone_by: time.latest,
                begins: time.earliest,
                amount,
                contradicts: false,
                record: id.0,
            });
        });
    }

    /// Asks for what the flows of a stock take of memory, in three steps of which each needs what
    /// the one before asked for.
    #[inline(always)]
    fn fetch_flows(&self, stock: StockId, step: usize) {
        match step {
            0 => {
                self.stocks.pairs.fetch(stock.index());
                self.stocks.first.fetch(stock.index());
                self.links.into.view().fetch_start(stock.0);
                self.links.out.view().fetch_start(stock.0);
            }
            1 => {
                self.links.into.view().fetch_items(stock.0);
                self.links.out.view().fetch_items(stock.0);
                self.removals.fetch(stock);
                self.batches.fetch(self.stock(stock).0.index());
            }
            _ => {
                // Of long lists the processor itself sees what comes next. What was sent is among
                // the links already.
                let links = self.links.into.get(stock.0).iter();
                for link in links.take(8).filter(|link| is_stock(link.node)) {
                    self.shipments.fetch(link.record() as usize);
                }
            }
        }
    }

    /// Asks for who holds a stock, and how much.
    #[inline(always)]
    pub(crate) fn fetch_stock(&self, stock: StockId) {
        self.stocks.pairs.fetch(stock.index());
        self.stocks.balances.fetch(stock.index());
    }

    /// Asks for a batch.
    #[inline(always)]
    pub(crate) fn fetch_batch(&self, batch: BatchId) {
        self.batches.fetch(batch.index());
    }

    /// Asks for the flows of the stocks some places ahead of one in a list. `ahead` says which
    /// stock that is, and of one that got one shipment and sent none which shipment.
    #[inline(always)]
    pub(crate) fn fetch_ahead(
        &self,
        ahead: impl Fn(usize) -> Option<(StockId, Option<ShipmentId>)>,
    ) {
        for (step, by) in [24, 16, 8].into_iter().enumerate() {
            match ahead(by) {
                Some((stock, None)) => self.fetch_flows(stock, step),
                Some((stock, Some(shipment))) if step == 1 => self.fetch_end(stock, shipment),
                _ => {}
            }
        }
    }

    /// The sums of a stock that got one shipment and sent none, as [`Self::ledger`] has them.
    #[inline(always)]
    pub(crate) fn ledger_of_end(
        &self,
        stock: StockId,
        shipment: ShipmentId,
        as_of: Minute,
    ) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.add_inflow(&self.receipt(shipment), as_of);
        self.each_removal(stock, |flow| ledger.add_outflow(&flow, as_of));
        ledger
    }

    /// Whether goods were found in any stock.
    #[inline]
    pub(crate) fn has_gains(&self) -> bool {
        self.removals.has_gains()
    }

    /// Asks for what the flows of a stock take of memory that got one shipment and sent none.
    #[inline(always)]
    fn fetch_end(&self, stock: StockId, shipment: ShipmentId) {
        self.shipments.fetch(shipment.index());
        self.removals.fetch(stock);
    }

    /// The sums of a stock's events whose interval begins at or before `as_of`
    /// ([`Minute::UNBOUNDED_FUTURE`] for all). O(n) in the stock's flows.
    ///
    /// Source: semantics section 6.
    #[must_use]
    pub fn ledger(&self, stock: StockId, as_of: Minute) -> Ledger {
        let mut ledger = Ledger::default();
        // Of a stock of another chain nothing is known.
        ledger.received.complete = stock.index() < self.stock_count();
        self.each_inflow(stock, |flow, _| ledger.add_inflow(&flow, as_of));
        self.each_outflow(stock, |flow| ledger.add_outflow(&flow, as_of));
        ledger
    }

    /// The balance tolerance as an exact ratio.
    pub(crate) fn tolerance(&self) -> Tolerance {
        Tolerance::new(self.options.balance_tolerance)
    }

    /// The links whose departure contradicts the records, as section 2 of the semantics defines
    /// it, judged by written dates: the stock each leaves and its place among the outgoing ones.
    pub(super) fn contradicting(&self) -> Vec<(StockId, u32)> {
        use rayon::prelude::*;
        let tolerance = self.tolerance();
        (0..self.stock_count() as u32)
            .into_par_iter()
            .flat_map_iter(|stock| self.contradicting_at(StockId(stock), tolerance))
            .collect()
    }

    /// What the row of a batch stands for, by the links of its stocks.
    pub(super) fn judged_making(&self, batch: BatchId, tolerance: Tolerance) -> Making {
        let row = &self.batches[batch.index()];
        if row.producer.is_none() {
            return Making::None;
        }
        let mut evidence = Evidence::of_row(row.amount, row.produced_on);
        for stock in self.stocks.of_batch(batch) {
            for link in self.links.into.get(stock.0) {
                if let Node::Transformation(id) = Node::of(link.node) {
                    let line = &self.lines[link.record() as usize];
                    let earliest = self.transformation_time(id).earliest;
                    evidence.add_output(line.amount, earliest);
                }
            }
        }
        evidence.judge(tolerance, || {
            let mut flows = Flows::default();
            let Some(stock) = self.producer_stock(batch) else { return flows };
            self.each_inflow(stock, |flow, link| {
                let own = matches!(flow.from, InflowFrom::Made | InflowFrom::Inferred);
                if !own && !link.is_some_and(|link| self.is_link_shared(link)) {
                    flows.came.add(flow.amount);
                }
            });
            self.each_outflow(stock, |flow| flows.add_left(flow.amount));
            flows
        })
    }

    /// Whether a link is of a record that stands for several lots, which contradicts nothing.
    pub(super) fn is_link_shared(&self, link: &Link) -> bool {
        match Node::of(link.node) {
            _ if self.shared.is_empty() => false,
            Node::Stock(_) => self.shared.shipments.contains(&link.record()),
            Node::Transformation(_) | Node::Apart(_) => self.shared.lines.contains(&link.record()),
            Node::Orphans(_) => false,
        }
    }

    pub(super) fn contradicting_at(
        &self,
        stock: StockId,
        tolerance: Tolerance,
    ) -> Vec<(StockId, u32)> {
        let links = self.links.out.get(stock.0);
        let Some(first) = self.first(stock).filter(|_| !links.is_empty()) else {
            return Vec::new();
        };
        let left = self.outflows(stock);
        let inflows = self.inflows(stock);
        let (mut gone, mut come) = (left.iter().peekable(), inflows.iter().peekable());
        let (mut out, mut intake) = (Total::ZERO, Total::ZERO);
        let mut found = Vec::new();
        // Departures come latest first, so walk them backwards.
        for (at, link) in links.iter().enumerate().rev() {
            if matches!(Node::of(link.node), Node::Orphans(_)) {
                continue;
            }
            let by = link.departs;
            while let Some(flow) = gone.next_if(|flow| flow.gone_by <= by) {
                // An outflow of unknown quantity adds nothing.
                out.add_known(flow.amount);
            }
            while let Some(flow) = come.next_if(|flow| flow.arrives <= by) {
                if flow.counted {
                    intake.add(flow.amount);
                }
            }
            let refuted = by < first || (intake.complete && tolerance.exceeds(out, intake));
            if refuted && !self.is_link_shared(&link) {
                found.push((stock, at as u32));
            }
        }
        found
    }
}

/// What was found at stock-taking: received, without a sender.
fn gain(id: RemovalId, time: Span, amount: Option<Amount>) -> Inflow {
    Inflow {
        from: InflowFrom::Gained(id),
        departs: time.earliest,
        arrives: time.earliest,
        amount,
        counted: true,
    }
}

/// A share of the intake by which outflow may exceed it, as an exact ratio.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    part: i128,
    whole: i128,
}

impl Tolerance {
    pub(super) fn new(share: Decimal) -> Self {
        let share = share.clamp(Decimal::ZERO, Decimal::ONE).round_dp(9).normalize();
        let whole = 10_i128.pow(share.scale());
        Self { part: share.mantissa().to_i128().unwrap_or(0), whole }
    }

    pub(super) fn to_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }

    /// Whether `left` exceeds `intake` by more than the tolerance.
    #[inline]
    pub(crate) fn exceeds(self, left: Total, intake: Total) -> bool {
        if left.millionths <= intake.millionths {
            return false;
        }
        (left.millionths - intake.millionths) * self.whole > self.part * intake.millionths
    }
}
