//! Special functions to full relative precision in both tails.
//!
//! Every tail is `density x ratio`: the density through its distance from the mode (Loader 2000),
//! with the one difference that cancels taken exactly; the ratio as a continued fraction or a
//! series of positive terms. Quantiles step on the logarithm of the tail, which is concave, so
//! that no start can make them diverge.

pub(crate) mod beta;
pub(crate) mod gamma;
pub(crate) mod incomplete;
pub(crate) mod normal;
pub(crate) mod step;
