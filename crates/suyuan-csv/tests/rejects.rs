//! Strict imports, and rejected rows written back out.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;

use common::{header, problems, read, read_with};
use suyuan_core::chain::Table;
use suyuan_csv::{Error, ReadOptions, read_dir, write_rejects};

fn keeping() -> ReadOptions<'static> {
    let mut options = ReadOptions::default();
    options.keep_rejects = true;
    options
}

#[test]
fn a_strict_import_names_the_first_problem_and_counts() {
    let mut strict = ReadOptions::default();
    strict.strict = true;
    let text = format!(
        "{}\nW,B,F,S,,,5,kg\nW,B,F,S,x,,5.0000001,kg\n,B,F,S,,,5,kg\nW2,B,F,S,,,-5,kg\n",
        header(Table::Shipments)
    );
    let error = read_with(&strict, Table::Shipments, text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to import strictly: 1 rows rejected, 2 repaired; the first is \
         shipments.csv:3 (record 2), shipped_on: found \"x\", expected \
         a time such as 2026-03-01, 2026-03-01T08:30, 2026-03 or 2026年3月1日"
    );
    // A quantity found wanting only when the chain is built counts too.
    let text = format!("{}\nW,B,F,S,,,0.0001,g\n", header(Table::Shipments));
    assert!(matches!(
        read_with(&strict, Table::Shipments, text).unwrap_err(),
        Error::Strict { rejected: 0, repaired: 1, .. }
    ));
    let sound = format!("{}\nW,B,F,S,,,5,kg\n", header(Table::Shipments));
    assert!(read_with(&strict, Table::Shipments, sound).is_ok());
}

#[test]
fn rejects_are_written_as_they_were_read_and_can_be_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    let head = "单位,运单号,批次号,供货方编码,收货方编码, 数量 ,note";
    let text = format!(
        "{head}\nkg,W1,B1,F,S,5,a\nkg,,\"B\n\"\"1\"\"\",,S, x ,\"b,c\"\n\nkg,W3,B1\nkg,,B1,F,S,5,d,e,f\n"
    );
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    fs::write(data.join("shipments.csv"), &gb).unwrap();
    fs::write(data.join("removals.csv"), header(Table::Removals) + "\nB1,S,,5,kg,sold\n").unwrap();
    let import = read_dir(&data, &keeping()).unwrap();
    let expected = [
        "2:3 shipment_code ",
        "2:3 from_operator ",
        "3:6 from_operator ",
        "3:6 to_operator ",
        "4:7 shipment_code ",
    ];
    assert_eq!(problems(&import.report.rejected), expected);
    assert!(matches!(write_rejects(&import, &data).unwrap_err(), Error::OverInput { .. }));
    assert_eq!(fs::read(data.join("shipments.csv")).unwrap(), *gb);

    let out = dir.path().join("deep/rejects");
    let paths = write_rejects(&import, &out).unwrap();
    assert_eq!(paths, [out.join("shipments.csv")]);
    let written = fs::read_to_string(&paths[0]).unwrap();
    let expected = format!(
        "{head},,,reject_reason\n\
         kg,,\"B\n\"\"1\"\"\",,S, x ,\"b,c\",,,\"shipment_code: found \"\"\"\", expected a code; \
         from_operator: found \"\"\"\", expected a code\"\n\
         kg,W3,B1,,,,,,,\"from_operator: found \"\"\"\", expected a code (the row is short); \
         to_operator: found \"\"\"\", expected a code (the row is short)\"\n\
         kg,,B1,F,S,5,d,e,f,\"shipment_code: found \"\"\"\", expected a code\"\n"
    );
    assert_eq!(written, expected);
    // The same rows are rejected again, and nothing else is.
    let again = read_dir(&out, &keeping()).unwrap();
    assert_eq!((again.report.rows_rejected(), again.report.rows_repaired()), (3, 0));
}

#[test]
fn compressed_tables_have_compressed_rejects() {
    let dir = tempfile::tempdir().unwrap();
    let text = header(Table::Removals) + "\n,S,,5,kg,sold\n";
    let import = suyuan_csv::Importer::new(&keeping())
        .reader(Table::Removals, "removals.csv", text.as_bytes())
        .unwrap()
        .finish()
        .unwrap();
    let plain = write_rejects(&import, dir.path()).unwrap();
    let bytes = fs::read(&plain[0]).unwrap();
    let mut encoder = flate2::read::GzEncoder::new(bytes.as_slice(), flate2::Compression::fast());
    let packed = dir.path().join("removals.csv.gz");
    std::io::copy(&mut encoder, &mut fs::File::create(&packed).unwrap()).unwrap();
    fs::remove_file(&plain[0]).unwrap();
    let out = dir.path().join("out");
    let import = read_dir(dir.path(), &keeping()).unwrap();
    assert_eq!(write_rejects(&import, &out).unwrap(), [out.join("removals.csv.gz")]);
    assert_eq!(read_dir(&out, &keeping()).unwrap().report.rows_rejected(), 1);
}

#[test]
fn rejects_not_kept_cannot_be_written() {
    let import = read(Table::Removals, header(Table::Removals) + "\n,S,,5,kg,sold\n").unwrap();
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(write_rejects(&import, dir.path()).unwrap_err(), Error::NotKept));
}
