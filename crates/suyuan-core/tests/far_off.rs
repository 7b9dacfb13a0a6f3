//! Events that lie apart from the other records of their lot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use suyuan_core::chain::{Built, ChainBuilder, Finding, FindingCode};
use suyuan_core::id::FileId;
use suyuan_core::model::{
    Batch, Product, Removal, Role, Sample, Shipment, Source, TransformationLine,
};
use suyuan_core::time::{DAY, Minute, Span, UtcOffset};

fn span(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

fn far_off(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.code == FindingCode::DateFarOff).collect()
}

/// The lines of the rows that are found, in order.
fn lines(findings: &[Finding]) -> Vec<u32> {
    let records = far_off(findings).into_iter().flat_map(|finding| &finding.records);
    let mut lines: Vec<u32> = records.map(|record| record.source.line).collect();
    lines.sort_unstable();
    lines
}

fn shipment(builder: &mut ChainBuilder, line: u32, ends: [&str; 2], days: [&str; 2]) {
    let row = Shipment {
        code: format!("W{line}").into(),
        batch: "B".into(),
        from: ends[0].to_owned().into(),
        to: ends[1].to_owned().into(),
        shipped_on: span(days[0]),
        received_on: span(days[1]),
        ..Shipment::default()
    };
    builder.add_shipment(&row, Source::new(FileId::new(0), line)).unwrap();
}

fn base(shelf_life_days: Option<u32>) -> ChainBuilder {
    let mut builder = ChainBuilder::new();
    builder.add_file("rows.csv");
    let product = Product { code: "P".into(), shelf_life_days, ..Product::default() };
    builder.add_product(&product, Source::NONE).unwrap();
    let batch = Batch {
        code: "B".into(),
        product: "P".into(),
        operator: "FARM".into(),
        produced_on: span("2026-03-01"),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::new(FileId::new(0), 1)).unwrap();
    shipment(&mut builder, 2, ["FARM", "SHOP"], ["2026-03-02", "2026-03-03"]);
    builder
}

#[test]
fn a_year_mistyped_is_found_with_its_row() {
    for (days, expected) in [
        (["2062-03-04", "2062-03-05"], vec![3]),
        (["2016-03-04", "2016-03-05"], vec![3]),
        (["2062-03-04", ""], vec![3]),
        (["", "2062-03-04"], vec![3]),
        (["2026-03-04", "2026-03-05"], vec![]),
        (["2026-12", "2026-12"], vec![]),
        (["", ""], vec![]),
    ] {
        let mut builder = base(None);
        shipment(&mut builder, 3, ["SHOP", "CANTEEN"], days);
        let built = builder.build().unwrap();
        assert_eq!(lines(&built.findings), expected, "{days:?}");
    }
    let mut builder = base(None);
    shipment(&mut builder, 3, ["SHOP", "CANTEEN"], ["2062-03-04", "2062-03-05"]);
    let built = builder.build().unwrap();
    assert_eq!(
        far_off(&built.findings)[0].message,
        "shipments W3: at 2062-03-04T00:00, more than 366 days after the other records of batch \
         B, which lie from 2026-03-01T00:00 to 2026-03-03T23:59"
    );
}

#[test]
fn the_shelf_life_decides_where_it_is_known() {
    for (shelf_life, expected) in [(Some(10), vec![3]), (Some(30), vec![]), (None, vec![])] {
        let mut builder = base(shelf_life);
        shipment(&mut builder, 3, ["SHOP", "CANTEEN"], ["2026-03-20", "2026-03-20"]);
        assert_eq!(lines(&builder.build().unwrap().findings), expected, "{shelf_life:?}");
    }
}

/// Rows of every table, each mistyped in turn.
#[test]
fn every_table_is_looked_at_and_growth_too() {
    let add = |builder: &mut ChainBuilder, table: usize, day: &str| {
        let source = Source::new(FileId::new(0), 7);
        match table {
            0 => {
                let row = Removal {
                    batch: "B".into(),
                    operator: "SHOP".into(),
                    removed_on: span(day),
                    ..Removal::default()
                };
                builder.add_removal(&row, source)
            }
            1 => {
                let row = Sample {
                    code: "S".into(),
                    batch: "B".into(),
                    operator: "SHOP".into(),
                    sampled_on: span(day),
                    ..Sample::default()
                };
                builder.add_sample(&row, source)
            }
            _ => {
                let role = if table == 2 { Role::Input } else { Role::Output };
                let row = TransformationLine {
                    code: "T".into(),
                    batch: "B".into(),
                    operator: "SHOP".into(),
                    role,
                    transformed_on: span(day),
                    ..TransformationLine::default()
                };
                builder.add_transformation_line(&row, source)
            }
        }
        .unwrap();
    };
    for table in 0..4 {
        for (day, expected) in [("2062-03-04", vec![7]), ("2026-03-04", vec![])] {
            let mut builder = base(None);
            add(&mut builder, table, day);
            let Built { chain, findings, .. } = builder.build().unwrap();
            assert_eq!(lines(&findings), expected, "{table} {day}");
            drop(chain);
            let year = base(None).build().unwrap().chain;
            let mut later = ChainBuilder::new();
            later.add_file("day.csv");
            add(&mut later, table, day);
            let grown = year.append(later).unwrap();
            assert_eq!(lines(&grown.findings), expected, "grown {table} {day}");
        }
    }
}

#[test]
fn growth_knows_the_samples_there_are() {
    let mut builder = base(None);
    let sample = Sample {
        code: "S".into(),
        batch: "B".into(),
        operator: "SHOP".into(),
        sampled_on: span("2026-12-01"),
        ..Sample::default()
    };
    builder.add_sample(&sample, Source::NONE).unwrap();
    let chain = builder.build().unwrap().chain;
    let mut day = ChainBuilder::new();
    // Eleven months after the sample, twenty after all else.
    shipment(&mut day, 9, ["SHOP", "CANTEEN"], ["2027-11-01", "2027-11-01"]);
    assert_eq!(lines(&chain.append(day).unwrap().findings), Vec::<u32>::new());
}

proptest! {
    /// The definition as written: for each row, the span of all other rows.
    #[test]
    fn what_is_found_is_what_the_definition_says(
        rows in prop::collection::vec(((0..40_i32), (0..5_i32), any::<bool>(), any::<bool>()), 1..12),
        shelf_life in prop::option::of(1..40_u32),
    ) {
        let mut builder = ChainBuilder::new();
        builder.add_file("rows.csv");
        let product = Product { code: "P".into(), shelf_life_days: shelf_life, ..Product::default() };
        builder.add_product(&product, Source::NONE).unwrap();
        // Three weeks a step, so that a year is within reach.
        let unit = 21 * DAY;
        let spans: Vec<Span> = rows
            .iter()
            .map(|(start, length, from, to)| Span {
                earliest: if *from { Minute::from_minutes(start * unit) } else { Minute::UNBOUNDED_PAST },
                latest: if *to {
                    Minute::from_minutes((start + length) * unit)
                } else {
                    Minute::UNBOUNDED_FUTURE
                },
            })
            .collect();
        for (line, removed_on) in (1..).zip(&spans) {
            let row = Removal {
                batch: "B".into(), operator: "O".into(), removed_on: *removed_on,
                ..Removal::default()
            };
            builder.add_removal(&row, Source::new(FileId::new(0), line)).unwrap();
        }
        // The product is not known of a batch without a row.
        let limit = i64::from(366 * DAY);
        let mut expected = Vec::new();
        for (line, span) in (1..).zip(&spans) {
            let others = || (1..).zip(&spans).filter(move |(other, _)| *other != line).map(|(_, s)| *s);
            let known = || others().flat_map(|s| [s.earliest, s.latest]).filter(|m| m.is_bounded());
            let (start, end) = (known().min(), known().max());
            let (Some(start), Some(end)) = (start, end) else { continue };
            let minutes = |m: Minute| i64::from(m.minutes());
            let before = span.latest.is_bounded() && minutes(span.latest) < minutes(start) - limit;
            let after = span.earliest.is_bounded() && minutes(span.earliest) > minutes(end) + limit;
            if before || after {
                expected.push(line);
            }
        }
        let built = builder.build().unwrap();
        prop_assert_eq!(lines(&built.findings), expected);
    }
}
