//! Bringing every quantity of a batch to the batch's base unit.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::builder::ChainBuilder;
use super::column::Column;
use super::finding::{Finding, FindingCode, RecordRef};
use super::records::{BatchRow, ProductRow};
use super::tables::Own;
use crate::quantity::{Amount, Dimension, QuantityError, Unit};

/// A quantity and its unit as written.
pub(super) type Written = (Option<Decimal>, Option<Unit>);

/// Base units and pack quantities by batch, and the findings made on the way.
pub(super) struct Units<'a> {
    pub(super) batches: &'a Column<BatchRow>,
    pub(super) products: &'a Column<ProductRow>,
    pub(super) findings: Vec<Finding>,
}

impl Units<'_> {
    /// The amounts of records `0..count` as [`Self::amount`] gives them, on all threads.
    pub(super) fn amounts(
        &mut self,
        count: usize,
        written: impl Fn(usize) -> (u32, Written) + Sync + Send,
        record: impl Fn(usize) -> RecordRef,
    ) -> Vec<Option<Amount>> {
        let failed = Mutex::new(Vec::new());
        let this = &*self;
        let amount = |at| {
            let (batch, written) = written(at);
            let amount = this.convert(batch, written);
            amount.unwrap_or_else(|error| {
                failed.lock().unwrap_or_else(PoisonError::into_inner).push((at, error));
                None
            })
        };
        let amounts = (0..count).into_par_iter().with_min_len(1 << 12).map(amount).collect();
        let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        failed.sort_unstable_by_key(|(at, _)| *at);
        for (at, error) in failed {
            self.failed(written(at).1, error, record(at));
        }
        amounts
    }

    fn convert(
        &self,
        batch: u32,
        (quantity, unit): Written,
    ) -> Result<Option<Amount>, QuantityError> {
        let (Some(quantity), Some(unit)) = (quantity, unit) else {
            return Ok(None);
        };
        let row = &self.batches[batch as usize];
        let Some(base) = row.base else {
            return Ok(None);
        };
        // A pack quantity is in the product's base unit: without one it says nothing.
        let pack = row
            .product
            .map(|product| &self.products[product.index()])
            .filter(|product| product.base_unit.is_some())
            .and_then(|product| product.pack_quantity)
            .filter(|pack| *pack > Decimal::ZERO);
        Amount::convert(quantity, unit, base, pack).map(Some)
    }

    fn failed(&mut self, (quantity, unit): Written, error: QuantityError, record: RecordRef) {
        let code = match error {
            QuantityError::NoConversion { .. } => FindingCode::UnitConflict,
            _ => FindingCode::InvalidQuantity,
        };
        let (quantity, unit) = (quantity.unwrap_or_default(), unit.map_or("", Unit::symbol));
        let message = format!("{} {}: {quantity} {unit}: {error}", record.table, record.code);
        self.findings.push(Finding::new(code, message, vec![record]));
    }

    /// The amount of a written quantity in its batch's base unit; a finding and `None` when there
    /// is no such amount.
    pub(super) fn amount(
        &mut self,
        batch: u32,
        quantity: Option<Decimal>,
        unit: Option<Unit>,
        record: impl FnOnce() -> RecordRef,
    ) -> Option<Amount> {
        let written = (quantity, unit);
        self.convert(batch, written).unwrap_or_else(|error| {
            self.failed(written, error, record());
            None
        })
    }
}

/// The base unit that rows state for a batch: its product's, else the canonical unit of its own.
pub(super) fn stated_unit(
    row: &BatchRow,
    own: &Own,
    products: &Column<ProductRow>,
) -> Option<Unit> {
    let product = row.product.and_then(|product| products[product.index()].base_unit);
    product.or_else(|| own.unit.map(Unit::canonical))
}

/// The base unit that most of a batch's records are written in, by records of each dimension.
pub(super) fn voted_unit(votes: [u32; 3]) -> Option<Unit> {
    let most = votes.into_iter().max().filter(|most| *most > 0)?;
    [
        (Dimension::Mass, Unit::Kilogram),
        (Dimension::Volume, Unit::Litre),
        (Dimension::Count, Unit::Piece),
    ]
    .into_iter()
    .find(|(dimension, _)| votes[*dimension as usize] == most)
    .map(|(_, unit)| unit)
}

/// The base unit of every batch: its product's, else the canonical unit of the batch's own, else
/// of the dimension most of its records are written in (mass before volume before pieces when
/// equally many are).
pub(super) fn base_units(
    builder: &ChainBuilder,
    batches: &mut [BatchRow],
    own: &[Own],
    products: &Column<ProductRow>,
) {
    let mut open = false;
    for (row, own) in batches.iter_mut().zip(own) {
        row.base = stated_unit(row, own, products);
        open |= row.base.is_none();
    }
    if !open {
        return;
    }
    for (row, votes) in batches.iter_mut().zip(unit_votes(builder)) {
        row.base = row.base.or_else(|| voted_unit(votes));
    }
}

/// How many records of each batch are written in units of each dimension.
pub(super) fn unit_votes(builder: &ChainBuilder) -> Vec<[u32; 3]> {
    let mut votes = vec![[0_u32; 3]; builder.batch_codes.len()];
    let written = builder
        .shipments
        .iter()
        .map(|r| (r.batch, r.quantity().1))
        .chain(builder.lines.iter().map(|r| (r.batch, r.unit)))
        .chain(builder.removals.iter().map(|r| (r.batch, r.unit)));
    for (batch, unit) in written {
        if let Some(unit) = unit {
            votes[batch as usize][unit.dimension() as usize] += 1;
        }
    }
    votes
}
