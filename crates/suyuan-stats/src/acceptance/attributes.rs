//! Single plans: test `n`, accept with at most `c` bad.
//!
//! `Pa(p) = P(X <= c)`. When rejected lots are tested fully and bad units replaced, the average
//! outgoing quality is `Pa p (N - n) / N`, its maximum over `p` the limit (AOQL), and the average
//! total inspection `n + (1 - Pa)(N - n)`.
//!
//! When not to use: for lots whose rejection leads to anything but full testing, AOQ means nothing.
//!
//! ```
//! use suyuan_stats::acceptance::{Law, attributes::Single};
//! let plan = Single { n: 125, c: 3 };
//! let limit = plan.outgoing_limit(Law::Binomial, 2000)?;
//! assert!((limit.outgoing - 0.014_571_803_893).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::acceptance::{Law, OcPoint};
use crate::dist::{Binomial, Poisson};
use crate::error::{Error, Result};
use crate::numeric::roots::bracketed;

/// Test `n`, accept with at most `c` bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    /// Units tested.
    pub n: u64,
    /// The most bad ones accepted.
    pub c: u64,
}

/// The worst average outgoing quality and where it occurs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OutgoingLimit {
    /// How it was computed.
    pub method: &'static str,
    /// The incoming share at which it occurs.
    pub p: f64,
    /// The average outgoing share there.
    pub outgoing: f64,
}

impl Single {
    fn checked(&self, law: Law, p: f64) -> Result<()> {
        if self.n == 0 {
            return Err(Error::Empty { what: "units tested (n = 0)" });
        }
        law.check(self.n, p)
    }

    /// The probability of acceptance.
    ///
    /// # Errors
    /// [`Error::Empty`] when `n` is 0, [`Error::Domain`] when `p` is out of range,
    /// [`Error::Exceeds`] when the lot is smaller than `n`.
    pub fn accept(&self, law: Law, p: f64) -> Result<f64> {
        self.checked(law, p)?;
        Ok(law.at_most(self.n, self.c, p))
    }

    /// The operating characteristic at several shares.
    ///
    /// # Errors
    /// As [`Single::accept`].
    pub fn oc(&self, law: Law, shares: &[f64]) -> Result<Vec<OcPoint>> {
        shares.iter().map(|&p| Ok(OcPoint { p, accept: self.accept(law, p)? })).collect()
    }

    /// The average outgoing quality of lots of `lot` units.
    ///
    /// # Errors
    /// As [`Single::accept`]; [`Error::Exceeds`] when the lot is smaller than `n`.
    pub fn outgoing(&self, law: Law, lot: u64, p: f64) -> Result<f64> {
        Ok(self.accept(law, p)? * p * self.untested(lot)? as f64 / lot as f64)
    }

    fn untested(&self, lot: u64) -> Result<u64> {
        lot.checked_sub(self.n).ok_or(Error::Exceeds { x: self.n, n: lot })
    }

    /// The average number of units tested in lots of `lot`, rejected ones fully.
    ///
    /// # Errors
    /// As [`Single::outgoing`].
    pub fn total_inspection(&self, law: Law, lot: u64, p: f64) -> Result<f64> {
        let accept = self.accept(law, p)?;
        Ok(self.n as f64 + (1.0 - accept) * self.untested(lot)? as f64)
    }

    /// The worst average outgoing quality over all `p`: where `Pa + p Pa'` is 0 for the binomial
    /// and Poisson laws, every number of bad units for a lot.
    ///
    /// # Errors
    /// As [`Single::outgoing`].
    pub fn outgoing_limit(&self, law: Law, lot: u64) -> Result<OutgoingLimit> {
        let Self { n, c } = *self;
        self.checked(law, 0.0)?;
        self.untested(lot)?;
        let count = n as f64;
        let p = match law {
            Law::Hypergeometric { lot: units } => {
                let mut best = (0.0, 0.0);
                for bad in 0..=units {
                    let p = bad as f64 / units as f64;
                    let value = law.at_most(n, c, p) * p;
                    if value > best.1 {
                        best = (p, value);
                    }
                }
                best.0
            }
            _ if c >= n => 1.0,
            // The maximum lies below (c + 1) / n; far above it both terms vanish.
            Law::Binomial => {
                bracketed(1e-12, (3.0 * (c as f64 + 1.0) / count).min(1.0 - 1e-9), |p| {
                    Binomial::raw(n, p).cdf(c) - p * count * Binomial::raw(n - 1, p).pmf(c)
                })
            }
            Law::Poisson => bracketed(1e-12, (c as f64 + 2.0) * 2.0 / count, |p| {
                Poisson::new(count * p).map_or(0.0, |law| law.cdf(c) - p * count * law.pmf(c))
            }),
        };
        Ok(OutgoingLimit { method: "aoql", p, outgoing: self.outgoing(law, lot, p)? })
    }
}
