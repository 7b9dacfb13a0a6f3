//! How far a year's samples have come: done, due to date, owed, and what is behind.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Operator, Region, Sample, SampleKind, Source};
//! use suyuan_core::sampling::progress::{ProgressOptions, progress};
//! use suyuan_core::time::{Span, UtcOffset};
//! let mut builder = ChainBuilder::new();
//! let region = Region { code: "370202".into(), population: Some(1460), ..Region::default() };
//! builder.add_region(&region, Source::NONE)?;
//! let shop = Operator { code: "S".into(), region: "370202".into(), ..Operator::default() };
//! builder.add_operator(&shop, Source::NONE)?;
//! let sample = Sample {
//!     code: "1".into(), batch: "B".into(), operator: "S".into(),
//!     kind: Some(SampleKind::Supervision),
//!     sampled_on: Span::parse("2026-01-05", UtcOffset::CHINA)?, ..Sample::default()
//! };
//! builder.add_sample(&sample, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let day = Span::parse_limit("2026-02-14", UtcOffset::CHINA)?;
//! let found = progress(&chain, &ProgressOptions::new(2026).as_of(day))?;
//! // 8 owed; 45 of 365 days gone: one sample is due, and one a 45 days makes 8 a year.
//! let row = &found.rows[0];
//! assert_eq!((row.done, row.due, row.owed, row.projected, row.behind), (1, 1, 8, 8, 0));
//! assert_eq!(row.per_thousand, "0.684932");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::allocation::{Rounding, apportion};
use super::error::{SamplingError, Subject};
use super::obligation::{Obligations, Rate};
use super::schedule::Period;
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::model::{RegionLevel, SampleKind};
use crate::time::Minute;

/// The decimals that a share's weight may have: what fits a whole number of 64 bits.
const DECIMALS: u32 = 9;

/// What a purpose has to contribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposeShare {
    /// The purpose.
    pub kind: SampleKind,
    /// Its share of the obligation, in proportion to the others': a decimal number from 0 to 10^9
    /// with at most 9 decimals, so that shares are exact.
    pub weight: Decimal,
}

impl PurposeShare {
    /// From a purpose and its weight.
    pub fn new(kind: SampleKind, weight: impl Into<Decimal>) -> Self {
        Self { kind, weight: weight.into() }
    }

    /// Weights as whole numbers in the same proportion.
    pub(super) fn whole(shares: &[Self]) -> Result<Vec<u64>, SamplingError> {
        let scale = shares.iter().map(|share| share.weight.normalize().scale()).max().unwrap_or(0);
        let most = Decimal::from(10_u64.pow(DECIMALS));
        let mut seen = BTreeSet::new();
        shares
            .iter()
            .map(|share| {
                if !seen.insert(share.kind) {
                    let code = share.kind.to_string();
                    return Err(SamplingError::Duplicate { kind: "purpose", code });
                }
                let mut weight = share.weight.normalize();
                let fits = Decimal::ZERO <= weight && weight <= most && weight.scale() <= DECIMALS;
                weight.rescale(scale.min(DECIMALS));
                u64::try_from(weight.mantissa()).ok().filter(|_| fits).ok_or_else(|| {
                    let expected = "a number from 0 to 1000000000 with at most 9 decimals";
                    let subject = Subject::Named(share.kind.to_string());
                    SamplingError::value("the weight", subject, share.weight, expected)
                })
            })
            .collect()
    }
}

/// What progress is measured against.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgressOptions {
    /// The year.
    pub year: i32,
    /// Samples taken by then, and what is due by then; the end of the year when unbounded.
    pub as_of: Minute,
    /// Samples a year for each 1000 people.
    pub rate: Rate,
    /// How the obligation is shared among purposes; supervision alone unless said otherwise.
    pub shares: Vec<PurposeShare>,
    /// Weight of each month in what is due; all days alike when empty.
    pub months: Vec<u64>,
}

impl ProgressOptions {
    /// A whole year at the default rate, supervision alone.
    #[must_use]
    pub fn new(year: i32) -> Self {
        Self {
            year,
            as_of: Minute::UNBOUNDED_FUTURE,
            rate: Rate::default(),
            shares: vec![PurposeShare::new(SampleKind::Supervision, 1)],
            months: Vec::new(),
        }
    }

    /// Measured at the end of a minute.
    #[must_use]
    pub fn as_of(mut self, as_of: Minute) -> Self {
        self.as_of = as_of;
        self
    }
}

/// One region and purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProgressRow {
    /// The region's code.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub level: Option<RegionLevel>,
    /// The purpose.
    pub purpose: SampleKind,
    /// Samples taken in the year by the day, in the region and all within it.
    pub done: u64,
    /// Samples due by the day, rounded up.
    pub due: u64,
    /// Samples owed in the year.
    pub owed: u64,
    /// Samples done for each 1000 people, 6 decimals; empty where the population is not known.
    pub per_thousand: String,
    /// Samples the year ends with at this pace, rounded down.
    pub projected: u64,
    /// The same for each 1000 people.
    pub projected_per_thousand: String,
    /// Samples due and not done.
    pub behind: u64,
}

/// The progress of every region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// The year.
    pub year: i32,
    /// The last day counted.
    pub day: NaiveDate,
    /// Regions by code, in each the purposes with a share or a sample, in their order.
    pub rows: Vec<ProgressRow>,
    /// Codes of samples that no row counts because their date does not lie wholly within the days
    /// counted but may, or their purpose is not known.
    pub unclear: Vec<String>,
    /// Codes of samples at operators without a region.
    pub unplaced: Vec<String>,
    /// Regions whose obligation is not known.
    pub unknown: Vec<String>,
}

/// Counts a year's samples by region and purpose against what is due. Purposes are never pooled.
///
/// A sample counts where its operator's region lies, and in every region that contains it, when
/// its date lies wholly within the year's days up to the day; one whose date is not known so well
/// never helps to meet an obligation, but is listed. O((samples + regions) log regions).
///
/// # Errors
/// Those of [`Obligations::new`]; [`SamplingError::Value`] for an as-of before the year or months
/// that are not twelve, or a weight that cannot be used; [`SamplingError::Duplicate`] for a purpose
/// given twice; [`SamplingError::Empty`] without any share.
pub fn progress(chain: &SupplyChain, options: &ProgressOptions) -> Result<Progress, Error> {
    let owed = Obligations::of_chain(chain, options.rate)?;
    let calendar = Year::new(options)?;
    let kinds: Vec<SampleKind> = options.shares.iter().map(|share| share.kind).collect();
    let weights = PurposeShare::whole(&options.shares)?;
    let regions: BTreeMap<&str, usize> =
        owed.rows().iter().enumerate().map(|(at, row)| (&*row.code, at)).collect();
    let mut done: Vec<BTreeMap<SampleKind, u64>> = vec![BTreeMap::new(); owed.rows().len()];
    let (mut unclear, mut unplaced) = (Vec::new(), Vec::new());
    for id in chain.sample_ids() {
        let sample = chain.sample(id);
        let (from, to) = (sample.sampled_on.earliest, sample.sampled_on.latest);
        if to < calendar.first || from > calendar.last {
            continue;
        }
        let within = calendar.first <= from && to <= calendar.last;
        let Some(kind) = sample.kind.filter(|_| within) else {
            unclear.push(sample.code.to_owned());
            continue;
        };
        let (_, operator) = chain.stock(sample.stock);
        let region = chain.operator(operator).region.map(|region| chain.region(region).code);
        let Some(region) = region.and_then(|code| regions.get(code)) else {
            unplaced.push(sample.code.to_owned());
            continue;
        };
        *done[*region].entry(kind).or_default() += 1;
    }
    for at in owed.downward().iter().rev() {
        if let Some(parent) = owed.rows()[*at].parent {
            for (kind, count) in done[*at].clone() {
                *done[parent].entry(kind).or_default() += count;
            }
        }
    }
    let mut rows = Vec::new();
    for (at, region) in owed.rows().iter().enumerate() {
        let parts = apportion(&weights, region.due, Rounding::Hamilton)?;
        for kind in SampleKind::ALL {
            let share = kinds.iter().position(|other| other == kind);
            let count = done[at].get(kind).copied();
            if share.is_none() && count.is_none() {
                continue;
            }
            let done = count.unwrap_or(0);
            let owed = share.map_or(0, |share| parts[share]);
            let due = calendar.due(owed);
            let projected = calendar.projected(done);
            rows.push(ProgressRow {
                region: region.code.clone(),
                name: region.name.clone(),
                level: region.level,
                purpose: *kind,
                done,
                due,
                owed,
                per_thousand: per_thousand(done, region.population),
                projected,
                projected_per_thousand: per_thousand(projected, region.population),
                behind: due.saturating_sub(done),
            });
        }
    }
    let unknown = owed.unknown().into_iter().map(str::to_owned).collect();
    Ok(Progress { year: options.year, day: calendar.day, rows, unclear, unplaced, unknown })
}

/// The day that a chain's samples lead a year to: the last one on which a sample of the year was
/// taken or reported, or the end of the year where samples go on after it. `None` for a year of no
/// samples, or outside the calendar. What is due by a day the records do not reach only looks
/// behind. O(samples).
#[must_use]
pub fn last_day(chain: &SupplyChain, year: i32) -> Option<NaiveDate> {
    let months = Period::months(year);
    let (first, last) = (months.first()?.from, months.last()?.to);
    let days = chain.sample_ids().flat_map(|id| {
        let sample = chain.sample(id);
        [sample.sampled_on, sample.reported_on].map(|span| span.latest.date())
    });
    days.flatten().filter(|day| first <= *day).map(|day| day.min(last)).max()
}

/// The largest weight of a month, so that what is due is exact.
const MOST_WEIGHT: u64 = 1 << 32;

/// The days of a year up to the day counted, with weights.
struct Year {
    first: Minute,
    last: Minute,
    day: NaiveDate,
    /// Weight of the days gone, and of all days.
    gone: u128,
    all: u128,
}

impl Year {
    fn new(options: &ProgressOptions) -> Result<Self, SamplingError> {
        let bad = |what, value: String, expected| {
            Err(SamplingError::value(what, Subject::Whole, value, expected))
        };
        let months = Period::months(options.year);
        let (Some(january), Some(december)) = (months.first(), months.last()) else {
            return bad("the year", options.year.to_string(), "a year of the calendar");
        };
        let day = options.as_of.date().unwrap_or(december.to).min(december.to);
        if day < january.from {
            return bad("the day", day.to_string(), "within the year");
        }
        if !matches!(options.months.len(), 0 | 12) {
            let count = format!("{} weights of months", options.months.len());
            return bad("the season", count, "twelve weights, or none");
        }
        let season = if options.months.iter().all(|weight| *weight == 0) {
            months.iter().map(|month| u128::from(month.to.day())).collect::<Vec<_>>()
        } else {
            options.months.iter().map(|weight| u128::from(*weight)).collect()
        };
        if let Some(weight) = options.months.iter().find(|weight| **weight > MOST_WEIGHT) {
            return bad("the season", weight.to_string(), "weights of at most 2^32");
        }
        // In parts of a day of each month: 27,720 x 31 is a multiple of 28, 29, 30 and 31.
        const PARTS: u128 = 28 * 29 * 30 * 31;
        let part = |(month, weight): (&Period, &u128)| {
            let days = u128::from(month.to.day());
            let gone = match day {
                day if day < month.from => 0,
                day if day > month.to => days,
                day => u128::from(day.day()),
            };
            weight * (PARTS / days) * gone
        };
        Ok(Self {
            first: Minute::start_of(january.from),
            last: Minute::end_of(day).min(options.as_of),
            day,
            gone: months.iter().zip(&season).map(part).sum(),
            all: season.iter().sum::<u128>() * PARTS,
        })
    }

    fn due(&self, owed: u64) -> u64 {
        ratio(owed, self.gone, self.all, true)
    }

    fn projected(&self, done: u64) -> u64 {
        if self.gone == 0 { done } else { ratio(done, self.all, self.gone, false) }
    }
}

/// `value x part / whole`, exactly, rounded up or down.
fn ratio(value: u64, part: u128, whole: u128, up: bool) -> u64 {
    let Some(product) = u128::from(value).checked_mul(part) else { return u64::MAX };
    let quotient = if up { product.div_ceil(whole) } else { product / whole };
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

fn per_thousand(samples: u64, population: Option<u64>) -> String {
    let rate = |people: u64| {
        let rate = Decimal::from(samples).checked_mul(Decimal::from(1000))?;
        Some(rate.checked_div(Decimal::from(people))?.round_dp(6).normalize().to_string())
    };
    population.and_then(rate).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Span, UtcOffset};

    fn year(day: &str, months: &[u64]) -> Year {
        let as_of = Span::parse_limit(day, UtcOffset::CHINA).unwrap();
        let options = ProgressOptions::new(2026).as_of(as_of);
        Year::new(&ProgressOptions { months: months.to_vec(), ..options }).unwrap()
    }

    #[test]
    fn what_is_due_follows_the_days() {
        assert_eq!(year("2026-12-31", &[]).due(507_638), 507_638);
        assert_eq!(year("2026-01-01", &[]).due(365), 1);
        assert_eq!(year("2026-01-01", &[]).due(366), 2);
        assert_eq!(year("2027-05-01", &[]).due(10), 10);
        assert_eq!(year("2026-02-14", &[]).projected(45), 365);
    }

    #[test]
    fn what_is_due_follows_the_season() {
        let summer = [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0];
        assert_eq!(year("2026-05-31", &summer).due(300), 0);
        assert_eq!(year("2026-06-15", &summer).due(300), 50);
        assert_eq!(year("2026-08-31", &summer).due(300), 300);
        assert_eq!(year("2026-05-31", &summer).projected(3), 3);
    }

    #[test]
    fn bad_questions_are_refused() {
        let as_of = Span::parse_limit("2025-12-31", UtcOffset::CHINA).unwrap();
        assert!(Year::new(&ProgressOptions::new(2026).as_of(as_of)).is_err());
        let months = vec![1; 11];
        assert!(Year::new(&ProgressOptions { months, ..ProgressOptions::new(2026) }).is_err());
        assert!(Year::new(&ProgressOptions::new(i32::MAX)).is_err());
    }
}
