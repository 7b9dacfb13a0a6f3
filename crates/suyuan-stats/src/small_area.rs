//! Rates of many small areas, and which of them is worst.
//!
//! | module | contents | source |
//! |---|---|---|
//! | [`beta_binomial`] | empirical Bayes: areas' rates shrunk to each other, with posterior intervals | Griffiths 1973 (maximum likelihood); Kleinman 1973 (moments) |
//! | [`ranking`] | the probability of each rank | Laird and Louis 1989 |
//!
//! ```
//! use suyuan_stats::small_area::{beta_binomial, ranking};
//! let counts = [(3, 120), (0, 80), (5, 150), (1, 95), (12, 210), (2, 160), (0, 40), (7, 130)];
//! let areas = beta_binomial::fit(&counts)?.areas(&counts, 0.95)?;
//! // Two areas without a failure are not both at 0: the one with 80 samples says more.
//! assert!(areas[1].estimate < areas[6].estimate && areas[1].estimate > 0.0);
//! let ranks = ranking::ranks(&areas.iter().map(|area| area.posterior).collect::<Vec<_>>())?;
//! assert!(ranks[4].probabilities[0] > 0.5);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

pub mod beta_binomial;
pub mod ranking;
