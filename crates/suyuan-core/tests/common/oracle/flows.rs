//! What came into a stock and what left it, contradictions, and the ledger (sections 2 and 6).

use suyuan_core::model::Role;
use suyuan_core::time::{Minute, Span};

use super::quantity::{Num, Quantity, exceeds};
use super::world::{Stock, Via, World};

/// Where an inflow came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// What the row of the batch says was made, at its producer.
    Own,
    /// Found at stock-taking.
    Gain,
    /// A shipment or a transformation, or the inferred receipt of an orphan.
    Link(Via),
}

#[derive(Clone, Debug)]
pub(crate) struct Inflow {
    pub(crate) origin: Origin,
    pub(crate) arrives: Minute,
    pub(crate) quantity: Quantity,
    /// Whether it is part of the intake: an output of unknown quantity is not where the batch's
    /// own quantity stands for it.
    pub(crate) counted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Outflow {
    /// `None` for a removal.
    pub(crate) via: Option<Via>,
    pub(crate) departs: Span,
    pub(crate) begins: Minute,
    pub(crate) quantity: Quantity,
    /// The record belongs to several lots.
    pub(crate) shared: bool,
}

/// The sums of section 6.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) produced: Quantity,
    pub(crate) received: Quantity,
    pub(crate) shipped: Quantity,
    pub(crate) consumed: Quantity,
    pub(crate) removed: Quantity,
    pub(crate) in_transit: Quantity,
}

impl Ledger {
    pub(crate) fn on_hand(&self) -> Num {
        &self.produced.known + &self.received.known
            - &self.shipped.known
            - &self.consumed.known
            - &self.removed.known
    }

    pub(crate) fn is_complete(&self) -> bool {
        let parts = [
            &self.produced,
            &self.received,
            &self.shipped,
            &self.consumed,
            &self.removed,
            &self.in_transit,
        ];
        parts.iter().all(|part| part.complete)
    }
}

/// Produced and received by a minute.
pub(crate) fn intake_by(inflows: &[Inflow], by: Minute) -> Quantity {
    let arrived = inflows.iter().filter(|f| f.counted && f.arrives <= by);
    Quantity::sum(arrived.map(|inflow| &inflow.quantity))
}

impl World {
    /// Whether the quantity of a lot's row stands for what transformations made: they output the
    /// lot, and none says how much.
    fn stands_for_outputs(&self, lot: &str) -> bool {
        let outputs = self.makings.values().flat_map(|making| &making.outputs);
        let mut of_lot = outputs.filter(|(place, _)| place.0 == lot).peekable();
        of_lot.peek().is_some() && of_lot.all(|(_, quantity)| !quantity.complete)
    }

    pub(crate) fn inflows(&self, stock: &Stock) -> Vec<Inflow> {
        let mut inflows = Vec::new();
        let producer = self.producer(stock);
        let stands = producer.is_some() && self.stands_for_outputs(&stock.0);
        if let Some(row) = producer.filter(|_| stands || self.own_making(&stock.0)) {
            inflows.push(Inflow {
                origin: Origin::Own,
                arrives: row.produced_on.earliest,
                quantity: self.own[&stock.0].clone(),
                counted: true,
            });
        }
        for row in self.takings.iter().filter(|row| row.gained && row.stock == *stock) {
            inflows.push(Inflow {
                origin: Origin::Gain,
                arrives: row.when.earliest,
                quantity: row.quantity.clone(),
                counted: true,
            });
        }
        for (index, row) in self.consignments.iter().enumerate() {
            if row.to == *stock {
                inflows.push(Inflow {
                    origin: Origin::Link(Via::Shipment(index)),
                    arrives: row.arrives.earliest,
                    quantity: row.quantity.clone(),
                    counted: true,
                });
            }
        }
        for (code, making) in &self.makings {
            if let Some(quantity) = making.outputs.get(stock) {
                inflows.push(Inflow {
                    origin: Origin::Link(Via::Transformation(code.clone())),
                    arrives: making.hull.earliest,
                    quantity: quantity.clone(),
                    counted: !stands,
                });
            }
        }
        if self.is_orphan(stock) {
            inflows.push(Inflow {
                origin: Origin::Link(Via::Inferred),
                arrives: Minute::UNBOUNDED_PAST,
                quantity: Quantity::of(None),
                counted: true,
            });
        }
        inflows
    }

    pub(crate) fn outflows(&self, stock: &Stock) -> Vec<Outflow> {
        let mut outflows = Vec::new();
        for (index, row) in self.consignments.iter().enumerate() {
            if row.from == *stock {
                outflows.push(Outflow {
                    via: Some(Via::Shipment(index)),
                    departs: row.departs,
                    begins: row.begins(),
                    quantity: row.quantity.clone(),
                    shared: row.shared,
                });
            }
        }
        for (code, making) in &self.makings {
            if let Some(quantity) = making.inputs.get(stock) {
                outflows.push(Outflow {
                    via: Some(Via::Transformation(code.clone())),
                    departs: making.hull,
                    begins: making.hull.earliest,
                    quantity: quantity.clone(),
                    shared: making.is_shared(Role::Input, stock),
                });
            }
        }
        for row in self.takings.iter().filter(|row| !row.gained && row.stock == *stock) {
            outflows.push(Outflow {
                via: None,
                departs: row.when,
                begins: row.when.earliest,
                quantity: row.quantity.clone(),
                shared: row.shared,
            });
        }
        outflows
    }

    /// Whether an outflow contradicts the records: it left before anything was there, or more
    /// had left with it than had come. Judged on all records with their written dates.
    pub(crate) fn contradicts(&self, stock: &Stock, via: &Via) -> bool {
        let Some(first) = self.first(stock) else {
            return false;
        };
        let outflows = self.outflows(stock);
        let Some(outflow) = outflows.iter().find(|o| o.via.as_ref() == Some(via)) else {
            return false;
        };
        if outflow.shared {
            return false;
        }
        let by = outflow.departs.latest;
        if by < first {
            return true;
        }
        let left = outflows.iter().filter(|other| other.departs.latest <= by);
        let left = Quantity::sum(left.map(|other| &other.quantity));
        let intake = intake_by(&self.inflows(stock), by);
        intake.complete && exceeds(&left.known, &intake.known)
    }

    pub(crate) fn ledger(&self, stock: &Stock, as_of: Minute) -> Ledger {
        let came = |produced: bool| {
            let inflows = self.inflows(stock);
            let arrived = inflows.into_iter().filter(|f| f.counted && f.arrives <= as_of);
            let parts: Vec<Quantity> = arrived
                .filter(|inflow| {
                    let made = match &inflow.origin {
                        Origin::Own | Origin::Link(Via::Transformation(_)) => true,
                        Origin::Gain | Origin::Link(_) => false,
                    };
                    made == produced
                })
                .map(|inflow| inflow.quantity)
                .collect();
            Quantity::sum(&parts)
        };
        let shipped = self.consignments.iter();
        let shipped = shipped.filter(|r| r.from == *stock && r.departs.earliest <= as_of);
        let consumed = self.makings.values().filter(|m| m.hull.earliest <= as_of);
        let removed = self.takings.iter();
        let removed =
            removed.filter(|r| r.stock == *stock && !r.gained && r.when.earliest <= as_of);
        let road = self.consignments.iter().filter(|row| {
            row.to == *stock && row.departs.earliest <= as_of && row.arrives.earliest > as_of
        });
        Ledger {
            produced: came(true),
            received: came(false),
            shipped: Quantity::sum(shipped.map(|row| &row.quantity)),
            consumed: Quantity::sum(consumed.filter_map(|making| making.inputs.get(stock))),
            removed: Quantity::sum(removed.map(|row| &row.quantity)),
            in_transit: Quantity::sum(road.map(|row| &row.quantity)),
        }
    }
}
