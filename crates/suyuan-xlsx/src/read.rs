//! Reading a workbook, cell by cell, into texts.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;

use crate::error::Error;

/// How much of a workbook is read before reading it ends in [`Error::TooLarge`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the file.
    pub packed_bytes: u64,
    /// Bytes of everything in it, unpacked.
    pub unpacked_bytes: u64,
    /// Files in the archive.
    pub entries: u64,
    /// Cells that are not empty, over all sheets.
    pub cells: u64,
    /// Bytes of text in those cells; one text that many cells share counts as often as it is used.
    pub text_bytes: u64,
}

impl Default for Limits {
    /// 64 MiB packed, 256 MiB unpacked, 1,000 entries, 2 million cells, 128 MiB of text.
    fn default() -> Self {
        Self {
            packed_bytes: 64 << 20,
            unpacked_bytes: 256 << 20,
            entries: 1_000,
            cells: 2_000_000,
            text_bytes: 128 << 20,
        }
    }
}

/// A workbook, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workbook {
    /// Its worksheets, in the workbook's order; charts and macros are left out.
    pub sheets: Vec<Sheet>,
}

/// A worksheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The name on its tab.
    pub name: String,
    /// Its rows that hold a cell, in ascending order.
    pub rows: Vec<Row>,
}

/// A row that holds at least one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number as the program shows it, counted from 1.
    pub number: u32,
    /// Its cells that are not empty: column counted from 0, and text.
    pub cells: Vec<(u32, String)>,
}

impl Row {
    /// The text of a column counted from 0; empty where there is no cell.
    #[must_use]
    pub fn text(&self, column: u32) -> &str {
        match self.cells.binary_search_by_key(&column, |cell| cell.0) {
            Ok(at) => self.cells.get(at).map_or("", |cell| &cell.1),
            Err(_) => "",
        }
    }
}

impl Workbook {
    /// The sheet of a name, ignoring case and spaces around it.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        let wanted = name.trim().to_lowercase();
        self.sheets.iter().find(|sheet| sheet.name.trim().to_lowercase() == wanted)
    }
}

/// Reads a workbook from a file.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, and as [`read_bytes`].
pub fn read_path(path: &Path, limits: &Limits) -> Result<Workbook, Error> {
    let wrap = |source: io::Error| Error::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(wrap)?;
    file.take(limits.packed_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(wrap)?;
    read_bytes(&bytes, limits)
}

/// Reads a workbook from memory. Peak memory is a small multiple of the limits; time is linear
/// in the unpacked bytes.
///
/// # Errors
/// [`Error::NotXlsx`], [`Error::Damaged`], or [`Error::TooLarge`] beyond a limit.
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Workbook, Error> {
    if !bytes.starts_with(b"PK") {
        return Err(Error::NotXlsx);
    }
    count(bytes, limits)?;
    let mut xlsx: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error: XlsxError| Error::damaged("", error))?;
    let names: Vec<_> = xlsx
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut budget = Budget { limits, cells: 0, text: 0 };
    let mut workbook = Workbook::default();
    for name in names {
        let rows = rows(&mut xlsx, &name, &mut budget)?;
        workbook.sheets.push(Sheet { name, rows });
    }
    Ok(workbook)
}

/// Unpacks everything into nothing, to know how much there is before it is held in memory.
fn count(bytes: &[u8], limits: &Limits) -> Result<(), Error> {
    let check = |used: u64, limit: u64, what| {
        if used > limit { Err(Error::TooLarge { what, limit }) } else { Ok(()) }
    };
    check(bytes.len() as u64, limits.packed_bytes, "bytes")?;
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::damaged("", error))?;
    check(archive.len() as u64, limits.entries, "files in its archive")?;
    let mut unpacked = 0;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| Error::damaged("", error))?;
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        let left = limits.unpacked_bytes - unpacked;
        let read = io::copy(&mut entry.take(left.saturating_add(1)), &mut io::sink());
        unpacked += read.map_err(|error| Error::damaged(&name, error))?;
        check(unpacked, limits.unpacked_bytes, "bytes when unpacked")?;
    }
    Ok(())
}

struct Budget<'l> {
    limits: &'l Limits,
    cells: u64,
    text: u64,
}

impl Budget<'_> {
    fn take(&mut self, text: &str) -> Result<(), Error> {
        self.cells += 1;
        self.text += text.len() as u64;
        if self.cells > self.limits.cells {
            return Err(Error::TooLarge { what: "cells", limit: self.limits.cells });
        }
        if self.text > self.limits.text_bytes {
            return Err(Error::TooLarge { what: "bytes of text", limit: self.limits.text_bytes });
        }
        Ok(())
    }
}

fn rows(
    xlsx: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    budget: &mut Budget<'_>,
) -> Result<Vec<Row>, Error> {
    let damaged = |error: XlsxError| Error::damaged(name, error);
    let mut reader = xlsx.worksheet_cells_reader(name).map_err(damaged)?;
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        budget.take(&text)?;
        let (row, column) = cell.get_position();
        let number = row.saturating_add(1);
        match rows.last_mut() {
            Some(last) if last.number == number => last.cells.push((column, text)),
            _ => rows.push(Row { number, cells: vec![(column, text)] }),
        }
    }
    Ok(in_order(rows))
}

/// A sound sheet is in order already; one that is not keeps the first of two cells at one place.
fn in_order(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| row.number);
    rows.dedup_by(|later, first| {
        let same = later.number == first.number;
        if same {
            first.cells.append(&mut later.cells);
        }
        same
    });
    for row in &mut rows {
        row.cells.sort_by_key(|cell| cell.0);
        row.cells.dedup_by_key(|cell| cell.0);
    }
    rows
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(time) => date(time),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The shortest decimal that reads back as the same number.
fn decimal(number: f64) -> String {
    // Below 1e15 a whole number prints without an exponent and is exact.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

fn date(time: &ExcelDateTime) -> String {
    if !time.is_datetime() {
        return decimal(time.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        (_, _, 0) => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}
