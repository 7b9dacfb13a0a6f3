//! One property for each rule of reading records that people really have: own making, packs,
//! lots, reporters.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use suyuan_core::chain::SupplyChain;
use suyuan_core::model::{
    Batch, Pack, Product, Removal, RemovalReason, Role, Shipment, Text, TransformationLine,
};
use suyuan_core::quantity::Unit;
use suyuan_core::recall::recall;
use suyuan_core::time::{Minute, Span};

use super::laws::{answers, same_lines};
use crate::common::compare::{check_scope, engine_answer};
use crate::common::generate::{Dice, Measure, Mix, Precision, date, mixed_sets, queries};
use crate::common::oracle::lots::{Lots, Naming, code_of, lot_name};
use crate::common::oracle::quantity::plain_unit;
use crate::common::oracle::{Stock, World};
use crate::common::query::{Origin, Query, RawQuery};
use crate::common::records::Records;
use crate::common::script::measured;
use crate::{cases, check, same};

/// Recalls by some questions and of every batch, engine against oracle.
fn compare_all(records: &Records, raw: &[RawQuery]) -> Result<(), String> {
    let chain = records.build().chain;
    chain.verify().map_err(|error| error.to_string())?;
    let world = World::new(records);
    let codes: BTreeSet<&str> = world.stocks.iter().map(|stock| code_of(&stock.0)).collect();
    let mut queries: Vec<Query> = raw.iter().map(|raw| raw.query(&world)).collect();
    queries.extend(codes.iter().map(|code| Query {
        origin: Origin::Batch((*code).to_owned()),
        from_holder: false,
        as_of: Minute::UNBOUNDED_FUTURE,
        hazard: None,
        carry_days: None,
    }));
    for query in &queries {
        let scope = recall(&chain, &query.source(&chain), &query.policy()).unwrap();
        let (oracle, _) = world.recall(query);
        let engine = engine_answer(&chain, &scope);
        same(&format!("sources of {query:?}"), &engine.sources, &oracle.sources)?;
        for (row, expected) in engine.rows.iter().zip(&oracle.rows) {
            same(&format!("row of {query:?}"), row, expected)?;
        }
        same(&format!("rows of {query:?}"), &engine.rows.len(), &oracle.rows.len())?;
        check_scope(&chain, &world, query, &scope)
            .map_err(|error| format!("{query:?}: {error}"))?;
    }
    Ok(())
}

/// Goods into and out of the stock of a lot's maker, near what makes its row a making of its own.
fn topped_up() -> impl Strategy<Value = Records> {
    let precision = prop_oneof![
        8 => Just(Precision::Day),
        2 => (0..24_u8).prop_map(Precision::Minute),
        1 => Just(Precision::Month),
        1 => Just(Precision::Unknown),
    ];
    let amount = prop::sample::select(vec![
        "10 kg", "10.05 kg", "10.06 kg", "20 kg", "20000 g", "59.7 kg", "59.8 kg", "60 kg",
        "100 kg", "- kg", "3 箱",
    ]);
    let row = (0..4_u8, precision.clone(), amount.clone());
    let event = (0..8_u8, 0..3_u8, 0..9_u8, precision, amount);
    (row, prop::collection::vec(event, 1..7)).prop_map(|(row, events)| {
        let mut records = Records::default();
        let (quantity, unit) = measured(row.2);
        let at = |number: u8| -> Text<'static> { ["M", "N", "X"][usize::from(number)].into() };
        records.batches.push(Batch {
            code: "A".into(),
            product: "P".into(),
            operator: "M".into(),
            produced_on: date(row.0, row.1),
            quantity,
            unit,
            ..Batch::default()
        });
        for (number, (kind, operator, day, precision, amount)) in events.into_iter().enumerate() {
            let (when, (quantity, unit)) = (date(day, precision), measured(amount));
            match kind {
                0..=2 => {
                    for (role, batch) in
                        [(Role::Input, ["A", "B"][number % 2]), (Role::Output, "A")]
                    {
                        records.lines.push(TransformationLine {
                            code: format!("T{number}").into(),
                            operator: at(if kind == 0 { operator } else { 0 }),
                            transformed_on: when,
                            role,
                            batch: batch.into(),
                            quantity,
                            unit,
                            ..TransformationLine::default()
                        });
                    }
                }
                3..=5 => records.shipments.push(Shipment {
                    code: format!("S{number}").into(),
                    batch: "A".into(),
                    from: at(if kind == 5 { operator } else { 0 }),
                    to: at(if kind == 5 { 0 } else { operator }),
                    shipped_on: when,
                    received_on: when,
                    quantity,
                    unit,
                    ..Shipment::default()
                }),
                _ => records.removals.push(Removal {
                    batch: "A".into(),
                    operator: at(operator / 2),
                    removed_on: when,
                    quantity,
                    unit,
                    reason: Some(if kind == 6 {
                        RemovalReason::Gained
                    } else {
                        RemovalReason::Lost
                    }),
                    ..Removal::default()
                }),
            }
        }
        records
    })
}

#[test]
fn makings_of_their_own_are_those_of_the_oracle() {
    let tally = std::cell::RefCell::new([0_u32; 2]);
    check(200, (topped_up(), prop::collection::vec(queries(), 1..3)), |(records, raw)| {
        let world = World::new(&records);
        if world.is_made("A") {
            tally.borrow_mut()[usize::from(world.own_making("A"))] += 1;
        }
        compare_all(&records, &raw)
    });
    let [not, own] = tally.into_inner();
    assert!(not > own && own > 0, "{own} rows were makings of their own, {not} were not");
}

const UNITS: [&str; 9] = ["kg", "g", "lb", "L", "pcs", "件", "箱", "瓶", "托"];

/// A product with a pack table, a lot of it and shipments in every unit.
fn packed() -> impl Strategy<Value = Records> {
    let size = prop::sample::select(vec!["1", "2", "2.01", "3", "12", "24", "0.5"]);
    let pick = || 0..UNITS.len();
    let row = (any::<bool>(), pick(), size.clone(), pick());
    let product = (prop::option::weighted(0.6, pick()), prop::option::of(size));
    let table = prop::collection::vec(row, 0..6);
    (product, table, pick()).prop_map(|((base, pack), table, written)| {
        let unit = |at: usize| Unit::parse(UNITS[at]).unwrap();
        let mut records = Records::default();
        records.products.push(Product {
            code: "P".into(),
            base_unit: base.map(unit),
            pack_quantity: pack.map(|size| size.parse().unwrap()),
            ..Product::default()
        });
        for (own, of, size, to) in table.into_iter().filter(|row| {
            // What a kilogram is in grams no row says.
            plain_unit(unit(row.1)) != plain_unit(unit(row.3))
        }) {
            records.packs.push(Pack {
                product: "P".into(),
                batch: if own { "A".into() } else { "".into() },
                unit: unit(of),
                quantity: size.parse().unwrap(),
                of_unit: unit(to),
            });
        }
        records.batches.push(Batch {
            code: "A".into(),
            product: "P".into(),
            operator: "M".into(),
            unit: Some(unit(written)),
            quantity: Some(7.into()),
            ..Batch::default()
        });
        for at in 0..UNITS.len() {
            records.shipments.push(Shipment {
                code: "S".into(),
                batch: "A".into(),
                from: "M".into(),
                to: format!("O{at}").into(),
                quantity: Some("0.7".parse().unwrap()),
                unit: Some(unit(at)),
                ..Shipment::default()
            });
        }
        records
    })
}

#[test]
fn conversions_by_pack_tables_are_those_of_the_oracle() {
    let tally = std::cell::RefCell::new([0_u32; 2]);
    check(300, packed(), |records| {
        let chain = records.build().chain;
        let world = World::new(&records);
        for id in chain.stock_ids() {
            let (batch, operator) = chain.stock_codes(id);
            let stock = (batch.to_owned(), operator.to_owned());
            same("unit", &chain.unit(id), &world.units["A"])?;
            let engine = chain.ledger(id, Minute::UNBOUNDED_FUTURE);
            let oracle = world.ledger(&stock, Minute::UNBOUNDED_FUTURE);
            let known = crate::common::oracle::quantity::millionths(&oracle.received.known);
            same(
                &format!("received {stock:?}"),
                &(engine.received.millionths, engine.received.complete),
                &(known, oracle.received.complete),
            )?;
            if stock.1 != "M" {
                tally.borrow_mut()[usize::from(oracle.received.complete)] += 1;
            }
        }
        Ok(())
    });
    let [not, known] = tally.into_inner();
    assert!(not > 0 && known > 0, "{known} quantities convert, {not} do not");
}

/// Record sets in which codes have several lots.
fn several_lots() -> impl Strategy<Value = (Records, Vec<RawQuery>)> {
    let mix = Mix { lots: 10, packs: 1, reports: 1 };
    (mixed_sets(25, mix), prop::collection::vec(queries(), 1..4))
}

#[test]
fn lots_of_one_code_are_those_of_the_oracle() {
    check(200, several_lots(), |(records, raw)| compare_all(&records, &raw));
}

/// Every row names product and producer of one lot: the one it may be of, or one of them.
fn all_named(records: &Records, rename: bool) -> Records {
    let lots = Lots::new(records);
    let mut named = records.clone();
    let mut dice = Dice(7);
    let mut name = |batch: &mut Text<'static>,
                    product: &mut Text<'static>,
                    producer: &mut Text<'static>,
                    operator: &str| {
        let naming = Naming { code: batch, product, producer };
        let meant: Vec<String> = lots.meant(naming, operator).into_iter().collect();
        let lot = meant[dice.roll(meant.len() as u64) as usize].clone();
        if let Some(row) = lots.rows.get(&lot) {
            (*product, *producer) = (row.product.clone(), row.operator.clone());
        } else {
            (*product, *producer) = ("".into(), "".into());
        }
        if rename {
            *batch = lot.replace('\u{1}', "-").into();
            (*product, *producer) = ("".into(), "".into());
        }
    };
    for row in &mut named.shipments {
        name(&mut row.batch, &mut row.product, &mut row.producer, &row.from);
    }
    for row in &mut named.lines {
        name(&mut row.batch, &mut row.product, &mut row.producer, &row.operator);
    }
    for row in &mut named.removals {
        name(&mut row.batch, &mut row.product, &mut row.producer, &row.operator);
    }
    for row in &mut named.samples {
        name(&mut row.batch, &mut row.product, &mut row.producer, &row.operator);
    }
    if rename {
        for row in &mut named.batches {
            let lot = lot_name(&row.code, &row.product, &row.operator);
            if lots.rows.contains_key(&lot) {
                row.code = lot.replace('\u{1}', "-").into();
            }
        }
    }
    named
}

/// The answers to recalls of each batch, by what the oracle calls its stocks.
fn scopes(chain: &SupplyChain, codes: &[&str]) -> Vec<BTreeMap<Stock, String>> {
    let answer = |code: &&str| {
        let query = Query {
            origin: Origin::Batch((*code).to_owned()),
            from_holder: false,
            as_of: Minute::UNBOUNDED_FUTURE,
            hazard: None,
            carry_days: None,
        };
        let scope = recall(chain, &query.source(chain), &query.policy()).unwrap();
        let rows = engine_answer(chain, &scope).rows.into_iter();
        rows.map(|mut row| {
            let stock = std::mem::take(&mut row.stock);
            ((stock.0.replace('\u{1}', "-"), stock.1), format!("{row:?}"))
        })
        .collect()
    };
    codes.iter().map(answer).collect()
}

#[test]
fn lots_that_every_row_names_are_as_apart_as_lots_of_other_codes() {
    let mix = Mix { lots: 10, packs: 0, reports: 0 };
    check(100, mixed_sets(25, mix), |records| {
        let (named, renamed) = (all_named(&records, false), all_named(&records, true));
        // A code without a row is one lot whatever it is called.
        let chain = named.build().chain;
        let apart = renamed.build().chain;
        let lots = Lots::new(&named);
        let samples: Vec<_> = named.samples.iter().zip(&renamed.samples).collect();
        let stocks = |chain: &SupplyChain| -> BTreeSet<Stock> {
            let ids = chain.stock_ids().map(|id| crate::common::compare::codes(chain, id));
            ids.map(|(lot, operator)| (lot.replace('\u{1}', "-"), operator)).collect()
        };
        same("stocks", &stocks(&chain), &stocks(&apart))?;
        // Asked for a lot by its stocks, both say the same.
        for lot in lots.rows.keys() {
            let code = lot.replace('\u{1}', "-");
            let seeds = |chain: &SupplyChain| {
                let of = |id: &suyuan_core::id::StockId| {
                    let (name, _) = crate::common::compare::codes(chain, *id);
                    name.replace('\u{1}', "-") == code
                };
                let ids: Vec<_> = chain.stock_ids().filter(of).collect();
                let seeds: Vec<_> = ids
                    .into_iter()
                    .map(|id| (id, chain.first(id).unwrap_or(Minute::UNBOUNDED_PAST)))
                    .collect();
                let trace = suyuan_core::trace::forward(
                    chain,
                    &seeds,
                    &suyuan_core::trace::TraceOptions::as_of(Minute::UNBOUNDED_FUTURE),
                )
                .unwrap();
                let rows = trace.rows().iter().map(|row| {
                    let (lot, operator) = crate::common::compare::codes(chain, row.stock);
                    let certain = row.certainty.as_str();
                    ((lot.replace('\u{1}', "-"), operator), (row.minute, certain, row.hops))
                });
                rows.collect::<BTreeMap<_, _>>()
            };
            same(&format!("scope of {code}"), &seeds(&chain), &seeds(&apart))?;
        }
        // The whole code is the union of its lots.
        let codes: BTreeSet<&str> = lots.rows.keys().map(|lot| code_of(lot)).collect();
        for code in codes {
            let of_code = lots.rows.keys().filter(|lot| code_of(lot) == code);
            let each: Vec<String> = of_code.map(|lot| lot.replace('\u{1}', "-")).collect();
            let each: Vec<&str> = each.iter().map(String::as_str).collect();
            let mut union: BTreeSet<Stock> = BTreeSet::new();
            for rows in scopes(&apart, &each) {
                union.extend(rows.into_keys());
            }
            let whole: BTreeSet<Stock> = scopes(&chain, &[code]).remove(0).into_keys().collect();
            same(&format!("scope of {code}"), &whole, &union)?;
        }
        same("samples", &samples.len(), &records.samples.len())
    });
}

#[test]
fn a_scope_holds_that_of_any_lot_its_rows_may_be_of() {
    let held = std::cell::Cell::new(0_u32);
    let mix = Mix { lots: 10, packs: 0, reports: 0 };
    check(100, mixed_sets(20, mix), |records| {
        let named = all_named(&records, false);
        let (open, one) = (World::new(&records), World::new(&named));
        // A missing record or a wrong one may move a first event, and a making of its own too.
        let plain = |world: &World| {
            world.contradicting.is_empty()
                && !world.stocks.iter().any(|stock| world.is_orphan(stock))
        };
        let made = one.batches.keys().any(|lot| one.is_made(lot) || open.is_made(lot));
        if !plain(&one) || made {
            return Ok(());
        }
        let (chain, other) = (records.build().chain, named.build().chain);
        let codes: BTreeSet<&str> = one.stocks.iter().map(|stock| code_of(&stock.0)).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        for (wide, narrow) in scopes(&chain, &codes).iter().zip(scopes(&other, &codes)) {
            held.set(held.get() + 1);
            let lost = narrow.keys().find(|stock| !wide.contains_key(*stock));
            same("lost", &lost, &None)?;
        }
        Ok(())
    });
    assert!(held.get() > 20, "only {} recalls were compared", held.get());
}

/// The rows, each repeated by up to four of 54 reporters.
fn repeated(records: &Records, seed: u64, blank: bool) -> Records {
    let mut dice = Dice(seed);
    let mut told = records.clone();
    macro_rules! repeat {
        ($($table:ident)*) => {$(
            told.$table.clear();
            for row in &records.$table {
                for office in 0..=dice.roll(4) {
                    let mut row = row.clone();
                    if office > 0 {
                        row.reporter = format!("R{}", (seed % 54 + office) % 54).into();
                    }
                    told.$table.push(row);
                }
            }
        )*};
    }
    repeat!(shipments lines removals samples);
    for row in told.shipments.iter_mut().filter(|row| blank && !row.reporter.is_empty()) {
        match dice.roll(4) {
            0 => row.shipped_on = Span::UNKNOWN,
            1 => row.received_on = Span::UNKNOWN,
            _ => {}
        }
    }
    told
}

#[test]
fn rows_that_several_reporters_repeat_change_no_answer() {
    let mix = Mix { lots: 2, packs: 2, reports: 0 };
    let sets = (mixed_sets(30, mix), prop::collection::vec(queries(), 1..4), any::<u64>());
    check(150, sets, |(mut records, raw, seed)| {
        // Where each waybill has one line, it is clear whose missing date is whose.
        let blank = seed % 2 == 0;
        for (number, row) in records.shipments.iter_mut().enumerate().filter(|_| blank) {
            row.code = format!("W{number}").into();
        }
        let told = repeated(&records, seed, blank);
        let world = World::new(&records);
        let (one, many) = (records.build().chain, told.build().chain);
        many.verify().map_err(|error| error.to_string())?;
        same("links", &many.link_count(), &one.link_count())?;
        same_lines(&answers(&many, &world, &raw), &answers(&one, &world, &raw))
    });
}

#[test]
fn rows_of_several_reporters_are_the_events_of_the_oracle() {
    // Few shipments that differ little, by reporters who saw one end of them or both.
    let date_of = |day: u8| if day == 2 { Span::UNKNOWN } else { date(day, Precision::Day) };
    let row = (0..4_u8, 0..3_u8, 0..3_u8, 0..2_u8);
    check(200, prop::collection::vec(row, 1..6), |rows| {
        let mut records = Records::default();
        for (reporter, shipped, received, amount) in rows {
            let (quantity, unit): Measure =
                [measured("10 kg"), measured("10000 g")][usize::from(amount)];
            records.shipments.push(Shipment {
                code: "W".into(),
                batch: "A".into(),
                from: "M".into(),
                to: "SHOP".into(),
                shipped_on: date_of(shipped),
                received_on: date_of(received),
                quantity,
                unit,
                reporter: ["", "R1", "R2", "R3"][usize::from(reporter)].into(),
                ..Shipment::default()
            });
        }
        compare_all(&records, &[])
    });
}

#[test]
fn several_lots_answer_the_same_whatever_the_order_of_rows() {
    check(60, (several_lots(), any::<u64>()), |((records, raw), seed)| {
        let world = World::new(&records);
        let mut shuffled = records.all();
        let mut dice = Dice(seed);
        for end in (1..shuffled.len()).rev() {
            shuffled.swap(end, dice.roll(end as u64 + 1) as usize);
        }
        let (one, two) = (records.build().chain, crate::common::records::build(&shuffled).chain);
        same_lines(&answers(&one, &world, &raw), &answers(&two, &world, &raw))
    });
}

#[test]
fn small_sets_of_every_kind_equal_the_oracle() {
    check(100, cases(8), |(records, raw)| compare_all(&records, &raw));
}
