//! What is wrong with the records a result rests on.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use suyuan::csv::Import;
use suyuan::csv::report::RowProblem;
use suyuan::id::{BatchId, OperatorId, StockId};
use suyuan::report::Lang;
use suyuan::report::records::{Missing, Records};

use crate::report::Report;
use crate::show;

/// How many rows of a kind are kept beside their count.
const KEPT: usize = 1000;
/// How many places of one operator are named.
const PLACES: usize = 5;

/// What the records of an import lack for a result about some stocks.
#[must_use]
pub fn records(import: &Import, stocks: &[StockId]) -> Records {
    let records = Records::touching(&import.chain, &import.findings, stocks);
    with_rows(records, import, stocks)
}

/// As [`records`], for a result that rests on the whole data set.
#[must_use]
pub fn all_records(import: &Import) -> Records {
    let records = Records::all(&import.chain, &import.findings);
    with_rows(records, import, &[])
}

fn with_rows(mut records: Records, import: &Import, stocks: &[StockId]) -> Records {
    let report = &import.report;
    records.rows_read = report.files.iter().map(|file| file.rows).sum();
    records.rows_rejected = report.rows_rejected();
    records.rows_repaired = report.rows_repaired();
    let said = |rows: &[RowProblem]| rows.iter().take(KEPT).map(ToString::to_string).collect();
    records.rejected = said(&report.rejected);
    records.repaired = said(&report.repaired);
    records.missing = missing(import, stocks);
    records
}

/// Whom rejected rows name and the result does not: those that no row read shows any goods of, and
/// those that a rejected row names with a batch of the result.
fn missing(import: &Import, stocks: &[StockId]) -> Vec<Missing> {
    let chain = &import.chain;
    let here: HashSet<OperatorId> = stocks.iter().map(|stock| chain.stock(*stock).1).collect();
    let batches: HashSet<BatchId> = stocks.iter().map(|stock| chain.stock(*stock).0).collect();
    let mut missing: BTreeMap<&str, Missing> = BTreeMap::new();
    for row in &import.report.rejected_rows {
        let lots = chain.lots_of(&row.batch).unwrap_or_default();
        let is_here = lots.iter().any(|lot| batches.contains(lot));
        for code in &row.operators {
            let found = chain.find_operator(code).ok();
            let holds = found.is_some_and(|id| !chain.stocks_at(id).is_empty());
            if found.is_some_and(|id| here.contains(&id)) || (holds && !is_here) {
                continue;
            }
            let name = found.map_or("", |id| chain.operator(id).name);
            let entry = missing.entry(code).or_insert_with(|| Missing::new(code, name, !holds));
            if entry.places.len() < PLACES {
                entry.places.push(format!("{}:{}", row.file, row.line));
            }
        }
    }
    missing.into_values().collect()
}

/// Writes what must be known before the names.
///
/// # Errors
/// When the writer fails.
pub fn head(report: &mut Report<impl Write>, records: &Records) -> io::Result<()> {
    let lines = records.lines(Lang::En);
    if lines.is_empty() {
        return Ok(());
    }
    report.heading("BEFORE YOU RELY ON IT")?;
    lines.iter().try_for_each(|line| report.line(2, line))?;
    report.line(2, "All of it with file and line: --html, --json, or check_data.")
}

/// What a section on data quality counts, beside findings and rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doubts {
    /// Stocks that only possible links reach.
    pub possible: usize,
    /// Stocks with an unknown quantity in their ledger.
    pub incomplete: usize,
    /// Stocks that gave out more than they got.
    pub negative: usize,
}

/// Writes the section: doubts about the stocks, and what is amiss with the records elsewhere.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, records: &Records, doubts: Doubts) -> io::Result<()> {
    report.heading("DATA QUALITY")?;
    for (number, text) in [
        (
            doubts.possible,
            "only possible: reached over records that are inferred, undated or contradict each other",
        ),
        (doubts.incomplete, "with a quantity that is unknown: not in the sums of what is on hand"),
        (doubts.negative, "that gave out more than they got: not in the sums of what is on hand"),
    ] {
        if number > 0 {
            report.line(2, &format!("{} {text}", show::count(number, "stock")))?;
        }
    }
    let read = show::count(records.rows_read as usize, "row");
    report.line(
        2,
        &format!(
            "{read} read, {} rejected, {} repaired",
            records.rows_rejected, records.rows_repaired
        ),
    )?;
    let all = show::count(records.findings_in_all as usize, "finding");
    report.line(
        2,
        &format!(
            "{all} in the data set; {} of them touch these stocks: {}, {}, {}",
            records.findings,
            show::count(records.errors as usize, "error"),
            show::count(records.warnings as usize, "warning"),
            show::count(records.notes as usize, "note")
        ),
    )?;
    report.line(2, "see check_data for each of them with file and line")
}
