//! Where the rows of a table were read: a line each, and the file once where it is the same.

use rayon::prelude::*;

use super::store::Array;
use crate::id::FileId;
use crate::model::Source;

/// The sources of a table's rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// Empty when no row has a source.
    pub(super) lines: Array<u32>,
    pub(super) files: Files,
}

#[derive(Debug, Clone)]
pub(super) enum Files {
    /// That of every row.
    One(FileId),
    /// One of few: which it is, row by row.
    Few(Vec<FileId>, Vec<u16>),
    /// One for every row.
    Each(Vec<FileId>),
}

impl Default for Files {
    fn default() -> Self {
        Self::One(Source::NONE.file)
    }
}

impl Sources {
    /// The sources of rows `0..count`.
    pub(super) fn of(count: usize, source: impl Fn(usize) -> Source + Sync) -> Self {
        let first = if count == 0 { Source::NONE } else { source(0) };
        let rows = || (0..count).into_par_iter().with_min_len(1 << 12);
        let files = if rows().all(|at| source(at).file == first.file) {
            Files::One(first.file)
        } else {
            let mut known: Vec<FileId> = rows().map(|at| source(at).file).collect();
            known.par_sort_unstable();
            known.dedup();
            let place = |at| known.binary_search(&source(at).file).unwrap_or_default() as u16;
            if known.len() <= 1 << 16 {
                let which = rows().map(place).collect();
                Files::Few(known, which)
            } else {
                Files::Each(rows().map(|at| source(at).file).collect())
            }
        };
        if matches!(files, Files::One(file) if file == Source::NONE.file)
            && rows().all(|at| source(at) == Source::NONE)
        {
            return Self::default();
        }
        let lines: Vec<u32> = rows().map(|at| source(at).line).collect();
        Self { lines: lines.into(), files }
    }

    pub(super) fn get(&self, at: usize) -> Source {
        let Some(line) = self.lines.get(at) else {
            return Source::NONE;
        };
        let file = match &self.files {
            Files::One(file) => Some(file),
            Files::Few(files, which) => {
                which.get(at).and_then(|which| files.get(usize::from(*which)))
            }
            Files::Each(files) => files.get(at),
        };
        Source { file: file.copied().unwrap_or(Source::NONE.file), line: *line }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let files = match &self.files {
            Files::One(_) => 0,
            Files::Few(files, which) => files.capacity() * 4 + which.capacity() * 2,
            Files::Each(files) => files.capacity() * 4,
        };
        self.lines.bytes() + files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_comes_back() {
        let none = |_| Source::NONE;
        let one = |at: usize| Source::new(FileId(3), at as u32 * 7);
        let few = |at: usize| Source::new(FileId((at % 3) as u32 * 9), at as u32);
        let some = |at: usize| if at.is_multiple_of(2) { Source::NONE } else { one(at) };
        let each = |at: usize| Source::new(FileId(at as u32), 5);
        let all: [(usize, &(dyn Fn(usize) -> Source + Sync)); 5] =
            [(100, &none), (100, &one), (100, &few), (100, &some), (70_000, &each)];
        for (count, source) in all {
            let sources = Sources::of(count, source);
            for at in 0..count {
                assert_eq!(sources.get(at), source(at));
            }
        }
        assert_eq!(Sources::of(100, none).bytes(), 0);
        assert_eq!(Sources::of(100, one).bytes(), 400);
    }
}
