//! The chain and the questions that the benchmarks share.

use std::env;

use suyuan::chain::{Built, ChainBuilder, SnapshotBuffer, SupplyChain};
use suyuan::id::{OperatorId, StockId};
use suyuan::model::{Shipment, Source};
use suyuan::synth::{ChainSink, Error, Plan};
use suyuan::time::{Minute, Span};
use suyuan::trace::Reach;

use crate::Random;

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// How many links the chain has: `SUYUAN_BENCH_LINKS`, a million by default.
#[must_use]
pub fn links() -> u64 {
    setting("SUYUAN_BENCH_LINKS", 1_000_000)
}

/// The synthetic chain of `docs/workload.md`, seed 1.
///
/// # Errors
/// Those of the generator and of building.
pub fn build(links: u64) -> Result<Built, Error> {
    let mut sink = ChainSink::new();
    Plan::new(links, 1).generate(&mut sink)?;
    sink.build()
}

/// The same chain, written as a snapshot and opened again.
///
/// # Errors
/// None that a chain and enough memory give.
pub fn opened(chain: &SupplyChain) -> Result<SupplyChain, suyuan::Error> {
    let mut bytes = Vec::new();
    // Nothing fails to be written to memory.
    let _ = chain.write_snapshot(&mut bytes);
    let mut buffer = SnapshotBuffer::new(bytes.len());
    buffer.as_mut_slice().copy_from_slice(&bytes);
    SupplyChain::open_snapshot(buffer)
}

/// Distinct stocks drawn evenly, `SUYUAN_BENCH_QUERIES` of them (2,000 by default).
#[must_use]
pub fn stocks(chain: &SupplyChain) -> Vec<StockId> {
    let count = setting("SUYUAN_BENCH_QUERIES", 2_000).min(chain.stock_count() as u64);
    let mut random = Random::new(7);
    let mut drawn = vec![false; chain.stock_count()];
    let mut stocks = Vec::new();
    while (stocks.len() as u64) < count {
        let at = random.below(chain.stock_count() as u64) as usize;
        if !std::mem::replace(&mut drawn[at], true) {
            stocks.push(StockId::new(at as u32));
        }
    }
    stocks
}

/// The seed of a forward trace from a stock: from its first event on.
#[must_use]
pub fn seed(chain: &SupplyChain, stock: StockId) -> (StockId, Minute) {
    (stock, chain.first(stock).unwrap_or(Minute::UNBOUNDED_PAST))
}

/// Looks at every date and witness of an answer.
#[must_use]
pub fn read(reach: Reach<'_, '_>) -> i64 {
    reach.iter().fold(0, |sum, row| {
        let from = row.witness.map_or(0, |witness| witness.from.index() as i64);
        sum ^ from ^ i64::from(row.minute.minutes())
    })
}

/// Of the operators with most links out of their stocks, the one whose stocks lead to what comes
/// nearest to a sixth of all: a million of the stocks of ten million links.
#[must_use]
pub fn large_operator(
    chain: &SupplyChain,
    mut reach: impl FnMut(&[StockId]) -> usize,
) -> Option<OperatorId> {
    let leads_on = |id: &OperatorId| -> usize {
        let links = |stock: &StockId| chain.links_of(*stock, petgraph::Direction::Outgoing).count();
        chain.stocks_at(*id).iter().map(links).sum()
    };
    let mut operators: Vec<OperatorId> = chain.operator_ids().collect();
    operators.sort_by_cached_key(|id| std::cmp::Reverse(leads_on(id)));
    operators.truncate(400);
    let aim = chain.stock_count() / 6;
    operators.into_iter().min_by_key(|id| reach(chain.stocks_at(*id)).abs_diff(aim))
}

/// One part in 365 of the chain's shipments again, one day later to the next operator's shop.
#[must_use]
pub fn day(chain: &SupplyChain) -> ChainBuilder {
    let mut builder = ChainBuilder::new();
    // A day is far below any capacity.
    let _ = add_day(chain, &mut builder);
    builder
}

/// Adds the same to other records.
///
/// # Errors
/// When there are too many.
pub fn add_day(chain: &SupplyChain, builder: &mut ChainBuilder) -> Result<(), suyuan::Error> {
    let last = chain.shipment_ids().len() as u32;
    let step = 365;
    for (at, id) in chain.shipment_ids().enumerate().skip(last as usize % step).step_by(step) {
        let row = chain.shipment(id);
        let (batch, from) = chain.stock_codes(row.to);
        let shipment = Shipment {
            code: format!("NEW{at}").into(),
            batch: batch.into(),
            from: from.into(),
            to: format!("SHOP{}", at % 5000).into(),
            shipped_on: Span::at(row.arrives.latest),
            received_on: Span::at(row.arrives.latest),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE)?;
    }
    Ok(())
}
