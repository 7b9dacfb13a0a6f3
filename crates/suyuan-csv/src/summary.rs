//! The report of an import, made from what each file left behind.

use crate::error::Error;
use crate::import::TableFile;
use crate::output::Problem;
use crate::parse::Named;
use crate::report::{FileReport, RejectedRow, Report, RowProblem};

/// Puts the problems of all files in order; in a strict import the first of them is the error.
pub(crate) fn summarise(
    files: Vec<TableFile<'_>>,
    ignored: Vec<String>,
    strict: bool,
) -> Result<Report, Error> {
    let mut report = Report { ignored, ..Report::default() };
    let mut first = None;
    for mut file in files {
        file.problems.sort();
        if let (None, Some(problem)) = (&first, file.problems.first()) {
            first = Some(public(&file, problem));
        }
        report.rejected_rows.extend(std::mem::take(&mut file.named).into_iter().map(|named| {
            let Named { line, batch, operators } = named;
            RejectedRow { file: file.name.clone(), line, batch, operators }
        }));
        let counts = file.counts;
        report.files.push(FileReport {
            file: file.name.clone(),
            encoding: file.encoding,
            rows: counts.records,
            imported: counts.records - counts.rejected - counts.unknown,
            repaired: counts.repaired,
            rejected: counts.rejected,
            totals: counts.totals,
            unlisted: counts.unlisted,
            not_known: counts.unknown,
            notes: std::mem::take(&mut file.layout.notes),
        });
        for problem in &file.problems {
            let list = if problem.rejects { &mut report.rejected } else { &mut report.repaired };
            list.push(public(&file, problem));
        }
    }
    match first {
        Some(first) if strict => Err(Error::Strict {
            rejected: report.rows_rejected(),
            repaired: report.rows_repaired(),
            first: Box::new(first),
        }),
        _ => Ok(report),
    }
}

fn public(file: &TableFile<'_>, problem: &Problem) -> RowProblem {
    RowProblem {
        file: file.name.clone(),
        record: problem.record,
        line: problem.line,
        column: file.layout.column_name(problem.column),
        value: problem.value.clone(),
        expected: problem.expected.clone(),
    }
}
