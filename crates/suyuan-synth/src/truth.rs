//! Planted contaminations and where their material truly goes.

use std::collections::HashMap;

use crate::error::Error;
use crate::goods::Lot;
use crate::plan::Plan;
use crate::random::Random;
use crate::sink::Sink;
use crate::world::{OperatorNo, World};
use crate::writer::Writer;

/// What kind of stock a contamination starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// A farm's lot at the farm.
    Farm,
    /// What a mill, slaughterhouse or blender made, where it was made.
    Ingredient,
    /// What a factory or kitchen made, where it was made.
    Product,
    /// A lot at one wholesaler.
    Wholesaler,
}

impl Origin {
    /// Every value, in the order sources take turns in.
    pub const ALL: &'static [Self] =
        &[Self::Farm, Self::Ingredient, Self::Wholesaler, Self::Product];

    /// Its name in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Farm => "farm",
            Self::Ingredient => "ingredient",
            Self::Product => "product",
            Self::Wholesaler => "wholesaler",
        }
    }
}

/// A planted contamination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlantedSource {
    /// What kind of stock it is.
    pub origin: Origin,
    /// Code of its batch.
    pub batch: String,
    /// Code of the operator that held it.
    pub operator: String,
    /// Stocks its material reached, itself included.
    pub reached: u64,
    /// Failing samples planted for it.
    pub failing: u64,
}

/// What to plant next.
#[derive(Debug, Clone, Copy)]
struct Due {
    day: u16,
    origin: Origin,
    /// How many stocks of the kind are passed over first.
    skip: u32,
}

/// Follows the material of every source, stock by stock. A stock that any of it enters holds it
/// from then on, and all that leaves later carries it.
#[derive(Debug)]
pub(crate) struct Truth {
    /// What is still to be planted, last first.
    due: Vec<Due>,
    pub(crate) sources: Vec<PlantedSource>,
    failing: u8,
    /// Whether any stock of a batch holds material of a source, 64 batches a word.
    lots: Vec<u64>,
    stocks: HashMap<(u32, OperatorNo), u64>,
}

impl Truth {
    /// Spreads the sources over the middle half of the days.
    pub(crate) fn new(plan: &Plan, random: &mut Random) -> Self {
        let count = u32::from(plan.sources);
        let days = u32::from(plan.days);
        let mut due: Vec<Due> = (0..count)
            .map(|at| Due {
                day: (days / 6 + at * (days / 2) / count) as u16,
                origin: Origin::ALL[at as usize % Origin::ALL.len()],
                skip: random.below(5),
            })
            .collect();
        due.reverse();
        let (sources, stocks) = (Vec::new(), HashMap::new());
        Self { due, sources, failing: plan.failing, lots: Vec::new(), stocks }
    }

    /// Makes a stock that has just come to be a source, when one of its kind is due.
    #[inline]
    pub(crate) fn offer<S: Sink + ?Sized>(
        &mut self,
        origin: Origin,
        lot: Lot,
        at: OperatorNo,
        day: u16,
        (writer, world): (&mut Writer<'_, S>, &World),
    ) -> Result<(), Error> {
        match self.due.last_mut() {
            Some(due) if due.day <= day && due.origin == origin => {
                if due.skip > 0 {
                    due.skip -= 1;
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        self.due.pop();
        let source = self.sources.len() as u8;
        self.sources.push(PlantedSource {
            origin,
            batch: writer.lot_code(lot),
            operator: writer.operator_code(world, at),
            reached: 0,
            failing: 0,
        });
        let test = self.add(lot, at, 1 << source, (writer, world))?;
        debug_assert!(test.is_none() || self.failing > 0);
        Ok(())
    }

    /// The sources whose material a stock holds.
    #[inline]
    pub(crate) fn of(&self, lot: Lot, at: OperatorNo) -> u64 {
        let word = self.lots.get(lot.no as usize / 64).copied().unwrap_or(0);
        if word >> (lot.no % 64) & 1 == 0 {
            return 0;
        }
        self.stocks.get(&(lot.no, at)).copied().unwrap_or(0)
    }

    /// Material of these sources enters a stock. The source a failing sample is due for, if any.
    pub(crate) fn add<S: Sink + ?Sized>(
        &mut self,
        lot: Lot,
        at: OperatorNo,
        taint: u64,
        (writer, world): (&mut Writer<'_, S>, &World),
    ) -> Result<Option<u8>, Error> {
        if taint == 0 {
            return Ok(None);
        }
        let place = lot.no as usize / 64;
        if self.lots.len() <= place {
            self.lots.resize(place + 1, 0);
        }
        self.lots[place] |= 1 << (lot.no % 64);
        let holds = self.stocks.entry((lot.no, at)).or_default();
        let new = taint & !*holds;
        *holds |= taint;
        let mut test = None;
        for (number, source) in self.sources.iter_mut().enumerate() {
            if new >> number & 1 == 0 {
                continue;
            }
            source.reached += 1;
            writer.reached(world, number as u8, source, lot, at)?;
            // The source itself is the first: then the 1st, 4th, 16th ... it reaches.
            let after = source.reached - 1;
            let is_due = after.is_power_of_two() && after.trailing_zeros() % 2 == 0;
            if is_due && test.is_none() && source.failing < u64::from(self.failing) {
                source.failing += 1;
                test = Some(number as u8);
            }
        }
        Ok(test)
    }
}
