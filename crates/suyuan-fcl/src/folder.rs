//! The CSV form: `in_stations.csv`, `in_deliveries.csv`, `in_relations.csv`, `params.json`.

use std::path::Path;

use crate::document::{Import, Row, delivery, read_text};
use crate::error::Error;
use crate::json::{Json, Limits};
use crate::network::{Finding, Relation, Station};
use crate::parameters::Parameters;

/// Reads a network from a folder of CSV tables as the desktop's workflows keep them, and what is
/// set on it from `params.json` where there is one. Columns are those of the JSON's tables;
/// relations have `ID` and `Next`, or `from` and `to`.
///
/// ```
/// use suyuan_fcl::{Limits, Mode, read_folder};
/// let dir = tempfile::tempdir()?;
/// std::fs::write(dir.path().join("in_stations.csv"), "ID,node\nfarm,Farm\nshop,Shop\n")?;
/// std::fs::write(dir.path().join("in_deliveries.csv"), "ID,from,to\n1,farm,shop\n")?;
/// std::fs::write(dir.path().join("in_relations.csv"), "ID,Next\n")?;
/// std::fs::write(dir.path().join("params.json"), r#"{"station_weights": {"shop": 2}}"#)?;
/// let import = read_folder(dir.path(), &Limits::default())?;
/// let scores = import.network.score(&import.parameters, Mode::Compatible)?;
/// assert_eq!(scores.station("farm").unwrap().score, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Read`], [`Error::Csv`], [`Error::MissingColumn`], [`Error::TooLarge`], or as
/// [`Parameters::parse`].
pub fn read_folder(folder: &Path, limits: &Limits) -> Result<Import, Error> {
    let mut import = Import::default();
    let mut cells = limits.values;
    let network = &mut import.network;
    let findings = &mut import.findings;
    table(folder, "in_stations.csv", &[&["ID"]], limits, &mut cells, |mut row, place| {
        let id = row.take(&["ID"]);
        if id.is_empty() {
            findings.push(Finding::new(place, "a station without ID is left out"));
        } else {
            let name = row.take(&["Name", "node"]);
            network.stations.push(Station { id, name, properties: row.rest() });
        }
    })?;
    let needed: &[&[&str]] = &[&["ID"], &["from"], &["to"]];
    table(folder, "in_deliveries.csv", needed, limits, &mut cells, |mut row, place| {
        let id = row.take(&["ID"]);
        if id.is_empty() {
            findings.push(Finding::new(place, "a delivery without ID is left out"));
        } else {
            network.deliveries.push(delivery(id, &mut row));
        }
    })?;
    let needed: &[&[&str]] = &[&["ID", "from"], &["Next", "to"]];
    table(folder, "in_relations.csv", needed, limits, &mut cells, |mut row, place| {
        let (from, to) = (row.take(&["ID", "from"]), row.take(&["Next", "to"]));
        if from.is_empty() || to.is_empty() {
            findings.push(Finding::new(place, "a relation without both ids is left out"));
        } else {
            network.relations.push(Relation { from, to });
        }
    })?;
    let parameters = folder.join("params.json");
    if parameters.exists() {
        import.parameters = Parameters::parse(&read_text(&parameters, limits)?, limits)?;
    }
    for name in &import.parameters.unknown {
        let message = format!("{name:?} means nothing here");
        import.findings.push(Finding::new("params.json", message));
    }
    import.findings.extend(import.network.check());
    Ok(import)
}

fn table(
    folder: &Path,
    file: &'static str,
    needed: &[&[&'static str]],
    limits: &Limits,
    cells: &mut usize,
    mut take: impl FnMut(Row, String),
) -> Result<(), Error> {
    let text = read_text(&folder.join(file), limits)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let wrap = |source| Error::Csv { file: file.to_owned(), source };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(wrap)?.clone();
    for names in needed {
        if !names.iter().any(|name| header.iter().any(|column| column.trim() == *name)) {
            let column = names.first().copied().unwrap_or_default();
            return Err(Error::MissingColumn { file: file.to_owned(), column });
        }
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrap)? {
        *cells = cells.checked_sub(record.len()).ok_or(Error::TooLarge {
            doing: "read the folder",
            what: "cells",
            limit: limits.values,
        })?;
        let mut row = Row::default();
        for (column, text) in header.iter().zip(&record) {
            if !text.trim().is_empty() {
                row.push(column.trim().to_owned(), Json::text(text.trim()));
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        take(row, format!("{file}:{line}"));
    }
    Ok(())
}
