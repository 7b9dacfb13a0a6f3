//! A synthetic data set of any size, with contaminations whose true spread is known.
//!
//! ```text
//! cargo run --release --example generate -- --links 1000000 --seed 1 --out DIR
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Parser;
use suyuan::synth::{Counts, CsvFolder, Plan, Share};
use suyuan_examples::args::Paged;
use suyuan_examples::bar::with_bar;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::{self, Files};
use suyuan_examples::generated::{BrokenRows, Document};
use suyuan_examples::report::Report;
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, pages};

const EXAMPLES: &str = "\
The same flags write the same bytes on any machine. SHARE is a number from 0 to 1 with at most six
decimals. truth.csv lists the stocks that material of each source reached; docs/workload.md says
how the rest is made.

Examples:
  generate
  generate --links 1000000 --seed 7 --out DIR
  generate --out DIR --clean --sources 16
  generate --out DIR --missing-links 0.01 --broken-rows 0.002";

/// Writes a synthetic supply chain, farm to shop over a year, as a folder of CSV files.
#[derive(Debug, Parser)]
#[command(name = "generate", after_help = EXAMPLES)]
struct Flags {
    /// Links: shipments, and pairs of an input and an output of a transformation
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    links: u64,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// New or empty folder for the files [default: none, records are only counted]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// First day [default: 2025-01-01]
    #[arg(long, value_name = "DATE")]
    start: Option<NaiveDate>,
    /// About how many days [default: 365]
    #[arg(long, value_name = "N")]
    days: Option<u16>,
    /// Stocks in which a contamination starts, at most 64 [default: 4]
    #[arg(long, value_name = "N")]
    sources: Option<u8>,
    /// Failing samples for each source at most [default: 3]
    #[arg(long, value_name = "N")]
    failing: Option<u8>,
    /// Shop stocks part of which goes back [default: 0.02]
    #[arg(long, value_name = "SHARE")]
    returns: Option<Share>,
    /// Shop stocks that come in several deliveries [default: 0.35]
    #[arg(long, value_name = "SHARE")]
    repeats: Option<Share>,
    /// Batches made of which part goes into a later one [default: 0.01]
    #[arg(long, value_name = "SHARE")]
    rework: Option<Share>,
    /// Shop stocks whose sale, loss or destruction is recorded [default: 0.35]
    #[arg(long, value_name = "SHARE")]
    removals: Option<Share>,
    /// Shop stocks that are sampled and pass [default: 0.005]
    #[arg(long, value_name = "SHARE")]
    samples: Option<Share>,
    /// No dirt where the flags below do not say otherwise
    #[arg(long)]
    clean: bool,
    /// Operators that write days, not minutes [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    days_only: Option<Share>,
    /// Shipments and transformations whose date is partly written [default: 0.01]
    #[arg(long, value_name = "SHARE")]
    partial_dates: Option<Share>,
    /// Waybills left out [default: 0.002]
    #[arg(long, value_name = "SHARE")]
    missing_links: Option<Share>,
    /// Rows that are broken [default: 0.0005]
    #[arg(long, value_name = "SHARE")]
    broken_rows: Option<Share>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("generate", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    Files::default().written(&flags.json).written(&flags.paged.html).check()?;
    let plan = plan(flags);
    let (summary, broken) = match &flags.out {
        Some(dir) => {
            let made: Result<_, Failure> = files::new_folder(dir, |dir| {
                let mut folder = CsvFolder::create(dir, &plan)?;
                let summary =
                    with_bar(&plan, |progress| plan.generate_with(&mut folder, progress))?;
                Ok((summary, Some(folder.finish()?)))
            });
            made?
        }
        None => {
            let mut counts = Counts::default();
            (with_bar(&plan, |progress| plan.generate_with(&mut counts, progress))?, None)
        }
    };
    let document = Document::new(flags.seed, &summary, broken.as_ref());
    if let Some(path) = &flags.json {
        json::write(path, &document)?;
    }
    flags.paged.write(|lang| pages::generated(&document, lang))?;
    if flags.json.as_deref() == Some(Path::new("-")) { Ok(()) } else { report(flags, &document) }
}

fn plan(flags: &Flags) -> Plan {
    let mut plan = Plan::new(flags.links, flags.seed);
    if flags.clean {
        plan = plan.clean();
    }
    plan.start = flags.start.unwrap_or(plan.start);
    plan.days = flags.days.unwrap_or(plan.days);
    plan.sources = flags.sources.unwrap_or(plan.sources);
    plan.failing = flags.failing.unwrap_or(plan.failing);
    plan.returns = flags.returns.unwrap_or(plan.returns);
    plan.repeats = flags.repeats.unwrap_or(plan.repeats);
    plan.rework = flags.rework.unwrap_or(plan.rework);
    plan.removals = flags.removals.unwrap_or(plan.removals);
    plan.samples = flags.samples.unwrap_or(plan.samples);
    plan.days_only = flags.days_only.unwrap_or(plan.days_only);
    plan.partial_dates = flags.partial_dates.unwrap_or(plan.partial_dates);
    plan.missing_links = flags.missing_links.unwrap_or(plan.missing_links);
    plan.broken_rows = flags.broken_rows.unwrap_or(plan.broken_rows);
    plan
}

fn report(flags: &Flags, found: &Document) -> Result<(), Failure> {
    let mut report = Report::stdout();
    if flags.out.is_none() {
        report.line(0, "No --out given: records are counted, nothing is written.")?;
    }
    report.heading(&format!("GENERATED, {} links with seed {}", found.links, found.seed))?;
    let mut tables = Table::new(&[("table", Kind::Word), ("rows", Kind::Number)]);
    for rows in &found.tables {
        tables.row([rows.table.to_owned(), rows.rows.to_string()]);
    }
    report.table(&tables)?;
    let Document { stocks, transformations, returns, partial_dates, missing_links, days, .. } =
        found;
    report.item("stocks", &stocks.to_string())?;
    report.item("days", &days.to_string())?;
    report.item("made in", &format!("{transformations} transformations"))?;
    report.item("went back", &format!("{returns} shipments"))?;
    report.item(
        "dirt",
        &format!("{missing_links} waybills left out, {partial_dates} dates partly written"),
    )?;
    if let Some(BrokenRows { rejected, repaired }) = found.broken {
        let text = format!("{rejected} rows to reject, besides those above, {repaired} to repair");
        report.item("broken", &text)?;
    }
    report.heading("TRUTH, the stocks that material of each source reached")?;
    let mut truth = Table::new(&[
        ("source", Kind::Number),
        ("starts at", Kind::Word),
        ("batch", Kind::Code),
        ("operator", Kind::Code),
        ("reached", Kind::Number),
        ("failing samples", Kind::Number),
    ]);
    for (number, source) in found.sources.iter().enumerate() {
        truth.row([
            number.to_string(),
            source.origin.clone(),
            source.batch.clone(),
            source.operator.clone(),
            source.reached.to_string(),
            source.failing.to_string(),
        ]);
    }
    report.table(&truth)?;
    report.written([&flags.json, &flags.paged.html, &flags.out].into_iter().flatten())?;
    Ok(report.finish()?)
}
