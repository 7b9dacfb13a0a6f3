//! Sizes of firms: a ladder of octaves, each with twice the firms of the one before and the same
//! share of the trade, so that the firm of rank r trades about 1/r of what the first does (Zipf's
//! law with exponent 1, in steps).

use crate::random::scaled;

/// Firms `0..len()`, largest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ladder {
    base: u32,
    octaves: u32,
}

impl Ladder {
    /// About `wanted` firms of which `base` or a little more are the largest; at least three
    /// octaves.
    pub(crate) fn new(wanted: u32, base: u32) -> Self {
        let octaves = (wanted / base + 1).ilog2().max(3);
        Self { base: (wanted / ((1 << octaves) - 1)).max(base), octaves }
    }

    pub(crate) const fn len(self) -> u32 {
        self.base * ((1 << self.octaves) - 1)
    }

    /// The `at`th firm chosen with a key of random bits. Firms of one key are distinct as long as
    /// the last octave has room for all that do not fit into theirs: [`Ladder::room`].
    #[inline]
    pub(crate) fn pick(self, key: u32, at: u32) -> u32 {
        let mixed = key.wrapping_mul(0x9e37_79b1);
        let turn = at + (mixed >> 8) % self.octaves;
        let (round, octave) = (turn / self.octaves, turn % self.octaves);
        let size = self.base << octave;
        if round < size {
            let start = scaled(mixed.rotate_left(5 * octave + 3), size);
            let place = start + round;
            size - self.base + if place < size { place } else { place - size }
        } else {
            // Taken from the end of the last octave, which is filled from its start.
            let size = self.base << (self.octaves - 1);
            let start = scaled(mixed.rotate_left(5 * (self.octaves - 1) + 3), size);
            size - self.base + (start + size - 1 - at % size) % size
        }
    }

    /// How many distinct firms one key is sure to give.
    #[cfg(test)]
    pub(crate) fn room(self) -> u32 {
        let last = self.base << (self.octaves - 1);
        (1..).take_while(|count| count + count / self.octaves + 2 <= last).last().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn firms_of_one_key_are_distinct_and_there() {
        for (wanted, base) in [(7, 1), (21, 3), (28, 3), (1000, 3), (254, 2), (400, 2), (3900, 2)] {
            let ladder = Ladder::new(wanted, base);
            assert!(ladder.len() <= wanted.max(7 * base) && 2 * ladder.len() >= wanted);
            for key in (0..2000_u32).map(|key| key.wrapping_mul(2_654_435_761)) {
                let room = ladder.room().min(96);
                let firms: BTreeSet<u32> = (0..room).map(|at| ladder.pick(key, at)).collect();
                assert_eq!(firms.len() as u32, room, "{ladder:?} {key}");
                assert!(firms.last().is_none_or(|firm| *firm < ladder.len()));
            }
        }
    }

    #[test]
    fn every_octave_gets_the_same_share() {
        let ladder = Ladder::new(1000, 3);
        let mut shares = vec![0_u32; ladder.octaves as usize];
        for key in (0..80_000_u32).map(|key| key.wrapping_mul(2_246_822_519)) {
            shares[(ladder.pick(key, 0) / ladder.base + 1).ilog2() as usize] += 1;
        }
        assert!(shares.iter().all(|share| (9_000..11_000).contains(share)), "{shares:?}");
    }
}
