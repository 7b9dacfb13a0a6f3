//! Facts of the samples of a chain.

use std::collections::BTreeMap;

use suyuan_core::chain::{SampleView, SupplyChain};
use suyuan_core::id::StockId;
use suyuan_core::model::{RemovalReason, Verdict};
use suyuan_core::time::Minute;

use crate::compliance::Fact;

/// The month of a time, empty when it is not dated to one.
fn month(sample: &SampleView<'_>) -> String {
    let (from, to) = (sample.sampled_on.earliest, sample.sampled_on.latest);
    match (from.date(), to.date()) {
        (Some(from), Some(to)) => {
            let (from, to) = (from.to_string(), to.to_string());
            if from.get(..7) == to.get(..7) {
                from.get(..7).unwrap_or_default().to_owned()
            } else {
                String::new()
            }
        }
        _ => String::new(),
    }
}

/// The facts of every sample taken by `as_of`, in the chain's order; a verdict counts once it was
/// reported by then, or its report is undated. Region and stage are the operator's, the category
/// is the product's.
pub fn facts(chain: &SupplyChain, as_of: Minute) -> impl Iterator<Item = Fact> + '_ {
    chain.sample_ids().map(move |id| chain.sample(id)).filter_map(move |sample| {
        if sample.sampled_on.earliest > as_of {
            return None;
        }
        let reported = sample.reported_on.is_unknown() || sample.reported_on.earliest <= as_of;
        let (batch, operator) = chain.stock(sample.stock);
        let operator = chain.operator(operator);
        let category = chain.batch(batch).product.map(|product| chain.product(product).category);
        Some(Fact {
            purpose: sample.kind,
            failed: match sample.verdict {
                Some(Verdict::Fail) if reported => Some(true),
                Some(Verdict::Pass) if reported => Some(false),
                _ => None,
            },
            region: operator.region.map_or("", |region| chain.region(region).code).to_owned(),
            category: category.unwrap_or_default().to_owned(),
            stage: operator.stage.map_or("", |stage| stage.as_str()).to_owned(),
            hazard: sample.hazard.map_or("", |hazard| hazard.as_str()).to_owned(),
            period: month(&sample),
        })
    })
}

/// Failing samples that were acted on, and those that were due, by `as_of`: a failing sample is
/// due; it was acted on when goods of its stock were destroyed or returned at or after the
/// sampling. O(samples + removals).
#[must_use]
pub fn disposals(chain: &SupplyChain, as_of: Minute) -> (u64, u64) {
    let mut last: BTreeMap<StockId, Minute> = BTreeMap::new();
    for id in chain.removal_ids() {
        let removal = chain.removal(id);
        let acted =
            matches!(removal.reason, Some(RemovalReason::Destroyed | RemovalReason::Returned));
        if acted && removal.time.earliest <= as_of {
            let known = last.entry(removal.stock).or_insert(Minute::UNBOUNDED_PAST);
            *known = (*known).max(removal.time.latest);
        }
    }
    let (mut done, mut due) = (0, 0);
    for id in chain.sample_ids() {
        let sample = chain.sample(id);
        let reported = sample.reported_on.is_unknown() || sample.reported_on.earliest <= as_of;
        if sample.verdict != Some(Verdict::Fail) || !reported || sample.sampled_on.earliest > as_of
        {
            continue;
        }
        due += 1;
        let acted = last.get(&sample.stock).is_some_and(|time| *time >= sample.sampled_on.earliest);
        done += u64::from(acted);
    }
    (done, due)
}
