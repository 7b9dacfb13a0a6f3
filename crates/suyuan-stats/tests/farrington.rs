//! The flexible Farrington method against dense matrices.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use suyuan_stats::warning::farrington::{Farrington, Threshold};

fn near(what: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-12), "{what}: {got:e}, {expected:e}");
}

fn settings(name: &str) -> Farrington {
    let noufaily = Farrington::noufaily();
    match name {
        "original" => Farrington::original(),
        "noufaily" => noufaily,
        "upper" => Farrington {
            years: 5,
            half_width: 4,
            seasons: 6,
            guard: 20,
            threshold: Threshold::NegativeBinomialUpper,
            ..noufaily
        },
        "delta10" => {
            Farrington { years: 3, trend_threshold: 0.05, threshold: Threshold::Delta, ..noufaily }
        }
        _ => panic!("unknown setting {name}"),
    }
}

#[test]
fn agrees_with_dense_matrices() {
    let text = include_str!("data/farrington.csv");
    let mut lines = text.lines();
    let first = lines.next().unwrap().strip_prefix("counts,").unwrap();
    let counts: Vec<u64> = first.split(' ').map(|c| c.parse().unwrap()).collect();
    let (mut compared, mut alarms) = (0, 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let (name, at): (&str, usize) = (cells[0], cells[1].parse().unwrap());
        let number = |k: usize| cells[k].parse::<f64>().unwrap();
        let week = settings(name).watch(&counts, None, at..at + 1).unwrap()[0];
        let enough = cells[8] == "1";
        assert_eq!(week.enough, enough, "{line}");
        if enough {
            near(line, week.expected.unwrap(), number(2), 1e-9);
            near(line, week.limit.unwrap(), number(3), 1e-9);
        }
        near(line, week.p_value.unwrap(), number(4), 1e-7);
        near(line, week.phi.unwrap(), number(5), 1e-9);
        assert_eq!(u8::from(week.trend).to_string(), cells[6], "{line}");
        assert_eq!(u8::from(week.alarm).to_string(), cells[7], "{line}");
        compared += 1;
        alarms += usize::from(week.alarm);
    }
    assert!(compared == 208 && alarms > 4, "{compared} weeks, {alarms} alarms");
}

#[test]
fn silent_series_have_a_stated_limit() {
    let mut counts = vec![0; 320];
    let quiet = Farrington::noufaily().watch(&counts, None, 300..320).unwrap();
    assert!(quiet.iter().all(|w| !w.alarm && w.expected == Some(0.0) && w.limit.is_none()));
    counts[319] = 6;
    let week = Farrington::noufaily().watch(&counts, None, 319..320).unwrap()[0];
    assert!(week.alarm && week.limit == Some(0.0) && week.p_value == Some(0.0));
    assert!(Farrington::noufaily().watch(&counts, None, 100..120).is_err());
    assert!(Farrington::noufaily().watch(&counts, None, 300..321).is_err());
    assert!(Farrington::noufaily().watch(&[], None, 0..0).is_err());
}

#[test]
fn tests_enter_as_an_offset() {
    // Four times the tests and four times the cases are no rise.
    let counts: Vec<u64> =
        (0..320).map(|t| if t < 318 { 4 + t % 3 } else { 4 * (4 + t % 3) }).collect();
    let tests: Vec<f64> = (0..320).map(|t| if t < 318 { 100.0 } else { 400.0 }).collect();
    let plain = Farrington::noufaily().watch(&counts, None, 318..320).unwrap();
    let rates = Farrington::noufaily().watch(&counts, Some(&tests), 318..320).unwrap();
    assert!(plain.iter().all(|week| week.alarm));
    assert!(rates.iter().all(|week| !week.alarm && week.expected.unwrap() > 18.0));
}
