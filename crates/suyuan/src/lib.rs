#![doc = include_str!("../../../README.md")]

pub use suyuan_core::*;

#[cfg(feature = "csv")]
pub use suyuan_csv as csv;

#[cfg(feature = "report")]
pub use suyuan_report as report;

#[cfg(feature = "snapshot")]
pub use suyuan_snapshot as snapshot;

#[cfg(feature = "stats")]
pub use suyuan_stats as stats;
#[cfg(feature = "synth")]
pub use suyuan_synth as synth;
