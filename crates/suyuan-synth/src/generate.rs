//! From a plan to records.

use crate::error::Error;
use crate::flow::{Flow, Rate, Until};
use crate::plan::Plan;
use crate::random::Random;
use crate::registry;
use crate::sink::{Counts, Sink};
use crate::truth::PlantedSource;

/// What was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Records of each kind.
    pub counts: Counts,
    /// Transformations, each with at least two lines.
    pub transformations: u64,
    /// Shipments, and pairs of an input and an output of a transformation.
    pub links: u64,
    /// Stocks that the records show: pairs of a batch and an operator.
    pub stocks: u64,
    /// Shipments that go back to the wholesaler.
    pub returns: u64,
    /// Shipments and transformations with a date partly written.
    pub partial_dates: u64,
    /// Waybills left out.
    pub missing_links: u64,
    /// Days from the first to the last one with a shipment or a transformation.
    pub days: u32,
    /// The contaminations, in the order of their start. Fewer than planned when the links were
    /// there before their day came.
    pub sources: Vec<PlantedSource>,
}

/// How far a generation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Links written so far.
    pub links: u64,
    /// Records written so far.
    pub records: u64,
    /// Days done.
    pub days: u32,
}

impl Plan {
    /// Generates the records of the plan, in order, into a sink. Time is linear in the links;
    /// memory is linear in the operators and in what is on its way, about 1/30 of a year's stocks.
    ///
    /// # Errors
    /// [`Error::Plan`] for a parameter out of range, or what the sink fails with.
    ///
    /// ```
    /// use suyuan_synth::{Counts, Plan};
    /// let summary = Plan::new(10_000, 7).generate(&mut Counts::default())?;
    /// assert!(summary.links.abs_diff(10_000) <= 100);
    /// assert_eq!(summary.sources.len(), 4);
    /// # Ok::<(), suyuan_synth::Error>(())
    /// ```
    pub fn generate<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<Summary, Error> {
        self.generate_with(sink, |_| {})
    }

    /// As [`generate`](Plan::generate), and says after each day how far it is.
    ///
    /// # Errors
    /// As [`generate`](Plan::generate).
    pub fn generate_with<S: Sink + ?Sized>(
        &self,
        sink: &mut S,
        mut progress: impl FnMut(Progress),
    ) -> Result<Summary, Error> {
        self.check()?;
        let rate = self.rate()?;
        let mut flow = Flow::new(self, sink, Until::Links(self.links));
        let [_, _, _, _, mut rows] = Random::streams(self.seed);
        registry::write(&flow.world, &mut flow.writer, &mut rows)?;
        let mut days = 0;
        flow.run(rate, |flow| {
            days = u32::from(flow.day) + 1;
            let counts = &flow.writer.tally.counts;
            progress(Progress { links: flow.writer.links(), records: counts.records(), days });
        })?;
        let tally = flow.writer.tally;
        Ok(Summary {
            counts: tally.counts,
            transformations: tally.transformations,
            links: flow.writer.links(),
            stocks: tally.stocks,
            returns: tally.returns,
            partial_dates: tally.partial,
            missing_links: tally.missing,
            days,
            sources: flow.truth.sources,
        })
    }

    /// How many lots farms must bring a day so that the links are there after the days: as many
    /// as a pilot of the same days, shares and seed needed for each of its links, with the
    /// operators of as many links within [`PILOT`].
    fn rate(&self) -> Result<Rate, Error> {
        let mut pilot = self.clone();
        pilot.links = self.links.clamp(PILOT.0, PILOT.1);
        pilot.sources = 0;
        let guess = (pilot.links << 16) / (LINKS_A_LOT * u64::from(self.days));
        let mut counts = Counts::default();
        let mut flow = Flow::new(&pilot, &mut counts, Until::Days(self.days));
        flow.run(guess.max(1), |_| {})?;
        let links = u128::from(flow.writer.links().max(1));
        let rate = u128::from(guess.max(1)) * u128::from(self.links) / links;
        Ok(Rate::try_from(rate).unwrap_or(Rate::MAX >> 16).max(1))
    }
}

/// Links of the smallest and the largest pilot.
const PILOT: (u64, u64) = (100_000, 1_000_000);
/// Links that a lot of a farm leads to, roughly.
const LINKS_A_LOT: u64 = 240;
