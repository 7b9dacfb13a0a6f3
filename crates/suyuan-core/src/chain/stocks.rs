//! The stocks of a chain: numbering and look-up both ways.

use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

/// Stocks numbered by first event, with an index by operator and one by batch.
#[derive(Debug, Clone, Default)]
pub(super) struct Stocks {
    pub(super) pairs: Vec<(BatchId, OperatorId)>,
    /// First event; `UNBOUNDED_FUTURE` marks an orphan.
    pub(super) first: Vec<Minute>,
    /// Earliest minute at which any record of the stock can have begun.
    pub(super) begun: Vec<Minute>,
    operator_starts: Vec<u32>,
    by_operator: Vec<StockId>,
    batch_starts: Vec<u32>,
    by_batch: Vec<StockId>,
}

/// A stock before it has its number: the pair that records show, and what they say of its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proto {
    pub(super) operator: u32,
    pub(super) batch: u32,
    pub(super) first: Minute,
    pub(super) begun: Minute,
}

impl Stocks {
    /// Numbers the stocks by (first event, operator, batch) and returns, for each of `protos`
    /// (which come sorted by operator and batch), its number.
    pub(super) fn number(
        protos: &[Proto],
        operators: usize,
        batches: usize,
    ) -> (Self, Vec<StockId>) {
        use rayon::prelude::*;
        let mut order: Vec<u32> = (0..protos.len() as u32).collect();
        order.par_sort_unstable_by_key(|p| (protos[*p as usize].first, *p));
        let mut number = vec![StockId(0); protos.len()];
        let mut stocks = Self::default();
        for (new, old) in order.iter().enumerate() {
            let proto = protos[*old as usize];
            number[*old as usize] = StockId(new as u32);
            stocks.pairs.push((BatchId(proto.batch), OperatorId(proto.operator)));
            stocks.first.push(proto.first);
            stocks.begun.push(proto.begun);
        }
        stocks.operator_starts = starts(operators, protos.iter().map(|p| p.operator));
        stocks.by_operator = number.clone();
        stocks.batch_starts = starts(batches, protos.iter().map(|p| p.batch));
        let mut next = stocks.batch_starts.clone();
        stocks.by_batch = vec![StockId(0); protos.len()];
        for (proto, id) in protos.iter().zip(&number) {
            let slot = &mut next[proto.batch as usize];
            stocks.by_batch[*slot as usize] = *id;
            *slot += 1;
        }
        (stocks, number)
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(super) fn of_batch(&self, batch: BatchId) -> &[StockId] {
        range(&self.batch_starts, batch.0, &self.by_batch)
    }

    pub(super) fn at_operator(&self, operator: OperatorId) -> &[StockId] {
        range(&self.operator_starts, operator.0, &self.by_operator)
    }

    pub(super) fn find(&self, batch: BatchId, operator: OperatorId) -> Option<StockId> {
        let here = self.at_operator(operator);
        let at = here.binary_search_by_key(&batch, |s| self.pairs[s.index()].0).ok()?;
        here.get(at).copied()
    }
}

/// Offsets of groups `0..groups` for keys counted once; length `groups + 1`.
pub(super) fn starts(groups: usize, keys: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; groups + 1];
    for key in keys {
        starts[key as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    starts
}

/// The slice of group `key`; empty for a group that does not exist.
pub(super) fn range<'a, T>(starts: &[u32], key: u32, items: &'a [T]) -> &'a [T] {
    let key = key as usize;
    match (starts.get(key), starts.get(key + 1)) {
        (Some(start), Some(end)) => &items[*start as usize..*end as usize],
        _ => &[],
    }
}
