//! Distributions with exact tails: density, both tails and both quantiles.
//!
//! Tails are good to about 1e-13 relative, from shapes of 1e-3 to 1e7 and down to 1e-300; the
//! measured errors are in the crate's page of documentation. Both tails are offered because one
//! less the other loses what matters: `sf` is not `1 - cdf`.
//!
//! When not to use: outside these ranges digits are lost, one for every power of ten; from 1e12 on
//! (shapes, trials, degrees of freedom) and below 1e-100 there is an error instead. A tail below the
//! smallest normal `f64` is 0.
//!
//! ```
//! use suyuan_stats::dist::{Beta, Hypergeometric};
//! let upper = Beta::new(2.0, 19.0)?.quantile(0.975)?;
//! assert!((upper - 0.248_732_762_772_028).abs() < 1e-14);
//! // 64 samples of 1000 lots miss 50 bad ones with a probability below 5 %.
//! assert!(Hypergeometric::new(1000, 50, 64)?.cdf(0) < 0.05);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

mod beta_binomial;
mod binomial;
mod continuous;
mod hypergeometric;
mod negative_binomial;
mod noncentral;
mod poisson;

pub use beta_binomial::BetaBinomial;
pub use binomial::Binomial;
pub use continuous::{Beta, Gamma, Normal, StudentT};
pub use hypergeometric::Hypergeometric;
pub use negative_binomial::NegativeBinomial;
pub use noncentral::NoncentralT;
pub use poisson::Poisson;

pub(crate) use continuous::student_upper_quantile;
