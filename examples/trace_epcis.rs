//! From which events of an EPCIS document a lot came, or into which it went.
//!
//! ```text
//! cargo run --release --example trace_epcis -- DOCUMENT --from ID
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suyuan::epcis::{Direction, Document, Import, MapOptions, ReadOptions};
use suyuan_examples::args::Paged;
use suyuan_examples::epcis::{self, Answer};
use suyuan_examples::failure::{self, Failure, tell};
use suyuan_examples::files::Files;
use suyuan_examples::report::Report;
use suyuan_examples::{json, pages};

/// The lot of the bundled document that is traced when no flags are given.
const BUNDLED_LOT: &str = "urn:epc:class:lgtin:6901234.000103.SALAD-0312";

const EXAMPLES: &str = "\
DOCUMENT is an EPCIS 2.0 document in JSON-LD, or one of EPCIS 1.2 or 2.0 in XML; capture and query
documents alike. Several, of partners of one chain, say, are read as one story. ID is an EPC URN, an EPC class, a GS1 Digital Link address or any other name of
goods that its events use; that of a container stands for what it held.

Examples:
  trace_epcis
  trace_epcis DOCUMENT --from urn:epc:class:lgtin:4012345.012345.998877
  trace_epcis DOCUMENT --from https://id.gs1.org/01/04012345123456/10/998877 --forward
  trace_epcis FARM.jsonld SHOP.xml --from urn:epc:class:lgtin:4012345.012345.998877
  trace_epcis DOCUMENT --write DOCUMENT.xml";

/// The events that a lot came from or went into, and whether a document keeps to the standard.
#[derive(Debug, Parser)]
#[command(name = "trace_epcis", after_help = EXAMPLES)]
struct Flags {
    /// The documents [default: the bundled fixtures/epcis/salad.jsonld]
    #[arg(value_name = "DOCUMENT")]
    documents: Vec<PathBuf>,
    /// What to trace; without it the document is only read and checked
    #[arg(long, value_name = "ID")]
    from: Option<String>,
    /// Trace to where it went, not to where it came from
    #[arg(long)]
    forward: bool,
    /// Read a document that breaks the standard all the same, and say what is wrong
    #[arg(long)]
    lenient: bool,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write the document, one, to this file: .xml is XML, any other name JSON-LD
    #[arg(long, value_name = "PATH")]
    write: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("trace_epcis", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    Files::default()
        .read(&flags.documents)
        .written(&flags.json)
        .written(&flags.write)
        .written(&flags.paged.html)
        .check()?;
    let quiet = flags.json.as_deref() == Some(Path::new("-"));
    let given = !flags.documents.is_empty();
    let paths = if given { flags.documents.clone() } else { vec![epcis::bundled()] };
    if !given && quiet {
        tell(epcis::BUNDLED);
    }
    if flags.write.is_some() && paths.len() > 1 {
        return Err(Failure::job("failed to write: --write takes one document".to_owned()));
    }
    let options = if flags.lenient { ReadOptions::lenient() } else { ReadOptions::default() };
    let mut read = Vec::new();
    for path in &paths {
        let document = Document::open(path, &options).map_err(|e| epcis::refused(path, e))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        read.push((name, document));
    }
    let documents: Vec<(&str, &Document)> =
        read.iter().map(|(name, document)| (name.as_str(), document)).collect();
    let import = Import::of_all(&documents, &MapOptions::default())?;
    let from = match &flags.from {
        Some(from) => Some(from.as_str()),
        None if given => None,
        None => Some(BUNDLED_LOT),
    };
    let direction = if flags.forward { Direction::Forward } else { Direction::Back };
    let trace = from.map(|from| import.trace(from, direction)).transpose()?;
    let written = match (&flags.write, documents.first()) {
        (Some(path), Some((_, document))) => epcis::write(path, document)?,
        _ => Vec::new(),
    };
    let answer = Answer::new(&documents, &import, trace, written);
    if let Some(path) = &flags.json {
        json::write(path, &answer)?;
    }
    flags.paged.write(|lang| pages::epcis(&answer, lang))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if !given {
        report.line(0, epcis::BUNDLED)?;
    }
    epcis::show(&mut report, &answer)?;
    report.written([&flags.json, &flags.write, &flags.paged.html].into_iter().flatten())?;
    Ok(report.finish()?)
}
