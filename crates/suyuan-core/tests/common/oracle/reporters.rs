//! Same row, another reporter (section 7): how many events rows tell of.

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::time::Span;

/// An event and who told of it; the empty name stands for rows that name nobody.
struct Told<Row> {
    row: Row,
    by: BTreeSet<String>,
}

/// Of equal rows as many events as one reporter wrote.
pub(crate) fn events<Row: Ord + Clone>(rows: impl IntoIterator<Item = (String, Row)>) -> Vec<Row> {
    let mut counts: BTreeMap<Row, BTreeMap<String, usize>> = BTreeMap::new();
    for (reporter, row) in rows {
        *counts.entry(row).or_default().entry(reporter).or_default() += 1;
    }
    let mut events = Vec::new();
    for (row, counts) in counts {
        let most = counts.values().copied().max().unwrap_or(0);
        events.extend(std::iter::repeat_n(row, most));
    }
    events
}

/// The two dates of two shipments as one, where each is the same in both or left empty in one.
fn both_dates(a: [Span; 2], b: [Span; 2]) -> Option<[Span; 2]> {
    let one = |a: Span, b: Span| match (a.is_unknown(), b.is_unknown()) {
        (true, _) => Some(b),
        (_, true) => Some(a),
        _ => (a == b).then_some(a),
    };
    Some([one(a[0], b[0])?, one(a[1], b[1])?])
}

/// Of shipments by waybill, lot, ends and quantity as many events as one reporter wrote rows with
/// dates that may be one: the rows with the most dates first, each into the first event whose
/// dates it shares or fills and of which its reporter has not told yet.
pub(crate) fn shipments<Rest: Ord + Clone>(
    rows: impl IntoIterator<Item = (String, (Rest, [Span; 2]))>,
) -> Vec<(Rest, [Span; 2])> {
    let empty = |dates: &[Span; 2]| dates.iter().filter(|date| date.is_unknown()).count();
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(reporter, row)| (empty(&row.1), row.clone(), reporter.clone()));
    let mut events: Vec<Told<(Rest, [Span; 2])>> = Vec::new();
    for (reporter, (rest, dates)) in rows {
        let event = events.iter_mut().find_map(|event| {
            let both = both_dates(event.row.1, dates)?;
            let fits = event.row.0 == rest && !event.by.contains(&reporter);
            fits.then_some((event, both))
        });
        match event {
            Some((event, both)) => {
                event.row.1 = both;
                event.by.insert(reporter);
            }
            None => events.push(Told { row: (rest, dates), by: BTreeSet::from([reporter]) }),
        }
    }
    let mut events: Vec<_> = events.into_iter().map(|event| event.row).collect();
    events.sort();
    events
}
