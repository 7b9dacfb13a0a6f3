//! Where records go.
//!
//! ```
//! use suyuan_synth::{Counts, Plan, sink::Sink};
//! #[derive(Default)]
//! struct Codes(Vec<String>);
//! impl Sink for Codes {
//!     fn batch(&mut self, batch: &suyuan_core::model::Batch<'_>) -> Result<(), suyuan_synth::Error> {
//!         self.0.push(batch.code.to_string());
//!         Ok(())
//!     }
//! }
//! let mut codes = Codes::default();
//! let summary = Plan::new(1_000, 1).generate(&mut codes)?;
//! assert_eq!(codes.0.len() as u64, summary.counts.batches);
//! let mut counts = Counts::default();
//! Plan::new(1_000, 1).generate(&mut counts)?;
//! assert_eq!(counts, summary.counts);
//! # Ok::<(), suyuan_synth::Error>(())
//! ```

use std::fmt;

use suyuan_core::model::{
    Batch, Operator, Product, Region, Removal, Sample, Shipment, TransformationLine,
};

use crate::error::Error;

/// A stock that material of a planted source reached in the true flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Reached<'a> {
    /// The source's number, from 0, as in [`Summary::sources`](crate::Summary::sources).
    pub source: u8,
    /// Code of the source's batch.
    pub source_batch: &'a str,
    /// Code of the operator that held the source.
    pub source_operator: &'a str,
    /// Code of the batch reached; the source reaches itself.
    pub batch: &'a str,
    /// Code of the operator that held it.
    pub operator: &'a str,
}

/// Takes what is generated, one record at a time. Rows of the registry come first (regions,
/// products, operators), then events day by day; a batch comes before what happens to it. What a
/// record lends is gone when the method returns. Every method does nothing unless it is written.
///
/// Shipments come with a digest of 0: every row has a code of its own, so none stands twice.
///
/// Every method fails as the sink does; generation stops at the first error.
#[expect(unused_variables, reason = "the defaults do nothing")]
#[expect(clippy::missing_errors_doc, reason = "said once above")]
pub trait Sink {
    /// A region; its parent came before it.
    fn region(&mut self, region: &Region<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A product.
    fn product(&mut self, product: &Product<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// An operator.
    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A batch.
    fn batch(&mut self, batch: &Batch<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A shipment, at its departure.
    fn shipment(&mut self, shipment: &Shipment<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A line of a transformation; the lines of one come together, inputs first.
    fn transformation_line(&mut self, line: &TransformationLine<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A removal.
    fn removal(&mut self, removal: &Removal<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A sample, when it was taken.
    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), Error> {
        Ok(())
    }
    /// A stock that material of a source reached, when it did. Each pair comes once.
    fn reached(&mut self, reached: &Reached<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// How many records of each kind; a sink that counts and forgets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Regions.
    pub regions: u64,
    /// Products.
    pub products: u64,
    /// Operators.
    pub operators: u64,
    /// Batches.
    pub batches: u64,
    /// Shipments.
    pub shipments: u64,
    /// Lines of transformations.
    pub lines: u64,
    /// Removals.
    pub removals: u64,
    /// Samples.
    pub samples: u64,
    /// Stocks reached, summed over the sources.
    pub reached: u64,
}

impl Counts {
    /// Records together, without those of the truth.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.regions
            + self.products
            + self.operators
            + self.batches
            + self.shipments
            + self.lines
            + self.removals
            + self.samples
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} regions, {} products, {} operators, {} batches, {} shipments, {} transformation \
             lines, {} removals, {} samples",
            self.regions,
            self.products,
            self.operators,
            self.batches,
            self.shipments,
            self.lines,
            self.removals,
            self.samples
        )
    }
}

macro_rules! counted {
    ($($method:ident $count:ident $record:ident;)*) => {
        impl Sink for Counts {
            $(fn $method(&mut self, _: &$record<'_>) -> Result<(), Error> {
                self.$count += 1;
                Ok(())
            })*
        }
    };
}

counted! {
    region regions Region;
    product products Product;
    operator operators Operator;
    batch batches Batch;
    shipment shipments Shipment;
    transformation_line lines TransformationLine;
    removal removals Removal;
    sample samples Sample;
    reached reached Reached;
}
