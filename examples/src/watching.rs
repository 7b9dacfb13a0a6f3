//! What the program `watch` computes and prints.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use serde::Serialize;
use suyuan::stats::warning::Signal;
use suyuan::stats::warning::cusum::{Cusum, Transform};
use suyuan::stats::warning::discovery::{Dependence, adjust};
use suyuan::stats::warning::ears::{Ears, Variant};
use suyuan::stats::warning::farrington::Farrington;
use suyuan::stats::warning::past::Past;
use suyuan::stats::warning::proportion::Baseline;

use crate::bar::Steps;
use crate::failure::Failure;
use crate::flat::{self, Series, Weekly, number};
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// A method by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Flexible Farrington with the settings of 2013.
    Farrington,
    /// Flexible Farrington with the settings of 1996.
    Farrington1996,
    /// EARS.
    Ears(Variant),
    /// Bayes on two years.
    Bayes,
    /// RKI on two years.
    Rki,
    /// CUSUM about the mean of the history.
    Cusum,
    /// Failing shares.
    Proportion,
}

const METHODS: &[(&str, Method)] = &[
    ("farrington", Method::Farrington),
    ("farrington-1996", Method::Farrington1996),
    ("ears-c1", Method::Ears(Variant::C1)),
    ("ears-c2", Method::Ears(Variant::C2)),
    ("ears-c3", Method::Ears(Variant::C3)),
    ("bayes", Method::Bayes),
    ("rki", Method::Rki),
    ("cusum", Method::Cusum),
    ("proportion", Method::Proportion),
];

/// Reads a method's name.
///
/// # Errors
/// A sentence with the names there are.
pub fn method(text: &str) -> Result<Method, String> {
    let found = METHODS.iter().find(|(name, _)| *name == text);
    found.map(|(_, method)| *method).ok_or_else(|| {
        let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// The question.
#[derive(Debug)]
pub struct Watch<'w> {
    /// Weeks to judge, the last ones.
    pub weeks: usize,
    /// Methods; none for all.
    pub methods: &'w [Method],
    /// One-sided error of each method.
    pub alpha: f64,
    /// False-discovery rate allowed.
    pub rate: f64,
}

/// What one method says of one week of one series.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The series.
    pub series: String,
    /// Monday of the week.
    pub week: String,
    /// Samples tested, where they are known.
    pub tests: Option<u64>,
    /// What the method says; `at` counts weeks of the table from 0.
    #[serde(flatten)]
    pub signal: Signal,
    /// The p-value adjusted over the series of this week and method.
    pub adjusted: Option<f64>,
    /// Whether the alarm stands up to the false-discovery rate; absent without a p-value.
    pub confirmed: Option<bool>,
}

/// A method that could not be run on some series.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    /// The method.
    pub method: &'static str,
    /// The series, in order of name.
    pub series: Vec<String>,
    /// Why, for the first of them.
    pub reason: String,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Series watched.
    pub series: usize,
    /// Weeks of every series.
    pub weeks: usize,
    /// Mondays of the first and last week judged.
    pub judged: (String, String),
    /// The false-discovery rate allowed.
    pub rate: f64,
    /// Every week judged, by method, week, series.
    pub signals: Vec<Row>,
    /// Methods that were not run.
    pub skipped: Vec<Skipped>,
}

/// Series that a method could not be run on, and why.
type Left = Vec<(String, suyuan::stats::Error)>;

impl Watch<'_> {
    /// Watches every series.
    ///
    /// # Errors
    /// [`Failure`] when a method that was asked for cannot be run.
    pub fn run(&self, weekly: &Weekly) -> Result<Document, Failure> {
        let range = weekly.length - self.weeks..weekly.length;
        let (mut signals, mut skipped) = (Vec::new(), Vec::new());
        let asked = |method: &Method| self.methods.is_empty() || self.methods.contains(method);
        let methods: Vec<_> = METHODS.iter().filter(|(_, method)| asked(method)).collect();
        let bar = Steps::new("series judged");
        let count = weekly.series.len() as u64;
        let all = count * methods.len() as u64;
        for (at, (name, method)) in (0_u64..).zip(methods) {
            let show = |done| bar.show(at * count + done, all);
            let (rows, left) = self.rows(weekly, *method, &range, &show)?;
            if let Some((_, error)) = left.first() {
                let reason = error.to_string();
                if rows.is_empty() && !self.methods.is_empty() {
                    return Err(error.clone().into());
                }
                let series = left.iter().map(|(name, _)| name.clone()).collect();
                skipped.push(Skipped { method: name, series, reason });
            }
            signals.extend(rows);
        }
        Ok(Document {
            series: weekly.series.len(),
            weeks: weekly.length,
            judged: (weekly.monday(range.start), weekly.monday(range.end - 1)),
            rate: self.rate,
            signals,
            skipped,
        })
    }

    fn rows(
        &self,
        weekly: &Weekly,
        method: Method,
        range: &Range<usize>,
        progress: &dyn Fn(u64),
    ) -> suyuan::stats::Result<(Vec<Row>, Left)> {
        let (mut rows, mut left) = (Vec::new(), Vec::new());
        for (done, (name, series)) in (0..).zip(&weekly.series) {
            progress(done);
            let signals = match self.signals(series, method, range) {
                Ok(signals) => signals,
                Err(error) => {
                    left.push((name.clone(), error));
                    continue;
                }
            };
            for signal in signals {
                rows.push(Row {
                    series: name.clone(),
                    week: weekly.monday(signal.at),
                    tests: series.tests.as_ref().and_then(|tests| tests.get(signal.at).copied()),
                    signal,
                    adjusted: None,
                    confirmed: None,
                });
            }
        }
        rows.sort_by(|a, b| (a.signal.at, &a.series).cmp(&(b.signal.at, &b.series)));
        let mut by_week: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if row.signal.p_value.is_some() {
                by_week.entry(row.signal.at).or_default().push(at);
            }
        }
        for places in by_week.values() {
            let p_values: Vec<f64> =
                places.iter().filter_map(|&at| rows[at].signal.p_value).collect();
            for (&at, adjusted) in places.iter().zip(adjust(&p_values, Dependence::Positive)?) {
                rows[at].adjusted = Some(adjusted);
                rows[at].confirmed = Some(rows[at].signal.alarm && adjusted <= self.rate);
            }
        }
        Ok((rows, left))
    }

    fn signals(
        &self,
        series: &Series,
        method: Method,
        range: &Range<usize>,
    ) -> suyuan::stats::Result<Vec<Signal>> {
        let (counts, range) = (&series.cases, range.clone());
        let farrington = |settings: Farrington| -> suyuan::stats::Result<Vec<Signal>> {
            let settings = Farrington { alpha: self.alpha, ..settings };
            let weeks = settings.watch(counts, None, range.clone())?;
            Ok(weeks.into_iter().map(Signal::from).collect())
        };
        match method {
            Method::Farrington => farrington(Farrington::noufaily()),
            Method::Farrington1996 => farrington(Farrington::original()),
            Method::Ears(variant) => {
                // A spread of at least half a case: one case after a silent baseline is no alarm.
                Ears { alpha: self.alpha, least_sd: 0.5, ..Ears::new(variant) }.watch(counts, range)
            }
            Method::Bayes => {
                Past { present_year: true, ..Past::rki(3) }.bayes(counts, self.alpha, range)
            }
            Method::Rki => Past::rki(3).rki_limits(counts, range),
            Method::Cusum => {
                let history = &counts[..range.start];
                let mean = history.iter().sum::<u64>() as f64 / history.len().max(1) as f64;
                let chart = Cusum { mean, k: 1.04, h: 2.26, transform: Transform::Rossi };
                let mut found = chart.watch(&counts[range.clone()])?;
                found.iter_mut().for_each(|signal| signal.at += range.start);
                Ok(found)
            }
            Method::Proportion => {
                let Some(tests) = &series.tests else {
                    return Err(suyuan::stats::Error::Empty { what: "column of tests" });
                };
                // Up to a year, half of what is there at least.
                let weeks = range.start.saturating_sub(2).min(52);
                Baseline { weeks, guard: 2.min(range.start) }
                    .watch(counts, tests, self.alpha, range)
            }
        }
    }
}

/// Prints the alarms.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &mut Report<impl Write>, document: &Document) -> io::Result<()> {
    report.heading("WATCH")?;
    report.item("series", &format!("{} of {} weeks", document.series, document.weeks))?;
    report.item("judged", &format!("weeks of {} to {}", document.judged.0, document.judged.1))?;
    report.item(
        "rate",
        &format!("false discoveries among confirmed alarms at most {}", document.rate),
    )?;
    report.heading("METHODS")?;
    let mut by_method: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for row in &document.signals {
        let counts = by_method.entry(row.signal.method).or_default();
        counts.0 += 1;
        counts.1 += usize::from(row.signal.alarm);
        counts.2 += usize::from(row.confirmed == Some(true));
    }
    let mut table = Table::new(&[
        ("method", Kind::Word),
        ("judged", Kind::Number),
        ("alarms", Kind::Number),
        ("confirmed", Kind::Number),
    ]);
    for (method, (judged, alarms, confirmed)) in by_method {
        let counts = [judged, alarms, confirmed].map(|count| count.to_string());
        let [judged, alarms, confirmed] = counts;
        table.row([method.to_owned(), judged, alarms, confirmed]);
    }
    report.table(&table)?;
    for skipped in &document.skipped {
        let (method, count) = (skipped.method, skipped.series.len());
        report.line(2, &format!("{method} was not run on {count} series: {}", skipped.reason))?;
    }
    report.heading("ALARMS")?;
    let alarms: Vec<&Row> = document.signals.iter().filter(|row| row.signal.alarm).collect();
    if alarms.is_empty() {
        return report.line(2, "none");
    }
    let mut table = Table::new(&[
        ("week", Kind::Word),
        ("series", Kind::Code),
        ("method", Kind::Word),
        ("cases", Kind::Number),
        ("expected", Kind::Number),
        ("limit", Kind::Number),
        ("p", Kind::Number),
        ("adjusted", Kind::Number),
        ("confirmed", Kind::Word),
    ]);
    let text = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
    let small = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.1e}"));
    for row in alarms.iter().take(SHOWN) {
        table.row([
            row.week.clone(),
            show::field(&row.series),
            row.signal.method.to_owned(),
            row.signal.observed.to_string(),
            text(row.signal.expected),
            text(row.signal.limit),
            small(row.signal.p_value),
            small(row.adjusted),
            if row.confirmed == Some(true) { "yes".to_owned() } else { String::new() },
        ]);
    }
    report.table(&table)?;
    report.more(alarms.len(), "alarms", "--csv DIR or --json PATH")
}

/// What [`write_csv`] writes.
pub const FILE: &str = "signals.csv";

/// Writes [`FILE`].
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub fn write_csv(document: &Document, dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir)
        .map_err(|error| Failure::doing(format!("failed to make {}", dir.display()), error))?;
    let rows = document.signals.iter().map(|row| {
        let signal = &row.signal;
        vec![
            row.series.clone(),
            row.week.clone(),
            signal.method.to_owned(),
            number(Some(signal.observed)),
            row.tests.map_or_else(String::new, |tests| tests.to_string()),
            number(signal.expected),
            number(signal.limit),
            number(signal.statistic),
            number(signal.p_value),
            number(row.adjusted),
            signal.alarm.to_string(),
            row.confirmed.map_or_else(String::new, |confirmed| confirmed.to_string()),
        ]
    });
    let header = [
        "series",
        "week",
        "method",
        "cases",
        "tests",
        "expected",
        "limit",
        "statistic",
        "p_value",
        "adjusted",
        "alarm",
        "confirmed",
    ];
    flat::write_csv(&dir.join(FILE), &header, rows)
}
