//! Where an event happened, as an operator of the chain, and what master data say of places.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::document::Document;
use crate::event::Event;
use crate::identifier::{Identifier, Kind};
use crate::value::Value;

/// What master data say of one place, party or class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Master {
    pub(crate) name: String,
    /// The party that owns a place.
    pub(crate) owner: Option<Identifier>,
    pub(crate) latitude: String,
    pub(crate) longitude: String,
}

/// Master data by the one form of their identifiers.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) masters: BTreeMap<String, Master>,
    /// The sites of each party.
    owned: HashMap<String, BTreeSet<String>>,
}

impl Places {
    /// What documents say; of two that say something of one place, the first counts.
    pub(crate) fn of(documents: &[&Document]) -> Self {
        let mut places = Self::default();
        for (_, element) in documents.iter().flat_map(|document| document.vocabulary_elements()) {
            let Some(id) = element.get("id").and_then(Value::text) else { continue };
            let id = Identifier::parse(id);
            let site = id.site().to_owned();
            let mut master = places.masters.remove(&site).unwrap_or_default();
            for item in element.get("attributes").and_then(Value::items).unwrap_or_default() {
                let text = |name: &str| item.get(name).and_then(Value::text);
                let (Some(key), Some(value)) = (text("id"), text("attribute")) else { continue };
                match key.rsplit(['#', ':', '/']).next() {
                    Some("name" | "descriptionShort") if master.name.is_empty() => {
                        master.name = value.to_owned();
                    }
                    Some("owning_party") if master.owner.is_none() => {
                        master.owner = Some(Identifier::parse(value));
                    }
                    Some("latitude") if master.latitude.is_empty() => {
                        master.latitude = value.to_owned();
                    }
                    Some("longitude") if master.longitude.is_empty() => {
                        master.longitude = value.to_owned();
                    }
                    _ => {}
                }
            }
            if let (Kind::Place, Some(owner)) = (id.kind(), &master.owner) {
                places.own(owner.canonical(), id.site());
            }
            places.masters.insert(site, master);
        }
        places
    }

    fn own(&mut self, party: &str, site: &str) {
        self.owned.entry(party.to_owned()).or_default().insert(site.to_owned());
    }

    /// Whether a source or destination is a site: itself, or the party that owns it.
    pub(crate) fn is_at(&self, end: &Identifier, site: &str) -> bool {
        end.site() == site || self.owned.get(end.canonical()).is_some_and(|o| o.contains(site))
    }

    /// The site a source or destination stands for: a place itself, a party's only one, else the
    /// party.
    pub(crate) fn site_of(&self, end: &Identifier) -> String {
        match self.owned.get(end.canonical()) {
            Some(sites) if sites.len() == 1 => sites.iter().next().cloned().unwrap_or_default(),
            _ => end.site().to_owned(),
        }
    }
}

/// The site an event happened at: for goods that leave, where they were read; for all others, where
/// they are afterwards. `None` when the event does not say.
pub(crate) fn site(event: &Event, leaves: bool, arrives: bool, places: &Places) -> Option<String> {
    // A position on the earth is no site of anybody's.
    let read = event.read_point.as_ref().filter(|id| !id.canonical().starts_with("geo:"));
    let stated = match leaves {
        true => read.or(event.location.as_ref()),
        false => event.location.as_ref().or(read),
    };
    if let Some(id) = stated {
        return Some(id.site().to_owned());
    }
    let ends = match (leaves, arrives) {
        (true, _) => &event.sources,
        (_, true) => &event.destinations,
        _ => return None,
    };
    end(ends).map(|id| places.site_of(id))
}

/// The end that says most: a location, else who possesses, else who owns.
pub(crate) fn end(ends: &[crate::event::End]) -> Option<&Identifier> {
    ["location", "possessing_party", "owning_party"]
        .iter()
        .find_map(|kind| ends.iter().find(|end| end.kind == *kind))
        .or(ends.first())
        .map(|end| &end.id)
}
