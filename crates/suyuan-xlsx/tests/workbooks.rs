//! Workbooks written and read back, and workbooks meant to do harm.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};

use proptest::prelude::*;
use suyuan_xlsx::{Error, Limits, NewCell, NewSheet, read_bytes, read_path, write_bytes};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet whose XML is given.
fn one_sheet(sheet: &str) -> Vec<u8> {
    let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let rels = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let book = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let book_rels = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{sheet}</worksheet>"#
    );
    packed(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn numbers_flags_and_texts_are_read_as_typed() {
    let bytes = one_sheet(
        r#"<sheetData><row r="2"><c r="A2"><v>36.799999999999997</v></c><c r="C2"><v>600</v></c><c r="D2" t="b"><v>1</v></c><c r="E2" t="inlineStr"><is><t>007</t></is></c></row></sheetData>"#,
    );
    let sheet = read_bytes(&bytes, &Limits::default()).unwrap().sheets.remove(0);
    assert_eq!(sheet.rows.len(), 1);
    let row = &sheet.rows[0];
    assert_eq!(row.number, 2);
    let texts: Vec<_> = (0..6).map(|column| row.text(column)).collect();
    assert_eq!(texts, ["36.8", "", "600", "true", "007", ""]);
}

#[test]
fn a_far_cell_costs_one_cell() {
    let bytes = one_sheet(
        r#"<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>"#,
    );
    let sheet = read_bytes(&bytes, &Limits::default()).unwrap().sheets.remove(0);
    assert_eq!(sheet.rows.len(), 2);
    assert_eq!((sheet.rows[1].number, sheet.rows[1].text(16_383)), (1_048_576, "2"));
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked_into_memory() {
    // 300 MiB of spaces in about 300 kB.
    let spaces = vec![b' '; 30 << 20];
    let parts: Vec<_> = (0..10).map(|n| format!("xl/part{n}.xml")).collect();
    let parts: Vec<_> = parts.iter().map(|name| (name.as_str(), &spaces[..])).collect();
    let bytes = packed(&parts);
    assert!(bytes.len() < 1 << 20);
    let error = read_bytes(&bytes, &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to read the workbook: it holds more than 268435456 bytes when unpacked"
    );
}

#[test]
fn each_limit_ends_in_an_error_that_names_it() {
    let mut sheet = NewSheet::new("S");
    for _ in 0..10 {
        sheet.row(["one and the same text"; 10]);
    }
    let bytes = write_bytes(&[sheet]).unwrap();
    assert_eq!(read_bytes(&bytes, &Limits::default()).unwrap().sheets[0].rows.len(), 10);
    let refused = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        match read_bytes(&bytes, &limits) {
            Err(Error::TooLarge { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|limits| limits.packed_bytes = 100), "bytes");
    assert_eq!(refused(|limits| limits.unpacked_bytes = 1000), "bytes when unpacked");
    assert_eq!(refused(|limits| limits.entries = 3), "files in its archive");
    assert_eq!(refused(|limits| limits.cells = 99), "cells");
    assert_eq!(refused(|limits| limits.text_bytes = 2_000), "bytes of text");
}

#[test]
fn what_is_no_workbook_is_an_error() {
    let limits = Limits::default();
    for bytes in [&b""[..], b"ID,Name\n", b"\xd0\xcf\x11\xe0"] {
        assert!(matches!(read_bytes(bytes, &limits), Err(Error::NotXlsx)));
    }
    let bytes = write_bytes(&[NewSheet::new("S")]).unwrap();
    for length in [4, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(read_bytes(&bytes[..length], &limits).is_err(), "{length}");
    }
    assert!(matches!(
        read_bytes(&packed(&[("a.txt", b"nothing")]), &limits),
        Err(Error::Damaged { .. })
    ));
    let missing = read_path(std::path::Path::new("no-such-file.xlsx"), &limits).unwrap_err();
    assert_eq!(missing.to_string(), "failed to read no-such-file.xlsx");
    // Elements nested a hundred thousand deep: read flat, and found to be cut short.
    let nested = format!("<sheetData>{}", "<row>".repeat(100_000));
    assert!(matches!(read_bytes(&one_sheet(&nested), &limits), Err(Error::Damaged { .. })));
}

#[test]
fn the_same_sheets_give_the_same_bytes() {
    let mut sheet = NewSheet::new("Shipping");
    sheet.row(["Lot", "批次"]);
    sheet.row(["007", ""]);
    let first = write_bytes(&[sheet.clone()]).unwrap();
    assert_eq!(first, write_bytes(&[sheet]).unwrap());
    assert!(matches!(write_bytes(&[NewSheet::new("a/b")]), Err(Error::Write { .. })));
}

#[test]
fn numbers_are_numbers_and_texts_are_no_formulas() {
    let mut sheet = NewSheet::new("Notice").filtered();
    sheet.row(["name", "数量"]);
    sheet.cells([NewCell::text("=1+1"), NewCell::Number(-8.5), NewCell::Empty]);
    sheet.cells([NewCell::text(""), NewCell::Number(0.0)]);
    let bytes = write_bytes(&[sheet]).unwrap();
    let read = read_bytes(&bytes, &Limits::default()).unwrap().sheets.remove(0);
    assert_eq!((read.rows[1].text(0), read.rows[1].text(1)), ("=1+1", "-8.5"));
    assert_eq!((read.rows[2].text(0), read.rows[2].text(1)), ("", "0"));
    let mut wide = NewSheet::new("S");
    wide.row(vec!["x"; 16_385]);
    let error = write_bytes(&[wide]).unwrap_err();
    assert!(matches!(error, Error::Sheet { rows: 1, columns: 16_385 }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn texts_come_back(rows in prop::collection::vec(prop::collection::vec("[ -~一-三]{0,8}", 1..6), 1..8)) {
        let mut sheet = NewSheet::new("S");
        for row in &rows {
            sheet.row(row.iter().map(String::as_str));
        }
        let bytes = write_bytes(&[sheet]).unwrap();
        let read = read_bytes(&bytes, &Limits::default()).unwrap();
        for (number, row) in (1..).zip(&rows) {
            let found = read.sheets[0].rows.iter().find(|found| found.number == number);
            for (column, text) in (0..).zip(row) {
                prop_assert_eq!(found.map_or("", |found| found.text(column)), text.as_str());
            }
        }
    }

    #[test]
    fn damage_never_panics(at in 0_usize..5000, byte in any::<u8>()) {
        let mut sheet = NewSheet::new("S");
        sheet.row(["a", "b"]);
        let mut bytes = write_bytes(&[sheet]).unwrap();
        let place = at % bytes.len();
        bytes[place] = byte;
        let _ = read_bytes(&bytes, &Limits::default());
    }
}
