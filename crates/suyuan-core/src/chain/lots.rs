//! Which lot each row means where one code stands for several lots.
//!
//! A lot is a code, a product and a producer. Inside, each lot of such a code gets a code of its
//! own, `CODE \0 PRODUCT \0 PRODUCER`, so that nothing after this file knows of the matter: lots
//! are batches, in the order of code, product and producer. A row that may mean several lots stands
//! in each, without a quantity and marked as shared.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::builder::{ChainBuilder, NONE};
use super::finding::{Finding, FindingCode, RecordRef, Table};
use super::refs::{line_ref, removal_ref, sample_ref, shipment_ref};
use super::tags::{Named, Tag};
use crate::error::Error;
use crate::id::Interner;

/// Stands between code, product and producer of a lot; no code holds it.
pub(super) const SEPARATOR: char = '\0';

/// The code that rows name a lot by.
pub(super) fn code_of(lot: &str) -> &str {
    lot.split_once(SEPARATOR).map_or(lot, |(code, _)| code)
}

/// The code of a lot as people read it: product and producer follow in brackets where several lots
/// share the code.
pub(super) fn label_of(lot: &str) -> String {
    match product_and_producer(lot) {
        None => lot.to_owned(),
        Some((product, producer)) => format!("{}[{product},{producer}]", code_of(lot)),
    }
}

/// What tells a lot apart from others of its code.
pub(super) fn product_and_producer(lot: &str) -> Option<(&str, &str)> {
    lot.split_once(SEPARATOR).map(|(_, rest)| rest.split_once(SEPARATOR).unwrap_or((rest, "")))
}

/// The inner code of a label.
pub(super) fn of_label(label: &str) -> Option<String> {
    let (code, rest) = label.strip_suffix(']')?.rsplit_once('[')?;
    let (product, producer) = rest.split_once(',')?;
    Some(format!("{code}{SEPARATOR}{product}{SEPARATOR}{producer}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Lot {
    product: u32,
    producer: u32,
    /// The number of its own code.
    batch: u32,
}

/// The registered lots of the codes that rows use.
struct Register {
    /// By code, a row of it: of most codes the only lot.
    first: Vec<u32>,
    /// Of the others, all lots in order of product and producer.
    several: HashMap<u32, Vec<Lot>>,
}

impl Register {
    fn of(builder: &ChainBuilder) -> Self {
        let mut first = vec![NONE; builder.batch_codes.len()];
        let mut several: HashMap<u32, Vec<Lot>> = HashMap::new();
        let lot = |at: u32| {
            let row = &builder.batches[at as usize];
            Lot { product: row.product, producer: row.operator, batch: row.code }
        };
        for (at, row) in (0..).zip(&builder.batches) {
            let known = &mut first[row.code as usize];
            if *known == NONE {
                *known = at;
            } else if lot(*known) != lot(at) {
                several.entry(row.code).or_insert_with(|| vec![lot(*known)]).push(lot(at));
            }
        }
        for lots in several.values_mut() {
            let key = |lot: &Lot| {
                let product = builder.product_codes.text(lot.product);
                (product, builder.operator_codes.text(lot.producer))
            };
            lots.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
            lots.dedup();
        }
        Self { first, several }
    }

    fn lots<'a>(&'a self, builder: &ChainBuilder, code: u32) -> std::borrow::Cow<'a, [Lot]> {
        if let Some(lots) = self.several.get(&code) {
            return lots.as_slice().into();
        }
        let row = self.first.get(code as usize).and_then(|at| builder.batches.get(*at as usize));
        row.map_or_else(Default::default, |row| {
            vec![Lot { product: row.product, producer: row.operator, batch: row.code }].into()
        })
    }
}

/// What a row says of the lot it means.
enum Meant {
    /// Nothing.
    Unsaid,
    /// What no registered lot has.
    Unknown,
    Lots(Vec<u32>),
}

/// Gives each lot of a code that has several its own code, and each row the lots it means. Returns
/// whether any row stands for several lots. O(n) in the batches, and in all rows where there are
/// such codes or rows that name lots.
pub(super) fn settle(
    builder: &mut ChainBuilder,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    let mut register = Register::of(builder);
    let named = builder.tags.has_lots();
    if register.several.is_empty() && !named {
        return Ok(false);
    }
    let unknown = if named { unknown_names(builder, &register) } else { Vec::new() };
    findings.extend(unknown);
    if register.several.is_empty() {
        return Ok(false);
    }
    let renamed = rename(builder, &mut register)?;
    let parts = Parts::of(builder, &register);
    let mut resolve =
        Resolve { builder, register: &register, parts: &parts, shared: BTreeMap::new() };
    let shipments = resolve.each(
        &builder.shipments,
        |row| (row.batch, row.from, row.tag),
        |row| shipment_ref(builder, row),
    );
    let lines = resolve.each(
        &builder.lines,
        |row| (row.batch, row.operator, row.tag),
        |row| line_ref(builder, row),
    );
    let removals = resolve.each(
        &builder.removals,
        |row| (row.batch, row.operator, row.tag),
        |row| removal_ref(builder, row),
    );
    let samples = resolve.each(
        &builder.samples,
        |row| (row.batch, row.operator, row.tag),
        |row| sample_ref(builder, row),
    );
    let shared = !resolve.shared.is_empty();
    findings.extend(resolve.findings());
    macro_rules! rewrite {
        ($($table:ident)*) => {$(
            let mut meant = $table.into_iter().peekable();
            let mut rows = Vec::with_capacity(builder.$table.len());
            for (at, mut row) in std::mem::take(&mut builder.$table).into_iter().enumerate() {
                let Some((_, lots)) = meant.next_if(|(of, _)| *of == at) else {
                    row.batch = renamed.codes[row.batch as usize];
                    rows.push(row);
                    continue;
                };
                match lots.as_slice() {
                    [lot] => {
                        row.batch = *lot;
                        rows.push(row);
                    }
                    lots => rows.extend(lots.iter().map(|lot| row.shared(*lot))),
                }
            }
            builder.$table = rows;
        )*};
    }
    rewrite! { shipments lines removals samples }
    let lot_of: HashMap<(u32, u32, u32), u32> = register
        .several
        .iter()
        .flat_map(|(code, lots)| {
            lots.iter().map(|lot| ((*code, lot.product, lot.producer), lot.batch))
        })
        .collect();
    for row in &mut builder.batches {
        let lot = lot_of.get(&(row.code, row.product, row.operator));
        row.code = lot.copied().unwrap_or_else(|| renamed.codes[row.code as usize]);
    }
    builder.batch_codes = renamed.interner;
    Ok(shared)
}

/// Batch codes anew, each lot of a code that has several with its own.
struct Renamed {
    interner: Interner,
    /// The new number of each code that stays; [`NONE`] for those with several lots.
    codes: Vec<u32>,
}

fn rename(builder: &ChainBuilder, register: &mut Register) -> Result<Renamed, Error> {
    let mut interner = Interner::default();
    let mut codes = Vec::with_capacity(builder.batch_codes.len());
    for code in 0..builder.batch_codes.len() as u32 {
        let text = builder.batch_codes.text(code);
        let Some(lots) = register.several.get_mut(&code) else {
            codes.push(interner.intern(text)?);
            continue;
        };
        codes.push(NONE);
        for lot in lots {
            let product = builder.product_codes.text(lot.product);
            let producer = builder.operator_codes.text(lot.producer);
            let own = format!("{text}{SEPARATOR}{product}{SEPARATOR}{producer}");
            lot.batch = interner.intern(&own)?;
        }
    }
    Ok(Renamed { interner, codes })
}

/// The lots among some that a row's names fit.
fn meant(builder: &ChainBuilder, lots: &[Lot], tag: Tag) -> Meant {
    let Named { product, producer, .. } = builder.tags.get(tag);
    if product == NONE && producer == NONE {
        return Meant::Unsaid;
    }
    let text = |text: u32| (text != NONE).then(|| builder.texts.text(text));
    let (product, producer) = (text(product), text(producer));
    let fits = |lot: &&Lot| {
        product.is_none_or(|name| builder.product_codes.text(lot.product) == name)
            && producer.is_none_or(|name| builder.operator_codes.text(lot.producer) == name)
    };
    let fitting: Vec<u32> = lots.iter().filter(fits).map(|lot| lot.batch).collect();
    if fitting.is_empty() { Meant::Unknown } else { Meant::Lots(fitting) }
}

/// Rows that name a product or a producer that no registered lot of their code has.
fn unknown_names(builder: &ChainBuilder, register: &Register) -> Vec<Finding> {
    let mut found: BTreeMap<(u32, u32, u32), Vec<RecordRef>> = BTreeMap::new();
    let mut look = |batch: u32, tag: Tag, record: &dyn Fn() -> RecordRef| {
        let lots = register.lots(builder, batch);
        if !lots.is_empty() && matches!(meant(builder, &lots, tag), Meant::Unknown) {
            let Named { product, producer, .. } = builder.tags.get(tag);
            found.entry((batch, product, producer)).or_default().push(record());
        }
    };
    let b = builder;
    b.shipments.iter().for_each(|row| look(row.batch, row.tag, &|| shipment_ref(b, row)));
    b.lines.iter().for_each(|row| look(row.batch, row.tag, &|| line_ref(b, row)));
    b.removals.iter().for_each(|row| look(row.batch, row.tag, &|| removal_ref(b, row)));
    b.samples.iter().for_each(|row| look(row.batch, row.tag, &|| sample_ref(b, row)));
    let finding = |((batch, product, producer), records): (_, Vec<RecordRef>)| {
        let name = |what: &str, text: u32| {
            let text = (text != NONE).then(|| builder.texts.text(text));
            text.map(|text| format!("{what} {text}"))
        };
        let names: Vec<String> =
            [name("product", product), name("producer", producer)].into_iter().flatten().collect();
        let code = builder.batch_codes.text(batch);
        let message = format!(
            "batches {code}: no lot of this code has {}; rows that say so count as naming none",
            names.join(" and ")
        );
        Finding::new(FindingCode::UnknownLot, message, records)
    };
    found.into_iter().map(finding).collect()
}

/// The operators that shipments which name no lot connect, by code.
struct Parts {
    /// The lots whose producer each operator's part holds.
    held: HashMap<(u32, u32), Vec<u32>>,
}

impl Parts {
    fn of(builder: &ChainBuilder, register: &Register) -> Self {
        let mut numbers: HashMap<(u32, u32), usize> = HashMap::new();
        let mut parent: Vec<usize> = Vec::new();
        let mut node = |parent: &mut Vec<usize>, code: u32, operator: u32| {
            *numbers.entry((code, operator)).or_insert_with(|| {
                parent.push(parent.len());
                parent.len() - 1
            })
        };
        for (code, lots) in &register.several {
            lots.iter().for_each(|lot| {
                node(&mut parent, *code, lot.producer);
            });
        }
        for row in &builder.shipments {
            let Some(lots) = register.several.get(&row.batch) else { continue };
            if matches!(meant(builder, lots, row.tag), Meant::Lots(_)) {
                continue;
            }
            let from = node(&mut parent, row.batch, row.from);
            let to = node(&mut parent, row.batch, row.to);
            let (a, b) = (root(&mut parent, from), root(&mut parent, to));
            parent[a.max(b)] = a.min(b);
        }
        let mut of_root: HashMap<usize, Vec<u32>> = HashMap::new();
        for (code, lots) in &register.several {
            for lot in lots {
                if let Some(at) = numbers.get(&(*code, lot.producer)) {
                    of_root.entry(root(&mut parent, *at)).or_default().push(lot.batch);
                }
            }
        }
        let held = numbers.into_iter().map(|(key, at)| {
            let root = root(&mut parent, at);
            (key, of_root.get(&root).cloned().unwrap_or_default())
        });
        Self { held: held.collect() }
    }

    /// The only lot whose producer the part of an operator holds.
    fn only(&self, code: u32, operator: u32) -> Option<u32> {
        match self.held.get(&(code, operator))?.as_slice() {
            [lot] => Some(*lot),
            _ => None,
        }
    }
}

/// The first of a part, with shorter ways for the next time.
fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

struct Resolve<'a> {
    builder: &'a ChainBuilder,
    register: &'a Register,
    parts: &'a Parts,
    /// Rows that stand for several lots, by code.
    shared: BTreeMap<u32, Vec<RecordRef>>,
}

impl Resolve<'_> {
    /// The lots that each row of a table means whose code has several.
    fn each<R>(
        &mut self,
        rows: &[R],
        says: impl Fn(&R) -> (u32, u32, Tag),
        record: impl Fn(&R) -> RecordRef,
    ) -> Vec<(usize, Vec<u32>)> {
        let mut found = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let (code, operator, tag) = says(row);
            let Some(lots) = self.register.several.get(&code) else { continue };
            let means = match meant(self.builder, lots, tag) {
                Meant::Lots(fitting) => fitting,
                Meant::Unsaid | Meant::Unknown => match self.parts.only(code, operator) {
                    Some(lot) => vec![lot],
                    None => lots.iter().map(|lot| lot.batch).collect(),
                },
            };
            if means.len() > 1 {
                self.shared.entry(code).or_default().push(record(row));
            }
            found.push((at, means));
        }
        found
    }

    fn findings(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut rows: BTreeMap<u32, Vec<RecordRef>> = BTreeMap::new();
        for row in &self.builder.batches {
            if self.register.several.contains_key(&row.code) {
                let code = self.builder.batch_codes.text(row.code).to_owned();
                let record = RecordRef { table: Table::Batches, code, source: row.source };
                rows.entry(row.code).or_default().push(record);
            }
        }
        for (code, records) in rows {
            let text = self.builder.batch_codes.text(code);
            let lots = self.register.several.get(&code).map_or(0, Vec::len);
            let message = format!("batches {text}: {lots} lots share this code");
            findings.push(Finding::new(FindingCode::SeveralLots, message, records));
        }
        for (code, records) in self.shared {
            let text = self.builder.batch_codes.text(code);
            let message = format!(
                "batches {text}: {} rows may mean several lots of this code; they count in each, \
                 as possible",
                records.len()
            );
            findings.push(Finding::new(FindingCode::SharedRows, message, records));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_back() {
        let lot = format!("20260301{SEPARATOR}P1{SEPARATOR}F1");
        assert_eq!(code_of(&lot), "20260301");
        assert_eq!(label_of(&lot), "20260301[P1,F1]");
        assert_eq!(of_label("20260301[P1,F1]"), Some(lot));
        assert_eq!((label_of("B[1"), of_label("B[1")), ("B[1".to_owned(), None));
    }
}
