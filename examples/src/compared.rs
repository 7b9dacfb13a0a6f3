//! The page of a comparison of policies.

use std::io::{self, Write};

use suyuan::chain::SupplyChain;
use suyuan::id::{OperatorId, StockId};
use suyuan::recall::what_if::{Comparison, Cut};
use suyuan::time::Minute;

use crate::report::{Report, SHOWN};
use crate::show;
use crate::sums::{left_out, on_hand};
use crate::table::{Kind, Table};

/// Whom to stop, and when that is asked.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The minute.
    pub now: Minute,
    /// The answer.
    pub cut: Cut,
}

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn page(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    compared: &Comparison,
    stop: Option<&Stop>,
) -> io::Result<()> {
    report.heading("WHAT EACH CALLS AFFECTED")?;
    let mut table = Table::new(&[
        ("", Kind::Number),
        ("policy", Kind::Name),
        ("stocks", Kind::Number),
        ("certain", Kind::Number),
        ("operators", Kind::Number),
        ("batches", Kind::Number),
        ("enter", Kind::Number),
        ("leave", Kind::Number),
        ("on hand", Kind::Number),
    ]);
    for (at, row) in compared.outcomes.iter().enumerate() {
        table.row([
            (at + 1).to_string(),
            row.name.clone(),
            row.stocks.to_string(),
            row.recorded.to_string(),
            row.operators.to_string(),
            row.batches.to_string(),
            row.entered.to_string(),
            row.left.to_string(),
            on_hand(&row.on_hand).join("\n"),
        ]);
    }
    report.table(&table)?;
    for (at, row) in compared.outcomes.iter().enumerate() {
        if let Some(text) = left_out(&row.on_hand) {
            report.line(2, &format!("{}: {text}", at + 1))?;
        }
    }
    for (at, row) in compared.outcomes.iter().enumerate().skip(1) {
        let sides: [(&str, Vec<StockId>); 2] =
            [("enter", compared.entered(at).collect()), ("leave", compared.left(at).collect())];
        for (verb, stocks) in sides.iter().filter(|(_, stocks)| !stocks.is_empty()) {
            report.heading(&format!("{verb} with {}: {}", row.name, stocks.len()))?;
            for stock in stocks.iter().take(SHOWN) {
                report.line(2, &show::stock(chain, *stock))?;
            }
            report.more(stocks.len(), "stocks", "--json PATH")?;
        }
    }
    let cover = compared.cover(chain);
    report.heading("SMALLEST RECALL that leaves out nothing any of them calls affected")?;
    let batches = cover.batches.len();
    let text = format!(
        "{}, {}, {batches} {} to announce",
        show::count(cover.stocks.len(), "stock"),
        show::count(cover.operators.len(), "operator"),
        if batches == 1 { "batch" } else { "batches" }
    );
    report.item("covers", &text)?;
    report
        .item("beyond", &format!("{} of these batches", show::count(cover.beyond, "more stock")))?;
    let by = cover.covered_by.iter().filter_map(|at| compared.outcomes.get(*at));
    let by: Vec<&str> = by.map(|row| row.name.as_str()).collect();
    let by = if by.is_empty() { "none of the policies alone".to_owned() } else { by.join("; ") };
    report.item("by", &by)?;
    let Some(Stop { now, cut }) = stop else {
        report.heading("WHOM TO STOP: give --as-of")?;
        return Ok(());
    };
    report.heading(&format!(
        "WHOM TO STOP at {} so that none reaches consumers: {} of {} that hold it",
        show::minute(*now),
        show::count(cut.stop.len(), "operator"),
        cut.holders.len()
    ))?;
    let list = |operators: &[OperatorId]| -> Vec<String> {
        operators.iter().take(SHOWN).map(|id| show::operator(chain, *id)).collect()
    };
    if cut.stop.is_empty() {
        report.line(2, "nobody: no way leads on to consumers")?;
    }
    for name in list(&cut.stop) {
        report.line(2, &name)?;
    }
    report.more(cut.stop.len(), "operators", "--json PATH")?;
    report.item(
        "would get",
        &match cut.ends.len() {
            0 => "nobody who serves consumers".to_owned(),
            _ => list(&cut.ends).join("; "),
        },
    )
}
