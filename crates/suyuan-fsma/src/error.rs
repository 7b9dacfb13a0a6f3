//! The one error type of the crate.

/// Why a workbook could not be read or written, or its events not mapped.
///
/// What a cell says wrongly is never an error: the check reports it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The workbook cannot be read or written.
    #[error(transparent)]
    Workbook(#[from] suyuan_xlsx::Error),
    /// No tab is named after a kind of event.
    #[error("failed to find a tab of events: expected at least one of {expected}, found {found}")]
    NoTabs {
        /// The names looked for.
        expected: String,
        /// The names there are.
        found: String,
    },
    /// A tab of events has no row of headings.
    #[error("failed to read tab {sheet}: none of its first {rows} rows holds two known headings")]
    NoHeader {
        /// The tab.
        sheet: String,
        /// How many rows were looked at.
        rows: usize,
    },
    /// The chain refused the records.
    #[error("failed to build the chain")]
    Chain(#[from] suyuan_core::Error),
}
