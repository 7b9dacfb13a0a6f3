//! Rows that several reporters gave of one record.
//!
//! Offices report the same waybill, and merged files hold it once for each. Of rows that are equal
//! in all but who reported them there are as many records as the busiest reporter gave; the others
//! are further sources. Shipments count as equal, too, where a date is empty in one of them.

use super::builder::{ChainBuilder, NONE, RawSample, RawShipment};
use super::finding::{Finding, FindingCode, RecordRef};
use super::refs::{line_ref, removal_ref, sample_ref, shipment_ref};
use super::units::Written;
use crate::model::Source;
use crate::quantity::Amount;
use crate::time::Span;

/// How many rows a finding names; its message has their number.
const NAMED_RECORDS: usize = 10;

/// Quantities in base units, by row.
pub(super) struct Amounts {
    pub(super) shipments: Vec<Option<Amount>>,
    pub(super) lines: Vec<Option<Amount>>,
    pub(super) removals: Vec<Option<Amount>>,
}

/// A quantity by which rows are compared: what cannot be brought to the base unit as it was written.
type Comparable = (Option<Amount>, Option<Written>);

fn comparable(amount: Option<Amount>, written: Written) -> Comparable {
    (amount, amount.is_none().then_some(written))
}

/// Further sources of records, each with the source of the row that was kept, in order.
pub(super) type FurtherSources = Vec<(Source, Source)>;

/// Makes one record of rows that several reporters gave of it, and drops the amounts of the others.
pub(super) fn merge(
    builder: &mut ChainBuilder,
    amounts: &mut Amounts,
    findings: &mut Vec<Finding>,
) -> FurtherSources {
    let mut sources = FurtherSources::new();
    let b = &*builder;
    let reporter = |tag| b.tags.get(tag).reporter;
    let shipments = shipments(b, &amounts.shipments);
    let lines = equal(
        &b.lines,
        |at, row| {
            let quantity = comparable(amounts.lines[at], (row.quantity, row.unit));
            (
                (row.code, row.role, row.operator, row.batch),
                (row.transformed_on, quantity, row.process),
            )
        },
        |row| (reporter(row.tag), row.source),
    );
    let removals = equal(
        &b.removals,
        |at, row| {
            let quantity = comparable(amounts.removals[at], (row.quantity, row.unit));
            ((row.batch, row.operator, row.removed_on), (quantity, row.reason))
        },
        |row| (reporter(row.tag), row.source),
    );
    let samples =
        equal(&b.samples, |_, row| sample_content(row), |row| (reporter(row.tag), row.source));
    let mut note = |what: &str, rows: &[Record], record: &dyn Fn(u32) -> RecordRef| {
        let further = rows.iter().flat_map(|of| of.rows.iter().skip(1));
        let count = further.clone().count();
        if count > 0 {
            let mut named: Vec<RecordRef> = further.map(|at| record(*at)).collect();
            named.sort();
            named.truncate(NAMED_RECORDS);
            let message = format!("{what}: {count} rows give what another reporter gave");
            findings.push(Finding::new(FindingCode::SameRecord, message, named));
        }
    };
    note("shipments", &shipments, &|at| shipment_ref(b, &b.shipments[at as usize]));
    note("transformations", &lines, &|at| line_ref(b, &b.lines[at as usize]));
    note("removals", &removals, &|at| removal_ref(b, &b.removals[at as usize]));
    note("samples", &samples, &|at| sample_ref(b, &b.samples[at as usize]));

    let dates: Vec<(u32, Span, Span)> =
        shipments.iter().map(|of| (of.rows[0], of.dates.0, of.dates.1)).collect();
    for (at, shipped, received) in dates {
        let row = &mut builder.shipments[at as usize];
        (row.shipped_on, row.received_on) = (shipped, received);
    }
    macro_rules! drop_further {
        ($($table:ident)*) => {$({
            let source = |at: u32| builder.$table[at as usize].source;
            let mut kept = vec![true; builder.$table.len()];
            for of in &$table {
                for at in &of.rows[1..] {
                    kept[*at as usize] = false;
                    sources.push((source(of.rows[0]), source(*at)));
                }
            }
            retain(&mut builder.$table, &kept);
            drop_further!(@amounts $table kept);
        })*};
        (@amounts samples $kept:ident) => {};
        (@amounts $table:ident $kept:ident) => { retain(&mut amounts.$table, &$kept) };
    }
    drop_further! { shipments lines removals samples }
    sources.retain(|(kept, _)| *kept != Source::NONE);
    sources.sort_unstable();
    sources.dedup();
    sources
}

fn retain<T>(rows: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    rows.retain(|_| kept.next().copied().unwrap_or(true));
}

fn sample_content(row: &RawSample) -> impl Ord + use<> {
    (
        (row.code, row.kind, row.batch, row.operator, row.sampled_on, row.reported_on),
        (row.verdict, row.test_item, row.measured, row.limit, row.hazard),
    )
}

/// One record: its rows, of each reporter one at most, the one that is kept first.
struct Record {
    rows: Vec<u32>,
    reporters: Vec<u32>,
    dates: (Span, Span),
}

impl Record {
    fn new(at: u32, reporter: u32, dates: (Span, Span)) -> Self {
        Self { rows: vec![at], reporters: vec![reporter], dates }
    }

    fn add(&mut self, at: u32, reporter: u32) {
        self.rows.push(at);
        self.reporters.push(reporter);
    }

    fn lacks(&self, reporter: u32) -> bool {
        !self.reporters.contains(&reporter)
    }
}

/// The records of rows of which several reporters gave equal ones.
fn equal<R, K: Ord>(
    rows: &[R],
    content: impl Fn(usize, &R) -> K,
    report: impl Fn(&R) -> (u32, Source),
) -> Vec<Record> {
    let key = |at: u32| content(at as usize, &rows[at as usize]);
    let by = |at: u32| report(&rows[at as usize]);
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_cached_key(|at| (key(*at), by(*at).1));
    let mut records = Vec::new();
    for group in order.chunk_by(|a, b| key(*a) == key(*b)).filter(|group| group.len() > 1) {
        let mut here: Vec<Record> = Vec::new();
        for at in group {
            let reporter = by(*at).0;
            match here.iter_mut().find(|record| record.lacks(reporter)) {
                Some(record) => record.add(*at, reporter),
                None => here.push(Record::new(*at, reporter, (Span::UNKNOWN, Span::UNKNOWN))),
            }
        }
        records.extend(here);
    }
    records
}

/// The same of shipments, of which one may lack a date that another has.
fn shipments(builder: &ChainBuilder, amounts: &[Option<Amount>]) -> Vec<Record> {
    let rows = &builder.shipments;
    let row = |at: u32| &rows[at as usize];
    let content = |at: u32| {
        let raw = row(at);
        let quantity = comparable(amounts[at as usize], raw.quantity());
        ((raw.code, raw.batch, raw.from, raw.to), quantity)
    };
    let dates = |raw: &RawShipment| (raw.shipped_on, raw.received_on);
    // Those with both dates come first: the others are theirs where they fit.
    let empty = |raw: &RawShipment| {
        u8::from(raw.shipped_on.is_unknown()) + u8::from(raw.received_on.is_unknown())
    };
    let name = |raw: &RawShipment| {
        let reporter = builder.tags.get(raw.tag).reporter;
        if reporter == NONE { "" } else { builder.texts.text(reporter) }
    };
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_cached_key(|at| {
        let raw = row(*at);
        (content(*at), empty(raw), dates(raw), name(raw), raw.source)
    });
    let mut records = Vec::new();
    for group in order.chunk_by(|a, b| content(*a) == content(*b)).filter(|it| it.len() > 1) {
        let mut here: Vec<Record> = Vec::new();
        for at in group {
            let (raw, reporter) = (row(*at), builder.tags.get(row(*at).tag).reporter);
            let own = dates(raw);
            let fits = |record: &Record| {
                record.lacks(reporter)
                    && agree(record.dates.0, own.0)
                    && agree(record.dates.1, own.1)
            };
            match here.iter().position(fits) {
                Some(place) => {
                    let record = &mut here[place];
                    record.add(*at, reporter);
                    record.dates = (filled(record.dates.0, own.0), filled(record.dates.1, own.1));
                }
                None => here.push(Record::new(*at, reporter, own)),
            }
        }
        records.extend(here);
    }
    records
}

/// Whether two dates of one event are the same, or one of them is empty.
fn agree(a: Span, b: Span) -> bool {
    a == b || a.is_unknown() || b.is_unknown()
}

fn filled(a: Span, b: Span) -> Span {
    if a.is_unknown() { b } else { a }
}
