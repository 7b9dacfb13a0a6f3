//! The scores of a FoodChain-Lab network: exact, beside those of its desktop.
//!
//! ```text
//! cargo run --release --example fcl_scores -- NETWORK.json --trace d3
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::fcl::{
    Document, Limits, Mode, Reach, Tracing, WorkbookLimits, read_folder, read_template,
};
use suyuan_examples::args::Paged;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::fcl::{Answer, Traces, Ways};
use suyuan_examples::files::Files;
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, pages};

/// What a folder of a network holds.
const NETWORK_FILES: [&str; 4] =
    ["in_stations.csv", "in_deliveries.csv", "in_relations.csv", "params.json"];

const EXAMPLES: &str = "\
NETWORK is a JSON document, an all-in-one workbook (.xlsx), or a folder with in_stations.csv,
in_deliveries.csv, in_relations.csv and params.json. exact counts all that can be reached, desktop
is what FoodChain-Lab's desktop shows; docs/fcl.md says why they differ.

Examples:
  fcl_scores
  fcl_scores outbreak.json --trace 61038176
  fcl_scores FOLDER --json -";

/// Scores of stations and deliveries, exact and as the desktop computes them.
#[derive(Debug, Parser)]
#[command(name = "fcl_scores", after_help = EXAMPLES)]
struct Flags {
    /// The network [default: the bundled fixtures/fcl/rework.json]
    network: Option<PathBuf>,
    /// What lies ahead of and behind this station or delivery, both ways
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("fcl_scores", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let bundled = suyuan_examples::load::bundled();
    let bundled = bundled.parent().unwrap_or(&bundled).join("fcl").join("rework.json");
    let path = flags.network.clone().unwrap_or(bundled);
    let mut files = Files::default().read(&Some(path.clone()));
    for name in NETWORK_FILES {
        files = files.read(&Some(path.join(name)));
    }
    files.written(&flags.json).written(&flags.paged.html).check()?;
    let limits = Limits::default();
    let workbook = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    let import = if path.is_dir() {
        read_folder(&path, &limits)?
    } else if workbook {
        read_template(&path, &WorkbookLimits::default())?
    } else {
        Document::read(&path, &limits)?.import()?
    };
    let network = &import.network;
    let set = &import.parameters;
    let exact = network.score(set, Mode::Exact)?;
    let desktop = match network.score(set, Mode::Compatible) {
        Ok(scores) => Some(scores),
        Err(error) => {
            failure::tell(&format!("fcl_scores: {error}: only exact scores are given"));
            None
        }
    };
    let mut trace = None;
    if let Some(id) = &flags.trace {
        let ways = ways(&network.tracing(set, Mode::Exact)?, id);
        let Some(ways_exact) = ways else {
            return Err(Failure::job(format!("failed to find a station or delivery {id:?}")));
        };
        let ways_desktop = match &desktop {
            Some(_) => self::ways(&network.tracing(set, Mode::Compatible)?, id),
            None => None,
        };
        trace = Some(Traces { id: id.clone(), exact: ways_exact, desktop: ways_desktop });
    }
    let result = Answer { exact, desktop, trace, findings: import.findings.clone() };
    if let Some(path) = &flags.json {
        json::write(path, &result)?;
    }
    flags.paged.write(|lang| pages::fcl(&result, network, lang))?;
    if flags.json.as_deref() == Some(std::path::Path::new("-")) {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.network.is_none() {
        report.line(0, "No NETWORK given: using the bundled fixtures/fcl/rework.json.")?;
    }
    let names: std::collections::HashMap<_, _> =
        network.stations.iter().map(|station| (&station.id, &station.name)).collect();
    report.heading(&format!(
        "{} STATIONS, {} DELIVERIES, {} RELATIONS",
        network.stations.len(),
        network.deliveries.len(),
        network.relations.len()
    ))?;
    for finding in import.findings.iter().take(SHOWN) {
        report.line(2, &finding.to_string())?;
    }
    report.more(import.findings.len(), "findings", "--json")?;
    scores(&mut report, &result, |id| names.get(id).map_or("", |name| name))?;
    if let Some(trace) = &result.trace {
        traces(&mut report, trace)?;
    }
    report.written(flags.json.iter().chain(&flags.paged.html))?;
    Ok(report.finish()?)
}

fn ways(tracing: &Tracing, id: &str) -> Option<Ways> {
    let of = |station: Option<Reach>, delivery: Option<Reach>| station.or(delivery);
    Some(Ways {
        forward: of(tracing.forward_of_station(id), tracing.forward_of_delivery(id))?,
        backward: of(tracing.backward_of_station(id), tracing.backward_of_delivery(id))?,
    })
}

fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn scores<'n>(
    report: &mut Report<impl std::io::Write>,
    result: &Answer,
    name: impl Fn(&String) -> &'n str,
) -> Result<(), Failure> {
    let columns = [
        ("id", Kind::Code),
        ("name", Kind::Name),
        ("exact", Kind::Number),
        ("desktop", Kind::Number),
        ("positive", Kind::Number),
        ("negative", Kind::Number),
        ("seen", Kind::Word),
    ];
    let seen = |forward: bool, backward: bool| match (forward, backward) {
        (true, true) => "ahead, behind",
        (true, false) => "ahead",
        (false, true) => "behind",
        (false, false) => "",
    };
    let desktop = result.desktop.as_ref();
    let mut differ = 0;
    let mut rows = Vec::new();
    for (at, station) in result.exact.stations.iter().enumerate() {
        let other = desktop
            .and_then(|scores| scores.stations.get(at).filter(|other| other.id == station.id));
        differ += usize::from(other.is_some_and(|other| other.score != station.score));
        rows.push((station, other.map(|other| other.score)));
    }
    rows.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    let mut table = Table::new(&columns);
    for (station, other) in rows.iter().take(SHOWN) {
        table.row([
            station.id.clone(),
            name(&station.id).to_owned(),
            number(station.score),
            other.map_or_else(String::new, number),
            number(station.positive),
            number(station.negative),
            seen(station.forward, station.backward).to_owned(),
        ]);
    }
    report.heading("STATIONS, highest exact score first")?;
    report.table(&table.without_empty())?;
    report.more(rows.len(), "stations", "--json")?;
    let mut rows = Vec::new();
    for (at, delivery) in result.exact.deliveries.iter().enumerate() {
        // The desktop leaves out deliveries of stations nobody lists.
        let other = desktop.and_then(|scores| {
            let same = scores.deliveries.get(at).filter(|other| other.id == delivery.id);
            same.or_else(|| scores.delivery(&delivery.id))
        });
        if let Some(other) = other.filter(|other| other.score != delivery.score) {
            differ += 1;
            rows.push((delivery, other.score));
        }
    }
    let mut table =
        Table::new(&[("id", Kind::Code), ("exact", Kind::Number), ("desktop", Kind::Number)]);
    for (delivery, other) in rows.iter().take(SHOWN) {
        table.row([delivery.id.clone(), number(delivery.score), number(*other)]);
    }
    report.heading(&format!("{differ} SCORES DIFFER FROM THE DESKTOP'S"))?;
    if !rows.is_empty() {
        report.line(2, "of these, deliveries:")?;
        report.table(&table)?;
        report.more(rows.len(), "deliveries", "--json")?;
    }
    Ok(())
}

fn traces(report: &mut Report<impl std::io::Write>, trace: &Traces) -> Result<(), Failure> {
    report.heading(&format!("TRACE OF {}", trace.id))?;
    let sides = [
        ("ahead", &trace.exact.forward, trace.desktop.as_ref().map(|ways| &ways.forward)),
        ("behind", &trace.exact.backward, trace.desktop.as_ref().map(|ways| &ways.backward)),
    ];
    for (side, exact, desktop) in sides {
        report.item(side, &format!("stations {}", exact.stations.join(" ")))?;
        report.item("", &format!("deliveries {}", exact.deliveries.join(" ")))?;
        let Some(desktop) = desktop else { continue };
        let missed = |all: &[String], some: &[String]| {
            let missed: Vec<_> = all.iter().filter(|id| !some.contains(id)).cloned().collect();
            missed.join(" ")
        };
        let stations = missed(&exact.stations, &desktop.stations);
        let deliveries = missed(&exact.deliveries, &desktop.deliveries);
        if !stations.is_empty() || !deliveries.is_empty() {
            let text = format!("the desktop misses stations: {stations}; deliveries: {deliveries}");
            report.item("", &text)?;
        }
    }
    Ok(())
}
