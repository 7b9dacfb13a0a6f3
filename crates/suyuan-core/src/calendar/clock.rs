//! Legal clocks: which event starts a period, how long it is, and the minute it ends.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::WorkingDays;
use crate::time::Minute;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Period {
    /// Hours, counted from the minute of the event.
    Hours(u32),
    /// Calendar days, the day of the event not counted; a last day that is not worked moves to the
    /// next working day.
    Days(u32),
    /// Working days, the day of the event not counted.
    WorkingDays(u32),
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(count) => write!(f, "{count} hours"),
            Self::Days(count) => write!(f, "{count} days"),
            Self::WorkingDays(count) => write!(f, "{count} working days"),
        }
    }
}

/// One period that a law or a plan sets, for the days it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRule {
    /// What it is asked for by, such as `recall.start.1`.
    pub id: String,
    /// The event it runs from, in words.
    pub starts: String,
    /// How long it is.
    pub period: Period,
    /// First day in force; the day of the event decides.
    pub from: NaiveDate,
    /// Last day in force; `None` while nothing has replaced it.
    pub until: Option<NaiveDate>,
    /// The act and the article.
    pub source: String,
    /// Whether the period was read in a public reproduction or summary of the act; the official
    /// text decides.
    pub checked: bool,
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The rule.
    pub rule: String,
    /// The event's minute.
    pub from: Minute,
    /// The last minute in time.
    pub due: Minute,
}

/// Why there is no deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// No rule of that name.
    #[error("failed to find clock rule {id:?}")]
    Unknown {
        /// The name asked for.
        id: String,
    },
    /// The rule is not in force on the day of the event.
    #[error("failed to apply clock rule {id:?}: it is not in force on {day}")]
    NotInForce {
        /// The rule.
        id: String,
        /// The day of the event.
        day: NaiveDate,
    },
    /// Two rules of one name are in force on one day.
    #[error("failed to add clock rule {id:?} from {from}: another of that name is in force then")]
    Overlap {
        /// The rule.
        id: String,
        /// Its first day.
        from: NaiveDate,
    },
    /// The event has no minute.
    #[error("failed to start clock rule {id:?}: the minute of its event is unknown")]
    Unbounded {
        /// The rule.
        id: String,
    },
    /// The period runs into a year whose holidays are not known.
    #[error("failed to count {period} from {from}: the calendar has no table of a year on the way")]
    NoTable {
        /// The period.
        period: Period,
        /// The event's minute.
        from: Minute,
    },
}

/// Clock rules by name, each with the days it is in force. Data: the caller may add to them or
/// bring others.
///
/// ```
/// use suyuan_core::calendar::{ClockRules, WorkingDays};
/// use suyuan_core::time::Span;
/// let (rules, calendar) = (ClockRules::china(), WorkingDays::china());
/// let announced = Span::parse("2026-02-10T09:00", Default::default())?.earliest;
/// // Ten working days over the Spring Festival of 2026.
/// let finish = rules.due("recall.finish.1", announced, &calendar)?;
/// assert_eq!(finish.due.to_string(), "2026-03-02T23:59");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ClockRule>", into = "Vec<ClockRule>")]
pub struct ClockRules {
    /// By name, then by first day in force.
    rules: BTreeMap<String, Vec<ClockRule>>,
}

impl ClockRules {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// [`ClockError::Overlap`] when another of its name is in force on one of its days.
    pub fn with(mut self, rule: ClockRule) -> Result<Self, ClockError> {
        let named = self.rules.entry(rule.id.clone()).or_default();
        let ends = |rule: &ClockRule| rule.until.unwrap_or(NaiveDate::MAX);
        if named.iter().any(|other| other.from <= ends(&rule) && rule.from <= ends(other)) {
            return Err(ClockError::Overlap { id: rule.id, from: rule.from });
        }
        let at = named.partition_point(|other| other.from < rule.from);
        named.insert(at, rule);
        Ok(self)
    }

    /// Replaces every rule of this one's name.
    #[must_use]
    pub fn replacing(mut self, rule: ClockRule) -> Self {
        self.rules.insert(rule.id.clone(), vec![rule]);
        self
    }

    /// Every rule, by name and first day.
    pub fn iter(&self) -> impl Iterator<Item = &ClockRule> {
        self.rules.values().flatten()
    }

    /// The rule of a name on a day.
    ///
    /// # Errors
    /// [`ClockError::Unknown`], [`ClockError::NotInForce`].
    pub fn at(&self, id: &str, day: NaiveDate) -> Result<&ClockRule, ClockError> {
        let named = self.rules.get(id).ok_or_else(|| ClockError::Unknown { id: id.to_owned() })?;
        let holds =
            |rule: &&ClockRule| rule.from <= day && rule.until.is_none_or(|until| day <= until);
        named.iter().find(holds).ok_or_else(|| ClockError::NotInForce { id: id.to_owned(), day })
    }

    /// When something is due by a rule, counted from an event. The event's day decides which
    /// version of the rule holds. Where only an interval is known of the event, its first minute
    /// gives the deadline that protects.
    ///
    /// Hours run from the minute itself and the last minute is in time; days run from the next day
    /// and end with the last minute of the last one (Civil Code of China, articles 201 and 203).
    ///
    /// # Errors
    /// [`ClockError`], but no overlap.
    pub fn due(
        &self,
        id: &str,
        event: Minute,
        calendar: &WorkingDays,
    ) -> Result<Deadline, ClockError> {
        let day = event.date().ok_or_else(|| ClockError::Unbounded { id: id.to_owned() })?;
        let rule = self.at(id, day)?;
        let period = rule.period;
        let missing = || ClockError::NoTable { period, from: event };
        let due = match period {
            Period::Hours(count) => {
                event.plus(i32::try_from(count).unwrap_or(i32::MAX).saturating_mul(60))
            }
            Period::Days(count) => {
                let days = chrono::Days::new(u64::from(count));
                let mut last = day.checked_add_days(days).ok_or_else(missing)?;
                while !calendar.is_working_day(last).ok_or_else(missing)? {
                    last = last.succ_opt().ok_or_else(missing)?;
                }
                Minute::end_of(last)
            }
            Period::WorkingDays(count) => {
                Minute::end_of(calendar.add_working_days(day, count).ok_or_else(missing)?)
            }
        };
        Ok(Deadline { rule: id.to_owned(), from: event, due })
    }

    /// The clocks of recalls, samples, re-tests and accidents in mainland China, as
    /// `docs/recall-case.md` tables them with what was checked.
    #[must_use]
    pub fn china() -> Self {
        let mut rules = Self::new();
        for (id, starts, period, from, source, checked) in CHINA {
            let rule = ClockRule {
                id: (*id).to_owned(),
                starts: (*starts).to_owned(),
                period: *period,
                from: NaiveDate::from_ymd_opt(from.0, from.1, from.2).unwrap_or_default(),
                until: None,
                source: (*source).to_owned(),
                checked: *checked,
            };
            rules = rules.replacing(rule);
        }
        rules
    }
}

impl TryFrom<Vec<ClockRule>> for ClockRules {
    type Error = ClockError;

    fn try_from(rules: Vec<ClockRule>) -> Result<Self, ClockError> {
        rules.into_iter().try_fold(Self::new(), Self::with)
    }
}

impl From<ClockRules> for Vec<ClockRule> {
    fn from(rules: ClockRules) -> Self {
        rules.rules.into_values().flatten().collect()
    }
}

type Row = (&'static str, &'static str, Period, (i32, u32, u32), &'static str, bool);

const RECALL_13: &str = "食品召回管理办法 第十三条";
const RECALL_18: &str = "食品召回管理办法 第十八条";
const RECALL: (i32, u32, u32) = (2015, 9, 1);
const SAMPLING: (i32, u32, u32) = (2019, 10, 1);
const ACCIDENT: (i32, u32, u32) = (2011, 10, 5);
const KNOWN: &str = "knowledge of the risk";
const ANNOUNCED: &str = "publication of the announcement";

const CHINA: &[Row] = &[
    ("recall.start.1", KNOWN, Period::Hours(24), RECALL, RECALL_13, true),
    ("recall.start.2", KNOWN, Period::Hours(48), RECALL, RECALL_13, true),
    ("recall.start.3", KNOWN, Period::Hours(72), RECALL, RECALL_13, true),
    ("recall.finish.1", ANNOUNCED, Period::WorkingDays(10), RECALL, RECALL_18, true),
    ("recall.finish.2", ANNOUNCED, Period::WorkingDays(20), RECALL, RECALL_18, true),
    ("recall.finish.3", ANNOUNCED, Period::WorkingDays(30), RECALL, RECALL_18, true),
    (
        "sample.to_laboratory",
        "sampling",
        Period::WorkingDays(5),
        SAMPLING,
        "食品安全抽样检验管理办法 第二十条第一款",
        true,
    ),
    (
        "sample.report",
        "receipt of the sample by the laboratory",
        Period::WorkingDays(20),
        SAMPLING,
        "食品安全抽样检验管理办法 第二十四条第二款",
        true,
    ),
    (
        "retest.apply",
        "receipt of the conclusion",
        Period::WorkingDays(7),
        SAMPLING,
        "食品安全抽样检验管理办法 第三十条",
        false,
    ),
    (
        "retest.decide",
        "receipt of the application",
        Period::WorkingDays(5),
        SAMPLING,
        "食品安全抽样检验管理办法 第三十二条第一款",
        false,
    ),
    (
        "retest.laboratory",
        "notice that the application is accepted",
        Period::WorkingDays(5),
        SAMPLING,
        "食品安全抽样检验管理办法 第三十二条第二款",
        true,
    ),
    (
        "accident.report",
        "knowledge of the harm",
        Period::Hours(2),
        ACCIDENT,
        "国家食品安全事故应急预案 4.2.2",
        true,
    ),
    (
        "accident.feedback",
        "the report or the request",
        Period::Hours(24),
        ACCIDENT,
        "no article found; set it by the local plan",
        false,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Span, UtcOffset};

    fn minute(text: &str) -> Minute {
        Span::parse(text, UtcOffset::CHINA).unwrap().earliest
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn due(id: &str, from: &str) -> String {
        let deadline = ClockRules::china().due(id, minute(from), &WorkingDays::china());
        deadline.map_or_else(|error| error.to_string(), |deadline| deadline.due.to_string())
    }

    /// Worked by hand with the published calendar. Off: 16 to 20 and 23 February; 25 September;
    /// 1, 2, 5, 6, 7 October. Worked: Saturdays 14 and 28 February, Sunday 20 September, Saturday
    /// 10 October.
    #[test]
    fn worked_dates_over_spring_festival_and_national_day() {
        for (id, from, expected) in [
            // 11, 12, 13, Sat 14 | 24, 25, 26, 27, Sat 28 | Mon 2 March: ten.
            ("recall.finish.1", "2026-02-10T09:00", "2026-03-02T23:59"),
            // Announced on the eve's Saturday, itself not counted: 24..28 are five, 2..6 March ten.
            ("recall.finish.1", "2026-02-14T18:00", "2026-03-06T23:59"),
            // Announced on a day off: as from the 14th.
            ("recall.finish.1", "2026-02-17T10:00", "2026-03-06T23:59"),
            // Ten by 2 March, then 3..6 (14), 9..13 (19), 16 (20).
            ("recall.finish.2", "2026-02-10T09:00", "2026-03-16T23:59"),
            // ... 17..20 (24), 23..27 (29), 30 (30).
            ("recall.finish.3", "2026-02-10T09:00", "2026-03-30T23:59"),
            // 28, 29, 30 September (3), 8, 9, Sat 10 October (6), 12..15 (10).
            ("recall.finish.1", "2026-09-25T08:00", "2026-10-15T23:59"),
            // Fri 18: Sun 20 (1), 21..24 (5), 28..30 (8), 8, 9 October (10).
            ("recall.finish.1", "2026-09-18T08:00", "2026-10-09T23:59"),
            // ... Sat 10 (11), 12..16 (16), 19..22 (20).
            ("recall.finish.2", "2026-09-18T08:00", "2026-10-22T23:59"),
            // Sampled on the eve, Sat 14: 24..28.
            ("sample.to_laboratory", "2026-02-14", "2026-02-28T23:59"),
            ("sample.to_laboratory", "2026-09-30", "2026-10-13T23:59"),
            // 8, 9, Sat 10 (3), 12..16 (8), 19..23 (13), 26..30 (18), 2, 3 November (20).
            ("sample.report", "2026-09-30", "2026-11-03T23:59"),
            // 12, 13, 14 (3), 24..27 (7).
            ("retest.apply", "2026-02-11", "2026-02-27T23:59"),
            ("retest.decide", "2026-09-29", "2026-10-12T23:59"),
            ("retest.laboratory", "2026-09-29", "2026-10-12T23:59"),
            // Hours know no holidays.
            ("recall.start.1", "2026-02-16T22:30", "2026-02-17T22:30"),
            ("recall.start.2", "2026-02-16T22:30", "2026-02-18T22:30"),
            ("recall.start.3", "2026-10-01T00:00", "2026-10-04T00:00"),
            ("accident.report", "2026-10-01T23:15", "2026-10-02T01:15"),
            ("accident.feedback", "2026-02-28T12:00", "2026-03-01T12:00"),
        ] {
            assert_eq!(due(id, from), expected, "{id} from {from}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_said() {
        assert_eq!(
            due("recall.finish.3", "2026-12-01"),
            "failed to count 30 working days from 2026-12-01T00:00: the calendar has no table of a \
             year on the way"
        );
        assert!(due("recall.finish.1", "2015-08-31").ends_with("not in force on 2015-08-31"));
        assert!(due("recall.finish.4", "2026-03-01").starts_with("failed to find clock rule"));
        let unbounded = ClockRules::china().due(
            "recall.start.1",
            Minute::UNBOUNDED_PAST,
            &WorkingDays::china(),
        );
        assert!(matches!(unbounded, Err(ClockError::Unbounded { .. })));
    }

    #[test]
    fn versions_of_a_rule_are_chosen_by_day_and_never_overlap() {
        let rule = |from: &str, until: Option<&str>, period| ClockRule {
            id: "x".to_owned(),
            starts: String::new(),
            period,
            from: day(from),
            until: until.map(day),
            source: String::new(),
            checked: false,
        };
        let rules = ClockRules::new()
            .with(rule("2026-07-01", None, Period::Days(3)))
            .unwrap()
            .with(rule("2025-01-01", Some("2026-06-30"), Period::Hours(1)))
            .unwrap();
        let calendar = WorkingDays::china();
        let due = |from: &str| rules.due("x", minute(from), &calendar).unwrap().due.to_string();
        assert_eq!(due("2026-06-30T10:00"), "2026-06-30T11:00");
        // Three days after Wed 1 July is Saturday 4, so the period ends on Monday.
        assert_eq!(due("2026-07-01T10:00"), "2026-07-06T23:59");
        assert!(matches!(
            rules.clone().with(rule("2026-06-01", Some("2026-06-30"), Period::Days(1))),
            Err(ClockError::Overlap { .. })
        ));
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<ClockRules>(&text).unwrap(), rules);
        let twice = text.replace("\"2026-06-30\"", "null");
        assert!(serde_json::from_str::<ClockRules>(&twice).is_err());
    }
}
