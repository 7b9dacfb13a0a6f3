//! How much of each affected stock is contaminated: the well-mixed expectation and the maximum.
//!
//! Both follow section 6 of the semantics. The expectation is one linear system over shares; its
//! unknowns are the shares of a stock at the moments its affected outflows left, chained so that
//! n inflows and m outflows cost n + m terms. The maximum is evaluated along the affected links in
//! order, cycles being settled by their definition.

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashSet;
use rust_decimal::Decimal;

use crate::chain::index::Node;
use crate::chain::records::LineRow;
use crate::chain::{Inflow, InflowFrom, Outflow, OutflowTo, SupplyChain};
use crate::id::{BatchId, StockId, TransformationId};
use crate::numeric::dd::Dd;
use crate::numeric::scc;
use crate::numeric::shares::{Equation, solve};
use crate::quantity::{Amount, Dimension, Total, decimal_from_millionths};
use crate::sparse::SparseMap;
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
    /// Its inflows among all, by arrival; those not yet arrived last.
    inflows: Range<usize>,
    /// How many of them have arrived.
    arrived: usize,
    /// Where the intake after each arrived inflow begins among all.
    sums: usize,
    /// The intake after the last of them.
    total: Total,
    /// The count of inflows from which on everything counts as contaminated.
    hot_from: usize,
}

impl Intake {
    fn hot(&self) -> bool {
        self.hot_from <= self.arrived
    }
}

/// What an estimate keeps from one recall to the next, so that none allocates or clears.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Affected outflows: shipments, and transformation lines that went in.
    shipments: SparseMap<Carried>,
    inputs: SparseMap<Carried>,
    /// Transformations that affected material entered and left, with the share of their mixture.
    mixtures: SparseMap<Share>,
    /// For each node reached, by its place, the stock's place in the trace.
    rows: Vec<u32>,
    inflows: Vec<Inflow>,
    sums: Vec<Total>,
}

impl Scratch {
    pub(crate) fn new(chain: &SupplyChain) -> Self {
        Self {
            shipments: SparseMap::new(chain.shipment_ids().len()),
            inputs: SparseMap::new(chain.line_count()),
            mixtures: SparseMap::new(chain.transformation_ids().len()),
            rows: Vec::new(),
            inflows: Vec::new(),
            sums: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.shipments.clear();
        self.inputs.clear();
        self.mixtures.clear();
        self.rows.clear();
        self.inflows.clear();
        self.sums.clear();
    }
}

struct Estimator<'a> {
    chain: &'a SupplyChain,
    search: &'a Search,
    rules: &'a Rules<'a>,
    intakes: Vec<Intake>,
    /// Affected links: the node each reaches, and the stock it leaves, by place in the trace.
    affected: Vec<(u32, u32)>,
    kept: &'a mut Scratch,
    /// Whether a stock has affected outflows.
    passes_on: Vec<bool>,
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
    kept: &mut Scratch,
) -> Vec<Contamination> {
    let stocks: Vec<StockId> = trace.rows().iter().map(|row| row.stock).collect();
    kept.clear();
    kept.rows.resize(search.reached().len(), u32::MAX);
    for (row, stock) in (0..).zip(&stocks) {
        if let Some(place) = search.place(stock.0) {
            kept.rows[place as usize] = row;
        }
    }
    let seeds: HashSet<StockId> = seeds.iter().map(|(stock, _)| *stock).collect();
    let mut estimator = Estimator {
        chain,
        search,
        rules,
        intakes: Vec::with_capacity(stocks.len()),
        affected: Vec::new(),
        kept,
        passes_on: vec![false; stocks.len()],
        carried_over: search.carried.iter().copied().collect(),
        equations: Vec::new(),
        moments: vec![Vec::new(); stocks.len()],
    };
    estimator.affected_links(&stocks);
    for stock in &stocks {
        let intake = estimator.intake(*stock, seeds.contains(stock));
        estimator.intakes.push(intake);
    }
    let mut outflows = Vec::new();
    for at in 0..stocks.len() {
        if estimator.passes_on[at] {
            estimator.outflow_shares(at, &mut outflows);
        }
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
    /// The place of a stock in the trace.
    fn row(&self, stock: StockId) -> Option<u32> {
        let place = self.search.place(stock.0)?;
        Some(self.kept.rows[place as usize]).filter(|row| *row != u32::MAX)
    }

    /// Finds the affected outflows and the transformations they enter.
    fn affected_links(&mut self, stocks: &[StockId]) {
        for (from, stock) in (0..).zip(stocks) {
            let since = self.search.label(*stock);
            for link in self.rules.passable::<Forward>(self.chain, stock.0, since) {
                self.affected.push((link.node, from));
                self.passes_on[from as usize] = true;
                let record = link.record();
                let carried = Carried { from, share: Share::Zero, wholly: false };
                match Node::of(link.node) {
                    Node::Stock(_) => {
                        self.kept.shipments.insert(record, carried);
                    }
                    Node::Transformation(id) | Node::Apart(id) => {
                        self.kept.inputs.insert(record, carried);
                        if !self.rules.blocks(id) {
                            self.kept.mixtures.insert(id.0, Share::Zero);
                        }
                    }
                    Node::Orphans(_) => {}
                }
            }
        }
    }

    /// The flows into an affected stock.
    fn intake(&mut self, stock: StockId, seed: bool) -> Intake {
        let Scratch { inflows, sums, .. } = &mut *self.kept;
        let (first, first_sum) = (inflows.len(), sums.len());
        self.chain.inflows_into(stock, inflows);
        let arrived = inflows[first..].partition_point(|flow| flow.arrives <= self.rules.as_of);
        let mut total = Total::ZERO;
        for flow in &inflows[first..first + arrived] {
            if flow.counted {
                total.add_part(flow.known, flow.amount.is_some());
            }
            sums.push(total);
        }
        let inflows = first..inflows.len();
        let here = &self.kept.inflows[first..first + arrived];
        let unknown = |flow: &Inflow| flow.amount.is_none() && self.is_affected(seed, flow);
        let hot_from = here.iter().position(unknown).map_or(usize::MAX, |at| at + 1);
        Intake { stock, seed, inflows, arrived, sums: first_sum, total, hot_from }
    }

    /// What has arrived at a stock.
    fn arrived(&self, intake: &Intake) -> &[Inflow] {
        &self.kept.inflows[intake.inflows.start..][..intake.arrived]
    }

    /// The intake of a stock after some of its inflows.
    fn after(&self, intake: &Intake, count: usize) -> Total {
        if count == 0 { Total::ZERO } else { self.kept.sums[intake.sums + count - 1] }
    }

    /// Whether an inflow comes by an affected link.
    fn is_affected(&self, seed: bool, flow: &Inflow) -> bool {
        match flow.from {
            InflowFrom::Made => false,
            // An orphan that is no seed is reached by its inferred links alone.
            InflowFrom::Inferred => !seed,
            InflowFrom::Shipment(id) => self.kept.shipments.contains(id.0),
            InflowFrom::Transformation(id) => {
                self.kept.mixtures.contains(id.0) || self.carried_over.contains(&id)
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
                self.kept.shipments.get(id.0).map_or(Share::Zero, |carried| carried.share)
            }
            // Equipment leaves an unknown quantity behind: all of the output counts.
            InflowFrom::Transformation(id)
                if !self.carried_over.is_empty() && self.carried_over.contains(&id) =>
            {
                Share::One
            }
            InflowFrom::Transformation(id) => {
                self.kept.mixtures.get(id.0).copied().unwrap_or(Share::Zero)
            }
        }
    }

    /// Settles the share that each affected outflow of a stock carries, as an unknown where it
    /// is a mixture.
    fn outflow_shares(&mut self, at: usize, outflows: &mut Vec<Outflow>) {
        let tolerance = self.chain.tolerance();
        let as_of = self.rules.as_of;
        self.chain.outflows_into(self.intakes[at].stock, outflows);
        outflows.retain(|flow| flow.begins <= as_of);
        let mut left = Total::ZERO;
        for together in outflows.chunk_by(|a, b| a.gone_by == b.gone_by) {
            for flow in together {
                // An outflow of unknown quantity adds what is known of it.
                left.add_part(flow.known, true);
            }
            let intake = &self.intakes[at];
            let by = together[0].gone_by.min(as_of);
            let count = self.arrived(intake).partition_point(|f| f.arrives <= by);
            let come = self.after(intake, count);
            let wholly = !come.complete || come.millionths == 0 || tolerance.exceeds(left, come);
            let sure = wholly || intake.seed || intake.hot_from <= count;
            let mut unknown = None;
            for flow in together {
                let carried = match flow.to {
                    OutflowTo::Shipment(id) => self.kept.shipments.get_mut(id.0),
                    OutflowTo::Transformation(_) => self.kept.inputs.get_mut(flow.record),
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
        let ids: Vec<TransformationId> = self.kept.mixtures.keys().map(TransformationId).collect();
        for id in ids {
            let lines = self.chain.inputs(id);
            let shares: Vec<Share> = self
                .chain
                .input_range(id)
                .map(|line| self.kept.inputs.get(line).map_or(Share::Zero, |carried| carried.share))
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
            self.kept.mixtures.insert(id.0, Share::Unknown(self.equations.len() as u32));
            self.equations.push(equation);
        }
    }

    /// Writes the equations of a stock's moments, each from the one before.
    fn write_moments(&mut self, at: usize) {
        let intake = &self.intakes[at];
        let mut before: Option<(usize, u32)> = None;
        for (count, unknown) in &self.moments[at] {
            let whole = Dd::from_int(self.after(intake, *count).millionths);
            let mut terms = Vec::new();
            let (mut one, mut zero) = (Dd::ZERO, Dd::ZERO);
            let mut done = 0;
            if let Some((earlier, unknown)) = before {
                done = earlier;
                terms.push((unknown, Dd::from_int(self.after(intake, earlier).millionths) / whole));
            }
            for flow in &self.arrived(intake)[done..*count] {
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
            return Dd::from_int(intake.total.millionths);
        }
        self.arrived(intake)
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
        let mixed = self.kept.mixtures.len();
        let (arcs, hubs) = self.dependencies(stocks, stocks + mixed as u32);
        let count = stocks as usize + mixed + hubs;
        let (starts, targets) = scc::adjacency(count, &arcs);
        let mut maxima: Vec<Option<Dd>> = vec![None; stocks as usize];
        let ids: Vec<u32> = self.kept.mixtures.keys().collect();
        let mut mixtures: Vec<Option<Dd>> = vec![None; mixed];
        for members in scc::components(&starts, &targets).iter() {
            let cycle = members.len() > 1;
            for at in members.iter().filter(|node| **node < stocks) {
                let at = *at as usize;
                let found = self.stock_maximum(at, cycle, &maxima, &mixtures);
                maxima[at] = found.map(|max| max.max(expected[at]));
            }
            for node in members.iter().filter(|node| **node >= stocks) {
                let at = (*node - stocks) as usize;
                if let Some(id) = ids.get(at) {
                    mixtures[at] = self.mixture_maximum(TransformationId(*id), &maxima);
                }
            }
        }
        maxima
    }

    /// For each node the nodes its maximum follows from.
    fn dependencies(&self, first_mixture: u32, first_hub: u32) -> (Vec<(u32, u32)>, usize) {
        let mut hub_places: BTreeMap<BatchId, u32> = BTreeMap::new();
        let mixture = |id: TransformationId| {
            self.kept.mixtures.place(id.0).map(|at| first_mixture + at as u32)
        };
        let mut arcs = Vec::with_capacity(self.affected.len());
        for (node, from) in &self.affected {
            match Node::of(*node) {
                Node::Stock(to) => arcs.extend(self.row(to).map(|to| (to, *from))),
                Node::Transformation(id) | Node::Apart(id) => {
                    arcs.extend(mixture(id).map(|mixture| (mixture, *from)));
                }
                Node::Orphans(batch) => {
                    let next = first_hub + hub_places.len() as u32;
                    let place = *hub_places.entry(batch).or_insert(next);
                    arcs.push((place, *from));
                }
            }
        }
        for (mixture, id) in (first_mixture..).zip(self.kept.mixtures.keys()) {
            for line in self.chain.outputs(TransformationId(id)) {
                arcs.extend(self.row(line.stock).map(|to| (to, mixture)));
            }
        }
        for (batch, place) in &hub_places {
            let here = self.chain.stocks_of_batch(*batch).iter();
            for orphan in here.filter(|stock| self.chain.is_orphan(**stock)) {
                arcs.extend(self.row(*orphan).map(|to| (to, *place)));
            }
        }
        (arcs, hub_places.len())
    }

    fn stock_maximum(
        &self,
        at: usize,
        cycle: bool,
        maxima: &[Option<Dd>],
        mixtures: &[Option<Dd>],
    ) -> Option<Dd> {
        let intake = &self.intakes[at];
        let total = intake.total;
        let all = total.complete.then(|| Dd::from_int(total.millionths));
        if cycle || intake.seed || intake.hot() {
            return all;
        }
        let mut sum = Dd::ZERO;
        for flow in self.arrived(intake) {
            let Some(amount) = flow.amount.filter(|_| self.is_affected(false, flow)) else {
                continue;
            };
            let whole = millionths(amount);
            sum += match flow.from {
                InflowFrom::Shipment(id) => match self.kept.shipments.get(id.0) {
                    Some(carried) if !carried.wholly => {
                        maxima[carried.from as usize].map_or(whole, |max| whole.min(max))
                    }
                    _ => whole,
                },
                InflowFrom::Transformation(id) if !self.carried_over.contains(&id) => {
                    let bound = self.kept.mixtures.place(id.0).and_then(|at| mixtures[at]);
                    match (bound, self.chain.unit(intake.stock)) {
                        (Some(bound), Some(unit)) => whole.min(bound / Dd::from_int(unit.factor())),
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
                (self.kept.inputs.get(line), self.common(row), self.chain.unit(row.stock))
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
        let total = intake.total.millionths;
        let share = if intake.seed || intake.hot() || total == 0 {
            Dd::ONE
        } else {
            expected / Dd::from_int(total)
        };
        let mut in_transit = Dd::ZERO;
        let inflows = &self.kept.inflows[intake.inflows.clone()];
        for flow in &inflows[intake.arrived..] {
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
