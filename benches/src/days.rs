//! The workload as it would come in: all records up to a day, and those of that day.

use suyuan::chain::ChainBuilder;
use suyuan::model::{
    Batch, Operator, Product, Region, Removal, Sample, Shipment, TransformationLine,
};
use suyuan::synth::sink::Sink;
use suyuan::synth::{ChainSink, Error, Plan};
use suyuan::time::{DAY, Minute};

/// The day that comes in last, 2025-12-16: late, and before the year runs out.
const LAST: Minute = Minute::from_minutes(20_438 * DAY);

/// Which records are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that came before the last day.
    Before,
    /// Those that came on it.
    On,
    /// Both.
    Through,
}

/// Some of the records of `docs/workload.md`, seed 1.
///
/// # Errors
/// Those of the generator.
pub fn records(links: u64, part: Part) -> Result<ChainBuilder, Error> {
    let mut days = Days { sink: ChainSink::new(), part, now: Minute::UNBOUNDED_PAST };
    Plan::new(links, 1).generate(&mut days)?;
    Ok(days.sink.into_builder())
}

/// Passes on the records of some days.
struct Days {
    sink: ChainSink,
    part: Part,
    /// The day of the latest dated departure: records come day by day.
    now: Minute,
}

impl Days {
    fn wants(&self) -> bool {
        let next = Minute::from_minutes(LAST.minutes() + DAY);
        match self.part {
            Part::Before => self.now < LAST,
            Part::On => self.now >= LAST && self.now < next,
            Part::Through => self.now < next,
        }
    }
}

macro_rules! passed {
    ($($method:ident $record:ident;)*) => {$(
        fn $method(&mut self, record: &$record<'_>) -> Result<(), Error> {
            if self.wants() { self.sink.$method(record) } else { Ok(()) }
        }
    )*};
}

impl Sink for Days {
    fn shipment(&mut self, record: &Shipment<'_>) -> Result<(), Error> {
        if record.shipped_on.is_dated_to_day() {
            self.now = self.now.max(record.shipped_on.earliest);
        }
        if self.wants() { self.sink.shipment(record) } else { Ok(()) }
    }

    passed! {
        region Region;
        product Product;
        operator Operator;
        batch Batch;
        transformation_line TransformationLine;
        removal Removal;
        sample Sample;
    }
}
