//! From a scope to what its page shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::Decimal;
use suyuan_core::chain::SupplyChain;
use suyuan_core::id::{BatchId, OperatorId, SampleId, StockId};
use suyuan_core::model::Stage;
use suyuan_core::recall::{AffectedRow, OnHand, Policy, RecallSource, Scope, SeedScope, StartFrom};
use suyuan_core::time::Minute;
use suyuan_core::trace::Certainty;

use super::{FailingSample, Group, Operator, RecallReport, Start, Stock, Sums, links, steps};
use crate::records::Records;
use crate::text::stage_rank;

pub(super) fn report(
    chain: &SupplyChain,
    source: &RecallSource,
    policy: &Policy,
    scope: &Scope,
    records: Records,
) -> RecallReport {
    let document = scope.document(chain);
    let place: HashMap<StockId, usize> =
        scope.affected.iter().enumerate().map(|(at, row)| (row.traced.stock, at)).collect();
    let mut operators: Vec<Operator> = Vec::new();
    let mut operator_at: HashMap<OperatorId, usize> = HashMap::new();
    let sources: BTreeSet<StockId> = scope.sources.iter().map(|(stock, _)| *stock).collect();
    let first = steps::Firsts::new(chain);
    let mut stocks = Vec::with_capacity(scope.affected.len());
    let mut all = Summing::default();
    let mut own: Vec<Summing> = Vec::new();
    let mut stages: BTreeMap<(usize, Option<Stage>), Summing> = BTreeMap::new();
    let mut regions: BTreeMap<(bool, String), (String, Summing)> = BTreeMap::new();
    for (affected, row) in scope.affected.iter().zip(&document.affected) {
        let (batch, id) = chain.stock(affected.traced.stock);
        let at = *operator_at.entry(id).or_insert_with(|| {
            operators.push(operator(chain, id));
            own.push(Summing::default());
            operators.len() - 1
        });
        let Some((holder, sums)) = operators.get_mut(at).zip(own.get_mut(at)) else { continue };
        holder.source |= sources.contains(&affected.traced.stock);
        holder.since = [holder.since, row.since].into_iter().flatten().min();
        let stage = stages.entry((stage_rank(holder.stage), holder.stage)).or_default();
        let region = regions
            .entry((holder.region.is_empty(), holder.region.clone()))
            .or_insert_with(|| (holder.region_name.clone(), Summing::default()));
        for sums in [&mut all, sums, stage, &mut region.1] {
            sums.add(row, batch, at);
            sums.on_hand.add(chain, affected.traced.stock, &affected.ledger);
            let unknown = !affected.ledger.in_transit.complete;
            sums.sums.unknown_in_transit += u64::from(unknown);
        }
        stocks.push(Stock {
            batch: chain.batch_label(batch),
            product: product(chain, batch),
            operator: at,
            since: row.since,
            certainty: row.certainty,
            hops: row.hops,
            on_hand: row.on_hand,
            in_transit: row.in_transit,
            unit: row.unit.clone().unwrap_or_default(),
            share: row.share,
            contaminated_expected: row.contaminated_expected,
            contaminated_max: row.contaminated_max,
            quantity_complete: row.quantity_complete,
            first: first.of(&affected.traced),
            step: steps::step(chain, &affected.traced, &place),
        });
    }
    for (operator, sums) in operators.iter_mut().zip(own) {
        operator.sums = sums.finish();
    }
    let stage =
        |((_, stage), sums): (_, Summing)| Group { stage, sums: sums.finish(), ..Group::default() };
    let region = |((_, region), (region_name, sums)): (_, (_, Summing))| Group {
        region,
        region_name,
        sums: sums.finish(),
        ..Group::default()
    };
    RecallReport {
        start: Start::of(chain, source),
        scope: match policy.scope {
            SeedScope::FromHolder => "from-holder",
            _ => "whole-batch",
        },
        hazard: policy.hazard,
        carry_over: policy.carry_over,
        as_of: bounded(policy.as_of),
        sources: scope.sources.len() as u64,
        totals: all.finish(),
        stages: stages.into_iter().map(stage).collect(),
        regions: regions.into_iter().map(region).collect(),
        links: links::links(chain, scope, &operator_at),
        operators,
        stocks,
        records,
    }
}

pub(super) fn bounded(minute: Minute) -> Option<Minute> {
    minute.is_bounded().then_some(minute)
}

/// Sums that are not finished: batches and operators are still told apart.
#[derive(Default)]
struct Summing {
    sums: Sums,
    on_hand: OnHand,
    batches: BTreeSet<BatchId>,
    operators: BTreeSet<usize>,
}

impl Summing {
    fn add(&mut self, row: &AffectedRow, batch: BatchId, operator: usize) {
        let sums = &mut self.sums;
        sums.stocks += 1;
        match row.certainty {
            Certainty::Recorded => sums.recorded += 1,
            Certainty::Possible => sums.possible += 1,
        }
        if let Some(unit) = &row.unit {
            let held = row.on_hand.max(Decimal::ZERO);
            let bad =
                if row.quantity_complete { held.min(row.contaminated_max) } else { Decimal::ZERO };
            for (to, value) in
                [(&mut sums.in_transit, row.in_transit), (&mut sums.contaminated_on_hand, bad)]
            {
                if !value.is_zero() {
                    *to.entry(unit.clone()).or_default() += value;
                }
            }
        }
        self.batches.insert(batch);
        self.operators.insert(operator);
    }

    fn finish(self) -> Sums {
        Sums {
            operators: self.operators.len() as u64,
            batches: self.batches.len() as u64,
            on_hand: self.on_hand.by_unit(),
            negative_stocks: self.on_hand.negative_stocks,
            unknown_stocks: self.on_hand.unknown_stocks,
            ..self.sums
        }
    }
}

fn operator(chain: &SupplyChain, id: OperatorId) -> Operator {
    let view = chain.operator(id);
    let region = view.region.map(|region| chain.region(region));
    let named =
        |code: &str, name: &str| if name.is_empty() { code.to_owned() } else { name.to_owned() };
    let upper = region.as_ref().and_then(|region| region.parent).map(|id| chain.region(id));
    Operator {
        code: view.code.to_owned(),
        name: view.name.to_owned(),
        stage: view.stage,
        region: region.as_ref().map_or_else(String::new, |region| region.code.to_owned()),
        region_name: region.map_or_else(String::new, |region| named(region.code, region.name)),
        upper_region: upper.map_or_else(String::new, |region| named(region.code, region.name)),
        ..Operator::default()
    }
}

/// The name of a batch's product, its code where it has none.
pub(crate) fn product(chain: &SupplyChain, batch: BatchId) -> String {
    match chain.batch(batch).product.map(|product| chain.product(product)) {
        Some(product) if product.name.is_empty() => product.code.to_owned(),
        Some(product) => product.name.to_owned(),
        None => String::new(),
    }
}

fn sample(chain: &SupplyChain, id: SampleId) -> FailingSample {
    let view = chain.sample(id);
    let (batch, operator) = chain.stock(view.stock);
    let holder = chain.operator(operator);
    FailingSample {
        code: view.code.to_owned(),
        verdict: view.verdict,
        test_item: view.test_item.to_owned(),
        measured: view.measured.to_owned(),
        limit: view.limit.to_owned(),
        hazard: view.hazard,
        sampled_on: view.sampled_on,
        reported_on: view.reported_on,
        batch: chain.batch_label(batch),
        product: product(chain, batch),
        operator: holder.code.to_owned(),
        operator_name: holder.name.to_owned(),
        place: chain.places(view.source).collect::<Vec<_>>().join(", "),
    }
}

impl Start {
    /// What a recall of a source starts from.
    #[must_use]
    pub fn of(chain: &SupplyChain, source: &RecallSource) -> Self {
        match source.start() {
            StartFrom::Samples(samples) => {
                Self::Samples(samples.iter().map(|id| sample(chain, *id)).collect())
            }
            StartFrom::Batches(lots) => {
                let all = |text: &dyn Fn(BatchId) -> String| {
                    lots.iter().map(|lot| text(*lot)).collect::<Vec<_>>().join(", ")
                };
                Self::Batch(all(&|lot| chain.batch_label(lot)), all(&|lot| product(chain, lot)))
            }
            StartFrom::Stocks(stocks) => {
                let labels: Vec<String> = stocks.iter().map(|it| chain.stock_label(*it)).collect();
                Self::Stock(labels.join(", "))
            }
            StartFrom::Operator { operator, from, to } => Self::Operator(
                chain.operator(*operator).code.to_owned(),
                bounded(*from),
                bounded(*to),
            ),
            // A source of a later version: nothing is said of it here, and all of what it reaches.
            _ => Self::Samples(Vec::new()),
        }
    }
}
