//! The regularised incomplete gamma functions and their inverse.
//!
//! Sources: the power series about 0 and Legendre's continued fraction (DLMF 8.7.1, 8.9.2), each on
//! its side of the mean; the density as in [`super::beta`].

use std::f64::consts::PI;

use crate::numeric::exact::two_sum;
use crate::special::beta::Tails;
use crate::special::gamma::{excess, ln_gamma, ln_gamma_1p, stirling_error};
use crate::special::step::{Local, settled, tail_step};

/// The logarithm of `x^a exp(-x) / Gamma(a)`.
pub(crate) fn ln_density(a: f64, x: f64) -> f64 {
    let (gap, low) = two_sum(x, -a);
    let z = (gap + low) / a;
    let deviance = if z < -0.4 { z - (x / a).ln() } else { excess(z) };
    0.5 * (a / (2.0 * PI)).ln() - stirling_error(a) - a * deviance
}

/// The lower tail over the density: a series of positive terms, for x not above a + 1.
fn lower_ratio(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, a);
    loop {
        k += 1.0;
        term *= x / k;
        let next = sum + term;
        if next == sum {
            return sum / a;
        }
        sum = next;
    }
}

/// The upper tail over the density: the continued fraction, for x above a + 1.
fn upper_ratio(a: f64, x: f64) -> f64 {
    let (gap, low) = two_sum(x, -a);
    let head = gap + low + 1.0;
    let (mut p0, mut q0, mut p1, mut q1) = (0.0, 1.0, 1.0, head);
    let mut n = 1.0;
    loop {
        let alpha = n * (a - n);
        let beta = head + 2.0 * n;
        (p0, q0, p1, q1) = (p1, q1, beta * p1 + alpha * p0, beta * q1 + alpha * q0);
        if (p1 * q0 - p0 * q1).abs() <= 2e-16 * (p1 * q0).abs() || n > 1e7 {
            return p1 / q1;
        }
        if q1.abs() > 1e100 {
            (p0, q0, p1, q1) = (p0 * 1e-100, q0 * 1e-100, p1 * 1e-100, q1 * 1e-100);
        }
        n += 1.0;
    }
}

/// The upper tail where the shape is below 1 and x not above a + 1.
fn upper_of_small(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 0.0, 0.0);
    loop {
        k += 1.0;
        term *= -x / k;
        let next = sum + term / (a + k);
        if next == sum {
            break;
        }
        sum = next;
    }
    let gamma = if a <= 0.5 { ln_gamma_1p(a) } else { ln_gamma(1.0 + a) };
    let w = a * x.ln() - gamma;
    -w.exp_m1() - w.exp() * a * sum
}

/// Both tails at x > 0, each to full relative precision.
pub(crate) fn tails(a: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails { lower: 0.0, upper: 1.0 };
    }
    if x.is_infinite() {
        return Tails { lower: 1.0, upper: 0.0 };
    }
    if x <= a + 1.0 {
        let lower = (ln_density(a, x) + lower_ratio(a, x).ln()).exp().min(1.0);
        let upper = if a < 1.0 { upper_of_small(a, x) } else { 1.0 - lower };
        Tails { lower, upper }
    } else {
        let upper = (ln_density(a, x) + upper_ratio(a, x).ln()).exp().min(1.0);
        Tails { lower: 1.0 - upper, upper }
    }
}

/// The x whose lower (or upper) tail is `tail`, for 0 < tail < 1.
pub(crate) fn quantile(a: f64, tail: f64, of_upper: bool) -> f64 {
    let (tail, of_upper) = if tail > 0.5 { (1.0 - tail, !of_upper) } else { (tail, of_upper) };
    let wanted = tail.ln();
    let mut x = start(a, tail, of_upper);
    for _ in 0..200 {
        let both = tails(a, x);
        let density = ln_density(a, x);
        let (ln, ratio) = if of_upper {
            if x > a + 1.0 {
                let ratio = upper_ratio(a, x);
                (density + ratio.ln(), ratio)
            } else {
                (both.upper.ln(), both.upper / density.exp())
            }
        } else if x <= a + 1.0 {
            let ratio = lower_ratio(a, x);
            (density + ratio.ln(), ratio)
        } else {
            (both.lower.ln(), both.lower / density.exp())
        };
        let gap = ln - wanted;
        if !gap.is_finite() || !ratio.is_finite() {
            x = if of_upper { 0.5 * (x + a) } else { x * 4.0 };
            continue;
        }
        let sign = if of_upper { -1.0 } else { 1.0 };
        let step = tail_step(&Local { gap, ratio, slope: sign * (a - x), curve: -x });
        // As for the beta distribution: not farther down than there are numbers.
        let least = -5.0 - 5.0 / a;
        x *= (sign * step.max(least)).exp();
        if x == 0.0 || step > least && settled(step, ratio) {
            break;
        }
    }
    x
}

fn start(a: f64, tail: f64, of_upper: bool) -> f64 {
    if a > 0.6 {
        // Wilson and Hilferty (1931).
        let z = crate::special::normal::upper_quantile(tail);
        let z = if of_upper { z } else { -z };
        let root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * a.sqrt());
        if root > 0.2 {
            return a * root * root * root;
        }
    }
    if of_upper {
        // Well beyond the mean the tail is about exp(-x) / Gamma(a).
        return (-(tail.ln()) - ln_gamma(a)).max(a + 1e-3);
    }
    let gamma = if a <= 0.5 { ln_gamma_1p(a) } else { ln_gamma(1.0 + a) };
    let ln_x = (tail.ln() + gamma) / a;
    ln_x.exp().clamp(1e-307, a + 1.0)
}
