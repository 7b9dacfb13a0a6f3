//! From a failing sample to everyone who must be told.
//!
//! ```text
//! cargo run --release --example recall -- --data DIR --sample S-LK-01
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use suyuan::chain::SupplyChain;
use suyuan::csv::{RECALL_FILES, write_recall};
use suyuan::model::Hazard;
use suyuan::recall::{Policy, RecallSource, SeedScope, recall};
use suyuan::report::Lang;
use suyuan::report::recall::RecallReport;
use suyuan::report::records::Records;
use suyuan::report::table::CsvOptions;
use suyuan::time::{Minute, Span};
use suyuan_examples::args::{self, Common, Infer, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::Report;
use suyuan_examples::{explain, json, load, quality, samples, scope};

/// The failing sample of the bundled data set.
const BUNDLED_SAMPLE: &str = "S-LK-01";

const EXAMPLES: &str = "\
Quantities are in the base unit of each batch (kg, L, pcs ...); * marks one with an unknown part.

Examples:
  recall
  recall --html recall.html --lang zh
  recall --data DIR --sample S-MK-01 --hazard biological
  recall --data DIR --stock SH-EC-01@COLD-A --as-of 2026-03-20 --csv OUT
  recall --data DIR --operator COLD-A --from 2026-03-14 --to 2026-03-15 --json -
  recall --data DIR --batch B1 --infer window:30,fifo
  recall --data DIR --sample S-LK-01 --explain DP-0312-A@SHOP-JZ";

fn after_help() -> String {
    format!("{}\nCLASS is one of:\n  {}\n{EXAMPLES}", args::TIMES, args::classes())
}

/// From a failing sample, batch, stock or operator to the complete recall scope.
#[derive(Debug, Parser)]
#[command(name = "recall", after_help = after_help())]
struct Flags {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    source: Source,
    /// First minute of --operator's window
    #[arg(long, value_name = "TIME", value_parser = args::span, requires = "operator")]
    from: Option<Span>,
    /// Last minute of --operator's window
    #[arg(long, value_name = "TIME", value_parser = args::span, requires = "operator")]
    to: Option<Span>,
    /// whole-batch (default), or from-holder: the sampled stock alone
    #[arg(long, value_enum, default_value_t = Which::WholeBatch)]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    scope: Which,
    /// Class of the hazard, which kill steps may stop (else none does)
    #[arg(long, value_name = "CLASS", value_parser = args::hazard)]
    hazard: Option<Hazard>,
    /// Days for which equipment passes on what entered it, as possible
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    carry_over: Option<u32>,
    /// Follow inferred links too: window:DAYS or window:DAYS,fifo
    #[arg(long, value_name = "RULES", value_parser = args::infer)]
    infer: Option<Infer>,
    /// Ask by the records known at the last minute of TIME
    #[arg(long, value_name = "TIME", value_parser = args::last_minute)]
    known_at: Option<Minute>,
    /// Why this stock is affected or not, with FILE:LINE; no tables
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    explain: Option<String>,
    /// Write affected, operators, sources, records.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
    /// Write notice, operators and sums as one Excel workbook
    #[arg(long, value_name = "PATH")]
    xlsx: Option<PathBuf>,
    /// Write the same tables as CSV that Excel opens, into this folder
    #[arg(long, value_name = "DIR")]
    notice: Option<PathBuf>,
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
    /// Start from all an operator held between --from and --to
    #[arg(long, value_name = "CODE", requires_all = ["from", "to"])]
    operator: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    WholeBatch,
    FromHolder,
}

fn main() -> ExitCode {
    failure::finish("recall", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    // Clap lets a flag that is required go missing where another one excludes it.
    if flags.source.operator.is_none() && (flags.from.is_some() || flags.to.is_some()) {
        return Err(Failure::Usage("--from and --to go with --operator".to_owned()));
    }
    if let (Some(from), Some(to)) = (flags.from, flags.to)
        && to.latest < from.earliest
    {
        let text = format!("--to ends at {}, before --from begins at {}", to.latest, from.earliest);
        return Err(Failure::Usage(text));
    }
    if flags.scope == Which::FromHolder
        && (flags.source.batch.is_some() || flags.source.operator.is_some())
    {
        failure::tell(
            "recall: --scope from-holder means nothing without --sample: the whole scope is taken",
        );
    }
    let files = flags.common.files(&flags.paged).written(&flags.xlsx);
    let files = files.written_into(&flags.csv, &RECALL_FILES);
    let files = files.written_into(&flags.csv, &[Records::FILE]);
    files.written_into(&flags.notice, &RecallReport::FILES).check()?;
    let quiet = flags.common.json_on_stdout();
    let data = flags.common.data.as_deref();
    let known_at = flags.known_at.unwrap_or(Minute::UNBOUNDED_FUTURE);
    let mut import = load::load_known_at(data, known_at, None, quiet)?;
    if let Some(infer) = flags.infer {
        import.chain = import.chain.infer(&infer.rules(load::recipes(data)?))?.chain;
    }
    let chain = &import.chain;
    let source = flags.source(chain)?;
    let asked = flags.explain.as_deref().map(|label| chain.find_stock_label(label)).transpose()?;
    let policy = flags.policy();
    let result = recall(chain, &source, &policy)?;
    let (csv, json) = (flags.csv.as_deref(), flags.common.json.as_deref());
    let lang = flags.paged.lang;
    let paged = flags.paged.html.is_some() || flags.xlsx.is_some() || flags.notice.is_some();
    let stocks: Vec<_> = result.affected.iter().map(|row| row.traced.stock).collect();
    let records = quality::records(&import, &stocks);
    let page = paged.then(|| RecallReport::new(chain, &source, &policy, &result, records.clone()));
    let document =
        || WithPage { document: result.document(chain), records: &records, page: page.as_ref() };
    json::write_results(csv, json, document, |both, dir| write_recall(&both.document, dir))?;
    if let Some(dir) = csv {
        records.write_csv(Lang::En, dir, &CsvOptions::default())?;
    }
    if let Some(page) = &page {
        flags.paged.write(|lang| page.page(lang))?;
        if let Some(path) = &flags.xlsx {
            page.write_xlsx(lang, path)?;
        }
        if let Some(dir) = &flags.notice {
            page.write_csv(lang, dir, &CsvOptions::default().bom(true))?;
        }
    }
    match (quiet, asked) {
        (true, None) => Ok(()),
        (true, Some(stock)) => {
            let mut report = Report::stderr();
            explain::recall(&mut report, chain, &result, stock)?;
            Ok(report.finish()?)
        }
        (false, asked) => {
            let mut report = Report::stdout();
            if flags.common.data.is_none() {
                report.line(0, load::BUNDLED)?;
            }
            scope::head(&mut report, chain, &source, &policy, &result)?;
            quality::head(&mut report, &records)?;
            match asked {
                Some(stock) => explain::recall(&mut report, chain, &result, stock)?,
                None => scope::body(&mut report, chain, &result, &records)?,
            }
            let written =
                [&flags.common.json, &flags.csv, &flags.paged.html, &flags.xlsx, &flags.notice];
            report.written(written.into_iter().flatten())?;
            Ok(report.finish()?)
        }
    }
}

impl Flags {
    fn source(&self, chain: &SupplyChain) -> Result<RecallSource, Failure> {
        let Source { sample, batch, stock, operator } = &self.source;
        Ok(match (sample, batch, stock, operator, self.from, self.to) {
            (Some(code), ..) => RecallSource::sample(chain, code)?,
            (_, Some(code), ..) => RecallSource::batch(chain, code)?,
            (_, _, Some(label), ..) => RecallSource::stock(chain, label)?,
            (.., Some(code), Some(from), Some(to)) => {
                RecallSource::operator(chain, code, from, to)?
            }
            _ if self.common.data.is_none() => RecallSource::sample(chain, BUNDLED_SAMPLE)?,
            _ => {
                let flags = "one of --sample, --batch, --stock or --operator";
                return Err(Failure::Usage(samples::choose(chain, flags)));
            }
        })
    }

    fn policy(&self) -> Policy {
        let scope = match self.scope {
            Which::WholeBatch => SeedScope::WholeBatch,
            Which::FromHolder => SeedScope::FromHolder,
        };
        let mut policy = Policy::default().scope(scope).as_of(self.common.limit());
        policy.hazard = self.hazard;
        match self.carry_over {
            Some(days) => policy.carry_over_days(days),
            None => policy,
        }
    }
}
