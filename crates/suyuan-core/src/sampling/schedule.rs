//! When: samples spread over months or weeks by season and capacity.
//!
//! ```
//! use suyuan_core::sampling::schedule::{Group, schedule};
//! use suyuan_core::sampling::Bounds;
//! // Two counties, 10 and 3 samples of ice cream, mostly in summer; at most 5 a quarter.
//! let group = Group { rows: vec![10, 3], profile: vec![1, 3, 5, 1] };
//! let plan = schedule(&[group], &[Bounds::new(1, 5); 4])?;
//! assert_eq!(plan[0], [1, 3, 4, 2, 1, 1, 1, 0]);
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::allocation::flow::Cost;
use super::allocation::spread;
use super::allocation::{Bounds, Rounding, apportion, check_length, check_total, control_rounding};
use super::error::{SamplingError, Subject};
use crate::calendar::WorkingDays;
use crate::time::YEARS;

/// A month or a week: its first and its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

impl Period {
    /// The months of a year; empty for a year in which no date is read
    /// ([`YEARS`]).
    #[must_use]
    pub fn months(year: i32) -> Vec<Self> {
        (1..=12)
            .filter(|_| YEARS.contains(&year))
            .filter_map(|month| {
                let from = NaiveDate::from_ymd_opt(year, month, 1)?;
                let next = from.checked_add_months(chrono::Months::new(1))?;
                Some(Self { from, to: next.pred_opt()? })
            })
            .collect()
    }

    /// The weeks from Monday to Sunday whose Thursday lies in a year (ISO 8601); empty as months
    /// are.
    #[must_use]
    pub fn weeks(year: i32) -> Vec<Self> {
        (1..=53)
            .filter(|_| YEARS.contains(&year))
            .filter_map(|week| {
                let from = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?;
                Some(Self { from, to: from.checked_add_days(Days::new(6))? })
            })
            .collect()
    }

    /// Whether a day lies in the period.
    #[must_use]
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Working days of the period; `None` for a year the calendar has no table of.
    #[must_use]
    pub fn working_days(self, calendar: &WorkingDays) -> Option<u64> {
        let mut count = 0;
        let mut day = self.from;
        while day <= self.to {
            count += u64::from(calendar.is_working_day(day)?);
            day = day.succ_opt()?;
        }
        Some(count)
    }
}

/// A season profile over working days: the weights of the season times the working days of each
/// period. `None` for a year the calendar has no table of.
#[must_use]
pub fn by_working_days(
    season: &[u64],
    periods: &[Period],
    calendar: &WorkingDays,
) -> Option<Vec<u64>> {
    season
        .iter()
        .zip(periods)
        .map(|(weight, period)| Some(weight.saturating_mul(period.working_days(calendar)?)))
        .collect()
}

/// Weights of the months of a year by the quarter each stands in, for a category that has a
/// season; even where `weights` has no four numbers.
#[must_use]
pub fn by_quarter(weights: &[u64], periods: &[Period]) -> Vec<u64> {
    let quarter = |period: &Period| (period.from.month0() / 3) as usize;
    let weight = |period| if weights.len() == 4 { weights[quarter(period)] } else { 1 };
    periods.iter().map(weight).collect()
}

/// What shares one season: samples of each row (county and stage, say) of one category and purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Samples of each row.
    pub rows: Vec<u64>,
    /// Weight of each period.
    pub profile: Vec<u64>,
}

/// Profiles are taken to a millionth of the year, so that their squares stay whole.
const PARTS: u64 = 1_000_000;

/// The largest number of samples of one group.
const MOST: u64 = 1 << 32;

/// Spreads every group over periods: group by group and row by row, whole numbers.
///
/// First the groups: as near to their profiles as the capacity of the periods allows (the least
/// sum of squared differences, a convex flow), each period near the sum of what the profiles ask. Then the rows of each group share its periods by
/// controlled rounding, so that a row of few samples does not fall on the first period. A period
/// stays without samples only where its capacity says so: give it a lower bound of 1. Gives for
/// each group its cells row by row.
///
/// # Errors
/// [`SamplingError::Length`] for a profile of another length than the capacity;
/// [`SamplingError::Empty`] for a group with samples and no weight; [`SamplingError::TooLarge`]
/// above 2^32 samples of a group; [`SamplingError::Infeasible`], which names groups as rows and
/// periods as columns.
pub fn schedule(groups: &[Group], capacity: &[Bounds]) -> Result<Vec<Vec<u64>>, SamplingError> {
    let periods = capacity.len();
    let mut costs = Vec::with_capacity(groups.len() * periods);
    let mut cells = Vec::with_capacity(groups.len() * periods);
    let mut totals = Vec::with_capacity(groups.len());
    for group in groups {
        check_length("the periods of a profile", group.profile.len(), periods)?;
        let total = group.rows.iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
        if total > MOST {
            return Err(SamplingError::TooLarge { what: "the samples of a group", limit: MOST });
        }
        let parts = if total == 0 {
            vec![0; periods]
        } else {
            apportion(&group.profile, PARTS, Rounding::Hamilton)?
        };
        for (part, weight) in parts.into_iter().zip(&group.profile) {
            let target = i128::from(total) * i128::from(part);
            costs.push(Cost::Distance { scale: PARTS as i64, target });
            cells.push(Bounds::new(0, if *weight == 0 { 0 } else { total }));
        }
        totals.push(Bounds::exactly(total));
    }
    let tight = near_targets(&costs, capacity);
    let months = match spread(&cells, &costs, &totals, &tight) {
        Err(SamplingError::Infeasible(_)) => spread(&cells, &costs, &totals, capacity)?,
        found => found?,
    };
    groups
        .iter()
        .enumerate()
        .map(|(at, group)| share(&group.rows, &months[at * periods..(at + 1) * periods]))
        .collect()
}

/// Bounds of the periods that keep each to the sum of its targets, rounded down or up, where its
/// capacity holds that: else the remainders of many groups could meet in one period.
fn near_targets(costs: &[Cost], capacity: &[Bounds]) -> Vec<Bounds> {
    let mut sums = vec![0_i128; capacity.len()];
    for (at, cost) in costs.iter().enumerate() {
        if let Cost::Distance { target, .. } = cost {
            sums[at % capacity.len()] += target;
        }
    }
    let parts = i128::from(PARTS);
    let whole = |sum: i128| u64::try_from(sum).unwrap_or(u64::MAX);
    let near = |(bounds, sum): (&Bounds, i128)| {
        let (down, up) = (whole(sum / parts), whole((sum + parts - 1) / parts));
        if bounds.lower <= up && down <= bounds.upper {
            Bounds::new(bounds.lower.max(down), bounds.upper.min(up))
        } else {
            *bounds
        }
    };
    capacity.iter().zip(sums).map(near).collect()
}

/// Shares periods' totals out to rows: each cell is its proportional part rounded down or up.
fn share(rows: &[u64], periods: &[u64]) -> Result<Vec<u64>, SamplingError> {
    let total = rows.iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
    check_total(total)?;
    if total == 0 {
        return Ok(vec![0; rows.len() * periods.len()]);
    }
    let cells: Vec<u128> = rows
        .iter()
        .flat_map(|row| periods.iter().map(|period| u128::from(*row) * u128::from(*period)))
        .collect();
    control_rounding(&cells, total, rows, periods)
}

/// Shares the totals of rows out to tiers, or of tiers to rows: both sides add up, and each cell
/// is its proportional part rounded down or up. Row by row.
///
/// ```
/// use suyuan_core::sampling::schedule::share_tiers;
/// // Three cities; the province arranges 4 of the 10 samples itself.
/// assert_eq!(share_tiers(&[5, 3, 2], &[4, 6])?, [2, 3, 1, 2, 1, 1]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Value`] where the two sides add up to different totals;
/// [`SamplingError::TooLarge`] above 2^48 samples.
pub fn share_tiers(rows: &[u64], tiers: &[u64]) -> Result<Vec<u64>, SamplingError> {
    let sum = |of: &[u64]| of.iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
    let (total, other) = (sum(rows), sum(tiers));
    if total != other {
        let expected = "the total of the regions";
        return Err(SamplingError::value(
            "the total of the tiers",
            Subject::Whole,
            format!("{other} against {total}"),
            expected,
        ));
    }
    share(rows, tiers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_sum_holds(
            groups in prop::collection::vec(
                (prop::collection::vec(0_u64..30, 1..5), prop::collection::vec(1_u64..9, 6)), 1..5),
        ) {
            let groups: Vec<Group> =
                groups.into_iter().map(|(rows, profile)| Group { rows, profile }).collect();
            let total: u64 = groups.iter().flat_map(|group| &group.rows).sum();
            let most = total.div_ceil(6) + 1;
            let least = (total / 6).saturating_sub(1).min(1);
            let plan = schedule(&groups, &[Bounds::new(least, most); 6]).unwrap();
            let mut periods = [0; 6];
            for (group, cells) in groups.iter().zip(&plan) {
                for (row, cells) in group.rows.iter().zip(cells.chunks(6)) {
                    prop_assert_eq!(cells.iter().sum::<u64>(), *row);
                    periods.iter_mut().zip(cells).for_each(|(sum, n)| *sum += n);
                }
            }
            prop_assert!(periods.iter().all(|n| least <= *n && *n <= most), "{:?}", periods);
        }
    }

    #[test]
    fn single_samples_do_not_all_fall_on_january() {
        let group = Group { rows: vec![1; 24], profile: vec![1; 12] };
        let plan = schedule(&[group], &[Bounds::at_least(1); 12]).unwrap();
        for month in 0..12 {
            assert_eq!(plan[0].iter().skip(month).step_by(12).sum::<u64>(), 2);
        }
    }

    #[test]
    fn capacity_that_does_not_suffice_is_explained() {
        let group = Group { rows: vec![10], profile: vec![1, 1] };
        let error = schedule(&[group], &[Bounds::new(0, 4), Bounds::new(0, 5)]).unwrap_err();
        assert!(error.to_string().contains("10 needed, 9 available"), "{error}");
        let none = Group { rows: vec![1], profile: vec![0, 0] };
        assert!(schedule(&[none], &[Bounds::default(); 2]).is_err());
        assert!(share_tiers(&[1, 2], &[4]).is_err());
        for rows in [[u64::MAX, 1], [u64::MAX, u64::MAX], [1 << 48, 1]] {
            assert!(matches!(share_tiers(&rows, &rows), Err(SamplingError::TooLarge { .. })));
        }
    }

    #[test]
    fn periods_cover_the_year() {
        let months = Period::months(2026);
        assert_eq!(months.len(), 12);
        assert_eq!(months[1].to.to_string(), "2026-02-28");
        assert_eq!(Period::weeks(2026).len(), 53);
        assert_eq!(Period::weeks(2025)[0].from.to_string(), "2024-12-30");
        let calendar = WorkingDays::china();
        assert_eq!(months[1].working_days(&calendar), Some(16));
        let season = by_working_days(&by_quarter(&[1, 2, 3, 1], &months), &months, &calendar);
        assert_eq!(season.unwrap()[1], 16);
        assert_eq!(Period::months(2031)[0].working_days(&calendar), None);
    }
}
