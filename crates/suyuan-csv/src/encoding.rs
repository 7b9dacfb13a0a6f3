//! Which encoding a file is in, and its records as text.

use std::io::{self, Read};

use csv::{ByteRecord, StringRecord};
use encoding_rs::GB18030;
use serde::Serialize;

use crate::blocks::{Block, Blocks};
use crate::error::Error;
use crate::options::Limits;
use crate::pipeline::ordered;
use crate::records::Records;
use crate::source::{Mark, Origin, is_gzip};

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

/// Finds the encoding of a file by reading all of it: UTF-8 when it has that byte order mark or is
/// valid UTF-8 throughout, GB18030 when it is valid GB18030 throughout, else the one under which
/// fewer records hold invalid bytes (UTF-8 when equally many do).
pub(crate) fn survey(
    origin: &Origin<'_>,
    name: &str,
    limits: Limits,
    threads: usize,
) -> Result<Encoding, Error> {
    let mut stream = origin.open(name)?;
    match stream.mark {
        Mark::Utf8 => return Ok(Encoding::Utf8),
        Mark::Gb18030 => return Ok(Encoding::Gb18030),
        Mark::None => {}
    }
    let valid =
        is_utf8(&mut stream.reader).map_err(|error| Error::reading(name, is_gzip(name), error))?;
    if valid {
        return Ok(Encoding::Utf8);
    }
    let stream = origin.open(name)?;
    let mut blocks = Blocks::new(stream.reader, name, is_gzip(name), limits);
    let (mut utf8, mut gb18030) = (0, 0);
    ordered(
        threads,
        || blocks.next(),
        |block| invalid_records(&block),
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
pub(crate) fn guess(block: &Block) -> Encoding {
    if std::str::from_utf8(&block.bytes).is_ok() {
        return Encoding::Utf8;
    }
    invalid_records(block).map_or(Encoding::Utf8, |(utf8, gb18030)| fewer(utf8, gb18030))
}

fn fewer(utf8: u64, gb18030: u64) -> Encoding {
    if gb18030 < utf8 { Encoding::Gb18030 } else { Encoding::Utf8 }
}

/// How many records of a block are not valid UTF-8, and not valid GB18030.
fn invalid_records(block: &Block) -> Result<(u64, u64), csv::Error> {
    let mut records = Records::new(&block.bytes, block.line);
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

/// Whether all that a reader gives is UTF-8. Stops at the first byte that is not.
fn is_utf8(reader: &mut impl Read) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 17];
    let mut kept = 0;
    loop {
        let read = match reader.read(buffer.get_mut(kept..).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if read == 0 {
            return Ok(kept == 0);
        }
        let filled = kept + read;
        match std::str::from_utf8(buffer.get(..filled).unwrap_or_default()) {
            Ok(_) => kept = 0,
            // A character goes on beyond the buffer.
            Err(error) if error.error_len().is_none() => {
                buffer.copy_within(error.valid_up_to()..filled, 0);
                kept = filled - error.valid_up_to();
            }
            Err(_) => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(bytes: &[u8]) -> Encoding {
        let limits = Limits { block: 16, record: 1000 };
        survey(&Origin::Bytes(bytes), "t.csv", limits, 1).unwrap()
    }

    #[test]
    fn strict_utf8_first_then_gb18030_then_the_fewer_bad_records() {
        let (gb, _, _) = GB18030.encode("编码,名称\n一,青岛\n二,㐀𠀀\n");
        assert_eq!(find("编码,名称\n".as_bytes()), Encoding::Utf8);
        assert_eq!(find(b"a,b\n1,2\n"), Encoding::Utf8);
        assert_eq!(find(&gb), Encoding::Gb18030);
        assert_eq!(find(&[b"\xef\xbb\xbf", &*gb].concat()), Encoding::Utf8);
        // One bad record under GB18030, three under UTF-8.
        assert_eq!(find(&[&*gb, b"\xff\n"].concat()), Encoding::Gb18030);
        // One under UTF-8; under GB18030 the odd number of bytes breaks the others too.
        let mixed = ["龙,\n虎,\n".as_bytes(), b"\xff\n"].concat();
        assert_eq!(find(&mixed), Encoding::Utf8);
        assert_eq!(find(b"a\n\xff\n"), Encoding::Utf8);
    }

    #[test]
    fn utf8_is_checked_across_reads() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = buffer.len().min(2);
                self.0.read(&mut buffer[..count])
            }
        }
        assert!(is_utf8(&mut Slow("龙a𠀀é".as_bytes())).unwrap());
        assert!(!is_utf8(&mut Slow(&"龙a𠀀".as_bytes()[..7])).unwrap());
        assert!(!is_utf8(&mut Slow(b"a\xff")).unwrap());
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
