//! Pages of results that have none in the library.

mod acceptance;
mod check;
mod compliance;
mod draw;
mod watch;

use suyuan::report::table::Cell;
use suyuan::report::{Lang, Section};

pub use acceptance::acceptance;
pub use check::check;
pub use compliance::compliance;
pub use draw::draw;
pub use watch::watch;

/// The most rows of a table on a page.
const LISTED: usize = 2000;

fn count(number: usize) -> Cell {
    Cell::Count(number as u64)
}

/// Says below a table that it does not list all rows.
fn rest(section: Section, all: usize, lang: Lang) -> Section {
    if all <= LISTED {
        return section;
    }
    section.note(&match lang {
        Lang::En => format!("The first {LISTED} of {all} are listed; the JSON holds all."),
        Lang::Zh => format!("仅列出{all}条中的前{LISTED}条，JSON含全部。"),
    })
}
