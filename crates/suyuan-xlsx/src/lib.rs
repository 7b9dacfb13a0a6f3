//! Workbooks (`.xlsx`) in and out for Suyuan's adapters, within bounded memory.
//!
//! ```
//! # #[cfg(feature = "read")] {
//! use suyuan_xlsx::{Limits, NewSheet, read_bytes, write_bytes};
//! let mut sheet = NewSheet::new("Stations");
//! sheet.row(["ID", "Name"]);
//! sheet.row(["1", "Farm"]);
//! let bytes = write_bytes(&[sheet])?;
//! let workbook = read_bytes(&bytes, &Limits::default())?;
//! let read = workbook.sheet("Stations").unwrap();
//! assert_eq!(read.rows[1].number, 2);
//! assert_eq!(read.rows[1].text(1), "Farm");
//! # }
//! # Ok::<(), suyuan_xlsx::Error>(())
//! ```
//!
//! Every cell is read as the text a person would type: a number as its shortest decimal, a date
//! as `2026-03-01` (with `T08:30` where it has a time), a formula as the value that was stored
//! with it. Empty cells are left out. Before anything else looks inside, the archive is unpacked
//! once into nothing and counted, so a small file that unpacks to a large one ends in
//! [`Error::TooLarge`], whatever sizes it claims; [`Limits`] says how far reading goes.
//!
//! Reading is the feature `read`, on by default; an adapter that only writes leaves it out.
//!
//! What is not supported: `.xls`, `.xlsb`, `.ods`, passwords, styles, and formulas that have no
//! stored value (an empty cell).

mod error;
#[cfg(feature = "read")]
mod read;
mod write;

pub use error::Error;
#[cfg(feature = "read")]
pub use read::{Limits, Row, Sheet, Workbook, read_bytes, read_path};
pub use write::{NewCell, NewSheet, write_bytes};
