//! The compliance report: pass and problem-finding rates, disposal, index numbers.
//!
//! Estimands, each for one purpose of sampling at a time, whole and by region, category, stage,
//! hazard and period:
//!
//! - **problem-finding rate** (问题发现率): failing among the samples of this purpose that have a
//!   verdict; **pass rate** (合格率) is 1 less it. For evaluation samples these estimate the
//!   population's; for others they describe what was sampled
//!   ([`purpose`](crate::purpose)), and `population` says so in every row.
//! - **disposal rate** (处置率): failing samples that were acted on among those that were due
//!   ([`disposal_rate`], [`disposals`]).
//! - **index number** ([`index`]).
//!
//! When not to use: to compare regions by problem-finding rates of supervision samples; use
//! evaluation samples and [`small_area`](crate::small_area).
//!
//! ```
//! use suyuan_core::model::SampleKind;
//! use suyuan_stats::compliance::{Dimension, Fact, report};
//! use suyuan_stats::proportion::Method;
//! let fact = |failed| Fact {
//!     purpose: Some(SampleKind::Supervision),
//!     failed: Some(failed),
//!     region: "370202".into(),
//!     ..Fact::default()
//! };
//! let rows = report(&[fact(true), fact(false)], &[Dimension::Region], 0.95, Method::Wilson)?;
//! assert_eq!((rows[0].tested, rows[0].failing, rows[0].population), (2, 1, false));
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use suyuan_core::model::SampleKind;

use crate::error::{Result, open_unit};
use crate::proportion::{Interval, Method, interval};
use crate::purpose::estimates_population;

mod chain;
pub mod index;

pub use chain::{disposals, facts};

/// What the report needs to know of a sample. An empty text is an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fact {
    /// What it was taken for.
    pub purpose: Option<SampleKind>,
    /// Whether it failed; `None` while there is no verdict.
    pub failed: Option<bool>,
    /// Code of the region.
    pub region: String,
    /// Food category.
    pub category: String,
    /// Stage of the operator.
    pub stage: String,
    /// Class of the hazard.
    pub hazard: String,
    /// Period, such as a month `2026-03`.
    pub period: String,
}

/// By what samples are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dimension {
    /// Not at all.
    All,
    /// By region.
    Region,
    /// By food category.
    Category,
    /// By stage.
    Stage,
    /// By class of hazard.
    Hazard,
    /// By period.
    Period,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: &'static [Self] =
        &[Self::All, Self::Region, Self::Category, Self::Stage, Self::Hazard, Self::Period];

    /// The name used in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Region => "region",
            Self::Category => "category",
            Self::Stage => "stage",
            Self::Hazard => "hazard",
            Self::Period => "period",
        }
    }

    /// The value of a sample in this dimension.
    #[must_use]
    pub fn of(self, fact: &Fact) -> &str {
        match self {
            Self::All => "",
            Self::Region => &fact.region,
            Self::Category => &fact.category,
            Self::Stage => &fact.stage,
            Self::Hazard => &fact.hazard,
            Self::Period => &fact.period,
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What the samples were taken for; `unknown` where they do not say.
    pub purpose: &'static str,
    /// The dimension.
    pub dimension: &'static str,
    /// The value; empty for all and for unknown values.
    pub value: String,
    /// Samples with a verdict.
    pub tested: u64,
    /// Samples that failed.
    pub failing: u64,
    /// Samples without a verdict yet.
    pub pending: u64,
    /// The failing share; absent while nothing has a verdict.
    pub problem_finding: Option<Interval>,
    /// The passing share.
    pub pass: Option<Interval>,
    /// Whether these are rates of the population, and not only of the samples.
    pub population: bool,
}

/// The report by several dimensions, a row for every purpose and value, in the order of the
/// dimensions given, then purposes, then values. O(samples log values).
///
/// # Errors
/// [`Error::Domain`](crate::Error::Domain) for a confidence outside (0, 1).
pub fn report(
    facts: &[Fact],
    dimensions: &[Dimension],
    confidence: f64,
    method: Method,
) -> Result<Vec<Row>> {
    open_unit("confidence", confidence)?;
    let mut rows = Vec::new();
    for &dimension in dimensions {
        let mut groups: BTreeMap<(Option<SampleKind>, &str), (u64, u64, u64)> = BTreeMap::new();
        for fact in facts {
            let group = groups.entry((fact.purpose, dimension.of(fact))).or_default();
            match fact.failed {
                Some(true) => {
                    group.0 += 1;
                    group.1 += 1;
                }
                Some(false) => group.0 += 1,
                None => group.2 += 1,
            }
        }
        for ((purpose, value), (tested, failing, pending)) in groups {
            let found = if tested > 0 {
                Some(interval(failing, tested, confidence, method)?)
            } else {
                None
            };
            rows.push(Row {
                purpose: purpose.map_or("unknown", SampleKind::as_str),
                dimension: dimension.name(),
                value: value.to_owned(),
                tested,
                failing,
                pending,
                problem_finding: found,
                pass: found.map(|found| found.complement()),
                population: purpose.is_some_and(|purpose| estimates_population(purpose).is_ok()),
            });
        }
    }
    Ok(rows)
}

/// The disposal rate, from `done` of `due` failing samples.
///
/// # Errors
/// As [`interval`].
pub fn disposal_rate(done: u64, due: u64, confidence: f64) -> Result<Interval> {
    let mut rate = interval(done, due, confidence, Method::ClopperPearson)?;
    rate.method = "disposal_clopper_pearson";
    Ok(rate)
}
