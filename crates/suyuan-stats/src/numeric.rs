//! Small numerical tools: sums and differences without loss, roots, quadrature, dense systems.

pub(crate) mod exact;
pub(crate) mod linear;
pub(crate) mod newton;
pub(crate) mod quadrature;
pub(crate) mod roots;
