//! The frozen supply chain: tables, the two-way link index, the ledger, findings.
//!
//! A [`ChainBuilder`] takes records in any order; [`ChainBuilder::build`] consumes it and returns
//! the immutable [`SupplyChain`] with every [`Finding`]. The node of the lineage graph is the
//! stock, one batch in one operator's hands; links are dated passages of material between stocks.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::time::{Span, UtcOffset};
//! let mut builder = ChainBuilder::new();
//! for (code, from, to, day) in [("W1", "A", "B", "2026-03-01"), ("W2", "B", "A", "2026-03-02")] {
//!     let shipment = Shipment {
//!         code: code.into(), batch: "B1".into(), from: from.into(), to: to.into(),
//!         shipped_on: Span::parse(day, UtcOffset::CHINA)?, ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let stock = chain.find_stock("B1", "B")?;
//! assert_eq!(chain.stock_label(stock), "B1@B");
//! assert_eq!(chain.first(stock).unwrap().to_string(), "2026-03-01T00:00");
//! chain.verify()?;
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod absorb;
mod balances;
mod buffer;
mod builder;
mod checks;
mod codes;
pub(crate) mod column;
pub(crate) mod departures;
mod door;
pub(crate) mod ends;
mod extent;
mod far_off;
mod finding;
mod freeze;
mod graph;
pub(crate) mod groups;
mod grow;
pub mod history;
pub(crate) mod index;
pub(crate) mod ledger;
mod lookalike;
mod lots;
mod making;
mod marks;
mod memory;
pub mod missing;
mod naming;
mod network;
mod numbers;
mod order;
pub(crate) mod origin;
mod packed;
mod packs;
pub(crate) mod radix;
pub(crate) mod records;
mod refs;
mod registering;
mod registry;
mod removals;
mod repeats;
mod reports;
mod rowcodes;
mod shipments;
mod shown;
mod snapshot;
mod sources;
mod stocks;
pub(crate) mod store;
mod tables;
mod tags;
mod text_rows;
mod transform;
mod units;
mod verify;
mod waybills;
mod widen;

use std::ops::Range;
use std::sync::Arc;

pub use buffer::SnapshotBuffer;
pub use builder::{BuildOptions, ChainBuilder, Conflict};
pub use finding::{Finding, FindingCode, RecordRef, Severity, Table};
pub use graph::{
    AllLinks, LinkEdge, LinkRef, LinkWeight, Links, Neighbors, StockReferences, StockSet,
};
pub use ledger::{Inflow, InflowFrom, Ledger, Outflow, OutflowTo};
pub use lookalike::{LookAlike, Resemblance};
pub use memory::Memory;
pub use network::{OperatorNetwork, Trade};
pub use records::{
    BatchView, LineView, OperatorView, ProductView, RegionView, RemovalView, SampleView,
    ShipmentView, TransformationView,
};
pub use snapshot::SnapshotError;
pub use stocks::BatchStocks;
pub use text_rows::{TextRow, Unread, UnreadValue};

use crate::error::Error;
use crate::id::{BatchId, FileId, OperatorId, SampleId, StockId, TransformationId};
use crate::model::Source;
use crate::time::{Minute, Span};
use codes::{Codes, Words};
use column::Column;
use groups::Groups;
use index::LinkIndex;
use lookalike::LookAlikes;
use marks::Marks;
use origin::Origin;
use packs::Packs;
use records::{
    BatchRow, LineRow, OperatorRow, ProductRow, RegionRow, SampleRow, TransformationRow,
};
use removals::Removals;
use reports::FurtherSources;
use shipments::Shipments;
use stocks::Stocks;

/// What building gives: the chain, and everything found on the way.
#[derive(Debug)]
#[non_exhaustive]
pub struct Built {
    /// The frozen chain.
    pub chain: SupplyChain,
    /// Findings in order: by severity, then code, then records.
    pub findings: Vec<Finding>,
}

/// An immutable supply chain. Cheap to share behind an `Arc`; every query takes `&self`.
#[derive(Debug, Clone)]
pub struct SupplyChain {
    options: BuildOptions,
    files: Vec<String>,
    texts: Words,
    operator_codes: Codes,
    product_codes: Codes,
    batch_codes: Codes,
    region_codes: Codes,
    transformation_codes: Codes,
    shipment_codes: Words,
    operators: Column<OperatorRow>,
    products: Column<ProductRow>,
    batches: Column<BatchRow>,
    regions: Column<RegionRow>,
    shipments: Shipments,
    transformations: Column<TransformationRow>,
    transformations_at: Groups<TransformationId>,
    lines: Column<LineRow>,
    line_sources: Column<Source>,
    /// Shipments and input lines whose departure contradicts the records and counts as unknown.
    contradicted: Marks,
    /// Shipments and lines that stand for several lots.
    shared: Marks,
    packs: Arc<Packs>,
    /// Rows of other reporters that say what a row says, by the source of that.
    further_sources: Arc<FurtherSources>,
    processes: Column<u32>,
    removals: Removals,
    samples: Column<SampleRow>,
    cleanings_at: Groups<Span>,
    stocks: Stocks,
    links: LinkIndex,
    /// Whether rows named who reported them, so that equal rows may be one record.
    reported: bool,
    /// What its ids stand for.
    origin: Origin,
    /// Whether records were appended, so that ids are in no order.
    grown: bool,
    /// Codes that look alike.
    look_alikes: LookAlikes,
    /// What of it is inferred.
    inferred: Option<Arc<missing::Overlay>>,
}

impl SupplyChain {
    /// The options it was built with.
    #[must_use]
    pub fn options(&self) -> &BuildOptions {
        &self.options
    }

    /// How many stocks there are; their ids are `0..stock_count()`.
    #[must_use]
    pub fn stock_count(&self) -> usize {
        self.stocks.len()
    }

    /// Every stock, by number.
    pub fn stock_ids(&self) -> impl ExactSizeIterator<Item = StockId> + use<> {
        (0..self.stock_count() as u32).map(StockId)
    }

    /// The batch and the operator of a stock.
    #[inline]
    #[must_use]
    pub fn stock(&self, stock: StockId) -> (BatchId, OperatorId) {
        self.stocks.pairs.get(stock.index()).copied().unwrap_or((BatchId::NONE, OperatorId::NONE))
    }

    /// The codes of a stock's batch and operator.
    #[must_use]
    pub fn stock_codes(&self, stock: StockId) -> (&str, &str) {
        let (batch, operator) = self.stock(stock);
        (self.batch_code(batch), self.operator_codes.text(operator.0))
    }

    /// `BATCH@OPERATOR`; `BATCH[PRODUCT,PRODUCER]@OPERATOR` where several lots share the code.
    #[must_use]
    pub fn stock_label(&self, stock: StockId) -> String {
        let (batch, operator) = self.stock(stock);
        format!("{}@{}", self.batch_label(batch), self.operator_codes.text(operator.0))
    }

    /// The code of a batch, which several lots may share.
    #[must_use]
    pub fn batch_code(&self, batch: BatchId) -> &str {
        lots::code_of(self.batch_codes.text(batch.0))
    }

    /// The code of a batch; `CODE[PRODUCT,PRODUCER]` where several lots share it.
    #[must_use]
    pub fn batch_label(&self, batch: BatchId) -> String {
        lots::label_of(self.batch_codes.text(batch.0))
    }

    /// The codes of a batch's product and producer, where several lots share its code, so that it
    /// takes them to tell these apart.
    #[must_use]
    pub fn lot_codes(&self, batch: BatchId) -> Option<(&str, &str)> {
        lots::product_and_producer(self.batch_codes.text(batch.0))
    }

    /// The lots of a code, by product and producer: one, where it does not stand for several.
    /// O(log n).
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn lots_of(&self, code: &str) -> Result<Vec<BatchId>, Error> {
        let one = self.batch_codes.get(code).map(BatchId);
        let labelled = || {
            let inner = lots::of_label(code)?;
            self.batch_codes.get(&inner).map(BatchId)
        };
        if let Some(one) = one.or_else(labelled) {
            return Ok(vec![one]);
        }
        let prefix = format!("{code}{}", lots::SEPARATOR);
        let lots: Vec<BatchId> = self.batch_codes.with_prefix(&prefix).map(BatchId).collect();
        if lots.is_empty() { Err(not_found("batch", code)) } else { Ok(lots) }
    }

    /// The stock of a batch at an operator, when any record shows it. O(log n) in the operator's
    /// stocks.
    #[must_use]
    pub fn stock_of(&self, batch: BatchId, operator: OperatorId) -> Option<StockId> {
        self.stocks.find(batch, operator)
    }

    /// The stocks of two codes, by lot: one, where a single lot of the code was there.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a code is unknown, [`Error::NoStock`] when no record shows the
    /// batch at the operator.
    pub fn find_stocks(&self, batch: &str, operator: &str) -> Result<Vec<StockId>, Error> {
        let (lots, at) = (self.lots_of(batch)?, self.find_operator(operator)?);
        let stocks: Vec<StockId> =
            lots.into_iter().filter_map(|lot| self.stock_of(lot, at)).collect();
        if stocks.is_empty() {
            let (batch, operator) = (batch.to_owned(), operator.to_owned());
            return Err(Error::NoStock { batch, operator });
        }
        Ok(stocks)
    }

    /// The stock of two codes.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stocks`], and [`Error::SeveralLots`] where several lots of the code
    /// were there.
    pub fn find_stock(&self, batch: &str, operator: &str) -> Result<StockId, Error> {
        match self.find_stocks(batch, operator)?.as_slice() {
            [stock] => Ok(*stock),
            stocks => Err(Error::SeveralLots {
                code: batch.to_owned(),
                labels: stocks.iter().map(|stock| self.stock_label(*stock)).collect(),
            }),
        }
    }

    /// The stock written `BATCH@OPERATOR`. Where a code holds `@`, every split is tried.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stock`].
    pub fn find_stock_label(&self, label: &str) -> Result<StockId, Error> {
        self.split_label(label, |batch, operator| self.find_stock(batch, operator))
    }

    /// The stocks written `BATCH@OPERATOR`: of every lot of the code that was there.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stocks`].
    pub fn find_stocks_label(&self, label: &str) -> Result<Vec<StockId>, Error> {
        self.split_label(label, |batch, operator| self.find_stocks(batch, operator))
    }

    fn split_label<T>(
        &self,
        label: &str,
        find: impl Fn(&str, &str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut first_error = None;
        for (at, _) in label.match_indices('@') {
            match find(&label[..at], &label[at + 1..]) {
                Ok(found) => return Ok(found),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| not_found("stock (expected BATCH@OPERATOR)", label)))
    }

    /// The stocks of a batch: those the chain was built with by first event and operator, then those
    /// that were appended. O(log k) in them.
    #[must_use]
    pub fn stocks_of_batch(&self, batch: BatchId) -> BatchStocks<'_> {
        self.stocks.of_batch(batch)
    }

    /// The stocks at an operator, by batch.
    #[must_use]
    pub fn stocks_at(&self, operator: OperatorId) -> &[StockId] {
        self.stocks.at_operator(operator)
    }

    /// The minute of a stock's first event (semantics section 2): unbounded when it is recorded
    /// without a date, `None` for an orphan.
    #[must_use]
    pub fn first(&self, stock: StockId) -> Option<Minute> {
        let first = self.stocks.first.get(stock.index()).copied();
        first.filter(|first| *first != Minute::UNBOUNDED_FUTURE)
    }

    /// The earliest minute at which any record of the stock can have begun.
    #[must_use]
    pub fn begun(&self, stock: StockId) -> Minute {
        self.stocks.begun.get(stock.index()).copied().unwrap_or(Minute::UNBOUNDED_FUTURE)
    }

    /// Whether nothing records how the stock came to be: it gets inferred links from every other
    /// stock of its batch.
    #[inline]
    #[must_use]
    pub fn is_orphan(&self, stock: StockId) -> bool {
        self.stocks.is_orphan(stock)
    }

    /// The stock at a batch's producer, when the batch has a row.
    #[must_use]
    pub fn producer_stock(&self, batch: BatchId) -> Option<StockId> {
        let producer = self.batches.get(batch.index())?.producer?;
        self.stock_of(batch, producer)
    }

    /// The operator of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn find_operator(&self, code: &str) -> Result<OperatorId, Error> {
        let found = self.operator_codes.get(code).map(OperatorId);
        found.ok_or_else(|| not_found("operator", code))
    }

    /// The batch of a code.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::SeveralLots`] of a code that several lots share.
    pub fn find_batch(&self, code: &str) -> Result<BatchId, Error> {
        match self.lots_of(code)?.as_slice() {
            [batch] => Ok(*batch),
            lots => Err(Error::SeveralLots {
                code: code.to_owned(),
                labels: lots.iter().map(|lot| self.batch_label(*lot)).collect(),
            }),
        }
    }

    /// The samples of a code; more than one where different rows share it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn find_samples(
        &self,
        code: &str,
    ) -> Result<impl ExactSizeIterator<Item = SampleId> + use<>, Error> {
        let text = |row: &SampleRow| self.texts.text(row.code);
        let base = self.samples.base();
        let start = base.partition_point(|row| text(row) < code);
        let end = base.partition_point(|row| text(row) <= code);
        let later = (base.len()..self.samples.len()).filter(|at| text(&self.samples[*at]) == code);
        let found: Vec<SampleId> =
            (start..end).chain(later).map(|at| SampleId(at as u32)).collect();
        if found.is_empty() {
            return Err(not_found("sample", code));
        }
        Ok(found.into_iter())
    }

    /// The name of the file a source lies in; `None` for [`Source::NONE`].
    #[must_use]
    pub fn file_name(&self, file: FileId) -> Option<&str> {
        self.files.get(file.index()).map(String::as_str)
    }

    /// `FILE:LINE` of a source; `None` where there is none.
    #[must_use]
    pub fn place(&self, source: Source) -> Option<String> {
        self.file_name(source.file).map(|name| format!("{name}:{}", source.line))
    }

    /// `FILE:LINE` of the row a record was read from, then of the rows in which other reporters
    /// say the same.
    pub fn places(&self, source: Source) -> impl Iterator<Item = String> + '_ {
        let rows = std::iter::once(source).chain(self.other_sources(source));
        rows.filter_map(|source| self.place(source))
    }

    /// How many links there are: shipments, plus every pair of an input and an output stock of a
    /// transformation, plus the inferred links into orphans.
    #[must_use]
    pub fn link_count(&self) -> u64 {
        let made: u64 = self
            .transformations
            .iter()
            .map(|t| t.inputs.len() as u64 * t.outputs.len() as u64)
            .sum();
        let inferred: u64 = self
            .stock_ids()
            .filter(|stock| self.is_orphan(*stock))
            .map(|stock| self.stocks_of_batch(self.stock(stock).0).len() as u64 - 1)
            .sum();
        self.shipments.len() as u64 + made + inferred
    }

    /// The minutes between which nearly every stock began, for sizing what is kept by time.
    pub(crate) fn period(&self) -> (i32, i32) {
        const SAMPLE: usize = 4096;
        let first = self.stocks.first.base();
        let step = first.len().div_ceil(SAMPLE).max(1);
        let bounded =
            |first: &Minute| *first != Minute::UNBOUNDED_PAST && *first != Minute::UNBOUNDED_FUTURE;
        let mut known: Vec<Minute> = first.iter().step_by(step).copied().filter(bounded).collect();
        known.sort_unstable();
        // A date that nobody believes at either end is left out.
        let strays = known.len().div_ceil(1000).min(known.len().saturating_sub(1) / 2);
        match (known.get(strays), known.get(known.len().saturating_sub(strays + 1))) {
            (Some(first), Some(last)) => (first.minutes(), last.minutes()),
            _ => (0, 0),
        }
    }

    pub(crate) fn links(&self) -> &LinkIndex {
        &self.links
    }

    pub(crate) fn lines_of(&self, range: &Range<u32>) -> &[LineRow] {
        self.lines.slice(range.clone())
    }

    pub(crate) fn transformations_at(&self, operator: OperatorId) -> &[TransformationId] {
        self.transformations_at.get(operator.0)
    }
}

fn not_found(kind: &'static str, code: &str) -> Error {
    Error::NotFound { kind, code: code.to_owned() }
}
