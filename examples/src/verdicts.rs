//! What each sample's verdict means for recalls.

use std::collections::BTreeMap;

use serde::Serialize;
use suyuan::chain::SupplyChain;
use suyuan::id::{BatchId, StockId};
use suyuan::model::Verdict;
use suyuan::recall::{Policy, RecallSource, StartFrom};
use suyuan::time::Minute;
use suyuan::trace::{Certainty, Tracer};

/// What the samples of a data set mean.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Units tested for each sample.
    pub units: u64,
    /// Share of units contaminated, if any is.
    pub prevalence: f64,
    /// Probability that a test finds a contaminated unit.
    pub sensitivity: f64,
    /// Units in the lot; null where drawing does not change it.
    pub lot: Option<u64>,
    /// Probability that a negative misses a contamination of that prevalence.
    pub missed: f64,
    /// A row for every sample, by code.
    pub samples: Vec<Row>,
}

/// What one sample means.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its code.
    pub sample: String,
    /// Code of its batch.
    pub batch: String,
    /// Code of the operator it was taken at.
    pub operator: String,
    /// What the laboratory said.
    pub verdict: Option<Verdict>,
    /// Stocks in the recall it starts; null unless it fails.
    pub seeds: Option<u64>,
    /// Probability that a contamination was missed; null unless it passes.
    pub missed: Option<f64>,
    /// Failing samples whose recall reaches the sampled stock all the same.
    pub reached_by: Vec<String>,
    /// How certain it is that they do.
    pub certainty: Option<Certainty>,
}

/// A row for every sample, by code. `progress` is told how many recalls are done, and of how many.
///
/// # Errors
/// None: every sample is of the chain.
pub fn rows(
    chain: &SupplyChain,
    as_of: Minute,
    missed: f64,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<Row>, suyuan::Error> {
    let policy = Policy::default().as_of(as_of);
    let mut tracer = Tracer::new(chain);
    let mut seeds: BTreeMap<BatchId, u64> = BTreeMap::new();
    let mut reached: BTreeMap<StockId, (Vec<String>, Certainty)> = BTreeMap::new();
    let views: Vec<_> = chain.sample_ids().map(|id| (id, chain.sample(id))).collect();
    let failing: Vec<_> =
        views.iter().filter(|(_, view)| view.verdict == Some(Verdict::Fail)).collect();
    for (done, (id, view)) in (0..).zip(&failing) {
        progress(done, failing.len() as u64);
        let batch = chain.stock(view.stock).0;
        let source = RecallSource::new(chain, StartFrom::Samples(vec![*id]))?;
        let scope = tracer.recall(&source, &policy)?;
        seeds.insert(batch, scope.affected.len() as u64);
        for row in &scope.affected {
            let certainty = row.traced.certainty;
            let found = reached.entry(row.traced.stock).or_insert((Vec::new(), certainty));
            found.0.push(view.code.to_owned());
            found.1 = found.1.min(certainty);
        }
    }
    let rows = views.iter().map(|(_, view)| {
        let (batch, operator) = chain.stock_codes(view.stock);
        let fails = view.verdict == Some(Verdict::Fail);
        let others = reached.get(&view.stock).filter(|_| !fails);
        Row {
            sample: view.code.to_owned(),
            batch: batch.to_owned(),
            operator: operator.to_owned(),
            verdict: view.verdict,
            seeds: fails.then(|| seeds.get(&chain.stock(view.stock).0).copied()).flatten(),
            missed: (view.verdict == Some(Verdict::Pass)).then_some(missed),
            reached_by: others.map(|(codes, _)| codes.clone()).unwrap_or_default(),
            certainty: others.map(|(_, certainty)| *certainty),
        }
    });
    Ok(rows.collect())
}
