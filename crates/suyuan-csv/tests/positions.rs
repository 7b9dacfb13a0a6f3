//! Where a bad value stands, and what becomes of its row.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{header, problems, read};
use suyuan_core::chain::Table;

#[test]
fn positions_hold_after_blank_lines_and_quoted_line_ends() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!(
            "\n{}\n\nW1,B1,F,S,,,5,kg\n\n\nW2,\"B\n2\",F,S,,,x,kg\nW3,B1,F,S,soon,,5,kg\n,B1,F,S,,,5,kg",
            header(Table::Shipments)
        );
        let import = read(Table::Shipments, text.replace('\n', end)).unwrap();
        assert_eq!(problems(&import.report.repaired), ["2:7 quantity x", "3:9 shipped_on soon"]);
        assert_eq!(problems(&import.report.rejected), ["4:10 shipment_code "]);
        let file = &import.report.files[0];
        assert_eq!((file.rows, file.imported, file.repaired, file.rejected), (4, 3, 2, 1));
        let batch = format!("B{end}2");
        assert!(import.chain.find_stock(&batch, "S").is_ok(), "{end:?}");
    }
}

/// One row a line: table, row, the problems of it (`!` before those that reject it).
const ROWS: &[(Table, &str, &[&str])] = &[
    (Table::Regions, "1,a,province,,5", &[]),
    (Table::Regions, "1,,,,", &[]),
    (Table::Regions, ",a,province,,5", &["!region_code "]),
    (Table::Regions, "1,a,village,,5", &["level village"]),
    (Table::Regions, "1,a,省,,-5", &["population -5"]),
    (Table::Regions, "1,a,省,,5.5", &["population 5.5"]),
    (Table::Regions, "1,a,省", &["population "]),
    (Table::Operators, "F,a,种养殖,1,A,36.5,120", &[]),
    (Table::Operators, "F,a,ＦＡＲＭ,1,a,,", &[]),
    (Table::Operators, "F,a,wharf,1,A,,", &["!stage wharf"]),
    (Table::Operators, "F,a,,1,A,,", &["!stage "]),
    (Table::Operators, "F,a,farm,,A,,", &["!region_code "]),
    (Table::Operators, "F,a", &["!stage ", "!region_code "]),
    (
        Table::Operators,
        "F,a,farm,1,E,91,-180.1",
        &["risk_grade E", "latitude 91", "longitude -180.1"],
    ),
    (Table::Operators, "F,a,wharf,1,E,91,x", &["!stage wharf"]),
    (Table::Products, "P,a,b,7,kg,0.5", &[]),
    (
        Table::Products,
        "P,a,b,7.5,大筐子,0",
        &["shelf_life_days 7.5", "base_unit 大筐子", "pack_quantity 0"],
    ),
    (Table::Batches, "B,P,F,2026-03,2026年4月1日,5,斤,here,c", &[]),
    (Table::Batches, "B,P,F,2026-13-01,x,5,kg,,", &["produced_on 2026-13-01", "expires_on x"]),
    (Table::Batches, "B,,F,,,5,kg,,", &["!product_code "]),
    (Table::Batches, "B,P,F,,,5,,,", &["unit "]),
    (Table::Batches, "B,P,F,,,,kg,,", &[]),
    (Table::Batches, "B,P,F", &["quantity ", "unit "]),
    (Table::Batches, "B,P", &["!operator_code "]),
    (Table::Shipments, "W,B,F,S,,,5,kg", &[]),
    (Table::Shipments, "W,B,F,S,,,5,kg,,", &[]),
    (Table::Shipments, "W,B,F,S,,,5,kg,x,y", &[" x,y"]),
    (Table::Shipments, "W,B,F,S,,,\"1,00\",kg", &["quantity 1,00"]),
    (Table::Shipments, "W,B,F,S,,,１，０００．５,ｋｇ", &[]),
    (Table::Shipments, "W,B,F,S,,,0,kg", &["quantity 0"]),
    (Table::Shipments, "W,B,F,S,,,1e3,kg", &["quantity 1e3"]),
    (Table::Shipments, "W,B,F,S,,,NaN,gal", &["quantity NaN", "unit gal"]),
    (Table::Shipments, "W,B,F,S,,, 5.0000001 ,kg", &["quantity  5.0000001 "]),
    (Table::Shipments, "W,B,F,S,,,0.0001,g", &[]),
    (Table::Shipments, "W,B,F,S,,,99999999999999,kg", &["quantity 99999999999999"]),
    (Table::Shipments, "W,B,F,S,x,,5.0000001,kg", &["shipped_on x", "quantity 5.0000001"]),
    (Table::Shipments, "  ,B,,S,,,x,kg", &["!shipment_code   ", "!from_operator "]),
    (Table::Transformations, "T,F,,投入,B,5,kg,", &[]),
    (Table::Transformations, "T,F,,input,B", &[]),
    (Table::Transformations, "T,F,,input,B,5", &["unit "]),
    (Table::Transformations, "T,F,x,waste,B,5,kg,", &["!role waste"]),
    (Table::Transformations, "T,F,x,output,B,5,kg,", &["transformed_on x"]),
    (Table::Transformations, "T,F,,input,,5,kg,", &["!batch_code "]),
    (Table::Removals, "B,F,,5,kg,sold", &[]),
    (Table::Removals, "B,F,,5,kg,", &[]),
    (Table::Removals, "B,F,,5,kg,eaten", &["reason eaten"]),
    (Table::Removals, "B,F,,5,kg", &["reason "]),
    (Table::Removals, "B,,,5,kg,sold", &["!operator_code "]),
    (Table::Samples, "S,supervision,B,F,2026-03-01,,pass,a,1,2,chemical", &[]),
    (Table::Samples, "S,,B,F,,,,,,,", &[]),
    (
        Table::Samples,
        "S,surprise,B,F,x,y,maybe,,,,magic",
        &["kind surprise", "sampled_on x", "reported_on y", "verdict maybe", "hazard magic"],
    ),
    (Table::Samples, "S,,B,F", &["sampled_on ", "verdict "]),
    (Table::Samples, ",,B,F", &["!sample_code "]),
];

#[test]
fn each_value_error_is_told_and_counted() {
    for (table, row, expected) in ROWS {
        let import = read(*table, format!("{}\n{row}\n", header(*table))).unwrap();
        let found = |list, mark| {
            let all = problems(list).into_iter();
            all.map(move |p| format!("{mark}{}", p.strip_prefix("1:2 ").unwrap()))
        };
        let report = &import.report;
        let all: Vec<_> = found(&report.rejected, "!").chain(found(&report.repaired, "")).collect();
        assert_eq!(all, *expected, "{table}: {row}");
        let file = &report.files[0];
        let rejected = u64::from(expected.iter().any(|problem| problem.starts_with('!')));
        let repaired = u64::from(rejected == 0 && !expected.is_empty());
        assert_eq!((file.rows, file.rejected, file.repaired), (1, rejected, repaired), "{row}");
        assert_eq!(file.imported, 1 - rejected);
        let codes: Vec<_> = import.findings.iter().map(|f| f.code.as_str()).collect();
        assert!(!codes.contains(&"invalid_quantity"), "{row}");
    }
}

#[test]
fn a_quantity_too_large_by_its_pack_is_a_repair_and_no_finding() {
    let products = format!("{}\nP,a,,,kg,2000000000000\n", header(Table::Products));
    let batches = format!("{}\nB,P,F,,,7,pcs,,\n", header(Table::Batches));
    let read = |once: bool| {
        let importer = suyuan_csv::Importer::new(&suyuan_csv::ReadOptions::default())
            .bytes(Table::Products, "products.csv", products.as_bytes())
            .unwrap();
        let importer = if once {
            importer.reader(Table::Batches, "batches.csv", batches.as_bytes())
        } else {
            importer.bytes(Table::Batches, "batches.csv", batches.as_bytes())
        };
        importer.unwrap().finish().unwrap()
    };
    let import = read(false);
    assert_eq!(problems(&import.report.repaired), ["1:2 quantity 7"]);
    let codes = |import: &suyuan_csv::Import| {
        import.findings.iter().filter(|f| f.code.as_str() == "invalid_quantity").count()
    };
    assert_eq!(codes(&import), 0);
    // A reader cannot be asked again for a text that seemed sound.
    let import = read(true);
    assert!(import.report.repaired.is_empty());
    assert_eq!(codes(&import), 1);
}

#[test]
fn a_reader_keeps_the_text_of_quantities_that_may_not_fit() {
    let text =
        format!("{}\n\nW,B,F,S,,,99999999999999,kg\nW,B,F,S,,,5,kg\n", header(Table::Shipments));
    let import = suyuan_csv::Importer::new(&suyuan_csv::ReadOptions::default())
        .reader(Table::Shipments, "shipments.csv", text.as_bytes())
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!(problems(&import.report.repaired), ["1:3 quantity 99999999999999"]);
    assert_eq!(import.report.files[0].repaired, 1);
}

#[test]
fn values_are_cut_in_reports() {
    let long = "x".repeat(300);
    let import =
        read(Table::Shipments, format!("{}\nW,B,F,S,{long},,5,kg\n", header(Table::Shipments)));
    assert_eq!(import.unwrap().report.repaired[0].value, "x".repeat(256));
}
