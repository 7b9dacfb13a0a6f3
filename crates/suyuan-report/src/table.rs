//! One table for all faces: a page, a CSV file, a worksheet.
//!
//! ```
//! use suyuan_report::table::{Cell, Column, CsvOptions, Table};
//! let mut table = Table::new("notices", "Notices")
//!     .column(Column::text("operator", "Operator"))
//!     .column(Column::number("on_hand", "On hand"));
//! table.push(vec![Cell::text("=HYPERLINK(\"evil\")"), Cell::Number("-8.5".parse()?)]);
//! let csv = table.csv(&CsvOptions::default());
//! // Spreadsheets run a text that starts like a formula: it gets an apostrophe. Numbers stay.
//! assert_eq!(csv, "operator,on_hand\n\"'=HYPERLINK(\"\"evil\"\")\",-8.5\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::text;

/// The most rows of a table that is not parted when it is printed.
const SHORT: usize = 12;

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Words of the page.
    Word(String),
    /// A text from the data.
    Text(String),
    /// A text from the data that leads to another place of the page, by its id.
    Link(String, String),
    /// A whole number.
    Count(u64),
    /// An exact number.
    Number(Decimal),
    /// A statistic and the digits after its point.
    Real(f64, usize),
    /// A share from 0 to 1.
    Share(Decimal),
    /// Quantities by unit.
    Quantities(BTreeMap<String, Decimal>),
    /// The same, marked: something is left out of them.
    Marked(BTreeMap<String, Decimal>),
}

/// What is on hand of several stocks: marked where some are left out, of which it is not known or
/// that gave out more than they got.
pub(crate) fn on_hand(sums: &BTreeMap<String, Decimal>, negative: u64, unknown: u64) -> Cell {
    match (negative + unknown, sums.is_empty()) {
        (0, true) => Cell::Empty,
        (0, false) => Cell::Quantities(sums.clone()),
        _ => Cell::Marked(sums.clone()),
    }
}

impl Cell {
    /// A text from the data; nothing when it is empty.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// Words of the page.
    #[must_use]
    pub fn word(text: impl Into<String>) -> Self {
        Self::Word(text.into())
    }

    /// A statistic that may be missing.
    #[must_use]
    pub fn real(value: Option<f64>, digits: usize) -> Self {
        value.map_or(Self::Empty, |value| Self::Real(value, digits))
    }

    fn html(&self) -> Markup {
        match self {
            Self::Empty => html! {},
            Self::Word(word) => html! { (word) },
            Self::Text(own) => text::own(own),
            Self::Link(own, id) => html! { a href={ "#" (id) } { (text::own(own)) } },
            Self::Count(number) => html! { (text::count(*number)) },
            Self::Number(number) => html! { (text::decimal(*number)) },
            Self::Real(value, digits) => html! { (real(*value, *digits)) },
            Self::Share(share) => html! { (text::percent(*share)) },
            Self::Quantities(sums) => html! {
                @for (at, (unit, sum)) in sums.iter().enumerate() {
                    @if at > 0 { br; }
                    (text::decimal(*sum)) " " (unit)
                }
            },
            Self::Marked(sums) => html! {
                @for (unit, sum) in sums { (text::decimal(*sum)) " " (unit) "*" br; }
                @if sums.is_empty() { "*" }
            },
        }
    }

    /// What a page's script sorts by, where that is not what is shown.
    fn key(&self) -> Option<String> {
        match self {
            Self::Share(share) => Some(share.to_string()),
            Self::Quantities(sums) | Self::Marked(sums) if sums.len() != 1 => {
                Some(sums.values().next().copied().unwrap_or_default().to_string())
            }
            _ => None,
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Word(own) | Self::Text(own) | Self::Link(own, _) => own.clone(),
            Self::Count(number) => number.to_string(),
            Self::Number(number) | Self::Share(number) => number.normalize().to_string(),
            Self::Real(value, _) => value.to_string(),
            Self::Quantities(sums) => {
                let texts: Vec<_> =
                    sums.iter().map(|(unit, sum)| format!("{} {unit}", sum.normalize())).collect();
                texts.join("; ")
            }
            Self::Marked(sums) if sums.is_empty() => "*".to_owned(),
            Self::Marked(sums) => {
                let texts: Vec<_> =
                    sums.iter().map(|(unit, sum)| format!("{} {unit}*", sum.normalize())).collect();
                texts.join("; ")
            }
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Number(_) | Self::Real(..) | Self::Share(_))
    }
}

pub(crate) fn real(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "–".to_owned() }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    key: String,
    title: String,
    kind: Kind,
}

/// How the cells of a column are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    Number,
    Tight,
    Wide,
}

impl Column {
    /// A column of texts: its name in files, and what a page calls it.
    #[must_use]
    pub fn text(key: &str, title: &str) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), kind: Kind::Text }
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(key: &str, title: &str) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), kind: Kind::Number }
    }
}

impl Column {
    /// A column of short texts that are never broken, such as dates.
    #[must_use]
    pub fn tight(mut self) -> Self {
        self.kind = Kind::Tight;
        self
    }

    /// A column of sentences, which a narrow page does not squeeze.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.kind = Kind::Wide;
        self
    }

    const fn class(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text => None,
            Kind::Number => Some("n"),
            Kind::Tight => Some("t"),
            Kind::Wide => Some("w"),
        }
    }
}

/// How CSV is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// Whether the file starts with a byte order mark, which Excel needs to see UTF-8; off by
    /// default.
    pub bom: bool,
    /// Whether a text that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`,
    /// `@`, a tab or a carriage return) gets an apostrophe before it; on by default. Numbers are
    /// never touched.
    pub guard: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { bom: false, guard: true }
    }
}

impl CsvOptions {
    /// With a byte order mark or without.
    #[must_use]
    pub const fn bom(mut self, bom: bool) -> Self {
        self.bom = bom;
        self
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    name: String,
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    ids: BTreeMap<usize, String>,
}

impl Table {
    /// An empty table: its name among files, and its caption on a page.
    #[must_use]
    pub fn new(name: &str, caption: &str) -> Self {
        Self {
            name: name.to_owned(),
            caption: caption.to_owned(),
            columns: Vec::new(),
            rows: Vec::new(),
            ids: BTreeMap::new(),
        }
    }

    /// With one more column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a row; missing cells are empty, and cells beyond the columns are left out.
    pub fn push(&mut self, mut row: Vec<Cell>) {
        row.resize(self.columns.len(), Cell::Empty);
        self.rows.push(row);
    }

    /// Adds a row that links of a page lead to.
    pub(crate) fn push_at(&mut self, id: String, row: Vec<Cell>) {
        self.ids.insert(self.rows.len(), id);
        self.push(row);
    }

    /// Its name among files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// With rows before its own.
    #[must_use]
    pub(crate) fn under(mut self, rows: impl Iterator<Item = Vec<Cell>>) -> Self {
        let own = std::mem::take(&mut self.rows);
        rows.for_each(|row| self.push(row));
        let before = self.rows.len();
        self.ids = self.ids.into_iter().map(|(at, id)| (at + before, id)).collect();
        self.rows.extend(own);
        self
    }

    /// Its first rows.
    #[must_use]
    pub(crate) fn first(mut self, rows: usize) -> Self {
        self.rows.truncate(rows);
        self
    }

    /// Without the columns in which every cell is empty; the first one stays.
    #[must_use]
    pub fn without_empty(self) -> Self {
        let empty = |cell: &Cell| match cell {
            Cell::Empty => true,
            Cell::Word(word) => word.is_empty(),
            _ => false,
        };
        let used = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(|c| !empty(c)));
        let keep = (0..self.columns.len()).map(|at| at == 0 || used(at)).collect();
        self.keeping(keep)
    }

    /// Without the columns of these names in files.
    #[must_use]
    pub fn without(self, keys: &[&str]) -> Self {
        let keep = self.columns.iter().map(|column| !keys.contains(&column.key.as_str())).collect();
        self.keeping(keep)
    }

    fn keeping(mut self, keep: Vec<bool>) -> Self {
        let mut kept = keep.iter();
        self.columns.retain(|_| kept.next() == Some(&true));
        for row in &mut self.rows {
            let mut kept = keep.iter();
            row.retain(|_| kept.next() == Some(&true));
        }
        self
    }

    /// The table on a page, in a frame that scrolls sideways where the page is narrow.
    #[must_use]
    pub fn html(&self) -> Markup {
        html! {
            div.scroll tabindex="0" role="group" aria-label=(self.caption) {
                table.sortable.short[self.rows.len() <= SHORT] {
                    caption { (self.caption) }
                    thead { tr {
                        @for column in &self.columns {
                            th scope="col" class=[column.class()] { (column.title) }
                        }
                    } }
                    tbody { @for (at, row) in self.rows.iter().enumerate() { (self.row(at, row)) } }
                }
            }
        }
    }

    fn row(&self, at: usize, row: &[Cell]) -> Markup {
        html! {
            tr id=[self.ids.get(&at)] {
                @for (at, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                    @if at == 0 {
                        th scope="row" { (cell.html()) }
                    } @else {
                        td class=[column.class().filter(|class| *class != "w")] data-k=[cell.key()] {
                            (cell.html())
                        }
                    }
                }
            }
        }
    }

    /// The table as CSV: UTF-8, comma, one header row, line feeds.
    #[must_use]
    pub fn csv(&self, options: &CsvOptions) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        // Writing into memory does not fail, and every row is as wide as the header.
        let _ = out.write_record(self.columns.iter().map(|column| &column.key));
        for row in &self.rows {
            let _ = out.write_record(row.iter().map(|cell| written(cell, options.guard)));
        }
        let text = out.into_inner().unwrap_or_default();
        let text = String::from_utf8(text).unwrap_or_default();
        if options.bom { format!("\u{feff}{text}") } else { text }
    }
}

fn written(cell: &Cell, guard: bool) -> String {
    let plain = cell.plain();
    let formula = !cell.is_number()
        && plain.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    // A quantity is a number with its unit, not a formula.
    let quantity = matches!(cell, Cell::Quantities(_) | Cell::Marked(_));
    if guard && formula && !quantity { format!("'{plain}") } else { plain }
}

#[cfg(feature = "xlsx")]
mod xlsx {
    use rust_decimal::prelude::ToPrimitive;
    use suyuan_xlsx::{NewCell, NewSheet, write_bytes};

    use super::{Cell, Table};
    use crate::error::Error;

    /// The longest text of a cell, UTF-16 units.
    const TEXT: usize = 32_767;

    /// Tables as a workbook, a worksheet each; numbers are numbers, texts are never formulas.
    ///
    /// # Errors
    /// [`Error::Workbook`] when a table does not fit, or the workbook cannot be made.
    pub fn workbook(tables: &[&Table]) -> Result<Vec<u8>, Error> {
        let sheets: Vec<NewSheet> = tables.iter().map(|table| sheet(table)).collect();
        Ok(write_bytes(&sheets)?)
    }

    fn sheet(table: &Table) -> NewSheet {
        let mut sheet = NewSheet::new(&sheet_name(&table.name)).filtered();
        sheet.row(table.columns.iter().map(|column| column.title.as_str()));
        for row in &table.rows {
            sheet.cells(row.iter().map(cell));
        }
        sheet
    }

    fn cell(cell: &Cell) -> NewCell {
        match cell {
            Cell::Empty => NewCell::Empty,
            Cell::Count(number) => NewCell::Number(*number as f64),
            Cell::Number(number) | Cell::Share(number) => {
                NewCell::Number(number.to_f64().unwrap_or_default())
            }
            Cell::Real(value, _) => NewCell::Number(*value),
            _ => NewCell::text(cut(&cell.plain())),
        }
    }

    /// At most 31 characters, none of those that Excel refuses.
    fn sheet_name(name: &str) -> String {
        let name: String = name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
        if name.is_empty() { "sheet".to_owned() } else { name }
    }

    fn cut(text: &str) -> String {
        let mut left = TEXT;
        text.chars()
            .take_while(|c| {
                let fits = c.len_utf16() <= left;
                left = left.saturating_sub(c.len_utf16());
                fits
            })
            .collect()
    }
}

#[cfg(feature = "xlsx")]
pub use xlsx::workbook;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_guarded_and_numbers_are_not() {
        let mut table =
            Table::new("t", "T").column(Column::text("a", "A")).column(Column::number("b", "B"));
        for own in ["=1+1", "+86", "-a", "@x", "\tx", "plain", "a=b"] {
            table.push(vec![Cell::text(own), Cell::Number("-1.50".parse().unwrap())]);
        }
        let csv = table.csv(&CsvOptions::default());
        let firsts: Vec<&str> = csv.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
        assert_eq!(firsts, ["'=1+1", "'+86", "'-a", "'@x", "'\tx", "plain", "a=b"]);
        assert!(csv.lines().skip(1).all(|line| line.ends_with(",-1.5")));
        assert!(table.csv(&CsvOptions::default().bom(true)).starts_with("\u{feff}a,b\n"));
        let raw = CsvOptions { guard: false, ..CsvOptions::default() };
        assert!(table.csv(&raw).contains("\n=1+1,"));
    }

    #[test]
    fn a_row_is_as_wide_as_its_table() {
        let mut table = Table::new("t", "T").column(Column::text("a", "A"));
        table.push(vec![]);
        table.push(vec![Cell::word("x"), Cell::word("y")]);
        assert_eq!(table.csv(&CsvOptions::default()), "a\n\"\"\nx\n");
        let html = table.html().into_string();
        assert!(html.contains("<th scope=\"row\">x</th>") && !html.contains(">y<"));
    }
}
