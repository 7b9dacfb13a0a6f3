//! The records of a block, each with the physical line it starts on.

use std::io::{Chain, Read};

use csv::ByteRecord;

use crate::blocks::count_lines;

/// Reads the records of a block one by one, by the `csv` crate.
pub(crate) struct Records<'b> {
    reader: csv::Reader<Chain<&'static [u8], &'b [u8]>>,
    bytes: &'b [u8],
    at: usize,
    line: u32,
}

/// Where a record lies in its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The physical line the record starts on, counted from 1.
    pub(crate) line: u32,
    /// The first byte of the record in the block.
    pub(crate) start: usize,
    /// One past its last byte, its line end not counted.
    pub(crate) end: usize,
}

/// A line end before the block: blank lines are skipped, and after it the reader no longer takes a
/// U+FEFF at the start of a block for a byte order mark.
const GUARD: &[u8] = b"\n";

impl<'b> Records<'b> {
    /// The records of `bytes`, which begin at the start of a record on physical line `line`.
    pub(crate) fn new(bytes: &'b [u8], line: u32, separator: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .buffer_capacity(1 << 16)
            .from_reader(GUARD.chain(bytes));
        Self { reader, bytes, at: 0, line }
    }

    /// Reads the next record; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<Spot>, csv::Error> {
        if !self.reader.read_byte_record(record)? {
            return Ok(None);
        }
        let read = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let end = read.saturating_sub(GUARD.len()).min(self.bytes.len());
        let rest = self.bytes.get(self.at..end).unwrap_or_default();
        let is_line_end = |byte: &&u8| matches!(**byte, b'\n' | b'\r');
        let start = self.at + rest.iter().take_while(is_line_end).count();
        let trailing = rest.iter().rev().take_while(is_line_end).count();
        self.line = self.line.saturating_add(count_lines(self.bytes, self.at, start));
        let spot = Spot { line: self.line, start, end: end - trailing.min(end - start) };
        self.line = self.line.saturating_add(count_lines(self.bytes, start, end));
        self.at = end;
        Ok(Some(spot))
    }

    /// How many bytes of the block have been read, and the line reached.
    pub(crate) fn reached(&self) -> (usize, u32) {
        (self.at, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, String)> {
        let mut records = Records::new(text.as_bytes(), 1, b',');
        let mut record = ByteRecord::new();
        let mut found = Vec::new();
        while let Some(spot) = records.next(&mut record).unwrap() {
            found.push((spot.line, text[spot.start..spot.end].to_owned()));
        }
        found
    }

    #[test]
    fn lines_are_physical() {
        let text = "\n\r\na,b\r\n\r\n\"x\ny\r\nz\",1\rc\r\r\nd\n\n\n\"e\"";
        let expected = [(3, "a,b"), (5, "\"x\ny\r\nz\",1"), (8, "c"), (10, "d"), (13, "\"e\"")];
        assert_eq!(lines(text), expected.map(|(line, text)| (line, text.to_owned())));
        assert_eq!(lines(""), []);
        assert_eq!(lines("\n\n"), []);
    }

    #[test]
    fn a_record_may_begin_with_a_byte_order_mark() {
        let mut records = Records::new("\u{feff}a\n".as_bytes(), 7, b',');
        let mut record = ByteRecord::new();
        assert_eq!(records.next(&mut record).unwrap(), Some(Spot { line: 7, start: 0, end: 4 }));
        assert_eq!(record.get(0), Some("\u{feff}a".as_bytes()));
        assert_eq!(records.reached(), (5, 8));
    }
}
