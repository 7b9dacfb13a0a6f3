//! The values of one row, each read with its own position.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use suyuan_core::quantity::{QuantityError, Unit, parse_decimal, parse_quantity};
use suyuan_core::text::is_blank;
use suyuan_core::time::{Minute, Span, UtcOffset};

use crate::encoding::Line;
use crate::header::Layout;
use crate::output::{Fine, Output, Problem, Slice};
use crate::report::shown;
use crate::schema::Need;
use crate::split::Fields;
use crate::words::{Word, one_of};

/// What is the same for all rows of a file.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) clock: UtcOffset,
    /// Whether raw quantities are noted in [`Output::fine`].
    pub(crate) note_fine: bool,
    /// The minute as known at which rows are read.
    pub(crate) known_at: Minute,
}

const SHORT: &str = "a value (the row is short)";
const CODE: &str = "a code";
const DATE: &str = "a time such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日";
const UNIT: &str = "a unit: kg, g, t, 斤, L, mL or pcs";
const TEXT: &str = "valid UTF-8 or GB18030 text";
const NO_NUL: &str = "text without NUL characters";
/// What [`suyuan_core`] expects of a quantity that it can convert.
pub(crate) const CONVERTIBLE: &str =
    "a quantity with at most 6 decimals in its base unit, at most 9223372036854";

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
        Self { context, line, suspect, at, output, column: 0, rejected: false }
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
        self.problem(column, value, expected, false);
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
        let mut quantity = None;
        if let Some(text) = written {
            match parse_quantity(text) {
                Ok(value) => quantity = Some(value),
                Err(error) => self.repair(column, text, expected_quantity(error)),
            }
        }
        let before = self.output.problems.len();
        let unit = self.unit();
        // An empty unit has made no problem of its own.
        if unit.is_none() && written.is_some() && self.output.problems.len() == before {
            self.repair(column + 1, "", UNIT);
        }
        if let (true, Some(value), Some(text)) = (self.context.note_fine, quantity, written)
            && may_not_convert(value, unit)
        {
            let (record, line) = self.at;
            let value = shown(text);
            self.output.fine.push(Fine { line, record, value });
        }
        (quantity, unit)
    }

    /// A digest of the row's trimmed values in the page's order. Never 0; the same for every order
    /// of columns, encoding and machine.
    pub(crate) fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        for place in &self.context.layout.places {
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

    /// Whether the row is known at the minute asked for: from the first minute of `known_at` until
    /// the first of `withdrawn_at`. Where one is empty or cannot be read it sets no bound.
    pub(crate) fn is_known(&mut self) -> bool {
        let [from, until] = self.context.layout.known;
        if from.is_none() && until.is_none() {
            return true;
        }
        let minute = self.context.known_at;
        let beyond = self.context.layout.columns.len() + 1;
        let from = self.known_date(beyond, from);
        let until = self.known_date(beyond + 1, until);
        from.earliest <= minute && (until.is_unknown() || minute < until.earliest)
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

fn expected_quantity(error: QuantityError) -> Cow<'static, str> {
    match error {
        QuantityError::NotANumber => "a plain decimal number",
        QuantityError::NotPositive => "a quantity above zero",
        _ => CONVERTIBLE,
    }
    .into()
}

/// Whether a quantity may have more than 6 decimals, or be too large, in some base unit.
fn may_not_convert(value: Decimal, unit: Option<Unit>) -> bool {
    // How many places the point can move left, and how many right, on the way to a base unit.
    let (left, right) = match unit {
        Some(Unit::Kilogram) => (3, 3),
        Some(Unit::Gram) => (6, 0),
        Some(Unit::Tonne) => (0, 6),
        Some(Unit::Jin) => (4, 3),
        Some(Unit::Litre) => (0, 3),
        Some(Unit::Millilitre) => (3, 0),
        // By way of a pack quantity of any size; whole small ones are the rule.
        Some(_) => (6, 6),
        None => return false,
    };
    let scale = value.normalize().scale();
    scale + left > 6 || value >= Decimal::from(10_u64.pow(12 - right))
}

#[cfg(test)]
mod tests;
