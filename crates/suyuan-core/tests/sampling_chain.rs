//! Sampling on a chain: candidates, plan, progress, follow-up.
#![allow(clippy::unwrap_used, clippy::panic)]

use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{
    Batch, Operator, Product, Region, RegionLevel, Role, Sample, SampleKind, Shipment, Source,
    Stage, TransformationLine, Verdict,
};
use suyuan_core::quantity::Unit;
use suyuan_core::sampling::followup::{FollowUp, FollowUpOptions, Relation, follow_up};
use suyuan_core::sampling::plan::{Method, PlanOptions, TierQuota, plan};
use suyuan_core::sampling::progress::{ProgressOptions, PurposeShare, progress};
use suyuan_core::sampling::{
    CandidateOptions, Frame, MinimumRule, SizeMeasure, UnitKind, candidates,
};
use suyuan_core::time::{Span, UtcOffset};

fn on(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

fn kilograms(quantity: u32) -> (Option<rust_decimal::Decimal>, Option<Unit>) {
    (Some(quantity.into()), Some(Unit::Kilogram))
}

/// A farm's lot L goes to a plant, which makes M1 and M2 of it; M1 goes to two shops, M2 to one; a
/// lot X of another farm goes to the first shop. M1 fails there.
fn chain() -> SupplyChain {
    let mut builder = ChainBuilder::new();
    for (code, parent, population, level) in [
        ("37", "", 30_000, RegionLevel::Province),
        ("3701", "37", 20_000, RegionLevel::City),
        ("3702", "37", 10_000, RegionLevel::City),
    ] {
        let region = Region {
            code: code.into(),
            parent: parent.into(),
            population: Some(population),
            level: Some(level),
            ..Region::default()
        };
        builder.add_region(&region, Source::NONE).unwrap();
    }
    for (code, stage, region) in [
        ("FARM", Stage::Farm, "3701"),
        ("OTHER", Stage::Farm, "3702"),
        ("PLANT", Stage::Processor, "3701"),
        ("SHOP-1", Stage::Retail, "3701"),
        ("SHOP-2", Stage::Retail, "3702"),
    ] {
        let operator = Operator {
            code: code.into(),
            stage: Some(stage),
            region: region.into(),
            latitude: Some("36.1".parse().unwrap()),
            longitude: Some(if code == "FARM" { "120.0" } else { "120.5" }.parse().unwrap()),
            ..Operator::default()
        };
        builder.add_operator(&operator, Source::NONE).unwrap();
    }
    for (code, category) in [("P-RAW", "蔬菜"), ("P-MADE", "糕点")] {
        let product =
            Product { code: code.into(), category: category.into(), ..Product::default() };
        builder.add_product(&product, Source::NONE).unwrap();
    }
    for (code, product, operator, amount) in [
        ("L", "P-RAW", "FARM", 100),
        ("X", "P-MADE", "OTHER", 50),
        ("M1", "P-MADE", "PLANT", 40),
        ("M2", "P-MADE", "PLANT", 40),
    ] {
        let (quantity, unit) = kilograms(amount);
        let batch = Batch {
            code: code.into(),
            product: product.into(),
            operator: operator.into(),
            produced_on: on("2026-03-01"),
            quantity,
            unit,
            ..Batch::default()
        };
        builder.add_batch(&batch, Source::NONE).unwrap();
    }
    for (code, batch, from, to, day, amount) in [
        ("W1", "L", "FARM", "PLANT", "2026-03-02", 90),
        ("W2", "M1", "PLANT", "SHOP-1", "2026-03-04", 20),
        ("W3", "M1", "PLANT", "SHOP-2", "2026-03-04", 20),
        ("W4", "M2", "PLANT", "SHOP-2", "2026-03-04", 30),
        ("W5", "X", "OTHER", "SHOP-1", "2026-03-04", 50),
    ] {
        let (quantity, unit) = kilograms(amount);
        let shipment = Shipment {
            code: code.into(),
            batch: batch.into(),
            from: from.into(),
            to: to.into(),
            shipped_on: on(day),
            received_on: on(day),
            quantity,
            unit,
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
    }
    for (role, batch, amount) in
        [(Role::Input, "L", 90), (Role::Output, "M1", 40), (Role::Output, "M2", 40)]
    {
        let (quantity, unit) = kilograms(amount);
        let line = TransformationLine {
            code: "T".into(),
            operator: "PLANT".into(),
            transformed_on: on("2026-03-03"),
            role,
            batch: batch.into(),
            quantity,
            unit,
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::NONE).unwrap();
    }
    for (code, kind, batch, operator, day, verdict) in [
        ("S1", SampleKind::Supervision, "M1", "SHOP-1", "2026-03-05", Verdict::Fail),
        ("S2", SampleKind::Supervision, "M2", "SHOP-2", "2026-03-05", Verdict::Pass),
        ("S3", SampleKind::Monitoring, "L", "FARM", "2026-03-01", Verdict::Pass),
        ("S4", SampleKind::Supervision, "X", "SHOP-1", "2026", Verdict::Pass),
    ] {
        let sampled_on = if day == "2026" { Span::UNKNOWN } else { on(day) };
        let sample = Sample {
            code: code.into(),
            kind: Some(kind),
            batch: batch.into(),
            operator: operator.into(),
            sampled_on,
            verdict: Some(verdict),
            ..Sample::default()
        };
        builder.add_sample(&sample, Source::NONE).unwrap();
    }
    builder.build().unwrap().chain
}

fn next(chain: &SupplyChain) -> FollowUp {
    let sample = chain.find_samples("S1").unwrap().next().unwrap();
    follow_up(chain, sample, &FollowUpOptions::default()).unwrap()
}

#[test]
fn follow_up_ranks_by_doubt_removed() {
    let chain = chain();
    let found = next(&chain);
    // The fault arose at the shop, in M1 at the plant, in L at the plant or in L at the farm.
    assert_eq!((found.origins, found.all_origins, found.doubt), (4, 4, 2.0));
    let rows: Vec<(String, Relation, usize)> = found
        .stocks
        .iter()
        .map(|row| (chain.stock_label(row.stock), row.relation, row.reached_by))
        .collect();
    let row = |label: &str, relation, reached_by| (label.to_owned(), relation, reached_by);
    assert_eq!(
        rows,
        [
            // M2 is reached by L alone, at the farm or at the plant: one bit.
            row("M2@PLANT", Relation::Sibling, 2),
            row("M2@SHOP-2", Relation::Sibling, 2),
            // What the farm still has is reached by itself alone, M1 elsewhere by all but the
            // shop: 0.81 bits both.
            row("L@FARM", Relation::Upstream, 1),
            row("M1@SHOP-2", Relation::Sibling, 3),
            // The failing stock tells nothing new, the shop's other batch of the product neither.
            row("M1@SHOP-1", Relation::Failing, 4),
            row("X@SHOP-1", Relation::SameProduct, 0),
        ]
    );
    assert_eq!(found.stocks[0].bits, 1.0);
    assert!((found.stocks[2].bits - 0.811_278_124).abs() < 1e-9);
    assert_eq!(found.stocks[4].bits, 0.0);
    assert!(found.stocks[4].same_product && found.stocks[5].same_product);
}

#[test]
fn candidates_are_the_operators_or_what_is_on_hand() {
    let chain = chain();
    let mut options = CandidateOptions::default();
    options.size = SizeMeasure::Stocks;
    let operators = candidates(&chain, &options);
    let sizes: Vec<(&str, u64)> = operators.iter().map(|c| (&*c.code, c.size)).collect();
    assert_eq!(sizes, [("FARM", 1), ("OTHER", 1), ("PLANT", 3), ("SHOP-1", 2), ("SHOP-2", 2)]);
    assert_eq!(operators[0].stratum, "3701/farm");
    assert_eq!(operators[3].last_inspected.unwrap().to_string(), "2026-03-05");
    // Half a degree of longitude at 36.1 degrees is 44,973 m; the middle lies four fifths along.
    let places: Vec<_> = operators.iter().map(|c| c.place.unwrap()).collect();
    assert_eq!(places[1].0 - places[0].0, 44_973);
    options.kind = UnitKind::Stocks;
    let stocks = candidates(&chain, &options);
    let codes: Vec<&str> = stocks.iter().map(|c| &*c.code).collect();
    assert_eq!(codes, ["L@FARM", "M2@PLANT", "M1@SHOP-1", "X@SHOP-1", "M1@SHOP-2", "M2@SHOP-2"]);
    let built = Frame::build(&stocks, &[], on("2026-03-06").latest.date().unwrap()).unwrap();
    assert_eq!(built.frame.strata().len(), 4);
}

#[test]
fn a_plan_adds_up_in_every_direction() {
    let chain = chain();
    let mut options = PlanOptions::new(2026);
    options.purposes = vec![
        PurposeShare::new(SampleKind::Supervision, 4),
        PurposeShare::new(SampleKind::Monitoring, 1),
    ];
    options.quotas = vec![TierQuota { region: "37".into(), samples: 31 }];
    options.rules = vec![MinimumRule {
        name: "farms monthly".into(),
        basis: "example".into(),
        stage: Some(Stage::Farm),
        class: None,
        category: Some("蔬菜".into()),
        samples_a_year: 12,
        from: None,
        until: None,
    }];
    for method in Method::ALL {
        options.method = method;
        let found = plan(&chain, &options).unwrap();
        assert_eq!(found.samples, 150);
        for region in &found.regions {
            let inside =
                |row: &&suyuan_core::sampling::plan::PlanRow| row.region.starts_with(&region.code);
            let sum: u64 = found.rows.iter().filter(inside).map(|row| row.samples).sum();
            assert_eq!(sum, region.planned, "{}", region.code);
            assert_eq!(region.planned, region.due);
        }
        assert_eq!(found.regions[0].arranged["37"], 31);
        assert_eq!(found.regions[1].arranged["37"] + found.regions[2].arranged["37"], 31);
        for row in &found.rows {
            assert_eq!(row.months.iter().sum::<u64>(), row.samples);
        }
        for month in 0..12 {
            let sum: u64 = found.rows.iter().map(|row| row.months[month]).sum();
            assert!((12..=13).contains(&sum), "{month}: {sum}");
        }
        let monitoring = found.rows.iter().filter(|row| row.purpose == SampleKind::Monitoring);
        assert_eq!(monitoring.map(|row| row.samples).sum::<u64>(), 30);
        let farms = found.cells.iter().filter(|cell| cell.stage == Some(Stage::Farm));
        assert!(farms.filter(|cell| cell.category == "蔬菜").all(|cell| cell.samples >= 12));
    }
    options.quotas[0].samples = 151;
    let said = plan(&chain, &options).unwrap_err().to_string();
    assert!(said.contains("the quota of \"37\": 151 of 150"), "{said}");
    options.quotas[0] = TierQuota { region: "99".into(), samples: 1 };
    assert!(plan(&chain, &options).unwrap_err().to_string().contains("region \"99\""));
    options.quotas.clear();
    options.classes.insert("NOBODY".into(), vec![]);
    assert!(plan(&chain, &options).unwrap_err().to_string().contains("operator \"NOBODY\""));
    options.classes.clear();
    options.most_a_month = Some(12);
    let said = plan(&chain, &options).unwrap_err().to_string();
    assert!(said.contains("at most 12 for \"2026-01\""), "{said}");
}

#[test]
fn regions_missing_from_the_data_are_planned_as_the_rest() {
    let mut builder = ChainBuilder::new();
    for (code, parent, population) in [("37", "", 30_000), ("3701", "37", 20_000)] {
        let region = Region {
            code: code.into(),
            parent: parent.into(),
            population: Some(population),
            ..Region::default()
        };
        builder.add_region(&region, Source::NONE).unwrap();
    }
    let chain = builder.build().unwrap().chain;
    let mut options = PlanOptions::new(2026);
    options.quotas = vec![TierQuota { region: "37".into(), samples: 30 }];
    let found = plan(&chain, &options).unwrap();
    let rows: Vec<(&str, u64)> = found.rows.iter().map(|row| (&*row.region, row.samples)).collect();
    assert_eq!(rows, [("37", 50), ("3701", 100)]);
    assert_eq!((found.samples, found.regions[0].planned), (150, 150));
    assert_eq!((found.regions[0].arranged["37"], found.regions[1].arranged["37"]), (30, 20));
}

#[test]
fn progress_rolls_up_and_pools_no_purposes() {
    let chain = chain();
    let day = on("2026-06-30").latest;
    let found = progress(&chain, &ProgressOptions::new(2026).as_of(day)).unwrap();
    let rows: Vec<(&str, SampleKind, u64, u64, u64)> = found
        .rows
        .iter()
        .map(|row| (&*row.region, row.purpose, row.done, row.due, row.owed))
        .collect();
    use SampleKind::{Monitoring, Supervision};
    // 181 of 365 days gone.
    assert_eq!(
        rows,
        [
            ("37", Supervision, 2, 75, 150),
            ("37", Monitoring, 1, 0, 0),
            ("3701", Supervision, 1, 50, 100),
            ("3701", Monitoring, 1, 0, 0),
            ("3702", Supervision, 1, 25, 50),
        ]
    );
    assert_eq!(found.rows[0].behind, 73);
    assert_eq!((found.rows[0].projected, &*found.rows[0].per_thousand), (4, "0.066667"));
    assert_eq!(found.unclear, ["S4"]);
    assert!(found.unplaced.is_empty() && found.unknown.is_empty());
}
