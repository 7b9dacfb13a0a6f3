//! The page of a recall: what a director signs, and what tells everyone concerned.
//!
//! [`RecallReport`] holds every number of the page; it serialises. [`RecallReport::page`] is the
//! page, [`RecallReport::sheets`] its tables for CSV and Excel.

pub(crate) mod build;
mod drawing;
mod links;
mod page;
mod sheets;
pub(crate) mod steps;
mod summary;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use suyuan_core::chain::SupplyChain;
use suyuan_core::model::{Hazard, Stage, Verdict};
use suyuan_core::recall::{Policy, RecallSource, Scope};
use suyuan_core::time::{Minute, Span};
use suyuan_core::trace::Certainty;

use crate::records::Records;

pub use steps::{FirstRecord, RecordKind, Step, StepKind};

/// Sums over affected stocks. Quantities are in the base units of their batches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sums {
    /// Operators that must be told.
    pub operators: u64,
    /// Affected stocks.
    pub stocks: u64,
    /// Batches they belong to.
    pub batches: u64,
    /// Stocks that certain records alone reach.
    pub recorded: u64,
    /// Stocks that are only possibly affected.
    pub possible: u64,
    /// On hand, by unit: stocks whose balance is known and not negative.
    pub on_hand: BTreeMap<String, Decimal>,
    /// The most of what is on hand that can be contaminated, by unit.
    pub contaminated_on_hand: BTreeMap<String, Decimal>,
    /// On the road, by unit; the known parts.
    pub in_transit: BTreeMap<String, Decimal>,
    /// Stocks towards which an unknown quantity is on the road.
    pub unknown_in_transit: u64,
    /// Stocks that gave out more than they got: not in `on_hand`.
    pub negative_stocks: u64,
    /// Stocks with a quantity that is not known: not in `on_hand`.
    pub unknown_stocks: u64,
}

/// A stage or a region with its sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// Stage, where stages are told apart.
    pub stage: Option<Stage>,
    /// Code of the region, where regions are told apart; empty when unknown.
    pub region: String,
    /// Name of the region.
    pub region_name: String,
    /// Its sums.
    pub sums: Sums,
}

/// An operator that must be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Operator {
    /// Its code.
    pub code: String,
    /// Its name; empty without a row.
    pub name: String,
    /// Its stage.
    pub stage: Option<Stage>,
    /// Code of its region.
    pub region: String,
    /// Name of its region, the code where it has none.
    pub region_name: String,
    /// Name of the region that its region belongs to.
    pub upper_region: String,
    /// The earliest minute at which one of its stocks can hold affected goods; null when none is
    /// bounded.
    pub since: Option<Minute>,
    /// Whether a source is at it.
    pub source: bool,
    /// Its sums.
    pub sums: Sums,
}

/// An affected stock, and the step that brought it into the scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stock {
    /// Batch code, with product and producer where several lots share it.
    pub batch: String,
    /// Name of its product.
    pub product: String,
    /// Index of its operator.
    pub operator: usize,
    /// Earliest minute at which it can hold affected goods; null when unbounded.
    pub since: Option<Minute>,
    /// How certain that is.
    pub certainty: Certainty,
    /// Steps from a source.
    pub hops: u32,
    /// On hand.
    pub on_hand: Decimal,
    /// On the road towards it.
    pub in_transit: Decimal,
    /// The unit of its quantities; empty when no record names one.
    pub unit: String,
    /// Expected contaminated share of its intake.
    pub share: Decimal,
    /// Expected contaminated intake.
    pub contaminated_expected: Decimal,
    /// The most of it that can be contaminated.
    pub contaminated_max: Decimal,
    /// Whether every quantity of it is known.
    pub quantity_complete: bool,
    /// The last step of its witness path; null for a source.
    pub step: Option<Step>,
    /// The record that puts a source there; null for others, and where no record does.
    pub first: Option<FirstRecord>,
}

/// All that passed from one operator to another and can have carried contamination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Link {
    /// Index of the operator it leaves.
    pub from: usize,
    /// Index of the operator it reaches.
    pub to: usize,
    /// Records.
    pub records: u64,
    /// First minute at which one can have departed.
    pub first: Option<Minute>,
    /// Last minute at which one can have arrived.
    pub last: Option<Minute>,
    /// Known quantities by unit.
    pub quantity: BTreeMap<String, Decimal>,
    /// Whether all of it is only possible.
    pub possible: bool,
}

/// A failing sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailingSample {
    /// Its code.
    pub code: String,
    /// What the laboratory said.
    pub verdict: Option<Verdict>,
    /// What was tested for.
    pub test_item: String,
    /// Measured value, as written.
    pub measured: String,
    /// Limit, as written.
    pub limit: String,
    /// Class of the hazard.
    pub hazard: Option<Hazard>,
    /// When it was taken.
    pub sampled_on: Span,
    /// When the result was reported.
    pub reported_on: Span,
    /// Code of the batch.
    pub batch: String,
    /// Name of its product.
    pub product: String,
    /// Code of the operator it was taken at.
    pub operator: String,
    /// Name of the operator.
    pub operator_name: String,
    /// File and line; empty where there are none.
    pub place: String,
}

/// What a recall starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Start {
    /// Failing samples.
    Samples(Vec<FailingSample>),
    /// A batch, by its code, with the name of its product.
    Batch(String, String),
    /// A stock, `BATCH@OPERATOR`.
    Stock(String),
    /// An operator by its code, within a window.
    Operator(String, Option<Minute>, Option<Minute>),
}

/// Everything that the page of a recall shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecallReport {
    /// What it starts from.
    pub start: Start,
    /// `whole-batch` or `from-holder`.
    pub scope: &'static str,
    /// The hazard whose kill steps count; null where none does.
    pub hazard: Option<Hazard>,
    /// Minutes for which equipment carries over; null where it does not.
    pub carry_over: Option<i32>,
    /// The minute it is asked as of; null for all records.
    pub as_of: Option<Minute>,
    /// Stocks it starts from.
    pub sources: u64,
    /// Sums over everything.
    pub totals: Sums,
    /// Sums by stage, from farm to table.
    pub stages: Vec<Group>,
    /// Sums by region, by code.
    pub regions: Vec<Group>,
    /// Operators, by code.
    pub operators: Vec<Operator>,
    /// Affected stocks, by operator and batch code.
    pub stocks: Vec<Stock>,
    /// What passed between operators, by sender and receiver.
    pub links: Vec<Link>,
    /// What the records behind it lack.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: Records,
}

impl RecallReport {
    /// What a page shows of a scope that [`suyuan_core::recall::recall`] gave for the same source
    /// and policy. O(n log n + l) in its stocks and the links that leave them.
    #[must_use]
    pub fn new(
        chain: &SupplyChain,
        source: &RecallSource,
        policy: &Policy,
        scope: &Scope,
        records: Records,
    ) -> Self {
        build::report(chain, source, policy, scope, records)
    }
}
