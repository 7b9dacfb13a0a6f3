//! A year's plan: county x category x stage x purpose x month, with the arithmetic.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Region, Source};
//! use suyuan_core::sampling::plan::{PlanOptions, TierQuota, plan};
//! let mut builder = ChainBuilder::new();
//! for (code, parent, population) in
//!     [("370000", "", 3000), ("370100", "370000", 2000), ("370200", "370000", 1000)]
//! {
//!     let region = Region {
//!         code: code.into(), parent: parent.into(), population: Some(population),
//!         ..Region::default()
//!     };
//!     builder.add_region(&region, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let mut options = PlanOptions::new(2026);
//! options.quotas = vec![TierQuota { region: "370000".into(), samples: 6 }];
//! let found = plan(&chain, &options)?;
//! let totals: Vec<u64> = found.regions.iter().map(|region| region.planned).collect();
//! assert_eq!(totals, [15, 10, 5]);
//! // The province arranges 6 of them itself: 4 in one city, 2 in the other.
//! assert_eq!(found.regions[1].arranged["370000"], 4);
//! assert_eq!(found.rows[0].months.iter().sum::<u64>(), 10);
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::allocation::{Bounds, MOST_SAMPLES, Rounding, apportion, optimum, whole_weights};
use super::error::{SamplingError, Subject};
use super::obligation::{Concerned, MinimumRule, Obligations, Rate, minima};
use super::progress::PurposeShare;
use super::schedule::{Group, Period, schedule, share_tiers};
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::model::{RegionLevel, SampleKind, Stage, Verdict};
use crate::time::Minute;

/// How a county's samples are shared out among its cells of category and stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// In proportion to the number of stocks (Webster).
    Proportional,
    /// The integer optimum of `A = stocks x sqrt(p (1 - p))`, p the share of failures among past
    /// samples of the category and stage.
    #[default]
    Optimum,
    /// In proportion to stocks x p: where most failures are to be found (Webster).
    Risk,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Proportional, Self::Optimum, Self::Risk];

    /// The name used in flags and results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proportional => "proportional",
            Self::Optimum => "optimum",
            Self::Risk => "risk",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// Samples that a region arranges itself, anywhere within it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierQuota {
    /// The region's code.
    pub region: String,
    /// Samples a year.
    pub samples: u64,
}

/// What a plan is made by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// The year.
    pub year: i32,
    /// Samples a year for each 1000 people.
    pub rate: Rate,
    /// How cells are weighed.
    pub method: Method,
    /// The fewest samples of a cell that has stocks.
    pub least: u64,
    /// How samples are shared among purposes.
    pub purposes: Vec<PurposeShare>,
    /// Minima by rule; those that hold on the first day of the year count.
    pub rules: Vec<MinimumRule>,
    /// Classes of operators, by code, that rules look at.
    pub classes: BTreeMap<String, Vec<String>>,
    /// What upper tiers arrange themselves.
    pub quotas: Vec<TierQuota>,
    /// Twelve weights of months for a category; all months alike otherwise.
    pub seasons: BTreeMap<String, Vec<u64>>,
    /// The most samples of a month in all.
    pub most_a_month: Option<u64>,
    /// Past samples and stocks by then.
    pub as_of: Minute,
}

impl PlanOptions {
    /// A plan at the default rate, supervision alone.
    #[must_use]
    pub fn new(year: i32) -> Self {
        Self {
            year,
            rate: Rate::default(),
            method: Method::default(),
            least: 1,
            purposes: vec![PurposeShare { kind: SampleKind::Supervision, weight: 1 }],
            rules: Vec::new(),
            classes: BTreeMap::new(),
            quotas: Vec::new(),
            seasons: BTreeMap::new(),
            most_a_month: None,
            as_of: Minute::UNBOUNDED_FUTURE,
        }
    }
}

/// One cell of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanRow {
    /// Code of the county, or of the lowest region known; a higher one for the rest of it.
    pub region: String,
    /// Food category; empty where no stock is known.
    pub category: String,
    /// Stage; `None` where no stock is known.
    pub stage: Option<Stage>,
    /// Purpose.
    pub purpose: SampleKind,
    /// Samples a year.
    pub samples: u64,
    /// Samples of each month.
    pub months: Vec<u64>,
}

/// What a cell's samples were weighed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanCell {
    /// Code of the region.
    pub region: String,
    /// Food category.
    pub category: String,
    /// Stage.
    pub stage: Option<Stage>,
    /// Stocks that have begun.
    pub stocks: u64,
    /// Past samples with a verdict, of this category and stage in all regions.
    pub tested: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Samples asked for at least, by the plan or a rule.
    pub least: u64,
    /// Samples a year.
    pub samples: u64,
}

/// What a region owes and gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanRegion {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub level: Option<RegionLevel>,
    /// Its people.
    pub population: Option<u64>,
    /// `ceil(population x rate / 1000)`.
    pub own: Option<u64>,
    /// The sum of what the regions directly within owe.
    pub parts: u64,
    /// The larger of the two.
    pub due: u64,
    /// Samples planned in it: more than due where minima ask for more.
    pub planned: u64,
    /// Of these, what each tier above arranges itself, by its code.
    pub arranged: BTreeMap<String, u64>,
}

/// A year's plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The year.
    pub year: i32,
    /// Samples a year for each 1000 people.
    pub rate: Rate,
    /// How cells were weighed.
    pub method: Method,
    /// Samples in all.
    pub samples: u64,
    /// Every region, by code.
    pub regions: Vec<PlanRegion>,
    /// Cells with their arithmetic, by region, category and stage.
    pub cells: Vec<PlanCell>,
    /// Samples by region, category, stage, purpose and month.
    pub rows: Vec<PlanRow>,
}

/// Food category and stage.
type Kind = (String, Option<Stage>);
/// Cells of each lowest region, by its index.
type Cells = BTreeMap<usize, BTreeMap<Kind, PlanCell>>;

/// Makes a year's plan from the regions, operators, stocks and past samples of a chain.
///
/// Each county owes its own minimum, or what rules ask for where that is more; its samples go to
/// its cells by the method, the cells' to purposes by controlled rounding, and those to months by
/// season. Where a region owes more than the regions within it, because some of them are not in the
/// data, the rest is a row of the region itself.
/// O(stocks + samples), and flows over cells x months of each category.
///
/// # Errors
/// Those of [`Obligations::new`]; [`SamplingError::Value`] for a lowest region without a
/// population, or for a tier that arranges more than its regions hold;
/// [`SamplingError::Unknown`] for a quota of an unknown region; [`SamplingError::Empty`] without
/// purposes; [`SamplingError::Infeasible`] where months cannot hold the samples.
pub fn plan(chain: &SupplyChain, options: &PlanOptions) -> Result<Plan, Error> {
    let owed = Obligations::of_chain(chain, options.rate)?;
    if let Some(code) = owed.unknown().first() {
        let subject = Subject::from(*code);
        return Err(SamplingError::value("the population", subject, "nothing", "a number").into());
    }
    let mut cells = cells(chain, options, &owed)?;
    let mut held = vec![0; owed.rows().len()];
    for (leaf, cells) in &mut cells {
        let mut inside: Vec<&mut PlanCell> = cells.values_mut().collect();
        let least = inside.iter().fold(0, |sum: u64, cell| sum.saturating_add(cell.least));
        let total = owed.rows()[*leaf].due.max(least);
        allocate(&mut inside, total, options.method)
            .map_err(|error| error.named(|_| Some(owed.rows()[*leaf].code.clone())))?;
        held[*leaf] = total;
    }
    let planned = hold_the_rest(&owed, &mut cells, &mut held);
    let arranged = arrange(&owed, &held, &options.quotas)?;
    let rows = spread_months(&cells, &owed, options)?;
    let regions: Vec<PlanRegion> = owed
        .rows()
        .iter()
        .zip(planned)
        .zip(arranged)
        .map(|((row, planned), arranged)| PlanRegion {
            code: row.code.clone(),
            name: row.name.clone(),
            level: row.level,
            population: row.population,
            own: row.own,
            parts: row.parts,
            due: row.due,
            planned,
            arranged,
        })
        .collect();
    Ok(Plan {
        year: options.year,
        rate: options.rate,
        method: options.method,
        samples: rows.iter().map(|row| row.samples).sum(),
        regions,
        cells: cells.into_values().flat_map(BTreeMap::into_values).collect(),
        rows,
    })
}

/// The cells of every lowest region, with what is known of them. A region without stocks and
/// rules has one cell of no category and stage.
fn cells(
    chain: &SupplyChain,
    options: &PlanOptions,
    owed: &Obligations,
) -> Result<Cells, SamplingError> {
    let mut cells: Cells = owed.leaves().map(|at| (at, BTreeMap::new())).collect();
    let kind = |stock| -> Kind {
        let (batch, operator) = chain.stock(stock);
        let product = chain.batch(batch).product;
        let category = product.map_or("", |product| chain.product(product).category);
        (category.to_owned(), chain.operator(operator).stage)
    };
    for stock in chain.stock_ids().filter(|stock| chain.begun(*stock) <= options.as_of) {
        let (_, operator) = chain.stock(stock);
        let region = chain.operator(operator).region.map(|region| chain.region(region).code);
        let Some(at) = region.and_then(|code| owed.index(code).ok()) else { continue };
        if let Some(inside) = cells.get_mut(&at) {
            let kind = kind(stock);
            let cell = inside.entry(kind.clone()).or_insert_with(|| blank(owed, at, &kind));
            cell.stocks += 1;
            cell.least = options.least;
        }
    }
    for minimum in asked(chain, options)? {
        let at = owed.index(&minimum.region).ok();
        if let Some((at, inside)) = at.and_then(|at| Some((at, cells.get_mut(&at)?))) {
            let kind = (minimum.category.unwrap_or_default(), minimum.stage);
            let cell = inside.entry(kind.clone()).or_insert_with(|| blank(owed, at, &kind));
            cell.least = cell.least.max(minimum.samples);
        }
    }
    let mut tested: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    for id in chain.sample_ids() {
        let sample = chain.sample(id);
        let known = matches!(sample.verdict, Some(Verdict::Pass | Verdict::Fail));
        if known && sample.sampled_on.latest <= options.as_of {
            let entry = tested.entry(kind(sample.stock)).or_default();
            entry.0 += 1;
            entry.1 += u64::from(sample.verdict == Some(Verdict::Fail));
        }
    }
    for (at, inside) in &mut cells {
        if inside.is_empty() {
            let kind = Kind::default();
            inside.insert(kind.clone(), blank(owed, *at, &kind));
        }
        for (kind, cell) in inside {
            (cell.tested, cell.failed) = tested.get(kind).copied().unwrap_or_default();
        }
    }
    Ok(cells)
}

/// What the rules ask for.
fn asked(
    chain: &SupplyChain,
    options: &PlanOptions,
) -> Result<Vec<super::obligation::Minimum>, SamplingError> {
    for code in options.classes.keys() {
        if chain.find_operator(code).is_err() {
            return Err(SamplingError::Unknown {
                kind: "operator",
                code: code.clone(),
                subject: Subject::from("the classes of operators"),
            });
        }
    }
    let Some(day) = NaiveDate::from_ymd_opt(options.year, 1, 1) else {
        let expected = "a year of the calendar";
        return Err(SamplingError::value("the year", Subject::Whole, options.year, expected));
    };
    let none = Vec::new();
    let operators: Vec<Concerned<'_>> = chain
        .operator_ids()
        .map(|id| chain.operator(id))
        .filter(|view| view.registered)
        .map(|view| Concerned {
            region: view.region.map_or("", |region| chain.region(region).code),
            stage: view.stage,
            classes: options.classes.get(view.code).unwrap_or(&none),
        })
        .collect();
    Ok(minima(&options.rules, &operators, day))
}

/// Shares a region's samples out among its cells.
fn allocate(cells: &mut [&mut PlanCell], total: u64, method: Method) -> Result<(), SamplingError> {
    // The mean of the failure rate after the tests, half a failure and half a pass before them
    // (Jeffreys): a category never tested is not taken for safe.
    let rate = |cell: &PlanCell| (cell.failed as f64 + 0.5) / (cell.tested as f64 + 1.0);
    let weight = |cell: &PlanCell| {
        let stocks = cell.stocks as f64;
        match method {
            Method::Proportional => stocks,
            Method::Optimum => stocks * (rate(cell) * (1.0 - rate(cell))).sqrt(),
            Method::Risk => stocks * rate(cell),
        }
    };
    let mut weights: Vec<f64> = cells.iter().map(|cell| weight(cell)).collect();
    if weights.iter().all(|weight| *weight == 0.0) {
        weights.fill(1.0);
    }
    let samples = match method {
        Method::Optimum => {
            let bounds: Vec<Bounds> =
                cells.iter().map(|cell| Bounds::at_least(cell.least.min(MOST_SAMPLES))).collect();
            optimum(&weights, &bounds, total)?.samples
        }
        _ => {
            // What is beyond the minima, in proportion.
            let least: u64 = cells.iter().map(|cell| cell.least).sum();
            let rest = apportion(&whole_weights(&weights)?, total - least, Rounding::Webster)?;
            cells.iter().zip(rest).map(|(cell, rest)| cell.least + rest).collect()
        }
    };
    for (cell, samples) in cells.iter_mut().zip(samples) {
        cell.samples = samples;
    }
    Ok(())
}

/// Samples planned in each region. Where a region owes more than the regions within it plan,
/// because some of them are not in the data, the rest is a cell of its own.
fn hold_the_rest(owed: &Obligations, cells: &mut Cells, held: &mut [u64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..held.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(owed.upward(*at).count()));
    let mut planned = vec![0; held.len()];
    for at in order {
        planned[at] = held[at] + owed.children(at).iter().map(|part| planned[*part]).sum::<u64>();
        let due = owed.rows()[at].due;
        if !owed.children(at).is_empty() && planned[at] < due {
            held[at] = due - planned[at];
            planned[at] = due;
            let cell = PlanCell { samples: held[at], ..blank(owed, at, &Kind::default()) };
            cells.insert(at, [(Kind::default(), cell)].into());
        }
    }
    planned
}

fn blank(owed: &Obligations, at: usize, (category, stage): &Kind) -> PlanCell {
    PlanCell {
        region: owed.rows()[at].code.clone(),
        category: category.clone(),
        stage: *stage,
        stocks: 0,
        tested: 0,
        failed: 0,
        least: 0,
        samples: 0,
    }
}

/// What each tier above arranges in each region: a quota is shared out among what the
/// regions within hold in proportion to what no other tier has taken yet, the lowest tiers first.
fn arrange(
    owed: &Obligations,
    held: &[u64],
    quotas: &[TierQuota],
) -> Result<Vec<BTreeMap<String, u64>>, SamplingError> {
    let mut arranged = vec![BTreeMap::new(); held.len()];
    let mut left = held.to_vec();
    let depth = |at: usize| owed.upward(at).count();
    let mut order = Vec::with_capacity(quotas.len());
    for quota in quotas {
        order.push((owed.index(&quota.region)?, quota.samples));
    }
    order.sort_by_key(|(at, _)| (std::cmp::Reverse(depth(*at)), *at));
    if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let code = owed.rows()[pair[0].0].code.clone();
        return Err(SamplingError::Duplicate { kind: "quota", code });
    }
    for (region, samples) in order {
        let inside = |at: &usize| held[*at] > 0 && owed.upward(*at).any(|above| above == region);
        let within: Vec<usize> = (0..held.len()).filter(inside).collect();
        let free: Vec<u64> = within.iter().map(|leaf| left[*leaf]).collect();
        let all: u64 = free.iter().sum();
        let code = &owed.rows()[region].code;
        if samples > all {
            let expected = "at most what its regions hold";
            let value = format!("{samples} of {all}");
            return Err(SamplingError::value("the quota", Subject::from(&**code), value, expected));
        }
        let parts = share_tiers(&free, &[samples, all - samples])?;
        for (leaf, pair) in within.iter().zip(parts.chunks(2)) {
            left[*leaf] -= pair[0];
            for at in owed.upward(*leaf) {
                *arranged[at].entry(code.clone()).or_insert(0) += pair[0];
                if at == region {
                    break;
                }
            }
        }
    }
    Ok(arranged)
}

/// Cells to purposes, then, category by category, to months.
fn spread_months(
    cells: &Cells,
    owed: &Obligations,
    options: &PlanOptions,
) -> Result<Vec<PlanRow>, SamplingError> {
    let weights: Vec<u64> = options.purposes.iter().map(|share| share.weight).collect();
    let months = Period::months(options.year);
    let mut groups: BTreeMap<(&str, SampleKind), Vec<PlanRow>> = BTreeMap::new();
    for (leaf, inside) in cells {
        let totals: Vec<u64> = inside.values().map(|cell| cell.samples).collect();
        let purposes = apportion(&weights, totals.iter().sum(), Rounding::Hamilton)?;
        let parts = share_tiers(&totals, &purposes)?;
        for (cell, parts) in inside.values().zip(parts.chunks(purposes.len().max(1))) {
            for (share, samples) in options.purposes.iter().zip(parts).filter(|(_, n)| **n > 0) {
                groups.entry((&*cell.category, share.kind)).or_default().push(PlanRow {
                    region: owed.rows()[*leaf].code.clone(),
                    category: cell.category.clone(),
                    stage: cell.stage,
                    purpose: share.kind,
                    samples: *samples,
                    months: Vec::new(),
                });
            }
        }
    }
    let total: u64 = groups.values().flatten().map(|row| row.samples).sum();
    let least = u64::from(total >= months.len() as u64);
    let most = options.most_a_month.unwrap_or(MOST_SAMPLES);
    let capacity = vec![Bounds::new(least, most); months.len()];
    let even = vec![1; months.len()];
    let asked: Vec<Group> = groups
        .iter()
        .map(|((category, _), rows)| Group {
            rows: rows.iter().map(|row| row.samples).collect(),
            profile: options.seasons.get(*category).unwrap_or(&even).clone(),
        })
        .collect();
    let month = |subject: &Subject| match subject {
        Subject::Column(at) => Some(format!("{}-{:02}", options.year, at + 1)),
        Subject::Row(at) => groups.keys().nth(*at).map(|(category, kind)| {
            if category.is_empty() { kind.to_string() } else { format!("{category}, {kind}") }
        }),
        _ => None,
    };
    let spread = schedule(&asked, &capacity).map_err(|error| error.named(month))?;
    let mut rows: Vec<PlanRow> = Vec::new();
    for (group, cells) in groups.into_values().zip(spread) {
        for (mut row, months) in group.into_iter().zip(cells.chunks(months.len().max(1))) {
            row.months = months.to_vec();
            rows.push(row);
        }
    }
    rows.sort_by(|a, b| {
        let key =
            |row: &PlanRow| (row.region.clone(), row.category.clone(), row.stage, row.purpose);
        key(a).cmp(&key(b))
    });
    Ok(rows)
}
