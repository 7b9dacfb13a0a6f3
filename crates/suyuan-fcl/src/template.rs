//! FoodChain-Lab's all-in-one workbook: sheets `Stations`, `Deliveries` and
//! `Deliveries2Deliveries`, with headings at fixed places.

use std::path::Path;

use suyuan_xlsx::{Limits as WorkbookLimits, Row, Sheet, Workbook};

use crate::document::Import;
use crate::error::Error;
use crate::network::{Delivery, Finding, Property, Relation, Station};

/// A heading and its place: row and column counted from 1, and other spellings of it.
type Heading = (u32, u32, &'static str, &'static [&'static str]);

const STATIONS: &str = "Stations";
const DELIVERIES: &str = "Deliveries";
const RELATIONS: &str = "Deliveries2Deliveries";

const STATION_HEADINGS: &[Heading] = &[
    (1, 1, "Company_ID", &[]),
    (1, 2, "Name", &[]),
    (1, 3, "Street", &[]),
    (1, 4, "Street Number", &[]),
    (1, 5, "Postal Code", &["Postal", "Postcode", "ZIP"]),
    (1, 6, "City", &[]),
    (1, 7, "District", &[]),
    (1, 8, "State", &[]),
    (1, 9, "Country", &[]),
    (1, 10, "Type of business", &[]),
    (1, 11, "Additional Fields ->", &[]),
];

/// The columns of stations 3 to 10 as the JSON names them.
const STATION_COLUMNS: [&str; 8] =
    ["Street", "HouseNumber", "ZIP", "City", "District", "State", "Country", "type of business"];

const DELIVERY_HEADINGS: &[Heading] = &[
    (1, 1, "DeliveryID", &[]),
    (1, 2, "Station", &["Sender"]),
    (1, 3, "Product Name", &[]),
    (1, 4, "Lot Number", &[]),
    (1, 5, "Lot size", &[]),
    (2, 5, "Quantity", &[]),
    (2, 6, "Type / Unit", &[]),
    (1, 7, "Delivery Date Departure", &[]),
    (2, 7, "Day", &[]),
    (2, 8, "Month", &[]),
    (2, 9, "Year", &[]),
    (1, 10, "Delivery Date Arrival", &[]),
    (2, 10, "Day", &[]),
    (2, 11, "Month", &[]),
    (2, 12, "Year", &[]),
    (1, 13, "Unit weigt/vol./pck.", &["Unit weight/vol./pck."]),
    (2, 13, "Quantity", &[]),
    (2, 14, "Type / Unit", &[]),
    (1, 15, "Recipient", &[]),
    (1, 16, "Additional Fields ->", &[]),
];

const RELATION_HEADINGS: &[Heading] =
    &[(1, 1, "From DeliveryID", &[]), (1, 2, "Into DeliveryID", &[])];

/// Reads a filled all-in-one workbook. Its ids are kept; columns to the right of
/// `Additional Fields ->` become properties.
///
/// # Errors
/// [`Error::Workbook`], [`Error::MissingSheet`], or [`Error::Template`] with the first heading
/// that is not at its place.
pub fn read_template(path: &Path, limits: &WorkbookLimits) -> Result<Import, Error> {
    import(&suyuan_xlsx::read_path(path, limits)?)
}

/// The same from memory.
///
/// # Errors
/// As [`read_template`].
pub fn read_template_bytes(bytes: &[u8], limits: &WorkbookLimits) -> Result<Import, Error> {
    import(&suyuan_xlsx::read_bytes(bytes, limits)?)
}

fn import(workbook: &Workbook) -> Result<Import, Error> {
    let stations = sheet(workbook, STATIONS, STATION_HEADINGS)?;
    let deliveries = sheet(workbook, DELIVERIES, DELIVERY_HEADINGS)?;
    let relations = sheet(workbook, RELATIONS, RELATION_HEADINGS)?;
    let mut import = Import::default();
    let mut leave = |sheet: &str, row: &Row, what: &str| {
        let message = format!("{what} is left out: it has no id");
        import.findings.push(Finding::new(format!("{sheet}, row {}", row.number), message));
    };
    let extra = extra_columns(stations, 1, 11);
    for row in stations.rows.iter().filter(|row| row.number > 1) {
        let id = text(row, 1);
        if id.is_empty() {
            leave(STATIONS, row, "a station");
            continue;
        }
        let mut properties = Vec::new();
        for (column, name) in (3..).zip(STATION_COLUMNS) {
            keep(&mut properties, name, &text(row, column));
        }
        for (column, name) in &extra {
            keep(&mut properties, name, &text(row, *column));
        }
        import.network.stations.push(Station { id, name: text(row, 2), properties });
    }
    let extra = extra_columns(deliveries, 1, 16);
    let mut dates = Vec::new();
    for row in deliveries.rows.iter().filter(|row| row.number > 2) {
        let id = text(row, 1);
        if id.is_empty() {
            leave(DELIVERIES, row, "a delivery");
            continue;
        }
        let mut properties = Vec::new();
        for (column, name) in
            [(13, "Amount"), (14, "Amount Unit"), (5, "Lot Amount"), (6, "Lot Amount Unit")]
        {
            keep(&mut properties, name, &text(row, column));
        }
        for (column, name) in &extra {
            keep(&mut properties, name, &text(row, *column));
        }
        import.network.deliveries.push(Delivery {
            id,
            from: text(row, 2),
            to: text(row, 15),
            name: text(row, 3),
            lot_id: String::new(),
            lot_number: text(row, 4),
            departure: date(row, 7, &mut dates),
            arrival: date(row, 10, &mut dates),
            properties,
        });
    }
    for row in relations.rows.iter().filter(|row| row.number > 1) {
        let (from, to) = (text(row, 1), text(row, 2));
        if from.is_empty() || to.is_empty() {
            leave(RELATIONS, row, "a relation");
        } else {
            import.network.relations.push(Relation { from, to });
        }
    }
    import.findings.extend(dates);
    import.findings.extend(import.network.check());
    Ok(import)
}

fn text(row: &Row, column: u32) -> String {
    row.text(column - 1).trim().to_owned()
}

fn keep(properties: &mut Vec<Property>, id: &str, text: &str) {
    if !text.is_empty() {
        properties.push(Property::text(id, text));
    }
}

/// Headings to the right of a column, by the texts of a row.
fn extra_columns(sheet: &Sheet, row: u32, after: u32) -> Vec<(u32, String)> {
    let header = sheet.rows.iter().find(|found| found.number == row);
    let cells = header.map_or(&[][..], |row| &row.cells);
    cells
        .iter()
        .map(|(column, text)| (column + 1, text.trim().to_owned()))
        .filter(|(column, text)| *column > after && !text.is_empty())
        .collect()
}

/// Day, month and year in three columns, as far as they are given: `2026-03-01`, `2026-03`,
/// `2026`.
fn date(row: &Row, column: u32, findings: &mut Vec<Finding>) -> String {
    let [day, month, year] = [0, 1, 2].map(|more| text(row, column + more));
    let number = |text: &str| text.parse::<u32>().ok();
    let read = match (&*day, &*month, &*year) {
        ("", "", "") => return String::new(),
        ("", "", year) => number(year).map(|year| format!("{year:04}")),
        ("", month, year) => {
            number(year).zip(number(month)).map(|(year, month)| format!("{year:04}-{month:02}"))
        }
        (day, month, year) => number(year)
            .zip(number(month))
            .zip(number(day))
            .map(|((year, month), day)| format!("{year:04}-{month:02}-{day:02}")),
    };
    read.unwrap_or_else(|| {
        let message = format!("day {day:?}, month {month:?}, year {year:?} are no date");
        findings.push(Finding::new(format!("{DELIVERIES}, row {}", row.number), message));
        String::new()
    })
}

fn sheet<'w>(
    workbook: &'w Workbook,
    name: &'static str,
    headings: &[Heading],
) -> Result<&'w Sheet, Error> {
    let Some(sheet) = workbook.sheet(name) else {
        let names: Vec<_> = workbook.sheets.iter().map(|sheet| &*sheet.name).collect();
        return Err(Error::MissingSheet { sheet: name, found: names.join(", ") });
    };
    for &(row, column, expected, others) in headings {
        let header = sheet.rows.iter().find(|found| found.number == row);
        let found = header.map_or("", |header| header.text(column - 1));
        let folded = fold(found);
        if folded != fold(expected) && !others.iter().any(|other| fold(other) == folded) {
            // Columns of the template lie within A to Z.
            let letter = char::from(b'A' + (column - 1) as u8);
            let (cell, found) = (format!("{letter}{row}"), found.to_owned());
            return Err(Error::Template { sheet: name, cell, expected, found });
        }
    }
    Ok(sheet)
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
