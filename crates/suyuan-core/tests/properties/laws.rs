//! Laws that need no oracle: unions, order, threads, growth.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use suyuan_core::Error;
use suyuan_core::chain::{Built, FindingCode, SupplyChain};
use suyuan_core::model::Shipment;
use suyuan_core::recall::recall;
use suyuan_core::time::Minute;
use suyuan_core::trace::{TraceOptions, trace_back};

use crate::common::compare::{codes, engine_answer};
use crate::common::generate::{
    Measure, Mix, Precision, date, measure, mixed_sets, precision, queries,
};
use crate::common::oracle::lots::code_of;
use crate::common::oracle::{Stock, World};
use crate::common::query::{Origin, Query, RawQuery};
use crate::common::records::{Record, Records, build, builder};
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
            let scope = recall(&chain, &query.source(&chain), &query.policy()).unwrap();
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
    let findings = built.findings.iter().map(|finding| {
        let records: Vec<_> =
            finding.records.iter().map(|record| (record.table, record.code.as_str())).collect();
        format!("{:?} {} {records:?}", finding.code, finding.message)
    });
    let mut written: Vec<String> = findings.collect();
    written.extend(answers(&built.chain, world, raw));
    written
}

/// The documents of some recalls and trace-backs.
pub(crate) fn answers(chain: &SupplyChain, world: &World, raw: &[RawQuery]) -> Vec<String> {
    let mut written = Vec::new();
    for raw in raw {
        let query = raw.query(world);
        let scope = recall(chain, &query.source(chain), &query.policy()).unwrap();
        written.push(serde_json::to_string(&scope.document(chain)).unwrap());
        for row in &scope.affected {
            let path = scope.trace.path(row.traced.stock).unwrap();
            let stocks = path.iter().map(|step| (codes(chain, step.from), codes(chain, step.to)));
            written.push(format!("{:?}", stocks.collect::<Vec<_>>()));
        }
        let target = raw.target(world).engine_target(chain);
        let back = trace_back(chain, &[target], &TraceOptions::as_of(query.as_of)).unwrap();
        written.push(serde_json::to_string(&back.document(chain)).unwrap());
    }
    written
}

pub(crate) fn same_lines(one: &[String], two: &[String]) -> Result<(), String> {
    for (one, two) in one.iter().zip(two).filter(|(one, two)| one != two) {
        // Where they part, with a little of what comes before.
        let shared = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
        let cut = |text: &str| {
            let bytes = &text.as_bytes()[shared.saturating_sub(150)..];
            String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned()
        };
        same("written", &cut(one), &cut(two))?;
    }
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
    // A shipment without names would join parts of a code that has several lots.
    let lot = world.batches.get(&from.0).filter(|row| row.code != from.0);
    let [product, producer] =
        lot.map_or(["".into(), "".into()], |row| [row.product.clone(), row.operator.clone()]);
    grown.shipments.push(Shipment {
        // Sorts last, so that the oracle's numbers of the others stay.
        code: "Z".into(),
        batch: code_of(&from.0).to_owned().into(),
        product,
        producer,
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
                let scope = recall(chain, &query.source(chain), &query.policy()).unwrap();
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

/// Record sets that a chain may grow by: which of several lots a row means, and which rows are
/// one, follows from all of them.
pub(crate) fn one_lot() -> impl Strategy<Value = (Records, Vec<RawQuery>)> {
    let mix = Mix { lots: 0, packs: 3, reports: 1 };
    (mixed_sets(40, mix), prop::collection::vec(queries(), 1..4))
}

/// What growth says of a stock or a link is what a chain of all records says of it.
fn is_local(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::Orphan
            | FindingCode::ContradictingLink
            | FindingCode::NegativeBalance
            | FindingCode::NeverHeld
            | FindingCode::SampleNotHeld
            | FindingCode::ReceivedBeforeShipped
            | FindingCode::BeforeProduction
            | FindingCode::AfterExpiry
            | FindingCode::OutputAtTwoOperators
            | FindingCode::BatchQuantityMismatch
            | FindingCode::InstantCycle
            | FindingCode::OneSidedTransformation
            | FindingCode::SelfShipment
    )
}

#[test]
fn a_chain_that_grew_answers_as_one_of_all_records() {
    let tally = std::cell::RefCell::new((0_u32, 0_u32));
    check(160, (one_lot(), any::<u64>()), |((records, raw), seed)| {
        let world = World::new(&records);
        let all = records.all();
        // Three parts at random: what there was, and two days.
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        let mut state = seed;
        for record in &all {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let part = [0, 0, 0, 0, 0, 1, 1, 2][(state >> 33) as usize % 8];
            // A product that comes late often changes units, which growth refuses.
            let table = matches!(record, Record::Product(_) | Record::Pack(_));
            let early = table && seed % 8 > 0;
            parts[if early { 0 } else { part }].push(*record);
        }
        let whole = build(&all);
        let mut chain = build(&parts[0]).chain;
        let mut findings = Vec::new();
        for part in &parts[1..] {
            match chain.append(builder(part)) {
                Ok(grown) => {
                    chain = grown.chain;
                    findings = grown.findings;
                }
                Err(Error::NeedsRebuild { .. }) => {
                    tally.borrow_mut().1 += 1;
                    return Ok(());
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        tally.borrow_mut().0 += 1;
        chain.verify().map_err(|error| error.to_string())?;
        same("links", &chain.link_count(), &whole.chain.link_count())?;
        same_lines(&answers(&chain, &world, &raw), &answers(&whole.chain, &world, &raw))?;
        let said: BTreeSet<&str> =
            whole.findings.iter().map(|finding| finding.message.as_str()).collect();
        let strange = findings
            .iter()
            .find(|finding| is_local(finding.code) && !said.contains(finding.message.as_str()));
        same("findings", &strange, &None)
    });
    let (grown, refused) = tally.into_inner();
    assert!(grown * 4 > refused, "{grown} grew, {refused} were refused");
}
