//! What the records say that cannot be, or that nobody would expect.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use super::SupplyChain;
use super::extent::Extent;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::index::{Link, Node, is_stock};
use super::ledger::OutflowTo;
use super::records::{SampleRow, TransformationRow};
use super::repeats::SelfShipment;
use crate::id::{BatchId, OperatorId, RegionId, ShipmentId, StockId, TransformationId};
use crate::model::{RemovalReason, Source, check_credit_code};
use crate::numeric::scc;
use crate::quantity::Total;
use crate::time::{Minute, Span};

/// How many records a finding about a missing row names; the message has their number.
const NAMED_RECORDS: usize = 10;

/// A link whose departure contradicts the records, as its dates were written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contradiction {
    stock: StockId,
    link: Link,
}

impl SupplyChain {
    /// The outgoing link of a stock at a place, before it is marked as contradicting.
    pub(super) fn contradiction(&self, (stock, at): (StockId, u32)) -> Contradiction {
        Contradiction { stock, link: self.links.out.get(stock.0)[at as usize] }
    }
}

pub(super) fn run(
    chain: &SupplyChain,
    extent: &Extent,
    self_shipments: &[SelfShipment],
    contradicting: &[Contradiction],
    findings: &mut Vec<Finding>,
) {
    let checks = Checks { chain, extent };
    unknown_references(chain, extent, self_shipments, findings);
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
    extent: &'c Extent,
}

/// Rows that a code names and that are not there.
fn unknown_references(
    chain: &SupplyChain,
    extent: &Extent,
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
    for id in extent.regions.iter().map(RegionId) {
        let row = &chain.regions[id.index()];
        if let Some(parent) = row.parent.filter(|p| !chain.regions[p.index()].registered) {
            name(FindingCode::UnknownRegion, parent.0, &|| {
                record(Table::Regions, chain.region(id).code, row.source)
            });
        }
    }
    for id in extent.operators.iter().map(OperatorId) {
        let row = &chain.operators[id.index()];
        if let Some(region) = row.region.filter(|r| !chain.regions[r.index()].registered) {
            name(FindingCode::UnknownRegion, region.0, &|| {
                record(Table::Operators, chain.operator(id).code, row.source)
            });
        }
    }
    for id in extent.batches.iter().map(BatchId) {
        let row = &chain.batches[id.index()];
        let this = || record(Table::Batches, chain.batch(id).code, row.source);
        if let Some(product) = row.product.filter(|p| !chain.products[p.index()].registered) {
            name(FindingCode::UnknownProduct, product.0, &this);
        }
        if let Some(producer) = row.producer.filter(|p| unknown_operator(*p)) {
            name(FindingCode::UnknownOperator, producer.0, &this);
        }
    }
    for (at, row) in extent.shipments.iter().map(|at| (at, chain.shipments.row(at as usize))) {
        let this = || shipment(chain, at);
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
    for (id, row) in transformations(chain, extent) {
        let code = chain.transformation_codes.text(id.0);
        for line in chain.lines_of(&row.inputs).iter().chain(chain.lines_of(&row.outputs)) {
            let source = chain.line_sources[line.sources.start as usize];
            at_stock(line.stock, &|| record(Table::Transformations, code, source));
        }
    }
    for row in extent.removals.iter().map(|at| chain.removals.row(at as usize)) {
        at_stock(row.stock, &|| record(Table::Removals, &chain.stock_label(row.stock), row.source));
    }
    for row in extent.samples.iter().map(|at| &chain.samples[at as usize]) {
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

fn transformations<'c>(
    chain: &'c SupplyChain,
    extent: &'c Extent,
) -> impl Iterator<Item = (TransformationId, &'c TransformationRow)> {
    let row = |id: u32| (TransformationId(id), &chain.transformations[id as usize]);
    extent.transformations.iter().map(row)
}

fn shipment(chain: &SupplyChain, at: u32) -> RecordRef {
    record(Table::Shipments, chain.shipment_code(at), chain.shipments.source(at as usize))
}

fn record(table: Table, code: &str, source: Source) -> RecordRef {
    RecordRef { table, code: code.to_owned(), source }
}

impl Checks<'_> {
    fn operators(&self, findings: &mut Vec<Finding>) {
        for id in self.extent.operators.iter().map(OperatorId) {
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
        for id in self.extent.shipments.iter().map(ShipmentId) {
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
        for at in self.extent.shipments.iter() {
            let row = chain.shipments.row(at as usize);
            check(row.from, row.departs, true, &|| shipment(chain, at));
        }
        for (id, row) in transformations(chain, self.extent) {
            let code = chain.transformation_codes.text(id.0);
            for (lines, expiry) in [(&row.inputs, true), (&row.outputs, false)] {
                for line in chain.lines_of(lines) {
                    let source = chain.line_sources[line.sources.start as usize];
                    let this = || record(Table::Transformations, code, source);
                    check(line.stock, row.time, expiry, &this);
                }
            }
        }
        for row in self.extent.removals.iter().map(|at| chain.removals.row(at as usize)) {
            // Destroying what has expired is what should happen to it.
            let expiry = row.reason == Some(RemovalReason::Sold);
            check(row.stock, row.time, expiry, &|| {
                record(Table::Removals, &chain.stock_label(row.stock), row.source)
            });
        }
        for row in self.extent.samples.iter().map(|at| &chain.samples[at as usize]) {
            let code = chain.texts.text(row.code);
            check(row.stock, row.sampled_on, true, &|| record(Table::Samples, code, row.source));
        }
    }

    fn transformations(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        for (id, row) in transformations(chain, self.extent) {
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
        }
        for batch in self.extent.batches.iter().map(BatchId) {
            let (mut operators, mut total, mut records) = (Vec::new(), Total::ZERO, Vec::new());
            for stock in chain.stocks_of_batch(batch) {
                for link in chain.links.into.get(stock.0) {
                    if let Node::Transformation(id) = Node::of(link.node) {
                        let line = &chain.lines[link.record() as usize];
                        let code = chain.transformation_codes.text(id.0);
                        operators.push(chain.stock(*stock).1);
                        total.add(line.amount);
                        records.push(self.line_ref(code, line.sources.start));
                    }
                }
            }
            if records.is_empty() {
                continue;
            }
            let row = &chain.batches[batch.index()];
            let code = chain.batch_codes.text(batch.0);
            operators.sort_unstable_by_key(|operator| chain.operator_codes.rank(operator.0));
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
        for stock in self.extent.stocks.iter().map(StockId) {
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
            if chain.links.out.get(stock.0).is_empty() && chain.removals.of(stock).next().is_none()
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
                    let row = chain.removals.row(id.index());
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
        for row in self.extent.samples.iter().map(|at| &chain.samples[at as usize]) {
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
        let code = |at: &u32| chain.texts.text(chain.samples[*at as usize].code);
        let mut codes: Vec<u32> = self.extent.samples.iter().collect();
        codes.sort_by_key(&code);
        for same in codes.chunk_by(|a, b| code(a) == code(b)) {
            let Ok(ids) = chain.find_samples(code(&same[0])) else { continue };
            let group: Vec<_> = ids.map(|id| &chain.samples[id.index()]).collect();
            if group.len() < 2 {
                continue;
            }
            let code = chain.texts.text(group[0].code);
            let content = |row: &SampleRow| {
                let text = |id| chain.texts.text(id);
                (
                    (row.stock, row.kind, row.sampled_on, row.reported_on, row.verdict),
                    (text(row.test_item), text(row.measured), text(row.limit), row.hazard),
                )
            };
            let same = group.iter().all(|row| content(row) == content(group[0]));
            let kind =
                if same { FindingCode::DuplicateSame } else { FindingCode::DuplicateDifferent };
            let message = format!("samples {code}: {} rows share this code", group.len());
            let records =
                group.iter().map(|row| record(Table::Samples, code, row.source)).collect();
            findings.push(Finding::new(kind, message, records));
        }
    }

    fn contradictions(&self, found: &[Contradiction], findings: &mut Vec<Finding>) {
        let chain = self.chain;
        for Contradiction { stock, link } in found.iter().copied() {
            let this = match Node::of(link.node) {
                Node::Stock(_) => shipment(chain, link.record()),
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

    /// Links that lie in one interval of at most a day, transformations as two.
    fn instant_arcs(&self) -> Vec<(Span, u32, u32)> {
        let chain = self.chain;
        let mut arcs = Vec::new();
        for row in chain.shipments.iter() {
            if row.departs == row.arrives && row.departs.is_dated_to_day() {
                arcs.push((row.departs, row.from.0, row.to.0));
            }
        }
        for (id, row) in transformations(chain, self.extent) {
            if row.time.is_dated_to_day() {
                let node = Node::Transformation(id).number();
                let inputs = chain.lines_of(&row.inputs).iter();
                arcs.extend(inputs.map(|line| (row.time, line.stock.0, node)));
                let outputs = chain.lines_of(&row.outputs).iter();
                arcs.extend(outputs.map(|line| (row.time, node, line.stock.0)));
            }
        }
        arcs
    }

    /// As [`Self::instant_arcs`], of those alone that new links lead to within their interval: a
    /// new cycle has a new link.
    fn instant_arcs_near(&self) -> Vec<(Span, u32, u32)> {
        let chain = self.chain;
        let mut open: Vec<(Span, u32)> = Vec::new();
        for row in self.extent.shipments.iter().map(|at| chain.shipments.row(at as usize)) {
            if row.departs == row.arrives && row.departs.is_dated_to_day() {
                open.push((row.departs, row.from.0));
            }
        }
        for (_, row) in transformations(chain, self.extent) {
            if row.time.is_dated_to_day() {
                let inputs = chain.lines_of(&row.inputs).iter();
                open.extend(inputs.map(|line| (row.time, line.stock.0)));
            }
        }
        let mut seen: HashSet<(Span, u32)> = open.iter().copied().collect();
        let mut arcs = Vec::new();
        while let Some((span, from)) = open.pop() {
            let mut lead = |to: u32| {
                arcs.push((span, from, to));
                if seen.insert((span, to)) {
                    open.push((span, to));
                }
            };
            match Node::of(from) {
                Node::Stock(stock) => {
                    for link in chain.links.out.get(stock.0) {
                        match Node::of(link.node) {
                            Node::Stock(to) => {
                                let row = chain.shipments.row(link.record() as usize);
                                if row.departs == span && row.arrives == span {
                                    lead(to.0);
                                }
                            }
                            Node::Transformation(id) if chain.transformation_time(id) == span => {
                                lead(link.node);
                            }
                            _ => {}
                        }
                    }
                }
                Node::Transformation(id) => {
                    chain.outputs(id).iter().for_each(|line| lead(line.stock.0));
                }
                _ => {}
            }
        }
        arcs
    }

    /// Cycles of links that all lie in one and the same interval of at most a day.
    fn instant_cycles(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        let links = &chain.links;
        let mut arcs =
            if self.extent.whole { self.instant_arcs() } else { self.instant_arcs_near() };
        arcs.sort_unstable();
        arcs.dedup();
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
                        let row = chain.shipments.row(link.record() as usize);
                        if row.departs == group[0].0 && row.arrives == group[0].0 {
                            records.push(shipment(chain, link.record()));
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
