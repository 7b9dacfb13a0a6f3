//! Statistics of food-safety sampling for Suyuan (溯源).
//!
//! ```
//! use suyuan_stats::detection::{Law, sample_size};
//! use suyuan_stats::proportion::{Method, interval};
//! // 3 of 120 samples failed: the rate with its exact interval.
//! let rate = interval(3, 120, 0.95, Method::ClopperPearson)?;
//! assert!(rate.lower > 0.005 && rate.upper < 0.072);
//! // Samples that find a hazard in 2 % of 500 lots with 95 % probability.
//! assert_eq!(sample_size(Law::Exact { population: 500 }, 0.02, 1.0, 0.95)?.n, 129);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```
//!
//! | question | module |
//! |---|---|
//! | what is this rate, and how sure is it | [`proportion`], [`design`], [`screening`] |
//! | which of many small areas is worst | [`small_area`] |
//! | how many samples show absence | [`detection`] |
//! | what does a plan accept, which plan do I need | [`acceptance`] |
//! | is this rise real | [`warning`] |
//! | how did supervision do | [`compliance`], [`purpose`] |
//! | a tail or a quantile, exactly | [`dist`] |
//!
//! Estimators take slices or iterators of the core's samples and return serde structs that name
//! their method. Every function checks its input: a result is a number or an [`Error`] that says
//! why there is none, never NaN. Results are the same on any number of threads; what is random has a seed.
//!
//! Samples of different purposes are never pooled: see [`purpose`].
//!
//! What is not supported: measurements below a limit of quantification, ISO 3951, tables of
//! reduced, double and multiple inspection of ISO 2859-1 (plans of those kinds are evaluated when
//! given), and the scan over supply networks.

pub mod acceptance;
pub mod compliance;
pub mod design;
pub mod detection;
pub mod dist;
mod error;
mod numeric;
pub mod proportion;
pub mod purpose;
pub mod screening;
pub mod small_area;
mod special;
pub mod warning;

pub use error::{Error, Result};
