//! The draw on the record: made from published texts alone, replayed by anybody.
//!
//! `docs/draw-protocol.md` writes the protocol down; `docs/draw_replay.py` replays a record in
//! another language.
//!
//! ```
//! use suyuan_core::sampling::draw::Design;
//! use suyuan_core::sampling::{Frame, FrameUnit};
//! use suyuan_core::sampling::protocol::{DrawPlan, draw_sample, verify};
//! let unit = |code: &str, size| FrameUnit {
//!     stratum: "370202".into(), code: code.into(), size, place: None,
//! };
//! let frame = Frame::new(vec![unit("S1", 5), unit("S2", 2), unit("S3", 3)])?;
//! let plan = DrawPlan::new("lottery of 2026-03-01: 04 11 19", Design::SystematicPps)
//!     .quota("370202", 1);
//! let record = draw_sample(&frame, &plan)?;
//! assert_eq!(record.strata[0].drawn.len(), 1);
//! assert!(verify(&record, &frame)?.is_empty());
//!
//! let mut changed = record.clone();
//! changed.strata[0].drawn[0].code = "S9".into();
//! assert_eq!(verify(&changed, &frame)?.len(), 2);
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::draw::{Design, MOST_TABLE, Permanent, Seed, Stream, Targets, draw, pareto_inclusion};
use super::error::{SamplingError, Subject};
use super::frame::{Frame, FrameUnit};

/// The name of the protocol: a change of any step changes it.
pub const PROTOCOL: &str = "suyuan-draw-1";

/// What is published before a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawPlan {
    /// A text that nobody can choose, published after the frame is fixed: a lottery result, the
    /// close of an exchange.
    pub published: String,
    /// The design.
    pub design: Design,
    /// Salt and start of permanent numbers, for the designs that use them.
    #[serde(default)]
    pub permanent: Option<Permanent>,
    /// Units to draw of each stratum.
    pub quotas: BTreeMap<String, u64>,
}

impl DrawPlan {
    /// A plan without quotas.
    #[must_use]
    pub fn new(published: &str, design: Design) -> Self {
        Self { published: published.to_owned(), design, permanent: None, quotas: BTreeMap::new() }
    }

    /// Draws so many units of a stratum.
    #[must_use]
    pub fn quota(mut self, stratum: &str, units: u64) -> Self {
        self.quotas.insert(stratum.to_owned(), units);
        self
    }

    /// Uses permanent numbers.
    #[must_use]
    pub fn permanent(mut self, permanent: Permanent) -> Self {
        self.permanent = Some(permanent);
        self
    }
}

/// A draw with everything needed to make it again from the frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawRecord {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The plan.
    #[serde(flatten)]
    pub plan: DrawPlan,
    /// [`Frame::digest`].
    pub frame_digest: String,
    /// Units of the frame.
    pub frame_units: usize,
    /// Each stratum of the plan, by name.
    pub strata: Vec<StratumDraw>,
}

/// The draw of one stratum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratumDraw {
    /// Its name.
    pub stratum: String,
    /// Units of it in the frame.
    pub units: usize,
    /// Units to draw.
    pub quota: u64,
    /// The seed of its stream, 64 hexadecimal digits.
    pub seed: String,
    /// The units drawn, by code.
    pub drawn: Vec<DrawnUnit>,
}

/// A unit drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnUnit {
    /// Its code.
    pub code: String,
    /// Its inclusion probability: a fraction such as `2/7` where it is exact, a decimal number of
    /// 12 significant digits for Pareto draws.
    pub probability: String,
    /// Its design weight, 1 over the probability, written the same way.
    pub weight: String,
}

impl DrawnUnit {
    /// The inclusion probability as a number, for estimates; `None` for a text that is none.
    #[must_use]
    pub fn probability_value(&self) -> Option<f64> {
        match self.probability.split_once('/') {
            Some((part, whole)) => Some(part.parse::<f64>().ok()? / whole.parse::<f64>().ok()?),
            None => self.probability.parse().ok(),
        }
    }
}

/// Makes a draw. O(frame), plus the design's own cost.
///
/// # Errors
/// [`SamplingError::Unknown`] for a quota of a stratum that the frame has not,
/// [`SamplingError::QuotaAboveFrame`], [`SamplingError::Value`] for a unit without the place that
/// the design needs or a plan without permanent numbers, and those of the design.
pub fn draw_sample(frame: &Frame, plan: &DrawPlan) -> Result<DrawRecord, SamplingError> {
    let digest = frame.digest();
    let strata: BTreeMap<&str, &[FrameUnit]> = frame
        .strata()
        .into_iter()
        .map(|(stratum, range)| (stratum, &frame.units()[range]))
        .collect();
    let mut drawn = Vec::with_capacity(plan.quotas.len());
    for (stratum, quota) in &plan.quotas {
        let units = *strata.get(&**stratum).ok_or_else(|| SamplingError::Unknown {
            kind: "stratum",
            code: stratum.clone(),
            subject: Subject::from("the quotas"),
        })?;
        let seed = Seed::derive(&plan.published, &digest, stratum);
        drawn.push(StratumDraw {
            stratum: stratum.clone(),
            units: units.len(),
            quota: *quota,
            seed: seed.to_hex(),
            drawn: draw_stratum(units, *quota, plan, seed)
                .map_err(|error| error.named(|subject| name(subject, stratum, units)))?,
        });
    }
    Ok(DrawRecord {
        protocol: PROTOCOL.to_owned(),
        plan: plan.clone(),
        frame_digest: digest,
        frame_units: frame.units().len(),
        strata: drawn,
    })
}

fn name(subject: &Subject, stratum: &str, units: &[FrameUnit]) -> Option<String> {
    match subject {
        Subject::Whole => Some(stratum.to_owned()),
        Subject::Stratum(at) => units.get(*at).map(|unit| unit.code.clone()),
        _ => None,
    }
}

fn draw_stratum(
    units: &[FrameUnit],
    quota: u64,
    plan: &DrawPlan,
    seed: Seed,
) -> Result<Vec<DrawnUnit>, SamplingError> {
    let design = plan.design;
    let targets = if design.by_size() {
        let sizes: Vec<u64> = units.iter().map(|unit| unit.size).collect();
        Targets::of_sizes(&sizes, quota)?
    } else {
        Targets::equal(units.len(), quota)?
    };
    let places = if design.by_place() { places(units)? } else { Vec::new() };
    let words = if design.by_permanent_numbers() {
        let permanent = plan.permanent.as_ref().ok_or_else(|| {
            let expected = "a salt and a start";
            SamplingError::value("the permanent numbers", Subject::Whole, "nothing", expected)
        })?;
        // A salt and start read from a record may be anything.
        let permanent = Permanent::new(&permanent.salt, &permanent.start)?;
        units.iter().map(|unit| permanent.word(&unit.code)).collect()
    } else {
        Vec::new()
    };
    let drawn = draw(design, &targets, &places, &words, &mut Stream::new(seed))?;
    let nearly = matches!(design, Design::Pareto | Design::PermanentPareto);
    let real = if nearly { pareto_probabilities(&targets)? } else { None };
    Ok(drawn
        .into_iter()
        .map(|unit| {
            let (part, whole) = targets.fraction(unit);
            let (probability, weight) = match &real {
                _ if part == whole => ("1".to_owned(), "1".to_owned()),
                Some(real) => (digits(real[unit]), digits(1.0 / real[unit])),
                None if part == 1 => (format!("1/{whole}"), whole.to_string()),
                None => (format!("{part}/{whole}"), format!("{whole}/{part}")),
            };
            DrawnUnit { code: units[unit].code.clone(), probability, weight }
        })
        .collect())
}

fn places(units: &[FrameUnit]) -> Result<Vec<(i32, i32)>, SamplingError> {
    units
        .iter()
        .map(|unit| {
            let subject = Subject::from(&*unit.code);
            let missing = || SamplingError::value("the place", subject, "nothing", "two numbers");
            unit.place.ok_or_else(missing)
        })
        .collect()
}

/// The largest work for which a Pareto draw's true probabilities are computed: units x quota.
const TRUE_PARETO: u64 = 1 << 20;

/// True probabilities of a Pareto draw; `None` where the stratum is so large that its targets
/// stand for them.
fn pareto_probabilities(targets: &Targets) -> Result<Option<Vec<f64>>, SamplingError> {
    let open = targets.open();
    let quota = targets.quota() as usize - targets.certain().len();
    if open.len() as u64 * quota as u64 > TRUE_PARETO.min(MOST_TABLE) {
        return Ok(None);
    }
    let p: Vec<f64> = open.iter().map(|unit| targets.probability(*unit)).collect();
    let mut all: Vec<f64> = (0..targets.len()).map(|unit| targets.probability(unit)).collect();
    for (unit, p) in open.iter().zip(pareto_inclusion(&p, quota)?) {
        all[*unit] = p;
    }
    Ok(Some(all))
}

/// 12 significant digits: beyond them, exponentials may differ between machines.
fn digits(value: f64) -> String {
    let text = format!("{value:.11e}");
    text.parse::<f64>().map_or(text, |value| value.to_string())
}

/// Where a record differs from the draw made again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// The stratum; empty for the whole draw.
    pub stratum: String,
    /// What differs.
    pub what: String,
    /// What the record says.
    pub recorded: String,
    /// What the draw made again gives.
    pub replayed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.stratum.is_empty() {
            write!(f, "stratum {}: ", self.stratum)?;
        }
        write!(f, "{}: recorded {}, replayed {}", self.what, self.recorded, self.replayed)
    }
}

/// Makes the draw of a record again and says what differs; empty when nothing does.
///
/// # Errors
/// [`SamplingError::Replay`] for a record of another protocol, and those of [`draw_sample`]: a
/// plan that cannot be drawn from this frame is no draw of it.
pub fn verify(record: &DrawRecord, frame: &Frame) -> Result<Vec<Difference>, SamplingError> {
    if record.protocol != PROTOCOL {
        return Err(SamplingError::Replay {
            what: "the protocol",
            found: record.protocol.clone(),
            expected: PROTOCOL.to_owned(),
        });
    }
    let again = draw_sample(frame, &record.plan)?;
    let mut found = Vec::new();
    let mut compare = |stratum: &str, what: &str, recorded: &str, replayed: &str| {
        if recorded != replayed {
            found.push(Difference {
                stratum: stratum.to_owned(),
                what: what.to_owned(),
                recorded: recorded.to_owned(),
                replayed: replayed.to_owned(),
            });
        }
    };
    compare("", "the frame's digest", &record.frame_digest, &again.frame_digest);
    let (recorded, replayed) = (record.frame_units.to_string(), again.frame_units.to_string());
    compare("", "units of the frame", &recorded, &replayed);
    let listed: BTreeMap<&str, &StratumDraw> =
        record.strata.iter().map(|stratum| (&*stratum.stratum, stratum)).collect();
    if listed.len() < record.strata.len() {
        let (recorded, replayed) = (record.strata.len().to_string(), listed.len().to_string());
        compare("", "strata", &recorded, &replayed);
    }
    let drawn: BTreeMap<&str, &StratumDraw> =
        again.strata.iter().map(|stratum| (&*stratum.stratum, stratum)).collect();
    let names: BTreeSet<&str> = listed.keys().chain(drawn.keys()).copied().collect();
    for name in names {
        let (Some(old), Some(new)) = (listed.get(name), drawn.get(name)) else {
            let said = |stratum: Option<&&StratumDraw>| stratum.map_or("no draw", |_| "a draw");
            compare(name, "the stratum", said(listed.get(name)), said(drawn.get(name)));
            continue;
        };
        compare(name, "units", &old.units.to_string(), &new.units.to_string());
        compare(name, "the quota", &old.quota.to_string(), &new.quota.to_string());
        compare(name, "the seed", &old.seed, &new.seed);
        let by_code = |stratum: &StratumDraw| -> BTreeMap<String, DrawnUnit> {
            stratum.drawn.iter().map(|unit| (unit.code.clone(), unit.clone())).collect()
        };
        let (old_units, new_units) = (by_code(old), by_code(new));
        if old_units.len() < old.drawn.len() {
            let (recorded, replayed) = (old.drawn.len().to_string(), old_units.len().to_string());
            compare(name, "units drawn", &recorded, &replayed);
        }
        let codes: BTreeSet<&String> = old_units.keys().chain(new_units.keys()).collect();
        for code in codes {
            let what = format!("unit {code}");
            match (old_units.get(code), new_units.get(code)) {
                (Some(old), Some(new)) => {
                    let said =
                        |unit: &DrawnUnit| format!("{} (weight {})", unit.probability, unit.weight);
                    compare(name, &what, &said(old), &said(new));
                }
                (Some(_), None) => compare(name, &what, "drawn", "not drawn"),
                _ => compare(name, &what, "not drawn", "drawn"),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let unit = |at: u64| FrameUnit {
            stratum: if at.is_multiple_of(3) { "retail" } else { "catering" }.into(),
            code: format!("S{at:02}"),
            size: 1 + at % 5,
            place: Some((at as i32 * 7 % 13, at as i32 * 5 % 11)),
        };
        Frame::new((0..40).map(unit).collect()).unwrap()
    }

    fn plan(design: Design) -> DrawPlan {
        DrawPlan::new("2026-03-01 04 11 19", design)
            .quota("retail", 4)
            .quota("catering", 6)
            .permanent(Permanent::new("2026", "0.35").unwrap())
    }

    #[test]
    fn every_design_is_replayed_from_json() {
        for design in Design::ALL {
            let record = draw_sample(&frame(), &plan(design)).unwrap();
            let text = serde_json::to_string(&record).unwrap();
            let read: DrawRecord = serde_json::from_str(&text).unwrap();
            assert_eq!(verify(&read, &frame()), Ok(vec![]), "{design}");
            let counts: Vec<usize> = record.strata.iter().map(|s| s.drawn.len()).collect();
            assert_eq!(counts, [6, 4], "{design}");
            // Weights add up to the number of units where sizes do not matter.
            if !design.by_size() {
                let chances = record.strata[1].drawn.iter().map(DrawnUnit::probability_value);
                let weights: f64 = chances.map(|chance| 1.0 / chance.unwrap()).sum();
                assert!((weights - record.strata[1].units as f64).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn every_change_of_a_record_is_found() {
        let record = draw_sample(&frame(), &plan(Design::Pareto)).unwrap();
        let changes: [fn(&mut DrawRecord); 9] = [
            |r| r.frame_digest = "0".repeat(64),
            |r| r.frame_units += 1,
            |r| r.strata[0].units += 1,
            |r| r.strata[0].quota += 1,
            |r| r.strata[1].seed = String::new(),
            |r| r.strata[1].drawn[0].code.push('x'),
            |r| r.strata[1].drawn[0].probability.push('0'),
            |r| drop(r.strata.pop()),
            |r| {
                let again = r.strata[0].drawn[0].clone();
                r.strata[0].drawn.push(again);
            },
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut changed = record.clone();
            change(&mut changed);
            let found = verify(&changed, &frame()).unwrap();
            assert!(!found.is_empty(), "change {at}");
        }
        let mut other = record.clone();
        other.plan.published.push('!');
        assert!(verify(&other, &frame()).unwrap().len() > 4);
        other.protocol = "mine".into();
        assert!(matches!(verify(&other, &frame()), Err(SamplingError::Replay { .. })));
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let said = |plan: DrawPlan| draw_sample(&frame(), &plan).unwrap_err().to_string();
        let simple = DrawPlan::new("x", Design::SimpleRandom);
        assert!(said(simple.clone().quota("farm", 1)).contains("stratum \"farm\""));
        let many = said(simple.quota("retail", 15));
        assert!(many.contains("15 units of \"retail\": its frame has 14"), "{many}");
        let unnumbered = DrawPlan::new("x", Design::Permanent).quota("retail", 1);
        assert!(said(unnumbered).contains("permanent numbers"));
        let bare = FrameUnit { stratum: "s".into(), code: "BARE".into(), size: 1, place: None };
        let bare = Frame::new(vec![bare]).unwrap();
        let spread = DrawPlan::new("x", Design::LocalPivotal).quota("s", 1);
        assert!(draw_sample(&bare, &spread).unwrap_err().to_string().contains("\"BARE\""));
    }
}
