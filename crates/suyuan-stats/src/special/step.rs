//! One step towards a quantile, for any distribution with a log-concave density.

/// A tail near the point looked at, in a coordinate in which the tail grows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    /// The logarithm of the tail here less the logarithm of the tail wanted.
    pub(crate) gap: f64,
    /// Tail over density.
    pub(crate) ratio: f64,
    /// Derivative of the density over the density.
    pub(crate) slope: f64,
    /// Derivative of `slope`.
    pub(crate) curve: f64,
}

/// How far to move to bring the gap to zero: the inverse series to third order when the gap is
/// small, Newton's step otherwise. Newton's steps on a concave function never overshoot twice.
pub(crate) fn tail_step(at: &Local) -> f64 {
    let first = at.ratio * at.gap;
    if at.gap.abs() > 1.0 {
        return -first;
    }
    let turn = 1.0 - at.ratio * at.slope;
    let second = -turn / (2.0 * at.ratio);
    let third = (turn * (2.0 - at.ratio * at.slope) / (at.ratio * at.ratio) + at.curve) / 6.0;
    let series = first * (1.0 + first * (second + first * (2.0 * second * second - third)));
    // Where the series is not yet small it is not yet right.
    if (series - first).abs() > 0.5 * first.abs() { -first } else { -series }
}

/// Whether the point after this step is as good as doubles allow: what is left is about the fourth
/// power of the step in units of the ratio.
pub(crate) fn settled(step: f64, ratio: f64) -> bool {
    let relative = step / ratio;
    let square = relative * relative;
    square * square * ratio <= 1e-17
}
