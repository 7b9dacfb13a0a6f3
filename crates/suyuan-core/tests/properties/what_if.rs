//! Widened dates against records that say the wider dates themselves; drills that add up.

use std::collections::BTreeMap;

use suyuan_core::chain::{Built, FindingCode};
use suyuan_core::recall::drill::{DrillOptions, Verdict, drill};
use suyuan_core::recall::recall;
use suyuan_core::recall::what_if::{Variant, compare};
use suyuan_core::time::{DAY, Minute, Span};
use suyuan_core::trace::Certainty;

use crate::common::compare::codes;
use crate::common::oracle::{Stock, World};
use crate::common::records::Records;
use crate::{cases, check, same};

const DAYS: u32 = 1;

/// The records with every date off by up to a day, an unknown one as unknown as before.
fn widened(records: &Records) -> Records {
    let wide = |span: Span| Span {
        earliest: span.earliest.plus(-DAY * DAYS as i32),
        latest: span.latest.plus(DAY * DAYS as i32),
    };
    let mut records = records.clone();
    records.batches.iter_mut().for_each(|row| row.produced_on = wide(row.produced_on));
    for row in &mut records.shipments {
        (row.shipped_on, row.received_on) = (wide(row.shipped_on), wide(row.received_on));
    }
    records.lines.iter_mut().for_each(|row| row.transformed_on = wide(row.transformed_on));
    records.removals.iter_mut().for_each(|row| row.removed_on = wide(row.removed_on));
    records.samples.iter_mut().for_each(|row| row.sampled_on = wide(row.sampled_on));
    records.cleanings.iter_mut().for_each(|row| row.cleaned_on = wide(row.cleaned_on));
    records
}

/// Whether dates decide nothing but order: no contradiction and no orphan hangs on them, and no
/// repeated row of a batch stands or falls with them.
fn is_plain(built: &Built) -> bool {
    let turns = [
        FindingCode::ContradictingLink,
        FindingCode::Orphan,
        FindingCode::DuplicateDifferent,
        FindingCode::DuplicateSame,
    ];
    !built.findings.iter().any(|finding| turns.contains(&finding.code))
}

type Answer = BTreeMap<Stock, Minute>;

#[test]
fn widened_dates_are_those_of_records_that_say_them() {
    let plain = std::cell::Cell::new(0_u32);
    check(60, cases(30), |(records, raw)| {
        let built = records.build();
        let again = widened(&records).build();
        let chain = &built.chain;
        let world = World::new(&records);
        for raw in &raw {
            let query = raw.query(&world);
            let (source, policy) = (query.source(chain), query.policy());
            let as_written = Variant::new("as written", policy.clone());
            let wide = Variant::new("a day off", policy.clone()).widened(DAYS);
            let compared = compare(chain, &source, &[as_written, wide]).unwrap();
            same("left", &compared.left(1).count(), &0)?;
            for row in &compared.stocks {
                if let (Some(before), Some(now)) = (row.found[0], row.found[1]) {
                    same("since is no later", &(now.since <= before.since), &true)?;
                    same("certainty", &now.certainty, &before.certainty)?;
                } else {
                    let certainty = row.found[1].map(|found| found.certainty);
                    same("certainty", &certainty, &Some(Certainty::Possible))?;
                }
            }
            same("cover", &compared.cover(chain).stocks.len(), &compared.stocks.len())?;
            // An earlier entry closes a carry-over earlier, in the records too.
            if !is_plain(&built) || !is_plain(&again) || query.carry_days.is_some() {
                continue;
            }
            plain.set(plain.get() + 1);
            let found = |row: &suyuan_core::recall::what_if::ComparedStock| {
                row.found[1].map(|found| (codes(chain, row.stock), found.since))
            };
            let engine: Answer = compared.stocks.iter().filter_map(found).collect();
            let scope = recall(&again.chain, &query.source(&again.chain), &policy).unwrap();
            let row = |row: &suyuan_core::recall::Affected| {
                (codes(&again.chain, row.traced.stock), row.traced.minute)
            };
            let oracle: Answer = scope.affected.iter().map(row).collect();
            same("widened", &engine, &oracle)?;
        }
        Ok(())
    });
    assert!(plain.get() > 20, "only {} questions were on plain records", plain.get());
}

#[test]
fn what_is_counted_as_the_books_say_balances() {
    check(30, cases(30), |(records, _)| {
        let chain = records.build().chain;
        for batch in chain.batch_ids() {
            let first = drill(&chain, batch, &DrillOptions::default()).unwrap();
            let mut options = DrillOptions::default();
            for stock in chain.stocks_of_batch(batch) {
                let book = chain.ledger(stock, Minute::UNBOUNDED_FUTURE).on_hand();
                if let Ok(book) = i64::try_from(book.millionths.max(0)) {
                    let amount = suyuan_core::quantity::Amount::from_millionths(book);
                    options.counts.insert(stock, amount);
                }
            }
            let counted = drill(&chain, batch, &options).unwrap();
            for (before, after) in first.balances.iter().zip(&counted.balances) {
                let expected = match before.verdict {
                    Verdict::ToCount => Verdict::Balanced,
                    other => other,
                };
                same("verdict", &after.verdict, &expected)?;
                let below = after.book.millionths < 0 && after.verdict == Verdict::Balanced;
                let short = after.verdict == Verdict::Short;
                // More left than came: over, unless the tolerance forgives it.
                let forgiven = after.book.millionths.unsigned_abs() * 200
                    <= after.intake.millionths.unsigned_abs() * 2;
                same("nothing is short", &(short || (below && !forgiven)), &false)?;
            }
        }
        Ok(())
    });
}
