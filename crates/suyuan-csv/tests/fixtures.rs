//! The broken data sets of `fixtures/`: what each must give.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use suyuan_core::chain::Severity;
use suyuan_csv::report::CheckReport;
use suyuan_csv::{Import, ReadOptions, read_dir};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// The folders under `folder` that hold an `expected.json`.
fn cases(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("expected.json").is_file() {
        found.push(folder.to_owned());
    }
    let mut inner: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    inner.sort();
    for path in inner.into_iter().filter(|path| path.is_dir()) {
        cases(&path, found);
    }
}

/// The problems of a report or of what is expected, without what was expected in the row.
fn places(list: &Value) -> Vec<Value> {
    let place = |problem: &Value| {
        let keys = ["file", "record", "line", "column", "value"];
        Value::from(keys.map(|key| problem[key].clone()).to_vec())
    };
    list.as_array().unwrap().iter().map(place).collect()
}

fn codes(import: &Import, notes: bool) -> BTreeSet<String> {
    let found = import.findings.iter().filter(|f| (f.severity == Severity::Note) == notes);
    found.map(|finding| finding.code.as_str().to_owned()).collect()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn differences(expected: &Value, folder: &Path, options: &ReadOptions<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let import = match (read_dir(folder, options), expected["error"].as_str()) {
        (Ok(import), None) => import,
        (Ok(_), Some(error)) => return vec![format!("no error about {error:?}")],
        (Err(error), None) => return vec![format!("error: {error}")],
        (Err(error), Some(part)) if error.to_string().contains(part) => return wrong,
        (Err(error), Some(part)) => return vec![format!("error without {part:?}: {error}")],
    };
    let report = serde_json::to_value(CheckReport::new(&import)).unwrap();
    let mut compare = |what: &str, found: Value, expected: Value| {
        if found != expected {
            wrong.push(format!("{what}: {found} instead of {expected}"));
        }
    };
    compare("files", report["files"].clone(), expected["files"].clone());
    for list in ["rejected", "repaired"] {
        compare(list, places(&report[list]).into(), places(&expected[list]).into());
    }
    compare("findings", json!(codes(&import, false)), json!(texts(&expected["findings"])));
    let notes = texts(&expected["notes"]);
    let found: BTreeSet<_> = codes(&import, true).intersection(&notes).cloned().collect();
    compare("notes", json!(found), json!(notes));
    wrong
}

#[test]
fn every_broken_data_set_gives_what_it_must() {
    let mut found = Vec::new();
    cases(&fixtures().join("broken"), &mut found);
    assert!(!found.is_empty(), "no broken data set was found");
    let mut failures = String::new();
    for folder in &found {
        let expected = fs::read(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let mut wrong = differences(&expected, folder, &ReadOptions::default());
        wrong.extend(differences(&expected, folder, &common::options(2, 7)));
        for difference in wrong {
            failures.push_str(&format!("{}: {difference}\n", folder.display()));
        }
    }
    assert!(failures.is_empty(), "of {} data sets:\n{failures}", found.len());
}

#[test]
fn the_sound_data_set_and_its_chinese_twin_are_one() {
    let mut twins = Vec::new();
    for (name, encoding) in [("qingdao", "UTF-8"), ("qingdao-gb18030", "GB18030")] {
        let import = read_dir(fixtures().join(name), &ReadOptions::default()).unwrap();
        let report = &import.report;
        assert_eq!((report.rows_rejected(), report.rows_repaired()), (0, 0), "{report:?}");
        assert!(report.files.iter().any(|file| file.encoding.as_str() == encoding));
        let rows: Vec<_> = report.files.iter().map(|file| file.rows).collect();
        // One process is written in Chinese.
        let chain = common::dump(&import.chain).replace("巴氏杀菌", "pasteurisation");
        twins.push((rows, import.findings, chain));
    }
    assert_eq!(twins[0].0, twins[1].0);
    assert_eq!(twins[0].1, twins[1].1);
    assert!(twins[0].2 == twins[1].2, "the chains differ");
}
