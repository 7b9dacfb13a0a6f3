//! The stocks of a chain: numbering and look-up both ways.

use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::column::Column;
use super::groups::{Groups, starts};
use super::radix;
use super::store::Array;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

/// Stocks numbered batch by batch, with an index by operator and where each batch begins.
///
/// What a batch becomes in other hands is what a trace looks at next, so the stocks of a batch lie
/// side by side, and batches in the order in which they came to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Stocks {
    pub(super) pairs: Column<(BatchId, OperatorId)>,
    /// First event; `UNBOUNDED_FUTURE` marks an orphan.
    pub(super) first: Column<Minute>,
    /// Earliest minute at which any record of the stock can have begun.
    pub(super) begun: Column<Minute>,
    /// What is on hand by all records, as `balances` packs it.
    pub(super) balances: Column<u32>,
    pub(super) by_operator: Groups<StockId>,
    /// The first stock of each batch; any number that is of another batch for one without stocks.
    pub(super) batches: Arc<Array<u32>>,
    /// Stocks that came later, by batch, in order.
    pub(super) later: HashMap<BatchId, Vec<StockId>>,
}

/// The stocks of a batch ([`SupplyChain::stocks_of_batch`](super::SupplyChain::stocks_of_batch)),
/// one after another.
#[derive(Clone, Debug)]
pub struct BatchStocks<'c> {
    numbers: Range<u32>,
    later: std::slice::Iter<'c, StockId>,
}

impl BatchStocks<'_> {
    /// Whether a stock is among those that are left. O(log k).
    #[must_use]
    pub fn holds(&self, stock: StockId) -> bool {
        self.numbers.contains(&stock.0) || self.later.as_slice().binary_search(&stock).is_ok()
    }
}

impl Iterator for BatchStocks<'_> {
    type Item = StockId;

    #[inline]
    fn next(&mut self) -> Option<StockId> {
        self.numbers.next().map(StockId).or_else(|| self.later.next().copied())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.numbers.len() + self.later.len();
        (count, Some(count))
    }
}

impl ExactSizeIterator for BatchStocks<'_> {}
impl FusedIterator for BatchStocks<'_> {}

/// A stock before it has its number: the pair that records show, and what they say of its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proto {
    pub(super) operator: u32,
    pub(super) batch: u32,
    pub(super) first: Minute,
    pub(super) begun: Minute,
}

impl Stocks {
    /// Numbers the stocks by (first event of their batch, batch, first event, operator) and
    /// returns, for each of `protos` (which come by batch and operator), its number. Linear in
    /// the stocks, but for sorting those of one batch.
    pub(super) fn number(
        protos: &[Proto],
        operators: usize,
        batches: usize,
    ) -> (Self, Vec<StockId>) {
        let batch_starts = starts(batches, protos.iter().map(|p| p.batch));
        let range = |batch: usize| batch_starts[batch] as usize..batch_starts[batch + 1] as usize;
        // The order of minutes as that of whole numbers.
        let minute = |first: Minute| first.minutes() as u32 ^ 1 << 31;
        let order = radix::order_by(batches, |batch| minute(first_of(&protos[range(batch)])));
        let mut number = vec![StockId(0); protos.len()];
        let mut pairs = Vec::with_capacity(protos.len());
        let mut first = Vec::with_capacity(protos.len());
        let mut begun = Vec::with_capacity(protos.len());
        let mut firsts = vec![u32::MAX; batches];
        let mut group: Vec<u32> = Vec::new();
        for batch in order {
            group.clear();
            group.extend(batch_starts[batch as usize]..batch_starts[batch as usize + 1]);
            group.sort_by_key(|at| protos[*at as usize].first);
            firsts[batch as usize] = pairs.len() as u32;
            for at in &group {
                let proto = protos[*at as usize];
                number[*at as usize] = StockId(pairs.len() as u32);
                pairs.push((BatchId(proto.batch), OperatorId(proto.operator)));
                first.push(proto.first);
                begun.push(proto.begun);
            }
        }
        let operator_starts = starts(operators, protos.iter().map(|p| p.operator));
        let mut next = operator_starts.clone();
        let mut by_operator = vec![StockId(0); protos.len()];
        for (at, proto) in protos.iter().enumerate() {
            let slot = &mut next[proto.operator as usize];
            by_operator[*slot as usize] = number[at];
            *slot += 1;
        }
        let by_operator = Groups::new(operator_starts, by_operator);
        let (pairs, first, begun) = (pairs.into(), first.into(), begun.into());
        let (balances, later) = (Column::default(), HashMap::new());
        let batches = Arc::new(firsts.into());
        (Self { pairs, first, begun, balances, by_operator, batches, later }, number)
    }

    /// The first event of a batch: the earliest of its stocks.
    pub(super) fn first_of_batch(&self, batch: BatchId) -> Minute {
        let firsts = self.of_batch(batch).map(|stock| self.first[stock.index()]);
        firsts.min().unwrap_or(Minute::UNBOUNDED_FUTURE)
    }

    /// The batches that have an orphan and another stock it can have come from.
    pub(super) fn orphan_hubs(&self, batches: usize) -> Vec<BatchId> {
        let batches = (0..batches as u32).into_par_iter().with_min_len(1 << 10).map(BatchId);
        batches.filter(|batch| self.has_hub(*batch)).collect()
    }

    /// Whether a batch has an orphan and another stock it can have come from.
    pub(super) fn has_hub(&self, batch: BatchId) -> bool {
        let mut here = self.of_batch(batch);
        here.len() > 1 && here.any(|stock| self.is_orphan(stock))
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let Self { pairs, first, begun, balances, by_operator, batches, later } = self;
        let columns = pairs.bytes() + first.bytes() + begun.bytes() + balances.bytes();
        let stocks: usize = later.values().map(Vec::capacity).sum();
        let later = later.capacity() * (size_of::<(BatchId, Vec<StockId>)>() + 1);
        columns + by_operator.bytes() + batches.bytes() + later + stocks * size_of::<StockId>()
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nothing records how a stock came to be.
    #[inline]
    pub(super) fn is_orphan(&self, stock: StockId) -> bool {
        self.first.get(stock.index()) == Some(&Minute::UNBOUNDED_FUTURE)
    }

    /// The stocks of a batch. O(log k) in them.
    pub(super) fn of_batch(&self, batch: BatchId) -> BatchStocks<'_> {
        let first = self.batches.get(batch.index()).copied().unwrap_or(u32::MAX);
        // Pairs that came later are of any batch.
        let pairs = self.pairs.base();
        let pairs = pairs.get(first as usize..self.first.base().len()).unwrap_or_default();
        // They lie side by side: past the first other one there are none.
        let mut most = 1;
        while pairs.get(most).is_some_and(|pair| pair.0 == batch) {
            most *= 2;
        }
        let near = pairs.get(..most).unwrap_or(pairs);
        let count = near.partition_point(|pair| pair.0 == batch) as u32;
        let later = if self.later.is_empty() { None } else { self.later.get(&batch) };
        let later = later.map_or(&[][..], Vec::as_slice).iter();
        BatchStocks { numbers: first..first.saturating_add(count), later }
    }

    pub(super) fn at_operator(&self, operator: OperatorId) -> &[StockId] {
        self.by_operator.get(operator.0)
    }

    pub(super) fn find(&self, batch: BatchId, operator: OperatorId) -> Option<StockId> {
        let here = self.at_operator(operator);
        let at = here.binary_search_by_key(&batch, |s| self.pairs[s.index()].0).ok()?;
        here.get(at).copied()
    }
}

/// The first event of some stocks.
fn first_of(protos: &[Proto]) -> Minute {
    protos.iter().map(|proto| proto.first).min().unwrap_or(Minute::UNBOUNDED_FUTURE)
}
