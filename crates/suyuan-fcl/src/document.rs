//! FoodChain-Lab's JSON: version 1, and the older form without tables.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path as FilePath;

use crate::error::Error;
use crate::json::{Json, Limits};
use crate::network::{Delivery, Finding, Group, Network, Property, Relation, Station};
use crate::parameters::Parameters;
use crate::shape::{Path, member};
use crate::write;

/// What a document or a folder says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Import {
    /// The network.
    pub network: Network,
    /// What is set on it.
    pub parameters: Parameters,
    /// What could not be right; first what concerns single rows, then [`Network::check`].
    pub findings: Vec<Finding>,
}

/// A document, kept as it was written: view settings, samples and every member this crate has no
/// use for come back out unchanged.
///
/// ```
/// use suyuan_fcl::{Document, Limits};
/// let text = r#"{"version":"1.2.1","data":{
///   "stations":{"columnProperties":[{"id":"ID","type":"string"}],
///     "data":[[{"id":"ID","value":"farm"}],[{"id":"ID","value":"shop"}]]},
///   "deliveries":{"columnProperties":[],
///     "data":[[{"id":"ID","value":"d"},{"id":"from","value":"farm"},{"id":"to","value":"shop"}]]},
///   "deliveryRelations":{"columnProperties":[],"data":[]}},
///   "tracing":{"nodes":[{"id":"shop","weight":1.0}],"deliveries":[]},
///   "settings":{"metaNodes":[],"view":{"showGis":false}}}"#;
/// let document = Document::parse(text, &Limits::default())?;
/// let import = document.import()?;
/// assert_eq!(import.network.deliveries[0].to, "shop");
/// assert_eq!(import.parameters.station_weights, [("shop".to_owned(), 1.0)]);
/// assert_eq!(document.to_string(), text.split_whitespace().collect::<String>());
/// # Ok::<(), suyuan_fcl::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    json: Json,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Error::Json`] or [`Error::TooLarge`]. Whether it is a network is seen by
    /// [`Document::import`].
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        Ok(Self { json: Json::parse(text.strip_prefix('\u{feff}').unwrap_or(text), limits)? })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::NotUtf8`], and as [`Document::parse`].
    pub fn read(path: &FilePath, limits: &Limits) -> Result<Self, Error> {
        Self::parse(&read_text(path, limits)?, limits)
    }

    /// The document itself.
    #[must_use]
    pub const fn json(&self) -> &Json {
        &self.json
    }

    /// The network it describes and what is set on it. A row without an id is left out with a
    /// finding. O(n).
    ///
    /// # Errors
    /// [`Error::Shape`] with the path of the first value that is not of the format's type.
    pub fn import(&self) -> Result<Import, Error> {
        let mut import = Import::default();
        if self.json.get("data").is_some() {
            version_1(&self.json, &mut import)?;
        } else if self.json.get("elements").is_some() {
            let elements = member(&self.json, "elements", &Path::Root)?;
            older(elements, &Path::Name(&Path::Root, "elements"), &mut import)?;
        } else if self.json.get("deliveriesRelations").is_some() {
            older(&self.json, &Path::Root, &mut import)?;
        } else {
            member(&self.json, "data", &Path::Root)?;
        }
        import.findings.extend(import.network.check());
        Ok(import)
    }

    /// A document of version 1 with a network and what is set on it, and no view settings.
    #[must_use]
    pub fn new(network: &Network, parameters: &Parameters) -> Self {
        Self { json: write::document(network, parameters) }
    }

    /// The same document with other settings of the trace: `tracing` alone changes.
    ///
    /// # Errors
    /// As [`Document::import`].
    pub fn with_parameters(&self, parameters: &Parameters) -> Result<Self, Error> {
        let network = self.import()?.network;
        let mut members = Path::Root.object(&self.json)?.to_vec();
        let set = write::tracing(&network, parameters);
        match members.iter_mut().find(|(name, _)| name == "tracing") {
            Some((_, value)) => *value = set,
            None => members.push(("tracing".to_owned(), set)),
        }
        Ok(Self { json: Json::Object(members) })
    }
}

impl fmt::Display for Document {
    /// The JSON text; `{:#}` is indented.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.json, f)
    }
}

pub(crate) fn read_text(path: &FilePath, limits: &Limits) -> Result<String, Error> {
    let wrap = |source| Error::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let most = limits.bytes.saturating_add(1) as u64;
    File::open(path).map_err(wrap)?.take(most).read_to_end(&mut bytes).map_err(wrap)?;
    if bytes.len() > limits.bytes {
        let (doing, what) = ("read the document", "bytes");
        return Err(Error::TooLarge { doing, what, limit: limits.bytes });
    }
    String::from_utf8(bytes)
        .map_err(|error| Error::NotUtf8 { at: error.utf8_error().valid_up_to() })
}

fn version_1(json: &Json, import: &mut Import) -> Result<(), Error> {
    let data_path = Path::Name(&Path::Root, "data");
    let data = member(json, "data", &Path::Root)?;
    let mut rows = |name: &'static str, take: &mut dyn FnMut(Row, String) -> Option<Finding>| {
        let path = Path::Name(&data_path, name);
        for_each_row(member(data, name, &data_path)?, &path, &mut import.findings, take)
    };
    let network = &mut import.network;
    rows("stations", &mut |mut row: Row, place: String| {
        let id = row.take(&["ID"]);
        if id.is_empty() {
            return Some(Finding::new(place, "a station without ID is left out"));
        }
        let name = row.take(&["Name", "node"]);
        network.stations.push(Station { id, name, properties: row.rest() });
        None
    })?;
    rows("deliveries", &mut |mut row: Row, place: String| {
        let id = row.take(&["ID"]);
        if id.is_empty() {
            return Some(Finding::new(place, "a delivery without ID is left out"));
        }
        network.deliveries.push(delivery(id, &mut row));
        None
    })?;
    rows("deliveryRelations", &mut |mut row: Row, place: String| {
        let (from, to) = (row.take(&["from", "ID"]), row.take(&["to", "Next"]));
        if from.is_empty() || to.is_empty() {
            return Some(Finding::new(place, "a relation without from and to is left out"));
        }
        network.relations.push(Relation { from, to });
        None
    })?;
    if let Some(settings) = json.get("settings").filter(|settings| **settings != Json::Null) {
        groups(settings, import)?;
    }
    if let Some(set) = json.get("tracing").filter(|set| **set != Json::Null) {
        tracings(set, import)?;
    }
    Ok(())
}

/// The columns of a delivery, from a row of any of the forms.
pub(crate) fn delivery(id: String, row: &mut Row) -> Delivery {
    Delivery {
        id,
        from: row.take(&["from"]),
        to: row.take(&["to"]),
        name: row.take(&["Name"]),
        lot_id: row.take(&["Lot ID"]),
        lot_number: row.take(&["Lot Number", "Charge Number"]),
        departure: row.take(&["Date Delivery"]),
        arrival: row.take(&["Date Delivery Arrival"]),
        properties: row.rest(),
    }
}

/// The cells of a row by column.
#[derive(Default)]
pub(crate) struct Row(Vec<Property>);

impl Row {
    pub(crate) fn push(&mut self, id: String, value: Json) {
        self.0.push(Property { id, value });
    }

    /// Takes out the text of the first of these columns that has one.
    pub(crate) fn take(&mut self, columns: &[&str]) -> String {
        for column in columns {
            let at = self.0.iter().position(|cell| {
                cell.id == *column && cell.value.as_cell().is_some_and(|text| !text.is_empty())
            });
            if let Some(at) = at {
                return match self.0.remove(at).value {
                    Json::Text(text) => text,
                    other => other.as_cell().unwrap_or_default().to_owned(),
                };
            }
        }
        String::new()
    }

    pub(crate) fn rest(&mut self) -> Vec<Property> {
        std::mem::take(&mut self.0)
    }
}

fn for_each_row(
    table: &Json,
    path: &Path<'_>,
    findings: &mut Vec<Finding>,
    take: &mut dyn FnMut(Row, String) -> Option<Finding>,
) -> Result<(), Error> {
    path.object(table)?;
    if let Some(columns) = table.get("columnProperties") {
        let path = Path::Name(path, "columnProperties");
        for (index, column) in path.list(columns)?.iter().enumerate() {
            let path = Path::Item(&path, index);
            for name in ["id", "type"] {
                let value = member(column, name, &path)?;
                if !matches!(value, Json::Text(_)) {
                    return Err(Path::Name(&path, name).wrong("a text", value));
                }
            }
        }
    }
    let Some(data) = table.get("data") else { return Ok(()) };
    let path = Path::Name(path, "data");
    for (index, cells) in path.list(data)?.iter().enumerate() {
        let path = Path::Item(&path, index);
        let mut row = Row::default();
        let mut seen = HashSet::new();
        for (at, cell) in path.list(cells)?.iter().enumerate() {
            let path = Path::Item(&path, at);
            let id = match member(cell, "id", &path)? {
                Json::Text(id) => id,
                other => return Err(Path::Name(&path, "id").wrong("a text", other)),
            };
            let value = member(cell, "value", &path)?;
            if matches!(value, Json::List(_) | Json::Object(_)) {
                let expected = "a text, a number, true, false or null";
                return Err(Path::Name(&path, "value").wrong(expected, value));
            }
            if seen.insert(id) {
                row.push(id.clone(), value.clone());
            } else {
                let message = format!("column {id:?} is there twice; the first counts");
                findings.push(Finding::new(path.text(), message));
            }
        }
        findings.extend(take(row, path.text()));
    }
    Ok(())
}

fn groups(settings: &Json, import: &mut Import) -> Result<(), Error> {
    let path = Path::Name(&Path::Root, "settings");
    path.object(settings)?;
    let Some(nodes) = settings.get("metaNodes") else { return Ok(()) };
    let path = Path::Name(&path, "metaNodes");
    for (index, node) in path.list(nodes)?.iter().enumerate() {
        let path = Path::Item(&path, index);
        let text = |name: &'static str| match node.get(name) {
            None | Some(Json::Null) => Ok(String::new()),
            Some(value) => Path::Name(&path, name).cell(value),
        };
        let id = Path::Name(&path, "id").cell(member(node, "id", &path)?)?;
        let members_path = Path::Name(&path, "members");
        let members = members_path.list(member(node, "members", &path)?)?.iter().enumerate();
        let members: Vec<_> = members
            .map(|(at, value)| Path::Item(&members_path, at).cell(value))
            .collect::<Result<_, _>>()?;
        import.parameters.merged_stations.push((id.clone(), members.clone()));
        let group = Group { id, name: text("name")?, kind: text("type")?, members };
        import.network.groups.push(group);
    }
    Ok(())
}

fn tracings(set: &Json, import: &mut Import) -> Result<(), Error> {
    let path = Path::Name(&Path::Root, "tracing");
    path.object(set)?;
    let groups: HashSet<_> = import.network.groups.iter().map(|group| group.id.clone()).collect();
    let read = &mut import.parameters;
    if let Some(flag) = set.get("enforceTemporalOrder") {
        read.enforce_temporal_order = Path::Name(&path, "enforceTemporalOrder").flag(flag)?;
    }
    for (name, deliveries) in [("nodes", false), ("deliveries", true)] {
        let Some(items) = set.get(name).filter(|items| **items != Json::Null) else { continue };
        let path = Path::Name(&path, name);
        for (index, item) in path.list(items)?.iter().enumerate() {
            let path = Path::Item(&path, index);
            let id = Path::Name(&path, "id").cell(member(item, "id", &path)?)?;
            element(item, &path, &id, deliveries, read)?;
            // On a group 0 says more than nothing: its members' weights do not count.
            let given = item.get("weight").is_some_and(|weight| *weight != Json::Null);
            let said = || read.station_weights.last().is_some_and(|(last, _)| *last == id);
            if !deliveries && given && groups.contains(&id) && !said() {
                read.station_weights.push((id, 0.0));
            }
        }
    }
    Ok(())
}

fn element(
    item: &Json,
    path: &Path<'_>,
    id: &str,
    delivery: bool,
    read: &mut Parameters,
) -> Result<(), Error> {
    if let Some(weight) = item.get("weight") {
        let weight = Path::Name(path, "weight").weight(weight)?;
        if weight != 0.0 {
            let list =
                if delivery { &mut read.delivery_weights } else { &mut read.station_weights };
            list.push((id.to_owned(), weight));
        }
    }
    let lists = if delivery {
        [
            &mut read.delivery_cross_contamination,
            &mut read.delivery_kill,
            &mut read.delivery_observed,
        ]
    } else {
        [&mut read.station_cross_contamination, &mut read.station_kill, &mut read.station_observed]
    };
    for (name, list) in
        ["crossContamination", "killContamination", "observed"].into_iter().zip(lists)
    {
        let Some(value) = item.get(name) else { continue };
        // The older form says how far it is observed.
        let on = match value {
            Json::Text(kind) if name == "observed" => kind != "NONE" && !kind.is_empty(),
            value => Path::Name(path, name).flag(value)?,
        };
        if on {
            list.push(id.to_owned());
        }
    }
    Ok(())
}

/// The form before version 1: elements are plain objects.
fn older(json: &Json, path: &Path<'_>, import: &mut Import) -> Result<(), Error> {
    let list = |name: &'static str| match json.get(name) {
        None => Ok(&[][..]),
        Some(value) => Path::Name(path, name).list(value),
    };
    let relation = |value: &Json, path: &Path<'_>| {
        let end = |name: &'static str| Path::Name(path, name).cell(member(value, name, path)?);
        Ok::<_, Error>(Relation { from: end("source")?, to: end("target")? })
    };
    for (index, item) in list("stations")?.iter().enumerate() {
        let list_path = Path::Name(path, "stations");
        let path = Path::Item(&list_path, index);
        let mut row = plain_row(item, &path, STATION_MEMBERS)?;
        let id = Path::Name(&path, "id").cell(member(item, "id", &path)?)?;
        element(item, &path, &id, false, &mut import.parameters)?;
        let members_path = Path::Name(&path, "contains");
        let members = match item.get("contains") {
            None | Some(Json::Null) => Vec::new(),
            Some(value) => {
                let items = members_path.list(value)?.iter().enumerate();
                items
                    .map(|(at, value)| Path::Item(&members_path, at).cell(value))
                    .collect::<Result<Vec<_>, _>>()?
            }
        };
        let name = row.take(&["name"]);
        if let Some(Json::List(connections)) = item.get("connections") {
            let path = Path::Name(&path, "connections");
            for (at, value) in connections.iter().enumerate() {
                import.network.relations.push(relation(value, &Path::Item(&path, at))?);
            }
        }
        if members.is_empty() {
            let station = Station { id, name, properties: row.rest() };
            import.network.stations.push(station);
        } else {
            import.parameters.merged_stations.push((id.clone(), members.clone()));
            import.network.groups.push(Group { id, name, kind: String::new(), members });
        }
    }
    for (index, item) in list("deliveries")?.iter().enumerate() {
        let list_path = Path::Name(path, "deliveries");
        let path = Path::Item(&list_path, index);
        let mut row = plain_row(item, &path, DELIVERY_MEMBERS)?;
        let id = Path::Name(&path, "id").cell(member(item, "id", &path)?)?;
        element(item, &path, &id, true, &mut import.parameters)?;
        import.network.deliveries.push(Delivery {
            id,
            from: row.take(&["originalSource", "source"]),
            to: row.take(&["originalTarget", "target"]),
            name: row.take(&["name"]),
            lot_number: row.take(&["lot"]),
            departure: row.take(&["date"]),
            properties: row.rest(),
            ..Delivery::default()
        });
    }
    let list_path = Path::Name(path, "deliveriesRelations");
    for (index, item) in list("deliveriesRelations")?.iter().enumerate() {
        import.network.relations.push(relation(item, &Path::Item(&list_path, index))?);
    }
    Ok(())
}

/// Members of the older form that are read apart from the columns.
const STATION_MEMBERS: &[&str] = &[
    "id",
    "weight",
    "crossContamination",
    "killContamination",
    "observed",
    "contains",
    "connections",
    "incoming",
    "outgoing",
];
const DELIVERY_MEMBERS: &[&str] =
    &["id", "weight", "crossContamination", "killContamination", "observed"];

fn plain_row(item: &Json, path: &Path<'_>, apart: &[&str]) -> Result<Row, Error> {
    let mut row = Row::default();
    for (name, value) in path.object(item)? {
        if !apart.contains(&&**name) {
            row.push(name.clone(), value.clone());
        }
    }
    Ok(row)
}
