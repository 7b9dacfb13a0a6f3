//! Control charts: EWMA, p, np.
//!
//! Estimand: whether a series stays about its own mean. All three take the mean (and the EWMA the
//! standard deviation, from the mean moving range over 1.128) from the whole series given: give a
//! quiet one, or set them.
//!
//! Formulas: `w = lambda y + (1 - lambda) w` with limits
//! `mean ± k sd sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 i)))` (Roberts 1959);
//! `p ± k sqrt(p q / n)` and `n p ± k sqrt(n p q)`, cut to what is possible (Shewhart 1931).
//!
//! When not to use: for small expected counts, where three sigma are exceeded far more often than
//! once in 370 ([`proportion`](super::proportion) is exact).
//!
//! ```
//! use suyuan_stats::warning::charts::p_chart;
//! let chart = p_chart(&[3, 4, 2, 15], &[200, 210, 190, 200], 3.0)?;
//! assert!(chart[3].alarm && !chart[0].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

use crate::error::{Error, Result, events, finite, positive, same_length, total};
use crate::warning::Signal;

/// One point of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChartPoint {
    /// The chart.
    pub method: &'static str,
    /// The time point, counted from 0.
    pub at: usize,
    /// What is plotted: the weighted mean, the share or the count.
    pub value: f64,
    /// The centre line.
    pub centre: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// Whether the value is above the upper limit.
    pub alarm: bool,
    /// Whether it is below the lower one.
    pub below: bool,
}

impl From<ChartPoint> for Signal {
    fn from(point: ChartPoint) -> Self {
        Self {
            expected: Some(point.centre),
            limit: Some(point.upper),
            alarm: point.alarm,
            ..Self::new(point.method, point.at, point.value)
        }
    }
}

fn point(
    method: &'static str,
    at: usize,
    value: f64,
    centre: f64,
    limits: (f64, f64),
) -> ChartPoint {
    let (lower, upper) = limits;
    let (alarm, below) = (value > upper, value < lower);
    ChartPoint { method, at, value, centre, lower, upper, alarm, below }
}

/// The mean and the standard deviation from the mean moving range.
///
/// # Errors
/// [`Error::Empty`] for fewer than two values; [`Error::Domain`] for one that is not finite.
pub fn level_of(y: &[f64]) -> Result<(f64, f64)> {
    if y.len() < 2 {
        return Err(Error::Empty { what: "second value" });
    }
    y.iter().try_for_each(|&value| finite("value", value).map(|_| ()))?;
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let ranges: f64 = y.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
    Ok((mean, ranges / (y.len() - 1) as f64 / 1.128))
}

/// The exponentially weighted moving average about a given mean and standard deviation.
/// O(values).
///
/// # Errors
/// [`Error::Domain`] when `lambda` is not above 0 and at most 1, or another value is out of range.
pub fn ewma(
    y: &[f64],
    (mean, sd): (f64, f64),
    lambda: f64,
    sigmas: f64,
) -> Result<Vec<ChartPoint>> {
    if !(lambda > 0.0 && lambda <= 1.0) {
        let expected = "above 0, at most 1";
        return Err(Error::Domain { what: "lambda", value: lambda, expected });
    }
    finite("mean", mean)?;
    crate::error::non_negative("standard deviation", sd)?;
    positive("number of sigmas", sigmas)?;
    let (mut weighted, mut left) = (mean, 1.0);
    y.iter()
        .enumerate()
        .map(|(at, &value)| {
            weighted = lambda * finite("value", value)? + (1.0 - lambda) * weighted;
            left *= (1.0 - lambda) * (1.0 - lambda);
            let spread = sigmas * sd * (lambda / (2.0 - lambda) * (1.0 - left)).sqrt();
            Ok(point("ewma", at, weighted, mean, (mean - spread, mean + spread)))
        })
        .collect()
}

fn centre(x: &[u64], n: &[u64]) -> Result<f64> {
    same_length("numbers tested", n.len(), x.len())?;
    for (&x, &n) in x.iter().zip(n) {
        events(x, n)?;
    }
    let hits = total("events", x.iter().copied())?;
    let whole = total("samples", n.iter().copied())?;
    if whole == 0 {
        return Err(Error::Empty { what: "samples" });
    }
    Ok(hits as f64 / whole as f64)
}

/// The chart of shares. O(values).
///
/// # Errors
/// [`Error::Empty`] when a time point has no samples; [`Error::Exceeds`], [`Error::Length`],
/// [`Error::Domain`] for wrong input.
pub fn p_chart(x: &[u64], n: &[u64], sigmas: f64) -> Result<Vec<ChartPoint>> {
    positive("number of sigmas", sigmas)?;
    let p = centre(x, n)?;
    Ok(x.iter()
        .zip(n)
        .enumerate()
        .map(|(at, (&x, &n))| {
            let spread = sigmas * (p * (1.0 - p) / n as f64).sqrt();
            let limits = ((p - spread).max(0.0), (p + spread).min(1.0));
            point("p_chart", at, x as f64 / n as f64, p, limits)
        })
        .collect())
}

/// The chart of counts. O(values).
///
/// # Errors
/// As [`p_chart`].
pub fn np_chart(x: &[u64], n: &[u64], sigmas: f64) -> Result<Vec<ChartPoint>> {
    positive("number of sigmas", sigmas)?;
    let p = centre(x, n)?;
    Ok(x.iter()
        .zip(n)
        .enumerate()
        .map(|(at, (&x, &n))| {
            let whole = n as f64;
            let spread = sigmas * (whole * p * (1.0 - p)).sqrt();
            let limits = ((whole * p - spread).max(0.0), (whole * p + spread).min(whole));
            point("np_chart", at, x as f64, whole * p, limits)
        })
        .collect())
}
