//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

use suyuan_core::chain::Table;

use crate::pipeline::WorkersGone;
use crate::report::RowProblem;

/// Why a data set could not be read, or its results not written.
///
/// A bad value in a row is never an error: it is a [`RowProblem`] of the report, unless the
/// import is strict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be listed.
    #[error("failed to list the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder holds none of the eight tables.
    #[error("failed to find a table in {}: expected at least one of {expected}", path.display())]
    NoTables {
        /// The folder.
        path: PathBuf,
        /// The names looked for.
        expected: String,
    },
    /// A table is there plain and compressed.
    #[error("failed to choose between {plain} and {compressed}: expected one of them")]
    TwoForms {
        /// The plain file's name.
        plain: String,
        /// The compressed file's name.
        compressed: String,
    },
    /// The table has no CSV form.
    #[error("failed to read {file}: there is no CSV form of {table}")]
    NotATable {
        /// The file.
        file: String,
        /// The table asked for.
        table: Table,
    },
    /// The file cannot be opened or read.
    #[error("failed to read {file}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The threads that read rows ended before all of them were read. Nothing is imported.
    #[error("failed to read all rows: the threads that read them ended early")]
    WorkersGone,
    /// The gzip data are damaged or cut short. Nothing of the file is imported.
    #[error("failed to decompress {file}: its gzip data are damaged or cut short")]
    Gzip {
        /// The file.
        file: String,
        /// What the decompressor said.
        #[source]
        source: io::Error,
    },
    /// The file is UTF-16.
    #[error("failed to read {file}: it is UTF-16, expected UTF-8 or GB18030")]
    Utf16 {
        /// The file.
        file: String,
    },
    /// The table is no file: a pipe, a device or a folder, which has no end or cannot be read twice.
    #[error("failed to read {file}: it is no regular file")]
    NotAFile {
        /// The file.
        file: String,
    },
    /// The fields of a line are separated by something else than those of the header, or than what
    /// is supported.
    #[error("failed to read {file}: line {line} is separated by {found}, expected {expected}")]
    Separator {
        /// The file.
        file: String,
        /// The physical line, counted from 1.
        line: u32,
        /// What separates it.
        found: String,
        /// What may.
        expected: String,
    },
    /// The file has no header row.
    #[error("failed to read {file}: it is empty, expected a header row")]
    Empty {
        /// The file.
        file: String,
    },
    /// Required columns are not in the header.
    #[error("failed to read {file}: its header lacks {}", columns.join(", "))]
    MissingColumns {
        /// The file.
        file: String,
        /// The columns, by English and Chinese name.
        columns: Vec<String>,
    },
    /// Two columns of the header have one meaning.
    #[error("failed to read {file}: its columns {first} and {second} are both {column}")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The English name of the column.
        column: &'static str,
        /// The place of the first, counted from 1.
        first: usize,
        /// The place of the second, counted from 1.
        second: usize,
    },
    /// A record is longer than the limit; most often a quote that is never closed.
    #[error(
        "failed to read {file}: the record on line {line} is longer than {limit} bytes (a quote that is not closed?)"
    )]
    RecordTooLong {
        /// The file.
        file: String,
        /// The physical line the record starts on, counted from 1.
        line: u32,
        /// The limit in bytes.
        limit: usize,
    },
    /// The file ends inside quotes, so where the record's rows end cannot be told.
    #[error("failed to read {file}: a quote in the record on line {line} is never closed")]
    UnclosedQuote {
        /// The file.
        file: String,
        /// The physical line the record starts on, counted from 1.
        line: u32,
    },
    /// A value of a sheet of the sampling engine; such sheets are read whole or not at all.
    #[error("failed to read {file}:{line}, {column}: found {value:?}, expected {expected}")]
    Value {
        /// The file.
        file: String,
        /// The physical line the record starts on, counted from 1.
        line: u32,
        /// The English name of the column.
        column: &'static str,
        /// The text that was found.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A frame or a table of quotas that contradicts itself.
    #[error(transparent)]
    Sampling(#[from] suyuan_core::sampling::SamplingError),
    /// The chain refused the records.
    #[error("failed to build the chain")]
    Chain(#[from] suyuan_core::Error),
    /// The import is strict, and rows were rejected or repaired.
    #[error(
        "failed to import strictly: {rejected} rows rejected, {repaired} repaired; the first is {first}"
    )]
    Strict {
        /// Rows rejected.
        rejected: u64,
        /// Rows repaired.
        repaired: u64,
        /// The first problem in the order of the report.
        first: Box<RowProblem>,
    },
    /// Writing the rejects would overwrite the data they came from.
    #[error("failed to write {}: it is the file the rows were read from", path.display())]
    OverInput {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl From<WorkersGone> for Error {
    fn from(_: WorkersGone) -> Self {
        Self::WorkersGone
    }
}

impl Error {
    /// An error of reading, told apart from damaged gzip data.
    pub(crate) fn reading(file: &str, gzip: bool, source: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        let file = file.to_owned();
        if gzip && matches!(source.kind(), InvalidData | InvalidInput | UnexpectedEof) {
            Self::Gzip { file, source }
        } else {
            Self::Read { file, source }
        }
    }
}
