//! What was generated, as a document.

use serde::Serialize;
use suyuan::synth::{Broken, Summary};

/// A generated chain in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Shipments, and pairs of an input and an output of a transformation.
    pub links: u64,
    /// Pairs of a batch and an operator that the records show.
    pub stocks: u64,
    /// Days with a shipment or a transformation, from the first to the last.
    pub days: u32,
    /// Transformations.
    pub transformations: u64,
    /// Shipments that went back.
    pub returns: u64,
    /// Dates partly written.
    pub partial_dates: u64,
    /// Waybills left out.
    pub missing_links: u64,
    /// Rows to reject and to repair; null where nothing was written.
    pub broken: Option<BrokenRows>,
    /// Rows of each table, in the order of the format; `truth` last.
    pub tables: Vec<Rows>,
    /// The contaminations, in the order of their start.
    pub sources: Vec<Planted>,
}

/// Rows that were broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenRows {
    /// A reader must set them aside; they stand besides sound ones.
    pub rejected: u64,
    /// A reader must import them with a value unknown.
    pub repaired: u64,
}

/// The rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Its name.
    pub table: &'static str,
    /// How many.
    pub rows: u64,
}

/// A planted contamination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// The kind of place where it starts.
    pub origin: String,
    /// Code of the batch.
    pub batch: String,
    /// Code of the operator.
    pub operator: String,
    /// Stocks that its material reached.
    pub reached: u64,
    /// Failing samples.
    pub failing: u64,
}

impl Document {
    /// What a generation gave.
    #[must_use]
    pub fn new(seed: u64, summary: &Summary, broken: Option<&Broken>) -> Self {
        let counts = &summary.counts;
        let tables = [
            ("regions", counts.regions),
            ("operators", counts.operators),
            ("products", counts.products),
            ("batches", counts.batches),
            ("shipments", counts.shipments),
            ("transformations", counts.lines),
            ("removals", counts.removals),
            ("samples", counts.samples),
            ("truth", counts.reached),
        ];
        let sources = summary.sources.iter().map(|source| Planted {
            origin: source.origin.as_str().to_owned(),
            batch: source.batch.clone(),
            operator: source.operator.clone(),
            reached: source.reached,
            failing: source.failing,
        });
        Self {
            seed,
            links: summary.links,
            stocks: summary.stocks,
            days: summary.days,
            transformations: summary.transformations,
            returns: summary.returns,
            partial_dates: summary.partial_dates,
            missing_links: summary.missing_links,
            broken: broken.map(|broken| BrokenRows {
                rejected: broken.rejected(),
                repaired: broken.repaired(),
            }),
            tables: tables.into_iter().map(|(table, rows)| Rows { table, rows }).collect(),
            sources: sources.collect(),
        }
    }
}
