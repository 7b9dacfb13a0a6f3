//! From a failing sample to the complete recall scope.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::quantity::Unit;
//! use suyuan_core::recall::{Policy, RecallSource, recall};
//! use suyuan_core::time::{Span, UtcOffset};
//! let day = |text| Span::parse(text, UtcOffset::CHINA).unwrap();
//! let mut builder = ChainBuilder::new();
//! builder.add_batch(
//!     &Batch {
//!         code: "LEEK-1".into(), product: "LEEK".into(), operator: "FARM".into(),
//!         produced_on: day("2026-03-01"), quantity: Some(100.into()), unit: Some(Unit::Kilogram),
//!         ..Batch::default()
//!     },
//!     Source::NONE,
//! )?;
//! builder.add_shipment(
//!     &Shipment {
//!         code: "W1".into(), batch: "LEEK-1".into(), from: "FARM".into(), to: "MARKET".into(),
//!         shipped_on: day("2026-03-02"), received_on: day("2026-03-02"),
//!         quantity: Some(60.into()), unit: Some(Unit::Kilogram), ..Shipment::default()
//!     },
//!     Source::NONE,
//! )?;
//! let chain = builder.build()?.chain;
//! let scope = recall(&chain, &RecallSource::batch(&chain, "LEEK-1")?, &Policy::default())?;
//! let report = scope.document(&chain);
//! assert_eq!(report.totals.stocks, 2);
//! assert_eq!(report.affected[0].on_hand.to_string(), "40");
//! assert_eq!(report.operators[1].operator, "MARKET");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

pub mod case;
pub(crate) mod contamination;
mod difference;
mod document;
pub mod drill;
mod explain;
mod following;
mod lookalike;
mod on_hand;
mod policy;
mod question;
mod reach;
mod scope;
pub mod what_if;

pub use contamination::Contamination;
pub use difference::{ChangedRow, Difference, Moved, StepRow, Why, difference};
pub use document::{
    AffectedRow, CommonRow, InferredRow, OperatorRow, RecallDocument, SourceRow, TargetRow, Totals,
    TraceBackDocument, UpstreamRow, WarningPlace, WarningRow,
};
pub use explain::{Answer, Barrier, Blocked, explain};
pub use following::{Effort, Following};
pub use lookalike::{look_alikes, look_alikes_of};
pub use on_hand::OnHand;
pub use policy::{KillSteps, Policy, SeedScope};
pub use question::Question;
pub use reach::{AffectedRef, Detail, OperatorSum, RecallReach};
pub use scope::{Affected, RecallSource, Scope, StartFrom, recall};
