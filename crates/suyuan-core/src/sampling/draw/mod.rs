//! Draws: which units, with what probability.
//!
//! | design | [`Design`] | probabilities | joint |
//! |---|---|---|---|
//! | simple random | `SimpleRandom` | n / N | n (n - 1) / N (N - 1) |
//! | systematic | `Systematic` | n / N | many are zero |
//! | systematic by size (Madow) | `SystematicPps` | exact | many are zero |
//! | Sampford | `Sampford` | exact | [`sampford_joint`] |
//! | conditional Poisson | `ConditionalPoisson` | exact to 1e-12 | [`conditional_poisson_joint`] |
//! | Pareto | `Pareto` | nearly; true ones [`pareto_inclusion`] | |
//! | spatially balanced (local pivotal) | `LocalPivotal` | exact | small for near units |
//! | sequential by permanent numbers | `Permanent` | n / N | n (n - 1) / N (N - 1) |
//! | Pareto by permanent numbers | `PermanentPareto` | as Pareto | |
//!
//! ```
//! use suyuan_core::sampling::draw::{Design, Seed, Stream, Targets, draw};
//! // Five shops by the number of stocks they hold; two are drawn.
//! let targets = Targets::of_sizes(&[30, 10, 20, 25, 15], 2)?;
//! let mut stream = Stream::new(Seed::derive("lottery of 2026-03-01: 04 11 19", "frame", "370202"));
//! let drawn = draw(Design::Sampford, &targets, &[], &[], &mut stream)?;
//! assert_eq!(drawn.len(), 2);
//! assert_eq!(targets.fraction(drawn[0]).1 % 5, 0);
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

mod basic;
mod conditional;
mod pivotal;
mod random;
mod targets;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use basic::{pareto, sequential, simple, systematic};
pub use conditional::{
    MOST_TABLE, conditional_inclusion, conditional_poisson, conditional_poisson_joint,
    elimination_joint, midzuno_joint, pareto_inclusion, sampford, sampford_joint,
    working_probabilities,
};
pub use pivotal::{FARTHEST, local_pivotal};
pub use random::{Permanent, Seed, Stream, unit};
pub use targets::{MOST_SIZE, MOST_UNITS, Targets};

pub(crate) use basic::shuffled;
pub(crate) use pivotal::check_place;
pub(crate) use random::hex;

use super::error::SamplingError;

/// How units are drawn within a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Design {
    /// Every set of units equally likely.
    SimpleRandom,
    /// Every so many units from a random start, in frame order.
    Systematic,
    /// Systematic in proportion to size (Madow 1949).
    SystematicPps,
    /// In proportion to size (Sampford 1967).
    Sampford,
    /// In proportion to size, nearly (Rosén 1997).
    Pareto,
    /// In proportion to size, largest entropy (Hájek 1964).
    ConditionalPoisson,
    /// In proportion to size, spread over the plane (Grafström, Lundström, Schelin 2012).
    LocalPivotal,
    /// Simple random by permanent numbers.
    Permanent,
    /// Pareto by permanent numbers.
    PermanentPareto,
}

impl Design {
    /// Every design.
    pub const ALL: [Self; 9] = [
        Self::SimpleRandom,
        Self::Systematic,
        Self::SystematicPps,
        Self::Sampford,
        Self::Pareto,
        Self::ConditionalPoisson,
        Self::LocalPivotal,
        Self::Permanent,
        Self::PermanentPareto,
    ];

    /// The name used in records and flags.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SimpleRandom => "simple_random",
            Self::Systematic => "systematic",
            Self::SystematicPps => "systematic_pps",
            Self::Sampford => "sampford",
            Self::Pareto => "pareto",
            Self::ConditionalPoisson => "conditional_poisson",
            Self::LocalPivotal => "local_pivotal",
            Self::Permanent => "permanent",
            Self::PermanentPareto => "permanent_pareto",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|design| design.as_str() == name)
    }

    /// Whether probabilities are in proportion to size.
    #[must_use]
    pub const fn by_size(self) -> bool {
        !matches!(self, Self::SimpleRandom | Self::Systematic | Self::Permanent)
    }

    /// Whether units need places.
    #[must_use]
    pub const fn by_place(self) -> bool {
        matches!(self, Self::LocalPivotal)
    }

    /// Whether permanent numbers take the place of a stream.
    #[must_use]
    pub const fn by_permanent_numbers(self) -> bool {
        matches!(self, Self::Permanent | Self::PermanentPareto)
    }
}

impl std::fmt::Display for Design {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Draws the quota of a stratum's targets, sorted by index. `places` are needed by
/// [`Design::LocalPivotal`] alone, `permanent` numbers by the two designs that use them.
///
/// # Errors
/// [`SamplingError::Length`] for places or numbers of another length, and those of the design.
pub fn draw(
    design: Design,
    targets: &Targets,
    places: &[(i32, i32)],
    permanent: &[u64],
    stream: &mut Stream,
) -> Result<Vec<usize>, SamplingError> {
    let (units, quota) = (targets.len(), targets.quota() as usize);
    if design.by_permanent_numbers() {
        super::allocation::check_length("permanent numbers", permanent.len(), units)?;
    }
    if quota == 0 {
        return Ok(Vec::new());
    }
    match design {
        Design::SimpleRandom => simple(units, quota, stream),
        Design::Systematic | Design::SystematicPps => {
            let start = stream.below(targets.whole());
            Ok(systematic(targets, start))
        }
        Design::Sampford => sampford(targets, stream),
        Design::Pareto => pareto(targets, &basic::uniforms(units, stream)),
        Design::ConditionalPoisson => conditional_poisson(targets, stream),
        Design::LocalPivotal => local_pivotal(targets, places, stream),
        Design::Permanent => Ok(sequential(permanent, quota)),
        Design::PermanentPareto => pareto(targets, &basic::permanent_uniforms(permanent)),
    }
}
