//! One check a case.

mod allocation;
mod draws;
mod near;

use serde_json::Value;

/// Cases there were when this was written; fewer is a mistake.
pub(crate) const LEAST: usize = 28;

/// Reproduces a case. Gives what of it is left out, with the reason; `None` for an
/// unknown function. Cases are told by their function, so that others of the same function run too.
pub(crate) fn check(function: &str, input: &Value, output: &Value) -> Option<&'static str> {
    allocation::check(function, input, output).or_else(|| draws::check(function, input, output))
}
