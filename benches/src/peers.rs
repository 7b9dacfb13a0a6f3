//! The same graph and the same question put to others: the plain search that bounds what any
//! program can do, and the libraries people use.
//!
//! None of them knows dates, gives witnesses or tells certain from possible: each answers which
//! stocks a stock leads to. Every one is used as its documentation says, and keeps what it can
//! from one question to the next.

use std::sync::{Mutex, PoisonError};

use petgraph::Direction;
use petgraph::csr::Csr;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, IntoNeighbors, VisitMap};
use rayon::prelude::*;
use suyuan::chain::SupplyChain;
use suyuan::id::StockId;
use suyuan::time::Minute;

/// How the stocks of a plain graph are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By first event, operator and batch: the order in which records come in.
    Time,
    /// As the chain numbers them, batch by batch.
    Chain,
}

impl Order {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Time, Self::Chain];

    /// What it is called in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "stocks by time",
            Self::Chain => "stocks as in the chain",
        }
    }
}

/// Offsets and targets of every link, parallel ones included: the smallest graph there is.
#[derive(Debug)]
pub struct Plain {
    starts: Vec<u32>,
    targets: Vec<u32>,
    /// The node of each stock.
    numbers: Vec<u32>,
}

/// What a plain search keeps between questions.
#[derive(Debug)]
pub struct Scratch {
    /// The number of the last question that met each stock.
    marks: Vec<u32>,
    question: u32,
    queue: Vec<u32>,
}

impl Plain {
    /// The links of a chain in one direction, transformations as pairs of input and output.
    #[must_use]
    pub fn new(chain: &SupplyChain, direction: Direction, order: Order) -> Self {
        let mut stocks: Vec<StockId> = chain.stock_ids().collect();
        if order == Order::Time {
            let first = |stock| chain.first(stock).unwrap_or(Minute::UNBOUNDED_FUTURE);
            stocks.sort_by_key(|stock| {
                let (batch, operator) = chain.stock(*stock);
                (first(*stock), operator, batch)
            });
        }
        let mut numbers = vec![0; stocks.len()];
        for (number, stock) in (0..).zip(&stocks) {
            numbers[stock.index()] = number;
        }
        let mut plain = Self { starts: vec![0], targets: Vec::new(), numbers };
        for stock in stocks {
            for link in chain.links_of(stock, direction) {
                let other = if direction == Direction::Outgoing { link.to } else { link.from };
                plain.targets.push(plain.numbers[other.index()]);
            }
            plain.starts.push(plain.targets.len() as u32);
        }
        plain
    }

    /// The node of a stock.
    #[must_use]
    pub fn node(&self, stock: StockId) -> u32 {
        self.numbers[stock.index()]
    }

    /// How many stocks it holds.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many links it holds.
    #[must_use]
    pub fn links(&self) -> usize {
        self.targets.len()
    }

    /// Room for searches.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch { marks: vec![0; self.nodes()], question: 0, queue: Vec::new() }
    }

    /// The nodes that the given stocks lead to, themselves included.
    pub fn search<'s>(&self, from: &[StockId], scratch: &'s mut Scratch) -> &'s [u32] {
        scratch.question += 1;
        let Scratch { marks, question, queue } = scratch;
        queue.clear();
        for stock in from {
            let node = self.numbers[stock.index()];
            marks[node as usize] = *question;
            queue.push(node);
        }
        let mut next = 0;
        while let Some(node) = queue.get(next).map(|node| *node as usize) {
            next += 1;
            for target in &self.targets[self.starts[node] as usize..self.starts[node + 1] as usize]
            {
                let mark = &mut marks[*target as usize];
                if *mark != *question {
                    *mark = *question;
                    queue.push(*target);
                }
            }
        }
        queue
    }

    /// Every link as a pair of nodes.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0..).zip(self.starts.windows(2)).flat_map(|(from, range)| {
            let targets = &self.targets[range[0] as usize..range[1] as usize];
            targets.iter().map(move |to| (from, *to))
        })
    }

    /// As petgraph's adjacency lists.
    #[must_use]
    pub fn petgraph(&self) -> DiGraph<(), ()> {
        let mut graph = DiGraph::with_capacity(self.nodes(), self.links());
        for _ in 0..self.nodes() {
            graph.add_node(());
        }
        for (from, to) in self.pairs() {
            graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), ());
        }
        graph
    }

    /// As petgraph's compressed rows, which keep one of parallel links.
    #[must_use]
    pub fn petgraph_csr(&self) -> Csr<(), ()> {
        let mut links: Vec<(u32, u32)> = self.pairs().collect();
        links.sort_unstable();
        links.dedup();
        // The links are sorted; without any, the rows are empty all the same.
        let mut graph = Csr::from_sorted_edges(&links).unwrap_or_default();
        while graph.node_count() < self.nodes() {
            graph.add_node(());
        }
        graph
    }
}

/// What plain searches on several threads keep, lent to a few questions at a time as suyuan's
/// `Tracers` lend theirs.
#[derive(Debug, Default)]
pub struct Scratches {
    free: Mutex<Vec<Scratch>>,
}

impl Scratches {
    /// How many stocks each of these leads to, on all threads of the rayon pool it is called in.
    #[must_use]
    pub fn search(&self, plain: &Plain, stocks: &[StockId]) -> Vec<usize> {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let search = |stocks: &[StockId]| {
            let kept = free().pop();
            let mut scratch = kept.unwrap_or_else(|| plain.scratch());
            let count = |stock: &StockId| plain.search(&[*stock], &mut scratch).len();
            let counts: Vec<usize> = stocks.iter().map(count).collect();
            free().push(scratch);
            counts
        };
        stocks.par_chunks(8).flat_map_iter(search).collect()
    }
}

/// petgraph's breadth-first search, whose marks are taken back one by one after each question
/// instead of being cleared.
#[allow(missing_debug_implementations)]
pub struct PetgraphSearch<N, M> {
    bfs: Bfs<N, M>,
    met: Vec<N>,
}

impl<N: Copy + PartialEq, M: VisitMap<N>> PetgraphSearch<N, M> {
    /// With marks for every node of a graph, none of them set.
    pub fn new(marks: M) -> Self {
        Self { bfs: Bfs { stack: Default::default(), discovered: marks }, met: Vec::new() }
    }

    /// How many nodes a node leads to, itself included.
    pub fn count<G: IntoNeighbors<NodeId = N>>(&mut self, graph: G, from: N) -> usize {
        for met in self.met.drain(..) {
            self.bfs.discovered.unvisit(met);
        }
        self.bfs.discovered.visit(from);
        self.bfs.stack.push_back(from);
        while let Some(node) = self.bfs.next(graph) {
            self.met.push(node);
        }
        self.met.len()
    }
}

/// How many nodes a node leads to, by rustworkx's own function, which makes its marks anew for
/// each question.
#[cfg(feature = "rustworkx")]
#[must_use]
pub fn rustworkx_count(graph: &DiGraph<(), ()>, from: u32) -> usize {
    rustworkx_core::traversal::descendants(graph, NodeIndex::new(from as usize)).count()
}

/// SQLite with the links in a table whose primary key clusters them by source.
#[cfg(feature = "sqlite")]
pub mod sqlite {
    use rusqlite::{Connection, Result};

    use super::Plain;

    /// The links in memory, with the memory the cache may take.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn load(plain: &Plain) -> Result<Connection> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "create table link (source integer, target integer, at integer,
             primary key (source, target, at)) without rowid",
        )?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare("insert into link values (?, ?, ?)")?;
            for (at, (source, target)) in (0_i64..).zip(plain.pairs()) {
                insert.execute((source, target, at))?;
            }
        }
        transaction.commit()?;
        Ok(connection)
    }

    /// How many stocks a stock leads to, by a recursive common table expression.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn count(connection: &Connection, from: u32) -> Result<i64> {
        connection
            .prepare_cached(
                "with recursive reached(stock) as (
                 select ? union select link.target from reached
                 join link on link.source = reached.stock)
                 select count(*) from reached",
            )?
            .query_row([from], |row| row.get(0))
    }
}
