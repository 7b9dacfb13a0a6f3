//! The one place of this module that reads the chain's link index.
//!
//! Everything else works on nodes `0..nodes()`, stocks first, and on links
//! `(target, gate, value)` that material with label `s` takes iff `gate >= s`, to arrive with
//! label `max(s, value)`.

use hashbrown::HashSet;

use super::weight::{Grains, Weight};
use crate::chain::departures::LinkIter;
use crate::chain::index::{Node, is_stock};
use crate::chain::records::LineRow;
use crate::chain::{BatchStocks, SupplyChain};
use crate::id::{BatchId, OperatorId, ShipmentId, StockId, TransformationId};
use crate::quantity::Unit;
use crate::time::Minute;
use crate::trace::Tracer;

/// A link as a trace takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) target: u32,
    /// Largest label that can take it.
    pub(super) gate: i32,
    /// Smallest label it gives.
    pub(super) value: i32,
    /// The shipment, where the target and the source are stocks.
    record: u32,
    /// Whether the target is known to be a stock that this link alone feeds and no link leaves.
    pub(super) is_sole: bool,
}

/// Reads nodes and links off a chain.
#[derive(Clone, Copy)]
pub(super) struct Reader<'c> {
    chain: &'c SupplyChain,
    stocks: u32,
    /// Where the hubs of orphans begin, one a batch.
    hubs: u32,
}

/// What a node is.
#[derive(Clone, Copy)]
enum Place {
    Stock(StockId),
    Transformation(TransformationId),
    Orphans(BatchId),
}

/// The links of a node.
enum Ways<'c> {
    Links(LinkIter<'c>),
    Lines(std::slice::Iter<'c, LineRow>, i32),
    Stocks(BatchStocks<'c>),
}

/// The outgoing links of a node.
pub(super) struct Passages<'c> {
    reader: Reader<'c>,
    ways: Ways<'c>,
}

impl Iterator for Passages<'_> {
    type Item = Passage;

    #[inline]
    fn next(&mut self) -> Option<Passage> {
        let (reader, open) = (self.reader, i32::MAX);
        Some(match &mut self.ways {
            Ways::Links(links) => {
                let link = links.next()?;
                let (gate, value) = (link.departs.minutes(), link.arrives.minutes());
                Passage {
                    target: reader.number(link.node),
                    gate,
                    value,
                    record: link.record(),
                    is_sole: link.is_sole() && is_stock(link.node),
                }
            }
            Ways::Lines(lines, value) => {
                let target = lines.next()?.stock.0;
                Passage { target, gate: open, value: *value, record: 0, is_sole: false }
            }
            Ways::Stocks(stocks) => {
                let target = stocks.find(|stock| reader.chain.is_orphan(*stock))?.0;
                Passage { target, gate: open, value: i32::MIN, record: 0, is_sole: false }
            }
        })
    }
}

/// The sources of the links into a node, with their values.
pub(super) struct Sources<'c> {
    reader: Reader<'c>,
    ways: Ways<'c>,
}

impl Iterator for Sources<'_> {
    type Item = (u32, i32);

    #[inline]
    fn next(&mut self) -> Option<(u32, i32)> {
        match &mut self.ways {
            Ways::Links(links) => {
                let link = links.next()?;
                Some((self.reader.number(link.node), link.arrives.minutes()))
            }
            Ways::Lines(lines, value) => Some((lines.next()?.stock.0, *value)),
            Ways::Stocks(stocks) => Some((stocks.next()?.0, i32::MIN)),
        }
    }
}

impl<'c> Reader<'c> {
    pub(super) fn new(chain: &'c SupplyChain) -> Self {
        let stocks = chain.stock_count() as u32;
        Self { chain, stocks, hubs: stocks + chain.transformation_ids().len() as u32 }
    }

    /// Stocks are the nodes below this one.
    pub(super) fn stocks(&self) -> u32 {
        self.stocks
    }

    /// Stocks, transformations, and the hubs of orphans.
    pub(super) fn nodes(&self) -> u32 {
        self.hubs + self.chain.batch_ids().len() as u32
    }

    /// The dense number of one of the index's nodes.
    #[inline]
    fn number(&self, node: u32) -> u32 {
        match Node::of(node) {
            Node::Stock(id) => id.0,
            Node::Transformation(id) | Node::Apart(id) => self.stocks + id.0,
            Node::Orphans(id) => self.hubs + id.0,
        }
    }

    #[inline]
    fn place(&self, node: u32) -> Place {
        if node < self.stocks {
            Place::Stock(StockId(node))
        } else if node < self.hubs {
            Place::Transformation(TransformationId(node - self.stocks))
        } else {
            Place::Orphans(BatchId(node - self.hubs))
        }
    }

    fn made(&self, id: TransformationId) -> i32 {
        self.chain.transformation_time(id).earliest.minutes()
    }

    /// The links of a node, largest gate first.
    #[inline]
    pub(super) fn links(&self, node: u32) -> Passages<'c> {
        let chain = self.chain;
        let ways = match self.place(node) {
            Place::Stock(id) => Ways::Links(chain.links().of(true, id.0).iter()),
            Place::Transformation(id) => Ways::Lines(chain.outputs(id).iter(), self.made(id)),
            Place::Orphans(id) => Ways::Stocks(chain.stocks_of_batch(id)),
        };
        Passages { reader: *self, ways }
    }

    /// Whether a stock has links of any kind.
    pub(super) fn has_links(&self, stock: u32) -> bool {
        !self.chain.links().out.get(stock).is_empty()
    }

    /// The links into a node: their sources and values.
    #[inline]
    pub(super) fn sources(&self, node: u32) -> Sources<'c> {
        let chain = self.chain;
        let ways = match self.place(node) {
            Place::Stock(id) => Ways::Links(chain.links().of(false, id.0).iter()),
            Place::Transformation(id) => Ways::Lines(chain.inputs(id).iter(), self.made(id)),
            Place::Orphans(id) => Ways::Stocks(chain.stocks_of_batch(id)),
        };
        Sources { reader: *self, ways }
    }

    /// The label a search of one stock starts with.
    pub(super) fn start(&self, stock: u32) -> i32 {
        self.chain.first(StockId(stock)).unwrap_or(Minute::UNBOUNDED_PAST).minutes()
    }

    pub(super) fn operator(&self, stock: u32) -> OperatorId {
        self.chain.stock(StockId(stock)).1
    }

    /// How many operators there are.
    pub(super) fn operators(&self) -> usize {
        self.chain.operator_ids().len()
    }

    /// Whether a stock has no link to another stock.
    pub(super) fn is_final(&self, stock: u32) -> bool {
        self.links(stock).all(|link| {
            link.target >= self.stocks && self.links(link.target).all(|out| out.target == stock)
        })
    }

    /// The kinds of quantity the chain's batches have.
    pub(super) fn grains(&self) -> Grains {
        let mut grains = Grains::default();
        for batch in self.chain.batch_ids() {
            grains.note(self.chain.batch(batch).unit);
        }
        grains
    }

    pub(super) fn tracer(&self) -> Tracer<'c> {
        Tracer::new(self.chain)
    }

    /// Whether all links into a node come from one other, and there are any.
    pub(super) fn has_one_source(&self, node: u32) -> bool {
        let mut sources = self.sources(node).map(|(source, _)| source);
        sources.next().is_some_and(|first| sources.all(|other| other == first))
    }

    /// What a node's links carry; a stock's shipments share its batch.
    pub(super) fn cargo(&self, node: u32) -> Cargo<'c> {
        let stock = (node < self.stocks).then_some(StockId(node));
        let (batch, operator) = stock.map(|stock| self.chain.stock(stock)).unzip();
        let producer = batch.and_then(|batch| self.chain.producer(batch));
        Cargo {
            reader: *self,
            from_stock: stock.is_some(),
            unit: stock.and_then(|stock| self.chain.unit(stock)),
            // A batch has one stock at an operator.
            other_producer: producer.filter(|producer| Some(*producer) != operator),
            fed: HashSet::new(),
        }
    }

    /// What a final stock weighs: itself and its intake.
    pub(super) fn final_weight<const D: usize>(&self, stock: u32) -> Weight<D> {
        let unit = self.chain.unit(StockId(stock));
        let mut weight = Weight::one();
        for flow in self.chain.inflows(StockId(stock)) {
            if flow.counted {
                weight.add(unit, flow.amount);
            }
        }
        weight
    }
}

/// What the links of one node carry.
pub(super) struct Cargo<'c> {
    reader: Reader<'c>,
    from_stock: bool,
    unit: Option<Unit>,
    /// The producer of the stock's batch, when another operator is.
    other_producer: Option<OperatorId>,
    /// Leaves of several links that were told already.
    fed: HashSet<u32>,
}

impl Cargo<'_> {
    /// Asks for what [`Cargo::leaf`] reads of a leaf that one link feeds.
    #[inline(always)]
    pub(super) fn fetch(&self, link: Passage) {
        if self.from_stock {
            self.reader.chain.fetch_shipment(ShipmentId(link.record));
        }
    }

    /// The weight of a leaf at the end of a link of the node, when no link before led there.
    #[inline]
    pub(super) fn leaf<const D: usize>(&mut self, link: Passage) -> Option<Weight<D>> {
        let reader = self.reader;
        let alone = link.is_sole || reader.chain.links().into.get(link.target).len() == 1;
        if !alone && !self.fed.insert(link.target) {
            return None;
        }
        let is_made_there = || {
            let producer = self.other_producer;
            producer.is_some_and(|producer| producer == reader.operator(link.target))
        };
        if !alone || !self.from_stock || reader.chain.has_gains() || is_made_there() {
            return Some(reader.final_weight(link.target));
        }
        let amount = reader.chain.shipment_amount(ShipmentId(link.record));
        let mut weight = Weight::one();
        weight.add(self.unit, amount);
        Some(weight)
    }
}
