//! The one error type of the crate.

/// Why a statistic could not be given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside the range where the method means something; NaN included.
    #[error("failed to use {what} = {value}: expected {expected}")]
    Domain {
        /// Which argument.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// More events than trials.
    #[error("failed to use {x} events out of {n}: expected at most {n}")]
    Exceeds {
        /// Events.
        x: u64,
        /// Trials.
        n: u64,
    },
    /// Nothing to estimate from.
    #[error("failed to estimate from no {what}")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// Two series that must have the same length do not.
    #[error("failed to match {what}: {found} given, {expected} expected")]
    Length {
        /// Of what.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// A question that these samples cannot answer, whatever their number.
    #[error("failed to estimate {quantity} from {purpose} samples: {reason}; use {instead}")]
    Purpose {
        /// What was asked for.
        quantity: &'static str,
        /// What the samples were taken for.
        purpose: String,
        /// Why they cannot answer it.
        reason: &'static str,
        /// What would.
        instead: &'static str,
    },
    /// The data do not determine the answer.
    #[error("failed to estimate {what}: {reason}")]
    NotEstimable {
        /// What was asked for.
        what: &'static str,
        /// Why there is no answer.
        reason: &'static str,
    },
    /// No plan, size or value satisfies what was asked.
    #[error("failed to find {what}: {reason}")]
    Impossible {
        /// What was looked for.
        what: &'static str,
        /// Why it does not exist.
        reason: String,
    },
    /// An iteration did not settle.
    #[error("failed to settle {what} in {iterations} iterations")]
    NoConvergence {
        /// What was computed.
        what: &'static str,
        /// How many steps were tried.
        iterations: usize,
    },
}

/// What every function of the crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A probability strictly between 0 and 1.
pub(crate) fn open_unit(what: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a number above 0 and below 1" })
    }
}

/// A probability from 0 to 1.
pub(crate) fn unit(what: &'static str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a number from 0 to 1" })
    }
}

/// A finite number above 0.
pub(crate) fn positive(what: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a finite number above 0" })
    }
}

/// A finite number of at least 0.
pub(crate) fn non_negative(what: &'static str, value: f64) -> Result<f64> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a finite number of at least 0" })
    }
}

/// A finite number.
pub(crate) fn finite(what: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a finite number" })
    }
}

/// A shape, a size or degrees of freedom: a number that distribution functions are computed for.
pub(crate) fn moderate(what: &'static str, value: f64) -> Result<f64> {
    if (1e-100..=1e12).contains(&value) {
        Ok(value)
    } else {
        Err(Error::Domain { what, value, expected: "a number from 1e-100 to 1e12" })
    }
}

/// The most trials that distribution functions are computed for.
pub(crate) const MOST_TRIALS: u64 = 1_000_000_000_000;

/// So many trials, at most [`MOST_TRIALS`].
pub(crate) fn trials(n: u64) -> Result<u64> {
    if n <= MOST_TRIALS {
        Ok(n)
    } else {
        Err(Error::Domain { what: "samples", value: n as f64, expected: "at most 1e12" })
    }
}

/// `x` events in `n` trials, at least one trial.
pub(crate) fn events(x: u64, n: u64) -> Result<()> {
    if trials(n)? == 0 {
        return Err(Error::Empty { what: "tested samples (n = 0)" });
    }
    if x > n { Err(Error::Exceeds { x, n }) } else { Ok(()) }
}

/// Two slices of the same length.
pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::Length { what, found, expected }) }
}

/// The most that counts may add up to: every whole number up to it is an `f64` of its own.
pub(crate) const MOST: u64 = 1 << 53;

/// A count of at most [`MOST`].
pub(crate) fn countable(what: &'static str, count: u64) -> Result<u64> {
    if count <= MOST {
        Ok(count)
    } else {
        Err(Error::Domain { what, value: count as f64, expected: "at most 2^53" })
    }
}

/// The sum of counts, at most [`MOST`].
pub(crate) fn total(what: &'static str, counts: impl IntoIterator<Item = u64>) -> Result<u64> {
    let sum = counts.into_iter().fold(0_u64, u64::saturating_add);
    countable(what, sum)
}

/// A result that is a number.
pub(crate) fn settled(what: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::NotEstimable {
            what,
            reason: "what is given is too large, too small or too far apart for double precision",
        })
    }
}
