//! From raw records to the frozen chain. Nothing here depends on the order records came in.

use hashbrown::HashSet;
use rayon::prelude::*;

use super::builder::{ChainBuilder, RawLine, RawRemoval};
use super::codes::Codes;
use super::ends::{Ends, Sides};
use super::extent::Extent;
use super::finding::{RecordRef, Table};
use super::groups::Groups;
use super::index::{LinkIndex, Node, Parts};
use super::numbers::Numbers;
use super::records::{BatchRow, SampleRow};
use super::refs::{line_ref, removal_ref, shipment_ref};
use super::removals::{self, RemovalRow};
use super::repeats::{drop_repeated_shipments, note_identical_lines, take_self_shipments};
use super::shown::proto_stocks;
use super::stocks::Stocks;
use super::tables::{batches, operators, products, regions};
use super::transform::{transformation_times, transformations};
use super::units::{Units, base_units};
use super::waybills::waybills;
use super::{Built, SupplyChain, checks};
use crate::error::{Capacity, Error};
use crate::id::{StockId, TransformationId};
use crate::model::Role;
use crate::quantity::Amount;
use crate::time::Span;

pub(super) fn freeze(mut builder: ChainBuilder) -> Result<Built, Error> {
    let numbers = Numbers::by_code(&mut builder);
    numbers.apply(&mut builder);
    let mut findings = Vec::new();
    drop_repeated_shipments(&mut builder, &mut findings);
    let operators = operators(&builder, &mut findings);
    let regions = regions(&builder, &mut findings);
    let products = products(&builder, &mut findings).into();
    let (mut batches, own) = batches(&builder, &mut findings);
    base_units(&builder, &mut batches, &own, &products);
    let mut batches = batches.into();
    let mut units = Units { batches: &batches, products: &products, findings };

    let self_shipments = take_self_shipments(&mut builder);
    let shipment_amounts = units.amounts(
        builder.shipments.len(),
        |at| (builder.shipments[at].batch, builder.shipments[at].quantity()),
        |at| shipment_ref(&builder, &builder.shipments[at]),
    );
    let removal_amounts = units.amounts(
        builder.removals.len(),
        |at| builder.removals[at].written(),
        |at| removal_ref(&builder, &builder.removals[at]),
    );
    sort_lines(&mut builder);
    let line_amounts = units.amounts(
        builder.lines.len(),
        |at| builder.lines[at].written(),
        |at| line_ref(&builder, &builder.lines[at]),
    );
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
    let has_output = mark_production(&builder, &line_amounts, &own_amounts, batches.base_mut());

    let times = transformation_times(&builder);
    let (shown, ()) = rayon::join(
        || proto_stocks(&builder, batches.base(), &has_output, &times, &self_shipments),
        || note_identical_lines(&builder, &mut findings),
    );
    let (protos, shown) = shown.ok_or_else(|| Capacity::new("records"))?;
    let (stocks, numbers) = Stocks::number(&protos, operators.len(), batches.len());
    drop(protos);
    let stock = |proto: u32| numbers[proto as usize];

    let hubs = stocks.orphan_hubs(batches.len());
    let mut apart = vec![false; stocks.len()];
    let inputs = builder.lines.iter().zip(&shown.lines);
    for (_, proto) in inputs.filter(|(raw, _)| raw.role == Role::Input) {
        apart[stock(*proto).index()] = true;
    }
    hubs.iter().flat_map(|hub| stocks.of_batch(*hub)).for_each(|it| apart[it.index()] = true);
    let raw = std::mem::take(&mut builder.shipments);
    let (waybills, (transformed, removals)) = rayon::join(
        || waybills(raw, &builder.shipment_codes, &shipment_amounts, &shown, &numbers, &apart),
        || {
            let removals = removal_rows(&builder, &removal_amounts, &shown.removals, &stock);
            let pack = |at: usize| removals[at];
            (
                transformations(&builder, &line_amounts, &times, &shown.lines, &stock),
                removals::Base::pack(removals.len(), stocks.len(), pack),
            )
        },
    );
    let (shipments, starts, shipment_codes) = waybills;
    drop(shipment_amounts);
    let samples = sample_rows(&builder, &shown.samples, &stock);
    let cleanings = || builder.cleanings.iter().map(|raw| (raw.operator, raw.cleaned_on));
    let cleanings_at =
        Groups::build(operators.len(), Span::UNKNOWN, cleanings, |span| span, Ord::cmp);

    let parts =
        Parts { transformed: &transformed, stocks: &stocks, batches: &batches, hubs: &hubs };
    let (links, shipments) = LinkIndex::build(&parts, shipments, starts)?;
    let at_operators = &transformed.at_operators;
    let transformations_at = Groups::build(
        operators.len(),
        TransformationId(0),
        || at_operators.iter().copied(),
        |id| id,
        Ord::cmp,
    );

    let mut chain = SupplyChain {
        options: builder.options.clone(),
        files: std::mem::take(&mut builder.files),
        texts: std::mem::take(&mut builder.texts).into(),
        operator_codes: Codes::sorted(std::mem::take(&mut builder.operator_codes)),
        product_codes: Codes::sorted(std::mem::take(&mut builder.product_codes)),
        batch_codes: Codes::sorted(std::mem::take(&mut builder.batch_codes)),
        region_codes: Codes::sorted(std::mem::take(&mut builder.region_codes)),
        transformation_codes: Codes::sorted(std::mem::take(&mut builder.transformation_codes)),
        shipment_codes: shipment_codes.into(),
        operators: operators.into(),
        products,
        batches,
        regions: regions.into(),
        shipments,
        transformations: transformed.rows.into(),
        lines: exact(transformed.lines).into(),
        line_sources: transformed.sources.into(),
        processes: exact(transformed.processes).into(),
        removals: removals.into(),
        transformations_at,
        contradicted_lines: HashSet::new(),
        grown: false,
        inferred: None,
        samples: samples.into(),
        cleanings_at,
        stocks,
        links,
    };
    drop(builder);
    let contradicting = chain.contradicting();
    let written: Vec<_> = contradicting.iter().map(|at| chain.contradiction(*at)).collect();
    checks::run(&chain, &Extent::all(&chain), &self_shipments, &written, &mut findings);
    chain.mark_contradicting(&contradicting);
    let sides = Sides { out: &chain.links.out, into: &chain.links.into };
    chain.links.ends = Ends::build(sides, chain.transformations.base(), chain.lines.base());
    chain.stocks.balances = chain.balances().into();
    findings.sort();
    findings.dedup();
    Ok(Built { chain, findings })
}

impl SupplyChain {
    /// Takes the departures of links, named by stock and place among its outgoing ones, as
    /// unknown and the links as possible only.
    fn mark_contradicting(&mut self, marked: &[(StockId, u32)]) {
        for (stock, at) in marked {
            let link = self.links.out.get(stock.0).at(*at as usize);
            if let Node::Transformation(id) = Node::of(link.node) {
                self.transformations.base_mut()[id.index()].contradicted = true;
                self.contradicted_lines.insert(link.record());
            }
        }
        self.links.mark_contradicting(marked);
    }
}

/// A table without room for more rows.
fn exact<T>(mut rows: Vec<T>) -> Vec<T> {
    rows.shrink_to_fit();
    rows
}

/// Sorts transformation lines by transformation, role, stock and content.
pub(super) fn sort_lines(builder: &mut ChainBuilder) {
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

fn removal_rows(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    shown: &[u32],
    stock: &impl Fn(u32) -> StockId,
) -> Vec<RemovalRow> {
    let rows = builder.removals.iter().zip(amounts.iter().zip(shown));
    let row = |(raw, (amount, proto)): (&RawRemoval, (&Option<Amount>, &u32))| RemovalRow {
        stock: stock(*proto),
        time: raw.removed_on,
        amount: *amount,
        reason: raw.reason,
        source: raw.source,
    };
    let mut rows: Vec<RemovalRow> = rows.map(row).collect();
    rows.par_sort_by_key(|row| (row.stock, row.time, row.amount, row.reason, row.source));
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
