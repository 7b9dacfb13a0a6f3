//! The two-way link index: for each node its outgoing links in departure order and its incoming
//! links in arrival order, in dense arrays.
//!
//! Nodes are the stocks, then one node a transformation, then one node a batch that has orphans:
//! material passes from every input through the transformation's node to every output, so n
//! inputs and m outputs cost n + m entries, and the inferred links into o orphans of a batch of k
//! stocks cost k + o. No result names these inner nodes.

use std::ops::Range;

use hashbrown::HashSet;

use super::stocks::{range, starts};
use crate::error::{Capacity, Error};
use crate::id::{BatchId, OperatorId, StockId, TransformationId};
use crate::time::Minute;

/// Set in `Entry::record` when a trace over certain records alone may not use the link.
pub(crate) const POSSIBLE: u32 = 1 << 31;

/// One entry of the index, while it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) source: u32,
    pub(crate) target: u32,
    /// Last minute at which it can have left its source, as tracing takes it.
    pub(crate) departs: Minute,
    /// First minute at which it can have reached its target.
    pub(crate) arrives: Minute,
    /// The shipment's or the transformation line's index, with [`POSSIBLE`].
    pub(crate) record: u32,
}

/// What an inner or outer node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Stock(StockId),
    Transformation(TransformationId),
    /// The orphans of a batch.
    Orphans(u32),
}

/// One direction of the index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Side {
    starts: Vec<u32>,
    /// The node at the other end.
    pub(crate) node: Vec<u32>,
    pub(crate) departs: Vec<Minute>,
    pub(crate) arrives: Vec<Minute>,
    pub(crate) record: Vec<u32>,
}

impl Side {
    fn build(
        nodes: usize,
        entries: &[Entry],
        key: impl Fn(&Entry) -> u32,
        other: impl Fn(&Entry) -> u32,
        order: impl Fn(&Entry, &Entry) -> std::cmp::Ordering,
    ) -> Self {
        let starts = starts(nodes, entries.iter().map(&key));
        let mut next = starts.clone();
        let mut placed = vec![0_u32; entries.len()];
        for (at, entry) in entries.iter().enumerate() {
            let slot = &mut next[key(entry) as usize];
            placed[*slot as usize] = at as u32;
            *slot += 1;
        }
        for group in starts.windows(2) {
            let group = &mut placed[group[0] as usize..group[1] as usize];
            if group.len() > 1 {
                group.sort_unstable_by(|a, b| order(&entries[*a as usize], &entries[*b as usize]));
            }
        }
        let sorted = placed.iter().map(|at| &entries[*at as usize]);
        Self {
            starts,
            node: sorted.clone().map(&other).collect(),
            departs: sorted.clone().map(|e| e.departs).collect(),
            arrives: sorted.clone().map(|e| e.arrives).collect(),
            record: sorted.map(|e| e.record).collect(),
        }
    }

    pub(crate) fn range(&self, node: u32) -> Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.node.len()
    }
}

/// Both directions, and what the inner nodes stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkIndex {
    pub(crate) stocks: u32,
    pub(crate) transformations: u32,
    /// The batch of each orphan node.
    pub(crate) orphan_hubs: Vec<BatchId>,
    /// Latest departure first.
    pub(crate) out: Side,
    /// Earliest arrival first.
    pub(crate) into: Side,
    operator_starts: Vec<u32>,
    by_operator: Vec<TransformationId>,
}

impl LinkIndex {
    pub(super) fn build(
        stocks: usize,
        transformations: usize,
        orphan_hubs: Vec<BatchId>,
        entries: &[Entry],
    ) -> Result<Self, Error> {
        let nodes = stocks + transformations + orphan_hubs.len();
        if nodes >= POSSIBLE as usize {
            return Err(Capacity::new("stocks and transformations").into());
        }
        if entries.len() >= u32::MAX as usize {
            return Err(Capacity::new("links").into());
        }
        let (out, into) = rayon::join(
            || {
                Side::build(
                    nodes,
                    entries,
                    |e| e.source,
                    |e| e.target,
                    |a, b| {
                        (b.departs, a.arrives, a.target, a.record)
                            .cmp(&(a.departs, b.arrives, b.target, b.record))
                    },
                )
            },
            || {
                Side::build(
                    nodes,
                    entries,
                    |e| e.target,
                    |e| e.source,
                    |a, b| {
                        (a.arrives, b.departs, a.source, a.record)
                            .cmp(&(b.arrives, a.departs, b.source, b.record))
                    },
                )
            },
        );
        Ok(Self {
            stocks: stocks as u32,
            transformations: transformations as u32,
            orphan_hubs,
            out,
            into,
            operator_starts: Vec::new(),
            by_operator: Vec::new(),
        })
    }

    /// Indexes transformations by the operators of their lines; `pairs` sorted and distinct.
    pub(super) fn index_transformations(
        &mut self,
        operators: usize,
        pairs: &[(u32, TransformationId)],
    ) {
        self.operator_starts = starts(operators, pairs.iter().map(|(operator, _)| *operator));
        self.by_operator = pairs.iter().map(|(_, transformation)| *transformation).collect();
    }

    pub(crate) fn transformations_at(&self, operator: OperatorId) -> &[TransformationId] {
        range(&self.operator_starts, operator.0, &self.by_operator)
    }

    pub(crate) fn node_count(&self) -> usize {
        self.stocks as usize + self.transformations as usize + self.orphan_hubs.len()
    }

    pub(crate) fn node(&self, node: u32) -> Node {
        if node < self.stocks {
            Node::Stock(StockId(node))
        } else if node - self.stocks < self.transformations {
            Node::Transformation(TransformationId(node - self.stocks))
        } else {
            Node::Orphans(node - self.stocks - self.transformations)
        }
    }

    pub(crate) fn transformation_node(&self, transformation: TransformationId) -> u32 {
        self.stocks + transformation.0
    }

    pub(crate) fn is_stock(&self, node: u32) -> bool {
        node < self.stocks
    }
}

impl LinkIndex {
    /// Takes the departures of the links at these positions of `out` as unknown and the links as
    /// possible only. O(k log k) in the links of the nodes concerned.
    pub(super) fn mark_contradicting(&mut self, positions: &[u32]) {
        let mut marked = HashSet::with_capacity(positions.len());
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for at in positions.iter().map(|at| *at as usize) {
            let source = self.source_of(at);
            marked.insert((source, self.out.node[at], self.out.record[at]));
            targets.push(self.out.node[at]);
            sources.push(source);
            self.out.departs[at] = Minute::UNBOUNDED_FUTURE;
            self.out.record[at] |= POSSIBLE;
        }
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            self.out.resort_by_departure(source);
        }
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            for at in self.into.range(target) {
                if marked.contains(&(self.into.node[at], target, self.into.record[at])) {
                    self.into.departs[at] = Minute::UNBOUNDED_FUTURE;
                    self.into.record[at] |= POSSIBLE;
                }
            }
        }
    }

    /// The node that the link at a position of `out` leaves.
    fn source_of(&self, at: usize) -> u32 {
        self.out.starts.partition_point(|start| *start as usize <= at) as u32 - 1
    }
}

impl Side {
    fn resort_by_departure(&mut self, node: u32) {
        let range = self.range(node);
        let mut rows: Vec<_> = range
            .clone()
            .map(|at| (self.departs[at], self.arrives[at], self.node[at], self.record[at]))
            .collect();
        rows.sort_unstable_by(|a, b| {
            b.0.cmp(&a.0).then_with(|| (a.1, a.2, a.3).cmp(&(b.1, b.2, b.3)))
        });
        for (at, (departs, arrives, other, record)) in range.zip(rows) {
            self.departs[at] = departs;
            self.arrives[at] = arrives;
            self.node[at] = other;
            self.record[at] = record;
        }
    }
}
