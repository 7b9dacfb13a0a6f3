//! The records of a block of valid text, without copying: fields are slices of the block, but for
//! those that were written with quotes. The rules are those of the `csv` crate.

use memchr::{memchr, memchr3};

use crate::blocks::count_lines;
use crate::records::Spot;

/// Splits a block into records and fields.
pub(crate) struct Splitter<'b> {
    text: &'b str,
    at: usize,
    line: u32,
    separator: u8,
}

/// The fields of one record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Where each field lies, in the block or in `unquoted`.
    places: Vec<(u32, u32)>,
    /// The fields end to end of a record that has quotes.
    unquoted: String,
    quoted: bool,
}

impl Fields {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// A field of a record of `block`.
    #[inline]
    pub(crate) fn get<'a>(&'a self, block: &'a str, field: usize) -> Option<&'a str> {
        let (start, end) = *self.places.get(field)?;
        let text = if self.quoted { &self.unquoted } else { block };
        text.get(start as usize..end as usize)
    }
}

impl<'b> Splitter<'b> {
    /// The records of `text`, of less than 4 GiB, which begin at the start of a record at `at`, on
    /// physical line `line`.
    pub(crate) fn new(text: &'b str, at: usize, line: u32, separator: u8) -> Self {
        Self { text, at, line, separator }
    }

    /// Reads the next record; `None` at the end.
    pub(crate) fn next(&mut self, fields: &mut Fields) -> Option<Spot> {
        let bytes = self.text.as_bytes();
        let start = loop {
            match bytes.get(self.at)? {
                b'\n' => self.line = self.line.saturating_add(1),
                b'\r' if bytes.get(self.at + 1) != Some(&b'\n') => {
                    self.line = self.line.saturating_add(1);
                }
                b'\r' => {}
                _ => break self.at,
            }
            self.at += 1;
        };
        let line = self.line;
        fields.places.clear();
        let rest = bytes.get(start..).unwrap_or_default();
        let found = memchr3(b'\n', b'\r', b'"', rest).map_or(bytes.len(), |offset| start + offset);
        fields.quoted = bytes.get(found) == Some(&b'"');
        let end = if fields.quoted {
            let end = self.quoted(start, fields);
            self.line = self.line.saturating_add(count_lines(bytes, start, end));
            end
        } else {
            plain(bytes, start, found, self.separator, &mut fields.places);
            found
        };
        self.at = end;
        Some(Spot { line, start, end })
    }

    /// Reads a record that has quotes; returns where it ends.
    fn quoted(&self, start: usize, fields: &mut Fields) -> usize {
        let bytes = self.text.as_bytes();
        fields.unquoted.clear();
        let mut at = start;
        loop {
            let first = fields.unquoted.len() as u32;
            if bytes.get(at) == Some(&b'"') {
                at = self.inside(at + 1, &mut fields.unquoted);
            }
            // A quote that is not at the start of a field stands for itself.
            let rest = bytes.get(at..).unwrap_or_default();
            let ends = |byte: &u8| *byte == self.separator || matches!(byte, b'\n' | b'\r');
            let end = rest.iter().position(ends);
            let end = at + end.unwrap_or(rest.len());
            fields.unquoted.push_str(self.text.get(at..end).unwrap_or_default());
            fields.places.push((first, fields.unquoted.len() as u32));
            if bytes.get(end) != Some(&self.separator) {
                return end;
            }
            at = end + 1;
        }
    }

    /// Reads what stands within quotes from `at` on; returns where it goes on behind them.
    fn inside(&self, mut at: usize, unquoted: &mut String) -> usize {
        let bytes = self.text.as_bytes();
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(offset) = memchr(b'"', rest) else {
                unquoted.push_str(self.text.get(at..).unwrap_or_default());
                return bytes.len();
            };
            let quote = at + offset;
            unquoted.push_str(self.text.get(at..quote).unwrap_or_default());
            if bytes.get(quote + 1) != Some(&b'"') {
                return quote + 1;
            }
            unquoted.push('"');
            at = quote + 2;
        }
    }
}

/// The fields of a record without quotes.
fn plain(bytes: &[u8], start: usize, end: usize, separator: u8, places: &mut Vec<(u32, u32)>) {
    let record = bytes.get(start..end).unwrap_or_default();
    let mut first = start as u32;
    for offset in memchr::memchr_iter(separator, record) {
        let at = start as u32 + offset as u32;
        places.push((first, at));
        first = at + 1;
    }
    places.push((first, end as u32));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Blocks;
    use crate::options::Limits;
    use crate::records::Records;
    use csv::ByteRecord;
    use proptest::prelude::*;

    proptest! {
        /// Records, fields, lines and places are those of the `csv` crate.
        #[test]
        fn agrees_with_the_csv_crate(
            text in "[,;|\t\"\r\na龙 ]{0,60}",
            separator in prop::sample::select(crate::dialect::SEPARATORS.to_vec()),
        ) {
            // A block holds no quote that is never closed.
            let limits = Limits { block: 100, record: 100 };
            let mut blocks = Blocks::new(text.as_bytes(), "t.csv", separator, 1, limits);
            let last = std::iter::repeat_with(|| blocks.next()).find(|b| !matches!(b, Ok(Some(_))));
            prop_assume!(matches!(last, Some(Ok(None))));
            let mut records = Records::new(text.as_bytes(), 3, separator);
            let mut splitter = Splitter::new(&text, 0, 3, separator);
            let (mut record, mut fields) = (ByteRecord::new(), Fields::default());
            loop {
                let expected = records.next(&mut record).unwrap();
                let found = splitter.next(&mut fields);
                prop_assert_eq!(found, expected);
                if found.is_none() {
                    break;
                }
                let all: Vec<&str> =
                    (0..fields.len()).map(|at| fields.get(&text, at).unwrap()).collect();
                let expected: Vec<&str> =
                    record.iter().map(|field| str::from_utf8(field).unwrap()).collect();
                prop_assert_eq!(all, expected);
            }
        }
    }
}
