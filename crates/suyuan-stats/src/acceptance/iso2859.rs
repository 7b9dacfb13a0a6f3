//! Lot-by-lot plans indexed by acceptance quality limit: ISO 2859-1:1999, GB/T 2828.1-2012.
//!
//! The code letter follows from lot size and inspection level (table 1). The master tables 2-A
//! (normal) and 2-B (tightened) are diagonal: acceptance numbers depend on the sum of the row of
//! the letter and the column of the limit, arrows lead to the nearest plan. The switching rules
//! (clause 9) are in [`Switching`].
//!
//! What is not here: the tables of reduced inspection (2-C) and of double and multiple plans. A
//! switch to reduced inspection is reported; its plan is then the caller's to give.
//!
//! When not to use: for single lots out of a series (ISO 2859-2), or to judge safety: an
//! acceptance quality limit is a property of a scheme, not a tolerable share.
//!
//! ```
//! use suyuan_stats::acceptance::iso2859::{Level, Severity, plan};
//! let found = plan(1000, Level::II, "1.0", Severity::Normal)?;
//! assert_eq!((found.letter, found.plan.n, found.plan.c), ('J', 80, 2));
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::acceptance::attributes::Single;
use crate::error::{Error, Result};

/// Inspection level: how much is tested beside the lot size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Level {
    /// Special level 1.
    S1,
    /// Special level 2.
    S2,
    /// Special level 3.
    S3,
    /// Special level 4.
    S4,
    /// General level I.
    I,
    /// General level II, the usual one.
    II,
    /// General level III.
    III,
}

/// How severe the inspection is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// 正常检验.
    Normal,
    /// 加严检验.
    Tightened,
    /// 放宽检验.
    Reduced,
    /// Inspection has stopped until the supplier has acted.
    Discontinued,
}

/// Upper ends of the ranges of lot sizes, and the letters of the levels S-1 to III.
const LETTERS: &[(u64, &str)] = &[
    (8, "AAAAAAB"),
    (15, "AAAAABC"),
    (25, "AABBBCD"),
    (50, "ABBCCDE"),
    (90, "BBCCCEF"),
    (150, "BBCDDFG"),
    (280, "BCDEEGH"),
    (500, "BCDEFHJ"),
    (1200, "CCEFGJK"),
    (3200, "CDEGHKL"),
    (10_000, "CDFGJLM"),
    (35_000, "CDFHKMN"),
    (150_000, "DEGJLNP"),
    (500_000, "DEGJMPQ"),
    (u64::MAX, "DEHKNQR"),
];

/// Letters with their sample sizes; S exists for tightened inspection alone.
const SIZES: &[(char, u64)] = &[
    ('A', 2),
    ('B', 3),
    ('C', 5),
    ('D', 8),
    ('E', 13),
    ('F', 20),
    ('G', 32),
    ('H', 50),
    ('J', 80),
    ('K', 125),
    ('L', 200),
    ('M', 315),
    ('N', 500),
    ('P', 800),
    ('Q', 1250),
    ('R', 2000),
    ('S', 3150),
];

/// Acceptance quality limits in percent, or nonconformities per 100 units above 10.
pub const LIMITS: &[&str] = &[
    "0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0",
    "1.5", "2.5", "4.0", "6.5", "10", "15", "25", "40", "65", "100", "150", "250", "400", "650",
    "1000",
];

/// A cell of a master table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Accept(u64),
    /// Use the first plan below.
    Down,
    /// Use the first plan above.
    Up,
}

/// The cell in a row and a column. The diagonals beyond 21 (18) are filled for the smallest
/// letters only.
fn cell(severity: Severity, row: usize, column: usize) -> Cell {
    let diagonal = row + column;
    let last_row = if severity == Severity::Tightened { 16 } else { 15 };
    let (zero, numbers): (usize, &[u64]) = if severity == Severity::Tightened {
        (15, &[1, 2, 3, 5, 8, 12, 18, 27, 41])
    } else {
        (14, &[1, 2, 3, 5, 7, 10, 14, 21, 30, 44])
    };
    let inner = if severity == Severity::Tightened { 7 } else { 8 };
    if diagonal == zero && row < 16 {
        return Cell::Accept(0);
    }
    if diagonal < zero {
        return if row >= last_row { Cell::Up } else { Cell::Down };
    }
    if diagonal < zero + 3 {
        // Between 0 and 1: up to the 0 where it is nearer, or where the column has no 1.
        let nearer = severity == Severity::Normal && diagonal == zero + 1 && row > 0;
        return if nearer || column + last_row < zero + 3 { Cell::Up } else { Cell::Down };
    }
    let at = diagonal - zero - 3;
    match numbers.get(at) {
        Some(&number) if at < inner || row < 5 => Cell::Accept(number),
        _ => Cell::Up,
    }
}

/// A plan from the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TablePlan {
    /// The letter of lot size and level.
    pub letter: char,
    /// The letter of the plan, another one where an arrow led to it.
    pub used: char,
    /// Severity it belongs to.
    pub severity: Severity,
    /// The plan.
    pub plan: Single,
    /// Whether the plan tests the whole lot, the sample size being at least the lot size.
    pub whole_lot: bool,
}

/// The letter of a lot size (at least 2) and a level.
///
/// # Errors
/// [`Error::Domain`] for lots of fewer than 2 units.
pub fn letter(lot: u64, level: Level) -> Result<char> {
    if lot < 2 {
        return Err(Error::Domain { what: "lot size", value: lot as f64, expected: "at least 2" });
    }
    let row = LETTERS.iter().find(|(most, _)| lot <= *most);
    let found = row.and_then(|(_, letters)| letters.chars().nth(level as usize));
    found.ok_or(Error::Domain { what: "lot size", value: lot as f64, expected: "a lot size" })
}

/// The single plan of a lot size, a level and an acceptance quality limit written as in
/// [`LIMITS`] (`1` and `1.0` are the same).
///
/// # Errors
/// [`Error::Impossible`] for a limit that is not in the tables, and for reduced or discontinued
/// inspection.
pub fn plan(lot: u64, level: Level, limit: &str, severity: Severity) -> Result<TablePlan> {
    let letter = letter(lot, level)?;
    if !matches!(severity, Severity::Normal | Severity::Tightened) {
        return Err(Error::Impossible {
            what: "a plan",
            reason: "the tables here are those of normal and tightened inspection".to_owned(),
        });
    }
    let value = |text: &str| text.trim().parse::<f64>().ok();
    let column = LIMITS.iter().position(|known| value(known) == value(limit)).ok_or_else(|| {
        Error::Impossible {
            what: "a plan",
            reason: format!("{limit} is not one of the limits {}", LIMITS.join(", ")),
        }
    })?;
    let start = SIZES.iter().position(|(name, _)| *name == letter).unwrap_or(0);
    let rows = if severity == Severity::Tightened { 17 } else { 16 };
    let mut row = start;
    // Arrows of one column point at a plan, so that following them ends.
    for _ in 0..2 * rows {
        match cell(severity, row, column) {
            Cell::Accept(c) => {
                let (used, size) = SIZES[row];
                let whole_lot = size >= lot;
                let n = size.min(lot);
                return Ok(TablePlan { letter, used, severity, plan: Single { n, c }, whole_lot });
            }
            Cell::Down if row + 1 < rows => row += 1,
            Cell::Up if row > 0 => row -= 1,
            _ => break,
        }
    }
    Err(Error::Impossible {
        what: "a plan",
        reason: format!("the table has no plan for letter {letter} and limit {limit}"),
    })
}

/// What became of a lot on original inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotResult {
    /// Whether it was accepted.
    pub accepted: bool,
    /// Whether it would have been accepted with the limit one step tighter; looked at only for
    /// plans with an acceptance number of 2 or more.
    pub accepted_one_step_tighter: bool,
    /// The plan's acceptance number.
    pub acceptance_number: u64,
    /// Whether production is steady and the authority agrees to reduced inspection.
    pub reduction_agreed: bool,
}

/// The switching rules, lot after lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Switching {
    severity: Severity,
    /// The last results at this severity, at most 5.
    recent: Vec<bool>,
    /// Switching score of normal inspection.
    score: u32,
    /// Lots not accepted in one spell of tightened inspection.
    failures: u32,
}

impl Default for Switching {
    fn default() -> Self {
        Self { severity: Severity::Normal, recent: Vec::new(), score: 0, failures: 0 }
    }
}

impl Switching {
    /// The severity for the next lot.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The switching score (9.3.3.2).
    #[must_use]
    pub const fn score(&self) -> u32 {
        self.score
    }

    fn switch(&mut self, severity: Severity) {
        *self = Self { severity, ..Self::default() };
    }

    /// The supplier has acted: inspection starts again, tightened (9.4).
    pub fn resume(&mut self) {
        if self.severity == Severity::Discontinued {
            self.switch(Severity::Tightened);
        }
    }

    /// Takes in the result of a lot and gives the severity for the next one.
    ///
    /// Normal to tightened: 2 of up to 5 consecutive lots not accepted. Tightened to normal: 5
    /// consecutive lots accepted; discontinued when 5 lots in all were not. Normal to reduced: a
    /// score of 30 (3 for a lot that a tighter limit would accept too, 2 for acceptance numbers 0
    /// and 1, back to 0 otherwise), with agreement. Reduced to normal: one lot not accepted, or
    /// agreement withdrawn.
    pub fn record(&mut self, lot: LotResult) -> Severity {
        if self.severity == Severity::Discontinued {
            return self.severity;
        }
        self.recent.push(lot.accepted);
        if self.recent.len() > 5 {
            self.recent.remove(0);
        }
        match self.severity {
            Severity::Normal => {
                let passed_score = if lot.acceptance_number >= 2 {
                    lot.accepted_one_step_tighter.then_some(3)
                } else {
                    lot.accepted.then_some(2)
                };
                self.score = passed_score.map_or(0, |points| self.score + points);
                if self.recent.iter().filter(|accepted| !**accepted).count() >= 2 {
                    self.switch(Severity::Tightened);
                } else if self.score >= 30 && lot.reduction_agreed {
                    self.switch(Severity::Reduced);
                }
            }
            Severity::Tightened => {
                self.failures += u32::from(!lot.accepted);
                if self.failures >= 5 {
                    self.switch(Severity::Discontinued);
                } else if self.recent.len() == 5 && self.recent.iter().all(|accepted| *accepted) {
                    self.switch(Severity::Normal);
                }
            }
            Severity::Reduced => {
                if !lot.accepted || !lot.reduction_agreed {
                    self.switch(Severity::Normal);
                }
            }
            Severity::Discontinued => {}
        }
        self.severity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(severity: Severity, letter: char, limit: &str) -> (char, u64, u64) {
        // A lot and level whose letter this is.
        let levels = [Level::S1, Level::S2, Level::S3, Level::S4, Level::I, Level::II, Level::III];
        let found = LETTERS.iter().rev().find_map(|(most, letters)| {
            let at = letters.chars().position(|name| name == letter)?;
            Some(((*most).min(600_000), levels[at]))
        });
        let (lot, level) = found.unwrap();
        let plan = plan(lot, level, limit, severity).unwrap();
        let size = SIZES.iter().find(|(name, _)| *name == plan.used).unwrap().1;
        (plan.used, size, plan.plan.c)
    }

    #[test]
    fn cells_of_the_normal_table() {
        for (letter, limit, expected) in [
            ('J', "1.0", ('J', 80, 2)),
            ('K', "1.0", ('K', 125, 3)),
            ('L', "1.0", ('L', 200, 5)),
            ('Q', "1.0", ('Q', 1250, 21)),
            ('R', "1.0", ('Q', 1250, 21)),
            ('E', "1.0", ('E', 13, 0)),
            ('F', "1.0", ('E', 13, 0)),
            ('G', "1.0", ('H', 50, 1)),
            ('D', "1.0", ('E', 13, 0)),
            ('G', "2.5", ('G', 32, 2)),
            ('H', "4.0", ('H', 50, 5)),
            ('K', "0.65", ('K', 125, 2)),
            ('A', "10", ('C', 5, 1)),
            ('A', "1000", ('A', 2, 30)),
            ('B', "1000", ('B', 3, 44)),
            ('F', "100", ('E', 13, 21)),
            ('R', "0.010", ('Q', 1250, 0)),
            ('R', "0.025", ('R', 2000, 1)),
            ('A', "0.010", ('Q', 1250, 0)),
        ] {
            assert_eq!(cells(Severity::Normal, letter, limit), expected, "{letter} {limit}");
        }
    }

    #[test]
    fn cells_of_the_tightened_table() {
        for (letter, limit, expected) in [
            ('J', "1.0", ('J', 80, 1)),
            ('K', "1.0", ('K', 125, 2)),
            ('N', "1.0", ('N', 500, 8)),
            ('F', "1.0", ('F', 20, 0)),
            ('G', "1.0", ('J', 80, 1)),
            ('L', "2.5", ('L', 200, 8)),
            ('R', "0.010", ('R', 2000, 0)),
            ('R', "0.015", ('Q', 1250, 0)),
            ('R', "0.025", ('S', 3150, 1)),
        ] {
            assert_eq!(cells(Severity::Tightened, letter, limit), expected, "{letter} {limit}");
        }
    }

    #[test]
    fn every_lot_and_limit_has_a_plan_that_accepts_what_is_at_the_limit() {
        for severity in [Severity::Normal, Severity::Tightened] {
            for lot in [2, 9, 40, 100, 400, 2000, 20_000, 600_000] {
                for limit in LIMITS {
                    let found = plan(lot, Level::II, limit, severity).unwrap();
                    assert!(found.plan.n <= lot);
                    if !found.whole_lot {
                        let p = limit.parse::<f64>().unwrap() / 100.0;
                        let law = crate::acceptance::Law::Poisson;
                        let accept = found.plan.accept(law, p).unwrap();
                        assert!(accept > 0.7, "{severity:?} {lot} {limit}: {accept}");
                    }
                }
            }
        }
        assert!(plan(1, Level::II, "1.0", Severity::Normal).is_err());
        assert!(plan(100, Level::II, "1.1", Severity::Normal).is_err());
        assert!(plan(100, Level::II, "1.0", Severity::Reduced).is_err());
    }

    fn lot(accepted: bool) -> LotResult {
        LotResult {
            accepted,
            accepted_one_step_tighter: accepted,
            acceptance_number: 2,
            reduction_agreed: true,
        }
    }

    #[test]
    fn switching_follows_the_rules() {
        let mut rules = Switching::default();
        assert_eq!(rules.record(lot(false)), Severity::Normal);
        assert_eq!(rules.record(lot(true)), Severity::Normal);
        assert_eq!(rules.record(lot(false)), Severity::Tightened);
        for _ in 0..4 {
            assert_eq!(rules.record(lot(true)), Severity::Tightened);
        }
        assert_eq!(rules.record(lot(true)), Severity::Normal);
        // Ten lots at 3 points each.
        for _ in 0..9 {
            assert_eq!(rules.record(lot(true)), Severity::Normal);
        }
        assert_eq!(rules.score(), 27);
        assert_eq!(rules.record(lot(true)), Severity::Reduced);
        assert_eq!(rules.record(lot(false)), Severity::Normal);
        rules.record(lot(false));
        rules.record(lot(false));
        assert_eq!(rules.severity(), Severity::Tightened);
        for _ in 0..5 {
            rules.record(lot(false));
        }
        assert_eq!(rules.record(lot(true)), Severity::Discontinued);
        rules.resume();
        assert_eq!(rules.severity(), Severity::Tightened);
    }
}
