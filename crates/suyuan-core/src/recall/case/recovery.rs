//! How much came back.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::Case;
use super::log::Fate;
use super::state::PartyState;
use crate::quantity::{Unit, decimal_from_millionths};

/// Sums in one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Line {
    /// kg, L or pcs.
    pub unit: Unit,
    /// To get back.
    pub to_recover: Decimal,
    /// Back under control.
    pub recovered: Decimal,
    /// Destroyed, of what came back.
    pub destroyed: Decimal,
    /// Relabelled, of what came back.
    pub relabelled: Decimal,
    /// Eaten or used up.
    pub consumed: Decimal,
    /// Neither back nor consumed; not below zero.
    pub outstanding: Decimal,
    /// Recovered / to recover, to 4 decimals, half-even; above 1 when more came back than the
    /// records say was there. `None` when nothing was to come back.
    pub rate: Option<Decimal>,
    /// (Recovered + consumed) / to recover, likewise.
    pub accounted: Option<Decimal>,
}

/// What one operator gave account of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperatorRecovery {
    /// Its code.
    pub operator: String,
    /// Whether it is concerned now.
    pub concerned: bool,
    /// By unit.
    pub lines: Vec<Line>,
    /// Whether all it has to get back is known.
    pub complete: bool,
}

/// What came back, by operator and in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recovery {
    /// By operator code.
    pub operators: Vec<OperatorRecovery>,
    /// In all, by unit. An operator that is concerned no more has nothing left to get back, but
    /// what it gave back counts.
    pub total: Vec<Line>,
    /// Whether all there is to get back is known.
    pub complete: bool,
}

fn ratio(part: i128, whole: i128) -> Option<Decimal> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (decimal_from_millionths(part), decimal_from_millionths(whole));
    let share = part.checked_div(whole)?;
    Some(share.round_dp_with_strategy(4, RoundingStrategy::MidpointNearestEven).normalize())
}

fn lines(
    to_recover: &BTreeMap<Unit, i128>,
    sum: impl Fn(Unit, Fate) -> i128,
    units: &BTreeSet<Unit>,
) -> Vec<Line> {
    let line = |unit: Unit| {
        let due = to_recover.get(&unit).copied().unwrap_or(0);
        let got = |fate| sum(unit, fate);
        let (back, gone) = (got(Fate::Recovered), got(Fate::Consumed));
        Line {
            unit,
            to_recover: decimal_from_millionths(due),
            recovered: decimal_from_millionths(back),
            destroyed: decimal_from_millionths(got(Fate::Destroyed)),
            relabelled: decimal_from_millionths(got(Fate::Relabelled)),
            consumed: decimal_from_millionths(gone),
            outstanding: decimal_from_millionths((due - back - gone).max(0)),
            rate: ratio(back, due),
            accounted: ratio(back + gone, due),
        }
    };
    units.iter().copied().map(line).collect()
}

impl PartyState {
    fn due(&self) -> BTreeMap<Unit, i128> {
        if self.notice.concerned { self.to_recover.clone() } else { BTreeMap::new() }
    }

    fn units(&self) -> BTreeSet<Unit> {
        self.due().keys().copied().chain(self.sums.keys().map(|(unit, _)| *unit)).collect()
    }

    fn sum(&self, unit: Unit, fate: Fate) -> i128 {
        self.sums.get(&(unit, fate)).copied().unwrap_or(0)
    }
}

impl Case {
    /// What came back so far, with rates. O(p log p) in the operators.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        let parties = &self.state.parties;
        let operators = parties.iter().map(|(code, party)| OperatorRecovery {
            operator: code.clone(),
            concerned: party.notice.concerned,
            lines: lines(&party.due(), |unit, fate| party.sum(unit, fate), &party.units()),
            complete: party.complete || !party.notice.concerned,
        });
        let operators: Vec<_> = operators.collect();
        let units: BTreeSet<Unit> = parties.values().flat_map(PartyState::units).collect();
        let mut due: BTreeMap<Unit, i128> = BTreeMap::new();
        for (unit, amount) in parties.values().flat_map(PartyState::due) {
            *due.entry(unit).or_default() += amount;
        }
        let sum = |unit, fate| parties.values().map(|party| party.sum(unit, fate)).sum();
        let total = lines(&due, sum, &units);
        let complete = operators.iter().all(|row| row.complete);
        Recovery { operators, total, complete }
    }
}
