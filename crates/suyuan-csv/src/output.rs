//! What the rows of a block leave behind: texts, problems, raw quantities.

use std::borrow::Cow;

/// A text of a block, or kept beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slice {
    start: u32,
    end: u32,
}

/// The texts of a block's sound rows: parts of the block where they were written so, and others
/// end to end behind it.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// Where the block lies in memory, and its length.
    block: (usize, usize),
    beside: String,
}

impl Arena {
    /// An arena for texts of this block.
    pub(crate) fn of(block: &str) -> Self {
        Self { block: (block.as_ptr() as usize, block.len()), beside: String::new() }
    }

    /// Blocks and what is kept beside them are below 4 GiB of text (see `options`), so the offsets
    /// fit.
    #[inline]
    pub(crate) fn keep(&mut self, text: &str) -> Slice {
        let (block, length) = self.block;
        // A text within the block's memory is a part of the block.
        let place = (text.as_ptr() as usize).wrapping_sub(block);
        if text.is_empty() {
            return Slice::default();
        }
        if place < length && text.len() <= length - place {
            return Slice { start: place as u32, end: (place + text.len()) as u32 };
        }
        let start = length + self.beside.len();
        self.beside.push_str(text);
        Slice { start: start as u32, end: (start + text.len()) as u32 }
    }

    /// The text of a slice of this block.
    #[inline]
    pub(crate) fn get<'a>(&'a self, block: &'a str, slice: Slice) -> &'a str {
        let (start, end) = (slice.start as usize, slice.end as usize);
        let text = match start.checked_sub(self.block.1) {
            None => block.get(start..end),
            Some(beside) => self.beside.get(beside..end - self.block.1),
        };
        text.unwrap_or_default()
    }

    /// How much is kept beside the block.
    pub(crate) fn len(&self) -> usize {
        self.beside.len()
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.beside.truncate(length);
    }
}

/// A value that could not be read. Sorts by record, then column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) record: u64,
    /// The column's place in the page's order; past the last for fields beyond the header.
    pub(crate) column: usize,
    pub(crate) line: u32,
    /// Whether it makes the row be rejected.
    pub(crate) rejects: bool,
    pub(crate) value: String,
    pub(crate) expected: Cow<'static, str>,
}

/// The raw text of a quantity that may turn out not to fit its batch's base unit.
#[derive(Clone, Debug)]
pub(crate) struct Fine {
    pub(crate) line: u32,
    pub(crate) record: u64,
    pub(crate) value: String,
    /// Whether another value of the row is repaired.
    pub(crate) repaired: bool,
}

/// What the rows of a block leave behind.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) arena: Arena,
    pub(crate) problems: Vec<Problem>,
    pub(crate) fine: Vec<Fine>,
}
