//! Runs the built programs with `--html` and looks at the pages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{run, text};
use serde_json::Value;

/// Runs a program in both languages and gives its pages: English, Chinese.
fn pages(name: &str, flags: &[&str]) -> [String; 2] {
    let dir = tempfile::tempdir().unwrap();
    ["en", "zh"].map(|lang| {
        let path = dir.path().join(format!("{lang}.html"));
        let place = path.display().to_string();
        let mut all = flags.to_vec();
        all.extend(["--html", &place, "--lang", lang]);
        let output = run(name, &all);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains(&place), "{name} says what it wrote");
        let html = fs::read_to_string(&path).unwrap();
        sound(&html, if lang == "en" { "en" } else { "zh-CN" });
        html
    })
}

fn sound(html: &str, lang: &str) {
    assert!(html.starts_with(&format!("<!DOCTYPE html><html lang=\"{lang}\">")));
    assert_eq!(html.matches("<h1>").count(), 1);
    assert_eq!(html.matches("<table").count(), html.matches("</caption>").count());
    // Addresses may stand in texts from the data, never where a browser would follow them.
    assert!(!html.contains("=\"http") && !html.contains(" src=") && !html.contains("url("));
    let body = html.split("<script>").next().unwrap();
    assert!(!body.contains("NaN") && !body.contains("inf\""));
    let ids: Vec<&str> =
        html.split(" id=\"").skip(1).map(|p| p.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id is used twice");
    for to in html.split("href=\"#").skip(1).map(|part| part.split('"').next().unwrap()) {
        assert!(ids.contains(&to), "a link leads to #{to}, which is nowhere");
    }
}

#[test]
fn the_recall_page_tells_the_story_of_the_leek() {
    let [en, zh] = pages("recall", &[]);
    for html in [&en, &zh] {
        for own in
            ["S-LK-01", "毒死蜱", "DP-0312-A@SHOP-JZ", "shipments.csv:", "transformations.csv:"]
        {
            assert!(html.contains(own), "{own}");
        }
    }
    assert!(en.contains("<dt>Affected stocks</dt><dd><bdi>30</bdi></dd>"));
    assert!(zh.contains("<dt>受影响存货</dt><dd><bdi>30</bdi></dd>"));
    // Two stocks are only possible: one month for a date, one contradiction.
    assert!(en.contains("<dt>possible only</dt><dd><bdi>2</bdi></dd>"));
    assert!(zh.contains("《食品安全法》第六十三条"));
}

#[test]
fn the_json_holds_what_the_page_shows() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (html, json, xlsx, notice) =
        (path("r.html"), path("r.json"), path("r.xlsx"), path("notice"));
    let flags =
        ["--html", &html, "--json", &json, "--xlsx", &xlsx, "--notice", &notice, "--lang", "zh"];
    let output = run("recall", &flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(document["totals"]["stocks"], 30);
    assert_eq!(document["page"]["totals"]["stocks"], 30);
    assert_eq!(document["page"]["totals"]["operators"], document["totals"]["operators"]);
    assert_eq!(document["page"]["stocks"].as_array().unwrap().len(), 30);
    let by_stage = document["page"]["stages"].as_array().unwrap();
    let stocks: u64 = by_stage.iter().map(|row| row["sums"]["stocks"].as_u64().unwrap()).sum();
    assert_eq!(stocks, 30);
    assert!(fs::read(&xlsx).unwrap().starts_with(b"PK"));
    let notice = fs::read(Path::new(&notice).join("notice.csv")).unwrap();
    assert!(notice.starts_with(&[0xef, 0xbb, 0xbf]));
    // The header, what the records lack, and the stocks.
    assert_eq!(text(&notice).lines().count(), 32);
    assert!(text(&notice).lines().nth(1).unwrap().contains("3条发现涉及本结果"));
    // Without a page the JSON is what it always was.
    let output = run("recall", &["--json", "-"]);
    let plain: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(plain.get("page").is_none());
}

#[test]
fn every_other_program_writes_a_page() {
    let [en, zh] = pages("trace_back", &[]);
    assert!(en.contains("LK1-0308@FARM-LK1") && zh.contains("共同来源"));
    let [en, zh] = pages("find_source", &[]);
    assert!(en.contains("by three methods") && zh.contains("可能的来源"));
    let [en, _] = pages("check_data", &["--data", &common::data("broken/bad_date")]);
    assert!(en.contains("batches.csv:") || en.contains("shipments.csv:"));
    let [en, zh] = pages("plan_samples", &[]);
    assert!(en.contains("Sampling plan 2026") && zh.contains("市南区") && zh.contains("12月"));
    let [en, zh] = pages("sampling_progress", &["--as-of", "2026-03-31"]);
    assert!(en.contains("goals are behind") && zh.contains("2026-03-31"));
    let [en, zh] = pages("draw_samples", &[]);
    assert!(en.contains("suyuan example") && zh.contains("入样概率"));
    let [en, zh] = pages("evaluate", &[]);
    assert!(en.contains("Funnel") || en.contains("explained by chance"));
    assert!(zh.contains("合格率评价") && zh.contains("监督抽检") && !zh.contains("supervision</"));
    let [en, zh] = pages("watch", &[]);
    assert!(en.contains("is an alarm") && zh.contains("预警线"));
    let [en, zh] = pages("acceptance", &[]);
    assert!(en.contains("n = 125, c = 3") && zh.contains("接收概率"));
}

/// By hand: `fixtures/recall-case/README.md`, and the tests of the programs' text.
#[test]
fn programs_around_a_recall_write_pages() {
    let [en, zh] = pages("mock_recall", &["--batch", "SH-EC-01"]);
    for own in ["2,400", "1,320", "483", "597", "T-SH-0318"] {
        assert!(en.contains(own) && zh.contains(own), "{own}");
    }
    assert!(en.contains("count it") && zh.contains("待盘点") && zh.contains("限4小时"));
    let [en, zh] = pages("recall_case", &[]);
    assert!(en.contains("1 duty is overdue, 0 were done late"));
    assert!(en.contains("42.67%") && zh.contains("42.67%"));
    assert!(zh.contains("食品召回管理办法") && zh.contains("一级") && zh.contains("逾期"));
    let [en, zh] = pages("compare_policies", &[]);
    assert!(en.contains("kill steps stop biological") && zh.contains("计入杀灭步骤（生物）"));
    assert!(en.contains("all of them together 24 stocks"));
    let [en, zh] = pages("verdicts", &[]);
    assert!(en.contains("3 samples failed") && zh.contains("不合格3批次"));
    let [en, zh] = pages("match_operators", &["--removed", "C-0800"]);
    assert!(en.contains("same credit code") && zh.contains("信用代码相同"));
    assert!(en.contains("Where else the operator is: C-0800"));
    let dir = tempfile::tempdir().unwrap();
    let data = known(dir.path());
    let window = ["--data", &data, "--batch", "B1", "--from", "2026-03-10", "--to", "2026-03-17"];
    let [en, zh] = pages("recall_difference", &window);
    assert!(en.contains("2 entered the scope, 1 left it, 2 changed."));
    assert!(en.contains("40 kg → 50 kg") && zh.contains("示例便利店"));
}

/// Records of which some were corrected: W2 carried less, W3 never was, W4 and W5 came in late.
fn known(dir: &Path) -> String {
    let shipments = "\
shipment_code,batch_code,from_operator,to_operator,shipped_on,quantity,unit,known_at,withdrawn_at
W1,B1,FARM,MARKET,2026-03-01,100,kg,2026-03-01,
W2,B1,MARKET,SHOP-1,2026-03-03,40,kg,2026-03-03,2026-03-12
W2,B1,MARKET,SHOP-1,2026-03-03,30,kg,2026-03-12,
W3,B1,MARKET,SHOP-2,2026-03-04,20,kg,2026-03-04,2026-03-13
W4,B1,MARKET,SHOP-3,2026-03-05,20,kg,2026-03-14,
W5,B1,SHOP-3,SHOP-4,2026-03-06,5,kg,2026-03-14,
";
    let operators = "operator_code,name,stage,region_code\n\
                     SHOP-2,示例便利店,retail,370202\nSHOP-3,示例超市,retail,370202\n";
    fs::write(dir.join("shipments.csv"), shipments).unwrap();
    fs::write(dir.join("operators.csv"), operators).unwrap();
    dir.display().to_string()
}

#[test]
fn programs_of_formats_and_made_chains_write_pages() {
    let [en, zh] = pages("fcl_scores", &["--trace", "d3"]);
    assert!(en.contains("Trace of d3") && en.contains("MISSED") && zh.contains("遗漏"));
    let [en, zh] = pages("fsma_sheet", &[]);
    assert!(en.contains("1.1340(a)(4)") && zh.contains("关键数据要素"));
    let [en, zh] = pages("trace_epcis", &[]);
    assert!(en.contains("SALAD-0312") && en.contains("Events traced") && zh.contains("在路径上"));
    let [en, zh] = pages("missing_links", &["--links", "3000"]);
    assert!(en.contains("window:30,fifo") && zh.contains("整单"));
    let [en, zh] = pages("generate", &["--links", "20000", "--seed", "7"]);
    assert!(en.contains("seed 7") && zh.contains("真实污染"));
}

/// Every number in a column of numbers is one of the JSON's, as it is or rounded for reading.
#[test]
fn the_json_of_every_program_holds_the_numbers_of_its_page() {
    for (name, flags) in [
        ("mock_recall", &["--batch", "SH-EC-01"][..]),
        ("recall_case", &[]),
        ("compare_policies", &[]),
        ("verdicts", &[]),
        ("match_operators", &["--removed", "C-0800"]),
        ("fcl_scores", &[]),
        ("missing_links", &["--links", "3000"]),
        ("generate", &["--links", "20000"]),
        ("trace_epcis", &[]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = |end: &str| dir.path().join(end).display().to_string();
        let (html, json) = (path("p.html"), path("p.json"));
        let output = run(name, &[flags, &["--html", &html, "--json", &json]].concat());
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        let document = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
        let mut numbers = Vec::new();
        collect(&document, &mut numbers);
        let html = fs::read_to_string(html).unwrap();
        let mut seen = 0;
        for part in html.split("<td class=\"n\"").skip(1) {
            let cell = part.split_once("</td>").unwrap().0;
            let cell = cell.split_once('>').unwrap().1;
            for word in cell.split(['<', '>', ' ']) {
                let plain = word.trim_end_matches('%').replace(',', "");
                let Ok(shown) = plain.parse::<f64>() else { continue };
                let digits = plain.split_once('.').map_or(0, |(_, part)| part.len());
                let within = if digits == 0 { 1e-9 } else { 0.51 * 0.1_f64.powi(digits as i32) };
                // Shares are shown in percent.
                let is = |own: &f64| {
                    (own - shown).abs() < within || (100.0 * own - shown).abs() < within
                };
                assert!(numbers.iter().any(is), "{name}: {word} is not in the JSON");
                seen += 1;
            }
        }
        assert!(seen >= 7, "{name}: {seen} numbers were looked at");
    }
}

fn collect(json: &Value, numbers: &mut Vec<f64>) {
    match json {
        Value::Number(number) => numbers.extend(number.as_f64()),
        Value::String(text) => numbers.extend(text.parse::<f64>().ok()),
        Value::Array(all) => all.iter().for_each(|json| collect(json, numbers)),
        Value::Object(all) => all.values().for_each(|json| collect(json, numbers)),
        _ => {}
    }
}

#[test]
fn every_program_has_the_flags_of_pages() {
    let sources = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
    let names = sources.filter_map(|file| {
        let path = file.unwrap().path();
        let own = path.extension().is_some_and(|end| end == "rs");
        own.then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
    });
    let mut seen = 0;
    // What it makes is a data set, which the other programs show.
    for name in names.filter(|name| name != "import_raw") {
        let help = text(&run(&name, &["--help"]).stdout);
        assert!(help.contains("--html <PATH>") && help.contains("--lang <LANG>"), "{name}: {help}");
        assert_eq!(run(&name, &["--lang", "fr"]).status.code(), Some(2), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 22);
}

#[test]
fn a_page_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let output = run("recall", &["--html", &dir.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("recall: failed to write "));
    let output = run("recall", &["--lang", "fr"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_city_has_its_day() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("day");
    let place = out.display().to_string();
    let told = dir.path().join("told.html");
    let alone = told.display().to_string();
    let flags = ["--out", &place, "--links", "20000", "--lang", "zh", "--html", &alone];
    let output = run("city_day", &flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = fs::read_to_string(told).unwrap();
    sound(&told, "zh-CN");
    assert!(told.contains("来源排序") && !told.contains(".html\""));
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    sound(&index, "zh-CN");
    let files = index.split("href=\"").skip(1).map(|part| part.split('"').next().unwrap());
    let files: Vec<&str> = files.filter(|file| !file.starts_with('#')).collect();
    assert!(files.len() >= 10, "{files:?}");
    for file in files {
        assert!(out.join(file).is_file(), "{file} is linked and not there");
        if file.ends_with(".html") {
            sound(&fs::read_to_string(out.join(file)).unwrap(), "zh-CN");
        }
    }
    // Nothing is written over.
    let output = run("city_day", &["--out", &place, "--links", "20000"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("expected a new or empty folder"));
}
