//! What is missing from an FSMA 204 spreadsheet, as a document.

use std::collections::BTreeMap;

use serde::Serialize;
use suyuan::fsma::{EventReport, Finding};

/// What is missing from a spreadsheet.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Every event.
    pub events: Vec<EventReport>,
    /// How many lack nothing.
    pub complete: usize,
    /// How many lack something, by paragraph.
    pub by_rule: BTreeMap<&'static str, usize>,
    /// What is odd in the workbook.
    pub findings: Vec<Finding>,
}

/// What an event lacks, in one line: `Shipping, row 2, lot B1: Ship To (State, ZIP Code) 1.1340(a)(4); ...`
#[must_use]
pub fn line(event: &EventReport) -> String {
    let rows: Vec<_> = event.rows.iter().take(8).map(u32::to_string).collect();
    let missing = event.missing.iter().map(|missing| {
        let parts = missing.parts.join(", ");
        let parts = if parts.is_empty() { String::new() } else { format!(" ({parts})") };
        format!("{}{parts} {}", missing.element, missing.rule)
    });
    let unreadable = event.unreadable.iter().map(|value| {
        format!("{} {:?} is not {} {}", value.heading, value.value, value.expected, value.rule)
    });
    let told: Vec<_> = missing.chain(unreadable).collect();
    format!("{}, row {}, lot {}: {}", event.kind, rows.join(" "), event.lot, told.join("; "))
}
