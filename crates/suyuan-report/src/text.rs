//! Texts from the data on a page: escaped, free of control characters, isolated in direction.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rust_decimal::Decimal;
use suyuan_core::model::Stage;
use suyuan_core::time::{DAY, Minute, Span};
use unicode_width::UnicodeWidthChar;

use crate::lang::Lang;

/// A text without characters that a page cannot hold or that turn the direction of writing
/// around them. Line breaks and tabs become spaces.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|c| !turns(*c))
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A text from the data, isolated from the direction of what stands around it.
pub(crate) fn own(text: &str) -> Markup {
    html! { bdi { (clean(text)) } }
}

/// A text cut to a width in a drawing, in pixels at 13 px. Nobody measures fonts here: letters are
/// taken as wide as in wide fonts, so that what fits here fits on every machine.
#[must_use]
pub(crate) fn fit(text: &str, pixels: f64) -> String {
    let text = clean(text);
    if text.chars().map(width).sum::<f64>() <= pixels {
        return text;
    }
    let mut out = String::new();
    let mut used = width('…');
    for c in text.chars() {
        used += width(c);
        if used > pixels {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn width(c: char) -> f64 {
    match c {
        'W' | 'M' | 'm' | 'w' | '@' | '%' | '…' | '—' => 13.0,
        ' ' | '.' | ',' | ':' | ';' | '!' | '|' | '\'' | 'i' | 'l' | 'j' | 'I' | '·' => 5.2,
        '0'..='9' => 8.3,
        'A'..='Z' => 9.6,
        _ => match c.width() {
            Some(2..) if c > '\u{1f000}' => 17.5,
            Some(2..) => 13.2,
            Some(1) => 8.1,
            _ => 0.0,
        },
    }
}

/// A decimal with its thousands apart.
#[must_use]
pub(crate) fn decimal(value: Decimal) -> String {
    grouped(&value.normalize().to_string())
}

/// Quantities by unit.
#[must_use]
pub(crate) fn quantities(sums: &BTreeMap<String, Decimal>) -> String {
    if sums.is_empty() {
        return "0".to_owned();
    }
    let texts: Vec<_> =
        sums.iter().map(|(unit, sum)| format!("{} {unit}", decimal(*sum))).collect();
    texts.join(" + ")
}

/// What a mark at a sum of what is on hand stands for; nothing where every stock is in it.
#[must_use]
pub(crate) fn left_out(negative: u64, unknown: u64, lang: Lang) -> Option<String> {
    if negative + unknown == 0 {
        return None;
    }
    let mut parts = Vec::new();
    if negative > 0 {
        parts.push(match lang {
            Lang::En => {
                format!("{} that gave out more than they got", things(negative, "stock", "stocks"))
            }
            Lang::Zh => format!("{}份存货出库多于入库", count(negative)),
        });
    }
    if unknown > 0 {
        parts.push(match lang {
            Lang::En => format!("{} of unknown quantity", things(unknown, "stock", "stocks")),
            Lang::Zh => format!("{}份存货数量不明", count(unknown)),
        });
    }
    Some(match lang {
        Lang::En => format!("* On hand leaves out {}.", parts.join(" and ")),
        Lang::Zh => format!("*现存合计未含：{}。", parts.join("，")),
    })
}

/// A whole number with its thousands apart.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A number of things in English.
#[must_use]
pub(crate) fn things(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A share from 0 to 1 as a percentage of at most two decimals, never rounded to none or to all.
#[must_use]
pub(crate) fn percent(share: Decimal) -> String {
    let hundred = share * Decimal::ONE_HUNDRED;
    let rounded = hundred.round_dp(2).normalize();
    if !share.is_zero() && rounded.is_zero() {
        "<0.01%".to_owned()
    } else if share < Decimal::ONE && rounded == Decimal::ONE_HUNDRED {
        ">99.99%".to_owned()
    } else {
        format!("{rounded}%")
    }
}

/// A minute; the day alone where it is the day's first.
#[must_use]
pub(crate) fn minute(at: Option<Minute>, lang: Lang) -> String {
    match at.and_then(Minute::date) {
        None => lang.unknown().to_owned(),
        Some(day) if at.is_some_and(|at| at.minutes().rem_euclid(DAY) == 0) => day.to_string(),
        Some(_) => at.map_or_else(String::new, |at| at.to_string().replace('T', " ")),
    }
}

/// The last minute of something; the day alone where it is the day's last.
#[must_use]
pub(crate) fn until(at: Option<Minute>, lang: Lang) -> String {
    match at.and_then(Minute::date) {
        None => lang.pick("any time", "不限").to_owned(),
        Some(day) if at.is_some_and(|at| at.minutes().rem_euclid(DAY) == DAY - 1) => {
            day.to_string()
        }
        Some(_) => at.map_or_else(String::new, |at| at.to_string().replace('T', " ")),
    }
}

/// An interval of minutes.
#[must_use]
pub(crate) fn span(span: Span, lang: Lang) -> String {
    let bounded = |at: Minute| at.is_bounded().then_some(at);
    let (first, last) = (bounded(span.earliest), bounded(span.latest));
    match (first, last) {
        (None, None) => lang.unknown().to_owned(),
        (Some(_), None) => {
            format!("{} {}", lang.pick("not before", "不早于"), minute(first, lang))
        }
        (None, Some(_)) => format!("{} {}", lang.pick("not after", "不晚于"), until(last, lang)),
        (Some(_), Some(_)) => {
            let (first, last) = (minute(first, lang), until(last, lang));
            if first == last { first } else { format!("{first} – {last}") }
        }
    }
}

/// The place of a stage on the way from farm to table.
#[must_use]
pub(crate) const fn stage_rank(stage: Option<Stage>) -> usize {
    match stage {
        Some(Stage::Farm | Stage::Importer) => 0,
        Some(Stage::Slaughter | Stage::Processor) => 1,
        Some(Stage::Warehouse) => 2,
        Some(Stage::Wholesale) => 3,
        Some(Stage::Retail | Stage::Online) => 4,
        Some(Stage::Catering | Stage::Canteen) => 5,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hold_no_control_characters_and_turn_nothing_around() {
        assert_eq!(clean("a\u{202e}b\u{0}c\nd"), "ab\u{fffd}c d");
        assert_eq!(own("<b>&").into_string(), "<bdi>&lt;b&gt;&amp;</bdi>");
        assert_eq!(fit("龙龙龙龙", 40.0), "龙龙…");
        assert_eq!(fit("abc", 30.0), "abc");
    }

    #[test]
    fn numbers_are_grouped_and_keep_every_digit() {
        assert_eq!(decimal("1234567.125000".parse().unwrap()), "1,234,567.125");
        assert_eq!(decimal("-1234".parse().unwrap()), "-1,234");
        assert_eq!(count(999), "999");
        for (share, text) in [("0", "0%"), ("1", "100%"), ("0.238095", "23.81%")] {
            assert_eq!(percent(share.parse().unwrap()), text);
        }
        assert_eq!(percent("0.000001".parse().unwrap()), "<0.01%");
        assert_eq!(percent("0.999999".parse().unwrap()), ">99.99%");
    }
}
