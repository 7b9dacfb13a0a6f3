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
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains(" src="));
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
    assert_eq!(text(&notice).lines().count(), 31);
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
    assert!(zh.contains("合格率评价"));
    let [en, zh] = pages("watch", &[]);
    assert!(en.contains("is an alarm") && zh.contains("预警线"));
    let [en, zh] = pages("acceptance", &[]);
    assert!(en.contains("n = 125, c = 3") && zh.contains("接收概率"));
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
    let output = run("city_day", &["--out", &place, "--links", "20000", "--lang", "zh"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
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
