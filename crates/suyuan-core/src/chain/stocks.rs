//! The stocks of a chain: numbering and look-up both ways.

use super::column::Column;
use super::groups::{Groups, starts};
use super::radix;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

/// Stocks numbered by first event, with an index by operator and one by batch.
#[derive(Debug, Clone, Default)]
pub(super) struct Stocks {
    pub(super) pairs: Column<(BatchId, OperatorId)>,
    /// First event; `UNBOUNDED_FUTURE` marks an orphan.
    pub(super) first: Column<Minute>,
    /// Earliest minute at which any record of the stock can have begun.
    pub(super) begun: Column<Minute>,
    pub(super) by_operator: Groups<StockId>,
    pub(super) by_batch: Groups<StockId>,
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
    /// (which come by batch and operator), its number. Linear in the stocks.
    pub(super) fn number(
        protos: &[Proto],
        operators: usize,
        batches: usize,
    ) -> (Self, Vec<StockId>) {
        let operator_starts = starts(operators, protos.iter().map(|p| p.operator));
        let mut next = operator_starts.clone();
        let mut by_operator = vec![0; protos.len()];
        for (at, proto) in (0_u32..).zip(protos) {
            let slot = &mut next[proto.operator as usize];
            by_operator[*slot as usize] = at;
            *slot += 1;
        }
        // The order of minutes as that of whole numbers.
        let minute = |proto: &Proto| proto.first.minutes() as u32 ^ 1 << 31;
        let order = radix::order_by(protos.len(), |at| minute(&protos[by_operator[at] as usize]));
        let mut number = vec![StockId(0); protos.len()];
        let mut pairs = Vec::with_capacity(protos.len());
        let mut first = Vec::with_capacity(protos.len());
        let mut begun = Vec::with_capacity(protos.len());
        for (new, at) in (0..).zip(order) {
            let old = by_operator[at as usize];
            let proto = protos[old as usize];
            number[old as usize] = StockId(new);
            pairs.push((BatchId(proto.batch), OperatorId(proto.operator)));
            first.push(proto.first);
            begun.push(proto.begun);
        }
        let by_operator: Vec<StockId> =
            by_operator.into_iter().map(|old| number[old as usize]).collect();
        let by_operator = Groups::new(operator_starts, by_operator);
        let batch_starts = starts(batches, protos.iter().map(|p| p.batch));
        let by_batch = Groups::new(batch_starts, number.clone());
        let (pairs, first, begun) = (pairs.into(), first.into(), begun.into());
        (Self { pairs, first, begun, by_operator, by_batch }, number)
    }

    /// The batches that have an orphan and another stock it can have come from.
    pub(super) fn orphan_hubs(&self, batches: usize) -> Vec<BatchId> {
        (0..batches as u32).map(BatchId).filter(|batch| self.has_hub(*batch)).collect()
    }

    /// Whether a batch has an orphan and another stock it can have come from.
    pub(super) fn has_hub(&self, batch: BatchId) -> bool {
        let here = self.of_batch(batch);
        here.len() > 1 && here.iter().any(|stock| self.is_orphan(*stock))
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let Self { pairs, first, begun, by_operator, by_batch } = self;
        let columns = pairs.bytes() + first.bytes() + begun.bytes();
        columns + by_operator.bytes() + by_batch.bytes()
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nothing records how a stock came to be.
    #[inline]
    pub(super) fn is_orphan(&self, stock: StockId) -> bool {
        self.first[stock.index()] == Minute::UNBOUNDED_FUTURE
    }

    pub(super) fn of_batch(&self, batch: BatchId) -> &[StockId] {
        self.by_batch.get(batch.0)
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
