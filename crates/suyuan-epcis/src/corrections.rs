//! Error declarations: which events do not count.

use std::collections::{BTreeMap, HashMap};

use crate::error::Problem;
use crate::event::Event;
use crate::identifier::Identifier;

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
    let mut alike: HashMap<(Option<&str>, &str), Vec<usize>> = HashMap::new();
    let said: Vec<String> = events.iter().map(what_it_says).collect();
    for (at, event) in events.iter().enumerate() {
        let id = event.id.as_deref();
        by_id.entry(id.unwrap_or_default()).or_default().extend(id.map(|_| at));
        alike.entry((id, &said[at])).or_default().push(at);
    }
    for (at, event) in events.iter().enumerate() {
        let Some(error) = &event.error else { continue };
        if !retracted[at] {
            for other in alike.get(&(event.id.as_deref(), &*said[at])).into_iter().flatten() {
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
    for (id, at) in &by_id {
        let Some((first, others)) = at.split_first() else { continue };
        let differ = others.iter().filter(|other| said[**other] != said[*first]);
        notes.extend(differ.map(|other| Problem {
            path: events[*other].path.clone(),
            what: format!("it has the id {id} of {}, but says something else", events[*first].path),
        }));
    }
    Corrections { retracted, notes }
}

/// What an event says, declarations and ids left aside: equal texts say the same.
fn what_it_says(event: &Event) -> String {
    let mut goods: Vec<_> = event
        .goods
        .iter()
        .map(|goods| (goods.part, goods.id.canonical(), goods.quantity))
        .collect();
    goods.sort();
    let place = |id: &Option<Identifier>| id.as_ref().map(|id| id.canonical().to_owned());
    format!(
        "{:?}",
        (
            &event.type_name,
            event.time,
            event.action,
            &event.step,
            place(&event.read_point),
            place(&event.location),
            goods,
        )
    )
}
