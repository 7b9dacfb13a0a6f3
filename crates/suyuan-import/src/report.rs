//! What became of every row.

use std::fmt;

use suyuan_core::chain::Table;

/// What became of every row of every sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The sheets, in the order they were given.
    pub sheets: Vec<SheetReport>,
}

/// What became of the rows of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SheetReport {
    /// Name of the file.
    pub file: String,
    /// Name of the sheet; empty for a text file.
    pub sheet: String,
    /// How a text file was read.
    pub form: String,
    /// One for every row of the sheet, in its order.
    pub rows: Vec<RowReport>,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowReport {
    /// The row of the workbook, or the line of the text, from 1.
    pub number: u32,
    /// Whether it was used.
    pub outcome: Outcome,
    /// What could not be read in it. Of a used row: the value is left empty.
    pub problems: Vec<Problem>,
}

/// Whether a row was used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The records it went into: table, and place among the table's rows, from 0.
    Used(Vec<(Table, usize)>),
    /// Why it is no record.
    LeftOut(Reason),
}

/// Why a row is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It stands above the header, or says a title again.
    Title,
    /// It shows nothing.
    Blank,
    /// It holds the headings, or says them again.
    Header,
    /// It is a total of others.
    Total,
    /// It is a note.
    Note,
    /// A value without which it is no record cannot be read or is not there.
    Unreadable,
    /// No table takes it: the conditions of all exclude it.
    NoTable,
    /// No part of the profile is for its sheet.
    NoProfile,
}

impl Reason {
    /// Its name, as in `total`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Blank => "blank",
            Self::Header => "header",
            Self::Total => "total",
            Self::Note => "note",
            Self::Unreadable => "unreadable",
            Self::NoTable => "no table",
            Self::NoProfile => "no profile",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A value that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// The table it was for.
    pub table: &'static str,
    /// The column of the table.
    pub field: &'static str,
    /// The letters of its column in the sheet; empty for none.
    pub column: String,
    /// The text as written, or as filled down.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, field, column, found, expected } = self;
        let at = if column.is_empty() { String::new() } else { format!(" (column {column})") };
        write!(f, "{table}.{field}{at}: found {found:?}, expected {expected}")
    }
}

impl Report {
    /// Rows read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.sheets.iter().map(|sheet| sheet.rows.len()).sum()
    }

    /// Rows used.
    #[must_use]
    pub fn used(&self) -> usize {
        let rows = self.sheets.iter().flat_map(|sheet| &sheet.rows);
        rows.filter(|row| matches!(row.outcome, Outcome::Used(_))).count()
    }

    /// Rows left out for a reason.
    #[must_use]
    pub fn left_out(&self, reason: Reason) -> usize {
        let rows = self.sheets.iter().flat_map(|sheet| &sheet.rows);
        rows.filter(|row| row.outcome == Outcome::LeftOut(reason)).count()
    }

    /// Every problem, with its sheet and row.
    pub fn problems(&self) -> impl Iterator<Item = (&SheetReport, u32, &Problem)> {
        self.sheets.iter().flat_map(|sheet| {
            sheet.rows.iter().flat_map(move |row| {
                row.problems.iter().map(move |problem| (sheet, row.number, problem))
            })
        })
    }
}
