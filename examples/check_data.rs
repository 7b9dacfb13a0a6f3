//! What is in a data set, what could not be read, what contradicts itself and where links are missing.
//!
//! ```text
//! cargo run --release --example check_data -- --data DIR --rejects OUT
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::csv::Import;
use suyuan::trace::gaps;
use suyuan_examples::args::{self, Common, Infer, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::gaps as missing;
use suyuan_examples::report::Report;
use suyuan_examples::{check, json, load, pages};

const EXAMPLES: &str = "\
Rows are imported, repaired (imported with the value that cannot be read unknown) or rejected
(set aside). Findings are judged on all records, whatever --as-of says.

Examples:
  check_data
  check_data --data DIR
  check_data --data DIR --rejects OUT --json report.json
  check_data --data DIR --infer window:14,fifo
  check_data --data DIR --strict";

/// Every row that could not be read, every finding; where links are missing, and whom to ask.
#[derive(Debug, Parser)]
#[command(name = "check_data", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// Write rejected rows back out into this folder, with the reason
    #[arg(long, value_name = "DIR")]
    rejects: Option<PathBuf>,
    /// Fail when any row is rejected or repaired
    #[arg(long)]
    strict: bool,
    /// Links to infer: window:DAYS or window:DAYS,fifo [default: window:30]
    #[arg(long, value_name = "RULES", value_parser = args::infer, default_value = "window:30")]
    #[arg(hide_default_value = true)]
    infer: Infer,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("check_data", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    flags.common.files(&flags.paged).check()?;
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), flags.rejects.as_deref(), quiet)?;
    let recipes = load::recipes(flags.common.data.as_deref())?;
    let found = gaps(&import.chain, &flags.infer.rules(recipes));
    if let Some(path) = &flags.common.json {
        json::write(path, &missing::Document::new(&import, flags.infer, &found))?;
    }
    flags.paged.write(|lang| pages::check(&import, lang))?;
    if !quiet {
        let mut report = Report::stdout();
        if flags.common.data.is_none() {
            report.line(0, load::BUNDLED)?;
        }
        check::write(&mut report, &import)?;
        missing::write(&mut report, &import.chain, flags.infer, &found)?;
        if flags.rejects.is_some() {
            check::rejects(&mut report, &import.rejects)?;
        }
        report.written([&flags.common.json, &flags.paged.html].into_iter().flatten())?;
        report.finish()?;
    }
    if flags.strict { strict(&import) } else { Ok(()) }
}

/// Fails when any row was rejected or repaired; the report is out by then.
fn strict(import: &Import) -> Result<(), Failure> {
    let report = &import.report;
    let Some(first) = report.rejected.first().or(report.repaired.first()) else {
        return Ok(());
    };
    Err(Failure::job(format!(
        "failed to check strictly: {} rows rejected, {} repaired; the first is {first}",
        report.rows_rejected(),
        report.rows_repaired()
    )))
}
