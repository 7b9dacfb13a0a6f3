//! Rates of many small areas, and which of them is worst.
//!
//! | module | contents | source |
//! |---|---|---|
//! | [`hierarchy`] | areas' rates shrunk to each other, with intervals and ranks that carry what is not known of the areas' common distribution | Christiansen and Morris 1997; Tak and Morris 2017 |
//! | [`beta_binomial`] | that distribution by maximum likelihood or moments | Griffiths 1973; Kleinman 1973 |
//! | [`gamma_poisson`] | the same for events over an exposure | Clayton and Kaldor 1987; Marshall 1991 |
//! | [`ranking`] | the probability of each rank | Laird and Louis 1989 |
//!
//! ```
//! use suyuan_stats::small_area::hierarchy::posterior;
//! let found = posterior(&[
//!     (3, 120), (0, 80), (5, 150), (1, 95), (12, 210), (2, 160), (0, 40), (7, 130),
//! ])?;
//! let areas = found.areas(0.95)?;
//! // Two areas without a failure are not both at 0: the one with 80 samples says more.
//! assert!(areas[1].estimate < areas[6].estimate && areas[1].estimate > 0.0);
//! assert!(found.ranks()?[4].probabilities[0] > 0.4);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

pub mod beta_binomial;
pub mod gamma_poisson;
pub mod hierarchy;
pub mod ranking;
