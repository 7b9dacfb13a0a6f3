//! FoodChain-Lab networks in and out for Suyuan (溯源), with the scores of its desktop and exact
//! ones.
//!
//! ```
//! use suyuan_fcl::{Delivery, Mode, Network, Parameters, Relation, Station};
//! // A cycle: d1 -> d2 -> {d3, y}, d3 -> {d1, x}.
//! let mut network = Network::default();
//! for id in ["a", "b", "c", "X", "Y"] {
//!     network.stations.push(Station { id: id.into(), ..Station::default() });
//! }
//! for (id, from, to) in
//!     [("d1", "a", "b"), ("d2", "b", "c"), ("d3", "c", "a"), ("y", "c", "Y"), ("x", "a", "X")]
//! {
//!     let (id, from, to) = (id.into(), from.into(), to.into());
//!     network.deliveries.push(Delivery { id, from, to, ..Delivery::default() });
//! }
//! for (from, to) in [("d1", "d2"), ("d2", "d3"), ("d2", "y"), ("d3", "d1"), ("d3", "x")] {
//!     network.relations.push(Relation { from: from.into(), to: to.into() });
//! }
//! let settings = Parameters::default();
//! let exact = network.tracing(&settings, Mode::Exact)?;
//! assert!(exact.forward_of_delivery("d3").unwrap().deliveries.contains(&"y".to_owned()));
//! // The desktop's recursion meets d1 again before it knows that y follows.
//! let desktop = network.tracing(&settings, Mode::Compatible)?;
//! assert!(!desktop.forward_of_delivery("d3").unwrap().deliveries.contains(&"y".to_owned()));
//! # Ok::<(), suyuan_fcl::Error>(())
//! ```
//!
//! [`Document`] reads and writes the JSON and keeps what it does not understand; [`read_folder`]
//! reads the CSV form, [`read_template`] the all-in-one workbook. [`Network::score`] gives the
//! scores, [`Network::add_to`] the core's records, [`Network::from_chain`] a network from a chain.
//!
//! What is not supported: shape files, the database of the desktop, and its other workbooks.

mod chain;
mod date;
mod document;
mod error;
mod folder;
pub mod json;
mod network;
mod parameters;
mod score;
mod shape;
mod template;
mod write;

pub use document::{Document, Import};
pub use error::Error;
pub use folder::read_folder;
pub use json::Limits;
pub use network::{Delivery, Finding, Group, Network, Property, Relation, Station};
pub use parameters::Parameters;
pub use score::{DeliveryScore, Mode, Reach, Scores, StationScore, Tracing};
pub use suyuan_xlsx::Limits as WorkbookLimits;
pub use template::{read_template, read_template_bytes};
