//! What can go wrong while a page or a sheet is written.

use std::io;
use std::path::PathBuf;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be written.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A table has more rows or columns than a worksheet holds.
    #[error("failed to fit {rows} rows of {columns} columns into a worksheet")]
    Sheet {
        /// Rows, the header included.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}

pub(crate) fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(|source| Error::Write { path: path.to_owned(), source })
}
