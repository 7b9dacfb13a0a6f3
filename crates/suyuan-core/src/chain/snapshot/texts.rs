//! Texts and codes.

use std::io;

use rayon::prelude::*;

use super::column::{Out, SHORT, Take, Taken};
use crate::chain::codes::{Codes, Words};
use crate::id::{Interner, Texts};

/// Writes texts: the length of each, and all of them.
fn put_texts(
    arena: &str,
    lengths: impl ExactSizeIterator<Item = u32> + Clone,
    out: &mut Out<'_>,
) -> io::Result<()> {
    out.count(lengths.len())?;
    out.count(arena.len())?;
    let long = || (0_u32..).zip(lengths.clone()).filter(|(_, length)| *length >= LONG.into());
    out.column(lengths.clone().map(|length| u8::try_from(length).unwrap_or(LONG)))?;
    out.count(long().count())?;
    out.column(long().flat_map(|(index, length)| [index, length]))?;
    out.bytes(arena.as_bytes())
}

/// The length of a text that is as long or longer, in its byte.
const LONG: u8 = u8::MAX;

fn take_texts(take: &mut Take<'_>) -> Taken<Texts> {
    let (count, length) = (take.count()?, take.field::<u64>()?);
    let length = u32::try_from(length).map_err(|_| "texts are too long")?;
    let short = take.bytes(count)?;
    let long = take.count()?;
    let long = take.values::<u32>(long.checked_mul(2).ok_or(SHORT)?)?;
    let arena = take.bytes(length as usize)?;
    let arena = str::from_utf8(arena).map_err(|_| "a text is not UTF-8")?;
    let mut long = long.chunks_exact(2).map(|pair| (pair[0], pair[1])).peekable();
    let ascii = arena.is_ascii();
    let (mut end, mut whole) = (0_u64, true);
    let lengths = (0_u32..).zip(short).map(|(index, short)| {
        let next = if *short == LONG { long.next_if(|next| next.0 == index) } else { None };
        let length = next.map_or(u32::from(*short), |next| next.1);
        end += u64::from(length);
        whole &= end <= u64::from(u32::MAX)
            && (*short < LONG || (next.is_some() && length >= LONG.into()))
            && (ascii || arena.is_char_boundary(end as usize));
        length
    });
    let texts = Texts::new(arena.to_owned(), Counted { lengths, left: count });
    let all = long.peek().is_none() && end == u64::from(length);
    if whole && all { Ok(texts) } else { Err("texts do not follow each other") }
}

/// Lengths of which it is known how many there are.
struct Counted<I> {
    lengths: I,
    left: usize,
}

impl<I: Iterator<Item = u32>> Iterator for Counted<I> {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.saturating_sub(1);
        self.lengths.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator<Item = u32>> ExactSizeIterator for Counted<I> {}

/// The lengths of texts of which the ends are known.
fn lengths(ends: &[u32]) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
    (0..ends.len()).map(|at| ends[at] - if at == 0 { 0 } else { ends[at - 1] })
}

pub(super) fn put_words(words: &Words, out: &mut Out<'_>) -> io::Result<()> {
    let (base, later) = words.parts();
    put_texts(base.arena(), base.lengths(), out)?;
    let (arena, ends) = later.parts();
    put_texts(arena, lengths(ends), out)
}

/// Reads texts; later ones differ from each other.
pub(super) fn take_words(bytes: &[u8]) -> Taken<Words> {
    Take::all(bytes, |take| {
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
    put_texts(&files.concat(), files.iter().map(|file| file.len() as u32), out)
}

pub(super) fn take_files(bytes: &[u8]) -> Taken<Vec<String>> {
    let files = Take::all(bytes, take_texts)?;
    Ok((0..files.len() as u32).map(|at| files.text(at).to_owned()).collect())
}
