//! One check a case.

mod allocation;
mod draws;
mod near;

use serde_json::Value;

/// Cases there were when this was written; fewer is a mistake.
pub(crate) const LEAST: usize = 27;

/// Reproduces a case. Gives what of it is left out, with the reason; `None` for an unknown case.
pub(crate) fn check(id: &str, input: &Value, output: &Value) -> Option<&'static str> {
    allocation::check(id, input, output).or_else(|| draws::check(id, input, output))
}
