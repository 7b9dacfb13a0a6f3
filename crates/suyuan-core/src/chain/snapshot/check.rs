//! Whether what was read makes sense: every number names something, every order holds.

use rayon::prelude::*;

use super::column::{BEYOND, Taken};
use crate::chain::records::{LineRow, TransformationRow};
use crate::fetch::fetch;
use crate::id::{BatchId, OperatorId, StockId};

/// Rows that one thread looks at at a time at least.
const TOGETHER: usize = 1 << 14;

/// So many items ahead what one of them needs is asked for.
pub(super) const AHEAD: usize = 32;

/// Whether all rows are good.
pub(super) fn all<T: Sync>(rows: &[T], good: impl Fn(&T) -> bool + Sync + Send) -> Taken<()> {
    let good = rows.par_iter().with_min_len(TOGETHER).all(good);
    if good { Ok(()) } else { Err(BEYOND) }
}

/// Whether all of `count` rows are good.
pub(super) fn rows(count: usize, good: impl Fn(usize) -> bool + Sync + Send) -> Taken<()> {
    let good = (0..count).into_par_iter().with_min_len(TOGETHER).all(good);
    if good { Ok(()) } else { Err(BEYOND) }
}

pub(super) fn ensure(holds: bool, problem: &'static str) -> Taken<()> {
    if holds { Ok(()) } else { Err(problem) }
}

/// Whether an optional number lies below a count.
pub(super) fn below(number: Option<usize>, count: usize) -> bool {
    number.is_none_or(|number| number < count)
}

/// Whether a text's number names one or none.
pub(super) fn is_text(number: u32, texts: usize) -> bool {
    number == u32::MAX || (number as usize) < texts
}

pub(super) fn transformations(
    rows: &[TransformationRow],
    lines: usize,
    processes: usize,
) -> Taken<()> {
    all(rows, |row| {
        row.inputs.end == row.outputs.start
            && row.outputs.end as usize <= lines
            && row.processes.end as usize <= processes
    })
}

pub(super) fn lines(rows: &[LineRow], stocks: usize, sources: usize) -> Taken<()> {
    // A line stands for one written line at least.
    let known = |sources_of: &std::ops::Range<u32>| {
        !sources_of.is_empty() && sources_of.end as usize <= sources
    };
    all(rows, |row| row.stock.index() < stocks && known(&row.sources))
}

/// Whether the stocks of each operator stand under it, by batch, and all of them do.
pub(super) fn by_operator(
    pairs: &[(BatchId, OperatorId)],
    (starts, items): (&[u32], &[StockId]),
) -> Taken<()> {
    const PROBLEM: &str = "a stock is missing or out of order";
    ensure(items.len() == pairs.len(), PROBLEM)?;
    all(items, |stock| stock.index() < pairs.len())?;
    let groups = starts.par_windows(2).with_min_len(TOGETHER).enumerate();
    let good = groups.all(|(number, group)| {
        let (start, end) = (group[0] as usize, group[1] as usize);
        items.get(start..end).is_some_and(|here| {
            let mut before = None;
            (start + AHEAD..).zip(here).all(|(ahead, stock)| {
                if let Some(ahead) = items.get(ahead) {
                    fetch(pairs, ahead.index());
                }
                let (batch, operator) = pairs[stock.index()];
                let after = before.is_none_or(|before| before < batch);
                before = Some(batch);
                operator.index() == number && after
            })
        })
    });
    ensure(good, PROBLEM)
}
