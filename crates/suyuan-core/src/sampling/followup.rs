//! After a failing sample: where to sample next, by how much doubt each sample removes.
//!
//! The fault can have arisen in any stock that the failing one came from. Each of these origins
//! is given the same weight; a sample of another stock then answers whether the fault lies among
//! the origins that reach it. The bits of doubt it removes are those of that answer:
//! `-p log2 p - (1 - p) log2 (1 - p)`, with p the share of origins that reach it. A stock that
//! every origin reaches, or none, tells nothing of where the fault arose.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::model::{Batch, Sample, Shipment, Source, Verdict};
//! use suyuan_core::quantity::Unit;
//! use suyuan_core::sampling::followup::{FollowUpOptions, follow_up};
//! let mut builder = ChainBuilder::new();
//! let batch = Batch {
//!     code: "L".into(), product: "P".into(), operator: "FARM".into(),
//!     quantity: Some(9.into()), unit: Some(Unit::Kilogram), ..Batch::default()
//! };
//! builder.add_batch(&batch, Source::NONE)?;
//! for (code, to) in [("W1", "SHOP-1"), ("W2", "SHOP-2")] {
//!     let shipment = Shipment {
//!         code: code.into(), batch: "L".into(), from: "FARM".into(), to: to.into(),
//!         quantity: Some(3.into()), unit: Some(Unit::Kilogram), ..Shipment::default()
//!     };
//!     builder.add_shipment(&shipment, Source::NONE)?;
//! }
//! let failed = Sample {
//!     code: "S".into(), batch: "L".into(), operator: "SHOP-1".into(),
//!     verdict: Some(Verdict::Fail), ..Sample::default()
//! };
//! builder.add_sample(&failed, Source::NONE)?;
//! let chain = builder.build()?.chain;
//! let sample = chain.find_samples("S")?.next().unwrap();
//! let next = follow_up(&chain, sample, &FollowUpOptions::default())?;
//! // Either the farm's goods are at fault, then so are the other shop's, or the shop is.
//! assert_eq!(next.origins, 2);
//! assert_eq!(next.stocks.iter().filter(|row| row.bits == 1.0).count(), 2);
//! # Ok::<(), suyuan_core::Error>(())
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chain::SupplyChain;
use crate::error::Error;
use crate::id::{SampleId, StockId};
use crate::quantity::Total;
use crate::time::Minute;
use crate::trace::{TraceOptions, Tracer};

/// What a follow-up may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowUpOptions {
    /// Only records and links begun by this minute, and what is on hand at it.
    pub as_of: Minute,
    /// The most origins considered, nearest first: one forward trace each.
    pub most_origins: usize,
}

impl Default for FollowUpOptions {
    fn default() -> Self {
        Self { as_of: Minute::UNBOUNDED_FUTURE, most_origins: 1000 }
    }
}

/// How a stock stands to the failing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Relation {
    /// The failing stock itself.
    Failing,
    /// Goods of the failing stock came from it.
    Upstream,
    /// Goods of the failing stock went to it.
    Downstream,
    /// It shares an origin, an input say, with the failing stock.
    Sibling,
    /// Same operator and product, no shared origin.
    SameProduct,
}

impl Relation {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Upstream => "upstream",
            Self::Downstream => "downstream",
            Self::Sibling => "sibling",
            Self::SameProduct => "same_product",
        }
    }
}

/// A stock to sample next.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct FollowUpStock {
    /// The stock.
    pub stock: StockId,
    /// How it stands to the failing one.
    pub relation: Relation,
    /// Whether it is of the same product and at the same operator as the failing stock.
    pub same_product: bool,
    /// Origins that reach it.
    pub reached_by: usize,
    /// Doubt of the origin that its sample removes, bits.
    pub bits: f64,
    /// What is on hand, in the batch's base unit.
    pub on_hand: Total,
}

/// Where to sample next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FollowUp {
    /// The failing sample.
    pub sample: SampleId,
    /// Origins considered.
    pub origins: usize,
    /// Origins there are; more than considered where the limit was met.
    pub all_origins: usize,
    /// Doubt of the origin before any sample, bits.
    pub doubt: f64,
    /// Stocks with goods on hand, or of a quantity that is not known: most doubt removed first,
    /// then by relation, operator code and batch code.
    pub stocks: Vec<FollowUpStock>,
}

/// Ranks what is still on hand around a failing sample. One backward trace, then one forward
/// trace an origin.
///
/// # Errors
/// [`Error::OtherChain`] for a sample beyond those of the chain.
pub fn follow_up(
    chain: &SupplyChain,
    sample: SampleId,
    options: &FollowUpOptions,
) -> Result<FollowUp, Error> {
    let view = chain.sample(sample);
    let failing = view.stock;
    let trace = TraceOptions::as_of(options.as_of);
    let mut tracer = Tracer::new(chain);
    let back = tracer.backward(&[(failing, view.sampled_on.latest)], &trace)?;
    let mut origins: Vec<(u32, StockId)> =
        back.rows().iter().map(|row| (row.hops, row.stock)).collect();
    origins.sort_unstable();
    let all_origins = origins.len();
    origins.truncate(options.most_origins.max(1));
    let mut reached: BTreeMap<StockId, usize> = BTreeMap::new();
    let mut downstream = Vec::new();
    for (_, origin) in &origins {
        let start = chain.first(*origin).unwrap_or(Minute::UNBOUNDED_PAST);
        let forward = tracer.forward(&[(*origin, start)], &trace)?;
        for row in forward.rows() {
            *reached.entry(row.stock).or_default() += 1;
        }
        if *origin == failing {
            downstream = forward.rows().iter().map(|row| row.stock).collect();
        }
    }
    let (batch, operator) = chain.stock(failing);
    let product = chain.batch(batch).product;
    let same = |stock: StockId| {
        let (other, holder) = chain.stock(stock);
        holder == operator && product.is_some() && chain.batch(other).product == product
    };
    for stock in chain.stocks_at(operator).iter().filter(|stock| same(**stock)) {
        reached.entry(*stock).or_insert(0);
    }
    let relation = |stock: StockId, count: usize| {
        if stock == failing {
            Relation::Failing
        } else if back.find(stock).is_some() {
            Relation::Upstream
        } else if downstream.binary_search(&stock).is_ok() {
            Relation::Downstream
        } else if count > 0 {
            Relation::Sibling
        } else {
            Relation::SameProduct
        }
    };
    let count = origins.len();
    let mut stocks: Vec<FollowUpStock> = reached
        .into_iter()
        .filter(|(stock, _)| chain.begun(*stock) <= options.as_of)
        .map(|(stock, reached_by)| FollowUpStock {
            stock,
            relation: relation(stock, reached_by),
            same_product: same(stock),
            reached_by,
            bits: entropy(reached_by, count),
            on_hand: chain.ledger(stock, options.as_of).on_hand(),
        })
        .filter(|row| !row.on_hand.complete || row.on_hand.to_decimal() > 0.into())
        .collect();
    // The nearer to half, the more doubt it removes: in whole numbers, so that ties are ties.
    stocks.sort_by_key(|row| {
        let off = (2 * row.reached_by).abs_diff(count);
        let (batch, operator) = chain.stock(row.stock);
        (off, row.relation, operator, batch)
    });
    let doubt = (count as f64).log2();
    Ok(FollowUp { sample, origins: count, all_origins, doubt, stocks })
}

/// The bits of a yes or no that `part` of `whole` equally likely cases answer with yes.
fn entropy(part: usize, whole: usize) -> f64 {
    let bits = |count: usize| {
        let p = count as f64 / whole as f64;
        if count == 0 { 0.0 } else { -p * p.log2() }
    };
    bits(part) + bits(whole - part)
}
