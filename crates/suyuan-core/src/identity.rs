//! Operators apart by name only: which codes may stand for one operator, and those that do.
//!
//! [`suggest`] compares what platforms and registers say of operators and gives pairs with a score
//! and its reasons. A suggestion changes nothing: a person confirms it, and the confirmed table
//! ([`Aliases`]) is applied when records are read, so that merged operators are one.
//!
//! ```
//! use suyuan_core::identity::{Aliases, OperatorCard, Reason, suggest};
//! let card = |code: &str, platform: &str, name: &str, address: &str| OperatorCard {
//!     code: code.into(), platform: platform.into(), name: name.into(), address: address.into(),
//!     ..OperatorCard::default()
//! };
//! let cards = [
//!     card("A-17", "platform A", "好味小吃店", "香港中路12号"),
//!     card("B-90", "platform B", "好味小吃店（個體工商戶）", "香港中路１２號"),
//!     card("B-91", "platform B", "好味小吃店", "延安路3号"),
//! ];
//! let matches = suggest(&cards, 60);
//! assert_eq!(matches.suggestions.len(), 1);
//! assert_eq!(matches.suggestions[0].reasons, [Reason::SameName, Reason::SameAddress]);
//! // Confirmed, the two are one.
//! let aliases = Aliases::new([("B-90", "A-17")])?;
//! assert_eq!(aliases.resolve("B-90"), "A-17");
//! # Ok::<(), suyuan_core::Error>(())
//! ```

mod alias;
mod matching;
mod name;

use serde::{Deserialize, Serialize};

use crate::chain::SupplyChain;
use crate::model::check_credit_code;

pub use alias::{AliasError, Aliases};
pub use matching::{Elsewhere, LEAST_SCORE, Matches, Reason, Suggestion, elsewhere, suggest};
pub use name::{LicenceError, check_licence, normal_name, normal_text};

/// What one register or platform says of one operator. Everything but the code may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorCard {
    /// The code it has there.
    pub code: String,
    /// The register or platform.
    pub platform: String,
    /// Name.
    pub name: String,
    /// Unified social credit code (统一社会信用代码).
    pub credit_code: String,
    /// Number of its food licence (食品生产许可证, 食品经营许可证).
    pub licence: String,
    /// Address.
    pub address: String,
    /// Code of its region.
    pub region: String,
}

/// The operators of a chain as cards: code, name and region; a code that is a sound unified social
/// credit code counts as one. By code. O(n) in the operators.
#[must_use]
pub fn cards_of(chain: &SupplyChain) -> Vec<OperatorCard> {
    let card = |id| {
        let view = chain.operator(id);
        let credit = check_credit_code(view.code) == Ok(true);
        OperatorCard {
            code: view.code.to_owned(),
            name: view.name.to_owned(),
            credit_code: if credit { view.code.to_owned() } else { String::new() },
            region: view.region.map_or_else(String::new, |id| chain.region(id).code.to_owned()),
            ..OperatorCard::default()
        }
    };
    let mut cards: Vec<OperatorCard> = chain.operator_ids().map(card).collect();
    cards.sort_unstable();
    cards
}
