//! Records that went wrong, with the right values: `cases` of the conformance data.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::path::PathBuf;

use suyuan_core::chain::{Finding, FindingCode};
use suyuan_core::recall::{Policy, RecallDocument, RecallSource, recall};
use suyuan_csv::{Import, ReadOptions, read_dir};

fn folder(name: &str) -> Option<PathBuf> {
    let Some(data) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return None;
    };
    Some(PathBuf::from(data).join("cases").join(name))
}

fn import(name: &str) -> Option<Import> {
    Some(read_dir(folder(name)?, &ReadOptions::default()).unwrap())
}

fn document(import: &Import, batch: &str) -> RecallDocument {
    let source = RecallSource::batch(&import.chain, batch).unwrap();
    recall(&import.chain, &source, &Policy::default()).unwrap().document(&import.chain)
}

fn findings(import: &Import, code: FindingCode) -> Vec<&Finding> {
    import.findings.iter().filter(|finding| finding.code == code).collect()
}

/// The near codes of a recall, each with the rows that name it.
fn near(document: &RecallDocument) -> Vec<(String, Vec<String>)> {
    let place = |row: &suyuan_core::recall::WarningPlace| {
        format!("{}:{}", row.file.as_deref().unwrap(), row.line.unwrap())
    };
    let warnings = document.warnings.iter();
    warnings.map(|it| (it.near.clone(), it.rows.iter().map(place).collect())).collect()
}

#[test]
fn look_alike_codes_are_apart_and_a_recall_names_them() {
    for (folder, batch, other) in [
        ("leading-zeros", "00123", "123"),
        ("look-alike-codes/apos", "L-01", "'L-01"),
        ("look-alike-codes/endash", "L-01", "L–01"),
        ("look-alike-codes/eqq", "L-01", "=\"L-01\""),
        ("look-alike-codes/fullwidth", "L-01", "Ｌ－０１"),
        ("look-alike-codes/zwsp", "L-01", "L-01\u{200b}"),
    ] {
        let Some(import) = import(folder) else { return };
        assert_eq!(findings(&import, FindingCode::LookAlikeCodes).len(), 1, "{folder}");
        let place = ["batches.csv:2", "shipments.csv:2"];
        let batch = document(&import, batch);
        assert_eq!(batch.affected.len(), 1, "{folder}");
        assert_eq!(near(&batch), [(other.to_owned(), vec![place[1].to_owned()])], "{folder}");
        let other = document(&import, other);
        assert_eq!(near(&other)[0].1, [place[0].to_owned()], "{folder}");
    }
}

#[test]
fn a_code_that_a_spreadsheet_rounded_is_told() {
    let Some(import) = import("scientific-codes") else { return };
    let rows = ["batches.csv:2", "shipments.csv:2", "shipments.csv:3"];
    let found = near(&document(&import, "6.92E+12"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "6.92E+12");
    assert!(rows.iter().all(|row| found[0].1.iter().any(|place| place == row)), "{found:?}");
}

#[test]
fn names_are_their_operators() {
    let Some(import) = import("names") else { return };
    let source = RecallSource::sample(&import.chain, "S1").unwrap();
    let document =
        recall(&import.chain, &source, &Policy::default()).unwrap().document(&import.chain);
    let operators: Vec<&str> = document.operators.iter().map(|it| &*it.operator).collect();
    assert_eq!(operators, ["DAIRY", "DIST", "SCH1", "SCH2"]);
    assert_eq!(findings(&import, FindingCode::NamedOperator).len(), 4);
    assert_eq!(findings(&import, FindingCode::UnknownOperator).len(), 0);
}

#[test]
fn a_total_is_no_shipment() {
    let Some(import) = import("total-row") else { return };
    let file = import.report.files.iter().find(|file| file.file == "shipments.csv").unwrap();
    assert_eq!((file.rows, file.imported, file.rejected, file.totals), (7, 6, 1, 1));
    assert!(import.chain.find_operator("合计").is_err());
    assert!(import.report.rejected[0].to_string().contains("a total of others"));
}

#[test]
fn separators_are_read_or_named_with_their_line() {
    let Some(all) = folder("separators") else { return };
    let mut folders: Vec<_> = fs::read_dir(all).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        match read_dir(&folder, &ReadOptions::default()) {
            Ok(import) => {
                let file = &import.report.files[0];
                assert!(file.rows > 0 && file.imported == file.rows, "{name}: {file:?}");
                assert!(import.chain.find_batch("B1").is_ok(), "{name}");
            }
            Err(error) => {
                assert_eq!(name, "semiH");
                let said = error.to_string();
                assert!(said.contains("line 2") && said.contains("';'"), "{said}");
            }
        }
    }
}

/// The folder of a case with more files.
fn with(name: &str, files: &[(&str, &str)]) -> Option<Import> {
    let dir = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder(name)?).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    Some(read_dir(dir.path(), &ReadOptions::default()).unwrap())
}

#[test]
fn cartons_and_bottles_add_up_by_a_pack_table_alone() {
    let Some(import) = with("cartons", &[]) else { return };
    let share = |import: &Import| {
        let document = document(import, "A");
        let row = document.affected.iter().find(|row| row.batch == "C").unwrap();
        row.share.to_string()
    };
    // Boxes and bottles cannot be added: the largest share of what went in.
    assert_eq!(share(&import), "1");
    let packs = "product_code,unit,quantity,of_unit\nJUICE,箱,24,瓶\n";
    let import = with("cartons", &[("packs.csv", packs)]).unwrap();
    assert_eq!(share(&import), "0.909091");
}

#[test]
fn a_lot_may_weigh_other_than_its_product_says() {
    let of = |packs: &[(&str, &str)]| {
        let import = with("weight-by-lot", packs)?;
        let shipment = import.chain.shipment_ids().next().unwrap();
        Some(import.chain.shipment(shipment).amount.unwrap().to_decimal().to_string())
    };
    let Some(by_product) = of(&[]) else { return };
    assert_eq!(by_product, "105");
    let packs = "产品编码,批次号,包装单位,数量,折合单位\nRM1,R1,pcs,20.5,公斤\n";
    assert_eq!(of(&[("packs.csv", packs)]).unwrap(), "102.5");
}

/// Rows that several offices reported are one record each.
#[test]
fn merged_offices_give_the_recalls_of_one() {
    let Some(merged) = folder("merged-offices") else { return };
    let dir = tempfile::tempdir().unwrap();
    for file in fs::read_dir(merged).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        let mut reported = format!("{},数据来源\n", lines.next().unwrap());
        let mut seen = std::collections::BTreeMap::new();
        for line in lines {
            let office = seen.entry(line).and_modify(|at| *at += 1).or_insert(1);
            reported.push_str(&format!("{line},office {office}\n"));
        }
        fs::write(dir.path().join(path.file_name().unwrap()), reported).unwrap();
    }
    let merged = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    assert!(!findings(&merged, FindingCode::SameRecord).is_empty());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let bundled = read_dir(root.join("../../fixtures/qingdao"), &ReadOptions::default()).unwrap();
    let mut recalls = 0;
    for id in bundled.chain.sample_ids() {
        let code = bundled.chain.sample(id).code;
        let of = |import: &Import| {
            let source = RecallSource::sample(&import.chain, code).unwrap();
            recall(&import.chain, &source, &Policy::default()).unwrap().document(&import.chain)
        };
        assert_eq!(of(&merged), of(&bundled), "{code}");
        recalls += 1;
    }
    assert!(recalls > 3);
}

#[test]
fn rows_that_name_their_product_keep_lots_of_one_code_apart() {
    let shipments = "shipment_code,batch_code,from_operator,to_operator,shipped_on,received_on,\
                     quantity,unit,product_code\n\
                     W1,X,SUPA,STORE,2026-03-02,2026-03-02,100,L,MILK\n\
                     W2,X,SUPB,CAFE,2026-03-02,2026-03-02,50,kg,PEPPER\n";
    let samples = "sample_code,kind,batch_code,operator_code,sampled_on,verdict,producer_code\n\
                   S1,supervision,X,STORE,2026-03-03,fail,SUPA\n";
    let files = [("shipments.csv", shipments), ("samples.csv", samples)];
    let Some(import) = with("same-code", &files) else { return };
    let source = RecallSource::sample(&import.chain, "S1").unwrap();
    let document =
        recall(&import.chain, &source, &Policy::default()).unwrap().document(&import.chain);
    let operators: Vec<&str> = document.operators.iter().map(|it| &*it.operator).collect();
    assert_eq!(operators, ["STORE", "SUPA"]);
}

#[test]
fn what_is_found_at_a_count_can_be_written() {
    let removals = "batch_code,operator_code,removed_on,quantity,unit,reason\n\
                    L,WH,2026-02-15,20,kg,盘盈\n";
    let Some(import) = with("stock-gain", &[("removals.csv", removals)]) else { return };
    assert_eq!((import.report.rows_rejected(), import.report.rows_repaired()), (0, 0));
    assert!(import.findings.iter().all(|finding| {
        let said = finding.severity != suyuan_core::chain::Severity::Error;
        said || finding.code.as_str().starts_with("unknown_")
    }));
}
