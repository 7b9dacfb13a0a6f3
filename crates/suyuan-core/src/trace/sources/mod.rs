//! Where an outbreak came from: operators ranked as the common source of several cases, by every
//! method of the field side by side.
//!
//! | method | what it says | source |
//! |---|---|---|
//! | share reached | which share of the cases material of the operator can have reached, and of the negatives | FoodChain-Lab (Weiser et al. 2016) |
//! | lineage posterior | how likely the cases are if one lot of the operator was the source: the share of that lot that came to each case, batch by batch and date by date | as Horn and Friedrich, on the lineage |
//! | network posterior | the same on the network of who trades how much with whom, as an absorbing Markov chain without dates or batches | Horn and Friedrich 2019, J. R. Soc. Interface 16:20180624 |
//! | sales posterior | how likely the cases' regions are by where the operator's goods are sold in the end | Kaufman et al. 2014, PLoS Comput. Biol. 10:e1003692 |
//! | effective distance | how far the cases lie from the operator, and how unevenly, where a step costs `1 - ln(share of trade)` | Manitz et al. 2014, PLoS Currents |
//! | unavoidable | for how many cases every path leads through the operator | dominators (Cooper, Harvey, Kennedy 2001) |
//!
//! Scores and posteriors are floating-point numbers; what is reached is exact. A posterior takes
//! its own assumptions for granted: one source, cases drawn in proportion to quantity, records
//! complete. `docs/sources.md` shows how well each method and each posterior does on outbreaks
//! whose source is known.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Shipment, Source};
//! use suyuan_core::trace::Target;
//! use suyuan_core::trace::sources::{SourceOptions, rank_sources};
//! let mut builder = ChainBuilder::new();
//! for (code, producer) in [("A", "FARM"), ("B", "PORT")] {
//!     let batch = Batch { code: code.into(), operator: producer.into(), ..Batch::default() };
//!     builder.add_batch(&batch, Source::NONE)?;
//! }
//! for (code, batch, from, to) in [
//!     ("1", "A", "FARM", "MARKET"), ("2", "A", "MARKET", "SHOP"), ("3", "A", "MARKET", "CANTEEN"),
//!     ("4", "B", "PORT", "SHOP"),
//! ] {
//!     let shipment = Shipment {
//!         code: code.into(), batch: batch.into(), from: from.into(), to: to.into(),
//!         ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let chain = builder.build()?.chain;
//! let cases = [Target::stock(&chain, "A@SHOP")?, Target::stock(&chain, "A@CANTEEN")?];
//! let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default())?;
//! let market = panel.find(chain.find_operator("MARKET")?).unwrap();
//! assert_eq!((market.reached, market.unavoidable), (2, 2));
//! assert!(panel.find(chain.find_operator("PORT")?).is_none());
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod cone;
mod network;
mod paths;
mod posterior;
#[cfg(test)]
mod tests;

use hashbrown::HashMap;
use serde::Serialize;

use super::{Target, Tracer};
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::id::{OperatorId, StockId};
use crate::time::Minute;
use cone::Cone;
use network::Trade;
use posterior::Posterior;

/// What a ranking takes for granted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceOptions {
    /// Only records and links begun by this minute; [`Minute::UNBOUNDED_FUTURE`] for all.
    pub as_of: Minute,
    /// The share of cases, above 0 and below 1, that may have nothing to do with the source.
    pub background: f64,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self { as_of: Minute::UNBOUNDED_FUTURE, background: 0.01 }
    }
}

/// What the methods say of one operator.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The operator.
    pub operator: OperatorId,
    /// Cases that its material can have reached.
    pub reached: u32,
    /// Negatives that it can have reached.
    pub negatives: u32,
    /// Share of the cases reached.
    pub positive: f64,
    /// Share of the negatives reached; 0 without negatives.
    pub negative: f64,
    /// `positive - negative`, as FoodChain-Lab sums positive and negative weights.
    pub score: f64,
    /// Probability that one lot of the operator is the source, by the lineage.
    pub lineage: f64,
    /// The lot that is most likely to be.
    pub lot: StockId,
    /// Probability that the operator is the source, by the network of trade.
    pub network: f64,
    /// Probability that the operator is the source, by the regions its goods are sold in.
    pub sales: f64,
    /// Mean effective distance to the cases; `None` where one cannot be reached by trade.
    pub distance: Option<f64>,
    /// Standard deviation of the effective distances.
    pub spread: Option<f64>,
    /// Cases every path to which leads through the operator.
    pub unavoidable: u32,
    /// Share of the cases any one of which can be left out with the operator still the most likely
    /// by the lineage.
    pub stays_first: f64,
}

impl Candidate {
    /// How far the operator lies from the centre of the cases: the root of the sum of squares of
    /// the mean distance and its deviation (Manitz et al. 2014); smallest at the centre.
    #[must_use]
    pub fn off_centre(&self) -> Option<f64> {
        Some(self.distance?.hypot(self.spread?))
    }
}

/// The answer of [`rank_sources`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourcePanel {
    /// How many cases there are.
    pub cases: u32,
    /// How many negatives there are.
    pub negatives: u32,
    /// Every operator that can have reached a case: most likely by the lineage first, then by
    /// cases reached, then by code.
    pub candidates: Vec<Candidate>,
}

impl SourcePanel {
    /// What is said of an operator; `None` for one that reaches no case. O(n).
    #[must_use]
    pub fn find(&self, operator: OperatorId) -> Option<&Candidate> {
        self.candidates.iter().find(|row| row.operator == operator)
    }

    /// The panel with codes, for people and files.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> SourceDocument {
        let row = |row: &Candidate| {
            let operator = chain.operator(row.operator);
            SourceRow {
                operator: operator.code.to_owned(),
                name: operator.name.to_owned(),
                lot: chain.stock_codes(row.lot).0.to_owned(),
                reached: row.reached,
                negatives: row.negatives,
                score: row.score,
                lineage: row.lineage,
                network: row.network,
                sales: row.sales,
                distance: row.distance,
                spread: row.spread,
                unavoidable: row.unavoidable,
                stays_first: row.stays_first,
            }
        };
        SourceDocument {
            cases: self.cases,
            negatives: self.negatives,
            candidates: self.candidates.iter().map(row).collect(),
        }
    }
}

/// A panel as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceDocument {
    /// How many cases there are.
    pub cases: u32,
    /// How many negatives there are.
    pub negatives: u32,
    /// Every operator that can have reached a case, most likely first.
    pub candidates: Vec<SourceRow>,
}

/// What the methods say of one operator, as it is written; fields as of [`Candidate`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "as of Candidate")]
pub struct SourceRow {
    pub operator: String,
    pub name: String,
    /// Code of the most likely lot.
    pub lot: String,
    pub reached: u32,
    pub negatives: u32,
    pub score: f64,
    pub lineage: f64,
    pub network: f64,
    pub sales: f64,
    pub distance: Option<f64>,
    pub spread: Option<f64>,
    pub unavoidable: u32,
    pub stays_first: f64,
}

/// Ranks the operators that several cases can have come from. Each case and each negative is a
/// [`Target`]: the stock a sample was drawn from, say, or every stock of a batch.
///
/// Takes one backward trace a case and a negative, one linear system on each, and for the methods
/// on the network of trade one pass over all shipments and one system a case and a region.
///
/// # Errors
/// [`Error::Sources`] without cases, for a case without stocks, or for a background share that does
/// not lie between 0 and 1; [`Error::OtherChain`] for a case of another chain.
pub fn rank_sources(
    chain: &SupplyChain,
    cases: &[Target],
    negatives: &[Target],
    options: &SourceOptions,
) -> Result<SourcePanel, Error> {
    if cases.is_empty() {
        return Err(Error::Sources("there is no case"));
    }
    for case in cases.iter().chain(negatives) {
        if case.stocks_in(chain)?.is_empty() {
            return Err(Error::Sources("a case has no stock"));
        }
    }
    if !(options.background > 0.0 && options.background < 1.0) {
        return Err(Error::Sources("the background share does not lie between 0 and 1"));
    }
    let mut tracer = Tracer::new(chain);
    let mut cone = |case| Cone::of(&mut tracer, case, options.as_of);
    let cones = cases.iter().map(&mut cone).collect::<Result<Vec<Cone>, Error>>()?;
    let mut found: HashMap<OperatorId, (u32, u32)> = HashMap::new();
    for cone in &cones {
        cone.operators(chain).into_iter().for_each(|id| found.entry(id).or_default().0 += 1);
    }
    for negative in negatives {
        for id in cone(negative)?.operators(chain) {
            found.entry(id).or_default().1 += 1;
        }
    }
    found.retain(|_, (reached, _)| *reached > 0);
    let mut operators: Vec<OperatorId> = found.keys().copied().collect();
    operators.sort_unstable();
    let lineage = posterior::by_lineage(chain, &cones, options.background);
    let trade = Trade::new(chain, options.as_of);
    let hit: Vec<Vec<OperatorId>> = cases.iter().map(|case| at(chain, case)).collect();
    let network = posterior::by_network(&trade, &hit, &operators, options.background);
    let sales = posterior::by_sales(chain, &trade, &hit, &operators, options.background);
    let distances = trade.distances(&hit, &operators);
    let unavoidable = paths::unavoidable(chain, &cones);
    let (all, clean) = (cases.len() as f64, negatives.len() as f64);
    let mut candidates: Vec<Candidate> = operators
        .iter()
        .enumerate()
        .filter_map(|(at, operator)| {
            let (reached, negatives) = *found.get(operator)?;
            let positive = f64::from(reached) / all;
            let negative = if clean == 0.0 { 0.0 } else { f64::from(negatives) / clean };
            let Posterior { probability, lot, stays_first } = *lineage.get(operator)?;
            let (distance, spread) = distances[at].unzip();
            Some(Candidate {
                operator: *operator,
                reached,
                negatives,
                positive,
                negative,
                score: positive - negative,
                lineage: probability,
                lot,
                network: network[at],
                sales: sales[at],
                distance,
                spread,
                unavoidable: unavoidable.get(operator).copied().unwrap_or(0),
                stays_first,
            })
        })
        .collect();
    candidates.sort_by(|a, b| {
        let code = |row: &Candidate| chain.operator(row.operator).code;
        b.lineage
            .total_cmp(&a.lineage)
            .then_with(|| b.reached.cmp(&a.reached))
            .then_with(|| code(a).cmp(code(b)))
    });
    let (cases, negatives) = (cases.len() as u32, negatives.len() as u32);
    Ok(SourcePanel { cases, negatives, candidates })
}

/// The operators that hold a case, each once.
fn at(chain: &SupplyChain, case: &Target) -> Vec<OperatorId> {
    let mut operators: Vec<OperatorId> =
        case.stocks().iter().map(|(stock, _)| chain.stock(*stock).1).collect();
    operators.sort_unstable();
    operators.dedup();
    operators
}
