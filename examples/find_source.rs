//! Which operator several failing samples come from, by every method side by side.
//!
//! ```text
//! cargo run --release --example find_source -- --data DIR --sample S-LK-01 --sample S-LK-02
//! ```

use std::process::ExitCode;

use clap::Parser;
use suyuan::chain::SupplyChain;
use suyuan::report::sources;
use suyuan::trace::Target;
use suyuan::trace::sources::{SourceOptions, SourcePanel, rank_sources};
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::Report;
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, quality, samples, show};

/// Two samples of the bundled data set with a source in common.
const BUNDLED_SAMPLES: [&str; 2] = ["S-LK-01", "S-LK-02"];

const EXAMPLES: &str = "\
A sample is traced from the time it was taken, a stock from any time.

lineage  probability that one lot of the operator is the source, by batch, date and quantity
network  the same by who trades how much with whom (Horn and Friedrich 2019)
sales    the same by the regions the operator's goods are sold in (Kaufman et al. 2014)
score    share of the cases reached less that of the negatives (FoodChain-Lab)
off      distance of the operator from the centre of the cases (Manitz et al. 2014); least is best
through  cases every path to which leads through the operator
stays    share of the cases without any one of which it stays first by lineage

Examples:
  find_source
  find_source --data DIR --sample S-LK-01 --sample S-LK-02 --negative S-DP-02
  find_source --data DIR --stock DP-0314@CANTEEN-1 --top 20 --json OUT.json";

/// From several failing samples to the operators that can be their source, most likely first.
#[derive(Debug, Parser)]
#[command(name = "find_source", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// A case: a sample, by its code; may be given again
    #[arg(long, value_name = "CODE")]
    sample: Vec<String>,
    /// A case: one batch in one operator's hands; may be given again
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    stock: Vec<String>,
    /// A sample that was found clean; may be given again
    #[arg(long, value_name = "CODE")]
    negative: Vec<String>,
    /// Share of the cases that may have another source, above 0 and below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    background: f64,
    /// How many operators to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("find_source", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    flags.common.files(&flags.paged).check()?;
    let quiet = flags.common.json_on_stdout();
    let import = load::load(flags.common.data.as_deref(), None, quiet)?;
    let chain = &import.chain;
    let cases = flags.cases(chain)?;
    let negatives: Vec<Target> =
        flags.negative.iter().map(|code| Target::sample(chain, code)).collect::<Result<_, _>>()?;
    let mut options = SourceOptions::default();
    options.as_of = flags.common.limit();
    options.background = flags.background;
    let panel = rank_sources(chain, &cases, &negatives, &options)?;
    let lots = panel.candidates.iter().map(|row| row.lot);
    let stocks = cases.iter().flat_map(Target::stocks).map(|(stock, _)| *stock);
    let stocks: Vec<_> = stocks.chain(lots).collect();
    let records = quality::records(&import, &stocks);
    let document = panel.document(chain);
    if let Some(path) = &flags.common.json {
        json::write(path, &WithPage::bare(&document, &records))?;
    }
    let named = flags.named();
    flags.paged.write(|lang| sources::page(&document, &named, &records, lang))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    report.heading(&format!("SOURCE of {}", show::count(cases.len(), "case")))?;
    for (stock, _) in cases.iter().flat_map(Target::stocks).take(flags.top) {
        report.line(2, &show::stock(chain, *stock))?;
    }
    report.item("as of", &show::as_of(options.as_of))?;
    quality::head(&mut report, &records)?;
    report.item("negatives", &negatives.len().to_string())?;
    report.heading("WHO IT CAN BE, most likely by the lineage first")?;
    report.table(&table(chain, &panel, flags.top))?;
    let more = panel.candidates.len().saturating_sub(flags.top);
    if more > 0 {
        report.line(2, &format!("... and {more} more operators; all of them with --json PATH"))?;
    }
    report.written([&flags.common.json, &flags.paged.html].into_iter().flatten())?;
    Ok(report.finish()?)
}

impl Flags {
    /// The cases as they are named.
    fn named(&self) -> Vec<String> {
        let named: Vec<_> = self.sample.iter().chain(&self.stock).cloned().collect();
        if named.is_empty() { BUNDLED_SAMPLES.map(str::to_owned).to_vec() } else { named }
    }

    fn cases(&self, chain: &SupplyChain) -> Result<Vec<Target>, Failure> {
        let none = self.sample.is_empty() && self.stock.is_empty();
        if none && self.common.data.is_some() {
            let flags = "at least one --sample or --stock";
            return Err(Failure::Usage(samples::choose(chain, flags)));
        }
        let bundled = BUNDLED_SAMPLES.map(str::to_owned);
        let mut cases = Vec::new();
        for code in if none { &bundled[..] } else { &self.sample } {
            cases.push(Target::sample(chain, code)?);
        }
        for label in &self.stock {
            cases.push(Target::stock(chain, label)?);
        }
        Ok(cases)
    }
}

/// The first rows of the panel.
fn table(chain: &SupplyChain, panel: &SourcePanel, top: usize) -> Table {
    let mut table = Table::new(&[
        ("operator", Kind::Code),
        ("name", Kind::Name),
        ("cases", Kind::Number),
        ("lineage", Kind::Number),
        ("network", Kind::Number),
        ("sales", Kind::Number),
        ("score", Kind::Number),
        ("off", Kind::Number),
        ("through", Kind::Number),
        ("stays", Kind::Number),
        ("lot", Kind::Code),
    ]);
    for row in panel.candidates.iter().take(top) {
        let operator = chain.operator(row.operator);
        table.row([
            show::field(operator.code),
            operator.name.to_owned(),
            format!("{}/{}", row.reached, panel.cases),
            format!("{:.3}", row.lineage),
            format!("{:.3}", row.network),
            format!("{:.3}", row.sales),
            format!("{:.2}", row.score),
            row.off_centre().map_or_else(String::new, |off| format!("{off:.1}")),
            row.unavoidable.to_string(),
            format!("{:.2}", row.stays_first),
            show::field(chain.stock_codes(row.lot).0),
        ]);
    }
    table
}
