//! Who trades how much with whom, and what follows from that alone.

use hashbrown::{HashMap, HashSet};
use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeRef, Reversed};

use super::cone::mean;
use crate::chain::SupplyChain;
use crate::id::OperatorId;
use crate::numeric::shares::solve;
use crate::quantity::Dimension;
use crate::time::Minute;

/// What a shipment counts whose quantity is unknown or in pieces: a kilogram or litre, in
/// millionths of a gram or millilitre.
const USUAL: f64 = 1e9;

/// The network of trade: shares of each operator's shipments by quantity.
#[derive(Debug)]
pub(super) struct Trade {
    /// For each operator whom it delivers to, with the share of its deliveries.
    to: Vec<Vec<(u32, f64)>>,
    from: Vec<Vec<u32>>,
    /// For each operator the share of what it received that it delivered.
    passes_on: Vec<f64>,
}

impl Trade {
    /// Takes O(n log n) in the shipments.
    pub(super) fn new(chain: &SupplyChain, as_of: Minute) -> Self {
        let count = chain.operator_ids().len();
        let mut parcels: Vec<(u32, u32, f64)> = Vec::with_capacity(chain.shipment_ids().len());
        for id in chain.shipment_ids() {
            let row = chain.shipment(id);
            if row.departs.earliest.min(row.arrives.earliest) > as_of {
                continue;
            }
            let unit = chain
                .unit(row.from)
                .filter(|unit| matches!(unit.dimension(), Dimension::Mass | Dimension::Volume));
            let amount = unit.zip(row.amount);
            let weight = amount
                .map_or(USUAL, |(unit, amount)| amount.millionths() as f64 * unit.factor() as f64);
            let operator = |stock| chain.stock(stock).1.0;
            parcels.push((operator(row.from), operator(row.to), weight));
        }
        // By quantity as well, so that sums do not depend on the order of records.
        parcels.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let mut trade = Self {
            to: vec![Vec::new(); count],
            from: vec![Vec::new(); count],
            passes_on: vec![1.0; count],
        };
        let (mut came, mut left) = (vec![0.0; count], vec![0.0; count]);
        for pair in parcels.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (from, to) = (pair[0].0, pair[0].1);
            let sum: f64 = pair.iter().map(|parcel| parcel.2).sum();
            trade.to[from as usize].push((to, sum));
            trade.from[to as usize].push(from);
            came[to as usize] += sum;
            left[from as usize] += sum;
        }
        for (at, partners) in trade.to.iter_mut().enumerate() {
            partners.iter_mut().for_each(|(_, part)| *part /= left[at]);
            if came[at] > 0.0 {
                trade.passes_on[at] = (left[at] / came[at]).min(1.0);
            }
        }
        trade
    }

    /// Everyone from whom goods can come to one of some operators, and these, sorted.
    fn upstream(&self, of: &[OperatorId]) -> Vec<u32> {
        let mut met: Vec<u32> = of.iter().map(|operator| operator.0).collect();
        let mut known: HashSet<u32> = met.iter().copied().collect();
        let mut next = 0;
        while let Some(at) = met.get(next).copied() {
            next += 1;
            met.extend(self.from[at as usize].iter().filter(|from| known.insert(**from)));
        }
        met.sort_unstable();
        met
    }

    /// For each operator upstream of some, the probability that goods of it come to one of them.
    pub(super) fn hits(&self, of: &[OperatorId]) -> HashMap<OperatorId, f64> {
        self.shares(of, |_| (0.0, 1.0))
    }

    /// For each operator upstream of some, the probability that goods of it end at one of them.
    pub(super) fn ends(&self, of: &[OperatorId]) -> HashMap<OperatorId, f64> {
        self.shares(of, |passes_on| (passes_on, 1.0 - passes_on))
    }

    /// The shares of goods that come to some operators. `inside` says for one of these, which
    /// passes on so much, what it does pass on and what counts as come.
    fn shares(
        &self,
        of: &[OperatorId],
        inside: impl Fn(f64) -> (f64, f64),
    ) -> HashMap<OperatorId, f64> {
        let ends: HashSet<u32> = of.iter().map(|operator| operator.0).collect();
        let upstream = self.upstream(of);
        let places: HashMap<u32, u32> = (0..).zip(&upstream).map(|(at, id)| (*id, at)).collect();
        let equations: Vec<_> = upstream
            .iter()
            .map(|id| {
                let onward = self.onward(*id);
                let (onward, come) = if ends.contains(id) { inside(onward) } else { (onward, 0.0) };
                let partners = self.to[*id as usize].iter();
                let parts = partners
                    .filter_map(|(to, part)| Some((*places.get(to)?, part * onward)))
                    .filter(|(_, part)| *part > 0.0);
                mean(&parts.collect::<Vec<_>>(), come)
            })
            .collect();
        let solution = solve(&equations).into_iter().map(|share| share.to_f64());
        upstream.into_iter().map(OperatorId).zip(solution).collect()
    }

    /// The share of its goods that an operator passes on.
    fn onward(&self, id: u32) -> f64 {
        if self.to[id as usize].is_empty() { 0.0 } else { self.passes_on[id as usize] }
    }

    /// How many operators there are.
    pub(super) fn len(&self) -> usize {
        self.to.len()
    }

    /// For each candidate the mean and the standard deviation of its effective distances to the
    /// cases; `None` where a case cannot be reached.
    pub(super) fn distances(
        &self,
        cases: &[Vec<OperatorId>],
        candidates: &[OperatorId],
    ) -> Vec<Option<(f64, f64)>> {
        let mut graph = DiGraph::<(), f64>::with_capacity(self.to.len(), 0);
        self.to.iter().for_each(|_| {
            graph.add_node(());
        });
        for (from, partners) in self.to.iter().enumerate() {
            for (to, part) in partners {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to as usize), 1.0 - part.ln());
            }
        }
        let mut sums = vec![Some((0.0, 0.0)); candidates.len()];
        for case in cases {
            let reached: Vec<_> = case
                .iter()
                .map(|operator| {
                    let end = NodeIndex::new(operator.index());
                    dijkstra(Reversed(&graph), end, None, |edge| *edge.weight())
                })
                .collect();
            for (sum, candidate) in sums.iter_mut().zip(candidates) {
                let node = NodeIndex::new(candidate.index());
                let distances = reached.iter().filter_map(|to| to.get(&node).copied());
                let nearest = distances.min_by(f64::total_cmp);
                *sum = sum.zip(nearest).map(|((one, two), d)| (one + d, two + d * d));
            }
        }
        let count = cases.len() as f64;
        let moments = |(one, two): (f64, f64)| {
            let mean = one / count;
            (mean, (two / count - mean * mean).max(0.0).sqrt())
        };
        sums.into_iter().map(|sum| sum.map(moments)).collect()
    }
}
