//! What is counted: final stocks, and what came into them.

use std::ops::{Add, AddAssign, Sub};

use crate::quantity::{Amount, Dimension, Total, Unit};

/// Which dimensions a chain has quantities of, and where they lie in a [`Weight`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grains {
    present: [bool; 3],
}

/// Nanograms in a gram.
const NANO: i128 = 1_000_000_000;

/// The place of a dimension among those that are summed; words of packing add up with nothing.
pub(super) const fn slot(dimension: Dimension) -> Option<usize> {
    match dimension {
        Dimension::Mass => Some(0),
        Dimension::Volume => Some(1),
        Dimension::Count => Some(2),
        Dimension::Packing(_) => None,
    }
}

impl Grains {
    /// As if every dimension occurred.
    pub(super) const ALL: Self = Self { present: [true; 3] };

    pub(super) fn note(&mut self, unit: Option<Unit>) {
        if let Some(slot) = unit.and_then(|unit| slot(unit.dimension())) {
            self.present[slot] = true;
        }
    }

    /// Whether one dimension alone occurs.
    pub(super) fn is_single(self) -> bool {
        self.present.iter().filter(|present| **present).count() <= 1
    }

    /// The sums of a weight by dimension: millionths of grams, millilitres and pieces.
    pub(super) fn totals<const D: usize>(self, weight: &Weight<D>) -> [Total; 3] {
        [0, 1, 2].map(|at| {
            let place = if D == 1 { 0 } else { at };
            let sum = if self.present[at] { i128::from(weight.sums[place]) } else { 0 };
            Total {
                millionths: if at == 2 { sum } else { sum / NANO },
                complete: weight.unknown == 0,
            }
        })
    }
}

/// A whole number of 128 bits that may lie at any multiple of eight bytes: a [`Weight`] of one
/// dimension takes 24 bytes then, not 32, and a row with it 32, not 48.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    low: u64,
    high: i64,
}

impl From<i128> for Sum {
    #[inline]
    fn from(sum: i128) -> Self {
        Self { low: sum as u64, high: (sum >> 64) as i64 }
    }
}

impl From<Sum> for i128 {
    #[inline]
    fn from(sum: Sum) -> Self {
        Self::from(sum.high) << 64 | Self::from(sum.low)
    }
}

/// Final stocks, how many of them have an intake that is not wholly known, and the known intake
/// in millionths of nanograms, nanolitres or pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight<const D: usize> {
    pub(super) finals: u32,
    pub(super) unknown: u32,
    pub(super) sums: [Sum; D],
}

impl<const D: usize> Weight<D> {
    pub(super) const ZERO: Self =
        Self { finals: 0, unknown: 0, sums: [Sum { low: 0, high: 0 }; D] };

    /// A final stock without intake.
    pub(super) fn one() -> Self {
        Self { finals: 1, ..Self::ZERO }
    }

    /// Adds to the intake of one final stock.
    pub(super) fn add(&mut self, unit: Option<Unit>, amount: Option<Amount>) {
        let slot = unit.and_then(|unit| slot(unit.dimension()));
        if let (Some(unit), Some(known), Some(slot)) = (unit, amount, slot) {
            let place = if D == 1 { 0 } else { slot };
            let sum = i128::from(self.sums[place]);
            self.sums[place] = (sum + i128::from(known.millionths()) * unit.factor()).into();
        } else {
            self.unknown = 1;
        }
    }
}

impl<const D: usize> AddAssign for Weight<D> {
    fn add_assign(&mut self, other: Self) {
        self.finals += other.finals;
        self.unknown += other.unknown;
        for (sum, part) in self.sums.iter_mut().zip(other.sums) {
            *sum = (i128::from(*sum) + i128::from(part)).into();
        }
    }
}

impl<const D: usize> Add for Weight<D> {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl<const D: usize> Sub for Weight<D> {
    type Output = Self;
    fn sub(mut self, other: Self) -> Self {
        self.finals -= other.finals;
        self.unknown -= other.unknown;
        for (sum, part) in self.sums.iter_mut().zip(other.sums) {
            *sum = (i128::from(*sum) - i128::from(part)).into();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_whole_numbers_of_128_bits() {
        let wide = 1_i128 << 64;
        for sum in [0, 1, -1, wide, -wide, wide - 1, 1 - wide, i128::MAX, i128::MIN] {
            assert_eq!(i128::from(Sum::from(sum)), sum);
        }
        let weight = |sum: i128| Weight::<1> { finals: 1, unknown: 0, sums: [sum.into()] };
        assert_eq!((weight(wide - 1) + weight(1)).sums, [wide.into()]);
        assert_eq!((weight(0) + weight(-wide)).sums, [(-wide).into()]);
        assert_eq!(size_of::<(Weight<1>, bool)>(), 32);
    }
}
