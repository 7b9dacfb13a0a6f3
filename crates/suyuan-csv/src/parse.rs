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
use crate::totals;

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
    /// How many values that cannot be read are kept, of rejected and of repaired rows each.
    pub(crate) most_details: usize,
    /// Whether rejected rows are to be written out.
    pub(crate) writes_rejects: bool,
}

/// A block as its rows were read.
enum Content {
    /// Valid text.
    Text(String),
    /// Fields are decoded one by one.
    Bytes(Vec<u8>, Encoding),
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
    content: Content,
    /// Where its records begin, and on which line.
    start: (usize, u32),
    output: Output,
    /// The rows to import, each with its physical line.
    pub(crate) rows: Vec<(u32, R)>,
    pub(crate) counts: Counts,
    /// The records to be written out as rejected.
    rejects: Vec<u32>,
    /// Those set aside that name an operator.
    named: Vec<Named>,
}

/// What became of the rows of a block or a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    /// Not known at the minute asked for.
    pub(crate) unknown: u64,
    pub(crate) rejected: u64,
    /// Rejected because they add up others.
    pub(crate) totals: u64,
    /// Imported with a value unknown that could not be read.
    pub(crate) repaired: u64,
    /// Values that could not be read and are not kept.
    pub(crate) unlisted: u64,
    /// Values kept of rejected and of repaired rows.
    listed: [usize; 2],
}

impl Counts {
    /// Takes in the counts of a block, but for what is kept of it.
    pub(crate) fn add(&mut self, block: &Self) {
        self.records += block.records;
        self.unknown += block.unknown;
        self.rejected += block.rejected;
        self.totals += block.totals;
        self.repaired += block.repaired;
        self.unlisted += block.unlisted;
    }

    /// Whether the values of a row are kept: those of the first rows are.
    pub(crate) fn list(&mut self, row: &[Problem], most: usize) -> bool {
        let repaired = row.first().is_some_and(|problem| !problem.rejects);
        let listed = &mut self.listed[usize::from(repaired)];
        let room = *listed < most;
        if room {
            *listed += row.len();
        } else {
            self.unlisted += row.len() as u64;
        }
        room
    }
}

impl<R: Rows> Parsed<R> {
    /// Adds the rows to a builder and leaves none.
    pub(crate) fn add_to(&mut self, builder: &mut ChainBuilder, file: FileId) -> Result<(), Error> {
        let block = match &self.content {
            Content::Text(text) => text,
            Content::Bytes(..) => "",
        };
        let texts = Texts { block, arena: &self.output.arena };
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

    pub(crate) fn named(&mut self) -> Vec<Named> {
        std::mem::take(&mut self.named)
    }

    /// Gives each rejected row as it was written, with what rejects it.
    pub(crate) fn each_reject(
        &self,
        task: Task<'_>,
        mut give: impl FnMut(Text<'_>, &[Problem]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rejects = self.rejects.iter().copied().peekable();
        if rejects.peek().is_none() {
            return Ok(());
        }
        let mut record = 0;
        let mut output = Output::default();
        self.content.each(task, self.start, |spot, text| {
            record += 1;
            if rejects.next_if_eq(&record).is_some() {
                output.problems.clear();
                task.judge::<R>(text, true, (u64::from(record), spot.line), &mut output);
                output.problems.retain(|problem| problem.rejects);
                give(text, &output.problems)?;
            }
            Ok(())
        })
    }
}

impl Content {
    /// Shows every record from a place on.
    fn each(
        &self,
        task: Task<'_>,
        (start, line): (usize, u32),
        mut show: impl FnMut(Spot, Text<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let separator = task.context.separator;
        match self {
            Self::Text(block) => {
                let mut splitter = Splitter::new(block, start, line, separator);
                let mut fields = Fields::default();
                while let Some(spot) = splitter.next(&mut fields) {
                    show(spot, Text::Block(block, &fields))?;
                }
            }
            Self::Bytes(bytes, encoding) => {
                let rest = bytes.get(start..).unwrap_or_default();
                let mut records = Records::new(rest, line, separator);
                let mut spare = ByteRecord::new();
                let failed = |error: csv::Error| Error::reading(task.file, false, error.into());
                while let Some(spot) = records.next(&mut spare).map_err(failed)? {
                    let line = Line::decode(*encoding, spare);
                    show(spot, Text::Line(&line))?;
                    spare = line.recycle();
                }
            }
        }
        Ok(())
    }
}

/// Reads the rows of a block. Linear in its bytes; sound rows allocate nothing of their own.
pub(crate) fn parse<R: Rows>(task: Task<'_>, job: Job) -> Result<Parsed<R>, Error> {
    let Job { bytes, start, line, encoding } = job;
    let has_nul = memchr(0, &bytes).is_some();
    let rows = Vec::with_capacity(bytes.len() / 64);
    let content = match encoding {
        Encoding::Gb18030 if !bytes.is_ascii() => Content::Bytes(bytes, encoding),
        _ => String::from_utf8(bytes)
            .map_or_else(|error| Content::Bytes(error.into_bytes(), encoding), Content::Text),
    };
    let mut output = Output::default();
    if let Content::Text(block) = &content {
        output.arena = Arena::of(block);
    }
    let mut taken =
        Taken { output, rows, counts: Counts::default(), rejects: Vec::new(), named: Vec::new() };
    content.each(task, (start, line), |spot, text| task.take(&mut taken, spot, text, has_nul))?;
    let Taken { output, rows, counts, rejects, named } = taken;
    Ok(Parsed { content, start: (start, line), output, rows, counts, rejects, named })
}

/// What the rows of a block leave.
struct Taken<R> {
    output: Output,
    rows: Vec<(u32, R)>,
    counts: Counts,
    rejects: Vec<u32>,
    named: Vec<Named>,
}

/// What was made of a row.
struct Judged<R> {
    /// `None` for a total of others.
    row: Option<R>,
    known: bool,
    rejected: bool,
}

impl Task<'_> {
    /// Reads the values of a record, and says what is wrong with them.
    #[inline]
    fn judge<R: Rows>(
        self,
        text: Text<'_>,
        has_nul: bool,
        at: (u64, u32),
        output: &mut Output,
    ) -> Judged<R> {
        let before = output.problems.len();
        let mut cells = Cells::new(self.context, text, has_nul, at, output);
        let row = match totals::total(self.context.layout, text) {
            Some((column, word)) => {
                cells.total(column, word);
                None
            }
            None => Some(R::read(&mut cells)),
        };
        let known = cells.is_known();
        let mut rejected = cells.end();
        if rejected && text.len() == 1 {
            let problems = output.problems.split_off(before);
            let mut cells = Cells::new(self.context, text, has_nul, at, output);
            cells.separated();
            rejected = cells.end() || rejected;
            if output.problems.len() == before {
                output.problems.extend(problems);
            }
        }
        Judged { row, known, rejected }
    }

    /// Whether a row that is imported has a value that cannot be read.
    pub(crate) fn is_repaired<R: Rows>(self, text: Text<'_>) -> bool {
        let mut output = Output::default();
        self.judge::<R>(text, true, (0, 0), &mut output);
        !output.problems.is_empty()
    }

    /// Takes in one record.
    #[inline]
    fn take<R: Rows>(
        self,
        taken: &mut Taken<R>,
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
        let Taken { output, rows, counts, rejects, named } = taken;
        counts.records += 1;
        let (texts, problems) = (output.arena.len(), output.problems.len());
        let fine = output.fine.len();
        let judged = self.judge::<R>(text, has_nul, (counts.records, spot.line), output);
        if !judged.known {
            // What is not known is not judged.
            output.arena.truncate(texts);
            output.fine.truncate(fine);
            output.problems.truncate(problems);
            counts.unknown += 1;
            return Ok(());
        }
        match judged.row {
            Some(row) if !judged.rejected => {
                rows.push((spot.line, row));
                if output.problems.len() == problems {
                    return Ok(());
                }
                counts.repaired += 1;
                output.fine.iter_mut().skip(fine).for_each(|fine| fine.repaired = true);
            }
            other => {
                output.arena.truncate(texts);
                output.fine.truncate(fine);
                counts.rejected += 1;
                counts.totals += u64::from(other.is_none());
                // Only what rejects the row is said of it: the rest of it is not judged.
                let reasons = output.problems.split_off(problems);
                output.problems.extend(reasons.into_iter().filter(|problem| problem.rejects));
                if named.len() < NAMED_ROWS && other.is_some() {
                    named.extend(self.named(spot.line, text));
                }
                if self.writes_rejects {
                    rejects.push(counts.records as u32);
                }
            }
        }
        let row = output.problems.get(problems..).unwrap_or_default();
        if !counts.list(row, self.most_details) {
            output.problems.truncate(problems);
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
        let layout = Layout::read(
            "removals.csv",
            Table::Removals,
            &StringRecord::from(header.to_vec()),
            None,
        )
        .unwrap();
        let context = Context {
            layout: &layout,
            separator: b',',
            clock: UtcOffset::CHINA,
            note_fine: true,
            known_at: Minute::UNBOUNDED_FUTURE,
        };
        let task = Task {
            file: "removals.csv",
            context,
            record_limit: 60,
            most_details: 100,
            writes_rejects: true,
        };
        let job =
            |text: &str| Job { bytes: text.into(), start: 1, line: 5, encoding: Encoding::Utf8 };
        let text = "\nB1,S1,2026-03-01,5,kg,sold\n,,x,0.0005,kg,\n\nB2,S1,x,5,kg,sold\n";
        let parsed = parse::<Row<5, Removal<'_>>>(task, job(text)).unwrap();
        assert_eq!((parsed.counts.records, parsed.counts.rejected), (3, 1));
        assert_eq!(parsed.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [5, 8]);
        let problems: Vec<_> = parsed
            .output
            .problems
            .iter()
            .map(|p| (p.record, p.column, p.line, p.rejects))
            .collect();
        assert_eq!(problems, [(2, 0, 6, true), (2, 1, 6, true), (3, 2, 8, false)]);
        let mut rejects = Vec::new();
        let give = |text: Text<'_>, reasons: &[Problem]| {
            rejects.push((text.iter().collect::<Vec<_>>().join("|"), reasons.len()));
            Ok(())
        };
        parsed.each_reject(task, give).unwrap();
        assert_eq!(rejects, [("||x|0.0005|kg|".to_owned(), 2)]);
        assert!(parsed.output.fine.is_empty());
        let long = format!("\nB1,S1,2026-03-01,5,kg,sold\nB1,{},,,,\n", "S".repeat(60));
        let error = parse::<Row<5, Removal<'_>>>(task, job(&long)).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::RecordTooLong { line: 6, limit: 60, .. }));
    }
}
