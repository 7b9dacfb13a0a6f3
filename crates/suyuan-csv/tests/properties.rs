//! Any bytes are read without a panic, and what is written is read back.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{dump, header, options, read_with};
use proptest::prelude::*;
use suyuan_core::chain::{ChainBuilder, Table};
use suyuan_core::model::{
    Batch, Operator, Product, Region, Removal, RemovalReason, RiskGrade, Role, Sample, SampleKind,
    Shipment, Source, Stage, TransformationLine, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Span, UtcOffset};
use suyuan_csv::Importer;
use suyuan_csv::schema::{TABLES, columns};

/// Bytes that look like a table: a sound header more often than not, then cells good and bad.
fn table_bytes(table: Table) -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        4 => "[a-z0-9]{0,3}",
        2 => prop::sample::select(vec!["5", "2026-03-01", "kg", "input", "farm", "sold", "pass"])
            .prop_map(str::to_owned),
        1 => "[ \",\r\n\0龙é．１]{0,4}",
    ];
    let cell = prop_oneof![
        20 => cell.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    let row = prop::collection::vec(cell, 0..12).prop_map(|cells| cells.join(&b','));
    let rows = prop::collection::vec((row, prop::sample::select(vec!["\n", "\r\n", "\r"])), 0..20);
    let head = prop_oneof![
        8 => Just(header(table)),
        1 => Just(columns(table).iter().rev().map(|c| c.alias).collect::<Vec<_>>().join(",")),
        1 => "[a-z_,\"\n]{0,40}",
    ];
    (head, rows).prop_map(|(head, rows)| {
        let mut bytes = head.into_bytes();
        bytes.push(b'\n');
        for (row, end) in rows {
            bytes.extend(row);
            bytes.extend(end.as_bytes());
        }
        bytes
    })
}

fn any_table() -> impl Strategy<Value = Table> {
    prop::sample::select(TABLES.to_vec())
}

fn check(table: Table, bytes: &[u8], block: usize) -> Result<(), TestCaseError> {
    let plain = read_with(&options(1, 1 << 20), table, bytes);
    let small = read_with(&options(2, block), table, bytes);
    match (plain, small) {
        (Ok(plain), Ok(small)) => {
            let file = &plain.report.files[0];
            prop_assert_eq!(file.rows, file.imported + file.rejected);
            prop_assert!(file.repaired <= file.imported);
            prop_assert_eq!(file.rejected == 0, plain.report.rejected.is_empty());
            prop_assert_eq!(file.repaired == 0, plain.report.repaired.is_empty());
            prop_assert_eq!(common::dump_import(&plain), common::dump_import(&small));
            plain.chain.verify().map_err(|error| TestCaseError::fail(error.to_string()))?;
        }
        (Err(plain), Err(small)) => prop_assert_eq!(plain.to_string(), small.to_string()),
        (plain, small) => prop_assert!(false, "{:?} and {:?}", plain.err(), small.err()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_read(
        table in any_table(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        block in 1_usize..50,
    ) {
        check(table, &bytes, block)?;
    }

    #[test]
    fn any_table_is_read(
        (table, bytes) in any_table().prop_flat_map(|t| (Just(t), table_bytes(t))),
        block in 1_usize..100,
    ) {
        check(table, &bytes, block)?;
        let name = format!("{table}.csv");
        let once = Importer::new(&options(1, block)).reader(table, &name, bytes.as_slice());
        if let Ok(importer) = once {
            let import = importer.finish().unwrap();
            let file = &import.report.files[0];
            prop_assert_eq!(file.rows, file.imported + file.rejected);
        }
    }
}

/// A code: any text without white space or a byte order mark at its ends.
fn code() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ABC][0-3]",
        1 => "[a-z龙,\"'][ a-zＡé,\"\n\r]{0,5}[a-z０,\"]",
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), code()]
}

/// A time, as written and as meant.
fn time() -> impl Strategy<Value = (String, Span)> {
    let day = (2025..2027, 1..13, 1..29);
    let written = prop_oneof![
        1 => Just(String::new()),
        4 => day.clone().prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}")),
        1 => day.clone().prop_map(|(y, m, _)| format!("{y}年{m}月")),
        1 => (day, 0..24, 0..60)
            .prop_map(|((y, m, d), h, n)| format!("{y}-{m:02}-{d:02}T{h:02}:{n:02}")),
    ];
    written.prop_map(|text| {
        let span = Span::parse(&text, UtcOffset::CHINA).unwrap();
        (text, span)
    })
}

/// A quantity that fits every base unit, and its unit.
fn quantity() -> impl Strategy<Value = Option<(rust_decimal::Decimal, Unit)>> {
    let units = [Unit::Kilogram, Unit::Tonne, Unit::Jin];
    let amount = (1_i64..1_000_000, 0_u32..3, prop::sample::select(units.to_vec()));
    prop::option::of(
        amount.prop_map(|(value, scale, unit)| (rust_decimal::Decimal::new(value, scale), unit)),
    )
}

type Cells = Vec<String>;

fn written(quantity: Option<(rust_decimal::Decimal, Unit)>) -> [String; 2] {
    quantity.map_or_else(Default::default, |(value, unit)| [value.to_string(), unit.to_string()])
}

fn word<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Reads `rows` of a table as CSV, and adds the same records one by one; both chains must say the
/// same.
fn round_trip(
    table: Table,
    rows: &[Cells],
    block: usize,
    add: impl Fn(&mut ChainBuilder, usize, Source),
) -> Result<(), TestCaseError> {
    let mut builder = ChainBuilder::new();
    let name = format!("{table}.csv");
    let file = builder.add_file(&name);
    let mut bytes = Vec::new();
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        1 + text.matches(['\n', '\r']).count() as u32
    };
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        let line = lines(&bytes);
        let mut writer = csv::Writer::from_writer(&mut bytes);
        for cell in cells {
            writer.write_field(cell).unwrap();
        }
        writer.write_record(None::<&[u8]>).unwrap();
        drop(writer);
        line
    };
    write(&mut columns(table).iter().map(|column| column.name));
    for (row, cells) in rows.iter().enumerate() {
        let line = write(&mut cells.iter().map(String::as_str));
        add(&mut builder, row, Source::new(file, line));
    }
    let import = read_with(&options(2, block), table, &bytes).unwrap();
    prop_assert_eq!(import.report.rows_rejected() + import.report.rows_repaired(), 0);
    prop_assert_eq!(import.report.files[0].imported, rows.len() as u64);
    let built = builder.build().unwrap();
    prop_assert_eq!(dump(&import.chain), dump(&built.chain));
    prop_assert_eq!(import.findings, built.findings);
    Ok(())
}

/// The records of a code once each, so that no row is chosen among several.
fn distinct<T>(rows: Vec<T>, code: impl Fn(&T) -> &String) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    rows.into_iter().filter(|row| seen.insert(code(row).clone())).collect()
}

proptest! {
    #[test]
    fn shipments_come_back(
        rows in prop::collection::vec((code(), code(), code(), code(), time(), time(), quantity()), 0..20),
        block in 1_usize..200,
    ) {
        let rows = distinct(rows, |row| &row.0);
        let cells: Vec<Cells> = rows.iter().map(|(code, batch, from, to, shipped, received, q)| {
            let [quantity, unit] = written(*q);
            [code, batch, from, to, &shipped.0, &received.0, &quantity, &unit].map(String::clone).to_vec()
        }).collect();
        round_trip(Table::Shipments, &cells, block, |builder, row, source| {
            let (code, batch, from, to, shipped, received, quantity) = &rows[row];
            builder.add_shipment(&Shipment {
                code: code.into(), batch: batch.into(), from: from.into(), to: to.into(),
                shipped_on: shipped.1, received_on: received.1,
                quantity: quantity.map(|q| q.0), unit: quantity.map(|q| q.1), digest: 0,
                ..Shipment::default()
            }, source).unwrap();
        })?;
    }

    #[test]
    fn batches_come_back(
        rows in prop::collection::vec((code(), code(), code(), time(), time(), quantity(), name(), name()), 0..20),
        block in 1_usize..200,
    ) {
        let rows = distinct(rows, |row| &row.0);
        let cells: Vec<Cells> = rows.iter().map(|(code, product, operator, made, ends, q, origin, certificate)| {
            let [quantity, unit] = written(*q);
            [code, product, operator, &made.0, &ends.0, &quantity, &unit, origin, certificate].map(String::clone).to_vec()
        }).collect();
        round_trip(Table::Batches, &cells, block, |builder, row, source| {
            let (code, product, operator, made, ends, quantity, origin, certificate) = &rows[row];
            builder.add_batch(&Batch {
                code: code.into(), product: product.into(), operator: operator.into(),
                produced_on: made.1, expires_on: ends.1,
                quantity: quantity.map(|q| q.0), unit: quantity.map(|q| q.1),
                origin: origin.into(), certificate: certificate.into(),
            }, source).unwrap();
        })?;
    }

    #[test]
    fn transformations_and_removals_come_back(
        rows in prop::collection::vec(
            (code(), code(), time(), prop::sample::select(Role::ALL), code(), quantity(), name(),
             prop::option::of(prop::sample::select(RemovalReason::ALL))),
            0..20,
        ),
        block in 1_usize..200,
    ) {
        let cells: Vec<Cells> = rows.iter().map(|(code, operator, at, role, batch, q, process, _)| {
            let [quantity, unit] = written(*q);
            [code, operator, &at.0, &role.to_string(), batch, &quantity, &unit, process].map(String::clone).to_vec()
        }).collect();
        round_trip(Table::Transformations, &cells, block, |builder, row, source| {
            let (code, operator, at, role, batch, quantity, process, _) = &rows[row];
            builder.add_transformation_line(&TransformationLine {
                code: code.into(), operator: operator.into(), transformed_on: at.1, role: *role,
                batch: batch.into(), quantity: quantity.map(|q| q.0), unit: quantity.map(|q| q.1),
                process: process.into(),
                ..TransformationLine::default()
            }, source).unwrap();
        })?;
        let cells: Vec<Cells> = rows.iter().map(|(_, operator, at, _, batch, q, _, reason)| {
            let [quantity, unit] = written(*q);
            [batch, operator, &at.0, &quantity, &unit, &word(*reason)].map(String::clone).to_vec()
        }).collect();
        round_trip(Table::Removals, &cells, block, |builder, row, source| {
            let (_, operator, at, _, batch, quantity, _, reason) = &rows[row];
            builder.add_removal(&Removal {
                batch: batch.into(), operator: operator.into(), removed_on: at.1,
                quantity: quantity.map(|q| q.0), unit: quantity.map(|q| q.1), reason: *reason,
                ..Removal::default()
            }, source).unwrap();
        })?;
    }

    #[test]
    fn registries_and_samples_come_back(
        rows in prop::collection::vec(
            (code(), name(), code(), 0_u32..9000, time(), time(), -90_i64..=90, any::<bool>()),
            0..12,
        ),
        block in 1_usize..200,
    ) {
        let rows = distinct(rows, |row| &row.0);
        let stage = |row: usize| Stage::ALL[row % Stage::ALL.len()];
        let grade = |row: usize| RiskGrade::ALL.get(row % 5).copied();
        round_trip(Table::Regions, &rows.iter().map(|row| {
            vec![row.0.clone(), row.1.clone(), String::new(), row.2.clone(), row.3.to_string()]
        }).collect::<Vec<_>>(), block, |builder, at, source| {
            let row = &rows[at];
            builder.add_region(&Region {
                code: (&row.0).into(), name: (&row.1).into(), level: None,
                parent: (&row.2).into(), population: Some(row.3.into()),
            }, source).unwrap();
        })?;
        round_trip(Table::Operators, &rows.iter().enumerate().map(|(at, row)| {
            vec![row.0.clone(), row.1.clone(), stage(at).to_string(), row.2.clone(),
                 word(grade(at)), row.6.to_string(), String::new()]
        }).collect::<Vec<_>>(), block, |builder, at, source| {
            let row = &rows[at];
            builder.add_operator(&Operator {
                code: (&row.0).into(), name: (&row.1).into(), stage: Some(stage(at)),
                region: (&row.2).into(), risk_grade: grade(at),
                latitude: Some(row.6.into()), longitude: None,
            }, source).unwrap();
        })?;
        round_trip(Table::Products, &rows.iter().map(|row| {
            vec![row.0.clone(), row.1.clone(), row.2.clone(), row.3.to_string(),
                 if row.7 { "kg".to_owned() } else { String::new() }, String::new()]
        }).collect::<Vec<_>>(), block, |builder, at, source| {
            let row = &rows[at];
            builder.add_product(&Product {
                code: (&row.0).into(), name: (&row.1).into(), category: (&row.2).into(),
                shelf_life_days: Some(row.3), base_unit: row.7.then_some(Unit::Kilogram),
                pack_quantity: None,
            }, source).unwrap();
        })?;
        round_trip(Table::Samples, &rows.iter().map(|row| {
            vec![row.0.clone(), "supervision".to_owned(), row.2.clone(), row.2.clone(),
                 row.4.0.clone(), row.5.0.clone(), "不合格".to_owned(), row.1.clone(),
                 row.3.to_string(), String::new(), String::new()]
        }).collect::<Vec<_>>(), block, |builder, at, source| {
            let row = &rows[at];
            builder.add_sample(&Sample {
                code: (&row.0).into(), kind: Some(SampleKind::Supervision),
                batch: (&row.2).into(), operator: (&row.2).into(),
                sampled_on: row.4.1, reported_on: row.5.1, verdict: Some(Verdict::Fail),
                test_item: (&row.1).into(), measured: row.3.to_string().into(),
                limit: "".into(), hazard: None,
                ..Sample::default()
            }, source).unwrap();
        })?;
    }
}
