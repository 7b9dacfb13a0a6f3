//! Files as rows of texts, each with its place.

use std::path::Path;

use crate::decode::{decode, separator};
use crate::error::Error;
use crate::split::split;

/// One table as a person sees it: a text file, or a sheet of a workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sheet {
    /// Name of the file, without its folder.
    pub file: String,
    /// Name of the sheet; empty for a text file.
    pub name: String,
    /// How a text file was read, such as `GB18030, separated by ","`; empty for a workbook.
    pub form: String,
    /// Its rows, in order. A workbook's rows without any cell are not among them.
    pub rows: Vec<Row>,
}

/// A row of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The row of the workbook, or the physical line of the text, from 1.
    pub number: u32,
    /// Its cells that are not empty: column counted from 0 and text, in order.
    pub cells: Vec<(u32, String)>,
}

impl Row {
    /// A row of texts, for programs that read other files.
    #[must_use]
    pub fn new<T: Into<String>>(number: u32, texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter().map(Into::into);
        let cells = (0..).zip(texts).filter(|cell: &(u32, String)| !cell.1.is_empty()).collect();
        Self { number, cells }
    }

    /// The text of a column counted from 0, without white space around it; empty where there is
    /// no cell.
    #[must_use]
    pub fn text(&self, column: u32) -> &str {
        match self.cells.binary_search_by_key(&column, |cell| cell.0) {
            Ok(at) => self.cells.get(at).map_or("", |cell| bare(&cell.1)),
            Err(_) => "",
        }
    }

    /// The texts that show something, in order.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (u32, &str)> {
        self.cells
            .iter()
            .map(|(column, text)| (*column, bare(text)))
            .filter(|(_, text)| !suyuan_core::text::is_blank(text))
    }
}

/// A text without white space around it, and without the `="0012"` that keeps a spreadsheet from
/// reading a code as a number.
fn bare(text: &str) -> &str {
    let shows_nothing = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let text = text.trim_matches(shows_nothing);
    let quoted = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or(text).trim_matches(shows_nothing)
}

impl Sheet {
    /// A sheet of rows, for programs that read other files.
    #[must_use]
    pub fn new(file: &str, name: &str, rows: Vec<Row>) -> Self {
        Self { file: file.to_owned(), name: name.to_owned(), form: String::new(), rows }
    }

    /// `FILE`, or `FILE [SHEET]`: the name that records of the sheet carry as their file.
    #[must_use]
    pub fn label(&self) -> String {
        if self.name.is_empty() {
            self.file.clone()
        } else {
            format!("{} [{}]", self.file, self.name)
        }
    }

    /// Reads a file: a workbook (`.xlsx`) gives its sheets, any other file is a text of one.
    ///
    /// # Errors
    /// [`Error::Read`], and as [`Sheet::read_bytes`].
    pub fn read(path: &Path) -> Result<Vec<Self>, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let bytes = std::fs::read(path).map_err(failed)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Self::read_bytes(&name, &bytes)
    }

    /// Reads a file from memory. What it is stands in its first bytes, not in its name. Takes
    /// time linear in the bytes.
    ///
    /// A text may be in UTF-8, UTF-16 or GB18030, separated by commas, semicolons, tabs or bars.
    ///
    /// # Errors
    /// [`Error::Quote`], [`Error::Workbook`] or [`Error::Kind`].
    pub fn read_bytes(file: &str, bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let kind = |kind, instead| Err(Error::Kind { file: file.to_owned(), kind, instead });
        if bytes.starts_with(b"PK\x03\x04") {
            return workbook(file, bytes);
        }
        if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return kind("the older .xls", ".xlsx or CSV");
        }
        if bytes.starts_with(b"%PDF") {
            return kind("PDF", ".xlsx or CSV");
        }
        let (text, encoding) = decode(bytes);
        let separator = separator(&text);
        let rows =
            split(&text, separator).map_err(|line| Error::Quote { file: file.to_owned(), line })?;
        let shown = if separator == '\t' { "tab".to_owned() } else { format!("{separator:?}") };
        let form = format!("{encoding}, separated by {shown}");
        Ok(vec![Self { file: file.to_owned(), name: String::new(), form, rows }])
    }
}

#[cfg(feature = "xlsx")]
fn workbook(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, Error> {
    let failed = |source| Error::Workbook { file: file.to_owned(), source };
    let book = suyuan_xlsx::read_bytes(bytes, &suyuan_xlsx::Limits::default()).map_err(failed)?;
    let row = |row: suyuan_xlsx::Row| Row { number: row.number, cells: row.cells };
    let sheet = |sheet: suyuan_xlsx::Sheet| {
        Sheet::new(file, &sheet.name, sheet.rows.into_iter().map(row).collect())
    };
    Ok(book.sheets.into_iter().map(sheet).collect())
}

#[cfg(not(feature = "xlsx"))]
fn workbook(file: &str, _: &[u8]) -> Result<Vec<Sheet>, Error> {
    Err(Error::Kind {
        file: file.to_owned(),
        kind: "a workbook, without the feature `xlsx`,",
        instead: "CSV",
    })
}

/// The letters of a column counted from 0: `A`, `B`, ... `Z`, `AA`.
pub(crate) fn letters(column: u32) -> String {
    let mut rest = u64::from(column) + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The column that letters name; `None` for anything else.
pub(crate) fn column_of(letters: &str) -> Option<u32> {
    if letters.is_empty() || letters.len() > 4 {
        return None;
    }
    let digit = |c: char| c.is_ascii_alphabetic().then(|| c.to_ascii_uppercase() as u32 - 64);
    let number = letters.chars().try_fold(0, |number, c| Some(number * 26 + digit(c)?))?;
    Some(number - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_name_columns_both_ways() {
        for (column, text) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!((letters(column).as_str(), column_of(text)), (text, Some(column)));
        }
        assert_eq!((column_of(""), column_of("A1"), column_of("列")), (None, None, None));
    }

    #[test]
    fn a_cell_is_read_without_what_only_a_spreadsheet_needs() {
        let row = Row::new(1, [" =\"0012\" ", "", "\u{feff}甲\u{3000}"]);
        assert_eq!([row.text(0), row.text(1), row.text(2), row.text(9)], ["0012", "", "甲", ""]);
        assert_eq!(row.cells.len(), 2);
    }

    #[test]
    fn other_kinds_of_files_are_refused_by_name() {
        for bytes in [&b"\xd0\xcf\x11\xe0\xa1"[..], b"%PDF-1.7"] {
            assert!(matches!(Sheet::read_bytes("x", bytes), Err(Error::Kind { .. })));
        }
    }
}
