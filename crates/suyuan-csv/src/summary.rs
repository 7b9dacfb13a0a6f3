//! The report of an import, made from what each file left behind.

use crate::error::Error;
use crate::import::TableFile;
use crate::output::Problem;
use crate::parse::Named;
use crate::rejects::RejectedRows;
use crate::report::{FileReport, RejectedRow, Report, RowProblem};
use crate::source::Origin;

/// Puts the problems of all files in order and counts rows; in a strict import the first of them
/// is the error.
pub(crate) fn summarise(
    files: Vec<TableFile<'_>>,
    ignored: Vec<String>,
    strict: bool,
) -> Result<(Report, Vec<RejectedRows>), Error> {
    let mut report = Report { ignored, ..Report::default() };
    let mut rejects = Vec::new();
    let mut first = None;
    for mut file in files {
        file.problems.sort();
        if let (None, Some(problem)) = (&first, file.problems.first()) {
            first = Some(public(&file, problem));
        }
        rejects.push(rejected_rows(&mut file));
        report.rejected_rows.extend(std::mem::take(&mut file.named).into_iter().map(|named| {
            let Named { line, batch, operators } = named;
            RejectedRow { file: file.name.clone(), line, batch, operators }
        }));
        report.files.push(FileReport {
            file: file.name.clone(),
            encoding: file.encoding,
            rows: file.rows,
            imported: file.rows - file.rejected - file.unknown,
            repaired: count_rows(&file.problems, false),
            rejected: file.rejected,
            not_known: file.unknown,
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
        _ => Ok((report, rejects)),
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

/// How many rows have a problem; the problems are in the order of records.
fn count_rows(problems: &[Problem], rejects: bool) -> u64 {
    let mut rows = 0;
    let mut last = None;
    for problem in problems.iter().filter(|problem| problem.rejects == rejects) {
        rows += u64::from(last != Some(problem.record));
        last = Some(problem.record);
    }
    rows
}

fn rejected_rows(file: &mut TableFile<'_>) -> RejectedRows {
    let reasons = file.problems.iter().filter(|problem| problem.rejects);
    let mut reasons = reasons.peekable();
    let mut rows = Vec::with_capacity(file.rejects.len());
    for reject in std::mem::take(&mut file.rejects) {
        let mut reason = Vec::new();
        while let Some(problem) = reasons.next_if(|problem| problem.record <= reject.record) {
            let column = file.layout.column_name(problem.column);
            reason.push(format!(
                "{column}: found {:?}, expected {}",
                problem.value, problem.expected
            ));
        }
        rows.push((reject.fields, reason.join("; ")));
    }
    let source = match &file.origin {
        Some(Origin::Path(path)) => Some(path.clone()),
        _ => None,
    };
    RejectedRows { file: file.name.clone(), source, header: file.layout.header.clone(), rows }
}
