//! How much of a true contamination inference finds when input lines are missing, and how much
//! else it takes in.
//!
//! ```text
//! cargo run --release --example missing_links -- --links 200000 --share 0.2
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::chain::SupplyChain;
use suyuan::chain::missing::InferenceRules;
use suyuan::id::StockId;
use suyuan::model::{
    Batch, Operator, Product, Region, Removal, Role, Sample, Shipment, TransformationLine,
};
use suyuan::synth::sink::{Reached, Sink};
use suyuan::synth::{ChainSink, Error, Plan, Share};
use suyuan::time::Minute;
use suyuan::trace::{TraceOptions, Tracer};
use suyuan_examples::args::Paged;
use suyuan_examples::bar::Steps;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::flat::percent;
use suyuan_examples::holes::{Document, Removed, Row};
use suyuan_examples::report::Report;
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, pages};

const EXAMPLES: &str = "\
Lines are chosen by a hash of the seed, so that the same flags give the same table on any machine.

Examples:
  missing_links
  missing_links --links 200000 --sources 32 --window 7 --window 30
  missing_links --json -";

/// Removes input lines of transformations from a synthetic chain, and measures what tracing finds.
#[derive(Debug, Parser)]
#[command(name = "missing_links", after_help = EXAMPLES)]
struct Flags {
    /// Links of the synthetic chain
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    links: u64,
    /// Seed of all random numbers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Stocks in which a contamination starts, at most 64
    #[arg(long, value_name = "N", default_value_t = 16)]
    sources: u8,
    /// Share of input lines removed, and of transformations that lose all of theirs
    #[arg(long, value_name = "SHARE", default_value = "0.2")]
    share: Share,
    /// Look-back window in days; may be given several times [default: 7, 14, 30]
    #[arg(long, value_name = "DAYS")]
    window: Vec<u32>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

type Pair = (String, String);

/// Builds a chain without some lines, and keeps the truth.
struct Holes {
    chain: ChainSink,
    removed: Removed,
    share: u32,
    seed: u64,
    inputs: u64,
    gone: u64,
    truth: BTreeMap<u8, BTreeSet<Pair>>,
}

impl Holes {
    fn new(flags: &Flags, removed: Removed) -> Self {
        Self {
            chain: ChainSink::new(),
            removed,
            share: flags.share.millionths(),
            seed: flags.seed,
            inputs: 0,
            gone: 0,
            truth: BTreeMap::new(),
        }
    }

    fn drops(&mut self, line: &TransformationLine<'_>) -> bool {
        if line.role == Role::Output || self.removed == Removed::Nothing {
            return false;
        }
        self.inputs += 1;
        let key = match self.removed {
            Removed::Transformations => line.code.to_string(),
            _ => format!("{}/{}", line.code, line.batch),
        };
        let gone = hash(self.seed, &key) % 1_000_000 < u64::from(self.share);
        self.gone += u64::from(gone);
        gone
    }
}

/// FNV-1a, then the finisher of SplitMix64.
fn hash(seed: u64, text: &str) -> u64 {
    let mut state = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

impl Sink for Holes {
    fn region(&mut self, row: &Region<'_>) -> Result<(), Error> {
        self.chain.region(row)
    }
    fn product(&mut self, row: &Product<'_>) -> Result<(), Error> {
        self.chain.product(row)
    }
    fn operator(&mut self, row: &Operator<'_>) -> Result<(), Error> {
        self.chain.operator(row)
    }
    fn batch(&mut self, row: &Batch<'_>) -> Result<(), Error> {
        self.chain.batch(row)
    }
    fn shipment(&mut self, row: &Shipment<'_>) -> Result<(), Error> {
        self.chain.shipment(row)
    }
    fn transformation_line(&mut self, row: &TransformationLine<'_>) -> Result<(), Error> {
        if self.drops(row) { Ok(()) } else { self.chain.transformation_line(row) }
    }
    fn removal(&mut self, row: &Removal<'_>) -> Result<(), Error> {
        self.chain.removal(row)
    }
    fn sample(&mut self, row: &Sample<'_>) -> Result<(), Error> {
        self.chain.sample(row)
    }
    fn reached(&mut self, row: &Reached<'_>) -> Result<(), Error> {
        let pair = (row.batch.to_owned(), row.operator.to_owned());
        self.truth.entry(row.source).or_default().insert(pair);
        Ok(())
    }
}

fn main() -> ExitCode {
    failure::finish("missing_links", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    Files::default().written(&flags.json).written(&flags.paged.html).check()?;
    let plan = Plan::new(flags.links, flags.seed).clean().sources(flags.sources);
    let windows = if flags.window.is_empty() { vec![7, 14, 30] } else { flags.window.clone() };
    let mut document = Document {
        links: flags.links,
        seed: flags.seed,
        share: f64::from(flags.share.millionths()) / 1e6,
        sources: 0,
        truly_affected: 0,
        rows: Vec::new(),
    };
    // Every chain is generated once and traced once for each way to infer, and once without.
    let steps = 3 + 1 + 2 * (1 + 2 * windows.len() as u64);
    let bar = Steps::new("chains made and traced");
    let mut done = 0;
    bar.show(done, steps);
    for removed in [Removed::Nothing, Removed::Lines, Removed::Transformations] {
        let mut holes = Holes::new(flags, removed);
        let summary = plan.generate(&mut holes)?;
        let chain = std::mem::take(&mut holes.chain).build()?.chain;
        done += 1;
        bar.show(done, steps);
        let sources: Vec<(Pair, &BTreeSet<Pair>)> = (0..)
            .zip(&summary.sources)
            .filter_map(|(number, source): (u8, _)| {
                let truth = holes.truth.get(&number)?;
                Some(((source.batch.clone(), source.operator.clone()), truth))
            })
            .collect();
        document.sources = sources.len();
        document.truly_affected = sources.iter().map(|(_, truth)| truth.len() as u64).sum();
        let mut measure =
            |chain: &SupplyChain, rules: String, inferred_links: usize| -> Result<(), Failure> {
                let (found, scope) = found(chain, &sources)?;
                done += 1;
                bar.show(done, steps);
                let (truth, over) = (document.truly_affected as f64, scope - found);
                document.rows.push(Row {
                    removed,
                    input_lines: holes.inputs,
                    removed_lines: holes.gone,
                    rules,
                    inferred_links,
                    found,
                    found_share: found as f64 / truth,
                    scope,
                    over_scope: over,
                    over_share: over as f64 / truth,
                });
                Ok(())
            };
        measure(&chain, "none".to_owned(), 0)?;
        if removed == Removed::Nothing {
            continue;
        }
        for days in &windows {
            for fifo in [false, true] {
                let rules = InferenceRules::window_days(*days);
                let rules = if fifo { rules.fifo() } else { rules };
                let name = format!("window:{days}{}", if fifo { ",fifo" } else { "" });
                let inferred = chain.infer(&rules)?;
                measure(&inferred.chain, name, inferred.links.len())?;
            }
        }
    }
    drop(bar);
    report(flags, &document)
}

/// How many truly affected stocks the forward traces of all sources find, and how many stocks in
/// all.
fn found(chain: &SupplyChain, sources: &[(Pair, &BTreeSet<Pair>)]) -> Result<(u64, u64), Failure> {
    let mut tracer = Tracer::new(chain);
    let (mut found, mut scope) = (0, 0);
    for ((batch, operator), truth) in sources {
        let Ok(stock) = chain.find_stock(batch, operator) else { continue };
        let seeds = [(stock, Minute::UNBOUNDED_PAST)];
        let trace = tracer.forward(&seeds, &TraceOptions::default())?;
        let is_true = |stock: StockId| {
            let (batch, operator) = chain.stock_codes(stock);
            truth.contains(&(batch.to_owned(), operator.to_owned()))
        };
        scope += trace.rows().len() as u64;
        found += trace.rows().iter().filter(|row| is_true(row.stock)).count() as u64;
    }
    Ok((found, scope))
}

fn report(flags: &Flags, document: &Document) -> Result<(), Failure> {
    flags.paged.write(|lang| pages::missing_links(document, lang))?;
    if let Some(path) = &flags.json {
        json::write(path, document)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    let mut report = Report::stdout();
    report.heading(&format!(
        "{} links, seed {}: {} contaminations that truly reach {} stocks",
        document.links, document.seed, document.sources, document.truly_affected
    ))?;
    let number = Kind::Number;
    let mut table = Table::new(&[
        ("removed", Kind::Word),
        ("lines gone", number),
        ("inferred by", Kind::Word),
        ("links", number),
        ("found %", number),
        ("scope", number),
        ("over-scope %", number),
    ]);
    for row in &document.rows {
        let removed = match row.removed {
            Removed::Nothing => "nothing",
            Removed::Lines => "lines",
            Removed::Transformations => "whole inputs",
        };
        table.row([
            removed.to_owned(),
            row.removed_lines.to_string(),
            row.rules.clone(),
            row.inferred_links.to_string(),
            percent(row.found_share),
            row.scope.to_string(),
            percent(row.over_share),
        ]);
    }
    report.table(&table)?;
    report.line(
        2,
        "Found: share of the truly affected stocks in the scope. Over-scope: other stocks \
                    in the scope, for each truly affected one.",
    )?;
    report.written(flags.json.iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}
