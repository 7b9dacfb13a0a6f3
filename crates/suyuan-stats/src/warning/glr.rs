//! The generalised likelihood ratio: a rise of unknown size at an unknown time.
//!
//! Estimand: whether Poisson counts with means `mu_t` in control have been multiplied by a factor
//! above 1 since some week `k`.
//!
//! Formula: `max over k of max over kappa >= 0 of kappa sum x - (e^kappa - 1) sum mu` over the
//! weeks from `k` on (Höhle and Paul 2008); alarm from `threshold` on, after which the sum starts
//! again. The baseline of [`seasonal_baseline`] is a Poisson regression with a trend and
//! harmonics.
//!
//! When not to use: for overdispersed counts, which alarm too often.
//!
//! ```
//! use suyuan_stats::warning::glr::watch;
//! let found = watch(&[4, 7, 6, 10], &[1.455, 1.355, 1.27, 1.198], 5.0)?;
//! assert!(!found[0].alarm && found[1].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use crate::error::{Error, Result, positive, same_length};
use crate::numeric::linear::solve_spd;
use crate::warning::Signal;

/// The statistic of every week and alarms. O(weeks since the last alarm) a week.
///
/// # Errors
/// [`Error::Length`] when there is not one mean a week; [`Error::Domain`] for a mean or a
/// threshold that is not above 0.
pub fn watch(counts: &[u64], means: &[f64], threshold: f64) -> Result<Vec<Signal>> {
    same_length("means", means.len(), counts.len())?;
    positive("threshold", threshold)?;
    means.iter().try_for_each(|&mean| positive("mean in control", mean).map(|_| ()))?;
    let mut start = 0;
    let mut signals = Vec::with_capacity(counts.len());
    for at in 0..counts.len() {
        let (mut x, mut mu, mut best) = (0.0, 0.0, 0.0_f64);
        for k in (start..=at).rev() {
            x += counts[k] as f64;
            mu += means[k];
            if x > mu {
                best = best.max(x * (x / mu).ln() - (x - mu));
            }
        }
        let alarm = best >= threshold;
        signals.push(Signal {
            expected: Some(means[at]),
            limit: Some(threshold),
            statistic: Some(best),
            alarm,
            ..Signal::new("glr_poisson", at, counts[at] as f64)
        });
        if alarm {
            start = at + 1;
        }
    }
    Ok(signals)
}

/// Means from a Poisson regression `ln mu = a + b t + sum over s of c cos + d sin(2 pi s t /
/// frequency)` on the first `history` weeks, continued to the end. `t` counts from 1.
///
/// # Errors
/// [`Error::Empty`] when there are fewer weeks of history than parameters, or no case in them;
/// [`Error::NotEstimable`] when harmonics depend on each other; [`Error::NoConvergence`].
pub fn seasonal_baseline(
    counts: &[u64],
    history: usize,
    frequency: usize,
    harmonics: usize,
    trend: bool,
) -> Result<Vec<f64>> {
    let columns = harmonics.saturating_mul(2).saturating_add(1 + usize::from(trend));
    if frequency == 0 || history <= columns || history > counts.len() {
        return Err(Error::Empty { what: "weeks of history for so many parameters" });
    }
    if counts[..history].iter().all(|&x| x == 0) {
        return Err(Error::NotEstimable { what: "a baseline", reason: "its history has no case" });
    }
    let row = |t: usize| {
        let time = (t + 1) as f64;
        let mut row = vec![1.0];
        if trend {
            // Centred on the history: the same means, better conditioned.
            row.push(time / history as f64 - 0.5);
        }
        for s in 1..=harmonics {
            let angle = std::f64::consts::TAU * s as f64 * time / frequency as f64;
            row.push(angle.cos());
            row.push(angle.sin());
        }
        row
    };
    let rows: Vec<Vec<f64>> = (0..counts.len()).map(row).collect();
    let mut mu: Vec<f64> = counts[..history].iter().map(|&y| y as f64 + 0.1).collect();
    let mut eta: Vec<f64> = mu.iter().map(|mu| mu.ln()).collect();
    let mut coefficients = vec![0.0; columns];
    let mut before = f64::INFINITY;
    const STEPS: usize = 60;
    for _ in 0..STEPS {
        let mut matrix = vec![vec![0.0; columns]; columns];
        let mut right = vec![0.0; columns];
        for t in 0..history {
            let target = eta[t] + (counts[t] as f64 - mu[t]) / mu[t];
            for i in 0..columns {
                right[i] += mu[t] * rows[t][i] * target;
                for j in 0..=i {
                    matrix[i][j] += mu[t] * rows[t][i] * rows[t][j];
                }
            }
        }
        coefficients = solve_spd(&matrix, &right).ok_or(Error::NotEstimable {
            what: "a baseline",
            reason: "its columns depend on each other",
        })?;
        let mut deviance = 0.0;
        for t in 0..history {
            eta[t] = rows[t].iter().zip(&coefficients).map(|(x, b)| x * b).sum();
            mu[t] = eta[t].exp();
            let y = counts[t] as f64;
            let own = if y > 0.0 { y * y.ln() } else { 0.0 };
            deviance += 2.0 * (own - y * eta[t] - (y - mu[t]));
        }
        if (deviance - before).abs() <= 1e-12 * (deviance.abs() + 0.1) {
            return Ok(rows
                .iter()
                .map(|row| row.iter().zip(&coefficients).map(|(x, b)| x * b).sum::<f64>().exp())
                .collect());
        }
        before = deviance;
    }
    Err(Error::NoConvergence { what: "the seasonal baseline", iterations: STEPS })
}
