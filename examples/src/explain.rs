//! Why a stock is affected, or why not, in words and with the records that say so.

use std::collections::{HashSet, VecDeque};
use std::io::{self, Write};

use petgraph::Direction;
use suyuan::chain::{LinkEdge, LinkRef, SupplyChain};
use suyuan::id::StockId;
use suyuan::recall::{Answer, Barrier, Blocked, Policy, Scope, explain};
use suyuan::time::Minute;
use suyuan::trace::{TraceBack, Traced};

use crate::report::Report;
use crate::show;
use crate::steps::{self, Leg};

fn links(hops: u32) -> String {
    show::count(hops as usize, "link")
}

/// Explains one stock of a recall: its witness path from a source, or what stopped the material.
///
/// # Errors
/// When the writer fails.
pub fn recall(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    scope: &Scope,
    stock: StockId,
) -> io::Result<()> {
    let name = show::stock(chain, stock);
    match explain(chain, scope, stock).map_err(io::Error::other)? {
        Answer::Affected(path) => {
            report.heading(&format!("{name} is AFFECTED"))?;
            let since = |stock| affected_since(scope.trace.find(stock));
            if path.is_empty() {
                report.line(2, &format!("It is a source of the recall, {}.", since(stock)))?;
                return steps::origin(report, chain, stock);
            }
            let source = path.first().map_or(stock, |step| step.from);
            report.line(
                2,
                &format!("{} from a source, {}.", links(path.len() as u32), since(stock)),
            )?;
            report
                .line(2, &format!("source: {}, {}", show::stock(chain, source), since(source)))?;
            for (at, step) in path.iter().enumerate() {
                let leg = Leg { from: step.from, via: step.via, to: step.to };
                steps::write(report, chain, &format!("{}.", at + 1), leg)?;
                report
                    .line(5, &format!("=> {}: {}", show::label(chain, step.to), since(step.to)))?;
            }
            Ok(())
        }
        Answer::Stopped(blocked) => {
            report.heading(&format!("{name} is NOT affected"))?;
            stopped(report, chain, &scope.policy, &blocked)
        }
        _ => {
            report.heading(&format!("{name} is NOT affected"))?;
            let text = "No chain of records leads from the sources of the recall to it, whatever the dates.";
            report.line(2, text)?;
            steps::origin(report, chain, stock)
        }
    }
}

fn affected_since(row: Option<&Traced>) -> String {
    row.map_or_else(String::new, |row| {
        format!("affected since {} ({})", show::since(row.minute), row.certainty)
    })
}

fn stopped(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    policy: &Policy,
    blocked: &Blocked,
) -> io::Result<()> {
    let from = show::stock(chain, blocked.from);
    let reason = match blocked.barrier {
        Barrier::LeftBefore { departed, since } => format!(
            "it had left by {}, before affected material can have been at {from} (since {})",
            show::minute(departed),
            show::minute(since)
        ),
        Barrier::KillStep => format!(
            "its process is a kill step: it inactivates {} hazards, so its outputs are safe from {from}",
            policy.hazard.map_or("such", |hazard| hazard.as_str())
        ),
        _ => format!("it had not begun by the as-of, {}", show::minute(policy.as_of)),
    };
    report.line(2, "The nearest link that could have brought affected material was stopped:")?;
    let leg = Leg { from: blocked.from, via: steps::via(blocked.link), to: blocked.to };
    steps::write(report, chain, "x", leg)?;
    report.line(5, &format!("stopped: {reason}"))?;
    further(report, chain, blocked.distance, blocked.to, "further on from")
}

fn further(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    distance: u32,
    stock: StockId,
    way: &str,
) -> io::Result<()> {
    if distance == 0 {
        return Ok(());
    }
    let (links, label) = (links(distance), show::label(chain, stock));
    report.line(2, &format!("The stock asked about lies {links} {way} {label}."))
}

/// Explains one stock of a trace-back: the path from it down to a target, or why material of it
/// cannot have ended in one.
///
/// # Errors
/// When the writer fails.
pub fn back(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    result: &TraceBack,
    as_of: Minute,
    stock: StockId,
) -> io::Result<()> {
    let name = show::stock(chain, stock);
    let Some(mut path) = result.trace.path(stock) else {
        report.heading(&format!("{name} is NOT upstream of the targets"))?;
        return match barrier(chain, result, stock) {
            Some((edge, distance)) => missed(report, chain, result, as_of, edge, distance),
            None => {
                let text = "No chain of records leads from it to a target, whatever the dates.";
                report.line(2, text)
            }
        };
    };
    let until = |stock| left_until(result.trace.find(stock));
    if result.targets.iter().any(|(target, _)| *target == stock) {
        path.clear();
    }
    report.heading(&format!("{name} is UPSTREAM"))?;
    if path.is_empty() {
        report.line(2, &format!("It is a target's own stock, {}.", until(stock)))?;
        return steps::origin(report, chain, stock);
    }
    report.line(2, &format!("{} down to a target, {}.", links(path.len() as u32), until(stock)))?;
    path.reverse();
    for (at, step) in path.iter().enumerate() {
        let leg = Leg { from: step.to, via: step.via, to: step.from };
        steps::write(report, chain, &format!("{}.", at + 1), leg)?;
        report.line(5, &format!("=> {}: {}", show::label(chain, step.from), until(step.from)))?;
    }
    Ok(())
}

fn left_until(row: Option<&Traced>) -> String {
    row.map_or_else(String::new, |row| {
        format!("counted until {} ({})", show::until(row.minute), row.certainty)
    })
}

/// The nearest link from a stock that the trace did not reach, or one after it, to a stock that
/// it did reach, and how many links lie before it. Breadth first, whatever the dates.
fn barrier(chain: &SupplyChain, result: &TraceBack, stock: StockId) -> Option<(LinkEdge, u32)> {
    let mut seen = HashSet::from([stock]);
    let mut queue = VecDeque::from([(stock, 0)]);
    while let Some((from, distance)) = queue.pop_front() {
        for edge in chain.links_of(from, Direction::Outgoing) {
            if result.trace.find(edge.to).is_some() {
                return Some((edge, distance));
            }
            if seen.insert(edge.to) {
                queue.push_back((edge.to, distance + 1));
            }
        }
    }
    None
}

fn missed(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    result: &TraceBack,
    as_of: Minute,
    edge: LinkEdge,
    distance: u32,
) -> io::Result<()> {
    report.line(2, "The nearest link towards a target came too late:")?;
    steps::write(
        report,
        chain,
        "x",
        Leg { from: edge.from, via: steps::via(edge.link), to: edge.to },
    )?;
    let arrived = match edge.link {
        LinkRef::Shipment(id) => chain.shipment(id).arrives.earliest,
        LinkRef::Transformation(id) => chain.transformation(id).time.earliest,
        _ => Minute::UNBOUNDED_PAST,
    };
    let until = result.trace.find(edge.to).map_or(Minute::UNBOUNDED_FUTURE, |row| row.minute);
    let text = if arrived > until {
        format!(
            "stopped: it arrived at {} at the earliest, after the last of what ended in a target had left {} ({})",
            show::minute(arrived),
            show::label(chain, edge.to),
            show::minute(until)
        )
    } else {
        format!("stopped: it had not begun by the as-of, {}", show::minute(as_of))
    };
    report.line(5, &text)?;
    further(report, chain, distance, edge.from, "before")
}
