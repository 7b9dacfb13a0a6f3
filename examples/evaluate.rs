//! From samples to a compliance report: rates with intervals, small areas, ranks, disposal.
//!
//! ```text
//! cargo run --release --example evaluate -- --data DIR --json report.json
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suyuan::report::records::Records;
use suyuan::stats::compliance::{self, Dimension, Fact};
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::evaluation::{Document, Evaluation};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::flat::{self, Columns, Flat};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::Report;
use suyuan_examples::{evaluation, json, load, pages, quality};

const EXAMPLES: &str = "\
Rates are in percent. Purposes of sampling are never pooled; only evaluation samples estimate the
population's rate.

Examples:
  evaluate
  evaluate --data DIR --as-of 2026-03
  evaluate --table samples.csv --columns verdict=Result,region=State --failing Positive
  evaluate --table samples.csv --purpose monitoring --csv OUT --json -";

fn after_help() -> String {
    format!("{}\n{}\n{EXAMPLES}", args::TIMES, flat::HELP)
}

/// Pass and problem-finding rates by purpose, region, category, stage, hazard and period.
#[derive(Debug, Parser)]
#[command(mut_arg("data", |arg| arg.help(
    "Folder of CSV files [default: fixtures/statistics/samples.csv]"
)))]
#[command(name = "evaluate", after_help = after_help())]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// One CSV table of samples in place of a data set
    #[arg(long, value_name = "PATH", conflicts_with = "data")]
    table: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Stated coverage of intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    confidence: f64,
    /// Write rates.csv and areas.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("evaluate", run(&Flags::parse()))
}

/// What is said when the program runs on the table that comes with it.
const BUNDLED: &str =
    "No --data or --table given: using the bundled fixtures/statistics/samples.csv.";

fn run(flags: &Flags) -> Result<(), Failure> {
    if !(flags.confidence > 0.0 && flags.confidence < 1.0) {
        return Err(Failure::Usage("--confidence lies between 0 and 1".to_owned()));
    }
    let files = flags.common.files(&flags.paged).read(&flags.table);
    files.written_into(&flags.csv, &evaluation::FILES).check()?;
    let quiet = flags.common.json_on_stdout();
    let bundled = flags.common.data.is_none() && flags.table.is_none();
    if bundled && quiet {
        failure::tell(BUNDLED);
    }
    let (facts, disposals, records) = flags.facts(quiet)?;
    let found = Evaluation::new(&facts, Dimension::ALL, flags.confidence, disposals)?;
    let document = Document::new(&found);
    if let Some(dir) = &flags.csv {
        evaluation::write_csv(&document, dir)?;
    }
    if let Some(path) = &flags.common.json {
        json::write(path, &WithPage::bare(&document, &records))?;
    }
    flags.paged.write(|lang| pages::compliance(&document, lang).records(&records))?;
    if !quiet {
        let mut report = Report::stdout();
        if bundled {
            report.line(0, BUNDLED)?;
        }
        quality::head(&mut report, &records)?;
        evaluation::write(&mut report, &document)?;
        let written = [&flags.common.json, &flags.csv, &flags.paged.html];
        report.written(written.into_iter().flatten())?;
        report.finish()?;
    }
    Ok(())
}

/// The samples, what was acted on, and what the records lack.
type Facts = (Vec<Fact>, Option<(u64, u64)>, Records);

impl Flags {
    /// The samples, and what was acted on where the chain of goods is known.
    fn facts(&self, quiet: bool) -> Result<Facts, Failure> {
        let limit = self.common.limit();
        if let Some(data) = &self.common.data {
            let import = load::load(Some(data), None, quiet)?;
            let facts = compliance::facts(&import.chain, limit).collect();
            let disposals = compliance::disposals(&import.chain, limit);
            return Ok((facts, Some(disposals), quality::all_records(&import)));
        }
        let bundled = flat::bundled("samples.csv");
        let path: &Path = self.table.as_deref().unwrap_or(&bundled);
        let table = Flat::read(path, &self.columns)?;
        Ok((table.facts(&self.columns, limit)?, None, Records::default()))
    }
}
