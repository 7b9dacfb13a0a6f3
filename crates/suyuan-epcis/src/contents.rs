//! What containers hold, and when: aggregation carries its children until they leave.
//!
//! A child is in its parent from the event that adds it to the event that deletes it. Where the
//! first that is heard of it is that it is in there (OBSERVE) or comes out (DELETE), it has been in
//! there since the parent was last emptied or the child was last named on its own, whichever is
//! later: what a pallet turns out to hold, it held on the road.
//!
//! One thing (an item, a crate) also leaves when it is packed elsewhere, sold, destroyed or
//! consumed, or sent without its container; so does all that is in a container that is sold,
//! destroyed, consumed or decommissioned. Of a lot that nothing takes out, only the first ride is
//! sure: see [`Leaf::unsure`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

use crate::error::Error;
use crate::event::{Action, Event, EventKind, Part};
use crate::mapping::Step;
use crate::time::Moment;

/// How much, with its unit.
pub(crate) type Quantity = (Decimal, Unit);

/// One child in one parent, from and to inclusive; `None` is unbounded.
#[derive(Clone, Debug)]
pub(crate) struct Stay {
    pub(crate) parent: u32,
    pub(crate) child: u32,
    quantity: Option<Quantity>,
    from: Option<Moment>,
    to: Option<Moment>,
    /// Whether the child is a lot, of which a part may stay and a part go.
    lot: bool,
    /// Whether something was taken out of it, and nobody can say whether anything was left.
    rest: bool,
}

/// A thing as it is carried: what it is at bottom, and how much where the container says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) id: u32,
    pub(crate) quantity: Option<Quantity>,
    /// The stay of a lot in a container that nothing takes it out of.
    pub(crate) unsure: Option<usize>,
}

/// Every stay, and which of them hold at the moment the sweep has come to.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    stays: Vec<Stay>,
    /// Stays by start and by end.
    starts: Vec<usize>,
    ends: Vec<usize>,
    started: usize,
    ended: usize,
    active: HashMap<u32, BTreeSet<usize>>,
    expanded: usize,
    limit: usize,
}

/// The contents of everything as events go by.
#[derive(Default)]
struct Sweep {
    stays: Vec<Stay>,
    /// The open stays of each parent by child, and the parents of each child.
    open: HashMap<u32, BTreeMap<u32, Vec<usize>>>,
    holders: HashMap<u32, BTreeSet<u32>>,
    /// When each parent was emptied, and when each child was last named on its own.
    emptied: HashMap<u32, Moment>,
    named: HashMap<u32, Moment>,
    steps: usize,
}

impl Sweep {
    fn enter(&mut self, stay: Stay) {
        let (parent, child) = (stay.parent, stay.child);
        self.open.entry(parent).or_default().entry(child).or_default().push(self.stays.len());
        self.holders.entry(child).or_default().insert(parent);
        self.stays.push(stay);
    }

    /// A child leaves a parent; the stays that ends.
    fn leave(&mut self, parent: u32, child: u32, time: Option<Moment>) -> Vec<usize> {
        let Some(inside) = self.open.get_mut(&parent) else { return Vec::new() };
        let out = inside.remove(&child).unwrap_or_default();
        if inside.is_empty() {
            self.open.remove(&parent);
            self.emptied.extend(time.map(|time| (parent, time)));
        }
        if let Some(holders) = self.holders.get_mut(&child) {
            holders.remove(&parent);
        }
        for at in &out {
            self.stays[*at].to = time;
        }
        out
    }

    /// A child leaves every parent but one.
    fn leave_others(&mut self, child: u32, but: Option<u32>, time: Option<Moment>) {
        let holders: Vec<u32> = self.holders.get(&child).into_iter().flatten().copied().collect();
        for parent in holders.into_iter().filter(|parent| Some(*parent) != but) {
            self.leave(parent, child, time);
        }
    }

    /// All that a container holds leaves it, down through containers in containers.
    fn release(&mut self, container: u32, time: Option<Moment>) {
        let mut open = vec![container];
        while let Some(parent) = open.pop() {
            let children: Vec<u32> =
                self.open.get(&parent).into_iter().flatten().map(|(child, _)| *child).collect();
            for child in children {
                self.leave(parent, child, time);
                open.push(child);
            }
        }
    }

    /// Whether a container of a thing is among those named, however far up.
    fn is_under(&mut self, id: u32, named: &HashSet<u32>) -> bool {
        let mut seen = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(child) = open.pop() {
            for parent in self.holders.get(&child).into_iter().flatten() {
                self.steps += 1;
                if named.contains(parent) {
                    return true;
                }
                if seen.insert(*parent) {
                    open.push(*parent);
                }
            }
        }
        false
    }

    /// An event that puts children into a parent, sees them there or takes them out.
    fn pack(&mut self, event: &Event, parent: u32, children: &[(u32, Option<Quantity>, bool)]) {
        let (time, action) = (event.time, event.action);
        for &(child, quantity, one) in children {
            if one {
                self.leave_others(child, Some(parent), time);
            }
            let known = self.open.get(&parent).and_then(|inside| inside.get(&child));
            let inside = known.is_some();
            // Adding again and again must not count all again: only what ends stays sums them up.
            let ended = known.filter(|_| action != Some(Action::Add)).into_iter().flatten();
            let total = ended.map(|at| self.stays[*at].quantity).reduce(sum).flatten();
            let from = match (action, inside) {
                (Some(Action::Add), _) => time,
                (_, true) => time,
                _ => self.emptied.get(&parent).copied().max(self.named.get(&child).copied()),
            };
            let stay = Stay { parent, child, quantity, from, to: None, lot: !one, rest: false };
            match action {
                // A quantity of a lot may be added again and again; an item cannot.
                Some(Action::Add) if !inside || (!one && quantity.is_some()) => self.enter(stay),
                Some(Action::Add) => {}
                // Seen in there again: what is known of a lot starts anew.
                Some(Action::Observe) if inside && one => {}
                Some(Action::Observe) if inside => {
                    self.leave(parent, child, time);
                    self.enter(Stay { quantity: quantity.or(total), ..stay });
                }
                Some(Action::Delete) => {
                    if !inside {
                        self.enter(stay.clone());
                    }
                    let rest = self.leave(parent, child, time);
                    let Some((out, unit)) = quantity.filter(|_| inside && !one) else { continue };
                    // Of a lot, what was not taken out is still in there.
                    match total {
                        Some((held, of)) if of == unit && held > out => {
                            let left = Some((held - out, unit));
                            self.enter(Stay { quantity: left, from: time, ..stay });
                        }
                        Some((_, of)) if of == unit => {}
                        _ if rest.is_empty() => {}
                        _ => self.enter(Stay { quantity: None, from: time, rest: true, ..stay }),
                    }
                }
                _ if !inside => self.enter(stay),
                _ => {}
            }
        }
        if children.is_empty() && action == Some(Action::Delete) {
            let inside: Vec<u32> =
                self.open.get(&parent).into_iter().flatten().map(|(child, _)| *child).collect();
            for child in inside {
                self.leave(parent, child, time);
            }
        }
    }

    /// Any other event: what it names may leave where it was.
    fn other(&mut self, event: &Event, goods: &[(u32, Part, bool)]) {
        let time = event.time;
        let step = Step::of(event);
        let named: HashSet<u32> = goods.iter().map(|(id, ..)| *id).collect();
        for &(id, part, one) in goods {
            self.named.extend(time.map(|time| (id, time)));
            let transforms = event.kind == EventKind::Transformation;
            let gone = match part {
                Part::Output => false,
                _ if transforms => true,
                _ => matches!(step, Step::Sells | Step::Destroys | Step::Ends),
            };
            if gone {
                self.release(id, time);
            }
            let alone = one && step == Step::Departs && !transforms && !self.is_under(id, &named);
            if one && (gone || alone) {
                self.leave_others(id, None, time);
            }
        }
    }
}

/// Two quantities together; unknown where either is, or where they cannot be added.
fn sum(one: Option<Quantity>, two: Option<Quantity>) -> Option<Quantity> {
    match (one, two) {
        (Some((one, unit)), Some((two, other))) if unit == other => {
            one.checked_add(two).map(|sum| (sum, unit))
        }
        _ => None,
    }
}

impl Contents {
    /// Finds every stay. `order` is the events by time; `number` gives an identifier its number.
    ///
    /// # Errors
    /// [`Error::Limit`] when containers in containers take more steps than the limit.
    pub(crate) fn of(
        events: &[Event],
        order: &[usize],
        number: &HashMap<&str, u32>,
        limit: usize,
    ) -> Result<Self, Error> {
        let mut sweep = Sweep::default();
        for event in order.iter().filter_map(|at| events.get(*at)) {
            let packs = matches!(event.kind, EventKind::Aggregation | EventKind::Association);
            let of = |part: Part| {
                let goods = event.goods_in(part);
                goods.filter_map(|goods| {
                    let id = *number.get(goods.id.canonical())?;
                    Some((id, goods.quantity, goods.is_one))
                })
            };
            match of(Part::Parent).next().filter(|_| packs) {
                Some((parent, ..)) => {
                    let children: Vec<_> =
                        of(Part::Child).filter(|(child, ..)| *child != parent).collect();
                    sweep.pack(event, parent, &children);
                }
                None => {
                    let goods = event.goods.iter().filter_map(|goods| {
                        Some((*number.get(goods.id.canonical())?, goods.part, goods.is_one))
                    });
                    sweep.other(event, &goods.collect::<Vec<_>>());
                }
            }
            if sweep.steps > limit {
                return Err(too_many(&event.path, limit));
            }
        }
        let stays = sweep.stays;
        let mut starts: Vec<usize> = (0..stays.len()).collect();
        let mut ends = starts.clone();
        starts.sort_by_key(|at| stays[*at].from);
        ends.retain(|at| stays[*at].to.is_some());
        ends.sort_by_key(|at| stays[*at].to);
        Ok(Self { stays, starts, ends, limit, ..Self::default() })
    }

    /// Goes on to a moment: what starts by then is inside, what ended before it is not.
    pub(crate) fn go_to(&mut self, now: Option<Moment>) {
        while let Some(at) = self.starts.get(self.started) {
            let stay = &self.stays[*at];
            if stay.from > now {
                break;
            }
            self.active.entry(stay.parent).or_default().insert(*at);
            self.started += 1;
        }
        while let Some(at) = self.ends.get(self.ended) {
            let stay = &self.stays[*at];
            if stay.to >= now {
                break;
            }
            if let Some(inside) = self.active.get_mut(&stay.parent) {
                inside.remove(at);
            }
            self.ended += 1;
        }
    }

    /// What a thing is at bottom at the moment: its contents, down through containers in
    /// containers, or itself when it holds nothing. A container that holds itself is passed over.
    ///
    /// # Errors
    /// [`Error::Limit`] when all calls together have given more than the limit.
    pub(crate) fn leaves(
        &mut self,
        id: u32,
        quantity: Option<Quantity>,
        path: &str,
    ) -> Result<Vec<Leaf>, Error> {
        let itself = Leaf { id, quantity, unsure: None };
        let mut leaves = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![itself];
        while let Some(leaf) = open.pop() {
            let inside = self.active.get(&leaf.id).filter(|inside| !inside.is_empty());
            match inside {
                Some(inside) if seen.insert(leaf.id) => {
                    open.extend(inside.iter().rev().map(|at| {
                        let stay = &self.stays[*at];
                        let unsure = (stay.lot && stay.to.is_none()).then_some(*at);
                        Leaf { id: stay.child, quantity: stay.quantity, unsure }
                    }));
                }
                Some(_) => {}
                None => leaves.push(leaf),
            }
            self.expanded += 1;
            if self.expanded > self.limit {
                return Err(too_many(path, self.limit));
            }
        }
        if leaves.is_empty() {
            leaves.push(itself);
        }
        Ok(leaves)
    }

    /// Whether a stay is that of a rest of which nobody can say that there was any.
    pub(crate) fn is_rest(&self, stay: usize) -> bool {
        self.stays.get(stay).is_some_and(|stay| stay.rest)
    }

    /// The container of a stay.
    pub(crate) fn container(&self, stay: usize) -> Option<u32> {
        self.stays.get(stay).map(|stay| stay.parent)
    }

    /// Every stay, by container.
    pub(crate) fn into_stays(self) -> HashMap<u32, Vec<Stay>> {
        let mut all: HashMap<u32, Vec<Stay>> = HashMap::new();
        for stay in self.stays {
            all.entry(stay.parent).or_default().push(stay);
        }
        all
    }
}

/// What a container ever held, down through containers in containers while they were in it.
pub(crate) fn ever_held(stays: &HashMap<u32, Vec<Stay>>, container: u32) -> BTreeSet<u32> {
    let mut held = BTreeSet::new();
    // The time of interest of each container so far, as one interval; `None` is unbounded.
    let mut looked: HashMap<u32, (Option<Moment>, Option<Moment>)> = HashMap::new();
    let mut open = vec![(container, None, None)];
    while let Some((parent, from, to)) = open.pop() {
        let (from, to) = match looked.get(&parent) {
            Some((first, last)) => ((*first).min(from), later(*last, to)),
            None => (from, to),
        };
        if looked.insert(parent, (from, to)) == Some((from, to)) {
            continue;
        }
        for stay in stays.get(&parent).into_iter().flatten() {
            let (enters, leaves) = (stay.from.max(from), sooner(stay.to, to));
            if leaves.is_some_and(|leaves| enters > Some(leaves)) {
                continue;
            }
            held.insert(stay.child);
            open.push((stay.child, enters, leaves));
        }
    }
    held
}

/// The later of two ends; `None` is never.
fn later(one: Option<Moment>, two: Option<Moment>) -> Option<Moment> {
    Some(one?.max(two?))
}

/// The sooner of two ends; `None` is never.
fn sooner(one: Option<Moment>, two: Option<Moment>) -> Option<Moment> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    }
}

fn too_many(path: &str, limit: usize) -> Error {
    Error::Limit { path: path.to_owned(), what: "passages of goods", limit }
}
