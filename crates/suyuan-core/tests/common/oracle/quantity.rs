//! Exact fractions, units and rounding.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

/// An exact number.
pub(crate) type Num = BigRational;

/// A quantity of which parts may be unknown: what is known of it, and whether that is all.
#[derive(Clone, Debug)]
pub(crate) struct Quantity {
    pub(crate) known: Num,
    pub(crate) complete: bool,
}

impl Quantity {
    pub(crate) fn zero() -> Self {
        Self { known: Num::zero(), complete: true }
    }

    pub(crate) fn of(part: Option<Num>) -> Self {
        Self { complete: part.is_some(), known: part.unwrap_or_else(Num::zero) }
    }

    pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut total = Self::zero();
        for part in parts {
            total.known += &part.known;
            total.complete &= part.complete;
        }
        total
    }
}

pub(crate) fn number(value: i64) -> Num {
    Num::from_integer(BigInt::from(value))
}

pub(crate) fn from_decimal(value: Decimal) -> Num {
    let scale = BigInt::from(10).pow(value.scale());
    Num::new(BigInt::from(value.mantissa()), scale)
}

/// How many kilograms, litres or pieces one of the unit is.
pub(crate) fn unit_size(unit: Unit) -> Num {
    let thousandths = match unit {
        Unit::Kilogram | Unit::Litre | Unit::Piece => 1000,
        Unit::Gram | Unit::Millilitre => 1,
        Unit::Tonne => 1_000_000,
        Unit::Jin => 500,
        other => panic!("no size of {other}"),
    };
    number(thousandths) / number(1000)
}

/// kg, L or pcs.
pub(crate) fn plain_unit(unit: Unit) -> Unit {
    unit.dimension().unit()
}

/// A written quantity in the base unit; `None` when it is unknown, not above zero, too fine, too
/// large or does not convert.
pub(crate) fn in_base(
    written: Option<Decimal>,
    unit: Option<Unit>,
    base: Option<Unit>,
    pack: Option<Decimal>,
) -> Option<Num> {
    let (written, unit, base) = (from_decimal(written?), unit?, base?);
    if !written.is_positive() {
        return None;
    }
    let value = if unit.dimension() == base.dimension() {
        written * unit_size(unit) / unit_size(base)
    } else if unit == Unit::Piece {
        written * from_decimal(pack?)
    } else {
        return None;
    };
    let millionths = &value * number(1_000_000);
    (millionths.is_integer() && millionths.to_integer() <= BigInt::from(i64::MAX)).then_some(value)
}

/// Rounded half-even to millionths.
pub(crate) fn millionths(value: &Num) -> i128 {
    let scaled = value * number(1_000_000);
    let floor = scaled.floor();
    let rest = &scaled - &floor;
    let half = Num::one() / number(2);
    let odd = (floor.to_integer() % BigInt::from(2)) != BigInt::zero();
    let up = rest > half || (rest == half && odd);
    let rounded = floor.to_integer() + BigInt::from(i32::from(up));
    rounded.to_i128().unwrap()
}
