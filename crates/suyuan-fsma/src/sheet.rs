//! Workbooks of events in and out.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use suyuan_xlsx::{Limits, NewSheet, Row, Sheet, Workbook};

use crate::error::Error;
use crate::heading::{Headings, Target, put};
use crate::rule::{Event, Kind, Layout};

/// How many rows of a tab are looked at for its headings.
const HEADER_ROWS: usize = 10;

/// Something in a workbook or a mapping that has no place or cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Where.
    pub place: String,
    /// What.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The events of a workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// In the order of the tabs and rows.
    pub events: Vec<Event>,
    /// Tabs and columns that mean nothing here.
    pub findings: Vec<Finding>,
}

/// Reads a workbook.
///
/// # Errors
/// As [`read_bytes`].
pub fn read_path(path: &Path, limits: &Limits) -> Result<Import, Error> {
    import(&suyuan_xlsx::read_path(path, limits)?)
}

/// Reads a workbook from memory. A tab is known by its name ([`Kind::of_tab`]); its headings may
/// stand in any of its first ten rows and in any order, are compared by letters and digits alone,
/// may be the rule's own words, and may name its paragraph, such as `(a)(1)` or `§ 1.1340(a)(1)`,
/// which alone will do where it asks for one thing. A quantity and its unit may stand in one
/// column (`Quantity and Unit of Measure`: `6 cases`), as may a location, type and number of a
/// document, and whatever else the rule asks for in one breath.
///
/// # Errors
/// [`Error::Workbook`], [`Error::NoTabs`] or [`Error::NoHeader`].
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Import, Error> {
    import(&suyuan_xlsx::read_bytes(bytes, limits)?)
}

fn import(workbook: &Workbook) -> Result<Import, Error> {
    let mut import = Import::default();
    let mut tabs = 0;
    for sheet in &workbook.sheets {
        match Kind::of_tab(&sheet.name) {
            Some(kind) => {
                tabs += 1;
                if !sheet.rows.is_empty() {
                    events(sheet, kind, &mut import)?;
                }
            }
            None => {
                let message = "the tab is not named after a kind of event and is left out";
                import.findings.push(Finding::new(&*sheet.name, message));
            }
        }
    }
    if tabs == 0 {
        let names: Vec<_> = workbook.sheets.iter().map(|sheet| &*sheet.name).collect();
        let expected: Vec<_> = Kind::ALL.iter().map(|kind| kind.tab()).collect();
        return Err(Error::NoTabs { expected: expected.join(", "), found: names.join(", ") });
    }
    Ok(import)
}

fn events(sheet: &Sheet, kind: Kind, import: &mut Import) -> Result<(), Error> {
    let headings = Headings::of(kind);
    let target = |text: &str| headings.target(text);
    let known = |row: &&Row| row.cells.iter().filter(|(_, text)| target(text).is_some()).count();
    let header = sheet.rows.iter().take(HEADER_ROWS).find(|row| known(row) >= 2);
    let Some(header) = header else {
        return Err(Error::NoHeader { sheet: sheet.name.clone(), rows: HEADER_ROWS });
    };
    let mut columns: HashMap<u32, Target> = HashMap::new();
    for (column, text) in &header.cells {
        match target(text) {
            Some(found) => {
                columns.insert(*column, found);
            }
            None => {
                let message = format!("column {:?} means nothing here", text.trim());
                import.findings.push(Finding::new(&*sheet.name, message));
            }
        }
    }
    for row in sheet.rows.iter().filter(|row| row.number > header.number) {
        let mut event = Event::new(kind);
        event.row = row.number;
        let mut any = false;
        for (column, text) in &row.cells {
            let text = text.trim();
            match columns.get(column) {
                Some(target) if !text.is_empty() => put(&mut event, *target, text),
                _ => continue,
            }
            any = true;
        }
        if any {
            import.events.push(event);
        }
    }
    Ok(())
}

/// Writes a workbook: all seven tabs, one event a row, sorted by nothing but the order given.
///
/// ```
/// use suyuan_fsma::{Event, Kind, Limits, read_bytes, write_bytes};
/// let mut event = Event::new(Kind::Shipping);
/// event.set("Traceability Lot Code", "0007");
/// event.row = 2;
/// let import = read_bytes(&write_bytes(&[event.clone()])?, &Limits::default())?;
/// assert_eq!(import.events, [event]);
/// # Ok::<(), suyuan_fsma::Error>(())
/// ```
///
/// # Errors
/// [`Error::Workbook`] when there are more events of a kind than a tab has rows.
pub fn write_bytes(events: &[Event]) -> Result<Vec<u8>, Error> {
    let mut sheets = Vec::new();
    for kind in Kind::ALL {
        let mut sheet = NewSheet::new(kind.tab());
        sheet.row(&Layout::of(kind).headings);
        for event in events.iter().filter(|event| event.kind == kind) {
            sheet.row(event.cells().iter().map(String::as_str));
        }
        sheets.push(sheet);
    }
    Ok(suyuan_xlsx::write_bytes(&sheets)?)
}
