//! Results out as CSV: UTF-8, comma, one header row, decimals and minutes as in the JSON.

use std::fs;
use std::io::{self, BufWriter};
use std::path::Path;

use csv::Writer;
use serde::Serialize;
use suyuan_core::recall::{RecallDocument, TraceBackDocument, WarningPlace};

use crate::error::Error;

const AFFECTED: &[&str] = &[
    "batch",
    "operator",
    "since",
    "certainty",
    "hops",
    "produced",
    "received",
    "shipped",
    "consumed",
    "removed",
    "on_hand",
    "in_transit",
    "unit",
    "share",
    "contaminated_expected",
    "contaminated_max",
    "contaminated_in_transit",
    "quantity_complete",
];

/// What [`write_recall`] writes.
pub const RECALL_FILES: [&str; 4] =
    ["affected.csv", "sources.csv", "operators.csv", "warnings.csv"];

/// What [`write_trace_back`] writes.
pub const TRACE_BACK_FILES: [&str; 3] = ["upstream.csv", "common.csv", "targets.csv"];

/// Writes a recall as `affected.csv`, `operators.csv`, `sources.csv` and `warnings.csv` into a
/// folder, which is made when it is not there. Operators have a column `on_hand_UNIT` for each unit
/// of the totals; stocks have columns of product and producer where one of them needs them.
///
/// # Errors
/// [`Error::Write`] when a file cannot be written.
///
/// ```
/// use suyuan_core::recall::{Policy, RecallSource, recall};
/// use suyuan_core::chain::Table;
/// use suyuan_csv::{Importer, ReadOptions, write_recall};
/// let csv = "shipment_code,batch_code,from_operator,to_operator,shipped_on,quantity,unit\nW1,B1,F1,S1,2026-03-01,5,kg\n";
/// let import = Importer::new(&ReadOptions::default())
///     .bytes(Table::Shipments, "shipments.csv", csv.as_bytes())?
///     .finish()?;
/// let source = RecallSource::batch(&import.chain, "B1")?;
/// let scope = recall(&import.chain, &source, &Policy::default())?;
/// let dir = tempfile::tempdir()?;
/// write_recall(&scope.document(&import.chain), dir.path())?;
/// let sources = std::fs::read_to_string(dir.path().join("sources.csv"))?;
/// assert_eq!(sources, "batch,operator,since\nB1,F1,\nB1,S1,2026-03-01T00:00\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_recall(document: &RecallDocument, dir: &Path) -> Result<(), Error> {
    make(dir)?;
    let [affected, sources, operators, warnings] = RECALL_FILES;
    rows(dir, affected, AFFECTED, &document.affected)?;
    rows(dir, sources, &["batch", "operator", "since"], &document.sources)?;
    file(dir, warnings, |out| {
        out.write_record(["table", "code", "near", "why", "alike", "named", "rows"])?;
        document.warnings.iter().try_for_each(|row| {
            let place = |row: &WarningPlace| match (&row.file, row.line) {
                (Some(file), Some(line)) => format!("{file}:{line}"),
                _ => format!("{} {}", row.table, row.code),
            };
            let places: Vec<String> = row.rows.iter().map(place).collect();
            let (alike, named) = (row.alike.to_string(), row.named.to_string());
            let (table, why) = (row.table.as_str(), row.why.as_str());
            out.write_record([table, &row.code, &row.near, why, &alike, &named, &places.join("; ")])
        })
    })?;
    file(dir, operators, |out| {
        let fixed =
            ["operator", "name", "stage", "region", "stocks", "negative_stocks", "unknown_stocks"];
        let fixed = fixed.map(str::to_owned);
        let units = document.totals.on_hand.keys();
        out.write_record(
            fixed.into_iter().chain(units.clone().map(|unit| format!("on_hand_{unit}"))),
        )?;
        for row in &document.operators {
            let fixed = [
                row.operator.clone(),
                row.name.clone().unwrap_or_default(),
                row.stage.map_or_else(String::new, |stage| stage.to_string()),
                row.region.clone().unwrap_or_default(),
                row.stocks.to_string(),
                row.negative_stocks.to_string(),
                row.unknown_stocks.to_string(),
            ];
            let of = |unit| row.on_hand.get(unit).map_or_else(String::new, ToString::to_string);
            out.write_record(fixed.into_iter().chain(units.clone().map(of)))?;
        }
        Ok(())
    })
}

/// Writes `upstream.csv`, `common.csv` and `targets.csv` into a folder, which is made when it is
/// not there.
///
/// # Errors
/// [`Error::Write`] when a file cannot be written.
pub fn write_trace_back(document: &TraceBackDocument, dir: &Path) -> Result<(), Error> {
    make(dir)?;
    let [upstream, common, targets] = TRACE_BACK_FILES;
    let columns = ["batch", "operator", "until", "certainty", "hops", "reaches_targets"];
    rows(dir, upstream, &columns, &document.upstream)?;
    rows(dir, common, &["batch", "operator", "reaches_targets"], &document.common)?;
    rows(dir, targets, &["batch", "operator", "until"], &document.target_stocks)
}

pub(crate) fn make(dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })
}

/// The columns that name a lot beside the code of its batch; they follow it.
const LOT: [&str; 2] = ["product", "producer"];

/// A file of rows whose fields are the columns, in order, and those of [`LOT`] where a row has
/// them; with its header also when it has none.
fn rows<R: Serialize>(dir: &Path, name: &str, columns: &[&str], rows: &[R]) -> Result<(), Error> {
    file(dir, name, |out| {
        let fields: Vec<Vec<String>> = rows.iter().map(fields).collect::<csv::Result<_>>()?;
        let lots = fields.iter().any(|row| row.len() > columns.len());
        let with = |row: &[&str], lot: [&str; 2]| -> Vec<String> {
            let mut row: Vec<String> = row.iter().map(|field| (*field).to_owned()).collect();
            if lots && row.len() == columns.len() {
                row.splice(1..1, lot.map(str::to_owned));
            }
            row
        };
        out.write_record(with(columns, LOT))?;
        fields.iter().try_for_each(|row| {
            let row: Vec<&str> = row.iter().map(String::as_str).collect();
            out.write_record(with(&row, [""; 2]))
        })
    })
}

/// The fields of a row.
fn fields<R: Serialize>(row: &R) -> csv::Result<Vec<String>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.serialize(row)?;
    let written = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_slice());
    let first = reader.records().next().transpose()?.unwrap_or_default();
    Ok(first.iter().map(str::to_owned).collect())
}

pub(crate) fn file(
    dir: &Path,
    name: &str,
    write: impl FnOnce(&mut Writer<&mut BufWriter<fs::File>>) -> csv::Result<()>,
) -> Result<(), Error> {
    let path = dir.join(name);
    let written = suyuan_files::write(&path, |file| {
        let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        write(&mut out).map_err(io::Error::other)?;
        out.flush()
    });
    written.map_err(|source| Error::Write { path, source })
}
