//! Sheets read back: numbers are numbers, texts are never formulas.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{chain, hostile_names, sampled};
use suyuan_report::Lang;
use suyuan_report::table::CsvOptions;

#[test]
fn csv_files_hold_every_stock_and_no_formula() {
    let report = sampled(&chain(9, &hostile_names()));
    let dir = tempfile::tempdir().unwrap();
    report.write_csv(Lang::En, dir.path(), &CsvOptions::default().bom(true)).unwrap();
    let bytes = std::fs::read(dir.path().join("notice.csv")).unwrap();
    assert!(bytes.starts_with(&[0xef, 0xbb, 0xbf]));
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), report.stocks.len());
    let names: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert!(names.contains(&"'=HYPERLINK(\"evil.example\")"));
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '@'])));
    for name in ["operators", "stages", "regions", "steps"] {
        assert!(dir.path().join(format!("{name}.csv")).is_file());
    }
    let blocked = dir.path().join("notice.csv");
    let error = report.write_csv(Lang::En, &blocked, &CsvOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("failed to write "));
}

#[cfg(feature = "xlsx")]
#[test]
fn a_workbook_reads_back() {
    use calamine::{Data, Reader, Xlsx, open_workbook};
    use rust_decimal::prelude::ToPrimitive;

    let report = sampled(&chain(9, &hostile_names()));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recall.xlsx");
    report.write_xlsx(Lang::Zh, &path).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(
        book.sheet_names(),
        ["records", "notice", "operators", "stages", "regions", "steps"]
    );
    let notice = book.worksheet_range("notice").unwrap();
    assert_eq!(notice.height(), report.stocks.len() + 1);
    for (row, stock) in notice.rows().skip(1).zip(&report.stocks) {
        assert_eq!(row[2], Data::String(stock.batch.clone()));
        assert_eq!(row[6], Data::Float(stock.on_hand.to_f64().unwrap()));
    }
    // A text that looks like a formula is a text.
    let formulas = book.worksheet_formula("notice").unwrap();
    assert!(formulas.used_cells().next().is_none());
    // The same tables are the same bytes, whenever they are written.
    let first = std::fs::read(&path).unwrap();
    report.write_xlsx(Lang::Zh, &path).unwrap();
    assert!(first == std::fs::read(&path).unwrap());
    let texts: Vec<String> = notice.rows().map(|row| row[0].to_string()).collect();
    assert!(texts.iter().any(|text| text.starts_with("=HYPERLINK")));
}

#[cfg(feature = "xlsx")]
#[test]
fn a_table_beyond_a_worksheet_is_an_error() {
    use suyuan_report::table::{Cell, Column, Table, workbook};

    let mut table = Table::new("t", "T").column(Column::text("a", "A"));
    for _ in 0..1_048_576 {
        table.push(vec![Cell::Empty]);
    }
    let error = workbook(&[&table]).unwrap_err();
    assert_eq!(error.to_string(), "failed to fit 1048577 rows of 1 columns into a worksheet");
}
