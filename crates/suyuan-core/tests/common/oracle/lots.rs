//! One code, several lots (section 7): which lots there are, and which of them a row means.

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::model::{Batch, Shipment};
use suyuan_core::time::{Minute, Span};

use crate::common::records::Records;

/// Between code, product and producer in the name of a lot.
const BETWEEN: char = '\u{1}';

/// The name of a lot of a code that has several; of a code that has one, the code.
pub(crate) fn lot_name(code: &str, product: &str, producer: &str) -> String {
    format!("{code}{BETWEEN}{product}{BETWEEN}{producer}")
}

/// The code of a lot.
pub(crate) fn code_of(lot: &str) -> &str {
    lot.split(BETWEEN).next().unwrap_or(lot)
}

/// The lot as results label it.
pub(crate) fn label(lot: &str) -> String {
    let parts: Vec<&str> = lot.split(BETWEEN).collect();
    match parts[..] {
        [code, product, producer] => format!("{code}[{product},{producer}]"),
        _ => lot.to_owned(),
    }
}

/// What a row says of the lot it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    pub(crate) code: &'a str,
    pub(crate) product: &'a str,
    pub(crate) producer: &'a str,
}

/// A row column by column, as it would be written: rows are sorted by code point.
fn as_text(row: &Batch<'_>) -> [String; 6] {
    let date = |span: Span| {
        let minute = |minute: Minute| minute.to_string();
        if span.is_unknown() {
            String::new()
        } else {
            format!("{}..{}", minute(span.earliest), minute(span.latest))
        }
    };
    [
        date(row.produced_on),
        date(row.expires_on),
        row.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
        row.unit.map(|unit| unit.symbol().to_owned()).unwrap_or_default(),
        row.origin.to_string(),
        row.certificate.to_string(),
    ]
}

/// The lots of every code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lots {
    /// The kept row of each lot.
    pub(crate) rows: BTreeMap<String, Batch<'static>>,
    /// The lots of each code that has several.
    several: BTreeMap<String, BTreeSet<String>>,
    /// The shipments that name neither product nor producer of a registered lot: code, ends.
    edges: Vec<(String, String, String)>,
}

impl Lots {
    pub(crate) fn new(records: &Records) -> Self {
        // Rows equal in code, product and producer are one lot; the one that sorts first is kept.
        let mut kept: BTreeMap<[&str; 3], &Batch<'static>> = BTreeMap::new();
        for row in &records.batches {
            let place = kept.entry([&row.code, &row.product, &row.operator]).or_insert(row);
            *place = std::cmp::min_by_key(row, *place, |row| as_text(row));
        }
        let mut lots = Self::default();
        for ([code, product, producer], row) in &kept {
            let of_code = kept.keys().filter(|[other, ..]| other == code).count();
            if of_code > 1 {
                let name = lot_name(code, product, producer);
                lots.several.entry((*code).to_owned()).or_default().insert(name.clone());
                lots.rows.insert(name, (*row).clone());
            } else {
                lots.rows.insert((*code).to_owned(), (*row).clone());
            }
        }
        let plain = |row: &&Shipment<'static>| lots.named(naming(row)).is_none();
        let plain: Vec<_> = records.shipments.iter().filter(plain).collect();
        lots.edges = plain
            .into_iter()
            .map(|row| (row.batch.to_string(), row.from.to_string(), row.to.to_string()))
            .collect();
        lots
    }

    /// The lots that the names of a row mean; `None` where it names none that is registered.
    fn named(&self, row: Naming<'_>) -> Option<BTreeSet<String>> {
        if row.product.is_empty() && row.producer.is_empty() {
            return None;
        }
        let fits = |lot: &&String| {
            let of = &self.rows[*lot];
            (row.product.is_empty() || row.product == of.product)
                && (row.producer.is_empty() || row.producer == of.operator)
        };
        let fitting: BTreeSet<String> =
            self.several.get(row.code)?.iter().filter(fits).cloned().collect();
        (!fitting.is_empty()).then_some(fitting)
    }

    /// The operators that shipments without names join to one.
    fn part(&self, code: &str, operator: &str) -> BTreeSet<String> {
        let mut part = BTreeSet::from([operator.to_owned()]);
        loop {
            let before = part.len();
            for (_, from, to) in self.edges.iter().filter(|(of, ..)| of == code) {
                if part.contains(from) || part.contains(to) {
                    part.extend([from.clone(), to.clone()]);
                }
            }
            if part.len() == before {
                return part;
            }
        }
    }

    /// The lots a row at an operator may be of: one, or several where nothing tells which.
    pub(crate) fn meant(&self, row: Naming<'_>, operator: &str) -> BTreeSet<String> {
        let Some(lots) = self.several.get(row.code) else {
            return BTreeSet::from([row.code.to_owned()]);
        };
        if let Some(named) = self.named(row) {
            return named;
        }
        let part = self.part(row.code, operator);
        let made: BTreeSet<String> =
            lots.iter().filter(|lot| part.contains(&*self.rows[*lot].operator)).cloned().collect();
        if made.len() == 1 { made } else { lots.clone() }
    }
}

/// What a shipment says of its lot.
pub(crate) fn naming<'a>(row: &'a Shipment<'_>) -> Naming<'a> {
    Naming { code: &row.batch, product: &row.product, producer: &row.producer }
}
