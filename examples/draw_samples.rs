//! From a frame and a published text to a list that anybody can draw again, with inspectors and
//! laboratories.
//!
//! ```text
//! cargo run --release --example draw_samples -- --seed "lottery of 2026-03-01: 04 11 19" --record draw.json
//! cargo run --release --example draw_samples -- --verify draw.json
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde::{Deserialize, Serialize};
use suyuan::csv::sampling::{
    DRAW_FILE, read_candidates, read_inspectors, read_laboratories, read_pairs, read_quotas,
    write_draw,
};
use suyuan::sampling::assignment::{
    Assignment, Inspector, LabSample, Laboratory, Rules, Visit, assign_inspectors,
    assign_laboratories,
};
use suyuan::sampling::draw::{Design, Permanent, Seed, Stream};
use suyuan::sampling::protocol::{Difference, DrawPlan, DrawRecord, draw_sample, verify};
use suyuan::sampling::{
    CandidateOptions, Excluded, ExclusionRule, Frame, FrameBuilt, SizeMeasure, UnitKind, candidates,
};
use suyuan::time::Minute;
use suyuan_examples::args::{self, Common, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, pages, sampling};

/// What is published when no --seed is given: good for trying, not for a real draw.
const BUNDLED_SEED: &str = "suyuan example";

const EXAMPLES: &str = "\
The frame is --frame, or the operators of --data by region and stage (370202/retail). Its columns
classes, last_inspected and checked_above are what --exclusions look at.
DESIGN is simple_random, systematic, systematic_pps, sampford, pareto, conditional_poisson,
local_pivotal, permanent or permanent_pareto (the last two with --salt and --start).

Examples:
  draw_samples
  draw_samples --seed \"lottery of 2026-03-01: 04 11 19\" --quota 370202/retail=2 --record R.json
  draw_samples --verify R.json
  draw_samples --frame FRAME.csv --quotas QUOTAS.csv --design sampford --csv OUT
  draw_samples --inspectors I.csv --conflicts C.csv
  draw_samples --laboratories L.csv --item 农药残留 --sampler BODY";

/// Draws samples by a written protocol, and verifies the record of a draw.
#[derive(Debug, Parser)]
#[command(name = "draw_samples", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    #[command(flatten)]
    common: Common,
    /// CSV file of the frame: stratum, code, size, x, y
    #[arg(long, value_name = "PATH", conflicts_with = "data")]
    frame: Option<PathBuf>,
    /// Draw stocks on hand instead of operators
    #[arg(long)]
    stocks: bool,
    /// The text that is published and that nobody can choose
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// How units are drawn
    #[arg(long, value_name = "DESIGN", default_value = "systematic_pps")]
    #[arg(value_parser = sampling::design)]
    design: Design,
    /// Units of a stratum to draw [default: one of each]; may be given often
    #[arg(long, value_name = "STRATUM=N", value_parser = sampling::named_number)]
    quota: Vec<(String, u64)>,
    /// CSV file of quotas: stratum, quota
    #[arg(long, value_name = "PATH", conflicts_with = "quota")]
    quotas: Option<PathBuf>,
    /// Salt of permanent random numbers
    #[arg(long, value_name = "TEXT", default_value = "")]
    salt: String,
    /// Where permanent numbers start, from 0 to below 1
    #[arg(long, value_name = "START", default_value = "0")]
    start: String,
    /// JSON file: a list of exclusion rules
    #[arg(long, value_name = "PATH")]
    exclusions: Option<PathBuf>,
    /// CSV file of inspectors: inspector_code, district, most
    #[arg(long, value_name = "PATH")]
    inspectors: Option<PathBuf>,
    /// CSV file of conflicts: inspector_code, operator_code
    #[arg(long, value_name = "PATH", requires = "inspectors")]
    conflicts: Option<PathBuf>,
    /// CSV file of last year's visits: inspector_code, operator_code
    #[arg(long, value_name = "PATH", requires = "inspectors")]
    last_year: Option<PathBuf>,
    /// CSV file of laboratories: lab_code, body, items, weekly_capacity
    #[arg(long, value_name = "PATH", requires_all = ["item", "sampler"])]
    laboratories: Option<PathBuf>,
    /// The item tested for
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// The body that takes the samples
    #[arg(long, value_name = "BODY")]
    sampler: Option<String>,
    /// Write the record of the draw to this file
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,
    /// Make the draw of a record again and say what differs
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["seed", "quota", "quotas", "record"])]
    verify: Option<PathBuf>,
    /// Write drawn.csv into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

/// The record on disk: the draw, and the frame it was made from, so that it can be made again.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    #[serde(flatten)]
    draw: DrawRecord,
    frame: Frame,
    #[serde(default)]
    excluded: Vec<Excluded>,
    /// Exclusion rules that left nobody out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    idle: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inspectors: Option<Assignment>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    laboratories: BTreeMap<String, String>,
    /// What inspectors and laboratories were drawn from, so that it can be done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staffing: Option<Staffing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    testing: Option<Testing>,
}

/// Whom inspectors are drawn from.
#[derive(Debug, Serialize, Deserialize)]
struct Staffing {
    inspectors: Vec<Inspector>,
    rules: Rules,
    /// Whether units are stocks: a stock is visited at its operator.
    stocks: bool,
}

/// What laboratories are drawn from.
#[derive(Debug, Serialize, Deserialize)]
struct Testing {
    laboratories: Vec<Laboratory>,
    item: String,
    sampler: String,
}

fn main() -> ExitCode {
    failure::finish("draw_samples", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let inputs = [
        &flags.frame,
        &flags.quotas,
        &flags.exclusions,
        &flags.inspectors,
        &flags.conflicts,
        &flags.last_year,
        &flags.laboratories,
        &flags.verify,
    ];
    let files = inputs.into_iter().fold(flags.common.files(&flags.paged), Files::read);
    files.written(&flags.record).written_into(&flags.csv, &[DRAW_FILE]).check()?;
    if let Some(path) = &flags.verify {
        return check(flags, &sampling::read_json(path)?);
    }
    let quiet = flags.common.json_on_stdout();
    let FrameBuilt { frame, excluded, idle, .. } = flags.frame(quiet)?;
    let record = draw_sample(&frame, &flags.plan(&frame)?).map_err(suyuan::Error::from)?;
    let (staffing, testing) = (flags.staffing()?, flags.testing()?);
    let inspectors = staffing.as_ref().map(|from| from.assign(&record)).transpose()?;
    let laboratories = testing.as_ref().map(|from| from.assign(&record)).transpose()?;
    let laboratories = laboratories.unwrap_or_default();
    let draw = record;
    let document =
        Document { draw, frame, excluded, idle, inspectors, laboratories, staffing, testing };
    if let Some(path) = &flags.record {
        json::write(path, &document)?;
    }
    let (csv, path) = (flags.csv.as_deref(), flags.common.json.as_deref());
    json::write_results(csv, path, || &document, |all, dir| write_draw(&all.draw, dir))?;
    flags.paged.write(|lang| pages::draw(&document.draw, lang))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.common.data.is_none() && flags.frame.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    if flags.seed.is_none() {
        report.line(0, "No --seed given: this draw is an example, anybody can foresee it.")?;
    }
    show(&mut report, &document)?;
    let written = [&flags.record, &flags.common.json, &flags.csv, &flags.paged.html];
    report.written(written.into_iter().flatten())?;
    Ok(report.finish()?)
}

/// Verifies a record, the draw and who was assigned, against its own frame, inspectors and
/// laboratories, or against those that are given.
fn check(flags: &Flags, document: &Document) -> Result<(), Failure> {
    let frame = if flags.frame.is_some() || flags.common.data.is_some() {
        flags.frame(flags.common.json_on_stdout())?.frame
    } else {
        document.frame.clone()
    };
    let mut differences = verify(&document.draw, &frame).map_err(suyuan::Error::from)?;
    differences.extend(reassigned(flags, document)?);
    if let Some(path) = &flags.common.json {
        json::write(path, &differences)?;
    }
    if !flags.common.json_on_stdout() {
        let mut report = Report::stdout();
        let units: usize = document.draw.strata.iter().map(|stratum| stratum.drawn.len()).sum();
        if differences.is_empty() {
            let strata = document.draw.strata.len();
            let said = format!("The draw of {units} units in {strata} strata is the protocol's.");
            report.line(0, &said)?;
            let (teams, tests) = (
                document.inspectors.as_ref().map_or(0, |found| found.teams.len()),
                document.laboratories.len(),
            );
            if teams > 0 {
                report.line(0, &format!("So are the inspectors of {teams} visits."))?;
            }
            if tests > 0 {
                report.line(0, &format!("So are the laboratories of {tests} units."))?;
            }
        } else {
            report.heading("DIFFERENCES")?;
            for difference in differences.iter().take(SHOWN) {
                report.line(2, &difference.to_string())?;
            }
            report.more(differences.len(), "differences", "--json")?;
        }
        report.finish()?;
    }
    match differences.first() {
        None => Ok(()),
        Some(first) => {
            let count = differences.len();
            Err(Failure::job(format!("failed to verify the draw: {count} differences; {first}")))
        }
    }
}

impl Flags {
    fn frame(&self, quiet: bool) -> Result<FrameBuilt, Failure> {
        let found = match &self.frame {
            Some(path) => read_candidates(path)?,
            None => {
                let import = load::load(self.common.data.as_deref(), None, quiet)?;
                let mut options = CandidateOptions::default();
                options.as_of = self.common.limit();
                options.size = SizeMeasure::Stocks;
                if self.stocks {
                    options.kind = UnitKind::Stocks;
                }
                candidates(&import.chain, &options)
            }
        };
        let rules: Vec<ExclusionRule> =
            self.exclusions.as_deref().map(sampling::read_json).transpose()?.unwrap_or_default();
        let day = self.common.as_of.and_then(Minute::date);
        if day.is_none() && !rules.is_empty() {
            let text = "--exclusions are judged on a day: give it with --as-of".to_owned();
            return Err(Failure::Usage(text));
        }
        let built = Frame::build(&found, &rules, day.unwrap_or_default());
        Ok(built.map_err(suyuan::Error::from)?)
    }

    fn plan(&self, frame: &Frame) -> Result<DrawPlan, Failure> {
        let published = self.seed.as_deref().unwrap_or(BUNDLED_SEED);
        let mut plan = DrawPlan::new(published, self.design);
        if self.design.by_permanent_numbers() {
            let permanent = Permanent::new(&self.salt, &self.start);
            plan.permanent = Some(permanent.map_err(suyuan::Error::from)?);
        }
        plan.quotas = match &self.quotas {
            Some(path) => read_quotas(path)?,
            None if self.quota.is_empty() => {
                // One of each stratum that has a unit with a size.
                let some = |units: &[suyuan::sampling::FrameUnit]| units.iter().any(|u| u.size > 0);
                let strata = frame.strata().into_iter();
                strata
                    .filter(|(_, range)| some(&frame.units()[range.clone()]))
                    .map(|(stratum, _)| (stratum.to_owned(), 1))
                    .collect()
            }
            None => {
                let mut quotas = BTreeMap::new();
                for (stratum, units) in &self.quota {
                    if quotas.insert(stratum.clone(), *units).is_some() {
                        let text =
                            format!("expected one --quota of a stratum, not two of {stratum:?}");
                        return Err(Failure::Usage(text));
                    }
                }
                quotas
            }
        };
        Ok(plan)
    }

    /// Whom inspectors are drawn from, when they are asked for.
    fn staffing(&self) -> Result<Option<Staffing>, Failure> {
        let Some(path) = &self.inspectors else { return Ok(None) };
        let mut rules = Rules { may_repeat: true, ..Rules::default() };
        if let Some(path) = &self.conflicts {
            rules.conflicts = read_pairs(path)?;
        }
        if let Some(path) = &self.last_year {
            rules.last_year = read_pairs(path)?;
        }
        let inspectors = read_inspectors(path)?;
        Ok(Some(Staffing { inspectors, rules, stocks: self.stocks }))
    }

    /// What laboratories are drawn from, when they are asked for.
    fn testing(&self) -> Result<Option<Testing>, Failure> {
        let (Some(path), Some(item), Some(sampler)) =
            (&self.laboratories, &self.item, &self.sampler)
        else {
            return Ok(None);
        };
        let (item, sampler) = (item.clone(), sampler.clone());
        Ok(Some(Testing { laboratories: read_laboratories(path)?, item, sampler }))
    }
}

impl Staffing {
    /// Pairs of inspectors for the operators drawn, by the district before the slash.
    fn assign(&self, record: &DrawRecord) -> Result<Assignment, Failure> {
        let visits: BTreeSet<(String, String)> = record
            .strata
            .iter()
            .flat_map(|stratum| {
                let district = stratum.stratum.split('/').next().unwrap_or_default();
                // A stock is visited at its operator.
                let holder = |code: &str| match code.rsplit_once('@') {
                    Some((_, operator)) if self.stocks => operator.to_owned(),
                    _ => code.to_owned(),
                };
                stratum.drawn.iter().map(move |unit| (holder(&unit.code), district.to_owned()))
            })
            .collect();
        let visits: Vec<Visit> =
            visits.iter().map(|(operator, district)| Visit::new(operator, district)).collect();
        let mut stream = stream(record, "inspectors");
        let found = assign_inspectors(&visits, &self.inspectors, &self.rules, &mut stream);
        Ok(found.map_err(suyuan::Error::from)?)
    }
}

impl Testing {
    /// A laboratory for every unit drawn.
    fn assign(&self, record: &DrawRecord) -> Result<BTreeMap<String, String>, Failure> {
        let units = record.strata.iter().flat_map(|stratum| &stratum.drawn);
        let samples: Vec<LabSample> = units
            .map(|unit| LabSample {
                code: unit.code.clone(),
                item: self.item.clone(),
                sampler: self.sampler.clone(),
                week: 0,
            })
            .collect();
        let mut stream = stream(record, "laboratories");
        let found = assign_laboratories(&samples, &self.laboratories, &mut stream);
        let found = found.map_err(suyuan::Error::from)?;
        let code = |lab: usize| self.laboratories[lab].code.clone();
        Ok(samples.into_iter().zip(found).map(|(sample, lab)| (sample.code, code(lab))).collect())
    }
}

fn stream(record: &DrawRecord, of: &str) -> Stream {
    Stream::new(Seed::derive(&record.plan.published, &record.frame_digest, of))
}

/// Who is assigned differently when it is done again; everything when the record does not say whom
/// it chose from.
fn reassigned(flags: &Flags, document: &Document) -> Result<Vec<Difference>, Failure> {
    let teams = |found: &Assignment| -> BTreeMap<String, String> {
        found.teams.iter().map(|team| (team.operator.clone(), team.inspectors.join(" "))).collect()
    };
    let recorded = document.inspectors.as_ref().map(teams).unwrap_or_default();
    let given = flags.staffing()?;
    let replayed = match given.as_ref().or(document.staffing.as_ref()) {
        Some(from) => teams(&from.assign(&document.draw)?),
        None => BTreeMap::new(),
    };
    let mut differences = compare("inspectors of", &recorded, &replayed);
    let given = flags.testing()?;
    let replayed = match given.as_ref().or(document.testing.as_ref()) {
        Some(from) => from.assign(&document.draw)?,
        None => BTreeMap::new(),
    };
    differences.extend(compare("the laboratory of", &document.laboratories, &replayed));
    Ok(differences)
}

fn compare(
    what: &str,
    recorded: &BTreeMap<String, String>,
    replayed: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let codes: BTreeSet<&String> = recorded.keys().chain(replayed.keys()).collect();
    let said = |of: Option<&String>| of.cloned().unwrap_or_else(|| "nobody".to_owned());
    codes
        .into_iter()
        .filter(|code| recorded.get(*code) != replayed.get(*code))
        .map(|code| Difference {
            stratum: String::new(),
            what: format!("{what} {code}"),
            recorded: said(recorded.get(code)),
            replayed: said(replayed.get(code)),
        })
        .collect()
}

fn show<W: std::io::Write>(report: &mut Report<W>, all: &Document) -> Result<(), Failure> {
    let record = &all.draw;
    let units: usize = record.strata.iter().map(|stratum| stratum.drawn.len()).sum();
    report.heading(&format!(
        "DRAW, {units} of {} units, {}",
        record.frame_units, record.plan.design
    ))?;
    report.item("published", &record.plan.published)?;
    report.item("frame", &record.frame_digest)?;
    let teams: BTreeMap<&str, String> = all
        .inspectors
        .iter()
        .flat_map(|assignment| &assignment.teams)
        .map(|team| (&*team.operator, team.inspectors.join(" ")))
        .collect();
    let mut table = Table::new(&[
        ("stratum", Kind::Code),
        ("unit", Kind::Code),
        ("probability", Kind::Number),
        ("weight", Kind::Number),
        ("inspectors", Kind::Name),
        ("laboratory", Kind::Code),
    ]);
    let drawn = record
        .strata
        .iter()
        .flat_map(|stratum| stratum.drawn.iter().map(move |unit| (&stratum.stratum, unit)));
    for (stratum, unit) in drawn.take(SHOWN) {
        let operator = unit.code.rsplit_once('@').map_or(&*unit.code, |(_, operator)| operator);
        let team = teams.get(&*unit.code).or_else(|| teams.get(operator));
        table.row([
            stratum.clone(),
            unit.code.clone(),
            unit.probability.clone(),
            unit.weight.clone(),
            team.cloned().unwrap_or_default(),
            all.laboratories.get(&unit.code).cloned().unwrap_or_default(),
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(units, "units", "--csv or --json")?;
    if !all.excluded.is_empty() {
        report.heading("LEFT OUT")?;
        for excluded in all.excluded.iter().take(SHOWN) {
            report
                .line(2, &format!("{}: {} ({})", excluded.code, excluded.rule, excluded.basis))?;
        }
        report.more(all.excluded.len(), "units", "--json")?;
    }
    if !all.idle.is_empty() {
        let rules = sampling::some(&all.idle);
        report.line(0, &format!("Exclusion rules that left nobody out: {rules}"))?;
    }
    Ok(())
}
