//! Distribution functions against values of 40 digits (`tests/data/special.csv`).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use suyuan_stats::dist::{Beta, Gamma, Hypergeometric, NoncentralT, Normal, StudentT};

/// What is promised of each kind, relative.
const PROMISE: &[(&str, f64)] = &[
    ("normal", 1e-14),
    ("normal_quantile", 1e-14),
    ("gamma", 1e-12),
    ("beta", 1e-12),
    ("beta_quantile", 1e-12),
    ("hypergeometric", 1e-12),
    ("student", 1e-12),
    ("noncentral_t", 1e-12),
];

struct Worst {
    count: usize,
    error: f64,
    line: String,
}

fn compute(kind: &str, at: &[f64]) -> Vec<f64> {
    match kind {
        "normal" => vec![Normal.sf(at[0]).unwrap()],
        "normal_quantile" => vec![Normal.upper_quantile(at[0]).unwrap()],
        "gamma" => {
            let gamma = Gamma::new(at[0]).unwrap();
            vec![gamma.cdf(at[1]).unwrap(), gamma.sf(at[1]).unwrap()]
        }
        "beta" => {
            let beta = Beta::new(at[0], at[1]).unwrap();
            vec![beta.cdf(at[2]).unwrap(), beta.sf(at[2]).unwrap()]
        }
        "beta_quantile" => vec![Beta::new(at[0], at[1]).unwrap().quantile(at[2]).unwrap()],
        "hypergeometric" => {
            let [total, marked, drawn, x] = [at[0], at[1], at[2], at[3]].map(|v| v as u64);
            let law = Hypergeometric::new(total, marked, drawn).unwrap();
            vec![law.pmf(x), law.cdf(x), law.sf(x)]
        }
        "student" => vec![StudentT::new(at[0]).unwrap().sf(at[1]).unwrap()],
        "noncentral_t" => vec![NoncentralT::new(at[0], at[1]).unwrap().cdf(at[2]).unwrap()],
        _ => panic!("unknown kind {kind}"),
    }
}

#[test]
fn tails_and_quantiles_keep_their_digits() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/special.csv");
    let text = fs::read_to_string(path).unwrap();
    let mut worst: BTreeMap<String, Worst> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let kind = cells[0];
        // The private function has its test beside it.
        if kind == "ln_gamma" {
            continue;
        }
        let at: Vec<f64> =
            cells[1..5].iter().filter(|c| !c.is_empty()).map(|c| c.parse().unwrap()).collect();
        let expected: Vec<f64> = cells[5..].iter().map(|c| c.parse().unwrap()).collect();
        let got = compute(kind, &at);
        assert_eq!(got.len(), expected.len(), "{line}");
        for (got, expected) in got.iter().zip(&expected) {
            if *expected < 1e-306 {
                continue;
            }
            let error = ((got - expected) / expected).abs();
            let entry = worst.entry(kind.to_owned()).or_insert(Worst {
                count: 0,
                error: 0.0,
                line: String::new(),
            });
            entry.count += 1;
            if error.is_nan() || error > entry.error {
                entry.error = error;
                entry.line = format!("{:?} got {got:e} expected {expected:e}", at);
            }
            if std::env::var_os("SUYUAN_STATS_SHOW").is_some() && error > 1e-12 {
                println!("{kind} {at:?} got {got:e} expected {expected:e}: {error:.1e}");
            }
        }
    }
    for (kind, Worst { count, error, line }) in &worst {
        println!("{kind:16} {count:5} values, worst {error:.1e} at {line}");
    }
    for (kind, promise) in PROMISE {
        let found = worst.get(*kind).unwrap_or_else(|| panic!("no values of {kind}"));
        assert!(found.error <= *promise, "{kind}: {:.1e} at {}", found.error, found.line);
    }
}
