//! What is known only when all rows are read: the second look at single rows of a file.

use std::collections::BTreeMap;

use csv::ByteRecord;
use suyuan_core::chain::{ChainBuilder, Finding, FindingCode};
use suyuan_core::id::FileId;
use suyuan_core::model::Source;

use crate::blocks::Blocks;
use crate::cells::CONVERTIBLE;
use crate::encoding::Line;
use crate::error::Error;
use crate::import::TableFile;
use crate::options::Limits;
use crate::output::Problem;
use crate::records::Records;
use crate::report::shown;
use crate::source::{Origin, is_gzip};

/// A row found again.
struct Found<'a> {
    /// The data record, counted from 1.
    record: u64,
    /// Its texts in the page's order, as written.
    texts: Vec<&'a str>,
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
    let stream = origin.open(&file.name)?;
    let mut blocks = Blocks::new(stream.reader, &file.name, is_gzip(&file.name), limits);
    let mut wanted = lines.iter().copied().peekable();
    let mut raw = ByteRecord::new();
    // The header is record 0.
    let mut record = 0;
    while wanted.peek().is_some() {
        let Some(block) = blocks.next()? else {
            break;
        };
        let mut records = Records::new(&block.bytes, block.line);
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
                let row = Line::decode(file.encoding, raw);
                show(line, Found { record, texts: file.layout.texts(&row.text).collect() });
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
                let texts = found.texts.iter().map(|text| text.trim().to_owned()).collect();
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
    limits: Limits,
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
            *lines = repair_quantities(file, lines, limits)?;
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
    limits: Limits,
) -> Result<Vec<u32>, Error> {
    let Some(column) = file.layout.columns.iter().position(|column| column.name == "quantity")
    else {
        return Ok(Vec::new());
    };
    let mut repairs = Vec::new();
    let mut repair = |line, record, value: &str| {
        repairs.push(Problem {
            record,
            column,
            line,
            rejects: false,
            value: shown(value),
            expected: CONVERTIBLE.into(),
        });
    };
    match &file.origin {
        Some(origin) => revisit(file, origin, lines, limits, |line, found| {
            repair(line, found.record, found.texts.get(column).copied().unwrap_or_default());
        })?,
        None => {
            for fine in &file.fine {
                if lines.binary_search(&fine.line).is_ok() {
                    repair(fine.line, fine.record, &fine.value);
                }
            }
        }
    }
    let mut done: Vec<u32> = repairs.iter().map(|problem| problem.line).collect();
    done.sort_unstable();
    file.problems.append(&mut repairs);
    Ok(done)
}
