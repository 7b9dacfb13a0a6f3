//! Carry-over: equipment that stays affected after material went through it.

use std::collections::BTreeMap;

use super::search::Search;
use crate::chain::SupplyChain;
use crate::chain::index::Node;
use crate::id::{OperatorId, TransformationId};
use crate::time::Minute;

/// How far carry-over reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CarryRule {
    /// Minutes after affected material entered.
    pub(crate) window: i32,
}

impl CarryRule {
    /// The minute at which a window that opens at `now` closes: after the rule's minutes, or by
    /// the end of the next cleaning that certainly comes later.
    fn closes(self, chain: &SupplyChain, operator: OperatorId, now: Minute) -> Minute {
        if !now.is_bounded() {
            // Nobody knows when it entered, so nobody knows when the window closes.
            return Minute::UNBOUNDED_FUTURE;
        }
        let cleaned = chain
            .cleanings_at(operator)
            .filter(|cleaning| cleaning.earliest > now)
            .map(|cleaning| cleaning.latest)
            .min()
            .unwrap_or(Minute::UNBOUNDED_FUTURE);
        now.plus(self.window).min(cleaned)
    }
}

/// A sequence whose items are taken one by one, with jumps over what is gone.
#[derive(Debug, Default)]
struct Queue {
    order: Vec<TransformationId>,
    next: Vec<usize>,
}

impl Queue {
    fn new(chain: &SupplyChain, mut order: Vec<TransformationId>) -> Self {
        order.sort_unstable_by_key(|id| {
            let node = Node::Transformation(*id).number();
            (chain.transformation_time(*id).earliest, chain.node_rank(node))
        });
        let next = (0..=order.len()).collect();
        Self { order, next }
    }

    /// First place from `at` on that is not gone, with path halving.
    fn find(&mut self, mut at: usize) -> usize {
        while self.next[at] != at {
            self.next[at] = self.next[self.next[at]];
            at = self.next[at];
        }
        at
    }

    fn remove(&mut self, at: usize) {
        self.next[at] = at + 1;
    }
}

/// Carry-over windows, opened in time order.
#[derive(Debug)]
pub(super) struct Windows {
    rule: CarryRule,
    operators: BTreeMap<OperatorId, Queue>,
}

impl Windows {
    pub(super) fn new(rule: CarryRule) -> Self {
        Self { rule, operators: BTreeMap::new() }
    }

    /// The other transformations at `operator` that can have happened in the window that opens at
    /// `now`, and that no earlier window held. Windows open in time order, so what ended before
    /// `now` is passed for good: every transformation is looked at once, and once more for each
    /// entry of its own.
    pub(super) fn open(
        &mut self,
        chain: &SupplyChain,
        operator: OperatorId,
        entered: TransformationId,
        now: Minute,
    ) -> Vec<TransformationId> {
        let closes = self.rule.closes(chain, operator, now);
        let queue = self
            .operators
            .entry(operator)
            .or_insert_with(|| Queue::new(chain, chain.transformations_at(operator).to_vec()));
        let mut taken = Vec::new();
        let mut at = queue.find(0);
        while let Some(id) = queue.order.get(at).copied() {
            let time = chain.transformation_time(id);
            if time.earliest > closes {
                break;
            }
            if id != entered {
                if time.latest >= now {
                    taken.push(id);
                }
                queue.remove(at);
            }
            at = queue.find(at + 1);
        }
        taken
    }
}

/// The equipment that a finished search reached, for finding by which entry with the fewest links
/// before it.
#[derive(Debug)]
pub(super) struct Opened {
    rule: CarryRule,
    operators: BTreeMap<OperatorId, Equipment>,
}

#[derive(Debug, Default)]
struct Equipment {
    /// Those whose label is their own earliest minute.
    own: Queue,
    /// Those that were already running, by the label an entry gave them.
    running: BTreeMap<i32, Vec<TransformationId>>,
}

impl Opened {
    pub(super) fn new(chain: &SupplyChain, search: &Search, rule: CarryRule) -> Self {
        let mut own: BTreeMap<OperatorId, Vec<TransformationId>> = BTreeMap::new();
        let mut operators: BTreeMap<OperatorId, Equipment> = BTreeMap::new();
        let mut carried = search.carried.clone();
        carried.sort_unstable_by_key(|id| chain.node_rank(Node::Transformation(*id).number()));
        carried.dedup();
        for id in carried {
            let Some(place) = search.place(Node::Apart(id).number()) else { continue };
            let label = search.reached()[place as usize].label;
            let starts = chain.transformation_time(id).earliest.minutes();
            for operator in chain.operators_of(id) {
                if label == starts {
                    own.entry(operator).or_default().push(id);
                } else {
                    let running = &mut operators.entry(operator).or_default().running;
                    running.entry(label).or_default().push(id);
                }
            }
        }
        for (operator, ids) in own {
            operators.entry(operator).or_default().own = Queue::new(chain, ids);
        }
        Self { rule, operators }
    }

    /// The transformations whose label comes from material that entered `entered` at `now`, and
    /// that were not given before.
    pub(super) fn by(
        &mut self,
        chain: &SupplyChain,
        entered: TransformationId,
        now: i32,
    ) -> Vec<TransformationId> {
        let mut given = Vec::new();
        for operator in chain.operators_of(entered) {
            let Some(equipment) = self.operators.get_mut(&operator) else { continue };
            let closes = self.rule.closes(chain, operator, Minute::from_minutes(now));
            let queue = &mut equipment.own;
            let starts = |id: &TransformationId| chain.transformation_time(*id).earliest;
            let from = queue.order.partition_point(|id| starts(id).minutes() < now);
            let mut at = if queue.next.is_empty() { 0 } else { queue.find(from) };
            while let Some(id) = queue.order.get(at).copied() {
                if starts(&id) > closes {
                    break;
                }
                if id != entered {
                    given.push(id);
                    queue.remove(at);
                }
                at = queue.find(at + 1);
            }
            if let Some(running) = equipment.running.get_mut(&now) {
                given.extend(running.extract_if(.., |id| *id != entered));
            }
        }
        given
    }
}
