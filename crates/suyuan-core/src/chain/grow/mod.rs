//! A chain with more records. What the new records touch is made anew; the rest is shared.
//!
//! What a record can change is local. A stock's first event, its balance and what contradicts it
//! depend on its own records; a transformation's time on its lines; whether the stocks of a batch
//! have inferred links on the stocks of that batch; what a batch's own quantity stands for on the
//! outputs of that batch. So growth follows the new records to the stocks they touch and rebuilds
//! those stocks' links from their records, old and new. Only a record that changes how earlier
//! rows read (a registry row that differs from the one kept, a base unit) cannot be added so.

mod refused;
mod relink;
mod rows;

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::balances;
use super::builder::ChainBuilder;
use super::checks;
use super::extent::{self, Extent};
use super::finding::RecordRef;
use super::freeze::sort_lines;
use super::missing;
use super::numbers::Numbers;
use super::origin::Origin;
use super::refs::{line_ref, removal_ref, shipment_ref};
use super::registering::{Rows, register};
use super::removals::RemovalRow;
use super::repeats::{drop_repeated_shipments, note_identical_lines, take_self_shipments};
use super::reports::FurtherSources;
use super::{Built, SupplyChain};
use crate::error::Error;
use crate::id::{BatchId, FileId, OperatorId, SampleId, ShipmentId, StockId, TransformationId};
use crate::model::{Source, Verdict};
use crate::time::Minute;

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
    /// let source = RecallSource::batch(&year, "B1")?;
    /// assert_eq!(recall(&year, &source, &Policy::default())?.affected.len(), 2);
    /// // What a source of the earlier chain names is in the grown one too.
    /// assert_eq!(recall(&grown, &source, &Policy::default())?.affected.len(), 3);
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NeedsRebuild`] when a new record changes how earlier ones read or the chain has
    /// inferred links, and [`Error::Capacity`].
    pub fn append(&self, builder: ChainBuilder) -> Result<Built, Error> {
        if self.has_inferred() {
            return Err(missing::refused());
        }
        grow(self, builder, false)
    }

    /// As [`Self::append`], of records whose sources name the files of this chain.
    pub(crate) fn append_same_files(&self, builder: ChainBuilder) -> Result<Built, Error> {
        grow(self, builder, true)
    }
}

fn grow(old: &SupplyChain, mut day: ChainBuilder, same_files: bool) -> Result<Built, Error> {
    let mut findings = Vec::new();
    let mut chain = old.clone();
    chain.grown = true;
    if !same_files {
        let first_file = chain.files.len() as u32;
        chain.files.append(&mut day.files);
        shift_files(&mut day, first_file);
    }
    let registered =
        |code: &str| chain.find_operator(code).is_ok_and(|id| chain.operator(id).registered);
    findings.extend(day.settle_aliases(registered));
    findings.append(&mut day.noted);

    drop_repeated_shipments(&mut day, &mut findings);
    refused::lots(&chain, &day)?;
    refused::packs(&chain, &day)?;
    refused::unknown_names(&chain, &day, &mut findings);
    refuse_overturned(old, &day)?;
    let rows = Rows::of(&day, &mut findings);
    let self_shipments = take_self_shipments(&mut day);
    sort_lines(&mut day);
    let numbers = numbers(&mut chain, &day)?;
    register(&mut chain, &day, &numbers, rows, &mut findings)?;
    refused::words(&chain, &day, &numbers)?;
    let further = refused::reports(&chain, old, &mut day, &numbers, &mut findings)?;
    if !further.is_empty() {
        let mut all = FurtherSources::clone(&chain.further_sources);
        all.extend(further);
        all.sort_unstable();
        chain.further_sources = Arc::new(all);
    }
    chain.reported |= day.tags.has_reporters();
    note_identical_lines(&day, &mut findings);
    let named = Named::of(&day);
    numbers.apply(&mut day);

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
        remade_batches: HashSet::new(),
        relinked: Vec::new(),
        judged: Vec::new(),
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
    growth.end();
    growth.forget_balances();
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
    chain.look_alikes = old.look_alikes.grown(&chain);
    chain.origin = Origin::grown(old, &chain);
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

/// Refuses a sample that is there with the opposite verdict: one of the two is wrong, and a
/// recall that starts from both clears nothing. A re-test is a correction of the record.
fn refuse_overturned(old: &SupplyChain, day: &ChainBuilder) -> Result<(), Error> {
    let decided = |verdict| matches!(verdict, Some(Verdict::Pass | Verdict::Fail));
    for raw in day.samples.iter().filter(|raw| decided(raw.verdict)) {
        let code = day.texts.text(raw.code);
        let Ok(known) = old.find_samples(code) else { continue };
        let opposed = |id: SampleId| {
            let known = old.sample(id);
            let (batch, operator) = old.stock(known.stock);
            decided(known.verdict)
                && known.verdict != raw.verdict
                && old.batch_code(batch) == day.batch_codes.text(raw.batch)
                && old.operator(operator).code == day.operator_codes.text(raw.operator)
        };
        if known.into_iter().any(opposed) {
            let record = format!("samples {code}");
            let change = "the verdict of a sample; correct its record in a history";
            return Err(Error::NeedsRebuild { record, change });
        }
    }
    Ok(())
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
    day.aliased.iter_mut().for_each(|(_, row)| shift(&mut row.source));
    day.products.iter_mut().for_each(|row| shift(&mut row.source));
    day.batches.iter_mut().for_each(|row| shift(&mut row.source));
    day.shipments.iter_mut().for_each(|row| shift(&mut row.source));
    day.lines.iter_mut().for_each(|row| shift(&mut row.source));
    day.removals.iter_mut().for_each(|row| shift(&mut row.source));
    day.samples.iter_mut().for_each(|row| shift(&mut row.source));
    day.preferred.iter_mut().for_each(|(_, source)| shift(source));
    let noted = day.noted.iter_mut().flat_map(|finding| &mut finding.records);
    noted.for_each(|record| shift(&mut record.source));
}

/// The chain's numbers of a builder's codes, new ones included.
fn numbers(chain: &mut SupplyChain, day: &ChainBuilder) -> Result<Numbers, Error> {
    Ok(Numbers {
        operators: chain.operator_codes.intern(&day.operator_codes)?,
        products: chain.product_codes.intern(&day.product_codes)?,
        batches: chain.batch_codes.intern(&day.batch_codes)?,
        regions: chain.region_codes.intern(&day.region_codes)?,
        transformations: chain.transformation_codes.intern(&day.transformation_codes)?,
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

/// Records or stocks that one thread looks at at a time at least.
const TOGETHER: usize = 1 << 6;

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
    /// Batches with a new row, and those that a transformation made anew puts out.
    remade_batches: HashSet<BatchId>,
    /// Stocks whose links were made anew.
    relinked: Vec<StockId>,
    /// Transformations of which it was judged anew whether inputs contradict the records.
    judged: Vec<TransformationId>,
}

impl Growth<'_> {
    /// The stock that a record shows, which began by `begins`.
    fn show(&mut self, batch: u32, operator: u32, begins: Minute) -> StockId {
        let earlier = self.old.stocks.find(BatchId(batch), OperatorId(operator));
        self.show_as(earlier, batch, operator, begins)
    }

    /// The same where it is known whether the stock was there before.
    fn show_as(
        &mut self,
        earlier: Option<StockId>,
        batch: u32,
        operator: u32,
        begins: Minute,
    ) -> StockId {
        let pair = (BatchId(batch), OperatorId(operator));
        let stocks = &mut self.chain.stocks;
        let known = earlier.or_else(|| self.stocks.get(&pair).copied());
        let stock = known.unwrap_or_else(|| {
            let stock = StockId(stocks.len() as u32);
            stocks.pairs.push(pair);
            stocks.first.push(Minute::UNBOUNDED_FUTURE);
            stocks.begun.push(Minute::UNBOUNDED_FUTURE);
            stocks.balances.push(balances::UNKNOWN);
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
}
