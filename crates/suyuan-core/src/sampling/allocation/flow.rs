//! Convex integral minimum-cost circulation by capacity scaling (Ahuja, Magnanti, Orlin 1993,
//! section 14.5): exact in whole numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a flow of `x` on an arc costs, in whole numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cost {
    /// Nothing.
    Free,
    /// `square / x`, and so much for 0 that a first unit comes before all else.
    Inverse { square: i128 },
    /// `(scale x - target)²`.
    Distance { scale: i64, target: i128 },
}

/// More than the sum of everything that [`Cost::Inverse`] charges for flows above zero.
const NONE: i128 = 1 << 104;

/// The largest distance that [`Cost::Distance`] tells apart: 2^52, whose square leaves room for
/// the sums along a path.
const FARTHEST: i128 = 1 << 52;

/// The largest `square` of [`Cost::Inverse`].
pub(crate) const MOST_SQUARE: i128 = 1 << 100;

impl Cost {
    pub(crate) fn of(self, flow: i64) -> i128 {
        match self {
            Self::Free => 0,
            Self::Inverse { square: 0 } => 0,
            Self::Inverse { square } if flow <= 0 => NONE + 2 * square,
            Self::Inverse { square } => square / i128::from(flow),
            Self::Distance { scale, target } => {
                // No flow that is allowed lies so far off; a step may, and is priced all the same.
                let off =
                    (i128::from(scale) * i128::from(flow) - target).clamp(-FARTHEST, FARTHEST);
                off * off
            }
        }
    }
}

/// An arc with the least and the most it carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) lower: i64,
    pub(crate) upper: i64,
    pub(crate) cost: Cost,
}

/// Arcs whose bounds cannot hold together: what must enter a set of nodes exceeds what can leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Arcs that enter the set: their lower bounds.
    pub(crate) entering: Vec<usize>,
    /// Arcs that leave it: their upper bounds.
    pub(crate) leaving: Vec<usize>,
}

/// A circulation of least cost with the node prices that prove it.
#[derive(Clone, Debug)]
pub(crate) struct Circulation {
    pub(crate) flow: Vec<i64>,
    pub(crate) prices: Vec<i128>,
}

/// The least cost of a circulation within bounds, `lower <= upper` on every arc.
pub(crate) fn circulate(nodes: usize, arcs: &[Arc]) -> Result<Circulation, Cut> {
    let mut solver = Solver::new(nodes, arcs);
    let widest = arcs.iter().map(|arc| arc.upper - arc.lower).max().unwrap_or(0);
    let mut step = 1_i64 << (63 - (widest.max(1) as u64).leading_zeros());
    loop {
        solver.scale(step);
        if step == 1 {
            break;
        }
        step /= 2;
        // Prices are of one step: half a step costs half.
        solver.prices.iter_mut().for_each(|price| *price >>= 1);
    }
    match solver.excess.iter().position(|excess| *excess > 0) {
        None => Ok(Circulation { flow: solver.flow, prices: solver.prices }),
        Some(node) => Err(solver.cut(node)),
    }
}

struct Solver<'a> {
    arcs: &'a [Arc],
    /// The arcs at each node: index, and whether it leaves.
    at: Vec<Vec<(usize, bool)>>,
    flow: Vec<i64>,
    /// What enters a node and does not leave.
    excess: Vec<i64>,
    prices: Vec<i128>,
    /// Cost of one step more, and of one step less.
    more: Vec<i128>,
    less: Vec<i128>,
}

impl<'a> Solver<'a> {
    fn new(nodes: usize, arcs: &'a [Arc]) -> Self {
        let mut at = vec![Vec::new(); nodes];
        let mut excess = vec![0; nodes];
        for (index, arc) in arcs.iter().enumerate() {
            at[arc.from].push((index, true));
            at[arc.to].push((index, false));
            excess[arc.from] -= arc.lower;
            excess[arc.to] += arc.lower;
        }
        Self {
            arcs,
            at,
            flow: arcs.iter().map(|arc| arc.lower).collect(),
            excess,
            prices: vec![0; nodes],
            more: vec![0; arcs.len()],
            less: vec![0; arcs.len()],
        }
    }

    fn price_arc(&mut self, index: usize, step: i64) {
        let (cost, flow) = (self.arcs[index].cost, self.flow[index]);
        let now = cost.of(flow);
        self.more[index] = cost.of(flow.saturating_add(step)) - now;
        self.less[index] = if flow >= step { cost.of(flow - step) - now } else { i128::MAX >> 8 };
    }

    fn push(&mut self, index: usize, amount: i64, step: i64) {
        let arc = &self.arcs[index];
        self.flow[index] += amount;
        self.excess[arc.from] -= amount;
        self.excess[arc.to] += amount;
        self.price_arc(index, step);
    }

    fn can_more(&self, index: usize, step: i64) -> bool {
        self.arcs[index].upper - self.flow[index] >= step
    }

    fn can_less(&self, index: usize, step: i64) -> bool {
        self.flow[index] - self.arcs[index].lower >= step
    }

    /// Cost of a step along an arc and the difference of its prices; not negative when optimal.
    fn reduced(&self, index: usize, forward: bool) -> i128 {
        let arc = &self.arcs[index];
        let drop = self.prices[arc.from] - self.prices[arc.to];
        if forward { self.more[index] - drop } else { self.less[index] + drop }
    }

    /// One phase: makes steps of this size optimal, then sends excess to deficits.
    fn scale(&mut self, step: i64) {
        for index in 0..self.arcs.len() {
            self.price_arc(index, step);
            while self.can_more(index, step) && self.reduced(index, true) < 0 {
                self.push(index, step, step);
            }
            while self.can_less(index, step) && self.reduced(index, false) < 0 {
                self.push(index, -step, step);
            }
        }
        let mut search = Search::new(self.at.len());
        while let Some(end) = search.nearest(self, step) {
            let reach = search.distance[end];
            for (node, price) in self.prices.iter_mut().enumerate() {
                *price -= search.distance[node].min(reach);
            }
            let mut node = end;
            while let Some((index, forward)) = search.came[node] {
                let arc = &self.arcs[index];
                node = if forward { arc.from } else { arc.to };
                self.push(index, if forward { step } else { -step }, step);
            }
        }
    }

    /// The nodes that a node with excess reaches by single units.
    fn cut(&self, node: usize) -> Cut {
        let mut inside = vec![false; self.at.len()];
        let mut open = vec![node];
        inside[node] = true;
        while let Some(node) = open.pop() {
            for (index, leaves) in &self.at[node] {
                let arc = &self.arcs[*index];
                let other = if *leaves { arc.to } else { arc.from };
                let passes =
                    if *leaves { self.can_more(*index, 1) } else { self.can_less(*index, 1) };
                if passes && !inside[other] {
                    inside[other] = true;
                    open.push(other);
                }
            }
        }
        let crossing = |into: bool| {
            let crosses = |index: &usize| {
                let arc = &self.arcs[*index];
                inside[arc.from] != into && inside[arc.to] == into
            };
            (0..self.arcs.len()).filter(crosses).collect()
        };
        Cut { entering: crossing(true), leaving: crossing(false) }
    }
}

/// Shortest paths by reduced cost from all nodes with enough excess to the nearest with enough
/// deficit (Dijkstra).
struct Search {
    distance: Vec<i128>,
    came: Vec<Option<(usize, bool)>>,
    done: Vec<bool>,
    heap: BinaryHeap<(Reverse<i128>, Reverse<usize>)>,
}

const FAR: i128 = i128::MAX >> 1;

impl Search {
    fn new(nodes: usize) -> Self {
        Self {
            distance: vec![FAR; nodes],
            came: vec![None; nodes],
            done: vec![false; nodes],
            heap: BinaryHeap::new(),
        }
    }

    fn nearest(&mut self, solver: &Solver<'_>, step: i64) -> Option<usize> {
        self.distance.fill(FAR);
        self.came.fill(None);
        self.done.fill(false);
        self.heap.clear();
        for (node, excess) in solver.excess.iter().enumerate() {
            if *excess >= step {
                self.distance[node] = 0;
                self.heap.push((Reverse(0), Reverse(node)));
            }
        }
        while let Some((Reverse(distance), Reverse(node))) = self.heap.pop() {
            if std::mem::replace(&mut self.done[node], true) {
                continue;
            }
            if solver.excess[node] <= -step {
                return Some(node);
            }
            for (index, leaves) in &solver.at[node] {
                let arc = &solver.arcs[*index];
                let (other, passes) = if *leaves {
                    (arc.to, solver.can_more(*index, step))
                } else {
                    (arc.from, solver.can_less(*index, step))
                };
                if !passes || self.done[other] {
                    continue;
                }
                // Halved prices may be one off; a step back would be endless.
                let next = distance + solver.reduced(*index, *leaves).max(0);
                if next < self.distance[other] {
                    self.distance[other] = next;
                    self.came[other] = Some((*index, *leaves));
                    self.heap.push((Reverse(next), Reverse(other)));
                }
            }
        }
        None
    }
}
