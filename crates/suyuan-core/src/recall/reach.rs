//! A recall scope in place: what one question after another can be asked without a copy.

use super::contamination::{self, Contamination, Scratch};
use super::on_hand::Held;
use super::policy::Policy;
use super::scope::{Affected, RecallSource, Scope, rules};
use crate::chain::index::is_stock;
use crate::chain::{Ledger, SupplyChain};
use crate::error::Error;
use crate::id::{OperatorId, StockId};
use crate::quantity::{Total, Unit};
use crate::sparse::SparseMap;
use crate::time::Minute;
use crate::trace::search::{Forward, Reached, Rules, Search};
use crate::trace::{Trace, Traced, Tracer, stocks_of};

/// How much of a recall is worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Which stocks, since when and why, and what is held of them.
    Ledger,
    /// How much of each is contaminated, too.
    #[default]
    Contamination,
}

/// A recall scope as the [`Tracer`] holds it: lasts until the next question.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Shipment, Source};
/// use suyuan_core::quantity::Unit;
/// use suyuan_core::recall::{Detail, Policy, RecallSource};
/// use suyuan_core::trace::Tracer;
/// let mut builder = ChainBuilder::new();
/// for (code, to) in [("W1", "S1"), ("W2", "S2"), ("W3", "S2")] {
///     let shipment = Shipment {
///         code: code.into(), batch: "B".into(), from: "F".into(), to: to.into(),
///         quantity: Some(5.into()), unit: Some(Unit::Kilogram), ..Shipment::default()
///     };
///     builder.add_shipment(&shipment, Source::NONE)?;
/// }
/// let chain = builder.build()?.chain;
/// let mut tracer = Tracer::new(&chain);
/// let source = RecallSource::stock(&chain, "B@F")?;
/// let mut scope = tracer.reach_recall(&source, &Policy::default(), Detail::Ledger)?;
/// assert_eq!(scope.len(), 3);
/// let told = scope.operators();
/// assert_eq!(chain.operator(told[2].operator).code, "S2");
/// assert_eq!(told[2].on_hand.to_decimal().to_string(), "10");
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[derive(Debug)]
pub struct RecallReach<'t, 'c> {
    chain: &'c SupplyChain,
    search: &'t Search,
    kept: &'t mut Scratch,
    sources: Vec<(StockId, Minute)>,
    policy: Policy,
    /// How many stocks are affected.
    stocks: usize,
}

/// One affected stock of a [`RecallReach`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AffectedRef<'t> {
    /// Since when, how certain, by which link.
    pub traced: Traced,
    /// Its sums as of the recall's minute.
    pub ledger: Ledger,
    /// How much of it is contaminated; `None` where that was not asked.
    pub contamination: Option<&'t Contamination>,
}

/// What an operator holds of a scope, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatorSum {
    /// The operator, who must be told.
    pub operator: OperatorId,
    /// The base unit of the batches; `None` of those that no record gives one.
    pub unit: Option<Unit>,
    /// How many stocks.
    pub stocks: u32,
    /// What is on hand of them, as [`OnHand`](super::OnHand) adds up: incomplete where a stock of
    /// unknown balance, or one that gave out more than it got, is left out.
    pub on_hand: Total,
}

impl Tracer<'_> {
    /// As [`recall`](super::recall), in place and no more of it than is asked.
    ///
    /// Nothing is allocated in proportion to the scope once the tracer has answered a question as
    /// large. O(n + l) in the stocks reached and their links, but for systems of cycles.
    ///
    /// # Errors
    /// As [`recall`](super::recall).
    pub fn reach_recall(
        &mut self,
        source: &RecallSource,
        policy: &Policy,
        detail: Detail,
    ) -> Result<RecallReach<'_, '_>, Error> {
        self.reach(source, policy, detail, false)
    }

    /// The same; ledgers of a scope that will be copied are kept when its flows are at hand.
    pub(super) fn reach(
        &mut self,
        source: &RecallSource,
        policy: &Policy,
        detail: Detail,
        keep_ledgers: bool,
    ) -> Result<RecallReach<'_, '_>, Error> {
        let chain = self.chain();
        let sources = source.seeds(chain, policy)?;
        let blocked = policy.blocked(chain);
        let exempt = stocks_of(&sources);
        let rules = Rules { exempt: &exempt, ..rules(policy, &blocked) };
        self.search_mut().run::<Forward>(chain, &sources, &rules);
        let (search, kept) = self.parts();
        match detail {
            Detail::Ledger => kept.clear(),
            Detail::Contamination => {
                contamination::estimate(chain, search, &sources, &rules, keep_ledgers, kept);
            }
        }
        let is_affected = |row: &&Reached| is_stock(row.node);
        let stocks = search.reached().iter().filter(is_affected).count();
        Ok(RecallReach { chain, search, kept, sources, policy: policy.clone(), stocks })
    }
}

impl RecallReach<'_, '_> {
    /// The seeds with their start minutes, by operator and batch code.
    #[must_use]
    pub fn sources(&self) -> &[(StockId, Minute)] {
        &self.sources
    }

    /// How many stocks are affected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stocks
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stocks == 0
    }

    /// Every affected stock, in the order of discovery: always the same for the same chain. Its
    /// ledger is worked out on the way, in O(k) for a stock of k flows.
    pub fn iter(&self) -> impl Iterator<Item = AffectedRef<'_>> {
        (0..self.search.reached().len() as u32).filter_map(|place| {
            self.fetch_ledger(place as usize);
            Some(AffectedRef {
                traced: self.search.traced::<Forward>(place)?,
                ledger: self.ledger(place),
                contamination: self.kept.contamination(place),
            })
        })
    }

    /// The sums of the stock at a place of the search.
    fn ledger(&self, place: u32) -> Ledger {
        if let Some(kept) = self.kept.ledger(place) {
            return *kept;
        }
        let row = &self.search.reached()[place as usize];
        let stock = StockId(row.node);
        let Some(shipment) = row.sole_shipment() else {
            return self.chain.ledger(stock, self.policy.as_of);
        };
        self.chain.ledger_of_end(stock, shipment, self.policy.as_of)
    }

    /// Asks for the flows of the stocks some places ahead.
    #[inline(always)]
    fn fetch_ledger(&self, place: usize) {
        self.chain.fetch_ahead(|ahead| {
            let row = self.search.reached().get(place + ahead)?;
            is_stock(row.node).then(|| (StockId(row.node), row.sole_shipment()))
        });
    }

    /// Who must be told, with what each holds: one row an operator and unit, by operator code.
    /// O(n + k log k) in the stocks and operators; without a bound in time no flow is looked at.
    pub fn operators(&mut self) -> Vec<OperatorSum> {
        let room = || SparseMap::new(self.chain.operator_ids().len());
        let mut first = self.kept.by_operator.take().unwrap_or_else(room);
        first.clear();
        let all = self.policy.as_of == Minute::UNBOUNDED_FUTURE;
        let mut sums: Vec<(OperatorSum, u32)> = Vec::new();
        for place in 0..self.search.reached().len() as u32 {
            if all {
                self.fetch_held(place as usize, &first);
            } else {
                self.fetch_ledger(place as usize);
            }
            let node = self.search.reached()[place as usize].node;
            if !is_stock(node) {
                continue;
            }
            let (batch, operator) = self.chain.stock(StockId(node));
            let unit = self.chain.base_unit(batch);
            let here = self.held(StockId(node), place, all);
            let head = first.get(operator.0).copied().unwrap_or(u32::MAX);
            let mut at = head;
            // Most operators have batches of one unit.
            while let Some((sum, next)) = sums.get(at as usize)
                && sum.unit != unit
            {
                at = *next;
            }
            let sum = match sums.get_mut(at as usize) {
                Some((sum, _)) => sum,
                None => {
                    first.insert(operator.0, sums.len() as u32);
                    let sum = OperatorSum { operator, unit, stocks: 0, on_hand: Total::ZERO };
                    sums.push((sum, head));
                    let last = sums.len() - 1;
                    &mut sums[last].0
                }
            };
            sum.stocks += 1;
            match here {
                Held::Known(held) => sum.on_hand.millionths += held,
                Held::Negative | Held::Unknown => sum.on_hand.complete = false,
            }
        }
        self.kept.by_operator = Some(first);
        self.by_code(&sums)
    }

    /// What a stock adds to a sum. The balance kept of it is enough where nothing is amiss.
    #[inline]
    fn held(&self, stock: StockId, place: u32, all: bool) -> Held {
        if all {
            let here = self.chain.on_hand(stock);
            if !here.complete {
                return Held::Unknown;
            }
            if here.millionths >= 0 {
                return Held::Known(here.millionths);
            }
        }
        Held::of(self.chain, &self.ledger(place))
    }

    /// Sums by operator code and unit.
    fn by_code(&self, sums: &[(OperatorSum, u32)]) -> Vec<OperatorSum> {
        if self.chain.is_grown() {
            let mut sums: Vec<OperatorSum> = sums.iter().map(|(sum, _)| *sum).collect();
            sums.sort_unstable_by_key(|sum| (self.chain.operator_rank(sum.operator), sum.unit));
            return sums;
        }
        // Operators are numbered by code. Words are sorted faster than rows.
        let order = (0..).zip(sums).map(|(at, (sum, _))| u64::from(sum.operator.0) << 32 | at);
        let mut order: Vec<u64> = order.collect();
        order.sort_unstable();
        let mut sums: Vec<OperatorSum> =
            order.into_iter().map(|key| sums[key as u32 as usize].0).collect();
        for one in sums.chunk_by_mut(|a, b| a.operator == b.operator) {
            one.sort_unstable_by_key(|sum| sum.unit);
        }
        sums
    }

    /// Asks for what is held of the stocks some places ahead, and by whom.
    #[inline(always)]
    fn fetch_held(&self, place: usize, by_operator: &SparseMap<u32>) {
        let ahead = |by: usize| {
            let row = self.search.reached().get(place + by);
            row.filter(|row| is_stock(row.node)).map(|row| StockId(row.node))
        };
        if let Some(stock) = ahead(24) {
            self.chain.fetch_stock(stock);
        }
        if let Some(stock) = ahead(12) {
            let (batch, operator) = self.chain.stock(stock);
            self.chain.fetch_batch(batch);
            by_operator.fetch(operator.0);
        }
    }

    /// The scope, copied and in the order of results. O(n log n) in the stocks.
    #[must_use]
    pub fn to_scope(&self) -> Scope {
        let mut affected: Vec<Affected> = Vec::with_capacity(self.stocks);
        affected.extend(self.iter().map(|row| Affected {
            traced: row.traced,
            ledger: row.ledger,
            contamination: row.contamination.copied().unwrap_or_default(),
        }));
        let mut by_stock: Vec<u64> = (0..)
            .zip(&affected)
            .map(|(at, row)| u64::from(row.traced.stock.0) << 32 | at)
            .collect();
        by_stock.sort_unstable();
        let in_order = by_stock.iter().map(|key| affected[*key as u32 as usize].traced);
        let trace = Trace::of_sorted(in_order.collect());
        let key = |row: &Affected| self.chain.by_code(row.traced.stock);
        let mut by_code: Vec<_> =
            (0_u32..).zip(&affected).map(|(at, row)| (key(row), at)).collect();
        by_code.sort_unstable();
        let affected = by_code.into_iter().map(|(_, at)| affected[at as usize].clone()).collect();
        let (sources, policy) = (self.sources.clone(), self.policy.clone());
        Scope { sources, policy, affected, trace, chain: self.chain.origin().clone() }
    }
}
