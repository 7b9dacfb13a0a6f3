//! A rise from a constant level, whatever its shape.
//!
//! Estimand: whether the means of Poisson counts have increased over time.
//!
//! Formula: the likelihood ratio `prod (m_t / mean)^x_t` of the best non-decreasing means `m_t`
//! (pool adjacent violators) against a constant one (Frisén, Andersson and Schiöler 2009); alarm
//! above `threshold`. Statistics are given as logarithms: they overflow otherwise.
//!
//! When not to use: for seasonal series, which rise every year.
//!
//! ```
//! use suyuan_stats::warning::outbreak::watch;
//! let found = watch(&[1, 0, 2, 1, 5, 9, 14], 100.0, 0..7)?;
//! assert!(!found[3].alarm && found[6].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::ops::Range;

use crate::error::{Result, positive};
use crate::warning::{Signal, check_range};

/// The logarithm of the statistic at the end of a series.
fn ln_statistic(counts: &[u64]) -> f64 {
    // Blocks of equal fitted means: sum and length.
    let mut blocks: Vec<(f64, f64)> = Vec::new();
    for &x in counts {
        let mut block = (x as f64, 1.0);
        while let Some(&(sum, length)) = blocks.last() {
            if block.0 * length > sum * block.1 {
                break;
            }
            block = (block.0 + sum, block.1 + length);
            blocks.pop();
        }
        blocks.push(block);
    }
    let (total, whole) = blocks.iter().fold((0.0, 0.0), |all, b| (all.0 + b.0, all.1 + b.1));
    if total == 0.0 {
        return 0.0;
    }
    let mean = total / whole;
    let rise = |&(sum, length): &(f64, f64)| {
        if sum == 0.0 { 0.0 } else { sum * (sum / length / mean).ln() }
    };
    blocks.iter().map(rise).sum::<f64>().max(0.0)
}

/// The statistic of every week of a range, from the first week of the series on. O(weeks) each.
///
/// # Errors
/// [`Error::Domain`](crate::Error::Domain) when the threshold is not above 0;
/// [`Error::Length`](crate::Error::Length) when the range leaves the series.
pub fn watch(counts: &[u64], threshold: f64, range: Range<usize>) -> Result<Vec<Signal>> {
    let limit = positive("threshold", threshold)?.ln();
    check_range(&range, counts.len(), 0)?;
    Ok(range
        .map(|at| {
            let statistic = ln_statistic(&counts[..=at]);
            Signal {
                limit: Some(limit),
                statistic: Some(statistic),
                alarm: statistic > limit,
                ..Signal::new("outbreak_ln_ratio", at, counts[at] as f64)
            }
        })
        .collect())
}
