//! How many samples show that a hazard is absent, and what samples that found nothing say.
//!
//! Estimand: the probability that a plan finds at least one positive (or more positives than its
//! cut) when the hazard is present in the design prevalence `p*` or more: the plan's sensitivity.
//!
//! | module | contents | source |
//! |---|---|---|
//! | [`sample_size`], [`sensitivity`] | binomial, exact hypergeometric, and MacDiarmid's approximation | Cannon and Roe 1982; MacDiarmid 1988 |
//! | [`imperfect`] | tests with false positives: the whole acceptance region | Cameron and Baldock 1998 |
//! | [`risk`] | risk-based sampling, two stages, pools | Martin, Cameron and Greiner 2007 |
//! | [`freedom`] | confidence in freedom over time | Martin et al. 2007 |
//!
//! The exact sizes are the smallest that do what is asked. MacDiarmid's formula, which common
//! tools use, asks for one or two more: 36, 51, 63 and 65 where 35, 50, 62 and 64 do.
//!
//! When not to use: for samples that were not drawn at random within the stated groups; and never
//! to say that a hazard is absent at any prevalence, which no number of samples shows.
//!
//! ```
//! use suyuan_stats::detection::{Law, sample_size};
//! let needed = |lot| sample_size(Law::Exact { population: lot }, 0.05, 0.9, 0.95).unwrap().n;
//! assert_eq!([50, 100, 500, 1000].map(needed), [35, 50, 62, 64]);
//! ```

use serde::{Deserialize, Serialize};

use crate::dist::Hypergeometric;
use crate::error::{Error, Result, countable, open_unit, unit};
use crate::numeric::roots::first_true;

pub mod freedom;
pub mod imperfect;
pub mod risk;

/// How the number of positives among the samples is distributed. No false positives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Law {
    /// A population so large that drawing does not change it.
    Binomial,
    /// Drawn without replacement from `population` units of which `ceil(population p*)` are bad.
    Exact {
        /// Units in the population.
        population: u64,
    },
    /// MacDiarmid's approximation of the same, `1 - (1 - n se / N)^d`, as common tools compute it.
    MacDiarmid {
        /// Units in the population.
        population: u64,
    },
}

impl Law {
    const fn name(self) -> &'static str {
        match self {
            Self::Binomial => "binomial",
            Self::Exact { .. } => "hypergeometric_exact",
            Self::MacDiarmid { .. } => "macdiarmid",
        }
    }

    const fn population(self) -> Option<u64> {
        match self {
            Self::Binomial => None,
            Self::Exact { population } | Self::MacDiarmid { population } => Some(population),
        }
    }
}

/// A number of samples and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Size {
    /// How it was computed.
    pub method: &'static str,
    /// Samples to take.
    pub n: u64,
    /// The probability of at least one positive at the design prevalence.
    pub sensitivity: f64,
    /// Bad units assumed, in a finite population.
    pub bad: Option<u64>,
}

/// The number of bad units at a design prevalence: `ceil(population p*)`, at least 1. Rounding of
/// the product does not add a unit.
#[must_use]
pub fn bad_units(population: u64, prevalence: f64) -> u64 {
    let product = population as f64 * prevalence;
    let whole = (product * (1.0 - 4.0 * f64::EPSILON)).ceil();
    (whole as u64).clamp(1, population.max(1))
}

/// `P(no positive)` among `drawn` of `population` with `bad` bad units, each bad one found with
/// probability `se`.
pub(crate) fn miss_exact(population: u64, bad: u64, drawn: u64, se: f64) -> f64 {
    let law = Hypergeometric::raw(population, bad, drawn);
    if se >= 1.0 {
        return law.pmf(0);
    }
    if se <= 0.0 {
        return 1.0;
    }
    law.mean_power(1.0 - se)
}

/// The probabilities that `n` samples find the hazard and that they miss it.
fn outcomes(law: Law, prevalence: f64, se: f64, n: u64) -> (f64, f64) {
    let of_ln_miss = |ln: f64| (-ln.exp_m1(), ln.exp());
    match law {
        Law::Binomial => of_ln_miss(n as f64 * (-prevalence * se).ln_1p()),
        Law::Exact { population } => {
            let miss = miss_exact(population, bad_units(population, prevalence), n, se);
            (1.0 - miss, miss)
        }
        Law::MacDiarmid { population } => {
            let bad = bad_units(population, prevalence) as f64;
            let share = (n as f64 * se / population as f64).min(1.0);
            of_ln_miss(bad * (-share).ln_1p())
        }
    }
}

/// The probability that `n` samples miss the hazard.
fn miss(law: Law, prevalence: f64, se: f64, n: u64) -> f64 {
    outcomes(law, prevalence, se, n).1
}

fn checked(law: Law, prevalence: f64, se: f64) -> Result<()> {
    open_unit("design prevalence", prevalence)?;
    if unit("sensitivity", se)? <= 0.0 {
        return Err(Error::Domain { what: "sensitivity", value: se, expected: "a number above 0" });
    }
    match law.population() {
        Some(0) => Err(Error::Empty { what: "population" }),
        Some(population) => countable("units in the population", population).map(|_| ()),
        None => Ok(()),
    }
}

/// The probability that `n` samples find the hazard at the design prevalence. Constant time; for
/// the exact law with an imperfect test the terms that count, some standard deviations of the bad
/// units drawn.
///
/// # Errors
/// [`Error::Domain`] for a prevalence outside (0, 1) or a sensitivity outside (0, 1];
/// [`Error::Empty`] for an empty population, [`Error::Domain`] for one above 2^53;
/// [`Error::Exceeds`] when more are drawn than there are.
pub fn sensitivity(law: Law, prevalence: f64, se: f64, n: u64) -> Result<f64> {
    checked(law, prevalence, se)?;
    if let Some(population) = law.population()
        && n > population
    {
        return Err(Error::Exceeds { x: n, n: population });
    }
    Ok(outcomes(law, prevalence, se, n).0)
}

/// The smallest number of samples whose sensitivity is at least `target`. O(log n) evaluations.
///
/// # Errors
/// As [`sensitivity`]; [`Error::Impossible`] when testing the whole population does not reach the
/// target; [`Error::Domain`] when more than 2^53 samples would be needed.
pub fn sample_size(law: Law, prevalence: f64, se: f64, target: f64) -> Result<Size> {
    checked(law, prevalence, se)?;
    let allowed = 1.0 - open_unit("target sensitivity", target)?;
    let n = match law {
        Law::Binomial => {
            let n = (allowed.ln() / (-prevalence * se).ln_1p() * (1.0 - 1e-14)).ceil();
            countable("samples needed", n as u64)?
        }
        Law::MacDiarmid { population } => {
            let bad = bad_units(population, prevalence) as f64;
            let share = -(allowed.ln() / bad).exp_m1();
            let n = (population as f64 / se * share * (1.0 - 1e-14)).ceil() as u64;
            if n > population {
                return Err(unreachable_target(target, miss(law, prevalence, se, population)));
            }
            n
        }
        Law::Exact { population } => {
            first_true(1, population, |n| miss(law, prevalence, se, n) <= allowed)
                .ok_or_else(|| unreachable_target(target, miss(law, prevalence, se, population)))?
        }
    };
    Ok(Size {
        method: law.name(),
        n,
        sensitivity: outcomes(law, prevalence, se, n).0,
        bad: law.population().map(|population| bad_units(population, prevalence)),
    })
}

fn unreachable_target(target: f64, missed: f64) -> Error {
    Error::Impossible {
        what: "a number of samples",
        reason: format!(
            "testing every unit once gives a sensitivity of {:.4}, below the target {target}",
            1.0 - missed
        ),
    }
}
