//! Risk-based, two-stage and pooled detection.
//!
//! Estimand: the probability of at least one positive at the design prevalence, when groups
//! differ in risk, when units lie in clusters, or when samples are tested in pools. No false
//! positives.
//!
//! Formulas: with relative risks `r_i` and population shares `w_i`, the adjusted risk is
//! `r_i / sum(r w)` and the effective probability `p* r_i / sum(r w)` (Martin, Cameron and Greiner
//! 2007); clusters and the units in them multiply; a pool of `k` is positive with probability
//! `se (1 - (1 - p*)^k)`.
//!
//! When not to use: with relative risks that are guesses; a wrong ranking makes the stated
//! sensitivity too high.
//!
//! ```
//! use suyuan_stats::detection::risk::{Group, size};
//! let groups = [(5.0, 0.1, 0.5), (3.0, 0.3, 0.3), (1.0, 0.6, 0.2)];
//! let groups = groups.map(|(relative_risk, population, samples)| Group {
//!     relative_risk,
//!     population,
//!     samples,
//!     sensitivity: 0.9,
//! });
//! let size = size(&groups, 0.01, 0.95)?;
//! assert_eq!((size.total, size.n), (185, vec![92, 56, 37]));
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::detection::{Law, Size, sample_size};
use crate::error::{Error, Result, non_negative, open_unit, positive, total, unit};

/// A group of units of the same risk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Risk beside a reference group.
    pub relative_risk: f64,
    /// Size of the group, in any unit: shares are normalised. Units, for [`sensitivity_finite`].
    pub population: f64,
    /// Samples taken; shares of the samples, for [`size`].
    pub samples: f64,
    /// Sensitivity of the test in this group.
    pub sensitivity: f64,
}

/// Adjusted risks and effective probabilities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risks {
    /// `r_i / sum(r w)`: their mean over the population is 1.
    pub adjusted: Vec<f64>,
    /// `p* r_i / sum(r w)`.
    pub effective: Vec<f64>,
}

/// Adjusted risks of groups.
///
/// # Errors
/// [`Error::Empty`] without groups; [`Error::Domain`] for a value outside its range, or an
/// effective probability above 1.
pub fn risks(groups: &[Group], prevalence: f64) -> Result<Risks> {
    open_unit("design prevalence", prevalence)?;
    if groups.is_empty() {
        return Err(Error::Empty { what: "groups" });
    }
    let (mut whole, mut weighted) = (0.0, 0.0);
    for group in groups {
        let size = non_negative("size of a group", group.population)?;
        whole += size;
        weighted += positive("relative risk", group.relative_risk)? * size;
    }
    if whole <= 0.0 {
        return Err(Error::Empty { what: "population" });
    }
    let mean = weighted / whole;
    let adjusted: Vec<f64> = groups.iter().map(|group| group.relative_risk / mean).collect();
    let effective: Vec<f64> = adjusted.iter().map(|risk| prevalence * risk).collect();
    for &value in &effective {
        if value > 1.0 {
            return Err(Error::Domain {
                what: "effective probability of a group",
                value,
                expected: "at most 1: lower the design prevalence or the relative risk",
            });
        }
    }
    Ok(Risks { adjusted, effective })
}

/// The sensitivity of samples from large groups, `1 - prod (1 - e_i se_i)^n_i`.
///
/// # Errors
/// As [`risks`].
pub fn sensitivity(groups: &[Group], prevalence: f64) -> Result<f64> {
    let risks = risks(groups, prevalence)?;
    let mut ln_miss = 0.0;
    for (group, effective) in groups.iter().zip(&risks.effective) {
        let se = unit("sensitivity", group.sensitivity)?;
        ln_miss += non_negative("samples", group.samples)? * (-effective * se).ln_1p();
    }
    Ok(-ln_miss.exp_m1())
}

/// The same for groups of known numbers of units, `1 - prod (1 - n_i se_i / N_i)^(e_i N_i)`.
///
/// # Errors
/// As [`risks`]; [`Error::Domain`] when more samples than units are stated.
pub fn sensitivity_finite(groups: &[Group], prevalence: f64) -> Result<f64> {
    let risks = risks(groups, prevalence)?;
    let mut ln_miss = 0.0;
    for (group, effective) in groups.iter().zip(&risks.effective) {
        let se = unit("sensitivity", group.sensitivity)?;
        let n = non_negative("samples", group.samples)?;
        if n > group.population {
            return Err(Error::Domain {
                what: "samples of a group",
                value: n,
                expected: "at most as many as it has units",
            });
        }
        if n > 0.0 {
            ln_miss += effective * group.population * (-n * se / group.population).ln_1p();
        }
    }
    Ok(-ln_miss.exp_m1())
}

/// Samples for every group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiskSize {
    /// How it was computed.
    pub method: &'static str,
    /// Samples of each group, each rounded up.
    pub n: Vec<u64>,
    /// Their sum.
    pub total: u64,
    /// Adjusted risks and effective probabilities.
    pub risks: Risks,
    /// What the rounded numbers achieve.
    pub sensitivity: f64,
}

/// The samples that reach a target when they are spread over the groups in given shares.
///
/// # Errors
/// As [`risks`]; [`Error::Empty`] when no group gets samples.
pub fn size(groups: &[Group], prevalence: f64, target: f64) -> Result<RiskSize> {
    let risks = risks(groups, prevalence)?;
    let allowed = 1.0 - open_unit("target sensitivity", target)?;
    let mut shares = 0.0;
    for group in groups {
        unit("sensitivity", group.sensitivity)?;
        shares += non_negative("share of the samples", group.samples)?;
    }
    if shares <= 0.0 {
        return Err(Error::Empty { what: "samples in any group" });
    }
    let found: f64 = groups
        .iter()
        .zip(&risks.effective)
        .map(|(group, effective)| group.samples / shares * effective * group.sensitivity)
        .sum();
    if found <= 0.0 {
        return Err(Error::Impossible {
            what: "a number of samples",
            reason: "the test finds nothing in the groups that are sampled".to_owned(),
        });
    }
    let raw = allowed.ln() / (-found).ln_1p();
    let n: Vec<u64> = groups
        .iter()
        .map(|group| (raw * group.samples / shares * (1.0 - 1e-14)).ceil() as u64)
        .collect();
    let taken: Vec<Group> =
        groups.iter().zip(&n).map(|(group, &n)| Group { samples: n as f64, ..*group }).collect();
    Ok(RiskSize {
        method: "risk_based",
        total: total("samples", n.iter().copied())?,
        sensitivity: sensitivity(&taken, prevalence)?,
        n,
        risks,
    })
}

/// Clusters, and units in each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TwoStage {
    /// How it was computed.
    pub method: &'static str,
    /// Clusters to visit.
    pub clusters: Size,
    /// Units to test in each.
    pub units: Size,
}

/// One stage: its law, the design prevalence, and the sensitivity wanted at this stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// How units (or clusters) are drawn.
    pub law: Law,
    /// Share of bad ones.
    pub prevalence: f64,
    /// Sensitivity wanted.
    pub target: f64,
}

/// Clusters and units for a target sensitivity: units within a cluster so that an affected
/// cluster is found with the units' target, which is then the clusters' test sensitivity.
///
/// # Errors
/// As [`sample_size`] for either stage.
pub fn two_stage(clusters: Stage, units: Stage, test_sensitivity: f64) -> Result<TwoStage> {
    let inner = sample_size(units.law, units.prevalence, test_sensitivity, units.target)?;
    let outer = sample_size(clusters.law, clusters.prevalence, units.target, clusters.target)?;
    Ok(TwoStage { method: "two_stage", clusters: outer, units: inner })
}

/// The probability that one pool of `size` units tests positive at the design prevalence.
fn pool_positive(size: u32, prevalence: f64, se: f64, sp: f64) -> f64 {
    let bad = -(f64::from(size) * (-prevalence).ln_1p()).exp_m1();
    bad * se + (1.0 - bad) * (1.0 - sp)
}

/// The sensitivity of `pools` pools of `size` units; a false positive counts as found, so that the
/// specificity of the whole is `sp^pools`.
///
/// # Errors
/// [`Error::Domain`] for values outside their range; [`Error::Empty`] when pools hold no units.
pub fn pooled(pools: u64, size: u32, prevalence: f64, se: f64, sp: f64) -> Result<f64> {
    pool_arguments(size, prevalence, se, sp)?;
    let found = pool_positive(size, prevalence, se, sp);
    Ok(-(pools as f64 * (-found).ln_1p()).exp_m1())
}

/// The pools needed for a target.
///
/// # Errors
/// As [`pooled`]; [`Error::Impossible`] when pools never test positive.
pub fn pools_needed(size: u32, prevalence: f64, se: f64, sp: f64, target: f64) -> Result<Size> {
    pool_arguments(size, prevalence, se, sp)?;
    let allowed = 1.0 - open_unit("target sensitivity", target)?;
    let found = pool_positive(size, prevalence, se, sp);
    if found <= 0.0 {
        return Err(Error::Impossible {
            what: "a number of pools",
            reason: "no pool ever tests positive".to_owned(),
        });
    }
    let n = (allowed.ln() / (-found).ln_1p() * (1.0 - 1e-14)).ceil().max(1.0) as u64;
    Ok(Size { method: "pooled", n, sensitivity: pooled(n, size, prevalence, se, sp)?, bad: None })
}

fn pool_arguments(size: u32, prevalence: f64, se: f64, sp: f64) -> Result<()> {
    open_unit("design prevalence", prevalence)?;
    unit("sensitivity", se)?;
    unit("specificity", sp)?;
    if size == 0 { Err(Error::Empty { what: "units in a pool" }) } else { Ok(()) }
}
