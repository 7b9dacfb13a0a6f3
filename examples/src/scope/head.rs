//! What failed where and when, and how far it went.

use std::collections::HashSet;
use std::io::{self, Write};

use suyuan::chain::{OutflowTo, SupplyChain};
use suyuan::id::{SampleId, StockId, TransformationId};
use suyuan::model::Verdict;
use suyuan::recall::{Policy, RecallSource, Scope, SeedScope, StartFrom};
use suyuan::time::Minute;

use super::group::Group;
use crate::report::Report;
use crate::show;
use crate::sums::{left_out, on_hand};

/// How many samples of one code are shown.
const NAMED: usize = 10;

/// Writes the head of a scope: what failed where and when, and how far it went.
///
/// # Errors
/// When the writer fails.
pub fn head(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    source: &RecallSource,
    policy: &Policy,
    scope: &Scope,
) -> io::Result<()> {
    match source.start() {
        StartFrom::Samples(samples) => {
            for id in samples.iter().take(NAMED) {
                sample(report, chain, *id)?;
            }
        }
        StartFrom::Batches(lots) => {
            for batch in lots {
                let code = show::field(&chain.batch_label(*batch));
                report.heading(&format!(
                    "RECALL of batch {}",
                    show::spaced(&[&code, &show::product(chain, *batch)])
                ))?;
                self::batch(report, chain, chain.producer_stock(*batch))?;
            }
        }
        StartFrom::Stocks(stocks) => {
            for stock in stocks {
                report.heading(&format!("RECALL of stock {}", show::stock(chain, *stock)))?;
                self::batch(report, chain, Some(*stock))?;
            }
        }
        StartFrom::Operator { operator, from, to } => {
            let name = show::operator(chain, *operator);
            let text = format!(
                "RECALL of all stock at {name}, {} to {}",
                show::minute(*from),
                show::minute(*to)
            );
            report.heading(&text)?;
        }
        _ => report.heading("RECALL")?,
    }
    sources(report, policy, source, scope)?;
    if let StartFrom::Samples(samples) = source.start() {
        kill_steps(report, chain, samples, policy, scope)?;
    }
    report.item("as of", &show::as_of(policy.as_of))?;
    totals(report, chain, scope)
}

fn sample(report: &mut Report<impl Write>, chain: &SupplyChain, id: SampleId) -> io::Result<()> {
    let view = chain.sample(id);
    let said = match view.verdict {
        Some(Verdict::Fail) => "FAILED".to_owned(),
        Some(verdict) => {
            format!("has not failed (verdict {verdict}): this is what a failure would mean")
        }
        None => "has no readable verdict: this is what a failure would mean".to_owned(),
    };
    report.heading(&format!("RECALL, sample {} {said}", show::field(view.code)))?;
    let or = |text: &str, other: &str| {
        if text.is_empty() { other.to_owned() } else { show::field(text) }
    };
    let hazard =
        view.hazard.map_or_else(|| "unknown".to_owned(), |hazard| hazard.names().join(" "));
    let text = format!(
        "{}: measured {}, limit {}; hazard {hazard}",
        or(view.test_item, "unknown test"),
        or(view.measured, "unknown"),
        or(view.limit, "unknown"),
    );
    report.item("found", &text)?;
    let operator = chain.stock(view.stock).1;
    let text = format!(
        "{} at {} ({}, {}), reported {}: {}",
        show::span(view.sampled_on),
        show::operator(chain, operator),
        show::stage(chain.operator(operator).stage),
        show::region(chain, operator),
        show::span(view.reported_on),
        show::place(chain, view.source)
    );
    report.item("taken", &text)?;
    batch(report, chain, Some(view.stock))
}

fn batch(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    stock: Option<StockId>,
) -> io::Result<()> {
    let Some(stock) = stock else { return Ok(()) };
    let batch = chain.stock(stock).0;
    let view = chain.batch(batch);
    let maker = view.producer.map_or_else(|| "unknown".to_owned(), |id| show::operator(chain, id));
    let text = format!(
        "{}, {} made {} by {maker}",
        show::spaced(&[&show::field(view.code), &show::product(chain, batch)]),
        show::amount(view.amount, view.unit),
        show::span(view.produced_on)
    );
    report.item("batch", &text)
}

fn sources(
    report: &mut Report<impl Write>,
    policy: &Policy,
    source: &RecallSource,
    scope: &Scope,
) -> io::Result<()> {
    let known = scope.sources.iter().map(|(_, since)| *since).filter(|since| since.is_bounded());
    let first = known.clone().min().unwrap_or(Minute::UNBOUNDED_PAST);
    let unknown = scope.sources.len() - known.count();
    let which = match (source.start(), policy.scope) {
        (StartFrom::Samples(_), SeedScope::FromHolder) => "the sampled holder's alone, from-holder",
        (StartFrom::Samples(_) | StartFrom::Batches(_), _) => {
            "every holder of the batch, whole-batch"
        }
        (StartFrom::Operator { .. }, _) => "all there in the window",
        _ => "this stock alone",
    };
    let mut text = format!(
        "{} ({which}), since {}",
        show::count(scope.sources.len(), "stock"),
        show::since(first)
    );
    if unknown > 0 && first.is_bounded() {
        text.push_str(&format!(", {unknown} of unknown start"));
    }
    if let Some(hazard) = policy.hazard {
        text.push_str(&format!("; hazard {hazard}, kill steps count"));
    }
    if let Some(minutes) = policy.carry_over {
        let days = show::count((minutes / suyuan::time::DAY) as usize, "day");
        text.push_str(&format!("; carry-over on equipment {days}"));
    }
    report.item("sources", &text)
}

fn totals(report: &mut Report<impl Write>, chain: &SupplyChain, scope: &Scope) -> io::Result<()> {
    let mut whole = Group::default();
    let mut batches = HashSet::new();
    for row in &scope.affected {
        whole.add(chain, row);
        batches.insert(chain.stock(row.traced.stock).0);
    }
    let text = format!(
        "{}, {}, {}",
        show::count(whole.stocks, "stock"),
        show::count(whole.operators.len(), "operator"),
        show::count(batches.len(), "batch")
    );
    report.item("affected", &text)?;
    report.item("on hand", &on_hand(&whole.on_hand).join(" + "))?;
    if let Some(text) = left_out(&whole.on_hand) {
        report.item("", &text)?;
    }
    report.item("on road", &whole.on_road.texts().join(" + "))
}

/// Says how many kill steps a hazard that was not asked for would meet.
fn kill_steps(
    report: &mut Report<impl Write>,
    chain: &SupplyChain,
    samples: &[SampleId],
    policy: &Policy,
    scope: &Scope,
) -> io::Result<()> {
    let hazard = samples.iter().find_map(|id| chain.sample(*id).hazard);
    let (Some(hazard), None) = (hazard, policy.hazard) else {
        return Ok(());
    };
    let mut entered = HashSet::new();
    for row in &scope.affected {
        for flow in chain.outflows(row.traced.stock) {
            if let OutflowTo::Transformation(id) = flow.to {
                entered.insert(id);
            }
        }
    }
    let stops = |id: &TransformationId| {
        let view = chain.transformation(*id);
        policy.kill_steps.stops(hazard, view.processes.into_iter())
    };
    match entered.iter().filter(|id| stops(id)).count() {
        0 => Ok(()),
        steps => {
            let text = format!(
                "{} of the scope could stop it and none is counted on: see --hazard {hazard}",
                show::count(steps, "kill step")
            );
            report.item("", &text)
        }
    }
}
