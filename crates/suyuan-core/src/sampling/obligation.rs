//! How many samples a year a region owes, and what rules ask for at least.
//!
//! ```
//! use suyuan_core::model::{Region, RegionLevel};
//! use suyuan_core::sampling::{Obligations, Rate};
//! let region = |code: &'static str, parent: &'static str, population| Region {
//!     code: code.into(), parent: parent.into(), population: Some(population),
//!     level: Some(RegionLevel::City), ..Region::default()
//! };
//! let regions = [region("370000", "", 2_400), region("370100", "370000", 1_001),
//!     region("370200", "370000", 1_399)];
//! let owed = Obligations::new(&regions, Rate::default())?;
//! // 5.005 and 6.995 are rounded up: the sum of the parts is above 12 = ceil(2,400 x 5 / 1000).
//! assert_eq!(owed.find("370100")?.due, 6);
//! assert_eq!(owed.find("370200")?.due, 7);
//! assert_eq!((owed.find("370000")?.own, owed.find("370000")?.due), (Some(12), 13));
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::error::{SamplingError, Subject};
use crate::chain::SupplyChain;
use crate::model::{Region, RegionLevel, Stage};

/// Samples a year for each 1000 people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Decimal")]
pub struct Rate(#[serde(with = "rust_decimal::serde::str")] Decimal);

/// The highest rate: one sample a person and day is far below it.
const MOST_RATE: u64 = 1_000_000;

impl Default for Rate {
    /// 5 a year for each 1000 people: semantics section 10.
    fn default() -> Self {
        Self(Decimal::from(5))
    }
}

impl TryFrom<Decimal> for Rate {
    type Error = SamplingError;

    fn try_from(rate: Decimal) -> Result<Self, SamplingError> {
        Self::per_thousand(rate)
    }
}

impl Rate {
    /// From samples a year for each 1000 people.
    ///
    /// # Errors
    /// [`SamplingError::Value`] for a rate below zero or above a million, or with more than 9
    /// decimals.
    pub fn per_thousand(rate: Decimal) -> Result<Self, SamplingError> {
        let normal = rate.normalize();
        if normal.is_sign_negative() && !normal.is_zero()
            || normal > Decimal::from(MOST_RATE)
            || normal.scale() > 9
        {
            let expected = "a number from 0 to 1000000 with at most 9 decimals";
            return Err(SamplingError::value("the rate", Subject::Whole, rate, expected));
        }
        Ok(Self(normal))
    }

    /// Samples a year for each 1000 people.
    #[must_use]
    pub fn value(self) -> Decimal {
        self.0
    }

    /// `ceil(population x rate / 1000)`, exactly.
    ///
    /// ```
    /// use suyuan_core::sampling::Rate;
    /// assert_eq!(Rate::default().minimum(101_527_453), 507_638);
    /// assert_eq!(Rate::default().minimum(200), 1);
    /// assert_eq!(Rate::default().minimum(0), 0);
    /// ```
    #[must_use]
    pub fn minimum(self, population: u64) -> u64 {
        // At most 10^6 x 10^9 times 2^64: within 128 bits. The quotient is at most 1000 x 2^64.
        let parts = u128::from(population) * self.0.mantissa().unsigned_abs();
        let whole = parts.div_ceil(1000 * 10_u128.pow(self.0.scale()));
        u64::try_from(whole).unwrap_or(u64::MAX)
    }
}

/// What one region owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Obligation {
    /// The region's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub level: Option<RegionLevel>,
    /// The index of the region it belongs to.
    pub parent: Option<usize>,
    /// Its people.
    pub population: Option<u64>,
    /// `ceil(population x rate / 1000)`; `None` where the population is not known.
    pub own: Option<u64>,
    /// The sum over the regions directly within.
    pub parts: u64,
    /// Samples a year: the larger of the two.
    pub due: u64,
}

/// What every region owes, by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obligations {
    /// The rate.
    pub rate: Rate,
    rows: Vec<Obligation>,
    #[serde(skip)]
    children: Vec<Vec<usize>>,
    /// Each region after the one it belongs to.
    #[serde(skip)]
    order: Vec<usize>,
}

impl Obligations {
    /// From the registry of regions. A region that names a parent must find it. O(n log n).
    ///
    /// A tier owes the larger of its own minimum and the sum of its parts, because the sum of
    /// what is rounded up is not what the sum is rounded up to.
    ///
    /// # Errors
    /// [`SamplingError::Duplicate`], [`SamplingError::Unknown`] for a parent that has no row,
    /// [`SamplingError::Cycle`], [`SamplingError::Empty`] without regions.
    pub fn new(regions: &[Region<'_>], rate: Rate) -> Result<Self, SamplingError> {
        if regions.is_empty() {
            return Err(SamplingError::Empty { what: "the table of regions" });
        }
        let mut order: Vec<&Region<'_>> = regions.iter().collect();
        order.sort_by(|a, b| a.code.cmp(&b.code));
        if let Some(pair) = order.windows(2).find(|pair| pair[0].code == pair[1].code) {
            let code = pair[0].code.clone().into_owned();
            return Err(SamplingError::Duplicate { kind: "region", code });
        }
        let index: BTreeMap<&str, usize> =
            order.iter().enumerate().map(|(at, region)| (&*region.code, at)).collect();
        let mut rows = Vec::with_capacity(order.len());
        let mut children = vec![Vec::new(); order.len()];
        for (at, region) in order.iter().enumerate() {
            let parent = match &*region.parent {
                "" => None,
                parent => Some(*index.get(parent).ok_or_else(|| SamplingError::Unknown {
                    kind: "region",
                    code: parent.to_owned(),
                    subject: Subject::from(&*region.code),
                })?),
            };
            if let Some(parent) = parent {
                children[parent].push(at);
            }
            rows.push(Obligation {
                code: region.code.clone().into_owned(),
                name: region.name.clone().into_owned(),
                level: region.level,
                parent,
                population: region.population,
                own: region.population.map(|population| rate.minimum(population)),
                parts: 0,
                due: 0,
            });
        }
        let mut found = Self { rate, rows, children, order: Vec::new() };
        found.roll_up()?;
        Ok(found)
    }

    /// From the regions of a chain; regions that only other records name have no population.
    ///
    /// # Errors
    /// As [`Obligations::new`].
    pub fn of_chain(chain: &SupplyChain, rate: Rate) -> Result<Self, SamplingError> {
        let regions: Vec<Region<'_>> = chain
            .region_ids()
            .map(|id| {
                let view = chain.region(id);
                Region {
                    code: view.code.into(),
                    name: view.name.into(),
                    level: view.level,
                    parent: view.parent.map_or("", |parent| chain.region(parent).code).into(),
                    population: view.population,
                }
            })
            .collect();
        Self::new(&regions, rate)
    }

    fn roll_up(&mut self) -> Result<(), SamplingError> {
        let mut order: Vec<usize> =
            (0..self.rows.len()).filter(|at| self.rows[*at].parent.is_none()).collect();
        let mut next = 0;
        while next < order.len() {
            order.extend_from_slice(&self.children[order[next]]);
            next += 1;
        }
        if order.len() < self.rows.len() {
            let mut seen = vec![false; self.rows.len()];
            order.iter().for_each(|at| seen[*at] = true);
            let at = seen.iter().position(|seen| !seen).unwrap_or(0);
            return Err(SamplingError::Cycle { code: self.rows[at].code.clone() });
        }
        for at in order.iter().copied().rev() {
            let due = |part: &usize| self.rows[*part].due;
            let parts = self.children[at].iter().map(due).fold(0, u64::saturating_add);
            self.rows[at].parts = parts;
            self.rows[at].due = self.rows[at].own.unwrap_or(0).max(parts);
        }
        self.order = order;
        Ok(())
    }

    /// Every region, by code.
    #[must_use]
    pub fn rows(&self) -> &[Obligation] {
        &self.rows
    }

    /// The regions directly within one, by code.
    #[must_use]
    pub fn children(&self, at: usize) -> &[usize] {
        self.children.get(at).map_or(&[], Vec::as_slice)
    }

    /// Every region, each after the one it belongs to.
    #[must_use]
    pub fn downward(&self) -> &[usize] {
        &self.order
    }

    /// A region and all that lie within it, each after the one it belongs to. O(regions within).
    #[must_use]
    pub fn within(&self, at: usize) -> Vec<usize> {
        let mut found: Vec<usize> = (at < self.rows.len()).then_some(at).into_iter().collect();
        let mut next = 0;
        while next < found.len() {
            found.extend_from_slice(self.children(found[next]));
            next += 1;
        }
        found
    }

    /// The index of a region by its code.
    ///
    /// # Errors
    /// [`SamplingError::Unknown`].
    pub fn index(&self, code: &str) -> Result<usize, SamplingError> {
        self.rows.binary_search_by(|row| (*row.code).cmp(code)).map_err(|_| {
            SamplingError::Unknown {
                kind: "region",
                code: code.to_owned(),
                subject: Subject::from("the question"),
            }
        })
    }

    /// What a region owes.
    ///
    /// # Errors
    /// [`SamplingError::Unknown`].
    pub fn find(&self, code: &str) -> Result<&Obligation, SamplingError> {
        self.index(code).map(|at| &self.rows[at])
    }

    /// The regions that contain a region, itself first.
    pub fn upward(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(at), |at| self.rows.get(*at)?.parent)
    }

    /// The regions without parts, by code: where samples are taken.
    pub fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows.len()).filter(|at| self.children[*at].is_empty())
    }

    /// Codes of the regions whose population is not known and that have no parts to go by: their
    /// obligation is not known, and counts as nothing.
    #[must_use]
    pub fn unknown(&self) -> Vec<&str> {
        self.leaves()
            .filter(|at| self.rows[*at].own.is_none())
            .map(|at| &*self.rows[at].code)
            .collect()
    }
}

/// A rule that asks for samples of each operator of a kind: dated data, not code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumRule {
    /// What it is called.
    pub name: String,
    /// The law or plan it comes from.
    pub basis: String,
    /// The stage of the operators concerned; `None` for any.
    #[serde(default)]
    pub stage: Option<Stage>,
    /// The class of the operators concerned, such as `infant formula`; `None` for any.
    #[serde(default)]
    pub class: Option<String>,
    /// The food category of the samples; `None` for any.
    #[serde(default)]
    pub category: Option<String>,
    /// Samples a year of each operator.
    pub samples_a_year: u64,
    /// The first day it holds; `None` for always.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day it holds; `None` for until further notice.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

impl MinimumRule {
    /// Whether the rule holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the rule concerns an operator.
    #[must_use]
    pub fn concerns(&self, stage: Option<Stage>, classes: &[String]) -> bool {
        self.stage.is_none_or(|wanted| stage == Some(wanted))
            && self.class.as_ref().is_none_or(|wanted| classes.contains(wanted))
    }
}

/// An operator as minimum rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Concerned<'a> {
    /// Code of its region.
    pub region: &'a str,
    /// Its stage.
    pub stage: Option<Stage>,
    /// Its classes.
    pub classes: &'a [String],
}

/// What the rules ask for in one region, stage and category.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Minimum {
    /// Code of the region.
    pub region: String,
    /// Stage of the operators.
    pub stage: Option<Stage>,
    /// Food category, where a rule names one.
    pub category: Option<String>,
    /// Operators concerned.
    pub operators: u64,
    /// Samples a year.
    pub samples: u64,
    /// The rules, in their order.
    pub rules: Vec<String>,
}

/// For each food category that rules ask samples of an operator for, the largest number and the
/// rule that asks for it; a rule whose category is empty asks for samples of any.
pub(super) fn strictest<'a>(
    rules: &'a [MinimumRule],
    operator: &Concerned<'_>,
    day: NaiveDate,
) -> BTreeMap<Option<&'a str>, (u64, usize)> {
    let mut found: BTreeMap<Option<&str>, (u64, usize)> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        if rule.holds_on(day) && rule.concerns(operator.stage, operator.classes) {
            let category = rule.category.as_deref().filter(|category| !category.is_empty());
            let best = found.entry(category).or_insert((0, at));
            if rule.samples_a_year > best.0 {
                *best = (rule.samples_a_year, at);
            }
        }
    }
    found
}

/// What the rules that hold on a day ask for, by region, stage and category. Where several rules
/// concern one operator and category, the strictest counts once. O(operators x rules).
#[must_use]
pub fn minima(rules: &[MinimumRule], operators: &[Concerned<'_>], day: NaiveDate) -> Vec<Minimum> {
    type Key<'a> = (&'a str, Option<Stage>, Option<&'a str>);
    let mut found: BTreeMap<Key<'_>, (u64, u64, Vec<usize>)> = BTreeMap::new();
    for operator in operators {
        for (category, (samples, rule)) in strictest(rules, operator, day) {
            let key = (operator.region, operator.stage, category);
            let entry = found.entry(key).or_default();
            entry.0 += 1;
            entry.1 = entry.1.saturating_add(samples);
            if !entry.2.contains(&rule) {
                entry.2.push(rule);
            }
        }
    }
    found
        .into_iter()
        .map(|((region, stage, category), (operators, samples, mut used))| {
            used.sort_unstable();
            Minimum {
                region: region.to_owned(),
                stage,
                category: category.map(str::to_owned),
                operators,
                samples,
                rules: used.into_iter().map(|at| rules[at].name.clone()).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn region(code: &str, parent: &str, population: u64) -> Region<'static> {
        Region {
            code: code.to_owned().into(),
            parent: parent.to_owned().into(),
            population: Some(population),
            ..Region::default()
        }
    }

    proptest! {
        #[test]
        fn minima_are_rounded_up(population in 0..u64::MAX, mantissa in 0_i64..1_000_000, scale in 0_u32..9) {
            let rate = Rate::per_thousand(Decimal::new(mantissa, scale)).unwrap();
            let found = num_bigint::BigInt::from(rate.minimum(population));
            let parts = num_bigint::BigInt::from(population) * mantissa;
            let over = num_bigint::BigInt::from(1000) * num_bigint::BigInt::from(10).pow(scale);
            if found < num_bigint::BigInt::from(u64::MAX) {
                prop_assert!(&found * &over >= parts);
                prop_assert!((found - 1) * &over < parts || parts == num_bigint::BigInt::from(0));
            }
        }
    }

    #[test]
    fn bad_regions_are_named() {
        let rate = Rate::default();
        let said =
            |regions: &[Region<'_>]| Obligations::new(regions, rate).unwrap_err().to_string();
        assert!(said(&[region("1", "2", 1)]).contains("region \"2\", named by \"1\""));
        assert!(said(&[region("1", "", 1), region("1", "", 1)]).contains("code \"1\""));
        assert!(said(&[region("1", "2", 1), region("2", "1", 1)]).contains("within itself"));
        assert!(said(&[]).contains("empty"));
        for bad in ["-1", "1000001", "0.0000000001"] {
            assert!(Rate::per_thousand(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_population_is_said() {
        let regions = [Region { population: None, ..region("1", "", 0) }, region("2", "", 300)];
        let owed = Obligations::new(&regions, Rate::default()).unwrap();
        assert_eq!(owed.unknown(), ["1"]);
        assert_eq!(owed.find("2").unwrap().due, 2);
    }

    #[test]
    fn the_strictest_rule_counts_once() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let rule = |name: &str, stage, class: Option<&str>, samples_a_year| MinimumRule {
            name: name.to_owned(),
            basis: "example".to_owned(),
            stage,
            class: class.map(str::to_owned),
            category: None,
            samples_a_year,
            from: None,
            until: None,
        };
        let rules = [
            rule("canteens", Some(Stage::Canteen), None, 2),
            rule("schools", None, Some("school"), 4),
            MinimumRule { until: day.pred_opt(), ..rule("old", Some(Stage::Canteen), None, 99) },
        ];
        let school = ["school".to_owned()];
        let operator =
            |classes| Concerned { region: "370202", stage: Some(Stage::Canteen), classes };
        let found = minima(&rules, &[operator(&school), operator(&[])], day);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].operators, found[0].samples), (2, 6));
        assert_eq!(found[0].rules, ["canteens", "schools"]);
    }
}
