//! The blocks of a file as jobs.

use std::io::Read;

use csv::ByteRecord;
use suyuan_core::chain::Table;

use crate::blocks::{Block, Blocks};
use crate::encoding::{Encoding, Line, guess};
use crate::error::Error;
use crate::header::Layout;
use crate::parse::Job;
use crate::records::Records;

/// The blocks of a file as jobs, the header taken off.
pub(crate) struct Feed<'a, R> {
    blocks: Blocks<'a, R>,
    /// `None` until a block of a reader is not ASCII.
    pub(crate) encoding: Option<Encoding>,
    first: Option<Job>,
}

impl<'a, R: Read> Feed<'a, R> {
    pub(crate) fn new(blocks: Blocks<'a, R>, encoding: Option<Encoding>) -> Self {
        Self { blocks, encoding, first: None }
    }

    fn encoding(&mut self, block: &Block) -> Encoding {
        if self.encoding.is_none() && !block.bytes.is_ascii() {
            self.encoding = Some(guess(block));
        }
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Reads the header, the first record of the file.
    pub(crate) fn header(
        &mut self,
        name: &str,
        table: Table,
        limit: usize,
    ) -> Result<Layout, Error> {
        while let Some(block) = self.blocks.next()? {
            let encoding = self.encoding(&block);
            let mut records = Records::new(&block.bytes, block.line);
            let mut raw = ByteRecord::new();
            let found = records
                .next(&mut raw)
                .map_err(|error| Error::reading(name, false, error.into()))?;
            if let Some(spot) = found {
                if spot.end - spot.start > limit {
                    let file = name.to_owned();
                    return Err(Error::RecordTooLong { file, line: spot.line, limit });
                }
                let layout = Layout::read(name, table, &Line::decode(encoding, raw).text)?;
                let (start, line) = records.reached();
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
        let Some(block) = self.blocks.next()? else {
            return Ok(None);
        };
        let encoding = self.encoding(&block);
        Ok(Some(Job { bytes: block.bytes, start: 0, line: block.line, encoding }))
    }
}
