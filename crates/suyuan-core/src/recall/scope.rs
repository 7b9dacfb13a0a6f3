//! The recall itself: seeds, trace, ledger, contamination, order.

use super::contamination::Contamination;
use super::policy::{Policy, SeedScope};
use super::reach::Detail;
use crate::chain::{Ledger, SupplyChain};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, SampleId, StockId};
use crate::time::{Minute, Span};
use crate::trace::carry::CarryRule;
use crate::trace::search::Rules;
use crate::trace::{Trace, Traced, Tracer};

/// What a recall starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecallSource {
    /// Failing samples; more than one where different rows share a code.
    Samples(Vec<SampleId>),
    /// Batches: every lot of a code.
    Batches(Vec<BatchId>),
    /// Stocks: of every lot of a code.
    Stocks(Vec<StockId>),
    /// Everything that existed at an operator at some time of a window.
    Operator {
        /// The operator.
        operator: OperatorId,
        /// First minute of the window.
        from: Minute,
        /// Last minute of the window.
        to: Minute,
    },
}

impl RecallSource {
    /// The sample of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn sample(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        Ok(Self::Samples(chain.find_samples(code)?.collect()))
    }

    /// Every lot of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn batch(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        Ok(Self::Batches(chain.lots_of(code)?))
    }

    /// The stock written `BATCH@OPERATOR`, of every lot of the code.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stocks`].
    pub fn stock(chain: &SupplyChain, label: &str) -> Result<Self, Error> {
        Ok(Self::Stocks(chain.find_stocks_label(label)?))
    }

    /// An operator within a window of two times: from the first minute of one to the last minute
    /// of the other.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::EmptyWindow`] when it ends before it begins.
    pub fn operator(chain: &SupplyChain, code: &str, from: Span, to: Span) -> Result<Self, Error> {
        let operator = chain.find_operator(code)?;
        let (from, to) = (from.earliest, to.latest);
        if to < from {
            return Err(Error::EmptyWindow { from, to });
        }
        Ok(Self::Operator { operator, from, to })
    }

    /// The seeds with their start minutes, by operator and batch code.
    ///
    /// A stock has no recorded end, so one that had begun by the window's end existed in it.
    pub(super) fn seeds(&self, chain: &SupplyChain, policy: &Policy) -> Vec<(StockId, Minute)> {
        let start = |stock: StockId| chain.first(stock).unwrap_or(Minute::UNBOUNDED_PAST);
        let begun = |stock: StockId| chain.begun(stock) <= policy.as_of;
        let whole = |batch: BatchId| {
            let producer = chain.producer_stock(batch);
            let stocks = chain.stocks_of_batch(batch);
            stocks.filter(move |s| begun(*s) || Some(*s) == producer).map(move |s| (s, start(s)))
        };
        let mut seeds: Vec<(StockId, Minute)> = match (self, policy.scope) {
            (Self::Samples(samples), SeedScope::WholeBatch) => samples
                .iter()
                .flat_map(|sample| whole(chain.stock(chain.sample(*sample).stock).0))
                .collect(),
            (Self::Samples(samples), SeedScope::FromHolder) => samples
                .iter()
                .map(|sample| chain.sample(*sample).stock)
                .map(|stock| (stock, start(stock)))
                .collect(),
            // A batch has no sampled holder: the larger scope protects.
            (Self::Batches(batches), _) => batches.iter().flat_map(|lot| whole(*lot)).collect(),
            (Self::Stocks(stocks), _) => stocks.iter().map(|it| (*it, start(*it))).collect(),
            (Self::Operator { operator, from, to }, _) => chain
                .stocks_at(*operator)
                .iter()
                .filter(|stock| start(**stock) <= *to)
                .map(|stock| (*stock, start(*stock).max(*from)))
                .collect(),
        };
        seeds.sort_unstable_by_key(|(stock, _)| chain.by_code(*stock));
        seeds.dedup();
        seeds
    }
}

/// One affected stock with everything known of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Affected {
    /// Since when, how certain, by which link.
    pub traced: Traced,
    /// Its sums as of the recall's minute.
    pub ledger: Ledger,
    /// How much of it is contaminated.
    pub contamination: Contamination,
}

/// A complete recall scope.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Scope {
    /// The seeds with their start minutes, by operator and batch code.
    pub sources: Vec<(StockId, Minute)>,
    /// The minute it is asked as of.
    pub as_of: Minute,
    /// Every affected stock, by operator and batch code; the seeds included.
    pub affected: Vec<Affected>,
    /// The trace itself, for witness paths.
    pub trace: Trace,
}

/// Computes the recall scope of a source (semantics sections 5 and 6).
///
/// Takes one traversal, one pass over the flows of the affected stocks and one linear system per
/// cycle of contamination; proportional to what is reached where there are no cycles.
#[must_use]
pub fn recall(chain: &SupplyChain, source: &RecallSource, policy: &Policy) -> Scope {
    Tracer::new(chain).recall(source, policy)
}

impl Tracer<'_> {
    /// As [`recall`].
    #[must_use]
    pub fn recall(&mut self, source: &RecallSource, policy: &Policy) -> Scope {
        self.reach(source, policy, Detail::Contamination, true).to_scope()
    }
}

pub(super) fn rules<'a>(policy: &Policy, blocked: &'a [bool]) -> Rules<'a> {
    Rules {
        as_of: policy.as_of,
        blocked,
        exempt: &[],
        carry_over: policy.carry_over.map(|window| CarryRule { window }),
    }
}
