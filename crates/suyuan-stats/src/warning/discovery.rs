//! Many series at once: how many alarms are false.
//!
//! Estimand: the false-discovery rate, the expected share of alarms without cause among all
//! alarms.
//!
//! Formula: the adjusted p-value of the i-th smallest of `m` is `min over j >= i of m p_j / j`
//! (Benjamini and Hochberg 1995), for independent or positively dependent tests; times
//! `1 + 1/2 + ... + 1/m` for any dependence (Benjamini and Yekutieli 2001). Alarms are those at or
//! below the rate allowed.
//!
//! When not to use: over weeks of one series as if they were new tests each time the same alarm
//! goes on.
//!
//! ```
//! use suyuan_stats::warning::discovery::{Dependence, adjust};
//! let adjusted = adjust(&[0.01, 0.04, 0.04, 0.005], Dependence::Positive)?;
//! assert_eq!(adjusted, [0.02, 0.04, 0.04, 0.02]);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Result, unit};

/// What is known of the tests' dependence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dependence {
    /// Independent, or positively dependent.
    Positive,
    /// Any.
    Any,
}

/// Adjusted p-values in the order given. O(m log m).
///
/// # Errors
/// [`Error::Domain`](crate::Error::Domain) for a value that is no probability.
pub fn adjust(p_values: &[f64], dependence: Dependence) -> Result<Vec<f64>> {
    p_values.iter().try_for_each(|&p| unit("p-value", p).map(|_| ()))?;
    let m = p_values.len();
    let factor = match dependence {
        Dependence::Positive => 1.0,
        Dependence::Any => (1..=m).map(|k| 1.0 / k as f64).sum(),
    };
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]).then(i.cmp(&j)));
    let mut adjusted = vec![1.0; m];
    let mut least = 1.0_f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p_values[at] * (factor * m as f64 / (rank + 1) as f64));
        adjusted[at] = least;
    }
    Ok(adjusted)
}
