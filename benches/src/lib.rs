//! What the benchmarks share: the workload, the peers, random numbers.

pub mod days;
pub mod peers;
pub mod workload;

/// A multiplicative congruential generator (Steele and Vigna 2021, 64 bits): the same numbers on
/// every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0xf135_7aea_2e62_a9c5);
        ((u128::from(self.0) * u128::from(bound)) >> 64) as u64
    }

    /// An index below `count` that favours the first ones as sizes of firms are favoured: the
    /// square of a uniform number.
    pub fn heavy(&mut self, count: u64) -> u64 {
        let unit = self.below(1 << 24);
        ((u128::from(unit * unit) * u128::from(count)) >> 48) as u64
    }
}
