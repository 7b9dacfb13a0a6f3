//! From raw records to the frozen chain. Nothing here depends on the order records came in.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::builder::{ChainBuilder, RawLine, RawRemoval};
use super::codes::Codes;
use super::column::Column;
use super::ends::{Ends, Sides};
use super::extent::Extent;
use super::finding::{RecordRef, Table};
use super::groups::Groups;
use super::index::{LinkIndex, Node, Parts};
use super::ledger::Tolerance;
use super::lookalike::{self, LookAlikes};
use super::lots;
use super::making::{Evidence, Flows};
use super::marks::Marks;
use super::numbers::Numbers;
use super::origin::Origin;
use super::records::{BatchRow, SampleRow};
use super::refs::{line_ref, removal_ref, shipment_ref};
use super::removals::{self, RemovalRow};
use super::repeats::{drop_repeated_shipments, note_identical_lines, take_self_shipments};
use super::reports::{self, Amounts, FurtherSources};
use super::shown::proto_stocks;
use super::stocks::Stocks;
use super::tables::{batches, operators, products, regions};
use super::tags::Tag;
use super::transform::{plus, transformation_times, transformations};
use super::units::{Units, base_units, named_products, packs};
use super::waybills::{Waybills, waybills};
use super::{Built, SupplyChain, checks};
use crate::error::{Capacity, Error};
use crate::id::{OperatorId, ProductId, StockId, TransformationId};
use crate::model::{RemovalReason, Role};
use crate::quantity::Amount;
use crate::time::Span;

pub(super) fn freeze(mut builder: ChainBuilder) -> Result<Built, Error> {
    let mut findings = Vec::new();
    drop_repeated_shipments(&mut builder, &mut findings);
    let any_shared = lots::settle(&mut builder, &mut findings)?;
    let numbers = Numbers::by_code(&mut builder);
    numbers.apply(&mut builder);
    let operators = operators(&builder, &mut findings);
    let regions = regions(&builder, &mut findings);
    let products = products(&builder, &mut findings).into();
    let (mut batches, own) = batches(&builder, &mut findings);
    let is_open = |batch: u32| batches[batch as usize].producer.is_none();
    for (batch, product) in
        named_products(&builder, is_open, |code| builder.product_codes.get(code))
    {
        batches[batch as usize].product = Some(ProductId(product));
    }
    let packs = packs(&builder, &batches, &products, &mut findings)?;
    base_units(&builder, &mut batches, &own, &products, &packs);
    let mut batches = Column::from(batches);
    sort_lines(&mut builder);
    let mut further_sources = FurtherSources::new();
    if builder.tags.has_reporters() {
        // Which rows are one record shows in base units, and what most records are written in once
        // these rows are merged.
        let units = &mut Units {
            batches: &batches,
            products: &products,
            packs: &packs,
            findings: Vec::new(),
        };
        let mut found = amounts(&builder, units);
        further_sources = reports::merge(&mut builder, &mut found, &mut findings);
        base_units(&builder, batches.base_mut(), &own, &products, &packs);
    }
    let self_shipments = take_self_shipments(&mut builder);
    let mut units = Units { batches: &batches, products: &products, packs: &packs, findings };
    let Amounts { shipments: shipment_amounts, lines: line_amounts, removals: removal_amounts } =
        amounts(&builder, &mut units);
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
    let times = transformation_times(&builder);
    let found =
        Amounts { shipments: shipment_amounts, lines: line_amounts, removals: removal_amounts };
    judge_makings(&builder, &found, &own_amounts, &times, batches.base_mut());
    let Amounts { shipments: shipment_amounts, lines: line_amounts, removals: removal_amounts } =
        found;

    let (shown, ()) = rayon::join(
        || proto_stocks(&builder, batches.base(), &times, &self_shipments),
        || note_identical_lines(&builder, &mut findings),
    );
    let (protos, shown) = shown.ok_or_else(|| Capacity::of_words("records"))?;
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
        || {
            let codes = &builder.shipment_codes;
            waybills(raw, codes, &shipment_amounts, &shown, &numbers, &apart, any_shared)
        },
        || {
            let removals = removal_rows(&builder, &removal_amounts, &shown.removals, &stock);
            let pack = |at: usize| removals[at];
            (
                transformations(&builder, &line_amounts, &times, &shown.lines, &stock),
                removals::Base::pack(removals.len(), stocks.len(), pack),
            )
        },
    );
    let Waybills { base: shipments, starts, codes: shipment_codes, shared } = waybills;
    drop(shipment_amounts);
    let samples = sample_rows(&builder, &shown.samples, &stock);
    let cleanings = || builder.cleanings.iter().map(|raw| (raw.operator, raw.cleaned_on));
    let cleanings_at =
        Groups::build(operators.len(), Span::UNKNOWN, cleanings, |span| span, Ord::cmp);

    let parts =
        Parts { transformed: &transformed, stocks: &stocks, batches: &batches, hubs: &hubs };
    let (mut links, shipments) = LinkIndex::build(&parts, shipments, starts)?;
    let shared = Marks { shipments: shared, lines: transformed.shared.clone() };
    links.mark_shared(&shared, stocks.len());
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
        contradicted: Marks::default(),
        shared,
        packs: Arc::new(packs),
        further_sources: Arc::new(further_sources),
        reported: builder.tags.has_reporters(),
        grown: false,
        look_alikes: LookAlikes::default(),
        origin: Origin::default(),
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
    let sides =
        Sides { out: &chain.links.out, into: &chain.links.into, shared: &chain.shared.lines };
    chain.links.ends = Ends::build(sides, chain.transformations.base(), chain.lines.base());
    chain.stocks.balances = chain.balances().into();
    lookalike::findings(&chain, &mut findings);
    chain.origin = Origin::of(&chain);
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
                self.contradicted.lines.insert(link.record());
            } else {
                self.contradicted.shipments.insert(link.record());
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

/// The quantities of all records in base units. Lines are sorted.
fn amounts(builder: &ChainBuilder, units: &mut Units<'_>) -> Amounts {
    let shipments = units.amounts(
        builder.shipments.len(),
        |at| (builder.shipments[at].batch, builder.shipments[at].quantity()),
        |at| shipment_ref(builder, &builder.shipments[at]),
    );
    let removals = units.amounts(
        builder.removals.len(),
        |at| builder.removals[at].written(),
        |at| removal_ref(builder, &builder.removals[at]),
    );
    let lines = units.amounts(
        builder.lines.len(),
        |at| builder.lines[at].written(),
        |at| line_ref(builder, &builder.lines[at]),
    );
    Amounts { shipments, lines, removals }
}

/// The sums of neighbouring lines of one transformation, role and stock: the first of them, the
/// sum, which is unknown where any of them is.
fn sums<'a>(
    builder: &'a ChainBuilder,
    amounts: &'a [Option<Amount>],
) -> impl Iterator<Item = (&'a RawLine, Option<Amount>)> {
    let stock = |raw: &RawLine| (raw.code, raw.role, raw.operator, raw.batch);
    let mut at = 0;
    builder.lines.chunk_by(move |a, b| stock(a) == stock(b)).map(move |lines| {
        let amounts = &amounts[at..at + lines.len()];
        at += lines.len();
        let sum = amounts.iter().copied().reduce(|a, b| a.zip(b).map(|(a, b)| plus(a, b)));
        (&lines[0], sum.flatten())
    })
}

/// Judges what the row of each batch stands for.
fn judge_makings(
    builder: &ChainBuilder,
    amounts: &Amounts,
    own: &[Option<Amount>],
    times: &[(Span, bool)],
    batches: &mut [BatchRow],
) {
    let tolerance = Tolerance::new(builder.options.balance_tolerance);
    let rows = batches.iter().zip(own);
    let mut evidence: Vec<Evidence> =
        rows.map(|(row, own)| Evidence::of_row(*own, row.produced_on)).collect();
    for (raw, amount) in sums(builder, &amounts.lines) {
        if raw.role == Role::Output {
            let earliest = times[raw.code as usize].0.earliest;
            evidence[raw.batch as usize].add_output(amount, earliest);
        }
    }
    let mut flows: HashMap<u32, Flows> = HashMap::new();
    for (batch, (row, evidence)) in (0..).zip(batches.iter().zip(&evidence)) {
        if row.producer.is_some() && evidence.outputs > 0 && evidence.is_candidate(tolerance) {
            flows.insert(batch, Flows::default());
        }
    }
    if !flows.is_empty() {
        gather_flows(builder, amounts, batches, &mut flows);
    }
    for (batch, ((row, own), evidence)) in (0..).zip(batches.iter_mut().zip(own).zip(evidence)) {
        row.amount = *own;
        if row.producer.is_some() {
            let flows = || flows.get(&batch).copied().unwrap_or_default();
            row.making = evidence.judge(tolerance, flows);
        }
    }
}

/// What left the producer's stock of some batches, and what came into it. Rows that stand for
/// several lots are left out.
fn gather_flows(
    builder: &ChainBuilder,
    amounts: &Amounts,
    batches: &[BatchRow],
    flows: &mut HashMap<u32, Flows>,
) {
    let is_here = |batch: u32, operator: u32, tag: Tag| {
        batches[batch as usize].producer == Some(OperatorId(operator)) && !tag.is_shared()
    };
    let mut add = |batch: u32, operator: u32, tag: Tag, add: &dyn Fn(&mut Flows)| {
        if let Some(flows) = flows.get_mut(&batch)
            && is_here(batch, operator, tag)
        {
            add(flows);
        }
    };
    for (raw, amount) in builder.shipments.iter().zip(&amounts.shipments) {
        add(raw.batch, raw.from, raw.tag, &|flows| flows.add_left(*amount));
        add(raw.batch, raw.to, raw.tag, &|flows| flows.came.add(*amount));
    }
    for (raw, amount) in sums(builder, &amounts.lines) {
        add(raw.batch, raw.operator, raw.tag, &|flows| match raw.role {
            Role::Input => flows.add_left(amount),
            Role::Output => flows.came.add(amount),
        });
    }
    for (raw, amount) in builder.removals.iter().zip(&amounts.removals) {
        add(raw.batch, raw.operator, raw.tag, &|flows| match raw.reason {
            Some(RemovalReason::Gained) => flows.came.add(*amount),
            _ => flows.add_left(*amount),
        });
    }
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
