//! Where records break off, and whom to ask for what.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rust_decimal::Decimal;
use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::csv::Import;
use suyuan::csv::report::CheckReport;
use suyuan::quantity::Unit;
use suyuan::trace::{Ask, Gap, Gaps};

use crate::args::Infer;
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// How many stocks of one gap are named.
const STOCKS: usize = 3;

/// The report of an import with the gaps of its chain.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(flatten)]
    check: CheckReport<'a>,
    missing_links: MissingLinks<'a>,
}

#[derive(Debug, Serialize)]
struct MissingLinks<'a> {
    window_days: u32,
    fifo: bool,
    asks: Vec<AskRow<'a>>,
    gaps: Vec<GapRow<'a>>,
}

#[derive(Debug, Serialize)]
struct AskRow<'a> {
    operator: &'a str,
    document: &'static str,
    gaps: usize,
    settles: u64,
    unexplained: BTreeMap<&'static str, Decimal>,
    quantity_complete: bool,
}

#[derive(Debug, Serialize)]
struct GapRow<'a> {
    kind: &'static str,
    operator: &'a str,
    document: &'static str,
    transformation: Option<&'a str>,
    stocks: Vec<String>,
    unexplained: Option<Decimal>,
    unit: Option<&'static str>,
    candidates: usize,
    settles: u64,
}

impl<'a> Document<'a> {
    /// The document of an import and its gaps by the rules of `infer`.
    #[must_use]
    pub fn new(import: &'a Import, infer: Infer, gaps: &'a Gaps) -> Self {
        let chain = &import.chain;
        let missing_links = MissingLinks {
            window_days: infer.window,
            fifo: infer.fifo,
            asks: gaps.asks.iter().map(|ask| ask_row(chain, ask)).collect(),
            gaps: gaps.gaps.iter().map(|gap| gap_row(chain, gap)).collect(),
        };
        Self { check: CheckReport::new(import), missing_links }
    }
}

fn ask_row<'a>(chain: &'a SupplyChain, ask: &Ask) -> AskRow<'a> {
    let sums = ask.unexplained.iter();
    AskRow {
        operator: chain.operator(ask.operator).code,
        document: ask.document.as_str(),
        gaps: ask.gaps,
        settles: ask.settles,
        unexplained: sums.map(|(unit, sum)| (unit.symbol(), *sum)).collect(),
        quantity_complete: !ask.incomplete,
    }
}

fn gap_row<'a>(chain: &'a SupplyChain, gap: &Gap) -> GapRow<'a> {
    GapRow {
        kind: gap.kind.as_str(),
        operator: chain.operator(gap.operator).code,
        document: gap.document.as_str(),
        transformation: gap.transformation.map(|id| chain.transformation(id).code),
        stocks: gap.stocks.iter().map(|stock| chain.stock_label(*stock)).collect(),
        unexplained: gap.unexplained.map(|(quantity, _)| quantity),
        unit: gap.unexplained.map(|(_, unit)| unit.symbol()),
        candidates: gap.candidates,
        settles: gap.settles,
    }
}

/// Writes whom to ask for what first, then the gaps.
///
/// # Errors
/// When the writer fails.
pub fn write(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    infer: Infer,
    gaps: &Gaps,
) -> io::Result<()> {
    if gaps.gaps.is_empty() {
        return Ok(());
    }
    report.heading("MISSING LINKS: whom to ask for what, by the stocks that the answer settles")?;
    let number = Kind::Number;
    let mut table = Table::new(&[
        ("operator", Kind::Name),
        ("document", Kind::Word),
        ("settles", number),
        ("gaps", number),
        ("without origin", number),
    ]);
    for ask in gaps.asks.iter().take(SHOWN) {
        let sums = ask.unexplained.iter().map(|(unit, sum)| quantity(*sum, *unit));
        let mut sums: Vec<String> = sums.collect();
        if ask.incomplete {
            sums.push("unknown".to_owned());
        }
        table.row([
            show::operator(chain, ask.operator),
            ask.document.to_string(),
            ask.settles.to_string(),
            ask.gaps.to_string(),
            sums.join(" + "),
        ]);
    }
    report.table(&table)?;
    report.more(gaps.asks.len(), "questions", "--json PATH")?;
    report.heading(&format!(
        "GAPS: candidates are what was received within {} and can have been there{}",
        show::count(infer.window as usize, "day"),
        if infer.fifo { ", first in first out" } else { "" }
    ))?;
    let mut table = Table::new(&[
        ("operator", Kind::Code),
        ("gap", Kind::Word),
        ("transformation", Kind::Code),
        ("stocks", Kind::Name),
        ("without origin", number),
        ("candidates", number),
        ("settles", number),
    ]);
    for gap in gaps.gaps.iter().take(SHOWN) {
        let named = gap.stocks.iter().take(STOCKS).map(|stock| show::stock(chain, *stock));
        let mut stocks: Vec<String> = named.collect();
        if gap.stocks.len() > STOCKS {
            stocks.push("...".to_owned());
        }
        let code = gap.transformation.map(|id| show::field(chain.transformation(id).code));
        table.row([
            show::field(chain.operator(gap.operator).code),
            gap.kind.to_string(),
            code.unwrap_or_default(),
            stocks.join(", "),
            gap.unexplained.map_or("unknown".to_owned(), |(sum, unit)| quantity(sum, unit)),
            gap.candidates.to_string(),
            gap.settles.to_string(),
        ]);
    }
    report.table(&table)?;
    report.more(gaps.gaps.len(), "gaps", "--json PATH")
}

fn quantity(sum: Decimal, unit: Unit) -> String {
    format!("{} {}", sum.normalize(), unit.symbol())
}
