//! Rejected rows, written back out.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use suyuan_files::Inputs;

use crate::error::Error;
use crate::import::Import;
use crate::source::is_gzip;

/// The rows of a file that were set aside, as they were written, each with the reason.
#[derive(Clone, Debug)]
pub(crate) struct RejectedRows {
    pub(crate) file: String,
    pub(crate) source: Option<PathBuf>,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<(Vec<String>, String)>,
}

/// The name of the last column of a file of rejects.
pub const REASON_COLUMN: &str = "reject_reason";

/// Writes each file's rejected rows to a file of the same name in `dir`, which is made when it is
/// not there, and gives back the paths written. Files without rejected rows are not written.
///
/// A file of rejects is CSV in UTF-8 (compressed when its name ends in `.gz`): the header as it was
/// written, the rows as they were written, invalid bytes as U+FFFD, and the reason in the last
/// column, [`REASON_COLUMN`]. Once corrected it can be imported as it is. Linear in the rows.
///
/// ```
/// use suyuan_core::chain::Table;
/// use suyuan_csv::{Importer, ReadOptions, write_rejects};
/// let csv = "batch_code,operator_code,removed_on,quantity,unit,reason\n,S1,2026-03-01,5,kg,sold\n";
/// let mut options = ReadOptions::default();
/// options.keep_rejects = true;
/// let import = Importer::new(&options)
///     .bytes(Table::Removals, "removals.csv", csv.as_bytes())?
///     .finish()?;
/// let dir = tempfile::tempdir()?;
/// let paths = write_rejects(&import, dir.path())?;
/// let written = std::fs::read_to_string(&paths[0])?;
/// assert!(written.ends_with(",S1,2026-03-01,5,kg,sold,\"batch_code: found \"\"\"\", expected a code\"\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::NotKept`] when the import was not asked to keep rejected rows, [`Error::OverInput`]
/// when a file would be written over one that was read, [`Error::Write`].
pub fn write_rejects(import: &Import, dir: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    let dir = dir.as_ref();
    let tables = import.rejects.as_deref().ok_or(Error::NotKept)?;
    let tables: Vec<_> = tables.iter().filter(|table| !table.rows.is_empty()).collect();
    fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
    let read = import.rejects.iter().flatten().filter_map(|table| table.source.as_deref());
    let inputs = read.fold(Inputs::default(), Inputs::file);
    let mut paths = Vec::with_capacity(tables.len());
    for table in &tables {
        let path = dir.join(&table.file);
        if inputs.would_lose(&path) {
            return Err(Error::OverInput { path });
        }
        paths.push(path);
    }
    for (table, path) in tables.iter().zip(&paths) {
        let written = suyuan_files::write(path, |out| write_table(table, out));
        written.map_err(|source| Error::Write { path: path.clone(), source })?;
    }
    Ok(paths)
}

fn write_table(table: &RejectedRows, out: impl Write) -> io::Result<()> {
    if is_gzip(&table.file) {
        let mut encoder = GzEncoder::new(out, Compression::default());
        write_rows(table, &mut encoder)?;
        encoder.finish().map(drop)
    } else {
        write_rows(table, out)
    }
}

fn write_rows(table: &RejectedRows, out: impl Write) -> io::Result<()> {
    // Rows longer than the header widen it, so that the reason stays the last column of all.
    let width = table.rows.iter().map(|row| row.0.len()).max().unwrap_or(0).max(table.header.len());
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let padded = |fields: &[String], last: &str| {
        let missing = width - fields.len();
        let fields = fields.iter().map(String::as_str);
        let row = fields.chain(std::iter::repeat_n("", missing)).chain([last]);
        row.map(str::to_owned).collect::<Vec<_>>()
    };
    writer.write_record(padded(&table.header, REASON_COLUMN))?;
    for (fields, reason) in &table.rows {
        writer.write_record(padded(fields, reason))?;
    }
    writer.flush()
}
