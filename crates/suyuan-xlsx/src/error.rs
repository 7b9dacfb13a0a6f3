//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

/// Why a workbook could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not a workbook, or a damaged one.
    #[error("failed to read the workbook{}", at(entry))]
    Damaged {
        /// The part of the archive; empty for the archive itself.
        entry: String,
        /// What the reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another format, such as the older `.xls`.
    #[error("failed to read the workbook: it is no .xlsx file (which begins with \"PK\")")]
    NotXlsx,
    /// The workbook is larger than the limit, packed or unpacked.
    #[error("failed to read the workbook: it holds more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A sheet has more rows or columns than the format holds.
    #[error("failed to fit {rows} rows of {columns} columns into a worksheet")]
    Sheet {
        /// Rows, the header included.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// The workbook could not be made.
    #[error("failed to write the workbook")]
    Write {
        /// What the writer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn at(entry: &str) -> String {
    if entry.is_empty() { String::new() } else { format!(" at {entry}") }
}

#[cfg(feature = "read")]
impl Error {
    pub(crate) fn damaged(
        entry: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { entry: entry.to_owned(), source: source.into() }
    }
}
