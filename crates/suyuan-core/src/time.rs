//! Event times: closed intervals of minutes on the chain's one civil clock.
//!
//! A record says "1 March" or "March" or nothing; the engine keeps what that means, the interval
//! of minutes in which the event can have happened, and compares intervals so that nothing
//! possible is excluded.
//!
//! ```
//! use suyuan_core::time::{Span, UtcOffset};
//! let clock = UtcOffset::CHINA;
//! let day = Span::parse("2026年3月1日", clock)?;
//! let minute = Span::parse("2026-03-01T00:30:00Z", clock)?;
//! assert_eq!(minute.earliest.to_string(), "2026-03-01T08:30");
//! assert!(day.may_precede(minute) && minute.may_precede(day));
//! assert_eq!(Span::parse("", clock)?, Span::UNKNOWN);
//! # Ok::<(), suyuan_core::time::TimeError>(())
//! ```

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::text::fold_width;

/// Minutes in a day.
pub const DAY: i32 = 24 * 60;

/// The years in which a written date is accepted; outside them a date is a mistake.
pub const YEARS: std::ops::RangeInclusive<i32> = 1600..=5999;

/// A minute of the chain's civil clock, counted from 1970-01-01T00:00, or one of the two
/// unbounded ends. Ordered as time is.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct Minute(i32);

impl Minute {
    /// Before every minute: the start of an unknown past.
    pub const UNBOUNDED_PAST: Self = Self(i32::MIN);
    /// After every minute: the end of an unknown future.
    pub const UNBOUNDED_FUTURE: Self = Self(i32::MAX);

    /// The minute `minutes` after 1970-01-01T00:00.
    #[must_use]
    pub const fn from_minutes(minutes: i32) -> Self {
        Self(minutes)
    }

    /// Minutes since 1970-01-01T00:00; meaningless for the unbounded ends.
    #[must_use]
    pub const fn minutes(self) -> i32 {
        self.0
    }

    /// The first minute of a day.
    #[must_use]
    pub fn start_of(day: NaiveDate) -> Self {
        let days = i64::from(day.num_days_from_ce()) - i64::from(UNIX_EPOCH_FROM_CE);
        Self(saturate(days * i64::from(DAY)))
    }

    /// The last minute of a day.
    #[must_use]
    pub fn end_of(day: NaiveDate) -> Self {
        Self::start_of(day).plus(DAY - 1)
    }

    /// The day this minute lies in; `None` for the unbounded ends.
    #[must_use]
    pub fn date(self) -> Option<NaiveDate> {
        if !self.is_bounded() {
            return None;
        }
        NaiveDate::from_num_days_from_ce_opt(self.0.div_euclid(DAY) + UNIX_EPOCH_FROM_CE)
    }

    /// Whether this is a real minute, not one of the unbounded ends.
    #[must_use]
    pub const fn is_bounded(self) -> bool {
        self.0 != i32::MIN && self.0 != i32::MAX
    }

    /// This minute and `minutes` more; an unbounded end stays what it is.
    #[must_use]
    pub fn plus(self, minutes: i32) -> Self {
        if self.is_bounded() {
            Self(saturate(i64::from(self.0) + i64::from(minutes)))
        } else {
            self
        }
    }
}

/// Days from 0000-12-31 to 1970-01-01.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;

fn saturate(minutes: i64) -> i32 {
    i32::try_from(minutes).unwrap_or(if minutes < 0 { i32::MIN + 1 } else { i32::MAX - 1 })
}

impl fmt::Display for Minute {
    /// `YYYY-MM-DDTHH:MM`, or `-∞` and `+∞` for the unbounded ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.date(), *self) {
            (Some(day), _) => {
                let of_day = self.0.rem_euclid(DAY);
                write!(f, "{day}T{:02}:{:02}", of_day / 60, of_day % 60)
            }
            (None, Self::UNBOUNDED_PAST) => f.write_str("-∞"),
            (None, _) => f.write_str("+∞"),
        }
    }
}

impl fmt::Debug for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Serialised as `"YYYY-MM-DDTHH:MM"`, unbounded ends as `null`. Reading `null` back gives the
/// unbounded past.
impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_bounded() { serializer.collect_str(self) } else { serializer.serialize_none() }
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(Self::UNBOUNDED_PAST),
            Some(text) => Span::parse(&text, UtcOffset::CHINA)
                .map(|span| span.earliest)
                .map_err(serde::de::Error::custom),
        }
    }
}

/// The offset of a civil clock from UTC, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UtcOffset(i32);

impl UtcOffset {
    /// +08:00, the civil clock of China.
    pub const CHINA: Self = Self(8 * 60);
    /// UTC itself.
    pub const UTC: Self = Self(0);

    /// An offset of `minutes` east of UTC, at most 18 hours either way.
    #[must_use]
    pub const fn from_minutes(minutes: i32) -> Option<Self> {
        if minutes.abs() <= 18 * 60 { Some(Self(minutes)) } else { None }
    }
}

impl fmt::Display for UtcOffset {
    /// `+08:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", self.0.abs() / 60, self.0.abs() % 60)
    }
}

impl Default for UtcOffset {
    fn default() -> Self {
        Self::CHINA
    }
}

/// A closed interval of minutes: when an event can have happened. Written as its two ends; read
/// from them, from a text as [`Span::parse`] reads it on the clock of China, or from nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The first minute at which the event can have happened.
    pub earliest: Minute,
    /// The last minute at which the event can have happened.
    pub latest: Minute,
}

impl Default for Span {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

impl Span {
    /// Nothing is known: unbounded on both sides.
    pub const UNKNOWN: Self =
        Self { earliest: Minute::UNBOUNDED_PAST, latest: Minute::UNBOUNDED_FUTURE };

    /// The interval of one minute.
    #[must_use]
    pub const fn at(minute: Minute) -> Self {
        Self { earliest: minute, latest: minute }
    }

    /// The interval of one day.
    #[must_use]
    pub fn day(day: NaiveDate) -> Self {
        Self { earliest: Minute::start_of(day), latest: Minute::end_of(day) }
    }

    /// The interval of one month; `None` when there is no such month.
    #[must_use]
    pub fn month(year: i32, month: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let next = if month == 12 {
            NaiveDate::from_ymd_opt(year + 1, 1, 1)?
        } else {
            NaiveDate::from_ymd_opt(year, month + 1, 1)?
        };
        Some(Self { earliest: Minute::start_of(first), latest: Minute::end_of(next.pred_opt()?) })
    }

    /// Whether nothing is known of the time.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self == Self::UNKNOWN
    }

    /// Whether this is an interval of minutes: it does not end before it begins, nor begin at the
    /// end of time, nor end at its beginning. Records with any other time are refused.
    #[must_use]
    pub fn is_interval(self) -> bool {
        self.earliest <= self.latest
            && self.earliest != Minute::UNBOUNDED_FUTURE
            && self.latest != Minute::UNBOUNDED_PAST
    }

    /// Whether the interval lies within one day.
    #[must_use]
    pub fn is_dated_to_day(self) -> bool {
        self.earliest.is_bounded()
            && self.latest.is_bounded()
            && self.earliest.0.div_euclid(DAY) == self.latest.0.div_euclid(DAY)
    }

    /// Whether `self` then `other` is a possible order: `self.earliest <= other.latest`.
    #[must_use]
    pub fn may_precede(self, other: Self) -> bool {
        self.earliest <= other.latest
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { earliest: self.earliest.min(other.earliest), latest: self.latest.max(other.latest) }
    }

    /// Reads a time as people and systems write it. Complexity: linear in the text.
    ///
    /// | written | interval |
    /// |---|---|
    /// | `2026-03-01T08:30`, `2026-03-01 08:30:15`, `2026-03-01T00:30Z` | that minute |
    /// | `2026-03-01`, `2026/3/1`, `2026.3.1`, `20260301`, `2026年3月1日` | that day |
    /// | any of these days at `0:00`, `00:00`, `00:00:00`, `00:00:00.000` without an offset | that day: databases and spreadsheets export a date so |
    /// | any of these days at `24:00` | its last minute |
    /// | `2026-03`, `2026/3`, `2026年3月` | that month |
    /// | empty | unknown |
    ///
    /// A time with a UTC offset is converted to `clock`; midnight with one is that minute.
    /// Full-width digits are understood.
    ///
    /// # Errors
    /// [`TimeError`] when the text is none of these forms, names a day or a minute that does not
    /// exist, or a year outside [`YEARS`].
    pub fn parse(text: &str, clock: UtcOffset) -> Result<Self, TimeError> {
        Self::read(text, clock, true)
    }

    /// Reads a time that a question asks for: as [`Span::parse`], but a day at 00:00 is that
    /// minute, since whoever asks for a time of day means it. An empty text is an error.
    ///
    /// # Errors
    /// As [`Span::parse`].
    pub fn parse_asked(text: &str, clock: UtcOffset) -> Result<Self, TimeError> {
        let span = Self::read(text, clock, false)?;
        if span.is_unknown() { Err(TimeError { text: String::new() }) } else { Ok(span) }
    }

    /// The minute a question asks for when it names a time: the last minute of
    /// [`Span::parse_asked`].
    ///
    /// # Errors
    /// As [`Span::parse_asked`].
    pub fn parse_limit(text: &str, clock: UtcOffset) -> Result<Minute, TimeError> {
        Self::parse_asked(text, clock).map(|span| span.latest)
    }

    fn read(text: &str, clock: UtcOffset, midnight_is_day: bool) -> Result<Self, TimeError> {
        if let Some(time) = plain(text.as_bytes(), midnight_is_day) {
            return Ok(time);
        }
        let folded = fold_width(text);
        if folded.is_empty() {
            return Ok(Self::UNKNOWN);
        }
        Scanner { rest: folded.as_bytes(), midnight_is_day }
            .span(clock)
            .ok_or_else(|| TimeError { text: text.trim().chars().take(64).collect() })
    }

    /// The interval as a text that [`Span::parse`] reads as itself: a day, a month or a minute,
    /// with the offset where the minute is midnight. `None` for an interval that no text says.
    #[must_use]
    pub fn written(self, clock: UtcOffset) -> Option<String> {
        if self.is_unknown() {
            return Some(String::new());
        }
        let day = self.earliest.date()?;
        if self == Self::day(day) {
            return Some(day.to_string());
        }
        if Some(self) == Self::month(day.year(), day.month()) {
            return Some(format!("{:04}-{:02}", day.year(), day.month()));
        }
        let minute = (self == Self::at(self.earliest)).then_some(self.earliest)?;
        let midnight = minute.minutes().rem_euclid(DAY) == 0;
        Some(if midnight { format!("{minute}{clock}") } else { minute.to_string() })
    }
}

/// Reads `2026-03-01` and `2026-03-01T08:30`, which most times are written as; `None` for any
/// other text.
fn plain(text: &[u8], midnight_is_day: bool) -> Option<Span> {
    let digit = |at: usize| {
        let digit = text[at].wrapping_sub(b'0');
        (digit < 10).then_some(i32::from(digit))
    };
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let time = match text.len() {
        10 => None,
        16 if text[10] == b'T' && text[13] == b':' => Some((two(11)?, two(14)?)),
        _ => return None,
    };
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !YEARS.contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Days since 1970-01-01 of a calendar whose year begins in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let start = Minute((days - 719_468) * DAY);
    match time {
        None => Some(Span { earliest: start, latest: start.plus(DAY - 1) }),
        Some((0, 0)) if midnight_is_day => {
            Some(Span { earliest: start, latest: start.plus(DAY - 1) })
        }
        Some((hour, minute)) if hour < 24 && minute < 60 => {
            Some(Span::at(start.plus(hour * 60 + minute)))
        }
        Some(_) => None,
    }
}

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "failed to read {text:?} as a time: expected such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日"
)]
#[non_exhaustive]
pub struct TimeError {
    /// The text, cut to 64 characters.
    pub text: String,
}

struct Scanner<'a> {
    rest: &'a [u8],
    /// Whether a day at 00:00 without an offset means the whole day.
    midnight_is_day: bool,
}

impl Scanner<'_> {
    fn span(&mut self, clock: UtcOffset) -> Option<Span> {
        let in_chinese = self.rest.windows(3).any(|bytes| bytes == "年".as_bytes());
        let leading = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (year, month, day) = match leading {
            8 => (self.number(4, 4)?, self.number(2, 2)?, Some(self.number(2, 2)?)),
            4 => self.separated_date()?,
            _ => return None,
        };
        let year = year as i32;
        if !YEARS.contains(&year) {
            return None;
        }
        let Some(day) = day else {
            return if self.rest.is_empty() { Span::month(year, month) } else { None };
        };
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        if self.rest.is_empty() {
            return Some(Span::day(date));
        }
        // After 日 a time may follow at once: 2026年3月1日8时30分.
        if !self.eat("T") && !self.eat("t") && !self.spaces() && !in_chinese {
            return None;
        }
        let (of_day, exact) = self.time_of_day()?;
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return None;
        }
        if self.midnight_is_day && of_day == 0 && !exact && offset.is_none() {
            return Some(Span::day(date));
        }
        let shift = offset.map_or(0, |written| clock.0 - written);
        Some(Span::at(Minute::start_of(date).plus(of_day + shift)))
    }

    /// `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日` and the same without a day.
    fn separated_date(&mut self) -> Option<(u32, u32, Option<u32>)> {
        let year = self.number(4, 4)?;
        if self.eat("年") {
            let month = self.number(1, 2)?;
            if !self.eat("月") {
                return None;
            }
            if self.rest.is_empty() {
                return Some((year, month, None));
            }
            let day = self.number(1, 2)?;
            return (self.eat("日") || self.eat("号")).then_some((year, month, Some(day)));
        }
        let separator = ["-", "/", "."].into_iter().find(|s| self.eat(s))?;
        let month = self.number(1, 2)?;
        if self.rest.is_empty() && separator != "." {
            return Some((year, month, None));
        }
        if !self.eat(separator) {
            return None;
        }
        Some((year, month, Some(self.number(1, 2)?)))
    }

    /// The minute of the day, and whether it has seconds or a part of one other than zero.
    fn time_of_day(&mut self) -> Option<(i32, bool)> {
        let mut part = false;
        let hour = self.number(1, 2)?;
        let (minute, second) = if self.eat("时") {
            let minute = self.number(1, 2)?;
            if !self.eat("分") {
                return None;
            }
            let second = if self.rest.first().is_some_and(u8::is_ascii_digit) {
                let second = self.number(1, 2)?;
                if !self.eat("秒") {
                    return None;
                }
                second
            } else {
                0
            };
            (minute, second)
        } else {
            if !self.eat(":") {
                return None;
            }
            let minute = self.number(2, 2)?;
            let mut second = 0;
            if self.eat(":") {
                second = self.number(2, 2)?;
                if self.eat(".") || self.eat(",") {
                    let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
                    if digits == 0 {
                        return None;
                    }
                    part = self.rest[..digits].iter().any(|digit| *digit != b'0');
                    self.rest = &self.rest[digits..];
                }
            }
            (minute, second)
        };
        let exact = second > 0 || part;
        if (hour, minute) == (24, 0) && !exact {
            return Some((DAY - 1, true));
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        Some(((hour * 60 + minute) as i32, exact))
    }

    /// `Some(None)` when no offset is written, `None` when one is written badly.
    fn offset(&mut self) -> Option<Option<i32>> {
        self.spaces();
        if self.rest.is_empty() {
            return Some(None);
        }
        if self.eat("Z") || self.eat("z") {
            return Some(Some(0));
        }
        let sign = if self.eat("+") {
            1
        } else if self.eat("-") || self.eat("\u{2212}") {
            -1
        } else {
            return None;
        };
        let hours = self.number(2, 2)?;
        let minutes = if self.rest.is_empty() {
            0
        } else {
            self.eat(":");
            self.number(2, 2)?
        };
        let total = (hours * 60 + minutes) as i32;
        (hours <= 18 && minutes <= 59).then_some(Some(sign * total))
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        if digits < least {
            return None;
        }
        let value = self.rest[..digits].iter().fold(0, |sum, b| sum * 10 + u32::from(b - b'0'));
        self.rest = &self.rest[digits..];
        Some(value)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text.as_bytes());
        if found {
            self.rest = &self.rest[text.len()..];
        }
        found
    }

    fn spaces(&mut self) -> bool {
        let count = self.rest.iter().take_while(|b| **b == b' ').count();
        self.rest = &self.rest[count..];
        count > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String)> {
        Span::parse(text, UtcOffset::CHINA)
            .ok()
            .map(|s| (s.earliest.to_string(), s.latest.to_string()))
    }

    #[test]
    fn reads_every_written_form() {
        let day = Some(("2026-03-01T00:00".to_owned(), "2026-03-01T23:59".to_owned()));
        for text in [
            "2026-03-01",
            "2026/3/1",
            "20260301",
            "2026年3月1日",
            "２０２６－０３－０１",
            " 2026.3.1 ",
        ] {
            assert_eq!(parse(text), day, "{text}");
        }
        let month = Some(("2026-02-01T00:00".to_owned(), "2026-02-28T23:59".to_owned()));
        for text in ["2026-02", "2026年2月", "2026/2"] {
            assert_eq!(parse(text), month, "{text}");
        }
        for (text, minute) in [
            ("2026-03-01T08:30", "2026-03-01T08:30"),
            ("2026-03-01 08:30:15", "2026-03-01T08:30"),
            ("2026-03-01 8:30", "2026-03-01T08:30"),
            ("2026-03-01T08:30:15.250+08:00", "2026-03-01T08:30"),
            ("2026-03-01T20:30-0500", "2026-03-02T09:30"),
            ("2026-03-01T20:30Z", "2026-03-02T04:30"),
            ("2026年3月1日 8时05分", "2026-03-01T08:05"),
            ("2026年3月1日8时5分", "2026-03-01T08:05"),
        ] {
            assert_eq!(parse(text), Some((minute.to_owned(), minute.to_owned())), "{text}");
        }
        assert_eq!(Span::parse("  ", UtcOffset::CHINA), Ok(Span::UNKNOWN));
    }

    #[test]
    fn midnight_without_an_offset_is_the_day() {
        let day = Some(("2026-03-02T00:00".to_owned(), "2026-03-02T23:59".to_owned()));
        for text in [
            "2026-03-02 00:00:00",
            "2026-03-02T00:00",
            "2026-03-02 0:00",
            "2026/3/2 0:00",
            "2026-03-02T00:00:00.000",
            "20260302 00:00",
            "2026年3月2日 0时0分",
            "２０２６-03-02 ００：００：００",
        ] {
            assert_eq!(parse(text), day, "{text}");
        }
        for (text, minute) in [
            ("2026-03-02 00:00:15", "2026-03-02T00:00"),
            ("2026-03-02 00:00:00.5", "2026-03-02T00:00"),
            ("2026-03-02T00:00+08:00", "2026-03-02T00:00"),
            ("2026-03-01T16:00Z", "2026-03-02T00:00"),
            ("2026-03-02 24:00", "2026-03-02T23:59"),
            ("2026-03-02 24:00:00", "2026-03-02T23:59"),
        ] {
            assert_eq!(parse(text), Some((minute.to_owned(), minute.to_owned())), "{text}");
        }
        assert_eq!(parse("2026-03-02 24:01"), None);
        let asked = |text| Span::parse_limit(text, UtcOffset::CHINA).unwrap().to_string();
        assert_eq!(asked("2026-03-02 00:00"), "2026-03-02T00:00");
        assert_eq!(asked("2026-03-02"), "2026-03-02T23:59");
    }

    #[test]
    fn what_is_written_is_read_as_itself() {
        let clock = UtcOffset::CHINA;
        for text in ["", "2026-03-02", "2026-03", "2026-03-02T08:30", "2026-03-02T00:00+08:00"] {
            let span = Span::parse(text, clock).unwrap();
            assert_eq!(span.written(clock).as_deref(), Some(text));
        }
        let between = Span { latest: Minute::from_minutes(7), ..Span::UNKNOWN };
        assert_eq!(between.written(clock), None);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "2026-02-30",
            "2026-13-01",
            "2026-13",
            "202603",
            "03/01/2026",
            "2026-03-01T25:00",
            "2026-03-01T",
            "2026-03-01x",
            "0001-01-01",
            "9999-12-31",
            "2026-03-01T08",
            "tomorrow",
            "2026-3/1",
            "2026年3月1",
            "20260301T",
            "2026-03-01T08:30+99:00",
            "1e9",
            "\0",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn unbounded_ends_absorb_arithmetic_and_sort_outside() {
        let minute = Minute::from_minutes(0);
        assert!(Minute::UNBOUNDED_PAST < minute && minute < Minute::UNBOUNDED_FUTURE);
        assert_eq!(Minute::UNBOUNDED_FUTURE.plus(-5), Minute::UNBOUNDED_FUTURE);
        assert_eq!(minute.to_string(), "1970-01-01T00:00");
        assert_eq!(Minute::from_minutes(-1).to_string(), "1969-12-31T23:59");
        assert!(Span::at(minute).is_dated_to_day());
        assert!(!Span::UNKNOWN.is_dated_to_day());
    }
}
