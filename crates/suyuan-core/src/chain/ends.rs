//! What lies on either side of a transformation, as a trace sees it.
//!
//! A line takes ten times the room of the stock it names. So traces read the stocks alone, with
//! what they need to know of each: whether it leads any further, and whether anything else leads
//! to it.

use std::ops::Range;

use hashbrown::HashSet;

use super::departures::Departures;
use super::groups::Groups;
use super::index::Arrivals;
use super::records::{LineRow, TransformationRow};
use crate::id::StockId;

/// Set in an [`End`] when its stock is known to lead no further.
const LAST: u32 = 1 << 30;
/// Set in an [`End`] when, besides, nothing else leads to its stock.
const SOLE: u32 = 1 << 31;

/// The stock of an input or an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End(u32);

impl End {
    /// A stock of which nothing is known.
    #[inline]
    pub(crate) const fn of(stock: StockId) -> Self {
        Self(stock.0)
    }

    /// The stock.
    #[inline]
    pub(crate) const fn stock(self) -> StockId {
        StockId(self.0 & !(LAST | SOLE))
    }

    /// Whether the stock is known to have no links that way.
    #[inline]
    pub(crate) const fn is_last(self) -> bool {
        self.0 & LAST != 0
    }

    /// Whether, besides, no other link leads to the stock.
    #[inline]
    pub(crate) const fn is_sole(self) -> bool {
        self.0 & SOLE != 0
    }
}

/// The inputs and the outputs of every transformation, in the order of its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends {
    /// Empty, too, for a transformation whose inputs contradict the records, or one of whose lines
    /// stands for several lots: these are looked at one by one.
    pub(crate) inputs: Groups<End>,
    /// Empty, too, where a line stands for several lots.
    pub(crate) outputs: Groups<End>,
}

/// The two sides of the link index.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) out: &'a Departures,
    pub(super) into: &'a Arrivals,
    /// Lines that stand for several lots.
    pub(super) shared: &'a HashSet<u32>,
}

impl Sides<'_> {
    fn input(self, stock: StockId) -> End {
        let last = self.into.get(stock.0).is_empty();
        let sole = last && self.out.get(stock.0).len() == 1;
        End(stock.0 | if last { LAST } else { 0 } | if sole { SOLE } else { 0 })
    }

    /// Forward, what one transformation alone leads to is filed all the same: a recall asks for
    /// what it got.
    fn output(self, stock: StockId) -> End {
        End(stock.0 | if self.out.get(stock.0).is_empty() { LAST } else { 0 })
    }

    /// The lines of a transformation that a trace need not look at one by one: those of one side,
    /// or none of them.
    fn plain(self, row: &TransformationRow, outputs: bool) -> Range<u32> {
        let range = if outputs { &row.outputs } else { &row.inputs };
        let shared = || range.clone().any(|line| self.shared.contains(&line));
        if (!outputs && row.contradicted) || (!self.shared.is_empty() && shared()) {
            return range.start..range.start;
        }
        range.clone()
    }

    /// The inputs and the outputs of a transformation.
    pub(super) fn of(self, row: &TransformationRow, lines: [&[LineRow]; 2]) -> [Vec<End>; 2] {
        let [inputs, outputs] = lines;
        let inputs = &inputs[..self.plain(row, false).len()];
        let outputs = &outputs[..self.plain(row, true).len()];
        [
            inputs.iter().map(|line| self.input(line.stock)).collect(),
            outputs.iter().map(|line| self.output(line.stock)).collect(),
        ]
    }
}

impl Ends {
    /// Those of a table of transformations, whose lines all exist. O(n) in the lines.
    pub(super) fn build(sides: Sides<'_>, rows: &[TransformationRow], lines: &[LineRow]) -> Self {
        let side = |outputs: bool| {
            let mut starts = Vec::with_capacity(rows.len() + 1);
            let mut ends = Vec::new();
            for row in rows {
                starts.push(ends.len() as u32);
                let range = sides.plain(row, outputs);
                let lines = &lines[range.start as usize..range.end as usize];
                let end = if outputs { Sides::output } else { Sides::input };
                ends.extend(lines.iter().map(|line| end(sides, line.stock)));
            }
            starts.push(ends.len() as u32);
            ends.shrink_to_fit();
            Groups::new(starts, ends)
        };
        let (inputs, outputs) = rayon::join(|| side(false), || side(true));
        Self { inputs, outputs }
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        self.inputs.bytes() + self.outputs.bytes()
    }
}
