//! The electronic sortable spreadsheet of the US food traceability rule (FSMA 204, 21 CFR part 1,
//! subpart S) in and out for Suyuan (溯源).
//!
//! ```
//! use suyuan_fsma::{Event, Kind, check};
//! let mut event = Event::new(Kind::Shipping);
//! event.set("Traceability Lot Code", "TLC-1");
//! event.set("Quantity", "6");
//! event.set("Unit of Measure", "cases");
//! event.set("Product Description", "Romaine, 24 count");
//! event.set("Ship Date", "2026-03-01");
//! let report = check(&[event]);
//! let rules: Vec<_> = report.events[0].missing.iter().map(|missing| missing.rule).collect();
//! assert_eq!(rules, ["1.1340(a)(4)", "1.1340(a)(5)", "1.1340(a)(7)", "1.1340(a)(8)"]);
//! ```
//!
//! [`read_path`] reads a workbook with a tab for each kind of critical tracking event, one event
//! a row; [`write_bytes`] writes one. [`check()`] says for each event which key data element is
//! missing and by which paragraph, [`add_to`] turns events into the core's records, and
//! [`from_chain`] makes events of a chain.
//!
//! What is not supported: exemptions beyond the two for goods from persons the rule does not
//! apply to, and whether a food is on the Food Traceability List.

mod chain;
mod check;
mod error;
mod heading;
mod rule;
mod sheet;

pub use chain::{add_to, from_chain};
pub use check::{EventReport, Missing, Report, Unreadable, check};
pub use error::Error;
pub use rule::{Element, Event, Form, Kind, Need};
pub use sheet::{Finding, Import, read_bytes, read_path, write_bytes};
pub use suyuan_xlsx::Limits;
