//! Laws that need no oracle: unions, order, threads, growth.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use suyuan_core::chain::Built;
use suyuan_core::model::Shipment;
use suyuan_core::recall::recall;
use suyuan_core::time::Minute;
use suyuan_core::trace::{TraceOptions, trace_back};

use crate::common::compare::{codes, engine_answer};
use crate::common::generate::{Measure, Precision, date, measure, precision};
use crate::common::oracle::{Stock, World};
use crate::common::query::{Origin, Query, RawQuery};
use crate::common::records::{Records, build};
use crate::{cases, check, same};

#[test]
fn a_recall_of_two_samples_is_the_union_of_each() {
    check(60, cases(40), |(records, raw)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let codes: BTreeSet<String> =
            world.samples.iter().map(|(code, _, _)| code.clone()).collect();
        let ask = |codes: Vec<String>| {
            let query = Query {
                origin: Origin::Samples(codes),
                // See `carry_over_from_two_batches_is_no_smaller_than_from_one`.
                carry_days: None,
                ..raw[0].query(&world)
            };
            let scope = recall(&chain, &query.source(&chain), &query.policy());
            let rows = engine_answer(&chain, &scope).rows.into_iter();
            rows.map(|row| (row.stock, (row.since, row.recorded))).collect::<BTreeMap<_, _>>()
        };
        let mut union = BTreeMap::new();
        for code in &codes {
            for (stock, (since, recorded)) in ask(vec![code.clone()]) {
                let entry = union.entry(stock).or_insert((since, recorded));
                *entry = (since.min(entry.0), recorded || entry.1);
            }
        }
        same("union of samples", &ask(codes.into_iter().collect()), &union)
    });
}

/// Everything a run writes: findings and the documents of some recalls and trace-backs.
fn written(built: &Built, world: &World, raw: &[RawQuery]) -> Vec<String> {
    let chain = &built.chain;
    let findings = built.findings.iter().map(|finding| {
        let records: Vec<_> =
            finding.records.iter().map(|record| (record.table, record.code.as_str())).collect();
        format!("{:?} {} {records:?}", finding.code, finding.message)
    });
    let mut written: Vec<String> = findings.collect();
    for raw in raw {
        let query = raw.query(world);
        let scope = recall(chain, &query.source(chain), &query.policy());
        written.push(serde_json::to_string(&scope.document(chain)).unwrap());
        for row in &scope.affected {
            let path = scope.trace.path(row.traced.stock).unwrap();
            let stocks = path.iter().map(|step| (codes(chain, step.from), codes(chain, step.to)));
            written.push(format!("{:?}", stocks.collect::<Vec<_>>()));
        }
        let target = raw.target(world).engine_target(chain);
        let back = trace_back(chain, &[target], &TraceOptions::as_of(query.as_of));
        written.push(serde_json::to_string(&back.document(chain)).unwrap());
    }
    written
}

fn same_lines(one: &[String], two: &[String]) -> Result<(), String> {
    let mut pairs = one.iter().zip(two);
    pairs.try_for_each(|(one, two)| same("written", one, two))?;
    same("lines written", &one.len(), &two.len())
}

#[test]
fn the_order_of_records_changes_nothing() {
    check(90, (cases(40), any::<u64>()), |((records, raw), seed)| {
        let world = World::new(&records);
        let mut shuffled = records.all();
        let mut state = seed;
        for end in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(end, (state >> 33) as usize % (end + 1));
        }
        let (one, two) = (records.build(), build(&shuffled));
        two.chain.verify().map_err(|error| error.to_string())?;
        same_lines(&written(&one, &world, &raw), &written(&two, &world, &raw))
    });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    check(40, cases(40), |(records, raw)| {
        let world = World::new(&records);
        let run = || written(&records.build(), &world, &raw);
        same_lines(&one.install(run), &two.install(run))
    });
}

/// A shipment to add: two picks, two days with their precisions, a quantity.
type Extra = ((usize, usize), (u8, Precision), (u8, Precision), Measure);

fn extra() -> impl Strategy<Value = Extra> {
    let picks = (any::<usize>(), any::<usize>());
    (picks, (0..12_u8, precision()), (0..12_u8, precision()), measure())
}

/// The records with one more shipment between two stocks of one batch.
fn grown(records: &Records, world: &World, extra: &Extra) -> Option<Records> {
    let ((from, to), (left, left_precision), (came, came_precision), measure) = extra;
    let stocks: Vec<&Stock> = world.stocks.iter().collect();
    let from = stocks[from % stocks.len()];
    let others: Vec<&Stock> =
        stocks.into_iter().filter(|stock| stock.0 == from.0 && *stock != from).collect();
    let to = others.get(to % others.len().max(1))?;
    let mut grown = records.clone();
    grown.shipments.push(Shipment {
        // Sorts last, so that the oracle's numbers of the others stay.
        code: "Z".into(),
        batch: from.0.clone().into(),
        from: from.1.clone().into(),
        to: to.1.clone().into(),
        shipped_on: date(*left, *left_precision),
        received_on: date(*came, *came_precision),
        quantity: measure.0,
        unit: measure.1,
        ..Shipment::default()
    });
    Some(grown)
}

/// Whether the new shipment explains no orphan, is no stock's first arrival and takes back no
/// contradiction (an inflow may, and then a link is rightly no longer followed).
fn adds_only(before: &World, after: &World) -> bool {
    let same_firsts = before.stocks.iter().all(|s| before.first(s) == after.first(s));
    let departures = before.gone_by.iter();
    let mut departures = departures.map(|(outflow, gone_by)| after.gone_by[outflow] >= *gone_by);
    same_firsts && departures.all(|kept| kept)
}

#[test]
fn one_more_link_never_removes_an_affected_stock() {
    check(100, (cases(40), extra()), |((records, raw), extra)| {
        let before = World::new(&records);
        let Some(more) = grown(&records, &before, &extra) else {
            return Ok(());
        };
        let after = World::new(&more);
        if !adds_only(&before, &after) {
            return Ok(());
        }
        let (small, large) = (records.build().chain, more.build().chain);
        for raw in &raw {
            let query = Query { carry_days: None, ..raw.query(&before) };
            let ask = |chain| -> BTreeMap<Stock, Minute> {
                let scope = recall(chain, &query.source(chain), &query.policy());
                let rows = engine_answer(chain, &scope).rows.into_iter();
                rows.map(|row| (row.stock, row.since)).collect()
            };
            let (fewer, all) = (ask(&small), ask(&large));
            let kept =
                |(stock, since): (&Stock, &Minute)| all.get(stock).is_some_and(|s| s <= since);
            if !fewer.iter().all(kept) {
                return Err(format!("{query:?} and {extra:?}: {fewer:?} became {all:?}"));
            }
        }
        Ok(())
    });
}
