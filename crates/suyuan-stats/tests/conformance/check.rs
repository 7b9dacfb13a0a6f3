//! A case and how values are compared.

use std::cell::Cell;
use std::path::Path;

use serde_json::Value;

/// What became of a case; one that differs panics.
pub(crate) enum Outcome {
    /// So many values agree.
    Agrees(usize),
    /// So many values agree; others need what the reference does not carry.
    Partly(usize, String),
    /// Not offered, or not with what the case carries, and why.
    NotOffered(String),
}

/// What a check panics with when the case lacks an input.
pub(crate) struct Lacking(pub(crate) String);

/// One line of the reference.
pub(crate) struct Case<'a> {
    pub(crate) id: &'a str,
    pub(crate) tool: &'a str,
    pub(crate) function: &'a str,
    pub(crate) input: &'a Value,
    pub(crate) output: &'a Value,
    /// All cases, for data that another one carries.
    pub(crate) all: &'a [Value],
    pub(crate) folder: &'a Path,
    compared: Cell<usize>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

impl<'a> Case<'a> {
    pub(crate) fn new(value: &'a Value, all: &'a [Value], folder: &'a Path) -> Self {
        Self {
            id: text(value, "id"),
            tool: text(value, "tool"),
            function: text(value, "function"),
            input: &value["input"],
            output: &value["output"],
            all,
            folder,
            compared: Cell::new(0),
        }
    }

    /// A number of the input.
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.input[key].as_f64().unwrap_or_else(|| lacking(key))
    }

    /// A count of the input.
    pub(crate) fn count(&self, key: &str) -> u64 {
        let value = self.number(key);
        assert!(value >= 0.0 && value.fract() == 0.0, "{key} = {value} is no count");
        value as u64
    }

    /// A count that may be absent or null.
    pub(crate) fn maybe_count(&self, key: &str) -> Option<u64> {
        self.input[key].as_f64().map(|value| value as u64)
    }

    pub(crate) fn numbers(&self, key: &str) -> Vec<f64> {
        if !self.input[key].is_array() {
            lacking(key);
        }
        numbers(&self.input[key])
    }

    /// The first of several names under which the input has an array.
    pub(crate) fn any_numbers(&self, keys: &[&str]) -> Option<Vec<f64>> {
        keys.iter().find(|key| self.input[**key].is_array()).map(|key| numbers(&self.input[*key]))
    }

    /// Compares with the first of several names under which the output has a number, if any.
    pub(crate) fn any_output(&self, keys: &[&str], got: f64, tolerance: f64) {
        if let Some(key) = keys.iter().find(|key| self.output[**key].is_number()) {
            self.output(key, got, tolerance);
        }
    }

    pub(crate) fn counts(&self, key: &str) -> Vec<u64> {
        self.numbers(key).iter().map(|value| *value as u64).collect()
    }

    /// Compares one value, relative; absolute below 1e-14.
    pub(crate) fn near(&self, what: &str, got: f64, expected: f64, tolerance: f64) {
        self.compared.set(self.compared.get() + 1);
        let error = (got - expected).abs();
        let allowed = (tolerance * expected.abs()).max(1e-14);
        assert!(error <= allowed, "{what}: got {got:e}, expected {expected:e}, off {error:.1e}");
    }

    /// Compares one value within an absolute distance.
    pub(crate) fn within(&self, what: &str, got: f64, expected: f64, distance: f64) {
        self.compared.set(self.compared.get() + 1);
        let error = (got - expected).abs();
        assert!(error <= distance, "{what}: got {got:e}, expected {expected:e}, off {error:.1e}");
    }

    /// Compares with a number of a JSON value.
    pub(crate) fn value(&self, what: &str, got: f64, expected: &Value, tolerance: f64) {
        let expected = expected.as_f64().unwrap_or_else(|| panic!("output {what} is no number"));
        self.near(what, got, expected, tolerance);
    }

    /// Compares with `output[key]`.
    pub(crate) fn output(&self, key: &str, got: f64, tolerance: f64) {
        self.value(key, got, &self.output[key], tolerance);
    }

    /// Compares a series with a JSON array; `None` stands for null.
    pub(crate) fn series(
        &self,
        what: &str,
        got: impl IntoIterator<Item = Option<f64>>,
        expected: &Value,
        tolerance: f64,
    ) {
        let expected = expected.as_array().unwrap_or_else(|| panic!("{what} is no array"));
        let got: Vec<Option<f64>> = got.into_iter().collect();
        assert_eq!(got.len(), expected.len(), "{what}: length");
        for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
            match (got, expected.as_f64()) {
                (Some(got), Some(expected)) => {
                    self.near(&format!("{what}[{at}]"), *got, expected, tolerance);
                }
                (None, None) => {}
                _ => panic!("{what}[{at}]: got {got:?}, expected {expected}"),
            }
        }
    }

    /// Compares alarms with 0 and 1.
    pub(crate) fn alarms(&self, got: impl IntoIterator<Item = bool>) {
        let got = got.into_iter().map(|alarm| Some(f64::from(u8::from(alarm))));
        self.series("alarm", got, &self.output["alarm"], 0.0);
    }

    /// All that was compared agrees; a case of which nothing could be compared is not offered.
    pub(crate) fn passed(&self) -> Outcome {
        match self.compared.get() {
            0 => Outcome::NotOffered("none of its outputs is known".to_owned()),
            count => Outcome::Agrees(count),
        }
    }

    pub(crate) fn in_part(&self, reason: &str) -> Outcome {
        Outcome::Partly(self.compared.get(), reason.to_owned())
    }
}

fn lacking(key: &str) -> ! {
    std::panic::panic_any(Lacking(format!("the case has no input {key}")))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map_or_else(Vec::new, |all| all.iter().filter_map(Value::as_f64).collect())
}

pub(crate) fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().map_or_else(Vec::new, |all| all.iter().map(numbers).collect())
}
