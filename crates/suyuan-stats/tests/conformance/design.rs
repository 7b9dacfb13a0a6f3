//! Designs, calibration, small areas.

use suyuan_stats::design::calibrate::{Method as Distance, calibrate};
use suyuan_stats::design::rate::{Method, Rate, interval};
use suyuan_stats::design::{Quantity, Simple, Survey, expansion, satterthwaite};
use suyuan_stats::small_area::{beta_binomial, gamma_poisson};

use crate::check::{Case, Outcome, numbers, rows};

pub(crate) fn run(case: &Case<'_>) -> Option<Outcome> {
    let function = case.function.to_lowercase();
    let has = |part: &str| function.contains(part);
    Some(if has("svyciprop") {
        weighted_rate(case)
    } else if has("svyby") {
        domains(case)
    } else if has("poststratify") {
        Outcome::NotOffered(
            "the case does not carry its data set; `post_stratified_total` is tested on a made one"
                .to_owned(),
        )
    } else if has("pps=") {
        pps_errors(case)
    } else if has("htestimator") || has("hajekestimator") {
        inclusion(case)
    } else if has("calib(") {
        calibrated(case)
    } else if has("satterthwaite") {
        degrees_of_freedom(case)
    } else if has("deff") || has("design effect") {
        design_effect(case)
    } else if has("gamma") || has("ebest") || has("empbaysmooth") || has("marshall") {
        exposures(case)
    } else if has("betabinomial") || has("beta-binomial") || has("rho=(s") || has("kleinman") {
        areas(case)
    } else {
        return None;
    })
}

/// What stands in quotes after `name=` in the function's text.
fn quoted<'a>(function: &'a str, name: &str) -> Option<&'a str> {
    let rest = function.split_once(&format!("{name}="))?.1;
    let quote = rest.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    rest[1..].split(quote).next()
}

fn weighted_rate(case: &Case<'_>) -> Outcome {
    let out = |key: &str| case.output[key].as_f64().unwrap_or(f64::NAN);
    if ["estimate", "var", "n", "degf"].iter().any(|key| out(key).is_nan()) {
        return Outcome::NotOffered("neither the data set nor its variance is carried".to_owned());
    }
    // The data set is not carried; the interval follows from the rate, its variance and the
    // degrees of freedom, which are.
    let rate =
        Rate { p: out("estimate"), variance: out("var"), n: out("n") as u64, df: out("degf") };
    let name = quoted(case.function, "method").unwrap_or("logit");
    // The logit fit stops at 1e-8. The likelihood's profile is interpolated by a spline and straight
    // lines, good to some 0.3 %; `tests/design.rs` has the ratio itself to 1e-10.
    let (method, tolerance) = match name {
        "asin" | "as" => (Method::Arcsine, 1e-10),
        "beta" => (Method::KornGraubard, 1e-9),
        "likelihood" => (Method::Likelihood, 5e-3),
        "logit" => (Method::Logit, 2e-8),
        "mean" => (Method::Mean, 1e-10),
        "wilson" => (Method::Wilson, 1e-10),
        "xlogit" => (Method::Logit, 1e-10),
        _ => return Outcome::NotOffered(format!("no method {name}")),
    };
    let confidence = case.input["conf"].as_f64().unwrap_or(0.95);
    let got = interval(rate, confidence, method).unwrap();
    case.near("lower", got.lower, out("lower").max(0.0), tolerance);
    case.near("upper", got.upper, out("upper").min(1.0), tolerance);
    case.in_part("the interval, from the case's own rate and variance: the data set is not carried")
}

fn domains(case: &Case<'_>) -> Outcome {
    if case.input["dataset"] != "apistrat" || case.function != "svyby(ell==0 ~ stype)" {
        return Outcome::NotOffered(format!("data set {}", case.input["dataset"]));
    }
    // The strata are the domains: 100, 50 and 50 schools of 4421, 755 and 1018, of which 4, 6 and
    // 3 are without learners (weights in single precision, as in the data set).
    let strata = [
        ("E", 100, 4, 4421.0, 44.2099990844727),
        ("H", 50, 6, 755.0, 15.1000003814697),
        ("M", 50, 3, 1018.0, 20.3600006103516),
    ];
    let (mut kind, mut y, mut size, mut weight) = (vec![], vec![], vec![], vec![]);
    for (name, n, hits, population, w) in strata {
        for at in 0..n {
            kind.push(name);
            y.push(if at < hits { 1.0 } else { 0.0 });
            size.push(population);
            weight.push(w);
        }
    }
    let survey = Survey::new(weight).unwrap().strata(&kind).unwrap().population(&size).unwrap();
    let found = survey.means_by(&y, &kind).unwrap();
    case.series("mean", found.iter().map(|f| Some(f.1.estimate)), &case.output["mean"], 1e-12);
    case.series("se", found.iter().map(|f| Some(f.1.se)), &case.output["se"], 1e-12);
    case.passed()
}

fn inclusion(case: &Case<'_>) -> Outcome {
    let (y, pi, joint) = (case.numbers("y"), case.numbers("pik"), rows(&case.input["pi2"]));
    case.output("ht", expansion::horvitz_thompson(&y, &pi).unwrap(), 1e-12);
    let mean = expansion::hajek_mean(&y, &pi).unwrap();
    case.output("hajek_mean", mean, 1e-12);
    case.output("hajek_total", mean * case.number("N"), 1e-12);
    let ht = expansion::variance_horvitz_thompson(&y, &pi, &joint).unwrap();
    case.output("var_ht", ht, 1e-11);
    let syg = expansion::variance_sen_yates_grundy(&y, &pi, &joint).unwrap();
    case.output("var_syg", syg, 1e-11);
    let deville = expansion::variance_deville(&y, &pi).unwrap();
    case.output("varest_deville", deville, 1e-12);
    let wanted = &case.output["true_var_syg"];
    if wanted.is_null() {
        return case.passed();
    }
    // The values of the whole population, where the case has them.
    let whole = |key: &str| case.any_numbers(&[key]).unwrap_or_default();
    let (all, of_all) = (whole("y_population"), whole("pik_population"));
    let joint_of_all = rows(&case.input["pi2_population"]);
    if all.is_empty() || of_all.is_empty() || joint_of_all.is_empty() {
        return case.in_part(
            "the true variance needs the values of units not drawn, which the case lacks",
        );
    }
    case.output(
        "true_var_syg",
        expansion::true_variance(&all, &of_all, &joint_of_all).unwrap(),
        1e-11,
    );
    case.passed()
}

fn pps_errors(case: &Case<'_>) -> Outcome {
    let (y, pi, joint) = (case.numbers("y"), case.numbers("pik"), rows(&case.input["pi2"]));
    case.output("total", expansion::horvitz_thompson(&y, &pi).unwrap(), 1e-12);
    let brewer = expansion::variance_brewer(&y, &pi).unwrap();
    case.output("se_brewer", brewer.sqrt(), 1e-11);
    let ht = expansion::variance_horvitz_thompson(&y, &pi, &joint).unwrap();
    case.output("se_ht", ht.sqrt(), 1e-11);
    let syg = expansion::variance_sen_yates_grundy(&y, &pi, &joint).unwrap();
    case.output("se_yg", syg.sqrt(), 1e-11);
    // Hartley and Rao's approximation needs the probabilities of the whole population: those of the
    // case that the sample was drawn from.
    let population = case
        .all
        .iter()
        .map(|other| numbers(&other["input"]["pik"]))
        .find(|all| all.len() > pi.len() && pi.iter().all(|p| all.contains(p)));
    let Some(population) = population else {
        return case.in_part("Hartley and Rao's variance needs the population's probabilities");
    };
    let squares = population.iter().map(|p| p * p).sum();
    let hr = expansion::variance_hartley_rao(&y, &pi, squares).unwrap();
    case.output("se_hr", hr.sqrt(), 1e-11);
    // Overton's approximation gives no number in the tool either.
    assert!(case.output["se_overton"].is_null());
    case.passed()
}

fn calibrated(case: &Case<'_>) -> Outcome {
    let bounds = numbers(&case.input["bounds"]);
    let (lower, upper) = match bounds[..] {
        [lower, upper] => (lower, upper),
        _ => (0.0, 10.0),
    };
    let method = if case.function.contains("raking") {
        Distance::Raking
    } else if case.function.contains("logit") {
        Distance::Logit { lower, upper }
    } else if case.function.contains("truncated") {
        Distance::Truncated { lower, upper }
    } else {
        Distance::Linear
    };
    let g = calibrate(&rows(&case.input["Xs"]), &case.numbers("d"), &case.numbers("total"), method)
        .unwrap();
    // The tool stops when totals agree to 1e-6.
    let tolerance = if method == Distance::Linear { 1e-12 } else { 1e-9 };
    case.series("g", g.into_iter().map(Some), &case.output["g"], tolerance);
    case.passed()
}

fn areas(case: &Case<'_>) -> Outcome {
    let counts: Vec<(u64, u64)> = case.counts("x").into_iter().zip(case.counts("n")).collect();
    if case.output["rho"].is_number() {
        let fit = beta_binomial::moments(&counts).unwrap();
        case.output("p", fit.mean, 1e-12);
        case.output("rho", fit.correlation, 1e-11);
        case.output("a", fit.a, 1e-11);
        case.output("b", fit.b, 1e-11);
        return case.passed();
    }
    let fit = beta_binomial::fit(&counts).unwrap();
    // The tool stops short of the maximum: its likelihood has eight digits, its shapes half of
    // them. Ours is at least as high.
    case.any_output(&["loglik"], fit.ln_likelihood, 1e-8);
    case.any_output(&["shape1", "a"], fit.a, 3e-4);
    case.any_output(&["shape2", "b"], fit.b, 3e-4);
    if case.output["shrunk"].is_array() {
        let got = fit.shrunk(&counts).unwrap().into_iter().map(Some);
        case.series("shrunk", got, &case.output["shrunk"], 2e-4);
    }
    if let Some(theirs) = case.output["loglik"].as_f64() {
        assert!(fit.ln_likelihood >= theirs - 1e-12, "a higher likelihood was found");
    }
    case.passed()
}

/// Events over exposures: names as the usual tools have them.
fn exposures(case: &Case<'_>) -> Outcome {
    let Some(events) = case.any_numbers(&["y", "x", "O", "observed", "Observed"]) else {
        return Outcome::NotOffered("the case has no events".to_owned());
    };
    let Some(exposure) = case.any_numbers(&["E", "e", "n", "expected", "Expected", "pop"]) else {
        return Outcome::NotOffered("the case has no exposures".to_owned());
    };
    let counts: Vec<gamma_poisson::Counts> =
        events.iter().map(|&y| y as u64).zip(exposure).collect();
    let text = format!("{} {}", case.function, case.tool).to_lowercase();
    let (fit, tolerance) = if text.contains("ebest") || text.contains("marshall") {
        (gamma_poisson::global(&counts), 1e-11)
    } else if text.contains("empbaysmooth") || text.contains("moment") {
        // The tool's rounds stop early.
        (gamma_poisson::moments(&counts), 1e-4)
    } else {
        // Maximisers stop short of the maximum.
        (gamma_poisson::fit(&counts), 3e-4)
    };
    let fit = fit.unwrap();
    case.any_output(&["shape", "nu", "a"], fit.shape, tolerance);
    case.any_output(&["rate", "b"], fit.rate, tolerance);
    case.any_output(&["loglik", "logLik"], fit.ln_likelihood, 1e-7);
    if case.output["shape"].is_null() && case.output["nu"].is_null() && case.output["a"].is_null() {
        case.any_output(&["alpha"], fit.shape, tolerance);
        case.any_output(&["beta"], fit.rate, tolerance);
    }
    let shrunk = fit.shrunk(&counts).unwrap();
    for key in ["shrunk", "smthrr", "estmm", "theta", "eb", "posterior_mean", "RR"] {
        if case.output[key].is_array() {
            case.series(key, shrunk.iter().map(|&r| Some(r)), &case.output[key], tolerance);
        }
    }
    case.passed()
}

/// A design whose input is weights with strata, clusters and population sizes where it has them.
fn survey(case: &Case<'_>) -> Option<Survey> {
    let weights = case.any_numbers(&["w", "weights", "d", "pw"])?;
    let whole = |values: Vec<f64>| values.into_iter().map(|v| v as i64).collect::<Vec<_>>();
    let mut survey = Survey::new(weights).unwrap();
    if let Some(strata) = case.any_numbers(&["strata", "stratum"]) {
        survey = survey.strata(&whole(strata)).unwrap();
    }
    if let Some(clusters) = case.any_numbers(&["clusters", "cluster", "psu", "id"]) {
        survey = survey.clusters(&whole(clusters)).unwrap();
    }
    if let Some(sizes) = case.any_numbers(&["fpc", "N"]) {
        survey = survey.population(&sizes).unwrap();
    }
    Some(survey)
}

fn design_effect(case: &Case<'_>) -> Outcome {
    let Some(survey) = survey(case) else {
        return Outcome::NotOffered("the case has no weights".to_owned());
    };
    let function = case.function.to_lowercase();
    if function.contains("kish") {
        case.any_output(&["deff", "deffK", "kish"], survey.weighting_effect(), 1e-11);
        return case.passed();
    }
    let of = if function.contains("total") { Quantity::Total } else { Quantity::Mean };
    let against = if function.contains("replace") {
        Simple::WithReplacement
    } else {
        Simple::WithoutReplacement
    };
    let y = case.numbers("y");
    let found = survey.design_effect(&y, of, against).unwrap();
    case.any_output(&["deff", "design_effect", "DEff"], found, 1e-10);
    let estimate = if of == Quantity::Total { survey.total(&y) } else { survey.mean(&y) }.unwrap();
    case.any_output(&["mean", "total", "estimate"], estimate.estimate, 1e-11);
    case.any_output(&["se", "SE"], estimate.se, 1e-10);
    case.passed()
}

fn degrees_of_freedom(case: &Case<'_>) -> Outcome {
    let df = if let (Some(parts), Some(df)) =
        (case.any_numbers(&["v", "variances", "var"]), case.any_numbers(&["df", "nu", "dfs"]))
    {
        satterthwaite(parts.into_iter().zip(df))
    } else if let (Some(sizes), Some(drawn)) =
        (case.any_numbers(&["Nh", "N", "N_h"]), case.any_numbers(&["nh", "n", "n_h"]))
    {
        let squares = case.any_numbers(&["s2h", "s2", "s2_h"]).or_else(|| {
            let deviations = case.any_numbers(&["sh", "Sh", "s", "s_h"])?;
            Some(deviations.into_iter().map(|s| s * s).collect())
        });
        let Some(squares) = squares else {
            return Outcome::NotOffered("the case has no variances".to_owned());
        };
        // g = N (N - n) / n (Cochran 1977, 5.16).
        satterthwaite(
            sizes
                .iter()
                .zip(&drawn)
                .zip(squares)
                .map(|((size, n), s)| (size * (size - n) / n * s, n - 1.0)),
        )
    } else if let (Some(squares), Some(drawn)) =
        (case.any_numbers(&["s2"]), case.any_numbers(&["n"]))
    {
        satterthwaite(squares.iter().zip(&drawn).map(|(s, n)| (s / n, n - 1.0)))
    } else {
        return Outcome::NotOffered("the case has no variances".to_owned());
    };
    case.any_output(&["df", "degf", "nu"], df.unwrap(), 1e-11);
    case.passed()
}
