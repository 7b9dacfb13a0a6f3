//! Exposure: how far a contamination of each stock would reach (semantics section 9).
//!
//! Of what the forward trace of a stock reaches, from the stock's first minute on, unbounded for
//! an orphan, its exposure counts the *final* stocks, those without a link to another stock (the
//! stock itself, when it is final), their distinct operators, and their intake: what was made
//! there and received, ever, in grams, millilitres and pieces. Transformations of every process
//! are passed; inferred links into orphans and contradicting links are followed.
//!
//! [`exposure_of`] searches from one stock. [`Exposures`] tells all at once, exactly or from
//! samples with a known error. See `docs/exposure.md` for the method.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::quantity::{Dimension, Unit};
//! use suyuan_core::time::{Span, UtcOffset};
//! use suyuan_core::trace::exposure::{ExposureOptions, Exposures, Measure};
//! let mut builder = ChainBuilder::new();
//! let leek = Batch { code: "LEEK".into(), operator: "FARM".into(), ..Batch::default() };
//! builder.add_batch(&leek, Source::NONE)?;
//! for (code, from, to, day) in [
//!     ("W1", "FARM", "MARKET", "2026-03-02"),
//!     ("W2", "MARKET", "SHOP", "2026-03-03"),
//!     ("W3", "MARKET", "CANTEEN", "2026-03-04"),
//! ] {
//!     let day = Span::parse(day, UtcOffset::CHINA)?;
//!     let shipment = Shipment {
//!         code: code.into(), batch: "LEEK".into(), from: from.into(), to: to.into(),
//!         shipped_on: day, received_on: day,
//!         quantity: Some(25.into()), unit: Some(Unit::Kilogram),
//!         ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let exposures = Exposures::exact(&chain, &ExposureOptions::default());
//! let market = exposures.get(chain.find_stock("LEEK", "MARKET")?).unwrap();
//! assert_eq!((market.final_stocks, market.final_operators), (2, Some(2)));
//! assert_eq!(market.quantity(Dimension::Mass).to_decimal(), 50_000.into());
//! // Most exposed first.
//! let top = exposures.top(1, Measure::FinalStocks);
//! assert_eq!(top[0].final_stocks, 2);
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod ancestors;
mod exact;
mod flow;
mod forest;
mod operators;
mod order;
mod reader;
mod single;
mod sketch;
mod states;
mod weight;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::chain::SupplyChain;
use crate::id::StockId;
use crate::quantity::{Dimension, Total};
use flow::{Flow, NONE};
use forest::Forest;
use reader::Reader;
use sketch::Pieces;
use states::States;
use weight::{Grains, Weight};

pub use single::exposure_of;

/// What to count, and how closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExposureOptions {
    /// Whether to count final operators; they cost more than all the rest.
    pub operators: bool,
    /// Items a sample keeps, at least 3: of a set of fewer items every count is exact, of others
    /// the coefficient of variation of the estimate is at most `1 / sqrt(sample - 2)`.
    pub sample: u32,
    /// Seed of the samples.
    pub seed: u64,
    /// Steps that [`Exposures::auto`] may take to be exact.
    pub steps: u64,
}

impl Default for ExposureOptions {
    fn default() -> Self {
        Self { operators: true, sample: 384, seed: 1, steps: 1_000_000_000 }
    }
}

impl ExposureOptions {
    /// With or without final operators.
    #[must_use]
    pub const fn operators(self, operators: bool) -> Self {
        Self { operators, ..self }
    }

    /// With samples of this many items; 3 if less.
    #[must_use]
    pub const fn sample(self, sample: u32) -> Self {
        Self { sample: if sample < 3 { 3 } else { sample }, ..self }
    }

    /// With another seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// With so many steps for [`Exposures::auto`].
    #[must_use]
    pub const fn steps(self, steps: u64) -> Self {
        Self { steps, ..self }
    }
}

/// How far a contamination of one stock would reach.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exposure {
    /// The stock.
    pub stock: StockId,
    /// Final stocks reached.
    pub final_stocks: u64,
    /// Those of them whose intake is not wholly known; they count in the quantities with what is.
    pub unknown_stocks: u64,
    /// Distinct operators of the final stocks; `None` when they were not asked for.
    pub final_operators: Option<u64>,
    /// Whether the stocks and quantities are exact.
    pub is_exact: bool,
    /// Whether the operators are exact.
    pub operators_exact: bool,
    quantities: [Total; 3],
}

impl Exposure {
    fn new<const D: usize>(
        stock: StockId,
        grains: &Grains,
        (weight, is_exact): (Weight<D>, bool),
        operators: Option<(u32, bool)>,
    ) -> Self {
        Self {
            stock,
            final_stocks: weight.finals.into(),
            unknown_stocks: weight.unknown.into(),
            final_operators: operators.map(|(count, _)| count.into()),
            is_exact,
            operators_exact: operators.is_none_or(|(_, exact)| exact),
            quantities: grains.totals(&weight),
        }
    }

    /// The intake of the final stocks in one dimension, in millionths of a gram, a millilitre or
    /// a piece; complete when every final stock's intake is wholly known. Words of packing add up
    /// with nothing: their stocks count as unknown.
    #[must_use]
    pub fn quantity(&self, dimension: Dimension) -> Total {
        weight::slot(dimension).map_or(Total::ZERO, |slot| self.quantities[slot])
    }

    /// One measure; 0 for operators not asked for.
    #[must_use]
    pub fn measure(&self, measure: Measure) -> i128 {
        match measure {
            Measure::FinalStocks => self.final_stocks.into(),
            Measure::FinalOperators => self.final_operators.unwrap_or(0).into(),
            Measure::Quantity(dimension) => self.quantity(dimension).millionths,
        }
    }
}

/// What to rank stocks by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// Final stocks.
    FinalStocks,
    /// Final operators.
    FinalOperators,
    /// Intake of the final stocks in one dimension.
    Quantity(Dimension),
}

#[derive(Clone, Debug)]
enum Rows {
    /// Quantities of one dimension.
    One(Vec<(Weight<1>, bool)>),
    All(Vec<(Weight<3>, bool)>),
}

/// The exposure of every stock of a chain.
#[derive(Clone, Debug)]
pub struct Exposures<'c> {
    chain: &'c SupplyChain,
    grains: Grains,
    /// The row of each stock, or [`NONE`] for a final one that counts itself.
    place: Vec<u32>,
    rows: Rows,
    operators: Option<Vec<(u32, bool)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Exact,
    Estimate,
    Auto,
}

impl<'c> Exposures<'c> {
    /// Every exposure, exactly.
    ///
    /// Stocks fed by one link, and whatever else one node dominates, are summed in linear time;
    /// the rest takes a search each over what is left. In the worst case, where most stocks reach
    /// most others by many ways, that is quadratic.
    #[must_use]
    pub fn exact(chain: &'c SupplyChain, options: &ExposureOptions) -> Self {
        Self::new(chain, options, Mode::Exact)
    }

    /// Every exposure, from samples where it is too large to be told exactly from them.
    ///
    /// A stock that reaches fewer than `options.sample` final stocks is always exact, and so is
    /// one whose final operators are fewer. Other counts are unbiased over seeds and their
    /// coefficient of variation is at most `1 / sqrt(sample - 2)`, 5.1 % for 384; quantities are
    /// unbiased too, but the bound is not theirs. O((n + l) sample) in the worst case.
    ///
    /// Source: priority sampling (Duffield, Lund and Thorup, J. ACM 54(6), 2007; variance by
    /// Szegedy, STOC 2006) in mergeable sketches (Cohen, J. Comput. Syst. Sci. 55(3), 1997).
    #[must_use]
    pub fn estimate(chain: &'c SupplyChain, options: &ExposureOptions) -> Self {
        Self::new(chain, options, Mode::Estimate)
    }

    /// Estimates first; then everything exactly, when by the estimates that takes at most
    /// `options.steps` steps of a search. Stocks and operators are decided apart.
    #[must_use]
    pub fn auto(chain: &'c SupplyChain, options: &ExposureOptions) -> Self {
        Self::new(chain, options, Mode::Auto)
    }

    fn new(chain: &'c SupplyChain, options: &ExposureOptions, mode: Mode) -> Self {
        let reader = Reader::new(chain);
        let grains = reader.grains();
        if grains.is_single() {
            let (place, rows, operators) = count::<1>(&reader, options, mode);
            Self { chain, grains, place, rows: Rows::One(rows), operators }
        } else {
            let (place, rows, operators) = count::<3>(&reader, options, mode);
            Self { chain, grains, place, rows: Rows::All(rows), operators }
        }
    }

    /// The exposure of one stock; `None` for one beyond those of the chain.
    #[must_use]
    pub fn get(&self, stock: StockId) -> Option<Exposure> {
        self.place.get(stock.index()).map(|place| self.at(stock, *place))
    }

    fn at(&self, stock: StockId, place: u32) -> Exposure {
        if place == NONE {
            let weight = Reader::new(self.chain).final_weight::<3>(stock.0);
            let operators = self.operators.as_ref().map(|_| (1, true));
            return Exposure::new(stock, &self.grains, (weight, true), operators);
        }
        let operators = self.operators.as_ref().map(|rows| rows[place as usize]);
        match &self.rows {
            Rows::One(rows) => Exposure::new(stock, &self.grains, rows[place as usize], operators),
            Rows::All(rows) => Exposure::new(stock, &self.grains, rows[place as usize], operators),
        }
    }

    /// Every stock's exposure, by stock id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Exposure> + '_ {
        self.chain.stock_ids().zip(&self.place).map(|(stock, place)| self.at(stock, *place))
    }

    /// The `count` stocks of largest measure, largest first, then by operator and batch code.
    /// O(n log count).
    #[must_use]
    pub fn top(&self, count: usize, measure: Measure) -> Vec<Exposure> {
        type Key = (Reverse<i128>, (u64, u64), StockId);
        let mut best: BinaryHeap<Key> = BinaryHeap::new();
        for stock in self.chain.stock_ids() {
            let measured = if self.place[stock.index()] == NONE && measure == Measure::FinalStocks {
                1
            } else {
                self.at(stock, self.place[stock.index()]).measure(measure)
            };
            let key = |codes| (Reverse(measured), codes, stock);
            if best.len() < count {
                best.push(key(self.chain.by_code(stock)));
                continue;
            }
            // Most stocks are out by their measure, without a look at codes.
            let Some(mut worst) = best.peek_mut().filter(|worst| Reverse(measured) <= worst.0)
            else {
                continue;
            };
            let key = key(self.chain.by_code(stock));
            if key < *worst {
                *worst = key;
            }
        }
        best.into_sorted_vec().into_iter().filter_map(|(_, _, stock)| self.get(stock)).collect()
    }
}

type Counted<const D: usize> = (Vec<u32>, Vec<(Weight<D>, bool)>, Option<Vec<(u32, bool)>>);

/// Later states allowed for each node and link before every stock is searched on its own.
const CROWD: usize = 4;

fn count<const D: usize>(reader: &Reader<'_>, options: &ExposureOptions, mode: Mode) -> Counted<D> {
    let flow = Flow::<D>::new(reader, options.operators);
    let limit = CROWD * (flow.len() + flow.targets.len()) + (1 << 16);
    let Some(states) = States::new(reader, flow, limit) else {
        return single::all(reader, options.operators);
    };
    let forest = Forest::new(&states);
    let seed = |stock| states.seed(reader, stock);
    let place = (0..reader.stocks())
        .into_par_iter()
        .map(|stock| seed(stock).map_or(NONE, |state| forest.node[state as usize]))
        .collect();
    drop(states);
    let rules = exact::rules(&forest);
    let sample = options.sample.max(3) as usize;
    let pieces = (mode != Mode::Exact).then(|| Pieces::new(&forest, options.seed));
    let within = |steps: u64| mode == Mode::Auto && steps <= options.steps;
    let rows = match &pieces {
        None => exact::sums(&forest, &rules),
        Some(pieces) => {
            let (rows, steps) = exact::estimates(&forest, &rules, pieces, sample);
            if within(steps) { exact::sums(&forest, &rules) } else { rows }
        }
    };
    let operators = options.operators.then(|| {
        let distinct = operators::Distinct::new(&forest, &rules, reader.operators());
        match &pieces {
            Some(pieces) if !within(distinct.steps(&rows)) => {
                distinct.estimate(pieces, sample, options.seed)
            }
            _ => distinct.exact(),
        }
    });
    (place, rows, operators)
}
