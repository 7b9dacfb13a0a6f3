//! Which encoding a file is in, and its records as text.

use std::sync::atomic::{AtomicBool, Ordering};

use csv::{ByteRecord, StringRecord};
use encoding_rs::GB18030;
use serde::Serialize;

use crate::blocks::{Block, Blocks, count_lines};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::options::Limits;
use crate::pipeline::ordered;
use crate::records::Records;
use crate::source::{Mark, Origin};

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// GB18030, and with it GBK and GB2312.
    #[serde(rename = "GB18030")]
    Gb18030,
}

impl Encoding {
    /// The name used in reports.
    ///
    /// ```
    /// assert_eq!(suyuan_csv::Encoding::Gb18030.as_str(), "GB18030");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// The text of a field, and whether all of it is valid.
    fn text(self, bytes: &[u8]) -> (std::borrow::Cow<'_, str>, bool) {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (text.into(), true),
                Err(_) => (String::from_utf8_lossy(bytes), false),
            },
            Self::Gb18030 => {
                let (text, failed) = GB18030.decode_without_bom_handling(bytes);
                (text, !failed)
            }
        }
    }
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A record as text.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its fields; invalid bytes stand as U+FFFD.
    pub(crate) text: StringRecord,
    /// Its fields as they were read, when a byte of them is invalid.
    pub(crate) raw: Option<ByteRecord>,
    /// The fields that hold invalid bytes, in order.
    pub(crate) broken: Vec<usize>,
}

impl Line {
    /// The text of a record. Allocates nothing for sound UTF-8 and for ASCII.
    pub(crate) fn decode(encoding: Encoding, raw: ByteRecord) -> Self {
        let raw = if encoding == Encoding::Utf8 || raw.as_slice().is_ascii() {
            match StringRecord::from_byte_record(raw) {
                Ok(text) => {
                    return Self { text, raw: None, broken: Vec::new() };
                }
                Err(error) => error.into_byte_record(),
            }
        } else {
            raw
        };
        let mut text = StringRecord::with_capacity(raw.as_slice().len() * 2, raw.len());
        let mut broken = Vec::new();
        for (place, field) in raw.iter().enumerate() {
            let (field, valid) = encoding.text(field);
            text.push_field(&field);
            if !valid {
                broken.push(place);
            }
        }
        Self { text, raw: (!broken.is_empty()).then_some(raw), broken }
    }

    /// Gives the record's storage back for the next one.
    pub(crate) fn recycle(self) -> ByteRecord {
        self.text.into_byte_record()
    }
}

/// Whether all of it is valid GB18030.
pub(crate) fn is_gb18030(bytes: &[u8]) -> bool {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some()
}

/// The text of a valid block whose characters may hold the byte that separates fields.
pub(crate) fn unbroken(bytes: &[u8], encoding: Encoding, separator: u8) -> Option<String> {
    if encoding != Encoding::Gb18030 || separator != b'|' || bytes.is_ascii() {
        return None;
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

/// In which encodings a file can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Survey {
    /// All of it is ASCII.
    Ascii,
    /// In one.
    One(Encoding),
    /// All of it is valid in both: the first field that tells them apart, and its line.
    Both { line: u32, field: Vec<u8> },
}

impl Survey {
    /// What each encoding makes of the field that tells them apart.
    pub(crate) fn readings(&self) -> Option<(u32, [String; 2])> {
        const SHOWN: usize = 24;
        let Self::Both { line, field } = self else {
            return None;
        };
        let read = |encoding: Encoding| encoding.text(field).0.chars().take(SHOWN).collect();
        Some((*line, [Encoding::Utf8, Encoding::Gb18030].map(read)))
    }
}

/// Finds the encodings of a file by reading all of it: the one of its byte order mark, else UTF-8
/// or GB18030 when it is valid in one throughout, else the one under which fewer records hold
/// invalid bytes (UTF-8 when equally many do). Keeps to the limits of reading.
pub(crate) fn survey(
    origin: &Origin<'_>,
    name: &str,
    dialect: &Dialect,
    limits: Limits,
    threads: usize,
) -> Result<Survey, Error> {
    let mut stream = origin.open(name)?;
    match stream.mark {
        Mark::Utf8 => return Ok(Survey::One(Encoding::Utf8)),
        Mark::Gb18030 => return Ok(Survey::One(Encoding::Gb18030)),
        Mark::None => {}
    }
    stream.skip(dialect.skip, name)?;
    let (separator, line) = (dialect.separator, dialect.line);
    let mut blocks = Blocks::new(stream.reader, name, separator, line, limits);
    let (utf8, gb18030) = (AtomicBool::new(true), AtomicBool::new(true));
    let valid = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
    let mut first = None;
    ordered(
        threads,
        || if valid(&utf8) || valid(&gb18030) { blocks.next() } else { Ok(None) },
        |block| {
            if block.bytes.is_ascii() {
                return None;
            }
            let place = block.bytes.iter().position(|byte| !byte.is_ascii())?;
            if valid(&utf8) && std::str::from_utf8(&block.bytes).is_err() {
                utf8.store(false, Ordering::Relaxed);
            }
            if valid(&gb18030) && !is_gb18030(&block.bytes) {
                gb18030.store(false, Ordering::Relaxed);
            }
            Some(field_at(&block, place))
        },
        |found| {
            first = first.take().or(found);
            Ok(())
        },
    )?;
    let Some((line, field)) = first else {
        return Ok(Survey::Ascii);
    };
    match (valid(&utf8), valid(&gb18030)) {
        (true, true) => Ok(Survey::Both { line, field }),
        (true, false) => Ok(Survey::One(Encoding::Utf8)),
        (false, true) => Ok(Survey::One(Encoding::Gb18030)),
        (false, false) => fewer_invalid(origin, name, dialect, limits, threads).map(Survey::One),
    }
}

/// The field around a byte of a block, and its line.
fn field_at(block: &Block, place: usize) -> (u32, Vec<u8>) {
    const MOST: usize = 256;
    let ends = |byte: &u8| matches!(byte, b',' | b';' | b'\t' | b'"' | b'\n' | b'\r');
    let before = block.bytes.get(..place).unwrap_or_default();
    let start = before.iter().rposition(ends).map_or(0, |at| at + 1);
    let field = block.bytes.get(start..).unwrap_or_default().iter().take_while(|byte| !ends(byte));
    let line = block.line.saturating_add(count_lines(&block.bytes, 0, start));
    (line, field.take(MOST).copied().collect())
}

/// The encoding under which fewer records of a file hold invalid bytes.
fn fewer_invalid(
    origin: &Origin<'_>,
    name: &str,
    dialect: &Dialect,
    limits: Limits,
    threads: usize,
) -> Result<Encoding, Error> {
    let mut stream = origin.open(name)?;
    stream.skip(dialect.skip, name)?;
    let (separator, line) = (dialect.separator, dialect.line);
    let mut blocks = Blocks::new(stream.reader, name, separator, line, limits);
    let (mut utf8, mut gb18030) = (0, 0);
    ordered(
        threads,
        || blocks.next(),
        |block| invalid_records(&block, separator),
        |counts| {
            let (in_utf8, in_gb18030) =
                counts.map_err(|error| Error::reading(name, false, error.into()))?;
            utf8 += in_utf8;
            gb18030 += in_gb18030;
            Ok(())
        },
    )?;
    Ok(fewer(utf8, gb18030))
}

/// The encoding of a block of a file that is read only once.
pub(crate) fn guess(block: &Block, separator: u8) -> Encoding {
    if std::str::from_utf8(&block.bytes).is_ok() {
        return Encoding::Utf8;
    }
    invalid_records(block, separator).map_or(Encoding::Utf8, |(utf8, gb18030)| fewer(utf8, gb18030))
}

fn fewer(utf8: u64, gb18030: u64) -> Encoding {
    if gb18030 < utf8 { Encoding::Gb18030 } else { Encoding::Utf8 }
}

/// How many records of a block are not valid UTF-8, and not valid GB18030.
fn invalid_records(block: &Block, separator: u8) -> Result<(u64, u64), csv::Error> {
    let mut records = Records::new(&block.bytes, block.line, separator);
    let mut record = ByteRecord::new();
    let (mut utf8, mut gb18030) = (0, 0);
    while let Some(spot) = records.next(&mut record)? {
        let bytes = block.bytes.get(spot.start..spot.end).unwrap_or_default();
        if !bytes.is_ascii() {
            utf8 += u64::from(std::str::from_utf8(bytes).is_err());
            let decoded = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
            gb18030 += u64::from(decoded.is_none());
        }
    }
    Ok((utf8, gb18030))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(bytes: &[u8]) -> Survey {
        let limits = Limits { block: 16, record: 1000 };
        survey(&Origin::Bytes(bytes), "t.csv", &Dialect::default(), limits, 1).unwrap()
    }

    #[test]
    fn strict_utf8_and_gb18030_and_then_the_fewer_bad_records() {
        let (gb, _, _) = GB18030.encode("编码,名称\n一,青岛\n二,㐀𠀀\n");
        let (utf8, gb18030) = (Survey::One(Encoding::Utf8), Survey::One(Encoding::Gb18030));
        assert_eq!(find("编码,名称三\n".as_bytes()), utf8);
        assert_eq!(find(b"a,b\n1,2\n"), Survey::Ascii);
        assert_eq!(find(&gb), gb18030);
        assert_eq!(find(&[b"\xef\xbb\xbf", &*gb].concat()), utf8);
        // One bad record under GB18030, three under UTF-8.
        assert_eq!(find(&[&*gb, b"\xff\n"].concat()), gb18030);
        // One under UTF-8; under GB18030 the odd number of bytes breaks the others too.
        let mixed = ["龙,\n虎,\n".as_bytes(), b"\xff\n"].concat();
        assert_eq!(find(&mixed), utf8);
        assert_eq!(find(b"a\n\xff\n"), utf8);
    }

    #[test]
    fn of_a_file_that_is_valid_in_both_the_readings_are_told() {
        let both = find("a,b\n1,\"x龙井\"\n".as_bytes());
        let readings = ["x龙井".to_owned(), "x榫欎簳".to_owned()];
        assert_eq!(both.readings(), Some((2, readings)));
        assert_eq!(find(b"a").readings(), None);
    }

    #[test]
    fn invalid_fields_are_marked_and_the_others_read() {
        let raw = ByteRecord::from(vec![b"a".as_slice(), b"\xff\xff", "龙".as_bytes()]);
        let line = Line::decode(Encoding::Utf8, raw.clone());
        assert_eq!(line.text, vec!["a", "\u{fffd}\u{fffd}", "龙"]);
        assert_eq!((line.broken, line.raw), (vec![1], Some(raw)));
        let (dragon, _, _) = GB18030.encode("龙");
        let line = Line::decode(Encoding::Gb18030, ByteRecord::from(vec![&*dragon, b"x"]));
        assert_eq!(line.text, vec!["龙", "x"]);
        assert!(line.broken.is_empty() && line.raw.is_none());
    }
}
