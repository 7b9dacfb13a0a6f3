//! How a recall case stands: what is overdue, who was told, what came back, and its log.
//!
//! ```
//! use suyuan_core::calendar::{ClockRules, WorkingDays};
//! use suyuan_core::recall::case::{Case, Change, Entry, Level};
//! use suyuan_core::time::Span;
//! use suyuan_report::{Lang, case::CaseReport};
//! let at = |text: &str| Span::parse(text, Default::default()).unwrap().earliest;
//! let open = Change::open("R-1", Level::One, "FARM-1", "S-1 fails");
//! let case = Case::open(Entry::new(at("2026-02-13T10:00"), "Li", open))?;
//! let now = at("2026-02-14T10:01");
//! let report = CaseReport::new(&case, now, &ClockRules::china(), &WorkingDays::china()).unwrap();
//! assert_eq!(report.duties.len(), 1);
//! assert!(report.page(Lang::En).render().contains("1 duty is overdue"));
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod page;
mod words;

use serde::Serialize;
use suyuan_core::calendar::{ClockRules, WorkingDays};
use suyuan_core::recall::case::{Case, Change, Duty, Entry, Level, Recovery, Standing, Status};
use suyuan_core::time::Minute;

/// How far the notice of one operator has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// Its code.
    pub operator: String,
    /// Whether it is concerned now.
    pub concerned: bool,
    /// When it was told of all it has; null before.
    pub notified: Option<Minute>,
    /// When it said so.
    pub acknowledged: Option<Minute>,
    /// How often it could not be told.
    pub failures: u32,
}

/// How many duties and notices stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// Duties not done whose time is over.
    pub overdue: u64,
    /// Duties done too late.
    pub late: u64,
    /// Operators concerned now.
    pub concerned: u64,
    /// Those among them that were told of all they have.
    pub told: u64,
    /// Those among them that said so.
    pub acknowledged: u64,
}

/// Everything that the page of a case shows, as known at a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CaseReport {
    /// The case's code.
    pub case: String,
    /// The minute.
    pub at: Minute,
    /// Where it stands.
    pub status: Status,
    /// Its level.
    pub level: Level,
    /// Code of the operator that must recall.
    pub responsible: String,
    /// The minute of knowledge of the risk.
    pub known: Minute,
    /// How many entries were recorded by then.
    pub entries: usize,
    /// What is asked by when.
    pub duties: Vec<Duty>,
    /// Every operator that is or was concerned, by code.
    pub notices: Vec<Notice>,
    /// What came back.
    pub recovery: Recovery,
    /// What the risk is and how it was learned.
    pub reason: String,
    /// Duties and notices counted.
    pub tally: Tally,
    /// The entries, in the order recorded.
    pub log: Vec<Entry>,
}

impl CaseReport {
    /// What a page shows of a case as known at a minute; `None` before it was opened.
    #[must_use]
    pub fn new(
        whole: &Case,
        now: Minute,
        rules: &ClockRules,
        calendar: &WorkingDays,
    ) -> Option<Self> {
        let case = whole.as_known_at(now)?;
        let notices = case.notices().map(|(operator, notice)| Notice {
            operator: operator.to_owned(),
            concerned: notice.concerned,
            notified: notice.notified,
            acknowledged: notice.acknowledged,
            failures: notice.failures,
        });
        let reason = match case.log().first().map(|entry| &entry.change) {
            Some(Change::Open { reason, .. }) => reason.clone(),
            _ => String::new(),
        };
        let notices: Vec<Notice> = notices.collect();
        let duties = case.duties(now, rules, calendar);
        let of = |standing| duties.iter().filter(|duty| duty.standing == standing).count() as u64;
        let concerned = || notices.iter().filter(|notice| notice.concerned);
        let tally = Tally {
            overdue: of(Standing::Overdue),
            late: of(Standing::Late),
            concerned: concerned().count() as u64,
            told: concerned().filter(|notice| notice.notified.is_some()).count() as u64,
            acknowledged: concerned().filter(|notice| notice.acknowledged.is_some()).count() as u64,
        };
        Some(Self {
            case: case.code().to_owned(),
            at: now,
            status: case.status(),
            level: case.level(),
            responsible: case.responsible().to_owned(),
            known: case.known(),
            entries: case.log().len(),
            duties,
            notices,
            recovery: case.recovery(),
            reason,
            tally,
            log: case.log().to_vec(),
        })
    }
}
