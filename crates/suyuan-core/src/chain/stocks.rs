//! The stocks of a chain: numbering and look-up both ways.

use super::column::Column;
use super::groups::{Groups, starts};
use super::radix;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

/// Stocks numbered batch by batch, with an index by operator and one by batch.
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
        let mut group: Vec<u32> = Vec::new();
        for batch in order {
            group.clear();
            group.extend(batch_starts[batch as usize]..batch_starts[batch as usize + 1]);
            group.sort_by_key(|at| protos[*at as usize].first);
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
        let by_batch = Groups::new(batch_starts, number.clone());
        let (pairs, first, begun) = (pairs.into(), first.into(), begun.into());
        let balances = Column::default();
        (Self { pairs, first, begun, balances, by_operator, by_batch }, number)
    }

    /// The first event of a batch: the earliest of its stocks.
    pub(super) fn first_of_batch(&self, batch: BatchId) -> Minute {
        let firsts = self.of_batch(batch).iter().map(|stock| self.first[stock.index()]);
        firsts.min().unwrap_or(Minute::UNBOUNDED_FUTURE)
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
        let Self { pairs, first, begun, balances, by_operator, by_batch } = self;
        let columns = pairs.bytes() + first.bytes() + begun.bytes() + balances.bytes();
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

/// The first event of some stocks.
fn first_of(protos: &[Proto]) -> Minute {
    protos.iter().map(|proto| proto.first).min().unwrap_or(Minute::UNBOUNDED_FUTURE)
}
