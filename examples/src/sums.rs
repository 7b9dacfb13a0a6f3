//! Sums of quantities by unit, with a mark where parts of them are unknown.

use std::collections::BTreeMap;

use suyuan::quantity::{Total, Unit};
use suyuan::recall::OnHand;

use crate::show;

/// Sums by unit. A quantity whose unit no record names counts as unknown.
#[derive(Clone, Debug, Default)]
pub struct Sums(BTreeMap<Option<Unit>, Total>);

impl Sums {
    /// Adds a quantity.
    pub fn add(&mut self, unit: Option<Unit>, part: Total) {
        let sum = self.0.entry(unit).or_default();
        sum.millionths += part.millionths;
        sum.complete &= part.complete;
    }

    /// Whether there is nothing, for certain.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.0.values().all(|sum| sum.millionths == 0 && sum.complete)
    }

    /// Each sum that is not nothing, such as `12.5 kg`; one with an unknown part ends in `*`.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let texts: Vec<_> = self
            .0
            .iter()
            .filter(|(_, sum)| sum.millionths != 0 || !sum.complete)
            .map(|(unit, sum)| quantity(*unit, *sum))
            .collect();
        if texts.is_empty() { vec!["0".to_owned()] } else { texts }
    }
}

/// What is on hand, a line for each unit; `*` at its end where a stock is not in it, alone where none
/// is.
#[must_use]
pub fn on_hand(sum: &OnHand) -> Vec<String> {
    let mark = if sum.is_complete() { "" } else { "*" };
    let known = sum.by_unit();
    let all_zero = known.values().all(|sum| sum.is_zero());
    let texts = known.iter().filter(|(_, sum)| all_zero || !sum.is_zero());
    let texts: Vec<_> = texts.map(|(unit, sum)| format!("{sum} {unit}{mark}")).collect();
    match (texts.is_empty(), sum.is_complete()) {
        (false, _) => texts,
        (true, true) => vec!["0".to_owned()],
        (true, false) => vec![mark.to_owned()],
    }
}

/// What is not in a sum of what is on hand; nothing where all is.
#[must_use]
pub fn left_out(sum: &OnHand) -> Option<String> {
    let count = |number: u64, what: &str| {
        (number > 0).then(|| format!("{} {what}", show::count(number as usize, "stock")))
    };
    let parts = [
        count(sum.negative_stocks, "that gave out more than they got"),
        count(sum.unknown_stocks, "of unknown quantity"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("* not in it: {}", parts.join(", ")))
}

/// A quantity with its unit, `*` at its end when a part of it is unknown.
#[must_use]
pub fn quantity(unit: Option<Unit>, total: Total) -> String {
    let mark = if total.complete { "" } else { "*" };
    match unit {
        Some(unit) => format!("{} {unit}{mark}", total.to_decimal()),
        None => format!("{}{mark}", total.to_decimal()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_a_sum_is_said() {
        let mut sum = OnHand::default();
        assert_eq!((on_hand(&sum), left_out(&sum)), (vec!["0".to_owned()], None));
        sum.unknown_stocks = 2;
        assert_eq!(on_hand(&sum), ["*"]);
        sum.negative_stocks = 1;
        sum.millionths.insert(Unit::Kilogram, 12_500_000);
        assert_eq!(on_hand(&sum), ["12.5 kg*"]);
        let text =
            "* not in it: 1 stock that gave out more than they got, 2 stocks of unknown quantity";
        assert_eq!(left_out(&sum).unwrap(), text);
    }

    #[test]
    fn sums_are_kept_by_unit() {
        let mut sums = Sums::default();
        assert_eq!(sums.texts(), ["0"]);
        sums.add(Some(Unit::Kilogram), Total { millionths: 1_500_000, complete: true });
        sums.add(Some(Unit::Kilogram), Total { millionths: 0, complete: false });
        sums.add(Some(Unit::Litre), Total { millionths: 2_000_000, complete: true });
        sums.add(Some(Unit::Piece), Total::ZERO);
        assert_eq!(sums.texts(), ["1.5 kg*", "2 L"]);
        assert!(!sums.is_nothing());
    }
}
