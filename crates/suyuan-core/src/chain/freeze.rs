//! From raw records to the frozen chain. Nothing here depends on the order records came in.

use hashbrown::HashMap;

use super::builder::{ChainBuilder, Conflict, NONE, RawLine, RawRemoval, RawShipment};
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::index::{Entry, LinkIndex, POSSIBLE};
use super::records::{
    BatchRow, CleaningRow, LineRow, OperatorRow, ProductRow, RegionRow, RemovalRow, SampleRow,
    ShipmentRow, TransformationRow,
};
use super::stocks::{Proto, Stocks, starts};
use super::units::{Units, base_units};
use super::{Built, SupplyChain, checks, registry};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, ProductId, RegionId, StockId, TransformationId};
use crate::model::{Role, Source};
use crate::quantity::Amount;
use crate::time::{Minute, Span};

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
    let (mut protos, known) =
        proto_stocks(&builder, &batches, &has_output, &times, &self_shipments);
    let (order, rank) = proto_order(&protos);
    protos = order.iter().map(|p| protos[*p as usize]).collect();
    let (stocks, numbers) = Stocks::number(&protos, operators.len(), batches.len());
    let stock = |batch: u32, operator: u32| -> StockId {
        known
            .get(&key(batch, operator))
            .map_or(StockId(0), |proto| numbers[rank[*proto as usize] as usize])
    };

    let shipments = shipment_rows(&builder, &shipment_amounts, &stock);
    let transformed = transformations(&builder, &line_amounts, &times, &stock);
    let mut removals: Vec<RemovalRow> = builder
        .removals
        .iter()
        .zip(&removal_amounts)
        .map(|(raw, amount)| RemovalRow {
            stock: stock(raw.batch, raw.operator),
            time: raw.removed_on,
            amount: *amount,
            reason: raw.reason,
            source: raw.source,
        })
        .collect();
    removals.sort_by_key(|row| (row.stock, row.time, row.amount, row.reason, row.source));
    let removal_starts = starts(stocks.len(), removals.iter().map(|row| row.stock.0));
    let samples = sample_rows(&builder, &stock);
    let mut cleanings: Vec<CleaningRow> = builder
        .cleanings
        .iter()
        .map(|raw| CleaningRow { operator: OperatorId(raw.operator), time: raw.cleaned_on })
        .collect();
    cleanings.sort_by_key(|row| (row.operator, row.time));

    let hubs = orphan_hubs(&stocks, batches.len());
    let entries = entries(&shipments, &transformed, &stocks, &hubs);
    let mut links = LinkIndex::build(stocks.len(), transformed.rows.len(), hubs, &entries)?;
    drop(entries);
    links.index_transformations(operators.len(), &transformed.at_operators);

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
        samples,
        cleanings,
        stocks,
        links,
    };
    drop(builder);
    let contradicting = chain.contradicting();
    checks::run(&chain, &self_shipments, &contradicting, &mut findings);
    chain.links.mark_contradicting(&contradicting);
    findings.sort();
    findings.dedup();
    Ok(Built { chain, findings })
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

/// The codes of registry tables whose rows differ.
pub(super) fn conflicts(builder: &ChainBuilder) -> Vec<Conflict> {
    let mut found = registry::conflicts(builder, &builder.regions);
    found.extend(registry::conflicts(builder, &builder.operators));
    found.extend(registry::conflicts(builder, &builder.products));
    found.extend(registry::conflicts(builder, &builder.batches));
    found.sort_by(|a, b| (a.table, &a.code).cmp(&(b.table, &b.code)));
    found
}

fn region_id(code: u32) -> Option<RegionId> {
    (code != NONE).then_some(RegionId(code))
}

fn operators(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<OperatorRow> {
    registry::resolve(builder, &builder.operators, findings)
        .into_iter()
        .map(|raw| match raw {
            None => OperatorRow { name: NONE, ..OperatorRow::default() },
            Some(raw) => OperatorRow {
                registered: true,
                name: raw.name,
                stage: raw.stage,
                region: region_id(raw.region),
                risk_grade: raw.risk_grade,
                place: raw.place,
                source: raw.source,
            },
        })
        .collect()
}

fn regions(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<RegionRow> {
    registry::resolve(builder, &builder.regions, findings)
        .into_iter()
        .map(|raw| match raw {
            None => RegionRow { name: NONE, ..RegionRow::default() },
            Some(raw) => RegionRow {
                registered: true,
                name: raw.name,
                level: raw.level,
                parent: region_id(raw.parent),
                population: raw.population,
                source: raw.source,
            },
        })
        .collect()
}

fn products(builder: &ChainBuilder, findings: &mut Vec<Finding>) -> Vec<ProductRow> {
    registry::resolve(builder, &builder.products, findings)
        .into_iter()
        .map(|raw| match raw {
            None => ProductRow { name: NONE, category: NONE, ..ProductRow::default() },
            Some(raw) => ProductRow {
                registered: true,
                name: raw.name,
                category: raw.category,
                shelf_life_days: raw.shelf_life_days,
                base_unit: raw.base_unit,
                pack_quantity: raw.pack_quantity,
                source: raw.source,
            },
        })
        .collect()
}

/// A batch's own quantity as written.
#[derive(Clone, Copy, Default)]
struct Own {
    quantity: Option<rust_decimal::Decimal>,
    unit: Option<crate::quantity::Unit>,
    source: Source,
}

fn batches(
    builder: &ChainBuilder,
    products: &[ProductRow],
    findings: &mut Vec<Finding>,
) -> (Vec<BatchRow>, Vec<Own>) {
    let kept = registry::resolve(builder, &builder.batches, findings);
    let own: Vec<Own> = kept
        .iter()
        .map(|raw| {
            raw.map_or_else(Own::default, |raw| Own {
                quantity: raw.quantity,
                unit: raw.unit,
                source: raw.source,
            })
        })
        .collect();
    let mut rows: Vec<BatchRow> = kept
        .into_iter()
        .map(|raw| {
            raw.map_or_else(BatchRow::default, |raw| BatchRow {
                product: Some(ProductId(raw.product)),
                producer: Some(OperatorId(raw.operator)),
                produced_on: raw.produced_on,
                expires_on: raw.expires_on,
                origin: raw.origin,
                certificate: raw.certificate,
                source: raw.source,
                ..BatchRow::default()
            })
        })
        .collect();
    let units: Vec<_> = own.iter().map(|own| own.unit).collect();
    base_units(builder, &mut rows, &units, products);
    (rows, own)
}

fn key(batch: u32, operator: u32) -> u64 {
    u64::from(operator) << 32 | u64::from(batch)
}

fn pair_label(builder: &ChainBuilder, batch: u32, operator: u32) -> String {
    format!("{}@{}", builder.batch_codes.text(batch), builder.operator_codes.text(operator))
}

fn shipment_ref(builder: &ChainBuilder, raw: &RawShipment) -> RecordRef {
    RecordRef {
        table: Table::Shipments,
        code: builder.shipment_codes.text(raw.code).to_owned(),
        source: raw.source,
    }
}

fn line_ref(builder: &ChainBuilder, raw: &RawLine) -> RecordRef {
    RecordRef {
        table: Table::Transformations,
        code: builder.transformation_codes.text(raw.code).to_owned(),
        source: raw.source,
    }
}

/// A shipment from an operator to itself: shows a stock, makes no link.
pub(super) struct SelfShipment {
    pub(super) batch: u32,
    pub(super) operator: u32,
    begins: Minute,
    pub(super) record: RecordRef,
}

fn take_self_shipments(builder: &mut ChainBuilder) -> Vec<SelfShipment> {
    let taken: Vec<RawShipment> =
        builder.shipments.extract_if(.., |raw| raw.from == raw.to).collect();
    taken
        .into_iter()
        .map(|raw| {
            let (departs, arrives) = shipment_times(&raw);
            SelfShipment {
                batch: raw.batch,
                operator: raw.from,
                begins: departs.earliest.min(arrives.earliest),
                record: shipment_ref(builder, &raw),
            }
        })
        .collect()
}

/// Departure and arrival: a missing one is bounded by the other.
fn shipment_times(raw: &RawShipment) -> (Span, Span) {
    let (shipped, received) = (raw.shipped_on, raw.received_on);
    let departs = if shipped.is_unknown() {
        Span { earliest: Minute::UNBOUNDED_PAST, latest: received.latest }
    } else {
        shipped
    };
    let arrives = if received.is_unknown() {
        Span { earliest: shipped.earliest, latest: Minute::UNBOUNDED_FUTURE }
    } else {
        received
    };
    (departs, arrives)
}

/// Counts rows that say the same once, and notes waybills of several lines.
fn drop_repeated_shipments(builder: &mut ChainBuilder, findings: &mut Vec<Finding>) {
    use rayon::prelude::*;
    let content = |raw: &RawShipment| {
        (
            raw.code,
            (raw.batch, raw.from, raw.to, raw.shipped_on, raw.received_on),
            (raw.quantity, raw.unit, raw.digest),
        )
    };
    builder
        .shipments
        .par_sort_unstable_by(|a, b| (content(a), a.source).cmp(&(content(b), b.source)));
    let mut rows = std::mem::take(&mut builder.shipments);
    for group in rows.chunk_by(|a, b| a.code == b.code).filter(|group| group.len() > 1) {
        let code = builder.shipment_codes.text(group[0].code);
        let mut lines = 0;
        for same in group.chunk_by(|a, b| content(a) == content(b)) {
            lines += 1;
            if same.len() > 1 {
                findings.push(Finding::new(
                    FindingCode::DuplicateRow,
                    format!("shipments {code}: {} identical rows count once", same.len()),
                    same.iter().map(|raw| shipment_ref(builder, raw)).collect(),
                ));
            }
        }
        if lines > 1 {
            findings.push(Finding::new(
                FindingCode::WaybillLines,
                format!("shipments {code}: a waybill of {lines} lines"),
                group.iter().map(|raw| shipment_ref(builder, raw)).collect(),
            ));
        }
    }
    rows.dedup_by(|later, first| content(later) == content(first));
    builder.shipments = rows;
}

/// Sorts transformation lines by transformation, role, stock and content.
fn sort_lines(builder: &mut ChainBuilder) {
    use rayon::prelude::*;
    let mut lines = std::mem::take(&mut builder.lines);
    lines.par_sort_unstable_by(|a, b| line_key(a).cmp(&line_key(b)));
    builder.lines = lines;
}

/// Notes transformation lines and removals that say the same; all of them count.
fn note_identical_lines(builder: &ChainBuilder, findings: &mut Vec<Finding>) {
    let content = |raw: &RawLine| {
        (
            (raw.code, raw.role, raw.operator, raw.batch),
            (raw.transformed_on, raw.quantity, raw.unit, raw.process),
        )
    };
    for same in builder.lines.chunk_by(|a, b| content(a) == content(b)) {
        if same.len() > 1 {
            let code = builder.transformation_codes.text(same[0].code);
            findings.push(Finding::new(
                FindingCode::IdenticalLines,
                format!("transformations {code}: {} identical lines, all counted", same.len()),
                same.iter().map(|raw| line_ref(builder, raw)).collect(),
            ));
        }
    }
    let content = |raw: &RawRemoval| {
        ((raw.batch, raw.operator, raw.removed_on), (raw.quantity, raw.unit, raw.reason))
    };
    let mut removals: Vec<&RawRemoval> = builder.removals.iter().collect();
    removals.sort_by_key(|raw| (content(raw), raw.source));
    for same in removals.chunk_by(|a, b| content(a) == content(b)) {
        if same.len() > 1 {
            let label = pair_label(builder, same[0].batch, same[0].operator);
            findings.push(Finding::new(
                FindingCode::IdenticalLines,
                format!("removals {label}: {} identical rows, all counted", same.len()),
                same.iter().map(|raw| removal_ref(builder, raw)).collect(),
            ));
        }
    }
}

fn removal_ref(builder: &ChainBuilder, raw: &RawRemoval) -> RecordRef {
    RecordRef {
        table: Table::Removals,
        code: pair_label(builder, raw.batch, raw.operator),
        source: raw.source,
    }
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

/// The hull of each transformation's dates, and whether every line is dated to the day.
fn transformation_times(builder: &ChainBuilder) -> Vec<(Span, bool)> {
    let mut times: Vec<Option<(Span, bool)>> = vec![None; builder.transformation_codes.len()];
    for raw in &builder.lines {
        let dated = raw.transformed_on.is_dated_to_day();
        let time = &mut times[raw.code as usize];
        *time = Some(match *time {
            None => (raw.transformed_on, dated),
            Some((hull, all)) => (hull.hull(raw.transformed_on), all && dated),
        });
    }
    times.into_iter().map(|time| time.unwrap_or((Span::UNKNOWN, false))).collect()
}

/// Every pair of a batch and an operator that a record shows, with its first event and the
/// earliest begin of its records; and where each pair stands.
fn proto_stocks(
    builder: &ChainBuilder,
    batches: &[BatchRow],
    has_output: &[bool],
    times: &[(Span, bool)],
    self_shipments: &[SelfShipment],
) -> (Vec<Proto>, HashMap<u64, u32>) {
    let mut known: HashMap<u64, u32> = HashMap::with_capacity(builder.shipments.len());
    let mut protos: Vec<Proto> = Vec::new();
    let never = Minute::UNBOUNDED_FUTURE;
    let mut show = |batch: u32, operator: u32, first: Minute, begins: Minute| {
        let at = *known.entry(key(batch, operator)).or_insert_with(|| {
            protos.push(Proto { operator, batch, first: never, begun: never });
            protos.len() as u32 - 1
        });
        let proto = &mut protos[at as usize];
        proto.first = proto.first.min(first);
        proto.begun = proto.begun.min(begins);
    };
    for (batch, row) in batches.iter().enumerate() {
        if let Some(producer) = row.producer {
            let made = row.produced_on.earliest;
            let first = if has_output[batch] { never } else { made };
            show(batch as u32, producer.0, first, made);
        }
    }
    for raw in &builder.shipments {
        let (departs, arrives) = shipment_times(raw);
        let begins = departs.earliest.min(arrives.earliest);
        show(raw.batch, raw.from, never, begins);
        show(raw.batch, raw.to, arrives.earliest, begins);
    }
    for own in self_shipments {
        show(own.batch, own.operator, never, own.begins);
    }
    for raw in &builder.lines {
        let begins = times[raw.code as usize].0.earliest;
        let first = if raw.role == Role::Output { begins } else { never };
        show(raw.batch, raw.operator, first, begins);
    }
    for raw in &builder.removals {
        show(raw.batch, raw.operator, never, raw.removed_on.earliest);
    }
    for raw in &builder.samples {
        show(raw.batch, raw.operator, never, raw.sampled_on.earliest);
    }
    (protos, known)
}

/// The protos in order of operator and batch, and the rank of each.
fn proto_order(protos: &[Proto]) -> (Vec<u32>, Vec<u32>) {
    use rayon::prelude::*;
    let mut order: Vec<u32> = (0..protos.len() as u32).collect();
    order.par_sort_unstable_by_key(|p| (protos[*p as usize].operator, protos[*p as usize].batch));
    let mut rank = vec![0; protos.len()];
    for (at, proto) in order.iter().enumerate() {
        rank[*proto as usize] = at as u32;
    }
    (order, rank)
}

fn shipment_rows(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    stock: &(impl Fn(u32, u32) -> StockId + Sync),
) -> Vec<ShipmentRow> {
    use rayon::prelude::*;
    let mut rows: Vec<ShipmentRow> = builder
        .shipments
        .par_iter()
        .zip(amounts)
        .map(|(raw, amount)| {
            let (departs, arrives) = shipment_times(raw);
            ShipmentRow {
                from: stock(raw.batch, raw.from),
                to: stock(raw.batch, raw.to),
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

/// Transformations with their summed lines.
struct Transformed {
    rows: Vec<TransformationRow>,
    lines: Vec<LineRow>,
    sources: Vec<Source>,
    processes: Vec<u32>,
    at_operators: Vec<(u32, TransformationId)>,
}

fn transformations(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    times: &[(Span, bool)],
    stock: &impl Fn(u32, u32) -> StockId,
) -> Transformed {
    let mut made = Transformed {
        rows: Vec::with_capacity(times.len()),
        lines: Vec::new(),
        sources: builder.lines.iter().map(|raw| raw.source).collect(),
        processes: Vec::new(),
        at_operators: Vec::new(),
    };
    let mut at = 0;
    for (code, (time, dated_to_day)) in times.iter().enumerate() {
        let start = at;
        while builder.lines.get(at).is_some_and(|raw| raw.code as usize == code) {
            at += 1;
        }
        let lines = &builder.lines[start..at];
        let split = start + lines.partition_point(|raw| raw.role == Role::Input);
        let mut processes: Vec<u32> = lines
            .iter()
            .map(|raw| raw.process)
            .filter(|process| !builder.texts.text(*process).trim().is_empty())
            .collect();
        processes.sort_unstable_by_key(|process| builder.texts.text(*process));
        processes.dedup();
        let first_process = made.processes.len() as u32;
        made.processes.extend(processes);
        made.at_operators
            .extend(lines.iter().map(|raw| (raw.operator, TransformationId(code as u32))));
        let mut sum = |from: usize, to: usize| {
            let first = made.lines.len() as u32;
            sum_lines(builder, amounts, from..to, stock, &mut made.lines);
            first..made.lines.len() as u32
        };
        let (inputs, outputs) = (sum(start, split), sum(split, at));
        made.rows.push(TransformationRow {
            time: *time,
            dated_to_day: *dated_to_day,
            inputs,
            outputs,
            processes: first_process..made.processes.len() as u32,
        });
    }
    made.at_operators.sort_unstable();
    made.at_operators.dedup();
    made
}

/// Sums neighbouring lines of one stock; a part of unknown quantity makes the sum unknown.
fn sum_lines(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    range: std::ops::Range<usize>,
    stock: &impl Fn(u32, u32) -> StockId,
    lines: &mut Vec<LineRow>,
) {
    let mut last = None;
    for at in range {
        let raw = &builder.lines[at];
        let pair = (raw.batch, raw.operator);
        let amount = amounts[at];
        match lines.last_mut() {
            Some(line) if last == Some(pair) => {
                line.amount = line.amount.zip(amount).map(|(a, b)| plus(a, b));
                line.known = plus(line.known, amount.unwrap_or_default());
                line.sources.end = at as u32 + 1;
            }
            _ => lines.push(LineRow {
                stock: stock(raw.batch, raw.operator),
                amount,
                known: amount.unwrap_or_default(),
                sources: at as u32..at as u32 + 1,
            }),
        }
        last = Some(pair);
    }
}

/// Saturates at 9.2e12 base units.
fn plus(a: Amount, b: Amount) -> Amount {
    Amount::from_millionths(a.millionths().saturating_add(b.millionths()))
}

fn sample_rows(builder: &ChainBuilder, stock: &impl Fn(u32, u32) -> StockId) -> Vec<SampleRow> {
    let mut rows: Vec<SampleRow> = builder
        .samples
        .iter()
        .map(|raw| SampleRow {
            code: raw.code,
            stock: stock(raw.batch, raw.operator),
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

/// The batches that have an orphan and another stock it can have come from.
fn orphan_hubs(stocks: &Stocks, batches: usize) -> Vec<BatchId> {
    (0..batches as u32)
        .map(BatchId)
        .filter(|batch| {
            let here = stocks.of_batch(*batch);
            here.len() > 1
                && here.iter().any(|s| stocks.first[s.index()] == Minute::UNBOUNDED_FUTURE)
        })
        .collect()
}

fn entries(
    shipments: &[ShipmentRow],
    transformed: &Transformed,
    stocks: &Stocks,
    hubs: &[BatchId],
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(shipments.len() + transformed.lines.len());
    let mark = |certain: bool| if certain { 0 } else { POSSIBLE };
    for (at, row) in shipments.iter().enumerate() {
        let dated = row.departs.is_dated_to_day() || row.arrives.is_dated_to_day();
        entries.push(Entry {
            source: row.from.0,
            target: row.to.0,
            departs: row.departs.latest,
            arrives: row.arrives.earliest,
            record: at as u32 | mark(dated),
        });
    }
    let first_inner = stocks.len() as u32;
    for (at, row) in transformed.rows.iter().enumerate() {
        let node = first_inner + at as u32;
        let mark = mark(row.dated_to_day);
        for line in row.inputs.clone() {
            entries.push(Entry {
                source: transformed.lines[line as usize].stock.0,
                target: node,
                departs: row.time.latest,
                arrives: row.time.earliest,
                record: line | mark,
            });
        }
        for line in row.outputs.clone() {
            entries.push(Entry {
                source: node,
                target: transformed.lines[line as usize].stock.0,
                departs: Minute::UNBOUNDED_FUTURE,
                arrives: row.time.earliest,
                record: line | mark,
            });
        }
    }
    let first_hub = first_inner + transformed.rows.len() as u32;
    for (at, batch) in hubs.iter().enumerate() {
        let node = first_hub + at as u32;
        for stock in stocks.of_batch(*batch) {
            let link = |source, target| Entry {
                source,
                target,
                departs: Minute::UNBOUNDED_FUTURE,
                arrives: Minute::UNBOUNDED_PAST,
                record: POSSIBLE,
            };
            entries.push(link(stock.0, node));
            if stocks.first[stock.index()] == Minute::UNBOUNDED_FUTURE {
                entries.push(link(node, stock.0));
            }
        }
    }
    entries
}
