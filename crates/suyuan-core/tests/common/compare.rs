//! The engine's results in the oracle's form, and checks of witness paths and explanations.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use suyuan_core::chain::{LinkRef, SupplyChain};
use suyuan_core::id::StockId;
use suyuan_core::recall::{AffectedRow, Answer as Explanation, Barrier, Scope, explain};
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, Step, TraceBack, Via as EngineVia};

use super::oracle::lots::lot_name;
use super::oracle::recall::{Answer, BackAnswer, Row, UpstreamRow};
use super::oracle::trace::{Rules, count_hops};
use super::oracle::world::Link;
use super::oracle::{Stock, Via, World};
use super::query::Query;

/// The name of a stock as the oracle has it.
pub(crate) fn codes(chain: &SupplyChain, stock: StockId) -> Stock {
    let (code, operator) = chain.stock_codes(stock);
    let lot = match chain.lot_codes(chain.stock(stock).0) {
        Some((product, producer)) => lot_name(code, product, producer),
        None => code.to_owned(),
    };
    (lot, operator.to_owned())
}

fn millionths(value: Decimal) -> i128 {
    let scaled = value * Decimal::from(1_000_000);
    assert!(scaled.fract().is_zero(), "{value} has more than 6 decimals");
    scaled.trunc().mantissa() / 10_i128.pow(scaled.trunc().scale())
}

/// The stock of a row as its document names it: with product and producer where its code has
/// several lots.
fn written_stock(row: &AffectedRow) -> Stock {
    let lot = match (&row.product, &row.producer) {
        (Some(product), Some(producer)) => lot_name(&row.batch, product, producer),
        _ => row.batch.clone(),
    };
    (lot, row.operator.clone())
}

/// A scope as its document writes it.
pub(crate) fn engine_answer(chain: &SupplyChain, scope: &Scope) -> Answer {
    let document = scope.document(chain);
    let traced = scope.affected.iter().map(|row| row.traced);
    let rows = document.affected.iter().zip(traced).map(|(row, traced)| Row {
        stock: written_stock(row),
        since: traced.minute,
        recorded: row.certainty == Certainty::Recorded,
        hops: row.hops,
        unit: row.unit.clone(),
        ledger: [
            row.produced,
            row.received,
            row.shipped,
            row.consumed,
            row.removed,
            row.on_hand,
            row.in_transit,
        ]
        .map(millionths),
        complete: row.quantity_complete,
        share: millionths(row.share),
        expected: millionths(row.contaminated_expected),
        max: millionths(row.contaminated_max),
        contaminated_in_transit: millionths(row.contaminated_in_transit),
    });
    let sources = scope.sources.iter();
    Answer {
        sources: sources.map(|(stock, since)| (codes(chain, *stock), *since)).collect(),
        rows: rows.collect(),
    }
}

/// A trace-back in the oracle's form.
pub(crate) fn engine_back(chain: &SupplyChain, back: &TraceBack) -> BackAnswer {
    let upstream = back.upstream.iter().map(|row| UpstreamRow {
        stock: codes(chain, row.traced.stock),
        until: row.traced.minute,
        recorded: row.traced.certainty == Certainty::Recorded,
        hops: row.traced.hops,
        reaches_targets: row.reaches_targets,
    });
    let common = back.common.iter();
    let targets = back.targets.iter();
    BackAnswer {
        targets: targets.map(|(stock, until)| (codes(chain, *stock), *until)).collect(),
        upstream: upstream.collect(),
        common: common.map(|row| (codes(chain, row.traced.stock), row.reaches_targets)).collect(),
    }
}

/// Whether an oracle link is the one the engine names.
fn same_link(chain: &SupplyChain, world: &World, link: &Link, named: LinkRef) -> bool {
    match (&link.via, named) {
        (Via::Shipment(index), LinkRef::Shipment(id)) => {
            let row = &world.consignments[*index];
            let view = chain.shipment(id);
            let whole = row.quantity.complete == view.amount.is_some();
            let times = row.departs == view.departs && row.arrives == view.arrives;
            row.code == view.code && times && whole
        }
        (Via::Transformation(code), LinkRef::Transformation(id)) => {
            *code == chain.transformation(id).code
        }
        (Via::Inferred, LinkRef::Inferred) => true,
        _ => false,
    }
}

/// The oracle's links between two stocks that the engine's name may mean.
pub(crate) fn find_links<'w>(
    chain: &SupplyChain,
    world: &'w World,
    from: StockId,
    to: StockId,
    named: LinkRef,
) -> Vec<&'w Link> {
    let (from, to) = (codes(chain, from), codes(chain, to));
    let between = world.links.iter().filter(|link| link.from == from && link.to == to);
    between.filter(|link| same_link(chain, world, link, named)).collect()
}

/// The link a step names; `None` for carry-over.
fn link_of(via: EngineVia) -> Option<LinkRef> {
    match via {
        EngineVia::Shipment(id) => Some(LinkRef::Shipment(id)),
        EngineVia::Transformation(id) => Some(LinkRef::Transformation(id)),
        EngineVia::Inferred => Some(LinkRef::Inferred),
        _ => None,
    }
}

/// Checks a forward witness path: it starts at a seed, every step is a link that could carry at
/// its time (or carry-over within its window), and its times add up to `since`.
pub(crate) fn check_path(
    chain: &SupplyChain,
    world: &World,
    seeds: &[(Stock, Minute)],
    rules: &Rules,
    stock: &Stock,
    (path, hops, since): (&[Step], u32, Minute),
) -> Result<(), String> {
    let fail = |what: &str| Err(format!("path of {stock:?}: {what}: {path:?}"));
    if path.len() != hops as usize {
        return fail("length is not hops");
    }
    let start = path.first().map_or(stock.clone(), |step| codes(chain, step.from));
    let starts = seeds.iter().filter(|(seed, _)| *seed == start).map(|(_, minute)| *minute);
    let Some(mut now) = starts.min() else {
        return fail("does not start at a seed");
    };
    let mut here = start;
    for step in path {
        if codes(chain, step.from) != here {
            return fail("is broken");
        }
        here = codes(chain, step.to);
        if let EngineVia::CarryOver { entered, left } = step.via {
            let (entered, left) = (chain.transformation(entered), chain.transformation(left));
            let trace = world.forward(seeds, rules);
            let named = |window: &&super::oracle::trace::Window| {
                window.entered == entered.code && window.left == left.code
            };
            let Some(window) = trace.windows.iter().find(named) else {
                return fail("carry-over outside its window");
            };
            let put_in = &world.makings[entered.code];
            if !put_in.inputs.contains_key(&codes(chain, step.from))
                || !world.makings[left.code].outputs.contains_key(&here)
                || now.max(put_in.hull.earliest) != window.at
            {
                return fail("carry-over of other stocks");
            }
            now = window.at.max(left.time.earliest);
            continue;
        }
        let Some(named) = link_of(step.via) else {
            return fail("has a step of a new kind");
        };
        let links = find_links(chain, world, step.from, step.to, named);
        let passing = links.iter().filter(|l| world.follows(l, rules) && l.gone_by >= now);
        let Some(arrives) = passing.map(|link| link.arrives).min() else {
            return fail("takes a link that could not carry");
        };
        now = now.max(arrives);
    }
    if here == *stock && now == since { Ok(()) } else { fail("does not attain since") }
}

/// Checks the paths of a whole scope and the explanation of every stock outside it.
pub(crate) fn check_scope(
    chain: &SupplyChain,
    world: &World,
    query: &Query,
    scope: &Scope,
) -> Result<(), String> {
    let rules = World::rules(query);
    let seeds = world.seeds(query);
    let mut affected = BTreeSet::new();
    for row in scope.trace.rows() {
        let stock = codes(chain, row.stock);
        let path = scope.trace.path(row.stock).ok_or("no path")?;
        let told = (path.as_slice(), row.hops, row.minute);
        check_path(chain, world, &seeds, &rules, &stock, told)?;
        if !matches!(explain(chain, scope, row.stock), Ok(Explanation::Affected(p)) if p == path) {
            return Err(format!("explanation of {stock:?} is not its path"));
        }
        affected.insert(stock);
    }
    for id in chain.stock_ids().filter(|id| scope.trace.find(*id).is_none()) {
        check_barrier(chain, world, query, scope, &affected, id)?;
    }
    Ok(())
}

/// Checks that what is said to have stopped material from reaching a stock really did.
fn check_barrier(
    chain: &SupplyChain,
    world: &World,
    query: &Query,
    scope: &Scope,
    affected: &BTreeSet<Stock>,
    id: StockId,
) -> Result<(), String> {
    let rules = World::rules(query);
    let stock = codes(chain, id);
    let back: Vec<(&Stock, &Stock)> = world.links.iter().map(|l| (&l.to, &l.from)).collect();
    let distances = count_hops(BTreeSet::from([stock.clone()]), &back);
    let nearest = affected.iter().filter_map(|stock| distances.get(stock)).min();
    let answer = explain(chain, scope, id).unwrap();
    let blocked = match answer {
        Explanation::Unconnected if nearest.is_none() => return Ok(()),
        Explanation::Stopped(blocked) => blocked,
        other => return Err(format!("explanation of {stock:?}: {other:?}")),
    };
    let fail = |what: &str| Err(format!("explanation of {stock:?}: {what}: {blocked:?}"));
    if nearest != Some(&(blocked.distance + 1)) {
        return fail("is not the nearest");
    }
    let Some(from) = scope.trace.find(blocked.from) else {
        return fail("starts at an unaffected stock");
    };
    let to = codes(chain, blocked.to);
    if distances.get(&to) != Some(&blocked.distance) {
        return fail("does not lead to the stock");
    }
    let links = find_links(chain, world, blocked.from, blocked.to, blocked.link);
    if links.is_empty() {
        return fail("names no link");
    }
    let holds = |link: &&Link| match blocked.barrier {
        Barrier::LeftBefore { departed, since } => {
            departed == link.gone_by && since == from.minute && departed < since
        }
        Barrier::KillStep => {
            matches!(&link.via, Via::Transformation(code) if world.kills(code, &rules))
        }
        Barrier::NotBegun => link.begins > query.as_of || world.begun(&to) > query.as_of,
        _ => false,
    };
    if links.iter().any(holds) { Ok(()) } else { fail("did not stop it") }
}
