//! A file as blocks of whole records, cut at line ends outside quotes.

use std::io::Read;
use std::mem;

use memchr::{memchr, memchr_iter, memrchr2};

use crate::error::Error;
use crate::options::Limits;
use crate::source::is_gzip;

/// Whole records of a file, and the physical line they start on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    pub(crate) line: u32,
}

/// Cuts what a reader gives into [`Block`]s of about the wanted size. Holds one block and the
/// beginning of the next; a record above the limit ends it, so memory stays bounded.
pub(crate) struct Blocks<'a, R> {
    reader: R,
    file: &'a str,
    separator: u8,
    limits: Limits,
    carry: Vec<u8>,
    line: u32,
    ended: bool,
}

impl<'a, R: Read> Blocks<'a, R> {
    /// The blocks of what is left to read of `file`, which begins on physical line `line`.
    pub(crate) fn new(reader: R, file: &'a str, separator: u8, line: u32, limits: Limits) -> Self {
        Self { reader, file, separator, limits, carry: Vec::new(), line, ended: false }
    }

    /// The next block; `None` at the end. Linear in its bytes.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, Error> {
        let mut bytes = mem::take(&mut self.carry);
        let mut scan = Scan { separator: self.separator, ..Scan::default() };
        loop {
            if !self.ended {
                let room = self.limits.block.saturating_sub(bytes.len()).max(self.limits.block / 2);
                self.fill(&mut bytes, room.max(1))?;
            }
            scan.advance(&bytes, self.ended);
            if self.ended && !scan.quoted {
                break;
            }
            if scan.boundary > 0 {
                self.carry = bytes.split_off(scan.boundary);
                break;
            }
            // Two bytes more than the limit: a line end may be among them.
            if bytes.len() > self.limits.record.saturating_add(2) {
                return Err(Error::RecordTooLong {
                    file: self.file.to_owned(),
                    line: self.line,
                    limit: self.limits.record,
                });
            }
            if self.ended {
                return Err(Error::UnclosedQuote { file: self.file.to_owned(), line: self.line });
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        self.line = line.saturating_add(count_lines(&bytes, 0, bytes.len()));
        Ok(Some(Block { bytes, line }))
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, room: usize) -> Result<(), Error> {
        let mut limited = self.reader.by_ref().take(room as u64);
        bytes.reserve(room);
        let read = limited
            .read_to_end(bytes)
            .map_err(|error| Error::reading(self.file, is_gzip(self.file), error))?;
        self.ended = read < room;
        Ok(())
    }
}

/// How far a block has been scanned, by the rules of the `csv` crate: a quote opens only at the
/// start of a field, and inside quotes two stand for one.
#[derive(Default)]
struct Scan {
    separator: u8,
    at: usize,
    /// The end of the last whole record; 0 when there is none.
    boundary: usize,
    quoted: bool,
}

impl Scan {
    /// Scans on to the end of `bytes`, which begin at the start of a record. A final quote or
    /// carriage return is judged with the byte after it, so it waits for that byte.
    fn advance(&mut self, bytes: &[u8], ended: bool) {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(offset) = memchr(b'"', rest) else {
                if self.quoted {
                    self.at = bytes.len();
                } else {
                    let waits = !ended && bytes.last() == Some(&b'\r');
                    self.line_ends(bytes, bytes.len() - usize::from(waits));
                }
                return;
            };
            let quote = self.at + offset;
            if self.quoted {
                match bytes.get(quote + 1) {
                    Some(b'"') => self.at = quote + 2,
                    None if !ended => {
                        self.at = quote;
                        return;
                    }
                    _ => {
                        self.quoted = false;
                        self.at = quote + 1;
                    }
                }
            } else {
                self.line_ends(bytes, quote);
                let before = quote.checked_sub(1).and_then(|place| bytes.get(place));
                self.quoted = before
                    .is_none_or(|byte| *byte == self.separator || matches!(byte, b'\n' | b'\r'));
                self.at = quote + 1;
            }
        }
    }

    /// Notes the last line end from where the scan is to `end`, all of it outside quotes.
    fn line_ends(&mut self, bytes: &[u8], end: usize) {
        if let Some(last) = bytes.get(self.at..end).and_then(|part| memrchr2(b'\n', b'\r', part)) {
            self.boundary = self.at + last + 1;
        }
        self.at = self.at.max(end);
    }
}

/// How many line ends (LF, CRLF or a lone CR) lie in `bytes[start..end]`; a CR there whose LF lies
/// beyond is not counted, its LF is.
pub(crate) fn count_lines(bytes: &[u8], start: usize, end: usize) -> u32 {
    let part = bytes.get(start..end).unwrap_or_default();
    let feeds = memchr_iter(b'\n', part).count();
    let lone = memchr_iter(b'\r', part)
        .filter(|place| bytes.get(start + place + 1) != Some(&b'\n'))
        .count();
    u32::try_from(feeds + lone).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(block: usize, record: usize) -> Limits {
        Limits { block, record }
    }

    fn all(bytes: &[u8], block: usize, record: usize) -> Result<Vec<Block>, Error> {
        let mut blocks = Blocks::new(bytes, "t.csv", b',', 1, limits(block, record));
        let mut found = Vec::new();
        while let Some(block) = blocks.next()? {
            found.push(block);
        }
        Ok(found)
    }

    #[test]
    fn cuts_at_line_ends_outside_quotes() {
        let text = b"a,b\r\n\"x\r\ny\"\"\n\",2\r3,4\n";
        let found = all(text, 4, 100).unwrap();
        let cut: Vec<_> = found.iter().map(|b| (b.bytes.as_slice(), b.line)).collect();
        let expected: [(&[u8], u32); 4] =
            [(b"a,b\r\n", 1), (b"\"x\r\ny\"\"\n\",2\r", 2), (b"3,4\n", 5), (b"", 0)];
        assert_eq!(cut, expected[..3]);
    }

    #[test]
    fn says_where_a_record_is_too_long_or_a_quote_stays_open() {
        let long = [b"a\n\nb\n".as_slice(), &[b'x'; 50]].concat();
        for block in [1, 7, 1000] {
            // At the end of the file a long record is the tokeniser's to refuse.
            let found = all(&long, block, 20);
            if block < 50 {
                assert!(matches!(found, Err(Error::RecordTooLong { line: 4, limit: 20, .. })));
            }
            let open = all(b"a\n\"b\nc,d\n", block, 20);
            assert!(matches!(open, Err(Error::UnclosedQuote { line: 2, .. })), "{block}");
        }
    }

    proptest! {
        /// The cuts are ends of records by the `csv` crate too, whatever the block size, and the
        /// blocks together are the file.
        #[test]
        fn agrees_with_the_csv_crate(
            text in "[,\"\r\na]{0,60}",
            block in 1_usize..40,
        ) {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let records: Vec<_> = reader.byte_records().map(Result::unwrap).collect();
            match all(text.as_bytes(), block, 1000) {
                Err(error) => {
                    let open = matches!(error, Error::UnclosedQuote { .. });
                    prop_assert!(open, "{}", error);
                }
                Ok(blocks) => {
                    let mut apart = Vec::new();
                    let mut joined = Vec::new();
                    let mut line = 1;
                    for block in &blocks {
                        prop_assert_eq!(block.line, line);
                        line += count_lines(&block.bytes, 0, block.bytes.len());
                        joined.extend_from_slice(&block.bytes);
                        let mut reader = csv::ReaderBuilder::new()
                            .has_headers(false)
                            .flexible(true)
                            .from_reader(block.bytes.as_slice());
                        apart.extend(reader.byte_records().map(Result::unwrap));
                    }
                    prop_assert_eq!(apart, records);
                    prop_assert_eq!(joined, text.as_bytes());
                }
            }
        }
    }
}
