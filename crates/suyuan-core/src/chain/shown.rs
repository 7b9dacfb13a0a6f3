//! Which stocks the records show.

use hashbrown::HashMap;

use super::builder::ChainBuilder;
use super::records::BatchRow;
use super::refs::shipment_times;
use super::repeats::SelfShipment;
use super::stocks::Proto;
use crate::model::Role;
use crate::time::{Minute, Span};

/// Which pair each record shows, in the builder's order.
pub(super) struct Shown {
    pub(super) shipments: Vec<(u32, u32)>,
    pub(super) lines: Vec<u32>,
    pub(super) removals: Vec<u32>,
    pub(super) samples: Vec<u32>,
}

/// Every pair of a batch and an operator that a record shows, with its first event and the
/// earliest begin of its records; and the pair each record shows.
pub(super) fn proto_stocks(
    builder: &ChainBuilder,
    batches: &[BatchRow],
    has_output: &[bool],
    times: &[(Span, bool)],
    self_shipments: &[SelfShipment],
) -> (Vec<Proto>, Shown) {
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
        at
    };
    let mut shown = Shown {
        shipments: Vec::with_capacity(builder.shipments.len()),
        lines: Vec::with_capacity(builder.lines.len()),
        removals: Vec::with_capacity(builder.removals.len()),
        samples: Vec::with_capacity(builder.samples.len()),
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
        let from = show(raw.batch, raw.from, never, begins);
        let to = show(raw.batch, raw.to, arrives.earliest, begins);
        shown.shipments.push((from, to));
    }
    for own in self_shipments {
        show(own.batch, own.operator, never, own.begins);
    }
    for raw in &builder.lines {
        let begins = times[raw.code as usize].0.earliest;
        let first = if raw.role == Role::Output { begins } else { never };
        shown.lines.push(show(raw.batch, raw.operator, first, begins));
    }
    for raw in &builder.removals {
        shown.removals.push(show(raw.batch, raw.operator, never, raw.removed_on.earliest));
    }
    for raw in &builder.samples {
        shown.samples.push(show(raw.batch, raw.operator, never, raw.sampled_on.earliest));
    }
    (protos, shown)
}

/// The protos in order of operator and batch, and the rank of each.
pub(super) fn proto_order(protos: &[Proto]) -> (Vec<u32>, Vec<u32>) {
    use rayon::prelude::*;
    let mut order: Vec<u32> = (0..protos.len() as u32).collect();
    order.par_sort_unstable_by_key(|p| (protos[*p as usize].operator, protos[*p as usize].batch));
    let mut rank = vec![0; protos.len()];
    for (at, proto) in order.iter().enumerate() {
        rank[*proto as usize] = at as u32;
    }
    (order, rank)
}

pub(super) fn key(batch: u32, operator: u32) -> u64 {
    u64::from(operator) << 32 | u64::from(batch)
}
