//! Times as EPCIS writes them: RFC 3339 with an offset.

use chrono::{Datelike, NaiveDate};
use suyuan_core::time::{Span, UtcOffset};

/// A moment: seconds since 1970-01-01T00:00:00Z and nanoseconds (finer digits are cut).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    seconds: i64,
    nanos: u32,
}

/// Days from 0000-12-31 to 1970-01-01.
const UNIX_EPOCH_FROM_CE: i64 = 719_163;

impl Moment {
    /// Reads `2005-04-03T20:33:31.116-06:00`; the offset is required.
    ///
    /// ```
    /// use suyuan_epcis::Moment;
    /// let one = Moment::parse("2005-04-03T20:33:31.116-06:00").unwrap();
    /// assert_eq!(Moment::parse("2005-04-04T02:33:31.1160000Z"), Some(one));
    /// assert_eq!(Moment::parse("2005-04-03T20:33:31"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| {
            let digits = bytes.get(from..to)?;
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
        };
        let mark = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|b| marks.contains(b));
        let form = mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":");
        if !form || !mark(16, b":") {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(number(0, 4)? as i32, number(5, 7)?, number(8, 10)?)?;
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut at = 19;
        let mut nanos = 0;
        if mark(at, b".") {
            let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit());
            let digits: Vec<u8> = digits.copied().collect();
            if digits.is_empty() {
                return None;
            }
            let nine = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
            nanos = nine.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            at += 1 + digits.len();
        }
        let offset = match bytes.get(at)? {
            b'Z' | b'z' if bytes.len() == at + 1 => 0,
            sign @ (b'+' | b'-') if bytes.len() == at + 6 && mark(at + 3, b":") => {
                let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let total = i64::from(hours * 60 + minutes) * 60;
                if *sign == b'-' { -total } else { total }
            }
            _ => return None,
        };
        let days = i64::from(date.num_days_from_ce()) - UNIX_EPOCH_FROM_CE;
        let of_day = i64::from(hour * 3600 + minute * 60 + second);
        Some(Self { seconds: days * 86_400 + of_day - offset, nanos })
    }

    /// The minute on a civil clock; unknown outside the years the engine reads.
    #[must_use]
    pub fn span(self, clock: UtcOffset) -> Span {
        Span::parse(&self.utc(), clock).unwrap_or(Span::UNKNOWN)
    }

    /// `YYYY-MM-DDTHH:MM:SSZ` with the nanoseconds, where there are any.
    pub(crate) fn exact(self) -> String {
        let text = self.utc();
        match self.nanos {
            0 => text,
            nanos => format!("{}.{nanos:09}Z", text.trim_end_matches('Z')),
        }
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`.
    pub(crate) fn utc(self) -> String {
        let (days, of_day) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let date = i32::try_from(days + UNIX_EPOCH_FROM_CE)
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .unwrap_or_default();
        format!("{date}T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
    }
}

/// Whether a text is a day, `2023-12-20`.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && Moment::parse(&format!("{text}T00:00:00Z")).is_some()
}

/// Whether a text is an offset of `eventTimeZoneOffset`: `+08:00`, at most 14:00 either way.
pub(crate) fn is_offset(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [b'+' | b'-', h1, h2, b':', m1, m2] = bytes else {
        return false;
    };
    if ![h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let hours = (h1 - b'0') * 10 + (h2 - b'0');
    let minutes = (m1 - b'0') * 10 + (m2 - b'0');
    (hours <= 13 && minutes <= 59) || (hours == 14 && minutes == 0)
}
