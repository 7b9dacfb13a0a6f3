//! Runs the sampling programs and checks what they print, write and exit with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

mod common;

use common::{data, run, text};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

const PROGRAMS: [&str; 3] = ["plan_samples", "draw_samples", "sampling_progress"];

fn printed(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    for line in text(&output.stdout).lines() {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
    }
    text(&output.stdout)
}

fn result(name: &str, flags: &[&str]) -> Value {
    let output = run(name, &[flags, &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn programs_run_on_the_bundled_data_and_have_help() {
    for name in PROGRAMS {
        assert!(printed(name, &[]).starts_with("No --data given: using the bundled data set"));
        let output = run(name, &["--json", "-"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
        let help = printed(name, &["--help"]);
        for part in ["--data", "--json", "--as-of", "--csv", "Examples:"] {
            assert!(help.contains(part), "{name} --help lacks {part}");
        }
        // Twice the same bytes.
        assert_eq!(run(name, &["--json", "-"]).stdout, output.stdout);
    }
}

#[test]
fn shandong_is_planned_with_the_arithmetic_shown() {
    let shandong = data("shandong");
    let flags = ["--data", &shandong, "--quota", "370000=50000"];
    let plan = printed("plan_samples", &flags);
    for part in ["101527453", "507637.265", "507638", "青岛市", "50000", "MONTHS"] {
        assert!(plan.contains(part), "{part}\n{plan}");
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().display().to_string();
    let plan = result("plan_samples", &[&flags[..], &["--csv", &out]].concat());
    let regions = plan["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 27);
    assert_eq!(regions[0]["own"], 507_638);
    assert_eq!(regions[0]["arranged"]["370000"], 50_000);
    let planned = |code: &str| {
        let find = |region: &&Value| region["code"] == code;
        regions.iter().find(find).unwrap()["planned"].as_u64().unwrap()
    };
    let parts: u64 = regions
        .iter()
        .filter(|region| region["parent"] == "370000" || region["level"] == "city")
        .map(|region| region["planned"].as_u64().unwrap())
        .sum();
    assert_eq!(parts, planned("370000"));
    let rows = fs::read_to_string(dir.path().join("plan.csv")).unwrap();
    assert!(rows.starts_with("region,category,stage,purpose,samples,2026-01,"), "{rows}");
    let sums: u64 = rows
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(4).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(sums, planned("370000"));
    for file in ["cells.csv", "obligations.csv"] {
        assert!(dir.path().join(file).is_file());
    }
}

#[test]
fn a_draw_is_verified_and_a_changed_record_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let record = dir.path().join("draw.json").display().to_string();
    let seed = ["--seed", "lottery of 2026-03-01: 04 11 19"];
    let drawn = printed(
        "draw_samples",
        &[&seed[..], &["--quota", "370202/retail=1", "--record", &record]].concat(),
    );
    assert!(drawn.contains("DRAW, 1 of 43 units, systematic_pps"), "{drawn}");
    let verified = printed("draw_samples", &["--verify", &record]);
    assert!(verified.contains("The draw of 1 units in 1 strata is the protocol's."), "{verified}");
    let other = printed("draw_samples", &["--verify", &record, "--data", &data("qingdao")]);
    assert_eq!(other, verified);
    let text_of = fs::read_to_string(&record).unwrap();
    let changed = text_of.replace("lottery of 2026", "lottery of 2025");
    let changed = write(dir.path(), "changed.json", &changed);
    let output = run("draw_samples", &["--verify", &changed]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("failed to verify the draw"), "{said}");
    assert!(text(&output.stdout).contains("the seed: recorded"));
}

#[test]
fn inspectors_and_laboratories_are_drawn_too() {
    let dir = tempfile::tempdir().unwrap();
    let people = "检查员编码,区县\nI1,\nI2,\nI3,\nI4,\n";
    let inspectors = write(dir.path(), "inspectors.csv", people);
    let conflicts = write(dir.path(), "conflicts.csv", "inspector_code,operator_code\nI1,S2\n");
    let frame = write(dir.path(), "frame.csv", "stratum,code,size\nA,S1,3\nA,S2,1\nB,S3,2\n");
    let labs = "lab_code,body,items,weekly_capacity\nL1,North,a;b,5\nL2,South,b,5\n";
    let labs = write(dir.path(), "labs.csv", labs);
    let flags = [
        "--frame",
        &frame,
        "--quota",
        "A=2",
        "--quota",
        "B=1",
        "--seed",
        "x",
        "--inspectors",
        &inspectors,
        "--conflicts",
        &conflicts,
        "--laboratories",
        &labs,
        "--item",
        "b",
        "--sampler",
        "North",
    ];
    let found = result("draw_samples", &flags);
    let teams = found["inspectors"]["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 3);
    assert!(teams.iter().all(|team| team["inspectors"].as_array().unwrap().len() == 2));
    assert!(!teams[1]["inspectors"].as_array().unwrap().contains(&"I1".into()));
    let loads = found["inspectors"]["loads"].as_array().unwrap();
    assert!(loads.iter().all(|load| (1..=2).contains(&load[1].as_u64().unwrap())));
    assert_eq!(found["laboratories"]["S1"], "L2");
    // Who was assigned is verified with the draw.
    let record = dir.path().join("record.json").display().to_string();
    printed("draw_samples", &[&flags[..], &["--record", &record]].concat());
    let verified = printed("draw_samples", &["--verify", &record]);
    assert!(verified.contains("So are the inspectors of 3 visits."), "{verified}");
    assert!(verified.contains("So are the laboratories of 3 units."), "{verified}");
    let document: Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
    for (place, value, said) in [
        ("/inspectors/teams/0/inspectors/0", "I9", "inspectors of S1: recorded I9"),
        ("/laboratories/S1", "L1", "the laboratory of S1: recorded L1, replayed L2"),
        ("/staffing/inspectors/0/code", "I8", "inspectors of"),
    ] {
        let mut changed = document.clone();
        *changed.pointer_mut(place).unwrap() = value.into();
        let changed = write(dir.path(), "changed.json", &changed.to_string());
        let output = run("draw_samples", &["--verify", &changed]);
        assert_eq!(output.status.code(), Some(1), "{place}");
        assert!(text(&output.stdout).contains(said), "{place}: {}", text(&output.stdout));
    }
    let mut changed = document;
    changed.as_object_mut().unwrap().remove("staffing");
    let changed = write(dir.path(), "changed.json", &changed.to_string());
    let output = run("draw_samples", &["--verify", &changed]);
    assert!(text(&output.stdout).contains("replayed nobody"), "{}", text(&output.stdout));
    // Against other inspectors than the record's own.
    let others = write(dir.path(), "others.csv", "inspector_code\nJ1\nJ2\n");
    let output = run("draw_samples", &["--verify", &record, "--inspectors", &others]);
    assert_eq!(output.status.code(), Some(1));
    let same = [&flags[..flags.len() - 2], &["--sampler", "South"]].concat();
    assert_eq!(result("draw_samples", &same)["laboratories"]["S1"], "L1");
}

#[test]
fn progress_and_follow_up_are_told() {
    let told = printed("sampling_progress", &["--as-of", "2026-03-31", "--follow-up"]);
    for part in ["PROGRESS 2026 to 2026-03-31", "青岛市", "NEXT AFTER S-LK-01", "bits"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().display().to_string();
    let found = result("sampling_progress", &["--as-of", "2026-03-31", "--csv", &out]);
    let province = &found["rows"][0];
    assert_eq!((&province["region"], &province["owed"]), (&"370000".into(), &507_638.into()));
    // 90 of 365 days: ceil(507,638 x 90 / 365).
    assert_eq!(province["due"], 125_172);
    assert!(fs::read_to_string(dir.path().join("progress.csv")).unwrap().lines().count() > 12);
}

#[test]
fn progress_is_counted_to_a_day_of_the_data() {
    let told = printed("sampling_progress", &[]);
    for part in ["counted to 2026-04-17", "PROGRESS 2026 to 2026-04-17"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let found = result("sampling_progress", &[]);
    assert_eq!(found["day"], "2026-04-17");
    // 107 of 365 days, not the whole year: ceil(507,638 x 107 / 365).
    assert_eq!(found["rows"][0]["due"], 148_815);
    assert!(!printed("sampling_progress", &["--as-of", "2026-03-31"]).contains("No --as-of"));
    let none = printed("sampling_progress", &["--year", "2031"]);
    assert!(none.contains("no sample of 2031: counted to the end of the year"), "{none}");
    let before = result("sampling_progress", &["--year", "2025"]);
    assert_eq!(before["day"], "2025-12-31");
}

#[test]
fn minima_of_an_upper_region_are_planned_and_rules_listed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    fs::create_dir(&folder).unwrap();
    let data = folder.display().to_string();
    let regions =
        "region_code,name,population,parent_code\n3702,City,1000,\n370202,County,1000,3702\n";
    write(&folder, "regions.csv", regions);
    let operators = "operator_code,name,stage,region_code\nA,Plant A,processor,370202\nB,Plant B,processor,3702\n";
    write(&folder, "operators.csv", operators);
    let rules = r#"{"rules": [{"name": "monthly", "basis": "example", "stage": "processor", "samples_a_year": 12}]}"#;
    let rules = write(dir.path(), "rules.json", rules);
    let flags = ["--data", &data, "--rules", &rules];
    let told = printed("plan_samples", &flags);
    for part in ["PLAN 2026, 24 SAMPLES", "MINIMA", "monthly", "3702 plans 12 samples itself"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let out = dir.path().join("out");
    let out = out.display().to_string();
    let plan = result("plan_samples", &[&flags[..], &["--csv", &out]].concat());
    assert_eq!((&plan["samples"], &plan["rules"][0]["samples"]), (&24.into(), &24.into()));
    let minima = fs::read_to_string(Path::new(&out).join("minima.csv")).unwrap();
    assert_eq!(minima, "rule,basis,holds,operators,samples\nmonthly,example,yes,2,24\n");
    let obligations = fs::read_to_string(Path::new(&out).join("obligations.csv")).unwrap();
    assert!(obligations.contains("3702,City,,1000,5,5,5,24,12"), "{obligations}");
    // Decimal weights are the same as whole ones in the same proportion.
    let shared = |one: &str, two: &str| {
        let purposes = ["--purpose", one, "--purpose", two];
        result("plan_samples", &[&flags[..], &purposes].concat())["rows"].clone()
    };
    let decimal = shared("supervision=0.75", "monitoring=0.25");
    assert_eq!(decimal, shared("supervision=3", "monitoring=1"));
    // Whom a rule concerns, and where, must be read in full.
    for (row, said) in [
        ("C,Plant C,processor,", "operators.csv:4 (record 3), region_code"),
        ("C,Plant C,magic,370202", "operators.csv:4"),
    ] {
        write(&folder, "operators.csv", &format!("{operators}{row}\n"));
        let output = run("plan_samples", &flags);
        assert_eq!(output.status.code(), Some(1), "{row}");
        assert!(text(&output.stderr).contains(said), "{row}: {}", text(&output.stderr));
    }
}

#[test]
fn exclusions_need_what_they_look_at() {
    let dir = tempfile::tempdir().unwrap();
    let rule = |name: &str, when: &str| {
        let rule = format!(r#"[{{"name": "{name}", "basis": "example", "when": {when}}}]"#);
        write(dir.path(), &format!("{name}.json"), &rule)
    };
    let class = rule("exempt", r#"{"class": {"class": "exempt"}}"#);
    let above = rule("above", r#"{"checked_above": {"months": 3}}"#);
    let recent = rule("recent", r#"{"inspected": {"months": 3}}"#);
    let listed = rule("listed", r#"{"listed": {"codes": ["S2"]}}"#);
    let plain = write(dir.path(), "plain.csv", "stratum,code\nA,S1\nA,S2\n");
    let day = ["--as-of", "2026-03-31"];
    let refused = |flags: &[&str], said: &str| {
        let output = run("draw_samples", &[&day[..], flags].concat());
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        assert!(text(&output.stderr).contains(said), "{flags:?}: {}", text(&output.stderr));
    };
    refused(&["--exclusions", &class], "rule \"exempt\": nothing says classes");
    refused(&["--exclusions", &above], "rule \"above\": nothing says checked_above");
    for (rule, field) in
        [(&class, "classes"), (&above, "checked_above"), (&recent, "last_inspected")]
    {
        refused(&["--frame", &plain, "--exclusions", rule], field);
    }
    let drawn = |flags: &[&str]| {
        let found = result("draw_samples", &[&day[..], flags, &["--quota", "A=1"]].concat());
        found["strata"][0]["drawn"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(drawn(&["--frame", &plain, "--exclusions", &listed]), "S1");
    let table = "层,编码,类别,上次检查日期,上级检查日期\nA,S1,,2025-01-01,2025-01-01\nA,S2,a; exempt,2026-03-01,2026-02-01\n";
    let told = write(dir.path(), "told.csv", table);
    for rule in [&class, &above, &recent] {
        assert_eq!(drawn(&["--frame", &told, "--exclusions", rule]), "S1");
    }
    // A rule that leaves nobody out is told.
    let nobody = rule("nobody", r#"{"listed": {"codes": ["S9"]}}"#);
    let flags = [&day[..], &["--frame", &told, "--exclusions", &nobody]].concat();
    let told = printed("draw_samples", &flags);
    assert!(told.contains("Exclusion rules that left nobody out: nobody"), "{told}");
}

#[test]
fn bad_input_names_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |name: &str, regions: &str| -> PathBuf {
        let path = dir.path().join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("regions.csv"), regions).unwrap();
        path
    };
    let negative = folder("negative", "region_code,name,population\n3701,济南,-5\n");
    let missing = folder("missing", "region_code,name,population\n3701,济南,\n");
    let frame =
        |name: &str, rows: &str| write(dir.path(), name, &format!("stratum,code,size\n{rows}"));
    let empty = frame("empty.csv", "");
    let zero = frame("zero.csv", "A,S1,0\n");
    let twice = frame("twice.csv", "A,S1,1\nB,S1,1\n");
    let infinite = frame("infinite.csv", "A,S1,1\nA,S2,inf\n");
    let (negative, missing) = (negative.display().to_string(), missing.display().to_string());
    let cases: &[(&str, &[&str], &str)] = &[
        ("plan_samples", &["--data", &negative], "regions.csv:2"),
        ("plan_samples", &["--data", &missing], "the population of \"3701\""),
        ("sampling_progress", &["--data", &negative], "found \"-5\""),
        ("plan_samples", &["--quota", "99=1"], "region \"99\""),
        ("plan_samples", &["--quota", "370202=9999999"], "the quota of \"370202\""),
        ("plan_samples", &["--most-a-month", "10"], "at most 10 for \"2026-01\""),
        ("draw_samples", &["--frame", &empty, "--quota", "A=1"], "stratum \"A\""),
        (
            "draw_samples",
            &["--frame", &zero, "--quota", "A=1"],
            "1 units of \"A\": its frame has 0",
        ),
        ("draw_samples", &["--frame", &twice], "two units apart: both have the code \"S1\""),
        ("draw_samples", &["--frame", &infinite], "infinite.csv:3, size: found \"inf\""),
        ("draw_samples", &["--quota", "370202/retail=900"], "900 units of \"370202/retail\""),
        ("draw_samples", &["--verify", "/nowhere"], "failed to read /nowhere"),
        ("sampling_progress", &["--as-of", "2025-12-31"], "the day"),
        ("plan_samples", &["--year", "0"], "the year"),
        ("sampling_progress", &["--year", "0"], "the year"),
        (
            "plan_samples",
            &["--purpose", "supervision=1", "--purpose", "supervision=2"],
            "two purposes apart",
        ),
    ];
    for (name, flags, part) in cases {
        let output = run(name, flags);
        let said = text(&output.stderr);
        let lines = said.lines().filter(|line| !line.starts_with("No --data")).count();
        assert_eq!((output.status.code(), lines), (Some(1), 1), "{name} {flags:?}: {said}");
        assert!(said.contains(part), "{name} {flags:?}: {said}");
    }
    let wrong: &[(&str, &[&str], &str)] = &[
        ("plan_samples", &["--rate", "-1"], "'-1'"),
        ("plan_samples", &["--rate=-1"], "0 to 1000000"),
        ("plan_samples", &["--purpose", "other=1"], "supervision"),
        ("plan_samples", &["--method", "best"], "proportional"),
        ("draw_samples", &["--design", "lottery"], "sampford"),
        ("draw_samples", &["--quota", "A"], "NAME=NUMBER"),
        ("draw_samples", &["--quota", "A=1", "--quota", "A=2"], "not two of \"A\""),
        ("plan_samples", &["--purpose", "supervision=x"], "KIND=WEIGHT"),
        ("draw_samples", &["--verify", "x", "--seed", "y"], "cannot be used with"),
        ("draw_samples", &["--laboratories", "x"], "--item"),
    ];
    for (name, flags, part) in wrong {
        let output = run(name, flags);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {flags:?}: {said}");
        assert!(said.contains(part), "{name} {flags:?}: {said}");
    }
}
