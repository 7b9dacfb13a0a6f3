//! How a data set is read.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use suyuan_core::chain::BuildOptions;
use suyuan_core::time::{Minute, UtcOffset};

use crate::encoding::Encoding;

/// How a data set is read. Made with [`ReadOptions::default`] and then changed field by field.
///
/// ```
/// use suyuan_csv::ReadOptions;
/// let mut options = ReadOptions::default();
/// options.strict = true;
/// assert_eq!(options.max_record_bytes, 1 << 20);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ReadOptions<'a> {
    /// Whether any rejected or repaired row makes the import fail; off by default.
    pub strict: bool,
    /// The civil clock that times with an offset are converted to; +08:00 by default.
    pub clock: UtcOffset,
    /// How many threads read rows: 0, the default, for as many as the machine has cores, 1 for
    /// the calling thread alone. The result is the same whatever the number.
    pub threads: usize,
    /// Reads what was known at this minute: rows by their `known_at` and `withdrawn_at`.
    /// [`Minute::UNBOUNDED_FUTURE`], the default, for what is known now.
    pub known_at: Minute,
    /// How the chain is built.
    pub build: BuildOptions,
    /// Called on the calling thread after each block of a file.
    pub progress: Option<&'a (dyn Fn(Progress<'_>) + Sync)>,
    /// The longest record in bytes, 1 MiB by default and at most 1 GiB; a longer one is an error.
    pub max_record_bytes: usize,
    /// The folder that rejected rows are written out to as they are read: each file's to one of
    /// its name. `None`, the default, for nowhere.
    ///
    /// Such a file is CSV in UTF-8 (compressed when its name ends in `.gz`): the header as it was
    /// written, the rows as they were written, invalid bytes as U+FFFD, and the reason in the last
    /// column, [`REASON_COLUMN`](crate::REASON_COLUMN). Once corrected it can be imported as it is.
    pub rejects: Option<PathBuf>,
    /// How many values that cannot be read a report lists of each file, of rejected and of repaired
    /// rows each; 10,000 by default. All are counted, and all rejected rows go to
    /// [`rejects`](Self::rejects).
    pub max_details: usize,
    /// The encoding of every file; `None`, the default, to find out file by file.
    pub encoding: Option<Encoding>,
    /// How many bytes are read and handed to a thread at a time, 1 MiB by default. The result is
    /// the same whatever the number; memory is about this times four a thread.
    pub block_bytes: usize,
}

impl Default for ReadOptions<'_> {
    fn default() -> Self {
        Self {
            strict: false,
            clock: UtcOffset::CHINA,
            known_at: Minute::UNBOUNDED_FUTURE,
            threads: 0,
            build: BuildOptions::default(),
            progress: None,
            max_record_bytes: 1 << 20,
            rejects: None,
            max_details: 10_000,
            encoding: None,
            block_bytes: 1 << 20,
        }
    }
}

impl fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("strict", &self.strict)
            .field("clock", &self.clock)
            .field("known_at", &self.known_at)
            .field("threads", &self.threads)
            .field("build", &self.build)
            .field("progress", &self.progress.is_some())
            .field("max_record_bytes", &self.max_record_bytes)
            .field("rejects", &self.rejects)
            .field("max_details", &self.max_details)
            .field("encoding", &self.encoding)
            .field("block_bytes", &self.block_bytes)
            .finish()
    }
}

/// The largest block and record: with both, offsets within a block's text fit `u32`.
const MOST: usize = 1 << 30;

impl ReadOptions<'_> {
    pub(crate) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            count => count,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            block: self.block_bytes.clamp(1, MOST / 4),
            record: self.max_record_bytes.min(MOST),
        }
    }
}

/// Sizes in bytes, within what the crate can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) block: usize,
    pub(crate) record: usize,
}

/// How far the reading of a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Bytes of the file taken in so far; of a compressed file, compressed ones.
    pub bytes: u64,
    /// The size of the file in bytes, when it is known.
    pub total: Option<u64>,
    /// Data rows read so far.
    pub rows: u64,
}
