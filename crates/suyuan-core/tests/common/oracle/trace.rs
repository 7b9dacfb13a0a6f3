//! Forward and backward traces by repeated sweeps over all links (sections 3 to 5).

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::model::Hazard;
use suyuan_core::text::fold_name;
use suyuan_core::time::Minute;

use super::world::{Link, Making, Stock, Via, World};

/// What a trace may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) as_of: Minute,
    pub(crate) hazard: Option<Hazard>,
    /// Minutes.
    pub(crate) carry_over: Option<i32>,
    pub(crate) certain_only: bool,
}

impl Rules {
    pub(crate) fn as_of(as_of: Minute) -> Self {
        Self { as_of, hazard: None, carry_over: None, certain_only: false }
    }
}

/// One stock of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) minute: Minute,
    pub(crate) recorded: bool,
    pub(crate) hops: u32,
}

/// A forward trace: `since`, and which transformations carry-over affects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forward {
    pub(crate) since: BTreeMap<Stock, Minute>,
    pub(crate) windows: BTreeSet<Window>,
}

/// Affected material entered `entered` at `at`, so that `left` is affected too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    pub(crate) entered: String,
    pub(crate) at: Minute,
    pub(crate) left: String,
}

impl World {
    /// Whether a transformation passes nothing of the hazard on: it names a process, and every
    /// process it names inactivates the class. The table is the engine's documented default.
    pub(crate) fn kills(&self, code: &str, rules: &Rules) -> bool {
        let known = ["pasteurisation", "uht", "巴氏杀菌"];
        let processes = &self.makings[code].processes;
        rules.hazard == Some(Hazard::Biological)
            && !processes.is_empty()
            && processes.iter().all(|name| known.contains(&fold_name(name).as_ref()))
    }

    /// Whether a link may be followed at all, whatever the time at its source.
    pub(crate) fn follows(&self, link: &Link, rules: &Rules) -> bool {
        let killed = matches!(&link.via, Via::Transformation(code) if self.kills(code, rules));
        link.begins <= rules.as_of && !killed && (link.certain || !rules.certain_only)
    }

    /// The earliest minute at which affected material can have entered a transformation.
    fn entry(
        &self,
        code: &str,
        making: &Making,
        since: &BTreeMap<Stock, Minute>,
    ) -> Option<Minute> {
        let via = Via::Transformation(code.to_owned());
        let entering = making.inputs.keys().filter_map(|stock| {
            let since = *since.get(stock)?;
            let could = self.gone_by[&(stock.clone(), via.clone())] >= since;
            could.then_some(since.max(making.hull.earliest))
        });
        entering.min()
    }

    /// The windows that a set of affected stocks opens.
    fn windows(&self, since: &BTreeMap<Stock, Minute>, rules: &Rules) -> BTreeSet<Window> {
        let mut windows = BTreeSet::new();
        let Some(length) = rules.carry_over.filter(|_| !rules.certain_only) else {
            return windows;
        };
        for (entered, making) in &self.makings {
            if making.hull.earliest > rules.as_of {
                continue;
            }
            let Some(at) = self.entry(entered, making, since) else {
                continue;
            };
            for (left, other) in &self.makings {
                let begun = other.hull.earliest <= rules.as_of;
                let shared = making.operators().intersection(&other.operators()).any(|operator| {
                    let closes = self.closes(operator, at, length);
                    other.hull.earliest <= closes && other.hull.latest >= at
                });
                if left != entered && begun && shared {
                    windows.insert(Window { entered: entered.clone(), at, left: left.clone() });
                }
            }
        }
        windows
    }

    /// When a window that opens at an operator closes: after its length or at the next cleaning;
    /// never where nobody knows when it opened.
    fn closes(&self, operator: &str, at: Minute, length: i32) -> Minute {
        if at == Minute::UNBOUNDED_PAST {
            return Minute::UNBOUNDED_FUTURE;
        }
        let here = self.cleanings.iter().filter(|(code, _)| code == operator);
        let next = here.filter(|(_, when)| when.earliest > at).map(|(_, when)| when.latest);
        next.min().unwrap_or(Minute::UNBOUNDED_FUTURE).min(at.plus(length))
    }

    /// The least fixed point of section 3 for given carry-over windows.
    fn sweep(
        &self,
        seeds: &[(Stock, Minute)],
        windows: &BTreeSet<Window>,
        rules: &Rules,
    ) -> BTreeMap<Stock, Minute> {
        let mut since: BTreeMap<Stock, Minute> = BTreeMap::new();
        loop {
            let mut offers: Vec<(Stock, Minute)> = seeds.to_vec();
            for link in self.links.iter().filter(|link| self.follows(link, rules)) {
                if let Some(from) = since.get(&link.from).filter(|from| link.gone_by >= **from) {
                    offers.push((link.to.clone(), link.arrives.max(*from)));
                }
            }
            for window in windows {
                let other = &self.makings[&window.left];
                let minute = window.at.max(other.hull.earliest);
                offers.extend(other.outputs.keys().map(|stock| (stock.clone(), minute)));
            }
            let mut next = since.clone();
            for (stock, minute) in offers {
                let earliest = next.entry(stock).or_insert(minute);
                *earliest = minute.min(*earliest);
            }
            if next == since {
                return since;
            }
            since = next;
        }
    }

    /// `since` of every stock reached. What a window adds is never earlier than its opening, so
    /// that windows are taken in the order of time: of those that the stocks reached so far open
    /// the earliest, and everything again from scratch.
    pub(crate) fn forward(&self, seeds: &[(Stock, Minute)], rules: &Rules) -> Forward {
        let mut windows = BTreeSet::new();
        loop {
            let since = self.sweep(seeds, &windows, rules);
            let open = self.windows(&since, rules);
            assert!(open.is_superset(&windows), "an earlier window closed");
            let Some(at) = open.difference(&windows).map(|window| window.at).min() else {
                return Forward { since, windows };
            };
            windows.extend(open.into_iter().filter(|window| window.at == at));
        }
    }

    /// The fewest links over which the stocks attain their `since`.
    fn forward_hops(
        &self,
        seeds: &[(Stock, Minute)],
        trace: &Forward,
        rules: &Rules,
    ) -> BTreeMap<Stock, u32> {
        let since = &trace.since;
        let mut steps: Vec<(&Stock, &Stock)> = Vec::new();
        for link in self.links.iter().filter(|link| self.follows(link, rules)) {
            if let Some(from) = since.get(&link.from).filter(|from| link.gone_by >= **from)
                && link.arrives.max(*from) == since[&link.to]
            {
                steps.push((&link.from, &link.to));
            }
        }
        for window in &trace.windows {
            let via = Via::Transformation(window.entered.clone());
            let entered = &self.makings[&window.entered];
            let left = &self.makings[&window.left];
            for from in entered.inputs.keys() {
                let gives = since.get(from).is_some_and(|minute| {
                    self.gone_by[&(from.clone(), via.clone())] >= *minute
                        && entered.hull.earliest.max(*minute) == window.at
                });
                for to in left.outputs.keys().filter(|_| gives) {
                    if since[to] == window.at.max(left.hull.earliest) {
                        steps.push((from, to));
                    }
                }
            }
        }
        let starts = seeds.iter().filter(|(stock, start)| since[stock] == *start);
        count_hops(starts.map(|(stock, _)| stock.clone()).collect(), &steps)
    }

    /// Stocks that a record shows by the as-of, and the ends of the trace.
    fn listed(&self, stock: &Stock, ends: &[(Stock, Minute)], rules: &Rules) -> bool {
        self.begun(stock) <= rules.as_of || ends.iter().any(|(end, _)| end == stock)
    }

    /// The forward trace with certainty and hops, as an answer lists it.
    pub(crate) fn forward_rows(
        &self,
        seeds: &[(Stock, Minute)],
        rules: &Rules,
    ) -> (BTreeMap<Stock, Reached>, Forward) {
        let trace = self.forward(seeds, rules);
        let certain = Rules { certain_only: true, carry_over: None, ..*rules };
        let certain = self.forward(seeds, &certain).since;
        let hops = self.forward_hops(seeds, &trace, rules);
        let listed = trace.since.iter().filter(|(stock, _)| self.listed(stock, seeds, rules));
        let rows = listed.map(|(stock, minute)| {
            let row = Reached {
                minute: *minute,
                recorded: certain.contains_key(stock),
                hops: hops[stock],
            };
            (stock.clone(), row)
        });
        (rows.collect(), trace)
    }

    /// `until` of every stock reached (section 4).
    pub(crate) fn backward(
        &self,
        targets: &[(Stock, Minute)],
        rules: &Rules,
    ) -> BTreeMap<Stock, Minute> {
        let mut until: BTreeMap<Stock, Minute> = BTreeMap::new();
        loop {
            let mut next = until.clone();
            let mut offer = |stock: &Stock, minute: Minute| {
                let latest = next.entry(stock.clone()).or_insert(minute);
                *latest = minute.max(*latest);
            };
            for (stock, minute) in targets {
                offer(stock, *minute);
            }
            for link in self.links.iter().filter(|link| self.follows(link, rules)) {
                if let Some(to) = until.get(&link.to).filter(|to| link.arrives <= **to) {
                    offer(&link.from, link.gone_by.min(*to));
                }
            }
            if next == until {
                return until;
            }
            until = next;
        }
    }

    /// The backward trace with certainty and hops, as an answer lists it.
    pub(crate) fn backward_rows(
        &self,
        targets: &[(Stock, Minute)],
        rules: &Rules,
    ) -> BTreeMap<Stock, Reached> {
        let until = self.backward(targets, rules);
        let certain = Rules { certain_only: true, ..*rules };
        let certain = self.backward(targets, &certain);
        let mut steps: Vec<(&Stock, &Stock)> = Vec::new();
        for link in self.links.iter().filter(|link| self.follows(link, rules)) {
            if let Some(to) = until.get(&link.to).filter(|to| link.arrives <= **to)
                && link.gone_by.min(*to) == until[&link.from]
            {
                steps.push((&link.to, &link.from));
            }
        }
        let starts = targets.iter().filter(|(stock, own)| until[stock] == *own);
        let hops = count_hops(starts.map(|(stock, _)| stock.clone()).collect(), &steps);
        let listed = until.iter().filter(|(stock, _)| self.listed(stock, targets, rules));
        let rows = listed.map(|(stock, minute)| {
            let row = Reached {
                minute: *minute,
                recorded: certain.contains_key(stock),
                hops: hops[stock],
            };
            (stock.clone(), row)
        });
        rows.collect()
    }

    /// Everything that links lead to from a stock, whatever their dates; the stock itself only
    /// where it lies on a cycle.
    pub(crate) fn untimed_closure(&self, start: &Stock) -> BTreeSet<Stock> {
        let mut closure: BTreeSet<Stock> = BTreeSet::new();
        loop {
            let before = closure.len();
            for link in &self.links {
                if link.from == *start || closure.contains(&link.from) {
                    closure.insert(link.to.clone());
                }
            }
            if closure.len() == before {
                return closure;
            }
        }
    }
}

/// Breadth first from the starts.
pub(crate) fn count_hops(
    starts: BTreeSet<Stock>,
    steps: &[(&Stock, &Stock)],
) -> BTreeMap<Stock, u32> {
    let mut hops: BTreeMap<Stock, u32> = starts.into_iter().map(|stock| (stock, 0)).collect();
    for round in 1.. {
        let before = hops.len();
        for (from, to) in steps {
            if hops.get(*from).is_some_and(|count| *count < round) && !hops.contains_key(*to) {
                hops.insert((*to).clone(), round);
            }
        }
        if hops.len() == before {
            break;
        }
    }
    hops
}
