//! Runs the built programs and checks what they print, write and exit with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

mod common;

use common::{data, fixtures, program, run, text};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

const PROGRAMS: [&str; 3] = ["recall", "trace_back", "check_data"];

/// What a program prints when it is done and has nothing to say on standard error.
fn printed(name: &str, flags: &[&str]) -> String {
    let output = run(name, flags);
    assert_eq!(output.status.code(), Some(0), "{name} {flags:?}: {}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "{name} {flags:?}");
    text(&output.stdout)
}

fn assert_fits(printed: &str) {
    for line in printed.lines() {
        assert!(line.width() <= 100, "{} columns: {line}", line.width());
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The lines of `commands.txt`: file, program, flags.
fn commands() -> Vec<(String, String, Vec<String>)> {
    let list = fs::read_to_string(fixtures().join("qingdao/expected/commands.txt")).unwrap();
    let commands: Vec<_> = list
        .lines()
        .map(|line| {
            let [file, program, flags] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("expected three fields: {line}");
            };
            let flags = flags.split_whitespace().map(str::to_owned).collect();
            (file.to_owned(), program.to_owned(), flags)
        })
        .collect();
    assert!(commands.len() >= 13, "{} commands", commands.len());
    commands
}

/// Takes out what is said of the records, which stands beside a result.
fn records_of(result: &mut Value) -> Value {
    result.as_object_mut().unwrap().remove("records").unwrap()
}

#[test]
fn results_are_exactly_the_expected_json() {
    for folder in ["qingdao", "qingdao-gb18030"] {
        let data = data(folder);
        for (file, name, flags) in commands() {
            let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            flags.extend(["--data", &data, "--json", "-"]);
            let mut got: Value = serde_json::from_str(&printed(&name, &flags)).unwrap();
            assert_eq!(records_of(&mut got)["rows_rejected"], 0, "{folder}: {file}");
            let expected = read_json(&fixtures().join("qingdao/expected").join(&file));
            assert!(got == expected, "{folder}: {file} differs");
        }
    }
}

#[test]
fn text_fits_a_hundred_columns_and_says_what_matters() {
    for folder in ["qingdao", "qingdao-gb18030"] {
        let data = data(folder);
        for (_, name, flags) in commands() {
            let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            flags.extend(["--data", &data]);
            assert_fits(&printed(&name, &flags));
        }
    }
    let recall = printed("recall", &["--data", &data("qingdao"), "--sample", "S-LK-01"]);
    for part in [
        "RECALL, sample S-LK-01 FAILED",
        "as of     all records",
        "affected  30 stocks, 15 operators, 7 batches",
        "on hand   913 kg*",
        "* not in it: 3 stocks of unknown quantity",
        "retail 零售                 5       8",
        "示例批发市场甲档",
        "2 stocks only possible",
        "contradicting_link 1",
        "orphan 1",
    ] {
        assert!(recall.contains(part), "{part}\n{recall}");
    }
    let milk = printed("recall", &["--data", &data("qingdao"), "--sample", "S-MK-01"]);
    assert!(milk.contains("2 kill steps of the scope could stop it"), "{milk}");
}

#[test]
fn long_scopes_show_fifty_stocks_and_how_to_get_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let mut rows =
        String::from("shipment_code,batch_code,from_operator,to_operator,quantity,unit\n");
    for shop in 0..80 {
        rows.push_str(&format!("W{shop},B1,FARM,SHOP{shop:03},5,kg\n"));
    }
    fs::write(dir.path().join("shipments.csv"), rows).unwrap();
    let data = dir.path().display().to_string();
    let printed = printed("recall", &["--data", &data, "--batch", "B1"]);
    assert!(printed.contains("... and 31 more stocks; all of them with --csv DIR or --json PATH"));
    assert!(printed.contains("SHOP048") && !printed.contains("SHOP049"), "{printed}");
    assert_fits(&printed);
}

#[test]
fn without_flags_a_program_runs_on_the_bundled_data_and_says_so() {
    for name in PROGRAMS {
        let output = program(name).current_dir(std::env::temp_dir()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}");
        let printed = text(&output.stdout);
        assert!(printed.starts_with("No --data given: using the bundled data set"), "{printed}");
        assert_fits(&printed);

        let output = run(name, &["--json", "-"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
        assert!(text(&output.stderr).starts_with("No --data given"), "{name}");
    }
}

#[test]
fn help_has_a_line_for_each_flag_and_examples() {
    let common = ["--data", "--json", "--as-of", "TIME is", "Examples:"];
    let own: [&[&str]; 3] = [
        &[
            "--sample",
            "--batch",
            "--stock",
            "--operator",
            "--from",
            "--to",
            "--scope",
            "--hazard",
            "--carry-over",
            "--explain",
            "--csv",
            "biological 生物",
            "kg, L",
        ],
        &["--sample", "--batch", "--stock", "--explain", "--csv"],
        &["--rejects", "--strict"],
    ];
    for (name, own) in PROGRAMS.into_iter().zip(own) {
        let help = printed(name, &["--help"]);
        assert_fits(&help);
        for part in common.iter().chain(own) {
            assert!(help.contains(part), "{name} --help lacks {part}\n{help}");
        }
    }
}

#[test]
fn wrong_flags_exit_with_two() {
    let qingdao = data("qingdao");
    let cases: &[(&str, &[&str], &str)] = &[
        ("recall", &["--nope"], "--nope"),
        ("recall", &["--sample", "A", "--batch", "B"], "cannot be used with"),
        ("recall", &["--sample", "A", "--stock", "B@C"], "cannot be used with"),
        ("recall", &["--stock", "B"], "expected BATCH@OPERATOR"),
        ("recall", &["--hazard", "magic", "--sample", "A"], "biological 生物"),
        ("recall", &["--as-of", "soon"], "as a time"),
        ("recall", &["--as-of", ""], "as a time"),
        ("recall", &["--scope", "half"], "whole-batch"),
        ("recall", &["--carry-over", "-1"], "--carry-over"),
        ("recall", &["--operator", "COLD-A"], "--from"),
        ("recall", &["--operator", "COLD-A", "--from", "2026-03-01"], "--to"),
        ("recall", &["--sample", "A", "--from", "2026-03-01", "--to", "2026-03-02"], "--operator"),
        ("recall", &["--from", "2026-03-01", "--to", "2026-03-02"], "--operator"),
        (
            "recall",
            &["--operator", "COLD-A", "--from", "2026-03-02", "--to", "2026-03-01"],
            "before --from begins",
        ),
        ("recall", &["--operator", "COLD-A", "--from", "", "--to", "2026-03"], "expected a time"),
        ("recall", &["--data", &qingdao], "failing samples: S-LK-01, S-MK-01, S-SH-01"),
        ("trace_back", &["--data", &qingdao], "failing samples: S-LK-01, S-MK-01, S-SH-01"),
        ("trace_back", &["--explain", "B"], "expected BATCH@OPERATOR"),
        ("check_data", &["--as-of", "soon"], "as a time"),
        ("check_data", &["--sample", "A"], "--sample"),
    ];
    for (name, flags, part) in cases {
        let output = run(name, flags);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {flags:?}: {said}");
        assert!(said.contains(part), "{name} {flags:?}: {said}");
        assert!(output.stdout.is_empty(), "{name} {flags:?}");
    }
}

#[test]
fn a_job_that_cannot_be_done_exits_with_one_and_one_line() {
    let qingdao = data("qingdao");
    let gzip = data("broken/truncated_gzip");
    let repaired = data("broken/bad_date");
    let cases: &[(&str, &[&str], &str)] = &[
        ("recall", &["--sample", "S-NONE"], "failed to find sample \"S-NONE\""),
        ("recall", &["--batch", "a\nb"], "failed to find batch \"a\\nb\""),
        ("recall", &["--stock", "LK-C0309@FARM-DR1"], "failed to find a record of batch"),
        ("recall", &["--explain", "LK-C0309@NONE"], "failed to find operator"),
        ("recall", &["--data", "/nowhere/at/all"], "failed to list the folder /nowhere/at/all: "),
        ("recall", &["--json", "/nowhere/at/all"], "failed to write /nowhere/at/all: "),
        ("recall", &["--csv", "/dev/null"], "/dev/null"),
        ("trace_back", &["--data", &gzip, "--batch", "B1"], "shipments.csv.gz"),
        ("trace_back", &["--data", &qingdao, "--batch", "NONE"], "failed to find batch"),
        ("check_data", &["--data", &gzip], "shipments.csv.gz"),
        ("check_data", &["--data", &repaired, "--strict", "--json", "-"], "5 repaired"),
    ];
    for (name, flags, part) in cases {
        let output = run(name, flags);
        let said = text(&output.stderr);
        let said: Vec<_> = said.lines().filter(|line| !line.starts_with("No --data")).collect();
        assert_eq!(output.status.code(), Some(1), "{name} {flags:?}: {said:?}");
        assert_eq!(said.len(), 1, "{name} {flags:?}: {said:?}");
        assert!(said[0].starts_with(name) && said[0].contains(part), "{flags:?}: {said:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for name in PROGRAMS {
        for flags in [&[][..], &["--json", "-"], &["--help"]] {
            let mut command = program(name);
            command.args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name} {flags:?}");
            assert!(!text(&output.stderr).contains("panicked"), "{name} {flags:?}");
        }
    }
}

/// `FILE:LINE` of the row of the story that begins with these fields.
fn place(file: &str, row: &str) -> String {
    let rows = fs::read_to_string(fixtures().join("qingdao").join(file)).unwrap();
    let at = rows.lines().position(|line| line.starts_with(&format!("{row},")));
    format!("{file}:{}", at.unwrap_or_else(|| panic!("{file} lacks {row}")) + 1)
}

fn assert_explained(name: &str, flags: &[&str], parts: &[String]) {
    let qingdao = data("qingdao");
    let mut flags = flags.to_vec();
    flags.extend(["--data", &qingdao]);
    let printed = printed(name, &flags);
    assert_fits(&printed);
    let joined = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(joined.contains(part), "{flags:?} lacks {part}\n{printed}");
    }
}

#[test]
fn recall_explains_a_stock_down_to_its_rows() {
    let line = |role, batch| {
        let row = format!("T-DP-0312,PROC-DUMP,2026-03-12,{role},{batch}");
        place("transformations.csv", &row)
    };
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--explain", "DP-0312-A@SHOP-JZ"],
        &[
            "DP-0312-A@SHOP-JZ 示例胶州便利店 is AFFECTED".into(),
            "3 links from a source, affected since 2026-03-14 (recorded)".into(),
            "1. transformation T-DP-0312, 2026-03-12, process 制馅包制".into(),
            format!(
                "input 120 kg of LK-C0309@PROC-DUMP 示例速冻饺子厂: {}",
                line("input", "LK-C0309")
            ),
            format!(
                "output 700 kg of DP-0312-A@PROC-DUMP 示例速冻饺子厂: {}",
                line("output", "DP-0312-A")
            ),
            format!("2. shipment YD-D06, 500 kg: {}", place("shipments.csv", "YD-D06")),
            format!("3. shipment YD-D07, 100 kg: {}", place("shipments.csv", "YD-D07")),
        ],
    );
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--explain", "LK-C0309@MKT-A"],
        &["It is a source".into(), format!("YD-L04, 500 kg: {}", place("shipments.csv", "YD-L04"))],
    );
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--explain", "DP-0312-B@CANT-FAC"],
        &["(possible)".into(), "the records contradict each other".into()],
    );
    let orphan = "T-KG-0311,CANT-KG,2026-03-11,input,LK-C0309";
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--scope", "from-holder", "--explain", "DISH-KG-0311@CANT-KG"],
        &[
            "1. INFERRED, possible only: no record says how LK-C0309@CANT-KG".into(),
            format!("that it was there: {}", place("transformations.csv", orphan)),
        ],
    );
    let dairy = "91370285XXXX00051Y";
    let rows = ["T-PAST-0316S", "T-PAST-0316"].map(|code| format!("{code},{dairy},2026-03-16"));
    let stock = |batch: &str| format!("{batch}@{dairy}");
    let flags = ["--stock", &stock("SK-0316"), "--carry-over", "1", "--explain", &stock("PM-0316")];
    assert_explained(
        "recall",
        &flags,
        &[
            "INFERRED carry-over on equipment: affected material entered T-PAST-0316S".into(),
            place("transformations.csv", &format!("{},input", rows[0])),
            place("transformations.csv", &format!("{},output", rows[1])),
        ],
    );
}

#[test]
fn recall_explains_why_a_stock_is_not_affected() {
    let early = "T-DP-0311,PROC-DUMP,2026-03-11,input,RW-03";
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--explain", "DP-0311@PROC-DUMP"],
        &[
            "is NOT affected".into(),
            "x transformation T-DP-0311".into(),
            format!("RW-03@PROC-DUMP 示例速冻饺子厂: {}", place("transformations.csv", early)),
            "it had left by 2026-03-11 23:59, before affected material can have been at".into(),
        ],
    );
    assert_explained(
        "recall",
        &["--sample", "S-MK-01", "--hazard", "生物", "--explain", "PM-0316@SHOP-SN"],
        &[
            "x transformation T-PAST-0316".into(),
            "is a kill step: it inactivates biological hazards".into(),
            "The stock asked about lies 1 link further on from PM-0316@91370285XXXX00051Y".into(),
        ],
    );
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--as-of", "2026-03-11", "--explain", "LK-C0309@SHOP-LC"],
        &[place("shipments.csv", "YD-L12"), "not begun by the as-of, 2026-03-11 23:59".into()],
    );
    assert_explained(
        "recall",
        &["--sample", "S-LK-01", "--explain", "EG-0308@SHOP-SB"],
        &["No chain of records leads from the sources".into()],
    );
}

#[test]
fn trace_back_explains_paths_and_what_came_too_late() {
    let two = ["--sample", "S-LK-01", "--sample", "S-LK-02", "--explain"];
    let with = |stock| two.into_iter().chain([stock]).collect::<Vec<_>>();
    assert_explained(
        "trace_back",
        &with("LK1-0308@FARM-LK1"),
        &[
            "is UPSTREAM".into(),
            "4 links down to a target".into(),
            format!("1. shipment YD-L01, 400 kg: {}", place("shipments.csv", "YD-L01")),
            format!("4. shipment YD-L17, 150 kg: {}", place("shipments.csv", "YD-L17")),
        ],
    );
    assert_explained(
        "trace_back",
        &with("LK-C0309@SHOP-SB"),
        &[
            "is NOT upstream".into(),
            format!("x shipment YD-L11, 30 kg: {}", place("shipments.csv", "YD-L11")),
            "had left LK-C0309@MKT-A (2026-03-10 03:30)".into(),
        ],
    );
    assert_explained("trace_back", &with("LK-C0309@SHOP-SN"), &["a target's own stock".into()]);
    assert_explained("trace_back", &with("EG-0308@SHOP-SB"), &["No chain of records".into()]);
}

#[test]
fn an_explanation_leaves_standard_output_to_the_json() {
    let output = run("recall", &["--json", "-", "--explain", "DP-0312-A@SHOP-JZ"]);
    serde_json::from_slice::<Value>(&output.stdout).unwrap();
    assert!(text(&output.stderr).contains("is AFFECTED"));
}

#[test]
fn results_are_written_to_files() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let (qingdao, json) = (data("qingdao"), at("a.json"));
    let recall = ["--data", &qingdao, "--sample", "S-LK-01", "--json", &json, "--csv", &at("out")];
    let said = printed("recall", &recall);
    assert!(said.contains("WRITTEN"), "{said}");
    let expected = read_json(&fixtures().join("qingdao/expected/recall-S-LK-01.json"));
    let mut written = read_json(Path::new(&json));
    records_of(&mut written);
    assert_eq!(written, expected);
    let lines = |name: &str| -> Vec<String> {
        let file = fs::read_to_string(dir.path().join("out").join(name)).unwrap();
        file.lines().map(str::to_owned).collect()
    };
    let affected = lines("affected.csv");
    assert_eq!(affected.len(), 31);
    let keys: BTreeSet<_> = affected[0].split(',').collect();
    let row = expected["affected"][0].as_object().unwrap();
    assert_eq!(keys, row.keys().map(String::as_str).collect());
    assert!(affected[1].starts_with(
        "DP-0312-A,91370212XXXX00078Y,2026-03-14T00:00,recorded,2,0,100,0,0,0,100,0,kg,0.12,12,100,0,true"
    ));
    assert_eq!(
        lines("operators.csv")[0],
        "operator,name,stage,region,stocks,negative_stocks,unknown_stocks,on_hand_kg"
    );
    assert_eq!(
        lines("operators.csv")[1],
        "91370212XXXX00078Y,示例崂山超市,retail,370212,2,0,0,100"
    );
    assert_eq!(lines("sources.csv").len(), 13);
    assert!(lines("sources.csv").contains(&"LK-C0309,CANT-KG,".to_owned()));

    let back =
        ["--data", &qingdao, "--sample", "S-LK-01", "--sample", "S-LK-02", "--csv", &at("out")];
    printed("trace_back", &back);
    assert_eq!(lines("upstream.csv").len(), 13);
    assert_eq!(
        lines("common.csv"),
        ["batch,operator,reaches_targets", "LK1-0308,COL-PD,2", "LK1-0308,FARM-LK1,2"]
    );
    assert_eq!(lines("targets.csv")[1], "LK-C0310,SHOP-LC,2026-03-12T23:59");

    let codes = data("broken/empty_code");
    printed("check_data", &["--data", &codes, "--rejects", &at("rejects")]);
    let rejects = fs::read_dir(dir.path().join("rejects")).unwrap().count();
    assert_eq!(rejects, 8);
    let output = run("check_data", &["--data", &codes, "--rejects", &codes]);
    assert_eq!(output.status.code(), Some(1));
}

/// The folders under `broken` that hold an `expected.json`.
fn broken(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            broken(&path, found);
        } else if path.ends_with("expected.json") {
            found.push(dir.to_owned());
        }
    }
}

#[test]
fn check_data_reports_each_broken_data_set_as_expected() {
    let mut folders = Vec::new();
    broken(&fixtures().join("broken"), &mut folders);
    assert!(folders.len() >= 40, "{} folders", folders.len());
    folders.sort();
    let mut wrong = Vec::new();
    for folder in folders {
        let name = folder.display().to_string();
        let output = run("check_data", &["--data", &name, "--json", "-"]);
        let differs = broken_difference(&output, &read_json(&folder.join("expected.json")));
        if let Some(difference) = differs {
            wrong.push(format!("{name}: {difference}"));
        }
        if output.status.code() == Some(0) {
            assert_fits(&printed("check_data", &["--data", &name]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn broken_difference(output: &Output, expected: &Value) -> Option<String> {
    let said = text(&output.stderr);
    let Some(error) = expected["error"].as_str() else {
        return match serde_json::from_slice(&output.stdout) {
            Ok(got) if output.status.code() == Some(0) => difference(&got, expected),
            _ => Some(format!("no report: {said}")),
        };
    };
    let failed = output.status.code() == Some(1) && output.stdout.is_empty();
    let ok = failed && said.contains(error) && said.lines().count() == 1;
    (!ok).then(|| format!("expected to fail with {error:?}: {said:?}"))
}

#[test]
fn check_data_reports_the_story_as_expected() {
    for folder in ["qingdao", "qingdao-gb18030"] {
        let got = printed("check_data", &["--data", &data(folder), "--json", "-", "--strict"]);
        let got: Value = serde_json::from_str(&got).unwrap();
        let mut expected = read_json(&fixtures().join("qingdao/expected/findings.json"));
        // Files and encodings differ between the two forms of the story.
        expected["files"] = got["files"].clone();
        assert_eq!(difference(&got, &expected), None, "{folder}");
    }
}

/// What a report of `check_data` says otherwise than it is expected to.
fn difference(got: &Value, expected: &Value) -> Option<String> {
    let both = |key: &str, got: String, expected: String| {
        (got != expected).then(|| format!("{key} {got}, expected {expected}"))
    };
    let rows = |report: &Value, list: &str| -> String {
        let mut rows = report[list].as_array().unwrap().clone();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove("expected");
        }
        Value::from(rows).to_string()
    };
    let mut codes: [BTreeSet<&str>; 2] = Default::default();
    for finding in got["findings"].as_array().unwrap() {
        let note = finding["severity"] == "note";
        codes[usize::from(note)].insert(finding["code"].as_str().unwrap());
    }
    let listed = |key: &str| -> BTreeSet<&str> {
        expected[key].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect()
    };
    // Other notes may be there.
    codes[1].retain(|code| listed("notes").contains(code));
    both("files", got["files"].to_string(), expected["files"].to_string())
        .or_else(|| both("rejected", rows(got, "rejected"), rows(expected, "rejected")))
        .or_else(|| both("repaired", rows(got, "repaired"), rows(expected, "repaired")))
        .or_else(|| {
            both("findings", format!("{:?}", codes[0]), format!("{:?}", listed("findings")))
        })
        .or_else(|| both("notes", format!("{:?}", codes[1]), format!("{:?}", listed("notes"))))
}

#[test]
fn a_generated_data_set_is_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("made").display().to_string();
    let flags = ["--links", "20000", "--seed", "3", "--out", &out, "--broken-rows", "0.01"];
    let said = printed("generate", &flags);
    assert_fits(&said);
    let word = |label: &str| -> u64 {
        let line = said.lines().find(|line| line.trim_start().starts_with(label)).unwrap();
        let number = line.split_whitespace().find_map(|word| word.parse().ok());
        number.unwrap_or_else(|| panic!("{label}: {said}"))
    };
    let report: Value =
        serde_json::from_str(&printed("check_data", &["--data", &out, "--json", "-"])).unwrap();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 8);
    let (mut rejected, mut repaired) = (0, 0);
    for file in files {
        let count = |key: &str| file[key].as_u64().unwrap();
        let table = file["file"].as_str().unwrap().trim_end_matches(".csv");
        assert_eq!(word(table), count("imported"), "{table}");
        rejected += count("rejected");
        repaired += count("repaired");
    }
    assert!(rejected > 0 && said.contains(&format!("{rejected} rows to reject")), "{said}");
    assert!(said.contains(&format!("{repaired} to repair")), "{said}");
    let truth = fs::read_to_string(Path::new(&out).join("truth.csv")).unwrap();
    assert_eq!(word("truth"), truth.lines().count() as u64 - 1);
    let of_first = truth.lines().filter(|line| line.starts_with("0,")).count();
    let first = said.lines().find(|line| line.trim_start().starts_with("0  farm")).unwrap();
    let reached = first.split_whitespace().nth(4).unwrap();
    assert_eq!(reached, of_first.to_string());
    let samples = fs::read_to_string(Path::new(&out).join("samples.csv")).unwrap();
    let failing = samples.lines().find(|line| line.contains(",fail,")).unwrap();
    let sample = failing.split(',').next().unwrap();
    assert!(printed("recall", &["--data", &out, "--sample", sample]).contains("FAILED"));

    let output = run("generate", &flags);
    assert_eq!(output.status.code(), Some(1), "it writes into a folder that is not empty");
    assert!(text(&output.stderr).contains("expected a new or empty folder"));
}

#[test]
fn generate_counts_without_a_folder_and_refuses_what_it_cannot_do() {
    let said = printed("generate", &["--links", "5000"]);
    assert!(said.starts_with("No --out given"), "{said}");
    assert_eq!(said, printed("generate", &["--links", "5000"]));
    assert_ne!(said, printed("generate", &["--links", "5000", "--seed", "2"]));
    for (flags, code) in [
        (&["--links", "12"][..], 2),
        (&["--sources", "65"], 2),
        (&["--returns", "1.5"], 2),
        (&["--start", "soon"], 2),
        (&["--links", "-1"], 2),
    ] {
        let output = run("generate", flags);
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{flags:?}");
    }
}
