//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

/// Why a network could not be read, scored or mapped.
///
/// What a record says wrongly is never an error: it is a [`Finding`](crate::Finding).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened or read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The text is not UTF-8.
    #[error("failed to read the document: byte {at} is not UTF-8")]
    NotUtf8 {
        /// Where, counted from 0.
        at: usize,
    },
    /// The text is not JSON.
    #[error("failed to read the document at {path}, line {line}, column {column}: {problem}")]
    Json {
        /// The place in the document, such as `$.data.stations`.
        path: String,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted in characters from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The document has another shape than the format asks for.
    #[error("failed to read the document at {path}: expected {expected}, found {found}")]
    Shape {
        /// The place in the document.
        path: String,
        /// What the format asks for.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// More than a limit allows; [`Limits`](crate::Limits) has them.
    #[error("failed to {doing}: more than {limit} {what}")]
    TooLarge {
        /// What was being done.
        doing: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A table of the CSV form cannot be read.
    #[error("failed to read {file}")]
    Csv {
        /// The file.
        file: String,
        /// What the reader said.
        #[source]
        source: csv::Error,
    },
    /// A table of the CSV form lacks a column.
    #[error("failed to read {file}: its header lacks {column}")]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// The workbook cannot be read or written.
    #[error(transparent)]
    Workbook(#[from] suyuan_xlsx::Error),
    /// The workbook is not the template.
    #[error("failed to read the workbook: there is no sheet {sheet:?} (it has {found})")]
    MissingSheet {
        /// The sheet asked for.
        sheet: &'static str,
        /// The sheets there are.
        found: String,
    },
    /// A heading of the template is not where it belongs.
    #[error("failed to read sheet {sheet}, {cell}: expected {expected:?}, found {found:?}")]
    Template {
        /// The sheet.
        sheet: &'static str,
        /// The cell, such as `B1`.
        cell: String,
        /// The heading of the template.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The chain refused the records.
    #[error("failed to build the chain")]
    Chain(#[from] suyuan_core::Error),
}
