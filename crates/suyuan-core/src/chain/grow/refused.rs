//! New records that change how earlier ones read, so that a chain cannot grow by them.
//!
//! Which lot a row means, what a word of packing holds and which rows are one record follows from
//! all records together. Where a new record touches that, the chain is to be built anew.

use hashbrown::HashSet;

use super::super::SupplyChain;
use super::super::builder::{ChainBuilder, NONE, RawShipment};
use super::super::finding::{Finding, FindingCode, RecordRef, Table};
use super::super::index::is_stock;
use super::super::lots::SEPARATOR;
use super::super::numbers::Numbers;
use super::super::packs::holds_pack_quantity;
use super::super::refs::{line_ref, removal_ref, sample_ref, shipment_ref, shipment_times};
use super::super::reports::{self, Amounts, FurtherSources};
use super::super::tags::Tag;
use super::super::units::{Units, Votes};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, StockId, TransformationId};
use crate::model::Role;
use crate::quantity::{Amount, Dimension, Unit};
use crate::time::{Minute, Span};

fn rebuild(table: Table, code: &str, change: &'static str) -> Error {
    Error::NeedsRebuild { record: format!("{table} {code}"), change }
}

/// Refuses records of codes that stand for several lots, here or in the new records.
pub(super) fn lots(chain: &SupplyChain, day: &ChainBuilder) -> Result<(), Error> {
    const CHANGE: &str = "which lot rows of this code mean";
    let mut of_code: Vec<(u32, u32, u32)> =
        day.batches.iter().map(|row| (row.code, row.product, row.operator)).collect();
    of_code.sort_unstable();
    of_code.dedup();
    if let Some(two) = of_code.windows(2).find(|two| two[0].0 == two[1].0) {
        return Err(rebuild(Table::Batches, day.batch_codes.text(two[0].0), CHANGE));
    }
    for code in 0..day.batch_codes.len() as u32 {
        let code = day.batch_codes.text(code);
        if chain.batch_codes.with_prefix(&format!("{code}{SEPARATOR}")).next().is_some() {
            return Err(rebuild(Table::Batches, code, CHANGE));
        }
    }
    Ok(())
}

/// Refuses rows of pack tables that the chain does not have.
pub(super) fn packs(chain: &SupplyChain, day: &ChainBuilder) -> Result<(), Error> {
    for raw in &day.packs {
        let code = day.product_codes.text(raw.product);
        let batch = (raw.batch != NONE).then(|| day.texts.text(raw.batch));
        let known = chain.packs.rows().iter().any(|row| {
            (row.unit, row.quantity, row.of_unit) == (raw.unit, raw.quantity, raw.of_unit)
                && chain.product_codes.text(row.product.0) == code
                && row.batch.map(|batch| chain.batch_code(batch)) == batch
        });
        if !known {
            return Err(rebuild(Table::Packs, code, "what earlier quantities come to"));
        }
    }
    Ok(())
}

/// Refuses records that count a product in another word of packing than before where its pack
/// quantity says what one holds: which word that is follows from all of them.
pub(super) fn words(
    chain: &SupplyChain,
    day: &ChainBuilder,
    numbers: &Numbers,
) -> Result<(), Error> {
    let shipments = day.shipments.iter().map(|row| (row.batch, row.quantity().1));
    let lines = day.lines.iter().map(|row| (row.batch, row.unit));
    let removals = day.removals.iter().map(|row| (row.batch, row.unit));
    let batches = day.batches.iter().map(|row| (row.code, row.unit));
    for (batch, unit) in shipments.chain(lines).chain(removals).chain(batches) {
        let counted =
            |unit: &Unit| matches!(unit.dimension(), Dimension::Count | Dimension::Packing(_));
        let Some(unit) = unit.filter(counted) else { continue };
        let row = &chain.batches[numbers.batches[batch as usize] as usize];
        let Some(id) = row.product else { continue };
        let product = &chain.products[id.index()];
        let implied = chain.packs.rows().iter().find(|pack| {
            pack.product == id
                && !holds_pack_quantity(pack.unit)
                && Some(pack.quantity) == product.pack_quantity
        });
        let packed = product.base_unit.is_some() && product.pack_quantity.is_some();
        let other = match implied {
            Some(pack) => pack.unit != unit,
            None => packed && !holds_pack_quantity(unit),
        };
        if other {
            let code = chain.product_codes.text(id.0);
            return Err(rebuild(Table::Products, code, "what its pack quantity is of"));
        }
    }
    Ok(())
}

/// Rows that name a product or a producer that the registered lot of their code does not have.
pub(super) fn unknown_names(chain: &SupplyChain, day: &ChainBuilder, findings: &mut Vec<Finding>) {
    if !day.tags.has_lots() {
        return;
    }
    let mut look = |batch: u32, tag: Tag, record: &dyn Fn() -> RecordRef| {
        let code = day.batch_codes.text(batch);
        let Some(row) = chain.batch_codes.get(code).and_then(|id| chain.batches.get(id as usize))
        else {
            return;
        };
        let named = day.tags.get(tag);
        let text = |text: u32| (text != NONE).then(|| day.texts.text(text));
        let product = row.product.map(|id| chain.product_codes.text(id.0));
        let producer = row.producer.map(|id| chain.operator_codes.text(id.0));
        let differs = |name: Option<&str>, own: Option<&str>| name.is_some() && name != own;
        if producer.is_some()
            && (differs(text(named.product), product) || differs(text(named.producer), producer))
        {
            let message = format!(
                "batches {code}: its row has another product or producer than a row names, which \
                 counts as naming none"
            );
            findings.push(Finding::new(FindingCode::UnknownLot, message, vec![record()]));
        }
    };
    day.shipments.iter().for_each(|row| look(row.batch, row.tag, &|| shipment_ref(day, row)));
    day.lines.iter().for_each(|row| look(row.batch, row.tag, &|| line_ref(day, row)));
    day.removals.iter().for_each(|row| look(row.batch, row.tag, &|| removal_ref(day, row)));
    day.samples.iter().for_each(|row| look(row.batch, row.tag, &|| sample_ref(day, row)));
}

/// Merges new rows that several reporters gave of one record, and refuses those that may be an
/// earlier record once more.
pub(super) fn reports(
    chain: &SupplyChain,
    old: &SupplyChain,
    day: &mut ChainBuilder,
    numbers: &Numbers,
    findings: &mut Vec<Finding>,
) -> Result<FurtherSources, Error> {
    let reported = day.tags.has_reporters();
    if !reported && !old.reported {
        return Ok(FurtherSources::new());
    }
    let mut amounts = amounts(chain, day, numbers);
    let earlier = Earlier { old, day, numbers };
    earlier.refuse(&amounts)?;
    if !reported {
        return Ok(FurtherSources::new());
    }
    refuse_split_votes(chain, day, numbers)?;
    Ok(reports::merge(day, &mut amounts, findings))
}

/// Quantities of new records in the base units of the chain.
fn amounts(chain: &SupplyChain, day: &ChainBuilder, numbers: &Numbers) -> Amounts {
    let (batches, products) = (&chain.batches, &chain.products);
    // What does not convert is found once the records are taken in.
    let mut units = Units { batches, products, packs: &chain.packs, findings: Vec::new() };
    let nothing = |_| RecordRef {
        table: Table::Shipments,
        code: String::new(),
        source: crate::model::Source::NONE,
    };
    let batch = |code: u32| numbers.batches[code as usize];
    let shipments = units.amounts(
        day.shipments.len(),
        |at| (batch(day.shipments[at].batch), day.shipments[at].quantity()),
        nothing,
    );
    let lines = units.amounts(
        day.lines.len(),
        |at| (batch(day.lines[at].batch), day.lines[at].written().1),
        nothing,
    );
    let removals = units.amounts(
        day.removals.len(),
        |at| (batch(day.removals[at].batch), day.removals[at].written().1),
        nothing,
    );
    Amounts { shipments, lines, removals }
}

/// Refuses batches whose base unit their records decide, by how many records there are of each.
fn refuse_split_votes(
    chain: &SupplyChain,
    day: &ChainBuilder,
    numbers: &Numbers,
) -> Result<(), Error> {
    let votes = Votes::of(day, |_| true);
    for batch in 0..day.batch_codes.len() as u32 {
        let row = &chain.batches[numbers.batches[batch as usize] as usize];
        let bases: HashSet<_> = votes.units(batch).map(|(unit, _)| unit.canonical()).collect();
        if row.producer.is_none() && bases.len() > 1 {
            let code = day.batch_codes.text(batch);
            return Err(rebuild(Table::Batches, code, "the unit that most records are in"));
        }
    }
    Ok(())
}

/// Finds earlier records that new rows may be.
struct Earlier<'a> {
    old: &'a SupplyChain,
    day: &'a ChainBuilder,
    numbers: &'a Numbers,
}

impl Earlier<'_> {
    fn stock(&self, batch: u32, operator: u32) -> Option<StockId> {
        let batch = BatchId(self.numbers.batches[batch as usize]);
        let operator = OperatorId(self.numbers.operators[operator as usize]);
        self.old.stocks.find(batch, operator)
    }

    fn refuse(&self, amounts: &Amounts) -> Result<(), Error> {
        const CHANGE: &str = "which rows of several reporters are one record";
        let (old, day) = (self.old, self.day);
        for (raw, amount) in day.shipments.iter().zip(&amounts.shipments) {
            if self.has_shipment(raw, *amount) {
                let code = day.shipment_codes.text(raw.code);
                return Err(rebuild(Table::Shipments, code, CHANGE));
            }
        }
        for raw in &day.lines {
            let code = day.transformation_codes.text(raw.code);
            let id = old.transformation_codes.get(code).map(TransformationId);
            let Some((id, stock)) = id.zip(self.stock(raw.batch, raw.operator)) else { continue };
            let lines = if raw.role == Role::Input { old.inputs(id) } else { old.outputs(id) };
            if lines.iter().any(|line| line.stock == stock) {
                return Err(rebuild(Table::Transformations, code, CHANGE));
            }
        }
        for (raw, amount) in day.removals.iter().zip(&amounts.removals) {
            let Some(stock) = self.stock(raw.batch, raw.operator) else { continue };
            let same = |row: super::RemovalRow| {
                (row.time, row.amount, row.reason) == (raw.removed_on, *amount, raw.reason)
            };
            if old.removals.of(stock).any(|id| same(old.removals.row(id.index()))) {
                return Err(rebuild(Table::Removals, &old.stock_label(stock), CHANGE));
            }
        }
        for raw in &day.samples {
            let code = day.texts.text(raw.code);
            if old.find_samples(code).is_ok() {
                return Err(rebuild(Table::Samples, code, CHANGE));
            }
        }
        Ok(())
    }

    /// Whether an earlier shipment says the same, but for a date that one of them leaves empty.
    fn has_shipment(&self, raw: &RawShipment, amount: Option<Amount>) -> bool {
        let (from, to) = (self.stock(raw.batch, raw.from), self.stock(raw.batch, raw.to));
        let Some((from, to)) = from.zip(to) else { return false };
        let (departs, arrives) = shipment_times(raw);
        let code = self.day.shipment_codes.text(raw.code);
        // A missing date is bounded by the other one.
        let agree = |a: Span, b: Span| a == b || is_open(a) || is_open(b);
        let links = self.old.links.out.get(from.0).iter();
        links.filter(|link| is_stock(link.node)).any(|link| {
            let id = link.record() as usize;
            let row = self.old.shipments.row(id);
            row.to == to
                && row.amount == amount
                && agree(row.departs, departs)
                && agree(row.arrives, arrives)
                && self.old.shipment_codes.text(self.old.shipments.waybill(id).code) == code
        })
    }
}

fn is_open(span: Span) -> bool {
    span.earliest == Minute::UNBOUNDED_PAST || span.latest == Minute::UNBOUNDED_FUTURE
}
