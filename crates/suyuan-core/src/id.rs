//! Typed dense indices, and the interner that turns outside codes into them.
//!
//! Outside, things are named by codes; inside, by dense `u32` indices. The two meet once, at the
//! boundary. An index is only meaningful for the chain that gave it, for those that grew from it
//! and for those of the same records. It does not say whose it is: of one beyond its own a chain
//! says nothing, that is, empty codes and no values, and a question about it is an error
//! ([`Error::OtherChain`]). A [`RecallSource`](crate::recall::RecallSource) and a
//! [`Target`](crate::trace::Target) do know their chain, and are errors in any other.
//!
//! ```
//! use suyuan_core::id::{Interner, OperatorId};
//! let mut codes = Interner::default();
//! let a = codes.intern("F001")?;
//! assert_eq!(codes.intern("F001")?, a);
//! assert_eq!(codes.get("F002"), None);
//! assert_eq!(codes.text(a), "F001");
//! assert_eq!(OperatorId::new(3).index(), 3);
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use rayon::prelude::*;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::chain::radix;
use crate::chain::store::{Array, Store};
use crate::error::{Capacity, Error};
use crate::fetch::fetch;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[repr(transparent)]
        pub struct $name(pub(crate) u32);

        /// No id of any chain.
        impl Default for $name {
            fn default() -> Self {
                Self::NONE
            }
        }

        impl $name {
            /// The id of dense index `index`.
            #[must_use]
            pub const fn new(index: u32) -> Self {
                Self(index)
            }

            /// No id of any chain.
            #[allow(dead_code)]
            pub(crate) const NONE: Self = Self(u32::MAX);

            /// The dense index, for use with arrays beside the chain.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An operator of a chain; numbered in the order of operator codes.
    OperatorId;
    /// A product of a chain; numbered in the order of product codes.
    ProductId;
    /// A batch of a chain; numbered in the order of batch codes.
    BatchId;
    /// A region of a chain; numbered in the order of region codes.
    RegionId;
    /// A stock (a batch in one operator's hands); numbered by the first event of its batch, then
    /// batch, its own first event and operator, so that material mostly flows from lower numbers
    /// to higher ones nearby.
    StockId;
    /// A shipment line of a chain.
    ShipmentId;
    /// A transformation of a chain; numbered in the order of transformation codes.
    TransformationId;
    /// A removal of a chain.
    RemovalId;
    /// A sample of a chain; numbered in the order of sample codes.
    SampleId;
    /// A file that records came from.
    FileId;
}

/// Distinct texts in one arena, each with a dense index in order of first appearance.
///
/// Look-up and insertion take expected constant time in the number of texts. A slot of the table
/// holds all that a look-up needs but the text itself, so a hit costs two cache lines.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    arena: String,
    ends: Vec<u32>,
    table: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    index: u32,
    start: u32,
    len: u32,
}

impl Slot {
    #[inline]
    fn is(&self, arena: &str, hash: u32, text: &str) -> bool {
        let start = self.start as usize;
        self.hash == hash
            && self.len as usize == text.len()
            && arena.as_bytes()[start..start + text.len()] == *text.as_bytes()
    }
}

/// The table's hash of a slot's: the table takes its place from the low bits and its tag from the
/// high ones.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Interner {
    #[inline]
    fn hash(&self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        (hash ^ hash >> 32) as u32
    }

    /// The index of `text`, adding it when it is new.
    ///
    /// # Errors
    /// [`Error::Capacity`] beyond 4 GiB of text.
    pub fn intern(&mut self, text: &str) -> Result<u32, Error> {
        let hash = self.hash(text);
        let arena = &self.arena;
        if let Some(found) = self.table.find(spread(hash), |slot| slot.is(arena, hash, text)) {
            return Ok(found.index);
        }
        let capacity = |_| Capacity::of_words("bytes of text");
        let index = u32::try_from(self.ends.len()).map_err(|_| Capacity::of_words("texts"))?;
        let end = u32::try_from(self.arena.len() + text.len()).map_err(capacity)?;
        let start = u32::try_from(self.arena.len()).map_err(capacity)?;
        let slot = Slot { hash, index, start, len: end - start };
        self.table.insert_unique(spread(hash), slot, |slot| spread(slot.hash));
        self.arena.push_str(text);
        self.ends.push(end);
        Ok(index)
    }

    /// The index of `text` when it is known.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<u32> {
        let hash = self.hash(text);
        let found = self.table.find(spread(hash), |slot| slot.is(&self.arena, hash, text));
        found.map(|slot| slot.index)
    }

    /// The text of an index; empty for an index never given.
    #[must_use]
    pub fn text(&self, index: u32) -> &str {
        if (index as usize) < self.ends.len() { slice(&self.arena, &self.ends, index) } else { "" }
    }

    /// How many distinct texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory: of texts, and of what finds them.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        let table = self.table.capacity() * (size_of::<Slot>() + 1);
        (self.arena.capacity(), self.ends.capacity() * 4 + table)
    }

    /// The texts alone.
    pub(crate) fn into_texts(self) -> Texts {
        let Self { mut arena, ends, table, .. } = self;
        drop(table);
        arena.shrink_to_fit();
        let mut start = 0;
        let lengths = ends.iter().map(|end| *end - std::mem::replace(&mut start, *end));
        Texts::new(arena, lengths)
    }

    /// Renumbers the texts in byte order and returns, for each old index, the new one.
    /// Takes O(n log n) comparisons on all threads.
    pub(crate) fn sort(&mut self) -> Vec<u32> {
        let count = self.ends.len();
        let (arena, ends) = (&self.arena, &self.ends);
        // The first eight bytes decide most comparisons without a look at the text.
        let mut order: Vec<(u64, u32)> = (0..count as u32)
            .map(|at| {
                let text = slice(arena, ends, at).as_bytes();
                let mut head = [0; 8];
                let len = text.len().min(8);
                head[..len].copy_from_slice(&text[..len]);
                (u64::from_be_bytes(head), at)
            })
            .collect();
        order.par_sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| slice(arena, ends, a.1).cmp(slice(arena, ends, b.1)))
        });
        let mut ranks = vec![0; count];
        let mut sorted = String::with_capacity(self.arena.len());
        let mut sorted_ends = Vec::with_capacity(count);
        for (rank, (_, old)) in order.iter().enumerate() {
            ranks[*old as usize] = rank as u32;
            sorted.push_str(slice(&self.arena, &self.ends, *old));
            sorted_ends.push(sorted.len() as u32);
        }
        for slot in self.table.iter_mut() {
            slot.index = ranks[slot.index as usize];
            slot.start = sorted_ends[slot.index as usize] - slot.len;
        }
        self.arena = sorted;
        self.ends = sorted_ends;
        ranks
    }
}

/// Texts in the order they were added, equal ones more than once: what is unlikely to come twice
/// needs no table. Equal neighbours share an index.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextList {
    arena: String,
    ends: Vec<u32>,
}

impl TextList {
    /// The index of a new text.
    pub(crate) fn push(&mut self, text: &str) -> Result<u32, Error> {
        if let Some(last) = self.ends.len().checked_sub(1)
            && self.text(last as u32) == text
        {
            return Ok(last as u32);
        }
        let index = u32::try_from(self.ends.len()).map_err(|_| Capacity::of_words("texts"))?;
        let end = self.arena.len() + text.len();
        self.ends.push(u32::try_from(end).map_err(|_| Capacity::of_words("bytes of text"))?);
        self.arena.push_str(text);
        Ok(index)
    }

    /// The text of an index that was given.
    #[inline]
    pub(crate) fn text(&self, index: u32) -> &str {
        slice(&self.arena, &self.ends, index)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds every text of another list; returns what its indices grow by.
    pub(crate) fn append(&mut self, other: Self) -> Result<u32, Error> {
        let by = self.ends.len() as u32;
        let start = self.arena.len() as u32;
        if by == 0 {
            *self = other;
            return Ok(0);
        }
        let indices = self.ends.len() + other.ends.len();
        u32::try_from(indices).map_err(|_| Capacity::of_words("texts"))?;
        let bytes = self.arena.len() + other.arena.len();
        u32::try_from(bytes).map_err(|_| Capacity::of_words("bytes of text"))?;
        self.arena.push_str(&other.arena);
        self.ends.extend(other.ends.iter().map(|end| start + end));
        Ok(by)
    }

    /// For each index whose text stands before it too, the first index of that text. Linear in the
    /// texts but for sorting equal ones.
    pub(crate) fn repeats(&self) -> HashMap<u32, u32> {
        let hasher = DefaultHashBuilder::default();
        let hashes: Vec<u32> = (0..self.len() as u32)
            .into_par_iter()
            .with_min_len(1 << 12)
            .map(|at| hasher.hash_one(self.text(at)) as u32)
            .collect();
        let order = radix::order_by(hashes.len(), |at| hashes[at]);
        let mut repeats = HashMap::new();
        let alike = |a: &u32, b: &u32| hashes[*a as usize] == hashes[*b as usize];
        for group in order.chunk_by(alike).filter(|group| group.len() > 1) {
            let mut group = group.to_vec();
            group.sort_unstable_by_key(|at| (self.text(*at), *at));
            for same in group.chunk_by(|a, b| self.text(*a) == self.text(*b)) {
                repeats.extend(same[1..].iter().map(|at| (*at, same[0])));
            }
        }
        repeats
    }

    /// The texts of some indices, in their order.
    pub(crate) fn pick(&self, order: &[u32]) -> Texts {
        let mut lengths: Vec<u32> = Vec::with_capacity(order.len());
        let mut arena = String::with_capacity(self.arena.len());
        // The texts lie in memory at random: asked for ahead, copied in parts, on all threads.
        let part = |order: &[u32]| {
            let (mut texts, mut lengths) = (String::new(), Vec::with_capacity(order.len()));
            for (place, at) in order.iter().enumerate() {
                if let Some(ahead) = order.get(place + 32) {
                    fetch(&self.ends, *ahead as usize);
                }
                if let Some(ahead) = order.get(place + 16) {
                    fetch(self.arena.as_bytes(), self.ends[*ahead as usize] as usize);
                }
                let text = self.text(*at);
                lengths.push(text.len() as u32);
                texts.push_str(text);
            }
            (texts, lengths)
        };
        order.chunks(1 << 18).for_each(|order| {
            let parts: Vec<(String, Vec<u32>)> = order.par_chunks(1 << 12).map(part).collect();
            for (texts, part) in &parts {
                arena.push_str(texts);
                lengths.extend_from_slice(part);
            }
        });
        arena.shrink_to_fit();
        Texts::new(arena, lengths.into_iter())
    }
}

/// Distinct texts by dense index, without a table for look-ups: a byte and a quarter for each
/// beside the text itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    arena: Store<str>,
    /// Where every [`TOGETHER`]th text starts.
    starts: Array<u32>,
    /// Bytes of each text; [`LONG`] for one whose length is kept apart.
    lengths: Array<u8>,
    long: HashMap<u32, u32>,
}

/// Texts whose places are counted from the same one.
const TOGETHER: usize = 16;
/// The length of texts that are as long or longer.
const LONG: u8 = u8::MAX;

impl Texts {
    /// Texts whose places are counted from the same one.
    pub(crate) const TOGETHER: usize = TOGETHER;

    /// So many texts, one after another.
    pub(crate) fn of<'a>(count: usize, text: impl Fn(u32) -> &'a str) -> Self {
        let texts = || (0..count as u32).map(&text);
        Self::new(texts().collect(), texts().map(|text| text.len() as u32))
    }

    /// Texts one after another, and the length of each; all together the length of the arena, each
    /// on the borders of characters.
    pub(crate) fn new(arena: String, lengths: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut starts = Vec::with_capacity(lengths.len().div_ceil(TOGETHER));
        let mut short = Vec::with_capacity(lengths.len());
        let mut long = HashMap::new();
        let mut start = 0_u32;
        for (index, length) in (0..).zip(lengths) {
            if short.len().is_multiple_of(TOGETHER) {
                starts.push(start);
            }
            short.push(u8::try_from(length).unwrap_or(LONG));
            if length >= LONG.into() {
                long.insert(index, length);
            }
            start = start.wrapping_add(length);
        }
        Self { arena: arena.into(), starts: starts.into(), lengths: short.into(), long }
    }

    /// Texts of parts as [`Texts::parts`] gives them; `None` when they are not parts of texts.
    pub(crate) fn of_parts(
        arena: Store<str>,
        starts: Array<u32>,
        lengths: Array<u8>,
        long: HashMap<u32, u32>,
    ) -> Option<Self> {
        let ascii = arena.is_ascii();
        let (of, all) = (&*starts, &*arena);
        let end_of = |block: usize| of.get(block + 1).map_or(all.len(), |end| *end as usize);
        // Texts follow each other up to the place where the next ones start, each a text.
        let blocks = lengths.par_chunks(TOGETHER).enumerate().with_min_len(1 << 10);
        let follow = blocks.all(|(block, lengths)| {
            let mut end = of.get(block).map_or(0, |start| *start as usize);
            let places = (block * TOGETHER) as u32..;
            lengths.iter().zip(places).all(|(length, index)| {
                end += match *length {
                    LONG => match long.get(&index) {
                        Some(length) if *length >= LONG.into() => *length as usize,
                        _ => return false,
                    },
                    short => usize::from(short),
                };
                ascii || all.is_char_boundary(end)
            }) && end == end_of(block)
        });
        let first = of.first().map_or(all.len(), |start| *start as usize);
        let marked = lengths.iter().filter(|length| **length == LONG).count();
        let whole = first == 0
            && starts.len() == lengths.len().div_ceil(TOGETHER)
            && marked == long.len()
            && follow;
        whole.then_some(Self { arena, starts, lengths, long })
    }

    /// All texts, where every sixteenth starts, the bytes of each (255 for more), and of those that
    /// have so many or more the index and the bytes.
    pub(crate) fn parts(&self) -> (&str, &[u32], &[u8], &HashMap<u32, u32>) {
        (&self.arena, &self.starts, &self.lengths, &self.long)
    }

    #[inline]
    fn length(&self, index: usize) -> u32 {
        match self.lengths.get(index) {
            Some(&LONG) => self.long.get(&(index as u32)).copied().unwrap_or_default(),
            length => u32::from(length.copied().unwrap_or_default()),
        }
    }

    /// The text of an index; empty for an index never given.
    #[inline]
    pub(crate) fn text(&self, index: u32) -> &str {
        let index = index as usize;
        let Some(start) = self.starts.get(index / TOGETHER) else {
            return "";
        };
        let before = self.lengths.get(index / TOGETHER * TOGETHER..index).unwrap_or_default();
        let short: u32 = before.iter().map(|length| u32::from(*length)).sum();
        let mut start = (start + short) as usize;
        if !self.long.is_empty() {
            let long = (index / TOGETHER * TOGETHER..index).filter(|at| self.lengths[*at] == LONG);
            start += long.map(|at| self.length(at) as usize - usize::from(LONG)).sum::<usize>();
        }
        self.arena.get(start..start + self.length(index) as usize).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Bytes of memory: of texts, and of what finds them.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        let Self { arena, starts, lengths, long } = self;
        let texts = arena.bytes_by(String::capacity);
        (texts, starts.bytes() + lengths.bytes() + long.capacity() * 9)
    }

    /// Where texts are in byte order: the index of `text`, or where it would stand. O(log n).
    pub(crate) fn search(&self, text: &str) -> Result<u32, u32> {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.text(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }
}

#[inline]
fn slice<'a>(arena: &'a str, ends: &[u32], index: u32) -> &'a str {
    let index = index as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    &arena[start..ends[index] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_knows_its_repeats() {
        let mut list = TextList::default();
        let given: Vec<u32> =
            ["b", "b", "a", "", "b", "a", "a"].map(|t| list.push(t).unwrap()).into();
        assert_eq!(given, [0, 0, 1, 2, 3, 4, 4]);
        assert_eq!(list.repeats(), HashMap::from_iter([(3, 0), (4, 1)]));
        let texts = list.pick(&[2, 1, 0]);
        assert_eq!([0, 1, 2].map(|at| texts.text(at)), ["", "a", "b"]);
    }

    #[test]
    fn texts_of_any_length_are_found() {
        let mut codes = Interner::default();
        let code = |at: usize| format!("{at}{}", "长".repeat(at * at % 130));
        (0..300).for_each(|at| assert_eq!(codes.intern(&code(at)), Ok(at as u32)));
        let texts = codes.into_texts();
        assert_eq!((texts.len(), texts.text(300), texts.text(u32::MAX)), (300, "", ""));
        assert!((0..300).all(|at| texts.text(at as u32) == code(at)));
        assert!((0..300).all(|at| texts.length(at) as usize == code(at).len()));
    }

    #[test]
    fn sorting_renumbers_and_keeps_every_text_findable() {
        let mut codes = Interner::default();
        for code in ["b", "", "a", "龙", "aa", "b"] {
            codes.intern(code).unwrap();
        }
        let ranks = codes.sort();
        assert_eq!(ranks, [3, 0, 1, 4, 2]);
        let texts: Vec<_> = (0..codes.len() as u32).map(|i| codes.text(i)).collect();
        assert_eq!(texts, ["", "a", "aa", "b", "龙"]);
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(codes.get(text), Some(index as u32));
        }
    }
}
