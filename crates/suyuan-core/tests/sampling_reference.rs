//! Figures of established tools and of exact enumeration, reproduced: the cases of
//! `reference/statistics.jsonl` in the folder that `SUYUAN_CONFORMANCE_DATA` names.
//!
//! Every case of the groups `alloc`, `strat`, `round`, `quota`, `pps` and `prn` is either reproduced or listed with the reason why not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod reference;

use std::path::Path;

use serde_json::Value;

/// The groups that are sampling's; the others are estimates from samples.
const GROUPS: [&str; 6] = ["alloc", "strat", "round", "quota", "pps", "prn"];

#[test]
fn every_case_is_reproduced() {
    let Ok(folder) = std::env::var("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let path = Path::new(&folder).join("reference").join("statistics.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut ran, mut parts, mut other) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap().to_owned();
        if !GROUPS.contains(&id.split('-').next().unwrap()) {
            other += 1;
            continue;
        }
        match reference::check(
            case["function"].as_str().unwrap_or(""),
            &case["input"],
            &case["output"],
        ) {
            Some("") => ran.push(id),
            Some(left_out) => parts.push(format!("{id}: all but {left_out}")),
            None => panic!("no check for case {id}: {}", case["function"]),
        }
    }
    println!("reproduced: {}", ran.join(", "));
    println!("reproduced in part:\n  {}", parts.join("\n  "));
    println!("of other groups: {other}");
    assert!(ran.len() + parts.len() >= reference::LEAST, "only {} cases ran", ran.len());
}
