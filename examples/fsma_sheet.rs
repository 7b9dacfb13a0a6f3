//! The FSMA 204 sortable spreadsheet: what is missing from one, or one made of a data set.
//!
//! ```text
//! cargo run --release --example fsma_sheet -- --check WORKBOOK.xlsx
//! ```

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use suyuan::fsma::{
    Event, Finding, Kind, Limits, Report, check, from_chain, read_path, write_bytes,
};
use suyuan::report::records::Records;
use suyuan_examples::args::Paged;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::fsma::{Answer, line};
use suyuan_examples::json::WithPage;
use suyuan_examples::report::{self, SHOWN};
use suyuan_examples::table::{self, Table};
use suyuan_examples::{json, load, pages, quality};

const EXAMPLES: &str = "\
Rules are paragraphs of 21 CFR part 1. A data set does not know phone numbers and addresses, so a
workbook made of one lacks them: the check says where.

Examples:
  fsma_sheet --check sheet.xlsx
  fsma_sheet --check sheet.xlsx --json -
  fsma_sheet --data DIR --write sheet.xlsx";

/// Which key data element is missing from which critical tracking event.
#[derive(Debug, Parser)]
#[command(name = "fsma_sheet", after_help = EXAMPLES)]
struct Flags {
    /// Check this workbook
    #[arg(long, value_name = "XLSX", conflicts_with_all = ["data", "write"])]
    check: Option<PathBuf>,
    /// Make events of this folder of CSV [default: the bundled fixtures/qingdao]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the events as a workbook
    #[arg(long, value_name = "XLSX")]
    write: Option<PathBuf>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("fsma_sheet", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let files = Files::default().data(flags.data.as_deref()).read(&flags.check);
    files.written(&flags.json).written(&flags.write).written(&flags.paged.html).check()?;
    let quiet = flags.json.as_deref() == Some(std::path::Path::new("-"));
    let mut records = Records::default();
    let (events, findings): (Vec<Event>, Vec<Finding>) = match &flags.check {
        Some(path) => {
            let import = read_path(path, &Limits::default())?;
            (import.events, import.findings)
        }
        None => {
            let import = load::load(flags.data.as_deref(), None, quiet)?;
            records = quality::all_records(&import);
            (from_chain(&import.chain), Vec::new())
        }
    };
    if let Some(path) = &flags.write {
        let bytes = write_bytes(&events)?;
        suyuan::files::write(path, |file| file.write_all(&bytes)).map_err(|error| {
            Failure::doing(format!("failed to write {}", path.display()), error)
        })?;
    }
    let Report { events, by_rule, .. } = check(&events);
    let complete = events.iter().filter(|event| event.is_complete()).count();
    let found = Answer { events, complete, by_rule, findings };
    if let Some(path) = &flags.json {
        json::write(path, &WithPage::bare(&found, &records))?;
    }
    flags.paged.write(|lang| pages::fsma(&found, lang).records(&records))?;
    if quiet {
        return Ok(());
    }
    let mut report = report::Report::stdout();
    if flags.check.is_none() && flags.data.is_none() {
        report.line(0, load::BUNDLED)?;
    }
    quality::head(&mut report, &records)?;
    report.heading(&format!("{complete} OF {} EVENTS ARE COMPLETE", found.events.len()))?;
    for finding in found.findings.iter().take(SHOWN) {
        report.line(2, &finding.to_string())?;
    }
    report.more(found.findings.len(), "findings", "--json")?;
    let mut kinds = Table::new(&[
        ("event", table::Kind::Word),
        ("events", table::Kind::Number),
        ("complete", table::Kind::Number),
    ]);
    for kind in Kind::ALL {
        let of_kind = || found.events.iter().filter(|event| event.kind == kind);
        if of_kind().next().is_some() {
            let whole = of_kind().filter(|event| event.is_complete()).count();
            kinds.row([kind.tab().to_owned(), of_kind().count().to_string(), whole.to_string()]);
        }
    }
    report.table(&kinds)?;
    if !found.by_rule.is_empty() {
        report.heading("WHAT IS MISSING, by paragraph of 21 CFR")?;
        let mut rules = Table::new(&[
            ("rule", table::Kind::Word),
            ("element", table::Kind::Name),
            ("events", table::Kind::Number),
        ]);
        for (rule, count) in &found.by_rule {
            let missing = found.events.iter().flat_map(|event| &event.missing);
            let element = missing.clone().find(|missing| missing.rule == *rule);
            let element = element.map_or("", |missing| &missing.element);
            rules.row([(*rule).to_owned(), element.to_owned(), count.to_string()]);
        }
        report.table(&rules)?;
    }
    report.heading("EVENTS THAT LACK SOMETHING")?;
    let lacking: Vec<_> = found.events.iter().filter(|event| !event.is_complete()).collect();
    for event in lacking.iter().take(SHOWN) {
        report.line(2, &line(event))?;
    }
    report.more(lacking.len(), "events", "--json")?;
    report.written([&flags.json, &flags.write, &flags.paged.html].into_iter().flatten())?;
    Ok(report.finish()?)
}
