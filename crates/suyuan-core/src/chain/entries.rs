//! The entries of the link index.

use super::index::{Entry, POSSIBLE};
use super::records::ShipmentRow;
use super::stocks::Stocks;
use super::transform::Transformed;
use crate::id::BatchId;
use crate::time::Minute;

/// The batches that have an orphan and another stock it can have come from.
pub(super) fn orphan_hubs(stocks: &Stocks, batches: usize) -> Vec<BatchId> {
    (0..batches as u32)
        .map(BatchId)
        .filter(|batch| {
            let here = stocks.of_batch(*batch);
            here.len() > 1
                && here.iter().any(|s| stocks.first[s.index()] == Minute::UNBOUNDED_FUTURE)
        })
        .collect()
}

pub(super) fn entries(
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
