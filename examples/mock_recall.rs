//! A mock recall: the one-page record of a traceability exercise.
//!
//! ```text
//! cargo run --release --example mock_recall -- --data DIR --seed "2026-05 exercise"
//! ```

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use rust_decimal::Decimal;
use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::csv::drill::{read_answers, read_counts};
use suyuan::id::BatchId;
use suyuan::recall::Policy;
use suyuan::recall::drill::{DrillDocument, DrillOptions, drill, pick};
use suyuan::report::drill::{self as pages, DrillReport};
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::exercise::{self, Exercise};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::Report;
use suyuan_examples::{json, load, quality};

/// What the bundled exercise is drawn with.
const BUNDLED_SEED: &str = "2026-03";

const EXAMPLES: &str = "\
Without --counts a balance holds only where the records leave nothing on hand.

Examples:
  mock_recall
  mock_recall --html record.html
  mock_recall --data DIR --seed \"2026-05 exercise\"
  mock_recall --data DIR --batch B1 --counts counts.csv --answers answers.csv --tolerance 1";

/// Trace one batch both ways and print the record that an auditor expects.
#[derive(Debug, Parser)]
#[command(name = "mock_recall", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// The batch; else one is drawn with --seed
    #[arg(long, value_name = "CODE", conflicts_with = "seed")]
    batch: Option<String>,
    /// Published text that the batch is drawn with
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// Percent by which a balance may lie from 100 [default: 0.5]
    #[arg(long, value_name = "PERCENT")]
    tolerance: Option<Decimal>,
    /// CSV of counted stocks: batch_code, operator_code, quantity, unit
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// CSV of operators that answered: operator_code
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

/// The exercise as JSON.
#[derive(Debug, Serialize)]
struct Record<'a> {
    seed: Option<&'a str>,
    hours_allowed: u32,
    #[serde(flatten)]
    drill: DrillDocument,
}

fn main() -> ExitCode {
    failure::finish("mock_recall", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    if flags.tolerance.is_some_and(|tolerance| tolerance.is_sign_negative()) {
        return Err(Failure::Usage("--tolerance is below zero".to_owned()));
    }
    let files = flags.common.files(&flags.paged);
    files.read(&flags.counts).read(&flags.answers).check()?;
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), None, quiet)?;
    let chain = &import.chain;
    let started = Instant::now();
    let (batch, seed) = flags.batch(chain)?;
    let mut options = DrillOptions::default();
    options.policy = Policy::default().as_of(flags.common.limit());
    options.tolerance = flags.tolerance.unwrap_or(options.tolerance);
    if let Some(path) = &flags.counts {
        options.counts = read_counts(path, chain)?;
    }
    if let Some(path) = &flags.answers {
        options.answered = Some(read_answers(path, chain)?);
    }
    let result = drill(chain, batch, &options)?;
    // How long it took differs from run to run, so it stands in no result.
    let seconds = started.elapsed().as_secs_f64();
    if std::io::stderr().is_terminal() {
        failure::tell(&format!("mock_recall: traced both ways in {seconds:.3} s"));
    }
    let forward = result.forward.affected.iter().map(|row| row.traced.stock);
    let back = result.back.upstream.iter().map(|row| row.traced.stock);
    let stocks: Vec<_> = forward.chain(back).collect();
    let records = quality::records(&import, &stocks);
    let page = flags.paged.html.as_ref().map(|_| {
        let seed = seed.map(str::to_owned);
        let how = pages::Exercise { seed, hours_allowed: exercise::HOURS };
        DrillReport::new(chain, &result, &options, how, records.clone())
    });
    if let Some(path) = &flags.common.json {
        let drill = result.document(chain);
        let document = Record { seed, hours_allowed: exercise::HOURS, drill };
        json::write(path, &WithPage { document, records: &records, page: page.as_ref() })?;
    }
    if let Some(page) = &page {
        flags.paged.write(|lang| page.page(lang))?;
    }
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    let counted = !options.counts.is_empty();
    let asked = options.answered.is_some();
    exercise::page(
        &mut report,
        chain,
        &Exercise { drill: &result, seed, records: &records, counted, asked },
    )?;
    report.written(flags.common.json.iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}

impl Flags {
    fn batch<'a>(&'a self, chain: &SupplyChain) -> Result<(BatchId, Option<&'a str>), Failure> {
        match (&self.batch, &self.seed) {
            (Some(code), _) => Ok((chain.find_batch(code)?, None)),
            (None, Some(seed)) => Ok((pick(chain, seed)?, Some(seed))),
            (None, None) if self.common.data.is_none() => {
                Ok((pick(chain, BUNDLED_SEED)?, Some(BUNDLED_SEED)))
            }
            (None, None) => Err(Failure::Usage("expected --batch or --seed".to_owned())),
        }
    }
}
