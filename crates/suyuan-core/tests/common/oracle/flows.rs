//! What came into a stock and what left it, contradictions, and the ledger (sections 2 and 6).

use num_traits::{One, Zero};
use suyuan_core::time::{Minute, Span};

use super::quantity::{Num, Quantity, number};
use super::world::{Stock, Via, World};

/// Where an inflow came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The batch's own quantity at its producer.
    Own,
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

/// Whether what left exceeds an intake by more than the balance tolerance of 0.5 %.
pub(crate) fn exceeds(left: &Num, intake: &Num) -> bool {
    *left > intake * (Num::one() + number(5) / number(1000))
}

/// Produced and received by a minute.
pub(crate) fn intake_by(inflows: &[Inflow], by: Minute) -> Quantity {
    let arrived = inflows.iter().filter(|f| f.counted && f.arrives <= by);
    Quantity::sum(arrived.map(|inflow| &inflow.quantity))
}

impl World {
    /// Whether a batch's own quantity stands for what was produced: no transformation puts out a
    /// known quantity of it.
    fn own_stands(&self, batch: &str) -> bool {
        let outputs = self.makings.values().flat_map(|making| &making.outputs);
        let mut of_batch = outputs.filter(|(place, _)| place.0 == batch);
        of_batch.all(|(_, quantity)| quantity.known.is_zero())
    }

    pub(crate) fn inflows(&self, stock: &Stock) -> Vec<Inflow> {
        let mut inflows = Vec::new();
        let own = self.producer(stock).filter(|_| self.own_stands(&stock.0));
        if let Some(row) = own {
            inflows.push(Inflow {
                origin: Origin::Own,
                arrives: row.produced_on.earliest,
                quantity: self.own[&stock.0].clone(),
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
                    counted: own.is_none(),
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
                });
            }
        }
        for row in self.takings.iter().filter(|row| row.stock == *stock) {
            outflows.push(Outflow {
                via: None,
                departs: row.when,
                begins: row.when.earliest,
                quantity: row.quantity.clone(),
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
                        Origin::Link(_) => false,
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
        let removed = removed.filter(|r| r.stock == *stock && r.when.earliest <= as_of);
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
