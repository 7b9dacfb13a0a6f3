//! Records straight into a chain, without files.
//!
//! ```
//! use suyuan_synth::{ChainSink, Plan};
//! let mut sink = ChainSink::new();
//! let summary = Plan::new(2_000, 3).clean().generate(&mut sink)?;
//! let built = sink.build()?;
//! assert_eq!(built.chain.link_count(), summary.links);
//! assert_eq!(built.chain.stock_count() as u64, summary.stocks);
//! # Ok::<(), suyuan_synth::Error>(())
//! ```

use suyuan_core::chain::{Built, ChainBuilder, Table};
use suyuan_core::id::FileId;
use suyuan_core::model::{
    Batch, Operator, Product, Region, Removal, Sample, Shipment, Source, TransformationLine,
};

use crate::error::Error;
use crate::sink::Sink;

/// Adds every record to a [`ChainBuilder`], with the file and line it would have in a folder
/// without broken rows.
#[derive(Debug)]
pub struct ChainSink {
    builder: ChainBuilder,
    /// The file of each table and its last line.
    files: [(FileId, u32); 8],
}

const TABLES: [Table; 8] = [
    Table::Regions,
    Table::Operators,
    Table::Products,
    Table::Batches,
    Table::Shipments,
    Table::Transformations,
    Table::Removals,
    Table::Samples,
];

impl Default for ChainSink {
    fn default() -> Self {
        Self::with_builder(ChainBuilder::new())
    }
}

impl ChainSink {
    /// A sink that adds to an empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A sink that adds to this builder.
    #[must_use]
    pub fn with_builder(mut builder: ChainBuilder) -> Self {
        let files = TABLES.map(|table| (builder.add_file(&format!("{table}.csv")), 1));
        Self { builder, files }
    }

    /// The builder with the records.
    #[must_use]
    pub fn into_builder(self) -> ChainBuilder {
        self.builder
    }

    /// Builds the chain.
    ///
    /// # Errors
    /// [`Error::Chain`] when it holds too much.
    pub fn build(self) -> Result<Built, Error> {
        Ok(self.builder.build()?)
    }

    fn next(&mut self, table: usize) -> Source {
        let (file, line) = &mut self.files[table];
        *line = line.saturating_add(1);
        Source::new(*file, *line)
    }
}

macro_rules! added {
    ($($method:ident $table:literal $add:ident $record:ident;)*) => {
        impl Sink for ChainSink {
            $(fn $method(&mut self, record: &$record<'_>) -> Result<(), Error> {
                let source = self.next($table);
                Ok(self.builder.$add(record, source)?)
            })*
        }
    };
}

added! {
    region 0 add_region Region;
    operator 1 add_operator Operator;
    product 2 add_product Product;
    batch 3 add_batch Batch;
    shipment 4 add_shipment Shipment;
    transformation_line 5 add_transformation_line TransformationLine;
    removal 6 add_removal Removal;
    sample 7 add_sample Sample;
}
