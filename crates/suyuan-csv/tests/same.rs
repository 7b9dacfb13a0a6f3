//! What the result must not depend on, and which of several rows is kept.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{dump, dump_import, header, options, read, read_with};
use suyuan_core::chain::Table;
use suyuan_csv::{Error, Importer, Progress, ReadOptions};

/// A table of waybills with something wrong in every few rows.
fn shipments(rows: usize) -> String {
    let mut text = header(Table::Shipments);
    for row in 0..rows {
        let quantity = match row % 7 {
            0 => "5.00000001",
            1 => "\"1,000.25\"",
            2 => "five",
            _ => "12.5",
        };
        let from = if row % 11 == 0 { "" } else { "\"F\n龙\"" };
        let end = ["\n", "\r\n", "\r", "\n\n"][row % 4];
        text.push_str(end);
        text.push_str(&format!(
            "W{row},B{},{from},S{},2026-03-01,,{quantity},kg",
            row % 5,
            row % 13
        ));
    }
    text
}

#[test]
fn threads_and_block_sizes_change_nothing() {
    let text = shipments(600);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    for bytes in [text.as_bytes(), &*gb] {
        let read = |threads, block| {
            let mut options = options(threads, block);
            let dir = tempfile::tempdir().unwrap();
            options.rejects = Some(dir.path().to_owned());
            let import = read_with(&options, Table::Shipments, bytes).unwrap();
            dump_import(&import) + &std::fs::read_to_string(&import.rejects[0]).unwrap()
        };
        let one = read(1, 1 << 20);
        for (threads, block) in [(1, 1), (1, 64), (2, 100), (2, 4096), (5, 1000), (3, 1 << 20)] {
            assert!(read(threads, block) == one, "{threads} threads, blocks of {block}");
        }
    }
    let import = read(Table::Shipments, &text).unwrap();
    let file = &import.report.files[0];
    assert_eq!((file.rows, file.rejected), (600, 55));
    // Of each 77 rows 22 are repaired, but for the 2 of them that are rejected.
    let repaired = (0..600).filter(|row| row % 11 != 0 && matches!(row % 7, 0 | 2)).count();
    assert_eq!(file.repaired, repaired as u64);
}

#[test]
fn the_first_error_of_a_file_is_the_one_given() {
    let long = "x".repeat(200);
    let text = format!("{}\nW,{long},F,S,,,5,kg\n", shipments(50)).repeat(2);
    let line = 1 + shipments(50).replace("\r\n", "\n").matches(['\n', '\r']).count();
    for (threads, block) in [(1, 1), (1, 1 << 20), (3, 64), (3, 300), (2, 1 << 20)] {
        let mut options = options(threads, block);
        options.max_record_bytes = 100;
        match read_with(&options, Table::Shipments, &text).unwrap_err() {
            Error::RecordTooLong { line: found, limit: 100, .. } => {
                assert_eq!(found as usize, line + 1);
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_order_of_columns_and_rows_changes_no_record() {
    let a = "shipment_code,batch_code,from_operator,to_operator,quantity,unit\n\
             W1,B1,F,S,5,kg\nW2,B1,F,S,6,kg\nW1,B1,F,S,5,kg\n";
    let b = "数量,收货方编码,供货方编码,批次号,运单号,单位\n\
             6,S,F,B1,W2,kg\n5,S,F,B1,W1, kg\n5,S,F,B1,W1,kg\n";
    let [a, b] = [a, b].map(|text| read(Table::Shipments, text).unwrap());
    let codes = |import: &suyuan_csv::Import| {
        import.findings.iter().map(|f| (f.code, f.message.clone())).collect::<Vec<_>>()
    };
    assert_eq!(codes(&a), codes(&b));
    // The same row twice is one shipment, and both rows count as imported.
    assert_eq!(a.chain.shipment_ids().len(), 2);
    assert_eq!(a.report.files[0].imported, 3);
    let lines = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    assert_eq!(lines(&dump(&a.chain)), lines(&dump(&b.chain)));
}

#[test]
fn of_rows_that_differ_the_first_by_text_is_kept() {
    // By value 9 kg comes before 10 kg; by text "10" comes before "9".
    let rows = ["B,P,F,,,9,kg,,", "B,P,F,,,10,kg,,", "C,P,F,,,1,kg,,", "B,P,F,,,9,kg,,"];
    let file = |order: [usize; 4], end: &str| {
        let rows: Vec<_> = order.iter().map(|row| rows[*row]).collect();
        format!("{}{end}{}", header(Table::Batches), rows.join(end))
    };
    for order in [[0, 1, 2, 3], [1, 0, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]] {
        for end in ["\n", "\r", "\n\r\n"] {
            for (threads, block) in [(1, 1 << 20), (2, 30)] {
                let options = options(threads, block);
                let import = read_with(&options, Table::Batches, file(order, end)).unwrap();
                let batch = import.chain.batch(import.chain.find_batch("B").unwrap());
                assert_eq!(batch.amount.unwrap().to_decimal().to_string(), "10");
                let codes: Vec<_> = import.findings.iter().map(|f| f.code.as_str()).collect();
                assert!(codes.contains(&"duplicate_different"), "{codes:?}");
            }
        }
    }
}

#[test]
fn the_first_by_text_is_found_across_files_and_columns() {
    // The order of the page counts, not that of the file's columns.
    let a = "name,product_code,base_unit\nz,P,kg\n";
    let b = "base_unit,name,product_code\nL, a ,P\n";
    for (first, second) in [(a, b), (b, a)] {
        let import = Importer::new(&ReadOptions::default())
            .bytes(Table::Products, "old.csv", first.as_bytes())
            .unwrap()
            .bytes(Table::Products, "new.csv", second.as_bytes())
            .unwrap()
            .finish()
            .unwrap();
        let product = import.chain.product_ids().next().unwrap();
        assert_eq!(import.chain.product(product).name, "a");
    }
}

#[test]
fn progress_is_told_and_ends_at_the_whole_file() {
    let text = shipments(300);
    let seen = std::sync::Mutex::new(Vec::new());
    let note = |progress: Progress<'_>| {
        assert_eq!((progress.file, progress.total), ("shipments.csv", Some(text.len() as u64)));
        seen.lock().unwrap().push((progress.bytes, progress.rows));
    };
    let mut options = options(2, 1000);
    options.progress = Some(&note);
    read_with(&options, Table::Shipments, &text).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() > 5 && seen.is_sorted());
    assert_eq!(seen.last(), Some(&(text.len() as u64, 300)));
}
