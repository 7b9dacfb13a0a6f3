//! Workbooks of events: what is missing by rule, the core's records, and back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

use proptest::prelude::*;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{Batch, Role, Shipment, Source, TransformationLine};
use suyuan_core::recall::{Policy, RecallSource, recall};
use suyuan_core::time::{Span, UtcOffset};
use suyuan_fsma::{
    Error, Event, Finding, Kind, Limits, add_to, check, from_chain, read_bytes, read_path,
    write_bytes,
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
fn words_of_packing_are_units_of_their_own_and_pounds_are_rounded() {
    for (unit, expected, symbol) in [
        ("pounds", "45.359237", "kg"),
        ("lb", "45.359237", "kg"),
        ("Oz.", "2.834952", "kg"),
        ("cases", "100", "箱"),
        ("CS", "100", "箱"),
        ("each", "100", "pcs"),
        ("cartons", "100", "carton"),
        ("Boxes", "100", "盒"),
    ] {
        let mut packing = salad().remove(0);
        packing.set("Packed Unit of Measure", unit);
        let (chain, findings) = chain(&[packing]);
        assert!(findings.is_empty(), "{findings:?}");
        let batch = chain.find_batch("TLC-1").unwrap();
        let amount = chain.batch(batch).amount.unwrap();
        assert_eq!(amount.to_decimal().to_string(), expected, "{unit}");
        let stock = chain.stocks_of_batch(batch).next().unwrap();
        assert_eq!(chain.unit(stock).map(|unit| unit.symbol()), Some(symbol), "{unit}");
    }
    // What has no unit of its own is unknown, never a piece.
    let mut packing = salad().remove(0);
    packing.set("Packed Unit of Measure", "bins");
    assert_eq!(chain(&[packing]).1.len(), 1);
    // Both ends tell how much, and not the same: said, not passed over.
    let mut events = salad();
    let at = events.iter().position(|event| event.kind == Kind::Receiving).unwrap();
    events[at].set("Quantity", "2400");
    events[at].set("Unit of Measure", "each");
    let said = chain(&events).1;
    assert!(said.iter().any(|finding| finding.contains("arrived as 2400 pcs")), "{said:?}");
    // Cases are written in English, and come back.
    let mut packing = salad().remove(0);
    packing.set("Packed Unit of Measure", "cases");
    let again = from_chain(&chain(&[packing]).0);
    assert_eq!(again[0].get("Packed Unit of Measure"), "cases");
    assert_eq!(chain(&again).1, Vec::<String>::new());
}

/// The headings of a sheet that quotes the rule, paragraph and words, what stands below each, and
/// where it belongs.
type Quoted<'a> = (Kind, &'a str, &'a [(&'a str, &'a str, &'a [(&'a str, &'a str)])]);

#[test]
fn headings_in_the_rules_own_words_are_known() {
    const RULE: &[Quoted<'_>] = &[
        (
            Kind::Harvesting,
            "Harvesting CTE",
            &[
                (
                    "(a)(1)(i) The location description for the immediate subsequent recipient (other than a transporter) of the food",
                    "ACME, Salinas",
                    &[("Immediate Subsequent Recipient: Description", "ACME, Salinas")],
                ),
                (
                    "(a)(1)(ii) The commodity and, if applicable, variety of the food",
                    "Romaine",
                    &[("Commodity", "Romaine")],
                ),
                (
                    "(a)(1)(iii) The quantity and unit of measure of the food (e.g., 75 bins, 200 pounds)",
                    "200 pounds",
                    &[("Quantity", "200"), ("Unit of Measure", "pounds")],
                ),
                (
                    "(a)(1)(iv) The location description for the farm where the food was harvested",
                    "Farm 1",
                    &[("Farm: Description", "Farm 1")],
                ),
                (
                    "(a)(1)(v) For produce, the name of the field or other growing area from which the food was harvested",
                    "Field 3",
                    &[("Field or Growing Area", "Field 3")],
                ),
                (
                    "(a)(1)(vii) The date of harvesting",
                    "2026-03-01",
                    &[("Harvest Date", "2026-03-01")],
                ),
                (
                    "(a)(1)(viii) The reference document type and reference document number",
                    "Field tag 17",
                    &[
                        ("Reference Document Type", "Field tag"),
                        ("Reference Document Number", "17"),
                    ],
                ),
            ],
        ),
        (
            Kind::Cooling,
            "§ 1.1325(b) Cooling",
            &[
                (
                    "§ 1.1325(b)(1)(iv) The location description for where you cooled the food",
                    "Shed",
                    &[("Cooling Location: Description", "Shed")],
                ),
                (
                    "§ 1.1325(b)(1)(v) The date of cooling",
                    "2026-03-01",
                    &[("Cooling Date", "2026-03-01")],
                ),
                ("§ 1.1325(b)(1)(vi)", "Farm 1", &[("Farm: Description", "Farm 1")]),
            ],
        ),
        (
            Kind::InitialPacking,
            "1.1330 Initial Packing",
            &[
                (
                    "(a)(1) The commodity and, if applicable, variety of the food received",
                    "Romaine",
                    &[("Commodity", "Romaine")],
                ),
                (
                    "(a)(2) The date you received the food",
                    "2026-03-01",
                    &[("Date Received", "2026-03-01")],
                ),
                (
                    "(a)(3) The quantity and unit of measure of the food received (e.g., 75 bins, 200 pounds)",
                    "75 bins",
                    &[("Received Quantity", "75"), ("Received Unit of Measure", "bins")],
                ),
                (
                    "(a)(4) The location description for the farm where the food was harvested",
                    "Farm 1",
                    &[("Farm: Description", "Farm 1")],
                ),
                (
                    "(a)(7) The business name and phone number for the harvester of the food",
                    "Ann & Co, 555-010-0199",
                    &[
                        ("Harvester Business Name", "Ann & Co"),
                        ("Harvester Phone Number", "555-010-0199"),
                    ],
                ),
                ("(a)(8) The date of harvesting", "2026-02-28", &[("Harvest Date", "2026-02-28")]),
                (
                    "(a)(11) The traceability lot code you assigned",
                    "TLC 1",
                    &[("Traceability Lot Code", "TLC 1")],
                ),
                (
                    "(a)(12) The product description of the packed food",
                    "Romaine 24ct",
                    &[("Product Description", "Romaine 24ct")],
                ),
                (
                    "(a)(13) The quantity and unit of measure of the packed food (e.g., 6 cases, 25 reusable plastic containers)",
                    "6 cases",
                    &[("Packed Quantity", "6"), ("Packed Unit of Measure", "cases")],
                ),
                (
                    "(a)(14) The location description for where you initially packed the food (i.e., the traceability lot code source), and (if applicable) the traceability lot code source reference",
                    "Shed 9",
                    &[("Packing Location: Description", "Shed 9")],
                ),
                (
                    "(a)(15) The date of initial packing",
                    "2026-03-02",
                    &[("Packing Date", "2026-03-02")],
                ),
                (
                    "(a)(16) The reference document type and reference document number",
                    "WO-5",
                    &[("Reference Document Number", "WO-5")],
                ),
            ],
        ),
        (
            Kind::FirstLandBasedReceiving,
            "First Land-Based Receiver",
            &[
                (
                    "(a) The traceability lot code you assigned",
                    "T",
                    &[("Traceability Lot Code", "T")],
                ),
                (
                    "(b) The species and/or acceptable market name for unpackaged food, and the product description for packaged food",
                    "Tuna",
                    &[("Species or Market Name", "Tuna")],
                ),
                (
                    "(c) The quantity and unit of measure of the food (e.g., 300 kg)",
                    "300 kg",
                    &[("Quantity", "300"), ("Unit of Measure", "kg")],
                ),
                (
                    "(d) The harvest date range and locations for the trip during which the food was caught",
                    "2026-02-01 to 2026-02-09, area 5",
                    &[
                        ("First Harvest Date", "2026-02-01"),
                        ("Last Harvest Date", "2026-02-09"),
                        ("Harvest Locations", "area 5"),
                    ],
                ),
                (
                    "(e) The location description for the first land-based receiver (i.e., the traceability lot code source), and (if applicable) the traceability lot code source reference",
                    "Pier 4",
                    &[("First Land-Based Receiver: Description", "Pier 4")],
                ),
                (
                    "(f) The date the food was landed",
                    "2026-02-10",
                    &[("Date Landed", "2026-02-10")],
                ),
            ],
        ),
        (
            Kind::Shipping,
            "Shipping KDEs",
            &[
                (
                    "(a)(1) The traceability lot code for the food",
                    "A",
                    &[("Traceability Lot Code", "A")],
                ),
                (
                    "(a)(2) The quantity and unit of measure of the food (e.g., 6 cases, 200 pounds)",
                    "40 cases",
                    &[("Quantity", "40"), ("Unit of Measure", "cases")],
                ),
                (
                    "(a)(3) The product description for the food",
                    "Romaine",
                    &[("Product Description", "Romaine")],
                ),
                (
                    "(a)(4) The location description for the immediate subsequent recipient (other than a transporter) of the food",
                    "Store 5",
                    &[("Ship To: Description", "Store 5")],
                ),
                (
                    "(a)(5) The location description for the location from which you shipped the food",
                    "DC 1",
                    &[("Ship From: Description", "DC 1")],
                ),
                (
                    "(a)(6) The date you shipped the food",
                    "2026-03-01",
                    &[("Ship Date", "2026-03-01")],
                ),
                (
                    "(a)(7) The location description for the traceability lot code source, or the traceability lot code source reference",
                    "https://tlc.example/7",
                    &[("TLC Source Reference", "https://tlc.example/7")],
                ),
                (
                    "(a)(8) The reference document type and reference document number for the food",
                    "Bill of Lading #77 B",
                    &[
                        ("Reference Document Type", "Bill of Lading"),
                        ("Reference Document Number", "77 B"),
                    ],
                ),
            ],
        ),
        (
            Kind::Receiving,
            "Receiving",
            &[
                (
                    "Traceability lot code (21 CFR 1.1345(a)(1))",
                    "A",
                    &[("Traceability Lot Code", "A")],
                ),
                (
                    "Immediate previous source - City [1.1345(a)(4)]",
                    "Salinas",
                    &[("Immediate Previous Source: City", "Salinas")],
                ),
                (
                    "1.1345(a)(5): Where was it received?",
                    "DC 1",
                    &[("Received At: Description", "DC 1")],
                ),
                ("Date the food was received", "2026-03-01", &[("Receive Date", "2026-03-01")]),
                ("(a)(2) Amount", "5 cases", &[("Quantity", "5"), ("Unit of Measure", "cases")]),
                ("(a)(7)", "Farm 1", &[("TLC Source: Description", "Farm 1")]),
            ],
        ),
        (
            Kind::Transformation,
            "Transformation events",
            &[
                (
                    "(a)(1)(i) The traceability lot code for the food",
                    "A",
                    &[("Input Traceability Lot Code", "A")],
                ),
                (
                    "(a)(1)(ii) The product description for the food to which the traceability lot code applies",
                    "Romaine",
                    &[("Input Product Description", "Romaine")],
                ),
                (
                    "(a)(1)(iii) For each traceability lot used, the quantity and unit of measure of the food used from that lot",
                    "4 cases",
                    &[("Input Quantity", "4"), ("Input Unit of Measure", "cases")],
                ),
                (
                    "(a)(2)(i) The new traceability lot code for the food",
                    "N",
                    &[("New Traceability Lot Code", "N")],
                ),
                (
                    "(a)(2)(ii) The location description for where you transformed the food (i.e., the traceability lot code source), and (if applicable) the traceability lot code source reference",
                    "Kitchen",
                    &[("Transformation Location: Description", "Kitchen")],
                ),
                (
                    "(a)(2)(iii) The date transformation was completed",
                    "2026-03-03",
                    &[("Transformation Date", "2026-03-03")],
                ),
                (
                    "(a)(2)(iv) The product description for the food",
                    "Salad",
                    &[("New Product Description", "Salad")],
                ),
                (
                    "(a)(2)(v) The quantity and unit of measure of the food (e.g., 6 cases, 200 pounds)",
                    "9 cases",
                    &[("New Quantity", "9"), ("New Unit of Measure", "cases")],
                ),
                (
                    "(a)(2)(vi) The reference document type and reference document number for the transformation event",
                    "Batch log 3",
                    &[("Reference Document Number", "3")],
                ),
            ],
        ),
    ];
    for (kind, tab, columns) in RULE {
        let mut sheet = NewSheet::new(tab);
        sheet.row(["FSMA 204 Sortable Spreadsheet"]);
        sheet.row(columns.iter().map(|(heading, ..)| *heading));
        sheet.row(columns.iter().map(|(_, text, _)| *text));
        let bytes = suyuan_xlsx::write_bytes(&[sheet]).unwrap();
        let import = read_bytes(&bytes, &Limits::default()).unwrap();
        assert_eq!(import.findings, [], "{kind}");
        let [event] = &import.events[..] else { panic!("{kind}: {:?}", import.events) };
        assert_eq!(event.kind, *kind);
        let mut filled = 0;
        for (heading, _, expected) in *columns {
            for (ours, text) in *expected {
                assert_eq!(event.get(ours), *text, "{kind}: {heading}");
                filled += 1;
            }
        }
        let written = event.cells().iter().filter(|text| !text.is_empty()).count();
        assert!(written >= filled && written <= filled + 1, "{kind}: {:?}", event.cells());
    }
    // A number in brackets is no paragraph of the rule, and an unknown one asks for nothing.
    let mut sheet = NewSheet::new("Shipping");
    sheet.row(["Traceability Lot Code", "Quantity", "(a)(19) Colour", "Pallets (12)"]);
    sheet.row(["A", "5", "red", "1"]);
    let bytes = suyuan_xlsx::write_bytes(&[sheet]).unwrap();
    assert_eq!(read_bytes(&bytes, &Limits::default()).unwrap().findings.len(), 2);
}

/// The examples of sheets that went wrong.
#[test]
fn examples_of_sheets() {
    let Some(data) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let read = |name: &str| {
        let path = std::path::Path::new(&data).join("cases/fsma").join(name);
        read_path(&path, &Limits::default()).unwrap()
    };
    let quoted = read("e-ruletext.xlsx");
    assert_eq!(quoted.findings, []);
    let event = &quoted.events[0];
    for (heading, text) in [
        ("Traceability Lot Code", "A"),
        ("Quantity", "40"),
        ("Unit of Measure", "cases"),
        ("Ship From: Description", "DC 1, ..."),
        ("TLC Source: Description", "Farm 1"),
        ("Reference Document Type", "BOL"),
        ("Reference Document Number", "1"),
    ] {
        assert_eq!(event.get(heading), text, "{heading}");
    }
    assert!(event.get("Ship To: Description").starts_with("Store 5"));
    let (pounds, findings) = chain(&read("lb-50.xlsx").events);
    assert!(findings.is_empty(), "{findings:?}");
    let amount = pounds.batch(pounds.find_batch("T").unwrap()).amount.unwrap().to_decimal();
    // 22.6796185 lies between two millionths.
    assert!(["22.679618", "22.679619"].contains(&&*amount.to_string()), "{amount}");
    let (cases, _) = chain(&read("m1-cases-each.xlsx").events);
    let batch = cases.find_batch("TLC1").unwrap();
    let ledger = |place: &str| {
        let stock = cases.find_stock("TLC1", place).unwrap();
        cases.ledger(stock, suyuan_core::time::Minute::UNBOUNDED_FUTURE)
    };
    assert_eq!(cases.batch(batch).unit.map(|unit| unit.symbol()), Some("箱"));
    // 100 cases left and came; 240 pieces of them went on, which are no 240 cases.
    assert!(ledger("PACK").shipped.complete && !ledger("DC").shipped.complete);
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
