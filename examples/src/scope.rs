//! A recall scope as an analyst reads it: what failed, who must be told, which stocks, and how
//! far the records can be trusted.

mod body;
mod group;
mod head;

pub use body::body;
pub use head::head;
