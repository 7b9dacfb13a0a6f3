//! Prevalence from pools.
//!
//! Estimand: the share `p` of bad units when `k` units are mixed into a pool and the pool is
//! tested: a pool is bad with probability `1 - (1 - p)^k`.
//!
//! Formula: `1 - (1 - a)^(1/k)` of the share of truly bad pools `a` and of its limits; with an
//! imperfect test `a` comes from Rogan and Gladen first.
//!
//! When not to use: when mixing dilutes a contaminant below the limit of detection (the
//! sensitivity must be that of the pool), or when all pools are positive: the upper limit is then
//! 1 and the data only bound `p` from below.
//!
//! ```
//! use suyuan_stats::proportion::Method;
//! use suyuan_stats::screening::{Accuracy, pooled};
//! let found = pooled::prevalence(3, 40, 5, Accuracy::PERFECT, 0.95, Method::ClopperPearson)?;
//! assert!((found.estimate - (1.0 - (37.0_f64 / 40.0).powf(0.2))).abs() < 1e-15);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use crate::error::{Error, Result};
use crate::proportion::Method;
use crate::screening::{Accuracy, Prevalence, true_prevalence};

/// The prevalence among units from `positive` of `pools` pools of `size` units each.
///
/// # Errors
/// As [`true_prevalence`]; [`Error::Empty`] when the pools hold no units.
pub fn prevalence(
    positive: u64,
    pools: u64,
    size: u32,
    test: Accuracy,
    confidence: f64,
    method: Method,
) -> Result<Prevalence> {
    if size == 0 {
        return Err(Error::Empty { what: "units in a pool" });
    }
    let of_pools = true_prevalence(positive, pools, test, confidence, method)?;
    let back = |a: f64| -((-a.min(1.0)).ln_1p() / f64::from(size)).exp_m1();
    let (estimate, lower, upper) = of_pools.unconstrained;
    Ok(Prevalence {
        method: "pooled",
        estimate: back(of_pools.estimate),
        lower: back(of_pools.lower),
        upper: back(of_pools.upper),
        unconstrained: (back(estimate), back(lower), back(upper)),
        ..of_pools
    })
}
