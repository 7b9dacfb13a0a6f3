//! Intervals and imperfect tests.

use serde_json::Value;
use suyuan_stats::proportion::{Method, finite, interval};
use suyuan_stats::screening::{Accuracy, Validation, lang_reiczigel, true_prevalence};

use crate::check::{Case, Outcome, numbers};

pub(crate) fn run(case: &Case<'_>) -> Option<Outcome> {
    let has = |part: &str| case.function.contains(part);
    Some(if has("with fpc") {
        finite_population(case)
    } else if has("proportion_confint") {
        statsmodels(case)
    } else if has("binom.confint") || has("binom.bayes") {
        binom(case)
    } else if has("Lang & Reiczigel") || has("prevSeSp") || has("estimated Se,Sp") || has("RG CI") {
        estimated_accuracy(case)
    } else if has("epi.prev") {
        known_accuracy(case)
    } else {
        return None;
    })
}

/// The outcome of a case some of whose methods have no counterpart.
fn all_but(case: &Case<'_>, unknown: &[&str]) -> Outcome {
    match (unknown.is_empty(), case.passed()) {
        (false, Outcome::Agrees(_)) => {
            case.in_part(&format!("not offered: {}", unknown.join(", ")))
        }
        (_, outcome) => outcome,
    }
}

/// Tools differ in whether limits are cut to [0, 1]; ours always are.
fn cut(value: f64) -> f64 {
    value.clamp(0.0, 1.0)
}

fn binom(case: &Case<'_>) -> Outcome {
    let (x, n, confidence) = (case.count("x"), case.count("n"), case.number("conf"));
    let mut unknown = Vec::new();
    for (name, limits) in case.output.as_object().unwrap() {
        let method = match name.as_str() {
            "agresti_coull" | "agresti-coull" | "ac" => Method::AgrestiCoull,
            "asymptotic" => Method::Wald,
            "cloglog" => Method::Cloglog,
            "exact" => Method::ClopperPearson,
            "logit" => Method::Logit,
            "probit" => Method::Probit,
            "prop.test" => Method::WilsonCorrected,
            "wilson" => Method::Wilson,
            "jeffreys_equal_tailed" => Method::Jeffreys,
            _ => {
                unknown.push(name.as_str());
                continue;
            }
        };
        let got = interval(x, n, confidence, method).unwrap();
        let expected = |key: &str| cut(limits[key].as_f64().unwrap());
        case.near(&format!("{name} lower"), got.lower, expected("lower"), 1e-11);
        case.near(&format!("{name} upper"), got.upper, expected("upper"), 1e-11);
        if let Some(mean) = limits["mean"].as_f64() {
            let posterior = (x as f64 + 0.5) / (n as f64 + 1.0);
            case.near("posterior mean", posterior, mean, 1e-12);
        }
    }
    all_but(case, &unknown)
}

fn statsmodels(case: &Case<'_>) -> Outcome {
    let (x, n) = (case.count("x"), case.count("n"));
    let confidence = 1.0 - case.number("alpha");
    let mut unknown = Vec::new();
    for (name, limits) in case.output.as_object().unwrap() {
        // The p-value of the last one jumps; the tool stops within some 1e-6 of the jump.
        let (method, tolerance) = match name.as_str() {
            "normal" => (Method::Wald, 1e-11),
            "agresti_coull" => (Method::AgrestiCoull, 1e-11),
            "beta" => (Method::ClopperPearson, 1e-11),
            "wilson" => (Method::Wilson, 1e-11),
            "jeffreys" => (Method::JeffreysEqualTailed, 1e-11),
            "binom_test" => (Method::Sterne, 5e-6),
            _ => {
                unknown.push(name.as_str());
                continue;
            }
        };
        let got = interval(x, n, confidence, method).unwrap();
        let expected = numbers(limits);
        if method == Method::Sterne {
            case.within("binom_test lower", got.lower, expected[0], tolerance);
            case.within("binom_test upper", got.upper, expected[1], tolerance);
            continue;
        }
        case.near(&format!("{name} lower"), got.lower, cut(expected[0]), tolerance);
        case.near(&format!("{name} upper"), got.upper, cut(expected[1]), tolerance);
    }
    all_but(case, &unknown)
}

fn finite_population(case: &Case<'_>) -> Outcome {
    let (x, n, population) = (case.count("x"), case.count("n"), case.count("N"));
    let confidence = case.number("conf");
    let wilson = finite::wilson(x, n, population, confidence).unwrap();
    let expected = numbers(&case.output["wilson_fpc"]);
    case.near("wilson lower", wilson.lower, expected[0], 1e-11);
    case.near("wilson upper", wilson.upper, expected[1], 1e-11);
    let exact = finite::exact(x, n, population, confidence).unwrap();
    case.output("D_L", exact.least as f64, 0.0);
    case.output("D_U", exact.most as f64, 0.0);
    case.output("p_L", exact.lower, 1e-12);
    case.output("p_U", exact.upper, 1e-12);
    case.passed()
}

fn triple(case: &Case<'_>, what: &str, got: (f64, f64, f64), expected: &Value, distance: f64) {
    let expected = numbers(expected);
    for (got, expected) in [got.0, got.1, got.2].into_iter().zip(expected) {
        case.within(what, got, expected, distance);
    }
}

fn known_accuracy(case: &Case<'_>) -> Outcome {
    let (x, n) = (case.count("pos"), case.count("tested"));
    let test = Accuracy::new(case.number("se"), case.number("sp")).unwrap();
    let confidence = case.input["conf"].as_f64().unwrap_or(0.95);
    // The tool walks towards Blaker's limits from outside in steps of 1e-4.
    for (name, method, distance) in [
        ("wilson", Method::Wilson, 1e-12),
        ("blaker", Method::Blaker, 1e-4),
        ("c-p", Method::ClopperPearson, 1e-12),
    ] {
        let found = true_prevalence(x, n, test, confidence, method).unwrap();
        let apparent = &case.output[format!("ap_{name}")];
        if apparent.is_null() {
            continue;
        }
        let seen = found.apparent;
        triple(case, name, (seen.estimate, seen.lower, seen.upper), apparent, distance);
        let of_truth = &case.output[format!("tp_{name}")];
        triple(case, name, found.unconstrained, of_truth, distance / test.gain());
        assert!(found.lower >= 0.0 && found.estimate >= 0.0 && found.upper <= 1.0);
    }
    case.passed()
}

fn estimated_accuracy(case: &Case<'_>) -> Outcome {
    let study = Validation {
        true_positives: case.count("x_se"),
        bad: case.count("n_se"),
        true_negatives: case.count("x_sp"),
        good: case.count("n_sp"),
    };
    let confidence = case.input["conf"].as_f64().unwrap_or(0.95);
    let found = lang_reiczigel(case.count("x"), case.count("n"), study, confidence).unwrap();
    let (estimate, lower, upper) = found.unconstrained;
    case.output("P", estimate, 1e-11);
    case.output("lower", lower, 1e-10);
    case.output("upper", upper, 1e-10);
    case.passed()
}
