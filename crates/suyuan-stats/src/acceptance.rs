//! Acceptance sampling of lots: what a plan accepts, and the plan for two points.
//!
//! Estimand: the probability `Pa(p)` that a plan accepts a lot (or a process) with the share `p`
//! of bad units: its operating characteristic (OC).
//!
//! | module | contents | source |
//! |---|---|---|
//! | [`attributes`] | single plans `(n, c)`: OC, average outgoing quality, its limit, total inspection | Montgomery 2013, 15 |
//! | [`stages`] | double and multiple plans | Schilling and Neubauer 2017, 6 |
//! | [`three_class`] | `n, c, m, M` | Bray et al. 1973; ICMSF 2002 |
//! | [`microbial`] | counts that are log-normal or Poisson-log-normal | ICMSF 2002; van Schothorst et al. 2009 |
//! | [`variables`] | plans on a measured value, sigma known or not | Lieberman and Resnikoff 1955 |
//! | [`find`] | the smallest plan through two points | Guenther 1969 |
//! | [`iso2859`] | tables of ISO 2859-1 / GB/T 2828.1 with switching rules | ISO 2859-1:1999 |
//!
//! When not to use: to estimate a rate from accepted and rejected lots, or for lots that are not
//! mixed well enough for their samples to be random.
//!
//! ```
//! use suyuan_stats::acceptance::{Law, attributes::Single, find};
//! let plan = find::single(Law::Binomial, (0.01, 0.95), (0.08, 0.10))?;
//! assert_eq!(plan, Single { n: 65, c: 2 });
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::dist::{Binomial, Hypergeometric, Poisson};
use crate::error::{Error, Result, countable, trials, unit};

pub mod attributes;
pub mod find;
pub mod iso2859;
pub mod microbial;
pub mod stages;
pub mod three_class;
pub mod variables;

/// How bad units are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Law {
    /// Bad units from a process.
    Binomial,
    /// Nonconformities per unit from a process; `p` may then be above 1.
    Poisson,
    /// Bad units from a lot of known size; `p` is rounded to the nearest number of bad units.
    Hypergeometric {
        /// Units in the lot.
        lot: u64,
    },
}

impl Law {
    /// `P(at most c bad among n)`.
    pub(crate) fn at_most(self, n: u64, c: u64, p: f64) -> f64 {
        match self {
            Self::Binomial => Binomial::raw(n, p).cdf(c),
            Self::Poisson => Poisson::new(n as f64 * p).map_or(0.0, |law| law.cdf(c)),
            Self::Hypergeometric { lot } => {
                Hypergeometric::raw(lot, rounded(lot, p), n.min(lot)).cdf(c)
            }
        }
    }

    pub(crate) fn check(self, n: u64, p: f64) -> Result<()> {
        if let Self::Poisson = self {
            crate::error::non_negative("nonconformities per unit", p)?;
        } else {
            unit("share of bad units", p)?;
        }
        trials(n)?;
        if let Self::Hypergeometric { lot } = self {
            countable("units in the lot", lot)?;
        }
        match self {
            Self::Hypergeometric { lot } if n > lot => Err(Error::Exceeds { x: n, n: lot }),
            _ => Ok(()),
        }
    }
}

fn rounded(lot: u64, p: f64) -> u64 {
    ((lot as f64 * p).round() as u64).min(lot)
}

/// One point of an operating characteristic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OcPoint {
    /// The share of bad units.
    pub p: f64,
    /// The probability of acceptance.
    pub accept: f64,
}
