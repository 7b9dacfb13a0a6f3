//! Early warning: is this week's count, or this week's failing share, more than the past explains.
//!
//! Estimand: for every week the distribution that the count would have if nothing had changed; an
//! alarm says that the count lies beyond a limit of it. An alarm is a reason to look, not a finding.
//!
//! | module | method | source |
//! |---|---|---|
//! | [`farrington`] | quasi-Poisson regression on past years: flexible Farrington | Farrington et al. 1996; Noufaily et al. 2013 |
//! | [`ears`] | EARS C1, C2, C3 | Hutwagner et al. 2003; Fricker, Hegler and Dunfee 2008 |
//! | [`past`] | Bayes and RKI on windows of past years | Riebler 2004; Stroup et al. 1989; Crow and Gardner 1959 |
//! | [`cusum`] | CUSUM of standardised counts; binomial log-likelihood CUSUM | Rossi, Lampugnani and Marchi 1999; Steiner et al. 2000 |
//! | [`charts`] | EWMA, p and np charts | Roberts 1959; Shewhart 1931 |
//! | [`glr`] | generalised likelihood ratio about a seasonal baseline | Höhle and Paul 2008 |
//! | [`outbreak`] | semiparametric rise from a constant level | Frisén, Andersson and Schiöler 2009 |
//! | [`proportion`] | failing shares under changing numbers of samples | Skellam 1948 |
//! | [`discovery`] | false-discovery control over many series | Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001 |
//! | [`scan`] | space-time scan statistics | Kulldorff 2001; Neill 2009 |
//!
//! When not to use: on counts of failing samples whose number of tests changes, except
//! [`proportion`] and offsets; on series that mix purposes of sampling.
//!
//! ```
//! use suyuan_stats::warning::farrington::Farrington;
//! // Five quiet years, then a week with 9 cases.
//! let mut weeks: Vec<u64> = (0..300).map(|t| 1 + (t * 7 + t / 5) % 3).collect();
//! weeks[299] = 12;
//! let found = Farrington::noufaily().watch(&weeks, None, 295..300)?;
//! assert!(found[4].alarm && !found[0].alarm);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use serde::Serialize;

pub mod charts;
pub mod cusum;
pub mod discovery;
pub mod ears;
pub mod farrington;
pub mod glr;
pub mod outbreak;
pub mod past;
pub mod proportion;
mod regression;
pub mod scan;

/// What a method says of one time point. Values that the method does not define are absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Signal {
    /// The method.
    pub method: &'static str,
    /// The time point, counted from 0.
    pub at: usize,
    /// The count seen.
    pub observed: f64,
    /// The count expected.
    pub expected: Option<f64>,
    /// The limit that a count must exceed, or a statistic must reach, to alarm.
    pub limit: Option<f64>,
    /// The method's statistic.
    pub statistic: Option<f64>,
    /// The probability of so high a count.
    pub p_value: Option<f64>,
    /// Whether there is an alarm.
    pub alarm: bool,
}

impl Signal {
    pub(crate) fn new(method: &'static str, at: usize, observed: f64) -> Self {
        Self {
            method,
            at,
            observed,
            expected: None,
            limit: None,
            statistic: None,
            p_value: None,
            alarm: false,
        }
    }
}

/// Time points to judge: from the second on, within the series, after at least `history` others.
pub(crate) fn check_range(
    range: &std::ops::Range<usize>,
    length: usize,
    history: usize,
) -> crate::error::Result<()> {
    if range.start >= range.end {
        return Err(crate::Error::Empty { what: "time points to judge" });
    }
    if range.end > length {
        return Err(crate::Error::Length {
            what: "the time points judged and the series",
            found: length,
            expected: range.end,
        });
    }
    if range.start < history {
        return Err(crate::Error::Length {
            what: "time points of history",
            found: range.start,
            expected: history,
        });
    }
    Ok(())
}
