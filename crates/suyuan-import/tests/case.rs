//! The file of an office from the conformance data, to the recall it must give.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use suyuan_core::chain::{ChainBuilder, SupplyChain, Table};
use suyuan_core::recall::{Policy, RecallSource, recall};
use suyuan_csv::{ReadOptions, read_dir};
use suyuan_import::{Profile, REPORT, Reason, Register, Sheet, apply, guess};

fn sheets() -> Option<Vec<Sheet>> {
    let Some(data) = std::env::var_os("SUYUAN_CONFORMANCE_DATA") else {
        println!("skipped: no conformance data");
        return None;
    };
    let folder = Path::new(&data).join("cases").join("milk-export");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files.iter().flat_map(|file| Sheet::read(file).unwrap()).collect())
}

/// Names of the operators that a recall of the batch reaches.
fn reached(chain: &SupplyChain, batch: &str) -> BTreeSet<String> {
    let source = RecallSource::batch(chain, batch).unwrap();
    let scope = recall(chain, &source, &Policy::default()).unwrap();
    scope.document(chain).operators.iter().map(|row| row.name.clone().unwrap_or_default()).collect()
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_ledger_as_an_office_keeps_it_ends_in_the_right_recall() {
    let Some(sheets) = sheets() else { return };
    assert!(sheets[0].form.starts_with("GB18030"), "{}", sheets[0].form);
    // No line of the guessed profile needs an edit for this.
    let draft = guess(&sheets).to_toml();
    println!("{draft}");
    let profile = Profile::parse(&draft).unwrap();
    let imported = apply(&profile, &sheets, &Register::default()).unwrap();
    let report = &imported.report;
    println!("{}", imported.report_csv().unwrap());
    assert_eq!((report.read(), report.used()), (13, 9));
    let of = [Reason::Title, Reason::Header, Reason::Total].map(|reason| report.left_out(reason));
    assert_eq!(of, [2, 1, 1]);
    assert_eq!(report.problems().count(), 0);
    let shipments = imported.records(Table::Shipments).unwrap();
    assert_eq!(shipments.rows.len(), 9);
    println!("{}", imported.csv(Table::Shipments).unwrap());

    let right = names(&[
        "示例乳业有限公司",
        "示例配送中心",
        "第一实验小学食堂",
        "第二小学食堂",
        "第三小学食堂",
        "第四小学食堂",
    ]);
    // In memory, where every record keeps its file and row ...
    let mut builder = ChainBuilder::new();
    imported.add_to(&mut builder).unwrap();
    let built = builder.build().unwrap();
    assert_eq!(reached(&built.chain, "XN20260304"), right);
    let lines: BTreeSet<u32> = built
        .chain
        .shipment_ids()
        .map(|id| built.chain.shipment(id).source)
        .map(|source| {
            assert!(built.chain.file_name(source.file).unwrap().ends_with(".csv"));
            source.line
        })
        .collect();
    assert_eq!(lines, (4..=12).collect());
    // ... and through a folder in the data format.
    let dir = tempfile::tempdir().unwrap();
    imported.write(dir.path()).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    assert_eq!((import.report.rows_rejected(), import.report.rows_repaired()), (0, 0));
    assert_eq!(reached(&import.chain, "XN20260304"), right);
    assert!(dir.path().join(REPORT).is_file());
}

#[test]
fn a_register_gives_the_names_of_the_file_their_codes() {
    let Some(sheets) = sheets() else { return };
    let profile = Profile::parse(&guess(&sheets).to_toml()).unwrap();
    let data = std::env::var_os("SUYUAN_CONFORMANCE_DATA").unwrap();
    let folder = Path::new(&data).join("cases").join("names");
    let known = read_dir(folder, &ReadOptions::default()).unwrap();
    let imported = apply(&profile, &sheets, &Register::of(&known.chain)).unwrap();
    let operators = imported.csv(Table::Operators).unwrap();
    assert!(operators.contains("DAIRY,示例乳业有限公司,processor,370202"), "{operators}");
    assert!(operators.contains("第四小学食堂,第四小学食堂,canteen,未知"), "{operators}");
    let shipments = imported.csv(Table::Shipments).unwrap();
    assert!(shipments.contains("SN260305-01,XN20260304,DAIRY,SCH1,"), "{shipments}");
    assert_eq!(operators.matches("示例乳业有限公司").count(), 1);
}
