//! One block of a table, read into rows on any thread.

use csv::ByteRecord;
use memchr::memchr;
use suyuan_core::chain::ChainBuilder;
use suyuan_core::id::FileId;
use suyuan_core::model::Source;

use crate::cells::{Cells, Context, Text};
use crate::encoding::{Encoding, Line};
use crate::error::Error;
use crate::output::{Arena, Fine, Output, Problem};
use crate::records::{Records, Spot};
use crate::report::{NAMED_ROWS, shown};
use crate::rows::{Rows, Texts};
use crate::split::{Fields, Splitter};

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

/// The codes of a row that was set aside, as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) line: u32,
    pub(crate) batch: String,
    pub(crate) operators: Vec<String>,
}

/// The rows of a block. Records are counted from 1 within it.
pub(crate) struct Parsed<R> {
    /// The block as text; empty where its fields were decoded one by one.
    block: String,
    output: Output,
    /// The rows to import, each with its physical line.
    pub(crate) rows: Vec<(u32, R)>,
    pub(crate) records: u64,
    /// How many of them are not known at the minute asked for.
    pub(crate) unknown: u64,
    pub(crate) rejects: Vec<Reject>,
    /// Those set aside that name an operator.
    pub(crate) named: Vec<Named>,
}

impl<R> Parsed<R> {
    /// Adds the rows to a builder and leaves none.
    pub(crate) fn add_to(&mut self, builder: &mut ChainBuilder, file: FileId) -> Result<(), Error>
    where
        R: Rows,
    {
        let texts = Texts { block: &self.block, arena: &self.output.arena };
        for (line, row) in self.rows.drain(..) {
            row.add(texts, builder, Source::new(file, line))?;
        }
        self.rows = Vec::new();
        Ok(())
    }

    pub(crate) fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.output.problems)
    }

    pub(crate) fn fine(&mut self) -> Vec<Fine> {
        std::mem::take(&mut self.output.fine)
    }
}

/// Reads the rows of a block. Linear in its bytes; sound rows allocate nothing of their own.
pub(crate) fn parse<R: Rows>(task: Task<'_>, job: Job) -> Result<Parsed<R>, Error> {
    let Job { bytes, start, line, encoding } = job;
    let has_nul = memchr(0, &bytes).is_some();
    let mut parsed = Parsed {
        block: String::new(),
        output: Output::default(),
        rows: Vec::with_capacity(bytes.len() / 64),
        records: 0,
        unknown: 0,
        rejects: Vec::new(),
        named: Vec::new(),
    };
    let as_text = |bytes: Vec<u8>| match encoding {
        Encoding::Gb18030 if !bytes.is_ascii() => Err(bytes),
        _ => String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes),
    };
    match as_text(bytes) {
        Ok(block) => {
            parsed.output.arena = Arena::of(&block);
            let mut splitter = Splitter::new(&block, start, line);
            let mut fields = Fields::default();
            while let Some(spot) = splitter.next(&mut fields) {
                task.add(&mut parsed, spot, Text::Block(&block, &fields), has_nul)?;
            }
            parsed.block = block;
        }
        Err(bytes) => {
            let mut records = Records::new(bytes.get(start..).unwrap_or_default(), line);
            let mut spare = ByteRecord::new();
            let failed = |error: csv::Error| Error::reading(task.file, false, error.into());
            while let Some(spot) = records.next(&mut spare).map_err(failed)? {
                let line = Line::decode(encoding, spare);
                task.add(&mut parsed, spot, Text::Line(&line), has_nul)?;
                spare = line.recycle();
            }
        }
    }
    Ok(parsed)
}

impl Task<'_> {
    /// Reads one record.
    fn add<R: Rows>(
        self,
        parsed: &mut Parsed<R>,
        spot: Spot,
        text: Text<'_>,
        has_nul: bool,
    ) -> Result<(), Error> {
        if spot.end - spot.start > self.record_limit {
            return Err(Error::RecordTooLong {
                file: self.file.to_owned(),
                line: spot.line,
                limit: self.record_limit,
            });
        }
        let Parsed { output, rows, records, unknown, rejects, named, .. } = parsed;
        *records += 1;
        let (texts, problems) = (output.arena.len(), output.problems.len());
        let fine = output.fine.len();
        let mut cells = Cells::new(self.context, text, has_nul, (*records, spot.line), output);
        let row = R::read(&mut cells);
        let known = cells.is_known();
        let rejected = cells.end();
        if !known {
            // What is not known is not judged.
            output.arena.truncate(texts);
            output.fine.truncate(fine);
            output.problems.truncate(problems);
            *unknown += 1;
        } else if rejected {
            output.arena.truncate(texts);
            output.fine.truncate(fine);
            // Only what rejects the row is said of it: the rest of it is not judged.
            let reasons = output.problems.split_off(problems);
            output.problems.extend(reasons.into_iter().filter(|problem| problem.rejects));
            if named.len() < NAMED_ROWS {
                named.extend(self.named(spot.line, text));
            }
            if self.keep_rejects {
                let fields = text.iter().map(str::to_owned).collect();
                rejects.push(Reject { record: *records, fields });
            }
        } else {
            rows.push((spot.line, row));
        }
        Ok(())
    }

    /// Whom a row that is set aside names, where it names anybody.
    fn named(self, line: u32, text: Text<'_>) -> Option<Named> {
        let layout = self.context.layout;
        let mut named = Named { line, batch: String::new(), operators: Vec::new() };
        for (column, place) in layout.columns.iter().zip(&layout.places) {
            let code = place.and_then(|place| text.get(place)).unwrap_or_default().trim();
            match column.name {
                _ if code.is_empty() => {}
                "batch_code" => named.batch = shown(code),
                "operator_code" | "from_operator" | "to_operator" => {
                    named.operators.push(shown(code));
                }
                _ => {}
            }
        }
        (!named.operators.is_empty()).then_some(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Layout;
    use crate::rows::Row;
    use csv::StringRecord;
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
        let parsed = parse::<Row<2, Removal<'_>>>(task, job(text)).unwrap();
        assert_eq!(parsed.records, 3);
        assert_eq!(parsed.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [5, 8]);
        let problems: Vec<_> = parsed
            .output
            .problems
            .iter()
            .map(|p| (p.record, p.column, p.line, p.rejects))
            .collect();
        assert_eq!(problems, [(2, 0, 6, true), (2, 1, 6, true), (3, 2, 8, false)]);
        let fields = ["", "", "x", "0.0005", "kg", ""].map(str::to_owned).to_vec();
        assert_eq!(parsed.rejects, [Reject { record: 2, fields }]);
        assert!(parsed.output.fine.is_empty());
        let long = format!("\nB1,S1,2026-03-01,5,kg,sold\nB1,{},,,,\n", "S".repeat(60));
        let error = parse::<Row<2, Removal<'_>>>(task, job(&long)).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::RecordTooLong { line: 6, limit: 60, .. }));
    }
}
