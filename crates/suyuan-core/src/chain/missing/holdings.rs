//! What each operator can have held when, and so which stocks an output may contain.

use std::collections::BTreeSet;

use super::super::index::Node;
use super::super::{InflowFrom, SupplyChain};
use super::fifo::Taken;
use super::lacking::{Lack, product};
use super::{InferenceRules, LinkRule};
use crate::id::{OperatorId, ProductId, StockId};
use crate::time::{Minute, Span};

/// A sum that may have an unknown part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) millionths: i128,
    pub(super) unknown: bool,
}

/// What came into a stock and left it, summed up to each moment.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) stock: StockId,
    pub(super) product: Option<ProductId>,
    /// Sums of what can have come in, by first minute.
    came: Vec<(Minute, Sum)>,
    /// Sums of what is known to have left, by last minute.
    left: Vec<(Minute, i128)>,
}

impl Holding {
    fn of(chain: &SupplyChain, stock: StockId) -> Self {
        let mut sum = Sum::default();
        let mut came = Vec::new();
        for flow in chain.inflows(stock).iter().filter(|flow| flow.counted) {
            sum.millionths += i128::from(flow.amount.unwrap_or_default().millionths());
            sum.unknown |= flow.amount.is_none();
            came.push((flow.arrives, sum));
        }
        let mut outflows = chain.outflows(stock);
        outflows.sort_by_key(|flow| flow.departs.latest);
        let mut gone = 0;
        let mut left = Vec::new();
        for flow in &outflows {
            gone += i128::from(flow.amount.unwrap_or_default().millionths());
            left.push((flow.departs.latest, gone));
        }
        Self { stock, product: product(chain, stock), came, left }
    }

    /// The most that can have been on hand at some minute of an interval.
    pub(super) fn on_hand(&self, at: Span) -> Sum {
        let came = self.came.partition_point(|(arrives, _)| *arrives <= at.latest);
        let left = self.left.partition_point(|(departs, _)| *departs < at.earliest);
        let mut sum = came.checked_sub(1).map_or(Sum::default(), |last| self.came[last].1);
        sum.millionths -= left.checked_sub(1).map_or(0, |last| self.left[last].1);
        sum
    }
}

/// A receipt of a stock, or its making.
#[derive(Debug, Clone, Copy)]
struct Receipt {
    time: Span,
    /// The place of its stock among the holdings.
    holding: usize,
    /// Whether it was made here.
    made: bool,
}

/// A stock that an output may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) stock: StockId,
    /// Its first receipt within the window.
    pub(super) received: Span,
    pub(super) on_hand: Sum,
    pub(super) product: Option<ProductId>,
}

/// What an output that lacks inputs may contain, in the order of codes.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) links: Vec<(StockId, LinkRule)>,
}

/// For everything that lacks inputs what it may contain.
pub(super) fn candidates(
    chain: &SupplyChain,
    lacks: &[Lack],
    rules: &InferenceRules,
) -> Vec<Found> {
    use rayon::prelude::*;
    let groups: Vec<&[Lack]> = lacks.chunk_by(|a, b| a.operator == b.operator).collect();
    let found: Vec<Vec<Found>> =
        groups.into_par_iter().map(|group| at_operator(chain, group, rules)).collect();
    found.into_iter().flatten().collect()
}

fn at_operator(chain: &SupplyChain, lacks: &[Lack], rules: &InferenceRules) -> Vec<Found> {
    let Some(operator) = lacks.first().map(|lack| lack.operator) else {
        return Vec::new();
    };
    let shelf = Shelf::of(chain, operator);
    let mut taken = Taken::default();
    lacks
        .iter()
        .map(|lack| {
            let candidates = shelf.candidates(chain, lack, rules.window());
            let recipe = lack.products.is_some();
            let chosen = if rules.fifo {
                taken.choose(chain, lack, &candidates)
            } else {
                candidates.iter().map(|candidate| (candidate.stock, false)).collect()
            };
            let rule = |fifo| LinkRule { window_days: rules.window_days, recipe, fifo };
            let mut links: Vec<(StockId, LinkRule)> =
                chosen.into_iter().map(|(stock, fifo)| (stock, rule(fifo))).collect();
            links.sort_by_cached_key(|(stock, _)| chain.by_code(*stock));
            Found { links }
        })
        .collect()
}

/// Everything an operator ever held.
struct Shelf {
    holdings: Vec<Holding>,
    /// By first minute.
    receipts: Vec<Receipt>,
    /// The last minute of any receipt so far.
    latest: Vec<Minute>,
}

impl Shelf {
    fn of(chain: &SupplyChain, operator: OperatorId) -> Self {
        let stocks = chain.stocks_at(operator);
        let holdings: Vec<Holding> =
            stocks.iter().map(|stock| Holding::of(chain, *stock)).collect();
        let mut receipts = Vec::new();
        for (place, stock) in stocks.iter().enumerate() {
            receipts.extend(received(chain, *stock).into_iter().map(|(time, made)| Receipt {
                time,
                holding: place,
                made,
            }));
        }
        receipts.sort_by_key(|receipt| (receipt.time, receipt.holding));
        let mut last = Minute::UNBOUNDED_PAST;
        let latest = receipts.iter().map(|receipt| {
            last = last.max(receipt.time.latest);
            last
        });
        let latest = latest.collect();
        Self { holdings, receipts, latest }
    }

    /// What can have gone into something made, by first receipt.
    fn candidates(&self, chain: &SupplyChain, lack: &Lack, window: i32) -> Vec<Candidate> {
        let opens = match lack.time.earliest {
            bounded if bounded.is_bounded() => bounded.plus(-window),
            unbounded => unbounded,
        };
        let end =
            self.receipts.partition_point(|receipt| receipt.time.earliest <= lack.time.latest);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for at in (0..end).rev() {
            if self.latest[at] < opens {
                break;
            }
            let receipt = &self.receipts[at];
            if receipt.time.latest >= opens && self.fits(chain, lack, receipt) {
                // An earlier receipt of the same stock comes later in this walk.
                seen.insert((receipt.holding, at));
            }
        }
        let mut last = None;
        for (place, at) in seen {
            if last.replace(place) == Some(place) {
                continue;
            }
            let holding = &self.holdings[place];
            let on_hand = holding.on_hand(lack.time);
            if on_hand.unknown || on_hand.millionths > 0 {
                let received = self.receipts[at].time;
                let (stock, product) = (holding.stock, holding.product);
                found.push(Candidate { stock, received, on_hand, product });
            }
        }
        found.sort_by_cached_key(|candidate| (candidate.received, chain.by_code(candidate.stock)));
        found
    }

    /// Whether a received stock can have gone into something made.
    fn fits(&self, chain: &SupplyChain, lack: &Lack, receipt: &Receipt) -> bool {
        let holding = &self.holdings[receipt.holding];
        if lack.outputs.contains(&holding.stock) {
            return false;
        }
        let named = match (&lack.products, holding.product) {
            (Some(products), Some(product)) => products.contains(&product),
            // What was made here counts only where a recipe names it.
            _ => !receipt.made,
        };
        let recorded = |id| chain.inputs(id).iter().any(|line| line.stock == holding.stock);
        named && !lack.transformation.is_some_and(recorded)
    }
}

/// When a stock was received or made, and which of the two.
fn received(chain: &SupplyChain, stock: StockId) -> Vec<(Span, bool)> {
    let mut times = Vec::new();
    for link in chain.links.into.get(stock.0) {
        match Node::of(link.node) {
            Node::Stock(_) => {
                times.push((chain.shipments.row(link.record() as usize).arrives, false));
            }
            Node::Transformation(id) => times.push((chain.transformation_time(id), true)),
            Node::Orphans(_) | Node::Apart(_) => {}
        }
    }
    chain.removals.each(stock, |_, time, _, gained| {
        if gained {
            times.push((time, false));
        }
    });
    if chain.is_orphan(stock) {
        times.push((Span::UNKNOWN, false));
    }
    let (batch, operator) = chain.stock(stock);
    let row = &chain.batches[batch.index()];
    let mut inflows = chain.inflows(stock).into_iter();
    if row.producer == Some(operator) && inflows.any(|flow| flow.from == InflowFrom::Made) {
        times.push((row.produced_on, true));
    }
    times
}
