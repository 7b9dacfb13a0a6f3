//! What events become, against small stories and a simulation that knows nothing of the engine.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use suyuan_epcis::export::{ExportOptions, export};
use suyuan_epcis::{Direction, Document, Error, Import, MapOptions, ReadOptions};

/// A document under construction: events one minute apart.
#[derive(Default)]
struct Story {
    events: Vec<String>,
}

impl Story {
    fn add(&mut self, kind: &str, step: &str, place: &str, more: &str) -> usize {
        let at = self.events.len();
        let place = match place {
            "" => String::new(),
            place => format!(r#""bizLocation": {{"id": "urn:x:location:{place}"}},"#),
        };
        self.events.push(format!(
            r#"{{"type": "{kind}", "eventID": "urn:e:{at}", "bizStep": "{step}", {place}
            "eventTime": "2026-03-01T{:02}:{:02}:00Z", "eventTimeZoneOffset": "+00:00", {more}}}"#,
            at / 60,
            at % 60,
        ));
        at
    }

    fn lots(names: &[String]) -> String {
        let lot = |name: &String| format!(r#"{{"epcClass": "urn:lot:{name}"}}"#);
        format!("[{}]", names.iter().map(lot).collect::<Vec<_>>().join(","))
    }

    fn object(&mut self, action: &str, step: &str, place: &str, lot: &str) -> usize {
        let list = Self::lots(&[lot.to_owned()]);
        let more = format!(r#""action": "{action}", "quantityList": {list}"#);
        self.add("ObjectEvent", step, place, &more)
    }

    fn import(&self) -> Import {
        let text = format!(
            r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-02T00:00:00Z",
            "epcisBody": {{"eventList": [{}]}}}}"#,
            self.events.join(",")
        );
        let document = Document::read(text.as_bytes(), &ReadOptions::default()).unwrap();
        let import = Import::of(&document, "story", &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
        import
    }
}

/// `FROM>TO LOT` of every shipment.
fn shipments(import: &Import) -> Vec<String> {
    let chain = &import.chain;
    let short = |text: &str| text.rsplit(':').next().unwrap().to_owned();
    let mut all: Vec<String> = chain
        .shipment_ids()
        .map(|id| {
            let view = chain.shipment(id);
            let (lot, from) = chain.stock_codes(view.from);
            format!("{}>{} {}", short(from), short(chain.stock_codes(view.to).1), short(lot))
        })
        .collect();
    all.sort();
    all
}

fn ids(import: &Import, lot: &str, direction: Direction) -> BTreeSet<usize> {
    let trace = import.trace(&format!("urn:lot:{lot}"), direction).unwrap();
    let number = |id: &str| id.rsplit(':').next().unwrap().parse().unwrap();
    trace.events.iter().map(|event| number(event.id.as_deref().unwrap())).collect()
}

#[test]
fn a_receipt_takes_the_sending_that_was_meant_for_it() {
    let mut story = Story::default();
    story.object("ADD", "commissioning", "farm", "L");
    for to in ["east", "west"] {
        let list = Story::lots(&["L".into()]);
        let more = format!(
            r#""action": "OBSERVE", "quantityList": {list},
            "destinationList": [{{"type": "location", "destination": "urn:x:location:{to}"}}]"#
        );
        story.add("ObjectEvent", "shipping", "farm", &more);
    }
    story.object("OBSERVE", "receiving", "west", "L");
    let import = story.import();
    // West received its own; east's is on the road.
    assert_eq!(shipments(&import), ["farm>east L", "farm>west L"]);
    let west = import.chain.shipment_ids().find(|id| {
        let to = import.chain.shipment(*id).to;
        import.chain.stock_codes(to).1.ends_with("west")
    });
    let names: Vec<_> =
        import.events_of_shipment(west.unwrap()).iter().map(|e| e.name().to_owned()).collect();
    assert_eq!(names, ["urn:e:2", "urn:e:3"]);
}

#[test]
fn goods_seen_elsewhere_came_from_where_they_were() {
    let mut story = Story::default();
    story.object("ADD", "commissioning", "sea", "L");
    story.object("OBSERVE", "unloading", "port", "L");
    story.object("OBSERVE", "receiving", "plant", "L");
    story.object("OBSERVE", "storing", "plant", "L");
    assert_eq!(shipments(&story.import()), ["port>plant L", "sea>port L"]);
}

#[test]
fn what_a_pallet_turns_out_to_hold_it_held_on_the_road() {
    let mut story = Story::default();
    let pallet = r#""action": "OBSERVE", "epcList": ["urn:pallet:P"]"#;
    story.object("ADD", "commissioning", "farm", "L");
    story.add("ObjectEvent", "shipping", "farm", pallet);
    story.add("ObjectEvent", "receiving", "shop", pallet);
    let list = Story::lots(&["L".into()]);
    let unpack =
        format!(r#""action": "DELETE", "parentID": "urn:pallet:P", "childQuantityList": {list}"#);
    story.add("AggregationEvent", "unpacking", "shop", &unpack);
    // The empty pallet goes home without the lot.
    story.add("ObjectEvent", "shipping", "shop", pallet);
    story.add("ObjectEvent", "receiving", "farm", pallet);
    let import = story.import();
    assert_eq!(shipments(&import), ["farm>shop L", "shop>farm P"]);
    assert_eq!(ids(&import, "L", Direction::Back), BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn items_belong_to_their_lot() {
    let mut story = Story::default();
    let lot = "urn:epc:class:lgtin:4012345.012345.A1";
    let make = format!(r#""action": "ADD", "quantityList": [{{"epcClass": "{lot}"}}]"#);
    story.add("ObjectEvent", "commissioning", "plant", &make);
    let item = r#""action": "ADD", "epcList": ["urn:epc:id:sgtin:4012345.012345.7"],
        "ilmd": {"cbvmda:lotNumber": "A1"}"#;
    story.add("ObjectEvent", "commissioning", "plant", item);
    let sell = r#""action": "OBSERVE", "epcList": ["https://id.gs1.org/01/04012345123456/21/7"]"#;
    story.add("ObjectEvent", "retail_selling", "shop", sell);
    let import = story.import();
    for id in [lot, "urn:epc:idpat:sgtin:4012345.012345.*"] {
        assert_eq!(import.trace(id, Direction::Forward).unwrap().events.len(), 3, "{id}");
    }
    let back = import.trace("urn:epc:id:sgtin:4012345.012345.7", Direction::Back).unwrap();
    assert_eq!(back.events.len(), 3);
    let missing = import.trace("urn:epc:id:sgtin:4012345.012345.8", Direction::Back);
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[test]
fn an_error_declaration_takes_back_only_what_it_repeats() {
    let mut story = Story::default();
    story.object("ADD", "commissioning", "farm", "L");
    let wrong = story.object("OBSERVE", "receiving", "moon", "L");
    let declared = story.events[wrong].replacen(
        '{',
        r#"{"errorDeclaration": {"declarationTime": "2026-03-01T09:00:00Z",
            "correctiveEventIDs": ["urn:e:9"]}, "#,
        1,
    );
    story.events.push(declared);
    // Somebody used the id again for something else.
    let other = story.events[wrong].replace("moon", "mars");
    story.events.push(other);
    let import = story.import();
    assert_eq!(import.retracted, [false, true, true, false]);
    assert_eq!(shipments(&import), ["farm>mars L"]);
    assert_eq!(import.notes.len(), 2, "{:?}", import.notes);
}

#[test]
fn a_chain_goes_out_as_events_and_comes_back() {
    let mut story = Story::default();
    story.object("ADD", "commissioning", "farm", "L");
    story.object("OBSERVE", "shipping", "farm", "L");
    story.object("OBSERVE", "receiving", "plant", "L");
    let (from, to) = (Story::lots(&["L".into()]), Story::lots(&["M".into()]));
    let more = format!(r#""inputQuantityList": {from}, "outputQuantityList": {to}"#);
    story.add("TransformationEvent", "commissioning", "plant", &more);
    story.object("OBSERVE", "shipping", "plant", "M");
    story.object("OBSERVE", "receiving", "shop", "M");
    story.object("DELETE", "retail_selling", "shop", "M");
    let import = story.import();
    let exported = export(&import.chain, &ExportOptions::default()).unwrap();
    assert_eq!((exported.undated, exported.document.events().len()), (0, 7));
    let again = Import::of(&exported.document, "again", &MapOptions::default()).unwrap();
    assert_eq!(shipments(&again), shipments(&import));
    let stocks = |import: &Import| {
        let chain = &import.chain;
        chain.stock_ids().map(|stock| chain.stock_label(stock)).collect::<BTreeSet<_>>()
    };
    assert_eq!(stocks(&again), stocks(&import));
    let ledger = |import: &Import| import.chain.transformation_ids().len();
    assert_eq!(ledger(&again), ledger(&import));
}

/// One step of a random story.
#[derive(Clone, Debug)]
enum Act {
    Make(usize),
    Mix(usize, usize),
    Move(usize, usize),
    Pack(usize, usize),
    MovePallet(usize, usize),
    Unpack(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0..4_usize).prop_map(Act::Make),
        (0..20_usize, 0..20_usize).prop_map(|(a, b)| Act::Mix(a, b)),
        (0..20_usize, 0..4_usize).prop_map(|(a, p)| Act::Move(a, p)),
        (0..20_usize, 0..3_usize).prop_map(|(a, p)| Act::Pack(a, p)),
        (0..3_usize, 0..4_usize).prop_map(|(p, to)| Act::MovePallet(p, to)),
        (0..3_usize).prop_map(Act::Unpack),
    ];
    proptest::collection::vec(act, 1..40)
}

/// Plays the acts and says, apart from the library, what each event is about and which lots each
/// lot was made of.
fn play(acts: &[Act]) -> (Story, BTreeMap<usize, BTreeSet<usize>>, Vec<BTreeSet<usize>>) {
    let mut story = Story::default();
    let mut about: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    // Where each lot is, what it was made of, and what each pallet holds.
    let mut places: Vec<usize> = Vec::new();
    let mut made_of: Vec<BTreeSet<usize>> = Vec::new();
    let mut pallets: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 3];
    let name = |lot: usize| format!("L{lot}");
    let site = |place: usize| format!("S{place}");
    for act in acts {
        let count = places.len();
        let held =
            |lot: usize, pallets: &[BTreeSet<usize>]| pallets.iter().any(|p| p.contains(&lot));
        match *act {
            Act::Make(place) => {
                let at = story.object("ADD", "commissioning", &site(place), &name(count));
                about.insert(at, BTreeSet::from([count]));
                places.push(place);
                made_of.push(BTreeSet::new());
            }
            Act::Mix(a, b) if count > 0 => {
                let inputs = BTreeSet::from([a % count, b % count]);
                if inputs.iter().any(|lot| held(*lot, &pallets)) {
                    continue;
                }
                // All inputs must be at one place.
                let place = places[a % count];
                if inputs.iter().any(|lot| places[*lot] != place) {
                    continue;
                }
                let from: Vec<String> = inputs.iter().map(|lot| name(*lot)).collect();
                let (from, to) = (Story::lots(&from), Story::lots(&[name(count)]));
                let more = format!(r#""inputQuantityList": {from}, "outputQuantityList": {to}"#);
                let at = story.add("TransformationEvent", "commissioning", &site(place), &more);
                about.insert(at, inputs.iter().copied().chain([count]).collect());
                places.push(place);
                made_of.push(inputs);
            }
            Act::Move(a, to) if count > 0 && !held(a % count, &pallets) => {
                let lot = a % count;
                let from = places[lot];
                for (step, place) in [("shipping", from), ("receiving", to)] {
                    let at = story.object("OBSERVE", step, &site(place), &name(lot));
                    about.insert(at, BTreeSet::from([lot]));
                }
                places[lot] = to;
            }
            Act::Pack(a, pallet) if count > 0 && !held(a % count, &pallets) => {
                let lot = a % count;
                let together = pallets[pallet].iter().all(|other| places[*other] == places[lot]);
                if !together {
                    continue;
                }
                let list = Story::lots(&[name(lot)]);
                let more = format!(
                    r#""action": "ADD", "parentID": "urn:pallet:{pallet}", "childQuantityList": {list}"#
                );
                let at = story.add("AggregationEvent", "packing", &site(places[lot]), &more);
                about.insert(at, BTreeSet::from([lot]));
                pallets[pallet].insert(lot);
            }
            Act::MovePallet(pallet, to) => {
                let Some(first) = pallets[pallet].first() else { continue };
                let from = places[*first];
                for (step, place) in [("shipping", from), ("receiving", to)] {
                    let more =
                        format!(r#""action": "OBSERVE", "epcList": ["urn:pallet:{pallet}"]"#);
                    let at = story.add("ObjectEvent", step, &site(place), &more);
                    about.insert(at, pallets[pallet].clone());
                }
                for lot in &pallets[pallet] {
                    places[*lot] = to;
                }
            }
            Act::Unpack(pallet) => {
                let Some(first) = pallets[pallet].first() else { continue };
                let more = format!(r#""action": "DELETE", "parentID": "urn:pallet:{pallet}""#);
                let at = story.add("AggregationEvent", "unpacking", &site(places[*first]), &more);
                about.insert(at, std::mem::take(&mut pallets[pallet]));
            }
            _ => {}
        }
    }
    (story, about, made_of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Times only go up, so what a lot is made of is the closure over recipes, and the answer of a
    /// trace is every event about those lots.
    #[test]
    fn traces_are_those_of_a_simulation(acts in acts()) {
        let (story, about, made_of) = play(&acts);
        if story.events.is_empty() {
            return Ok(());
        }
        let import = story.import();
        let closure = |start: usize, next: &dyn Fn(usize) -> Vec<usize>| {
            let mut all = BTreeSet::from([start]);
            let mut open = vec![start];
            while let Some(lot) = open.pop() {
                open.extend(next(lot).into_iter().filter(|more| all.insert(*more)));
            }
            all
        };
        for lot in 0..made_of.len() {
            let back = closure(lot, &|lot| made_of[lot].iter().copied().collect());
            let forward = closure(lot, &|lot| {
                (0..made_of.len()).filter(|other| made_of[*other].contains(&lot)).collect()
            });
            for (direction, lots) in [(Direction::Back, back), (Direction::Forward, forward)] {
                let expected: BTreeSet<usize> = about
                    .iter()
                    .filter(|(_, goods)| !goods.is_disjoint(&lots))
                    .map(|(at, _)| *at)
                    .collect();
                prop_assert_eq!(ids(&import, &format!("L{lot}"), direction), expected);
            }
        }
    }

    /// The order of events in a document does not change the answer.
    #[test]
    fn the_order_of_events_does_not_count(acts in acts(), turn in 0..40_usize) {
        let (mut story, _, made_of) = play(&acts);
        if made_of.is_empty() {
            return Ok(());
        }
        let lot = format!("L{}", turn % made_of.len());
        let before = ids(&story.import(), &lot, Direction::Back);
        let middle = turn % story.events.len();
        story.events.rotate_left(middle);
        prop_assert_eq!(ids(&story.import(), &lot, Direction::Back), before);
    }
}
