//! Policies side by side: what each would recall, and whom to stop.
//!
//! ```text
//! cargo run --release --example compare_policies -- --data DIR --sample S-LK-01 --hazard chemical
//! ```

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::model::Hazard;
use suyuan::recall::what_if::{Basis, ComparisonDocument, CutRow, Variant, compare, cut};
use suyuan::recall::{Policy, RecallSource, SeedScope};
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Infer};
use suyuan_examples::compared::{self, Stop};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::report::Report;
use suyuan_examples::{json, load, samples};

/// The failing sample of the bundled data set that kill steps matter to.
const BUNDLED_SAMPLE: &str = "S-MK-01";

const EXAMPLES: &str = "\
The first policy follows recorded links as written; the others are compared with it.
Whom to stop is asked at --as-of, or when the sample was taken.

Examples:
  compare_policies
  compare_policies --data DIR --sample S-LK-01 --carry-over 2 --widen 1
  compare_policies --data DIR --batch B1 --as-of 2026-03-15 --ways pattern --json -";

fn after_help() -> String {
    format!("{}\nCLASS is one of:\n  {}\n{EXAMPLES}", args::TIMES, args::classes())
}

/// What each of several policies would recall, and the fewest operators to stop.
#[derive(Debug, Parser)]
#[command(name = "compare_policies", after_help = after_help())]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    start: Start,
    /// Class of the hazard for kill steps [default: the sample's]
    #[arg(long, value_name = "CLASS", value_parser = args::hazard)]
    hazard: Option<Hazard>,
    /// Days for which equipment passes on what entered it [default: 3]
    #[arg(long, value_name = "DAYS", default_value_t = 3, hide_default_value = true)]
    carry_over: u32,
    /// Days by which dates may be off [default: 1]
    #[arg(long, value_name = "DAYS", default_value_t = 1, hide_default_value = true)]
    widen: u32,
    /// Links to infer: window:DAYS or window:DAYS,fifo [default: window:30]
    #[arg(long, value_name = "RULES", value_parser = args::infer, default_value = "window:30")]
    #[arg(hide_default_value = true)]
    infer: Infer,
    /// Ways the goods can still take: recorded (default), or pattern, all who ever traded
    #[arg(long, value_enum, default_value_t = Ways::Recorded)]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    ways: Ways,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Start {
    /// Start from a failing sample, by its code
    #[arg(long, value_name = "CODE")]
    sample: Option<String>,
    /// Start from every stock of a batch
    #[arg(long, value_name = "CODE")]
    batch: Option<String>,
    /// Start from one batch in one operator's hands
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    stock: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ways {
    Recorded,
    Pattern,
}

/// The comparison as JSON.
#[derive(Debug, Serialize)]
struct Compared {
    as_of: Option<Minute>,
    #[serde(flatten)]
    comparison: ComparisonDocument,
    stop_at: Option<Minute>,
    stop: Option<CutRow>,
}

fn main() -> ExitCode {
    failure::finish("compare_policies", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), false, quiet)?;
    let chain = &import.chain;
    let source = flags.source(chain)?;
    let (hazard, taken) = sampled(chain, &source);
    let recipes = load::recipes(flags.common.data.as_deref())?;
    let inferred = chain.infer(&flags.infer.rules(recipes))?.chain;
    let variants = flags.variants(flags.hazard.or(hazard), taken.is_some(), &inferred);
    let comparison = compare(chain, &source, &variants);
    let now = flags.common.as_of.or(taken);
    let basis = match flags.ways {
        Ways::Recorded => Basis::Recorded,
        Ways::Pattern => Basis::Pattern,
    };
    let stop =
        now.map(|now| Stop { now, cut: cut(chain, &source, &Policy::default(), now, basis) });
    if let Some(path) = &flags.common.json {
        let document = Compared {
            as_of: flags.common.as_of,
            comparison: comparison.document(chain),
            stop_at: now,
            stop: stop.as_ref().map(|stop| stop.cut.document(chain)),
        };
        json::write(path, &document)?;
    }
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    compared::page(&mut report, chain, &comparison, stop.as_ref(), flags.common.limit())?;
    report.written(flags.common.json.iter())?;
    Ok(report.finish()?)
}

/// The hazard of the samples started from, and when the first was taken.
fn sampled(chain: &SupplyChain, source: &RecallSource) -> (Option<Hazard>, Option<Minute>) {
    let RecallSource::Samples(samples) = source else { return (None, None) };
    let views: Vec<_> = samples.iter().map(|id| chain.sample(*id)).collect();
    let taken = views.iter().map(|view| view.sampled_on.latest).min();
    (views.iter().find_map(|view| view.hazard), taken.filter(|minute| minute.is_bounded()))
}

impl Flags {
    fn source(&self, chain: &SupplyChain) -> Result<RecallSource, Failure> {
        let Start { sample, batch, stock } = &self.start;
        Ok(match (sample, batch, stock) {
            (Some(code), ..) => RecallSource::sample(chain, code)?,
            (_, Some(code), _) => RecallSource::batch(chain, code)?,
            (.., Some(label)) => RecallSource::stock(chain, label)?,
            _ if self.common.data.is_none() => RecallSource::sample(chain, BUNDLED_SAMPLE)?,
            _ => {
                let flags = "one of --sample, --batch or --stock";
                return Err(Failure::Usage(samples::choose(chain, flags)));
            }
        })
    }

    fn variants<'c>(
        &self,
        hazard: Option<Hazard>,
        sampled: bool,
        inferred: &'c SupplyChain,
    ) -> Vec<Variant<'c>> {
        let written = Policy::default().as_of(self.common.limit());
        let mut variants = vec![Variant::new("as written", written.clone())];
        if let Some(hazard) = hazard {
            let name = format!("kill steps stop {hazard}");
            variants.push(Variant::new(&name, written.clone().hazard(hazard)));
        }
        if sampled {
            let holder = written.clone().scope(SeedScope::FromHolder);
            variants.push(Variant::new("from the sampled holder", holder));
        }
        let days =
            |count: u32| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        let carried = written.clone().carry_over_days(self.carry_over);
        let carry = format!("carry-over {}", days(self.carry_over));
        variants.push(Variant::new(&carry, carried.clone()));
        let wide = format!("dates off by {}", days(self.widen));
        variants.push(Variant::new(&wide, written.clone()).widened(self.widen));
        let name = format!("links inferred within {}", days(self.infer.window));
        variants.push(Variant::new(&name, written).on(inferred));
        let both = format!("{carry}, {wide}");
        variants.push(Variant::new(&both, carried).widened(self.widen));
        variants
    }
}
