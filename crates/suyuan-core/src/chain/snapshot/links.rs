//! The link index: every link is to say what its record says, and every record to have its links.

use std::io;
use std::ops::Range;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::check::AHEAD;
use super::column::{BEYOND, Out, Part, Take, Taken};
use crate::chain::SupplyChain;
use crate::chain::index::{Link, Node, by_arrival, by_departure, index, is_stock};
use crate::chain::records::{BatchRow, LineRow, TransformationRow};
use crate::chain::shipments::Shipments;
use crate::chain::stocks::Stocks;
use crate::chain::store::Array;
use crate::fetch::fetch;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

/// Stocks whose links one thread looks at at a time.
const TOGETHER: usize = 1 << 12;

/// Writes the shipments and the input lines whose departure contradicts the records, in order.
pub(super) fn put_contradictions(chain: &SupplyChain, out: &mut Out<'_>) -> io::Result<()> {
    let mut shipments = Vec::new();
    for stock in 0..chain.stocks.len() as u32 {
        for link in chain.links.out.get(stock).iter().filter(|link| is_stock(link.node)) {
            let record = link.record();
            let row = chain.shipments.row(record as usize);
            if !link.is_judged_as(&Link::shipment(StockId(link.node), record, &row)) {
                shipments.push(record);
            }
        }
    }
    shipments.sort_unstable();
    let mut lines: Vec<u32> = chain.contradicted_lines.iter().copied().collect();
    lines.sort_unstable();
    out.counted(&shipments)?;
    out.align()?;
    out.counted(&lines)
}

/// The records whose departure contradicts other ones.
pub(super) struct Contradicted {
    /// A bit a shipment.
    shipments: Vec<u64>,
    pub(super) lines: HashSet<u32>,
}

impl Contradicted {
    pub(super) fn take(part: Part<'_>, shipments: usize, lines: usize) -> Taken<Self> {
        Take::all(part, |take| {
            let shipped = take.counted::<u32>()?;
            take.align()?;
            let used = take.counted::<u32>()?;
            let sorted = |numbers: &[u32], count: usize| {
                numbers.is_sorted_by(|a, b| a < b)
                    && numbers.last().is_none_or(|last| (*last as usize) < count)
            };
            if !sorted(&shipped, shipments) || !sorted(&used, lines) {
                return Err(BEYOND);
            }
            let mut bits = vec![0_u64; shipments.div_ceil(64)];
            shipped.iter().for_each(|at| bits[*at as usize / 64] |= 1 << (at % 64));
            Ok(Self { shipments: bits, lines: used.iter().copied().collect() })
        })
    }

    fn holds_shipment(&self, at: u32) -> bool {
        self.shipments.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

/// What the numbers of links refer to.
pub(super) struct Records<'a> {
    stocks: &'a Stocks,
    pub(super) pairs: &'a [(BatchId, OperatorId)],
    pub(super) shipments: &'a Shipments,
    pub(super) transformations: &'a [TransformationRow],
    pub(super) lines: &'a [LineRow],
    /// By batch, the operator whose stock its own quantity counts as made at.
    made_at: Vec<Option<OperatorId>>,
    /// The transformation each line belongs to; `u32::MAX` for one left behind.
    owners: Vec<u32>,
    /// By batch, whether it has an orphan and another stock it can have come from.
    hubs: Vec<bool>,
}

/// A side of the index as it was read: where each stock's links start, and the links.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    starts: &'a [u32],
    links: &'a [Link],
}

impl<'a> Side<'a> {
    pub(super) fn of_parts((starts, links): &'a (Array<u32>, Array<Link>)) -> Self {
        Self { starts, links }
    }

    fn of(self, stock: usize) -> Option<&'a [Link]> {
        self.links.get(*self.starts.get(stock)? as usize..*self.starts.get(stock + 1)? as usize)
    }

    fn count(self, stock: u32) -> Option<usize> {
        self.of(stock as usize).map(<[Link]>::len)
    }
}

impl<'a> Records<'a> {
    /// `None` when two transformations share a line.
    pub(super) fn new(
        stocks: &'a Stocks,
        shipments: &'a Shipments,
        transformations: &'a [TransformationRow],
        lines: &'a [LineRow],
        batches: &'a [BatchRow],
    ) -> Option<Self> {
        let mut owners = vec![u32::MAX; lines.len()];
        for (id, row) in (0..).zip(transformations) {
            for owner in owners.get_mut(row.inputs.start as usize..row.outputs.end as usize)? {
                if *owner != u32::MAX {
                    return None;
                }
                *owner = id;
            }
        }
        let mut hubs = vec![false; batches.len()];
        let orphans = (0..).map(StockId).zip(stocks.first.iter());
        for (stock, _) in orphans.filter(|(_, first)| **first == Minute::UNBOUNDED_FUTURE) {
            let batch = stocks.pairs[stock.index()].0;
            hubs[batch.index()] = stocks.of_batch(batch).len() > 1;
        }
        let pairs = stocks.pairs.base();
        let made_at = |row: &BatchRow| row.producer.filter(|operator| row.is_made_at(*operator));
        let made_at = batches.iter().map(made_at).collect();
        Some(Self { stocks, pairs, shipments, transformations, lines, made_at, owners, hubs })
    }

    /// Whether exactly the transformations of these lines are marked.
    pub(super) fn are_marked(&self, contradicted: &HashSet<u32>) -> bool {
        let mut marked = vec![false; self.transformations.len()];
        for line in contradicted {
            let owner = self.owners.get(*line as usize);
            if let Some(marked) = owner.and_then(|owner| marked.get_mut(*owner as usize)) {
                *marked = true;
            }
        }
        self.transformations.iter().map(|row| row.contradicted).eq(marked)
    }

    /// How many links a side has.
    fn count(&self, outgoing: bool) -> usize {
        let side =
            |row: &TransformationRow| if outgoing { row.inputs.len() } else { row.outputs.len() };
        let lines: usize = self.transformations.iter().map(side).sum();
        let hubs = (0..).map(BatchId).zip(&self.hubs).filter(|(_, hub)| **hub);
        let inferred = hubs.flat_map(|(batch, _)| self.stocks.of_batch(batch));
        let inferred = inferred.filter(|stock| outgoing || self.stocks.is_orphan(**stock));
        self.shipments.len() + lines + inferred.count()
    }

    /// The link that stands for the record a link of a stock names, but for what it says of the
    /// stock at its other end; `None` when there is no such record.
    #[inline(always)]
    fn written<const OUTGOING: bool>(
        &self,
        link: &Link,
        stock: StockId,
        contradicted: &Contradicted,
    ) -> Option<Link> {
        let record = link.record();
        let (written, contradicts) = match Node::of(link.node) {
            Node::Stock(other) => {
                let row = self.shipments.read(record as usize)?;
                let ends = if OUTGOING { (row.from, row.to) } else { (row.to, row.from) };
                let written = Link::shipment(other, record, &row);
                (ends == (stock, other))
                    .then_some((written, contradicted.holds_shipment(record)))?
            }
            Node::Transformation(id) => {
                let row = self.transformations.get(id.index())?;
                let range = if OUTGOING { &row.inputs } else { &row.outputs };
                let here = self.lines.get(record as usize)?.stock == stock
                    && self.owners.get(record as usize) == Some(&id.0)
                    && range.contains(&record);
                let contradicts = OUTGOING && contradicted.lines.contains(&record);
                here.then(|| (Link::line(id, record, row), contradicts))?
            }
            Node::Orphans(batch) => {
                let here = self.pairs.get(stock.index())?.0 == batch
                    && self.hubs[batch.index()]
                    && (OUTGOING || self.stocks.is_orphan(stock));
                here.then(|| (Link::inferred(batch), false))?
            }
            Node::Apart(_) => return None,
        };
        if !contradicts {
            return Some(written);
        }
        let mut link = written;
        link.contradict();
        // What contradicts says something.
        let shipped = is_stock(link.node);
        (!shipped || !link.is_judged_as(&written)).then_some(link)
    }

    /// Whether every link of a side fits its record, and every record has its link.
    pub(super) fn fit<const OUTGOING: bool>(
        &self,
        side: Side<'_>,
        back: Side<'_>,
        contradicted: &Contradicted,
    ) -> Taken<()> {
        if side.links.len() != self.count(OUTGOING) {
            return Err("links are missing, or there are too many");
        }
        let blocks = (0..self.stocks.len().div_ceil(TOGETHER)).into_par_iter();
        let good = blocks.all(|block| {
            let stocks = block * TOGETHER..self.stocks.len().min((block + 1) * TOGETHER);
            self.fit_at::<OUTGOING>(stocks, side, back, contradicted) == Some(true)
        });
        if good { Ok(()) } else { Err("a link does not fit the records or is out of order") }
    }

    /// The same of the links of some stocks; `None` where a number names nothing.
    fn fit_at<const OUTGOING: bool>(
        &self,
        stocks: Range<usize>,
        side: Side<'_>,
        back: Side<'_>,
        contradicted: &Contradicted,
    ) -> Option<bool> {
        let before = |a: &Link, b: &Link| {
            if OUTGOING { by_departure(a, b).is_lt() } else { by_arrival(a, b).is_lt() }
        };
        for stock in stocks {
            let id = StockId(stock as u32);
            let start = *side.starts.get(stock)? as usize;
            let links = side.of(stock)?;
            for (at, link) in (start..).zip(links) {
                self.fetch(side, back, at + AHEAD);
                let mut expected = self.written::<OUTGOING>(link, id, contradicted)?;
                // A link of a chain that grew may not say what it could say of its other end.
                if link.is_last() && is_stock(link.node) {
                    let last = side.count(link.node)? == 0;
                    let sole = link.is_sole() && self.is_sole::<OUTGOING>(link.node, back)?;
                    expected.set_end(last, sole);
                }
                if expected != *link {
                    return Some(false);
                }
            }
            if !links.is_sorted_by(before) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Asks for what will be looked at for a link.
    #[inline(always)]
    fn fetch(&self, side: Side<'_>, back: Side<'_>, at: usize) {
        if let Some(link) = side.links.get(at) {
            let record = link.record() as usize;
            if is_stock(link.node) {
                self.shipments.fetch(record);
            } else {
                fetch(self.lines, record);
                fetch(&self.owners, record);
                fetch(self.transformations, index(link.node) as usize);
            }
            if link.is_last() {
                fetch(side.starts, link.node as usize);
                fetch(back.starts, link.node as usize);
                fetch(self.pairs, link.node as usize);
            }
        }
    }

    /// Whether nothing but one link of the other side leads to a stock.
    #[inline(always)]
    fn is_sole<const OUTGOING: bool>(&self, stock: u32, back: Side<'_>) -> Option<bool> {
        let (batch, operator) = self.pairs.get(stock as usize)?;
        let made = OUTGOING && *self.made_at.get(batch.index())? == Some(*operator);
        Some(back.count(stock)? == 1 && !made)
    }
}
