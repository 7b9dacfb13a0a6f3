//! What changed between two recalls, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::AffectedRow;
use super::explain::{Answer, Barrier, explain};
use super::scope::Scope;
use crate::chain::{LinkRef, SupplyChain};
use crate::error::Error;
use crate::id::StockId;
use crate::time::Minute;
use crate::trace::{Step, Via};

/// A link of a witness path, by codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepRow {
    /// The stock it leaves, `BATCH@OPERATOR`.
    pub from: String,
    /// What passed the material on: `shipment CODE`, `transformation CODE` ...
    pub via: String,
    /// The stock it reaches.
    pub to: String,
}

/// Why a stock is in a scope, or no longer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// It is a source itself.
    Source,
    /// Material reaches it by these links.
    Reached {
        /// From a source to the stock.
        path: Vec<StepRow>,
    },
    /// Material is stopped on its way there.
    Stopped {
        /// The link nearest to the stock at which it is.
        link: StepRow,
        /// What stops it.
        by: String,
    },
    /// No records lead from a source to it.
    Unconnected,
    /// No record shows it any more.
    Unrecorded,
}

/// A stock that entered or left a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Moved {
    /// What is known of it: after it entered, or before it left.
    pub row: AffectedRow,
    /// Why it is there now, or no longer is.
    pub why: Why,
}

/// A stock of both scopes of which something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangedRow {
    /// What was known of it.
    pub before: AffectedRow,
    /// What is known of it now.
    pub after: AffectedRow,
    /// The keys of the values that changed, in the order of the row.
    pub fields: Vec<String>,
    /// Why it is in the scope now.
    pub why: Why,
}

/// What changed from one recall to another. Stocks are in the order of operator and batch codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// Stocks that entered the scope.
    pub entered: Vec<Moved>,
    /// Stocks that left it.
    pub left: Vec<Moved>,
    /// Stocks that stayed, with another certainty, date or quantity.
    pub changed: Vec<ChangedRow>,
    /// How many stayed as they were.
    pub unchanged: u64,
}

impl Difference {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entered.is_empty() && self.left.is_empty() && self.changed.is_empty()
    }
}

/// Compares two recalls, each with the chain it was asked of. Stocks are the same when their codes
/// are.
///
/// Takes O(n log n) in the affected stocks of both, the length of the paths told, and for each
/// stock that left one walk upstream.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Shipment, Source};
/// use suyuan_core::recall::{Policy, RecallSource, Why, difference, recall};
/// let chain = |to: &'static str| {
///     let mut builder = ChainBuilder::new();
///     let shipment = Shipment {
///         code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: to.into(),
///         ..Shipment::default()
///     };
///     builder.add_shipment(&shipment, Source::NONE).unwrap();
///     builder.build().unwrap().chain
/// };
/// let (wrong, right) = (chain("SHOP"), chain("CANTEEN"));
/// let policy = Policy::default();
/// let ask = |chain| recall(chain, &RecallSource::stock(chain, "B1@FARM")?, &policy);
/// let (before, after) = (ask(&wrong)?, ask(&right)?);
/// let difference = difference((&wrong, &before), (&right, &after))?;
/// assert_eq!(difference.entered[0].row.operator, "CANTEEN");
/// assert_eq!(difference.left[0].why, Why::Unrecorded);
/// # Ok::<(), suyuan_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::OtherChain`] when a scope is not of the chain beside it.
pub fn difference(
    before: (&SupplyChain, &Scope),
    after: (&SupplyChain, &Scope),
) -> Result<Difference, Error> {
    for (chain, scope) in [before, after] {
        chain.knows(&scope.chain, "a scope")?;
    }
    let rows = |(chain, scope): (&SupplyChain, &Scope)| -> BTreeMap<_, AffectedRow> {
        let rows = scope.document(chain).affected.into_iter();
        let key = |row: &AffectedRow| {
            let lot = (row.product.clone(), row.producer.clone());
            (row.operator.clone(), row.batch.clone(), lot)
        };
        rows.map(|row| (key(&row), row)).collect()
    };
    let mut old = rows(before);
    let mut difference = Difference::default();
    for (key, row) in rows(after) {
        let now = || why(after.0, after.1, &row);
        match old.remove(&key) {
            None => {
                let why = now()?;
                difference.entered.push(Moved { row, why });
            }
            Some(known) if known == row => difference.unchanged += 1,
            Some(known) => {
                let (fields, why) = (changed_fields(&known, &row), now()?);
                difference.changed.push(ChangedRow { before: known, after: row, fields, why });
            }
        }
    }
    for row in old.into_values() {
        let why = why(after.0, after.1, &row)?;
        difference.left.push(Moved { row, why });
    }
    Ok(difference)
}

/// The keys under which two rows differ.
fn changed_fields(before: &AffectedRow, after: &AffectedRow) -> Vec<String> {
    let mut fields = Vec::new();
    let mut compare = |name: &str, same: bool| {
        if !same {
            fields.push(name.to_owned());
        }
    };
    compare("since", before.since == after.since);
    compare("certainty", before.certainty == after.certainty);
    compare("hops", before.hops == after.hops);
    compare("produced", before.produced == after.produced);
    compare("received", before.received == after.received);
    compare("shipped", before.shipped == after.shipped);
    compare("consumed", before.consumed == after.consumed);
    compare("removed", before.removed == after.removed);
    compare("on_hand", before.on_hand == after.on_hand);
    compare("in_transit", before.in_transit == after.in_transit);
    compare("unit", before.unit == after.unit);
    compare("share", before.share == after.share);
    compare("contaminated_expected", before.contaminated_expected == after.contaminated_expected);
    compare("contaminated_max", before.contaminated_max == after.contaminated_max);
    compare(
        "contaminated_in_transit",
        before.contaminated_in_transit == after.contaminated_in_transit,
    );
    compare("quantity_complete", before.quantity_complete == after.quantity_complete);
    fields
}

fn why(chain: &SupplyChain, scope: &Scope, row: &AffectedRow) -> Result<Why, Error> {
    let found = match (&row.product, &row.producer) {
        (Some(product), Some(producer)) => {
            chain.find_stock(&format!("{}[{product},{producer}]", row.batch), &row.operator)
        }
        _ => chain.find_stock(&row.batch, &row.operator),
    };
    let Ok(stock) = found else { return Ok(Why::Unrecorded) };
    Ok(match explain(chain, scope, stock)? {
        Answer::Affected(steps) if steps.is_empty() => Why::Source,
        Answer::Affected(steps) => {
            Why::Reached { path: steps.iter().map(|step| step_row(chain, step)).collect() }
        }
        Answer::Stopped(blocked) => {
            let by = match blocked.barrier {
                Barrier::LeftBefore { departed, since } => {
                    format!("left by {departed}, before affected material at {}", minute(since))
                }
                Barrier::KillStep => "a process that inactivates the hazard".to_owned(),
                Barrier::NotBegun => "not begun by the minute asked for".to_owned(),
            };
            Why::Stopped { link: link_row(chain, blocked.from, blocked.link, blocked.to), by }
        }
        Answer::Unconnected => Why::Unconnected,
    })
}

fn minute(minute: Minute) -> String {
    if minute.is_bounded() { minute.to_string() } else { "an unknown minute".to_owned() }
}

fn step_row(chain: &SupplyChain, step: &Step) -> StepRow {
    let transformation = |id| chain.transformation(id).code.to_owned();
    let via = match step.via {
        Via::Shipment(id) => format!("shipment {}", chain.shipment(id).code),
        Via::Transformation(id) => match chain.inferred_rule(step.from, id) {
            Some(rule) => format!("inferred link into {}: {rule}", transformation(id)),
            None => format!("transformation {}", transformation(id)),
        },
        Via::CarryOver { entered, left } => {
            format!("carry-over from {} to {}", transformation(entered), transformation(left))
        }
        Via::Inferred => "inferred receipt of an orphan".to_owned(),
    };
    StepRow { from: chain.stock_label(step.from), via, to: chain.stock_label(step.to) }
}

fn link_row(chain: &SupplyChain, from: StockId, link: LinkRef, to: StockId) -> StepRow {
    let via = match link {
        LinkRef::Shipment(id) => Via::Shipment(id),
        LinkRef::Transformation(id) => Via::Transformation(id),
        LinkRef::Inferred => Via::Inferred,
    };
    step_row(chain, &Step { from, via, to })
}
