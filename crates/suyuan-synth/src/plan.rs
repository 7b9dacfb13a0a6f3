//! What to generate: size, seed and shares.
//!
//! ```
//! use suyuan_synth::{Plan, Share};
//! let mut plan = Plan::new(1_000, 7);
//! plan.missing_links = "0.05".parse()?;
//! assert_eq!(plan.missing_links, Share::per_million(50_000));
//! assert_eq!(plan.clean().missing_links, Share::ZERO);
//! # Ok::<(), suyuan_synth::Error>(())
//! ```

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::error::Error;

/// A share from 0 to 1 in whole millionths, so that no rounding decides anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// None.
    pub const ZERO: Self = Self(0);
    /// All.
    pub const ONE: Self = Self(1_000_000);

    /// So many of a million; at most all.
    #[must_use]
    pub const fn per_million(count: u32) -> Self {
        if count > Self::ONE.0 { Self::ONE } else { Self(count) }
    }

    /// So many of a million.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// Whether 32 uniform bits fall into the share.
    #[inline]
    pub(crate) const fn holds(self, bits: u32) -> bool {
        ((bits as u64 * 1_000_000) >> 32) < self.0 as u64
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Reads `0`, `1`, `0.025`: at most six decimals.
impl FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let error = || Error::Share { text: text.chars().take(64).collect() };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() != 1 || fraction.len() > 6 || !digits(whole) || !digits(fraction) {
            return Err(error());
        }
        let parsed: u32 = format!("{whole}{fraction:0<6}").parse().map_err(|_| error())?;
        if parsed > Self::ONE.0 { Err(error()) } else { Ok(Self(parsed)) }
    }
}

/// Everything that decides what is generated. Equal plans give equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Links to write: shipments, and pairs of an input and an output of a transformation.
    /// 1,000 to 1,000,000,000; hit to within the pairs of one transformation.
    pub links: u64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// The first day; 2025-01-01 by default, from year 1970 to 2900.
    pub start: NaiveDate,
    /// About how many days the links spread over: 365 by default, 60 to 3,650. Generation goes on
    /// to the day on which the links are there, within a tenth of that from 1,000,000 links on;
    /// a few thousand links are a few lots of farms, whose number of links is what chance makes it.
    pub days: u16,
    /// Share of shop stocks part of which goes back to the wholesaler, which makes cycles; 0.02
    /// by default.
    pub returns: Share,
    /// Share of shop stocks that come in two to four deliveries; 0.35 by default.
    pub repeats: Share,
    /// Share of batches made of which part goes into a later transformation at their maker; 0.01
    /// by default.
    pub rework: Share,
    /// Share of shop stocks whose sale, loss or destruction is recorded; 0.35 by default.
    pub removals: Share,
    /// Share of shop stocks that are sampled, and pass; 0.005 by default.
    pub samples: Share,
    /// Stocks in which a contamination starts: 0 to 64, 4 by default.
    pub sources: u8,
    /// Failing samples planted for each source at most: 3 by default. They lie in the 1st, 4th,
    /// 16th ... stock its material reaches.
    pub failing: u8,
    /// Share of operators that write days where others write minutes; 0.5 by default.
    pub days_only: Share,
    /// Share of shipments and transformations whose date is partly written: the month alone, or
    /// one of a shipment's two dates missing; 0.01 by default.
    pub partial_dates: Share,
    /// Share of waybills left out, which leaves orphans; 0.002 by default. Returns and stocks
    /// that come in several deliveries are always written.
    pub missing_links: Share,
    /// Share of rows that are broken; 0.0005 by default. In CSV alone: records have no rows.
    pub broken_rows: Share,
}

impl Plan {
    /// A plan with default shares.
    #[must_use]
    pub fn new(links: u64, seed: u64) -> Self {
        Self {
            links,
            seed,
            start: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default(),
            days: 365,
            returns: Share::per_million(20_000),
            repeats: Share::per_million(350_000),
            rework: Share::per_million(10_000),
            removals: Share::per_million(350_000),
            samples: Share::per_million(5_000),
            sources: 4,
            failing: 3,
            days_only: Share::per_million(500_000),
            partial_dates: Share::per_million(10_000),
            missing_links: Share::per_million(2_000),
            broken_rows: Share::per_million(500),
        }
    }

    /// The same without dirt: every date to the minute, every waybill there, no broken row.
    #[must_use]
    pub fn clean(mut self) -> Self {
        self.days_only = Share::ZERO;
        self.partial_dates = Share::ZERO;
        self.missing_links = Share::ZERO;
        self.broken_rows = Share::ZERO;
        self
    }

    /// The same with this many sources of contamination.
    #[must_use]
    pub fn sources(mut self, sources: u8) -> Self {
        self.sources = sources;
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(1_000..=1_000_000_000).contains(&self.links) {
            return Err(Error::plan("links", self.links, "1,000 to 1,000,000,000"));
        }
        if !(60..=3650).contains(&self.days) {
            return Err(Error::plan("days", self.days, "60 to 3,650"));
        }
        if self.sources > 64 {
            return Err(Error::plan("sources", self.sources, "0 to 64"));
        }
        if !(1970..=2900).contains(&self.start.year()) {
            return Err(Error::plan("start", self.start, "a day of the years 1970 to 2900"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_exactly_or_refused() {
        for (text, millionths) in [("0", 0), ("1", 1_000_000), ("0.000001", 1), ("0.35", 350_000)] {
            let share: Share = text.parse().unwrap();
            assert_eq!(share.millionths(), millionths);
            assert_eq!(share.to_string(), text);
        }
        for text in ["", "-0.1", "1.1", "2", "0.0000001", "1e-3", "0,5", "+1", ".5"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_one_always_holds_and_of_zero_never() {
        for bits in [0, 1, u32::MAX] {
            assert!(Share::ONE.holds(bits));
            assert!(!Share::ZERO.holds(bits));
        }
    }

    #[test]
    fn plans_out_of_range_are_refused() {
        let mut plan = Plan::new(999, 1);
        assert!(plan.check().is_err());
        plan = Plan::new(1_000, 1);
        assert!(plan.check().is_ok());
        plan.days = 59;
        assert!(plan.check().is_err());
        assert!(Plan::new(1_000, 1).sources(65).check().is_err());
    }
}
