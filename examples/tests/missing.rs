//! Missing links, corrections and verdicts on the bundled dairy, whose answers are worked by hand
//! in its README.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{data, run, text};
use serde_json::Value;

fn json(name: &str, flags: &[&str]) -> Value {
    let folder = data("dairy");
    let mut all = vec!["--data", &folder, "--json", "-"];
    all.extend(flags);
    let output = run(name, &all);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stocks(document: &Value) -> Vec<String> {
    let rows = document["affected"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        format!("{}@{} {}", text("batch"), text("operator"), text("certainty"))
    })
    .collect()
}

#[test]
fn a_recall_follows_inferred_links_on_request() {
    let milk = ["MILK-1@DAIRY recorded", "MILK-1@FARM recorded"];
    assert_eq!(stocks(&json("recall", &["--batch", "MILK-1"])), milk);
    assert_eq!(stocks(&json("recall", &["--batch", "MILK-1", "--infer", "window:4"])), milk);
    let wide = json("recall", &["--batch", "MILK-1", "--infer", "window:30"]);
    let all = [
        "MILK-1@DAIRY recorded",
        "Y-6@DAIRY possible",
        "Y-7@DAIRY possible",
        "Y-9@DAIRY possible",
        "MILK-1@FARM recorded",
        "Y-6@SHOP possible",
        "Y-9@SHOP possible",
    ];
    assert_eq!(stocks(&wide), all);
    let narrow = json("recall", &["--batch", "MILK-1", "--infer", "window:30,fifo"]);
    let some = [
        "MILK-1@DAIRY recorded",
        "Y-6@DAIRY possible",
        "Y-7@DAIRY possible",
        "MILK-1@FARM recorded",
        "Y-6@SHOP possible",
    ];
    assert_eq!(stocks(&narrow), some);
    let links = narrow["inferred"].as_array().unwrap();
    assert_eq!(links[0]["transformation"], "T6");
    assert_eq!(links[0]["rule"], "window of 30 days, recipe, first in first out");
}

#[test]
fn a_trace_back_follows_inferred_links_on_request() {
    let farm = |flags: &[&str]| {
        let document = json("trace_back", &[&["--batch", "Y-9"], flags].concat());
        let rows = document["upstream"].as_array().unwrap().clone();
        let here = rows.into_iter().filter(|row| row["operator"] == "FARM");
        here.map(|row| (row["batch"].clone(), row["certainty"].clone())).collect::<Vec<_>>()
    };
    let possible = |batches: &[&str]| -> Vec<(Value, Value)> {
        batches.iter().map(|batch| ((*batch).into(), "possible".into())).collect()
    };
    // Made on the 9th: the milk of the 1st is too old for four days.
    assert_eq!(farm(&[]), []);
    assert_eq!(farm(&["--infer", "window:4"]), possible(&["MILK-5", "MILK-9"]));
    assert_eq!(farm(&["--infer", "window:30"]), possible(&["MILK-1", "MILK-5", "MILK-9"]));
}

#[test]
fn an_inferred_link_is_explained_as_one() {
    let folder = data("dairy");
    let flags = ["--data", &folder, "--batch", "MILK-1", "--infer", "window:30,fifo"];
    let output = run("recall", &[&flags[..], &["--explain", "Y-6@DAIRY"]].concat());
    let told = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "INFERRED, possible only (window of 30 days, recipe, first in first out): no \
                    record says that MILK-1@DAIRY";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn the_check_says_whom_to_ask_for_what() {
    let found = &json("check_data", &["--infer", "window:30"])["missing_links"];
    let ask = &found["asks"][0];
    assert_eq!(
        (&ask["operator"], &ask["document"]),
        (&"DAIRY".into(), &"production_record".into())
    );
    assert_eq!((&ask["gaps"], &ask["settles"]), (&3.into(), &5.into()));
    assert_eq!(ask["unexplained"]["kg"], "180");
    let gaps = found["gaps"].as_array().unwrap();
    let candidates: Vec<u64> = gaps.iter().map(|gap| gap["candidates"].as_u64().unwrap()).collect();
    assert_eq!(candidates, [2, 2, 3]);
    assert!(gaps.iter().all(|gap| gap["kind"] == "no_inputs" && gap["unexplained"] == "60"));
    let folder = data("dairy");
    let page = text(&run("check_data", &["--data", &folder]).stdout);
    assert!(page.contains("MISSING LINKS"), "{page}");
}

#[test]
fn a_retest_takes_a_recall_back() {
    let count = |document: &Value, key: &str| document[key].as_array().unwrap().len();
    let failed = json("recall_difference", &["--from", "2026-03-11", "--to", "2026-03-13"]);
    assert_eq!((count(&failed, "entered"), count(&failed, "left")), (2, 0));
    assert_eq!(failed["entered"][1]["why"]["kind"], "source");
    let passed = json("recall_difference", &["--from", "2026-03-13", "--to", "2026-03-21"]);
    assert_eq!((count(&passed, "entered"), count(&passed, "left")), (0, 2));
    assert_eq!(passed["left"][0]["why"]["kind"], "unconnected");
}

#[test]
fn a_corrected_waybill_changes_quantities() {
    let flags = ["--batch", "Y-6", "--from", "2026-03-24", "--to", "2026-03-26"];
    let found = json("recall_difference", &flags);
    let changed = found["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 2);
    let on_hand = |row: &Value| {
        let text = |side: &str| row[side]["on_hand"].as_str().unwrap().to_owned();
        (text("before"), text("after"))
    };
    assert_eq!(on_hand(&changed[0]), ("20".to_owned(), "10".to_owned()));
    assert_eq!(on_hand(&changed[1]), ("40".to_owned(), "50".to_owned()));
    let folder = data("dairy");
    let page = text(&run("recall_difference", &[&["--data", &folder], &flags[..]].concat()).stdout);
    assert!(page.contains("on hand 20 -> 10"), "{page}");
}

#[test]
fn a_negative_clears_nothing() {
    let asked = ["--known-at", "2026-03-16", "--units", "5", "--prevalence", "0.1"];
    let found = json("verdicts", &asked);
    // (1 - 0.1)^5
    let missed = found["missed"].as_f64().unwrap();
    assert!((missed - 0.59049).abs() < 1e-12, "{missed}");
    let rows = found["samples"].as_array().unwrap();
    assert_eq!((&rows[0]["verdict"], &rows[0]["seeds"]), (&"fail".into(), &2.into()));
    assert_eq!((&rows[1]["verdict"], &rows[1]["missed"]), (&"pass".into(), &found["missed"]));
    // All of a lot of 20 with 2 bad units, half of it tested: C(18, 10) / C(20, 10).
    let lot = json("verdicts", &["--units", "10", "--prevalence", "0.1", "--lot", "20"]);
    let missed = lot["missed"].as_f64().unwrap();
    assert!((missed - 9.0 / 38.0).abs() < 1e-12, "{missed}");
    let page = text(&run("verdicts", &["--prevalence", "2"]).stderr);
    assert!(page.contains("prevalence"), "{page}");
}

#[test]
fn inference_finds_what_missing_lines_hide() {
    let flags = ["--links", "6000", "--sources", "8", "--window", "30", "--json", "-"];
    let output = run("missing_links", &flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = document["rows"].as_array().unwrap();
    let number = |row: usize, key: &str| rows[row][key].as_f64().unwrap();
    // Whole records find the truth and nothing else; inference never finds less than none.
    assert_eq!((number(0, "found_share"), number(0, "over_scope")), (1.0, 0.0));
    for first in [1, 4] {
        assert!(number(first, "found_share") < 1.0);
        assert!(number(first + 1, "found_share") > number(first, "found_share"));
        assert!(number(first + 1, "found_share") >= number(first + 2, "found_share"));
        assert!(number(first + 1, "over_scope") >= number(first + 2, "over_scope"));
    }
}
