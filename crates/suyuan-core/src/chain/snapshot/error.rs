//! Why bytes are no snapshot.

/// Why a chain cannot be read from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes do not begin as a snapshot does.
    #[error("failed to read the snapshot: it is none, or its first bytes are damaged")]
    Foreign,
    /// A version of the format that this library does not read.
    #[error("failed to read the snapshot: it has version {found}, expected {expected}")]
    Version {
        /// The version it states.
        found: u32,
        /// The version this library reads.
        expected: u32,
    },
    /// The head, which says where the sections lie, is cut short or was changed.
    #[error("failed to read the snapshot: its head is damaged or cut short")]
    Head,
    /// The bytes end before the sections do, or go on after them.
    #[error("failed to read the snapshot: it has {found} bytes, expected {expected}")]
    Length {
        /// How many bytes there are.
        found: u64,
        /// How many its head states.
        expected: u64,
    },
    /// A section whose bytes were changed.
    #[error("failed to read the snapshot: its section {section:?} is damaged")]
    Damaged {
        /// The section.
        section: &'static str,
    },
    /// A section that is whole and does not make sense.
    #[error("failed to read the snapshot: in its section {section:?} {problem}")]
    Invalid {
        /// The section.
        section: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}
