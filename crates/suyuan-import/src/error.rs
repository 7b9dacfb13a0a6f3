//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

/// Why a file could not be read, or a profile not be used.
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
    /// A file could not be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A quote is never closed, so that nobody can say where the fields end.
    #[error("failed to read {file}: the quote in line {line} is never closed")]
    Quote {
        /// The file.
        file: String,
        /// The physical line, from 1.
        line: u32,
    },
    /// The workbook cannot be read.
    #[cfg(feature = "xlsx")]
    #[error("failed to read {file}")]
    Workbook {
        /// The file.
        file: String,
        /// What the reader said.
        #[source]
        source: suyuan_xlsx::Error,
    },
    /// A kind of file that is not read.
    #[error("failed to read {file}: {kind} is not read; save it as {instead}")]
    Kind {
        /// The file.
        file: String,
        /// What it is.
        kind: &'static str,
        /// What to save it as.
        instead: &'static str,
    },
    /// The text of a profile is no profile.
    #[error("failed to read the profile: {message}")]
    Profile {
        /// What is wrong, with its line.
        message: String,
    },
    /// A profile names something that there is not.
    #[error("failed to use the profile: {what} {name:?} is unknown; expected one of {expected}")]
    Unknown {
        /// What is named, such as `table`.
        what: &'static str,
        /// The name.
        name: String,
        /// What there is.
        expected: String,
    },
    /// A column must be fed for the table to hold any row.
    #[error("failed to use the profile: {table} needs {column}")]
    Missing {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The header row of a sheet does not hold what the profile reads.
    #[error("failed to use the profile on {place}: no column {heading:?}; there is {found}")]
    Heading {
        /// File, sheet and header row.
        place: String,
        /// The heading that the profile names.
        heading: String,
        /// The headings that there are.
        found: String,
    },
    /// Two columns have the heading that the profile names.
    #[error(
        "failed to use the profile on {place}: columns {first} and {second} are both headed {heading:?}; name one as \"#{first}\""
    )]
    TwoHeadings {
        /// File, sheet and header row.
        place: String,
        /// The heading.
        heading: String,
        /// Letters of the first column.
        first: String,
        /// Letters of the second.
        second: String,
    },
    /// The chain could not be filled.
    #[error(transparent)]
    Chain(#[from] suyuan_core::Error),
    /// The register or the data set could not be read.
    #[error(transparent)]
    Data(#[from] suyuan_csv::Error),
}
