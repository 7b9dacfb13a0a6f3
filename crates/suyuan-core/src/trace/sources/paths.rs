//! Who stands on every path to a case.

use hashbrown::HashMap;
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};

use super::cone::Cone;
use crate::chain::SupplyChain;
use crate::id::OperatorId;

/// For each operator the number of cases all paths to which lead through it, from wherever goods
/// first come into sight.
pub(super) fn unavoidable(chain: &SupplyChain, cones: &[Cone]) -> HashMap<OperatorId, u32> {
    let mut counts = HashMap::new();
    for cone in cones {
        for operator in of_case(chain, cone) {
            *counts.entry(operator).or_default() += 1;
        }
    }
    counts
}

fn of_case(chain: &SupplyChain, cone: &Cone) -> Vec<OperatorId> {
    let operators = cone.operators(chain);
    let place = |at: u32| {
        let operator = chain.stock(cone.stocks[at as usize].0).1;
        operators.binary_search(&operator).map(NodeIndex::new).unwrap_or_default()
    };
    let mut graph = DiGraph::<(), ()>::with_capacity(operators.len() + 2, cone.arcs.len());
    operators.iter().for_each(|_| {
        graph.add_node(());
    });
    let (outside, case) = (graph.add_node(()), graph.add_node(()));
    let mut fed = vec![false; cone.stocks.len()];
    let mut passages: Vec<_> = Vec::with_capacity(cone.arcs.len());
    for (from, to) in &cone.arcs {
        fed[*to as usize] = true;
        passages.push((place(*from), place(*to)));
    }
    for at in 0..cone.stocks.len() as u32 {
        if !fed[at as usize] {
            passages.push((outside, place(at)));
        }
    }
    passages.extend(cone.targets.iter().map(|at| (place(*at), case)));
    passages.sort_unstable();
    passages.dedup();
    for (from, to) in passages {
        graph.add_edge(from, to, ());
    }
    let dominators = simple_fast(&graph, outside);
    let Some(on_path) = dominators.strict_dominators(case) else { return Vec::new() };
    on_path.filter_map(|node| operators.get(node.index()).copied()).collect()
}
