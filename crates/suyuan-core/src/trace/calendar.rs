//! A queue of places by label, in buckets of about an hour: first come, first served within one.
//!
//! Labels never decrease along a link, so what is added belongs to the bucket that is being
//! emptied or to a later one (Brown 1988, calendar queues; here the year never wraps). Labels
//! beyond the calendar's ends share its first and last bucket.

/// No entry.
const NONE: u32 = u32::MAX;
/// The most buckets a calendar has.
const BUCKETS: usize = 1 << 15;
/// Bits of the shortest bucket, in minutes: 64, so that labels that differ seldom share one. In
/// buckets of a day a few paths grow once they were passed on, and every path is found anew.
const SHIFT: u32 = 6;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    first: u32,
    last: u32,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Calendar {
    base: i32,
    /// Bits of a bucket, in minutes.
    shift: u32,
    buckets: Vec<Bucket>,
    /// One bit a bucket: whether it holds anything.
    filled: Vec<u64>,
    /// Places with the entry that follows them in their bucket.
    entries: Vec<(u32, u32)>,
    current: usize,
}

impl Calendar {
    /// For labels mostly between two.
    pub(super) fn new(first: i32, last: i32) -> Self {
        let span = (i64::from(last) - i64::from(first)).max(0);
        let mut shift = SHIFT;
        while span >> shift >= BUCKETS as i64 - 1 {
            shift += 1;
        }
        let count = (span >> shift) as usize + 2;
        Self {
            base: first,
            shift,
            buckets: vec![Bucket { first: NONE, last: NONE }; count],
            filled: vec![0; count.div_ceil(64)],
            entries: Vec::new(),
            current: 0,
        }
    }

    /// Begins anew; to be called on an empty queue.
    pub(super) fn restart(&mut self) {
        self.entries.clear();
        self.current = 0;
    }

    /// The bucket of a label.
    #[inline]
    pub(super) fn bucket(&self, label: i32) -> usize {
        let past = i64::from(label) - i64::from(self.base);
        ((past.max(0) as u64 >> self.shift) as usize).min(self.buckets.len() - 1)
    }

    /// Adds a place under a label, or to the bucket being emptied where that is later.
    #[inline]
    pub(super) fn push(&mut self, label: i32, place: u32) {
        let bucket = self.bucket(label).max(self.current);
        let entry = self.entries.len() as u32;
        self.entries.push((place, NONE));
        let slot = &mut self.buckets[bucket];
        if slot.first == NONE {
            slot.first = entry;
            self.filled[bucket / 64] |= 1 << (bucket % 64);
        } else {
            self.entries[slot.last as usize].1 = entry;
        }
        slot.last = entry;
    }

    /// Takes the first place of the bucket being emptied.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let slot = &mut self.buckets[self.current];
        let (place, next) = *self.entries.get(slot.first as usize)?;
        slot.first = next;
        Some(place)
    }

    /// Goes on to the next bucket that holds anything, the one being emptied being empty.
    pub(super) fn turn(&mut self) -> bool {
        let mut word = self.current / 64;
        self.filled[word] &= !(1 << (self.current % 64));
        loop {
            let bits = self.filled[word];
            if bits != 0 {
                self.current = word * 64 + bits.trailing_zeros() as usize;
                return true;
            }
            word += 1;
            if word == self.filled.len() {
                return false;
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        loop {
            self.buckets[self.current].first = NONE;
            if !self.turn() {
                return;
            }
        }
    }
}
