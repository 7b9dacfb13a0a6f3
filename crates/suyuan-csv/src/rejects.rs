//! Rejected rows, written back out as they are read.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::{Reader, ReaderBuilder, StringRecord, Writer, WriterBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use suyuan_files::Inputs;

use crate::cells::Text;
use crate::error::Error;
use crate::header::Layout;
use crate::output::Problem;
use crate::source::is_gzip;

/// The name of the last column of a file of rejects.
pub const REASON_COLUMN: &str = "reject_reason";

/// Takes the rejected rows of one file.
pub(crate) struct Rejects {
    path: PathBuf,
    /// Rows with their reasons, as wide as they are, until all have come.
    rows: Option<(PathBuf, Writer<BufWriter<File>>)>,
    widest: usize,
}

impl Rejects {
    /// Where the rejected rows of `name` go.
    ///
    /// # Errors
    /// [`Error::OverInput`] when that is a file that is read, [`Error::Write`].
    pub(crate) fn of(dir: &Path, name: &str, inputs: &Inputs) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
        let path = dir.join(name);
        if inputs.would_lose(&path) {
            return Err(Error::OverInput { path });
        }
        Ok(Self { path, rows: None, widest: 0 })
    }

    fn failed(&self, error: impl Into<io::Error>) -> Error {
        Error::Write { path: self.path.clone(), source: error.into() }
    }

    /// Adds a row.
    pub(crate) fn add(
        &mut self,
        layout: &Layout,
        row: Text<'_>,
        reasons: &[Problem],
    ) -> Result<(), Error> {
        if self.rows.is_none() {
            let part = hidden(&self.path);
            let file = File::create(&part).map_err(|error| self.failed(error))?;
            let writer = WriterBuilder::new().flexible(true).from_writer(BufWriter::new(file));
            self.rows = Some((part, writer));
        }
        let reason = |problem: &Problem| {
            let column = layout.column_name(problem.column);
            format!("{column}: found {:?}, expected {}", problem.value, problem.expected)
        };
        let reasons = reasons.iter().map(reason).collect::<Vec<_>>().join("; ");
        self.widest = self.widest.max(row.len());
        let written = match &mut self.rows {
            Some((_, writer)) => writer.write_record(row.iter().chain([&*reasons])),
            None => Ok(()),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Writes the file, all rows of one width; `None` where there are no rows.
    pub(crate) fn finish(mut self, header: &[String]) -> Result<Option<PathBuf>, Error> {
        let Some((part, writer)) = self.rows.take() else {
            return Ok(None);
        };
        let part = Beside(part);
        let width = self.widest.max(header.len());
        let written = || -> io::Result<()> {
            writer.into_inner().map_err(|error| error.into_error())?.flush()?;
            let rows = BufReader::new(File::open(&part.0)?);
            let rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows);
            suyuan_files::write(&self.path, |out| {
                if !self.path.to_str().is_some_and(is_gzip) {
                    return write_rows(header, rows, width, out);
                }
                let mut encoder = GzEncoder::new(out, Compression::default());
                write_rows(header, rows, width, &mut encoder)?;
                encoder.finish().map(|_| ())
            })
        };
        written().map_err(|error| self.failed(error))?;
        Ok(Some(std::mem::take(&mut self.path)))
    }
}

/// The name of what is written before a file is whole.
fn hidden(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".suyuan-rows-{}-{name}.tmp", std::process::id()))
}

/// A file that is taken away when it is no longer of use.
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        // It is gone already where it was given its name.
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for Rejects {
    fn drop(&mut self) {
        if let Some((part, writer)) = self.rows.take() {
            drop(writer);
            drop(Beside(part));
        }
    }
}

/// Rows longer than the header widen it, so that the reason stays the last column of all.
fn write_rows(
    header: &[String],
    mut rows: Reader<impl io::Read>,
    width: usize,
    out: impl Write,
) -> io::Result<()> {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(out);
    let padding = |fields: usize| std::iter::repeat_n("", width.saturating_sub(fields));
    let header_row = header.iter().map(String::as_str);
    writer.write_record(header_row.chain(padding(header.len())).chain([REASON_COLUMN]))?;
    let mut row = StringRecord::new();
    while rows.read_record(&mut row)? {
        let fields = row.len().saturating_sub(1);
        let (written, reason) = (row.iter().take(fields), row.iter().skip(fields));
        writer.write_record(written.chain(padding(fields)).chain(reason))?;
    }
    writer.flush()
}
