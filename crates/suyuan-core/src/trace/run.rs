//! A search under way: which node is expanded when, and what comes of an offer.
//!
//! Memory decides the speed: a node costs a look at its offsets, its links and the places of its
//! targets, each a cache line of its own. So nodes are expanded some together, in steps that each
//! touch many lines at once, and none waits for the one before.

use std::cmp::Reverse;
use std::hint::black_box;
use std::marker::PhantomData;

use super::calendar::Calendar;
use super::carry::Windows;
use super::search::{NOWHERE, Offer, Reached, Rules, Search, Side, UNREACHED, Way, beyond, raw};
use crate::chain::SupplyChain;
use crate::chain::departures::LinkList;
use crate::chain::ends::End;
use crate::chain::groups::View;
use crate::chain::index::{Link, Node, is_stock};
use crate::fetch::fetch;
use crate::id::{StockId, TransformationId};
use crate::time::Minute;

/// How many nodes are expanded together.
const TOGETHER: usize = 32;

pub(super) struct Run<'a, 'c, W: Way> {
    search: &'a mut Search,
    chain: &'c SupplyChain,
    links: W::Side<'c>,
    /// The other sides of transformations.
    ends: View<'c, End>,
    rules: &'a Rules<'a>,
    /// Whether every record counts, whatever the minute.
    all: bool,
    /// Whether nodes are expanded by the hour of their label.
    by_time: bool,
    /// Whether nodes are settled in label order.
    ordered: bool,
    /// Whether what one link alone leads to is taken without being filed.
    unfiled: bool,
    /// How many of the nodes that were queued have had their links asked for.
    fetched: usize,
    /// How many of them have been expanded, where they are first come, first served.
    served: usize,
    /// How often a path was taken that had grown.
    lengthened: usize,
    way: PhantomData<W>,
}

/// What lies ahead of a node.
#[derive(Clone, Copy)]
enum Ahead<'c> {
    Links(LinkList<'c>),
    Ends(&'c [End]),
    /// What [`beyond`] says.
    Others,
}

impl<'a, 'c, W: Way> Run<'a, 'c, W> {
    pub(super) fn new(
        search: &'a mut Search,
        chain: &'c SupplyChain,
        rules: &'a Rules<'a>,
        by_time: bool,
    ) -> Self {
        let ends = &chain.links().ends;
        Self {
            search,
            chain,
            links: W::side(chain.links()),
            ends: if W::FORWARD { &ends.outputs } else { &ends.inputs }.view(),
            rules,
            all: rules.as_of == Minute::UNBOUNDED_FUTURE,
            by_time,
            // Windows open in time order.
            ordered: rules.carry_over.is_some(),
            unfiled: false,
            fetched: 0,
            served: 0,
            lengthened: 0,
            way: PhantomData,
        }
    }

    /// Labels everything that the roots reach.
    pub(super) fn all(mut self, roots: &[(StockId, Minute)]) {
        // A root that one link leads to can be reached twice.
        self.unfiled = !self.ordered
            && roots.iter().all(|(stock, _)| {
                !self.links.of(stock.0).is_empty() || W::leading(self.chain.links(), *stock) != 1
            });
        for roots in roots.chunks(TOGETHER) {
            roots.iter().for_each(|(stock, _)| fetch(&self.search.places, stock.index()));
            for (stock, minute) in roots {
                let (node, label) = (stock.0, W::label(*minute));
                let (certain, hops, from, via) = (label, 0, NOWHERE, 0);
                self.offer(Offer { node, label, certain, hops, from, via, last: false });
            }
        }
        if !self.ordered {
            self.in_turn();
        }
        if self.ordered {
            self.in_label_order();
        }
    }

    #[inline]
    fn calendar(&mut self) -> &mut Calendar {
        &mut self.search.calendars[usize::from(!W::FORWARD)]
    }

    /// The next node in turn.
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.by_time {
            return self.calendar().pop();
        }
        let place = self.search.queue.get(self.served).copied();
        self.served += usize::from(place.is_some());
        place
    }

    /// Expands nodes first come, first served, or by the hour.
    fn in_turn(&mut self) {
        let mut again = 0;
        let mut together = [0; TOGETHER];
        loop {
            let mut count = 0;
            while count < TOGETHER
                && let Some(place) = self.next()
            {
                let row = &self.search.reached[place as usize];
                if row.open {
                    again += usize::from(row.done);
                    together[count] = place;
                    count += 1;
                }
            }
            if count > 0 {
                self.expand(&together[..count]);
            } else if !self.by_time || !self.calendar().turn() {
                return;
            }
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
        // What comes next: its offsets have been asked for.
        let queued = self.search.queue.len();
        let in_turn = !self.by_time && !self.ordered;
        let until = if in_turn { queued.min(self.served + TOGETHER) } else { queued };
        while self.fetched < until {
            let place = self.search.queue[self.fetched];
            match Node::of(self.search.reached[place as usize].node) {
                Node::Stock(stock) => self.links.fetch_items(stock.0),
                Node::Transformation(id) => self.ends.fetch_items(id.0),
                _ => {}
            }
            self.fetched += 1;
        }
        let mut ahead = [Ahead::Others; TOGETHER];
        let mut touched = 0;
        for (ahead, place) in ahead.iter_mut().zip(places) {
            *ahead = self.ahead(self.search.reached[*place as usize].node);
            // Every first line is asked for before any is needed.
            touched ^= match ahead {
                // The last departures lie at the end of the rows.
                Ahead::Links(LinkList::Links(links)) => links.first().map_or(0, |link| link.node),
                Ahead::Links(LinkList::Rows(rows)) => rows.targets().next_back().unwrap_or(0),
                Ahead::Ends(ends) => ends.first().map_or(0, |end| end.stock().0),
                Ahead::Others => 0,
            };
        }
        black_box(touched);
        for ahead in &ahead[..places.len()] {
            match ahead {
                Ahead::Links(LinkList::Links(links)) => {
                    links.iter().for_each(|link| self.fetch_place(link.node));
                }
                Ahead::Links(LinkList::Rows(rows)) => {
                    rows.targets().for_each(|node| self.fetch_place(node));
                }
                Ahead::Ends(ends) => {
                    // These lie anywhere.
                    for end in ends.iter().filter(|end| !end.is_sole()) {
                        fetch(&self.search.places, end.stock().index());
                    }
                }
                Ahead::Others => {}
            }
        }
        let mut room = [Link::BLANK; TOGETHER];
        for (ahead, place) in ahead.iter().zip(places) {
            let row = &mut self.search.reached[*place as usize];
            let again = row.done;
            (row.open, row.done) = (false, true);
            let row = *row;
            if again && self.unfiled {
                // What it led to before has to be found.
                self.unfiled = false;
                self.search.file();
            }
            match ahead {
                Ahead::Links(links) => self.expand_stock(*links, row, *place, &mut room),
                Ahead::Ends(ends) => {
                    for end in *ends {
                        self.offer_end(*end, row, *place);
                    }
                }
                Ahead::Others => {
                    for stock in beyond::<W>(self.chain, self.rules, row.node) {
                        let row = if self.is_inferred(row.node, stock)
                            || self.is_shared(row.node, stock)
                        {
                            Reached { certain: UNREACHED, ..row }
                        } else {
                            row
                        };
                        self.offer_end(End::of(stock), row, *place);
                    }
                }
            }
        }
    }

    /// What lies ahead of a node.
    #[inline]
    fn ahead(&self, node: u32) -> Ahead<'c> {
        match Node::of(node) {
            Node::Stock(stock) => Ahead::Links(self.links.of(stock.0)),
            Node::Transformation(id) if W::FORWARD && !self.rules.blocks(id) => {
                match self.ends.get(id.0) {
                    [] if self.chain.has_shared_lines() => Ahead::Others,
                    ends => Ahead::Ends(ends),
                }
            }
            Node::Transformation(id) if !W::FORWARD && !self.chain.has_inferred() => {
                match self.ends.get(id.0) {
                    [] => Ahead::Others,
                    ends => Ahead::Ends(ends),
                }
            }
            _ => Ahead::Others,
        }
    }

    /// Asks for the place of what a link leads to, needed or not: to ask costs less than to find
    /// out. Forward, other nodes than stocks are few.
    #[inline(always)]
    fn fetch_place(&self, node: u32) {
        if W::FORWARD {
            fetch(&self.search.places, node as usize);
            return;
        }
        fetch(&self.search.places, self.search.slot(node));
        if let Node::Transformation(id) = Node::of(node) {
            self.ends.fetch_start(id.0);
        }
    }

    /// Offers a stock's label by its links; `room` is for those that have to be read from rows.
    #[inline]
    fn expand_stock(
        &mut self,
        links: LinkList<'_>,
        row: Reached,
        from: u32,
        room: &mut [Link; TOGETHER],
    ) {
        let mut left = links;
        loop {
            let open = |link: &Link| W::gate(link) >= row.label;
            let open = match &mut left {
                LinkList::Links(links) => {
                    let count = links.iter().take_while(|link| open(link)).count();
                    &std::mem::take(links)[..count]
                }
                LinkList::Rows(rows) => rows.split_last(open, room),
            };
            if open.is_empty() {
                return;
            }
            self.pass_on(open, row, from);
        }
    }

    /// Offers a stock's label by some of its links.
    #[inline(always)]
    fn pass_on(&mut self, links: &[Link], row: Reached, from: u32) {
        let mut passes = false;
        // What gives the earliest label mostly comes last.
        for link in links.iter().rev() {
            if !self.all && !self.rules.allows(self.chain, link) {
                continue;
            }
            passes = true;
            let value = W::value(link);
            let certain = if W::gate(link) >= row.certain && !link.is_possible() {
                row.certain.max(value)
            } else {
                UNREACHED
            };
            let label = row.label.max(value);
            let node = link.node;
            if is_stock(node) {
                let (hops, via) = (row.hops + 1, link.record());
                if link.is_sole() && self.unfiled && label != UNREACHED {
                    self.push_sole(Offer { node, label, certain, hops, from, via, last: true });
                } else {
                    let last = link.is_last();
                    self.offer(Offer { node, label, certain, hops, from, via, last });
                }
                continue;
            }
            let (hops, via) = (row.hops, row.node);
            let offer = Offer { node, label, certain, hops, from, via, last: false };
            self.offer(offer);
            if !W::FORWARD
                && let Node::Transformation(id) = Node::of(node)
                && self.ends.get(id.0).is_empty()
                && self.chain.is_contradicted(id)
            {
                let node = Node::Apart(id).number();
                self.offer(Offer { node, label: row.label, certain: UNREACHED, ..offer });
            }
        }
        self.search.reached[from as usize].passes |= passes;
    }

    /// Takes what one link alone leads to, and that leads no further.
    #[inline]
    fn push_sole(&mut self, offer: Offer) {
        let Offer { node, label, certain, hops, from, via, .. } = offer;
        let (done, open, passes, sole) = (true, false, false, true);
        let rivals = false;
        let row =
            Reached { node, label, certain, hops, from, via, done, open, passes, sole, rivals };
        self.search.reached.push(row);
        self.search.filed = false;
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

    /// Whether the line of a stock on the other side of a transformation stands for several lots.
    fn is_shared(&self, node: u32, stock: StockId) -> bool {
        match Node::of(node) {
            Node::Transformation(id) | Node::Apart(id) if self.chain.has_shared_lines() => {
                self.chain.is_end_shared(id, stock, W::FORWARD)
            }
            _ => false,
        }
    }

    /// Offers the label of an inner node to a stock on its other side.
    #[inline]
    fn offer_end(&mut self, end: End, row: Reached, from: u32) {
        let stock = end.stock();
        if self.all || self.rules.enters(self.chain, stock) {
            let Reached { node: via, label, certain, hops, .. } = row;
            let (node, hops, last) = (stock.0, hops + 1, end.is_last());
            let offer = Offer { node, label, certain, hops, from, via, last };
            if end.is_sole() && self.unfiled {
                self.push_sole(offer);
            } else {
                self.offer(offer);
            }
        }
    }

    /// Takes an offer: a node not reached yet, or something better of one that is.
    #[inline(always)]
    fn offer(&mut self, offer: Offer) {
        let search = &mut *self.search;
        let slot = search.slot(offer.node);
        let place = search.places[slot];
        let known = search.reached.get(place as usize).filter(|row| row.node == offer.node);
        let Some(row) = known else {
            self.discover(slot, offer);
            return;
        };
        let same = offer.label == row.label;
        if offer.label < row.label
            || offer.certain < row.certain
            || same
                && offer.hops <= row.hops
                && (offer.via < row.via || offer.hops < row.hops || self.chain.is_grown())
            || row.is_lengthened_by(&offer)
        {
            self.improve(offer, place);
        } else if same && offer.from != row.from {
            search.reached[place as usize].rivals = true;
        }
    }

    #[inline]
    fn discover(&mut self, slot: usize, offer: Offer) {
        let Offer { node, label, certain, hops, from, via, last } = offer;
        if label == UNREACHED {
            return;
        }
        let search = &mut *self.search;
        let place = search.reached.len() as u32;
        search.places[slot] = place;
        let (done, open, passes, sole) = (last, !last, false, false);
        let rivals = false;
        let row =
            Reached { node, label, certain, hops, from, via, done, open, passes, sole, rivals };
        search.reached.push(row);
        if !last {
            match Node::of(node) {
                Node::Stock(stock) => self.links.fetch_start(stock.0),
                Node::Transformation(id) => self.ends.fetch_start(id.0),
                _ => {}
            }
            self.queue(label, place);
        }
    }

    #[inline]
    fn queue(&mut self, label: i32, place: u32) {
        self.search.queue.push(place);
        if self.ordered {
            self.search.heap.push(Reverse((label, place)));
        } else if self.by_time {
            self.calendar().push(label, place);
        }
    }

    /// Takes what is better of an offer to a node already reached, or the news that its path has
    /// grown.
    ///
    /// A path grows when a node on it gets an earlier label by more links. Where no other node
    /// brought the label, the node goes on with what its path has become. Where one did, whose
    /// offer is forgotten by now, every path is found anew in the end.
    #[inline(never)]
    fn improve(&mut self, offer: Offer, place: u32) {
        let most = 128 + self.search.reached.len();
        let row = &mut self.search.reached[place as usize];
        let before = *row;
        let earlier = offer.label < row.label;
        let same = offer.label == row.label;
        let shorter = same && offer.hops < row.hops;
        let surer = offer.certain < row.certain;
        let longer = row.is_lengthened_by(&offer);
        row.rivals = !earlier && (row.rivals || same && offer.from != row.from);
        self.lengthened += usize::from(longer);
        // Paths that lead round in a circle grow without end.
        let grows = longer && !row.rivals && self.lengthened <= most;
        self.search.stale |= longer && !grows;
        if earlier || grows || row.is_explained_better_by(&offer, self.chain) {
            row.label = offer.label;
            row.explain_by(&offer);
        }
        row.certain = row.certain.min(offer.certain);
        if offer.last || !(earlier || shorter || surer || grows) {
            return;
        }
        row.open = true;
        // What only certain links bring earlier is passed on when they bring it.
        let label = if earlier || shorter || grows { row.label } else { row.certain };
        let same_bucket = |run: &mut Self| {
            !run.by_time || run.calendar().bucket(label) == run.calendar().bucket(before.label)
        };
        let waits = before.open && (!earlier || same_bucket(self));
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
