//! What the program `evaluate` computes and prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use suyuan::model::SampleKind;
use suyuan::stats::compliance::{Dimension, Fact, Row, disposal_rate, report};
use suyuan::stats::proportion::{Interval, Method};
use suyuan::stats::purpose::population_rate;
use suyuan::stats::small_area::hierarchy::{Area, Hierarchy, posterior};

use crate::failure::Failure;
use crate::flat::{self, number, percent};
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// The most regions whose ranks are computed: the work grows with the cube of their number.
const RANKED: usize = 150;

/// The whole evaluation.
#[derive(Debug)]
pub struct Evaluation {
    rows: Vec<Row>,
    population: Vec<Population>,
    areas: Vec<Areas>,
    disposal: Option<Interval>,
    samples: usize,
    confidence: f64,
}

/// A rate of the population, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Population {
    /// What the samples were taken for.
    pub purpose: String,
    /// The failing rate with its exact interval.
    pub rate: Option<Interval>,
    /// Why there is none, and what to use.
    pub refused: Option<String>,
}

/// The regions of one purpose.
#[derive(Clone, Debug, Serialize)]
pub struct Areas {
    /// What the samples were taken for.
    pub purpose: &'static str,
    /// Whether these are rates of the population.
    pub population: bool,
    /// The model.
    pub model: Option<Hierarchy>,
    /// Why there is none.
    pub refused: Option<String>,
    /// The regions, in order of code.
    pub regions: Vec<Region>,
}

/// One region.
#[derive(Clone, Debug, Serialize)]
pub struct Region {
    /// Its code.
    pub region: String,
    /// Its shrunk rate, and its own with exact limits.
    pub area: Area,
    /// Position by expected rank, 1 for the highest failing rate.
    pub position: Option<usize>,
    /// The expected rank.
    pub expected_rank: Option<f64>,
    /// The probability that it is the worst.
    pub worst: Option<f64>,
}

/// The result as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Samples looked at.
    pub samples: usize,
    /// The stated coverage.
    pub confidence: f64,
    /// Rates by purpose and dimension.
    pub rows: Vec<Row>,
    /// Rates of the population by purpose.
    pub population: Vec<Population>,
    /// Small areas by purpose.
    pub areas: Vec<Areas>,
    /// Failing samples that were acted on.
    pub disposal: Option<Interval>,
}

impl Document {
    /// The document of an evaluation.
    #[must_use]
    pub fn new(found: &Evaluation) -> Self {
        Self {
            samples: found.samples,
            confidence: found.confidence,
            rows: found.rows.clone(),
            population: found.population.clone(),
            areas: found.areas.clone(),
            disposal: found.disposal,
        }
    }
}

impl Evaluation {
    /// Evaluates samples.
    ///
    /// # Errors
    /// [`Failure`] when there are none or a statistic cannot be computed.
    pub fn new(
        facts: &[Fact],
        dimensions: &[Dimension],
        confidence: f64,
        disposals: Option<(u64, u64)>,
    ) -> Result<Self, Failure> {
        if facts.is_empty() {
            return Err(Failure::job("failed to evaluate: there are no samples".to_owned()));
        }
        let rows = report(facts, dimensions, confidence, Method::Wilson)?;
        let purposes: BTreeSet<SampleKind> = facts.iter().filter_map(|fact| fact.purpose).collect();
        let population = purposes.iter().map(|&purpose| {
            let tested = |fact: &&Fact| fact.purpose == Some(purpose) && fact.failed.is_some();
            let n = facts.iter().filter(tested).count() as u64;
            let x = facts.iter().filter(tested).filter(|fact| fact.failed == Some(true)).count();
            let rate = population_rate(purpose, x as u64, n, confidence, Method::ClopperPearson);
            let (rate, refused) = match rate {
                Ok(rate) => (Some(rate), None),
                Err(error) => (None, Some(error.to_string())),
            };
            Population { purpose: purpose.to_string(), rate, refused }
        });
        let population = population.collect();
        let areas = purposes
            .iter()
            .map(|&purpose| areas(facts, purpose, confidence))
            .collect::<Result<_, _>>()?;
        let disposal = match disposals {
            Some((done, due)) if due > 0 => Some(disposal_rate(done, due, confidence)?),
            _ => None,
        };
        Ok(Self { rows, population, areas, disposal, samples: facts.len(), confidence })
    }
}

fn areas(facts: &[Fact], purpose: SampleKind, confidence: f64) -> Result<Areas, Failure> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.purpose == Some(purpose)) {
        if let Some(failed) = fact.failed
            && !fact.region.is_empty()
        {
            let count = counts.entry(&fact.region).or_default();
            count.0 += u64::from(failed);
            count.1 += 1;
        }
    }
    let population = suyuan::stats::purpose::estimates_population(purpose).is_ok();
    let mut found = Areas {
        purpose: purpose.as_str(),
        population,
        model: None,
        refused: None,
        regions: Vec::new(),
    };
    let pairs: Vec<(u64, u64)> = counts.values().copied().collect();
    let model = match posterior(&pairs) {
        Ok(model) => model,
        Err(error) => {
            found.refused = Some(error.to_string());
            return Ok(found);
        }
    };
    let shrunk = model.areas(confidence)?;
    // A region alone has no rank.
    let ranked = if (2..=RANKED).contains(&shrunk.len()) { Some(model.ranks()?) } else { None };
    found.model = Some(model);
    found.regions = counts
        .keys()
        .zip(shrunk)
        .enumerate()
        .map(|(at, (region, area))| {
            let rank = ranked.as_ref().and_then(|all| all.get(at));
            Region {
                region: (*region).to_owned(),
                area,
                position: rank.map(|rank| rank.position),
                expected_rank: rank.map(|rank| rank.expected),
                worst: rank.and_then(|rank| rank.probabilities.first().copied()),
            }
        })
        .collect();
    Ok(found)
}

fn limits(interval: Option<&Interval>) -> [String; 3] {
    interval.map_or_else(Default::default, |i| [i.estimate, i.lower, i.upper].map(percent))
}

/// Prints the evaluation.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, document: &Document) -> io::Result<()> {
    report.heading("COMPLIANCE")?;
    report.item("samples", &document.samples.to_string())?;
    report.item("intervals", &format!("Wilson, {} %", 100.0 * document.confidence))?;
    for dimension in Dimension::ALL {
        let rows: Vec<&Row> =
            document.rows.iter().filter(|row| row.dimension == dimension.name()).collect();
        let said = rows.iter().any(|row| !row.value.is_empty());
        if *dimension != Dimension::All && !said {
            continue;
        }
        let title = format!("PROBLEM-FINDING RATE, {}", dimension.name().to_uppercase());
        report.heading(&title)?;
        let mut table = Table::new(&[
            ("purpose", Kind::Word),
            ("value", Kind::Name),
            ("tested", Kind::Number),
            ("failing", Kind::Number),
            ("pending", Kind::Number),
            ("failing %", Kind::Number),
            ("from", Kind::Number),
            ("to", Kind::Number),
            ("pass %", Kind::Number),
        ]);
        for row in rows.iter().take(SHOWN) {
            let [rate, lower, upper] = limits(row.problem_finding.as_ref());
            let [pass, ..] = limits(row.pass.as_ref());
            table.row([
                row.purpose.to_owned(),
                show::field(&row.value),
                row.tested.to_string(),
                row.failing.to_string(),
                row.pending.to_string(),
                rate,
                lower,
                upper,
                pass,
            ]);
        }
        report.table(&table)?;
        report.more(rows.len(), "rows", "--csv DIR or --json PATH")?;
    }
    report.heading("RATE OF THE POPULATION")?;
    for one in &document.population {
        match (&one.rate, &one.refused) {
            (Some(rate), _) => {
                let [p, lower, upper] = limits(Some(rate));
                let text = format!("{p} % failing, {lower} to {upper} (exact)");
                report.item(&one.purpose, &text)?;
            }
            (None, Some(why)) => report.item(&one.purpose, why)?,
            (None, None) => {}
        }
    }
    for areas in &document.areas {
        write_areas(report, areas)?;
    }
    if let Some(disposal) = &document.disposal {
        report.heading("DISPOSAL")?;
        let [p, lower, upper] = limits(Some(disposal));
        report.item("acted on", &format!("{p} % of failing samples, {lower} to {upper}"))?;
    }
    Ok(())
}

fn write_areas(report: &mut Report<impl Write>, areas: &Areas) -> io::Result<()> {
    report.heading(&format!("REGIONS, {} SAMPLES", areas.purpose.to_uppercase()))?;
    if areas.model.is_none() {
        return report.line(2, areas.refused.as_deref().unwrap_or_default());
    }
    if !areas.population {
        report.line(2, "These describe the samples, not the regions' populations.")?;
    }
    report.line(2, "Own limits are exact. Shrunk ones also carry how alike regions may be.")?;
    let mut table = Table::new(&[
        ("region", Kind::Name),
        ("tested", Kind::Number),
        ("failing", Kind::Number),
        ("own %", Kind::Number),
        ("own from", Kind::Number),
        ("own to", Kind::Number),
        ("shrunk %", Kind::Number),
        ("from", Kind::Number),
        ("to", Kind::Number),
        ("position", Kind::Number),
        ("P(worst)", Kind::Number),
    ]);
    let mut order: Vec<&Region> = areas.regions.iter().collect();
    order.sort_by_key(|region| region.position.unwrap_or(0));
    for region in order.iter().take(SHOWN) {
        table.row([
            show::field(&region.region),
            region.area.n.to_string(),
            region.area.x.to_string(),
            percent(region.area.direct),
            percent(region.area.direct_lower),
            percent(region.area.direct_upper),
            percent(region.area.estimate),
            percent(region.area.lower),
            percent(region.area.upper),
            region.position.map_or_else(String::new, |position| position.to_string()),
            region.worst.map_or_else(String::new, |worst| format!("{worst:.3}")),
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(areas.regions.len(), "regions", "--csv DIR or --json PATH")
}

/// What [`write_csv`] writes.
pub const FILES: [&str; 2] = ["rates.csv", "areas.csv"];

/// Writes [`FILES`].
///
/// # Errors
/// [`Failure`] when they cannot be written.
pub fn write_csv(document: &Document, dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir)
        .map_err(|error| Failure::doing(format!("failed to make {}", dir.display()), error))?;
    let rates = document.rows.iter().map(|row| {
        let found = row.problem_finding.as_ref();
        vec![
            row.purpose.to_owned(),
            row.dimension.to_owned(),
            row.value.clone(),
            row.tested.to_string(),
            row.failing.to_string(),
            row.pending.to_string(),
            found.map_or("", |found| found.method).to_owned(),
            number(found.map(|found| found.estimate)),
            number(found.map(|found| found.lower)),
            number(found.map(|found| found.upper)),
            row.population.to_string(),
        ]
    });
    let header = [
        "purpose",
        "dimension",
        "value",
        "tested",
        "failing",
        "pending",
        "method",
        "rate",
        "lower",
        "upper",
        "population",
    ];
    flat::write_csv(&dir.join("rates.csv"), &header, rates)?;
    let areas = document.areas.iter().flat_map(|areas| {
        areas.regions.iter().map(|region| {
            vec![
                areas.purpose.to_owned(),
                region.region.clone(),
                region.area.n.to_string(),
                region.area.x.to_string(),
                region.area.method.to_owned(),
                number(Some(region.area.direct)),
                number(Some(region.area.direct_lower)),
                number(Some(region.area.direct_upper)),
                number(Some(region.area.estimate)),
                number(Some(region.area.lower)),
                number(Some(region.area.upper)),
                number(region.expected_rank),
                number(region.worst),
            ]
        })
    });
    let header = [
        "purpose",
        "region",
        "tested",
        "failing",
        "method",
        "direct",
        "direct_lower",
        "direct_upper",
        "estimate",
        "lower",
        "upper",
        "expected_rank",
        "worst",
    ];
    flat::write_csv(&dir.join("areas.csv"), &header, areas)
}
