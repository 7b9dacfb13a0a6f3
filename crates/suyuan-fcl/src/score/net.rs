//! A network by numbers.

use std::collections::{HashMap, HashSet};

use suyuan_core::time::Span;

use super::Mode;
use crate::date::DesktopDate;
use crate::network::Network;
use crate::parameters::Parameters;

/// Stations and deliveries by number. Merged stations come after the others; in exact mode also
/// stations that deliveries name and nobody lists.
#[derive(Debug, Default)]
pub(super) struct Net {
    pub(super) stations: Vec<String>,
    pub(super) station_index: HashMap<String, u32>,
    pub(super) deliveries: Vec<String>,
    pub(super) delivery_index: HashMap<String, u32>,
    /// The station each station is merged into, itself for most.
    pub(super) merged: Vec<u32>,
    /// Of each delivery: the station that sent it, before merging.
    pub(super) sender: Vec<u32>,
    /// Of each delivery, after merging.
    pub(super) supplier: Vec<u32>,
    pub(super) recipient: Vec<u32>,
    /// What went into what, each pair once, in the order of the network.
    pub(super) relations: Vec<(u32, u32)>,
    pub(super) departs: Vec<Span>,
    pub(super) arrives: Vec<Span>,
    pub(super) desktop: Vec<(DesktopDate, DesktopDate)>,
    /// The lots in the order of their first delivery, with the deliveries of each.
    pub(super) lots: Vec<Vec<u32>>,
    pub(super) lot_of: Vec<Option<u32>>,
}

impl Net {
    pub(super) fn new(network: &Network, parameters: &Parameters, mode: Mode) -> Self {
        let mut net = Self::default();
        for station in &network.stations {
            net.station(&station.id);
        }
        if mode == Mode::Exact {
            for delivery in &network.deliveries {
                net.station(&delivery.from);
                net.station(&delivery.to);
            }
        }
        for (merged, _) in &parameters.merged_stations {
            net.station(merged);
        }
        net.merged = (0..net.stations.len() as u32).collect();
        for (merged, members) in &parameters.merged_stations {
            let into = net.station_index.get(merged).copied();
            for member in members {
                if let (Some(member), Some(into)) = (net.station_index.get(member), into) {
                    net.merged[*member as usize] = into;
                }
            }
        }
        let mut lots: HashMap<&str, u32> = HashMap::new();
        let mut ids = HashSet::new();
        for delivery in &network.deliveries {
            if !ids.insert(&delivery.id) {
                continue;
            }
            let ends = (net.station_index.get(&delivery.from), net.station_index.get(&delivery.to));
            let (Some(&from), Some(&to)) = ends else { continue };
            let number = net.deliveries.len() as u32;
            net.delivery_index.insert(delivery.id.clone(), number);
            net.deliveries.push(delivery.id.clone());
            net.sender.push(from);
            net.supplier.push(net.merged[from as usize]);
            net.recipient.push(net.merged[to as usize]);
            net.departs.push(delivery.departs());
            net.arrives.push(delivery.arrives());
            net.desktop.push(delivery.desktop_dates());
            let lot = if delivery.lot_id.is_empty() {
                None
            } else {
                let fresh = lots.len() as u32;
                let lot = *lots.entry(&delivery.lot_id).or_insert(fresh);
                if lot == fresh {
                    net.lots.push(Vec::new());
                }
                net.lots[lot as usize].push(number);
                Some(lot)
            };
            net.lot_of.push(lot);
        }
        let mut seen = HashSet::new();
        for relation in &network.relations {
            let ends =
                (net.delivery_index.get(&relation.from), net.delivery_index.get(&relation.to));
            if let (Some(&from), Some(&to)) = ends
                && seen.insert((from, to))
            {
                net.relations.push((from, to));
            }
        }
        net
    }

    fn station(&mut self, id: &str) {
        if !self.station_index.contains_key(id) {
            self.station_index.insert(id.to_owned(), self.stations.len() as u32);
            self.stations.push(id.to_owned());
        }
    }

    /// The numbers of ids the network has, each once, in the order given.
    pub(super) fn chosen(index: &HashMap<String, u32>, ids: &[String]) -> Vec<u32> {
        let mut seen = HashSet::new();
        ids.iter()
            .filter_map(|id| index.get(id).copied())
            .filter(|number| seen.insert(*number))
            .collect()
    }

    /// Whether each is among these ids.
    pub(super) fn flags(index: &HashMap<String, u32>, count: usize, ids: &[String]) -> Vec<bool> {
        let mut flags = vec![false; count];
        for number in Self::chosen(index, ids) {
            flags[number as usize] = true;
        }
        flags
    }
}
