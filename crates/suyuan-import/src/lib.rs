//! From the files an office keeps to a data set of Suyuan (溯源).
//!
//! An office's file has titles above its header, headings of its own, merged cells, quantities
//! such as `12吨`, a total at the end, names in place of codes. A [`Profile`] says how such a file
//! is read; [`guess()`] drafts one, a person corrects it and keeps it, [`apply()`] reads by it. Nothing
//! that was guessed is used unless it stands in the profile. What became of every row is in the
//! [`Report`]: used, or left out with the reason.
//!
//! ```
//! use suyuan_core::chain::Table;
//! use suyuan_import::{Profile, Register, Sheet, apply, guess};
//! let file = "三月台账,,,,\n送货单号,批号,供货单位,收货单位,数量\n\
//!             S1,A,牧场,乳业公司,12吨\n,B,牧场,乳业公司,8吨\n合计,,,,20吨\n";
//! let sheets = Sheet::read_bytes("台账.csv", file.as_bytes())?;
//! let draft = guess(&sheets).to_toml();
//! // A person looks at the draft here.
//! let profile = Profile::parse(&draft)?;
//! let imported = apply(&profile, &sheets, &Register::default())?;
//! let shipments = imported.csv(Table::Shipments)?;
//! assert!(shipments.ends_with("S1,B,牧场,乳业公司,8,t\n"), "{shipments}");
//! assert_eq!((imported.report.read(), imported.report.used()), (5, 2));
//! # Ok::<(), suyuan_import::Error>(())
//! ```
//!
//! Texts may be in UTF-8, UTF-16 or GB18030, separated by commas, semicolons, tabs or bars.
//! Workbooks (`.xlsx`) are read with the feature `xlsx`, on by default.
//!
//! What is not supported: `.xls` and `.ods`, archives of files, one row that holds several records
//! side by side, and which cells of a workbook were really merged: the profile says what is filled
//! down.

mod apply;
mod decode;
mod draft;
mod error;
mod guess;
mod heading;
mod imported;
mod known;
mod pattern;
mod profile;
mod register;
mod report;
mod sheet;
mod split;
mod table;
mod value;

pub use apply::apply;
pub use draft::{Decision, Draft, Sure};
pub use error::Error;
pub use guess::guess;
pub use imported::{Imported, REPORT, Record, Records};
pub use profile::{DateOrder, Feed, Field, Named, Profile, SerialDates, SheetProfile, When};
pub use register::{Register, code_of};
pub use report::{Outcome, Problem, Reason, Report, RowReport, SheetReport};
pub use sheet::{Row, Sheet};
