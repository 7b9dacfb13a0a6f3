//! From people and past samples to a year's plan by county, category, stage, purpose and month.
//!
//! ```text
//! cargo run --release --example plan_samples -- --data fixtures/shandong --year 2026 --quota 370000=50000
//! ```

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::csv::sampling::{PLAN_FILES, write_plan};
use suyuan::report::sampling::plan_page;
use suyuan::sampling::plan::{Method, Plan, PlanOptions, TierQuota, plan};
use suyuan::sampling::progress::PurposeShare;
use suyuan::sampling::{MinimumRule, Rate};
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::{json, load, quality, sampling};

const EXAMPLES: &str = "\
Every region owes ceil(people x rate / 1000) a year, or what its parts owe together.
KIND is supervision 监督抽检, monitoring 风险监测, evaluation 评价性抽检, special 专项抽检
or followup 跟踪抽检. METHOD is proportional, optimum or risk.
Of OBLIGATIONS, up is people x rate / 1000 rounded up, parts the sum of the regions within, itself
what is planned in none of them, by tiers what tiers with a --quota arrange in the region.
A WEIGHT may have decimals. Of twelve samples or more each month has one, where seasons allow it.

Examples:
  plan_samples
  plan_samples --data fixtures/shandong --quota 370000=50000
  plan_samples --purpose supervision=0.8 --purpose monitoring=0.2 --method risk
  plan_samples --rules RULES.json --csv OUT --json plan.json";

/// Plans a year's samples, with the arithmetic shown.
#[derive(Debug, Parser)]
#[command(name = "plan_samples", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// The year planned
    #[arg(long, default_value_t = 2026)]
    year: i32,
    /// Samples a year for each 1000 people
    #[arg(long, value_name = "RATE", default_value = "5", value_parser = sampling::rate)]
    rate: Rate,
    /// How cells share a county's samples
    #[arg(long, value_name = "METHOD", default_value = "optimum", value_parser = sampling::method)]
    method: Method,
    /// The fewest samples of a category and stage
    #[arg(long, value_name = "N", default_value_t = 1)]
    least: u64,
    /// A region arranges N samples within it itself; may be given often
    #[arg(long, value_name = "REGION=N", value_parser = sampling::named_number)]
    quota: Vec<(String, u64)>,
    /// Share of a purpose [default: supervision=1]; may be given often
    #[arg(long, value_name = "KIND=WEIGHT", value_parser = sampling::purpose)]
    purpose: Vec<PurposeShare>,
    /// The most samples of a month
    #[arg(long, value_name = "N")]
    most_a_month: Option<u64>,
    /// JSON file of {"rules": [..], "classes": {..}, "seasons": {..}}
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Write plan.csv and four tables beside it into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

/// What `--rules` may say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rules {
    rules: Vec<MinimumRule>,
    classes: std::collections::BTreeMap<String, Vec<String>>,
    seasons: std::collections::BTreeMap<String, Vec<u64>>,
}

fn main() -> ExitCode {
    failure::finish("plan_samples", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let files = flags.common.files(&flags.paged).read(&flags.rules);
    files.written_into(&flags.csv, &PLAN_FILES).check()?;
    let quiet = flags.common.json_on_stdout();
    let options = flags.options()?;
    let import = load::load(flags.common.data.as_deref(), None, quiet)?;
    sampling::no_bad_people(&import)?;
    if !options.rules.is_empty() {
        sampling::no_bad_operators(&import)?;
    }
    let found = plan(&import.chain, &options)?;
    let (csv, path) = (flags.csv.as_deref(), flags.common.json.as_deref());
    let records = quality::all_records(&import);
    let document = || WithPage::bare(&found, &records);
    json::write_results(csv, path, document, |both, dir| write_plan(both.document, dir))?;
    flags.paged.write(|lang| plan_page(&found, lang).records(&records))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    quality::head(&mut report, &records)?;
    show(&mut report, &found)?;
    let written = [&flags.common.json, &flags.csv, &flags.paged.html];
    report.written(written.into_iter().flatten())?;
    Ok(report.finish()?)
}

fn show<W: std::io::Write>(report: &mut Report<W>, plan: &Plan) -> Result<(), Failure> {
    report.heading(&format!("PLAN {}, {} SAMPLES", plan.year, plan.samples))?;
    report.item("rate", &format!("{} a year for each 1000 people", plan.rate.value()))?;
    report.item("method", plan.method.as_str())?;
    report.heading("OBLIGATIONS")?;
    report.table(&sampling::obligations(plan))?;
    let parents: BTreeSet<&str> = plan.regions.iter().map(|region| &*region.parent).collect();
    let apart = plan.regions.iter().filter(|region| region.held > 0);
    let apart: Vec<_> = apart.filter(|region| parents.contains(&*region.code)).collect();
    for region in apart.iter().take(SHOWN) {
        let text = format!(
            "{} plans {} samples itself: for what is registered there, and for regions of it that \
             are not in the data.",
            region.code, region.held
        );
        report.line(2, &text)?;
    }
    report.more(apart.len(), "regions", "--csv or --json")?;
    if !plan.unplaced.is_empty() {
        let codes = sampling::some(&plan.unplaced);
        report
            .line(2, &format!("Operators without a region, whose stocks weigh nothing: {codes}"))?;
    }
    if !plan.rules.is_empty() {
        report.heading("MINIMA")?;
        report.table(&sampling::minima(plan))?;
        report.more(plan.rules.len(), "rules", "--csv or --json")?;
    }
    report.heading("CELLS, by category and stage")?;
    report.table(&sampling::cells(plan))?;
    report.more(plan.cells.len(), "cells", "--csv or --json")?;
    report.heading("MONTHS")?;
    report.table(&sampling::months(plan))?;
    Ok(())
}

impl Flags {
    fn options(&self) -> Result<PlanOptions, Failure> {
        let rules: Rules =
            self.rules.as_deref().map(sampling::read_json).transpose()?.unwrap_or_default();
        let mut options = PlanOptions::new(self.year);
        options.rate = self.rate;
        options.method = self.method;
        options.least = self.least;
        if !self.purpose.is_empty() {
            options.purposes.clone_from(&self.purpose);
        }
        let quota = |(region, samples): &(String, u64)| TierQuota {
            region: region.clone(),
            samples: *samples,
        };
        options.quotas = self.quota.iter().map(quota).collect();
        options.most_a_month = self.most_a_month;
        options.as_of = self.common.limit();
        options.rules = rules.rules;
        options.classes = rules.classes;
        options.seasons = rules.seasons;
        Ok(options)
    }
}
