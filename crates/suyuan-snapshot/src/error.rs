//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

/// Why a snapshot could not be saved or opened.
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
    /// The file is no snapshot, has another version, or is damaged.
    #[error("failed to open the snapshot {}", path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: suyuan_core::Error,
    },
    /// The file cannot be written, or not brought to the disk. Under its name is what was there
    /// before or the new file, whole.
    #[error("failed to write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
