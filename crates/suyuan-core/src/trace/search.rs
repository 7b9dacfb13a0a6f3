//! The one traversal kernel: earliest labels over time-gated links, both ways.
//!
//! Forward, the label of a node is `since`; backward it is `until` seen in a mirror
//! (`label = !until`), so that one recurrence serves both:
//!
//! ```text
//! label(v) = min over links u -> v with gate >= label(u) of max(label(u), value)
//! ```
//!
//! Nodes are expanded first come, first served, breadth first. What is offered to a node later
//! replaces what it has where it is better: an earlier label, an earlier label by certain links
//! alone, or the same label by fewer links. A node that has passed its label on already passes the
//! better one on again. Labels only ever improve, so the order decides the work, never the result;
//! on records of real trade almost nothing is passed on twice. Where more than that is, the rest is
//! settled in label order with a heap, which expands every node once more at most.
//!
//! The links of a node that its label shuts out are never touched, because they are kept in gate
//! order. Which nodes are reached is kept in a sparse set (Briggs and Torczon 1993): nothing is
//! cleared between searches. Nothing recurses.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::carry::{CarryRule, Windows};
use super::witness;
use crate::chain::SupplyChain;
use crate::chain::groups::View;
use crate::chain::index::{KINDS, Link, LinkIndex, Node, Side, index, is_stock, kind};
use crate::id::{ShipmentId, StockId, TransformationId};
use crate::time::Minute;

/// No label: the node is not reached.
pub(crate) const UNREACHED: i32 = i32::MAX;

/// No node: where a path ends.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// A direction of travel.
pub(crate) trait Way {
    /// Whether it goes with the material.
    const FORWARD: bool;
    fn side(links: &LinkIndex) -> &Side;
    /// The label of a minute.
    fn label(minute: Minute) -> i32;
    fn minute(label: i32) -> Minute;
    /// Largest label with which a link can still be taken.
    fn gate(link: &Link) -> i32;
    /// Smallest label that a link gives.
    fn value(link: &Link) -> i32;
}

/// From sources to where their material went.
pub(crate) struct Forward;

/// From targets to where their material came from.
pub(crate) struct Backward;

const fn raw(minute: Minute) -> i32 {
    minute.minutes()
}

impl Way for Forward {
    const FORWARD: bool = true;
    fn side(links: &LinkIndex) -> &Side {
        &links.out
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
    fn side(links: &LinkIndex) -> &Side {
        &links.into
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
    ) -> impl Iterator<Item = &'a Link> + 'a {
        let links = W::side(chain.links()).get(stock).iter();
        links
            .take_while(move |link| W::gate(link) >= label)
            .filter(move |link| self.allows(chain, link))
    }

    /// Whether a link of a stock has begun and may be taken, and the node at its other end entered.
    #[inline]
    fn allows(&self, chain: &SupplyChain, link: &Link) -> bool {
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
    done: bool,
}

/// What the last search reached. Reusable without clearing.
#[derive(Debug)]
pub(crate) struct Search {
    /// For each node its place in `reached`, if that place holds it.
    places: Vec<u32>,
    /// Where the places of each kind of node begin.
    kinds: [u32; KINDS],
    /// Every node reached, in the order of discovery.
    reached: Vec<Reached>,
    /// Transformations that affected material was carried over into.
    pub(crate) carried: Vec<TransformationId>,
    /// Places of nodes that improved after they had passed their label on.
    again: Vec<u32>,
    heap: BinaryHeap<Reverse<(i32, u32)>>,
    /// Whether a witness may not be the shortest, because a label improved too late.
    stale: bool,
    ordered: bool,
}

impl Search {
    pub(crate) fn new(chain: &SupplyChain) -> Self {
        let (stocks, transformations) =
            (chain.stock_count() as u32, chain.transformation_ids().len() as u32);
        let orphans = stocks + transformations;
        let apart = orphans + chain.batch_ids().len() as u32;
        Self {
            places: vec![0; apart as usize + transformations as usize],
            kinds: [0, stocks, orphans, apart],
            reached: Vec::new(),
            carried: Vec::new(),
            again: Vec::new(),
            heap: BinaryHeap::new(),
            stale: false,
            ordered: false,
        }
    }

    #[inline]
    fn slot(&self, node: u32) -> usize {
        (self.kinds[kind(node)] + index(node)) as usize
    }

    /// The place of a node among those reached.
    #[inline]
    pub(super) fn place(&self, node: u32) -> Option<u32> {
        let place = self.places[self.slot(node)];
        let found = self.reached.get(place as usize)?;
        (found.node == node).then_some(place)
    }

    /// The label of a stock, [`UNREACHED`] for none.
    pub(crate) fn label(&self, stock: StockId) -> i32 {
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
        self.ordered = rules.carry_over.is_some();
        let mut run = Run::<W> {
            search: self,
            chain,
            links: W::side(chain.links()).view(),
            rules,
            all: rules.as_of == Minute::UNBOUNDED_FUTURE,
            way: std::marker::PhantomData,
        };
        for (stock, minute) in roots {
            let label = W::label(*minute);
            run.offer(Offer { label, certain: label, hops: 0, from: NOWHERE, via: 0 }, stock.0);
        }
        if rules.carry_over.is_some() {
            // Windows open in time order.
            run.in_label_order();
        } else {
            run.first_come_first_served();
        }
        if self.stale || rules.carry_over.is_some() {
            witness::shortest::<W>(chain, self, roots, rules);
        }
    }
}

/// What is offered to a node.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub(super) label: i32,
    pub(super) certain: i32,
    pub(super) hops: u32,
    pub(super) from: u32,
    pub(super) via: u32,
}

/// A search under way.
struct Run<'a, 'c, W> {
    search: &'a mut Search,
    chain: &'c SupplyChain,
    links: View<'c, Link>,
    rules: &'a Rules<'a>,
    /// Whether every record counts, whatever the minute.
    all: bool,
    way: std::marker::PhantomData<W>,
}

impl<W: Way> Run<'_, '_, W> {
    fn first_come_first_served(&mut self) {
        let mut next = 0;
        while next < self.search.reached.len() {
            self.expand(next as u32);
            next += 1;
        }
        let mut budget = self.search.reached.len();
        let mut at = 0;
        while at < self.search.again.len() {
            if budget == 0 {
                return self.in_label_order();
            }
            budget -= 1;
            let place = self.search.again[at];
            at += 1;
            self.expand(place);
            while next < self.search.reached.len() {
                self.expand(next as u32);
                next += 1;
            }
        }
        self.search.again.clear();
    }

    /// Settles what is left to be expanded in label order.
    fn in_label_order(&mut self) {
        let search = &mut *self.search;
        search.ordered = true;
        search.heap.clear();
        let open = (0..).zip(&search.reached).filter(|(_, row)| !row.done);
        search.heap.extend(open.map(|(place, row)| Reverse((row.label, place))));
        let again = search.again.drain(..);
        let labelled = again.map(|place| Reverse((search.reached[place as usize].label, place)));
        search.heap.extend(labelled);
        let mut windows = self.rules.carry_over.map(Windows::new);
        while let Some(Reverse((label, place))) = self.search.heap.pop() {
            let row = self.search.reached[place as usize];
            if row.label != label {
                continue;
            }
            if let (false, Some(windows), Node::Transformation(id)) =
                (row.done, &mut windows, Node::of(row.node))
            {
                self.carry_over(windows, id, row, place);
            }
            self.expand(place);
        }
    }

    /// Passes the label of a node on.
    #[inline]
    fn expand(&mut self, place: u32) {
        let row = &mut self.search.reached[place as usize];
        row.done = true;
        let row = *row;
        if is_stock(row.node) {
            for link in self.links.get(row.node) {
                let gate = W::gate(link);
                if gate < row.label {
                    break;
                }
                if !self.all && !self.rules.allows(self.chain, link) {
                    continue;
                }
                let value = W::value(link);
                let certain = if gate >= row.certain && !link.is_possible() {
                    row.certain.max(value)
                } else {
                    UNREACHED
                };
                let (hops, via) = if is_stock(link.node) {
                    (row.hops + 1, link.record())
                } else {
                    (row.hops, row.node)
                };
                let label = row.label.max(value);
                self.offer(Offer { label, certain, hops, from: place, via }, link.node);
                if !W::FORWARD
                    && let Node::Transformation(id) = Node::of(link.node)
                    && self.chain.is_contradicted(id)
                {
                    let offer =
                        Offer { label: row.label, certain: UNREACHED, hops, from: place, via };
                    self.offer(offer, Node::Apart(id).number());
                }
            }
        } else {
            self.expand_inner(row, place);
        }
    }

    /// Leads on from an inner node to the stocks on its other side.
    fn expand_inner(&mut self, row: Reached, place: u32) {
        let chain = self.chain;
        let offer = Offer {
            label: row.label,
            certain: row.certain,
            hops: row.hops + 1,
            from: place,
            via: row.node,
        };
        for stock in beyond::<W>(chain, self.rules, row.node) {
            if self.all || self.rules.enters(chain, stock) {
                self.offer(offer, stock.0);
            }
        }
    }

    #[inline]
    fn offer(&mut self, offer: Offer, node: u32) {
        let search = &mut *self.search;
        let slot = search.slot(node);
        let place = search.places[slot] as usize;
        match search.reached.get_mut(place) {
            Some(row) if row.node == node => {
                if offer.label <= row.label || offer.certain < row.certain {
                    self.improve(offer, place as u32);
                }
            }
            _ => {
                let Offer { label, certain, hops, from, via } = offer;
                if label == UNREACHED {
                    return;
                }
                let place = search.reached.len() as u32;
                search.places[slot] = place;
                search.reached.push(Reached { node, label, certain, hops, from, via, done: false });
                if search.ordered {
                    search.heap.push(Reverse((label, place)));
                }
            }
        }
    }

    /// Takes what is better of an offer to a node already reached.
    fn improve(&mut self, offer: Offer, place: u32) {
        let search = &mut *self.search;
        let row = &mut search.reached[place as usize];
        let earlier = offer.label < row.label;
        let surer = offer.certain < row.certain;
        if earlier || row.is_explained_better_by(&offer, self.chain) {
            search.stale |= row.done && (earlier || offer.hops < row.hops);
            row.label = offer.label;
            row.hops = offer.hops;
            row.from = offer.from;
            row.via = offer.via;
        }
        row.certain = row.certain.min(offer.certain);
        if earlier || surer {
            if search.ordered {
                search.heap.push(Reverse((row.label, place)));
            } else if row.done {
                search.again.push(place);
            }
        }
    }

    /// Opens the window of a transformation that affected material entered.
    fn carry_over(
        &mut self,
        windows: &mut Windows,
        entered: TransformationId,
        row: Reached,
        place: u32,
    ) {
        let chain = self.chain;
        for operator in chain.operators_of(entered) {
            for other in windows.open(chain, operator, entered, Minute::from_minutes(row.label)) {
                let time = chain.transformation_time(other);
                if time.earliest <= self.rules.as_of {
                    self.search.carried.push(other);
                    let label = row.label.max(raw(time.earliest));
                    let (hops, via) = (row.hops, row.node);
                    let offer = Offer { label, certain: UNREACHED, hops, from: place, via };
                    self.offer(offer, Node::Apart(other).number());
                }
            }
        }
    }
}

impl Reached {
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
        Node::Stock(_) => (0..0, &[][..]),
        Node::Transformation(id) if rules.blocks(id) => (0..0, &[][..]),
        // What equipment leaves comes after any kill step.
        Node::Transformation(id) | Node::Apart(id) => {
            (if W::FORWARD { chain.output_range(id) } else { chain.input_range(id) }, &[][..])
        }
        Node::Orphans(batch) => (0..0, chain.stocks_of_batch(batch)),
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
    let stocks = stocks.iter().filter(|stock| !W::FORWARD || chain.is_orphan(**stock));
    lines.map(|(_, line)| line.stock).chain(stocks.copied())
}
