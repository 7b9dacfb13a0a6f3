//! The shipments of a chain: 16 bytes a row for what questions read at random, and apart from it
//! what only explanations ask for.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::index::{self, EndOf, Link};
use super::packed::{
    AMOUNT_BITS, Epoch, OFFSET_BITS, SHAPE_BITS, Shape, amount_of_bits, amount_to_bits, bits,
};
use super::rowcodes::RowCodes;
use super::sources::Sources;
use super::store::Array;
use super::widen::Slack;
use crate::fetch::fetch;
use crate::id::StockId;
use crate::model::Source;
use crate::quantity::Amount;
use crate::time::{Minute, Span};

/// What passed between two stocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShipmentRow {
    pub(super) from: StockId,
    pub(super) to: StockId,
    pub(super) departs: Span,
    pub(super) arrives: Span,
    pub(super) amount: Option<Amount>,
}

impl ShipmentRow {
    /// What shipments of one sender are ordered by first: the latest departure, then the earliest.
    pub(super) const fn order(&self) -> (Minute, Minute) {
        (self.departs.latest, self.departs.earliest)
    }
}

/// When goods passed between two stocks, and how much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    pub(super) departs: Span,
    pub(super) arrives: Span,
    pub(super) amount: Option<Amount>,
}

/// A shipment with what tells it apart from others.
#[derive(Debug, Clone)]
pub(super) struct Waybill {
    pub(super) row: ShipmentRow,
    pub(super) code: u32,
    /// A part of the digest of the row as it was written.
    pub(super) digest: u16,
    pub(super) source: Source,
}

impl Waybill {
    pub(super) const fn digest_of(half: u32) -> u16 {
        (half ^ half >> 16) as u16
    }
}

/// A row in two words: to (30 bits), [`LAST`], [`SOLE`], offset of the latest departure (25), shape
/// of the departure (3), shape of the arrival (3), [`WIDE`]; amount (38), minutes from the latest
/// departure to the earliest arrival (18), from (8).
pub(super) type Packed = [u64; 2];

/// Bits of a stock.
const STOCK_BITS: u32 = 30;
/// Set in the first word of a row whose receiver is known to lead no further.
const LAST: u64 = index::LAST as u64;
/// Set in the first word of a row when, besides, nothing else leads to the receiver.
const SOLE: u64 = index::SOLE as u64;
/// Set in the first word of a row that does not fit and is kept apart, but for its receiver.
const WIDE: u64 = 1 << 63;
const SHAPES: u32 = 32 + OFFSET_BITS;
/// Bits of the minutes from departure to arrival.
const ROAD_BITS: u32 = 18;
/// What is added to them: an arrival may be written before the departure.
const ROAD_START: i64 = 1 << 16;
/// Rows whose senders are counted from the same number.
pub(super) const TOGETHER: usize = 16;

/// Rows that are shared with the chains that grew from this one.
#[derive(Debug, Default)]
pub(super) struct Base {
    pub(super) epoch: Epoch,
    pub(super) rows: Array<Packed>,
    /// The least sender of every [`TOGETHER`] rows of those that come before the tail.
    pub(super) senders: Array<u32>,
    /// The senders of the last rows, which lie far apart.
    pub(super) tail: Array<u32>,
    pub(super) wide: HashMap<u32, ShipmentRow>,
    pub(super) codes: RowCodes,
    /// Empty when no row has one.
    pub(super) digests: Array<u16>,
    pub(super) sources: Sources,
}

impl Base {
    /// The packed rows of `count` waybills, and the codes of these. Senders follow each other
    /// closely but for those from `tail` on.
    pub(super) fn pack(
        count: usize,
        tail: usize,
        waybill: impl Fn(usize) -> Waybill + Sync,
    ) -> (Self, Vec<u32>) {
        let step = (count / 1000).max(1);
        let epoch = Epoch::of((0..count).step_by(step).map(|at| waybill(at).row.departs));
        let mut rows = vec![[WIDE, 0]; count];
        let mut digests = vec![0; count];
        let mut written = vec![(0, Source::NONE); count];
        let blocks = rows
            .par_chunks_mut(TOGETHER)
            .zip(digests.par_chunks_mut(TOGETHER))
            .zip(written.par_chunks_mut(TOGETHER));
        let packed: Vec<(u32, Vec<(u32, ShipmentRow)>)> = blocks
            .with_min_len(1 << 8)
            .enumerate()
            .map(|(block, ((rows, digests), written))| {
                let first = block * TOGETHER;
                let full: [Option<Waybill>; TOGETHER] =
                    std::array::from_fn(|at| (at < rows.len()).then(|| waybill(first + at)));
                let full = || full.iter().flatten();
                let close = full().take(tail.saturating_sub(first));
                let sender = close.map(|bill| bill.row.from.0).min().unwrap_or(0);
                let mut wide = Vec::new();
                let places = (first as u32..).zip(rows.iter_mut().zip(digests).zip(written));
                for ((at, ((packed, digest), written)), bill) in places.zip(full()) {
                    *digest = bill.digest;
                    *written = (bill.code, bill.source);
                    let from = if (at as usize) < tail { bill.row.from.0 - sender } else { 0 };
                    *packed = pack(epoch, from, &bill.row).unwrap_or_else(|| {
                        wide.push((at, bill.row));
                        [WIDE | u64::from(bill.row.to.0), 0]
                    });
                }
                (sender, wide)
            })
            .collect();
        let far: Vec<u32> =
            (tail..count).into_par_iter().map(|at| waybill(at).row.from.0).collect();
        let mut senders = Vec::with_capacity(packed.len());
        let mut wide = HashMap::new();
        for (sender, rows) in packed {
            senders.push(sender);
            wide.extend(rows);
        }
        if digests.iter().all(|digest| *digest == 0) {
            digests = Vec::new();
        }
        let sources = Sources::of(count, |at| written[at].1);
        let base = Self {
            epoch,
            rows: rows.into(),
            senders: senders.into(),
            tail: far.into(),
            wide,
            codes: RowCodes::default(),
            digests: digests.into(),
            sources,
        };
        (base, written.into_iter().map(|(code, _)| code).collect())
    }

    /// A row in full.
    #[inline]
    pub(super) fn at(&self, at: usize) -> ShipmentRow {
        self.row(at, self.rows[at])
    }

    /// Says in every row what lies at its other end.
    pub(super) fn mark_ends(&mut self, end_of: impl Fn(u32) -> EndOf + Sync + Send) {
        self.rows.to_mut().par_iter_mut().with_min_len(1 << 12).for_each(|[ends, _]| {
            let EndOf { last, sole } = end_of(target(*ends));
            let mark = |set: bool, mark: u64| if set { mark } else { 0 };
            *ends = *ends & !(LAST | SOLE) | mark(last, LAST) | mark(sole, SOLE);
        });
    }

    /// A row as the sender's link.
    #[inline(always)]
    pub(super) fn link(&self, at: u32, packed: Packed) -> Link {
        if is_wide(&packed) { self.wide_link(at, packed) } else { self.plain_link(at, packed) }
    }

    /// The same of a row dated to the day ([`are_dated`]).
    #[inline(always)]
    pub(super) fn dated_link(&self, at: u32, packed: Packed) -> Link {
        let (departs, arrives) = self.minutes(packed);
        let times = (Minute::from_minutes(departs), Minute::from_minutes(arrives));
        Link::packed(packed[0] as u32, at, times, false)
    }

    /// The same of a row that is not kept apart.
    #[inline(always)]
    fn plain_link(&self, at: u32, packed: Packed) -> Link {
        let [ends, _] = packed;
        let (departs, arrives) = self.minutes(packed);
        let departure = Shape::of_bits(bits(ends, SHAPES, SHAPE_BITS));
        let arrival = Shape::of_bits(bits(ends, SHAPES + SHAPE_BITS, SHAPE_BITS));
        let times = (departure.latest(departs), arrival.earliest(arrives));
        let possible = !(departure.is_dated_to_day() || arrival.is_dated_to_day());
        Link::packed(ends as u32, at, times, possible)
    }

    #[cold]
    fn wide_link(&self, at: u32, packed: Packed) -> Link {
        let row = self.row(at as usize, packed);
        let link = Link::shipment(row.to, at, &row);
        Link::packed(packed[0] as u32, at, (link.departs, link.arrives), link.is_possible())
    }

    /// The minutes that a row which is not kept apart stands at: where its departure ends and its
    /// arrival begins.
    #[inline(always)]
    fn minutes(&self, [ends, rest]: Packed) -> (i32, i32) {
        let departs = self.epoch.minute(bits(ends, 32, OFFSET_BITS));
        let road = bits(rest, AMOUNT_BITS, ROAD_BITS) as i64 - ROAD_START;
        (departs, departs.wrapping_add(road as i32))
    }

    /// When a row's goods passed, and how much.
    #[inline(always)]
    fn passage(&self, at: usize, packed: Packed) -> Passage {
        let [ends, rest] = packed;
        if ends & WIDE != 0
            && let Some(ShipmentRow { departs, arrives, amount, .. }) = self.wide(at)
        {
            return Passage { departs, arrives, amount };
        }
        let (departs, arrives) = self.minutes(packed);
        Passage {
            departs: Shape::of_bits(bits(ends, SHAPES, SHAPE_BITS)).ending_at(departs),
            arrives: Shape::of_bits(bits(ends, SHAPES + SHAPE_BITS, SHAPE_BITS)).at(arrives),
            amount: amount_of_bits(bits(rest, 0, AMOUNT_BITS)),
        }
    }

    #[cold]
    fn wide(&self, at: usize) -> Option<ShipmentRow> {
        self.wide.get(&(at as u32)).copied()
    }

    /// The sender of a row.
    #[inline(always)]
    fn sender(&self, at: usize, [_, rest]: Packed) -> StockId {
        StockId(match at.checked_sub(self.rows.len() - self.tail.len()) {
            Some(place) => self.tail[place],
            None => {
                let beyond = bits(rest, AMOUNT_BITS + ROAD_BITS, 8) as u32;
                self.senders[at / TOGETHER].wrapping_add(beyond)
            }
        })
    }

    /// The sender of a row, its link and its amount.
    #[inline(always)]
    pub(super) fn sent(&self, at: u32, packed: Packed) -> (StockId, Link, Option<Amount>) {
        if is_wide(&packed) {
            let row = self.row(at as usize, packed);
            return (row.from, self.wide_link(at, packed), row.amount);
        }
        let amount = amount_of_bits(bits(packed[1], 0, AMOUNT_BITS));
        (self.sender(at as usize, packed), self.plain_link(at, packed), amount)
    }

    #[inline(always)]
    fn row(&self, at: usize, packed: Packed) -> ShipmentRow {
        if is_wide(&packed)
            && let Some(row) = self.wide(at)
        {
            return row;
        }
        let Passage { departs, arrives, amount } = self.passage(at, packed);
        let (from, to) = (self.sender(at, packed), StockId(target_of(packed)));
        ShipmentRow { from, to, departs, arrives, amount }
    }
}

/// The receiver by a row's first word.
#[inline(always)]
const fn target(ends: u64) -> u32 {
    bits(ends, 0, STOCK_BITS) as u32
}

/// The receiver of a row, wide ones too.
#[inline(always)]
pub(super) const fn target_of(packed: Packed) -> u32 {
    target(packed[0])
}

/// Whether departure and arrival of all rows are dated to the day, and none is kept apart.
#[inline(always)]
pub(super) fn are_dated<'r>(rows: impl Iterator<Item = &'r Packed>) -> bool {
    // Such shapes have no bit but the lowest.
    const OTHERS: u64 = (1 << SHAPE_BITS) - 2;
    const MARKS: u64 = WIDE | OTHERS << SHAPES | OTHERS << (SHAPES + SHAPE_BITS);
    rows.fold(0, |all, row| all | row[0]) & MARKS == 0
}

/// Whether a row is kept apart.
pub(super) const fn is_wide(packed: &Packed) -> bool {
    packed[0] & WIDE != 0
}

fn pack(epoch: Epoch, from: u32, row: &ShipmentRow) -> Option<Packed> {
    let (departure, departs) = Shape::of(row.departs)?;
    let (arrival, arrives) = Shape::of(row.arrives)?;
    let departs = departure.end(departs).or(arrives).unwrap_or(epoch.0);
    let offset = epoch.offset(departs)?;
    let road = i64::from(arrives.unwrap_or(departs)) - i64::from(departs) + ROAD_START;
    let road = u64::try_from(road).ok().filter(|road| *road < 1 << ROAD_BITS)?;
    let from = u64::from(from);
    let amount = amount_to_bits(row.amount)?;
    let shapes = departure.to_bits() | arrival.to_bits() << SHAPE_BITS;
    (from < 1 << 8).then_some([
        u64::from(row.to.0) | offset << 32 | shapes << SHAPES,
        amount | road << AMOUNT_BITS | from << (AMOUNT_BITS + ROAD_BITS),
    ])
}

/// Shipments by id: those the chain was built with, which growth shares, and later ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Shipments {
    base: Arc<Base>,
    later: Vec<Waybill>,
    slack: Slack,
}

impl Shipments {
    /// The rows the chain was built with, to be shared.
    pub(super) fn shared(&self) -> Arc<Base> {
        Arc::clone(&self.base)
    }
}

impl From<Base> for Shipments {
    fn from(base: Base) -> Self {
        Self { base: Arc::new(base), later: Vec::new(), slack: Slack::default() }
    }
}

impl Shipments {
    pub(super) fn len(&self) -> usize {
        self.base.rows.len() + self.later.len()
    }

    /// Asks for a row.
    #[inline(always)]
    pub(super) fn fetch(&self, at: usize) {
        fetch(&self.base.rows, at);
    }

    /// When the goods of a row passed, and how much.
    #[inline(always)]
    pub(super) fn passage(&self, at: usize) -> Passage {
        match self.base.rows.get(at) {
            Some(packed) if self.slack.is_none() => self.base.passage(at, *packed),
            _ => {
                let ShipmentRow { departs, arrives, amount, .. } = self.row(at);
                Passage { departs, arrives, amount }
            }
        }
    }

    /// The row of an id of this chain.
    #[inline]
    pub(super) fn row(&self, at: usize) -> ShipmentRow {
        let row = match self.base.rows.get(at) {
            Some(packed) => self.base.row(at, *packed),
            None => self.later[at - self.base.rows.len()].row,
        };
        if self.slack.is_none() {
            return row;
        }
        let (departs, arrives) = (self.slack.span(row.departs), self.slack.span(row.arrives));
        ShipmentRow { departs, arrives, ..row }
    }

    /// The same in place, for a loop over many rows that needs a part of each.
    #[inline(always)]
    pub(super) fn read(&self, at: usize) -> Option<ShipmentRow> {
        match self.base.rows.get(at) {
            Some(packed) if !is_wide(packed) && self.slack.is_none() => {
                Some(self.base.row(at, *packed))
            }
            _ => self.read_other(at),
        }
    }

    #[cold]
    fn read_other(&self, at: usize) -> Option<ShipmentRow> {
        (at < self.len()).then(|| self.row(at))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ShipmentRow> + Clone + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// The row of an id and the number of its code, digest and source.
    pub(super) fn waybill(&self, at: usize) -> Waybill {
        let row = self.row(at);
        match self.later_at(at) {
            Some(later) => Waybill { row, ..later.clone() },
            None => Waybill {
                row,
                code: self.base.codes.get(at),
                digest: self.base.digests.get(at).copied().unwrap_or(0),
                source: self.base.sources.get(at),
            },
        }
    }

    fn later_at(&self, at: usize) -> Option<&Waybill> {
        self.later.get(at.checked_sub(self.base.rows.len())?)
    }

    /// The number of a row's code.
    pub(super) fn code(&self, at: usize) -> u32 {
        self.later_at(at).map_or_else(|| self.base.codes.get(at), |later| later.code)
    }

    pub(super) fn source(&self, at: usize) -> Source {
        self.later_at(at).map_or_else(|| self.base.sources.get(at), |later| later.source)
    }

    pub(super) fn push(&mut self, waybill: Waybill) {
        self.later.push(waybill);
    }

    /// The same rows with their times trusted less.
    pub(super) fn widened(&self, slack: Slack) -> Self {
        Self { slack: self.slack.and(slack), ..self.clone() }
    }

    /// Whether the number of every row's code lies below a limit.
    pub(super) fn codes_are_below(&self, limit: usize) -> bool {
        self.base.codes.are_below(limit, self.base.rows.len())
            && self.later.iter().all(|bill| (bill.code as usize) < limit)
    }

    /// The rows the chain was built with.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    /// The rows that came later.
    pub(super) fn later(&self) -> &[Waybill] {
        &self.later
    }

    /// Bytes of memory: of rows, and of codes, digests and sources.
    pub(super) fn bytes(&self) -> (usize, usize) {
        let Base { rows, senders, tail, wide, codes, digests, sources, .. } = &*self.base;
        let wide = wide.capacity() * (size_of::<(u32, ShipmentRow)>() + 1);
        let later = self.later.capacity() * size_of::<Waybill>();
        (
            rows.bytes() + senders.bytes() + tail.bytes() + wide + later,
            codes.bytes() + digests.bytes() + sources.bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FileId;
    use proptest::prelude::*;

    fn span() -> impl Strategy<Value = Span> {
        let minute = || 29_000_000_i32..29_500_000;
        prop_oneof![
            minute().prop_map(|at| Span::at(Minute::from_minutes(at))),
            (2020..2030, 1_u32..13)
                .prop_map(|(year, month)| Span::month(year, month).unwrap_or(Span::UNKNOWN)),
            Just(Span::UNKNOWN),
            (any::<i32>(), any::<i32>()).prop_map(|(a, b)| Span {
                earliest: Minute::from_minutes(a),
                latest: Minute::from_minutes(b)
            }),
        ]
    }

    fn row() -> impl Strategy<Value = ShipmentRow> {
        let amount = prop_oneof![
            Just(None),
            (1..1_000_000_000_i64).prop_map(|n| Some(Amount::from_millionths(n * 1000))),
            (1..i64::MAX).prop_map(|n| Some(Amount::from_millionths(n))),
        ];
        ((0..500_u32, 0..1_u32 << STOCK_BITS), (span(), span()), amount).prop_map(
            |((from, to), (departs, arrives), amount)| ShipmentRow {
                from: StockId(from),
                to: StockId(to),
                departs,
                arrives,
                amount,
            },
        )
    }

    proptest! {
        /// Whatever rows there are, in whatever order, they come back.
        #[test]
        fn rows_come_back(
            rows in prop::collection::vec(row(), 0..100),
            sort in any::<bool>(),
            tail in 0..100_usize,
        ) {
            let mut rows = rows;
            let tail = tail.min(rows.len());
            if sort {
                rows.sort_by_key(|row| row.from);
            }
            let source = |at: usize| Source::new(FileId(0), at as u32);
            let digest = |at: usize| at as u16;
            let waybill = |at| Waybill {
                row: rows[at],
                code: (at / 2) as u32,
                digest: digest(at),
                source: source(at),
            };
            let (mut base, codes) = Base::pack(rows.len(), tail, waybill);
            base.codes = RowCodes::number(rows.len(), 100, |at| codes[at]).0;
            let shipments = Shipments::from(base);
            prop_assert!(shipments.iter().eq(rows.iter().copied()));
            for (at, row) in rows.iter().enumerate() {
                let waybill = shipments.waybill(at);
                prop_assert_eq!((waybill.row, waybill.digest), (*row, at as u16));
                prop_assert_eq!((waybill.code, waybill.source), ((at / 2) as u32, source(at)));
            }
        }
    }

    #[test]
    fn what_is_usual_is_not_kept_apart() {
        let day = |day| Minute::from_minutes(29_000_160 + day * crate::time::DAY);
        let month = Span::month(2025, 4).unwrap();
        let row = |at: usize| ShipmentRow {
            from: StockId(at as u32 / 4),
            to: StockId(at as u32 * 1000),
            departs: if at.is_multiple_of(9) { month } else { Span::at(day(at as i32 % 365)) },
            arrives: if at.is_multiple_of(7) {
                Span::UNKNOWN
            } else {
                Span::at(day(at as i32 % 365 + 2))
            },
            amount: Some(Amount::from_millionths(at as i64 * 1000)),
        };
        let waybill = |at| Waybill { row: row(at), code: 0, digest: 0, source: Source::NONE };
        let (base, _) = Base::pack(5000, 5000, waybill);
        let apart = base.wide.len();
        assert!(base.digests.is_empty() && apart < 500, "{apart}");
        assert!((0..5000).all(|at| base.row(at, base.rows[at]) == row(at)));
    }
}
