//! Small networks written in a line.

#![allow(dead_code, reason = "each test uses its part")]

use suyuan_fcl::{Delivery, Network, Relation, Station};

/// A network of `id from to [departure [arrival]]` deliveries and `from>to` relations, separated
/// by commas; stations are those the deliveries name.
pub(crate) fn network(deliveries: &str, relations: &str) -> Network {
    let mut network = Network::default();
    for text in deliveries.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let parts: Vec<_> = text.split_whitespace().collect();
        for id in &parts[1..3] {
            if !network.stations.iter().any(|station| station.id == *id) {
                network.stations.push(Station { id: (*id).into(), ..Station::default() });
            }
        }
        let date = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        network.deliveries.push(Delivery {
            id: parts[0].into(),
            from: parts[1].into(),
            to: parts[2].into(),
            departure: date(3),
            arrival: date(4),
            ..Delivery::default()
        });
    }
    for text in relations.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let (from, to) = text.split_once('>').unwrap_or_default();
        network.relations.push(Relation { from: from.into(), to: to.into() });
    }
    network
}

/// A list of ids, separated by spaces.
pub(crate) fn ids(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Weights `id=1 id=-2`.
pub(crate) fn weights(text: &str) -> Vec<(String, f64)> {
    let one = |part: &str| {
        let (id, weight) = part.split_once('=').unwrap_or_default();
        (id.to_owned(), weight.parse().unwrap_or(f64::NAN))
    };
    text.split_whitespace().map(one).collect()
}
