//! Snapshot files of Suyuan (溯源): a frozen chain on disk, opened at the disk's speed.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! let mut builder = ChainBuilder::new();
//! let row = Shipment {
//!     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! builder.add_shipment(&row, Source::NONE)?;
//! let chain = builder.build()?.chain;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("year.suyuan");
//! suyuan_snapshot::save(&chain, &path)?;
//! let again = suyuan_snapshot::open(&path)?;
//! assert_eq!(again.find_stock_label("B1@SHOP")?, chain.find_stock_label("B1@SHOP")?);
//!
//! std::fs::write(&path, "code,batch\n")?;
//! let error = suyuan_snapshot::open(&path).unwrap_err();
//! assert!(error.to_string().ends_with("year.suyuan"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`save`] never leaves half a file under the name it is given; [`open`] reads nothing of a file
//! that is damaged, cut short, no snapshot or of another version. Findings are not kept: they are
//! of the import, not of the chain. The format is described in `docs/snapshot.md`.
//!
//! What is not supported: reading other versions of the format. A snapshot is a copy of records
//! that are kept elsewhere; import those again.

mod error;
mod file;

pub use error::Error;
pub use file::{open, save};
