//! Exact fractions, units, pack tables and rounding.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

/// An exact number.
pub(crate) type Num = BigRational;

/// A quantity of which parts may be unknown: what is known of it, and whether that is all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Unknown as a whole where any part is.
    pub(crate) fn or_nothing(self) -> Self {
        if self.complete { self } else { Self::of(None) }
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

/// The units that data-format.md lists, in its order.
const UNITS: [&str; 35] = [
    "kg", "g", "mg", "t", "斤", "两", "lb", "oz", "L", "mL", "pcs", "件", "个", "只", "盒", "袋",
    "瓶", "箱", "包", "桶", "罐", "听", "份", "条", "板", "提", "头", "羽", "枚", "支", "打", "筐",
    "托", "carton", "jar",
];

/// The place of a unit in the list; "case" is 箱, and the pallet comes last.
pub(crate) fn place_in_list(unit: Unit) -> usize {
    UNITS.iter().position(|symbol| *symbol == unit.symbol()).unwrap_or(UNITS.len())
}

/// kg, L or pcs, or the word of packing itself: quantities add up in it.
pub(crate) fn plain_unit(unit: Unit) -> Unit {
    match unit.symbol() {
        "kg" | "g" | "mg" | "t" | "斤" | "两" | "lb" | "oz" => Unit::Kilogram,
        "L" | "mL" => Unit::Litre,
        _ => unit,
    }
}

/// How many kilograms, litres, pieces or words of itself one of the unit is.
pub(crate) fn unit_size(unit: Unit) -> Num {
    let pound = || number(45_359_237) / number(100_000_000);
    match unit.symbol() {
        "t" => number(1000),
        "g" | "mL" => number(1) / number(1000),
        "mg" => number(1) / number(1_000_000),
        "斤" => number(1) / number(2),
        "两" => number(1) / number(20),
        "lb" => pound(),
        "oz" => pound() / number(16),
        _ => number(1),
    }
}

/// Whether a number exceeds another by more than the tolerance of 0.5 %.
pub(crate) fn exceeds(a: &Num, b: &Num) -> bool {
    a - b > b * number(5) / number(1000)
}

/// A row of a pack table: one `unit` is `size` of `of`.
#[derive(Clone, Debug)]
pub(crate) struct PackRow {
    pub(crate) unit: Unit,
    pub(crate) size: Num,
    pub(crate) of: Unit,
}

/// The rows that hold for a lot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packs(pub(crate) Vec<PackRow>);

impl Packs {
    /// Every way from one plain unit to another that comes through none twice: how many rows it
    /// takes, and how many of the other one is.
    fn ways(&self, from: Unit, to: Unit, through: &BTreeSet<Unit>) -> Vec<(usize, Num)> {
        if from == to {
            return vec![(0, Num::one())];
        }
        let mut through = through.clone();
        through.insert(from);
        let mut ways = Vec::new();
        for row in &self.0 {
            let (unit, of) = (plain_unit(row.unit), plain_unit(row.of));
            // One plain unit is so many of the other.
            let ratio = &row.size * unit_size(row.of) / unit_size(row.unit);
            let steps = [(unit, of, ratio.clone()), (of, unit, Num::one() / ratio)];
            for (start, end, ratio) in steps {
                if start == from && !through.contains(&end) {
                    let rest = self.ways(end, to, &through).into_iter();
                    ways.extend(rest.map(|(rows, more)| (rows + 1, &ratio * more)));
                }
            }
        }
        ways
    }

    /// How many of a unit one of another is; `None` where no way leads there or two disagree.
    pub(crate) fn factor(&self, from: Unit, to: Unit) -> Option<Num> {
        let mut ways = self.ways(plain_unit(from), plain_unit(to), &BTreeSet::new());
        ways.sort();
        let least = ways.iter().map(|(_, factor)| factor).min()?;
        let most = ways.iter().map(|(_, factor)| factor).max()?;
        let (_, shortest) = ways.first()?;
        (!exceeds(most, least)).then(|| shortest * unit_size(from) / unit_size(to))
    }

    /// What quantities written in a unit are kept in: kg, L or pcs; of a word of packing what its
    /// rows lead to, or itself.
    pub(crate) fn lead(&self, unit: Unit) -> Unit {
        let plain = [Unit::Kilogram, Unit::Litre, Unit::Piece];
        if plain.contains(&plain_unit(unit)) {
            return plain_unit(unit);
        }
        if let Some(found) = plain.into_iter().find(|plain| self.factor(unit, *plain).is_some()) {
            return found;
        }
        // As its rows are written, to a word that none says more of.
        let mut words = BTreeSet::from([unit]);
        loop {
            let before = words.len();
            let onward = self.0.iter().filter(|row| words.contains(&row.unit));
            let onward: Vec<Unit> = onward.map(|row| row.of).collect();
            words.extend(onward);
            if words.len() == before {
                break;
            }
        }
        words.retain(|word| self.0.iter().all(|row| row.unit != *word));
        words.retain(|word| self.factor(unit, *word).is_some());
        words.into_iter().min_by_key(|word| place_in_list(*word)).unwrap_or(unit)
    }

    /// A written quantity in the base unit; `None` when it is unknown, not above zero, written
    /// too fine, too large or does not convert.
    pub(crate) fn in_base(
        &self,
        written: Option<Decimal>,
        unit: Option<Unit>,
        base: Option<Unit>,
    ) -> Option<Num> {
        let (written, unit, base) = (written?.normalize(), unit?, base?);
        if written <= Decimal::ZERO || written.scale() > 6 {
            return None;
        }
        let value = from_decimal(written) * self.factor(unit, base)?;
        let kept = BigInt::from(millionths(&value).max(1));
        (kept <= BigInt::from(i64::MAX)).then(|| Num::new(kept, BigInt::from(1_000_000)))
    }
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

/// Whether two numbers differ by more than the tolerance of the second.
pub(crate) fn differs(a: &Num, b: &Num) -> bool {
    (a - b).abs() > b * number(5) / number(1000)
}
