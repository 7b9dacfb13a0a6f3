//! How much memory a chain takes, and for what.

use std::fmt;

use super::SupplyChain;
use crate::model::Source;

use super::codes::{Codes, Words};

/// The memory of a chain in bytes, by part: what its tables and indices hold on the heap, room
/// that they keep for more included. What chains that grew from one another share counts for each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Bytes of the texts themselves: codes, names, whatever else was written.
    pub texts: u64,
    /// Everything else, by part, in bytes; what finds a text by its number included.
    pub parts: Vec<(&'static str, u64)>,
    /// How many links the chain has ([`SupplyChain::link_count`]).
    pub links: u64,
}

impl Memory {
    /// Bytes of everything but the texts themselves.
    #[must_use]
    pub fn apart_from_texts(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Bytes a link of everything but the texts themselves; of one link where there is none.
    #[must_use]
    pub fn per_link(&self) -> f64 {
        self.apart_from_texts() as f64 / self.links.max(1) as f64
    }
}

/// One part a line: bytes, bytes a link, name.
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, bytes: u64| {
            let share = bytes as f64 / self.links.max(1) as f64;
            writeln!(f, "{bytes:>14} {share:>7.2} {name}")
        };
        for (name, bytes) in &self.parts {
            line(name, *bytes)?;
        }
        line("all of these", self.apart_from_texts())?;
        line("texts", self.texts)
    }
}

impl SupplyChain {
    /// The memory the chain takes, by part. Takes O(1) for a chain that was built at once and O(k)
    /// for one that grew by k records.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Shipment, Source};
    /// let mut builder = ChainBuilder::new();
    /// let row = Shipment {
    ///     code: "W1".into(), batch: "B1".into(), from: "FARM".into(), to: "SHOP".into(),
    ///     ..Shipment::default()
    /// };
    /// builder.add_shipment(&row, Source::NONE)?;
    /// let memory = builder.build()?.chain.memory();
    /// // The shipment, and where its sender has it from.
    /// assert_eq!(memory.links, 2);
    /// assert!(memory.texts >= "W1B1FARMSHOP".len() as u64);
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    #[must_use]
    pub fn memory(&self) -> Memory {
        let mut texts: usize = self.files.iter().map(String::capacity).sum();
        let mut places = self.files.capacity() * size_of::<String>();
        let codes = [
            &self.operator_codes,
            &self.product_codes,
            &self.batch_codes,
            &self.region_codes,
            &self.transformation_codes,
        ];
        let words = codes.iter().map(|codes| codes.words());
        for words in words.chain([&self.texts, &self.shipment_codes]) {
            let (bytes, find) = Words::bytes(words);
            texts += bytes;
            places += find;
        }
        places += codes.iter().map(|codes| Codes::ranks_bytes(codes)).sum::<usize>();
        let (shipments, waybills) = self.shipments.bytes();
        let marks = self.contradicted.bytes() + self.shared.bytes();
        let transformations = self.transformations.bytes()
            + self.processes.bytes()
            + self.transformations_at.bytes()
            + marks;
        let registry = self.operators.bytes()
            + self.products.bytes()
            + self.batches.bytes()
            + self.regions.bytes()
            + self.packs.bytes()
            + self.further_sources.len() * size_of::<(Source, Source)>();
        let parts = [
            ("links that are no rows", self.links.out.bytes() + self.links.into.bytes()),
            ("stocks", self.stocks.bytes()),
            ("shipments: stocks, times, amounts", shipments),
            ("shipments: codes, digests, sources", waybills),
            ("transformations", transformations + self.links.ends.bytes()),
            ("transformation lines", self.lines.bytes() + self.line_sources.bytes()),
            ("removals", self.removals.bytes()),
            ("samples and cleanings", self.samples.bytes() + self.cleanings_at.bytes()),
            ("operators, products, batches, regions", registry),
            ("places of texts", places + self.look_alikes.bytes()),
        ];
        let parts = parts.map(|(name, bytes)| (name, bytes as u64)).to_vec();
        Memory { texts: texts as u64, parts, links: self.link_count() }
    }
}
