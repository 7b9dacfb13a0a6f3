//! petgraph's algorithms on a chain against the oracle's explicit list of links.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::{is_cyclic_directed, kosaraju_scc, toposort};
use petgraph::visit::{
    Bfs, Dfs, EdgeRef, IntoEdgeReferences, IntoEdgesDirected, IntoNeighborsDirected,
    IntoNodeIdentifiers, IntoNodeReferences, NodeCount, NodeIndexable, NodeRef, Reversed,
};
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::StockId;

use crate::common::compare::codes;
use crate::common::generate::record_sets;
use crate::common::oracle::{Stock, World};
use crate::{check, same};

type Pairs = BTreeMap<(Stock, Stock), usize>;

fn count(pairs: impl Iterator<Item = (Stock, Stock)>) -> Pairs {
    let mut counts = Pairs::new();
    for pair in pairs {
        *counts.entry(pair).or_default() += 1;
    }
    counts
}

/// Edges and neighbours, forward and reversed, with their multiplicities.
fn check_edges(chain: &SupplyChain, world: &World) -> Result<(), String> {
    let graph = chain;
    let expected = count(world.links.iter().map(|link| (link.from.clone(), link.to.clone())));
    let edges = graph.edge_references();
    let edges = count(edges.map(|edge| (codes(chain, edge.source()), codes(chain, edge.target()))));
    same("edges", &edges, &expected)?;
    same("link count", &chain.link_count(), &(world.links.len() as u64))?;
    same("edge references", &(graph.edge_references().count() as u64), &chain.link_count())?;
    let ids: BTreeSet<_> = graph.edge_references().map(|edge| edge.id()).collect();
    for direction in [Direction::Outgoing, Direction::Incoming] {
        let neighbours = chain.stock_ids().flat_map(|stock| {
            graph.neighbors_directed(stock, direction).map(move |other| match direction {
                Direction::Outgoing => (codes(chain, stock), codes(chain, other)),
                Direction::Incoming => (codes(chain, other), codes(chain, stock)),
            })
        });
        same("neighbours", &count(neighbours), &expected)?;
        let edges = chain.stock_ids().flat_map(|stock| graph.edges_directed(stock, direction));
        let edges: BTreeSet<_> = edges.map(|edge| edge.id()).collect();
        same("edges by direction", &edges, &ids)?;
    }
    let nodes: Vec<StockId> = graph.node_identifiers().collect();
    let named: Vec<StockId> = graph.node_references().map(|node| node.id()).collect();
    same("nodes", &nodes, &named)?;
    same("node count", &graph.node_count(), &world.stocks.len())?;
    let round = |stock: &StockId| graph.from_index(graph.to_index(*stock)) == *stock;
    if graph.node_bound() >= nodes.len() && nodes.iter().all(round) {
        Ok(())
    } else {
        Err("node indices".to_owned())
    }
}

#[test]
fn petgraph_reaches_the_untimed_closure() {
    check(80, record_sets(40), |records| {
        let chain = records.build().chain;
        let world = World::new(&records);
        check_edges(&chain, &world)?;
        let closures: BTreeMap<Stock, BTreeSet<Stock>> =
            world.stocks.iter().map(|s| (s.clone(), world.untimed_closure(s))).collect();
        for start in chain.stock_ids() {
            let name = codes(&chain, start);
            let mut closure = closures[&name].clone();
            closure.insert(name.clone());
            let (mut bfs, mut dfs) = (Bfs::new(&chain, start), Dfs::new(&chain, start));
            let breadth: BTreeSet<Stock> =
                std::iter::from_fn(|| bfs.next(&chain)).map(|id| codes(&chain, id)).collect();
            let depth: BTreeSet<Stock> =
                std::iter::from_fn(|| dfs.next(&chain)).map(|id| codes(&chain, id)).collect();
            same("breadth first", &breadth, &closure)?;
            same("depth first", &depth, &closure)?;
            let reversed = Reversed(&chain);
            let mut dfs = Dfs::new(reversed, start);
            let up: BTreeSet<Stock> =
                std::iter::from_fn(|| dfs.next(reversed)).map(|id| codes(&chain, id)).collect();
            let above = closures.iter().filter(|(from, to)| to.contains(&name) || **from == name);
            same("upstream", &up, &above.map(|(from, _)| from.clone()).collect())?;
        }
        let cyclic = closures.iter().any(|(stock, closure)| closure.contains(stock));
        same("cyclic", &is_cyclic_directed(&chain), &cyclic)?;
        same("topological order", &toposort(&chain, None).is_err(), &cyclic)?;
        let components: BTreeSet<BTreeSet<Stock>> = kosaraju_scc(&chain)
            .into_iter()
            .map(|component| component.into_iter().map(|id| codes(&chain, id)).collect())
            .collect();
        let mutual = |stock: &Stock| -> BTreeSet<Stock> {
            let others = world.stocks.iter().filter(|other| {
                *other == stock
                    || (closures[stock].contains(*other) && closures[*other].contains(stock))
            });
            others.cloned().collect()
        };
        same("components", &components, &world.stocks.iter().map(mutual).collect())
    });
}
