//! What records are refused, and that nothing of a refused one stays behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use suyuan_core::Error;
use suyuan_core::chain::history::{History, Record};
use suyuan_core::chain::{ChainBuilder, SupplyChain, Table};
use suyuan_core::model::{
    Batch, Cleaning, Operator, Product, Region, Removal, Sample, Shipment, Source, Text,
    TransformationLine,
};
use suyuan_core::time::{Minute, Span};

/// A record of each table whose codes are `code`.
fn records(code: &'static str) -> Vec<Record> {
    let text = || Text::Borrowed(code);
    vec![
        Record::Region(Region { code: text(), ..Region::default() }),
        Record::Operator(Operator { code: text(), ..Operator::default() }),
        Record::Product(Product { code: text(), ..Product::default() }),
        Record::Batch(Batch { code: text(), operator: text(), ..Batch::default() }),
        Record::Shipment(Shipment {
            code: text(),
            batch: text(),
            from: text(),
            to: "TO".into(),
            ..Shipment::default()
        }),
        Record::Line(TransformationLine {
            code: text(),
            operator: text(),
            batch: text(),
            ..TransformationLine::default()
        }),
        Record::Removal(Removal { batch: text(), operator: text(), ..Removal::default() }),
        Record::Sample(Sample {
            code: text(),
            batch: text(),
            operator: text(),
            ..Sample::default()
        }),
        Record::Cleaning(Cleaning { operator: text(), cleaned_on: Span::UNKNOWN }),
    ]
}

fn add(builder: &mut ChainBuilder, record: &Record) -> Result<(), Error> {
    match record {
        Record::Region(row) => builder.add_region(row, Source::NONE),
        Record::Operator(row) => builder.add_operator(row, Source::NONE),
        Record::Product(row) => builder.add_product(row, Source::NONE),
        Record::Batch(row) => builder.add_batch(row, Source::NONE),
        Record::Shipment(row) => builder.add_shipment(row, Source::NONE),
        Record::Line(row) => builder.add_transformation_line(row, Source::NONE),
        Record::Removal(row) => builder.add_removal(row, Source::NONE),
        Record::Sample(row) => builder.add_sample(row, Source::NONE),
        Record::Cleaning(row) => builder.add_cleaning(row),
        other => panic!("{other:?}"),
    }
}

/// The same record with one code after another blanked, with the names of table and field.
fn blanked(record: &Record, blank: &'static str) -> Vec<(Table, &'static str, Record)> {
    macro_rules! fields {
        ($row:expr, $kind:ident, $table:ident, $($field:ident)*) => {
            vec![$({
                let mut row = $row.clone();
                row.$field = blank.into();
                (Table::$table, stringify!($field), Record::$kind(row))
            }),*]
        };
    }
    match record {
        Record::Region(row) => fields!(row, Region, Regions, code),
        Record::Operator(row) => fields!(row, Operator, Operators, code),
        Record::Product(row) => fields!(row, Product, Products, code),
        Record::Batch(row) => fields!(row, Batch, Batches, code operator),
        Record::Shipment(row) => fields!(row, Shipment, Shipments, code batch from to),
        Record::Line(row) => fields!(row, Line, Transformations, code operator batch),
        Record::Removal(row) => fields!(row, Removal, Removals, batch operator),
        Record::Sample(row) => fields!(row, Sample, Samples, code batch operator),
        Record::Cleaning(row) => fields!(row, Cleaning, Cleanings, operator),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_blank_code_is_an_error_that_names_table_and_field() {
    let mut tried = 0;
    for blank in ["", "  ", "\u{3000}", "\u{200b}\u{feff}", "\0"] {
        for (table, field, record) in records("X").iter().flat_map(|row| blanked(row, blank)) {
            let expected = Error::EmptyCode { table, field };
            let mut builder = ChainBuilder::new();
            assert_eq!(add(&mut builder, &record), Err(expected.clone()), "{record:?}");
            let mut history = History::new();
            let added = history.add(record, Source::NONE, Minute::UNBOUNDED_PAST);
            assert_eq!(added.unwrap_err(), expected);
            // Nothing of it stays: neither a row nor a code.
            let chain = builder.build().unwrap().chain;
            let counts = [chain.stock_count(), chain.batch_ids().len(), chain.operator_ids().len()];
            assert_eq!(counts, [0; 3]);
            tried += 1;
        }
    }
    assert_eq!(tried, 5 * 18);
}

#[test]
fn shipments_by_default_do_not_join_unrelated_goods() {
    let mut builder = ChainBuilder::new();
    let refused = builder.add_shipment(&Shipment::default(), Source::NONE);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "failed to add to shipments: the code \"code\" is empty"
    );
}

#[test]
fn batches_without_a_product_share_none() {
    let mut builder = ChainBuilder::new();
    for code in ["B1", "B2"] {
        let batch = Batch { code: code.into(), operator: "F".into(), ..Batch::default() };
        builder.add_batch(&batch, Source::NONE).unwrap();
    }
    let built = builder.build().unwrap();
    assert_eq!(built.chain.product_ids().len(), 0);
    let batches = built.chain.batch_ids().map(|id| built.chain.batch(id).product);
    assert!(batches.into_iter().all(|product| product.is_none()));
    assert!(built.findings.iter().all(|finding| finding.code.as_str() != "unknown_product"));
    built.chain.verify().unwrap();
    // Growth says the same.
    let mut day = ChainBuilder::new();
    let batch = Batch { code: "B3".into(), operator: "F".into(), ..Batch::default() };
    day.add_batch(&batch, Source::NONE).unwrap();
    let grown = built.chain.append(day).unwrap();
    assert_eq!(grown.chain.product_ids().len(), 0);
    grown.chain.verify().unwrap();
}

fn minute() -> impl Strategy<Value = Minute> {
    prop_oneof![
        Just(Minute::UNBOUNDED_PAST),
        Just(Minute::UNBOUNDED_FUTURE),
        (0..3).prop_map(Minute::from_minutes),
        any::<i32>().prop_map(Minute::from_minutes),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    (minute(), minute()).prop_map(|(earliest, latest)| Span { earliest, latest })
}

proptest! {
    /// What the door lets in makes a chain that keeps its invariants and whose snapshot opens.
    #[test]
    fn times_are_intervals_or_are_refused(
        spans in prop::collection::vec((span(), span(), 0..3_usize, 0..3_usize), 1..8),
    ) {
        let names = ["A", "B", "C"];
        let mut builder = ChainBuilder::new();
        for (one, other, from, to) in spans {
            let sound = |span: Span| span.earliest <= span.latest
                && span.earliest < Minute::UNBOUNDED_FUTURE
                && span.latest > Minute::UNBOUNDED_PAST;
            let mut let_in = |record: Record, expected: bool| {
                let added = add(&mut builder, &record);
                assert_eq!(added.is_ok(), expected, "{record:?}");
                assert!(matches!(added, Ok(()) | Err(Error::NoInterval { .. })));
            };
            let (code, batch) = (Text::Borrowed("W"), Text::Borrowed(names[from]));
            let operator = Text::Borrowed(names[to]);
            let both = sound(one) && sound(other);
            let_in(Record::Shipment(Shipment {
                code: code.clone(), batch: batch.clone(), from: batch.clone(), to: operator.clone(),
                shipped_on: one, received_on: other, ..Shipment::default()
            }), both);
            let_in(Record::Batch(Batch {
                code: batch.clone(), operator: operator.clone(),
                produced_on: one, expires_on: other, ..Batch::default()
            }), both);
            let_in(Record::Sample(Sample {
                code: code.clone(), batch: batch.clone(), operator: operator.clone(),
                sampled_on: one, reported_on: other, ..Sample::default()
            }), both);
            let_in(Record::Line(TransformationLine {
                code, batch: batch.clone(), operator: operator.clone(),
                transformed_on: one, ..TransformationLine::default()
            }), sound(one));
            let_in(Record::Removal(Removal {
                batch, operator: operator.clone(), removed_on: one, ..Removal::default()
            }), sound(one));
            let_in(Record::Cleaning(Cleaning { operator, cleaned_on: one }), sound(one));
        }
        let chain = builder.build().unwrap().chain;
        chain.verify().unwrap();
        let mut bytes = Vec::new();
        chain.write_snapshot(&mut bytes).unwrap();
        SupplyChain::read_snapshot(&bytes).unwrap().verify().unwrap();
    }
}
