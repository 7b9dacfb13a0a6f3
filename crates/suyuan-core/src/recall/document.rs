//! Results as plain documents, with codes for ids: what the programs print as JSON.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::lookalike::look_alikes;
use super::on_hand::OnHand;
use super::scope::{Affected, Scope};
use crate::chain::{LookAlike, RecordRef, Resemblance, SupplyChain, Table};
use crate::id::{BatchId, OperatorId, StockId};
use crate::model::Stage;
use crate::quantity::decimal_from_millionths;
use crate::time::Minute;
use crate::trace::{Certainty, TraceBack};

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }
    )*};
}

pub(super) use documents;

documents! {
    /// A recall scope as a document. Decimals are texts, minutes `YYYY-MM-DDTHH:MM` or null when
    /// unbounded.
    RecallDocument {
        /// The seeds, by operator and batch code.
        sources: Vec<SourceRow>,
        /// The minute it was asked as of; null for all records.
        as_of: Option<Minute>,
        /// Every affected stock, by operator and batch code.
        affected: Vec<AffectedRow>,
        /// Every operator concerned, by code.
        operators: Vec<OperatorRow>,
        /// The sums.
        totals: Totals,
        /// Inferred links that lead out of affected stocks, by transformation, operator and batch
        /// code; only in a chain that has them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inferred: Vec<InferredRow>,
        /// Codes that look like those of the scope, which may be too small for them: as
        /// [`look_alikes`](super::look_alikes) gives them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<WarningRow>,
    }
    /// A code that may be meant where one of the scope stands, and who names it.
    WarningRow {
        /// `batches` or `operators`.
        table: Table,
        /// The code of the scope.
        code: String,
        /// The code that looks like it; the same where it is in scientific notation itself.
        near: String,
        /// Why they may be one.
        why: Resemblance,
        /// How many codes look like it for this reason; at most ten of them are given.
        alike: u64,
        /// How many records name `near`.
        named: u64,
        /// The first of them, at most ten.
        rows: Vec<WarningPlace>,
    }
    /// A row.
    WarningPlace {
        /// The table of the record.
        table: Table,
        /// Its code; `BATCH@OPERATOR` for a removal.
        code: String,
        /// The file; null where it was not read from one.
        file: Option<String>,
        /// The line in it.
        line: Option<u32>,
    }
    /// A link that no record says.
    InferredRow {
        /// Code of the batch that may have gone in.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Code of the operator that held it.
        operator: String,
        /// Code of the transformation it may have gone into, `inferred:BATCH@OPERATOR` where none
        /// is recorded.
        transformation: String,
        /// The rule that says so.
        rule: String,
    }
    /// A seed.
    SourceRow {
        /// Batch code.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Operator code.
        operator: String,
        /// Its start; null when unbounded.
        since: Option<Minute>,
    }
    /// An affected stock. Quantities are in `unit`; where some are unknown they are the sums of
    /// the known ones and `quantity_complete` is false.
    AffectedRow {
        /// Batch code.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Operator code.
        operator: String,
        /// Earliest minute at which it can hold affected material; null when unbounded.
        since: Option<Minute>,
        /// Whether certain records alone reach it.
        certainty: Certainty,
        /// Links on the witness path.
        hops: u32,
        /// Made here.
        produced: Decimal,
        /// Received.
        received: Decimal,
        /// Shipped.
        shipped: Decimal,
        /// Consumed by transformations.
        consumed: Decimal,
        /// Removed.
        removed: Decimal,
        /// On hand.
        on_hand: Decimal,
        /// On the road towards it.
        in_transit: Decimal,
        /// The batch's base unit; null when no record names one.
        unit: Option<String>,
        /// Expected contaminated share of its intake.
        share: Decimal,
        /// Expected contaminated intake.
        contaminated_expected: Decimal,
        /// Largest possible contaminated intake.
        contaminated_max: Decimal,
        /// Expected contaminated quantity on the road.
        contaminated_in_transit: Decimal,
        /// Whether every quantity in its ledger and intake is known.
        quantity_complete: bool,
    }
    /// An operator that must be told.
    OperatorRow {
        /// Operator code.
        operator: String,
        /// Name; null without a row.
        name: Option<String>,
        /// Stage; null when unknown.
        stage: Option<Stage>,
        /// Region code; null when unknown.
        region: Option<String>,
        /// Affected stocks.
        stocks: u64,
        /// What of them is on hand, by unit, as [`OnHand`](super::OnHand) adds up.
        on_hand: BTreeMap<String, Decimal>,
        /// Stocks that gave out more than they got: not in the sum.
        negative_stocks: u64,
        /// Stocks of whose balance a part is unknown: not in the sum.
        unknown_stocks: u64,
    }
    /// Sums over a scope.
    Totals {
        /// Affected stocks.
        stocks: u64,
        /// Operators.
        operators: u64,
        /// Batches.
        batches: u64,
        /// On hand, by unit, as [`OnHand`](super::OnHand) adds up.
        on_hand: BTreeMap<String, Decimal>,
        /// Stocks that gave out more than they got: not in the sum.
        negative_stocks: u64,
        /// Stocks of whose balance a part is unknown: not in the sum.
        unknown_stocks: u64,
    }
    /// A trace-back as a document.
    TraceBackDocument {
        /// The targets' own stocks, by operator and batch code.
        target_stocks: Vec<TargetRow>,
        /// Every stock reached, by operator and batch code.
        upstream: Vec<UpstreamRow>,
        /// Those that reach two targets or more, most first.
        common: Vec<CommonRow>,
    }
    /// A target.
    TargetRow {
        /// Batch code.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Operator code.
        operator: String,
        /// Its latest minute; null when unbounded.
        until: Option<Minute>,
    }
    /// A stock that material of the targets came from.
    UpstreamRow {
        /// Batch code.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Operator code.
        operator: String,
        /// Latest minute at which such material can have left it; null when unbounded.
        until: Option<Minute>,
        /// Whether certain records alone reach it.
        certainty: Certainty,
        /// Links on the witness path.
        hops: u32,
        /// How many targets it reaches.
        reaches_targets: u32,
    }
    /// A stock that several targets have in common.
    CommonRow {
        /// Batch code.
        batch: String,
        /// Code of the batch's product, where several lots share the batch code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
        /// Code of the batch's producer, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        producer: Option<String>,
        /// Operator code.
        operator: String,
        /// How many targets it reaches.
        reaches_targets: u32,
    }
}

fn bounded(minute: Minute) -> Option<Minute> {
    minute.is_bounded().then_some(minute)
}

/// The codes of a stock: batch, operator, and of one lot of several product and producer.
struct StockCodes {
    batch: String,
    operator: String,
    product: Option<String>,
    producer: Option<String>,
}

impl StockCodes {
    fn of(chain: &SupplyChain, stock: StockId) -> Self {
        let (batch, operator) = chain.stock_codes(stock);
        let (product, producer) = chain.lot_codes(chain.stock(stock).0).unzip();
        Self {
            batch: batch.to_owned(),
            operator: operator.to_owned(),
            product: product.map(str::to_owned),
            producer: producer.map(str::to_owned),
        }
    }
}

impl Scope {
    /// The scope with codes for ids, grouped and summed. O(n log n) in the affected stocks.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> RecallDocument {
        let sources = self
            .sources
            .iter()
            .map(|(stock, since)| {
                let StockCodes { batch, operator, product, producer } =
                    StockCodes::of(chain, *stock);
                SourceRow { batch, product, producer, operator, since: bounded(*since) }
            })
            .collect();
        let mut operators = Vec::new();
        let mut on_hand = OnHand::default();
        let mut batches: Vec<BatchId> = Vec::with_capacity(self.affected.len());
        let operator_of = |row: &Affected| chain.stock(row.traced.stock).1;
        for group in self.affected.chunk_by(|a, b| operator_of(a) == operator_of(b)) {
            let mut here = OnHand::default();
            for row in group {
                let stock = row.traced.stock;
                batches.push(chain.stock(stock).0);
                here.add(chain, stock, &row.ledger);
                on_hand.add(chain, stock, &row.ledger);
            }
            operators.push(operator_row(chain, operator_of(&group[0]), group.len(), &here));
        }
        batches.sort_unstable();
        batches.dedup();
        let totals = Totals {
            stocks: self.affected.len() as u64,
            operators: operators.len() as u64,
            batches: batches.len() as u64,
            on_hand: on_hand.by_unit(),
            negative_stocks: on_hand.negative_stocks,
            unknown_stocks: on_hand.unknown_stocks,
        };
        let affected = self.affected.iter().map(|row| affected_row(chain, row)).collect();
        let inferred = self.inferred_rows(chain);
        let as_of = bounded(self.policy.as_of);
        let warnings = look_alikes(chain, self).iter().map(|it| warning_row(chain, it)).collect();
        RecallDocument { sources, as_of, affected, operators, totals, inferred, warnings }
    }
}

fn warning_row(chain: &SupplyChain, it: &LookAlike) -> WarningRow {
    let place = |record: &RecordRef| {
        let file = chain.file_name(record.source.file).map(str::to_owned);
        let line = file.is_some().then_some(record.source.line);
        WarningPlace { table: record.table, code: record.code.clone(), file, line }
    };
    WarningRow {
        table: it.table,
        code: it.code.clone(),
        near: it.near.clone(),
        why: it.why,
        alike: it.alike,
        named: it.named,
        rows: it.records.iter().map(place).collect(),
    }
}

impl Scope {
    fn inferred_rows(&self, chain: &SupplyChain) -> Vec<InferredRow> {
        let mut rows: Vec<InferredRow> = chain
            .inferred_links()
            .filter(|link| self.trace.find(link.from).is_some())
            .map(|link| {
                let StockCodes { batch, operator, product, producer } =
                    StockCodes::of(chain, link.from);
                let transformation = chain.transformation(link.into).code.to_owned();
                InferredRow {
                    batch,
                    product,
                    producer,
                    operator,
                    transformation,
                    rule: link.rule.to_string(),
                }
            })
            .collect();
        let key = |row: &InferredRow| {
            (
                row.transformation.clone(),
                row.operator.clone(),
                (row.batch.clone(), row.product.clone(), row.producer.clone()),
            )
        };
        rows.sort_by_cached_key(key);
        rows
    }
}

fn operator_row(
    chain: &SupplyChain,
    operator: OperatorId,
    stocks: usize,
    on_hand: &OnHand,
) -> OperatorRow {
    let view = chain.operator(operator);
    OperatorRow {
        operator: view.code.to_owned(),
        name: view.registered.then(|| view.name.to_owned()),
        stage: view.stage,
        region: view.region.map(|region| chain.region(region).code.to_owned()),
        stocks: stocks as u64,
        on_hand: on_hand.by_unit(),
        negative_stocks: on_hand.negative_stocks,
        unknown_stocks: on_hand.unknown_stocks,
    }
}

fn affected_row(chain: &SupplyChain, row: &Affected) -> AffectedRow {
    let StockCodes { batch, operator, product, producer } = StockCodes::of(chain, row.traced.stock);
    let ledger = &row.ledger;
    AffectedRow {
        batch,
        product,
        producer,
        operator,
        since: bounded(row.traced.minute),
        certainty: row.traced.certainty,
        hops: row.traced.hops,
        produced: ledger.produced.to_decimal(),
        received: ledger.received.to_decimal(),
        shipped: ledger.shipped.to_decimal(),
        consumed: ledger.consumed.to_decimal(),
        removed: ledger.removed.to_decimal(),
        on_hand: ledger.on_hand().to_decimal(),
        in_transit: ledger.in_transit.to_decimal(),
        unit: chain.unit(row.traced.stock).map(|unit| unit.symbol().to_owned()),
        share: row.contamination.share_decimal(),
        contaminated_expected: decimal_from_millionths(row.contamination.expected),
        contaminated_max: decimal_from_millionths(row.contamination.max),
        contaminated_in_transit: decimal_from_millionths(row.contamination.in_transit),
        quantity_complete: ledger.is_complete(),
    }
}

impl TraceBack {
    /// The trace-back with codes for ids.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> TraceBackDocument {
        let target_stocks = self
            .targets
            .iter()
            .map(|(stock, until)| {
                let StockCodes { batch, operator, product, producer } =
                    StockCodes::of(chain, *stock);
                TargetRow { batch, product, producer, operator, until: bounded(*until) }
            })
            .collect();
        let upstream = self
            .upstream
            .iter()
            .map(|row| {
                let StockCodes { batch, operator, product, producer } =
                    StockCodes::of(chain, row.traced.stock);
                UpstreamRow {
                    batch,
                    product,
                    producer,
                    operator,
                    until: bounded(row.traced.minute),
                    certainty: row.traced.certainty,
                    hops: row.traced.hops,
                    reaches_targets: row.reaches_targets,
                }
            })
            .collect();
        let common = self
            .common
            .iter()
            .map(|row| {
                let StockCodes { batch, operator, product, producer } =
                    StockCodes::of(chain, row.traced.stock);
                CommonRow {
                    batch,
                    product,
                    producer,
                    operator,
                    reaches_targets: row.reaches_targets,
                }
            })
            .collect();
        TraceBackDocument { target_stocks, upstream, common }
    }
}
