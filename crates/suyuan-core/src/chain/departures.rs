//! What leaves each stock: the outgoing side of the link index.
//!
//! Shipments stand in the order of their senders and departures, so that their packed rows are the
//! links themselves: one line of memory says where goods went, when and how much. Of a stock that
//! something else leaves too, or a shipment otherwise than its row says, all links are written out.

use std::iter::FusedIterator;
use std::sync::Arc;

use super::groups::Later;
use super::index::{EndOf, Link, by_departure, is_stock};
use super::shipments::{Base, Packed, target_of};
use super::store::Array;
use crate::fetch::fetch;

/// Set in the start of a stock's rows when its links are written out.
const APART: u32 = 1 << 31;

/// The links of one stock, in the order of the index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LinkList<'c> {
    /// Written out.
    Links(&'c [Link]),
    /// Shipments, latest departure last.
    Rows(Rows<'c>),
}

/// Shipments of one sender as its links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'c> {
    base: &'c Base,
    /// The id of the first one.
    first: u32,
    rows: &'c [Packed],
}

impl<'c> Rows<'c> {
    pub(crate) fn len(self) -> usize {
        self.rows.len()
    }

    /// The link of a row, earliest departure first.
    #[inline(always)]
    pub(crate) fn link(self, at: usize) -> Link {
        self.base.link(self.first + at as u32, self.rows[at])
    }

    /// The stocks that the rows lead to.
    #[inline(always)]
    pub(crate) fn targets(self) -> impl DoubleEndedIterator<Item = u32> + 'c {
        self.rows.iter().map(|row| target_of(*row))
    }
}

impl<'c> LinkList<'c> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Links(links) => links.len(),
            Self::Rows(rows) => rows.len(),
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The link at a place below [`Self::len`].
    pub(super) fn at(self, place: usize) -> Link {
        match self {
            Self::Links(links) => links[place],
            Self::Rows(rows) => rows.link(rows.len() - 1 - place),
        }
    }

    #[inline]
    pub(crate) fn iter(self) -> LinkIter<'c> {
        LinkIter(self)
    }

    pub(super) fn to_vec(self) -> Vec<Link> {
        self.iter().collect()
    }
}

impl<'c> IntoIterator for LinkList<'c> {
    type Item = Link;
    type IntoIter = LinkIter<'c>;

    #[inline]
    fn into_iter(self) -> LinkIter<'c> {
        self.iter()
    }
}

/// The links of one stock, one after another.
#[derive(Debug, Clone)]
pub(crate) struct LinkIter<'c>(LinkList<'c>);

impl Iterator for LinkIter<'_> {
    type Item = Link;

    #[inline]
    fn next(&mut self) -> Option<Link> {
        match &mut self.0 {
            LinkList::Links(links) => links.split_off_first().copied(),
            LinkList::Rows(rows) => {
                let last = rows.len().checked_sub(1)?;
                let link = rows.link(last);
                rows.rows = &rows.rows[..last];
                Some(link)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl DoubleEndedIterator for LinkIter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Link> {
        match &mut self.0 {
            LinkList::Links(links) => links.split_off_last().copied(),
            LinkList::Rows(rows) => {
                let (_, rest) = rows.rows.split_first()?;
                let link = rows.link(0);
                (rows.first, rows.rows) = (rows.first + 1, rest);
                Some(link)
            }
        }
    }
}

impl ExactSizeIterator for LinkIter<'_> {}
impl FusedIterator for LinkIter<'_> {}

/// The outgoing links of every stock, latest departure first. Cloning shares them, but for stocks
/// whose links were replaced since.
#[derive(Debug, Clone, Default)]
pub(crate) struct Departures {
    base: Arc<Base>,
    /// Where the rows of each stock start.
    starts: Arc<Array<u32>>,
    apart: Arc<Apart>,
    later: Option<Box<Later<Link>>>,
}

/// Links that are written out, of some stocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Apart {
    /// Of 64 stocks each: a bit for those that are here, and how many there are before them.
    marks: Vec<(u64, u32)>,
    /// Where the links of each stock that is here start.
    starts: Vec<u32>,
    links: Vec<Link>,
}

impl Apart {
    /// The links of stocks in order.
    pub(super) fn new<'l>(groups: impl Iterator<Item = (u32, &'l [Link])>) -> Self {
        let mut apart = Self { marks: Vec::new(), starts: Vec::new(), links: Vec::new() };
        for (stock, links) in groups {
            let before = apart.starts.len() as u32;
            apart.marks.resize(stock as usize / 64 + 1, (0, before));
            if let Some((bits, _)) = apart.marks.last_mut() {
                *bits |= 1 << (stock % 64);
            }
            apart.starts.push(apart.links.len() as u32);
            apart.links.extend_from_slice(links);
        }
        apart.starts.push(apart.links.len() as u32);
        apart.marks.shrink_to_fit();
        apart.starts.shrink_to_fit();
        apart.links.shrink_to_fit();
        apart
    }

    /// The place of a stock that is here.
    #[inline]
    fn place(&self, stock: u32) -> Option<usize> {
        let (bits, before) = self.marks.get(stock as usize / 64)?;
        let below = bits & ((1 << (stock % 64)) - 1);
        Some((before + below.count_ones()) as usize)
    }

    #[inline]
    fn get(&self, stock: u32) -> &[Link] {
        let range =
            |at: usize| Some(*self.starts.get(at)? as usize..*self.starts.get(at + 1)? as usize);
        let range = self.place(stock).and_then(range);
        range.and_then(|range| self.links.get(range)).unwrap_or_default()
    }

    /// Marks every link by what lies at its other end.
    pub(super) fn mark_ends(&mut self, end_of: impl Fn(u32) -> EndOf) {
        for link in self.links.iter_mut().filter(|link| is_stock(link.node)) {
            link.set_end(end_of(link.node));
        }
    }

    /// The stocks that are here, in order, with their links.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[Link])> {
        let stocks = (0..).zip(&self.marks).flat_map(|(word, (bits, _))| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        });
        stocks
            .zip(self.starts.windows(2))
            .map(|(stock, range)| (stock, &self.links[range[0] as usize..range[1] as usize]))
    }

    fn bytes(&self) -> usize {
        self.marks.capacity() * size_of::<(u64, u32)>()
            + self.starts.capacity() * size_of::<u32>()
            + self.links.capacity() * size_of::<Link>()
    }
}

impl Departures {
    /// The rows of a table, and links that are written out instead. `starts` says where the rows of
    /// each stock start, with the end of the last, and is marked ([`apart_at`]) for stocks whose
    /// links are in `apart`.
    pub(super) fn of_parts(base: Arc<Base>, starts: Array<u32>, apart: Apart) -> Self {
        Self { base, starts: Arc::new(starts), apart: Arc::new(apart), later: None }
    }

    /// Writes out the links of some stocks of a chain under construction, by stock.
    pub(super) fn replace(&mut self, changed: &[(u32, Vec<Link>)]) {
        let old = Arc::clone(&self.apart);
        let is_changed = |stock: u32| changed.binary_search_by_key(&stock, |it| it.0).is_ok();
        let mut groups: Vec<(u32, &[Link])> =
            old.iter().filter(|(stock, _)| !is_changed(*stock)).collect();
        groups.extend(changed.iter().map(|(stock, links)| (*stock, links.as_slice())));
        groups.sort_unstable_by_key(|(stock, _)| *stock);
        self.apart = Arc::new(Apart::new(groups.into_iter()));
        let starts = Arc::make_mut(&mut self.starts).to_mut();
        for (stock, _) in changed {
            starts[*stock as usize] = apart_at(starts[*stock as usize]);
        }
    }

    /// The same links, each changed, all of them written out. `stocks` says how many stocks there
    /// are.
    pub(super) fn map(&self, stocks: usize, change: impl Fn(Link) -> Link) -> Self {
        let links = |stock: u32| self.get(stock).iter().map(&change).collect::<Vec<Link>>();
        let groups: Vec<(u32, Vec<Link>)> = (0..stocks as u32).map(|at| (at, links(at))).collect();
        let apart = Apart::new(groups.iter().map(|(stock, links)| (*stock, links.as_slice())));
        let mut starts = vec![apart_at(0); stocks];
        starts.push(0);
        Self::of_parts(Arc::clone(&self.base), starts.into(), apart)
    }

    /// Replaces the links of a stock, which may be a new one.
    pub(super) fn set(&mut self, stock: u32, links: Vec<Link>) {
        self.later.get_or_insert_default().set(stock, links);
    }

    /// The links of a stock, latest departure first; none for a stock beyond the last.
    #[inline]
    pub(crate) fn get(&self, stock: u32) -> LinkList<'_> {
        self.view().get(stock)
    }

    /// The arrays themselves, for loops that look up many stocks.
    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        let Self { base, starts, apart, later } = self;
        View { base, starts, apart, later: later.as_deref() }
    }

    /// The rows of a stock, also where its links are written out; `None` for a stock beyond the
    /// last.
    pub(super) fn rows(&self, stock: u32) -> Option<std::ops::Range<u32>> {
        let (start, end) = (self.starts.get(stock as usize)?, self.starts.get(stock as usize + 1)?);
        Some(start_of(*start).0..start_of(*end).0)
    }

    /// Where the rows of each stock start, marked where its links are written out, and the stocks
    /// whose links are, in order.
    pub(super) fn parts(&self) -> (&[u32], Vec<(u32, &[Link])>) {
        let mut apart: Vec<(u32, &[Link])> = self.apart.iter().collect();
        if let Some(later) = &self.later {
            apart.retain(|(stock, _)| !later.holds(*stock));
            apart.extend(later.iter());
            apart.sort_unstable_by_key(|(stock, _)| *stock);
        }
        (&self.starts, apart)
    }

    /// Bytes of memory, the rows of shipments apart.
    pub(super) fn bytes(&self) -> usize {
        let later = self.later.as_ref().map_or(0, |later| later.bytes());
        self.starts.bytes() + self.apart.bytes() + later
    }
}

/// The start of a stock's rows, and whether its links are written out.
pub(super) const fn start_of(start: u32) -> (u32, bool) {
    (start & !APART, start & APART != 0)
}

/// A start for stocks whose links are written out.
pub(super) const fn apart_at(start: u32) -> u32 {
    start | APART
}

/// [`Departures`] without the indirections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'c> {
    base: &'c Base,
    starts: &'c [u32],
    apart: &'c Apart,
    later: Option<&'c Later<Link>>,
}

impl<'c> View<'c> {
    /// Asks for where the rows of a stock start.
    #[inline(always)]
    pub(crate) fn fetch_start(&self, stock: u32) {
        fetch(self.starts, stock as usize);
    }

    /// Asks for the last links of a stock, whose start is at hand.
    #[inline(always)]
    pub(crate) fn fetch_items(&self, stock: u32) {
        let key = stock as usize;
        if let (Some(start), Some(end)) = (self.starts.get(key), self.starts.get(key + 1)) {
            let ((start, apart), (end, _)) = (start_of(*start), start_of(*end));
            if apart {
                if let Some(place) = self.apart.place(stock) {
                    fetch(&self.apart.starts, place);
                }
                return;
            }
            let rows = &*self.base.rows;
            for at in (start..end).rev().step_by(64 / size_of::<Packed>()).take(4) {
                fetch(rows, at as usize);
            }
            fetch(rows, start as usize);
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, stock: u32) -> LinkList<'c> {
        if let Some(later) = self.later
            && later.holds(stock)
        {
            return LinkList::Links(later.get(stock));
        }
        let key = stock as usize;
        let (Some(start), Some(end)) = (self.starts.get(key), self.starts.get(key + 1)) else {
            return LinkList::Links(&[]);
        };
        let ((first, apart), (end, _)) = (start_of(*start), start_of(*end));
        if apart {
            return LinkList::Links(self.apart.get(stock));
        }
        let rows = self.base.rows.get(first as usize..end as usize).unwrap_or_default();
        LinkList::Rows(Rows { base: self.base, first, rows })
    }
}

/// Links in the order of departures.
pub(super) fn sorted(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_unstable_by(by_departure);
    links
}
