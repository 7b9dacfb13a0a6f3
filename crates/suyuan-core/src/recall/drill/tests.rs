use super::*;
use crate::chain::ChainBuilder;
use crate::model::{
    Batch, Operator, Removal, RemovalReason, Role, Shipment, Source, Stage, TransformationLine,
};
use crate::quantity::Unit;
use crate::time::{Span, UtcOffset};

fn day(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

/// 100 kg of B1 at FARM: 60 kg to MILL, 30 kg to SHOP, 10 kg left by the books. MILL puts 50 kg of
/// it and 50 kg of flour into 95 kg of NOODLES and has lost 7 kg; SHOP sold 31 kg. SHOP has no row,
/// BAKER's flour is made of nothing.
fn chain() -> SupplyChain {
    let mut builder = ChainBuilder::new();
    for (code, stage) in
        [("FARM", Stage::Farm), ("MILL", Stage::Processor), ("BAKER", Stage::Processor)]
    {
        let operator = Operator {
            code: code.into(),
            name: code.into(),
            stage: Some(stage),
            ..Operator::default()
        };
        builder.add_operator(&operator, Source::NONE).unwrap();
    }
    let kg = Some(Unit::Kilogram);
    for (code, operator, quantity) in [("B1", "FARM", 100), ("FLOUR", "BAKER", 50)] {
        let batch = Batch {
            code: code.into(),
            operator: operator.into(),
            produced_on: day("2026-03-01"),
            quantity: Some(quantity.into()),
            unit: kg,
            ..Batch::default()
        };
        builder.add_batch(&batch, Source::NONE).unwrap();
    }
    let noodles = Batch { code: "NOODLES".into(), operator: "MILL".into(), ..Batch::default() };
    builder.add_batch(&noodles, Source::NONE).unwrap();
    for (code, batch, from, to, quantity) in [
        ("W1", "B1", "FARM", "MILL", 60),
        ("W2", "B1", "FARM", "SHOP", 30),
        ("W3", "FLOUR", "BAKER", "MILL", 50),
    ] {
        let shipment = Shipment {
            code: code.into(),
            batch: batch.into(),
            from: from.into(),
            to: to.into(),
            shipped_on: day("2026-03-02"),
            received_on: day("2026-03-02"),
            quantity: Some(quantity.into()),
            unit: kg,
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
    }
    for (role, batch, quantity) in
        [(Role::Input, "B1", 50), (Role::Input, "FLOUR", 50), (Role::Output, "NOODLES", 95)]
    {
        let line = TransformationLine {
            code: "T1".into(),
            operator: "MILL".into(),
            transformed_on: day("2026-03-03"),
            role,
            batch: batch.into(),
            quantity: Some(quantity.into()),
            unit: kg,
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
    for (operator, quantity, reason) in
        [("MILL", 7, RemovalReason::Lost), ("SHOP", 31, RemovalReason::Sold)]
    {
        let removal = Removal {
            batch: "B1".into(),
            operator: operator.into(),
            removed_on: day("2026-03-04"),
            quantity: Some(quantity.into()),
            unit: kg,
            reason: Some(reason),
            ..Removal::default()
        };
        builder.add_removal(&removal, Source::NONE).unwrap();
    }
    builder.build().unwrap().chain
}

fn rows(drill: &Drill, chain: &SupplyChain) -> Vec<(String, Option<String>, Verdict)> {
    let document = drill.document(chain);
    let row = |row: BalanceRow| {
        (row.operator.unwrap_or_default(), row.percent.map(|p| p.to_string()), row.verdict)
    };
    document.balances.into_iter().map(row).collect()
}

#[test]
fn balances_by_hand() {
    let chain = chain();
    let batch = chain.find_batch("B1").unwrap();
    let mut options = DrillOptions::default();
    let first = drill(&chain, batch, &options).unwrap();
    // FARM 90 of 100 left, 10 to count; MILL 57 of 60, 3 to count; SHOP sold 31 of 30: 103.33 %.
    let to_count = |code: &str| (code.to_owned(), None, Verdict::ToCount);
    let over = ("SHOP".to_owned(), Some("103.33".to_owned()), Verdict::Over);
    assert_eq!(rows(&first, &chain), [to_count("FARM"), to_count("MILL"), over.clone()]);
    // T1: 95 kg of 100 kg.
    assert_eq!(first.yields[0].percent.map(|p| p.to_string()), Some("95".to_owned()));
    // 9.6 kg at the farm are within half a percent, 2 kg at the mill are not: 59 of 60.
    for (operator, millionths) in [("FARM", 9_600_000), ("MILL", 2_000_000)] {
        let stock = chain.find_stock("B1", operator).unwrap();
        options.counts.insert(stock, Amount::from_millionths(millionths));
    }
    let counted = drill(&chain, batch, &options).unwrap();
    let farm = ("FARM".to_owned(), Some("99.6".to_owned()), Verdict::Balanced);
    let mill = ("MILL".to_owned(), Some("98.33".to_owned()), Verdict::Short);
    assert_eq!(rows(&counted, &chain), [farm, mill, over]);
    // Over all: 50 consumed, 38 removed, 11.6 counted of 100 made; nothing on the road.
    let whole = &counted.whole;
    assert_eq!(whole.percent.map(|p| p.to_string()), Some("99.6".to_owned()));
    assert_eq!((whole.verdict, counted.balanced()), (Verdict::Balanced, false));
    options.tolerance = 5.into();
    assert!(drill(&chain, batch, &options).unwrap().balanced());
}

#[test]
fn what_is_missing_and_who_is_silent() {
    let chain = chain();
    let mut options = DrillOptions::default();
    let first =
        drill(&chain, chain.find_batch("NOODLES").unwrap(), &options).unwrap().document(&chain);
    // Back: noodles, B1 and flour at the mill, the farm's and the baker's. SHOP took no part.
    assert_eq!((first.back.stocks, first.back.operators, first.back.batches), (5, 3, 3));
    assert_eq!((first.forward.stocks, first.unreachable.len()), (1, 0));
    let gaps: Vec<_> = first.gaps.iter().map(|gap| (&*gap.operator, gap.missing)).collect();
    assert_eq!(gaps, [("BAKER", Missing::Inputs)]);
    let b1 = chain.find_batch("B1").unwrap();
    let silent = |options: &DrillOptions| -> Vec<_> {
        let found = drill(&chain, b1, options).unwrap().document(&chain).unreachable;
        found.into_iter().map(|row| (row.operator, row.why)).collect()
    };
    assert_eq!(silent(&options), [("SHOP".to_owned(), Silence::Unregistered)]);
    // Whoever answered was reached, whatever the registry lacks.
    let answered = ["FARM", "SHOP"].map(|code| chain.find_operator(code).unwrap());
    options.answered = Some(answered.into_iter().collect());
    assert_eq!(silent(&options), [("MILL".to_owned(), Silence::NoAnswer)]);
}

#[test]
fn anybody_picks_the_same_batch() {
    let chain = chain();
    // NOODLES never left the mill.
    let picked: BTreeSet<String> = (0..64)
        .map(|seed| chain.batch(pick(&chain, &seed.to_string()).unwrap()).code.to_owned())
        .collect();
    assert_eq!(picked.into_iter().collect::<Vec<_>>(), ["B1", "FLOUR"]);
    assert_eq!(pick(&chain, "2026-05"), pick(&chain, "2026-05"));
    let empty = ChainBuilder::new().build().unwrap().chain;
    let error = pick(&empty, "x").unwrap_err().to_string();
    assert_eq!(error, "failed to find batch that went anywhere \"x\"");
}
