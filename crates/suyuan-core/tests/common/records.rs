//! A set of records, as the tests keep it before a chain is built.

use std::fmt;

use rust_decimal::Decimal;
use suyuan_core::chain::{Built, ChainBuilder};
use suyuan_core::model::{
    Batch, Cleaning, Operator, Pack, Product, Removal, RemovalReason, Sample, Shipment, Source,
    TransformationLine,
};
use suyuan_core::quantity::Unit;
use suyuan_core::time::Span;

/// Plain records of every table the engine reads.
#[derive(Clone, Default)]
pub(crate) struct Records {
    pub(crate) operators: Vec<Operator<'static>>,
    pub(crate) products: Vec<Product<'static>>,
    pub(crate) packs: Vec<Pack<'static>>,
    pub(crate) batches: Vec<Batch<'static>>,
    pub(crate) shipments: Vec<Shipment<'static>>,
    pub(crate) lines: Vec<TransformationLine<'static>>,
    pub(crate) removals: Vec<Removal<'static>>,
    pub(crate) samples: Vec<Sample<'static>>,
    pub(crate) cleanings: Vec<Cleaning<'static>>,
}

/// One record, for adding them in any order.
#[derive(Clone, Copy)]
pub(crate) enum Record<'a> {
    Operator(&'a Operator<'static>),
    Product(&'a Product<'static>),
    Pack(&'a Pack<'static>),
    Batch(&'a Batch<'static>),
    Shipment(&'a Shipment<'static>),
    Line(&'a TransformationLine<'static>),
    Removal(&'a Removal<'static>),
    Sample(&'a Sample<'static>),
    Cleaning(&'a Cleaning<'static>),
}

fn span(span: Span) -> String {
    if span.earliest == span.latest {
        span.earliest.to_string()
    } else {
        format!("{}..{}", span.earliest, span.latest)
    }
}

fn amount(quantity: Option<Decimal>, unit: Option<Unit>) -> String {
    let quantity = quantity.map_or("?".to_owned(), |quantity| quantity.to_string());
    format!("{quantity}{}", unit.map_or("", Unit::symbol))
}

/// What a row names beside its codes.
fn tags(product: &str, producer: &str, reporter: &str) -> String {
    let tags = [(" of ", product), (" made at ", producer), (" by ", reporter)];
    let said = tags.iter().filter(|(_, text)| !text.is_empty());
    said.map(|(word, text)| format!("{word}{text}")).collect()
}

/// One line a record, without what the engine does not reckon with.
impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for row in self.products.iter().filter(|row| row.base_unit.is_some()) {
            let unit = row.base_unit.map_or("", Unit::symbol);
            writeln!(f, "product {} in {unit}, pack {:?}", row.code, row.pack_quantity)?;
        }
        for row in &self.packs {
            let (product, batch) = (&row.product, &row.batch);
            let (unit, of) = (row.unit, row.of_unit);
            writeln!(f, "pack {product} {batch}: {unit} is {} {of}", row.quantity)?;
        }
        for row in &self.batches {
            let (when, quantity) = (span(row.produced_on), amount(row.quantity, row.unit));
            let (code, product, operator) = (&row.code, &row.product, &row.operator);
            writeln!(f, "batch {code} of {product} @{operator} {when} {quantity}")?;
        }
        for row in &self.shipments {
            let (left, came) = (span(row.shipped_on), span(row.received_on));
            let quantity = amount(row.quantity, row.unit);
            let (code, batch, from, to) = (&row.code, &row.batch, &row.from, &row.to);
            let said = tags(&row.product, &row.producer, &row.reporter);
            writeln!(f, "ship {code} {batch} {from}->{to} {left} => {came} {quantity}{said}")?;
        }
        for row in &self.lines {
            let (when, quantity) = (span(row.transformed_on), amount(row.quantity, row.unit));
            let (code, role, batch) = (&row.code, row.role, &row.batch);
            let (operator, process) = (&row.operator, &row.process);
            let said = tags(&row.product, &row.producer, &row.reporter);
            writeln!(f, "line {code} {role} {batch}@{operator} {when} {quantity} {process}{said}")?;
        }
        for row in &self.removals {
            let (when, quantity) = (span(row.removed_on), amount(row.quantity, row.unit));
            let said = tags(&row.product, &row.producer, &row.reporter);
            let word = if row.reason == Some(RemovalReason::Gained) { "gain" } else { "removal" };
            writeln!(f, "{word} {}@{} {when} {quantity}{said}", row.batch, row.operator)?;
        }
        for row in &self.samples {
            let when = span(row.sampled_on);
            let said = tags(&row.product, &row.producer, &row.reporter);
            writeln!(f, "sample {} {}@{} {when}{said}", row.code, row.batch, row.operator)?;
        }
        for row in &self.cleanings {
            writeln!(f, "cleaning {} {}", row.operator, span(row.cleaned_on))?;
        }
        Ok(())
    }
}

impl Records {
    /// Every record, table by table.
    pub(crate) fn all(&self) -> Vec<Record<'_>> {
        let mut all: Vec<Record<'_>> = self.operators.iter().map(Record::Operator).collect();
        all.extend(self.products.iter().map(Record::Product));
        all.extend(self.packs.iter().map(Record::Pack));
        all.extend(self.batches.iter().map(Record::Batch));
        all.extend(self.shipments.iter().map(Record::Shipment));
        all.extend(self.lines.iter().map(Record::Line));
        all.extend(self.removals.iter().map(Record::Removal));
        all.extend(self.samples.iter().map(Record::Sample));
        all.extend(self.cleanings.iter().map(Record::Cleaning));
        all
    }

    pub(crate) fn shows_no_stock(&self) -> bool {
        self.batches.is_empty()
            && self.shipments.is_empty()
            && self.lines.is_empty()
            && self.removals.is_empty()
            && self.samples.is_empty()
    }

    /// The chain of the records in table order.
    pub(crate) fn build(&self) -> Built {
        build(&self.all())
    }
}

/// A builder with records in the order given.
pub(crate) fn builder(records: &[Record<'_>]) -> ChainBuilder {
    let mut builder = ChainBuilder::new();
    for record in records {
        match record {
            Record::Operator(row) => builder.add_operator(row, Source::NONE),
            Record::Product(row) => builder.add_product(row, Source::NONE),
            Record::Pack(row) => builder.add_pack(row, Source::NONE),
            Record::Batch(row) => builder.add_batch(row, Source::NONE),
            Record::Shipment(row) => builder.add_shipment(row, Source::NONE),
            Record::Line(row) => builder.add_transformation_line(row, Source::NONE),
            Record::Removal(row) => builder.add_removal(row, Source::NONE),
            Record::Sample(row) => builder.add_sample(row, Source::NONE),
            Record::Cleaning(row) => builder.add_cleaning(row),
        }
        .unwrap();
    }
    builder
}

/// The chain of records added in the order given.
pub(crate) fn build(records: &[Record<'_>]) -> Built {
    builder(records).build().unwrap()
}
