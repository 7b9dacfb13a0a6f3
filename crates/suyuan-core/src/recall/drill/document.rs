//! An exercise as a plain document, with codes for ids.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Balance, Drill, Missing, Silence, Verdict};
use crate::chain::SupplyChain;
use crate::quantity::Total;
use crate::recall::document::documents;
use crate::time::Minute;

documents! {
    /// An exercise as a document.
    DrillDocument {
        /// Batch code.
        batch: String,
        /// Product code; null when unknown.
        product: Option<String>,
        /// Code of the operator that made it; null when unknown.
        producer: Option<String>,
        /// The minute it was asked as of; null for all records.
        as_of: Option<Minute>,
        /// Downstream.
        forward: ReachRow,
        /// Upstream, the batch itself included.
        back: ReachRow,
        /// By how many percent a balance may lie from 100.
        tolerance: Decimal,
        /// Whether every balance passes.
        balanced: bool,
        /// By operator code.
        balances: Vec<BalanceRow>,
        /// Over all operators.
        whole: BalanceRow,
        /// By transformation code.
        yields: Vec<YieldRow>,
        /// By operator and batch code.
        gaps: Vec<GapRow>,
        /// By operator code.
        unreachable: Vec<UnreachableRow>,
    }
    /// How far a direction reached.
    ReachRow {
        /// Stocks.
        stocks: usize,
        /// Operators.
        operators: usize,
        /// Batches.
        batches: usize,
    }
    /// A balance; quantities are in `unit`.
    BalanceRow {
        /// Operator code; null over all.
        operator: Option<String>,
        /// Base unit; null when no record names one.
        unit: Option<String>,
        /// Came in; over all, made.
        intake: Decimal,
        /// Shipped; over all, on the road.
        shipped: Decimal,
        /// Taken by transformations.
        consumed: Decimal,
        /// Sold, destroyed, sampled or lost.
        removed: Decimal,
        /// On hand by the records.
        book: Decimal,
        /// Counted; null where nobody did.
        counted: Option<Decimal>,
        /// Accounted for; null where it cannot be said.
        percent: Option<Decimal>,
        /// What that says.
        verdict: Verdict,
    }
    /// What a transformation made of the batch.
    YieldRow {
        /// Its code.
        transformation: String,
        /// kg, L or pcs; null where nothing can be added up.
        unit: Option<String>,
        /// What went in.
        input: Option<Decimal>,
        /// What came out.
        output: Option<Decimal>,
        /// Out in percent of in.
        percent: Option<Decimal>,
    }
    /// What the records of a stock lack.
    GapRow {
        /// Batch code.
        batch: String,
        /// Operator code.
        operator: String,
        /// What is missing.
        missing: Missing,
    }
    /// An operator out of reach.
    UnreachableRow {
        /// Operator code.
        operator: String,
        /// Why.
        why: Silence,
    }
}

fn reach(
    chain: &SupplyChain,
    stocks: impl Iterator<Item = crate::id::StockId> + Clone,
) -> ReachRow {
    let distinct = |mut ids: Vec<u32>| {
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    ReachRow {
        stocks: stocks.clone().count(),
        operators: distinct(stocks.clone().map(|stock| chain.stock(stock).1.0).collect()),
        batches: distinct(stocks.map(|stock| chain.stock(stock).0.0).collect()),
    }
}

fn balance(chain: &SupplyChain, row: &Balance) -> BalanceRow {
    BalanceRow {
        operator: row.operator.map(|operator| chain.operator(operator).code.to_owned()),
        unit: row.unit.map(|unit| unit.symbol().to_owned()),
        intake: row.intake.to_decimal(),
        shipped: row.shipped.to_decimal(),
        consumed: row.consumed.to_decimal(),
        removed: row.removed.to_decimal(),
        book: row.book.to_decimal(),
        counted: row.counted.map(Total::to_decimal),
        percent: row.percent,
        verdict: row.verdict,
    }
}

impl Drill {
    /// The exercise with codes for ids.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> DrillDocument {
        let view = chain.batch(self.batch);
        let yields = self.yields.iter().map(|row| YieldRow {
            transformation: chain.transformation(row.transformation).code.to_owned(),
            unit: row.sums.map(|(unit, ..)| unit.symbol().to_owned()),
            input: row.sums.map(|(_, input, _)| input),
            output: row.sums.map(|(.., output)| output),
            percent: row.percent,
        });
        let gaps = self.gaps.iter().map(|gap| {
            let (batch, operator) = chain.stock_codes(gap.stock);
            GapRow { batch: batch.to_owned(), operator: operator.to_owned(), missing: gap.missing }
        });
        let unreachable = self.unreachable.iter().map(|(operator, why)| UnreachableRow {
            operator: chain.operator(*operator).code.to_owned(),
            why: *why,
        });
        let as_of = self.forward.policy.as_of;
        DrillDocument {
            batch: view.code.to_owned(),
            product: view.product.map(|product| chain.product(product).code.to_owned()),
            producer: view.producer.map(|operator| chain.operator(operator).code.to_owned()),
            as_of: as_of.is_bounded().then_some(as_of),
            forward: reach(chain, self.forward.affected.iter().map(|row| row.traced.stock)),
            back: reach(chain, self.back.upstream.iter().map(|row| row.traced.stock)),
            tolerance: self.tolerance,
            balanced: self.balanced(),
            balances: self.balances.iter().map(|row| balance(chain, row)).collect(),
            whole: balance(chain, &self.whole),
            yields: yields.collect(),
            gaps: gaps.collect(),
            unreachable: unreachable.collect(),
        }
    }
}
