//! The flexible Farrington method.
//!
//! Estimand: the predictive distribution of a week's count, from the same season of past years.
//!
//! Formula: a quasi-Poisson regression with a level for each season and a trend on the weeks of
//! the last `years` years, past outbreaks weighed down by their Anscombe residuals; the limit is
//! the upper quantile of the prediction, on the power scale 2/3 ([`Threshold::Delta`], Farrington
//! et al. 1996) or of a negative binomial count ([`Threshold::NegativeBinomial`],
//! [`Threshold::NegativeBinomialUpper`], Noufaily et al. 2013). An alarm needs at least
//! `least_cases` cases in the last `least_weeks` weeks.
//!
//! Agrees with `farringtonFlexible` of R's surveillance, which takes the dispersion for standard
//! errors of the reweighted fit from its prior weights; that matters for `Delta` and for the test
//! of the trend only.
//!
//! A baseline without a case gives an expected count and a limit of 0, so that any case alarms,
//! if there are enough of them; a baseline that fits no model gives no limit and no alarm.
//!
//! When not to use: with less than three years of history (no trend is fitted then), or for counts
//! whose number of tests changed unless the numbers are given.
//!
//! ```
//! use suyuan_stats::warning::farrington::Farrington;
//! let weeks: Vec<u64> = (0..320).map(|t| 2 + (t * 13 + t / 7) % 4).collect();
//! let found = Farrington::noufaily().watch(&weeks, None, 280..320)?;
//! assert_eq!(found.len(), 40);
//! assert!(found.iter().all(|week| week.phi.is_some_and(|phi| phi >= 1.0)));
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dist::{NegativeBinomial, Poisson};
use crate::error::{Error, Result, non_negative, open_unit, positive, same_length, unit};
use crate::special::normal;
use crate::warning::regression::{Model, Row, fit};
use crate::warning::{Signal, check_range};

/// How the limit follows from the fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Threshold {
    /// A normal quantile on the power scale, with the error of the mean.
    Delta,
    /// A quantile of the negative binomial with the fitted mean.
    NegativeBinomial,
    /// A quantile of the negative binomial with the upper limit of the mean.
    NegativeBinomialUpper,
}

/// The scale of [`Threshold::Delta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Power {
    /// 2/3: corrects the skewness.
    TwoThirds,
    /// 1/2: stabilises the variance.
    Half,
    /// None.
    One,
}

/// The settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Farrington {
    /// Time points in a year.
    pub frequency: usize,
    /// Years of history.
    pub years: usize,
    /// Half width of the window of reference weeks.
    pub half_width: usize,
    /// Seasons the year is cut into; 1 takes the windows alone.
    pub seasons: usize,
    /// Weeks before the present one that are left out, against adapting to an outbreak under way.
    pub guard: usize,
    /// Whether past outbreaks are weighed down.
    pub reweight: bool,
    /// Anscombe residuals above this are weighed down.
    pub weights_threshold: f64,
    /// Whether a trend is tried.
    pub trend: bool,
    /// The trend is kept when its p-value is below this.
    pub trend_threshold: f64,
    /// The one-sided error of the limit.
    pub alpha: f64,
    /// How the limit is made.
    pub threshold: Threshold,
    /// The scale of [`Threshold::Delta`].
    pub power: Power,
    /// An alarm needs so many cases ...
    pub least_cases: u64,
    /// ... in so many weeks, the present one included.
    pub least_weeks: usize,
}

/// What is said of one week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Week {
    /// The method with its threshold.
    pub method: &'static str,
    /// The week, counted from 0.
    pub at: usize,
    /// The count seen.
    pub observed: u64,
    /// The count expected.
    pub expected: Option<f64>,
    /// The limit; absent when there are too few cases for an alarm or no fit.
    pub limit: Option<f64>,
    /// `P(at least so many)` by the predictive distribution.
    pub p_value: Option<f64>,
    /// `(observed - expected) / (limit - expected)`: alarms are above 1.
    pub score: Option<f64>,
    /// The dispersion, at least 1.
    pub phi: Option<f64>,
    /// Whether the trend was kept.
    pub trend: bool,
    /// Whether there were enough cases for an alarm.
    pub enough: bool,
    /// Whether there is an alarm.
    pub alarm: bool,
}

impl From<Week> for Signal {
    fn from(week: Week) -> Self {
        Self {
            expected: week.expected,
            limit: week.limit,
            statistic: week.score,
            p_value: week.p_value,
            alarm: week.alarm,
            ..Self::new(week.method, week.at, week.observed as f64)
        }
    }
}

impl Farrington {
    /// The settings of Farrington et al. 1996 in the flexible form, on weeks, with 4 years.
    #[must_use]
    pub fn original() -> Self {
        Self {
            frequency: 52,
            years: 4,
            half_width: 3,
            seasons: 1,
            guard: 3,
            reweight: true,
            weights_threshold: 1.0,
            trend: true,
            trend_threshold: 0.05,
            alpha: 0.01,
            threshold: Threshold::Delta,
            power: Power::TwoThirds,
            least_cases: 5,
            least_weeks: 4,
        }
    }

    /// The settings of Noufaily et al. 2013, on weeks, with 4 years.
    #[must_use]
    pub fn noufaily() -> Self {
        Self {
            seasons: 10,
            guard: 26,
            weights_threshold: 2.58,
            trend_threshold: 1.0,
            threshold: Threshold::NegativeBinomial,
            ..Self::original()
        }
    }

    /// Time points needed before the first one judged.
    #[must_use]
    pub const fn history(&self) -> usize {
        self.years.saturating_mul(self.frequency).saturating_add(self.half_width)
    }

    const fn name(&self) -> &'static str {
        match self.threshold {
            Threshold::Delta => "farrington_delta",
            Threshold::NegativeBinomial => "farrington_nb",
            Threshold::NegativeBinomialUpper => "farrington_nb_upper",
        }
    }

    fn check(&self) -> Result<()> {
        open_unit("alpha", self.alpha)?;
        unit("threshold of the trend", self.trend_threshold)?;
        non_negative("threshold of the weights", self.weights_threshold)?;
        if self.years == 0 || self.frequency == 0 || self.seasons == 0 || self.least_weeks == 0 {
            return Err(Error::Empty { what: "years, time points in a year, seasons or weeks" });
        }
        let window = self.half_width.saturating_mul(2).saturating_add(1);
        let between = self.frequency.saturating_sub(window);
        if window > self.frequency || between.saturating_add(1) < self.seasons {
            return Err(Error::Impossible {
                what: "seasons",
                reason: "the window and the seasons do not fit into a year".to_owned(),
            });
        }
        Ok(())
    }

    /// Judges the weeks of a range of one series. `tests`, when given, are the numbers tested each
    /// week: rates are then compared. O(history) a week for each of up to four fits.
    ///
    /// # Errors
    /// [`Error::Domain`], [`Error::Empty`], [`Error::Impossible`] for wrong settings;
    /// [`Error::Length`] when the range needs more history than there is.
    pub fn watch(
        &self,
        counts: &[u64],
        tests: Option<&[f64]>,
        range: Range<usize>,
    ) -> Result<Vec<Week>> {
        self.check()?;
        check_range(&range, counts.len(), self.history())?;
        if let Some(tests) = tests {
            same_length("numbers tested", tests.len(), counts.len())?;
            tests.iter().try_for_each(|&n| positive("number tested", n).map(|_| ()))?;
        }
        let season_of = self.pattern();
        let known: Vec<Row> = counts.iter().map(|&y| Row::new(y as f64, 0.0, 0, 0.0)).collect();
        Ok(range.map(|at| self.week(counts, &known, tests, at, &season_of)).collect())
    }

    /// [`Farrington::watch`] of many series on all threads; the same on any number of them.
    ///
    /// # Errors
    /// As [`Farrington::watch`], for the first series that is wrong.
    pub fn watch_many(&self, series: &[Vec<u64>], range: Range<usize>) -> Result<Vec<Vec<Week>>> {
        series.par_iter().map(|counts| self.watch(counts, None, range.clone())).collect()
    }

    /// The season of a week by its lag from the present one, from the lag of a year back to 0:
    /// the window about the reference weeks has the last number, the stretches between are cut
    /// into equal parts, the first ones longer.
    fn pattern(&self) -> Vec<Option<usize>> {
        let (frequency, width) = (self.frequency, self.half_width);
        let window = self.seasons - 1;
        let reach = self.years * frequency + width;
        let mut season = vec![None; reach + 1];
        let mut mark = |lag: usize, value: usize| {
            if let Some(cell) = season.get_mut(lag) {
                *cell = Some(value);
            }
        };
        for lag in 0..=width {
            mark(lag, window);
        }
        for year in (1..=self.years).rev() {
            let reference = year * frequency;
            for lag in reference - width..=reference + width {
                mark(lag, window);
            }
            if self.seasons > 1 {
                let parts = self.seasons - 1;
                let stretch = frequency - 2 * width - 1;
                let (each, rest) = (stretch / parts, stretch % parts);
                let mut lag = reference - width;
                for part in 0..parts {
                    for _ in 0..each + usize::from(part < rest) {
                        lag -= 1;
                        mark(lag, part);
                    }
                }
            }
        }
        season
    }

    fn week(
        &self,
        counts: &[u64],
        known: &[Row],
        tests: Option<&[f64]>,
        at: usize,
        season_of: &[Option<usize>],
    ) -> Week {
        let offset = |t: usize| tests.map_or(0.0, |tests| tests[t].ln());
        let mut rows = Vec::with_capacity(season_of.len());
        for lag in (self.guard.saturating_add(1)..season_of.len()).rev() {
            if let (Some(season), Some(t)) = (season_of[lag], at.checked_sub(lag)) {
                rows.push(Row { t: t as f64, season, offset: offset(t), ..known[t] });
            }
        }
        let observed = counts[at];
        let recent = &counts[(at + 1).saturating_sub(self.least_weeks)..=at];
        let cases = recent.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let enough = cases >= self.least_cases;
        let silent = Week {
            method: self.name(),
            at,
            observed,
            expected: None,
            limit: None,
            p_value: None,
            score: None,
            phi: None,
            trend: false,
            enough,
            alarm: false,
        };
        if rows.iter().all(|row| row.y == 0.0) {
            return Week {
                expected: Some(0.0),
                limit: enough.then_some(0.0),
                p_value: Some(f64::from(u8::from(observed == 0))),
                phi: Some(1.0),
                alarm: enough && observed > 0,
                ..silent
            };
        }
        let Some((model, phi, trend)) = self.model(&rows, at, offset(at)) else { return silent };
        let dispersion = self.dispersion(&model, &rows);
        let (eta, unscaled) = model.predict(self.seasons - 1, at as f64, offset(at));
        let mean = eta.exp();
        let Some((limit, p_value)) = self.limit(observed, eta, unscaled * dispersion, phi) else {
            return silent;
        };
        // The tool scores on the scale of its prediction; the alarm is the same.
        let score = (observed as f64 - mean) / (limit - mean);
        let score = if score.is_finite() { Some(score) } else { None };
        let above = observed as f64 > limit;
        Week {
            expected: enough.then_some(mean),
            limit: enough.then_some(limit),
            p_value: Some(p_value),
            score,
            phi: Some(phi),
            trend,
            alarm: enough && above && observed > 0,
            ..silent
        }
    }

    fn dispersion(&self, model: &Model, rows: &[Row]) -> f64 {
        if self.reweight { model.dispersion_by_prior(rows) } else { model.dispersion(rows) }
    }

    /// The model with a trend if that is wanted, significant, within what was seen, and founded on
    /// three years; else without.
    fn model(&self, rows: &[Row], at: usize, offset: f64) -> Option<(Model, f64, bool)> {
        if self.trend
            && let Some((model, phi)) = self.fitted(rows, true)
            && model.slope().is_some()
        {
            let p = model.slope_p_value(self.dispersion(&model, rows));
            let (eta, _) = model.predict(self.seasons - 1, at as f64, offset);
            let most = rows.iter().map(|row| row.y).fold(0.0, f64::max);
            if self.years >= 3 && p < self.trend_threshold && eta.exp() <= most {
                return Some((model, phi, true));
            }
        }
        self.fitted(rows, false).map(|(model, phi)| (model, phi, false))
    }

    fn fitted(&self, rows: &[Row], trend: bool) -> Option<(Model, f64)> {
        let mut weights = vec![1.0; rows.len()];
        let model = fit(rows, &weights, self.seasons, trend)?;
        let phi = model.dispersion(rows).max(1.0);
        if !self.reweight {
            return Some((model, phi));
        }
        self.weigh(rows, &model, phi, &mut weights);
        let model = fit(rows, &weights, self.seasons, trend)?;
        let phi = model.dispersion(rows).max(1.0);
        Some((model, phi))
    }

    /// Weights `s^-2` above the threshold and 1 below, times a constant that keeps their sum.
    fn weigh(&self, rows: &[Row], model: &Model, phi: f64, weights: &mut [f64]) {
        let root_phi = phi.sqrt();
        let mut total = 0.0;
        for (at, (row, weight)) in rows.iter().zip(weights.iter_mut()).enumerate() {
            let mu = model.mu[at];
            let raw = if row.y == 0.0 {
                -1.5 * mu.sqrt()
            } else {
                1.5 * (row.y.cbrt().powi(2) / mu.cbrt().sqrt() - mu.sqrt())
            };
            let left = (1.0 - model.leverage(at, row)).max(0.0).sqrt();
            let residual = raw / (root_phi * left);
            *weight =
                if residual > self.weights_threshold { 1.0 / (residual * residual) } else { 1.0 };
            total += *weight;
        }
        let gamma = rows.len() as f64 / total;
        for weight in weights {
            *weight *= gamma;
        }
    }

    /// The limit and the probability of so high a count.
    fn limit(&self, observed: u64, eta: f64, variance: f64, phi: f64) -> Option<(f64, f64)> {
        let y = observed as f64;
        let z = normal::upper_quantile(self.alpha);
        match self.threshold {
            Threshold::Delta => {
                let mean = eta.exp();
                let tau = phi + variance * mean;
                let (power, spread) = match self.power {
                    Power::One => (1.0, (mean * tau).sqrt()),
                    Power::Half => (0.5, (0.25 * tau).sqrt()),
                    Power::TwoThirds => (2.0 / 3.0, (4.0 / 9.0 * mean.cbrt() * tau).sqrt()),
                };
                let centre = mean.powf(power);
                let limit = (centre + z * spread).powf(1.0 / power);
                let p_value = normal::upper((y.powf(power) - centre) / spread);
                (limit.is_finite() && !p_value.is_nan()).then_some((limit, p_value))
            }
            Threshold::NegativeBinomial | Threshold::NegativeBinomialUpper => {
                let mean = if self.threshold == Threshold::NegativeBinomial {
                    eta.exp()
                } else {
                    (eta + z * variance.sqrt()).exp()
                };
                if !mean.is_finite() || mean <= 0.0 {
                    return None;
                }
                let before = observed.checked_sub(1);
                if phi > 1.0 {
                    let law = NegativeBinomial::new(mean / (phi - 1.0), mean).ok()?;
                    let limit = law.quantile(1.0 - self.alpha).ok()?;
                    Some((limit as f64, before.map_or(1.0, |k| law.sf(k))))
                } else {
                    let law = Poisson::new(mean).ok()?;
                    let limit = law.quantile(1.0 - self.alpha).ok()?;
                    Some((limit as f64, before.map_or(1.0, |k| law.sf(k))))
                }
            }
        }
    }
}
