//! Pages of every kind from chains with difficult names.

use suyuan_core::calendar::{ClockRule, ClockRules, WorkingDays};
use suyuan_core::chain::SupplyChain;
use suyuan_core::quantity::{Amount, Unit};
use suyuan_core::recall::case::{Case, Change, Entry, Fate, Level, Party};
use suyuan_core::recall::drill::{DrillOptions, drill};
use suyuan_core::recall::what_if::{Basis, Variant, compare, cut};
use suyuan_core::recall::{Policy, RecallSource, SeedScope, difference, recall};
use suyuan_core::time::Minute;
use suyuan_core::trace::{Target, TraceOptions, trace_back};
use suyuan_report::back::TraceBackReport;
use suyuan_report::case::CaseReport;
use suyuan_report::difference::DifferenceReport;
use suyuan_report::drill::{DrillReport, Exercise};
use suyuan_report::policies::PolicyReport;
use suyuan_report::records::Records;
use suyuan_report::{Lang, Page};

use super::{chain, hostile_names, report, sampled, span};

fn at(text: &str) -> Minute {
    span(text).earliest
}

/// The exercise on the one batch; a stock is counted, nobody is asked.
pub(crate) fn exercise(chain: &SupplyChain) -> DrillReport {
    let batch = chain.find_batch("LOT-1").unwrap();
    let mut options = DrillOptions::default();
    let market = chain.find_stock("LOT-1", "MARKET").unwrap();
    options.counts.insert(market, Amount::from_millionths(899_000_000_000));
    let found = drill(chain, batch, &options).unwrap();
    let how = Exercise { seed: Some("<2026> & text".into()), hours_allowed: 4 };
    DrillReport::new(chain, &found, &options, how, Records::default())
}

/// Three policies on the failing sample, and whom to stop two days after it was taken.
pub(crate) fn policies(chain: &SupplyChain) -> PolicyReport {
    let source = RecallSource::sample(chain, "S-1").unwrap();
    let now = at("2026-03-11");
    let variants = [
        Variant::new("as written", Policy::default()),
        Variant::new("from the holder", Policy::default().scope(SeedScope::FromHolder)),
        Variant::new("dates off by a day", Policy::default()).widened(1),
    ];
    let found = compare(chain, &source, &variants).unwrap();
    let stop = cut(chain, &source, &Policy::default(), now, Basis::Recorded).unwrap();
    PolicyReport::new(chain, &source, &found, None, Some((now, &stop)), Records::default())
}

/// From a chain with fewer shops to one with more.
pub(crate) fn changes(before: &SupplyChain, after: &SupplyChain) -> DifferenceReport {
    let policy = Policy::default();
    let scope =
        |chain| recall(chain, &RecallSource::stock(chain, "LOT-1@FARM").unwrap(), &policy).unwrap();
    let (old, new) = (scope(before), scope(after));
    let found = difference((before, &old), (after, &new)).unwrap();
    DifferenceReport::new(
        (before, &old),
        (after, &new),
        (Some(at("2026-03-09")), None),
        found,
        Some("LOT-1@FARM"),
        Records::default(),
    )
}

/// A case whose operators are called by difficult codes, one of them late.
pub(crate) fn case() -> CaseReport {
    let names = hostile_names();
    let entry = |when: &str, change| Entry::new(at(when), "Inspector <b>", change);
    let open = Change::open("R-1 <i>", Level::One, &names[0], &names[6]);
    let mut case = Case::open(entry("2026-03-02T08:00", open)).unwrap();
    let parties = names.iter().enumerate().map(|(at, name)| Party {
        operator: name.clone(),
        to_recover: [(Unit::Kilogram, (10 + at as u64).into())].into(),
        complete: at != 1,
    });
    let mut steps = vec![
        entry("2026-03-02T10:00", Change::Start),
        entry("2026-03-02T11:00", Change::Concern { parties: parties.collect() }),
        entry("2026-03-02T12:00", Change::Announce { reference: names[3].clone() }),
    ];
    for name in &names[..6] {
        let (operator, channel) = (name.clone(), "telephone".to_owned());
        steps.push(entry("2026-03-03T12:00", Change::Notify { operator, channel }));
    }
    let quantity = Change::Quantity {
        operator: names[2].clone(),
        batch: names[4].clone(),
        fate: Fate::Recovered,
        quantity: 5.into(),
        unit: Unit::Kilogram,
    };
    steps.push(entry("2026-03-04T12:00", quantity));
    for step in steps {
        case.append(step).unwrap();
    }
    let rules = ClockRules::china();
    let mut own: ClockRule = rules.iter().next().unwrap().clone();
    own.id = "recall.notify".to_owned();
    let rules = rules.with(own).unwrap();
    CaseReport::new(&case, at("2026-03-20T10:00"), &rules, &WorkingDays::china()).unwrap()
}

/// The trace-back of two shops.
pub(crate) fn back(chain: &SupplyChain) -> TraceBackReport {
    let names = ["LOT-1@SHOP-00000", "LOT-1@SHOP-00001"].map(str::to_owned);
    let targets: Vec<Target> =
        names.iter().map(|name| Target::stock(chain, name).unwrap()).collect();
    let options = TraceOptions::default();
    TraceBackReport::new(
        chain,
        &names,
        &options,
        &trace_back(chain, &targets, &options).unwrap(),
        Records::default(),
    )
}

/// A page of every kind, with its name.
pub(crate) fn every_page(lang: Lang) -> Vec<(String, Page)> {
    let names = hostile_names();
    let (fewer, hostile) = (chain(0, &names), chain(9, &names));
    let pages = [
        ("recall", sampled(&hostile).page(lang)),
        ("paths", report(&hostile).page(lang)),
        ("back", back(&hostile).page(lang)),
        ("drill", exercise(&hostile).page(lang)),
        ("case", case().page(lang)),
        ("policies", policies(&hostile).page(lang)),
        ("difference", changes(&fewer, &hostile).page(lang)),
    ];
    pages.into_iter().map(|(name, page)| (format!("{name}-{lang}"), page)).collect()
}
