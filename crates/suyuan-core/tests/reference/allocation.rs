//! Allocation, rounding, quota and power cases.

use serde_json::Value;
use suyuan_core::sampling::continuous::{
    Exponents, Moments, RealBounds, for_goals, for_variance, general_power, neyman, power,
    variance_sum,
};
use suyuan_core::sampling::{Bounds, Rate, Rounding, apportion, optimum, whole_weights};

use super::near::{all_near, near, number, numbers, wholes};

/// Tools print 15 significant digits.
const PRINTED: f64 = 1e-13;

pub(super) fn check(id: &str, input: &Value, output: &Value) -> Option<&'static str> {
    match id {
        "alloc-bruteforce-n20" | "alloc-bruteforce-n45" => brute_force(input, output),
        "alloc-integer-greedy-10-100" | "alloc-integer-greedy-10-500" => greedy(input, output),
        "alloc-pop969-20pct" => population(input, output),
        "alloc-rnabox-10-4076" | "alloc-rnabox-10-6000" => boxed(input, output),
        "alloc-neyman-4" => {
            let n = neyman(&products(input), &free(4), number(&input["n"])).unwrap();
            all_near(&n, &numbers(&output["n_h"]), PRINTED);
        }
        "alloc-power-q0.25" | "alloc-power-q1" => {
            let (x, cv) = (numbers(&input["X"]), numbers(&input["CV"]));
            let n = power(&x, &cv, number(&input["q"]), number(&input["n"])).unwrap();
            all_near(&n, &numbers(&output["n_h"]), PRINTED);
        }
        "alloc-optcost-unitcost-10" => {
            let upper = numbers(&input["upper"]);
            let bounds: Vec<_> = upper.iter().map(|upper| RealBounds::new(0.0, *upper)).collect();
            let (a, costs) = (numbers(&input["A"]), numbers(&input["unit_costs"]));
            let (constant, goal) = (number(&input["A0"]), number(&input["V"]));
            let n = for_variance(&a, &costs, &bounds, constant, goal).unwrap();
            all_near(&n, &numbers(&output["n_h"]), PRINTED);
            let cost: f64 = n.iter().zip(&costs).map(|(n, cost)| n * cost).sum();
            near(cost, number(&output["cost"]), PRINTED);
        }
        "alloc-practools-prop" => {
            let sizes = wholes(&input["Nh"]);
            let n = neyman(&numbers(&input["Nh"]), &free(sizes.len()), number(&input["n_tot"]));
            all_near(&n.unwrap(), &numbers(&output["nh"]), PRINTED);
        }
        "alloc-practools-totvar" => total_variance(input, output),
        "alloc-bethel-2dom-2var" => bethel(input, output),
        "strat-power-alloc-sweden" => {
            let strata = cut(input, output);
            let q = numbers(&input["alloc"]);
            let exponents = Exponents { units: q[0], mean: q[1], deviation: q[2] };
            let n = general_power(&strata, exponents, number(&input["n"])).unwrap();
            all_near(&n, &numbers(&output["nhnonint"]), 1e-12);
            let total = input["n"].as_u64().unwrap();
            let whole = apportion(&whole_weights(&n).unwrap(), total, Rounding::Hamilton).unwrap();
            assert_eq!(whole, wholes(&output["nh"]));
            return Some("the boundaries: where to cut a size variable is no part of the engine");
        }
        "strat-LH-sethi-sweden" => {
            let strata = cut(input, output);
            let total: f64 = numbers(&input["x"]).iter().sum();
            let a: Vec<f64> = strata.iter().map(|s| s.units * s.deviation).collect();
            let constant: f64 = strata.iter().map(|s| s.units * s.deviation.powi(2)).sum();
            let goal = (number(&input["CV"]) * total).powi(2);
            let n = for_variance(&a, &[1.0; 4], &free(4), constant, goal).unwrap();
            let up: Vec<u64> = n.iter().map(|n| n.ceil() as u64).collect();
            assert_eq!(up, wholes(&output["nh"]));
            let error = (variance_sum(&a, &up) - constant).sqrt() / total;
            near(error, number(&output["RRMSE"]), PRINTED);
            return Some("the boundaries: where to cut a size variable is no part of the engine");
        }
        "round-hamilton-8" | "round-hamilton-tie" => {
            let n = apportion(
                &wholes(&input["weights"]),
                number(&input["n"]) as u64,
                Rounding::Hamilton,
            );
            assert_eq!(n.unwrap(), wholes(&output["a"]));
        }
        "round-hamilton-8-n37" => {
            for (name, rounding) in [
                ("hamilton", Rounding::Hamilton),
                ("webster", Rounding::Webster),
                ("jefferson", Rounding::Jefferson),
            ] {
                let n = apportion(&wholes(&input["weights"]), number(&input["n"]) as u64, rounding);
                assert_eq!(n.unwrap(), wholes(&output[name]), "{name}");
            }
        }
        "quota-5per1000" => {
            let owed: Vec<u64> = wholes(&input["pop"])
                .iter()
                .map(|people| Rate::default().minimum(*people))
                .collect();
            assert_eq!(owed, wholes(&output["q"]));
        }
        _ => return None,
    }
    Some("")
}

fn free(strata: usize) -> Vec<RealBounds> {
    vec![RealBounds::default(); strata]
}

/// Size x standard deviation.
fn products(input: &Value) -> Vec<f64> {
    let (sizes, deviations) = (numbers(&input["N"]), numbers(&input["S"]));
    sizes.iter().zip(&deviations).map(|(size, deviation)| size * deviation).collect()
}

fn bounds(input: &Value) -> Vec<Bounds> {
    let (lower, upper) = (wholes(&input["lower"]), wholes(&input["upper"]));
    lower.into_iter().zip(upper).map(|(lower, upper)| Bounds::new(lower, upper)).collect()
}

fn brute_force(input: &Value, output: &Value) {
    let (a, bounds) = (numbers(&input["A"]), bounds(input));
    let best = optimum(&a, &bounds, input["n"].as_u64().unwrap()).unwrap();
    assert_eq!(best.samples, wholes(&output["n_h"]));
    assert!(best.certificate.holds(&a, &bounds, &best.samples));
    near(variance_sum(&a, &best.samples), number(&output["objective"]), PRINTED);
}

fn greedy(input: &Value, output: &Value) {
    let (a, bounds) = (products(input), bounds(input));
    let best = optimum(&a, &bounds, input["n"].as_u64().unwrap()).unwrap();
    assert_eq!(best.samples, wholes(&output["n_h"]));
    let sum = variance_sum(&a, &best.samples);
    near(sum, number(&output["objective_sumA2_over_n"]), PRINTED);
    let (sizes, deviations) = (numbers(&input["N"]), numbers(&input["S"]));
    let constant: f64 = sizes.iter().zip(&deviations).map(|(n, s)| n * s * s).sum();
    near(sum - constant, number(&output["variance"]), 1e-12);
    let real: Vec<_> =
        bounds.iter().map(|b| RealBounds::new(b.lower as f64, b.upper as f64)).collect();
    let n = neyman(&a, &real, number(&input["n"])).unwrap();
    all_near(&n, &numbers(&output["continuous_n_h"]), PRINTED);
}

fn population(input: &Value, output: &Value) {
    let (a, sizes) = (numbers(&input["A"]), wholes(&input["N"]));
    let lower = input["lower"].as_u64().unwrap();
    let bounds: Vec<_> = sizes.iter().map(|size| Bounds::new(lower, *size)).collect();
    let total = input["n"].as_u64().unwrap();
    let best = optimum(&a, &bounds, total).unwrap();
    assert!(best.certificate.holds(&a, &bounds, &best.samples));
    assert_eq!(best.samples, wholes(&output["integer_n_h"]));
    assert_eq!(best.samples.iter().sum::<u64>(), output["integer_sum"].as_u64().unwrap());
    near(variance_sum(&a, &best.samples), number(&output["integer_objective"]), PRINTED);
    let real: Vec<_> =
        bounds.iter().map(|b| RealBounds::new(b.lower as f64, b.upper as f64)).collect();
    let n = neyman(&a, &real, total as f64).unwrap();
    let objective: f64 = a.iter().zip(&n).map(|(a, n)| a * a / n).sum();
    near(objective, number(&output["sum_continuous_objective"]), PRINTED);
    let at = |bound: fn(&RealBounds) -> f64| {
        n.iter().zip(&real).filter(|(n, real)| **n == bound(real)).count() as u64
    };
    assert_eq!(at(|b| b.upper), output["n_at_upper"].as_u64().unwrap());
    assert_eq!(at(|b| b.lower), output["n_at_lower"].as_u64().unwrap());
}

fn boxed(input: &Value, output: &Value) {
    let a = products(input);
    let (lower, upper) = (numbers(&input["lower"]), numbers(&input["upper"]));
    let bounds: Vec<_> =
        lower.iter().zip(&upper).map(|(lower, upper)| RealBounds::new(*lower, *upper)).collect();
    let n = neyman(&a, &bounds, number(&input["n"])).unwrap();
    all_near(&n, &numbers(&output["n_h"]), PRINTED);
    let (sizes, deviations) = (numbers(&input["N"]), numbers(&input["S"]));
    let variance: f64 =
        (0..a.len()).map(|h| a[h] * a[h] / n[h] - sizes[h] * deviations[h] * deviations[h]).sum();
    near(variance, number(&output["variance"]), 1e-10);
}

fn total_variance(input: &Value, output: &Value) {
    let (sizes, deviations) = (numbers(&input["Nh"]), numbers(&input["Sh"]));
    let all: f64 = sizes.iter().sum();
    let mean = number(&input["ybarU"]);
    let a: Vec<f64> = sizes.iter().zip(&deviations).map(|(n, s)| n / all * s).collect();
    let constant: f64 = sizes.iter().zip(&deviations).map(|(n, s)| n / all * s * s / all).sum();
    let goal = number(&input["CV0"]) * mean;
    let costs = numbers(&input["ch"]);
    let n = for_variance(&a, &costs, &free(a.len()), constant, goal * goal).unwrap();
    all_near(&n, &numbers(&output["nh"]), PRINTED);
    let variance: f64 = a.iter().zip(&n).map(|(a, n)| a * a / n).sum::<f64>() - constant;
    near(variance.sqrt(), number(&output["anticipated SE of estimated mean"]), 1e-12);
}

fn bethel(input: &Value, output: &Value) {
    let strata = input["strata"].as_array().unwrap();
    let field = |name: &str| strata.iter().map(|s| number(&s[name])).collect::<Vec<f64>>();
    let (sizes, domains, costs) = (field("N"), field("DOM1"), field("cost"));
    let mut goals = Vec::new();
    for domain in [1.0, 2.0] {
        for variable in ["1", "2"] {
            let (means, deviations) =
                (field(&format!("M{variable}")), field(&format!("S{variable}")));
            let cv = number(&input["errors"][0][format!("CV{variable}")]);
            let inside = |h: usize| f64::from(u8::from(domains[h] == domain));
            let sum = |value: &dyn Fn(usize) -> f64| {
                (0..sizes.len()).map(|h| inside(h) * value(h)).sum::<f64>()
            };
            let total = sum(&|h| sizes[h] * means[h]);
            let constant = sum(&|h| sizes[h] * deviations[h].powi(2));
            let over = (cv * total).powi(2) + constant;
            let goal = (0..sizes.len())
                .map(|h| inside(h) * (sizes[h] * deviations[h]).powi(2) / over)
                .collect();
            goals.push(goal);
        }
    }
    let n = for_goals(&goals, &costs).unwrap();
    let up: Vec<u64> = n.iter().map(|n| n.ceil() as u64).collect();
    assert_eq!(up, wholes(&output["n_h"]));
    assert_eq!(up.iter().sum::<u64>(), output["total"].as_u64().unwrap());
}

/// The strata that the tool's boundaries cut a size variable into, with the standard deviation of
/// a population (divided by N).
fn cut(input: &Value, output: &Value) -> Vec<Moments> {
    let (sizes, boundaries) = (numbers(&input["x"]), numbers(&output["bh"]));
    let strata: Vec<Moments> = (0..=boundaries.len())
        .map(|h| {
            let inside: Vec<f64> = sizes
                .iter()
                .copied()
                .filter(|x| boundaries.iter().filter(|b| x >= b).count() == h)
                .collect();
            let units = inside.len() as f64;
            let mean = inside.iter().sum::<f64>() / units;
            let squares: f64 = inside.iter().map(|x| (x - mean).powi(2)).sum();
            Moments { units, mean, deviation: (squares / units).sqrt() }
        })
        .collect();
    let units: Vec<u64> = strata.iter().map(|stratum| stratum.units as u64).collect();
    assert_eq!(units, wholes(&output["Nh"]));
    strata
}
