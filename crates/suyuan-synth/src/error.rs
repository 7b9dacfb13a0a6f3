//! The one error type of the crate.

use std::io;
use std::path::PathBuf;

/// Why a chain could not be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter of the plan is out of its range.
    #[error("failed to use the plan: {name} is {value}, expected {expected}")]
    Plan {
        /// The parameter.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A text that is no share.
    #[error("failed to read {text:?} as a share: expected a number from 0 to 1 such as 0.025")]
    Share {
        /// The text.
        text: String,
    },
    /// The chain cannot hold the records.
    #[error(transparent)]
    Chain(#[from] suyuan_core::Error),
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

impl Error {
    pub(crate) fn plan(name: &'static str, value: impl ToString, expected: &'static str) -> Self {
        Self::Plan { name, value: value.to_string(), expected }
    }
}
