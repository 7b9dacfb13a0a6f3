//! Small cases with hand-worked answers.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::*;
use crate::chain::ChainBuilder;
use crate::model::{Batch, Role, Shipment, Source, TransformationLine};
use crate::quantity::Unit;
use crate::time::{Span, UtcOffset};

fn day(day: u32) -> Span {
    Span::parse(&format!("2026-03-{day:02}"), UtcOffset::CHINA).unwrap()
}

/// What a dairy received: 100 kg of milk on the 1st, 5th and 9th each, 10 kg of sugar on the 2nd.
fn received() -> ChainBuilder {
    let mut builder = ChainBuilder::new();
    for (batch, product, on, kilograms) in [
        ("MILK-1", "MILK", 1, 100),
        ("MILK-5", "MILK", 5, 100),
        ("MILK-9", "MILK", 9, 100),
        ("SUGAR-2", "SUGAR", 2, 10),
    ] {
        let made = Batch {
            code: batch.into(),
            product: product.into(),
            operator: "FARM".into(),
            produced_on: day(on),
            quantity: Some(kilograms.into()),
            unit: Some(Unit::Kilogram),
            ..Batch::default()
        };
        builder.add_batch(&made, Source::NONE).unwrap();
        let shipment = Shipment {
            code: batch.into(),
            batch: batch.into(),
            from: "FARM".into(),
            to: "DAIRY".into(),
            shipped_on: day(on),
            received_on: day(on),
            quantity: Some(kilograms.into()),
            unit: Some(Unit::Kilogram),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
    }
    builder
}

fn line(builder: &mut ChainBuilder, code: &str, role: Role, batch: &str, on: u32, kilograms: u32) {
    let line = TransformationLine {
        code: code.to_owned().into(),
        operator: "DAIRY".into(),
        role,
        batch: batch.to_owned().into(),
        transformed_on: day(on),
        quantity: Some(kilograms.into()),
        unit: Some(Unit::Kilogram),
        ..TransformationLine::default()
    };
    builder.add_transformation_line(&line, Source::NONE).unwrap();
}

/// A batch of yogurt, with a product, that comes out of a transformation.
fn yogurt(builder: &mut ChainBuilder, code: &str, on: u32, kilograms: u32) {
    let batch = Batch {
        code: format!("Y-{code}").into(),
        product: "YOGURT".into(),
        operator: "DAIRY".into(),
        produced_on: day(on),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    line(builder, code, Role::Output, &format!("Y-{code}"), on, kilograms);
}

fn links(builder: ChainBuilder, rules: &InferenceRules) -> BTreeSet<(String, String)> {
    let inferred = builder.build().unwrap().chain.infer(rules).unwrap();
    let chain = &inferred.chain;
    let pairs = inferred.links.iter().map(|link| {
        (chain.transformation(link.into).code.to_owned(), chain.stock_codes(link.from).0.to_owned())
    });
    pairs.collect()
}

fn pairs(expected: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    expected.iter().map(|(into, from)| ((*into).to_owned(), (*from).to_owned())).collect()
}

#[test]
fn a_window_looks_back_and_a_recipe_narrows() {
    let made = || {
        let mut builder = received();
        yogurt(&mut builder, "T6", 6, 90);
        builder
    };
    // The window of 4 days before the 6th opens on the 2nd; the milk of the 9th had not come.
    let four = InferenceRules::window_days(4);
    assert_eq!(links(made(), &four), pairs(&[("T6", "MILK-5"), ("T6", "SUGAR-2")]));
    let recipe = Recipes::none().with("YOGURT", "MILK", None);
    let milk = InferenceRules::window_days(5).recipes(recipe);
    assert_eq!(links(made(), &milk), pairs(&[("T6", "MILK-1"), ("T6", "MILK-5")]));
}

#[test]
fn first_in_first_out_takes_what_the_recipe_asks_for() {
    let mut builder = received();
    yogurt(&mut builder, "T6", 6, 60);
    yogurt(&mut builder, "T7", 7, 60);
    yogurt(&mut builder, "T9", 9, 60);
    // 60 of the first 100 kg; then the other 40 and 20 of the second; then 60 of the second.
    let recipe = Recipes::none().with("YOGURT", "MILK", Some(Decimal::ONE));
    let rules = InferenceRules::window_days(30).recipes(recipe).fifo();
    let expected = pairs(&[("T6", "MILK-1"), ("T7", "MILK-1"), ("T7", "MILK-5"), ("T9", "MILK-5")]);
    assert_eq!(links(builder, &rules), expected);
}

#[test]
fn what_is_recorded_is_not_inferred() {
    let made = |milk| {
        let mut builder = received();
        yogurt(&mut builder, "T6", 6, 90);
        line(&mut builder, "T6", Role::Input, "MILK-5", 6, milk);
        builder
    };
    let rules = InferenceRules::window_days(30);
    // 95 kg gave 90; 40 kg cannot have.
    assert_eq!(links(made(95), &rules), pairs(&[]));
    assert_eq!(links(made(40), &rules), pairs(&[("T6", "MILK-1"), ("T6", "SUGAR-2")]));
    // A recipe names sugar, of which none is recorded.
    let recipe = Recipes::none().with("YOGURT", "MILK", None).with("YOGURT", "SUGAR", None);
    let rules = rules.recipes(recipe);
    assert_eq!(links(made(95), &rules), pairs(&[("T6", "SUGAR-2")]));
}

#[test]
fn a_batch_of_which_no_transformation_is_recorded_may_hold_what_its_maker_received() {
    let mut builder = received();
    let batch = Batch {
        code: "CHEESE".into(),
        product: "CHEESE".into(),
        operator: "DAIRY".into(),
        produced_on: day(9),
        quantity: Some(10.into()),
        unit: Some(Unit::Kilogram),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    let expected = pairs(&[("inferred:CHEESE@DAIRY", "MILK-9")]);
    assert_eq!(links(builder, &InferenceRules::window_days(3)), expected);
}

#[test]
fn a_chain_with_inferred_links_takes_no_records_and_has_no_snapshot() {
    let mut builder = received();
    yogurt(&mut builder, "T6", 6, 90);
    let recorded = builder.build().unwrap().chain;
    let inferred = recorded.infer(&InferenceRules::window_days(9)).unwrap().chain;
    inferred.verify().unwrap();
    assert!(matches!(inferred.append(ChainBuilder::new()), Err(Error::NeedsRebuild { .. })));
    let again = inferred.infer(&InferenceRules::window_days(9));
    assert!(matches!(again, Err(Error::NeedsRebuild { .. })));
    let written = inferred.write_snapshot(&mut Vec::new());
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::Unsupported);
}
