//! From a builder's own numbers of codes to a chain's.

use rayon::prelude::*;

use super::builder::{ChainBuilder, NONE, RawShipment};

/// Shipments that one thread rewrites at a time at least.
pub(super) const TOGETHER: usize = 1 << 13;

/// For each number a builder gave a code, the chain's.
pub(super) struct Numbers {
    pub(super) operators: Vec<u32>,
    pub(super) products: Vec<u32>,
    pub(super) batches: Vec<u32>,
    pub(super) regions: Vec<u32>,
    pub(super) transformations: Vec<u32>,
}

impl Numbers {
    /// Numbers in the order of codes; sorts the builder's.
    pub(super) fn by_code(builder: &mut ChainBuilder) -> Self {
        Self {
            operators: builder.operator_codes.sort(),
            products: builder.product_codes.sort(),
            batches: builder.batch_codes.sort(),
            regions: builder.region_codes.sort(),
            transformations: builder.transformation_codes.sort(),
        }
    }

    /// The chain's number of an optional region.
    pub(super) fn region(&self, code: u32) -> u32 {
        if code == NONE { NONE } else { self.regions[code as usize] }
    }

    /// Rewrites a shipment.
    #[inline]
    pub(super) fn apply_to(&self, row: &mut RawShipment) {
        row.batch = self.batches[row.batch as usize];
        row.from = self.operators[row.from as usize];
        row.to = self.operators[row.to as usize];
    }

    /// Rewrites every record.
    pub(super) fn apply(&self, builder: &mut ChainBuilder) {
        let Self { operators, products, batches, transformations, .. } = self;
        for row in &mut builder.regions {
            row.code = self.region(row.code);
            row.parent = self.region(row.parent);
        }
        for row in &mut builder.operators {
            row.code = operators[row.code as usize];
            row.region = self.region(row.region);
        }
        for (_, row) in &mut builder.aliased {
            row.code = operators[row.code as usize];
            row.region = self.region(row.region);
        }
        for row in &mut builder.products {
            row.code = products[row.code as usize];
        }
        for row in &mut builder.packs {
            row.product = products[row.product as usize];
        }
        for row in &mut builder.batches {
            row.code = batches[row.code as usize];
            if row.product != NONE {
                row.product = products[row.product as usize];
            }
            row.operator = operators[row.operator as usize];
        }
        let shipments = builder.shipments.par_iter_mut().with_min_len(TOGETHER);
        shipments.for_each(|row| self.apply_to(row));
        for row in &mut builder.lines {
            row.code = transformations[row.code as usize];
            row.operator = operators[row.operator as usize];
            row.batch = batches[row.batch as usize];
        }
        for row in &mut builder.removals {
            row.operator = operators[row.operator as usize];
            row.batch = batches[row.batch as usize];
        }
        for row in &mut builder.samples {
            row.operator = operators[row.operator as usize];
            row.batch = batches[row.batch as usize];
        }
        for row in &mut builder.cleanings {
            row.operator = operators[row.operator as usize];
        }
    }
}
