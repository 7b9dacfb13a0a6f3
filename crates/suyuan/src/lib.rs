#![doc = include_str!("../../../README.md")]

pub use suyuan_core::*;
pub use suyuan_files as files;

#[cfg(feature = "csv")]
pub use suyuan_csv as csv;

#[cfg(feature = "epcis")]
pub use suyuan_epcis as epcis;

#[cfg(feature = "fcl")]
pub use suyuan_fcl as fcl;

#[cfg(feature = "fsma")]
pub use suyuan_fsma as fsma;

#[cfg(feature = "import")]
pub use suyuan_import as import;

#[cfg(feature = "report")]
pub use suyuan_report as report;

#[cfg(feature = "snapshot")]
pub use suyuan_snapshot as snapshot;

#[cfg(feature = "stats")]
pub use suyuan_stats as stats;
#[cfg(feature = "synth")]
pub use suyuan_synth as synth;
