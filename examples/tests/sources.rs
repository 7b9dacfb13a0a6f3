//! Runs `find_source` and checks what it prints, writes and exits with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{data, run, text};
use serde_json::Value;

fn panel(flags: &[&str]) -> Value {
    let output = run("find_source", &[&["--json", "-"], flags].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_source_of_two_samples_is_ranked() {
    let panel = panel(&[]);
    assert_eq!(panel["cases"], 2);
    let rows = panel["candidates"].as_array().unwrap();
    // The bundled samples are of leeks of one farm that two canteens cooked.
    let best = &rows[0];
    assert_eq!(best["reached"], 2);
    let sum = |field: &str| rows.iter().map(|row| row[field].as_f64().unwrap()).sum::<f64>();
    for posterior in ["lineage", "network", "sales"] {
        assert!((sum(posterior) - 1.0).abs() < 1e-9, "{posterior}");
    }
    let falls = |pair: &[Value]| pair[0]["lineage"].as_f64() >= pair[1]["lineage"].as_f64();
    assert!(rows.windows(2).all(falls));
    let printed = run("find_source", &["--top", "2"]);
    let printed = text(&printed.stdout);
    assert!(printed.contains("SOURCE of 2 cases"), "{printed}");
    assert!(printed.contains(best["operator"].as_str().unwrap()), "{printed}");
    assert!(printed.contains(&format!("and {} more operators", rows.len() - 2)), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 100), "{printed}");
}

#[test]
fn bad_flags_are_refused() {
    let folder = data("qingdao");
    for (flags, code, says) in [
        (vec!["--data", &folder], 2, "--sample or --stock"),
        (vec!["--data", &folder, "--sample", "NONE"], 1, "failed to find sample \"NONE\""),
        (vec!["--background", "1"], 1, "background"),
        (vec!["--background", "x"], 2, "--background"),
    ] {
        let output = run("find_source", &flags);
        assert_eq!(output.status.code(), Some(code), "{flags:?}");
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
    }
}
