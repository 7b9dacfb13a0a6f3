//! Where the bytes of a table come from, decompressed and without a byte order mark.

use std::cell::Cell;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use crate::encoding::Encoding;
use crate::error::Error;

/// Bytes that can be read more than once.
#[derive(Clone, Debug)]
pub(crate) enum Origin<'a> {
    Path(PathBuf),
    Bytes(&'a [u8]),
}

/// The byte order mark a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Utf8,
    Gb18030,
}

impl Mark {
    /// The encoding it stands for.
    pub(crate) fn encoding(self) -> Option<Encoding> {
        match self {
            Self::None => None,
            Self::Utf8 => Some(Encoding::Utf8),
            Self::Gb18030 => Some(Encoding::Gb18030),
        }
    }
}

/// An opened table.
pub(crate) struct Stream<'a> {
    /// Its bytes after the byte order mark, decompressed.
    pub(crate) reader: Box<dyn Read + 'a>,
    pub(crate) mark: Mark,
    /// Bytes taken from the file so far.
    pub(crate) taken: Rc<Cell<u64>>,
    /// The file's size in bytes, when known.
    pub(crate) total: Option<u64>,
}

impl Stream<'_> {
    /// Passes over the first bytes.
    pub(crate) fn skip(&mut self, count: usize, name: &str) -> Result<(), Error> {
        let mut skipped = self.reader.by_ref().take(count as u64);
        std::io::copy(&mut skipped, &mut std::io::sink())
            .map(|_| ())
            .map_err(|error| Error::reading(name, is_gzip(name), error))
    }
}

impl<'a> Origin<'a> {
    pub(crate) fn open(&self, name: &str) -> Result<Stream<'a>, Error> {
        match self {
            Self::Path(path) => {
                let failed = |source| Error::Read { file: name.to_owned(), source };
                // Opening a pipe may wait for ever.
                if !path.metadata().map_err(failed)?.is_file() {
                    return Err(Error::NotAFile { file: name.to_owned() });
                }
                let file = File::open(path).map_err(failed)?;
                let total = file.metadata().map_err(failed)?.len();
                open(file, name, Some(total))
            }
            Self::Bytes(bytes) => open(*bytes, name, Some(bytes.len() as u64)),
        }
    }
}

/// Whether a table of this name is compressed.
pub(crate) fn is_gzip(name: &str) -> bool {
    name.ends_with(".gz")
}

/// Opens what a reader gives: decompresses it when the name says so and takes off a byte order
/// mark.
pub(crate) fn open<'a>(
    reader: impl Read + 'a,
    name: &str,
    total: Option<u64>,
) -> Result<Stream<'a>, Error> {
    let taken = Rc::new(Cell::new(0));
    let counted = Counted { reader, taken: Rc::clone(&taken) };
    let mut reader: Box<dyn Read + 'a> =
        if is_gzip(name) { Box::new(MultiGzDecoder::new(counted)) } else { Box::new(counted) };
    let mut head = Vec::with_capacity(4);
    reader
        .by_ref()
        .take(4)
        .read_to_end(&mut head)
        .map_err(|error| Error::reading(name, is_gzip(name), error))?;
    let (mark, length) = match head.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => (Mark::Utf8, 3),
        [0x84, 0x31, 0x95, 0x33] => (Mark::Gb18030, 4),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(Error::Utf16 { file: name.to_owned() });
        }
        _ => (Mark::None, 0),
    };
    head.drain(..length);
    Ok(Stream { reader: Box::new(Cursor::new(head).chain(reader)), mark, taken, total })
}

impl<'a> Stream<'a> {
    /// The first bytes, which stay to be read.
    pub(crate) fn peek(self, count: usize, name: &str) -> Result<(Vec<u8>, Self), Error> {
        let Self { mut reader, mark, taken, total } = self;
        let mut head = Vec::with_capacity(count);
        reader
            .by_ref()
            .take(count as u64)
            .read_to_end(&mut head)
            .map_err(|error| Error::reading(name, is_gzip(name), error))?;
        let reader = Box::new(Cursor::new(head.clone()).chain(reader));
        Ok((head, Self { reader, mark, taken, total }))
    }
}

struct Counted<R> {
    reader: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: &[u8], name: &str) -> Result<(Vec<u8>, Mark), Error> {
        let mut stream = Origin::Bytes(bytes).open(name)?;
        let mut all = Vec::new();
        let gzip = is_gzip(name);
        stream.reader.read_to_end(&mut all).map_err(|error| Error::reading(name, gzip, error))?;
        assert_eq!(stream.taken.get(), bytes.len() as u64);
        Ok((all, stream.mark))
    }

    #[test]
    fn takes_off_the_byte_order_mark() {
        assert_eq!(read(b"\xef\xbb\xbfa", "a.csv").unwrap(), (b"a".to_vec(), Mark::Utf8));
        assert_eq!(read(b"\x84\x31\x95\x33a", "a.csv").unwrap(), (b"a".to_vec(), Mark::Gb18030));
        assert_eq!(read(b"abcde", "a.csv").unwrap(), (b"abcde".to_vec(), Mark::None));
        assert_eq!(read(b"", "a.csv").unwrap(), (Vec::new(), Mark::None));
        assert!(matches!(read(b"\xff\xfea\0", "a.csv"), Err(Error::Utf16 { .. })));
    }

    #[test]
    fn damaged_gzip_is_told_apart() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&b"a,b\n".repeat(1000)).unwrap();
        let whole = encoder.finish().unwrap();
        assert_eq!(read(&whole, "a.csv.gz").unwrap().0.len(), 4000);
        let mut wrong = whole.clone();
        let place = wrong.len() - 6;
        wrong[place] ^= 1;
        for damaged in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], b"", b"a,b\n", &wrong]
        {
            assert!(matches!(read(damaged, "a.csv.gz"), Err(Error::Gzip { .. })));
        }
        assert!(matches!(
            Origin::Path("/nowhere/a.csv".into()).open("a.csv"),
            Err(Error::Read { .. })
        ));
    }
}
