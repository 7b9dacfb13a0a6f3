//! What samples of a purpose can say. Purposes are never pooled.
//!
//! A population rate is estimated from samples that were drawn at random from the population:
//! evaluation samples (评价性抽检), and no others. Supervision samples (监督抽检) go where trouble is
//! expected, monitoring samples (风险监测) where a hazard is suspected, special samples (专项抽检)
//! where a campaign is, follow-up samples (跟踪抽检) where a sample has failed: their failing share
//! describes them, and rises when inspectors get better at looking. It is reported as the
//! problem-finding rate (问题发现率), which [`compliance`](crate::compliance) gives for each purpose.
//!
//! ```
//! use suyuan_core::model::SampleKind;
//! use suyuan_stats::proportion::Method;
//! use suyuan_stats::purpose::population_rate;
//! let error = population_rate(SampleKind::Supervision, 12, 400, 0.95, Method::Wilson).unwrap_err();
//! assert!(error.to_string().contains("use evaluation samples"));
//! assert!(population_rate(SampleKind::Evaluation, 12, 400, 0.95, Method::Wilson).is_ok());
//! ```

use suyuan_core::model::{Sample, SampleKind, Verdict};

use crate::error::{Error, Result};
use crate::proportion::{Interval, Method, interval};

/// Checks that samples of a purpose can estimate a population rate.
///
/// # Errors
/// [`Error::Purpose`] for every purpose but evaluation, with why and what to use.
pub fn estimates_population(purpose: SampleKind) -> Result<()> {
    let reason = match purpose {
        SampleKind::Evaluation => return Ok(()),
        SampleKind::Supervision => {
            "they are drawn where trouble is expected, so their failing share is not the population's"
        }
        SampleKind::Monitoring => "they are drawn where a hazard is suspected",
        SampleKind::Special => "they are drawn where a campaign is",
        SampleKind::Followup => "they are drawn where a sample has failed before",
        _ => "it is not known how they were drawn",
    };
    Err(Error::Purpose {
        quantity: "a population rate",
        purpose: purpose.to_string(),
        reason,
        instead: "evaluation samples drawn at random, or report the problem-finding rate",
    })
}

/// The failing rate of the population, from `failing` of `tested` samples of one purpose.
///
/// # Errors
/// [`Error::Purpose`] as [`estimates_population`]; else as [`interval`].
pub fn population_rate(
    purpose: SampleKind,
    failing: u64,
    tested: u64,
    confidence: f64,
    method: Method,
) -> Result<Interval> {
    estimates_population(purpose)?;
    interval(failing, tested, confidence, method)
}

/// The same from the core's samples, those without a verdict left out. One pass.
///
/// # Errors
/// As [`population_rate`]; [`Error::Purpose`] for any sample of another purpose or of none.
pub fn population_rate_of<'s, 'a: 's>(
    samples: impl IntoIterator<Item = &'s Sample<'a>>,
    confidence: f64,
    method: Method,
) -> Result<Interval> {
    let (mut failing, mut tested) = (0, 0);
    for sample in samples {
        match sample.kind {
            Some(kind) => estimates_population(kind)?,
            None => {
                return Err(Error::Purpose {
                    quantity: "a population rate",
                    purpose: "unknown".to_owned(),
                    reason: "a sample does not say what it was taken for",
                    instead: "evaluation samples drawn at random",
                });
            }
        }
        match sample.verdict {
            Some(Verdict::Fail) => {
                failing += 1;
                tested += 1;
            }
            Some(Verdict::Pass) => tested += 1,
            _ => {}
        }
    }
    interval(failing, tested, confidence, method)
}
