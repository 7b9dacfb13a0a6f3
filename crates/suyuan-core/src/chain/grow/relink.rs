//! Links and what follows from them, made anew for the stocks that new records touch.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::super::balances;
use super::super::checks;
use super::super::ends::{Ends, Sides};
use super::super::index::{EndOf, Link, LinkIndex, Node, is_stock};
use super::super::records::{BatchRow, TransformationRow};
use super::{Growth, TOGETHER, Touched};
use crate::id::{BatchId, OperatorId, StockId, TransformationId};
use crate::time::Minute;

impl Growth<'_> {
    /// Files new stocks under their operators and batches.
    pub(super) fn index_stocks(&mut self) {
        let Touched { stocks, batches } = &mut self.touched;
        stocks.sort_unstable();
        stocks.dedup();
        batches.sort_unstable();
        batches.dedup();
        let mut new: Vec<(BatchId, OperatorId, StockId)> = self
            .stocks
            .iter()
            .map(|((batch, operator), stock)| (*batch, *operator, *stock))
            .collect();
        let stocks = &mut self.chain.stocks;
        new.sort_unstable();
        for group in new.chunk_by(|a, b| a.0 == b.0) {
            let later = stocks.later.entry(group[0].0).or_default();
            later.extend(group.iter().map(|(_, _, stock)| *stock));
            later.sort_unstable();
        }
        new.sort_unstable_by_key(|(batch, operator, _)| (*operator, *batch));
        for group in new.chunk_by(|a, b| a.1 == b.1) {
            let order = |stock: StockId| stocks.pairs[stock.index()].0;
            let all = with(stocks.at_operator(group[0].1), group, order);
            stocks.by_operator.set(group[0].1.0, all);
        }
        // A batch's outputs decide what its producer's own quantity stands for.
        for batch in &self.touched.batches {
            if self.remade_batches.contains(batch) {
                self.touched.stocks.extend(self.chain.producer_stock(*batch));
            }
        }
        self.touched.stocks.sort_unstable();
        self.touched.stocks.dedup();
    }

    /// Makes the links of every stock touched anew from their records, but for inferred ones.
    pub(super) fn relink(&mut self) {
        let chain = &self.chain;
        let links = |stock: &StockId| {
            let kept = |link: &Link| match Node::of(link.node) {
                Node::Stock(_) => true,
                Node::Transformation(id) => !self.remade.contains(&id),
                _ => false,
            };
            // What stands for several lots stays possible.
            let renewed = |link: Link| {
                let mut new = match Node::of(link.node) {
                    Node::Transformation(id) => {
                        Link::line(id, link.record(), &chain.transformations[id.index()])
                    }
                    _ => {
                        let row = chain.shipments.row(link.record() as usize);
                        Link::shipment(row.to, link.record(), &row)
                    }
                };
                if chain.is_link_shared(&link) {
                    new.set_possible();
                }
                new
            };
            let lines = |of: &HashMap<StockId, Vec<(TransformationId, u32)>>| -> Vec<Link> {
                let new = of.get(stock).into_iter().flatten();
                new.map(|(id, line)| Link::line(*id, *line, &chain.transformations[id.index()]))
                    .collect()
            };
            let mut out: Vec<Link> =
                self.old.links.out.get(stock.0).iter().filter(kept).map(renewed).collect();
            for id in self.shipped.get(stock).into_iter().flatten() {
                let row = chain.shipments.row(id.index());
                out.push(Link::shipment(row.to, id.0, &row));
            }
            out.extend(lines(&self.consumed));
            // Earlier receipts keep what their senders' records say of them.
            let mut into: Vec<Link> =
                self.old.links.into.get(stock.0).iter().copied().filter(kept).collect();
            for id in self.received.get(stock).into_iter().flatten() {
                let row = chain.shipments.row(id.index());
                into.push(Link::shipment(row.from, id.0, &row));
            }
            into.extend(lines(&self.made));
            (out, into)
        };
        let touched = &self.touched.stocks;
        let made: Vec<_> = touched.par_iter().with_min_len(TOGETHER).map(links).collect();
        for (stock, (out, into)) in touched.iter().zip(made) {
            self.chain.links.set(true, stock.0, out);
            self.chain.links.set(false, stock.0, into);
        }
    }

    /// Settles what follows from the links: first events, what own quantities stand for, orphans.
    pub(super) fn settle(&mut self) {
        let chain = &mut self.chain;
        let tolerance = chain.tolerance();
        // What no new row or output concerns stays, but for what its producer's stock sent and got.
        let touched = |batch: &&BatchId| {
            let producer = chain.producer_stock(**batch);
            self.remade_batches.contains(*batch)
                || producer.is_some_and(|it| self.touched.stocks.binary_search(&it).is_ok())
        };
        let judged: Vec<BatchId> = self.touched.batches.iter().filter(touched).copied().collect();
        for batch in &judged {
            let making = chain.judged_making(*batch, tolerance);
            let row = &chain.batches[batch.index()];
            if making != row.making {
                let row = BatchRow { making, ..row.clone() };
                chain.batches.set(batch.index(), row);
            }
        }
        for stock in &self.touched.stocks {
            let (batch, operator) = chain.stock(*stock);
            let row = &chain.batches[batch.index()];
            let made_here = row.producer == Some(operator) && row.making.is_making();
            let made = made_here.then_some(row.produced_on.earliest);
            let arrivals = chain.links.into.get(stock.0).iter().map(|link| link.arrives);
            let first = arrivals.chain(made).min().unwrap_or(Minute::UNBOUNDED_FUTURE);
            if first != chain.stocks.first[stock.index()] {
                chain.stocks.first.set(stock.index(), first);
            }
        }
        let orphaned: HashSet<BatchId> = self
            .touched
            .stocks
            .iter()
            .filter(|stock| chain.stocks.is_orphan(**stock))
            .map(|stock| chain.stock(*stock).0)
            .collect();
        for batch in &self.touched.batches {
            // Each stock of a batch with orphans has a link to them, only a stock that is touched
            // becomes one, and one that was alone may have company now.
            let before = self.old.stocks.of_batch(*batch);
            let had = before.clone().next().is_some_and(|stock| {
                let links = self.old.links.out.get(stock.0);
                links.iter().any(|link| matches!(Node::of(link.node), Node::Orphans(_)))
            });
            if !had && before.len() > 1 && !orphaned.contains(batch) {
                continue;
            }
            let has = chain.stocks.has_hub(*batch);
            for stock in chain.stocks.of_batch(*batch).collect::<Vec<StockId>>() {
                let recorded = |link: &Link| !matches!(Node::of(link.node), Node::Orphans(_));
                let links = &mut chain.links;
                let mut out: Vec<Link> = links.out.get(stock.0).iter().filter(recorded).collect();
                let mut into: Vec<Link> =
                    links.into.get(stock.0).iter().copied().filter(recorded).collect();
                if has {
                    out.push(Link::inferred(*batch));
                    if chain.stocks.is_orphan(stock) {
                        into.push(Link::inferred(*batch));
                    }
                }
                links.set(true, stock.0, out);
                links.set(false, stock.0, into);
                self.relinked.push(stock);
            }
        }
        self.relinked.extend(&self.touched.stocks);
    }

    /// Takes back that a stock leads no further, or that nothing else leads to it, where that
    /// holds no longer.
    pub(super) fn lead_on(&mut self) {
        let links = &mut self.chain.links;
        for stock in &self.relinked {
            let (batch, operator) = self.chain.stocks.pairs[stock.index()];
            let made = self.chain.batches[batch.index()].is_made_at(operator);
            settle_ends(links, true, *stock, !made);
            settle_ends(links, false, *stock, true);
        }
    }

    /// Judges anew which links of touched stocks contradict the records. Returns where they stood
    /// with their written dates.
    pub(super) fn contradict(&mut self) -> Vec<checks::Contradiction> {
        let mut found = Vec::new();
        let mut transformations: Vec<TransformationId> = Vec::new();
        let tolerance = self.chain.tolerance();
        for stock in &self.touched.stocks {
            let places = self.chain.contradicting_at(*stock, tolerance);
            found.extend(places.iter().map(|place| self.chain.contradiction(*place)));
            let chain = &mut self.chain;
            let mut out = chain.links.out.get(stock.0).to_vec();
            for (_, at) in &places {
                out[*at as usize].contradict();
            }
            for link in &out {
                // An undated shipment is possible and still no contradiction.
                let contradicts = places.iter().any(|(_, at)| out[*at as usize] == *link);
                match Node::of(link.node) {
                    Node::Stock(to) => {
                        let marked = &mut chain.contradicted.shipments;
                        if contradicts {
                            marked.insert(link.record());
                        } else {
                            marked.remove(&link.record());
                        }
                        let here = chain.links.into.get(to.0);
                        let same =
                            |there: &Link| there.node == stock.0 && there.record() == link.record();
                        if let Some(at) = here.iter().position(same)
                            && !here[at].is_judged_as(link)
                        {
                            let mut here = here.to_vec();
                            here[at].judge_as(link);
                            chain.links.set(false, to.0, here);
                        }
                    }
                    Node::Transformation(id) => {
                        let lines = &mut chain.contradicted.lines;
                        let changed = if contradicts {
                            lines.insert(link.record())
                        } else {
                            lines.remove(&link.record())
                        };
                        if changed {
                            transformations.push(id);
                        }
                    }
                    _ => {}
                }
            }
            if !places.is_empty() {
                chain.links.set(true, stock.0, out);
            }
        }
        for &id in &transformations {
            let mut lines = self.chain.input_range(id);
            let contradicted = lines.any(|line| self.chain.is_line_contradicted(line));
            let row = &self.chain.transformations[id.index()];
            if row.contradicted != contradicted {
                let row = TransformationRow { contradicted, ..row.clone() };
                self.chain.transformations.set(id.index(), row);
            }
        }
        self.judged = transformations;
        found
    }

    /// Forgets the balances of stocks whose records are no longer the same.
    pub(super) fn forget_balances(&mut self) {
        let chain = &mut self.chain;
        let producers = self.touched.batches.iter().chain(&self.remade_batches);
        let producers = producers.filter_map(|batch| chain.producer_stock(*batch));
        let mut changed: Vec<StockId> = self.relinked.iter().copied().chain(producers).collect();
        changed.sort_unstable();
        changed.dedup();
        for stock in changed {
            if chain.stocks.balances[stock.index()] != balances::UNKNOWN {
                chain.stocks.balances.set(stock.index(), balances::UNKNOWN);
            }
        }
    }

    /// Says anew what lies on either side of transformations that were made anew or judged anew,
    /// or that relinked stocks belong to.
    pub(super) fn end(&mut self) {
        let links = &mut self.chain.links;
        let mut concerned: Vec<u32> =
            self.remade.iter().chain(&self.judged).map(|id| id.0).collect();
        for stock in &self.relinked {
            for link in links.of(true, stock.0).iter().chain(links.of(false, stock.0)) {
                if let Node::Transformation(id) = Node::of(link.node) {
                    concerned.push(id.0);
                }
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        let sides = Sides { out: &links.out, into: &links.into, shared: &self.chain.shared.lines };
        for id in concerned {
            let row = &self.chain.transformations[id as usize];
            let lines =
                [&row.inputs, &row.outputs].map(|range| self.chain.lines.slice(range.clone()));
            let [inputs, outputs] = sides.of(row, lines);
            let Ends { inputs: had_inputs, outputs: had_outputs } = &mut links.ends;
            for (had, has) in [(had_inputs, inputs), (had_outputs, outputs)] {
                if had.get(id) != has {
                    had.set(id, has);
                }
            }
        }
    }
}

/// Takes back, in the outgoing or the incoming links to a stock, what holds no longer of it.
fn settle_ends(links: &mut LinkIndex, outgoing: bool, stock: StockId, sole: bool) {
    let last = links.of(outgoing, stock.0).is_empty();
    let back = links.of(!outgoing, stock.0);
    let sole = last && sole && back.len() == 1;
    let fails =
        |link: &Link| link.node == stock.0 && (link.is_last() && !last || link.is_sole() && !sole);
    let others: Vec<u32> =
        back.iter().map(|link| link.node).filter(|other| is_stock(*other)).collect();
    for other in others {
        if links.of(outgoing, other).iter().any(|link| fails(&link)) {
            let mut here = links.of(outgoing, other).to_vec();
            for there in here.iter_mut().filter(|there| fails(there)) {
                there.set_end(EndOf {
                    last: there.is_last() && last,
                    sole: there.is_sole() && sole,
                });
            }
            links.set(outgoing, other, here);
        }
    }
}

/// Stocks in order with new ones among them, where they belong.
fn with<O: Ord>(
    stocks: &[StockId],
    new: &[(BatchId, OperatorId, StockId)],
    order: impl Fn(StockId) -> O,
) -> Vec<StockId> {
    let mut all = Vec::with_capacity(stocks.len() + new.len());
    let mut rest = stocks;
    for (_, _, stock) in new {
        let before = rest.partition_point(|other| order(*other) < order(*stock));
        all.extend_from_slice(&rest[..before]);
        all.push(*stock);
        rest = &rest[before..];
    }
    all.extend_from_slice(rest);
    all
}
