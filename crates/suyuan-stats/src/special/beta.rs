//! The regularised incomplete beta function and its inverse.
//!
//! Sources: the continued fraction of Didonato and Morris (1992, ACM TOMS 708) with its
//! denominators cleared; for a small first shape the power series about 0. The density is
//! `x^a y^b / B(a, b) = sqrt(a b / (2 pi (a + b))) exp(S(a + b) - S(a) - S(b) - D)` with
//! Stirling's errors `S` and the deviance `D` of Loader (2000).

use std::f64::consts::PI;

use crate::numeric::exact::centred;
use crate::special::gamma::{excess, ln_gamma_1p, ln_rising, stirling_error};
use crate::special::normal::upper_quantile;
use crate::special::step::{Local, settled, tail_step};

/// The two shapes and what depends on them alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shapes {
    a: f64,
    b: f64,
    /// The logarithm of the density's factor.
    scale: f64,
}

/// A point of the unit interval with both parts to full relative precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    /// The distance from 0.
    pub(crate) x: f64,
    /// The distance from 1.
    pub(crate) y: f64,
}

impl Point {
    /// A point given by its distance from 0.
    pub(crate) fn new(x: f64) -> Self {
        Self { x, y: 1.0 - x }
    }

    /// A point given by its log odds; from 745 on one part is 0.
    pub(crate) fn of_log_odds(w: f64) -> Self {
        let small = (-w.abs()).exp();
        let (near, far) = (small / (1.0 + small), 1.0 / (1.0 + small));
        if w <= 0.0 { Self { x: near, y: far } } else { Self { x: far, y: near } }
    }
}

/// Log odds beyond which a point's smaller part is no normal number any more.
const FAR: f64 = 690.0;

/// Both tails at a point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tails {
    /// The probability at or below.
    pub(crate) lower: f64,
    /// The probability above.
    pub(crate) upper: f64,
}

/// One tail: its logarithm and its ratio to the density in log odds.
struct Tail {
    ln: f64,
    ratio: f64,
    /// `a y - b x`.
    slope: f64,
}

impl Shapes {
    /// Both shapes above 0.
    pub(crate) fn new(a: f64, b: f64) -> Self {
        let n = a + b;
        let scale = 0.5 * (a * (b / n) / (2.0 * PI)).ln() + stirling_error(n)
            - stirling_error(a)
            - stirling_error(b);
        Self { a, b, scale }
    }

    /// The first shape.
    pub(crate) const fn first(&self) -> f64 {
        self.a
    }

    /// The second shape.
    pub(crate) const fn second(&self) -> f64 {
        self.b
    }

    fn swapped(&self) -> Self {
        Self { a: self.b, b: self.a, scale: self.scale }
    }

    /// `a y - b x`, exactly rounded.
    fn slope(&self, at: Point) -> f64 {
        if at.x <= at.y { centred(self.a, self.b, at.x) } else { -centred(self.b, self.a, at.y) }
    }

    /// The logarithm of `x^a y^b / B(a, b)`.
    fn ln_density(&self, at: Point, slope: f64) -> f64 {
        self.scale
            - self.a * deviance(-slope / self.a, (self.a + self.b) * at.x / self.a)
            - self.b * deviance(slope / self.b, (self.a + self.b) * at.y / self.b)
    }

    /// `x^a y^b / B(a, b)`: the density in log odds.
    pub(crate) fn density(&self, at: Point) -> f64 {
        self.ln_density_of(at).exp()
    }

    /// Its logarithm.
    pub(crate) fn ln_density_of(&self, at: Point) -> f64 {
        self.ln_density(at, self.slope(at))
    }

    /// The logarithm of the density in log odds, at log odds however far out.
    pub(crate) fn ln_density_at(&self, w: f64) -> f64 {
        if w < -FAR {
            return self.a.ln() + self.ln_lower_far(w);
        }
        if w > FAR {
            return self.b.ln() + self.swapped().ln_lower_far(-w);
        }
        let at = Point::of_log_odds(w);
        self.ln_density(at, self.slope(at))
    }

    /// The logarithm of the lower tail at log odds `w` far below 0, where it is a power.
    fn ln_lower_far(&self, w: f64) -> f64 {
        (self.a * w + ln_rising(self.b, self.a) - ln_gamma_1p_any(self.a)).min(0.0)
    }

    /// Both tails at log odds however far out.
    pub(crate) fn tails_at(&self, w: f64) -> Tails {
        if w < -FAR {
            let ln = self.ln_lower_far(w);
            return Tails { lower: ln.exp(), upper: -ln.exp_m1() };
        }
        if w > FAR {
            let ln = self.swapped().ln_lower_far(-w);
            return Tails { lower: -ln.exp_m1(), upper: ln.exp() };
        }
        self.tails(Point::of_log_odds(w))
    }

    /// The logarithm of the lower tail at log odds `w`, down to where the tail itself is no number.
    pub(crate) fn ln_lower_at(&self, w: f64) -> f64 {
        if w.abs() > FAR {
            return if w < 0.0 { self.ln_lower_far(w) } else { self.tails_at(w).lower.ln() };
        }
        let at = Point::of_log_odds(w);
        if self.prefers_lower(at) {
            self.fraction(at, self.slope(at)).ln.min(0.0)
        } else {
            self.tails(at).lower.ln()
        }
    }

    /// The logarithm of the upper tail at log odds `w`.
    pub(crate) fn ln_upper_at(&self, w: f64) -> f64 {
        self.swapped().ln_lower_at(-w)
    }

    fn prefers_lower(&self, at: Point) -> bool {
        at.x <= (self.a + 1.0) / (self.a + self.b + 2.0)
    }

    /// Both tails, each to full relative precision.
    pub(crate) fn tails(&self, at: Point) -> Tails {
        if at.x <= 0.0 {
            return Tails { lower: 0.0, upper: 1.0 };
        }
        if at.y <= 0.0 {
            return Tails { lower: 1.0, upper: 0.0 };
        }
        if self.prefers_lower(at) {
            let lower = self.fraction(at, self.slope(at)).ln.exp().min(1.0);
            let upper = if self.a < 1.0 { self.complement_of_small(at) } else { 1.0 - lower };
            Tails { lower, upper }
        } else {
            let other = self.swapped();
            let at = Point { x: at.y, y: at.x };
            let upper = other.fraction(at, other.slope(at)).ln.exp().min(1.0);
            let lower = if other.a < 1.0 { other.complement_of_small(at) } else { 1.0 - upper };
            Tails { lower, upper }
        }
    }

    /// The lower tail by the continued fraction, for points not above the mean.
    fn fraction(&self, at: Point, slope: f64) -> Tail {
        let Point { x, y } = at;
        let Self { a, b, .. } = *self;
        let ln_density = self.ln_density(at, slope);
        let ratio =
            if b <= 1.0 && x < 0.7 { self.series(x) } else { fraction_ratio(a, b, x, y, slope) };
        Tail { ln: ln_density + ratio.ln(), ratio, slope }
    }

    /// The lower tail over the density by the power series, positive terms only when b <= 1.
    fn series(&self, x: f64) -> f64 {
        let (mut term, mut sum, mut k) = (1.0, 1.0 / self.a, 0.0);
        loop {
            k += 1.0;
            term *= (k - self.b) / k * x;
            let next = sum + term / (self.a + k);
            if next == sum {
                // The density carries y^b, the series does not.
                return sum * (-self.b * (-x).ln_1p()).exp();
            }
            sum = next;
        }
    }

    /// The upper tail where the first shape is below 1 and the point not above the mean: one less
    /// the power series, with the one taken off before it can cancel.
    fn complement_of_small(&self, at: Point) -> f64 {
        let Self { a, b, .. } = *self;
        let x = at.x;
        let (mut term, mut sum, mut k) = (1.0, 0.0, 0.0);
        loop {
            k += 1.0;
            term *= (k - b) / k * x;
            let next = sum + term / (a + k);
            if next == sum || k > 1e5 {
                break;
            }
            sum = next;
        }
        // I = exp(w) (1 + a sum), w = a ln x + ln(Gamma(a + b) / (Gamma(1 + a) Gamma(b))).
        let ln_gamma =
            if a <= 0.5 { ln_gamma_1p(a) } else { crate::special::gamma::ln_gamma(1.0 + a) };
        let w = a * x.ln() + ln_rising(b, a) - ln_gamma;
        -w.exp_m1() - w.exp() * a * sum
    }

    /// The lower tail with its ratio, for the quantile; from whichever side is precise.
    fn lower_tail(&self, at: Point) -> Tail {
        let slope = self.slope(at);
        if self.prefers_lower(at) {
            return self.fraction(at, slope);
        }
        let density = self.ln_density(at, slope).exp();
        let lower = self.tails(at).lower;
        Tail { ln: lower.ln(), ratio: lower / density, slope }
    }

    /// The point whose lower tail is `tail`, for 0 < tail <= 1/2; `z` is the normal quantile.
    fn lower_quantile(&self, tail: f64, z: f64) -> Point {
        let Self { a, b, .. } = *self;
        let wanted = tail.ln();
        let mut at = self.start(tail, z);
        for _ in 0..200 {
            let here = self.lower_tail(at);
            let gap = here.ln - wanted;
            if !gap.is_finite() || !here.ratio.is_finite() {
                // Below the smallest number: pull towards the middle.
                at = moved(at, 1.0_f64.max(0.5 / a));
                continue;
            }
            let curve = -(a + b) * at.x * at.y;
            let step = tail_step(&Local { gap, ratio: here.ratio, slope: here.slope, curve });
            // From beyond the quantile, where the tail is flat, a step may go farther down than there
            // are numbers; from below every step is short of it.
            let least = -5.0 - 5.0 / a;
            at = moved(at, step.max(least));
            if at.x == 0.0 || step > least && settled(step, here.ratio) {
                break;
            }
        }
        at
    }

    /// A start for the quantile.
    fn start(&self, tail: f64, z: f64) -> Point {
        let Self { a, b, .. } = *self;
        if a > 0.6 && b > 0.6 {
            // Cornish and Fisher's expansion for z = ln(F) / 2 (Abramowitz and Stegun 26.5.22).
            let (p, q) = (1.0 / (2.0 * a - 1.0).max(0.2), 1.0 / (2.0 * b - 1.0).max(0.2));
            let lambda = (z * z - 3.0) / 6.0;
            let h = 2.0 / (p + q);
            if h + lambda > 0.0 {
                let w =
                    z * (h + lambda).sqrt() / h - (q - p) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
                let odds = (a / b) * (-2.0 * w).exp();
                if odds.is_finite() && odds > 0.0 {
                    return Point { x: odds / (1.0 + odds), y: 1.0 / (1.0 + odds) };
                }
            }
        }
        // The leading term: I ~ x^a / (a B(a, b)).
        let ln_ab = (ln_gamma_1p_any(a) - ln_rising(b, a)) + tail.ln();
        let ln_x = ln_ab / a;
        if ln_x < -0.7 {
            let x = ln_x.exp().max(1e-307);
            Point { x, y: -ln_x.exp_m1() }
        } else {
            Point { x: 0.5, y: 0.5 }
        }
    }

    /// The point whose lower (or upper) tail is `tail`, for 0 < tail < 1.
    pub(crate) fn quantile(&self, tail: f64, of_upper: bool) -> Point {
        let (shapes, swap) = if of_upper { (self.swapped(), true) } else { (*self, false) };
        let (shapes, swap, tail) =
            if tail > 0.5 { (shapes.swapped(), !swap, 1.0 - tail) } else { (shapes, swap, tail) };
        let at = shapes.lower_quantile(tail, upper_quantile(tail));
        if swap { Point { x: at.y, y: at.x } } else { at }
    }
}

impl Shapes {
    /// As [`Shapes::quantile`] for a tail of at most 1/2 whose normal quantile `z` is at hand.
    pub(crate) fn quantile_near(&self, tail: f64, of_upper: bool, z: f64) -> Point {
        if of_upper {
            let Point { x, y } = self.swapped().lower_quantile(tail, z);
            Point { x: y, y: x }
        } else {
            self.lower_quantile(tail, z)
        }
    }
}

fn ln_gamma_1p_any(a: f64) -> f64 {
    if a <= 0.5 { ln_gamma_1p(a) } else { crate::special::gamma::ln_gamma(1.0 + a) }
}

/// The point whose log odds differ by `step`. Long steps are taken in halves: the factor of one might
/// be no number where the point is one.
fn moved(at: Point, step: f64) -> Point {
    if step.abs() > 300.0 && step.is_finite() {
        return moved(moved(at, 0.5 * step), 0.5 * step);
    }
    let x = at.x * step.exp();
    let whole = x + at.y;
    Point { x: x / whole, y: at.y / whole }
}

/// `z - ln(1 + z)` where `1 + z` is known to full relative precision too.
fn deviance(z: f64, one_plus: f64) -> f64 {
    if z < -0.4 { z - one_plus.ln() } else { excess(z) }
}

/// The continued fraction for the lower tail over the density.
fn fraction_ratio(a: f64, b: f64, x: f64, y: f64, slope: f64) -> f64 {
    // Numerators and denominators of the convergents; scaled together when they grow.
    let head = slope + 1.0;
    let (mut p0, mut q0) = (0.0, 1.0);
    let (mut p1, mut q1) = (1.0, a / (a + 1.0) * head);
    let (whole, turn) = (a + b, 1.0 + y);
    let mut n = 1.0;
    // 1 / (a + 2 n - 1)
    let mut inverse = 1.0 / (a + 1.0);
    loop {
        let pull = n * (b - n) * x * inverse;
        let alpha = (a + n - 1.0) * (whole + n - 1.0) * x * pull * inverse;
        inverse = 1.0 / (a + 2.0 * n + 1.0);
        let beta = n + pull + (a + n) * inverse * (head + n * turn);
        let p2 = beta * p1 + alpha * p0;
        let q2 = beta * q1 + alpha * q0;
        (p0, q0, p1, q1) = (p1, q1, p2, q2);
        let change = (p1 * q0 - p0 * q1).abs();
        if change <= 2e-16 * (p1 * q0).abs() || n > 1e7 {
            return p1 / q1;
        }
        if q1.abs() > 1e100 {
            let shrink = 1e-100;
            (p0, q0, p1, q1) = (p0 * shrink, q0 * shrink, p1 * shrink, q1 * shrink);
        }
        n += 1.0;
    }
}
