//! Weights and the scores made of them.

use super::net::Net;
use crate::parameters::Parameters;

/// Weights by number, and their sums. What the desktop sums is summed in its order.
#[derive(Debug, Clone, Default)]
pub(super) struct Weights {
    pub(super) stations: Vec<f64>,
    pub(super) deliveries: Vec<f64>,
    positive: f64,
    negative: f64,
}

/// Three shares of one element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) score: f64,
    pub(super) positive: f64,
    pub(super) negative: f64,
}

impl Share {
    pub(super) fn add(&mut self, weight: f64) {
        self.score += weight;
        if weight > 0.0 {
            self.positive += weight;
        } else {
            self.negative -= weight;
        }
    }
}

/// Scores by number.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) stations: Vec<Share>,
    pub(super) deliveries: Vec<Share>,
    pub(super) max_lot: Vec<Option<f64>>,
    pub(super) lot: Vec<Option<f64>>,
    pub(super) normalizer: f64,
}

impl Raw {
    /// Sets the largest absolute score, or 1 where every score is 0.
    pub(super) fn normalise(&mut self) {
        let largest = self.stations.iter().chain(&self.deliveries);
        let largest = largest.map(|share| share.score.abs()).fold(0.0, f64::max);
        self.normalizer = if largest > 0.0 { largest } else { 1.0 };
    }
}

/// A weight set again keeps its place, one set to zero loses it: as in the desktop's maps.
fn settled(list: &[(String, f64)]) -> Vec<(&str, f64)> {
    let mut at = std::collections::HashMap::new();
    let mut kept: Vec<Option<(&str, f64)>> = Vec::new();
    for (id, weight) in list {
        let id = &**id;
        match (at.get(id).copied(), *weight == 0.0) {
            (Some(place), true) => {
                kept[place] = None;
                at.remove(id);
            }
            (Some(place), false) => kept[place] = Some((id, *weight)),
            (None, true) => {}
            (None, false) => {
                at.insert(id, kept.len());
                kept.push(Some((id, *weight)));
            }
        }
    }
    kept.into_iter().flatten().collect()
}

impl Weights {
    /// As the desktop: a weight of an id it does not have still counts in the sums.
    pub(super) fn desktop(net: &Net, parameters: &Parameters) -> Self {
        let mut weights = Self::zero(net);
        for (id, weight) in settled(&parameters.station_weights) {
            weights.sum(weight);
            if let Some(station) = net.station_index.get(id) {
                weights.stations[*station as usize] = weight;
            }
        }
        for (id, weight) in settled(&parameters.delivery_weights) {
            weights.sum(weight);
            if let Some(delivery) = net.delivery_index.get(id) {
                weights.deliveries[*delivery as usize] = weight;
            }
        }
        weights
    }

    /// Ours: weights of what the network has.
    pub(super) fn exact(net: &Net, parameters: &Parameters) -> Self {
        let mut weights = Self::zero(net);
        for (id, weight) in settled(&parameters.station_weights) {
            if let Some(station) = net.station_index.get(id) {
                weights.stations[*station as usize] = weight;
            }
        }
        for (id, weight) in settled(&parameters.delivery_weights) {
            if let Some(delivery) = net.delivery_index.get(id) {
                weights.deliveries[*delivery as usize] = weight;
            }
        }
        for at in 0..weights.stations.len() {
            weights.sum(weights.stations[at]);
        }
        for at in 0..weights.deliveries.len() {
            weights.sum(weights.deliveries[at]);
        }
        weights
    }

    fn zero(net: &Net) -> Self {
        Self {
            stations: vec![0.0; net.stations.len()],
            deliveries: vec![0.0; net.deliveries.len()],
            positive: 0.0,
            negative: 0.0,
        }
    }

    fn sum(&mut self, weight: f64) {
        if weight > 0.0 {
            self.positive += weight;
        } else {
            self.negative -= weight;
        }
    }

    /// What a combined score is a share of.
    pub(super) fn whole(&self) -> f64 {
        self.positive.max(self.negative)
    }

    /// Sums as shares of all; zero where there are no weights of that kind.
    pub(super) fn share(&self, sums: Share) -> Share {
        let share = |sum: f64, whole: f64| if whole == 0.0 { 0.0 } else { sum / whole };
        Share {
            score: share(sums.score, self.whole()),
            positive: share(sums.positive, self.positive),
            negative: share(sums.negative, self.negative),
        }
    }
}
