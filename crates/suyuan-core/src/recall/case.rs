//! A recall as a case: from knowledge of the risk to closure, every step with who and when.
//!
//! A [`Case`] is its log. Entries are appended and never changed; replaying them gives the case
//! again, and a log with an illegal step is refused with the entry and the reason. What the law
//! asks by when is worked out from the log, dated rules ([`ClockRules`](crate::calendar::ClockRules))
//! and the calendar, as known at any minute.
//!
//! ```
//! use suyuan_core::calendar::{ClockRules, WorkingDays};
//! use suyuan_core::recall::case::{Case, Change, Entry, Level, Standing};
//! use suyuan_core::time::Span;
//! let at = |text: &str| Span::parse(text, Default::default()).unwrap().earliest;
//! let mut case = Case::open(
//!     Entry::new(at("2026-02-13T10:00"), "Li", Change::open("R-1", Level::One, "FARM-1", "S-1 fails")),
//! )?;
//! let (rules, calendar) = (ClockRules::china(), WorkingDays::china());
//! // Known for a day and a minute, and not started.
//! let duties = case.duties(at("2026-02-14T10:01"), &rules, &calendar);
//! assert_eq!(duties[0].standing, Standing::Overdue);
//! case.append(Entry::new(at("2026-02-14T11:00"), "Li", Change::Start))?;
//! assert_eq!(case.duties(at("2026-02-15"), &rules, &calendar)[0].standing, Standing::Late);
//! // An announcement cannot be closed before the recall is finished.
//! assert!(case.append(Entry::new(at("2026-02-15"), "Li", Change::Close)).is_err());
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod duty;
mod error;
mod log;
mod parties;
mod recovery;
mod state;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use duty::{Duty, Standing};
pub use error::CaseError;
pub use log::{Change, Entry, Fate, Level, Party};
pub use parties::parties_of;
pub use recovery::{Line, OperatorRecovery, Recovery};
pub use state::{NoticeState, Status};

use crate::time::Minute;
use state::State;

/// A recall case: an append-only log, and what it amounts to.
///
/// Serialised as its log. Reading it back replays every entry, so that a case that cannot have
/// been is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Case {
    log: Vec<Entry>,
    state: State,
}

impl Case {
    /// Opens a case; the minute of the entry is that of knowledge of the risk.
    ///
    /// # Errors
    /// [`CaseError`] when the entry is no [`Change::Open`], or its minutes or author are missing.
    pub fn open(entry: Entry) -> Result<Self, CaseError> {
        Self::replay([entry])
    }

    /// Replays a log. O(n log p) in its entries and the operators concerned.
    ///
    /// # Errors
    /// [`CaseError`] with the number of the first entry that is not possible.
    pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<Self, CaseError> {
        let mut entries = entries.into_iter();
        let first = entries.next().ok_or(CaseError::Empty)?;
        let state = State::open(&first)?;
        let mut case = Self { log: vec![first], state };
        entries.try_for_each(|entry| case.append(entry))?;
        Ok(case)
    }

    /// Takes a step. A refused one leaves the case as it was.
    ///
    /// # Errors
    /// [`CaseError`] when the step is not possible from here.
    pub fn append(&mut self, entry: Entry) -> Result<(), CaseError> {
        self.state.apply(self.log.len(), &entry, &self.log)?;
        self.log.push(entry);
        Ok(())
    }

    /// Every entry, in the order recorded; entries are numbered from 0.
    #[must_use]
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// The case as known at a minute: the entries recorded by then. `None` before it was opened.
    #[must_use]
    pub fn as_known_at(&self, minute: Minute) -> Option<Self> {
        let known = self.log.iter().take_while(|entry| entry.recorded() <= minute);
        // A part of a log that was replayed replays.
        Self::replay(known.cloned()).ok()
    }

    /// The case's code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.state.code
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.state.status
    }

    /// Its level now.
    #[must_use]
    pub fn level(&self) -> Level {
        self.state.level
    }

    /// The operator that must recall.
    #[must_use]
    pub fn responsible(&self) -> &str {
        &self.state.responsible
    }

    /// The minute of knowledge of the risk.
    #[must_use]
    pub fn known(&self) -> Minute {
        self.state.known
    }

    /// Every operator that is or was concerned, by code, with how far its notice has come.
    pub fn notices(&self) -> impl Iterator<Item = (&str, &NoticeState)> {
        self.state.parties.iter().map(|(code, party)| (code.as_str(), &party.notice))
    }
}

impl TryFrom<Vec<Entry>> for Case {
    type Error = CaseError;

    fn try_from(log: Vec<Entry>) -> Result<Self, CaseError> {
        Self::replay(log)
    }
}

impl From<Case> for Vec<Entry> {
    fn from(case: Case) -> Self {
        case.log
    }
}
