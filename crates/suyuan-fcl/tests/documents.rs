//! Documents, folders and workbooks: sound ones, wrong ones, and those meant to do harm.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::{ids, weights};
use proptest::prelude::*;
use suyuan_core::chain::ChainBuilder;
use suyuan_core::time::Minute;
use suyuan_core::trace::{TraceOptions, forward};
use suyuan_fcl::json::Json;
use suyuan_fcl::{
    Delivery, Document, Error, Limits, Mode, Network, Parameters, Relation, Station,
    WorkbookLimits, read_folder, read_template_bytes,
};
use suyuan_xlsx::{NewSheet, write_bytes};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fcl").join(name)
}

fn refused(text: &str) -> String {
    match Document::parse(text, &Limits::default()).and_then(|document| document.import()) {
        Err(error) => error.to_string(),
        Ok(import) => panic!("{import:?}"),
    }
}

#[test]
fn the_bundled_network_scores_as_worked_out_by_hand() {
    let document = Document::read(&fixture("rework.json"), &Limits::default()).unwrap();
    let import = document.import().unwrap();
    assert_eq!(import.findings, []);
    let folder = read_folder(&fixture("rework"), &Limits::default()).unwrap();
    assert_eq!(folder.network, import.network);
    assert_eq!(folder.parameters, import.parameters);
    let [exact, desktop] = [Mode::Exact, Mode::Compatible]
        .map(|mode| import.network.score(&import.parameters, mode).unwrap());
    for scores in [&exact, &desktop] {
        for (station, expected) in
            [("F", 1.0), ("A", 1.0), ("B", 1.0), ("C", 1.0), ("G", 0.5), ("X", 0.5), ("Y", 0.5)]
        {
            assert_eq!(scores.station(station).unwrap().score, expected, "{station}");
        }
        for (delivery, expected) in
            [("f", 1.0), ("d1", 1.0), ("d2", 1.0), ("g", 0.5), ("x", 0.5), ("y", 0.5)]
        {
            assert_eq!(scores.delivery(delivery).unwrap().score, expected, "{delivery}");
        }
    }
    assert_eq!(exact.delivery("d3").unwrap().score, 1.0);
    assert_eq!(desktop.delivery("d3").unwrap().score, 0.5);
}

#[test]
fn everything_of_a_document_comes_back() {
    let text = r#"{"version":"1.2.1","note":[1.50,-0,1e-7,"\u00e9\ud83d\ude00\n\"\\\/"],"data":{"stations":{"columnProperties":[{"id":"ID","type":"string"}],"data":[[{"id":"ID","value":"1","extra":{}},{"id":"Lat","value":50.10}],[{"id":"ID","value":"2"}]]},"deliveries":{"data":[[{"id":"ID","value":"d"},{"id":"from","value":"1"},{"id":"to","value":"2"},{"id":"Lot ID","value":"L"},{"id":"ok","value":null}]]},"deliveryRelations":{"data":[]}},"tracing":{"enforceTemporalOrder":true,"nodes":[{"id":"g","weight":-0.5,"crossContamination":true,"killContamination":null,"observed":true}],"deliveries":[{"id":"d","weight":2,"killContamination":true}]},"settings":{"metaNodes":[{"id":"g","name":"both","type":null,"members":["1","2"],"colour":[255,0,0]}],"view":{"graph":{"node":{"positions":[{"id":"1","position":{"x":0.1,"y":2}}]}}}},"samples":null}"#;
    let document = Document::parse(text, &Limits::default()).unwrap();
    let printed = document.to_string();
    assert_eq!(printed, text.replace(r"\u00e9\ud83d\ude00", "é😀").replace(r"\/", "/"));
    let import = document.import().unwrap();
    assert_eq!(import.findings, []);
    let set = &import.parameters;
    assert!(set.enforce_temporal_order);
    assert_eq!(set.station_weights, weights("g=-0.5"));
    assert_eq!(set.station_cross_contamination, ["g"]);
    assert_eq!(set.station_observed, ["g"]);
    assert_eq!((&set.delivery_kill, &set.delivery_weights), (&ids("d"), &weights("d=2")));
    assert_eq!(set.merged_stations, [("g".to_owned(), ids("1 2"))]);
    assert_eq!(import.network.stations[0].property("Lat").unwrap().as_cell(), Some("50.10"));
    assert_eq!(import.network.deliveries[0].lot_id, "L");
    // A new document says the same, and other settings change nothing but the trace.
    let again = Document::new(&import.network, set).import().unwrap();
    assert_eq!(again, import);
    let mut other = set.clone();
    other.station_weights = weights("1=3");
    let changed = document.with_parameters(&other).unwrap();
    assert_eq!(changed.import().unwrap().parameters.station_weights, weights("1=3"));
    assert_eq!(changed.json().get("settings"), document.json().get("settings"));
    assert_eq!(changed.json().get("note"), document.json().get("note"));
}

#[test]
fn the_older_form_is_read_too() {
    let text = r#"{"title":"t","stations":[{"id":"1","name":"Farm","type":"grower","weight":1},{"id":"2","observed":"FULL"}],"deliveries":[{"id":"d","source":"1","target":"2","date":"2026-03-01","lot":"7"},{"id":"e","source":"2","target":"1"}],"deliveriesRelations":[{"id":"r","source":"d","target":"e"}]}"#;
    let import = Document::parse(text, &Limits::default()).unwrap().import().unwrap();
    assert_eq!(import.findings, []);
    assert_eq!(import.network.stations[0].name, "Farm");
    assert_eq!(import.network.deliveries[0].departure, "2026-03-01");
    assert_eq!(import.network.relations.len(), 1);
    assert_eq!(import.parameters.station_weights, weights("1=1"));
    assert_eq!(import.parameters.station_observed, ["2"]);
}

#[test]
fn wrong_types_are_refused_with_their_path() {
    let document = |stations: &str, deliveries: &str| {
        format!(
            r#"{{"data":{{"stations":{stations},"deliveries":{deliveries},"deliveryRelations":{{}}}}}}"#
        )
    };
    for (text, expected) in [
        (document("[]", "{}"), "$.data.stations: expected an object, found a list"),
        (document(r#"{"data":{}}"#, "{}"), "$.data.stations.data: expected a list, found an object"),
        (document("{}", r#"{"data":[3]}"#), "$.data.deliveries.data[0]: expected a list, found a number"),
        (
            document(r#"{"data":[[{"id":"ID"}]]}"#, "{}"),
            "$.data.stations.data[0][0].value: expected a member of this name, found none",
        ),
        (
            document(r#"{"data":[[{"id":"ID","value":[1]}]]}"#, "{}"),
            "$.data.stations.data[0][0].value: expected a text, a number, true, false or null, found a list",
        ),
        (
            document(r#"{"columnProperties":[{"id":1,"type":"string"}]}"#, "{}"),
            "$.data.stations.columnProperties[0].id: expected a text, found a number",
        ),
        (r#"{"data":{}}"#.to_owned(), "$.data.stations: expected a member of this name, found none"),
        ("{}".to_owned(), "$.data: expected a member of this name, found none"),
        ("[]".to_owned(), "$: expected an object, found a list"),
        (
            r#"{"data":{"stations":{},"deliveries":{},"deliveryRelations":{}},"tracing":{"nodes":[{"id":"a","weight":"heavy"}]}}"#.to_owned(),
            "$.tracing.nodes[0].weight: expected a number, found a text",
        ),
        (
            r#"{"data":{"stations":{},"deliveries":{},"deliveryRelations":{}},"tracing":{"nodes":[{"id":"a","weight":1e999}]}}"#.to_owned(),
            "$.tracing.nodes[0].weight: expected a number of ordinary size, found a number",
        ),
        (
            r#"{"data":{"stations":{},"deliveries":{},"deliveryRelations":{}},"settings":{"metaNodes":[{"id":"a"}]}}"#.to_owned(),
            "$.settings.metaNodes[0].members: expected a member of this name, found none",
        ),
    ] {
        assert_eq!(refused(&text), format!("failed to read the document at {expected}"));
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (text, place) in [
        ("", "$, line 1, column 1: expected a value"),
        ("{\"a\":1,}", "$, line 1, column 8: expected a name in quotes"),
        ("{\"a\":\n  tru}", "$.a, line 2, column 3: expected a value"),
        ("[1 2]", "$[1], line 1, column 4: expected \",\" or \"]\""),
        ("[01]", "$[0], line 1, column 4: expected a number"),
        ("[1.]", "$[0], line 1, column 4: expected a digit"),
        ("[\"a", "$[0], line 1, column 4: the text is not closed"),
        ("[\"\\ud800\"]", "$[0], line 1, column 9: half a pair is no character"),
        ("{} {}", "$, line 1, column 4: expected the end of the document"),
        (r#"{"data":{"x":1,"x":2}}"#, "$.data, line 1, column 16: the name \"x\" is there twice"),
    ] {
        assert_eq!(refused(text), format!("failed to read the document at {place}"), "{text}");
    }
}

#[test]
fn hostile_documents_end_in_an_error_within_bounds() {
    let nested = "[".repeat(1_000_000);
    assert_eq!(
        refused(&nested),
        "failed to read the document: more than 64 lists and objects inside each other"
    );
    let nested = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    assert!(refused(&nested).contains("inside each other"));
    // A million items are read; the limit ends where there are more values than it allows.
    let list = format!("[{}1]", "1,".repeat(999_999));
    let Json::List(items) = Json::parse(&list, &Limits::default()).unwrap() else { panic!() };
    assert_eq!(items.len(), 1_000_000);
    let mut limits = Limits::default();
    limits.values = 1000;
    let error = Json::parse(&list, &limits).unwrap_err();
    assert_eq!(error.to_string(), "failed to read the document: more than 1000 values");
    limits.bytes = 10;
    assert!(matches!(Json::parse(&list, &limits), Err(Error::TooLarge { what: "bytes", .. })));
    // A list of a million where an object belongs.
    assert!(
        refused(&format!(r#"{{"data":{list}}}"#))
            .starts_with("failed to read the document at $.data: expected an object")
    );
    // A million names, the last one said twice.
    let names: String = (0..1_000_000).map(|n| format!("\"{n}\":0,")).collect();
    let twice = format!("{{{names}\"0\":0}}");
    assert!(refused(&twice).ends_with("the name \"0\" is there twice"));
    assert!(matches!(
        Document::read(Path::new("no-such-file.json"), &Limits::default()),
        Err(Error::Read { .. })
    ));
}

#[test]
fn records_that_cannot_be_right_are_found_and_the_rest_is_kept() {
    let text = r#"{"data":{"stations":{"data":[[{"id":"ID","value":"1"},{"id":"ID","value":"2"}],[{"id":"Name","value":"?"}],[{"id":"ID","value":"1"}]]},"deliveries":{"data":[[{"id":"ID","value":"d"},{"id":"from","value":"1"},{"id":"to","value":"9"},{"id":"Date Delivery","value":"soon"}],[{"id":"ID","value":"d"},{"id":"from","value":"1"},{"id":"to","value":"1"}],[{"id":"ID","value":"e"},{"id":"from","value":"1"},{"id":"to","value":"1"}]]},"deliveryRelations":{"data":[[{"id":"from","value":"d"},{"id":"to","value":"e"}],[{"id":"from","value":"d"},{"id":"to","value":"z"}],[{"id":"from","value":"d"}],[{"id":"from","value":"e"},{"id":"to","value":"e"}]]}},"settings":{"metaNodes":[{"id":"1","members":["1","8"]},{"id":"h","members":["1"]}]}}"#;
    let import = Document::parse(text, &Limits::default()).unwrap().import().unwrap();
    let found: Vec<_> = import.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "$.data.stations.data[0][1]: column \"ID\" is there twice; the first counts",
            "$.data.stations.data[1]: a station without ID is left out",
            "$.data.deliveryRelations.data[2]: a relation without from and to is left out",
            "station 1: its id is there twice; the first counts",
            "delivery d: there is no station \"9\"",
            "delivery d: \"soon\" is no date; it counts as unknown",
            "delivery d: its id is there twice; the first counts",
            "relation d -> e: the first went to station \"9\", the second left \"1\"",
            "relation d -> z: there is no delivery \"z\"",
            "relation e -> e: a delivery does not go into itself",
            "group 1: its id belongs to another station or group",
            "group 1: there is no station \"8\"",
            "group h: station \"1\" is in group \"1\" too; the last counts",
        ]
    );
    // Exact scores keep the delivery to a station nobody lists; the desktop leaves it out.
    let scores = import.network.score(&import.parameters, Mode::Exact).unwrap();
    assert!(scores.delivery("d").is_some() && scores.station("9").is_some());
    let desktop = import.network.score(&import.parameters, Mode::Compatible).unwrap();
    assert!(desktop.delivery("d").is_none());
}

#[test]
fn folders_are_read_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let read = || read_folder(dir.path(), &Limits::default());
    assert!(matches!(read(), Err(Error::Read { .. })));
    write("in_stations.csv", "ID,node,ZIP\na,Farm,01\n,x,\nb\n");
    write("in_deliveries.csv", "ID,from,to,Charge Number\n1,a,b,L7\n");
    write("in_relations.csv", "ID,Next\n1,\n");
    let import = read().unwrap();
    let found: Vec<_> = import.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "in_stations.csv:3: a station without ID is left out",
            "in_relations.csv:2: a relation without both ids is left out"
        ]
    );
    assert_eq!(import.network.stations[0].property("ZIP").unwrap().as_cell(), Some("01"));
    assert_eq!(import.network.deliveries[0].lot_number, "L7");
    assert_eq!(import.parameters, Parameters::default());
    write("params.json", r#"{"merged_stations":{"a":"m","b":"m"},"colour":1}"#);
    let import = read().unwrap();
    assert_eq!(import.parameters.merged_stations, [("m".to_owned(), ids("a b"))]);
    assert!(
        import
            .findings
            .iter()
            .any(|f| f.to_string() == "params.json: \"colour\" means nothing here")
    );
    write("params.json", r#"{"station_kill": 3}"#);
    assert_eq!(
        read().unwrap_err().to_string(),
        "failed to read the document at $.station_kill: expected a list, found a number"
    );
    write("in_relations.csv", "ID,After\n");
    assert_eq!(
        read().unwrap_err().to_string(),
        "failed to read in_relations.csv: its header lacks Next"
    );
    std::fs::write(dir.path().join("in_stations.csv"), b"ID\n\xff\n").unwrap();
    assert!(matches!(read(), Err(Error::NotUtf8 { at: 3 })));
}

/// The template's headings, and rows below them.
fn template(change: impl Fn(&mut [NewSheet; 3], &mut Vec<String>)) -> Vec<u8> {
    let mut sheets = ["Stations", "Deliveries", "Deliveries2Deliveries"].map(NewSheet::new);
    let mut heading: Vec<String> = [
        "DeliveryID",
        "Station",
        "Product Name",
        "Lot Number",
        "Lot size",
        "",
        "Delivery Date Departure",
        "",
        "",
        "Delivery Date Arrival",
        "",
        "",
        "Unit weigt/vol./pck.",
        "",
        "Recipient",
        "Additional Fields ->",
        "Sampling",
    ]
    .map(str::to_owned)
    .into();
    sheets[0].row([
        "Company_ID",
        "Name",
        "Street",
        "Street Number",
        "Postal Code",
        "City",
        "District",
        "State",
        "Country",
        "Type of business",
        "Additional Fields ->",
        "Latitude",
    ]);
    sheets[0].row(["1", "Farm", "Lane", "2", "01234", "", "", "", "DE", "Farmer", "", "50.1"]);
    sheets[0].row(["2", "Mill"]);
    sheets[0].row(["3", "Shop"]);
    change(&mut sheets, &mut heading);
    sheets[1].row(heading);
    sheets[1].row([
        "",
        "",
        "",
        "",
        "Quantity",
        "Type / Unit",
        "Day",
        "Month",
        "Year",
        "Day",
        "Month",
        "Year",
        "Quantity",
        "Type / Unit",
    ]);
    sheets[1]
        .row(["a", "1", "Grain", "L1", "9", "t", "1", "3", "2026", "", "", "", "500", "kg", "2"]);
    sheets[1].row([
        "b", "2", "Flour", "L2", "", "", "", "3", "2026", "x", "3", "2026", "", "", "3", "", "yes",
    ]);
    sheets[2].row(["From DeliveryID", "Into DeliveryID"]);
    sheets[2].row(["a", "b"]);
    write_bytes(&sheets).unwrap()
}

/// BfR's own workbook calls the column `Postal`.
#[test]
fn the_heading_of_the_postal_code_has_several_names() {
    for name in ["Postal", "postal  CODE", "ZIP"] {
        let bytes = template(|sheets, _| {
            let mut stations = NewSheet::new("Stations");
            stations.row([
                "Company_ID",
                "Name",
                "Street",
                "Street Number",
                name,
                "City",
                "District",
                "State",
                "Country",
                "Type of business",
                "Additional Fields ->",
            ]);
            stations.row(["1", "Farm", "", "", "01234"]);
            sheets[0] = stations;
        });
        let import = read_template_bytes(&bytes, &WorkbookLimits::default()).unwrap();
        let postal = import.network.stations[0].property("ZIP").unwrap();
        assert_eq!(postal.as_cell(), Some("01234"), "{name}");
    }
}

/// Units as offices write them; words of packing are units of their own.
#[test]
fn units_are_read_in_english_and_german() {
    use suyuan_core::chain::ChainBuilder;
    for (written, symbol) in [
        ("litre", "L"),
        ("Liter", "L"),
        ("ltr.", "L"),
        ("jars", "jar"),
        ("Gläser", "jar"),
        ("Kartons", "carton"),
        ("cases", "箱"),
        ("Stück", "pcs"),
        ("kg", "kg"),
        ("lb", "kg"),
        ("Beutel", "袋"),
    ] {
        let mut delivery = suyuan_fcl::Delivery {
            id: "d".into(),
            from: "a".into(),
            to: "b".into(),
            ..Default::default()
        };
        delivery.properties.push(suyuan_fcl::Property::text("Amount", "3"));
        delivery.properties.push(suyuan_fcl::Property::text("Amount Unit", written));
        let network = suyuan_fcl::Network { deliveries: vec![delivery], ..Default::default() };
        let mut builder = ChainBuilder::new();
        assert_eq!(network.add_to(&mut builder).unwrap(), [], "{written}");
        let chain = builder.build().unwrap().chain;
        let stock = chain.stock_ids().next().unwrap();
        assert_eq!(chain.unit(stock).map(|unit| unit.symbol()), Some(symbol), "{written}");
        let shipment = chain.shipment(chain.shipment_ids().next().unwrap());
        assert!(shipment.amount.is_some(), "{written}");
    }
}

#[test]
fn the_all_in_one_workbook_is_read() {
    let limits = WorkbookLimits::default();
    let import = read_template_bytes(&template(|_, _| {}), &limits).unwrap();
    let found: Vec<_> = import.findings.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["Deliveries, row 4: day \"x\", month \"3\", year \"2026\" are no date"]);
    let network = &import.network;
    assert_eq!(network.stations[0].property("ZIP").unwrap().as_cell(), Some("01234"));
    assert_eq!(network.stations[0].property("Latitude").unwrap().as_cell(), Some("50.1"));
    let [grain, flour] = &network.deliveries[..] else { panic!() };
    assert_eq!((&*grain.from, &*grain.to, &*grain.departure), ("1", "2", "2026-03-01"));
    assert_eq!((&*grain.lot_number, grain.lot()), ("L1", "1|Grain|L1".to_owned()));
    assert_eq!(grain.property("Amount").unwrap().as_cell(), Some("500"));
    assert_eq!((&*flour.departure, &*flour.arrival), ("2026-03", ""));
    assert_eq!(flour.property("Sampling").unwrap().as_cell(), Some("yes"));
    assert_eq!(network.relations, [Relation { from: "a".into(), to: "b".into() }]);
    let error = |bytes: &[u8]| read_template_bytes(bytes, &limits).unwrap_err().to_string();
    assert_eq!(
        error(&template(|_, heading| heading[14] = "Receiver".into())),
        "failed to read sheet Deliveries, O1: expected \"Recipient\", found \"Receiver\""
    );
    assert_eq!(
        error(&template(|sheets, _| sheets[2] = NewSheet::new("Other"))),
        "failed to read the workbook: there is no sheet \"Deliveries2Deliveries\" (it has Stations, Deliveries, Other)"
    );
    assert!(error(b"ID,Name\n").contains("no .xlsx file"));
}

#[test]
fn networks_become_records_and_come_back() {
    let import = read_template_bytes(&template(|_, _| {}), &WorkbookLimits::default()).unwrap();
    let mut builder = ChainBuilder::new();
    let findings = import.network.add_to(&mut builder).unwrap();
    assert_eq!(findings, []);
    let chain = builder.build().unwrap().chain;
    chain.verify().unwrap();
    // Grain at the farm and the mill, flour made of it at the mill and sold to the shop.
    let stocks: Vec<_> = chain.stock_ids().map(|stock| chain.stock_label(stock)).collect();
    assert_eq!(stocks.len(), 4, "{stocks:?}");
    let grain = chain.find_stock("1|Grain|L1", "1").unwrap();
    let trace =
        forward(&chain, &[(grain, Minute::UNBOUNDED_PAST)], &TraceOptions::default()).unwrap();
    let shop = chain.find_stock("2|Flour|L2", "3").unwrap();
    assert!(trace.find(shop).is_some());
    let shipment = chain.shipment(chain.shipment_ids().next().unwrap());
    assert_eq!(shipment.amount.unwrap().to_decimal().normalize().to_string(), "500");
    let (back, findings) = Network::from_chain(&chain).unwrap();
    assert_eq!(findings, []);
    assert_eq!(back.stations.len(), 3);
    assert_eq!(back.relations, import.network.relations);
    assert_eq!(back.deliveries[0].departure, "2026-03-01");
    assert_eq!(back.deliveries[1].departure, "2026-03");
    assert_eq!(back.deliveries[0].lot_id, "1|Grain|L1");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{}:,"0-9a-e\\. -]{0,40}"#) {
        if let Ok(json) = Json::parse(&text, &Limits::default()) {
            prop_assert_eq!(&Json::parse(&json.to_string(), &Limits::default()).unwrap(), &json);
            prop_assert_eq!(&Json::parse(&format!("{json:#}"), &Limits::default()).unwrap(), &json);
        }
    }

    #[test]
    fn networks_come_back_from_documents(
        stations in prop::collection::vec(("[a-z]{1,3}", "[ -~]{0,5}"), 0..6),
        deliveries in prop::collection::vec(("[0-9]{1,3}", "[a-z]{1,3}", "[a-z]{1,3}", "[0-9-]{0,6}"), 0..6),
    ) {
        let mut network = Network::default();
        for (id, name) in stations {
            network.stations.push(Station { id, name, properties: Vec::new() });
        }
        for (id, from, to, departure) in deliveries {
            network.deliveries.push(Delivery { id, from, to, departure, ..Delivery::default() });
        }
        let document = Document::new(&network, &Parameters::default());
        let again = Document::parse(&document.to_string(), &Limits::default()).unwrap();
        prop_assert_eq!(again.import().unwrap().network, network);
    }
}
