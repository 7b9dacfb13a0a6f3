//! Error declarations: which events do not count.

use std::collections::{BTreeMap, HashMap};

use crate::error::Problem;
use crate::event::Event;

/// Which events are retracted, and what is odd about ids.
pub(crate) struct Corrections {
    pub(crate) retracted: Vec<bool>,
    pub(crate) notes: Vec<Problem>,
}

/// An event with an error declaration is retracted, and so is the earlier event it repeats: the
/// one of the same id that says the same (without an id: that says the same at the same time). An
/// event that shares the id but says something else is kept, and noted. Corrective events are
/// events like any other.
pub(crate) fn corrections(events: &[Event]) -> Corrections {
    let mut retracted = vec![false; events.len()];
    let mut notes = Vec::new();
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_time: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        match event.id.as_deref() {
            Some(id) => by_id.entry(id).or_default().push(at),
            None => by_time.entry(&event.written_time).or_default().push(at),
        }
    }
    for (at, event) in events.iter().enumerate() {
        let Some(error) = &event.error else { continue };
        retracted[at] = true;
        let alike = match event.id.as_deref() {
            Some(id) => by_id.get(id),
            None => by_time.get(event.written_time.as_str()),
        };
        for other in alike.into_iter().flatten().filter(|other| **other != at) {
            if says_the_same(event, &events[*other]) {
                retracted[*other] = true;
            }
        }
        for id in &error.corrective {
            if !by_id.contains_key(id.as_str()) {
                let what = format!("the corrective event {id} is not in the document");
                notes.push(Problem { path: event.path.clone(), what });
            }
        }
    }
    for (id, at) in by_id.iter().filter(|(_, at)| at.len() > 1) {
        let first = &events[at[0]];
        let others = at[1..].iter().filter(|other| !says_the_same(first, &events[**other]));
        notes.extend(others.map(|other| Problem {
            path: events[*other].path.clone(),
            what: format!("it has the id {id} of {}, but says something else", first.path),
        }));
    }
    Corrections { retracted, notes }
}

/// Whether two events are one, declarations and ids left aside.
fn says_the_same(one: &Event, other: &Event) -> bool {
    let what = |event: &Event| {
        let mut goods: Vec<_> = event
            .goods
            .iter()
            .map(|goods| (goods.part, goods.id.canonical().to_owned(), goods.quantity))
            .collect();
        goods.sort();
        goods
    };
    one.type_name == other.type_name
        && one.time == other.time
        && one.action == other.action
        && one.step == other.step
        && one.read_point == other.read_point
        && one.location == other.location
        && what(one) == what(other)
}
