//! Draws, permanent numbers and estimates by design weights.

use serde_json::Value;
use suyuan_core::sampling::draw::estimate::{
    brewer_variance, deville_variance, hajek_mean, hartley_rao_joint, horvitz_thompson,
    horvitz_thompson_variance, sen_yates_grundy_variance,
};
use suyuan_core::sampling::draw::{
    Targets, conditional_poisson_joint, elimination_joint, pareto, pareto_inclusion,
    sampford_joint, sequential, systematic, working_probabilities,
};

use super::near::{all_near, near, number, numbers, table, wholes};

/// Tools print 15 significant digits, and solve no better than to these.
const PRINTED: f64 = 1e-11;

/// The sizes behind the ten probabilities of most cases: `4 x size / 434`.
const SIZES: [u64; 10] = [20, 50, 14, 80, 36, 66, 10, 24, 90, 44];

pub(super) fn check(id: &str, input: &Value, output: &Value) -> Option<&'static str> {
    match id {
        "pps-pik-takeall" => {
            let quota = input["n"].as_u64().unwrap();
            let targets = Targets::of_sizes(&wholes(&input["x"]), quota).unwrap();
            assert_eq!(probabilities(&targets), numbers(&output["pik"]));
        }
        "pps-madow-start-0.5" => {
            let targets = ten(input);
            assert_eq!(number(&input["u"]), 0.5);
            assert_eq!(
                from_one(systematic(&targets, targets.whole() / 2)),
                wholes(&output["sample_1based"])
            );
        }
        "pps-UPopips-pareto-seed1" => {
            let drawn = pareto(&ten(input), &numbers(&input["u"])).unwrap();
            assert_eq!(from_one(drawn), wholes(&output["sample"]));
        }
        "pps-pareto-true-pi" => {
            let quota = input["n"].as_u64().unwrap() as usize;
            let found = pareto_inclusion(&numbers(&input["lam"]), quota).unwrap();
            all_near(&found, &numbers(&output["pi"]), 1e-12);
        }
        "pps-maxent-cps-pi2" => {
            let p = numbers(&input["pik"]);
            // The tool stops its iteration at 1e-6.
            all_near(&working_probabilities(&p, 4).unwrap(), &numbers(&output["piktilde"]), 1e-6);
            same_table(&conditional_poisson_joint(&p).unwrap(), &table(&output["pi2"]), 1e-6);
        }
        "pps-sampford-pi2" => {
            let found = sampford_joint(&numbers(&input["pik"])).unwrap();
            same_table(&found, &table(&output["pi2"]), PRINTED);
        }
        "pps-tille-pi2" => {
            let _ = ten(input);
            same_table(&elimination_joint(&SIZES, 4).unwrap(), &table(&output["pi2"]), PRINTED);
        }
        "prn-jales-start-.35" => {
            let word = |u: f64| (u * 2.0_f64.powi(64)) as u64;
            let start = word(number(&input["a"]));
            let words: Vec<u64> =
                numbers(&input["u"]).iter().map(|u| word(*u).wrapping_sub(start)).collect();
            let drawn = sequential(&words, input["n"].as_u64().unwrap() as usize);
            assert_eq!(from_one(drawn), wholes(&output["sample_1based"]));
        }
        "ht-maxent" => {
            let (y, p) = (numbers(&input["y"]), numbers(&input["pik"]));
            let joint = table(&input["pi2"]);
            let units = number(&input["N"]);
            near(horvitz_thompson(&y, &p), number(&output["ht"]), PRINTED);
            near(hajek_mean(&y, &p), number(&output["hajek_mean"]), PRINTED);
            near(hajek_mean(&y, &p) * units, number(&output["hajek_total"]), PRINTED);
            near(horvitz_thompson_variance(&y, &joint), number(&output["var_ht"]), PRINTED);
            near(sen_yates_grundy_variance(&y, &joint), number(&output["var_syg"]), PRINTED);
            near(deville_variance(&y, &p), number(&output["varest_deville"]), PRINTED);
            return Some("true_var_syg: the case has no values of the units not drawn");
        }
        "survey-pps-se" => {
            let (y, p) = (numbers(&input["y"]), numbers(&input["pik"]));
            let joint = table(&input["pi2"]);
            near(horvitz_thompson(&y, &p), number(&output["total"]), PRINTED);
            let error = |variance: f64, name: &str| {
                near(variance.sqrt(), number(&output[name]), PRINTED);
            };
            error(brewer_variance(&y, &p), "se_brewer");
            error(horvitz_thompson_variance(&y, &joint), "se_ht");
            error(sen_yates_grundy_variance(&y, &joint), "se_yg");
            let targets = Targets::of_sizes(&SIZES, 4).unwrap();
            let squares: f64 = probabilities(&targets).iter().map(|p| p * p).sum();
            let nearly: Vec<Vec<f64>> = (0..p.len())
                .map(|k| {
                    let pair = |l: usize| hartley_rao_joint(p[k], p[l], 4.0, squares);
                    (0..p.len()).map(|l| if k == l { p[k] } else { pair(l) }).collect()
                })
                .collect();
            error(horvitz_thompson_variance(&y, &nearly), "se_hr");
            return Some("se_overton: the tool gives none");
        }
        _ => return None,
    }
    Some("")
}

fn probabilities(targets: &Targets) -> Vec<f64> {
    (0..targets.len()).map(|unit| targets.probability(unit)).collect()
}

/// The targets of the ten sizes, checked against the case's own probabilities.
fn ten(input: &Value) -> Targets {
    let targets = Targets::of_sizes(&SIZES, 4).unwrap();
    all_near(&probabilities(&targets), &numbers(&input["pik"]), 1e-14);
    targets
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
