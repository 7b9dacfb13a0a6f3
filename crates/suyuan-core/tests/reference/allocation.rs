//! Allocation, rounding, quota and power cases.

use serde_json::Value;
use suyuan_core::sampling::boundaries::{Precision, cumulative_root, lavallee_hidiroglou, moments};
use suyuan_core::sampling::continuous::{
    Exponents, Moments, RealBounds, for_goals, for_variance, general_power, neyman, power,
    variance_sum,
};
use suyuan_core::sampling::{
    Bounds, Rate, Rounding, apportion, optimum, optimum_for_budget, whole_weights,
};

use super::near::{all_near, near, number, numbers, wholes};

/// Tools print 15 significant digits.
const PRINTED: f64 = 1e-13;

pub(super) fn check(function: &str, input: &Value, output: &Value) -> bool {
    let begins = |start: &str| function.starts_with(start);
    if begins("min sum A^2/n_h") && budget_of(input).is_some() {
        for_budget(input, output);
    } else if begins("min sum A^2/n_h") {
        brute_force(input, output);
    } else if begins("SimpleGreedy") {
        greedy(input, output);
    } else if begins("rnabox + CapacityScaling") {
        population(input, output);
    } else if begins("opt(n,A,m=,M=)") {
        boxed(input, output);
    } else if begins("opt(n,A") {
        let a = products(input);
        let n = neyman(&a, &free(a.len()), number(&input["n"])).unwrap();
        all_near(&n, &numbers(&output["n_h"]), PRINTED);
    } else if begins("n_h=n X_h^q CV_h") {
        let (x, cv) = (numbers(&input["X"]), numbers(&input["CV"]));
        let n = power(&x, &cv, number(&input["q"]), number(&input["n"])).unwrap();
        all_near(&n, &numbers(&output["n_h"]), PRINTED);
    } else if begins("optcost(") {
        let upper = numbers(&input["upper"]);
        let bounds: Vec<_> = upper.iter().map(|upper| RealBounds::new(0.0, *upper)).collect();
        let (a, costs) = (numbers(&input["A"]), numbers(&input["unit_costs"]));
        let (constant, goal) = (number(&input["A0"]), number(&input["V"]));
        let n = for_variance(&a, &costs, &bounds, constant, goal).unwrap();
        all_near(&n, &numbers(&output["n_h"]), PRINTED);
        let cost: f64 = n.iter().zip(&costs).map(|(n, cost)| n * cost).sum();
        near(cost, number(&output["cost"]), PRINTED);
    } else if begins("strAlloc(prop") {
        let sizes = wholes(&input["Nh"]);
        let n = neyman(&numbers(&input["Nh"]), &free(sizes.len()), number(&input["n_tot"]));
        all_near(&n.unwrap(), &numbers(&output["nh"]), PRINTED);
    } else if begins("strAlloc(totvar") {
        total_variance(input, output);
    } else if begins("bethel(") {
        bethel(input, output);
    } else if begins("strata.cumrootf(") {
        root_frequencies(input, output);
    } else if begins("strata.LH(algo=Sethi)") {
        lavallee(input, output);
    } else if begins("Hamilton vs Webster") {
        for (name, rounding) in [
            ("hamilton", Rounding::Hamilton),
            ("webster", Rounding::Webster),
            ("jefferson", Rounding::Jefferson),
        ] {
            let n = apportion(&wholes(&input["weights"]), number(&input["n"]) as u64, rounding);
            assert_eq!(n.unwrap(), wholes(&output[name]), "{name}");
        }
    } else if begins("Hamilton") {
        let total = number(&input["n"]) as u64;
        let n = apportion(&wholes(&input["weights"]), total, Rounding::Hamilton);
        assert_eq!(n.unwrap(), wholes(&output["a"]));
    } else if begins("ceil(pop*5/1000)") {
        let people = wholes(&input["pop"]);
        let owed: Vec<u64> = people.iter().map(|people| Rate::default().minimum(*people)).collect();
        assert_eq!(owed, wholes(&output["q"]));
    } else {
        return false;
    }
    true
}

fn exponents(input: &Value) -> Exponents {
    let q = numbers(&input["alloc"]);
    Exponents { units: q[0], mean: q[1], deviation: q[2] }
}

fn root_frequencies(input: &Value, output: &Value) {
    let (sizes, count) = (numbers(&input["x"]), input["Ls"].as_u64().unwrap() as usize);
    let classes = input["nclass"].as_u64().unwrap() as usize;
    let boundaries = cumulative_root(&sizes, count, classes).unwrap();
    all_near(&boundaries, &numbers(&output["bh"]), PRINTED);
    let strata = moments(&sizes, &boundaries).unwrap();
    same_units(&strata, output);
    let total = number(&input["n"]);
    let n = general_power(&strata, exponents(input), total).unwrap();
    all_near(&n, &numbers(&output["nhnonint"]), 1e-12);
    let weights = whole_weights(&n).unwrap();
    let whole = apportion(&weights, total as u64, Rounding::Hamilton).unwrap();
    assert_eq!(whole, wholes(&output["nh"]));
}

fn lavallee(input: &Value, output: &Value) {
    let strata = input["Ls"].as_u64().unwrap() as usize;
    let cv = number(&input["CV"]);
    let precision = Precision { exponents: exponents(input), ..Precision::new(strata, cv) };
    let found = lavallee_hidiroglou(&numbers(&input["x"]), &precision).unwrap();
    all_near(&found.boundaries, &numbers(&output["bh"]), 1e-12);
    same_units(&found.strata, output);
    assert_eq!(found.samples, wholes(&output["nh"]));
    assert_eq!(found.samples.iter().sum::<u64>(), output["n"].as_u64().unwrap());
    near(found.cv, number(&output["RRMSE"]), 1e-12);
}

fn same_units(strata: &[Moments], output: &Value) {
    let units: Vec<u64> = strata.iter().map(|stratum| stratum.units as u64).collect();
    assert_eq!(units, wholes(&output["Nh"]));
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

/// The first of several names under which the input has a value.
fn any<'a>(input: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().map(|key| &input[*key]).find(|value| !value.is_null())
}

fn budget_of(input: &Value) -> Option<f64> {
    any(input, &["budget", "C", "cost_total", "B"]).map(number)
}

fn for_budget(input: &Value, output: &Value) {
    let (a, bounds) = (numbers(&input["A"]), bounds(input));
    let costs = numbers(any(input, &["costs", "cost", "unit_costs", "c", "c_h"]).unwrap());
    let best = optimum_for_budget(&a, &costs, &bounds, budget_of(input).unwrap()).unwrap();
    near(variance_sum(&a, &best), number(&output["objective"]), 1e-12);
    // Where several are as good, the tool's may be another one.
    let theirs = wholes(&output["n_h"]);
    near(variance_sum(&a, &theirs), variance_sum(&a, &best), 1e-12);
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
