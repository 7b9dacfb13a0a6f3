//! What is known of headings, words and rows: the texts under `data/`.

use std::sync::LazyLock;

use suyuan_core::quantity::Unit;
use suyuan_core::text::fold_name;

use crate::pattern::key;

/// Lines of a data file: the first word, and the rest.
fn lines(
    text: &'static str,
) -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words))
    })
}

static HEADINGS: LazyLock<Vec<(String, &'static str)>> = LazyLock::new(|| {
    let all = lines(include_str!("../data/headings.txt"));
    let mut known: Vec<_> =
        all.flat_map(|(what, words)| words.map(move |word| (plain(word), what))).collect();
    known.sort_unstable();
    known
});

/// The column, the word that is read and the word met.
static VALUES: LazyLock<Vec<(&'static str, &'static str, &'static str)>> = LazyLock::new(|| {
    let all = lines(include_str!("../data/values.txt"));
    all.filter_map(|(column, mut words)| {
        let value = words.next()?;
        Some(words.map(move |word| (column, value, word)))
    })
    .flatten()
    .collect()
});

/// Patterns of rows that are totals or notes.
pub(crate) fn rows(what: &str) -> Vec<String> {
    let all = lines(include_str!("../data/rows.txt")).filter(|line| line.0 == what);
    all.flat_map(|line| line.1.map(str::to_owned)).collect()
}

/// The words that a column may hold beside those of the data format: word met and word read.
pub(crate) fn values(column: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let column = column.to_owned();
    VALUES.iter().filter(move |known| known.0 == column).map(|known| (known.2, known.1))
}

/// A heading without what is no part of its words: brackets and what is in them, signs.
fn plain(heading: &str) -> String {
    let mut depth = 0_u32;
    let kept = key(heading);
    let mut text = String::new();
    for c in kept.chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            '_' | '-' | '*' | ':' | '.' | '、' | '#' | '"' | '\'' => {}
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

/// What a column of a heading holds, such as `waybill`. Of a heading in two rows (`发货/单位`) the
/// whole counts first, then its words put together in usual ways, then the lower row alone.
pub(crate) fn concept(heading: &str) -> Option<&'static str> {
    let find = |text: &str| {
        let text = plain(text);
        let at = HEADINGS.partition_point(|known| known.0 < text);
        HEADINGS.get(at).filter(|known| known.0 == text).map(|known| known.1)
    };
    if let Some(found) = find(heading) {
        return Some(found);
    }
    let (upper, lower) = heading.rsplit_once('/')?;
    if Unit::parse(lower).is_some() {
        return find(upper);
    }
    let upper = plain(upper);
    let stem = ["信息", "情况", "方", "单位", "环节", "部分"]
        .into_iter()
        .find_map(|end| upper.strip_suffix(end))
        .unwrap_or(&upper);
    let of_party = |party: &str| {
        let name = matches!(find(lower), Some("operator"));
        if name { find(party) } else { None }
    };
    find(&format!("{upper}{lower}"))
        .or_else(|| find(&format!("{stem}{lower}")))
        .or_else(|| of_party(&upper))
        .or_else(|| find(lower))
}

/// The unit that a heading names: `数量（箱）`, `重量/kg`, `数量:吨`.
pub(crate) fn unit_in(heading: &str) -> Option<Unit> {
    let text = fold_name(heading);
    let mut parts = text.split(['(', ')', '[', ']', '【', '】', '/', ':', '_', ' ']).skip(1);
    parts.find_map(|part| Unit::parse(part.trim().trim_start_matches("单位")))
}

/// The year that a text names, as in `（2026年3月）`; `None` where it names two or none.
pub(crate) fn year_in(text: &str) -> Option<i32> {
    let folded = fold_name(text);
    let mut found = None;
    let mut rest = &*folded;
    while let Some(at) = rest.find("20") {
        let from = rest.get(at..).unwrap_or_default();
        let digits = from.chars().take_while(char::is_ascii_digit).count();
        let before = rest.get(..at).unwrap_or_default();
        let begins = !before.ends_with(|c: char| c.is_ascii_digit());
        let year: Option<i32> = from.get(..4).and_then(|year| year.parse().ok());
        if let (Some(year), true, 4 | 6 | 8) = (year, begins, digits) {
            if found.is_some_and(|found| found != year) {
                return None;
            }
            found = Some(year);
        }
        rest = from.get(digits.max(2)..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::value_of;
    use crate::table::{Kind, kind, table};

    #[test]
    fn every_heading_means_one_thing() {
        for pair in HEADINGS.windows(2) {
            assert!(pair[0].0 != pair[1].0, "{pair:?}");
        }
        assert!(HEADINGS.iter().all(|known| !known.0.is_empty()));
    }

    #[test]
    fn every_value_is_a_word_of_its_column() {
        let of = [
            ("stage", "operators"),
            ("role", "transformations"),
            ("reason", "removals"),
            ("kind", "samples"),
            ("verdict", "samples"),
            ("hazard", "samples"),
            ("level", "regions"),
        ];
        for (column, value, word) in VALUES.iter() {
            let (_, name) = of.iter().find(|known| known.0 == *column).unwrap();
            let Kind::Word(parse) = kind(table(name).unwrap(), column) else { panic!("{column}") };
            assert_eq!(parse(value), Some(*value), "{column} {word}");
        }
    }

    #[test]
    fn headings_are_known_however_they_are_dressed() {
        let cases = [
            ("送货单号", Some("waybill")),
            (" 送 货\n单号：", Some("waybill")),
            ("*批号（必填）", Some("batch")),
            ("数量（箱）", Some("quantity")),
            ("重量/kg", Some("quantity")),
            ("发货/单位", Some("sender")),
            ("收货信息/时间", Some("received_on")),
            ("供货方/名称", Some("sender")),
            ("Ship To", Some("receiver")),
            ("LOT NO.", Some("batch")),
            ("天气", None),
        ];
        for (heading, right) in cases {
            assert_eq!(concept(heading), right, "{heading}");
        }
        assert_eq!(unit_in("数量（箱）"), Some(Unit::Case));
        assert_eq!(unit_in("重量/kg"), Some(Unit::Kilogram));
        assert_eq!(unit_in("数量(单位:吨)"), Some(Unit::Tonne));
        assert_eq!(unit_in("数量"), None);
    }

    #[test]
    fn a_year_is_found_where_there_is_one() {
        assert_eq!(year_in("某市学生饮用奶配送台账（2026年3月）"), Some(2026));
        assert_eq!(year_in("填报日期：2026/3/12，20260312"), Some(2026));
        assert_eq!(year_in("2025-2026学年"), None);
        assert_eq!(year_in("第12020号 200ml"), None);
    }

    #[test]
    fn names_tell_their_stage_by_the_longest_pattern() {
        let values: Vec<(String, String)> =
            values("stage").map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let of = |name: &str| value_of(values.iter().map(|pair| (&pair.0, &pair.1)), name);
        assert_eq!(of("第四小学食堂").unwrap().1, "canteen");
        assert_eq!(of("示例配送中心").unwrap().1, "warehouse");
        assert_eq!(of("示例乳业有限公司").unwrap().1, "processor");
        assert_eq!(of("示例牧场一").unwrap().1, "farm");
    }
}
