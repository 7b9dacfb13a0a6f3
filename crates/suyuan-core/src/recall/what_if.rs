//! What if: policies side by side, and where to stop the spread.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::recall::what_if::{Basis, Variant, compare, cut};
//! use suyuan_core::recall::{Policy, RecallSource};
//! use suyuan_core::time::{Span, UtcOffset};
//! let mut builder = ChainBuilder::new();
//! let leek = Batch { code: "B".into(), operator: "FARM".into(), ..Batch::default() };
//! builder.add_batch(&leek, Source::NONE)?;
//! for (code, from, to, day) in [
//!     ("W1", "FARM", "MARKET", "2026-03-02"),
//!     ("W2", "MARKET", "SHOP", "2026-03-04"),
//!     ("W3", "MARKET", "CANTEEN", "2026-03-05"),
//! ] {
//!     let shipment = Shipment {
//!         code: code.into(), batch: "B".into(), from: from.into(), to: to.into(),
//!         shipped_on: Span::parse(day, UtcOffset::CHINA)?, ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let source = RecallSource::stock(&chain, "B@MARKET")?;
//! // Trust the dates less: here that changes nothing.
//! let wide = Variant::new("dates off by a day", Policy::default()).widened(1);
//! let written = Variant::new("as written", Policy::default());
//! let compared = compare(&chain, &source, &[written, wide])?;
//! assert_eq!(compared.outcomes[1].entered, 0);
//! assert_eq!(compared.cover(&chain).stocks.len(), 3);
//! // Who must stop on the third, so that no shop and no canteen gets any?
//! let now = Span::parse_limit("2026-03-03", UtcOffset::CHINA)?;
//! let cut = cut(&chain, &source, &Policy::default(), now, Basis::Recorded)?;
//! let stop: Vec<_> = cut.stop.iter().map(|operator| chain.operator(*operator).code).collect();
//! assert_eq!(stop, ["MARKET"]);
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod cut;
mod document;

use std::collections::{BTreeMap, BTreeSet};

use super::on_hand::OnHand;
use super::policy::Policy;
use super::scope::{RecallSource, recall};
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;
use crate::trace::Certainty;

pub use cut::{Basis, Cut, cut, fewest_to_stop};
pub use document::{ComparedRow, ComparisonDocument, CoverRow, CutRow, FoundRow, OutcomeRow};

/// One policy to compare, under a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Variant<'c> {
    /// What it is called.
    pub name: String,
    /// The policy.
    pub policy: Policy,
    /// By how many days every dated event may have been earlier or later than written.
    pub widen_days: u32,
    /// The chain it is asked of; `None` for the one compared.
    pub chain: Option<&'c SupplyChain>,
}

impl<'c> Variant<'c> {
    /// A policy on the dates as written.
    #[must_use]
    pub fn new(name: &str, policy: Policy) -> Self {
        Self { name: name.to_owned(), policy, widen_days: 0, chain: None }
    }

    /// Every known interval of an event grows by `days` days at both ends, production, cleaning
    /// and the begin of records included. Unknown ends stay unknown; orphans and contradictions
    /// stay as the written dates judge them; a stock reached only thanks to the widening is
    /// possible. The scope can only grow.
    #[must_use]
    pub fn widened(mut self, days: u32) -> Self {
        self.widen_days = days;
        self
    }

    /// Asked of another chain in which every id of the compared one is valid and which shows no
    /// other stocks, such as one with more links. The result is in terms of the compared chain.
    #[must_use]
    pub fn on(mut self, chain: &'c SupplyChain) -> Self {
        self.chain = Some(chain);
        self
    }
}

/// What one variant says of one stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Earliest minute at which it can hold affected material.
    pub since: Minute,
    /// Whether certain records alone reach it.
    pub certainty: Certainty,
}

/// A stock that at least one variant calls affected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComparedStock {
    /// The stock.
    pub stock: StockId,
    /// What each variant says of it, in their order; `None` where it is not affected.
    pub found: Vec<Option<Found>>,
}

/// One variant in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// Affected stocks.
    pub stocks: usize,
    /// Those among them that certain records alone reach.
    pub recorded: usize,
    /// Operators.
    pub operators: usize,
    /// Batches.
    pub batches: usize,
    /// Stocks that the first variant does not have.
    pub entered: usize,
    /// Stocks of the first variant that this one does not have.
    pub left: usize,
    /// What of the affected stocks is on hand at the policy's as-of by the written dates.
    pub on_hand: OnHand,
}

/// Variants side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// In the order given; the first is what the others are compared with.
    pub outcomes: Vec<Outcome>,
    /// Every stock that one of them calls affected, by operator and batch code.
    pub stocks: Vec<ComparedStock>,
}

/// The smallest recall that leaves out nothing any variant calls affected, certain or possible.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cover {
    /// The stocks, by operator and batch code.
    pub stocks: Vec<StockId>,
    /// The operators that hold or held them, by code.
    pub operators: Vec<OperatorId>,
    /// Their batches, by code: the fewest to announce, since each holds a stock of its own.
    pub batches: Vec<BatchId>,
    /// Stocks of these batches beyond those covered: what announcing whole batches adds.
    pub beyond: usize,
    /// The variants that cover every stock by themselves, by place.
    pub covered_by: Vec<usize>,
}

/// Recalls a source under each variant. One recall a variant, and one more where dates are
/// widened; O(n log n) in the stocks found.
///
/// # Errors
/// [`Error::OtherChain`] when the source is of another chain than one of these.
pub fn compare(
    chain: &SupplyChain,
    source: &RecallSource,
    variants: &[Variant<'_>],
) -> Result<Comparison, Error> {
    let mut found: BTreeMap<StockId, Vec<Option<Found>>> = BTreeMap::new();
    for (at, variant) in variants.iter().enumerate() {
        let asked = variant.chain.unwrap_or(chain);
        let written = recall(asked, source, &variant.policy)?;
        let mut note = |stock, since: Minute, certainty| {
            let slot = found.entry(stock).or_insert_with(|| vec![None; variants.len()]);
            let since = slot[at].map_or(since, |found: Found| found.since.min(since));
            slot[at] = Some(Found { since, certainty });
        };
        if variant.widen_days > 0 {
            let wide = recall(&asked.widened(variant.widen_days), source, &variant.policy)?;
            for row in &wide.affected {
                note(row.traced.stock, row.traced.minute, Certainty::Possible);
            }
        }
        // By the written dates a stock is certain or it is not. A carry-over that begins earlier
        // also ends earlier, so what the written dates reach is kept beside the wider scope.
        for row in &written.affected {
            note(row.traced.stock, row.traced.minute, row.traced.certainty);
        }
    }
    let mut stocks: Vec<ComparedStock> =
        found.into_iter().map(|(stock, found)| ComparedStock { stock, found }).collect();
    stocks.sort_by_cached_key(|row| chain.by_code(row.stock));
    let outcomes = variants
        .iter()
        .enumerate()
        .map(|(at, variant)| outcome(chain, variant, at, &stocks))
        .collect();
    Ok(Comparison { outcomes, stocks })
}

fn outcome(
    chain: &SupplyChain,
    variant: &Variant<'_>,
    at: usize,
    rows: &[ComparedStock],
) -> Outcome {
    let mut operators = BTreeSet::new();
    let mut batches = BTreeSet::new();
    let mut on_hand = OnHand::default();
    let (mut stocks, mut recorded, mut entered, mut left) = (0, 0, 0, 0);
    for row in rows {
        let first = row.found.first().copied().flatten().is_some();
        let Some(found) = row.found.get(at).copied().flatten() else {
            left += usize::from(first);
            continue;
        };
        stocks += 1;
        recorded += usize::from(found.certainty == Certainty::Recorded);
        entered += usize::from(!first);
        let (batch, operator) = chain.stock(row.stock);
        batches.insert(batch);
        operators.insert(operator);
        on_hand.add(chain, row.stock, &chain.ledger(row.stock, variant.policy.as_of));
    }
    Outcome {
        name: variant.name.clone(),
        stocks,
        recorded,
        operators: operators.len(),
        batches: batches.len(),
        entered,
        left,
        on_hand,
    }
}

impl Comparison {
    /// The stocks that a variant has and the first has not, by operator and batch code.
    pub fn entered(&self, variant: usize) -> impl Iterator<Item = StockId> {
        self.between(0, variant)
    }

    /// The stocks that the first variant has and another has not, by operator and batch code.
    pub fn left(&self, variant: usize) -> impl Iterator<Item = StockId> {
        self.between(variant, 0)
    }

    fn between(&self, without: usize, with: usize) -> impl Iterator<Item = StockId> {
        let has = |row: &ComparedStock, at: usize| row.found.get(at).is_some_and(Option::is_some);
        let rows = self.stocks.iter().filter(move |row| has(row, with) && !has(row, without));
        rows.map(|row| row.stock)
    }

    /// The smallest recall that leaves out nothing any variant calls affected.
    #[must_use]
    pub fn cover(&self, chain: &SupplyChain) -> Cover {
        let stocks: Vec<StockId> = self.stocks.iter().map(|row| row.stock).collect();
        let mut operators: Vec<OperatorId> =
            stocks.iter().map(|stock| chain.stock(*stock).1).collect();
        operators.dedup();
        let mut batches: Vec<BatchId> = stocks.iter().map(|stock| chain.stock(*stock).0).collect();
        batches.sort_unstable_by_key(|batch| chain.batch(*batch).code);
        batches.dedup();
        let whole: usize = batches.iter().map(|batch| chain.stocks_of_batch(*batch).len()).sum();
        let all = |at: &usize| self.outcomes.get(*at).is_some_and(|o| o.stocks == stocks.len());
        let covered_by = (0..self.outcomes.len()).filter(all).collect();
        Cover { beyond: whole - stocks.len(), stocks, operators, batches, covered_by }
    }
}
