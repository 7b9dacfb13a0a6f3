//! What can be drawn: units with stratum, size and place, and what was left out with the reason.
//!
//! ```
//! use chrono::NaiveDate;
//! use suyuan_core::sampling::{Candidate, Exclusion, ExclusionRule, Frame};
//! let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
//! let shop = |code: &str| Candidate::new(code, "370202", 3);
//! let checked = Candidate { checked_above: day.pred_opt(), ..shop("SHOP-2") };
//! let rule = ExclusionRule {
//!     name: "checked at a higher level".into(),
//!     basis: "State Administration for Market Regulation, Order 49, article 42".into(),
//!     from: None,
//!     until: None,
//!     when: Exclusion::CheckedAbove { months: 3 },
//! };
//! let built = Frame::build(&[shop("SHOP-1"), checked], &[rule], day)?;
//! assert_eq!(built.frame.units()[0].code, "SHOP-1");
//! assert_eq!(built.excluded[0].code, "SHOP-2");
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draw::{check_place, hex};
use super::error::{SamplingError, Subject};
use crate::chain::SupplyChain;
use crate::id::OperatorId;
use crate::model::{RiskGrade, Stage};
use crate::time::Minute;

/// One unit of a frame: all that a draw depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FrameUnit {
    /// Its stratum.
    pub stratum: String,
    /// Its code, an operator's or `BATCH@OPERATOR`.
    pub code: String,
    /// Its size, for probabilities in proportion to it.
    pub size: u64,
    /// Whole coordinates in a plane, such as metres east and north.
    #[serde(default)]
    pub place: Option<(i32, i32)>,
}

/// Units to be drawn from, by stratum and code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<FrameUnit>", into = "Vec<FrameUnit>")]
pub struct Frame {
    units: Vec<FrameUnit>,
}

impl TryFrom<Vec<FrameUnit>> for Frame {
    type Error = SamplingError;

    fn try_from(units: Vec<FrameUnit>) -> Result<Self, SamplingError> {
        Self::new(units)
    }
}

impl From<Frame> for Vec<FrameUnit> {
    fn from(frame: Frame) -> Self {
        frame.units
    }
}

impl Frame {
    /// From units in any order. O(n log n).
    ///
    /// # Errors
    /// [`SamplingError::Duplicate`] for two units of one code, whatever their strata;
    /// [`SamplingError::Value`] for an empty code or a place too far off.
    pub fn new(mut units: Vec<FrameUnit>) -> Result<Self, SamplingError> {
        units.sort_unstable();
        let mut codes: Vec<&str> = units.iter().map(|unit| &*unit.code).collect();
        codes.sort_unstable();
        if let Some(pair) = codes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(SamplingError::Duplicate { kind: "unit", code: pair[0].to_owned() });
        }
        if codes.first() == Some(&"") {
            let subject = Subject::from("a unit of the frame");
            return Err(SamplingError::value("the code", subject, "an empty text", "a code"));
        }
        for unit in &units {
            unit.place.map_or(Ok(()), |place| check_place(place, &unit.code))?;
        }
        Ok(Self { units })
    }

    /// Leaves out what the rules that hold on a day exclude, and keeps the reasons. O(candidates x
    /// rules).
    ///
    /// # Errors
    /// As [`Frame::new`]; [`SamplingError::Lacks`] for a rule that looks at a date or a class that
    /// no candidate has: it would leave out nobody, and say nothing.
    pub fn build(
        candidates: &[Candidate],
        rules: &[ExclusionRule],
        day: NaiveDate,
    ) -> Result<FrameBuilt, SamplingError> {
        let mut units = Vec::with_capacity(candidates.len());
        let mut excluded = Vec::new();
        for rule in rules.iter().filter(|rule| rule.holds_on(day)) {
            let (field, kind) = (rule.when.field(), "candidate");
            let known = candidates.is_empty() || candidates.iter().any(|of| rule.when.knows(of));
            if let Some(field) = field.filter(|_| !known) {
                return Err(SamplingError::Lacks { rule: rule.name.clone(), field, kind });
            }
        }
        for candidate in candidates {
            match rules.iter().find(|rule| rule.excludes(candidate, day)) {
                Some(rule) => excluded.push(Excluded {
                    code: candidate.code.clone(),
                    stratum: candidate.stratum.clone(),
                    rule: rule.name.clone(),
                    basis: rule.basis.clone(),
                }),
                None => units.push(FrameUnit {
                    stratum: candidate.stratum.clone(),
                    code: candidate.code.clone(),
                    size: candidate.size,
                    place: candidate.place,
                }),
            }
        }
        excluded.sort_unstable();
        let used: BTreeSet<(&str, &str)> =
            excluded.iter().map(|out: &Excluded| (&*out.rule, &*out.basis)).collect();
        let idle = rules.iter().filter(|rule| !used.contains(&(&*rule.name, &*rule.basis)));
        let idle = idle.map(|rule| rule.name.clone()).collect();
        Ok(FrameBuilt { frame: Self::new(units)?, excluded, idle })
    }

    /// Every unit, by stratum and code.
    #[must_use]
    pub fn units(&self) -> &[FrameUnit] {
        &self.units
    }

    /// The strata with the places of their units, by name.
    #[must_use]
    pub fn strata(&self) -> Vec<(&str, Range<usize>)> {
        let mut found: Vec<(&str, Range<usize>)> = Vec::new();
        for (at, unit) in self.units.iter().enumerate() {
            match found.last_mut() {
                Some((stratum, range)) if *stratum == unit.stratum => range.end = at + 1,
                _ => found.push((&unit.stratum, at..at + 1)),
            }
        }
        found
    }

    /// The canonical digest: 64 hexadecimal digits of SHA-256 over `suyuan-frame-1` and each
    /// unit's stratum, code, size and place, by stratum and code, each text as its length in
    /// bytes, a colon, the bytes and a comma (`docs/draw-protocol.md`). O(bytes).
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut feed = |text: &str| {
            hash.update(text.len().to_string());
            hash.update(":");
            hash.update(text);
            hash.update(",");
        };
        feed("suyuan-frame-1");
        for unit in &self.units {
            feed(&unit.stratum);
            feed(&unit.code);
            feed(&unit.size.to_string());
            feed(&unit.place.map_or_else(String::new, |(x, y)| format!("{x} {y}")));
        }
        hex(&hash.finalize())
    }
}

/// A frame and what was left out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FrameBuilt {
    /// The frame.
    pub frame: Frame,
    /// What was left out, by code.
    pub excluded: Vec<Excluded>,
    /// Names of the rules that left nobody out, in their order: they do not hold on the day, or
    /// concern nobody, or an earlier rule did it.
    pub idle: Vec<String>,
}

/// A candidate left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Excluded {
    /// Its code.
    pub code: String,
    /// Its stratum.
    pub stratum: String,
    /// The rule.
    pub rule: String,
    /// The law or list behind the rule.
    pub basis: String,
}

/// What may become a unit, with all that rules look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Candidate {
    /// Its code.
    pub code: String,
    /// Its stratum.
    pub stratum: String,
    /// Code of its region.
    pub region: String,
    /// Its stage.
    pub stage: Option<Stage>,
    /// Its risk grade.
    pub grade: Option<RiskGrade>,
    /// Its size.
    pub size: u64,
    /// Its place.
    pub place: Option<(i32, i32)>,
    /// When it was last sampled or inspected.
    pub last_inspected: Option<NaiveDate>,
    /// When a higher level last opened a check of it.
    pub checked_above: Option<NaiveDate>,
    /// What it is counted among, such as `school canteen`.
    pub classes: Vec<String>,
}

impl Candidate {
    /// A candidate with a code, a stratum and a size alone.
    #[must_use]
    pub fn new(code: &str, stratum: &str, size: u64) -> Self {
        Self { code: code.to_owned(), stratum: stratum.to_owned(), size, ..Self::default() }
    }
}

/// A rule that leaves units out: dated data, not code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusionRule {
    /// What it is called.
    pub name: String,
    /// The law or list it comes from.
    pub basis: String,
    /// The first day it holds; `None` for always.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day it holds; `None` for until further notice.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Whom it leaves out.
    pub when: Exclusion,
}

/// Whom a rule leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// Units of these codes: a list of the exempt.
    Listed {
        /// The codes.
        codes: Vec<String>,
    },
    /// Units that a higher level began to check within so many months.
    CheckedAbove {
        /// Calendar months before the day of the draw.
        months: u32,
    },
    /// Units sampled or inspected within so many months.
    Inspected {
        /// Calendar months before the day of the draw.
        months: u32,
    },
    /// Units of a class.
    Class {
        /// The class.
        class: String,
    },
}

impl Exclusion {
    /// What of a candidate it looks at, where a table may lack it.
    const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Listed { .. } => None,
            Self::CheckedAbove { .. } => Some("checked_above"),
            Self::Inspected { .. } => Some("last_inspected"),
            Self::Class { .. } => Some("classes"),
        }
    }

    /// Whether a candidate says what it looks at.
    const fn knows(&self, candidate: &Candidate) -> bool {
        match self {
            Self::Listed { .. } => true,
            Self::CheckedAbove { .. } => candidate.checked_above.is_some(),
            Self::Inspected { .. } => candidate.last_inspected.is_some(),
            Self::Class { .. } => !candidate.classes.is_empty(),
        }
    }
}

impl ExclusionRule {
    /// Whether the rule holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the rule holds on a day and leaves this candidate out. A date after the day counts
    /// as within; where months lead before the calendar begins, nothing is within.
    #[must_use]
    pub fn excludes(&self, candidate: &Candidate, day: NaiveDate) -> bool {
        if !self.holds_on(day) {
            return false;
        }
        let within = |date: Option<NaiveDate>, months: u32| {
            let since = day.checked_sub_months(Months::new(months));
            date.zip(since).is_some_and(|(date, since)| date >= since)
        };
        match &self.when {
            Exclusion::Listed { codes } => codes.contains(&candidate.code),
            Exclusion::CheckedAbove { months } => within(candidate.checked_above, *months),
            Exclusion::Inspected { months } => within(candidate.last_inspected, *months),
            Exclusion::Class { class } => candidate.classes.contains(class),
        }
    }
}

/// What a chain's candidates are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Operators.
    #[default]
    Operators,
    /// Stocks with goods on hand, or of a quantity that is not known.
    Stocks,
}

/// How a unit's size is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeMeasure {
    /// Every unit 1.
    #[default]
    One,
    /// Stocks that have begun at the operator; 1 for a stock.
    Stocks,
    /// Grade A 1, B 2, C 3, D 4, none 2: drawn more often the higher its risk.
    Grade,
}

/// How candidates are taken from a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CandidateOptions {
    /// What they are.
    pub kind: UnitKind,
    /// Their size.
    pub size: SizeMeasure,
    /// Only records begun by this minute.
    pub as_of: Minute,
}

impl Default for CandidateOptions {
    fn default() -> Self {
        Self {
            kind: UnitKind::default(),
            size: SizeMeasure::default(),
            as_of: Minute::UNBOUNDED_FUTURE,
        }
    }
}

/// The candidates of a chain: its registered operators, or the stocks with goods on hand. The
/// stratum is the region and the stage, joined by a slash; the last inspection is the latest
/// sample taken by `as_of`. Places are metres on a plane through the middle of all places. O(stocks).
#[must_use]
pub fn candidates(chain: &SupplyChain, options: &CandidateOptions) -> Vec<Candidate> {
    let plane = Plane::of(chain);
    let mut last: Vec<Option<NaiveDate>> = vec![None; chain.operator_ids().len()];
    for id in chain.sample_ids() {
        let sample = chain.sample(id);
        let taken = sample.sampled_on.latest;
        if taken <= options.as_of {
            let (_, operator) = chain.stock(sample.stock);
            let entry = &mut last[operator.index()];
            *entry = (*entry).max(taken.date());
        }
    }
    let mut found = Vec::new();
    for id in chain.operator_ids() {
        let view = chain.operator(id);
        if !view.registered {
            continue;
        }
        let region = view.region.map_or("", |region| chain.region(region).code);
        let stage = view.stage.map_or("", Stage::as_str);
        let begun = |stock: &&crate::id::StockId| chain.begun(**stock) <= options.as_of;
        let stocks = chain.stocks_at(id).iter().filter(begun);
        let size = match options.size {
            SizeMeasure::One => 1,
            SizeMeasure::Stocks if options.kind == UnitKind::Stocks => 1,
            SizeMeasure::Stocks => stocks.clone().count() as u64,
            SizeMeasure::Grade => view.risk_grade.map_or(2, |grade| grade as u64 + 1),
        };
        let operator = Candidate {
            code: view.code.to_owned(),
            stratum: format!("{region}/{stage}"),
            region: region.to_owned(),
            stage: view.stage,
            grade: view.risk_grade,
            size,
            place: plane.place(chain, id),
            last_inspected: last[id.index()],
            ..Candidate::default()
        };
        if options.kind == UnitKind::Operators {
            found.push(operator);
            continue;
        }
        for stock in stocks {
            let on_hand = chain.ledger(*stock, options.as_of).on_hand();
            if !on_hand.complete || on_hand.to_decimal() > Decimal::ZERO {
                found.push(Candidate { code: chain.stock_label(*stock), ..operator.clone() });
            }
        }
    }
    found
}

/// A plane of metres around the middle of all places: a degree of latitude is 111,320 m, one of
/// longitude so much times the cosine of the middle latitude. Floating point, rounded to metres.
struct Plane {
    middle: Option<(f64, f64)>,
}

const DEGREE: f64 = 111_320.0;

impl Plane {
    fn degrees(chain: &SupplyChain, id: OperatorId) -> Option<(f64, f64)> {
        let (north, east) = chain.operator(id).place;
        Some((north?.to_f64()?, east?.to_f64()?))
    }

    fn of(chain: &SupplyChain) -> Self {
        let places: Vec<(f64, f64)> =
            chain.operator_ids().filter_map(|id| Self::degrees(chain, id)).collect();
        let count = places.len() as f64;
        let sum = |side: fn(&(f64, f64)) -> f64| places.iter().map(side).sum::<f64>() / count;
        let middle = (!places.is_empty()).then(|| (sum(|p| p.0), sum(|p| p.1)));
        Self { middle }
    }

    fn place(&self, chain: &SupplyChain, id: OperatorId) -> Option<(i32, i32)> {
        let (north, east) = Self::degrees(chain, id)?;
        let (middle_north, middle_east) = self.middle?;
        let x = (east - middle_east) * DEGREE * middle_north.to_radians().cos();
        let y = (north - middle_north) * DEGREE;
        // The cast saturates; the frame refuses what lies too far off.
        Some((x.round() as i32, y.round() as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(stratum: &str, code: &str) -> FrameUnit {
        FrameUnit { stratum: stratum.into(), code: code.into(), size: 1, place: None }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn order_does_not_reach_the_digest() {
        let units = [unit("b", "1"), unit("a", "2"), unit("a", "3")];
        let one = Frame::new(units.to_vec()).unwrap();
        let two = Frame::new(units.iter().rev().cloned().collect()).unwrap();
        assert_eq!(one.digest(), two.digest());
        assert_eq!(one.strata(), [("a", 0..2), ("b", 2..3)]);
        let moved = Frame::new(vec![unit("b", "1"), unit("b", "2"), unit("a", "3")]).unwrap();
        assert_ne!(one.digest(), moved.digest());
    }

    #[test]
    fn bad_units_are_named() {
        let twice = Frame::new(vec![unit("a", "X"), unit("b", "X")]).unwrap_err();
        assert_eq!(twice, SamplingError::Duplicate { kind: "unit", code: "X".into() });
        assert!(Frame::new(vec![unit("a", "")]).is_err());
        let far = FrameUnit { place: Some((i32::MAX, 0)), ..unit("a", "FAR") };
        assert!(Frame::new(vec![far]).unwrap_err().to_string().contains("\"FAR\""));
    }

    #[test]
    fn rules_on_what_nobody_says_are_refused() {
        let plain = [Candidate::new("A", "s", 1), Candidate::new("B", "s", 1)];
        let rule = |when| ExclusionRule {
            name: "exempt".into(),
            basis: "b".into(),
            from: None,
            until: None,
            when,
        };
        let build = |candidates: &[Candidate], when| {
            Frame::build(candidates, &[rule(when)], day("2026-03-01"))
        };
        let class = || Exclusion::Class { class: "x".into() };
        for (when, field) in [
            (class(), "classes"),
            (Exclusion::CheckedAbove { months: 3 }, "checked_above"),
            (Exclusion::Inspected { months: 3 }, "last_inspected"),
        ] {
            let said = build(&plain, when.clone()).unwrap_err().to_string();
            assert!(said.contains("\"exempt\"") && said.contains(field), "{said}");
            let known = Candidate {
                classes: vec!["y".into()],
                checked_above: Some(day("2025-01-01")),
                last_inspected: Some(day("2025-01-01")),
                ..plain[1].clone()
            };
            let built = build(&[plain[0].clone(), known], when.clone()).unwrap();
            assert_eq!((built.frame.units().len(), &*built.idle), (2, &["exempt".to_owned()][..]));
            assert!(build(&[], when).is_ok());
        }
        // One that does not hold on the day asks for nothing.
        let old = ExclusionRule { until: Some(day("2025-12-31")), ..rule(class()) };
        assert!(Frame::build(&plain, &[old], day("2026-03-01")).is_ok());
        let listed = Exclusion::Listed { codes: vec!["A".into()] };
        let built = build(&plain, listed).unwrap();
        assert_eq!((built.excluded.len(), built.idle.len()), (1, 0));
    }

    #[test]
    fn a_frame_that_was_read_is_in_order() {
        let unit = |stratum: &str, code: &str| {
            format!("{{\"stratum\":\"{stratum}\",\"code\":\"{code}\",\"size\":1}}")
        };
        let read =
            |units: &[String]| serde_json::from_str::<Frame>(&format!("[{}]", units.join(",")));
        let found = read(&[unit("b", "2"), unit("a", "1"), unit("b", "0")]).unwrap();
        assert_eq!(found.strata(), [("a", 0..1), ("b", 1..3)]);
        assert!(read(&[unit("a", "1"), unit("b", "1")]).is_err());
        assert!(serde_json::from_str::<super::super::Rate>("\"5.5\"").is_ok());
        assert!(serde_json::from_str::<super::super::Rate>("\"0.0000000000001\"").is_err());
    }

    #[test]
    fn rules_hold_between_their_dates() {
        let candidate = Candidate {
            last_inspected: Some(day("2025-12-01")),
            classes: vec!["exempt".into()],
            ..Candidate::new("A", "s", 1)
        };
        let rule = |when, from: Option<&str>| ExclusionRule {
            name: "r".into(),
            basis: "b".into(),
            from: from.map(day),
            until: Some(day("2026-12-31")),
            when,
        };
        let inspected = |months| rule(Exclusion::Inspected { months }, None);
        assert!(inspected(3).excludes(&candidate, day("2026-03-01")));
        assert!(!inspected(3).excludes(&candidate, day("2026-03-02")));
        assert!(!inspected(99).excludes(&candidate, day("2027-01-01")));
        let class = rule(Exclusion::Class { class: "exempt".into() }, Some("2026-02-01"));
        assert!(!class.excludes(&candidate, day("2026-01-31")));
        assert!(class.excludes(&candidate, day("2026-02-01")));
        let listed = rule(Exclusion::Listed { codes: vec!["A".into()] }, None);
        assert!(listed.excludes(&candidate, day("2026-02-01")));
    }
}
