//! EPCIS documents in and out for Suyuan (溯源), and traces over their events.
//!
//! ```
//! use suyuan_epcis::{Direction, Document, Import, MapOptions, ReadOptions};
//! let text = r#"{
//!   "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
//!   "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-09T00:00:00Z",
//!   "epcisBody": {"eventList": [
//!     {"type": "TransformationEvent", "eventID": "urn:x:mix",
//!      "eventTime": "2026-03-01T08:00:00+08:00", "eventTimeZoneOffset": "+08:00",
//!      "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
//!      "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.011111.MILK"}],
//!      "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.022222.CURD"}]}]}}"#;
//! let document = Document::read(text.as_bytes(), &ReadOptions::default())?;
//! let import = Import::of(&document, "dairy.json", &MapOptions::default())?;
//! // Any form of an identifier will do; here a GS1 Digital Link address.
//! let trace = import.trace("https://id.gs1.org/01/04012345222227/10/CURD", Direction::Back)?;
//! assert_eq!(trace.events[0].id.as_deref(), Some("urn:x:mix"));
//! assert_eq!(trace.stocks[1].goods, "https://id.gs1.org/01/04012345111118/10/MILK");
//! # Ok::<(), suyuan_epcis::Error>(())
//! ```
//!
//! A [`Document`] is read from EPCIS 2.0 JSON-LD or from the XML of EPCIS 1.x and 2.0, checked by
//! the standard (every problem has its path), and kept whole: what goes in comes out again, anybody's
//! own fields included. [`Import`] maps its events to a
//! [`SupplyChain`](suyuan_core::chain::SupplyChain), [`Import::trace`] answers with events, and
//! [`export`] goes from any chain to a document. What is read, refused and mapped to what is told in
//! `docs/epcis.md`.
//!
//! What is not supported: contexts fetched from the web (prefixes are taken as they stand),
//! compressed Digital Link addresses, JSON-LD in other than the standard's form, and the query and
//! capture interfaces themselves.

mod contents;
mod corrections;
pub mod document;
mod error;
pub mod event;
pub mod export;
pub mod identifier;
mod json;
mod limits;
pub mod mapping;
mod path;
mod places;
mod schema;
pub mod terms;
mod time;
pub mod trace;
mod units;
pub mod value;
mod xml;

pub use document::{Document, DocumentKind, Format, ReadOptions, Xml};
pub use error::{Error, Problem};
pub use event::{Action, End, ErrorDeclaration, Event, EventKind, Goods, Part};
pub use identifier::{Identifier, Kind};
pub use limits::Limits;
pub use mapping::{Import, MapOptions};
pub use terms::{Vocabulary, is_uri};
pub use time::Moment;
pub use trace::{Direction, EventTrace, TracedEvent, TracedStock};
pub use value::{Number, Object, Value};
