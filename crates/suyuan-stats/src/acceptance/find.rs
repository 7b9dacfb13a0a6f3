//! The smallest plan through two points: accept good lots (the producer's point) with at least one
//! probability, bad ones (the consumer's point) with at most another.
//!
//! For every `c` the largest `n` the producer allows and the smallest the consumer demands are
//! found by bisection; the first `c` where they meet gives the smallest `n` (Guenther 1969).
//!
//! When not to use: when the two points are so close that `n` is beyond the lot; the error says so.

use crate::acceptance::Law;
use crate::acceptance::attributes::Single;
use crate::acceptance::variables::{Sigma, Variables};
use crate::error::{Error, Result, open_unit, positive};
use crate::numeric::roots::{bracketed, first_true, first_true_from};
use crate::special::normal;

/// A share of bad units and a probability of acceptance.
pub type Point = (f64, f64);

/// The most units a plan may test.
const LIMIT: u64 = 100_000_000;

fn points(producer: Point, consumer: Point, poisson: bool) -> Result<()> {
    for (p, accept) in [producer, consumer] {
        if poisson {
            positive("nonconformities per unit", p)?;
        } else {
            open_unit("share of bad units", p)?;
        }
        open_unit("probability of acceptance", accept)?;
    }
    if producer.0 >= consumer.0 || producer.1 <= consumer.1 {
        return Err(Error::Impossible {
            what: "a plan",
            reason: "the producer's point must have the lower share and the higher acceptance"
                .to_owned(),
        });
    }
    Ok(())
}

/// The single plan with the smallest `n` (and the smallest `c` for it). O(c log n) tails.
///
/// # Errors
/// [`Error::Domain`] for values outside (0, 1); [`Error::Impossible`] when the points contradict
/// each other or no plan up to the lot's size satisfies both.
pub fn single(law: Law, producer: Point, consumer: Point) -> Result<Single> {
    points(producer, consumer, law == Law::Poisson)?;
    law.check(0, producer.0)?;
    let limit = if let Law::Hypergeometric { lot } = law { lot } else { LIMIT };
    let mut guess = 1;
    for c in 0.. {
        let demanded = first_true_from(c.max(1), guess.max(c + 1), limit, |n| {
            law.at_most(n, c, consumer.0) <= consumer.1
        });
        let Some(n) = demanded else { break };
        if law.at_most(n, c, producer.0) >= producer.1 {
            return Ok(Single { n, c });
        }
        guess = n;
    }
    Err(Error::Impossible {
        what: "a plan",
        reason: format!("no plan of up to {limit} units separates the two points"),
    })
}

/// The variables plan with the smallest `n`: `k` meets the producer's point exactly, `n` is the
/// smallest that meets the consumer's. O(log n) evaluations.
///
/// # Errors
/// As [`single`].
pub fn variables(sigma: Sigma, producer: Point, consumer: Point) -> Result<Variables> {
    points(producer, consumer, false)?;
    let exactly = |n: u64| -> Result<Variables> {
        let z = normal::upper_quantile(producer.0);
        if sigma == Sigma::Known {
            let k = z - (-normal::upper_quantile(producer.1)) / (n as f64).sqrt();
            return Ok(Variables { n, k, sigma });
        }
        let mut failed = None;
        let k = bracketed(-z.abs() - 60.0, z.abs() + 60.0, |k| {
            match (Variables { n, k, sigma }).accept(producer.0) {
                Ok(accept) => producer.1 - accept,
                Err(error) => {
                    failed = Some(error);
                    0.0
                }
            }
        });
        failed.map_or(Ok(Variables { n, k, sigma }), Err)
    };
    let meets = |n: u64| -> Result<bool> { Ok(exactly(n)?.accept(consumer.0)? <= consumer.1) };
    let mut high = 2;
    while !meets(high)? {
        high *= 2;
        if high > 1_000_000 {
            return Err(Error::Impossible {
                what: "a plan",
                reason: "no plan of up to 1000000 units separates the two points".to_owned(),
            });
        }
    }
    let low = if sigma == Sigma::Known { 1 } else { 2 };
    let mut failed = None;
    let n = first_true(low, high, |n| {
        meets(n).unwrap_or_else(|error| {
            failed = Some(error);
            true
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    exactly(n.unwrap_or(high))
}
