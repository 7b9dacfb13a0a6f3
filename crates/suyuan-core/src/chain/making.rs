//! What the row of a batch says of how it was made.
//!
//! Mostly a row tells once more of what transformations put out. But goods also go back into a lot
//! that was there before: rework, top-up, stock found again. Then the row is a making of its own
//! where the records cannot do without it (semantics section 2, *own making*). Building and growing
//! gather the same [`Evidence`] and judge it here.

use super::ledger::Tolerance;
use crate::quantity::{Amount, Total};
use crate::time::{DAY, Minute, Span};

/// What a batch's own row stands for at its producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Making {
    /// For nothing: there is no row, or transformations put out all there is.
    #[default]
    None,
    /// It is the only making: no transformation puts the batch out.
    Only,
    /// It is a making of its own beside what transformations put out.
    Beside,
    /// It has the quantity of what transformations put out, none of which has one.
    Stands,
}

impl Making {
    pub(super) const ALL: [Self; 4] = [Self::None, Self::Only, Self::Beside, Self::Stands];

    /// Whether the row is a making, so that the batch began with it.
    pub(super) const fn is_making(self) -> bool {
        matches!(self, Self::Only | Self::Beside)
    }
}

/// What the records say of a batch that has a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// What the row says was made, and when.
    pub(super) own: Option<Amount>,
    pub(super) produced_on: Span,
    /// How many transformations put it out, of any operator.
    pub(super) outputs: u32,
    /// How much they put out.
    pub(super) output: Total,
    /// Whether a quantity of any output is known.
    pub(super) any_known: bool,
    /// The first minute at which one of them can have happened.
    pub(super) earliest: Minute,
}

impl Evidence {
    pub(super) const fn of_row(own: Option<Amount>, produced_on: Span) -> Self {
        Self {
            own,
            produced_on,
            outputs: 0,
            output: Total::ZERO,
            any_known: false,
            earliest: Minute::UNBOUNDED_FUTURE,
        }
    }

    /// Adds what one transformation put out.
    pub(super) fn add_output(&mut self, amount: Option<Amount>, earliest: Minute) {
        self.outputs += 1;
        self.output.add(amount);
        self.any_known |= amount.is_some();
        self.earliest = self.earliest.min(earliest);
    }

    /// What the row stands for. `flows` gives what left the producer's stock, and what it received
    /// and transformations put out there; it is asked only where all else speaks for a making.
    pub(super) fn judge(self, tolerance: Tolerance, flows: impl FnOnce() -> Flows) -> Making {
        if self.outputs == 0 {
            return Making::Only;
        }
        if !self.any_known {
            return Making::Stands;
        }
        if self.is_candidate(tolerance) && flows().lack_a_making(tolerance) {
            Making::Beside
        } else {
            Making::None
        }
    }

    /// Whether the row may be a making beside the outputs, by what it says and by these.
    pub(super) fn is_candidate(&self, tolerance: Tolerance) -> bool {
        let Some(own) = self.own else { return false };
        let own = Total { millionths: own.millionths().into(), complete: true };
        // A month is no date for it: the goods may be those of the transformation.
        let before = self.produced_on.is_dated_to_day()
            && self.earliest.is_bounded()
            && i64::from(self.earliest.minutes()) - i64::from(self.produced_on.latest.minutes())
                > i64::from(DAY);
        let differs = tolerance.exceeds(own, self.output) || tolerance.exceeds(self.output, own);
        before && self.output.complete && differs
    }
}

/// What left a stock, and what came into it, by records that mean it alone.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flows {
    /// Of all that left, what is known.
    pub(super) left: Total,
    pub(super) came: Total,
}

impl Flows {
    /// Adds an outflow; of one of unknown quantity nothing is known to have left.
    pub(super) fn add_left(&mut self, amount: Option<Amount>) {
        self.left.add_known(amount);
    }

    fn lack_a_making(self, tolerance: Tolerance) -> bool {
        self.came.complete && tolerance.exceeds(self.left, self.came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcOffset;
    use rust_decimal::Decimal;

    fn kg(kg: i64) -> Amount {
        Amount::from_millionths(kg * 1_000_000)
    }

    fn judge(produced_on: &str, own: i64, outputs: &[(i64, &str)], left: i64, came: i64) -> Making {
        let span = |text| Span::parse(text, UtcOffset::CHINA).unwrap();
        let mut evidence = Evidence::of_row(Some(kg(own)), span(produced_on));
        for (quantity, day) in outputs {
            evidence.add_output(Some(kg(*quantity)), span(day).earliest);
        }
        let mut flows = Flows::default();
        flows.add_left(Some(kg(left)));
        flows.came.add(Some(kg(came)));
        evidence.judge(Tolerance::new(Decimal::new(5, 3)), || flows)
    }

    #[test]
    fn a_row_is_a_making_of_its_own_where_the_records_cannot_do_without_it() {
        let topped = [(10, "2026-03-01")];
        assert_eq!(judge("2026-02-01", 100, &topped, 60, 10), Making::Beside);
        // A month is no date, a day too near tells of the same event.
        assert_eq!(judge("2026-02", 100, &topped, 60, 10), Making::None);
        assert_eq!(judge("2026-02-27", 100, &topped, 60, 10), Making::Beside);
        assert_eq!(judge("2026-02-28", 100, &topped, 60, 10), Making::None);
        // The outputs say the same, or what came is enough.
        assert_eq!(judge("2026-02-01", 10, &topped, 60, 10), Making::None);
        assert_eq!(judge("2026-02-01", 100, &topped, 10, 10), Making::None);
        assert_eq!(judge("2026-02-01", 100, &[], 60, 10), Making::Only);
    }
}
