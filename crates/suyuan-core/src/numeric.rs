//! Numbers and graphs the engine computes with inside: double-double arithmetic, strongly
//! connected components, the exact solution of share systems.

pub(crate) mod dd;
pub(crate) mod scc;
pub(crate) mod shares;
