//! Texts and codes.

use std::io;

use rayon::prelude::*;

use super::column::{Out, Take, Taken};
use crate::chain::codes::{Codes, Words};
use crate::id::{Interner, Texts};

/// Writes texts: how many, where each ends, and all of them.
fn put_arena((arena, ends): (&str, &[u32]), out: &mut Out<'_>) -> io::Result<()> {
    out.count(ends.len())?;
    out.count(arena.len())?;
    out.column(ends.iter().copied())?;
    out.bytes(arena.as_bytes())
}

fn take_arena(take: &mut Take<'_>) -> Taken<Texts> {
    let (count, length) = (take.count()?, take.field::<u64>()?);
    let length = u32::try_from(length).map_err(|_| "texts are too long")?;
    let ends = take.values::<u32>(count)?;
    let arena = take.bytes(length as usize)?;
    let arena = str::from_utf8(arena).map_err(|_| "a text is not UTF-8")?;
    // Ends in order up to the length lie within it.
    let whole = ends.is_sorted() && ends.last().copied().unwrap_or(0) == length;
    let apart = || ends.iter().all(|end| arena.is_char_boundary(*end as usize));
    if !whole || !(arena.is_ascii() || apart()) {
        return Err("texts do not follow each other");
    }
    Ok(Texts::of_parts(arena.to_owned(), ends))
}

pub(super) fn put_words(words: &Words, out: &mut Out<'_>) -> io::Result<()> {
    let (base, later) = words.parts();
    put_arena(base.parts(), out)?;
    put_arena(later.parts(), out)
}

/// Reads texts; later ones differ from each other.
pub(super) fn take_words(bytes: &[u8]) -> Taken<Words> {
    Take::all(bytes, |take| {
        let (base, after) = (take_arena(take)?, take_arena(take)?);
        if base.len() + after.len() >= u32::MAX as usize {
            return Err("there are too many texts");
        }
        let mut later = Interner::default();
        for at in 0..after.len() as u32 {
            if later.intern(after.text(at)) != Ok(at) {
                return Err("a text stands twice");
            }
        }
        Ok(Words::of_parts(base, later))
    })
}

/// Reads codes: those the chain was built with in byte order, and other ones after them.
pub(super) fn take_codes(bytes: &[u8]) -> Taken<Codes> {
    let words = take_words(bytes)?;
    let (base, later) = words.parts();
    let sorted = (1..base.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 14)
        .all(|at| base.text(at - 1) < base.text(at));
    let known = (0..later.len() as u32).any(|at| base.search(later.text(at)).is_ok());
    if !sorted || known {
        return Err("codes are out of order");
    }
    Ok(Codes::of_words(words))
}

/// Writes names that need not differ.
pub(super) fn put_files(files: &[String], out: &mut Out<'_>) -> io::Result<()> {
    let mut end = 0;
    let ends: Vec<u32> = files
        .iter()
        .map(|file| {
            end += file.len() as u32;
            end
        })
        .collect();
    put_arena((&files.concat(), &ends), out)
}

pub(super) fn take_files(bytes: &[u8]) -> Taken<Vec<String>> {
    let files = Take::all(bytes, take_arena)?;
    Ok((0..files.len() as u32).map(|at| files.text(at).to_owned()).collect())
}
