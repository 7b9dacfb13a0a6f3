//! What the property tests share: record sets, their generator, the oracle and the comparison.

pub(crate) mod compare;
pub(crate) mod generate;
pub(crate) mod oracle;
pub(crate) mod query;
pub(crate) mod records;
pub(crate) mod script;
pub(crate) mod tidy;
