//! The flow of goods, day by day.
//!
//! A day has five parts, so that within one nothing depends on anything else of it: arrivals from
//! far (00:00 to 03:59), rounds to shops (04:00 to 09:59), making, sales, returns and samples
//! (10:00 to 14:59), departures for far (15:00 to 23:59).

mod make;
mod road;
mod shop;

use suyuan_core::model::RemovalReason;

use crate::catalog::{Grams, KINDS, Season};
use crate::error::Error;
use crate::goods::{Holder, Holding, Lot, Parcel, Shown, Test};
use crate::plan::{Plan, Share};
use crate::random::Random;
use crate::ring::{AHEAD, Ring};
use crate::sink::Sink;
use crate::truth::{Origin, Truth};
use crate::world::{Class, OperatorNo, World};
use crate::writer::Writer;
use make::Maker;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// As soon as so many links are written.
    Links(u64),
    /// After so many days.
    Days(u16),
}

/// How many lots farms bring a day, in 65,536ths.
pub(crate) type Rate = u64;

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Flow<'s, S: ?Sized> {
    pub(crate) world: World,
    pub(crate) writer: Writer<'s, S>,
    pub(crate) truth: Truth,
    pub(crate) day: u16,
    /// Lots that farms brought.
    pub(crate) harvested: u64,
    random: Random,
    ring: Ring,
    makers: Vec<Maker>,
    lots: u32,
    until: Until,
    shares: Shares,
}

#[derive(Debug, Clone, Copy)]
struct Shares {
    returns: Share,
    repeats: Share,
    rework: Share,
    removals: Share,
    samples: Share,
}

impl<'s, S: Sink + ?Sized> Flow<'s, S> {
    pub(crate) fn new(plan: &Plan, sink: &'s mut S, until: Until) -> Self {
        let [random, dirt, mut traits, mut planting] = Random::streams(plan.seed);
        let world = World::new(plan, &mut traits);
        let makers = world.first(Class::Market) - world.first(Class::Slaughterhouse);
        Self {
            writer: Writer::new(plan, sink, dirt),
            truth: Truth::new(plan, &mut planting),
            day: 0,
            harvested: 0,
            random,
            ring: Ring::new(),
            makers: (0..makers).map(|_| Maker::default()).collect(),
            lots: 0,
            until,
            shares: Shares {
                returns: plan.returns,
                repeats: plan.repeats,
                rework: plan.rework,
                removals: plan.removals,
                samples: plan.samples,
            },
            world,
        }
    }

    /// Whether nothing more may be sent or made.
    #[inline]
    fn is_full(&self) -> bool {
        match self.until {
            Until::Links(links) => self.writer.links() >= links,
            Until::Days(_) => false,
        }
    }

    /// Runs day after day and says after each how far it is.
    pub(crate) fn run(
        &mut self,
        rate: Rate,
        mut after_day: impl FnMut(&Self),
    ) -> Result<(), Error> {
        // The first lot comes on the first day.
        let mut brought = 1 << 16;
        loop {
            self.writer.begin(self.day, self.lots);
            self.arrive()?;
            self.rounds()?;
            self.make()?;
            self.harvest(rate, &mut brought)?;
            self.shops_end()?;
            self.tests()?;
            self.depart()?;
            after_day(self);
            let over = match self.until {
                Until::Links(_) => self.is_full(),
                Until::Days(days) => self.day + 1 >= days,
            };
            // Days are counted in 16 bits; no plan comes near that.
            if over || self.day == u16::MAX - AHEAD {
                return self.settle_all();
            }
            self.day += 1;
        }
    }

    fn minute(&mut self, from: u32, minutes: u32) -> i32 {
        let minute = from + self.random.below(minutes);
        self.writer.days.at(self.day, minute)
    }

    /// A minute at which things are made, sold, sent back and sampled.
    fn noon(&mut self) -> i32 {
        self.minute(10 * 60, 5 * 60)
    }

    /// A random key that begins with a county.
    fn key(&mut self, maker: OperatorNo) -> u32 {
        self.random.bits() & !511 | self.world.county(maker) & 511
    }

    fn new_lot(&mut self, kind: u8, retail: bool) -> Lot {
        let lot = Lot { no: self.lots, day: self.day, kind, retail };
        self.lots += 1;
        lot
    }

    /// Material of sources enters a stock; plants the sample that may be due.
    #[inline]
    fn taint(&mut self, lot: Lot, at: OperatorNo, taint: u64, test_on: u16) -> Result<(), Error> {
        if taint != 0 {
            let due = self.truth.add(lot, at, taint, (&mut self.writer, &self.world))?;
            if due.is_some() {
                self.ring.on(test_on).tests.push(Test { lot, at, fails: due });
            }
        }
        Ok(())
    }

    fn offer(&mut self, origin: Origin, lot: Lot, at: OperatorNo) -> Result<(), Error> {
        self.truth.offer(origin, lot, at, self.day, (&mut self.writer, &self.world))
    }

    /// Farms bring the day's lots: the month's share of the year, fractions carried over.
    fn harvest(&mut self, rate: Rate, brought: &mut Rate) -> Result<(), Error> {
        let month = self.writer.days.month_of_year(self.day);
        let raw = || KINDS.iter().take_while(|kind| kind.tier == 0);
        let weight = |season: Season| season.weights()[month];
        let total: u32 = raw().map(|kind| weight(kind.season)).sum();
        let year: u32 = raw().map(|kind| kind.season.weights().iter().sum::<u32>()).sum();
        *brought += rate * u64::from(total) * 12 / u64::from(year.max(1));
        while *brought >= 1 << 16 {
            *brought -= 1 << 16;
            let mut draw = self.random.below(total);
            let kind = raw().position(|kind| {
                let weight = weight(kind.season);
                let here = draw < weight;
                draw = draw.wrapping_sub(weight);
                here
            });
            if self.is_full() {
                return Ok(());
            }
            self.harvest_lot(kind.unwrap_or(0) as u8)?;
        }
        Ok(())
    }

    fn harvest_lot(&mut self, kind: u8) -> Result<(), Error> {
        let bits = self.random.bits();
        let farm = self.world.pick(Class::Farm, bits, 0);
        let goods = &KINDS[usize::from(kind)];
        // Vegetables and fruit go mostly to market, the rest to makers.
        let fresh = matches!(goods.category, "蔬菜" | "水果");
        let retail = fresh && self.random.below(16) < 9;
        let lot = self.new_lot(kind, retail);
        // 0.6 to 20 tonnes, each doubling half as often as the one before.
        let tonnes = 1 << self.random.bits().trailing_zeros().min(4);
        let grams: Grams = tonnes * (600_000 + self.random.below(16) * 50_000);
        let clock = self.noon();
        self.writer.batch(&self.world, lot, farm, grams, clock)?;
        self.harvested += 1;
        let key = self.key(farm);
        let last = match (goods.live, retail) {
            (true, _) => 1 + (key >> 12) % 3,
            (false, true) => 1,
            (false, false) => 1 + u32::from((key >> 12).is_multiple_of(5)),
        };
        let holding = Holding {
            lot,
            at: farm,
            grams,
            key,
            next: 0,
            last: last as u8,
            holder: Holder::Farm,
            shown: Shown::default(),
        };
        self.ring.on(self.day).departures.push(holding);
        self.offer(Origin::Farm, lot, farm)
    }

    fn tests(&mut self) -> Result<(), Error> {
        let mut tests = std::mem::take(&mut self.ring.on(self.day).tests);
        for test in tests.drain(..) {
            self.sample(&test)?;
        }
        self.ring.on(self.day).tests = tests;
        Ok(())
    }

    /// Samples are dated to the day, so they need no random number that goods would miss.
    fn sample(&mut self, test: &Test) -> Result<(), Error> {
        let clock = self.writer.days.at(self.day, 12 * 60);
        self.writer.sample(&self.world, test, clock)
    }

    /// Goods that expired are destroyed.
    fn destroy(&mut self, lot: Lot, at: OperatorNo, grams: Grams) -> Result<(), Error> {
        if grams == 0 {
            return Ok(());
        }
        let clock = self.noon();
        let reason = RemovalReason::Destroyed;
        self.writer.removal(&self.world, (lot, at), grams, clock, reason)
    }

    /// A stock-taking shows goods that no record has shown and none will.
    fn settle(
        &mut self,
        lot: Lot,
        at: OperatorNo,
        grams: Grams,
        shown: Shown,
    ) -> Result<(), Error> {
        if !shown.is_hidden() {
            return Ok(());
        }
        self.writer.tally.stocks += 1;
        let clock = self.writer.days.at(self.day, 24 * 60 - 1);
        let grams = grams.max(lot.kind().step());
        self.writer.removal(&self.world, (lot, at), grams, clock, RemovalReason::Lost)
    }

    /// Ends the run: goods on their way arrive, samples due are taken, and hidden stocks shown.
    fn settle_all(&mut self) -> Result<(), Error> {
        for _ in 0..AHEAD {
            let today = std::mem::take(self.ring.on(self.day));
            for Parcel { holding, taint } in today.arrivals {
                let _ = self.truth.add(
                    holding.lot,
                    holding.at,
                    taint,
                    (&mut self.writer, &self.world),
                )?;
                self.settle(holding.lot, holding.at, holding.grams, holding.shown)?;
            }
            for holding in today.rounds.into_iter().chain(today.departures) {
                self.settle(holding.lot, holding.at, holding.grams, holding.shown)?;
            }
            for shelf in today.deliveries.into_iter().chain(today.ends) {
                self.settle(shelf.lot, shelf.shop, shelf.grams, shelf.shown)?;
            }
            for test in today.tests {
                self.sample(&test)?;
            }
            self.day += 1;
            self.writer.begin(self.day, self.lots);
        }
        let first = self.world.first(Class::Slaughterhouse);
        for (maker, at) in std::mem::take(&mut self.makers).into_iter().zip(first..) {
            for input in maker.waiting {
                self.settle(input.lot, at, input.grams, input.shown)?;
            }
        }
        Ok(())
    }
}
