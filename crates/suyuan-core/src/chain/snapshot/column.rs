//! Columns of values: written one after another, read with every length checked before use.

use std::io::{self, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use zerocopy::IntoBytes;

use super::field::Field;
use crate::chain::buffer::SnapshotBuffer;
use crate::chain::store::{Array, Plain, Store};

/// A part that was read, or what is wrong with it.
pub(super) type Taken<T> = Result<T, &'static str>;

pub(super) const SHORT: &str = "something is cut short";
pub(super) const VALUE: &str = "a value is none of those it may be";
pub(super) const BEYOND: &str = "a number names nothing";

/// What every section and every array begins at a multiple of.
pub(super) const ALIGN: usize = 8;
/// Bytes that are kept before they are written on.
const KEPT: usize = 1 << 16;

/// Where a section is written to.
pub(super) struct Out<'w> {
    kept: Vec<u8>,
    /// Bytes that were written on.
    before: usize,
    to: &'w mut dyn Write,
}

impl<'w> Out<'w> {
    pub(super) fn new(to: &'w mut dyn Write) -> Self {
        Self { kept: Vec::with_capacity(KEPT + 256), before: 0, to }
    }

    pub(super) fn field<T: Field>(&mut self, value: &T) -> io::Result<()> {
        value.put(&mut self.kept);
        if self.kept.len() >= KEPT { self.flush() } else { Ok(()) }
    }

    pub(super) fn count(&mut self, count: usize) -> io::Result<()> {
        self.field(&(count as u64))
    }

    pub(super) fn column<T: Field>(&mut self, values: impl Iterator<Item = T>) -> io::Result<()> {
        for value in values {
            self.field(&value)?;
        }
        Ok(())
    }

    /// Writes zeros up to where an array can begin.
    pub(super) fn align(&mut self) -> io::Result<()> {
        while !(self.before + self.kept.len()).is_multiple_of(ALIGN) {
            self.kept.push(0);
        }
        Ok(())
    }

    /// Writes items as they lie in memory.
    pub(super) fn items<T: Plain>(&mut self, items: &[T]) -> io::Result<()> {
        if cfg!(target_endian = "big") {
            let turned: Vec<T> = items.iter().map(|item| item.to_little()).collect();
            return self.bytes(turned.as_slice().as_bytes());
        }
        self.bytes(items.as_bytes())
    }

    /// Writes an array whose length is known from elsewhere.
    pub(super) fn array<T: Plain>(&mut self, items: &[T]) -> io::Result<()> {
        self.align()?;
        self.items(items)
    }

    /// Writes an array and its length.
    pub(super) fn counted<T: Plain>(&mut self, items: &[T]) -> io::Result<()> {
        self.count(items.len())?;
        self.array(items)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.kept.len() + bytes.len() <= KEPT {
            self.kept.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        self.before += bytes.len();
        self.to.write_all(bytes)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.kept)?;
        self.before += self.kept.len();
        self.kept.clear();
        Ok(())
    }
}

/// A section of a snapshot.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) snapshot: &'a Arc<SnapshotBuffer>,
    pub(super) range: Range<usize>,
}

/// What is left to be read of a section.
pub(super) struct Take<'a> {
    rest: Part<'a>,
}

impl<'a> Take<'a> {
    /// Reads a section, which is to hold nothing else.
    pub(super) fn all<T>(part: Part<'a>, read: impl FnOnce(&mut Self) -> Taken<T>) -> Taken<T> {
        let mut take = Self { rest: part };
        let value = read(&mut take)?;
        take.align()?;
        if take.rest.range.is_empty() {
            Ok(value)
        } else {
            Err("there is more than there should be")
        }
    }

    /// Reads what a section begins with, and leaves what follows.
    pub(super) fn first<T>(
        part: &mut Part<'a>,
        read: impl FnOnce(&mut Self) -> Taken<T>,
    ) -> Taken<T> {
        let mut take = Self { rest: part.clone() };
        let value = read(&mut take)?;
        *part = take.rest;
        Ok(value)
    }

    /// The next bytes and where they lie.
    fn next(&mut self, count: usize) -> Taken<Range<usize>> {
        let Range { start, end } = self.rest.range;
        let next = start.checked_add(count).filter(|next| *next <= end).ok_or(SHORT)?;
        self.rest.range.start = next;
        Ok(start..next)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Taken<&'a [u8]> {
        let range = self.next(count)?;
        self.rest.snapshot.bytes().get(range).ok_or(SHORT)
    }

    /// Goes to where an array can begin.
    pub(super) fn align(&mut self) -> Taken<()> {
        let start = self.rest.range.start;
        let skipped = self.bytes(start.next_multiple_of(ALIGN) - start)?;
        if skipped.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(VALUE) }
    }

    pub(super) fn field<T: Field>(&mut self) -> Taken<T> {
        T::take(self.bytes(T::SIZE)?).ok_or(VALUE)
    }

    /// A number of rows, none of which has the number that stands for none.
    pub(super) fn count(&mut self) -> Taken<usize> {
        let count = self.field::<u64>()?;
        if count < u64::from(u32::MAX) { Ok(count as usize) } else { Err(BEYOND) }
    }

    /// An array of so many items, which stays where it lies.
    pub(super) fn array<T: Plain>(&mut self, count: usize) -> Taken<Array<T>> {
        self.align()?;
        let range = self.next(count.checked_mul(size_of::<T>()).ok_or(SHORT)?)?;
        Array::lent(self.rest.snapshot, range).ok_or(SHORT)
    }

    /// An array with its length before it.
    pub(super) fn counted<T: Plain>(&mut self) -> Taken<Array<T>> {
        let count = self.count()?;
        self.array(count)
    }

    /// Text of so many bytes, which stays where it lies.
    pub(super) fn text(&mut self, length: usize) -> Taken<Store<str>> {
        let range = self.next(length)?;
        Store::lent_text(self.rest.snapshot, range).ok_or("a text is not UTF-8")
    }

    /// A column of values, all of which are valid.
    pub(super) fn column<T: Field>(&mut self, count: usize) -> Taken<Cells<'a, T>> {
        let bytes = self.bytes(count.checked_mul(T::SIZE).ok_or(SHORT)?)?;
        let valid = bytes.chunks_exact(T::SIZE).all(|bytes| T::take(bytes).is_some());
        if valid { Ok(Cells { bytes, of: PhantomData }) } else { Err(VALUE) }
    }

    /// The values of a column.
    pub(super) fn values<T: Field + Send>(&mut self, count: usize) -> Taken<Vec<T>> {
        let cells = self.column::<T>(count)?;
        let mut values = Vec::new();
        let places = (0..count).into_par_iter().with_min_len(1 << 14);
        places.map(|at| cells.get(at)).collect_into_vec(&mut values);
        Ok(values)
    }
}

/// A column as it lies in the bytes.
pub(super) struct Cells<'a, T> {
    bytes: &'a [u8],
    of: PhantomData<fn() -> T>,
}

impl<T: Field> Cells<'_, T> {
    /// The value of a row, of which every one there is was found valid.
    #[inline]
    pub(super) fn get(&self, row: usize) -> T {
        let start = row * T::SIZE;
        self.bytes.get(start..start + T::SIZE).and_then(T::take).unwrap_or(T::BLANK)
    }
}
