//! Recalls of goods that go back into lots, of midnights and of two lots of one code, against the
//! answers of a brute force that lie beside the conformance data. The same situations, made up
//! anew, are in the core's `tests/properties/cases.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rust_decimal::Decimal;
use serde_json::Value;
use suyuan_core::chain::{FindingCode, SupplyChain};
use suyuan_core::recall::{Policy, RecallDocument, RecallSource, recall};
use suyuan_core::time::{Span, UtcOffset};
use suyuan_csv::{Import, ReadOptions, read_dir};

/// The folder of a case; `None`, said so, where no data is at hand.
fn case(name: &str) -> Option<PathBuf> {
    let Some(data) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return None;
    };
    Some(PathBuf::from(data).join("cases").join(name))
}

fn import(folder: &std::path::Path) -> Import {
    read_dir(folder, &ReadOptions::default()).unwrap()
}

fn of(chain: &SupplyChain, source: &RecallSource, policy: &Policy) -> RecallDocument {
    recall(chain, source, policy).unwrap().document(chain)
}

fn of_batch(chain: &SupplyChain, code: &str) -> RecallDocument {
    of(chain, &RecallSource::batch(chain, code).unwrap(), &Policy::default())
}

/// Batch, operator, since, certainty, on hand and share of every row.
type Row = (String, String, Value, String, Decimal, Decimal);

fn rows(document: &RecallDocument) -> Vec<Row> {
    let rows = document.affected.iter();
    rows.map(|row| {
        let since = serde_json::to_value(row.since).unwrap();
        let certainty = row.certainty.as_str().to_owned();
        let stock = (row.batch.clone(), row.operator.clone());
        (stock.0, stock.1, since, certainty, row.on_hand.normalize(), row.share.normalize())
    })
    .collect()
}

fn expected(row: &Value) -> Row {
    let text = |key: &str| row[key].as_str().unwrap().to_owned();
    let on_hand: Decimal = text("on_hand").parse().unwrap();
    let share: Decimal = row["share"].to_string().parse().unwrap();
    let since = row["since"].clone();
    (
        text("batch"),
        text("operator"),
        since,
        text("certainty"),
        on_hand.normalize(),
        share.normalize(),
    )
}

#[test]
fn every_recall_by_batch_equals_the_brute_force() {
    for name in ["topup", "unbuild", "midnight"] {
        let Some(folder) = case(name) else { return };
        let chain = import(&folder).chain;
        let text = fs::read(folder.parent().unwrap().join(format!("expected/{name}.json")));
        let answers: BTreeMap<String, Vec<Value>> = serde_json::from_slice(&text.unwrap()).unwrap();
        assert!(!answers.is_empty());
        for (batch, right) in answers {
            let right: Vec<Row> = right.iter().map(expected).collect();
            assert_eq!(rows(&of_batch(&chain, &batch)), right, "{name}, batch {batch}");
        }
    }
}

#[test]
fn goods_that_go_back_into_a_lot_leave_its_past_alone() {
    let Some(folder) = case("topup") else { return };
    let chain = import(&folder).chain;
    let day = |text: &str| Span::parse(text, UtcOffset::CHINA).unwrap();
    let window = RecallSource::operator(&chain, "M", day("2026-02-05"), day("2026-02-15")).unwrap();
    let stocks: Vec<String> = of(&chain, &window, &Policy::default())
        .affected
        .iter()
        .map(|row| format!("{}@{}", row.batch, row.operator))
        .collect();
    assert_eq!(stocks, ["A@M", "A@SHOP"]);
    let early = Policy::default().as_of(day("2026-02-15").latest);
    let document = of(&chain, &RecallSource::batch(&chain, "A").unwrap(), &early);
    let row = &document.affected[0];
    assert_eq!((row.operator.as_str(), row.on_hand), ("M", Decimal::from(40)));
    assert_eq!(row.since.map(|since| since.to_string()).as_deref(), Some("2026-02-01T00:00"));

    let Some(folder) = case("unbuild") else { return };
    let import = import(&folder);
    for finding in &import.findings {
        let wrong = [FindingCode::Orphan, FindingCode::NegativeBalance];
        assert!(!wrong.contains(&finding.code), "{}", finding.message);
    }
}

#[test]
fn two_lots_of_one_code_are_told_apart() {
    let Some(folder) = case("same-code") else { return };
    let import = import(&folder);
    let chain = &import.chain;
    let source = RecallSource::sample(chain, "S1").unwrap();
    let document = of(chain, &source, &Policy::default());
    let operators: Vec<(&str, &str)> = document
        .affected
        .iter()
        .map(|row| (row.operator.as_str(), row.certainty.as_str()))
        .filter(|(_, certainty)| *certainty == "recorded")
        .collect();
    assert_eq!(operators, [("STORE", "recorded"), ("SUPA", "recorded")]);
}
