//! The page of a mock recall.

use std::collections::BTreeSet;
use std::io::{self, Write};

use suyuan::chain::SupplyChain;
use suyuan::id::StockId;
use suyuan::quantity::Total;
use suyuan::recall::drill::{Balance, Drill, Missing, Silence, Verdict};

use suyuan::report::records::Records;

use crate::quality;
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// Hours within which schemes recognised by GFSI want the exercise done, records and all.
pub const HOURS: u32 = 4;

/// An exercise with what the program knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Exercise<'a> {
    /// Its outcome.
    pub drill: &'a Drill,
    /// What the batch was drawn with; `None` where it was named.
    pub seed: Option<&'a str>,
    /// What the records behind it lack.
    pub records: &'a Records,
    /// Whether stocks were counted.
    pub counted: bool,
    /// Whether operators were asked.
    pub asked: bool,
}

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn page(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    exercise: &Exercise<'_>,
) -> io::Result<()> {
    let drill = exercise.drill;
    let view = chain.batch(drill.batch);
    let code = show::field(view.code);
    report.heading(&format!(
        "TRACEABILITY EXERCISE (MOCK RECALL) of batch {}",
        show::spaced(&[&code, &show::product(chain, drill.batch)])
    ))?;
    let maker = view.producer.map_or_else(|| "unknown".to_owned(), |id| show::operator(chain, id));
    report.item("made", &format!("{} by {maker}", show::span(view.produced_on)))?;
    report.item(
        "chosen",
        &match exercise.seed {
            Some(seed) => {
                format!("drawn with the text {:?} (ChaCha20, suyuan-drill-1)", show::field(seed))
            }
            None => "named by whoever carried it out".to_owned(),
        },
    )?;
    report.item("as of", &show::as_of(drill.forward.policy.as_of))?;
    report.item("time", &format!("{HOURS} hours are allowed, from the start to the last call"))?;
    let forward: Vec<StockId> = drill.forward.affected.iter().map(|row| row.traced.stock).collect();
    report.item("forward", &reach(chain, &forward))?;
    let back: Vec<StockId> = drill.back.upstream.iter().map(|row| row.traced.stock).collect();
    report.item("back", &reach(chain, &back))?;
    quality::head(report, exercise.records)?;
    balances(report, chain, drill)?;
    yields(report, chain, drill)?;
    gaps(report, chain, drill)?;
    silent(report, chain, exercise)?;
    result(report, exercise)
}

fn reach(chain: &SupplyChain, stocks: &[StockId]) -> String {
    let operators: BTreeSet<_> = stocks.iter().map(|stock| chain.stock(*stock).1).collect();
    let batches: BTreeSet<_> = stocks.iter().map(|stock| chain.stock(*stock).0).collect();
    let count = [
        show::count(stocks.len(), "stock"),
        show::count(operators.len(), "operator"),
        if batches.len() == 1 { "1 batch".to_owned() } else { show::count(batches.len(), "batch") },
    ];
    count.join(", ")
}

fn sum(total: Total) -> String {
    format!("{}{}", total.to_decimal(), if total.complete { "" } else { "*" })
}

fn verdict(row: &Balance) -> &'static str {
    match row.verdict {
        Verdict::Balanced => "pass",
        Verdict::Short => "SHORT",
        Verdict::Over => "OVER",
        Verdict::ToCount => "count it",
        _ => "unknown",
    }
}

fn balances(report: &mut Report<impl Write>, chain: &SupplyChain, drill: &Drill) -> io::Result<()> {
    let unit = drill.whole.unit.map_or("no unit", |unit| unit.symbol());
    report.heading(&format!("MASS BALANCE in {unit}, pass mark 100 ± {}%", drill.tolerance))?;
    let mut table = Table::new(&[
        ("operator", Kind::Name),
        ("in", Kind::Number),
        ("shipped", Kind::Number),
        ("consumed", Kind::Number),
        ("removed", Kind::Number),
        ("book", Kind::Number),
        ("counted", Kind::Number),
        ("%", Kind::Number),
        ("", Kind::Word),
    ]);
    let mut row = |name: String, row: &Balance| {
        table.row([
            name,
            sum(row.intake),
            sum(row.shipped),
            sum(row.consumed),
            sum(row.removed),
            sum(row.book),
            row.counted.map(sum).unwrap_or_default(),
            row.percent.map(|percent| percent.to_string()).unwrap_or_default(),
            verdict(row).to_owned(),
        ]);
    };
    for balance in drill.balances.iter().take(SHOWN) {
        let name = balance.operator.map(|id| show::operator(chain, id)).unwrap_or_default();
        row(name, balance);
    }
    row("all: made, on the road".to_owned(), &drill.whole);
    report.table(&table)?;
    report.more(drill.balances.len(), "operators", "--json PATH")
}

fn yields(report: &mut Report<impl Write>, chain: &SupplyChain, drill: &Drill) -> io::Result<()> {
    if drill.yields.is_empty() {
        return Ok(());
    }
    report.heading("YIELD of what took the batch in")?;
    for row in drill.yields.iter().take(SHOWN) {
        let view = chain.transformation(row.transformation);
        let text = match (row.sums, row.percent) {
            (Some((unit, input, output)), Some(percent)) => {
                format!("{input} {unit} in, {output} {unit} out: {percent}%")
            }
            _ => "cannot be added up".to_owned(),
        };
        report.line(2, &format!("{}: {text}", show::field(view.code)))?;
    }
    report.more(drill.yields.len(), "transformations", "--json PATH")
}

fn gaps(report: &mut Report<impl Write>, chain: &SupplyChain, drill: &Drill) -> io::Result<()> {
    report.heading("MISSING in the records of the stocks traced")?;
    if drill.gaps.is_empty() {
        return report.line(2, "nothing");
    }
    for gap in drill.gaps.iter().take(SHOWN) {
        let text = match gap.missing {
            Missing::Origin => "who sent or made it",
            Missing::Inputs => "what went into it",
            Missing::Certainty => "certainty: only inferred, roughly dated or contradicting links",
            _ => "a quantity",
        };
        report.line(2, &format!("{}: {text}", show::stock(chain, gap.stock)))?;
    }
    report.more(drill.gaps.len(), "gaps", "--json PATH")
}

fn silent(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    exercise: &Exercise<'_>,
) -> io::Result<()> {
    let rows = &exercise.drill.unreachable;
    report.heading("OPERATORS out of reach")?;
    if rows.is_empty() {
        return report.line(
            2,
            if exercise.asked {
                "none: all answered"
            } else {
                "none as far as the records say: each has a row and a name (nobody was asked)"
            },
        );
    }
    for (operator, why) in rows.iter().take(SHOWN) {
        let why = match why {
            Silence::Unregistered => "has no row in operators.csv",
            Silence::Nameless => "has no name",
            _ => "did not answer",
        };
        report.line(2, &format!("{}: {why}", show::operator(chain, *operator)))?;
    }
    report.more(rows.len(), "operators", "--json PATH")
}

fn result(report: &mut Report<impl Write>, exercise: &Exercise<'_>) -> io::Result<()> {
    let drill = exercise.drill;
    let all = || drill.balances.iter().chain([&drill.whole]);
    let failed = all().filter(|row| matches!(row.verdict, Verdict::Short | Verdict::Over)).count();
    let open = all().filter(|row| row.verdict == Verdict::ToCount).count();
    let unknown = all().filter(|row| row.verdict == Verdict::Unknown).count();
    report.heading("RESULT")?;
    let balance = if drill.balanced() {
        "pass".to_owned()
    } else {
        format!("{failed} fail, {open} to count, {unknown} unknown")
    };
    report.item("balance", &balance)?;
    report.item("missing", &show::count(drill.gaps.len(), "gap"))?;
    let asked = if exercise.asked { "" } else { " (nobody was asked: no --answers)" };
    report.item("reach", &format!("{} out of reach{asked}", drill.unreachable.len()))?;
    report.line(2, "Carried out by ____________________  on __________  from ______ to ______")?;
    report.line(2, "Checked by     ____________________  Action ___________________________")
}
