//! Seeds, scopes and trace-backs as rows (sections 4 to 6).

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::time::Minute;

use super::contamination::{Shape, Situation};
use super::lots::code_of;
use super::quantity::millionths;
use super::trace::{Forward, Rules};
use super::world::{Stock, World};
use crate::common::query::{Origin, Query};

/// One affected stock as a result writes it; quantities in millionths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) stock: Stock,
    pub(crate) since: Minute,
    pub(crate) recorded: bool,
    pub(crate) hops: u32,
    pub(crate) unit: Option<String>,
    /// Produced, received, shipped, consumed, removed, on hand, in transit.
    pub(crate) ledger: [i128; 7],
    pub(crate) complete: bool,
    pub(crate) share: i128,
    pub(crate) expected: i128,
    pub(crate) max: i128,
    pub(crate) contaminated_in_transit: i128,
}

/// A recall scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) sources: Vec<(Stock, Minute)>,
    pub(crate) rows: Vec<Row>,
}

/// One row of a trace-back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamRow {
    pub(crate) stock: Stock,
    pub(crate) until: Minute,
    pub(crate) recorded: bool,
    pub(crate) hops: u32,
    pub(crate) reaches_targets: u32,
}

/// A trace-back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BackAnswer {
    pub(crate) targets: Vec<(Stock, Minute)>,
    pub(crate) upstream: Vec<UpstreamRow>,
    pub(crate) common: Vec<(Stock, u32)>,
}

/// Results are ordered by operator, then batch, and lots of one code by product and producer.
pub(crate) fn by_code(stock: &Stock) -> (String, String) {
    (stock.1.clone(), stock.0.clone())
}

impl World {
    pub(crate) fn stocks_of(&self, lot: &str) -> Vec<Stock> {
        let stocks = self.stocks.iter().filter(|stock| stock.0 == lot);
        stocks.cloned().collect()
    }

    /// The stocks of all lots of a code.
    pub(crate) fn stocks_of_code(&self, code: &str) -> BTreeSet<Stock> {
        let stocks = self.stocks.iter().filter(|stock| code_of(&stock.0) == code);
        stocks.cloned().collect()
    }

    /// The seeds of a recall with their starts.
    pub(crate) fn seeds(&self, query: &Query) -> Vec<(Stock, Minute)> {
        let start = |stock: &Stock| self.first(stock).unwrap_or(Minute::UNBOUNDED_PAST);
        let holds =
            |stock: &Stock| self.begun(stock) <= query.as_of || self.producer(stock).is_some();
        let whole = |lot: &str| -> BTreeSet<Stock> {
            self.stocks_of(lot).into_iter().filter(|stock| holds(stock)).collect()
        };
        let sampled = |code: &str| {
            let found = self.samples.iter().filter(|(sample, _, _)| sample == code);
            let stocks: BTreeSet<Stock> = found.map(|(_, stock, _)| stock.clone()).collect();
            stocks
        };
        let stocks: BTreeSet<Stock> = match &query.origin {
            Origin::Samples(codes) => {
                let stocks = codes.iter().flat_map(|code| sampled(code));
                if query.from_holder {
                    stocks.collect()
                } else {
                    stocks.flat_map(|stock| whole(&stock.0)).collect()
                }
            }
            Origin::Batch(code) => {
                self.stocks_of_code(code).into_iter().filter(|stock| holds(stock)).collect()
            }
            Origin::Stock((code, operator)) => {
                let stocks = self.stocks_of_code(code).into_iter();
                stocks.filter(|stock| stock.1 == *operator).collect()
            }
            Origin::Operator { operator, from, to } => {
                let here = self.stocks.iter().filter(|stock| stock.1 == *operator);
                let existing = here.filter(|stock| start(stock) <= *to);
                let mut seeds: Vec<(Stock, Minute)> =
                    existing.map(|stock| (stock.clone(), start(stock).max(*from))).collect();
                seeds.sort_by_key(|(stock, _)| by_code(stock));
                return seeds;
            }
        };
        let mut seeds: Vec<(Stock, Minute)> =
            stocks.into_iter().map(|stock| (stock.clone(), start(&stock))).collect();
        seeds.sort_by_key(|(stock, _)| by_code(stock));
        seeds
    }

    pub(crate) fn rules(query: &Query) -> Rules {
        Rules {
            hazard: query.hazard,
            carry_over: query.carry_days.map(|days| days as i32 * 24 * 60),
            ..Rules::as_of(query.as_of)
        }
    }

    /// The recall scope of a query.
    pub(crate) fn recall(&self, query: &Query) -> (Answer, Forward) {
        let sources = self.seeds(query);
        let rules = Self::rules(query);
        let (reached, trace) = self.forward_rows(&sources, &rules);
        let estimates = Situation::new(self, rules, &sources, &trace).estimate();
        let mut rows = Vec::new();
        for (stock, reached) in reached {
            let ledger = self.ledger(&stock, query.as_of);
            let estimate = &estimates[&stock];
            rows.push(Row {
                since: reached.minute,
                recorded: reached.recorded,
                hops: reached.hops,
                unit: self.units[&stock.0].map(|unit| unit.symbol().to_owned()),
                ledger: [
                    millionths(&ledger.produced.known),
                    millionths(&ledger.received.known),
                    millionths(&ledger.shipped.known),
                    millionths(&ledger.consumed.known),
                    millionths(&ledger.removed.known),
                    millionths(&ledger.on_hand()),
                    millionths(&ledger.in_transit.known),
                ],
                complete: ledger.is_complete(),
                share: millionths(&estimate.share),
                expected: millionths(&estimate.expected),
                max: millionths(&estimate.max),
                contaminated_in_transit: millionths(&estimate.in_transit),
                stock,
            });
        }
        rows.sort_by_key(|row| by_code(&row.stock));
        (Answer { sources, rows }, trace)
    }

    /// What kind of system the shares of a recall form.
    pub(crate) fn unknown_shares(&self, query: &Query) -> Shape {
        let (sources, rules) = (self.seeds(query), Self::rules(query));
        let trace = self.forward(&sources, &rules);
        Situation::new(self, rules, &sources, &trace).shape()
    }

    /// The stocks a target names, each until a minute.
    pub(crate) fn target(&self, origin: &Origin) -> Vec<(Stock, Minute)> {
        match origin {
            Origin::Samples(codes) => {
                let found = self.samples.iter().filter(|(sample, _, _)| codes.contains(sample));
                found.map(|(_, stock, when)| (stock.clone(), when.latest)).collect()
            }
            Origin::Batch(code) => {
                let stocks = self.stocks_of_code(code).into_iter();
                stocks.map(|stock| (stock, Minute::UNBOUNDED_FUTURE)).collect()
            }
            Origin::Stock((code, operator)) => {
                let stocks = self.stocks_of_code(code).into_iter();
                let there = stocks.filter(|stock| stock.1 == *operator);
                there.map(|stock| (stock, Minute::UNBOUNDED_FUTURE)).collect()
            }
            Origin::Operator { .. } => panic!("no target"),
        }
    }

    /// The trace-back of several targets.
    pub(crate) fn trace_back(&self, targets: &[Origin], as_of: Minute) -> BackAnswer {
        let rules = Rules::as_of(as_of);
        let each: Vec<_> = targets.iter().map(|origin| self.target(origin)).collect();
        let mut ends: BTreeMap<Stock, Minute> = BTreeMap::new();
        for (stock, until) in each.iter().flatten() {
            let latest = ends.entry(stock.clone()).or_insert(*until);
            *latest = until.max(latest).to_owned();
        }
        let mut ends: Vec<(Stock, Minute)> = ends.into_iter().collect();
        ends.sort_by_key(|(stock, _)| by_code(stock));
        let own: Vec<_> = each.iter().map(|target| self.backward(target, &rules)).collect();
        let rows = self.backward_rows(&ends, &rules);
        let mut upstream: Vec<UpstreamRow> = rows
            .into_iter()
            .map(|(stock, reached)| UpstreamRow {
                until: reached.minute,
                recorded: reached.recorded,
                hops: if ends.iter().any(|(end, _)| *end == stock) { 0 } else { reached.hops },
                reaches_targets: own.iter().filter(|trace| trace.contains_key(&stock)).count()
                    as u32,
                stock,
            })
            .collect();
        upstream.sort_by_key(|row| by_code(&row.stock));
        let shared = upstream.iter().filter(|row| row.reaches_targets >= 2);
        let mut common: Vec<(Stock, u32)> =
            shared.map(|row| (row.stock.clone(), row.reaches_targets)).collect();
        common.sort_by_key(|(stock, count)| (std::cmp::Reverse(*count), by_code(stock)));
        BackAnswer { targets: ends, upstream, common }
    }
}
