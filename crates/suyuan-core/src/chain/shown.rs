//! Which stocks the records show.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::builder::{ChainBuilder, RawShipment};
use super::records::BatchRow;
use super::refs::shipment_times;
use super::repeats::SelfShipment;
use super::stocks::Proto;
use crate::fetch::fetch;
use crate::model::Role;
use crate::time::{Minute, Span};

/// So many records ahead what one of them needs is asked for.
const AHEAD: usize = 24;

/// Which pair each record shows, in the builder's order: the place of the pair in the order of
/// batches and operators.
pub(super) struct Shown {
    /// The receiver's pair of each shipment.
    pub(super) to: Vec<u32>,
    /// The first of each run of shipments of one sender and batch, and the sender's pair.
    runs: Vec<(u32, u32)>,
    pub(super) lines: Vec<u32>,
    pub(super) removals: Vec<u32>,
    pub(super) samples: Vec<u32>,
}

impl Shown {
    /// The sender's pair of every shipment.
    pub(super) fn senders(&self) -> impl Iterator<Item = u32> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.0).chain([self.to.len() as u32]);
        let runs = self.runs.iter().zip(ends);
        runs.flat_map(|((first, pair), end)| (*first..end).map(|_| *pair))
    }
}

/// What is shown of a batch: an operator, and the record that shows it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Sight {
    operator: u32,
    /// The number of the record among all kinds of records.
    slot: u32,
}

/// Where the slots of each kind of record begin.
struct Slots {
    runs: u32,
    batches: u32,
    own: u32,
    lines: u32,
    removals: u32,
    samples: u32,
    end: u32,
}

/// The records, and what of them shows a pair.
struct Records<'a> {
    builder: &'a ChainBuilder,
    batches: &'a [BatchRow],
    times: &'a [(Span, bool)],
    own: &'a [SelfShipment],
    /// The first of each run of shipments of one sender and batch.
    runs: Vec<u32>,
    slots: Slots,
}

impl Records<'_> {
    /// Every batch and what is shown of it. Records of one batch mostly lie near each other.
    fn each(&self, mut give: impl FnMut(u32, Sight)) {
        let builder = self.builder;
        for (slot, raw) in (0..).zip(&builder.shipments) {
            give(raw.batch, Sight { operator: raw.to, slot });
        }
        for (slot, first) in (self.slots.runs..).zip(&self.runs) {
            let raw = &builder.shipments[*first as usize];
            give(raw.batch, Sight { operator: raw.from, slot });
        }
        for (batch, row) in (0..).zip(self.batches) {
            if let Some(producer) = row.producer {
                give(batch, Sight { operator: producer.0, slot: self.slots.batches + batch });
            }
        }
        for (slot, own) in (self.slots.own..).zip(self.own) {
            give(own.batch, Sight { operator: own.operator, slot });
        }
        for (slot, raw) in (self.slots.lines..).zip(&builder.lines) {
            give(raw.batch, Sight { operator: raw.operator, slot });
        }
        for (slot, raw) in (self.slots.removals..).zip(&builder.removals) {
            give(raw.batch, Sight { operator: raw.operator, slot });
        }
        for (slot, raw) in (self.slots.samples..).zip(&builder.samples) {
            give(raw.batch, Sight { operator: raw.operator, slot });
        }
    }

    /// What a record says of its stock: the first event, and the earliest begin of its records.
    fn start(&self, slot: u32) -> (Minute, Minute) {
        const NEVER: Minute = Minute::UNBOUNDED_FUTURE;
        let Self { builder, slots, .. } = self;
        let shipment = |raw: &RawShipment| {
            let (departs, arrives) = shipment_times(raw);
            (arrives.earliest, departs.earliest.min(arrives.earliest))
        };
        if slot < slots.runs {
            return shipment(&builder.shipments[slot as usize]);
        }
        if slot < slots.batches {
            let run = (slot - slots.runs) as usize;
            let end = self.runs.get(run + 1).map_or(builder.shipments.len(), |end| *end as usize);
            let run = &builder.shipments[self.runs[run] as usize..end];
            return (NEVER, run.iter().map(|raw| shipment(raw).1).min().unwrap_or(NEVER));
        }
        if slot < slots.own {
            let batch = (slot - slots.batches) as usize;
            let made = self.batches[batch].produced_on.earliest;
            let making = self.batches[batch].making.is_making();
            return (if making { made } else { NEVER }, made);
        }
        if slot < slots.lines {
            return (NEVER, self.own[(slot - slots.own) as usize].begins);
        }
        if slot < slots.removals {
            let raw = &builder.lines[(slot - slots.lines) as usize];
            let begins = self.times[raw.code as usize].0.earliest;
            return (if raw.role == Role::Output { begins } else { NEVER }, begins);
        }
        if slot < slots.samples {
            let raw = &builder.removals[(slot - slots.removals) as usize];
            return (NEVER, raw.removed_on.earliest);
        }
        (NEVER, builder.samples[(slot - slots.samples) as usize].sampled_on.earliest)
    }
}

/// The first of each run of shipments of one sender and batch.
fn runs(shipments: &[RawShipment]) -> Vec<u32> {
    let mut runs = Vec::new();
    let mut last = None;
    for (at, raw) in (0..).zip(shipments) {
        let pair = Some((raw.batch, raw.from));
        if last != pair {
            runs.push(at);
        }
        last = pair;
    }
    runs
}

/// Every pair of a batch and an operator that a record shows, by batch and operator, with its
/// first event and the earliest begin of its records; and the pair each record shows. `None` when
/// there are more records than numbers. Linear in the records but for sorting those of each batch.
pub(super) fn proto_stocks(
    builder: &ChainBuilder,
    batches: &[BatchRow],
    times: &[(Span, bool)],
    own: &[SelfShipment],
) -> Option<(Vec<Proto>, Shown)> {
    let runs = runs(&builder.shipments);
    let counts = [
        builder.shipments.len(),
        runs.len(),
        batches.len(),
        own.len(),
        builder.lines.len(),
        builder.removals.len(),
        builder.samples.len(),
    ];
    let mut end = 0_u32;
    let mut firsts = [0_u32; 7];
    for (first, count) in firsts.iter_mut().zip(counts) {
        *first = end;
        end = end.checked_add(u32::try_from(count).ok()?)?;
    }
    let [_, after_shipments, after_runs, after_batches, after_own, after_lines, after_removals] =
        firsts;
    let slots = Slots {
        runs: after_shipments,
        batches: after_runs,
        own: after_batches,
        lines: after_own,
        removals: after_lines,
        samples: after_removals,
        end,
    };
    let records = Records { builder, batches, times, own, runs, slots };

    let (starts, mut sights) = by_batch(&records, batches.len());
    let mut rest = sights.as_mut_slice();
    let mut parts = Vec::new();
    for (batch, group) in (0..).zip(starts.windows(2)) {
        let (here, behind) = std::mem::take(&mut rest).split_at_mut((group[1] - group[0]) as usize);
        rest = behind;
        parts.push((batch, here));
    }
    let distinct: Vec<u32> = parts
        .par_iter_mut()
        .with_min_len(64)
        .map(|(_, here)| {
            here.sort_unstable();
            here.chunk_by(|a, b| a.operator == b.operator).count() as u32
        })
        .collect();
    drop(parts);
    let shown: Vec<AtomicU32> = (0..records.slots.end).map(|_| AtomicU32::new(0)).collect();
    let firsts = distinct.iter().scan(0, |sum, count| Some(std::mem::replace(sum, *sum + count)));
    let firsts: Vec<u32> = firsts.collect();
    let protos: Vec<Vec<Proto>> = starts
        .par_windows(2)
        .enumerate()
        .zip(&firsts)
        .with_min_len(64)
        .map(|((batch, group), first)| {
            let mut ahead = sights.get(group[0] as usize + AHEAD..).unwrap_or_default().iter();
            let here = &sights[group[0] as usize..group[1] as usize];
            let pairs = (*first..).zip(here.chunk_by(|a, b| a.operator == b.operator));
            let pair = |(pair, here): (u32, &[Sight])| {
                let never = Minute::UNBOUNDED_FUTURE;
                let (mut first, mut begun) = (never, never);
                for sight in here {
                    if let Some(ahead) = ahead.next() {
                        fetch(&shown, ahead.slot as usize);
                        fetch(&builder.shipments, ahead.slot as usize);
                    }
                    shown[sight.slot as usize].store(pair, Ordering::Relaxed);
                    let start = records.start(sight.slot);
                    (first, begun) = (first.min(start.0), begun.min(start.1));
                }
                let operator = here.first().map_or(0, |sight| sight.operator);
                Proto { operator, batch: batch as u32, first, begun }
            };
            pairs.map(pair).collect()
        })
        .collect();
    drop(sights);
    let protos = protos.concat();
    let Slots { runs, batches, lines, removals, samples, end, .. } = records.slots;
    let of = |from: u32, to: u32| {
        let here = shown[from as usize..to as usize].iter();
        here.map(|pair| pair.load(Ordering::Relaxed)).collect::<Vec<u32>>()
    };
    let senders = of(runs, batches);
    let shown = Shown {
        to: of(0, runs),
        runs: records.runs.into_iter().zip(senders).collect(),
        lines: of(lines, removals),
        removals: of(removals, samples),
        samples: of(samples, end),
    };
    Some((protos, shown))
}

/// What is shown of every batch, one after another.
fn by_batch(records: &Records<'_>, batches: usize) -> (Vec<u32>, Vec<Sight>) {
    let mut starts = vec![0_u32; batches + 1];
    records.each(|batch, _| starts[batch as usize + 1] += 1);
    for batch in 1..starts.len() {
        starts[batch] += starts[batch - 1];
    }
    let mut next = starts.clone();
    let mut sights = vec![Sight::default(); starts[batches] as usize];
    records.each(|batch, sight| {
        let place = &mut next[batch as usize];
        sights[*place as usize] = sight;
        *place += 1;
    });
    (starts, sights)
}
