//! Exact quantities with units.
//!
//! A quantity is written as a decimal and a [`Unit`]; inside the engine it is a whole number of
//! millionths of its batch's base unit ([`Amount`]), so sums are exact and fast.
//!
//! ```
//! use suyuan_core::quantity::{parse_quantity, Amount, Unit};
//! let written = parse_quantity("１,０００.５")?;
//! let amount = Amount::convert(written, Unit::Jin, Unit::Kilogram)?;
//! assert_eq!(amount.to_decimal().to_string(), "500.25");
//! # Ok::<(), suyuan_core::quantity::QuantityError>(())
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroI64;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::text::{fold_name, fold_width};

macro_rules! units {
    ($($(#[$doc:meta])* $name:ident = $symbol:literal $(| $alias:literal)*,
       $dimension:expr, $factor:literal;)*) => {
        /// A unit a quantity is written in. Each word of packing is a unit of its own: how many
        /// bottles are in a case only a pack table says ([`Pack`](crate::model::Pack)).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Unit { $($(#[$doc])* $name,)* }

        impl Unit {
            /// Every unit, in the order that settles ties.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The symbol results are written with.
            #[must_use]
            pub const fn symbol(self) -> &'static str {
                match self { $(Self::$name => $symbol,)* }
            }

            /// What the unit measures.
            #[must_use]
            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$name => $dimension,)* }
            }

            /// Nanograms, nanolitres or pieces in one of this unit.
            pub(crate) const fn factor(self) -> i128 {
                match self { $(Self::$name => $factor,)* }
            }

            /// Reads a unit's symbol, its Chinese or its English name, ignoring width and case.
            /// `None` for anything else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($symbol => return Some(Self::$name),)*
                    _ => {}
                }
                match &*fold_name(text) {
                    $($symbol $(| $alias)* => Some(Self::$name),)*
                    "l" => Some(Self::Litre),
                    "ml" => Some(Self::Millilitre),
                    _ => None,
                }
            }
        }
    };
}

units! {
    /// 千克, 公斤.
    Kilogram = "kg" | "千克" | "公斤" | "kilogram" | "kilograms", Dimension::Mass, 1_000_000_000_000;
    /// 克.
    Gram = "g" | "克" | "gram" | "grams", Dimension::Mass, 1_000_000_000;
    /// 毫克.
    Milligram = "mg" | "毫克" | "milligram" | "milligrams", Dimension::Mass, 1_000_000;
    /// 吨.
    Tonne = "t" | "吨" | "tonne" | "tonnes", Dimension::Mass, 1_000_000_000_000_000;
    /// 斤, half a kilogram.
    Jin = "斤" | "市斤", Dimension::Mass, 500_000_000_000;
    /// 两, a tenth of a 斤.
    Liang = "两" | "市两", Dimension::Mass, 50_000_000_000;
    /// 磅: 0.45359237 kg.
    Pound = "lb" | "lbs" | "磅" | "pound" | "pounds", Dimension::Mass, 453_592_370_000;
    /// 盎司: a sixteenth of a pound.
    Ounce = "oz" | "盎司" | "ounce" | "ounces", Dimension::Mass, 28_349_523_125;
    /// 升, 公升.
    Litre = "L" | "升" | "公升" | "litre" | "litres" | "liter" | "liters", Dimension::Volume, 1_000_000_000_000;
    /// 毫升.
    Millilitre = "mL" | "毫升" | "millilitre" | "millilitres" | "milliliter" | "milliliters", Dimension::Volume, 1_000_000_000;
    /// Pieces.
    Piece = "pcs" | "pc" | "piece" | "pieces", Dimension::Count, 1;
    /// 件.
    Jian = "件", Dimension::Packing(Self::Jian), 1;
    /// 个.
    Ge = "个", Dimension::Packing(Self::Ge), 1;
    /// 只.
    Zhi = "只", Dimension::Packing(Self::Zhi), 1;
    /// 盒, box.
    Box = "盒", Dimension::Packing(Self::Box), 1;
    /// 袋, bag.
    Bag = "袋", Dimension::Packing(Self::Bag), 1;
    /// 瓶, bottle.
    Bottle = "瓶", Dimension::Packing(Self::Bottle), 1;
    /// 箱, case.
    Case = "箱" | "case" | "cases", Dimension::Packing(Self::Case), 1;
    /// 包, packet.
    Packet = "包", Dimension::Packing(Self::Packet), 1;
    /// 桶, drum.
    Drum = "桶", Dimension::Packing(Self::Drum), 1;
    /// 罐, can.
    Can = "罐", Dimension::Packing(Self::Can), 1;
    /// 听, tin.
    Tin = "听", Dimension::Packing(Self::Tin), 1;
    /// 份, portion.
    Portion = "份", Dimension::Packing(Self::Portion), 1;
    /// 条, strip.
    Strip = "条", Dimension::Packing(Self::Strip), 1;
    /// 板, tray.
    Tray = "板", Dimension::Packing(Self::Tray), 1;
    /// 提, carrier.
    Carrier = "提", Dimension::Packing(Self::Carrier), 1;
    /// 头, head of livestock.
    Head = "头", Dimension::Packing(Self::Head), 1;
    /// 羽, head of poultry.
    Bird = "羽", Dimension::Packing(Self::Bird), 1;
    /// 枚, egg.
    Egg = "枚", Dimension::Packing(Self::Egg), 1;
    /// 支, stick.
    Stick = "支", Dimension::Packing(Self::Stick), 1;
    /// 打, dozen.
    Dozen = "打", Dimension::Packing(Self::Dozen), 1;
    /// 筐, basket.
    Basket = "筐", Dimension::Packing(Self::Basket), 1;
    /// 托, stack.
    Stack = "托", Dimension::Packing(Self::Stack), 1;
    /// Carton.
    Carton = "carton" | "cartons", Dimension::Packing(Self::Carton), 1;
    /// Jar.
    Jar = "jar" | "jars", Dimension::Packing(Self::Jar), 1;
    /// Pallet.
    Pallet = "pallet" | "pallets", Dimension::Packing(Self::Pallet), 1;
}

/// What a unit measures; only quantities of one dimension can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Mass; its own unit is the kilogram.
    Mass,
    /// Volume; its own unit is the litre.
    Volume,
    /// Pieces.
    Count,
    /// A word of packing, which adds up with nothing else.
    Packing(Unit),
}

impl Dimension {
    /// The unit that a batch without a product's base unit is kept in: kg, L, pcs or the word of
    /// packing itself.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Mass => Unit::Kilogram,
            Self::Volume => Unit::Litre,
            Self::Count => Unit::Piece,
            Self::Packing(word) => word,
        }
    }
}

impl Unit {
    /// The unit of the same dimension that a batch without a product's base unit is kept in.
    #[must_use]
    pub const fn canonical(self) -> Self {
        self.dimension().unit()
    }

    /// Whether it is a word of packing, which a pack table gives its meaning.
    #[must_use]
    pub const fn is_packing(self) -> bool {
        matches!(self.dimension(), Dimension::Packing(_))
    }
}

/// Written as its symbol, and read from all that [`Unit::parse`] reads.
impl Serialize for Unit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.symbol())
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format_args!("expected a unit, not {text:?}")))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

/// Decimal places an amount is kept to, in its base unit.
pub const DECIMALS: u32 = 6;
const SCALE: i128 = 1_000_000;

/// A known amount: millionths of the batch's base unit. An `Option` of it takes eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Amount(NonZeroI64);

impl Default for Amount {
    fn default() -> Self {
        Self::ZERO
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.millionths().cmp(&other.millionths())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Amount").field(&self.millionths()).finish()
    }
}

impl Amount {
    /// An amount of `millionths` of the base unit; `i64::MIN` counts as one more.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        // Kept with the sign bit turned, so that nothing but `i64::MIN` becomes zero.
        match NonZeroI64::new(millionths ^ i64::MIN) {
            Some(kept) => Self(kept),
            None => Self::from_millionths(i64::MIN + 1),
        }
    }

    /// Millionths of the base unit.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0.get() ^ i64::MIN
    }

    /// Nothing.
    pub const ZERO: Self = Self::from_millionths(0);

    /// The amount in the base unit, without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.millionths(), DECIMALS).normalize()
    }

    /// Brings a written quantity to a base unit of the same dimension. What does not end within
    /// six decimals of it (a pound in kilograms) is rounded half-even to the sixth, but never to
    /// nothing.
    ///
    /// # Errors
    /// [`QuantityError::NotPositive`], [`QuantityError::NoConversion`],
    /// [`QuantityError::TooManyDecimals`] (more than [`DECIMALS`] as written) or
    /// [`QuantityError::TooLarge`] (above 9.2e12 base units).
    #[inline]
    pub fn convert(written: Decimal, unit: Unit, base: Unit) -> Result<Self, QuantityError> {
        if let Some(amount) = Self::convert_small(written, unit, base) {
            return Ok(amount);
        }
        let ratio = Ratio::between(unit, base).ok_or(QuantityError::NoConversion { unit, base })?;
        Self::times(written, ratio)
    }

    /// A written number of something of which one is a ratio of base units, rounded as
    /// [`Self::convert`] says.
    ///
    /// # Errors
    /// As [`Self::convert`], but for [`QuantityError::NoConversion`].
    pub(crate) fn times(written: Decimal, ratio: Ratio) -> Result<Self, QuantityError> {
        let written = checked(written)?.normalize();
        let over = 10_i128.pow(written.scale());
        let up = written
            .mantissa()
            .checked_mul(ratio.over)
            .and_then(|up| up.checked_mul(SCALE))
            .ok_or(QuantityError::TooLarge)?;
        let down = over.checked_mul(ratio.under).ok_or(QuantityError::TooLarge)?;
        let (whole, rest) = (up / down, up % down);
        let half = rest.cmp(&(down - rest));
        let millionths = match half {
            Ordering::Greater => whole + 1,
            Ordering::Equal => whole + whole % 2,
            Ordering::Less => whole,
        };
        i64::try_from(millionths.max(1))
            .map(Self::from_millionths)
            .map_err(|_| QuantityError::TooLarge)
    }

    /// What [`Self::convert`] gives of most quantities: those that fit 64 bits on the way and end
    /// within six decimals.
    #[inline]
    fn convert_small(written: Decimal, unit: Unit, base: Unit) -> Option<Self> {
        const POWERS: [u64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
        let per = match (unit, base) {
            _ if unit == base => 1_000_000,
            (Unit::Tonne, Unit::Kilogram) => 1_000_000_000,
            (Unit::Kilogram, Unit::Gram) | (Unit::Litre, Unit::Millilitre) => 1_000_000_000,
            (Unit::Gram, Unit::Kilogram) | (Unit::Millilitre, Unit::Litre) => 1_000,
            (Unit::Jin, Unit::Kilogram) => 500_000,
            _ => return None,
        };
        let mantissa = u64::try_from(written.mantissa()).ok().filter(|mantissa| *mantissa > 0)?;
        let scale = *POWERS.get(written.scale() as usize)?;
        let up = mantissa.checked_mul(per)?;
        let millionths = up.is_multiple_of(scale).then_some(up / scale)?;
        i64::try_from(millionths).ok().map(Self::from_millionths)
    }
}

/// A written quantity above zero with at most [`DECIMALS`] decimals.
///
/// # Errors
/// [`QuantityError::NotPositive`] and [`QuantityError::TooManyDecimals`].
fn checked(written: Decimal) -> Result<Decimal, QuantityError> {
    if written <= Decimal::ZERO {
        return Err(QuantityError::NotPositive);
    }
    if written.normalize().scale() > DECIMALS {
        return Err(QuantityError::TooManyDecimals);
    }
    Ok(written)
}

/// How many of one unit are in one of another: a fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    pub(crate) const ONE: Self = Self { over: 1, under: 1 };

    fn new(over: i128, under: i128) -> Self {
        let common = gcd(over, under);
        Self { over: over / common, under: under / common }
    }

    /// A decimal above zero.
    pub(crate) fn of(number: Decimal) -> Option<Self> {
        let number = number.normalize();
        (number > Decimal::ZERO).then(|| Self::new(number.mantissa(), 10_i128.pow(number.scale())))
    }

    /// How many of `base` are in one `unit`; `None` where they measure different things.
    pub(crate) fn between(unit: Unit, base: Unit) -> Option<Self> {
        (unit.dimension() == base.dimension()).then(|| Self::new(unit.factor(), base.factor()))
    }

    pub(crate) const fn inverse(self) -> Self {
        Self { over: self.under, under: self.over }
    }

    /// The product; `None` beyond 128 bits.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        // Crosswise first, so that what cancels out does not overflow.
        let (a, b) = (Self::new(self.over, other.under), Self::new(other.over, self.under));
        Some(Self { over: a.over.checked_mul(b.over)?, under: a.under.checked_mul(b.under)? })
    }

    /// As a floating-point number, to compare ratios within a tolerance.
    pub(crate) fn to_f64(self) -> f64 {
        self.over as f64 / self.under as f64
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Why a text or a number is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Not a plain decimal number.
    #[error("expected a plain decimal number")]
    NotANumber,
    /// Zero or negative.
    #[error("expected a quantity above zero")]
    NotPositive,
    /// Finer than a millionth as written.
    #[error("expected at most 6 decimals")]
    TooManyDecimals,
    /// Beyond the largest amount the engine keeps.
    #[error("expected at most 9223372036854 base units")]
    TooLarge,
    /// The units measure different things and nothing says how they relate.
    #[error("expected a unit that converts to {base}, not {unit}")]
    NoConversion {
        /// The unit written.
        unit: Unit,
        /// The batch's base unit.
        base: Unit,
    },
}

/// Reads a plain decimal number as people write it: thousands separators in groups of three and
/// full-width digits are understood; exponents, NaN, infinities and underscores are not numbers.
///
/// # Errors
/// [`QuantityError::NotANumber`], or [`QuantityError::TooLarge`] beyond 28 digits.
pub fn parse_decimal(text: &str) -> Result<Decimal, QuantityError> {
    if let Some(value) = plain(text.as_bytes()) {
        return Ok(value);
    }
    let folded = fold_width(text);
    let (negative, digits) = match folded.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (whole, fraction) = match digits.iter().position(|b| *b == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(QuantityError::NotANumber);
    }
    if whole.contains(&b',') {
        let mut groups = whole.split(|b| *b == b',');
        let first = groups.next().map_or(0, <[u8]>::len);
        if !(1..=3).contains(&first) || groups.any(|group| group.len() != 3) {
            return Err(QuantityError::NotANumber);
        }
    }
    let mut mantissa: i128 = 0;
    let significant = fraction.len() - fraction.iter().rev().take_while(|b| **b == b'0').count();
    let scale = if significant > 28 {
        return Err(QuantityError::TooManyDecimals);
    } else {
        // Keep the written scale where it fits: 5.50 stays 5.50.
        fraction.len().min(28).max(significant)
    };
    for &byte in whole.iter().filter(|b| **b != b',').chain(&fraction[..scale]) {
        if !byte.is_ascii_digit() {
            return Err(QuantityError::NotANumber);
        }
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|m| m.checked_add(i128::from(byte - b'0')))
            .ok_or(QuantityError::TooLarge)?;
    }
    if fraction[scale..].iter().any(|b| !b.is_ascii_digit()) {
        return Err(QuantityError::NotANumber);
    }
    let signed = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(signed, scale as u32).map_err(|_| QuantityError::TooLarge)
}

/// Reads up to 18 digits with a point among them at most; `None` for any other text.
fn plain(text: &[u8]) -> Option<Decimal> {
    let (mut value, mut point) = (0_i64, None);
    if text.len() > 18 {
        return None;
    }
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| text.len() - 1 - point);
    let digits = text.len() - usize::from(point.is_some());
    (digits > 0).then(|| Decimal::new(value, decimals as u32))
}

/// Reads a quantity: a number as [`parse_decimal`], above zero.
///
/// # Errors
/// As [`parse_decimal`], and [`QuantityError::NotPositive`].
pub fn parse_quantity(text: &str) -> Result<Decimal, QuantityError> {
    let value = parse_decimal(text)?;
    if value > Decimal::ZERO { Ok(value) } else { Err(QuantityError::NotPositive) }
}

/// A sum of amounts of one base unit, with a mark when a part of it is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The known parts, in millionths of the base unit.
    pub millionths: i128,
    /// Whether every part is known.
    pub complete: bool,
}

impl Total {
    /// Nothing, completely known.
    pub const ZERO: Self = Self { millionths: 0, complete: true };

    /// Adds a part; `None` is an unknown one.
    #[inline]
    pub fn add(&mut self, part: Option<Amount>) {
        match part {
            Some(amount) => self.millionths += i128::from(amount.millionths()),
            None => self.complete = false,
        }
    }

    /// Takes a part away; `None` is an unknown one.
    #[inline]
    pub(crate) fn subtract(&mut self, part: Option<Amount>) {
        match part {
            Some(amount) => self.millionths -= i128::from(amount.millionths()),
            None => self.complete = false,
        }
    }

    /// Adds what is known of a part, as if that were all of it.
    #[inline]
    pub(crate) fn add_known(&mut self, part: Option<Amount>) {
        self.millionths += i128::from(part.unwrap_or_default().millionths());
    }

    /// The known parts in the base unit, without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        decimal_from_millionths(self.millionths)
    }
}

impl Default for Total {
    fn default() -> Self {
        Self::ZERO
    }
}

/// Millionths as a decimal without trailing zeros. Sums beyond the range of [`Decimal`]
/// (7.9e22 base units) saturate.
pub(crate) fn decimal_from_millionths(millionths: i128) -> Decimal {
    Decimal::try_from_i128_with_scale(millionths, DECIMALS)
        .map(|d| d.normalize())
        .unwrap_or(if millionths < 0 { Decimal::MIN } else { Decimal::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_people_write_them() {
        for (text, value) in [
            ("5", "5"),
            ("1,000.5", "1000.5"),
            ("１２３．５０", "123.50"),
            (" +7 ", "7"),
            ("0.000001", "0.000001"),
            ("12,345,678", "12345678"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1.00000000000000000000000000000000000000000", "1.0000000000000000000000000000"),
        ] {
            assert_eq!(parse_decimal(text).map(|d| d.to_string()), Ok(value.to_owned()), "{text}");
        }
        for text in [
            "",
            "NaN",
            "1e3",
            "1_000",
            "1,00",
            "1,0000",
            ",100",
            "1.2.3",
            "--1",
            "inf",
            "0x10",
            "1 000",
            "-",
            "+",
            ".",
            "五",
            "1.5,0",
            "1.0000000000000000000000000000000e",
        ] {
            assert!(parse_decimal(text).is_err(), "{text}");
        }
        assert_eq!(parse_quantity("0"), Err(QuantityError::NotPositive));
        assert_eq!(parse_quantity("-3"), Err(QuantityError::NotPositive));
        assert_eq!(parse_decimal(&"9".repeat(40)), Err(QuantityError::TooLarge));
    }

    #[test]
    fn converts_exactly_or_to_the_sixth_decimal() {
        let convert = |text: &str, unit, base| {
            Amount::convert(parse_decimal(text).unwrap(), unit, base)
                .map(|a| a.to_decimal().to_string())
        };
        for (text, unit, base, expected) in [
            ("1", Unit::Jin, Unit::Kilogram, "0.5"),
            ("1.5", Unit::Tonne, Unit::Gram, "1500000"),
            ("1", Unit::Gram, Unit::Tonne, "0.000001"),
            ("250", Unit::Millilitre, Unit::Litre, "0.25"),
            ("1", Unit::Gram, Unit::Jin, "0.002"),
            ("50", Unit::Pound, Unit::Kilogram, "22.679618"),
            ("1", Unit::Ounce, Unit::Gram, "28.349523"),
            ("3", Unit::Liang, Unit::Jin, "0.3"),
            // Never to nothing, and ties to the even sixth decimal.
            ("1", Unit::Milligram, Unit::Tonne, "0.000001"),
            ("0.5", Unit::Gram, Unit::Tonne, "0.000001"),
            ("2.5", Unit::Gram, Unit::Tonne, "0.000002"),
            ("3.5", Unit::Gram, Unit::Tonne, "0.000004"),
        ] {
            assert_eq!(convert(text, unit, base), Ok(expected.into()), "{text} {unit}");
        }
        assert_eq!(
            convert("0.0000001", Unit::Kilogram, Unit::Kilogram),
            Err(QuantityError::TooManyDecimals)
        );
        assert_eq!(
            convert("0.0000005", Unit::Tonne, Unit::Kilogram),
            Err(QuantityError::TooManyDecimals)
        );
        assert_eq!(
            convert("99999999999999", Unit::Kilogram, Unit::Kilogram),
            Err(QuantityError::TooLarge)
        );
        for (unit, base) in [
            (Unit::Kilogram, Unit::Litre),
            (Unit::Piece, Unit::Litre),
            (Unit::Jian, Unit::Piece),
            (Unit::Case, Unit::Carton),
        ] {
            assert_eq!(convert("1", unit, base), Err(QuantityError::NoConversion { unit, base }));
        }
    }

    #[test]
    fn every_unit_is_read_from_its_symbol_and_in_json() {
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.symbol()), Some(*unit));
            let json = serde_json::to_string(unit).unwrap();
            assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), *unit);
        }
        for (text, unit) in [("ＫＧ", Unit::Kilogram), ("l", Unit::Litre), ("Cases", Unit::Case)]
        {
            assert_eq!(Unit::parse(text), Some(unit));
        }
        assert_eq!(Unit::parse("ea"), None);
    }
}
