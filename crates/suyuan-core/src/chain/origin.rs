//! Whether the ids of one chain mean the same in another.
//!
//! An id is a number, and a number does not say whose it is. A chain that is built has an origin: a
//! checksum of what its ids stand for. Chains of the same records give the same ids and have the
//! same origin; one that grows keeps its ids and adds to its origin; a snapshot keeps it. So what
//! was asked of a chain is good in every chain whose origin begins with that chain's.

use std::sync::Arc;

use zerocopy::IntoBytes;

use super::SupplyChain;
use super::codes::Codes;
use super::store::Array;
use crate::error::Error;
use crate::id::StockId;

/// A checksum of what ids stand for, one more each time the chain grew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin(Arc<Vec<u64>>);

impl Origin {
    /// The origin of a chain that was built.
    pub(super) fn of(chain: &SupplyChain) -> Self {
        let (codes, stocks) = rayon::join(
            || {
                let mut sum = crc32fast::Hasher::new();
                for codes in [&chain.operator_codes, &chain.batch_codes] {
                    let (base, _) = codes.words().parts();
                    let (texts, _, lengths, _) = base.parts();
                    sum.update(texts.as_bytes());
                    sum.update(lengths.as_bytes());
                }
                sum.finalize()
            },
            || {
                let mut sum = crc32fast::Hasher::new();
                add_stocks(&mut sum, chain, 0);
                add_samples(&mut sum, chain, 0);
                sum.finalize()
            },
        );
        Self(Arc::new(vec![u64::from(codes) << 32 | u64::from(stocks)]))
    }

    /// The origin of a chain that grew.
    pub(super) fn grown(old: &SupplyChain, new: &SupplyChain) -> Self {
        let mut codes = crc32fast::Hasher::new();
        let add = |sum: &mut crc32fast::Hasher, old: &Codes, new: &Codes| {
            for at in old.len() as u32..new.len() as u32 {
                sum.update(new.text(at).as_bytes());
                sum.update(&[0xff]);
            }
        };
        add(&mut codes, &old.operator_codes, &new.operator_codes);
        add(&mut codes, &old.batch_codes, &new.batch_codes);
        let mut stocks = crc32fast::Hasher::new();
        add_stocks(&mut stocks, new, old.stocks.len());
        add_samples(&mut stocks, new, old.samples.len());
        let step = u64::from(codes.finalize()) << 32 | u64::from(stocks.finalize());
        let mut all = old.origin.0.to_vec();
        all.push(step);
        Self(Arc::new(all))
    }

    /// As a snapshot keeps it.
    pub(super) fn words(&self) -> Vec<u32> {
        self.0.iter().flat_map(|step| [*step as u32, (*step >> 32) as u32]).collect()
    }

    /// Of what a snapshot keeps; `None` when that is none.
    pub(super) fn of_words(words: &Array<u32>) -> Option<Self> {
        let (steps, rest) = words.as_chunks::<2>();
        let steps = steps.iter().map(|[low, high]| u64::from(*high) << 32 | u64::from(*low));
        (rest.is_empty() && !words.is_empty()).then(|| Self(Arc::new(steps.collect())))
    }

    /// How often the chain grew.
    pub(super) fn growths(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

fn add_stocks(sum: &mut crc32fast::Hasher, chain: &SupplyChain, first: usize) {
    let mut part: Vec<[u32; 2]> = Vec::with_capacity(1 << 12);
    for at in first..chain.stocks.len() {
        let (batch, operator) = chain.stocks.pairs[at];
        part.push([batch.0.to_le(), operator.0.to_le()]);
        if part.len() == part.capacity() {
            sum.update(part.as_slice().as_bytes());
            part.clear();
        }
    }
    sum.update(part.as_slice().as_bytes());
}

fn add_samples(sum: &mut crc32fast::Hasher, chain: &SupplyChain, first: usize) {
    for row in (first..chain.samples.len()).map(|at| &chain.samples[at]) {
        sum.update(chain.texts.text(row.code).as_bytes());
        sum.update(&row.stock.0.to_le_bytes());
    }
}

impl SupplyChain {
    /// The origin of its ids.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether what has the origin of another chain is good in this one.
    ///
    /// # Errors
    /// [`Error::OtherChain`] with `what`.
    pub(crate) fn knows(&self, origin: &Origin, what: &'static str) -> Result<(), Error> {
        let known = Arc::ptr_eq(&origin.0, &self.origin.0) || self.origin.0.starts_with(&origin.0);
        if known { Ok(()) } else { Err(Error::OtherChain { what }) }
    }

    /// Whether all of some stocks can be of this chain.
    ///
    /// # Errors
    /// [`Error::OtherChain`].
    pub(crate) fn has_all(&self, stocks: impl IntoIterator<Item = StockId>) -> Result<(), Error> {
        let all = stocks.into_iter().all(|stock| stock.index() < self.stock_count());
        if all { Ok(()) } else { Err(Error::OtherChain { what: "a stock" }) }
    }
}
