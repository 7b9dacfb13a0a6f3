//! Small record sets written as text, one record a line.

use suyuan_core::model::{
    Batch, Operator, Pack, Product, Removal, RemovalReason, Role, Sample, Shipment, Text,
    TransformationLine,
};
use suyuan_core::quantity::{Unit, parse_quantity};
use suyuan_core::time::{Span, UtcOffset};

use super::generate::Measure;
use super::records::Records;

fn text(word: &str) -> Text<'static> {
    if word == "-" { "".into() } else { word.to_owned().into() }
}

/// A time; `_` stands for a space and `-` for none.
fn time(word: &str) -> Span {
    let written = text(word).replace('_', " ");
    Span::parse(&written, UtcOffset::CHINA).unwrap()
}

/// What `of=PRODUCT`, `made=PRODUCER` and `by=REPORTER` at the end of a line say.
fn said(words: &[&str], name: &str) -> Text<'static> {
    let found = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default().to_owned().into()
}

/// Reads records:
///
/// ```text
/// operator CODE
/// product CODE BASE PACK
/// pack PRODUCT BATCH UNIT QUANTITY OF_UNIT
/// batch CODE PRODUCT PRODUCER DATE QUANTITY UNIT
/// ship CODE BATCH FROM TO SHIPPED RECEIVED QUANTITY UNIT
/// in|out CODE OPERATOR DATE BATCH QUANTITY UNIT
/// gain|sold BATCH OPERATOR DATE QUANTITY UNIT
/// sample CODE BATCH OPERATOR DATE
/// ```
pub(crate) fn read(script: &str) -> Records {
    let mut records = Records::default();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let code = |at: usize| text(words[at]);
        let amount = |at: usize| (parse_quantity(words[at]).ok(), Unit::parse(words[at + 1]));
        let (product, producer) = (said(&words, "of"), said(&words, "made"));
        let reporter = said(&words, "by");
        match words[0] {
            "operator" => records.operators.push(Operator {
                code: code(1),
                name: code(1),
                ..Operator::default()
            }),
            "product" => records.products.push(Product {
                code: code(1),
                base_unit: Unit::parse(words[2]),
                pack_quantity: parse_quantity(words[3]).ok(),
                ..Product::default()
            }),
            "pack" => records.packs.push(Pack {
                product: code(1),
                batch: code(2),
                unit: Unit::parse(words[3]).unwrap(),
                quantity: parse_quantity(words[4]).unwrap(),
                of_unit: Unit::parse(words[5]).unwrap(),
            }),
            "batch" => {
                let (quantity, unit) = amount(5);
                records.batches.push(Batch {
                    code: code(1),
                    product: code(2),
                    operator: code(3),
                    produced_on: time(words[4]),
                    quantity,
                    unit,
                    ..Batch::default()
                });
            }
            "ship" => {
                let (quantity, unit) = amount(7);
                records.shipments.push(Shipment {
                    code: code(1),
                    batch: code(2),
                    from: code(3),
                    to: code(4),
                    shipped_on: time(words[5]),
                    received_on: time(words[6]),
                    quantity,
                    unit,
                    product,
                    producer,
                    reporter,
                    ..Shipment::default()
                });
            }
            role @ ("in" | "out") => {
                let (quantity, unit) = amount(5);
                records.lines.push(TransformationLine {
                    code: code(1),
                    operator: code(2),
                    transformed_on: time(words[3]),
                    batch: code(4),
                    quantity,
                    unit,
                    role: if role == "in" { Role::Input } else { Role::Output },
                    product,
                    producer,
                    reporter,
                    ..TransformationLine::default()
                });
            }
            reason @ ("gain" | "sold") => {
                let (quantity, unit) = amount(4);
                let gained = reason == "gain";
                records.removals.push(Removal {
                    batch: code(1),
                    operator: code(2),
                    removed_on: time(words[3]),
                    quantity,
                    unit,
                    reason: Some(if gained { RemovalReason::Gained } else { RemovalReason::Sold }),
                    product,
                    producer,
                    reporter,
                });
            }
            "sample" => records.samples.push(Sample {
                code: code(1),
                batch: code(2),
                operator: code(3),
                sampled_on: time(words[4]),
                product,
                producer,
                reporter,
                ..Sample::default()
            }),
            other => panic!("no record is written {other}"),
        }
    }
    records
}

/// Reads a quantity and its unit; `-` for none.
pub(crate) fn measured(text: &str) -> Measure {
    let (quantity, unit) = text.split_once(' ').unwrap();
    (parse_quantity(quantity).ok(), Unit::parse(unit))
}
