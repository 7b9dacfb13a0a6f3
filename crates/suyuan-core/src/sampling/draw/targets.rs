//! Inclusion probabilities in proportion to size, as fractions of one denominator.

use super::super::error::{SamplingError, Subject};

/// The largest sum of sizes of a stratum, times its quota: 2^62, so that draws are whole-number
/// arithmetic of 64 bits.
pub const MOST_SIZE: u64 = 1 << 62;

/// The most units of a stratum: 2^28, so that what a draw keeps of each fits in memory.
pub const MOST_UNITS: usize = 1 << 28;

/// Refuses more units than [`MOST_UNITS`].
pub(super) fn check_units(units: usize) -> Result<(), SamplingError> {
    if units <= MOST_UNITS {
        Ok(())
    } else {
        Err(SamplingError::TooLarge { what: "the units of a stratum", limit: MOST_UNITS as u64 })
    }
}

/// Target inclusion probabilities of a stratum: `parts / whole`, exactly, summing to the quota.
///
/// A unit so large that its share would exceed 1 is certain; the others share what is left, in
/// rounds, until none exceeds 1 (Särndal, Swensson, Wretman 1992, section 3.6).
///
/// ```
/// use suyuan_core::sampling::draw::Targets;
/// let targets = Targets::of_sizes(&[500, 300, 20, 15, 12, 10, 8, 5, 5, 5], 4)?;
/// assert_eq!(targets.certain(), [0, 1]);
/// assert_eq!(targets.probability(2), 0.5);
/// assert_eq!(targets.fraction(3), (3, 8));
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// Each unit's part; the whole for a certain one.
    parts: Vec<u64>,
    whole: u64,
    quota: u64,
}

impl Targets {
    /// In proportion to sizes. O(n log n).
    ///
    /// # Errors
    /// [`SamplingError::QuotaAboveFrame`] where fewer units than the quota have a size above
    /// zero; [`SamplingError::TooLarge`] where quota x sum of sizes exceeds [`MOST_SIZE`].
    pub fn of_sizes(sizes: &[u64], quota: u64) -> Result<Self, SamplingError> {
        let positive = sizes.iter().filter(|size| **size > 0).count() as u64;
        if quota > positive {
            return Err(SamplingError::QuotaAboveFrame {
                subject: Subject::Whole,
                quota,
                frame: positive,
            });
        }
        let sum: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
        if sum * u128::from(quota.max(1)) > u128::from(MOST_SIZE) {
            let what = "the sizes of a stratum times its quota";
            return Err(SamplingError::TooLarge { what, limit: MOST_SIZE });
        }
        if quota == 0 {
            return Ok(Self { parts: vec![0; sizes.len()], whole: 1, quota });
        }
        let largest = sizes.iter().copied().max().unwrap_or(0);
        let (mut left, mut rest) = (quota, sum as u64);
        let mut limit = u64::MAX;
        if largest * quota >= rest {
            // Certain from the largest down, while what remains would exceed 1.
            let mut order: Vec<u64> = sizes.to_vec();
            order.sort_unstable_by(|a, b| b.cmp(a));
            for size in order {
                if left == 0 || u128::from(size) * u128::from(left) < u128::from(rest) {
                    break;
                }
                limit = size;
                left -= 1;
                rest -= size;
            }
        }
        let mut certain = 0;
        let mut parts: Vec<u64> = Vec::with_capacity(sizes.len());
        let whole = rest.max(1);
        for size in sizes {
            if *size >= limit && certain < quota - left {
                certain += 1;
                parts.push(whole);
            } else {
                parts.push(size * left);
            }
        }
        Ok(Self { parts, whole, quota })
    }

    /// Probabilities as they are given, which must add up to a whole number within 1e-9: taken to
    /// the nearest fraction of a power of 2 (2^52 for quotas up to 32), what rounding leaves over
    /// being spread by one part each over the largest that are not certain. O(n log n).
    ///
    /// ```
    /// use suyuan_core::sampling::draw::Targets;
    /// let targets = Targets::of_probabilities(&[0.2, 0.7, 0.1, 1.0])?;
    /// assert_eq!((targets.quota(), targets.certain()), (2, vec![3]));
    /// assert!((targets.probability(1) - 0.7).abs() < 1e-15);
    /// # Ok::<(), suyuan_core::sampling::SamplingError>(())
    /// ```
    ///
    /// # Errors
    /// [`SamplingError::Value`] for a probability outside 0 to 1, or a sum that is not whole;
    /// [`SamplingError::TooLarge`] for a quota above 2^20.
    pub fn of_probabilities(probabilities: &[f64]) -> Result<Self, SamplingError> {
        if let Some(at) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            let (p, expected) = (probabilities[at], "a number from 0 to 1");
            return Err(SamplingError::value("the probability", Subject::Stratum(at), p, expected));
        }
        let sum: f64 = probabilities.iter().sum();
        let quota = sum.round() as u64;
        if (sum - quota as f64).abs() > 1e-9 * sum.max(1.0) {
            let (what, expected) = ("the sum of the probabilities", "a whole number");
            return Err(SamplingError::value(what, Subject::Whole, sum, expected));
        }
        if quota > 1 << 20 {
            return Err(SamplingError::TooLarge { what: "the quota", limit: 1 << 20 });
        }
        // The quota squared times the whole stays within `MOST_SIZE`.
        let bits = 64 - quota.max(1).leading_zeros();
        let whole = 1_u64 << (62 - 2 * bits).min(52);
        let mut parts: Vec<u64> =
            probabilities.iter().map(|p| (p * whole as f64).round() as u64).collect();
        let (have, goal) = (parts.iter().sum::<u64>(), quota * whole);
        let mut off = have.abs_diff(goal);
        let mut order: Vec<usize> =
            (0..parts.len()).filter(|unit| parts[*unit] > 0 && parts[*unit] < whole).collect();
        order.sort_by(|a, b| parts[*b].cmp(&parts[*a]));
        while off > 0 {
            let before = off;
            for unit in &order {
                let part = &mut parts[*unit];
                let room = if have < goal { *part + 1 < whole } else { *part > 1 };
                if off > 0 && room {
                    *part = if have < goal { *part + 1 } else { *part - 1 };
                    off -= 1;
                }
            }
            if off == before {
                let (what, expected) = ("the sum of the probabilities", "a whole number");
                return Err(SamplingError::value(what, Subject::Whole, sum, expected));
            }
        }
        Ok(Self { parts, whole, quota })
    }

    /// The same probability for every unit.
    ///
    /// # Errors
    /// [`SamplingError::QuotaAboveFrame`]; [`SamplingError::TooLarge`] above [`MOST_UNITS`].
    pub fn equal(units: usize, quota: u64) -> Result<Self, SamplingError> {
        check_units(units)?;
        if quota > units as u64 {
            let frame = units as u64;
            return Err(SamplingError::QuotaAboveFrame { subject: Subject::Whole, quota, frame });
        }
        Ok(Self { parts: vec![quota; units], whole: (units as u64).max(1), quota })
    }

    /// Units to be drawn.
    #[must_use]
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there are no units.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Each unit's part of [`Targets::whole`].
    #[must_use]
    pub fn parts(&self) -> &[u64] {
        &self.parts
    }

    /// The denominator.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// A unit's probability in lowest terms.
    ///
    /// # Panics
    /// When there is no such unit.
    #[must_use]
    pub fn fraction(&self, unit: usize) -> (u64, u64) {
        let (mut a, mut b) = (self.parts[unit], self.whole);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1);
        (self.parts[unit] / divisor, self.whole / divisor)
    }

    /// A unit's probability, rounded.
    ///
    /// # Panics
    /// When there is no such unit.
    #[must_use]
    pub fn probability(&self, unit: usize) -> f64 {
        self.parts[unit] as f64 / self.whole as f64
    }

    /// The units that are certain, by index.
    #[must_use]
    pub fn certain(&self) -> Vec<usize> {
        (0..self.parts.len()).filter(|unit| self.parts[*unit] == self.whole).collect()
    }

    /// The units that are neither certain nor impossible, by index.
    #[must_use]
    pub fn open(&self) -> Vec<usize> {
        let open = |unit: &usize| self.parts[*unit] > 0 && self.parts[*unit] < self.whole;
        (0..self.parts.len()).filter(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn targets_sum_to_the_quota(
            sizes in prop::collection::vec(0_u64..1000, 1..30),
            part in 0.0..=1.0_f64,
        ) {
            let positive = sizes.iter().filter(|s| **s > 0).count();
            let quota = (positive as f64 * part) as u64;
            let targets = Targets::of_sizes(&sizes, quota).unwrap();
            let sum: u128 = targets.parts.iter().map(|p| u128::from(*p)).sum();
            prop_assert_eq!(sum, u128::from(quota) * u128::from(targets.whole));
            prop_assert!(targets.parts.iter().all(|p| *p <= targets.whole));
            // In proportion among those that are not certain; certain ones are larger.
            let open = targets.open();
            for (a, b) in open.iter().zip(open.iter().skip(1)) {
                prop_assert_eq!(targets.parts[*a] * sizes[*b], targets.parts[*b] * sizes[*a]);
            }
            for a in targets.certain() {
                prop_assert!(open.iter().all(|b| sizes[a] >= sizes[*b]));
            }
        }
    }

    #[test]
    fn quotas_above_the_frame_are_refused() {
        assert!(Targets::of_sizes(&[1, 0, 0], 2).is_err());
        assert!(Targets::of_sizes(&[], 1).is_err());
        assert!(Targets::equal(3, 4).is_err());
        assert!(Targets::of_sizes(&[MOST_SIZE, 1], 1).is_err());
        assert_eq!(Targets::of_sizes(&[3, 0, 1], 2).unwrap().certain(), [0, 2]);
    }
}
