//! Runs the programs around a recall: exercise, comparison, case, operators that may be one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{data, fixtures, run, text};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

fn printed(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "{name} {flags:?}");
    let printed = text(&output.stdout);
    for line in printed.lines() {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
    }
    printed
}

fn json(name: &str, flags: &[&str]) -> Value {
    let output = run(name, &[flags, &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn assert_all(printed: &str, parts: &[&str]) {
    for part in parts {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
}

#[test]
fn every_program_runs_on_what_comes_with_it() {
    for (name, bundled) in [
        ("mock_recall", "No --data given"),
        ("compare_policies", "No --data given"),
        ("match_operators", "No --cards given"),
        ("recall_case", "No --log given"),
    ] {
        assert!(printed(name, &[]).starts_with(bundled), "{name}");
        let help = run(name, &["--help"]);
        assert_eq!(help.status.code(), Some(0), "{name}");
        assert!(text(&help.stdout).contains("Examples:"), "{name}");
        assert_eq!(run(name, &["--nonsense"]).status.code(), Some(2), "{name}");
        assert!(json(name, &[]).is_object(), "{name}");
    }
}

/// Leek of the market in Qingdao by hand: `MKT-A` got 530 kg, shipped 510 and lost 20, so it
/// balances; `SH-EC-01@COLD-A` got 2400 kg, 1320 were shipped, 483 removed, and 597 are to count.
#[test]
fn an_exercise_says_what_adds_up() {
    let data = data("qingdao");
    let page = printed("mock_recall", &["--data", &data, "--batch", "SH-EC-01"]);
    assert_all(
        &page,
        &[
            "TRACEABILITY EXERCISE (MOCK RECALL) of batch SH-EC-01",
            "count it",
            "T-SH-0318",
            "RESULT",
        ],
    );
    let row = |drill: &Value, operator: &str| -> Value {
        let rows = drill["balances"].as_array().unwrap();
        rows.iter().find(|row| row["operator"] == operator).unwrap().clone()
    };
    let shrimp = json("mock_recall", &["--data", &data, "--batch", "SH-EC-01"]);
    let store = row(&shrimp, "COLD-A");
    assert_eq!((&store["intake"], &store["book"]), (&"2400".into(), &"597".into()));
    assert_eq!((&store["verdict"], &store["percent"]), (&"to_count".into(), &Value::Null));
    assert_eq!(shrimp["hours_allowed"], 4);
    let leek = json("mock_recall", &["--data", &data, "--batch", "LK-C0309"]);
    let market = row(&leek, "MKT-A");
    assert_eq!((&market["percent"], &market["verdict"]), (&"100".into(), &"balanced".into()));
    let orphan = leek["gaps"].as_array().unwrap();
    assert!(orphan.iter().any(|gap| gap["operator"] == "CANT-KG" && gap["missing"] == "origin"));
    // 590 kg were counted where the books say 597: 99.71 %, within half a percent.
    let dir = tempfile::tempdir().unwrap();
    let counts = dir.path().join("counts.csv");
    std::fs::write(&counts, "批次号,主体编码,数量,单位\nSH-EC-01,COLD-A,590,kg\n").unwrap();
    let answers = dir.path().join("answers.csv");
    std::fs::write(&answers, "operator_code\nCOLD-A\nCW-HD\n").unwrap();
    let path = |file: &std::path::Path| file.display().to_string();
    let (counts, answers) = (path(&counts), path(&answers));
    let flags =
        ["--data", &data, "--batch", "SH-EC-01", "--counts", &counts, "--answers", &answers];
    let counted = json("mock_recall", &flags);
    let store = row(&counted, "COLD-A");
    assert_eq!((&store["percent"], &store["verdict"]), (&"99.71".into(), &"balanced".into()));
    let silent = counted["unreachable"].as_array().unwrap();
    assert!(silent.iter().all(|row| row["why"] == "no_answer" && row["operator"] != "COLD-A"));
    assert!(silent.iter().any(|row| row["operator"] == "WS-SEA"));
    // A seed names one batch, whoever asks.
    let seeded =
        |seed: &str| json("mock_recall", &["--data", &data, "--seed", seed])["batch"].clone();
    assert_eq!(seeded("2026-05"), seeded("2026-05"));
}

/// From the fixture's page: without kill steps the milk reaches 24 stocks, with them 14.
#[test]
fn policies_stand_side_by_side() {
    let data = data("qingdao");
    let milk = json("compare_policies", &["--data", &data, "--sample", "S-MK-01"]);
    let variants = milk["variants"].as_array().unwrap();
    let named = |name: &str| -> &Value {
        variants.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(named("as written")["stocks"], 24);
    let killed = named("kill steps stop biological");
    assert_eq!(
        (&killed["stocks"], &killed["left"], &killed["entered"]),
        (&14.into(), &10.into(), &0.into())
    );
    let wide = named("dates off by 1 day");
    assert_eq!(wide["left"], 0);
    assert!(wide["stocks"].as_u64() >= Some(24));
    let inferred = named("links inferred within 30 days");
    assert_eq!((&inferred["left"], inferred["stocks"].as_u64() >= Some(24)), (&0.into(), true));
    let stocks = milk["stocks"].as_array().unwrap().len();
    assert_eq!(milk["cover"]["stocks"], stocks);
    let stop = milk["stop"]["stop"].as_array().unwrap().len();
    let (ends, holders) = (&milk["stop"]["ends"], &milk["stop"]["holders"]);
    assert!(stop <= ends.as_array().unwrap().len().min(holders.as_array().unwrap().len()));
    assert_all(
        &printed("compare_policies", &["--data", &data, "--sample", "S-MK-01"]),
        &["POLICIES side by side", "leave with kill steps stop biological: 10", "WHOM TO STOP"],
    );
    let usage = run("compare_policies", &["--data", &data]);
    assert_eq!(usage.status.code(), Some(2));
    assert!(text(&usage.stderr).contains("failing samples: S-"));
}

/// By hand in `fixtures/recall-case/README.md`.
#[test]
fn a_case_says_what_is_overdue() {
    let page = printed("recall_case", &[]);
    assert_all(
        &page,
        &["RECALL CASE R-2026-03, announced", "1 overdue, 0 done late", "OVERDUE", "0.4267"],
    );
    let duties = |at: &str| -> Vec<(String, String, String)> {
        let log = fixtures().join("recall-case/case.json").display().to_string();
        let case = json("recall_case", &["--log", &log, "--at", at]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = case["duties"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["rule"]), text(&row["due"]), text(&row["standing"]))).collect()
    };
    let row = |rule: &str, due: &str, standing: &str| {
        (rule.to_owned(), due.to_owned(), standing.to_owned())
    };
    let start = row("recall.start.2", "2026-03-15T16:20", "met");
    let overdue = row("recall.finish.1", "2026-03-27T23:59", "overdue");
    assert_eq!(duties("2026-03-28T10:00"), [start.clone(), overdue]);
    // Before the level changed.
    let open = row("recall.finish.2", "2026-04-13T23:59", "open");
    assert_eq!(duties("2026-03-19"), [start, open]);
    let early = run("recall_case", &["--log", "x.json", "--at", "2026-03-28"]);
    assert_eq!(early.status.code(), Some(1));
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.json");
    std::fs::write(&bad, r#"[{"at":"2026-03-13","by":"x","change":"start"}]"#).unwrap();
    let refused = run("recall_case", &["--log", &bad.display().to_string(), "--at", "2026-03-28"]);
    assert!(text(&refused.stderr).contains("a log opens its case once"), "{refused:?}");
}

/// By hand in `fixtures/merchants/README.md`.
#[test]
fn operators_are_matched_and_merged_once_confirmed() {
    let found = json("match_operators", &["--removed", "C-0800"]);
    let pair = |row: &Value| -> (String, String, u64) {
        let code = |side: &str| row[side]["code"].as_str().unwrap().to_owned();
        (code("operator"), code("alias"), row["score"].as_u64().unwrap())
    };
    let pairs: Vec<_> = found["suggestions"].as_array().unwrap().iter().map(pair).collect();
    let expected = [
        ("REG-1", "B-7710", 100),
        ("REG-1", "C-0800", 100),
        ("A-0017", "B-9021", 90),
        ("A-0017", "C-0455", 75),
        ("B-9021", "C-0455", 75),
    ];
    let expected = expected.map(|(one, other, score)| (one.to_owned(), other.to_owned(), score));
    assert_eq!(pairs, expected);
    assert_eq!(found["unsound"][0]["code"], "B-1000");
    let places = found["elsewhere"].as_array().unwrap().iter();
    let places: Vec<_> = places
        .map(|row| (row["card"]["code"].as_str().unwrap(), row["confirmed"] == true))
        .collect();
    assert_eq!(places, [("C-0800", true), ("REG-1", false), ("B-7710", false)]);
    // Written, confirmed, and applied as records are read.
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().display().to_string();
    printed("match_operators", &["--csv", &folder, "--least", "90"]);
    let path = dir.path().join("aliases.csv");
    let suggested = std::fs::read_to_string(&path).unwrap();
    assert_eq!(suggested.lines().count(), 4, "{suggested}");
    std::fs::write(&path, suggested.replace("B-9021,A-0017,,", "B-9021,A-0017,示例检查员,"))
        .unwrap();
    let shipments = "shipment_code,batch_code,from_operator,to_operator,shipped_on,quantity,unit\n\
                     W1,B1,FARM,B-9021,2026-03-01,5,kg\nW2,B1,A-0017,SHOP,2026-03-02,5,kg\n";
    std::fs::write(dir.path().join("shipments.csv"), shipments).unwrap();
    let scope = json("recall", &["--data", &folder, "--batch", "B1"]);
    let operators: Vec<_> = scope["operators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["operator"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(operators, ["A-0017", "FARM", "SHOP"]);
    let merged = &scope["affected"][0];
    assert_eq!((&merged["received"], &merged["on_hand"]), (&"5".into(), &"0".into()));
}
