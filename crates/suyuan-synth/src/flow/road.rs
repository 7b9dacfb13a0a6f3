//! Goods on long roads: from farms to makers, markets, warehouses and wholesalers.

use crate::error::Error;
use crate::goods::{Holder, Holding, Parcel, Shown, portion};
use crate::random::scaled;
use crate::sink::Sink;
use crate::truth::Origin;
use crate::world::{Class, OperatorNo};
use crate::writer::Passage;

use super::Flow;

/// Who takes goods for further making, by the tier of the goods: of sixteen parcels.
const TAKERS: [[Class; 16]; 4] = {
    use Class::{Blender as B, Factory as F, Kitchen as K, Mill as M};
    [
        [M, M, B, M, M, F, M, M, M, B, M, M, F, M, K, M],
        [B, F, B, B, K, F, B, F, B, B, F, B, F, B, B, F],
        [F, K, F, F, K, F, F, K, F, F, F, K, F, F, K, F],
        [K; 16],
    ]
};

/// How many of sixteen batches made in a tier go into further making.
pub(super) const FURTHER: [u32; 5] = [0, 12, 13, 5, 0];

/// Choices of a lot that its key makes, so that they need no memory.
pub(super) mod choice {
    use super::scaled;

    /// Makers that take a raw lot from collectors: two to five.
    pub(crate) const fn raw_takers(key: u32) -> u8 {
        2 + (key >> 16) as u8 % 4
    }

    /// Makers that take an ingredient: three to eight.
    pub(crate) const fn takers(key: u32) -> u8 {
        3 + (key >> 16) as u8 % 6
    }

    /// Markets or warehouses of a lot for sale: one or two.
    pub(crate) const fn hubs(key: u32) -> u8 {
        1 + (key >> 24).is_multiple_of(3) as u8
    }

    /// Counties a lot is sold in: two to six.
    pub(crate) const fn counties(key: u32) -> u8 {
        2 + (key >> 19) as u8 % 5
    }

    /// The `at`th county of a lot: a quarter of lots go all over the country, the others to the
    /// neighbours of their maker. `all` is a power of two.
    pub(crate) fn county(key: u32, at: u8, all: u32) -> u32 {
        let far = (key >> 9).is_multiple_of(4);
        let stride = if far { scaled(key.wrapping_mul(0x85eb_ca6b), all) | 1 } else { 1 };
        (key % 512 + u32::from(at) * stride) % all
    }
}

impl<S: Sink + ?Sized> Flow<'_, S> {
    /// Goods from far arrive.
    pub(super) fn arrive(&mut self) -> Result<(), Error> {
        let mut parcels = std::mem::take(&mut self.ring.on(self.day).arrivals);
        for Parcel { mut holding, taint } in parcels.drain(..) {
            self.taint(holding.lot, holding.at, taint, self.day)?;
            match holding.holder {
                Holder::Collector | Holder::Hub => {
                    let day = self.day + (self.random.bits() % 3) as u16;
                    self.ring.on(day).departures.push(holding);
                }
                Holder::Wholesaler => {
                    self.offer(Origin::Wholesaler, holding.lot, holding.at)?;
                    holding.key = self.random.bits();
                    holding.last = self.customers();
                    self.ring.on(self.day).rounds.push(holding);
                }
                Holder::Back => self.take_back(holding)?,
                Holder::Farm | Holder::Maker | Holder::Taker => self.wait(&holding),
            }
        }
        self.ring.on(self.day).arrivals = parcels;
        Ok(())
    }

    /// Goods leave for far.
    pub(super) fn depart(&mut self) -> Result<(), Error> {
        let mut holdings = std::mem::take(&mut self.ring.on(self.day).departures);
        for holding in holdings.drain(..) {
            self.send(holding)?;
        }
        self.ring.on(self.day).departures = holdings;
        Ok(())
    }

    fn send(&mut self, mut holding: Holding) -> Result<(), Error> {
        let Holding { lot, at, .. } = holding;
        if self.day > lot.expires() {
            self.writer.tally.stocks += u64::from(holding.shown.is_hidden());
            return self.destroy(lot, at, holding.grams);
        }
        let left = holding.last - holding.next;
        // Half of the longer lists are served in two rounds.
        let now = if left > 3 && self.random.bits() & 1 == 0 { left / 2 } else { left };
        let taint = self.truth.of(lot, at);
        for _ in 0..now {
            if self.is_full() {
                break;
            }
            let receivers = u32::from(holding.last - holding.next);
            let bits = self.random.bits();
            let grams = portion(holding.grams, receivers, lot.kind().step(), bits);
            if grams == 0 {
                break;
            }
            let mut parcel = self.next_parcel(&holding);
            parcel.grams = grams;
            holding.grams -= grams;
            holding.next += 1;
            let departs = self.minute(15 * 60, 9 * 60);
            let nights = 1 + (bits >> 8 & 7 == 0) as u16 + (bits >> 11 & 31 == 0) as u16;
            let arrives = self.writer.days.at(self.day + nights, scaled(bits, 4 * 60));
            let recorded = self.writer.shipment(
                &self.world,
                &Passage { lot, from: at, to: parcel.at, grams, departs, arrives, may_miss: true },
            )?;
            self.show(&mut holding.shown, recorded);
            parcel.shown = Shown { orphan: !recorded, elsewhere: false };
            self.writer.tally.stocks += u64::from(recorded);
            self.ring.on(self.day + nights).arrivals.push(Parcel { holding: parcel, taint });
        }
        if self.is_full() || holding.next == holding.last || holding.grams < lot.kind().step() {
            return self.settle(lot, at, holding.grams, holding.shown);
        }
        let day = self.day + 1 + (self.random.bits() % 3) as u16;
        self.ring.on(day).departures.push(holding);
        Ok(())
    }

    /// A record shows a stock.
    #[inline]
    pub(super) fn show(&mut self, shown: &mut Shown, recorded: bool) {
        if recorded && shown.is_hidden() {
            shown.elsewhere = true;
            self.writer.tally.stocks += 1;
        }
    }

    /// The next receiver of a holding and what it is to do with the goods.
    fn next_parcel(&self, holding: &Holding) -> Holding {
        let Holding { lot, key, next, last, .. } = *holding;
        let at = u32::from(next);
        let to = |to: OperatorNo, holder, next, last| Holding {
            at: to,
            holder,
            next,
            last,
            shown: Shown::default(),
            ..*holding
        };
        // A list is handed on in equal parts.
        let part = |list: u8| {
            let share = |at: u8| (u32::from(list) * u32::from(at) / u32::from(last)) as u8;
            (share(next), share(next + 1))
        };
        match (holding.holder, lot.retail) {
            (Holder::Farm, false) if lot.kind().live => {
                to(self.world.pick(Class::Slaughterhouse, key, at), Holder::Taker, 0, 0)
            }
            (Holder::Farm, false) => {
                let (first, last) = part(choice::raw_takers(key));
                to(self.world.pick(Class::Collector, key, at), Holder::Collector, first, last)
            }
            (Holder::Farm, true) => {
                let hubs = choice::hubs(key);
                to(self.world.pick(Class::Collector, key, at), Holder::Collector, 0, hubs)
            }
            (Holder::Collector | Holder::Maker, false) => {
                let takers = &TAKERS[usize::from(lot.kind().tier.min(3))];
                let class = takers[((key >> 20) + at) as usize % takers.len()];
                to(self.world.pick(class, key, at), Holder::Taker, 0, 0)
            }
            (Holder::Collector | Holder::Maker, true) => {
                let raw = lot.kind().tier == 0;
                let class = if raw { Class::Market } else { Class::Warehouse };
                let (first, last) = part(choice::counties(key));
                to(self.world.pick(class, key, at), Holder::Hub, first, last)
            }
            _ => {
                let county = choice::county(key, next, self.world.counties);
                let wholesaler = self.world.pick_in(Class::Wholesaler, county, key, at);
                to(wholesaler, Holder::Wholesaler, 0, 0)
            }
        }
    }
}
