//! What an investigation sets on a network: weights, contaminations, observed elements, merges.

use std::collections::{HashMap, HashSet};

use crate::error::Error;
use crate::json::{Json, Limits};
use crate::shape::Path;

/// The settings of a trace. Ids that the network does not have are kept and do nothing, but
/// their weights count in the sums of the desktop's scores, as there.
///
/// Weights are floating point: they are an investigator's judgement, not quantities.
///
/// ```
/// use suyuan_fcl::{Limits, Parameters};
/// let text = r#"{"enforce_temporal_order": true, "station_weights": {"shop": 1.0},
///     "station_cross_contamination": ["mill"], "merged_stations": {"both": ["a", "b"]}}"#;
/// let parameters = Parameters::parse(text, &Limits::default())?;
/// assert_eq!(parameters.station_weights, [("shop".to_owned(), 1.0)]);
/// assert_eq!(parameters.merged_stations[0].1, ["a", "b"]);
/// # Ok::<(), suyuan_fcl::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Whether a cross contamination needs the delivery to arrive before the other leaves.
    pub enforce_temporal_order: bool,
    /// Weights of stations: above zero for cases, below for what speaks against. The order is
    /// that of the desktop's sums; the last of an id counts.
    pub station_weights: Vec<(String, f64)>,
    /// Weights of deliveries.
    pub delivery_weights: Vec<(String, f64)>,
    /// Stations where whatever comes in can reach whatever goes out.
    pub station_cross_contamination: Vec<String>,
    /// Deliveries that contaminate each other where they meet.
    pub delivery_cross_contamination: Vec<String>,
    /// Stations where contamination ends.
    pub station_kill: Vec<String>,
    /// Deliveries where contamination ends.
    pub delivery_kill: Vec<String>,
    /// Stations whose traces are shown.
    pub station_observed: Vec<String>,
    /// Deliveries whose traces are shown.
    pub delivery_observed: Vec<String>,
    /// Stations taken as one: id of the merged station, and its members.
    pub merged_stations: Vec<(String, Vec<String>)>,
    /// Names in a `params.json` that mean nothing here.
    pub unknown: Vec<String>,
}

impl Parameters {
    /// Reads `params.json` of the CSV form. Missing members are as [`Parameters::default`]. A
    /// merge is written either way round: `{"merged": ["a", "b"]}` or
    /// `{"a": "merged", "b": "merged"}`.
    ///
    /// # Errors
    /// [`Error::Json`], [`Error::Shape`] or [`Error::TooLarge`].
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        Self::from_json(&Json::parse(text, limits)?)
    }

    fn from_json(json: &Json) -> Result<Self, Error> {
        let mut read = Self::default();
        for (name, value) in Path::Root.object(json)? {
            let path = Path::Name(&Path::Root, name);
            match &**name {
                "enforce_temporal_order" => read.enforce_temporal_order = path.flag(value)?,
                "station_weights" => read.station_weights = weights(value, &path)?,
                "delivery_weights" => read.delivery_weights = weights(value, &path)?,
                "station_cross_contamination" => {
                    read.station_cross_contamination = ids(value, &path)?;
                }
                "delivery_cross_contamination" => {
                    read.delivery_cross_contamination = ids(value, &path)?;
                }
                "station_kill" => read.station_kill = ids(value, &path)?,
                "delivery_kill" => read.delivery_kill = ids(value, &path)?,
                "station_observed" => read.station_observed = ids(value, &path)?,
                "delivery_observed" => read.delivery_observed = ids(value, &path)?,
                "merged_stations" => read.merged_stations = merges(value, &path)?,
                other => read.unknown.push(other.to_owned()),
            }
        }
        Ok(read)
    }

    /// What the desktop takes of them. A station inside a merged one is not shown, so what is set
    /// on it does not count. A merged station has what is set on it; where no weight is, not even
    /// 0, it has the sum of its members' weights, and each mark that all its members have.
    pub(crate) fn as_shown(&self) -> Self {
        let mut shown = self.clone();
        let set: HashSet<&str> = self.station_weights.iter().map(|(id, _)| &**id).collect();
        let hidden: HashSet<&str> =
            self.merged_stations.iter().flat_map(|(_, members)| members).map(|m| &**m).collect();
        shown.station_weights.retain(|(id, _)| !hidden.contains(&**id));
        let lists = [
            &mut shown.station_cross_contamination,
            &mut shown.station_kill,
            &mut shown.station_observed,
        ];
        let marked =
            [&self.station_cross_contamination, &self.station_kill, &self.station_observed];
        for (list, marked) in lists.into_iter().zip(marked) {
            list.retain(|id| !hidden.contains(&**id));
            let marked: HashSet<&str> = marked.iter().map(|id| &**id).collect();
            for (merged, members) in &self.merged_stations {
                let all = !members.is_empty() && members.iter().all(|m| marked.contains(&**m));
                if all && !set.contains(&**merged) && !marked.contains(&**merged) {
                    list.push(merged.clone());
                }
            }
        }
        let mut weights: HashMap<&str, f64> = HashMap::new();
        weights.extend(self.station_weights.iter().map(|(id, weight)| (&**id, *weight)));
        for (merged, members) in &self.merged_stations {
            let mut met = HashSet::new();
            let members = members.iter().filter(|member| met.insert(&***member));
            let sum: f64 = members.filter_map(|member| weights.get(&**member)).sum();
            if !set.contains(&**merged) && sum != 0.0 {
                shown.station_weights.push((merged.clone(), sum));
            }
        }
        shown
    }
}

fn ids(json: &Json, path: &Path<'_>) -> Result<Vec<String>, Error> {
    if *json == Json::Null {
        return Ok(Vec::new());
    }
    let items = path.list(json)?.iter().enumerate();
    items.map(|(index, item)| Path::Item(path, index).cell(item)).collect()
}

fn weights(json: &Json, path: &Path<'_>) -> Result<Vec<(String, f64)>, Error> {
    if *json == Json::Null {
        return Ok(Vec::new());
    }
    let members = path.object(json)?.iter();
    members.map(|(id, value)| Ok((id.clone(), Path::Name(path, id).weight(value)?))).collect()
}

fn merges(json: &Json, path: &Path<'_>) -> Result<Vec<(String, Vec<String>)>, Error> {
    if *json == Json::Null {
        return Ok(Vec::new());
    }
    let mut merged: Vec<(String, Vec<String>)> = Vec::new();
    for (id, value) in path.object(json)? {
        let path = Path::Name(path, id);
        match value {
            Json::List(_) => merged.push((id.clone(), ids(value, &path)?)),
            _ => {
                let into = path.cell(value)?;
                match merged.iter_mut().find(|(id, _)| *id == into) {
                    Some((_, members)) => members.push(id.clone()),
                    None => merged.push((into, vec![id.clone()])),
                }
            }
        }
    }
    Ok(merged)
}
