//! Comparisons without rounding: products of 128-bit numbers, squares of `f64`.

use std::cmp::Ordering;

/// An unsigned number of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide {
    hi: u128,
    lo: u128,
}

impl Wide {
    /// `a * b`, exactly.
    pub(crate) const fn product(a: u128, b: u128) -> Self {
        const MASK: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & MASK, b >> 64, b & MASK);
        let low = a0 * b0;
        let (mid, carry) = (a1 * b0).overflowing_add(a0 * b1);
        let (lo, over) = low.overflowing_add(mid << 64);
        let hi = a1 * b1 + (mid >> 64) + ((carry as u128) << 64) + over as u128;
        Self { hi, lo }
    }

    /// `self * 2^by`; the caller knows that it fits.
    const fn shifted(self, by: u32) -> Self {
        match by {
            0 => self,
            1..=127 => Self { hi: (self.hi << by) | (self.lo >> (128 - by)), lo: self.lo << by },
            128..=255 => Self { hi: self.lo << (by - 128), lo: 0 },
            _ => Self { hi: u128::MAX, lo: u128::MAX },
        }
    }
}

/// Compares `a / x` with `b / y`; `x` and `y` are positive.
pub(crate) fn cmp_ratio(a: u128, x: u128, b: u128, y: u128) -> Ordering {
    match (a.checked_mul(y), b.checked_mul(x)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => Wide::product(a, y).cmp(&Wide::product(b, x)),
    }
}

/// Compares `a² / x` with `b² / y` as if `a` and `b`, finite and not negative, were real numbers;
/// `x` and `y` are positive.
pub(crate) fn cmp_square_ratio(a: f64, x: u128, b: f64, y: u128) -> Ordering {
    if a == 0.0 || b == 0.0 {
        return a.total_cmp(&b);
    }
    let (left, right) = (a / (x as f64).sqrt(), b / (y as f64).sqrt());
    if left > right * (1.0 + 1e-12) {
        return Ordering::Greater;
    }
    if right > left * (1.0 + 1e-12) {
        return Ordering::Less;
    }
    // The two are within 1e-12 of each other, so neither product nor shift leaves 256 bits.
    let ((a, a_exp), (b, b_exp)) = (parts(a), parts(b));
    let left = Wide::product(u128::from(a) * u128::from(a), y);
    let right = Wide::product(u128::from(b) * u128::from(b), x);
    let shift = 2 * (a_exp - b_exp);
    if shift >= 0 {
        left.shifted(shift.unsigned_abs()).cmp(&right)
    } else {
        left.cmp(&right.shifted(shift.unsigned_abs()))
    }
}

/// A positive number as a whole number of 53 bits times a power of two.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        let shift = fraction.leading_zeros() as i32 - 11;
        (fraction << shift, -1074 - shift)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;

    fn rational(value: f64, over: u128) -> BigRational {
        let value = BigRational::from_float(value).unwrap();
        &value * &value / BigRational::from_integer(over.into())
    }

    proptest! {
        #[test]
        fn products_are_exact(a: u128, b: u128) {
            let wide = Wide::product(a, b);
            let value = (BigUint::from(wide.hi) << 128_u32) + wide.lo;
            prop_assert_eq!(value, BigUint::from(a) * b);
        }

        #[test]
        fn squares_compare_as_real_numbers(
            a in prop_oneof![0.0..1e3_f64, 0.0..1e-3_f64, Just(0.1), Just(0.3), Just(5e-324)],
            b in prop_oneof![0.0..1e3_f64, 0.0..1e-3_f64, Just(0.1), Just(0.3), Just(5e-324)],
            x in 1_u64.., y in 1_u64..,
        ) {
            let (x, y) = (u128::from(x) * 3, u128::from(y) * 3);
            let expected = rational(a, x).cmp(&rational(b, y));
            prop_assert_eq!(cmp_square_ratio(a, x, b, y), expected);
        }

        #[test]
        fn near_ties_are_decided(a in 1e-9..1e9_f64, x in 1_u64..1 << 40, k in 1_u64..1000) {
            // (k a)^2 / (k^2 x) is a^2 / x but for the rounding of k a.
            let b = k as f64 * a;
            let y = u128::from(x) * u128::from(k) * u128::from(k);
            let expected = rational(a, x.into()).cmp(&rational(b, y));
            prop_assert_eq!(cmp_square_ratio(a, x.into(), b, y), expected);
        }
    }
}
