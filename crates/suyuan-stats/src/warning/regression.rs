//! Poisson regression with a level for each season and one trend.
//!
//! `ln mu = offset + level[season] + slope t`, by iteratively reweighted least squares (McCullagh
//! and Nelder 1989) from the usual start and with the usual rule to stop, so that what is computed
//! from the last working weights (dispersion, leverage, standard errors) agrees with established
//! tools. The normal equations have an arrow's shape and are solved in one pass over the data.

use crate::special::beta::{Point, Shapes};

/// One observation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) y: f64,
    pub(crate) t: f64,
    pub(crate) season: usize,
    pub(crate) offset: f64,
    /// `ln(y + 0.1)`: where iterations start.
    pub(crate) start: f64,
    /// `y ln y`, 0 for 0.
    pub(crate) own: f64,
}

impl Row {
    /// An observation at `t` of a season.
    pub(crate) fn new(y: f64, t: f64, season: usize, offset: f64) -> Self {
        let own = if y > 0.0 { y * y.ln() } else { 0.0 };
        Self { y, t, season, offset, start: (y + 0.1).ln(), own }
    }
}

/// A fitted model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    levels: Vec<f64>,
    /// `None` without a trend.
    slope: Option<f64>,
    /// Prior weights.
    prior: Vec<f64>,
    /// Fitted values.
    pub(crate) mu: Vec<f64>,
    /// Working weights of the last step.
    working: Vec<f64>,
    /// Sum of working weights and their mean time, by season.
    sums: Vec<(f64, f64)>,
    /// Sum of squared distances of time from the season's mean, weighted.
    spread: f64,
    df: f64,
}

const STEPS: usize = 25;
const TOLERANCE: f64 = 1e-8;

/// Fits by maximum likelihood with prior weights; `None` when it does not settle.
pub(crate) fn fit(rows: &[Row], prior: &[f64], seasons: usize, trend: bool) -> Option<Model> {
    let mut mu: Vec<f64> = rows.iter().map(|row| row.y + 0.1).collect();
    let mut eta: Vec<f64> = rows.iter().map(|row| row.start).collect();
    let deviance = |mu: &[f64], eta: &[f64]| -> f64 {
        let mut sum = 0.0;
        for (k, row) in rows.iter().enumerate() {
            sum += prior[k] * (row.own - row.y * eta[k] - (row.y - mu[k]));
        }
        2.0 * sum
    };
    let mut before = deviance(&mu, &eta);
    let mut working = vec![0.0; rows.len()];
    let mut targets = vec![0.0; rows.len()];
    for _ in 0..STEPS {
        for (k, row) in rows.iter().enumerate() {
            targets[k] = eta[k] - row.offset + (row.y - mu[k]) / mu[k];
            working[k] = prior[k] * mu[k];
        }
        let (levels, slope, sums, spread) =
            least_squares(rows, &working, &targets, seasons, trend)?;
        for (k, row) in rows.iter().enumerate() {
            eta[k] = row.offset + levels[row.season] + slope.unwrap_or(0.0) * row.t;
            mu[k] = eta[k].exp();
        }
        let now = deviance(&mu, &eta);
        if !now.is_finite() {
            return None;
        }
        if (now - before).abs() / (now.abs() + 0.1) < TOLERANCE {
            let used = sums.iter().filter(|sum| sum.0 > 0.0).count();
            let rank = used + usize::from(slope.is_some());
            let observed = prior.iter().filter(|weight| **weight > 0.0).count();
            let df = observed as f64 - rank as f64;
            let prior = prior.to_vec();
            return Some(Model { levels, slope, prior, mu, working, sums, spread, df });
        }
        before = now;
    }
    None
}

type Solution = (Vec<f64>, Option<f64>, Vec<(f64, f64)>, f64);

fn least_squares(
    rows: &[Row],
    weights: &[f64],
    targets: &[f64],
    seasons: usize,
    trend: bool,
) -> Option<Solution> {
    let mut sums = vec![(0.0, 0.0); seasons];
    let mut heights = vec![0.0; seasons];
    for (k, row) in rows.iter().enumerate() {
        let sum = &mut sums[row.season];
        sum.0 += weights[k];
        sum.1 += weights[k] * row.t;
        heights[row.season] += weights[k] * targets[k];
    }
    for (sum, height) in sums.iter_mut().zip(&mut heights) {
        if sum.0 > 0.0 {
            sum.1 /= sum.0;
            *height /= sum.0;
        }
    }
    let (mut across, mut spread) = (0.0, 0.0);
    if trend {
        for (k, row) in rows.iter().enumerate() {
            let gap = row.t - sums[row.season].1;
            spread += weights[k] * gap * gap;
            across += weights[k] * gap * (targets[k] - heights[row.season]);
        }
    }
    let slope = (trend && spread > 0.0).then(|| across / spread);
    let levels: Vec<f64> = sums
        .iter()
        .zip(&heights)
        .map(|(sum, height)| height - slope.unwrap_or(0.0) * sum.1)
        .collect();
    levels.iter().all(|level| level.is_finite()).then_some((levels, slope, sums, spread))
}

impl Model {
    /// The slope, when there is one.
    pub(crate) fn slope(&self) -> Option<f64> {
        self.slope
    }

    /// Pearson's dispersion with the working weights given.
    fn dispersion_with(&self, rows: &[Row], weights: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (k, row) in rows.iter().enumerate() {
            if weights[k] > 0.0 {
                let residual = (row.y - self.mu[k]) / self.mu[k];
                sum += weights[k] * residual * residual;
            }
        }
        if self.df > 0.0 { sum / self.df } else { f64::NAN }
    }

    /// Pearson's dispersion; not a number without degrees of freedom.
    pub(crate) fn dispersion(&self, rows: &[Row]) -> f64 {
        self.dispersion_with(rows, &self.working)
    }

    /// The dispersion with prior weights in place of working ones, which is what the established
    /// tool takes for standard errors after reweighting.
    pub(crate) fn dispersion_by_prior(&self, rows: &[Row]) -> f64 {
        self.dispersion_with(rows, &self.prior)
    }

    fn unscaled(&self, season: usize, t: f64) -> f64 {
        let (whole, mean) = self.sums.get(season).copied().unwrap_or((0.0, 0.0));
        let gap = t - mean;
        let along = if self.slope.is_some() { gap * gap / self.spread } else { 0.0 };
        1.0 / whole + along
    }

    /// The leverage of an observation.
    pub(crate) fn leverage(&self, at: usize, row: &Row) -> f64 {
        self.working[at] * self.unscaled(row.season, row.t)
    }

    /// The linear predictor at a point and its variance at dispersion 1.
    pub(crate) fn predict(&self, season: usize, t: f64, offset: f64) -> (f64, f64) {
        let level = self.levels.get(season).copied().unwrap_or(0.0);
        (offset + level + self.slope.unwrap_or(0.0) * t, self.unscaled(season, t))
    }

    /// The two-sided probability of so steep a slope at a dispersion; 1 without a slope.
    pub(crate) fn slope_p_value(&self, dispersion: f64) -> f64 {
        let Some(slope) = self.slope else { return 1.0 };
        let t = slope / (dispersion / self.spread).sqrt();
        if !t.is_finite() || self.df <= 0.0 {
            return 1.0;
        }
        let square = t * t;
        let at = Point { x: self.df / (self.df + square), y: square / (self.df + square) };
        Shapes::new(0.5 * self.df, 0.5).tails(at).lower
    }
}
