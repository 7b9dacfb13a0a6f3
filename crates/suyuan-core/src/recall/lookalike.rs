//! Codes that a scope could grow by: those that look like one of its codes.

use hashbrown::HashSet;

use super::scope::Scope;
use crate::chain::{LookAlike, SupplyChain, Table};
use crate::id::{BatchId, OperatorId, StockId};

/// The codes that look like a batch or an operator of a scope and have goods outside it, or a row
/// of their own and no goods; a code in scientific notation is one whatever it may stand for. To be
/// read before a recall is signed: the codes are kept apart, so if two of them mean one thing the
/// scope is too small. In order of table, code, and the code that looks like it.
///
/// Costs as [`SupplyChain::look_alikes`].
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Shipment, Source};
/// use suyuan_core::recall::{Policy, RecallSource, look_alikes, recall};
/// let mut builder = ChainBuilder::new();
/// let file = builder.add_file("shipments.csv");
/// for (line, batch, to) in [(2, "00123", "SHOP"), (3, "123", "CANTEEN")] {
///     let row = Shipment {
///         code: "W1".into(), batch: batch.into(), from: "FARM".into(), to: to.into(),
///         ..Shipment::default()
///     };
///     builder.add_shipment(&row, Source::new(file, line))?;
/// }
/// let chain = builder.build()?.chain;
/// let scope = recall(&chain, &RecallSource::batch(&chain, "123")?, &Policy::default())?;
/// let near = look_alikes(&chain, &scope);
/// assert_eq!((near[0].code.as_str(), near[0].near.as_str()), ("123", "00123"));
/// assert_eq!(chain.place(near[0].records[0].source).as_deref(), Some("shipments.csv:2"));
/// # Ok::<(), suyuan_core::Error>(())
/// ```
#[must_use]
pub fn look_alikes(chain: &SupplyChain, scope: &Scope) -> Vec<LookAlike> {
    look_alikes_of(chain, scope.affected.iter().map(|row| row.traced.stock))
}

/// As [`look_alikes`], for the stocks of any other result.
#[must_use]
pub fn look_alikes_of(
    chain: &SupplyChain,
    stocks: impl Iterator<Item = StockId>,
) -> Vec<LookAlike> {
    let stocks: HashSet<StockId> = stocks.collect();
    let (mut batches, mut operators): (Vec<BatchId>, Vec<OperatorId>) =
        stocks.iter().map(|stock| chain.stock(*stock)).unzip();
    batches.sort_unstable();
    batches.dedup();
    operators.sort_unstable();
    operators.dedup();
    let mut near = chain.look_alikes(&batches, &operators);
    let inside = |stock: StockId| stocks.contains(&stock);
    near.retain(|it| {
        let all_inside = match it.table {
            Table::Operators => chain.find_operator(&it.near).is_ok_and(|operator| {
                let stocks = chain.stocks_at(operator);
                !stocks.is_empty() && stocks.iter().all(|stock| inside(*stock))
            }),
            _ => chain.lots_of(&it.near).is_ok_and(|lots| {
                let mut stocks = lots.into_iter().flat_map(|lot| chain.stocks_of_batch(lot));
                let first = stocks.next();
                first.is_some_and(inside) && stocks.all(inside)
            }),
        };
        it.near == it.code || !all_inside
    });
    near
}
