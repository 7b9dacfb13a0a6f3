//! What a log amounts to, and which steps lead on from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::error::CaseError;
use super::log::{Change, Entry, Fate, Level, Party};
use crate::quantity::{Amount, Unit};
use crate::time::Minute;

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The risk is known, the recall not started.
    Known,
    /// Started, not announced.
    Started,
    /// Announced, not finished.
    Announced,
    /// Finished by the operator, not closed by the authority.
    Finished,
    /// Closed.
    Closed,
    /// Ended without a recall, or before its end.
    Cancelled,
}

impl Status {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Started => "started",
            Self::Announced => "announced",
            Self::Finished => "finished",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether there is something left to do.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Known | Self::Started | Self::Announced)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far the notice of one operator has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoticeState {
    /// Whether the operator is concerned now.
    pub concerned: bool,
    /// When it was told of all it has; `None` before.
    pub notified: Option<Minute>,
    /// When it said so.
    pub acknowledged: Option<Minute>,
    /// How often it could not be told.
    pub failures: u32,
}

/// Sums by fate, in millionths of a unit.
pub(super) type Sums = BTreeMap<(Unit, Fate), i128>;

/// What is known of one operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PartyState {
    pub(super) notice: NoticeState,
    pub(super) to_recover: BTreeMap<Unit, i128>,
    pub(super) complete: bool,
    pub(super) sums: Sums,
}

/// A time in which the recall runs: from its announcement, or from a reopening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) from: Minute,
    pub(super) level: Level,
    pub(super) extended: Option<NaiveDate>,
    pub(super) finished: Option<Minute>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) code: String,
    pub(super) responsible: String,
    pub(super) status: Status,
    pub(super) level: Level,
    pub(super) known: Minute,
    /// When it started, and the level it had then.
    pub(super) started: Option<(Minute, Level)>,
    pub(super) rounds: Vec<Round>,
    pub(super) parties: BTreeMap<String, PartyState>,
    struck: BTreeSet<usize>,
    /// When the status changed last.
    turned: Minute,
    recorded: Minute,
}

fn stamped(entry: usize, at: &Entry, last: Minute) -> Result<(), CaseError> {
    let time = |what, minute, expected: &str| {
        Err(CaseError::Time { entry, what, minute, expected: expected.to_owned() })
    };
    let recorded = at.recorded();
    if !at.at.is_bounded() {
        return time("the event", at.at, "expected a minute");
    }
    if !recorded.is_bounded() {
        return time("its record", recorded, "expected a minute");
    }
    if recorded < at.at {
        return time("its record", recorded, "before the event");
    }
    if recorded < last {
        return time("its record", recorded, &format!("before that of an earlier entry, {last}"));
    }
    said(entry, &at.by, "who")
}

fn said(entry: usize, text: &str, what: &'static str) -> Result<(), CaseError> {
    if text.trim().is_empty() { Err(CaseError::Missing { entry, what }) } else { Ok(()) }
}

impl State {
    pub(super) fn open(first: &Entry) -> Result<Self, CaseError> {
        let Change::Open { case, level, responsible, reason } = &first.change else {
            return Err(CaseError::Opening { entry: 0 });
        };
        stamped(0, first, Minute::UNBOUNDED_PAST)?;
        for (text, what) in
            [(case, "which case"), (responsible, "who must recall"), (reason, "why")]
        {
            said(0, text, what)?;
        }
        Ok(Self {
            code: case.clone(),
            responsible: responsible.clone(),
            status: Status::Known,
            level: *level,
            known: first.at,
            started: None,
            rounds: Vec::new(),
            parties: BTreeMap::new(),
            struck: BTreeSet::new(),
            turned: first.at,
            recorded: first.recorded(),
        })
    }

    /// Takes one step; changes nothing when it is refused.
    pub(super) fn apply(
        &mut self,
        entry: usize,
        step: &Entry,
        log: &[Entry],
    ) -> Result<(), CaseError> {
        stamped(entry, step, self.recorded)?;
        self.allowed(entry, &step.change)?;
        let at = step.at;
        match &step.change {
            Change::Open { .. } => return Err(CaseError::Opening { entry }),
            Change::Start => {
                self.turn(entry, at, Status::Started)?;
                self.started = Some((at, self.level));
            }
            Change::Announce { reference } => {
                said(entry, reference, "where it was announced")?;
                self.turn(entry, at, Status::Announced)?;
                self.run(at);
            }
            Change::Finish => {
                let mut untold = self
                    .parties
                    .iter()
                    .filter(|(_, party)| party.notice.concerned && party.notice.notified.is_none());
                if let Some((operator, _)) = untold.next() {
                    let (count, operator) = (untold.count() + 1, operator.clone());
                    return Err(CaseError::Untold { entry, count, operator });
                }
                self.turn(entry, at, Status::Finished)?;
                if let Some(round) = self.rounds.last_mut() {
                    round.finished = Some(at);
                }
            }
            Change::Close => self.turn(entry, at, Status::Closed)?,
            Change::Cancel { reason } => {
                said(entry, reason, "why")?;
                self.turn(entry, at, Status::Cancelled)?;
            }
            Change::Reopen { reason } => {
                said(entry, reason, "why")?;
                let (status, announced) = match (self.started, self.rounds.is_empty()) {
                    (None, _) => (Status::Known, false),
                    (Some(_), true) => (Status::Started, false),
                    (Some(_), false) => (Status::Announced, true),
                };
                self.turn(entry, at, status)?;
                if announced {
                    self.run(at);
                }
            }
            Change::Regrade { to, reason } => {
                said(entry, reason, "why")?;
                if *to == self.level {
                    return Err(CaseError::SameLevel { entry, level: *to });
                }
                self.level = *to;
                if let Some(round) = self.rounds.last_mut() {
                    (round.level, round.extended) = (*to, None);
                }
            }
            Change::Extend { until, approved_by, reason } => {
                said(entry, approved_by, "who agreed")?;
                said(entry, reason, "why")?;
                self.extend(entry, *until)?;
            }
            Change::Concern { parties } => self.concern(entry, parties)?,
            Change::Notify { operator, .. } => {
                let notice = &mut self.party(entry, operator)?.notice;
                notice.notified = Some(at);
                notice.acknowledged = None;
            }
            Change::NoticeFailed { operator, reason } => {
                said(entry, reason, "why")?;
                self.party(entry, operator)?.notice.failures += 1;
            }
            Change::Acknowledge { operator } => {
                let notice = &mut self.party(entry, operator)?.notice;
                let operator = operator.clone();
                let notified = notice.notified.ok_or(CaseError::NotNotified { entry, operator })?;
                if at < notified {
                    let expected = format!("before the notice, {notified}");
                    let what = "the acknowledgement";
                    return Err(CaseError::Time { entry, what, minute: at, expected });
                }
                notice.acknowledged = Some(at);
            }
            Change::Quantity { .. } => self.count(entry, &step.change, 1)?,
            Change::Strike { entry: struck, reason } => {
                said(entry, reason, "why")?;
                let nothing = CaseError::NothingToStrike { entry, struck: *struck };
                let stands = log.get(*struck).filter(|_| !self.struck.contains(struck));
                match stands.map(|entry| &entry.change) {
                    Some(change @ Change::Quantity { .. }) => self.count(entry, change, -1)?,
                    _ => return Err(nothing),
                }
                self.struck.insert(*struck);
            }
            Change::Note { text } => said(entry, text, "what to note")?,
        }
        self.recorded = step.recorded();
        Ok(())
    }

    /// Whether a step may follow at all.
    fn allowed(&self, entry: usize, change: &Change) -> Result<(), CaseError> {
        use Status::{Announced, Finished, Known, Started};
        let status = self.status;
        let fits = match change {
            Change::Open { .. } | Change::Note { .. } => true,
            Change::Start => status == Known,
            Change::Announce { .. } => status == Started,
            Change::Extend { .. } | Change::Finish => status == Announced,
            Change::Close => status == Finished,
            Change::Reopen { .. } => !status.is_live(),
            Change::Cancel { .. } | Change::Concern { .. } | Change::Regrade { .. } => {
                status.is_live()
            }
            // What was found out late is still written down before the case is closed.
            Change::Notify { .. }
            | Change::NoticeFailed { .. }
            | Change::Acknowledge { .. }
            | Change::Quantity { .. }
            | Change::Strike { .. } => matches!(status, Known | Started | Announced | Finished),
        };
        let step = change.verb();
        if fits { Ok(()) } else { Err(CaseError::Illegal { entry, status, step }) }
    }

    fn turn(&mut self, entry: usize, at: Minute, to: Status) -> Result<(), CaseError> {
        if at < self.turned {
            let expected = format!("before the step it follows, {}", self.turned);
            return Err(CaseError::Time { entry, what: "the event", minute: at, expected });
        }
        (self.status, self.turned) = (to, at);
        Ok(())
    }

    fn run(&mut self, from: Minute) {
        self.rounds.push(Round { from, level: self.level, extended: None, finished: None });
    }

    fn extend(&mut self, entry: usize, until: NaiveDate) -> Result<(), CaseError> {
        let Some(round) = self.rounds.last_mut() else { return Ok(()) };
        let last = round.extended.map_or(round.from, Minute::end_of);
        let minute = Minute::end_of(until);
        if minute <= last {
            let (what, expected) = ("the extension", format!("not after {last}"));
            return Err(CaseError::Time { entry, what, minute, expected });
        }
        round.extended = Some(until);
        Ok(())
    }

    fn party(&mut self, entry: usize, operator: &str) -> Result<&mut PartyState, CaseError> {
        let missing = || CaseError::NotConcerned { entry, operator: operator.to_owned() };
        self.parties.get_mut(operator).ok_or_else(missing)
    }

    fn concern(&mut self, entry: usize, named: &[Party]) -> Result<(), CaseError> {
        let mut next: BTreeMap<&str, (BTreeMap<Unit, i128>, bool)> = BTreeMap::new();
        for party in named {
            said(entry, &party.operator, "which operator")?;
            let mut goods: BTreeMap<Unit, i128> = BTreeMap::new();
            for (unit, quantity) in &party.to_recover {
                if quantity.is_zero() {
                    continue;
                }
                let (unit, amount) = canonical(entry, *quantity, *unit)?;
                *goods.entry(unit).or_default() += i128::from(amount.millionths());
            }
            if next.insert(&party.operator, (goods, party.complete)).is_some() {
                return Err(CaseError::Twice { entry, operator: party.operator.clone() });
            }
        }
        for party in self.parties.values_mut() {
            party.notice.concerned = false;
        }
        for (operator, (goods, complete)) in next {
            let party = self.parties.entry(operator.to_owned()).or_default();
            let had = |unit| party.to_recover.get(unit).copied().unwrap_or(0);
            if goods.iter().any(|(unit, amount)| *amount > had(unit)) {
                (party.notice.notified, party.notice.acknowledged) = (None, None);
            }
            party.notice.concerned = true;
            (party.to_recover, party.complete) = (goods, complete);
        }
        Ok(())
    }

    /// Adds a quantity, or takes it off again.
    fn count(&mut self, entry: usize, change: &Change, sign: i128) -> Result<(), CaseError> {
        let Change::Quantity { operator, fate, quantity, unit, .. } = change else {
            return Ok(());
        };
        let (unit, amount) = canonical(entry, *quantity, *unit)?;
        let fate = *fate;
        let party = self.party(entry, operator)?;
        let sum = |fate| party.sums.get(&(unit, fate)).copied().unwrap_or(0);
        let next = sum(fate) + sign * i128::from(amount.millionths());
        if next.unsigned_abs() > i64::MAX.unsigned_abs().into() {
            return Err(CaseError::TooLarge { entry, fate });
        }
        let after = |which| if which == fate { next } else { sum(which) };
        if after(Fate::Destroyed) + after(Fate::Relabelled) > after(Fate::Recovered) {
            return Err(CaseError::Disposal { entry, operator: operator.clone(), unit });
        }
        party.sums.insert((unit, fate), next);
        Ok(())
    }
}

/// A quantity in kg, L or pcs.
fn canonical(
    entry: usize,
    quantity: rust_decimal::Decimal,
    unit: Unit,
) -> Result<(Unit, Amount), CaseError> {
    let base = unit.canonical();
    let amount = Amount::convert(quantity, unit, base);
    Ok((base, amount.map_err(|source| CaseError::Quantity { entry, source })?))
}
