//! Many questions on several threads.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::Tracer;
use crate::chain::SupplyChain;
use crate::error::Error;
use crate::recall::{Policy, RecallSource, Scope};

/// How many questions a thread takes at a time. Few, since one question can take as long as
/// hundreds of others.
const TOGETHER: usize = 8;

/// Tracers kept from one lot of questions to the next, for as many threads as ask.
///
/// A [`Tracer`] answers one question after another and is cheap to keep but not to make: the
/// first search over new room pays for every page of memory it touches. A lot of questions takes
/// its tracers from here, makes those that are missing and puts all back. One of these serves any
/// number of callers at the same time.
///
/// ```
/// use suyuan_core::chain::ChainBuilder;
/// use suyuan_core::model::{Shipment, Source};
/// use suyuan_core::recall::{Policy, RecallSource, recall};
/// use suyuan_core::trace::Tracers;
/// let mut builder = ChainBuilder::new();
/// for (code, batch, to) in [("W1", "B1", "S1"), ("W2", "B2", "S2")] {
///     let shipment = Shipment {
///         code: code.into(), batch: batch.into(), from: "F".into(), to: to.into(),
///         ..Shipment::default()
///     };
///     builder.add_shipment(&shipment, Source::NONE)?;
/// }
/// let chain = builder.build()?.chain;
/// let tracers = Tracers::new(&chain);
/// let sources = [RecallSource::batch(&chain, "B2")?, RecallSource::batch(&chain, "B1")?];
/// let scopes = tracers.recalls(&sources, &Policy::default())?;
/// assert_eq!(scopes[0], recall(&chain, &sources[0], &Policy::default())?);
///
/// // Any other question, and what to keep of its answer.
/// let counts = tracers.map(&sources, |tracer, source| {
///     tracer.recall(source, &Policy::default()).map(|scope| scope.affected.len())
/// });
/// assert_eq!(counts, [Ok(2), Ok(2)]);
/// # Ok::<(), suyuan_core::Error>(())
/// ```
pub struct Tracers<'c> {
    chain: &'c SupplyChain,
    free: Mutex<Vec<Tracer<'c>>>,
}

impl<'c> Tracers<'c> {
    /// For a chain; makes no tracer yet. Each takes what [`Tracer::new`] says, as soon as a thread
    /// first needs it.
    #[must_use]
    pub fn new(chain: &'c SupplyChain) -> Self {
        Self { chain, free: Mutex::new(Vec::new()) }
    }

    /// Answers each question with a tracer, on all threads of the rayon pool it is called in; the
    /// answers come in the order of the questions and do not depend on how many threads there
    /// are, as long as `answer` tells the same of the same question.
    ///
    /// A question is answered by one thread, so the longest one bounds how well a lot of them
    /// spreads. Takes what the questions take one after another, divided by the threads.
    ///
    /// # Panics
    /// When `answer` does; the tracer it had is not used again.
    pub fn map<Q: Sync, R: Send>(
        &self,
        questions: &[Q],
        answer: impl Fn(&mut Tracer<'c>, &Q) -> R + Sync + Send,
    ) -> Vec<R> {
        questions
            .par_iter()
            .with_max_len(TOGETHER)
            .map_init(|| self.lend(), |lent, question| answer(lent.tracer(), question))
            .collect()
    }

    /// The scope of each recall under one policy, in the order of the sources, as
    /// [`Tracer::recall`] tells it.
    ///
    /// Every scope is in memory at once; [`Tracers::map`] keeps only what is wanted of each.
    ///
    /// # Errors
    /// As [`recall`](crate::recall::recall), of the first source that is of another chain.
    pub fn recalls(&self, sources: &[RecallSource], policy: &Policy) -> Result<Vec<Scope>, Error> {
        self.map(sources, |tracer, source| tracer.recall(source, policy)).into_iter().collect()
    }

    /// How many tracers wait for a question: when none is under way, as many as were ever in use at
    /// the same time.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.free().len()
    }

    /// The tracers that nobody uses; each is in order, whatever happened to the holder of the lock.
    fn free(&self) -> MutexGuard<'_, Vec<Tracer<'c>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> Lent<'_, 'c> {
        Lent { of: self, tracer: self.free().pop() }
    }
}

impl fmt::Debug for Tracers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracers").field("kept", &self.kept()).finish_non_exhaustive()
    }
}

/// A tracer on loan.
struct Lent<'t, 'c> {
    of: &'t Tracers<'c>,
    /// `None` until the first question where none was left, and once it is given back.
    tracer: Option<Tracer<'c>>,
}

impl<'c> Lent<'_, 'c> {
    fn tracer(&mut self) -> &mut Tracer<'c> {
        self.tracer.get_or_insert_with(|| Tracer::new(self.of.chain))
    }
}

impl Drop for Lent<'_, '_> {
    fn drop(&mut self) {
        // A question broken off may have left marks of its own behind.
        if !std::thread::panicking()
            && let Some(tracer) = self.tracer.take()
        {
            self.of.free().push(tracer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::chain::ChainBuilder;
    use crate::id::StockId;
    use crate::model::{Shipment, Source};
    use crate::recall::StartFrom;
    use crate::time::Minute;
    use crate::trace::{TraceOptions, forward};

    fn chain() -> SupplyChain {
        let mut builder = ChainBuilder::new();
        for at in 0..500_u32 {
            let shipment = Shipment {
                code: format!("W{at}").into(),
                batch: format!("B{}", at % 9).into(),
                from: format!("O{}", at * 7 % 43).into(),
                to: format!("O{}", at * at % 59).into(),
                ..Shipment::default()
            };
            builder.add_shipment(&shipment, Source::NONE).unwrap();
        }
        builder.build().unwrap().chain
    }

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn answers_come_in_order_whatever_the_threads() {
        let chain = chain();
        let stocks: Vec<StockId> = chain.stock_ids().collect();
        let sources: Vec<RecallSource> = stocks
            .iter()
            .map(|stock| RecallSource::new(&chain, StartFrom::Stocks(vec![*stock])).unwrap())
            .collect();
        let (options, policy) = (TraceOptions::default(), Policy::default());
        let seed = |stock: &StockId| [(*stock, Minute::UNBOUNDED_PAST)];
        let mut tracer = Tracer::new(&chain);
        let scopes: Vec<Scope> =
            sources.iter().map(|source| tracer.recall(source, &policy).unwrap()).collect();
        for threads in [1, 2, 5] {
            pool(threads).install(|| {
                let tracers = Tracers::new(&chain);
                // Twice, so that tracers are used that answered something else before.
                for _ in 0..2 {
                    let traces = tracers.map(&stocks, |tracer, stock| {
                        tracer.forward(&seed(stock), &options).unwrap()
                    });
                    for (stock, trace) in stocks.iter().zip(traces) {
                        assert_eq!(trace, forward(&chain, &seed(stock), &options).unwrap());
                    }
                    assert_eq!(tracers.recalls(&sources, &policy).unwrap(), scopes);
                }
                assert!((1..=threads).contains(&tracers.kept()));
            });
        }
    }

    #[test]
    fn no_questions_make_no_tracer() {
        let chain = chain();
        let tracers = Tracers::new(&chain);
        assert!(tracers.recalls(&[], &Policy::default()).unwrap().is_empty());
        assert_eq!(tracers.kept(), 0);
    }

    #[test]
    fn a_question_broken_off_leaves_the_others_right() {
        let chain = chain();
        let stocks: Vec<StockId> = chain.stock_ids().collect();
        let tracers = Tracers::new(&chain);
        let options = TraceOptions::default();
        let count = |tracer: &mut Tracer<'_>, stock: &StockId| {
            tracer.reach_forward(&[(*stock, Minute::UNBOUNDED_PAST)], &options).unwrap().len()
        };
        pool(1).install(|| {
            let before = tracers.map(&stocks, count);
            assert_eq!(tracers.kept(), 1);
            let broken = catch_unwind(AssertUnwindSafe(|| {
                tracers.map(&stocks, |tracer, stock| {
                    assert!(stock.index() != 20, "broken off");
                    count(tracer, stock)
                })
            }));
            assert!(broken.is_err());
            assert_eq!(tracers.map(&stocks, count), before);
        });
    }
}
