//! One block of a table, read into rows on any thread.

use csv::{ByteRecord, StringRecord};
use memchr::memchr;

use crate::cells::{Cells, Context};
use crate::encoding::{Encoding, Line};
use crate::error::Error;
use crate::output::{Arena, Fine, Output, Problem};
use crate::records::Records;
use crate::rows::Rows;

/// Whole records of a file without its header.
pub(crate) struct Job {
    pub(crate) bytes: Vec<u8>,
    /// Where the records begin in `bytes`.
    pub(crate) start: usize,
    pub(crate) line: u32,
    pub(crate) encoding: Encoding,
}

/// What is the same for all blocks of a file.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) file: &'a str,
    pub(crate) context: Context<'a>,
    pub(crate) record_limit: usize,
    pub(crate) keep_rejects: bool,
}

/// A row that was set aside, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reject {
    pub(crate) record: u64,
    pub(crate) fields: Vec<String>,
}

/// The rows of a block. Records are counted from 1 within it.
pub(crate) struct Parsed<R> {
    pub(crate) arena: Arena,
    /// The rows to import, each with its physical line.
    pub(crate) rows: Vec<(u32, R)>,
    pub(crate) records: u64,
    /// How many of them are not known at the minute asked for.
    pub(crate) unknown: u64,
    pub(crate) problems: Vec<Problem>,
    pub(crate) fine: Vec<Fine>,
    pub(crate) rejects: Vec<Reject>,
}

/// Reads the rows of a block. Linear in its bytes; sound rows allocate nothing of their own.
pub(crate) fn parse<R: Rows>(task: Task<'_>, job: &Job) -> Result<Parsed<R>, Error> {
    let bytes = job.bytes.get(job.start..).unwrap_or_default();
    let has_nul = memchr(0, bytes).is_some();
    let mut records = Records::new(bytes, job.line);
    let mut output = Output { arena: Arena::with_capacity(bytes.len()), ..Output::default() };
    let mut rows = Vec::with_capacity(bytes.len() / 48);
    let mut rejects = Vec::new();
    let (mut count, mut unknown) = (0, 0);
    let mut spare = ByteRecord::new();
    loop {
        let found = records
            .next(&mut spare)
            .map_err(|error| Error::reading(task.file, false, error.into()))?;
        let Some(spot) = found else {
            break;
        };
        if spot.end - spot.start > task.record_limit {
            return Err(Error::RecordTooLong {
                file: task.file.to_owned(),
                line: spot.line,
                limit: task.record_limit,
            });
        }
        count += 1;
        let line = Line::decode(job.encoding, spare);
        let (texts, problems) = (output.arena.len(), output.problems.len());
        let fine = output.fine.len();
        let mut cells = Cells::new(task.context, &line, has_nul, (count, spot.line), &mut output);
        let row = R::read(&mut cells);
        let known = cells.is_known();
        let rejected = cells.end();
        if !known {
            // What is not known is not judged.
            output.arena.truncate(texts);
            output.fine.truncate(fine);
            output.problems.truncate(problems);
            unknown += 1;
        } else if rejected {
            output.arena.truncate(texts);
            output.fine.truncate(fine);
            // Only what rejects the row is said of it: the rest of it is not judged.
            let reasons = output.problems.split_off(problems);
            output.problems.extend(reasons.into_iter().filter(|problem| problem.rejects));
            if task.keep_rejects {
                rejects.push(Reject { record: count, fields: owned(&line.text) });
            }
        } else {
            rows.push((spot.line, row));
        }
        spare = line.recycle();
    }
    let Output { arena, problems, fine } = output;
    Ok(Parsed { arena, rows, records: count, unknown, problems, fine, rejects })
}

fn owned(row: &StringRecord) -> Vec<String> {
    row.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Layout;
    use crate::rows::Row;
    use suyuan_core::chain::Table;
    use suyuan_core::model::Removal;
    use suyuan_core::time::{Minute, UtcOffset};

    #[test]
    fn a_rejected_row_leaves_its_reasons_and_its_fields_alone() {
        let header = ["batch_code", "operator_code", "removed_on", "quantity", "unit", "reason"];
        let layout =
            Layout::read("removals.csv", Table::Removals, &StringRecord::from(header.to_vec()))
                .unwrap();
        let context = Context {
            layout: &layout,
            clock: UtcOffset::CHINA,
            note_fine: true,
            known_at: Minute::UNBOUNDED_FUTURE,
        };
        let task = Task { file: "removals.csv", context, record_limit: 60, keep_rejects: true };
        let job =
            |text: &str| Job { bytes: text.into(), start: 1, line: 5, encoding: Encoding::Utf8 };
        let text = "\nB1,S1,2026-03-01,5,kg,sold\n,,x,0.0005,kg,\n\nB2,S1,x,5,kg,sold\n";
        let parsed = parse::<Row<2, Removal<'_>>>(task, &job(text)).unwrap();
        assert_eq!(parsed.records, 3);
        assert_eq!(parsed.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [5, 8]);
        let problems: Vec<_> =
            parsed.problems.iter().map(|p| (p.record, p.column, p.line, p.rejects)).collect();
        assert_eq!(problems, [(2, 0, 6, true), (2, 1, 6, true), (3, 2, 8, false)]);
        let fields = ["", "", "x", "0.0005", "kg", ""].map(str::to_owned).to_vec();
        assert_eq!(parsed.rejects, [Reject { record: 2, fields }]);
        assert!(parsed.fine.is_empty());
        let long = format!("\nB1,S1,2026-03-01,5,kg,sold\nB1,{},,,,\n", "S".repeat(60));
        let error = parse::<Row<2, Removal<'_>>>(task, &job(&long)).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::RecordTooLong { line: 6, limit: 60, .. }));
    }
}
