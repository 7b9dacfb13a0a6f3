//! What the programs share: flags, loading, text, JSON, CSV, errors. The work itself is the
//! library's; see `docs/data-format.md` for the flags.

pub mod args;
pub mod back;
pub mod bar;
pub mod changes;
pub mod check;
pub mod compared;
pub mod day;
pub mod epcis;
pub mod evaluation;
pub mod exercise;
pub mod explain;
pub mod failure;
pub mod fcl;
pub mod files;
pub mod flat;
pub mod fsma;
pub mod gaps;
pub mod generated;
pub mod holes;
pub mod json;
pub mod load;
pub mod matching;
pub mod pages;
pub mod plans;
pub mod quality;
pub mod report;
pub mod samples;
pub mod sampling;
pub mod scope;
pub mod show;
pub mod steps;
pub mod sums;
pub mod table;
pub mod verdicts;
pub mod watching;
