//! Estimates that follow from how the samples were drawn.
//!
//! Estimands: totals, means and rates of a finite population (all lots on sale in a province, all
//! operators of a county), whole or in a domain, under the design that drew the samples. Nothing is
//! assumed of the values.
//!
//! | module | contents | source |
//! |---|---|---|
//! | [`expansion`] | Horvitz-Thompson, Hajek, Sen-Yates-Grundy, Deville, Brewer | Horvitz and Thompson 1952; Sen 1953; Yates and Grundy 1953; Deville 1999; Brewer 2002 |
//! | [`Survey`] | strata, clusters, finite population corrections: totals, means, ratios, domains; design effects | Särndal, Swensson and Wretman 1992, 5; Cochran 1977; Kish 1965 |
//! | [`satterthwaite`] | degrees of freedom of a sum of variances | Satterthwaite 1946 |
//! | [`calibrate`] | calibration to known totals, linear, raking, logit; post-stratification | Deville and Särndal 1992 |
//! | [`replicates`] | jackknife replicates (JKn) | Rust and Rao 1996 |
//! | [`rate`] | intervals for rates with weights: Korn-Graubard, logit, Wilson, arcsine, likelihood | Korn and Graubard 1998; Rao and Scott 1984 |
//!
//! When not to use: with samples drawn because something looked wrong (supervision, special and
//! follow-up samples have no inclusion probabilities), see [`purpose`](crate::purpose).
//!
//! ```
//! use suyuan_stats::design::Survey;
//! // Two strata of 100 and 40 operators, 4 and 2 of them drawn.
//! let survey = Survey::new(vec![25.0, 25.0, 25.0, 25.0, 20.0, 20.0])?
//!     .strata(&["A", "A", "A", "A", "B", "B"])?
//!     .population(&[100.0, 100.0, 100.0, 100.0, 40.0, 40.0])?;
//! let rate = survey.mean(&[0.0, 0.0, 1.0, 0.0, 1.0, 0.0])?;
//! assert!((rate.estimate - (25.0 + 20.0) / 140.0).abs() < 1e-15 && rate.df == 4.0);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

mod survey;

pub mod calibrate;
pub mod expansion;
pub mod rate;
pub mod replicates;

pub use survey::{Estimate, Quantity, Simple, Survey, satterthwaite};
