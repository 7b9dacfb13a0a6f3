//! How a table is laid out: what separates its fields, and what stands before its header.

use std::borrow::Cow;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use suyuan_core::text::fold_name;

use crate::blocks::count_lines;
use crate::encoding::Encoding;
use crate::error::Error;
use crate::records::Records;

/// What may separate fields; where a header reads alike with several, the first counts.
pub(crate) const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What is taken for a separator by mistake, and told.
const OTHERS: [&str; 8] = ["，", "；", "、", "｜", "：", ":", "^", "\u{1f}"];

/// How many bytes of a table are looked at for its header.
pub(crate) const HEAD_BYTES: usize = 1 << 16;

/// How many records may stand before a header.
const TITLES: usize = 20;

/// How many characters of a line are shown.
const SHOWN: usize = 60;

/// How a table is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) separator: u8,
    /// Bytes before the header.
    pub(crate) skip: usize,
    /// The physical line the header starts on, or the first line where none is passed over.
    pub(crate) line: u32,
    /// What was passed over.
    pub(crate) notes: Vec<String>,
    /// How many columns of the header are known.
    pub(crate) known: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { separator: b',', skip: 0, line: 1, notes: Vec::new(), known: 0 }
    }
}

/// The name of a separator in messages.
pub(crate) fn separator_name(separator: u8) -> Cow<'static, str> {
    match separator {
        b'\t' => "a tab".into(),
        other => format!("{:?}", char::from(other)).into(),
    }
}

/// The text of the beginning of a table.
fn text(head: &[u8], encoding: Option<Encoding>) -> Cow<'_, str> {
    let gb18030 = || encoding_rs::GB18030.decode_without_bom_handling(head).0;
    match encoding {
        Some(Encoding::Gb18030) => gb18030(),
        Some(Encoding::Utf8) => String::from_utf8_lossy(head),
        // The last character may go on beyond.
        None => match std::str::from_utf8(head) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(head),
            Err(_) => gb18030(),
        },
    }
}

/// Finds the header in the beginning of a table: the record, and the separator, with which
/// `known` counts most columns of it; the first of equals. Without any, the first record is the
/// header, with commas.
///
/// # Errors
/// [`Error::Separator`] where a header reads as one only with a separator that is not supported,
/// and where the row after it is separated by something else.
pub(crate) fn detect(
    file: &str,
    head: &[u8],
    encoding: Option<Encoding>,
    known: impl Fn(&[Cow<'_, str>]) -> usize,
) -> Result<Dialect, Error> {
    let text = text(head, encoding);
    let mut best = Dialect::default();
    let mut after: Option<(u32, StringRecord)> = None;
    for separator in SEPARATORS {
        let mut records = Records::new(text.as_bytes(), 1, separator);
        let mut raw = ByteRecord::new();
        let mut titles = Vec::new();
        let mut follows = false;
        for _ in 0..=TITLES + 1 {
            let Ok(Some(spot)) = records.next(&mut raw) else {
                break;
            };
            let Ok(record) = StringRecord::from_byte_record(raw.clone()) else {
                break;
            };
            let names: Vec<Cow<'_, str>> = record.iter().map(fold_name).collect();
            let count = known(&names);
            if count > best.known {
                let line = if titles.is_empty() { 1 } else { spot.line };
                best = Dialect { separator, skip: 0, line, notes: titles.clone(), known: count };
                (follows, after) = (true, None);
                titles.push(title(spot.line, &record));
                continue;
            }
            titles.push(title(spot.line, &record));
            if std::mem::take(&mut follows) {
                after = Some((spot.line, record));
            }
        }
    }
    if let Some((line, found)) = unsupported(&text, best.known, &known) {
        return Err(separated(file, line, format!("{found:?}"), &SEPARATORS));
    }
    if let Some((line, row)) = after.filter(|(_, row)| row.len() == 1) {
        let field = row.get(0).unwrap_or_default();
        let found = other_separator(field, best.separator);
        // A remark may hold one by chance.
        let many =
            |found: &u8| field.bytes().filter(|byte| byte == found).count() * 2 >= best.known;
        if let Some(found) = found.filter(many) {
            let found = separator_name(found).into_owned();
            return Err(separated(file, line, found, &[best.separator]));
        }
    }
    best.skip = lines_end(head, best.line - 1);
    Ok(best)
}

/// A record that stands before the header, for a note.
fn title(line: u32, record: &StringRecord) -> String {
    let fields: Vec<&str> = record.iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    let all = fields.join(" ");
    let shown: String = all.chars().take(SHOWN).collect();
    let more = if shown.len() < all.len() { "..." } else { "" };
    format!("line {line} stands before the header and was left out: {:?}", shown + more)
}

fn separated(file: &str, line: u32, found: String, expected: &[u8]) -> Error {
    let names: Vec<_> = expected.iter().map(|byte| separator_name(*byte)).collect();
    Error::Separator { file: file.to_owned(), line, found, expected: names.join(", ") }
}

/// The line that is a header only with a separator that is not supported, and that separator.
fn unsupported(
    text: &str,
    best: usize,
    known: &impl Fn(&[Cow<'_, str>]) -> usize,
) -> Option<(u32, &'static str)> {
    for (line, written) in (1..).zip(text.lines()).take(TITLES + 1) {
        for other in OTHERS {
            let names: Vec<Cow<'_, str>> = written.split(other).map(fold_name).collect();
            if names.len() > 1 && known(&names) > best.max(1) {
                return Some((line, other));
            }
        }
    }
    None
}

/// What else separates the only field of a row.
pub(crate) fn other_separator(field: &str, separator: u8) -> Option<u8> {
    let count = |byte: u8| field.bytes().filter(|other| *other == byte).count();
    let others = SEPARATORS.into_iter().filter(|other| *other != separator);
    others.filter(|other| count(*other) > 0).max_by_key(|other| count(*other))
}

/// How many bytes the first lines take.
fn lines_end(head: &[u8], lines: u32) -> usize {
    let mut end = 0;
    for _ in 0..lines {
        let rest = head.get(end..).unwrap_or_default();
        let Some(offset) = memchr::memchr2(b'\n', b'\r', rest) else {
            return head.len();
        };
        end += offset + if rest.get(offset..offset + 2) == Some(b"\r\n") { 2 } else { 1 };
    }
    end
}

/// A table whose text is all there: how it is laid out, and its records with their lines, the
/// header first.
pub(crate) fn records(
    file: &str,
    text: &str,
    known: impl Fn(&[Cow<'_, str>]) -> usize,
) -> Result<Vec<(u32, StringRecord)>, Error> {
    let dialect = detect(file, text.as_bytes(), Some(Encoding::Utf8), known)?;
    let body = text.get(dialect.skip..).unwrap_or_default();
    let failed = |error: csv::Error| Error::reading(file, false, error.into());
    let mut reader = ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(dialect.separator);
    let mut reader = reader.from_reader(body.as_bytes());
    let mut rows = Vec::new();
    let (mut offset, mut line) = (0, dialect.line);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(failed)? {
        let start = record.position().map_or(0, |position| position.byte() as usize);
        // Empty lines before a record belong to its position, not to the record.
        let rest = body.as_bytes().get(start..).unwrap_or_default();
        let blank = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let start = start + rest.iter().take_while(blank).count();
        line += count_lines(body.as_bytes(), offset, start);
        offset = start;
        rows.push((line, record.clone()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[Cow<'_, str>]) -> usize {
        names.iter().filter(|name| ["code", "name", "批次号", "数量"].contains(&&***name)).count()
    }

    fn find(text: &str) -> Result<(u8, usize, u32, usize), String> {
        let found = detect("t.csv", text.as_bytes(), None, known);
        found
            .map(|it| (it.separator, it.skip, it.line, it.notes.len()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_header_is_the_record_with_most_known_columns() {
        assert_eq!(find("code,name\n1,2\n"), Ok((b',', 0, 1, 0)));
        assert_eq!(find("\n\ncode;name\n1;2\n"), Ok((b';', 0, 1, 0)));
        assert_eq!(find("code\tname\r\n1\t2\r\n"), Ok((b'\t', 0, 1, 0)));
        assert_eq!(find("sep=|\r\ncode|name\r\n1|2\r\n"), Ok((b'|', 7, 2, 1)));
        assert_eq!(find("台账,,\n\"填报\n单位\",,\n批次号,数量\n1,2\n"), Ok((b',', 27, 4, 2)));
        // A word of the title is a column too.
        assert_eq!(find("name,x\ncode,name\n1,2\n"), Ok((b',', 7, 2, 1)));
        assert_eq!(find("a,b\n"), Ok((b',', 0, 1, 0)));
        assert_eq!(find(""), Ok((b',', 0, 1, 0)));
        let gb18030 = encoding_rs::GB18030.encode("台账|\n批次号|数量\n").0;
        let found = detect("t.csv", &gb18030, None, known).unwrap();
        assert_eq!((found.separator, found.skip, found.line), (b'|', 6, 2));
        assert_eq!(found.notes, ["line 1 stands before the header and was left out: \"台账\""]);
    }

    #[test]
    fn what_separates_otherwise_is_named_with_its_line() {
        assert_eq!(
            find("title\n批次号，数量\n1，2\n").unwrap_err(),
            "failed to read t.csv: line 2 is separated by \"，\", expected ',', ';', a tab, '|'"
        );
        assert_eq!(
            find("code,name\n1;2\n").unwrap_err(),
            "failed to read t.csv: line 2 is separated by ';', expected ','"
        );
        assert!(find("code,name\n1;2,3\n").is_ok());
    }
}
