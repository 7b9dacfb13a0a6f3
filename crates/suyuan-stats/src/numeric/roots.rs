//! Roots of monotone functions: bisection sped up by the secant, never leaving its bracket.

/// Where `f` changes sign between `low` and `high` (Illinois variant of false position, Dowell and
/// Jarratt 1971, with a bisection whenever the bracket shrinks slowly). At most 200 evaluations.
pub(crate) fn bracketed(mut low: f64, mut high: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    if at_low == 0.0 {
        return low;
    }
    if at_high == 0.0 {
        return high;
    }
    let mut side = 0;
    for round in 0..200 {
        let width = high - low;
        if width.abs() <= 2.0 * f64::EPSILON * (low.abs() + high.abs()) {
            break;
        }
        let mut middle = low + 0.5 * width;
        if round % 3 != 2 && at_low.is_finite() && at_high.is_finite() {
            let secant = low - at_low * (width / (at_high - at_low));
            if secant > low.min(high) && secant < low.max(high) {
                middle = secant;
            }
        }
        let here = f(middle);
        if here == 0.0 {
            return middle;
        }
        if (here > 0.0) == (at_high > 0.0) {
            (high, at_high) = (middle, here);
            if side == 1 {
                at_low *= 0.5;
            }
            side = 1;
        } else {
            (low, at_low) = (middle, here);
            if side == -1 {
                at_high *= 0.5;
            }
            side = -1;
        }
    }
    0.5 * (low + high)
}

/// The smallest integer in `low..=high` for which `test` holds, when it holds from some point on;
/// `None` when it does not hold at `high`.
pub(crate) fn first_true(low: u64, high: u64, mut test: impl FnMut(u64) -> bool) -> Option<u64> {
    if low > high || !test(high) {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if test(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// As [`first_true`] without an upper end, found by doubling from `guess`; `None` beyond `limit`.
pub(crate) fn first_true_from(
    low: u64,
    guess: u64,
    limit: u64,
    mut test: impl FnMut(u64) -> bool,
) -> Option<u64> {
    let (mut below, mut reach) = (low, guess.max(low).min(limit));
    while !test(reach) {
        if reach == limit {
            return None;
        }
        below = reach + 1;
        reach = reach.saturating_mul(2).saturating_add(1).min(limit);
    }
    first_true(below, reach, test)
}
