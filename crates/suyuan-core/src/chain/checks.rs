//! What the records say that cannot be, or that nobody would expect.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::SupplyChain;
use super::extent::Extent;
use super::far_off;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::index::{Link, Node, is_stock};
use super::ledger::OutflowTo;
use super::making::Making;
use super::records::{SampleRow, TransformationRow};
use super::repeats::SelfShipment;
use crate::id::{BatchId, OperatorId, RegionId, StockId, TransformationId};
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
        Contradiction { stock, link: self.links.out.get(stock.0).at(at as usize) }
    }
}

pub(super) fn run(
    chain: &SupplyChain,
    extent: &Extent,
    self_shipments: &[SelfShipment],
    contradicting: &[Contradiction],
    findings: &mut Vec<Finding>,
) {
    let checks = Checks { chain, extent, odd: odd(chain, extent), made: made(chain, extent) };
    let lots = far_off::Lots::new(chain, extent);
    let mut found = Found::default();
    checks.registry(&mut found);
    found.take(extent.shipments.each(|at, found| checks.shipment(at, found)));
    found.take(extent.transformations.each(|at, found| {
        checks.transformation(TransformationId(at), found);
    }));
    found.take(extent.removals.each(|at, found| checks.removal(at, found)));
    for at in extent.samples.iter() {
        checks.sample(at, &mut found);
    }
    for own in self_shipments {
        checks.self_shipment(own, &mut found);
    }
    found.take(extent.batches.each(|at, found| {
        checks.outputs(BatchId(at), found);
        lots.check(BatchId(at), &mut found.findings);
    }));
    found.take(extent.stocks.each(|at, found| checks.stock(StockId(at), found)));
    let Found { findings: rows, missing, arcs } = found;
    findings.extend(rows);
    checks.missing(missing, findings);
    checks.sample_codes(findings);
    checks.contradictions(contradicting, findings);
    checks.instant_cycles(arcs, findings);
}

/// Rows that a code names and that are not there: how many records name each, and some of them.
type Missing = BTreeMap<(FindingCode, u32), (u64, Vec<RecordRef>)>;

/// What was found in some rows.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    missing: Missing,
    /// Links that lie in one interval of at most a day, transformations as two.
    arcs: Vec<(Span, u32, u32)>,
}

impl Found {
    fn take(&mut self, others: Vec<Self>) {
        for other in others {
            self.findings.extend(other.findings);
            self.arcs.extend(other.arcs);
            for (key, (count, records)) in other.missing {
                let entry = self.missing.entry(key).or_default();
                entry.0 += count;
                let room = NAMED_RECORDS.saturating_sub(entry.1.len());
                entry.1.extend(records.into_iter().take(room));
            }
        }
    }

    fn name(&mut self, code: FindingCode, id: u32, record: &dyn Fn() -> RecordRef) {
        let entry = self.missing.entry((code, id)).or_default();
        entry.0 += 1;
        if entry.1.len() < NAMED_RECORDS {
            entry.1.push(record());
        }
    }

    fn find(&mut self, code: FindingCode, message: String, records: Vec<RecordRef>) {
        self.findings.push(Finding::new(code, message, records));
    }
}

/// Of every stock of a chain that is looked at as a whole, whether its batch or its operator has
/// no row, or nothing records how it came to be.
fn odd(chain: &SupplyChain, extent: &Extent) -> Option<Vec<bool>> {
    let stocks = (0..chain.stocks.len() as u32).into_par_iter().map(StockId);
    extent.whole.then(|| stocks.map(|stock| is_odd(chain, stock)).collect())
}

fn is_odd(chain: &SupplyChain, stock: StockId) -> bool {
    let (batch, operator) = chain.stock(stock);
    !chain.operators[operator.index()].registered
        || chain.batches[batch.index()].producer.is_none()
        || chain.is_orphan(stock)
}

struct Checks<'c> {
    chain: &'c SupplyChain,
    extent: &'c Extent,
    odd: Option<Vec<bool>>,
    /// Of every stock of a chain that is looked at as a whole, whether a transformation puts it
    /// out.
    made: Option<Vec<bool>>,
}

fn made(chain: &SupplyChain, extent: &Extent) -> Option<Vec<bool>> {
    let mut made = extent.whole.then(|| vec![false; chain.stocks.len()])?;
    for row in chain.transformations.iter() {
        chain.lines_of(&row.outputs).iter().for_each(|line| made[line.stock.index()] = true);
    }
    Some(made)
}

fn shipment(chain: &SupplyChain, at: u32) -> RecordRef {
    record(Table::Shipments, chain.shipment_code(at), chain.shipments.source(at as usize))
}

fn record(table: Table, code: &str, source: Source) -> RecordRef {
    RecordRef { table, code: code.to_owned(), source }
}

impl<'c> Checks<'c> {
    fn transformations(&self) -> impl Iterator<Item = (TransformationId, &'c TransformationRow)> {
        let chain = self.chain;
        let row = |id: u32| (TransformationId(id), &chain.transformations[id as usize]);
        self.extent.transformations.iter().map(row)
    }

    /// The codes that registry rows name, and credit codes.
    fn registry(&self, found: &mut Found) {
        let chain = self.chain;
        for id in self.extent.regions.iter().map(RegionId) {
            let row = &chain.regions[id.index()];
            if let Some(parent) = row.parent.filter(|p| !chain.regions[p.index()].registered) {
                found.name(FindingCode::UnknownRegion, parent.0, &|| {
                    record(Table::Regions, chain.region(id).code, row.source)
                });
            }
        }
        for id in self.extent.operators.iter().map(OperatorId) {
            let view = chain.operator(id);
            let this = || record(Table::Operators, view.code, view.source);
            if let Some(region) = view.region.filter(|r| !chain.regions[r.index()].registered) {
                found.name(FindingCode::UnknownRegion, region.0, &this);
            }
            if let Err(error) = check_credit_code(view.code) {
                let message =
                    format!("operators {}: not a unified social credit code: {error}", view.code);
                found.find(FindingCode::BadCreditCode, message, vec![this()]);
            }
        }
        for id in self.extent.batches.iter().map(BatchId) {
            let row = &chain.batches[id.index()];
            let this = || record(Table::Batches, chain.batch(id).code, row.source);
            if let Some(product) = row.product.filter(|p| !chain.products[p.index()].registered) {
                found.name(FindingCode::UnknownProduct, product.0, &this);
            }
            if let Some(producer) = row.producer.filter(|p| self.is_unknown(*p)) {
                found.name(FindingCode::UnknownOperator, producer.0, &this);
            }
        }
    }

    fn is_unknown(&self, operator: OperatorId) -> bool {
        !self.chain.operators[operator.index()].registered
    }

    #[inline]
    fn is_odd(&self, stock: StockId) -> bool {
        match &self.odd {
            Some(odd) => odd[stock.index()],
            None => is_odd(self.chain, stock),
        }
    }

    /// Whether the batch and the operator of a stock have rows.
    #[inline]
    fn known(&self, stock: StockId, found: &mut Found, this: &dyn Fn() -> RecordRef) {
        if self.is_odd(stock) {
            let (batch, operator) = self.chain.stock(stock);
            self.known_batch(batch, found, this);
            self.known_operator(operator, found, this);
        }
    }

    fn known_batch(&self, batch: BatchId, found: &mut Found, this: &dyn Fn() -> RecordRef) {
        if self.chain.batches[batch.index()].producer.is_none() {
            found.name(FindingCode::UnknownBatch, batch.0, this);
        }
    }

    fn known_operator(
        &self,
        operator: OperatorId,
        found: &mut Found,
        this: &dyn Fn() -> RecordRef,
    ) {
        if self.is_unknown(operator) {
            found.name(FindingCode::UnknownOperator, operator.0, this);
        }
    }

    fn shipment(&self, at: u32, found: &mut Found) {
        let chain = self.chain;
        let row = chain.shipments.row(at as usize);
        let this = || shipment(chain, at);
        self.known(row.from, found, &this);
        if self.is_odd(row.to) {
            self.known_operator(chain.stock(row.to).1, found, &this);
        }
        if row.arrives.latest < row.departs.earliest {
            let message = format!(
                "shipments {}: received by {}, shipped from {}",
                chain.shipment_code(at),
                row.arrives.latest,
                row.departs.earliest
            );
            found.find(FindingCode::ReceivedBeforeShipped, message, vec![this()]);
        }
        if self.is_odd(row.from) && chain.is_orphan(row.from) {
            let message = format!(
                "shipments {}: nothing records how {} came to be there",
                chain.shipment_code(at),
                chain.stock_label(row.from)
            );
            found.find(FindingCode::NeverHeld, message, vec![this()]);
        }
        self.lives(row.from, row.departs, true, found, &this);
        if self.extent.whole && row.departs == row.arrives && row.departs.is_dated_to_day() {
            found.arcs.push((row.departs, row.from.0, row.to.0));
        }
    }

    /// Whether an event lies within the life of its batch.
    #[inline]
    fn lives(
        &self,
        stock: StockId,
        time: Span,
        expiry: bool,
        found: &mut Found,
        this: &dyn Fn() -> RecordRef,
    ) {
        let chain = self.chain;
        let row = &chain.batches[chain.stock(stock).0.index()];
        let (made, ends) = (row.produced_on.earliest, row.expires_on.latest);
        if time.latest < made {
            let (this, code) = (this(), chain.stock_codes(stock).0);
            let message = format!(
                "{} {}: at {}, before batch {code} was produced ({made})",
                this.table, this.code, time.latest
            );
            found.find(FindingCode::BeforeProduction, message, vec![this]);
        }
        if expiry && time.earliest > ends && time.earliest.is_bounded() {
            let (this, code) = (this(), chain.stock_codes(stock).0);
            let message = format!(
                "{} {}: at {}, after batch {code} expired ({ends})",
                this.table, this.code, time.earliest
            );
            found.find(FindingCode::AfterExpiry, message, vec![this]);
        }
    }

    fn transformation(&self, id: TransformationId, found: &mut Found) {
        let chain = self.chain;
        let row = &chain.transformations[id.index()];
        let code = chain.transformation_codes.text(id.0);
        let node = Node::Transformation(id).number();
        let instant = self.extent.whole && row.time.is_dated_to_day();
        for (lines, is_input) in [(&row.inputs, true), (&row.outputs, false)] {
            for line in chain.lines_of(lines) {
                let this = || self.line_ref(code, line.sources.start);
                self.known(line.stock, found, &this);
                self.lives(line.stock, row.time, is_input, found, &this);
                if instant {
                    let (from, to) =
                        if is_input { (line.stock.0, node) } else { (node, line.stock.0) };
                    found.arcs.push((row.time, from, to));
                }
            }
        }
        if row.inputs.is_empty() || row.outputs.is_empty() {
            let side = if row.inputs.is_empty() { "outputs" } else { "inputs" };
            let lines = chain.lines_of(&row.inputs).iter().chain(chain.lines_of(&row.outputs));
            let records = lines.map(|line| self.line_ref(code, line.sources.start)).collect();
            let message = format!("transformations {code}: {side} alone");
            found.find(FindingCode::OneSidedTransformation, message, records);
        }
    }

    fn removal(&self, at: u32, found: &mut Found) {
        let chain = self.chain;
        let row = chain.removals.row(at as usize);
        let this = || record(Table::Removals, &chain.stock_label(row.stock), row.source);
        self.known(row.stock, found, &this);
        // Destroying what has expired is what should happen to it.
        let expiry = row.reason == Some(RemovalReason::Sold);
        self.lives(row.stock, row.time, expiry, found, &this);
    }

    fn sample(&self, at: u32, found: &mut Found) {
        let chain = self.chain;
        let row = &chain.samples[at as usize];
        let code = chain.texts.text(row.code);
        let this = || record(Table::Samples, code, row.source);
        self.known(row.stock, found, &this);
        self.lives(row.stock, row.sampled_on, true, found, &this);
        if chain.is_orphan(row.stock) {
            let message = format!(
                "samples {code}: nothing records how {} came to be there",
                chain.stock_label(row.stock)
            );
            found.find(FindingCode::SampleNotHeld, message, vec![this()]);
        }
    }

    fn self_shipment(&self, own: &SelfShipment, found: &mut Found) {
        let this = || own.record.clone();
        self.known_batch(BatchId(own.batch), found, &this);
        self.known_operator(OperatorId(own.operator), found, &this);
        let message = format!("shipments {}: sender and receiver are the same", own.record.code);
        found.find(FindingCode::SelfShipment, message, vec![own.record.clone()]);
    }

    fn missing(&self, missing: Missing, findings: &mut Vec<Finding>) {
        let chain = self.chain;
        for ((code, id), (count, records)) in missing {
            let (kind, text) = match code {
                FindingCode::UnknownRegion => ("region", chain.region_codes.text(id)),
                FindingCode::UnknownProduct => ("product", chain.product_codes.text(id)),
                FindingCode::UnknownBatch => ("batch", chain.batch_code(BatchId(id))),
                _ => ("operator", chain.operator_codes.text(id)),
            };
            let message = format!("{kind} {text} has no row of its own; {count} records name it");
            findings.push(Finding::new(code, message, records));
        }
    }

    /// What the transformations put out of a batch.
    fn outputs(&self, batch: BatchId, found: &mut Found) {
        let chain = self.chain;
        let (mut operators, mut total, mut records) = (Vec::new(), Total::ZERO, Vec::new());
        let made = |stock: &StockId| self.made.as_ref().is_none_or(|made| made[stock.index()]);
        for stock in chain.stocks_of_batch(batch).filter(made) {
            for link in chain.links.into.get(stock.0) {
                if let Node::Transformation(id) = Node::of(link.node) {
                    let line = &chain.lines[link.record() as usize];
                    let code = chain.transformation_codes.text(id.0);
                    operators.push(chain.stock(stock).1);
                    total.add(line.amount);
                    records.push(self.line_ref(code, line.sources.start));
                }
            }
        }
        if records.is_empty() {
            return;
        }
        let row = &chain.batches[batch.index()];
        let code = &*chain.batch_label(batch);
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
            found.find(FindingCode::OutputAtTwoOperators, message, records.clone());
        }
        if row.making == Making::Beside {
            let message = format!(
                "batch {code}: its row is a making of its own, beside what transformations put out"
            );
            let records = vec![record(Table::Batches, chain.batch_code(batch), row.source)];
            found.find(FindingCode::OwnMaking, message, records);
            return;
        }
        let Some(own) = row.amount.filter(|_| total.complete) else {
            return;
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
            found.find(FindingCode::BatchQuantityMismatch, message, records);
        }
    }

    fn line_ref(&self, code: &str, source: u32) -> RecordRef {
        record(Table::Transformations, code, self.chain.line_sources[source as usize])
    }

    /// Whether a stock is an orphan, or more left it than came to it.
    fn stock(&self, stock: StockId, found: &mut Found) {
        let chain = self.chain;
        if chain.is_orphan(stock) {
            let label = chain.stock_label(stock);
            let message = format!(
                "{label}: nothing records how it came to be there; links from the other {} \
                 stocks of the batch are inferred",
                chain.stocks_of_batch(chain.stock(stock).0).len() - 1
            );
            found.find(FindingCode::Orphan, message, self.records_of(stock));
            return;
        }
        let leaves = !chain.links.out.get(stock.0).is_empty();
        if !leaves && chain.removals.of(stock).next().is_none() {
            return;
        }
        let ledger = chain.ledger(stock, Minute::UNBOUNDED_FUTURE);
        let intake = ledger.intake();
        let left = intake.millionths - ledger.on_hand().millionths;
        let left = Total { millionths: left, complete: true };
        if intake.complete && chain.tolerance().exceeds(left, intake) {
            let label = chain.stock_label(stock);
            let message =
                format!("{label}: {} came in, {} left", intake.to_decimal(), left.to_decimal());
            found.find(FindingCode::NegativeBalance, message, self.records_of(stock));
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

    /// Samples that share a code.
    fn sample_codes(&self, findings: &mut Vec<Finding>) {
        let chain = self.chain;
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

    /// Links that lie in one interval of at most a day and that new links lead to within it: a new
    /// cycle has a new link.
    fn instant_arcs_near(&self) -> Vec<(Span, u32, u32)> {
        let chain = self.chain;
        let mut open: Vec<(Span, u32)> = Vec::new();
        for row in self.extent.shipments.iter().map(|at| chain.shipments.row(at as usize)) {
            if row.departs == row.arrives && row.departs.is_dated_to_day() {
                open.push((row.departs, row.from.0));
            }
        }
        for (_, row) in self.transformations() {
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
    fn instant_cycles(&self, mut arcs: Vec<(Span, u32, u32)>, findings: &mut Vec<Finding>) {
        if !self.extent.whole {
            arcs = self.instant_arcs_near();
        }
        arcs.par_sort_unstable();
        arcs.dedup();
        let groups = arcs.par_chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        let found: Vec<Vec<Finding>> = groups.map(|group| self.cycles_within(group)).collect();
        findings.extend(found.into_iter().flatten());
    }

    /// The cycles among links of one interval.
    fn cycles_within(&self, group: &[(Span, u32, u32)]) -> Vec<Finding> {
        let chain = self.chain;
        let links = &chain.links;
        let mut findings = Vec::new();
        let mut nodes: Vec<u32> = group.iter().flat_map(|(_, a, b)| [*a, *b]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let place = |node: u32| nodes.partition_point(|n| *n < node) as u32;
        let local: Vec<(u32, u32)> = group.iter().map(|(_, a, b)| (place(*a), place(*b))).collect();
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
        findings
    }
}
