//! Recalls, trace-backs and plain traces: engine against oracle.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rust_decimal::Decimal;
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;
use suyuan_core::model::{Role, Shipment, TransformationLine};
use suyuan_core::recall::{RecallDocument, recall};
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, Trace, TraceOptions, backward, forward, trace_back};

use crate::common::compare::{check_path, check_scope, codes, engine_answer, engine_back};
use crate::common::generate::{Precision, date, epoch, queries, record_sets};
use crate::common::oracle::recall::Row;
use crate::common::oracle::trace::Rules;
use crate::common::oracle::{Stock, World};
use crate::common::query::{Origin, Query};
use crate::common::records::Records;
use crate::{cases, check, same};

/// One recall, engine against oracle, with its paths, explanations and conservation laws.
fn compare_recall(chain: &SupplyChain, world: &World, query: &Query) -> Result<(), String> {
    let scope = recall(chain, &query.source(chain), &query.policy()).unwrap();
    let engine = engine_answer(chain, &scope);
    let (oracle, _) = world.recall(query);
    same(&format!("sources of {query:?}"), &engine.sources, &oracle.sources)?;
    let stocks =
        |rows: &[Row]| -> Vec<Stock> { rows.iter().map(|row| row.stock.clone()).collect() };
    same(&format!("stocks of {query:?}"), &stocks(&engine.rows), &stocks(&oracle.rows))?;
    for (row, expected) in engine.rows.iter().zip(&oracle.rows) {
        same(&format!("row of {query:?}"), row, expected)?;
        conserves(row)?;
    }
    totals(&scope.document(chain), &oracle.rows)?;
    check_scope(chain, world, query, &scope).map_err(|error| format!("{query:?}: {error}"))
}

/// Expected <= maximum <= intake.
fn conserves(row: &Row) -> Result<(), String> {
    let intake = row.ledger[0] + row.ledger[1];
    let ordered = row.expected <= row.max && row.max <= intake;
    let share = (0..=1_000_000).contains(&row.share);
    // The share is rounded to millionths, and so is what it is of.
    let slack = intake / 2 + 2_000_000;
    let agree = (row.share * intake - row.expected * 1_000_000).abs() <= slack;
    // Share 1 stands for a stock of intake zero.
    if share && ordered && (agree || !row.complete || intake == 0) {
        Ok(())
    } else {
        Err(format!("conservation: {row:?}"))
    }
}

/// Which of a row's balances count in sums.
enum Balance {
    Known(i128),
    Negative,
    Unknown,
}

/// What a row adds to sums of what is on hand: nothing where the records do not say, nothing but
/// the count where more left than came, and zero where that is within the tolerance.
fn balance(row: &Row) -> Balance {
    let (came, on_hand) = (row.ledger[0] + row.ledger[1], row.ledger[5]);
    match on_hand {
        _ if !row.complete => Balance::Unknown,
        0.. => Balance::Known(on_hand),
        // 0.5 %.
        _ if -on_hand * 200 <= came => Balance::Known(0),
        _ => Balance::Negative,
    }
}

type Sums = (u64, BTreeMap<String, i128>, u64, u64);

/// Stocks, what is on hand by unit, and the stocks whose balance is negative or unknown.
fn sums<'a>(rows: impl Iterator<Item = &'a Row>) -> Sums {
    let (mut stocks, mut on_hand, mut negative, mut unknown) = (0, BTreeMap::new(), 0, 0);
    for row in rows {
        stocks += 1;
        match (balance(row), &row.unit) {
            (Balance::Known(amount), Some(unit)) => {
                *on_hand.entry(unit.clone()).or_default() += amount;
            }
            (Balance::Negative, _) => negative += 1,
            (Balance::Unknown, _) => unknown += 1,
            (Balance::Known(_), None) => {}
        }
    }
    (stocks, on_hand, negative, unknown)
}

/// The document's sums over the rows.
fn totals(document: &RecallDocument, rows: &[Row]) -> Result<(), String> {
    let operators: BTreeSet<&str> = rows.iter().map(|row| row.stock.1.as_str()).collect();
    let batches: BTreeSet<&str> = rows.iter().map(|row| row.stock.0.as_str()).collect();
    let named: Vec<&str> = document.operators.iter().map(|row| row.operator.as_str()).collect();
    same("operators", &named, &operators.iter().copied().collect())?;
    let counts = [document.totals.operators, document.totals.batches];
    same("totals", &counts, &[operators.len() as u64, batches.len() as u64])?;
    let written = |sums: &BTreeMap<String, Decimal>| -> BTreeMap<String, i128> {
        let sums = sums.iter();
        sums.map(|(unit, sum)| {
            (unit.clone(), (*sum * Decimal::from(1_000_000)).normalize().mantissa())
        })
        .collect()
    };
    let of = &document.totals;
    let told = (of.stocks, written(&of.on_hand), of.negative_stocks, of.unknown_stocks);
    same("sums of all", &told, &sums(rows.iter()))?;
    for of in &document.operators {
        let here = rows.iter().filter(|row| row.stock.1 == of.operator);
        let told = (of.stocks, written(&of.on_hand), of.negative_stocks, of.unknown_stocks);
        same(&format!("sums of {}", of.operator), &told, &sums(here))?;
    }
    Ok(())
}

#[test]
fn recalls_equal_the_oracle() {
    check(420, cases(40), |(records, raw)| {
        let chain = records.build().chain;
        chain.verify().map_err(|error| error.to_string())?;
        let world = World::new(&records);
        stocks_agree(&chain, &world)?;
        raw.iter().try_for_each(|raw| compare_recall(&chain, &world, &raw.query(&world)))
    });
}

/// Stocks, first events and orphans.
fn stocks_agree(chain: &SupplyChain, world: &World) -> Result<(), String> {
    let stocks: BTreeSet<Stock> = chain.stock_ids().map(|id| codes(chain, id)).collect();
    same("stocks", &stocks, &world.stocks)?;
    for id in chain.stock_ids() {
        let stock = codes(chain, id);
        same(&format!("first of {stock:?}"), &chain.first(id), &world.first(&stock))?;
        same(&format!("begun of {stock:?}"), &chain.begun(id), &world.begun(&stock))?;
    }
    Ok(())
}

#[test]
fn trace_backs_equal_the_oracle() {
    check(150, cases(40), |(records, raw)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let targets: Vec<Origin> = raw.iter().map(|raw| raw.target(&world)).collect();
        let as_of = raw[0].as_of.unwrap_or(Minute::UNBOUNDED_FUTURE);
        let named: Vec<_> = targets.iter().map(|target| target.engine_target(&chain)).collect();
        let back = trace_back(&chain, &named, &TraceOptions::as_of(as_of)).unwrap();
        let oracle = world.trace_back(&targets, as_of);
        same(&format!("trace-back of {targets:?}"), &engine_back(&chain, &back), &oracle)
    });
}

/// Any stocks from any minutes, by numbers that are read modulo what there is.
fn roots() -> impl Strategy<Value = Vec<(usize, i32)>> {
    prop::collection::vec((any::<usize>(), -1_440..14 * 1_440_i32), 1..4)
}

fn pick_roots(
    chain: &SupplyChain,
    raw: &[(usize, i32)],
    unbounded: Minute,
) -> Vec<(StockId, Minute)> {
    let read = |(pick, minute): &(usize, i32)| {
        let stock = StockId::new((pick % chain.stock_count()) as u32);
        let minute = match minute {
            ..0 => unbounded,
            minutes => epoch().plus(*minutes),
        };
        (stock, minute)
    };
    let roots: BTreeMap<StockId, Minute> = raw.iter().map(read).collect();
    roots.into_iter().collect()
}

fn traced(chain: &SupplyChain, trace: &Trace) -> BTreeMap<Stock, (Minute, bool, u32)> {
    let rows = trace.rows().iter();
    rows.map(|row| {
        let recorded = row.certainty == Certainty::Recorded;
        (codes(chain, row.stock), (row.minute, recorded, row.hops))
    })
    .collect()
}

/// Traces both ways with their paths against the oracle; returns the forward one.
fn compare_traces(
    chain: &SupplyChain,
    world: &World,
    roots: [&[(StockId, Minute)]; 2],
    as_of: Minute,
) -> Result<Trace, String> {
    let (options, rules) = (TraceOptions::as_of(as_of), Rules::as_of(as_of));
    let named = |roots: &[(StockId, Minute)]| -> Vec<(Stock, Minute)> {
        roots.iter().map(|(stock, minute)| (codes(chain, *stock), *minute)).collect()
    };
    let (seeds, targets) = (named(roots[0]), named(roots[1]));
    let ahead = forward(chain, roots[0], &options).unwrap();
    let (oracle, _) = world.forward_rows(&seeds, &rules);
    let oracle = oracle.into_iter().map(|(s, row)| (s, (row.minute, row.recorded, row.hops)));
    same(&format!("forward from {seeds:?}"), &traced(chain, &ahead), &oracle.collect())?;
    for row in ahead.rows() {
        let path = ahead.path(row.stock).ok_or("no path")?;
        let told = (path.as_slice(), row.hops, row.minute);
        check_path(chain, world, &seeds, &rules, &codes(chain, row.stock), told)?;
    }
    let back = backward(chain, roots[1], &options).unwrap();
    let oracle = world.backward_rows(&targets, &rules);
    let oracle = oracle.into_iter().map(|(s, row)| (s, (row.minute, row.recorded, row.hops)));
    same(&format!("backward from {targets:?}"), &traced(chain, &back), &oracle.collect())?;
    Ok(ahead)
}

/// Goods that went round among a few operators, so that stocks are reached over many ways, with
/// labels that tie, improve late and come by paths that grow: shipments of one batch, by (from,
/// to, day of departure, days on the road), and a batch that some of it went into.
fn tangles() -> impl Strategy<Value = Records> {
    let leg = (0..9_usize, 0..9_usize, 0..7_i32, 0..4_i32);
    let legs = prop::collection::vec((leg, any::<bool>()), 5..60);
    let mixed = prop::collection::vec((0..9_usize, 0..9_usize, 0..7_i32), 0..4);
    (legs, mixed).prop_map(|(legs, mixed)| {
        let day = |day: i32| date(day as u8, Precision::Day);
        let mut records = Records::default();
        for (at, ((from, to, left, road), second)) in legs.into_iter().enumerate() {
            records.shipments.push(Shipment {
                code: format!("W{at}").into(),
                batch: if second { "B2" } else { "B1" }.into(),
                from: format!("O{from}").into(),
                to: format!("O{to}").into(),
                shipped_on: day(left),
                received_on: day(left + road),
                ..Shipment::default()
            });
        }
        for (at, (user, maker, on)) in mixed.into_iter().enumerate() {
            for (role, batch, operator) in [(Role::Input, "B1", user), (Role::Output, "B2", maker)]
            {
                records.lines.push(TransformationLine {
                    code: format!("T{at}").into(),
                    operator: format!("O{operator}").into(),
                    batch: batch.into(),
                    transformed_on: day(on),
                    role,
                    ..TransformationLine::default()
                });
            }
        }
        records
    })
}

#[test]
fn paths_through_a_tangle_equal_the_oracle() {
    check(200, (tangles(), roots()), |(records, raw)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let seeds = pick_roots(&chain, &raw, Minute::UNBOUNDED_PAST);
        let ends = pick_roots(&chain, &raw, Minute::UNBOUNDED_FUTURE);
        compare_traces(&chain, &world, [&seeds, &ends], Minute::UNBOUNDED_FUTURE).map(drop)
    });
}

#[test]
fn traces_from_any_stocks_equal_the_oracle_and_their_union() {
    check(130, (record_sets(40), roots(), queries()), |(records, raw, query)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let as_of = query.as_of.unwrap_or(Minute::UNBOUNDED_FUTURE);
        let options = TraceOptions::as_of(as_of);
        let roots = pick_roots(&chain, &raw, Minute::UNBOUNDED_PAST);
        let ends = pick_roots(&chain, &raw, Minute::UNBOUNDED_FUTURE);
        let ahead = compare_traces(&chain, &world, [&roots, &ends], as_of)?;

        // Tracing all seeds is tracing each and taking the earliest. A stock not begun is listed
        // where it is a seed itself, so that only the trace of all says what others bring it.
        let begun = |stock: &Stock| world.begun(stock) <= as_of;
        let mut union: BTreeMap<Stock, (Minute, bool)> = BTreeMap::new();
        for root in &roots {
            for (stock, (minute, recorded, _)) in
                traced(&chain, &forward(&chain, &[*root], &options).unwrap())
            {
                let entry = union.entry(stock).or_insert((minute, recorded));
                *entry = (minute.min(entry.0), recorded || entry.1);
            }
        }
        union.retain(|stock, _| begun(stock));
        let all = traced(&chain, &ahead).into_iter().filter(|(stock, _)| begun(stock));
        let all = all.map(|(stock, (minute, recorded, _))| (stock, (minute, recorded)));
        same("union of seeds", &all.collect(), &union)
    });
}
