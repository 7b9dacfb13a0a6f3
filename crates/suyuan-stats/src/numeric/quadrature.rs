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

/// How far below its peak the logarithm of an integrand ends a panel, on either side.
const LEVELS: [f64; 9] = [0.3, 1.2, 3.0, 6.0, 10.0, 15.0, 21.0, 28.0, 37.0];

/// The panels of a log-concave integrand: between the places on either side of its peak where its
/// logarithm has fallen by each of [`LEVELS`], so that no panel holds more than one scale. In
/// increasing order; `start` is any place where the logarithm is finite.
pub(crate) fn panels(start: f64, mut ln: impl FnMut(f64) -> f64) -> (f64, Vec<f64>) {
    let peak = summit(start, &mut ln);
    let top = ln(peak);
    let mut ends = vec![peak];
    for side in [-1.0, 1.0] {
        let mut reach = 1e-9 * (1.0 + peak.abs());
        let mut inner = 0.0;
        for level in LEVELS {
            // Not a number counts as fallen.
            let fallen = |offset: f64, ln: &mut dyn FnMut(f64) -> f64| {
                let here = ln(peak + side * offset);
                here.is_nan() || here <= top - level
            };
            while reach < 1e300 && !fallen(reach, &mut ln) {
                inner = reach;
                reach *= 2.0;
            }
            let mut outer = reach;
            while outer - inner > 0.05 * outer {
                let middle = 0.5 * (inner + outer);
                if fallen(middle, &mut ln) {
                    outer = middle;
                } else {
                    inner = middle;
                }
            }
            ends.push(peak + side * outer);
            (inner, reach) = (outer, outer);
        }
    }
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    (top, ends)
}

/// The peak of a concave function: doubling steps, then the golden section.
fn summit(start: f64, ln: &mut impl FnMut(f64) -> f64) -> f64 {
    let here = ln(start);
    let mut step = 1e-6 * (1.0 + start.abs());
    if ln(start + step) < here {
        step = -step;
    }
    let (mut before, mut at, mut value) = (start, start, here);
    let mut next = start + step;
    loop {
        let there = ln(next);
        if there.is_nan() || there <= value || !next.is_finite() {
            break;
        }
        (before, at, value) = (at, next, there);
        step *= 2.0;
        next = at + step;
    }
    // The peak lies between `before` and `next`.
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (before.min(next), before.max(next));
    if at == start {
        low = low.min(start - step.abs());
        high = high.max(start + step.abs());
    }
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (ln(left), ln(right));
    for _ in 0..60 {
        if high - low <= 1e-7 * (1.0 + low.abs()) {
            break;
        }
        if at_left > at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = ln(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = ln(right);
        }
    }
    0.5 * (low + high)
}

/// The integral of a log-concave function given by its logarithm, over the whole line: Gauss and
/// Legendre's rule on [`panels`]. Good to about 1e-13 where the logarithm is.
pub(crate) fn log_concave(start: f64, mut ln: impl FnMut(f64) -> f64) -> f64 {
    let (top, ends) = panels(start, &mut ln);
    let rule = Legendre::new(14);
    let mut total = crate::numeric::exact::Sum::default();
    for pair in ends.windows(2) {
        rule.nodes_on(pair[0], pair[1], |w, weight| total.add(weight * (ln(w) - top).exp()));
    }
    (top + total.value().ln()).exp()
}
