//! petgraph's visit traits on [`SupplyChain`]: any petgraph algorithm runs on the lineage graph.
//!
//! Nodes are stocks, edges are links; parallel links are kept. A transformation's links appear as
//! the pairs of its inputs and outputs, enumerated lazily, and the inferred links into orphans
//! like all others. The traits know no time: they show every link, whatever its dates.

use petgraph::Direction;
use petgraph::visit::{
    Data, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges, IntoEdgesDirected,
    IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences,
    NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
};

use super::departures::{LinkIter, LinkList};
use super::index::Node;
use super::records::LineRow;
use super::{BatchStocks, SupplyChain};
use crate::id::{BatchId, OperatorId, ShipmentId, StockId, TransformationId};

/// What makes a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LinkRef {
    /// A shipment.
    Shipment(ShipmentId),
    /// A transformation.
    Transformation(TransformationId),
    /// Inferred: the target is an orphan and the source another stock of its batch.
    Inferred,
}

/// One link of the lineage graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LinkEdge {
    /// The stock it leaves.
    pub from: StockId,
    /// The stock it reaches.
    pub to: StockId,
    /// What makes it.
    pub link: LinkRef,
}

impl EdgeRef for LinkEdge {
    type NodeId = StockId;
    type EdgeId = (StockId, StockId, LinkRef);
    type Weight = LinkWeight;

    fn source(&self) -> StockId {
        self.from
    }
    fn target(&self) -> StockId {
        self.to
    }
    fn weight(&self) -> &LinkWeight {
        &LinkWeight
    }
    fn id(&self) -> Self::EdgeId {
        (self.from, self.to, self.link)
    }
}

/// The weight of every edge: none. What a link carries is asked of the chain by its [`LinkRef`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkWeight;

/// The links of one stock in one direction.
#[derive(Debug, Clone)]
pub struct Links<'c> {
    chain: &'c SupplyChain,
    stock: StockId,
    direction: Direction,
    outer: LinkIter<'c>,
    inner: Option<Inner<'c>>,
}

/// What lies behind an inner node.
#[derive(Debug, Clone)]
enum Inner<'c> {
    Lines(TransformationId, std::slice::Iter<'c, LineRow>),
    Batch(BatchStocks<'c>),
}

impl<'c> Links<'c> {
    fn new(chain: &'c SupplyChain, stock: StockId, direction: Direction) -> Self {
        let links = chain.links.of(direction == Direction::Outgoing, stock.0);
        Self { chain, stock, direction, outer: links.iter(), inner: None }
    }

    fn edge(&self, other: StockId, link: LinkRef) -> LinkEdge {
        match self.direction {
            Direction::Outgoing => LinkEdge { from: self.stock, to: other, link },
            Direction::Incoming => LinkEdge { from: other, to: self.stock, link },
        }
    }
}

impl Iterator for Links<'_> {
    type Item = LinkEdge;

    fn next(&mut self) -> Option<LinkEdge> {
        loop {
            match &mut self.inner {
                Some(Inner::Lines(id, lines)) => {
                    let link = LinkRef::Transformation(*id);
                    if let Some(line) = lines.next() {
                        return Some(self.edge(line.stock, link));
                    }
                }
                Some(Inner::Batch(stocks)) => {
                    let (chain, stock) = (self.chain, self.stock);
                    let orphans = self.direction == Direction::Outgoing;
                    let fits =
                        |other: &StockId| *other != stock && (!orphans || chain.is_orphan(*other));
                    if let Some(other) = stocks.find(fits) {
                        return Some(self.edge(other, LinkRef::Inferred));
                    }
                }
                None => {}
            }
            let link = self.outer.next()?;
            match Node::of(link.node) {
                Node::Stock(other) => {
                    self.inner = None;
                    return Some(self.edge(other, LinkRef::Shipment(ShipmentId(link.record()))));
                }
                Node::Transformation(id) | Node::Apart(id) => {
                    let lines = match self.direction {
                        Direction::Outgoing => self.chain.outputs(id),
                        Direction::Incoming => self.chain.inputs(id),
                    };
                    self.inner = Some(Inner::Lines(id, lines.iter()));
                }
                Node::Orphans(batch) => {
                    self.inner = Some(Inner::Batch(self.chain.stocks_of_batch(batch)));
                }
            }
        }
    }
}

impl SupplyChain {
    /// The links leaving a stock (`Outgoing`) or reaching it (`Incoming`).
    #[must_use]
    pub fn links_of(&self, stock: StockId, direction: Direction) -> Links<'_> {
        Links::new(self, stock, direction)
    }
}

impl GraphBase for SupplyChain {
    type NodeId = StockId;
    type EdgeId = (StockId, StockId, LinkRef);
}

impl Data for SupplyChain {
    type NodeWeight = (BatchId, OperatorId);
    type EdgeWeight = LinkWeight;
}

impl GraphProp for SupplyChain {
    type EdgeType = petgraph::Directed;
}

impl NodeCount for SupplyChain {
    fn node_count(&self) -> usize {
        self.stock_count()
    }
}

impl NodeIndexable for SupplyChain {
    fn node_bound(&self) -> usize {
        self.stock_count()
    }
    fn to_index(&self, stock: StockId) -> usize {
        stock.index()
    }
    fn from_index(&self, index: usize) -> StockId {
        StockId(index as u32)
    }
}

impl NodeCompactIndexable for SupplyChain {}

/// A set of stocks, for petgraph's traversals.
#[derive(Debug, Clone, Default)]
pub struct StockSet {
    bits: Vec<u64>,
}

impl VisitMap<StockId> for StockSet {
    fn visit(&mut self, stock: StockId) -> bool {
        let fresh = !self.is_visited(&stock);
        if let Some(word) = self.bits.get_mut(stock.index() / 64) {
            *word |= 1 << (stock.index() % 64);
        }
        fresh
    }
    fn is_visited(&self, stock: &StockId) -> bool {
        self.bits.get(stock.index() / 64).is_some_and(|word| word >> (stock.index() % 64) & 1 == 1)
    }
    fn unvisit(&mut self, stock: StockId) -> bool {
        let was = self.is_visited(&stock);
        if let Some(word) = self.bits.get_mut(stock.index() / 64) {
            *word &= !(1 << (stock.index() % 64));
        }
        was
    }
}

impl Visitable for SupplyChain {
    type Map = StockSet;
    fn visit_map(&self) -> StockSet {
        StockSet { bits: vec![0; self.stock_count().div_ceil(64)] }
    }
    fn reset_map(&self, map: &mut StockSet) {
        map.bits.clear();
        map.bits.resize(self.stock_count().div_ceil(64), 0);
    }
}

impl IntoNodeIdentifiers for &SupplyChain {
    type NodeIdentifiers = std::iter::Map<std::ops::Range<u32>, fn(u32) -> StockId>;
    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..self.stock_count() as u32).map(StockId::new as fn(u32) -> StockId)
    }
}

/// Every stock with its batch and operator.
#[derive(Debug, Clone)]
pub struct StockReferences<'c> {
    chain: &'c SupplyChain,
    ids: std::ops::Range<u32>,
}

impl<'c> Iterator for StockReferences<'c> {
    type Item = (StockId, &'c (BatchId, OperatorId));
    fn next(&mut self) -> Option<Self::Item> {
        let id = self.ids.next().map(StockId)?;
        Some((id, &self.chain.stocks.pairs[id.index()]))
    }
}

impl<'c> IntoNodeReferences for &'c SupplyChain {
    type NodeRef = (StockId, &'c (BatchId, OperatorId));
    type NodeReferences = StockReferences<'c>;
    fn node_references(self) -> Self::NodeReferences {
        StockReferences { chain: self, ids: 0..self.stock_count() as u32 }
    }
}

/// The stocks at the other ends of [`Links`].
#[derive(Debug, Clone)]
pub struct Neighbors<'c>(Links<'c>);

impl Iterator for Neighbors<'_> {
    type Item = StockId;
    fn next(&mut self) -> Option<StockId> {
        let direction = self.0.direction;
        self.0.next().map(|edge| match direction {
            Direction::Outgoing => edge.to,
            Direction::Incoming => edge.from,
        })
    }
}

impl<'c> IntoNeighbors for &'c SupplyChain {
    type Neighbors = Neighbors<'c>;
    fn neighbors(self, stock: StockId) -> Neighbors<'c> {
        self.neighbors_directed(stock, Direction::Outgoing)
    }
}

impl<'c> IntoNeighborsDirected for &'c SupplyChain {
    type NeighborsDirected = Neighbors<'c>;
    fn neighbors_directed(self, stock: StockId, direction: Direction) -> Neighbors<'c> {
        Neighbors(self.links_of(stock, direction))
    }
}

/// Every link of a chain.
#[derive(Debug, Clone)]
pub struct AllLinks<'c> {
    current: Links<'c>,
    rest: std::ops::Range<u32>,
}

impl Iterator for AllLinks<'_> {
    type Item = LinkEdge;
    fn next(&mut self) -> Option<LinkEdge> {
        loop {
            if let Some(edge) = self.current.next() {
                return Some(edge);
            }
            let stock = StockId(self.rest.next()?);
            self.current = Links::new(self.current.chain, stock, Direction::Outgoing);
        }
    }
}

impl<'c> IntoEdgeReferences for &'c SupplyChain {
    type EdgeRef = LinkEdge;
    type EdgeReferences = AllLinks<'c>;
    fn edge_references(self) -> AllLinks<'c> {
        let none = Links {
            chain: self,
            stock: StockId(0),
            direction: Direction::Outgoing,
            outer: LinkList::Links(&[]).iter(),
            inner: None,
        };
        AllLinks { current: none, rest: 0..self.stock_count() as u32 }
    }
}

impl<'c> IntoEdges for &'c SupplyChain {
    type Edges = Links<'c>;
    fn edges(self, stock: StockId) -> Links<'c> {
        self.links_of(stock, Direction::Outgoing)
    }
}

impl<'c> IntoEdgesDirected for &'c SupplyChain {
    type EdgesDirected = Links<'c>;
    fn edges_directed(self, stock: StockId, direction: Direction) -> Links<'c> {
        self.links_of(stock, direction)
    }
}
