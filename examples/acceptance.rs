//! What an acceptance plan does, or the plan that does what is wanted.
//!
//! ```text
//! cargo run --release --example acceptance -- --producer 0.01,0.95 --consumer 0.08,0.10
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use suyuan::stats::acceptance::iso2859::Level;
use suyuan_examples::args::Paged;
use suyuan_examples::failure::{self, Failure};
use suyuan_examples::files::Files;
use suyuan_examples::plans::{self, Question, Wanted};
use suyuan_examples::report::Report;
use suyuan_examples::{json, pages};

const EXAMPLES: &str = "\
SHARE is a share of bad units, such as 0.02. --lot gives average outgoing quality (AOQ) and average
total inspection (ATI), and with --law hypergeometric exact probabilities.

Examples:
  acceptance --n 125 --c 3 --lot 2000
  acceptance --producer 0.01,0.95 --consumer 0.08,0.10
  acceptance --producer 0.01,0.95 --consumer 0.08,0.10 --variables unknown
  acceptance --stages 50/1/4,50/4/5 --shares 0.01,0.02,0.05
  acceptance --table-lot 1000 --level ii --limit 1.0 --json -
  acceptance --n 5 --c 2 --m 4 --large-m 5 --sd 0.8 --means 2,3,3.5,4";

/// Operating characteristic, AOQ and ATI of a plan; or two points in, plan out.
#[derive(Debug, Parser)]
#[command(name = "acceptance", after_help = EXAMPLES)]
struct Flags {
    /// Units tested
    #[arg(long, value_name = "N", requires = "c")]
    n: Option<u64>,
    /// The most bad (with --m: marginal) units accepted
    #[arg(long, value_name = "C", requires = "n")]
    c: Option<u64>,
    /// Stages N/ACCEPT/REJECT, separated by commas; - where a stage cannot accept
    #[arg(long, value_name = "LIST", conflicts_with = "n")]
    stages: Option<String>,
    /// Producer's point: a good share and the least probability of acceptance
    #[arg(long, value_name = "SHARE,P", requires = "consumer", conflicts_with_all = ["n", "stages"])]
    producer: Option<String>,
    /// Consumer's point: a bad share and the greatest probability of acceptance
    #[arg(long, value_name = "SHARE,P", requires = "producer")]
    consumer: Option<String>,
    /// With two points: a plan on a measured value, sigma known or unknown
    #[arg(long, value_name = "SIGMA", requires = "producer")]
    variables: Option<plans::SigmaName>,
    /// A plan from ISO 2859-1 for this lot size
    #[arg(long, value_name = "UNITS", requires = "limit")]
    #[arg(conflicts_with_all = ["n", "stages", "producer"])]
    table_lot: Option<u64>,
    /// Inspection level of --table-lot: s1 to s4, i, ii, iii
    #[arg(long, value_name = "LEVEL", default_value = "ii", value_parser = plans::level)]
    level: Level,
    /// Acceptance quality limit of --table-lot, such as 1.0
    #[arg(long, value_name = "LIMIT", requires = "table_lot")]
    limit: Option<String>,
    /// Tightened inspection for --table-lot
    #[arg(long)]
    tightened: bool,
    /// Limit m of a three-class plan, log10 CFU per gram
    #[arg(long, value_name = "LOG", requires_all = ["n", "large_m", "sd"])]
    m: Option<f64>,
    /// Limit M of a three-class plan, log10 CFU per gram
    #[arg(long, value_name = "LOG", requires = "m")]
    large_m: Option<f64>,
    /// Standard deviation of log10 CFU per gram within a lot
    #[arg(long, value_name = "LOG", requires = "m")]
    sd: Option<f64>,
    /// Means of log10 CFU per gram to evaluate a three-class plan at
    #[arg(long, value_name = "LIST", value_delimiter = ',', requires = "m")]
    means: Vec<f64>,
    /// Units in a lot
    #[arg(long, value_name = "UNITS")]
    lot: Option<u64>,
    /// How bad units are counted
    #[arg(long, value_enum, default_value_t = LawName::Binomial)]
    law: LawName,
    /// Shares of bad units to evaluate at
    #[arg(long, value_name = "SHARE", value_delimiter = ',')]
    shares: Vec<f64>,
    /// Write JSON to this file; - is standard output, nothing else there
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Write the operating characteristic as CSV to this file
    #[arg(long, value_name = "PATH")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    paged: Paged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LawName {
    Binomial,
    Poisson,
    Hypergeometric,
}

fn main() -> ExitCode {
    failure::finish("acceptance", run(&Flags::parse()))
}

/// What is said when no plan is asked for.
const BUNDLED: &str = "No plan given: using n = 125, c = 3 on lots of 2000.";

fn run(flags: &Flags) -> Result<(), Failure> {
    let (question, bundled) = flags.question()?;
    let files = Files::default().written(&flags.json).written(&flags.csv);
    files.written(&flags.paged.html).check()?;
    let quiet = flags.json.as_deref() == Some(std::path::Path::new("-"));
    if bundled && quiet {
        failure::tell(BUNDLED);
    }
    let document = question.answer()?;
    if let Some(path) = &flags.csv {
        plans::write_csv(&document, path)?;
    }
    if let Some(path) = &flags.json {
        json::write(path, &document)?;
    }
    flags.paged.write(|lang| pages::acceptance(&document, lang))?;
    if !quiet {
        let mut report = Report::stdout();
        if bundled {
            report.line(0, BUNDLED)?;
        }
        plans::write(&mut report, &document)?;
        report.written([&flags.json, &flags.csv, &flags.paged.html].into_iter().flatten())?;
        report.finish()?;
    }
    Ok(())
}

impl Flags {
    fn question(&self) -> Result<(Question, bool), Failure> {
        use suyuan::stats::acceptance::Law;
        let law = match (self.law, self.lot) {
            (LawName::Binomial, _) => Law::Binomial,
            (LawName::Poisson, _) => Law::Poisson,
            (LawName::Hypergeometric, Some(lot)) => Law::Hypergeometric { lot },
            (LawName::Hypergeometric, None) => {
                return Err(Failure::Usage("--law hypergeometric needs --lot".to_owned()));
            }
        };
        let mut question = Question {
            wanted: Wanted::Single { n: 125, c: 3 },
            law,
            lot: self.lot,
            shares: self.shares.clone(),
        };
        if let (Some(n), Some(c)) = (self.n, self.c) {
            question.wanted = match (self.m, self.large_m, self.sd) {
                (Some(m), Some(large_m), Some(sd)) => {
                    Wanted::ThreeClass { n, c, m, large_m, sd, means: self.means.clone() }
                }
                _ => Wanted::Single { n, c },
            };
        } else if let Some(stages) = &self.stages {
            question.wanted = Wanted::Stages(plans::stages(stages).map_err(Failure::Usage)?);
        } else if let (Some(producer), Some(consumer)) = (&self.producer, &self.consumer) {
            let producer = plans::point(producer).map_err(Failure::Usage)?;
            let consumer = plans::point(consumer).map_err(Failure::Usage)?;
            question.wanted = match self.variables {
                Some(sigma) => Wanted::Variables { sigma: sigma.into(), producer, consumer },
                None => Wanted::Points { producer, consumer },
            };
        } else if let (Some(lot), Some(limit)) = (self.table_lot, &self.limit) {
            let (level, tightened) = (self.level, self.tightened);
            question.wanted = Wanted::Table { lot, level, limit: limit.clone(), tightened };
        } else {
            question.lot = self.lot.or(Some(2000));
            return Ok((question, true));
        }
        Ok((question, false))
    }
}
