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
    /// About `wanted` firms of which `base` or up to twice as many are the largest; at least three
    /// octaves, for which `base` gives way.
    pub(crate) fn new(wanted: u32, base: u32) -> Self {
        let octaves = (wanted / base + 1).ilog2().max(3);
        Self { base: (wanted / ((1 << octaves) - 1)).max(1), octaves }
    }

    pub(crate) const fn len(self) -> u32 {
        self.base * ((1 << self.octaves) - 1)
    }

    /// The `at`th firm chosen with a key of random bits: octaves take turns, and each gives its
    /// firms in a row from a place that the key chooses. When an octave has no more, the last one
    /// gives from the end of its row. Firms of one key are distinct as long as that lasts:
    /// [`Ladder::room`].
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
            let size = self.base << (self.octaves - 1);
            let start = scaled(mixed.rotate_left(5 * (self.octaves - 1) + 3), size);
            size - self.base + (start + size - 1 - self.overflow(turn) % size) % size
        }
    }

    /// How many turns before this one found their octave empty.
    fn overflow(self, turn: u32) -> u32 {
        let turns = |octave| (turn + self.octaves - 1 - octave) / self.octaves;
        (0..self.octaves).map(|octave| turns(octave).saturating_sub(self.base << octave)).sum()
    }

    /// How many distinct firms one key is sure to give.
    #[cfg(test)]
    pub(crate) fn room(self) -> u32 {
        let last = self.base << (self.octaves - 1);
        let fits = |count: &u32| {
            let turn = count + self.octaves;
            turn / self.octaves + 1 + self.overflow(turn) <= last
        };
        (1..).take_while(fits).last().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn firms_of_one_key_are_distinct_and_there() {
        // What is needed of the smallest makers, shops and warehouses among others.
        let ladders = [
            (14, 3, 8),
            (254, 2, 96),
            (14, 2, 2),
            (7, 1, 3),
            (100, 3, 8),
            (1000, 3, 8),
            (400, 2, 96),
            (3900, 2, 96),
        ];
        for (wanted, base, needed) in ladders {
            let ladder = Ladder::new(wanted, base);
            assert!(ladder.len() <= wanted && 2 * ladder.len() >= wanted);
            assert!(ladder.room() >= needed, "{ladder:?} {}", ladder.room());
            for key in (0..2000_u32).map(|key| key.wrapping_mul(2_654_435_761)) {
                let room = ladder.room().min(200);
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
