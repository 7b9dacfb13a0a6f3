//! The one traversal kernel: earliest labels over time-gated links, both ways.
//!
//! Forward, the label of a node is `since`; backward it is `until` seen in a mirror
//! (`label = !until`), so that one recurrence serves both:
//!
//! ```text
//! label(v) = min over links u -> v with gate >= label(u) of max(label(u), value)
//! ```
//!
//! Nodes are expanded first come, first served; from many roots by the hour of their label, because
//! what they lead to is reached many times over. What is offered to a node later replaces what it
//! has where it is better: an earlier label, an earlier label by certain links alone, or the same
//! label by fewer links. A node that has passed its label on already passes the better one on
//! again. Labels only ever improve, so the order decides the work, never the result; on records of
//! real trade almost nothing is passed on twice. Where more than that is, the rest is settled in
//! label order with a heap, which expands every node once more at most.
//!
//! The links of a node that its label shuts out are never touched, because they are kept in gate
//! order. Which nodes are reached is kept in a sparse set (Briggs and Torczon 1993): nothing is
//! cleared between searches. Nothing recurses.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::calendar::Calendar;
use super::carry::CarryRule;
use super::run::Run;
use super::witness;
use crate::chain::SupplyChain;
use crate::chain::departures::{self, LinkList};
use crate::chain::groups;
use crate::chain::index::{KINDS, Link, LinkIndex, Node, index, is_stock, kind};
use crate::id::{ShipmentId, StockId, TransformationId};
use crate::time::Minute;

/// No label: the node is not reached.
pub(crate) const UNREACHED: i32 = i32::MAX;

/// From how many roots on nodes are expanded by the hour of their label.
const MANY: usize = 32;

/// No node: where a path ends.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// A direction of travel.
pub(crate) trait Way {
    /// Whether it goes with the material.
    const FORWARD: bool;
    /// The links ahead of each stock.
    type Side<'c>: Side<'c>;
    fn side(links: &LinkIndex) -> Self::Side<'_>;
    /// How many links lead to a stock.
    fn leading(links: &LinkIndex, stock: StockId) -> usize;
    /// The label of a minute.
    fn label(minute: Minute) -> i32;
    fn minute(label: i32) -> Minute;
    /// Largest label with which a link can still be taken.
    fn gate(link: &Link) -> i32;
    /// Smallest label that a link gives.
    fn value(link: &Link) -> i32;
}

/// One direction of the link index.
pub(crate) trait Side<'c>: Copy {
    /// The links of a stock, largest gate first.
    fn of(&self, stock: u32) -> LinkList<'c>;
    /// Asks for where the links of a stock start.
    fn fetch_start(&self, stock: u32);
    /// Asks for the links of a stock, whose start is at hand.
    fn fetch_items(&self, stock: u32);
}

impl<'c> Side<'c> for departures::View<'c> {
    #[inline(always)]
    fn of(&self, stock: u32) -> LinkList<'c> {
        self.get(stock)
    }
    #[inline(always)]
    fn fetch_start(&self, stock: u32) {
        self.fetch_start(stock);
    }
    #[inline(always)]
    fn fetch_items(&self, stock: u32) {
        self.fetch_items(stock);
    }
}

impl<'c> Side<'c> for groups::View<'c, Link> {
    #[inline(always)]
    fn of(&self, stock: u32) -> LinkList<'c> {
        LinkList::Links(self.get(stock))
    }
    #[inline(always)]
    fn fetch_start(&self, stock: u32) {
        self.fetch_start(stock);
    }
    #[inline(always)]
    fn fetch_items(&self, stock: u32) {
        self.fetch_items(stock);
    }
}

/// From sources to where their material went.
pub(crate) struct Forward;

/// From targets to where their material came from.
pub(crate) struct Backward;

pub(super) const fn raw(minute: Minute) -> i32 {
    minute.minutes()
}

impl Way for Forward {
    const FORWARD: bool = true;
    type Side<'c> = departures::View<'c>;
    fn side(links: &LinkIndex) -> Self::Side<'_> {
        links.out.view()
    }
    fn leading(links: &LinkIndex, stock: StockId) -> usize {
        links.into.get(stock.0).len()
    }
    fn label(minute: Minute) -> i32 {
        raw(minute)
    }
    fn minute(label: i32) -> Minute {
        Minute::from_minutes(label)
    }
    #[inline]
    fn gate(link: &Link) -> i32 {
        raw(link.departs)
    }
    #[inline]
    fn value(link: &Link) -> i32 {
        raw(link.arrives)
    }
}

impl Way for Backward {
    const FORWARD: bool = false;
    type Side<'c> = groups::View<'c, Link>;
    fn side(links: &LinkIndex) -> Self::Side<'_> {
        links.into.view()
    }
    fn leading(links: &LinkIndex, stock: StockId) -> usize {
        links.out.get(stock.0).len()
    }
    fn label(minute: Minute) -> i32 {
        !raw(minute)
    }
    fn minute(label: i32) -> Minute {
        Minute::from_minutes(!label)
    }
    #[inline]
    fn gate(link: &Link) -> i32 {
        !raw(link.arrives)
    }
    #[inline]
    fn value(link: &Link) -> i32 {
        !raw(link.departs)
    }
}

/// Which links a search may take.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// Only links and stocks begun by this minute.
    pub(crate) as_of: Minute,
    /// Transformations that pass nothing on; empty for none.
    pub(crate) blocked: &'a [bool],
    /// Stocks that are entered whether begun or not, sorted.
    pub(crate) exempt: &'a [StockId],
    /// Minutes for which equipment stays affected.
    pub(crate) carry_over: Option<CarryRule>,
}

impl Rules<'_> {
    pub(crate) const ALL: Self =
        Rules { as_of: Minute::UNBOUNDED_FUTURE, blocked: &[], exempt: &[], carry_over: None };

    #[inline]
    pub(crate) fn blocks(&self, transformation: TransformationId) -> bool {
        self.blocked.get(transformation.index()).copied().unwrap_or(false)
    }

    /// The links of a stock that material with this label can take.
    pub(crate) fn passable<'a, W: Way>(
        &'a self,
        chain: &'a SupplyChain,
        stock: u32,
        label: i32,
    ) -> impl Iterator<Item = Link> + 'a {
        let links = W::side(chain.links()).of(stock).iter();
        links
            .take_while(move |link| W::gate(link) >= label)
            .filter(move |link| self.allows(chain, link))
    }

    /// Whether a link of a stock has begun and may be taken, and the node at its other end entered.
    #[inline]
    pub(super) fn allows(&self, chain: &SupplyChain, link: &Link) -> bool {
        self.as_of == Minute::UNBOUNDED_FUTURE
            || if is_stock(link.node) {
                let stock = StockId(link.node);
                let shipment = || chain.shipment_departs(ShipmentId(link.record()));
                self.enters(chain, stock)
                    && (link.arrives <= self.as_of || shipment().earliest <= self.as_of)
            } else {
                // Only a shipment can begin before it arrives.
                link.arrives <= self.as_of
            }
    }

    /// Whether a stock may be entered.
    #[inline]
    pub(super) fn enters(&self, chain: &SupplyChain, stock: StockId) -> bool {
        self.as_of == Minute::UNBOUNDED_FUTURE
            || chain.begun(stock) <= self.as_of
            || self.exempt.binary_search(&stock).is_ok()
    }
}

/// A node that a search reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) node: u32,
    /// Its label.
    pub(crate) label: i32,
    /// Its label by certain links alone.
    pub(crate) certain: i32,
    /// Links on its witness path; for an inner node those before it.
    pub(super) hops: u32,
    /// The place of the node before it, [`NOWHERE`] for a root.
    pub(super) from: u32,
    /// What led from there to here: for a stock a shipment or the inner node; for an inner node
    /// the node before it. The lowest one is taken where several do as well.
    pub(super) via: u32,
    /// Whether it has passed its label on.
    pub(super) done: bool,
    /// Whether it has something to pass on.
    pub(super) open: bool,
    /// Whether its label lets anything pass on.
    pub(super) passes: bool,
    /// Whether one link alone leads to it, forward always a shipment, and it leads no further.
    pub(super) sole: bool,
    /// Whether more than one node brought its label.
    pub(super) rivals: bool,
}

/// What the last search reached. Reusable without clearing.
#[derive(Debug)]
pub(crate) struct Search {
    /// For each node its place in `reached`, if that place holds it. Those that one link alone
    /// leads to, and that lead no further, have none until they are filed.
    pub(super) places: Vec<u32>,
    /// Whether every node reached is filed.
    pub(super) filed: bool,
    /// Where the places of each kind of node begin.
    pub(super) kinds: [u32; KINDS],
    /// Every node reached, in the order of discovery.
    pub(super) reached: Vec<Reached>,
    /// Transformations that affected material was carried over into.
    pub(crate) carried: Vec<TransformationId>,
    /// What is to be expanded, forward and backward.
    pub(super) calendars: [Calendar; 2],
    pub(super) heap: BinaryHeap<Reverse<(i32, u32)>>,
    /// Whether a witness may not be the shortest, because a path grew where there were others.
    pub(super) stale: bool,
    /// Places in the order in which they were to be expanded.
    pub(super) queue: Vec<u32>,
}

impl Search {
    pub(crate) fn new(chain: &SupplyChain) -> Self {
        let (stocks, transformations) =
            (chain.stock_count() as u32, chain.transformation_ids().len() as u32);
        let orphans = stocks + transformations;
        let apart = orphans + chain.batch_ids().len() as u32;
        let (first, last) = chain.period();
        Self {
            places: vec![0; apart as usize + transformations as usize],
            kinds: [0, stocks, orphans, apart],
            filed: true,
            reached: Vec::new(),
            carried: Vec::new(),
            calendars: [Calendar::new(first, last), Calendar::new(!last, !first)],
            heap: BinaryHeap::new(),
            stale: false,
            queue: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn slot(&self, node: u32) -> usize {
        (self.kinds[kind(node)] + index(node)) as usize
    }

    /// Files every node reached under its place.
    pub(crate) fn file(&mut self) {
        if !self.filed {
            for (place, row) in (0..).zip(&self.reached) {
                let slot = (self.kinds[kind(row.node)] + index(row.node)) as usize;
                self.places[slot] = place;
            }
            self.filed = true;
        }
    }

    /// The place of a node among those reached, if it is filed or leads further.
    #[inline]
    pub(crate) fn place(&self, node: u32) -> Option<u32> {
        let place = self.places[self.slot(node)];
        let found = self.reached.get(place as usize)?;
        (found.node == node).then_some(place)
    }

    /// The place of any stock among those reached. O(n) where they are not filed.
    pub(crate) fn find(&self, stock: StockId) -> Option<u32> {
        self.place(stock.0).or_else(|| {
            let mut rows = self.reached.iter();
            let at = if self.filed { None } else { rows.position(|row| row.node == stock.0) };
            at.map(|at| at as u32)
        })
    }

    /// The label of a stock, [`UNREACHED`] for none.
    pub(crate) fn label(&mut self, stock: StockId) -> i32 {
        self.file();
        self.place(stock.0).map_or(UNREACHED, |place| self.reached[place as usize].label)
    }

    pub(crate) fn reached(&self) -> &[Reached] {
        &self.reached
    }

    pub(super) fn reached_mut(&mut self) -> &mut [Reached] {
        &mut self.reached
    }

    /// Labels everything that the roots reach and finds the witnesses.
    pub(crate) fn run<W: Way>(
        &mut self,
        chain: &SupplyChain,
        roots: &[(StockId, Minute)],
        rules: &Rules<'_>,
    ) {
        self.reached.clear();
        self.carried.clear();
        self.stale = false;
        self.filed = true;
        self.queue.clear();
        self.calendars[usize::from(!W::FORWARD)].restart();
        Run::<W>::new(self, chain, rules, roots.len() >= MANY).all(roots);
        if self.stale || rules.carry_over.is_some() {
            self.file();
            witness::shortest::<W>(chain, self, roots, rules);
        }
    }
}

/// What is offered to a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) node: u32,
    pub(super) label: i32,
    pub(super) certain: i32,
    pub(super) hops: u32,
    pub(super) from: u32,
    pub(super) via: u32,
    /// Whether the node is known to lead no further.
    pub(super) last: bool,
}

impl Reached {
    /// The place of the node before it.
    pub(crate) const fn before(&self) -> u32 {
        self.from
    }

    /// The shipment that led to it, where that is the only one and it leads no further; forward.
    pub(crate) const fn sole_shipment(&self) -> Option<ShipmentId> {
        if self.sole { Some(ShipmentId(self.via)) } else { None }
    }

    /// Whether there are links that affected material can have taken from it; of stocks.
    pub(crate) const fn passes_on(&self) -> bool {
        self.passes
    }

    /// Whether an offer of the same label comes by the node's own path, which has grown since.
    #[inline]
    pub(super) fn is_lengthened_by(&self, offer: &Offer) -> bool {
        offer.label == self.label && offer.from == self.from && offer.hops > self.hops
    }

    /// Whether an offer of the same label has a shorter path, or one as long that comes first.
    pub(super) fn is_explained_better_by(&self, offer: &Offer, chain: &SupplyChain) -> bool {
        offer.label == self.label
            && (offer.hops < self.hops
                || offer.hops == self.hops
                    && offer.via != self.via
                    && chain.comes_first(offer.via, self.via, is_stock(self.node)))
    }

    /// Takes an offer's path.
    pub(super) fn explain_by(&mut self, offer: &Offer) {
        self.hops = offer.hops;
        self.from = offer.from;
        self.via = offer.via;
    }

    /// Forgets its path.
    pub(super) fn forget_path(&mut self) {
        self.hops = u32::MAX;
        self.from = NOWHERE;
        self.via = NOWHERE;
    }
}

/// The stocks on the other side of an inner node.
pub(super) fn beyond<'c, W: Way>(
    chain: &'c SupplyChain,
    rules: &Rules<'_>,
    node: u32,
) -> impl Iterator<Item = StockId> + use<'c, W> {
    let (lines, stocks) = match Node::of(node) {
        Node::Stock(_) => (0..0, None),
        Node::Transformation(id) if rules.blocks(id) => (0..0, None),
        // What equipment leaves comes after any kill step.
        Node::Transformation(id) | Node::Apart(id) => {
            (if W::FORWARD { chain.output_range(id) } else { chain.input_range(id) }, None)
        }
        Node::Orphans(batch) => (0..0, Some(chain.stocks_of_batch(batch))),
    };
    // Backward, an input whose departure is unknown hangs on the node apart.
    let apart = match Node::of(node) {
        Node::Transformation(id) | Node::Apart(id) if !W::FORWARD && chain.is_contradicted(id) => {
            Some(matches!(Node::of(node), Node::Apart(_)))
        }
        _ => None,
    };
    let lines = lines
        .clone()
        .zip(chain.lines_of(&lines))
        .filter(move |(at, _)| apart.is_none_or(|apart| chain.is_line_contradicted(*at) == apart));
    let stocks = stocks.into_iter().flatten();
    let stocks = stocks.filter(|stock| !W::FORWARD || chain.is_orphan(*stock));
    lines.map(|(_, line)| line.stock).chain(stocks)
}
