//! Whole seats for whole weights: Hamilton, Webster, Jefferson.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::super::exact::cmp_ratio;
use super::{SamplingError, check_total};

/// How a proportional share becomes a whole number (Balinski and Young 1982). Ties go to the
/// stratum that comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rounding {
    /// Largest remainders: every stratum gets its share rounded down or up.
    #[default]
    Hamilton,
    /// Divisor method of odd numbers (Sainte-Laguë): no stratum is favoured for its size.
    Webster,
    /// Divisor method of whole numbers (d'Hondt): favours large strata, never gives less than the
    /// share rounded down.
    Jefferson,
}

/// Shares `total` samples out in proportion to `weights`. Exact: all comparisons are of whole
/// numbers. Takes O(k) for k strata, plus O(k log k) for what rounding leaves over.
///
/// ```
/// use suyuan_core::sampling::{Rounding, apportion};
/// let weights = [3_320_000, 1_285_400, 870_123, 455_001, 301_999, 120_450, 98_765, 23_001];
/// assert_eq!(apportion(&weights, 37, Rounding::Hamilton)?, [19, 7, 5, 3, 2, 1, 0, 0]);
/// assert_eq!(apportion(&weights, 37, Rounding::Webster)?, [18, 7, 5, 3, 2, 1, 1, 0]);
/// assert_eq!(apportion(&weights, 37, Rounding::Jefferson)?, [21, 8, 5, 2, 1, 0, 0, 0]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Empty`] when samples are to be shared out among no weight,
/// [`SamplingError::TooLarge`] above [`super::MOST_SAMPLES`].
pub fn apportion(
    weights: &[u64],
    total: u64,
    rounding: Rounding,
) -> Result<Vec<u64>, SamplingError> {
    check_total(total)?;
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return if total == 0 {
            Ok(vec![0; weights.len()])
        } else {
            Err(SamplingError::Empty { what: "the weights of an allocation" })
        };
    }
    // total <= 2^48 and a weight < 2^64: the product stays below 2^112.
    let share = |weight: u64| u128::from(weight) * u128::from(total);
    let down = |weight: u64| (share(weight) / sum) as u64;
    let mut seats: Vec<u64> = weights.iter().map(|weight| down(*weight)).collect();
    match rounding {
        Rounding::Hamilton => {
            let left = total - seats.iter().sum::<u64>();
            let mut order: Vec<usize> = (0..weights.len()).collect();
            let rest = |at: &usize| std::cmp::Reverse(share(weights[*at]) % sum);
            order.sort_by_key(rest);
            order.iter().take(left as usize).for_each(|at| seats[*at] += 1);
        }
        Rounding::Jefferson => settle(weights, &mut seats, total, u128::from),
        Rounding::Webster => {
            for (seat, weight) in seats.iter_mut().zip(weights) {
                *seat += u64::from(2 * (share(*weight) % sum) >= sum);
            }
            settle(weights, &mut seats, total, |seat| 2 * u128::from(seat) - 1);
        }
    }
    Ok(seats)
}

/// A seat, first or last by priority: `weight / divisor`, ties to the lower index.
#[derive(PartialEq, Eq)]
struct Seat {
    weight: u64,
    divisor: u128,
    at: usize,
    take: bool,
}

impl Ord for Seat {
    /// The greatest is the next to be given, or, with `take`, the next to be taken away.
    fn cmp(&self, other: &Self) -> Ordering {
        let order = cmp_ratio(self.weight.into(), self.divisor, other.weight.into(), other.divisor)
            .then(other.at.cmp(&self.at));
        if self.take { order.reverse() } else { order }
    }
}

impl PartialOrd for Seat {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Gives or takes seats by priority until `total` are given. `divisor(k)` is that of the k-th
/// seat. The seats given so far are those above some threshold, so the result is the method's.
fn settle(weights: &[u64], seats: &mut [u64], total: u64, divisor: impl Fn(u64) -> u128) {
    let given: u64 = seats.iter().sum();
    let take = given > total;
    let seat = |at: usize, seats: &[u64]| {
        let number = if take { seats[at] } else { seats[at] + 1 };
        (weights[at] > 0 && number > 0).then(|| Seat {
            weight: weights[at],
            divisor: divisor(number),
            at,
            take,
        })
    };
    if given == total {
        reorder_ties(weights, seats, divisor);
        return;
    }
    let mut heap: BinaryHeap<Seat> = (0..seats.len()).filter_map(|at| seat(at, seats)).collect();
    for _ in 0..given.abs_diff(total) {
        let Some(best) = heap.pop() else { return };
        if take {
            seats[best.at] -= 1;
        } else {
            seats[best.at] += 1;
        }
        heap.extend(seat(best.at, seats));
    }
    reorder_ties(weights, seats, divisor);
}

/// Where the last seats given tie with seats not given, the ones that come first get them.
fn reorder_ties(weights: &[u64], seats: &mut [u64], divisor: impl Fn(u64) -> u128) {
    let last = (0..seats.len())
        .filter(|at| seats[*at] > 0 && weights[*at] > 0)
        .map(|at| Seat { weight: weights[at], divisor: divisor(seats[at]), at, take: true })
        .max();
    let Some(last) = last else { return };
    let ties = |at: usize, number: u64| {
        weights[at] > 0
            && number > 0
            && cmp_ratio(weights[at].into(), divisor(number), last.weight.into(), last.divisor)
                .is_eq()
    };
    let given: Vec<usize> = (0..seats.len()).filter(|at| ties(*at, seats[*at])).collect();
    let free: Vec<usize> = (0..seats.len()).filter(|at| ties(*at, seats[*at] + 1)).collect();
    let mut all: Vec<usize> = given.iter().chain(&free).copied().collect();
    all.sort_unstable();
    for at in &given {
        seats[*at] -= 1;
    }
    for at in all.iter().take(given.len()) {
        seats[*at] += 1;
    }
}

/// Real weights as whole numbers in the same proportion, to 2^-60 of the largest: what real
/// quotas (Neyman, power, risk) are rounded by. Zero stays zero, and anything above zero stays
/// above it.
///
/// # Errors
/// [`SamplingError::Value`] for a weight that is negative or not finite.
pub fn whole_weights(weights: &[f64]) -> Result<Vec<u64>, SamplingError> {
    super::check_weights("the weight", weights, super::Subject::Stratum)?;
    let most = weights.iter().copied().fold(0.0, f64::max);
    if most == 0.0 {
        return Ok(vec![0; weights.len()]);
    }
    let unit = (1_u64 << 60) as f64;
    let whole = |weight: &f64| (weight / most * unit) as u64;
    Ok(weights.iter().map(|weight| whole(weight).max(u64::from(*weight > 0.0))).collect())
}

#[cfg(test)]
mod tests {
    use num_rational::Ratio;
    use proptest::prelude::*;

    use super::*;

    /// The textbook's words: seats one at a time, or shares and remainders as fractions.
    fn naive(weights: &[u64], total: u64, rounding: Rounding) -> Vec<u64> {
        let sum: u64 = weights.iter().sum();
        let mut seats = vec![0; weights.len()];
        if rounding == Rounding::Hamilton {
            let share = |at: usize| Ratio::new(weights[at] * total, sum);
            for (at, seat) in seats.iter_mut().enumerate() {
                *seat = share(at).to_integer();
            }
            while seats.iter().sum::<u64>() < total {
                let mut best = 0;
                for at in 0..seats.len() {
                    let rest = |at: usize| {
                        if seats[at] > share(at).to_integer() {
                            Ratio::from_integer(0) - 1
                        } else {
                            let (s, floor) = (share(at), share(at).to_integer());
                            Ratio::new(*s.numer() as i64, *s.denom() as i64) - floor as i64
                        }
                    };
                    if rest(at) > rest(best) {
                        best = at;
                    }
                }
                seats[best] += 1;
            }
            return seats;
        }
        for _ in 0..total {
            let mut best = 0;
            for at in 0..seats.len() {
                let priority = |at: usize| {
                    let seat: u64 = seats[at];
                    let divisor =
                        if rounding == Rounding::Webster { 2 * seat + 1 } else { seat + 1 };
                    Ratio::new(weights[at], divisor)
                };
                if priority(at) > priority(best) {
                    best = at;
                }
            }
            seats[best] += 1;
        }
        seats
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn methods_do_as_the_textbook_says(
            weights in prop::collection::vec(0_u64..12, 1..7),
            total in 0_u64..60,
        ) {
            prop_assume!(weights.iter().sum::<u64>() > 0);
            for rounding in [Rounding::Hamilton, Rounding::Webster, Rounding::Jefferson] {
                let seats = apportion(&weights, total, rounding).unwrap();
                prop_assert_eq!(seats, naive(&weights, total, rounding), "{:?}", rounding);
            }
        }

        #[test]
        fn large_weights_keep_the_total(
            weights in prop::collection::vec(1_u64.., 1..9),
            total in 0_u64..=super::super::MOST_SAMPLES,
        ) {
            for rounding in [Rounding::Hamilton, Rounding::Webster, Rounding::Jefferson] {
                let seats = apportion(&weights, total, rounding).unwrap();
                prop_assert_eq!(seats.iter().sum::<u64>(), total);
            }
        }
    }

    #[test]
    fn nothing_cannot_be_shared() {
        assert_eq!(apportion(&[0, 0], 0, Rounding::Hamilton), Ok(vec![0, 0]));
        assert!(matches!(apportion(&[], 1, Rounding::Webster), Err(SamplingError::Empty { .. })));
        assert!(matches!(
            apportion(&[1], u64::MAX, Rounding::Webster),
            Err(SamplingError::TooLarge { .. })
        ));
    }

    #[test]
    fn real_weights_become_whole_ones() {
        assert_eq!(whole_weights(&[1.0, 0.5, 0.0]), Ok(vec![1 << 60, 1 << 59, 0]));
        assert_eq!(whole_weights(&[1e300, 1e-300]).map(|w| w[1]), Ok(1));
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            let said = whole_weights(&[1.0, bad]).unwrap_err().to_string();
            assert!(said.contains("stratum 2"), "{said}");
        }
    }
}
