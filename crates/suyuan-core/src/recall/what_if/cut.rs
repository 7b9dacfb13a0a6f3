//! The fewest operators whose stop would end the spread.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::dinics;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::chain::{OutflowTo, SupplyChain};
use crate::error::Error;
use crate::id::{OperatorId, StockId};
use crate::model::Stage;
use crate::quantity::Total;
use crate::recall::{Policy, RecallSource, Scope, recall};
use crate::time::Minute;

/// By which links goods are expected to move on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// Affected links of the records that can depart from now on: orders, or a look back.
    Recorded,
    /// Whom each operator has ever shipped to, whatever the batch and the date.
    Pattern,
}

/// Where to stop the spread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// The operators that hold affected goods now, or have them on the road to them, by code.
    pub holders: Vec<OperatorId>,
    /// The operators that hand goods to consumers and that affected goods can reach, by code.
    pub ends: Vec<OperatorId>,
    /// The fewest operators to stop, by code: of several answers of one size the one nearest to
    /// the holders.
    pub stop: Vec<OperatorId>,
}

/// The fewest operators whose stop would end the spread from `now`: a smallest set such that
/// every way from a holder of affected goods to an operator that hands goods to consumers passes
/// one of it. A stopped operator neither ships nor sells; a shop that holds affected goods
/// already can only be stopped itself.
///
/// Who holds what is asked as of `now`; a quantity that is unknown counts as held. The ways are
/// those of the operator network, not of time: one that no goods can take in the order of its
/// dates counts too, so the answer always suffices and can be larger than needed. Consumers are
/// served by the stages retail, catering, canteen and online, and by operators of unknown stage
/// that ship nothing on.
///
/// Two recalls, and a maximum flow (petgraph's Dinic) on the operators between holders and ends:
/// O(e sqrt(v)) for v operators and e pairs that trade.
///
/// # Errors
/// [`Error::OtherChain`] when the source is of another chain.
pub fn cut(
    chain: &SupplyChain,
    source: &RecallSource,
    policy: &Policy,
    now: Minute,
    basis: Basis,
) -> Result<Cut, Error> {
    let held = recall(chain, source, &policy.clone().as_of(now))?;
    let holders: BTreeSet<OperatorId> = held
        .affected
        .iter()
        .filter(|row| is_there(row.ledger.on_hand()) || is_there(row.ledger.in_transit))
        .map(|row| chain.stock(row.traced.stock).1)
        .collect();
    let edges = match basis {
        Basis::Recorded => {
            let scope = recall(chain, source, &policy.clone().as_of(Minute::UNBOUNDED_FUTURE))?;
            recorded_edges(chain, &scope, policy, now)
        }
        Basis::Pattern => {
            let network = chain.operator_network();
            let pair = |end: NodeIndex| network.node_weight(end).copied();
            let ends = network.edge_references();
            ends.filter_map(|edge| pair(edge.source()).zip(pair(edge.target()))).collect()
        }
    };
    let reached = reachable(&edges, &holders);
    let ships: BTreeSet<OperatorId> = edges.iter().map(|(from, _)| *from).collect();
    let ends: BTreeSet<OperatorId> = reached
        .into_iter()
        .filter(|operator| serves(chain, *operator, ships.contains(operator)))
        .collect();
    let stop = fewest_to_stop(&edges, &holders, &ends);
    let by_code = |operators: BTreeSet<OperatorId>| {
        let mut operators: Vec<OperatorId> = operators.into_iter().collect();
        operators.sort_unstable_by_key(|operator| chain.operator(*operator).code);
        operators
    };
    Ok(Cut { holders: by_code(holders), ends: by_code(ends), stop: by_code(stop) })
}

fn is_there(total: Total) -> bool {
    total.millionths > 0 || !total.complete
}

fn serves(chain: &SupplyChain, operator: OperatorId, ships: bool) -> bool {
    match chain.operator(operator).stage {
        Some(Stage::Retail | Stage::Catering | Stage::Canteen | Stage::Online) => true,
        Some(Stage::Other) | None => !ships,
        Some(_) => false,
    }
}

type Edges = BTreeSet<(OperatorId, OperatorId)>;

/// Pairs of operators between which affected goods can still pass from `now` on.
fn recorded_edges(chain: &SupplyChain, scope: &Scope, policy: &Policy, now: Minute) -> Edges {
    let operator = |stock: StockId| chain.stock(stock).1;
    let blocked = policy.blocked(chain);
    let mut edges = Edges::new();
    for row in &scope.affected {
        let from = row.traced.stock;
        for flow in chain.outflows(from) {
            if flow.gone_by < row.traced.minute.max(now) {
                continue;
            }
            match flow.to {
                OutflowTo::Shipment(id) => {
                    edges.insert((operator(from), operator(chain.shipment(id).to)));
                }
                OutflowTo::Transformation(id)
                    if !blocked.get(id.index()).copied().unwrap_or(false) =>
                {
                    // Nearly always one operator; the records may say otherwise.
                    let others = chain.operators_of(id).into_iter();
                    edges.extend(others.map(|other| (operator(from), other)));
                }
                _ => {}
            }
        }
        // Nobody knows when an orphan got its goods: from now on is possible.
        let batch = chain.stock(from).0;
        let here = chain.stocks_of_batch(batch);
        let orphans = here.filter(|stock| chain.is_orphan(*stock) && *stock != from);
        edges.extend(orphans.map(|orphan| (operator(from), operator(orphan))));
    }
    edges.retain(|(from, to)| from != to);
    edges
}

fn reachable(edges: &Edges, from: &BTreeSet<OperatorId>) -> BTreeSet<OperatorId> {
    let mut reached = from.clone();
    let mut stack: Vec<OperatorId> = from.iter().copied().collect();
    while let Some(operator) = stack.pop() {
        let onward = edges.range((operator, OperatorId(0))..=(operator, OperatorId(u32::MAX)));
        stack.extend(onward.filter(|(_, to)| reached.insert(*to)).map(|(_, to)| *to));
    }
    reached
}

/// A smallest set of operators that every way along `edges` from one of `holders` to one of
/// `ends` passes, the first and the last operator of a way included. Of several sets of that size
/// the one nearest to the holders.
///
/// A minimum vertex cut: each operator becomes an arc of capacity one, and the cut is read from
/// what a maximum flow leaves reachable (Menger 1927; Ford and Fulkerson 1956).
#[must_use]
pub fn fewest_to_stop(
    edges: &BTreeSet<(OperatorId, OperatorId)>,
    holders: &BTreeSet<OperatorId>,
    ends: &BTreeSet<OperatorId>,
) -> BTreeSet<OperatorId> {
    let reached = reachable(edges, holders);
    let back: Edges = edges.iter().map(|(from, to)| (*to, *from)).collect();
    let leading = reachable(&back, ends);
    let between: BTreeMap<OperatorId, u32> =
        reached.intersection(&leading).copied().zip(0_u32..).collect();
    let count = between.len() as u32;
    // The arcs of operators come first, so that an operator's number is its arc's.
    let mut network: DiGraph<(), u32> = DiGraph::with_capacity(between.len() * 2 + 2, edges.len());
    (0..count * 2 + 2).for_each(|_| {
        network.add_node(());
    });
    let (enter, leave) =
        (|at: u32| NodeIndex::new(at as usize * 2), |at: u32| NodeIndex::new(at as usize * 2 + 1));
    let (start, end) = (enter(count), leave(count));
    let endless = count + 1;
    for at in 0..count {
        network.add_edge(enter(at), leave(at), 1);
    }
    for (from, to) in edges {
        if let (Some(from), Some(to)) = (between.get(from), between.get(to)) {
            network.add_edge(leave(*from), enter(*to), endless);
        }
    }
    for (operators, begins) in [(holders, true), (ends, false)] {
        for at in operators.iter().filter_map(|operator| between.get(operator)) {
            if begins {
                network.add_edge(start, enter(*at), endless);
            } else {
                network.add_edge(leave(*at), end, endless);
            }
        }
    }
    let (_, flows) = dinics(&network, start, end);
    let mut seen = vec![false; network.node_count()];
    let mut stack = vec![start];
    seen[start.index()] = true;
    while let Some(node) = stack.pop() {
        let used = |edge: petgraph::graph::EdgeIndex| flows.get(edge.index()).copied().unwrap_or(0);
        let onward = network
            .edges_directed(node, Direction::Outgoing)
            .filter(|edge| used(edge.id()) < *edge.weight())
            .map(|edge| edge.target());
        let back = network
            .edges_directed(node, Direction::Incoming)
            .filter(|edge| used(edge.id()) > 0)
            .map(|edge| edge.source());
        for next in onward.chain(back).collect::<Vec<_>>() {
            if !std::mem::replace(&mut seen[next.index()], true) {
                stack.push(next);
            }
        }
    }
    between
        .into_iter()
        .filter(|(_, at)| seen[enter(*at).index()] && !seen[leave(*at).index()])
        .map(|(operator, _)| operator)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<OperatorId> {
        numbers.into_iter().map(OperatorId).collect()
    }

    fn edges(pairs: &[(u32, u32)]) -> Edges {
        pairs.iter().map(|(from, to)| (OperatorId(*from), OperatorId(*to))).collect()
    }

    #[test]
    fn the_cut_is_where_all_ways_meet() {
        // 0 and 1 deliver to 2, which serves 3, 4 and 5.
        let star = edges(&[(0, 2), (1, 2), (2, 3), (2, 4), (2, 5)]);
        assert_eq!(fewest_to_stop(&star, &set([0, 1]), &set([3, 4, 5])), set([2]));
        // A shop that holds goods already must stop itself; stopping 2 does not reach it.
        assert_eq!(fewest_to_stop(&star, &set([0, 3]), &set([3, 4, 5])), set([0, 3]));
        // Nobody holds anything, or nothing leads to an end.
        assert_eq!(fewest_to_stop(&star, &set([]), &set([3])), set([]));
        assert_eq!(fewest_to_stop(&star, &set([4]), &set([5])), set([]));
        // A ring with a way out.
        let ring = edges(&[(0, 1), (1, 2), (2, 0), (2, 3)]);
        assert_eq!(fewest_to_stop(&ring, &set([0]), &set([3])), set([0]));
    }

    /// Whether no end can be reached when some operators stop.
    fn ended(
        edges: &Edges,
        holders: &BTreeSet<OperatorId>,
        ends: &BTreeSet<OperatorId>,
        stop: &BTreeSet<OperatorId>,
    ) -> bool {
        let left: Edges = edges
            .iter()
            .filter(|(from, to)| !stop.contains(from) && !stop.contains(to))
            .copied()
            .collect();
        reachable(&left, &(holders - stop)).is_disjoint(&(ends - stop))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn no_smaller_set_ends_the_spread(
            pairs in proptest::collection::btree_set((0_u32..8, 0_u32..8), 0..24),
            holders in proptest::collection::btree_set(0_u32..8, 0..4),
            ends in proptest::collection::btree_set(0_u32..8, 0..4),
        ) {
            let edges = edges(&pairs.into_iter().filter(|(a, b)| a != b).collect::<Vec<_>>());
            let (holders, ends) = (set(holders), set(ends));
            let stop = fewest_to_stop(&edges, &holders, &ends);
            prop_assert!(ended(&edges, &holders, &ends, &stop));
            // Every subset of the eight operators, by brute force.
            let fewest = (0_u32..256)
                .map(|bits| set((0..8).filter(|at| bits >> at & 1 == 1)))
                .filter(|some| ended(&edges, &holders, &ends, some))
                .map(|some| some.len())
                .min();
            prop_assert_eq!(Some(stop.len()), fewest);
        }
    }
}
