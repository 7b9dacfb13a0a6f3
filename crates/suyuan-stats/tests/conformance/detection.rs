//! Detection and freedom.

use suyuan_stats::detection::risk::{self, Group, Stage};
use suyuan_stats::detection::{Law, freedom, imperfect, sample_size, sensitivity};
use suyuan_stats::dist::Binomial;
use suyuan_stats::screening::Accuracy;

use crate::check::{Case, Outcome, numbers};

pub(crate) fn run(case: &Case<'_>) -> Option<Outcome> {
    let has = |part: &str| case.function.contains(part);
    Some(if has("modified hypergeometric") {
        modified(case)
    } else if has("sssep.rsfreecalc") {
        freecalc_size(case)
    } else if has("sep.rsfreecalc") {
        freecalc_sensitivity(case)
    } else if has("sssep.rs2st") {
        two_stage(case)
    } else if has("sssep.rbsrg") {
        risk_based(case)
    } else if has("sssep.rspool") || has("sep.pool") || has("sep.rs2st") || has("sep.rsvarse") {
        return None;
    } else if has("sssep.rs") {
        size(case)
    } else if has("adjrisk") || has("epinf") {
        adjusted(case)
    } else if has("sspfree") {
        freedom_size(case)
    } else if has("pfree") {
        freedom_track(case)
    } else if has("sep.rb") {
        risk_sensitivity(case)
    } else if has("sep.rs") {
        let (n, p) = (case.count("n"), case.number("pstar"));
        let law = law(case.maybe_count("N"));
        case.output("sep", sensitivity(law, p, case.number("se.u"), n).unwrap(), 1e-10);
        case.passed()
    } else {
        return None;
    })
}

/// The tool's law: MacDiarmid's approximation in a finite population.
fn law(population: Option<u64>) -> Law {
    population.map_or(Law::Binomial, |population| Law::MacDiarmid { population })
}

fn size(case: &Case<'_>) -> Outcome {
    let (p, se, target) = (case.number("pstar"), case.number("se.u"), case.number("se.p"));
    let population = case.maybe_count("N");
    let found = sample_size(law(population), p, se, target).unwrap();
    case.output("n", found.n as f64, 0.0);
    if let Some(population) = population {
        // The exact size does as much with no more samples, and one fewer would not.
        let exact = Law::Exact { population };
        let least = sample_size(exact, p, se, target).unwrap().n;
        assert!(least <= found.n);
        assert!(sensitivity(exact, p, se, least).unwrap() >= target);
        assert!(sensitivity(exact, p, se, least - 1).unwrap() < target);
    }
    case.passed()
}

fn two_stage(case: &Case<'_>) -> Outcome {
    let clusters = Stage {
        law: law(case.maybe_count("H")),
        prevalence: case.number("pstar.c"),
        target: case.number("se.p"),
    };
    let units = Stage {
        law: law(case.maybe_count("N")),
        prevalence: case.number("pstar.u"),
        target: case.number("se.c"),
    };
    let found = risk::two_stage(clusters, units, case.number("se.u")).unwrap();
    case.output("n_clusters", found.clusters.n as f64, 0.0);
    case.output("n_units", found.units.n as f64, 0.0);
    case.passed()
}

fn groups(case: &Case<'_>, population: &str, samples: Option<&str>) -> Vec<Group> {
    let risks = case.numbers("rr");
    let sizes = case.numbers(population);
    let samples = samples.map(|key| case.numbers(key));
    let se = numbers(&case.input["se.u"]);
    let common = case.input["se.u"].as_f64().unwrap_or(1.0);
    risks
        .iter()
        .enumerate()
        .map(|(at, &relative_risk)| Group {
            relative_risk,
            population: sizes[at],
            samples: samples.as_ref().map_or(0.0, |all| all[at]),
            sensitivity: se.get(at).copied().unwrap_or(common),
        })
        .collect()
}

fn adjusted(case: &Case<'_>) -> Outcome {
    let found = risk::risks(&groups(case, "ppr", None), case.number("pstar")).unwrap();
    let some = |all: Vec<f64>| all.into_iter().map(Some).collect::<Vec<_>>();
    case.series("adj.risk", some(found.adjusted), &case.output["adj.risk"], 1e-12);
    case.series("epinf", some(found.effective), &case.output["epinf"], 1e-12);
    case.passed()
}

fn risk_based(case: &Case<'_>) -> Outcome {
    let groups = groups(case, "ppr", Some("spr"));
    let found = risk::size(&groups, case.number("pstar"), case.number("se.p")).unwrap();
    case.output("total", found.total as f64, 0.0);
    case.series("n", found.n.iter().map(|&n| Some(n as f64)), &case.output["n"], 0.0);
    let effective = found.risks.effective.iter().map(|&e| Some(e));
    case.series("epinf", effective, &case.output["epinf"], 1e-12);
    let adjusted = found.risks.adjusted.iter().map(|&e| Some(e));
    case.series("adj.risk", adjusted, &case.output["adj.risk"], 1e-12);
    case.passed()
}

fn risk_sensitivity(case: &Case<'_>) -> Outcome {
    let p = case.number("pstar");
    let finite = !case.input["N"].is_null();
    let groups = groups(case, if finite { "N" } else { "ppr" }, Some("n"));
    let found =
        if finite { risk::sensitivity_finite(&groups, p) } else { risk::sensitivity(&groups, p) };
    case.output("sep", found.unwrap(), 1e-11);
    let risks = risk::risks(&groups, p).unwrap();
    case.series("epi", risks.effective.iter().map(|&e| Some(e)), &case.output["epi"], 1e-12);
    case.series("adj", risks.adjusted.iter().map(|&e| Some(e)), &case.output["adj"], 1e-12);
    case.passed()
}

fn freedom_track(case: &Case<'_>) -> Outcome {
    let introduced = numbers(&case.input["p.intro"]);
    let common = case.input["p.intro"].as_f64().unwrap_or(0.0);
    let periods: Vec<(f64, f64)> = case
        .numbers("se.p")
        .iter()
        .enumerate()
        .map(|(at, &se)| (introduced.get(at).copied().unwrap_or(common), se))
        .collect();
    let found = freedom::track(case.number("prior"), &periods).unwrap();
    case.series("PFree", found.iter().map(|p| Some(p.free)), &case.output["PFree"], 1e-12);
    case.series("SeP", found.iter().map(|p| Some(p.sensitivity)), &case.output["SeP"], 1e-12);
    case.passed()
}

fn freedom_size(case: &Case<'_>) -> Outcome {
    let found = freedom::size(
        law(case.maybe_count("N")),
        case.number("prior"),
        case.number("p.intro"),
        case.number("pstar"),
        case.number("se.u"),
        case.number("pfree"),
    )
    .unwrap();
    case.output("n", found.size.n as f64, 0.0);
    case.output("se.p", found.sensitivity_needed, 1e-12);
    case.output("adj.prior", found.before, 1e-12);
    case.passed()
}

fn modified(case: &Case<'_>) -> Outcome {
    for row in case.output["rows"].as_array().unwrap() {
        let count = |key: &str| row[key].as_u64().unwrap();
        let number = |key: &str| row[key].as_f64().unwrap();
        let test = Accuracy::new(number("se"), number("sp")).unwrap();
        let (population, n, cut) = (count("N"), count("n"), count("cut"));
        let at_most = |bad| imperfect::at_most(population, bad, n, test, cut).unwrap();
        case.value("SeP", 1.0 - at_most(count("D")), &row["SeP"], 1e-12);
        case.value("SpP", at_most(0), &row["SpP"], 1e-12);
    }
    case.passed()
}

fn accuracy(case: &Case<'_>) -> Accuracy {
    Accuracy::new(case.number("se.u"), case.number("sp.u")).unwrap()
}

fn freecalc_sensitivity(case: &Case<'_>) -> Outcome {
    let (population, n, c) = (case.count("N"), case.count("n"), case.count("c"));
    let bad = suyuan_stats::detection::bad_units(population, case.number("pstar"));
    // The tool counts c positives as found.
    let missed = imperfect::at_most(population, bad, n, accuracy(case), c - 1).unwrap();
    case.output("sep", 1.0 - missed, 1e-11);
    case.passed()
}

fn freecalc_size(case: &Case<'_>) -> Outcome {
    let binomial = case.input["method"] == "binomial";
    let population = case.maybe_count("N").filter(|_| !binomial);
    let (target, specificity) = (case.number("mse.p"), case.number("msp.p"));
    let (test, prevalence) = (accuracy(case), case.number("pstar"));
    let row = if case.output.is_array() { &case.output[0] } else { case.output };
    let limit = population.unwrap_or_else(|| 2 * row["n"].as_u64().unwrap() + 100);
    let region =
        imperfect::region(population, prevalence, test, target, specificity, limit).unwrap();
    let (n, cut) = (row["n"].as_u64().unwrap(), row["c"].as_u64().unwrap());
    // The tool steps through n and may pass the smallest; what it found must meet both targets.
    assert!(region.smallest.n <= n, "{} is larger than the tool's {n}", region.smallest.n);
    if region.smallest.n == n {
        case.near("cut", region.smallest.cut as f64, cut as f64, 0.0);
    }
    let missed = match (population, region.bad) {
        (Some(population), Some(bad)) => imperfect::at_most(population, bad, n, test, cut),
        _ => imperfect::at_most_binomial(prevalence, n, test, cut),
    }
    .unwrap();
    case.value("p1", missed, &row["p1"], 1e-9);
    case.value("se.p", 1.0 - missed, &row["se.p"], 1e-10);
    let clear = Binomial::new(n, 1.0 - test.specificity()).unwrap().cdf(cut);
    case.value("sp.p", clear, &row["sp.p"], 1e-10);
    case.passed()
}
