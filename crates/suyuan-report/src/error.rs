//! What can go wrong while a page or a sheet is written.

use std::io::{self, Write};
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
    /// A table does not fit into a worksheet, or the workbook could not be made.
    #[cfg(feature = "xlsx")]
    #[error(transparent)]
    Workbook(#[from] suyuan_xlsx::Error),
}

/// Writes a file whole, or leaves what is there.
pub(crate) fn write(path: &std::path::Path, bytes: &[u8]) -> Result<(), Error> {
    suyuan_files::write(path, |out| out.write_all(bytes))
        .map_err(|source| Error::Write { path: path.to_owned(), source })
}
