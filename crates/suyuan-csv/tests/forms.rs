//! Tables as offices keep them: separators, titles, totals, quantities with their units, names
//! where codes belong.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::fs;
use std::io::Write;

use common::{dump, header, options, problems, read, read_with};
use suyuan_core::chain::{FindingCode, Table};
use suyuan_core::recall::{Policy, RecallSource, recall};
use suyuan_csv::{Error, Importer, ReadOptions, read_dir};

const ROWS: &str = "运单号,批次号,供货方编码,收货方编码,发货日期,数量,单位\n\
                    一,\"龙,井\",茶场,茶庄,2026年3月1日,５,公斤\n\
                    二,龙井,茶场,\"茶\n庄\",昨天,5,kg\n";

/// The rows with another separator; a field that holds it is put in quotes.
fn separated(separator: char) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(ROWS.as_bytes());
    let mut writer = csv::WriterBuilder::new().delimiter(separator as u8).from_writer(Vec::new());
    for record in reader.records() {
        writer.write_record(&record.unwrap()).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn every_separator_title_and_encoding_gives_the_same_records() {
    let expected = read(Table::Shipments, ROWS).unwrap();
    let codes = |import: &suyuan_csv::Import| {
        let text = dump(&import.chain);
        // Lines are others behind a title.
        text.split("source")
            .map(|part| part.split_once('}').map_or(part, |it| it.1))
            .collect::<String>()
    };
    for separator in [',', ';', '\t', '|'] {
        for (title, titles) in [
            ("", 0),
            ("sep=,\r\n", 1),
            ("sep=;\n", 1),
            ("2026年3月\"发货\"台账\n填报单位：某局,,\n\n", 2),
        ] {
            let text = title.to_owned() + &separated(separator);
            let gb = encoding_rs::GB18030.encode(&text).0.into_owned();
            let marked = format!("\u{feff}{text}").into_bytes();
            for bytes in [text.clone().into_bytes(), gb, marked] {
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                packed.write_all(&bytes).unwrap();
                let packed = packed.finish().unwrap();
                for (threads, block) in [(1, 1 << 20), (2, 30)] {
                    let options = options(threads, block);
                    let new = || Importer::new(&options);
                    let imports = [
                        new().bytes(Table::Shipments, "shipments.csv", &bytes),
                        new().bytes(Table::Shipments, "shipments.csv.gz", &packed),
                        new().reader(Table::Shipments, "shipments.csv", &*bytes),
                    ];
                    for import in imports {
                        let import = import.unwrap().finish().unwrap();
                        let said = format!("{separator:?} {title:?} {:?}", import.report);
                        assert_eq!(codes(&import), codes(&expected), "{said}");
                        let lines = title.matches('\n').count() as u32;
                        let line = import.report.repaired[0].line;
                        assert_eq!((import.report.repaired.len(), line), (1, 3 + lines), "{said}");
                        let notes = import.report.files[0].notes.len();
                        assert_eq!(notes, titles, "{said}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_separator_that_cannot_be_read_is_named_with_its_line() {
    let error = |text: &str| read(Table::Removals, text).unwrap_err().to_string();
    let head = header(Table::Removals);
    assert_eq!(
        error(&format!("{head}\nB;S;;5;kg;sold\n")),
        "failed to read removals.csv: line 2 is separated by ';', expected ','"
    );
    assert_eq!(
        error("批次号，主体编码，日期，数量，单位，原因\nB，S，，5，kg，sold\n"),
        "failed to read removals.csv: line 1 is separated by \"，\", expected ',', ';', a tab, '|'"
    );
    // Further down it is the row that is told.
    let import =
        read(Table::Removals, format!("{head}\nB,S,,5,kg,sold\nC;S;;5;kg;sold\n")).unwrap();
    assert_eq!(problems(&import.report.rejected), ["2:3 batch_code C;S;;5;kg;sold"]);
    assert_eq!(
        import.report.rejected[0].expected,
        "fields separated by ',', as in the header, not by ';'"
    );
}

#[test]
fn small_tables_have_separators_and_titles_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("shipments.csv"), ROWS).unwrap();
    let aliases = "别名台账;;\n别名编码;主体编码;确认人\n茶庄;T;李\n";
    fs::write(dir.path().join("aliases.csv"), aliases).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    assert!(import.chain.find_stock("龙,井", "T").is_ok());
    fs::write(dir.path().join("aliases.csv"), "别名台账;;\n别名编码;主体编码;确认人\n;T;李\n")
        .unwrap();
    let error = read_dir(dir.path(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Value { line: 3, .. }), "{error}");
}

#[test]
fn a_total_is_no_row_and_no_operator() {
    let text = format!(
        "{}\nW1,B,F,S,2026-03-01,,5,kg\n小计,,,,,,5,kg\nW2,B,F,合计有限公司,,,7,kg\n\
         合计,B,合计,合计,,,12,kg\n",
        header(Table::Shipments)
    );
    for (threads, block) in [(1, 1 << 20), (2, 20)] {
        let import = read_with(&options(threads, block), Table::Shipments, &text).unwrap();
        let file = &import.report.files[0];
        assert_eq!((file.rows, file.imported, file.rejected, file.totals), (4, 2, 2, 2));
        assert_eq!(
            problems(&import.report.rejected),
            ["2:3 shipment_code 小计", "4:5 shipment_code 合计"]
        );
        assert_eq!(import.report.rejected[0].expected, "a code: this row is a total of others");
        assert_eq!(import.chain.shipment_ids().len(), 2);
        assert!(import.chain.find_operator("合计").is_err());
    }
}

#[test]
fn a_quantity_may_carry_its_unit() {
    let read_all =
        |header: &str, rows: &str| read(Table::Removals, format!("{header}\n{rows}")).unwrap();
    let head = header(Table::Removals);
    let amounts = |import: &suyuan_csv::Import| {
        let amount = |id| import.chain.removal(id).amount.map(|amount| amount.millionths());
        let mut amounts: Vec<_> = import.chain.removal_ids().map(amount).collect();
        amounts.sort();
        amounts.into_iter().map(|it| it.map(|it| it / 1000)).collect::<Vec<_>>()
    };
    let rows =
        "B,S1,,5公斤,,sold\nB,S2,,12 吨,吨,sold\nB,S3,,\"１,２００ kg\",KG,sold\nB,S4,,0.5t\n";
    let import = read_all(&head, rows);
    assert_eq!(amounts(&import), [5_000, 500_000, 1_200_000, 12_000_000].map(Some));
    // A row that is short of its reason says so.
    assert_eq!(problems(&import.report.repaired), ["4:5 reason "]);
    let import = read_all(
        &head,
        "B,S1,,5公斤,斤,sold\nB,S2,,5公斤,大筐子,sold\nB,S3,,5公顷,kg,sold\nB,S4,,约5公斤,,sold\n",
    );
    assert_eq!(
        problems(&import.report.repaired),
        [
            "1:2 quantity 5公斤",
            "2:3 unit 大筐子",
            "3:4 quantity 5公顷",
            "4:5 quantity 约5公斤",
            "4:5 unit "
        ]
    );
    assert_eq!(import.report.repaired[0].expected, "a quantity in 斤, as its unit says");
    assert_eq!(amounts(&import), [None, None, None, Some(5_000)]);
    // Without a column of units the first row must carry one.
    let head = "batch_code,operator_code,removed_on,quantity,reason";
    let import = read_all(head, "B,S1,,5公斤,sold\nB,S2,,5,sold\n");
    assert_eq!(problems(&import.report.repaired), ["2:3 unit "]);
    let error = read(Table::Removals, format!("{head}\nB,S1,,5,sold\n")).unwrap_err();
    assert!(matches!(error, Error::MissingColumns { .. }));
}

#[test]
fn a_name_where_a_code_belongs_is_its_operator_when_it_is_the_only_one() {
    let dir = tempfile::tempdir().unwrap();
    let operators = "operator_code,name,stage,region_code\nD,示例配送中心,warehouse,1\n\
                     S1,小学食堂,canteen,1\nS2,小学食堂,canteen,1\n";
    fs::write(dir.path().join("operators.csv"), operators).unwrap();
    let shipments = header(Table::Shipments)
        + "\nW1,X,F,示例配送中心,2026-03-01,,5,kg\nW2,X,D,小学食堂,2026-03-02,,5,kg\n";
    fs::write(dir.path().join("shipments.csv"), shipments).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    assert!(import.chain.find_operator("示例配送中心").is_err());
    assert!(import.chain.find_stock("X", "D").is_ok());
    assert!(import.chain.find_stock("X", "小学食堂").is_ok());
    let said = |code| import.findings.iter().find(|finding| finding.code == code).unwrap();
    assert!(said(FindingCode::NamedOperator).message.contains("示例配送中心"));
    let place = |code: FindingCode| import.chain.place(said(code).records[0].source).unwrap();
    assert_eq!(place(FindingCode::NamedOperator), "shipments.csv:2");
    assert_eq!(place(FindingCode::AmbiguousName), "shipments.csv:3");
    // A recall says whom else the name may mean.
    let source = RecallSource::batch(&import.chain, "X").unwrap();
    let document =
        recall(&import.chain, &source, &Policy::default()).unwrap().document(&import.chain);
    let near: Vec<&str> = document.warnings.iter().map(|it| it.near.as_str()).collect();
    assert_eq!(near, ["S1", "S2"]);
}

#[test]
fn a_pack_row_is_whole_or_rejected() {
    let text = "product_code,batch_code,unit,quantity,of_unit,known_at,withdrawn_at\n\
                P,,箱,24,瓶,2099-01-01,\nP,B,瓶,0.25 L,,,\nP,,箱,,瓶,,\nP,,箱,0,瓶,,\n\
                P,,大箱,24,瓶,,\nP,,箱,24,,,\nP,,箱,12,瓶,,2026-01-01\n";
    let import = read(Table::Packs, text).unwrap();
    let file = &import.report.files[0];
    assert_eq!((file.rows, file.imported, file.rejected, file.not_known), (7, 2, 4, 1));
    assert_eq!(
        problems(&import.report.rejected),
        ["3:4 quantity ", "4:5 quantity 0", "5:6 unit 大箱", "6:7 of_unit "]
    );
}

/// Who reports a row is no part of it, and no thread decides what is kept of it.
#[test]
fn reporters_are_read_whatever_the_threads() {
    let mut text = header(Table::Shipments) + ",product_code,reporter\n";
    for row in 0..300 {
        text.push_str(&format!("W{0},B,F,S,2026-03-01,,5,kg,P{0},office {1}\n", row / 3, row % 3));
    }
    let snapshot = |threads, block| {
        let import = read_with(&options(threads, block), Table::Shipments, &text).unwrap();
        assert_eq!(import.chain.shipment_ids().len(), 100);
        let mut bytes = Vec::new();
        import.chain.write_snapshot(&mut bytes).unwrap();
        bytes
    };
    let one = snapshot(1, 1 << 20);
    assert!(one == snapshot(2, 100) && one == snapshot(3, 1000));
}

/// A code with several lots takes product and producer to name a stock, and look-alike codes are
/// written with the result.
#[test]
fn results_name_lots_and_look_alike_codes() {
    let dir = tempfile::tempdir().unwrap();
    let batches =
        "batch_code,product_code,operator_code,quantity,unit\nX,MILK,A,5,L\nX,SALT,B,5,kg\n";
    fs::write(dir.path().join("batches.csv"), batches).unwrap();
    let shipments = header(Table::Shipments)
        + "\nW1,X,A,S,2026-03-01,,5,L\nW2,x,A,T,2026-03-01,,5,L\nW3,Y,A,T,2026-03-01,,5,L\n";
    fs::write(dir.path().join("shipments.csv"), shipments).unwrap();
    let import = read_dir(dir.path(), &ReadOptions::default()).unwrap();
    let write = |batch| {
        let source = RecallSource::batch(&import.chain, batch).unwrap();
        let scope = recall(&import.chain, &source, &Policy::default()).unwrap();
        let out = tempfile::tempdir().unwrap();
        suyuan_csv::write_recall(&scope.document(&import.chain), out.path()).unwrap();
        ["sources.csv", "warnings.csv"].map(|it| fs::read_to_string(out.path().join(it)).unwrap())
    };
    let [sources, warnings] = write("X");
    assert_eq!(
        sources,
        "batch,product,producer,operator,since\nX,MILK,A,A,\nX,SALT,B,B,\nX,MILK,A,S,2026-03-01T00:00\n"
    );
    assert_eq!(
        warnings,
        "table,code,near,why,alike,named,rows\nbatches,X,x,spelling,1,1,shipments.csv:3\n"
    );
    let [sources, warnings] = write("Y");
    assert_eq!(sources, "batch,operator,since\nY,A,\nY,T,2026-03-01T00:00\n");
    assert_eq!(warnings.lines().count(), 1);
}
