//! Dates as networks write them.

use suyuan_core::time::{Span, UtcOffset};

/// A date as an interval: what the core reads, `31.12.2012`, `12.2012` and `2012`. `None` when it
/// is empty or no date.
pub(crate) fn read_date(text: &str) -> Option<Span> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(span) = Span::parse(text, UtcOffset::CHINA) {
        return Some(span);
    }
    let number = |text: &str| {
        let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse::<i32>().ok() } else { None }
    };
    let parts: Vec<_> = text.split(['.', '/']).collect();
    match parts[..] {
        [year] if year.len() == 4 => {
            let year = number(year)?;
            let (first, last) = (Span::month(year, 1)?, Span::month(year, 12)?);
            Some(first.hull(last))
        }
        [month, year] if year.len() == 4 && text.contains('.') => {
            Span::month(number(year)?, u32::try_from(number(month)?).ok()?)
        }
        [day, month, year] if year.len() == 4 && text.contains('.') => {
            let iso = format!("{:04}-{:02}-{:02}", number(year)?, number(month)?, number(day)?);
            Span::parse(&iso, UtcOffset::CHINA).ok()
        }
        _ => None,
    }
}

/// Year, month and day as FoodChain-Lab's desktop takes them from a text, its slips included: of
/// `2012-11` and of `11.2012` it takes 11 for the month and for the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DesktopDate {
    pub(crate) year: Option<i32>,
    pub(crate) month: Option<i32>,
    pub(crate) day: Option<i32>,
}

impl DesktopDate {
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i32>().ok());
        let (year, month, day) = if text.contains('.') {
            let (first, last) = (text.split_once('.'), text.rsplit_once('.'));
            let day = first.map(|(day, _)| day);
            let year = last.map(|(_, year)| year);
            let between = last.map(|(before, _)| before.split_once('.').map_or(before, |(_, m)| m));
            (year, between, day)
        } else if text.contains('-') {
            let (first, last) = (text.split_once('-'), text.rsplit_once('-'));
            let year = first.map(|(year, _)| year);
            let day = last.map(|(_, day)| day);
            let between = first.map(|(_, rest)| rest.rsplit_once('-').map_or(rest, |(m, _)| m));
            (year, between, day)
        } else {
            (Some(text), None, None)
        };
        let year = number(year);
        let month = if year.is_some() { number(month) } else { None };
        let day = if month.is_some() { number(day) } else { None };
        Self { year, month, day }
    }

    /// The other date where this one has no year.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.year.is_some() { self } else { other }
    }

    /// Whether what arrives then can leave at `departure`.
    pub(crate) fn is_before(self, departure: Self) -> bool {
        for (arrived, left) in [(self.year, departure.year), (self.month, departure.month)] {
            match (arrived, left) {
                (Some(arrived), Some(left)) if left != arrived => return left > arrived,
                (Some(_), Some(_)) => {}
                _ => return true,
            }
        }
        match (self.day, departure.day) {
            (Some(arrived), Some(left)) => left >= arrived,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form() {
        let day = |text: &str| read_date(text).map(|span| (span.earliest.to_string(), span.latest));
        assert_eq!(day("31.12.2012"), day("2012-12-31"));
        assert_eq!(day("12.2012"), day("2012-12"));
        let year = read_date("2012").unwrap();
        assert_eq!(year.earliest.to_string(), "2012-01-01T00:00");
        assert_eq!(year.latest.to_string(), "2012-12-31T23:59");
        for text in ["", " ", "soon", "32.1.2012", "13.2012", "1.2.3.4", "12", "+1.1.2012"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_desktop_reads_its_own_way() {
        let read = |text| {
            let date = DesktopDate::read(text);
            (date.year, date.month, date.day)
        };
        assert_eq!(read("2012-11-23"), (Some(2012), Some(11), Some(23)));
        assert_eq!(read("23.11.2012"), (Some(2012), Some(11), Some(23)));
        assert_eq!(read("2012-11"), (Some(2012), Some(11), Some(11)));
        assert_eq!(read("11.2012"), (Some(2012), Some(11), Some(11)));
        assert_eq!(read("2012"), (Some(2012), None, None));
        assert_eq!(read(""), (None, None, None));
        assert_eq!(read("2012-11-23T08:00"), (Some(2012), Some(11), None));
        assert_eq!(read("soon-11-23"), (None, None, None));
        let date = DesktopDate::read;
        assert!(date("2012-11-23").is_before(date("2012-11-23")));
        assert!(!date("2012-11-24").is_before(date("2012-11-23")));
        assert!(date("2012-12-24").is_before(date("2013-01-01")));
        assert!(!date("2013").is_before(date("2012-12-31")));
        assert!(date("").is_before(date("2012-12-31")));
        assert!(date("2012").is_before(date("2012-01-01")));
    }
}
