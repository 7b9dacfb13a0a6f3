//! What each sample's verdict means: a positive starts a recall, a negative clears nothing.
//!
//! ```text
//! cargo run --release --example verdicts -- --data DIR --units 5 --prevalence 0.05
//! ```

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::id::{BatchId, StockId};
use suyuan::model::Verdict;
use suyuan::recall::{Policy, RecallSource};
use suyuan::stats::detection::{Law, sensitivity};
use suyuan::time::Minute;
use suyuan::trace::{Certainty, Tracer};
use suyuan_examples::args::{self, Common};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::flat::percent;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, show};

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
}

#[derive(Serialize)]
struct Document {
    units: u64,
    prevalence: f64,
    sensitivity: f64,
    lot: Option<u64>,
    missed: f64,
    samples: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    sample: String,
    batch: String,
    operator: String,
    verdict: Option<Verdict>,
    /// Stocks in the recall it starts; null unless it fails.
    seeds: Option<u64>,
    /// Probability that a contamination was missed; null unless it passes.
    missed: Option<f64>,
    /// Failing samples whose recall reaches the sampled stock all the same.
    reached_by: Vec<String>,
    certainty: Option<Certainty>,
}

fn main() -> ExitCode {
    failure::finish("verdicts", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let law = flags.lot.map_or(Law::Binomial, |population| Law::Exact { population });
    let found = sensitivity(law, flags.prevalence, flags.sensitivity, flags.units)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let quiet = flags.common.json_on_stdout();
    let known_at = flags.known_at.unwrap_or(Minute::UNBOUNDED_FUTURE);
    let data = flags.common.data.as_deref();
    let import = load::load_known_at(data, known_at, false, quiet)?;
    let document = Document {
        units: flags.units,
        prevalence: flags.prevalence,
        sensitivity: flags.sensitivity,
        lot: flags.lot,
        missed: 1.0 - found,
        samples: rows(&import.chain, flags.common.limit(), 1.0 - found),
    };
    if let Some(path) = &flags.common.json {
        json::write(path, &document)?;
    }
    if !quiet {
        let mut report = Report::stdout();
        if flags.common.data.is_none() {
            report.line(0, load::BUNDLED)?;
        }
        write(&mut report, &document)?;
        report.written(flags.common.json.iter())?;
        report.finish()?;
    }
    Ok(())
}

/// A row for every sample, by code.
fn rows(chain: &SupplyChain, as_of: Minute, missed: f64) -> Vec<Row> {
    let policy = Policy::default().as_of(as_of);
    let mut tracer = Tracer::new(chain);
    let mut seeds: BTreeMap<BatchId, u64> = BTreeMap::new();
    let mut reached: BTreeMap<StockId, (Vec<String>, Certainty)> = BTreeMap::new();
    let views: Vec<_> = chain.sample_ids().map(|id| (id, chain.sample(id))).collect();
    for (id, view) in views.iter().filter(|(_, view)| view.verdict == Some(Verdict::Fail)) {
        let batch = chain.stock(view.stock).0;
        let scope = tracer.recall(&RecallSource::Samples(vec![*id]), &policy);
        seeds.insert(batch, scope.affected.len() as u64);
        for row in &scope.affected {
            let certainty = row.traced.certainty;
            let found = reached.entry(row.traced.stock).or_insert((Vec::new(), certainty));
            found.0.push(view.code.to_owned());
            found.1 = found.1.min(certainty);
        }
    }
    let rows = views.iter().map(|(_, view)| {
        let (batch, operator) = chain.stock_codes(view.stock);
        let fails = view.verdict == Some(Verdict::Fail);
        let others = reached.get(&view.stock).filter(|_| !fails);
        Row {
            sample: view.code.to_owned(),
            batch: batch.to_owned(),
            operator: operator.to_owned(),
            verdict: view.verdict,
            seeds: fails.then(|| seeds.get(&chain.stock(view.stock).0).copied()).flatten(),
            missed: (view.verdict == Some(Verdict::Pass)).then_some(missed),
            reached_by: others.map(|(codes, _)| codes.clone()).unwrap_or_default(),
            certainty: others.map(|(_, certainty)| *certainty),
        }
    });
    rows.collect()
}

fn write(report: &mut Report<impl std::io::Write>, document: &Document) -> std::io::Result<()> {
    let of = |verdict| document.samples.iter().filter(|row| row.verdict == Some(verdict)).count();
    report.heading(&format!(
        "SAMPLES: {} failed and start recalls, {} passed, {} pending",
        of(Verdict::Fail),
        of(Verdict::Pass),
        of(Verdict::Pending)
    ))?;
    let lot = document.lot.map_or(String::new(), |lot| format!(" of a lot of {lot}"));
    report.line(
        2,
        &format!(
            "A negative of {}{lot} misses a contamination of {} with probability {} (sensitivity \
             {}). It clears nothing.",
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
