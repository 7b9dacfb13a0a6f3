//! Codes that may have been meant to be one: found by what is left of each without what typing
//! and spreadsheets do to codes ([`bare_code`](crate::text::bare_code)), and by numbers that a
//! spreadsheet has rounded to scientific notation.
//!
//! They are never merged. [`ChainBuilder::build`](super::ChainBuilder::build) makes a finding of
//! them, and a recall names those that its scope could grow by
//! ([`look_alikes`](crate::recall::look_alikes)).

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::SupplyChain;
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::ledger::{InflowFrom, OutflowTo};
use super::lots;
use crate::id::{BatchId, OperatorId, ProductId, SampleId, StockId};
use crate::text::{bare_code, bare_code_into, unguarded_into};

/// How many codes, and how many records of each, are named.
const NAMED: usize = 10;

/// Why two codes may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Resemblance {
    /// Their [bare forms](crate::text::bare_code) are equal.
    Spelling,
    /// One looks like a number in scientific notation, and the other is a number that it may stand
    /// for; or it is the code itself that looks so, whatever it stands for.
    Scientific,
    /// The name of an operator stands where codes stand.
    Name,
}

impl Resemblance {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spelling => "spelling",
            Self::Scientific => "scientific",
            Self::Name => "name",
        }
    }
}

impl fmt::Display for Resemblance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The whole numbers that a number in scientific notation may stand for, however it was rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rounded {
    shown: u128,
    least: u128,
    most: u128,
}

/// Numbers of more digits are not looked at.
const DIGITS: usize = 36;

impl Rounded {
    /// Reads what programs write: `4.01235E+12`, `4.01235e12`, `4E+12`. `4E12` is a code.
    fn parse(folded: &str) -> Option<Self> {
        let (mantissa, exponent) = folded.split_once('e')?;
        let (first, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let signed = exponent.strip_prefix('+');
        if signed.is_none() && fraction.is_empty() {
            return None;
        }
        let exponent = signed.unwrap_or(exponent);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let leads = matches!(first.as_bytes(), [b'1'..=b'9']);
        if !leads || !digits(fraction) || !digits(exponent) || exponent.len() > 2 {
            return None;
        }
        let exponent: usize = exponent.parse().ok()?;
        let more = exponent.checked_sub(fraction.len())?;
        if exponent >= DIGITS || exponent == 0 {
            return None;
        }
        let shown: u128 = format!("{first}{fraction}").parse().ok()?;
        let step = 10_u128.checked_pow(u32::try_from(more).ok()?)?;
        let shown = shown * step;
        Some(Self { shown, least: shown - step / 2, most: shown + (step - 1) })
    }

    fn holds(self, number: u128) -> bool {
        (self.least..=self.most).contains(&number)
    }
}

/// The number that a bare code is, when it is nothing but digits.
fn number(bare: &str) -> Option<u128> {
    let digits = bare.len() <= DIGITS && bare.bytes().all(|byte| byte.is_ascii_digit());
    if digits { bare.parse().ok() } else { None }
}

/// The number that a code may stand for by rounding.
fn rounded(code: &str) -> Option<Rounded> {
    if code.len() < 4 || !code.contains(['e', 'E', 'ｅ', 'Ｅ']) {
        return None;
    }
    let mut folded = String::new();
    unguarded_into(code, &mut folded);
    Rounded::parse(&folded)
}

/// A digest of a bare form, the same on every machine.
fn digest(bare: &str) -> u32 {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bare.bytes() {
        digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (digest ^ digest >> 32) as u32
}

/// The codes of one table by their bare forms, eight bytes a code.
#[derive(Clone, Debug, Default)]
struct BareCodes {
    /// Digest of the bare form and index of each code the chain was built with, in order.
    base: Arc<Vec<(u32, u32)>>,
    /// The same of codes that came later.
    later: Vec<(u32, u32)>,
    /// Codes in scientific notation, by the least number that each may stand for, with the
    /// largest that any up to it may.
    rounded: Vec<(Rounded, u32, u128)>,
}

impl BareCodes {
    /// Of the codes `0..count`. O(n log n) on all threads.
    fn of<'c>(count: usize, text: impl Fn(u32) -> &'c str + Sync) -> Self {
        let mut codes = Self { base: Arc::new(digests(0, count, &text)), ..Self::default() };
        codes.round(0, count, &text);
        codes
    }

    /// With the codes up to `count`. O(k log k) for k codes that came later.
    fn grown<'c>(&self, count: usize, text: impl Fn(u32) -> &'c str + Sync) -> Self {
        let mut codes = self.clone();
        let covered = self.base.len() + self.later.len();
        codes.later.extend(digests(covered, count, &text));
        codes.later.sort_unstable();
        codes.round(covered, count, &text);
        codes
    }

    fn round<'c>(&mut self, from: usize, count: usize, text: &(impl Fn(u32) -> &'c str + Sync)) {
        let all = (from as u32..count as u32).into_par_iter().with_min_len(1 << 12);
        let new = all.filter_map(|at| rounded(text(at)).map(|it| (it, at, 0)));
        self.rounded.extend(new.collect::<Vec<_>>());
        self.rounded.sort_unstable_by_key(|(it, at, _)| (it.least, it.most, *at));
        let mut most = 0;
        for (it, _, reach) in &mut self.rounded {
            most = it.most.max(most);
            *reach = most;
        }
    }

    /// Codes whose digests are equal, two or more, by index.
    fn alike(&self) -> Vec<Vec<u32>> {
        let index = |group: &[(u32, u32)]| group.iter().map(|(_, at)| *at).collect::<Vec<u32>>();
        let all: Vec<(u32, u32)>;
        let sorted = if self.later.is_empty() {
            &*self.base
        } else {
            let mut both = [&**self.base, &*self.later].concat();
            both.par_sort_unstable();
            all = both;
            &all
        };
        let groups = sorted.par_chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        groups.map(index).collect()
    }

    /// The codes whose digest is that of a bare form.
    fn of_digest(&self, digest: u32) -> impl Iterator<Item = u32> {
        [&**self.base, &*self.later].into_iter().flat_map(move |sorted| {
            let start = sorted.partition_point(|(other, _)| *other < digest);
            let rest = sorted.get(start..).unwrap_or_default();
            rest.iter().take_while(move |(other, _)| *other == digest).map(|(_, at)| *at)
        })
    }

    /// The codes in scientific notation that may stand for a number.
    fn standing_for(&self, number: u128) -> impl Iterator<Item = u32> {
        let end = self.rounded.partition_point(|(it, ..)| it.least <= number);
        let before = self.rounded.get(..end).unwrap_or_default().iter().rev();
        let near = before.take_while(move |(.., reach)| *reach >= number);
        near.filter(move |(it, ..)| it.holds(number)).map(|(_, at, _)| *at)
    }

    /// The codes that are numbers, those in scientific notation as what they show, in order.
    fn numbers<'c>(&self, count: usize, text: impl Fn(u32) -> &'c str + Sync) -> Vec<(u128, u32)> {
        let all = (0..count as u32).into_par_iter().with_min_len(1 << 12);
        let mut numbers: Vec<(u128, u32)> =
            all.filter_map(|at| number(&bare_code(text(at))).map(|number| (number, at))).collect();
        numbers.extend(self.rounded.iter().map(|(it, at, _)| (it.shown, *at)));
        numbers.par_sort_unstable();
        numbers
    }

    /// Bytes of memory.
    fn bytes(&self) -> usize {
        (self.base.capacity() + self.later.capacity()) * size_of::<(u32, u32)>()
            + self.rounded.capacity() * size_of::<(Rounded, u32, u128)>()
    }
}

/// The digests of codes, in order.
fn digests<'c>(
    from: usize,
    count: usize,
    text: &(impl Fn(u32) -> &'c str + Sync),
) -> Vec<(u32, u32)> {
    let all = (from as u32..count as u32).into_par_iter().with_min_len(1 << 12);
    let of = |bare: &mut String, at| {
        bare_code_into(text(at), bare);
        (digest(bare), at)
    };
    let mut digests: Vec<(u32, u32)> = all.map_init(String::new, of).collect();
    digests.par_sort_unstable();
    digests
}

/// The part of sorted numbers that one in scientific notation may stand for.
fn within(numbers: &[(u128, u32)], it: Rounded) -> &[(u128, u32)] {
    let start = numbers.partition_point(|(number, _)| *number < it.least);
    let end = numbers.partition_point(|(number, _)| *number <= it.most);
    numbers.get(start..end).unwrap_or_default()
}

/// Look-alike codes of a chain, each part made when it is first asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct LookAlikes {
    batches: OnceLock<BareCodes>,
    operators: OnceLock<BareCodes>,
    /// Operators without a row whose code is the name of one with a row, and that one.
    named: OnceLock<Vec<(OperatorId, OperatorId)>>,
}

impl LookAlikes {
    /// Those of a chain that grew.
    pub(super) fn grown(&self, chain: &SupplyChain) -> Self {
        let grown = Self::default();
        let grow = |known: &OnceLock<BareCodes>, grown: &OnceLock<BareCodes>, table| {
            if let Some(codes) = known.get() {
                let (count, text) = chain.codes_of(table);
                let _ = grown.set(codes.grown(count, text));
            }
        };
        grow(&self.batches, &grown.batches, Table::Batches);
        grow(&self.operators, &grown.operators, Table::Operators);
        grown
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let codes = [&self.batches, &self.operators].into_iter().filter_map(OnceLock::get);
        let named = self.named.get().map_or(0, Vec::capacity);
        codes.map(BareCodes::bytes).sum::<usize>() + named * size_of::<(OperatorId, OperatorId)>()
    }
}

/// A code that may be meant where another stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct LookAlike {
    /// [`Table::Batches`] or [`Table::Operators`].
    pub table: Table,
    /// The code asked about.
    pub code: String,
    /// The code that looks like it; the code itself where it is in scientific notation.
    pub near: String,
    /// Why they may be one.
    pub why: Resemblance,
    /// How many codes look like it for this reason; at most ten of them are given.
    pub alike: u64,
    /// The records that name `near`, at most ten of them, in order.
    pub records: Vec<RecordRef>,
    /// How many records name it. Shipments between one operator and itself are not among them.
    pub named: u64,
}

impl SupplyChain {
    fn codes_of<'c>(&'c self, table: Table) -> (usize, impl Fn(u32) -> &'c str + Sync) {
        let codes = match table {
            Table::Products => &self.product_codes,
            Table::Operators => &self.operator_codes,
            _ => &self.batch_codes,
        };
        // Lots of one code share it.
        (codes.len(), move |at| lots::code_of(codes.text(at)))
    }

    fn bare_codes(&self, table: Table) -> &BareCodes {
        let made = match table {
            Table::Operators => &self.look_alikes.operators,
            _ => &self.look_alikes.batches,
        };
        made.get_or_init(|| {
            let (count, text) = self.codes_of(table);
            BareCodes::of(count, text)
        })
    }

    /// Operators without a row whose code is the name of one with a row. O(n) in the operators,
    /// once.
    fn named_operators(&self) -> &[(OperatorId, OperatorId)] {
        self.look_alikes.named.get_or_init(|| {
            let ids = || (0..self.operators.len() as u32).map(OperatorId);
            let is_registered = |id: &OperatorId| self.operators[id.index()].registered;
            let unknown = ids().filter(|id| !is_registered(id));
            let unknown: HashMap<String, OperatorId> =
                unknown.map(|id| (bare_code(self.operator_codes.text(id.0)), id)).collect();
            if unknown.is_empty() {
                return Vec::new();
            }
            let named = ids().filter(is_registered).filter_map(|id| {
                let name = self.texts.text(self.operators[id.index()].name);
                unknown.get(&bare_code(name)).filter(|_| !name.is_empty()).map(|code| (*code, id))
            });
            let mut named: Vec<_> = named.collect();
            named.sort_unstable();
            named
        })
    }

    /// The codes that look like those of some batches, and of some operators: see
    /// [`recall::look_alikes`](crate::recall::look_alikes), which asks about a scope. Codes are in
    /// order; what looks alike but is among those asked about is given too.
    ///
    /// Takes O(k log n) for k codes asked about and linear time in the records of what is found,
    /// after O(n log n) in all codes of the chain, once. Where codes are in scientific notation,
    /// all codes are looked at.
    #[must_use]
    pub fn look_alikes(&self, batches: &[BatchId], operators: &[OperatorId]) -> Vec<LookAlike> {
        let naming = Naming::new(self);
        let mut found = Vec::new();
        let ids: Vec<u32> = batches.iter().map(|id| id.0).collect();
        naming.near(Table::Batches, &ids, &mut found);
        let ids: Vec<u32> = operators.iter().map(|id| id.0).collect();
        naming.near(Table::Operators, &ids, &mut found);
        found.sort();
        found.dedup();
        found
    }
}

/// The records that name a code.
struct Naming<'c> {
    chain: &'c SupplyChain,
    /// The samples of each stock, made when first asked for.
    samples: OnceCell<HashMap<StockId, Vec<SampleId>>>,
    /// The batches of each product, likewise.
    batches: OnceCell<HashMap<ProductId, Vec<BatchId>>>,
}

impl<'c> Naming<'c> {
    fn new(chain: &'c SupplyChain) -> Self {
        Self { chain, samples: OnceCell::new(), batches: OnceCell::new() }
    }

    /// What looks like the codes of a table.
    fn near(&self, table: Table, ids: &[u32], found: &mut Vec<LookAlike>) {
        let codes = self.chain.bare_codes(table);
        let (count, text) = self.chain.codes_of(table);
        let numbers = OnceCell::new();
        let mut bare = String::new();
        for id in ids {
            let code = text(*id);
            bare_code_into(code, &mut bare);
            let spelled = codes.of_digest(digest(&bare));
            let spelled = spelled.filter(|at| text(*at) != code && bare_code(text(*at)) == bare);
            self.give(table, code, Resemblance::Spelling, spelled.collect(), found);
            if codes.rounded.is_empty() {
                continue;
            }
            let mut scientific: Vec<u32> = Vec::new();
            if let Some(it) = rounded(code) {
                // It is given itself, whatever it stands for.
                let numbers = numbers.get_or_init(|| codes.numbers(count, &text));
                scientific.extend(within(numbers, it).iter().map(|(_, at)| *at));
                scientific.extend(codes.standing_for(it.shown));
            }
            if let Some(number) = number(&bare) {
                scientific.extend(codes.standing_for(number));
            }
            self.give(table, code, Resemblance::Scientific, scientific, found);
        }
        if table == Table::Operators {
            let asked: HashSet<u32> = ids.iter().copied().collect();
            let mut named: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (unknown, known) in self.chain.named_operators() {
                for (one, other) in [(unknown.0, known.0), (known.0, unknown.0)] {
                    if asked.contains(&one) {
                        named.entry(one).or_default().push(other);
                    }
                }
            }
            for (id, others) in named {
                self.give(table, text(id), Resemblance::Name, others, found);
            }
        }
    }

    fn give(
        &self,
        table: Table,
        code: &str,
        why: Resemblance,
        mut near: Vec<u32>,
        found: &mut Vec<LookAlike>,
    ) {
        let (_, text) = self.chain.codes_of(table);
        // The code itself first.
        near.sort_unstable_by_key(|at| (text(*at) != code, text(*at), *at));
        // Several lots of one code are one code.
        let same: Vec<&[u32]> = near.chunk_by(|a, b| text(*a) == text(*b)).collect();
        for ids in same.iter().take(NAMED) {
            let (records, named) = self.records(table, ids);
            found.push(LookAlike {
                table,
                code: code.to_owned(),
                near: ids.first().map_or_else(String::new, |id| text(*id).to_owned()),
                why,
                alike: same.len() as u64,
                records,
                named,
            });
        }
    }

    /// The first records that name a code, and how many do.
    fn records(&self, table: Table, ids: &[u32]) -> (Vec<RecordRef>, u64) {
        let chain = self.chain;
        let mut records = Vec::new();
        for id in ids {
            let code = || chain.codes_of(table).1(*id).to_owned();
            let row = |registered: bool, source| {
                registered.then(|| RecordRef { table, code: code(), source })
            };
            match table {
                Table::Operators => {
                    let view = chain.operator(OperatorId(*id));
                    records.extend(row(view.registered, view.source));
                    for stock in chain.stocks_at(OperatorId(*id)) {
                        self.stock(*stock, &mut records);
                    }
                }
                Table::Products => {
                    let view = chain.product(ProductId(*id));
                    records.extend(row(view.registered, view.source));
                    for batch in self.batches_of(ProductId(*id)) {
                        let view = chain.batch(*batch);
                        let (table, code) = (Table::Batches, view.code.to_owned());
                        records.push(RecordRef { table, code, source: view.source });
                    }
                }
                _ => {
                    let view = chain.batch(BatchId(*id));
                    records.extend(row(view.producer.is_some(), view.source));
                    for stock in chain.stocks_of_batch(BatchId(*id)) {
                        self.stock(stock, &mut records);
                    }
                }
            }
        }
        records.sort();
        records.dedup();
        let named = records.len() as u64;
        records.truncate(NAMED);
        (records, named)
    }

    fn batches_of(&self, product: ProductId) -> &[BatchId] {
        let batches = self.batches.get_or_init(|| {
            let mut batches: HashMap<ProductId, Vec<BatchId>> = HashMap::new();
            for id in self.chain.batch_ids() {
                if let Some(product) = self.chain.batch(id).product {
                    batches.entry(product).or_default().push(id);
                }
            }
            batches
        });
        batches.get(&product).map_or(&[], Vec::as_slice)
    }

    /// The records of a stock.
    fn stock(&self, stock: StockId, records: &mut Vec<RecordRef>) {
        let chain = self.chain;
        let shipment = |id| {
            let view = chain.shipment(id);
            RecordRef { table: Table::Shipments, code: view.code.to_owned(), source: view.source }
        };
        let removal = |id| {
            let (table, code) = (Table::Removals, chain.stock_label(stock));
            RecordRef { table, code, source: chain.removal(id).source }
        };
        let lines = |id, records: &mut Vec<RecordRef>| {
            let view = chain.transformation(id);
            let lines = view.inputs.iter().chain(&view.outputs).filter(|line| line.stock == stock);
            records.extend(lines.flat_map(|line| line.sources).map(|source| RecordRef {
                table: Table::Transformations,
                code: view.code.to_owned(),
                source: *source,
            }));
        };
        for flow in chain.inflows(stock) {
            match flow.from {
                InflowFrom::Shipment(id) => records.push(shipment(id)),
                InflowFrom::Transformation(id) => lines(id, records),
                InflowFrom::Gained(id) => records.push(removal(id)),
                InflowFrom::Made | InflowFrom::Inferred => {}
            }
        }
        for flow in chain.outflows(stock) {
            match flow.to {
                OutflowTo::Shipment(id) => records.push(shipment(id)),
                OutflowTo::Transformation(id) => lines(id, records),
                OutflowTo::Removal(id) => records.push(removal(id)),
            }
        }
        let samples = self.samples.get_or_init(|| {
            let mut samples: HashMap<StockId, Vec<SampleId>> = HashMap::new();
            for id in chain.sample_ids() {
                samples.entry(chain.sample(id).stock).or_default().push(id);
            }
            samples
        });
        for id in samples.get(&stock).into_iter().flatten() {
            let view = chain.sample(*id);
            let (table, code) = (Table::Samples, view.code.to_owned());
            records.push(RecordRef { table, code, source: view.source });
        }
    }
}

/// The findings of codes that look alike: one a group of codes.
pub(super) fn findings(chain: &SupplyChain, findings: &mut Vec<Finding>) {
    let naming = Naming::new(chain);
    for table in [Table::Batches, Table::Operators, Table::Products] {
        let (count, text) = chain.codes_of(table);
        let made;
        let codes = if table == Table::Products {
            made = BareCodes::of(count, &text);
            &made
        } else {
            chain.bare_codes(table)
        };
        // With how many more there are than are given.
        let mut groups: Vec<(Resemblance, Vec<u32>, usize)> = Vec::new();
        for same in codes.alike() {
            let mut spelled: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            for at in same {
                spelled.entry(bare_code(text(at))).or_default().push(at);
            }
            groups.extend(spelled.into_values().map(|group| (Resemblance::Spelling, group, 0)));
        }
        if !codes.rounded.is_empty() {
            let numbers = codes.numbers(count, &text);
            for (it, at, _) in &codes.rounded {
                let near = within(&numbers, *it);
                let mut group: Vec<u32> = near.iter().take(NAMED).map(|(_, at)| *at).collect();
                group.push(*at);
                groups.push((Resemblance::Scientific, group, near.len().saturating_sub(NAMED)));
            }
        }
        groups.par_iter_mut().for_each(|(_, group, _)| {
            group.sort_unstable_by_key(|at| (text(*at), *at));
            group.dedup();
        });
        for (why, group, more) in groups {
            let same: Vec<&[u32]> = group.chunk_by(|a, b| text(*a) == text(*b)).collect();
            if same.len() < 2 && why == Resemblance::Spelling {
                continue;
            }
            let named = same.iter().take(NAMED).filter_map(|ids| ids.first());
            let named: Vec<String> = named.map(|at| format!("{:?}", text(*at))).collect();
            let more = if same.len() > NAMED || more > 0 { ", ..." } else { "" };
            let one = same.len() == 1;
            let message = format!(
                "{table} {}{more}: {}",
                named.join(", "),
                match why {
                    Resemblance::Scientific if one => {
                        "a spreadsheet may have rounded this code; whatever else had it reads as one"
                    }
                    Resemblance::Scientific => {
                        "a spreadsheet may have rounded one of these codes; they are kept apart"
                    }
                    _ => "these codes look alike; they are kept apart",
                }
            );
            let records = same.iter().take(NAMED).flat_map(|ids| naming.records(table, ids).0);
            findings.push(Finding::new(FindingCode::LookAlikeCodes, message, records.collect()));
        }
    }
}

#[cfg(test)]
mod tests;
