//! One check a case.

mod allocation;
mod draws;
mod near;

use serde_json::Value;

/// Reproduces a case; it panics where the case differs. Whether its function is known: cases are told
/// by that, so that others of the same function run too.
pub(crate) fn check(function: &str, input: &Value, output: &Value) -> bool {
    allocation::check(function, input, output) || draws::check(function, input, output)
}
