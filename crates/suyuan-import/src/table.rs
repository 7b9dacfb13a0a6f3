//! What a profile may feed: the tables and columns of a data set, and what kind of value each is.

use suyuan_core::chain::Table;
use suyuan_csv::schema::{Need, TABLES, columns};

/// The kind of value a column holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Code,
    Text,
    Time,
    Quantity,
    Unit,
    Whole,
    Degrees,
    Word(fn(&str) -> Option<&'static str>),
}

/// The columns that name the lot and the reporter beside those of the page.
const MORE: [&str; 3] = ["product_code", "producer_code", "reporter"];

/// The table of a name.
pub(crate) fn table(name: &str) -> Option<Table> {
    TABLES.into_iter().find(|table| table.as_str() == name)
}

/// The columns of a table in the order of the page, then those that name lot and reporter. When a
/// row is known is no matter of an office's file.
pub(crate) fn fields(table: Table) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = columns(table).iter().map(|column| column.name).collect();
    let moves = matches!(
        table,
        Table::Shipments | Table::Transformations | Table::Removals | Table::Samples
    );
    for name in MORE.into_iter().filter(|_| moves) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What a table needs of a column.
pub(crate) fn need(table: Table, field: &str) -> Need {
    let column = columns(table).iter().find(|column| column.name == field);
    column.map_or(Need::Optional, |column| column.need)
}

pub(crate) fn kind(table: Table, field: &str) -> Kind {
    use suyuan_core::model::{
        Hazard, RegionLevel, RemovalReason, RiskGrade, Role, SampleKind, Stage, Verdict,
    };
    match field {
        "produced_on" | "expires_on" | "shipped_on" | "received_on" | "transformed_on"
        | "removed_on" | "sampled_on" | "reported_on" | "known_at" | "withdrawn_at" => Kind::Time,
        "quantity" | "pack_quantity" => Kind::Quantity,
        "unit" | "base_unit" | "of_unit" => Kind::Unit,
        "population" | "shelf_life_days" => Kind::Whole,
        "latitude" | "longitude" => Kind::Degrees,
        "level" => Kind::Word(|text| RegionLevel::parse(text).map(RegionLevel::as_str)),
        "stage" => Kind::Word(|text| Stage::parse(text).map(Stage::as_str)),
        "risk_grade" => Kind::Word(|text| RiskGrade::parse(text).map(RiskGrade::as_str)),
        "role" => Kind::Word(|text| Role::parse(text).map(Role::as_str)),
        "reason" => Kind::Word(|text| RemovalReason::parse(text).map(RemovalReason::as_str)),
        "kind" => Kind::Word(|text| SampleKind::parse(text).map(SampleKind::as_str)),
        "verdict" => Kind::Word(|text| Verdict::parse(text).map(Verdict::as_str)),
        "hazard" => Kind::Word(|text| Hazard::parse(text).map(Hazard::as_str)),
        "name" | "category" | "origin" | "certificate_no" | "process" | "test_item"
        | "measured" | "limit" => Kind::Text,
        _ if need(table, field) == Need::Key || field.ends_with("_code") => Kind::Code,
        _ => Kind::Text,
    }
}
