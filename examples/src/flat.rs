//! Flat tables of samples or weekly counts, as statistics offices keep them: one CSV file with a
//! header, columns found by name or by `--columns KEY=HEADER`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use suyuan::csv::decode;
use suyuan::model::{SampleKind, Verdict};
use suyuan::stats::compliance::Fact;
use suyuan::time::{Minute, Span, UtcOffset};

use crate::failure::Failure;

/// The keys of columns with the headers they are found by when nothing else is said.
const KEYS: &[(&str, &[&str])] = &[
    ("purpose", &["purpose", "kind", "抽检类型"]),
    ("verdict", &["verdict", "判定"]),
    ("region", &["region", "region_code", "区划代码"]),
    ("category", &["category", "食品类别"]),
    ("stage", &["stage", "环节"]),
    ("hazard", &["hazard", "危害类别"]),
    ("date", &["date", "sampled_on", "抽样日期"]),
    ("series", &["series", "序列"]),
    ("week", &["week", "周"]),
    ("cases", &["cases", "failing", "不合格数"]),
    ("tests", &["tests", "tested", "检验数"]),
];

/// Flags about a flat table.
#[derive(Debug, clap::Args)]
pub struct Columns {
    /// Header of a column, KEY=HEADER; may be repeated or separated by commas
    #[arg(long = "columns", value_name = "KEY=HEADER", value_delimiter = ',')]
    #[arg(value_parser = pair)]
    pub named: Vec<(String, String)>,
    /// Words for a failing sample beside fail, 不合格 and positive
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub failing: Vec<String>,
    /// Words for a passing sample beside pass, 合格 and negative
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub passing: Vec<String>,
    /// What samples were taken for where the table does not say
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    pub purpose: Option<SampleKind>,
}

/// What `--help` says of keys.
pub const HELP: &str = "\
KEY is purpose, verdict, region, category, stage, hazard or date for samples; series, week, cases
and tests for weekly counts. PURPOSE is supervision 监督抽检, monitoring 风险监测, evaluation
评价性抽检, special 专项抽检 or followup 跟踪抽检.";

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, header) = text.split_once('=').ok_or("expected KEY=HEADER")?;
    if KEYS.iter().any(|(known, _)| *known == key) {
        Ok((key.to_owned(), header.to_owned()))
    } else {
        let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        Err(format!("{key} is not one of {}", known.join(", ")))
    }
}

fn purpose(text: &str) -> Result<SampleKind, String> {
    SampleKind::parse(text).ok_or_else(|| {
        let names: Vec<_> = SampleKind::ALL.iter().map(|kind| kind.names().join(" ")).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Where the tables are that come with the programs.
#[must_use]
pub fn bundled(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("fixtures").join("statistics").join(name)
}

/// A table in memory: the columns that were found, row by row.
#[derive(Debug)]
pub struct Flat {
    path: PathBuf,
    at: BTreeMap<&'static str, usize>,
    rows: Vec<csv::StringRecord>,
}

impl Flat {
    /// Reads a table, in UTF-8 or GB18030, and finds its columns.
    ///
    /// # Errors
    /// [`Failure`] when the file cannot be read, or lacks a header that was named.
    pub fn read(path: &Path, columns: &Columns) -> Result<Self, Failure> {
        let doing = || format!("failed to read {}", path.display());
        let failed = |error: csv::Error| Failure::doing(doing(), error);
        let bytes = std::fs::read(path).map_err(|error| Failure::doing(doing(), error))?;
        let text = decode(&bytes);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(failed)?.clone();
        let mut at = BTreeMap::new();
        for (key, usual) in KEYS {
            let named = columns.named.iter().rev().find(|(name, _)| name == key);
            let found = |wanted: &str| {
                header.iter().position(|cell| {
                    cell.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(wanted)
                })
            };
            match named {
                Some((_, wanted)) => {
                    let place = found(wanted).ok_or_else(|| {
                        let place = path.display();
                        Failure::job(format!("failed to find the column {wanted} in {place}"))
                    })?;
                    at.insert(*key, place);
                }
                None => {
                    if let Some(place) = usual.iter().find_map(|wanted| found(wanted)) {
                        at.insert(*key, place);
                    }
                }
            }
        }
        let rows = reader.records().collect::<Result<_, _>>().map_err(failed)?;
        Ok(Self { path: path.to_owned(), at, rows })
    }

    /// Whether a column was found.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.at.contains_key(key)
    }

    fn cell<'r>(&self, row: &'r csv::StringRecord, key: &str) -> &'r str {
        self.at.get(key).and_then(|at| row.get(*at)).unwrap_or_default().trim()
    }

    fn require(&self, key: &str) -> Result<(), Failure> {
        if self.has(key) {
            return Ok(());
        }
        let place = self.path.display();
        Err(Failure::job(format!(
            "failed to find a column for {key} in {place}: name it with --columns {key}=HEADER"
        )))
    }

    fn wrong(&self, row: &csv::StringRecord, key: &str, expected: &str) -> Failure {
        let line = row.position().map_or(0, csv::Position::line);
        let (place, text) = (self.path.display(), self.cell(row, key));
        Failure::job(format!(
            "failed to read {place}:{line}, {key}: found {text:?}, expected {expected}"
        ))
    }

    fn day(&self, row: &csv::StringRecord) -> Result<Span, Failure> {
        let text = self.cell(row, "date");
        Span::parse(text, UtcOffset::CHINA).map_err(|_| self.wrong(row, "date", "a date"))
    }

    /// The samples taken by a minute; an empty verdict is none yet.
    ///
    /// # Errors
    /// [`Failure`] for a verdict, purpose or date that cannot be read, with its line.
    pub fn facts(&self, columns: &Columns, as_of: Minute) -> Result<Vec<Fact>, Failure> {
        self.require("verdict")?;
        let mut facts = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let span = self.day(row)?;
            if span.earliest > as_of {
                continue;
            }
            facts.push(Fact {
                purpose: match self.cell(row, "purpose") {
                    "" => columns.purpose,
                    text => match SampleKind::parse(text) {
                        Some(kind) => Some(kind),
                        None => return Err(self.wrong(row, "purpose", "a purpose of sampling")),
                    },
                },
                failed: self.verdict(columns, row)?,
                region: self.cell(row, "region").to_owned(),
                category: self.cell(row, "category").to_owned(),
                stage: self.cell(row, "stage").to_owned(),
                hazard: self.cell(row, "hazard").to_owned(),
                period: span
                    .earliest
                    .date()
                    .and_then(|day| day.to_string().get(..7).map(str::to_owned))
                    .unwrap_or_default(),
            });
        }
        Ok(facts)
    }

    fn verdict(&self, columns: &Columns, row: &csv::StringRecord) -> Result<Option<bool>, Failure> {
        let text = self.cell(row, "verdict");
        let among = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        if text.is_empty() {
            return Ok(None);
        }
        if among(&columns.failing) || text.eq_ignore_ascii_case("positive") {
            return Ok(Some(true));
        }
        if among(&columns.passing) || text.eq_ignore_ascii_case("negative") {
            return Ok(Some(false));
        }
        match Verdict::parse(text) {
            Some(Verdict::Fail) => Ok(Some(true)),
            Some(Verdict::Pass) => Ok(Some(false)),
            Some(_) => Ok(None),
            None => Err(self.wrong(row, "verdict", "pass, fail or pending")),
        }
    }

    /// Weekly counts: from weekly rows when there is a column of cases, else from samples.
    ///
    /// # Errors
    /// [`Failure`] for a cell that cannot be read, with its line, or weeks missing in between.
    pub fn weekly(&self, columns: &Columns, as_of: Minute) -> Result<Weekly, Failure> {
        if self.has("cases") {
            self.weekly_rows(as_of)
        } else {
            self.weekly_samples(columns, as_of)
        }
    }

    fn number(&self, row: &csv::StringRecord, key: &str) -> Result<u64, Failure> {
        self.cell(row, key).parse().map_err(|_| self.wrong(row, key, "a whole number"))
    }

    fn weekly_rows(&self, as_of: Minute) -> Result<Weekly, Failure> {
        self.require("week")?;
        let mut cells: BTreeMap<(String, i32), (u64, Option<u64>)> = BTreeMap::new();
        for row in &self.rows {
            let span = Span::parse(self.cell(row, "week"), UtcOffset::CHINA)
                .ok()
                .filter(|span| span.is_dated_to_day())
                .ok_or_else(|| self.wrong(row, "week", "a day of the week, such as 2026-03-02"))?;
            if span.earliest > as_of {
                continue;
            }
            let cases = self.number(row, "cases")?;
            let tests = if self.has("tests") { Some(self.number(row, "tests")?) } else { None };
            let key = (self.cell(row, "series").to_owned(), week_of(span.earliest));
            if cells.insert(key, (cases, tests)).is_some() {
                return Err(self.wrong(row, "week", "one row a week and series"));
            }
        }
        self.assemble(&cells)
    }

    fn weekly_samples(&self, columns: &Columns, as_of: Minute) -> Result<Weekly, Failure> {
        self.require("verdict")?;
        self.require("date")?;
        let key = if self.has("series") { "series" } else { "region" };
        let mut cells: BTreeMap<(String, i32), (u64, Option<u64>)> = BTreeMap::new();
        for row in &self.rows {
            let span = self.day(row)?;
            let Some(failed) = self.verdict(columns, row)? else { continue };
            if !span.is_dated_to_day() || span.earliest > as_of {
                continue;
            }
            let name = self.cell(row, key).to_owned();
            let cell = cells.entry((name, week_of(span.earliest))).or_insert((0, Some(0)));
            cell.0 += u64::from(failed);
            cell.1 = cell.1.map(|tests| tests + 1);
        }
        self.assemble(&cells)
    }

    /// All series over the same weeks; a week without a row has no cases and no tests.
    fn assemble(
        &self,
        cells: &BTreeMap<(String, i32), (u64, Option<u64>)>,
    ) -> Result<Weekly, Failure> {
        let weeks: Vec<i32> = cells.keys().map(|(_, week)| *week).collect();
        let (Some(&first), Some(&last)) = (weeks.iter().min(), weeks.iter().max()) else {
            let place = self.path.display();
            return Err(Failure::job(format!("failed to find a week in {place}")));
        };
        let length = (last - first + 1) as usize;
        let tested = cells.values().all(|(_, tests)| tests.is_some());
        let mut series: BTreeMap<String, Series> = BTreeMap::new();
        for ((name, week), (cases, tests)) in cells {
            let one = series.entry(name.clone()).or_insert_with(|| Series {
                cases: vec![0; length],
                tests: tested.then(|| vec![0; length]),
            });
            let at = (week - first) as usize;
            one.cases[at] = *cases;
            if let (Some(all), Some(tests)) = (&mut one.tests, tests) {
                all[at] = *tests;
            }
        }
        Ok(Weekly { first, length, series })
    }
}

/// Weeks from Monday, counted from that of 1970-01-01.
fn week_of(minute: Minute) -> i32 {
    (minute.minutes().div_euclid(24 * 60) + 3).div_euclid(7)
}

/// Weekly counts of many series over the same weeks.
#[derive(Debug)]
pub struct Weekly {
    first: i32,
    /// Weeks of every series.
    pub length: usize,
    /// The series by name.
    pub series: BTreeMap<String, Series>,
}

/// Weekly counts of one series.
#[derive(Debug)]
pub struct Series {
    /// Cases, or failing samples.
    pub cases: Vec<u64>,
    /// Samples tested, where they are known.
    pub tests: Option<Vec<u64>>,
}

impl Weekly {
    /// The Monday of a week.
    #[must_use]
    pub fn monday(&self, at: usize) -> String {
        let days = (self.first + at as i32) * 7 - 3;
        let date = Minute::from_minutes(days * 24 * 60).date();
        date.map_or_else(String::new, |date| date.to_string())
    }
}

/// Writes rows as CSV.
///
/// # Errors
/// [`Failure`] when the file cannot be written.
pub fn write_csv(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), Failure> {
    let written = suyuan::files::write(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(header)?;
        for row in rows {
            writer.write_record(&row)?;
        }
        writer.flush()
    });
    written.map_err(|error| Failure::doing(format!("failed to write {}", path.display()), error))
}

/// A share in percent with three digits after the point.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.3}", 100.0 * share)
}

/// A number as CSV writes it: the shortest text that reads back the same.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}
