//! What is to happen on the next days: a ring of days, so that memory follows what is on its way.

use crate::goods::{Holding, Parcel, Shelf, Test};
use crate::world::OperatorNo;

/// How many days ahead anything is put.
pub(crate) const AHEAD: u16 = 64;

/// What happens on one day.
#[derive(Debug, Default)]
pub(crate) struct Today {
    /// Goods that arrive from far, 00:00 to 03:59.
    pub(crate) arrivals: Vec<Parcel>,
    /// Wholesalers' rounds to shops, out from 04:00, in by 09:59.
    pub(crate) rounds: Vec<Holding>,
    /// Further deliveries to shops, on the same rounds.
    pub(crate) deliveries: Vec<Shelf>,
    /// Makers that look at what waits, 10:00 to 14:59, and whether less than they want will do.
    pub(crate) looks: Vec<(OperatorNo, bool)>,
    /// What becomes of goods at shops, 10:00 to 14:59.
    pub(crate) ends: Vec<Shelf>,
    /// Samples, 10:00 to 14:59.
    pub(crate) tests: Vec<Test>,
    /// Goods that leave for far, 15:00 to 23:59.
    pub(crate) departures: Vec<Holding>,
}

/// The days to come.
#[derive(Debug)]
pub(crate) struct Ring {
    days: Vec<Today>,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self { days: (0..AHEAD).map(|_| Today::default()).collect() }
    }

    /// A day less than [`AHEAD`] days ahead.
    #[inline]
    pub(crate) fn on(&mut self, day: u16) -> &mut Today {
        &mut self.days[usize::from(day % AHEAD)]
    }
}
