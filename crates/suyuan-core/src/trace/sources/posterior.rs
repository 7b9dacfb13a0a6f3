//! How likely each candidate is, given how likely it makes the cases.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::cone::Cone;
use super::network::Trade;
use crate::chain::SupplyChain;
use crate::id::{OperatorId, RegionId, StockId};

/// What the lineage says of an operator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posterior {
    pub(super) probability: f64,
    /// Its most likely lot.
    pub(super) lot: StockId,
    pub(super) stays_first: f64,
}

/// A lot with what each case it can have reached says for it.
struct Lot {
    stock: StockId,
    gains: Vec<(usize, f64)>,
}

impl Lot {
    /// What all cases say for it, one left out or none.
    fn gain(&self, without: Option<usize>) -> f64 {
        self.gains.iter().filter(|(case, _)| Some(*case) != without).map(|(_, gain)| gain).sum()
    }
}

/// How much more likely a case is than by background alone, as a logarithm.
fn gain(share: f64, background: f64, anywhere: f64) -> f64 {
    let noise = background / anywhere;
    (((1.0 - background) * share + noise) / noise).ln()
}

/// Weights of logarithms, summing to one.
fn normalised(logs: &[f64]) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// The logarithm of a sum of numbers given by their logarithms.
fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    most + logs.map(|log| (log - most).exp()).sum::<f64>().ln()
}

/// By operator: one lot of one operator is the source, every operator as likely beforehand as any
/// other, and every lot of one as its others.
pub(super) fn by_lineage(
    chain: &SupplyChain,
    cones: &[Cone],
    background: f64,
) -> HashMap<OperatorId, Posterior> {
    let anywhere = chain.stock_count() as f64;
    let mut gains: BTreeMap<StockId, Vec<(usize, f64)>> = BTreeMap::new();
    for (case, cone) in cones.iter().enumerate() {
        for ((stock, _), share) in cone.stocks.iter().zip(&cone.shares) {
            gains.entry(*stock).or_default().push((case, gain(*share, background, anywhere)));
        }
    }
    let mut lots: BTreeMap<OperatorId, Vec<Lot>> = BTreeMap::new();
    for (stock, gains) in gains {
        lots.entry(chain.stock(stock).1).or_default().push(Lot { stock, gains });
    }
    // The likelihood of an operator, with one case left out or none.
    let likelihood = |lots: &[Lot], without: Option<usize>| {
        log_sum(lots.iter().map(|lot| lot.gain(without))) - (lots.len() as f64).ln()
    };
    let logs: Vec<f64> = lots.values().map(|lots| likelihood(lots, None)).collect();
    let mut first = vec![0_u32; lots.len()];
    for case in 0..cones.len() {
        let logs: Vec<f64> = lots.values().map(|lots| likelihood(lots, Some(case))).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (first, log) in first.iter_mut().zip(logs) {
            *first += u32::from(log >= most);
        }
    }
    let mut found = HashMap::new();
    for (((operator, lots), probability), first) in lots.iter().zip(normalised(&logs)).zip(first) {
        // The first of the most likely ones.
        let best = lots.iter().rev().max_by(|a, b| a.gain(None).total_cmp(&b.gain(None)));
        if let Some(lot) = best {
            let stays_first = f64::from(first) / cones.len() as f64;
            found.insert(*operator, Posterior { probability, lot: lot.stock, stays_first });
        }
    }
    found
}

/// By operator: goods travel as trade goes, whatever their batch.
pub(super) fn by_network(
    trade: &Trade,
    cases: &[Vec<OperatorId>],
    candidates: &[OperatorId],
    background: f64,
) -> Vec<f64> {
    let mut logs = vec![0.0; candidates.len()];
    for case in cases {
        let hits = trade.hits(case);
        for (log, candidate) in logs.iter_mut().zip(candidates) {
            let share = hits.get(candidate).copied().unwrap_or(0.0);
            *log += gain(share, background, trade.len() as f64);
        }
    }
    normalised(&logs)
}

/// By operator: what matters is the region a case lies in, and how much of the operator's goods is
/// sold there in the end. Operators of unknown region count as those of one more.
pub(super) fn by_sales(
    chain: &SupplyChain,
    trade: &Trade,
    cases: &[Vec<OperatorId>],
    candidates: &[OperatorId],
    background: f64,
) -> Vec<f64> {
    let region = |operator: OperatorId| chain.operator(operator).region;
    let mut wanted: BTreeMap<Option<RegionId>, f64> = BTreeMap::new();
    for case in cases {
        for operator in case {
            *wanted.entry(region(*operator)).or_default() += 1.0 / case.len() as f64;
        }
    }
    let mut inside: BTreeMap<Option<RegionId>, Vec<OperatorId>> = BTreeMap::new();
    for operator in chain.operator_ids() {
        inside.entry(region(operator)).or_default().push(operator);
    }
    let regions = inside.len() as f64;
    let mut logs = vec![0.0; candidates.len()];
    for (region, count) in wanted {
        let ends = trade.ends(inside.get(&region).map_or(&[][..], Vec::as_slice));
        for (log, candidate) in logs.iter_mut().zip(candidates) {
            let share = ends.get(candidate).copied().unwrap_or(0.0);
            *log += count * gain(share, background, regions);
        }
    }
    normalised(&logs)
}
