//! Every case of the reference data: input to output of established tools or exact enumeration.
//!
//! The folder is taken from `SUYUAN_CONFORMANCE_DATA`; without it nothing is run, and the test says
//! so. Cases of the sampling engine are listed as covered there. The test fails when it ran none.
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

use check::{Case, Outcome};

fn folder() -> Option<PathBuf> {
    std::env::var_os("SUYUAN_CONFORMANCE_DATA").map(PathBuf::from)
}

/// Which part of the engine a case belongs to, by its identifier.
fn run(case: &Case<'_>) -> Outcome {
    let kind = case.id.split('-').next().unwrap_or_default();
    match kind {
        "alloc" | "strat" | "round" | "quota" | "pps" | "prn" => {
            Outcome::Elsewhere("the sampling module of suyuan-core")
        }
        "ci" | "rg" => proportion::run(case),
        "svyciprop" | "svy" | "survey" | "ht" | "calib" | "eb" => design::run(case),
        "fd" => detection::run(case),
        "oc" | "findplan" | "three" | "two" => acceptance::run(case),
        "farr" | "ears" | "cusum" | "bayes" | "rki1" | "rki2" | "rki3" | "glrpois"
        | "outbreakP" | "catcusum" | "qcc" | "scan" => warning::run(case),
        _ => Outcome::Uncovered(format!("no function for {}", case.function)),
    }
}

#[test]
fn reference_cases_are_reproduced() {
    let Some(folder) = folder() else {
        println!("skipped: no conformance data");
        return;
    };
    let text = fs::read_to_string(folder.join("reference/statistics.jsonl")).unwrap();
    let values: Vec<Value> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (mut passed, mut partly, mut elsewhere, mut uncovered) = (0, 0, 0, 0);
    let mut failures = Vec::new();
    for value in &values {
        let case = Case::new(value, &values, &folder);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&case))) {
            Err(panic) => {
                let text = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                failures.push(format!("{}: {}", case.id, text.unwrap_or_default()));
            }
            Ok(Outcome::Passed(0)) => failures.push(format!("{}: compared nothing", case.id)),
            Ok(Outcome::Passed(count)) => {
                passed += 1;
                println!("passed     {:34} {count} values, {}", case.id, case.tool);
            }
            Ok(Outcome::Partly(count, reason)) => {
                partly += 1;
                println!("in part    {:34} {count} values; {reason}", case.id);
            }
            Ok(Outcome::Elsewhere(place)) => {
                elsewhere += 1;
                println!("elsewhere  {:34} {place}", case.id);
            }
            Ok(Outcome::Uncovered(reason)) => {
                uncovered += 1;
                println!("uncovered  {:34} {reason}", case.id);
            }
        }
    }
    println!(
        "{} cases: {passed} reproduced, {partly} in part, {elsewhere} in the sampling module, \
         {uncovered} uncovered",
        values.len()
    );
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(passed > 0, "no case was run");
}
