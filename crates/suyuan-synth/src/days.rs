//! The days of a run: their dates, and which batches were made on them.

use chrono::{Datelike, Days, NaiveDate};
use suyuan_core::time::{DAY, Minute, Span};

use crate::code::digits;

/// Minutes since 1970-01-01T00:00.
pub(crate) type Clock = i32;

/// One day.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// `YYMMDD`.
    stamp: [u8; 6],
    /// The first batch made on it or later.
    first_lot: u32,
    month: Span,
    month_of_year: u8,
}

/// The days from the first on; more are added as they are asked for.
#[derive(Debug)]
pub(crate) struct Timeline {
    start: NaiveDate,
    first: Clock,
    days: Vec<Entry>,
}

impl Timeline {
    pub(crate) fn new(start: NaiveDate) -> Self {
        Self { start, first: Minute::start_of(start).minutes(), days: Vec::new() }
    }

    /// Makes sure that a day and 64 more are there.
    pub(crate) fn reach(&mut self, day: u16) {
        while self.days.len() <= usize::from(day) + 64 {
            let ahead = Days::new(self.days.len() as u64);
            let date = self.start.checked_add_days(ahead).unwrap_or(self.start);
            let number = date.year() as u32 % 100 * 10_000 + date.month() * 100 + date.day();
            self.days.push(Entry {
                stamp: digits(number),
                first_lot: u32::MAX,
                month: Span::month(date.year(), date.month()).unwrap_or(Span::UNKNOWN),
                month_of_year: date.month0() as u8,
            });
        }
    }

    /// Says which batch will be the first of a day.
    pub(crate) fn open(&mut self, day: u16, lot: u32) {
        if let Some(entry) = self.days.get_mut(usize::from(day)) {
            entry.first_lot = lot;
        }
    }

    /// `YYMMDD` of a day.
    pub(crate) fn stamp(&self, day: u16) -> &[u8; 6] {
        self.days.get(usize::from(day)).map_or(b"000000", |entry| &entry.stamp)
    }

    /// The place of a batch among those of its day.
    pub(crate) fn serial(&self, day: u16, lot: u32) -> u32 {
        self.days.get(usize::from(day)).map_or(0, |entry| lot.wrapping_sub(entry.first_lot))
    }

    /// The month of a day, January 0.
    pub(crate) fn month_of_year(&self, day: u16) -> usize {
        self.days.get(usize::from(day)).map_or(0, |entry| entry.month_of_year.into())
    }

    /// A minute of a day.
    #[inline]
    pub(crate) fn at(&self, day: u16, minute: u32) -> Clock {
        self.first + i32::from(day) * DAY + minute as i32
    }

    /// The minute as written: itself, or its day.
    #[inline]
    pub(crate) fn written(&self, clock: Clock, day_only: bool) -> Span {
        if day_only { self.day(clock) } else { Span::at(Minute::from_minutes(clock)) }
    }

    /// The day of a minute.
    pub(crate) fn day(&self, clock: Clock) -> Span {
        let start = clock - clock.rem_euclid(DAY);
        Span {
            earliest: Minute::from_minutes(start),
            latest: Minute::from_minutes(start + DAY - 1),
        }
    }

    /// The month of a minute.
    pub(crate) fn month(&self, clock: Clock) -> Span {
        let day = (clock - self.first).div_euclid(DAY);
        let entry = usize::try_from(day).ok().and_then(|day| self.days.get(day));
        entry.map_or(Span::UNKNOWN, |entry| entry.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_serials_are_those_of_the_calendar() {
        let mut days = Timeline::new(NaiveDate::from_ymd_opt(2024, 2, 28).unwrap());
        days.reach(3);
        assert_eq!(days.stamp(1), b"240229");
        assert_eq!(days.stamp(2), b"240301");
        assert_eq!(days.month_of_year(2), 2);
        let clock = days.at(1, 605);
        assert_eq!(days.written(clock, false).earliest.to_string(), "2024-02-29T10:05");
        assert_eq!(days.day(clock).latest.to_string(), "2024-02-29T23:59");
        assert_eq!(days.month(clock).latest.to_string(), "2024-02-29T23:59");
        assert_eq!(days.month(clock).earliest.to_string(), "2024-02-01T00:00");
        days.open(1, 40);
        assert_eq!(days.serial(1, 43), 3);
    }
}
