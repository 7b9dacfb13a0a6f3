//! How often each method of ranking sources finds the operator in which an outbreak began, on
//! planted outbreaks whose source is known. Prints the tables of `docs/sources.md`.
//!
//! ```text
//! cargo run --release -p suyuan-benches --bin source_trials -- [OUTBREAKS] [LINKS]
//! ```
#![allow(clippy::print_stdout, reason = "its purpose")]

use std::env;
use std::error::Error;

use petgraph::Direction;
use rayon::prelude::*;
use suyuan::chain::SupplyChain;
use suyuan::id::{OperatorId, StockId};
use suyuan::recall::{Policy, RecallSource, StartFrom};
use suyuan::synth::{ChainSink, Plan};
use suyuan::time::Minute;
use suyuan::trace::sources::{Candidate, SourceOptions, SourcePanel, rank_sources};
use suyuan::trace::{Target, Tracer};
use suyuan_benches::Random;

/// How many cases of an outbreak are known.
const CASES: [usize; 3] = [3, 10, 30];
/// Upper ends of the classes of stated probability.
const CLASSES: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// A number that orders candidates, most likely first.
type Method = (&'static str, fn(&Candidate) -> f64);

const METHODS: [Method; 6] = [
    ("lineage posterior", |row| row.lineage),
    ("network posterior", |row| row.network),
    ("sales posterior", |row| row.sales),
    ("share reached", |row| row.score),
    ("effective distance", |row| row.off_centre().map_or(f64::NEG_INFINITY, |off| -off)),
    ("unavoidable", |row| f64::from(row.unavoidable)),
];
/// The first three state probabilities.
const POSTERIORS: usize = 3;

/// What one ranking gave.
#[derive(Clone, Default)]
struct Outcome {
    /// For each method the probability of being first and among the first five, ties broken by lot.
    places: Vec<(f64, f64)>,
    /// For each posterior, by class: candidates, their stated probabilities, and how many are true.
    classes: Vec<[(f64, f64, f64); CLASSES.len()]>,
}

fn outcome(panel: &SourcePanel, truth: OperatorId) -> Outcome {
    let mut outcome = Outcome::default();
    let found = panel.find(truth);
    for (_, method) in METHODS {
        let Some(own) = found.map(method) else {
            outcome.places.push((0.0, 0.0));
            continue;
        };
        let better = panel.candidates.iter().filter(|row| method(row) > own).count() as f64;
        let alike = panel.candidates.iter().filter(|row| method(row) == own).count() as f64;
        let within = |places: f64| ((places - better) / alike).clamp(0.0, 1.0);
        outcome.places.push((within(1.0), within(5.0)));
    }
    for (_, method) in &METHODS[..POSTERIORS] {
        let mut classes = [(0.0, 0.0, 0.0); CLASSES.len()];
        for row in &panel.candidates {
            let stated = method(row);
            let at = CLASSES.iter().position(|end| stated <= *end).unwrap_or(CLASSES.len() - 1);
            classes[at].0 += 1.0;
            classes[at].1 += stated;
            classes[at].2 += f64::from(u8::from(row.operator == truth));
        }
        outcome.classes.push(classes);
    }
    outcome
}

/// The final stocks that a source reaches, with what is expected to be contaminated of each.
fn reached(chain: &SupplyChain, tracer: &mut Tracer<'_>, source: StockId) -> Vec<(StockId, i128)> {
    let Ok(source) = RecallSource::new(chain, StartFrom::Stocks(vec![source])) else {
        return Vec::new();
    };
    let Ok(scope) = tracer.recall(&source, &Policy::default()) else { return Vec::new() };
    let ends = |stock: StockId| chain.links_of(stock, Direction::Outgoing).next().is_none();
    let rows = scope.affected.iter().filter(|row| row.contamination.expected > 0);
    rows.filter(|row| ends(row.traced.stock))
        .map(|row| (row.traced.stock, row.contamination.expected))
        .collect()
}

/// Different stocks, drawn one after another in proportion to what is contaminated.
fn draw(mut stocks: Vec<(StockId, i128)>, count: usize, random: &mut Random) -> Vec<StockId> {
    let mut drawn = Vec::new();
    while drawn.len() < count && !stocks.is_empty() {
        let all: i128 = stocks.iter().map(|(_, weight)| weight).sum();
        let mut at = i128::from(random.below(all.min(i128::from(u64::MAX)) as u64));
        let place = stocks.iter().position(|(_, weight)| {
            at -= weight;
            at < 0
        });
        drawn.push(stocks.swap_remove(place.unwrap_or(0)).0);
    }
    drawn
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let wanted = arguments.next().map_or(Ok(200), |text| text.parse::<usize>())?;
    let links = arguments.next().map_or(Ok(100_000), |text| text.parse::<u64>())?;
    let mut random = Random::new(20_260_301);
    let mut outcomes: Vec<Vec<Outcome>> = Vec::new();
    let mut seed = 0;
    while outcomes.len() < wanted && seed < 100 {
        seed += 1;
        let mut plan = Plan::new(links, seed);
        plan.sources = 64;
        let mut sink = ChainSink::new();
        let summary = plan.generate(&mut sink)?;
        let chain = sink.build()?.chain;
        let mut tracer = Tracer::new(&chain);
        let mut outbreaks = Vec::new();
        for source in &summary.sources {
            let stock = chain.find_stock(&source.batch, &source.operator)?;
            let ends = reached(&chain, &mut tracer, stock);
            if ends.len() >= CASES[CASES.len() - 1] {
                let drawn = draw(ends, CASES[CASES.len() - 1], &mut random);
                outbreaks.push((chain.stock(stock).1, drawn));
            }
        }
        outbreaks.truncate(wanted - outcomes.len());
        let ranked = outbreaks.par_iter().map(|(truth, drawn)| {
            let ranked = CASES.iter().map(|count| {
                let until = Minute::UNBOUNDED_FUTURE;
                let case = |stock: &StockId| Target::new(&chain, vec![(*stock, until)]);
                let cases = drawn.iter().take(*count).map(case).collect::<Result<Vec<_>, _>>()?;
                let panel = rank_sources(&chain, &cases, &[], &SourceOptions::default());
                panel.map(|panel| outcome(&panel, *truth))
            });
            ranked.collect::<Result<Vec<_>, _>>()
        });
        outcomes.extend(ranked.collect::<Result<Vec<_>, _>>()?);
    }
    print(&outcomes);
    Ok(())
}

fn print(outcomes: &[Vec<Outcome>]) {
    let all = outcomes.len() as f64;
    println!("{} outbreaks\n", outcomes.len());
    print!("| method |");
    CASES.iter().for_each(|count| print!(" {count} cases: first | in the first five |"));
    println!("\n|---|{}", "--:|--:|".repeat(CASES.len()));
    for (method, (name, _)) in METHODS.iter().enumerate() {
        print!("| {name} |");
        for at in 0..CASES.len() {
            let places = outcomes.iter().map(|outcome| outcome[at].places[method]);
            let (first, five) = places.fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
            print!(" {:.0} % | {:.0} % |", 100.0 * first / all, 100.0 * five / all);
        }
        println!();
    }
    for (method, (name, _)) in METHODS[..POSTERIORS].iter().enumerate() {
        println!("\n{name}: stated probability and how often it was the source\n");
        println!("| class | candidates | stated | true |\n|---|--:|--:|--:|");
        for (at, end) in CLASSES.iter().enumerate() {
            let rows = outcomes.iter().flatten().map(|outcome| outcome.classes[method][at]);
            let (count, stated, truth) =
                rows.fold((0.0, 0.0, 0.0), |sum, r| (sum.0 + r.0, sum.1 + r.1, sum.2 + r.2));
            if count > 0.0 {
                let (stated, truth) = (100.0 * stated / count, 100.0 * truth / count);
                println!("| to {:.0} % | {count} | {stated:.1} % | {truth:.1} % |", 100.0 * end);
            }
        }
    }
}
