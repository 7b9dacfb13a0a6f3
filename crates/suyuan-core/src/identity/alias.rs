//! Codes that were confirmed to stand for one operator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a table of aliases cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AliasError {
    /// One code is said to stand for two operators.
    #[error("failed to merge operators: {alias:?} is said to be {first:?} and {second:?}")]
    Conflict {
        /// The code.
        alias: String,
        /// One operator.
        first: String,
        /// The other.
        second: String,
    },
    /// Codes that stand for each other in a ring.
    #[error("failed to merge operators: {alias:?} is said to stand for itself in the end")]
    Cycle {
        /// The first of them by code.
        alias: String,
    },
    /// An empty code.
    #[error("failed to merge operators: a code is empty next to {other:?}")]
    Empty {
        /// The code it stands beside.
        other: String,
    },
}

/// Codes and the operator each stands for, as a person confirmed them. An alias may name another
/// alias; the end of the chain is the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Aliases {
    operators: BTreeMap<String, String>,
}

impl Aliases {
    /// A table of pairs of an alias and the operator (or another alias) it stands for, in any
    /// order. A code that stands for itself is no alias. O(n log n).
    ///
    /// # Errors
    /// [`AliasError`].
    pub fn new<A: Into<String>, O: Into<String>>(
        pairs: impl IntoIterator<Item = (A, O)>,
    ) -> Result<Self, AliasError> {
        let mut said: BTreeMap<String, String> = BTreeMap::new();
        for (alias, operator) in pairs {
            let (alias, operator) = (alias.into(), operator.into());
            if alias.is_empty() || operator.is_empty() {
                return Err(AliasError::Empty { other: alias + &operator });
            }
            if alias == operator {
                continue;
            }
            if let Some(first) = said.get(&alias) {
                if *first != operator {
                    let first = first.clone();
                    return Err(AliasError::Conflict { alias, first, second: operator });
                }
                continue;
            }
            said.insert(alias, operator);
        }
        // Each code once: what it passes on the way ends where it ends.
        let mut operators: BTreeMap<String, String> = BTreeMap::new();
        for alias in said.keys() {
            let mut way = vec![alias];
            let mut at = alias;
            let end = loop {
                let Some(next) = said.get(at) else { break at.clone() };
                if let Some(end) = operators.get(next) {
                    break end.clone();
                }
                if way.len() > said.len() {
                    return Err(AliasError::Cycle { alias: alias.clone() });
                }
                way.push(next);
                at = next;
            };
            for code in way.into_iter().filter(|code| said.contains_key(*code)) {
                operators.insert(code.clone(), end.clone());
            }
        }
        Ok(Self { operators })
    }

    /// The operator a code stands for: itself, if it is no alias.
    #[must_use]
    pub fn resolve<'a>(&'a self, code: &'a str) -> &'a str {
        self.operators.get(code).map_or(code, String::as_str)
    }

    /// Every code of the operator a code stands for, the operator's own first. O(n).
    #[must_use]
    pub fn group<'a>(&'a self, code: &'a str) -> Vec<&'a str> {
        let operator = self.resolve(code);
        let aliases = self.operators.iter().filter(|(_, end)| *end == operator);
        std::iter::once(operator).chain(aliases.map(|(alias, _)| alias.as_str())).collect()
    }

    /// Every alias with its operator, by alias.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.operators.iter().map(|(alias, operator)| (alias.as_str(), operator.as_str()))
    }

    /// How many aliases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operators.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Aliases {
    type Error = AliasError;

    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self, AliasError> {
        Self::new(pairs)
    }
}

impl From<Aliases> for BTreeMap<String, String> {
    fn from(aliases: Aliases) -> Self {
        aliases.operators
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Built, ChainBuilder, FindingCode};
    use crate::model::{Operator, Shipment, Source};
    use crate::quantity::Unit;
    use crate::time::Minute;

    #[test]
    fn chains_of_aliases_end_at_their_operator() {
        let pairs = [("C", "B"), ("A", "Z"), ("B", "A"), ("Q", "Q"), ("A", "Z")];
        let aliases = Aliases::new(pairs).unwrap();
        assert_eq!(aliases.iter().collect::<Vec<_>>(), [("A", "Z"), ("B", "Z"), ("C", "Z")]);
        assert_eq!(aliases.group("B"), ["Z", "A", "B", "C"]);
        assert_eq!(aliases.group("X"), ["X"]);
    }

    #[test]
    fn tables_that_contradict_themselves_are_refused() {
        assert!(matches!(Aliases::new([("A", "B"), ("A", "C")]), Err(AliasError::Conflict { .. })));
        for ring in [vec![("A", "B"), ("B", "A")], vec![("X", "A"), ("A", "B"), ("B", "A")]] {
            assert!(matches!(Aliases::new(ring), Err(AliasError::Cycle { .. })));
        }
        assert!(matches!(Aliases::new([("", "B")]), Err(AliasError::Empty { .. })));
    }

    fn ship(builder: &mut ChainBuilder, code: &str, from: &str, to: &str) {
        let shipment = Shipment {
            code: code.into(),
            batch: "B".into(),
            from: from.into(),
            to: to.into(),
            quantity: Some(5.into()),
            unit: Some(Unit::Kilogram),
            ..Shipment::default()
        };
        builder.add_shipment(&shipment, Source::NONE).unwrap();
    }

    fn register(builder: &mut ChainBuilder, code: &str) {
        let name = format!("name of {code}");
        let operator = Operator { code: code.into(), name: name.into(), ..Operator::default() };
        builder.add_operator(&operator, Source::NONE).unwrap();
    }

    fn merging() -> ChainBuilder {
        let mut builder = ChainBuilder::new();
        builder.merge_operators(Aliases::new([("A2", "A"), ("A3", "A"), ("Z2", "Z")]).unwrap());
        builder
    }

    fn findings(built: &Built, code: FindingCode) -> Vec<&str> {
        let found = built.findings.iter().filter(|finding| finding.code == code);
        found.map(|finding| finding.message.as_str()).collect()
    }

    #[test]
    fn merged_operators_are_one() {
        let mut builder = merging();
        for code in ["A", "A2", "Z2", "F"] {
            register(&mut builder, code);
        }
        ship(&mut builder, "W1", "F", "A2");
        ship(&mut builder, "W2", "A3", "Z2");
        ship(&mut builder, "W3", "A", "A2");
        let built = builder.build().unwrap();
        let chain = &built.chain;
        assert_eq!(chain.operator_ids().len(), 3);
        assert!(chain.find_operator("A2").is_err());
        let name = |code: &str| chain.operator(chain.find_operator(code).unwrap()).name;
        assert_eq!((name("A"), name("Z")), ("name of A", "name of Z2"));
        let ledger = |code: &str| {
            let stock = chain.find_stock("B", code).unwrap();
            chain.ledger(stock, Minute::UNBOUNDED_FUTURE).on_hand().to_decimal().to_string()
        };
        assert_eq!((ledger("A"), ledger("Z")), ("0".to_owned(), "5".to_owned()));
        assert_eq!(findings(&built, FindingCode::SelfShipment).len(), 1);
        let merged = [
            "operators A: rows of its other codes are not used",
            "operators Z: the row of its other code Z2 is used",
        ];
        assert_eq!(findings(&built, FindingCode::MergedOperator), merged);
        chain.verify().unwrap();
        // Records that come later are merged as well.
        let mut day = merging();
        register(&mut day, "A3");
        ship(&mut day, "W4", "Z2", "A3");
        let grown = chain.append(day).unwrap();
        assert_eq!(grown.chain.operator_ids().len(), 3);
        assert_eq!(grown.chain.shipment_ids().len(), 3);
        grown.chain.verify().unwrap();
    }
}
