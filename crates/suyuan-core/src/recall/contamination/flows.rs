//! The flows of one stock, and sums of parts of them.

use super::Share;
use crate::chain::{Inflow, Ledger, Outflow, SupplyChain};
use crate::id::StockId;
use crate::numeric::dd::Dd;
use crate::quantity::Amount;
use crate::time::Minute;

/// What came into a stock, by arrival, and what left it and had begun by a minute, latest
/// departures last.
#[derive(Debug, Default)]
pub(super) struct Flows {
    inflows: Vec<Inflow>,
    outflows: Vec<Outflow>,
    /// How many inflows had arrived by then.
    arrived: usize,
}

impl Flows {
    /// Takes the flows of a stock in place of what is held.
    pub(super) fn gather(&mut self, chain: &SupplyChain, stock: StockId, as_of: Minute) {
        self.inflows.clear();
        chain.inflows_into(stock, &mut self.inflows);
        chain.outflows_into(stock, &mut self.outflows);
        if as_of != Minute::UNBOUNDED_FUTURE {
            self.outflows.retain(|flow| flow.begins <= as_of);
        }
        self.arrived = self.inflows.partition_point(|flow| flow.arrives <= as_of);
    }

    pub(super) fn ledger(&self, as_of: Minute) -> Ledger {
        let mut ledger = Ledger::default();
        self.inflows.iter().for_each(|flow| ledger.add_inflow(flow, as_of));
        self.outflows.iter().for_each(|flow| ledger.add_outflow(flow, as_of));
        ledger
    }

    /// What has arrived.
    pub(super) fn arrived(&self) -> &[Inflow] {
        &self.inflows[..self.arrived]
    }

    /// What has departed and not arrived.
    pub(super) fn on_the_road(&self, as_of: Minute) -> impl Iterator<Item = &Inflow> {
        self.inflows[self.arrived..].iter().filter(move |flow| flow.departs <= as_of)
    }

    /// What left, together what has left by the same minute at the latest.
    pub(super) fn departures(&self) -> impl Iterator<Item = &[Outflow]> {
        self.outflows.chunk_by(|a, b| a.gone_by == b.gone_by)
    }

    pub(super) fn outflows(&self) -> &[Outflow] {
        &self.outflows
    }
}

/// A sum of parts of quantities, in millionths: exact as long as each part is all or nothing.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Part {
    whole: i128,
    rest: Dd,
}

impl Part {
    pub(super) const fn whole(millionths: i128) -> Self {
        Self { whole: millionths, rest: Dd::ZERO }
    }

    /// Adds a known share of an amount.
    pub(super) fn add(&mut self, amount: Option<Amount>, share: Share) {
        if let Some(amount) = amount {
            self.add_millionths(amount.millionths().into(), share);
        }
    }

    /// Adds a known share of so many millionths.
    pub(super) fn add_millionths(&mut self, millionths: i128, share: Share) {
        match share {
            Share::Zero | Share::Open(_) => {}
            Share::One => self.whole += millionths,
            Share::Part(share) => self.rest += Dd::from_int(millionths) * share,
        }
    }

    pub(super) fn value(self) -> Dd {
        if self.rest == Dd::ZERO {
            Dd::from_int(self.whole)
        } else {
            Dd::from_int(self.whole) + self.rest
        }
    }

    /// The share it is of a total.
    pub(super) fn share_of(self, total: i128) -> Share {
        if self.rest == Dd::ZERO && (self.whole == 0 || self.whole == total) {
            return if self.whole == 0 { Share::Zero } else { Share::One };
        }
        Share::Part((self.value() / Dd::from_int(total)).min(Dd::ONE))
    }
}
