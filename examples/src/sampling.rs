//! What the sampling programs share: flags, checks, tables.

use std::path::Path;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use suyuan::csv::Import;
use suyuan::csv::report::RowProblem;
use suyuan::model::{SampleKind, Stage};
use suyuan::sampling::Rate;
use suyuan::sampling::draw::Design;
use suyuan::sampling::plan::{Method, Plan};
use suyuan::sampling::progress::PurposeShare;

use crate::failure::Failure;
use crate::report::SHOWN;
use crate::show;
use crate::table::{Kind, Table};

/// Reads a rate.
///
/// # Errors
/// A sentence when it is none.
pub fn rate(text: &str) -> Result<Rate, String> {
    let rate = text.parse().map_err(|_| "expected a decimal number".to_owned())?;
    Rate::per_thousand(rate).map_err(|error| error.to_string())
}

/// Reads a method of allocation.
///
/// # Errors
/// A sentence with the names there are.
pub fn method(text: &str) -> Result<Method, String> {
    let names = || Method::ALL.map(Method::as_str).join(", ");
    Method::parse(text).ok_or_else(|| format!("expected one of {}", names()))
}

/// Reads a design.
///
/// # Errors
/// A sentence with the names there are.
pub fn design(text: &str) -> Result<Design, String> {
    let names = || Design::ALL.map(Design::as_str).join(", ");
    Design::parse(text).ok_or_else(|| format!("expected one of {}", names()))
}

/// Reads `NAME=NUMBER`.
///
/// # Errors
/// A sentence when the text does not have that form.
pub fn named_number(text: &str) -> Result<(String, u64), String> {
    let parts = text.rsplit_once('=').filter(|(name, _)| !name.is_empty());
    let number = parts.and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?)));
    number.ok_or_else(|| "expected NAME=NUMBER, a whole number, zero or more".to_owned())
}

/// Reads `KIND=WEIGHT`.
///
/// # Errors
/// A sentence when the text does not have that form.
pub fn purpose(text: &str) -> Result<PurposeShare, String> {
    let parts = text.rsplit_once('=');
    let parts = parts.and_then(|(name, weight)| Some((name, weight.parse::<Decimal>().ok()?)));
    let expected = || "expected KIND=WEIGHT, a decimal number, zero or more".to_owned();
    let (name, weight) = parts.filter(|(_, w)| *w >= Decimal::ZERO).ok_or_else(expected)?;
    let names = || SampleKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    let kind = SampleKind::parse(name).ok_or_else(|| format!("expected one of {}", names()))?;
    Ok(PurposeShare::new(kind, weight))
}

/// Reads a JSON file.
///
/// # Errors
/// [`Failure::Job`] when it cannot be read or is no such JSON.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let what = || format!("failed to read {}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| Failure::doing(what(), error))?;
    serde_json::from_str(&text).map_err(|error| Failure::doing(what(), error))
}

/// Refuses a data set whose table of regions could not be read in full: what a region owes is no
/// matter for a guess.
///
/// # Errors
/// [`Failure::Job`] with the first row.
pub fn no_bad_people(import: &Import) -> Result<(), Failure> {
    match bad(import, "regions.csv", &[]) {
        None => Ok(()),
        Some(row) => Err(Failure::job(format!("failed to know what regions owe: {row}"))),
    }
}

/// Refuses a data set in whose table of operators a row, a stage or a region could not be read: whom
/// rules ask samples of is no matter for a guess.
///
/// # Errors
/// [`Failure::Job`] with the first row.
pub fn no_bad_operators(import: &Import) -> Result<(), Failure> {
    match bad(import, "operators.csv", &["stage", "region_code"]) {
        None => Ok(()),
        Some(row) => Err(Failure::job(format!("failed to know whom rules ask samples of: {row}"))),
    }
}

/// The first row of a table that was rejected, or repaired in one of these columns, or in any where
/// none is given.
fn bad<'a>(import: &'a Import, table: &str, columns: &[&str]) -> Option<&'a RowProblem> {
    let report = &import.report;
    let repaired = report.repaired.iter();
    let repaired = repaired.filter(|row| columns.is_empty() || columns.contains(&row.column));
    report.rejected.iter().chain(repaired).find(|row| row.file.starts_with(table))
}

/// How many codes are named in a line.
const NAMED: usize = 10;

fn stage(stage: Option<Stage>) -> String {
    stage.map_or_else(String::new, |stage| stage.to_string())
}

/// What every region owes and how: a line a region.
#[must_use]
pub fn obligations(plan: &Plan) -> Table {
    let mut table = Table::new(&[
        ("region", Kind::Code),
        ("name", Kind::Name),
        ("people", Kind::Number),
        ("x rate / 1000", Kind::Number),
        ("up", Kind::Number),
        ("parts", Kind::Number),
        ("due", Kind::Number),
        ("planned", Kind::Number),
        ("itself", Kind::Number),
        ("by tiers", Kind::Number),
    ]);
    for region in &plan.regions {
        let exact = region.population.map(|people| {
            let parts = decimal(people) * plan.rate.value();
            (parts / decimal(1000)).normalize().to_string()
        });
        let number = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let above: u64 = region.arranged.values().sum();
        table.row([
            region.code.clone(),
            region.name.clone(),
            number(region.population),
            exact.unwrap_or_default(),
            number(region.own),
            if region.parts == 0 { String::new() } else { region.parts.to_string() },
            region.due.to_string(),
            region.planned.to_string(),
            if region.parts == 0 || region.held == 0 {
                String::new()
            } else {
                region.held.to_string()
            },
            if above == 0 { String::new() } else { above.to_string() },
        ]);
    }
    table.without_empty()
}

fn decimal(number: u64) -> rust_decimal::Decimal {
    number.into()
}

/// The first cells of a plan with what they were weighed by.
#[must_use]
pub fn cells(plan: &Plan) -> Table {
    let mut table = Table::new(&[
        ("region", Kind::Code),
        ("category", Kind::Name),
        ("stage", Kind::Word),
        ("stocks", Kind::Number),
        ("tested", Kind::Number),
        ("failed", Kind::Number),
        ("at least", Kind::Number),
        ("samples", Kind::Number),
    ]);
    let known = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    for cell in plan.cells.iter().take(SHOWN) {
        table.row([
            cell.region.clone(),
            cell.category.clone(),
            stage(cell.stage),
            known(cell.stocks),
            known(cell.tested),
            known(cell.failed),
            known(cell.least),
            cell.samples.to_string(),
        ]);
    }
    table.without_empty()
}

/// What every rule asks for.
#[must_use]
pub fn minima(plan: &Plan) -> Table {
    let mut table = Table::new(&[
        ("rule", Kind::Name),
        ("basis", Kind::Name),
        ("holds", Kind::Word),
        ("operators", Kind::Number),
        ("samples", Kind::Number),
    ]);
    for rule in plan.rules.iter().take(SHOWN) {
        table.row([
            rule.name.clone(),
            rule.basis.clone(),
            if rule.holds { "yes" } else { "no" }.to_owned(),
            rule.operators.to_string(),
            rule.samples.to_string(),
        ]);
    }
    table
}

/// The first codes of a list, and how many more there are.
#[must_use]
pub fn some(codes: &[String]) -> String {
    let shown = codes.iter().take(NAMED).map(|code| show::field(code)).collect::<Vec<_>>();
    match codes.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Samples of each month by purpose.
#[must_use]
pub fn months(plan: &Plan) -> Table {
    let mut table =
        Table::new(&[("month", Kind::Word), ("purpose", Kind::Word), ("samples", Kind::Number)]);
    for month in 0..12 {
        for kind in SampleKind::ALL {
            let rows = plan.rows.iter().filter(|row| row.purpose == *kind);
            let samples: u64 = rows.filter_map(|row| row.months.get(month)).sum();
            if samples > 0 {
                let label = format!("{}-{:02}", plan.year, month + 1);
                table.row([label, kind.to_string(), samples.to_string()]);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused() {
        assert_eq!(named_number("370202/retail=3"), Ok(("370202/retail".to_owned(), 3)));
        for bad in ["", "=3", "a", "a=", "a=-1", "a=x"] {
            assert!(named_number(bad).is_err(), "{bad}");
        }
        assert_eq!(purpose("风险监测=2").map(|share| share.kind), Ok(SampleKind::Monitoring));
        assert_eq!(purpose("supervision=0.8").map(|s| s.weight.to_string()), Ok("0.8".into()));
        for bad in ["other=2", "supervision", "supervision=-1", "supervision=x"] {
            assert!(purpose(bad).is_err(), "{bad}");
        }
        assert!(rate("-1").is_err() && rate("x").is_err() && rate("5.5").is_ok());
        assert_eq!(method("risk"), Ok(Method::Risk));
        assert!(method("best").unwrap_err().contains("proportional"));
        assert!(design("lottery").unwrap_err().contains("sampford"));
    }
}
