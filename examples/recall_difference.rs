//! What became of a recall when records came in, were corrected or withdrawn.
//!
//! ```text
//! cargo run --release --example recall_difference -- --data DIR --batch B1 --from 2026-03-10 --to 2026-03-17
//! ```

use std::process::ExitCode;

use clap::Parser;
use suyuan::csv::Import;
use suyuan::model::Hazard;
use suyuan::recall::{Policy, Question, Scope, difference, recall};
use suyuan::report::difference::DifferenceReport;
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::report::Report;
use suyuan_examples::{changes, json, load, quality, show};

/// What is said when the program runs on the data that come with it.
const BUNDLED: &str = "No --data given: using the bundled data set fixtures/dairy.";
/// A sample of it fails between these two.
const BUNDLED_WINDOW: [&str; 2] = ["2026-03-11", "2026-03-13"];

const EXAMPLES: &str = "\
Rows say from when they are known in known_at, and from when no longer in withdrawn_at; a correction
withdraws a row and adds another. Without both a row is always known.

Examples:
  recall_difference
  recall_difference --data DIR --from 2026-03-10 --to 2026-03-17
  recall_difference --data DIR --sample S1 --from 2026-03-10 --to 2026-03-17 --json -
  recall_difference --data DIR --batch B1 --from 2026-03-10 --to 2026-03-17 --hazard biological";

/// Compares a recall as known at two times: which stocks entered, left or changed, and why.
#[derive(Debug, Parser)]
#[command(mut_arg("data", |arg| arg.help("Folder of CSV files [default: the bundled fixtures/dairy]")))]
#[command(name = "recall_difference", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    source: Source,
    /// As known at the last minute of TIME [default: of nothing but rows without known_at]
    #[arg(long, value_name = "TIME", value_parser = args::last_minute)]
    from: Option<Minute>,
    /// As known at the last minute of TIME [default: now]
    #[arg(long, value_name = "TIME", value_parser = args::last_minute)]
    to: Option<Minute>,
    /// Class of the hazard, which kill steps may stop (else none does)
    #[arg(long, value_name = "CLASS", value_parser = args::hazard)]
    hazard: Option<Hazard>,
    #[command(flatten)]
    paged: Paged,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Source {
    /// Start from this sample while it fails [default: every sample that fails]
    #[arg(long, value_name = "CODE")]
    sample: Option<String>,
    /// Start from every stock of a batch
    #[arg(long, value_name = "CODE")]
    batch: Option<String>,
    /// Start from one batch in one operator's hands
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    stock: Option<String>,
}

fn main() -> ExitCode {
    failure::finish("recall_difference", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    flags
        .common
        .files(&flags.paged)
        .data(Some(&load::bundled().with_file_name("dairy")))
        .check()?;
    let quiet = flags.common.json_on_stdout();
    let bundled = load::bundled().with_file_name("dairy");
    let data = flags.common.data.as_deref().unwrap_or(&bundled);
    if flags.common.data.is_none() && quiet {
        failure::tell(BUNDLED);
    }
    let (asked, to) = flags.window()?;
    let from = asked.unwrap_or(Minute::UNBOUNDED_PAST);
    let mut policy = Policy::default().as_of(flags.common.limit());
    policy.hazard = flags.hazard;
    let ask = |known_at| -> Result<(Import, Scope), Failure> {
        let import = load::load_known_at(Some(data), known_at, None, quiet)?;
        let source = flags.question().source(&import.chain)?;
        let scope = recall(&import.chain, &source, &policy)?;
        Ok((import, scope))
    };
    let before = ask(from)?;
    let after = ask(to.unwrap_or(Minute::UNBOUNDED_FUTURE))?;
    let found = difference((&before.0.chain, &before.1), (&after.0.chain, &after.1))?;
    let stocks: Vec<_> = after.1.affected.iter().map(|row| row.traced.stock).collect();
    let document = DifferenceReport::new(
        (&before.0.chain, &before.1),
        (&after.0.chain, &after.1),
        (asked, to),
        found,
        flags.about(),
        quality::records(&after.0, &stocks),
    );
    if let Some(path) = &flags.common.json {
        json::write(path, &document)?;
    }
    flags.paged.write(|lang| document.page(lang))?;
    if !quiet {
        let mut report = Report::stdout();
        if flags.common.data.is_none() {
            report.line(0, BUNDLED)?;
        }
        let known = |at: Option<Minute>, none: &str| at.map_or(none.to_owned(), show::minute);
        report.heading(&format!(
            "RECALL as known at {}: {}; as known at {}: {}",
            known(asked, "the start"),
            show::count(document.before as usize, "stock"),
            known(to, "the end"),
            show::count(document.after as usize, "stock"),
        ))?;
        report.item("about", flags.about().unwrap_or("every sample that fails"))?;
        quality::head(&mut report, &document.records)?;
        changes::write(&mut report, &document.difference)?;
        report.written(flags.common.json.iter().chain(&flags.paged.html))?;
        report.finish()?;
    }
    Ok(())
}

impl Flags {
    /// The two minutes as known; those between which the bundled data set changes, where nothing is
    /// given.
    fn window(&self) -> Result<(Option<Minute>, Option<Minute>), Failure> {
        if self.common.data.is_some() || self.from.is_some() || self.to.is_some() {
            return Ok((self.from, self.to));
        }
        let [from, to] = BUNDLED_WINDOW.map(args::last_minute);
        Ok((Some(from.map_err(Failure::Usage)?), Some(to.map_err(Failure::Usage)?)))
    }

    /// The code of what the recalls start from; `None` for every sample that fails.
    fn about(&self) -> Option<&str> {
        let Source { sample, batch, stock } = &self.source;
        sample.as_deref().or(batch.as_deref()).or(stock.as_deref())
    }

    fn question(&self) -> Question {
        let Source { sample, batch, stock } = &self.source;
        match (batch, stock) {
            (Some(code), _) => Question::Batch(code.clone()),
            (_, Some(label)) => Question::Stock(label.clone()),
            _ => Question::Failing { sample: sample.clone() },
        }
    }
}
