//! What is on hand of each stock by all its records, in four bytes a stock.
//!
//! Who must be told of a recall is told what is held, and the flows of a stock lie on as many
//! cache lines as it has flows. So the balance is worked out once, and kept wherever it is short:
//! a whole number of thousandths of the base unit, units, thousands or millions below 2^28.

use rayon::prelude::*;

use super::SupplyChain;
use crate::id::StockId;
use crate::quantity::Total;
use crate::time::Minute;

/// Stands for a balance that is not kept.
pub(super) const UNKNOWN: u32 = u32::MAX;
/// Millionths of what is counted, by code.
const SCALES: [i128; 4] = [1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000];
/// Bits of the count; below them the sign (1), the scale (2), and whether all parts are known (1).
const COUNT_BITS: u32 = 28;
/// Stocks that one thread takes at a time.
const TOGETHER: usize = 1 << 12;

fn pack(total: Total) -> u32 {
    let sum = total.millionths.unsigned_abs();
    for (code, scale) in SCALES.iter().enumerate().rev() {
        let scale = scale.unsigned_abs();
        // The largest count stands for none.
        if sum.is_multiple_of(scale) && sum / scale < (1 << COUNT_BITS) - 1 {
            let (sign, complete) = (u32::from(total.millionths < 0), u32::from(total.complete));
            return ((sum / scale) as u32) << 4 | sign << 3 | (code as u32) << 1 | complete;
        }
    }
    UNKNOWN
}

#[inline]
fn unpack(packed: u32) -> Total {
    let sum = i128::from(packed >> 4) * SCALES[(packed >> 1 & 3) as usize];
    let millionths = if packed >> 3 & 1 == 1 { -sum } else { sum };
    Total { millionths, complete: packed & 1 == 1 }
}

impl SupplyChain {
    /// What is on hand of a stock by all its records, as [`Self::ledger`] says it without a bound
    /// in time: produced and received less shipped, consumed and removed. O(1) but for stocks that
    /// growth touched and quantities of many digits.
    #[inline]
    #[must_use]
    pub fn on_hand(&self, stock: StockId) -> Total {
        let kept = self.stocks.balances.get(stock.index()).copied();
        match kept.unwrap_or(UNKNOWN) {
            UNKNOWN => self.ledger(stock, Minute::UNBOUNDED_FUTURE).on_hand(),
            packed => unpack(packed),
        }
    }

    /// The balances of all stocks. O(n) in their flows.
    pub(super) fn balances(&self) -> Vec<u32> {
        let stocks = (0..self.stock_count() as u32).into_par_iter().map(StockId);
        stocks.with_min_len(TOGETHER).map(|stock| pack(self.balance(stock))).collect()
    }

    /// The sum of the flows of a stock, for many stocks one after another.
    fn balance(&self, stock: StockId) -> Total {
        let mut balance = Total::ZERO;
        self.each_inflow(stock, |flow, _| {
            if flow.counted {
                balance.add(flow.amount);
            }
        });
        self.each_outflow(stock, |flow| {
            balance.subtract(flow.amount);
        });
        balance
    }

    /// Whether the balance kept of a stock is what its records say.
    pub(super) fn is_balanced(&self, stock: StockId) -> bool {
        let kept = self.stocks.balances[stock.index()];
        kept == UNKNOWN || unpack(kept) == self.ledger(stock, Minute::UNBOUNDED_FUTURE).on_hand()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is kept comes back; what is short is kept.
        #[test]
        fn balances_come_back(
            count in prop_oneof![-300_000_000_i128..300_000_000, any::<i64>().prop_map(i128::from)],
            scale in 0..5_usize,
            complete in any::<bool>(),
        ) {
            let millionths = count * SCALES.get(scale).copied().unwrap_or(1);
            let packed = pack(Total { millionths, complete });
            if packed != UNKNOWN {
                prop_assert_eq!(unpack(packed), Total { millionths, complete });
            }
            if scale < 4 {
                prop_assert!(packed != UNKNOWN || count.abs() >= (1 << COUNT_BITS) - 1);
            }
        }
    }
}
