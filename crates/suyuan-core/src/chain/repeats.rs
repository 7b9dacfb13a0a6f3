//! Records that say the same, and shipments that go nowhere.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use rayon::prelude::*;

use super::builder::{ChainBuilder, RawLine, RawRemoval, RawShipment};
use super::finding::{Finding, FindingCode, RecordRef};
use super::radix;
use super::refs::{line_ref, pair_label, removal_ref, shipment_ref, shipment_times};
use crate::time::Minute;

/// A shipment from an operator to itself: shows a stock, makes no link.
pub(super) struct SelfShipment {
    pub(super) batch: u32,
    pub(super) operator: u32,
    pub(super) begins: Minute,
    pub(super) record: RecordRef,
}

pub(super) fn take_self_shipments(builder: &mut ChainBuilder) -> Vec<SelfShipment> {
    let taken: Vec<RawShipment> =
        builder.shipments.extract_if(.., |raw| raw.from == raw.to).collect();
    let mut taken: Vec<SelfShipment> = taken
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
        .collect();
    taken.sort_unstable_by(|a, b| a.record.cmp(&b.record));
    taken
}

/// Counts rows that say the same once, and notes waybills of several lines. Linear in the rows
/// but for those that share a code.
pub(super) fn drop_repeated_shipments(builder: &mut ChainBuilder, findings: &mut Vec<Finding>) {
    let codes = builder.shipment_codes.len();
    let repeats = builder.shipment_codes.repeats();
    if repeats.is_empty() && codes == builder.shipments.len() {
        return;
    }
    for raw in builder.shipments.iter_mut().filter(|_| !repeats.is_empty()) {
        raw.code = repeats.get(&raw.code).copied().unwrap_or(raw.code);
    }
    let mut counts = vec![0_u8; codes];
    for raw in &builder.shipments {
        let count = &mut counts[raw.code as usize];
        *count = count.saturating_add(1);
    }
    let content = |raw: &RawShipment| {
        (
            raw.code,
            (raw.batch, raw.from, raw.to, raw.shipped_on, raw.received_on),
            (raw.quantity(), raw.digest, raw.tag),
        )
    };
    let mut shared: Vec<u32> = (0..builder.shipments.len() as u32)
        .filter(|at| counts[builder.shipments[*at as usize].code as usize] > 1)
        .collect();
    let rows = &builder.shipments;
    let row = |at: &u32| &rows[*at as usize];
    shared.sort_unstable_by_key(|at| (content(row(at)), row(at).source));
    let mut repeated = Vec::new();
    for group in shared.chunk_by(|a, b| row(a).code == row(b).code) {
        let code = builder.shipment_codes.text(row(&group[0]).code);
        let mut lines = 0;
        for same in group.chunk_by(|a, b| content(row(a)) == content(row(b))) {
            lines += 1;
            repeated.extend_from_slice(&same[1..]);
            if same.len() > 1 {
                findings.push(Finding::new(
                    FindingCode::DuplicateRow,
                    format!("shipments {code}: {} identical rows count once", same.len()),
                    same.iter().map(|at| shipment_ref(builder, row(at))).collect(),
                ));
            }
        }
        if lines > 1 {
            findings.push(Finding::new(
                FindingCode::WaybillLines,
                format!("shipments {code}: a waybill of {lines} lines"),
                group.iter().map(|at| shipment_ref(builder, row(at))).collect(),
            ));
        }
    }
    repeated.sort_unstable();
    let mut at = 0;
    builder.shipments.retain(|_| {
        at += 1;
        repeated.binary_search(&(at - 1)).is_err()
    });
}

/// Notes transformation lines and removals that say the same; all of them count.
pub(super) fn note_identical_lines(builder: &ChainBuilder, findings: &mut Vec<Finding>) {
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
    let rows = &builder.removals;
    // Those of one batch, operator and time are few, and most have none like them.
    let hasher = DefaultHashBuilder::default();
    let hashes: Vec<u32> = rows
        .par_iter()
        .map(|raw| hasher.hash_one((raw.batch, raw.operator, raw.removed_on)) as u32)
        .collect();
    let order = radix::order_by(rows.len(), |at| hashes[at]);
    let alike = |a: &u32, b: &u32| hashes[*a as usize] == hashes[*b as usize];
    for group in order.chunk_by(alike).filter(|group| group.len() > 1) {
        let mut removals: Vec<&RawRemoval> = group.iter().map(|at| &rows[*at as usize]).collect();
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
}
