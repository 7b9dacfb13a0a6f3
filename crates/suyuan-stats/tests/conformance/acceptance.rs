//! Acceptance plans.

use suyuan_stats::acceptance::attributes::Single;
use suyuan_stats::acceptance::microbial::Lot;
use suyuan_stats::acceptance::three_class::ThreeClass;
use suyuan_stats::acceptance::variables::{Sigma, Variables};
use suyuan_stats::acceptance::{Law, find};

use crate::check::{Case, Outcome};

pub(crate) fn run(case: &Case<'_>) -> Option<Outcome> {
    let has = |part: &str| case.function.contains(part);
    Some(if has("log10 counts") {
        three_class(case)
    } else if has("P(detect in") {
        presence(case)
    } else if has("AOQ") {
        outgoing(case)
    } else if has("OCvar") {
        variables(case)
    } else if has("OC2c") {
        single(case)
    } else if has("find.plan") {
        plan(case)
    } else {
        return None;
    })
}

fn law(case: &Case<'_>) -> Law {
    if case.function.contains("hyper") {
        Law::Hypergeometric { lot: case.count("N") }
    } else if case.function.contains("poisson") {
        Law::Poisson
    } else {
        Law::Binomial
    }
}

fn single(case: &Case<'_>) -> Outcome {
    let plan = Single { n: case.count("n"), c: case.count("c") };
    let oc = plan.oc(law(case), &case.numbers("pd")).unwrap();
    case.series("paccept", oc.iter().map(|p| Some(p.accept)), &case.output["paccept"], 1e-11);
    case.passed()
}

fn sigma(case: &Case<'_>) -> Sigma {
    if case.function.contains("unknown") { Sigma::Unknown } else { Sigma::Known }
}

fn variables(case: &Case<'_>) -> Outcome {
    let plan = Variables { n: case.count("n"), k: case.number("k"), sigma: sigma(case) };
    let got = case.numbers("pd").into_iter().map(|p| Some(plan.accept(p).unwrap()));
    // The tool's noncentral t is accurate to about 1e-10.
    case.series("paccept", got, &case.output["paccept"], 2e-9);
    case.passed()
}

fn point(case: &Case<'_>, key: &str) -> (f64, f64) {
    let both = case.numbers(key);
    (both[0], both[1])
}

fn plan(case: &Case<'_>) -> Outcome {
    let (producer, consumer) = (point(case, "PRP"), point(case, "CRP"));
    if case.function.contains("normal") {
        let found = find::variables(sigma(case), producer, consumer).unwrap();
        case.output("n", found.n as f64, 0.0);
        // The tool looks for k with a tolerance of about 1e-6.
        case.output("k", found.k, 2e-6);
    } else {
        let found = find::single(law(case), producer, consumer).unwrap();
        case.output("n", found.n as f64, 0.0);
        case.output("c", found.c as f64, 0.0);
        case.output("r", found.c as f64 + 1.0, 0.0);
    }
    case.passed()
}

fn outgoing(case: &Case<'_>) -> Outcome {
    let plan = Single { n: case.count("n"), c: case.count("c") };
    let lot = case.count("N");
    let limit = plan.outgoing_limit(Law::Binomial, lot).unwrap();
    // A maximiser knows the place of a maximum to half of its digits.
    case.output("p_at_max", limit.p, 1e-7);
    case.output("AOQL", limit.outgoing, 1e-12);
    for (key, expected) in case.output.as_object().unwrap() {
        if let Some(share) = key.strip_prefix("ATI_at_") {
            let p: f64 = share.replacen('_', ".", 1).parse().unwrap();
            let got = plan.total_inspection(Law::Binomial, lot, p).unwrap();
            case.value(key, got, expected, 1e-12);
        }
    }
    case.passed()
}

fn three_class(case: &Case<'_>) -> Outcome {
    let plan = ThreeClass { n: case.count("n"), c: case.count("c") };
    let (m, large_m) = (case.number("log10m"), case.number("log10M"));
    for row in case.output["rows"].as_array().unwrap() {
        let sd = row["sd"].as_f64().unwrap_or_else(|| case.number("sd"));
        let lot = Lot::new(row["mean_log10"].as_f64().unwrap(), sd).unwrap();
        let (marginal, bad) = lot.classes(m, large_m).unwrap();
        case.value("p_marginal", marginal, &row["p_marginal"], 1e-12);
        case.value("p_defective", bad, &row["p_defective"], 1e-12);
        case.value("Pa", plan.accept(marginal, bad).unwrap(), &row["Pa"], 1e-12);
    }
    case.passed()
}

fn presence(case: &Case<'_>) -> Outcome {
    let plan = Single { n: case.count("n"), c: case.count("c") };
    for row in case.output["rows"].as_array().unwrap() {
        let lot = Lot::new(row["mean_log10_cfu_g"].as_f64().unwrap(), case.number("sd")).unwrap();
        let found = lot.detect(case.number("grams")).unwrap();
        case.value("p_pos", found, &row["p_pos"], 1e-9);
        // The error of a quadrature counts n-fold in what is left of 1.
        case.value("Pa", plan.accept(Law::Binomial, found).unwrap(), &row["Pa"], 1e-7);
    }
    case.passed()
}
