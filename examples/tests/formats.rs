//! Runs `fcl_scores` and `fsma_sheet` and checks what they print, write and exit with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{data, json, printed, run, text};
use serde_json::Value;

fn find<'v>(list: &'v Value, id: &str) -> &'v Value {
    list.as_array().unwrap().iter().find(|item| item["id"] == id).unwrap()
}

#[test]
fn scores_of_the_bundled_network_are_those_worked_out_by_hand() {
    let shown = printed("fcl_scores", &["--trace", "d3"]);
    assert!(shown.contains("7 STATIONS, 7 DELIVERIES, 6 RELATIONS"), "{shown}");
    assert!(shown.contains("1 SCORES DIFFER FROM THE DESKTOP'S"), "{shown}");
    assert!(shown.contains("the desktop misses stations: Y; deliveries: d3 y"), "{shown}");
    let found = json("fcl_scores", &[]);
    assert_eq!(find(&found["exact"]["deliveries"], "d3")["score"], 1.0);
    assert_eq!(find(&found["desktop"]["deliveries"], "d3")["score"], 0.5);
    assert_eq!(find(&found["exact"]["stations"], "G")["score"], 0.5);
    assert_eq!(found["findings"], Value::Array(Vec::new()));
    // The CSV form is the same network.
    assert_eq!(json("fcl_scores", &[&data("fcl/rework")]), found);
    let traced = json("fcl_scores", &["--trace", "d3"]);
    let ahead = &traced["trace"]["exact"]["forward"]["deliveries"];
    assert_eq!(*ahead, serde_json::json!(["d1", "d2", "d3", "y", "x"]));
}

#[test]
fn a_sheet_is_made_of_a_data_set_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let sheet = dir.path().join("sheet.xlsx").display().to_string();
    let shown = printed("fsma_sheet", &["--write", &sheet]);
    assert!(shown.contains("1.1340(a)(4)") && shown.contains("WRITTEN"), "{shown}");
    let mut made = json("fsma_sheet", &[]);
    assert_eq!(made.as_object_mut().unwrap().remove("records").unwrap()["rows_rejected"], 0);
    let read = json("fsma_sheet", &["--check", &sheet]);
    assert_eq!(made, read);
    let events = made["events"].as_array().unwrap();
    assert_eq!(made["complete"], 0);
    let shipping: Vec<_> = events.iter().filter(|event| event["kind"] == "shipping").collect();
    assert!(!shipping.is_empty());
    for event in shipping {
        // A data set knows names and codes of operators, no phone numbers and streets.
        let to = event["missing"].as_array().unwrap();
        let to = to.iter().find(|missing| missing["rule"] == "1.1340(a)(4)").unwrap();
        assert!(to["parts"].as_array().unwrap().contains(&"Phone Number".into()), "{to}");
    }
}

#[test]
fn what_cannot_be_read_ends_with_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("a.json"), "{\"data\": [").unwrap();
    std::fs::write(path("a.xlsx"), "no workbook").unwrap();
    for (name, flags, code, words) in [
        ("fcl_scores", vec![path("a.json")], 1, "$.data[0], line 1, column 11"),
        ("fcl_scores", vec![path("none.json")], 1, "failed to read"),
        ("fcl_scores", vec![path("a.xlsx")], 1, "no .xlsx file"),
        ("fcl_scores", vec!["--trace".to_owned(), "zz".to_owned()], 1, "\"zz\""),
        ("fsma_sheet", vec!["--check".to_owned(), path("a.xlsx")], 1, "no .xlsx file"),
        (
            "fsma_sheet",
            vec!["--check".to_owned(), path("a.xlsx"), "--write".to_owned(), "b".to_owned()],
            2,
            "cannot be used with",
        ),
    ] {
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let output = run(name, &flags);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("panicked"), "{told}");
    }
    for name in ["fcl_scores", "fsma_sheet"] {
        assert!(printed(name, &["--help"]).contains("Examples:"));
    }
}
