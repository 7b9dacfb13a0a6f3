//! Index numbers of food safety.
//!
//! Definition: with fixed weights `w_k` of categories (their shares of consumption in a stated base
//! year, adding up to 1) and passing shares `p_k` of evaluation samples, the **level** is
//! `100 sum w_k p_k` and the **index** of a period against a base is
//! `100 sum w_k p_k / sum w_k p0_k`: a Laspeyres index, which moves with safety and not with what
//! is eaten or sampled more. Its interval is the delta method's on the logarithm, with one half
//! added to passing and failing counts of every category for the variance.
//!
//! When not to use: with weights that change between the two periods, or from samples of other
//! purposes than evaluation.
//!
//! ```
//! use suyuan_stats::compliance::index::{Category, index};
//! let category = |share, base, now| Category { share, base, now };
//! let found = index(
//!     &[category(0.6, (970, 1000), (985, 1000)), category(0.4, (450, 500), (455, 500))],
//!     0.95,
//! )?;
//! assert!((found.index - 100.0 * (0.6 * 0.985 + 0.4 * 0.91) / (0.6 * 0.97 + 0.4 * 0.9)).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, events, non_negative, open_unit};
use crate::special::normal;

/// One category: its weight, and passing and tested samples in the two periods.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The weight; weights are normalised.
    pub share: f64,
    /// Passing and tested in the base period.
    pub base: (u64, u64),
    /// Passing and tested now.
    pub now: (u64, u64),
}

/// An index with its definition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Index {
    /// How it was made.
    pub method: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// The level now, out of 100.
    pub level: f64,
    /// The level in the base period.
    pub base_level: f64,
    /// The index, 100 for no change.
    pub index: f64,
    /// The lower limit of the index.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// The stated coverage.
    pub confidence: f64,
}

/// The index of now against the base.
///
/// # Errors
/// [`Error::Empty`] without categories, weight or samples; [`Error::Exceeds`], [`Error::Domain`]
/// for wrong input; [`Error::NotEstimable`] when nothing passed in one of the periods.
pub fn index(categories: &[Category], confidence: f64) -> Result<Index> {
    let z = normal::upper_quantile(0.5 * (1.0 - open_unit("confidence", confidence)?));
    let mut whole = 0.0;
    for category in categories {
        whole += non_negative("weight of a category", category.share)?;
        events(category.base.0, category.base.1)?;
        events(category.now.0, category.now.1)?;
    }
    if whole <= 0.0 {
        return Err(Error::Empty { what: "categories with a weight" });
    }
    let level = |pick: fn(&Category) -> (u64, u64)| {
        let (mut mean, mut variance) = (0.0, 0.0);
        for category in categories {
            let (x, n) = pick(category);
            let weight = category.share / whole;
            mean += weight * x as f64 / n as f64;
            let p = (x as f64 + 0.5) / (n as f64 + 1.0);
            variance += weight * weight * p * (1.0 - p) / n as f64;
        }
        (mean, variance)
    };
    let (now, now_variance) = level(|category| category.now);
    let (base, base_variance) = level(|category| category.base);
    if now <= 0.0 || base <= 0.0 {
        return Err(Error::NotEstimable {
            what: "an index",
            reason: "nothing passed in one of the two periods",
        });
    }
    let ratio = now / base;
    let spread = z * (now_variance / (now * now) + base_variance / (base * base)).sqrt();
    Ok(Index {
        method: "laspeyres_pass_rate",
        definition: "100 x sum of fixed weights x pass rates now / the same in the base period",
        level: 100.0 * now,
        base_level: 100.0 * base,
        index: 100.0 * ratio,
        lower: 100.0 * ratio * (-spread).exp(),
        upper: 100.0 * ratio * spread.exp(),
        confidence,
    })
}
