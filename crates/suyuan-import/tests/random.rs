//! Whatever stands in a file: nothing panics, and every row is accounted for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use suyuan_csv::schema::TABLES;
use suyuan_csv::{Importer, ReadOptions};
use suyuan_import::{Error, Outcome, Profile, Reason, Register, Row, Sheet, apply, guess};

/// Cells as ledgers have them, and any others.
fn cell() -> impl Strategy<Value = String> {
    const WORDS: [&str; 44] = [
        "",
        "",
        "",
        "送货单号",
        "批号",
        "供货单位",
        "收货单位",
        "品名",
        "规格",
        "数量",
        "单位",
        "送货日期",
        "生产日期",
        "生产企业",
        "抽样单号",
        "检验结论",
        "加工单号",
        "角色",
        "区划代码",
        "主体编码",
        "合计",
        "小计：5",
        "备注",
        "制表人：张",
        "12吨",
        "1,200盒",
        "5 公斤",
        "箱",
        "3/4",
        "2026年3月4日",
        "46085",
        "2026/3/5 24:00",
        "上午8:30",
        "13/02/2026",
        "不符合",
        "投料",
        "甲",
        "乙食堂",
        "A1",
        "=\"007\"",
        "数量（箱）",
        "单位：吨",
        "发货",
        "时间",
    ];
    prop_oneof![9 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn sheet() -> impl Strategy<Value = Sheet> {
    let rows = proptest::collection::vec(proptest::collection::vec(cell(), 0..9), 0..14);
    rows.prop_map(|rows| {
        let rows = (1..).zip(rows).map(|(number, cells)| Row::new(number, cells)).collect();
        Sheet::new("any.csv", "", rows)
    })
}

/// A header that makes shipments, so that most rows are read as such.
fn ledger() -> impl Strategy<Value = Sheet> {
    const HEADER: [&str; 7] =
        ["送货单号", "批号", "供货单位", "收货单位", "送货日期", "数量", "品名"];
    let rows = proptest::collection::vec(proptest::collection::vec(cell(), 0..9), 0..14);
    rows.prop_map(|rows| {
        let mut all = vec![Row::new(1, ["台账2026年"]), Row::new(2, HEADER)];
        all.extend((3..).zip(rows).map(|(number, cells)| Row::new(number, cells)));
        Sheet::new("ledger.csv", "", all)
    })
}

fn check(sheet: Sheet) {
    let draft = guess(std::slice::from_ref(&sheet));
    let profile = match Profile::parse(&draft.to_toml()) {
        Ok(profile) => profile,
        // What only a person can say is missing.
        Err(Error::Missing { .. }) => return,
        Err(error) => panic!("{error}: {}", draft.to_toml()),
    };
    assert_eq!(profile, draft.profile, "{}", draft.to_toml());
    assert_eq!(Profile::parse(&profile.to_toml()).unwrap(), profile);
    let imported = apply(&profile, std::slice::from_ref(&sheet), &Register::default()).unwrap();
    let rows = &imported.report.sheets[0].rows;
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    let written: Vec<u32> = sheet.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, written);
    for (row, read) in rows.iter().zip(&sheet.rows) {
        // A naive look at the row: blank rows and no others are blank.
        let shows = read.cells.iter().any(|cell| !suyuan_core::text::is_blank(&cell.1));
        assert_eq!(row.outcome == Outcome::LeftOut(Reason::Blank), !shows, "{read:?}");
        match &row.outcome {
            Outcome::Used(records) => {
                assert!(!records.is_empty());
                for (table, at) in records {
                    assert!(imported.records(*table).unwrap().rows.get(*at).is_some());
                }
            }
            Outcome::LeftOut(Reason::Unreadable) => assert!(!row.problems.is_empty()),
            _ => assert!(row.problems.is_empty()),
        }
    }
    // What is written is read back whole: no row of it is rejected or repaired.
    let csv: Vec<(suyuan_core::chain::Table, String)> =
        TABLES.into_iter().map(|table| (table, imported.csv(table).unwrap())).collect();
    let mut importer = Importer::new(&ReadOptions::default());
    for (table, text) in csv.iter().filter(|table| !table.1.is_empty()) {
        importer = importer.bytes(*table, table.as_str(), text.as_bytes()).unwrap();
    }
    let import = importer.finish().unwrap();
    assert!(import.report.rejected.is_empty(), "{:?} {csv:?}", import.report.rejected);
    assert!(import.report.repaired.is_empty(), "{:?} {csv:?}", import.report.repaired);
    let mut builder = suyuan_core::chain::ChainBuilder::new();
    imported.add_to(&mut builder).unwrap();
    builder.build().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_any_sheet_is_accounted_for(sheet in sheet()) {
        check(sheet);
    }

    #[test]
    fn every_row_of_a_ledger_is_accounted_for(sheet in ledger()) {
        check(sheet);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(sheets) = Sheet::read_bytes("x", &bytes) {
            for sheet in sheets {
                check(sheet);
            }
        }
    }

    #[test]
    fn text_is_split_as_another_reader_splits_it(
        rows in proptest::collection::vec(proptest::collection::vec("[a-c\" \n送货]{0,6}", 2..5), 1..9),
        separator in proptest::sample::select(&[b',', b';', b'\t', b'|'][..]),
    ) {
        let mut out = csv::WriterBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &rows {
            out.write_record(row).unwrap();
        }
        let said = format!("sep={}\n", char::from(separator)).into_bytes();
        let bytes = [said, out.into_inner().unwrap()].concat();
        let sheets = Sheet::read_bytes("x.csv", &bytes).unwrap();
        let read: Vec<Vec<(u32, String)>> = sheets[0].rows.iter().map(|row| row.cells.clone()).collect();
        let right: Vec<Vec<(u32, String)>> = rows
            .into_iter()
            .map(|row| (0..).zip(row).filter(|cell| !cell.1.is_empty()).collect())
            .collect();
        prop_assert_eq!(read, right);
    }
}
