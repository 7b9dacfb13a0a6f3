//! From raw shipments to the shipments of a chain.

use hashbrown::HashSet;
use rayon::prelude::*;

use super::builder::RawShipment;
use super::refs::shipment_times;
use super::rowcodes::RowCodes;
use super::shipments::{Base, ShipmentRow, Waybill};
use super::shown::Shown;
use crate::fetch::fetch;
use crate::id::{StockId, TextList, Texts};
use crate::quantity::Amount;

/// Shipments that one thread sorts at a time at least.
const TOGETHER: usize = 1 << 12;
/// So many shipments ahead what one of them needs is asked for.
const AHEAD: usize = 24;

/// Raw shipments and what is known of them by now.
struct Raw<'a> {
    rows: &'a [RawShipment],
    codes: &'a TextList,
    amounts: &'a [Option<Amount>],
    shown: &'a Shown,
    /// The stock of each pair that is shown.
    numbers: &'a [StockId],
}

impl Raw<'_> {
    /// Asks for what is known of a shipment.
    #[inline]
    fn fetch(&self, at: u32) {
        // A row lies in two lines.
        fetch(self.rows, at as usize);
        fetch(self.rows, at as usize + 1);
        fetch(self.amounts, at as usize);
        fetch(&self.shown.to, at as usize);
    }

    fn row(&self, at: u32, from: StockId) -> ShipmentRow {
        let raw = &self.rows[at as usize];
        let (departs, arrives) = shipment_times(raw);
        let to = self.numbers[self.shown.to[at as usize] as usize];
        ShipmentRow { from, to, departs, arrives, amount: self.amounts[at as usize] }
    }

    /// Sorts the shipments of one sender.
    fn sort(&self, from: StockId, rows: &mut [u32], keys: &mut Vec<(ShipmentRow, u32)>) {
        if rows.len() < 2 {
            return;
        }
        keys.clear();
        keys.extend(rows.iter().map(|at| (self.row(*at, from), *at)));
        let key = |row: &ShipmentRow| (row.order(), row.arrives, row.to, row.amount);
        let raw = |at: u32| &self.rows[at as usize];
        keys.sort_unstable_by(|(a, at), (b, bt)| {
            key(a).cmp(&key(b)).then_with(|| {
                let (a, b) = (raw(*at), raw(*bt));
                let text = |raw: &RawShipment| self.codes.text(raw.code);
                text(a).cmp(text(b)).then_with(|| a.source.cmp(&b.source))
            })
        });
        rows.iter_mut().zip(keys).for_each(|(row, (_, at))| *row = *at);
    }
}

/// The shipments of a chain.
pub(super) struct Waybills {
    pub(super) base: Base,
    /// Where those of each sender that only ships start, with the end of the last.
    pub(super) starts: Vec<u32>,
    pub(super) codes: Texts,
    /// Those that stand for several lots.
    pub(super) shared: HashSet<u32>,
}

/// The shipments of a chain, ordered by sender, latest departure, times, receiver, amount, code and
/// source; those of senders that something else leaves too (`apart`) behind all others. `numbers`
/// has the stock of each pair that is shown. Linear in the shipments but for sorting those of each
/// sender.
pub(super) fn waybills(
    rows: Vec<RawShipment>,
    codes: &TextList,
    amounts: &[Option<Amount>],
    shown: &Shown,
    numbers: &[StockId],
    apart: &[bool],
    any_shared: bool,
) -> Waybills {
    let raw = Raw { rows: &rows, codes, amounts, shown, numbers };
    let senders: Vec<StockId> = shown.senders().map(|pair| numbers[pair as usize]).collect();
    // Every stock has two places: one among those that only ship, one behind them.
    let stocks = numbers.len();
    let place = |stock: &StockId| stock.index() + if apart[stock.index()] { stocks } else { 0 };
    let mut next = vec![0_u32; 2 * stocks + 1];
    senders.iter().for_each(|stock| next[place(stock) + 1] += 1);
    for stock in 1..next.len() {
        next[stock] += next[stock - 1];
    }
    let mut order = vec![0_u32; rows.len()];
    for (at, stock) in (0..).zip(&senders) {
        let slot = &mut next[place(stock)];
        order[*slot as usize] = at;
        *slot += 1;
    }
    // The shipments of each place now end where the next ones begin.
    next.pop();
    let ends = next.as_slice();
    let mut parts = Vec::new();
    let (mut rest, mut first, mut begin) = (order.as_mut_slice(), 0, 0);
    for (place, end) in ends.iter().enumerate() {
        let count = (end - begin) as usize;
        if count >= TOGETHER || place + 1 == ends.len() {
            let (here, behind) = std::mem::take(&mut rest).split_at_mut(count);
            parts.push((first..place + 1, begin, here));
            (rest, first, begin) = (behind, place + 1, *end);
        }
    }
    parts.into_par_iter().for_each(|(places, first, mut here)| {
        let mut keys = Vec::new();
        let mut begin = first;
        for place in places {
            let count = (ends[place] - begin) as usize;
            let (rows, behind) = std::mem::take(&mut here).split_at_mut(count);
            behind.iter().skip(AHEAD).take(count).for_each(|at| raw.fetch(*at));
            raw.sort(StockId((place % stocks) as u32), rows, &mut keys);
            (here, begin) = (behind, ends[place]);
        }
    });
    next.truncate(stocks);
    next.insert(0, 0);
    let tail = next.last().map_or(0, |end| *end as usize);
    let (mut base, written) = Base::pack(order.len(), tail, |at| {
        if let Some(ahead) = order.get(at + AHEAD) {
            raw.fetch(*ahead);
            fetch(&senders, *ahead as usize);
        }
        let at = order[at];
        let row = &raw.rows[at as usize];
        Waybill {
            row: raw.row(at, senders[at as usize]),
            code: row.code,
            digest: Waybill::digest_of(row.digest),
            source: row.source,
        }
    });
    // A look at each row would wait for memory: rows lie in another order.
    let places = if any_shared { order.as_slice() } else { &[] };
    let shared = (0..).zip(places).filter(|(_, at)| rows[**at as usize].tag.is_shared());
    let shared = shared.map(|(id, _)| id).collect();
    drop((rows, senders, order));
    let (numbered, order) = RowCodes::number(written.len(), codes.len(), |at| written[at]);
    base.codes = numbered;
    Waybills { base, starts: next, codes: codes.pick(&order), shared }
}
