//! Trace-back of several targets, and what they have in common.

use super::search::{Backward, Rules, UNREACHED};
use super::{TraceOptions, Traced, Tracer, stocks_of};
use crate::chain::SupplyChain;
use crate::chain::origin::Origin;
use crate::error::Error;
use crate::id::{SampleId, StockId};
use crate::time::Minute;

/// What one name stands for: one or more stocks, each until a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    stocks: Vec<(StockId, Minute)>,
    chain: Origin,
}

impl Target {
    /// Stocks by id, each until a minute.
    ///
    /// # Errors
    /// [`Error::OtherChain`] for an id beyond those of the chain.
    pub fn new(chain: &SupplyChain, stocks: Vec<(StockId, Minute)>) -> Result<Self, Error> {
        chain.has_all(stocks.iter().map(|(stock, _)| *stock))?;
        Ok(Self { stocks, chain: chain.origin().clone() })
    }

    /// The stocks with their latest minutes.
    #[must_use]
    pub fn stocks(&self) -> &[(StockId, Minute)] {
        &self.stocks
    }

    /// The stocks with their latest minutes, when they are of a chain.
    ///
    /// # Errors
    /// [`Error::OtherChain`].
    pub(super) fn stocks_in(&self, chain: &SupplyChain) -> Result<&[(StockId, Minute)], Error> {
        chain.knows(&self.chain, "a target")?;
        Ok(&self.stocks)
    }

    /// The stocks a sample code names, until the sample was taken.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn sample(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        let until = |id: SampleId| {
            let sample = chain.sample(id);
            (sample.stock, sample.sampled_on.latest)
        };
        Self::new(chain, chain.find_samples(code)?.map(until).collect())
    }

    /// Every stock of a batch, at any time; of every lot of the code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn batch(chain: &SupplyChain, code: &str) -> Result<Self, Error> {
        let lots = chain.lots_of(code)?;
        let stocks = lots.into_iter().flat_map(|lot| chain.stocks_of_batch(lot));
        Self::new(chain, stocks.map(|s| (s, Minute::UNBOUNDED_FUTURE)).collect())
    }

    /// The stock written `BATCH@OPERATOR`, at any time; of every lot of the code.
    ///
    /// # Errors
    /// As [`SupplyChain::find_stocks`].
    pub fn stock(chain: &SupplyChain, label: &str) -> Result<Self, Error> {
        let stocks = chain.find_stocks_label(label)?.into_iter();
        Self::new(chain, stocks.map(|stock| (stock, Minute::UNBOUNDED_FUTURE)).collect())
    }
}

/// A stock that material of the targets came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upstream {
    /// What the trace found of it.
    pub traced: Traced,
    /// How many targets its material reached.
    pub reaches_targets: u32,
}

/// The answer of [`trace_back`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceBack {
    /// The targets' own stocks with their latest minutes, by operator and batch code.
    pub targets: Vec<(StockId, Minute)>,
    /// Every stock reached, the targets' own included, by operator and batch code.
    pub upstream: Vec<Upstream>,
    /// Those that reach two targets or more: most first, then by operator and batch code.
    pub common: Vec<Upstream>,
    /// The trace itself, for witness paths.
    pub trace: super::Trace,
}

/// Traces every target back at once and counts, for each stock, the targets whose own trace
/// contains it (semantics section 4). Takes one backward search a target and one of them all.
///
/// # Errors
/// [`Error::OtherChain`] when a target is of another chain.
pub fn trace_back(
    chain: &SupplyChain,
    targets: &[Target],
    options: &TraceOptions,
) -> Result<TraceBack, Error> {
    let mut roots: Vec<(StockId, Minute)> = Vec::new();
    for target in targets {
        roots.extend(target.stocks_in(chain)?);
    }
    // One row a stock, with its latest minute.
    roots.sort_unstable_by_key(|(stock, until)| (*stock, std::cmp::Reverse(*until)));
    roots.dedup_by_key(|(stock, _)| *stock);
    let exempt = stocks_of(&roots);
    let rules = Rules { as_of: options.as_of, exempt: &exempt, ..Rules::ALL };
    let mut tracer = Tracer::new(chain);
    let trace = tracer.run::<Backward>(&roots, &rules);
    let search = tracer.search_mut();
    let mut counts = vec![0_u32; trace.rows().len()];
    for target in targets {
        search.run::<Backward>(chain, &target.stocks, &rules);
        for (row, count) in trace.rows().iter().zip(&mut counts) {
            *count += u32::from(search.label(row.stock) != UNREACHED);
        }
    }
    let mut upstream: Vec<Upstream> = trace
        .rows()
        .iter()
        .zip(counts)
        .map(|(traced, reaches_targets)| {
            let mut traced = *traced;
            // A target is its own end, even where another target's trace says more of it.
            if roots.binary_search_by_key(&traced.stock, |(stock, _)| *stock).is_ok() {
                traced.hops = 0;
            }
            Upstream { traced, reaches_targets }
        })
        .collect();
    upstream.sort_unstable_by_key(|row| chain.by_code(row.traced.stock));
    roots.sort_unstable_by_key(|(stock, _)| chain.by_code(*stock));
    let mut common: Vec<Upstream> =
        upstream.iter().filter(|row| row.reaches_targets >= 2).copied().collect();
    common.sort_by_key(|row| std::cmp::Reverse(row.reaches_targets));
    Ok(TraceBack { targets: roots, upstream, common, trace })
}
