//! The page of every program in a real browser, where one is installed; see the test of the same
//! name beside the crate of pages.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

#[path = "../../crates/suyuan-report/tests/common/browser.rs"]
mod browser;

use std::path::{Path, PathBuf};

use browser::{Browser, browser};
use common::{run, text};

/// Flags under which a program has something to show; without any, its bundled data.
const FLAGS: [(&str, &[&str]); 21] = [
    ("recall", &[]),
    ("trace_back", &[]),
    ("find_source", &[]),
    ("trace_epcis", &[]),
    ("check_data", &[]),
    ("verdicts", &[]),
    ("missing_links", &["--links", "3000"]),
    ("recall_case", &[]),
    ("mock_recall", &[]),
    ("compare_policies", &[]),
    ("match_operators", &["--removed", "C-0800"]),
    ("plan_samples", &[]),
    ("draw_samples", &[]),
    ("sampling_progress", &["--as-of", "2026-03-31"]),
    ("evaluate", &[]),
    ("watch", &[]),
    ("acceptance", &[]),
    ("fcl_scores", &["--trace", "d3"]),
    ("fsma_sheet", &[]),
    ("generate", &["--links", "20000"]),
    ("recall_difference", &["--batch", "LK-C0309"]),
];

fn written(dir: &Path, name: &str, flags: &[&str], lang: &str) -> PathBuf {
    let path = dir.join(format!("{name}-{lang}.html"));
    let place = path.display().to_string();
    let output = run(name, &[flags, &["--html", &place, "--lang", lang]].concat());
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    path
}

#[test]
fn the_pages_of_programs_hold_in_a_browser() {
    let Some(program) = browser() else {
        println!("skipped: no Chromium; set SUYUAN_CHROMIUM to one");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut pages = Vec::new();
    for lang in ["en", "zh"] {
        for (name, flags) in FLAGS {
            pages.push(written(dir.path(), name, flags, lang));
        }
    }
    let day = dir.path().join("day");
    let place = day.display().to_string();
    let output = run("city_day", &["--out", &place, "--links", "20000"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for file in std::fs::read_dir(&day).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "html") {
            pages.push(path);
        }
    }
    let mut browser = Browser::start(&program, dir.path());
    assert!(pages.len() >= 50, "{}", pages.len());
    assert_eq!(browser.check_all(&pages), pages.len() * 4);
}
