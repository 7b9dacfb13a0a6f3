//! Operators that may be one: by credit code, licence, name and address.
//!
//! ```text
//! cargo run --release --example match_operators -- --cards merchants.csv --removed C-0800
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use suyuan::csv::identity::{ALIASES, read_aliases, read_cards, write_suggestions};
use suyuan::identity::{Aliases, Elsewhere, Matches, OperatorCard, elsewhere, suggest};
use suyuan_examples::args::Paged;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::matching::{document, is_confirmed};
use suyuan_examples::report::{Report, SHOWN};
use suyuan_examples::table::{Kind, Table};
use suyuan_examples::{json, load, pages, show};

const BUNDLED: &str = "No --cards given: using the bundled fixtures/merchants.";

const EXAMPLES: &str = "\
A suggestion merges nothing. Write them with --csv, have somebody fill in confirmed_by, and put
aliases.csv into the data set: its operators are then read as one.

Examples:
  match_operators
  match_operators --cards merchants.csv --least 80 --csv OUT
  match_operators --cards merchants.csv --aliases aliases.csv --removed C-0800 --json -";

/// Suggest which codes stand for one operator, with a score and the reasons.
#[derive(Debug, Parser)]
#[command(name = "match_operators", after_help = EXAMPLES)]
struct Flags {
    /// CSV of cards [default: the bundled fixtures/merchants/merchants.csv]
    #[arg(long, value_name = "FILE")]
    cards: Option<PathBuf>,
    /// CSV of aliases; those confirmed count as one operator
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// Least score, 60 to 100 [default: 60]
    #[arg(long, value_name = "SCORE", default_value_t = 60, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u8).range(60..=100))]
    least: u8,
    /// Where else the operator of this code is
    #[arg(long, value_name = "CODE")]
    removed: Option<String>,
    /// Write the suggestions as aliases.csv into this folder, to be confirmed
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

fn main() -> ExitCode {
    failure::finish("match_operators", run(&Flags::parse()))
}

fn run(flags: &Flags) -> Result<(), Failure> {
    Files::default()
        .read(&flags.cards)
        .read(&flags.aliases)
        .written(&flags.json)
        .written(&flags.paged.html)
        .written_into(&flags.csv, &[ALIASES])
        .check()?;
    let quiet = flags.json.as_deref() == Some(Path::new("-"));
    let bundled = |name: &str| load::bundled().with_file_name("merchants").join(name);
    if flags.cards.is_none() && quiet {
        failure::tell(BUNDLED);
    }
    let path = flags.cards.clone().unwrap_or_else(|| bundled("merchants.csv"));
    let cards = read_cards(&path)?;
    let table = match (&flags.aliases, &flags.cards) {
        (Some(path), _) => read_aliases(path)?,
        (None, None) => read_aliases(&bundled("aliases.csv"))?,
        (None, Some(_)) => Default::default(),
    };
    if let Some(code) = &flags.removed
        && !cards.iter().any(|card| card.code == *code)
    {
        return Err(Failure::job(format!("failed to find a card of code {code:?}")));
    }
    let matches = suggest(&cards, flags.least);
    let found = |code: &String| elsewhere(&cards, &matches, &table.aliases, code);
    let places = flags.removed.as_ref().map(found);
    if let Some(dir) = &flags.csv {
        let path = dir.join(ALIASES);
        if path.exists() {
            return Err(Failure::job(format!(
                "failed to write {}: it is there, and may say who confirmed an alias; give another \
                 folder",
                path.display()
            )));
        }
        write_suggestions(&cards, &matches, dir)?;
    }
    let document = document(&cards, &matches, &table.aliases, places.as_deref());
    if let Some(path) = &flags.json {
        json::write(path, &document)?;
    }
    flags.paged.write(|lang| pages::matches(&document, flags.removed.as_deref(), lang))?;
    if quiet {
        return Ok(());
    }
    let mut report = Report::stdout();
    if flags.cards.is_none() {
        report.line(0, BUNDLED)?;
    }
    report.heading(&format!(
        "OPERATORS that may be one: {} from {}, {} confirmed, {} not yet",
        show::count(matches.suggestions.len(), "suggestion"),
        show::count(cards.len(), "card"),
        table.aliases.len(),
        table.unconfirmed
    ))?;
    pairs(&mut report, &cards, &matches, &table.aliases)?;
    if !matches.unsound.is_empty() {
        report.heading("WRONG CHECK CHARACTERS: neither credit code nor licence can be trusted")?;
        for card in matches.unsound.iter().filter_map(|at| cards.get(*at)).take(SHOWN) {
            let numbers =
                show::spaced(&[&show::field(&card.credit_code), &show::field(&card.licence)]);
            report.line(2, &format!("{}: {numbers}", show::field(&card.code)))?;
        }
        report.more(matches.unsound.len(), "cards", "--json PATH")?;
    }
    if let (Some(code), Some(places)) = (&flags.removed, &places) {
        report.heading(&format!("THE OPERATOR OF {} is found as", show::field(code)))?;
        elsewhere_table(&mut report, &cards, places)?;
    }
    report.written([&flags.json, &flags.csv, &flags.paged.html].into_iter().flatten())?;
    Ok(report.finish()?)
}

fn pairs(
    report: &mut Report<impl std::io::Write>,
    cards: &[OperatorCard],
    matches: &Matches,
    aliases: &Aliases,
) -> Result<(), Failure> {
    let mut table = Table::new(&[
        ("score", Kind::Number),
        ("operator", Kind::Code),
        ("may be", Kind::Code),
        ("names", Kind::Name),
        ("why", Kind::Name),
        ("", Kind::Word),
    ]);
    for pair in matches.suggestions.iter().take(SHOWN) {
        let (Some(one), Some(other)) = (cards.get(pair.first), cards.get(pair.second)) else {
            continue;
        };
        let why: Vec<String> =
            pair.reasons.iter().map(|reason| reason.as_str().replace('_', " ")).collect();
        table.row([
            pair.score.to_string(),
            show::spaced(&[&show::field(&one.code), &show::field(&one.platform)]),
            show::spaced(&[&show::field(&other.code), &show::field(&other.platform)]),
            format!("{}\n{}", show::field(&one.name), show::field(&other.name)),
            why.join("\n"),
            if is_confirmed(aliases, one, other) { "confirmed" } else { "" }.to_owned(),
        ]);
    }
    report.table(&table)?;
    Ok(report.more(matches.suggestions.len(), "suggestions", "--csv DIR or --json PATH")?)
}

fn elsewhere_table(
    report: &mut Report<impl std::io::Write>,
    cards: &[OperatorCard],
    places: &[Elsewhere],
) -> Result<(), Failure> {
    let mut table = Table::new(&[
        ("code", Kind::Code),
        ("platform", Kind::Name),
        ("name", Kind::Name),
        ("address", Kind::Name),
        ("score", Kind::Number),
        ("", Kind::Word),
    ]);
    for place in places.iter().take(SHOWN) {
        let Some(card) = cards.get(place.card) else { continue };
        table.row([
            show::field(&card.code),
            show::field(&card.platform),
            show::field(&card.name),
            show::field(&card.address),
            place.score.to_string(),
            if place.confirmed { "the same" } else { "suggested" }.to_owned(),
        ]);
    }
    report.table(&table)?;
    Ok(report.more(places.len(), "cards", "--json PATH")?)
}
