//! Tracing through time: where material went, where it came from, and why we say so.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Shipment, Source};
//! use suyuan_core::time::{Minute, Span, UtcOffset};
//! use suyuan_core::trace::{TraceOptions, forward};
//! let mut builder = ChainBuilder::new();
//! for (code, from, to, day) in [("W1", "A", "B", "2026-03-01"), ("W2", "B", "C", "2026-02-01")] {
//!     let day = Span::parse(day, UtcOffset::CHINA)?;
//!     let shipment = Shipment {
//!         code: code.into(), batch: "L".into(), from: from.into(), to: to.into(),
//!         shipped_on: day, received_on: day, ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let farm = chain.find_stock("L", "A")?;
//! let trace = forward(&chain, &[(farm, Minute::UNBOUNDED_PAST)], &TraceOptions::default())?;
//! // C got its goods before B had any: the records contradict each other, so the link is
//! // followed all the same, as possible only.
//! let canteen = trace.find(chain.find_stock("L", "C")?).unwrap();
//! assert_eq!(canteen.hops, 2);
//! assert_eq!(canteen.certainty.as_str(), "possible");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod back;
mod calendar;
pub(crate) mod carry;
pub mod exposure;
mod gaps;
mod run;
pub(crate) mod search;
pub mod sources;
mod tracers;
mod witness;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use back::{Target, TraceBack, Upstream, trace_back};
pub use gaps::{Ask, Document, Gap, Gaps, gaps};
pub use tracers::Tracers;
pub use witness::{Step, Via, Witness};

use crate::chain::SupplyChain;
use crate::chain::index::is_stock;
use crate::error::Error;
use crate::id::StockId;
use crate::recall::contamination::Scratch;
use crate::time::Minute;
use search::{Backward, Forward, Rules, Search, UNREACHED, Way};

/// Whether certain records alone reach a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Recorded links that are dated to the day and contradict nothing reach it.
    Recorded,
    /// It is reached only with inferred, undated or contradicting links, or by carry-over.
    Possible,
}

impl Certainty {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Possible => "possible",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a trace may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceOptions {
    /// Only records and links begun by this minute; [`Minute::UNBOUNDED_FUTURE`] for all.
    pub as_of: Minute,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { as_of: Minute::UNBOUNDED_FUTURE }
    }
}

impl TraceOptions {
    /// Only records and links begun by `as_of`.
    #[must_use]
    pub const fn as_of(as_of: Minute) -> Self {
        Self { as_of }
    }
}

/// One stock that a trace reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traced {
    /// The stock.
    pub stock: StockId,
    /// Forward: the earliest minute at which it can hold affected material (`since`). Backward:
    /// the latest at which material that ended in a target can have left it (`until`).
    pub minute: Minute,
    /// Whether certain records alone reach it.
    pub certainty: Certainty,
    /// Links on the witness path; 0 at its end.
    pub hops: u32,
    /// The link that gave its minute; `None` where a path ends.
    pub witness: Option<Witness>,
}

/// Everything a trace reached, by stock id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    rows: Vec<Traced>,
}

impl Trace {
    /// Of rows sorted by stock.
    pub(crate) fn of_sorted(rows: Vec<Traced>) -> Self {
        Self { rows }
    }

    /// Every stock reached, by id.
    #[must_use]
    pub fn rows(&self) -> &[Traced] {
        &self.rows
    }

    /// What was found of one stock. O(log n).
    #[must_use]
    pub fn find(&self, stock: StockId) -> Option<&Traced> {
        let at = self.rows.binary_search_by_key(&stock, |row| row.stock).ok()?;
        self.rows.get(at)
    }

    /// The witness path of a stock: the steps from where it starts (forward: a seed; backward: a
    /// target) to the stock. Empty for a stock that is itself an end, `None` for one not reached.
    #[must_use]
    pub fn path(&self, stock: StockId) -> Option<Vec<Step>> {
        let mut row = self.find(stock)?;
        let mut steps = Vec::with_capacity(row.hops as usize);
        while let Some(witness) = row.witness {
            steps.push(Step { from: witness.from, via: witness.via, to: row.stock });
            row = self.find(witness.from)?;
        }
        steps.reverse();
        Some(steps)
    }
}

/// Traces forward from seeds with their start minutes (semantics section 3).
///
/// Takes O((n + l) log n) for n stocks reached and l links examined, each link once, after one
/// pass over the chain's nodes that a [`Tracer`] spares later queries. A seed whose own start is
/// later than what other seeds bring it is explained like any other stock; one that starts at
/// [`Minute::UNBOUNDED_FUTURE`] never starts.
///
/// # Errors
/// [`Error::OtherChain`] when a seed is beyond the stocks of the chain.
pub fn forward(
    chain: &SupplyChain,
    seeds: &[(StockId, Minute)],
    options: &TraceOptions,
) -> Result<Trace, Error> {
    Tracer::new(chain).forward(seeds, options)
}

/// Traces backward from targets with their latest minutes (semantics section 4). Mirrors
/// [`forward`]; a target until [`Minute::UNBOUNDED_PAST`] is none.
///
/// # Errors
/// As [`forward`].
pub fn backward(
    chain: &SupplyChain,
    targets: &[(StockId, Minute)],
    options: &TraceOptions,
) -> Result<Trace, Error> {
    Tracer::new(chain).backward(targets, options)
}

/// Answers one question after another on a chain without preparing anew for each: what a query
/// touched is all that the next one resets. One a thread, see [`Tracers`]; the results are those of
/// the plain functions.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Shipment, Source};
/// use suyuan_core::recall::{Policy, RecallSource, recall};
/// use suyuan_core::trace::Tracer;
/// let mut builder = ChainBuilder::new();
/// for (code, batch, to) in [("W1", "B1", "S1"), ("W2", "B2", "S2")] {
///     let shipment = Shipment {
///         code: code.into(), batch: batch.into(), from: "F".into(), to: to.into(),
///         ..Shipment::default()
///     };
///     builder.add_shipment(&shipment, Source::NONE)?;
/// }
/// let chain = builder.build()?.chain;
/// let mut tracer = Tracer::new(&chain);
/// for batch in ["B1", "B2", "B1"] {
///     let source = RecallSource::batch(&chain, batch)?;
///     let scope = tracer.recall(&source, &Policy::default())?;
///     assert_eq!(scope, recall(&chain, &source, &Policy::default())?);
/// }
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Tracer<'c> {
    chain: &'c SupplyChain,
    search: Search,
    scratch: Scratch,
}

impl<'c> Tracer<'c> {
    /// Prepares for a chain: 4 bytes a stock and batch, 8 a transformation, none of them touched
    /// before a search comes to it.
    #[must_use]
    pub fn new(chain: &'c SupplyChain) -> Self {
        Self { chain, search: Search::new(chain), scratch: Scratch::default() }
    }

    /// As [`forward`].
    ///
    /// # Errors
    /// As [`forward`].
    pub fn forward(
        &mut self,
        seeds: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<Trace, Error> {
        self.trace::<Forward>(seeds, options)
    }

    /// As [`backward`].
    ///
    /// # Errors
    /// As [`forward`].
    pub fn backward(
        &mut self,
        targets: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<Trace, Error> {
        self.trace::<Backward>(targets, options)
    }

    /// What [`Tracer::forward`] finds, without a copy of it: lasts until the next question.
    ///
    /// # Errors
    /// As [`forward`].
    pub fn reach_forward(
        &mut self,
        seeds: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<Reach<'_, 'c>, Error> {
        self.find::<Forward>(seeds, options)?;
        Ok(Reach { chain: self.chain, search: &self.search, forward: true })
    }

    /// What [`Tracer::backward`] finds, without a copy of it: lasts until the next question.
    ///
    /// # Errors
    /// As [`forward`].
    pub fn reach_backward(
        &mut self,
        targets: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<Reach<'_, 'c>, Error> {
        self.find::<Backward>(targets, options)?;
        Ok(Reach { chain: self.chain, search: &self.search, forward: false })
    }

    fn find<W: Way>(
        &mut self,
        ends: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<(), Error> {
        self.chain.has_all(ends.iter().map(|(stock, _)| *stock))?;
        let exempt = if options.as_of.is_bounded() { stocks_of(ends) } else { Vec::new() };
        let rules = Rules { as_of: options.as_of, exempt: &exempt, ..Rules::ALL };
        self.search.run::<W>(self.chain, ends, &rules);
        Ok(())
    }

    fn trace<W: Way>(
        &mut self,
        ends: &[(StockId, Minute)],
        options: &TraceOptions,
    ) -> Result<Trace, Error> {
        self.find::<W>(ends, options)?;
        Ok(self.search.trace::<W>())
    }

    pub(crate) fn chain(&self) -> &'c SupplyChain {
        self.chain
    }

    /// The search, to be run or read.
    pub(crate) fn search_mut(&mut self) -> &mut Search {
        &mut self.search
    }

    /// What the last search found, and what recalls keep.
    pub(crate) fn parts(&mut self) -> (&Search, &mut Scratch) {
        (&self.search, &mut self.scratch)
    }

    /// Traces with witnesses and certainty; leaves the labels of the trace behind.
    pub(crate) fn run<W: Way>(&mut self, roots: &[(StockId, Minute)], rules: &Rules<'_>) -> Trace {
        self.search.run::<W>(self.chain, roots, rules);
        self.search.trace::<W>()
    }
}

impl Search {
    /// What was found of the node at a place; `None` for an inner node.
    pub(crate) fn traced<W: Way>(&self, place: u32) -> Option<Traced> {
        let row = &self.reached()[place as usize];
        is_stock(row.node).then(|| Traced {
            stock: StockId(row.node),
            minute: W::minute(row.label),
            certainty: if row.certain == UNREACHED {
                Certainty::Possible
            } else {
                Certainty::Recorded
            },
            hops: row.hops,
            witness: self.witness::<W>(place),
        })
    }

    fn trace<W: Way>(&self) -> Trace {
        let places = 0..self.reached().len() as u32;
        let mut rows: Vec<Traced> = places.filter_map(|at| self.traced::<W>(at)).collect();
        rows.sort_unstable_by_key(|row| row.stock);
        Trace { rows }
    }
}

/// What a trace reached, as the [`Tracer`] holds it.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'t, 'c> {
    chain: &'c SupplyChain,
    search: &'t Search,
    forward: bool,
}

impl Reach<'_, '_> {
    /// Every stock reached, in the order of discovery: always the same for the same chain.
    pub fn iter(&self) -> impl Iterator<Item = Traced> + '_ {
        let places = 0..self.search.reached().len() as u32;
        places.filter_map(|place| {
            if self.forward {
                self.search.traced::<Forward>(place)
            } else {
                self.search.traced::<Backward>(place)
            }
        })
    }

    /// How many stocks were reached. O(n) in them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.search.reached().iter().filter(|row| is_stock(row.node)).count()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // What is reached first is a stock.
        self.search.reached().is_empty()
    }

    /// What was found of one stock. O(1), but O(n) in those reached for one that leads no further.
    #[must_use]
    pub fn find(&self, stock: StockId) -> Option<Traced> {
        if stock.index() >= self.chain.stock_count() {
            return None;
        }
        let place = self.search.find(stock)?;
        if self.forward {
            self.search.traced::<Forward>(place)
        } else {
            self.search.traced::<Backward>(place)
        }
    }
}

/// The stocks of seeds or targets, sorted: they belong to the answer whether begun or not.
pub(crate) fn stocks_of(ends: &[(StockId, Minute)]) -> Vec<StockId> {
    let mut stocks: Vec<StockId> = ends.iter().map(|(stock, _)| *stock).collect();
    stocks.sort_unstable();
    stocks
}
