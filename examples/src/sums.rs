//! Sums of quantities by unit, with a mark where parts of them are unknown.

use std::collections::BTreeMap;

use suyuan::quantity::{Total, Unit};

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
