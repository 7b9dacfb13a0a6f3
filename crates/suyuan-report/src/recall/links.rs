//! What passed between operators and can have carried contamination.

use std::collections::{BTreeMap, HashMap};

use suyuan_core::chain::{OutflowTo, SupplyChain};
use suyuan_core::id::OperatorId;
use suyuan_core::quantity::Amount;
use suyuan_core::recall::Scope;
use suyuan_core::time::Minute;
use suyuan_core::trace::{Certainty, Via};

use super::Link;
use super::build::bounded;

/// One passage.
struct Passage {
    departs: Minute,
    arrives: Minute,
    amount: Option<Amount>,
    unit: Option<&'static str>,
    possible: bool,
}

pub(super) fn links(
    chain: &SupplyChain,
    scope: &Scope,
    operator_at: &HashMap<OperatorId, usize>,
) -> Vec<Link> {
    let mut links: BTreeMap<(usize, usize), Link> = BTreeMap::new();
    let index = |stock| operator_at.get(&chain.stock(stock).1).copied();
    let mut add = |from, to, passage: Passage| {
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            let link = links.entry((from, to)).or_insert_with(|| Link {
                from,
                to,
                possible: true,
                ..Link::default()
            });
            link.add(&passage);
        }
    };
    for row in &scope.affected {
        let stock = row.traced.stock;
        let unit = chain.unit(stock).map(|unit| unit.symbol());
        let possible = row.traced.certainty == Certainty::Possible;
        for flow in chain.outflows(stock) {
            let OutflowTo::Shipment(id) = flow.to else { continue };
            let view = chain.shipment(id);
            let carries = flow.gone_by >= row.traced.minute && flow.begins <= scope.policy.as_of;
            if !carries || scope.trace.find(view.to).is_none() {
                continue;
            }
            let contradicts = flow.departs.latest.is_bounded() && !flow.gone_by.is_bounded();
            let dated = view.departs.is_dated_to_day() || view.arrives.is_dated_to_day();
            let passage = Passage {
                departs: view.departs.earliest,
                arrives: view.arrives.latest,
                amount: view.amount,
                unit,
                possible: possible || contradicts || !dated,
            };
            add(index(stock), index(view.to), passage);
        }
        // Other links between operators: inferred ones, and transformations over two of them.
        if let Some(witness) = row.traced.witness
            && !matches!(witness.via, Via::Shipment(_))
        {
            let passage = Passage {
                departs: row.traced.minute,
                arrives: row.traced.minute,
                amount: None,
                unit: None,
                possible,
            };
            add(index(witness.from), index(stock), passage);
        }
    }
    links.into_values().collect()
}

impl Link {
    fn add(&mut self, passage: &Passage) {
        self.records += 1;
        self.possible &= passage.possible;
        let (first, last) = (bounded(passage.departs), bounded(passage.arrives));
        self.first = [self.first, first].into_iter().flatten().min();
        self.last = self.last.max(last);
        if let (Some(amount), Some(unit)) = (passage.amount, passage.unit) {
            *self.quantity.entry(unit.to_owned()).or_default() += amount.to_decimal();
        }
    }
}
