//! Bringing every quantity of a batch to the batch's base unit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::SupplyChain;
use super::builder::{ChainBuilder, NONE};
use super::column::Column;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::ledger::Tolerance;
use super::lots::code_of;
use super::packs::{PackRow, Packs, findings, holds_pack_quantity};
use super::records::{BatchRow, ProductRow};
use super::tables::Own;
use crate::error::Error;
use crate::id::{BatchId, ProductId};
use crate::quantity::{Amount, Dimension, QuantityError, Unit};

/// A quantity and its unit as written.
pub(super) type Written = (Option<Decimal>, Option<Unit>);

/// Base units and pack tables, and the findings made on the way.
pub(super) struct Units<'a> {
    pub(super) batches: &'a Column<BatchRow>,
    pub(super) products: &'a Column<ProductRow>,
    pub(super) packs: &'a Packs,
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
        let converted = Amount::convert(quantity, unit, base);
        let Err(QuantityError::NoConversion { .. }) = converted else {
            return converted.map(Some);
        };
        let product = row.product.map(|product| (product, &self.products[product.index()]));
        match self.packs.ratio(BatchId(batch), product, unit, base) {
            Some(ratio) => Amount::times(quantity, ratio).map(Some),
            None => converted.map(Some),
        }
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

impl SupplyChain {
    /// A quantity of a batch in its base unit, by its pack table where that is needed; the unit's
    /// own where no record names one for the batch.
    ///
    /// # Errors
    /// As [`Amount::convert`].
    pub fn amount_of(
        &self,
        batch: BatchId,
        quantity: Decimal,
        unit: Unit,
    ) -> Result<Amount, QuantityError> {
        let (batches, products) = (&self.batches, &self.products);
        let units = Units { batches, products, packs: &self.packs, findings: Vec::new() };
        match units.convert(batch.0, (Some(quantity), Some(unit)))? {
            Some(amount) => Ok(amount),
            None => Amount::convert(quantity, unit, unit.canonical()),
        }
    }
}

/// The base unit that rows state for a batch: its product's, else the unit that its own is kept in.
pub(super) fn stated_unit(
    id: BatchId,
    row: &BatchRow,
    own: &Own,
    products: &Column<ProductRow>,
    packs: &Packs,
) -> Option<Unit> {
    let product = row.product.and_then(|product| products[product.index()].base_unit);
    product.or_else(|| own.unit.map(|unit| packs.lead(id, row.product, unit)))
}

/// How many records of each batch are written in each unit, by batch and unit.
#[derive(Default)]
pub(super) struct Votes(Vec<(u32, Unit, u32)>);

impl Votes {
    /// Those of the batches that are wanted.
    pub(super) fn of(builder: &ChainBuilder, wanted: impl Fn(u32) -> bool) -> Self {
        let written = builder
            .shipments
            .iter()
            .map(|r| (r.batch, r.quantity().1))
            .chain(builder.lines.iter().map(|r| (r.batch, r.unit)))
            .chain(builder.removals.iter().map(|r| (r.batch, r.unit)));
        let mut votes: Vec<(u32, Unit)> = written
            .filter_map(|(batch, unit)| Some((batch, unit?)))
            .filter(|(batch, _)| wanted(*batch))
            .collect();
        votes.sort_unstable();
        let counted = votes.chunk_by(|a, b| a == b).map(|same| {
            let (batch, unit) = same[0];
            (batch, unit, same.len() as u32)
        });
        Self(counted.collect())
    }

    /// The units that records of a batch are written in.
    pub(super) fn units(&self, batch: u32) -> impl Iterator<Item = (Unit, u32)> + '_ {
        let start = self.0.partition_point(|(of, _, _)| *of < batch);
        let here = self.0[start..].iter().take_while(move |(of, _, _)| *of == batch);
        here.map(|(_, unit, count)| (*unit, *count))
    }

    /// The base unit of the unit that most records of a batch carry; of the first in the list of
    /// units where equally many carry two.
    pub(super) fn winner(&self, batch: u32, lead: impl Fn(Unit) -> Unit) -> Option<Unit> {
        let most = self.units(batch).max_by_key(|(unit, count)| (*count, Reverse(*unit)));
        most.map(|(unit, _)| lead(unit))
    }
}

/// The base unit of every batch: what its rows state, else what most of its records lead to.
pub(super) fn base_units(
    builder: &ChainBuilder,
    batches: &mut [BatchRow],
    own: &[Own],
    products: &Column<ProductRow>,
    packs: &Packs,
) {
    let mut open = false;
    for (id, (row, own)) in (0..).map(BatchId).zip(batches.iter_mut().zip(own)) {
        row.base = stated_unit(id, row, own, products, packs);
        open |= row.base.is_none();
    }
    if !open {
        return;
    }
    let votes = Votes::of(builder, |batch| batches[batch as usize].base.is_none());
    for (id, row) in (0..).zip(batches.iter_mut()).filter(|(_, row)| row.base.is_none()) {
        let product = row.product;
        row.base = votes.winner(id, |unit| packs.lead(BatchId(id), product, unit));
    }
}

/// The products that records of batches without a row name, of each batch the one named most often;
/// `find` gives the number of a product's code.
pub(super) fn named_products(
    builder: &ChainBuilder,
    is_open: impl Fn(u32) -> bool,
    find: impl Fn(&str) -> Option<u32>,
) -> Vec<(u32, u32)> {
    if !builder.tags.has_lots() {
        return Vec::new();
    }
    let rows = builder.shipments.iter().map(|r| (r.batch, r.tag));
    let rows = rows.chain(builder.lines.iter().map(|r| (r.batch, r.tag)));
    let rows = rows.chain(builder.removals.iter().map(|r| (r.batch, r.tag)));
    let rows = rows.chain(builder.samples.iter().map(|r| (r.batch, r.tag)));
    let mut named: Vec<(u32, u32)> = rows
        .filter(|(batch, _)| is_open(*batch))
        .filter_map(|(batch, tag)| {
            let product = builder.tags.get(tag).product;
            let text = (product != NONE).then(|| builder.texts.text(product))?;
            Some((batch, find(text)?))
        })
        .collect();
    named.sort_unstable();
    let most = named.chunk_by(|a, b| a.0 == b.0).filter_map(|of_batch| {
        let groups = of_batch.chunk_by(|a, b| a == b);
        let most = groups.max_by_key(|same| (same.len(), Reverse(same[0].1)))?;
        most.first().copied()
    });
    most.collect()
}

/// The rows that pack quantities stand for beside 件 and pieces: an office that writes what a 件 of
/// a product holds, and counts it in one word of packing alone, means that word.
fn implied(
    builder: &ChainBuilder,
    batches: &[BatchRow],
    products: &Column<ProductRow>,
    findings: &mut Vec<Finding>,
) -> Vec<PackRow> {
    let packed = |row: &ProductRow| row.base_unit.is_some() && row.pack_quantity.is_some();
    if !products.iter().any(packed) {
        return Vec::new();
    }
    let is_word = |unit: Option<Unit>| unit.is_some_and(Unit::is_packing);
    let product = |batch: u32| batches[batch as usize].product.map(|product| product.0);
    let stated = || builder.batches.iter().map(|row| (row.code, row.unit));
    let lines = || builder.lines.iter().map(|row| (row.batch, row.unit));
    let removals = || builder.removals.iter().map(|row| (row.batch, row.unit));
    let shipments = || builder.shipments.iter().map(|row| (row.batch, row.quantity().1));
    let others = || stated().chain(lines()).chain(removals());
    let any = others().any(|(_, unit)| is_word(unit))
        || builder.shipments.par_iter().any(|row| is_word(row.quantity().1));
    if !any {
        return Vec::new();
    }
    let counted =
        |unit: &Unit| matches!(unit.dimension(), Dimension::Count | Dimension::Packing(_));
    let mut words: BTreeMap<u32, BTreeSet<Unit>> = BTreeMap::new();
    for (batch, unit) in others().chain(shipments()) {
        if let (Some(product), Some(unit)) = (product(batch), unit.filter(counted)) {
            words.entry(product).or_default().insert(unit);
        }
    }
    let mut rows = Vec::new();
    for (id, words) in words {
        let row = &products[id as usize];
        let (Some(of_unit), Some(quantity)) = (row.base_unit, row.pack_quantity) else { continue };
        let [unit] = words.into_iter().collect::<Vec<Unit>>()[..] else { continue };
        let written = builder.packs.iter().any(|pack| pack.product == id && pack.unit == unit);
        if holds_pack_quantity(unit) || unit == of_unit || written || quantity <= Decimal::ZERO {
            continue;
        }
        let code = builder.product_codes.text(id).to_owned();
        let message = format!(
            "products {code}: its pack quantity is read as what 1 {unit} holds: {quantity} {of_unit}"
        );
        let record = RecordRef { table: Table::Products, code, source: row.source };
        findings.push(Finding::new(FindingCode::ImpliedPack, message, vec![record]));
        let (product, source) = (ProductId(id), row.source);
        rows.push(PackRow { product, batch: None, unit, quantity, of_unit, source });
    }
    rows
}

/// The pack tables of a builder's rows, which have the numbers of the chain.
pub(super) fn packs(
    builder: &ChainBuilder,
    batches: &[BatchRow],
    products: &Column<ProductRow>,
    all_findings: &mut Vec<Finding>,
) -> Result<Packs, Error> {
    let mut rows = implied(builder, batches, products, all_findings);
    if builder.packs.is_empty() && rows.is_empty() {
        return Ok(Packs::default());
    }
    let mut lots: Vec<(&str, u32)> = (0..builder.batch_codes.len() as u32)
        .map(|batch| (code_of(builder.batch_codes.text(batch)), batch))
        .collect();
    lots.sort_unstable();
    for raw in &builder.packs {
        let product = ProductId(raw.product);
        let code = builder.product_codes.text(raw.product);
        if raw.quantity <= Decimal::ZERO {
            let record =
                RecordRef { table: Table::Packs, code: code.to_owned(), source: raw.source };
            let message = format!("packs {code}: {} is not above zero", raw.quantity);
            all_findings.push(Finding::new(FindingCode::InvalidQuantity, message, vec![record]));
            continue;
        }
        let row = PackRow {
            product,
            batch: None,
            unit: raw.unit,
            quantity: raw.quantity,
            of_unit: raw.of_unit,
            source: raw.source,
        };
        if raw.batch == NONE {
            rows.push(row);
            continue;
        }
        let code = builder.texts.text(raw.batch);
        let start = lots.partition_point(|(of, _)| *of < code);
        let here = lots[start..].iter().take_while(|(of, _)| *of == code);
        // Of the lots of this code, those of the product; one without a row may be of any.
        let of_product = |batch: &u32| {
            let named = batches[*batch as usize].product;
            named.is_none_or(|named| named == product)
        };
        rows.extend(
            here.map(|(_, batch)| *batch)
                .filter(of_product)
                .map(|batch| PackRow { batch: Some(BatchId(batch)), ..row }),
        );
    }
    let tolerance = Tolerance::new(builder.options.balance_tolerance).to_f64();
    let packs = Packs::new(rows, |id| products[id.index()].clone(), tolerance);
    all_findings.extend(findings(&packs, |product, batch| {
        let product = builder.product_codes.text(product.0);
        match batch {
            None => product.to_owned(),
            Some(batch) => {
                format!("{product}, batch {}", code_of(builder.batch_codes.text(batch.0)))
            }
        }
    }));
    Ok(packs)
}
