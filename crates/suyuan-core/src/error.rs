//! The one error type of the crate.

use rust_decimal::Decimal;

use crate::calendar::ClockError;
use crate::chain::{SnapshotError, Table};
use crate::identity::AliasError;
use crate::quantity::QuantityError;
use crate::recall::case::CaseError;
use crate::sampling::SamplingError;
use crate::time::{Span, TimeError};

/// Why the engine could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A code names nothing in the chain.
    #[error("failed to find {kind} {code:?}")]
    NotFound {
        /// What was looked for: `batch`, `operator`, `sample` ...
        kind: &'static str,
        /// The code asked for.
        code: String,
    },
    /// A stock that no record shows.
    #[error("failed to find a record of batch {batch:?} at operator {operator:?}")]
    NoStock {
        /// The batch's code.
        batch: String,
        /// The operator's code.
        operator: String,
    },
    /// A code that several lots share, where one is asked for.
    #[error("failed to tell which lot {code:?} means: {}", labels.join(", "))]
    SeveralLots {
        /// The code asked for.
        code: String,
        /// The lots as they are written to tell them apart.
        labels: Vec<String>,
    },
    /// Ids, or something that holds ids, of another chain.
    #[error("failed to answer: {what} is of another chain")]
    OtherChain {
        /// What is.
        what: &'static str,
    },
    /// A tolerance that makes no sense.
    #[error("failed to use a tolerance of {found}: expected {expected}")]
    Tolerance {
        /// The tolerance.
        found: Decimal,
        /// What it may be.
        expected: &'static str,
    },
    /// A window that ends before it begins.
    #[error("failed to read the window: it ends at {to}, before it begins at {from}")]
    EmptyWindow {
        /// Its first minute.
        from: crate::time::Minute,
        /// Its last minute.
        to: crate::time::Minute,
    },
    /// A text that is no time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A text or a number that is no quantity.
    #[error("failed to read a quantity")]
    Quantity(#[from] QuantityError),
    /// A record without a code that it needs: it would be one with every other such record.
    #[error("failed to add to {table}: the code {field:?} is empty")]
    EmptyCode {
        /// The table of the record.
        table: Table,
        /// The record's field.
        field: &'static str,
    },
    /// A record with a time that ends before it begins, begins at the end of time or ends at its
    /// beginning.
    #[error(
        "failed to add to {table}: {field:?} is from {} to {}, which is no interval of time",
        span.earliest, span.latest
    )]
    NoInterval {
        /// The table of the record.
        table: Table,
        /// The record's field.
        field: &'static str,
        /// Its value.
        span: Span,
    },
    /// More than the chain's indices or arenas can hold.
    #[error(transparent)]
    Capacity(#[from] Capacity),
    /// A record that cannot be added to a chain, because it changes how earlier ones read.
    #[error("failed to append {record}: it would change {change}; build the chain anew")]
    NeedsRebuild {
        /// The table and the code of the record.
        record: String,
        /// What it would change.
        change: &'static str,
    },
    /// Bytes that are no snapshot of a chain.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A sampling plan, frame or draw that cannot be made.
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    /// Cases that no source can be sought for.
    #[error("failed to rank sources: {0}")]
    Sources(&'static str),
    /// A legal clock that cannot be read or set.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// A step that a recall case cannot take.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A table of aliases that contradicts itself.
    #[error(transparent)]
    Alias(#[from] AliasError),
    /// A chain that breaks one of its own invariants.
    #[error("failed to verify the chain: {0}")]
    Invariant(String),
}

/// A limit of the chain's dense storage was reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to hold more than {limit} {what} in one chain")]
#[non_exhaustive]
pub struct Capacity {
    /// What there was too much of.
    pub what: &'static str,
    /// How many there may be.
    pub limit: u64,
}

impl Capacity {
    pub(crate) const fn new(what: &'static str, limit: u64) -> Self {
        Self { what, limit }
    }

    /// Of what is numbered, or measured, in 32 bits.
    pub(crate) const fn of_words(what: &'static str) -> Self {
        Self::new(what, u32::MAX as u64)
    }
}
