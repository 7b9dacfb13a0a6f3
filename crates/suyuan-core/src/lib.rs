//! The model and the engine of Suyuan (溯源): supply-chain lineage, tracing and recall.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::recall::{Policy, RecallSource, recall};
//!
//! let mut builder = ChainBuilder::new();
//! builder.add_batch(
//!     &Batch { code: "B1".into(), product: "P1".into(), operator: "FARM".into(), ..Batch::default() },
//!     Source::NONE,
//! )?;
//! builder.add_shipment(
//!     &Shipment { code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(), ..Shipment::default() },
//!     Source::NONE,
//! )?;
//! let chain = builder.build()?.chain;
//! let source = RecallSource::batch(&chain, "B1")?;
//! let scope = recall(&chain, &source, &Policy::default())?;
//! assert_eq!(scope.affected.len(), 2);
//! # Ok::<(), suyuan_core::Error>(())
//! ```
//!
//! Records ([`model`]) go into a [`chain::ChainBuilder`], which freezes them into an immutable
//! [`chain::SupplyChain`] and says what it found. [`trace`] walks it forward and backward in
//! time, [`recall`] turns a failing sample into the complete scope with quantities. The crate
//! does no input or output, reads no clock and keeps no global state; same records in, same
//! results out, whatever their order and the number of threads.

pub mod calendar;
pub mod chain;
mod error;
mod fetch;
pub mod id;
pub mod identity;
pub mod model;
mod numeric;
pub mod quantity;
pub mod recall;
pub mod sampling;
mod sparse;
pub mod text;
pub mod time;
pub mod trace;

pub use error::{Capacity, Error};
