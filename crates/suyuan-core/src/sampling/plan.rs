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

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::allocation::{
    Bounds, MOST_SAMPLES, Rounding, apportion, check_length, check_total, optimum, whole_weights,
};
use super::error::{SamplingError, Subject};
use super::obligation::{Concerned, Minimum, MinimumRule, Obligations, Rate, minima, strictest};
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
    /// Minima by rule; those that hold on the first day of the year count, [`Plan::rules`] says which.
    pub rules: Vec<MinimumRule>,
    /// Classes of operators, by code, that rules look at.
    pub classes: BTreeMap<String, Vec<String>>,
    /// What upper tiers arrange themselves.
    pub quotas: Vec<TierQuota>,
    /// Twelve weights of months for a category; all months alike otherwise. A plan of twelve samples
    /// or more has one in every month, where the seasons allow that in all of them.
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
            purposes: vec![PurposeShare::new(SampleKind::Supervision, 1)],
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
    /// Code of the county, or of the lowest region known; a higher one for what is registered there,
    /// and for the rest of it.
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
    /// Code of the region it belongs to; empty for none.
    pub parent: String,
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
    /// Those of them that lie in none of the regions within: the cells and rows of its own code.
    pub held: u64,
    /// Of these, what each tier above arranges itself, by its code.
    pub arranged: BTreeMap<String, u64>,
}

/// What a minimum rule asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanRule {
    /// What it is called.
    pub name: String,
    /// The law or plan it comes from.
    pub basis: String,
    /// Whether it holds on the first day of the year.
    pub holds: bool,
    /// Operators it concerns.
    pub operators: u64,
    /// Samples that it asks for where no other rule asks for more of the same operator and
    /// category.
    pub samples: u64,
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
    /// Every rule given, in their order.
    pub rules: Vec<PlanRule>,
    /// Codes of operators that have stocks and no region: their stocks weigh nothing.
    pub unplaced: Vec<String>,
    /// Cells with their arithmetic, by region, category and stage.
    pub cells: Vec<PlanCell>,
    /// Samples by region, category, stage, purpose and month.
    pub rows: Vec<PlanRow>,
}

/// Food category and stage.
type Kind = (String, Option<Stage>);
/// Cells of each region that has some, by its index.
type Cells = BTreeMap<usize, BTreeMap<Kind, PlanCell>>;

/// Makes a year's plan from the regions, operators, stocks and past samples of a chain.
///
/// Each county owes its own minimum, or what rules ask for where that is more; its samples go to
/// its cells by the method, the cells' to purposes by controlled rounding, and those to months by
/// season. A region that has parts and operators of its own plans for them what it owes beyond its
/// parts, or what rules ask for there; so it does for parts that are not in the data.
/// What it returns is added up once more ([`Plan::check`]).
/// O(n log n) for n regions, stocks, samples and cells, times the tiers that arrange samples, and a
/// flow over months and categories.
///
/// # Errors
/// Those of [`Obligations::new`]; [`SamplingError::Value`] for a lowest region without a
/// population, for a tier that arranges more than its regions hold, for a year without dates, or
/// for a weight of a purpose; [`SamplingError::Unplaced`] for an operator that a rule asks samples
/// of and that has no region; [`SamplingError::Lacks`] for a rule by class where no operator has a
/// class; [`SamplingError::Unknown`] for a quota of an unknown region;
/// [`SamplingError::Duplicate`] for a quota or a purpose given twice; [`SamplingError::Length`] for
/// a season that has not twelve months; [`SamplingError::Empty`] without purposes;
/// [`SamplingError::TooLarge`] above 2^48 samples; [`SamplingError::Infeasible`] where months cannot
/// hold the samples.
pub fn plan(chain: &SupplyChain, options: &PlanOptions) -> Result<Plan, Error> {
    let owed = Obligations::of_chain(chain, options.rate)?;
    if let Some(code) = owed.unknown().first() {
        let subject = Subject::from(*code);
        return Err(SamplingError::value("the population", subject, "nothing", "a number").into());
    }
    let (first, rules) = asked(chain, options)?;
    let (mut cells, unplaced) = cells(chain, options, &owed, &first)?;
    let (held, planned) = hold(&owed, &mut cells, options.method)?;
    let arranged = arrange(&owed, &held, &options.quotas)?;
    let rows = spread_months(&cells, &owed, options)?;
    let regions = owed.rows().iter().zip(planned).zip(&held).zip(arranged);
    let regions: Vec<PlanRegion> = regions
        .map(|(((row, planned), held), arranged)| PlanRegion {
            code: row.code.clone(),
            name: row.name.clone(),
            level: row.level,
            parent: row.parent.map_or_else(String::new, |at| owed.rows()[at].code.clone()),
            population: row.population,
            own: row.own,
            parts: row.parts,
            due: row.due,
            planned,
            held: *held,
            arranged,
        })
        .collect();
    let found = Plan {
        year: options.year,
        rate: options.rate,
        method: options.method,
        samples: rows.iter().map(|row| row.samples).sum(),
        regions,
        rules,
        unplaced,
        cells: cells.into_values().flat_map(BTreeMap::into_values).collect(),
        rows,
    };
    found.check()?;
    Ok(found)
}

impl Plan {
    /// Adds the plan up in every direction: months to rows, rows to cells, cells to what a region
    /// holds, that and the regions within to what it plans, the top regions to the whole; no cell
    /// is below what is asked for, no region below what is due, no tier arranges more than there is.
    /// O(n log n) for n rows, cells and regions.
    ///
    /// # Errors
    /// [`SamplingError::Sum`] with the first total that is not its parts.
    pub fn check(&self) -> Result<(), SamplingError> {
        let sum = |parts: &mut dyn Iterator<Item = u64>| parts.fold(0, u64::saturating_add);
        let equal = |what, code: &str, parts: u64, whole: u64| {
            let subject = Subject::from(code);
            if parts == whole {
                Ok(())
            } else {
                Err(SamplingError::Sum { what, subject, parts, whole })
            }
        };
        let mut cells: BTreeMap<(&str, &str, Option<Stage>), u64> = BTreeMap::new();
        for row in &self.rows {
            let months = sum(&mut row.months.iter().copied());
            equal("the months of a row", &row.region, months, row.samples)?;
            let cell = cells.entry((&row.region, &row.category, row.stage)).or_default();
            *cell = cell.saturating_add(row.samples);
        }
        let mut held: BTreeMap<&str, u64> = BTreeMap::new();
        for cell in &self.cells {
            let rows = cells.remove(&(&*cell.region, &*cell.category, cell.stage)).unwrap_or(0);
            equal("the purposes of a cell", &cell.region, rows, cell.samples)?;
            let least = cell.samples.max(cell.least);
            equal("the least of a cell", &cell.region, cell.samples, least)?;
            let region = held.entry(&cell.region).or_default();
            *region = region.saturating_add(cell.samples);
        }
        if let Some(((region, _, _), samples)) = cells.first_key_value() {
            equal("the rows without a cell", region, 0, *samples)?;
        }
        let mut within: BTreeMap<&str, (u64, BTreeMap<&str, u64>)> = BTreeMap::new();
        for region in &self.regions {
            let above = within.entry(&region.parent).or_default();
            above.0 = above.0.saturating_add(region.planned);
            for (tier, samples) in &region.arranged {
                let above = above.1.entry(tier).or_default();
                *above = above.saturating_add(*samples);
            }
        }
        let (top, _) = within.remove("").unwrap_or_default();
        for region in &self.regions {
            let code = &*region.code;
            let own = held.remove(code).unwrap_or(0);
            equal("the cells", code, own, region.held)?;
            let (parts, arranged) = within.remove(code).unwrap_or_default();
            equal("the regions within", code, parts.saturating_add(own), region.planned)?;
            equal("what is due", code, region.planned, region.planned.max(region.due))?;
            let tiers = sum(&mut region.arranged.values().copied());
            equal("the tiers", code, region.planned.max(tiers), region.planned)?;
            for (tier, below) in arranged {
                // Above the region that arranges them nobody counts them.
                let Some(here) = region.arranged.get(tier).copied() else { continue };
                let most = below.saturating_add(own);
                equal("a tier", code, here.clamp(below.min(most), most), here)?;
            }
        }
        if let Some((code, samples)) = held.first_key_value() {
            equal("the cells of no region", code, *samples, 0)?;
        }
        equal("the regions", "the whole plan", top, self.samples)?;
        equal("the rows", "the whole plan", sum(&mut self.rows.iter().map(|row| row.samples)), top)
    }
}

/// The cells of every region with what is known of them, and the operators with stocks and without
/// a region. A lowest region without stocks and minima has one cell of no category and stage.
fn cells(
    chain: &SupplyChain,
    options: &PlanOptions,
    owed: &Obligations,
    minima: &[Minimum],
) -> Result<(Cells, Vec<String>), SamplingError> {
    let mut cells: Cells = owed.leaves().map(|at| (at, BTreeMap::new())).collect();
    let kind = |stock| -> Kind {
        let (batch, operator) = chain.stock(stock);
        let product = chain.batch(batch).product;
        let category = product.map_or("", |product| chain.product(product).category);
        (category.to_owned(), chain.operator(operator).stage)
    };
    let mut unplaced = BTreeSet::new();
    for stock in chain.stock_ids().filter(|stock| chain.begun(*stock) <= options.as_of) {
        let (_, operator) = chain.stock(stock);
        let view = chain.operator(operator);
        let Some(region) = view.region else {
            unplaced.insert(view.code.to_owned());
            continue;
        };
        let (at, kind) = (owed.index(chain.region(region).code)?, kind(stock));
        let inside = cells.entry(at).or_default();
        let cell = inside.entry(kind.clone()).or_insert_with(|| blank(owed, at, &kind));
        cell.stocks += 1;
        cell.least = options.least;
    }
    for minimum in minima {
        let at = owed.index(&minimum.region)?;
        let kind = (minimum.category.clone().unwrap_or_default(), minimum.stage);
        let inside = cells.entry(at).or_default();
        let cell = inside.entry(kind.clone()).or_insert_with(|| blank(owed, at, &kind));
        cell.least = cell.least.max(minimum.samples);
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
    Ok((cells, unplaced.into_iter().collect()))
}

/// What the rules ask for, by region, and by rule.
fn asked(
    chain: &SupplyChain,
    options: &PlanOptions,
) -> Result<(Vec<Minimum>, Vec<PlanRule>), SamplingError> {
    for code in options.classes.keys() {
        if chain.find_operator(code).is_err() {
            return Err(SamplingError::Unknown {
                kind: "operator",
                code: code.clone(),
                subject: Subject::from("the classes of operators"),
            });
        }
    }
    let Some(day) = Period::months(options.year).first().map(|month| month.from) else {
        let expected = "a year in which dates are read";
        return Err(SamplingError::value("the year", Subject::Whole, options.year, expected));
    };
    let mut rules: Vec<PlanRule> = options
        .rules
        .iter()
        .map(|rule| PlanRule {
            name: rule.name.clone(),
            basis: rule.basis.clone(),
            holds: rule.holds_on(day),
            operators: 0,
            samples: 0,
        })
        .collect();
    let unclassed = options.classes.values().all(Vec::is_empty);
    let by_class = |rule: &&MinimumRule| rule.class.is_some() && rule.holds_on(day);
    if let Some(rule) = options.rules.iter().find(by_class).filter(|_| unclassed) {
        let rule = rule.name.clone();
        return Err(SamplingError::Lacks { rule, field: "the class", kind: "operator" });
    }
    let none = Vec::new();
    let mut operators = Vec::new();
    for id in chain.operator_ids() {
        let view = chain.operator(id);
        let classes = options.classes.get(view.code);
        // One that only other records name may still be known by its class.
        if !view.registered && classes.is_none() {
            continue;
        }
        let concerned = Concerned {
            region: view.region.map_or("", |region| chain.region(region).code),
            stage: view.stage,
            classes: classes.unwrap_or(&none),
        };
        for (rule, known) in options.rules.iter().zip(&mut rules) {
            let concerns = rule.concerns(concerned.stage, concerned.classes);
            known.operators += u64::from(known.holds && concerns);
        }
        for (samples, at) in strictest(&options.rules, &concerned, day).into_values() {
            if view.region.is_none() && samples > 0 {
                let rule = rules[at].name.clone();
                let operator = view.code.to_owned();
                return Err(SamplingError::Unplaced { operator, rule, samples });
            }
            rules[at].samples = rules[at].samples.saturating_add(samples);
        }
        if view.region.is_some() {
            operators.push(concerned);
        }
    }
    Ok((minima(&options.rules, &operators, day), rules))
}

/// Shares out what every region holds among its cells, from the lowest up; gives what each holds
/// itself, and what is planned in it and all within.
fn hold(
    owed: &Obligations,
    cells: &mut Cells,
    method: Method,
) -> Result<(Vec<u64>, Vec<u64>), SamplingError> {
    let (mut held, mut planned) = (vec![0; owed.rows().len()], vec![0; owed.rows().len()]);
    for at in owed.downward().iter().copied().rev() {
        let row = &owed.rows()[at];
        let below =
            owed.children(at).iter().fold(0_u64, |sum, part| sum.saturating_add(planned[*part]));
        if row.due > below {
            // What the parts in the data do not owe.
            let rest = || [(Kind::default(), blank(owed, at, &Kind::default()))].into();
            cells.entry(at).or_insert_with(rest);
        }
        if let Some(inside) = cells.get_mut(&at) {
            let mut inside: Vec<&mut PlanCell> = inside.values_mut().collect();
            let least = inside.iter().fold(0, |sum: u64, cell| sum.saturating_add(cell.least));
            held[at] = row.due.saturating_sub(below).max(least);
            allocate(&mut inside, held[at], method)
                .map_err(|error| error.named(|_| Some(row.code.clone())))?;
        }
        planned[at] = held[at].saturating_add(below);
        check_total(planned[at])?;
    }
    let tops = (0..planned.len()).filter(|at| owed.rows()[*at].parent.is_none());
    check_total(tops.fold(0, |sum: u64, at| sum.saturating_add(planned[at])))?;
    Ok((held, planned))
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
    check_total(total)?;
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
    let mut depth = vec![0_usize; held.len()];
    for at in owed.downward() {
        depth[*at] = owed.rows()[*at].parent.map_or(0, |above| depth[above] + 1);
    }
    let mut order = Vec::with_capacity(quotas.len());
    for quota in quotas {
        order.push((owed.index(&quota.region)?, quota.samples));
    }
    order.sort_by_key(|(at, _)| (std::cmp::Reverse(depth[*at]), *at));
    if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let code = owed.rows()[pair[0].0].code.clone();
        return Err(SamplingError::Duplicate { kind: "quota", code });
    }
    for (region, samples) in order {
        let inside = owed.within(region);
        let mut within: Vec<usize> = inside.iter().copied().filter(|at| held[*at] > 0).collect();
        within.sort_unstable();
        let free: Vec<u64> = within.iter().map(|leaf| left[*leaf]).collect();
        // At most what is planned in all.
        let all: u64 = free.iter().sum();
        let code = &owed.rows()[region].code;
        if samples > all {
            let expected = "at most what its regions hold";
            let value = format!("{samples} of {all}");
            return Err(SamplingError::value("the quota", Subject::from(&**code), value, expected));
        }
        let parts = share_tiers(&free, &[samples, all - samples])?;
        let mut taken: BTreeMap<usize, u64> = BTreeMap::new();
        for (leaf, pair) in within.iter().zip(parts.chunks(2)) {
            left[*leaf] -= pair[0];
            taken.insert(*leaf, pair[0]);
        }
        for at in inside.iter().rev() {
            let Some(samples) = taken.get(at).copied() else { continue };
            arranged[*at].insert(code.clone(), samples);
            let above = owed.rows()[*at].parent.filter(|_| *at != region);
            above.iter().for_each(|above| *taken.entry(*above).or_insert(0) += samples);
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
    let weights = PurposeShare::whole(&options.purposes)?;
    let months = Period::months(options.year);
    for season in options.seasons.values() {
        check_length("the months of a season", season.len(), months.len())?;
    }
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
    let most = options.most_a_month.unwrap_or(MOST_SAMPLES);
    let capacity = |least| vec![Bounds::new(least, most); months.len()];
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
    // No month is idle, but for seasons that leave one out.
    let busy =
        if total >= months.len() as u64 { schedule(&asked, &capacity(1)).ok() } else { None };
    let spread = match busy {
        Some(spread) => spread,
        None => schedule(&asked, &capacity(0)).map_err(|error| error.named(month))?,
    };
    let mut rows: Vec<PlanRow> = Vec::new();
    for (group, cells) in groups.into_values().zip(spread) {
        for (mut row, months) in group.into_iter().zip(cells.chunks(months.len().max(1))) {
            row.months = months.to_vec();
            rows.push(row);
        }
    }
    let key = |row: &PlanRow| (row.stage, row.purpose);
    rows.sort_by(|a, b| {
        let texts = (&a.region, &a.category).cmp(&(&b.region, &b.category));
        texts.then_with(|| key(a).cmp(&key(b)))
    });
    Ok(rows)
}
