//! Links that the records lack, inferred on request.
//!
//! An operator that records receipts and outputs but not which went into which breaks the chain.
//! [`SupplyChain::infer`] says what such an output may contain by three rules, and gives a chain in
//! which those links can be followed: by trace, recall, trace-back and exposure alike.
//!
//! What is made at operator `o` in the interval `p` may contain a stock at `o` when
//!
//! - **window**: a receipt of it by shipment can have arrived from `p.earliest` less the window to
//!   `p.latest` (an orphan's can have, always);
//! - it can have been on hand at some minute of `p`: what can have come in by `p.latest` exceeds
//!   what had certainly left before `p.earliest`, or part of what came in is unknown;
//! - **recipe**: its product is among the inputs of the recipes of what was made, when every
//!   product made has a recipe. A stock of unknown product passes. What `o` made itself counts as
//!   received when it was made, if a recipe names its product;
//! - **FIFO**, on request: see [`InferenceRules::fifo`].
//!
//! Inputs are lacking where a transformation has outputs and no inputs; where none of its inputs is
//! of a product its recipe names; where more came out than went in, by more than the balance
//! tolerance, every quantity being known and of one dimension; where a batch has a producer that
//! records no transformation of it; and where the only stock of a batch is an orphan. Nothing is
//! inferred elsewhere, so that links vanish when the records come in.
//!
//! An inferred link is treated as the row that is missing, written without a quantity: it departs
//! and arrives with its transformation, its output takes the largest share among inputs without
//! quantity, and the consumption of what it leaves has an unknown part. It never contradicts the
//! records of a stock's balance, and what is reached only by it is `possible`.
//!
//! ```
//! use suyuan_core::chain::ChainBuilder;
//! use suyuan_core::chain::missing::InferenceRules;
//! use suyuan_core::model::{Role, Shipment, Source, TransformationLine};
//! use suyuan_core::recall::{Policy, RecallSource, recall};
//! use suyuan_core::time::{Span, UtcOffset};
//! let day = |text| Span::parse(text, UtcOffset::CHINA).unwrap();
//! let mut builder = ChainBuilder::new();
//! let milk = Shipment {
//!     code: "W1".into(), batch: "MILK".into(), from: "FARM".into(), to: "DAIRY".into(),
//!     shipped_on: day("2026-03-01"), received_on: day("2026-03-01"), ..Shipment::default()
//! };
//! builder.add_shipment(&milk, Source::NONE)?;
//! let yogurt = TransformationLine {
//!     code: "T1".into(), operator: "DAIRY".into(), role: Role::Output, batch: "YOGURT".into(),
//!     transformed_on: day("2026-03-03"), ..TransformationLine::default()
//! };
//! builder.add_transformation_line(&yogurt, Source::NONE)?; // what went in, nobody wrote down
//! let chain = builder.build()?.chain;
//! let source = RecallSource::batch(&chain, "MILK")?;
//! assert_eq!(recall(&chain, &source, &Policy::default())?.affected.len(), 2);
//!
//! let inferred = chain.infer(&InferenceRules::window_days(7))?;
//! assert_eq!(inferred.links[0].rule.to_string(), "window of 7 days");
//! let source = RecallSource::batch(&inferred.chain, "MILK")?;
//! let scope = recall(&inferred.chain, &source, &Policy::default())?;
//! let made = scope.trace.find(inferred.chain.find_stock("YOGURT", "DAIRY")?).unwrap();
//! assert_eq!(made.certainty.as_str(), "possible");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod fifo;
mod holdings;
mod lacking;
mod overlay;

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use super::SupplyChain;
use crate::error::Error;
use crate::id::{OperatorId, StockId, TransformationId};
use crate::quantity::Dimension;
use crate::time::{DAY, Span};

/// How the records fail to say where something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GapKind {
    /// A transformation has outputs and no inputs.
    NoInputs,
    /// None of a transformation's inputs is of a product that its recipe names.
    NoIngredient,
    /// More came out of a transformation than went in.
    TooLittleIn,
    /// A batch has a producer that records no transformation of it.
    NotMade,
    /// The only stock of a batch is an orphan: it was made where it appeared.
    Appeared,
    /// An orphan whose batch others have held: a receipt is missing. It has the inferred links of
    /// semantics section 2, not those of this module.
    NotReceived,
    /// More left a stock than came.
    Overdrawn,
}

impl GapKind {
    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoInputs => "no_inputs",
            Self::NoIngredient => "no_ingredient",
            Self::TooLittleIn => "too_little_in",
            Self::NotMade => "not_made",
            Self::Appeared => "appeared",
            Self::NotReceived => "not_received",
            Self::Overdrawn => "overdrawn",
        }
    }
}

impl fmt::Display for GapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What products are made of, by product code.
///
/// ```
/// use suyuan_core::chain::missing::Recipes;
/// let recipes = Recipes::none().with("YOGURT", "MILK", Some("1.05".parse().unwrap()));
/// assert!(recipes.inputs("YOGURT").is_some());
/// assert!(recipes.inputs("MILK").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipes {
    inputs: BTreeMap<String, BTreeMap<String, Option<Decimal>>>,
}

impl Recipes {
    /// No recipe is known.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds an input to a product's recipe: how much of it goes into one unit of the product, each
    /// in the base unit of its batches, when that is known. A second quantity of the same pair
    /// that differs makes it unknown; one that is not positive is none.
    #[must_use]
    pub fn with(mut self, product: &str, input: &str, per_unit: Option<Decimal>) -> Self {
        self.add(product, input, per_unit);
        self
    }

    /// As [`Recipes::with`], in place.
    pub fn add(&mut self, product: &str, input: &str, per_unit: Option<Decimal>) {
        let per_unit = per_unit.filter(|quantity| *quantity > Decimal::ZERO);
        self.inputs
            .entry(product.to_owned())
            .or_default()
            .entry(input.to_owned())
            .and_modify(|known| {
                if *known != per_unit {
                    *known = None;
                }
            })
            .or_insert(per_unit);
    }

    /// The inputs of a product with their quantities per unit; `None` without a recipe.
    #[must_use]
    pub fn inputs(&self, product: &str) -> Option<&BTreeMap<String, Option<Decimal>>> {
        self.inputs.get(product)
    }

    /// Whether no recipe is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }
}

/// By which rules links are inferred.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InferenceRules {
    /// How many days before an output was made its inputs can have been received.
    pub window_days: u32,
    /// Whether first-in-first-out consumption narrows the candidates.
    ///
    /// What lacks inputs at an operator is settled in the order of its time, then of the codes of
    /// its outputs. Each product among the candidates gives as much as the recipe says, or else
    /// its part of the quantity that is missing (what came out, less what is recorded to have gone
    /// in) in proportion to what of the products can be on hand, one unit for one unit. That is
    /// taken from its stocks in the order of their first receipt in the window, less what was
    /// taken for earlier outputs; a stock that nothing is left of is passed over. The stocks taken
    /// from stay, and with them those that can have been received by the time the last of them
    /// was. Where a quantity is unknown, where quantities cannot be added, or where nothing is
    /// left, all candidates of the product stay.
    pub fifo: bool,
    /// What products are made of.
    pub recipes: Recipes,
}

impl InferenceRules {
    /// By a window of some days alone.
    #[must_use]
    pub fn window_days(days: u32) -> Self {
        Self { window_days: days, fifo: false, recipes: Recipes::none() }
    }

    /// Narrowed by first-in-first-out consumption.
    #[must_use]
    pub fn fifo(mut self) -> Self {
        self.fifo = true;
        self
    }

    /// Narrowed by recipes.
    #[must_use]
    pub fn recipes(mut self, recipes: Recipes) -> Self {
        self.recipes = recipes;
        self
    }

    fn window(&self) -> i32 {
        i32::try_from(i64::from(self.window_days) * i64::from(DAY)).unwrap_or(i32::MAX)
    }
}

/// The rule that made an inferred link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LinkRule {
    /// The look-back window, days.
    pub window_days: u32,
    /// Whether a recipe names the product.
    pub recipe: bool,
    /// Whether first-in-first-out consumption chose it among others.
    pub fifo: bool,
}

impl fmt::Display for LinkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = if self.window_days == 1 { "day" } else { "days" };
        write!(f, "window of {} {days}", self.window_days)?;
        if self.recipe {
            f.write_str(", recipe")?;
        }
        if self.fifo {
            f.write_str(", first in first out")?;
        }
        Ok(())
    }
}

/// A link that no record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct InferredLink {
    /// The stock that may have gone in.
    pub from: StockId,
    /// What it may have gone into: a recorded transformation, or one inferred to have made a batch
    /// that none is recorded to have made.
    pub into: TransformationId,
    /// What says so.
    pub rule: LinkRule,
}

/// Where inputs are lacking.
pub(crate) struct OpenEnd {
    pub(crate) kind: GapKind,
    pub(crate) operator: OperatorId,
    pub(crate) transformation: Option<TransformationId>,
    pub(crate) outputs: Vec<StockId>,
    pub(crate) time: Span,
    /// What came out less what went in, in millionths of a nanogram, nanolitre or piece.
    pub(crate) missing: Option<(i128, Dimension)>,
    pub(crate) candidates: usize,
}

/// A chain with inferred links.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inferred {
    /// The chain in which they can be followed. It shares what they do not touch with the recorded
    /// one, whose ids are valid in it. Records are appended to the recorded chain, not to this
    /// one; it has no snapshot.
    pub chain: SupplyChain,
    /// The inferred links, by transformation, operator and batch code.
    pub links: Vec<InferredLink>,
}

impl SupplyChain {
    /// Infers the links that the records lack (semantics section 7), and gives a chain in which
    /// they can be followed.
    ///
    /// Takes one pass over the chain, then for each output that lacks inputs O(k log k) in the
    /// receipts at its operator within the window. Memory grows with the links found.
    ///
    /// # Errors
    /// [`Error::Capacity`], and [`Error::NeedsRebuild`] on a chain that has inferred links.
    pub fn infer(&self, rules: &InferenceRules) -> Result<Inferred, Error> {
        if self.has_inferred() {
            return Err(overlay::refused());
        }
        let lacks = lacking::lacking(self, &rules.recipes);
        let found = holdings::candidates(self, &lacks, rules);
        overlay::overlay(self, &lacks, &found)
    }

    /// Which rule made the link from a stock into a transformation; `None` when it is recorded or
    /// there is none.
    #[must_use]
    pub fn inferred_rule(&self, from: StockId, into: TransformationId) -> Option<LinkRule> {
        self.inferred.as_deref()?.rules.get(&(into, from)).copied()
    }

    /// The links that are inferred, in no order.
    pub(crate) fn inferred_links(&self) -> impl Iterator<Item = InferredLink> + '_ {
        let rules = self.inferred.iter().flat_map(|overlay| &overlay.rules);
        rules.map(|((into, from), rule)| InferredLink { from: *from, into: *into, rule: *rule })
    }

    /// Whether a transformation is not recorded at all, but inferred to have made a batch.
    #[must_use]
    pub fn is_inferred(&self, transformation: TransformationId) -> bool {
        let made = self.inferred.as_deref().map(|overlay| overlay.transformations.as_slice());
        made.is_some_and(|made| made.binary_search(&transformation).is_ok())
    }

    /// Where inputs are lacking, and how many stocks may have gone in.
    pub(crate) fn open_ends(&self, rules: &InferenceRules) -> Vec<OpenEnd> {
        let lacks = lacking::lacking(self, &rules.recipes);
        let found = holdings::candidates(self, &lacks, rules);
        let ends = lacks.into_iter().zip(found).filter(|(lack, found)| {
            // A farm makes batches of nothing that was received.
            lack.kind != GapKind::NotMade || lack.products.is_some() || !found.links.is_empty()
        });
        ends.map(|(lack, found)| OpenEnd {
            kind: lack.kind,
            operator: lack.operator,
            transformation: lack.transformation,
            outputs: lack.outputs,
            time: lack.time,
            missing: lack.missing,
            candidates: found.links.len(),
        })
        .collect()
    }

    /// Whether the chain has inferred links.
    #[inline]
    pub(crate) fn has_inferred(&self) -> bool {
        self.inferred.is_some()
    }
}

pub(super) use overlay::{Overlay, refused};

#[cfg(test)]
mod tests;
