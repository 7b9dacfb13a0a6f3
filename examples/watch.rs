//! From weekly series to alarms, with the false discoveries among them under control.
//!
//! ```text
//! cargo run --release --example watch -- --table weekly.csv --weeks 8
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::flat::{self, Columns, Flat};
use suyuan_examples::report::Report;
use suyuan_examples::watching::{self, Method, Watch};
use suyuan_examples::{json, pages, watching::Document};

const EXAMPLES: &str = "\
METHOD is farrington (Noufaily 2013), farrington-1996, ears-c1, ears-c2, ears-c3, bayes, rki,
cusum, proportion (failing shares; needs tests). Without --methods all that the length of the
series allows are run, and what was left out is said.
An alarm is confirmed when its p-value, adjusted over the series of its week and method
(Benjamini and Hochberg), is at most --rate.

Examples:
  watch
  watch --table weekly.csv --weeks 8 --methods farrington,proportion
  watch --table samples.csv --columns date=CollectionDate,verdict=Result,series=State --json -";

fn after_help() -> String {
    format!("{}\n{}\n{EXAMPLES}", args::TIMES, flat::HELP)
}

/// Alarms of weekly series by several methods, with false-discovery control.
#[derive(Debug, Parser)]
#[command(mut_arg("data", |arg| arg.help(
    "Folder with samples.csv [default: fixtures/statistics/weekly.csv]"
)))]
#[command(name = "watch", after_help = after_help())]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// CSV of weekly counts, or of samples to count by week
    #[arg(long, value_name = "PATH", conflicts_with = "data")]
    table: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Weeks to judge, the last ones
    #[arg(long, value_name = "N", default_value_t = 4)]
    weeks: usize,
    /// Methods, separated by commas
    #[arg(long, value_name = "METHOD", value_delimiter = ',', value_parser = watching::method)]
    methods: Vec<Method>,
    /// One-sided error of each method
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    alpha: f64,
    /// False-discovery rate allowed
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    rate: f64,
    /// Write signals.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("watch", run(&Flags::parse()))
}

/// What is said when the program runs on the table that comes with it.
const BUNDLED: &str =
    "No --data or --table given: using the bundled fixtures/statistics/weekly.csv.";

fn run(flags: &Flags) -> Result<(), Failure> {
    for (name, value) in [("--alpha", flags.alpha), ("--rate", flags.rate)] {
        if !(value > 0.0 && value < 1.0) {
            return Err(Failure::Usage(format!("{name} lies between 0 and 1")));
        }
    }
    if flags.weeks == 0 {
        return Err(Failure::Usage("--weeks is at least 1".to_owned()));
    }
    let files = flags.common.files(&flags.paged).read(&flags.table);
    files.written_into(&flags.csv, &[watching::FILE]).check()?;
    let quiet = flags.common.json_on_stdout();
    // A data set's samples lie in its samples.csv, counted by week.
    let inside = flags.common.data.as_ref().map(|dir| dir.join("samples.csv"));
    let given: Option<&Path> = flags.table.as_deref().or(inside.as_deref());
    if given.is_none() && quiet {
        failure::tell(BUNDLED);
    }
    let bundled = flat::bundled("weekly.csv");
    let table = Flat::read(given.unwrap_or(&bundled), &flags.columns)?;
    let weekly = table.weekly(&flags.columns, flags.common.limit())?;
    let watch = Watch {
        weeks: flags.weeks.min(weekly.length),
        methods: &flags.methods,
        alpha: flags.alpha,
        rate: flags.rate,
    };
    let document: Document = watch.run(&weekly)?;
    if let Some(dir) = &flags.csv {
        watching::write_csv(&document, dir)?;
    }
    if let Some(path) = &flags.common.json {
        json::write(path, &document)?;
    }
    flags.paged.write(|lang| pages::watch(&document, &weekly, lang))?;
    if !quiet {
        let mut report = Report::stdout();
        if given.is_none() {
            report.line(0, BUNDLED)?;
        }
        watching::write(&mut report, &document)?;
        let written = [&flags.common.json, &flags.csv, &flags.paged.html];
        report.written(written.into_iter().flatten())?;
        report.finish()?;
    }
    Ok(())
}
