//! All that a case can have come from, and which share of each stock came to it.

use hashbrown::HashMap;

use super::super::{Target, TraceOptions, Tracer};
use crate::chain::{Outflow, OutflowTo, SupplyChain};
use crate::error::Error;
use crate::id::{OperatorId, StockId, TransformationId};
use crate::numeric::shares::{Equation, solve};
use crate::time::Minute;

/// The part of a stock that an inferred link takes at least, where nothing is left for it.
const LEAST_INFERRED: f64 = 0.01;

/// What lies upstream of a case.
#[derive(Debug)]
pub(super) struct Cone {
    /// Every stock with the last minute at which its material can have left towards the case.
    pub(super) stocks: Vec<(StockId, Minute)>,
    /// For each the expected share of what went on from it that came to the case, 1 for the case.
    pub(super) shares: Vec<f64>,
    /// Passages between them: where from, where to, by place among the stocks.
    pub(super) arcs: Vec<(u32, u32)>,
    /// The places of the case's own stocks, sorted.
    pub(super) targets: Vec<u32>,
}

/// A cone in the making.
struct Shape<'c> {
    chain: &'c SupplyChain,
    as_of: Minute,
    places: HashMap<StockId, u32>,
    stocks: Vec<(StockId, Minute)>,
    arcs: Vec<(u32, u32)>,
    /// Transformations in use, numbered behind the stocks, each with its parts.
    mixtures: HashMap<TransformationId, Option<u32>>,
    parts: Vec<Vec<(u32, f64)>>,
}

impl Cone {
    pub(super) fn of(tracer: &mut Tracer<'_>, case: &Target, as_of: Minute) -> Result<Self, Error> {
        let chain = tracer.chain();
        let reach = tracer.reach_backward(case.stocks(), &TraceOptions::as_of(as_of))?;
        let mut stocks: Vec<(StockId, Minute)> =
            reach.iter().map(|row| (row.stock, row.minute)).collect();
        stocks.sort_unstable();
        let places = (0..).zip(&stocks).map(|(at, (stock, _))| (*stock, at)).collect();
        let mut shape = Shape {
            chain,
            as_of,
            places,
            stocks,
            arcs: Vec::new(),
            mixtures: HashMap::new(),
            parts: Vec::new(),
        };
        let equations = shape.equations(case);
        let shares = solve(&equations).into_iter().map(|share| share.to_f64());
        let shares = shares.take(shape.stocks.len()).collect();
        let own = case.stocks().iter().filter_map(|(stock, _)| shape.places.get(stock).copied());
        let mut targets: Vec<u32> = own.collect();
        targets.sort_unstable();
        Ok(Self { stocks: shape.stocks, shares, arcs: shape.arcs, targets })
    }

    /// The operators it lies at, each once.
    pub(super) fn operators(&self, chain: &SupplyChain) -> Vec<OperatorId> {
        let mut operators: Vec<OperatorId> =
            self.stocks.iter().map(|(stock, _)| chain.stock(*stock).1).collect();
        operators.sort_unstable();
        operators.dedup();
        operators
    }
}

impl Shape<'_> {
    /// The place of a stock that can still pass on what comes at a minute.
    fn enter(&self, stock: StockId, arrives: Minute) -> Option<u32> {
        let place = *self.places.get(&stock)?;
        (arrives <= self.stocks[place as usize].1).then_some(place)
    }

    /// The share of each stock that comes to the case as a mean of the shares of what it went
    /// into; then the same of each transformation.
    fn equations(&mut self, case: &Target) -> Vec<Equation> {
        let mut equations = Vec::with_capacity(self.stocks.len());
        for at in 0..self.stocks.len() {
            let stock = self.stocks[at].0;
            let parts = self.parts_of(at as u32, stock);
            equations.push(if case.stocks().iter().any(|(target, _)| *target == stock) {
                mean(&[], 1.0)
            } else {
                mean(&parts, 0.0)
            });
        }
        equations.extend(self.parts.iter().map(|parts| mean(parts, 0.0)));
        equations
    }

    /// What a stock goes into, each with its share of all that went on.
    fn parts_of(&mut self, from: u32, stock: StockId) -> Vec<(u32, f64)> {
        let chain = self.chain;
        let flows = chain.outflows(stock).into_iter().filter(|flow| flow.begins <= self.as_of);
        let flows: Vec<_> = flows.collect();
        let known = flows.iter().filter_map(|flow| flow.amount);
        let (count, sum) =
            known.fold((0_u32, 0.0), |(n, sum), amount| (n + 1, sum + amount.millionths() as f64));
        // An unknown quantity counts as a usual one.
        let usual = if count == 0 { 1.0 } else { sum / f64::from(count) };
        let amount = |known: Option<crate::quantity::Amount>| {
            known.map_or(usual, |amount| amount.millionths() as f64)
        };
        // Cases are found where goods end: what stayed or was removed on the way tells nothing.
        let goes_on = |flow: &&Outflow| !matches!(flow.to, OutflowTo::Removal(_));
        let mut whole: f64 = flows.iter().filter(goes_on).map(|flow| amount(flow.amount)).sum();
        let (batch, _) = chain.stock(stock);
        let orphans: Vec<u32> = chain
            .stocks_of_batch(batch)
            .filter(|other| *other != stock && chain.is_orphan(*other))
            .filter_map(|other| self.places.get(&other).copied())
            .collect();
        let mut parts = Vec::new();
        if !orphans.is_empty() {
            let left: f64 = flows.iter().map(|flow| amount(flow.amount)).sum();
            let intake = chain.ledger(stock, self.as_of).intake();
            let rest = if intake.complete { intake.millionths as f64 - left } else { 0.0 };
            let rest = rest.max(left.max(1.0) * LEAST_INFERRED);
            whole += rest;
            for orphan in &orphans {
                parts.push((*orphan, rest / whole / orphans.len() as f64));
                self.arcs.push((from, *orphan));
            }
        }
        for flow in &flows {
            let share = amount(flow.amount) / whole;
            match flow.to {
                OutflowTo::Shipment(id) => {
                    let row = chain.shipment(id);
                    if let Some(to) = self.enter(row.to, row.arrives.earliest) {
                        self.arcs.push((from, to));
                        parts.push((to, share));
                    }
                }
                OutflowTo::Transformation(id) => {
                    for line in chain.outputs(id) {
                        let made = chain.transformation_time(id).earliest;
                        self.arcs.extend(self.enter(line.stock, made).map(|to| (from, to)));
                    }
                    parts.extend(self.mixture(id).map(|place| (place, share)));
                }
                OutflowTo::Removal(_) => {}
            }
        }
        parts
    }

    /// The place of a transformation, if anything of it comes to the case.
    fn mixture(&mut self, id: TransformationId) -> Option<u32> {
        if let Some(known) = self.mixtures.get(&id) {
            return *known;
        }
        let outputs = self.chain.outputs(id);
        let common = |line: &crate::chain::records::LineRow| {
            let factor = self.chain.unit(line.stock)?.factor();
            Some(line.amount?.millionths() as f64 * factor as f64)
        };
        let dimension = |line: &crate::chain::records::LineRow| {
            self.chain.unit(line.stock).map(|unit| unit.dimension())
        };
        let sum: Option<f64> = outputs.iter().map(common).sum();
        let alike = outputs.windows(2).all(|pair| dimension(&pair[0]) == dimension(&pair[1]));
        // What cannot be added counts alike.
        let sum = sum.filter(|sum| alike && *sum > 0.0);
        let share = |line| match (sum, common(line)) {
            (Some(sum), Some(part)) => part / sum,
            _ => 1.0 / outputs.len() as f64,
        };
        let made = self.chain.transformation_time(id).earliest;
        let parts: Vec<(u32, f64)> = outputs
            .iter()
            .filter_map(|line| Some((self.enter(line.stock, made)?, share(line))))
            .collect();
        let place = (!parts.is_empty()).then(|| (self.stocks.len() + self.parts.len()) as u32);
        if place.is_some() {
            self.parts.push(parts);
        }
        self.mixtures.insert(id, place);
        place
    }
}

/// An unknown as a mean of others; what its parts lack to one counts as 0.
pub(super) fn mean(parts: &[(u32, f64)], one: f64) -> Equation {
    use crate::numeric::dd::Dd;
    let sum = parts.iter().fold(one, |sum, (_, part)| sum + part);
    Equation::Mean {
        terms: parts.iter().map(|(to, part)| (*to, Dd::from_f64(*part))).collect(),
        one: Dd::from_f64(one),
        zero: Dd::from_f64((1.0 - sum).max(0.0)),
    }
}
