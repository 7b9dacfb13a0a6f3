//! The link index: for each link the record it stands for; all else follows from the records.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashSet;

use super::column::{Out, Taken};
use super::rows::{put_ends, take_groups};
use crate::chain::SupplyChain;
use crate::chain::groups::Groups;
use crate::chain::index::{Link, Node, Side, by_arrival, by_departure, is_stock};
use crate::chain::records::{BatchRow, LineRow, TransformationRow};
use crate::chain::shipments::Shipments;
use crate::chain::stocks::Stocks;
use crate::id::{StockId, TransformationId};

/// The inferred link between a stock and the orphans of its batch.
const INFERRED: u32 = u32::MAX;
/// Set in a link that stands for a transformation line, not for a shipment.
const LINE: u32 = 1 << 30;
/// Set in a link whose departure contradicts the records.
const CONTRADICTS: u32 = 1 << 31;
/// Stocks whose links one thread makes at a time.
const TOGETHER: usize = 1 << 13;

/// Writes the links of a side by stock.
pub(super) fn put(chain: &SupplyChain, outgoing: bool, out: &mut Out<'_>) -> io::Result<()> {
    let side = if outgoing { &chain.links.out } else { &chain.links.into };
    let stocks = 0..chain.stocks.len() as u32;
    out.count(stocks.clone().map(|stock| side.get(stock).len()).sum())?;
    put_ends(stocks.clone().map(|stock| side.get(stock).len()), out)?;
    for stock in stocks {
        out.column(side.get(stock).iter().map(|link| number(chain, outgoing, link)))?;
    }
    Ok(())
}

fn number(chain: &SupplyChain, outgoing: bool, link: &Link) -> u32 {
    let record = link.record();
    match Node::of(link.node) {
        Node::Stock(other) => {
            let written = Link::shipment(other, record, &chain.shipments.row(record as usize));
            record | if link.is_judged_as(&written) { 0 } else { CONTRADICTS }
        }
        Node::Orphans(_) => INFERRED,
        _ => {
            let contradicts = outgoing && chain.contradicted_lines.contains(&record);
            record | LINE | if contradicts { CONTRADICTS } else { 0 }
        }
    }
}

/// What the numbers of links refer to.
pub(super) struct Records<'a> {
    pub(super) stocks: &'a Stocks,
    pub(super) shipments: &'a Shipments,
    pub(super) transformations: &'a [TransformationRow],
    pub(super) lines: &'a [LineRow],
    batches: &'a [BatchRow],
    /// The transformation each line belongs to; `u32::MAX` for one left behind.
    owners: Vec<u32>,
    /// By batch, whether it has an orphan and another stock it can have come from.
    hubs: Vec<bool>,
}

/// Links by stock as numbers, with where each stock's start.
pub(super) struct Numbers {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Numbers {
    pub(super) fn take(bytes: &[u8], stocks: usize) -> Taken<Self> {
        let (starts, items) = take_groups(bytes, stocks)?;
        Ok(Self { starts, items })
    }

    /// By shipment, whether its departure contradicts the records; and the lines of which that
    /// holds.
    pub(super) fn contradicted(&self, shipments: usize) -> (Vec<bool>, HashSet<u32>) {
        let (mut shipped, mut lines) = (vec![false; shipments], HashSet::new());
        for number in self.items.iter().filter(|number| **number & CONTRADICTS != 0) {
            let record = number & !(CONTRADICTS | LINE);
            if number & LINE != 0 && *number != INFERRED {
                lines.insert(record);
            } else if let Some(shipped) = shipped.get_mut(record as usize) {
                *shipped = true;
            }
        }
        (shipped, lines)
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
        stocks.orphan_hubs(batches.len()).iter().for_each(|batch| hubs[batch.index()] = true);
        Some(Self { stocks, shipments, transformations, lines, batches, owners, hubs })
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
        let inferred = (0..).map(StockId).zip(self.stocks.pairs.iter());
        let inferred = inferred
            .filter(|(stock, _)| outgoing || self.stocks.is_orphan(*stock))
            .filter(|(_, (batch, _))| self.hubs[batch.index()]);
        self.shipments.len() + lines + inferred.count()
    }

    /// The link of a stock that a number stands for, when it fits the records.
    fn link(&self, number: u32, stock: StockId, outgoing: bool) -> Option<Link> {
        if number == INFERRED {
            let batch = self.stocks.pairs.get(stock.index())?.0;
            let here = self.hubs[batch.index()] && (outgoing || self.stocks.is_orphan(stock));
            return here.then(|| Link::inferred(batch));
        }
        let record = number & !(CONTRADICTS | LINE);
        let contradicts = number & CONTRADICTS != 0;
        let mut link = if number & LINE == 0 {
            let at = (record as usize) < self.shipments.len();
            let row = at.then(|| self.shipments.row(record as usize))?;
            let (here, other) = if outgoing { (row.from, row.to) } else { (row.to, row.from) };
            (here == stock).then(|| Link::shipment(other, record, &row))?
        } else {
            let id = *self.owners.get(record as usize)?;
            let row = self.transformations.get(id as usize)?;
            let range = if outgoing { &row.inputs } else { &row.outputs };
            let here = self.lines.get(record as usize)?.stock == stock && range.contains(&record);
            (here && (outgoing || !contradicts))
                .then(|| Link::line(TransformationId(id), record, row))?
        };
        if contradicts {
            link.contradict();
        }
        Some(link)
    }

    /// A side of the index. Every link fits its record, and every record has its link.
    pub(super) fn side(
        &self,
        numbers: &Numbers,
        back: &Numbers,
        outgoing: bool,
        contradicted: &[bool],
    ) -> Taken<Side> {
        let Numbers { starts, items } = numbers;
        if items.len() != self.count(outgoing) {
            return Err("links are missing, or there are too many");
        }
        let blank = Link::inferred(crate::id::BatchId(0));
        let mut links = vec![blank; items.len()];
        let good = AtomicUsize::new(0);
        rayon::scope(|scope| {
            let mut rest = links.as_mut_slice();
            let good = &good;
            for first in (0..self.stocks.len()).step_by(TOGETHER) {
                let last = (first + TOGETHER).min(self.stocks.len());
                let here = (starts[last] - starts[first]) as usize;
                let (links, behind) = std::mem::take(&mut rest).split_at_mut(here);
                rest = behind;
                scope.spawn(move |_| {
                    let made = self.make(numbers, back, first..last, outgoing, contradicted, links);
                    good.fetch_add(usize::from(made.is_some()), Ordering::Relaxed);
                });
            }
        });
        if good.into_inner() != self.stocks.len().div_ceil(TOGETHER) {
            return Err("a link does not fit the records or is out of order");
        }
        Ok(Groups::new(starts.clone(), links))
    }

    /// Makes the links of some stocks.
    fn make(
        &self,
        Numbers { starts, items }: &Numbers,
        back: &Numbers,
        stocks: std::ops::Range<usize>,
        outgoing: bool,
        contradicted: &[bool],
        links: &mut [Link],
    ) -> Option<()> {
        let order = if outgoing { by_departure } else { by_arrival };
        let leads_nowhere = |stock: u32| {
            let stock = stock as usize;
            starts.get(stock) == starts.get(stock + 1)
        };
        let is_sole = |stock: u32| {
            let place = stock as usize;
            let count = back.starts.get(place + 1)?.checked_sub(*back.starts.get(place)?)?;
            let (batch, operator) = self.stocks.pairs.get(place)?;
            let made = outgoing && self.batches.get(batch.index())?.is_made_at(*operator);
            Some(count == 1 && !made)
        };
        let mut links = links.iter_mut();
        for stock in stocks {
            let mut before: Option<Link> = None;
            for number in items.get(starts[stock] as usize..starts[stock + 1] as usize)? {
                let mut link = self.link(*number, StockId(stock as u32), outgoing)?;
                if is_stock(link.node) {
                    let judged = contradicted.get(link.record() as usize)?;
                    if *judged != (number & CONTRADICTS != 0) {
                        return None;
                    }
                    let last = leads_nowhere(link.node);
                    link.set_end(last, last && is_sole(link.node)?);
                }
                if before.is_some_and(|before| order(&before, &link).is_ge()) {
                    return None;
                }
                before = Some(link);
                *links.next()? = link;
            }
        }
        Some(())
    }
}
