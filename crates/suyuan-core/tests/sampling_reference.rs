//! Figures of established tools and of exact enumeration, reproduced: the cases of allocation, rounding,
//! quota, strata and draws in the `*.jsonl` files of the folder `reference` in the one that
//! `SUYUAN_CONFORMANCE_DATA` names.
//!
//! A case is told by its function, never by its name, so that other cases of the same functions run
//! too. Each is run to its end and is said to agree, to differ or not to be offered here; the test
//! fails at the end when one differs.
#![allow(clippy::unwrap_used, clippy::panic)]

mod reference;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde_json::Value;

#[test]
fn every_case_is_reproduced() {
    let Ok(folder) = std::env::var("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new(&folder).join("reference"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    files.sort();
    let (mut agree, mut not_offered, mut differ) = (0, 0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line).unwrap();
            let (id, function) = (&case["id"], case["function"].as_str().unwrap_or(""));
            let check = || reference::check(function, &case["input"], &case["output"]);
            match catch_unwind(AssertUnwindSafe(check)) {
                Ok(true) => {
                    agree += 1;
                    println!("agrees       {id}");
                }
                Ok(false) => {
                    not_offered += 1;
                    println!("not offered  {id} {function}");
                }
                Err(panic) => {
                    let why = panic
                        .downcast_ref::<String>()
                        .cloned()
                        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                    println!("differs      {id} {}", why.clone().unwrap_or_default());
                    differ.push(format!("{id}: {}", why.unwrap_or_default()));
                }
            }
        }
    }
    println!("{agree} agree, {} differ, {not_offered} not offered here", differ.len());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(agree > 0, "no case was run");
}
