//! Space-time scan statistics.
//!
//! Estimand: whether some zone (a set of places) has had more cases in its last weeks than
//! expected, whichever zone and however many weeks; places and weeks are searched, and the
//! p-value accounts for the search.
//!
//! Formulas: for a zone and a duration with `C` cases where `B` are expected, the
//! expectation-based Poisson score is `C ln(C / B) - (C - B)` if `C > B` (Neill 2009); the
//! population-based one `C ln(C / B) + (T - C) ln((T - C) / (T - B))` with all `T` cases (Kulldorff
//! 2001), by default with expectations from the sums of places and weeks. P-values compare the best
//! score with those of simulated data: `(1 + as good) / (1 + simulations)`, PCG 64 (O'Neill 2014)
//! with the seed given.
//!
//! When not to use: with zones drawn after seeing the cases.
//!
//! ```
//! use suyuan_stats::warning::scan::{Scan, Statistic};
//! // Rows are weeks, the last one the latest; columns are places.
//! let counts = vec![vec![2, 1, 3, 2, 8], vec![1, 2, 2, 3, 1], vec![0, 1, 4, 9, 7]];
//! let expected = vec![vec![2.0; 5]; 3];
//! let zones = vec![vec![0], vec![3], vec![4], vec![3, 4]];
//! let found = Scan { counts: &counts, expected: Some(&expected), zones: &zones }
//!     .run(Statistic::Expectation, 99, 7)?;
//! assert_eq!((found.best.zone, found.best.duration), (3, 1));
//! assert!((found.best.score - 10.180_709_777_918_2).abs() < 1e-12);
//! # Ok::<(), suyuan_stats::Error>(())
//! ```

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::dist::{Binomial, Poisson};
use crate::error::{Error, Result, positive, same_length, total};

/// The stream constant of the generator's reference implementation.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// Which score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Statistic {
    /// Against the expectation of each cell.
    Expectation,
    /// Against the rest of the map, with the total given.
    Population,
}

/// Cases by week and place, and the zones to search.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    /// Weeks by places, the latest week last.
    pub counts: &'a [Vec<u64>],
    /// Expected cases of every cell, or sizes in proportion for [`Statistic::Population`], which
    /// takes the products of the sums of weeks and places when there are none.
    pub expected: Option<&'a [Vec<f64>]>,
    /// Places of each zone.
    pub zones: &'a [Vec<usize>],
}

/// One zone with one duration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// The zone, counted from 0.
    pub zone: usize,
    /// Weeks, the latest ones.
    pub duration: usize,
    /// Its score.
    pub score: f64,
    /// Cases.
    pub cases: u64,
    /// Cases expected.
    pub expected: f64,
    /// Cases over expected inside (at least 1 for the expectation-based score).
    pub relative_risk: f64,
    /// Cases over expected outside, for the population-based score.
    pub relative_risk_outside: Option<f64>,
}

/// Everything searched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The score.
    pub method: &'static str,
    /// The best one.
    pub best: Cluster,
    /// The probability of so good a best one without a cluster; absent without simulations.
    pub p_value: Option<f64>,
    /// Simulations made.
    pub simulations: usize,
    /// All, best first; ties by zone, then duration.
    pub all: Vec<Cluster>,
}

impl Scan<'_> {
    fn cells(&self, statistic: Statistic) -> Result<Vec<Vec<f64>>> {
        let weeks = self.counts.len();
        let places = self.counts.first().map_or(0, Vec::len);
        if places == 0 || self.zones.is_empty() {
            return Err(Error::Empty { what: "weeks, places or zones" });
        }
        for row in self.counts {
            same_length("places of a week", row.len(), places)?;
        }
        for zone in self.zones {
            if zone.is_empty() {
                return Err(Error::Empty { what: "places in a zone" });
            }
            if let Some(&place) = zone.iter().find(|&&place| place >= places) {
                return Err(Error::Length {
                    what: "a zone's place, counted from 0",
                    found: place,
                    expected: places - 1,
                });
            }
        }
        let total = total("cases", self.counts.iter().flatten().copied())?;
        let mut cells = match (self.expected, statistic) {
            (Some(expected), _) => {
                same_length("weeks expected", expected.len(), weeks)?;
                for row in expected {
                    same_length("places expected", row.len(), places)?;
                    row.iter().try_for_each(|&b| positive("expected cases", b).map(|_| ()))?;
                }
                expected.to_vec()
            }
            (None, Statistic::Population) => {
                if total == 0 {
                    return Err(Error::Empty { what: "cases" });
                }
                let columns: Vec<u64> =
                    (0..places).map(|p| self.counts.iter().map(|row| row[p]).sum()).collect();
                self.counts
                    .iter()
                    .map(|row| {
                        let sum = row.iter().sum::<u64>() as f64;
                        columns.iter().map(|&c| sum * c as f64 / total as f64).collect()
                    })
                    .collect()
            }
            (None, Statistic::Expectation) => {
                return Err(Error::Empty { what: "expected cases" });
            }
        };
        if statistic == Statistic::Population {
            let whole: f64 = cells.iter().flatten().sum();
            for cell in cells.iter_mut().flatten() {
                *cell *= total as f64 / whole;
            }
        }
        Ok(cells)
    }

    /// Searches all zones and durations, and simulates. O((1 + simulations) x zones x weeks x
    /// places).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Length`], [`Error::Domain`] for wrong input.
    pub fn run(&self, statistic: Statistic, simulations: usize, seed: u64) -> Result<Found> {
        let expected = self.cells(statistic)?;
        let mut all = self.search(statistic, self.counts, &expected);
        all.sort_by(|a, b| {
            let ties = a.zone.cmp(&b.zone).then(a.duration.cmp(&b.duration));
            b.score.total_cmp(&a.score).then(ties)
        });
        let Some(&best) = all.first() else { return Err(Error::Empty { what: "zones" }) };
        let mut random = Pcg64::new(seed.into(), STREAM);
        let mut as_good = 0;
        for _ in 0..simulations {
            let counts = self.simulate(statistic, &expected, &mut random)?;
            let most = self
                .search(statistic, &counts, &expected)
                .iter()
                .map(|cluster| cluster.score)
                .fold(0.0, f64::max);
            as_good += usize::from(most >= best.score);
        }
        let method = match statistic {
            Statistic::Expectation => "scan_expectation_poisson",
            Statistic::Population => "scan_population_poisson",
        };
        let p_value = (simulations > 0).then(|| (1 + as_good) as f64 / (1 + simulations) as f64);
        Ok(Found { method, best, p_value, simulations, all })
    }

    fn search(
        &self,
        statistic: Statistic,
        counts: &[Vec<u64>],
        expected: &[Vec<f64>],
    ) -> Vec<Cluster> {
        let total: u64 = counts.iter().flatten().sum();
        let whole = total as f64;
        let mut found = Vec::with_capacity(self.zones.len() * counts.len());
        for (at, zone) in self.zones.iter().enumerate() {
            let (mut cases, mut base) = (0, 0.0);
            for duration in 1..=counts.len() {
                let week = counts.len() - duration;
                for &place in zone {
                    cases += counts[week][place];
                    base += expected[week][place];
                }
                let c = cases as f64;
                let part = |c: f64, b: f64| if c > 0.0 { c * (c / b).ln() } else { 0.0 };
                let raised = c > base;
                let (score, outside) = match statistic {
                    Statistic::Expectation => (part(c, base) - (c - base), None),
                    Statistic::Population => {
                        // Rounding must not make the rest of the map negative.
                        let rest = (whole - base).max(0.0);
                        let outside = if rest > 1e-9 * whole { (whole - c) / rest } else { 1.0 };
                        (part(c, base) + part(whole - c, rest.max(1e-300)), Some(outside))
                    }
                };
                let all = statistic == Statistic::Population && whole - base <= 1e-9 * whole;
                let ratio = if base > 0.0 { c / base } else { 1.0 };
                found.push(Cluster {
                    zone: at,
                    duration,
                    score: if raised && !all { score.max(0.0) } else { 0.0 },
                    cases,
                    expected: base,
                    relative_risk: match statistic {
                        Statistic::Expectation => ratio.max(1.0),
                        Statistic::Population => ratio,
                    },
                    relative_risk_outside: outside,
                });
            }
        }
        found
    }

    fn simulate(
        &self,
        statistic: Statistic,
        expected: &[Vec<f64>],
        random: &mut Pcg64,
    ) -> Result<Vec<Vec<u64>>> {
        let mut uniform =
            || (random.next_u64() >> 11) as f64 * 2.0_f64.powi(-53) + 2.0_f64.powi(-54);
        let mut left: u64 = self.counts.iter().flatten().sum();
        let mut rest: f64 = expected.iter().flatten().sum();
        expected
            .iter()
            .map(|row| {
                row.iter()
                    .map(|&base| {
                        if statistic == Statistic::Expectation {
                            return Poisson::new(base)?.quantile(uniform());
                        }
                        // A multinomial, one binomial after the other.
                        let share = if rest > 0.0 { (base / rest).clamp(0.0, 1.0) } else { 1.0 };
                        let cases = Binomial::new(left, share)?.quantile(uniform())?;
                        left -= cases;
                        rest -= base;
                        Ok(cases)
                    })
                    .collect()
            })
            .collect()
    }
}
