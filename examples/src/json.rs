//! Results as files; JSON indented by two spaces, the same bytes on every run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// A result with what its page shows, where there is one: every number of a page is in the JSON.
#[derive(Debug, Serialize)]
pub struct WithPage<D, P> {
    /// The result.
    #[serde(flatten)]
    pub document: D,
    /// What the page shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<P>,
}

/// Writes a result to a file, or to standard output for `-`.
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub fn write(path: &Path, result: &impl Serialize) -> Result<(), Failure> {
    if path == Path::new("-") {
        return Ok(write_to(BufWriter::new(io::stdout().lock()), result)?);
    }
    let written = File::create(path).and_then(|file| write_to(BufWriter::new(file), result));
    written.map_err(|error| Failure::doing(format!("failed to write {}", path.display()), error))
}

/// Writes a result's document as CSV into a folder and as JSON to a path, where they are asked for.
///
/// # Errors
/// [`Failure`] when one of them cannot be written.
pub fn write_results<D: Serialize>(
    csv: Option<&Path>,
    json: Option<&Path>,
    document: impl FnOnce() -> D,
    write_csv: impl FnOnce(&D, &Path) -> Result<(), suyuan::csv::Error>,
) -> Result<(), Failure> {
    if csv.is_none() && json.is_none() {
        return Ok(());
    }
    let document = document();
    if let Some(dir) = csv {
        write_csv(&document, dir)?;
    }
    json.map_or(Ok(()), |path| write(path, &document))
}

fn write_to(mut out: impl Write, result: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, result)?;
    out.write_all(b"\n")?;
    out.flush()
}
