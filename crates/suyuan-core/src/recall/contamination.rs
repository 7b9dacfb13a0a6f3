//! How much of each affected stock is contaminated: the well-mixed expectation and the maximum.
//!
//! Both follow section 6 of the semantics. The expectation is one linear system over shares; its
//! unknowns are the shares of a stock at the moments its affected outflows left, chained so that
//! n inflows and m outflows cost n + m terms. The maximum is evaluated along the affected links in
//! order, cycles being settled by their definition.

use hashbrown::{HashMap, HashSet};
use rust_decimal::Decimal;

use crate::chain::index::Node;
use crate::chain::records::LineRow;
use crate::chain::{Inflow, InflowFrom, OutflowTo, SupplyChain};
use crate::id::{BatchId, ShipmentId, StockId, TransformationId};
use crate::numeric::dd::Dd;
use crate::numeric::scc;
use crate::numeric::shares::{Equation, solve};
use crate::quantity::{Amount, Dimension, Total, decimal_from_millionths};
use crate::time::Minute;
use crate::trace::Trace;
use crate::trace::search::{Forward, Rules, Search};

/// The contamination estimate of a stock, rounded half-even to millionths.
///
/// Where a quantity is unknown the sums hold the known parts, as the ledger's do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contamination {
    /// Contaminated share of the intake, in millionths.
    pub share: i128,
    /// Expected contaminated intake, in millionths of the base unit.
    pub expected: i128,
    /// Largest possible contaminated intake, in millionths of the base unit; never below the
    /// expected.
    pub max: i128,
    /// Expected contaminated quantity on the road towards the stock, in millionths of the base
    /// unit.
    pub in_transit: i128,
}

impl Contamination {
    /// The share as a decimal.
    #[must_use]
    pub fn share_decimal(&self) -> Decimal {
        decimal_from_millionths(self.share)
    }
}

/// A share as the system sees it.
#[derive(Clone, Copy, Debug)]
enum Share {
    Zero,
    One,
    Unknown(u32),
}

impl Share {
    fn value(self, solution: &[Dd]) -> Dd {
        match self {
            Self::Zero => Dd::ZERO,
            Self::One => Dd::ONE,
            Self::Unknown(unknown) => solution[unknown as usize],
        }
    }
}

/// What an affected outflow carries.
#[derive(Clone, Copy, Debug)]
struct Carried {
    /// The stock it left, by place in the trace.
    from: u32,
    share: Share,
    /// Whether it counts as wholly contaminated because the records do not add up.
    wholly: bool,
}

/// The flows into an affected stock.
struct Intake {
    stock: StockId,
    seed: bool,
    /// By arrival; those not yet arrived last.
    inflows: Vec<Inflow>,
    /// How many of them have arrived.
    arrived: usize,
    /// Intake after each arrived inflow.
    sums: Vec<Total>,
    /// The count of inflows from which on everything counts as contaminated.
    hot_from: usize,
}

impl Intake {
    fn after(&self, count: usize) -> Total {
        if count == 0 { Total::ZERO } else { self.sums[count - 1] }
    }

    fn total(&self) -> Total {
        self.after(self.arrived)
    }

    fn hot(&self) -> bool {
        self.hot_from <= self.arrived
    }
}

struct Estimator<'a> {
    chain: &'a SupplyChain,
    search: &'a Search,
    rules: &'a Rules<'a>,
    intakes: Vec<Intake>,
    place: HashMap<StockId, u32>,
    /// Affected links: the node each reaches, and the stock it leaves, by place in the trace.
    affected: Vec<(u32, u32)>,
    /// Affected outflows: shipments, and transformation lines that went in.
    shipments: HashMap<ShipmentId, Carried>,
    inputs: HashMap<u32, Carried>,
    /// Transformations that affected material entered and left, with the share of their mixture.
    mixtures: HashMap<TransformationId, Share>,
    carried_over: HashSet<TransformationId>,
    equations: Vec<Equation>,
    /// For each stock the unknowns of its shares, by count of inflows.
    moments: Vec<Vec<(usize, u32)>>,
}

/// The estimates of every stock of a trace, in its order. `search` holds the trace's labels.
pub(super) fn estimate(
    chain: &SupplyChain,
    search: &Search,
    trace: &Trace,
    seeds: &[(StockId, Minute)],
    rules: &Rules<'_>,
) -> Vec<Contamination> {
    let stocks: Vec<StockId> = trace.rows().iter().map(|row| row.stock).collect();
    let seeds: HashSet<StockId> = seeds.iter().map(|(stock, _)| *stock).collect();
    let mut estimator = Estimator {
        chain,
        search,
        rules,
        intakes: Vec::with_capacity(stocks.len()),
        place: stocks.iter().copied().zip(0..).collect(),
        affected: Vec::new(),
        shipments: HashMap::new(),
        inputs: HashMap::new(),
        mixtures: HashMap::new(),
        carried_over: search.carried.iter().copied().collect(),
        equations: Vec::new(),
        moments: vec![Vec::new(); stocks.len()],
    };
    estimator.affected_links(&stocks);
    for stock in &stocks {
        let intake = estimator.intake(*stock, seeds.contains(stock));
        estimator.intakes.push(intake);
    }
    for at in 0..stocks.len() {
        estimator.outflow_shares(at);
    }
    estimator.mix();
    for at in 0..stocks.len() {
        estimator.write_moments(at);
    }
    let solution = solve(&estimator.equations);
    let expected: Vec<Dd> = (0..stocks.len()).map(|at| estimator.expected(at, &solution)).collect();
    let maxima = estimator.maxima(&expected);
    (0..stocks.len()).map(|at| estimator.finish(at, &solution, expected[at], maxima[at])).collect()
}

fn millionths(amount: Amount) -> Dd {
    Dd::from_int(amount.millionths().into())
}

impl Estimator<'_> {
    /// Finds the affected outflows and the transformations they enter.
    fn affected_links(&mut self, stocks: &[StockId]) {
        for (from, stock) in (0..).zip(stocks) {
            let since = self.search.label(*stock);
            for link in self.rules.passable::<Forward>(self.chain, stock.0, since) {
                self.affected.push((link.node, from));
                let record = link.record();
                let carried = Carried { from, share: Share::Zero, wholly: false };
                match Node::of(link.node) {
                    Node::Stock(_) => {
                        self.shipments.insert(ShipmentId(record), carried);
                    }
                    Node::Transformation(id) | Node::Apart(id) => {
                        self.inputs.insert(record, carried);
                        if !self.rules.blocks(id) {
                            self.mixtures.insert(id, Share::Zero);
                        }
                    }
                    Node::Orphans(_) => {}
                }
            }
        }
    }

    /// The flows into an affected stock.
    fn intake(&self, stock: StockId, seed: bool) -> Intake {
        let inflows = self.chain.inflows(stock);
        let arrived = inflows.partition_point(|flow| flow.arrives <= self.rules.as_of);
        let mut sum = Total::ZERO;
        let mut sums = Vec::with_capacity(arrived);
        let mut hot_from = usize::MAX;
        for (at, flow) in inflows[..arrived].iter().enumerate() {
            if flow.counted {
                sum.add_part(flow.known, flow.amount.is_some());
            }
            sums.push(sum);
            if flow.amount.is_none() && hot_from == usize::MAX && self.is_affected(seed, flow) {
                hot_from = at + 1;
            }
        }
        Intake { stock, seed, inflows, arrived, sums, hot_from }
    }

    /// Whether an inflow comes by an affected link.
    fn is_affected(&self, seed: bool, flow: &Inflow) -> bool {
        match flow.from {
            InflowFrom::Made => false,
            // An orphan that is no seed is reached by its inferred links alone.
            InflowFrom::Inferred => !seed,
            InflowFrom::Shipment(id) => self.shipments.contains_key(&id),
            InflowFrom::Transformation(id) => {
                self.carried_over.contains(&id) || self.mixtures.contains_key(&id)
            }
        }
    }

    /// The share of what comes with an inflow. Everything that reaches a seed is contaminated.
    fn inflow_share(&self, seed: bool, flow: &Inflow) -> Share {
        if seed {
            return Share::One;
        }
        match flow.from {
            InflowFrom::Made => Share::Zero,
            InflowFrom::Inferred => Share::One,
            InflowFrom::Shipment(id) => {
                self.shipments.get(&id).map_or(Share::Zero, |carried| carried.share)
            }
            // Equipment leaves an unknown quantity behind: all of the output counts.
            InflowFrom::Transformation(id) if self.carried_over.contains(&id) => Share::One,
            InflowFrom::Transformation(id) => {
                self.mixtures.get(&id).copied().unwrap_or(Share::Zero)
            }
        }
    }

    /// Settles the share that each affected outflow of a stock carries, as an unknown where it
    /// is a mixture.
    fn outflow_shares(&mut self, at: usize) {
        let tolerance = self.chain.tolerance();
        let as_of = self.rules.as_of;
        let mut outflows = self.chain.outflows(self.intakes[at].stock);
        outflows.retain(|flow| flow.begins <= as_of);
        let mut left = Total::ZERO;
        for together in outflows.chunk_by(|a, b| a.gone_by == b.gone_by) {
            for flow in together {
                // An outflow of unknown quantity adds what is known of it.
                left.add_part(flow.known, true);
            }
            let intake = &self.intakes[at];
            let by = together[0].gone_by.min(as_of);
            let count = intake.inflows[..intake.arrived].partition_point(|f| f.arrives <= by);
            let come = intake.after(count);
            let wholly = !come.complete || come.millionths == 0 || tolerance.exceeds(left, come);
            let sure = wholly || intake.seed || intake.hot_from <= count;
            let mut unknown = None;
            for flow in together {
                let carried = match flow.to {
                    OutflowTo::Shipment(id) => self.shipments.get_mut(&id),
                    OutflowTo::Transformation(_) => self.inputs.get_mut(&flow.record),
                    OutflowTo::Removal(_) => None,
                };
                let Some(carried) = carried else { continue };
                carried.wholly = wholly;
                carried.share = if sure {
                    Share::One
                } else {
                    let unknown = *unknown.get_or_insert_with(|| {
                        let moments = &mut self.moments[at];
                        match moments.last() {
                            Some((same, unknown)) if *same == count => *unknown,
                            _ => {
                                let unknown = self.equations.len() as u32;
                                self.equations.push(nothing());
                                moments.push((count, unknown));
                                unknown
                            }
                        }
                    });
                    Share::Unknown(unknown)
                };
            }
        }
    }

    /// Writes the equation of each mixture.
    fn mix(&mut self) {
        let mut ids: Vec<TransformationId> = self.mixtures.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let lines = self.chain.inputs(id);
            let shares: Vec<Share> = self
                .chain
                .input_range(id)
                .map(|line| self.inputs.get(&line).map_or(Share::Zero, |carried| carried.share))
                .collect();
            let equation = match self.common_total(lines) {
                Some((total, _)) => {
                    let mut terms = Vec::new();
                    let (mut one, mut zero) = (Dd::ZERO, Dd::ZERO);
                    for (line, share) in lines.iter().zip(&shares) {
                        let part = self.common(line).unwrap_or(0);
                        let weight = Dd::from_int(part) / Dd::from_int(total);
                        match share {
                            Share::Zero => zero += weight,
                            Share::One => one += weight,
                            Share::Unknown(unknown) => terms.push((*unknown, weight)),
                        }
                    }
                    Equation::Mean { terms, one, zero }
                }
                None => Equation::Largest {
                    one: shares.iter().any(|share| matches!(share, Share::One)),
                    terms: shares
                        .iter()
                        .filter_map(|share| match share {
                            Share::Unknown(unknown) => Some(*unknown),
                            _ => None,
                        })
                        .collect(),
                },
            };
            self.mixtures.insert(id, Share::Unknown(self.equations.len() as u32));
            self.equations.push(equation);
        }
    }

    /// Writes the equations of a stock's moments, each from the one before.
    fn write_moments(&mut self, at: usize) {
        let intake = &self.intakes[at];
        let mut before: Option<(usize, u32)> = None;
        for (count, unknown) in &self.moments[at] {
            let whole = Dd::from_int(intake.after(*count).millionths);
            let mut terms = Vec::new();
            let (mut one, mut zero) = (Dd::ZERO, Dd::ZERO);
            let mut done = 0;
            if let Some((earlier, unknown)) = before {
                done = earlier;
                terms.push((unknown, Dd::from_int(intake.after(earlier).millionths) / whole));
            }
            for flow in &intake.inflows[done..*count] {
                let Some(amount) = flow.amount.filter(|_| flow.counted) else {
                    continue;
                };
                let weight = millionths(amount) / whole;
                match self.inflow_share(intake.seed, flow) {
                    Share::Zero => zero += weight,
                    Share::One => one += weight,
                    Share::Unknown(unknown) => terms.push((unknown, weight)),
                }
            }
            self.equations[*unknown as usize] = Equation::Mean { terms, one, zero };
            before = Some((*count, *unknown));
        }
    }

    /// Expected contaminated intake by the minute asked for, millionths of the base unit.
    fn expected(&self, at: usize, solution: &[Dd]) -> Dd {
        let intake = &self.intakes[at];
        if intake.seed || intake.hot() {
            return Dd::from_int(intake.total().millionths);
        }
        intake.inflows[..intake.arrived]
            .iter()
            .filter(|flow| flow.counted)
            .filter_map(|flow| {
                let share = self.inflow_share(false, flow);
                flow.amount.map(|amount| millionths(amount) * share.value(solution))
            })
            .fold(Dd::ZERO, |sum, part| sum + part)
    }

    /// The largest contaminated intake of each stock; `None` where nothing bounds it.
    fn maxima(&self, expected: &[Dd]) -> Vec<Option<Dd>> {
        let stocks = self.intakes.len() as u32;
        let mut nodes: Vec<TransformationId> = self.mixtures.keys().copied().collect();
        nodes.sort_unstable();
        let mixture_node =
            |id: TransformationId| nodes.binary_search(&id).ok().map(|place| stocks + place as u32);
        let (arcs, hubs) = self.dependencies(&mixture_node, stocks + nodes.len() as u32);
        let count = stocks as usize + nodes.len() + hubs;
        let (starts, targets) = scc::adjacency(count, &arcs);
        let mut maxima: Vec<Option<Dd>> = vec![None; stocks as usize];
        let mut mixtures: HashMap<TransformationId, Option<Dd>> = HashMap::new();
        for members in scc::components(&starts, &targets).iter() {
            let cycle = members.len() > 1;
            for at in members.iter().filter(|node| **node < stocks) {
                let at = *at as usize;
                let found = self.stock_maximum(at, cycle, &maxima, &mixtures);
                maxima[at] = found.map(|max| max.max(expected[at]));
            }
            for node in members.iter().filter(|node| **node >= stocks) {
                if let Some(id) = nodes.get((*node - stocks) as usize) {
                    mixtures.insert(*id, self.mixture_maximum(*id, &maxima));
                }
            }
        }
        maxima
    }

    /// For each node the nodes its maximum follows from.
    fn dependencies(
        &self,
        mixture_node: &impl Fn(TransformationId) -> Option<u32>,
        first_hub: u32,
    ) -> (Vec<(u32, u32)>, usize) {
        let mut hub_places: HashMap<BatchId, u32> = HashMap::new();
        let mut arcs = Vec::new();
        for (node, from) in &self.affected {
            match Node::of(*node) {
                Node::Stock(to) => arcs.extend(self.place.get(&to).map(|to| (*to, *from))),
                Node::Transformation(id) | Node::Apart(id) => {
                    arcs.extend(mixture_node(id).map(|mixture| (mixture, *from)));
                }
                Node::Orphans(batch) => {
                    let next = first_hub + hub_places.len() as u32;
                    let place = *hub_places.entry(batch).or_insert(next);
                    arcs.push((place, *from));
                }
            }
        }
        for id in self.mixtures.keys() {
            let Some(mixture) = mixture_node(*id) else {
                continue;
            };
            for line in self.chain.outputs(*id) {
                arcs.extend(self.place.get(&line.stock).map(|to| (*to, mixture)));
            }
        }
        for (batch, place) in &hub_places {
            let here = self.chain.stocks_of_batch(*batch).iter();
            for orphan in here.filter(|stock| self.chain.is_orphan(**stock)) {
                let to = self.place.get(orphan);
                arcs.extend(to.map(|to| (*to, *place)));
            }
        }
        // Maps have no order; the result must.
        arcs.sort_unstable();
        (arcs, hub_places.len())
    }

    fn stock_maximum(
        &self,
        at: usize,
        cycle: bool,
        maxima: &[Option<Dd>],
        mixtures: &HashMap<TransformationId, Option<Dd>>,
    ) -> Option<Dd> {
        let intake = &self.intakes[at];
        let total = intake.total();
        let all = total.complete.then(|| Dd::from_int(total.millionths));
        if cycle || intake.seed || intake.hot() {
            return all;
        }
        let mut sum = Dd::ZERO;
        for flow in &intake.inflows[..intake.arrived] {
            let Some(amount) = flow.amount.filter(|_| self.is_affected(false, flow)) else {
                continue;
            };
            let whole = millionths(amount);
            sum += match flow.from {
                InflowFrom::Shipment(id) => match self.shipments.get(&id) {
                    Some(carried) if !carried.wholly => {
                        maxima[carried.from as usize].map_or(whole, |max| whole.min(max))
                    }
                    _ => whole,
                },
                InflowFrom::Transformation(id) if !self.carried_over.contains(&id) => {
                    match (mixtures.get(&id), self.chain.unit(intake.stock)) {
                        (Some(Some(bound)), Some(unit)) => {
                            whole.min(*bound / Dd::from_int(unit.factor()))
                        }
                        _ => whole,
                    }
                }
                _ => whole,
            };
        }
        Some(all.map_or(sum, |all| sum.min(all)))
    }

    /// The largest contaminated quantity that can come out of a transformation, in millionths of
    /// a gram, millilitre or piece; `None` where quantities cannot be added.
    fn mixture_maximum(&self, id: TransformationId, maxima: &[Option<Dd>]) -> Option<Dd> {
        let inputs = self.chain.inputs(id);
        let (input, dimension) = self.common_total(inputs)?;
        let (output, other) = self.common_total(self.chain.outputs(id))?;
        if dimension != other {
            return None;
        }
        let mut sum = Dd::ZERO;
        for (line, row) in self.chain.input_range(id).zip(inputs) {
            let (Some(carried), Some(whole), Some(unit)) =
                (self.inputs.get(&line), self.common(row), self.chain.unit(row.stock))
            else {
                continue;
            };
            let whole = Dd::from_int(whole);
            sum += match maxima[carried.from as usize] {
                Some(max) if !carried.wholly => whole.min(max * Dd::from_int(unit.factor())),
                _ => whole,
            };
        }
        let grown =
            if output > input { sum * Dd::from_int(output) / Dd::from_int(input) } else { sum };
        Some(grown)
    }

    /// The quantity of a line in millionths of a gram, millilitre or piece.
    fn common(&self, line: &LineRow) -> Option<i128> {
        let factor = self.chain.unit(line.stock)?.factor();
        Some(i128::from(line.amount?.millionths()) * factor)
    }

    /// The sum of lines; `None` when one is unknown or they measure different things.
    fn common_total(&self, lines: &[LineRow]) -> Option<(i128, Dimension)> {
        let mut total = 0;
        let mut dimension = None;
        for line in lines {
            let this = self.chain.unit(line.stock)?.dimension();
            if *dimension.get_or_insert(this) != this {
                return None;
            }
            total += self.common(line)?;
        }
        dimension.map(|dimension| (total, dimension))
    }

    fn finish(
        &self,
        at: usize,
        solution: &[Dd],
        expected: Dd,
        maximum: Option<Dd>,
    ) -> Contamination {
        let intake = &self.intakes[at];
        let total = intake.total().millionths;
        let share = if intake.seed || intake.hot() || total == 0 {
            Dd::ONE
        } else {
            expected / Dd::from_int(total)
        };
        let mut in_transit = Dd::ZERO;
        for flow in &intake.inflows[intake.arrived..] {
            let InflowFrom::Shipment(id) = flow.from else {
                continue;
            };
            if self.chain.shipment(id).departs.earliest <= self.rules.as_of {
                let share = self.inflow_share(intake.seed, flow).value(solution);
                in_transit += flow.amount.map_or(Dd::ZERO, millionths) * share;
            }
        }
        let max = maximum.unwrap_or(Dd::from_int(total)).max(expected);
        Contamination {
            share: (share * Dd::from_int(1_000_000)).round_half_even(),
            expected: expected.round_half_even(),
            max: max.round_half_even(),
            in_transit: in_transit.round_half_even(),
        }
    }
}

/// An equation to be written later.
fn nothing() -> Equation {
    Equation::Mean { terms: Vec::new(), one: Dd::ZERO, zero: Dd::ONE }
}
