//! Draws and permanent numbers.

use serde_json::Value;
use suyuan_core::sampling::draw::{
    Targets, conditional_poisson_joint, elimination_joint, midzuno_joint, pareto, pareto_inclusion,
    sampford_joint, sequential, systematic, working_probabilities,
};

use super::near::{all_near, number, numbers, table, wholes};

/// Tools print 15 significant digits, and solve no better than to these.
const PRINTED: f64 = 1e-11;

pub(super) fn check(function: &str, input: &Value, output: &Value) -> bool {
    let begins = |start: &str| function.starts_with(start);
    if begins("inclusionprobabilities") {
        let quota = input["n"].as_u64().unwrap();
        let targets = Targets::of_sizes(&wholes(&input["x"]), quota).unwrap();
        let found: Vec<f64> = (0..targets.len()).map(|unit| targets.probability(unit)).collect();
        all_near(&found, &numbers(&output["pik"]), PRINTED);
    } else if begins("systematic PPS") {
        let targets = given(input);
        let start = (number(&input["u"]) * targets.whole() as f64) as u64;
        assert_eq!(from_one(systematic(&targets, start)), wholes(&output["sample_1based"]));
    } else if begins("UPopips(type=pareto)") {
        let drawn = pareto(&given(input), &numbers(&input["u"])).unwrap();
        assert_eq!(from_one(drawn), wholes(&output["sample"]));
    } else if begins("exact inclusion probabilities of Pareto") {
        let quota = input["n"].as_u64().unwrap() as usize;
        let found = pareto_inclusion(&numbers(&input["lam"]), quota).unwrap();
        all_near(&found, &numbers(&output["pi"]), 1e-12);
    } else if begins("UPmaxentropypi2") {
        let p = numbers(&input["pik"]);
        let quota = p.iter().sum::<f64>().round() as usize;
        // The tool stops its iteration at 1e-6.
        if output["piktilde"].is_array() {
            let working = working_probabilities(&p, quota).unwrap();
            all_near(&working, &numbers(&output["piktilde"]), 1e-6);
        }
        same_table(&conditional_poisson_joint(&p).unwrap(), &table(&output["pi2"]), 1e-6);
    } else if begins("UPsampfordpi2") {
        let found = sampford_joint(&numbers(&input["pik"])).unwrap();
        same_table(&found, &table(&output["pi2"]), PRINTED);
    } else if begins("UPtillepi2") {
        let targets = given(input);
        let found = elimination_joint(targets.parts(), targets.quota()).unwrap();
        same_table(&found, &table(&output["pi2"]), PRINTED);
    } else if begins("UPmidzunopi2") {
        let found = midzuno_joint(&numbers(&input["pik"])).unwrap();
        same_table(&found, &table(&output["pi2"]), 1e-9);
    } else if begins("sequential SRS from starting point") {
        let word = |u: f64| (u * 2.0_f64.powi(64)) as u64;
        let start = word(number(&input["a"]));
        let words: Vec<u64> =
            numbers(&input["u"]).iter().map(|u| word(*u).wrapping_sub(start)).collect();
        let drawn = sequential(&words, input["n"].as_u64().unwrap() as usize);
        assert_eq!(from_one(drawn), wholes(&output["sample_1based"]));
    } else {
        return false;
    }
    true
}

/// The case's own probabilities as targets.
fn given(input: &Value) -> Targets {
    Targets::of_probabilities(&numbers(&input["pik"])).unwrap()
}

fn from_one(drawn: Vec<usize>) -> Vec<u64> {
    drawn.into_iter().map(|unit| unit as u64 + 1).collect()
}

fn same_table(found: &[Vec<f64>], expected: &[Vec<f64>], relative: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        all_near(found, expected, relative);
    }
}
