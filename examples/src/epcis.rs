//! EPCIS documents as an analyst reads them: what was read, and the events of a trace.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use suyuan::epcis::{Direction, Document, Error, EventTrace, Import};

use crate::failure::Failure;
use crate::report::{Report, SHOWN};
use crate::show;
use crate::table::{Kind, Table};

/// What is said when the program runs on the document that comes with it.
pub const BUNDLED: &str = "No document given: using the bundled fixtures/epcis/salad.jsonld.";

/// The document that comes with the programs.
#[must_use]
pub fn bundled() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).join("fixtures/epcis/salad.jsonld")
}

/// What is odd about one place of the document.
#[derive(Debug, Serialize)]
pub struct Remark {
    /// Its path.
    pub path: String,
    /// What is odd.
    pub what: String,
}

/// A finding of the chain.
#[derive(Debug, Serialize)]
pub struct FindingRow {
    /// Its severity.
    pub severity: String,
    /// Its code.
    pub code: String,
    /// What was found.
    pub message: String,
}

/// The program's JSON.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The names of the documents.
    pub documents: Vec<String>,
    /// How many events they have, retracted ones included.
    pub document_events: usize,
    /// The clock that times are told on, where they carry no offset.
    pub clock: String,
    /// The retracted ones: id, or path without one.
    pub retracted: Vec<String>,
    /// What breaks the standard; empty unless read leniently.
    pub problems: Vec<Remark>,
    /// What mapping found odd.
    pub notes: Vec<Remark>,
    /// What the XML that was written has no place for, or says otherwise.
    pub left_out: Vec<Remark>,
    /// What the chain's records contradict.
    pub findings: Vec<FindingRow>,
    /// How many distinct events the trace has.
    pub distinct_events: Option<usize>,
    /// The trace.
    #[serde(flatten)]
    pub trace: Option<EventTrace>,
}

impl Answer {
    /// Puts together what was read and traced.
    #[must_use]
    pub fn new(
        documents: &[(&str, &Document)],
        import: &Import,
        trace: Option<EventTrace>,
        left_out: Vec<Remark>,
    ) -> Self {
        let retracted = import.events.iter().zip(&import.retracted).filter(|(_, out)| **out);
        Self {
            documents: documents.iter().map(|(name, _)| (*name).to_owned()).collect(),
            clock: import.clock().to_string(),
            document_events: import.events.len(),
            retracted: retracted.map(|(event, _)| event.name().to_owned()).collect(),
            problems: documents
                .iter()
                .flat_map(|(name, document)| {
                    document.problems().iter().map(move |problem| {
                        let mut remark = remark(problem);
                        if documents.len() > 1 {
                            remark.path.insert_str(0, &format!("{name}#"));
                        }
                        remark
                    })
                })
                .collect(),
            notes: import.notes.iter().map(remark).collect(),
            left_out,
            findings: import
                .findings
                .iter()
                .map(|finding| FindingRow {
                    severity: finding.severity.to_string(),
                    code: finding.code.to_string(),
                    message: finding.message.clone(),
                })
                .collect(),
            distinct_events: trace.as_ref().map(|trace| trace.events.len()),
            trace,
        }
    }
}

/// The error of a document, with its name.
#[must_use]
pub fn refused(path: &Path, error: Error) -> Failure {
    match error {
        // These name the file already.
        Error::Read { .. } => error.into(),
        error => Failure::doing(format!("failed to read {}", path.display()), error),
    }
}

fn remark(problem: &suyuan::epcis::Problem) -> Remark {
    Remark { path: problem.path.clone(), what: problem.what.clone() }
}

/// Writes a document: XML where the name ends in `.xml`, else JSON-LD. Returns what XML has no
/// place for.
///
/// # Errors
/// [`Failure`] when its events have no XML form, or it cannot be written.
pub fn write(path: &Path, document: &Document) -> Result<Vec<Remark>, Failure> {
    let xml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xml"));
    let (text, notes) = if xml {
        let xml = document.to_xml()?;
        (xml.text, xml.notes)
    } else {
        (document.to_json(), Vec::new())
    };
    suyuan::files::write(path, |file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::doing(format!("failed to write {}", path.display()), error))?;
    Ok(notes.iter().map(remark).collect())
}

/// Writes an answer for people.
///
/// # Errors
/// When the writer fails.
pub fn show(report: &mut Report<impl Write>, answer: &Answer) -> io::Result<()> {
    let names: Vec<String> = answer.documents.iter().map(|name| show::field(name)).collect();
    let title = if names.len() == 1 { "DOCUMENT" } else { "DOCUMENTS" };
    report.heading(&format!("{title} {}", names.join(", ")))?;
    let retracted = match answer.retracted.len() {
        0 => String::new(),
        _ => format!(" ({} retracted by error declarations)", answer.retracted.len()),
    };
    let events = show::count(answer.document_events, "event");
    report.item("read", &format!("{events}{retracted}"))?;
    if let Some(trace) = &answer.trace {
        self::trace(report, trace, &answer.clock)?;
    }
    for (title, remarks) in [
        ("WHAT BREAKS THE STANDARD", &answer.problems),
        ("WHAT IS ODD IN THE DOCUMENT", &answer.notes),
        ("WHAT THE XML WRITTEN HAS NO PLACE FOR", &answer.left_out),
    ] {
        if !remarks.is_empty() {
            report.heading(title)?;
            for remark in remarks.iter().take(SHOWN) {
                report.line(2, &format!("{}: {}", remark.path, remark.what))?;
            }
            report.more(remarks.len(), "places", "--json PATH")?;
        }
    }
    let findings: Vec<_> = answer.findings.iter().filter(|f| f.severity != "note").collect();
    if !findings.is_empty() {
        report.heading("WHAT ITS RECORDS CONTRADICT")?;
        for finding in findings.iter().take(SHOWN) {
            report
                .line(2, &format!("{} {}: {}", finding.severity, finding.code, finding.message))?;
        }
        report.more(findings.len(), "findings", "--json PATH")?;
    }
    Ok(())
}

fn trace(report: &mut Report<impl Write>, trace: &EventTrace, clock: &str) -> io::Result<()> {
    let (title, limit) = match trace.direction {
        Direction::Back => ("TRACE BACK", "until"),
        Direction::Forward => ("TRACE FORWARD", "since"),
    };
    report.heading(&format!("{title} from {}", show::field(&trace.from)))?;
    let on_path = trace.events.iter().filter(|event| event.on_path).count();
    let text = format!(
        "{} in {} of the documents, {on_path} on the path; {}",
        show::count(trace.events.len(), "distinct event"),
        if trace.entries == 1 { "1 entry".to_owned() } else { show::count(trace.entries, "entry") },
        show::count(trace.stocks.len(), "stock"),
    );
    report.item("found", &text)?;
    let title = format!("EVENTS, by time at {clock} (. is about goods of the path, but not on it)");
    report.heading(&title)?;
    let mut table = Table::new(&[
        ("", Kind::Word),
        ("time", Kind::Word),
        ("type", Kind::Word),
        ("step", Kind::Name),
        ("id", Kind::Code),
    ]);
    for event in trace.events.iter().take(SHOWN) {
        let id = event.id.as_deref().or(event.paths.first().map(String::as_str));
        let step = event.step.as_deref().unwrap_or_default();
        table.row([
            if event.on_path { "*" } else { "." }.to_owned(),
            show::minute(event.minute),
            event.kind.trim_end_matches("Event").to_owned(),
            step.rsplit([':', '/']).next().unwrap_or(step).to_owned(),
            show::field(id.unwrap_or_default()),
        ]);
    }
    report.table(&table)?;
    report.more(trace.events.len(), "events", "--json PATH")?;
    report.heading(&format!("STOCKS, the nearest first, times at {clock}"))?;
    let mut table = Table::new(&[
        ("goods", Kind::Code),
        ("place", Kind::Code),
        ("name", Kind::Name),
        (limit, Kind::Word),
        ("certainty", Kind::Word),
        ("hops", Kind::Number),
    ]);
    for stock in trace.stocks.iter().take(SHOWN) {
        let bare = |text: &str| text.trim_start_matches("https://id.gs1.org").to_owned();
        let minute = match trace.direction {
            Direction::Back => show::until(stock.minute),
            Direction::Forward => show::since(stock.minute),
        };
        table.row([
            bare(&stock.goods),
            bare(&stock.place),
            stock.name.clone(),
            minute,
            stock.certainty.to_string(),
            stock.hops.to_string(),
        ]);
    }
    report.table(&table.without_empty())?;
    report.more(trace.stocks.len(), "stocks", "--json PATH")
}
