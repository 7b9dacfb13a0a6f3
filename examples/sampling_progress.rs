//! How far a year's samples have come, region by region, and where failing samples lead next.
//!
//! ```text
//! cargo run --release --example sampling_progress -- --as-of 2026-03-31
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::csv::sampling::{PROGRESS_FILE, write_progress};
use suyuan::model::Verdict;
use suyuan::report::sampling::progress_page;
use suyuan::sampling::Rate;
use suyuan::sampling::followup::{FollowUp, FollowUpOptions, follow_up};
use suyuan::sampling::progress::{Progress, ProgressOptions, PurposeShare, last_day, progress};
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, quality, sampling};

const EXAMPLES: &str = "\
Samples count in the region of their operator and in all that contain it, each purpose by itself.
A sample whose date does not lie wholly in the year so far counts nowhere; it is listed.
Without --as-of the year is counted to the last day on which one of its samples was taken or
reported: what is due later only looks behind.

Examples:
  sampling_progress --as-of 2026-03-31
  sampling_progress --purpose supervision=8 --purpose monitoring=2
  sampling_progress --follow-up --json progress.json";

/// Samples done, due and owed by region and purpose.
#[derive(Debug, Parser)]
#[command(name = "sampling_progress", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// The year
    #[arg(long, default_value_t = 2026)]
    year: i32,
    /// Samples a year for each 1000 people
    #[arg(long, value_name = "RATE", default_value = "5", value_parser = sampling::rate)]
    rate: Rate,
    /// Share of a purpose [default: supervision=1]; may be given often
    #[arg(long, value_name = "KIND=WEIGHT", value_parser = sampling::purpose)]
    purpose: Vec<PurposeShare>,
    /// Also list what to sample next after each failing sample
    #[arg(long)]
    follow_up: bool,
    /// Write progress.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

#[derive(Debug, Serialize)]
struct Document {
    #[serde(flatten)]
    progress: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    follow_up: Option<Vec<Next>>,
}

/// What to sample after one failing sample.
#[derive(Debug, Serialize)]
struct Next {
    sample: String,
    origins: usize,
    all_origins: usize,
    stocks: Vec<NextStock>,
}

#[derive(Debug, Serialize)]
struct NextStock {
    batch: String,
    operator: String,
    relation: &'static str,
    same_product: bool,
    reached_by: usize,
    bits: String,
    on_hand: String,
    unit: String,
}

fn main() -> ExitCode {
    failure::finish("sampling_progress", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    flags.common.files(&flags.paged).written_into(&flags.csv, &[PROGRESS_FILE]).check()?;
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), None, quiet)?;
    sampling::no_bad_people(&import)?;
    let chain = &import.chain;
    let (as_of, day) = flags.day(chain);
    let mut options = ProgressOptions::new(flags.year).as_of(as_of);
    options.rate = flags.rate;
    if !flags.purpose.is_empty() {
        options.shares.clone_from(&flags.purpose);
    }
    let found = progress(chain, &options)?;
    let next = flags.follow_up.then(|| follow_ups(chain, as_of)).transpose()?;
    let document = Document { progress: found, follow_up: next };
    let (csv, path) = (flags.csv.as_deref(), flags.common.json.as_deref());
    let records = quality::all_records(&import);
    let both = || WithPage::bare(&document, &records);
    let write = |both: &WithPage<'_, &Document, ()>, dir: &Path| {
        write_progress(&both.document.progress, dir)
    };
    json::write_results(csv, path, both, write)?;
    flags.paged.write(|lang| progress_page(&document.progress, lang).records(&records))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    if let Some(day) = day {
        report.line(0, &day)?;
    }
    quality::head(&mut report, &records)?;
    show(&mut report, &document)?;
    let written = [&flags.common.json, &flags.csv, &flags.paged.html];
    report.written(written.into_iter().flatten())?;
    Ok(report.finish()?)
}

impl Flags {
    /// The minute counted to, and what to say of it when nobody asked for it.
    fn day(&self, chain: &SupplyChain) -> (Minute, Option<String>) {
        if let Some(as_of) = self.common.as_of {
            return (as_of, None);
        }
        match last_day(chain, self.year) {
            Some(day) => {
                let year = self.year;
                let said = format!(
                    "No --as-of given: counted to {day}, as far as samples were taken or reported in \
                     {year}."
                );
                (Minute::end_of(day), Some(said))
            }
            None => {
                let year = self.year;
                let said = format!(
                    "No --as-of given and no sample of {year}: counted to the end of the year."
                );
                (Minute::UNBOUNDED_FUTURE, Some(said))
            }
        }
    }
}

fn follow_ups(chain: &SupplyChain, as_of: Minute) -> Result<Vec<Next>, Failure> {
    let mut options = FollowUpOptions::default();
    options.as_of = as_of;
    chain
        .sample_ids()
        .filter(|id| {
            let sample = chain.sample(*id);
            sample.verdict == Some(Verdict::Fail) && sample.sampled_on.earliest <= options.as_of
        })
        .map(|id| Ok(describe(chain, &follow_up(chain, id, &options)?)))
        .collect()
}

fn describe(chain: &SupplyChain, found: &FollowUp) -> Next {
    let stocks = found.stocks.iter().map(|row| {
        let (batch, operator) = chain.stock_codes(row.stock);
        NextStock {
            batch: batch.to_owned(),
            operator: operator.to_owned(),
            relation: row.relation.as_str(),
            same_product: row.same_product,
            reached_by: row.reached_by,
            bits: format!("{:.3}", row.bits),
            on_hand: if row.on_hand.complete {
                row.on_hand.to_decimal().to_string()
            } else {
                String::new()
            },
            unit: chain.unit(row.stock).map_or_else(String::new, |unit| unit.symbol().to_owned()),
        }
    });
    Next {
        sample: chain.sample(found.sample).code.to_owned(),
        origins: found.origins,
        all_origins: found.all_origins,
        stocks: stocks.collect(),
    }
}

fn show<W: std::io::Write>(report: &mut Report<W>, all: &Document) -> Result<(), Failure> {
    let progress = &all.progress;
    report.heading(&format!("PROGRESS {} to {}", progress.year, progress.day))?;
    let mut table = Table::new(&[
        ("region", Kind::Code),
        ("name", Kind::Name),
        ("purpose", Kind::Word),
        ("done", Kind::Number),
        ("due", Kind::Number),
        ("owed", Kind::Number),
        ("behind", Kind::Number),
        ("per 1000", Kind::Number),
        ("projected", Kind::Number),
        ("per 1000", Kind::Number),
    ]);
    for row in &progress.rows {
        table.row([
            row.region.clone(),
            row.name.clone(),
            row.purpose.to_string(),
            row.done.to_string(),
            row.due.to_string(),
            row.owed.to_string(),
            row.behind.to_string(),
            row.per_thousand.clone(),
            row.projected.to_string(),
            row.projected_per_thousand.clone(),
        ]);
    }
    report.table(&table)?;
    for (codes, what) in [
        (&progress.unclear, "Not counted, for want of a date or purpose"),
        (&progress.unplaced, "Not counted, for want of a region"),
        (&progress.unknown, "Regions without a population"),
    ] {
        if !codes.is_empty() {
            report.line(0, &format!("{what}: {}", codes.join(", ")))?;
        }
    }
    for next in all.follow_up.iter().flatten() {
        let origins = format!("{} of {} origins", next.origins, next.all_origins);
        report.heading(&format!("NEXT AFTER {} ({origins})", next.sample))?;
        let mut table = Table::new(&[
            ("batch", Kind::Code),
            ("operator", Kind::Code),
            ("relation", Kind::Word),
            ("reached by", Kind::Number),
            ("bits", Kind::Number),
            ("on hand", Kind::Number),
            ("", Kind::Word),
        ]);
        for row in next.stocks.iter().take(SHOWN) {
            table.row([
                row.batch.clone(),
                row.operator.clone(),
                row.relation.to_owned(),
                row.reached_by.to_string(),
                row.bits.clone(),
                if row.on_hand.is_empty() { "?".to_owned() } else { row.on_hand.clone() },
                row.unit.clone(),
            ]);
        }
        report.table(&table)?;
        report.more(next.stocks.len(), "stocks", "--json")?;
    }
    Ok(())
}
