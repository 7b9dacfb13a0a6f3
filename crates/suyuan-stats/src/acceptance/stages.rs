//! Double and multiple plans.
//!
//! After each stage the bad units found so far are compared with two numbers: at most `accept`
//! accepts, at least `reject` rejects, anything between goes on. `Pa`, and the average number of
//! units tested, come from the exact distribution of the count over the stages (Schilling and
//! Neubauer 2017, 6.1).
//!
//! When not to use: when the second sample cannot be drawn without delay.
//!
//! ```
//! use suyuan_stats::acceptance::{Law, stages::{Plan, Stage}};
//! let plan = Plan::new(vec![
//!     Stage { n: 50, accept: Some(1), reject: 4 },
//!     Stage { n: 50, accept: Some(4), reject: 5 },
//! ])?;
//! let at = plan.evaluate(Law::Binomial, 0.04)?;
//! assert!(at.tested > 50.0 && at.tested < 100.0 && at.accept > 0.5);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::acceptance::{Law, rounded};
use crate::dist::{Binomial, Hypergeometric, Poisson};
use crate::error::{Error, Result, total};

/// One stage of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Units tested at this stage.
    pub n: u64,
    /// At most so many bad ones in all accept; `None` where this stage cannot accept.
    pub accept: Option<u64>,
    /// At least so many bad ones in all reject.
    pub reject: u64,
}

/// Stages of which the last one decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    stages: Vec<Stage>,
}

/// What a plan does at a share of bad units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// How it was computed.
    pub method: &'static str,
    /// The share of bad units.
    pub p: f64,
    /// The probability of acceptance.
    pub accept: f64,
    /// The average number of units tested (ASN), every stage completed.
    pub tested: f64,
}

/// The most bad units that are followed from stage to stage.
const MOST_REJECTED: u64 = 100_000;

impl Plan {
    /// Checks the stages: each tests something, acceptance lies below rejection, and the last one
    /// leaves no gap.
    ///
    /// # Errors
    /// [`Error::Empty`] without stages or with one that tests nothing; [`Error::Impossible`] when
    /// the numbers do not fit.
    pub fn new(stages: Vec<Stage>) -> Result<Self> {
        let Some(last) = stages.last() else { return Err(Error::Empty { what: "stages" }) };
        if stages.iter().any(|stage| stage.n == 0) {
            return Err(Error::Empty { what: "units tested at a stage" });
        }
        let fits = stages.iter().all(|s| s.accept.is_none_or(|accept| accept < s.reject));
        if !fits || last.accept.is_none_or(|accept| accept.checked_add(1) != Some(last.reject)) {
            return Err(Error::Impossible {
                what: "a plan",
                reason: "accept must be below reject at every stage, and just below it at the last"
                    .to_owned(),
            });
        }
        Ok(Self { stages })
    }

    /// The units of all stages together.
    fn most(&self) -> Result<u64> {
        total("units of all stages", self.stages.iter().map(|stage| stage.n))
    }

    /// The stages.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Acceptance and average number tested at `p`. O(stages x reject^2).
    ///
    /// # Errors
    /// [`Error::Domain`] when `p` is out of range, or a stage rejects at more than 100,000 bad units;
    /// [`Error::Exceeds`] when the lot is smaller than all stages together.
    pub fn evaluate(&self, law: Law, p: f64) -> Result<Evaluation> {
        law.check(self.most()?, p)?;
        // The distribution of the bad units found while undecided.
        let mut open = vec![1.0];
        let (mut accept, mut tested, mut drawn) = (0.0, 0.0, 0);
        for stage in &self.stages {
            let undecided: f64 = open.iter().sum();
            tested += undecided * stage.n as f64;
            // No more bad units than were tested.
            let reach = stage.reject.min(drawn + stage.n + 1);
            if reach > MOST_REJECTED {
                let (what, value) = ("bad units at which a stage rejects", reach as f64);
                return Err(Error::Domain { what, value, expected: "at most 100000" });
            }
            let mut next = vec![0.0; reach as usize];
            for (before, &weight) in open.iter().enumerate() {
                if weight == 0.0 {
                    continue;
                }
                let room = stage.reject.saturating_sub(before as u64);
                for more in 0..room.min(stage.n + 1) {
                    next[before + more as usize] +=
                        weight * one_stage(law, p, drawn, before as u64, stage.n, more);
                }
            }
            for (count, weight) in next.iter_mut().enumerate() {
                if stage.accept.is_some_and(|most| count as u64 <= most) {
                    accept += *weight;
                    *weight = 0.0;
                }
            }
            drawn += stage.n;
            open = next;
        }
        Ok(Evaluation { method: "multiple_stages", p, accept: accept.min(1.0), tested })
    }

    /// The average number tested in lots of `lot` units when rejected lots are tested fully.
    ///
    /// # Errors
    /// As [`Plan::evaluate`]; [`Error::Exceeds`] when the lot is smaller than all stages.
    pub fn total_inspection(&self, law: Law, lot: u64, p: f64) -> Result<f64> {
        let most = self.most()?;
        if most > lot {
            return Err(Error::Exceeds { x: most, n: lot });
        }
        let at = self.evaluate(law, p)?;
        let accepted_tests = self.tested_when_accepted(law, p)?;
        Ok(accepted_tests + (1.0 - at.accept) * lot as f64)
    }

    /// The sum over stages of `P(accepted there) x units tested by then`.
    fn tested_when_accepted(&self, law: Law, p: f64) -> Result<f64> {
        let (mut total, mut before, mut drawn) = (0.0, 0.0, 0);
        for upto in 1..=self.stages.len() {
            let mut stages = self.stages[..upto].to_vec();
            if let Some(last) = stages.last_mut() {
                drawn += last.n;
                // Decide at this stage: what would have gone on is rejected.
                last.reject = last.accept.map_or(0, |accept| accept.saturating_add(1));
            }
            let accepted = Self { stages }.evaluate(law, p)?.accept;
            total += (accepted - before) * drawn as f64;
            before = accepted;
        }
        Ok(total)
    }
}

/// `P(more bad units at this stage)` given those found before.
fn one_stage(law: Law, p: f64, drawn: u64, before: u64, n: u64, more: u64) -> f64 {
    match law {
        Law::Binomial => Binomial::raw(n, p).pmf(more),
        Law::Poisson => Poisson::new(n as f64 * p).map_or(0.0, |law| law.pmf(more)),
        Law::Hypergeometric { lot } => {
            let left = rounded(lot, p).saturating_sub(before).min(lot - drawn);
            Hypergeometric::raw(lot - drawn, left, n).pmf(more)
        }
    }
}
