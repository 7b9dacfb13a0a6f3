//! What comes into a stock that lies on no cycle, and what its outflows carry.

use super::flows::{Origin, Part};
use super::{Brought, Estimator, Moment, Row, Share, millionths};
use crate::chain::{Inflow, InflowFrom, Ledger};
use crate::id::{ShipmentId, StockId};
use crate::numeric::dd::Dd;
use crate::quantity::{Amount, Total};
use crate::time::Minute;

/// What has come into a stock so far, and what of it is contaminated.
#[derive(Debug, Default)]
struct Intake {
    total: Total,
    contaminated: Part,
    /// The most that can be.
    max: Dd,
    /// Whether an affected inflow was of unknown quantity, so that everything counts.
    hot: bool,
}

impl Intake {
    #[inline]
    fn add(&mut self, flow: &Inflow, brought: Option<Brought>) {
        if flow.counted {
            self.total.add(flow.amount);
        }
        let Some(Brought { share, bound }) = brought else { return };
        let Some(amount) = flow.amount else {
            self.hot = true;
            return;
        };
        if flow.counted {
            self.contaminated.add(Some(amount), share);
        }
        let whole = millionths(amount);
        self.max += bound.map_or(whole, |bound| whole.min(bound));
    }

    /// The share of it that is contaminated.
    fn share(&self) -> Share {
        self.contaminated.share_of(self.total.millionths)
    }
}

impl Estimator<'_> {
    /// What an inflow of a stock that is no seed brings; `None` for one that is not affected.
    #[inline]
    pub(super) fn brought(&self, stock: StockId, flow: &Inflow, origin: Origin) -> Option<Brought> {
        match flow.from {
            InflowFrom::Made | InflowFrom::Gained(_) => None,
            InflowFrom::Inferred => Some(Brought { share: Share::One, bound: None }),
            InflowFrom::Shipment(id) => {
                let row = &self.kept.rows[self.row(StockId(origin.node))? as usize];
                let begun = self.all || flow.arrives.min(flow.departs) <= self.rules.as_of;
                if !begun || row.since > origin.gone_by.minutes() {
                    return None;
                }
                Some(self.brought_from(row, id, || origin.gone_by))
            }
            // Equipment leaves an unknown quantity behind: all of the output counts.
            InflowFrom::Transformation(id) if self.is_carried_over(id) => {
                Some(Brought { share: Share::One, bound: None })
            }
            InflowFrom::Transformation(id) => {
                let mixture = &self.kept.mixtures[self.mixture(id)? as usize];
                let bound = mixture.max.zip(self.chain.unit(stock));
                let bound = bound.map(|(bound, unit)| bound / Dd::from_int(unit.factor()));
                Some(Brought { share: mixture.share, bound })
            }
        }
    }

    /// What an affected shipment brings that had left a stock by a minute.
    #[inline]
    fn brought_from(&self, row: &Row, id: ShipmentId, gone_by: impl Fn() -> Minute) -> Brought {
        if self.chain.is_shipment_contradicted(id.0) {
            return Brought { share: Share::One, bound: None };
        }
        let moment = self.carried(row, gone_by);
        Brought { share: moment.share, bound: row.max.filter(|_| !moment.wholly) }
    }

    /// Settles a stock that one affected shipment alone reached and that sent nothing on.
    pub(super) fn settle_end(&mut self, at: usize, before: u32, shipment: ShipmentId) {
        let stock = self.kept.rows[at].stock;
        let as_of = self.rules.as_of;
        let flow = self.chain.receipt(shipment);
        let from = &self.kept.rows[self.kept.at[before as usize] as usize];
        let brought =
            self.brought_from(from, shipment, || self.chain.gone_by_of_sole_receipt(stock));
        let ledger = if self.ledgers {
            self.chain.ledger_of_end(stock, shipment, as_of)
        } else {
            Ledger::default()
        };
        if let Some(amount) =
            flow.amount.filter(|amount| flow.arrives <= as_of && *amount > Amount::ZERO)
        {
            // What came in one piece is contaminated as that is.
            let (Brought { share, bound }, whole) = (brought, millionths(amount));
            let mut expected = Part::default();
            expected.add(Some(amount), share);
            let max = bound.map_or(whole, |bound| whole.min(bound)).max(expected.value());
            let total = Total { millionths: amount.millionths().into(), complete: true };
            let estimate = self.estimated(share, expected, Some(max), total, Part::default());
            self.note(at, Some(max), ledger, estimate);
            return;
        }
        let mut intake = Intake::default();
        let mut in_transit = Part::default();
        if flow.arrives <= as_of {
            intake.add(&flow, Some(brought));
        } else if flow.departs <= as_of {
            in_transit.add(flow.amount, brought.share);
        }
        self.finish_stock(at, &intake, ledger, in_transit);
    }

    /// Settles a stock that passes something on.
    pub(super) fn settle_stock(&mut self, at: usize) {
        let mut flows = std::mem::take(&mut self.kept.flows);
        let mut moments = std::mem::take(&mut self.kept.found);
        let Row { stock, seed, since, .. } = self.kept.rows[at];
        let as_of = self.rules.as_of;
        flows.gather(self.chain, stock, as_of);
        let mut ledger = Ledger::default();
        if self.ledgers {
            flows.inflows().for_each(|flow| ledger.add_inflow(flow, as_of));
            flows.outflows().iter().for_each(|flow| ledger.add_outflow(flow, as_of));
        }
        let mut intake = Intake::default();
        let brought = |flow: &Inflow, origin: Origin| {
            if seed { None } else { self.brought(stock, flow, origin) }
        };
        let mut inflows = flows.arrived().iter().peekable();
        let mut left = Total::ZERO;
        let mut share = None;
        for together in flows.departures() {
            for flow in together {
                // An outflow of unknown quantity adds nothing.
                left.add_known(flow.amount);
            }
            let by = together[0].left_by();
            while let Some((flow, origin)) = inflows.next_if(|(flow, _)| flow.arrives <= by) {
                intake.add(flow, brought(flow, *origin));
                share = None;
            }
            if by.minutes() < since {
                continue;
            }
            let wholly = self.tolerance.refutes(left, intake.total);
            let share = if wholly || seed || intake.hot {
                Share::One
            } else {
                *share.get_or_insert_with(|| intake.share())
            };
            match moments.last_mut() {
                Some(last) if last.share == share && last.wholly == wholly => last.by = by,
                _ => moments.push(Moment { by, share, wholly }),
            }
        }
        for (flow, origin) in inflows {
            intake.add(flow, brought(flow, *origin));
        }
        let mut in_transit = Part::default();
        for (flow, origin) in flows.on_the_road(as_of) {
            in_transit.add(flow.amount, self.on_the_road(stock, seed, flow, *origin));
        }
        let start = self.kept.moments.len() as u32;
        self.kept.moments.append(&mut moments);
        self.kept.rows[at].moments = (start, self.kept.moments.len() as u32);
        (self.kept.flows, self.kept.found) = (flows, moments);
        self.finish_stock(at, &intake, ledger, in_transit);
    }

    /// Settles a stock that passes nothing on.
    pub(super) fn settle_leaf(&mut self, at: usize) {
        let Row { stock, seed, .. } = self.kept.rows[at];
        let as_of = self.rules.as_of;
        let mut ledger = Ledger::default();
        let mut intake = Intake::default();
        let mut in_transit = Part::default();
        self.chain.each_inflow(stock, |flow, link| {
            if self.ledgers {
                ledger.add_inflow(&flow, as_of);
            }
            let origin = Origin::of(link);
            if flow.arrives <= as_of {
                let brought = if seed { None } else { self.brought(stock, &flow, origin) };
                intake.add(&flow, brought);
            } else if flow.departs <= as_of {
                in_transit.add(flow.amount, self.on_the_road(stock, seed, &flow, origin));
            }
        });
        if self.ledgers {
            self.chain.each_outflow(stock, |flow| ledger.add_outflow(&flow, as_of));
        }
        self.finish_stock(at, &intake, ledger, in_transit);
    }

    /// The contaminated share of goods on the road to a stock.
    fn on_the_road(&self, stock: StockId, seed: bool, flow: &Inflow, origin: Origin) -> Share {
        if seed {
            return Share::One;
        }
        self.brought(stock, flow, origin).map_or(Share::Zero, |brought| brought.share)
    }

    /// Notes what is found of a stock, all that came into it being known.
    fn finish_stock(&mut self, at: usize, intake: &Intake, ledger: Ledger, in_transit: Part) {
        let seed = self.kept.rows[at].seed;
        let known = intake.total.complete.then(|| Dd::from_int(intake.total.millionths));
        let (expected, max) = if seed || intake.hot {
            (Part::whole(intake.total.millionths), known)
        } else {
            let bounded = known.map_or(intake.max, |known| known.min(intake.max));
            (intake.contaminated, Some(bounded.max(intake.contaminated.value())))
        };
        let all = seed || intake.hot || intake.total.millionths == 0;
        let share = if all { Share::One } else { intake.share() };
        let estimate = self.estimated(share, expected, max, intake.total, in_transit);
        self.note(at, max, ledger, estimate);
    }

    /// Keeps what is found of a stock.
    pub(super) fn note(
        &mut self,
        at: usize,
        max: Option<Dd>,
        ledger: Ledger,
        estimate: super::Contamination,
    ) {
        let row = &mut self.kept.rows[at];
        (row.max, row.sums) = (max, self.kept.contaminations.len() as u32);
        if self.ledgers {
            self.kept.ledgers.push(ledger);
        }
        self.kept.contaminations.push(estimate);
    }
}
