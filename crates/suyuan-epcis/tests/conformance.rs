//! Documents of others, read where they lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use suyuan_epcis::{Document, Error, ReadOptions, Value};

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
            &["/epcisBody/eventList/0/certificationInfo/1/gs1:CertificationDetails/gs1:certificationAuditDate"],
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
