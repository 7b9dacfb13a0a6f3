//! A recall case at a minute: what is overdue, who was told, how much came back.
//!
//! ```text
//! cargo run --release --example recall_case -- --log case.json --at 2026-03-28T10:00
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde::de::DeserializeOwned;
use suyuan::calendar::{ClockRules, WorkingDays};
use suyuan::recall::case::{Case, Line, Standing};
use suyuan::report::case::CaseReport;
use suyuan::time::Minute;
use suyuan_examples::args::{self, Paged};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, show};

const BUNDLED: &str = "No --log given: using the bundled fixtures/recall-case.";
const BUNDLED_MINUTE: &str = "2026-03-28T10:00";

const EXAMPLES: &str = "\
The log is a JSON array of entries; docs/recall-case.md says what each may hold.

Examples:
  recall_case
  recall_case --log case.json --at 2026-03-28
  recall_case --log case.json --at 2026-03-28 --rules rules.json --json -";

/// How a recall case stands at a minute, as known by then.
#[derive(Debug, Parser)]
#[command(name = "recall_case", after_help = format!("{}\n{EXAMPLES}", args::TIMES))]
struct Flags {
    /// JSON log of the case [default: the bundled fixtures/recall-case/case.json]
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The minute asked for; of a day its last one
    #[arg(long, value_name = "TIME", value_parser = args::last_minute)]
    at: Option<Minute>,
    /// JSON clock rules in place of those of mainland China
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("recall_case", run(&Flags::parse()))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let failed = || format!("failed to read {}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| Failure::doing(failed(), error))?;
    serde_json::from_str(&text).map_err(|error| Failure::doing(failed(), error))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    Files::default()
        .read(&flags.log)
        .read(&flags.rules)
        .written(&flags.json)
        .written(&flags.paged.html)
        .check()?;
    let quiet = flags.json.as_deref() == Some(Path::new("-"));
    let bundled = load::bundled().with_file_name("recall-case").join("case.json");
    if flags.log.is_none() && quiet {
        failure::tell(BUNDLED);
    }
    let whole: Case = read(flags.log.as_deref().unwrap_or(&bundled))?;
    let rules = match &flags.rules {
        Some(path) => read(path)?,
        None => ClockRules::china(),
    };
    let now = match (flags.at, &flags.log) {
        (Some(at), _) => at,
        (None, None) => args::last_minute(BUNDLED_MINUTE).map_err(Failure::Usage)?,
        (None, Some(_)) => return Err(Failure::Usage("expected --at TIME".to_owned())),
    };
    let found = CaseReport::new(&whole, now, &rules, &WorkingDays::china());
    let Some(found) = found else {
        let (code, now) = (show::field(whole.code()), show::minute(now));
        return Err(Failure::job(format!("failed to show case {code}: not opened by {now}")));
    };
    if let Some(path) = &flags.json {
        json::write(path, &found)?;
    }
    flags.paged.write(|lang| found.page(lang))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.log.is_none() {
        report.line(0, BUNDLED)?;
    }
    page(&mut report, &found)?;
    report.written(flags.json.iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}

fn page(report: &mut Report<impl std::io::Write>, found: &CaseReport) -> Result<(), Failure> {
    let CaseReport { duties, recovery, .. } = found;
    let count = |standing| duties.iter().filter(|duty| duty.standing == standing).count();
    report.heading(&format!("RECALL CASE {}, {}", show::field(&found.case), found.status))?;
    report.item("level", &found.level.to_string())?;
    report.item("operator", &show::field(&found.responsible))?;
    report.item("known", &show::minute(found.known))?;
    report.item(
        "at",
        &format!("{}, {} known", show::minute(found.at), show::count(found.entries, "entry")),
    )?;
    let (overdue, late) = (count(Standing::Overdue), count(Standing::Late));
    report.item("overdue", &format!("{overdue} overdue, {late} done late"))?;
    report.heading("WHAT IS ASKED BY WHEN")?;
    let mut table = Table::new(&[
        ("rule", Kind::Code),
        ("operator", Kind::Code),
        ("from", Kind::Word),
        ("due", Kind::Word),
        ("done", Kind::Word),
        ("", Kind::Word),
    ]);
    let when = |minute: Option<Minute>| minute.map(show::minute).unwrap_or_default();
    for duty in duties.iter().take(SHOWN) {
        let standing = match duty.standing {
            Standing::Overdue => "OVERDUE",
            other => other.as_str(),
        };
        table.row([
            duty.rule.clone(),
            duty.operator.clone(),
            show::minute(duty.from),
            when(duty.due),
            when(duty.done),
            standing.to_owned(),
        ]);
    }
    report.table(&table.without_empty())?;
    for duty in duties.iter().filter(|duty| duty.due.is_none()).take(SHOWN) {
        report.line(2, &duty.source)?;
    }
    report.more(duties.len(), "duties", "--json PATH")?;
    report.heading("WHO WAS TOLD, AND WHAT CAME BACK")?;
    let mut table = Table::new(&[
        ("operator", Kind::Code),
        ("told", Kind::Word),
        ("said so", Kind::Word),
        ("to recover", Kind::Number),
        ("back", Kind::Number),
        ("consumed", Kind::Number),
        ("left", Kind::Number),
        ("rate", Kind::Number),
    ]);
    for (notice, row) in found.notices.iter().zip(&recovery.operators).take(SHOWN) {
        let told = match (notice.concerned, notice.notified) {
            (false, _) => "not concerned".to_owned(),
            (true, Some(minute)) => show::minute(minute),
            (true, None) => "NOT YET".to_owned(),
        };
        let said = when(notice.acknowledged);
        table.row(cells(show::field(&notice.operator), told, said, &row.lines, row.complete));
    }
    let all =
        cells("all".to_owned(), String::new(), String::new(), &recovery.total, recovery.complete);
    table.row(all);
    report.table(&table)?;
    Ok(report.more(recovery.operators.len(), "operators", "--json PATH")?)
}

fn cells(name: String, told: String, said: String, lines: &[Line], complete: bool) -> [String; 8] {
    let star = if complete { "" } else { "*" };
    let join = |cell: &dyn Fn(&Line) -> String| -> String {
        lines.iter().map(cell).collect::<Vec<_>>().join("\n")
    };
    [
        name,
        told,
        said,
        join(&|line| format!("{} {}{star}", line.to_recover, line.unit)),
        join(&|line| line.recovered.to_string()),
        join(&|line| line.consumed.to_string()),
        join(&|line| line.outstanding.to_string()),
        join(&|line| line.rate.map(|rate| rate.to_string()).unwrap_or_default()),
    ]
}
