//! Rows of text: what cannot be read is unknown, said, and never costs the trail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use suyuan_core::chain::{ChainBuilder, FindingCode, SupplyChain, Table, TextRow};
use suyuan_core::id::FileId;
use suyuan_core::model::{
    Batch, Hazard, RemovalReason, Sample, SampleKind, Shipment, Source, Stage, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::{Minute, Span, UtcOffset};

const CLOCK: UtcOffset = UtcOffset::CHINA;

/// A row of pairs, however many.
struct ArrayRow<'a>(&'a [(&'a str, &'a str)]);

impl TextRow for ArrayRow<'_> {
    fn cell(&self, name: &str) -> Option<&str> {
        self.0.cell(name)
    }
}

/// The columns of each table with a text that can be read, and whether its row needs it.
fn tables() -> Vec<(Table, Vec<(&'static str, &'static str, bool)>)> {
    vec![
        (
            Table::Regions,
            vec![
                ("region_code", "370200", true),
                ("name", "青岛", false),
                ("level", "市", false),
                ("parent_code", "370000", false),
                ("population", "10,250,000", false),
            ],
        ),
        (
            Table::Operators,
            vec![
                ("operator_code", "O", true),
                ("name", "n", false),
                ("stage", "零售", true),
                ("region_code", "370200", true),
                ("risk_grade", "Ｂ", false),
                ("latitude", "36.1", false),
                ("longitude", "120.4", false),
            ],
        ),
        (
            Table::Products,
            vec![
                ("product_code", "P", true),
                ("name", "n", false),
                ("category", "c", false),
                ("shelf_life_days", "7", false),
                ("base_unit", "公斤", false),
                ("pack_quantity", "0.5", false),
            ],
        ),
        (
            Table::Packs,
            vec![
                ("product_code", "P", true),
                ("batch_code", "B", false),
                ("unit", "箱", true),
                ("quantity", "24", true),
                ("of_unit", "瓶", true),
            ],
        ),
        (
            Table::Batches,
            vec![
                ("batch_code", "B", true),
                ("product_code", "P", true),
                ("operator_code", "O", true),
                ("produced_on", "2026年3月1日", false),
                ("expires_on", "2026-03-08", false),
                ("quantity", "1,000.5", false),
                ("unit", "kg", false),
                ("origin", "o", false),
                ("certificate_no", "c", false),
            ],
        ),
        (
            Table::Shipments,
            vec![
                ("shipment_code", "W", true),
                ("batch_code", "B", true),
                ("from_operator", "O", true),
                ("to_operator", "S", true),
                ("shipped_on", "2026/3/1", false),
                ("received_on", "2026-03-01T08:30", false),
                ("quantity", "５", false),
                ("unit", "斤", false),
                ("reporter", "r", false),
            ],
        ),
        (
            Table::Transformations,
            vec![
                ("transformation_code", "T", true),
                ("operator_code", "O", true),
                ("transformed_on", "20260301", false),
                ("role", "投入", true),
                ("batch_code", "B", true),
                ("quantity", "5", false),
                ("unit", "kg", false),
                ("process", "巴氏杀菌", false),
            ],
        ),
        (
            Table::Removals,
            vec![
                ("batch_code", "B", true),
                ("operator_code", "O", true),
                ("removed_on", "2026-03", false),
                ("quantity", "5", false),
                ("unit", "kg", false),
                ("reason", "销毁", false),
            ],
        ),
        (
            Table::Samples,
            vec![
                ("sample_code", "N", true),
                ("kind", "监督抽检", false),
                ("batch_code", "B", true),
                ("operator_code", "O", true),
                ("sampled_on", "2026-03-02", false),
                ("reported_on", "2026-03-09", false),
                ("verdict", "不合格", false),
                ("test_item", "t", false),
                ("measured", "m", false),
                ("limit", "l", false),
                ("hazard", "化学", false),
            ],
        ),
        (Table::Cleanings, vec![("operator_code", "O", true), ("cleaned_on", "2026-03-02", false)]),
    ]
}

/// Columns whose value may be any text.
const FREE: [&str; 14] = [
    "name",
    "parent_code",
    "category",
    "origin",
    "certificate_no",
    "process",
    "test_item",
    "measured",
    "limit",
    "reporter",
    "batch_code",
    "product_code",
    "operator_code",
    "region_code",
];

#[test]
fn what_is_written_well_is_read_from_every_kind_of_row() {
    for (table, columns) in tables() {
        let pairs: Vec<(&str, &str)> =
            columns.iter().map(|(name, text, _)| (*name, *text)).collect();
        let map: BTreeMap<String, String> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let hashed: HashMap<String, String> = map.clone().into_iter().collect();
        let read = |row: &dyn Fn(&mut ChainBuilder)| {
            let mut builder = ChainBuilder::new();
            row(&mut builder);
            let mut bytes = Vec::new();
            builder.build().unwrap().chain.write_snapshot(&mut bytes).unwrap();
            bytes
        };
        let add = |builder: &mut ChainBuilder, row: &dyn TextRow| {
            let unread = builder.add_text(table, row, CLOCK, Source::NONE).unwrap();
            assert!(!unread.rejected && unread.values.is_empty(), "{table}: {unread:?}");
        };
        let first = read(&|builder| add(builder, &ArrayRow(&pairs)));
        assert_eq!(first, read(&|builder| add(builder, &map)), "{table}");
        assert_eq!(first, read(&|builder| add(builder, &hashed)), "{table}");
    }
}

#[test]
fn each_value_that_cannot_be_read_is_unknown_or_rejects_its_row() {
    for (table, columns) in tables() {
        for (at, (column, _, needed)) in columns.iter().enumerate() {
            if FREE.contains(column) || column.ends_with("_code") || column.ends_with("_operator") {
                continue;
            }
            let mut row: Vec<(&str, &str)> =
                columns.iter().map(|(name, text, _)| (*name, *text)).collect();
            row[at].1 = "?!";
            let mut builder = ChainBuilder::new();
            let source = Source::new(builder.add_file("rows.json"), 12);
            let unread = builder.add_text(table, row.as_slice(), CLOCK, source).unwrap();
            assert_eq!(unread.rejected, *needed, "{table} {column}");
            assert_eq!(unread.values.len(), 1, "{table} {column}: {unread:?}");
            assert_eq!((unread.values[0].column, &*unread.values[0].found), (*column, "?!"));
            let code =
                if *needed { FindingCode::RejectedRow } else { FindingCode::UnreadableValue };
            let built = builder.build().unwrap();
            let found: Vec<_> = built.findings.iter().filter(|f| f.code == code).collect();
            assert_eq!(found.len(), 1, "{table} {column}");
            assert_eq!((found[0].records[0].table, found[0].records[0].source), (table, source));
        }
    }
}

#[test]
fn a_row_without_a_code_is_left_out_and_said() {
    for (table, columns) in tables() {
        for (at, (column, _, needed)) in columns.iter().enumerate() {
            let mut row: Vec<(&str, &str)> =
                columns.iter().map(|(name, text, _)| (*name, *text)).collect();
            row[at].1 = " \u{3000}";
            let mut builder = ChainBuilder::new();
            let unread = builder.add_text(table, row.as_slice(), CLOCK, Source::NONE).unwrap();
            assert_eq!(unread.rejected, *needed, "{table} {column}");
            row.remove(at);
            let mut builder = ChainBuilder::new();
            let missing = builder.add_text(table, row.as_slice(), CLOCK, Source::NONE).unwrap();
            assert_eq!(missing, unread, "{table} {column}");
        }
    }
}

#[test]
fn a_bad_quantity_does_not_drop_the_shipment() {
    let row = [
        ("运单号", "W1"),
        ("批次号", "B1"),
        ("供货方编码", "FARM"),
        ("收货方编码", "SHOP"),
        ("数量", "1e3"),
        ("单位", "公斤"),
    ];
    let mut builder = ChainBuilder::new();
    builder.add_text(Table::Shipments, &row, CLOCK, Source::NONE).unwrap();
    let chain = builder.build().unwrap().chain;
    assert!(chain.find_stock("B1", "SHOP").is_ok());
    assert!(!chain.on_hand(chain.find_stock("B1", "SHOP").unwrap()).complete);
}

#[test]
fn a_quantity_may_carry_its_unit() {
    for (quantity, unit, expected, problems) in [
        ("5公斤", "", Some("5"), 0),
        ("5 kg", "kg", Some("5"), 0),
        ("1,200 斤", "", Some("600"), 0),
        ("5公斤", "L", None, 1),
        ("5", "", None, 1),
        ("", "kg", None, 0),
        ("-5公斤", "", None, 1),
    ] {
        let row = [
            ("batch_code", "B"),
            ("operator_code", "O"),
            ("product_code", "P"),
            ("quantity", quantity),
            ("unit", unit),
        ];
        let mut builder = ChainBuilder::new();
        let unread = builder.add_text(Table::Batches, &row, CLOCK, Source::NONE).unwrap();
        assert_eq!(unread.values.len(), problems, "{quantity} {unit}: {unread:?}");
        let chain = builder.build().unwrap().chain;
        let amount = chain.batch(chain.find_batch("B").unwrap()).amount;
        assert_eq!(amount.map(|a| a.to_decimal().to_string()).as_deref(), expected, "{quantity}");
    }
}

#[test]
fn identical_rows_count_once_and_others_do_not() {
    let row = |quantity: &'static str| {
        [
            ("shipment_code", "W"),
            ("batch_code", "B"),
            ("from_operator", "F"),
            ("to_operator", "S"),
            ("quantity", quantity),
            ("unit", "kg"),
        ]
    };
    let count = |rows: &[&'static str]| {
        let mut builder = ChainBuilder::new();
        for quantity in rows {
            builder.add_text(Table::Shipments, &row(quantity), CLOCK, Source::NONE).unwrap();
        }
        builder.build().unwrap().chain.shipment_ids().len()
    };
    assert_eq!((count(&["5", "5"]), count(&["5", "6"]), count(&["5", "5.0"])), (1, 2, 2));
}

/// What is noted of rows goes with them into another builder and into a chain that grows.
#[test]
fn findings_go_with_the_rows() {
    let row = [("batch_code", "B"), ("operator_code", "O"), ("removed_on", "?")];
    let unreadable = |findings: &[suyuan_core::chain::Finding]| {
        let mut found = findings.iter().filter(|f| f.code == FindingCode::UnreadableValue);
        found.next().map(|f| f.records[0].source)
    };
    let mut all = ChainBuilder::new();
    let file = all.add_file("a.json");
    let mut part = all.sibling();
    part.add_text(Table::Removals, &row, CLOCK, Source::new(file, 3)).unwrap();
    all.absorb(part).unwrap();
    let built = all.build().unwrap();
    assert_eq!(unreadable(&built.findings), Some(Source::new(file, 3)));
    let mut day = ChainBuilder::new();
    let own = day.add_file("b.json");
    day.add_text(Table::Removals, &row, CLOCK, Source::new(own, 4)).unwrap();
    let grown = built.chain.append(day).unwrap();
    assert_eq!(unreadable(&grown.findings), Some(Source::new(FileId::new(1), 4)));
}

#[test]
fn json_is_read_from_the_texts_that_files_have() {
    let shipment: Shipment<'_> = serde_json::from_str(
        r#"{"code": "W", "batch": "B", "from": "F", "to": "S", "shipped_on": "2026年3月1日",
            "received_on": null, "quantity": "１,０００.５", "unit": "公斤"}"#,
    )
    .unwrap();
    assert_eq!(shipment.shipped_on, Span::parse("2026-03-01", CLOCK).unwrap());
    assert!(shipment.received_on.is_unknown());
    assert_eq!(shipment.quantity.map(|q| q.to_string()), Some("1000.5".to_owned()));
    assert_eq!(shipment.unit, Some(Unit::Kilogram));
    for (text, quantity) in [("5", "5"), ("5.25", "5.25"), ("\"5.50\"", "5.50"), ("0.1", "0.1")] {
        let batch: Batch<'_> = serde_json::from_str(&format!("{{\"quantity\": {text}}}")).unwrap();
        assert_eq!(batch.quantity.map(|q| q.to_string()).as_deref(), Some(quantity));
    }
    for nothing in ["null", "\"\"", "\" \""] {
        let batch: Batch<'_> =
            serde_json::from_str(&format!("{{\"quantity\": {nothing}}}")).unwrap();
        assert_eq!(batch.quantity, None);
    }
    let sample: Sample<'_> = serde_json::from_str(
        r#"{"kind": "监督抽检", "verdict": "不合格", "hazard": "Ｃhemical", "sampled_on": 20260301}"#,
    )
    .unwrap();
    let words = (sample.kind, sample.verdict, sample.hazard);
    assert_eq!(words, (Some(SampleKind::Supervision), Some(Verdict::Fail), Some(Hazard::Chemical)));
    assert_eq!(sample.sampled_on, Span::parse("2026-03-01", CLOCK).unwrap());
    assert_eq!(serde_json::from_str::<Stage>("\"零售\"").unwrap(), Stage::Retail);
    for bad in [
        r#"{"shipped_on": "2026-13-01"}"#,
        r#"{"shipped_on": {"earliest": "2026-03-02", "latest": "2026-03-01"}}"#,
        r#"{"quantity": "abc"}"#,
        r#"{"quantity": true}"#,
        r#"{"unit": "furlong"}"#,
    ] {
        assert!(serde_json::from_str::<Shipment<'_>>(bad).is_err(), "{bad}");
    }
    let error = serde_json::from_str::<Verdict>("\"maybe\"").unwrap_err().to_string();
    assert!(error.starts_with("expected one of pass, fail, pending, not \"maybe\""), "{error}");
}

proptest! {
    /// Whatever a span is, it comes back from JSON; so does every word.
    #[test]
    fn json_comes_back(a in prop::option::of(-9_000_000..90_000_000_i32), b in 0..9_000_000_i32) {
        let earliest = a.map_or(Minute::UNBOUNDED_PAST, Minute::from_minutes);
        for latest in [
            a.map_or(Minute::from_minutes(b), |a| Minute::from_minutes(a + b)),
            Minute::UNBOUNDED_FUTURE,
        ] {
            let span = Span { earliest, latest };
            let json = serde_json::to_string(&span).unwrap();
            prop_assert_eq!(serde_json::from_str::<Span>(&json).unwrap(), span);
        }
        for reason in RemovalReason::ALL {
            let json = serde_json::to_string(reason).unwrap();
            prop_assert_eq!(serde_json::from_str::<RemovalReason>(&json).unwrap(), *reason);
        }
    }

    /// Any texts at all make a chain that keeps its invariants.
    #[test]
    fn any_texts_make_a_chain(
        rows in prop::collection::vec((0..10_usize, prop::collection::vec(".{0,8}", 16)), 0..12),
    ) {
        let mut builder = ChainBuilder::new();
        for (table, texts) in &rows {
            let (table, columns) = &tables()[*table];
            let row: Vec<(&str, &str)> = columns
                .iter()
                .zip(texts)
                .map(|((name, good, needed), text)| (*name, if *needed { *good } else { &**text }))
                .collect();
            builder.add_text(*table, row.as_slice(), CLOCK, Source::NONE).unwrap();
        }
        let chain: SupplyChain = builder.build().unwrap().chain;
        chain.verify().unwrap();
    }
}
