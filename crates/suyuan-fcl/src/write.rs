//! Documents of version 1, written.

use std::collections::HashSet;

use crate::json::Json;
use crate::network::{Delivery, Network, Property, Station};
use crate::parameters::Parameters;

/// The version new documents say they are of.
const VERSION: &str = "1.2.1";

/// A document with a network and what is set on it.
pub(crate) fn document(network: &Network, parameters: &Parameters) -> Json {
    let object = |members: Vec<(&str, Json)>| {
        Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let relations = network
        .relations
        .iter()
        .map(|relation| vec![cell("from", &relation.from), cell("to", &relation.to)])
        .collect();
    let groups = network.groups.iter().map(|group| {
        let kind = if group.kind.is_empty() { Json::Null } else { Json::text(group.kind.clone()) };
        object(vec![
            ("id", Json::text(group.id.clone())),
            ("name", Json::text(group.name.clone())),
            ("type", kind),
            ("members", Json::List(group.members.iter().map(Json::text).collect())),
        ])
    });
    object(vec![
        ("version", Json::text(VERSION)),
        (
            "data",
            object(vec![
                ("version", Json::text(VERSION)),
                ("stations", table(network.stations.iter().map(station_row).collect())),
                ("deliveries", table(network.deliveries.iter().map(delivery_row).collect())),
                ("deliveryRelations", table(relations)),
            ]),
        ),
        ("tracing", tracing(network, parameters)),
        (
            "settings",
            object(vec![
                ("version", Json::text(VERSION)),
                ("metaNodes", Json::List(groups.collect())),
            ]),
        ),
    ])
}

fn cell(id: &str, text: &str) -> Property {
    Property::text(id, text)
}

fn station_row(station: &Station) -> Vec<Property> {
    let mut row = vec![cell("ID", &station.id)];
    if !station.name.is_empty() {
        row.push(cell("Name", &station.name));
    }
    row.extend(station.properties.iter().cloned());
    row
}

fn delivery_row(delivery: &Delivery) -> Vec<Property> {
    let mut row =
        vec![cell("ID", &delivery.id), cell("from", &delivery.from), cell("to", &delivery.to)];
    for (id, text) in [
        ("Name", &delivery.name),
        ("Lot ID", &delivery.lot_id),
        ("Lot Number", &delivery.lot_number),
        ("Date Delivery", &delivery.departure),
        ("Date Delivery Arrival", &delivery.arrival),
    ] {
        if !text.is_empty() {
            row.push(cell(id, text));
        }
    }
    row.extend(delivery.properties.iter().cloned());
    row
}

fn table(rows: Vec<Vec<Property>>) -> Json {
    let mut seen = HashSet::new();
    let mut columns = Vec::new();
    let text = |name: &str, text: String| (name.to_owned(), Json::Text(text));
    for cell in rows.iter().flatten() {
        if seen.insert(&cell.id) {
            let kind = match &cell.value {
                Json::Number(_) => "double",
                Json::Bool(_) => "boolean",
                _ => "string",
            };
            columns
                .push(Json::Object(vec![text("id", cell.id.clone()), text("type", kind.into())]));
        }
    }
    let row = |cells: &Vec<Property>| {
        let cells = cells.iter().map(|cell| {
            Json::Object(vec![
                text("id", cell.id.clone()),
                ("value".to_owned(), cell.value.clone()),
            ])
        });
        Json::List(cells.collect())
    };
    let data = rows.iter().map(row).collect();
    Json::Object(vec![
        ("columnProperties".to_owned(), Json::List(columns)),
        ("data".to_owned(), Json::List(data)),
    ])
}

/// The settings of a trace, one for each station and delivery.
pub(crate) fn tracing(network: &Network, parameters: &Parameters) -> Json {
    let groups_by_id: HashSet<&String> = network.groups.iter().map(|group| &group.id).collect();
    let set = |ids: &mut dyn Iterator<Item = &String>,
               weights: &[(String, f64)],
               [cross, kill, observed]: [&Vec<String>; 3]| {
        let weights: std::collections::HashMap<_, _> =
            weights.iter().map(|(id, weight)| (id, *weight)).collect();
        let [cross, kill, observed] =
            [cross, kill, observed].map(|list| list.iter().collect::<HashSet<_>>());
        let items = ids.map(|id| {
            let weight = match weights.get(id) {
                Some(weight) => Json::Number(weight.to_string().into()),
                // No weight of its own: its members' count.
                None if groups_by_id.contains(id) => Json::Null,
                None => Json::Number("0".into()),
            };
            Json::Object(vec![
                ("id".to_owned(), Json::text(id.clone())),
                ("weight".to_owned(), weight),
                ("crossContamination".to_owned(), Json::Bool(cross.contains(id))),
                ("killContamination".to_owned(), Json::Bool(kill.contains(id))),
                ("observed".to_owned(), Json::Bool(observed.contains(id))),
            ])
        });
        Json::List(items.collect())
    };
    // A group is named where something is set on it, be it the weight 0.
    let set_on: HashSet<&String> = parameters
        .station_weights
        .iter()
        .map(|(id, _)| id)
        .chain(&parameters.station_cross_contamination)
        .chain(&parameters.station_kill)
        .chain(&parameters.station_observed)
        .collect();
    let groups = network.groups.iter().map(|group| &group.id).filter(|id| set_on.contains(id));
    let mut stations = network.stations.iter().map(|station| &station.id).chain(groups);
    let mut deliveries = network.deliveries.iter().map(|delivery| &delivery.id);
    Json::Object(vec![
        ("version".to_owned(), Json::text(VERSION)),
        ("enforceTemporalOrder".to_owned(), Json::Bool(parameters.enforce_temporal_order)),
        (
            "nodes".to_owned(),
            set(
                &mut stations,
                &parameters.station_weights,
                [
                    &parameters.station_cross_contamination,
                    &parameters.station_kill,
                    &parameters.station_observed,
                ],
            ),
        ),
        (
            "deliveries".to_owned(),
            set(
                &mut deliveries,
                &parameters.delivery_weights,
                [
                    &parameters.delivery_cross_contamination,
                    &parameters.delivery_kill,
                    &parameters.delivery_observed,
                ],
            ),
        ),
    ])
}
