//! Early warning.

use std::fs;
use std::ops::Range;

use serde_json::Value;
use suyuan_stats::warning::cusum::{BinomialCusum, Cusum, Transform};
use suyuan_stats::warning::ears::{Ears, Variant};
use suyuan_stats::warning::farrington::{Farrington, Threshold};
use suyuan_stats::warning::past::Past;
use suyuan_stats::warning::scan::{Cluster, Scan, Statistic};
use suyuan_stats::warning::{Signal, charts, glr, outbreak};

use crate::check::{Case, Outcome, numbers, rows};

pub(crate) fn run(case: &Case<'_>) -> Option<Outcome> {
    let has = |part: &str| case.function.contains(part);
    Some(if has("categoricalCUSUM") {
        binomial_cusum(case)
    } else if has("ewma(") {
        ewma(case)
    } else if has("qcc(") {
        shares(case)
    } else if has("scan_eb_poisson") || has("scan_pb_poisson") {
        scan(case)
    } else if ["farrington", "earsC", "algo.", "glrnb", "glrpois", "outbreakP"]
        .iter()
        .any(|f| has(f))
    {
        surveillance(case)
    } else {
        return None;
    })
}

/// A series with the weeks to judge. Without the file only the weeks judged are known (another
/// case carries them), and what follows from them is compared.
struct Series {
    counts: Vec<u64>,
    range: Range<usize>,
    whole: bool,
}

const LACKING: &str = "the reference carries the last 52 of the 312 weeks of salmonella.agona only";

fn series(case: &Case<'_>) -> Option<Series> {
    let judged = case.numbers("range");
    let range = judged[0] as usize - 1..*judged.last()? as usize;
    if let Some(own) = case.any_numbers(&["observed", "counts", "y", "x"]) {
        let counts: Vec<u64> = own.iter().map(|&y| y as u64).collect();
        return (range.end <= counts.len()).then_some(Series { counts, range, whole: true });
    }
    let named =
        case.input["dataset"].as_str().is_some_and(|name| name.starts_with("salmonella.agona"));
    if !named {
        return None;
    }
    for place in ["reference", "reference/data", "data", "."] {
        let path = case.folder.join(place).join("salmonella_agona_weekly.csv");
        if let Ok(text) = fs::read_to_string(path) {
            let counts: Vec<u64> = text
                .lines()
                .filter_map(|line| line.rsplit(',').next()?.trim().parse().ok())
                .collect();
            assert!(counts.len() >= range.end, "{} weeks", counts.len());
            return Some(Series { counts, range, whole: true });
        }
    }
    let carried = case.all.iter().find(|other| {
        let weeks = other["input"]["y"].as_array().map_or(0, Vec::len);
        weeks == 52 && other["function"].as_str().is_some_and(|name| name.starts_with("ewma("))
    })?;
    let counts: Vec<u64> = numbers(&carried["input"]["y"]).iter().map(|&y| y as u64).collect();
    let all = 0..counts.len();
    (all.len() == range.len()).then_some(Series { range: all, counts, whole: false })
}

fn surveillance(case: &Case<'_>) -> Outcome {
    let Some(series) = series(case) else { return Outcome::NotOffered(LACKING.to_owned()) };
    let Series { counts, range, whole } = series;
    let has = |part: &str| case.function.contains(part);
    if has("earsC") {
        return ears(case, &counts, range, whole);
    } else if has("algo.cusum") {
        return cusum(case, &counts, range, whole);
    } else if has("glr") {
        return glr_poisson(case, &counts, range, whole);
    } else if !whole {
        return Outcome::NotOffered(LACKING.to_owned());
    } else if has("farrington") {
        return farrington(case, &counts, range);
    } else if has("algo.bayes") {
        let past = Past {
            frequency: 52,
            years: case.count("b") as usize,
            half_width: case.count("w") as usize,
            present_year: case.function.contains("actY"),
        };
        return signals(case, &past.bayes(&counts, case.number("alpha"), range).unwrap(), 1e-12);
    } else if has("outbreakP") {
        let found = outbreak::watch(&counts, case.number("k"), range).unwrap();
        let statistics = found.iter().map(|s| s.statistic.map(f64::exp));
        case.series("statistic", statistics, &case.output["statistic"], 1e-9);
        case.alarms(found.iter().map(|s| s.alarm));
        return case.passed();
    }
    let Some(number) = case.function.split_once("rki").and_then(|(_, rest)| rest.bytes().next())
    else {
        return Outcome::NotOffered(format!("no function for {}", case.function));
    };
    let found = Past::rki(number - b'0').rki_limits(&counts, range).unwrap();
    signals(case, &found, 1e-12)
}

fn signals(case: &Case<'_>, found: &[Signal], tolerance: f64) -> Outcome {
    let limits = found.iter().map(|signal| signal.limit);
    case.series("upperbound", limits, &case.output["upperbound"], tolerance);
    case.alarms(found.iter().map(|signal| signal.alarm));
    case.passed()
}

fn tail(values: &Value, from: usize) -> Value {
    Value::Array(values.as_array().unwrap()[from..].to_vec())
}

fn ears(case: &Case<'_>, counts: &[u64], range: Range<usize>, whole: bool) -> Outcome {
    let variant = match case.input["method"].as_str().unwrap() {
        "C1" => Variant::C1,
        "C2" => Variant::C2,
        _ => Variant::C3,
    };
    let ears = Ears {
        baseline: case.count("baseline") as usize,
        alpha: case.number("alpha"),
        ..Ears::new(variant)
    };
    let skip = if whole { 0 } else { ears.history() };
    let found = ears.watch(counts, range.start + skip..range.end).unwrap();
    let limits = found.iter().map(|signal| signal.limit);
    case.series("upperbound", limits, &tail(&case.output["upperbound"], skip), 1e-11);
    let alarms = found.iter().map(|signal| Some(f64::from(u8::from(signal.alarm))));
    case.series("alarm", alarms, &tail(&case.output["alarm"], skip), 0.0);
    if whole { case.passed() } else { case.in_part(LACKING) }
}

fn cusum(case: &Case<'_>, counts: &[u64], range: Range<usize>, whole: bool) -> Outcome {
    let judged = &counts[range.clone()];
    let transform = if case.function.contains("anscombe") {
        Transform::Anscombe
    } else if case.function.contains("rossi") {
        Transform::Rossi
    } else if case.function.contains("none") {
        Transform::None
    } else {
        Transform::Standard
    };
    // The mean of the weeks before: given, part of the output, or taken from the series.
    let given = case.input["m"].as_f64().or_else(|| case.output["m"].as_f64());
    let before = &counts[..range.start];
    let mean = match given {
        Some(mean) => mean,
        None if whole && !before.is_empty() => {
            before.iter().sum::<u64>() as f64 / before.len() as f64
        }
        None => return Outcome::NotOffered(LACKING.to_owned()),
    };
    let chart = Cusum { mean, k: case.number("k"), h: case.number("h"), transform };
    let found = chart.watch(judged).unwrap();
    case.series("cusum", found.iter().map(|s| s.statistic), &case.output["cusum"], 1e-10);
    signals(case, &found, 1e-10)
}

fn glr_poisson(case: &Case<'_>, counts: &[u64], range: Range<usize>, whole: bool) -> Outcome {
    let mut means = numbers(&case.output["mu0"]);
    if whole {
        let own = glr::seasonal_baseline(counts, range.start, 52, 1, true).unwrap();
        for (at, (got, expected)) in own[range.clone()].iter().zip(&means).enumerate() {
            case.near(&format!("mu0[{at}]"), *got, *expected, 1e-7);
        }
        means = own[range.clone()].to_vec();
    }
    let found = glr::watch(&counts[range], &means, case.number("c.ARL")).unwrap();
    let tolerance = if whole { 1e-6 } else { 1e-9 };
    let statistics = found.iter().map(|s| s.statistic);
    case.series("statistic", statistics, &case.output["statistic"], tolerance);
    case.alarms(found.iter().map(|s| s.alarm));
    if whole { case.passed() } else { case.in_part("with the baseline of the output") }
}

fn farrington(case: &Case<'_>, counts: &[u64], range: Range<usize>) -> Outcome {
    let threshold = match case.input["thresholdMethod"].as_str().unwrap() {
        "delta" => Threshold::Delta,
        "muan" => Threshold::NegativeBinomialUpper,
        _ => Threshold::NegativeBinomial,
    };
    let settings = Farrington {
        years: case.count("b") as usize,
        half_width: case.count("w") as usize,
        seasons: case.count("noPeriods") as usize,
        guard: case.count("pastWeeksNotIncluded") as usize,
        weights_threshold: case.number("weightsThreshold"),
        trend_threshold: case.number("pThresholdTrend"),
        alpha: case.number("alpha"),
        threshold,
        ..Farrington::original()
    };
    let found = settings.watch(counts, None, range).unwrap();
    let out = case.output;
    case.series("expected", found.iter().map(|w| w.expected), &out["expected"], 1e-7);
    case.series("phi", found.iter().map(|w| w.phi), &out["phi"], 1e-7);
    case.series("pvalue", found.iter().map(|w| w.p_value), &out["pvalue"], 1e-6);
    case.series("upperbound", found.iter().map(|w| w.limit), &out["upperbound"], 1e-7);
    let trend = found.iter().map(|w| Some(f64::from(u8::from(w.trend))));
    case.series("trend", trend, &out["trend"], 0.0);
    case.alarms(found.iter().map(|w| w.alarm));
    case.passed()
}

fn binomial_cusum(case: &Case<'_>) -> Outcome {
    let (x, n) = (case.counts("x"), case.counts("n"));
    let chart = |reset| {
        let (p0, p1, h) = (case.number("pi0"), case.number("pi1"), case.number("h"));
        BinomialCusum { p0, p1, h, reset }.watch(&x, &n).unwrap()
    };
    let found = chart(true);
    // The tool takes logarithms of densities, which costs it two digits.
    case.series("statistic", found.iter().map(|s| s.statistic), &case.output["statistic"], 1e-11);
    case.alarms(found.iter().map(|s| s.alarm));
    let whole = chart(false);
    let sums = whole.iter().map(|s| s.statistic);
    case.series("loglik_cusum_no_reset", sums, &case.output["loglik_cusum_no_reset"], 1e-11);
    case.passed()
}

/// A number written `name=value` in the function's text.
fn setting(function: &str, name: &str, usual: f64) -> f64 {
    function
        .split_once(&format!("{name}="))
        .and_then(|(_, rest)| rest.split([',', ')']).next()?.parse().ok())
        .unwrap_or(usual)
}

fn ewma(case: &Case<'_>) -> Outcome {
    let y = case.numbers("y");
    let level = charts::level_of(&y).unwrap();
    case.output("center", level.0, 1e-13);
    case.output("sd", level.1, 1e-13);
    let lambda = setting(case.function, "lambda", 0.2);
    let chart = charts::ewma(&y, level, lambda, setting(case.function, "nsigmas", 3.0)).unwrap();
    case.series("ewma", chart.iter().map(|p| Some(p.value)), &case.output["ewma"], 1e-12);
    case.series("ucl", chart.iter().map(|p| Some(p.upper)), &case.output["ucl"], 1e-12);
    case.passed()
}

fn shares(case: &Case<'_>) -> Outcome {
    let np = case.function.contains("type=np");
    let (x, n) = (case.counts("x"), case.counts("n"));
    let chart = if np { charts::np_chart(&x, &n, 3.0) } else { charts::p_chart(&x, &n, 3.0) };
    let chart = chart.unwrap();
    case.output("center", chart[0].centre, 1e-13);
    case.series("lcl", chart.iter().map(|p| Some(p.lower)), &case.output["lcl"], 1e-12);
    case.series("ucl", chart.iter().map(|p| Some(p.upper)), &case.output["ucl"], 1e-12);
    let beyond = chart.iter().filter(|p| p.alarm || p.below).map(|p| Some(p.at as f64 + 1.0));
    case.series("beyond", beyond, &case.output["beyond"], 0.0);
    case.passed()
}

fn scan(case: &Case<'_>) -> Outcome {
    let counts: Vec<Vec<u64>> = rows(&case.input["counts"])
        .iter()
        .map(|row| row.iter().map(|&c| c as u64).collect())
        .collect();
    let expected = case.input.get("baselines").map(rows);
    let zones: Vec<Vec<usize>> = case.input["zones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|zone| match zone.as_u64() {
            Some(place) => vec![place as usize - 1],
            None => numbers(zone).iter().map(|&place| place as usize - 1).collect(),
        })
        .collect();
    let population = case.function.contains("scan_pb");
    let statistic = if population { Statistic::Population } else { Statistic::Expectation };
    let scan = Scan { counts: &counts, expected: expected.as_deref(), zones: &zones };
    let found = scan.run(statistic, 99, 1).unwrap();
    assert!(found.p_value.is_some_and(|p| p >= 0.01));
    let best = &case.output["mlc"];
    case.value("zone", found.best.zone as f64 + 1.0, &best["zone_number"], 0.0);
    case.value("duration", found.best.duration as f64, &best["duration"], 0.0);
    case.value("score", found.best.score, &best["score"], 1e-12);
    let table = &case.output["table"];
    let (zone, duration) = (numbers(&table["zone"]), numbers(&table["duration"]));
    // Row by row: ties may be listed in another order.
    for at in 0..zone.len() {
        let cluster: &Cluster = found
            .all
            .iter()
            .find(|c| c.zone + 1 == zone[at] as usize && c.duration == duration[at] as usize)
            .unwrap();
        case.value("table score", cluster.score, &table["score"][at], 1e-11);
        if population {
            case.value("inside", cluster.relative_risk, &table["relrisk_in"][at], 1e-11);
            let outside = cluster.relative_risk_outside.unwrap();
            case.value("outside", outside, &table["relrisk_out"][at], 1e-11);
        } else {
            case.value("risk", cluster.relative_risk, &table["relrisk"][at], 1e-11);
        }
    }
    case.passed()
}
