//! Plans over regions, operators and rules as offices have them: what is owed anywhere is planned
//! somewhere, or refused by name, and every total is the sum of its parts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use suyuan_core::Error;
use suyuan_core::chain::{ChainBuilder, SupplyChain};
use suyuan_core::model::{Batch, Operator, Product, Region, SampleKind, Source, Stage};
use suyuan_core::sampling::plan::{Method, Plan, PlanOptions, TierQuota, plan};
use suyuan_core::sampling::progress::{ProgressOptions, PurposeShare, progress};
use suyuan_core::sampling::{MOST_SAMPLES, MinimumRule, SamplingError};
use suyuan_core::time::{Span, UtcOffset};

/// Code, parent, people.
type Regions<'a> = &'a [(&'a str, &'a str, Option<u64>)];

/// Code, stage, region; and how many stocks of the one product it has.
type Operators<'a> = &'a [(&'a str, Stage, &'a str, usize)];

fn chain(regions: Regions<'_>, operators: Operators<'_>) -> SupplyChain {
    let mut builder = ChainBuilder::new();
    for (code, parent, population) in regions {
        let region = Region {
            code: (*code).into(),
            parent: (*parent).into(),
            population: *population,
            ..Region::default()
        };
        builder.add_region(&region, Source::NONE).unwrap();
    }
    let product = Product { code: "P".into(), category: "糕点".into(), ..Product::default() };
    builder.add_product(&product, Source::NONE).unwrap();
    for (code, stage, region, stocks) in operators {
        let operator = Operator {
            code: (*code).into(),
            stage: Some(*stage),
            region: (*region).into(),
            ..Operator::default()
        };
        builder.add_operator(&operator, Source::NONE).unwrap();
        for at in 0..*stocks {
            let batch = Batch {
                code: format!("{code}-{at}").into(),
                product: "P".into(),
                operator: (*code).into(),
                produced_on: Span::parse("2026-03-01", UtcOffset::CHINA).unwrap(),
                ..Batch::default()
            };
            builder.add_batch(&batch, Source::NONE).unwrap();
        }
    }
    builder.build().unwrap().chain
}

fn rule(name: &str, stage: Option<Stage>, samples_a_year: u64) -> MinimumRule {
    MinimumRule {
        name: name.into(),
        basis: "example".into(),
        stage,
        class: None,
        category: None,
        samples_a_year,
        from: None,
        until: None,
    }
}

fn said(chain: &SupplyChain, options: &PlanOptions) -> String {
    plan(chain, options).unwrap_err().to_string()
}

const CITY: Regions<'_> = &[("3702", "", Some(1000)), ("370202", "3702", Some(1000))];

#[test]
fn a_minimum_is_planned_where_the_operator_is_registered() {
    // Two processors, 12 samples each: one in the county, one registered at the city.
    let operators = [("A", Stage::Processor, "370202", 1), ("B", Stage::Processor, "3702", 1)];
    let chain = chain(CITY, &operators);
    let mut options = PlanOptions::new(2026);
    options.rules = vec![rule("monthly", Some(Stage::Processor), 12)];
    for method in Method::ALL {
        options.method = method;
        let found = plan(&chain, &options).unwrap();
        assert_eq!(found.samples, 26, "the city's stock is a cell of its own, least 1");
        let planned: Vec<(&str, u64, u64)> =
            found.regions.iter().map(|r| (&*r.code, r.planned, r.held)).collect();
        assert_eq!(planned, [("3702", 26, 13), ("370202", 13, 13)]);
        let rules = &found.rules[0];
        assert_eq!((rules.holds, rules.operators, rules.samples), (true, 2, 24));
        options.least = 0;
        assert_eq!(plan(&chain, &options).unwrap().samples, 24);
        options.least = 1;
    }
}

#[test]
fn stocks_at_an_upper_region_share_what_it_owes_beyond_its_parts() {
    // The city owes 10, its one county 5: the rest goes by the stocks registered at the city.
    let regions: Regions<'_> = &[("3702", "", Some(2000)), ("370202", "3702", Some(1000))];
    let operators = [("A", Stage::Retail, "3702", 9), ("B", Stage::Processor, "3702", 1)];
    let mut options = PlanOptions::new(2026);
    options.method = Method::Proportional;
    let found = plan(&chain(regions, &operators), &options).unwrap();
    let cells: Vec<(&str, Option<Stage>, u64, u64)> =
        found.cells.iter().map(|c| (&*c.region, c.stage, c.stocks, c.samples)).collect();
    assert_eq!(
        cells,
        [
            ("3702", Some(Stage::Processor), 1, 1),
            ("3702", Some(Stage::Retail), 9, 4),
            ("370202", None, 0, 5)
        ]
    );
    assert_eq!(found.samples, 10);
}

#[test]
fn what_cannot_be_placed_is_refused_or_listed_by_name() {
    let mut options = PlanOptions::new(2026);
    options.rules = vec![rule("monthly", Some(Stage::Processor), 12)];
    // Without a region.
    let homeless = chain(CITY, &[("A", Stage::Processor, "", 1)]);
    let text = said(&homeless, &options);
    assert!(
        text.contains("operator \"A\" has no region") && text.contains("\"monthly\""),
        "{text}"
    );
    // Without a rule its stocks are listed.
    assert_eq!(plan(&homeless, &PlanOptions::new(2026)).unwrap().unplaced, ["A"]);
    // At a region that the table lacks, and so without people.
    let lost = chain(CITY, &[("A", Stage::Processor, "999999", 1)]);
    assert!(said(&lost, &options).contains("population of \"999999\""));
    // At a region whose people are not known.
    let regions: Regions<'_> = &[("3702", "", Some(1000)), ("370202", "3702", None)];
    let empty = chain(regions, &[("A", Stage::Processor, "370202", 1)]);
    assert!(said(&empty, &options).contains("population of \"370202\""));
    // An upper region without people of its own is what its parts are.
    let regions: Regions<'_> = &[("3702", "", None), ("370202", "3702", Some(1000))];
    let found = plan(&chain(regions, &[("A", Stage::Processor, "3702", 0)]), &options).unwrap();
    assert_eq!((found.samples, found.regions[0].held), (17, 12));
    // A region of nobody owes nothing but minima.
    let regions: Regions<'_> = &[("3702", "", Some(0))];
    let found = plan(&chain(regions, &[("A", Stage::Processor, "3702", 0)]), &options).unwrap();
    assert_eq!(found.samples, 12);
}

#[test]
fn rules_that_reach_nobody_are_refused_or_listed() {
    let chain = chain(CITY, &[("A", Stage::Processor, "370202", 1)]);
    let mut options = PlanOptions::new(2026);
    let formula = MinimumRule { class: Some("formula".into()), ..rule("formula", None, 12) };
    options.rules = vec![formula, rule("canteens", Some(Stage::Canteen), 2)];
    let text = said(&chain, &options);
    assert!(text.contains("\"formula\"") && text.contains("class"), "{text}");
    options.classes.insert("A".into(), vec!["other".into()]);
    let old =
        MinimumRule { until: "2025-12-31".parse().ok(), ..rule("old", Some(Stage::Processor), 99) };
    options.rules.push(old);
    let found = plan(&chain, &options).unwrap();
    let rules: Vec<(&str, bool, u64, u64)> =
        found.rules.iter().map(|r| (&*r.name, r.holds, r.operators, r.samples)).collect();
    assert_eq!(rules, [("formula", true, 0, 0), ("canteens", true, 0, 0), ("old", false, 0, 0)]);
}

#[test]
fn an_operator_that_only_its_class_is_known_of_counts() {
    let mut builder = ChainBuilder::new();
    let region = Region { code: "37".into(), population: Some(0), ..Region::default() };
    builder.add_region(&region, Source::NONE).unwrap();
    let batch = Batch { code: "B".into(), operator: "A".into(), ..Batch::default() };
    builder.add_batch(&batch, Source::NONE).unwrap();
    let chain = builder.build().unwrap().chain;
    let mut options = PlanOptions::new(2026);
    options.rules = vec![MinimumRule { class: Some("x".into()), ..rule("x", None, 12) }];
    options.classes.insert("A".into(), vec!["x".into()]);
    assert!(said(&chain, &options).contains("operator \"A\" has no region"));
}

#[test]
fn an_empty_category_of_a_rule_is_any() {
    let operators = [("A", Stage::Processor, "370202", 0), ("B", Stage::Retail, "370202", 0)];
    let chain = chain(CITY, &operators);
    let mut options = PlanOptions::new(2026);
    let empty = MinimumRule { category: Some(String::new()), ..rule("a", Some(Stage::Retail), 5) };
    options.rules = vec![rule("b", Some(Stage::Processor), 12), empty];
    assert_eq!(plan(&chain, &options).unwrap().samples, 17);
    options.rules.push(rule("c", None, 7));
    assert_eq!(plan(&chain, &options).unwrap().samples, 19);
}

#[test]
fn weights_of_purposes_may_be_decimals_and_are_told_apart() {
    let chain = chain(&[("37", "", Some(200_000))], &[]);
    let mut options = PlanOptions::new(2026);
    let share = |kind, weight: &str| PurposeShare::new(kind, weight.parse::<Decimal>().unwrap());
    let planned = |options: &PlanOptions| {
        let found = plan(&chain, options).unwrap();
        let mut sums: BTreeMap<SampleKind, u64> = BTreeMap::new();
        found.rows.iter().for_each(|row| *sums.entry(row.purpose).or_default() += row.samples);
        sums.into_values().collect::<Vec<_>>()
    };
    use SampleKind::{Monitoring, Supervision};
    for (one, two) in [("8", "2"), ("0.8", "0.2"), ("0.80", "0.200000000"), ("0.000000004", "1e-9")]
    {
        let two = if two == "1e-9" { "0.000000001" } else { two };
        options.purposes = vec![share(Supervision, one), share(Monitoring, two)];
        assert_eq!(planned(&options), [800, 200], "{one} {two}");
    }
    for bad in ["-1", "1000000001", "0.0000000001"] {
        options.purposes = vec![share(Supervision, "1"), share(Monitoring, bad)];
        let text = said(&chain, &options);
        assert!(text.contains("the weight of") && text.contains(bad), "{text}");
    }
    options.purposes = vec![share(Supervision, "1"), share(Supervision, "2")];
    assert!(said(&chain, &options).contains("two purposes apart"));
    let mut asked = ProgressOptions::new(2026);
    asked.shares.clone_from(&options.purposes);
    assert!(progress(&chain, &asked).is_err());
    options.purposes = vec![share(Supervision, "0")];
    assert!(said(&chain, &options).contains("add up to zero"));
}

#[test]
fn no_month_is_idle_but_where_the_seasons_say_so() {
    let chain = chain(&[("37", "", Some(2400))], &[]);
    let mut options = PlanOptions::new(2026);
    let months = |options: &PlanOptions| plan(&chain, options).unwrap().rows[0].months.clone();
    options.seasons.insert(String::new(), vec![1, 1, 1, 1, 1, 1_000_000, 1, 1, 1, 1, 1, 1]);
    assert_eq!(months(&options), [1; 12]);
    options.seasons.insert(String::new(), vec![0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(months(&options), [0, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0, 0]);
    options.seasons.insert("unused".into(), vec![1; 11]);
    assert!(said(&chain, &options).contains("months of a season"));
}

#[test]
fn extremes_are_errors() {
    let people = chain(&[("37", "", Some(u64::MAX))], &[]);
    let none = chain(&[("37", "", Some(0))], &[("A", Stage::Retail, "37", 2)]);
    let large = |error: Error| matches!(error, Error::Sampling(SamplingError::TooLarge { .. }));
    for method in Method::ALL {
        let mut options = PlanOptions::new(2026);
        options.method = method;
        assert!(large(plan(&people, &options).unwrap_err()));
        options.least = u64::MAX;
        assert!(large(plan(&none, &options).unwrap_err()));
        options.least = MOST_SAMPLES;
        options.rules = vec![rule("x", None, u64::MAX), rule("y", Some(Stage::Retail), 1)];
        assert!(large(plan(&none, &options).unwrap_err()));
        options.rules.clear();
        options.least = 1;
        options.quotas = vec![TierQuota { region: "37".into(), samples: u64::MAX }];
        assert!(said(&none, &options).contains("the quota"));
        options.quotas.clear();
        for year in [0, -1, i32::MIN, i32::MAX, 10_000] {
            options.year = year;
            assert!(said(&none, &options).contains("the year"), "{year}");
            assert!(progress(&none, &ProgressOptions::new(year)).is_err(), "{year}");
        }
    }
    // Two parts that each fit, and their sum that does not.
    let half = Some(MOST_SAMPLES / 5 * 1000 - 1000);
    let regions: Regions<'_> = &[("37", "", None), ("3701", "37", half), ("3702", "37", half)];
    assert!(large(plan(&chain(regions, &[]), &PlanOptions::new(2026)).unwrap_err()));
}

/// Towns are regions too: thousands under one parent, and regions nested deep.
#[test]
fn many_regions_are_planned() {
    let codes: Vec<String> = (0..8000).map(|at| format!("T{at:04}")).collect();
    let wide = |at: usize| if at == 0 { "" } else { "T0000" };
    let deep = |at: usize| if at == 0 { "" } else { &*codes[at - 1] };
    let regions: Vec<(&str, &str, Option<u64>)> =
        (0..8000).map(|at| (&*codes[at], wide(at), (at > 0).then_some(1000 + at as u64))).collect();
    let mut options = PlanOptions::new(2026);
    options.purposes.push(PurposeShare::new(SampleKind::Monitoring, Decimal::new(5, 1)));
    options.quotas = vec![TierQuota { region: "T0000".into(), samples: 12_345 }];
    let found = plan(&chain(&regions, &[]), &options).unwrap();
    let owed: u64 = (1..8000_u64).map(|at| ((1000 + at) * 5).div_ceil(1000)).sum();
    assert_eq!((found.samples, found.regions[0].arranged["T0000"]), (owed, 12_345));
    let regions: Vec<(&str, &str, Option<u64>)> =
        (0..3000).map(|at| (&*codes[at], deep(at), Some(1000))).collect();
    let found = plan(&chain(&regions, &[]), &options);
    assert!(found.unwrap_err().to_string().contains("12345 of 5"));
    options.quotas[0].samples = 3;
    let found = plan(&chain(&regions, &[]), &options).unwrap();
    assert!(found.regions.iter().all(|region| region.arranged["T0000"] == 3));
}

#[test]
fn a_plan_that_was_changed_does_not_add_up() {
    let chain = chain(CITY, &[("A", Stage::Retail, "370202", 3), ("B", Stage::Farm, "3702", 1)]);
    let mut options = PlanOptions::new(2026);
    options.quotas = vec![TierQuota { region: "3702".into(), samples: 2 }];
    let found = plan(&chain, &options).unwrap();
    found.check().unwrap();
    let changes: [fn(&mut Plan); 11] = [
        |plan| plan.samples += 1,
        |plan| plan.rows[0].samples += 1,
        |plan| plan.rows[0].months[3] += 1,
        |plan| plan.cells[0].samples += 1,
        |plan| plan.cells[0].least = 1000,
        |plan| plan.regions[0].planned += 1,
        |plan| plan.regions[1].held += 1,
        |plan| plan.regions[1].due = 1000,
        |plan| *plan.regions[0].arranged.get_mut("3702").unwrap() += 5,
        |plan| drop(plan.rows.pop()),
        |plan| drop(plan.cells.remove(0)),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut changed = found.clone();
        change(&mut changed);
        assert!(matches!(changed.check(), Err(SamplingError::Sum { .. })), "{at}");
    }
}

/// A forest of regions, operators in any of them, rules, purposes and quotas.
#[derive(Clone, Debug)]
struct Case {
    /// Parent, by index below its own, and people.
    regions: Vec<(Option<usize>, Option<u64>)>,
    /// Region, stage, stocks.
    operators: Vec<(Option<usize>, Stage, usize)>,
    /// Stage, category, samples.
    rules: Vec<(Option<Stage>, Option<&'static str>, u64)>,
    weights: Vec<u32>,
    quotas: Vec<(usize, u64)>,
    method: usize,
    least: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let stage = prop_oneof![Just(Stage::Processor), Just(Stage::Retail), Just(Stage::Farm)];
    let region =
        (any::<prop::sample::Index>(), any::<bool>(), prop::option::weighted(0.9, 0_u64..3000));
    let regions = prop::collection::vec(region, 1..9).prop_map(|drawn| {
        let parent = |at: usize, index: prop::sample::Index, top: bool| {
            (at > 0 && !top).then(|| index.index(at))
        };
        drawn
            .into_iter()
            .enumerate()
            .map(|(at, (index, top, people))| (parent(at, index, top && at % 3 == 0), people))
            .collect::<Vec<_>>()
    });
    regions.prop_flat_map(move |regions| {
        let count = regions.len();
        let at = prop::option::weighted(0.95, 0..count);
        let category =
            prop_oneof![Just(None), Just(Some("")), Just(Some("糕点")), Just(Some("蔬菜"))];
        (
            Just(regions),
            prop::collection::vec((at, stage.clone(), 0_usize..4), 0..8),
            prop::collection::vec((prop::option::of(stage.clone()), category, 0_u64..15), 0..3),
            prop::collection::vec(0_u32..30, 1..4),
            prop::collection::vec((0..count, 0_u64..6), 0..3),
            0..3_usize,
            0_u64..3,
        )
            .prop_map(|(regions, operators, rules, weights, quotas, method, least)| Case {
                regions,
                operators,
                rules,
                weights,
                quotas,
                method,
                least,
            })
    })
}

/// What rules ask for at one operator, by category: the strictest, from their words.
fn asked(case: &Case, stage: Stage) -> BTreeMap<&'static str, u64> {
    let mut found = BTreeMap::new();
    for (of, category, samples) in &case.rules {
        if of.is_none_or(|of| of == stage) {
            let most: &mut u64 = found.entry(category.unwrap_or("")).or_default();
            *most = (*most).max(*samples);
        }
    }
    found
}

fn code(at: usize) -> String {
    format!("R{at}")
}

/// Whether a region lies in another or is it.
fn inside(case: &Case, mut at: usize, of: usize) -> bool {
    loop {
        if at == of {
            return true;
        }
        match case.regions[at].0 {
            Some(above) => at = above,
            None => return false,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    /// Recomputed from the words alone: nothing that is asked for anywhere is missing, every total
    /// is the sum of its rows, and a refusal names its reason.
    #[test]
    fn every_total_adds_up(case in case()) {
        let regions: Vec<(String, String, Option<u64>)> = case.regions.iter().enumerate()
            .map(|(at, (parent, people))| (code(at), parent.map_or(String::new(), code), *people)).collect();
        let regions: Vec<(&str, &str, Option<u64>)> =
            regions.iter().map(|(code, parent, people)| (&**code, &**parent, *people)).collect();
        let operators: Vec<(String, Stage, String, usize)> = case.operators.iter().enumerate()
            .map(|(at, (region, stage, stocks))| (format!("O{at}"), *stage, region.map_or(String::new(), code), *stocks)).collect();
        let operators: Vec<(&str, Stage, &str, usize)> =
            operators.iter().map(|(code, stage, region, stocks)| (&**code, *stage, &**region, *stocks)).collect();
        let chain = chain(&regions, &operators);
        let mut options = PlanOptions::new(2026);
        options.method = Method::ALL[case.method];
        options.least = case.least;
        options.rules = case.rules.iter().enumerate().map(|(at, (stage, category, samples))| MinimumRule {
            category: category.map(str::to_owned),
            ..rule(&at.to_string(), *stage, *samples)
        }).collect();
        options.purposes = case.weights.iter().zip(SampleKind::ALL)
            .map(|(weight, kind)| PurposeShare::new(*kind, Decimal::new(i64::from(*weight), 1))).collect();
        options.quotas = case.quotas.iter().map(|(at, samples)| TierQuota { region: code(*at), samples: *samples }).collect();

        let leaf = |at: usize| case.regions.iter().all(|(parent, _)| *parent != Some(at));
        let no_people = (0..case.regions.len()).any(|at| leaf(at) && case.regions[at].1.is_none());
        let homeless = case.operators.iter().any(|(region, stage, _)| {
            region.is_none() && asked(&case, *stage).values().any(|samples| *samples > 0)
        });
        let twice = case.quotas.len() == 2 && case.quotas[0].0 == case.quotas[1].0;
        let weightless = case.weights.iter().all(|weight| *weight == 0);
        let found = match plan(&chain, &options) {
            Ok(found) => found,
            Err(error) => {
                let text = error.to_string();
                let quota = text.contains("the quota of") && !case.quotas.is_empty();
                let idle = text.contains("add up to zero") && weightless;
                prop_assert!(no_people || homeless || twice || quota || idle, "{}", text);
                return Ok(());
            }
        };
        prop_assert!(!no_people && !homeless && !twice);
        found.check().unwrap();
        // Rows by region, purpose and month.
        let sum = |of: &dyn Fn(usize) -> bool| -> u64 {
            let at = |code: &str| code[1..].parse::<usize>().unwrap();
            found.rows.iter().filter(|row| of(at(&row.region))).map(|row| row.samples).sum()
        };
        prop_assert_eq!(sum(&|_| true), found.samples);
        for row in &found.rows {
            prop_assert_eq!(row.months.iter().sum::<u64>(), row.samples);
        }
        for region in &found.regions {
            let of: usize = region.code[1..].parse().unwrap();
            prop_assert_eq!(sum(&|at| inside(&case, at, of)), region.planned);
            prop_assert_eq!(sum(&|at| at == of), region.held);
            // Five a year for each 1000 people.
            let own = case.regions[of].1.map_or(0, |people| (people * 5).div_ceil(1000));
            prop_assert!(region.planned >= own);
            // What is asked for at the operators registered here.
            let mut least = 0;
            for (at, stage, stocks) in &case.operators {
                if *at == Some(of) {
                    let _ = stocks;
                    least += asked(&case, *stage).values().sum::<u64>();
                }
            }
            prop_assert!(region.held >= least, "{}: {} of {}", region.code, region.held, least);
            let quota = case.quotas.iter().find(|(at, _)| *at == of).map(|(_, samples)| *samples);
            let arranged = region.arranged.get(&region.code).copied();
            prop_assert_eq!(arranged.unwrap_or(0), quota.unwrap_or(0));
        }
        // Stocks weigh where they are, or are listed.
        let stocks: u64 = found.cells.iter().map(|cell| cell.stocks).sum();
        let placed = case.operators.iter().filter(|(region, _, _)| region.is_some());
        prop_assert_eq!(stocks, placed.map(|(_, _, stocks)| *stocks as u64).sum::<u64>());
        let listed = case.operators.iter().filter(|(region, _, stocks)| region.is_none() && *stocks > 0);
        prop_assert_eq!(found.unplaced.len(), listed.count());
        for cell in &found.cells {
            prop_assert!(cell.samples >= cell.least);
        }
        // Each purpose of each region is its share rounded down or up.
        let weights: u64 = case.weights.iter().map(|weight| u64::from(*weight)).sum();
        for region in &found.regions {
            for (weight, kind) in case.weights.iter().zip(SampleKind::ALL) {
                let rows = found.rows.iter().filter(|row| row.region == region.code && row.purpose == *kind);
                let samples: u64 = rows.map(|row| row.samples).sum();
                let part = region.held * u64::from(*weight);
                if weights > 0 {
                    prop_assert!((samples + 1) * weights > part && samples * weights < part + weights);
                }
            }
        }
    }
}
