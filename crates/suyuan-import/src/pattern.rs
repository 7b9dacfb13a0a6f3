//! Patterns of a profile: texts with stars, each for any text.

use suyuan_core::text::fold_name;

/// A text for comparing: width and case folded, no white space.
pub(crate) fn key(text: &str) -> String {
    let folded = fold_name(text);
    folded.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}' && *c != '\u{200b}').collect()
}

/// Whether a text, already a [`key`], is what a pattern says: a star stands for any text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = key(pattern);
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    text.ends_with(end)
}

/// Whether a cell says what a pattern of rows says, as [`matches`]; what follows may also be
/// figures and signs, as in `合计：3,190箱` or `小计(3)`.
pub(crate) fn says(pattern: &str, text: &str) -> bool {
    let text = key(text);
    if matches(pattern, &text) {
        return true;
    }
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !word.is_empty() && word.len() < text.len() && matches(pattern, word)
}

/// The value that a list of patterns gives a text: of an exact one, else of the longest that
/// matches, else of the first in order.
pub(crate) fn value_of<'v>(
    values: impl IntoIterator<Item = (&'v String, &'v String)>,
    text: &str,
) -> Option<(&'v str, &'v str)> {
    let text = key(text);
    let mut best: Option<(usize, &str, &str)> = None;
    for (pattern, value) in values {
        let rank = if pattern.contains('*') { pattern.len() } else { usize::MAX };
        if matches(pattern, &text) && best.is_none_or(|best| rank > best.0) {
            best = Some((rank, pattern, value));
        }
    }
    best.map(|(_, pattern, value)| (pattern, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_star_stands_for_any_text() {
        let yes = [
            ("合计", "合 计"),
            ("*合计", "本页合计"),
            ("制表*", "制表人:张三"),
            ("*仓*", "中心仓库"),
        ];
        for (pattern, text) in yes {
            assert!(matches(pattern, &key(text)), "{pattern} {text}");
        }
        let no = [
            ("合计", "合计箱"),
            ("*合计", "合计箱"),
            ("制表*", "人制表"),
            ("第*页", "第1小学"),
            ("ab*ba", "aba"),
        ];
        for (pattern, text) in no {
            assert!(!matches(pattern, &key(text)), "{pattern} {text}");
        }
    }

    #[test]
    fn a_row_says_total_with_figures_behind_but_not_with_a_name() {
        for text in ["合计", "合计：", "合计：3,190箱", "Ｔｏｔａｌ: 5", "三月合计(元)"]
        {
            assert!(says("合计", text) || says("total", text) || says("*合计", text), "{text}");
        }
        for text in ["total foods ltd", "合计食品厂", "5合计店", ""] {
            assert!(!says("total", text) && !says("合计", text), "{text}");
        }
    }

    #[test]
    fn the_exact_value_wins_then_the_longest_pattern() {
        let values = [("*店", "retail"), ("*酒店", "catering"), ("老酒店", "other")];
        let values: BTreeMap<String, String> =
            values.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let of = |text| value_of(&values, text).map(|found| found.1);
        assert_eq!(of("小店"), Some("retail"));
        assert_eq!(of("大酒店"), Some("catering"));
        assert_eq!(of("老酒店"), Some("other"));
        assert_eq!(of("食堂"), None);
    }
}
