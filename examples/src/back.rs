//! A trace-back as an analyst reads it: what the targets have in common, and all that lies
//! upstream.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};

use suyuan::chain::SupplyChain;
use suyuan::report::records::Records;
use suyuan::time::Minute;
use suyuan::trace::{Certainty, TraceBack, Upstream};

use crate::quality::{self, Doubts};
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// Writes the head of a trace-back: its targets, and how much lies upstream of them.
///
/// # Errors
/// When the writer fails.
pub fn head(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    names: &[String],
    as_of: Minute,
    result: &TraceBack,
) -> io::Result<()> {
    report.heading(&format!("TRACE-BACK of {}", show::count(names.len(), "target")))?;
    for name in names.iter().take(SHOWN) {
        report.line(2, name)?;
    }
    report.more(names.len(), "targets", "--json PATH")?;
    let stocks = result.upstream.iter().map(|row| chain.stock(row.traced.stock));
    let (mut batches, mut operators) = (HashSet::new(), HashSet::new());
    for (batch, operator) in stocks {
        batches.insert(batch);
        operators.insert(operator);
    }
    report.item("as of", &show::as_of(as_of))?;
    let text = format!(
        "{}, {}, {} ({} the targets' own)",
        show::count(result.upstream.len(), "stock"),
        show::count(operators.len(), "operator"),
        show::count(batches.len(), "batch"),
        result.targets.len()
    );
    report.item("upstream", &text)?;
    if names.len() > 1 {
        let text = match result.common.first() {
            None => "nothing: no stock reaches two of them".to_owned(),
            Some(most) => format!(
                "{} reach two targets or more, at most {} of {}",
                show::count(result.common.len(), "stock"),
                most.reaches_targets,
                names.len()
            ),
        };
        report.item("common", &text)?;
    }
    Ok(())
}

/// Writes the rest of a trace-back.
///
/// # Errors
/// When the writer fails.
pub fn body(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    result: &TraceBack,
    records: &Records,
) -> io::Result<()> {
    if !result.common.is_empty() {
        report.heading("COMMON TO SEVERAL TARGETS, most first")?;
        rows(report, chain, &result.common)?;
    }
    report.heading("WHO IS UPSTREAM, by stage")?;
    by_stage(report, chain, &result.upstream)?;
    report.heading("UPSTREAM STOCKS (path to a target: --explain BATCH@OPERATOR)")?;
    rows(report, chain, &result.upstream)?;
    let possible = |row: &&Upstream| row.traced.certainty == Certainty::Possible;
    let possible = result.upstream.iter().filter(possible).count();
    quality::write(report, records, Doubts { possible, ..Doubts::default() })
}

fn by_stage(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    rows: &[Upstream],
) -> io::Result<()> {
    let mut stages: BTreeMap<_, (HashSet<_>, usize)> = BTreeMap::new();
    for row in rows {
        let operator = chain.stock(row.traced.stock).1;
        let stage = chain.operator(operator).stage;
        let entry = stages.entry((stage.is_none(), stage)).or_default();
        entry.0.insert(operator);
        entry.1 += 1;
    }
    let columns = [("stage", Kind::Word), ("operators", Kind::Number), ("stocks", Kind::Number)];
    let mut table = Table::new(&columns);
    for ((_, stage), (operators, stocks)) in stages {
        table.row([show::stage(stage), operators.len().to_string(), stocks.to_string()]);
    }
    report.table(&table)
}

fn rows(report: &mut Report<impl Write>, chain: &SupplyChain, rows: &[Upstream]) -> io::Result<()> {
    let mut table = Table::new(&[
        ("batch", Kind::Code),
        ("product", Kind::Name),
        ("operator", Kind::Code),
        ("name", Kind::Name),
        ("until", Kind::Word),
        ("certainty", Kind::Word),
        ("hops", Kind::Number),
        ("targets", Kind::Number),
    ]);
    for row in rows.iter().take(SHOWN) {
        let (batch, operator) = chain.stock(row.traced.stock);
        let view = chain.operator(operator);
        table.row([
            chain.batch_label(batch),
            show::product(chain, batch),
            view.code.to_owned(),
            view.name.to_owned(),
            show::until(row.traced.minute),
            row.traced.certainty.to_string(),
            row.traced.hops.to_string(),
            row.reaches_targets.to_string(),
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(rows.len(), "stocks", "--csv DIR or --json PATH")
}
