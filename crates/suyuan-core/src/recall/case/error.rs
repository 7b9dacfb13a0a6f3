//! Why a step is not possible.

use super::log::{Fate, Level};
use super::state::Status;
use crate::quantity::{QuantityError, Unit};
use crate::time::Minute;

/// Why a step of a recall case is not possible. `entry` is its number in the log, from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A log without entries.
    #[error("failed to read the case: its log is empty")]
    Empty,
    /// A log that does not begin with an opening, or opens a case twice.
    #[error("failed to take entry {entry}: a log opens its case once, with its first entry")]
    Opening {
        /// The entry.
        entry: usize,
    },
    /// A step that does not follow from where the case stands.
    #[error("failed to take entry {entry}: a case that is {status} cannot {step}")]
    Illegal {
        /// The entry.
        entry: usize,
        /// Where the case stands.
        status: Status,
        /// What was tried.
        step: &'static str,
    },
    /// A minute that is missing or out of order.
    #[error("failed to take entry {entry}: {what} is at {minute}, {expected}")]
    Time {
        /// The entry.
        entry: usize,
        /// What the minute is of.
        what: &'static str,
        /// The minute.
        minute: Minute,
        /// What was expected.
        expected: String,
    },
    /// A text that must be there.
    #[error("failed to take entry {entry}: it does not say {what}")]
    Missing {
        /// The entry.
        entry: usize,
        /// What is missing.
        what: &'static str,
    },
    /// An operator that is not concerned.
    #[error("failed to take entry {entry}: operator {operator:?} is not concerned")]
    NotConcerned {
        /// The entry.
        entry: usize,
        /// The operator's code.
        operator: String,
    },
    /// An operator that stands twice in one list.
    #[error("failed to take entry {entry}: operator {operator:?} stands twice")]
    Twice {
        /// The entry.
        entry: usize,
        /// The operator's code.
        operator: String,
    },
    /// An acknowledgement of a notice that was never given.
    #[error("failed to take entry {entry}: operator {operator:?} has not been notified")]
    NotNotified {
        /// The entry.
        entry: usize,
        /// The operator's code.
        operator: String,
    },
    /// An end while operators have not been told.
    #[error("failed to take entry {entry}: {count} operators have no notice, {operator:?} first")]
    Untold {
        /// The entry.
        entry: usize,
        /// How many.
        count: usize,
        /// The first by code.
        operator: String,
    },
    /// A level that the case has already.
    #[error("failed to take entry {entry}: the case is of level {level} already")]
    SameLevel {
        /// The entry.
        entry: usize,
        /// The level.
        level: Level,
    },
    /// A quantity that is none.
    #[error("failed to take entry {entry}: its quantity cannot be used")]
    Quantity {
        /// The entry.
        entry: usize,
        /// Why.
        #[source]
        source: QuantityError,
    },
    /// More disposed of than came back.
    #[error(
        "failed to take entry {entry}: operator {operator:?} would have more {unit} destroyed and \
         relabelled than recovered"
    )]
    Disposal {
        /// The entry.
        entry: usize,
        /// The operator's code.
        operator: String,
        /// The unit.
        unit: Unit,
    },
    /// An entry to strike that is no quantity, or was struck already.
    #[error("failed to take entry {entry}: entry {struck} is no quantity that stands")]
    NothingToStrike {
        /// The entry.
        entry: usize,
        /// The number of the entry to strike.
        struck: usize,
    },
    /// Sums beyond what amounts can hold.
    #[error("failed to take entry {entry}: the sum of {fate} quantities is too large")]
    TooLarge {
        /// The entry.
        entry: usize,
        /// What was added up.
        fate: Fate,
    },
}
