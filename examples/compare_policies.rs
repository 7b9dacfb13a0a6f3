//! Policies side by side: what each would recall, and whom to stop.
//!
//! ```text
//! cargo run --release --example compare_policies -- --data DIR --sample S-LK-01 --hazard chemical
//! ```

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use suyuan::chain::SupplyChain;
use suyuan::model::Hazard;
use suyuan::recall::what_if::{Basis, Variant, compare, cut};
use suyuan::recall::{Policy, RecallSource, SeedScope, StartFrom};
use suyuan::report::Lang;
use suyuan::report::policies::PolicyReport;
use suyuan::report::recall::Start;
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Infer, Paged};
use suyuan_examples::compared::{self, Stop};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::report::Report;
use suyuan_examples::{json, load, quality, samples, show};

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
    start: Source,
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
    #[command(flatten)]
    paged: Paged,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Source {
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

fn main() -> ExitCode {
    failure::finish("compare_policies", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    flags.common.files(&flags.paged).check()?;
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), None, quiet)?;
    let chain = &import.chain;
    let source = flags.source(chain)?;
    let (hazard, taken) = sampled(chain, &source);
    let recipes = load::recipes(flags.common.data.as_deref())?;
    let inferred = chain.infer(&flags.infer.rules(recipes))?.chain;
    let named = flags.variants(flags.hazard.or(hazard), taken.is_some(), &inferred);
    let (variants, chinese): (Vec<_>, Vec<_>) = named.into_iter().unzip();
    let comparison = compare(chain, &source, &variants)?;
    let now = flags.common.as_of.or(taken);
    let basis = match flags.ways {
        Ways::Recorded => Basis::Recorded,
        Ways::Pattern => Basis::Pattern,
    };
    let stop = |now| -> Result<Stop, Failure> {
        Ok(Stop { now, cut: cut(chain, &source, &Policy::default(), now, basis)? })
    };
    let stop = now.map(stop).transpose()?;
    let stocks: Vec<_> = comparison.stocks.iter().map(|row| row.stock).collect();
    let records = quality::records(&import, &stocks);
    if flags.common.json.is_some() || flags.paged.html.is_some() {
        let told = stop.as_ref().map(|stop| (stop.now, &stop.cut));
        let (as_of, records) = (flags.common.as_of, records.clone());
        let document = PolicyReport::new(chain, &source, &comparison, as_of, told, records);
        if let Some(path) = &flags.common.json {
            json::write(path, &document)?;
        }
        flags.paged.write(|lang| match lang {
            Lang::Zh => document.page_called(lang, &chinese),
            Lang::En => document.page(lang),
        })?;
    }
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    let start = Start::of(chain, &source).label(Lang::En);
    report.heading(&format!("POLICIES side by side: {start}"))?;
    report.item("as of", &show::as_of(flags.common.limit()))?;
    quality::head(&mut report, &records)?;
    compared::page(&mut report, chain, &comparison, stop.as_ref())?;
    report.written(flags.common.json.iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}

/// The hazard of the samples started from, and when the first was taken.
fn sampled(chain: &SupplyChain, source: &RecallSource) -> (Option<Hazard>, Option<Minute>) {
    let StartFrom::Samples(samples) = source.start() else { return (None, None) };
    let views: Vec<_> = samples.iter().map(|id| chain.sample(*id)).collect();
    let taken = views.iter().map(|view| view.sampled_on.latest).min();
    (views.iter().find_map(|view| view.hazard), taken.filter(|minute| minute.is_bounded()))
}

impl Flags {
    fn source(&self, chain: &SupplyChain) -> Result<RecallSource, Failure> {
        let Source { sample, batch, stock } = &self.start;
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

    /// Each policy, and what it is called in Chinese.
    fn variants<'c>(
        &self,
        hazard: Option<Hazard>,
        sampled: bool,
        inferred: &'c SupplyChain,
    ) -> Vec<(Variant<'c>, String)> {
        let written = Policy::default().as_of(self.common.limit());
        let mut variants = vec![(Variant::new("as written", written.clone()), "按记录".to_owned())];
        if let Some(hazard) = hazard {
            let name = format!("kill steps stop {hazard}");
            let zh = format!("计入杀灭步骤（{}）", Lang::Zh.hazard(Some(hazard)));
            variants.push((Variant::new(&name, written.clone().hazard(hazard)), zh));
        }
        if sampled {
            let holder = written.clone().scope(SeedScope::FromHolder);
            let zh = "仅被抽样存货".to_owned();
            variants.push((Variant::new("from the sampled holder", holder), zh));
        }
        let days =
            |count: u32| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        let carried = written.clone().carry_over_days(self.carry_over);
        let carry = format!("carry-over {}", days(self.carry_over));
        let carry_zh = format!("设备残留{}天", self.carry_over);
        variants.push((Variant::new(&carry, carried.clone()), carry_zh.clone()));
        let wide = format!("dates off by {}", days(self.widen));
        let wide_zh = format!("日期误差{}天", self.widen);
        let widened = Variant::new(&wide, written.clone()).widened(self.widen);
        variants.push((widened, wide_zh.clone()));
        let name = format!("links inferred within {}", days(self.infer.window));
        let zh = format!("推断{}天内的缺失环节", self.infer.window);
        variants.push((Variant::new(&name, written).on(inferred), zh));
        let both = format!("{carry}, {wide}");
        let widened = Variant::new(&both, carried).widened(self.widen);
        variants.push((widened, format!("{carry_zh}，{wide_zh}")));
        variants
    }
}
