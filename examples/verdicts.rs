//! What each sample's verdict means: a positive starts a recall, a negative clears nothing.
//!
//! ```text
//! cargo run --release --example verdicts -- --data DIR --units 5 --prevalence 0.05
//! ```

use std::process::ExitCode;

use clap::Parser;
use suyuan::model::Verdict;
use suyuan::stats::detection::{Law, sensitivity};
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::bar::Steps;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::flat::percent;
use suyuan_examples::json::WithPage;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::verdicts::{Document, Row, rows};
use suyuan_examples::{json, load, pages, quality, show};

const EXAMPLES: &str = "\
A negative says that a contamination of the given prevalence was missed with the probability shown:
(1 - prevalence x sensitivity)^units, or exactly for a lot of --lot units. It clears no batch: a
recall of another sample that reaches it stands.

Examples:
  verdicts
  verdicts --data DIR --units 5 --prevalence 0.05 --sensitivity 0.9
  verdicts --data DIR --units 60 --lot 1000 --known-at 2026-03-17 --json -";

/// What each sample's verdict means for recalls.
#[derive(Debug, Parser)]
#[command(name = "verdicts", after_help = EXAMPLES)]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// Ask by the records known at the last minute of TIME
    #[arg(long, value_name = "TIME", value_parser = args::last_minute)]
    known_at: Option<Minute>,
    /// Units tested for each sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    units: u64,
    /// Share of units contaminated, if any is
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    prevalence: f64,
    /// Probability that a test finds a contaminated unit
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    sensitivity: f64,
    /// Units in the lot [default: so many that drawing does not change it]
    #[arg(long, value_name = "N")]
    lot: Option<u64>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("verdicts", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let law = flags.lot.map_or(Law::Binomial, |population| Law::Exact { population });
    let found = sensitivity(law, flags.prevalence, flags.sensitivity, flags.units)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    flags.common.files(&flags.paged).check()?;
    let quiet = flags.common.json_on_stdout();
    let known_at = flags.known_at.unwrap_or(Minute::UNBOUNDED_FUTURE);
    let data = flags.common.data.as_deref();
    let import = load::load_known_at(data, known_at, None, quiet)?;
    let bar = Steps::new("recalls");
    let samples = rows(&import.chain, flags.common.limit(), 1.0 - found, &|done, all| {
        bar.show(done, all);
    })?;
    drop(bar);
    let document = Document {
        units: flags.units,
        prevalence: flags.prevalence,
        sensitivity: flags.sensitivity,
        lot: flags.lot,
        missed: 1.0 - found,
        samples,
    };
    let stocks: Vec<_> =
        import.chain.sample_ids().map(|id| import.chain.sample(id).stock).collect();
    let records = quality::records(&import, &stocks);
    if let Some(path) = &flags.common.json {
        json::write(path, &WithPage::bare(&document, &records))?;
    }
    flags.paged.write(|lang| pages::verdicts(&document, lang).records(&records))?;
    if !quiet {
        let mut report = Report::stdout();
        if flags.common.data.is_none() {
            report.line(0, load::BUNDLED)?;
        }
        quality::head(&mut report, &records)?;
        write(&mut report, &document)?;
        report.written(flags.common.json.iter().chain(&flags.paged.html))?;
        report.finish()?;
    }
    Ok(())
}

fn write(report: &mut Report<impl std::io::Write>, document: &Document) -> std::io::Result<()> {
    let of = |verdict| document.samples.iter().filter(|row| row.verdict == Some(verdict)).count();
    report.heading(&format!(
        "SAMPLES: {} failed and started recalls, {} passed, {} pending",
        of(Verdict::Fail),
        of(Verdict::Pass),
        of(Verdict::Pending)
    ))?;
    let lot = document.lot.map_or(String::new(), |lot| format!(" of a lot of {lot}"));
    report.line(
        2,
        &format!(
            "A negative of {}{lot} misses a contamination of {}% with probability {}% (sensitivity \
             {}%). It clears nothing.",
            show::count(document.units as usize, "unit"),
            percent(document.prevalence),
            percent(document.missed),
            percent(document.sensitivity)
        ),
    )?;
    let mut table = Table::new(&[
        ("sample", Kind::Code),
        ("stock", Kind::Name),
        ("verdict", Kind::Word),
        ("recall", Kind::Number),
        ("reached all the same by", Kind::Name),
    ]);
    // What acts first.
    let acts = |row: &&Row| row.seeds.is_some() || !row.reached_by.is_empty();
    let rows: Vec<&Row> = document.samples.iter().filter(acts).collect();
    for row in rows.iter().take(SHOWN) {
        let certainty = row.certainty.map_or(String::new(), |how| format!(" ({how})"));
        table.row([
            show::field(&row.sample),
            format!("{}@{}", show::field(&row.batch), show::field(&row.operator)),
            row.verdict.map_or("unknown", Verdict::as_str).to_owned(),
            row.seeds.map_or(String::new(), |count| show::count(count as usize, "stock")),
            format!("{}{certainty}", row.reached_by.join(", ")),
        ]);
    }
    report.heading("SAMPLES THAT ACT, and negatives that recalls reach")?;
    report.table(&table)?;
    report.more(rows.len(), "samples", "--json PATH")
}
