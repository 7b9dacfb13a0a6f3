//! Runs `evaluate`, `watch` and `acceptance` and checks what they print, write and exit with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

mod common;

use common::{data, json, printed, program, run, text};
use serde_json::Value;

const PROGRAMS: [&str; 3] = ["evaluate", "watch", "acceptance"];

fn near(value: &Value, expected: f64) {
    let got = value.as_f64().unwrap();
    assert!((got - expected).abs() <= 1e-9 * expected.abs(), "{got} {expected}");
}

#[test]
fn evaluate_keeps_purposes_apart() {
    let found = json("evaluate", &[]);
    assert_eq!(found["samples"], 900);
    let row = |purpose: &str, dimension: &str, value: &str| {
        let rows = found["rows"].as_array().unwrap().clone();
        rows.into_iter()
            .find(|row| {
                row["purpose"] == purpose && row["dimension"] == dimension && row["value"] == value
            })
            .unwrap()
    };
    // 25 of 574: Wilson's interval worked out apart.
    let all = row("evaluation", "all", "");
    assert_eq!(
        (&all["tested"], &all["failing"], &all["pending"]),
        (&574.into(), &25.into(), &26.into())
    );
    near(&all["problem_finding"]["estimate"], 25.0 / 574.0);
    near(&all["problem_finding"]["lower"], 0.029_672_714_469_702_68);
    near(&all["problem_finding"]["upper"], 0.063_504_156_104_067_08);
    near(&all["pass"]["lower"], 1.0 - 0.063_504_156_104_067_08);
    assert_eq!(all["population"], true);
    assert_eq!(row("supervision", "region", "370213")["failing"], 6);
    for population in found["population"].as_array().unwrap() {
        if population["purpose"] == "evaluation" {
            near(&population["rate"]["lower"], 0.028_381_008_557_402_138);
            near(&population["rate"]["upper"], 0.063_625_237_246_361_86);
        } else {
            assert!(population["rate"].is_null());
            let why = population["refused"].as_str().unwrap();
            assert!(why.contains("use evaluation samples drawn at random"), "{why}");
        }
    }
    let areas = found["areas"].as_array().unwrap();
    let evaluation = areas.iter().find(|areas| areas["purpose"] == "evaluation").unwrap();
    let worst = evaluation["regions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|region| region["position"] == 1)
        .unwrap();
    assert_eq!(worst["region"], "370213");
    assert!(worst["worst"].as_f64().unwrap() > 0.9);
    let sum: f64 = evaluation["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| region["worst"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
}

/// Regions without a failure, and one with a single sample that failed.
#[test]
fn evaluate_is_not_certain_at_the_boundary() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("samples.csv");
    let mut table = String::from("purpose,region,verdict,date\n");
    for (region, tested) in [("R00", 16), ("R01", 15), ("R02", 26), ("R03", 8), ("R04", 21)] {
        table.push_str(&format!("evaluation,{region},pass,2026-01-03\n").repeat(tested));
    }
    table.push_str("evaluation,R99,fail,2026-01-03\n");
    fs::write(&path, table).unwrap();
    boundary(&path.display().to_string());
    let Some(folder) = std::env::var_os("SUYUAN_CONFORMANCE_DATA").map(PathBuf::from) else {
        println!("skipped: no conformance data");
        return;
    };
    boundary(&folder.join("cases/evaluate/real.csv").display().to_string());
}

fn boundary(table: &str) {
    let found = json("evaluate", &["--table", table]);
    let regions = found["areas"][0]["regions"].as_array().unwrap().clone();
    let mut worst = 0.0;
    for region in &regions {
        let number = |key: &str| region["area"][key].as_f64().unwrap();
        assert!(
            number("lower") < number("upper") && number("direct_lower") < number("direct_upper")
        );
        assert!(number("estimate") > 0.0 && number("estimate") < 1.0, "{region}");
        let here = region["worst"].as_f64().unwrap();
        assert!(here > 0.0 && here < 1.0, "{region}");
        worst += here;
        match (region["area"]["x"].as_u64().unwrap(), region["area"]["n"].as_u64().unwrap()) {
            // 2.5 to 100 %.
            (1, 1) => {
                near(&region["area"]["direct_lower"], 0.025);
                near(&region["area"]["direct_upper"], 1.0);
                assert!(number("lower") < 0.05, "{region}");
            }
            // 0 to 36.9 %.
            (0, 8) => {
                near(&region["area"]["direct_lower"], 0.0);
                near(&region["area"]["direct_upper"], 1.0 - 0.025_f64.powf(0.125));
            }
            _ => assert_eq!(region["area"]["lower"], 0.0),
        }
    }
    assert!((worst - 1.0).abs() < 1e-9, "{worst}");
    let shown = printed("evaluate", &["--table", table]);
    assert!(shown.contains("2.500") && shown.contains("36.942"), "{shown}");
}

#[test]
fn evaluate_reads_data_sets_and_writes_csv() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().display().to_string();
    let qingdao = data("qingdao");
    let printed = printed("evaluate", &["--data", &qingdao, "--csv", &out]);
    assert!(
        printed.contains("DISPOSAL") && printed.contains("supervision samples: they are drawn")
    );
    let rates = fs::read_to_string(dir.path().join("rates.csv")).unwrap();
    assert!(rates.starts_with("purpose,dimension,value,tested,failing,pending,method,rate"));
    assert!(
        rates.lines().any(|line| line.starts_with("monitoring,hazard,biological,1,1,0,wilson,1,"))
    );
    assert!(dir.path().join("areas.csv").is_file());
    // By the end of February nothing was sampled.
    let output = run("evaluate", &["--data", &qingdao, "--as-of", "2026-02"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there are no samples"));
}

#[test]
fn watch_finds_the_rise_and_not_the_extra_tests() {
    let found = json("watch", &["--weeks", "2"]);
    let signals = found["signals"].as_array().unwrap();
    let of = |method: &str, series: &str| {
        let mine = |row: &&Value| row["method"] == method && row["series"] == series;
        signals.iter().filter(mine).cloned().collect::<Vec<_>>()
    };
    for method in ["farrington_nb", "proportion"] {
        let rows = of(method, "370202 蔬菜");
        assert_eq!(rows.len(), 2, "{method}");
        assert!(rows[1]["alarm"] == true && rows[1]["confirmed"] == true, "{rows:?}");
    }
    assert!(of("proportion", "370213 蔬菜").iter().all(|row| row["alarm"] == false));
    assert!(of("farrington_nb", "370283 糕点").iter().all(|row| row["alarm"] == false));
    for row in signals {
        if let (Some(p), Some(adjusted)) = (row["p_value"].as_f64(), row["adjusted"].as_f64()) {
            assert!(adjusted >= p, "{row}");
        }
    }
    let printed = printed("watch", &["--weeks", "8", "--methods", "ears-c1,proportion"]);
    assert!(printed.contains("ears_c1") && printed.contains("proportion"));
    assert!(!printed.contains("farrington"));
    let dir = tempfile::tempdir().unwrap();
    run("watch", &["--csv", &dir.path().display().to_string()]);
    let signals = fs::read_to_string(dir.path().join("signals.csv")).unwrap();
    assert!(signals.starts_with("series,week,method,cases,tests,expected"));
}

#[test]
fn acceptance_gives_plans_and_curves() {
    let found = json("acceptance", &["--producer", "0.01,0.95", "--consumer", "0.08,0.1"]);
    assert_eq!((&found["single"]["n"], &found["single"]["c"]), (&65.into(), &2.into()));
    let found =
        json("acceptance", &["--n", "125", "--c", "3", "--lot", "2000", "--shares", "0.02"]);
    near(&found["oc"][0]["total_inspection"], 577.494_116_556_598_1);
    near(&found["outgoing_limit"]["outgoing"], 0.014_571_803_893_406_8);
    let tightened = ["--table-lot", "1000", "--limit", "1.0", "--tightened"];
    let found = json("acceptance", &tightened);
    assert_eq!(
        (&found["table"]["plan"]["n"], &found["table"]["plan"]["c"]),
        (&80.into(), &1.into())
    );
    let found = json("acceptance", &["--stages", "50/1/4,50/4/5", "--shares", "0"]);
    near(&found["oc"][0]["accept"], 1.0);
    near(&found["oc"][0]["tested"], 50.0);
    let three =
        ["--n", "5", "--c", "2", "--m", "4", "--large-m", "5", "--sd", "0.8", "--means", "3"];
    near(&json("acceptance", &three)["oc"][0]["accept"], 0.961_022_895_277_702_2);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("oc.csv");
    let flags = ["--n", "20", "--c", "1", "--csv"];
    let flags: Vec<&str> = flags.into_iter().chain(path.to_str()).collect();
    assert!(printed("acceptance", &flags).contains("WRITTEN"));
    assert!(fs::read_to_string(path).unwrap().starts_with("at,accept,outgoing"));
}

#[test]
fn without_flags_a_program_says_what_it_runs_on() {
    for name in PROGRAMS {
        let output = program(name).current_dir(std::env::temp_dir()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        assert!(text(&output.stdout).starts_with("No "), "{name}");
        let output = run(name, &["--json", "-"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
        assert!(text(&output.stderr).starts_with("No "), "{name}");
        let help = printed(name, &["--help"]);
        assert!(help.contains("Examples:") && help.contains("--json"), "{help}");
    }
}

#[test]
fn wrong_flags_exit_with_two_and_impossible_jobs_with_one() {
    let cases: &[(&str, &[&str], i32, &str)] = &[
        ("evaluate", &["--confidence", "2"], 2, "between 0 and 1"),
        ("evaluate", &["--columns", "verdict"], 2, "KEY=HEADER"),
        ("evaluate", &["--purpose", "fun"], 2, "supervision 监督抽检"),
        ("evaluate", &["--table", "/nowhere.csv"], 1, "failed to read /nowhere.csv"),
        ("evaluate", &["--columns", "verdict=NOPE"], 1, "failed to find the column NOPE"),
        ("evaluate", &["--columns", "verdict=region"], 1, "expected pass, fail or pending"),
        ("watch", &["--methods", "tea-leaves"], 2, "farrington"),
        ("watch", &["--weeks", "0"], 2, "at least 1"),
        ("watch", &["--weeks", "100", "--methods", "farrington"], 1, "time points of history"),
        ("acceptance", &["--n", "5"], 2, "--c"),
        ("acceptance", &["--stages", "50/1"], 2, "N/ACCEPT/REJECT"),
        ("acceptance", &["--law", "hypergeometric", "--n", "5", "--c", "1"], 2, "--lot"),
        (
            "acceptance",
            &["--producer", "0.08,0.95", "--consumer", "0.01,0.1"],
            1,
            "failed to find a plan",
        ),
        ("acceptance", &["--n", "50", "--c", "1", "--lot", "20"], 1, "at most 20"),
        ("acceptance", &["--table-lot", "1000", "--limit", "1.1"], 1, "not one of the limits"),
    ];
    for (name, flags, code, part) in cases {
        let output = run(name, flags);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{name} {flags:?}: {said}");
        assert!(said.contains(part), "{name} {flags:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn real_laboratory_samples_are_evaluated_and_watched() {
    let Some(folder) = std::env::var_os("SUYUAN_CONFORMANCE_DATA").map(PathBuf::from) else {
        println!("skipped: no conformance data");
        return;
    };
    let path = folder.join("sampling/fsis_chicken_carcass_2022_2023.csv");
    let table = path.display().to_string();
    let columns = "verdict=SalmonellaSPAnalysis,region=State,date=CollectionDate";
    let flags = ["--table", &table, "--columns", columns, "--purpose", "monitoring"];
    let found = json("evaluate", &flags);
    let all = &found["rows"][0];
    assert_eq!(found["samples"], 4887);
    assert_eq!(
        (&all["tested"], &all["failing"], &all["pending"]),
        (&4886.into(), &236.into(), &1.into())
    );
    near(&all["problem_finding"]["estimate"], 236.0 / 4886.0);
    assert!(found["population"][0]["rate"].is_null());
    assert_eq!(found["areas"][0]["regions"].as_array().unwrap().len(), 36);
    let watched = json("watch", &["--table", &table, "--columns", columns, "--weeks", "6"]);
    assert_eq!((&watched["series"], &watched["weeks"]), (&36.into(), &27.into()));
    let methods: std::collections::BTreeSet<&str> = watched["signals"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["method"].as_str())
        .collect();
    assert!(methods.contains("proportion") && methods.contains("ears_c1"), "{methods:?}");
    let skipped = watched["skipped"].as_array().unwrap();
    let farrington = skipped.iter().find(|one| one["method"] == "farrington").unwrap();
    assert_eq!(farrington["series"].as_array().unwrap().len(), 36, "{farrington}");
}
