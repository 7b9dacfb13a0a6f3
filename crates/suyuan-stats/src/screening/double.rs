//! A quick test for every sample, the laboratory for some.
//!
//! Estimand: the share of samples that the laboratory would fail, if it tested all of them.
//!
//! Formula: `sum W_h p_h` over the two groups by quick result, `W_h` their shares among all `n`,
//! `p_h` the laboratory's rates among the `v_h` confirmed at random in each. Its variance is
//! `sum W_h^2 p_h q_h / v_h + sum W_h (p_h - p)^2 / n` (Tenenbein 1970; Cochran 1977, 12.1 to
//! 12.3). The cheapest confirm fractions are Neyman's for double sampling, `f_h` proportional to
//! `sqrt(p_h q_h)`, cut to 1.
//!
//! When not to use: when the confirmed samples were chosen by anything but the quick result and
//! chance.
//!
//! ```
//! use suyuan_stats::screening::double::{Confirmed, estimate, plan};
//! let found = estimate(
//!     Confirmed { screened: 60, confirmed: 60, bad: 48 },
//!     Confirmed { screened: 940, confirmed: 94, bad: 1 },
//!     0.95,
//! )?;
//! assert!((found.estimate - (0.06 * 0.8 + 0.94 / 94.0)).abs() < 1e-12);
//! let cheap = plan(0.05, 0.9, 0.98, 20.0, 500.0, 0.01, 0.95)?;
//! assert!(cheap.cost < cheap.cost_laboratory_only);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, events, open_unit, positive, settled, total};
use crate::proportion::{Interval, wilson_weighted};
use crate::screening::Accuracy;
use crate::special::normal;

/// The samples with one quick result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// How many had this quick result.
    pub screened: u64,
    /// How many of them the laboratory tested.
    pub confirmed: u64,
    /// How many of those it failed.
    pub bad: u64,
}

/// The estimate from both tests, with Wilson's interval at the effective number of samples
/// `p q / variance`. When no variance is seen (rates of 0 or 1 in both groups) the effective
/// number is that of confirmed samples.
///
/// # Errors
/// [`Error::Empty`] when nothing was screened, or a group that occurred has no confirmed sample;
/// [`Error::Exceeds`] when a part is larger than its whole.
pub fn estimate(positive: Confirmed, negative: Confirmed, confidence: f64) -> Result<Interval> {
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    let n = total("screened samples", [positive.screened, negative.screened])?;
    if n == 0 {
        return Err(Error::Empty { what: "screened samples" });
    }
    let whole = n as f64;
    let mut groups = Vec::new();
    for group in [positive, negative] {
        if group.confirmed > group.screened {
            return Err(Error::Exceeds { x: group.confirmed, n: group.screened });
        }
        if group.screened > 0 {
            if group.confirmed == 0 {
                return Err(Error::Empty { what: "confirmed samples of one quick result" });
            }
            events(group.bad, group.confirmed)?;
            let rate = group.bad as f64 / group.confirmed as f64;
            groups.push((group.screened as f64 / whole, rate, group.confirmed as f64));
        }
    }
    let p: f64 = groups.iter().map(|(weight, rate, _)| weight * rate).sum();
    let variance: f64 = groups
        .iter()
        .map(|(weight, rate, count)| {
            weight * weight * rate * (1.0 - rate) / count + weight * (rate - p) * (rate - p) / whole
        })
        .sum();
    let effective = if variance > 0.0 {
        p * (1.0 - p) / variance
    } else {
        (positive.confirmed + negative.confirmed) as f64
    };
    Ok(Interval::new("double_sampling", p, wilson_weighted(p, effective, z), confidence))
}

/// The cheapest way to a precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// How it was made.
    pub method: &'static str,
    /// Samples to screen with the quick test.
    pub screened: u64,
    /// Share of the positive quick results to confirm.
    pub confirm_positive: f64,
    /// Share of the negative quick results to confirm.
    pub confirm_negative: f64,
    /// Laboratory tests to expect.
    pub laboratory: f64,
    /// Expected cost.
    pub cost: f64,
    /// Laboratory tests alone that reach the same precision.
    pub laboratory_only: u64,
    /// Their cost.
    pub cost_laboratory_only: f64,
    /// Whether the quick test saves money at this precision.
    pub worthwhile: bool,
}

/// The confirm fractions and the number of samples that reach a half width of the normal interval
/// at the least expected cost, given a guess of the prevalence and of the quick test's accuracy.
///
/// # Errors
/// [`Error::Domain`] for values outside their range; [`Error::NotEstimable`] when sensitivity and
/// specificity add up to 1 or less, or values are too small for double precision.
pub fn plan(
    prevalence: f64,
    sensitivity: f64,
    specificity: f64,
    quick_cost: f64,
    laboratory_cost: f64,
    half_width: f64,
    confidence: f64,
) -> Result<Plan> {
    let p = open_unit("prevalence", prevalence)?;
    let test = Accuracy::new(sensitivity, specificity)?;
    let (quick, laboratory) = (
        positive("cost of a quick test", quick_cost)?,
        positive("cost of a laboratory test", laboratory_cost)?,
    );
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    let variance = (open_unit("half width", half_width)? / z).powi(2);
    let share = test.apparent(p);
    let rates = [p * test.sensitivity() / share, p * (1.0 - test.sensitivity()) / (1.0 - share)];
    let weights = [share, 1.0 - share];
    let within = [0, 1].map(|h: usize| {
        // With a perfect specificity and sensitivity the shares of one group may vanish.
        if weights[h] <= 0.0 { 0.0 } else { (rates[h] * (1.0 - rates[h])).max(0.0) }
    });
    let between = (0..2)
        .filter(|&h| weights[h] > 0.0)
        .map(|h| weights[h] * (rates[h] - p) * (rates[h] - p))
        .sum::<f64>();
    let fractions = best_fractions(weights, within, between, quick, laboratory);
    let mut unit_variance = between;
    let mut unit_cost = quick;
    for h in 0..2 {
        if within[h] > 0.0 {
            unit_variance += weights[h] * within[h] / fractions[h];
        }
        unit_cost += laboratory * weights[h] * fractions[h];
    }
    let screened = (unit_variance / variance).ceil().max(1.0);
    let alone = (p * (1.0 - p) / variance).ceil().max(1.0);
    let cost = screened * unit_cost;
    settled("a plan", cost + fractions[0] + fractions[1] + alone * laboratory)?;
    Ok(Plan {
        method: "double_sampling_neyman",
        screened: screened as u64,
        confirm_positive: fractions[0],
        confirm_negative: fractions[1],
        laboratory: screened * (weights[0] * fractions[0] + weights[1] * fractions[1]),
        cost,
        laboratory_only: alone as u64,
        cost_laboratory_only: alone * laboratory,
        worthwhile: cost < alone * laboratory,
    })
}

/// Minimises `(between + sum W S^2 / f) (quick + laboratory sum W f)` over fractions up to 1; a
/// fraction that would be above 1 is 1 and the other is solved again.
fn best_fractions(
    weights: [f64; 2],
    within: [f64; 2],
    between: f64,
    quick: f64,
    laboratory: f64,
) -> [f64; 2] {
    let mut capped = [false; 2];
    loop {
        let (mut fixed_variance, mut fixed_cost) = (between, quick);
        for h in 0..2 {
            if capped[h] {
                fixed_variance += weights[h] * within[h];
                fixed_cost += laboratory * weights[h];
            }
        }
        let mut again = false;
        let fractions = [0, 1].map(|h: usize| {
            if capped[h] {
                return 1.0;
            }
            if fixed_variance <= 0.0 {
                return 1.0;
            }
            (within[h] * fixed_cost / (laboratory * fixed_variance)).sqrt()
        });
        for h in 0..2 {
            if !capped[h] && fractions[h] > 1.0 {
                capped[h] = true;
                again = true;
            }
        }
        if !again {
            return fractions;
        }
    }
}
