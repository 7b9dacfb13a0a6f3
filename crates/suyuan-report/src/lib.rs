//! Suyuan's results as pages that people can read, sign and pass on, and as sheets.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::recall::{Policy, RecallSource, recall};
//! use suyuan_report::Lang;
//! use suyuan_report::recall::RecallReport;
//! use suyuan_report::records::Records;
//! let mut builder = ChainBuilder::new();
//! let shipment = Shipment {
//!     code: "W1".into(), batch: "LEEK".into(), from: "FARM".into(), to: "SHOP".into(),
//!     ..Shipment::default()
//! };
//! builder.add_shipment(&shipment, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let (source, policy) = (RecallSource::batch(&chain, "LEEK")?, Policy::default());
//! let scope = recall(&chain, &source, &policy)?;
//! let report = RecallReport::new(&chain, &source, &policy, &scope, Records::default());
//! assert_eq!(report.totals.operators, 2);
//! let html = report.page(Lang::En).render();
//! assert!(html.contains("SHOP"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```
//!
//! A page is one file: style, script and drawings are inside it, it asks no host for anything,
//! prints on A4 and is readable on a phone, in light and in dark, in Chinese and in English. What
//! it shows comes from a plain struct that serialises, so every number of a page is in the JSON.
//! [`recall`] and [`back`] know the core's results; [`chart`] draws from plain numbers, and
//! [`page`] and [`table`] put them together for any other result.
//!
//! What the records behind a result lack ([`records`]) stands before the names on all of them.
//!
//! CSV is written with a guard against texts that a spreadsheet would run as formulas
//! ([`table::CsvOptions`]); worksheets (`xlsx`, a feature) hold texts as texts.
//!
//! What is not supported: maps with borders (regions are tiles), pages that load more data, and
//! editing a page's numbers.

pub mod back;
pub mod case;
pub mod chart;
pub mod difference;
pub mod drill;
mod error;
mod lang;
pub mod layout;
pub mod page;
pub mod policies;
pub mod recall;
pub mod records;
pub mod sampling;
pub mod sources;
pub mod table;
mod text;

pub use error::Error;
pub use lang::Lang;
pub use page::{Figure, Page, Section};
pub use text::count as thousands;
