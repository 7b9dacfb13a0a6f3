//! Random numbers: PCG XSL RR 128/64 (`pcg64`), the same on every machine.
//!
//! O'Neill, M. E. (2014): PCG: A family of simple fast space-efficient statistically good
//! algorithms for random number generation. Harvey Mudd College, HMC-CS-2014-0905.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

use crate::plan::Share;

/// The stream constant of the reference implementation.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// One stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(Pcg64);

impl Random {
    /// `N` streams of one seed: the generator of the seed gives each its 128 bits of state, high
    /// half first. What one stream is used for cannot change what another gives.
    pub(crate) fn streams<const N: usize>(seed: u64) -> [Self; N] {
        let mut root = Pcg64::new(seed.into(), STREAM);
        std::array::from_fn(|_| {
            let (high, low) = (root.next_u64(), root.next_u64());
            Self(Pcg64::new(u128::from(high) << 64 | u128::from(low), STREAM))
        })
    }

    /// 32 bits: the low half of the generator's next 64.
    #[inline]
    pub(crate) fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below `bound`, 0 for a bound of 0: the high half of 32 bits times the bound.
    #[inline]
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        scaled(self.bits(), bound)
    }

    /// Whether something that happens to this share happens now.
    #[inline]
    pub(crate) fn hits(&mut self, share: Share) -> bool {
        share.holds(self.bits())
    }
}

/// 32 uniform bits as a number below `bound`.
#[inline]
pub(crate) fn scaled(bits: u32, bound: u32) -> u32 {
    ((u64::from(bits) * u64::from(bound)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_those_of_the_named_algorithm() {
        let [mut first, mut second] = Random::streams(42);
        let got: Vec<u32> = (0..3).map(|_| first.bits()).chain([second.bits()]).collect();
        let mut root = Pcg64::new(42, STREAM);
        let mut state = || u128::from(root.next_u64()) << 64 | u128::from(root.next_u64());
        let (mut a, mut b) = (Pcg64::new(state(), STREAM), Pcg64::new(state(), STREAM));
        let expected = [a.next_u64(), a.next_u64(), a.next_u64(), b.next_u64()];
        assert_eq!(got, expected.map(|word| word as u32));
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let [mut random] = Random::streams(1);
        let mut seen = [0; 7];
        for _ in 0..7000 {
            seen[random.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(random.below(0), 0);
    }
}
