//! A comparison as a plain document, with codes for ids.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Comparison, Cut};
use crate::chain::SupplyChain;
use crate::recall::document::documents;
use crate::time::Minute;
use crate::trace::Certainty;

documents! {
    /// A comparison as a document.
    ComparisonDocument {
        /// The variants in numbers, in the order given.
        variants: Vec<OutcomeRow>,
        /// Every stock of one of them, by operator and batch code.
        stocks: Vec<ComparedRow>,
        /// The smallest recall that leaves out none of them.
        cover: CoverRow,
    }
    /// One variant in numbers.
    OutcomeRow {
        /// Its name.
        name: String,
        /// Affected stocks.
        stocks: usize,
        /// Those that certain records alone reach.
        recorded: usize,
        /// Operators.
        operators: usize,
        /// Batches.
        batches: usize,
        /// Stocks the first variant does not have.
        entered: usize,
        /// Stocks of the first variant it does not have.
        left: usize,
        /// On hand, by unit, as [`OnHand`](crate::recall::OnHand) adds up.
        on_hand: BTreeMap<String, Decimal>,
        /// Stocks that gave out more than they got: not in the sum.
        negative_stocks: u64,
        /// Stocks of whose balance a part is unknown: not in the sum.
        unknown_stocks: u64,
    }
    /// A stock and what each variant says of it.
    ComparedRow {
        /// Batch code.
        batch: String,
        /// Operator code.
        operator: String,
        /// In the order of the variants; null where it is not affected.
        found: Vec<Option<FoundRow>>,
    }
    /// What one variant says of one stock.
    FoundRow {
        /// Earliest minute; null when unbounded.
        since: Option<Minute>,
        /// Whether certain records alone reach it.
        certainty: Certainty,
    }
    /// The smallest recall that leaves out nothing.
    CoverRow {
        /// Stocks.
        stocks: usize,
        /// Operator codes.
        operators: Vec<String>,
        /// Batch codes.
        batches: Vec<String>,
        /// Stocks of these batches beyond those covered.
        beyond: usize,
        /// Names of the variants that cover every stock by themselves.
        covered_by: Vec<String>,
    }
    /// A cut as a document.
    CutRow {
        /// Codes of those that hold affected goods.
        holders: Vec<String>,
        /// Codes of those that hand goods to consumers.
        ends: Vec<String>,
        /// Codes of the fewest to stop.
        stop: Vec<String>,
    }
}

impl Comparison {
    /// The comparison with codes for ids.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> ComparisonDocument {
        let variants = self.outcomes.iter().map(|outcome| OutcomeRow {
            name: outcome.name.clone(),
            stocks: outcome.stocks,
            recorded: outcome.recorded,
            operators: outcome.operators,
            batches: outcome.batches,
            entered: outcome.entered,
            left: outcome.left,
            on_hand: outcome.on_hand.by_unit(),
            negative_stocks: outcome.on_hand.negative_stocks,
            unknown_stocks: outcome.on_hand.unknown_stocks,
        });
        let stocks = self.stocks.iter().map(|row| {
            let (batch, operator) = chain.stock_codes(row.stock);
            let found = row.found.iter().map(|found| {
                found.map(|found| FoundRow {
                    since: found.since.is_bounded().then_some(found.since),
                    certainty: found.certainty,
                })
            });
            ComparedRow {
                batch: batch.to_owned(),
                operator: operator.to_owned(),
                found: found.collect(),
            }
        });
        let cover = self.cover(chain);
        let name = |at: &usize| self.outcomes.get(*at).map(|outcome| outcome.name.clone());
        ComparisonDocument {
            variants: variants.collect(),
            stocks: stocks.collect(),
            cover: CoverRow {
                stocks: cover.stocks.len(),
                operators: codes(chain, &cover.operators),
                batches: cover.batches.iter().map(|id| chain.batch(*id).code.to_owned()).collect(),
                beyond: cover.beyond,
                covered_by: cover.covered_by.iter().filter_map(name).collect(),
            },
        }
    }
}

fn codes(chain: &SupplyChain, operators: &[crate::id::OperatorId]) -> Vec<String> {
    operators.iter().map(|id| chain.operator(*id).code.to_owned()).collect()
}

impl Cut {
    /// The cut with codes for ids.
    #[must_use]
    pub fn document(&self, chain: &SupplyChain) -> CutRow {
        CutRow {
            holders: codes(chain, &self.holders),
            ends: codes(chain, &self.ends),
            stop: codes(chain, &self.stop),
        }
    }
}
