//! The scores of a FoodChain-Lab network, as a document.

use serde::Serialize;
use suyuan::fcl::{Finding, Reach, Scores};

/// The scores of a network.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Of all that can be reached.
    pub exact: Scores,
    /// Null where the desktop's way would be too large.
    pub desktop: Option<Scores>,
    /// The trace asked for.
    pub trace: Option<Traces>,
    /// What is odd in the document.
    pub findings: Vec<Finding>,
}

/// A trace both ways.
#[derive(Clone, Debug, Serialize)]
pub struct Traces {
    /// Whose.
    pub id: String,
    /// All that can be reached.
    pub exact: Ways,
    /// What the desktop shows.
    pub desktop: Option<Ways>,
}

/// What lies ahead of something and behind it.
#[derive(Clone, Debug, Serialize)]
pub struct Ways {
    /// Ahead.
    pub forward: Reach,
    /// Behind.
    pub backward: Reach,
}
