//! Results as files; JSON indented by two spaces, the same bytes on every run.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use suyuan::report::records::Records;

use crate::failure::Failure;

/// A result with what its page shows, where there is one: every number of a page is in the JSON.
#[derive(Debug, Serialize)]
pub struct WithPage<'r, D, P> {
    /// The result.
    #[serde(flatten)]
    pub document: D,
    /// What the records behind it lack; nothing where it does not come from an import.
    #[serde(skip_serializing_if = "Records::is_unknown")]
    pub records: &'r Records,
    /// What the page shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<P>,
}

impl<'r, D> WithPage<'r, D, ()> {
    /// A result whose page shows nothing else.
    #[must_use]
    pub const fn bare(document: D, records: &'r Records) -> Self {
        Self { document, records, page: None }
    }
}

/// Writes a result to a file, or to standard output for `-`.
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub fn write(path: &Path, result: &impl Serialize) -> Result<(), Failure> {
    if path == Path::new("-") {
        return Ok(write_to(BufWriter::new(io::stdout().lock()), result)?);
    }
    let written = suyuan::files::write(path, |file| write_to(file, result));
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
