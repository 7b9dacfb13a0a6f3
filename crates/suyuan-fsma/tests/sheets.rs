//! Workbooks of events: what is missing by rule, the core's records, and back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{Batch, Role, Shipment, Source, TransformationLine};
use suyuan_core::recall::{Policy, RecallSource, recall};
use suyuan_core::time::{Span, UtcOffset};
use suyuan_fsma::{
    Error, Event, Finding, Kind, Limits, add_to, check, from_chain, read_bytes, write_bytes,
};
use suyuan_xlsx::NewSheet;

fn event(kind: Kind, row: u32, cells: &[(&str, &str)]) -> Event {
    let mut event = Event::new(kind);
    event.row = row;
    for (heading, text) in cells {
        assert!(event.set(heading, *text), "{kind}: there is no heading {heading:?}");
    }
    event
}

/// A whole location under a name.
fn place(event: &mut Event, element: &str, id: &str) {
    for (part, text) in [
        ("Location ID", id),
        ("Business Name", id),
        ("Phone Number", "555-0100"),
        ("Street Address", "1 Main St"),
        ("City", "Salinas"),
        ("State", "CA"),
        ("ZIP Code", "93901"),
    ] {
        assert!(event.set(&format!("{element}: {part}"), text), "{element}: {part}");
    }
}

fn rules(event: &Event) -> Vec<&'static str> {
    let report = check(std::slice::from_ref(event)).events.remove(0);
    report.missing.iter().map(|missing| missing.rule).collect()
}

#[test]
fn an_empty_event_lacks_what_each_paragraph_asks_for() {
    let expected: [(Kind, &[&str]); 7] = [
        (
            Kind::Harvesting,
            &[
                "1.1325(a)(1)(i)",
                "1.1325(a)(1)(ii)",
                "1.1325(a)(1)(iii)",
                "1.1325(a)(1)(iv)",
                "1.1325(a)(1)(v)",
                "1.1325(a)(1)(vii)",
                "1.1325(a)(1)(viii)",
            ],
        ),
        (
            Kind::Cooling,
            &[
                "1.1325(b)(1)(i)",
                "1.1325(b)(1)(ii)",
                "1.1325(b)(1)(iii)",
                "1.1325(b)(1)(iv)",
                "1.1325(b)(1)(v)",
                "1.1325(b)(1)(vi)",
                "1.1325(b)(1)(vii)",
            ],
        ),
        (
            Kind::InitialPacking,
            &[
                "1.1330(a)(1)",
                "1.1330(a)(2)",
                "1.1330(a)(3)",
                "1.1330(a)(4)",
                "1.1330(a)(5)",
                "1.1330(a)(7)",
                "1.1330(a)(7)",
                "1.1330(a)(8)",
                "1.1330(a)(11)",
                "1.1330(a)(12)",
                "1.1330(a)(13)",
                "1.1330(a)(14)",
                "1.1330(a)(15)",
                "1.1330(a)(16)",
            ],
        ),
        (
            Kind::FirstLandBasedReceiving,
            &[
                "1.1335(a)",
                "1.1335(b)",
                "1.1335(c)",
                "1.1335(d)",
                "1.1335(d)",
                "1.1335(d)",
                "1.1335(e)",
                "1.1335(f)",
                "1.1335(g)",
            ],
        ),
        (
            Kind::Shipping,
            &[
                "1.1340(a)(1)",
                "1.1340(a)(2)",
                "1.1340(a)(3)",
                "1.1340(a)(4)",
                "1.1340(a)(5)",
                "1.1340(a)(6)",
                "1.1340(a)(7)",
                "1.1340(a)(8)",
            ],
        ),
        (
            Kind::Receiving,
            &[
                "1.1345(a)(1)",
                "1.1345(a)(2)",
                "1.1345(a)(3)",
                "1.1345(a)(4)",
                "1.1345(a)(5)",
                "1.1345(a)(6)",
                "1.1345(a)(7)",
                "1.1345(a)(8)",
            ],
        ),
        (
            Kind::Transformation,
            &[
                "1.1350(a)(2)(i)",
                "1.1350(a)(2)(ii)",
                "1.1350(a)(2)(iii)",
                "1.1350(a)(2)(iv)",
                "1.1350(a)(2)(v)",
                "1.1350(a)(2)(vi)",
            ],
        ),
    ];
    for (kind, expected) in expected {
        assert_eq!(rules(&Event::new(kind)), expected, "{kind}");
    }
}

#[test]
fn an_exempt_source_asks_for_other_paragraphs() {
    let receiving = event(Kind::Receiving, 2, &[("From Exempt Source", "Yes")]);
    assert_eq!(
        rules(&receiving),
        [
            "1.1345(b)(1)",
            "1.1345(b)(2)",
            "1.1345(b)(3)",
            "1.1345(b)(4)",
            "1.1345(b)(5)",
            "1.1345(b)(6)",
            "1.1345(b)(7)",
        ]
    );
    let packing = event(Kind::InitialPacking, 2, &[("From Exempt Source", "yes")]);
    assert_eq!(
        rules(&packing),
        [
            "1.1330(c)(1)",
            "1.1330(c)(2)",
            "1.1330(c)(3)",
            "1.1330(c)(4)",
            "1.1330(c)(5)",
            "1.1330(c)(6)",
            "1.1330(c)(7)",
            "1.1330(c)(8)",
            "1.1330(c)(9)",
            "1.1330(c)(10)",
        ]
    );
}

/// A shipping event with everything.
fn whole() -> Event {
    let mut found = event(
        Kind::Shipping,
        2,
        &[
            ("Traceability Lot Code", "TLC-1"),
            ("Quantity", "6"),
            ("Unit of Measure", "cases"),
            ("Product Description", "Romaine, 24 count"),
            ("Ship Date", "2026-03-01"),
            ("TLC Source Reference", "https://packer.example/1"),
            ("Reference Document Type", "Bill of lading"),
            ("Reference Document Number", "BOL-1"),
        ],
    );
    place(&mut found, "Ship To", "DC");
    place(&mut found, "Ship From", "PACKER");
    found
}

#[test]
fn parts_and_values_are_checked() {
    assert!(check(&[whole()]).events[0].is_complete());
    let mut found = whole();
    found.set("Ship To: City", "");
    found.set("Ship To: Street Address", "");
    found.set("Ship To: Coordinates", "36.67, -121.65");
    found.set("Unit of Measure", " ");
    found.set("Reference Document Type", "");
    found.set("Ship Date", "soon");
    let report = check(&[found]).events.remove(0);
    let missing: Vec<_> = report.missing.iter().map(|m| (m.rule, m.parts.clone())).collect();
    assert_eq!(
        missing,
        [
            ("1.1340(a)(2)", vec!["unit of measure"]),
            ("1.1340(a)(4)", vec!["City"]),
            ("1.1340(a)(8)", vec!["document type"]),
        ]
    );
    let unreadable = &report.unreadable[0];
    assert_eq!(
        (&*unreadable.heading, &*unreadable.value, unreadable.rule),
        ("Ship Date", "soon", "1.1340(a)(6)")
    );
    // Abroad the country stands for state and ZIP code; one text for all is not checked.
    let mut abroad = whole();
    for part in ["State", "ZIP Code"] {
        abroad.set(&format!("Ship To: {part}"), "");
    }
    abroad.set("Ship To: Country", "Mexico");
    assert!(check(&[abroad]).events[0].is_complete());
    let mut told = Event::new(Kind::Shipping);
    told.set("Ship To: Description", "DC, 1 Main St, Salinas");
    assert_eq!(check(&[told]).events[0].unchecked, ["Ship To"]);
    // Cooling and sprouts: all of it or nothing.
    let cooled = event(Kind::InitialPacking, 2, &[("Cooling Date", "2026-03-01")]);
    assert!(rules(&cooled).contains(&"1.1330(a)(9)"));
    let sprouts = event(Kind::InitialPacking, 2, &[("Sprouts: Description of Seeds", "alfalfa")]);
    for rule in ["1.1330(b)(2)", "1.1330(b)(3)", "1.1330(b)(4)", "1.1330(b)(6)", "1.1330(b)(7)"] {
        assert!(rules(&sprouts).contains(&rule), "{rule}");
    }
    assert!(!rules(&sprouts).contains(&"1.1330(b)(1)"));
}

#[test]
fn rows_of_one_new_lot_are_one_transformation() {
    let mut first = event(
        Kind::Transformation,
        2,
        &[
            ("New Traceability Lot Code", "SALAD"),
            ("New Product Description", "Salad"),
            ("New Quantity", "90"),
            ("New Unit of Measure", "kg"),
            ("Transformation Date", "2026-03-03"),
            ("Reference Document Type", "Batch record"),
            ("Reference Document Number", "B-1"),
            ("Input Traceability Lot Code", "TLC-1"),
            ("Input Product Description", "Romaine"),
            ("Input Quantity", "60"),
            ("Input Unit of Measure", "kg"),
        ],
    );
    place(&mut first, "Transformation Location", "KITCHEN");
    let second = event(
        Kind::Transformation,
        3,
        &[
            ("New Traceability Lot Code", "SALAD"),
            ("Input Traceability Lot Code", "TLC-2"),
            ("Input Quantity", "40"),
            ("Input Unit of Measure", "kg"),
        ],
    );
    let report = check(&[first, second]);
    assert_eq!(report.events.len(), 1);
    assert_eq!(report.events[0].rows, [2, 3]);
    // The second input lacks its description; what is said of the output holds for both rows.
    let rules: Vec<_> = report.events[0].missing.iter().map(|m| m.rule).collect();
    assert_eq!(rules, ["1.1350(a)(1)(ii)"]);
    assert_eq!(report.by_rule.into_iter().collect::<Vec<_>>(), [("1.1350(a)(1)(ii)", 1)]);
}

#[test]
fn workbooks_of_others_are_read() {
    let mut receiving = NewSheet::new(" RECEIVING ");
    receiving.row(["Records of ACME"]);
    receiving.row([
        "(a)(1) Traceability Lot Code (TLC)",
        "(a)(2) Quantity and Unit of Measure",
        "(a)(3) Product Description",
        "(a)(5) Received At Location Description",
        "(a)(6) Receive Date",
        "Buyer",
    ]);
    receiving.row(["TLC-1", "1,200 cases", "Romaine", "ACME, Salinas", "3/1/2026", "Bob"]);
    let mut other = NewSheet::new("START-HERE");
    other.row(["How to use this"]);
    let bytes = suyuan_xlsx::write_bytes(&[other, receiving]).unwrap();
    let import = read_bytes(&bytes, &Limits::default()).unwrap();
    let found: Vec<_> = import.findings.iter().map(Finding::to_string).collect();
    assert_eq!(
        found,
        [
            "START-HERE: the tab is not named after a kind of event and is left out",
            " RECEIVING : column \"Buyer\" means nothing here",
        ]
    );
    let event = &import.events[0];
    assert_eq!(event.row, 3);
    assert_eq!(event.get("traceability lot code"), "TLC-1");
    assert_eq!((event.get("Quantity"), event.get("Unit of Measure")), ("1,200", "cases"));
    assert_eq!(event.get("Received At: Description"), "ACME, Salinas");
    let error = |sheet: NewSheet| {
        let bytes = suyuan_xlsx::write_bytes(&[sheet]).unwrap();
        read_bytes(&bytes, &Limits::default()).unwrap_err()
    };
    let mut no_header = NewSheet::new("Shipping");
    no_header.row(["nothing", "known"]);
    assert_eq!(
        error(no_header).to_string(),
        "failed to read tab Shipping: none of its first 10 rows holds two known headings"
    );
    assert!(matches!(error(NewSheet::new("Sheet1")), Error::NoTabs { .. }));
    assert!(matches!(read_bytes(b"not a workbook", &Limits::default()), Err(Error::Workbook(_))));
}

/// Packed at PACKER, shipped to the kitchen (said by both), made into salad, shipped to a shop
/// (said by the shop alone).
fn salad() -> Vec<Event> {
    let mut packing = event(
        Kind::InitialPacking,
        2,
        &[
            ("Traceability Lot Code", "TLC-1"),
            ("Product Description", "Romaine"),
            ("Packed Quantity", "100"),
            ("Packed Unit of Measure", "kg"),
            ("Packing Date", "2026-03-01"),
        ],
    );
    place(&mut packing, "Packing Location", "PACKER");
    let mut shipping = event(
        Kind::Shipping,
        2,
        &[
            ("Traceability Lot Code", "TLC-1"),
            ("Quantity", "80"),
            ("Unit of Measure", "kg"),
            ("Ship Date", "2026-03-02"),
            ("Reference Document Number", "BOL 1"),
        ],
    );
    place(&mut shipping, "Ship From", "PACKER");
    place(&mut shipping, "Ship To", "KITCHEN");
    let mut receiving = event(
        Kind::Receiving,
        2,
        &[
            ("Traceability Lot Code", "TLC-1"),
            ("Quantity", "80"),
            ("Unit of Measure", "kg"),
            ("Receive Date", "2026-03-03"),
            ("Reference Document Number", "bol-1"),
        ],
    );
    place(&mut receiving, "Immediate Previous Source", "PACKER");
    place(&mut receiving, "Received At", "KITCHEN");
    let mut made = event(
        Kind::Transformation,
        2,
        &[
            ("New Traceability Lot Code", "SALAD"),
            ("New Product Description", "Salad"),
            ("New Quantity", "200"),
            ("New Unit of Measure", "bowls of 1"),
            ("Transformation Date", "2026-03-04"),
            ("Input Traceability Lot Code", "TLC-1"),
            ("Input Quantity", "60"),
            ("Input Unit of Measure", "kg"),
        ],
    );
    place(&mut made, "Transformation Location", "KITCHEN");
    let mut sold = event(
        Kind::Receiving,
        3,
        &[("Traceability Lot Code", "SALAD"), ("Receive Date", "2026-03-05")],
    );
    place(&mut sold, "Immediate Previous Source", "KITCHEN");
    place(&mut sold, "Received At", "SHOP");
    let harvest = event(Kind::Harvesting, 2, &[("Commodity", "Romaine")]);
    let nameless = event(Kind::Shipping, 3, &[("Quantity", "1")]);
    vec![packing, shipping, receiving, made, sold, harvest, nameless]
}

fn chain(events: &[Event]) -> (SupplyChain, Vec<String>) {
    let mut builder = ChainBuilder::new();
    let findings = add_to(events, &mut builder).unwrap();
    let chain = builder.build().unwrap().chain;
    chain.verify().unwrap();
    (chain, findings.iter().map(ToString::to_string).collect())
}

#[test]
fn events_become_records() {
    let (chain, findings) = chain(&salad());
    assert_eq!(
        findings,
        [
            "Transformation, row 2: \"200\" \"bowls of 1\" is no quantity in a known unit; it counts as unknown",
            "Shipping, row 3: it has no traceability lot code and is left out",
        ]
    );
    // Shipping and receiving of one document are one shipment.
    assert_eq!(chain.shipment_ids().len(), 2);
    let first = chain.shipment(chain.shipment_ids().next().unwrap());
    assert_eq!(
        (first.departs.earliest.to_string(), first.arrives.earliest.to_string()),
        ("2026-03-02T00:00".to_owned(), "2026-03-03T00:00".to_owned())
    );
    let source = RecallSource::batch(&chain, "TLC-1").unwrap();
    let scope = recall(&chain, &source, &Policy::default()).unwrap();
    let affected: Vec<_> =
        scope.affected.iter().map(|row| chain.stock_label(row.traced.stock)).collect();
    assert_eq!(affected, ["SALAD@KITCHEN", "TLC-1@KITCHEN", "TLC-1@PACKER", "SALAD@SHOP"]);
    let batch = chain.batch(chain.find_batch("TLC-1").unwrap());
    assert_eq!(batch.amount.unwrap().to_decimal().normalize().to_string(), "100");
}

#[test]
fn pounds_are_exact_and_containers_count_as_pieces() {
    for (unit, expected) in [("pounds", "45.359237"), ("lb", "45.359237"), ("cases", "100")] {
        let mut packing = salad().remove(0);
        packing.set("Packed Unit of Measure", unit);
        let (chain, findings) = chain(&[packing]);
        assert!(findings.is_empty(), "{findings:?}");
        let amount = chain.batch(chain.find_batch("TLC-1").unwrap()).amount.unwrap();
        assert_eq!(amount.to_decimal().normalize().to_string(), expected, "{unit}");
    }
}

#[test]
fn a_chain_becomes_a_workbook_and_comes_back() {
    let mut builder = ChainBuilder::new();
    let day = |text| Span::parse(text, UtcOffset::CHINA).unwrap();
    builder
        .add_batch(
            &Batch {
                code: "B1".into(),
                product: "Lettuce".into(),
                operator: "FARM".into(),
                produced_on: day("2026-03-01"),
                quantity: Some(100.into()),
                unit: suyuan_core::quantity::Unit::parse("kg"),
                ..Batch::default()
            },
            Source::NONE,
        )
        .unwrap();
    let shipment = Shipment {
        code: "W1".into(),
        batch: "B1".into(),
        from: "FARM".into(),
        to: "KITCHEN".into(),
        shipped_on: day("2026-03-02"),
        received_on: day("2026-03-02T09:30"),
        quantity: Some(80.into()),
        unit: suyuan_core::quantity::Unit::parse("kg"),
        ..Shipment::default()
    };
    builder.add_shipment(&shipment, Source::NONE).unwrap();
    for (role, batch) in [(Role::Input, "B1"), (Role::Output, "B2")] {
        let line = TransformationLine {
            code: "T1".into(),
            operator: "KITCHEN".into(),
            transformed_on: day("2026-03-03"),
            role,
            batch: batch.into(),
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
    let first = builder.build().unwrap().chain;
    let events = from_chain(&first);
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [Kind::InitialPacking, Kind::Shipping, Kind::Receiving, Kind::Transformation]
    );
    assert_eq!(events[2].get("Receive Date"), "2026-03-02T09:30");
    let import = read_bytes(&write_bytes(&events).unwrap(), &Limits::default()).unwrap();
    assert_eq!((import.events.clone(), import.findings), (events, Vec::new()));
    let (second, _) = chain(&import.events);
    let labels = |chain: &SupplyChain| {
        chain.stock_ids().map(|stock| chain.stock_label(stock)).collect::<Vec<_>>()
    };
    assert_eq!(labels(&second), labels(&first));
    assert_eq!(second.link_count(), first.link_count());
    let spans = |chain: &SupplyChain| {
        let ids = chain.shipment_ids();
        let of = |id| {
            (chain.shipment(id).departs, chain.shipment(id).arrives, chain.shipment(id).amount)
        };
        ids.map(of).collect::<Vec<_>>()
    };
    assert_eq!(spans(&second), spans(&first));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn events_come_back_from_workbooks(
        cells in prop::collection::vec((0..7_usize, 0..20_usize, "[a-z0-9]{1,6}"), 1..20),
    ) {
        let mut events = Vec::new();
        let mut rows = [1_u32; 7];
        for (kind, column, text) in cells {
            let mut event = Event::new(Kind::ALL[kind]);
            let headings = event.kind.headings();
            event.set(&headings[column % headings.len()], text);
            rows[kind] += 1;
            event.row = rows[kind];
            events.push(event);
        }
        events.sort_by_key(|event| event.kind);
        let read = read_bytes(&write_bytes(&events).unwrap(), &Limits::default()).unwrap();
        prop_assert_eq!(&read.events, &events);
        // Whatever the events say, the check and the records never fail.
        let report = check(&events);
        prop_assert!(report.events.len() <= events.len());
        chain(&events);
    }
}
