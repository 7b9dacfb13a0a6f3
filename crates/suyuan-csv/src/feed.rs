//! The blocks of a file as jobs.

use std::io::Read;

use csv::ByteRecord;
use suyuan_core::chain::Table;

use crate::blocks::{Block, Blocks};
use crate::encoding::{Encoding, Line, guess, unbroken};
use crate::error::Error;
use crate::header::Layout;
use crate::parse::Job;
use crate::records::Records;

/// The blocks of a file as jobs, the header taken off.
pub(crate) struct Feed<'a, R> {
    blocks: Blocks<'a, R>,
    separator: u8,
    /// `None` until a block of a reader is not ASCII.
    pub(crate) encoding: Option<Encoding>,
    first: Option<Job>,
}

impl<'a, R: Read> Feed<'a, R> {
    pub(crate) fn new(blocks: Blocks<'a, R>, separator: u8, encoding: Option<Encoding>) -> Self {
        Self { blocks, separator, encoding, first: None }
    }

    /// The next block and its encoding.
    fn block(&mut self) -> Result<Option<(Block, Encoding)>, Error> {
        let Some(mut block) = self.blocks.next()? else {
            return Ok(None);
        };
        if self.encoding.is_none() && !block.bytes.is_ascii() {
            self.encoding = Some(guess(&block, self.separator));
        }
        let encoding = self.encoding.unwrap_or(Encoding::Utf8);
        Ok(Some(match unbroken(&block.bytes, encoding, self.separator) {
            Some(text) => {
                block.bytes = text.into_bytes();
                (block, Encoding::Utf8)
            }
            None => (block, encoding),
        }))
    }

    /// Reads the header, the first record of the file.
    pub(crate) fn header(
        &mut self,
        name: &str,
        table: Table,
        limit: usize,
    ) -> Result<Layout, Error> {
        while let Some((block, encoding)) = self.block()? {
            let mut records = Records::new(&block.bytes, block.line, self.separator);
            let mut raw = ByteRecord::new();
            let found = records
                .next(&mut raw)
                .map_err(|error| Error::reading(name, false, error.into()))?;
            if let Some(spot) = found {
                if spot.end - spot.start > limit {
                    let file = name.to_owned();
                    return Err(Error::RecordTooLong { file, line: spot.line, limit });
                }
                let (start, line) = records.reached();
                let header = Line::decode(encoding, raw).text;
                let mut raw = ByteRecord::new();
                let first = records.next(&mut raw).ok().flatten();
                let first = first.map(|_| Line::decode(encoding, raw).text);
                let layout = Layout::read(name, table, &header, first.as_ref())?;
                self.first = Some(Job { bytes: block.bytes, start, line, encoding });
                return Ok(layout);
            }
        }
        Err(Error::Empty { file: name.to_owned() })
    }

    /// The next block of data rows; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Job>, Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let job = |(block, encoding): (Block, Encoding)| Job {
            bytes: block.bytes,
            start: 0,
            line: block.line,
            encoding,
        };
        Ok(self.block()?.map(job))
    }
}
