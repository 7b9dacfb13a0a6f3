//! Bringing every quantity of a batch to the batch's base unit.

use rust_decimal::Decimal;

use super::builder::ChainBuilder;
use super::finding::{Finding, FindingCode, RecordRef};
use super::records::{BatchRow, ProductRow};
use crate::quantity::{Amount, Dimension, QuantityError, Unit};

/// Base units and pack quantities by batch, and the findings made on the way.
pub(super) struct Units<'a> {
    pub(super) batches: &'a [BatchRow],
    pub(super) products: &'a [ProductRow],
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

/// The base unit of every batch: its product's, else the canonical unit of the batch's own, else
/// of the dimension most of its records are written in (mass before volume before pieces when
/// equally many are).
pub(super) fn base_units(
    builder: &ChainBuilder,
    batches: &mut [BatchRow],
    own_units: &[Option<Unit>],
    products: &[ProductRow],
) {
    let mut open = false;
    for (row, own) in batches.iter_mut().zip(own_units) {
        row.base = row
            .product
            .and_then(|product| products[product.index()].base_unit)
            .or_else(|| own.map(Unit::canonical));
        open |= row.base.is_none();
    }
    if !open {
        return;
    }
    let mut votes = vec![[0_u32; 3]; batches.len()];
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
    let canonical = [
        (Dimension::Mass, Unit::Kilogram),
        (Dimension::Volume, Unit::Litre),
        (Dimension::Count, Unit::Piece),
    ];
    for (row, votes) in batches.iter_mut().zip(votes) {
        if row.base.is_none() {
            let most = votes.into_iter().max().filter(|most| *most > 0);
            row.base = canonical
                .into_iter()
                .find(|(dimension, _)| Some(votes[*dimension as usize]) == most)
                .map(|(_, unit)| unit);
        }
    }
}
