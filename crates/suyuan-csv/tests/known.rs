//! Rows by when they are known, and recipes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use suyuan_core::chain::Table;
use suyuan_core::time::{Minute, Span, UtcOffset};
use suyuan_csv::{Error, Import, Importer, ReadOptions, read_dir, read_recipes};

const HEADER: &str =
    "shipment_code,batch_code,from_operator,to_operator,quantity,unit,known_at,撤回时间\n";

fn read(rows: &str, known_at: Minute) -> Import {
    let mut options = ReadOptions::default();
    options.known_at = known_at;
    let text = format!("{HEADER}{rows}");
    let importer = Importer::new(&options);
    let importer = importer.bytes(Table::Shipments, "shipments.csv", text.as_bytes()).unwrap();
    importer.finish().unwrap()
}

fn last_minute(day: &str) -> Minute {
    Span::parse_limit(day, UtcOffset::CHINA).unwrap()
}

fn senders(import: &Import) -> Vec<&str> {
    let rows = import.chain.shipment_ids().map(|id| import.chain.shipment(id).code);
    rows.collect()
}

#[test]
fn a_row_is_known_from_one_minute_until_another() {
    let rows = "A,B,F,S,1,kg,,\n\
                W,B,F,S,1,kg,2026-03-02,2026-03-05T12:00\n\
                X,B,F,S,2,kg,2026-03-05T12:00,\n\
                ,B,F,S,2,kg,2026-03-09,\n";
    let at = |minute: Minute| {
        let import = read(rows, minute);
        let file = &import.report.files[0];
        assert_eq!(file.rows, file.imported + file.rejected + file.not_known);
        (senders(&import).join(""), file.not_known, file.rejected)
    };
    assert_eq!(at(last_minute("2026-03-01")), ("A".to_owned(), 3, 0));
    assert_eq!(at(last_minute("2026-03-02")), ("AW".to_owned(), 2, 0));
    assert_eq!(at(last_minute("2026-03-05T11:59")), ("AW".to_owned(), 2, 0));
    assert_eq!(at(last_minute("2026-03-05T12:00")), ("AX".to_owned(), 2, 0));
    // The row without a code is judged once it is known.
    assert_eq!(at(Minute::UNBOUNDED_FUTURE), ("AX".to_owned(), 1, 1));
}

#[test]
fn a_bound_that_cannot_be_read_is_none_and_is_reported() {
    let import = read("W,B,F,S,1,kg,soon,never\n", last_minute("2026-03-01"));
    assert_eq!(senders(&import), ["W"]);
    let repaired: Vec<_> =
        import.report.repaired.iter().map(|problem| (problem.column, &*problem.value)).collect();
    assert_eq!(repaired, [("known_at", "soon"), ("withdrawn_at", "never")]);
    assert_eq!(import.report.files[0].repaired, 1);
}

#[test]
fn recipes_lie_beside_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recipes.csv");
    std::fs::write(&path, "product_code,input_product_code,quantity\nP,I,0\n").unwrap();
    let error = read_recipes(&path).unwrap_err();
    assert!(matches!(&error, Error::Value { line: 2, column: "quantity", .. }), "{error}");
    std::fs::write(&path, "product_code,input_product_code\nP,I\n").unwrap();
    std::fs::write(dir.path().join("shipments.csv"), format!("{HEADER}A,B,F,S,1,kg,,\n")).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    assert!(import.report.ignored.is_empty(), "{:?}", import.report.ignored);
    assert!(read_recipes(&path).unwrap().inputs("P").unwrap().contains_key("I"));
}
