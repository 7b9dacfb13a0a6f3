//! What an import did: files, rejected and repaired rows.
//!
//! ```
//! use suyuan_core::chain::Table;
//! use suyuan_csv::report::CheckReport;
//! use suyuan_csv::{Importer, ReadOptions};
//! let csv = "batch_code,operator_code,removed_on,quantity,unit,reason\nB1,S1,yesterday,5,kg,sold\n";
//! let import = Importer::new(&ReadOptions::default())
//!     .bytes(Table::Removals, "removals.csv", csv.as_bytes())?
//!     .finish()?;
//! let repaired = &import.report.repaired[0];
//! assert_eq!((repaired.record, repaired.line, repaired.column), (1, 2, "removed_on"));
//! assert_eq!(repaired.value, "yesterday");
//!
//! let json = serde_json::to_value(CheckReport::new(&import))?;
//! assert_eq!(json["files"][0]["encoding"], "UTF-8");
//! assert_eq!(json["findings"][0]["records"][0], "removals B1@S1 (removals.csv:2)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use suyuan_core::chain::{FindingCode, RecordRef, Severity, SupplyChain};

use crate::encoding::Encoding;
use crate::import::Import;

/// How many characters of a value a report shows.
pub const VALUE_CHARS: usize = 256;

/// How many rejected rows of a file are kept that name an operator.
pub const NAMED_ROWS: usize = 10_000;

/// What was read from one file. Always
/// `rows == imported + rejected + not_known`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// The encoding it was read in.
    pub encoding: Encoding,
    /// Data rows read; blank lines and the header are none.
    pub rows: u64,
    /// Rows imported, the repaired ones included.
    pub imported: u64,
    /// Rows imported with a value unknown that was written and could not be read.
    pub repaired: u64,
    /// Rows set aside.
    pub rejected: u64,
    /// Of those, rows that add up others: 合计, total.
    #[serde(skip_serializing_if = "is_zero")]
    pub totals: u64,
    /// Values that could not be read and are counted alone, beyond
    /// [`max_details`](crate::ReadOptions::max_details).
    #[serde(skip_serializing_if = "is_zero")]
    pub unlisted: u64,
    /// Rows left out because they were not known yet, or no longer, at the minute asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_known: u64,
    /// What else is to be known: columns and lines left out, an encoding that could be another.
    pub notes: Vec<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One value of one row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowProblem {
    /// The file's name.
    pub file: String,
    /// The data record, counted from 1; the header and blank lines are not counted.
    pub record: u64,
    /// The physical line the record starts on, counted from 1.
    pub line: u32,
    /// The English name of the column; empty for a field beyond the header.
    pub column: &'static str,
    /// The value as written, cut to [`VALUE_CHARS`] characters.
    pub value: String,
    /// What was expected.
    pub expected: Cow<'static, str>,
}

impl fmt::Display for RowProblem {
    /// `FILE:LINE (record N), COLUMN: found VALUE, expected ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, record, line, column, value, expected } = self;
        write!(f, "{file}:{line} (record {record})")?;
        if !column.is_empty() {
            write!(f, ", {column}")?;
        }
        write!(f, ": found {value:?}, expected {expected}")
    }
}

/// Whom a row names that was set aside: nobody who reads a result without it would miss them. Codes
/// are as they were written, cut to [`VALUE_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RejectedRow {
    /// The file's name.
    pub file: String,
    /// The physical line the record starts on, counted from 1.
    pub line: u32,
    /// The batch; empty where it names none.
    pub batch: String,
    /// The operators, at least one.
    pub operators: Vec<String>,
}

/// What an import did, in the order of the files, then records, then columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The files read.
    pub files: Vec<FileReport>,
    /// What made rows be set aside: of each file the first
    /// [`max_details`](crate::ReadOptions::max_details).
    pub rejected: Vec<RowProblem>,
    /// The rejected rows that name an operator; of each file the first [`NAMED_ROWS`].
    pub rejected_rows: Vec<RejectedRow>,
    /// What was left unknown in imported rows, likewise.
    pub repaired: Vec<RowProblem>,
    /// Files of the folder that are no table and were left alone, by name.
    pub ignored: Vec<String>,
}

impl Report {
    /// Rows rejected in all files.
    #[must_use]
    pub fn rows_rejected(&self) -> u64 {
        self.files.iter().map(|file| file.rejected).sum()
    }

    /// Rows imported from all files.
    #[must_use]
    pub fn rows_imported(&self) -> u64 {
        self.files.iter().map(|file| file.imported).sum()
    }

    /// Rows repaired in all files.
    #[must_use]
    pub fn rows_repaired(&self) -> u64 {
        self.files.iter().map(|file| file.repaired).sum()
    }
}

/// The report and the findings of an import, serialised as `check_data` writes them.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport<'a> {
    files: Vec<CheckedFile<'a>>,
    rejected: &'a [RowProblem],
    repaired: &'a [RowProblem],
    findings: Vec<CheckedFinding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<CheckedNote<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct CheckedFile<'a> {
    file: &'a str,
    encoding: Encoding,
    rows: u64,
    imported: u64,
    repaired: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "is_zero")]
    totals: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unlisted: u64,
    #[serde(skip_serializing_if = "is_zero")]
    not_known: u64,
}

#[derive(Clone, Debug, Serialize)]
struct CheckedNote<'a> {
    file: &'a str,
    note: &'a str,
}

#[derive(Clone, Debug, Serialize)]
struct CheckedFinding<'a> {
    severity: Severity,
    code: FindingCode,
    message: &'a str,
    records: Vec<String>,
}

impl<'a> CheckReport<'a> {
    /// The report of an import. Linear in its size.
    #[must_use]
    pub fn new(import: &'a Import) -> Self {
        let files = import.report.files.iter().map(|file| CheckedFile {
            file: &file.file,
            encoding: file.encoding,
            rows: file.rows,
            imported: file.imported,
            repaired: file.repaired,
            rejected: file.rejected,
            totals: file.totals,
            unlisted: file.unlisted,
            not_known: file.not_known,
        });
        let notes =
            import.report.files.iter().flat_map(|file| {
                file.notes.iter().map(|note| CheckedNote { file: &file.file, note })
            });
        let findings = import.findings.iter().map(|finding| CheckedFinding {
            severity: finding.severity,
            code: finding.code,
            message: &finding.message,
            records: finding.records.iter().map(|r| record_label(&import.chain, r)).collect(),
        });
        Self {
            files: files.collect(),
            rejected: &import.report.rejected,
            repaired: &import.report.repaired,
            findings: findings.collect(),
            notes: notes.collect(),
        }
    }
}

/// A record as reports name it: `TABLE CODE (FILE:LINE)`, without a place when it has none.
#[must_use]
pub fn record_label(chain: &SupplyChain, record: &RecordRef) -> String {
    let RecordRef { table, code, source } = record;
    match chain.place(*source) {
        Some(place) => format!("{table} {code} ({place})"),
        None => format!("{table} {code}"),
    }
}

/// A value cut to what a report shows of it.
pub(crate) fn shown(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => value.get(..end).unwrap_or_default().to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use suyuan_core::chain::Table;

    use super::*;
    use crate::{Importer, ReadOptions};

    #[test]
    fn rejected_rows_say_whom_they_name() {
        let rows = "运单号,批次号,供货方编码,收货方编码,数量,单位\n\
                    W1,B1,F,S1,5,kg\n,B1, F ,S2,5,kg\nW3,,F,S3,5,kg\nW4,,,,5,kg\nW5,B1\n";
        let import = Importer::new(&ReadOptions::default())
            .bytes(Table::Shipments, "shipments.csv", rows.as_bytes())
            .unwrap()
            .finish()
            .unwrap();
        assert_eq!(import.report.rows_rejected(), 4);
        let named = |line, batch: &str, operators: [&str; 2]| RejectedRow {
            file: "shipments.csv".to_owned(),
            line,
            batch: batch.to_owned(),
            operators: operators.map(str::to_owned).to_vec(),
        };
        let expected = [named(3, "B1", ["F", "S2"]), named(4, "", ["F", "S3"])];
        assert_eq!(import.report.rejected_rows, expected);
    }

    #[test]
    fn values_are_cut_between_characters() {
        assert_eq!(shown("龙"), "龙");
        assert_eq!(shown(&"龙".repeat(256)), "龙".repeat(256));
        assert_eq!(shown(&"龙".repeat(257)), "龙".repeat(256));
    }

    #[test]
    fn a_problem_reads_as_a_sentence() {
        let mut problem = RowProblem {
            file: "a.csv".into(),
            record: 3,
            line: 7,
            column: "unit",
            value: "筐".into(),
            expected: "a unit".into(),
        };
        assert_eq!(problem.to_string(), "a.csv:7 (record 3), unit: found \"筐\", expected a unit");
        problem.column = "";
        assert_eq!(problem.to_string(), "a.csv:7 (record 3): found \"筐\", expected a unit");
    }
}
