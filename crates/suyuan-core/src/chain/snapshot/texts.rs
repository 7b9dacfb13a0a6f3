//! Texts and codes.

use std::io;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::column::{Out, Part, SHORT, Take, Taken};
use crate::chain::codes::{Codes, Words};
use crate::id::{Interner, Texts};

/// Writes texts: where they lie, and all of them.
fn put_texts(texts: &Texts, out: &mut Out<'_>) -> io::Result<()> {
    let (arena, starts, lengths, long) = texts.parts();
    out.count(lengths.len())?;
    out.count(arena.len())?;
    out.array(starts)?;
    out.array(lengths)?;
    let mut long: Vec<[u32; 2]> = long.iter().map(|(at, length)| [*at, *length]).collect();
    long.sort_unstable();
    out.align()?;
    out.counted(long.as_flattened())?;
    out.bytes(arena.as_bytes())?;
    out.align()
}

fn take_texts(take: &mut Take<'_>) -> Taken<Texts> {
    let (count, length) = (take.count()?, take.field::<u64>()?);
    let length = u32::try_from(length).map_err(|_| "texts are too long")?;
    let starts = take.array(count.div_ceil(Texts::TOGETHER))?;
    let lengths = take.array(count)?;
    take.align()?;
    let long = take.counted::<u32>()?;
    let arena = take.text(length as usize)?;
    take.align()?;
    let pairs = || long.chunks_exact(2);
    let long_of: HashMap<u32, u32> = pairs().map(|pair| (pair[0], pair[1])).collect();
    if !long.len().is_multiple_of(2) || !pairs().is_sorted_by(|a, b| a[0] < b[0]) {
        return Err(SHORT);
    }
    Texts::of_parts(arena, starts, lengths, long_of).ok_or("texts do not follow each other")
}

pub(super) fn put_words(words: &Words, out: &mut Out<'_>) -> io::Result<()> {
    let (base, later) = words.parts();
    put_texts(base, out)?;
    put_texts(&Texts::of(later.len(), |at| later.text(at)), out)
}

/// Reads texts; later ones differ from each other.
pub(super) fn take_words(part: Part<'_>) -> Taken<Words> {
    Take::all(part, |take| {
        let (base, after) = (take_texts(take)?, take_texts(take)?);
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
pub(super) fn take_codes(part: Part<'_>) -> Taken<Codes> {
    let words = take_words(part)?;
    let (base, later) = words.parts();
    let sorted = (1..base.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 12)
        .all(|at| base.text(at - 1) < base.text(at));
    let known = (0..later.len() as u32).any(|at| base.search(later.text(at)).is_ok());
    if !sorted || known {
        return Err("codes are out of order");
    }
    Ok(Codes::of_words(words))
}

/// Writes names that need not differ.
pub(super) fn put_files(files: &[String], out: &mut Out<'_>) -> io::Result<()> {
    put_texts(&Texts::of(files.len(), |at| files.get(at as usize).map_or("", String::as_str)), out)
}

pub(super) fn take_files(part: Part<'_>) -> Taken<Vec<String>> {
    let files = Take::all(part, take_texts)?;
    Ok((0..files.len() as u32).map(|at| files.text(at).to_owned()).collect())
}
