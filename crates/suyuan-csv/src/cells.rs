//! The values of one row, each read with its own position.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use suyuan_core::chain::Table;
use suyuan_core::quantity::{DECIMALS, QuantityError, Unit, parse_decimal, parse_quantity};
use suyuan_core::text::{fold_width, is_blank};
use suyuan_core::time::{Minute, Span, UtcOffset};

use crate::dialect::{other_separator, separator_name};
use crate::encoding::Line;
use crate::header::Layout;
use crate::output::{Fine, Output, Problem, Slice};
use crate::report::shown;
use crate::schema::Need;
use crate::split::Fields;
use crate::totals;
use crate::words::{Word, one_of};

/// What is the same for all rows of a file.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) separator: u8,
    pub(crate) clock: UtcOffset,
    /// Whether raw quantities are noted in [`Output::fine`].
    pub(crate) note_fine: bool,
    /// The minute as known at which rows are read.
    pub(crate) known_at: Minute,
}

const SHORT: &str = "a value (the row is short)";
const CODE: &str = "a code";
const DATE: &str = "a time such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日";
pub(crate) const UNIT: &str = "a unit such as kg, 斤, 吨, L, pcs, 箱 or 瓶";
const TEXT: &str = "valid UTF-8 or GB18030 text";
const NO_NUL: &str = "text without NUL characters";
/// What [`suyuan_core`] expects of a quantity that it can convert.
pub(crate) const CONVERTIBLE: &str =
    "a quantity with at most 6 decimals, at most 9223372036854 in its base unit";

enum Cell<'a> {
    /// The text as written.
    Text(&'a str),
    /// The header has no such column.
    Absent,
    /// The row ends before it.
    Short,
    /// Text that cannot be used, and what was expected of it.
    Broken(&'a str, &'static str),
}

/// The fields of a row.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    /// As they lie in a block of valid text.
    Block(&'a str, &'a Fields),
    /// Decoded one by one.
    Line(&'a Line),
}

impl<'a> Text<'a> {
    #[inline]
    pub(crate) fn get(self, place: usize) -> Option<&'a str> {
        match self {
            Self::Block(block, fields) => fields.get(block, place),
            Self::Line(line) => line.text.get(place),
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::Block(_, fields) => fields.len(),
            Self::Line(line) => line.text.len(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map_while(move |place| self.get(place))
    }

    /// Whether a field holds invalid bytes.
    #[inline]
    fn is_broken(self, place: usize) -> bool {
        matches!(self, Self::Line(line) if line.broken.contains(&place))
    }

    /// The bytes of a field that holds invalid ones.
    fn raw(self, place: usize) -> Option<&'a [u8]> {
        match self {
            Self::Block(..) => None,
            Self::Line(line) => line.raw.as_ref().and_then(|raw| raw.get(place)),
        }
    }
}

/// The same as [`str::trim`], at once where there is nothing to trim.
#[inline]
fn trim(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic());
    let bytes = text.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { text } else { text.trim() }
}

/// Reads the values of a row, one column after the other in the page's order.
pub(crate) struct Cells<'a> {
    context: Context<'a>,
    line: Text<'a>,
    /// Whether any field may hold invalid bytes or NULs.
    suspect: bool,
    at: (u64, u32),
    output: &'a mut Output,
    column: usize,
    rejected: bool,
    /// Whether nothing of the row is repaired.
    strict: bool,
}

impl<'a> Cells<'a> {
    /// The values of `line`, the record numbered `record` on physical line `at`.
    pub(crate) fn new(
        context: Context<'a>,
        line: Text<'a>,
        has_nul: bool,
        at: (u64, u32),
        output: &'a mut Output,
    ) -> Self {
        let suspect = has_nul || matches!(line, Text::Line(line) if !line.broken.is_empty());
        Self { context, line, suspect, at, output, column: 0, rejected: false, strict: false }
    }

    fn next(&mut self) -> (usize, Cell<'a>) {
        let column = self.column;
        self.column += 1;
        let place = self.context.layout.places.get(column).copied().flatten();
        self.cell(column, place)
    }

    /// The cell of a column in a field.
    fn cell(&self, column: usize, place: Option<usize>) -> (usize, Cell<'a>) {
        let Some(place) = place else {
            return (column, Cell::Absent);
        };
        let Some(text) = self.line.get(place) else {
            return (column, Cell::Short);
        };
        if self.suspect {
            if self.line.is_broken(place) {
                return (column, Cell::Broken(text, TEXT));
            }
            if text.contains('\0') {
                return (column, Cell::Broken(text, NO_NUL));
            }
        }
        (column, Cell::Text(text))
    }

    fn problem(
        &mut self,
        column: usize,
        value: &str,
        expected: impl Into<Cow<'static, str>>,
        rejects: bool,
    ) {
        self.rejected |= rejects;
        let (record, line) = self.at;
        let (value, expected) = (shown(value), expected.into());
        self.output.problems.push(Problem { record, column, line, rejects, value, expected });
    }

    fn repair(&mut self, column: usize, value: &str, expected: impl Into<Cow<'static, str>>) {
        self.problem(column, value, expected, self.strict);
    }

    fn reject(&mut self, column: usize, value: &str, expected: impl Into<Cow<'static, str>>) {
        self.problem(column, value, expected, true);
    }

    fn short(&mut self, column: usize) {
        let need = self.context.layout.columns.get(column).map(|column| column.need);
        if need == Some(Need::Header) {
            self.repair(column, "", SHORT);
        }
    }

    /// Sets the row aside as a total of others, for the word in a column.
    pub(crate) fn total(&mut self, column: usize, word: &str) {
        self.reject(column, word, totals::EXPECTED);
    }

    /// Sets the row aside where all of it is one field that something else separates.
    pub(crate) fn separated(&mut self) {
        let separator = self.context.separator;
        if let (1, Some(text)) = (self.line.len(), self.line.get(0))
            && self.context.layout.header.len() > 1
            && let Some(other) = other_separator(text, separator)
        {
            let (expected, found) = (separator_name(separator), separator_name(other));
            let expected =
                format!("fields separated by {expected}, as in the header, not by {found}");
            self.reject(0, text, expected);
        }
    }

    /// A required code.
    pub(crate) fn code(&mut self) -> Slice {
        match self.next() {
            (column, Cell::Text(text)) => {
                let code = trim(text);
                if is_blank(code) {
                    self.reject(column, text, CODE);
                }
                self.output.arena.keep(code)
            }
            (column, Cell::Broken(text, expected)) => {
                self.reject(column, text, expected);
                Slice::default()
            }
            (column, Cell::Absent | Cell::Short) => {
                self.reject(column, "", "a code (the row is short)");
                Slice::default()
            }
        }
    }

    /// A word without which the row is rejected.
    pub(crate) fn key<W: Word>(&mut self) -> Option<W> {
        let (column, text, expected) = match self.next() {
            (column, Cell::Text(text)) => match W::parse(text) {
                Some(word) => return Some(word),
                None => (column, text, None),
            },
            (column, Cell::Broken(text, expected)) => (column, text, Some(expected)),
            (column, Cell::Absent | Cell::Short) => (column, "", Some(SHORT)),
        };
        self.reject(column, text, expected.map_or_else(one_of::<W>, Cow::Borrowed));
        None
    }

    /// A free text or an optional code; empty when there is none.
    pub(crate) fn text(&mut self) -> Slice {
        match self.next() {
            (_, Cell::Text(text)) => self.output.arena.keep(trim(text)),
            (_, Cell::Absent) => Slice::default(),
            (column, Cell::Short) => {
                self.short(column);
                Slice::default()
            }
            (column, Cell::Broken(text, expected)) => {
                self.repair(column, text, expected);
                Slice::default()
            }
        }
    }

    /// The trimmed text of the next column where there is one to read.
    fn value(&mut self) -> (usize, Option<&'a str>) {
        match self.next() {
            (column, Cell::Text(text)) => (column, Some(text).filter(|t| !trim(t).is_empty())),
            (column, Cell::Absent) => (column, None),
            (column, Cell::Short) => {
                self.short(column);
                (column, None)
            }
            (column, Cell::Broken(text, expected)) => {
                self.repair(column, text, expected);
                (column, None)
            }
        }
    }

    fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Result<T, Cow<'static, str>>) -> Option<T> {
        let (column, text) = self.value();
        let text = text?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.repair(column, text, expected);
                None
            }
        }
    }

    /// A word that may be unknown.
    pub(crate) fn word<W: Word>(&mut self) -> Option<W> {
        self.parsed(|text| W::parse(text).ok_or_else(one_of::<W>))
    }

    /// A unit without which the row is set aside.
    pub(crate) fn needed_unit(&mut self) -> Option<Unit> {
        let unit = self.unit();
        self.need(unit, 1, UNIT)
    }

    /// A unit without a quantity beside it.
    pub(crate) fn unit(&mut self) -> Option<Unit> {
        self.parsed(|text| Unit::parse(text).ok_or(UNIT.into()))
    }

    /// A time.
    pub(crate) fn date(&mut self) -> Span {
        let clock = self.context.clock;
        self.parsed(|text| Span::parse(text, clock).map_err(|_| DATE.into()))
            .unwrap_or(Span::UNKNOWN)
    }

    /// A quantity above zero, without a unit.
    pub(crate) fn positive(&mut self) -> Option<Decimal> {
        self.parsed(|text| parse_quantity(text).map_err(expected_quantity))
    }

    /// A whole number of `what`.
    pub(crate) fn count<T: TryFrom<u64>>(&mut self, what: &'static str) -> Option<T> {
        self.parsed(|text| {
            let number = parse_decimal(text).ok().filter(Decimal::is_integer);
            let whole = number.and_then(|number| number.to_u64());
            whole.and_then(|whole| T::try_from(whole).ok()).ok_or(what.into())
        })
    }

    /// Degrees from `-most` to `most`.
    pub(crate) fn degrees(&mut self, most: u32) -> Option<Decimal> {
        self.parsed(|text| {
            let number = parse_decimal(text).ok().filter(|n| n.abs() <= Decimal::from(most));
            number.ok_or_else(|| format!("degrees from -{most} to {most}").into())
        })
    }

    /// A quantity and the unit in the column after it.
    pub(crate) fn quantity(&mut self) -> (Option<Decimal>, Option<Unit>) {
        let (column, written) = self.value();
        let (mut quantity, mut carried) = (None, None);
        if let Some(text) = written {
            let fine = |value: Decimal| value.normalize().scale() > DECIMALS;
            let read = parse_quantity(text).or_else(|error| match with_unit(text) {
                Some((number, unit)) => {
                    carried = Some(unit);
                    parse_quantity(&number)
                }
                None => Err(error),
            });
            match read {
                Ok(value) if value.scale() > DECIMALS && fine(value) => {
                    let error = QuantityError::TooManyDecimals;
                    self.repair(column, text, expected_quantity(error));
                }
                Ok(value) => quantity = Some(value),
                Err(error) => self.repair(column, text, expected_quantity(error)),
            }
        }
        let (mut unit, clear) = self.unit_beside(carried.is_some());
        match (carried, unit, written) {
            (Some(own), Some(beside), Some(text)) if own != beside => {
                let expected = format!("a quantity in {beside}, as its unit says");
                self.repair(column, text, expected);
                (quantity, unit) = (None, None);
            }
            (Some(own), None, _) => unit = Some(own),
            (None, None, Some(_)) if clear => self.repair(column + 1, "", UNIT),
            _ => {}
        }
        if let (true, Some(value), Some(text)) = (self.context.note_fine, quantity, written)
            && may_not_convert(value, unit)
        {
            let (record, line) = self.at;
            let value = shown(text);
            self.output.fine.push(Fine { line, record, value, repaired: false });
        }
        (quantity, unit)
    }

    /// The unit in a column beside a quantity, and whether nothing is said of it. A short row may
    /// miss it where the quantity carries one.
    fn unit_beside(&mut self, carried: bool) -> (Option<Unit>, bool) {
        let before = self.output.problems.len();
        let unit = match self.next() {
            (column, Cell::Text(text)) if !trim(text).is_empty() => {
                let unit = Unit::parse(text);
                if unit.is_none() {
                    self.repair(column, text, UNIT);
                }
                unit
            }
            (column, Cell::Broken(text, expected)) => {
                self.repair(column, text, expected);
                None
            }
            (column, Cell::Short) if !carried => {
                self.short(column);
                None
            }
            _ => None,
        };
        (unit, self.output.problems.len() == before)
    }

    /// A digest of the row's trimmed values in the page's order, columns that name the lot only
    /// where the table has them. Never 0; the same for every order of columns, encoding and machine.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        for place in &self.context.layout.digested {
            match *place {
                // The text of different invalid bytes is the same.
                Some(place) if self.suspect && self.line.is_broken(place) => {
                    digest.add(self.line.raw(place).unwrap_or_default());
                }
                Some(place) => {
                    digest.add(trim(self.line.get(place).unwrap_or_default()).as_bytes())
                }
                None => digest.add(b""),
            }
        }
        digest.0.max(1)
    }

    /// Product and producer of the lot, and who reported the row, where rows may name them.
    #[inline]
    pub(crate) fn tag(&mut self) -> Option<[Slice; 3]> {
        let tagged = self.context.layout.tagged;
        tagged.then(|| [self.text(), self.text(), self.reporter()])
    }

    /// Who reported the row; empty for nobody named.
    fn reporter(&mut self) -> Slice {
        let column = self.context.layout.columns.len() + 1;
        match self.cell(column, self.context.layout.known[0]) {
            (_, Cell::Text(text)) => self.output.arena.keep(trim(text)),
            (_, Cell::Absent | Cell::Short) => Slice::default(),
            (column, Cell::Broken(text, expected)) => {
                self.repair(column, text, expected);
                Slice::default()
            }
        }
    }

    /// Sets the row aside for every value from here on that cannot be read.
    pub(crate) fn repair_nothing(&mut self) {
        self.strict = true;
    }

    /// Sets the row aside where a value of the last columns is missing without a word said.
    pub(crate) fn need<T>(
        &mut self,
        value: Option<T>,
        back: usize,
        expected: &'static str,
    ) -> Option<T> {
        if value.is_none() && !self.rejected {
            self.reject(self.column - back, "", expected);
        }
        value
    }

    /// Whether the row is known at the minute asked for: from the first minute of `known_at` until
    /// the first of `withdrawn_at`. Where one is empty or cannot be read it sets no bound.
    pub(crate) fn is_known(&mut self) -> bool {
        let [_, from, until] = self.context.layout.known;
        if from.is_none() && until.is_none() {
            return true;
        }
        let minute = self.context.known_at;
        let beyond = self.context.layout.columns.len() + 2;
        let from = self.known_date(beyond, from);
        let until = self.known_date(beyond + 1, until);
        // What a pack holds, it holds for all time.
        let begun = self.context.layout.table == Table::Packs || from.earliest <= minute;
        begun && (until.is_unknown() || minute < until.earliest)
    }

    fn known_date(&mut self, column: usize, place: Option<usize>) -> Span {
        let (text, expected) = match self.cell(column, place) {
            (_, Cell::Absent | Cell::Short) => return Span::UNKNOWN,
            (_, Cell::Text(text)) => match Span::parse(text, self.context.clock) {
                Ok(span) => return span,
                Err(_) => (text, DATE),
            },
            (_, Cell::Broken(text, expected)) => (text, expected),
        };
        self.repair(column, text, expected);
        Span::UNKNOWN
    }

    /// Ends the row: fields beyond the header are noted. Whether the row is rejected.
    pub(crate) fn end(mut self) -> bool {
        let width = self.context.layout.header.len();
        let row = self.line;
        if row.len() > width && row.iter().skip(width).any(|field| !field.trim().is_empty()) {
            let beyond: Vec<_> = row.iter().skip(width).collect();
            let expected = format!("{width} fields, as many as the header has");
            self.repair(self.context.layout.columns.len(), &beyond.join(","), expected);
        }
        self.rejected
    }
}

/// Takes in texts eight bytes at a time, each with its length.
#[derive(Default)]
struct Digest(u64);

impl Digest {
    fn add(&mut self, text: &[u8]) {
        let words = text.chunks_exact(8);
        let mut last = [0; 8];
        let rest = words.remainder();
        last[..rest.len()].copy_from_slice(rest);
        for word in words {
            self.word(word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)));
        }
        self.word(u64::from_le_bytes(last) ^ (text.len() as u64).rotate_right(8));
    }

    /// Mixes a word in by a product of 128 bits, its halves put together.
    #[inline]
    fn word(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(0xe703_7ed1_a0b4_28db);
    }
}

/// The number and the unit of a quantity that is written with its unit: `5公斤`, `1,200 盒`.
pub(crate) fn with_unit(text: &str) -> Option<(String, Unit)> {
    let folded = fold_width(text);
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | ' ');
    let (number, unit) = folded.split_at(folded.find(|c| !is_number(c))?);
    let number = number.trim();
    if number.is_empty() {
        return None;
    }
    Some((number.to_owned(), Unit::parse(unit.trim())?))
}

fn expected_quantity(error: QuantityError) -> Cow<'static, str> {
    match error {
        QuantityError::NotANumber => "a plain decimal number",
        QuantityError::NotPositive => "a quantity above zero",
        QuantityError::TooManyDecimals => "a quantity with at most 6 decimals",
        _ => CONVERTIBLE,
    }
    .into()
}

/// Whether a quantity may be too large in some base unit.
fn may_not_convert(value: Decimal, unit: Option<Unit>) -> bool {
    let most = match unit {
        // Of no unit are there more than a million base units in one, but of these.
        Some(Unit::Tonne) => 1_000,
        Some(unit) if unit.is_packing() || unit == Unit::Piece => 1_000,
        Some(_) => 1_000_000,
        None => return false,
    };
    value >= Decimal::from(most)
}

#[cfg(test)]
mod tests;
