//! The normal distribution's tails: density, Mills' ratio, quantile.
//!
//! Source: `(1 + 2 x) exp(x^2) erfc(x)` as a Chebyshev series in `(x - 3.75) / (x + 3.75)`
//! (Shepherd and Laframboise 1981), coefficients computed to 50 digits.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::numeric::exact::two_product;
use crate::special::step::{Local, settled, tail_step};

/// Coefficients of the Chebyshev series, the first one halved.
const SERIES: [f64; 27] = [
    1.1775789345674017,
    -0.004590054580646478,
    -0.08424913336651792,
    0.05920993999819189,
    -0.026658668435305753,
    0.009074997670705265,
    -0.002413163540417608,
    0.0004907758365258086,
    -6.916973302501207e-05,
    4.13902798607301e-06,
    7.74038306619849e-07,
    -2.1886401049234397e-07,
    1.076499946567091e-08,
    4.521959811218287e-09,
    -7.754400208831351e-10,
    -6.318088340886684e-11,
    2.86879501093067e-11,
    1.9455868545777347e-13,
    -9.65469674843344e-13,
    3.25254814814874e-14,
    3.3478119482868056e-14,
    -1.864562880419313e-15,
    -1.2507950530688648e-15,
    7.418235256624044e-17,
    5.068148904796111e-17,
    -2.2370566594359995e-18,
    -2.187342944303018e-18,
];

/// `exp(x^2) erfc(x)` for x >= 0.
pub(crate) fn scaled_erfc(x: f64) -> f64 {
    let t = (x - 3.75) / (x + 3.75);
    let (mut next, mut after) = (0.0, 0.0);
    for &coefficient in SERIES.iter().skip(1).rev() {
        (next, after) = (2.0 * t * next - after + coefficient, next);
    }
    (SERIES[0] + t * next - after) / (1.0 + 2.0 * x)
}

/// `exp(-z^2 / 2)`, with the rounding of the square made good.
fn half_square_exp(z: f64) -> f64 {
    if z.abs() > 1e3 {
        return 0.0;
    }
    let (high, low) = two_product(z, z);
    (-0.5 * high).exp() * (1.0 - 0.5 * low)
}

/// The density at `z`.
pub(crate) fn density(z: f64) -> f64 {
    half_square_exp(z) / (2.0 * PI).sqrt()
}

/// `P(Z > z)`, to full relative precision in the upper tail.
pub(crate) fn upper(z: f64) -> f64 {
    if z > 1e3 {
        0.0
    } else if z >= 0.0 {
        0.5 * half_square_exp(z) * scaled_erfc(z * FRAC_1_SQRT_2)
    } else if z > -1.0e-300 {
        0.5
    } else {
        1.0 - upper(-z)
    }
}

/// `P(Z <= z)`, to full relative precision in the lower tail.
pub(crate) fn lower(z: f64) -> f64 {
    upper(-z)
}

/// The `z` with `P(Z > z) = tail`, for 0 < tail < 1.
pub(crate) fn upper_quantile(tail: f64) -> f64 {
    if tail > 0.5 {
        return -upper_quantile(1.0 - tail);
    }
    if tail == 0.5 {
        return 0.0;
    }
    if tail > 0.3 {
        return central_quantile(0.5 - tail);
    }
    let r = (-2.0 * tail.ln()).sqrt();
    // A rational start in the manner of Hastings (1955), good to a few thousandths.
    let mut z = r - (2.31 + 0.27 * r) / (1.0 + r * (0.99 + 0.045 * r));
    for _ in 0..30 {
        z = z.max(0.0);
        let scaled = scaled_erfc(z * FRAC_1_SQRT_2);
        let ratio = scaled * (0.5 * PI).sqrt();
        let gap = (0.5 * half_square_exp(z) * scaled / tail).ln();
        let local = Local { gap, ratio, slope: z, curve: -1.0 };
        let step = tail_step(&local);
        z -= step;
        if settled(step, ratio) {
            break;
        }
    }
    z
}

/// The `z` with `P(0 < Z < z) = part`, for parts up to 1/4: the distance from 1/2 keeps its digits.
fn central_quantile(part: f64) -> f64 {
    let mut z = part * (2.0 * PI).sqrt();
    for _ in 0..40 {
        let step = (central(z) - part) / density(z);
        // Halley's step: the density's logarithm has derivative -z.
        let step = step / (1.0 + 0.5 * z * step);
        z -= step;
        if step.abs() <= 1e-9 * z {
            break;
        }
    }
    z
}

/// `P(0 < Z < z)` by its series of positive terms.
fn central(z: f64) -> f64 {
    let square = z * z;
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    loop {
        k += 2.0;
        term *= square / k;
        let next = sum + term;
        if next == sum {
            return density(z) * sum;
        }
        sum = next;
    }
}
