//! What inference finds when input lines are missing.

use serde::Serialize;

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// Nothing.
    Nothing,
    /// Single lines.
    Lines,
    /// All input lines of a transformation.
    Transformations,
}

/// What inference finds of true contaminations.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Links of the chain.
    pub links: u64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Share removed.
    pub share: f64,
    /// Contaminations.
    pub sources: usize,
    /// Stocks they truly reach, summed.
    pub truly_affected: u64,
    /// By what is removed, then by rules.
    pub rows: Vec<Row>,
}

/// One kind of hole and one way to infer.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What is removed.
    pub removed: Removed,
    /// Input lines there were.
    pub input_lines: u64,
    /// Those removed.
    pub removed_lines: u64,
    /// How links are inferred.
    pub rules: String,
    /// Links inferred.
    pub inferred_links: usize,
    /// Truly affected stocks that tracing finds.
    pub found: u64,
    /// The share of all truly affected ones.
    pub found_share: f64,
    /// Stocks that tracing finds.
    pub scope: u64,
    /// Those that are not truly affected.
    pub over_scope: u64,
    /// In terms of the truly affected ones.
    pub over_share: f64,
}
