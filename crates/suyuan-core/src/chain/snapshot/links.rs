//! The link index: every link is to say what its record says, and every record to have its links.

use std::io;
use std::ops::Range;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::check::{AHEAD, ensure};
use super::column::{BEYOND, Out, Part, Take, Taken};
use super::rows;
use crate::chain::departures::{Apart, Departures, LinkList, Start};
use crate::chain::index::{EndOf, Link, Node, by_arrival, by_departure, index, is_stock};
use crate::chain::marks::Marks;
use crate::chain::records::{BatchRow, LineRow, TransformationRow};
use crate::chain::shipments::{Shipments, target_of};
use crate::chain::stocks::Stocks;
use crate::fetch::fetch;
use crate::id::{BatchId, OperatorId, StockId};
use crate::time::Minute;

const COUNT: &str = "links are missing, or there are too many";

/// Stocks whose links one thread looks at at a time.
const TOGETHER: usize = 1 << 12;

/// Writes marked shipments and lines, in order.
pub(super) fn put_marks(marks: &Marks, out: &mut Out<'_>) -> io::Result<()> {
    let [shipments, lines] = marks.sorted();
    out.counted(&shipments)?;
    out.align()?;
    out.counted(&lines)
}

/// Writes where the links of each stock start, and those that are written out.
pub(super) fn put_departures(
    departures: &Departures,
    stocks: usize,
    out: &mut Out<'_>,
) -> io::Result<()> {
    let (starts, over) = departures.starts(stocks);
    let Apart { links, long } = departures.apart();
    out.array(&starts)?;
    out.counted(links)?;
    out.counted(&long.iter().map(|(start, _)| *start).collect::<Vec<u32>>())?;
    out.counted(&long.iter().map(|(_, count)| *count).collect::<Vec<u32>>())?;
    rows::put_keyed(&over, out)
}

/// Reads them; `shipments` are the rows.
pub(super) fn take_departures(
    mut part: Part<'_>,
    stocks: usize,
    shipments: &Shipments,
) -> Taken<Departures> {
    let (starts, apart) = Take::first(&mut part, |take| {
        let starts = take.array::<u32>(stocks + 1)?;
        let links = take.counted::<Link>()?;
        let (begin, count) = (take.counted::<u32>()?, take.counted::<u32>()?);
        let long = begin.iter().copied().zip(count.iter().copied()).collect();
        ensure(begin.len() == count.len(), BEYOND)?;
        Ok((starts, Apart { links, long }))
    })?;
    let over = rows::take_keyed::<Link>(part)?;
    // Rows follow each other, but for stocks whose links lie elsewhere.
    let blocks = starts.par_chunks(TOGETHER).map(|starts| {
        let (mut first, mut last, mut over) = (None, None, 0);
        for start in starts {
            let row = match Start::of(*start) {
                Start::Rows(row) => row,
                Start::Over(row) => {
                    over += 1;
                    row
                }
                Start::Apart if apart.range(*start).end <= apart.links.len() => continue,
                Start::Apart => return None,
            };
            if last.is_some_and(|last| row < last) {
                return None;
            }
            first = first.or(Some(row));
            last = Some(row);
        }
        Some((first, last, over))
    });
    let blocks = blocks.collect::<Option<Vec<_>>>().ok_or("shipments do not follow each other")?;
    let borders = blocks.iter().flat_map(|(first, last, _)| [*first, *last]).flatten();
    let tail = shipments.base().rows.len() - shipments.base().tail.len();
    let end = starts.last().is_some_and(|end| Start::of(*end) == Start::Rows(tail as u32));
    let start = borders.clone().next() == Some(0);
    ensure(start && end && borders.is_sorted(), "shipments do not follow each other")?;
    let marked = |(stock, _): &(u32, Vec<Link>)| {
        starts.get(*stock as usize).is_some_and(|start| matches!(Start::of(*start), Start::Over(_)))
    };
    let known = over.iter().all(marked)
        && blocks.iter().map(|(_, _, over)| over).sum::<usize>() == over.len();
    ensure(known, "links are written out of other stocks")?;
    let over = over.into_iter().collect();
    Ok(Departures::of_parts(shipments.shared(), starts, apart, over))
}

/// Reads them, of so many shipments and lines.
pub(super) fn take_marks(part: Part<'_>, shipments: usize, lines: usize) -> Taken<Marks> {
    Take::all(part, |take| {
        let shipped = take.counted::<u32>()?;
        take.align()?;
        let used = take.counted::<u32>()?;
        let sorted = |numbers: &[u32], count: usize| {
            numbers.is_sorted_by(|a, b| a < b)
                && numbers.last().is_none_or(|last| (*last as usize) < count)
        };
        ensure(sorted(&shipped, shipments) && sorted(&used, lines), BEYOND)?;
        let set = |numbers: &[u32]| numbers.iter().copied().collect();
        Ok(Marks { shipments: set(&shipped), lines: set(&used) })
    })
}

/// What is marked of the records.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    /// Records whose departure contradicts other ones.
    pub(super) contradicted: &'a Marks,
    /// Records that stand for several lots.
    pub(super) shared: &'a Marks,
}

impl Marked<'_> {
    /// Whether the link of a shipment says something else than its row.
    fn changes_shipment(self, at: u32) -> bool {
        let holds = |marks: &Marks| !marks.shipments.is_empty() && marks.shipments.contains(&at);
        holds(self.contradicted) || holds(self.shared)
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

/// The index as it was read: what leaves each stock, and where the links into each start.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) out: &'a Departures,
    pub(super) starts: &'a [u32],
    pub(super) into: &'a [Link],
}

impl Read<'_> {
    fn count(self, outgoing: bool, stock: u32) -> Option<usize> {
        if outgoing {
            return Some(self.out.get(stock).len());
        }
        let (start, end) =
            (*self.starts.get(stock as usize)?, *self.starts.get(stock as usize + 1)?);
        Some((end - start) as usize)
    }

    /// Asks for how many links a stock has.
    #[inline(always)]
    fn fetch(self, stock: u32) {
        self.out.view().fetch_start(stock);
        fetch(self.starts, stock as usize);
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

    /// How many links leave stocks, or reach them.
    fn count(&self, outgoing: bool) -> usize {
        let side =
            |row: &TransformationRow| if outgoing { row.inputs.len() } else { row.outputs.len() };
        let lines: usize = self.transformations.iter().map(side).sum();
        let hubs = (0..).map(BatchId).zip(&self.hubs).filter(|(_, hub)| **hub);
        let inferred = hubs.flat_map(|(batch, _)| self.stocks.of_batch(batch));
        let inferred = inferred.filter(|stock| outgoing || self.stocks.is_orphan(*stock));
        self.shipments.len() + lines + inferred.count()
    }

    /// The link that stands for the record a link of a stock names, but for what it says of the
    /// stock at its other end; `None` when there is no such record.
    #[inline(always)]
    fn written<const OUTGOING: bool>(
        &self,
        link: &Link,
        stock: StockId,
        marked: Marked<'_>,
    ) -> Option<Link> {
        let record = link.record();
        let (mut written, contradicts, shared) = match Node::of(link.node) {
            Node::Stock(other) => {
                let row = self.shipments.read(record as usize)?;
                let ends = if OUTGOING { (row.from, row.to) } else { (row.to, row.from) };
                let written = Link::shipment(other, record, &row);
                let contradicts = marked.contradicted.shipments.contains(&record);
                let shared = marked.shared.shipments.contains(&record);
                (ends == (stock, other)).then_some((written, contradicts, shared))?
            }
            Node::Transformation(id) => {
                let row = self.transformations.get(id.index())?;
                let range = if OUTGOING { &row.inputs } else { &row.outputs };
                let here = self.lines.get(record as usize)?.stock == stock
                    && self.owners.get(record as usize) == Some(&id.0)
                    && range.contains(&record);
                let contradicts = OUTGOING && marked.contradicted.lines.contains(&record);
                let shared = marked.shared.lines.contains(&record);
                here.then(|| (Link::line(id, record, row), contradicts, shared))?
            }
            Node::Orphans(batch) => {
                let here = self.pairs.get(stock.index())?.0 == batch
                    && self.hubs[batch.index()]
                    && (OUTGOING || self.stocks.is_orphan(stock));
                here.then(|| (Link::inferred(batch), false, false))?
            }
            Node::Apart(_) => return None,
        };
        if shared {
            written.set_possible();
        }
        if contradicts {
            written.contradict();
        }
        Some(written)
    }

    /// Whether every incoming link fits its record, and every record has its link.
    pub(super) fn all_receipts_fit(&self, read: Read<'_>, marked: Marked<'_>) -> Taken<()> {
        ensure(read.into.len() == self.count(false), COUNT)?;
        let fits = |stock| self.receipts_fit(stock, read, marked) == Some(true);
        let fit = self.blocks().all(|mut block| block.all(fits));
        ensure(fit, "a link does not fit the records or is out of order")
    }

    /// The same of the outgoing links.
    pub(super) fn all_departures_fit(&self, read: Read<'_>, marked: Marked<'_>) -> Taken<()> {
        let sent = |stock| self.departures_fit(stock, read, marked);
        let sent: Option<usize> =
            self.blocks().map(|block| block.map(sent).sum::<Option<usize>>()).sum();
        ensure(sent.is_some(), "a link does not fit the records or is out of order")?;
        ensure(sent == Some(self.count(true)), COUNT)
    }

    /// The stocks in parts, of which one thread looks at one at a time.
    fn blocks(&self) -> impl ParallelIterator<Item = Range<u32>> {
        let stocks = self.stocks.len();
        (0..stocks.div_ceil(TOGETHER))
            .into_par_iter()
            .map(move |block| (block * TOGETHER) as u32..stocks.min((block + 1) * TOGETHER) as u32)
    }

    /// Whether the links into a stock fit; `None` where a number names nothing.
    fn receipts_fit(&self, stock: u32, read: Read<'_>, marked: Marked<'_>) -> Option<bool> {
        let (start, end) =
            (*read.starts.get(stock as usize)?, *read.starts.get(stock as usize + 1)?);
        let links = read.into.get(start as usize..end as usize)?;
        for (at, link) in (start as usize..).zip(links) {
            if let Some(ahead) = read.into.get(at + AHEAD) {
                self.fetch(read, ahead);
            }
            if self.expected::<false>(link, StockId(stock), read, marked)? != *link {
                return Some(false);
            }
        }
        Some(links.is_sorted_by(|a, b| by_arrival(a, b).is_lt()))
    }

    /// How many links leave a stock, if they and its shipments fit.
    fn departures_fit(&self, stock: u32, read: Read<'_>, marked: Marked<'_>) -> Option<usize> {
        let id = StockId(stock);
        let (rows, links) = (read.out.rows(stock).unwrap_or_default(), read.out.get(stock));
        let base = self.shipments.base();
        let batch = self.pairs.get(id.index())?.0;
        let (written, mut before) = (matches!(links, LinkList::Links(_)), Minute::UNBOUNDED_PAST);
        for at in rows {
            if let Some(ahead) = base.rows.get(at as usize + AHEAD) {
                let to = target_of(*ahead);
                read.fetch(to);
                fetch(self.pairs, to as usize);
            }
            let (from, link, amount) = base.sent(at, *base.rows.get(at as usize)?);
            let some = amount.is_none_or(|amount| amount.millionths() > 0);
            let sent = from == id && link.node != stock && link.departs >= before && some;
            if !sent || self.pairs.get(link.node as usize)?.0 != batch {
                return None;
            }
            // Other links may stand for the rows.
            let fits = || !marked.changes_shipment(at) && self.end_fits(&link, read);
            if !written && !fits() {
                return None;
            }
            before = link.departs;
        }
        match links {
            LinkList::Links(links) => {
                for link in links {
                    if self.expected::<true>(link, id, read, marked)? != *link {
                        return None;
                    }
                }
                links.is_sorted_by(|a, b| by_departure(a, b).is_lt()).then_some(links.len())
            }
            LinkList::Rows(rows) => Some(rows.len()),
        }
    }

    /// Whether what a row says of its other end holds.
    fn end_fits(&self, link: &Link, read: Read<'_>) -> bool {
        if !link.is_last() {
            return !link.is_sole();
        }
        let sole = || !link.is_sole() || self.is_sole::<true>(link.node, read) == Some(true);
        read.count(true, link.node) == Some(0) && sole()
    }

    /// The link of a stock that the records ask for in the place of one; `None` where that names
    /// nothing.
    #[inline(always)]
    fn expected<const OUTGOING: bool>(
        &self,
        link: &Link,
        stock: StockId,
        read: Read<'_>,
        marked: Marked<'_>,
    ) -> Option<Link> {
        let mut expected = self.written::<OUTGOING>(link, stock, marked)?;
        // A link of a chain that grew may not say what it could say of its other end.
        if link.is_last() && is_stock(link.node) {
            let last = read.count(OUTGOING, link.node)? == 0;
            let sole = link.is_sole() && self.is_sole::<OUTGOING>(link.node, read)?;
            expected.set_end(EndOf { last, sole });
        }
        Some(expected)
    }

    /// Asks for what will be looked at for a link.
    #[inline(always)]
    fn fetch(&self, read: Read<'_>, link: &Link) {
        let record = link.record() as usize;
        if is_stock(link.node) {
            self.shipments.fetch(record);
        } else {
            fetch(self.lines, record);
            fetch(&self.owners, record);
            fetch(self.transformations, index(link.node) as usize);
        }
        if link.is_last() {
            read.fetch(link.node);
            fetch(self.pairs, link.node as usize);
        }
    }

    /// Whether nothing but one link of the other side leads to a stock.
    #[inline(always)]
    fn is_sole<const OUTGOING: bool>(&self, stock: u32, read: Read<'_>) -> Option<bool> {
        let (batch, operator) = self.pairs.get(stock as usize)?;
        let made = OUTGOING && *self.made_at.get(batch.index())? == Some(*operator);
        Some(read.count(!OUTGOING, stock)? == 1 && !made)
    }
}
