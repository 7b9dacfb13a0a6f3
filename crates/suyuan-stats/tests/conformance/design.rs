//! Designs, calibration, small areas.

use suyuan_stats::design::calibrate::{Method as Distance, calibrate};
use suyuan_stats::design::rate::{Method, Rate, interval};
use suyuan_stats::design::{Survey, expansion};
use suyuan_stats::small_area::beta_binomial;

use crate::check::{Case, Outcome, numbers, rows};

pub(crate) fn run(case: &Case<'_>) -> Outcome {
    match case.id.split('-').next().unwrap_or_default() {
        "svyciprop" => weighted_rate(case),
        "svy" if case.function.starts_with("svyby") => domains(case),
        "svy" if case.function.starts_with("postStratify") => Outcome::Uncovered(format!(
            "the data set {} is not carried; `post_stratified_total` is tested on a made one",
            case.function.trim_start_matches("postStratify(").split(',').next().unwrap_or_default()
        )),
        "ht" => inclusion(case),
        "survey" => pps_errors(case),
        "calib" => calibrated(case),
        "eb" => areas(case),
        _ => Outcome::Uncovered(format!("no function for {}", case.function)),
    }
}

fn weighted_rate(case: &Case<'_>) -> Outcome {
    let out = |key: &str| case.output[key].as_f64().unwrap();
    // The data set is not carried; the interval follows from the rate, its variance and the
    // degrees of freedom, which are.
    let rate =
        Rate { p: out("estimate"), variance: out("var"), n: out("n") as u64, df: out("degf") };
    let name = case.id.split('-').nth(1).unwrap_or_default();
    // The logit fit stops at 1e-8; the likelihood's profile is interpolated by a spline, which on
    // the log odds is good to a hundredth.
    let (method, tolerance) = match name {
        "asin" => (Method::Arcsine, 1e-10),
        "beta" => (Method::KornGraubard, 1e-9),
        "likelihood" => (Method::Likelihood, 2e-2),
        "logit" => (Method::Logit, 2e-8),
        "mean" => (Method::Mean, 1e-10),
        "wilson" => (Method::Wilson, 1e-10),
        "xlogit" => (Method::Logit, 1e-10),
        _ => return Outcome::Uncovered(format!("no method {name}")),
    };
    let confidence = case.input["conf"].as_f64().unwrap_or(0.95);
    let got = interval(rate, confidence, method).unwrap();
    case.near("lower", got.lower, out("lower").max(0.0), tolerance);
    case.near("upper", got.upper, out("upper").min(1.0), tolerance);
    case.in_part("the interval, from the case's own rate and variance: the data set is not carried")
}

fn domains(case: &Case<'_>) -> Outcome {
    if case.input["dataset"] != "apistrat" {
        return Outcome::Uncovered(format!("data set {}", case.input["dataset"]));
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
    let (all, of_all) = (case.numbers("y_population"), case.numbers("pik_population"));
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
    if case.id.contains("kleinman") {
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
    case.output("loglik", fit.ln_likelihood, 1e-8);
    case.output("shape1", fit.a, 3e-4);
    case.output("shape2", fit.b, 3e-4);
    let shrunk = fit.areas(&counts, 0.95).unwrap();
    let got = shrunk.iter().map(|area| Some(area.estimate));
    case.series("shrunk", got, &case.output["shrunk"], 2e-4);
    assert!(fit.ln_likelihood >= case.output["loglik"].as_f64().unwrap() - 1e-12);
    case.passed()
}
