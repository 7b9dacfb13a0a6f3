//! How figures grow with a chain: builds the synthetic chain of each size asked for, one after
//! another, and asks it the same questions as the plain search.
//!
//! `cargo run --release -p suyuan-benches --bin scale -- 100000 1000000 10000000`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use petgraph::Direction;
use suyuan::id::StockId;
use suyuan::recall::{Detail, Policy, RecallSource, StartFrom};
use suyuan::time::Minute;
use suyuan::trace::{TraceOptions, Tracer};
use suyuan_benches::peers::{Order, Plain};
use suyuan_benches::workload;

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let found = work();
    (found, start.elapsed())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("links asked for, stocks, links, build, bytes a link (texts apart)");
    println!(
        "  then, of each kind of question: nanoseconds a stock reached, and to the first search"
    );
    for size in std::env::args().skip(1) {
        measure(size.parse()?)?;
    }
    Ok(())
}

fn measure(links: u64) -> Result<(), Box<dyn Error>> {
    let (built, build) = timed(|| workload::build(links));
    let chain = built?.chain;
    let stocks = workload::stocks(&chain);
    let memory = chain.memory();
    println!(
        "{links}: {} stocks, {} links, {:.1} s, {:.1} bytes",
        chain.stock_count(),
        chain.link_count(),
        build.as_secs_f64(),
        memory.per_link(),
    );
    let mut tracer = Tracer::new(&chain);
    let options = TraceOptions::default();
    for (name, direction) in [("forward", Direction::Outgoing), ("backward", Direction::Incoming)] {
        let [(reached, base), (_, in_order)] = Order::ALL.map(|order| {
            let plain = Plain::new(&chain, direction, order);
            let mut scratch = plain.scratch();
            timed(|| {
                let search = |stock: &StockId| plain.search(&[*stock], &mut scratch).len();
                stocks.iter().map(search).sum::<usize>()
            })
        });
        let say = |name: &str, took: Duration| {
            println!(
                "  {name}: {:.1} ns, {:.2}",
                took.as_secs_f64() * 1e9 / reached as f64,
                took.as_secs_f64() / base.as_secs_f64(),
            );
        };
        println!("  {name}, {:.0} stocks a question", reached as f64 / stocks.len() as f64);
        say("plain search, stocks by time", base);
        say("plain search, stocks as in the chain", in_order);
        let ((), trace) = timed(|| {
            for stock in &stocks {
                black_box(match direction {
                    Direction::Outgoing => workload::read(
                        tracer.reach_forward(&[workload::seed(&chain, *stock)], &options).unwrap(),
                    ),
                    Direction::Incoming => {
                        let target = (*stock, Minute::UNBOUNDED_FUTURE);
                        workload::read(tracer.reach_backward(&[target], &options).unwrap())
                    }
                });
            }
        });
        say("dates and witnesses", trace);
        if direction == Direction::Incoming {
            continue;
        }
        for (name, detail) in [
            ("full scope, sums by operator", Detail::Ledger),
            ("with contamination", Detail::Contamination),
        ] {
            let ((), recall) = timed(|| {
                for stock in &stocks {
                    let source =
                        RecallSource::new(&chain, StartFrom::Stocks(vec![*stock])).unwrap();
                    black_box(
                        tracer
                            .reach_recall(&source, &Policy::default(), detail)
                            .unwrap()
                            .operators(),
                    );
                }
            });
            say(name, recall);
        }
    }
    Ok(())
}
