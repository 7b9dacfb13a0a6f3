//! That the generator reaches what the properties are about.

use std::collections::BTreeMap;

use crate::common::generate::{queries, seeded, seeded_value};
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
        let partly = |quantity: &crate::common::oracle::quantity::Quantity| {
            !quantity.complete && quantity.known > crate::common::oracle::quantity::number(0)
        };
        see("partly known sums", making.inputs.values().chain(making.outputs.values()).any(partly));
    }
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
    for seed in 0..2_000 {
        let records = seeded(seed, 40);
        let world = World::new(&records);
        count_records(&records, &world, &mut seen);
        count_recalls(&world, seed, &mut seen);
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 10).collect();
    assert!(rare.is_empty(), "{rare:?} of {seen:#?}");
}
