//! Who must be told, which stocks are affected, and what is wrong with the records.

use std::io::{self, Write};

use suyuan::chain::SupplyChain;
use suyuan::id::OperatorId;
use suyuan::quantity::Total;
use suyuan::recall::{Affected, OnHand, Scope};
use suyuan::report::records::Records;
use suyuan::trace::Certainty;

use super::group::groups;
use crate::quality::{self, Doubts};
use crate::report::{Report, SHOWN};
use crate::show;
use crate::sums::quantity;
use crate::table::{Kind, Table};

/// Writes the rest of a scope: who must be told, the stocks, what is wrong with the records.
///
/// # Errors
/// When the writer fails.
pub fn body(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    scope: &Scope,
    records: &Records,
) -> io::Result<()> {
    told(report, chain, scope)?;
    affected(report, chain, scope)?;
    let count = |test: fn(&Affected) -> bool| scope.affected.iter().filter(|row| test(row)).count();
    let mut on_hand = OnHand::default();
    for row in &scope.affected {
        on_hand.add(chain, row.traced.stock, &row.ledger);
    }
    let doubts = Doubts {
        possible: count(|row| row.traced.certainty == Certainty::Possible),
        incomplete: on_hand.unknown_stocks as usize,
        negative: on_hand.negative_stocks as usize,
    };
    quality::write(report, records, doubts)
}

const STOCKS: (&str, Kind) = ("stocks", Kind::Number);
const OPERATORS: (&str, Kind) = ("operators", Kind::Number);
const ON_HAND: (&str, Kind) = ("on hand", Kind::Number);
const ON_ROAD: (&str, Kind) = ("on road", Kind::Number);

fn told(report: &mut Report<impl Write>, chain: &SupplyChain, scope: &Scope) -> io::Result<()> {
    let order = |operator: OperatorId| {
        let view = chain.operator(operator);
        let none = view.stage.is_none();
        ((none, view.stage), (view.region.is_none(), view.region))
    };
    report.heading("WHO MUST BE TOLD, by stage")?;
    let mut table = Table::new(&[("stage", Kind::Word), OPERATORS, STOCKS, ON_HAND, ON_ROAD]);
    for ((_, stage), group) in groups(chain, scope, |operator| order(operator).0) {
        let [stocks, hand, road] = group.cells();
        table.row([show::stage(stage), group.operators.len().to_string(), stocks, hand, road]);
    }
    report.table(&table.without_empty())?;

    report.heading("by region")?;
    let mut table = Table::new(&[("region", Kind::Name), OPERATORS, STOCKS, ON_HAND, ON_ROAD]);
    let regions = groups(chain, scope, |operator| order(operator).1);
    for group in regions.values().take(SHOWN) {
        let name =
            group.operators.iter().next().map_or_else(String::new, |id| show::region(chain, *id));
        let [stocks, hand, road] = group.cells();
        table.row([name, group.operators.len().to_string(), stocks, hand, road]);
    }
    report.table(&table.without_empty())?;
    report.more(regions.len(), "regions", "--json PATH")?;

    report.heading("by operator")?;
    let mut table = Table::new(&[
        ("stage", Kind::Word),
        ("region", Kind::Name),
        ("operator", Kind::Code),
        ("name", Kind::Name),
        STOCKS,
        ON_HAND,
        ON_ROAD,
    ]);
    let operators = groups(chain, scope, |operator| (order(operator), operator));
    for ((_, operator), group) in operators.iter().take(SHOWN) {
        let view = chain.operator(*operator);
        let [stocks, hand, road] = group.cells();
        table.row([
            show::stage(view.stage),
            show::region(chain, *operator),
            view.code.to_owned(),
            view.name.to_owned(),
            stocks,
            hand,
            road,
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(operators.len(), "operators", "--csv DIR or --json PATH")
}

fn affected(report: &mut Report<impl Write>, chain: &SupplyChain, scope: &Scope) -> io::Result<()> {
    report.heading("AFFECTED STOCKS (why: --explain BATCH@OPERATOR)")?;
    let mut table = Table::new(&[
        ("batch", Kind::Code),
        ("product", Kind::Name),
        ("operator", Kind::Code),
        ("since", Kind::Word),
        ("certainty", Kind::Word),
        ON_HAND,
        ON_ROAD,
        ("share", Kind::Number),
    ]);
    for row in scope.affected.iter().take(SHOWN) {
        let stock = row.traced.stock;
        let operator = chain.stock_codes(stock).1;
        let unit = chain.unit(stock);
        let road = row.ledger.in_transit;
        table.row([
            chain.batch_label(chain.stock(stock).0),
            show::product(chain, chain.stock(stock).0),
            operator.to_owned(),
            show::since(row.traced.minute),
            row.traced.certainty.to_string(),
            if row.ledger.is_complete() {
                quantity(unit, row.ledger.on_hand())
            } else {
                "unknown".to_owned()
            },
            if road == Total::ZERO { String::new() } else { quantity(unit, road) },
            percent(&row.contamination.share_decimal().to_string()),
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(scope.affected.len(), "stocks", "--csv DIR or --json PATH")
}

/// An exact share as a percentage of at most two decimals, never rounded to none or to all.
fn percent(share: &str) -> String {
    let (whole, fraction) = share.split_once('.').unwrap_or((share, ""));
    let digits: String = format!("{whole}{fraction:0<6}").chars().take(whole.len() + 6).collect();
    let Ok(millionths) = digits.parse::<u64>() else {
        return share.to_owned();
    };
    let hundredths = (millionths + 50) / 100;
    match (millionths, hundredths) {
        (0, _) => "0%".to_owned(),
        (_, 0) => "<0.01%".to_owned(),
        (..1_000_000, 10_000..) => ">99.99%".to_owned(),
        _ if hundredths % 100 == 0 => format!("{}%", hundredths / 100),
        _ => format!("{}.{:02}%", hundredths / 100, hundredths % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_shown_as_percentages() {
        for (share, text) in [
            ("0", "0%"),
            ("1", "100%"),
            ("0.12", "12%"),
            ("0.238095", "23.81%"),
            ("0.000001", "<0.01%"),
            ("0.999999", ">99.99%"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
