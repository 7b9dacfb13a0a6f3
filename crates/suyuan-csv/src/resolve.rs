//! What is known only when all rows are read: the second look at single rows of a file.

use std::collections::BTreeMap;

use csv::ByteRecord;
use suyuan_core::chain::{ChainBuilder, Finding, FindingCode};
use suyuan_core::id::FileId;
use suyuan_core::model::Source;

use crate::blocks::Blocks;
use crate::cells::CONVERTIBLE;
use crate::dialect::Dialect;
use crate::encoding::{Encoding, Line, unbroken};
use crate::error::Error;
use crate::header::Layout;
use crate::import::TableFile;
use crate::options::{Limits, ReadOptions};
use crate::output::Problem;
use crate::records::Records;
use crate::report::shown;
use crate::rows::is_repaired;
use crate::source::Origin;

/// A row found again.
struct Found<'a> {
    /// The data record, counted from 1.
    record: u64,
    row: &'a Line,
    layout: &'a Layout,
}

impl<'a> Found<'a> {
    /// Its texts in the page's order, as written.
    fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.layout.texts(&self.row.text)
    }
}

/// Reads a file once more and shows the rows that start on `lines`, which are in order. Takes
/// linear time up to the last of them.
fn revisit(
    file: &TableFile<'_>,
    origin: &Origin<'_>,
    lines: &[u32],
    limits: Limits,
    mut show: impl FnMut(u32, Found<'_>),
) -> Result<(), Error> {
    let Dialect { separator, skip, line, .. } = file.dialect;
    let mut stream = origin.open(&file.name)?;
    stream.skip(skip, &file.name)?;
    let mut blocks = Blocks::new(stream.reader, &file.name, separator, line, limits);
    let mut wanted = lines.iter().copied().peekable();
    let mut raw = ByteRecord::new();
    // The header is record 0.
    let mut record = 0;
    while wanted.peek().is_some() {
        let Some(block) = blocks.next()? else {
            break;
        };
        let text = unbroken(&block.bytes, file.encoding, separator);
        let (bytes, encoding) = match &text {
            Some(text) => (text.as_bytes(), Encoding::Utf8),
            None => (&*block.bytes, file.encoding),
        };
        let mut records = Records::new(bytes, block.line, separator);
        while let Some(line) = wanted.peek().copied() {
            let found = records
                .next(&mut raw)
                .map_err(|error| Error::reading(&file.name, false, error.into()))?;
            let Some(spot) = found else {
                break;
            };
            if spot.line >= line {
                wanted.next();
            }
            if spot.line == line {
                let row = Line::decode(encoding, raw);
                show(line, Found { record, row: &row, layout: &file.layout });
                raw = row.recycle();
            }
            record += 1;
        }
    }
    Ok(())
}

fn place_of(files: &[TableFile<'_>], id: FileId) -> Option<usize> {
    files.iter().position(|file| file.id == id)
}

/// The lines wanted of each file, in order.
type Wanted = BTreeMap<usize, Vec<u32>>;

fn sorted(mut wanted: Wanted) -> Wanted {
    for lines in wanted.values_mut() {
        lines.sort_unstable();
        lines.dedup();
    }
    wanted
}

/// Where rows of one code differ, prefers the row that sorts first by its trimmed texts in the
/// order of the page. Codes of which a row cannot be read again are left to the builder.
pub(crate) fn prefer_first_by_text(
    builder: &mut ChainBuilder,
    files: &[TableFile<'_>],
    limits: Limits,
) -> Result<(), Error> {
    let conflicts = builder.conflicts();
    let mut wanted = Wanted::new();
    for source in conflicts.iter().flat_map(|conflict| &conflict.sources) {
        if let Some(place) = place_of(files, source.file) {
            wanted.entry(place).or_default().push(source.line);
        }
    }
    let mut rows: BTreeMap<Source, Vec<String>> = BTreeMap::new();
    for (place, lines) in sorted(wanted) {
        let Some(file) = files.get(place) else {
            continue;
        };
        if let Some(origin) = &file.origin {
            revisit(file, origin, &lines, limits, |line, found| {
                let texts = found.texts().map(|text| text.trim().to_owned()).collect();
                rows.insert(Source::new(file.id, line), texts);
            })?;
        }
    }
    for conflict in conflicts {
        let texts: Option<Vec<_>> = conflict
            .sources
            .iter()
            .map(|source| rows.get(source).map(|texts| (texts, *source)))
            .collect();
        if let Some((_, source)) = texts.into_iter().flatten().min() {
            builder.prefer(conflict.table, source);
        }
    }
    Ok(())
}

/// Turns the findings of quantities that do not fit their batch's base unit into repairs of their
/// rows, and gives back the other findings.
pub(crate) fn take_invalid_quantities(
    findings: Vec<Finding>,
    files: &mut [TableFile<'_>],
    options: &ReadOptions<'_>,
) -> Result<Vec<Finding>, Error> {
    let mut wanted = Wanted::new();
    for finding in &findings {
        if let Some((place, line)) = invalid_quantity(finding, files) {
            wanted.entry(place).or_default().push(line);
        }
    }
    if wanted.is_empty() {
        return Ok(findings);
    }
    let mut repaired = sorted(wanted);
    for (place, lines) in &mut repaired {
        if let Some(file) = files.get_mut(*place) {
            *lines = repair_quantities(file, lines, options)?;
        }
    }
    let mut left = findings;
    left.retain(|finding| {
        invalid_quantity(finding, files).is_none_or(|(place, line)| {
            repaired.get(&place).is_none_or(|lines| lines.binary_search(&line).is_err())
        })
    });
    Ok(left)
}

fn invalid_quantity(finding: &Finding, files: &[TableFile<'_>]) -> Option<(usize, u32)> {
    match finding.records.as_slice() {
        [record] if finding.code == FindingCode::InvalidQuantity => {
            let place = place_of(files, record.source.file)?;
            Some((place, record.source.line))
        }
        _ => None,
    }
}

/// Adds a repair of the quantity to the rows on `lines`; gives back those it could.
fn repair_quantities(
    file: &mut TableFile<'_>,
    lines: &[u32],
    options: &ReadOptions<'_>,
) -> Result<Vec<u32>, Error> {
    let Some(column) = file.layout.columns.iter().position(|column| column.name == "quantity")
    else {
        return Ok(Vec::new());
    };
    // With each, whether the row has been repaired before.
    let mut repairs: Vec<(Problem, bool)> = Vec::new();
    let problem = |line, record, value: &str| Problem {
        record,
        column,
        line,
        rejects: false,
        value: shown(value),
        expected: CONVERTIBLE.into(),
    };
    let task = options.task(file);
    match &file.origin {
        Some(origin) => revisit(file, origin, lines, options.limits(), |line, found| {
            let value = found.texts().nth(column).unwrap_or_default();
            let before = is_repaired(file.table, task, found.row);
            repairs.push((problem(line, found.record, value), before));
        })?,
        None => {
            let wanted = file.fine.iter().filter(|it| lines.binary_search(&it.line).is_ok());
            repairs.extend(wanted.map(|it| (problem(it.line, it.record, &it.value), it.repaired)));
        }
    }
    let mut done: Vec<u32> = repairs.iter().map(|(problem, _)| problem.line).collect();
    done.sort_unstable();
    for (problem, before) in repairs {
        file.counts.repaired += u64::from(!before);
        if file.counts.list(std::slice::from_ref(&problem), options.max_details) {
            file.problems.push(problem);
        }
    }
    Ok(done)
}
