//! Stations, deliveries and what went into what.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Serialize;
use suyuan_core::time::{Minute, Span};

use crate::date::{DesktopDate, read_date};
use crate::json::Json;

/// Something in a document that cannot be right, or that has no place here. What it is about is
/// kept as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Where: a path in the document, a cell, a row, or the record concerned.
    pub place: String,
    /// What.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A column of a station or a delivery that has no field of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The column.
    pub id: String,
    /// The value, as written.
    pub value: Json,
}

impl Property {
    /// A property that is a text.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), value: Json::text(text) }
    }
}

/// A station: an operator's place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Station {
    /// Its id.
    pub id: String,
    /// Its name; empty for none.
    pub name: String,
    /// Every other column.
    pub properties: Vec<Property>,
}

/// A delivery from one station to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// The station it left.
    pub from: String,
    /// The station it went to.
    pub to: String,
    /// The product's name; empty for none.
    pub name: String,
    /// Id of the lot it is a part of; empty for none.
    pub lot_id: String,
    /// Number of the lot, as the station writes it; empty for none.
    pub lot_number: String,
    /// When it left, as written; empty for unknown.
    pub departure: String,
    /// When it arrived, as written; empty for unknown.
    pub arrival: String,
    /// Every other column.
    pub properties: Vec<Property>,
}

/// Contents of one delivery went into another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// The delivery that came in.
    pub from: String,
    /// The delivery that went out.
    pub to: String,
}

/// Stations shown as one: a meta node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name; empty for none.
    pub name: String,
    /// Its kind, such as `SimpleChain`; empty for none.
    pub kind: String,
    /// Ids of its stations.
    pub members: Vec<String>,
}

/// A supply network as FoodChain-Lab keeps it.
///
/// ```
/// use suyuan_fcl::{Delivery, Network, Relation, Station};
/// let mut network = Network::default();
/// for id in ["farm", "mill", "shop"] {
///     network.stations.push(Station { id: id.into(), ..Station::default() });
/// }
/// for (id, from, to) in [("d1", "farm", "mill"), ("d2", "mill", "shop")] {
///     network.deliveries.push(Delivery {
///         id: id.into(),
///         from: from.into(),
///         to: to.into(),
///         ..Delivery::default()
///     });
/// }
/// network.relations.push(Relation { from: "d1".into(), to: "d2".into() });
/// assert!(network.check().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its stations, in the order of the document.
    pub stations: Vec<Station>,
    /// Its deliveries, in the order of the document.
    pub deliveries: Vec<Delivery>,
    /// What went into what, in the order of the document.
    pub relations: Vec<Relation>,
    /// Stations shown as one.
    pub groups: Vec<Group>,
}

impl Delivery {
    /// When it left, as an interval; what is missing or cannot be read is unknown. Without a
    /// departure it left before it can have arrived.
    #[must_use]
    pub fn departs(&self) -> Span {
        match (read_date(&self.departure), read_date(&self.arrival)) {
            (Some(departs), _) => departs,
            (None, Some(arrives)) => {
                Span { earliest: Minute::UNBOUNDED_PAST, latest: arrives.latest }
            }
            (None, None) => Span::UNKNOWN,
        }
    }

    /// When it arrived, as an interval. Without an arrival it arrived after it can have left.
    #[must_use]
    pub fn arrives(&self) -> Span {
        match (read_date(&self.arrival), read_date(&self.departure)) {
            (Some(arrives), _) => arrives,
            (None, Some(departs)) => {
                Span { earliest: departs.earliest, latest: Minute::UNBOUNDED_FUTURE }
            }
            (None, None) => Span::UNKNOWN,
        }
    }

    /// The lot it is a part of: its lot id; else station, product and lot number together; else
    /// the delivery is a lot of its own.
    #[must_use]
    pub fn lot(&self) -> String {
        if !self.lot_id.is_empty() {
            self.lot_id.clone()
        } else if !self.lot_number.is_empty() {
            format!("{}|{}|{}", self.from, self.name, self.lot_number)
        } else {
            self.id.clone()
        }
    }

    /// The value of a column that has no field of its own.
    #[must_use]
    pub fn property(&self, id: &str) -> Option<&Json> {
        self.properties.iter().find(|property| property.id == id).map(|property| &property.value)
    }

    /// Its two dates as the desktop reads them: either stands for the other where it is missing.
    pub(crate) fn desktop_dates(&self) -> (DesktopDate, DesktopDate) {
        let departure = DesktopDate::read(&self.departure);
        let arrival = DesktopDate::read(&self.arrival);
        (departure.or(arrival), arrival.or(departure))
    }
}

impl Station {
    /// The value of a column that has no field of its own.
    #[must_use]
    pub fn property(&self, id: &str) -> Option<&Json> {
        self.properties.iter().find(|property| property.id == id).map(|property| &property.value)
    }
}

impl Network {
    /// What cannot be right, in the order of the network. O(n).
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut stations = HashSet::new();
        for station in &self.stations {
            if !stations.insert(&*station.id) {
                let place = format!("station {}", station.id);
                found.push(Finding::new(place, "its id is there twice; the first counts"));
            }
        }
        let mut deliveries: HashMap<&str, &Delivery> = HashMap::new();
        for delivery in &self.deliveries {
            let place = || format!("delivery {}", delivery.id);
            if deliveries.contains_key(&*delivery.id) {
                found.push(Finding::new(place(), "its id is there twice; the first counts"));
                continue;
            }
            deliveries.insert(&delivery.id, delivery);
            for station in [&delivery.from, &delivery.to] {
                if !stations.contains(&**station) {
                    found.push(Finding::new(place(), format!("there is no station {station:?}")));
                }
            }
            for text in [&delivery.departure, &delivery.arrival] {
                if !text.trim().is_empty() && read_date(text).is_none() {
                    let message = format!("{text:?} is no date; it counts as unknown");
                    found.push(Finding::new(place(), message));
                }
            }
        }
        for Relation { from, to } in &self.relations {
            let place = || format!("relation {from} -> {to}");
            match (deliveries.get(&**from), deliveries.get(&**to)) {
                (Some(_), Some(_)) if from == to => {
                    found.push(Finding::new(place(), "a delivery does not go into itself"));
                }
                (Some(first), Some(second)) if first.to != second.from => {
                    let message = format!(
                        "the first went to station {:?}, the second left {:?}",
                        first.to, second.from
                    );
                    found.push(Finding::new(place(), message));
                }
                (Some(_), Some(_)) => {}
                (known, _) => {
                    let missing = if known.is_none() { from } else { to };
                    found.push(Finding::new(place(), format!("there is no delivery {missing:?}")));
                }
            }
        }
        self.check_groups(&stations, &mut found);
        found
    }

    fn check_groups<'n>(&'n self, stations: &HashSet<&'n str>, found: &mut Vec<Finding>) {
        let mut groups = HashSet::new();
        let mut held: HashMap<&str, &str> = HashMap::new();
        for group in &self.groups {
            let place = || format!("group {}", group.id);
            if stations.contains(&*group.id) || !groups.insert(&*group.id) {
                found.push(Finding::new(place(), "its id belongs to another station or group"));
            }
            for member in &group.members {
                if !stations.contains(&**member) {
                    found.push(Finding::new(place(), format!("there is no station {member:?}")));
                }
                if let Some(other) = held.insert(member, &group.id) {
                    let message =
                        format!("station {member:?} is in group {other:?} too; the last counts");
                    found.push(Finding::new(place(), message));
                }
            }
        }
    }
}
