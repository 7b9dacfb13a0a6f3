//! What is wrong with the records a result rests on.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use suyuan::chain::{Finding, InflowFrom, OutflowTo, RecordRef, Severity, SupplyChain};
use suyuan::csv::Import;
use suyuan::id::StockId;
use suyuan::model::Source;

use crate::report::Report;
use crate::show;

/// What a section on data quality counts, beside findings and rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doubts {
    /// Stocks that only possible links reach.
    pub possible: usize,
    /// Stocks with an unknown quantity in their ledger.
    pub incomplete: usize,
    /// Stocks that more left than came in.
    pub negative: usize,
}

/// Writes the section: doubts about the stocks, findings that touch them, rows that could not be
/// read.
///
/// # Errors
/// When the writer fails.
pub fn write(
    report: &mut Report<impl Write>,
    import: &Import,
    doubts: Doubts,
    stocks: &[StockId],
) -> io::Result<()> {
    report.heading("DATA QUALITY")?;
    let mut sound = true;
    let mut say = |report: &mut Report<_>, number: usize, text: &str| {
        if number == 0 {
            return Ok(());
        }
        sound = false;
        report.line(2, &format!("{} {text}", show::count(number, "stock")))
    };
    let possible =
        "only possible: reached over records that are inferred, undated or contradict each other";
    say(report, doubts.possible, possible)?;
    let incomplete = "with a quantity that is unknown, marked *: sums hold what is known";
    say(report, doubts.incomplete, incomplete)?;
    let negative =
        "from which more left than is known to have come: negative on hand, lowering the sums";
    say(report, doubts.negative, negative)?;
    let findings = &import.findings;
    let (touching, all) = (touching(import, stocks), said(findings.iter()).1);
    if all > 0 {
        sound = false;
        let (by_code, here) = said(touching.into_iter());
        let text = format!(
            "{} in the data set, {here} touch these stocks{by_code}",
            show::count(all, "finding")
        );
        report.line(2, &text)?;
    }
    let (rejected, repaired) = (import.report.rows_rejected(), import.report.rows_repaired());
    if rejected + repaired > 0 {
        sound = false;
        let text = format!(
            "{rejected} rows rejected (not in this result), {repaired} repaired (in it, a value unknown)"
        );
        report.line(2, &text)?;
    }
    if sound {
        report.line(2, "nothing to report")
    } else {
        report.line(2, "see check_data for each of them with file and line")
    }
}

/// Errors and warnings by code, and how many there are.
fn said<'f>(findings: impl Iterator<Item = &'f Finding>) -> (String, usize) {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for finding in findings.filter(|finding| finding.severity != Severity::Note) {
        *codes.entry(finding.code.as_str()).or_default() += 1;
        all += 1;
    }
    let codes: Vec<_> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
    let text = if codes.is_empty() { String::new() } else { format!(": {}", codes.join(", ")) };
    (text, all)
}

/// The findings that name a record of these stocks.
fn touching<'i>(import: &'i Import, stocks: &[StockId]) -> Vec<&'i Finding> {
    if import.findings.is_empty() {
        return Vec::new();
    }
    let records = Records::of(&import.chain, stocks);
    let mut touching = Vec::new();
    touching.extend(import.findings.iter().filter(|f| f.records.iter().any(|r| records.hold(r))));
    touching
}

/// The records of a set of stocks: their places, and their labels.
struct Records {
    sources: HashSet<Source>,
    labels: HashSet<String>,
}

impl Records {
    fn of(chain: &SupplyChain, stocks: &[StockId]) -> Self {
        let here: HashSet<StockId> = stocks.iter().copied().collect();
        let mut sources = Vec::new();
        // A transformation can have very many lines: each is looked at once, not once a stock.
        let mut transformations = HashSet::new();
        for &stock in stocks {
            let (batch, operator) = chain.stock(stock);
            sources.extend([chain.batch(batch).source, chain.operator(operator).source]);
            for flow in chain.inflows(stock) {
                match flow.from {
                    InflowFrom::Shipment(id) => sources.push(chain.shipment(id).source),
                    InflowFrom::Transformation(id) => {
                        transformations.insert(id);
                    }
                    _ => {}
                }
            }
            for flow in chain.outflows(stock) {
                match flow.to {
                    OutflowTo::Shipment(id) => sources.push(chain.shipment(id).source),
                    OutflowTo::Removal(id) => sources.push(chain.removal(id).source),
                    OutflowTo::Transformation(id) => {
                        transformations.insert(id);
                    }
                    _ => {}
                }
            }
        }
        for id in transformations {
            let view = chain.transformation(id);
            for line in view.inputs.iter().chain(&view.outputs) {
                if here.contains(&line.stock) {
                    sources.extend_from_slice(line.sources);
                }
            }
        }
        let samples = chain.sample_ids().map(|id| chain.sample(id));
        sources.extend(samples.filter(|s| here.contains(&s.stock)).map(|s| s.source));
        let mut sources: HashSet<Source> = sources.into_iter().collect();
        sources.remove(&Source::NONE);
        let labels = stocks.iter().map(|stock| chain.stock_label(*stock)).collect();
        Self { sources, labels }
    }

    fn hold(&self, record: &RecordRef) -> bool {
        self.sources.contains(&record.source) || self.labels.contains(&record.code)
    }
}
