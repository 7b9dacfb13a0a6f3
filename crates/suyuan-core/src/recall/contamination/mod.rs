//! How much of each affected stock is contaminated: the well-mixed expectation and the maximum.
//!
//! Both follow section 6 of the semantics. Stocks and mixtures are taken in the order in which
//! contamination flows, so that what comes into one is settled when its turn comes; those that
//! lie on a cycle together are settled together, as one linear system ([`cycle`]).

mod cycle;
mod flows;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::chain::index::Node;
use crate::chain::ledger::Tolerance;
use crate::chain::records::LineRow;
use crate::chain::{Inflow, InflowFrom, Ledger, Outflow, OutflowTo, SupplyChain};
use crate::id::{BatchId, StockId, TransformationId};
use crate::numeric::dd::Dd;
use crate::numeric::scc;
use crate::quantity::{Amount, Dimension, Total, decimal_from_millionths};
use crate::sparse::SparseMap;
use crate::time::Minute;
use crate::trace::Trace;
use crate::trace::search::{Forward, Rules, Search};
use flows::{Flows, Part};

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

/// A contaminated share.
#[derive(Clone, Copy, Debug)]
enum Share {
    Zero,
    One,
    Part(Dd),
    /// An unknown of the system of a cycle under way.
    Open(u32),
}

impl Share {
    fn of(value: Dd) -> Self {
        if value == Dd::ZERO {
            Self::Zero
        } else if value == Dd::ONE {
            Self::One
        } else {
            Self::Part(value)
        }
    }

    /// The share in numbers, when `solution` solves the cycle under way.
    fn value(self, solution: &[Dd]) -> Dd {
        match self {
            Self::Zero => Dd::ZERO,
            Self::One => Dd::ONE,
            Self::Part(value) => value,
            Self::Open(unknown) => solution[unknown as usize],
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

/// What an affected inflow brings.
struct Brought {
    share: Share,
    /// The most that can be contaminated of it, in millionths of the base unit.
    bound: Option<Dd>,
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
    /// The flows of the stock under way.
    flows: Flows,
}

impl Scratch {
    pub(crate) fn new(chain: &SupplyChain) -> Self {
        Self {
            shipments: SparseMap::new(chain.shipment_ids().len()),
            inputs: SparseMap::new(chain.line_count()),
            mixtures: SparseMap::new(chain.transformation_ids().len()),
            rows: Vec::new(),
            flows: Flows::default(),
        }
    }

    fn clear(&mut self) {
        self.shipments.clear();
        self.inputs.clear();
        self.mixtures.clear();
        self.rows.clear();
    }
}

/// What is found of an affected stock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estimate {
    pub(super) ledger: Ledger,
    pub(super) contamination: Contamination,
}

/// An affected stock while its turn has not come.
struct Stock {
    id: StockId,
    seed: bool,
    /// Whether it has affected outflows.
    passes_on: bool,
    /// The most that can be contaminated of what has arrived; `None` where nothing bounds it.
    max: Option<Dd>,
}

struct Estimator<'a> {
    chain: &'a SupplyChain,
    search: &'a Search,
    rules: &'a Rules<'a>,
    tolerance: Tolerance,
    stocks: Vec<Stock>,
    /// Affected links: the node each reaches, and the stock it leaves, by place in the trace.
    affected: Vec<(u32, u32)>,
    kept: &'a mut Scratch,
    /// Sorted.
    carried_over: Vec<TransformationId>,
    /// By place among the mixtures, the most that can come out contaminated, in millionths of a
    /// gram, millilitre or piece; `None` where quantities cannot be added.
    mixture_maxima: Vec<Option<Dd>>,
    found: Vec<Estimate>,
}

/// The estimates of every stock of a trace, in its order, with their ledgers. `search` holds the
/// trace's labels.
pub(super) fn estimate(
    chain: &SupplyChain,
    search: &Search,
    trace: &Trace,
    seeds: &[(StockId, Minute)],
    rules: &Rules<'_>,
    kept: &mut Scratch,
) -> Vec<Estimate> {
    kept.clear();
    kept.rows.resize(search.reached().len(), u32::MAX);
    let mut stocks = Vec::with_capacity(trace.rows().len());
    for (row, traced) in (0..).zip(trace.rows()) {
        if let Some(place) = search.place(traced.stock.0) {
            kept.rows[place as usize] = row;
        }
        stocks.push(Stock { id: traced.stock, seed: false, passes_on: false, max: None });
    }
    let mut carried_over = search.carried.clone();
    carried_over.sort_unstable();
    let mut estimator = Estimator {
        chain,
        search,
        rules,
        tolerance: chain.tolerance(),
        found: vec![Estimate::default(); stocks.len()],
        stocks,
        affected: Vec::with_capacity(trace.rows().len()),
        kept,
        carried_over,
        mixture_maxima: Vec::new(),
    };
    for (seed, _) in seeds {
        if let Some(row) = estimator.row(*seed) {
            estimator.stocks[row as usize].seed = true;
        }
    }
    estimator.affected_links();
    estimator.settle();
    estimator.found
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
    fn affected_links(&mut self) {
        for (from, stock) in (0..).zip(&mut self.stocks) {
            let since = self.search.label(stock.id);
            for link in self.rules.passable::<Forward>(self.chain, stock.id.0, since) {
                self.affected.push((link.node, from));
                stock.passes_on = true;
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
        self.mixture_maxima = vec![None; self.kept.mixtures.len()];
    }

    /// Settles every stock and every mixture after all that its share follows from.
    fn settle(&mut self) {
        let stocks = self.stocks.len() as u32;
        let mixtures = self.kept.mixtures.len() as u32;
        let (arcs, hubs) = self.dependencies(stocks, stocks + mixtures);
        let (starts, targets) = scc::adjacency((stocks + mixtures) as usize + hubs, &arcs);
        for members in scc::components(&starts, &targets).iter() {
            match members {
                [node] if *node < stocks => self.settle_stock(*node as usize),
                [node] if *node < stocks + mixtures => {
                    self.settle_mixture((*node - stocks) as usize);
                }
                [_] => {}
                _ => self.settle_cycle(members),
            }
        }
    }

    /// For each node those that it follows from: stocks, mixtures, and the inferred links of a
    /// batch.
    fn dependencies(&self, first_mixture: u32, first_hub: u32) -> (Vec<(u32, u32)>, usize) {
        let mut hub_places: BTreeMap<BatchId, u32> = BTreeMap::new();
        let mixture = |id: TransformationId| {
            self.kept.mixtures.place(id.0).map(|at| first_mixture + at as u32)
        };
        let mut arcs = Vec::with_capacity(self.affected.len() + self.kept.mixtures.len());
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

    fn is_carried_over(&self, id: TransformationId) -> bool {
        !self.carried_over.is_empty() && self.carried_over.binary_search(&id).is_ok()
    }

    /// What an inflow of a stock that is no seed brings; `None` for one that is not affected.
    fn brought(&self, stock: StockId, flow: &Inflow) -> Option<Brought> {
        match flow.from {
            InflowFrom::Made => None,
            InflowFrom::Inferred => Some(Brought { share: Share::One, bound: None }),
            InflowFrom::Shipment(id) => {
                let carried = self.kept.shipments.get(id.0)?;
                let from = &self.stocks[carried.from as usize];
                let bound = from.max.filter(|_| !carried.wholly);
                Some(Brought { share: carried.share, bound })
            }
            // Equipment leaves an unknown quantity behind: all of the output counts.
            InflowFrom::Transformation(id) if self.is_carried_over(id) => {
                Some(Brought { share: Share::One, bound: None })
            }
            InflowFrom::Transformation(id) => {
                let place = self.kept.mixtures.place(id.0)?;
                let unit = self.chain.unit(stock);
                let bound = self.mixture_maxima[place].zip(unit);
                let bound = bound.map(|(bound, unit)| bound / Dd::from_int(unit.factor()));
                Some(Brought { share: *self.kept.mixtures.at(place), bound })
            }
        }
    }

    /// Settles a stock that lies on no cycle.
    fn settle_stock(&mut self, at: usize) {
        let mut flows = std::mem::take(&mut self.kept.flows);
        let Stock { id, seed, passes_on, .. } = self.stocks[at];
        flows.gather(self.chain, id, self.rules.as_of);
        let mut intake = Intake::default();
        let mut inflows = flows.arrived().iter().peekable();
        if passes_on {
            let mut left = Total::ZERO;
            for together in flows.departures() {
                for flow in together {
                    // An outflow of unknown quantity adds what is known of it.
                    left.add_part(flow.known, true);
                }
                let by = together[0].gone_by;
                while let Some(flow) = inflows.next_if(|flow| flow.arrives <= by) {
                    intake.add(flow, (!seed).then(|| self.brought(id, flow)).flatten());
                }
                let wholly = self.tolerance.refutes(left, intake.total);
                let sure = wholly || seed || intake.hot;
                let share = if sure { Share::One } else { intake.share() };
                together.iter().for_each(|flow| self.carry(flow, share, wholly));
            }
        }
        for flow in inflows {
            intake.add(flow, (!seed).then(|| self.brought(id, flow)).flatten());
        }
        let known = intake.total.complete.then(|| Dd::from_int(intake.total.millionths));
        let (expected, max) = if seed || intake.hot {
            (Part::whole(intake.total.millionths), known)
        } else {
            let bounded = known.map_or(intake.max, |known| known.min(intake.max));
            (intake.contaminated, Some(bounded.max(intake.contaminated.value())))
        };
        let all = seed || intake.hot || intake.total.millionths == 0;
        let share = if all { Share::One } else { intake.share() };
        let mut in_transit = Part::default();
        for flow in flows.on_the_road(self.rules.as_of) {
            let share = if seed {
                Share::One
            } else {
                self.brought(id, flow).map_or(Share::Zero, |brought| brought.share)
            };
            in_transit.add(flow.amount, share);
        }
        self.stocks[at].max = max;
        self.found[at] = Estimate {
            ledger: flows.ledger(self.rules.as_of),
            contamination: estimated(share, expected, max, intake.total, in_transit),
        };
        self.kept.flows = flows;
    }

    /// What an outflow carries, if it is affected.
    fn carried_by(&mut self, flow: &Outflow) -> Option<&mut Carried> {
        match flow.to {
            OutflowTo::Shipment(id) => self.kept.shipments.get_mut(id.0),
            OutflowTo::Transformation(_) => self.kept.inputs.get_mut(flow.record),
            OutflowTo::Removal(_) => None,
        }
    }

    /// Notes what an outflow carries, if it is affected.
    fn carry(&mut self, flow: &Outflow, share: Share, wholly: bool) {
        if let Some(carried) = self.carried_by(flow) {
            (carried.share, carried.wholly) = (share, wholly);
        }
    }

    /// Settles the mixture of a transformation that lies on no cycle.
    fn settle_mixture(&mut self, place: usize) {
        let id = TransformationId(self.kept.mixtures.key(place));
        let lines = || self.chain.input_range(id).zip(self.chain.inputs(id));
        let shares = lines().filter_map(|(line, row)| {
            self.kept.inputs.get(line).map(|carried| (row, carried.share))
        });
        let total = self.common_total(self.chain.inputs(id));
        let share = match total {
            Some((total, _)) => {
                let mut contaminated = Part::default();
                for (row, share) in shares {
                    contaminated.add_millionths(self.common(row).unwrap_or(0), share);
                }
                contaminated.share_of(total)
            }
            None => {
                let values = shares.map(|(_, share)| share.value(&[]));
                Share::of(values.fold(Dd::ZERO, Dd::max))
            }
        };
        self.kept.mixtures.insert(id.0, share);
        self.mixture_maxima[place] = self.mixture_maximum(id, total);
    }

    /// The largest contaminated quantity that can come out of a transformation, in millionths of
    /// a gram, millilitre or piece; `None` where quantities cannot be added.
    fn mixture_maximum(
        &self,
        id: TransformationId,
        total: Option<(i128, Dimension)>,
    ) -> Option<Dd> {
        let inputs = self.chain.inputs(id);
        let (input, dimension) = total?;
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
            sum += match self.stocks[carried.from as usize].max {
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
            let unit = self.chain.unit(line.stock)?;
            if *dimension.get_or_insert(unit.dimension()) != unit.dimension() {
                return None;
            }
            total += i128::from(line.amount?.millionths()) * unit.factor();
        }
        dimension.map(|dimension| (total, dimension))
    }
}

/// What has come into a stock so far, and what of it is contaminated.
#[derive(Debug, Default)]
struct Intake {
    total: Total,
    contaminated: Part,
    /// The most that can be.
    max: Dd,
    /// Whether an affected inflow was of unknown quantity, so that everything counts.
    hot: bool,
}

impl Intake {
    fn add(&mut self, flow: &Inflow, brought: Option<Brought>) {
        if flow.counted {
            self.total.add_part(flow.known, flow.amount.is_some());
        }
        let Some(Brought { share, bound }) = brought else { return };
        let Some(amount) = flow.amount else {
            self.hot = true;
            return;
        };
        if flow.counted {
            self.contaminated.add(Some(amount), share);
        }
        let whole = millionths(amount);
        self.max += bound.map_or(whole, |bound| whole.min(bound));
    }

    /// The share of it that is contaminated.
    fn share(&self) -> Share {
        self.contaminated.share_of(self.total.millionths)
    }
}

impl Tolerance {
    /// Whether records of what left a stock and had come by then do not add up: more left than
    /// came, or it is not known that anything came.
    fn refutes(self, left: Total, come: Total) -> bool {
        !come.complete || come.millionths == 0 || self.exceeds(left, come)
    }
}

/// The estimate in whole millionths.
fn estimated(
    share: Share,
    expected: Part,
    max: Option<Dd>,
    total: Total,
    in_transit: Part,
) -> Contamination {
    let expected = expected.value();
    let max = max.unwrap_or(Dd::from_int(total.millionths)).max(expected);
    Contamination {
        share: match share {
            Share::One => 1_000_000,
            share => (share.value(&[]) * Dd::from_int(1_000_000)).round_half_even(),
        },
        expected: expected.round_half_even(),
        max: max.round_half_even(),
        in_transit: in_transit.value().round_half_even(),
    }
}
