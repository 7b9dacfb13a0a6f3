//! Clopper and Pearson, Blaker, Sterne, Jeffreys.

use crate::dist::Binomial;
use crate::numeric::roots::{bracketed, first_true};
use crate::special::beta::Shapes;
use crate::special::gamma::ln_gamma;
use crate::special::normal;

pub(super) fn clopper_pearson(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    clopper_pearson_at(x, n, alpha, normal::upper_quantile(0.5 * alpha))
}

/// As [`clopper_pearson`], with the normal quantile of `alpha / 2` given.
pub(super) fn clopper_pearson_at(x: u64, n: u64, alpha: f64, z: f64) -> (f64, f64) {
    let (hits, misses) = (x as f64, (n - x) as f64);
    let lower = if x == 0 {
        0.0
    } else if x == n {
        ((0.5 * alpha).ln() / hits).exp()
    } else {
        Shapes::new(hits, misses + 1.0).quantile_near(0.5 * alpha, false, z).x
    };
    let upper = if x == n {
        1.0
    } else if x == 0 {
        -((0.5 * alpha).ln() / misses).exp_m1()
    } else {
        Shapes::new(hits + 1.0, misses).quantile_near(0.5 * alpha, true, z).x
    };
    (lower, upper)
}

pub(super) fn jeffreys(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    let shapes = Shapes::new(x as f64 + 0.5, (n - x) as f64 + 0.5);
    if x == 0 {
        (0.0, shapes.quantile(alpha, true).x)
    } else if x == n {
        (shapes.quantile(alpha, false).x, 1.0)
    } else {
        (shapes.quantile(0.5 * alpha, false).x, shapes.quantile(0.5 * alpha, true).x)
    }
}

pub(super) fn jeffreys_equal_tailed(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    let shapes = Shapes::new(x as f64 + 0.5, (n - x) as f64 + 0.5);
    (shapes.quantile(0.5 * alpha, false).x, shapes.quantile(0.5 * alpha, true).x)
}

/// `P(X >= x)`.
fn at_least(x: u64, n: u64, p: f64) -> f64 {
    Binomial::raw(n, p).at_least(x)
}

/// `P(X <= k)` where k = -1 stands for no outcome.
fn at_most(k: Option<u64>, n: u64, p: f64) -> f64 {
    k.map_or(0.0, |k| Binomial::raw(n, p).cdf(k))
}

pub(super) fn central_p_value(x: u64, n: u64, p: f64) -> f64 {
    let law = Binomial::raw(n, p);
    (2.0 * law.at_least(x).min(law.cdf(x))).min(1.0)
}

pub(super) fn blaker_p_value(x: u64, n: u64, p: f64) -> f64 {
    let law = Binomial::raw(n, p);
    let (above, below) = (law.at_least(x), law.cdf(x));
    if above <= below {
        above + at_most(blaker_reach(x, n, p), n, p)
    } else {
        let mirrored = blaker_reach(n - x, n, 1.0 - p);
        below + mirrored.map_or(0.0, |k| law.at_least(n - k))
    }
    .min(1.0)
}

/// The largest k below x with `P(X <= k) <= P(X >= x)`.
fn blaker_reach(x: u64, n: u64, p: f64) -> Option<u64> {
    let above = at_least(x, n, p);
    // Rounding must not part equal tails.
    let bound = above * (1.0 + 1e-13);
    first_true(0, x, |k| k == x || Binomial::raw(n, p).cdf(k) > bound)?.checked_sub(1)
}

/// Blaker's limits. On the lower side the acceptability is `P(X >= x) + P(X <= k)` with a `k` that
/// steps up with p; below Clopper and Pearson's limit it stays under alpha, and from there it
/// reaches alpha inside the first piece or at its end (after Klaschka 2010).
pub(super) fn blaker(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    (blaker_lower(x, n, alpha), 1.0 - blaker_lower(n - x, n, alpha))
}

fn blaker_lower(x: u64, n: u64, alpha: f64) -> f64 {
    if x == 0 {
        return 0.0;
    }
    let start = clopper_pearson(x, n, alpha).0;
    let reach = blaker_reach(x, n, start);
    let next = reach.map_or(0, |k| k + 1);
    // Where the next outcome joins: P(X <= next) = P(X >= x).
    let end = if next >= x {
        x as f64 / n as f64
    } else {
        bracketed(start, x as f64 / n as f64, |p| at_least(x, n, p) - at_most(Some(next), n, p))
    };
    let height = |p: f64| at_least(x, n, p) + at_most(reach, n, p) - alpha;
    if height(start) >= 0.0 {
        start
    } else if height(end) > 0.0 {
        bracketed(start, end, height)
    } else {
        end
    }
}

pub(super) fn sterne_p_value(x: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return f64::from(u8::from(x == if p <= 0.0 { 0 } else { n }));
    }
    let law = Binomial::raw(n, p);
    let bound = law.pmf(x) * (1.0 + 1e-7);
    let mode = (((n + 1) as f64 * p) as u64).min(n);
    // The outcomes on the other side that are no likelier.
    if x >= mode {
        let reach = first_true(0, mode, |k| law.pmf(k) > bound);
        let first_likelier = reach.unwrap_or(mode + 1);
        if x == mode {
            return 1.0;
        }
        law.at_least(x) + at_most(first_likelier.checked_sub(1), n, p)
    } else {
        let reach = first_true(0, n - mode, |k| law.pmf(n - k) > bound);
        let count = reach.unwrap_or(n - mode + 1);
        law.cdf(x) + if count == 0 { 0.0 } else { law.at_least(n + 1 - count) }
    }
    .min(1.0)
}

/// Sterne's limits: the ends of the set where the p-value is at least alpha.
pub(super) fn sterne(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    (sterne_lower(x, n, alpha), 1.0 - sterne_lower(n - x, n, alpha))
}

fn sterne_lower(x: u64, n: u64, alpha: f64) -> f64 {
    if x == 0 {
        return 0.0;
    }
    // Outcome k is no likelier than x from p = join(k) on.
    let ln_choose = |k: u64| {
        ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
    };
    let join = |k: u64| {
        let odds = ((ln_choose(k) - ln_choose(x)) / (x - k) as f64).exp();
        odds / (1.0 + odds)
    };
    let height = |p: f64, reach: Option<u64>| at_least(x, n, p) + at_most(reach, n, p) - alpha;
    // The first k at whose joining the p-value has reached alpha; k = x - 1 always will do.
    let first = first_true(0, x - 1, |k| height(join(k), Some(k)) >= 0.0).unwrap_or(x - 1);
    let before = first.checked_sub(1);
    let (start, end) = (before.map_or(0.0, &join), join(first));
    if height(end, before) > 0.0 { bracketed(start, end, |p| height(p, before)) } else { end }
}
