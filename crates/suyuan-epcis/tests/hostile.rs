//! Documents that mean harm end in a clear error, without much memory, time or stack.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use suyuan_epcis::{Document, Error, Import, Limits, MapOptions, ReadOptions};

fn read(text: &str) -> Result<Document, Error> {
    Document::read(text.as_bytes(), &ReadOptions::default())
}

fn fails(text: &str, part: &str) {
    let said = read(text).unwrap_err().to_string();
    assert!(said.contains(part), "{said:.300}");
}

fn around(events: &str) -> String {
    format!(
        r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {{"eventList": [{events}]}}}}"#
    )
}

fn event(more: &str) -> String {
    format!(
        r#"{{"type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-03-01T00:00:00Z",
        "eventTimeZoneOffset": "+00:00", {more}}}"#
    )
}

fn xml(head: &str, events: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>{head}<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1"
        schemaVersion="1.2" creationDate="2026-03-01T00:00:00Z"><EPCISBody><EventList>{events}
        </EventList></EPCISBody></epcis:EPCISDocument>"#
    )
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
        fails(&text, "more than 64 levels of nesting");
    }
    let deep = format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
    fails(&xml("", &deep), "more than 64 levels of nesting");
    // What a caller asks for is still bounded.
    let mut options = ReadOptions::default();
    options.limits.depth = usize::MAX;
    let text = "[".repeat(100_000);
    let said = Document::read(text.as_bytes(), &options).unwrap_err().to_string();
    assert!(said.contains("more than 256 levels"), "{said:.200}");
}

#[test]
fn entities_that_grow() {
    let laughs =
        r#"<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    fails(&xml(laughs, "<ObjectEvent>&b;</ObjectEvent>"), "document type declaration");
    fails(&xml("", "<ObjectEvent>&b;</ObjectEvent>"), "an entity that XML does not define");
    let outside = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>"#;
    fails(&xml(outside, "&x;"), "document type declaration");
}

#[test]
fn lists_of_a_million() {
    let epcs = format!("\"epcList\": [\"urn:a:b\"{}]", ",\"urn:a:b\"".repeat(999_999));
    fails(&around(&event(&epcs)), "/epcisBody/eventList/0/epcList/100000");
    fails(&around(&event(&epcs)), "more than 100000 items");
    fails(&around(&format!("{{}}{}", ",{}".repeat(999_999))), "more than 500000 events");
    let members: Vec<String> = (0..1_000_000).map(|at| format!("\"a:{at}\":0")).collect();
    fails(&around(&event(&members.join(","))), "more than 1000 members in one object");
    fails(&xml("", &"<ObjectEvent/>".repeat(1_000_000)), "more than 500000 events");
    let attributes: Vec<String> = (0..200_000).map(|at| format!("a{at}=''")).collect();
    let said = "more than 1000 members";
    fails(&xml("", &format!("<ObjectEvent {}/>", attributes.join(" "))), said);
    let names: Vec<String> = (0..90_000).map(|at| format!("<a{at}/>")).collect();
    fails(&xml("", &format!("<ObjectEvent>{}</ObjectEvent>", names.join(""))), said);
    let spaces: Vec<String> =
        (0..90_000).map(|at| format!("<a:b xmlns:a='urn:s:{at}'/>")).collect();
    fails(&xml("", &format!("<ObjectEvent>{}</ObjectEvent>", spaces.join(""))), "1000 namespaces");
}

#[test]
fn many_small_values() {
    let list = format!("[{}]", vec!["[0]"; 90_000].join(","));
    let lists = format!("[{}]", vec![list; 50].join(","));
    fails(&lists, "more than 8000000 values");
    let mut options = ReadOptions::default();
    options.limits = Limits { bytes: 100, ..Limits::default() };
    let said = Document::read(&[b'['; 101], &options).unwrap_err().to_string();
    assert!(said.contains("more than 100 bytes"), "{said}");
    fails(&format!("{{\"type\": \"{}\"}}", "x".repeat(2 << 20)), "bytes in one text");
    fails(&format!("[{}]", "1".repeat(100_000)), "bytes in one number");
}

#[test]
fn keys_that_stand_twice() {
    fails(r#"{"type": "EPCISDocument", "type": "EPCISQueryDocument"}"#, "stands twice");
    fails(r#"{"type": "EPCISDocument", "type": "EPCISQueryDocument"}"#, "at /type");
    let many: Vec<String> = (0..50).map(|at| format!("\"k{at}\":1")).collect();
    fails(&format!("{{{},\"k7\":2}}", many.join(",")), "at /k7");
    fails(&xml("", "<ObjectEvent a='1' a='2'/>"), "an attribute stands twice");
}

#[test]
fn wrong_types_everywhere() {
    for text in ["1", "null", "[]", "\"a\"", "{}", "[{}]", "true"] {
        assert!(read(text).is_err(), "{text}");
    }
    fails(&around("7, null, [], {}, \"x\""), "/epcisBody/eventList/0: expected an event");
    for field in [
        "\"epcList\": {}",
        "\"epcList\": [1]",
        "\"epcList\": [], \"quantityList\": [{\"epcClass\": \"a:b\", \"quantity\": \"5\"}]",
        "\"epcList\": [], \"readPoint\": \"urn:a:b\"",
        "\"epcList\": [], \"readPoint\": {\"id\": 5}",
        "\"epcList\": [], \"bizStep\": [\"shipping\"]",
        "\"epcList\": [], \"sensorElementList\": [{\"sensorReport\": {}}]",
        "\"epcList\": [], \"sensorElementList\": [{\"sensorReport\": []}]",
        "\"epcList\": [], \"errorDeclaration\": 4",
        "\"epcList\": [], \"ilmd\": {\"a:b\": 1}",
        "\"epcList\": [], \"persistentDisposition\": {}",
        "\"epcList\": [\"a:b\", \"a:b\"]",
        "\"epcList\": [], \"eventID\": \"no uri\"",
        "\"epcList\": [], \"recordTime\": \"2026-02-30T00:00:00Z\"",
        "\"epcList\": [], \"recordTime\": \"2026-03-01T00:00:00\"",
        "\"epcList\": [], \"bizTransactionList\": [{\"type\": \"po\"}]",
        "\"epcList\": [], \"sourceList\": [{\"source\": \"a:b\"}]",
        "\"epcList\": [], \"sourceList\": [{\"type\": \"sender\", \"source\": \"a:b\"}]",
        "\"epcList\": [], \"certificationInfo\": \"none\"",
        "\"epcList\": [], \"unknown\": 1",
    ] {
        let text = around(&event(field));
        let Err(Error::Invalid { problems, .. }) = read(&text) else { panic!("{field}") };
        assert!(problems.iter().all(|p| p.path.starts_with("/epcisBody/eventList/0/")), "{field}");
        // Read all the same, such an event harms nothing further on.
        let document = Document::read(text.as_bytes(), &ReadOptions::lenient()).unwrap();
        let import = Import::of(&document, "hostile", &MapOptions::default()).unwrap();
        import.chain.verify().unwrap();
    }
}

#[test]
fn broken_text() {
    for text in [
        "",
        " ",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1}",
        "{\"a\":1]",
        "{1:2}",
        "[01]",
        "[1.]",
        "[1e]",
        "[-]",
        "[\"\\x\"]",
        "[\"\\ud800\"]",
        "[\"\\u12\"]",
        "[\"\u{1}\"]",
        "[nul]",
        "{} {}",
        "<",
        "<a",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a:b/>",
        "<a>&#xFFFFFFFF;</a>",
        "x<a/>",
        "<?xml?>",
        "<a b='&x;'/>",
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("failed to "), "{text}: {error}");
    }
    assert!(matches!(
        Document::read(b"{\"a\":\"\xff\"}", &ReadOptions::default()),
        Err(Error::NotUtf8 { .. })
    ));
}

/// Containers that hold each other, and containers of containers whose contents would be counted
/// over and over.
#[test]
fn containers_without_end() {
    let pack = |parent: &str, children: &[String], second: usize| {
        format!(
            r#"{{"type": "AggregationEvent", "action": "ADD",
            "eventTime": "2026-03-01T00:00:{second:02}Z", "eventTimeZoneOffset": "+00:00",
            "parentID": "urn:c:{parent}", "childEPCs": [{}]}}"#,
            children.iter().map(|c| format!("\"urn:c:{c}\"")).collect::<Vec<_>>().join(",")
        )
    };
    let ring =
        [pack("a", &["b".into()], 1), pack("b", &["a".into()], 2), pack("a", &["a".into()], 3)];
    let document = read(&around(&ring.join(","))).unwrap();
    let import = Import::of(&document, "ring", &MapOptions::default()).unwrap();
    import.chain.verify().unwrap();
    let children: Vec<String> = (0..50).map(|at| format!("i{at}")).collect();
    let mut events = vec![pack("p", &children, 1)];
    for second in 2..60 {
        events.push(
            event("\"epcList\": [\"urn:c:p\"]").replace("00:00:00", &format!("00:00:{second:02}")),
        );
    }
    let document = read(&around(&events.join(","))).unwrap();
    let mut options = MapOptions::default();
    options.passages = 500;
    let error = Import::of(&document, "boxes", &options).unwrap_err();
    assert!(matches!(error, Error::Limit { what: "passages of goods", limit: 500, .. }), "{error}");
    assert!(Import::of(&document, "boxes", &MapOptions::default()).is_ok());
}
