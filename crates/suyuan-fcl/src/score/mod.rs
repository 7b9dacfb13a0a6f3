//! Scores of stations and deliveries, exact and as FoodChain-Lab's desktop computes them.

use serde::Serialize;

use crate::error::Error;
use crate::network::Network;
use crate::parameters::Parameters;
use compatible::Compatible;
use exact::Exact;
use net::Net;

mod compatible;
mod exact;
mod net;
mod sums;

/// Whose rules are followed. `docs/fcl.md` lists where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Ours: everything that can be reached, each element counted once, cycles included.
    #[default]
    Exact,
    /// The desktop's, with what its recursion misses on cycles and counts twice.
    Compatible,
}

/// The score of a station or of a merged station.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StationScore {
    /// Its id.
    pub id: String,
    /// The share of the weights it can have caused: their sum over the larger of the sums of
    /// positive and of negative weights.
    pub score: f64,
    /// The highest score of the lots it sent; `None` when no delivery of it has a lot id.
    pub max_lot_score: Option<f64>,
    /// The score over the largest absolute score there is.
    pub normalized: f64,
    /// The share of the positive weights.
    pub positive: f64,
    /// The share of the negative weights.
    pub negative: f64,
    /// Whether it lies behind something observed.
    pub backward: bool,
    /// Whether it lies ahead of something observed.
    pub forward: bool,
}

/// The score of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DeliveryScore {
    /// Its id.
    pub id: String,
    /// As for stations.
    pub score: f64,
    /// The score of its lot; `None` without a lot id.
    pub lot_score: Option<f64>,
    /// As for stations.
    pub normalized: f64,
    /// As for stations.
    pub positive: f64,
    /// As for stations.
    pub negative: f64,
    /// As for stations.
    pub backward: bool,
    /// As for stations.
    pub forward: bool,
}

/// The scores of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Scores {
    /// Whose rules they follow.
    pub mode: Mode,
    /// In the order of the network, then merged stations in the order of the settings.
    pub stations: Vec<StationScore>,
    /// In the order of the network.
    pub deliveries: Vec<DeliveryScore>,
}

impl Scores {
    /// The score of a station or merged station. O(n).
    #[must_use]
    pub fn station(&self, id: &str) -> Option<&StationScore> {
        self.stations.iter().find(|station| station.id == id)
    }

    /// The score of a delivery. O(n).
    #[must_use]
    pub fn delivery(&self, id: &str) -> Option<&DeliveryScore> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }
}

/// What lies ahead of something, or behind it; each in the order of [`Scores`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reach {
    /// Ids of stations.
    pub stations: Vec<String>,
    /// Ids of deliveries.
    pub deliveries: Vec<String>,
}

/// A network made ready for scores and traces under one set of parameters.
#[derive(Debug)]
pub struct Tracing {
    net: Net,
    engine: Engine,
    parameters: Parameters,
}

#[derive(Debug)]
enum Engine {
    Exact(Exact),
    Compatible(Compatible),
}

impl Network {
    /// The scores of every station and delivery.
    ///
    /// Exact: O(n + m) for each 64 elements with a weight. Compatible: the desktop keeps the
    /// whole trace of every delivery, so up to O(n²) time and memory.
    ///
    /// ```
    /// use suyuan_fcl::{Delivery, Mode, Network, Parameters, Station};
    /// let mut network = Network::default();
    /// for id in ["farm", "shop", "stall"] {
    ///     network.stations.push(Station { id: id.into(), ..Station::default() });
    /// }
    /// for (id, to) in [("1", "shop"), ("2", "stall")] {
    ///     let (id, from, to) = (id.into(), "farm".into(), to.into());
    ///     network.deliveries.push(Delivery { id, from, to, ..Delivery::default() });
    /// }
    /// let mut parameters = Parameters::default();
    /// parameters.station_weights = vec![("shop".into(), 3.0), ("stall".into(), -1.0)];
    /// let scores = network.score(&parameters, Mode::Exact)?;
    /// let farm = scores.station("farm").unwrap();
    /// assert_eq!((farm.positive, farm.negative), (1.0, 1.0));
    /// assert_eq!(farm.score, 2.0 / 3.0);
    /// # Ok::<(), suyuan_fcl::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::TooLarge`] when the desktop's way would need more than 20 million links or 50
    /// million entries.
    pub fn score(&self, parameters: &Parameters, mode: Mode) -> Result<Scores, Error> {
        Ok(self.tracing(parameters, mode)?.scores())
    }

    /// The network made ready for traces.
    ///
    /// # Errors
    /// As [`Network::score`].
    pub fn tracing(&self, parameters: &Parameters, mode: Mode) -> Result<Tracing, Error> {
        let parameters = match mode {
            Mode::Exact => parameters.clone(),
            Mode::Compatible => parameters.as_shown(),
        };
        let net = Net::new(self, &parameters, mode);
        let engine = match mode {
            Mode::Exact => Engine::Exact(Exact::new(&net, &parameters)),
            Mode::Compatible => Engine::Compatible(Compatible::new(&net, &parameters)?),
        };
        Ok(Tracing { net, engine, parameters })
    }
}

/// Marks by number: stations, deliveries.
pub(crate) struct Marks {
    pub(crate) stations: Vec<bool>,
    pub(crate) deliveries: Vec<bool>,
}

impl Marks {
    fn none(net: &Net) -> Self {
        Self {
            stations: vec![false; net.stations.len()],
            deliveries: vec![false; net.deliveries.len()],
        }
    }
}

/// Which way a trace goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Forward,
    Backward,
}

impl Tracing {
    /// The scores under the parameters it was made with.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let (mode, mut scores) = match &self.engine {
            Engine::Exact(exact) => (Mode::Exact, exact.scores(&self.net)),
            Engine::Compatible(compatible) => (Mode::Compatible, compatible.scores(&self.net)),
        };
        let mut seen = [Marks::none(&self.net), Marks::none(&self.net)];
        for (way, marks) in [Way::Forward, Way::Backward].into_iter().zip(&mut seen) {
            for id in &self.parameters.station_observed {
                if let Some(station) = self.net.station_index.get(id) {
                    self.mark_station(*station, way, marks);
                }
            }
            for id in &self.parameters.delivery_observed {
                if let Some(delivery) = self.net.delivery_index.get(id) {
                    self.mark_delivery(*delivery, way, marks);
                }
            }
        }
        scores.normalise();
        let [forward, backward] = seen;
        let station = |(at, id): (usize, &String)| StationScore {
            id: id.clone(),
            score: scores.stations[at].score,
            max_lot_score: scores.max_lot[at],
            normalized: scores.stations[at].score / scores.normalizer,
            positive: scores.stations[at].positive,
            negative: scores.stations[at].negative,
            backward: backward.stations[at],
            forward: forward.stations[at],
        };
        let delivery = |(at, id): (usize, &String)| DeliveryScore {
            id: id.clone(),
            score: scores.deliveries[at].score,
            lot_score: scores.lot[at],
            normalized: scores.deliveries[at].score / scores.normalizer,
            positive: scores.deliveries[at].positive,
            negative: scores.deliveries[at].negative,
            backward: backward.deliveries[at],
            forward: forward.deliveries[at],
        };
        Scores {
            mode,
            stations: self.net.stations.iter().enumerate().map(station).collect(),
            deliveries: self.net.deliveries.iter().enumerate().map(delivery).collect(),
        }
    }

    fn mark_station(&self, station: u32, way: Way, marks: &mut Marks) {
        match &self.engine {
            Engine::Exact(exact) => exact.mark_station(&self.net, station, way, marks),
            Engine::Compatible(found) => found.mark_station(&self.net, station, way, marks),
        }
    }

    fn mark_delivery(&self, delivery: u32, way: Way, marks: &mut Marks) {
        match &self.engine {
            Engine::Exact(exact) => exact.mark_delivery(&self.net, delivery, way, marks),
            Engine::Compatible(found) => found.mark_delivery(&self.net, delivery, way, marks),
        }
    }

    fn reach(&self, marks: &Marks) -> Reach {
        let chosen = |ids: &[String], marks: &[bool]| {
            ids.iter().zip(marks).filter(|(_, mark)| **mark).map(|(id, _)| id.clone()).collect()
        };
        Reach {
            stations: chosen(&self.net.stations, &marks.stations),
            deliveries: chosen(&self.net.deliveries, &marks.deliveries),
        }
    }

    fn of_station(&self, id: &str, way: Way) -> Option<Reach> {
        let station = *self.net.station_index.get(id)?;
        let mut marks = Marks::none(&self.net);
        self.mark_station(station, way, &mut marks);
        Some(self.reach(&marks))
    }

    fn of_delivery(&self, id: &str, way: Way) -> Option<Reach> {
        let delivery = *self.net.delivery_index.get(id)?;
        let mut marks = Marks::none(&self.net);
        self.mark_delivery(delivery, way, &mut marks);
        Some(self.reach(&marks))
    }

    /// What lies ahead of a station: its deliveries and all that follows; itself only on a cycle.
    /// `None` for an id the network does not have. O(n + m).
    #[must_use]
    pub fn forward_of_station(&self, id: &str) -> Option<Reach> {
        self.of_station(id, Way::Forward)
    }

    /// What lies behind a station.
    #[must_use]
    pub fn backward_of_station(&self, id: &str) -> Option<Reach> {
        self.of_station(id, Way::Backward)
    }

    /// What lies ahead of a delivery: its recipient, the deliveries it went into and all that
    /// follows; itself only on a cycle.
    #[must_use]
    pub fn forward_of_delivery(&self, id: &str) -> Option<Reach> {
        self.of_delivery(id, Way::Forward)
    }

    /// What lies behind a delivery.
    #[must_use]
    pub fn backward_of_delivery(&self, id: &str) -> Option<Reach> {
        self.of_delivery(id, Way::Backward)
    }
}
