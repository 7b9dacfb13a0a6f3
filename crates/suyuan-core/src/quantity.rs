//! Exact quantities with units.
//!
//! A quantity is written as a decimal and a [`Unit`]; inside the engine it is a whole number of
//! millionths of its batch's base unit ([`Amount`]), so sums are exact and fast.
//!
//! ```
//! use suyuan_core::quantity::{parse_quantity, Amount, Unit};
//! let written = parse_quantity("１,０００.５")?;
//! let amount = Amount::convert(written, Unit::Jin, Unit::Kilogram, None)?;
//! assert_eq!(amount.to_decimal().to_string(), "500.25");
//! # Ok::<(), suyuan_core::quantity::QuantityError>(())
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroI64;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::text::{fold_name, fold_width};

/// A unit a quantity is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Unit {
    /// 千克, 公斤.
    #[serde(rename = "kg")]
    Kilogram,
    /// 克.
    #[serde(rename = "g")]
    Gram,
    /// 吨.
    #[serde(rename = "t")]
    Tonne,
    /// 斤, half a kilogram.
    #[serde(rename = "斤")]
    Jin,
    /// 升.
    #[serde(rename = "L")]
    Litre,
    /// 毫升.
    #[serde(rename = "mL")]
    Millilitre,
    /// 件 个 只 盒 袋 瓶 箱.
    #[serde(rename = "pcs")]
    Piece,
}

/// What a unit measures; only quantities of one dimension can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Mass; its own unit is the kilogram.
    Mass,
    /// Volume; its own unit is the litre.
    Volume,
    /// Number of pieces.
    Count,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 7] = [
        Self::Kilogram,
        Self::Gram,
        Self::Tonne,
        Self::Jin,
        Self::Litre,
        Self::Millilitre,
        Self::Piece,
    ];

    /// The symbol results are written with.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Kilogram => "kg",
            Self::Gram => "g",
            Self::Tonne => "t",
            Self::Jin => "斤",
            Self::Litre => "L",
            Self::Millilitre => "mL",
            Self::Piece => "pcs",
        }
    }

    /// What the unit measures.
    #[must_use]
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Kilogram | Self::Gram | Self::Tonne | Self::Jin => Dimension::Mass,
            Self::Litre | Self::Millilitre => Dimension::Volume,
            Self::Piece => Dimension::Count,
        }
    }

    /// The unit of the same dimension that a batch without a product's base unit is kept in:
    /// kg, L or pcs.
    #[must_use]
    pub const fn canonical(self) -> Self {
        match self.dimension() {
            Dimension::Mass => Self::Kilogram,
            Dimension::Volume => Self::Litre,
            Dimension::Count => Self::Piece,
        }
    }

    /// Grams, millilitres or pieces in one of this unit.
    pub(crate) const fn factor(self) -> i128 {
        match self {
            Self::Kilogram | Self::Litre => 1000,
            Self::Gram | Self::Millilitre | Self::Piece => 1,
            Self::Tonne => 1_000_000,
            Self::Jin => 500,
        }
    }

    /// Reads a unit's symbol or Chinese name, ignoring width and case. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(unit) = Self::ALL.into_iter().find(|unit| unit.symbol() == text) {
            return Some(unit);
        }
        Some(match &*fold_name(text) {
            "kg" | "千克" | "公斤" => Self::Kilogram,
            "g" | "克" => Self::Gram,
            "t" | "吨" => Self::Tonne,
            "斤" => Self::Jin,
            "l" | "升" => Self::Litre,
            "ml" | "毫升" => Self::Millilitre,
            "pcs" | "件" | "个" | "只" | "盒" | "袋" | "瓶" | "箱" => Self::Piece,
            _ => return None,
        })
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

    /// Brings a written quantity to a base unit. Pieces convert to mass or volume through `pack`,
    /// the quantity of one piece in the base unit. Exact.
    ///
    /// # Errors
    /// [`QuantityError::NotPositive`], [`QuantityError::NoConversion`],
    /// [`QuantityError::TooManyDecimals`] (more than [`DECIMALS`] in the base unit) or
    /// [`QuantityError::TooLarge`] (above 9.2e12 base units).
    pub fn convert(
        written: Decimal,
        unit: Unit,
        base: Unit,
        pack: Option<Decimal>,
    ) -> Result<Self, QuantityError> {
        if let Some(amount) = Self::convert_small(written, unit, base) {
            return Ok(amount);
        }
        if written <= Decimal::ZERO {
            return Err(QuantityError::NotPositive);
        }
        let (value, from, to) = if unit.dimension() == base.dimension() {
            (written, unit.factor(), base.factor())
        } else {
            match pack {
                Some(pack) if unit == Unit::Piece => {
                    (written.checked_mul(pack).ok_or(QuantityError::TooLarge)?, 1, 1)
                }
                _ => return Err(QuantityError::NoConversion { unit, base }),
            }
        };
        let value = value.normalize();
        // No conversion shifts the point by more than six places, so a finer value never fits.
        let down = 10_i128.checked_pow(value.scale()).ok_or(QuantityError::TooManyDecimals)?;
        if value.scale() > 2 * DECIMALS {
            return Err(QuantityError::TooManyDecimals);
        }
        let up = value.mantissa().checked_mul(from * SCALE).ok_or(QuantityError::TooLarge)?;
        let down = down * to;
        if up % down != 0 {
            return Err(QuantityError::TooManyDecimals);
        }
        i64::try_from(up / down).map(Self::from_millionths).map_err(|_| QuantityError::TooLarge)
    }
}

impl Amount {
    /// What [`Self::convert`] gives of most quantities: those that fit 64 bits on the way.
    #[inline]
    fn convert_small(written: Decimal, unit: Unit, base: Unit) -> Option<Self> {
        const POWERS: [u64; 13] = {
            let mut powers = [1; 13];
            let mut at = 1;
            while at < powers.len() {
                powers[at] = powers[at - 1] * 10;
                at += 1;
            }
            powers
        };
        if unit.dimension() != base.dimension() {
            return None;
        }
        let mantissa = u64::try_from(written.mantissa()).ok().filter(|mantissa| *mantissa > 0)?;
        let up = unit.factor() as u64 * SCALE as u64;
        let down = base.factor() as u64;
        let scale = *POWERS.get(written.scale() as usize)?;
        if !up.is_multiple_of(down) {
            return None;
        }
        let up = mantissa.checked_mul(up / down)?;
        let millionths = up.is_multiple_of(scale).then_some(up / scale)?;
        i64::try_from(millionths).ok().map(Self::from_millionths)
    }
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
    /// Finer than a millionth of the base unit.
    #[error("expected at most 6 decimals in the base unit")]
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
    pub fn add(&mut self, part: Option<Amount>) {
        match part {
            Some(amount) => self.millionths += i128::from(amount.millionths()),
            None => self.complete = false,
        }
    }

    /// Adds what is known of a part, and whether that is all of it.
    #[inline]
    pub(crate) fn add_part(&mut self, known: Amount, complete: bool) {
        self.millionths += i128::from(known.millionths());
        self.complete &= complete;
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
    fn converts_exactly_or_not_at_all() {
        let convert = |text: &str, unit, base, pack: Option<&str>| {
            Amount::convert(
                parse_decimal(text).unwrap(),
                unit,
                base,
                pack.map(|p| parse_decimal(p).unwrap()),
            )
            .map(|a| a.to_decimal().to_string())
        };
        assert_eq!(convert("1", Unit::Jin, Unit::Kilogram, None), Ok("0.5".into()));
        assert_eq!(convert("1.5", Unit::Tonne, Unit::Gram, None), Ok("1500000".into()));
        assert_eq!(convert("1", Unit::Gram, Unit::Tonne, None), Ok("0.000001".into()));
        assert_eq!(convert("250", Unit::Millilitre, Unit::Litre, None), Ok("0.25".into()));
        assert_eq!(convert("1", Unit::Gram, Unit::Jin, None), Ok("0.002".into()));
        assert_eq!(convert("3", Unit::Piece, Unit::Kilogram, Some("0.4")), Ok("1.2".into()));
        assert_eq!(convert("3", Unit::Piece, Unit::Piece, Some("24")), Ok("3".into()));
        assert_eq!(
            convert("0.5", Unit::Gram, Unit::Tonne, None),
            Err(QuantityError::TooManyDecimals)
        );
        assert_eq!(
            convert("0.0000001", Unit::Kilogram, Unit::Kilogram, None),
            Err(QuantityError::TooManyDecimals)
        );
        assert_eq!(
            convert("99999999999999", Unit::Kilogram, Unit::Kilogram, None),
            Err(QuantityError::TooLarge)
        );
        assert!(matches!(
            convert("1", Unit::Kilogram, Unit::Litre, Some("1")),
            Err(QuantityError::NoConversion { .. })
        ));
        assert!(matches!(
            convert("1", Unit::Piece, Unit::Litre, None),
            Err(QuantityError::NoConversion { .. })
        ));
    }
}
