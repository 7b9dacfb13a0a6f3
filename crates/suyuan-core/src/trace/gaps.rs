//! Where the records fail to say what came from where, and who can say it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use super::Tracer;
use super::search::{Forward, Rules};
use crate::chain::SupplyChain;
use crate::chain::index::is_stock;
use crate::chain::missing::{GapKind, InferenceRules};
use crate::id::{OperatorId, StockId, TransformationId};
use crate::quantity::{Dimension, Total, Unit, decimal_from_millionths};
use crate::time::{Minute, Span};

/// What an operator must keep that closes a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Document {
    /// What went into which batch (投料记录; 食品安全国家标准 GB 14881-2013, 14.1).
    ProductionRecord,
    /// What was received of whom (进货查验记录; 食品安全法 articles 50 and 53).
    ReceiptRecord,
}

impl Document {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProductionRecord => "production_record",
            Self::ReceiptRecord => "receipt_record",
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A place where the records break off.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gap {
    /// What is missing.
    pub kind: GapKind,
    /// Who can say it.
    pub operator: OperatorId,
    /// By which document.
    pub document: Document,
    /// The transformation concerned, when one is recorded.
    pub transformation: Option<TransformationId>,
    /// The stocks whose origin is open.
    pub stocks: Vec<StockId>,
    /// When they were made, or first left.
    pub time: Span,
    /// How much has no recorded origin; `None` when a quantity is unknown or they cannot be added.
    pub unexplained: Option<(Decimal, Unit)>,
    /// How many stocks may have gone in, by the rules of inference.
    pub candidates: usize,
    /// How many stocks the answer would settle: those whose origin is open and every one that the
    /// forward trace reaches from them.
    pub settles: u64,
}

/// What to ask one operator for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ask {
    /// Whom.
    pub operator: OperatorId,
    /// For which document.
    pub document: Document,
    /// How many gaps it closes.
    pub gaps: usize,
    /// How many distinct stocks the answer would settle.
    pub settles: u64,
    /// How much has no recorded origin, by unit, where it is known.
    pub unexplained: BTreeMap<Unit, Decimal>,
    /// Whether an unexplained quantity is unknown.
    pub incomplete: bool,
}

/// Every gap of a chain, and what to ask for first.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Gaps {
    /// By operator code, time and stocks.
    pub gaps: Vec<Gap>,
    /// By stocks settled, most first, then by operator code and document.
    pub asks: Vec<Ask>,
}

/// Finds every gap of a chain and ranks what to ask for by how many stocks the answer would
/// settle.
///
/// Takes what [`SupplyChain::infer`] takes, one forward trace for each gap and one for each
/// operator and document.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::chain::missing::InferenceRules;
/// use suyuan_core::model::{Batch, Removal, Shipment, Source};
/// use suyuan_core::trace::gaps;
/// let mut builder = ChainBuilder::new();
/// let batch = Batch { code: "B1".into(), operator: "FARM".into(), ..Batch::default() };
/// builder.add_batch(&batch, Source::NONE)?;
/// let shipment = Shipment {
///     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
///     ..Shipment::default()
/// };
/// builder.add_shipment(&shipment, Source::NONE)?;
/// let sold = Removal { batch: "B1".into(), operator: "CANTEEN".into(), ..Removal::default() };
/// builder.add_removal(&sold, Source::NONE)?;
/// let chain = builder.build()?.chain;
/// let found = gaps(&chain, &InferenceRules::window_days(30));
/// let first = &found.asks[0];
/// // Nobody recorded where the canteen's goods came from.
/// assert_eq!((chain.operator(first.operator).code, first.settles), ("CANTEEN", 1));
/// assert_eq!(found.gaps.len(), 1);
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[must_use]
pub fn gaps(chain: &SupplyChain, rules: &InferenceRules) -> Gaps {
    use rayon::prelude::*;
    let mut gaps = open_ends(chain, rules);
    gaps.extend(open_stocks(chain));
    gaps.sort_by_cached_key(|gap| {
        let stocks: Vec<_> = gap.stocks.iter().map(|stock| chain.by_code(*stock)).collect();
        let operator = chain.operator(gap.operator).code.to_owned();
        (operator, gap.document, gap.time, stocks, gap.kind)
    });
    let settled: Vec<u64> = gaps
        .par_iter()
        .map_init(|| Tracer::new(chain), |tracer, gap| settles(tracer, &gap.stocks))
        .collect();
    for (gap, settled) in gaps.iter_mut().zip(settled) {
        gap.settles = settled;
    }
    let groups: Vec<&[Gap]> =
        gaps.chunk_by(|a, b| (a.operator, a.document) == (b.operator, b.document)).collect();
    let mut asks: Vec<Ask> = groups
        .par_iter()
        .map_init(|| Tracer::new(chain), |tracer, group| ask(tracer, group))
        .flatten_iter()
        .collect();
    // By operator and document already.
    asks.sort_by_key(|ask| Reverse(ask.settles));
    Gaps { gaps, asks }
}

/// What lacks inputs.
fn open_ends(chain: &SupplyChain, rules: &InferenceRules) -> Vec<Gap> {
    let ends = chain.open_ends(rules).into_iter();
    ends.map(|end| Gap {
        kind: end.kind,
        operator: end.operator,
        document: Document::ProductionRecord,
        transformation: end.transformation,
        unexplained: match (end.kind, end.outputs.as_slice()) {
            (GapKind::Appeared, [stock]) => all_that_left(chain, *stock),
            _ => end.missing.map(|(millionths, dimension)| in_unit(millionths, dimension)),
        },
        stocks: end.outputs,
        time: end.time,
        candidates: end.candidates,
        settles: 0,
    })
    .collect()
}

/// Orphans whose batch others have held, and stocks that more left than came.
fn open_stocks(chain: &SupplyChain) -> Vec<Gap> {
    let tolerance = chain.tolerance();
    let mut gaps = Vec::new();
    for stock in chain.stock_ids() {
        let (batch, operator) = chain.stock(stock);
        let others = chain.stocks_of_batch(batch).len() - 1;
        let (kind, unexplained) = if chain.is_orphan(stock) {
            if others == 0 {
                continue;
            }
            (GapKind::NotReceived, all_that_left(chain, stock))
        } else {
            let ledger = chain.ledger(stock, Minute::UNBOUNDED_FUTURE);
            let intake = ledger.intake();
            let left = intake.millionths - ledger.on_hand().millionths;
            let left = Total { millionths: left, complete: true };
            if !intake.complete || !tolerance.exceeds(left, intake) {
                continue;
            }
            let deficit = decimal_from_millionths(left.millionths - intake.millionths);
            (GapKind::Overdrawn, chain.unit(stock).map(|unit| (deficit, unit)))
        };
        gaps.push(Gap {
            kind,
            operator,
            document: Document::ReceiptRecord,
            transformation: None,
            stocks: vec![stock],
            time: first_left(chain, stock),
            unexplained,
            candidates: if kind == GapKind::NotReceived { others } else { 0 },
            settles: 0,
        });
    }
    gaps
}

/// When a stock's earliest outflow left; unknown without one.
fn first_left(chain: &SupplyChain, stock: StockId) -> Span {
    let flows = chain.outflows(stock);
    flows.iter().map(|flow| flow.departs).min().unwrap_or(Span::UNKNOWN)
}

/// All that left a stock; `None` when part of it is unknown.
fn all_that_left(chain: &SupplyChain, stock: StockId) -> Option<(Decimal, Unit)> {
    let unit = chain.unit(stock)?;
    let mut left = Total::ZERO;
    for flow in chain.outflows(stock) {
        left.add(flow.amount);
    }
    left.complete.then(|| (left.to_decimal(), unit))
}

/// A quantity in the unit that results use for its dimension.
fn in_unit(millionths: i128, dimension: Dimension) -> (Decimal, Unit) {
    let unit = dimension.unit();
    let quantity = decimal_from_millionths(millionths) / Decimal::from(unit.factor());
    (quantity.round_dp(6).normalize(), unit)
}

fn settles(tracer: &mut Tracer<'_>, stocks: &[StockId]) -> u64 {
    let chain = tracer.chain();
    let start = |stock: StockId| chain.first(stock).unwrap_or(Minute::UNBOUNDED_PAST);
    let seeds: Vec<(StockId, Minute)> =
        stocks.iter().map(|stock| (*stock, start(*stock))).collect();
    let search = tracer.search_mut();
    search.run::<Forward>(chain, &seeds, &Rules::ALL);
    search.reached().iter().filter(|row| is_stock(row.node)).count() as u64
}

/// What to ask for, of gaps at one operator that one document closes.
fn ask(tracer: &mut Tracer<'_>, group: &[Gap]) -> Option<Ask> {
    let first = group.first()?;
    let mut stocks: Vec<StockId> =
        group.iter().flat_map(|gap| gap.stocks.iter().copied()).collect();
    stocks.sort_unstable();
    stocks.dedup();
    let mut unexplained: BTreeMap<Unit, Decimal> = BTreeMap::new();
    for (quantity, unit) in group.iter().filter_map(|gap| gap.unexplained) {
        let sum = unexplained.entry(unit).or_default();
        *sum = sum.saturating_add(quantity).normalize();
    }
    Some(Ask {
        operator: first.operator,
        document: first.document,
        gaps: group.len(),
        settles: settles(tracer, &stocks),
        unexplained,
        incomplete: group.iter().any(|gap| gap.unexplained.is_none()),
    })
}
