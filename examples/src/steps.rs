//! The records of a path, one step after another, each with the file and line it was read from.

use std::io::{self, Write};

use suyuan::chain::{InflowFrom, LinkRef, OutflowTo, SupplyChain};
use suyuan::id::{ShipmentId, StockId, TransformationId};
use suyuan::model::Source;
use suyuan::trace::Via;

use crate::report::Report;
use crate::show;

/// How many lines of one transformation and stock are named.
const PLACES: usize = 3;

/// One step in the direction in which the material went.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// The stock it left.
    pub from: StockId,
    /// What passed it on.
    pub via: Via,
    /// The stock it reached.
    pub to: StockId,
}

/// What passes material on by a link.
#[must_use]
pub fn via(link: LinkRef) -> Via {
    match link {
        LinkRef::Shipment(id) => Via::Shipment(id),
        LinkRef::Transformation(id) => Via::Transformation(id),
        _ => Via::Inferred,
    }
}

/// Writes one step: what happened, when, how much, and where it is recorded.
///
/// # Errors
/// When the writer fails.
pub fn write(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    leg: Leg,
) -> io::Result<()> {
    match leg.via {
        Via::Shipment(id) => shipment(report, chain, name, id)?,
        Via::Transformation(id) => transformation(report, chain, name, id, leg)?,
        Via::CarryOver { entered, left } => carry_over(report, chain, name, entered, left, leg)?,
        _ => inferred(report, chain, name, leg.to)?,
    }
    if contradicts(chain, leg) {
        let text = "the records contradict each other: by them these goods left before they can \
                    have been there, or more left than came; the departure counts as unknown";
        report.line(5, text)?;
    }
    Ok(())
}

fn shipment(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    id: ShipmentId,
) -> io::Result<()> {
    let view = chain.shipment(id);
    let amount = show::amount(view.amount, chain.unit(view.from));
    let code = show::field(view.code);
    report.line(
        2,
        &format!("{name} shipment {code}, {amount}: {}", show::place(chain, view.source)),
    )?;
    let (from, to) = (show::stock(chain, view.from), show::stock(chain, view.to));
    report.line(5, &format!("{from} -> {to}"))?;
    let (departs, arrives) = (show::span(view.departs), show::span(view.arrives));
    report.line(5, &format!("shipped {departs}; received {arrives}"))?;
    if !view.departs.is_dated_to_day() && !view.arrives.is_dated_to_day() {
        report.line(5, "neither date is known to the day: possible only")?;
    }
    Ok(())
}

fn transformation(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    id: TransformationId,
    leg: Leg,
) -> io::Result<()> {
    let view = chain.transformation(id);
    let (code, time) = (show::field(view.code), show::span(view.time));
    if let Some(rule) = chain.inferred_rule(leg.from, id) {
        return guessed(report, chain, name, leg, id, &rule.to_string());
    }
    report
        .line(2, &format!("{name} transformation {code}, {time}{}", processes(&view.processes)))?;
    line(report, chain, "input", id, leg.from)?;
    line(report, chain, "output", id, leg.to)
}

/// A stock that may have gone into a transformation, by inference.
fn guessed(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    leg: Leg,
    id: TransformationId,
    rule: &str,
) -> io::Result<()> {
    let view = chain.transformation(id);
    let (from, to) = (show::stock(chain, leg.from), show::stock(chain, leg.to));
    let text = format!(
        "{name} INFERRED, possible only ({rule}): no record says that {from} went into {to}; it \
         was there when that was made, {}",
        show::span(view.time)
    );
    report.line(2, &text)?;
    if chain.is_inferred(id) {
        return report.line(5, &format!("how {to} was made is not recorded at all"));
    }
    line(report, chain, "output", id, leg.to)
}

fn processes(names: &[&str]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<_> = names.iter().map(|name| show::field(name)).collect();
    format!(", process {}", names.join(", "))
}

/// What a stock gave to a transformation (`input`) or got from it (`output`).
fn line(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    role: &str,
    id: TransformationId,
    stock: StockId,
) -> io::Result<()> {
    let view = chain.transformation(id);
    let lines = if role == "input" { &view.inputs } else { &view.outputs };
    for line in lines.iter().filter(|line| line.stock == stock) {
        let amount = show::amount(line.amount, chain.unit(stock));
        let label = show::stock(chain, stock);
        report.line(5, &format!("{role} {amount} of {label}: {}", places(chain, line.sources)))?;
    }
    Ok(())
}

fn places(chain: &SupplyChain, sources: &[Source]) -> String {
    let named = sources.iter().take(PLACES).map(|source| show::place(chain, *source));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if sources.len() > PLACES {
        text.push_str(&format!(" and {} more lines", sources.len() - PLACES));
    }
    text
}

fn carry_over(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    entered: TransformationId,
    left: TransformationId,
    leg: Leg,
) -> io::Result<()> {
    let (first, next) = (chain.transformation(entered), chain.transformation(left));
    let text = format!(
        "{name} INFERRED carry-over on equipment: affected material entered {} ({}), and {} ({}) \
         ran there within the carry-over window; no record says that it passed from one to the other",
        show::field(first.code),
        show::span(first.time),
        show::field(next.code),
        show::span(next.time)
    );
    report.line(2, &text)?;
    line(report, chain, "input", entered, leg.from)?;
    line(report, chain, "output", left, leg.to)
}

fn inferred(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    name: &str,
    to: StockId,
) -> io::Result<()> {
    let text = format!(
        "{name} INFERRED, possible only: no record says how {} came to be there; whoever else has \
         held the batch may have sent it",
        show::stock(chain, to)
    );
    report.line(2, &text)?;
    match shown_by(chain, to) {
        Some(source) => {
            report.line(5, &format!("that it was there: {}", show::place(chain, source)))
        }
        None => Ok(()),
    }
}

/// A record of what left a stock, or of a sample of it.
fn shown_by(chain: &SupplyChain, stock: StockId) -> Option<Source> {
    let first = chain.outflows(stock).first().map(|flow| flow.to);
    match first {
        Some(OutflowTo::Shipment(id)) => Some(chain.shipment(id).source),
        Some(OutflowTo::Removal(id)) => Some(chain.removal(id).source),
        Some(OutflowTo::Transformation(id)) => {
            let view = chain.transformation(id);
            let line = view.inputs.iter().find(|line| line.stock == stock)?;
            line.sources.first().copied()
        }
        _ => {
            let mut samples = chain.sample_ids().map(|id| chain.sample(id));
            samples.find(|sample| sample.stock == stock).map(|sample| sample.source)
        }
    }
}

/// Writes how the records say that a stock came to be: the first of what came in.
///
/// # Errors
/// When the writer fails.
pub fn origin(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    stock: StockId,
) -> io::Result<()> {
    let name = "first record:";
    match chain.inflows(stock).first().map(|flow| flow.from) {
        Some(InflowFrom::Shipment(id)) => shipment(report, chain, name, id),
        Some(InflowFrom::Transformation(id)) => {
            let view = chain.transformation(id);
            let (code, time) = (show::field(view.code), show::span(view.time));
            report.line(2, &format!("{name} transformation {code}, {time}"))?;
            line(report, chain, "output", id, stock)
        }
        Some(InflowFrom::Inferred) => inferred(report, chain, name, stock),
        _ => {
            let (batch, operator) = chain.stock(stock);
            let view = chain.batch(batch);
            let made = if view.producer == Some(operator) { "produced here" } else { "there" };
            let (time, place) = (show::span(view.produced_on), show::place(chain, view.source));
            let amount = show::amount(view.amount, view.unit);
            report.line(2, &format!("{name} {made} {time}, {amount}: {place}"))
        }
    }
}

/// Whether a link's departure contradicts the records, so that it counts as unknown.
fn contradicts(chain: &SupplyChain, leg: Leg) -> bool {
    let link = match leg.via {
        Via::Shipment(id) => OutflowTo::Shipment(id),
        Via::Transformation(id) | Via::CarryOver { entered: id, .. } => {
            OutflowTo::Transformation(id)
        }
        _ => return false,
    };
    chain.outflows(leg.from).iter().any(|flow| flow.to == link && flow.contradicts)
}
