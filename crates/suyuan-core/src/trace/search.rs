//! The one traversal kernel: earliest labels over time-gated links, both ways.
//!
//! Forward, the label of a node is `since`; backward it is `until` seen in a mirror
//! (`label = !until`), so that one recurrence serves both:
//!
//! ```text
//! label(v) = min over links u -> v with gate >= label(u) of max(label(u), value)
//! ```
//!
//! Labels never decrease along a link, so nodes settled in label order are final, each link is
//! examined at most once, and the links of a node that its label shuts out are never touched,
//! because they are kept in gate order. Nodes that get the current label wait on a stack, later
//! ones in a heap. Nothing recurses.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::carry::{CarryRule, Windows};

use crate::chain::SupplyChain;
use crate::chain::index::{LinkIndex, Node, POSSIBLE, Side};
use crate::id::{ShipmentId, StockId, TransformationId};
use crate::time::{Minute, Span};

/// No label: the node is not reached.
pub(crate) const UNREACHED: i32 = i32::MAX;

/// A direction of travel.
pub(crate) trait Way {
    fn side(links: &LinkIndex) -> &Side;
    /// The label of a minute.
    fn label(minute: Minute) -> i32;
    fn minute(label: i32) -> Minute;
    /// Largest label with which the link at a position can still be taken.
    fn gate(side: &Side, at: usize) -> i32;
    /// Smallest label that the link at a position gives.
    fn value(side: &Side, at: usize) -> i32;
    /// The label below which nothing leaves a transformation of this time, whatever enters.
    fn clamp(time: Span) -> Option<i32>;
}

/// From sources to where their material went.
pub(crate) struct Forward;

/// From targets to where their material came from.
pub(crate) struct Backward;

const fn raw(minute: Minute) -> i32 {
    minute.minutes()
}

impl Way for Forward {
    fn side(links: &LinkIndex) -> &Side {
        &links.out
    }
    fn label(minute: Minute) -> i32 {
        raw(minute)
    }
    fn minute(label: i32) -> Minute {
        Minute::from_minutes(label)
    }
    fn gate(side: &Side, at: usize) -> i32 {
        raw(side.departs[at])
    }
    fn value(side: &Side, at: usize) -> i32 {
        raw(side.arrives[at])
    }
    fn clamp(_: Span) -> Option<i32> {
        // What enters has this label already.
        None
    }
}

impl Way for Backward {
    fn side(links: &LinkIndex) -> &Side {
        &links.into
    }
    fn label(minute: Minute) -> i32 {
        !raw(minute)
    }
    fn minute(label: i32) -> Minute {
        Minute::from_minutes(!label)
    }
    fn gate(side: &Side, at: usize) -> i32 {
        !raw(side.arrives[at])
    }
    fn value(side: &Side, at: usize) -> i32 {
        !raw(side.departs[at])
    }
    fn clamp(time: Span) -> Option<i32> {
        Some(!raw(time.latest))
    }
}

/// Which links a search may take.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// Only links and stocks begun by this minute.
    pub(crate) as_of: Minute,
    /// Only recorded links that are dated to the day and contradict nothing.
    pub(crate) certain_only: bool,
    /// Transformations that pass nothing on; empty for none.
    pub(crate) blocked: &'a [bool],
    /// Stocks that are entered whether begun or not, sorted.
    pub(crate) exempt: &'a [StockId],
    /// Minutes for which equipment stays affected.
    pub(crate) carry_over: Option<CarryRule>,
}

impl Rules<'_> {
    pub(crate) const ALL: Self = Rules {
        as_of: Minute::UNBOUNDED_FUTURE,
        certain_only: false,
        blocked: &[],
        exempt: &[],
        carry_over: None,
    };

    pub(crate) fn blocks(&self, transformation: TransformationId) -> bool {
        self.blocked.get(transformation.index()).copied().unwrap_or(false)
    }

    /// Positions of the links of `node` that material with this label can take.
    #[inline]
    pub(crate) fn passable<'a, W: Way>(
        &'a self,
        chain: &'a SupplyChain,
        node: u32,
        label: i32,
    ) -> impl Iterator<Item = usize> + 'a {
        let side = W::side(chain.links());
        side.range(node)
            .take_while(move |at| W::gate(side, *at) >= label)
            .filter(move |at| self.allows(chain, side, node, *at))
    }

    /// Whether the link at a position of the node `owner` has begun and may be taken, and the node
    /// at its other end entered.
    #[inline]
    fn allows(&self, chain: &SupplyChain, side: &Side, owner: u32, at: usize) -> bool {
        if self.certain_only && side.record[at] & POSSIBLE != 0 {
            return false;
        }
        self.as_of == Minute::UNBOUNDED_FUTURE || self.begun(chain, side, owner, at)
    }

    fn begun(&self, chain: &SupplyChain, side: &Side, owner: u32, at: usize) -> bool {
        let node = side.node[at];
        let links = chain.links();
        if links.is_stock(node)
            && chain.begun(StockId(node)) > self.as_of
            && self.exempt.binary_search(&StockId(node)).is_err()
        {
            return false;
        }
        side.arrives[at] <= self.as_of || {
            // Only a shipment can begin before it arrives.
            links.is_stock(node)
                && links.is_stock(owner)
                && chain.shipment(ShipmentId(side.record[at] & !POSSIBLE)).departs.earliest
                    <= self.as_of
        }
    }
}

/// Labels of the last search, and the nodes that have one. Reusable: a search resets only what
/// the one before it touched.
#[derive(Debug)]
pub(crate) struct Search {
    labels: Vec<i32>,
    /// Nodes in the order they were settled; equipment nodes follow the index's own.
    pub(crate) settled: Vec<u32>,
    /// Transformations that affected material was carried over into.
    pub(crate) carried: Vec<TransformationId>,
    /// Whether a link outside the certain ones was taken or could have been.
    pub(crate) met_possible: bool,
    stack: Vec<u32>,
    heap: BinaryHeap<Reverse<(i32, u32)>>,
}

impl Search {
    pub(crate) fn new(chain: &SupplyChain) -> Self {
        Self {
            labels: vec![UNREACHED; chain.links().node_count()],
            settled: Vec::new(),
            carried: Vec::new(),
            met_possible: false,
            stack: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    pub(crate) fn label(&self, node: u32) -> i32 {
        self.labels[node as usize]
    }

    fn reset(&mut self) {
        for node in self.settled.drain(..) {
            self.labels[node as usize] = UNREACHED;
        }
        self.carried.clear();
        self.met_possible = false;
    }

    /// Labels everything that the roots reach.
    pub(crate) fn run<W: Way>(
        &mut self,
        chain: &SupplyChain,
        roots: &[(StockId, Minute)],
        rules: &Rules<'_>,
    ) {
        self.reset();
        let links = chain.links();
        let nodes = links.node_count();
        let mut carry = rules.carry_over.map(Windows::new);
        if carry.is_some() {
            self.labels.resize(nodes + links.transformations as usize, UNREACHED);
        }
        for (stock, minute) in roots {
            self.offer(stock.0, W::label(*minute), None);
        }
        let mut now = i32::MIN;
        loop {
            let node = match self.stack.pop() {
                Some(node) => node,
                None => match self.heap.pop() {
                    Some(Reverse((label, node))) if self.labels[node as usize] == label => {
                        now = label;
                        node
                    }
                    Some(_) => continue,
                    None => break,
                },
            };
            self.settled.push(node);
            let from = if node as usize >= nodes {
                // What equipment leaves comes after any kill step.
                links.transformation_node(TransformationId(node - nodes as u32))
            } else if let Node::Transformation(id) = links.node(node) {
                if let Some(carry) = &mut carry {
                    self.carry_over(chain, carry, id, now, rules);
                }
                if rules.blocks(id) {
                    continue;
                }
                node
            } else {
                node
            };
            self.expand::<W>(chain, from, now, rules);
        }
    }

    #[inline]
    fn expand<W: Way>(&mut self, chain: &SupplyChain, node: u32, now: i32, rules: &Rules<'_>) {
        let side = W::side(chain.links());
        for at in rules.passable::<W>(chain, node, now) {
            self.met_possible |= side.record[at] & POSSIBLE != 0;
            self.offer(side.node[at], now.max(W::value(side, at)), Some(now));
        }
    }

    #[inline]
    fn offer(&mut self, node: u32, label: i32, now: Option<i32>) {
        let slot = &mut self.labels[node as usize];
        if label < *slot {
            *slot = label;
            if Some(label) == now {
                self.stack.push(node);
            } else {
                self.heap.push(Reverse((label, node)));
            }
        }
    }

    /// Opens the window of a transformation that affected material entered at `now`.
    fn carry_over(
        &mut self,
        chain: &SupplyChain,
        carry: &mut Windows,
        entered: TransformationId,
        now: i32,
        rules: &Rules<'_>,
    ) {
        self.met_possible = true;
        let nodes = chain.links().node_count() as u32;
        for operator in chain.operators_of(entered) {
            for other in carry.open(chain, operator, entered, Minute::from_minutes(now)) {
                let time = chain.transformation_time(other);
                if time.earliest <= rules.as_of {
                    self.carried.push(other);
                    let label = now.max(time.earliest.minutes());
                    self.offer(nodes + other.0, label, Some(now));
                }
            }
        }
    }
}
