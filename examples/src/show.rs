//! How times, quantities, stocks and operators are written for people.

use suyuan::chain::SupplyChain;
use suyuan::id::{BatchId, OperatorId, StockId};
use suyuan::model::{Source, Stage};
use suyuan::quantity::{Amount, Unit};
use suyuan::time::{DAY, Minute, Span, UtcOffset};

use crate::table::cut;

/// How many columns of a text from the data a line shows.
const FIELD: usize = 60;

/// A text without control characters, which a terminal might obey, and without those that turn
/// the direction of writing.
#[must_use]
pub fn clean(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// A text from the data, cut to what a line holds.
#[must_use]
pub fn field(text: &str) -> String {
    cut(&clean(text), FIELD)
}

/// A minute; `unknown` where it is unbounded.
#[must_use]
pub fn minute(minute: Minute) -> String {
    if minute.is_bounded() { minute.to_string().replace('T', " ") } else { "unknown".to_owned() }
}

/// The first minute of something: the day alone when it is the day's first minute.
#[must_use]
pub fn since(at: Minute) -> String {
    match at.date() {
        Some(day) if at.minutes().rem_euclid(DAY) == 0 => day.to_string(),
        _ => minute(at),
    }
}

/// The last minute of something: the day alone when it is the day's last minute.
#[must_use]
pub fn until(at: Minute) -> String {
    match at.date() {
        Some(day) if at.minutes().rem_euclid(DAY) == DAY - 1 => day.to_string(),
        Some(_) => minute(at),
        None => "any time".to_owned(),
    }
}

/// The minute a question is asked as of.
#[must_use]
pub fn as_of(at: Minute) -> String {
    if at.is_bounded() { minute(at) } else { "all records (no --as-of given)".to_owned() }
}

/// An interval as it would be written: a minute, a day, a month, or its two ends.
#[must_use]
pub fn span(span: Span) -> String {
    let Span { earliest, latest } = span;
    match (earliest.is_bounded(), latest.is_bounded()) {
        (false, false) => "unknown".to_owned(),
        (true, false) => format!("unknown, not before {}", since(earliest)),
        (false, true) => format!("unknown, not after {}", until(latest)),
        (true, true) if earliest == latest => minute(earliest),
        (true, true) => {
            let (first, last) = (since(earliest), until(latest));
            match month(span, &first) {
                _ if first == last => first,
                Some(month) => month,
                None => format!("{first} to {last}"),
            }
        }
    }
}

fn month(span: Span, first: &str) -> Option<String> {
    let month = first.get(..7)?;
    let whole = Span::parse(month, UtcOffset::CHINA).ok()?;
    (whole == span).then(|| month.to_owned())
}

/// An amount with its unit.
#[must_use]
pub fn amount(amount: Option<Amount>, unit: Option<Unit>) -> String {
    match (amount, unit) {
        (Some(amount), Some(unit)) => format!("{} {unit}", amount.to_decimal()),
        (Some(amount), None) => amount.to_decimal().to_string(),
        (None, _) => "unknown quantity".to_owned(),
    }
}

/// A number of things: `1 stock`, `2 stocks`; a word that ends in `ch`, or in `y` after a consonant,
/// is bent.
#[must_use]
pub fn count(number: usize, what: &str) -> String {
    let bent = what.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match (number, bent) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ if what.ends_with("ch") => format!("{number} {what}es"),
        _ => format!("{number} {what}s"),
    }
}

/// The code and the name of an operator.
#[must_use]
pub fn operator(chain: &SupplyChain, id: OperatorId) -> String {
    let view = chain.operator(id);
    spaced(&[&field(view.code), &field(view.name)])
}

/// The stage of an operator in English and Chinese.
#[must_use]
pub fn stage(stage: Option<Stage>) -> String {
    stage.map_or_else(|| "unknown".to_owned(), |stage| stage.names().join(" "))
}

/// The name of an operator's region, its code where it has none.
#[must_use]
pub fn region(chain: &SupplyChain, id: OperatorId) -> String {
    match chain.operator(id).region.map(|region| chain.region(region)) {
        Some(region) if region.name.is_empty() => field(region.code),
        Some(region) => field(region.name),
        None => "unknown".to_owned(),
    }
}

/// The name of a batch's product, its code where it has none.
#[must_use]
pub fn product(chain: &SupplyChain, id: BatchId) -> String {
    match chain.batch(id).product.map(|product| chain.product(product)) {
        Some(product) if product.name.is_empty() => field(product.code),
        Some(product) => field(product.name),
        None => String::new(),
    }
}

/// `BATCH@OPERATOR`.
#[must_use]
pub fn label(chain: &SupplyChain, id: StockId) -> String {
    let (batch, operator) = chain.stock(id);
    format!("{}@{}", field(&chain.batch_label(batch)), field(chain.operator(operator).code))
}

/// `BATCH@OPERATOR` and the operator's name.
#[must_use]
pub fn stock(chain: &SupplyChain, id: StockId) -> String {
    let view = chain.operator(chain.stock(id).1);
    spaced(&[&label(chain, id), &field(view.name)])
}

/// `FILE:LINE` of a record.
#[must_use]
pub fn place(chain: &SupplyChain, source: Source) -> String {
    let places: Vec<String> = chain.places(source).collect();
    if places.is_empty() { "no file".to_owned() } else { places.join(" = ") }
}

/// The texts that are not empty, with a space between them.
#[must_use]
pub fn spaced(texts: &[&str]) -> String {
    let there: Vec<_> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
    there.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_they_are_written() {
        for text in ["2026-03-09", "2026-02", "2026-12", "2026-03-09 05:10"] {
            let parsed = Span::parse(text, UtcOffset::CHINA).unwrap();
            assert_eq!(span(parsed), text);
        }
        let day = Span::parse("2026-03-09", UtcOffset::CHINA).unwrap();
        let open = Span { earliest: Minute::UNBOUNDED_PAST, ..day };
        assert_eq!(span(open), "unknown, not after 2026-03-09");
        let two = Span { latest: day.latest.plus(DAY), ..day };
        assert_eq!(span(two), "2026-03-09 to 2026-03-10");
        assert_eq!(since(day.earliest.plus(1)), "2026-03-09 00:01");
        assert_eq!(count(2, "batch"), "2 batches");
        assert_eq!(count(0, "quantity"), "0 quantities");
        assert_eq!(count(2, "day"), "2 days");
    }
}
