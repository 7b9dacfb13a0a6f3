//! Transformations: several lots in, one or more out.

use crate::catalog::{Grams, KINDS};
use crate::error::Error;
use crate::goods::{Holder, Holding, Input, Lot, Parcel, Shown};
use crate::sink::Sink;
use crate::truth::Origin;
use crate::world::{Class, OperatorNo};

use super::Flow;
use super::road::{FURTHER, choice};

/// What waits at an operator that transforms.
#[derive(Debug, Default)]
pub(crate) struct Maker {
    pub(crate) waiting: Vec<Input>,
    /// How many lots the next transformation takes; 0 until the first lot comes.
    wants: u8,
    /// Whether a day is set on which less will do.
    is_patient: bool,
}

/// The least and the most lots that go in.
const INPUTS: (u32, u32) = (2, 8);

impl<S: Sink + ?Sized> Flow<'_, S> {
    fn maker(&mut self, at: OperatorNo) -> &mut Maker {
        let first = self.world.first(Class::Slaughterhouse);
        &mut self.makers[(at - first) as usize]
    }

    fn wants(&mut self) -> u8 {
        (INPUTS.0 + self.random.below(INPUTS.1 - INPUTS.0 + 1)) as u8
    }

    fn patience(&mut self) -> u16 {
        14 + self.random.below(16) as u16
    }

    /// Goods wait at a maker until enough are there, or two to four weeks.
    pub(super) fn wait(&mut self, holding: &Holding) {
        let Holding { lot, at, grams, shown, .. } = *holding;
        // Of sixteen lots nine are used up at once, five in two parts, two in three.
        let uses = match self.random.below(16) {
            0..9 => 1,
            9..14 => 2,
            _ => 3,
        };
        let input = Input { lot, grams, uses, shown };
        let wants = self.wants();
        let patience = self.patience();
        let maker = self.maker(at);
        if maker.wants == 0 {
            maker.wants = wants;
        }
        maker.waiting.push(input);
        let enough = maker.waiting.len() >= usize::from(maker.wants);
        let begins = !maker.is_patient;
        maker.is_patient = true;
        if begins {
            let day = self.day + patience;
            self.ring.on(day).looks.push((at, true));
        }
        if enough {
            self.ring.on(self.day).looks.push((at, false));
        }
    }

    /// Makers make what they have enough for.
    pub(super) fn make(&mut self) -> Result<(), Error> {
        let mut looks = std::mem::take(&mut self.ring.on(self.day).looks);
        for (at, less_will_do) in looks.drain(..) {
            self.look(at, less_will_do)?;
        }
        self.ring.on(self.day).looks = looks;
        Ok(())
    }

    fn look(&mut self, at: OperatorNo, less_will_do: bool) -> Result<(), Error> {
        let mut waiting = std::mem::take(&mut self.maker(at).waiting);
        let mut wants = usize::from(self.maker(at).wants);
        let mut kept = Vec::new();
        for input in waiting.extract_if(.., |input| self.day > input.lot.expires()) {
            self.writer.tally.stocks += u64::from(input.shown.is_hidden());
            kept.push(input);
        }
        for input in kept.drain(..) {
            self.destroy(input.lot, at, input.grams)?;
        }
        let mut rest = waiting.drain(..);
        loop {
            let there = rest.len();
            if self.is_full() || there < wants && !(less_will_do && there > 0) {
                break;
            }
            let mut inputs: Vec<Input> = rest.by_ref().take(wants).collect();
            self.transform(at, &mut inputs)?;
            kept.extend(inputs.into_iter().filter(|input| input.uses > 0));
            wants = usize::from(self.wants());
        }
        kept.extend(rest);
        let again = less_will_do && !kept.is_empty();
        let day = self.day + self.patience();
        let maker = self.maker(at);
        maker.waiting = kept;
        maker.wants = wants as u8;
        maker.is_patient &= !less_will_do || again;
        if again {
            self.ring.on(day).looks.push((at, true));
        }
        Ok(())
    }

    /// One transformation. Takes from each input its part and leaves the rest in it.
    fn transform(&mut self, at: OperatorNo, inputs: &mut [Input]) -> Result<(), Error> {
        let class = self.world.class(at);
        let mut used: Vec<(Lot, Grams)> = Vec::with_capacity(inputs.len());
        let mut taint = 0;
        for input in inputs.iter_mut() {
            let step = input.lot.kind().step();
            let part = input.grams / Grams::from(input.uses.max(1));
            let part = if input.uses <= 1 { input.grams } else { part - part % step };
            let part = if part < step { input.grams } else { part };
            input.grams -= part;
            input.uses = if input.grams < step { 0 } else { input.uses - 1 };
            used.push((input.lot, part));
            taint |= self.truth.of(input.lot, at);
        }
        // 85 to 98 % of what goes in comes out, a litre taken as a kilogram.
        let sum: u64 = used.iter().map(|(_, grams)| u64::from(*grams)).sum();
        let share = 850 + self.random.below(131);
        let out = sum * u64::from(share) / 1000;
        // Of twenty transformations thirteen bring one batch, six two, one three.
        let batches = match self.random.below(20) {
            0..13 => 1,
            13..19 => 2,
            _ => 3,
        };
        let clock = self.noon();
        let mut made: Vec<(Lot, Grams)> = Vec::with_capacity(3);
        for number in 0..batches {
            let kind = self.world.product(class, at, number);
            let step = KINDS[usize::from(kind)].step();
            let grams = Grams::try_from(out / u64::from(batches)).unwrap_or(Grams::MAX);
            let grams = grams - grams % step;
            if grams == 0 {
                continue;
            }
            let further = FURTHER[usize::from(KINDS[usize::from(kind)].tier.min(4))];
            let retail = self.random.below(16) >= further;
            let lot = self.new_lot(kind, retail);
            self.writer.batch(&self.world, lot, at, grams, clock)?;
            made.push((lot, grams));
        }
        if made.is_empty() {
            for (input, (_, part)) in inputs.iter_mut().zip(&used) {
                input.grams += part;
                input.uses = 0;
                self.settle(input.lot, at, input.grams, input.shown)?;
            }
            return Ok(());
        }
        self.writer.transformation(&self.world, at, clock, &used, &made)?;
        for input in inputs.iter_mut() {
            self.show(&mut input.shown, true);
        }
        for (lot, grams) in made {
            self.taint(lot, at, taint, self.day + 1)?;
            self.hold(lot, at, grams);
            let tier = lot.kind().tier;
            let origin = if tier <= 2 { Origin::Ingredient } else { Origin::Product };
            self.offer(origin, lot, at)?;
        }
        Ok(())
    }

    /// A batch made waits for its receivers; part of a few goes into a later one.
    fn hold(&mut self, lot: Lot, at: OperatorNo, mut grams: Grams) {
        let key = self.key(at);
        let step = lot.kind().step();
        if self.random.hits(self.shares.rework) {
            let part = grams / 8;
            let part = part - part % step;
            if part > 0 {
                grams -= part;
                let (holder, shown) = (Holder::Taker, Shown::default());
                let holding =
                    Holding { lot, at, grams: part, key, next: 0, last: 0, holder, shown };
                // It is there from the next day on, as what comes from outside.
                let taint = self.truth.of(lot, at);
                self.ring.on(self.day + 1).arrivals.push(Parcel { holding, taint });
            }
        }
        let last = if lot.retail { choice::hubs(key) } else { choice::takers(key) };
        let (next, shown, holder) = (0, Shown::default(), Holder::Maker);
        let holding = Holding { lot, at, grams, key, next, last, holder, shown };
        let day = self.day + self.random.below(3) as u16;
        self.ring.on(day).departures.push(holding);
    }
}
