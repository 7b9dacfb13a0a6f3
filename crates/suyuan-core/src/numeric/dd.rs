//! Double-double numbers: an unevaluated sum of two `f64`, about 31 significant digits.
//!
//! Used where exact fractions would grow without bound (contamination through many mixtures).
//! Every operation is built from correctly rounded IEEE 754 ones, so results are the same on any
//! machine. Source: Dekker 1971; Joldes, Muller, Popescu 2017 (algorithms 6, 12 and 17).

use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// `hi + lo` with `|lo| <= ulp(hi) / 2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Dd {
    hi: f64,
    lo: f64,
}

/// 2^-80.
const SLACK: f64 = 1.0 / (1_u128 << 80) as f64;

#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

#[inline]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// A number in two halves of 26 bits (Veltkamp 1968), for numbers below 2^996.
#[inline]
fn halves(a: f64) -> (f64, f64) {
    let shifted = a * ((1_u64 << 27) + 1) as f64;
    let high = shifted - (shifted - a);
    (high, a - high)
}

/// Exact (Dekker 1971). A fused multiplication would be shorter, but not every processor has it,
/// and asking costs more than this.
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low);
    (product, error)
}

/// Whole and no larger, for numbers below 2^62.
#[inline]
fn floor(a: f64) -> i64 {
    let cut = a as i64;
    cut - i64::from(cut as f64 > a)
}

impl Dd {
    pub(crate) const ZERO: Self = Self { hi: 0.0, lo: 0.0 };
    pub(crate) const ONE: Self = Self { hi: 1.0, lo: 0.0 };

    /// Exact below 2^106.
    #[inline]
    pub(crate) fn from_int(value: i128) -> Self {
        if value.unsigned_abs() < 1 << 53 {
            return Self { hi: value as i64 as f64, lo: 0.0 };
        }
        let hi = value as f64;
        let lo = (value - hi as i128) as f64;
        let (hi, lo) = fast_two_sum(hi, lo);
        Self { hi, lo }
    }

    pub(crate) const fn from_f64(value: f64) -> Self {
        Self { hi: value, lo: 0.0 }
    }

    pub(crate) fn to_f64(self) -> f64 {
        self.hi + self.lo
    }

    pub(crate) fn is_positive(self) -> bool {
        self.hi > 0.0
    }

    pub(crate) fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    pub(crate) fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// The nearest integer, ties to even. A value so close to a tie that only the arithmetic can
    /// have moved it off (2^-80 of it) counts as one.
    pub(crate) fn round_half_even(self) -> i128 {
        // Most values are whole, and small enough for one register.
        if self.lo == 0.0 && self.hi.abs() < 9e15 && (self.hi as i64) as f64 == self.hi {
            return i128::from(self.hi as i64);
        }
        let (hi_floor, lo_floor, mut whole) = if self.hi.abs() < 4e18 {
            // Conversions to 64 bits are instructions, to 128 bits calls.
            let (hi, lo) = (floor(self.hi), floor(self.lo));
            (hi as f64, lo as f64, i128::from(hi) + i128::from(lo))
        } else {
            let (hi, lo) = (self.hi.floor(), self.lo.floor());
            (hi, lo, hi as i128 + lo as i128)
        };
        let (mut part, mut rest) = two_sum(self.hi - hi_floor, self.lo - lo_floor);
        if part >= 1.0 {
            whole += 1;
            (part, rest) = two_sum(part - 1.0, rest);
        }
        let above_half = (part - 0.5) + rest;
        let slack = ((self.hi.abs() + 1.0) * SLACK).min(0.001);
        let up = if above_half.abs() <= slack { whole & 1 == 1 } else { above_half > 0.0 };
        whole + i128::from(up)
    }
}

impl PartialOrd for Dd {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match self.hi.partial_cmp(&other.hi) {
            Some(Ordering::Equal) => self.lo.partial_cmp(&other.lo),
            order => order,
        }
    }
}

impl Add for Dd {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.hi, other.hi);
        let (low, low_error) = two_sum(self.lo, other.lo);
        let (sum, error) = fast_two_sum(sum, error + low);
        let (hi, lo) = fast_two_sum(sum, error + low_error);
        Self { hi, lo }
    }
}

impl AddAssign for Dd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Dd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { hi: -other.hi, lo: -other.lo }
    }
}

impl Mul for Dd {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let (product, error) = two_product(self.hi, other.hi);
        let cross = self.hi * other.lo + self.lo * other.hi;
        let (hi, lo) = fast_two_sum(product, error + cross);
        Self { hi, lo }
    }
}

impl Mul<f64> for Dd {
    type Output = Self;
    fn mul(self, other: f64) -> Self {
        self * Self { hi: other, lo: 0.0 }
    }
}

/// Division by zero gives what IEEE 754 gives; callers do not divide by zero.
impl Div for Dd {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        let rest = self - other * first;
        let second = rest.hi / other.hi;
        let rest = rest - other * second;
        let third = rest.hi / other.hi;
        let (hi, lo) = fast_two_sum(first, second);
        Self { hi, lo } + Self { hi: third, lo: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;
    use num_rational::BigRational;
    use proptest::prelude::*;

    fn exact(x: Dd) -> BigRational {
        BigRational::from_float(x.hi).unwrap() + BigRational::from_float(x.lo).unwrap()
    }

    fn close(got: Dd, expected: &BigRational) -> bool {
        let error = exact(got) - expected;
        let scale = if expected >= &BigRational::from_integer(0.into()) {
            expected.clone()
        } else {
            -expected.clone()
        };
        let bound = scale / BigRational::from_integer(BigInt::from(2).pow(100));
        error <= bound.clone() && -error <= bound
    }

    proptest! {
        #[test]
        fn operations_keep_a_hundred_bits(a in 1_i128..1 << 100, b in 1_i128..1 << 100,
                                          c in 1_i128..1 << 60) {
            let rational = |x: i128| BigRational::from_integer(x.into());
            let (da, db, dc) = (Dd::from_int(a), Dd::from_int(b), Dd::from_int(c));
            prop_assert!(close(da + db, &(rational(a) + rational(b))));
            prop_assert!(close(da * db, &(rational(a) * rational(b))));
            let quotient = rational(a) / rational(b);
            prop_assert!(close(da / db, &quotient));
            prop_assert!(close(da / db * dc, &(quotient * rational(c))));
        }

        #[test]
        fn rounds_fractions_as_exact_arithmetic_does(p in 0_i128..1_000_000_000_000,
                                                     q in 1_i128..1_000_000) {
            let (whole, rest) = (p / q, p % q);
            let expected = match (2 * rest).cmp(&q) {
                Ordering::Less => whole,
                Ordering::Greater => whole + 1,
                Ordering::Equal => whole + (whole & 1),
            };
            prop_assert_eq!((Dd::from_int(p) / Dd::from_int(q)).round_half_even(), expected);
            // The same value reached by a detour that is not exact in binary.
            let third = Dd::from_int(p) / Dd::from_int(3 * q);
            prop_assert_eq!((third + third + third).round_half_even(), expected);
        }
    }

    #[test]
    fn large_values_round_to_themselves() {
        for value in [0, 1, (1 << 53) + 1, (1 << 90) + 12345, i128::from(i64::MAX)] {
            assert_eq!(Dd::from_int(value).round_half_even(), value);
        }
    }
}
