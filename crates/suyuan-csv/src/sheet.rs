//! Small tables read whole: the frames, people and laboratories of a draw. Every value error names
//! file, physical line and column, and nothing is repaired: a draw from half a table is none.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use csv::StringRecord;
use suyuan_core::text::fold_name;

use crate::dialect;
use crate::encoding::{Encoding, is_gb18030};
use crate::error::Error;

/// A column by its English name and its Chinese one.
pub(crate) type Column = (&'static str, &'static str);

/// A table with the places of its columns.
pub(crate) struct Sheet {
    file: String,
    places: Vec<Option<usize>>,
    columns: Vec<Column>,
    rows: Vec<(u32, StringRecord)>,
}

/// One row of a sheet.
pub(crate) struct Row<'a> {
    sheet: &'a Sheet,
    line: u32,
    record: &'a StringRecord,
}

impl Sheet {
    /// Reads a file in UTF-8 or GB18030 whose header has the required columns, and may have the
    /// optional ones; others are ignored.
    pub(crate) fn read(
        path: &Path,
        required: &[Column],
        optional: &[Column],
    ) -> Result<Self, Error> {
        Self::read_as(path, None, required, optional)
    }

    /// As [`Self::read`]; a file that can be read in both encodings is in the one given.
    pub(crate) fn read_as(
        path: &Path,
        encoding: Option<Encoding>,
        required: &[Column],
        optional: &[Column],
    ) -> Result<Self, Error> {
        let file = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| Error::Read { file: file.clone(), source })?;
        Self::parse(file, &bytes, encoding, required, optional)
    }

    fn parse(
        file: String,
        bytes: &[u8],
        encoding: Option<Encoding>,
        required: &[Column],
        optional: &[Column],
    ) -> Result<Self, Error> {
        let text = decode_as(bytes, encoding);
        let columns: Vec<Column> = required.iter().chain(optional).copied().collect();
        let known = |titles: &[Cow<'_, str>]| {
            let named = |(english, chinese): &&Column| {
                titles.iter().any(|title| title == english || title == chinese)
            };
            columns.iter().filter(named).count()
        };
        let mut rows = dialect::records(&file, &text, known)?;
        let empty = |header: &StringRecord| header.iter().all(|title| title.trim().is_empty());
        let Some(header) = rows.first().map(|(_, row)| row).filter(|header| !empty(header)) else {
            return Err(Error::Empty { file });
        };
        let titles: Vec<String> =
            header.iter().map(|title| fold_name(title).into_owned()).collect();
        let mut places = Vec::with_capacity(columns.len());
        let mut missing = Vec::new();
        for (at, (english, chinese)) in columns.iter().enumerate() {
            let mut named = (0..titles.len())
                .filter(|place| titles[*place] == *english || titles[*place] == *chinese);
            let first = named.next();
            if let (Some(first), Some(second)) = (first, named.next()) {
                let (first, second) = (first + 1, second + 1);
                return Err(Error::DuplicateColumn { file, column: english, first, second });
            }
            if first.is_none() && at < required.len() {
                missing.push(format!("{english} {chinese}"));
            }
            places.push(first);
        }
        if !missing.is_empty() {
            return Err(Error::MissingColumns { file, columns: missing });
        }
        rows.remove(0);
        Ok(Self { file, places, columns, rows })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { sheet: self, line: *line, record })
    }
}

/// The text of a small file, in UTF-8 with or without a mark, else in GB18030; what is neither is
/// U+FFFD. Linear.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    decode_as(bytes, None)
}

/// As [`decode`]; a file that can be read in both encodings is in the one given.
fn decode_as(bytes: &[u8], encoding: Option<Encoding>) -> Cow<'_, str> {
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf");
    let gb18030 = || encoding_rs::GB18030.decode(bytes).0;
    let marked = plain.is_some();
    match std::str::from_utf8(plain.unwrap_or(bytes)) {
        Ok(_) if encoding == Some(Encoding::Gb18030) && !marked && is_gb18030(bytes) => gb18030(),
        Ok(text) => Cow::Borrowed(text),
        Err(_) => gb18030(),
    }
}

impl Row<'_> {
    /// The trimmed text of a column; empty where it is not there.
    pub(crate) fn text(&self, column: usize) -> &str {
        let place = self.sheet.places.get(column).copied().flatten();
        place.and_then(|place| self.record.get(place)).unwrap_or_default().trim()
    }

    /// A text that must not be empty.
    pub(crate) fn code(&self, column: usize) -> Result<String, Error> {
        match self.text(column) {
            "" => Err(self.bad(column, "a code")),
            text => Ok(text.to_owned()),
        }
    }

    /// A value that `read` understands.
    pub(crate) fn value<T>(
        &self,
        column: usize,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        read(self.text(column)).ok_or_else(|| self.bad(column, expected))
    }

    /// A value that may be empty.
    pub(crate) fn option<T>(
        &self,
        column: usize,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        self.value(column, expected, read).map(Some)
    }

    fn bad(&self, column: usize, expected: &'static str) -> Error {
        Error::Value {
            file: self.sheet.file.clone(),
            line: self.line,
            column: self.sheet.columns.get(column).map_or("", |column| column.0),
            value: self.text(column).to_owned(),
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Column = ("code", "编码");
    const SIZE: Column = ("size", "规模");

    fn parse(text: &[u8]) -> Result<Sheet, Error> {
        Sheet::parse("x.csv".to_owned(), text, None, &[CODE], &[SIZE])
    }

    #[test]
    fn lines_are_physical_ones() {
        let sheet = parse(b"code,size\n\nA,1\r\n\"B\n\",2\n\n\nC,x\n").unwrap();
        let lines: Vec<u32> = sheet.rows().map(|row| row.line).collect();
        assert_eq!(lines, [3, 4, 8]);
        let row = sheet.rows().last().unwrap();
        let error = row.value(1, "a whole number", |text| text.parse::<u64>().ok()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to read x.csv:8, size: found \"x\", expected a whole number"
        );
    }

    #[test]
    fn headers_are_chinese_or_english_in_either_encoding() {
        let (bytes, ..) = encoding_rs::GB18030.encode("规模,编码\n3,店一\n");
        let sheet = parse(&bytes).unwrap();
        let row = sheet.rows().next().unwrap();
        assert_eq!((row.text(0), row.text(1)), ("店一", "3"));
        let sheet = parse("\u{feff}CODE\nA\n".as_bytes()).unwrap();
        assert_eq!(sheet.rows().next().unwrap().text(1), "");
    }

    #[test]
    fn headers_that_do_not_fit_are_refused() {
        assert!(matches!(parse(b""), Err(Error::Empty { .. })));
        assert!(matches!(parse(b"size\n1\n"), Err(Error::MissingColumns { .. })));
        let twice = parse("code,编码\nA,B\n".as_bytes());
        assert!(matches!(twice, Err(Error::DuplicateColumn { first: 1, second: 2, .. })));
        let sheet = parse(b"code\n\"\"\n").unwrap();
        assert!(sheet.rows().next().unwrap().code(0).is_err());
    }
}
