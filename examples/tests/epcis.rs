//! Runs `trace_epcis` and checks what it answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

mod common;

use common::{fixtures, run, text};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

const SALAD: &str = "urn:epc:class:lgtin:6901234.000103.SALAD-0312";
const DRESSING: &str = "urn:epc:class:lgtin:6901234.000102.DRESS-07";

fn salad() -> String {
    fixtures().join("epcis/salad.jsonld").display().to_string()
}

fn answer(flags: &[&str]) -> Value {
    let document = salad();
    let mut all = vec![document.as_str(), "--json", "-"];
    all.extend(flags);
    let output = run("trace_epcis", &all);
    assert_eq!(output.status.code(), Some(0), "{flags:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The events as `expected/` writes them: `*` on the path, `.` about goods of it.
fn events(answer: &Value) -> BTreeSet<String> {
    let events = answer["events"].as_array().unwrap();
    assert_eq!(answer["distinct_events"], events.len());
    let line = |event: &Value| {
        let id = event["id"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        format!("{} {id}", if event["on_path"] == true { "*" } else { "." })
    };
    events.iter().map(line).collect()
}

fn expected(name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(fixtures().join("epcis/expected").join(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn traces_give_the_expected_events() {
    let back = answer(&["--from", SALAD]);
    assert_eq!(events(&back), expected("back.txt"));
    assert_eq!(back["retracted"].as_array().unwrap().len(), 2);
    let forward = answer(&["--from", DRESSING, "--forward"]);
    assert_eq!(events(&forward), expected("forward.txt"));
    assert_eq!(forward["problems"], Value::Array(Vec::new()));
}

#[test]
fn a_lot_has_one_answer_under_all_its_names_and_a_pallet_stands_for_what_it_held() {
    let by_urn = answer(&["--from", SALAD]);
    let by_link = answer(&["--from", "http://example.com/gtin/06901234001037/lot/SALAD-0312"]);
    assert_eq!(by_urn["events"], by_link["events"]);
    let pallet = answer(&["--from", "urn:epc:id:sscc:6901234.0000000001"]);
    assert_eq!(pallet["events"], by_urn["events"]);
}

#[test]
fn the_document_comes_back_as_json_and_as_xml() {
    let dir = tempfile::tempdir().unwrap();
    let document = salad();
    let (json, xml) = (dir.path().join("a.jsonld"), dir.path().join("a.xml"));
    for path in [&json, &xml] {
        let output = run("trace_epcis", &[&document, "--write", &path.display().to_string()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    let read = |path: &str| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap());
    assert_eq!(read(&json.display().to_string()).unwrap(), read(&document).unwrap());
    let output = run("trace_epcis", &[&xml.display().to_string(), "--from", SALAD, "--json", "-"]);
    let from_xml: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(from_xml["events"], answer(&["--from", SALAD])["events"]);
}

#[test]
fn bad_documents_end_in_one_line_with_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.jsonld");
    let bad = fs::read_to_string(salad()).unwrap().replacen("\"storing\"", "\"stacking\"", 1);
    fs::write(&path, bad).unwrap();
    let path = path.display().to_string();
    let output = run("trace_epcis", &[&path, "--from", SALAD]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("/epcisBody/eventList/12/bizStep: found \"stacking\""), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let output = run("trace_epcis", &[&path, "--from", SALAD, "--lenient"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("WHAT BREAKS THE STANDARD"));
    for (flags, code) in [
        (vec!["no-such-file", "--from", SALAD], 1),
        (vec![&*path, "--lenient", "--from", "urn:epc:id:sgtin:6901234.000109.1"], 1),
        (vec!["--sideways"], 2),
    ] {
        let output = run("trace_epcis", &flags);
        assert_eq!(output.status.code(), Some(code), "{flags:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn documents_of_partners_are_read_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let whole: Value = serde_json::from_str(&fs::read_to_string(salad()).unwrap()).unwrap();
    let events = whole["epcisBody"]["eventList"].as_array().unwrap();
    // Two keep half of the story each, and what is between them both.
    let middle = events.len() / 2;
    let paths: Vec<String> = [&events[..middle + 1], &events[middle..]]
        .iter()
        .enumerate()
        .map(|(at, some)| {
            let mut part = whole.clone();
            part["epcisBody"]["eventList"] = Value::Array(some.to_vec());
            let path = dir.path().join(format!("{at}.jsonld"));
            fs::write(&path, part.to_string()).unwrap();
            path.display().to_string()
        })
        .collect();
    let output = run("trace_epcis", &[&paths[0], &paths[1], "--from", SALAD, "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let both: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = answer(&["--from", SALAD]);
    assert_eq!(both["stocks"], one["stocks"]);
    assert_eq!(self::events(&both), self::events(&one));
    let output = run("trace_epcis", &[&paths[0], &paths[1], "--write", "x.xml"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn text_fits_a_hundred_columns() {
    let output = run("trace_epcis", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("17 distinct events in 17 entries of the documents, 16 on the path"));
    assert!(printed.contains("EVENTS, by time at +08:00"));
    for line in printed.lines() {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
    }
}
