//! Wilson's interval and its relatives.

use crate::special::normal;

/// Wilson's limits for `x` of `n`.
pub(crate) fn wilson_limits(x: u64, n: u64, z: f64) -> (f64, f64) {
    let (lower, upper) = wilson_weighted(x as f64 / n as f64, n as f64, z);
    (if x == 0 { 0.0 } else { lower }, if x == n { 1.0 } else { upper })
}

/// Wilson's limits for a proportion with an effective number of samples.
pub(crate) fn wilson_weighted(p: f64, n: f64, z: f64) -> (f64, f64) {
    let square = z * z;
    let spread = z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    let centre = p + square / (2.0 * n);
    let whole = 1.0 + square / n;
    // The product of the two limits is p^2 / whole: no cancellation near 0, mirrored near 1.
    let upper_sum = centre + spread;
    let lower = if p == 0.0 { 0.0 } else { p * p / upper_sum };
    let q = 1.0 - p;
    let mirrored = q + square / (2.0 * n) + spread;
    let upper = if q == 0.0 { 1.0 } else { 1.0 - q * q / mirrored };
    let upper = if upper > 0.5 { upper } else { upper_sum / whole };
    (lower, upper)
}

/// Wilson's limits with Yates' correction, which is at most half an event and never moves the
/// estimate across one half (as R's `prop.test`).
pub(super) fn corrected(x: u64, n: u64, z: f64) -> (f64, f64) {
    let (hits, whole) = (x as f64, n as f64);
    let shift = (hits - 0.5 * whole).abs().min(0.5);
    let half = z * z / (2.0 * whole);
    let scale = 1.0 + z * z / whole;
    let side = |p: f64, sign: f64| {
        let spread = z * (p * (1.0 - p) / whole + half / (2.0 * whole)).sqrt();
        (p + half + sign * spread) / scale
    };
    let (down, up) = ((hits - shift) / whole, (hits + shift) / whole);
    let lower = if down <= 0.0 { 0.0 } else { side(down, -1.0).max(0.0) };
    let upper = if up >= 1.0 { 1.0 } else { side(up, 1.0).min(1.0) };
    (lower, upper)
}

pub(super) fn agresti_coull(x: u64, n: u64, z: f64) -> (f64, f64) {
    let whole = n as f64 + z * z;
    let centre = (x as f64 + 0.5 * z * z) / whole;
    let spread = z * (centre * (1.0 - centre) / whole).sqrt();
    ((centre - spread).max(0.0), (centre + spread).min(1.0))
}

/// Two-sided score test.
pub(super) fn p_value(x: u64, n: u64, p: f64) -> f64 {
    let whole = n as f64;
    let gap = (x as f64 - whole * p).abs();
    let spread = (whole * p * (1.0 - p)).sqrt();
    if gap == 0.0 {
        1.0
    } else if spread == 0.0 {
        0.0
    } else {
        2.0 * normal::upper(gap / spread)
    }
}
