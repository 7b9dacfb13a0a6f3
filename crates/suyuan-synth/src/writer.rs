//! From goods to records: codes, dates as they are written, and what is left out.

use suyuan_core::model::{
    Batch, Hazard, Removal, RemovalReason, Role, Sample, SampleKind, Shipment, Text,
    TransformationLine, Verdict,
};
use suyuan_core::time::{DAY, Span};

use crate::catalog::{Grams, Kind};
use crate::code::{Code, credit_code};
use crate::days::{Clock, Timeline};
use crate::error::Error;
use crate::goods::{Lot, Test};
use crate::plan::{Plan, Share};
use crate::random::Random;
use crate::sink::{Counts, Reached, Sink};
use crate::truth::PlantedSource;
use crate::world::{OperatorNo, World, county_code};

/// Records written and left out.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    pub(crate) transformations: u64,
    pub(crate) pairs: u64,
    pub(crate) stocks: u64,
    pub(crate) returns: u64,
    pub(crate) partial: u64,
    pub(crate) missing: u64,
}

/// A shipment as it truly happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    pub(crate) lot: Lot,
    pub(crate) from: OperatorNo,
    pub(crate) to: OperatorNo,
    pub(crate) grams: Grams,
    pub(crate) departs: Clock,
    pub(crate) arrives: Clock,
    /// Whether its waybill may be left out.
    pub(crate) may_miss: bool,
}

/// Writes records to a sink.
#[derive(Debug)]
pub(crate) struct Writer<'s, S: ?Sized> {
    pub(crate) sink: &'s mut S,
    pub(crate) days: Timeline,
    pub(crate) tally: Tally,
    missing: Share,
    partial: Share,
    dirt: Random,
    day: u16,
    waybills: u32,
    transformations: u32,
    /// The sender of the last shipment and its code: a round has one sender.
    sender: (OperatorNo, Code),
}

impl<'s, S: Sink + ?Sized> Writer<'s, S> {
    pub(crate) fn new(plan: &Plan, sink: &'s mut S, dirt: Random) -> Self {
        Self {
            sink,
            days: Timeline::new(plan.start),
            tally: Tally::default(),
            missing: plan.missing_links,
            partial: plan.partial_dates,
            dirt,
            day: 0,
            waybills: 0,
            transformations: 0,
            sender: (OperatorNo::MAX, Code::default()),
        }
    }

    /// Links written so far.
    #[inline]
    pub(crate) fn links(&self) -> u64 {
        self.tally.counts.shipments + self.tally.pairs
    }

    /// Begins a day whose first batch will be `lot`.
    pub(crate) fn begin(&mut self, day: u16, lot: u32) {
        self.days.reach(day);
        self.days.open(day, lot);
        self.day = day;
        self.waybills = 0;
        self.transformations = 0;
    }

    #[inline]
    fn lot(&self, code: &mut Code, lot: Lot) {
        code.clear().text(lot.kind().code.as_bytes()).text(self.days.stamp(lot.day));
        code.text(b"-").number::<6>(self.days.serial(lot.day, lot.no));
    }

    pub(crate) fn lot_code(&self, lot: Lot) -> String {
        let mut code = Code::default();
        self.lot(&mut code, lot);
        code.as_str().to_owned()
    }

    pub(crate) fn operator_code(&self, world: &World, operator: OperatorNo) -> String {
        let mut code = Code::default();
        write_operator(&mut code, world, operator);
        code.as_str().to_owned()
    }

    /// A batch of so much, made now. Its maker's stock is shown by it.
    pub(crate) fn batch(
        &mut self,
        world: &World,
        lot: Lot,
        maker: OperatorNo,
        grams: Grams,
        clock: Clock,
    ) -> Result<(), Error> {
        let kind = lot.kind();
        let (mut code, mut operator) = (Code::default(), Code::default());
        self.lot(&mut code, lot);
        write_operator(&mut operator, world, maker);
        let raw = kind.tier == 0;
        let (mut origin, mut certificate) = (Code::default(), Code::default());
        if raw {
            origin.number::<6>(county_code(world.county(maker)));
            certificate.text(b"HGZ").text(self.days.stamp(lot.day));
            certificate.number::<7>(self.days.serial(lot.day, lot.no));
        }
        let last = clock + i32::from(kind.shelf) * DAY;
        self.tally.counts.batches += 1;
        self.tally.stocks += 1;
        self.sink.batch(&Batch {
            code: code.as_str().into(),
            product: kind.code.into(),
            operator: operator.as_str().into(),
            produced_on: self.days.written(clock, world.writes_days(maker)),
            expires_on: self.days.day(last),
            quantity: Some(kind.written(grams)),
            unit: Some(kind.unit),
            origin: origin.as_str().into(),
            certificate: certificate.as_str().into(),
        })
    }

    /// A shipment; whether its waybill was written.
    #[inline]
    pub(crate) fn shipment(&mut self, world: &World, passage: &Passage) -> Result<bool, Error> {
        let Passage { lot, from, to, grams, departs, arrives, may_miss } = *passage;
        if self.missing > Share::ZERO && may_miss && self.dirt.hits(self.missing) {
            self.tally.missing += 1;
            return Ok(false);
        }
        let mut shipped_on = self.days.written(departs, world.writes_days(from));
        let mut received_on = self.days.written(arrives, world.writes_days(to));
        if self.partial > Share::ZERO && self.dirt.hits(self.partial) {
            self.tally.partial += 1;
            match self.dirt.below(4) {
                0 => shipped_on = self.days.month(departs),
                1 => received_on = self.days.month(arrives),
                2 => shipped_on = Span::UNKNOWN,
                _ => received_on = Span::UNKNOWN,
            }
        }
        if self.sender.0 != from {
            self.sender.0 = from;
            write_operator(&mut self.sender.1, world, from);
        }
        let (mut code, mut batch, mut receiver) =
            (Code::default(), Code::default(), Code::default());
        code.text(b"Y").text(self.days.stamp(self.day)).number::<8>(self.waybills);
        self.waybills += 1;
        self.lot(&mut batch, lot);
        write_operator(&mut receiver, world, to);
        let kind = lot.kind();
        self.tally.counts.shipments += 1;
        self.sink.shipment(&Shipment {
            code: code.as_str().into(),
            batch: batch.as_str().into(),
            from: self.sender.1.as_str().into(),
            to: receiver.as_str().into(),
            shipped_on,
            received_on,
            quantity: Some(kind.written(grams)),
            unit: Some(kind.unit),
            digest: 0,
            ..Shipment::default()
        })?;
        Ok(true)
    }

    /// The lines of a transformation.
    pub(crate) fn transformation(
        &mut self,
        world: &World,
        maker: OperatorNo,
        clock: Clock,
        inputs: &[(Lot, Grams)],
        outputs: &[(Lot, Grams)],
    ) -> Result<(), Error> {
        let (mut code, mut operator, mut batch) =
            (Code::default(), Code::default(), Code::default());
        code.text(b"J").text(self.days.stamp(self.day)).number::<7>(self.transformations);
        self.transformations += 1;
        write_operator(&mut operator, world, maker);
        let mut transformed_on = self.days.written(clock, world.writes_days(maker));
        if self.partial > Share::ZERO && self.dirt.hits(self.partial) {
            self.tally.partial += 1;
            transformed_on = self.days.month(clock);
        }
        let process = outputs.first().map_or("", |(lot, _)| process(lot.kind()));
        self.tally.transformations += 1;
        self.tally.pairs += (inputs.len() * outputs.len()) as u64;
        for (role, lines) in [(Role::Input, inputs), (Role::Output, outputs)] {
            for (lot, grams) in lines {
                self.lot(&mut batch, *lot);
                self.tally.counts.lines += 1;
                self.sink.transformation_line(&TransformationLine {
                    code: code.as_str().into(),
                    operator: operator.as_str().into(),
                    transformed_on,
                    role,
                    batch: batch.as_str().into(),
                    quantity: Some(lot.kind().written(*grams)),
                    unit: Some(lot.kind().unit),
                    process: process.into(),
                    ..TransformationLine::default()
                })?;
            }
        }
        Ok(())
    }

    /// A removal.
    pub(crate) fn removal(
        &mut self,
        world: &World,
        (lot, at): (Lot, OperatorNo),
        grams: Grams,
        clock: Clock,
        reason: RemovalReason,
    ) -> Result<(), Error> {
        let (mut batch, mut operator) = (Code::default(), Code::default());
        self.lot(&mut batch, lot);
        write_operator(&mut operator, world, at);
        self.tally.counts.removals += 1;
        self.sink.removal(&Removal {
            batch: batch.as_str().into(),
            operator: operator.as_str().into(),
            removed_on: self.days.written(clock, world.writes_days(at)),
            quantity: Some(lot.kind().written(grams)),
            unit: Some(lot.kind().unit),
            reason: Some(reason),
            ..Removal::default()
        })
    }

    /// A sample, reported five days later.
    pub(crate) fn sample(&mut self, world: &World, test: &Test, clock: Clock) -> Result<(), Error> {
        let (mut code, mut batch, mut operator) =
            (Code::default(), Code::default(), Code::default());
        code.text(b"CY").text(self.days.stamp(self.day));
        code.number::<8>((self.tally.counts.samples % 100_000_000) as u32);
        self.lot(&mut batch, test.lot);
        write_operator(&mut operator, world, test.at);
        let (hazard, item, found, limit) = FAULTS[usize::from(test.fails.unwrap_or(0)) % 4];
        self.tally.counts.samples += 1;
        self.sink.sample(&Sample {
            code: code.as_str().into(),
            kind: Some(SampleKind::Supervision),
            batch: batch.as_str().into(),
            operator: operator.as_str().into(),
            sampled_on: self.days.day(clock),
            reported_on: self.days.day(clock + 5 * DAY),
            verdict: Some(if test.fails.is_some() { Verdict::Fail } else { Verdict::Pass }),
            test_item: item.into(),
            measured: Text::from(if test.fails.is_some() { found } else { "未检出" }),
            limit: limit.into(),
            hazard: Some(hazard),
            ..Sample::default()
        })
    }

    /// A stock that a source's material reached.
    pub(crate) fn reached(
        &mut self,
        world: &World,
        number: u8,
        source: &PlantedSource,
        lot: Lot,
        at: OperatorNo,
    ) -> Result<(), Error> {
        let (mut batch, mut operator) = (Code::default(), Code::default());
        self.lot(&mut batch, lot);
        write_operator(&mut operator, world, at);
        self.tally.counts.reached += 1;
        self.sink.reached(&Reached {
            source: number,
            source_batch: &source.batch,
            source_operator: &source.operator,
            batch: batch.as_str(),
            operator: operator.as_str(),
        })
    }
}

/// What samples are tested for: hazard, item, what a failing one shows, limit.
const FAULTS: [(Hazard, &str, &str, &str); 4] = [
    (Hazard::Chemical, "毒死蜱", "0.31 mg/kg", "0.02 mg/kg"),
    (Hazard::Biological, "沙门氏菌", "检出", "不得检出"),
    (Hazard::Chemical, "铅(以Pb计)", "0.9 mg/kg", "0.2 mg/kg"),
    (Hazard::Biological, "单核细胞增生李斯特氏菌", "检出", "不得检出"),
];

/// What is done to make it. Pasteurisation is a kill step.
fn process(kind: &Kind) -> &'static str {
    match (kind.tier, kind.category) {
        (1, "乳制品") => "巴氏杀菌",
        (1, _) => "初加工",
        (2, _) => "混合",
        (3, _) => "熟制",
        _ => "分装",
    }
}

/// The code of an operator: shops are households.
#[inline]
pub(crate) fn write_operator(code: &mut Code, world: &World, operator: OperatorNo) {
    let household = operator >= world.first(crate::world::Class::Shop);
    credit_code(code, household, county_code(world.county(operator)), operator + 1);
}
