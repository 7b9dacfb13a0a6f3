//! From a scope to the operators that a case concerns.

use std::collections::BTreeMap;

use super::log::Party;
use crate::chain::{OutflowTo, SupplyChain};
use crate::id::StockId;
use crate::model::RemovalReason;
use crate::quantity::{Total, Unit, decimal_from_millionths};
use crate::recall::Scope;
use crate::time::Minute;

/// The operators of a scope, by code, each with what it has to get back: of its affected stocks
/// what it did not pass on within the records, that is, what is on hand, on the road to it, sold,
/// lost or sent off the records. Goods destroyed or sampled are gone; goods shipped or made into
/// others are counted where they went. In kg, L and pcs. O(n) in the flows of the affected stocks.
#[must_use]
pub fn parties_of(chain: &SupplyChain, scope: &Scope) -> Vec<Party> {
    let operator = |stock: StockId| chain.stock(stock).1;
    scope
        .affected
        .chunk_by(|a, b| operator(a.traced.stock) == operator(b.traced.stock))
        .map(|group| {
            let mut sums: BTreeMap<Unit, i128> = BTreeMap::new();
            let mut complete = true;
            for row in group {
                let stock = row.traced.stock;
                let mut held = row.ledger.on_hand();
                held.millionths += row.ledger.in_transit.millionths;
                held.complete &= row.ledger.in_transit.complete;
                let gone = sold(chain, stock, scope.policy.as_of);
                held.millionths += gone.millionths;
                complete &= held.complete && gone.complete;
                match chain.unit(stock) {
                    Some(unit) => {
                        let base = unit.canonical();
                        let part = held.millionths.max(0) * unit.factor() / base.factor();
                        *sums.entry(base).or_default() += part;
                    }
                    None => complete = false,
                }
            }
            let to_recover = sums.into_iter().filter(|(_, sum)| *sum > 0);
            Party {
                operator: chain.operator(operator(group[0].traced.stock)).code.to_owned(),
                to_recover: to_recover
                    .map(|(unit, sum)| (unit, decimal_from_millionths(sum)))
                    .collect(),
                complete,
            }
        })
        .collect()
}

/// What left a stock by removals that may have left it with consumers.
fn sold(chain: &SupplyChain, stock: StockId, as_of: Minute) -> Total {
    let mut sum = Total::ZERO;
    for flow in chain.outflows(stock) {
        if let OutflowTo::Removal(id) = flow.to
            && flow.departs.earliest <= as_of
            && !matches!(
                chain.removal(id).reason,
                Some(RemovalReason::Destroyed | RemovalReason::Sampled)
            )
        {
            sum.add(flow.amount);
        }
    }
    sum
}
