//! From raw records to the frozen chain. Nothing here depends on the order records came in.

use super::builder::{ChainBuilder, NONE, RawLine};
use super::finding::{RecordRef, Table};
use super::groups::{Groups, starts};
use super::index::{LinkIndex, Node, Parts};
use super::records::{BatchRow, CleaningRow, RemovalRow, SampleRow, ShipmentRow};
use super::refs::{line_ref, removal_ref, shipment_ref, shipment_times};
use super::repeats::{drop_repeated_shipments, note_identical_lines, take_self_shipments};
use super::shown::{proto_order, proto_stocks};
use super::stocks::Stocks;
use super::tables::{batches, operators, products, regions};
use super::transform::{transformation_times, transformations};
use super::units::Units;
use super::{Built, SupplyChain, checks};
use crate::error::Error;
use crate::id::{OperatorId, StockId, TransformationId};
use crate::model::Role;
use crate::quantity::Amount;

pub(super) fn freeze(mut builder: ChainBuilder) -> Result<Built, Error> {
    renumber(&mut builder);
    let mut findings = Vec::new();
    drop_repeated_shipments(&mut builder, &mut findings);
    let operators = operators(&builder, &mut findings);
    let regions = regions(&builder, &mut findings);
    let products = products(&builder, &mut findings);
    let (batches, own) = batches(&builder, &products, &mut findings);
    let mut units = Units { batches: &batches, products: &products, findings };

    let self_shipments = take_self_shipments(&mut builder);
    let shipment_amounts: Vec<Option<Amount>> = builder
        .shipments
        .iter()
        .map(|raw| units.amount(raw.batch, raw.quantity, raw.unit, || shipment_ref(&builder, raw)))
        .collect();
    let removal_amounts: Vec<Option<Amount>> = builder
        .removals
        .iter()
        .map(|raw| units.amount(raw.batch, raw.quantity, raw.unit, || removal_ref(&builder, raw)))
        .collect();
    sort_lines(&mut builder);
    note_identical_lines(&builder, &mut units.findings);
    let line_amounts: Vec<Option<Amount>> = builder
        .lines
        .iter()
        .map(|raw| units.amount(raw.batch, raw.quantity, raw.unit, || line_ref(&builder, raw)))
        .collect();
    let own_amounts: Vec<Option<Amount>> = own
        .iter()
        .enumerate()
        .map(|(batch, own)| {
            units.amount(batch as u32, own.quantity, own.unit, || RecordRef {
                table: Table::Batches,
                code: builder.batch_codes.text(batch as u32).to_owned(),
                source: own.source,
            })
        })
        .collect();
    let mut findings = units.findings;
    let mut batches = batches;
    let has_output = mark_production(&builder, &line_amounts, &own_amounts, &mut batches);

    let times = transformation_times(&builder);
    let (mut protos, shown) =
        proto_stocks(&builder, &batches, &has_output, &times, &self_shipments);
    let (order, rank) = proto_order(&protos);
    protos = order.iter().map(|p| protos[*p as usize]).collect();
    let (stocks, numbers) = Stocks::number(&protos, operators.len(), batches.len());
    let stock = |proto: u32| numbers[rank[proto as usize] as usize];

    let shipments = shipment_rows(&builder, &shipment_amounts, &shown.shipments, &stock);
    let transformed = transformations(&builder, &line_amounts, &times, &shown.lines, &stock);
    let mut removals: Vec<RemovalRow> = builder
        .removals
        .iter()
        .zip(removal_amounts.iter().zip(&shown.removals))
        .map(|(raw, (amount, proto))| RemovalRow {
            stock: stock(*proto),
            time: raw.removed_on,
            amount: *amount,
            reason: raw.reason,
            source: raw.source,
        })
        .collect();
    removals.sort_by_key(|row| (row.stock, row.time, row.amount, row.reason, row.source));
    let removal_starts = starts(stocks.len(), removals.iter().map(|row| row.stock.0));
    let samples = sample_rows(&builder, &shown.samples, &stock);
    let mut cleanings: Vec<CleaningRow> = builder
        .cleanings
        .iter()
        .map(|raw| CleaningRow { operator: OperatorId(raw.operator), time: raw.cleaned_on })
        .collect();
    cleanings.sort_by_key(|row| (row.operator, row.time));

    let hubs = stocks.orphan_hubs(batches.len());
    let parts =
        Parts { shipments: &shipments, transformed: &transformed, stocks: &stocks, hubs: &hubs };
    let links = LinkIndex::build(&parts)?;
    let at_operators = &transformed.at_operators;
    let transformations_at = Groups::build(
        operators.len(),
        TransformationId(0),
        || at_operators.iter().copied(),
        Ord::cmp,
    );

    let mut chain = SupplyChain {
        options: builder.options.clone(),
        files: std::mem::take(&mut builder.files),
        texts: std::mem::take(&mut builder.texts),
        operator_codes: std::mem::take(&mut builder.operator_codes),
        product_codes: std::mem::take(&mut builder.product_codes),
        batch_codes: std::mem::take(&mut builder.batch_codes),
        region_codes: std::mem::take(&mut builder.region_codes),
        transformation_codes: std::mem::take(&mut builder.transformation_codes),
        shipment_codes: std::mem::take(&mut builder.shipment_codes),
        operators,
        products,
        batches,
        regions,
        shipments,
        transformations: transformed.rows,
        lines: transformed.lines,
        line_sources: transformed.sources,
        processes: transformed.processes,
        removals,
        removal_starts,
        transformations_at,
        samples,
        cleanings,
        stocks,
        links,
    };
    drop(builder);
    let contradicting = chain.contradicting();
    checks::run(&chain, &self_shipments, &contradicting, &mut findings);
    chain.mark_contradicting(&contradicting);
    findings.sort();
    findings.dedup();
    Ok(Built { chain, findings })
}

impl SupplyChain {
    /// Takes the departures of links, named by stock and place among its outgoing ones, as
    /// unknown and the links as possible only.
    fn mark_contradicting(&mut self, marked: &[(StockId, u32)]) {
        for (stock, at) in marked {
            let link = self.links.out.get(stock.0)[*at as usize];
            if let Node::Transformation(id) = Node::of(link.node) {
                self.transformations[id.index()].contradicted = true;
                self.lines[link.record() as usize].contradicted = true;
            }
        }
        self.links.mark_contradicting(marked);
    }
}

/// Numbers operators, products, batches, regions and transformations in the order of their codes.
fn renumber(builder: &mut ChainBuilder) {
    let operators = builder.operator_codes.sort();
    let products = builder.product_codes.sort();
    let batches = builder.batch_codes.sort();
    let regions = builder.region_codes.sort();
    let transformations = builder.transformation_codes.sort();
    let region = |code: &mut u32| {
        if *code != NONE {
            *code = regions[*code as usize];
        }
    };
    for row in &mut builder.regions {
        region(&mut row.code);
        region(&mut row.parent);
    }
    for row in &mut builder.operators {
        row.code = operators[row.code as usize];
        region(&mut row.region);
    }
    for row in &mut builder.products {
        row.code = products[row.code as usize];
    }
    for row in &mut builder.batches {
        row.code = batches[row.code as usize];
        row.product = products[row.product as usize];
        row.operator = operators[row.operator as usize];
    }
    for row in &mut builder.shipments {
        row.batch = batches[row.batch as usize];
        row.from = operators[row.from as usize];
        row.to = operators[row.to as usize];
    }
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

/// Sorts transformation lines by transformation, role, stock and content.
fn sort_lines(builder: &mut ChainBuilder) {
    use rayon::prelude::*;
    let mut lines = std::mem::take(&mut builder.lines);
    lines.par_sort_unstable_by(|a, b| line_key(a).cmp(&line_key(b)));
    builder.lines = lines;
}

fn line_key(raw: &RawLine) -> impl Ord + use<> {
    (
        (raw.code, raw.role, raw.operator, raw.batch),
        (raw.transformed_on, raw.quantity, raw.unit, raw.process, raw.source),
    )
}

/// Settles what a batch's production is, and returns which batches a transformation outputs.
fn mark_production(
    builder: &ChainBuilder,
    line_amounts: &[Option<Amount>],
    own_amounts: &[Option<Amount>],
    batches: &mut [BatchRow],
) -> Vec<bool> {
    let mut has_output = vec![false; batches.len()];
    let mut has_quantity = vec![false; batches.len()];
    for (raw, amount) in builder.lines.iter().zip(line_amounts) {
        if raw.role == Role::Output {
            has_output[raw.batch as usize] = true;
            has_quantity[raw.batch as usize] |= amount.is_some();
        }
    }
    for ((row, own), has_quantity) in batches.iter_mut().zip(own_amounts).zip(has_quantity) {
        row.amount = *own;
        row.own_quantity = row.producer.is_some() && !has_quantity;
    }
    has_output
}

fn shipment_rows(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    shown: &[(u32, u32)],
    stock: &(impl Fn(u32) -> StockId + Sync),
) -> Vec<ShipmentRow> {
    use rayon::prelude::*;
    let mut rows: Vec<ShipmentRow> = builder
        .shipments
        .par_iter()
        .zip(amounts.par_iter().zip(shown))
        .map(|(raw, (amount, (from, to)))| {
            let (departs, arrives) = shipment_times(raw);
            ShipmentRow {
                from: stock(*from),
                to: stock(*to),
                departs,
                arrives,
                amount: *amount,
                code: raw.code,
                source: raw.source,
            }
        })
        .collect();
    let text = |row: &ShipmentRow| builder.shipment_codes.text(row.code);
    let key = |row: &ShipmentRow| (row.from, row.departs, row.arrives, row.to, row.amount);
    rows.par_sort_unstable_by(|a, b| {
        key(a).cmp(&key(b)).then_with(|| text(a).cmp(text(b))).then_with(|| a.source.cmp(&b.source))
    });
    rows
}

fn sample_rows(
    builder: &ChainBuilder,
    shown: &[u32],
    stock: &impl Fn(u32) -> StockId,
) -> Vec<SampleRow> {
    let mut rows: Vec<SampleRow> = builder
        .samples
        .iter()
        .zip(shown)
        .map(|(raw, proto)| SampleRow {
            code: raw.code,
            stock: stock(*proto),
            kind: raw.kind,
            sampled_on: raw.sampled_on,
            reported_on: raw.reported_on,
            verdict: raw.verdict,
            test_item: raw.test_item,
            measured: raw.measured,
            limit: raw.limit,
            hazard: raw.hazard,
            source: raw.source,
        })
        .collect();
    let key = |row: &SampleRow| {
        let text = |id| builder.texts.text(id);
        (
            (text(row.code), row.stock, row.kind, row.sampled_on, row.reported_on, row.verdict),
            (text(row.test_item), text(row.measured), text(row.limit), row.hazard, row.source),
        )
    };
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}
