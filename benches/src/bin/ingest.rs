//! Times and memory of getting a chain: from CSV, from records, from a snapshot, by growth.
//!
//! ```text
//! ingest write  DIR LINKS     the workload as a folder of CSV
//! ingest import DIR [RUNS]    CSV to a frozen chain
//! ingest open   DIR [RUNS]    a snapshot of it, saved and opened
//! ingest build  LINKS         records straight into a builder, and frozen
//! ingest append LINKS [RUNS]  a day of records for a year's chain, and all of them built anew
//! ```
//!
//! Each prints the median time of its runs and the peak memory of the process.
#![allow(clippy::print_stdout)]

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use suyuan::chain::{ChainBuilder, SupplyChain};
use suyuan::csv::{ReadOptions, read_dir};
use suyuan::snapshot;
use suyuan::synth::{ChainSink, CsvFolder, Plan};
use suyuan_benches::days::{self, Part};
use suyuan_benches::workload;

type Outcome = Result<(), Box<dyn Error>>;

/// The median of what `run` takes, and what it made last.
fn median<T>(
    runs: usize,
    mut run: impl FnMut() -> Result<T, Box<dyn Error>>,
) -> Result<(Duration, T), Box<dyn Error>> {
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let made = run()?;
        times.push(start.elapsed());
        if times.len() >= runs.max(1) {
            times.sort_unstable();
            return Ok((times[times.len() / 2], made));
        }
    }
}

/// A line of `/proc/self/status` in MB; 0 where there is none.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let kilobytes = found.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1000
}

fn say(what: &str, time: Duration, chain: &SupplyChain) {
    println!(
        "{what}: {:.3} s; {} links, {} stocks; {} MB, at most {} MB",
        time.as_secs_f64(),
        chain.link_count(),
        chain.stock_count(),
        memory("VmRSS:"),
        memory("VmHWM:"),
    );
}

fn write(dir: &str, links: u64) -> Outcome {
    let plan = Plan::new(links, 1);
    let mut sink = CsvFolder::create(Path::new(dir), &plan)?;
    plan.generate(&mut sink)?;
    sink.finish()?;
    Ok(())
}

fn import(dir: &str, runs: usize) -> Outcome {
    let (time, made) = median(runs, || Ok(read_dir(dir, &ReadOptions::default())?))?;
    say("CSV to chain", time, &made.chain);
    println!("{}", made.chain.memory());
    Ok(())
}

fn open(dir: &str, runs: usize) -> Outcome {
    let path = env::temp_dir().join(format!("suyuan-ingest-{}", std::process::id()));
    let chain = read_dir(dir, &ReadOptions::default())?.chain;
    let (time, ()) = median(runs, || Ok(snapshot::save(&chain, &path)?))?;
    say("saving a snapshot", time, &chain);
    drop(chain);
    println!("{} bytes", path.metadata()?.len());
    let (time, chain) = median(runs, || Ok(snapshot::open(&path)?))?;
    say("opening it", time, &chain);
    std::fs::remove_file(&path)?;
    Ok(())
}

fn build(links: u64) -> Outcome {
    let start = Instant::now();
    let mut sink = ChainSink::new();
    Plan::new(links, 1).generate(&mut sink)?;
    println!("generating: {:.3} s, {} MB", start.elapsed().as_secs_f64(), memory("VmRSS:"));
    let (time, built) = {
        let start = Instant::now();
        let built = sink.build()?;
        (start.elapsed(), built)
    };
    say("freezing", time, &built.chain);
    println!("{}", built.chain.memory());
    Ok(())
}

/// Prints what appending takes of building, both of the same records in the same runs.
fn compare(
    what: &str,
    chain: &SupplyChain,
    runs: usize,
    mut records: impl FnMut() -> Result<[ChainBuilder; 2], Box<dyn Error>>,
) -> Outcome {
    let (mut appending, mut building) = (Vec::new(), Vec::new());
    let mut grown_by = 0;
    for _ in 0..runs.max(1) {
        let [day, all] = records()?;
        let (time, grown) = timed(|| chain.append(day))?;
        appending.push(time);
        let (time, built) = timed(|| all.build())?;
        building.push(time);
        grown_by = built.chain.shipment_ids().len() - chain.shipment_ids().len();
        if grown.chain.link_count() != built.chain.link_count() {
            return Err("what was appended is not what was built".into());
        }
    }
    let [appending, building] = [appending, building].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let share = 100.0 * appending.as_secs_f64() / building.as_secs_f64();
    say(&format!("appending {what}, {grown_by} shipments"), appending, chain);
    println!("building all: {:.3} s; appending takes {share:.1} %", building.as_secs_f64());
    Ok(())
}

fn timed<T>(
    run: impl FnOnce() -> Result<T, suyuan::Error>,
) -> Result<(Duration, T), Box<dyn Error>> {
    let start = Instant::now();
    let made = run()?;
    Ok((start.elapsed(), made))
}

fn append(links: u64, runs: usize) -> Outcome {
    let mut sink = ChainSink::new();
    Plan::new(links, 1).generate(&mut sink)?;
    let chain = sink.build()?.chain;
    compare("shipments all over the year", &chain, runs, || {
        let mut all = ChainSink::new();
        Plan::new(links, 1).generate(&mut all)?;
        let mut all = all.into_builder();
        workload::add_day(&chain, &mut all)?;
        Ok([workload::day(&chain), all])
    })?;
    drop(chain);
    let chain = days::records(links, Part::Before)?.build()?.chain;
    compare("the last day", &chain, runs, || {
        Ok([days::records(links, Part::On)?, days::records(links, Part::Through)?])
    })
}

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |at: usize| arguments.get(at).map_or(Ok(1), |text| text.parse::<u64>());
    match arguments[..] {
        ["write", dir, ..] => write(dir, number(2)?),
        ["import", dir, ..] => import(dir, number(2)? as usize),
        ["open", dir, ..] => open(dir, number(2)? as usize),
        ["build", ..] => build(number(1)?),
        ["append", ..] => append(number(1)?, number(2)? as usize),
        _ => Err("expected write, import, open, build or append".into()),
    }
}
