//! Which records are to be checked: all of a chain, or those that growth touched.

use std::ops::Range;

use rayon::prelude::*;

use super::SupplyChain;
use crate::id::{BatchId, StockId};

/// Neighbouring rows that one thread looks at at a time.
const TOGETHER: usize = 1 << 13;
/// Scattered rows that one thread looks at at a time: each takes longer, and a day has few.
const SCATTERED: usize = 1 << 8;

/// Some of a table's rows: a range and others.
#[derive(Debug, Default)]
pub(super) struct Rows {
    range: Range<u32>,
    others: Vec<u32>,
}

impl Rows {
    fn all(count: usize) -> Self {
        Self { range: 0..count as u32, others: Vec::new() }
    }

    /// The rows from `first` on and those of `others` before them.
    fn since(first: usize, count: usize, mut others: Vec<u32>) -> Self {
        others.retain(|row| (*row as usize) < first);
        others.sort_unstable();
        others.dedup();
        Self { range: first as u32..count as u32, others }
    }

    /// What a look at each row finds, on all threads; in the order of rows.
    pub(super) fn each<T: Default + Send>(&self, look: impl Fn(u32, &mut T) + Sync) -> Vec<T> {
        let starts = (self.range.start..self.range.end).step_by(TOGETHER);
        let ranges = starts.map(|start| {
            let end = self.range.end.min(start.saturating_add(TOGETHER as u32));
            (&[][..], start..end)
        });
        let others = self.others.chunks(SCATTERED).map(|rows| (rows, 0..0));
        let parts: Vec<(&[u32], Range<u32>)> = others.chain(ranges).collect();
        let found = parts.into_par_iter().map(|(others, range)| {
            let mut found = T::default();
            others.iter().copied().chain(range).for_each(|row| look(row, &mut found));
            found
        });
        found.collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.range.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.others.iter().copied().chain(self.range.clone())
    }
}

/// The rows of each table to be checked.
#[derive(Debug, Default)]
pub(super) struct Extent {
    pub(super) regions: Rows,
    pub(super) operators: Rows,
    pub(super) batches: Rows,
    pub(super) shipments: Rows,
    pub(super) transformations: Rows,
    pub(super) removals: Rows,
    pub(super) samples: Rows,
    pub(super) stocks: Rows,
    /// Whether that is everything.
    pub(super) whole: bool,
}

/// Rows that were there before and that growth touched.
pub(super) struct Touched {
    pub(super) regions: Vec<u32>,
    pub(super) operators: Vec<u32>,
    pub(super) transformations: Vec<u32>,
    pub(super) batches: Vec<BatchId>,
    pub(super) stocks: Vec<StockId>,
}

impl Extent {
    pub(super) fn all(chain: &SupplyChain) -> Self {
        Self {
            regions: Rows::all(chain.regions.len()),
            operators: Rows::all(chain.operators.len()),
            batches: Rows::all(chain.batches.len()),
            shipments: Rows::all(chain.shipments.len()),
            transformations: Rows::all(chain.transformations.len()),
            removals: Rows::all(chain.removals.len()),
            samples: Rows::all(chain.samples.len()),
            stocks: Rows::all(chain.stocks.len()),
            whole: true,
        }
    }

    /// What `new` has beyond `old`, and what of `old` was touched.
    pub(super) fn since(old: &SupplyChain, new: &SupplyChain, touched: Touched) -> Self {
        let batches = touched.batches.iter().map(|batch| batch.0).collect();
        let stocks = touched.stocks.iter().map(|stock| stock.0).collect();
        let none = Vec::new;
        Self {
            regions: Rows::since(old.regions.len(), new.regions.len(), touched.regions),
            operators: Rows::since(old.operators.len(), new.operators.len(), touched.operators),
            batches: Rows::since(old.batches.len(), new.batches.len(), batches),
            shipments: Rows::since(old.shipments.len(), new.shipments.len(), none()),
            transformations: Rows::since(
                old.transformations.len(),
                new.transformations.len(),
                touched.transformations,
            ),
            removals: Rows::since(old.removals.len(), new.removals.len(), none()),
            samples: Rows::since(old.samples.len(), new.samples.len(), none()),
            stocks: Rows::since(old.stocks.len(), new.stocks.len(), stocks),
            whole: false,
        }
    }
}
