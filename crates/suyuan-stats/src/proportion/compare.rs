//! Difference and ratio of two rates.
//!
//! Estimands: `p1 - p2` and `p1 / p2` of two independent groups (this year and last, two regions,
//! two categories) sampled for the same purpose.
//!
//! | function | method | source |
//! |---|---|---|
//! | [`difference`] | hybrid score: Wilson's limits of each group combined | Newcombe 1998, method 10 |
//! | [`difference_score`] | score test with the constrained maximum, `N / (N - 1)` | Miettinen and Nurminen 1985 |
//! | [`ratio`] | score test with the constrained maximum | Koopman 1984 |
//! | [`ratio_log`] | normal on the logarithm, one half added at 0 | Katz et al. 1978; Walter 1975 |
//!
//! When not to use: for groups picked because their difference looked large, or more than a few
//! groups at a time (control the false discoveries, [`warning::discovery`](crate::warning)).
//!
//! ```
//! use suyuan_stats::proportion::compare::difference;
//! let change = difference((56, 70), (48, 80), 0.95)?;
//! assert!((change.lower - 0.0524).abs() < 1e-4 && (change.upper - 0.3339).abs() < 1e-4);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use crate::error::{Error, Result, events, open_unit};
use crate::numeric::roots::bracketed;
use crate::proportion::{Interval, wilson_limits};
use crate::special::normal;

/// Events and samples of one group.
pub type Group = (u64, u64);

fn checked(first: Group, second: Group, confidence: f64) -> Result<f64> {
    events(first.0, first.1)?;
    events(second.0, second.1)?;
    Ok(normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?)))
}

fn share((x, n): Group) -> f64 {
    x as f64 / n as f64
}

/// Newcombe's hybrid score interval for `p1 - p2`.
///
/// # Errors
/// As [`interval`](crate::proportion::interval), for either group.
pub fn difference(first: Group, second: Group, confidence: f64) -> Result<Interval> {
    let z = checked(first, second, confidence)?;
    let (p1, p2) = (share(first), share(second));
    let (l1, u1) = wilson_limits(first.0, first.1, z);
    let (l2, u2) = wilson_limits(second.0, second.1, z);
    let estimate = p1 - p2;
    let lower = estimate - (p1 - l1).hypot(u2 - p2);
    let upper = estimate + (u1 - p1).hypot(p2 - l2);
    Ok(Interval::new("newcombe_hybrid_score", estimate, (lower, upper), confidence))
}

/// The maximum likelihood rates under `p1 - p2 = gap`: the second rate.
fn constrained_difference(first: Group, second: Group, gap: f64) -> f64 {
    let (x1, n1, x2, n2) = (first.0 as f64, first.1 as f64, second.0 as f64, second.1 as f64);
    let (low, high) = ((-gap).max(0.0), (1.0 - gap).min(1.0));
    // The likelihood's derivative falls from +inf to -inf between the ends.
    let slope = |p: f64| {
        let q = p + gap;
        let part = |x: f64, n: f64, p: f64| {
            let up = if x == 0.0 { 0.0 } else { x / p };
            let down = if x == n { 0.0 } else { (n - x) / (1.0 - p) };
            up - down
        };
        part(x1, n1, q) + part(x2, n2, p)
    };
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    let (from, to) = (low + 1e-15 * width, high - 1e-15 * width);
    if slope(from) <= 0.0 {
        low
    } else if slope(to) >= 0.0 {
        high
    } else {
        bracketed(from, to, slope)
    }
}

/// Miettinen and Nurminen's score interval for `p1 - p2`.
///
/// # Errors
/// As [`difference`].
pub fn difference_score(first: Group, second: Group, confidence: f64) -> Result<Interval> {
    let z = checked(first, second, confidence)?;
    let estimate = share(first) - share(second);
    let (n1, n2) = (first.1 as f64, second.1 as f64);
    let inflate = (n1 + n2) / (n1 + n2 - 1.0);
    let score = |gap: f64| {
        let p2 = constrained_difference(first, second, gap);
        let p1 = (p2 + gap).clamp(0.0, 1.0);
        let variance = inflate * (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2);
        let distance = estimate - gap;
        if distance == 0.0 {
            0.0
        } else if variance <= 0.0 {
            distance.signum() * f64::MAX
        } else {
            distance / variance.sqrt()
        }
    };
    let lower =
        if score(-1.0) <= z { -1.0 } else { bracketed(-1.0, estimate, |gap| score(gap) - z) };
    let upper = if score(1.0) >= -z { 1.0 } else { bracketed(estimate, 1.0, |gap| score(gap) + z) };
    Ok(Interval::new("miettinen_nurminen", estimate, (lower, upper), confidence))
}

/// Koopman's score interval for `p1 / p2`; the upper limit is infinite when the second group has
/// no event, written as `null` in JSON.
///
/// # Errors
/// As [`difference`]; [`Error::NotEstimable`] when neither group has an event.
pub fn ratio(first: Group, second: Group, confidence: f64) -> Result<Interval> {
    let z = checked(first, second, confidence)?;
    let estimate = ratio_estimate(first, second)?;
    let (x1, n1, x2, n2) = (first.0 as f64, first.1 as f64, second.0 as f64, second.1 as f64);
    // Pearson's chi-square under p1 = r p2 with the constrained rates (Koopman 1984, 2.4).
    let chi = |r: f64| {
        let b = r * (n1 + x2) + x1 + n2;
        let root = (b * b - 4.0 * r * (n1 + n2) * (x1 + x2)).max(0.0).sqrt();
        let p1 = (2.0 * r * (x1 + x2) / (b + root)).min(1.0);
        let p2 = p1 / r;
        let part = |x: f64, n: f64, p: f64| {
            let gap = x - n * p;
            if gap == 0.0 { 0.0 } else { gap * gap / (n * p * (1.0 - p)) }
        };
        part(x1, n1, p1) + part(x2, n2, p2)
    };
    let gap = |ln_r: f64| {
        let value = chi(ln_r.exp()) - z * z;
        if value.is_nan() { f64::MAX } else { value }
    };
    let middle = ((x1 + 0.5) / (n1 + 1.0) / ((x2 + 0.5) / (n2 + 1.0))).ln();
    let centre = if x1 > 0.0 && x2 > 0.0 { estimate.ln() } else { middle };
    let lower = if first.0 == 0 { 0.0 } else { bracketed(centre - 80.0, centre, gap).exp() };
    let upper =
        if second.0 == 0 { f64::INFINITY } else { bracketed(centre, centre + 80.0, gap).exp() };
    Ok(Interval::new("koopman", estimate, (lower, upper), confidence))
}

fn ratio_estimate(first: Group, second: Group) -> Result<f64> {
    if first.0 == 0 && second.0 == 0 {
        return Err(Error::NotEstimable {
            what: "a ratio of two rates",
            reason: "neither group has an event, so every ratio fits",
        });
    }
    Ok(if second.0 == 0 { f64::INFINITY } else { share(first) / share(second) })
}

/// The interval on the logarithm of `p1 / p2`; one half is added to every cell when a group has
/// no event.
///
/// # Errors
/// As [`ratio`].
pub fn ratio_log(first: Group, second: Group, confidence: f64) -> Result<Interval> {
    let z = checked(first, second, confidence)?;
    let estimate = ratio_estimate(first, second)?;
    let extra = if first.0 == 0 || second.0 == 0 { 0.5 } else { 0.0 };
    let (x1, n1) = (first.0 as f64 + extra, first.1 as f64 + extra);
    let (x2, n2) = (second.0 as f64 + extra, second.1 as f64 + extra);
    let at = (x1 / n1 / (x2 / n2)).ln();
    let spread = z * (1.0 / x1 - 1.0 / n1 + 1.0 / x2 - 1.0 / n2).max(0.0).sqrt();
    Ok(Interval::new("katz_log", estimate, ((at - spread).exp(), (at + spread).exp()), confidence))
}
