//! Working days: weekends, public holidays, and the weekend days worked to make up for them.
//!
//! The law counts deadlines in working days; which days those are is decided each year, so the
//! table of holidays is data that the caller gives. China's tables of 2025 and 2026 are ready.
//!
//! ```
//! use suyuan_core::calendar::WorkingDays;
//! let calendar = WorkingDays::china();
//! let friday = "2026-09-25".parse()?; // Mid-Autumn Festival
//! assert_eq!(calendar.is_working_day(friday), Some(false));
//! let sunday = "2026-09-20".parse()?; // worked to make up for National Day
//! assert_eq!(calendar.is_working_day(sunday), Some(true));
//! assert_eq!(calendar.add_working_days(friday, 3).map(|d| d.to_string()), Some("2026-09-30".into()));
//! # Ok::<(), chrono::ParseError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

mod clock;

pub use clock::{ClockError, ClockRule, ClockRules, Deadline, Period};

/// What a table says of a day that the week alone would not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A weekday off.
    Holiday,
    /// A weekend day worked.
    Workday,
}

/// A calendar of working days over the years it has tables for.
///
/// Monday to Friday are worked but for holidays, Saturday and Sunday are not but for make-up
/// working days. Asked about a year without a table it answers `None` instead of guessing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingDays {
    years: BTreeSet<i32>,
    exceptions: BTreeMap<NaiveDate, DayKind>,
}

impl WorkingDays {
    /// A calendar without any year.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the table of a year: its weekdays off and its weekend days worked. Days of other
    /// years in it are taken too, without making those years known.
    #[must_use]
    pub fn with_year(
        mut self,
        year: i32,
        exceptions: impl IntoIterator<Item = (NaiveDate, DayKind)>,
    ) -> Self {
        self.years.insert(year);
        self.exceptions.extend(exceptions);
        self
    }

    /// Mainland China, 2025 and 2026.
    ///
    /// Source: General Office of the State Council, notices on the arrangement of public holidays
    /// of 2025 (国办发明电〔2024〕12号) and of 2026 (国办发明电〔2025〕7号).
    #[must_use]
    pub fn china() -> Self {
        [(2025, CHINA_2025), (2026, CHINA_2026)].into_iter().fold(
            Self::new(),
            |calendar, (year, table)| {
                let day = |month_day: &u16| {
                    let (month, day) = (u32::from(month_day / 100), u32::from(month_day % 100));
                    NaiveDate::from_ymd_opt(year, month, day)
                };
                let off = table.0.iter().filter_map(day).map(|day| (day, DayKind::Holiday));
                let worked = table.1.iter().filter_map(day).map(|day| (day, DayKind::Workday));
                calendar.with_year(year, off.chain(worked).collect::<Vec<_>>())
            },
        )
    }

    /// Whether a day is worked; `None` for a year without a table. O(log n).
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> Option<bool> {
        if !self.years.contains(&day.year()) {
            return None;
        }
        Some(match self.exceptions.get(&day) {
            Some(DayKind::Workday) => true,
            Some(DayKind::Holiday) => false,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        })
    }

    /// The day on which a period of `count` working days ends that begins the day after `from`
    /// (the day of the event is not counted: Civil Code of China, article 201). A count of zero
    /// gives `from` itself. `None` when a year without a table is met. O(result) in the days.
    #[must_use]
    pub fn add_working_days(&self, from: NaiveDate, count: u32) -> Option<NaiveDate> {
        let mut day = from;
        let mut left = count;
        while left > 0 {
            day = day.succ_opt()?;
            left -= u32::from(self.is_working_day(day)?);
        }
        Some(day)
    }

    /// How many working days lie after `from` up to and with `to`; zero when `to` is not later.
    /// `None` when a year without a table is met.
    #[must_use]
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> Option<u32> {
        let mut day = from;
        let mut count = 0;
        while day < to {
            day = day.succ_opt()?;
            count += u32::from(self.is_working_day(day)?);
        }
        Some(count)
    }
}

type Table = (&'static [u16], &'static [u16]);

/// Weekdays off and weekend days worked in 2025, as month x 100 + day.
const CHINA_2025: Table = (
    &[
        101, 128, 129, 130, 131, 203, 204, 404, 501, 502, 505, 602, 1001, 1002, 1003, 1006, 1007,
        1008,
    ],
    &[126, 208, 427, 928, 1011],
);

/// Weekdays off and weekend days worked in 2026, as month x 100 + day.
const CHINA_2026: Table = (
    &[
        101, 102, 216, 217, 218, 219, 220, 223, 406, 501, 504, 505, 619, 925, 1001, 1002, 1005,
        1006, 1007,
    ],
    &[104, 214, 228, 509, 920, 1010],
);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn spring_festival_is_jumped_over() {
        let calendar = WorkingDays::china();
        // Saturday 14 and 28 February 2026 are worked, 16 to 23 are off.
        assert_eq!(calendar.add_working_days(day("2026-02-13"), 1), Some(day("2026-02-14")));
        assert_eq!(calendar.add_working_days(day("2026-02-13"), 2), Some(day("2026-02-24")));
        assert_eq!(calendar.working_days_between(day("2026-02-13"), day("2026-02-28")), Some(6));
    }

    #[test]
    fn an_unknown_year_is_not_guessed() {
        let calendar = WorkingDays::china();
        assert_eq!(calendar.is_working_day(day("2027-01-04")), None);
        assert_eq!(calendar.add_working_days(day("2026-12-31"), 1), None);
        assert_eq!(calendar.add_working_days(day("2026-12-31"), 0), Some(day("2026-12-31")));
    }

    #[test]
    fn the_table_is_the_published_one() {
        let Ok(folder) = std::env::var("SUYUAN_CONFORMANCE_DATA") else {
            println!("skipped: no conformance data");
            return;
        };
        let path = std::path::Path::new(&folder).join("calendar/china-2025-2026.csv");
        let text = std::fs::read_to_string(path).unwrap();
        let published: BTreeMap<NaiveDate, DayKind> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(','))
            .map(|(date, kind)| {
                let kind = match kind.trim() {
                    "holiday" => DayKind::Holiday,
                    "workday" => DayKind::Workday,
                    other => panic!("{other}"),
                };
                (day(date), kind)
            })
            .collect();
        assert_eq!(WorkingDays::china().exceptions, published);
    }
}
