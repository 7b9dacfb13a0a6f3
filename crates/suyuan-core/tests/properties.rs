//! The engine against a naive oracle on random record sets, and the laws its results must obey.
//!
//! `SUYUAN_PROPERTY_CASES` sets how many cases run in total (2,400 by default; nightly runs take
//! more) and `SUYUAN_PROPERTY_SEED` where they start, so that a run is repeatable.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::compare::{check_path, check_scope, codes, engine_answer, engine_back};
use common::generate::{queries, record_sets};
use common::oracle::recall::Row;
use common::oracle::trace::Rules;
use common::oracle::{Stock, World};
use common::query::{Origin, Query, RawQuery};
use common::records::{Records, build};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;
use suyuan_core::recall::{RecallDocument, recall};
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, Trace, TraceOptions, backward, forward, trace_back};

/// Runs a property on its part (in thousandths) of all cases.
fn check<S: Strategy>(part: u32, strategy: S, property: impl Fn(S::Value) -> Result<(), String>) {
    let read = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let total = read("SUYUAN_PROPERTY_CASES").unwrap_or(2_400);
    let config = Config {
        cases: (u64::from(total) * u64::from(part)).div_ceil(1_000) as u32,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(u64::from(read("SUYUAN_PROPERTY_SEED").unwrap_or(20_260_301))),
        max_shrink_iters: 3_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config)
        .run(&strategy, |value| property(value).map_err(TestCaseError::fail));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, oracle: &T) -> Result<(), String> {
    if engine == oracle {
        Ok(())
    } else {
        Err(format!("{what}\n  engine: {engine:?}\n  oracle: {oracle:?}"))
    }
}

fn cases() -> impl Strategy<Value = (Records, Vec<RawQuery>)> {
    (record_sets(24), prop::collection::vec(queries(), 1..4))
}

/// One recall, engine against oracle, with its paths, explanations and conservation laws.
fn compare_recall(chain: &SupplyChain, world: &World, query: &Query) -> Result<(), String> {
    let scope = recall(chain, &query.source(chain), &query.policy());
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

/// The document's sums over the rows.
fn totals(document: &RecallDocument, rows: &[Row]) -> Result<(), String> {
    let operators: BTreeSet<&str> = rows.iter().map(|row| row.stock.1.as_str()).collect();
    let batches: BTreeSet<&str> = rows.iter().map(|row| row.stock.0.as_str()).collect();
    let named: Vec<&str> = document.operators.iter().map(|row| row.operator.as_str()).collect();
    same("operators", &named, &operators.iter().copied().collect())?;
    let counts = [document.totals.stocks, document.totals.operators, document.totals.batches];
    let expected = [rows.len() as u64, operators.len() as u64, batches.len() as u64];
    same("totals", &counts, &expected)?;
    let mut on_hand: BTreeMap<String, i128> = BTreeMap::new();
    for row in rows {
        if let Some(unit) = &row.unit {
            *on_hand.entry(unit.clone()).or_default() += row.ledger[5];
        }
    }
    let written = |sums: &BTreeMap<String, rust_decimal::Decimal>| -> BTreeMap<String, i128> {
        let sums = sums.iter();
        sums.map(|(unit, sum)| {
            (unit.clone(), (*sum * rust_decimal::Decimal::from(1_000_000)).normalize().mantissa())
        })
        .collect()
    };
    same("on hand", &written(&document.totals.on_hand), &on_hand)
}

#[test]
fn recalls_equal_the_oracle() {
    check(420, cases(), |(records, raw)| {
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
    check(150, cases(), |(records, raw)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let targets: Vec<Origin> = raw.iter().map(|raw| raw.target(&world)).collect();
        let as_of = raw[0].as_of.unwrap_or(Minute::UNBOUNDED_FUTURE);
        let named: Vec<_> = targets.iter().map(|target| target.engine_target(&chain)).collect();
        let back = trace_back(&chain, &named, &TraceOptions::as_of(as_of));
        let oracle = world.trace_back(&targets, as_of);
        same(&format!("trace-back of {targets:?}"), &engine_back(&chain, &back), &oracle)
    });
}

/// Any stocks from any minutes, by numbers that are read modulo what there is.
fn roots() -> impl Strategy<Value = Vec<(usize, i32)>> {
    prop::collection::vec((any::<usize>(), -1_440..14 * 1_440_i32), 1..4)
}

fn pick_roots(chain: &SupplyChain, raw: &[(usize, i32)]) -> Vec<(StockId, Minute)> {
    let read = |(pick, minute): &(usize, i32)| {
        let stock = StockId::new((pick % chain.stock_count()) as u32);
        let minute = match minute {
            ..0 if pick % 2 == 0 => Minute::UNBOUNDED_PAST,
            ..0 => Minute::UNBOUNDED_FUTURE,
            minutes => common::generate::epoch().plus(*minutes),
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

#[test]
fn traces_from_any_stocks_equal_the_oracle_and_their_union() {
    check(130, (record_sets(24), roots(), queries()), |(records, raw, query)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let as_of = query.as_of.unwrap_or(Minute::UNBOUNDED_FUTURE);
        let (options, rules) = (TraceOptions::as_of(as_of), Rules::as_of(as_of));
        let roots = pick_roots(&chain, &raw);
        let named: Vec<(Stock, Minute)> =
            roots.iter().map(|(stock, minute)| (codes(&chain, *stock), *minute)).collect();

        let ahead = forward(&chain, &roots, &options);
        let (oracle, _) = world.forward_rows(&named, &rules);
        let oracle = oracle.into_iter().map(|(s, row)| (s, (row.minute, row.recorded, row.hops)));
        same(&format!("forward from {named:?}"), &traced(&chain, &ahead), &oracle.collect())?;
        for row in ahead.rows() {
            let path = ahead.path(row.stock).ok_or("no path")?;
            let told = (path.as_slice(), row.hops, row.minute);
            check_path(&chain, &world, &named, &rules, &codes(&chain, row.stock), told)?;
        }
        let back = backward(&chain, &roots, &options);
        let oracle = world.backward_rows(&named, &rules);
        let oracle = oracle.into_iter().map(|(s, row)| (s, (row.minute, row.recorded, row.hops)));
        same(&format!("backward from {named:?}"), &traced(&chain, &back), &oracle.collect())?;

        // Tracing all seeds is tracing each and taking the earliest.
        let mut union: BTreeMap<Stock, (Minute, bool)> = BTreeMap::new();
        for root in &roots {
            for (stock, (minute, recorded, _)) in
                traced(&chain, &forward(&chain, &[*root], &options))
            {
                let entry = union.entry(stock).or_insert((minute, recorded));
                *entry = (minute.min(entry.0), recorded || entry.1);
            }
        }
        let all =
            traced(&chain, &ahead).into_iter().map(|(s, (minute, sure, _))| (s, (minute, sure)));
        same("union of seeds", &all.collect(), &union)
    });
}

#[test]
fn a_recall_of_two_samples_is_the_union_of_each() {
    check(60, cases(), |(records, raw)| {
        let chain = records.build().chain;
        let world = World::new(&records);
        let codes: BTreeSet<String> =
            world.samples.iter().map(|(code, _, _)| code.clone()).collect();
        let ask = |codes: Vec<String>| {
            let query = Query {
                origin: Origin::Samples(codes),
                // Windows open once, by the earliest entry: see `carry_over_windows`.
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
fn written(built: &suyuan_core::chain::Built, world: &World, raw: &[RawQuery]) -> Vec<String> {
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

#[test]
fn the_order_of_records_changes_nothing() {
    check(90, (cases(), any::<u64>()), |((records, raw), seed)| {
        let world = World::new(&records);
        let mut shuffled = records.all();
        let mut state = seed;
        for end in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(end, (state >> 33) as usize % (end + 1));
        }
        let (one, two) = (records.build(), build(&shuffled));
        two.chain.verify().map_err(|error| error.to_string())?;
        same("shuffled", &written(&one, &world, &raw), &written(&two, &world, &raw))
    });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    check(40, cases(), |(records, raw)| {
        let world = World::new(&records);
        let run = || written(&records.build(), &world, &raw);
        same("threads", &one.install(run), &two.install(run))
    });
}
