//! The desktop's way, step by step: which links it makes and in which order, what it cuts, and
//! the sets it remembers. On a cycle a set is remembered before it is complete, so what a trace
//! holds there depends on the order of everything; the order here is the desktop's.

use std::collections::HashSet;

use super::net::Net;
use super::sums::{Raw, Share, Weights};
use super::{Marks, Way};
use crate::error::Error;
use crate::parameters::Parameters;

/// Most links between deliveries.
const LINKS: usize = 20_000_000;
/// Most deliveries in all remembered sets together.
const ENTRIES: usize = 50_000_000;

fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge { doing: "trace as the desktop does", what, limit }
}

/// Lists without repeats, in the order of insertion.
struct Links {
    lists: Vec<Vec<u32>>,
    seen: HashSet<(u32, u32)>,
}

impl Links {
    fn new(count: usize) -> Self {
        Self { lists: vec![Vec::new(); count], seen: HashSet::new() }
    }

    fn put(&mut self, from: u32, to: u32) -> Result<(), Error> {
        if self.seen.insert((from, to)) {
            self.lists[from as usize].push(to);
            if self.seen.len() > LINKS {
                return Err(too_large("links", LINKS));
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Compatible {
    weights: Weights,
    next: Vec<Vec<u32>>,
    /// Of each station.
    incoming: Vec<Vec<u32>>,
    outgoing: Vec<Vec<u32>>,
    /// Whether a station has a score at all.
    scored: Vec<bool>,
    killed_stations: Vec<bool>,
    killed_deliveries: Vec<bool>,
    /// Of each delivery, in the order the desktop remembers.
    forward: Vec<Vec<u32>>,
    backward: Vec<Vec<u32>>,
}

impl Compatible {
    pub(super) fn new(net: &Net, parameters: &Parameters) -> Result<Self, Error> {
        let count = net.deliveries.len();
        let before = |first: u32, second: u32| {
            !parameters.enforce_temporal_order
                || net.desktop[first as usize].1.is_before(net.desktop[second as usize].0)
        };
        let mut next = Links::new(count);
        let mut previous = Links::new(count);
        for &(from, to) in &net.relations {
            next.put(from, to)?;
            previous.put(to, from)?;
        }
        let mut incoming = vec![Vec::new(); net.stations.len()];
        let mut outgoing = vec![Vec::new(); net.stations.len()];
        // Stations in the order in which a delivery first went to them, or left them.
        let (mut receiving, mut sending) = (Vec::new(), Vec::new());
        for delivery in 0..count as u32 {
            for (lists, order, station) in [
                (&mut incoming, &mut receiving, net.recipient[delivery as usize]),
                (&mut outgoing, &mut sending, net.supplier[delivery as usize]),
            ] {
                let list: &mut Vec<u32> = &mut lists[station as usize];
                if list.is_empty() {
                    order.push(station);
                }
                list.push(delivery);
            }
        }
        let crossed = &parameters.station_cross_contamination;
        for station in Net::chosen(&net.station_index, crossed) {
            for &first in &incoming[station as usize] {
                for &second in &outgoing[station as usize] {
                    if first != second && before(first, second) {
                        previous.put(second, first)?;
                        next.put(first, second)?;
                    }
                }
            }
        }
        let crossed = &parameters.delivery_cross_contamination;
        let crossed = Net::chosen(&net.delivery_index, crossed);
        for &first in &crossed {
            for &second in &crossed {
                if first == second
                    || net.recipient[first as usize] != net.recipient[second as usize]
                {
                    continue;
                }
                for (giver, taker) in [(first, second), (second, first)] {
                    let outs = next.lists[giver as usize].clone();
                    for out in outs {
                        if before(taker, out) {
                            previous.put(out, taker)?;
                            next.put(taker, out)?;
                        }
                    }
                }
            }
        }
        let (mut next, mut previous) = (next.lists, previous.lists);
        for station in Net::chosen(&net.station_index, &parameters.station_kill) {
            for &delivery in &incoming[station as usize] {
                next[delivery as usize].clear();
            }
            for &delivery in &outgoing[station as usize] {
                previous[delivery as usize].clear();
            }
            outgoing[station as usize].clear();
        }
        for delivery in Net::chosen(&net.delivery_index, &parameters.delivery_kill) {
            for after in std::mem::take(&mut next[delivery as usize]) {
                previous[after as usize].retain(|before| *before != delivery);
            }
            let recipient = net.recipient[delivery as usize];
            incoming[recipient as usize].retain(|other| *other != delivery);
        }
        let scored: Vec<_> = incoming
            .iter()
            .zip(&outgoing)
            .map(|(incoming, outgoing)| !(incoming.is_empty() && outgoing.is_empty()))
            .collect();
        let weights = Weights::desktop(net, parameters);
        let mut order: Vec<u32> =
            receiving.into_iter().filter(|s| !incoming[*s as usize].is_empty()).collect();
        order.extend(sending.into_iter().filter(|station| {
            incoming[*station as usize].is_empty() && !outgoing[*station as usize].is_empty()
        }));
        let mut starts: Vec<u32> = Vec::new();
        for station in &order {
            starts.extend(&outgoing[*station as usize]);
        }
        if weights.whole() != 0.0 {
            for (_, lots) in lots_by_sender(net) {
                for lot in lots {
                    starts.extend(&net.lots[lot as usize]);
                }
            }
        }
        starts.extend(0..count as u32);
        let mut entries = 0;
        let forward = remember(&next, starts, &mut entries)?;
        let mut starts: Vec<u32> = Vec::new();
        for station in &order {
            starts.extend(&incoming[*station as usize]);
        }
        starts.extend(0..count as u32);
        let backward = remember(&previous, starts, &mut entries)?;
        let (killed_stations, killed_deliveries) = (
            Net::flags(&net.station_index, net.stations.len(), &parameters.station_kill),
            Net::flags(&net.delivery_index, count, &parameters.delivery_kill),
        );
        Ok(Self {
            weights,
            next,
            incoming,
            outgoing,
            scored,
            killed_stations,
            killed_deliveries,
            forward,
            backward,
        })
    }

    pub(super) fn scores(&self, net: &Net) -> Raw {
        let mut seen = Seen::new(net);
        let mut raw = Raw {
            stations: vec![Share::default(); net.stations.len()],
            max_lot: vec![None; net.stations.len()],
            ..Raw::default()
        };
        for station in 0..net.stations.len() {
            if !self.scored[station] {
                continue;
            }
            seen.next();
            let mut sums = Share::default();
            sums.add(self.weights.stations[station]);
            for &out in &self.outgoing[station] {
                self.add_stations(net, out, &mut seen, &mut sums);
            }
            for &out in &self.outgoing[station] {
                self.add_deliveries(out, &mut seen, &mut sums);
            }
            raw.stations[station] = self.weights.share(sums);
        }
        for delivery in 0..net.deliveries.len() as u32 {
            seen.next();
            let mut sums = Share::default();
            sums.add(self.weights.deliveries[delivery as usize]);
            self.add_stations(net, delivery, &mut seen, &mut sums);
            for after in &self.forward[delivery as usize] {
                sums.add(self.weights.deliveries[*after as usize]);
            }
            raw.deliveries.push(self.weights.share(sums));
        }
        let lots: Vec<_> = net.lots.iter().map(|lot| self.lot_score(net, lot, &mut seen)).collect();
        raw.lot = net.lot_of.iter().map(|lot| lot.map(|lot| lots[lot as usize])).collect();
        for (station, sent) in lots_by_sender(net) {
            let best = sent.iter().map(|lot| lots[*lot as usize]);
            raw.max_lot[station as usize] = best.reduce(f64::max);
        }
        raw
    }

    /// Stations ahead of a delivery: its recipient unless it is killed; those of what follows
    /// whether that is killed or not.
    fn add_stations(&self, net: &Net, delivery: u32, seen: &mut Seen, sums: &mut Share) {
        let first = (!self.killed_deliveries[delivery as usize]).then_some(delivery);
        for after in first.iter().chain(&self.forward[delivery as usize]) {
            let station = net.recipient[*after as usize];
            if seen.station(station) {
                sums.add(self.weights.stations[station as usize]);
            }
        }
    }

    fn add_deliveries(&self, delivery: u32, seen: &mut Seen, sums: &mut Share) {
        for after in std::iter::once(&delivery).chain(&self.forward[delivery as usize]) {
            if seen.delivery(*after) {
                sums.add(self.weights.deliveries[*after as usize]);
            }
        }
    }

    fn lot_score(&self, net: &Net, lot: &[u32], seen: &mut Seen) -> f64 {
        seen.next();
        let mut sums = Share::default();
        for &delivery in lot {
            self.add_stations(net, delivery, seen, &mut sums);
        }
        for &delivery in lot {
            for &after in &self.next[delivery as usize] {
                if after != delivery {
                    self.add_deliveries(after, seen, &mut sums);
                }
            }
        }
        self.weights.share(sums).score
    }

    pub(super) fn mark_station(&self, net: &Net, station: u32, way: Way, marks: &mut Marks) {
        let lists = match way {
            Way::Forward => &self.outgoing,
            Way::Backward => &self.incoming,
        };
        for &delivery in &lists[station as usize] {
            marks.deliveries[delivery as usize] = true;
            self.mark_delivery(net, delivery, way, marks);
        }
    }

    pub(super) fn mark_delivery(&self, net: &Net, delivery: u32, way: Way, marks: &mut Marks) {
        let (sets, ends) = match way {
            Way::Forward => (&self.forward, &net.recipient),
            Way::Backward => (&self.backward, &net.supplier),
        };
        let end = ends[delivery as usize];
        let open = match way {
            Way::Forward => !self.killed_deliveries[delivery as usize],
            Way::Backward => !self.killed_stations[end as usize],
        };
        if open {
            marks.stations[end as usize] = true;
        }
        for other in &sets[delivery as usize] {
            marks.deliveries[*other as usize] = true;
            marks.stations[ends[*other as usize] as usize] = true;
        }
    }
}

/// The lots each station sent, both in the order of the deliveries.
fn lots_by_sender(net: &Net) -> Vec<(u32, Vec<u32>)> {
    let mut place = vec![usize::MAX; net.stations.len()];
    let mut lists: Vec<(u32, Vec<u32>)> = Vec::new();
    let mut seen = HashSet::new();
    for (sender, lot) in net.sender.iter().zip(&net.lot_of) {
        let Some(lot) = *lot else { continue };
        let at = &mut place[*sender as usize];
        if *at == usize::MAX {
            *at = lists.len();
            lists.push((*sender, Vec::new()));
        }
        if seen.insert((*sender, lot)) {
            lists[*at].1.push(lot);
        }
    }
    lists
}

/// What was met in one sum.
struct Seen {
    stations: Vec<u32>,
    deliveries: Vec<u32>,
    now: u32,
}

impl Seen {
    fn new(net: &Net) -> Self {
        Self {
            stations: vec![0; net.stations.len()],
            deliveries: vec![0; net.deliveries.len()],
            now: 0,
        }
    }

    fn next(&mut self) {
        self.now += 1;
    }

    fn station(&mut self, station: u32) -> bool {
        std::mem::replace(&mut self.stations[station as usize], self.now) != self.now
    }

    fn delivery(&mut self, delivery: u32) -> bool {
        std::mem::replace(&mut self.deliveries[delivery as usize], self.now) != self.now
    }
}

struct Frame {
    node: u32,
    at: usize,
    /// What its set holds.
    held: HashSet<u32>,
    /// The one whose set is to be added when it is done.
    waiting: Option<u32>,
}

impl Frame {
    fn new(node: u32) -> Self {
        Self { node, at: 0, held: HashSet::new(), waiting: None }
    }
}

/// The set of every delivery as a recursion that remembers sets from the moment it begins them:
/// each link adds its end and the end's set as it is by then. A stack stands for the recursion.
fn remember(
    links: &[Vec<u32>],
    starts: Vec<u32>,
    entries: &mut usize,
) -> Result<Vec<Vec<u32>>, Error> {
    let mut sets: Vec<Vec<u32>> = vec![Vec::new(); links.len()];
    let mut begun = vec![false; links.len()];
    let mut stack: Vec<Frame> = Vec::new();
    for start in starts {
        if std::mem::replace(&mut begun[start as usize], true) {
            continue;
        }
        stack.push(Frame::new(start));
        while let Some(frame) = stack.last_mut() {
            let node = frame.node as usize;
            let mut set = std::mem::take(&mut sets[node]);
            let before = set.len();
            if let Some(done) = frame.waiting.take() {
                add(&mut set, &mut frame.held, &sets[done as usize]);
            }
            let mut deeper = None;
            while let Some(&next) = links[node].get(frame.at) {
                frame.at += 1;
                if next == frame.node {
                    continue;
                }
                add(&mut set, &mut frame.held, &[next]);
                if std::mem::replace(&mut begun[next as usize], true) {
                    add(&mut set, &mut frame.held, &sets[next as usize]);
                } else {
                    frame.waiting = Some(next);
                    deeper = Some(next);
                    break;
                }
            }
            *entries += set.len() - before;
            sets[node] = set;
            if *entries > ENTRIES {
                return Err(too_large("deliveries in the traces it remembers", ENTRIES));
            }
            match deeper {
                Some(next) => stack.push(Frame::new(next)),
                None => {
                    stack.pop();
                }
            }
        }
    }
    Ok(sets)
}

fn add(set: &mut Vec<u32>, held: &mut HashSet<u32>, more: &[u32]) {
    for &delivery in more {
        if held.insert(delivery) {
            set.push(delivery);
        }
    }
}
