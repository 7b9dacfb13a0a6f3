//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a document could not be read, mapped or written.
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
    /// The bytes are no UTF-8 text.
    #[error("failed to read the document: it is no UTF-8 text at byte {at}")]
    NotUtf8 {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// Neither JSON nor XML.
    #[error("failed to tell the format of the document: expected JSON ({{) or XML (<) first")]
    UnknownFormat,
    /// Text that breaks the grammar of JSON or XML, or is refused for safety (a document type
    /// declaration, a key given twice).
    #[error("failed to read line {line}, column {column}, at {path}: {what}")]
    Syntax {
        /// Line, counted from 1.
        line: usize,
        /// Column in bytes, counted from 1.
        column: usize,
        /// Path of what was being read, as a JSON pointer; `/` for the whole document.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A limit of [`Limits`](crate::Limits) was reached.
    #[error("failed to read {path}: more than {limit} {what}; raise the limit to read on")]
    Limit {
        /// Path of what was being read.
        path: String,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The document breaks the standard.
    #[error("failed to accept the document, {}", list(problems, *more))]
    Invalid {
        /// What is wrong, in the order of the document; never empty.
        problems: Vec<Problem>,
        /// Whether there are more than were kept.
        more: bool,
    },
    /// A field has no place in the format asked for.
    #[error("failed to write {path}: {what}")]
    NoPlace {
        /// Path of the field.
        path: String,
        /// Why it cannot be written.
        what: String,
    },
    /// An identifier that no event of the document mentions.
    #[error("failed to find {id:?} in the document: no event mentions it")]
    NotFound {
        /// The identifier asked for.
        id: String,
    },
    /// The chain refused the records.
    #[error("failed to build the chain")]
    Chain(#[from] suyuan_core::Error),
}

/// One thing in a document that the standard rejects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path of the value, as a JSON pointer into the JSON form of the document, such as
    /// `/epcisBody/eventList/0/bizStep`; of a missing member, the path it would have.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// How many problems the message of an error names; the others are in the error.
const NAMED: usize = 10;

fn list(problems: &[Problem], more: bool) -> String {
    let mut text =
        problems.iter().take(NAMED).map(Problem::to_string).collect::<Vec<_>>().join("; ");
    let left = problems.len().saturating_sub(NAMED);
    if left > 0 || more {
        text.push_str(&format!("; and {}{left} more", if more { "over " } else { "" }));
    }
    text
}
