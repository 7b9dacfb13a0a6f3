//! The texts of a frozen chain, and its outside codes: dense index to text and back.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Error;
use crate::id::{Interner, Texts};

/// Codes that one thread looks up at a time at least.
const TOGETHER: usize = 1 << 7;

/// Texts by dense index: those the chain was built with, which growth shares, and later ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    base: Arc<Texts>,
    later: Interner,
}

impl From<Interner> for Words {
    fn from(texts: Interner) -> Self {
        Self { base: Arc::new(texts.into_texts()), later: Interner::default() }
    }
}

impl From<Texts> for Words {
    fn from(texts: Texts) -> Self {
        Self { base: Arc::new(texts), later: Interner::default() }
    }
}

impl Words {
    /// Those it was built with, and later ones.
    pub(super) fn of_parts(base: Texts, later: Interner) -> Self {
        Self { base: Arc::new(base), later }
    }

    /// Those it was built with, and later ones.
    pub(super) fn parts(&self) -> (&Texts, &Interner) {
        (&self.base, &self.later)
    }

    /// Bytes of memory: of texts, and of what finds them.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let (base, later) = (self.base.bytes(), self.later.bytes());
        (base.0 + later.0, base.1 + later.1)
    }

    pub(super) fn len(&self) -> usize {
        self.base.len() + self.later.len()
    }

    /// The text of an index; empty for an index never given.
    #[inline]
    pub(super) fn text(&self, index: u32) -> &str {
        match index.checked_sub(self.base.len() as u32) {
            None => self.base.text(index),
            Some(later) => self.later.text(later),
        }
    }

    /// The index of a text: of a later one where it has one, a new one otherwise. One text may
    /// have two indices.
    pub(super) fn add(&mut self, text: &str) -> Result<u32, Error> {
        Ok(self.base.len() as u32 + self.later.intern(text)?)
    }
}

/// Codes by dense index: those the chain was built with in byte order, later ones in order of
/// appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct Codes {
    words: Words,
    /// The rank of each later code among all.
    ranks: Vec<u64>,
}

impl Codes {
    /// Codes that an interner has sorted.
    pub(super) fn sorted(codes: Interner) -> Self {
        Self { words: codes.into(), ranks: Vec::new() }
    }

    /// Codes of which those the chain was built with are in byte order.
    pub(super) fn of_words(words: Words) -> Self {
        let mut codes = Self { words, ranks: Vec::new() };
        codes.rank_later();
        codes
    }

    pub(super) fn words(&self) -> &Words {
        &self.words
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The text of an index; empty for an index never given.
    #[inline]
    pub(super) fn text(&self, index: u32) -> &str {
        self.words.text(index)
    }

    /// The index of a code. O(log n).
    pub(super) fn get(&self, code: &str) -> Option<u32> {
        let Words { base, later } = &self.words;
        let later = || later.get(code).map(|later| base.len() as u32 + later);
        base.search(code).ok().or_else(later)
    }

    /// The codes that begin with a text, of those the chain was built with. O(log n).
    pub(super) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = u32> + 'a {
        let base = &self.words.base;
        let start = base.search(prefix).unwrap_or_else(|start| start);
        (start..base.len() as u32).take_while(move |at| base.text(*at).starts_with(prefix))
    }

    /// A number that orders codes as their texts.
    pub(super) fn rank(&self, index: u32) -> u64 {
        match (index as usize).checked_sub(self.words.base.len()) {
            None => u64::from(index + 1) << 32,
            Some(later) => self.ranks.get(later).copied().unwrap_or(u64::MAX),
        }
    }

    /// The index of each code of an interner, adding those that are new; to be followed by
    /// [`Codes::rank_later`]. O(k log n) for k of them, on all threads.
    pub(super) fn intern(&mut self, codes: &Interner) -> Result<Vec<u32>, Error> {
        let base = &self.words.base;
        let numbers = (0..codes.len() as u32).into_par_iter().with_min_len(TOGETHER);
        let known: Vec<Option<u32>> = numbers.map(|at| base.search(codes.text(at)).ok()).collect();
        let add = |(at, known): (u32, Option<u32>)| match known {
            Some(index) => Ok(index),
            None => self.words.add(codes.text(at)),
        };
        (0..).zip(known).map(add).collect()
    }

    /// Bytes of memory beside the words.
    pub(super) fn ranks_bytes(&self) -> usize {
        self.ranks.capacity() * size_of::<u64>()
    }

    /// Ranks the codes that came later. O(k log n) for k of them.
    pub(super) fn rank_later(&mut self) {
        let Words { base, later } = &self.words;
        let mut order: Vec<u32> = (0..later.len() as u32).collect();
        order.sort_unstable_by_key(|at| later.text(*at));
        self.ranks = vec![0; order.len()];
        for (place, at) in (1..).zip(order) {
            let before = base.search(later.text(at)).unwrap_or_else(|before| before);
            self.ranks[at as usize] = u64::from(before) << 32 | place;
        }
    }
}
