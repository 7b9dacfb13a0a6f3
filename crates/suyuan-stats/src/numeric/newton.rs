//! The maximum of a likelihood of two logarithms.

/// The most steps.
pub(crate) const STEPS: usize = 500;

/// Where the maximum lies.
pub(crate) enum Peak {
    /// There.
    At([f64; 2]),
    /// Where a parameter grows without end.
    Beyond,
    /// Not found in [`STEPS`] steps.
    NotFound,
}

/// Newton's method with the step shortened until the value rises. Where the value has no digits left
/// to show a gain, steps are taken whole until they are below 1e-13 or rounding keeps them from
/// shrinking.
pub(crate) fn maximise(
    mut u: [f64; 2],
    value: impl Fn([f64; 2]) -> f64,
    derivatives: impl Fn([f64; 2]) -> ([f64; 2], [[f64; 2]; 2]),
) -> Peak {
    let mut best = value(u);
    let mut before = f64::INFINITY;
    for _ in 0..STEPS {
        let (gradient, hessian) = derivatives(u);
        let step = ascent(gradient, hessian);
        let size = step[0].abs().max(step[1].abs());
        // Twice the gain that the step promises.
        let slope = gradient[0] * step[0] + gradient[1] * step[1];
        if slope.abs() <= 1e-11 * (1.0 + best.abs()) && size < 1e-3 {
            if size < 1e-13 || (size < 1e-8 && size > 0.5 * before) {
                return Peak::At(u);
            }
            u = [u[0] + step[0], u[1] + step[1]];
            before = size;
            continue;
        }
        let mut scale = 1.0_f64.min(3.0 / size.max(1e-300));
        loop {
            let next = [u[0] + scale * step[0], u[1] + scale * step[1]];
            let there = value(next);
            if there >= best + 1e-4 * scale * slope - 1e-13 * best.abs() {
                (u, best) = (next, there);
                break;
            }
            scale *= 0.5;
            if scale < 1e-12 {
                break;
            }
        }
        // Beyond, the likelihood cannot be told from its limit.
        if u[0].max(u[1]) > 27.0 {
            return Peak::Beyond;
        }
        if scale * size < 1e-11 {
            return Peak::At(u);
        }
    }
    Peak::NotFound
}

/// Newton's step, or the gradient where the surface is not concave.
fn ascent(g: [f64; 2], h: [[f64; 2]; 2]) -> [f64; 2] {
    let mut ridge = 0.0;
    for _ in 0..60 {
        let (h00, h11) = (h[0][0] - ridge, h[1][1] - ridge);
        let det = h00 * h11 - h[0][1] * h[0][1];
        if h00 < 0.0 && det > 1e-14 * (h00 * h11).abs() {
            let step = [(-g[0] * h11 + g[1] * h[0][1]) / det, (-g[1] * h00 + g[0] * h[0][1]) / det];
            return step;
        }
        ridge =
            if ridge == 0.0 { 1e-8 * (h[0][0].abs() + h[1][1].abs() + 1e-8) } else { ridge * 4.0 };
    }
    g
}
