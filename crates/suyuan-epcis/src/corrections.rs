//! Error declarations: which events do not count. Repetitions: which events are one.

use std::collections::{BTreeMap, HashMap};

use crate::error::Problem;
use crate::event::Event;
use crate::identifier::Identifier;

/// Which events are retracted, which repeat another, and what is odd about ids.
pub(crate) struct Corrections {
    pub(crate) retracted: Vec<bool>,
    /// The event that each one repeats; its own number where it repeats none.
    pub(crate) same: Vec<usize>,
    pub(crate) notes: Vec<Problem>,
}

/// An event with an error declaration is retracted, and so is the earlier event it repeats: the
/// one of the same id that says the same (without an id: that says the same at the same time). An
/// event that shares the id but says something else is kept, and noted. Corrective events are
/// events like any other.
///
/// Events of one id that say the same are one event. Without an id, the second such event of one
/// document is a second event; that of another document is the same, told by somebody else.
pub(crate) fn corrections(events: &[Event]) -> Corrections {
    let mut retracted = vec![false; events.len()];
    let mut same: Vec<usize> = (0..events.len()).collect();
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
    for ((id, _), places) in alike.into_iter().filter(|(_, places)| places.len() > 1) {
        let told: Vec<usize> = places.into_iter().filter(|at| !retracted[*at]).collect();
        if id.is_some() {
            told.iter().for_each(|at| same[*at] = told[0]);
            continue;
        }
        // The first of each document is one event, so is the second, and so on; what a document
        // says beyond the fields that are compared parts them.
        let mut first: HashMap<(usize, String), usize> = HashMap::new();
        let mut count: HashMap<(usize, String), usize> = HashMap::new();
        for at in told {
            let all = all_it_says(&events[at]);
            let turn = count.entry((events[at].document, all.clone())).or_default();
            *turn += 1;
            same[at] = *first.entry((*turn, all)).or_insert(at);
        }
    }
    Corrections { retracted, same, notes }
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

/// What else an event says, ends, transactions and what it makes.
fn all_it_says(event: &Event) -> String {
    let ends = |ends: &[crate::event::End]| {
        let mut ends: Vec<_> =
            ends.iter().map(|end| (end.kind.clone(), end.id.canonical().to_owned())).collect();
        ends.sort();
        ends
    };
    let mut transactions = event.transactions.clone();
    transactions.sort();
    format!(
        "{:?}",
        (
            ends(&event.sources),
            ends(&event.destinations),
            transactions,
            &event.transformation,
            &event.lot_number,
            &event.disposition,
        )
    )
}
