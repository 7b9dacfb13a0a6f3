//! A search under way: which node is expanded when, and what comes of an offer.
//!
//! Memory decides the speed: a node costs a look at its offsets, its links and the places of its
//! targets, each a cache line of its own. So nodes of a day are expanded together, in steps that
//! each touch many lines at once, and none waits for the one before.

use std::cmp::Reverse;
use std::hint::black_box;
use std::marker::PhantomData;

use super::calendar::Calendar;
use super::carry::Windows;
use super::search::{NOWHERE, Offer, Reached, Rules, Search, UNREACHED, Way, beyond, raw};
use crate::chain::SupplyChain;
use crate::chain::groups::View;
use crate::chain::index::{Link, Node, is_stock};
use crate::chain::records::LineRow;
use crate::fetch::fetch;
use crate::id::{StockId, TransformationId};
use crate::time::Minute;

/// How many nodes are expanded together.
const TOGETHER: usize = 32;
/// How many offers are made before they are taken.
const OFFERS: usize = 256;

pub(super) struct Run<'a, 'c, W> {
    search: &'a mut Search,
    chain: &'c SupplyChain,
    links: View<'c, Link>,
    rules: &'a Rules<'a>,
    /// Whether every record counts, whatever the minute.
    all: bool,
    /// Whether nodes are settled in label order.
    ordered: bool,
    /// Whether what one link alone leads to is taken without being filed.
    unfiled: bool,
    /// How many of the nodes reached have had their links asked for.
    fetched: usize,
    way: PhantomData<W>,
}

/// What lies ahead of a node.
#[derive(Clone, Copy)]
enum Ahead<'c> {
    Links(&'c [Link]),
    Lines(&'c [LineRow]),
    /// What [`beyond`] says.
    Others,
}

impl<'a, 'c, W: Way> Run<'a, 'c, W> {
    pub(super) fn new(
        search: &'a mut Search,
        chain: &'c SupplyChain,
        rules: &'a Rules<'a>,
    ) -> Self {
        Self {
            search,
            chain,
            links: W::side(chain.links()).view(),
            rules,
            all: rules.as_of == Minute::UNBOUNDED_FUTURE,
            // Windows open in time order.
            ordered: rules.carry_over.is_some(),
            unfiled: false,
            fetched: 0,
            way: PhantomData,
        }
    }

    /// Labels everything that the roots reach.
    pub(super) fn all(mut self, roots: &[(StockId, Minute)]) {
        // A root that one link leads to can be reached twice.
        let back = W::side_back(self.chain.links()).view();
        self.unfiled = !self.ordered
            && roots.iter().all(|(stock, _)| {
                !self.links.get(stock.0).is_empty() || back.get(stock.0).len() != 1
            });
        for roots in roots.chunks(OFFERS) {
            let offers = roots.iter().map(|(stock, minute)| {
                let (node, label) = (stock.0, W::label(*minute));
                (
                    0,
                    Offer {
                        node,
                        label,
                        certain: label,
                        hops: 0,
                        from: NOWHERE,
                        via: 0,
                        last: false,
                    },
                )
            });
            self.search.offers.extend(offers);
            self.take_offers();
        }
        if !self.ordered {
            self.by_calendar();
        }
        if self.ordered {
            self.in_label_order();
        }
    }

    #[inline]
    fn calendar(&mut self) -> &mut Calendar {
        &mut self.search.calendars[usize::from(!W::FORWARD)]
    }

    fn by_calendar(&mut self) {
        let mut again = 0;
        let mut together = [0; TOGETHER];
        loop {
            let mut count = 0;
            while count < TOGETHER
                && let Some(place) = self.calendar().pop()
            {
                let row = &mut self.search.reached[place as usize];
                if row.open {
                    again += usize::from(row.done);
                    row.open = false;
                    together[count] = place;
                    count += 1;
                }
            }
            if count == 0 {
                if !self.calendar().turn() {
                    return;
                }
                continue;
            }
            self.expand(&together[..count]);
            if again > 128 + self.search.reached.len() {
                self.ordered = true;
                return;
            }
        }
    }

    /// Settles what is left to be expanded in label order.
    fn in_label_order(&mut self) {
        self.calendar().clear();
        let search = &mut *self.search;
        search.heap.clear();
        let open = (0..).zip(&search.reached).filter(|(_, row)| row.open);
        search.heap.extend(open.map(|(place, row)| Reverse((row.label, place))));
        let mut windows = self.rules.carry_over.map(Windows::new);
        while let Some(Reverse((_, place))) = self.search.heap.pop() {
            let row = self.search.reached[place as usize];
            if !row.open {
                continue;
            }
            self.search.reached[place as usize].open = false;
            if let (false, Some(windows), Node::Transformation(id)) =
                (row.done, &mut windows, Node::of(row.node))
            {
                self.carry_over(windows, id, row, place);
            }
            self.expand(&[place]);
        }
    }

    /// Passes the labels of nodes on.
    fn expand(&mut self, places: &[u32]) {
        // What was discovered meanwhile: its offsets have been asked for.
        while self.fetched < self.search.reached.len() {
            let row = &self.search.reached[self.fetched];
            if row.open {
                match Node::of(row.node) {
                    Node::Stock(stock) => self.links.fetch_items(stock.0),
                    Node::Transformation(id) => self.chain.fetch_lines(id, W::FORWARD),
                    _ => {}
                }
            }
            self.fetched += 1;
        }
        let mut ahead = [Ahead::Others; TOGETHER];
        for (ahead, place) in ahead.iter_mut().zip(places) {
            let row = &mut self.search.reached[*place as usize];
            if row.done && self.unfiled {
                // It is expanded again: what is there already has to be found.
                self.unfiled = false;
                self.search.file();
            }
            let row = &mut self.search.reached[*place as usize];
            row.done = true;
            *ahead = match Node::of(row.node) {
                Node::Stock(stock) => Ahead::Links(self.links.get(stock.0)),
                Node::Transformation(id) if W::FORWARD && !self.rules.blocks(id) => {
                    Ahead::Lines(self.chain.outputs(id))
                }
                Node::Transformation(id)
                    if !W::FORWARD
                        && !self.chain.is_contradicted(id)
                        && !self.chain.has_inferred() =>
                {
                    Ahead::Lines(self.chain.inputs(id))
                }
                _ => Ahead::Others,
            };
        }
        // Every first line is asked for before any is needed.
        let touched = ahead[..places.len()].iter().fold(0, |touched, ahead| match ahead {
            Ahead::Links(links) => touched ^ links.first().map_or(0, |link| link.node),
            Ahead::Lines(lines) => touched ^ lines.first().map_or(0, |line| line.stock.0),
            Ahead::Others => touched,
        });
        black_box(touched);
        if !W::FORWARD {
            self.fetch_transformations(&ahead[..places.len()]);
        }
        for (ahead, place) in ahead.iter().zip(places) {
            let row = self.search.reached[*place as usize];
            match ahead {
                Ahead::Links(links) => self.expand_stock(links, row, *place),
                Ahead::Lines(lines) => {
                    for line in *lines {
                        self.offer_beyond(line.stock, row, *place);
                    }
                }
                Ahead::Others => {
                    for stock in beyond::<W>(self.chain, self.rules, row.node) {
                        let row = if self.is_inferred(row.node, stock) {
                            Reached { certain: UNREACHED, ..row }
                        } else {
                            row
                        };
                        self.offer_beyond(stock, row, *place);
                    }
                }
            }
        }
        self.take_offers();
    }

    /// Asks for the transformations that nodes lead back to: each says whether inputs of it
    /// contradict the records.
    fn fetch_transformations(&self, ahead: &[Ahead<'c>]) {
        for links in ahead.iter().filter_map(|ahead| match ahead {
            Ahead::Links(links) => Some(*links),
            _ => None,
        }) {
            for link in links.iter().take(4) {
                if let Node::Transformation(id) = Node::of(link.node) {
                    self.chain.fetch_transformation(id);
                }
            }
        }
    }

    fn expand_stock(&mut self, links: &[Link], row: Reached, from: u32) {
        let mut passes = false;
        for link in links {
            let gate = W::gate(link);
            if gate < row.label {
                break;
            }
            if !self.all && !self.rules.allows(self.chain, link) {
                continue;
            }
            passes = true;
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
            if link.is_sole() && self.unfiled && label != UNREACHED {
                self.search.reached.push(Reached {
                    node: link.node,
                    label,
                    certain,
                    hops,
                    from,
                    via,
                    done: true,
                    open: false,
                    passes: false,
                    sole: true,
                });
                self.search.filed = false;
                continue;
            }
            let last = link.is_last();
            let offer = Offer { node: link.node, label, certain, hops, from, via, last };
            self.offer(offer);
            if !W::FORWARD
                && let Node::Transformation(id) = Node::of(link.node)
                && self.chain.is_contradicted(id)
            {
                let node = Node::Apart(id).number();
                self.offer(Offer { node, label: row.label, certain: UNREACHED, ..offer });
            }
        }
        self.search.reached[from as usize].passes |= passes;
    }

    /// Whether it is inferred that a stock went into what an inner node stands for. Forward, the
    /// link of the stock itself says so.
    fn is_inferred(&self, node: u32, stock: StockId) -> bool {
        match Node::of(node) {
            Node::Transformation(id) if !W::FORWARD => {
                self.chain.inferred_rule(stock, id).is_some()
            }
            _ => false,
        }
    }

    /// Offers the label of an inner node to a stock on its other side.
    #[inline]
    fn offer_beyond(&mut self, stock: StockId, row: Reached, from: u32) {
        if self.all || self.rules.enters(self.chain, stock) {
            let Reached { node: via, label, certain, hops, .. } = row;
            let (node, hops, last) = (stock.0, hops + 1, false);
            self.offer(Offer { node, label, certain, hops, from, via, last });
        }
    }

    #[inline]
    fn offer(&mut self, offer: Offer) {
        fetch(&self.search.places, self.search.slot(offer.node));
        self.search.offers.push((0, offer));
        if self.search.offers.len() >= OFFERS {
            self.take_offers();
        }
    }

    /// Takes the offers that were made.
    fn take_offers(&mut self) {
        let mut offers = std::mem::take(&mut self.search.offers);
        for (place, offer) in &mut offers {
            *place = self.search.places[self.search.slot(offer.node)];
        }
        for (place, offer) in offers.drain(..) {
            self.take(place, offer);
        }
        self.search.offers = offers;
    }

    /// Takes an offer to a node that was at a place, if anywhere, when it was made.
    #[inline]
    fn take(&mut self, place: u32, offer: Offer) {
        let search = &mut *self.search;
        let known = search.reached.get(place as usize).is_some_and(|row| row.node == offer.node);
        // It may have been reached since.
        let place = if known { Some(place) } else { search.place(offer.node) };
        let Some(place) = place else {
            self.discover(offer);
            return;
        };
        let row = &search.reached[place as usize];
        if offer.label < row.label
            || offer.certain < row.certain
            || offer.label == row.label
                && offer.hops <= row.hops
                && (offer.via < row.via || offer.hops < row.hops || self.chain.is_grown())
        {
            self.improve(offer, place);
        }
    }

    #[inline]
    fn discover(&mut self, offer: Offer) {
        let Offer { node, label, certain, hops, from, via, last } = offer;
        if label == UNREACHED {
            return;
        }
        let search = &mut *self.search;
        let place = search.reached.len() as u32;
        let slot = search.slot(node);
        search.places[slot] = place;
        let (done, open) = (last, !last);
        search.reached.push(Reached {
            node,
            label,
            certain,
            hops,
            from,
            via,
            done,
            open,
            passes: false,
            sole: false,
        });
        if !last {
            match Node::of(node) {
                Node::Stock(stock) => self.links.fetch_start(stock.0),
                Node::Transformation(id) => self.chain.fetch_transformation(id),
                _ => {}
            }
            self.queue(label, place);
        }
    }

    #[inline]
    fn queue(&mut self, label: i32, place: u32) {
        if self.ordered {
            self.search.heap.push(Reverse((label, place)));
        } else {
            self.calendar().push(label, place);
        }
    }

    /// Takes what is better of an offer to a node already reached.
    fn improve(&mut self, offer: Offer, place: u32) {
        let row = &mut self.search.reached[place as usize];
        let before = *row;
        let earlier = offer.label < row.label;
        let shorter = offer.label == row.label && offer.hops < row.hops;
        let surer = offer.certain < row.certain;
        if earlier || row.is_explained_better_by(&offer, self.chain) {
            row.label = offer.label;
            row.explain_by(&offer);
        }
        row.certain = row.certain.min(offer.certain);
        if offer.last || !(earlier || shorter || surer) {
            return;
        }
        row.open = true;
        // What only certain links bring earlier is passed on when they bring it.
        let label = if earlier || shorter { row.label } else { row.certain };
        // What it passed on may look shorter than it is.
        self.search.stale |= before.done && earlier && offer.hops > before.hops;
        let waits = before.open
            && (!earlier || self.calendar().bucket(label) == self.calendar().bucket(before.label));
        if self.ordered || !waits {
            self.queue(label, place);
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
                    let node = Node::Apart(other).number();
                    let (from, certain, last) = (place, UNREACHED, false);
                    self.offer(Offer { node, label, certain, hops, from, via, last });
                }
            }
        }
    }
}
