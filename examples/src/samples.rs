//! The failing samples of a data set, for an analyst to choose from.

use suyuan::chain::SupplyChain;
use suyuan::model::Verdict;

use crate::show;

/// How many codes are named.
const NAMED: usize = 10;

/// The codes of the failing samples: the first few, and how many there are.
fn failing(chain: &SupplyChain) -> (Vec<String>, usize) {
    let views = chain.sample_ids().map(|id| chain.sample(id));
    let mut codes: Vec<&str> =
        views.filter(|view| view.verdict == Some(Verdict::Fail)).map(|view| view.code).collect();
    codes.dedup();
    (codes.iter().take(NAMED).map(|code| show::field(code)).collect(), codes.len())
}

/// What to say when a data set is given and nothing to start from.
#[must_use]
pub fn choose(chain: &SupplyChain, flags: &str) -> String {
    let (codes, all) = failing(chain);
    let what = match codes.len() {
        0 => "the data set has no failing sample".to_owned(),
        shown if shown < all => {
            format!("failing samples: {} and {} more", codes.join(", "), all - shown)
        }
        _ => format!("failing samples: {}", codes.join(", ")),
    };
    format!("expected {flags}; {what}")
}
