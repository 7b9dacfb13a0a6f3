//! The obligation of Shandong and its allocation by every method: the tables of
//! `docs/sampling.md`, made again from `fixtures/shandong` and compared with the page.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use suyuan_core::model::{Region, RegionLevel};
use suyuan_core::sampling::continuous::power;
use suyuan_core::sampling::schedule::share_tiers;
use suyuan_core::sampling::{
    Bounds, Obligations, Rate, Rounding, SamplingError, Tier, TierTree, apportion, optimum,
    optimum_in_tiers, whole_weights,
};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

fn regions() -> Vec<Region<'static>> {
    read("fixtures/shandong/regions.csv")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            Region {
                code: cells[0].clone().into(),
                name: cells[1].clone().into(),
                level: RegionLevel::parse(&cells[2]),
                parent: cells[3].clone().into(),
                population: cells[4].parse().ok(),
            }
        })
        .collect()
}

/// People of the regions directly within one.
fn within(owed: &Obligations, code: &str) -> (Vec<String>, Vec<u64>) {
    let parts = owed.children(owed.index(code).unwrap());
    let row = |at: &usize| &owed.rows()[*at];
    let names = parts.iter().map(|at| row(at).name.clone()).collect();
    (names, parts.iter().map(|at| row(at).population.unwrap()).collect())
}

/// A table of the page, numbers with thousands separators, the sums last.
fn table(titles: &[&str], names: &[String], columns: &[Vec<u64>]) -> String {
    let grouped = |n: u64| {
        let digits = n.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    };
    let line = |name: &str, row: Vec<u64>| {
        let cells: Vec<String> = row.into_iter().map(grouped).collect();
        format!("| {name} | {} |\n", cells.join(" | "))
    };
    let mut text = format!("| {} |\n|---|{}\n", titles.join(" | "), "--:|".repeat(columns.len()));
    for (at, name) in names.iter().enumerate() {
        text += &line(name, columns.iter().map(|column| column[at]).collect());
    }
    text + &line("sum", columns.iter().map(|column| column.iter().sum()).collect())
}

/// People, three roundings, the power allocation and the optimum in a box, for one total.
fn methods(people: &[u64], total: u64, bounds: Bounds) -> Vec<Vec<u64>> {
    let real: Vec<f64> = people.iter().map(|n| *n as f64).collect();
    let mut columns = vec![people.to_vec()];
    for rounding in [Rounding::Hamilton, Rounding::Webster, Rounding::Jefferson] {
        columns.push(apportion(people, total, rounding).unwrap());
    }
    let even = vec![1.0; people.len()];
    let powers = power(&real, &even, 0.5, total as f64).unwrap();
    let powers = whole_weights(&powers).unwrap();
    columns.push(apportion(&powers, total, Rounding::Hamilton).unwrap());
    let bounds = vec![bounds; people.len()];
    let best = optimum(&real, &bounds, total).unwrap();
    assert!(best.certificate.holds(&real, &bounds, &best.samples));
    columns.push(best.samples);
    for column in &columns[1..] {
        assert_eq!(column.iter().sum::<u64>(), total);
    }
    columns
}

const METHODS: [&str; 7] =
    ["region", "people", "Hamilton", "Webster", "Jefferson", "power 1/2", "optimum in bounds"];

#[test]
fn the_page_has_the_figures_of_the_engine() {
    let owed = Obligations::new(&regions(), Rate::default()).unwrap();
    let province = owed.find("370000").unwrap();
    assert_eq!(province.population, Some(101_527_453));
    assert_eq!(province.own, Some(507_638));
    let (cities, people) = within(&owed, "370000");
    assert_eq!(cities.len(), 16);
    assert_eq!(people.iter().sum::<u64>(), 101_527_453);
    let (districts, residents) = within(&owed, "370200");
    assert_eq!(districts.len(), 10);
    assert_eq!(residents.iter().sum::<u64>(), 10_071_722);
    // The sum of what is rounded up is above what the sum is rounded up to.
    let sum: u64 = people.iter().map(|people| Rate::default().minimum(*people)).sum();
    assert!(sum >= 507_638);
    // Qingdao owes what its districts owe together, so the province owes a little more.
    let qingdao = owed.find("370200").unwrap();
    assert_eq!(qingdao.due, qingdao.parts.max(qingdao.own.unwrap()));
    assert_eq!(province.due, sum - qingdao.own.unwrap() + qingdao.due);

    let mut wanted = Vec::new();
    let columns = methods(&people, 507_638, Bounds::new(20_000, 45_000));
    wanted.push(table(&METHODS, &cities, &columns));
    // Qingdao's share, on to its districts.
    let webster = &columns[2];
    let share = webster[cities.iter().position(|name| name == "青岛市").unwrap()];
    let inner = methods(&residents, share, Bounds::new(3_000, 8_000));
    wanted.push(table(&METHODS, &districts, &inner));
    // The province's own 50,000 as a tier.
    let cells = share_tiers(webster, &[50_000, 457_638]).unwrap();
    let tier = |at: usize| cells.iter().skip(at).step_by(2).copied().collect::<Vec<u64>>();
    assert_eq!(tier(0).iter().sum::<u64>(), 50_000);
    assert_eq!(tier(1).iter().sum::<u64>(), 457_638);
    for (pair, total) in cells.chunks(2).zip(webster) {
        assert_eq!(pair.iter().sum::<u64>(), *total);
    }
    let titles = ["region", "samples", "by the province", "by city and counties"];
    wanted.push(table(&titles, &cities, &[webster.clone(), tier(0), tier(1)]));
    // Bounds on groups of cities: the peninsula at most 100,000, each city at least 15,000.
    let peninsula = ["青岛市", "烟台市", "威海市", "日照市"];
    let group = |name: &String| usize::from(!peninsula.contains(&&**name));
    let tiers = vec![
        Tier { parent: None, bounds: Bounds::new(0, 100_000) },
        Tier { parent: None, bounds: Bounds::at_least(0) },
    ];
    let tree = TierTree::new(tiers, cities.iter().map(|name| Some(group(name))).collect()).unwrap();
    let real: Vec<f64> = people.iter().map(|n| *n as f64).collect();
    let nested =
        optimum_in_tiers(&real, &vec![Bounds::at_least(15_000); 16], &tree, 507_638).unwrap();
    assert_eq!(tree.sums(&nested)[0], 100_000);
    wanted.push(table(
        &["region", "people", "optimum in tiers"],
        &cities,
        &[people.clone(), nested],
    ));

    let page = read("docs/sampling.md");
    let missing: Vec<&str> =
        wanted.iter().map(String::as_str).filter(|table| !page.contains(table)).collect();
    assert!(missing.is_empty(), "docs/sampling.md lacks\n\n{}", missing.join("\n"));
}

#[test]
fn what_every_city_owes_does_not_fit_into_the_ceiling_of_the_province() {
    let owed = Obligations::new(&regions(), Rate::default()).unwrap();
    let (cities, people) = within(&owed, "370000");
    let bounds: Vec<Bounds> =
        people.iter().map(|people| Bounds::at_least(Rate::default().minimum(*people))).collect();
    let real: Vec<f64> = people.iter().map(|n| *n as f64).collect();
    let error = optimum(&real, &bounds, 507_638).unwrap_err();
    let SamplingError::Infeasible(conflict) = &error else { panic!("{error}") };
    // Every city is needed for the conflict: it is a matter of rounding.
    assert_eq!(conflict.members.len(), 17);
    assert_eq!(conflict.available, 507_638);
    let said = error.named(|subject| match subject {
        suyuan_core::sampling::Subject::Stratum(at) => Some(cities[*at].clone()),
        _ => None,
    });
    assert!(said.to_string().contains("at least 55092 for \"临沂市\""), "{said}");
}
