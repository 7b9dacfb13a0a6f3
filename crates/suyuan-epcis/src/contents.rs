//! What containers hold, and when: aggregation carries its children until they are unpacked.
//!
//! A child is in its parent from the event that adds it to the event that deletes it. Where the
//! first that is heard of it is that it is in there (OBSERVE) or comes out (DELETE), it has been in
//! there since the parent was last emptied or the child was last named on its own, whichever is
//! later: what a pallet turns out to hold, it held on the road.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;

use crate::error::Error;
use crate::event::{Action, Event, EventKind, Part};
use crate::time::Moment;

/// One child in one parent, from and to inclusive; `None` is unbounded.
#[derive(Clone, Debug)]
struct Stay {
    child: u32,
    quantity: Option<(Decimal, Unit)>,
    from: Option<Moment>,
    to: Option<Moment>,
}

/// Every stay, and which of them hold at the moment the sweep has come to.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    stays: Vec<(u32, Stay)>,
    /// Stays by start and by end.
    starts: Vec<usize>,
    ends: Vec<usize>,
    started: usize,
    ended: usize,
    active: HashMap<u32, BTreeSet<usize>>,
    expanded: usize,
    limit: usize,
}

/// A thing as it is carried: what it is at bottom, and how much where the container says.
pub(crate) type Leaf = (u32, Option<(Decimal, Unit)>);

impl Contents {
    /// Finds every stay. `order` is the events by time; `number` gives an identifier its number.
    pub(crate) fn of(
        events: &[Event],
        order: &[usize],
        number: &HashMap<&str, u32>,
        limit: usize,
    ) -> Self {
        let mut contents = Self { limit, ..Self::default() };
        // Open stays of each parent; when each parent was emptied; when each child was last named
        // on its own.
        let mut open: HashMap<u32, BTreeMap<u32, Vec<usize>>> = HashMap::new();
        let mut emptied: HashMap<u32, Moment> = HashMap::new();
        let mut named: HashMap<u32, Moment> = HashMap::new();
        for event in order.iter().filter_map(|at| events.get(*at)) {
            let packs = matches!(event.kind, EventKind::Aggregation | EventKind::Association);
            let of = |part: Part| {
                event
                    .goods_in(part)
                    .filter_map(|goods| Some((*number.get(goods.id.canonical())?, goods.quantity)))
            };
            let parent = of(Part::Parent).next().map(|(parent, _)| parent);
            let (true, Some(parent)) = (packs, parent) else {
                if let Some(time) = event.time {
                    for goods in &event.goods {
                        if let Some(id) = number.get(goods.id.canonical()) {
                            named.insert(*id, time);
                        }
                    }
                }
                continue;
            };
            let since = |child: u32| match event.action {
                Some(Action::Add) => event.time,
                _ => emptied.get(&parent).copied().max(named.get(&child).copied()),
            };
            let children: Vec<Leaf> = of(Part::Child).filter(|(c, _)| *c != parent).collect();
            let inside = open.entry(parent).or_default();
            for (child, quantity) in &children {
                let known = inside.entry(*child).or_default();
                // A quantity of a lot may be added again and again; an item cannot.
                let again = event.action == Some(Action::Add) && quantity.is_some();
                if known.is_empty() || again {
                    known.push(contents.stays.len());
                    let from = since(*child);
                    let stay = Stay { child: *child, quantity: *quantity, from, to: None };
                    contents.stays.push((parent, stay));
                }
            }
            if event.action == Some(Action::Delete) {
                let out: Vec<usize> = if children.is_empty() {
                    std::mem::take(inside).into_values().flatten().collect()
                } else {
                    children
                        .iter()
                        .filter_map(|(child, _)| inside.remove(child))
                        .flatten()
                        .collect()
                };
                for at in out {
                    contents.stays[at].1.to = event.time;
                }
                if inside.is_empty() {
                    emptied.extend(event.time.map(|time| (parent, time)));
                }
            }
        }
        contents.starts = (0..contents.stays.len()).collect();
        contents.ends = contents.starts.clone();
        let stays = &contents.stays;
        contents.starts.sort_by_key(|at| stays[*at].1.from);
        contents.ends.retain(|at| stays[*at].1.to.is_some());
        contents.ends.sort_by_key(|at| stays[*at].1.to);
        contents
    }

    /// Goes on to a moment: what starts by then is inside, what ended before it is not.
    pub(crate) fn go_to(&mut self, now: Option<Moment>) {
        while let Some(at) = self.starts.get(self.started) {
            let (parent, stay) = &self.stays[*at];
            if stay.from > now {
                break;
            }
            self.active.entry(*parent).or_default().insert(*at);
            self.started += 1;
        }
        while let Some(at) = self.ends.get(self.ended) {
            let (parent, stay) = &self.stays[*at];
            if stay.to >= now {
                break;
            }
            if let Some(inside) = self.active.get_mut(parent) {
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
        quantity: Option<(Decimal, Unit)>,
        path: &str,
    ) -> Result<Vec<Leaf>, Error> {
        let mut leaves = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![(id, quantity)];
        while let Some((id, quantity)) = open.pop() {
            let inside = self.active.get(&id).filter(|inside| !inside.is_empty());
            match inside {
                Some(inside) if seen.insert(id) => {
                    let stays = inside.iter().rev().map(|at| &self.stays[*at].1);
                    open.extend(stays.map(|stay| (stay.child, stay.quantity)));
                }
                Some(_) => {}
                None => leaves.push((id, quantity)),
            }
            self.expanded += 1;
            if self.expanded > self.limit {
                return Err(Error::Limit {
                    path: path.to_owned(),
                    what: "passages of goods",
                    limit: self.limit,
                });
            }
        }
        if leaves.is_empty() {
            leaves.push((id, quantity));
        }
        Ok(leaves)
    }
}
