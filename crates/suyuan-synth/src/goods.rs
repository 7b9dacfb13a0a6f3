//! What moves: lots, and amounts of them on their way.

use crate::catalog::{Grams, KINDS, Kind};
use crate::world::OperatorNo;

/// A batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lot {
    /// Dense number, in the order of making.
    pub(crate) no: u32,
    /// The day it was made.
    pub(crate) day: u16,
    /// Place in [`KINDS`].
    pub(crate) kind: u8,
    /// Whether it is for sale as it is, not for further making.
    pub(crate) retail: bool,
}

impl Lot {
    #[inline]
    pub(crate) fn kind(self) -> &'static Kind {
        KINDS.get(usize::from(self.kind)).unwrap_or(&KINDS[0])
    }

    /// The last day of its life.
    #[inline]
    pub(crate) fn expires(self) -> u16 {
        self.day.saturating_add(self.kind().shelf)
    }
}

/// What records say of a stock so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    /// Its waybill was left out, so no record says how it came to be there.
    pub(crate) orphan: bool,
    /// Another record shows it all the same.
    pub(crate) elsewhere: bool,
}

impl Shown {
    /// Whether nothing shows it yet.
    #[inline]
    pub(crate) fn is_hidden(self) -> bool {
        self.orphan && !self.elsewhere
    }
}

/// Who holds goods, which decides where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Farm,
    Collector,
    Maker,
    /// A market or a warehouse.
    Hub,
    Wholesaler,
    /// Anyone who transforms what comes.
    Taker,
    /// A wholesaler that gets goods back.
    Back,
}

/// An amount of a lot at an operator, and whom it goes to: the receivers `next..last` of its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding {
    pub(crate) lot: Lot,
    pub(crate) at: OperatorNo,
    pub(crate) grams: Grams,
    /// Random bits that choose receivers; the lowest ones are the maker's county.
    pub(crate) key: u32,
    pub(crate) next: u8,
    pub(crate) last: u8,
    pub(crate) holder: Holder,
    pub(crate) shown: Shown,
}

/// A holding under way to `holding.at`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parcel {
    pub(crate) holding: Holding,
    /// The sources its material came from when it left.
    pub(crate) taint: u64,
}

/// A lot at a shop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelf {
    pub(crate) lot: Lot,
    pub(crate) shop: OperatorNo,
    pub(crate) from: OperatorNo,
    pub(crate) grams: Grams,
    /// What each delivery to come brings.
    pub(crate) each: Grams,
    /// The wholesaler's key, and which of its receivers the shop is.
    pub(crate) key: u32,
    pub(crate) at: u8,
    /// Deliveries to come.
    pub(crate) left: u8,
    pub(crate) shown: Shown,
    pub(crate) end: End,
}

/// What becomes of goods at a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Not settled yet.
    Open,
    /// Part goes back to the wholesaler.
    Return,
    Removal,
}

/// An amount of a lot that waits at a maker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub(crate) lot: Lot,
    pub(crate) grams: Grams,
    /// In how many transformations it is used.
    pub(crate) uses: u8,
    pub(crate) shown: Shown,
}

/// A sample to take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test {
    pub(crate) lot: Lot,
    pub(crate) at: OperatorNo,
    /// The source whose failure it shows; `None` passes.
    pub(crate) fails: Option<u8>,
}

/// A part of `grams` in whole steps: all for the last of `left` receivers, else about an equal
/// one, from 3/4 to 5/4, by the low bits of `random`.
#[inline]
pub(crate) fn portion(grams: Grams, left: u32, step: Grams, random: u32) -> Grams {
    let part = if left <= 1 {
        grams
    } else {
        (u64::from(grams / left) * u64::from(48 + random % 33) / 64) as Grams
    };
    part - part % step.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_never_exceed_what_is_there() {
        for left in 2..60 {
            for random in 0..33 {
                let mut grams = 100_000;
                for receivers in (1..=left).rev() {
                    let part = portion(grams, receivers, 50, random);
                    assert_eq!(part % 50, 0);
                    grams -= part;
                }
            }
        }
        assert_eq!(portion(999, 1, 500, 0), 500);
    }
}
