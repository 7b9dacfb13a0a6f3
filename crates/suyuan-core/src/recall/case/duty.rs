//! What is asked by when, and how it stands at a minute.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Case;
use super::state::{Round, State, Status};
use crate::calendar::{ClockError, ClockRules, Deadline, WorkingDays};
use crate::time::Minute;

/// How a duty stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not done, in time.
    Open,
    /// Done in time.
    Met,
    /// Done too late.
    Late,
    /// Not done, too late.
    Overdue,
    /// The end of the period cannot be worked out.
    Undetermined,
}

impl Standing {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::Late => "late",
            Self::Overdue => "overdue",
            Self::Undetermined => "undetermined",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something a rule asks of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Duty {
    /// The clock rule, such as `recall.start.1`.
    pub rule: String,
    /// The operator it is about; empty for the case as a whole.
    pub operator: String,
    /// The minute its period runs from.
    pub from: Minute,
    /// The last minute in time; `None` when it cannot be worked out.
    pub due: Option<Minute>,
    /// When it was done.
    pub done: Option<Minute>,
    /// How it stands.
    pub standing: Standing,
    /// The act and the article, or why the end cannot be worked out.
    pub source: String,
}

/// Works out duties as of one minute.
struct Clerk<'a> {
    now: Minute,
    rules: &'a ClockRules,
    calendar: &'a WorkingDays,
}

impl Clerk<'_> {
    fn duty(&self, rule: String, operator: &str, from: Minute, done: Option<Minute>) -> Duty {
        let worked = self.rules.due(&rule, from, self.calendar);
        self.settle(rule, operator, from, done, worked)
    }

    fn settle(
        &self,
        rule: String,
        operator: &str,
        from: Minute,
        done: Option<Minute>,
        worked: Result<Deadline, ClockError>,
    ) -> Duty {
        let (due, source) = match worked {
            Ok(deadline) => {
                let source = from.date().and_then(|day| self.rules.at(&rule, day).ok());
                (Some(deadline.due), source.map_or_else(String::new, |rule| rule.source.clone()))
            }
            Err(error) => (None, error.to_string()),
        };
        let standing = match (due, done) {
            (None, _) => Standing::Undetermined,
            (Some(due), Some(done)) if done <= due => Standing::Met,
            (Some(_), Some(_)) => Standing::Late,
            (Some(due), None) if self.now <= due => Standing::Open,
            (Some(_), None) => Standing::Overdue,
        };
        Duty { rule, operator: operator.to_owned(), from, due, done, standing, source }
    }

    /// The duty to finish one round, with the time it was granted beyond the rule's.
    fn finish(&self, round: &Round) -> Duty {
        let rule = format!("recall.finish.{}", round.level);
        let worked = self.rules.due(&rule, round.from, self.calendar);
        let worked = match (worked, round.extended.map(Minute::end_of)) {
            (Ok(deadline), Some(until)) => {
                Ok(Deadline { due: deadline.due.max(until), ..deadline })
            }
            // A day that was granted is known, whatever the calendar lacks.
            (Err(ClockError::NoTable { .. }), Some(until)) => {
                Ok(Deadline { rule: rule.clone(), from: round.from, due: until })
            }
            (worked, _) => worked,
        };
        self.settle(rule, "", round.from, round.finished, worked)
    }

    fn all(&self, state: &State) -> Vec<Duty> {
        let cancelled = state.status == Status::Cancelled;
        let mut duties = Vec::new();
        let (started, level) = match state.started {
            Some((at, level)) => (Some(at), level),
            None => (None, state.level),
        };
        duties.push(self.duty(format!("recall.start.{level}"), "", state.known, started));
        duties.extend(state.rounds.iter().map(|round| self.finish(round)));
        for (operator, party) in state.parties.iter().filter(|(_, party)| party.notice.concerned) {
            let notice = &party.notice;
            // These two have no rule unless the caller adds one.
            if let (Some(from), true) = (started, self.has("recall.notify")) {
                duties.push(self.duty("recall.notify".into(), operator, from, notice.notified));
            }
            if let (Some(from), true) = (notice.notified, self.has("recall.acknowledge")) {
                let rule = "recall.acknowledge".into();
                duties.push(self.duty(rule, operator, from, notice.acknowledged));
            }
        }
        // Nothing is asked any more of a case that was cancelled.
        duties.retain(|duty| !cancelled || duty.done.is_some());
        duties
    }

    fn has(&self, id: &str) -> bool {
        self.rules.iter().any(|rule| rule.id == id)
    }
}

impl Case {
    /// Every duty of the case as known at a minute: to start, to finish (once for each time it
    /// ran), and, where the rules hold `recall.notify` (from the start) and `recall.acknowledge`
    /// (from the notice), those of each operator. Empty before the case was opened.
    #[must_use]
    pub fn duties(&self, now: Minute, rules: &ClockRules, calendar: &WorkingDays) -> Vec<Duty> {
        let clerk = Clerk { now, rules, calendar };
        self.as_known_at(now).map_or_else(Vec::new, |case| clerk.all(&case.state))
    }

    /// The duties that are not done and whose time is over.
    #[must_use]
    pub fn overdue(&self, now: Minute, rules: &ClockRules, calendar: &WorkingDays) -> Vec<Duty> {
        let mut duties = self.duties(now, rules, calendar);
        duties.retain(|duty| duty.standing == Standing::Overdue);
        duties
    }
}
