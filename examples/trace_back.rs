//! Where failing goods came from, and what several of them have in common.
//!
//! ```text
//! cargo run --release --example trace_back -- --data DIR --sample S-LK-01 --sample S-LK-02
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::chain::SupplyChain;
use suyuan::csv::{TRACE_BACK_FILES, write_trace_back};
use suyuan::report::Lang;
use suyuan::report::back::TraceBackReport;
use suyuan::report::records::Records;
use suyuan::report::table::CsvOptions;
use suyuan::trace::{Target, TraceOptions, trace_back};
use suyuan_examples::args::{self, Common, Infer, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::Report;
use suyuan_examples::{back, explain, json, load, quality, samples, show};

/// Two samples of the bundled data set with a source in common.
const BUNDLED_SAMPLES: [&str; 2] = ["S-LK-01", "S-LK-02"];

const EXAMPLES: &str = "\
A sample is traced from the time it was taken, a batch and a stock from any time.

Examples:
  trace_back
  trace_back --data DIR --sample S-LK-01 --sample S-LK-02
  trace_back --data DIR --batch DP-0314 --stock RW-03@PROC-DUMP --csv OUT
  trace_back --data DIR --sample S-DP-01 --explain LK1-0308@FARM-LK1";

/// From failing samples, batches or stocks back to all that can have gone into them.
#[derive(Debug, Parser)]
#[command(name = "trace_back", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// Trace back a sample, by its code; may be given again
    #[arg(long, value_name = "CODE")]
    sample: Vec<String>,
    /// Trace back every stock of a batch; may be given again
    #[arg(long, value_name = "CODE")]
    batch: Vec<String>,
    /// Trace back one batch in one operator's hands; may be given again
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    stock: Vec<String>,
    /// Follow inferred links too: window:DAYS or window:DAYS,fifo
    #[arg(long, value_name = "RULES", value_parser = args::infer)]
    infer: Option<Infer>,
    /// Path from this stock to a target, or why none, with FILE:LINE
    #[arg(long, value_name = "BATCH@OPERATOR", value_parser = args::stock)]
    explain: Option<String>,
    /// Write upstream, common, targets, records.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("trace_back", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let files = flags.common.files(&flags.paged).written_into(&flags.csv, &TRACE_BACK_FILES);
    files.written_into(&flags.csv, &[Records::FILE]).check()?;
    let quiet = flags.common.json_on_stdout();
    let data = flags.common.data.as_deref();
    let mut import = load::load(data, None, quiet)?;
    if let Some(infer) = flags.infer {
        import.chain = import.chain.infer(&infer.rules(load::recipes(data)?))?.chain;
    }
    let chain = &import.chain;
    let (names, targets) = flags.targets(chain)?;
    let asked = flags.explain.as_deref().map(|label| chain.find_stock_label(label)).transpose()?;
    let mut options = TraceOptions::default();
    options.as_of = flags.common.limit();
    let result = trace_back(chain, &targets, &options)?;
    let (csv, json) = (flags.csv.as_deref(), flags.common.json.as_deref());
    let paged = flags.paged.html.is_some();
    let stocks: Vec<_> = result.upstream.iter().map(|row| row.traced.stock).collect();
    let records = quality::records(&import, &stocks);
    let page =
        paged.then(|| TraceBackReport::new(chain, &names, &options, &result, records.clone()));
    let document =
        || WithPage { document: result.document(chain), records: &records, page: page.as_ref() };
    json::write_results(csv, json, document, |both, dir| write_trace_back(&both.document, dir))?;
    if let Some(dir) = csv {
        records.write_csv(Lang::En, dir, &CsvOptions::default())?;
    }
    if let Some(page) = &page {
        flags.paged.write(|lang| page.page(lang))?;
    }
    match (quiet, asked) {
        (true, None) => Ok(()),
        (true, Some(stock)) => {
            let mut report = Report::stderr();
            explain::back(&mut report, chain, &result, options.as_of, stock)?;
            Ok(report.finish()?)
        }
        (false, asked) => {
            let mut report = Report::stdout();
            if flags.common.data.is_none() {
                report.line(0, load::BUNDLED)?;
            }
            back::head(&mut report, chain, &names, options.as_of, &result)?;
            quality::head(&mut report, &records)?;
            match asked {
                Some(stock) => explain::back(&mut report, chain, &result, options.as_of, stock)?,
                None => back::body(&mut report, chain, &result, &records)?,
            }
            let written = [&flags.common.json, &flags.csv, &flags.paged.html];
            report.written(written.into_iter().flatten())?;
            Ok(report.finish()?)
        }
    }
}

impl Flags {
    /// The targets, each with what a person calls it.
    fn targets(&self, chain: &SupplyChain) -> Result<(Vec<String>, Vec<Target>), Failure> {
        let (mut names, mut targets) = (Vec::new(), Vec::new());
        let none = self.sample.is_empty() && self.batch.is_empty() && self.stock.is_empty();
        if none && self.common.data.is_some() {
            let flags = "at least one --sample, --batch or --stock";
            return Err(Failure::Usage(samples::choose(chain, flags)));
        }
        let bundled = BUNDLED_SAMPLES.map(str::to_owned);
        for code in if none { &bundled[..] } else { &self.sample } {
            targets.push(Target::sample(chain, code)?);
            names.push(sample(chain, code)?);
        }
        for code in &self.batch {
            targets.push(Target::batch(chain, code)?);
            let id = chain.find_batch(code)?;
            names.push(show::spaced(&["batch    ", &show::field(code), &show::product(chain, id)]));
        }
        for label in &self.stock {
            targets.push(Target::stock(chain, label)?);
            names.push(format!("stock {}", show::stock(chain, chain.find_stock_label(label)?)));
        }
        Ok((names, targets))
    }
}

fn sample(chain: &SupplyChain, code: &str) -> Result<String, Failure> {
    let Some(view) = chain.find_samples(code)?.next().map(|id| chain.sample(id)) else {
        return Ok(show::field(code));
    };
    let verdict = view.verdict.map_or("unknown", |verdict| verdict.as_str());
    Ok(format!(
        "sample {}: {verdict}, {}, taken {} of {}: {}",
        show::field(view.code),
        show::field(view.test_item),
        show::span(view.sampled_on),
        show::stock(chain, view.stock),
        show::place(chain, view.source)
    ))
}
