//! What the rows of a block leave behind: texts, problems, raw quantities.

use std::borrow::Cow;

/// A text in the arena of its block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slice {
    start: u32,
    end: u32,
}

/// The texts of a block's sound rows, end to end.
#[derive(Debug, Default)]
pub(crate) struct Arena(String);

impl Arena {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Blocks are below 4 GiB of text (see `options`), so the offsets fit.
    pub(crate) fn keep(&mut self, text: &str) -> Slice {
        let start = self.0.len() as u32;
        self.0.push_str(text);
        Slice { start, end: self.0.len() as u32 }
    }

    pub(crate) fn get(&self, slice: Slice) -> Cow<'_, str> {
        Cow::Borrowed(self.0.get(slice.start as usize..slice.end as usize).unwrap_or_default())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
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
}

/// What the rows of a block leave behind.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) arena: Arena,
    pub(crate) problems: Vec<Problem>,
    pub(crate) fine: Vec<Fine>,
}
