//! What the records of an exercise lack, and who cannot be reached.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Drill;
use crate::chain::{Inflow, InflowFrom, SupplyChain};
use crate::id::{OperatorId, StockId};
use crate::model::Stage;
use crate::time::Minute;
use crate::trace::Certainty;

/// What is missing of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// Nobody is recorded to have sent or made it.
    Origin,
    /// It was made where food is made of other food, and nothing is recorded to have gone in.
    Inputs,
    /// It is reached only by links that are inferred, roughly dated or contradicting.
    Certainty,
    /// A quantity of its ledger is unknown.
    Quantity,
}

impl Missing {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Inputs => "inputs",
            Self::Certainty => "certainty",
            Self::Quantity => "quantity",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something the records of a stock lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Gap {
    /// The stock.
    pub stock: StockId,
    /// What is missing.
    pub missing: Missing,
}

/// Why an operator counts as out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Silence {
    /// It has no row of its own: nobody knows who it is.
    Unregistered,
    /// Its row says no name.
    Nameless,
    /// It was asked and did not answer.
    NoAnswer,
}

impl Silence {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unregistered => "unregistered",
            Self::Nameless => "nameless",
            Self::NoAnswer => "no_answer",
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

pub(super) fn silence(
    chain: &SupplyChain,
    operator: OperatorId,
    answered: Option<&BTreeSet<OperatorId>>,
) -> Option<Silence> {
    let view = chain.operator(operator);
    if answered.is_some_and(|answered| answered.contains(&operator)) {
        return None;
    }
    match (view.registered, view.name.trim().is_empty(), answered) {
        (false, ..) => Some(Silence::Unregistered),
        (true, true, _) => Some(Silence::Nameless),
        (true, false, Some(_)) => Some(Silence::NoAnswer),
        (true, false, None) => None,
    }
}

/// What the records of the stocks traced lack, by operator and batch code.
pub(super) fn gaps(chain: &SupplyChain, drill: &Drill) -> Vec<Gap> {
    let as_of = drill.forward.policy.as_of;
    let mut gaps = Vec::new();
    let mut stocks: Vec<StockId> = drill.stocks().into_iter().collect();
    stocks.sort_unstable_by_key(|stock| chain.by_code(*stock));
    for stock in stocks {
        let traces = [&drill.forward.trace, &drill.back.trace];
        let mut found = traces.iter().filter_map(|trace| trace.find(stock));
        let certain = found.any(|row| row.certainty == Certainty::Recorded);
        let orphan = chain.is_orphan(stock);
        for (lacks, missing) in [
            (orphan, Missing::Origin),
            (made_of_nothing(chain, stock, as_of), Missing::Inputs),
            (!certain && !orphan, Missing::Certainty),
            (!chain.ledger(stock, as_of).is_complete() && !orphan, Missing::Quantity),
        ] {
            if lacks {
                gaps.push(Gap { stock, missing });
            }
        }
    }
    gaps
}

/// Whether a stock began at its producer, a stage that makes food of other food, without inputs.
fn made_of_nothing(chain: &SupplyChain, stock: StockId, as_of: Minute) -> bool {
    let (batch, operator) = chain.stock(stock);
    let makes = matches!(
        chain.operator(operator).stage,
        Some(Stage::Processor | Stage::Slaughter | Stage::Catering | Stage::Canteen)
    );
    let taken = |flow: &Inflow| match flow.from {
        InflowFrom::Transformation(id) => flow.arrives <= as_of && !chain.inputs(id).is_empty(),
        _ => false,
    };
    makes
        && chain.batch(batch).producer == Some(operator)
        && !chain.inflows(stock).iter().any(taken)
}
