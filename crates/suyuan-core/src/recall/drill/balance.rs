//! Whether quantities add up.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::DrillOptions;
use crate::chain::{OutflowTo, SupplyChain};
use crate::id::{BatchId, OperatorId, StockId, TransformationId};
use crate::quantity::{Amount, Total, Unit, decimal_from_millionths};
use crate::time::Minute;

/// What a balance says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Within the tolerance of 100 %.
    Balanced,
    /// Less is accounted for than came in.
    Short,
    /// More is accounted for than came in.
    Over,
    /// The records leave something on hand, and nobody has counted it.
    ToCount,
    /// A quantity is unknown, or nothing came in.
    Unknown,
}

impl Verdict {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Short => "short",
            Self::Over => "over",
            Self::ToCount => "to_count",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The balance of a batch at one operator, or over all of them, in its base unit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Balance {
    /// The operator; `None` over all.
    pub operator: Option<OperatorId>,
    /// Base unit of the batch.
    pub unit: Option<Unit>,
    /// What came in; over all, what was made.
    pub intake: Total,
    /// What left by shipment; over all, what is on the road.
    pub shipped: Total,
    /// What transformations took.
    pub consumed: Total,
    /// What was sold, destroyed, sampled or lost.
    pub removed: Total,
    /// What the records leave on hand; below zero where more left than came.
    pub book: Total,
    /// What was counted; over all, where everything that was to be counted is.
    pub counted: Option<Total>,
    /// Accounted for, in percent of the intake to 2 decimals (half-even): what left, and what was
    /// counted or, where the records leave nothing, zero. `None` where it cannot be said.
    pub percent: Option<Decimal>,
    /// What that says.
    pub verdict: Verdict,
}

/// What a transformation made of what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Yield {
    /// The transformation.
    pub transformation: TransformationId,
    /// What went in and what came out, in kg, L or pcs; `None` where units differ in kind or a
    /// quantity is unknown.
    pub sums: Option<(Unit, Decimal, Decimal)>,
    /// Out in percent of in, to 2 decimals (half-even).
    pub percent: Option<Decimal>,
}

fn percent(part: i128, whole: i128) -> Option<Decimal> {
    if whole <= 0 {
        return None;
    }
    let share = decimal_from_millionths(part)
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(decimal_from_millionths(whole))?;
    Some(share.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven).normalize())
}

fn add(sum: &mut Total, part: Total) {
    sum.millionths += part.millionths;
    sum.complete &= part.complete;
}

impl Balance {
    fn judge(mut self, tolerance: Decimal) -> Self {
        let left = [self.shipped, self.consumed, self.removed];
        let known = left.iter().all(|sum| sum.complete) && self.intake.complete;
        let left: i128 = left.iter().map(|sum| sum.millionths).sum();
        let intake = self.intake.millionths;
        if !known || intake <= 0 {
            self.verdict = Verdict::Unknown;
            return self;
        }
        // What the tolerance forgives need not be counted.
        let forgiven = percent(self.book.millionths.abs(), intake).is_some_and(|p| p <= tolerance);
        self.percent = match self.counted {
            Some(counted) if counted.complete => percent(left + counted.millionths, intake),
            _ if self.book.millionths <= 0 || forgiven => percent(left, intake),
            _ => None,
        };
        self.verdict = match self.percent {
            None => Verdict::ToCount,
            Some(percent) if percent > Decimal::ONE_HUNDRED + tolerance => Verdict::Over,
            Some(percent) if percent < Decimal::ONE_HUNDRED - tolerance => Verdict::Short,
            Some(_) => Verdict::Balanced,
        };
        self
    }
}

/// The balance of a batch at each operator, by code, and over all of them.
pub(super) fn balances(
    chain: &SupplyChain,
    batch: BatchId,
    options: &DrillOptions,
) -> (Vec<Balance>, Balance) {
    let as_of = options.policy.as_of;
    let mut stocks: Vec<StockId> = chain
        .stocks_of_batch(batch)
        .filter(|stock| chain.begun(*stock) <= as_of || chain.producer_stock(batch) == Some(*stock))
        .collect();
    stocks.sort_unstable_by_key(|stock| chain.by_code(*stock));
    let unit = chain.batch(batch).unit;
    let mut whole = Balance {
        operator: None,
        unit,
        intake: Total::ZERO,
        shipped: Total::ZERO,
        consumed: Total::ZERO,
        removed: Total::ZERO,
        book: Total::ZERO,
        counted: Some(Total::ZERO),
        percent: None,
        verdict: Verdict::Unknown,
    };
    let mut rows = Vec::with_capacity(stocks.len());
    for stock in stocks {
        let ledger = chain.ledger(stock, as_of);
        let counted = options.counts.get(&stock).map(|amount| known(*amount));
        let row = Balance {
            operator: Some(chain.stock(stock).1),
            unit,
            intake: ledger.intake(),
            shipped: ledger.shipped,
            consumed: ledger.consumed,
            removed: ledger.removed,
            book: ledger.on_hand(),
            counted,
            percent: None,
            verdict: Verdict::Unknown,
        }
        .judge(options.tolerance);
        add(&mut whole.intake, ledger.produced);
        add(&mut whole.shipped, ledger.in_transit);
        add(&mut whole.consumed, ledger.consumed);
        add(&mut whole.removed, ledger.removed);
        add(&mut whole.book, row.book);
        whole.counted = match (whole.counted, counted) {
            (Some(mut sum), Some(count)) => {
                add(&mut sum, count);
                Some(sum)
            }
            // Where the records leave nothing there is nothing to count.
            (sum, None) if row.verdict != Verdict::ToCount => sum,
            _ => None,
        };
        rows.push(row);
    }
    (rows, whole.judge(options.tolerance))
}

fn known(amount: Amount) -> Total {
    Total { millionths: amount.millionths().into(), complete: true }
}

/// What the transformations that took a batch made of it, by code.
pub(super) fn yields(chain: &SupplyChain, batch: BatchId, as_of: Minute) -> Vec<Yield> {
    let mut taken: Vec<TransformationId> = Vec::new();
    for stock in chain.stocks_of_batch(batch) {
        for flow in chain.outflows(stock) {
            if let OutflowTo::Transformation(id) = flow.to
                && flow.begins <= as_of
            {
                taken.push(id);
            }
        }
    }
    taken.sort_unstable_by_key(|id| chain.transformation(*id).code);
    taken.dedup();
    let made = |id: TransformationId| {
        let view = chain.transformation(id);
        let inputs = view.inputs.iter().map(|line| (line.stock, line.amount));
        let outputs = view.outputs.iter().map(|line| (line.stock, line.amount));
        let (unit, put_in) = sum(chain, inputs)?;
        let (other, got_out) = sum(chain, outputs)?;
        (unit == other).then_some((unit, put_in, got_out))
    };
    taken
        .into_iter()
        .map(|id| {
            let sums = made(id);
            Yield {
                transformation: id,
                sums: sums.map(|(unit, put_in, got_out)| {
                    (unit, decimal_from_millionths(put_in), decimal_from_millionths(got_out))
                }),
                percent: sums.and_then(|(_, put_in, got_out)| percent(got_out, put_in)),
            }
        })
        .collect()
}

/// A sum in kg, L or pcs; `None` where lines differ in kind, or one is unknown, or there is none.
fn sum(
    chain: &SupplyChain,
    lines: impl Iterator<Item = (StockId, Option<Amount>)>,
) -> Option<(Unit, i128)> {
    let mut sum: Option<(Unit, i128)> = None;
    for (stock, amount) in lines {
        let unit = chain.unit(stock)?;
        let base = unit.canonical();
        let part = i128::from(amount?.millionths()) * unit.factor() / base.factor();
        sum = match sum {
            None => Some((base, part)),
            Some((other, sum)) if other == base => Some((base, sum + part)),
            Some(_) => return None,
        };
    }
    sum
}
