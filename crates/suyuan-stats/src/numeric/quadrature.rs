//! Gauss and Legendre's quadrature on intervals and pieces of them.

/// The nodes on [-1, 1] with their weights, computed by Newton's method.
pub(crate) struct Legendre {
    nodes: Vec<(f64, f64)>,
}

impl Legendre {
    /// A rule with `n` nodes.
    pub(crate) fn new(n: usize) -> Self {
        let count = n as f64;
        let mut nodes = Vec::with_capacity(n);
        for i in 0..n {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (count + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut p0, mut p1) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (p0, p1) = (p1, ((2.0 * k - 1.0) * x * p1 - (k - 1.0) * p0) / k);
                }
                slope = count * (x * p1 - p0) / (x * x - 1.0);
                let step = p1 / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            nodes.push((x, 2.0 / ((1.0 - x * x) * slope * slope)));
        }
        Self { nodes }
    }

    /// The nodes and weights on `[low, high]`.
    pub(crate) fn nodes_on(&self, low: f64, high: f64, mut visit: impl FnMut(f64, f64)) {
        let half = 0.5 * (high - low);
        for &(node, weight) in &self.nodes {
            visit(low + half * (1.0 + node), half * weight);
        }
    }

    /// The integral of `f` over `[low, high]` cut into equal pieces.
    pub(crate) fn integrate(
        &self,
        low: f64,
        high: f64,
        pieces: usize,
        mut f: impl FnMut(f64) -> f64,
    ) -> f64 {
        let width = (high - low) / pieces as f64;
        let mut total = crate::numeric::exact::Sum::default();
        for piece in 0..pieces {
            let middle = low + (piece as f64 + 0.5) * width;
            for &(node, weight) in &self.nodes {
                total.add(weight * f(middle + 0.5 * width * node));
            }
        }
        total.value() * 0.5 * width
    }
}
