//! What is on hand of many stocks: sums that do not net.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::chain::{Ledger, SupplyChain};
use crate::id::StockId;
use crate::quantity::{Total, Unit, decimal_from_millionths};

/// What a balance adds to a sum of what is on hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// So many millionths, not negative.
    Known(i128),
    /// More left than came, beyond the tolerance.
    Negative,
    /// A part of it is not known.
    Unknown,
}

impl Held {
    /// Of a ledger. The tolerance is that of the chain's balances.
    pub(crate) fn of(chain: &SupplyChain, ledger: &Ledger) -> Self {
        if !ledger.is_complete() {
            return Self::Unknown;
        }
        let (held, intake) = (ledger.on_hand().millionths, ledger.intake());
        let left = Total { millionths: intake.millionths - held, complete: true };
        if chain.tolerance().exceeds(left, intake) {
            Self::Negative
        } else {
            Self::Known(held.max(0))
        }
    }
}

/// What is on hand of many stocks (section 7 of the semantics): the sum of the balances that are
/// known and not negative, with the others counted apart. A balance that is negative within the
/// chain's tolerance adds nothing and is not counted.
///
/// A stock with an unknown quantity counts as unknown, whatever the sign of its known parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnHand {
    /// Sums by base unit, in millionths of it.
    pub millionths: BTreeMap<Unit, i128>,
    /// Stocks that gave out more than they got.
    pub negative_stocks: u64,
    /// Stocks of whose balance a part is unknown.
    pub unknown_stocks: u64,
}

impl OnHand {
    /// Adds a stock by its ledger.
    pub fn add(&mut self, chain: &SupplyChain, stock: StockId, ledger: &Ledger) {
        match Held::of(chain, ledger) {
            Held::Known(held) => {
                if let Some(unit) = chain.unit(stock) {
                    *self.millionths.entry(unit).or_default() += held;
                }
            }
            Held::Negative => self.negative_stocks += 1,
            Held::Unknown => self.unknown_stocks += 1,
        }
    }

    /// The sums by the symbol of their unit.
    #[must_use]
    pub fn by_unit(&self) -> BTreeMap<String, Decimal> {
        let sums = self.millionths.iter();
        sums.map(|(unit, sum)| (unit.symbol().to_owned(), decimal_from_millionths(*sum))).collect()
    }

    /// Whether every stock is in the sums.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.negative_stocks == 0 && self.unknown_stocks == 0
    }
}

#[cfg(test)]
mod tests {
    use crate::chain::ChainBuilder;
    use crate::model::{Batch, Shipment, Source};
    use crate::quantity::Unit;
    use crate::recall::{Detail, Policy, RecallSource, what_if};
    use crate::time::{Span, UtcOffset};
    use crate::trace::Tracer;

    fn day(text: &str) -> Span {
        Span::parse(text, UtcOffset::CHINA).unwrap()
    }

    /// `M` made 100 kg and shipped `out` of it to `A`; `A` passed `on` to `S` and an amount that
    /// nobody knows to `T`, where `unknown`.
    fn sums(out: &str, on: &str, unknown: bool) -> (String, u64, u64, bool) {
        let mut builder = ChainBuilder::new();
        let batch = Batch {
            code: "B".into(),
            operator: "M".into(),
            produced_on: day("2026-03-01"),
            quantity: Some(100.into()),
            unit: Some(Unit::Kilogram),
            ..Batch::default()
        };
        builder.add_batch(&batch, Source::NONE).unwrap();
        let mut ship = |from: &str, to: &str, date: &str, quantity: Option<&str>| {
            let shipment = Shipment {
                code: format!("{from}{to}").into(),
                batch: "B".into(),
                from: from.to_owned().into(),
                to: to.to_owned().into(),
                shipped_on: day(date),
                received_on: day(date),
                quantity: quantity.map(|text| text.parse().unwrap()),
                unit: Some(Unit::Kilogram),
                ..Shipment::default()
            };
            builder.add_shipment(&shipment, Source::NONE).unwrap();
        };
        ship("M", "A", "2026-03-02", Some(out));
        ship("A", "S", "2026-03-03", Some(on));
        if unknown {
            ship("A", "T", "2026-03-03", None);
        }
        let chain = builder.build().unwrap().chain;
        let source = RecallSource::batch(&chain, "B").unwrap();
        let mut tracer = Tracer::new(&chain);
        let policy = Policy::default();
        let document = tracer.recall(&source, &policy).unwrap().document(&chain);
        let totals = &document.totals;
        let rows = |value: fn(&crate::recall::OperatorRow) -> u64| -> u64 {
            document.operators.iter().map(value).sum()
        };
        assert_eq!(rows(|row| row.negative_stocks), totals.negative_stocks);
        assert_eq!(rows(|row| row.unknown_stocks), totals.unknown_stocks);
        // The other faces of the same sum.
        let policies = [what_if::Variant::new("as written", policy.clone())];
        let outcome = &what_if::compare(&chain, &source, &policies).unwrap().outcomes[0];
        assert_eq!(outcome.on_hand.by_unit(), totals.on_hand);
        assert_eq!(outcome.on_hand.unknown_stocks, totals.unknown_stocks);
        for as_of in [policy.clone(), policy.clone().as_of(day("2026-03-09").latest)] {
            let mut reach = tracer.reach_recall(&source, &as_of, Detail::Ledger).unwrap();
            let told = reach.operators();
            let held: i128 = told.iter().map(|sum| sum.on_hand.millionths).sum();
            let all = told.iter().all(|sum| sum.on_hand.complete);
            assert_eq!(crate::quantity::decimal_from_millionths(held), totals.on_hand["kg"]);
            assert_eq!(all, totals.negative_stocks + totals.unknown_stocks == 0);
        }
        let all = totals.negative_stocks + totals.unknown_stocks == 0;
        (totals.on_hand["kg"].to_string(), totals.negative_stocks, totals.unknown_stocks, all)
    }

    #[test]
    fn negative_and_unknown_balances_do_not_lower_a_sum() {
        let is = |sum: &str, negative, unknown| {
            (sum.to_owned(), negative, unknown, negative + unknown == 0)
        };
        assert_eq!(sums("60", "20", false), is("100", 0, 0));
        // A gave out 90 of 60 kg: its -30 take nothing from what M and S have.
        assert_eq!(sums("60", "90", false), is("130", 1, 0));
        // 0.3 of 60 kg is within 0.5 %, 0.4 is not.
        assert_eq!(sums("60", "60.3", false), is("100.3", 0, 0));
        assert_eq!(sums("60", "60.4", false), is("100.4", 1, 0));
        // How much A and T have nobody knows.
        assert_eq!(sums("60", "20", true), is("60", 0, 2));
        assert_eq!(sums("60", "90", true), is("130", 0, 2));
    }
}
