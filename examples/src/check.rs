//! What became of every row of a data set, and what is the matter with its records.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use suyuan::chain::Severity;
use suyuan::csv::Import;
use suyuan::csv::report::{RowProblem, record_label};

use crate::report::{Report, SHOWN};
use crate::show::count;
use crate::table::{Kind, Table};

/// How many records of one finding are named.
const RECORDS: usize = 5;

/// Writes the report of an import.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, import: &Import) -> io::Result<()> {
    let checked = &import.report;
    let rows: u64 = checked.files.iter().map(|file| file.rows).sum();
    let (rejected, repaired) = (checked.rows_rejected(), checked.rows_repaired());
    let of = |severity| import.findings.iter().filter(|f| f.severity == severity).count();
    let imported: u64 = checked.files.iter().map(|file| file.imported).sum();
    let not_known = rows - imported - rejected;
    report.heading(&format!(
        "DATA SET: {} read, {imported} imported ({repaired} of them repaired), {rejected} rejected",
        count(rows as usize, "row")
    ))?;
    if not_known > 0 {
        let text =
            format!("not known at the minute asked for: {}", count(not_known as usize, "row"));
        report.line(2, &text)?;
    }
    let text = format!(
        "findings: {}, {}, {}",
        count(of(Severity::Error), "error"),
        count(of(Severity::Warning), "warning"),
        count(of(Severity::Note), "note")
    );
    report.line(2, &text)?;
    files(report, import)?;
    problems(report, "REJECTED: set aside, not imported", &checked.rejected)?;
    problems(report, "REPAIRED: imported with this value unknown", &checked.repaired)?;
    findings(report, import)
}

fn files(report: &mut Report<impl Write>, import: &Import) -> io::Result<()> {
    report.heading("FILES")?;
    let number = Kind::Number;
    let mut table = Table::new(&[
        ("file", Kind::Code),
        ("encoding", Kind::Word),
        ("rows", number),
        ("imported", number),
        ("repaired", number),
        ("rejected", number),
    ]);
    for file in &import.report.files {
        let counts = [file.rows, file.imported, file.repaired, file.rejected];
        let [rows, imported, repaired, rejected] = counts.map(|count| count.to_string());
        let encoding = file.encoding.to_string();
        table.row([file.file.clone(), encoding, rows, imported, repaired, rejected]);
    }
    report.table(&table)?;
    for file in &import.report.files {
        if file.totals > 0 {
            let totals = count(file.totals as usize, "row");
            report.line(2, &format!("{}: {totals} rejected as totals of others", file.file))?;
        }
        if file.unlisted > 0 {
            let unlisted = count(file.unlisted as usize, "value");
            report.line(2, &format!("{}: {unlisted} more counted, not listed", file.file))?;
        }
        for note in &file.notes {
            report.line(2, &format!("{}: {note}", file.file))?;
        }
    }
    for name in import.report.ignored.iter().take(SHOWN) {
        report.line(2, &format!("{name}: left alone, not a table of the data set"))?;
    }
    Ok(())
}

fn problems(
    report: &mut Report<impl Write>,
    title: &str,
    problems: &[RowProblem],
) -> io::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    report.heading(title)?;
    for problem in problems.iter().take(SHOWN) {
        report.line(2, &problem.to_string())?;
    }
    report.more(problems.len(), "values", "--json PATH")
}

fn findings(report: &mut Report<impl Write>, import: &Import) -> io::Result<()> {
    if import.findings.is_empty() {
        return Ok(());
    }
    report.heading("FINDINGS by kind")?;
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for finding in &import.findings {
        *kinds.entry((finding.severity, finding.code)).or_default() += 1;
    }
    let columns = [("severity", Kind::Word), ("code", Kind::Word), ("findings", Kind::Number)];
    let mut table = Table::new(&columns);
    for ((severity, code), number) in kinds {
        table.row([severity.to_string(), code.to_string(), number.to_string()]);
    }
    report.table(&table)?;
    report.heading("FINDINGS")?;
    for finding in import.findings.iter().take(SHOWN) {
        report.line(2, &finding.to_string())?;
        let records = finding.records.iter().take(RECORDS);
        for record in records {
            report.line(4, &record_label(&import.chain, record))?;
        }
        if finding.records.len() > RECORDS {
            report.line(4, &format!("and {} more records", finding.records.len() - RECORDS))?;
        }
    }
    report.more(import.findings.len(), "findings", "--json PATH")
}

/// Says which files the rejected rows were written to.
///
/// # Errors
/// When the writer fails.
pub fn rejects(report: &mut Report<impl Write>, paths: &[PathBuf]) -> io::Result<()> {
    report.heading("REJECTED ROWS WRITTEN")?;
    if paths.is_empty() {
        report.line(2, "none: no row was rejected")?;
    }
    for path in paths {
        report.line(2, &path.display().to_string())?;
    }
    Ok(())
}
