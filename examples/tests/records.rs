//! What the records lack stands on every result, and no result is written over what was read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{json, printed, run, text};
use serde_json::Value;

/// A data set in which `M` made a batch for two schools and a shop. Rejected: a row without a
/// batch, one without a waybill to a third school, one without a sender to a school that is in the
/// result. Repaired: a date. `SHOP` passes on more than it got.
fn school_milk(dir: &Path) -> String {
    let data = dir.join("data");
    fs::create_dir(&data).unwrap();
    for (name, rows) in [
        (
            "operators.csv",
            "operator_code,name,stage,region_code\nM,Dairy,processor,370202\n\
             SCH1,First School,canteen,370202\nSCH3,Third School,canteen,370202\n",
        ),
        (
            "batches.csv",
            "batch_code,product_code,operator_code,produced_on,quantity,unit\nX1,MILK,M,2026-03-04,100,L\n",
        ),
        (
            "shipments.csv",
            "shipment_code,batch_code,from_operator,to_operator,shipped_on,received_on,quantity,unit\n\
             W1,X1,M,SCH1,2026-03-05,2026-03-05,10,L\n\
             W2,X1,M,SCH2,2026-03-05,soon,10,L\n\
             ,X1,M,SCH3,2026-03-05,2026-03-05,10,L\n\
             W4,,M,SCH4,2026-03-05,2026-03-05,10,L\n\
             W5,X1,,SCH1,2026-03-05,2026-03-05,10,L\n\
             W6,X1,M,SHOP,2026-03-05,2026-03-05,20,L\n\
             W7,X1,SHOP,REST,2026-03-06,2026-03-06,30,L\n\
             W8,Z9,ELSE,ELSE,2026-03-06,2026-03-06,30,L\n",
        ),
        (
            "samples.csv",
            "sample_code,kind,batch_code,operator_code,sampled_on,verdict\n\
             S1,supervision,X1,SCH1,2026-03-06,fail\n",
        ),
    ] {
        fs::write(data.join(name), rows).unwrap();
    }
    data.display().to_string()
}

fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

/// The number in a worksheet or CSV of records.
fn counted(rows: &[Vec<String>], what: &str) -> u64 {
    let row = rows.iter().find(|row| row[0] == what).unwrap_or_else(|| panic!("no {what}"));
    row[1].parse().unwrap()
}

fn rows(csv: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(csv).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn rejected_rows_and_findings_stand_on_every_result() {
    let dir = tempfile::tempdir().unwrap();
    let data = school_milk(dir.path());
    let checked = json("check_data", &["--data", &data]);
    let rejected = checked["files"].as_array().unwrap().iter();
    let rejected: u64 = rejected.map(|file| file["rejected"].as_u64().unwrap()).sum();
    assert_eq!(rejected, 3);
    // Two findings are about goods and people of another batch: `ELSE` and `Z9`.
    let findings = checked["findings"].as_array().unwrap();
    let about = |finding: &&Value| {
        let records = finding["records"].as_array().unwrap().iter();
        let records: Vec<&str> = records.map(|record| record.as_str().unwrap()).collect();
        records.iter().any(|record| !record.contains("Z9") && !record.contains("W8"))
    };
    let touching = findings.iter().filter(about).count() as u64;
    assert!(touching >= 2 && (touching as usize) < findings.len(), "{findings:#?}");

    let [html, book, out, notice] =
        ["r.html", "r.xlsx", "out", "notice"].map(|n| path(dir.path(), n));
    let file = path(dir.path(), "r.json");
    let flags = ["--data", &data, "--sample", "S1", "--html", &html, "--xlsx", &book];
    let flags = [&flags[..], &["--csv", &out, "--notice", &notice, "--json", &file]].concat();
    let said = printed("recall", &flags);
    let found: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let records = &found["records"];
    assert_eq!((&records["rows_rejected"], &records["rows_repaired"]), (&3.into(), &1.into()));
    assert_eq!(records["findings"], touching, "{records:#}");
    assert_eq!(records["touching"].as_array().unwrap().len() as u64, touching);
    let missing: Vec<(&str, &str, &str)> = records["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let part = |key: &str| row[key].as_str().unwrap();
            (part("operator"), part("name"), row["places"][0].as_str().unwrap())
        })
        .collect();
    let expected = [("SCH3", "Third School", "shipments.csv:4"), ("SCH4", "", "shipments.csv:5")];
    assert_eq!(missing, expected);

    let lines = [
        "3 of 13 rows were rejected: what they say is not in this result.".to_owned(),
        "2 operators are named by rejected rows and NOT among the names below: SCH3 Third School \
         (shipments.csv:4), SCH4 (shipments.csv:5)."
            .to_owned(),
        "1 row was repaired".to_owned(),
        format!("{touching} findings touch this result: "),
    ];
    // Before the names: on the page before its first section, in the text before the first table.
    let page = fs::read_to_string(&html).unwrap();
    let head = page.split_once("<main").unwrap().0;
    let joined = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let top = joined.split_once("WHO MUST BE TOLD").unwrap().0;
    let notices = rows(&Path::new(&notice).join("notice.csv"));
    let workbook = suyuan_xlsx::read_path(Path::new(&book), &suyuan_xlsx::Limits::default());
    let workbook = workbook.unwrap();
    let sheet = |name: &str| -> Vec<Vec<String>> {
        let sheet = workbook.sheet(name).unwrap();
        sheet.rows.iter().map(|row| (0..2).map(|at| row.text(at).to_owned()).collect()).collect()
    };
    let listed = sheet("notice");
    for (at, line) in lines.iter().enumerate() {
        assert!(head.contains(line), "{line}\n{head}");
        assert!(top.contains(line), "{line}\n{said}");
        assert!(notices[at + 1][0].starts_with(line) && notices[at + 1][1].is_empty());
        assert!(listed[at + 1][0].starts_with(line), "{:?}", listed[at + 1]);
    }
    assert_eq!(notices[5][1], "M");
    let csvs = [Path::new(&notice), Path::new(&out)].map(|dir| rows(&dir.join("records.csv")));
    for table in csvs.iter().chain([&sheet("records")]) {
        assert_eq!(counted(table, "rows rejected"), 3);
        assert_eq!(counted(table, "findings that touch this result"), touching);
    }

    // The others that name operators.
    for (name, about) in [
        ("trace_back", ["--sample", "S1"]),
        ("compare_policies", ["--sample", "S1"]),
        ("mock_recall", ["--batch", "X1"]),
        ("recall_difference", ["--sample", "S1"]),
        ("find_source", ["--sample", "S1"]),
    ] {
        let page = path(dir.path(), &format!("{name}.html"));
        let flags = [&["--data", &data, "--html", &page][..], &about].concat();
        let found = json(name, &flags);
        assert_eq!(found["records"]["rows_rejected"], 3, "{name}");
        let touching = found["records"]["findings"].as_u64().unwrap();
        assert!(touching > 0, "{name}");
        let page = fs::read_to_string(&page).unwrap();
        let head = page.split_once("<main").unwrap().0;
        assert!(head.contains("3 of 13 rows were rejected"), "{name}: {head}");
        assert!(head.contains(&format!("{touching} finding")), "{name}: {head}");
        let said = run(name, &[&["--data", &data][..], &about].concat());
        assert!(text(&said.stdout).contains("3 of 13 rows were rejected"), "{name}");
    }
}

#[test]
fn sums_leave_out_what_is_negative_or_unknown_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let data = school_milk(dir.path());
    let page = path(dir.path(), "r.html");
    let found = json("recall", &["--data", &data, "--sample", "S1", "--html", &page]);
    // 100 made, 40 shipped: 60 at M, 10 at each school, 30 at REST; SHOP gave out 10 too many.
    let totals = &found["totals"];
    assert_eq!(totals["on_hand"]["L"], "110");
    assert_eq!((&totals["negative_stocks"], &totals["unknown_stocks"]), (&1.into(), &0.into()));
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("110 L *"), "the card is marked");
    assert!(page.contains("* On hand leaves out 1 stock that gave out more than they got."));
    let said = printed("recall", &["--data", &data, "--sample", "S1"]);
    assert!(said.contains("110 L*"), "{said}");
    // Who made the batch is not known to have made so much of it.
    let batches = "batch_code,product_code,operator_code,produced_on,quantity,unit\nX1,MILK,M,2026-03-04,,L\n";
    fs::write(Path::new(&data).join("batches.csv"), batches).unwrap();
    let notice = path(dir.path(), "notice");
    let found = json("recall", &["--data", &data, "--sample", "S1", "--notice", &notice]);
    assert_eq!(found["totals"]["on_hand"]["L"], "50");
    assert_eq!(found["totals"]["unknown_stocks"], 1);
    let notice = rows(&Path::new(&notice).join("notice.csv"));
    let on_hand = notice[0].iter().position(|title| title == "on_hand").unwrap();
    let of = |code: &str| notice.iter().find(|row| row[1] == code).unwrap()[on_hand].clone();
    assert_eq!((of("M").as_str(), of("SCH1").as_str()), ("", "10"));
}

#[test]
fn every_source_shows_the_record_that_puts_it_there() {
    let dir = tempfile::tempdir().unwrap();
    let data = school_milk(dir.path());
    let notice = path(dir.path(), "notice");
    let page = path(dir.path(), "r.html");
    let flags = ["--data", &data, "--sample", "S1", "--notice", &notice, "--html", &page];
    let found = json("recall", &flags);
    let stocks = found["page"]["stocks"].as_array().unwrap();
    assert!(stocks.iter().all(|stock| stock["step"].is_null()), "all of the batch are sources");
    let place = |operator: &str| {
        let operators = found["page"]["operators"].as_array().unwrap();
        let at = operators.iter().position(|row| row["code"] == operator).unwrap();
        let stock = stocks.iter().find(|stock| stock["operator"] == at).unwrap();
        stock["first"]["place"].as_str().unwrap().to_owned()
    };
    let expected = [
        ("M", "batches.csv:2"),
        ("SCH1", "shipments.csv:2"),
        ("SCH2", "shipments.csv:3"),
        ("SHOP", "shipments.csv:7"),
        ("REST", "shipments.csv:8"),
    ];
    let steps = rows(&Path::new(&notice).join("steps.csv"));
    let html = fs::read_to_string(&page).unwrap();
    for (operator, line) in expected {
        assert_eq!(place(operator), line);
        let row = steps.iter().find(|row| row[0] == format!("X1@{operator}")).unwrap();
        assert_eq!(row.last().unwrap(), line);
        assert!(html.contains(&format!("<small><bdi>{line}</bdi></small>")), "{line}");
    }
}

fn snapshot(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn no_result_is_written_over_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let data = school_milk(dir.path());
    let before = snapshot(Path::new(&data));
    let shipments = path(Path::new(&data), "shipments.csv");
    let around = path(Path::new(&data), "../data/./shipments.csv");
    let mut refused: Vec<(&str, Vec<&str>)> = Vec::new();
    let start = ["--data", data.as_str(), "--sample", "S1"];
    for (flag, to) in [
        ("--csv", data.as_str()),
        ("--notice", &data),
        ("--html", &shipments),
        ("--json", &around),
        ("--xlsx", &shipments),
    ] {
        refused.push(("recall", [&start[..], &[flag, to]].concat()));
    }
    for name in ["trace_back", "find_source", "compare_policies", "recall_difference"] {
        refused.push((name, [&start[..], &["--html", &shipments]].concat()));
    }
    for name in ["check_data", "verdicts", "evaluate", "watch", "fsma_sheet"] {
        refused.push((name, vec!["--data", &data, "--json", &shipments]));
    }
    let log = path(dir.path(), "log.json");
    fs::write(&log, "[]").unwrap();
    refused.push(("recall_case", vec!["--log", &log, "--at", "2026-03-28", "--html", &log]));
    refused.push(("trace_epcis", vec![&log, "--write", &log]));
    refused.push(("fcl_scores", vec![&log, "--json", &log]));
    refused.push(("match_operators", vec!["--cards", &log, "--json", &log]));
    let (soft, hard) = (path(dir.path(), "soft.html"), path(dir.path(), "hard.html"));
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(&shipments, &soft).unwrap();
        fs::hard_link(&shipments, &hard).unwrap();
        for link in [&soft, &hard] {
            refused.push(("recall", [&start[..], &["--html", link]].concat()));
        }
    }
    for (name, flags) in refused {
        let output = run(name, &flags);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {flags:?}: {said}");
        assert!(said.contains("is read here"), "{name} {flags:?}: {said}");
        assert!(before == snapshot(Path::new(&data)), "{name} {flags:?}");
    }
    assert_eq!(fs::read_to_string(&log).unwrap(), "[]");
    // A page among the records is no table, the first time or the next.
    let page = path(Path::new(&data), "recall.html");
    for _ in 0..2 {
        printed("recall", &[&start[..], &["--html", &page]].concat());
    }
    // Two results in one file.
    let twice = [&start[..], &["--html", &log, "--xlsx", &log]].concat();
    assert_eq!(run("recall", &twice).status.code(), Some(2));
    // Who confirmed an alias is not lost.
    let aliases = dir.path().join("aliases.csv");
    fs::write(&aliases, "alias_code,operator_code,confirmed_by\nB,A,Li\n").unwrap();
    let output = run("match_operators", &["--csv", &dir.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("confirmed an alias"), "{output:?}");
    assert!(fs::read_to_string(&aliases).unwrap().contains("Li"));
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("draw.json");
    for (name, flag) in [("draw_samples", "--record"), ("recall", "--html"), ("recall", "--json")] {
        fs::write(&file, "kept").unwrap();
        let program = common::program(name);
        let limited = std::process::Command::new("sh")
            .args(["-c", "ulimit -f 2; exec \"$0\" \"$@\""])
            .arg(program.get_program())
            .arg(flag)
            .arg(&file)
            .output()
            .unwrap();
        assert!(!limited.status.success(), "{name} {flag}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept", "{name} {flag}");
    }
}

/// Inputs that went wrong, with the right values.
#[test]
fn the_cases_give_the_right_values() {
    let Some(root) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let case = |name: &str| PathBuf::from(&root).join("cases").join(name).display().to_string();
    let dir = tempfile::tempdir().unwrap();
    let page = path(dir.path(), "r.html");
    // 2,880 pieces of 4.8 L at the distributor, 50, 80 and 40 at schools; what the dairy made is not
    // known, so neither is what is left there. A box is a piece here: this is about sums.
    let pieces = dir.path().join("pieces");
    fs::create_dir(&pieces).unwrap();
    for entry in fs::read_dir(case("maker-unknown")).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap().replace("箱", "件");
        fs::write(pieces.join(file.file_name().unwrap()), text).unwrap();
    }
    let pieces = pieces.display().to_string();
    let flags = ["--data", &pieces, "--sample", "S1", "--html", &page];
    let found = json("recall", &flags);
    let operator = |code: &str| -> Value {
        let rows = found["operators"].as_array().unwrap();
        rows.iter().find(|row| row["operator"] == code).unwrap().clone()
    };
    assert_eq!(operator("DIST")["on_hand"]["L"], "13824");
    assert_eq!(operator("DAIRY")["unknown_stocks"], 1);
    assert_eq!(operator("DAIRY")["on_hand"], serde_json::json!({}));
    assert_eq!(found["totals"]["on_hand"]["L"], "14640");
    let canteens = found["page"]["stages"].as_array().unwrap();
    let canteens = canteens.iter().find(|row| row["stage"] == "canteen").unwrap();
    assert_eq!(canteens["sums"]["on_hand"]["L"], "816");
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("14,640 L *"));
    assert!(html.contains("* On hand leaves out 1 stock of unknown quantity."));

    let flags = ["--data", &case("milk-good"), "--sample", "S1", "--html", &page];
    let found = json("recall", &flags);
    let stocks = found["page"]["stocks"].as_array().unwrap();
    for stock in stocks.iter().filter(|stock| stock["step"].is_null()) {
        assert!(stock["first"]["place"].as_str().unwrap().contains(".csv:"), "{stock:#}");
    }
    // No more can be contaminated of what is on hand than is on hand.
    let totals = &found["page"]["totals"];
    assert_eq!(totals["contaminated_on_hand"], totals["on_hand"]);
}

/// A code that may be meant where one of the scope stands is named before anybody signs.
#[test]
fn codes_that_look_alike_stand_before_the_names() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    let shipments = "shipment_code,batch_code,from_operator,to_operator,shipped_on,quantity,unit\n\
                     W1,123,FARM,SHOP,2026-03-01,5,kg\nW2,00123,FARM,CANTEEN,2026-03-01,5,kg\n";
    fs::write(data.join("shipments.csv"), shipments).unwrap();
    let data = data.display().to_string();
    let (page, notice) = (path(dir.path(), "r.html"), path(dir.path(), "notice"));
    let flags = ["--data", &data, "--batch", "123", "--html", &page, "--notice", &notice];
    let found = json("recall", &flags);
    let near = &found["records"]["look_alikes"][0];
    assert_eq!((&near["code"], &near["near"]), (&"123".into(), &"00123".into()));
    let line = "00123 looks like 123 and is kept apart";
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.split_once("<main").unwrap().0.contains(line));
    assert!(rows(&Path::new(&notice).join("notice.csv"))[1][0].starts_with(line));
    let said = printed("recall", &["--data", &data, "--batch", "123"]);
    assert!(said.split_once("WHO MUST BE TOLD").unwrap().0.contains(line), "{said}");
    let back = printed("trace_back", &["--data", &data, "--batch", "123"]);
    assert!(back.contains(line), "{back}");
}

/// The bundled records as several offices sent them, each with its name: nothing counts twice.
#[test]
fn rows_of_several_offices_are_told_once() {
    let Some(root) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    for entry in fs::read_dir(PathBuf::from(root).join("cases/merged-offices")).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        // A row that is there again is another office's.
        let mut seen = std::collections::BTreeMap::new();
        let mut lines = text.lines();
        let mut told = vec![format!("{},reporter", lines.next().unwrap())];
        for line in lines {
            let times: &mut usize = seen.entry(line).or_default();
            *times += 1;
            told.push(format!("{line},office {times}"));
        }
        fs::write(data.join(file.file_name().unwrap()), told.join("\n")).unwrap();
    }
    let data = data.display().to_string();
    let once = common::data("qingdao");
    for sample in ["S-LK-01", "S-SH-01", "S-MK-01"] {
        let ask = |data: &str| {
            let mut found = json("recall", &["--data", data, "--sample", sample]);
            found.as_object_mut().unwrap().remove("records").unwrap();
            found
        };
        assert!(ask(&data) == ask(&once), "{sample}");
    }
}
