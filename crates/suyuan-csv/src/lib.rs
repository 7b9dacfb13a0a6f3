//! CSV in and out for Suyuan (溯源), with exact diagnostics.
//!
//! ```
//! use suyuan_csv::{ReadOptions, read_dir};
//! let dir = tempfile::tempdir()?;
//! std::fs::write(
//!     dir.path().join("removals.csv"),
//!     "batch_code,operator_code,removed_on,quantity,unit,reason\nB1,S1,2026-03-09,five,kg,sold\n",
//! )?;
//! let import = read_dir(dir.path(), &ReadOptions::default())?;
//! assert_eq!(
//!     import.report.repaired[0].to_string(),
//!     "removals.csv:2 (record 1), quantity: found \"five\", expected a plain decimal number"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A data set is a folder of up to eight tables ([`schema`]), each `NAME.csv` or `NAME.csv.gz`,
//! in UTF-8 or GB18030, with headers in English or Chinese. [`read_dir`] streams them into a
//! [`SupplyChain`](suyuan_core::chain::SupplyChain) and says what became of every row
//! ([`report`]): a row whose codes cannot be read is rejected, any other bad value is unknown and
//! reported, and nothing is dropped silently. [`Importer`] reads single tables from files, memory
//! or any reader; [`ReadOptions::rejects`] writes rejected rows back out.
//!
//! The result is the same on any number of threads and with any block size.
//!
//! Fields are separated by commas, semicolons, tabs or `|`; titles may stand before the header.
//! What is not supported: UTF-16 (an error that says so), and
//! guessing what a bad value may have meant.

mod blocks;
mod cells;
mod dialect;
pub mod drill;
mod encoding;
mod error;
mod feed;
mod folder;
mod header;
pub mod identity;
mod import;
mod options;
mod output;
mod parse;
mod pipeline;
mod recipes;
mod records;
mod rejects;
pub mod report;
mod resolve;
mod results;
mod rows;
pub mod sampling;
pub mod schema;
mod sheet;
mod source;
mod split;
mod summary;
mod totals;
mod words;

pub use encoding::Encoding;
pub use error::Error;
pub use folder::{is_read, read_dir};
pub use import::{Import, Importer};
pub use options::{Progress, ReadOptions};
pub use recipes::{RECIPES, read_recipes};
pub use rejects::REASON_COLUMN;
pub use report::Report;
pub use results::{RECALL_FILES, TRACE_BACK_FILES, write_recall, write_trace_back};
pub use sheet::decode;
