//! Traces, recalls, growth and exposure on the synthetic chain of `docs/workload.md`, against the
//! plain search and other libraries on the same graph and the same questions.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::{Bfs, Visitable};
use suyuan::chain::SupplyChain;
use suyuan::id::StockId;
use suyuan::recall::{Detail, Policy, RecallSource, StartFrom};
use suyuan::time::Minute;
use suyuan::trace::exposure::{ExposureOptions, Exposures, Measure};
use suyuan::trace::{TraceOptions, Tracer, Tracers};
use suyuan_benches::peers::{Order, PetgraphSearch, Plain, Scratches};
use suyuan_benches::workload;

fn all(criterion: &mut Criterion) {
    let chain = workload::build(workload::links()).unwrap().chain;
    let opened = workload::opened(&chain).unwrap();
    let chains = [("", &chain), (", chain opened from a snapshot", &opened)];
    let stocks = workload::stocks(&chain);
    forward(criterion, chains, &stocks);
    backward(criterion, chains, &stocks);
    large(criterion, chains);
    batch(criterion, &chain, &stocks);
    whole(criterion, &chain);
}

/// A group that begins with the plain search of every stock, numbered either way.
fn beside_plain<'c>(
    criterion: &'c mut Criterion,
    way: &str,
    plain: &[Plain; 2],
    stocks: &[StockId],
) -> BenchmarkGroup<'c, WallTime> {
    let name = format!("{way}, {} questions on {} links", stocks.len(), plain[0].links());
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for (plain, order) in plain.iter().zip(Order::ALL) {
        let mut scratch = plain.scratch();
        group.bench_function(format!("plain search, {}", order.name()), |bench| {
            bench.iter(|| {
                let search = |stock: &StockId| plain.search(&[*stock], &mut scratch).len();
                stocks.iter().map(search).sum::<usize>()
            });
        });
    }
    group
}

/// A chain by what is said of it: as it was built, and as it is read, which lies in large pages.
type Chains<'c> = [(&'static str, &'c SupplyChain); 2];

fn forward(criterion: &mut Criterion, chains: Chains<'_>, stocks: &[StockId]) {
    let chain = chains[0].1;
    let plain = Order::ALL.map(|order| Plain::new(chain, Direction::Outgoing, order));
    let mut group = beside_plain(criterion, "forward", &plain, stocks);
    let options = TraceOptions::default();
    for (of, chain) in chains {
        let mut tracer = Tracer::new(chain);
        group.bench_function(format!("suyuan, dates and witnesses{of}"), |bench| {
            bench.iter(|| {
                for stock in stocks {
                    let seeds = [workload::seed(chain, *stock)];
                    black_box(workload::read(tracer.reach_forward(&seeds, &options).unwrap()));
                }
            });
        });
        for (name, detail) in [
            ("suyuan, full scope: what each operator holds", Detail::Ledger),
            ("suyuan, the same with contamination, share and maximum", Detail::Contamination),
        ] {
            group.bench_function(format!("{name}{of}"), |bench| {
                bench.iter(|| {
                    for stock in stocks {
                        let source =
                            RecallSource::new(chain, StartFrom::Stocks(vec![*stock])).unwrap();
                        let policy = Policy::default();
                        let mut reach = tracer.reach_recall(&source, &policy, detail).unwrap();
                        black_box(reach.operators());
                    }
                });
            });
        }
    }
    let mut tracer = Tracer::new(chain);
    group.bench_function("suyuan, as a sorted trace", |bench| {
        bench.iter(|| {
            for stock in stocks {
                black_box(tracer.forward(&[workload::seed(chain, *stock)], &options).unwrap());
            }
        });
    });
    let policy = Policy::default();
    group.bench_function("suyuan, the ledger of every stock read", |bench| {
        bench.iter(|| {
            for stock in stocks {
                let source = RecallSource::new(chain, StartFrom::Stocks(vec![*stock])).unwrap();
                let scope = tracer.reach_recall(&source, &policy, Detail::Ledger).unwrap();
                let held = scope.iter().map(|row| row.ledger.on_hand().millionths);
                black_box(held.fold(0, |all, one| all ^ one));
            }
        });
    });
    group.bench_function("suyuan, a scope of its own, by operator and batch", |bench| {
        bench.iter(|| {
            for stock in stocks {
                let source = RecallSource::new(chain, StartFrom::Stocks(vec![*stock])).unwrap();
                black_box(tracer.recall(&source, &policy).unwrap());
            }
        });
    });
    for (plain, order) in plain.iter().zip(Order::ALL) {
        petgraph(&mut group, plain, order, stocks);
    }
    let mut search = PetgraphSearch::new(chain.visit_map());
    group.bench_function("petgraph Bfs on suyuan's chain, marks taken back", |bench| {
        bench.iter(|| stocks.iter().map(|stock| search.count(chain, *stock)).sum::<usize>());
    });
    #[cfg(feature = "sqlite")]
    {
        use suyuan_benches::peers::sqlite;
        let [plain, _] = &plain;
        let connection = sqlite::load(plain).unwrap();
        group.bench_function("SQLite, recursive expression, stocks by time", |bench| {
            bench.iter(|| {
                for stock in stocks {
                    black_box(sqlite::count(&connection, plain.node(*stock)).unwrap());
                }
            });
        });
    }
    group.finish();
}

/// petgraph, and what is built on it, on the same graph.
fn petgraph(
    group: &mut BenchmarkGroup<'_, WallTime>,
    plain: &Plain,
    order: Order,
    stocks: &[StockId],
) {
    let graph = plain.petgraph();
    let name = |what: &str| format!("{what}, {}", order.name());
    let mut search = PetgraphSearch::new(graph.visit_map());
    group.bench_function(name("petgraph Bfs on Graph, marks taken back"), |bench| {
        bench.iter(|| {
            let node = |stock: &StockId| NodeIndex::new(plain.node(*stock) as usize);
            let count = |stock: &StockId| search.count(&graph, node(stock));
            stocks.iter().map(count).sum::<usize>()
        });
    });
    group.bench_function(name("petgraph Bfs on Graph, made anew"), |bench| {
        bench.iter(|| {
            for stock in stocks {
                let mut bfs = Bfs::new(&graph, NodeIndex::new(plain.node(*stock) as usize));
                while let Some(met) = bfs.next(&graph) {
                    black_box(met);
                }
            }
        });
    });
    #[cfg(feature = "rustworkx")]
    if order == Order::Time {
        use suyuan_benches::peers::rustworkx_count;
        group.bench_function(name("rustworkx descendants"), |bench| {
            let count = |stock: &StockId| rustworkx_count(&graph, plain.node(*stock));
            bench.iter(|| stocks.iter().map(count).sum::<usize>());
        });
    }
    drop(graph);
    let graph = plain.petgraph_csr();
    let mut search = PetgraphSearch::new(graph.visit_map());
    group.bench_function(name("petgraph Bfs on Csr, marks taken back"), |bench| {
        bench.iter(|| {
            let count = |stock: &StockId| search.count(&graph, plain.node(*stock));
            stocks.iter().map(count).sum::<usize>()
        });
    });
}

fn backward(criterion: &mut Criterion, chains: Chains<'_>, stocks: &[StockId]) {
    let chain = chains[0].1;
    let plain = Order::ALL.map(|order| Plain::new(chain, Direction::Incoming, order));
    let mut group = beside_plain(criterion, "backward", &plain, stocks);
    for (of, chain) in chains {
        let mut tracer = Tracer::new(chain);
        group.bench_function(format!("suyuan, dates and witnesses{of}"), |bench| {
            bench.iter(|| {
                for stock in stocks {
                    let targets = [(*stock, Minute::UNBOUNDED_FUTURE)];
                    let reach = tracer.reach_backward(&targets, &TraceOptions::default()).unwrap();
                    black_box(workload::read(reach));
                }
            });
        });
    }
    group.finish();
}

fn large(criterion: &mut Criterion, chains: Chains<'_>) {
    let chain = chains[0].1;
    let plain = Order::ALL.map(|order| Plain::new(chain, Direction::Outgoing, order));
    let mut scratch = plain[0].scratch();
    let Some(operator) =
        workload::large_operator(chain, |stocks| plain[0].search(stocks, &mut scratch).len())
    else {
        return;
    };
    let seeds: Vec<_> =
        chain.stocks_at(operator).iter().map(|stock| workload::seed(chain, *stock)).collect();
    let from: Vec<StockId> = seeds.iter().map(|(stock, _)| *stock).collect();
    let reached = plain[0].search(&from, &mut scratch).len();
    let mut group = criterion.benchmark_group(format!("one operator, {reached} stocks reached"));
    group.sample_size(10);
    for (plain, order) in plain.iter().zip(Order::ALL) {
        group.bench_function(format!("plain search, {}", order.name()), |bench| {
            bench.iter(|| plain.search(&from, &mut scratch).len());
        });
    }
    for (of, chain) in chains {
        let mut tracer = Tracer::new(chain);
        group.bench_function(format!("suyuan, dates and witnesses{of}"), |bench| {
            bench.iter(|| tracer.reach_forward(&seeds, &TraceOptions::default()).unwrap().len());
        });
    }
    group.finish();
}

fn batch(criterion: &mut Criterion, chain: &SupplyChain, stocks: &[StockId]) {
    let stocks = &stocks[..stocks.len().min(1000)];
    let plain = Order::ALL.map(|order| Plain::new(chain, Direction::Outgoing, order));
    let mut group = criterion.benchmark_group(format!("{} questions at once", stocks.len()));
    group.sample_size(30);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // All keep their room from one lot of questions to the next, as a service would.
        for (plain, order) in plain.iter().zip(Order::ALL) {
            let scratches = Scratches::default();
            let name = format!("plain search, {}, {threads} threads", order.name());
            group.bench_function(name, |bench| {
                bench.iter(|| {
                    let counts = pool.install(|| scratches.search(plain, stocks));
                    counts.iter().sum::<usize>()
                });
            });
        }
        let tracers = Tracers::new(chain);
        group.bench_function(format!("suyuan, {threads} threads"), |bench| {
            bench.iter(|| {
                let search = |tracer: &mut Tracer<'_>, stock: &StockId| {
                    let seeds = [workload::seed(chain, *stock)];
                    tracer.reach_forward(&seeds, &TraceOptions::default()).unwrap().len()
                };
                pool.install(|| tracers.map(stocks, search)).iter().sum::<usize>()
            });
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion, chain: &SupplyChain) {
    let mut group = criterion.benchmark_group(format!("whole chain, {} links", chain.link_count()));
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("build", |bench| {
        bench.iter(|| workload::build(workload::links()).unwrap().chain.stock_count());
    });
    group.bench_function("append a day", |bench| {
        bench.iter_batched(
            || workload::day(chain),
            |day| chain.append(day).unwrap().chain,
            criterion::BatchSize::PerIteration,
        );
    });
    let options = ExposureOptions::default().operators(false);
    group.bench_function("exposure of every stock, exact", |bench| {
        bench.iter(|| Exposures::exact(chain, &options).top(1, Measure::FinalStocks));
    });
    group.bench_function("exposure of every stock, estimated", |bench| {
        bench.iter(|| Exposures::estimate(chain, &options).top(1, Measure::FinalStocks));
    });
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
