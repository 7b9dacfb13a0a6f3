//! XML in and out: what the schemas of GS1 accept is read, and all that is written they accept.
//!
//! Two checks of what is written: the order our own reader asks for, and where a copy of the
//! schemas is at hand and `xmllint` is installed, the schemas themselves.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use suyuan_epcis::{Document, Error, Import, MapOptions, Object, Problem, ReadOptions, Value};

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("SUYUAN_CONFORMANCE_DATA");
    if data.is_none() {
        println!("skipped: no conformance data");
    }
    data.map(PathBuf::from)
}

fn read(text: &str) -> Result<Document, Error> {
    Document::read(text.as_bytes(), &ReadOptions::default())
}

fn problems(text: &str) -> Vec<Problem> {
    match read(text) {
        Err(Error::Invalid { problems, .. }) => problems,
        Err(error) => panic!("{error}"),
        Ok(_) => Vec::new(),
    }
}

/// An XML document of EPCIS 2.0 around events.
fn around(attributes: &str, events: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ex="urn:ex" schemaVersion="2.0"
        creationDate="2026-03-01T00:00:00Z" {attributes}><EPCISBody><EventList>{events}</EventList>
        </EPCISBody></epcis:EPCISDocument>"#
    )
}

fn object(more: &str) -> String {
    format!(
        "<ObjectEvent><eventTime>2026-03-01T08:00:00Z</eventTime>\
         <eventTimeZoneOffset>+08:00</eventTimeZoneOffset>{more}</ObjectEvent>"
    )
}

const LIST: &str = "<epcList><epc>urn:epc:id:sgtin:0614141.107346.1</epc></epcList>";
const ACTION: &str = "<action>OBSERVE</action>";

#[test]
fn attributes_of_the_schema_instance_and_of_xml_stand_anywhere() {
    let plain = around("", &object(&format!("{LIST}{ACTION}<bizStep>urn:x:y</bizStep>")));
    let with = around(
        "xsi:schemaLocation='urn:epcglobal:epcis:xsd:2 x.xsd' xsi:noNamespaceSchemaLocation='y.xsd'",
        &object(&format!(
            "<epcList xml:space='preserve'><epc xsi:type='x'>urn:epc:id:sgtin:0614141.107346.1\
             </epc></epcList>{ACTION}<bizStep xml:lang='en'>urn:x:y</bizStep>"
        )),
    );
    assert_eq!(read(&with).unwrap(), read(&plain).unwrap());
    // The prefix of the namespace is anybody's choice.
    let other = with.replace("xmlns:xsi", "xmlns:s").replace("xsi:", "s:");
    assert_eq!(read(&other).unwrap(), read(&plain).unwrap());
    // What belongs to somebody's own element stays with it.
    let own =
        around("xml:lang='zh'", &object(&format!("{LIST}{ACTION}<ex:a xml:lang='en'>b</ex:a>")));
    let json = read(&own).unwrap().to_json();
    assert!(
        json.contains(r#""@xml:lang": "zh""#) && json.contains(r#""@xml:lang": "en""#),
        "{json}"
    );
    assert_eq!(read(&json).unwrap().events().len(), 1);
    let again = read(&read(&own).unwrap().to_xml().unwrap().text).unwrap();
    assert_eq!(again, read(&own).unwrap());
}

#[test]
fn what_is_nil_is_unknown() {
    let quantity = |inner: &str| {
        let entry =
            format!("<quantityElement><epcClass>urn:a:b</epcClass>{inner}</quantityElement>");
        let event = object(&format!("{ACTION}<quantityList>{entry}</quantityList>"));
        read(&around("", &event)).unwrap()
    };
    let document = quantity("<quantity xsi:nil='true'/><uom>KGM</uom>");
    assert_eq!(document.events()[0].goods[0].quantity, None);
    let entry = document.root().get("epcisBody").unwrap().get("eventList").unwrap();
    let entry = entry.items().unwrap()[0].get("quantityList").unwrap().items().unwrap()[0].clone();
    assert_eq!(entry.to_json(), r#"{"epcClass":"urn:a:b","uom":"KGM"}"#);
    // It goes out as it came.
    let text = document.to_xml().unwrap().text;
    assert!(text.contains("xsi:nil=\"true\""), "{text}");
    assert_eq!(read(&text).unwrap().root(), document.root());
    assert_eq!(
        quantity("<quantity xsi:nil='0'>5</quantity>").events()[0].goods[0].quantity.map(|q| q.0),
        Some(5.into())
    );
    // Optional fields too; a required one must be known.
    let step = object(&format!("{LIST}{ACTION}<bizStep xsi:nil='1'/><ex:a xsi:nil='true'/>"));
    let document = read(&around("", &step)).unwrap();
    assert_eq!(document.events()[0].step, None);
    assert!(document.to_json().contains(r#""ex:a": null"#));
    let time = around("", &object(ACTION)).replacen("<eventTime>", "<eventTime xsi:nil='true'>", 1);
    let found = problems(&time);
    assert_eq!(found[0].path, "/epcisBody/eventList/0/eventTime");
}

#[test]
fn a_document_type_may_be_a_name_and_no_more() {
    let with = |declaration: &str| {
        around("", &object(&format!("{LIST}{ACTION}"))).replacen(
            "?>",
            &format!("?>{declaration}"),
            1,
        )
    };
    for good in ["<!DOCTYPE project>", "<!DOCTYPE  epcis:EPCISDocument >\n", "<!DOCTYPE 文档>"] {
        assert!(read(&with(good)).is_ok(), "{good}");
    }
    for bad in [
        "<!DOCTYPE a []>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a PUBLIC 'b' 'http://x/y.dtd'>",
        "<!DOCTYPE>",
        "<!DOCTYPE a><!DOCTYPE a>",
    ] {
        let said = read(&with(bad)).unwrap_err().to_string();
        assert!(said.starts_with("failed to read"), "{bad}: {said}");
    }
    let inside = around("", &object(LIST)).replacen("<action>", "<!DOCTYPE a><action>", 1);
    assert!(read(&inside.replace("<EventList>", "<!DOCTYPE a><EventList>")).is_err());
}

#[test]
fn rules_of_the_json_schema_are_not_those_of_xml() {
    for event in [
        // An EPC twice, no goods at all, a sensor report without a type, master data of an
        // observation, a unit code of no table, a word the vocabulary does not have.
        object(&format!("<epcList><epc>a:b</epc><epc>a:b</epc></epcList>{ACTION}")),
        object(ACTION),
        object(&format!(
            "{ACTION}<sensorElementList><sensorElement><sensorReport exception='gs1:ALARM_CONDITION'
             booleanValue='1' value='1E5'/></sensorElement></sensorElementList>"
        )),
        object(&format!("{ACTION}<ilmd><ex:a>b</ex:a></ilmd>")),
        object(&format!(
            "{ACTION}<quantityList><quantityElement><epcClass>urn:a:b</epcClass>
             <quantity>+5.</quantity><uom>kg</uom></quantityElement></quantityList>"
        )),
        object(&format!("{ACTION}<bizStep>urn:epcglobal:cbv:bizstep:jumping</bizStep>")),
        object(&format!("{ACTION}<ilmd><extension><local>b</local></extension></ilmd>")),
    ] {
        let document = read(&around("", &event)).unwrap();
        let import = Import::of(&document, "xml", &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
        let again = read(&document.to_xml().unwrap().text).unwrap();
        assert_eq!(again.root(), document.root());
    }
}

#[test]
fn the_wrong_order_is_refused_and_read_leniently() {
    let at = "/epcisBody/eventList/0";
    for (event, path, what) in [
        (object(&format!("{ACTION}{LIST}")), "/epcList", "it stands after action, expected before"),
        (object(&format!("{LIST}{ACTION}{ACTION}")), "/action", "it stands twice"),
        (object(LIST), "/action", "it is missing"),
        (object(&format!("{LIST}<action>LOOK</action>")), "/action", "found \"LOOK\""),
        (object(&format!("{LIST}{ACTION}<speed>5</speed>")), "/speed", "no such element"),
        (object(&format!("{LIST}<ex:a/>{ACTION}")), "/action", "somebody's own"),
        (object(&format!("{LIST}loose{ACTION}")), "", "found the text \"loose\""),
        (
            object(&format!(
                "{LIST}{ACTION}<persistentDisposition><set>urn:a:b</set><unset>urn:a:c</unset>\
                 </persistentDisposition>"
            )),
            "/persistentDisposition/unset/0",
            "it stands after set",
        ),
        (
            object(&format!(
                "{ACTION}<quantityList><quantityElement><epcClass>a:b</epcClass>\
                 <uom>KGM</uom></quantityElement></quantityList>"
            )),
            "/quantityList/0/quantity",
            "it is missing",
        ),
        (
            object(&format!("{LIST}{ACTION}<sourceList/>")),
            "/sourceList",
            "expected 1 source or more",
        ),
        (
            object(&format!("{LIST}{ACTION}<readPoint a='b'><id>a:b</id></readPoint>")),
            "/readPoint",
            "no attribute \"a\"",
        ),
    ] {
        let text = around("", &event);
        let found = problems(&text);
        assert!(
            found.iter().any(|p| p.path == format!("{at}{path}") && p.what.contains(what)),
            "{event}: {found:?}"
        );
        let document = Document::read(text.as_bytes(), &ReadOptions::lenient()).unwrap();
        assert_eq!((document.events().len(), document.problems()), (1, &*found));
    }
    // What is an item in the wrong place still has its number.
    let two = format!("{}{}", object(&format!("{LIST}{ACTION}")), object(LIST));
    assert_eq!(problems(&around("", &two))[0].path, "/epcisBody/eventList/1/action");
    // The order of 1.x is its own: what 2.0 has in the event stands in its extension.
    let old = around("", &object(&format!("{LIST}{ACTION}<quantityList/>")))
        .replace("xsd:2", "xsd:1")
        .replace("\"2.0\"", "\"1.2\"");
    assert_eq!(problems(&old)[0].path, "/epcisBody/eventList/0/quantityList");
    assert!(
        read(&old.replace("<quantityList/>", "<extension><quantityList/></extension>")).is_ok()
    );
}

/// Numbers without a source: a linear congruence, for documents of every form.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn time(&mut self) -> Json {
        let forms = [
            "2026-03-01T08:30:00Z",
            "2026-03-01T08:30:00.125+08:00",
            "2026-03-01t08:30:00z",
            "2026-02-28 23:59:60-03:30",
            "1999-12-31T23:59:59+14:00",
            "2026-03-01T08:30:00+23:59",
        ];
        self.pick(&forms).into()
    }

    fn uri(&mut self, what: &str) -> String {
        format!("urn:x:{what}:{}", self.roll(1000))
    }

    fn number(&mut self) -> Json {
        let forms = ["5", "-0.50", "1e3", "2.5E-7", "123456789.000001", "0.1e+2", "100"];
        serde_json::from_str(self.pick(&forms)).unwrap()
    }

    fn own(&mut self, depth: usize) -> Json {
        match self.roll(if depth < 2 { 7 } else { 4 }) {
            0 => json!("a <text> & \"more\"\n\tof it"),
            1 => self.number(),
            2 => json!(true),
            3 => Json::Null,
            4 => json!({"ex:in": self.own(depth + 1), "@ex:a": "b", "#text": "t"}),
            5 => json!([self.own(2), "x"]),
            _ => json!({"ex:in": [self.own(2), self.own(2)], "other:deep": self.own(depth + 1)}),
        }
    }

    fn list(&mut self, most: usize, one: impl Fn(&mut Self, usize) -> Json) -> Json {
        let count = self.roll(most + 1);
        Json::Array((0..count).map(|at| one(self, at)).collect())
    }

    fn epcs(&mut self) -> Json {
        self.list(3, |dice, at| json!(format!("urn:x:epc:{at}-{}", dice.roll(100))))
    }

    fn quantities(&mut self) -> Json {
        let entry = |dice: &mut Self, _| {
            let mut entry = json!({"epcClass": dice.uri("class")});
            if dice.roll(3) > 0 {
                entry["quantity"] = dice.number();
            }
            if dice.roll(2) > 0 {
                entry["uom"] = dice.pick(&["KGM", "LBR", "CS", "EA"]).into();
            }
            entry
        };
        let mut list = self.list(2, entry);
        list.as_array_mut().unwrap().push(entry(self, 0));
        list
    }

    fn place(&mut self) -> Json {
        let mut place = json!({"id": self.uri("place")});
        if self.roll(3) == 0 {
            place["ex:dock"] = self.own(0);
            place["plain"] = self.own(0);
        }
        place
    }

    fn ends(&mut self, name: &str) -> Json {
        let kinds = ["location", "owning_party", "urn:x:kind"];
        let kind = self.pick(&kinds);
        self.list(2, |dice, _| json!({"type": kind, name: dice.uri("end")}))
    }

    fn sensors(&mut self) -> Json {
        self.list(2, |dice, _| {
            let mut report = json!({"type": dice.pick(&["Temperature", "gs1:Humidity", "ex:mine"]),
                "value": dice.number(), "uom": "CEL", "time": dice.time(), "hexBinaryValue": "F00D",
                "booleanValue": dice.roll(2) == 0, "ex:own": "v"});
            if dice.roll(2) == 0 {
                report["exception"] = "ALARM_CONDITION".into();
            }
            let mut sensor = json!({"sensorReport": [report.clone(), report],
                "sensorMetadata": {"time": dice.time(), "deviceID": dice.uri("device")}});
            if dice.roll(2) == 0 {
                sensor["ex:note"] = dice.own(0);
            }
            sensor
        })
    }

    fn event(&mut self) -> Json {
        let kinds = [
            "ObjectEvent",
            "AggregationEvent",
            "TransactionEvent",
            "TransformationEvent",
            "AssociationEvent",
        ];
        let kind = self.pick(&kinds);
        let mut all: Vec<(&str, Json)> = vec![
            ("recordTime", self.time()),
            ("eventID", json!(self.uri("event"))),
            ("bizStep", json!(self.pick(&["shipping", "cbv:BizStep-packing", "urn:x:step"]))),
            ("disposition", json!("in_transit")),
            ("readPoint", self.place()),
            ("bizLocation", self.place()),
            ("sourceList", self.ends("source")),
            ("destinationList", self.ends("destination")),
            ("sensorElementList", self.sensors()),
            (
                "persistentDisposition",
                json!({"set": ["completeness_verified"], "unset": ["damaged"]}),
            ),
            (
                "certificationInfo",
                match self.roll(3) {
                    0 => json!("urn:x:certificate"),
                    1 => json!(["urn:x:one", "urn:x:two"]),
                    _ => {
                        json!([{"gs1:CertificationDetails": {"gs1:certificationStandard": "S"}}, "urn:x:1"])
                    }
                },
            ),
            (
                "errorDeclaration",
                json!({"ex:why": self.own(0), "correctiveEventIDs": ["urn:x:event:1"],
                    "reason": "incorrect_data", "declarationTime": self.time()}),
            ),
            ("ex:own", self.own(0)),
            ("other:own", self.own(0)),
        ];
        let parent = json!(self.uri("parent"));
        let transactions = json!([{"bizTransaction": self.uri("order"), "type": "po"},
            {"bizTransaction": self.uri("order")}]);
        let ilmd = json!({"ex:lot": self.own(0), "cbvmda:lotNumber": "L"});
        let mut needed = vec![
            ("type", json!(kind)),
            ("eventTime", self.time()),
            ("eventTimeZoneOffset", json!("+08:00")),
        ];
        match kind {
            "TransformationEvent" => {
                needed.push(("inputEPCList", json!(["urn:x:in"])));
                needed.push(("outputQuantityList", self.quantities()));
                all.push(("inputQuantityList", self.quantities()));
                all.push(("outputEPCList", self.epcs()));
                all.push(("transformationID", json!(self.uri("transformation"))));
                all.push(("bizTransactionList", transactions));
                all.push(("ilmd", ilmd));
            }
            "TransactionEvent" => {
                needed.push(("action", json!("ADD")));
                needed.push(("bizTransactionList", transactions));
                needed.push(("quantityList", self.quantities()));
                all.push(("parentID", parent));
                all.push(("epcList", self.epcs()));
            }
            "ObjectEvent" => {
                needed.push(("action", json!("ADD")));
                needed.push(("epcList", self.epcs()));
                all.push(("quantityList", self.quantities()));
                all.push(("bizTransactionList", transactions));
                all.push(("ilmd", ilmd));
            }
            _ => {
                needed.push(("action", json!(self.pick(&["ADD", "OBSERVE", "DELETE"]))));
                needed.push(("childQuantityList", self.quantities()));
                needed.push(("parentID", parent));
                all.push(("childEPCs", self.epcs()));
                all.push(("bizTransactionList", transactions));
            }
        }
        all.retain(|_| self.roll(3) > 0);
        all.extend(needed);
        Json::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn vocabularies(&mut self) -> Json {
        self.list(2, |dice, _| {
            let elements = dice.list(2, |dice, _| {
                json!({"children": [dice.uri("child")], "id": dice.uri("site"), "ex:own": dice.own(0),
                    "attributes": [{"id": "urn:x:a", "attribute": "n"},
                        {"id": "urn:x:b", "attribute": {"ex:street": "s"}}]})
            });
            json!({"vocabularyElementList": elements, "type": "urn:epcglobal:epcis:vtype:Location"})
        })
    }

    fn document(&mut self) -> Json {
        let context = json!(["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            {"ex": "urn:ex", "other": "https://other.example/ns#"}]);
        let events = self.list(4, |dice, _| dice.event());
        let header = json!({"ex:own": "x", "epcisMasterData": {"vocabularyList": self.vocabularies()},
            "sbdh:StandardBusinessDocumentHeader": {"sbdh:HeaderVersion": "1.0",
                "sbdh:Sender": {"sbdh:Identifier": "urn:x:s"},
                "sbdh:Receiver": {"sbdh:Identifier": "urn:x:r"},
                "sbdh:DocumentIdentification": {"sbdh:Standard": "EPCglobal",
                    "sbdh:TypeVersion": "2.0", "sbdh:InstanceIdentifier": "1", "sbdh:Type": "Events",
                    "sbdh:CreationDateAndTime": "2026-03-01T00:00:00Z"}}});
        let mut document: Map<String, Json> = Map::new();
        let mut set = |name: &str, value: Json| document.insert(name.to_owned(), value);
        set("ex:last", self.own(0));
        set("@context", context);
        set("schemaVersion", json!(self.pick(&["2.0", "2.0.1"])));
        if self.roll(2) == 0 {
            set("epcisHeader", header);
        }
        if self.roll(3) == 0 {
            set("type", json!("EPCISQueryDocument"));
            let body = json!({"queryResults": {"subscriptionID": "s", "ex:own": "x",
                "resultsBody": {"eventList": events}, "queryName": "q"}});
            set("epcisBody", body);
            if self.roll(2) == 0 {
                set("creationDate", self.time());
            }
        } else {
            set("type", json!("EPCISDocument"));
            set("epcisBody", json!({"eventList": events, "ex:own": self.own(0), "plain": "p"}));
            set("creationDate", self.time());
            set("id", json!("urn:x:document"));
            set("sender", json!("S"));
        }
        Json::Object(document)
    }
}

/// The same value with the members of its objects in any order.
fn shuffled(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| shuffled(item, dice)).collect()),
        Value::Object(object) => {
            let mut members: Vec<(&str, &Value)> = object.iter().collect();
            for at in (1..members.len()).rev() {
                let other = dice.roll(at + 1);
                members.swap(at, other);
            }
            let mut object = Object::new();
            for (name, value) in members {
                object.set(name, shuffled(value, dice));
            }
            object.into()
        }
        other => other.clone(),
    }
}

/// XML of one random document that is valid by the JSON schema.
fn written(seed: u64) -> (Document, String) {
    let mut dice = Dice(seed);
    let json = dice.document();
    let value = Value::parse_json(json.to_string().as_bytes()).unwrap();
    let document = Document::from_value(shuffled(&value, &mut dice), &ReadOptions::default());
    let document = document.unwrap_or_else(|error| panic!("{error}\n{json:#}"));
    let xml = document.to_xml().unwrap_or_else(|error| panic!("{error}\n{json:#}"));
    (document, xml.text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Our own reader, which knows the order, takes all that is written; and it says the same.
    #[test]
    fn what_is_written_is_read_in_order(seed in any::<u64>()) {
        let (document, xml) = written(seed);
        let again = read(&xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
        prop_assert_eq!(again.events().len(), document.events().len());
        for (one, two) in document.events().iter().zip(again.events()) {
            prop_assert_eq!(&one.goods, &two.goods);
            prop_assert_eq!((one.time, &one.id, &one.step), (two.time, &two.id, &two.step));
            prop_assert_eq!((&one.sources, &one.error), (&two.sources, &two.error));
        }
        let twice = read(&again.to_xml().unwrap().text).unwrap();
        prop_assert_eq!(twice.to_json(), again.to_json());
    }
}

/// A document with an odd identifier, text, name and number.
fn odd(seed: u64) -> Document {
    let mut dice = Dice(seed);
    let mut letters = |from: &[&str], most: usize| -> String {
        let count = dice.roll(most) + 1;
        (0..count).map(|_| dice.pick(from)).collect()
    };
    let scheme = letters(&["a", "b", "x", if seed.is_multiple_of(5) { "_" } else { "y" }], 2);
    let rest =
        ["a", "/", "//", "?", "#", "[", "@", "%", "%41", ":", "8", "中", "{", "\\", "b", "c"];
    let uri = format!("{scheme}:{}", letters(&rest, 5));
    let text = letters(&["a", "<", "&", "]]>", "\u{85}", "😀", "\r", " ", "\t", "\u{fffe}"], 2);
    let name = letters(&["a", "é", "文", "b", "c"], 1) + &letters(&["·", "-", "9", "a", "ª"], 2);
    let number = format!(
        "{}.{}e{}",
        letters(&["5", "12"], 3),
        letters(&["0", "7"], 3),
        dice.roll(40) as i64 - 20
    );
    let number: Json = serde_json::from_str(&number).unwrap();
    let event = json!({"type": "ObjectEvent", "action": "ADD", "eventTime": "2026-03-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00", "eventID": uri, format!("ex:{name}"): text,
        "quantityList": [{"epcClass": uri, "quantity": number}]});
    let json = json!({"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        {"ex": "urn:ex"}], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z", "epcisBody": {"eventList": [event]}});
    Document::read(json.to_string().as_bytes(), &ReadOptions::lenient()).unwrap()
}

/// Validates documents against the schemas, and says which are not valid.
fn validate(xsd: &Path, documents: &[(String, String)]) -> Option<Vec<String>> {
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: xmllint is not installed");
        return None;
    }
    let dir = tempfile();
    let mut wrong = Vec::new();
    for (schema, root) in [
        ("EPCglobal-epcis-2_0.xsd", "EPCISDocument"),
        ("EPCglobal-epcis-query-2_0.xsd", "EPCISQueryDocument"),
        ("EPCglobal-epcis-masterdata-2_0.xsd", "EPCISMasterDataDocument"),
    ] {
        let mut paths = Vec::new();
        for (name, text) in documents.iter().filter(|(_, text)| text.contains(&format!(":{root} ")))
        {
            let path = dir.join(format!("{root}-{name}.xml"));
            std::fs::write(&path, text).unwrap();
            paths.push(path);
        }
        for some in paths.chunks(200) {
            let mut command = Command::new("xmllint");
            command.args(["--nonet", "--noout", "--schema"]).arg(xsd.join(schema)).args(some);
            let said = command.output().unwrap();
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            let valid = said.lines().filter(|line| line.ends_with(" validates")).count();
            if valid != some.len() {
                wrong
                    .extend(said.lines().filter(|l| !l.ends_with(" validates")).map(str::to_owned));
            }
        }
    }
    std::fs::remove_dir_all(dir).unwrap();
    Some(wrong)
}

fn tempfile() -> PathBuf {
    let dir = std::env::temp_dir().join(format!("suyuan-epcis-xml-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn all_that_is_written_is_valid_by_the_schemas() {
    let Some(data) = data() else { return };
    let xsd = data.join("epcis/xsd");
    let mut documents: Vec<(String, String)> =
        (0..400).map(|seed| (format!("random-{seed}"), written(seed).1)).collect();
    for folder in ["epcis/valid", "epcis", "cases/epcis", "cases/epcis-xml"] {
        for entry in std::fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let document = Document::open(&path, &ReadOptions::lenient()).unwrap();
            let xml = match document.to_xml() {
                Ok(xml) => xml,
                // What breaks the standard may have no place in XML.
                Err(Error::NoPlace { .. }) if !document.problems().is_empty() => continue,
                Err(error) => panic!("{}: {error}", path.display()),
            };
            let version = if xml.text.contains("xsd:1\"") { continue } else { "2.0" };
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            documents.push((format!("{version}-{name}"), xml.text));
        }
    }
    // Odd URIs, characters and numbers: what is not refused is valid.
    let mut refused = 0;
    for seed in 0..3000 {
        match odd(seed).to_xml() {
            Ok(xml) => documents.push((format!("odd-{seed}"), xml.text)),
            Err(Error::NoPlace { path, .. }) => {
                assert!(path.starts_with("/epcisBody/eventList/0/"), "{path}");
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!((500..2700).contains(&refused), "{refused}");
    let master = json!({"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            {"ex": "urn:ex", "other": "https://other.example/ns#"}],
        "type": "EPCISMasterDataDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"vocabularyList": Dice(7).vocabularies()}});
    documents.push(("master".into(), read(&master.to_string()).unwrap().to_xml().unwrap().text));
    let Some(wrong) = validate(&xsd, &documents) else { return };
    assert!(wrong.is_empty(), "{} lines\n{}", wrong.len(), wrong.join("\n"));
    // A test that cannot fail is none: the schemas do refuse.
    let broken = documents[0].1.replacen("creationDate", "createdOn", 1);
    assert!(!validate(&xsd, &[("broken".into(), broken)]).unwrap().is_empty());
    println!("{} documents are valid", documents.len());
}

/// The examples of valid XML that were refused.
#[test]
fn valid_xml_is_read() {
    let Some(data) = data() else { return };
    for name in ["doctype", "exception", "nil", "schemaLocation", "twice", "xmllang"] {
        let path = data.join(format!("cases/epcis-xml/{name}.xml"));
        let document = Document::open(&path, &ReadOptions::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let event = &document.events()[0];
        match name {
            "nil" => assert!(event.goods.iter().all(|goods| goods.quantity.is_none())),
            "twice" => assert_eq!(event.goods.len(), 2),
            _ => assert_eq!(event.goods.len(), 1, "{name}"),
        }
        Import::of(&document, name, &MapOptions::default()).unwrap().chain.verify().unwrap();
    }
}
