//! The flows of one stock, and sums of parts of them.

use super::Share;
use crate::chain::index::Link;
use crate::chain::{Inflow, Outflow, SupplyChain};
use crate::id::StockId;
use crate::numeric::dd::Dd;
use crate::quantity::Amount;
use crate::time::Minute;

/// The link that an inflow came by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// The node it came from, [`u32::MAX`] for none.
    pub(super) node: u32,
    /// Last minute at which it can have left.
    pub(super) gone_by: Minute,
}

impl Origin {
    #[inline]
    pub(super) fn of(link: Option<&Link>) -> Self {
        link.map_or(Self { node: u32::MAX, gone_by: Minute::UNBOUNDED_PAST }, |link| Self {
            node: link.node,
            gone_by: link.departs,
        })
    }
}

/// What came into a stock, by arrival, and what left it and had begun by a minute, latest
/// departures last, as they were written.
#[derive(Debug, Default)]
pub(super) struct Flows {
    inflows: Vec<(Inflow, Origin)>,
    outflows: Vec<Outflow>,
    /// How many inflows had arrived by then.
    arrived: usize,
}

impl Flows {
    /// Takes the flows of a stock in place of what is held.
    pub(super) fn gather(&mut self, chain: &SupplyChain, stock: StockId, as_of: Minute) {
        self.inflows.clear();
        chain.each_inflow(stock, |flow, link| self.inflows.push((flow, Origin::of(link))));
        // Links come by arrival, but not what goes before them.
        if !self.inflows.is_sorted_by_key(|(flow, _)| flow.arrives) {
            self.inflows.sort_by_key(|(flow, _)| flow.arrives);
        }
        self.outflows.clear();
        chain.each_outflow(stock, |flow| {
            if flow.begins <= as_of {
                self.outflows.push(flow);
            }
        });
        // Links come latest departure first.
        self.outflows.reverse();
        if !self.outflows.is_sorted_by_key(Outflow::left_by) {
            self.outflows.sort_by_key(Outflow::left_by);
        }
        self.arrived = self.inflows.partition_point(|(flow, _)| flow.arrives <= as_of);
    }

    /// What came, ever.
    pub(super) fn inflows(&self) -> impl Iterator<Item = &Inflow> {
        self.inflows.iter().map(|(flow, _)| flow)
    }

    /// What has arrived.
    pub(super) fn arrived(&self) -> &[(Inflow, Origin)] {
        &self.inflows[..self.arrived]
    }

    /// What has departed and not arrived.
    pub(super) fn on_the_road(&self, as_of: Minute) -> impl Iterator<Item = &(Inflow, Origin)> {
        self.inflows[self.arrived..].iter().filter(move |(flow, _)| flow.departs <= as_of)
    }

    /// What left, together what has left by the same minute at the latest.
    pub(super) fn departures(&self) -> impl Iterator<Item = &[Outflow]> {
        self.outflows.chunk_by(|a, b| a.left_by() == b.left_by())
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
    #[inline]
    pub(super) fn add(&mut self, amount: Option<Amount>, share: Share) {
        if let Some(amount) = amount {
            self.add_millionths(amount.millionths().into(), share);
        }
    }

    /// Adds a known share of so many millionths.
    #[inline]
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
