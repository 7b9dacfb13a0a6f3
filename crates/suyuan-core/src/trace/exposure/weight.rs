//! What is counted: final stocks, and what came into them.

use std::ops::{Add, AddAssign, Sub};

use crate::quantity::{Amount, Dimension, Total, Unit};

/// Which dimensions a chain has quantities of, and where they lie in a [`Weight`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grains {
    present: [bool; 3],
}

/// The place of a dimension among all three.
pub(super) const fn slot(dimension: Dimension) -> usize {
    match dimension {
        Dimension::Mass => 0,
        Dimension::Volume => 1,
        Dimension::Count => 2,
    }
}

impl Grains {
    /// As if every dimension occurred.
    pub(super) const ALL: Self = Self { present: [true; 3] };

    pub(super) fn note(&mut self, unit: Option<Unit>) {
        if let Some(unit) = unit {
            self.present[slot(unit.dimension())] = true;
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
            Total {
                millionths: if self.present[at] { weight.sums[place] } else { 0 },
                complete: weight.unknown == 0,
            }
        })
    }
}

/// Final stocks, how many of them have an intake that is not wholly known, and the known intake
/// in millionths of grams, millilitres or pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight<const D: usize> {
    pub(super) finals: u32,
    pub(super) unknown: u32,
    pub(super) sums: [i128; D],
}

impl<const D: usize> Weight<D> {
    pub(super) const ZERO: Self = Self { finals: 0, unknown: 0, sums: [0; D] };

    /// A final stock without intake.
    pub(super) fn one() -> Self {
        Self { finals: 1, ..Self::ZERO }
    }

    /// Adds to the intake of one final stock.
    pub(super) fn add(&mut self, unit: Option<Unit>, known: Option<Amount>, complete: bool) {
        if !complete {
            self.unknown = 1;
        }
        if let (Some(unit), Some(known)) = (unit, known) {
            let place = if D == 1 { 0 } else { slot(unit.dimension()) };
            self.sums[place] += i128::from(known.millionths()) * unit.factor();
        }
    }
}

impl<const D: usize> AddAssign for Weight<D> {
    fn add_assign(&mut self, other: Self) {
        self.finals += other.finals;
        self.unknown += other.unknown;
        for (sum, part) in self.sums.iter_mut().zip(other.sums) {
            *sum += part;
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
            *sum -= part;
        }
        self
    }
}
