//! Values as offices write them: times and quantities with their unit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use suyuan_core::quantity::{DECIMALS, Unit, parse_decimal, parse_quantity};
use suyuan_core::text::fold_name;
use suyuan_core::time::{Span, UtcOffset};

use crate::profile::{DateOrder, SerialDates};

/// What a profile says of dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) year: Option<i32>,
    pub(crate) order: Option<DateOrder>,
    pub(crate) serial: Option<SerialDates>,
}

/// A number and the unit written behind it: `12吨`, `1,200盒`, `5 公斤`, `8.2×10^5`, `1.2万升`.
/// `None` when it is not above zero, finer than six decimals, or anything else.
pub(crate) fn quantity(text: &str) -> Option<(Decimal, Option<Unit>)> {
    let folded = fold_name(text);
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+');
    let end = folded.find(|c| !numeric(c)).unwrap_or(folded.len());
    let (number, rest) = folded.split_at(end);
    let mut value = parse_quantity(number).ok()?;
    let mut rest = rest.trim_start();
    if let Some(exponent) = rest.strip_prefix(['×', 'x', '*', '✕']) {
        let exponent = exponent.trim_start().strip_prefix("10")?.trim_start();
        let exponent = exponent.strip_prefix('^').unwrap_or(exponent);
        let end = exponent.find(|c: char| !c.is_ascii_digit()).unwrap_or(exponent.len());
        let (power, behind) = exponent.split_at(end);
        let power: u32 = power.parse().ok().filter(|power| *power <= 12)?;
        value = value.checked_mul(Decimal::from(10_u64.checked_pow(power)?))?;
        rest = behind.trim_start();
    } else if let Some(behind) = rest.strip_prefix('万') {
        value = value.checked_mul(Decimal::from(10_000))?;
        rest = behind.trim_start();
    }
    let unit = if rest.is_empty() { None } else { Some(Unit::parse(rest)?) };
    let value = value.normalize();
    (value.scale() <= DECIMALS).then_some((value, unit))
}

/// A whole number, with separators and a word behind it (`180天`, `1,010万`).
pub(crate) fn whole(text: &str) -> Option<u64> {
    let folded = fold_name(text);
    let end = folded.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','));
    let (number, rest) = folded.split_at(end.unwrap_or(folded.len()));
    let times = match rest.trim() {
        "" | "天" | "日" | "days" | "day" | "d" | "人" => 1,
        "万" | "万人" => 10_000,
        _ => return None,
    };
    let value = parse_decimal(number).ok()?.checked_mul(Decimal::from(times))?;
    value.is_integer().then(|| value.to_u64()).flatten()
}

/// A time as [`Span::parse`] reads it, and what a profile allows beside that: a year that is not
/// written, another order, the days that spreadsheets count, 上午 and PM, `8时30分` behind a day
/// without a space, days of the week.
pub(crate) fn time(text: &str, dates: &Dates) -> Option<Span> {
    let parse = |text: &str| Span::parse(text, UtcOffset::CHINA).ok();
    if let Some(span) = parse(text) {
        return Some(span);
    }
    let folded = fold_name(text);
    let (text, half) = half_of_day(&folded)?;
    let text = without_weekday(&text);
    let (serial, of_day) = match text.split_once(' ') {
        Some((day, of_day)) => (day, of_day.trim()),
        None => (text.as_str(), ""),
    };
    if let (Some(counted), Ok(number)) = (dates.serial, parse_decimal(serial))
        && let Some(span) = serial_day(number, counted, of_day, half)
    {
        return Some(span);
    }
    let (day, rest) = day(&text, dates)?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == 't');
    if rest.is_empty() && half.is_none() {
        return parse(&day);
    }
    let (hour, minute) = clock(rest, half)?;
    parse(&format!("{day} {hour}:{minute:02}"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Morning,
    Noon,
    Afternoon,
    Night,
}

/// Takes the word for the half of the day out of a text; `None` where two stand.
fn half_of_day(text: &str) -> Option<(String, Option<Half>)> {
    const WORDS: [(&str, Half); 14] = [
        ("上午", Half::Morning),
        ("早上", Half::Morning),
        ("早晨", Half::Morning),
        ("凌晨", Half::Morning),
        ("a.m.", Half::Morning),
        ("am", Half::Morning),
        ("中午", Half::Noon),
        ("下午", Half::Afternoon),
        ("傍晚", Half::Afternoon),
        ("p.m.", Half::Afternoon),
        ("pm", Half::Afternoon),
        ("晚上", Half::Night),
        ("夜间", Half::Night),
        ("晚", Half::Night),
    ];
    let mut found = None;
    let mut rest = text.to_owned();
    for (word, half) in WORDS {
        if let Some(at) = rest.find(word) {
            if found.is_some() {
                return None;
            }
            found = Some(half);
            rest.replace_range(at..at + word.len(), " ");
        }
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    Some((words.join(" "), found))
}

/// Takes out `星期三`, `周三` and brackets around it.
fn without_weekday(text: &str) -> String {
    for word in ["星期", "周"] {
        let Some(at) = text.find(word) else { continue };
        let behind = text.get(at + word.len()..).unwrap_or_default();
        let Some(day) = behind.chars().next().filter(|c| "一二三四五六日天".contains(*c))
        else {
            continue;
        };
        let behind = behind.get(day.len_utf8()..).unwrap_or_default().trim_start_matches(')');
        let before = text.get(..at).unwrap_or_default().trim_end_matches('(');
        return format!("{} {}", before.trim_end(), behind.trim_start()).trim().to_owned();
    }
    text.to_owned()
}

/// The day a spreadsheet counts, with a fraction for the time of day.
fn serial_day(
    number: Decimal,
    counted: SerialDates,
    of_day: &str,
    half: Option<Half>,
) -> Option<Span> {
    // Days from 1970-01-01 back to the day numbered 0: 1899-12-30, or 1904-01-01.
    let zero = match counted {
        SerialDates::Since1900 => 25_569,
        SerialDates::Since1904 => 24_107,
    };
    let (low, high) = (Decimal::from(20_000), Decimal::from(80_000));
    if number < low || number > high {
        return None;
    }
    let fraction = number.fract();
    let days = (number.trunc().to_i64()? - zero).to_i32()?;
    let mut minute = (fraction * Decimal::from(24 * 60)).round().to_i32()?;
    let start = suyuan_core::time::Minute::from_minutes(days * 24 * 60);
    let whole_day = fraction.is_zero();
    if !of_day.is_empty() || half.is_some() {
        if !whole_day {
            return None;
        }
        let (hour, of_hour) = match parse_decimal(of_day).ok().filter(|part| *part < Decimal::ONE) {
            Some(part) => (0, (part * Decimal::from(24 * 60)).round().to_u32()?),
            None => clock(of_day, half)?,
        };
        minute = i32::try_from(hour * 60 + of_hour).ok()?;
        if minute == 24 * 60 {
            minute -= 1;
        }
    } else if whole_day {
        return start.date().map(Span::day);
    }
    Some(Span::at(start.plus(minute)))
}

/// The day at the beginning of a text, as `Span::parse` reads it, and what stands behind it.
fn day<'t>(text: &'t str, dates: &Dates) -> Option<(String, &'t str)> {
    let (first, rest) = figures(text)?;
    if first.len() == 14 || first.len() == 12 {
        // 20260304083000: the time of day follows without a sign.
        let (day, time) = first.split_at(8);
        let (hour, minute) = time.split_at(2);
        let end = format!("{day} {hour}:{}", minute.get(..2)?);
        return rest.is_empty().then_some((end, rest));
    }
    if first.len() == 8 {
        return Some((first.to_owned(), rest));
    }
    let (second, rest) = figures(rest.strip_prefix(['-', '/', '.', '年', '月'])?)?;
    let third = rest.strip_prefix(['-', '/', '.', '月']).and_then(figures);
    let Some((third, rest)) = third else {
        // 3月4日, 3/4: the year is not written.
        let year = dates.year?;
        if first.len() > 2 || second.len() > 2 {
            return None;
        }
        let (month, day) = match dates.order {
            Some(DateOrder::Dmy) => (second, first),
            _ => (first, second),
        };
        return Some((format!("{year}-{month}-{day}"), behind_day(rest)));
    };
    let (year, month, day) = match (first.len(), dates.order) {
        (4, _) | (2, Some(DateOrder::Ymd)) => (first, second, third),
        (1 | 2, Some(DateOrder::Dmy)) => (third, second, first),
        (1 | 2, Some(DateOrder::Mdy)) => (third, first, second),
        _ => return None,
    };
    let century = if year.len() == 2 { "20" } else { "" };
    Some((format!("{century}{year}-{month}-{day}"), behind_day(rest)))
}

fn behind_day(rest: &str) -> &str {
    rest.strip_prefix(['日', '号']).unwrap_or(rest)
}

fn figures(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The hour and minute of `8:30`, `8:30:15`, `8时30分`, `8点半`, `8点`, `14`, in a half of the day.
fn clock(text: &str, half: Option<Half>) -> Option<(u32, u32)> {
    let (hour, rest) = figures(text)?;
    let mut hour: u32 = hour.parse().ok()?;
    let sign = rest.chars().next()?;
    let rest = rest.get(sign.len_utf8()..).unwrap_or_default().trim();
    let minute: u32 = match sign {
        '时' | '点' if rest.is_empty() || rest == "整" => 0,
        '点' | '时' if rest == "半" => 30,
        ':' | '时' | '点' => {
            let (minute, rest) = figures(rest)?;
            let second = rest.trim_start_matches([':', '分']).trim_end_matches('秒');
            let sound = second.is_empty()
                || figures(second).is_some_and(|(second, rest)| {
                    rest.trim_start_matches('.').chars().all(|c| c.is_ascii_digit())
                        && second.len() <= 2
                });
            if !sound || minute.len() > 2 {
                return None;
            }
            minute.parse().ok()?
        }
        _ => return None,
    };
    hour = match half {
        None => hour,
        Some(_) if hour > 12 => hour,
        Some(Half::Morning) => hour % 12,
        Some(Half::Afternoon) => hour % 12 + 12,
        Some(Half::Noon) if hour >= 10 => hour,
        Some(Half::Noon) if hour <= 3 => hour + 12,
        // 晚上12点 is the end of this day to some and its beginning to others.
        Some(Half::Night) if hour < 12 => hour + 12,
        Some(Half::Noon | Half::Night) => return None,
    };
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_carry_their_unit() {
        let cases = [
            ("12吨", "12", Some(Unit::Tonne)),
            ("1,200盒", "1200", Some(Unit::Box)),
            ("５ 公斤", "5", Some(Unit::Kilogram)),
            ("5", "5", None),
            ("2千克", "2", Some(Unit::Kilogram)),
            ("1.2万升", "12000", Some(Unit::Litre)),
            ("8.2×10^5", "820000", None),
            ("8.2 x 10^2 ml", "820", Some(Unit::Millilitre)),
            ("0.50KG", "0.5", Some(Unit::Kilogram)),
        ];
        for (text, value, unit) in cases {
            assert_eq!(quantity(text), Some((value.parse().unwrap(), unit)), "{text}");
        }
        for text in [
            "",
            "吨",
            "0吨",
            "-5箱",
            "约50箱",
            "3箱24瓶",
            "1,20盒",
            "1e3",
            "5×9",
            "0.0000001",
            "5 5箱",
            "9×10^30",
        ] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_say_what_they_count() {
        assert_eq!(whole("180天"), Some(180));
        assert_eq!(whole("1,007.2万"), Some(10_072_000));
        for text in ["", "半年", "1.5天", "6个月"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    fn written(text: &str, dates: Dates) -> Option<String> {
        time(text, &dates).and_then(|span| span.written(UtcOffset::CHINA))
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let cases = [
            ("2026/3/5 8:00", "2026-03-05T08:00"),
            ("2026年3月1日8时30分", "2026-03-01T08:30"),
            ("2026年3月1日上午8点半", "2026-03-01T08:30"),
            ("2026-3-1 下午 2:30", "2026-03-01T14:30"),
            ("2026/3/1 12:05 AM", "2026-03-01T00:05"),
            ("2026/3/1 12:05 pm", "2026-03-01T12:05"),
            ("2026/3/1 11:05:10 p.m.", "2026-03-01T23:05"),
            ("2026/3/1 24:00", "2026-03-01T23:59"),
            ("2026年3月1日（星期日）", "2026-03-01"),
            ("2026.3.1 周日 9:00", "2026-03-01T09:00"),
            ("20260304083000", "2026-03-04T08:30"),
            ("20260304", "2026-03-04"),
            ("2026年3月", "2026-03"),
            ("2026-03-01 00:00:00", "2026-03-01"),
        ];
        for (text, right) in cases {
            assert_eq!(written(text, Dates::default()).as_deref(), Some(right), "{text}");
        }
        for text in [
            "3/4",
            "31/03/2026",
            "46082",
            "2026/2/30",
            "上旬",
            "2026年3月上旬",
            "2026/3/1 上午下午 8:00",
            "2026/3/1 晚上12点",
            "2026/3/1 8:00-9:00",
            "2026/3/1 25:00",
        ] {
            assert_eq!(written(text, Dates::default()), None, "{text}");
        }
    }

    #[test]
    fn what_a_profile_says_of_dates_is_used() {
        let year = Dates { year: Some(2026), ..Dates::default() };
        assert_eq!(written("3/4", year).as_deref(), Some("2026-03-04"));
        assert_eq!(written("3月4日 上午9:05", year).as_deref(), Some("2026-03-04T09:05"));
        assert_eq!(written("13/4", year), None);
        let order = |order| Dates { order: Some(order), ..Dates::default() };
        assert_eq!(
            written("31/03/2026 7:10", order(DateOrder::Dmy)).as_deref(),
            Some("2026-03-31T07:10")
        );
        assert_eq!(written("03/31/26", order(DateOrder::Mdy)).as_deref(), Some("2026-03-31"));
        assert_eq!(written("26.3.31", order(DateOrder::Ymd)).as_deref(), Some("2026-03-31"));
        let serial = Dates { serial: Some(SerialDates::Since1900), ..Dates::default() };
        assert_eq!(written("46085", serial).as_deref(), Some("2026-03-04"));
        assert_eq!(written("46085.3541666667", serial).as_deref(), Some("2026-03-04T08:30"));
        assert_eq!(written("46085 0.5", serial).as_deref(), Some("2026-03-04T12:00"));
        assert_eq!(written("46085 8:30", serial).as_deref(), Some("2026-03-04T08:30"));
        assert_eq!(written("12", serial), None);
        let old = Dates { serial: Some(SerialDates::Since1904), ..Dates::default() };
        assert_eq!(written("44623", old).as_deref(), Some("2026-03-04"));
    }
}
