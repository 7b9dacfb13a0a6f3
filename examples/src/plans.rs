//! What the program `acceptance` computes and prints.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use suyuan::stats::acceptance::attributes::{OutgoingLimit, Single};
use suyuan::stats::acceptance::iso2859::{self, Level, Severity, TablePlan};
use suyuan::stats::acceptance::microbial::Lot;
use suyuan::stats::acceptance::stages::{Plan, Stage};
use suyuan::stats::acceptance::three_class::ThreeClass;
use suyuan::stats::acceptance::variables::{Sigma, Variables};
use suyuan::stats::acceptance::{Law, find};

use crate::failure::Failure;
use crate::flat::{self, number};
use crate::report::Report;
use crate::table::{Kind, Table};

/// Shares evaluated when none are given.
const SHARES: &[f64] =
    &[0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.15, 0.2, 0.3];

/// Whether sigma is known, by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SigmaName {
    /// Known.
    Known,
    /// Estimated from the sample.
    Unknown,
}

impl From<SigmaName> for Sigma {
    fn from(name: SigmaName) -> Self {
        match name {
            SigmaName::Known => Self::Known,
            SigmaName::Unknown => Self::Unknown,
        }
    }
}

/// Reads an inspection level.
///
/// # Errors
/// A sentence with the levels there are.
pub fn level(text: &str) -> Result<Level, String> {
    match text.to_ascii_lowercase().replace('-', "").as_str() {
        "s1" => Ok(Level::S1),
        "s2" => Ok(Level::S2),
        "s3" => Ok(Level::S3),
        "s4" => Ok(Level::S4),
        "i" | "1" => Ok(Level::I),
        "ii" | "2" => Ok(Level::II),
        "iii" | "3" => Ok(Level::III),
        _ => Err("expected s1, s2, s3, s4, i, ii or iii".to_owned()),
    }
}

/// Reads `SHARE,P`.
///
/// # Errors
/// A sentence when it has not that form.
pub fn point(text: &str) -> Result<(f64, f64), String> {
    let both = text.split_once(',').and_then(|(share, accept)| {
        Some((share.trim().parse().ok()?, accept.trim().parse().ok()?))
    });
    both.ok_or_else(|| format!("expected SHARE,P such as 0.01,0.95, found {text:?}"))
}

/// Reads `N/ACCEPT/REJECT,...`.
///
/// # Errors
/// A sentence when it has not that form.
pub fn stages(text: &str) -> Result<Vec<Stage>, String> {
    let stage = |part: &str| {
        let [n, accept, reject] = part.split('/').collect::<Vec<_>>()[..] else { return None };
        let accept = if accept == "-" { None } else { Some(accept.parse().ok()?) };
        Some(Stage { n: n.parse().ok()?, accept, reject: reject.parse().ok()? })
    };
    text.split(',')
        .map(|part| {
            stage(part.trim()).ok_or_else(|| format!("expected N/ACCEPT/REJECT, found {part:?}"))
        })
        .collect()
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A single plan.
    Single {
        /// Units tested.
        n: u64,
        /// The most bad ones accepted.
        c: u64,
    },
    /// A double or multiple plan.
    Stages(Vec<Stage>),
    /// The single plan through two points.
    Points {
        /// A good share and the least acceptance.
        producer: (f64, f64),
        /// A bad share and the greatest acceptance.
        consumer: (f64, f64),
    },
    /// The variables plan through two points.
    Variables {
        /// Whether sigma is known.
        sigma: Sigma,
        /// A good share and the least acceptance.
        producer: (f64, f64),
        /// A bad share and the greatest acceptance.
        consumer: (f64, f64),
    },
    /// A plan from ISO 2859-1.
    Table {
        /// Units in a lot.
        lot: u64,
        /// Inspection level.
        level: Level,
        /// Acceptance quality limit.
        limit: String,
        /// Tightened inspection.
        tightened: bool,
    },
    /// A three-class plan on log-normal counts.
    ThreeClass {
        /// Units tested.
        n: u64,
        /// The most marginal ones accepted.
        c: u64,
        /// m.
        m: f64,
        /// M.
        large_m: f64,
        /// Standard deviation within a lot.
        sd: f64,
        /// Means to evaluate at.
        means: Vec<f64>,
    },
}

/// A question with its law and lot.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub wanted: Wanted,
    /// How bad units are counted.
    pub law: Law,
    /// Units in a lot.
    pub lot: Option<u64>,
    /// Shares to evaluate at.
    pub shares: Vec<f64>,
}

/// One point of the answer. Keys that do not apply are null.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Point {
    /// Share of bad units, or mean of log10 CFU per gram.
    pub at: f64,
    /// Probability of acceptance.
    pub accept: f64,
    /// Average outgoing quality.
    pub outgoing: Option<f64>,
    /// Average total inspection.
    pub total_inspection: Option<f64>,
    /// Average number tested.
    pub tested: Option<f64>,
    /// Share of marginal units.
    pub marginal: Option<f64>,
    /// Share of unacceptable units.
    pub unacceptable: Option<f64>,
}

/// The answer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Document {
    /// The method.
    pub method: &'static str,
    /// The plan in words.
    pub plan: String,
    /// A single plan.
    pub single: Option<Single>,
    /// A variables plan.
    pub variables: Option<Variables>,
    /// A plan from the tables.
    pub table: Option<TablePlan>,
    /// Units in a lot.
    pub lot: Option<u64>,
    /// The operating characteristic.
    pub oc: Vec<Point>,
    /// The worst average outgoing quality.
    pub outgoing_limit: Option<OutgoingLimit>,
}

impl Question {
    /// Answers it.
    ///
    /// # Errors
    /// [`Failure`] when no plan does what is wanted or a value is out of range.
    pub fn answer(&self) -> Result<Document, Failure> {
        match &self.wanted {
            Wanted::Single { n, c } => self.single("single_plan", Single { n: *n, c: *c }),
            Wanted::Points { producer, consumer } => self.single(
                "smallest_plan_through_two_points",
                find::single(self.law, *producer, *consumer)?,
            ),
            Wanted::Table { lot, level, limit, tightened } => {
                let severity = if *tightened { Severity::Tightened } else { Severity::Normal };
                let found = iso2859::plan(*lot, *level, limit, severity)?;
                let with_lot = Self { lot: self.lot.or(Some(*lot)), ..self.clone() };
                let mut document = with_lot.single("iso_2859_1", found.plan)?;
                document.table = Some(found);
                Ok(document)
            }
            Wanted::Variables { sigma, producer, consumer } => {
                let plan = find::variables(*sigma, *producer, *consumer)?;
                let mut document = Document {
                    method: "variables_plan_through_two_points",
                    plan: format!("n = {}, k = {:.6}, sigma {:?}", plan.n, plan.k, plan.sigma),
                    variables: Some(plan),
                    lot: self.lot,
                    ..Document::default()
                };
                for &at in self.shares() {
                    document.oc.push(Point { at, accept: plan.accept(at)?, ..Point::default() });
                }
                Ok(document)
            }
            Wanted::Stages(stages) => self.stages(stages),
            Wanted::ThreeClass { n, c, m, large_m, sd, means } => {
                let plan = ThreeClass { n: *n, c: *c };
                let mut document = Document {
                    method: "three_class_lognormal",
                    plan: format!("n = {n}, c = {c}, m = {m}, M = {large_m}, sd = {sd}"),
                    ..Document::default()
                };
                let usual: Vec<f64> = (0..=8).map(|step| m - 3.0 + 0.5 * f64::from(step)).collect();
                for &at in if means.is_empty() { &usual } else { means } {
                    let (marginal, bad) = Lot::new(at, *sd)?.classes(*m, *large_m)?;
                    document.oc.push(Point {
                        at,
                        accept: plan.accept(marginal, bad)?,
                        marginal: Some(marginal),
                        unacceptable: Some(bad),
                        ..Point::default()
                    });
                }
                Ok(document)
            }
        }
    }

    fn shares(&self) -> &[f64] {
        if self.shares.is_empty() { SHARES } else { &self.shares }
    }

    fn single(&self, method: &'static str, plan: Single) -> Result<Document, Failure> {
        let mut document = Document {
            method,
            plan: format!("n = {}, c = {}", plan.n, plan.c),
            single: Some(plan),
            lot: self.lot,
            ..Document::default()
        };
        for &at in self.shares() {
            let mut point = Point { at, accept: plan.accept(self.law, at)?, ..Point::default() };
            if let Some(lot) = self.lot {
                point.outgoing = Some(plan.outgoing(self.law, lot, at)?);
                point.total_inspection = Some(plan.total_inspection(self.law, lot, at)?);
            }
            document.oc.push(point);
        }
        if let Some(lot) = self.lot {
            document.outgoing_limit = Some(plan.outgoing_limit(self.law, lot)?);
        }
        Ok(document)
    }

    fn stages(&self, stages: &[Stage]) -> Result<Document, Failure> {
        let plan = Plan::new(stages.to_vec())?;
        let words: Vec<String> = stages
            .iter()
            .map(|stage| {
                let accept =
                    stage.accept.map_or_else(|| "-".to_owned(), |accept| accept.to_string());
                format!("{}/{accept}/{}", stage.n, stage.reject)
            })
            .collect();
        let mut document = Document {
            method: "multiple_stages",
            plan: words.join(", "),
            lot: self.lot,
            ..Document::default()
        };
        for &at in self.shares() {
            let found = plan.evaluate(self.law, at)?;
            let total_inspection =
                self.lot.map(|lot| plan.total_inspection(self.law, lot, at)).transpose()?;
            let accept = found.accept;
            document.oc.push(Point {
                at,
                accept,
                tested: Some(found.tested),
                total_inspection,
                ..Point::default()
            });
        }
        Ok(document)
    }
}

/// Prints the answer.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, document: &Document) -> io::Result<()> {
    report.heading("ACCEPTANCE PLAN")?;
    report.item("plan", &document.plan)?;
    report.item("method", document.method)?;
    if let Some(table) = &document.table {
        let whole = if table.whole_lot { "; tests the whole lot" } else { "" };
        let text = format!("letter {}, plan of letter {}{whole}", table.letter, table.used);
        report.item("table", &text)?;
    }
    if let Some(lot) = document.lot {
        report.item("lot", &format!("{lot} units"))?;
    }
    if let Some(limit) = &document.outgoing_limit {
        report.item("AOQL", &format!("{:.6} at {:.6}", limit.outgoing, limit.p))?;
    }
    report.heading("OPERATING CHARACTERISTIC")?;
    let mut table = Table::new(&[
        ("at", Kind::Number),
        ("P(accept)", Kind::Number),
        ("AOQ", Kind::Number),
        ("ATI", Kind::Number),
        ("tested", Kind::Number),
        ("marginal", Kind::Number),
        ("unacceptable", Kind::Number),
    ]);
    let text = |value: Option<f64>, digits: usize| {
        value.map_or_else(String::new, |value| format!("{value:.digits$}"))
    };
    for point in &document.oc {
        table.row([
            point.at.to_string(),
            text(Some(point.accept), 6),
            text(point.outgoing, 6),
            text(point.total_inspection, 1),
            text(point.tested, 1),
            text(point.marginal, 6),
            text(point.unacceptable, 6),
        ]);
    }
    report.table(&table.without_empty())
}

/// Writes the operating characteristic as CSV.
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub fn write_csv(document: &Document, path: &Path) -> Result<(), Failure> {
    let rows = document.oc.iter().map(|point| {
        vec![
            number(Some(point.at)),
            number(Some(point.accept)),
            number(point.outgoing),
            number(point.total_inspection),
            number(point.tested),
            number(point.marginal),
            number(point.unacceptable),
        ]
    });
    let header =
        ["at", "accept", "outgoing", "total_inspection", "tested", "marginal", "unacceptable"];
    flat::write_csv(path, &header, rows)
}
