//! Contamination in exact fractions (section 6).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use num_traits::{One, Zero};
use suyuan_core::quantity::Unit;
use suyuan_core::time::Minute;

use super::flows::{Inflow, Origin, Outflow, intake_by};
use super::linear::{Sum, System, least_solution};
use super::quantity::{Num, Quantity, exceeds, plain_unit, unit_size};
use super::trace::{Forward, Rules};
use super::world::{Stock, Via, World};

/// An unknown of the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unknown {
    /// The share of a stock's intake by a minute.
    Share(Stock, Minute),
    /// The largest input share of a transformation.
    Largest(String),
}

/// Contaminated and known intake of a stock, and the contaminated goods on the road to it.
type Sums = ((Sum<Unknown>, Num), Sum<Unknown>);

/// What kind of system the shares of a recall form.
pub(crate) struct Shape {
    pub(crate) unknowns: usize,
    pub(crate) cyclic: bool,
    pub(crate) largest: bool,
}

/// What the engine must report of one stock.
#[derive(Clone, Debug)]
pub(crate) struct Estimate {
    pub(crate) share: Num,
    pub(crate) expected: Num,
    pub(crate) max: Num,
    pub(crate) in_transit: Num,
}

/// The affected stocks with their flows, and the rules that affected them.
pub(crate) struct Situation<'w> {
    world: &'w World,
    rules: Rules,
    since: BTreeMap<Stock, Minute>,
    seeds: BTreeSet<Stock>,
    /// Transformations that carry-over affects.
    carried: BTreeSet<String>,
    inflows: BTreeMap<Stock, Vec<Inflow>>,
    outflows: BTreeMap<Stock, Vec<Outflow>>,
}

impl<'w> Situation<'w> {
    pub(crate) fn new(
        world: &'w World,
        rules: Rules,
        seeds: &[(Stock, Minute)],
        trace: &Forward,
    ) -> Self {
        let stocks = || world.stocks.iter().cloned();
        Self {
            world,
            rules,
            since: trace.since.clone(),
            seeds: seeds.iter().map(|(stock, _)| stock.clone()).collect(),
            carried: trace.windows.iter().map(|window| window.left.clone()).collect(),
            inflows: stocks().map(|s| (s.clone(), world.inflows(&s))).collect(),
            outflows: stocks().map(|s| (s.clone(), world.outflows(&s))).collect(),
        }
    }

    /// The last minute an outflow can have left by, unknown where it contradicts the records.
    fn gone_by(&self, stock: &Stock, outflow: &Outflow) -> Minute {
        let known = outflow.via.clone().map(|via| self.world.gone_by[&(stock.clone(), via)]);
        known.unwrap_or(outflow.departs.latest)
    }

    fn outflow(&self, stock: &Stock, via: &Via) -> &Outflow {
        let found = self.outflows[stock].iter().find(|o| o.via.as_ref() == Some(via));
        found.unwrap()
    }

    /// Whether an outflow could carry contamination.
    fn carries(&self, stock: &Stock, outflow: &Outflow) -> bool {
        outflow.begins <= self.rules.as_of
            && self.since.get(stock).is_some_and(|since| self.gone_by(stock, outflow) >= *since)
    }

    /// Whether the records do not add up at an outflow, so that it is wholly contaminated. An
    /// intake of which only clean parts are unknown is taken as what is known of it; one of which
    /// an affected part is unknown bounds nothing.
    fn is_worst(&self, stock: &Stock, outflow: &Outflow) -> bool {
        let contradicts = outflow
            .via
            .clone()
            .is_some_and(|via| self.world.contradicting.contains(&(stock.clone(), via)));
        let by = outflow.departs.latest;
        let intake = intake_by(&self.inflows[stock], by.min(self.rules.as_of));
        let left = self.outflows[stock]
            .iter()
            .filter(|o| o.begins <= self.rules.as_of && o.departs.latest <= by);
        let left = Quantity::sum(left.map(|outflow| &outflow.quantity));
        let too_much = intake.complete && exceeds(&left.known, &intake.known);
        let unbounded = self.is_forced(stock, by.min(self.rules.as_of));
        contradicts || too_much || unbounded || intake.known.is_zero()
    }

    fn inputs_that_carry(&self, code: &str) -> Vec<Stock> {
        let via = Via::Transformation(code.to_owned());
        let inputs = self.world.makings[code].inputs.keys();
        let carrying = inputs.filter(|stock| self.carries(stock, self.outflow(stock, &via)));
        carrying.cloned().collect()
    }

    fn is_affected(&self, to: &Stock, inflow: &Inflow) -> bool {
        if self.seeds.contains(to) {
            return true;
        }
        match &inflow.origin {
            Origin::Own | Origin::Gain => false,
            Origin::Link(via @ Via::Shipment(index)) => {
                let from = &self.world.consignments[*index].from;
                self.carries(from, self.outflow(from, via))
            }
            Origin::Link(Via::Transformation(code)) => {
                self.carried.contains(code)
                    || (!self.world.kills(code, &self.rules)
                        && !self.inputs_that_carry(code).is_empty())
            }
            Origin::Link(Via::Inferred) => {
                self.since.keys().any(|other| other.0 == to.0 && other != to)
            }
        }
    }

    /// Whether an affected inflow of unknown quantity arrived by a minute.
    fn is_forced(&self, stock: &Stock, by: Minute) -> bool {
        self.inflows[stock].iter().any(|inflow| {
            inflow.arrives <= by && !inflow.quantity.complete && self.is_affected(stock, inflow)
        })
    }

    /// The fraction of an outflow that is contaminated.
    fn outflow_share(&self, stock: &Stock, outflow: &Outflow) -> Sum<Unknown> {
        if !self.carries(stock, outflow) {
            Sum::zero()
        } else if self.is_worst(stock, outflow) {
            Sum::one()
        } else {
            let by = self.gone_by(stock, outflow).min(self.rules.as_of);
            Sum::unknown(Unknown::Share(stock.clone(), by))
        }
    }

    /// The fraction of an inflow that is contaminated.
    fn inflow_share(&self, to: &Stock, inflow: &Inflow) -> Sum<Unknown> {
        if self.seeds.contains(to) {
            return Sum::one();
        }
        if !self.is_affected(to, inflow) {
            return Sum::zero();
        }
        match &inflow.origin {
            Origin::Own | Origin::Gain | Origin::Link(Via::Inferred) => Sum::one(),
            Origin::Link(via @ Via::Shipment(index)) => {
                let from = &self.world.consignments[*index].from;
                self.outflow_share(from, self.outflow(from, via))
            }
            Origin::Link(Via::Transformation(code)) => {
                if self.carried.contains(code) {
                    Sum::one()
                } else if let Some(weights) = self.weights(code) {
                    let mut mean = Sum::zero();
                    let total = weights.iter().fold(Num::zero(), |sum, (_, w)| sum + w);
                    for (share, weight) in &weights {
                        mean.add(share, &(weight / &total));
                    }
                    mean
                } else {
                    Sum::unknown(Unknown::Largest(code.clone()))
                }
            }
        }
    }

    fn input_shares(&self, code: &str) -> Vec<Sum<Unknown>> {
        let via = Via::Transformation(code.to_owned());
        let inputs = self.world.makings[code].inputs.keys();
        inputs.map(|stock| self.outflow_share(stock, self.outflow(stock, &via))).collect()
    }

    /// The share and the quantity of each input; `None` where they cannot be added.
    fn weights(&self, code: &str) -> Option<Vec<(Sum<Unknown>, Num)>> {
        let quantities = self.plain_quantities(&self.world.makings[code].inputs)?;
        Some(self.input_shares(code).into_iter().zip(quantities.1).collect())
    }

    /// Quantities in kg, L, pcs or one word of packing, all known and of one kind.
    fn plain_quantities(&self, lines: &BTreeMap<Stock, Quantity>) -> Option<(Unit, Vec<Num>)> {
        let mut kinds = BTreeSet::new();
        let mut plain = Vec::new();
        for (stock, quantity) in lines {
            let unit = self.world.units[&stock.0].filter(|_| quantity.complete)?;
            kinds.insert(plain_unit(unit));
            plain.push(&quantity.known * unit_size(unit));
        }
        let kind = *kinds.first()?;
        (kinds.len() == 1).then_some((kind, plain))
    }

    /// Contaminated intake by a minute, and the known intake by then.
    fn contaminated(&self, stock: &Stock, by: Minute) -> (Sum<Unknown>, Num) {
        let known = intake_by(&self.inflows[stock], by).known;
        let mut sum = Sum::zero();
        if self.is_forced(stock, by) {
            sum.constant = known.clone();
        } else {
            for inflow in self.inflows[stock].iter().filter(|inflow| inflow.arrives <= by) {
                sum.add(&self.inflow_share(stock, inflow), &inflow.quantity.known);
            }
        }
        (sum, known)
    }

    fn equation(&self, unknown: &Unknown) -> Vec<Sum<Unknown>> {
        match unknown {
            Unknown::Largest(code) => self.input_shares(code),
            Unknown::Share(stock, by) => {
                if self.is_forced(stock, *by) {
                    return vec![Sum::one()];
                }
                let (contaminated, known) = self.contaminated(stock, *by);
                let mut share = Sum::zero();
                share.add(&contaminated, &(Num::one() / known));
                vec![share]
            }
        }
    }

    /// Contaminated goods on the road to a stock.
    fn on_the_road(&self, stock: &Stock) -> Sum<Unknown> {
        let mut sum = Sum::zero();
        for inflow in &self.inflows[stock] {
            let Origin::Link(Via::Shipment(index)) = &inflow.origin else {
                continue;
            };
            let departed = self.world.consignments[*index].departs.earliest <= self.rules.as_of;
            if departed && inflow.arrives > self.rules.as_of {
                sum.add(&self.inflow_share(stock, inflow), &inflow.quantity.known);
            }
        }
        sum
    }

    /// Contaminated and known intake of every affected stock, and what is on the road to it.
    fn sums(&self) -> BTreeMap<&Stock, Sums> {
        let stocks = self.since.keys();
        let of = |stock| (self.contaminated(stock, self.rules.as_of), self.on_the_road(stock));
        stocks.map(|stock| (stock, of(stock))).collect()
    }

    /// The equations of every share that the sums need.
    fn system(&self, sums: &BTreeMap<&Stock, Sums>) -> System<Unknown> {
        let mut system: System<Unknown> = BTreeMap::new();
        let parts = sums.values().flat_map(|(sum, road)| [&sum.0, road]);
        let mut asked: Vec<Unknown> = parts.flat_map(|sum| sum.terms.keys().cloned()).collect();
        while let Some(unknown) = asked.pop() {
            if let Entry::Vacant(place) = system.entry(unknown) {
                let options = self.equation(place.key());
                asked.extend(options.iter().flat_map(|sum| sum.terms.keys().cloned()));
                place.insert(options);
            }
        }
        system
    }

    /// What kind of system the shares form.
    pub(crate) fn shape(&self) -> Shape {
        let system = self.system(&self.sums());
        let mut uses: BTreeSet<(&Unknown, &Unknown)> = BTreeSet::new();
        for (unknown, options) in &system {
            let terms = options.iter().flat_map(|sum| sum.terms.keys());
            uses.extend(terms.map(|term| (unknown, term)));
        }
        // Drop unknowns that use none that is left; only cycles and what leads to them stay.
        loop {
            let before = uses.len();
            let users: BTreeSet<&Unknown> = uses.iter().map(|(user, _)| *user).collect();
            uses.retain(|(_, used)| users.contains(used));
            if uses.len() == before {
                break;
            }
        }
        Shape {
            unknowns: system.len(),
            cyclic: !uses.is_empty(),
            largest: system.keys().any(|unknown| matches!(unknown, Unknown::Largest(_))),
        }
    }

    /// The estimates of every affected stock.
    pub(crate) fn estimate(&self) -> BTreeMap<Stock, Estimate> {
        let as_of = self.rules.as_of;
        let sums = self.sums();
        let solution = least_solution(&self.system(&sums));
        let expected =
            sums.iter().map(|(stock, ((sum, _), _))| ((*stock).clone(), sum.value(&solution)));
        let expected: BTreeMap<Stock, Num> = expected.collect();
        let largest = self.maxima(&expected);
        let estimates = sums.iter().map(|(stock, ((_, known), road))| {
            let share = if self.is_forced(stock, as_of) || known.is_zero() {
                Num::one()
            } else {
                &expected[*stock] / known
            };
            let estimate = Estimate {
                share,
                expected: expected[*stock].clone(),
                max: largest[*stock].clone(),
                in_transit: road.value(&solution),
            };
            ((*stock).clone(), estimate)
        });
        estimates.collect()
    }

    /// Stocks on a cycle of affected links.
    fn on_cycles(&self) -> BTreeSet<Stock> {
        let links = self.world.links.iter().filter(|link| {
            let since = self.since.get(&link.from);
            self.world.follows(link, &self.rules)
                && since.is_some_and(|since| link.gone_by >= *since)
        });
        let steps: BTreeSet<(&Stock, &Stock)> = links.map(|link| (&link.from, &link.to)).collect();
        let mut reach = steps.clone();
        loop {
            let mut next = reach.clone();
            for (from, over) in &reach {
                let onward = steps.iter().filter(|(start, _)| start == over);
                next.extend(onward.map(|(_, to)| (*from, *to)));
            }
            if next == reach {
                break;
            }
            reach = next;
        }
        let cycles = reach.into_iter().filter(|(from, to)| from == to);
        cycles.map(|(stock, _)| stock.clone()).collect()
    }

    fn maxima(&self, expected: &BTreeMap<Stock, Num>) -> BTreeMap<Stock, Num> {
        let as_of = self.rules.as_of;
        let cycles = self.on_cycles();
        let mut maxima: BTreeMap<Stock, Num> = BTreeMap::new();
        for stock in self.since.keys() {
            maxima.insert(stock.clone(), Num::zero());
        }
        loop {
            let mut next = BTreeMap::new();
            for stock in self.since.keys() {
                let intake = intake_by(&self.inflows[stock], as_of).known;
                let full = self.seeds.contains(stock)
                    || cycles.contains(stock)
                    || self.is_forced(stock, as_of);
                let max = if full {
                    intake
                } else {
                    let arrived = self.inflows[stock].iter().filter(|f| f.arrives <= as_of);
                    let sum = arrived.map(|inflow| self.carried_at_most(stock, inflow, &maxima));
                    let sum = sum.fold(Num::zero(), |sum, part| sum + part);
                    intake.min(sum).max(expected[stock].clone())
                };
                next.insert(stock.clone(), max);
            }
            if next == maxima {
                return maxima;
            }
            maxima = next;
        }
    }

    fn leaves_at_most(&self, from: &Stock, via: &Via, maxima: &BTreeMap<Stock, Num>) -> Num {
        let outflow = self.outflow(from, via);
        let quantity = outflow.quantity.known.clone();
        if !self.carries(from, outflow) {
            Num::zero()
        } else if self.is_worst(from, outflow) {
            quantity
        } else {
            quantity.min(maxima[from].clone())
        }
    }

    fn carried_at_most(&self, to: &Stock, inflow: &Inflow, maxima: &BTreeMap<Stock, Num>) -> Num {
        if !self.is_affected(to, inflow) {
            return Num::zero();
        }
        let quantity = inflow.quantity.known.clone();
        match &inflow.origin {
            Origin::Own | Origin::Gain | Origin::Link(Via::Inferred) => quantity,
            Origin::Link(via @ Via::Shipment(index)) => {
                self.leaves_at_most(&self.world.consignments[*index].from, via, maxima)
            }
            Origin::Link(Via::Transformation(code)) if self.carried.contains(code) => quantity,
            Origin::Link(via @ Via::Transformation(code)) => {
                let making = &self.world.makings[code];
                let sides =
                    (self.plain_quantities(&making.inputs), self.plain_quantities(&making.outputs));
                let (Some((came, inputs)), Some((went, outputs))) = sides else {
                    return quantity;
                };
                if came != went {
                    return quantity;
                }
                let total = |parts: &[Num]| parts.iter().fold(Num::zero(), |sum, part| sum + part);
                let gain = (total(&outputs) / total(&inputs)).max(Num::one());
                let size = |stock: &Stock| unit_size(self.world.units[&stock.0].unwrap());
                let carried = making.inputs.keys().fold(Num::zero(), |sum, from| {
                    sum + self.leaves_at_most(from, via, maxima) * size(from)
                });
                quantity.min(gain * carried / size(to))
            }
        }
    }
}
