//! The last leg: wholesalers' rounds to shops, and what becomes of goods there.

use suyuan_core::model::RemovalReason;

use crate::error::Error;
use crate::goods::{End, Holder, Holding, Parcel, Shelf, Shown, Test, portion};
use crate::random::scaled;
use crate::sink::Sink;
use crate::world::Class;
use crate::writer::Passage;

use super::Flow;

/// Shops of one stock of a wholesaler at most. Goods that the `at`th shop returns go on to the
/// shop `MOST_SHOPS + at`, so that no shop gets a batch twice by chance.
const MOST_SHOPS: u8 = 48;

impl<S: Sink + ?Sized> Flow<'_, S> {
    /// How many shops buy of a stock: three, and up to 3, 7, 15 or 31 more, each half as often as
    /// the one before.
    pub(super) fn customers(&mut self) -> u8 {
        let bits = self.random.bits();
        let more = 4 << bits.trailing_zeros().min(3);
        (3 + scaled(bits.rotate_left(16), more)).min(MOST_SHOPS.into()) as u8
    }

    /// Wholesalers deliver to shops, first what was agreed before.
    pub(super) fn rounds(&mut self) -> Result<(), Error> {
        let mut shelves = std::mem::take(&mut self.ring.on(self.day).deliveries);
        for shelf in shelves.drain(..) {
            self.deliver_more(shelf)?;
        }
        self.ring.on(self.day).deliveries = shelves;
        let mut holdings = std::mem::take(&mut self.ring.on(self.day).rounds);
        for holding in holdings.drain(..) {
            self.round(holding)?;
        }
        self.ring.on(self.day).rounds = holdings;
        Ok(())
    }

    fn round(&mut self, mut holding: Holding) -> Result<(), Error> {
        let Holding { lot, at, key, .. } = holding;
        if self.day > lot.expires() {
            self.writer.tally.stocks += u64::from(holding.shown.is_hidden());
            return self.destroy(lot, at, holding.grams);
        }
        let left = holding.last - holding.next;
        let now = if left > 4 { left.div_ceil(2) } else { left };
        let county = self.world.county(at);
        let step = lot.kind().step();
        for _ in 0..now {
            if self.is_full() {
                break;
            }
            let receivers = u32::from(holding.last - holding.next);
            let bits = self.random.bits();
            let grams = portion(holding.grams, receivers, step, bits);
            if grams == 0 {
                break;
            }
            let number = holding.next;
            let shop = self.world.pick_in(Class::Shop, county, key, number.into());
            holding.grams -= grams;
            holding.next += 1;
            let resold = number >= MOST_SHOPS;
            let several = !resold && self.random.hits(self.shares.repeats);
            let deliveries = if several { 2 + (bits >> 16) % 3 } else { 1 };
            let each = grams / deliveries;
            let each = each - each % step;
            let (each, deliveries) = if each == 0 { (grams, 1) } else { (each, deliveries) };
            let shelf = Shelf {
                lot,
                shop,
                from: at,
                grams: 0,
                each,
                key,
                at: number,
                left: deliveries as u8,
                shown: Shown::default(),
                // Neither from whom it came nor again: a stock that no waybill explains stays one.
                end: if resold || holding.shown.orphan { End::Removal } else { End::Open },
            };
            let recorded = self.deliver(shelf, deliveries == 1)?;
            self.show(&mut holding.shown, recorded);
            self.writer.tally.stocks += u64::from(recorded);
        }
        if self.is_full() || holding.next == holding.last || holding.grams < step {
            return self.settle(lot, at, holding.grams, holding.shown);
        }
        let day = self.day + 1 + (self.random.bits() & 1) as u16;
        self.ring.on(day).rounds.push(holding);
        Ok(())
    }

    fn deliver_more(&mut self, shelf: Shelf) -> Result<(), Error> {
        if self.is_full() {
            return Ok(());
        }
        if self.day > shelf.lot.expires() {
            return self.keep(Shelf { left: 0, ..shelf });
        }
        self.deliver(shelf, false).map(drop)
    }

    /// One delivery; whether its waybill was written.
    fn deliver(&mut self, mut shelf: Shelf, may_miss: bool) -> Result<bool, Error> {
        let Shelf { lot, shop, from, each, .. } = shelf;
        let bits = self.random.bits();
        let departs = self.writer.days.at(self.day, 4 * 60 + (bits >> 7) % 120);
        let arrives = self.writer.days.at(self.day, 6 * 60 + (bits >> 16) % 240);
        let passage = Passage { lot, from, to: shop, grams: each, departs, arrives, may_miss };
        let recorded = self.writer.shipment(&self.world, &passage)?;
        let taint = self.truth.of(lot, from);
        self.taint(lot, shop, taint, self.day)?;
        shelf.shown.orphan |= !recorded;
        shelf.grams += each;
        shelf.left -= 1;
        if shelf.left > 0 {
            let day = self.day + 1 + (bits & 1) as u16;
            self.ring.on(day).deliveries.push(shelf);
        } else {
            self.keep(shelf)?;
        }
        Ok(recorded)
    }

    /// All deliveries are there: what will the shop record?
    fn keep(&mut self, mut shelf: Shelf) -> Result<(), Error> {
        let can_return = shelf.end == End::Open && !shelf.shown.orphan;
        let draw = self.random.bits();
        if self.shares.samples.holds(draw.rotate_left(11)) && self.day < shelf.lot.expires() {
            let (lot, at) = (shelf.lot, shelf.shop);
            self.ring.on(self.day + 1).tests.push(Test { lot, at, fails: None });
            self.show(&mut shelf.shown, true);
        }
        shelf.end = if can_return && self.shares.returns.holds(draw) {
            End::Return
        } else if shelf.shown.is_hidden() || self.random.hits(self.shares.removals) {
            End::Removal
        } else {
            return Ok(());
        };
        let after = 1 + scaled(draw.rotate_left(20), 8) as u16;
        let last = shelf.lot.expires().max(self.day + 1);
        let day = (self.day + after).min(last);
        self.ring.on(day).ends.push(shelf);
        Ok(())
    }

    /// Shops sell, throw away and send back.
    pub(super) fn shops_end(&mut self) -> Result<(), Error> {
        let mut shelves = std::mem::take(&mut self.ring.on(self.day).ends);
        for shelf in shelves.drain(..) {
            self.end(shelf)?;
        }
        self.ring.on(self.day).ends = shelves;
        Ok(())
    }

    fn end(&mut self, shelf: Shelf) -> Result<(), Error> {
        let Shelf { lot, shop, from, grams, key, at, .. } = shelf;
        let bits = self.random.bits();
        let step = lot.kind().step();
        // Half to all of it.
        let part = grams / 2 + scaled(bits, grams / 2 + 1);
        let part = (part - part % step).max(step).min(grams);
        if shelf.end == End::Return && self.day <= lot.expires() {
            if self.is_full() {
                return Ok(());
            }
            let departs = self.noon();
            let arrives = self.writer.days.at(self.day + 1, bits % 240);
            let passage = Passage {
                lot,
                from: shop,
                to: from,
                grams: part,
                departs,
                arrives,
                may_miss: false,
            };
            self.writer.shipment(&self.world, &passage)?;
            self.writer.tally.returns += 1;
            let taint = self.truth.of(lot, shop);
            let next = MOST_SHOPS + at;
            let holding = Holding {
                lot,
                at: from,
                grams: part,
                key,
                next,
                last: next + 1,
                holder: Holder::Back,
                shown: Shown::default(),
            };
            self.ring.on(self.day + 1).arrivals.push(Parcel { holding, taint });
            return Ok(());
        }
        let reason = if self.day > lot.expires() {
            RemovalReason::Destroyed
        } else {
            match bits >> 4 & 31 {
                0 => RemovalReason::Destroyed,
                1 => RemovalReason::Lost,
                _ => RemovalReason::Sold,
            }
        };
        let mut shown = shelf.shown;
        self.show(&mut shown, true);
        let clock = self.noon();
        self.writer.removal(&self.world, (lot, shop), part, clock, reason)
    }

    /// Goods come back to a wholesaler: half are destroyed, half go on to another shop.
    pub(super) fn take_back(&mut self, holding: Holding) -> Result<(), Error> {
        if self.random.bits() & 1 == 0 {
            return self.destroy(holding.lot, holding.at, holding.grams);
        }
        self.ring.on(self.day).rounds.push(Holding { holder: Holder::Wholesaler, ..holding });
        Ok(())
    }
}
