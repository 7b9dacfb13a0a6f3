//! Risk grades, how often each is inspected, and how credit changes the share drawn: rules of a
//! province and a year, as data.
//!
//! No score at which a grade begins is built in: bands are given with their source. What is built
//! in is the frequency of the national rule of 2016.
//!
//! ```
//! use chrono::NaiveDate;
//! use rust_decimal::Decimal;
//! use suyuan_core::model::RiskGrade;
//! use suyuan_core::sampling::risk::{Band, Escalation, Event, EventKind, GradeRules};
//! // Bands of an invented province.
//! let band = |grade, above: u32| Band { grade, above: Decimal::from(above) };
//! let rules = GradeRules {
//!     bands: vec![band(RiskGrade::A, 0), band(RiskGrade::B, 20), band(RiskGrade::C, 50),
//!         band(RiskGrade::D, 80)],
//!     escalations: vec![Escalation { event: EventKind::FailedSample, grades: 1, months: 12 }],
//!     ..GradeRules::national_2016()
//! };
//! let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
//! let failed = Event { kind: EventKind::FailedSample, on: day, reference: "S-LK-01".into() };
//! let found = rules.assess(Decimal::from(18), Decimal::from(12), &[failed], day)?;
//! assert_eq!((found.scored, found.grade), (RiskGrade::B, RiskGrade::C));
//! assert_eq!((found.least, found.most), (2, Some(3)));
//! assert_eq!(found.reasons, ["score 30: grade b", "failed_sample S-LK-01 on 2026-03-01: up to c"]);
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::error::{SamplingError, Subject};
use crate::model::RiskGrade;

/// A grade and the scores it begins above; the first band begins with its own score included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The grade.
    pub grade: RiskGrade,
    /// Scores above this, up to and with the next band's.
    #[serde(with = "rust_decimal::serde::str")]
    pub above: Decimal,
}

/// What moves a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// A sample failed.
    FailedSample,
    /// A penalty was imposed.
    Penalty,
}

impl EventKind {
    /// The name used in data and results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailedSample => "failed_sample",
            Self::Penalty => "penalty",
        }
    }
}

/// How far an event moves a grade up, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The event.
    pub event: EventKind,
    /// Grades it moves up.
    pub grades: u8,
    /// Calendar months for which it counts.
    pub months: u32,
}

/// Inspections a year of a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// The grade.
    pub grade: RiskGrade,
    /// At least so many.
    pub least: u32,
    /// At most so many; `None` for no limit.
    pub most: Option<u32>,
}

/// The grading rules of a province, with the days between which they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeRules {
    /// What they are called.
    pub name: String,
    /// The rule they come from.
    pub basis: String,
    /// The first day they hold; `None` for always.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day they hold; `None` for until further notice.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Scores of each grade, lowest first.
    pub bands: Vec<Band>,
    /// What moves a grade up.
    pub escalations: Vec<Escalation>,
    /// Inspections a year.
    pub frequencies: Vec<Frequency>,
}

impl GradeRules {
    /// The frequencies of the national rule of 2016: grade A at least once a year, B once or
    /// twice, C two or three times, D three or four times. It has no bands and no escalations: both
    /// are a province's.
    #[must_use]
    pub fn national_2016() -> Self {
        let frequency = |grade, least, most| Frequency { grade, least, most };
        Self {
            name: "national rule of 2016".to_owned(),
            basis: "食品生产经营风险分级管理办法(试行), 2016".to_owned(),
            from: NaiveDate::from_ymd_opt(2016, 12, 1),
            until: None,
            bands: Vec::new(),
            escalations: Vec::new(),
            frequencies: vec![
                frequency(RiskGrade::A, 1, None),
                frequency(RiskGrade::B, 1, Some(2)),
                frequency(RiskGrade::C, 2, Some(3)),
                frequency(RiskGrade::D, 3, Some(4)),
            ],
        }
    }

    /// Whether the rules hold on a day.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The grade of an operator on a day: from its static and dynamic scores, then moved up for
    /// every event that still counts, never above D; the reasons are kept.
    ///
    /// # Errors
    /// [`SamplingError::Value`] when the rules do not hold on the day, have no bands or bands out
    /// of order, or no frequency for the grade; or for a score below the first band.
    pub fn assess(
        &self,
        fixed: Decimal,
        dynamic: Decimal,
        events: &[Event],
        day: NaiveDate,
    ) -> Result<Assessment, SamplingError> {
        let rules = || Subject::from(&*self.name);
        if !self.holds_on(day) {
            return Err(SamplingError::value("the day", rules(), day, "within the rules' dates"));
        }
        let ordered = self
            .bands
            .windows(2)
            .all(|pair| pair[0].above < pair[1].above && pair[0].grade < pair[1].grade);
        if self.bands.is_empty() || !ordered {
            let expected = "one band or more, scores and grades rising";
            let count = format!("{} bands", self.bands.len());
            return Err(SamplingError::value("the bands", rules(), count, expected));
        }
        let score = fixed.checked_add(dynamic).unwrap_or(Decimal::MAX).normalize();
        if score < self.bands[0].above {
            let expected = "at or above the first band";
            return Err(SamplingError::value("the score", rules(), score, expected));
        }
        let band = self.bands.iter().rev().find(|band| score > band.above);
        let scored = band.unwrap_or(&self.bands[0]).grade;
        let mut reasons = vec![format!("score {score}: grade {scored}")];
        let mut grade = scored;
        let mut events: Vec<&Event> = events.iter().collect();
        events.sort_unstable();
        events.dedup();
        for event in events {
            let counts = |rule: &&Escalation| {
                rule.event == event.kind
                    && event.on <= day
                    && event
                        .on
                        .checked_add_months(Months::new(rule.months))
                        .is_none_or(|end| day < end)
            };
            let steps: u8 =
                self.escalations.iter().filter(counts).map(|rule| rule.grades).max().unwrap_or(0);
            if steps > 0 {
                grade = up(grade, steps);
                let (kind, reference, on) = (event.kind.as_str(), &event.reference, event.on);
                reasons.push(format!("{kind} {reference} on {on}: up to {grade}"));
            }
        }
        let frequency =
            self.frequencies.iter().find(|frequency| frequency.grade == grade).ok_or_else(
                || {
                    let expected = "a grade with a frequency";
                    SamplingError::value("the grade", rules(), grade, expected)
                },
            )?;
        Ok(Assessment { scored, grade, least: frequency.least, most: frequency.most, reasons })
    }
}

fn up(grade: RiskGrade, steps: u8) -> RiskGrade {
    let at = RiskGrade::ALL.iter().position(|other| *other == grade).unwrap_or(0);
    let last = RiskGrade::ALL.len() - 1;
    RiskGrade::ALL[(at + usize::from(steps)).min(last)]
}

/// Something that happened to an operator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub on: NaiveDate,
    /// What.
    pub kind: EventKind,
    /// The sample's or the decision's code.
    pub reference: String,
}

/// The grade of an operator and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assessment {
    /// The grade of the scores alone.
    pub scored: RiskGrade,
    /// The grade with events.
    pub grade: RiskGrade,
    /// Inspections a year, at least.
    pub least: u32,
    /// Inspections a year, at most.
    pub most: Option<u32>,
    /// Every step, in order.
    pub reasons: Vec<String>,
}

/// The share of a credit class that is drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CreditRatio {
    /// The class.
    pub class: String,
    /// Units drawn of each 1000, at most 1000.
    pub per_thousand: u64,
}

/// Units to draw of each credit class: `ceil(units x ratio / 1000)`.
///
/// ```
/// use suyuan_core::sampling::risk::{CreditRatio, credit_quotas};
/// let ratio = |class: &str, per_thousand| CreditRatio { class: class.into(), per_thousand };
/// let units = [("A".to_owned(), 250), ("C".to_owned(), 31)].into();
/// let quotas = credit_quotas(&units, &[ratio("A", 10), ratio("C", 200)])?;
/// assert_eq!((quotas["A"], quotas["C"]), (3, 7));
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Duplicate`] for a class given twice, [`SamplingError::Unknown`] for units of a
/// class without a ratio, [`SamplingError::Value`] for a ratio above 1000.
pub fn credit_quotas(
    units: &BTreeMap<String, u64>,
    ratios: &[CreditRatio],
) -> Result<BTreeMap<String, u64>, SamplingError> {
    let mut known = BTreeMap::new();
    for ratio in ratios {
        if ratio.per_thousand > 1000 {
            let subject = Subject::from(&*ratio.class);
            let expected = "at most 1000 of 1000";
            return Err(SamplingError::value("the ratio", subject, ratio.per_thousand, expected));
        }
        if known.insert(&ratio.class, ratio.per_thousand).is_some() {
            let code = ratio.class.clone();
            return Err(SamplingError::Duplicate { kind: "credit class", code });
        }
    }
    units
        .iter()
        .map(|(class, count)| {
            let ratio = known.get(class).ok_or_else(|| SamplingError::Unknown {
                kind: "credit class",
                code: class.clone(),
                subject: Subject::from("the frame"),
            })?;
            // At most the count itself.
            let drawn = (u128::from(*count) * u128::from(*ratio)).div_ceil(1000) as u64;
            Ok((class.clone(), drawn))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rules() -> GradeRules {
        let band = |grade, above: u32| Band { grade, above: Decimal::from(above) };
        GradeRules {
            bands: vec![band(RiskGrade::A, 0), band(RiskGrade::B, 10), band(RiskGrade::D, 20)],
            escalations: vec![
                Escalation { event: EventKind::FailedSample, grades: 1, months: 12 },
                Escalation { event: EventKind::Penalty, grades: 2, months: 24 },
            ],
            ..GradeRules::national_2016()
        }
    }

    fn grade(score: &str, events: &[Event]) -> RiskGrade {
        let score: Decimal = score.parse().unwrap();
        rules().assess(score, Decimal::ZERO, events, day("2026-03-01")).unwrap().grade
    }

    #[test]
    fn bands_hold_their_upper_ends() {
        let grades = ["0", "10", "10.1", "20", "20.01"].map(|score| grade(score, &[]));
        use RiskGrade::{A, B, D};
        assert_eq!(grades, [A, A, B, B, D]);
    }

    #[test]
    fn events_count_while_they_last_and_not_before() {
        let event = |kind, on: &str| Event { kind, on: day(on), reference: "R".into() };
        let failed = |on| event(EventKind::FailedSample, on);
        assert_eq!(grade("1", &[failed("2025-03-02")]), RiskGrade::B);
        assert_eq!(grade("1", &[failed("2025-03-01")]), RiskGrade::A);
        assert_eq!(grade("1", &[failed("2026-03-02")]), RiskGrade::A);
        // The same event said twice counts once; different ones add up, up to D.
        assert_eq!(grade("1", &[failed("2026-01-01"), failed("2026-01-01")]), RiskGrade::B);
        let penalty = event(EventKind::Penalty, "2025-01-01");
        assert_eq!(grade("1", &[failed("2026-01-01"), penalty.clone()]), RiskGrade::D);
        assert_eq!(grade("15", &[penalty.clone(), penalty, failed("2026-01-01")]), RiskGrade::D);
    }

    #[test]
    fn rules_that_do_not_apply_are_refused() {
        let assess = |rules: &GradeRules, score: i64, on: &str| {
            rules.assess(Decimal::from(score), Decimal::ZERO, &[], day(on))
        };
        assert!(assess(&rules(), 1, "2016-11-30").is_err());
        assert!(assess(&rules(), -1, "2026-01-01").is_err());
        assert!(assess(&GradeRules::national_2016(), 1, "2026-01-01").is_err());
        let mut upside_down = rules();
        upside_down.bands.reverse();
        assert!(assess(&upside_down, 1, "2026-01-01").is_err());
        let ratio = |per_thousand| CreditRatio { class: "A".into(), per_thousand };
        let units = [("A".to_owned(), 1)].into();
        assert!(credit_quotas(&units, &[ratio(1001)]).is_err());
        assert!(credit_quotas(&units, &[ratio(1), ratio(1)]).is_err());
        assert!(credit_quotas(&units, &[]).is_err());
    }
}
