//! What the records say that cannot be, or that nobody would expect.

use std::collections::BTreeMap;

use super::SupplyChain;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::index::{Node, is_stock};
use super::ledger::OutflowTo;
use super::repeats::SelfShipment;
use crate::id::{BatchId, OperatorId, StockId};
use crate::model::{RemovalReason, Source, check_credit_code};
use crate::numeric::scc;
use crate::quantity::Total;
use crate::time::{Minute, Span};

/// How many records a finding about a missing row names; the message has their number.
const NAMED_RECORDS: usize = 10;

pub(super) fn run(
    chain: &SupplyChain,
    self_shipments: &[SelfShipment],
    contradicting: &[(StockId, u32)],
    findings: &mut Vec<Finding>,
) {
    let checks = Checks { chain };
    unknown_references(chain, self_shipments, findings);
    for own in self_shipments {
        let message = format!("shipments {}: sender and receiver are the same", own.record.code);
        findings.push(Finding::new(FindingCode::SelfShipment, message, vec![own.record.clone()]));
    }
    checks.operators(findings);
    checks.shipments(findings);
    checks.dates(findings);
    checks.transformations(findings);
    checks.stocks(findings);
    checks.samples(findings);
    checks.contradictions(contradicting, findings);
    checks.instant_cycles(findings);
}

struct Checks<'c> {
    chain: &'c SupplyChain,
}

/// Rows that a code names and that are not there.
fn unknown_references(
    chain: &SupplyChain,
    self_shipments: &[SelfShipment],
    findings: &mut Vec<Finding>,
) {
    let mut missing: BTreeMap<(FindingCode, u32), (u64, Vec<RecordRef>)> = BTreeMap::new();
    let mut name = |code: FindingCode, id: u32, record: &dyn Fn() -> RecordRef| {
        let entry = missing.entry((code, id)).or_default();
        entry.0 += 1;
        if entry.1.len() < NAMED_RECORDS {
            entry.1.push(record());
        }
    };
    let unknown_operator = |id: OperatorId| !chain.operators[id.index()].registered;
    let unknown_batch = |id: BatchId| chain.batches[id.index()].producer.is_none();
    for id in chain.region_ids() {
        let row = &chain.regions[id.index()];
        if let Some(parent) = row.parent.filter(|p| !chain.regions[p.index()].registered) {
            name(FindingCode::UnknownRegion, parent.0, &|| {
                record(Table::Regions, chain.region(id).code, row.source)
            });
        }
    }
    for id in chain.operator_ids() {
        let row = &chain.operators[id.index()];
        if let Some(region) = row.region.filter(|r| !chain.regions[r.index()].registered) {
            name(FindingCode::UnknownRegion, region.0, &|| {
                record(Table::Operators, chain.operator(id).code, row.source)
            });
        }
    }
    for id in chain.batch_ids() {
        let row = &chain.batches[id.index()];
        let this = || record(Table::Batches, chain.batch(id).code, row.source);
        if let Some(product) = row.product.filter(|p| !chain.products[p.index()].registered) {
            name(FindingCode::UnknownProduct, product.0, &this);
        }
        if let Some(producer) = row.producer.filter(|p| unknown_operator(*p)) {
            name(FindingCode::UnknownOperator, producer.0, &this);
        }
    }
    for row in &chain.shipments {
        let code = chain.shipment_codes.text(row.code);
        let this = || record(Table::Shipments, code, row.source);
        let (batch, from) = chain.stock(row.from);
        if unknown_batch(batch) {
            name(FindingCode::UnknownBatch, batch.0, &this);
        }
        for operator in [from, chain.stock(row.to).1] {
            if unknown_operator(operator) {
                name(FindingCode::UnknownOperator, operator.0, &this);
            }
        }
    }
    let mut at_stock = |stock: StockId, this: &dyn Fn() -> RecordRef| {
        let (batch, operator) = chain.stock(stock);
        if unknown_batch(batch) {
            name(FindingCode::UnknownBatch, batch.0, this);
        }
        if unknown_operator(operator) {
            name(FindingCode::UnknownOperator, operator.0, this);
        }
    };
    for (id, row) in chain.transformation_ids().zip(&chain.transformations) {
        let code = chain.transformation_codes.text(id.0);
        for line in chain.lines_of(&row.inputs).iter().chain(chain.lines_of(&row.outputs)) {
            let source = chain.line_sources[line.sources.start as usize];
            at_stock(line.stock, &|| record(Table::Transformations, code, source));
        }
    }
    for row in &chain.removals {
        at_stock(row.stock, &|| record(Table::Removals, &chain.stock_label(row.stock), row.source));
    }
    for row in &chain.samples {
        let code = chain.texts.text(row.code);
        at_stock(row.stock, &|| record(Table::Samples, code, row.source));
    }
    for own in self_shipments {
        if unknown_batch(BatchId(own.batch)) {
            name(FindingCode::UnknownBatch, own.batch, &|| own.record.clone());
        }
        if unknown_operator(OperatorId(own.operator)) {
            name(FindingCode::UnknownOperator, own.operator, &|| own.record.clone());
        }
    }
    for ((code, id), (count, records)) in missing {
        let (kind, text) = match code {
            FindingCode::UnknownRegion => ("region", chain.region_codes.text(id)),
            FindingCode::UnknownProduct => ("product", chain.product_codes.text(id)),
            FindingCode::UnknownBatch => ("batch", chain.batch_codes.text(id)),
            _ => ("operator", chain.operator_codes.text(id)),
        };
        let message = format!("{kind} {text} has no row of its own; {count} records name it");
        findings.push(Finding::new(code, message, records));
    }
}

fn record(table: Table, code: &str, source: Source) -> RecordRef {
    RecordRef { table, code: code.to_owned(), source }
}

impl Checks<'_> {
    fn operators(&self, findings: &mut Vec<Finding>) {
        for id in self.chain.operator_ids() {
            let view = self.chain.operator(id);
            if let Err(error) = check_credit_code(view.code) {
                let message =
                    format!("operators {}: not a unified social credit code: {error}", view.code);
                let records = vec![record(Table::Operators, view.code, view.source)];
                findings.push(Finding::new(FindingCode::BadCreditCode, message, records));
            }
        }
    }

    fn shipments(&self, findings: &mut Vec<Finding>) {
        for id in self.chain.shipment_ids() {
            let view = self.chain.shipment(id);
            let this = || vec![record(Table::Shipments, view.code, view.source)];
            if view.arrives.latest < view.departs.earliest {
                let message = format!(
                    "shipments {}: received by {}, shipped from {}",
                    view.code, view.arrives.latest, view.departs.earliest
                );
                findings.push(Finding::new(FindingCode::ReceivedBeforeShipped, message, this()));
            }
            if self.chain.is_orphan(view.from) {
                let message = format!(
                    "shipments {}: nothing records how {} came to be there",
                    view.code,
                    self.chain.stock_label(view.from)
                );
                findings.push(Finding::new(FindingCode::NeverHeld, message, this()));
            }
        }
    }

    /// Events outside the life of their batch.
    fn dates(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        let mut check = |stock: StockId, time: Span, expiry: bool, this: &dyn Fn() -> RecordRef| {
            let row = &chain.batches[chain.stock(stock).0.index()];
            let made = row.produced_on.earliest;
            let code = chain.stock_codes(stock).0;
            if time.latest < made {
                let this = this();
                let message = format!(
                    "{} {}: at {}, before batch {code} was produced ({made})",
                    this.table, this.code, time.latest
                );
                findings.push(Finding::new(FindingCode::BeforeProduction, message, vec![this]));
            }
            let ends = row.expires_on.latest;
            if expiry && time.earliest > ends && time.earliest.is_bounded() {
                let this = this();
                let message = format!(
                    "{} {}: at {}, after batch {code} expired ({ends})",
                    this.table, this.code, time.earliest
                );
                findings.push(Finding::new(FindingCode::AfterExpiry, message, vec![this]));
            }
        };
        for row in &chain.shipments {
            let code = chain.shipment_codes.text(row.code);
            check(row.from, row.departs, true, &|| record(Table::Shipments, code, row.source));
        }
        for (id, row) in chain.transformation_ids().zip(&chain.transformations) {
            let code = chain.transformation_codes.text(id.0);
            for (lines, expiry) in [(&row.inputs, true), (&row.outputs, false)] {
                for line in chain.lines_of(lines) {
                    let source = chain.line_sources[line.sources.start as usize];
                    let this = || record(Table::Transformations, code, source);
                    check(line.stock, row.time, expiry, &this);
                }
            }
        }
        for row in &chain.removals {
            // Destroying what has expired is what should happen to it.
            let expiry = row.reason == Some(RemovalReason::Sold);
            check(row.stock, row.time, expiry, &|| {
                record(Table::Removals, &chain.stock_label(row.stock), row.source)
            });
        }
        for row in &chain.samples {
            let code = chain.texts.text(row.code);
            check(row.stock, row.sampled_on, true, &|| record(Table::Samples, code, row.source));
        }
    }

    fn transformations(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        // Batch -> (operators that put it out, total, records).
        let mut made: BTreeMap<BatchId, (Vec<OperatorId>, Total, Vec<RecordRef>)> = BTreeMap::new();
        for (id, row) in chain.transformation_ids().zip(&chain.transformations) {
            let code = chain.transformation_codes.text(id.0);
            let refs = |range: &std::ops::Range<u32>| -> Vec<RecordRef> {
                let lines = chain.lines_of(range);
                lines.iter().map(|line| self.line_ref(code, line.sources.start)).collect()
            };
            if row.inputs.is_empty() || row.outputs.is_empty() {
                let side = if row.inputs.is_empty() { "outputs" } else { "inputs" };
                let mut records = refs(&row.inputs);
                records.extend(refs(&row.outputs));
                let message = format!("transformations {code}: {side} alone");
                findings.push(Finding::new(FindingCode::OneSidedTransformation, message, records));
            }
            for line in chain.lines_of(&row.outputs) {
                let (batch, operator) = chain.stock(line.stock);
                let entry = made.entry(batch).or_default();
                entry.0.push(operator);
                entry.1.add(line.amount);
                entry.2.push(self.line_ref(code, line.sources.start));
            }
        }
        for (batch, (mut operators, total, mut records)) in made {
            let row = &chain.batches[batch.index()];
            let code = chain.batch_codes.text(batch.0);
            operators.sort_unstable();
            operators.dedup();
            if operators.len() > 1 {
                let named: Vec<&str> =
                    operators.iter().map(|o| chain.operator_codes.text(o.0)).collect();
                let message = format!(
                    "batch {code} comes out of transformations at {} operators: {}",
                    operators.len(),
                    named.join(", ")
                );
                findings.push(Finding::new(
                    FindingCode::OutputAtTwoOperators,
                    message,
                    records.clone(),
                ));
            }
            let Some(own) = row.amount.filter(|_| total.complete) else {
                continue;
            };
            let own = Total { millionths: own.millionths().into(), complete: true };
            let tolerance = chain.tolerance();
            if tolerance.exceeds(own, total) || tolerance.exceeds(total, own) {
                records.push(record(Table::Batches, code, row.source));
                let message = format!(
                    "batch {code}: its row says {}, its transformations put out {}",
                    own.to_decimal(),
                    total.to_decimal()
                );
                findings.push(Finding::new(FindingCode::BatchQuantityMismatch, message, records));
            }
        }
    }

    fn line_ref(&self, code: &str, source: u32) -> RecordRef {
        record(Table::Transformations, code, self.chain.line_sources[source as usize])
    }

    /// Orphans, and stocks that more left than came to.
    fn stocks(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        let tolerance = chain.tolerance();
        for stock in chain.stock_ids() {
            if chain.is_orphan(stock) {
                let label = chain.stock_label(stock);
                let message = format!(
                    "{label}: nothing records how it came to be there; links from the other {} \
                     stocks of the batch are inferred",
                    chain.stocks_of_batch(chain.stock(stock).0).len() - 1
                );
                let records = self.records_of(stock);
                findings.push(Finding::new(FindingCode::Orphan, message, records));
                continue;
            }
            if chain.links.out.get(stock.0).is_empty()
                && chain.removal_starts[stock.index()] == chain.removal_starts[stock.index() + 1]
            {
                continue;
            }
            let ledger = chain.ledger(stock, Minute::UNBOUNDED_FUTURE);
            let intake = ledger.intake();
            let left = intake.millionths - ledger.on_hand().millionths;
            let left = Total { millionths: left, complete: true };
            if intake.complete && tolerance.exceeds(left, intake) {
                let label = chain.stock_label(stock);
                let message =
                    format!("{label}: {} came in, {} left", intake.to_decimal(), left.to_decimal());
                let records = self.records_of(stock);
                findings.push(Finding::new(FindingCode::NegativeBalance, message, records));
            }
        }
    }

    /// The records that show what left a stock, and its samples.
    fn records_of(&self, stock: StockId) -> Vec<RecordRef> {
        let chain = self.chain;
        let mut records: Vec<RecordRef> = chain
            .outflows(stock)
            .iter()
            .take(NAMED_RECORDS)
            .map(|flow| match flow.to {
                OutflowTo::Shipment(id) => {
                    let view = chain.shipment(id);
                    record(Table::Shipments, view.code, view.source)
                }
                OutflowTo::Transformation(id) => {
                    let code = chain.transformation_codes.text(id.0);
                    self.line_ref(code, chain.line(flow.record).sources.start)
                }
                OutflowTo::Removal(id) => {
                    let row = &chain.removals[id.index()];
                    record(Table::Removals, &chain.stock_label(stock), row.source)
                }
            })
            .collect();
        if records.is_empty() {
            records.push(RecordRef {
                table: Table::Batches,
                code: chain.stock_codes(stock).0.to_owned(),
                source: chain.batches[chain.stock(stock).0.index()].source,
            });
        }
        records
    }

    fn samples(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        for row in &chain.samples {
            if chain.is_orphan(row.stock) {
                let code = chain.texts.text(row.code);
                let message = format!(
                    "samples {code}: nothing records how {} came to be there",
                    chain.stock_label(row.stock)
                );
                let records = vec![record(Table::Samples, code, row.source)];
                findings.push(Finding::new(FindingCode::SampleNotHeld, message, records));
            }
        }
        for group in chain
            .samples
            .chunk_by(|a, b| chain.texts.text(a.code) == chain.texts.text(b.code))
            .filter(|group| group.len() > 1)
        {
            let code = chain.texts.text(group[0].code);
            let content = |row: &super::records::SampleRow| {
                (
                    (row.stock, row.kind, row.sampled_on, row.reported_on, row.verdict),
                    (row.test_item, row.measured, row.limit, row.hazard),
                )
            };
            let same = group.iter().all(|row| content(row) == content(&group[0]));
            let kind =
                if same { FindingCode::DuplicateSame } else { FindingCode::DuplicateDifferent };
            let message = format!("samples {code}: {} rows share this code", group.len());
            let records =
                group.iter().map(|row| record(Table::Samples, code, row.source)).collect();
            findings.push(Finding::new(kind, message, records));
        }
    }

    fn contradictions(&self, places: &[(StockId, u32)], findings: &mut Vec<Finding>) {
        let chain = self.chain;
        for (stock, at) in places {
            let (stock, link) = (*stock, &chain.links.out.get(stock.0)[*at as usize]);
            let this = match Node::of(link.node) {
                Node::Stock(_) => {
                    let row = &chain.shipments[link.record() as usize];
                    record(Table::Shipments, chain.shipment_codes.text(row.code), row.source)
                }
                Node::Transformation(id) | Node::Apart(id) => {
                    let row = &chain.lines[link.record() as usize];
                    self.line_ref(chain.transformation_codes.text(id.0), row.sources.start)
                }
                Node::Orphans(_) => continue,
            };
            let label = chain.stock_label(stock);
            let why = match chain.first(stock) {
                Some(first) if link.departs < first => {
                    format!("left by {}, before {label} began at {first}", link.departs)
                }
                _ => format!("by {} more had left {label} than had come", link.departs),
            };
            let message = format!("{} {}: {why}", this.table, this.code);
            findings.push(Finding::new(FindingCode::ContradictingLink, message, vec![this]));
        }
    }

    /// Cycles of links that all lie in one and the same interval of at most a day.
    fn instant_cycles(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        let links = &chain.links;
        let mut arcs: Vec<(Span, u32, u32)> = Vec::new();
        for row in &chain.shipments {
            if row.departs == row.arrives && row.departs.is_dated_to_day() {
                arcs.push((row.departs, row.from.0, row.to.0));
            }
        }
        for (id, row) in chain.transformation_ids().zip(&chain.transformations) {
            if row.time.is_dated_to_day() {
                let node = Node::Transformation(id).number();
                let inputs = chain.lines_of(&row.inputs).iter();
                arcs.extend(inputs.map(|line| (row.time, line.stock.0, node)));
                let outputs = chain.lines_of(&row.outputs).iter();
                arcs.extend(outputs.map(|line| (row.time, node, line.stock.0)));
            }
        }
        arcs.sort_unstable();
        for group in arcs.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let mut nodes: Vec<u32> = group.iter().flat_map(|(_, a, b)| [*a, *b]).collect();
            nodes.sort_unstable();
            nodes.dedup();
            let place = |node: u32| nodes.partition_point(|n| *n < node) as u32;
            let local: Vec<(u32, u32)> =
                group.iter().map(|(_, a, b)| (place(*a), place(*b))).collect();
            let (starts, targets) = scc::adjacency(nodes.len(), &local);
            for members in scc::components(&starts, &targets).iter() {
                let mut stocks: Vec<u32> = members
                    .iter()
                    .map(|at| nodes[*at as usize])
                    .filter(|node| is_stock(*node))
                    .collect();
                if stocks.len() < 2 {
                    continue;
                }
                stocks.sort_unstable();
                let mut records = Vec::new();
                for link in stocks.iter().flat_map(|stock| links.out.get(*stock)) {
                    if stocks.binary_search(&link.node).is_ok() {
                        let row = &chain.shipments[link.record() as usize];
                        if row.departs == group[0].0 && row.arrives == group[0].0 {
                            let code = chain.shipment_codes.text(row.code);
                            records.push(record(Table::Shipments, code, row.source));
                        }
                    }
                }
                let mut labels: Vec<String> = stocks
                    .iter()
                    .take(NAMED_RECORDS)
                    .map(|stock| chain.stock_label(StockId(*stock)))
                    .collect();
                labels.sort_unstable();
                let message = format!(
                    "a cycle of {} stocks within {} to {}: {}{}",
                    stocks.len(),
                    group[0].0.earliest,
                    group[0].0.latest,
                    labels.join(", "),
                    if stocks.len() > labels.len() { " ..." } else { "" }
                );
                findings.push(Finding::new(FindingCode::InstantCycle, message, records));
            }
        }
    }
}
