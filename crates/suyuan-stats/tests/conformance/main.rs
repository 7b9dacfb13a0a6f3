//! Every case of the reference data: input to output of established tools or exact enumeration.
//!
//! The folder is taken from `SUYUAN_CONFORMANCE_DATA`; without it nothing is run, and the test says
//! so. All `*.jsonl` files of its folder `reference` are read. A case is told by its function, never
//! by its name, so that other cases of the same functions run too. Each is run to its end and is said
//! to agree, to differ or not to be offered; the test fails at the end when one differs. Cases of
//! allocation and draws are run by `sampling_reference` of `suyuan-core`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod acceptance;
mod check;
mod design;
mod detection;
mod proportion;
mod warning;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use check::{Case, Lacking, Outcome};

fn folder() -> Option<PathBuf> {
    std::env::var_os("SUYUAN_CONFORMANCE_DATA").map(PathBuf::from)
}

/// The first part of the engine that knows the case's function.
fn run(case: &Case<'_>) -> Outcome {
    proportion::run(case)
        .or_else(|| design::run(case))
        .or_else(|| detection::run(case))
        .or_else(|| acceptance::run(case))
        .or_else(|| warning::run(case))
        .unwrap_or_else(|| Outcome::NotOffered(format!("no function for {}", case.function)))
}

#[test]
fn reference_cases_are_reproduced() {
    let Some(folder) = folder() else {
        println!("skipped: no conformance data");
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("reference"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect();
    files.sort();
    let values: Vec<Value> = files
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.into_iter().filter(|line| !line.trim().is_empty())
        })
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    let (mut agrees, mut partly, mut not_offered) = (0, 0, 0);
    let mut differs = Vec::new();
    for value in &values {
        let case = Case::new(value, &values, &folder);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&case)));
        let outcome = outcome.or_else(|panic| match panic.downcast::<Lacking>() {
            Ok(lacking) => Ok(Outcome::NotOffered(lacking.0)),
            Err(panic) => Err(panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default()),
        });
        match outcome {
            Err(text) => {
                println!("differs        {:34} {text}", case.id);
                differs.push(format!("{}: {text}", case.id));
            }
            Ok(Outcome::Agrees(count)) => {
                agrees += 1;
                println!("agrees         {:34} {count} values, {}", case.id, case.tool);
            }
            Ok(Outcome::Partly(count, reason)) => {
                partly += 1;
                println!("agrees in part {:34} {count} values; {reason}", case.id);
            }
            Ok(Outcome::NotOffered(reason)) => {
                not_offered += 1;
                println!("not offered    {:34} {reason}", case.id);
            }
        }
    }
    println!(
        "{} cases: {agrees} agree, {partly} in part, {} differ, {not_offered} not offered here",
        values.len(),
        differs.len()
    );
    assert!(differs.is_empty(), "{} differ:\n{}", differs.len(), differs.join("\n"));
    assert!(agrees + partly > 0, "no case was run");
}
