//! The rows of new records, and the stocks they show.

use rayon::prelude::*;

use super::super::builder::{ChainBuilder, RawShipment};
use super::super::finding::{Finding, FindingCode, RecordRef, Table};
use super::super::index::is_stock;
use super::super::numbers::Numbers;
use super::super::records::{LineRow, SampleRow, TransformationRow};
use super::super::refs::shipment_times;
use super::super::removals::RemovalRow;
use super::super::repeats::SelfShipment;
use super::super::shipments::{ShipmentRow, Waybill};
use super::super::transform::plus;
use super::super::units::{Units, Written};
use super::{Growth, Named, TOGETHER};
use crate::error::Error;
use crate::id::{BatchId, OperatorId, ShipmentId, StockId, TransformationId};
use crate::model::{Role, Source};
use crate::quantity::Amount;
use crate::time::Span;

impl Growth<'_> {
    /// Batches with a new row.
    pub(super) fn rows(&mut self, day: &ChainBuilder) {
        for raw in &day.batches {
            self.remade_batches.insert(BatchId(raw.code));
            let row = &self.chain.batches[raw.code as usize];
            if let Some(producer) = row.producer {
                self.show(raw.code, producer.0, row.produced_on.earliest);
            }
        }
    }

    pub(super) fn self_shipments(
        &mut self,
        taken: Vec<SelfShipment>,
        numbers: &Numbers,
    ) -> Vec<SelfShipment> {
        let renumbered = taken.into_iter().map(|own| SelfShipment {
            batch: numbers.batches[own.batch as usize],
            operator: numbers.operators[own.operator as usize],
            ..own
        });
        let renumbered: Vec<SelfShipment> = renumbered.collect();
        for own in &renumbered {
            self.show(own.batch, own.operator, own.begins);
        }
        renumbered
    }

    /// Amounts of new records in their batches' base units.
    pub(super) fn amounts<'r>(
        &self,
        written: impl Iterator<Item = (u32, Written, &'r RecordRef)>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Option<Amount>> {
        let (batches, products) = (&self.chain.batches, &self.chain.products);
        let packs = &self.chain.packs;
        let mut units = Units { batches, products, packs, findings: std::mem::take(findings) };
        let amounts = written
            .map(|(batch, (quantity, unit), record)| {
                units.amount(batch, quantity, unit, || record.clone())
            })
            .collect();
        *findings = units.findings;
        amounts
    }

    pub(super) fn shipments(
        &mut self,
        day: &ChainBuilder,
        named: &Named,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let written = day.shipments.iter().zip(&named.shipments);
        let written = written.map(|(raw, record)| (raw.batch, raw.quantity(), record));
        let amounts = self.amounts(written, findings);
        let found = self.earlier(day, &amounts);
        let rows = day.shipments.iter().zip(amounts).zip(&named.shipments);
        for (((raw, amount), record), earlier) in rows.zip(found) {
            let (departs, arrives) = shipment_times(raw);
            let begins = departs.earliest.min(arrives.earliest);
            let from = self.show_as(earlier.from, raw.batch, raw.from, begins);
            let to = self.show_as(earlier.to, raw.batch, raw.to, begins);
            let row = ShipmentRow { from, to, departs, arrives, amount };
            let digest = Waybill::digest_of(raw.digest);
            let new = Waybill { row, code: 0, digest, source: raw.source };
            let code = day.shipment_codes.text(raw.code);
            if let Some(known) = earlier.repeated {
                let message = format!("shipments {code}: 2 identical rows count once");
                let records = vec![known, record.clone()];
                findings.push(Finding::new(FindingCode::DuplicateRow, message, records));
                continue;
            }
            let id = ShipmentId(self.chain.shipments.len() as u32);
            let code = self.chain.shipment_codes.add(code)?;
            self.chain.shipments.push(Waybill { code, ..new });
            self.shipped.entry(from).or_default().push(id);
            self.received.entry(to).or_default().push(id);
        }
        Ok(())
    }

    /// What was there before of each new shipment. They lie in memory at random: looked for on all
    /// threads.
    fn earlier(&self, day: &ChainBuilder, amounts: &[Option<Amount>]) -> Vec<Earlier> {
        let rows = day.shipments.par_iter().zip(amounts).with_min_len(TOGETHER);
        let look = |(raw, amount): (&RawShipment, &Option<Amount>)| {
            let stock = |operator| self.old.stocks.find(BatchId(raw.batch), OperatorId(operator));
            let (from, to) = (stock(raw.from), stock(raw.to));
            let repeated = from.zip(to).and_then(|(from, to)| {
                let (departs, arrives) = shipment_times(raw);
                let row = ShipmentRow { from, to, departs, arrives, amount: *amount };
                let digest = Waybill::digest_of(raw.digest);
                let new = Waybill { row, code: 0, digest, source: raw.source };
                self.repeats(&new, day.shipment_codes.text(raw.code))
            });
            Earlier { from, to, repeated }
        };
        rows.map(look).collect()
    }

    /// An earlier shipment that a new one repeats.
    fn repeats(&self, new: &Waybill, code: &str) -> Option<RecordRef> {
        let links = self.old.links.out.get(new.row.from.0).iter();
        links.filter(|link| is_stock(link.node)).find_map(|link| {
            let id = link.record() as usize;
            let same = self.old.shipments.row(id) == new.row && {
                let old = self.old.shipments.waybill(id);
                old.digest == new.digest && self.old.shipment_codes.text(old.code) == code
            };
            same.then(|| RecordRef {
                table: Table::Shipments,
                code: code.to_owned(),
                source: self.old.shipments.source(id),
            })
        })
    }

    pub(super) fn transformations(
        &mut self,
        day: &ChainBuilder,
        named: &Named,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let written = day.lines.iter().zip(&named.lines);
        let written = written.map(|(raw, record)| (raw.batch, (raw.quantity, raw.unit), record));
        let amounts = self.amounts(written, findings);
        // New codes have numbers in the order of appearance: their rows are added in that order.
        let mut order: Vec<usize> = (0..day.lines.len()).collect();
        order.sort_by_key(|at| day.lines[*at].code);
        for lines in order.chunk_by(|a, b| day.lines[*a].code == day.lines[*b].code) {
            let id = TransformationId(day.lines[lines[0]].code);
            self.transformation(id, day, lines, &amounts)?;
        }
        Ok(())
    }

    /// Makes a transformation of the lines it had and new ones.
    pub(super) fn transformation(
        &mut self,
        id: TransformationId,
        day: &ChainBuilder,
        new: &[usize],
        amounts: &[Option<Amount>],
    ) -> Result<(), Error> {
        let before = self.old.transformations.get(id.index()).cloned();
        let mut time = before.as_ref().map(|row| row.time);
        let mut dated_to_day = before.as_ref().is_none_or(|row| row.dated_to_day);
        for raw in new.iter().map(|at| &day.lines[*at]) {
            time = Some(time.map_or(raw.transformed_on, |time| time.hull(raw.transformed_on)));
            dated_to_day &= raw.transformed_on.is_dated_to_day();
        }
        let time = time.unwrap_or(Span::UNKNOWN);
        let mut processes: Vec<String> = Vec::new();
        let mut sums: [Vec<Sum>; 2] = [Vec::new(), Vec::new()];
        if let Some(row) = &before {
            processes.extend(self.old.process_texts(id).map(str::to_owned));
            for (role, range) in [&row.inputs, &row.outputs].into_iter().enumerate() {
                for line in self.old.lines_of(range) {
                    let stock = self.chain.stock(line.stock);
                    self.show(stock.0.0, stock.1.0, time.earliest);
                    sums[role].push(Sum {
                        stock: line.stock,
                        amount: line.amount,
                        sources: self.old.line_sources.slice(line.sources.clone()).to_vec(),
                    });
                }
            }
        }
        for at in new {
            let (raw, amount) = (&day.lines[*at], amounts[*at]);
            let process = day.texts.text(raw.process);
            if !process.trim().is_empty() {
                processes.push(process.to_owned());
            }
            let stock = self.show(raw.batch, raw.operator, time.earliest);
            let sum = Sum { stock, amount, sources: vec![raw.source] };
            let role = usize::from(raw.role == Role::Output);
            match sums[role].iter_mut().find(|sum| sum.stock == stock) {
                Some(same) => same.add(sum),
                None => sums[role].push(sum),
            }
        }
        let chain = &mut self.chain;
        let mut ranges = [0..0, 0..0];
        for (role, sums) in sums.into_iter().enumerate() {
            let first = chain.lines.len() as u32;
            for sum in sums {
                let line = chain.lines.len() as u32;
                let start = chain.line_sources.len() as u32;
                sum.sources.into_iter().for_each(|source| chain.line_sources.push(source));
                let sources = start..chain.line_sources.len() as u32;
                let Sum { stock, amount, .. } = sum;
                chain.lines.push(LineRow { stock, amount, sources });
                if role == 1 {
                    self.remade_batches.insert(chain.stock(stock).0);
                }
                let lines = if role == 0 { &mut self.consumed } else { &mut self.made };
                lines.entry(stock).or_default().push((id, line));
            }
            ranges[role] = first..chain.lines.len() as u32;
        }
        processes.sort_unstable();
        processes.dedup();
        let first = chain.processes.len() as u32;
        for process in processes {
            let text = chain.texts.add(&process)?;
            chain.processes.push(text);
        }
        let [inputs, outputs] = ranges;
        let processes = first..chain.processes.len() as u32;
        let row = TransformationRow {
            time,
            dated_to_day,
            contradicted: false,
            inputs,
            outputs,
            processes,
        };
        if before.is_some() {
            chain.transformations.set(id.index(), row);
            self.remade_before.push(id.0);
        } else {
            chain.transformations.push(row);
        }
        for operator in chain.operators_of(id) {
            let here = chain.transformations_at.get(operator.0);
            if let Err(place) = here.binary_search(&id) {
                let mut here = here.to_vec();
                here.insert(place, id);
                chain.transformations_at.set(operator.0, here);
            }
        }
        self.remade.insert(id);
        Ok(())
    }

    pub(super) fn removals(
        &mut self,
        day: &ChainBuilder,
        named: &Named,
        findings: &mut Vec<Finding>,
    ) {
        let written = day.removals.iter().zip(&named.removals);
        let written = written.map(|(raw, record)| (raw.batch, (raw.quantity, raw.unit), record));
        let amounts = self.amounts(written, findings);
        for (raw, amount) in day.removals.iter().zip(amounts) {
            let stock = self.show(raw.batch, raw.operator, raw.removed_on.earliest);
            self.chain.removals.push(RemovalRow {
                stock,
                time: raw.removed_on,
                amount,
                reason: raw.reason,
                source: raw.source,
            });
        }
    }

    pub(super) fn samples(&mut self, day: &ChainBuilder) -> Result<(), Error> {
        for raw in &day.samples {
            let stock = self.show(raw.batch, raw.operator, raw.sampled_on.earliest);
            let mut text = |id: u32| self.chain.texts.add(day.texts.text(id));
            let row = SampleRow {
                code: text(raw.code)?,
                stock,
                kind: raw.kind,
                sampled_on: raw.sampled_on,
                reported_on: raw.reported_on,
                verdict: raw.verdict,
                test_item: text(raw.test_item)?,
                measured: text(raw.measured)?,
                limit: text(raw.limit)?,
                hazard: raw.hazard,
                source: raw.source,
            };
            self.chain.samples.push(row);
        }
        Ok(())
    }

    pub(super) fn cleanings(&mut self, day: &ChainBuilder) {
        for raw in &day.cleanings {
            let mut all = self.chain.cleanings_at.get(raw.operator).to_vec();
            all.push(raw.cleaned_on);
            all.sort_unstable();
            self.chain.cleanings_at.set(raw.operator, all);
        }
    }
}

/// What was there before of a new shipment.
struct Earlier {
    from: Option<StockId>,
    to: Option<StockId>,
    /// The shipment it repeats.
    repeated: Option<RecordRef>,
}

/// The lines of one stock and role of a transformation.
struct Sum {
    stock: StockId,
    amount: Option<Amount>,
    sources: Vec<Source>,
}

impl Sum {
    pub(super) fn add(&mut self, other: Self) {
        self.amount = self.amount.zip(other.amount).map(|(a, b)| plus(a, b));
        self.sources.extend(other.sources);
    }
}
