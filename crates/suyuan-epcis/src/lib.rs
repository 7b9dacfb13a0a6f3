//! EPCIS documents in and out for Suyuan (溯源).

mod contents;
mod corrections;
pub mod document;
mod error;
pub mod event;
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

pub use document::{Document, DocumentKind, Format, ReadOptions};
pub use error::{Error, Problem};
pub use event::{Action, End, ErrorDeclaration, Event, EventKind, Goods, Part};
pub use identifier::{Identifier, Kind};
pub use limits::Limits;
pub use mapping::{Import, MapOptions};
pub use terms::{Vocabulary, is_uri};
pub use time::Moment;
pub use trace::{Direction, EventTrace, TracedEvent, TracedStock};
pub use value::{Number, Object, Value};
