//! Traces over events: which events a lot's past or future is made of.
//!
//! The search is the engine's: the document becomes a chain, and the chain is traced from the
//! stocks of what was asked for. Events answer in two circles:
//!
//! - *on the path*: an event whose record the trace passed (a movement or a transformation both
//!   ends of which were reached), and one that shows goods where and when the trace reached them;
//! - *concerned*: every other event about goods the trace reached, wherever and whenever: where
//!   else a lot went, who else received it.
//!
//! An event is about goods when it names them, their container while they were in it, or a lot
//! whose items they are. Retracted events answer nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use suyuan_core::id::StockId;
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, Trace, TraceOptions, backward, forward};

use crate::error::Error;
use crate::event::{Event, EventKind, Part};
use crate::identifier::{Identifier, Kind};
use crate::mapping::Import;

/// Which way a trace goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To where goods came from.
    Back,
    /// To where they went.
    Forward,
}

/// One event of an answer. Entries of the document that share an event id are one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TracedEvent {
    /// Its id; `None` when it has none.
    pub id: Option<String>,
    /// The paths of its entries in the document.
    pub paths: Vec<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its time, as written first.
    pub time: String,
    /// Its time on the chain's clock; `None` when it cannot be read.
    pub minute: Minute,
    /// Its business step: a word of the standard, or a URI.
    pub step: Option<String>,
    /// The places it happened at.
    pub places: Vec<String>,
    /// The goods traced that it is about; of an event that is on the path for its `transformationID`
    /// alone, what it names.
    pub goods: Vec<String>,
    /// Whether it is on the path, or only about goods on it.
    pub on_path: bool,
}

/// One stock of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TracedStock {
    /// The goods.
    pub goods: String,
    /// Where.
    pub place: String,
    /// The name of the place in the master data.
    pub name: String,
    /// Back: until when they can have left towards the target. Forward: since when they can hold
    /// its material. `None` when unbounded.
    pub minute: Minute,
    /// Whether records alone say so.
    pub certainty: Certainty,
    /// Links from the target.
    pub hops: u32,
}

/// The answer of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventTrace {
    /// The identifier asked for, in its one form.
    pub from: String,
    /// Which way.
    pub direction: Direction,
    /// The goods it stands for: itself, what the container held, the items of the lot, the lots of
    /// the class.
    pub targets: Vec<String>,
    /// The stocks reached, the nearest first.
    pub stocks: Vec<TracedStock>,
    /// The events, by time, then place in the document.
    pub events: Vec<TracedEvent>,
    /// How many entries of the document they are.
    pub entries: usize,
}

impl Import {
    /// The goods an identifier stands for.
    fn targets(&self, id: &Identifier) -> BTreeSet<u32> {
        let mut targets = BTreeSet::new();
        let number = self.numbers.get(id.canonical()).copied();
        if let Some(number) = number {
            targets.insert(number);
            targets.extend(self.held.get(&number).into_iter().flatten());
            targets.extend(self.ever_held(number));
        }
        for (number, goods) in self.ids.iter().enumerate() {
            let of_lot = self.lots.get(&(number as u32)).is_some_and(|lot| lot == id.canonical());
            let of_class =
                id.kind() == Kind::Class && goods.class().as_deref() == Some(id.canonical());
            if of_lot || of_class {
                targets.insert(number as u32);
            }
        }
        targets.retain(|number| {
            self.ids
                .get(*number as usize)
                .is_some_and(|id| self.chain.find_batch(id.canonical()).is_ok())
        });
        targets
    }

    /// Traces from an identifier, in any of its forms. Takes one search of the chain, and time in
    /// proportion to the document's entries.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no event is about what the identifier stands for.
    pub fn trace(&self, id: &str, direction: Direction) -> Result<EventTrace, Error> {
        let asked = Identifier::parse(id);
        let targets = self.targets(&asked);
        if targets.is_empty() {
            return Err(Error::NotFound { id: id.to_owned() });
        }
        let code = |number: u32| self.ids[number as usize].canonical();
        let mut roots: Vec<(StockId, Minute)> = Vec::new();
        let bound = match direction {
            Direction::Back => Minute::UNBOUNDED_FUTURE,
            Direction::Forward => Minute::UNBOUNDED_PAST,
        };
        for number in &targets {
            let batch = self.chain.find_batch(code(*number))?;
            roots.extend(self.chain.stocks_of_batch(batch).map(|stock| (stock, bound)));
        }
        let trace = match direction {
            Direction::Back => backward(&self.chain, &roots, &TraceOptions::default())?,
            Direction::Forward => forward(&self.chain, &roots, &TraceOptions::default())?,
        };
        let reached: BTreeSet<&str> =
            trace.rows().iter().map(|row| self.chain.stock_codes(row.stock).0).collect();
        let on_path = self.events_on_path(&trace, direction);
        let mut found: Vec<(usize, BTreeSet<&str>, bool)> = Vec::new();
        for (at, on_path) in on_path.into_iter().enumerate() {
            let all: BTreeSet<&str> =
                self.concerns[at].iter().map(|(number, _)| code(*number)).collect();
            let about: BTreeSet<&str> = all.intersection(&reached).copied().collect();
            if !about.is_empty() {
                found.push((at, about, on_path));
            } else if on_path {
                found.push((at, all, true));
            }
        }
        Ok(EventTrace {
            from: asked.canonical().to_owned(),
            direction,
            targets: targets.iter().map(|number| code(*number).to_owned()).collect(),
            stocks: self.stocks(&trace),
            entries: found.len(),
            events: self.merged(found),
        })
    }

    /// Which events are on the path of a trace. Those of one transformation are all on it or none.
    fn events_on_path(&self, trace: &Trace, direction: Direction) -> Vec<bool> {
        let mut found: Vec<bool> =
            self.events.iter().map(|event| self.on_path(event, trace, direction)).collect();
        for events in self.transformations.values().filter(|events| events.len() > 1) {
            let any = events.iter().any(|at| found[*at]);
            events.iter().for_each(|at| found[*at] |= any);
        }
        for (at, first) in self.same.iter().enumerate() {
            found[at] |= found[*first];
        }
        found
    }

    /// Whether an event is on the path of a trace, by itself.
    fn on_path(&self, event: &Event, trace: &Trace, direction: Direction) -> bool {
        let reached = |(number, site): &(u32, String)| {
            let row = trace.find(self.stock(*number, site)?)?;
            let span = event.time?.span(self.clock);
            Some(match direction {
                Direction::Back => span.earliest <= row.minute,
                Direction::Forward => span.latest >= row.minute,
            })
        };
        let concerns = &self.concerns[event.index];
        if event.kind == EventKind::Transformation {
            // What it made must lead to the target, or what it used must come from it.
            let part = match direction {
                Direction::Back => Part::Output,
                Direction::Forward => Part::Input,
            };
            let named: BTreeSet<&str> =
                event.goods_in(part).map(|goods| goods.id.canonical()).collect();
            let held = |number: u32| {
                let code = self.ids[number as usize].canonical();
                let inside = |holder: &&str| {
                    let holder = self.numbers.get(*holder);
                    holder.and_then(|h| self.held.get(h)).is_some_and(|h| h.contains(&number))
                };
                named.contains(code) || named.iter().any(inside)
            };
            return concerns.iter().any(|goods| held(goods.0) && reached(goods) == Some(true));
        }
        concerns.iter().any(|goods| reached(goods) == Some(true))
    }

    fn stocks(&self, trace: &Trace) -> Vec<TracedStock> {
        let mut stocks: Vec<TracedStock> = trace
            .rows()
            .iter()
            .map(|row| {
                let (goods, place) = self.chain.stock_codes(row.stock);
                let operator = self.chain.operator(self.chain.stock(row.stock).1);
                TracedStock {
                    goods: goods.to_owned(),
                    place: place.to_owned(),
                    name: operator.name.to_owned(),
                    minute: row.minute,
                    certainty: row.certainty,
                    hops: row.hops,
                }
            })
            .collect();
        stocks.sort_by(|a, b| (a.hops, &a.goods, &a.place).cmp(&(b.hops, &b.goods, &b.place)));
        stocks
    }

    /// Entries that share an id as one event.
    fn merged(&self, mut found: Vec<(usize, BTreeSet<&str>, bool)>) -> Vec<TracedEvent> {
        found.sort_by_key(|(at, _, _)| (self.events[*at].time, *at));
        let mut places: BTreeMap<(Option<&str>, usize), usize> = BTreeMap::new();
        let mut events: Vec<TracedEvent> = Vec::new();
        for (at, about, on_path) in found {
            let event = &self.events[at];
            let sites: BTreeSet<&str> =
                self.concerns[at].iter().map(|(_, site)| site.as_str()).collect();
            // Without an id, only what another document repeats is one event.
            let key = match event.id.as_deref() {
                Some(id) => (Some(id), 0),
                None => (None, self.same[at]),
            };
            let known = places.get(&key).copied();
            match known.and_then(|place| events.get_mut(place)) {
                Some(old) => {
                    old.paths.push(event.path.clone());
                    merge(&mut old.goods, about);
                    merge(&mut old.places, sites);
                    old.on_path |= on_path;
                }
                None => {
                    places.insert(key, events.len());
                    events.push(TracedEvent {
                        id: event.id.clone(),
                        paths: vec![event.path.clone()],
                        kind: event.type_name.clone(),
                        time: event.written_time.clone(),
                        minute: event
                            .time
                            .map_or(Minute::UNBOUNDED_PAST, |time| time.span(self.clock).earliest),
                        step: event.step.clone(),
                        places: sites.into_iter().map(str::to_owned).collect(),
                        goods: about.into_iter().map(str::to_owned).collect(),
                        on_path,
                    });
                }
            }
        }
        events
    }
}

fn merge(into: &mut Vec<String>, more: BTreeSet<&str>) {
    into.extend(more.into_iter().map(str::to_owned));
    into.sort();
    into.dedup();
}
