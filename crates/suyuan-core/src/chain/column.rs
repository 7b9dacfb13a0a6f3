//! A table's rows by dense index, shared between a chain and those that grew from it.

use std::ops::{Index, Range};
use std::sync::Arc;

use hashbrown::HashMap;

use super::store::Array;
use crate::fetch::fetch;

/// Rows by dense index: those the chain was built with, which growth shares, those that came
/// later, and those that changed since.
#[derive(Debug, Clone)]
pub(crate) struct Column<T: Clone + 'static> {
    base: Arc<Array<T>>,
    later: Vec<T>,
    changed: HashMap<u32, T>,
}

impl<T: Clone> Default for Column<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Clone> From<Vec<T>> for Column<T> {
    fn from(rows: Vec<T>) -> Self {
        Array::from(rows).into()
    }
}

impl<T: Clone> From<Array<T>> for Column<T> {
    fn from(rows: Array<T>) -> Self {
        Self { base: Arc::new(rows), later: Vec::new(), changed: HashMap::new() }
    }
}

impl<T: Clone> Column<T> {
    /// Rows of which those from `base` on came later.
    pub(super) fn split(rows: impl Into<Array<T>>, base: usize) -> Self {
        let mut rows = rows.into();
        // Rows are all in one part of a snapshot, later ones too: these are moved out of it.
        let later = if base < rows.len() { rows.to_mut().split_off(base) } else { Vec::new() };
        Self { base: Arc::new(rows), later, changed: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.base.len() + self.later.len()
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        match self.base.get(index) {
            None => self.later.get(index - self.base.len()),
            Some(row) if self.changed.is_empty() => Some(row),
            Some(row) => self.changed.get(&(index as u32)).or(Some(row)),
        }
    }

    /// Asks for a row, if it is one the chain was built with.
    #[inline(always)]
    pub(crate) fn fetch(&self, index: usize) {
        fetch(&self.base, index);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        (0..self.len()).map(|index| &self[index])
    }

    /// Rows that were added together.
    #[inline]
    pub(crate) fn slice(&self, range: Range<u32>) -> &[T] {
        let range = range.start as usize..range.end as usize;
        let split = self.base.len();
        if range.start < split {
            &self.base[range]
        } else {
            &self.later[range.start - split..range.end - split]
        }
    }

    /// The rows the chain was built with, unchanged ones and changed ones as they were.
    pub(super) fn base(&self) -> &[T] {
        &self.base
    }

    /// The same rows, each changed.
    pub(super) fn map(&self, change: impl Fn(&T) -> T) -> Self {
        Self::split(self.iter().map(change).collect::<Vec<T>>(), self.base.len())
    }

    /// The rows of a chain under construction.
    pub(super) fn base_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(&mut self.base).to_mut()
    }

    pub(super) fn push(&mut self, row: T) {
        self.later.push(row);
    }

    /// Bytes of memory, but for what rows hold elsewhere.
    pub(super) fn bytes(&self) -> usize {
        self.base.bytes()
            + self.later.capacity() * size_of::<T>()
            + self.changed.capacity() * (size_of::<(u32, T)>() + 1)
    }

    /// Replaces a row.
    pub(super) fn set(&mut self, index: usize, row: T) {
        match index.checked_sub(self.base.len()) {
            Some(later) => self.later[later] = row,
            None => {
                self.changed.insert(index as u32, row);
            }
        }
    }
}

impl<T: Clone> Index<usize> for Column<T> {
    type Output = T;

    #[inline]
    #[allow(clippy::panic)]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(row) => row,
            None => panic!("row {index} of {}", self.len()),
        }
    }
}
