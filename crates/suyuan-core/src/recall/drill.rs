//! A mock recall: one batch, both directions, what adds up and what is missing.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::quantity::{Amount, Unit};
//! use suyuan_core::recall::drill::{DrillOptions, drill, pick};
//! let mut builder = ChainBuilder::new();
//! builder.add_batch(
//!     &Batch {
//!         code: "B1".into(), product: "LEEK".into(), operator: "FARM".into(),
//!         quantity: Some(100.into()), unit: Some(Unit::Kilogram), ..Batch::default()
//!     },
//!     Source::NONE,
//! )?;
//! builder.add_shipment(
//!     &Shipment {
//!         code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
//!         quantity: Some(97.into()), unit: Some(Unit::Kilogram), ..Shipment::default()
//!     },
//!     Source::NONE,
//! )?;
//! let chain = builder.build()?.chain;
//! let batch = pick(&chain, "exercise of May 2026")?; // anybody gets the same one
//! let farm = chain.find_stock("B1", "FARM")?;
//! let mut options = DrillOptions::default();
//! options.counts.insert(farm, Amount::from_millionths(2_000_000)); // 2 kg were counted, 1 kg is gone
//! let drill = drill(&chain, batch, &options)?;
//! assert_eq!(drill.balances[0].percent.map(|p| p.to_string()), Some("99".into()));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod balance;
mod document;
mod gap;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::policy::Policy;
use super::scope::{RecallSource, Scope, StartFrom, recall};
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::id::{BatchId, OperatorId, StockId};
use crate::quantity::Amount;
use crate::sampling::draw::{Seed, Stream};
use crate::trace::{Target, TraceBack, TraceOptions, trace_back};

pub use balance::{Balance, Verdict, Yield};
pub use document::{BalanceRow, DrillDocument, GapRow, ReachRow, UnreachableRow, YieldRow};
pub use gap::{Gap, Missing, Silence};

/// Picks a batch for an exercise, so that nobody can choose a convenient one: of the batches that
/// a shipment or a transformation took out of a stock, by code, one at random, all equally likely.
///
/// The generator is ChaCha20 (the draw protocol's stream) with the seed
/// `Seed::derive("suyuan-drill-1", seed, "")`; number `below(n)` of the n batches in byte order of
/// their codes is taken. O(n log n) in the batches.
///
/// # Errors
/// [`Error::NotFound`] when no batch went anywhere.
pub fn pick(chain: &SupplyChain, seed: &str) -> Result<BatchId, Error> {
    let moved = |batch: &BatchId| {
        let mut here = chain.stocks_of_batch(*batch);
        here.any(|stock| !chain.links().out.get(stock.0).is_empty())
    };
    let mut batches: Vec<BatchId> = chain.batch_ids().filter(moved).collect();
    batches.sort_unstable_by_key(|batch| chain.batch(*batch).code);
    let mut stream = Stream::new(Seed::derive("suyuan-drill-1", seed, ""));
    let at = stream.below(batches.len() as u64) as usize;
    let kind = "batch that went anywhere";
    batches.get(at).copied().ok_or_else(|| Error::NotFound { kind, code: seed.to_owned() })
}

/// What an exercise is given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrillOptions {
    /// What the recall follows.
    pub policy: Policy,
    /// By how many percent a balance may lie from 100 and still pass.
    pub tolerance: Decimal,
    /// What was counted of stocks during the exercise, in the batch's base unit.
    pub counts: BTreeMap<StockId, Amount>,
    /// The operators that answered; `None` when nobody was asked.
    pub answered: Option<BTreeSet<OperatorId>>,
}

impl Default for DrillOptions {
    /// All records, and a tolerance of 0.5 %.
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            tolerance: Decimal::new(5, 1),
            counts: BTreeMap::new(),
            answered: None,
        }
    }
}

/// The outcome of an exercise.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Drill {
    /// The batch.
    pub batch: BatchId,
    /// The batch as what its recall starts from.
    pub source: RecallSource,
    /// Where it went.
    pub forward: Scope,
    /// Where it came from.
    pub back: TraceBack,
    /// The balance of the batch at each operator, by operator code.
    pub balances: Vec<Balance>,
    /// The balance of the batch over all operators: what was made against where it ended.
    pub whole: Balance,
    /// What came out of the transformations that took the batch in, by code.
    pub yields: Vec<Yield>,
    /// What the records of the stocks traced lack, by operator and batch code.
    pub gaps: Vec<Gap>,
    /// Operators traced that cannot be or were not reached, by code.
    pub unreachable: Vec<(OperatorId, Silence)>,
    /// By how many percent a balance may lie from 100.
    pub tolerance: Decimal,
}

impl Drill {
    /// Whether the balance of the batch passes at every operator and over all: none is short,
    /// over or unknown, and nothing is left to count.
    #[must_use]
    pub fn balanced(&self) -> bool {
        self.balances.iter().chain([&self.whole]).all(|row| row.verdict == Verdict::Balanced)
    }

    /// The operators traced in either direction, by code.
    #[must_use]
    pub fn operators(&self, chain: &SupplyChain) -> Vec<OperatorId> {
        operators(chain, &self.stocks())
    }

    fn stocks(&self) -> BTreeSet<StockId> {
        let forward = self.forward.affected.iter().map(|row| row.traced.stock);
        forward.chain(self.back.upstream.iter().map(|row| row.traced.stock)).collect()
    }
}

fn operators(chain: &SupplyChain, stocks: &BTreeSet<StockId>) -> Vec<OperatorId> {
    let distinct: BTreeSet<OperatorId> = stocks.iter().map(|stock| chain.stock(*stock).1).collect();
    let mut operators: Vec<OperatorId> = distinct.into_iter().collect();
    operators.sort_unstable_by_key(|operator| chain.operator(*operator).code);
    operators
}

/// Runs an exercise on a batch: the recall of the whole batch, the trace back of it, balances and
/// what is missing. Measures no time: the caller does. One recall, two backward searches and the
/// flows of what they reach.
///
/// # Errors
/// [`Error::OtherChain`] when the batch, a stock counted or an operator that answered is beyond
/// those of the chain; [`Error::Tolerance`] for a tolerance that does not lie between 0 and 100.
pub fn drill(chain: &SupplyChain, batch: BatchId, options: &DrillOptions) -> Result<Drill, Error> {
    if !(Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&options.tolerance) {
        return Err(Error::Tolerance { found: options.tolerance, expected: "0 to 100" });
    }
    chain.has_all(options.counts.keys().copied())?;
    let answered = options.answered.iter().flatten();
    if answered.into_iter().any(|operator| operator.index() >= chain.operator_ids().len()) {
        return Err(Error::OtherChain { what: "an operator" });
    }
    let source = RecallSource::new(chain, StartFrom::Batches(vec![batch]))?;
    let forward = recall(chain, &source, &options.policy)?;
    let here = chain.stocks_of_batch(batch);
    let unbounded = crate::time::Minute::UNBOUNDED_FUTURE;
    let target = Target::new(chain, here.map(|stock| (stock, unbounded)).collect())?;
    let back = trace_back(chain, &[target], &TraceOptions::as_of(options.policy.as_of))?;
    let (balances, whole) = balance::balances(chain, batch, options);
    let yields = balance::yields(chain, batch, options.policy.as_of);
    let mut drill = Drill {
        batch,
        source,
        forward,
        back,
        balances,
        whole,
        yields,
        gaps: Vec::new(),
        unreachable: Vec::new(),
        tolerance: options.tolerance,
    };
    drill.gaps = gap::gaps(chain, &drill);
    let silent = |operator: OperatorId| {
        gap::silence(chain, operator, options.answered.as_ref()).map(|why| (operator, why))
    };
    drill.unreachable = drill.operators(chain).into_iter().filter_map(silent).collect();
    Ok(drill)
}
