//! Documents of others, read where they lie.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use suyuan_epcis::{Direction, Document, Error, Import, MapOptions, ReadOptions, Value};

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("SUYUAN_CONFORMANCE_DATA");
    if data.is_none() {
        println!("skipped: no conformance data");
    }
    data.map(|data| Path::new(&data).join("epcis"))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// What a reader that knows nothing of EPCIS says of the same text.
fn naive(text: &str) -> serde_json::Value {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

#[test]
fn valid_documents_are_accepted_and_come_back_whole() {
    let Some(data) = data() else { return };
    let mut read = 0;
    for path in files(&data.join("valid")) {
        let document = Document::open(&path, &ReadOptions::default())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(naive(&document.to_json()), naive(&text), "{}", path.display());
        let again = Document::read(document.to_json().as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(again, document);
        read += 1;
    }
    assert!(read >= 19, "{read} documents");
}

#[test]
fn invalid_documents_are_rejected_with_the_path() {
    let Some(data) = data() else { return };
    let expected: &[(&str, &[&str])] = &[
        (
            "Combination_of_events_with_missing_mandatory_fields",
            &[
                "/epcisBody/eventList/0/action",
                "/epcisBody/eventList/1/eventTimeZoneOffset",
                "/epcisBody/eventList/1/action",
            ],
        ),
        (
            "Combination_of_non_standard_bizStep_and_disposition",
            &["/epcisBody/eventList/0/bizStep", "/epcisBody/eventList/1/disposition"],
        ),
        (
            "ObjectEvent_with_ilmd_field_without_namespace",
            &["/epcisBody/eventList/0/ilmd/materialType"],
        ),
        (
            "ObjectEvent_with_invalid_certificationInfo",
            &[
                "/epcisBody/eventList/0/certificationInfo/1/gs1:CertificationDetails/gs1:certificationAuditDate",
            ],
        ),
        ("ObjectEvent_with_non_standard_bizStep", &["/epcisBody/eventList/0/bizStep"]),
        ("ObjectEvent_with_non_standard_disposition", &["/epcisBody/eventList/0/disposition"]),
        (
            "ObjectEvent_with_unknown_field_in_quantityList",
            &["/epcisBody/eventList/0/quantityList/0/weight"],
        ),
        ("ObjectEvent_without_identifier_list", &["/epcisBody/eventList/0"]),
    ];
    let files = files(&data.join("invalid"));
    assert!(files.len() >= expected.len());
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let Err(Error::Invalid { problems, .. }) = Document::open(&path, &ReadOptions::default())
        else {
            panic!("{name} was accepted");
        };
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        if let Some((_, expected)) = expected.iter().find(|(known, _)| *known == name) {
            assert_eq!(paths, *expected, "{name}: {problems:?}");
        }
    }
}

#[test]
fn documents_beside_them_are_read() {
    let Some(data) = data() else { return };
    for path in files(&data) {
        let document = Document::open(&path, &ReadOptions::lenient()).unwrap();
        let shown: Vec<_> = document.problems().iter().take(5).map(ToString::to_string).collect();
        println!("{}: {} events, {shown:#?}", path.display(), document.events().len());
        if path.extension().is_some_and(|e| e == "jsonld") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(naive(&document.to_json()), naive(&text));
        }
        assert!(!document.events().is_empty());
        let _: &Value = document.root();
    }
}

#[test]
fn the_trace_back_of_a_can_of_tuna_is_its_sixteen_events() {
    let Some(data) = data() else { return };
    let path = data.join("traceback_tests.jsonld");
    let document = Document::open(&path, &ReadOptions::default()).unwrap();
    let import = Import::of(&document, "traceback", &MapOptions::default()).unwrap();
    import.chain.verify().unwrap();
    let lot = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022";
    let trace = import.trace(lot, Direction::Back).unwrap();
    let all: std::collections::BTreeSet<_> =
        document.events().into_iter().map(|event| event.id.unwrap()).collect();
    let ids: std::collections::BTreeSet<_> =
        trace.events.iter().map(|event| event.id.clone().unwrap()).collect();
    assert_eq!((trace.events.len(), ids.len()), (16, 16));
    assert_eq!(ids, all);
    assert!(trace.events.iter().all(|event| event.on_path));
    // Forward from the hatchery's lot: the tuna, what it was mixed with, the can; not the feed.
    let fry = "urn:gdst:example.org:product:lot:class:hatchery.1u.tf12012021";
    let forward = import.trace(fry, Direction::Forward).unwrap();
    assert!(forward.stocks.iter().all(|stock| !stock.goods.contains("feedmill")));
    assert!(
        forward.stocks.iter().any(|stock| stock.goods == lot && stock.place.contains("importer"))
    );
}

#[test]
fn xml_comes_back_whole_and_becomes_json() {
    let Some(data) = data() else { return };
    let path = data.join("gdst_extensions_01.xml");
    let document = Document::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(document.events().len(), 17);
    let xml = document.to_xml().unwrap().text;
    let again = Document::read(xml.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(again.root(), document.root());
    let json = Document::read(document.to_json().as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(json.root(), document.root());
    // Every text of the XML is in the JSON, apart from the terms it writes as words.
    let text = std::fs::read_to_string(&path).unwrap();
    let leaves = text.split('<').filter_map(|part| part.split_once('>'));
    for (_, leaf) in leaves.filter(|(tag, leaf)| !tag.starts_with('/') && !leaf.trim().is_empty()) {
        let word = leaf.trim().rsplit("urn:epcglobal:cbv:").next().unwrap();
        let word = word.rsplit_once(':').map_or(word, |(_, word)| word);
        assert!(document.to_json().contains(word), "{leaf}");
    }
}

/// What both forms say: contexts, the one item of a list, empty lists and the types of leaves are
/// JSON's alone.
fn plain(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Object(object) => object
            .iter()
            .filter(|(name, value)| *name != "@context" && **value != Json::Array(Vec::new()))
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        Json::Array(items) if items.len() == 1 => plain(&items[0]),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Number(number) => format!("{}", number.as_f64().unwrap()).into(),
        Json::Bool(flag) => flag.to_string().into(),
        other => other.clone(),
    }
}

#[test]
fn json_becomes_xml_and_comes_back() {
    let Some(data) = data() else { return };
    for path in files(&data.join("valid")) {
        let text = std::fs::read_to_string(&path).unwrap();
        // Two prefixes of one namespace become one.
        let mut json = naive(&text.replace("\"ext5", "\"ext4"));
        let document = Document::open(&path, &ReadOptions::default()).unwrap();
        // What XML has no place for is left out, and said.
        let mut left = Vec::new();
        for name in ["id", "sender", "receiver", "instanceIdentifier"] {
            left.extend(json.as_object_mut().unwrap().remove(name).map(|_| format!("/{name}")));
        }
        let notes = document.to_xml().unwrap().notes;
        assert_eq!(notes.iter().map(|note| note.path.clone()).collect::<Vec<_>>(), left);
        let read = |text: &str| {
            Document::read(text.as_bytes(), &ReadOptions::default())
                .unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()))
        };
        let first = read(&json.to_string());
        let again = read(&first.to_xml().unwrap().text);
        assert_eq!(plain(&naive(&again.to_json())), plain(&json), "{}", path.display());
        assert_eq!(read(&again.to_xml().unwrap().text), again, "{}", path.display());
    }
}

#[test]
fn a_retracted_event_counts_no_more_and_its_correction_does() {
    let Some(data) = data() else { return };
    let path = data.join("EPCISQUERYDOCUMENT_with_errorDeclarations.jsonld");
    let document = Document::open(&path, &ReadOptions::lenient()).unwrap();
    let import = Import::of(&document, "query", &MapOptions::default()).unwrap();
    let retracted = import.events.iter().zip(&import.retracted).filter(|(_, out)| **out);
    let retracted: Vec<_> = retracted.map(|(event, _)| event.name()).collect();
    assert_eq!(retracted, ["urn:uuid:e80e77e0-ae16-4a5c-a5e6-44ff7f26f381"]);
    let lot = "urn:gdst:exampleorg.com:product:lot:class:ex28402.0tuna01.commingle-02-08-2024";
    let trace = import.trace(lot, Direction::Back).unwrap();
    let ids: Vec<_> = trace.events.iter().filter_map(|event| event.id.as_deref()).collect();
    assert_eq!((ids.len(), trace.entries), (8, 8));
    assert!(ids.contains(&"urn:uuid:0038bdc2-cad3-43eb-88f5-c93eda34ec43"));
}
