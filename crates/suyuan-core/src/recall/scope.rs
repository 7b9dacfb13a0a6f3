//! The recall itself: seeds, trace, ledger, contamination, order.

use super::contamination::Contamination;
use super::policy::{Policy, SeedScope};
use super::reach::Detail;
use crate::chain::origin::Origin;
use crate::chain::{Ledger, SupplyChain};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, SampleId, StockId};
use crate::time::{Minute, Span};
use crate::trace::carry::CarryRule;
use crate::trace::search::Rules;
use crate::trace::{Trace, Traced, Tracer};

/// What a recall starts from, by ids of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartFrom {
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

/// What a recall starts from, and in which chain. It is good in the chain it was made for, in
/// chains that grew from it and in chains of the same records; in any other it is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallSource {
    start: StartFrom,
    chain: Origin,
}

impl RecallSource {
    /// A source by ids.
    ///
    /// # Errors
    /// [`Error::OtherChain`] for an id beyond those of the chain, [`Error::EmptyWindow`].
    pub fn new(chain: &SupplyChain, start: StartFrom) -> Result<Self, Error> {
        let other = |what| Err(Error::OtherChain { what });
        match &start {
            StartFrom::Samples(ids)
                if ids.iter().any(|id| id.index() >= chain.sample_ids().len()) =>
            {
                return other("a sample");
            }
            StartFrom::Batches(ids)
                if ids.iter().any(|id| id.index() >= chain.batch_ids().len()) =>
            {
                return other("a batch");
            }
            StartFrom::Stocks(ids) => chain.has_all(ids.iter().copied())?,
            StartFrom::Operator { operator, .. }
                if operator.index() >= chain.operator_ids().len() =>
            {
                return other("an operator");
            }
            StartFrom::Operator { from, to, .. } if to < from => {
                return Err(Error::EmptyWindow { from: *from, to: *to });
            }
            _ => {}
        }
        Ok(Self { start, chain: chain.origin().clone() })
    }

    /// The sample of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn sample(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        Self::new(chain, StartFrom::Samples(chain.find_samples(code)?.collect()))
    }

    /// Every lot of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn batch(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        Self::new(chain, StartFrom::Batches(chain.lots_of(code)?))
    }

    /// The stock written `BATCH@OPERATOR`, of every lot of the code.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stocks`].
    pub fn stock(chain: &SupplyChain, label: &str) -> Result<Self, Error> {
        Self::new(chain, StartFrom::Stocks(chain.find_stocks_label(label)?))
    }

    /// An operator within a window of two times: from the first minute of one to the last minute
    /// of the other.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::EmptyWindow`] when it ends before it begins.
    pub fn operator(chain: &SupplyChain, code: &str, from: Span, to: Span) -> Result<Self, Error> {
        let operator = chain.find_operator(code)?;
        Self::new(chain, StartFrom::Operator { operator, from: from.earliest, to: to.latest })
    }

    /// What it starts from.
    #[must_use]
    pub fn start(&self) -> &StartFrom {
        &self.start
    }

    /// The seeds with their start minutes, by operator and batch code.
    ///
    /// A stock has no recorded end, so one that had begun by the window's end existed in it.
    ///
    /// # Errors
    /// [`Error::OtherChain`].
    pub(super) fn seeds(
        &self,
        chain: &SupplyChain,
        policy: &Policy,
    ) -> Result<Vec<(StockId, Minute)>, Error> {
        chain.knows(&self.chain, "the source")?;
        let start = |stock: StockId| chain.first(stock).unwrap_or(Minute::UNBOUNDED_PAST);
        let begun = |stock: StockId| chain.begun(stock) <= policy.as_of;
        let whole = |batch: BatchId| {
            let producer = chain.producer_stock(batch);
            let stocks = chain.stocks_of_batch(batch);
            stocks.filter(move |s| begun(*s) || Some(*s) == producer).map(move |s| (s, start(s)))
        };
        let mut seeds: Vec<(StockId, Minute)> = match (&self.start, policy.scope) {
            (StartFrom::Samples(samples), SeedScope::WholeBatch) => samples
                .iter()
                .flat_map(|sample| whole(chain.stock(chain.sample(*sample).stock).0))
                .collect(),
            (StartFrom::Samples(samples), SeedScope::FromHolder) => samples
                .iter()
                .map(|sample| chain.sample(*sample).stock)
                .map(|stock| (stock, start(stock)))
                .collect(),
            // A batch has no sampled holder: the larger scope protects.
            (StartFrom::Batches(batches), _) => {
                batches.iter().flat_map(|lot| whole(*lot)).collect()
            }
            (StartFrom::Stocks(stocks), _) => stocks.iter().map(|it| (*it, start(*it))).collect(),
            (StartFrom::Operator { operator, from, to }, _) => chain
                .stocks_at(*operator)
                .iter()
                .filter(|stock| start(**stock) <= *to)
                .map(|stock| (*stock, start(*stock).max(*from)))
                .collect(),
        };
        seeds.sort_unstable_by_key(|(stock, _)| chain.by_code(*stock));
        seeds.dedup();
        Ok(seeds)
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
    /// What it follows, and the minute it is asked as of.
    pub policy: Policy,
    /// Every affected stock, by operator and batch code; the seeds included.
    pub affected: Vec<Affected>,
    /// The trace itself, for witness paths.
    pub trace: Trace,
    /// The chain it was asked of.
    pub(super) chain: Origin,
}

/// Computes the recall scope of a source (semantics sections 5 and 6).
///
/// Takes one traversal, one pass over the flows of the affected stocks and one linear system per
/// cycle of contamination; proportional to what is reached where there are no cycles.
///
/// # Errors
/// [`Error::OtherChain`] when the source is of another chain.
pub fn recall(chain: &SupplyChain, source: &RecallSource, policy: &Policy) -> Result<Scope, Error> {
    Tracer::new(chain).recall(source, policy)
}

impl Tracer<'_> {
    /// As [`recall`].
    ///
    /// # Errors
    /// As [`recall`].
    pub fn recall(&mut self, source: &RecallSource, policy: &Policy) -> Result<Scope, Error> {
        Ok(self.reach(source, policy, Detail::Contamination, true)?.to_scope())
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
