//! Networks small enough to work out by hand.

use super::*;
use crate::chain::ChainBuilder;
use crate::model::{Batch, Operator, Role, Shipment, Source, TransformationLine};
use crate::quantity::Unit;
use crate::time::{Span, UtcOffset};

fn day(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

/// Shipments `batch, from, to, day of March, kilograms`; a batch that no transformation makes is
/// its first sender's own.
fn chain(
    shipments: &[(&str, &str, &str, u32, i64)],
    lines: &[(&str, Role, &str, i64)],
) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    let mut known = Vec::new();
    for (batch, from, ..) in shipments {
        let made = lines.iter().any(|(_, role, made, _)| *role == Role::Output && made == batch);
        if !made && !known.contains(batch) {
            known.push(*batch);
            let batch = Batch {
                code: (*batch).into(),
                operator: (*from).into(),
                produced_on: day("2026-03-01"),
                ..Batch::default()
            };
            builder.add_batch(&batch, Source::NONE).unwrap();
        }
    }
    for (at, (batch, from, to, on, kilograms)) in shipments.iter().enumerate() {
        let on = day(&format!("2026-03-{on:02}"));
        let shipment = Shipment {
            code: format!("W{at}").into(),
            batch: (*batch).into(),
            from: (*from).into(),
            to: (*to).into(),
            shipped_on: on,
            received_on: on,
            quantity: Some((*kilograms).into()),
            unit: Some(Unit::Kilogram),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
    }
    for (operator, role, batch, kilograms) in lines {
        let line = TransformationLine {
            code: "T".into(),
            operator: (*operator).into(),
            role: *role,
            batch: (*batch).into(),
            transformed_on: day("2026-03-05"),
            quantity: Some((*kilograms).into()),
            unit: Some(Unit::Kilogram),
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
    for (code, region) in [("S1", "NORTH"), ("S2", "NORTH"), ("S3", "SOUTH")] {
        let operator = Operator { code: code.into(), region: region.into(), ..Operator::default() };
        builder.add_operator(&operator, Source::NONE).unwrap();
    }
    builder.build().unwrap().chain
}

fn targets(chain: &SupplyChain, labels: &[&str]) -> Vec<Target> {
    labels.iter().map(|label| Target::stock(chain, label).unwrap()).collect()
}

fn row<'p>(panel: &'p SourcePanel, chain: &SupplyChain, code: &str) -> &'p Candidate {
    panel.find(chain.find_operator(code).unwrap()).unwrap()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} {b}");
}

/// Two farms deliver 100 kg each. MARKET sells 60 of A to S1 and 40 to S2; PORT sells B to S3 alone.
fn two_farms() -> SupplyChain {
    chain(
        &[
            ("A", "FARM", "MARKET", 1, 100),
            ("A", "MARKET", "S1", 2, 60),
            ("A", "MARKET", "S2", 2, 40),
            ("B", "PORT", "S3", 2, 100),
            ("C", "PORT", "S1", 2, 100),
        ],
        &[],
    )
}

#[test]
fn the_lineage_posterior_is_a_product_of_shares() {
    let chain = two_farms();
    let cases = targets(&chain, &["A@S1", "A@S2"]);
    let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default()).unwrap();
    // A at four operators, B at two, C at two.
    assert_eq!(chain.stock_count(), 8);
    let noise = 0.01 / 8.0;
    let likely = |one: f64, two: f64| (0.99 * one + noise) * (0.99 * two + noise);
    let all = 2.0 * likely(0.6, 0.4) + 2.0 * likely(1.0, 0.0);
    for (code, one, two) in
        [("FARM", 0.6, 0.4), ("MARKET", 0.6, 0.4), ("S1", 1.0, 0.0), ("S2", 0.0, 1.0)]
    {
        near(row(&panel, &chain, code).lineage, likely(one, two) / all);
    }
    assert_eq!(panel.candidates.len(), 4, "the port reaches no case");
    let codes = panel.document(&chain).candidates;
    assert_eq!(
        codes.iter().map(|row| &*row.operator).collect::<Vec<_>>(),
        ["FARM", "MARKET", "S1", "S2"]
    );
    assert_eq!((codes[0].reached, codes[2].reached), (2, 1));
    assert_eq!((codes[0].unavoidable, codes[1].unavoidable, codes[2].unavoidable), (2, 2, 1));
    // Without one of the cases the shop of the other is as likely as can be.
    near(codes[0].stays_first, 0.0);
    near(codes[2].stays_first, 0.5);
}

#[test]
fn negatives_count_against_those_that_reach_them() {
    let chain = two_farms();
    let cases = targets(&chain, &["A@S1"]);
    let negatives = targets(&chain, &["A@S2", "B@S3"]);
    let panel = rank_sources(&chain, &cases, &negatives, &SourceOptions::default()).unwrap();
    let farm = row(&panel, &chain, "FARM");
    assert_eq!((farm.negatives, farm.positive, farm.negative), (1, 1.0, 0.5));
    near(farm.score, 0.5);
    near(row(&panel, &chain, "S1").score, 1.0);
}

#[test]
fn the_network_knows_no_batches() {
    let chain = two_farms();
    let cases = targets(&chain, &["A@S1"]);
    let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default()).unwrap();
    // Of what FARM and MARKET sell 60 % comes to S1. Seven operators; PORT is no candidate.
    let noise = 0.01 / 6.0;
    assert_eq!(chain.operator_ids().len(), 6);
    let likely = |share: f64| 0.99 * share + noise;
    let all = 2.0 * likely(0.6) + likely(1.0);
    near(row(&panel, &chain, "FARM").network, likely(0.6) / all);
    near(row(&panel, &chain, "S1").network, likely(1.0) / all);
    // One step of probability 0.6, and one of 1 before it.
    let market = row(&panel, &chain, "MARKET");
    near(market.distance.unwrap(), 1.0 - 0.6_f64.ln());
    near(row(&panel, &chain, "FARM").distance.unwrap(), 2.0 - 0.6_f64.ln());
    near(market.spread.unwrap(), 0.0);
}

#[test]
fn sales_are_counted_by_region() {
    let chain = two_farms();
    let cases = targets(&chain, &["A@S1", "B@S3"]);
    let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default()).unwrap();
    // NORTH, SOUTH and those of no region. All of A ends in the north, half of what PORT sells in
    // the south.
    let likely = |share: f64| 0.99 * share + 0.01 / 3.0;
    let port = likely(0.5) * likely(0.5);
    let north = likely(1.0) * likely(0.0);
    let all = port + 4.0 * north;
    assert_eq!(panel.candidates.len(), 5);
    near(row(&panel, &chain, "PORT").sales, port / all);
    near(row(&panel, &chain, "FARM").sales, north / all);
}

#[test]
fn mixing_and_time_are_respected() {
    // PLANT makes D of 30 kg of A and 70 kg of B; 50 of 100 kg of D come to S1. What MARKET ships
    // to PLANT after that cannot be in it.
    let chain = chain(
        &[
            ("A", "FARM", "PLANT", 1, 30),
            ("B", "PORT", "PLANT", 1, 140),
            ("C", "LATE", "PLANT", 9, 10),
            ("D", "PLANT", "S1", 6, 50),
            ("D", "PLANT", "S2", 6, 50),
        ],
        &[
            ("PLANT", Role::Input, "A", 30),
            ("PLANT", Role::Input, "B", 70),
            ("PLANT", Role::Output, "D", 100),
        ],
    );
    let cases = targets(&chain, &["D@S1"]);
    let cone = Cone::of(&mut Tracer::new(&chain), &cases[0], Minute::UNBOUNDED_FUTURE).unwrap();
    let share = |label: &str| {
        let stock = chain.find_stock_label(label).unwrap();
        let at = cone.stocks.iter().position(|(other, _)| *other == stock).unwrap();
        cone.shares[at]
    };
    near(share("D@PLANT"), 0.5);
    near(share("A@FARM"), 0.5);
    // What was left over of B tells nothing of where a case can be found.
    near(share("B@PORT"), 0.5);
    let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default()).unwrap();
    assert!(panel.find(chain.find_operator("LATE").unwrap()).is_none());
    assert_eq!(row(&panel, &chain, "PLANT").unavoidable, 1);
    assert_eq!(row(&panel, &chain, "FARM").unavoidable, 0);
}

#[test]
fn goods_that_go_in_circles_have_one_answer() {
    // Of what comes to HUB half goes to S1, half to BACK, which returns all of it: everything
    // comes to S1 in the end.
    let chain = chain(
        &[
            ("A", "FARM", "HUB", 1, 100),
            ("A", "HUB", "BACK", 1, 100),
            ("A", "BACK", "HUB", 1, 100),
            ("A", "HUB", "S1", 1, 100),
        ],
        &[],
    );
    let cases = targets(&chain, &["A@S1"]);
    let cone = Cone::of(&mut Tracer::new(&chain), &cases[0], Minute::UNBOUNDED_FUTURE).unwrap();
    assert_eq!(cone.shares.len(), 4);
    cone.shares.iter().for_each(|share| near(*share, 1.0));
    let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default()).unwrap();
    near(panel.candidates.iter().map(|row| row.lineage).sum(), 1.0);
    near(panel.candidates.iter().map(|row| row.network).sum(), 1.0);
    assert_eq!(row(&panel, &chain, "HUB").unavoidable, 1);
    assert_eq!(row(&panel, &chain, "BACK").unavoidable, 0);
}

#[test]
fn what_cannot_be_ranked_is_said() {
    let chain = two_farms();
    let cases = targets(&chain, &["A@S1"]);
    let say = |cases: &[Target], background| {
        let options = SourceOptions { background, ..SourceOptions::default() };
        rank_sources(&chain, cases, &[], &options).unwrap_err().to_string()
    };
    assert_eq!(say(&[], 0.01), "failed to rank sources: there is no case");
    assert!(
        say(&[Target::new(&chain, Vec::new()).unwrap()], 0.01).ends_with("a case has no stock")
    );
    for background in [0.0, 1.0, f64::NAN, -1.0] {
        assert!(say(&cases, background).contains("background"));
    }
}
