//! Registry rows for a chain that has some already.

use hashbrown::HashMap;

use super::SupplyChain;
use super::builder::{ChainBuilder, NONE};
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::lots::label_of;
use super::making::Making;
use super::numbers::Numbers;
use super::records::{BatchRow, OperatorRow, ProductRow, RegionRow};
use super::tables::{Own, batches, operators, products, regions};
use super::units::{Units, Votes, named_products, stated_unit};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, ProductId, RegionId};
use crate::model::Source;
use crate::quantity::{Amount, Unit};

/// A builder's registry rows by its own numbers of codes, one a code.
pub(super) struct Rows {
    regions: Vec<RegionRow>,
    operators: Vec<OperatorRow>,
    products: Vec<ProductRow>,
    batches: Vec<BatchRow>,
    own: Vec<Own>,
    votes: Votes,
}

impl Rows {
    pub(super) fn of(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Self {
        let (batches, own) = batches(builder, findings);
        Self {
            regions: regions(builder, findings),
            operators: operators(builder, findings),
            products: products(builder, findings),
            batches,
            own,
            votes: Votes::of(builder, |_| true),
        }
    }
}

struct Register<'a> {
    chain: &'a mut SupplyChain,
    day: &'a ChainBuilder,
    numbers: &'a Numbers,
    findings: &'a mut Vec<Finding>,
}

/// Adds rows to a chain whose codes are known to it by `numbers`. `day` has the chain's numbers.
///
/// # Errors
/// [`Error::NeedsRebuild`] when a row differs from the one that the chain keeps, or changes how
/// earlier records read.
pub(super) fn register(
    chain: &mut SupplyChain,
    day: &ChainBuilder,
    numbers: &Numbers,
    rows: Rows,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let mut register = Register { chain, day, numbers, findings };
    register.regions(rows.regions)?;
    register.operators(rows.operators)?;
    register.products(rows.products)?;
    register.batches(rows.batches, &rows.own, &rows.votes)
}

impl Register<'_> {
    /// Keeps the row that is there where a new one says the same.
    fn again(&mut self, same: bool, table: Table, code: &str, source: Source) -> Result<(), Error> {
        if !same {
            return Err(rebuild(table, code, "a row that differs from the one kept"));
        }
        let message = format!("{table} {code}: 2 rows say the same");
        let records = vec![RecordRef { table, code: code.to_owned(), source }];
        self.findings.push(Finding::new(FindingCode::DuplicateSame, message, records));
        Ok(())
    }

    /// The chain's index of one of the builder's texts.
    fn text(&mut self, text: u32) -> Result<u32, Error> {
        if text == NONE { Ok(NONE) } else { self.chain.texts.add(self.day.texts.text(text)) }
    }

    fn same_text(&self, kept: u32, new: u32) -> bool {
        self.chain.texts.text(kept) == self.day.texts.text(new)
    }

    fn region(&self, region: Option<RegionId>) -> Option<RegionId> {
        region.map(|region| RegionId(self.numbers.region(region.0)))
    }

    fn regions(&mut self, rows: Vec<RegionRow>) -> Result<(), Error> {
        for (row, code) in rows.into_iter().zip(self.numbers.regions.clone()) {
            let parent = self.region(row.parent);
            let known = self.chain.regions.get(code as usize).cloned();
            if let Some(kept) = known.as_ref().filter(|kept| kept.registered && row.registered) {
                let same = (kept.level, kept.parent, kept.population)
                    == (row.level, parent, row.population)
                    && self.same_text(kept.name, row.name);
                let code = self.chain.region_codes.text(code).to_owned();
                self.again(same, Table::Regions, &code, row.source)?;
                continue;
            }
            let name = self.text(row.name)?;
            let row = RegionRow { name, parent, ..row };
            match known {
                None => self.chain.regions.push(row),
                Some(_) if row.registered => self.chain.regions.set(code as usize, row),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn operators(&mut self, rows: Vec<OperatorRow>) -> Result<(), Error> {
        for (row, code) in rows.into_iter().zip(self.numbers.operators.clone()) {
            let region = self.region(row.region);
            let known = self.chain.operators.get(code as usize).cloned();
            if let Some(kept) = known.as_ref().filter(|kept| kept.registered && row.registered) {
                let same = (kept.stage, kept.region, kept.risk_grade, kept.place)
                    == (row.stage, region, row.risk_grade, row.place)
                    && self.same_text(kept.name, row.name);
                let code = self.chain.operator_codes.text(code).to_owned();
                self.again(same, Table::Operators, &code, row.source)?;
                continue;
            }
            let name = self.text(row.name)?;
            let row = OperatorRow { name, region, ..row };
            match known {
                None => self.chain.operators.push(row),
                Some(_) if row.registered => self.chain.operators.set(code as usize, row),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn products(&mut self, rows: Vec<ProductRow>) -> Result<(), Error> {
        for (row, code) in rows.into_iter().zip(self.numbers.products.clone()) {
            let known = self.chain.products.get(code as usize).cloned();
            let text = self.chain.product_codes.text(code).to_owned();
            if let Some(kept) = known.as_ref().filter(|kept| kept.registered && row.registered) {
                let same = (kept.shelf_life_days, kept.base_unit, kept.pack_quantity)
                    == (row.shelf_life_days, row.base_unit, row.pack_quantity)
                    && self.same_text(kept.name, row.name)
                    && self.same_text(kept.category, row.category);
                self.again(same, Table::Products, &text, row.source)?;
                continue;
            }
            let (name, category) = (self.text(row.name)?, self.text(row.category)?);
            let row = ProductRow { name, category, ..row };
            match known {
                None => self.chain.products.push(row),
                Some(_) if row.registered && row.base_unit.is_some() => {
                    return Err(rebuild(Table::Products, &text, "the base unit of known batches"));
                }
                Some(_) if row.registered => self.chain.products.set(code as usize, row),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn batches(&mut self, rows: Vec<BatchRow>, own: &[Own], votes: &Votes) -> Result<(), Error> {
        let codes = self.numbers.batches.clone();
        let is_open = |batch: u32| rows[batch as usize].producer.is_none();
        let find = |code: &str| self.chain.product_codes.get(code);
        let named: HashMap<u32, u32> =
            named_products(self.day, is_open, find).into_iter().collect();
        for (here, ((row, own), code)) in (0..).zip(rows.into_iter().zip(own).zip(codes)) {
            let text = label_of(self.chain.batch_codes.text(code));
            let product = row.product.map(|id| ProductId(self.numbers.products[id.index()]));
            let product = product.or_else(|| named.get(&here).copied().map(ProductId));
            let producer = row.producer.map(|id| OperatorId(self.numbers.operators[id.index()]));
            let mut row = BatchRow { product, producer, ..row };
            let known = self.chain.batches.get(code as usize).cloned();
            if let Some(kept) = &known {
                if row.producer.is_some() && kept.producer.is_some() {
                    let same = (kept.product, kept.producer, kept.produced_on, kept.expires_on)
                        == (row.product, row.producer, row.produced_on, row.expires_on)
                        && self.same_text(kept.origin, row.origin)
                        && self.same_text(kept.certificate, row.certificate)
                        && self.amount(code, own).0 == kept.amount;
                    self.again(same, Table::Batches, &text, row.source)?;
                }
                let units = votes.units(here).map(|(unit, _)| unit);
                self.keep_unit((code, kept), &row, own, units, &text)?;
                if row.producer.is_none() || kept.producer.is_some() {
                    let product = kept.product.or(row.product);
                    let fixed = product.and_then(|id| self.chain.products[id.index()].base_unit);
                    let base = kept.base.or(fixed);
                    let base = base.or_else(|| self.winner(code, product, here, votes));
                    if base != kept.base || product != kept.product {
                        let row = BatchRow { base, product, ..kept.clone() };
                        self.chain.batches.set(code as usize, row);
                    }
                    continue;
                }
            }
            row.origin = self.text(row.origin)?;
            row.certificate = self.text(row.certificate)?;
            let stated = self.stated(code, &row, own);
            let kept = known.as_ref().and_then(|kept| kept.base);
            row.base = stated.or(kept).or_else(|| self.winner(code, row.product, here, votes));
            // What the row stands for is judged once its flows are known.
            row.making = if row.producer.is_some() { Making::Only } else { Making::None };
            match known {
                None => self.chain.batches.push(row.clone()),
                Some(_) => self.chain.batches.set(code as usize, row.clone()),
            }
            let (amount, mut found) = self.amount(code, own);
            self.findings.append(&mut found);
            self.chain.batches.set(code as usize, BatchRow { amount, ..row });
        }
        Ok(())
    }

    /// A batch's own quantity in the unit the chain keeps it in, and what is wrong with it.
    fn amount(&self, batch: u32, own: &Own) -> (Option<Amount>, Vec<Finding>) {
        let (batches, products) = (&self.chain.batches, &self.chain.products);
        let packs = &self.chain.packs;
        let mut units = Units { batches, products, packs, findings: Vec::new() };
        let record = || RecordRef {
            table: Table::Batches,
            code: self.chain.batch_code(BatchId(batch)).to_owned(),
            source: own.source,
        };
        let amount = units.amount(batch, own.quantity, own.unit, record);
        (amount, units.findings)
    }

    /// The unit that rows state for a batch.
    fn stated(&self, batch: u32, row: &BatchRow, own: &Own) -> Option<Unit> {
        stated_unit(BatchId(batch), row, own, &self.chain.products, &self.chain.packs)
    }

    /// The unit that most new records of a batch lead to; `here` is the builder's number of it.
    fn winner(
        &self,
        batch: u32,
        product: Option<ProductId>,
        here: u32,
        votes: &Votes,
    ) -> Option<Unit> {
        votes.winner(here, |unit| self.chain.packs.lead(BatchId(batch), product, unit))
    }

    /// Checks that the base unit of a batch with earlier records stays what it is.
    fn keep_unit(
        &self,
        (batch, kept): (u32, &BatchRow),
        new: &BatchRow,
        own: &Own,
        mut votes: impl Iterator<Item = Unit>,
        code: &str,
    ) -> Result<(), Error> {
        let Some(base) = kept.base else { return Ok(()) };
        let changed = || Err(rebuild(Table::Batches, code, "the base unit of earlier records"));
        let product = kept.product.or(new.product).map(|id| &self.chain.products[id.index()]);
        let fixed = product.and_then(|product| product.base_unit);
        let product_id = kept.product.or(new.product);
        let converts = product.is_some_and(|p| p.base_unit.is_some() && p.pack_quantity.is_some())
            || product_id.is_some_and(|id| self.chain.packs.concern(id));
        if kept.producer.is_none() && new.producer.is_some() {
            let stated = self.stated(batch, new, own);
            if converts || stated.is_some_and(|stated| stated != base) {
                return changed();
            }
        }
        // Which product a batch without a row is of follows from all that name one.
        if kept.producer.is_none()
            && kept.product.is_some()
            && new.product.is_some_and(|it| Some(it) != kept.product)
        {
            return changed();
        }
        // A product that a batch without a row had not been named by may convert its quantities.
        if kept.product.is_none()
            && product_id.is_some()
            && (converts || fixed.is_some_and(|of| of != base))
        {
            return changed();
        }
        let packs = &self.chain.packs;
        let elsewhere = |unit: Unit| packs.lead(BatchId(batch), product_id, unit) != base;
        if fixed.is_none() && votes.any(elsewhere) {
            return changed();
        }
        Ok(())
    }
}

fn rebuild(table: Table, code: &str, change: &'static str) -> Error {
    Error::NeedsRebuild { record: format!("{table} {code}"), change }
}
