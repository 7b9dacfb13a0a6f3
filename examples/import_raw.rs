//! From the files an office keeps (CSV, text, xlsx) to a data set, by a profile.
//!
//! ```text
//! cargo run --release --example import_raw -- 台账.csv --guess profile.toml
//! cargo run --release --example import_raw -- 台账.csv --profile profile.toml --out DATA
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suyuan::import::{Imported, Profile, Reason, Register, Sheet, apply, guess};
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::{load, show};

const BUNDLED: &str = "No file given: using the bundled fixtures/raw and its profile.";

const EXAMPLES: &str = "\
--guess drafts a profile: each line says what it rests on and how sure it is. Look at it, correct
it, keep it. Nothing guessed is used unless it stands in the profile.

Examples:
  import_raw
  import_raw 台账.csv --guess profile.toml
  import_raw 台账.csv --profile profile.toml --out DATA
  import_raw 三月.xlsx 四月.xlsx --profile profile.toml --register REGISTERED --out DATA";

/// Make a data set of the files an office keeps, and say what became of every row.
#[derive(Debug, Parser)]
#[command(name = "import_raw", after_help = EXAMPLES)]
struct Flags {
    /// CSV, text or xlsx [default: the bundled fixtures/raw/deliveries.csv]
    files: Vec<PathBuf>,
    /// Write the draft of a profile to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH", conflicts_with_all = ["profile", "out"])]
    guess: Option<PathBuf>,
    /// The profile to read by
    #[arg(long, value_name = "FILE", requires = "files")]
    profile: Option<PathBuf>,
    /// A data set whose operators and products are known: their names become its codes
    #[arg(long, value_name = "DIR")]
    register: Option<PathBuf>,
    /// Write the data set and import-report.csv into this folder, which must be empty or new
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    failure::finish("import_raw", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let bundled = |name: &str| load::bundled().with_file_name("raw").join(name);
    let files = match flags.files.as_slice() {
        [] => vec![bundled("deliveries.csv")],
        files => files.to_vec(),
    };
    let mut sheets = Vec::new();
    for file in &files {
        sheets.extend(Sheet::read(file)?);
    }
    if let Some(path) = &flags.guess {
        return draft(&sheets, path);
    }
    let profile = match (&flags.profile, flags.files.is_empty()) {
        (Some(path), _) => path.clone(),
        (None, true) => bundled("deliveries.toml"),
        (None, false) => {
            let what = "--profile FILE is needed; --guess PATH drafts one".to_owned();
            return Err(Failure::Usage(what));
        }
    };
    let text = std::fs::read_to_string(&profile)
        .map_err(|error| Failure::doing(format!("failed to read {}", profile.display()), error))?;
    let profile = Profile::parse(&text)?;
    let register = match &flags.register {
        Some(dir) => Register::of(&load::load(Some(dir), None, false)?.chain),
        None => Register::default(),
    };
    let imported = apply(&profile, &sheets, &register)?;
    if let Some(dir) = &flags.out {
        if dir.read_dir().is_ok_and(|mut there| there.next().is_some()) {
            let what = format!("failed to write into {}: the folder is not empty", dir.display());
            return Err(Failure::job(what));
        }
        imported.write(dir)?;
    }
    let mut report = Report::stdout();
    if flags.files.is_empty() {
        report.line(0, BUNDLED)?;
    }
    say(&mut report, &imported)?;
    report.written(flags.out.iter())?;
    Ok(report.finish()?)
}

fn draft(sheets: &[Sheet], path: &Path) -> Result<(), Failure> {
    let draft = guess(sheets);
    if draft.profile.sheets.is_empty() {
        let what = "failed to guess: no row holds two headings that are known; write a profile";
        return Err(Failure::job(what.to_owned()));
    }
    let text = draft.to_toml();
    if path == Path::new("-") {
        return Ok(std::io::stdout().lock().write_all(text.as_bytes())?);
    }
    std::fs::write(path, text)
        .map_err(|error| Failure::doing(format!("failed to write {}", path.display()), error))?;
    let mut report = Report::stdout();
    let open = draft.decisions.iter().filter(|decision| decision.line.is_some()).count();
    report.heading(&format!("DRAFT of a profile for {}", show::count(sheets.len(), "sheet")))?;
    let decided = show::count(draft.decisions.len(), "decision");
    report.line(2, &format!("{decided}, of which {open} are left to you (lines with #?)"))?;
    report.written([path.to_owned()].iter())?;
    Ok(report.finish()?)
}

const REASONS: [Reason; 8] = [
    Reason::Title,
    Reason::Blank,
    Reason::Header,
    Reason::Total,
    Reason::Note,
    Reason::Unreadable,
    Reason::NoTable,
    Reason::NoProfile,
];

fn say<W: Write>(report: &mut Report<W>, imported: &Imported) -> Result<(), Failure> {
    let rows = &imported.report;
    report.heading(&format!("IMPORT of {}", show::count(rows.sheets.len(), "sheet")))?;
    for sheet in &rows.sheets {
        let form = if sheet.form.is_empty() { String::new() } else { format!(" ({})", sheet.form) };
        let name = [sheet.file.as_str(), sheet.sheet.as_str()].join(" ");
        report.line(2, &show::clean(&format!("{}{form}", name.trim_end())))?;
    }
    let left = REASONS.map(|reason| (reason, rows.left_out(reason)));
    let left: Vec<String> = left
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    let sum = if left.is_empty() { String::new() } else { format!(" + {}", left.join(" + ")) };
    report.line(2, &format!("{} rows read = {} used{sum}", rows.read(), rows.used()))?;
    report.heading("RECORDS")?;
    for records in &imported.tables {
        report.item(records.table.as_str(), &records.rows.len().to_string())?;
    }
    let problems: Vec<_> = rows.problems().collect();
    if !problems.is_empty() {
        report.heading("NOT READ: left empty, or the row left out")?;
        for (sheet, row, problem) in problems.iter().take(SHOWN) {
            report.line(2, &show::clean(&format!("{}:{row}: {problem}", sheet.file)))?;
        }
        report.more(problems.len(), "values", "--out DIR (import-report.csv)")?;
    }
    Ok(())
}
