//! Synthetic food supply chains for Suyuan (溯源): a seed in, the same records out on any machine
//! and any number of threads, with contaminations whose true spread is known.
//!
//! ```
//! use suyuan_synth::{ChainSink, Plan};
//! let mut sink = ChainSink::new();
//! let summary = Plan::new(5_000, 1).generate(&mut sink)?;
//! let chain = sink.build()?.chain;
//! let source = &summary.sources[0];
//! assert!(chain.find_stock(&source.batch, &source.operator).is_ok());
//! # Ok::<(), suyuan_synth::Error>(())
//! ```
//!
//! A [`Plan`] says how many links, which seed and how much dirt; [`Plan::generate`] streams
//! records into a [`Sink`](sink::Sink): a [`ChainSink`] builds a chain, a [`CsvFolder`] writes files,
//! [`Counts`] counts. What is generated is described in `docs/workload.md`.

mod catalog;
mod cells;
mod chain_sink;
mod code;
mod csv_folder;
mod damage;
mod days;
mod error;
mod flow;
mod generate;
mod goods;
mod ladder;
pub mod plan;
mod random;
mod registry;
mod ring;
pub mod sink;
mod truth;
mod world;
mod writer;

pub use chain_sink::ChainSink;
pub use csv_folder::CsvFolder;
pub use damage::Broken;
pub use error::Error;
pub use generate::{Progress, Summary};
pub use plan::{Plan, Share};
pub use sink::Counts;
pub use truth::{Origin, PlantedSource};
