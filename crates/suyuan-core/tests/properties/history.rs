//! What was known when: a history against the records known alone, and recalls that follow it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use suyuan_core::chain::SupplyChain;
use suyuan_core::chain::history::{History, Record};
use suyuan_core::model::{Source, Verdict};
use suyuan_core::recall::{Effort, Following, Question, Scope, difference, recall};
use suyuan_core::time::Minute;

use crate::common::generate::{Dice, Mix, epoch, mixed_sets, queries};
use crate::common::oracle::World;
use crate::common::query::{Origin, RawQuery};
use crate::common::records::{Record as Plain, Records, build};
use crate::{check, same};

/// A record with the days from which and until which it is known.
struct Version {
    record: Record,
    from: i32,
    until: Option<i32>,
}

const MIX: Mix = Mix { lots: 2, packs: 2, reports: 2 };

fn day(day: i32) -> Minute {
    epoch().plus(day * 24 * 60)
}

fn owned(record: &Plain<'_>, dice: &mut Dice) -> Record {
    match record {
        Plain::Operator(row) => Record::Operator((*row).clone()),
        Plain::Product(row) => Record::Product((*row).clone()),
        Plain::Pack(row) => Record::Pack((*row).clone()),
        Plain::Batch(row) => Record::Batch((*row).clone()),
        Plain::Shipment(row) => Record::Shipment((*row).clone()),
        Plain::Line(row) => Record::Line((*row).clone()),
        Plain::Removal(row) => Record::Removal((*row).clone()),
        Plain::Sample(row) => {
            let verdict = [Verdict::Fail, Verdict::Pass, Verdict::Pending][dice.roll(3) as usize];
            let mut row = (*row).clone();
            row.verdict = Some(verdict);
            Record::Sample(row)
        }
        Plain::Cleaning(row) => Record::Cleaning((*row).clone()),
    }
}

/// Another row in the place of a record.
fn corrected(record: &Record, dice: &mut Dice) -> Record {
    let mut record = record.clone();
    let doubled = |quantity: &mut Option<rust_decimal::Decimal>| {
        *quantity = quantity.map(|quantity| quantity * rust_decimal::Decimal::TWO);
    };
    match &mut record {
        Record::Batch(row) => doubled(&mut row.quantity),
        Record::Shipment(row) if dice.roll(2) == 0 => {
            std::mem::swap(&mut row.from, &mut row.to);
        }
        Record::Shipment(row) => doubled(&mut row.quantity),
        Record::Line(row) => doubled(&mut row.quantity),
        Record::Removal(row) => doubled(&mut row.quantity),
        Record::Sample(row) => {
            let passed = row.verdict == Some(Verdict::Pass);
            row.verdict = Some(if passed { Verdict::Fail } else { Verdict::Pass });
        }
        _ => {}
    }
    record
}

/// A script: most records known from the start, some later, some corrected or withdrawn.
fn script(records: &Records, dice: &mut Dice) -> Vec<Version> {
    let mut versions = Vec::new();
    for record in records.all() {
        let record = owned(&record, dice);
        let from = if dice.roll(3) == 0 { dice.roll(6) as i32 } else { 0 };
        match dice.roll(12) {
            0 => {
                let until = dice.roll(7) as i32;
                versions.push(Version { record, from, until: Some(until) });
            }
            1 => {
                let at = from + dice.roll(4) as i32;
                let next = corrected(&record, dice);
                versions.push(Version { record, from, until: Some(at) });
                versions.push(Version { record: next, from: at, until: None });
            }
            _ => versions.push(Version { record, from, until: None }),
        }
    }
    versions
}

/// The records known on a day.
fn known(versions: &[Version], on: i32) -> Records {
    let mut records = Records::default();
    for version in versions {
        // A pack row holds for all time, until it is withdrawn.
        let known = version.from <= on || matches!(version.record, Record::Pack(_));
        if !known || version.until.is_some_and(|until| until <= on) {
            continue;
        }
        match version.record.clone() {
            Record::Operator(row) => records.operators.push(row),
            Record::Product(row) => records.products.push(row),
            Record::Pack(row) => records.packs.push(row),
            Record::Batch(row) => records.batches.push(row),
            Record::Shipment(row) => records.shipments.push(row),
            Record::Line(row) => records.lines.push(row),
            Record::Removal(row) => records.removals.push(row),
            Record::Sample(row) => records.samples.push(row),
            Record::Cleaning(row) => records.cleanings.push(row),
            other => panic!("no test makes {other:?}"),
        }
    }
    records
}

fn history(versions: &[Version]) -> History {
    let mut history = History::new();
    for version in versions {
        let id = history.add(version.record.clone(), Source::NONE, day(version.from)).unwrap();
        if let Some(until) = version.until {
            history.retract(id, day(until)).unwrap();
        }
    }
    history
}

fn question(raw: &RawQuery, records: &Records) -> Question {
    let world = World::new(records);
    match raw.origin(&world) {
        Origin::Samples(_) => Question::Failing { sample: None },
        Origin::Batch(batch) => Question::Batch(batch),
        Origin::Stock((batch, operator)) => Question::Stock(format!("{batch}@{operator}")),
        Origin::Operator { operator, from, to } => Question::Operator {
            operator,
            from: suyuan_core::time::Span::at(from),
            to: suyuan_core::time::Span::at(to),
        },
    }
}

#[test]
fn a_chain_as_known_at_a_minute_is_that_of_the_records_known_then() {
    check(100, (mixed_sets(40, MIX), any::<u64>(), 0..8_i32), |(records, seed, on)| {
        let versions = script(&records, &mut Dice(seed));
        let history = history(&versions);
        let chain = history.builder_at(day(on)).unwrap().build().unwrap();
        let alone = build(&known(&versions, on).all());
        let bytes = |chain: &SupplyChain| {
            let mut bytes = Vec::new();
            chain.write_snapshot(&mut bytes).unwrap();
            bytes
        };
        same("snapshots", &(bytes(&chain.chain) == bytes(&alone.chain)), &true)?;
        same("findings", &chain.findings, &alone.findings)
    });
}

#[test]
fn a_recall_that_follows_its_records_equals_one_computed_anew() {
    let efforts: RefCell<BTreeMap<Effort, u32>> = RefCell::default();
    let moves = prop::collection::vec(0..8_i32, 1..5);
    // 2,000 scripts of the 5,000 cases.
    let cases = (mixed_sets(24, MIX), queries(), any::<u64>(), moves);
    check(400, cases, |(records, raw, seed, moves)| {
        let versions = script(&records, &mut Dice(seed));
        let history = history(&versions);
        let question = question(&raw, &records);
        let policy = raw.query(&World::new(&records)).policy();
        let anew = |on: i32| -> (SupplyChain, Scope) {
            let chain = build(&known(&versions, on).all()).chain;
            let source = question.source(&chain).unwrap();
            let scope = recall(&chain, &source, &policy).unwrap();
            (chain, scope)
        };
        let start = Following::new(&history, question.clone(), policy.clone(), day(0));
        let mut following = start.map_err(|error| error.to_string())?;
        let mut before = anew(0);
        for on in moves {
            let told = following.advance(day(on)).map_err(|error| error.to_string())?;
            *efforts.borrow_mut().entry(following.effort()).or_default() += 1;
            let after = anew(on);
            let (chain, scope) = (following.chain(), following.scope());
            chain.verify().map_err(|error| error.to_string())?;
            same("recall", &scope.document(chain), &after.1.document(&after.0))?;
            let expected = difference((&before.0, &before.1), (&after.0, &after.1)).unwrap();
            same("difference", &told, &expected)?;
            before = after;
        }
        Ok(())
    });
    let efforts = efforts.into_inner();
    for effort in [Effort::Kept, Effort::Appended, Effort::Rebuilt] {
        assert!(efforts.get(&effort).is_some_and(|count| *count > 10), "{efforts:?}");
    }
}
