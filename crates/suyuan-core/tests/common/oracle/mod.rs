//! A second, naive reading of the semantics, keyed by codes and written for clarity.
//!
//! Links are an explicit list (every pair of a transformation's inputs and outputs its own link,
//! every inferred one too), traces are repeated sweeps over all of them, sums are filters over
//! all records, and shares are exact fractions. Nothing here is fast.

pub(crate) mod contamination;
pub(crate) mod flows;
pub(crate) mod linear;
pub(crate) mod lots;
pub(crate) mod missing;
pub(crate) mod quantity;
pub(crate) mod recall;
pub(crate) mod reporters;
pub(crate) mod trace;
pub(crate) mod world;

pub(crate) use world::{Stock, Via, World};
