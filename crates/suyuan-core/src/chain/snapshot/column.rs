//! Columns of values: written one after another, read with every length checked before use.

use std::io::{self, Write};
use std::marker::PhantomData;

use rayon::prelude::*;

use super::field::Field;

/// A part that was read, or what is wrong with it.
pub(super) type Taken<T> = Result<T, &'static str>;

pub(super) const SHORT: &str = "something is cut short";
pub(super) const VALUE: &str = "a value is none of those it may be";
pub(super) const BEYOND: &str = "a number names nothing";

/// Bytes that are kept before they are written on.
const KEPT: usize = 1 << 16;

/// Where a section is written to.
pub(super) struct Out<'w> {
    kept: Vec<u8>,
    to: &'w mut dyn Write,
}

impl<'w> Out<'w> {
    pub(super) fn new(to: &'w mut dyn Write) -> Self {
        Self { kept: Vec::with_capacity(KEPT + 256), to }
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

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.to.write_all(bytes)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.kept)?;
        self.kept.clear();
        Ok(())
    }
}

/// What is left to be read of a section.
pub(super) struct Take<'a> {
    rest: &'a [u8],
}

impl<'a> Take<'a> {
    /// Reads a section, which is to hold nothing else.
    pub(super) fn all<T>(bytes: &'a [u8], read: impl FnOnce(&mut Self) -> Taken<T>) -> Taken<T> {
        let mut take = Self { rest: bytes };
        let value = read(&mut take)?;
        if take.rest.is_empty() { Ok(value) } else { Err("there is more than there should be") }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Taken<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(SHORT)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn field<T: Field>(&mut self) -> Taken<T> {
        T::take(self.bytes(T::SIZE)?).ok_or(VALUE)
    }

    /// A number of rows, none of which has the number that stands for none.
    pub(super) fn count(&mut self) -> Taken<usize> {
        let count = self.field::<u64>()?;
        if count < u64::from(u32::MAX) { Ok(count as usize) } else { Err(BEYOND) }
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
