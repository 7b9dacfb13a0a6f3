//! From transformation lines to transformations.

use hashbrown::HashSet;

use super::builder::ChainBuilder;
use super::records::{LineRow, TransformationRow};
use crate::id::{StockId, TransformationId};
use crate::model::{Role, Source};
use crate::quantity::Amount;
use crate::time::Span;

/// The hull of each transformation's dates, and whether every line is dated to the day.
pub(super) fn transformation_times(builder: &ChainBuilder) -> Vec<(Span, bool)> {
    let mut times: Vec<Option<(Span, bool)>> = vec![None; builder.transformation_codes.len()];
    for raw in &builder.lines {
        let dated = raw.transformed_on.is_dated_to_day();
        let time = &mut times[raw.code as usize];
        *time = Some(match *time {
            None => (raw.transformed_on, dated),
            Some((hull, all)) => (hull.hull(raw.transformed_on), all && dated),
        });
    }
    times.into_iter().map(|time| time.unwrap_or((Span::UNKNOWN, false))).collect()
}

/// Transformations with their summed lines.
pub(super) struct Transformed {
    pub(super) rows: Vec<TransformationRow>,
    pub(super) lines: Vec<LineRow>,
    pub(super) sources: Vec<Source>,
    pub(super) processes: Vec<u32>,
    pub(super) at_operators: Vec<(u32, TransformationId)>,
    /// Lines of which every row stands for several lots.
    pub(super) shared: HashSet<u32>,
}

pub(super) fn transformations(
    builder: &ChainBuilder,
    amounts: &[Option<Amount>],
    times: &[(Span, bool)],
    shown: &[u32],
    stock: &impl Fn(u32) -> StockId,
) -> Transformed {
    let mut made = Transformed {
        rows: Vec::with_capacity(times.len()),
        lines: Vec::new(),
        sources: builder.lines.iter().map(|raw| raw.source).collect(),
        processes: Vec::new(),
        at_operators: Vec::new(),
        shared: HashSet::new(),
    };
    let mut at = 0;
    for (code, (time, dated_to_day)) in times.iter().enumerate() {
        let start = at;
        while builder.lines.get(at).is_some_and(|raw| raw.code as usize == code) {
            at += 1;
        }
        let lines = &builder.lines[start..at];
        let split = start + lines.partition_point(|raw| raw.role == Role::Input);
        let mut processes: Vec<u32> = lines
            .iter()
            .map(|raw| raw.process)
            .filter(|process| !builder.texts.text(*process).trim().is_empty())
            .collect();
        processes.sort_unstable_by_key(|process| builder.texts.text(*process));
        processes.dedup();
        let first_process = made.processes.len() as u32;
        made.processes.extend(processes);
        made.at_operators
            .extend(lines.iter().map(|raw| (raw.operator, TransformationId(code as u32))));
        let mut sum = |from: usize, to: usize| {
            let first = made.lines.len() as u32;
            sum_lines(amounts, from..to, shown, stock, &mut made.lines);
            first..made.lines.len() as u32
        };
        let (inputs, outputs) = (sum(start, split), sum(split, at));
        made.rows.push(TransformationRow {
            time: *time,
            dated_to_day: *dated_to_day,
            contradicted: false,
            inputs,
            outputs,
            processes: first_process..made.processes.len() as u32,
        });
    }
    let is_shared = |line: &LineRow| {
        let rows = line.sources.start as usize..line.sources.end as usize;
        builder.lines[rows].iter().all(|raw| raw.tag.is_shared())
    };
    let shared = (0..).zip(&made.lines).filter(|(_, line)| is_shared(line));
    made.shared = shared.map(|(at, _)| at).collect();
    made.at_operators.sort_unstable();
    made.at_operators.dedup();
    made
}

/// Sums neighbouring lines of one stock; a part of unknown quantity makes the sum unknown.
pub(super) fn sum_lines(
    amounts: &[Option<Amount>],
    range: std::ops::Range<usize>,
    shown: &[u32],
    stock: &impl Fn(u32) -> StockId,
    lines: &mut Vec<LineRow>,
) {
    let mut last = None;
    for at in range {
        let pair = shown[at];
        let amount = amounts[at];
        match lines.last_mut() {
            Some(line) if last == Some(pair) => {
                line.amount = line.amount.zip(amount).map(|(a, b)| plus(a, b));
                line.sources.end = at as u32 + 1;
            }
            _ => lines.push(LineRow {
                stock: stock(pair),
                amount,
                sources: at as u32..at as u32 + 1,
            }),
        }
        last = Some(pair);
    }
}

/// Saturates at 9.2e12 base units.
pub(super) fn plus(a: Amount, b: Amount) -> Amount {
    Amount::from_millionths(a.millionths().saturating_add(b.millionths()))
}
