//! Events that lie apart from all other records of their lot.
//!
//! A year mistyped puts one row decades away from the rest of its lot. Nothing else about it is
//! wrong, so no other check sees it, and a recall as of today or within a window loses it. An
//! event is far off when it lies outside the span in which the other rows of its lot lie by more
//! than the shelf life of the product, or a year where that is unknown. What is judged is what is
//! certain: an interval counts by the end that is nearer to the others, the others by those that
//! are farther apart, and what is unknown does not count.

use hashbrown::{HashMap, HashSet};

use super::SupplyChain;
use super::extent::Extent;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::index::{Node, is_stock};
use crate::id::BatchId;
use crate::model::Source;
use crate::time::{DAY, Minute, Span};

/// A row of a lot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Batch,
    Shipment(u32),
    /// What a stock gave to a transformation or got from it.
    Line(u32),
    Removal(u32),
    Sample(u32),
}

/// The two least values that come from different rows.
#[derive(Clone, Copy)]
struct Least {
    first: Option<(i64, Row)>,
    second: Option<i64>,
}

impl Least {
    const NONE: Self = Self { first: None, second: None };

    fn add(&mut self, value: i64, row: Row) {
        match self.first {
            Some((least, of)) if of == row => self.first = Some((least.min(value), row)),
            Some((least, _)) if value >= least => {
                self.second = Some(self.second.map_or(value, |second| second.min(value)));
            }
            Some((least, _)) => {
                self.second = Some(self.second.map_or(least, |second| second.min(least)));
                self.first = Some((value, row));
            }
            None => self.first = Some((value, row)),
        }
    }

    /// The least value of all rows but one.
    fn but(&self, row: Row) -> Option<i64> {
        match self.first {
            Some((_, of)) if of == row => self.second,
            other => other.map(|(least, _)| least),
        }
    }
}

/// The lots to be looked at.
pub(super) struct Lots<'c> {
    chain: &'c SupplyChain,
    /// The samples of each, which no index holds.
    samples: HashMap<BatchId, Vec<u32>>,
}

impl<'c> Lots<'c> {
    /// O(n) in the samples of the chain.
    pub(super) fn new(chain: &'c SupplyChain, extent: &Extent) -> Self {
        let mut samples: HashMap<BatchId, Vec<u32>> = HashMap::new();
        if !extent.batches.is_empty() {
            let some: Option<HashSet<u32>> =
                (!extent.whole).then(|| extent.batches.iter().collect());
            for (at, row) in (0..).zip(chain.samples.iter()) {
                let batch = chain.stock(row.stock).0;
                if some.as_ref().is_none_or(|some| some.contains(&batch.0)) {
                    samples.entry(batch).or_default().push(at);
                }
            }
        }
        Self { chain, samples }
    }

    /// Finds the rows of a lot that are far off. O(n) in its rows.
    pub(super) fn check(&self, batch: BatchId, findings: &mut Vec<Finding>) {
        let (mut starts, mut ends) = (Least::NONE, Least::NONE);
        self.each(batch, |row, span| {
            // Of an interval with one end, that end says how far the lot reaches at least.
            for minute in [span.earliest, span.latest].into_iter().filter(|m| m.is_bounded()) {
                starts.add(minute.minutes().into(), row);
                ends.add(-i64::from(minute.minutes()), row);
            }
        });
        let (Some((first, _)), Some((last, _))) = (starts.first, ends.first) else { return };
        let limit = self.limit(batch);
        if -last - first <= limit {
            return;
        }
        let mut found: Vec<Row> = Vec::new();
        self.each(batch, |row, span| {
            let (Some(first), Some(last)) = (starts.but(row), ends.but(row)) else { return };
            let before =
                span.latest.is_bounded() && i64::from(span.latest.minutes()) < first - limit;
            let after =
                span.earliest.is_bounded() && i64::from(span.earliest.minutes()) > limit - last;
            if !(before || after) || found.contains(&row) {
                return;
            }
            found.push(row);
            let minute = |at: i64| Minute::from_minutes(at as i32);
            let records = self.records(batch, row);
            let what = records
                .first()
                .map_or_else(String::new, |record| format!("{} {}", record.table, record.code));
            let message = format!(
                "{what}: at {}, more than {} days {} the other records of batch {}, which lie \
                 from {} to {}",
                if before { span.latest } else { span.earliest },
                limit / i64::from(DAY),
                if before { "before" } else { "after" },
                self.chain.batch_label(batch),
                minute(first),
                minute(-last),
            );
            findings.push(Finding::new(FindingCode::DateFarOff, message, records));
        });
    }

    /// The shelf life of a lot, a year where none is known, in minutes.
    fn limit(&self, batch: BatchId) -> i64 {
        const YEAR: i64 = 366;
        let row = &self.chain.batches[batch.index()];
        let product = row.product.and_then(|id| self.chain.products.get(id.index()));
        let stated = product.and_then(|product| product.shelf_life_days).map(i64::from);
        let (made, ends) = (row.produced_on.earliest, row.expires_on.latest);
        let own = || {
            let known = made.is_bounded() && ends.is_bounded() && ends > made;
            known.then(|| (i64::from(ends.minutes()) - i64::from(made.minutes())) / i64::from(DAY))
        };
        stated.or_else(own).unwrap_or(YEAR) * i64::from(DAY)
    }

    /// Gives every event of a lot with its row; the events of a row one after another.
    fn each(&self, batch: BatchId, mut give: impl FnMut(Row, Span)) {
        let chain = self.chain;
        let row = &chain.batches[batch.index()];
        if row.producer.is_some() {
            give(Row::Batch, row.produced_on);
        }
        for stock in chain.stocks_of_batch(batch) {
            for link in chain.links.out.get(stock.0) {
                let record = link.record();
                match Node::of(link.node) {
                    Node::Stock(_) => {
                        let shipment = chain.shipments.row(record as usize);
                        give(Row::Shipment(record), shipment.departs);
                        give(Row::Shipment(record), shipment.arrives);
                    }
                    Node::Transformation(id) | Node::Apart(id) => {
                        give(Row::Line(record), chain.transformation_time(id));
                    }
                    Node::Orphans(_) => {}
                }
            }
            for link in chain.links.into.get(stock.0).iter().filter(|link| !is_stock(link.node)) {
                if let Node::Transformation(id) | Node::Apart(id) = Node::of(link.node) {
                    give(Row::Line(link.record()), chain.transformation_time(id));
                }
            }
            for id in chain.removals.of(stock) {
                give(Row::Removal(id.0), chain.removals.row(id.index()).time);
            }
        }
        for at in self.samples.get(&batch).into_iter().flatten() {
            give(Row::Sample(*at), chain.samples[*at as usize].sampled_on);
        }
    }

    /// What a finding calls a row.
    fn records(&self, batch: BatchId, row: Row) -> Vec<RecordRef> {
        let chain = self.chain;
        let one = |table, code: &str, source: Source| {
            vec![RecordRef { table, code: code.to_owned(), source }]
        };
        match row {
            Row::Batch => {
                let source = chain.batches[batch.index()].source;
                one(Table::Batches, chain.batch_code(batch), source)
            }
            Row::Shipment(at) => {
                let source = chain.shipments.source(at as usize);
                one(Table::Shipments, chain.shipment_code(at), source)
            }
            Row::Line(at) => {
                let line = chain.line(at);
                let of = |links: super::departures::LinkList<'_>| {
                    links.iter().find(|link| !is_stock(link.node) && link.record() == at)
                };
                let link = of(chain.links.of(true, line.stock.0))
                    .or_else(|| of(chain.links.of(false, line.stock.0)));
                let code = match link.map(|link| Node::of(link.node)) {
                    Some(Node::Transformation(id) | Node::Apart(id)) => {
                        chain.transformation_codes.text(id.0)
                    }
                    _ => "",
                };
                let sources = chain.line_sources.slice(line.sources.clone()).iter();
                let table = Table::Transformations;
                sources.map(|s| RecordRef { table, code: code.to_owned(), source: *s }).collect()
            }
            Row::Removal(at) => {
                let row = chain.removals.row(at as usize);
                one(Table::Removals, &chain.stock_label(row.stock), row.source)
            }
            Row::Sample(at) => {
                let row = &chain.samples[at as usize];
                one(Table::Samples, chain.texts.text(row.code), row.source)
            }
        }
    }
}
