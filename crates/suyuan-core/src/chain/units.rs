//! Bringing every quantity of a batch to the batch's base unit.

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
    /// The amount of a written quantity in its batch's base unit; a finding and `None` when there
    /// is no such amount.
    pub(super) fn amount(
        &mut self,
        batch: u32,
        quantity: Option<Decimal>,
        unit: Option<Unit>,
        record: impl FnOnce() -> RecordRef,
    ) -> Option<Amount> {
        let (quantity, unit) = (quantity?, unit?);
        let row = &self.batches[batch as usize];
        let base = row.base?;
        // A pack quantity is in the product's base unit: without one it says nothing.
        let pack = row
            .product
            .map(|product| &self.products[product.index()])
            .filter(|product| product.base_unit.is_some())
            .and_then(|product| product.pack_quantity)
            .filter(|pack| *pack > Decimal::ZERO);
        match Amount::convert(quantity, unit, base, pack) {
            Ok(amount) => Some(amount),
            Err(error) => {
                let record = record();
                let code = match error {
                    QuantityError::NoConversion { .. } => FindingCode::UnitConflict,
                    _ => FindingCode::InvalidQuantity,
                };
                let message =
                    format!("{} {}: {quantity} {unit}: {error}", record.table, record.code);
                self.findings.push(Finding::new(code, message, vec![record]));
                None
            }
        }
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
        .map(|r| (r.batch, r.unit))
        .chain(builder.lines.iter().map(|r| (r.batch, r.unit)))
        .chain(builder.removals.iter().map(|r| (r.batch, r.unit)));
    for (batch, unit) in written {
        if let Some(unit) = unit {
            votes[batch as usize][unit.dimension() as usize] += 1;
        }
    }
    votes
}
