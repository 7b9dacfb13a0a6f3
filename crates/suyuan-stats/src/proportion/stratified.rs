//! One rate from samples of several strata with known shares of the population.
//!
//! Estimand: `sum W_h p_h`, the rate of a population whose strata hold the shares `W_h` of it,
//! whatever the numbers sampled in each.
//!
//! Formula: Wilson's limits in every stratum at the quantile
//! `z sqrt(sum W_h^2 v_h) / sum(W_h sqrt(v_h))`, `v_h = p_h q_h / n_h`, added up with the weights
//! (Yan and Su 2010). Where every `v_h` is 0 the limit for equal rates is taken, `v_h = 1 / n_h`.
//! One stratum gives Wilson's interval.
//!
//! When not to use: with a stratum that was not sampled (an error), clusters or unequal chances
//! within strata ([`design`](crate::design)).
//!
//! ```
//! use suyuan_stats::proportion::stratified::{Stratum, wilson};
//! let rate = wilson(
//!     &[Stratum { x: 3, n: 120, share: 0.7 }, Stratum { x: 9, n: 80, share: 0.3 }],
//!     0.95,
//! )?;
//! assert!((rate.estimate - (0.7 * 0.025 + 0.3 * 0.1125)).abs() < 1e-15);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, events, non_negative, open_unit};
use crate::proportion::{Interval, wilson_weighted};
use crate::special::normal;

/// Results of one stratum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// Events.
    pub x: u64,
    /// Samples.
    pub n: u64,
    /// Size of the stratum in any unit (population, output, operators); shares are normalised.
    pub share: f64,
}

/// Yan and Su's stratified Wilson interval. O(strata).
///
/// # Errors
/// [`Error::Empty`] without strata or with one that has no samples; [`Error::Exceeds`],
/// [`Error::Domain`] for wrong counts, sizes or confidence.
pub fn wilson(strata: &[Stratum], confidence: f64) -> Result<Interval> {
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    if strata.is_empty() {
        return Err(Error::Empty { what: "strata" });
    }
    let mut total = 0.0;
    for stratum in strata {
        events(stratum.x, stratum.n)?;
        total += non_negative("size of a stratum", stratum.share)?;
    }
    if total <= 0.0 {
        return Err(Error::Empty { what: "population: every stratum has size 0" });
    }
    let parts: Vec<(f64, f64, f64)> =
        strata.iter().map(|s| (s.share / total, s.x as f64 / s.n as f64, s.n as f64)).collect();
    let certain = parts.iter().all(|&(weight, p, _)| weight == 0.0 || p == 0.0 || p == 1.0);
    let (mut squares, mut roots) = (0.0, 0.0);
    for &(weight, p, n) in &parts {
        let variance = if certain { 1.0 / n } else { p * (1.0 - p) / n };
        squares += weight * weight * variance;
        roots += weight * variance.sqrt();
    }
    let z = z * squares.sqrt() / roots;
    let (mut estimate, mut lower, mut upper) = (0.0, 0.0, 0.0);
    for &(weight, p, n) in &parts {
        let limits = wilson_weighted(p, n, z);
        estimate += weight * p;
        lower += weight * limits.0;
        upper += weight * limits.1;
    }
    Ok(Interval::new("stratified_wilson", estimate, (lower, upper), confidence))
}
