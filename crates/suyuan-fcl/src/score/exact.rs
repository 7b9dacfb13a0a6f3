//! Our way: a graph of deliveries and stations, and everything that can be reached in it.
//!
//! A station is two nodes: one where goods end, one where they begin. Cross contamination goes
//! through a row of inner nodes in the order of departure, so k deliveries in and m out cost
//! k + m links, not k x m.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use suyuan_core::time::Minute;

use super::net::Net;
use super::sums::{Raw, Share, Weights};
use super::{Marks, Way};
use crate::parameters::Parameters;

#[derive(Debug)]
pub(super) struct Exact {
    weights: Weights,
    ahead: Lists,
    behind: Lists,
    /// Number of deliveries and of stations; nodes are deliveries, ends, beginnings, inner nodes.
    deliveries: u32,
    stations: u32,
}

/// Lists of node numbers, end to end.
#[derive(Debug)]
struct Lists {
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for (from, _) in pairs.clone() {
            starts[from as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut places = starts.clone();
        let mut items = vec![0; starts[count]];
        for (from, to) in pairs {
            items[places[from as usize]] = to;
            places[from as usize] += 1;
        }
        Self { starts, items }
    }

    fn of(&self, node: u32) -> &[u32] {
        &self.items[self.starts[node as usize]..self.starts[node as usize + 1]]
    }
}

impl Exact {
    pub(super) fn new(net: &Net, parameters: &Parameters) -> Self {
        let (deliveries, stations) = (net.deliveries.len() as u32, net.stations.len() as u32);
        // What is set on a member of a merged station holds for the merged station.
        let station_flags = |ids| {
            let mut flags = vec![false; stations as usize];
            for station in Net::chosen(&net.station_index, ids) {
                flags[net.merged[station as usize] as usize] = true;
            }
            flags
        };
        let crossed = station_flags(&parameters.station_cross_contamination);
        let killed = station_flags(&parameters.station_kill);
        let lost = Net::flags(&net.delivery_index, deliveries as usize, &parameters.delivery_kill);
        let mut links = Vec::new();
        for delivery in 0..deliveries {
            let at = delivery as usize;
            if !lost[at] {
                links.push((delivery, deliveries + net.recipient[at]));
            }
            if !killed[net.supplier[at] as usize] {
                links.push((deliveries + stations + net.supplier[at], delivery));
            }
        }
        // Whether what a delivery carries can go on from where it arrived.
        let goes_on = |delivery: u32| {
            let at = delivery as usize;
            !lost[at] && !killed[net.recipient[at] as usize]
        };
        for &(from, to) in &net.relations {
            if goes_on(from) && !killed[net.supplier[to as usize] as usize] {
                links.push((from, to));
            }
        }
        let mut inner = deliveries + 2 * stations;
        let dated = parameters.enforce_temporal_order;
        let mut incoming = vec![Vec::new(); stations as usize];
        let mut outgoing = vec![Vec::new(); stations as usize];
        for delivery in 0..deliveries {
            incoming[net.recipient[delivery as usize] as usize].push(delivery);
            outgoing[net.supplier[delivery as usize] as usize].push(delivery);
        }
        for station in (0..stations as usize).filter(|at| crossed[*at] && !killed[*at]) {
            let ins = incoming[station].iter().copied().filter(|d| goes_on(*d));
            meet(net, ins, outgoing[station].clone(), dated, &mut inner, &mut links);
        }
        let mut meeting = vec![Vec::new(); stations as usize];
        let chosen = &parameters.delivery_cross_contamination;
        let chosen = Net::chosen(&net.delivery_index, chosen);
        let mut together = vec![false; deliveries as usize];
        for &delivery in &chosen {
            meeting[net.recipient[delivery as usize] as usize].push(delivery);
            together[delivery as usize] = true;
        }
        let mut outs = vec![Vec::new(); stations as usize];
        for &(from, to) in &net.relations {
            if together[from as usize] && !killed[net.supplier[to as usize] as usize] {
                outs[net.recipient[from as usize] as usize].push(to);
            }
        }
        for (station, (ins, mut outs)) in meeting.into_iter().zip(outs).enumerate() {
            if ins.len() > 1 && !killed[station] {
                outs.sort_unstable();
                outs.dedup();
                let ins = ins.into_iter().filter(|delivery| goes_on(*delivery));
                meet(net, ins, outs, dated, &mut inner, &mut links);
            }
        }
        let count = inner as usize;
        Self {
            // A merged station's weight is what the desktop takes it to be: a document that was
            // saved there has it on the members and, summed, on the merged station.
            weights: Weights::exact(net, &parameters.as_shown()),
            ahead: Lists::new(count, links.iter().copied()),
            behind: Lists::new(count, links.iter().map(|&(from, to)| (to, from))),
            deliveries,
            stations,
        }
    }

    pub(super) fn scores(&self, net: &Net) -> Raw {
        let ends = self.deliveries..self.deliveries + self.stations;
        let weight = |node: u32| {
            if node < self.deliveries {
                self.weights.deliveries[node as usize]
            } else {
                self.weights.stations[(node - self.deliveries) as usize]
            }
        };
        let weighted: Vec<u32> = (0..ends.end).filter(|node| weight(*node) != 0.0).collect();
        let (component, order) = self.components();
        let stations = self.stations as usize;
        let mut sums = vec![Share::default(); stations + self.deliveries as usize + net.lots.len()];
        let mut masks = vec![0_u64; order.len()];
        for block in weighted.chunks(64) {
            masks.fill(0);
            for (bit, node) in block.iter().enumerate() {
                masks[component[*node as usize] as usize] |= 1 << bit;
            }
            // Components come with what they lead to before them.
            for (at, nodes) in order.iter().enumerate() {
                let mut mask = masks[at];
                for next in nodes.iter().flat_map(|node| self.ahead.of(node.index() as u32)) {
                    mask |= masks[component[*next as usize] as usize];
                }
                masks[at] = mask;
            }
            let mask = |node: u32| masks[component[node as usize] as usize];
            let mut add = |at: usize, mut mask: u64| {
                while mask != 0 {
                    let bit = mask.trailing_zeros() as usize;
                    sums[at].add(weight(block[bit]));
                    mask &= mask - 1;
                }
            };
            for station in 0..self.stations {
                // A station's end is a node without a way on: its mask is its own weight.
                let begins = mask(ends.end + station);
                add(station as usize, begins | mask(ends.start + station));
            }
            for delivery in 0..self.deliveries {
                add(stations + delivery as usize, mask(delivery));
            }
            for (lot, members) in net.lots.iter().enumerate() {
                let after = members.iter().flat_map(|delivery| self.ahead.of(*delivery));
                let after = after.fold(0, |mask_so_far, next| mask_so_far | mask(*next));
                add(stations + self.deliveries as usize + lot, after);
            }
        }
        let shares: Vec<_> = sums.into_iter().map(|sums| self.weights.share(sums)).collect();
        let (of_stations, rest) = shares.split_at(stations);
        let (of_deliveries, of_lots) = rest.split_at(self.deliveries as usize);
        // A member of a merged station has what the merged station has.
        let of_stations = net.merged.iter().map(|into| of_stations[*into as usize]).collect();
        let lot = |lot: &Option<u32>| lot.map(|lot| of_lots[lot as usize].score);
        let mut max_lot: Vec<Option<f64>> = vec![None; stations];
        for (supplier, sender, lot) in
            net.supplier.iter().zip(&net.sender).zip(&net.lot_of).map(|((a, b), c)| (a, b, c))
        {
            if let Some(lot) = lot {
                let score = of_lots[*lot as usize].score;
                for station in [*supplier as usize, *sender as usize] {
                    let best = max_lot[station].map_or(score, |best| best.max(score));
                    max_lot[station] = Some(best);
                }
            }
        }
        Raw {
            stations: of_stations,
            deliveries: of_deliveries.to_vec(),
            lot: net.lot_of.iter().map(lot).collect(),
            max_lot,
            normalizer: 1.0,
        }
    }

    /// The component of every node, and the nodes of every component.
    fn components(&self) -> (Vec<u32>, Vec<Vec<NodeIndex<u32>>>) {
        let count = self.ahead.starts.len() - 1;
        let mut graph = DiGraph::<(), (), u32>::with_capacity(count, self.ahead.items.len());
        for _ in 0..count {
            graph.add_node(());
        }
        for node in 0..count as u32 {
            for next in self.ahead.of(node) {
                graph.add_edge(NodeIndex::new(node as usize), NodeIndex::new(*next as usize), ());
            }
        }
        let order = kosaraju_scc(&graph);
        let mut component = vec![0; count];
        for (at, nodes) in order.iter().enumerate() {
            for node in nodes {
                component[node.index()] = at as u32;
            }
        }
        (component, order)
    }

    pub(super) fn mark_station(&self, net: &Net, station: u32, way: Way, marks: &mut Marks) {
        let station = net.merged[station as usize];
        let node = match way {
            Way::Forward => self.deliveries + self.stations + station,
            Way::Backward => self.deliveries + station,
        };
        self.mark(net, node, way, marks);
    }

    pub(super) fn mark_delivery(&self, net: &Net, delivery: u32, way: Way, marks: &mut Marks) {
        self.mark(net, delivery, way, marks);
    }

    /// Marks what lies beyond a node, itself only where a cycle leads back.
    fn mark(&self, net: &Net, start: u32, way: Way, marks: &mut Marks) {
        let lists = match way {
            Way::Forward => &self.ahead,
            Way::Backward => &self.behind,
        };
        let mut seen = vec![false; lists.starts.len() - 1];
        let mut found = vec![false; self.stations as usize];
        let mut stack = lists.of(start).to_vec();
        while let Some(node) = stack.pop() {
            if std::mem::replace(&mut seen[node as usize], true) {
                continue;
            }
            stack.extend(lists.of(node));
            if node < self.deliveries {
                marks.deliveries[node as usize] = true;
            } else if node < self.deliveries + 2 * self.stations {
                found[((node - self.deliveries) % self.stations) as usize] = true;
            }
        }
        for (mark, into) in marks.stations.iter_mut().zip(&net.merged) {
            *mark |= found[*into as usize];
        }
    }
}

/// Whatever comes in reaches whatever goes out; with dates, whatever can have left after it came.
fn meet(
    net: &Net,
    ins: impl Iterator<Item = u32>,
    mut outs: Vec<u32>,
    dated: bool,
    inner: &mut u32,
    links: &mut Vec<(u32, u32)>,
) {
    if outs.is_empty() {
        return;
    }
    let latest = |delivery: u32| -> Minute {
        if dated { net.departs[delivery as usize].latest } else { Minute::UNBOUNDED_FUTURE }
    };
    outs.sort_by_key(|delivery| (latest(*delivery), *delivery));
    let first = *inner;
    for (number, out) in (first..).zip(&outs) {
        links.push((number, *out));
        if number > first {
            links.push((number - 1, number));
        }
    }
    *inner += outs.len() as u32;
    for delivery in ins {
        let earliest = net.arrives[delivery as usize].earliest;
        let open = outs.partition_point(|out| latest(*out) < earliest);
        if open < outs.len() {
            links.push((delivery, first + open as u32));
        }
    }
}
