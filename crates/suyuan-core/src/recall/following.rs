//! A recall kept up to date while records are added, corrected and retracted.

use std::collections::BTreeSet;

use super::difference::{Difference, difference};
use super::policy::Policy;
use super::question::Question;
use super::scope::{RecallSource, Scope, recall};
use crate::chain::SupplyChain;
use crate::chain::history::{Changes, History, Record};
use crate::error::Error;
use crate::id::{BatchId, StockId};
use crate::time::Minute;

/// How an advance was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effort {
    /// No record concerns the scope: the recall was kept.
    Kept,
    /// Records were appended to the chain and the recall computed again.
    Appended,
    /// Records were retracted or change how others read: the chain was built anew.
    Rebuilt,
}

/// A recall as known at a minute, which can be moved to a later or earlier one. Its answers equal
/// those of a chain built from the records known then alone.
///
/// ```
/// use suyuan_core::chain::history::{History, Record};
/// use suyuan_core::model::{Sample, Shipment, Source, Verdict};
/// use suyuan_core::recall::{Following, Policy, Question};
/// use suyuan_core::time::{Span, UtcOffset};
/// let day = |text| Span::parse(text, UtcOffset::CHINA).unwrap().earliest;
/// let mut history = History::new();
/// let shipment = Shipment {
///     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
///     ..Shipment::default()
/// };
/// history.add(Record::Shipment(shipment), Source::NONE, day("2026-03-01"))?;
/// let sample = |verdict| Record::Sample(Sample {
///     code: "S1".into(), batch: "B1".into(), operator: "SHOP".into(), verdict: Some(verdict),
///     ..Sample::default()
/// });
/// let first = history.add(sample(Verdict::Fail), Source::NONE, day("2026-03-10"))?;
/// // The re-test overturns the verdict a week later.
/// history.correct(first, sample(Verdict::Pass), Source::NONE, day("2026-03-17"))?;
///
/// let question = Question::Failing { sample: None };
/// let mut recall = Following::new(&history, question, Policy::default(), day("2026-03-02"))?;
/// assert_eq!(recall.advance(day("2026-03-11"))?.entered.len(), 2);
/// assert_eq!(recall.advance(day("2026-03-18"))?.left.len(), 2);
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Following<'h> {
    history: &'h History,
    question: Question,
    policy: Policy,
    known_at: Minute,
    chain: SupplyChain,
    scope: Scope,
    effort: Effort,
}

impl<'h> Following<'h> {
    /// The recall as known at a minute. Takes what building a chain and a recall take.
    ///
    /// # Errors
    /// As [`ChainBuilder::build`](crate::chain::ChainBuilder::build) and [`Question::source`].
    pub fn new(
        history: &'h History,
        question: Question,
        policy: Policy,
        known_at: Minute,
    ) -> Result<Self, Error> {
        let chain = history.builder_at(known_at)?.build()?.chain;
        let scope = recall(&chain, &question.source(&chain)?, &policy)?;
        let effort = Effort::Rebuilt;
        Ok(Self { history, question, policy, known_at, chain, scope, effort })
    }

    /// The chain as known at the minute.
    #[must_use]
    pub fn chain(&self) -> &SupplyChain {
        &self.chain
    }

    /// The scope as known at the minute.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The minute.
    #[must_use]
    pub fn known_at(&self) -> Minute {
        self.known_at
    }

    /// How the last advance was computed.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Moves to what was known at another minute, and says what changed.
    ///
    /// Where records were only added, the chain grows by them
    /// ([`SupplyChain::append`]: O(k log n) for k records), and the recall is computed again only
    /// where one of them concerns its batches. Where one was retracted or changes how others read,
    /// the chain is built anew.
    ///
    /// # Errors
    /// As [`Following::new`]; it stays where it was then.
    pub fn advance(&mut self, known_at: Minute) -> Result<Difference, Error> {
        let changes = self.history.changes(self.known_at, known_at);
        let (chain, grown) = self.chain_after(&changes, known_at)?;
        let source = self.question.source(&chain)?;
        if grown && self.is_untouched(&chain, &source, &changes)? {
            self.scope.chain = chain.origin().clone();
            self.chain = chain;
            self.known_at = known_at;
            self.effort = Effort::Kept;
            let unchanged = self.scope.affected.len() as u64;
            return Ok(Difference { unchanged, ..Difference::default() });
        }
        let scope = recall(&chain, &source, &self.policy)?;
        let found = difference((&self.chain, &self.scope), (&chain, &scope))?;
        self.chain = chain;
        self.scope = scope;
        self.known_at = known_at;
        self.effort = if grown { Effort::Appended } else { Effort::Rebuilt };
        Ok(found)
    }

    /// The chain after some changes, and whether it grew from this one.
    fn chain_after(
        &self,
        changes: &Changes,
        known_at: Minute,
    ) -> Result<(SupplyChain, bool), Error> {
        if changes.retracted.is_empty() {
            let builder = self.history.builder_of(&changes.added)?;
            match self.chain.append_same_files(builder) {
                Ok(built) => return Ok((built.chain, true)),
                Err(Error::NeedsRebuild { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((self.history.builder_at(known_at)?.build()?.chain, false))
    }

    /// Whether added records leave the scope as it is: none of them is of one of its batches, by
    /// itself or by the transformation it is a line of. All that leads out of a scope, and every
    /// quantity it reckons with, is a record of one of its batches or a line of a transformation
    /// that has such a line; equipment and the registry are not judged.
    fn is_untouched(
        &self,
        chain: &SupplyChain,
        source: &RecallSource,
        changes: &Changes,
    ) -> Result<bool, Error> {
        if self.policy.carry_over.is_some()
            || source.seeds(chain, &self.policy)? != self.scope.sources
        {
            return Ok(false);
        }
        let batch_of = |stock: StockId| chain.stock(stock).0;
        let batches: BTreeSet<BatchId> =
            self.scope.affected.iter().map(|row| batch_of(row.traced.stock)).collect();
        let is_ours = |code: &str| {
            let lots = chain.lots_of(code);
            lots.is_ok_and(|lots| lots.iter().any(|lot| batches.contains(lot)))
        };
        let mut added = changes.added.iter().filter_map(|id| self.history.record(*id));
        Ok(added.all(|(record, _)| match record {
            Record::Shipment(row) => !is_ours(&row.batch),
            Record::Removal(row) => !is_ours(&row.batch),
            Record::Sample(row) => !is_ours(&row.batch),
            Record::Line(row) => {
                let stocks = chain.transformation_stocks(&row.code);
                !is_ours(&row.batch)
                    && stocks.into_iter().all(|stock| !batches.contains(&batch_of(stock)))
            }
            _ => false,
        }))
    }
}
