//! Pages of results that have none in the library.

mod acceptance;
mod check;
mod compliance;
mod draw;
mod epcis;
mod fcl;
mod fsma;
mod generated;
mod matches;
mod missing;
mod verdicts;
mod watch;

use suyuan::report::table::{Cell, Column};

pub use acceptance::acceptance;
pub use check::check;
pub use compliance::compliance;
pub use draw::draw;
pub use epcis::epcis;
pub use fcl::fcl;
pub use fsma::fsma;
pub use generated::generated;
pub use matches::matches;
pub use missing::missing_links;
pub use verdicts::verdicts;
pub use watch::watch;

use crate::flat;

/// The most rows of a table on a page.
const LISTED: usize = 2000;

fn count(number: usize) -> Cell {
    Cell::Count(number as u64)
}

fn word(key: &str, title: &str) -> Column {
    Column::text(key, title)
}

/// A share in percent with three digits after the point.
fn real_percent(share: f64) -> String {
    format!("{}%", flat::percent(share))
}
