//! Strict imports, and rejected rows written back out.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;

use common::{header, problems, read_with};
use suyuan_core::chain::Table;
use suyuan_csv::{Error, ReadOptions, read_dir};

fn writing(dir: &Path) -> ReadOptions<'static> {
    let mut options = ReadOptions::default();
    options.rejects = Some(dir.to_owned());
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
    let text = format!("{}\nW,B,F,S,,,9999999999999,kg\n", header(Table::Shipments));
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
    let error = read_dir(&data, &writing(&data)).unwrap_err();
    assert!(matches!(error, Error::OverInput { .. }));
    assert_eq!(fs::read(data.join("shipments.csv")).unwrap(), *gb);

    let out = dir.path().join("deep/rejects");
    let import = read_dir(&data, &writing(&out)).unwrap();
    let expected = [
        "2:3 shipment_code ",
        "2:3 from_operator ",
        "3:6 from_operator ",
        "3:6 to_operator ",
        "4:7 shipment_code ",
    ];
    assert_eq!(problems(&import.report.rejected), expected);
    assert_eq!(import.rejects, [out.join("shipments.csv")]);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    let written = fs::read_to_string(&import.rejects[0]).unwrap();
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
    let again = read_dir(&out, &ReadOptions::default()).unwrap();
    assert_eq!((again.report.rows_rejected(), again.report.rows_repaired()), (3, 0));
}

#[test]
fn compressed_tables_have_compressed_rejects() {
    let dir = tempfile::tempdir().unwrap();
    let text = header(Table::Removals) + "\n,S,,5,kg,sold\n";
    let plain = suyuan_csv::Importer::new(&writing(dir.path()))
        .reader(Table::Removals, "removals.csv", text.as_bytes())
        .unwrap()
        .finish()
        .unwrap()
        .rejects;
    let bytes = fs::read(&plain[0]).unwrap();
    let mut encoder = flate2::read::GzEncoder::new(bytes.as_slice(), flate2::Compression::fast());
    let packed = dir.path().join("removals.csv.gz");
    std::io::copy(&mut encoder, &mut fs::File::create(&packed).unwrap()).unwrap();
    fs::remove_file(&plain[0]).unwrap();
    let out = dir.path().join("out");
    let import = read_dir(dir.path(), &writing(&out)).unwrap();
    assert_eq!(import.rejects, [out.join("removals.csv.gz")]);
    assert_eq!(read_dir(&out, &ReadOptions::default()).unwrap().report.rows_rejected(), 1);
}

/// Details are bounded, counts and rejects are not; whatever the threads and blocks.
#[test]
fn of_many_bad_rows_the_first_are_told_and_all_are_counted_and_written() {
    let dir = tempfile::tempdir().unwrap();
    let rows = ["W,B,F,S,,,x,kg\n", ",,F,S,,,5,kg\n", "W,B,F,S,x,x,x,kg\n", "W,B,F,S,,,5,kg\n"];
    let text = header(Table::Shipments) + "\n" + &rows.concat().repeat(50);
    let mut seen = Vec::new();
    for (threads, block) in [(1, 1 << 20), (1, 40), (3, 100)] {
        let mut options = common::options(threads, block);
        options.rejects = Some(dir.path().to_owned());
        options.max_details = 7;
        let import = read_with(&options, Table::Shipments, &text).unwrap();
        let file = &import.report.files[0];
        assert_eq!((file.rows, file.rejected, file.repaired), (200, 50, 100));
        // Two values a rejected row, one and three a repaired one.
        assert_eq!((import.report.rejected.len(), import.report.repaired.len()), (8, 8));
        assert_eq!(file.unlisted, 100 + 200 - 16);
        let lines: Vec<u32> = import.report.repaired.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 4, 4, 4, 6, 8, 8, 8]);
        let written = fs::read_to_string(&import.rejects[0]).unwrap();
        assert_eq!(written.lines().count(), 51);
        seen.push((import.report.rejected.clone(), written));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

/// A quantity that turns out not to fit late is counted once with what else is wrong in its row.
#[test]
fn a_row_repaired_twice_counts_once() {
    let row = "W,B,F,S,x,,9999999999999,kg\n";
    let text = header(Table::Shipments) + "\n" + &row.repeat(30) + "V,B,F,S,,,9999999999999,kg\n";
    let text = text.replacen("W", "U", 1);
    for once in [false, true] {
        let mut options = ReadOptions::default();
        options.max_details = 5;
        let importer = suyuan_csv::Importer::new(&options);
        let importer = if once {
            importer.reader(Table::Shipments, "s.csv", text.as_bytes())
        } else {
            importer.bytes(Table::Shipments, "s.csv", text.as_bytes())
        };
        let import = importer.unwrap().finish().unwrap();
        let file = &import.report.files[0];
        assert_eq!((file.rows, file.imported, file.rejected), (31, 31, 0));
        assert!(file.repaired == 31 || once, "{}", file.repaired);
    }
}

#[test]
fn an_import_that_fails_leaves_no_rejects_half_written() {
    let dir = tempfile::tempdir().unwrap();
    let text = header(Table::Removals) + "\n,S,,5,kg,sold\n" + &"x".repeat(5000) + "\n";
    let mut options = writing(dir.path());
    options.max_record_bytes = 1000;
    options.block_bytes = 100;
    let read = suyuan_csv::Importer::new(&options).reader(
        Table::Removals,
        "removals.csv",
        text.as_bytes(),
    );
    assert!(matches!(read, Err(Error::RecordTooLong { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
