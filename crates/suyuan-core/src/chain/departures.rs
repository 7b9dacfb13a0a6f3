//! What leaves each stock: the outgoing side of the link index.
//!
//! Shipments stand in the order of their senders and departures, so that their packed rows are the
//! links themselves: one line of memory says where goods went, when and how much. Of a stock that
//! something else leaves too, or a shipment otherwise than its row says, all links are written out.
//! The former are many, so the start of a stock says where its written links lie; the latter few.

use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;

use super::groups::Later;
use super::index::{EndOf, Link, is_stock};
use super::shipments::{Base, Packed, are_dated, target_of};
use super::store::Array;
use crate::fetch::fetch;

/// Set in the start of a stock when it says where its links lie in [`Apart`].
const APART: u32 = 1 << 31;
/// Set in the start of a stock's rows when other links stand for them.
const OVER: u32 = 1 << 30;

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

    /// Takes rows off the end, as many as there is room for, up to the first that is no good; what
    /// they say is given latest departure first.
    #[inline(always)]
    pub(crate) fn split_last<'r, const ROOM: usize>(
        &mut self,
        good: impl Fn(&Link) -> bool,
        room: &'r mut [Link; ROOM],
    ) -> &'r [Link] {
        let Self { base, first, rows } = self;
        let dated = are_dated(rows.iter().rev().take(ROOM));
        let mut count = 0;
        for (place, row) in room.iter_mut().zip(rows.iter().rev()) {
            let at = *first + (rows.len() - 1 - count) as u32;
            let link = if dated { base.dated_link(at, *row) } else { base.link(at, *row) };
            if !good(&link) {
                *rows = &[];
                return &room[..count];
            }
            *place = link;
            count += 1;
        }
        *rows = &rows[..rows.len() - count];
        &room[..count]
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
    /// Of each stock where its rows start, or with [`APART`] the code of its links in `apart`; and
    /// where the rows end.
    starts: Arc<Array<u32>>,
    apart: Arc<Apart>,
    /// Links of stocks whose start is marked as [`OVER`].
    over: Arc<HashMap<u32, Vec<Link>>>,
    later: Option<Box<Later<Link>>>,
}

/// Links of stocks that something else than shipments leaves. Their shipments stand behind those of
/// all other stocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Apart {
    pub(super) links: Array<Link>,
    /// Start and number of the links of stocks whose codes have no room for them.
    pub(super) long: Vec<(u32, u32)>,
}

/// Bits of a code that say where links start.
const PLACE_BITS: u32 = 26;
/// How many stocks of many links [`Apart`] has room for.
pub(super) const LONG_LISTS: u64 = 1 << PLACE_BITS;
/// The most links whose number stands in their code.
const MOST: u32 = 15;

impl Apart {
    /// The links of stocks, and the code of each; `None` where there are too many stocks.
    pub(super) fn new<'l>(groups: impl Iterator<Item = &'l [Link]>) -> Option<(Self, Vec<u32>)> {
        let (mut links, mut long, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for group in groups {
            let (start, count) = (links.len() as u32, group.len() as u32);
            links.extend_from_slice(group);
            codes.push(if start < 1 << PLACE_BITS && (1..=MOST).contains(&count) {
                APART | count << PLACE_BITS | start
            } else {
                let place = u32::try_from(long.len()).ok().filter(|at| *at < 1 << PLACE_BITS)?;
                long.push((start, count));
                APART | place
            });
        }
        links.shrink_to_fit();
        Some((Self { links: links.into(), long }, codes))
    }

    /// Where the links of a code lie.
    #[inline(always)]
    pub(super) fn range(&self, code: u32) -> Range<usize> {
        let (place, count) = (code & ((1 << PLACE_BITS) - 1), code >> PLACE_BITS & MOST);
        let (start, count) = match count {
            0 => self.long.get(place as usize).copied().unwrap_or_default(),
            count => (place, count),
        };
        start as usize..start as usize + count as usize
    }

    #[inline(always)]
    fn get(&self, code: u32) -> &[Link] {
        self.links.get(self.range(code)).unwrap_or_default()
    }

    /// Marks every link by what lies at its other end.
    pub(super) fn mark_ends(&mut self, end_of: impl Fn(u32) -> EndOf) {
        for link in self.links.to_mut().iter_mut().filter(|link| is_stock(link.node)) {
            link.set_end(end_of(link.node));
        }
    }

    fn bytes(&self) -> usize {
        self.links.bytes() + self.long.capacity() * size_of::<(u32, u32)>()
    }
}

/// The rows of a stock by the starts of all; `None` where its links are in [`Apart`], and for
/// stocks beyond the last.
#[inline(always)]
pub(super) fn rows_of(starts: &[u32], stock: u32) -> Option<Range<u32>> {
    let start = *starts.get(stock as usize)?;
    let mut next = stock as usize + 1;
    let mut end = *starts.get(next)?;
    while end & APART != 0 {
        next += 1;
        end = *starts.get(next)?;
    }
    (start & APART == 0).then_some(start & !OVER..end & !OVER)
}

impl Departures {
    /// The rows of a table, and links that are written out.
    pub(super) fn of_parts(
        base: Arc<Base>,
        starts: Array<u32>,
        apart: Apart,
        over: HashMap<u32, Vec<Link>>,
    ) -> Self {
        let (starts, apart, over) = (Arc::new(starts), Arc::new(apart), Arc::new(over));
        Self { base, starts, apart, over, later: None }
    }

    /// Changes the links of a stock of a chain under construction, for as many as there are.
    pub(super) fn rewrite(&mut self, stock: u32, links: Vec<Link>) {
        let start = &mut Arc::make_mut(&mut self.starts).to_mut()[stock as usize];
        if *start & APART != 0 {
            let apart = Arc::make_mut(&mut self.apart);
            let range = apart.range(*start);
            apart.links.to_mut()[range].copy_from_slice(&links);
        } else {
            *start |= OVER;
            Arc::make_mut(&mut self.over).insert(stock, links);
        }
    }

    /// The same links of so many stocks, each changed, all of them written out.
    pub(super) fn map(&self, stocks: usize, change: impl Fn(Link) -> Link) -> Self {
        let links = |stock: u32| self.get(stock).iter().map(&change).collect::<Vec<Link>>();
        let groups: Vec<Vec<Link>> = (0..stocks as u32).map(links).collect();
        let base = Arc::clone(&self.base);
        match Apart::new(groups.iter().map(Vec::as_slice)) {
            Some((apart, mut starts)) => {
                starts.push(0);
                Self::of_parts(base, starts.into(), apart, HashMap::new())
            }
            // There are too many for codes.
            None => {
                let mut starts = vec![OVER; stocks];
                starts.push(0);
                let over = (0..).zip(groups).collect();
                Self::of_parts(base, starts.into(), Apart::default(), over)
            }
        }
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
        let Self { base, starts, apart, over, later } = self;
        View { base, starts, apart, over, later: later.as_deref() }
    }

    /// The rows of a stock, also where other links stand for them; `None` where the links of the
    /// stock are in [`Apart`], and for stocks beyond the last.
    pub(super) fn rows(&self, stock: u32) -> Option<Range<u32>> {
        rows_of(&self.starts, stock)
    }

    /// The links of stocks that something else than shipments leaves.
    pub(super) fn apart(&self) -> &Apart {
        &self.apart
    }

    /// The start of each of so many stocks and the end of the last, and the links that stand for
    /// the rows of some or were replaced since, by stock.
    pub(super) fn starts(&self, stocks: usize) -> (Vec<u32>, Vec<(u32, &[Link])>) {
        let mut starts = self.starts.to_vec();
        let end = starts.last().copied().unwrap_or(0);
        starts.resize(stocks + 1, end);
        let mut over: Vec<(u32, &[Link])> =
            self.over.iter().map(|(stock, links)| (*stock, links.as_slice())).collect();
        if let Some(later) = &self.later {
            over.retain(|(stock, _)| !later.holds(*stock));
            over.extend(later.iter());
        }
        over.sort_unstable_by_key(|(stock, _)| *stock);
        for (stock, _) in over.iter().rev() {
            // What was in `apart` has no rows of its own: it starts where the next ones do.
            let next = starts[*stock as usize..].iter().find(|start| **start & APART == 0);
            starts[*stock as usize] = next.copied().unwrap_or(end) | OVER;
        }
        (starts, over)
    }

    /// Bytes of memory, the rows of shipments apart.
    pub(super) fn bytes(&self) -> usize {
        let over: usize = self.over.values().map(Vec::capacity).sum();
        let over =
            over * size_of::<Link>() + self.over.capacity() * (size_of::<(u32, Vec<Link>)>() + 1);
        let later = self.later.as_ref().map_or(0, |later| later.bytes());
        self.starts.bytes() + self.apart.bytes() + over + later
    }
}

/// [`Departures`] without the indirections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'c> {
    base: &'c Base,
    starts: &'c [u32],
    apart: &'c Apart,
    over: &'c HashMap<u32, Vec<Link>>,
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
        let Some(rows) = rows_of(self.starts, stock) else {
            let code = self.starts.get(stock as usize).copied().unwrap_or_default();
            let range = self.apart.range(code);
            fetch(&self.apart.links, range.start);
            fetch(&self.apart.links, range.end.wrapping_sub(1));
            return;
        };
        let first = rows.start as usize;
        for at in rows.rev().step_by(64 / size_of::<Packed>()).take(4) {
            fetch(&self.base.rows, at as usize);
        }
        fetch(&self.base.rows, first);
    }

    #[inline(always)]
    pub(crate) fn get(&self, stock: u32) -> LinkList<'c> {
        if let Some(later) = self.later
            && later.holds(stock)
        {
            return LinkList::Links(later.get(stock));
        }
        let start = self.starts.get(stock as usize).copied().unwrap_or(0);
        if start & (APART | OVER) != 0 {
            return LinkList::Links(self.written(stock, start));
        }
        let rows = rows_of(self.starts, stock).unwrap_or_default();
        let (first, rows) = (rows.start, rows.start as usize..rows.end as usize);
        let rows = self.base.rows.get(rows).unwrap_or_default();
        LinkList::Rows(Rows { base: self.base, first, rows })
    }

    #[inline(always)]
    fn written(&self, stock: u32, start: u32) -> &'c [Link] {
        if start & APART != 0 {
            return self.apart.get(start);
        }
        self.over.get(&stock).map_or(&[], Vec::as_slice)
    }
}

/// What the start of a stock means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Its rows start here.
    Rows(u32),
    /// Its rows start here, but other links stand for them.
    Over(u32),
    /// Its links lie there in [`Apart`].
    Apart,
}

impl Start {
    pub(super) const fn of(start: u32) -> Self {
        match start & (APART | OVER) {
            0 => Self::Rows(start),
            OVER => Self::Over(start & !OVER),
            _ => Self::Apart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::BatchId;

    /// As many links as asked for, told apart by their nodes.
    fn links(count: u32, first: u32) -> Vec<Link> {
        (first..first + count).map(|number| Link::inferred(BatchId(number))).collect()
    }

    #[test]
    fn groups_of_any_length_have_a_code() {
        let groups: Vec<Vec<Link>> =
            (0..).zip([1, 0, MOST, MOST + 1, 40, 2]).map(|(at, n)| links(n, at * 100)).collect();
        let (apart, codes) = Apart::new(groups.iter().map(Vec::as_slice)).unwrap();
        assert_eq!(apart.long, [(1, 0), (1 + MOST, MOST + 1), (2 + 2 * MOST, 40)]);
        for (code, group) in codes.iter().zip(&groups) {
            assert_eq!((Start::of(*code), apart.get(*code)), (Start::Apart, group.as_slice()));
        }
    }

    #[test]
    fn rows_end_where_the_next_ones_start() {
        let code = Apart::new([links(1, 0).as_slice()].into_iter()).unwrap().1[0];
        // Rows 0 and 1, links apart twice, rows 2 to 4 for which others stand, none, the end.
        let starts = [0, code, code, 2 | OVER, 5, 5];
        let rows: Vec<_> = (0..6).map(|stock| rows_of(&starts, stock)).collect();
        assert_eq!(rows, [Some(0..2), None, None, Some(2..5), Some(5..5), None]);
        assert_eq!(Start::of(starts[3]), Start::Over(2));
    }

    #[test]
    fn replaced_links_are_written_with_the_starts() {
        let (apart, codes) = Apart::new([links(3, 0).as_slice()].into_iter()).unwrap();
        let starts = vec![0, codes[0], 4, 4];
        let mut all = Departures::of_parts(Arc::default(), starts.into(), apart, HashMap::new());
        all.rewrite(1, links(3, 10));
        assert_eq!(all.get(1).to_vec(), links(3, 10));
        all.rewrite(0, links(4, 20));
        all.set(1, links(1, 30));
        all.set(4, links(2, 40));
        let (starts, over) = all.starts(5);
        // What was apart has no rows of its own.
        assert_eq!(starts, [OVER, 4 | OVER, 4, 4, 4 | OVER, 4]);
        let over: Vec<_> = over.into_iter().map(|(stock, links)| (stock, links.to_vec())).collect();
        assert_eq!(over, [(0, links(4, 20)), (1, links(1, 30)), (4, links(2, 40))]);
        for (stock, links) in over {
            assert_eq!(all.get(stock).to_vec(), links);
            assert!(all.get(stock).iter().rev().eq(links.into_iter().rev()));
        }
    }
}
