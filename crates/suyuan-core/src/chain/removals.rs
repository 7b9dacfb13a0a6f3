//! The removals of a chain: 16 bytes a row, found by their stock.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::packed::{
    AMOUNT_BITS, Epoch, OFFSET_BITS, SHAPE_BITS, Shape, amount_of_bits, amount_to_bits, bits,
};
use super::sources::Sources;
use super::store::Array;
use super::widen::Slack;
use crate::fetch::fetch;
use crate::id::{RemovalId, StockId};
use crate::model::{RemovalReason, Source};
use crate::quantity::Amount;
use crate::time::Span;

/// What was taken out of a stock, or found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RemovalRow {
    pub(super) stock: StockId,
    pub(super) time: Span,
    pub(super) amount: Option<Amount>,
    pub(super) reason: Option<RemovalReason>,
    pub(super) source: Source,
}

impl RemovalRow {
    /// Whether it adds to the stock.
    pub(super) fn is_gain(&self) -> bool {
        self.reason == Some(RemovalReason::Gained)
    }
}

/// A row in two words: stock (32 bits), offset of its time (25), its shape (3), reason (3),
/// [`WIDE`]; amount (38).
pub(super) type Packed = [u64; 2];

const WIDE: u64 = 1 << 63;
const SHAPE: u32 = 32 + OFFSET_BITS;
/// The reason of a row that states none.
const NO_REASON: u64 = 7;
/// Stocks whose removals are looked for together.
const TOGETHER: usize = 32;

/// Rows that are shared with the chains that grew from this one, by stock.
#[derive(Debug, Default)]
pub(super) struct Base {
    pub(super) epoch: Epoch,
    pub(super) rows: Array<Packed>,
    pub(super) wide: HashMap<u32, RemovalRow>,
    pub(super) sources: Sources,
    /// For every [`TOGETHER`] stocks, which of them have removals and where those begin; one
    /// more at the end.
    places: Vec<(u32, u32)>,
    /// Whether any row adds to a stock.
    gains: bool,
}

impl Base {
    /// The packed rows `0..count` of a chain with so many stocks; they come by stock.
    pub(super) fn pack(
        count: usize,
        stocks: usize,
        row: impl Fn(usize) -> RemovalRow + Sync,
    ) -> Self {
        let step = (count / 1000).max(1);
        let epoch = Epoch::of((0..count).step_by(step).map(|at| row(at).time));
        let rows: Vec<Packed> = (0..count)
            .into_par_iter()
            .with_min_len(1 << 12)
            .map(|at| pack(epoch, &row(at)).unwrap_or([u64::from(row(at).stock.0) | WIDE, 0]))
            .collect();
        let sources = Sources::of(count, |at| row(at).source);
        let wide = (0..count).filter(|at| rows[*at][0] & WIDE != 0);
        let wide = wide.map(|at| (at as u32, row(at))).collect();
        Self::of_parts(epoch, rows.into(), wide, sources, stocks)
    }

    /// The same from its parts.
    pub(super) fn of_parts(
        epoch: Epoch,
        rows: Array<Packed>,
        wide: HashMap<u32, RemovalRow>,
        sources: Sources,
        stocks: usize,
    ) -> Self {
        let mut places = vec![(0, 0); stocks.div_ceil(TOGETHER) + 1];
        for stock in rows.iter().map(|row| stock_of(*row).index()) {
            places[stock / TOGETHER].0 |= 1 << (stock % TOGETHER);
            places[stock / TOGETHER + 1].1 += 1;
        }
        for block in 1..places.len() {
            places[block].1 += places[block - 1].1;
        }
        let mut base = Self { epoch, rows, wide, sources, places, gains: false };
        base.gains = base.find_gains();
        base
    }

    /// Whether any row adds to a stock.
    fn find_gains(&self) -> bool {
        self.rows.par_iter().any(|row| reason_of(*row) == RemovalReason::Gained as u64)
            || self.wide.values().any(RemovalRow::is_gain)
    }

    /// Asks for the rows of a stock.
    #[inline(always)]
    fn fetch(&self, stock: StockId) {
        if let Some((marks, start)) = self.places.get(stock.index() / TOGETHER)
            && marks >> (stock.index() % TOGETHER) & 1 != 0
        {
            fetch(&self.rows, *start as usize);
        }
    }

    /// The rows of the stocks that a stock is looked for with, and the number of the first; none
    /// where the stock has none.
    #[inline(always)]
    fn block(&self, stock: StockId) -> (u32, &[Packed]) {
        let block = stock.index() / TOGETHER;
        match (self.places.get(block), self.places.get(block + 1)) {
            (Some((marks, start)), Some((_, end)))
                if marks >> (stock.index() % TOGETHER) & 1 != 0 =>
            {
                (*start, &self.rows[*start as usize..*end as usize])
            }
            _ => (0, &[]),
        }
    }

    /// The rows of a stock.
    #[inline]
    fn of(&self, stock: StockId) -> Range<u32> {
        let (start, here) = self.block(stock);
        let first = here.partition_point(|row| stock_of(*row) < stock);
        let count = here[first..].iter().take_while(|row| stock_of(**row) == stock).count();
        let first = start + first as u32;
        first..first + count as u32
    }

    #[inline(always)]
    fn time(&self, [word, _]: Packed) -> Span {
        let minute = self.epoch.minute(bits(word, 32, OFFSET_BITS));
        Shape::of_bits(bits(word, SHAPE, SHAPE_BITS)).at(minute)
    }

    #[inline]
    fn row(&self, at: usize) -> RemovalRow {
        let [word, amount] = self.rows[at];
        if word & WIDE != 0
            && let Some(row) = self.wide.get(&(at as u32))
        {
            return *row;
        }
        RemovalRow {
            stock: stock_of([word, amount]),
            time: self.time([word, amount]),
            amount: amount_of([word, amount]),
            reason: RemovalReason::ALL.get(reason_of([word, amount]) as usize).copied(),
            source: self.sources.get(at),
        }
    }
}

/// Whether a row is kept apart.
pub(super) const fn is_wide(packed: &Packed) -> bool {
    packed[0] & WIDE != 0
}

#[inline]
pub(super) fn stock_of(row: Packed) -> StockId {
    StockId(bits(row[0], 0, 32) as u32)
}

#[inline(always)]
const fn reason_of(row: Packed) -> u64 {
    bits(row[0], SHAPE + SHAPE_BITS, 3)
}

#[inline(always)]
fn amount_of([_, amount]: Packed) -> Option<Amount> {
    amount_of_bits(bits(amount, 0, AMOUNT_BITS))
}

fn pack(epoch: Epoch, row: &RemovalRow) -> Option<Packed> {
    let (shape, minute) = Shape::of(row.time)?;
    let offset = epoch.offset(minute.unwrap_or(epoch.0))?;
    let reason = row.reason.map_or(NO_REASON, |reason| reason as u64);
    let word = shape.to_bits() | reason << SHAPE_BITS;
    Some([u64::from(row.stock.0) | offset << 32 | word << SHAPE, amount_to_bits(row.amount)?])
}

/// Removals by id, and by stock: those the chain was built with and later ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Removals {
    base: Arc<Base>,
    later: Vec<RemovalRow>,
    later_of: HashMap<StockId, Vec<RemovalId>>,
    /// Whether any later row adds to a stock.
    later_gains: bool,
    slack: Slack,
}

impl From<Base> for Removals {
    fn from(base: Base) -> Self {
        Self { base: Arc::new(base), ..Self::default() }
    }
}

impl Removals {
    pub(super) fn len(&self) -> usize {
        self.base.rows.len() + self.later.len()
    }

    /// Asks for the rows of a stock.
    #[inline(always)]
    pub(super) fn fetch(&self, stock: StockId) {
        self.base.fetch(stock);
    }

    /// The row of an id of this chain.
    #[inline]
    pub(super) fn row(&self, at: usize) -> RemovalRow {
        let row = match at.checked_sub(self.base.rows.len()) {
            None => self.base.row(at),
            Some(later) => self.later[later],
        };
        if self.slack.is_none() {
            row
        } else {
            RemovalRow { time: self.slack.span(row.time), ..row }
        }
    }

    #[cfg(test)]
    fn iter(&self) -> impl Iterator<Item = RemovalRow> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// Gives the removals of a stock with their times, amounts and whether they add to the stock,
    /// in order of ids.
    #[inline(always)]
    pub(super) fn each(
        &self,
        stock: StockId,
        mut give: impl FnMut(RemovalId, Span, Option<Amount>, bool),
    ) {
        if !self.later.is_empty() || !self.slack.is_none() {
            return self.each_later(stock, &mut give);
        }
        let (first, rows) = self.base.block(stock);
        for (at, packed) in (first..).zip(rows).filter(|(_, row)| stock_of(**row) == stock) {
            if is_wide(packed) {
                let row = self.base.row(at as usize);
                give(RemovalId(at), row.time, row.amount, row.is_gain());
            } else {
                let gained = reason_of(*packed) == RemovalReason::Gained as u64;
                give(RemovalId(at), self.base.time(*packed), amount_of(*packed), gained);
            }
        }
    }

    /// The same of a chain that grew or trusts its dates less.
    #[cold]
    fn each_later(
        &self,
        stock: StockId,
        give: &mut dyn FnMut(RemovalId, Span, Option<Amount>, bool),
    ) {
        for id in self.of(stock) {
            let row = self.row(id.index());
            give(id, row.time, row.amount, row.is_gain());
        }
    }

    /// The removals of a stock, in order of ids.
    #[inline]
    pub(super) fn of(&self, stock: StockId) -> impl Iterator<Item = RemovalId> + '_ {
        let later = if self.later.is_empty() { None } else { self.later_of.get(&stock) };
        self.base.of(stock).map(RemovalId).chain(later.into_iter().flatten().copied())
    }

    pub(super) fn push(&mut self, row: RemovalRow) {
        let id = RemovalId(self.len() as u32);
        self.later_gains |= row.is_gain();
        self.later_of.entry(row.stock).or_default().push(id);
        self.later.push(row);
    }

    /// The same rows with their times trusted less.
    pub(super) fn widened(&self, slack: Slack) -> Self {
        Self { slack: self.slack.and(slack), ..self.clone() }
    }

    /// Whether any row adds to a stock.
    #[inline]
    pub(super) fn has_gains(&self) -> bool {
        self.base.gains || self.later_gains
    }

    /// The rows the chain was built with.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    /// The rows that came later.
    pub(super) fn later(&self) -> &[RemovalRow] {
        &self.later
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let Base { rows, wide, sources, places, .. } = &*self.base;
        rows.bytes()
            + wide.capacity() * (size_of::<(u32, RemovalRow)>() + 1)
            + sources.bytes()
            + places.capacity() * 8
            + self.later.capacity() * size_of::<RemovalRow>()
            + self.later_of.capacity() * (size_of::<(StockId, Vec<RemovalId>)>() + 1)
            + self.later.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FileId;
    use crate::time::Minute;
    use proptest::prelude::*;

    proptest! {
        /// Rows come back by id and by stock, built with and pushed.
        #[test]
        fn rows_come_back(
            rows in prop::collection::vec((0..200_u32, any::<i32>(), any::<i64>()), 0..80),
            later in 0..5_usize,
        ) {
            let mut rows: Vec<RemovalRow> = (0..)
                .zip(rows)
                .map(|(at, (stock, minute, amount))| RemovalRow {
                    stock: StockId(stock),
                    time: Span::at(Minute::from_minutes(minute >> (at % 3 * 4))),
                    amount: (amount > 0).then(|| Amount::from_millionths(amount >> (at % 5 * 8))),
                    reason: RemovalReason::ALL.get(at as usize % 7).copied(),
                    source: Source::new(FileId(1), at),
                })
                .collect();
            let built = rows.len() - later.min(rows.len());
            rows[..built].sort_by_key(|row| row.stock);
            let mut removals = Removals::from(Base::pack(built, 200, |at| rows[at]));
            rows[built..].iter().for_each(|row| removals.push(*row));
            prop_assert!(removals.iter().eq(rows.iter().copied()));
            for stock in (0..250).map(StockId) {
                let of = (0..).zip(&rows).filter(|(_, row)| row.stock == stock);
                prop_assert!(removals.of(stock).eq(of.map(|(at, _)| RemovalId(at))));
            }
        }
    }
}
