//! Strata, clusters, weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, finite, non_negative, positive, same_length, settled};
use crate::numeric::exact::sum;

/// An estimate with its design-based standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// How it was made.
    pub method: &'static str,
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Clusters less strata.
    pub df: f64,
    /// Units it is made from.
    pub n: usize,
}

/// Sampled units with their weights and the design that drew them.
///
/// The variance is that of first-stage clusters drawn with replacement within strata, times the
/// finite population correction of the first stage where the population is given (the ultimate
/// cluster estimator). Estimates are linearised.
#[derive(Clone, Debug)]
pub struct Survey {
    weights: Vec<f64>,
    stratum: Vec<usize>,
    cluster: Vec<usize>,
    /// Clusters sampled in each stratum, and 1 less the sampling fraction.
    strata: Vec<(usize, f64)>,
    /// The stratum of each cluster.
    stratum_of: Vec<usize>,
    /// First-stage population sizes per unit, as given.
    population: Option<Vec<f64>>,
}

/// What is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The mean, or a rate.
    Mean,
    /// The total.
    Total,
}

/// The simple random sample that a design is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Simple {
    /// Drawn with replacement.
    WithReplacement,
    /// Drawn without, from as many units as the weights add up to.
    WithoutReplacement,
}

/// Satterthwaite's degrees of freedom (1946) of a sum of independent variances, each with its own
/// degrees of freedom: `(sum v)^2 / sum (v^2 / df)`. With `s^2 / n` and `n - 1` of two groups these
/// are Welch's.
///
/// # Errors
/// [`Error::Domain`] for a variance below 0 or degrees of freedom that are not above 0;
/// [`Error::NotEstimable`] when there is no variance.
pub fn satterthwaite(parts: impl IntoIterator<Item = (f64, f64)>) -> Result<f64> {
    let parts: Vec<(f64, f64)> = parts.into_iter().collect();
    let mut most = 0.0_f64;
    for &(variance, df) in &parts {
        most = most.max(non_negative("variance", variance)?);
        positive("degrees of freedom", df)?;
    }
    if most == 0.0 {
        return Err(Error::NotEstimable {
            what: "degrees of freedom",
            reason: "no part has a variance",
        });
    }
    // Scaled, so that no square is too large or too small.
    let whole = sum(parts.iter().map(|(variance, _)| variance / most));
    let below = sum(parts.iter().map(|(variance, df)| (variance / most).powi(2) / df));
    positive("degrees of freedom", whole * whole / below)
}

fn numbered<T: Ord>(values: &[T]) -> Vec<usize> {
    let mut order: BTreeMap<&T, usize> = values.iter().map(|value| (value, 0)).collect();
    for (at, number) in order.values_mut().enumerate() {
        *number = at;
    }
    values.iter().filter_map(|value| order.get(value).copied()).collect()
}

impl Survey {
    /// Units with weights (1 over the inclusion probability), each its own cluster, one stratum.
    ///
    /// # Errors
    /// [`Error::Empty`] without units; [`Error::Domain`] for a weight that is not above 0.
    pub fn new(weights: Vec<f64>) -> Result<Self> {
        if weights.is_empty() {
            return Err(Error::Empty { what: "units" });
        }
        for &weight in &weights {
            positive("weight", weight)?;
        }
        let n = weights.len();
        let mut survey = Self {
            weights,
            stratum: vec![0; n],
            cluster: (0..n).collect(),
            strata: Vec::new(),
            stratum_of: Vec::new(),
            population: None,
        };
        survey.count()?;
        Ok(survey)
    }

    /// The stratum of every unit.
    ///
    /// # Errors
    /// [`Error::Length`] when there is not one for each unit; [`Error::Impossible`] when a cluster
    /// lies in two strata.
    pub fn strata<T: Ord>(mut self, strata: &[T]) -> Result<Self> {
        same_length("strata", strata.len(), self.weights.len())?;
        self.stratum = numbered(strata);
        self.count()?;
        Ok(self)
    }

    /// The first-stage cluster of every unit, named apart in different strata.
    ///
    /// # Errors
    /// As [`Survey::strata`].
    pub fn clusters<T: Ord>(mut self, clusters: &[T]) -> Result<Self> {
        same_length("clusters", clusters.len(), self.weights.len())?;
        self.cluster = numbered(clusters);
        self.count()?;
        Ok(self)
    }

    /// The number of first-stage clusters in the population of each unit's stratum.
    ///
    /// # Errors
    /// [`Error::Length`] when there is not one for each unit; [`Error::Impossible`] when a stratum
    /// has two, or fewer than were sampled.
    pub fn population(mut self, sizes: &[f64]) -> Result<Self> {
        same_length("population sizes", sizes.len(), self.weights.len())?;
        self.population = Some(sizes.to_vec());
        self.count()?;
        Ok(self)
    }

    fn count(&mut self) -> Result<()> {
        let clusters = self.cluster.iter().max().map_or(0, |most| most + 1);
        let strata = self.stratum.iter().max().map_or(0, |most| most + 1);
        let mut stratum_of = vec![usize::MAX; clusters];
        for (&cluster, &stratum) in self.cluster.iter().zip(&self.stratum) {
            let known = &mut stratum_of[cluster];
            if *known != usize::MAX && *known != stratum {
                return Err(Error::Impossible {
                    what: "a design",
                    reason: "a cluster lies in two strata".to_owned(),
                });
            }
            *known = stratum;
        }
        let mut counts = vec![(0, 1.0); strata];
        for &stratum in &stratum_of {
            counts[stratum].0 += 1;
        }
        if let Some(sizes) = &self.population {
            let mut known: Vec<Option<f64>> = vec![None; strata];
            for (&stratum, &size) in self.stratum.iter().zip(sizes) {
                positive("population of a stratum", size)?;
                if known[stratum].is_some_and(|before| before != size) {
                    return Err(Error::Impossible {
                        what: "a design",
                        reason: "a stratum has two population sizes".to_owned(),
                    });
                }
                known[stratum] = Some(size);
            }
            for (count, size) in counts.iter_mut().zip(known) {
                let size = size.unwrap_or(f64::INFINITY);
                if (count.0 as f64) > size {
                    return Err(Error::Impossible {
                        what: "a design",
                        reason: "a stratum has more clusters sampled than there are".to_owned(),
                    });
                }
                count.1 = 1.0 - count.0 as f64 / size;
            }
        }
        (self.strata, self.stratum_of) = (counts, stratum_of);
        Ok(())
    }

    /// Units.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are no units; there always are some.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Clusters less strata.
    #[must_use]
    pub fn df(&self) -> f64 {
        self.stratum_of.len() as f64 - self.strata.len() as f64
    }

    pub(crate) fn cluster_of(&self) -> &[usize] {
        &self.cluster
    }

    pub(crate) fn stratum_of_cluster(&self) -> &[usize] {
        &self.stratum_of
    }

    pub(crate) fn strata_counts(&self) -> &[(usize, f64)] {
        &self.strata
    }

    /// Satterthwaite's degrees of freedom (1946) of a variance whose units contribute `z`:
    /// `(sum v)^2 / sum (v^2 / (n - 1))` over strata with variances `v` from `n` clusters (Cochran
    /// 1977, 5.4). Fewer than clusters less strata where strata contribute unequally.
    ///
    /// # Errors
    /// As [`Survey::variance_of`]; [`Error::NotEstimable`] when there is no variance.
    pub fn satterthwaite_df(&self, z: &[f64]) -> Result<f64> {
        let parts = self.variances_of(z)?;
        satterthwaite(parts.iter().map(|&(variance, count)| (variance, (count - 1) as f64)))
    }

    /// The design effect of an estimate: its variance over that of a simple random sample of as many
    /// units (Kish 1965, 8.2), whose variance of `y` is estimated with the weights, `n / (n - 1)`
    /// times the weighted mean square about the mean.
    ///
    /// # Errors
    /// As [`Survey::total`]; [`Error::NotEstimable`] when `y` does not vary, when there is one unit,
    /// or when without replacement the weights add up to no more than the number of units.
    pub fn design_effect(&self, y: &[f64], of: Quantity, against: Simple) -> Result<f64> {
        let (units, whole) = (self.len() as f64, sum(self.weights.iter().copied()));
        let (estimate, factor) = match of {
            Quantity::Mean => (self.mean(y)?, 1.0),
            Quantity::Total => (self.total(y)?, whole),
        };
        let centre = self.mean(y)?.estimate;
        let squares = self.weights.iter().zip(y).map(|(w, y)| w * (y - centre) * (y - centre));
        let spread = sum(squares) / whole * units / (units - 1.0);
        let left = match against {
            Simple::WithReplacement => 1.0,
            Simple::WithoutReplacement => 1.0 - units / whole,
        };
        let simple = factor * factor * spread / units * left;
        if !(simple > 0.0 && simple.is_finite()) {
            return Err(Error::NotEstimable {
                what: "a design effect",
                reason: "a simple random sample would have no variance",
            });
        }
        settled("a design effect", estimate.se * estimate.se / simple)
    }

    /// Kish's design effect of the weights alone, `n sum w^2 / (sum w)^2` (Kish 1965, 11.7).
    #[must_use]
    pub fn weighting_effect(&self) -> f64 {
        // Scaled, so that no square is too large.
        let most = self.weights.iter().copied().fold(0.0, f64::max);
        let whole = sum(self.weights.iter().map(|w| w / most));
        let squares = sum(self.weights.iter().map(|w| (w / most) * (w / most)));
        self.len() as f64 * squares / (whole * whole)
    }

    /// The same design with other weights.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::Domain`] for wrong weights.
    pub fn with_weights(&self, weights: Vec<f64>) -> Result<Self> {
        same_length("weights", weights.len(), self.weights.len())?;
        for &weight in &weights {
            positive("weight", weight)?;
        }
        Ok(Self { weights, ..self.clone() })
    }

    /// The variance of a total whose units contribute `z` (weights included). A stratum sampled
    /// fully adds nothing.
    ///
    /// # Errors
    /// [`Error::NotEstimable`] when a stratum has one cluster only.
    pub fn variance_of(&self, z: &[f64]) -> Result<f64> {
        settled("a variance", self.variances_of(z)?.iter().map(|(variance, _)| variance).sum())
    }

    /// The variances that strata contribute, with their numbers of clusters.
    fn variances_of(&self, z: &[f64]) -> Result<Vec<(f64, usize)>> {
        same_length("contributions", z.len(), self.weights.len())?;
        let mut totals = vec![0.0; self.stratum_of.len()];
        for (&cluster, &value) in self.cluster.iter().zip(z) {
            totals[cluster] += settled("a contribution", value)?;
        }
        let mut means = vec![0.0; self.strata.len()];
        for (&stratum, &total) in self.stratum_of.iter().zip(&totals) {
            means[stratum] += total / self.strata[stratum].0 as f64;
        }
        let mut squares = vec![0.0; self.strata.len()];
        for (&stratum, &total) in self.stratum_of.iter().zip(&totals) {
            let gap: f64 = total - means[stratum];
            squares[stratum] += gap * gap;
        }
        let mut variances = Vec::with_capacity(self.strata.len());
        for (&(count, left), square) in self.strata.iter().zip(squares) {
            if left <= 0.0 {
                continue;
            }
            if count < 2 {
                return Err(Error::NotEstimable {
                    what: "a standard error",
                    reason: "a stratum has one sampled cluster only: join it with another",
                });
            }
            let clusters = count as f64;
            variances.push((left * clusters / (clusters - 1.0) * square, count));
        }
        Ok(variances)
    }

    fn checked(&self, y: &[f64]) -> Result<()> {
        same_length("values", y.len(), self.weights.len())?;
        y.iter().try_for_each(|&value| finite("value", value).map(|_| ()))
    }

    fn result(&self, method: &'static str, estimate: f64, z: &[f64], n: usize) -> Result<Estimate> {
        let (estimate, se) = (settled("an estimate", estimate)?, self.variance_of(z)?.sqrt());
        Ok(Estimate { method, estimate, se, df: self.df(), n })
    }

    /// The population total of `y`. O(units).
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::Domain`] for wrong values; [`Error::NotEstimable`] as
    /// [`Survey::variance_of`].
    pub fn total(&self, y: &[f64]) -> Result<Estimate> {
        self.checked(y)?;
        let z: Vec<f64> = self.weights.iter().zip(y).map(|(w, y)| w * y).collect();
        self.result("expansion_total", sum(z.iter().copied()), &z, y.len())
    }

    /// The population mean of `y` (Hajek: weights normalised), a rate when `y` is 0 or 1.
    ///
    /// # Errors
    /// As [`Survey::total`].
    pub fn mean(&self, y: &[f64]) -> Result<Estimate> {
        let mut mean = self.ratio(y, &vec![1.0; y.len()])?;
        mean.method = "weighted_mean";
        Ok(mean)
    }

    /// The ratio of two totals.
    ///
    /// # Errors
    /// As [`Survey::total`]; [`Error::NotEstimable`] when the second total is 0.
    pub fn ratio(&self, y: &[f64], x: &[f64]) -> Result<Estimate> {
        self.checked(y)?;
        self.checked(x)?;
        let total = |v: &[f64]| sum(self.weights.iter().zip(v).map(|(w, v)| w * v));
        let below = total(x);
        if below == 0.0 {
            return Err(Error::NotEstimable { what: "a ratio", reason: "its denominator is 0" });
        }
        let ratio = total(y) / below;
        let z: Vec<f64> = self
            .weights
            .iter()
            .zip(y.iter().zip(x))
            .map(|(w, (y, x))| w * (y - ratio * x) / below)
            .collect();
        self.result("linearised_ratio", ratio, &z, y.len())
    }

    /// The mean of `y` in a domain, the units elsewhere kept in the variance.
    ///
    /// # Errors
    /// As [`Survey::total`]; [`Error::Empty`] when no unit lies in the domain.
    pub fn domain_mean(&self, y: &[f64], inside: &[bool]) -> Result<Estimate> {
        same_length("marks of the domain", inside.len(), self.weights.len())?;
        self.checked(y)?;
        let n = inside.iter().filter(|mark| **mark).count();
        if n == 0 {
            return Err(Error::Empty { what: "units in the domain" });
        }
        let x: Vec<f64> = inside.iter().map(|mark| f64::from(u8::from(*mark))).collect();
        let y: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y * x).collect();
        let ratio = self.ratio(&y, &x)?;
        Ok(Estimate { method: "domain_mean", n, ..ratio })
    }

    /// Domain means of every value of a key, in its order.
    ///
    /// # Errors
    /// As [`Survey::domain_mean`].
    pub fn means_by<K: Ord + Clone>(&self, y: &[f64], key: &[K]) -> Result<Vec<(K, Estimate)>> {
        same_length("keys", key.len(), self.weights.len())?;
        let keys: std::collections::BTreeSet<&K> = key.iter().collect();
        keys.into_iter()
            .map(|wanted| {
                let inside: Vec<bool> = key.iter().map(|k| k == wanted).collect();
                Ok((wanted.clone(), self.domain_mean(y, &inside)?))
            })
            .collect()
    }

    /// Weights post-stratified to known sizes of groups, and the total of `y` with them, its
    /// variance from the residuals about the groups' means.
    ///
    /// # Errors
    /// As [`Survey::total`]; [`Error::Empty`] when a group with a known size has no unit;
    /// [`Error::Impossible`] when a unit's group has no known size.
    pub fn post_stratified_total<K: Ord + Clone>(
        &self,
        y: &[f64],
        group: &[K],
        sizes: &BTreeMap<K, f64>,
    ) -> Result<Estimate> {
        self.checked(y)?;
        let weights = super::calibrate::post_stratify(&self.weights, group, sizes)?;
        let mut sums: BTreeMap<&K, (f64, f64)> = BTreeMap::new();
        for ((key, &weight), &value) in group.iter().zip(&weights).zip(y) {
            let entry = sums.entry(key).or_default();
            entry.0 += weight;
            entry.1 += weight * value;
        }
        let z: Vec<f64> = group
            .iter()
            .zip(&weights)
            .zip(y)
            .map(|((key, weight), value)| {
                let mean = sums.get(key).map_or(0.0, |(whole, total)| total / whole);
                weight * (value - mean)
            })
            .collect();
        let total = sum(weights.iter().zip(y).map(|(w, y)| w * y));
        self.result("post_stratified_total", total, &z, y.len())
    }
}
