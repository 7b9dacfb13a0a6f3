//! A frozen chain as bytes and back, at the speed of memory.
//!
//! A snapshot is a head that says where the sections lie, and the sections: tables column by
//! column, texts, the order of links. What follows from other sections is not kept but made again,
//! so that a snapshot cannot contradict itself there; everything else is checked before it is
//! used. The format is described in `docs/snapshot.md`.

mod check;
mod column;
mod error;
mod field;
mod frame;
mod links;
mod packed;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod texts;

use std::io::{self, Write};
use std::sync::Arc;

use rayon::prelude::*;

pub use error::SnapshotError;

use super::SupplyChain;
use super::buffer::SnapshotBuffer;
use super::column::Column;
use super::packs::PackRow;
use crate::error::Error;
use crate::id::StockId;
use column::Out;
use frame::{Section, Sum};

impl SupplyChain {
    /// Writes the chain as a snapshot: the same chain, the same bytes. The chain that
    /// [`SupplyChain::read_snapshot`] makes of them has the same ids and gives the same answers.
    ///
    /// Takes O(n) in the chain; makes every byte twice, once for the checksums, and keeps none.
    ///
    /// ```
    /// use suyuan_core::chain::{ChainBuilder, SupplyChain};
    /// use suyuan_core::model::{Shipment, Source};
    /// let mut builder = ChainBuilder::new();
    /// let row = Shipment {
    ///     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
    ///     ..Shipment::default()
    /// };
    /// builder.add_shipment(&row, Source::NONE)?;
    /// let chain = builder.build()?.chain;
    /// let mut bytes = Vec::new();
    /// chain.write_snapshot(&mut bytes)?;
    /// let again = SupplyChain::read_snapshot(&bytes)?;
    /// assert_eq!(again.find_stock("B1", "SHOP")?, chain.find_stock("B1", "SHOP")?);
    /// bytes[100] ^= 1;
    /// assert!(SupplyChain::read_snapshot(&bytes).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What writing to `to` gives, and [`io::ErrorKind::Unsupported`] of a chain with inferred
    /// links: a snapshot keeps records alone, from which they can be inferred again.
    pub fn write_snapshot<W: Write>(&self, to: &mut W) -> io::Result<()> {
        if self.has_inferred() {
            let text = "failed to write a chain with inferred links: write the recorded one";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        let sums = Section::ALL.par_iter().map(|section| {
            let mut meter = Meter::default();
            put(self, *section, &mut meter)?;
            Ok(Sum { length: meter.length, checksum: meter.hasher.finalize() })
        });
        let sums = sums.collect::<io::Result<Vec<Sum>>>()?;
        to.write_all(&frame::head(&sums))?;
        Section::ALL.iter().try_for_each(|section| put(self, *section, to))
    }

    /// The chain that a snapshot was written of. Takes O(n) in the bytes, on all threads, and
    /// copies them; [`SupplyChain::open_snapshot`] does not.
    ///
    /// # Errors
    /// [`Error::Snapshot`] when the bytes are no snapshot, have another version, or are damaged in
    /// any way: every byte is under a checksum, and what the sections say is checked as well.
    pub fn read_snapshot(bytes: &[u8]) -> Result<Self, Error> {
        let mut buffer = SnapshotBuffer::new(bytes.len());
        buffer.as_mut_slice().copy_from_slice(bytes);
        Self::open_snapshot(buffer)
    }

    /// The chain that a snapshot was written of, whose bytes a buffer was filled with. Most tables
    /// of the chain are then parts of the buffer, so that this takes little more time than checking
    /// them; it does so on all threads. Takes O(n) in the bytes.
    ///
    /// # Errors
    /// As [`SupplyChain::read_snapshot`].
    pub fn open_snapshot(buffer: SnapshotBuffer) -> Result<Self, Error> {
        let sections = frame::sections(buffer.bytes())?;
        Ok(read::chain(&Arc::new(buffer), &sections)?)
    }
}

/// Takes the length and the checksum of what is written.
#[derive(Default)]
struct Meter {
    length: u64,
    hasher: crc32fast::Hasher,
}

impl Write for Meter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len() as u64;
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a section.
fn put(chain: &SupplyChain, section: Section, to: &mut dyn Write) -> io::Result<()> {
    let mut out = Out::new(to);
    let (out, stocks) = (&mut out, &chain.stocks);
    match section {
        Section::Chain => {
            out.field(&chain.options.balance_tolerance)?;
            out.field(&chain.grown)?;
            out.field(&chain.reported)?;
            out.count(stocks.first.base().len())?;
            out.count(chain.samples.base().len())?;
            out.counted(&chain.origin.words())
        }
        Section::Files => texts::put_files(&chain.files, out),
        Section::Texts => texts::put_words(&chain.texts, out),
        Section::OperatorCodes => texts::put_words(chain.operator_codes.words(), out),
        Section::ProductCodes => texts::put_words(chain.product_codes.words(), out),
        Section::BatchCodes => texts::put_words(chain.batch_codes.words(), out),
        Section::RegionCodes => texts::put_words(chain.region_codes.words(), out),
        Section::TransformationCodes => texts::put_words(chain.transformation_codes.words(), out),
        Section::ShipmentCodes => texts::put_words(&chain.shipment_codes, out),
        Section::Operators => rows::put(&chain.operators, out),
        Section::Products => rows::put(&chain.products, out),
        Section::Batches => rows::put(&chain.batches, out),
        Section::Regions => rows::put(&chain.regions, out),
        Section::Shipments => packed::put_shipments(&chain.shipments, out),
        Section::Transformations => rows::put(&chain.transformations, out),
        Section::Lines => rows::put(&chain.lines, out),
        Section::LineSources => rows::put(&chain.line_sources, out),
        Section::Processes => rows::put(&chain.processes, out),
        Section::Removals => packed::put_removals(&chain.removals, out),
        Section::Samples => rows::put(&chain.samples, out),
        Section::Cleanings => {
            let operators = chain.operators.len();
            let group = |key| chain.cleanings_at.get(key);
            rows::put_groups(operators, group, out, |out, items| out.column(items.iter().copied()))
        }
        Section::Stocks => {
            rows::put(&stocks.pairs, out)?;
            out.align()?;
            out.column(stocks.first.iter().copied())?;
            out.align()?;
            out.column(stocks.begun.iter().copied())?;
            out.align()?;
            out.column(stocks.balances.iter().copied())
        }
        Section::StocksByOperator => {
            let operators = chain.operators.len();
            let group = |key| stocks.by_operator.get(key);
            rows::put_groups(operators, group, out, |out, items| out.items(items))
        }
        Section::StocksByBatch => {
            out.counted(&stocks.batches)?;
            let mut later: Vec<(u32, &[StockId])> =
                stocks.later.iter().map(|(batch, here)| (batch.0, here.as_slice())).collect();
            later.sort_unstable_by_key(|(batch, _)| *batch);
            rows::put_keyed(&later, out)
        }
        Section::Contradictions => links::put_marks(&chain.contradicted, out),
        Section::Shared => links::put_marks(&chain.shared, out),
        Section::Packs => {
            let rows: Column<PackRow> = chain.packs.rows().to_vec().into();
            rows::put(&rows, out)
        }
        Section::FurtherSources => {
            out.count(chain.further_sources.len())?;
            out.column(chain.further_sources.iter().map(|(kept, _)| *kept))?;
            out.column(chain.further_sources.iter().map(|(_, other)| *other))
        }
        Section::LinksOut => links::put_departures(&chain.links.out, stocks.len(), out),
        Section::LinksInto => rows::put_groups(
            stocks.len(),
            |stock| chain.links.into.get(stock),
            out,
            |out, items| out.items(items),
        ),
    }?;
    out.align()?;
    out.flush()
}
