//! The two-way link index: for each stock its outgoing links in departure order and its incoming
//! links in arrival order. The outgoing ones stand in the table of shipments itself where they can:
//! see [`super::departures`].
//!
//! A link leads from a stock to a stock, or to an inner node that stands for what lies between:
//! a transformation, whose lines lead on to its other side, or the orphans of a batch, which its
//! stocks lead on to. So n inputs and m outputs cost n + m entries, and the inferred links into o
//! orphans of a batch of k stocks cost k + o. No result names inner nodes.

use hashbrown::HashMap;
use rayon::prelude::*;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::column::Column;
use super::departures::{Apart, Departures, LONG_LISTS, LinkList, rows_of};
use super::ends::Ends;
use super::groups::Groups;
use super::marks::Marks;
use super::records::{BatchRow, TransformationRow};
use super::shipments::{Base, ShipmentRow, Shipments, target_of};
use super::stocks::Stocks;
use super::transform::Transformed;
use crate::error::{Capacity, Error};
use crate::id::{BatchId, StockId, TransformationId};
use crate::time::Minute;

/// Set in [`Link::record`] when a trace over certain records alone may not use the link.
const POSSIBLE: u32 = 1 << 29;

/// Set in [`Link::record`] when the stock at the other end is known to lead no further.
pub(super) const LAST: u32 = 1 << 30;

/// Set in [`Link::record`] when, besides, no other link leads to the stock at the other end and
/// it came to be in no other way.
pub(super) const SOLE: u32 = 1 << 31;

/// How many rows of a table links can name.
pub(crate) const ROWS: usize = 1 << 29;

/// The bits of a node that say what it is; the others are the index among its kind.
const KIND: u32 = 30;
/// Kinds of nodes.
pub(crate) const KINDS: usize = 4;

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Stock(StockId),
    Transformation(TransformationId),
    /// The orphans of a batch.
    Orphans(BatchId),
    /// A transformation seen apart from its dates. Forward: its equipment, which carried material
    /// over from another one. Backward: those of its inputs whose departure contradicts the
    /// records and counts as unknown.
    Apart(TransformationId),
}

impl Node {
    /// The node of a tagged number.
    #[inline]
    pub(crate) const fn of(number: u32) -> Self {
        let index = index(number);
        match kind(number) {
            0 => Self::Stock(StockId(index)),
            1 => Self::Transformation(TransformationId(index)),
            2 => Self::Orphans(BatchId(index)),
            _ => Self::Apart(TransformationId(index)),
        }
    }

    /// Its tagged number. Stocks are numbered by their ids and come before all others.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Stock(id) => id.0,
            Self::Transformation(id) => 1 << KIND | id.0,
            Self::Orphans(id) => 2 << KIND | id.0,
            Self::Apart(id) => 3 << KIND | id.0,
        }
    }
}

pub(crate) const fn kind(number: u32) -> usize {
    (number >> KIND) as usize
}

pub(crate) const fn index(number: u32) -> u32 {
    number & ((1 << KIND) - 1)
}

#[inline]
pub(crate) const fn is_stock(number: u32) -> bool {
    number >> KIND == 0
}

/// What a link says of the stock at its other end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct EndOf {
    /// Whether it is known to lead no further.
    pub(super) last: bool,
    /// Whether, besides, nothing else leads to it.
    pub(super) sole: bool,
}

/// A link as one of its stocks sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Link {
    /// The number of the node at the other end.
    pub(crate) node: u32,
    /// Last minute at which it can have left its source, as tracing takes it.
    pub(crate) departs: Minute,
    /// First minute at which it can have reached its target.
    pub(crate) arrives: Minute,
    /// The shipment's or the transformation line's index, with [`POSSIBLE`], [`LAST`], [`SOLE`].
    record: u32,
}

impl Link {
    pub(crate) const BLANK: Self = Self {
        node: 0,
        departs: Minute::UNBOUNDED_PAST,
        arrives: Minute::UNBOUNDED_PAST,
        record: 0,
    };

    /// The shipment's or the transformation line's index.
    #[inline]
    pub(crate) const fn record(&self) -> u32 {
        self.record & !(POSSIBLE | LAST | SOLE)
    }

    /// Whether only a trace over all records may use it.
    #[inline]
    pub(crate) const fn is_possible(&self) -> bool {
        self.record & POSSIBLE != 0
    }

    /// Whether the stock at the other end is known to have no links that way.
    #[inline]
    pub(crate) const fn is_last(&self) -> bool {
        self.record & LAST != 0
    }

    /// Whether, besides, nothing else leads to that stock.
    #[inline]
    pub(crate) const fn is_sole(&self) -> bool {
        self.record & SOLE != 0
    }

    /// A shipment as its packed row says it: the stock at the other end with [`LAST`] and [`SOLE`].
    #[inline(always)]
    pub(super) const fn packed(
        end: u32,
        record: u32,
        (departs, arrives): (Minute, Minute),
        possible: bool,
    ) -> Self {
        let possible = if possible { POSSIBLE } else { 0 };
        let marks = end & (LAST | SOLE) | possible;
        Self { node: end & !(LAST | SOLE), departs, arrives, record: record | marks }
    }

    /// The same link at other minutes.
    pub(super) const fn with_times(self, departs: Minute, arrives: Minute) -> Self {
        Self { departs, arrives, ..self }
    }

    /// The same link with the lowest byte of each field first, and back.
    pub(super) fn to_little(self) -> Self {
        let little = |minute: Minute| Minute::from_minutes(minute.minutes().to_le());
        Self {
            node: self.node.to_le(),
            departs: little(self.departs),
            arrives: little(self.arrives),
            record: self.record.to_le(),
        }
    }

    /// Says whether the stock at the other end leads no further, and whether nothing else leads
    /// to it.
    pub(super) fn set_end(&mut self, EndOf { last, sole }: EndOf) {
        let mark = if last { LAST } else { 0 } | if last && sole { SOLE } else { 0 };
        self.record = self.record & !(LAST | SOLE) | mark;
    }

    /// Takes it as possible only.
    pub(super) fn set_possible(&mut self) {
        self.record |= POSSIBLE;
    }

    /// A shipment as one of its stocks sees it; `other` is the one at the other end.
    pub(super) fn shipment(other: StockId, id: u32, row: &ShipmentRow) -> Self {
        let dated = row.departs.is_dated_to_day() || row.arrives.is_dated_to_day();
        let (departs, arrives) = (row.departs.latest, row.arrives.earliest);
        Self { node: other.0, departs, arrives, record: id | mark(dated) }
    }

    /// A line of a transformation as its stock sees it.
    pub(super) fn line(id: TransformationId, line: u32, row: &TransformationRow) -> Self {
        Self {
            node: Node::Transformation(id).number(),
            departs: row.time.latest,
            arrives: row.time.earliest,
            record: line | mark(row.dated_to_day),
        }
    }

    /// The inferred link between a stock and the orphans of its batch.
    pub(super) fn inferred(batch: BatchId) -> Self {
        Self {
            node: Node::Orphans(batch).number(),
            departs: Minute::UNBOUNDED_FUTURE,
            arrives: Minute::UNBOUNDED_PAST,
            record: POSSIBLE,
        }
    }

    /// Whether it departs as another says and is as certain.
    pub(super) fn is_judged_as(&self, other: &Self) -> bool {
        (self.departs, self.is_possible()) == (other.departs, other.is_possible())
    }

    /// Departs as another says and is as certain.
    pub(super) fn judge_as(&mut self, other: &Self) {
        self.departs = other.departs;
        self.record = self.record & !POSSIBLE | other.record & POSSIBLE;
    }

    /// Takes its departure as unknown and itself as possible only.
    pub(super) fn contradict(&mut self) {
        self.departs = Minute::UNBOUNDED_FUTURE;
        self.record |= POSSIBLE;
    }
}

/// The incoming links, by stock.
pub(crate) type Arrivals = Groups<Link>;

/// Both directions.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkIndex {
    /// Latest departure first.
    pub(crate) out: Departures,
    /// Earliest arrival first.
    pub(crate) into: Arrivals,
    /// The stocks on either side of transformations.
    pub(crate) ends: Ends,
}

const fn mark(certain: bool) -> u32 {
    if certain { 0 } else { POSSIBLE }
}

/// What the index is made of.
pub(super) struct Parts<'a> {
    pub(super) transformed: &'a Transformed,
    pub(super) stocks: &'a Stocks,
    pub(super) batches: &'a Column<BatchRow>,
    /// The batches that have an orphan and another stock it can have come from.
    pub(super) hubs: &'a [BatchId],
}

impl Parts<'_> {
    /// Whether a batch's own quantity counts as made at a stock.
    fn is_made(&self, stock: StockId) -> bool {
        let (batch, operator) = self.stocks.pairs[stock.index()];
        self.batches[batch.index()].is_made_at(operator)
    }

    /// Every outgoing or incoming link that is no shipment, by its stock.
    fn inner(&self, outgoing: bool) -> impl Iterator<Item = (u32, Link)> + '_ {
        let lines = (0..).zip(&self.transformed.rows).flat_map(move |(id, row)| {
            let range = if outgoing { &row.inputs } else { &row.outputs };
            range.clone().map(move |line| {
                let stock = self.transformed.lines[line as usize].stock;
                (stock.0, Link::line(TransformationId(id), line, row))
            })
        });
        let inferred = self.hubs.iter().flat_map(move |batch| {
            let here = self.stocks.of_batch(*batch);
            here.filter(move |stock| outgoing || self.stocks.is_orphan(*stock))
                .map(|stock| (stock.0, Link::inferred(*batch)))
        });
        lines.chain(inferred)
    }

    /// Every incoming link, by its stock: the shipment or the link.
    fn incoming<'s>(
        &'s self,
        shipments: &'s Base,
    ) -> impl Iterator<Item = (u32, Result<u32, Link>)> + 's {
        let shipped = (0..).zip(&*shipments.rows).map(|(at, row)| (target_of(*row), Ok(at)));
        shipped.chain(self.inner(false).map(|(stock, link)| (stock, Err(link))))
    }

    /// Every outgoing link of the stocks that something else than shipments leaves, and the codes
    /// of these; `None` where they are too many. Their shipments stand last, from `first` on.
    fn apart(&self, shipments: &Base, first: u32) -> Option<(Vec<u32>, Apart, Vec<u32>)> {
        let mut inner: Vec<(u32, Link)> = self.inner(true).collect();
        inner.par_sort_by_key(|(stock, _)| *stock);
        let mut shipped = (first..shipments.rows.len() as u32).peekable();
        let mut links = Vec::with_capacity(inner.len() + shipped.len());
        let mut groups = Vec::new();
        for group in inner.chunk_by(|a, b| a.0 == b.0) {
            let (stock, start) = (group[0].0, links.len());
            links.extend(group.iter().map(|(_, link)| *link));
            let row = |at: &u32| shipments.at(*at as usize);
            while let Some(at) = shipped.next_if(|at| row(at).from.0 == stock) {
                let row = row(&at);
                links.push(Link::shipment(row.to, at, &row));
            }
            groups.push((stock, start..links.len()));
        }
        groups.iter().for_each(|(_, group)| links[group.clone()].sort_unstable_by(by_departure));
        let (apart, codes) = Apart::new(groups.iter().map(|(_, group)| &links[group.clone()]))?;
        Some((groups.into_iter().map(|(stock, _)| stock).collect(), apart, codes))
    }
}

/// The order of outgoing links: latest departure first.
pub(super) fn by_departure(a: &Link, b: &Link) -> std::cmp::Ordering {
    (b.departs, a.arrives, a.node, a.record()).cmp(&(a.departs, b.arrives, b.node, b.record()))
}

/// The order of incoming links: earliest arrival first.
pub(super) fn by_arrival(a: &Link, b: &Link) -> std::cmp::Ordering {
    (a.arrives, b.departs, a.node, a.record()).cmp(&(b.arrives, a.departs, b.node, b.record()))
}

impl LinkIndex {
    /// The outgoing or the incoming links of a stock, in the order of the index.
    #[inline]
    pub(crate) fn of(&self, outgoing: bool, stock: u32) -> LinkList<'_> {
        if outgoing { self.out.get(stock) } else { LinkList::Links(self.into.get(stock)) }
    }

    /// Replaces the outgoing or the incoming links of a stock, which may be a new one; in any order.
    pub(super) fn set(&mut self, outgoing: bool, stock: u32, mut links: Vec<Link>) {
        if outgoing {
            links.sort_unstable_by(by_departure);
            self.out.set(stock, links);
        } else {
            links.sort_unstable_by(by_arrival);
            self.into.set(stock, links);
        }
    }

    /// The links as written, and the shipments, which are a part of them: first those of stocks
    /// that only shipments leave, for which `starts` says where they start, with the end of the
    /// last. The ends of transformations follow when contradictions are known.
    pub(super) fn build(
        parts: &Parts<'_>,
        mut shipments: Base,
        mut starts: Vec<u32>,
    ) -> Result<(Self, Shipments), Error> {
        let limit = 1 << KIND;
        let stocks = parts.stocks.len();
        if stocks >= limit || parts.transformed.rows.len() >= limit {
            return Err(Capacity::new("stocks or transformations", limit as u64 - 1).into());
        }
        let first = starts.last().copied().unwrap_or(0);
        let (mut into, apart) = rayon::join(
            || {
                let link = |token: Result<u32, Link>| {
                    token.map_or_else(
                        |link| link,
                        |at| {
                            let row = shipments.at(at as usize);
                            Link::shipment(row.from, at, &row)
                        },
                    )
                };
                let pairs = || parts.incoming(&shipments);
                Groups::build(stocks, Link::BLANK, pairs, link, by_arrival)
            },
            || parts.apart(&shipments, first),
        );
        let (written, mut apart, codes) =
            apart.ok_or_else(|| Capacity::new("stocks of many outgoing links", LONG_LISTS))?;
        for (stock, code) in written.into_iter().zip(codes) {
            starts[stock as usize] = code;
        }
        let received = into.sizes();
        let end_of = |stock: u32| {
            let last = rows_of(&starts, stock).is_some_and(|rows| rows.is_empty());
            let sole = || received.len(stock) == 1 && !parts.is_made(StockId(stock));
            EndOf { last, sole: last && sole() }
        };
        shipments.mark_ends(end_of);
        apart.mark_ends(end_of);
        let shipments = Shipments::from(shipments);
        let out = Departures::of_parts(shipments.shared(), starts.into(), apart, HashMap::new());
        into.each_mut(|link, sizes| {
            let last = is_stock(link.node) && sizes.is_empty(link.node);
            link.set_end(EndOf { last, sole: last && out.get(link.node).len() == 1 });
        });
        Ok((Self { out, into, ends: Ends::default() }, shipments))
    }

    /// Takes the departures of outgoing links, named by stock and place, as unknown and the links
    /// as possible only. O(k log k) in the links of the stocks concerned.
    pub(super) fn mark_contradicting(&mut self, marked: &[(StockId, u32)]) {
        self.change(marked, Link::contradict);
    }

    /// Takes the links of shared records as possible only.
    pub(super) fn mark_shared(&mut self, shared: &Marks, stocks: usize) {
        if shared.is_empty() {
            return;
        }
        let is_shared = |link: &Link| match Node::of(link.node) {
            Node::Stock(_) => shared.shipments.contains(&link.record()),
            Node::Transformation(_) => shared.lines.contains(&link.record()),
            _ => false,
        };
        let mut marked = Vec::new();
        for stock in 0..stocks as u32 {
            let out = (0..).zip(self.out.get(stock));
            let out = out.filter(|(_, link)| is_shared(link));
            marked.extend(out.map(|(at, _)| (StockId(stock), at)));
            // Lines that come in have no link that goes out.
            if self.into.get(stock).iter().any(|link| !is_stock(link.node) && is_shared(link)) {
                let into = self.into.get_mut(stock);
                into.iter_mut().filter(|link| is_shared(link)).for_each(Link::set_possible);
            }
        }
        self.change(&marked, Link::set_possible);
    }

    /// Changes outgoing links, named by stock and place in order, and the same links as their
    /// targets see them.
    fn change(&mut self, marked: &[(StockId, u32)], change: fn(&mut Link)) {
        for group in marked.chunk_by(|a, b| a.0 == b.0) {
            let stock = group[0].0;
            let mut links = self.out.get(stock.0).to_vec();
            for (_, at) in group {
                let link = &mut links[*at as usize];
                change(link);
                if is_stock(link.node) {
                    let (target, record) = (link.node, link.record());
                    let received = self.into.get_mut(target);
                    for link in received.iter_mut() {
                        if link.node == stock.0 && link.record() == record {
                            change(link);
                        }
                    }
                    // Parallel receipts of one minute stand in the order of their departures.
                    received.sort_unstable_by(by_arrival);
                }
            }
            links.sort_unstable_by(by_departure);
            self.out.rewrite(stock.0, links);
        }
    }
}
