//! A chain with more records. What the new records touch is made anew; the rest is shared.
//!
//! What a record can change is local. A stock's first event, its balance and what contradicts it
//! depend on its own records; a transformation's time on its lines; whether the stocks of a batch
//! have inferred links on the stocks of that batch; what a batch's own quantity stands for on the
//! outputs of that batch. So growth follows the new records to the stocks they touch and rebuilds
//! those stocks' links from their records, old and new. Only a record that changes how earlier
//! rows read (a registry row that differs from the one kept, a base unit) cannot be added so.

use hashbrown::{HashMap, HashSet};

use super::builder::ChainBuilder;
use super::checks;
use super::extent::{self, Extent};
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::freeze::sort_lines;
use super::index::{Link, Node, Side, by_arrival, by_departure, is_stock};
use super::numbers::Numbers;
use super::records::{LineRow, RemovalRow, SampleRow, ShipmentRow, TransformationRow};
use super::refs::{line_ref, removal_ref, shipment_ref, shipment_times};
use super::registering::{Rows, register};
use super::repeats::{
    SelfShipment, drop_repeated_shipments, note_identical_lines, take_self_shipments,
};
use super::transform::plus;
use super::units::Units;
use super::{Built, SupplyChain};
use crate::error::Error;
use crate::id::{
    BatchId, FileId, Interner, OperatorId, RemovalId, ShipmentId, StockId, TransformationId,
};
use crate::model::{Role, Source};
use crate::quantity::Amount;
use crate::time::{Minute, Span};

impl SupplyChain {
    /// The chain with more records, as if they had been there from the start: every question gets
    /// the answer that a chain built of all records would give. This chain stays as it is, and the
    /// two share what the new records do not touch. `builder` holds the new records alone; its
    /// options are not used. The findings are those about the new records and what they touch.
    ///
    /// Takes O(k log n) for k records and what they touch in a chain of n. Ids of this chain stay
    /// valid in the new one; new ids come after them, so that order by id is no longer order by
    /// code or by first event.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Shipment, Source};
    /// use suyuan_core::recall::{Policy, RecallSource, recall};
    /// let shipment = |code: &'static str, from: &'static str, to: &'static str| Shipment {
    ///     code: code.into(), batch: "B1".into(), from: from.into(), to: to.into(),
    ///     ..Shipment::default()
    /// };
    /// let mut year = ChainBuilder::new();
    /// year.add_shipment(&shipment("W1", "FARM", "MARKET"), Source::NONE)?;
    /// let year = year.build()?.chain;
    /// let mut day = ChainBuilder::new();
    /// day.add_shipment(&shipment("W2", "MARKET", "CANTEEN"), Source::NONE)?;
    /// let grown = year.append(day)?.chain;
    /// let source = RecallSource::batch(&grown, "B1")?;
    /// assert_eq!(recall(&grown, &source, &Policy::default()).affected.len(), 3);
    /// assert_eq!(recall(&year, &source, &Policy::default()).affected.len(), 2);
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NeedsRebuild`] when a new record changes how earlier ones read, and
    /// [`Error::Capacity`].
    pub fn append(&self, builder: ChainBuilder) -> Result<Built, Error> {
        grow(self, builder)
    }
}

fn grow(old: &SupplyChain, mut day: ChainBuilder) -> Result<Built, Error> {
    let mut findings = Vec::new();
    let mut chain = old.clone();
    chain.grown = true;
    let first_file = chain.files.len() as u32;
    chain.files.append(&mut day.files);
    shift_files(&mut day, first_file);

    drop_repeated_shipments(&mut day, &mut findings);
    let rows = Rows::of(&day, &mut findings);
    let self_shipments = take_self_shipments(&mut day);
    sort_lines(&mut day);
    note_identical_lines(&day, &mut findings);
    let numbers = numbers(&mut chain, &day)?;
    let named = Named::of(&day);
    numbers.apply(&mut day);
    register(&mut chain, &day, &numbers, rows, &mut findings)?;

    let mut growth = Growth {
        old,
        touched: Touched::default(),
        remade_before: Vec::new(),
        chain,
        stocks: HashMap::new(),
        shipped: HashMap::new(),
        received: HashMap::new(),
        consumed: HashMap::new(),
        made: HashMap::new(),
        remade: HashSet::new(),
        relinked: Vec::new(),
    };
    growth.rows(&day);
    let self_shipments = growth.self_shipments(self_shipments, &numbers);
    growth.shipments(&day, &named, &mut findings)?;
    growth.transformations(&day, &named, &mut findings)?;
    growth.removals(&day, &named, &mut findings);
    growth.samples(&day)?;
    growth.cleanings(&day);
    growth.index_stocks();
    growth.relink();
    growth.settle();
    growth.lead_on();
    let contradicting = growth.contradict();
    let Growth { mut chain, remade_before, touched, .. } = growth;
    for codes in [
        &mut chain.operator_codes,
        &mut chain.product_codes,
        &mut chain.batch_codes,
        &mut chain.region_codes,
        &mut chain.transformation_codes,
    ] {
        codes.rank_later();
    }
    let touched = extent::Touched {
        regions: day.regions.iter().map(|raw| raw.code).collect(),
        operators: day.operators.iter().map(|raw| raw.code).collect(),
        transformations: remade_before,
        batches: touched.batches,
        stocks: touched.stocks,
    };
    let extent = Extent::since(old, &chain, touched);
    checks::run(&chain, &extent, &self_shipments, &contradicting, &mut findings);
    findings.sort();
    findings.dedup();
    Ok(Built { chain, findings })
}

/// Names the files of a builder's records as the chain does.
fn shift_files(day: &mut ChainBuilder, first: u32) {
    let shift = |source: &mut Source| {
        if *source != Source::NONE {
            source.file = FileId(source.file.0 + first);
        }
    };
    day.regions.iter_mut().for_each(|row| shift(&mut row.source));
    day.operators.iter_mut().for_each(|row| shift(&mut row.source));
    day.products.iter_mut().for_each(|row| shift(&mut row.source));
    day.batches.iter_mut().for_each(|row| shift(&mut row.source));
    day.shipments.iter_mut().for_each(|row| shift(&mut row.source));
    day.lines.iter_mut().for_each(|row| shift(&mut row.source));
    day.removals.iter_mut().for_each(|row| shift(&mut row.source));
    day.samples.iter_mut().for_each(|row| shift(&mut row.source));
    day.preferred.iter_mut().for_each(|(_, source)| shift(source));
}

/// The chain's numbers of a builder's codes, new ones included.
fn numbers(chain: &mut SupplyChain, day: &ChainBuilder) -> Result<Numbers, Error> {
    let map = |codes: &mut super::codes::Codes, day: &Interner| -> Result<Vec<u32>, Error> {
        (0..day.len() as u32).map(|at| codes.intern(day.text(at))).collect()
    };
    Ok(Numbers {
        operators: map(&mut chain.operator_codes, &day.operator_codes)?,
        products: map(&mut chain.product_codes, &day.product_codes)?,
        batches: map(&mut chain.batch_codes, &day.batch_codes)?,
        regions: map(&mut chain.region_codes, &day.region_codes)?,
        transformations: map(&mut chain.transformation_codes, &day.transformation_codes)?,
    })
}

/// What findings call the new records, in the builder's order.
struct Named {
    shipments: Vec<RecordRef>,
    lines: Vec<RecordRef>,
    removals: Vec<RecordRef>,
}

impl Named {
    fn of(day: &ChainBuilder) -> Self {
        Self {
            shipments: day.shipments.iter().map(|raw| shipment_ref(day, raw)).collect(),
            lines: day.lines.iter().map(|raw| line_ref(day, raw)).collect(),
            removals: day.removals.iter().map(|raw| removal_ref(day, raw)).collect(),
        }
    }
}

/// What the new records touch.
#[derive(Default)]
struct Touched {
    stocks: Vec<StockId>,
    batches: Vec<BatchId>,
}

struct Growth<'o> {
    old: &'o SupplyChain,
    chain: SupplyChain,
    touched: Touched,
    /// Transformations that were there before and have new lines.
    remade_before: Vec<u32>,
    /// New stocks.
    stocks: HashMap<(BatchId, OperatorId), StockId>,
    /// New shipments by sender and by receiver.
    shipped: HashMap<StockId, Vec<ShipmentId>>,
    received: HashMap<StockId, Vec<ShipmentId>>,
    /// Lines of transformations that were made anew, by stock.
    consumed: HashMap<StockId, Vec<(TransformationId, u32)>>,
    made: HashMap<StockId, Vec<(TransformationId, u32)>>,
    remade: HashSet<TransformationId>,
    /// Stocks whose links were made anew.
    relinked: Vec<StockId>,
}

impl Growth<'_> {
    /// The stock that a record shows, which began by `begins`.
    fn show(&mut self, batch: u32, operator: u32, begins: Minute) -> StockId {
        let pair = (BatchId(batch), OperatorId(operator));
        let stocks = &mut self.chain.stocks;
        let known = self.stocks.get(&pair).copied().or_else(|| stocks.find(pair.0, pair.1));
        let stock = known.unwrap_or_else(|| {
            let stock = StockId(stocks.len() as u32);
            stocks.pairs.push(pair);
            stocks.first.push(Minute::UNBOUNDED_FUTURE);
            stocks.begun.push(Minute::UNBOUNDED_FUTURE);
            self.stocks.insert(pair, stock);
            stock
        });
        if begins < stocks.begun[stock.index()] {
            stocks.begun.set(stock.index(), begins);
        }
        self.touched.stocks.push(stock);
        self.touched.batches.push(pair.0);
        stock
    }

    /// Batches with a new row.
    fn rows(&mut self, day: &ChainBuilder) {
        for raw in &day.batches {
            let row = &self.chain.batches[raw.code as usize];
            if let Some(producer) = row.producer {
                self.show(raw.code, producer.0, row.produced_on.earliest);
            }
        }
    }

    fn self_shipments(&mut self, taken: Vec<SelfShipment>, numbers: &Numbers) -> Vec<SelfShipment> {
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
    fn amounts<'r>(
        &self,
        written: impl Iterator<Item = (u32, super::units::Written, &'r RecordRef)>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Option<Amount>> {
        let (batches, products) = (&self.chain.batches, &self.chain.products);
        let mut units = Units { batches, products, findings: std::mem::take(findings) };
        let amounts = written
            .map(|(batch, (quantity, unit), record)| {
                units.amount(batch, quantity, unit, || record.clone())
            })
            .collect();
        *findings = units.findings;
        amounts
    }

    fn shipments(
        &mut self,
        day: &ChainBuilder,
        named: &Named,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let written = day.shipments.iter().zip(&named.shipments);
        let written = written.map(|(raw, record)| (raw.batch, (raw.quantity, raw.unit), record));
        let amounts = self.amounts(written, findings);
        for ((raw, amount), record) in day.shipments.iter().zip(amounts).zip(&named.shipments) {
            let (departs, arrives) = shipment_times(raw);
            let begins = departs.earliest.min(arrives.earliest);
            let from = self.show(raw.batch, raw.from, begins);
            let to = self.show(raw.batch, raw.to, begins);
            let digest = ShipmentRow::digest_of(raw.digest);
            let row = ShipmentRow {
                from,
                to,
                departs,
                arrives,
                amount,
                code: 0,
                digest,
                source: raw.source,
            };
            let code = day.shipment_codes.text(raw.code);
            if let Some(known) = self.repeats(&row, code) {
                let message = format!("shipments {code}: 2 identical rows count once");
                let records = vec![known, record.clone()];
                findings.push(Finding::new(FindingCode::DuplicateRow, message, records));
                continue;
            }
            let id = ShipmentId(self.chain.shipments.len() as u32);
            let code = self.chain.shipment_codes.add(code)?;
            self.chain.shipments.push(ShipmentRow { code, ..row });
            self.shipped.entry(from).or_default().push(id);
            self.received.entry(to).or_default().push(id);
        }
        Ok(())
    }

    /// An earlier shipment that a new one repeats.
    fn repeats(&self, new: &ShipmentRow, code: &str) -> Option<RecordRef> {
        let links = self.old.links.out.get(new.from.0).iter();
        links.filter(|link| is_stock(link.node)).find_map(|link| {
            let row = &self.old.shipments[link.record() as usize];
            let same =
                row.content() == new.content() && self.old.shipment_codes.text(row.code) == code;
            same.then(|| RecordRef {
                table: Table::Shipments,
                code: code.to_owned(),
                source: row.source,
            })
        })
    }

    fn transformations(
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
    fn transformation(
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
                        known: line.known,
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
            let known = amount.unwrap_or_default();
            let sum = Sum { stock, amount, known, sources: vec![raw.source] };
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
                let Sum { stock, amount, known, .. } = sum;
                chain.lines.push(LineRow { stock, amount, known, sources });
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

    fn removals(&mut self, day: &ChainBuilder, named: &Named, findings: &mut Vec<Finding>) {
        let written = day.removals.iter().zip(&named.removals);
        let written = written.map(|(raw, record)| (raw.batch, (raw.quantity, raw.unit), record));
        let amounts = self.amounts(written, findings);
        let mut taken: HashMap<StockId, Vec<RemovalId>> = HashMap::new();
        for (raw, amount) in day.removals.iter().zip(amounts) {
            let stock = self.show(raw.batch, raw.operator, raw.removed_on.earliest);
            let id = RemovalId(self.chain.removals.len() as u32);
            self.chain.removals.push(RemovalRow {
                stock,
                time: raw.removed_on,
                amount,
                reason: raw.reason,
                source: raw.source,
            });
            taken.entry(stock).or_default().push(id);
        }
        for (stock, new) in taken {
            let mut all = self.chain.removals_of.get(stock.0).to_vec();
            all.extend(new);
            self.chain.removals_of.set(stock.0, all);
        }
    }

    fn samples(&mut self, day: &ChainBuilder) -> Result<(), Error> {
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

    fn cleanings(&mut self, day: &ChainBuilder) {
        for raw in &day.cleanings {
            let mut all = self.chain.cleanings_at.get(raw.operator).to_vec();
            all.push(raw.cleaned_on);
            all.sort_unstable();
            self.chain.cleanings_at.set(raw.operator, all);
        }
    }

    /// Files new stocks under their operators and batches.
    fn index_stocks(&mut self) {
        let Touched { stocks, batches } = &mut self.touched;
        stocks.sort_unstable();
        stocks.dedup();
        batches.sort_unstable();
        batches.dedup();
        let mut new: Vec<(BatchId, OperatorId, StockId)> = self
            .stocks
            .iter()
            .map(|((batch, operator), stock)| (*batch, *operator, *stock))
            .collect();
        let stocks = &mut self.chain.stocks;
        new.sort_unstable();
        for group in new.chunk_by(|a, b| a.0 == b.0) {
            let mut all = stocks.of_batch(group[0].0).to_vec();
            all.extend(group.iter().map(|(_, _, stock)| *stock));
            all.sort_unstable_by_key(|stock| stocks.pairs[stock.index()].1);
            stocks.by_batch.set(group[0].0.0, all);
        }
        new.sort_unstable_by_key(|(batch, operator, _)| (*operator, *batch));
        for group in new.chunk_by(|a, b| a.1 == b.1) {
            let mut all = stocks.at_operator(group[0].1).to_vec();
            all.extend(group.iter().map(|(_, _, stock)| *stock));
            all.sort_unstable_by_key(|stock| stocks.pairs[stock.index()].0);
            stocks.by_operator.set(group[0].1.0, all);
        }
        // A batch's outputs decide what its producer's own quantity stands for.
        for batch in &self.touched.batches {
            self.touched.stocks.extend(self.chain.producer_stock(*batch));
        }
        self.touched.stocks.sort_unstable();
        self.touched.stocks.dedup();
    }

    /// Makes the links of every stock touched anew from their records, but for inferred ones.
    fn relink(&mut self) {
        let chain = &mut self.chain;
        for stock in &self.touched.stocks {
            let kept = |link: &&Link| match Node::of(link.node) {
                Node::Stock(_) => true,
                Node::Transformation(id) => !self.remade.contains(&id),
                _ => false,
            };
            let renewed = |link: &Link| match Node::of(link.node) {
                Node::Transformation(id) => {
                    Link::line(id, link.record(), &chain.transformations[id.index()])
                }
                _ => {
                    let row = &chain.shipments[link.record() as usize];
                    Link::shipment(row.to, link.record(), row)
                }
            };
            let lines = |of: &HashMap<StockId, Vec<(TransformationId, u32)>>| -> Vec<Link> {
                let new = of.get(stock).into_iter().flatten();
                new.map(|(id, line)| Link::line(*id, *line, &chain.transformations[id.index()]))
                    .collect()
            };
            let mut out: Vec<Link> =
                self.old.links.out.get(stock.0).iter().filter(kept).map(renewed).collect();
            for id in self.shipped.get(stock).into_iter().flatten() {
                let row = &chain.shipments[id.index()];
                out.push(Link::shipment(row.to, id.0, row));
            }
            out.extend(lines(&self.consumed));
            // Earlier receipts keep what their senders' records say of them.
            let mut into: Vec<Link> =
                self.old.links.into.get(stock.0).iter().filter(kept).copied().collect();
            for id in self.received.get(stock).into_iter().flatten() {
                let row = &chain.shipments[id.index()];
                into.push(Link::shipment(row.from, id.0, row));
            }
            into.extend(lines(&self.made));
            out.sort_unstable_by(by_departure);
            into.sort_unstable_by(by_arrival);
            chain.links.out.set(stock.0, out);
            chain.links.into.set(stock.0, into);
        }
    }

    /// Settles what follows from the links: first events, what own quantities stand for, orphans.
    fn settle(&mut self) {
        let chain = &mut self.chain;
        let mut has_output: HashMap<BatchId, bool> = HashMap::new();
        for batch in &self.touched.batches {
            let (mut output, mut known) = (false, false);
            for stock in chain.stocks.of_batch(*batch) {
                for link in chain.links.into.get(stock.0) {
                    if matches!(Node::of(link.node), Node::Transformation(_)) {
                        output = true;
                        // A line whose sum is unknown may still have a known part.
                        known |= chain.lines[link.record() as usize].known != Amount::ZERO;
                    }
                }
            }
            has_output.insert(*batch, output);
            let row = &chain.batches[batch.index()];
            let own_quantity = row.producer.is_some() && !known;
            if own_quantity != row.own_quantity {
                let row = super::records::BatchRow { own_quantity, ..row.clone() };
                chain.batches.set(batch.index(), row);
            }
        }
        for stock in &self.touched.stocks {
            let (batch, operator) = chain.stock(*stock);
            let row = &chain.batches[batch.index()];
            let made_here = row.producer == Some(operator) && !has_output[&batch];
            let made = made_here.then_some(row.produced_on.earliest);
            let arrivals = chain.links.into.get(stock.0).iter().map(|link| link.arrives);
            let first = arrivals.chain(made).min().unwrap_or(Minute::UNBOUNDED_FUTURE);
            if first != chain.stocks.first[stock.index()] {
                chain.stocks.first.set(stock.index(), first);
            }
        }
        for batch in &self.touched.batches {
            let had = self.old.stocks.has_hub(*batch);
            let has = chain.stocks.has_hub(*batch);
            if !had && !has {
                continue;
            }
            for stock in chain.stocks.of_batch(*batch).to_vec() {
                let recorded = |link: &&Link| !matches!(Node::of(link.node), Node::Orphans(_));
                let links = &mut chain.links;
                let mut out: Vec<Link> =
                    links.out.get(stock.0).iter().filter(recorded).copied().collect();
                let mut into: Vec<Link> =
                    links.into.get(stock.0).iter().filter(recorded).copied().collect();
                if has {
                    out.push(Link::inferred(*batch));
                    out.sort_unstable_by(by_departure);
                    if chain.stocks.is_orphan(stock) {
                        into.push(Link::inferred(*batch));
                        into.sort_unstable_by(by_arrival);
                    }
                }
                links.out.set(stock.0, out);
                links.into.set(stock.0, into);
                self.relinked.push(stock);
            }
        }
        self.relinked.extend(&self.touched.stocks);
    }

    /// Takes back that a stock leads no further where it has links now.
    fn lead_on(&mut self) {
        let links = &mut self.chain.links;
        for stock in &self.relinked {
            let was_last = self.old.links.out.get(stock.0).is_empty();
            if was_last && !links.out.get(stock.0).is_empty() {
                clear_last(&mut links.out, &links.into, *stock);
            }
            let was_first = self.old.links.into.get(stock.0).is_empty();
            if was_first && !links.into.get(stock.0).is_empty() {
                clear_last(&mut links.into, &links.out, *stock);
            }
        }
    }

    /// Judges anew which links of touched stocks contradict the records. Returns where they stood
    /// with their written dates.
    fn contradict(&mut self) -> Vec<checks::Contradiction> {
        let mut found = Vec::new();
        let mut transformations: Vec<TransformationId> = Vec::new();
        let tolerance = self.chain.tolerance();
        for stock in &self.touched.stocks {
            let places = self.chain.contradicting_at(*stock, tolerance);
            found.extend(places.iter().map(|place| self.chain.contradiction(*place)));
            let chain = &mut self.chain;
            let mut out = chain.links.out.get(stock.0).to_vec();
            for (_, at) in &places {
                out[*at as usize].contradict();
            }
            for link in &out {
                // An undated shipment is possible and still no contradiction.
                let contradicts = places.iter().any(|(_, at)| out[*at as usize] == *link);
                match Node::of(link.node) {
                    Node::Stock(to) => {
                        let here = chain.links.into.get(to.0);
                        let same =
                            |there: &Link| there.node == stock.0 && there.record() == link.record();
                        if let Some(at) = here.iter().position(same)
                            && !here[at].is_judged_as(link)
                        {
                            let mut here = here.to_vec();
                            here[at].judge_as(link);
                            here.sort_unstable_by(by_arrival);
                            chain.links.into.set(to.0, here);
                        }
                    }
                    Node::Transformation(id) => {
                        let lines = &mut chain.contradicted_lines;
                        let changed = if contradicts {
                            lines.insert(link.record())
                        } else {
                            lines.remove(&link.record())
                        };
                        if changed {
                            transformations.push(id);
                        }
                    }
                    _ => {}
                }
            }
            if !places.is_empty() {
                out.sort_unstable_by(by_departure);
                chain.links.out.set(stock.0, out);
            }
        }
        for id in transformations {
            let mut lines = self.chain.input_range(id);
            let contradicted = lines.any(|line| self.chain.is_line_contradicted(line));
            let row = &self.chain.transformations[id.index()];
            if row.contradicted != contradicted {
                let row = TransformationRow { contradicted, ..row.clone() };
                self.chain.transformations.set(id.index(), row);
            }
        }
        found
    }
}

/// Takes back, in the links of one side to a stock, that it leads no further. `back` is the other
/// side.
fn clear_last(side: &mut Side, back: &Side, stock: StockId) {
    for link in back.get(stock.0).iter().filter(|link| is_stock(link.node)) {
        let here = side.get(link.node);
        if here.iter().any(|there| there.node == stock.0 && there.is_last()) {
            let mut here = here.to_vec();
            here.iter_mut().filter(|there| there.node == stock.0).for_each(|t| t.set_last(false));
            side.set(link.node, here);
        }
    }
}

/// The lines of one stock and role of a transformation.
struct Sum {
    stock: StockId,
    amount: Option<Amount>,
    known: Amount,
    sources: Vec<Source>,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.amount = self.amount.zip(other.amount).map(|(a, b)| plus(a, b));
        self.known = plus(self.known, other.known);
        self.sources.extend(other.sources);
    }
}
