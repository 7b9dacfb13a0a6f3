//! A city's day on a generated chain: records in, checks, the day's draw, a failing result, the
//! recall, the way back, what to sample next, and one folder of pages to sign and send.
//!
//! ```text
//! cargo run --release --example city_day -- --out DAY
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use suyuan::synth::{CsvFolder, Plan};
use suyuan_examples::args::Paged;
use suyuan_examples::bar::with_bar;
use suyuan_examples::day::Day;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::{self, Files};
use suyuan_examples::load;
use suyuan_examples::report::Report;

const EXAMPLES: &str = "\
DIR must be new or empty: the records go into DIR/records, the pages beside it; open
DIR/index.html. A million links take under two minutes on two cores.

Examples:
  city_day --out DAY
  city_day --out DAY --links 100000 --seed 7 --lang zh";

/// Plays a city's day on generated records and writes one folder of pages.
#[derive(Debug, Parser)]
#[command(name = "city_day", after_help = EXAMPLES)]
struct Flags {
    /// Folder to write into, new or empty
    #[arg(long, value_name = "DIR", default_value = "city-day")]
    out: PathBuf,
    /// Links of the chain: 1000 to 100000000
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    links: u64,
    /// Seed of the generated records
    #[arg(long, value_name = "N", default_value_t = 2026)]
    seed: u64,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("city_day", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let started = Instant::now();
    Files::default().written(&flags.paged.html).check()?;
    let steps = files::new_folder(&flags.out, |out| {
        let mut day = Day::new(out, flags.paged.lang);
        let plan = Plan::new(flags.links, flags.seed);
        let records = out.join("records");
        let mut folder = CsvFolder::create(&records, &plan)?;
        let summary = with_bar(&plan, |progress| plan.generate_with(&mut folder, progress))?;
        folder.finish()?;
        let result = format!("{} links, {} days", summary.links, summary.days);
        day.done(("generate the city's records", "生成记录"), result, "");
        let import = load::load(Some(&records), None, true)?;
        let result =
            format!("{} stocks, {} links", import.chain.stock_count(), import.chain.link_count());
        day.done(("import them", "导入"), result, "");
        day.play(&import)?;
        day.finish()?;
        flags.paged.write(|_| day.told())?;
        Ok(day.steps)
    })?;
    let mut report = Report::stdout();
    report.heading("A CITY'S DAY")?;
    for step in &steps {
        report.item("", &format!("{}: {}", step.name, step.result))?;
    }
    report.item("took", &format!("{:.1} s", started.elapsed().as_secs_f64()))?;
    report.written([flags.out.join("index.html")].iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}
