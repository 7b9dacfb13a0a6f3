//! What events become, against small stories and a simulation that knows nothing of the engine.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

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

    fn document(&self) -> Document {
        let text = format!(
            r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-02T00:00:00Z",
            "epcisBody": {{"eventList": [{}]}}}}"#,
            self.events.join(",")
        );
        Document::read(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    fn import(&self) -> Import {
        let import = Import::of(&self.document(), "story", &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
        import
    }
}

/// Where a thing has been: the places of its stocks.
fn places(import: &Import, id: &str) -> BTreeSet<String> {
    let chain = &import.chain;
    let code = suyuan_epcis::Identifier::parse(id).canonical().to_owned();
    let stocks = chain.stock_ids().map(|stock| chain.stock_codes(stock));
    stocks.filter(|(batch, _)| *batch == code).map(|(_, place)| place.to_owned()).collect()
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
    events_of(import, &format!("urn:lot:{lot}"), direction)
}

fn events_of(import: &Import, id: &str, direction: Direction) -> BTreeSet<usize> {
    let trace = import.trace(id, direction).unwrap();
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

/// What can become of an item in a crate, after which the crate rides on without it.
#[test]
fn an_item_leaves_its_crate_when_it_goes_another_way() {
    const ITEM: &str = "urn:epc:id:sgtin:4012345.012345.1";
    const OTHER: &str = "urn:epc:id:sgtin:4012345.012345.2";
    let list = |id: &str| format!(r#""epcList": ["{id}"]"#);
    let pack = |crate_: &str, id: &str| {
        format!(r#""action": "ADD", "parentID": "urn:crate:{crate_}", "childEPCs": ["{id}"]"#)
    };
    let observe = |id: &str| format!(r#""action": "OBSERVE", {}"#, list(id));
    let to = |id: &str, place: &str| {
        format!(
            r#"{}, "destinationList": [{{"type": "location",
            "destination": "urn:x:location:{place}"}}]"#,
            observe(id)
        )
    };
    let delete = |id: &str| format!(r#""action": "DELETE", {}"#, list(id));
    let mix =
        r#""inputEPCList": ["urn:crate:1"], "outputQuantityList": [{"epcClass": "urn:lot:X"}]"#;
    let eaten = format!(
        r#""inputEPCList": ["{ITEM}"], "outputQuantityList": [{{"epcClass": "urn:lot:X"}}]"#
    );
    for (what, kind, step, more, also) in [
        ("sold", "ObjectEvent", "retail_selling", delete(ITEM), None),
        ("destroyed", "ObjectEvent", "destroying", delete(ITEM), None),
        ("ended", "ObjectEvent", "decommissioning", delete(ITEM), None),
        ("consumed", "TransformationEvent", "commissioning", eaten, None),
        ("consumed in its crate", "TransformationEvent", "commissioning", mix.to_owned(), None),
        ("crate sold", "ObjectEvent", "retail_selling", delete("urn:crate:1"), None),
        ("crate ended", "ObjectEvent", "decommissioning", delete("urn:crate:1"), None),
        ("packed elsewhere", "AggregationEvent", "packing", pack("9", ITEM), None),
        (
            "crate unpacked",
            "AggregationEvent",
            "unpacking",
            r#""action": "DELETE", "parentID": "urn:crate:1""#.to_owned(),
            None,
        ),
        ("sent alone", "ObjectEvent", "shipping", to(ITEM, "corner"), Some("corner")),
    ] {
        let mut story = Story::default();
        let make = format!(r#""action": "ADD", {}"#, list(ITEM));
        story.add("ObjectEvent", "commissioning", "plant", &make);
        story.add("AggregationEvent", "packing", "plant", &pack("1", ITEM));
        story.add("ObjectEvent", "shipping", "plant", &observe("urn:crate:1"));
        story.add("ObjectEvent", "receiving", "shop", &observe("urn:crate:1"));
        let last = story.add(kind, step, "shop", &more);
        story.add("AggregationEvent", "packing", "shop", &pack("1", OTHER));
        story.add("ObjectEvent", "shipping", "shop", &observe("urn:crate:1"));
        story.add("ObjectEvent", "receiving", "plant2", &observe("urn:crate:1"));
        let import = story.import();
        let short = |place: &str| format!("urn:x:location:{place}");
        let mut been = BTreeSet::from([short("plant"), short("shop")]);
        been.extend(also.map(short));
        assert_eq!(places(&import, ITEM), been, "{what}");
        assert_eq!(
            places(&import, OTHER),
            BTreeSet::from([short("shop"), short("plant2")]),
            "{what}"
        );
        let events = events_of(&import, ITEM, Direction::Forward);
        assert!(events.contains(&last) && !events.contains(&(last + 2)), "{what}: {events:?}");
        // A crate that only ended its own life took nothing with it.
        let gone = !matches!(
            what,
            "crate ended"
                | "packed elsewhere"
                | "crate unpacked"
                | "sent alone"
                | "consumed"
                | "consumed in its crate"
        );
        assert_eq!(import.chain.removal_ids().len(), usize::from(gone), "{what}");
    }
    // Sent beside its crate it stays in it, and passes once.
    let mut story = Story::default();
    story.add("AggregationEvent", "packing", "plant", &pack("1", ITEM));
    let both = format!(r#""action": "OBSERVE", "epcList": ["{ITEM}", "urn:crate:1"]"#);
    for (step, place) in
        [("shipping", "plant"), ("receiving", "shop"), ("shipping", "shop"), ("receiving", "end")]
    {
        story.add("ObjectEvent", step, place, &both);
    }
    let import = story.import();
    assert_eq!((places(&import, ITEM).len(), import.chain.shipment_ids().len()), (3, 2));
}

#[test]
fn a_lot_that_nothing_takes_out_of_its_bin_rides_on_as_possible() {
    let bin = r#""action": "OBSERVE", "epcList": ["urn:bin:1"]"#;
    let inside = |action: &str, quantity: &str| {
        format!(
            r#""action": "{action}", "parentID": "urn:bin:1",
            "childQuantityList": [{{"epcClass": "urn:lot:L"{quantity}}}]"#
        )
    };
    let ride = |story: &mut Story, from: &str, to: &str| {
        story.add("ObjectEvent", "shipping", from, bin);
        story.add("ObjectEvent", "receiving", to, bin);
    };
    let kilos = |much: u32| format!(r#", "quantity": {much}, "uom": "KGM""#);
    let certainty = |import: &Import| -> BTreeMap<String, String> {
        let trace = import.trace("urn:lot:L", Direction::Forward).unwrap();
        let stocks = trace.stocks.iter().filter(|stock| stock.goods == "urn:lot:L");
        stocks
            .map(|s| (s.place.rsplit(':').next().unwrap().to_owned(), s.certainty.to_string()))
            .collect()
    };
    let start = |quantity: &str| {
        let mut story = Story::default();
        let list = format!(r#"[{{"epcClass": "urn:lot:L"{quantity}}}]"#);
        story.add(
            "ObjectEvent",
            "commissioning",
            "farm",
            &format!(r#""action": "ADD", "quantityList": {list}"#),
        );
        story.add("AggregationEvent", "packing", "farm", &inside("ADD", quantity));
        ride(&mut story, "farm", "shop");
        story
    };
    // All stocks of a lot are targets of a trace from it: ask from the farm's ride on.
    let mut story = start(&kilos(100));
    ride(&mut story, "shop", "farm2");
    ride(&mut story, "farm2", "east");
    let import = story.import();
    let views = |import: &Import| -> Vec<(String, bool)> {
        let chain = &import.chain;
        let mut all: Vec<_> = chain
            .shipment_ids()
            .map(|id| {
                let view = chain.shipment(id);
                let to = chain.stock_codes(view.to).1.rsplit(':').next().unwrap().to_owned();
                let dated = view.departs.is_dated_to_day() || view.arrives.is_dated_to_day();
                (to, dated)
            })
            .collect();
        all.sort();
        all
    };
    let sure = |to: &str, sure: bool| (to.to_owned(), sure);
    assert_eq!(views(&import), [sure("east", false), sure("farm2", false), sure("shop", true)]);
    assert_eq!(import.notes.len(), 1, "{:?}", import.notes);
    assert!(import.notes[0].what.contains("urn:lot:L was taken out of urn:bin:1"));
    assert_eq!(import.notes[0].path, "/epcisBody/eventList/4");
    assert_eq!(certainty(&import).len(), 4);
    // The departure keeps its first minute.
    let chain = &import.chain;
    let first = chain
        .shipment_ids()
        .map(|id| chain.shipment(id))
        .find(|v| chain.stock_codes(v.to).1.ends_with("farm2"));
    assert_eq!(first.unwrap().departs.earliest.to_string(), "2026-03-01T08:04");
    // Seen in there again, or taken out at the end: the rides are sure.
    let mut story = start("");
    story.add("AggregationEvent", "inspecting", "shop", &inside("OBSERVE", ""));
    ride(&mut story, "shop", "farm2");
    assert_eq!(views(&story.import()), [sure("farm2", true), sure("shop", true)]);
    let mut story = start("");
    ride(&mut story, "shop", "farm2");
    story.add("AggregationEvent", "unpacking", "farm2", &inside("DELETE", ""));
    ride(&mut story, "farm2", "east");
    assert_eq!(
        views(&story.import()),
        [sure("east", true), sure("farm2", true), sure("shop", true)]
    );
    assert!(!certainty(&story.import()).contains_key("east"));
    // A part is taken out: the rest rides on, as much as it is.
    let mut story = start(&kilos(100));
    story.add("AggregationEvent", "unpacking", "shop", &inside("DELETE", &kilos(40)));
    ride(&mut story, "shop", "farm2");
    let import = story.import();
    assert_eq!(views(&import), [sure("farm2", true), sure("shop", true)]);
    let rest = import.chain.shipment_ids().map(|id| import.chain.shipment(id));
    let rest = rest.filter(|v| import.chain.stock_codes(v.to).1.ends_with("farm2"));
    let much: Vec<_> = rest.map(|v| v.amount.unwrap().to_decimal().to_string()).collect();
    assert_eq!(much, ["60"]);
    // Nobody knows whether that was all of it: a rest may ride on.
    let mut story = start("");
    story.add("AggregationEvent", "unpacking", "shop", &inside("DELETE", &kilos(40)));
    ride(&mut story, "shop", "farm2");
    assert_eq!(views(&story.import()), [sure("farm2", false), sure("shop", true)]);
    // And all of it is all of it.
    let mut story = start(&kilos(100));
    story.add("AggregationEvent", "unpacking", "shop", &inside("DELETE", &kilos(100)));
    ride(&mut story, "shop", "farm2");
    assert!(!certainty(&story.import()).contains_key("farm2"));
}

#[test]
fn a_container_is_found_by_its_own_code() {
    let lot = "urn:epc:class:lgtin:4012345.012345.A1";
    let mut story = Story::default();
    let list = format!(r#"[{{"epcClass": "{lot}"}}]"#);
    // The box is packed into the pallet and never named again.
    let pack = |parent: &str, children: &str| {
        format!(r#""action": "ADD", "parentID": "{parent}", {children}"#)
    };
    story.add(
        "AggregationEvent",
        "packing",
        "farm",
        &pack("urn:box:1", &format!(r#""childQuantityList": {list}"#)),
    );
    story.add(
        "AggregationEvent",
        "packing",
        "farm",
        &pack("urn:epc:id:sscc:4012345.0000000001", r#""childEPCs": ["urn:box:1"]"#),
    );
    story.add(
        "AggregationEvent",
        "unpacking",
        "farm",
        r#""action": "DELETE", "parentID": "urn:box:empty""#,
    );
    let import = story.import();
    for id in ["urn:box:1", "urn:epc:id:sscc:4012345.0000000001"] {
        for direction in [Direction::Back, Direction::Forward] {
            let trace = import.trace(id, direction).unwrap();
            assert!(trace.targets.iter().any(|t| t.ends_with("/10/A1")), "{id}: {trace:?}");
            assert!(!trace.events.is_empty());
        }
    }
    assert_eq!(events_of(&import, "urn:box:empty", Direction::Back), BTreeSet::from([2]));
}

#[test]
fn events_of_one_transformation_lie_on_the_path_together() {
    let mut story = Story::default();
    let lot = |name: &str| format!(r#"[{{"epcClass": "urn:lot:{name}"}}]"#);
    let part = |list: &str, name: &str| {
        format!(r#""transformationID": "urn:t:1", "{list}": {}"#, lot(name))
    };
    for name in ["A", "B", "C"] {
        story.object("ADD", "commissioning", "plant", name);
    }
    let first = story.add("TransformationEvent", "other", "plant", &part("inputQuantityList", "A"));
    let second =
        story.add("TransformationEvent", "other", "plant", &part("inputQuantityList", "B"));
    let third =
        story.add("TransformationEvent", "other", "plant", &part("outputQuantityList", "D"));
    let import = story.import();
    for (name, direction) in
        [("A", Direction::Forward), ("B", Direction::Forward), ("D", Direction::Back)]
    {
        let trace = import.trace(&format!("urn:lot:{name}"), direction).unwrap();
        let on_path: BTreeSet<usize> = trace
            .events
            .iter()
            .filter(|event| event.on_path)
            .map(|event| event.id.as_deref().unwrap().rsplit(':').next().unwrap().parse().unwrap())
            .collect();
        let all = BTreeSet::from([first, second, third]);
        assert!(on_path.is_superset(&all), "{name}: {on_path:?}");
        assert!(trace.events.iter().all(|event| !event.goods.is_empty()));
    }
    // C has no part in it.
    assert_eq!(events_of(&import, "urn:lot:C", Direction::Forward), BTreeSet::from([2]));
}

#[test]
fn documents_of_partners_are_one_story() {
    let mut story = Story::default();
    story.object("ADD", "commissioning", "farm", "L");
    let sent = story.object("OBSERVE", "shipping", "farm", "L");
    story.object("OBSERVE", "receiving", "shop", "L");
    let whole = story.import();
    // Each partner keeps what it saw; the sending is kept by both, with and without an id.
    let nameless = story.events[sent].replace(&format!(r#""eventID": "urn:e:{sent}","#), "");
    for sending in [story.events[sent].clone(), nameless] {
        let parts = [
            vec![story.events[0].clone(), sending.clone()],
            vec![sending, story.events[2].clone()],
        ];
        let documents = parts.map(|events| Story { events }.document());
        let named = [("farm.json", &documents[0]), ("shop.json", &documents[1])];
        let import = Import::of_all(&named, &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
        assert_eq!(shipments(&import), shipments(&whole));
        let trace = import.trace("urn:lot:L", Direction::Back).unwrap();
        assert_eq!((trace.events.len(), trace.entries), (3, 4));
        let path = |name: &str, at: usize| format!("{name}#/epcisBody/eventList/{at}");
        assert_eq!(trace.events[1].paths, [path("farm.json", 1), path("shop.json", 0)]);
        assert!(trace.events.iter().all(|event| event.on_path));
        // Records lead back to the event of their document.
        let view = import.chain.shipment(import.chain.shipment_ids().next().unwrap());
        assert!(import.events_of_shipment(import.chain.shipment_ids().next().unwrap()).len() == 2);
        let event = import.event_at(view.source).unwrap();
        assert_eq!((event.document, event.index), (0, sent));
    }
    // In one document, what stands twice without an id happened twice.
    let twice = r#"{"type": "ObjectEvent", "action": "ADD", "eventTime": "2026-03-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00", "bizStep": "commissioning",
        "bizLocation": {"id": "urn:x:location:farm"},
        "quantityList": [{"epcClass": "urn:lot:L", "quantity": 5, "uom": "KGM"}]}"#;
    let document = Story { events: vec![twice.to_owned(); 2] }.document();
    let import = Import::of(&document, "one", &MapOptions::default()).unwrap();
    let copy = [("one", &document), ("two", &document)];
    let both = Import::of_all(&copy, &MapOptions::default()).unwrap();
    for import in [&import, &both] {
        let stock = import.chain.stock_ids().next().unwrap();
        let ledger = import.chain.ledger(stock, suyuan_core::time::Minute::UNBOUNDED_FUTURE);
        assert_eq!(ledger.produced.to_decimal().to_string(), "10");
    }
}

/// A commissioning event makes what it says, whatever transformations make of the same lot.
#[test]
fn a_commissioning_is_a_making_of_its_own() {
    let mut story = Story::default();
    let list = |name: &str, much: u32| {
        format!(r#"[{{"epcClass": "urn:lot:{name}", "quantity": {much}, "uom": "KGM"}}]"#)
    };
    let add =
        |name: &str, much: u32| format!(r#""action": "ADD", "quantityList": {}"#, list(name, much));
    story.add("ObjectEvent", "commissioning", "plant", &add("A", 100));
    story.add("ObjectEvent", "commissioning", "plant", &add("B", 10));
    // Ten of B are topped up into A.
    story.add(
        "TransformationEvent",
        "other",
        "plant",
        &format!(
            r#""inputQuantityList": {}, "outputQuantityList": {}"#,
            list("B", 10),
            list("A", 10)
        ),
    );
    story.add("ObjectEvent", "commissioning", "plant", &add("A", 1));
    let import = story.import();
    let chain = &import.chain;
    let produced = |name: &str| {
        let stock = chain.find_stock(&format!("urn:lot:{name}"), "urn:x:location:plant").unwrap();
        let ledger = chain.ledger(stock, suyuan_core::time::Minute::UNBOUNDED_FUTURE);
        ledger.produced.to_decimal().to_string()
    };
    assert_eq!((produced("A"), produced("B")), ("111".to_owned(), "10".to_owned()));
    assert!(
        import.findings.iter().all(|f| f.severity != suyuan_core::chain::Severity::Error),
        "{:?}",
        import.findings
    );
    // What B was made of does not reach back to A's own making, and A's first day counts.
    let trace = import.trace("urn:lot:A", Direction::Back).unwrap();
    assert_eq!(trace.events.len(), 4);
}

#[test]
fn times_are_told_on_the_chains_clock() {
    let mut story = Story::default();
    let at = story.object("ADD", "commissioning", "farm", "L");
    story.events[at] =
        story.events[at].replace("2026-03-01T00:00:00Z", "2026-03-01T18:00:00-03:00");
    let trace = story.import().trace("urn:lot:L", Direction::Back).unwrap();
    assert_eq!(trace.events[0].time, "2026-03-01T18:00:00-03:00");
    assert_eq!(trace.events[0].minute.to_string(), "2026-03-02T05:00");
}

#[test]
fn what_names_nothing_is_left_out_with_a_note() {
    let text = r#"<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
        creationDate="2026-03-01T00:00:00Z"><EPCISBody><EventList><ObjectEvent>
        <eventTime>2026-03-01T00:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
        <eventID/><epcList><epc> </epc><epc>urn:lot:L</epc></epcList><action>OBSERVE</action>
        <bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><readPoint><id/></readPoint>
        </ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"#;
    let document = Document::read(text.as_bytes(), &ReadOptions::default()).unwrap();
    let import = Import::of(&document, "empty", &MapOptions::default()).unwrap();
    import.chain.verify().unwrap();
    assert_eq!(import.notes[0].path, "/epcisBody/eventList/0/epcList/0");
    assert_eq!(import.trace("urn:lot:L", Direction::Back).unwrap().events.len(), 1);
}

/// Units are read by their names: a case is no piece, a pound is rounded to the sixth decimal.
#[test]
fn codes_of_units_are_units_of_their_own() {
    let ledger = |uom: &str, quantity: &str| {
        let mut story = Story::default();
        let list =
            format!(r#"[{{"epcClass": "urn:lot:L", "quantity": {quantity}, "uom": "{uom}"}}]"#);
        let more = format!(r#""action": "ADD", "quantityList": {list}"#);
        story.add("ObjectEvent", "commissioning", "farm", &more);
        let import = story.import();
        let stock = import.chain.stock_ids().next().unwrap();
        let produced = import.chain.ledger(stock, suyuan_core::time::Minute::UNBOUNDED_FUTURE);
        let much = produced.produced.complete.then(|| produced.produced.to_decimal().to_string());
        (much, import.chain.unit(stock).map(|unit| unit.symbol()), import.notes.len())
    };
    let known = |much: &str, unit: &'static str| (Some(much.to_owned()), Some(unit), 0);
    assert_eq!(ledger("LBR", "3"), known("1.360777", "kg"));
    assert_eq!(ledger("LBR", "0.000001"), known("0.000001", "kg"));
    assert_eq!(ledger("ONZ", "16"), known("0.453592", "kg"));
    assert_eq!(ledger("CS", "3"), known("3", "箱"));
    assert_eq!(ledger("XCT", "3"), known("3", "carton"));
    assert_eq!(ledger("EA", "3"), known("3", "pcs"));
    assert_eq!(ledger("GLL", "1"), known("3.785412", "L"));
    assert_eq!(ledger("MTQ", "2"), known("2000", "L"));
    assert_eq!(ledger("QQ", "3").0, None);
    // Cases and pieces of one lot do not add up.
    let mut story = Story::default();
    let list =
        |uom: &str| format!(r#"[{{"epcClass": "urn:lot:L", "quantity": 3, "uom": "{uom}"}}]"#);
    let add = format!(r#""action": "ADD", "quantityList": {}"#, list("CS"));
    story.add("ObjectEvent", "commissioning", "farm", &add);
    let sell = format!(r#""action": "DELETE", "quantityList": {}"#, list("EA"));
    story.add("ObjectEvent", "retail_selling", "farm", &sell);
    let import = story.import();
    let stock = import.chain.stock_ids().next().unwrap();
    let ledger = import.chain.ledger(stock, suyuan_core::time::Minute::UNBOUNDED_FUTURE);
    assert!(ledger.produced.complete && !ledger.removed.complete);
}

#[test]
fn gains_own_makings_and_units_go_out_and_come_back() {
    use suyuan_core::chain::ChainBuilder;
    use suyuan_core::model::{
        Batch, Removal, RemovalReason, Role, Shipment, Source, TransformationLine,
    };
    use suyuan_core::quantity::Unit;
    use suyuan_core::time::{Minute, Span, UtcOffset};
    let day = |text: &str| Span::parse(text, UtcOffset::CHINA).unwrap();
    let mut builder = ChainBuilder::new();
    let unit = Some(Unit::Case);
    for (code, on, much) in [("A", "2026-01-01", 100), ("B", "2026-01-02", 10)] {
        let batch = Batch {
            code: code.into(),
            operator: "M".into(),
            produced_on: day(on),
            quantity: Some(much.into()),
            unit,
            ..Batch::default()
        };
        builder.add_batch(&batch, Source::NONE).unwrap();
    }
    for (role, batch) in [(Role::Input, "B"), (Role::Output, "A")] {
        let line = TransformationLine {
            code: "T".into(),
            operator: "M".into(),
            transformed_on: day("2026-03-01"),
            role,
            batch: batch.into(),
            quantity: Some(10.into()),
            unit,
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
    let gained = Removal {
        batch: "B".into(),
        operator: "M".into(),
        removed_on: day("2026-02-01"),
        quantity: Some(2.into()),
        unit,
        reason: Some(RemovalReason::Gained),
        ..Removal::default()
    };
    builder.add_removal(&gained, Source::NONE).unwrap();
    let shipment = Shipment {
        code: "W".into(),
        batch: "A".into(),
        from: "M".into(),
        to: "S".into(),
        shipped_on: day("2026-03-02"),
        received_on: day("2026-03-02"),
        quantity: Some(105.into()),
        unit,
        ..Shipment::default()
    };
    builder.add_shipment(&shipment, Source::NONE).unwrap();
    let chain = builder.build().unwrap().chain;
    let exported = export(&chain, &ExportOptions::default()).unwrap();
    assert_eq!((exported.undated, exported.unmeasured), (0, 0));
    let again = Import::of(&exported.document, "again", &MapOptions::default()).unwrap().chain;
    let ledgers = |chain: &suyuan_core::chain::SupplyChain| {
        let of = |stock| {
            let (batch, place) = chain.stock_codes(stock);
            let short = |code: &str| code.rsplit('/').next().unwrap().to_owned();
            let ledger = chain.ledger(stock, Minute::UNBOUNDED_FUTURE);
            let on_hand = ledger.on_hand();
            (short(batch), short(place), on_hand.complete, on_hand.to_decimal().to_string())
        };
        chain.stock_ids().map(of).collect::<BTreeSet<_>>()
    };
    assert_eq!(ledgers(&again), ledgers(&chain));
    // What no code is for is left out, and counted.
    let mut builder = ChainBuilder::new();
    let batch = Batch {
        code: "A".into(),
        operator: "M".into(),
        produced_on: day("2026-01-01"),
        quantity: Some(5.into()),
        unit: Some(Unit::Egg),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    let exported = export(&builder.build().unwrap().chain, &ExportOptions::default()).unwrap();
    assert_eq!(exported.unmeasured, 1);
}

/// The examples on which traces went wrong.
#[test]
fn examples_of_containers_and_transformations() {
    let Some(data) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let import = |name: &str| {
        let path = std::path::Path::new(&data).join("cases/epcis").join(name);
        let document = Document::open(&path, &ReadOptions::default()).unwrap();
        let import = Import::of(&document, name, &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
        import
    };
    let item = |at: usize| format!("urn:epc:id:sgtin:4012345.012345.{at}");
    let sites = |numbers: &[u32]| -> BTreeSet<String> {
        let site = |number: &u32| {
            let urn = format!("urn:epc:id:sgln:9521321.{number:05}.0");
            suyuan_epcis::Identifier::parse(&urn).canonical().to_owned()
        };
        numbers.iter().map(site).collect()
    };
    assert_eq!(places(&import("i1-repack-no-unpack.jsonld"), &item(1)), sites(&[1, 8]));
    let destroyed = import("i3-destroyed-in-crate.jsonld");
    assert_eq!(places(&destroyed, &item(1)), sites(&[1]));
    assert_eq!(places(&destroyed, &item(2)), sites(&[1, 7]));
    let sold = import("g-items-sold.jsonld");
    for at in 1..=3 {
        assert_eq!(places(&sold, &item(at)), sites(&[1, 9 + at as u32]), "item {at}");
    }
    let made = import("e-tid.jsonld");
    for (lot, direction) in
        [("E9", Direction::Back), ("E1", Direction::Forward), ("E2", Direction::Forward)]
    {
        let trace =
            made.trace(&format!("urn:epc:class:lgtin:4012345.012345.{lot}"), direction).unwrap();
        let on_path = trace.events.iter().filter(|e| e.on_path && e.kind == "TransformationEvent");
        assert_eq!(on_path.count(), 3, "{lot}");
    }
    let packed = import("pack.json").trace("urn:epc:id:sscc:4012345.0000000001", Direction::Back);
    assert_eq!(packed.unwrap().events.len(), 1);
    let zones = import("l-zones.jsonld");
    let lot = "urn:epc:class:lgtin:4012345.012345.Q";
    let trace = zones.trace(lot, Direction::Back).unwrap();
    let times: Vec<String> = trace.events.iter().map(|event| event.minute.to_string()).collect();
    let mut sorted = times.clone();
    sorted.sort();
    assert_eq!(times, sorted);
    assert_eq!(times[0], "2026-03-02T05:00");
}

/// One step of a random story.
#[derive(Clone, Debug)]
enum Act {
    Make(usize),
    MakeItem(usize),
    Mix(usize, usize),
    Move(usize, usize),
    Pack(usize, usize),
    MovePallet(usize, usize),
    Unpack(usize),
    /// An item is sold, destroyed or decommissioned, in its pallet or not.
    End(usize, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0..4_usize).prop_map(Act::Make),
        (0..4_usize).prop_map(Act::MakeItem),
        (0..20_usize, 0..20_usize).prop_map(|(a, b)| Act::Mix(a, b)),
        (0..20_usize, 0..4_usize).prop_map(|(a, p)| Act::Move(a, p)),
        (0..20_usize, 0..3_usize).prop_map(|(a, p)| Act::Pack(a, p)),
        (0..3_usize, 0..4_usize).prop_map(|(p, to)| Act::MovePallet(p, to)),
        (0..3_usize).prop_map(Act::Unpack),
        (0..20_usize, 0..3_usize).prop_map(|(a, how)| Act::End(a, how)),
    ];
    proptest::collection::vec(act, 1..40)
}

/// One thing of a simulation.
struct Thing {
    is_item: bool,
    gone: bool,
    place: usize,
    been: BTreeSet<usize>,
    made_of: BTreeSet<usize>,
}

/// The name of a thing.
fn thing(at: usize, is_item: bool) -> String {
    if is_item {
        format!("urn:epc:id:sgtin:4012345.012345.I{at}")
    } else {
        format!("urn:lot:L{at}")
    }
}

/// The lists that name things, as members of an event.
fn lists(names: &[(usize, bool)], epcs: &str, quantities: &str) -> String {
    let of = |item: bool| names.iter().filter(move |(_, is_item)| *is_item == item);
    let items: Vec<_> = of(true).map(|(at, _)| format!("\"{}\"", thing(*at, true))).collect();
    let lots = of(false).map(|(at, _)| format!("{{\"epcClass\": \"{}\"}}", thing(*at, false)));
    let (items, lots) = (items.join(","), lots.collect::<Vec<_>>().join(","));
    let mut all = Vec::new();
    all.extend((!items.is_empty()).then(|| format!("\"{epcs}\": [{items}]")));
    all.extend((!lots.is_empty()).then(|| format!("\"{quantities}\": [{lots}]")));
    all.join(",")
}

/// Plays the acts and says, apart from the library, what each event is about, where each thing has
/// been and which things each was made of.
fn play(acts: &[Act]) -> (Story, BTreeMap<usize, BTreeSet<usize>>, Vec<Thing>) {
    let mut story = Story::default();
    let mut about: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut things: Vec<Thing> = Vec::new();
    let mut pallets: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 3];
    let site = |place: usize| format!("S{place}");
    for act in acts {
        let count = things.len();
        let held = |at: usize, pallets: &[BTreeSet<usize>]| pallets.iter().any(|p| p.contains(&at));
        let new = |place: usize, is_item: bool, made_of: BTreeSet<usize>| Thing {
            is_item,
            gone: false,
            place,
            been: BTreeSet::from([place]),
            made_of,
        };
        match *act {
            Act::Make(place) | Act::MakeItem(place) => {
                let is_item = matches!(act, Act::MakeItem(_));
                let named = lists(&[(count, is_item)], "epcList", "quantityList");
                let more = format!(r#""action": "ADD", {named}"#);
                let at = story.add("ObjectEvent", "commissioning", &site(place), &more);
                about.insert(at, BTreeSet::from([count]));
                things.push(new(place, is_item, BTreeSet::new()));
            }
            Act::Mix(a, b) if count > 0 => {
                let inputs = BTreeSet::from([a % count, b % count]);
                let place = things[a % count].place;
                // A lot in a pallet is taken out of it first; an item leaves by being used up.
                let cannot = inputs.iter().any(|at| {
                    let thing = &things[*at];
                    thing.gone || thing.place != place || (held(*at, &pallets) && !thing.is_item)
                });
                if cannot {
                    continue;
                }
                let from: Vec<_> = inputs.iter().map(|at| (*at, things[*at].is_item)).collect();
                let from = lists(&from, "inputEPCList", "inputQuantityList");
                let to = lists(&[(count, false)], "outputEPCList", "outputQuantityList");
                let more = format!("{from}, {to}");
                let at = story.add("TransformationEvent", "commissioning", &site(place), &more);
                about.insert(at, inputs.iter().copied().chain([count]).collect());
                for at in inputs.iter().copied() {
                    if things[at].is_item {
                        things[at].gone = true;
                        pallets.iter_mut().for_each(|pallet| pallet.retain(|other| *other != at));
                    }
                }
                things.push(new(place, false, inputs));
            }
            Act::Move(a, to) if count > 0 => {
                let at = a % count;
                if things[at].gone || (held(at, &pallets) && !things[at].is_item) {
                    continue;
                }
                // An item that is sent alone leaves its pallet.
                pallets.iter_mut().for_each(|pallet| pallet.retain(|other| *other != at));
                let named = lists(&[(at, things[at].is_item)], "epcList", "quantityList");
                for (step, place) in [("shipping", things[at].place), ("receiving", to)] {
                    let more = format!(r#""action": "OBSERVE", {named}"#);
                    let event = story.add("ObjectEvent", step, &site(place), &more);
                    about.insert(event, BTreeSet::from([at]));
                }
                things[at].place = to;
                things[at].been.insert(to);
            }
            Act::Pack(a, pallet) if count > 0 => {
                let at = a % count;
                let moves = !held(at, &pallets) || things[at].is_item;
                let together =
                    pallets[pallet].iter().all(|other| things[*other].place == things[at].place);
                if things[at].gone || !moves || !together || pallets[pallet].contains(&at) {
                    continue;
                }
                // An item that is packed elsewhere leaves where it was.
                pallets.iter_mut().for_each(|pallet| pallet.retain(|other| *other != at));
                let named = lists(&[(at, things[at].is_item)], "childEPCs", "childQuantityList");
                let more =
                    format!(r#""action": "ADD", "parentID": "urn:pallet:{pallet}", {named}"#);
                let event =
                    story.add("AggregationEvent", "packing", &site(things[at].place), &more);
                about.insert(event, BTreeSet::from([at]));
                pallets[pallet].insert(at);
            }
            Act::MovePallet(pallet, to) => {
                let Some(first) = pallets[pallet].first() else { continue };
                let from = things[*first].place;
                for (step, place) in [("shipping", from), ("receiving", to)] {
                    let more =
                        format!(r#""action": "OBSERVE", "epcList": ["urn:pallet:{pallet}"]"#);
                    let at = story.add("ObjectEvent", step, &site(place), &more);
                    about.insert(at, pallets[pallet].clone());
                }
                for at in &pallets[pallet] {
                    things[*at].place = to;
                    things[*at].been.insert(to);
                }
            }
            Act::Unpack(pallet) => {
                let Some(first) = pallets[pallet].first() else { continue };
                let more = format!(r#""action": "DELETE", "parentID": "urn:pallet:{pallet}""#);
                let place = things[*first].place;
                let at = story.add("AggregationEvent", "unpacking", &site(place), &more);
                about.insert(at, std::mem::take(&mut pallets[pallet]));
            }
            Act::End(a, how) if count > 0 => {
                let at = a % count;
                if things[at].gone || !things[at].is_item {
                    continue;
                }
                let step = ["retail_selling", "destroying", "decommissioning"][how];
                let named = lists(&[(at, true)], "epcList", "quantityList");
                let more = format!(r#""action": "DELETE", {named}"#);
                let event = story.add("ObjectEvent", step, &site(things[at].place), &more);
                about.insert(event, BTreeSet::from([at]));
                things[at].gone = true;
                pallets.iter_mut().for_each(|pallet| pallet.retain(|other| *other != at));
            }
            _ => {}
        }
    }
    (story, about, things)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Times only go up, so what a thing is made of is the closure over recipes, the answer of a
    /// trace is every event about those things, and each has been where the simulation took it.
    #[test]
    fn traces_are_those_of_a_simulation(acts in acts()) {
        let (story, about, things) = play(&acts);
        if story.events.is_empty() {
            return Ok(());
        }
        let import = story.import();
        let closure = |start: usize, next: &dyn Fn(usize) -> Vec<usize>| {
            let mut all = BTreeSet::from([start]);
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                open.extend(next(at).into_iter().filter(|more| all.insert(*more)));
            }
            all
        };
        for at in 0..things.len() {
            let back = closure(at, &|at| things[at].made_of.iter().copied().collect());
            let forward = closure(at, &|at| {
                (0..things.len()).filter(|other| things[*other].made_of.contains(&at)).collect()
            });
            let name = thing(at, things[at].is_item);
            for (direction, of) in [(Direction::Back, back), (Direction::Forward, forward)] {
                let expected: BTreeSet<usize> = about
                    .iter()
                    .filter(|(_, goods)| !goods.is_disjoint(&of))
                    .map(|(at, _)| *at)
                    .collect();
                prop_assert_eq!(events_of(&import, &name, direction), expected);
            }
            let been: BTreeSet<String> =
                things[at].been.iter().map(|place| format!("urn:x:location:s{place}")).collect();
            prop_assert_eq!(places(&import, &name), been, "{}", name);
        }
    }

    /// The order of events in a document does not change the answer.
    #[test]
    fn the_order_of_events_does_not_count(acts in acts(), turn in 0..40_usize) {
        let (mut story, _, things) = play(&acts);
        if things.is_empty() {
            return Ok(());
        }
        let at = turn % things.len();
        let name = thing(at, things[at].is_item);
        let before = events_of(&story.import(), &name, Direction::Back);
        let middle = turn % story.events.len();
        story.events.rotate_left(middle);
        prop_assert_eq!(events_of(&story.import(), &name, Direction::Back), before);
    }
}
