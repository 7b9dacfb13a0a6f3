//! A recall's source by codes, so that the same question can be asked of chains of other records.

use super::scope::{RecallSource, StartFrom};
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::id::SampleId;
use crate::model::Verdict;
use crate::time::Span;

/// What a recall starts from, by codes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// A sample, whatever its verdict.
    Sample(String),
    /// Samples that failed: all of them, or those of one code. A re-test (复检) that overturns the
    /// verdict is a correction of the sample's record, and takes it out.
    Failing {
        /// The sample's code; `None` for all samples.
        sample: Option<String>,
    },
    /// A batch.
    Batch(String),
    /// A stock, `BATCH@OPERATOR`.
    Stock(String),
    /// An operator within a window.
    Operator {
        /// Its code.
        operator: String,
        /// First time of the window.
        from: Span,
        /// Last time of the window.
        to: Span,
    },
}

impl Question {
    /// Its source in a chain. What no record names yet is no source: the scope is empty.
    ///
    /// ```
    /// use suyuan_core::chain::ChainBuilder;
    /// use suyuan_core::model::{Sample, Source, Verdict};
    /// use suyuan_core::recall::{Policy, Question, recall};
    /// let mut builder = ChainBuilder::new();
    /// for (code, verdict) in [("S1", Verdict::Pass), ("S2", Verdict::Fail)] {
    ///     let sample = Sample {
    ///         code: code.into(), batch: code.into(), operator: "SHOP".into(),
    ///         verdict: Some(verdict), ..Sample::default()
    ///     };
    ///     builder.add_sample(&sample, Source::NONE)?;
    /// }
    /// let chain = builder.build()?.chain;
    /// let source = Question::Failing { sample: None }.source(&chain)?;
    /// // A negative neither seeds a recall nor clears its batch.
    /// assert_eq!(recall(&chain, &source, &Policy::default())?.sources.len(), 1);
    /// # Ok::<(), suyuan_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::EmptyWindow`].
    pub fn source(&self, chain: &SupplyChain) -> Result<RecallSource, Error> {
        let found = match self {
            Self::Sample(code) => RecallSource::sample(chain, code),
            Self::Failing { sample } => {
                let failing: Vec<SampleId> = match sample {
                    Some(code) => chain.find_samples(code).map(Iterator::collect),
                    None => Ok(chain.sample_ids().collect()),
                }
                .unwrap_or_default();
                let failed = |id: &SampleId| chain.sample(*id).verdict == Some(Verdict::Fail);
                RecallSource::new(
                    chain,
                    StartFrom::Samples(failing.into_iter().filter(failed).collect()),
                )
            }
            Self::Batch(code) => RecallSource::batch(chain, code),
            Self::Stock(label) => RecallSource::stock(chain, label),
            Self::Operator { operator, from, to } => {
                RecallSource::operator(chain, operator, *from, *to)
            }
        };
        match found {
            Err(Error::NotFound { .. } | Error::NoStock { .. }) => {
                RecallSource::new(chain, StartFrom::Samples(Vec::new()))
            }
            other => other,
        }
    }
}
