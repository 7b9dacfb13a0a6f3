//! Affected stocks grouped by their operators, and their sums.

use std::collections::{BTreeMap, HashSet};

use suyuan::chain::SupplyChain;
use suyuan::id::OperatorId;
use suyuan::recall::{Affected, OnHand, Scope};

use crate::sums::{Sums, on_hand};

/// What some of the affected stocks have in common.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) operators: HashSet<OperatorId>,
    pub(super) stocks: usize,
    pub(super) on_hand: OnHand,
    pub(super) on_road: Sums,
}

impl Group {
    pub(super) fn add(&mut self, chain: &SupplyChain, row: &Affected) {
        let unit = chain.unit(row.traced.stock);
        self.operators.insert(chain.stock(row.traced.stock).1);
        self.stocks += 1;
        self.on_hand.add(chain, row.traced.stock, &row.ledger);
        self.on_road.add(unit, row.ledger.in_transit);
    }

    /// Stocks, on hand, on the road; nothing on the road is an empty cell.
    pub(super) fn cells(&self) -> [String; 3] {
        let road =
            if self.on_road.is_nothing() { String::new() } else { self.on_road.texts().join("\n") };
        [self.stocks.to_string(), on_hand(&self.on_hand).join("\n"), road]
    }
}

/// Groups the affected stocks by what a function says of their operator, in its order.
pub(super) fn groups<K: Ord>(
    chain: &SupplyChain,
    scope: &Scope,
    key: impl Fn(OperatorId) -> K,
) -> BTreeMap<K, Group> {
    let mut groups: BTreeMap<K, Group> = BTreeMap::new();
    for row in &scope.affected {
        groups.entry(key(chain.stock(row.traced.stock).1)).or_default().add(chain, row);
    }
    groups
}
