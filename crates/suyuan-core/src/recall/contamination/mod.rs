//! How much of each affected stock is contaminated: the well-mixed expectation and the maximum.
//!
//! Both follow section 6 of the semantics. Stocks and mixtures are taken in the order in which
//! contamination flows, so that what comes into one is settled when its turn comes; those that
//! lie on a cycle together are settled together, as one linear system ([`cycle`]). Stocks that
//! pass nothing on come last, in the order in which the trace found them: they are most of a
//! scope, nothing follows from them, and what they need of memory is asked for ahead.

mod cycle;
mod flows;
mod mixture;
mod stock;

use rust_decimal::Decimal;

use crate::chain::index::{Node, is_stock};
use crate::chain::ledger::Tolerance;
use crate::chain::{Ledger, SupplyChain};
use crate::id::{BatchId, ShipmentId, StockId, TransformationId};
use crate::numeric::dd::Dd;
use crate::numeric::scc;
use crate::quantity::{Amount, Total, decimal_from_millionths};
use crate::sparse::SparseMap;
use crate::time::Minute;
use crate::trace::search::{Forward, Rules, Search};
use flows::{Flows, Part};
use mixture::Mixture;

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
    /// The most that can be contaminated of the intake, in millionths of the base unit.
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
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// What the outflows of a stock carry that have left by a minute and not by that of the moment
/// before.
#[derive(Debug, Clone, Copy)]
struct Moment {
    by: Minute,
    share: Share,
    /// Whether they count as wholly contaminated because the records do not add up.
    wholly: bool,
}

impl Moment {
    /// Of an outflow whose departure contradicts the records.
    const WHOLLY: Self = Self { by: Minute::UNBOUNDED_FUTURE, share: Share::One, wholly: true };
}

/// What an affected inflow brings.
struct Brought {
    share: Share,
    /// The most that can be contaminated of it, in millionths of the base unit.
    bound: Option<Dd>,
}

/// No turn: the stock passes nothing on.
const LEAF: u32 = u32::MAX;
/// No row.
const NONE: u32 = u32::MAX;

/// An affected stock.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) stock: StockId,
    since: i32,
    seed: bool,
    /// The place it was reached from, and the shipment, where that alone leads to it and it
    /// leads no further.
    sole: Option<(u32, ShipmentId)>,
    /// Its number among those that pass something on.
    turn: u32,
    /// Where its moments lie.
    moments: (u32, u32),
    /// The most that can be contaminated of what has arrived; `None` where nothing bounds it.
    max: Option<Dd>,
    /// Where its sums lie.
    sums: u32,
}

/// What is worked out of the stocks of a trace, and the room it takes: kept from one recall to
/// the next, so that none allocates or clears.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// The affected stocks in the order in which the trace found them.
    rows: Vec<Row>,
    /// Transformations that affected material entered.
    mixtures: Vec<Mixture>,
    /// By place in the search, the row of a stock or the place of a mixture.
    at: Vec<u32>,
    moments: Vec<Moment>,
    /// The rows that pass something on, and those that do not.
    passing: Vec<u32>,
    leaves: Vec<u32>,
    /// What follows from each of these, and from each mixture.
    starts: Vec<u32>,
    targets: Vec<u32>,
    /// The flows of the stock under way, and its moments.
    flows: Flows,
    found: Vec<Moment>,
    /// The sums of each row, where it says, if they are to be kept.
    ledgers: Vec<Ledger>,
    contaminations: Vec<Contamination>,
    /// Room for what is found by operator.
    pub(super) by_operator: Option<SparseMap<u32>>,
}

impl Scratch {
    /// Forgets the last recall.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.ledgers.clear();
        self.contaminations.clear();
    }

    /// The row of a place in the search that holds a stock.
    fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(*self.at.get(place as usize)? as usize)
    }

    /// The sums of the stock at a place, if the last recall kept any.
    #[inline]
    pub(super) fn ledger(&self, place: u32) -> Option<&Ledger> {
        if self.ledgers.is_empty() {
            None
        } else {
            self.ledgers.get(self.row(place)?.sums as usize)
        }
    }

    /// Its estimate, if the last recall made any.
    #[inline]
    pub(super) fn contamination(&self, place: u32) -> Option<&Contamination> {
        if self.rows.is_empty() {
            return None;
        }
        self.contaminations.get(self.row(place)?.sums as usize)
    }

    /// Takes the stocks of a trace.
    fn take(&mut self, search: &Search, seeds: &[(StockId, Minute)], rules: &Rules<'_>) {
        self.rows.clear();
        self.mixtures.clear();
        self.at.clear();
        self.moments.clear();
        self.passing.clear();
        self.leaves.clear();
        self.starts.clear();
        self.targets.clear();
        self.ledgers.clear();
        self.contaminations.clear();
        for reached in search.reached() {
            let at = match Node::of(reached.node) {
                Node::Stock(stock) => {
                    let at = self.rows.len() as u32;
                    let (turn, list) = if reached.passes_on() {
                        (self.passing.len() as u32, &mut self.passing)
                    } else {
                        (LEAF, &mut self.leaves)
                    };
                    list.push(at);
                    self.rows.push(Row {
                        stock,
                        since: reached.label,
                        seed: false,
                        sole: reached.sole_shipment().map(|id| (reached.before(), id)),
                        turn,
                        moments: (0, 0),
                        max: None,
                        sums: NONE,
                    });
                    at
                }
                Node::Transformation(id) if !rules.blocks(id) => {
                    self.mixtures.push(Mixture::new(id));
                    self.mixtures.len() as u32 - 1
                }
                _ => NONE,
            };
            self.at.push(at);
        }
        for (seed, _) in seeds {
            if let Some(place) = search.place(seed.0) {
                self.rows[self.at[place as usize] as usize].seed = true;
            }
        }
    }
}

struct Estimator<'a> {
    chain: &'a SupplyChain,
    search: &'a Search,
    rules: &'a Rules<'a>,
    /// Whether every record counts, whatever the minute.
    all: bool,
    tolerance: Tolerance,
    /// Whether ledgers are to be kept.
    ledgers: bool,
    /// The last share that was rounded, in millionths: what one stock sent arrives as one share.
    rounded: (Share, i128),
    kept: &'a mut Scratch,
    /// Sorted.
    carried_over: Vec<TransformationId>,
}

/// Works out the estimates of every stock that a search reached, and their ledgers where these
/// are to be kept.
pub(super) fn estimate(
    chain: &SupplyChain,
    search: &Search,
    seeds: &[(StockId, Minute)],
    rules: &Rules<'_>,
    ledgers: bool,
    kept: &mut Scratch,
) {
    kept.take(search, seeds, rules);
    let mut carried_over = search.carried.clone();
    carried_over.sort_unstable();
    let all = rules.as_of == Minute::UNBOUNDED_FUTURE;
    let tolerance = chain.tolerance();
    let rounded = (Share::Zero, 0);
    Estimator { chain, search, rules, all, tolerance, ledgers, rounded, kept, carried_over }
        .settle();
}

impl Row {
    /// What its flows are asked for by.
    #[inline(always)]
    fn end(&self) -> (StockId, Option<ShipmentId>) {
        (self.stock, self.sole.map(|(_, shipment)| shipment))
    }
}

fn millionths(amount: Amount) -> Dd {
    Dd::from_int(amount.millionths().into())
}

impl Estimator<'_> {
    /// The row of a stock.
    #[inline]
    fn row(&self, stock: StockId) -> Option<u32> {
        let place = self.search.place(stock.0)?;
        Some(self.kept.at[place as usize])
    }

    /// The place of a mixture.
    #[inline]
    fn mixture(&self, id: TransformationId) -> Option<u32> {
        let place = self.search.place(Node::Transformation(id).number())?;
        Some(self.kept.at[place as usize]).filter(|at| *at != NONE)
    }

    /// Settles every stock and every mixture after all that its share follows from.
    fn settle(&mut self) {
        self.find_consequences();
        let first_mixture = self.kept.passing.len() as u32;
        let first_hub = first_mixture + self.kept.mixtures.len() as u32;
        let components = scc::components(&self.kept.starts, &self.kept.targets);
        let mut before = components.members().len();
        for members in components.iter().rev() {
            for at in before - members.len()..before {
                let node = |ahead: usize| components.members().get(at.checked_sub(ahead)?);
                let row = |ahead| {
                    let at = self.kept.passing.get(*node(ahead)? as usize)?;
                    self.kept.rows.get(*at as usize).map(Row::end)
                };
                self.chain.fetch_ahead(row);
            }
            before -= members.len();
            match members {
                [node] if *node < first_mixture => {
                    self.settle_stock(self.kept.passing[*node as usize] as usize);
                }
                [node] if *node < first_hub => {
                    self.settle_mixture((*node - first_mixture) as usize);
                }
                [_] => {}
                _ => self.settle_cycle(members),
            }
        }
        for at in 0..self.kept.leaves.len() {
            let row = |ahead| {
                let at = self.kept.leaves.get(at + ahead)?;
                self.kept.rows.get(*at as usize).map(Row::end)
            };
            self.chain.fetch_ahead(row);
            let at = self.kept.leaves[at] as usize;
            match self.kept.rows[at].sole {
                Some((before, shipment)) if !self.chain.has_gains() => {
                    self.settle_end(at, before, shipment);
                }
                _ => self.settle_leaf(at),
            }
        }
    }

    /// For each stock that passes something on, each mixture, and the inferred links of each
    /// batch, those among them whose shares follow from it.
    fn find_consequences(&mut self) {
        let first_mixture = self.kept.passing.len() as u32;
        let first_hub = first_mixture + self.kept.mixtures.len() as u32;
        let (mut starts, mut targets) =
            (std::mem::take(&mut self.kept.starts), std::mem::take(&mut self.kept.targets));
        let mut hubs: Vec<BatchId> = Vec::new();
        let turn = |stock: StockId| {
            self.row(stock).map(|row| self.kept.rows[row as usize].turn).filter(|t| *t != LEAF)
        };
        starts.push(0);
        for at in &self.kept.passing {
            let row = &self.kept.rows[*at as usize];
            for link in self.rules.passable::<Forward>(self.chain, row.stock.0, row.since) {
                if is_stock(link.node) {
                    if !link.is_last() {
                        targets.extend(turn(StockId(link.node)));
                    }
                    continue;
                }
                match Node::of(link.node) {
                    Node::Orphans(batch) => {
                        let known = hubs.iter().position(|hub| *hub == batch);
                        let place = known.unwrap_or_else(|| {
                            hubs.push(batch);
                            hubs.len() - 1
                        });
                        targets.push(first_hub + place as u32);
                    }
                    Node::Transformation(id) | Node::Apart(id) => {
                        targets.extend(self.mixture(id).map(|at| first_mixture + at));
                    }
                    Node::Stock(_) => {}
                }
            }
            starts.push(targets.len() as u32);
        }
        for mixture in &self.kept.mixtures {
            targets.extend(self.chain.outputs(mixture.id).iter().filter_map(|l| turn(l.stock)));
            starts.push(targets.len() as u32);
        }
        for batch in hubs {
            let here = self.chain.stocks_of_batch(batch);
            let orphans = here.filter(|stock| self.chain.is_orphan(*stock));
            targets.extend(orphans.filter_map(&turn));
            starts.push(targets.len() as u32);
        }
        (self.kept.starts, self.kept.targets) = (starts, targets);
    }

    fn is_carried_over(&self, id: TransformationId) -> bool {
        !self.carried_over.is_empty() && self.carried_over.binary_search(&id).is_ok()
    }

    /// What an outflow of an affected stock carries that had left by a minute.
    #[inline]
    fn carried(&self, row: &Row, gone_by: impl Fn() -> Minute) -> Moment {
        let (start, end) = row.moments;
        let moments = &self.kept.moments[start as usize..end as usize];
        if let [moment] = moments {
            return *moment;
        }
        let gone_by = gone_by();
        let at = moments.partition_point(|moment| moment.by < gone_by);
        // Every affected outflow has its moment; were there one without, it would count whole.
        moments.get(at).copied().unwrap_or(Moment::WHOLLY)
    }
}

impl Estimator<'_> {
    /// A share in whole millionths.
    fn round(&mut self, share: Share) -> i128 {
        if self.rounded.0 != share {
            let millionths = share.value(&[]) * Dd::from_int(1_000_000);
            self.rounded = (share, millionths.round_half_even());
        }
        self.rounded.1
    }

    /// The estimate in whole millionths.
    fn estimated(
        &mut self,
        share: Share,
        expected: Part,
        max: Option<Dd>,
        total: Total,
        in_transit: Part,
    ) -> Contamination {
        let expected = expected.value();
        let max = max.unwrap_or(Dd::from_int(total.millionths)).max(expected);
        Contamination {
            share: self.round(share),
            expected: expected.round_half_even(),
            max: max.round_half_even(),
            in_transit: in_transit.value().round_half_even(),
        }
    }
}

impl Tolerance {
    /// Whether records of what left a stock and had come by then do not add up: more left than
    /// came, or nothing is known to have come. Of an intake that is known in part, because clean
    /// goods of unknown quantity came, the known part bounds the share from above.
    fn refutes(self, left: Total, come: Total) -> bool {
        come.millionths == 0 || come.complete && self.exceeds(left, come)
    }
}
