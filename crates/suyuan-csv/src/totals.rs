//! Rows that add up other rows: what offices write under their lists.

use std::borrow::Cow;

use suyuan_core::text::fold_name;

use crate::cells::Text;
use crate::header::Layout;

/// What is expected where a total stands.
pub(crate) const EXPECTED: &str = "a code: this row is a total of others";

/// Words that are nothing but totals.
const SURE: [&str; 12] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "累计",
    "汇总",
    "合計",
    "總計",
    "小計",
    "subtotal",
    "sub-total",
    "grandtotal",
];

/// Words that may be a name too.
const LIKELY: [&str; 8] = ["total", "totals", "sum", "总和", "总数", "总量", "总额", "計"];

/// How sure a text is to be a word of totals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Sure,
    Likely,
}

/// Whether a code may be a word of totals, by its last byte.
#[inline]
fn may_be_word(code: &str) -> bool {
    let last = code.as_bytes().last();
    last.is_some_and(|last| {
        matches!(last | 0x20, b'l' | b'm' | b's') || !last.is_ascii_alphanumeric()
    })
}

/// Whether a code is a word of totals.
fn word(code: &str) -> Option<Word> {
    if may_be_word(code) { word_of(code) } else { None }
}

fn word_of(code: &str) -> Option<Word> {
    let folded = fold_name(code);
    // Units in brackets and colons say nothing.
    let bare = folded.split(['(', '[', '【']).next().unwrap_or_default();
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric());
    let squeezed: Cow<'_, str> = if bare.contains(char::is_whitespace) {
        bare.split_whitespace().collect()
    } else {
        bare.into()
    };
    let one_of = |words: &[&str]| words.contains(&&*squeezed);
    // 本页合计, 本月累计.
    let of_this = |word: &&str| {
        let rest = squeezed.strip_suffix(*word);
        rest.is_some_and(|rest| rest.starts_with('本') && rest.chars().count() == 2)
    };
    // What spreadsheets write under a group: `X1 汇总`, `X1 Total`.
    let of_group = |word: &&str| !word.is_ascii() && squeezed.ends_with(*word);
    if one_of(&SURE) || SURE.iter().any(of_this) {
        Some(Word::Sure)
    } else if one_of(&LIKELY) || SURE.iter().any(of_group) || bare.ends_with(" total") {
        Some(Word::Likely)
    } else {
        None
    }
}

/// The column and the word that make a row a total: a word that is nothing else where a code
/// stands; one that may be a name too where another code is missing or such a word as well, or
/// the row has none of the times of its table.
#[inline]
pub(crate) fn total<'a>(layout: &Layout, row: Text<'a>) -> Option<(usize, &'a str)> {
    let may = |place: &usize| row.get(*place).is_some_and(may_be_word);
    if layout.code_places.iter().any(may) { total_of(layout, row) } else { None }
}

fn total_of<'a>(layout: &Layout, row: Text<'a>) -> Option<(usize, &'a str)> {
    let cell = |column: &usize| {
        let place = layout.places.get(*column).copied().flatten();
        place.and_then(|place| row.get(place)).unwrap_or_default().trim()
    };
    let codes = || layout.codes.iter().map(|column| (*column, cell(column)));
    let (column, text) = codes().find(|(_, text)| word(text).is_some())?;
    if codes().any(|(_, text)| word(text) == Some(Word::Sure)) {
        return codes().find(|(_, text)| word(text) == Some(Word::Sure));
    }
    let name = layout.columns.iter().position(|column| column.name == "name");
    let others = codes().map(|(_, text)| text).chain(name.iter().map(cell));
    let blank = others.filter(|text| text.is_empty() || word(text).is_some()).count();
    let timeless = !layout.times.is_empty() && layout.times.iter().all(|at| cell(at).is_empty());
    (blank > 1 || timeless).then_some((column, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Encoding, Line};
    use csv::{ByteRecord, StringRecord};
    use suyuan_core::chain::Table;

    fn of(table: Table, row: &str) -> Option<(usize, String)> {
        let header: StringRecord =
            crate::schema::columns(table).iter().map(|column| column.name).collect();
        let layout = Layout::read("t.csv", table, &header, None).unwrap();
        let line = Line::decode(Encoding::Utf8, row.split(',').collect::<ByteRecord>());
        total(&layout, Text::Line(&line)).map(|(column, text)| (column, text.to_owned()))
    }

    #[test]
    fn totals_are_told_from_rows() {
        for row in [
            "合计,X1,合计,合计,,,3170,箱",
            "合 计：,,,,,,3170,箱",
            "小计（箱）,X1,F,S,2026-03-05,,3170,箱",
            "本页合计,X1,F,S,2026-03-05,,3170,箱",
            "S3,X1,F,总计,,,5,kg",
            "TOTAL,X1,,,,,5,kg",
            "Total:,X1,F,S,,,5,kg",
            "W1,B1,sum,Sum,2026-03-05,,5,kg",
            "W1,X1 汇总,F,S,,,5,kg",
            "W1,X1 Total,F,S,,,5,kg",
            "Grand Total,,,,,,5,kg",
        ] {
            assert!(of(Table::Shipments, row).is_some(), "{row}");
        }
        for row in [
            "W1,B1,F,TOTAL,2026-03-05,,5,kg",
            "SUM,B1,F,S,,2026-03-05,5,kg",
            "W1,B1,合计食品有限公司,S,,,5,kg",
            "W1,B1,F,总计大酒店,,,5,kg",
            "W1,B1,F,Capitol,,,5,kg",
            // Without codes it is no shipment anyway.
            ",,,,,,合计,3170",
        ] {
            assert_eq!(of(Table::Shipments, row), None, "{row}");
        }
        assert_eq!(of(Table::Operators, "TOTAL,Total,retail,370202,,,"), Some((0, "TOTAL".into())));
        assert_eq!(of(Table::Operators, "TOTAL,Total Energies,retail,370202,,,"), None);
        assert_eq!(of(Table::Operators, "合计,7家,,,,,"), Some((0, "合计".into())));
        assert_eq!(of(Table::Removals, "B1,小计,2026-03-01,5,kg,sold"), Some((1, "小计".into())));
    }
}
