//! That the generator reaches what the properties are about.

use std::collections::BTreeMap;

use suyuan_core::model::Shipment;
use suyuan_core::quantity::Unit;

use crate::common::generate::{queries, seeded, seeded_value};
use crate::common::oracle::lots::code_of;
use crate::common::oracle::quantity::plain_unit;
use crate::common::oracle::{Stock, Via, World};
use crate::common::records::Records;

type Counts = BTreeMap<&'static str, u32>;

fn count_records(records: &Records, world: &World, seen: &mut Counts) {
    let mut see = |what, found: bool| *seen.entry(what).or_default() += u32::from(found);
    let orphans = world.stocks.iter().filter(|stock| world.is_orphan(stock)).count();
    see("orphans", orphans > 0);
    let firsts = |stock: &Stock| world.first(stock).is_some_and(|first| first.is_bounded());
    see("dated firsts", world.stocks.iter().any(firsts));
    see("repeated rows", records.batches.len() > world.batches.len());
    let contradicts = |link: &&crate::common::oracle::world::Link| {
        link.via != Via::Inferred && world.contradicts(&link.from, &link.via)
    };
    let contradicting: Vec<_> = world.links.iter().filter(contradicts).collect();
    let early = |link: &&&crate::common::oracle::world::Link| {
        world.departs(link).is_some_and(|departs| Some(departs.latest) < world.first(&link.from))
    };
    let too_early = contradicting.iter().filter(early).count();
    see("departs before first", too_early > 0);
    see("beyond what was there", contradicting.len() > too_early);
    see("self-shipments", records.shipments.iter().any(|row| row.from == row.to));
    see(
        "received before shipped",
        records.shipments.iter().any(|row| row.received_on.latest < row.shipped_on.earliest),
    );
    for making in world.makings.values() {
        see("many to many", making.inputs.len() > 1 && making.outputs.len() > 1);
        see("rework", making.inputs.keys().any(|stock| making.outputs.contains_key(stock)));
        see("several operators", making.operators().len() > 1);
        see("one-sided", making.inputs.is_empty() || making.outputs.is_empty());
    }
    for lot in world.batches.keys() {
        see("own making beside outputs", world.is_made(lot) && world.own_making(lot));
        see("row told once more", world.is_made(lot) && !world.own_making(lot));
    }
    let gains = world.takings.iter().filter(|row| row.gained);
    see("gains", gains.clone().count() > 0);
    see("gains unknown", gains.clone().any(|row| !row.quantity.complete));
    let several = |stock: &&Stock| code_of(&stock.0) != stock.0;
    see("several lots", world.stocks.iter().any(|stock| several(&stock)));
    let shipments = || world.consignments.iter().filter(|row| several(&&row.from));
    see("shipments of one of several lots", shipments().any(|row| !row.shared));
    see("shipments of any lot", shipments().any(|row| row.shared));
    let mut makings = world.makings.values();
    see("lines of any lot", makings.any(|making| !making.shared.is_empty()));
    see("removals of any lot", world.takings.iter().any(|row| row.shared));
    let packing = |unit: Unit| plain_unit(unit) == unit && !["kg", "L"].contains(&unit.symbol());
    let kept_in = || world.units.values().filter_map(|unit| *unit);
    see("kept in a word of packing", kept_in().any(|unit| packing(unit) && unit != Unit::Piece));
    let written = |row: &Shipment<'_>| row.quantity.and(row.unit).is_some_and(packing);
    let converted = records.shipments.iter().filter(|row| written(row)).any(|row| {
        let unit = world.units.get(row.batch.as_ref()).copied().flatten();
        unit != row.unit
            && world.consignments.iter().any(|other| {
                other.code == row.code && other.from.0 == row.batch && other.quantity.complete
            })
    });
    see("converted by a pack table", converted);
    let reporters = records.shipments.iter().any(|row| !row.reporter.is_empty());
    see("reporters", reporters);
    let moved = records.shipments.iter().filter(|row| row.from != row.to).count();
    see("rows that are one event", reporters && world.consignments.len() < moved);
    let mut pairs: Vec<(&Stock, &Stock)> = world.links.iter().map(|l| (&l.from, &l.to)).collect();
    let links = pairs.len();
    pairs.sort();
    pairs.dedup();
    see("parallel links", pairs.len() < links);
    see("cycles", world.stocks.iter().any(|stock| world.untimed_closure(stock).contains(stock)));
}

fn count_recalls(world: &World, seed: u64, seen: &mut Counts) {
    let raw = seeded_value(&queries(), seed);
    let query = raw.query(world);
    let (answer, trace) = world.recall(&query);
    let mut see = |what, found: bool| *seen.entry(what).or_default() += u32::from(found);
    see("carry-over", !trace.windows.is_empty());
    see("nothing affected", answer.rows.is_empty());
    see("unaffected stocks", answer.rows.len() < world.stocks.len());
    let rules = World::rules(&query);
    let killed = world.links.iter().filter(|link| trace.since.contains_key(&link.from));
    let mut killed = killed.filter_map(|link| match &link.via {
        Via::Transformation(code) => Some(world.kills(code, &rules)),
        _ => None,
    });
    see("kill steps", killed.any(|killed| killed));
    let wholly = world.contradicting.iter().filter(|(stock, _)| trace.since.contains_key(stock));
    see("affected contradictions", wholly.count() > 0);
    let affected = |stock: &Stock| trace.since.contains_key(stock);
    see("affected gains", world.takings.iter().any(|row| row.gained && affected(&row.stock)));
    let clean_part = |row: &&crate::common::oracle::recall::Row| {
        !row.complete && row.share > 0 && row.share < 1_000_000
    };
    see("intake unknown by clean parts", answer.rows.iter().any(|row| clean_part(&row)));
    let shares = world.unknown_shares(&query);
    see("systems of one", shares.unknowns > 0);
    see("systems of five", shares.unknowns >= 5);
    see("cyclic systems", shares.cyclic);
    see("largest share rules", shares.largest);
    for row in &answer.rows {
        let intake = row.ledger[0] + row.ledger[1];
        see("mixed shares", row.complete && row.share > 0 && row.share < 1_000_000);
        see("max between", row.expected < row.max && row.max < intake);
        see("clean road", row.ledger[6] > row.contaminated_in_transit);
        see("contaminated road", row.contaminated_in_transit > 0);
        see(
            "mixed road",
            row.contaminated_in_transit > 0 && row.ledger[6] > row.contaminated_in_transit,
        );
        see("possible", !row.recorded);
        see("recorded by links", row.recorded && row.hops > 1);
        see("far", row.hops >= 4);
        see("odd units", row.unit.as_deref().is_some_and(|unit| unit != "kg"));
    }
}

#[test]
fn the_generator_reaches_every_corner() {
    let mut seen = Counts::new();
    for seed in 0..3_000 {
        let records = seeded(seed, 40);
        let world = World::new(&records);
        count_records(&records, &world, &mut seen);
        count_recalls(&world, seed, &mut seen);
    }
    if std::env::var_os("SEEN").is_some() {
        eprintln!("{seen:#?}");
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 10).collect();
    assert!(rare.is_empty(), "{rare:?} of {seen:#?}");
}
